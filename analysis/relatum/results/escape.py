"""Escape attempts under observation: their rate, with limits, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance, Unavailable
from relatum.results.flow import FlowStep
from relatum.results.frames import rows_frame

__all__ = ["CovariateRatio", "EntryRow", "EscapeRate", "PieceRate", "RateRow", "RateVariant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRow:
    """A rate of attempts per 12 relationship-months under observation.

    Attributes
    ----------
    n_relationships, n_cases, n_events, n_event_cases : int
    months : float
        Relationship-months under observation.
    rate, conf_low, conf_high : float
        Per 12 relationship-months.
    conf_level : float
    method : str
        ``score_wild_bootstrap`` or ``exact_poisson``.
    """

    n_relationships: int
    n_cases: int
    n_events: int
    n_event_cases: int
    months: float
    rate: float
    conf_low: float
    conf_high: float
    conf_level: float
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceRate:
    """The rate in one stretch of time since the onset of the relationship.

    Attributes
    ----------
    start, stop : float or None
        Months since onset; the last stretch is open (None).
    months : float
        Relationship-months under observation in it, onset at its earliest and latest averaged.
    expected_events : float
        Events that the fit places in it; an interval of dates may be shared by two stretches.
    rate, std_error : float or None
        Per 12 relationship-months; None where no time was observed or no event fell.
    """

    start: float
    stop: float | None
    months: float
    expected_events: float
    rate: float | None
    std_error: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateVariant:
    """The rate under one other choice, or what a naive analysis would have given.

    Attributes
    ----------
    name, label : str
    family : {"sensitivity", "naive"}
    n_events : int
    months : float
    rate : float or None
        Per 12 relationship-months; None where it is not available.
    conf_low, conf_high : float or None
        None where the variant carries no limits.
    why : str
        What is assumed, or why there is no rate.
    """

    name: str
    label: str
    family: str
    n_events: int
    months: float
    rate: float | None
    conf_low: float | None
    conf_high: float | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CovariateRatio:
    """A rate ratio of one declared covariate.

    Attributes
    ----------
    term, label : str
    n_relationships, n_events : int
        In the model: relationships of known onset, and their events.
    n_with, n_events_with : int
        Relationships with it, and events among them.
    n_undocumented, n_events_undocumented : int
        Relationships whose files are silent about it, which count as without it, and events among
        them.
    penalty : {"log_f", "firth"}
        Of the estimate and its limits.
    estimate, conf_low : float
    conf_high : float or None
        None where no upper limit is reached.
    p_within : float or None
        From permutations within cases; None where no case tells.
    conf_level : float
    method : str
    firth, firth_low, firth_high : float or None
        The same under Firth's penalty, with limits of its profile, which take events as
        independent; None where there is none, or no upper limit.
    """

    term: str
    label: str
    n_relationships: int
    n_events: int
    n_with: int
    n_events_with: int
    n_undocumented: int
    n_events_undocumented: int
    penalty: str
    estimate: float
    conf_low: float
    conf_high: float | None
    p_within: float | None
    conf_level: float
    method: str
    firth: float | None
    firth_low: float | None
    firth_high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """Whether the age at a first attempt goes with the age at entry, at one completion of dates.

    Attributes
    ----------
    dates, onset : {"earliest", "latest"}
        Where the dates of attempts and ends stand, and where the onset does.
    n_relationships, n_events : int
        Of known onset, and first attempts among them.
    n_pairs, n_concordant : int
        Pairs of relationships that can be compared, and those in which the one that was older at
        entry was older at its attempt or end.
    tau : float
        Kendall's tau over these pairs, from -1 to 1.
    conf_low, conf_high, p_value : float or None
        From leaving out one case at a time; None where there are none.
    conf_level : float
    why : str
        Why there are no limits; empty where there are.
    """

    dates: str
    onset: str
    n_relationships: int
    n_events: int
    n_pairs: int
    n_concordant: int
    tau: float
    conf_low: float | None
    conf_high: float | None
    p_value: float | None
    conf_level: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EscapeRate:
    """The primary analysis of escape attempts.

    Attributes
    ----------
    title : str
    overall : RateRow or Unavailable
    pieces : tuple of PieceRate
    variants : tuple of RateVariant
        Other choices, then naive analyses for comparison.
    leave_out_low, leave_out_high, without_two : float or None
        The rate without each case in turn (range), and without the two largest.
    covariates : tuple of CovariateRatio or Unavailable
        Those that the plan declares, at most one per ten events and two in all.
    n_retrospective : int
        Attempts told about an earlier time, which are not counted here.
    flow : tuple of FlowStep
        What was used, and why not.
    n_faults : int
        Faults of dates found on the way.
    entry : tuple of EntryRow or Unavailable
        Whether first attempts go with the age at entry; delayed entry assumes that they do not.
    """

    kind: ClassVar[str] = "escape_rate"
    row_level: ClassVar[bool] = False

    title: str
    overall: RateRow | Unavailable
    pieces: tuple[PieceRate, ...]
    variants: tuple[RateVariant, ...]
    leave_out_low: float | None
    leave_out_high: float | None
    without_two: float | None
    covariates: tuple[CovariateRatio | Unavailable, ...]
    n_retrospective: int
    flow: tuple[FlowStep, ...]
    n_faults: int
    entry: tuple[EntryRow, ...] | Unavailable = ()
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    def tidy(self) -> pd.DataFrame:
        """Return one row: the overall rate; empty where it is not available."""
        rows = () if isinstance(self.overall, Unavailable) else (self.overall,)
        return rows_frame(RateRow, rows)

    def pieces_frame(self) -> pd.DataFrame:
        """Return one row per stretch of time since onset."""
        return rows_frame(PieceRate, self.pieces)

    def variants_frame(self) -> pd.DataFrame:
        """Return one row per other choice."""
        return rows_frame(RateVariant, self.variants)

    def entry_frame(self) -> pd.DataFrame:
        """Return one row per completion of the dates; empty where it is not available."""
        rows = () if isinstance(self.entry, Unavailable) else self.entry
        return rows_frame(EntryRow, rows)

    def __str__(self) -> str:
        if isinstance(self.overall, Unavailable):
            return f"{self.title}: {self.overall}"
        held = self.overall
        return (
            f"{self.title}: {held.n_events} attempts in {held.months:.0f} relationship-months, "
            f"{held.rate:.2f} per 12 months ({held.conf_low:.2f} to {held.conf_high:.2f})"
        )
