"""Tables of other programs as texts: Excel, CSV, Parquet, SPSS and Stata."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.errors import Issue, SampleError
from relatum.samples.context import shown_column
from relatum.samples.identifiers import identifier_in
from relatum.samples.importers.cells_faults import FaultList
from relatum.samples.raw import read_raw

__all__ = ["FORMATS", "ForeignTable", "build_table", "column_name", "read_foreign_table"]

#: The endings that are read, and what each stands for.
FORMATS: Mapping[str, str] = MappingProxyType(
    {
        ".xlsx": "an Excel workbook",
        ".xlsm": "an Excel workbook",
        ".xls": "an Excel workbook of 1997-2003",
        ".csv": "a CSV file",
        ".tsv": "a CSV file",
        ".parquet": "a Parquet file",
        ".sav": "an SPSS file",
        ".zsav": "an SPSS file",
        ".dta": "a Stata file",
    }
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BIFF = (b"\x09\x00", b"\x09\x02", b"\x09\x04", b"\x09\x08")
_STATA_OLD = range(102, 116)
_ISO = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_DAYS: Mapping[str, re.Pattern[str]] = {
    "YYYY-MM-DD": _ISO,
    "YYYY/MM/DD": re.compile(r"\d{4}/\d{1,2}/\d{1,2}"),
    "DD-MM-YYYY": re.compile(r"\d{1,2}-\d{1,2}-\d{2,4}"),
    "DD/MM/YYYY": re.compile(r"\d{1,2}/\d{1,2}/\d{2,4}"),
    "DD.MM.YYYY": re.compile(r"\d{1,2}\.\d{1,2}\.\d{2,4}"),
}
_SHAPE = re.compile(r"[\d./-]{6,10}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignTable:
    """A table as texts, with the place of every row.

    Attributes
    ----------
    name : str
        What messages call it: the file, or the sheet.
    frame : DataFrame of str, shape (n_rows, n_columns)
        An empty text is a blank cell. Columns in the order of the file.
    rows : array of int, shape (n_rows,)
        Where each row stands in the file, counted from 1.
    row_word : str
        ``row`` for a sheet and ``line`` for a text file, in which the header is counted;
        ``record`` for files without a row of headers.
    labels : mapping of str to str
        The longer words that SPSS and Stata keep for a column.
    faults : mapping of str to tuple of Issue
        By column: formulas without values, errors, merged cells, mixed dates. They matter only
        where the column is used.
    """

    name: str
    frame: pd.DataFrame = field(repr=False)
    rows: NDArray[np.int64] = field(repr=False)
    row_word: str = "row"
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    faults: Mapping[str, tuple[Issue, ...]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def columns(self) -> tuple[str, ...]:
        """The headers, in order."""
        return tuple(self.frame.columns)

    def place(self, at: int) -> str:
        """Word where a row stands, such as ``row 12``."""
        return f"{self.row_word} {int(self.rows[at])}"

    def faults_of(self, columns: Iterable[str]) -> tuple[Issue, ...]:
        """Return the faults of the columns that are used."""
        return tuple(issue for name in columns for issue in self.faults.get(name, ()))


def column_name(name: str) -> str:
    """Return a foreign header as a message may quote it.

    Examples
    --------
    >>> column_name("Kind of violence"), column_name("a.b@example.org")
    ('Kind of violence', '(an unknown column)')
    """
    if len(name) <= 40 and len(name.split()) <= 6 and not identifier_in(name):
        return name
    return shown_column(name)


def read_foreign_table(path: str | Path, *, sheet: str | None = None) -> ForeignTable:
    r"""Read a table of another program as texts.

    Dates become ISO texts, numbers the shortest text, truth values ``true`` and ``false``. A
    coded value of SPSS or Stata becomes its label; a user-defined missing value stays a value of
    its own, since it says more than a blank cell.

    Parameters
    ----------
    path : str or Path
        A file with one of the endings in `FORMATS`. CSV in UTF-8, with comma, semicolon or tab.
    sheet : str, optional
        The sheet of a workbook; needed where several sheets hold something.

    Returns
    -------
    ForeignTable

    Raises
    ------
    ImportFailedError
        With every fault of the file: another type than its ending says, a password, no such
        sheet, no rows, headers that are missing, repeated or merged.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     place = Path(folder) / "mine.csv"
    ...     _ = place.write_text("id;seen\nr1;1\n")
    ...     table = read_foreign_table(place)
    >>> table.columns, table.place(0)
    (('id', 'seen'), 'line 2')
    """
    place = Path(path)
    faults = FaultList("the table")
    _check_type(place, faults)
    faults.stop()
    ending = place.suffix.lower()
    if ending in (".xlsx", ".xlsm", ".xls"):
        from relatum.samples.importers.cells_excel import read_workbook

        return read_workbook(place, sheet, faults)
    if sheet is not None:
        message = f"{FORMATS[ending].capitalize()} has no sheets; leave out the sheet."
        faults.add(place.name, "no_such_sheet", message)
        faults.stop()
    if ending in (".sav", ".zsav", ".dta"):
        from relatum.samples.importers.cells_stats import read_statistics

        return read_statistics(place, faults)
    return _read_text(place, faults)


def build_table(
    name: str,
    header: Sequence[str],
    columns: Mapping[str, NDArray[np.object_]],
    rows: NDArray[np.int64],
    *,
    faults: FaultList,
    row_word: str = "row",
    labels: Mapping[str, str] | None = None,
    cell_faults: Sequence[Issue] = (),
) -> ForeignTable:
    """Put a table together, leave out blank rows, and look for mixed dates.

    Parameters
    ----------
    name, row_word, labels
        As in `ForeignTable`.
    header : sequence of str
        All headers as they stand, so that repeated ones are told.
    columns : mapping of str to array of str, shape (n_rows,)
        The texts.
    rows : array of int, shape (n_rows,)
    faults : FaultList
        Takes faults of the whole table; the import ends if there are any.
    cell_faults : sequence of Issue
        Faults of cells; their field is the header as it stands.

    Returns
    -------
    ForeignTable
    """
    for title, n in Counter(header).items():
        if n > 1:
            message = f"{n} columns have this header; every column needs a name of its own."
            faults.add(name, "duplicate_column", message, column=column_name(title))
    frame = pd.DataFrame(dict(columns), columns=list(dict.fromkeys(header)), dtype=object)
    filled = (frame != "").any(axis=1).to_numpy() if len(frame.columns) else np.zeros(0, bool)
    if not filled.any():
        faults.add(name, "empty_sheet", "There are no rows below the header.")
    faults.stop()
    frame, rows = frame.loc[filled].reset_index(drop=True), rows[filled]
    by_column: dict[str, list[Issue]] = {}
    for issue in cell_faults:
        by_column.setdefault(issue.field, []).append(_quotable(issue))
    table = ForeignTable(name=name, frame=frame, rows=rows, row_word=row_word)
    for title in table.columns:
        by_column.setdefault(title, []).extend(_mixed_dates(table, title))
    return ForeignTable(
        name=name,
        frame=frame,
        rows=rows,
        row_word=row_word,
        labels=MappingProxyType(dict(labels or {})),
        faults=MappingProxyType({title: tuple(found) for title, found in by_column.items()}),
    )


def _quotable(issue: Issue) -> Issue:
    return Issue(
        table=issue.table,
        row=issue.row,
        field=column_name(issue.field),
        rule=issue.rule,
        message=issue.message,
    )


def _mixed_dates(table: ForeignTable, column: str) -> list[Issue]:
    """Tell of a column in which days are written in several ways."""
    cells = table.frame[column]
    shapes = {text: _day_form(text) for text in pd.unique(cells) if _SHAPE.fullmatch(text)}
    firsts: dict[str, int] = {}
    if len(set(shapes.values()) - {""}) < 2:
        return []
    for at, text in enumerate(cells):
        if form := shapes.get(text, ""):
            firsts.setdefault(form, at)
    forms = sorted(firsts)
    message = f"Days are written in several ways ({', '.join(forms)}); use one in the column."
    return [
        Issue(
            table=table.name,
            row=table.place(at),
            field=column_name(column),
            rule="mixed_dates",
            message=message,
        )
        for at in sorted(firsts.values())[1:]
    ]


def _day_form(text: str) -> str:
    form = next((name for name, pattern in _DAYS.items() if pattern.fullmatch(text)), "")
    parts = re.split(r"[./-]", text)
    if form.startswith("DD") and len(parts[2]) != 3 and int(parts[1]) > 12:
        return form.replace("DD", "xx").replace("MM", "DD").replace("xx", "MM")
    return form


# --- what kind of file -------------------------------------------------------------------------


def _check_type(place: Path, faults: FaultList) -> None:
    ending = place.suffix.lower()
    if ending not in FORMATS:
        message = "This ending is not read."
        faults.add(place.name, "file_type", message, allowed=tuple(FORMATS))
        return
    try:
        with place.open("rb") as handle:
            head = handle.read(512)
    except OSError as error:
        why = error.strerror or type(error).__name__
        faults.add(place.name, "unreadable_file", f"The file could not be opened: {why}.")
        return
    if not head:
        faults.add(place.name, "empty_file", "The file is empty.")
        return
    found = _kind(head)
    if found == "ole" and ending != ".xls" and b"E\0n\0c\0r\0y\0p" in place.read_bytes():
        message = "The workbook is protected by a password; save it without one."
        faults.add(place.name, "password", message)
    elif found != _EXPECTED[ending]:
        message = f"The ending stands for {FORMATS[ending]}, but this is {_KINDS[found]}."
        faults.add(place.name, "file_type", message)


_EXPECTED = {
    **dict.fromkeys((".xlsx", ".xlsm"), "zip"),
    ".xls": "ole",
    **dict.fromkeys((".csv", ".tsv"), "text"),
    ".parquet": "parquet",
    **dict.fromkeys((".sav", ".zsav"), "spss"),
    ".dta": "stata",
}
_KINDS = {
    "zip": "an archive, such as an Excel workbook",
    "ole": "an Excel workbook of 1997-2003 or a protected one",
    "html": "a web page; open it and save it as an Excel workbook",
    "parquet": "a Parquet file",
    "spss": "an SPSS file",
    "stata": "a Stata file",
    "text": "a text or an unknown kind of file",
}


def _kind(head: bytes) -> str:
    known = (
        (b"PK", "zip"),
        (_OLE, "ole"),
        (b"PAR1", "parquet"),
        (b"$FL", "spss"),
        (b"<stata_dta>", "stata"),
    )
    for start, kind in known:
        if head.startswith(start):
            return kind
    if head[0] in _STATA_OLD and head[1:2] in (b"\x01", b"\x02") and head[2:3] == b"\x01":
        return "stata"
    if head.startswith(_BIFF) and b"\0" in head[:8]:
        return "ole"
    text = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    return "html" if text.startswith((b"<!doctype html", b"<html", b"<table")) else "text"


# --- CSV and Parquet -----------------------------------------------------------------------------


def _read_text(place: Path, faults: FaultList) -> ForeignTable:
    try:
        raw = read_raw(place, place.name)
    except SampleError as error:
        faults.extend(error.issues)
        faults.stop()
        raise
    faults.extend(issue for issue in raw.issues if issue.severity == "error")
    if not raw.n_rows:
        faults.stop()
    columns = {
        title: np.array(column.distinct, dtype=object)[column.codes]
        if column.distinct
        else np.array([], dtype=object)
        for title, column in raw.columns.items()
    }
    is_csv = place.suffix.lower() != ".parquet"
    first = 2 if is_csv else 1
    rows = np.arange(raw.n_rows, dtype=np.int64) + first if raw.lines is None else raw.lines
    return build_table(
        place.name,
        tuple(columns),
        columns,
        rows[: raw.n_rows],
        faults=faults,
        row_word="line" if is_csv else "record",
    )
