"""What every rule of the check reads: the raw tables, what is missing, typed values, row names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.errors import Issue
from relatum.samples.identifiers import identifier_in
from relatum.samples.raw import RawColumn, RawTable
from relatum.samples.texts import date_of, is_number
from relatum.schema import Field, Schema, Table

__all__ = ["CheckContext", "TableContext", "shown", "shown_column"]

_TOKEN = re.compile(r"[a-z0-9][a-z0-9_]{0,29}")
_COLUMN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")
Severity = Literal["error", "warning"]


def shown(value: str, spec: Field | None) -> str:
    """Return a value as a message may quote it.

    Only short, level-like words of fields that are not sensitive are quoted: a name typed into a
    column of levels never reaches a message.
    """
    quotable = spec is not None and not spec.sensitive and spec.kind != "text"
    if quotable and _TOKEN.fullmatch(value) and not identifier_in(value):
        return f"'{value}'"
    return "The value (not shown)"


def shown_column(name: str) -> str:
    """Return the name of a column as a message may quote it.

    Examples
    --------
    >>> shown_column("victim_agee"), shown_column("a.b@example.org")
    ('victim_agee', '(an unknown column)')
    """
    fit = _COLUMN.fullmatch(name) and not identifier_in(name)
    return name if fit else "(an unknown column)"


@dataclass(frozen=True)
class TableContext:
    """One raw table with its definition.

    Attributes
    ----------
    table : Table
        The definition.
    raw : RawTable
        The texts.
    """

    table: Table
    raw: RawTable

    @property
    def name(self) -> str:
        """The table's name."""
        return self.table.name

    def __contains__(self, column: object) -> bool:
        return column in self.raw.columns

    def column(self, name: str) -> RawColumn:
        """Return a column; one that the file lacks is empty in every row."""
        if name in self.raw.columns:
            return self.raw.columns[name]
        return RawColumn(("",), np.zeros(self.raw.n_rows, dtype=np.int32))

    def missing(self, name: str) -> NDArray[np.bool_]:
        """Tell for every row whether a column holds no value."""
        column = self.column(name)
        return np.isin(column.codes, self._empty(column))

    def _empty(self, column: RawColumn) -> list[int]:
        """Return where the texts stand that mean no value; looking for each of the few is fast."""
        held = column.distinct
        return [held.index(text) for text in self.table.missing_values if text in held]

    def texts(self, name: str) -> NDArray[np.object_]:
        """Return the texts of a column, empty where nothing is recorded."""
        column = self.column(name)
        kept = np.array(column.distinct, dtype=object)
        kept[self._empty(column)] = ""
        return kept[column.codes]

    def dates(self, name: str) -> NDArray[np.datetime64]:
        """Return a date column, NaT where nothing valid is recorded."""
        column = self.column(name)
        parsed = [date_of(text) for text in column.distinct]
        return np.array(parsed, dtype="datetime64[ns]")[column.codes]

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return a numeric column, NaN where nothing valid is recorded."""
        column = self.column(name)
        parsed = [float(text) if is_number(text) else np.nan for text in column.distinct]
        return np.array(parsed, dtype=np.float64)[column.codes]

    @cached_property
    def keys(self) -> NDArray[np.object_]:
        """The name of every row: its key, or its line where it has none that may be shown."""
        spec = self.table[self.table.primary_key]
        pattern = re.compile(spec.pattern or ".*")
        texts = self.texts(spec.name)
        fit = {
            text: bool(text and pattern.fullmatch(text) and not identifier_in(text, key=True))
            for text in set(texts)
        }
        return np.array(
            [text if fit[text] else f"line {self.raw.line(row)}" for row, text in enumerate(texts)],
            dtype=object,
        )

    def issues(
        self,
        rows: NDArray[np.bool_] | NDArray[np.intp],
        *,
        column: str,
        rule: str,
        message: str,
        allowed: tuple[str, ...] = (),
        near: str = "",
        severity: Severity = "error",
    ) -> list[Issue]:
        """Return one issue for every row that is marked."""
        marked = np.flatnonzero(rows) if rows.dtype == bool else rows
        return [
            Issue(
                table=self.name,
                row=str(self.keys[row]),
                field=column,
                rule=rule,
                message=message,
                allowed=allowed,
                near=near,
                severity=severity,
            )
            for row in marked
        ]


@dataclass(frozen=True)
class CheckContext:
    """All raw tables of one sample.

    Attributes
    ----------
    schema : Schema
        The definitions.
    tables : mapping of str to TableContext
        The tables that the sample holds.
    origin : str
        ``collected``, ``published`` or ``simulated``.
    coder : str
        The coder that the descriptor declares.
    incomplete : frozenset of str
        Tables of which rows could not be read: a reference to them may be right.
    """

    schema: Schema
    tables: Mapping[str, TableContext]
    origin: str = "collected"
    coder: str = ""
    incomplete: frozenset[str] = frozenset()

    def keys_of(self, table: str) -> pd.Index:
        """Return the keys of a table; none where the sample lacks it."""
        if table not in self.tables:
            return pd.Index([], dtype=object)
        held = self.tables[table]
        return pd.Index(held.texts(held.table.primary_key))

    def look_up(self, table: str, key: Iterable[object], column: str) -> NDArray[np.object_]:
        """Return a column of the rows that keys name; an empty text where there is none."""
        wanted = pd.Index(np.asarray(list(key), dtype=object))
        if table not in self.tables:
            return np.full(len(wanted), "", dtype=object)
        return _take(self._positions(table, wanted), self.tables[table].texts(column), "")

    def look_up_dates(
        self, table: str, key: Iterable[object], column: str
    ) -> NDArray[np.datetime64]:
        """Return a date column of the rows that keys name; NaT where there is none."""
        wanted = pd.Index(np.asarray(list(key), dtype=object))
        if table not in self.tables:
            return np.full(len(wanted), np.datetime64("NaT", "ns"))
        held = self.tables[table].dates(column)
        return _take(self._positions(table, wanted), held, np.datetime64("NaT", "ns"))

    def _positions(self, table: str, wanted: pd.Index) -> NDArray[np.intp]:
        keys = self.keys_of(table)
        first = ~keys.duplicated()
        found = keys[first].get_indexer(wanted)
        places = np.flatnonzero(first)
        return np.where(found >= 0, places[found] if len(places) else -1, -1)


def _take(at: NDArray[np.intp], values: NDArray, empty: object) -> NDArray:  # type: ignore[type-arg]
    result = np.full(len(at), empty, dtype=values.dtype)
    result[at >= 0] = values[at[at >= 0]]
    return result
