"""Who goes to the police: the state of women after their first contact, and recorded reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance, Unavailable
from relatum.results.flow import FlowStep
from relatum.results.frames import rows_frame

__all__ = [
    "OccupationPoint",
    "ReasonRow",
    "ReportIncidence",
    "Reporting",
    "StateShare",
    "StatesAtRisk",
    "TransitionCount",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class StateShare:
    """Women in one state at the horizon after their first contact.

    Attributes
    ----------
    split, level, label : str
        ``all`` with level ``all``; ``initiator`` and ``arrest`` with their levels.
    state, state_label : str
        ``no_report``, ``report_upheld`` or ``stepped_back``.
    n_women, n_cases : int
        With a first contact of this level.
    n_known : int
        Women of whom the state at the horizon is known under every completion of dates.
    n_in_state : int
        Of these, in this state.
    n_undetermined : int
        Women whose state is not known: dates do not tell, or they were not followed so long.
    bound_low, bound_high : float or None
        Share of all women if none, or all, of the undetermined are in this state.
    earliest, latest : float or None
        Aalen-Johansen estimates with all dates at their earliest and latest; None where too few
        are at risk at the horizon.
    conf_low, conf_high : float or None
        Union of the case-clustered limits of both.
    case_average, case_low, case_high : float or None
        Share in a random case (Dirichlet-multinomial): mean of the means under both bounds'
        codings is never taken; `case_average` is that among the women of known state, the limits
        are the union of those with the undetermined outside and inside the state.
    """

    split: str
    level: str
    label: str
    state: str
    state_label: str
    n_women: int
    n_cases: int
    n_known: int
    n_in_state: int
    n_undetermined: int
    bound_low: float | None
    bound_high: float | None
    earliest: float | None
    latest: float | None
    conf_low: float | None
    conf_high: float | None
    case_average: float | None
    case_low: float | None
    case_high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OccupationPoint:
    """The shares of the states from one day on.

    Attributes
    ----------
    completion : {"earliest", "latest"}
    day : float
        Since first contact.
    no_report, report_upheld, stepped_back : float
        They add up to one.
    n_at_risk : int
    """

    completion: str
    day: float
    no_report: float
    report_upheld: float
    stepped_back: float
    n_at_risk: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatesAtRisk:
    """Women followed at a mark of the axis, by state.

    Attributes
    ----------
    day : float
    no_report, report_upheld, stepped_back : int
    enough : bool
        Whether the figure is drawn there.
    """

    day: float
    no_report: int
    report_upheld: int
    stepped_back: int
    enough: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionCount:
    """How often women passed from one state to another.

    Attributes
    ----------
    origin, target, label : str
    n : int
    n_cases : int
    n_from : int
        Women ever in the state of origin.
    """

    origin: str
    target: str
    label: str
    n: int
    n_cases: int
    n_from: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportIncidence:
    """Cumulative incidence of a kind of report after first contact.

    Attributes
    ----------
    kind, label : str
        ``own_before_arrest`` (sought by her, before the arrest) or ``any_after_arrest``.
    day : float
    n_women : int
        At risk of it at some time.
    n_events_low, n_events_high : int
    earliest, latest, conf_low, conf_high : float or None
    """

    kind: str
    label: str
    day: float
    n_women: int
    n_events_low: int
    n_events_high: int
    earliest: float | None
    latest: float | None
    conf_low: float | None
    conf_high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonRow:
    """One recorded barrier or motivator, among women whose reasons were recorded.

    Attributes
    ----------
    term, label : str
    group : {"barrier", "motivator"}
    n_women : int
        Women with any barrier or motivator on record.
    n_present, n_absent_documented, n_not_documented : int
    lower, upper : float or None
        Worst-case bounds of the share among `n_women`.
    conf_low, conf_high : float or None
        Simultaneous limits over the family; None where too little is documented or cases are few.
    """

    term: str
    label: str
    group: str
    n_women: int
    n_present: int
    n_absent_documented: int
    n_not_documented: int
    lower: float | None
    upper: float | None
    conf_low: float | None
    conf_high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """The primary analysis of reporting.

    Attributes
    ----------
    title : str
    horizon : float
        Days after first contact.
    shares : tuple of StateShare
        For all women, then by who sought the first contact, then by the arrest.
    points : tuple of OccupationPoint
    at_risk : tuple of StatesAtRisk
    transitions : tuple of TransitionCount
    incidence : tuple of ReportIncidence
    reasons : tuple of ReasonRow
    n_without_reasons : int
        Women with a contact whose reasons were not recorded.
    leave_out_low, leave_out_high, without_two : float or None
        Share with a report upheld, latest completion, without each case in turn and without the
        two largest.
    unavailable : tuple of Unavailable
        What was asked for and cannot be estimated.
    flow : tuple of FlowStep
    n_faults : int
    min_at_risk : int
    conf_level : float
    """

    kind: ClassVar[str] = "reporting"
    row_level: ClassVar[bool] = False

    title: str
    horizon: float
    shares: tuple[StateShare, ...]
    points: tuple[OccupationPoint, ...]
    at_risk: tuple[StatesAtRisk, ...]
    transitions: tuple[TransitionCount, ...]
    incidence: tuple[ReportIncidence, ...]
    reasons: tuple[ReasonRow, ...]
    n_without_reasons: int
    leave_out_low: float | None
    leave_out_high: float | None
    without_two: float | None
    unavailable: tuple[Unavailable, ...]
    flow: tuple[FlowStep, ...]
    n_faults: int
    min_at_risk: int
    conf_level: float
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    def share(self, state: str, *, split: str = "all", level: str = "all") -> StateShare | None:
        """Return the row of a state, or None."""
        held = (
            row for row in self.shares if (row.split, row.level, row.state) == (split, level, state)
        )
        return next(held, None)

    def tidy(self) -> pd.DataFrame:
        """Return one row per split, level and state."""
        return rows_frame(StateShare, self.shares)

    def points_frame(self) -> pd.DataFrame:
        """Return one row per step of the occupation curves."""
        return rows_frame(OccupationPoint, self.points)

    def reasons_frame(self) -> pd.DataFrame:
        """Return one row per barrier or motivator."""
        return rows_frame(ReasonRow, self.reasons)

    def __str__(self) -> str:
        women = max((row.n_women for row in self.shares), default=0)
        return f"{self.title}: {women} women with a contact, state after {self.horizon:g} days"
