"""A column of dates: every cell read by the grammar, all faults at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.errors import Issue
from relatum.samples.importers.dates import DateFault, DateInterval, event_names, parse_date
from relatum.samples.importers.dates_intervals import UNKNOWN

__all__ = ["DateColumn", "parse_dates"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DateColumn:
    """A column of dates that was read.

    Attributes
    ----------
    intervals : tuple of DateInterval, length n_rows
        A cell with a fault is `UNKNOWN`.
    faults : tuple of (int, DateFault)
        The place of each cell that could not be read, counted from 0, and why.
    """

    intervals: tuple[DateInterval, ...]
    faults: tuple[tuple[int, DateFault], ...]

    @property
    def lower(self) -> NDArray[np.datetime64]:
        """First days, shape (n_rows,); NaT where that end is open."""
        return np.array([found.lower for found in self.intervals], dtype="datetime64[D]")

    @property
    def upper(self) -> NDArray[np.datetime64]:
        """Last days, shape (n_rows,); NaT where that end is open."""
        return np.array([found.upper for found in self.intervals], dtype="datetime64[D]")

    @property
    def precision(self) -> tuple[str, ...]:
        """A level of the schema per row."""
        return tuple(found.precision for found in self.intervals)

    def frame(self, stem: str) -> pd.DataFrame:
        """Return the three columns of a table, such as ``attempt_date_lower``.

        Parameters
        ----------
        stem : str
            What their names start with, such as ``attempt_date``.

        Returns
        -------
        DataFrame, shape (n_rows, 3)
            Columns ``<stem>_lower``, ``<stem>_upper`` and ``<stem>_precision``.
        """
        parts = {"lower": self.lower, "upper": self.upper, "precision": list(self.precision)}
        return pd.DataFrame({f"{stem}_{name}": part for name, part in parts.items()})

    def issues(
        self, table: str, *, field: str, rows: Sequence[str] | None = None
    ) -> tuple[Issue, ...]:
        """Return every fault as an issue that never shows the text.

        Parameters
        ----------
        table, field : str
            The file or sheet, and the column.
        rows : sequence of str, optional
            What each row is called; ``row 2`` for the first if left out, as below a header.
        """
        return tuple(
            Issue(
                table=table,
                row=rows[place] if rows is not None else f"row {place + 2}",
                field=field,
                rule=found.rule,
                message=f"{found.reason} Write {found.instead}. (value not shown: sensitive)",
                allowed=found.allowed,
                near=found.near,
            )
            for place, found in self.faults
        )


def parse_dates(
    values: Sequence[object] | pd.Series,
    *,
    events: Mapping[str, Sequence[DateInterval]] | None = None,
    day_first: bool | None = None,
) -> DateColumn:
    """Read a column of dates; each distinct text once, where no event is referred to.

    Parameters
    ----------
    values : sequence or Series, length n_rows
        Cells as `parse_date` takes them.
    events : mapping of str to sequence of DateInterval, optional
        For each event its interval in every row, such as the ``intervals`` of another column.
    day_first : bool, optional
        Whether 03/04/2010 is the third of April, in the whole column.

    Returns
    -------
    DateColumn

    Raises
    ------
    ValueError
        If an event has not one interval per row, or a wrong name; all of them are listed.

    Examples
    --------
    >>> reports = parse_dates(["30 April 2010", "May 2010"])
    >>> found = parse_dates(
    ...     ["two days after the report", "03/04/2010"], events={"report": reports.intervals})
    >>> str(found.lower[0]), [(place, fault.rule) for place, fault in found.faults]
    ('2010-05-02', [(1, 'ambiguous_order')])
    """
    cells = list(values)
    event_names(events)
    held = dict(events or {})
    wrong = [f"'{name}' ({len(days)})" for name, days in held.items() if len(days) != len(cells)]
    if wrong:
        raise ValueError(f"{len(cells)} rows, but these events have others: {', '.join(wrong)}.")
    read: dict[object, DateInterval | DateFault] = {}
    intervals: list[DateInterval] = []
    faults: list[tuple[int, DateFault]] = []
    for place, cell in enumerate(cells):
        own = {name: days[place] for name, days in held.items()}
        key = (type(cell).__name__, cell if isinstance(cell, str) else repr(cell), *own.values())
        if key not in read:
            read[key] = parse_date(cell, events=own, day_first=day_first)
        found = read[key]
        intervals.append(UNKNOWN if isinstance(found, DateFault) else found)
        if isinstance(found, DateFault):
            faults.append((place, found))
    return DateColumn(intervals=tuple(intervals), faults=tuple(faults))
