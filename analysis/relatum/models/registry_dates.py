"""Days of a registry: what is no date, and ends that come before their start."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from relatum.errors import Issue
from relatum.models.registry_cells import blank_labels, encode_labels
from relatum.models.registry_gather import SHOWN_ROWS, rows_words
from relatum.samples.texts import date_of

__all__ = ["DateFaults"]

Days = npt.NDArray[np.datetime64]
_WORDS = {
    "not_a_date": "cells are no date written YYYY-MM-DD",
    "end_before_start": "records end before they start",
}


class DateFaults:
    """Counts wrong days chunk by chunk.

    Parameters
    ----------
    start, end : str
        Columns; an empty name is no column.
    """

    def __init__(self, start: str, end: str) -> None:
        self.start, self.end = start, end
        self.counts: dict[tuple[str, str], int] = {}
        self.first: dict[tuple[str, str], list[int]] = {}

    def add(self, batch: pa.RecordBatch, offset: int) -> None:
        """Read one chunk, of which so many records came before."""
        held = {name: self._days(batch.column(name), name, offset) for name in self._columns}
        if len(held) == 2:
            # A missing day compares as false.
            self._remember(self.end, "end_before_start", held[self.end] < held[self.start], offset)

    @property
    def _columns(self) -> tuple[str, ...]:
        return tuple(name for name in (self.start, self.end) if name)

    def _days(self, column: pa.Array, name: str, offset: int) -> Days:
        if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
            whole = column.cast(pa.timestamp("s"), safe=False).cast(pa.date32(), safe=False)
            held: Days = whole.to_numpy(zero_copy_only=False).astype("datetime64[D]")
            return held
        texts = encode_labels(column, name=name)
        known = [date_of(text.strip()) for text in texts.dictionary.to_pylist()]
        table = np.array([*known, None], dtype="datetime64[D]")
        days: Days = table[texts.indices.fill_null(len(known)).to_numpy(zero_copy_only=False)]
        self._remember(name, "not_a_date", np.isnat(days) & ~blank_labels(texts), offset)
        return days

    def _remember(self, name: str, rule: str, where: npt.NDArray[np.bool_], offset: int) -> None:
        rows = np.flatnonzero(where)
        if len(rows):
            key = (name, rule)
            self.counts[key] = self.counts.get(key, 0) + len(rows)
            first = self.first.setdefault(key, [])
            first += (rows[: SHOWN_ROWS - len(first)] + offset).tolist()

    def issues(self, table: str) -> Iterator[Issue]:
        """Word what was found."""
        for (field, rule), n in self.counts.items():
            yield Issue(
                table=table,
                row=rows_words(self.first[field, rule]),
                field=field,
                rule=rule,
                message=f"{n:,} {_WORDS[rule]}.",
            )
