"""The dated events of one relationship, counted in days from the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance
from relatum.results.frames import rows_frame

__all__ = ["Timeline", "TimelineEvent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEvent:
    """One event, dated by an interval.

    Attributes
    ----------
    track : str
        The line on which it is drawn: relationship, leaving, violence, police.
    label : str
        What happened.
    day_lower, day_upper : int or None
        Earliest and latest day, counted from the report (day 0); None for an open end.
    precision : str
        How exactly it is dated, as coded.
    """

    track: str
    label: str
    day_lower: int | None
    day_upper: int | None
    precision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Dated events of one relationship.

    Attributes
    ----------
    title : str
        Whose relationship.
    events : tuple of TimelineEvent
        In order of their latest day.
    """

    kind: ClassVar[str] = "timeline"
    row_level: ClassVar[bool] = True

    title: str
    events: tuple[TimelineEvent, ...]
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    def tidy(self) -> pd.DataFrame:
        """Return one row per event."""
        return rows_frame(TimelineEvent, self.events)

    def __str__(self) -> str:
        return f"{self.title}: {len(self.events)} dated events"
