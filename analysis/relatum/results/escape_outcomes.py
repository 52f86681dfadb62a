"""What became of escape attempts, and what was recorded before them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance, Unavailable
from relatum.results.frames import rows_frame

__all__ = ["EscapeOutcomes", "EscapeWindows", "OutcomeRow", "PrecedingRow", "WindowBar"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRow:
    """One outcome, response or level of attempts.

    Attributes
    ----------
    variable, level, label : str
    known_how : {"prospective", "retrospective"}
    n : int
        Attempts with it.
    n_documented, n_undocumented : int
        Attempts for which the variable is recorded, and is not.
    lower, upper : float or None
        Worst-case bounds of the share among all attempts.
    """

    variable: str
    level: str
    label: str
    known_how: str
    n: int
    n_documented: int
    n_undocumented: int
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecedingRow:
    """Rate of attempts by what was recorded before, as it changes over time.

    Attributes
    ----------
    term, label, level : str
    months : float
    n_events : int
    rate : float or None
        Per 12 relationship-months.
    """

    term: str
    label: str
    level: str
    months: float
    n_events: int
    rate: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EscapeOutcomes:
    """Outcomes with bounds, and what preceded.

    Attributes
    ----------
    title : str
    rows : tuple of OutcomeRow
    preceding : tuple of PrecedingRow
    answered_by_violence : tuple of OutcomeRow
        Attempts followed by another one, by whether the first was answered by violence.
    gap_model : Unavailable
        The gap-time model stays behind its gate; its reason says why.
    """

    kind: ClassVar[str] = "escape_outcomes"
    row_level: ClassVar[bool] = False

    title: str
    rows: tuple[OutcomeRow, ...]
    preceding: tuple[PrecedingRow, ...]
    answered_by_violence: tuple[OutcomeRow, ...]
    gap_model: Unavailable
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    def tidy(self) -> pd.DataFrame:
        """Return one row per outcome."""
        return rows_frame(OutcomeRow, self.rows)

    def preceding_frame(self) -> pd.DataFrame:
        """Return one row per level of what preceded."""
        return rows_frame(PrecedingRow, self.preceding)

    def __str__(self) -> str:
        return f"{self.title}: {len(self.rows)} outcomes"


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowBar:
    """One relationship under observation, without its name.

    Attributes
    ----------
    case : int
        Rank of its case by size.
    onset_low, onset_high : float
        Months before entry, negative; the interval of onset.
    exit_low, exit_high : float
        Months after entry.
    exit_cause : str
    attempts : tuple of float
        Lower ends of the intervals of observable attempts, in months after entry.
    attempts_upper : tuple of float
        Upper ends.
    """

    case: int
    onset_low: float
    onset_high: float
    exit_low: float
    exit_high: float
    exit_cause: str
    attempts: tuple[float, ...]
    attempts_upper: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EscapeWindows:
    """Observation of single relationships: a row-level display, for simulated samples only."""

    kind: ClassVar[str] = "escape_windows"
    row_level: ClassVar[bool] = True

    title: str
    bars: tuple[WindowBar, ...]
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    def tidy(self) -> pd.DataFrame:
        """Return one row per relationship."""
        return rows_frame(WindowBar, self.bars)

    def __str__(self) -> str:
        return f"{self.title}: {len(self.bars)} relationships"
