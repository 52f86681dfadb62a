"""The records of a registry: files opened, told apart by layout, and checked all at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from relatum.errors import ImportFailedError, Issue
from relatum.samples.importers.base import Discard
from relatum.samples.importers.registry_crosswalk import (
    Crosswalk,
    CrosswalkColumn,
    folded,
    load_crosswalk,
)
from relatum.samples.importers.registry_files import RegistryFile, read_registry_file
from relatum.samples.raw import RawColumn, merged
from relatum.schema import near_match

__all__ = ["Records", "fail_import", "open_records", "parts_of"]

#: A file that has fewer of a layout's columns is no file of the registry at all.
_LEAST_SHARE = 0.5
_MOST_VALUES = 20
_QUOTABLE = re.compile(r"-?\d{1,4}|[A-Za-z]{1,3}[?/]?")
_COLUMN = re.compile(r"[\w.-]{1,60}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The records of one or several files of one layout.

    Attributes
    ----------
    layout : str
        Which of the registry's layouts the files have.
    columns : mapping of str to CrosswalkColumn
        What each column becomes, by its name here.
    texts : mapping of str to RawColumn
        The columns' values; a column that no file has is empty.
    n : int
        Records.
    file_of : array of int, shape (n,)
        For every record the place of its file in `files`.
    files : tuple of str
        Names of the files.
    unasked : mapping of str to tuple of int
        For every column the places of the files that lack it or leave it blank throughout.
    discards : tuple of Discard
        Columns that the crosswalk does not know.
    """

    layout: str
    columns: Mapping[str, CrosswalkColumn]
    texts: Mapping[str, RawColumn]
    n: int
    file_of: NDArray[np.intp]
    files: tuple[str, ...]
    unasked: Mapping[str, tuple[int, ...]]
    discards: tuple[Discard, ...]

    def not_asked(self, column: str) -> NDArray[np.bool_]:
        """Tell for every record whether its file never asked for a column."""
        return np.isin(self.file_of, self.unasked[column])

    def flags(self, column: str, word: str) -> NDArray[np.bool_]:
        """Tell for every record whether a column holds a value, whatever its case."""
        raw = self.texts[column]
        return raw.flags({text: folded(text) == folded(word) for text in raw.distinct})


def open_records(
    name: str,
    paths: Sequence[str | Path],
    *,
    encodings: Sequence[str] = ("utf-8-sig",),
    separated: Mapping[str, str] | None = None,
) -> Records:
    """Open the files of a registry and check that they are what they claim to be.

    Parameters
    ----------
    name : str
        The registry, which names its crosswalk.
    paths : sequence of str or Path
        Its files, all of one layout.
    encodings : sequence of str
        Encodings of texts, tried in this order.
    separated : mapping of str to str, optional
        Columns that hold several values, with the mark between them.

    Returns
    -------
    Records

    Raises
    ------
    ImportFailedError
        With every fault of every file.
    """
    book = load_crosswalk(name)
    wanted = {
        folded(own)
        for columns in book.layouts.values()
        for column in columns.values()
        for own in column.names
    }
    issues: list[Issue] = []
    opened: list[tuple[RegistryFile, str]] = []
    places = [Path(path) for path in paths]
    for path in places:
        file, faults = read_registry_file(path, wanted, encodings=encodings)
        issues += faults
        if file is None:
            continue
        layout, faults = _layout(file, book)
        issues += faults
        if layout:
            opened.append((file, layout))
            issues += _unknown_values(file, book.layouts[layout], separated or {})
    issues += _of_all(places, opened)
    if issues:
        raise fail_import(issues)
    return _stacked([file for file, _ in opened], opened[0][1], book)


def fail_import(issues: Iterable[Issue]) -> ImportFailedError:
    """Return the error that lists every fault of an import."""
    found = tuple(sorted(set(issues)))
    noun = "issue" if len(found) == 1 else "issues"
    return ImportFailedError(f"{len(found)} {noun} in the files; nothing was written.", found)


def parts_of(text: str, mark: str | None) -> tuple[str, ...]:
    """Return the values of a cell, folded.

    Examples
    --------
    >>> parts_of("Padrastro | Tío", "|"), parts_of("SI", None)
    (('padrastro', 'tío'), ('si',))
    """
    parts = text.split(mark) if mark else [text]
    return tuple(word for word in map(folded, parts) if word)


def _layout(file: RegistryFile, book: Crosswalk) -> tuple[str, list[Issue]]:
    """Name the layout of a file, or say which columns it lacks."""
    held = set(file.header)
    lacking = {
        layout: [c for c in columns.values() if c.required and not held & _folded(c)]
        for layout, columns in book.layouts.items()
    }
    shares = {
        layout: 1 - len(lacking[layout]) / sum(c.required for c in columns.values())
        for layout, columns in book.layouts.items()
    }
    best = max(shares, key=lambda layout: (shares[layout], len(book.layouts[layout])))
    if shares[best] < _LEAST_SHARE:
        message = f"The columns are those of no layout of '{book.name}'."
        return "", [
            Issue(table=file.name, rule="unknown_layout", message=message, allowed=(*shares,))
        ]
    return best, [_missing(file, column, best) for column in lacking[best]]


def _folded(column: CrosswalkColumn) -> set[str]:
    return {folded(name) for name in column.names}


def _missing(file: RegistryFile, column: CrosswalkColumn, layout: str) -> Issue:
    message = f"The layout '{layout}' has this column, and the file does not."
    near = near_match(folded(column.name), file.header) or ""
    return Issue(
        table=file.name,
        field=column.name,
        rule="missing_column",
        message=message,
        allowed=column.names,
        near=near if _COLUMN.fullmatch(near) else "",
    )


def _held(file: RegistryFile, column: CrosswalkColumn) -> RawColumn | None:
    own = next((n for n in map(folded, column.names) if n in file.columns), None)
    return None if own is None else file.columns[own]


def _unknown_values(
    file: RegistryFile, columns: Mapping[str, CrosswalkColumn], separated: Mapping[str, str]
) -> list[Issue]:
    issues = []
    for column in columns.values():
        raw = _held(file, column)
        if raw is None:
            continue
        mark = separated.get(column.name)
        odd = [
            at
            for at, text in enumerate(raw.distinct)
            if not all(column.knows(part) for part in parts_of(text, mark))
        ]
        allowed = tuple(sorted({rule.value for rule in column.rules}))[:_MOST_VALUES]
        issues += [_unknown(file, column, raw, at, allowed) for at in odd[:_MOST_VALUES]]
        if len(odd) > _MOST_VALUES:
            message = f"{len(odd) - _MOST_VALUES:,} further values are not known."
            field = column.name
            issues.append(
                Issue(table=file.name, field=field, rule="unknown_value", message=message)
            )
    return issues


def _unknown(
    file: RegistryFile, column: CrosswalkColumn, raw: RawColumn, at: int, allowed: tuple[str, ...]
) -> Issue:
    rows = np.flatnonzero(raw.codes == at)
    text = raw.distinct[at]
    # A label may hold what somebody typed: only numbers and marks are quoted.
    what = f"'{text}'" if _QUOTABLE.fullmatch(text) else "The value (not shown)"
    times = "once" if len(rows) == 1 else f"{len(rows):,} times"
    return Issue(
        table=file.name,
        row=f"line {rows[0] + 2}" if len(rows) else "",
        field=column.name,
        rule="unknown_value",
        message=f"{what} is not known in this column; it stands there {times}.",
        allowed=allowed,
    )


def _of_all(places: Sequence[Path], opened: Sequence[tuple[RegistryFile, str]]) -> list[Issue]:
    """List faults of the files together: none, one given twice, layouts that do not go together."""
    if not places:
        return [Issue(table="files", rule="missing_file", message="Name at least one file.")]
    issues = [
        Issue(table=path.name, rule="duplicate_file", message="This file is named twice.")
        for at, path in enumerate(places)
        if path.resolve() in [other.resolve() for other in places[:at]]
    ]
    layouts = sorted({layout for _, layout in opened})
    if len(layouts) > 1:
        message = (
            f"The files have several layouts ({', '.join(layouts)}), which would count the same "
            "persons twice; import each layout by itself."
        )
        issues.append(Issue(table="files", rule="mixed_layouts", message=message))
    issues += [
        Issue(table=file.name, rule="empty_file", message="The file holds no record.")
        for file, _ in opened
        if not file.n_rows
    ]
    return issues


def _stacked(files: Sequence[RegistryFile], layout: str, book: Crosswalk) -> Records:
    columns = book.layouts[layout]
    texts = {name: _joined(files, column) for name, column in columns.items()}
    sizes = [file.n_rows for file in files]
    return Records(
        layout=layout,
        columns=columns,
        texts=texts,
        n=sum(sizes),
        file_of=np.repeat(np.arange(len(files)), sizes),
        files=tuple(file.name for file in files),
        unasked={
            name: tuple(at for at, file in enumerate(files) if _blank(file, column))
            for name, column in columns.items()
        },
        discards=tuple(row for file in files for row in _unknown_columns(file, columns)),
    )


def _joined(files: Sequence[RegistryFile], column: CrosswalkColumn) -> RawColumn:
    distinct: list[str] = []
    codes = []
    for file in files:
        raw = _held(file, column) or RawColumn(("",), np.zeros(file.n_rows, dtype=np.int32))
        codes.append(raw.codes + np.int32(len(distinct)))
        distinct += raw.distinct
    return merged(tuple(distinct), np.concatenate(codes).astype(np.int32))


def _blank(file: RegistryFile, column: CrosswalkColumn) -> bool:
    raw = _held(file, column)
    return raw is None or not any(map(folded, raw.distinct))


def _unknown_columns(file: RegistryFile, columns: Mapping[str, CrosswalkColumn]) -> list[Discard]:
    known = {own for column in columns.values() for own in _folded(column)}
    n = sum(name not in known for name in file.header)
    why = "The crosswalk does not name these columns."
    return [Discard(source=file.name, what="columns", n=n, why=why)] if n else []
