"""A user's own codes travel in the sample's folder, named by its descriptor."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relatum.errors import Issue, SampleError, SchemaError
from relatum.schema import Schema, load_schema
from relatum.schema.export import codebook_csv
from relatum.schema.extension import added_codes, extension_version, restore_codes

__all__ = [
    "EXTENSION",
    "EXTENSION_FILES",
    "EXTENSION_KEY",
    "OwnCodes",
    "keep_own_codes",
    "own_codes",
    "own_codes_text",
]

#: The file of own codes that is written into a sample's folder.
EXTENSION = "codebook_extension.csv"
#: The names under which own codes are found there; none of them is a table of the sample.
EXTENSION_FILES: tuple[str, ...] = (EXTENSION, "codebook_extension.qdc")
#: The key of the descriptor, under ``relatum``, that names the file.
EXTENSION_KEY = "codebook_extension"

_FIRST = "mine.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCodes:
    """The schema that a sample's folder calls for.

    Attributes
    ----------
    schema : Schema
        The shipped schema with the own codes of the folder.
    issues : tuple of Issue
        Faults of their file, or that it is missing.
    """

    schema: Schema
    issues: tuple[Issue, ...] = ()


def own_codes(path: Path, raw: Mapping[str, Any]) -> OwnCodes:
    """Read the own codes of a sample's folder.

    Parameters
    ----------
    path : Path
        The folder.
    raw : mapping
        Its descriptor, as JSON gives it. ``relatum.codebook_extension`` names the file, and what
        stands behind the plus sign of ``relatum.schema_version`` is the version of the own codes.

    Returns
    -------
    OwnCodes
        The shipped schema where there are none, or where their file is at fault.
    """
    own = raw.get("relatum", {})
    own = own if isinstance(own, dict) else {}
    version = extension_version(str(own.get("schema_version") or ""))
    named = own.get(EXTENSION_KEY)
    if named is not None and named not in EXTENSION_FILES:
        return OwnCodes(schema=load_schema(), issues=(_misnamed(),))
    there = [name for name in EXTENSION_FILES if (path / name).is_file()]
    file = str(named) if named else there[0] if there else EXTENSION
    if file not in there:
        lost = (_lost(file, version),) if version or named else ()
        return OwnCodes(schema=load_schema(), issues=lost)
    try:
        schema = restore_codes(load_schema(), path / file, version=version or _FIRST)
    except SchemaError as error:
        return OwnCodes(schema=load_schema(), issues=error.issues)
    unsaid = not (named and version)
    return OwnCodes(schema=schema, issues=(_unsaid(file, schema),) if unsaid else ())


def own_codes_text(schema: Schema) -> str:
    """Return the own codes of a schema as a CSV file; empty where there are none.

    Examples
    --------
    >>> own_codes_text(load_schema())
    ''
    """
    added = added_codes(load_schema(), schema)
    return codebook_csv(schema, added) if added else ""


def keep_own_codes(path: Path, schema: Schema) -> None:
    """Write the own codes of a schema into a sample's folder, and name them in its descriptor.

    No table is touched.

    Parameters
    ----------
    path : Path
        The folder, whose tables follow the schema.
    schema : Schema
        From `relatum.schema.extension.extend_codebook`.

    Raises
    ------
    SampleError
        If the folder cannot be written.
    """
    place = path / "datapackage.json"
    try:
        raw = json.loads(place.read_text(encoding="utf-8-sig")) if place.exists() else {}
        held = raw.get("relatum")
        own = {"schema_version": schema.version, EXTENSION_KEY: EXTENSION}
        raw["relatum"] = {**(held if isinstance(held, dict) else {}), **own}
        _swap(path / EXTENSION, own_codes_text(schema))
        _swap(place, json.dumps(raw, indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        msg = f"'{path}' could not be written: {error.strerror or type(error).__name__}."
        raise SampleError(msg) from error


def _swap(place: Path, text: str) -> None:
    waiting = place.with_name(f".{place.name}.part")
    waiting.write_text(text, encoding="utf-8", newline="\n")
    waiting.replace(place)


def _misnamed() -> Issue:
    message = "The file of own codes must have one of these names and lie in the folder."
    return Issue(
        table="datapackage.json",
        field=f"relatum.{EXTENSION_KEY}",
        rule="missing_file",
        message=message,
        allowed=EXTENSION_FILES,
    )


def _lost(file: str, version: str) -> Issue:
    coded = f"own codes ({version})" if version else "own codes"
    message = (
        f"The sample was coded with {coded}, and this file is not in its folder. Put it there, "
        "or name the codes with --extend."
    )
    return Issue(table=file, rule="missing_file", message=message)


def _unsaid(file: str, schema: Schema) -> Issue:
    message = (
        "The descriptor does not say which own codes these are; they were read as "
        f"{extension_version(schema.version)}. To write it down, name their file with --extend "
        "and add --keep."
    )
    return Issue(table=file, rule="extension_not_named", message=message, severity="warning")
