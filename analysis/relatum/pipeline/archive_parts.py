"""What goes into an archive: code, lock, plan, data or their description."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from relatum.errors import PlanError
from relatum.pipeline.code_checksum import files_below
from relatum.reports.project import find_reports
from relatum.samples import Sample
from relatum.samples.own_codes import EXTENSION, own_codes_text
from relatum.schema import default_study_path, schema_path
from relatum.schema.resources import package_root

__all__ = [
    "CODE",
    "DATA",
    "DESCRIPTION",
    "LOCK",
    "PLAN",
    "archived_plan",
    "code_files",
    "describe_sample",
    "lock_text",
]

CODE, DATA, PLAN, LOCK = "code", "data", "study.toml", "requirements.lock"
#: The file that stands for the tables of a sample that is only described.
DESCRIPTION = "DESCRIPTION.json"
#: Files beside the package in a source tree.
_BESIDE = ("CHANGELOG.md", "CITATION.cff", "GLOSSARY.md", "LICENSE", "README.md", "pyproject.toml")
_KEYS = ("name", "title", "description", "schema")


def code_files() -> Iterator[tuple[str, Path]]:
    """List the code: the path in the archive, and the file.

    The layout is that of the source tree, also where the package was installed from a wheel.
    """
    root = package_root()
    yield from _below(root, f"{CODE}/analysis/relatum")
    yield from _below(schema_path(), f"{CODE}/data_schema")
    yield from _below(find_reports(), f"{CODE}/reports")
    yield f"{CODE}/analysis/{PLAN}", default_study_path()
    for name in _BESIDE:
        if _in_source_tree() and (root.parents[1] / name).is_file():
            yield f"{CODE}/{name}", root.parents[1] / name


def _in_source_tree() -> bool:
    top = package_root().parents[1]
    return (top / "pyproject.toml").is_file() and (top / "analysis" / PLAN).is_file()


def _below(folder: Path, target: str) -> Iterator[tuple[str, Path]]:
    return ((f"{target}/{name}", path) for name, path in files_below(folder))


def lock_text() -> str:
    """Return the pins: those of the source tree, or what is installed, without checksums."""
    lock = package_root().parents[1] / LOCK
    if _in_source_tree() and lock.is_file():
        return lock.read_text(encoding="utf-8")
    found = {item.metadata["Name"].lower(): item.version for item in distributions()}
    found.pop("relatum", None)
    return "".join(f"{name}=={version}\n" for name, version in sorted(found.items()))


def archived_plan(text: str, *, sample: str = "", other: str = "", reports: str = "") -> str:
    """Rewrite where a plan finds its samples and its own reports; nothing else changes.

    Parameters
    ----------
    text : str
        The text of a ``study.toml``.
    sample, other : str
        The new places of the sample and of the second sample; empty to leave one as it is.
    reports : str
        The new place of the reports folder, likewise.

    Raises
    ------
    PlanError
        If the key does not stand on a line of its own.

    Examples
    --------
    >>> archived_plan('sample = "/a/b"  # mine', sample="data/sample")
    'sample = "data/sample"  # mine'
    """
    head, mark, rest = _split(text, r"^\s*\[", 0)
    text = (_replaced(head, "sample", sample) if sample else head) + mark + rest
    text = _in_table(text, "comparison", "other", other) if other else text
    return _in_table(text, "reports", "folder", reports) if reports else text


def _in_table(text: str, table: str, key: str, value: str) -> str:
    """Rewrite a key in a table of its own."""
    before, heading, after = _split(text, rf"^\s*\[{table}\].*$", 1)
    own, following, tail = _split(after, r"^\s*\[", 0)
    return before + heading + _replaced(own, key, value) + following + tail


def _split(text: str, pattern: str, keep: int) -> tuple[str, str, str]:
    """Split at the first line that matches: before, the match if `keep`, and the rest."""
    found = re.search(pattern, text, flags=re.MULTILINE)
    if found is None:
        return text, "", ""
    end = found.end() if keep else found.start()
    return text[: found.start()], text[found.start() : end], text[end:]


def _replaced(text: str, key: str, value: str) -> str:
    pattern = rf"""^(\s*{key}\s*=\s*)("[^"\n]*"|'[^'\n]*')(?=\s*(?:#.*)?$)"""
    new, count = re.subn(
        pattern,
        lambda found: found.group(1) + json.dumps(value, ensure_ascii=False),
        text,
        flags=re.MULTILINE,
    )
    if count != 1:
        msg = f"The plan must name '{key}' once, on a line of its own: {key} = \"...\"."
        raise PlanError(msg)
    return new


def describe_sample(sample: Sample) -> Mapping[str, str]:
    """Describe a sample without any of its cells.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    mapping of str to str
        `DESCRIPTION`: name, title, origin, the SHA-256 of the cells, and the fields of every
        table; and the own codes, where there are some. No count: counts go out through disclosure
        control only.
    """
    raw = json.loads((schema_path() / "datapackage.json").read_text(encoding="utf-8"))
    tables: list[Mapping[str, Any]] = [
        {key: resource[key] for key in _KEYS if key in resource}
        for resource in raw["resources"]
        if resource["name"] in sample.tables
    ]
    described = {
        "name": sample.info.name,
        "title": sample.info.title,
        "origin": sample.info.origin,
        "schema_version": sample.schema.version,
        "sha256_of_cells": sample.fingerprint,
        "tables": tables,
    }
    text = json.dumps(described, indent=1, ensure_ascii=False) + "\n"
    own = own_codes_text(sample.schema)
    return {DESCRIPTION: text, **({EXTENSION: own} if own else {})}
