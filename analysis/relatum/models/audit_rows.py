"""Reading a table of figures for the audit: every row checked, every fault at once."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pandas as pd

from relatum.errors import Issue, SampleError
from relatum.schema import near_match

__all__ = ["COLUMNS", "KINDS", "FigureRow", "FigureTable", "read_figures"]

#: The columns of a table of figures.
COLUMNS: tuple[str, ...] = (
    "kind",
    "name",
    "group",
    "n",
    "lower",
    "upper",
    "count",
    "value",
    "decimals",
)
#: The kinds of rows, and the cells that each needs beside kind, name and group.
KINDS: Mapping[str, tuple[str, ...]] = {
    "total": ("n", "value"),
    "band": ("lower", "count"),
    "range": ("lower", "upper"),
    "mean": ("n", "value"),
    "percentage": ("n", "value"),
    "part": ("n", "count"),
}
_WHOLE = ("n", "lower", "upper", "count", "decimals")
_MOST_DECIMALS = 6
_LARGEST = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureRow:
    """One figure of a table.

    Attributes
    ----------
    line : int
        Its line in the file, the header being line 1.
    kind, name, group : str
        What kind of figure, its words, and the quantity that it belongs to.
    n, lower, upper, count, decimals : int or None
        Whole numbers; None where the cell is empty.
    value : Fraction or None
        The printed value, exactly as printed.
    """

    line: int
    kind: str
    name: str
    group: str
    n: int | None
    lower: int | None
    upper: int | None
    count: int | None
    value: Fraction | None
    decimals: int | None

    @property
    def printed(self) -> str:
        """The value as it would be printed."""
        return "" if self.value is None else f"{float(self.value):.{self.decimals or 0}f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureTable:
    """A table of figures.

    Attributes
    ----------
    name : str
        The file's name.
    rows : tuple of FigureRow
        In the order of the file.
    fingerprint : str
        The SHA-256 of the cells.
    """

    name: str
    rows: tuple[FigureRow, ...]
    fingerprint: str

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups, in order of appearance."""
        return tuple(dict.fromkeys(row.group for row in self.rows))

    def select(self, kind: str, group: str | None = None) -> tuple[FigureRow, ...]:
        """Return the rows of a kind, and of a group if one is named."""
        return tuple(
            row for row in self.rows if row.kind == kind and (group is None or row.group == group)
        )


def read_figures(source: str | Path | pd.DataFrame) -> FigureTable:
    """Read a table of figures.

    Parameters
    ----------
    source : str, Path or DataFrame
        A CSV file (UTF-8) or a data frame with the columns `COLUMNS`; those that no row needs
        may be left out.

    Returns
    -------
    FigureTable

    Raises
    ------
    SampleError
        With every fault at once in ``.issues``: unknown column or kind, missing cell, a number
        that is not whole or negative, limits reversed, a percentage outside 0 to 100.
    """
    name, records = _records(source)
    issues: list[Issue] = []
    columns = tuple(records[0].cells) if records else ()
    issues.extend(_column_issues(name, columns))
    rows = [_row(name, record, issues) for record in records]
    if not records:
        issues.append(Issue(table=name, rule="empty_file", message="There are no rows."))
    if issues:
        noun = "fault" if len(issues) == 1 else "faults"
        msg = f"{len(issues)} {noun} in '{name}'; nothing was audited."
        raise SampleError(msg, issues)
    cells = [[record.cells.get(column, "") for column in COLUMNS] for record in records]
    digest = hashlib.sha256(json.dumps(cells).encode()).hexdigest()
    held = tuple(row for row in rows if row is not None)
    return FigureTable(name=name, rows=held, fingerprint=digest)


@dataclass(frozen=True, slots=True)
class _Record:
    """The cells of one row, and its line."""

    line: int
    cells: Mapping[str, str]
    spare: bool = False


def _records(source: str | Path | pd.DataFrame) -> tuple[str, list[_Record]]:
    if isinstance(source, pd.DataFrame):
        texts = {str(name): _texts(source[name]) for name in source.columns}
        rows = zip(*texts.values(), strict=True)
        return "table", [
            _Record(line, dict(zip(texts, row, strict=True))) for line, row in enumerate(rows, 2)
        ]
    place = Path(source)
    try:
        text = place.read_text(encoding="utf-8-sig")
        return place.name, _csv_records(text)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        msg = f"'{place}' could not be read as a CSV file in UTF-8 ({type(error).__name__})."
        raise SampleError(msg) from error


def _texts(column: pd.Series) -> list[str]:
    words = column.astype("string").fillna("").str.strip()
    # A column of numbers with gaps is held as floats: 12.0 was 12.
    numeric = pd.api.types.is_numeric_dtype(column.dtype)
    return [str(word).removesuffix(".0") if numeric else str(word) for word in words]


def _csv_records(text: str) -> list[_Record]:
    first = text.partition("\n")[0]
    mark = ";" if first.count(";") > first.count(",") else ","
    reader = csv.DictReader(io.StringIO(text), delimiter=mark, strict=True)
    records = []
    for row in reader:
        spare = bool(row.pop(None, None))
        cells = {str(name).strip(): (value or "").strip() for name, value in row.items()}
        records.append(_Record(reader.line_num, cells, spare))
    return records


def _column_issues(table: str, columns: Sequence[str]) -> list[Issue]:
    unknown = [
        Issue(
            table=table,
            field=column,
            rule="unknown_column",
            message=f"'{column}' is not a column.",
            allowed=COLUMNS,
            near=near_match(column, COLUMNS),
        )
        for column in columns
        if column not in COLUMNS
    ]
    if columns and "kind" not in columns:
        unknown.append(
            Issue(table=table, field="kind", rule="missing_column", message="It is missing.")
        )
    return unknown


class _RowReader:
    """Reads the cells of one row and collects faults."""

    def __init__(self, table: str, record: _Record, issues: list[Issue]) -> None:
        self._table, self._line, self._issues = table, record.line, issues
        self._record = record.cells

    def fault(self, field: str, rule: str, message: str, allowed: tuple[str, ...] = ()) -> None:
        given = self._record.get(field, "")
        self._issues.append(
            Issue(
                table=self._table,
                row=f"line {self._line}",
                field=field,
                rule=rule,
                message=message,
                allowed=allowed,
                near=near_match(given, allowed) if allowed else "",
            )
        )

    def whole(self, field: str) -> int | None:
        text = self._record.get(field, "")
        if not text:
            return None
        try:
            number = int(text)
        except ValueError:
            self.fault(field, "not_whole", f"'{text}' is not a whole number.")
            return None
        if number < 0:
            self.fault(field, "negative", f"{number} is below 0.")
            return None
        if number > _LARGEST:
            self.fault(field, "too_large", f"It is more than {_LARGEST:,}.")
            return None
        return number

    def exact(self, field: str) -> Fraction | None:
        text = self._record.get(field, "")
        if not text:
            return None
        try:
            if "/" in text or "e" in text.lower():
                raise ValueError
            number = Fraction(text)
        except ValueError:
            message = f"'{text}' is not a number written with digits and a point."
            self.fault(field, "not_a_number", message)
            return None
        if abs(number) > _LARGEST:
            self.fault(field, "too_large", f"It is more than {_LARGEST:,}.")
            return None
        return number


def _row(table: str, given: _Record, issues: list[Issue]) -> FigureRow | None:
    record, line = given.cells, given.line
    reader, before = _RowReader(table, given, issues), len(issues)
    if given.spare:
        reader.fault("", "too_many_cells", "The row has more cells than the header.")
    kind = record.get("kind", "")
    if kind not in KINDS:
        reader.fault("kind", "unknown_kind", f"'{kind}' is not a kind.", tuple(KINDS))
        return None
    whole = {field: reader.whole(field) for field in _WHOLE}
    value = reader.exact("value")
    for field in KINDS[kind]:
        if not record.get(field, ""):
            reader.fault(field, "missing_cell", f"A row of kind {kind} needs it.")
    printed = len(record.get("value", "").partition(".")[2])
    decimals = printed if whole["decimals"] is None else whole["decimals"]
    row = FigureRow(
        line=line,
        kind=kind,
        name=record.get("name", "") or f"line {line}",
        group=record.get("group", "") or record.get("name", "") or f"line {line}",
        n=whole["n"],
        lower=whole["lower"],
        upper=whole["upper"],
        count=whole["count"],
        value=value,
        decimals=decimals,
    )
    _check_row(row, printed, reader)
    return row if len(issues) == before else None


def _check_row(row: FigureRow, printed: int, reader: _RowReader) -> None:
    if row.n == 0:
        reader.fault("n", "no_units", "It must be at least 1.")
    if row.lower is not None and row.upper is not None and row.upper < row.lower:
        reader.fault("upper", "reversed", f"{row.upper} is below the lower limit {row.lower}.")
    if row.count is not None and row.n is not None and row.count > row.n:
        reader.fault("count", "above_n", f"{row.count} is more than n, {row.n}.")
    if row.decimals is not None and not printed <= row.decimals <= _MOST_DECIMALS:
        message = f"The value has {printed} decimals; allowed are those to {_MOST_DECIMALS}."
        reader.fault("decimals", "too_few_decimals", message)
    if row.kind == "percentage" and row.value is not None and not 0 <= row.value <= 100:
        reader.fault("value", "no_percentage", "A percentage lies between 0 and 100.")
    if row.kind == "total" and row.value is not None and row.value.denominator != 1:
        reader.fault("value", "not_whole", "A total is a whole number.")
    if row.kind in ("total", "mean") and row.value is not None and row.value < 0:
        reader.fault("value", "negative", "It is below 0.")
