"""A sample folder: which files hold which tables, and what its descriptor says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relatum.errors import Issue, SampleError
from relatum.samples.sample import Origin, SampleInfo, SelectionStep
from relatum.schema import Schema, near_match

__all__ = ["SampleFolder", "descriptor_of", "open_folder"]

_ORIGINS: tuple[Origin, ...] = ("collected", "published", "simulated")
_SUFFIXES = (".csv", ".parquet")


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
    issues : tuple of Issue
        Faults of the descriptor, and files that are no table.
    """

    path: Path
    info: SampleInfo
    files: Mapping[str, Path]
    issues: tuple[Issue, ...]


def open_folder(path: Path, schema: Schema) -> SampleFolder:
    """Find the tables of a sample.

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
    files, issues = _tables(path, schema)
    if not files:
        expected = ", ".join(f"{name}.csv" for name in schema.tables)
        msg = f"'{path}' holds no table of a sample; expected files: {expected}."
        raise SampleError(msg, issues)
    info, faults = _read_info(path)
    return SampleFolder(path=path, info=info, files=files, issues=(*issues, *faults))


def _tables(path: Path, schema: Schema) -> tuple[dict[str, Path], list[Issue]]:
    found: dict[str, Path] = {}
    issues = []
    present = sorted(file for file in path.iterdir() if file.suffix.lower() in _SUFFIXES)
    for file in present:
        if file.stem not in schema.tables:
            near = near_match(file.stem.lower(), schema.tables)
            message = f"This file is no table of a sample; tables: {', '.join(schema.tables)}."
            issues.append(Issue(table=file.name, rule="unknown_table", message=message, near=near))
        elif file.stem in found:
            message = f"The table also lies in '{found[file.stem].name}'; keep one of the two."
            issues.append(Issue(table=file.name, rule="duplicate_table", message=message))
        else:
            found[file.stem] = file
    ordered = {name: found[name] for name in schema.tables if name in found}
    return ordered, issues


def _read_info(path: Path) -> tuple[SampleInfo, list[Issue]]:
    place = path / "datapackage.json"
    if not place.exists():
        return _bare_info(path), []
    try:
        raw = json.loads(place.read_text(encoding="utf-8"))
        if not isinstance(raw, dict):
            raise ValueError
    except (ValueError, OSError):
        message = "The descriptor is not valid JSON in UTF-8."
        issue = Issue(table=place.name, rule="damaged_file", message=message)
        return _bare_info(path), [issue]
    return _parse_info(path, raw)


def _bare_info(path: Path) -> SampleInfo:
    name = path.resolve().name
    return SampleInfo(name=name, title=name, origin="collected", schema_version="")


def _parse_info(path: Path, raw: Mapping[str, Any]) -> tuple[SampleInfo, list[Issue]]:
    own = raw.get("relatum", {})
    own = own if isinstance(own, dict) else {}
    issues = []
    origin = own.get("origin", "collected")
    if origin not in _ORIGINS:
        message = f"The origin must be one of: {', '.join(_ORIGINS)}."
        issues.append(
            Issue(
                table="datapackage.json",
                field="relatum.origin",
                rule="unknown_level",
                message=message,
                allowed=_ORIGINS,
                near=near_match(str(origin), _ORIGINS),
            )
        )
        origin = "collected"
    steps, faults = _selection(own.get("selection", []))
    name = str(raw.get("name") or path.resolve().name)
    info = SampleInfo(
        name=name,
        title=str(raw.get("title") or name),
        origin=origin,
        schema_version=str(own.get("schema_version", "")),
        selection=steps,
        coder=str(own.get("coder", "")),
    )
    return info, [*issues, *faults]


def _selection(raw: object) -> tuple[tuple[SelectionStep, ...], list[Issue]]:
    steps = []
    entries = raw if isinstance(raw, list) else [raw]
    for number, entry in enumerate(entries, start=1):
        try:
            step = SelectionStep(
                step=str(entry["step"]),
                label=str(entry.get("label", entry["step"])),
                n=int(entry["n"]),
                reason=str(entry.get("reason", "")),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            message = f"Step {number} needs 'step' (a word) and 'n' (a whole number)."
            issue = Issue(
                table="datapackage.json",
                field="relatum.selection",
                rule="wrong_type",
                message=message,
            )
            return (), [issue]
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
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": info.name,
        "title": info.title,
        "relatum": own,
        "resources": resources,
    }
