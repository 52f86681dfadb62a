"""Intervals of days of which a mapping fills one end only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from relatum.errors import Issue
from relatum.samples.importers.mapping import FileMapping
from relatum.samples.importers.mapping_dates import interval_columns
from relatum.schema import Schema

__all__ = ["open_intervals"]

_ENDS = {"_lower": "_upper", "_upper": "_lower"}
_MEANS = {"_lower": "any day before the other end", "_upper": "any day after the other end"}


def open_intervals(
    mappings: Sequence[FileMapping], tables: Mapping[str, pd.DataFrame], schema: Schema
) -> tuple[Issue, ...]:
    """Warn of rows in which one end of an interval is blank although a mapping speaks of days.

    Parameters
    ----------
    mappings : sequence of FileMapping
        Only ends that they name themselves count: words say on purpose that an end is open.
    tables : mapping of str to DataFrame of str
        A blank text is no day.
    schema : Schema

    Returns
    -------
    tuple of Issue
        Warnings, by table and end.
    """
    named = dict.fromkeys(
        (line.table, line.target[: -len(end)])
        for mapping in mappings
        for line in mapping.lines
        for end in _ENDS
        if line.target.endswith(end)
        and interval_columns(schema, line.table, line.target[: -len(end)])
    )
    found = []
    for table, stem in named:
        frame = tables.get(table)
        for end, other in _ENDS.items():
            if frame is None or f"{stem}{other}" not in frame:
                continue
            blank = frame[f"{stem}{end}"] == "" if f"{stem}{end}" in frame else True
            n = int(((frame[f"{stem}{other}"] != "") & blank).sum())
            if n:
                rows = "1 row has" if n == 1 else f"{n:,} rows have"
                message = (
                    f"{rows} a day in '{stem}{other}' and none here: {_MEANS[end]} is possible. "
                    f"If the day is known, map the column to '{stem}' with 'words': both ends."
                )
                found.append(
                    Issue(
                        table=table,
                        field=f"{stem}{end}",
                        rule="open_interval",
                        message=message,
                        severity="warning",
                    )
                )
    return tuple(found)
