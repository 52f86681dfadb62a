"""A sample folder: which files hold which tables, and what its descriptor says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from relatum.errors import Issue, SampleError
from relatum.samples.own_codes import (
    EXTENSION,
    EXTENSION_FILES,
    EXTENSION_KEY,
    OwnCodes,
    own_codes,
)
from relatum.samples.sample import Origin, SampleInfo, SelectionStep
from relatum.schema import Schema, near_match
from relatum.schema.extension import extension_version

__all__ = ["DESCRIPTOR", "SampleFolder", "descriptor_of", "open_folder", "own_schema"]

_ORIGINS: tuple[Origin, ...] = ("collected", "published", "simulated")
_SUFFIXES = (".csv", ".parquet")

#: The name of a sample's descriptor.
DESCRIPTOR = "datapackage.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFolder:
    """The files of a sample.

    Attributes
    ----------
    path : Path
        The folder.
    info : SampleInfo
        What the descriptor says, or what follows from the folder without one.
    files : mapping of str to Path
        For every table its file.
    unread : tuple of str
        Tables that the descriptor lists and whose file is missing.
    issues : tuple of Issue
        Faults of the descriptor, and files that are no table.
    schema : Schema
        The schema by which the sample is read.
    """

    path: Path
    schema: Schema
    info: SampleInfo
    files: Mapping[str, Path]
    unread: tuple[str, ...]
    issues: tuple[Issue, ...]


def open_folder(path: Path, schema: Schema | None = None) -> SampleFolder:
    """Find the tables of a sample.

    Parameters
    ----------
    path : Path
        The folder.
    schema : Schema, optional
        The schema to read by; by default the shipped one with the own codes of the folder.

    Raises
    ------
    SampleError
        If the folder does not exist or holds no table.
    """
    if not path.exists():
        msg = f"There is no folder '{path}'."
        raise SampleError(msg)
    if not path.is_dir():
        msg = f"'{path.name}' is a file; a sample is a folder with one file per table."
        raise SampleError(msg)
    raw, issues = _read_descriptor(path)
    own = own_codes(path, raw) if schema is None else OwnCodes(schema=schema)
    known = own.schema
    listed, lost, faults = _listed(path, raw, known)
    files, strangers = _tables(path, known, listed, lost)
    issues += [*own.issues, *faults, *strangers]
    if not files and not lost:
        raise SampleError(_no_table(path, known), issues)
    info, wrong = _parse_info(path, raw, known)
    return SampleFolder(
        path=path,
        schema=known,
        info=info,
        files=files,
        unread=lost,
        issues=(*issues, *wrong),
    )


def own_schema(path: Path) -> Schema:
    """Return the shipped schema with the own codes of a sample's folder.

    Where the folder does not exist or has none, or their file is at fault, it is the shipped one.
    """
    raw, _ = _read_descriptor(path)
    return own_codes(path, raw).schema


def _no_table(path: Path, schema: Schema) -> str:
    files = {f"{name}{suffix}" for name in schema.tables for suffix in _SUFFIXES}
    below = sorted(
        folder.name
        for folder in path.iterdir()
        if folder.is_dir() and any((folder / name).is_file() for name in files)
    )
    if below:
        return f"'{path}' holds no table of a sample. Did you mean '{path / below[0]}'?"
    expected = ", ".join(f"{name}.csv" for name in schema.tables)
    return f"'{path}' holds no table of a sample; expected files: {expected}."


def _read_descriptor(path: Path) -> tuple[Mapping[str, Any], list[Issue]]:
    place = path / DESCRIPTOR
    if not place.exists():
        return {}, []
    try:
        raw = json.loads(place.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError):
        return {}, [_fault("The descriptor is not valid JSON in UTF-8.", rule="damaged_file")]
    if not isinstance(raw, dict):
        return {}, [_fault("The descriptor is no JSON object.", rule="damaged_file")]
    return raw, []


def _fault(
    message: str,
    *,
    rule: str,
    field: str = "",
    allowed: tuple[str, ...] = (),
    near: str = "",
) -> Issue:
    return Issue(
        table=DESCRIPTOR, field=field, rule=rule, message=message, allowed=allowed, near=near
    )


def _listed(
    path: Path, raw: Mapping[str, Any], schema: Schema
) -> tuple[dict[str, Path], tuple[str, ...], list[Issue]]:
    """Return the files that the descriptor lists, and the tables whose listed file is missing."""
    files: dict[str, Path] = {}
    lost: list[str] = []
    issues: list[Issue] = []
    resources = raw.get("resources", [])
    for entry in resources if isinstance(resources, list) else []:
        name = str(entry.get("name")) if isinstance(entry, dict) else ""
        place = entry.get("path") if isinstance(entry, dict) else None
        if name not in schema.tables:
            near = near_match(name[:64].lower(), schema.tables)
            issues.append(
                _fault(
                    "A resource is no table of a sample.",
                    rule="unknown_table",
                    field="resources",
                    allowed=tuple(schema.tables),
                    near=near,
                )
            )
        elif not isinstance(place, str) or not _inside(path, place):
            message = f"The path of '{name}' must be one file inside the folder."
            issues.append(_fault(message, rule="missing_file", field=f"resources.{name}"))
            lost.append(name)
        elif not (path / place).is_file():
            message = "The descriptor lists this file, and it is not there."
            issues.append(Issue(table=place, rule="missing_file", message=message))
            lost.append(name)
        else:
            files[name] = path / place
    return files, tuple(lost), issues


def _inside(path: Path, place: str) -> bool:
    suffix = PurePosixPath(place).suffix.lower()
    return suffix in _SUFFIXES and (path / place).resolve().is_relative_to(path.resolve())


def _tables(
    path: Path, schema: Schema, listed: Mapping[str, Path], lost: tuple[str, ...]
) -> tuple[dict[str, Path], list[Issue]]:
    found = dict(listed)
    issues = []
    present = sorted(
        file
        for file in path.iterdir()
        if file.suffix.lower() in _SUFFIXES and file.name not in EXTENSION_FILES
    )
    for file in present:
        if file in found.values() or file.stem in lost:
            continue
        if file.stem not in schema.tables:
            near = near_match(file.stem.lower()[:64], schema.tables)
            issues.append(
                Issue(
                    table=file.name,
                    rule="unknown_table",
                    message="This file is no table of a sample.",
                    allowed=tuple(schema.tables),
                    near=near,
                )
            )
        elif file.stem in found:
            message = f"The table also lies in '{found[file.stem].name}'; keep one of the two."
            issues.append(Issue(table=file.name, rule="duplicate_table", message=message))
        else:
            found[file.stem] = file
    return {name: found[name] for name in schema.tables if name in found}, issues


def _parse_info(
    path: Path, raw: Mapping[str, Any], schema: Schema
) -> tuple[SampleInfo, list[Issue]]:
    own = raw.get("relatum", {})
    own = own if isinstance(own, dict) else {}
    issues = []
    origin = own.get("origin", "collected")
    if origin not in _ORIGINS:
        message = "This is no origin of a sample."
        near = near_match(str(origin)[:64], _ORIGINS)
        issues.append(
            _fault(
                message, rule="unknown_level", field="relatum.origin", allowed=_ORIGINS, near=near
            )
        )
        origin = "collected"
    version = str(own.get("schema_version") or schema.version.partition("+")[0])
    if version.split(".")[0] != schema.version.split(".")[0]:
        message = f"The sample follows another major version of the schema than {schema.version}."
        issues.append(_fault(message, rule="schema_version", field="relatum.schema_version"))
    steps, faults = _selection(own.get("selection", []))
    name = str(raw.get("name") or path.resolve().name)
    info = SampleInfo(
        name=name,
        title=str(raw.get("title") or name),
        origin=origin,
        schema_version=version,
        selection=steps,
        coder=str(own.get("coder") or ""),
    )
    return info, [*issues, *faults]


def _selection(raw: object) -> tuple[tuple[SelectionStep, ...], list[Issue]]:
    steps: list[SelectionStep] = []
    entries = raw if isinstance(raw, list) else [raw]
    for number, entry in enumerate(entries, start=1):
        fit = isinstance(entry, dict) and entry.get("step") and type(entry.get("n")) is int
        if not fit or entry["n"] < 0:
            message = f"Step {number} needs 'step' (a word) and 'n' (a whole number)."
            return (), [_fault(message, rule="wrong_type", field="relatum.selection")]
        if steps and entry["n"] > steps[-1].n:
            message = f"Step {number} leaves more investigations than the step before it."
            return (), [_fault(message, rule="out_of_range", field="relatum.selection")]
        step = SelectionStep(
            step=str(entry["step"]),
            label=str(entry.get("label") or entry["step"]),
            n=entry["n"],
            reason=str(entry.get("reason") or ""),
        )
        steps.append(step)
    return tuple(steps), []


def descriptor_of(info: SampleInfo, resources: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the Frictionless descriptor of a sample."""
    selection = [
        {"step": step.step, "label": step.label, "n": step.n, "reason": step.reason}
        for step in info.selection
    ]
    own = {
        "origin": info.origin,
        "schema_version": info.schema_version,
        "coder": info.coder,
        "selection": selection,
    }
    if extension_version(info.schema_version):
        own[EXTENSION_KEY] = EXTENSION
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": info.name,
        "title": info.title,
        "relatum": own,
        "resources": resources,
    }
