"""Which codebook a sample was coded with, and what has changed since."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from relatum.samples.check import CheckedFolder
from relatum.samples.descriptor import own_schema
from relatum.schema import load_schema
from relatum.schema.extension import added_codes, extension_version
from relatum.schema.extension_changes import CodeChanges, compare_codes

__all__ = ["CodedWith", "coded_with"]

_LAST = re.compile(r"(?:.*\.)?([a-z][a-z0-9]*)\.([0-9]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedWith:
    """The codebook of a sample beside the one by which it is read.

    Attributes
    ----------
    version, read_version : str
        The schema that the sample was coded with, as its descriptor says, and the one by which it
        is read.
    own : tuple of str
        Own codes of the schema by which it is read.
    changes : CodeChanges
        From the own codes in the sample's folder to those by which it is read.
    lost : bool
        Whether the sample was coded with own codes that its folder does not hold, so that nobody
        can say what changed.
    orphans : tuple of (str, int)
        Removed codes that codings use, with the number of these codings.
    revision, newest : int
        The revision of the codes by which it is read, and that of the codes of the same name with
        which it was coded; 0 where there is none to compare.
    """

    version: str
    read_version: str
    own: tuple[str, ...]
    changes: CodeChanges
    lost: bool
    orphans: tuple[tuple[str, int], ...]
    revision: int = 0
    newest: int = 0


def coded_with(checked: CheckedFolder) -> CodedWith:
    """Compare the codebook in a sample's folder with the one by which the sample was checked.

    Parameters
    ----------
    checked : CheckedFolder
        From `relatum.samples.check.check_folder`.

    Returns
    -------
    CodedWith

    Examples
    --------
    >>> from relatum.samples.check import check_folder
    >>> from relatum.samples.read import shipped_path
    >>> bool(coded_with(check_folder(shipped_path("anna"))).changes)
    False
    """
    schema = checked.folder.schema
    held = own_schema(checked.folder.path)
    version = checked.folder.info.schema_version
    lost = bool(extension_version(version)) and not extension_version(held.version)
    none = CodeChanges(before=version, after=schema.version)
    changes = none if lost else compare_codes(held, schema)
    name, revision = _revision(schema.version)
    before, newest = _revision(version if lost else held.version)
    return CodedWith(
        version=version,
        read_version=schema.version,
        own=tuple(code.id for code in added_codes(load_schema(), schema)),
        changes=changes,
        lost=lost,
        orphans=tuple(_orphans(checked, changes)),
        revision=revision if name == before else 0,
        newest=newest if name == before else 0,
    )


def _revision(version: str) -> tuple[str, int]:
    """Return the last name and revision of the own codes."""
    found = _LAST.fullmatch(extension_version(version))
    return (found[1], int(found[2])) if found else ("", 0)


def _orphans(checked: CheckedFolder, changes: CodeChanges) -> Iterator[tuple[str, int]]:
    held = checked.context.tables.get("codings")
    if held is None or "code" not in held:
        return
    column = held.column("code")
    counts = np.bincount(column.codes, minlength=len(column.distinct))
    for code in changes.removed:
        if code in column.distinct:
            yield code, int(counts[column.distinct.index(code)])
