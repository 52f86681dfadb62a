"""Steps back from a report: incidence by type, and what was recorded with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance, Unavailable
from relatum.results.flow import FlowStep
from relatum.results.frames import rows_frame

__all__ = [
    "AfterRow",
    "DeterminantRow",
    "JointShare",
    "PathStep",
    "ReportWindows",
    "Retraction",
    "RetractionHorizon",
    "RetractionPath",
    "RetractionPoint",
    "RetractionRisk",
    "RetractionVariant",
    "SwimmerBar",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetractionPoint:
    """One step of a cumulative incidence after a report.

    Attributes
    ----------
    curve : str
        ``any``, or a type of step back; ``closed`` and ``death`` for what competes.
    completion : {"earliest", "latest"}
    day : float
        Since the report.
    estimate : float
    conf_low, conf_high : float or None
    n_at_risk : int
    """

    curve: str
    completion: str
    day: float
    estimate: float
    conf_low: float | None
    conf_high: float | None
    n_at_risk: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RetractionRisk:
    """Reports at risk at a mark of the axis.

    Attributes
    ----------
    day : float
    n : int
    enough : bool
    """

    day: float
    n: int
    enough: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RetractionHorizon:
    """Cumulative incidence of a step back by a day after the report.

    Attributes
    ----------
    curve, label : str
        ``any`` or a type; ``closed`` and ``death`` for what competes.
    day : float
    n_women, n_cases : int
        With a report.
    n_events_low, n_events_high : int
        Events by this day at the two completions of dates.
    n_undetermined : int
        Women not followed to this day and without an event.
    earliest, latest : float or None
        Aalen-Johansen at the completions; None where too few are at risk.
    conf_low, conf_high : float or None
        Union of the case-clustered limits of both.
    """

    curve: str
    label: str
    day: float
    n_women: int
    n_cases: int
    n_events_low: int
    n_events_high: int
    n_undetermined: int
    earliest: float | None
    latest: float | None
    conf_low: float | None
    conf_high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JointShare:
    """Women who reported and stepped back within the horizon of first contact, of all with one.

    Attributes
    ----------
    day : float
    n_women, n_cases : int
    n_joint : int
        Known to have done both.
    n_undetermined : int
    bound_low, bound_high : float
    earliest, latest, conf_low, conf_high : float or None
    """

    day: float
    n_women: int
    n_cases: int
    n_joint: int
    n_undetermined: int
    bound_low: float
    bound_high: float
    earliest: float | None
    latest: float | None
    conf_low: float | None
    conf_high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetractionVariant:
    """The incidence by the last horizon under one other choice.

    Attributes
    ----------
    name, label : str
    family : {"sensitivity", "secondary", "naive"}
    n_events : int
    estimate : float or None
    range_low, range_high : float or None
        Range without one case at a time (secondary), or limits.
    why : str
    """

    name: str
    label: str
    family: str
    n_events: int
    estimate: float | None
    range_low: float | None
    range_high: float | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterRow:
    """What was recorded with or after steps back: reasons, reversal, return, effect on the case.

    Attributes
    ----------
    variable, level, label : str
    n : int
    n_documented, n_undocumented : int
    lower, upper : float or None
        Worst-case bounds of the share among all steps back.
    """

    variable: str
    level: str
    label: str
    n: int
    n_documented: int
    n_undocumented: int
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeterminantRow:
    """One recorded circumstance of reports, by whether a step back followed.

    Attributes
    ----------
    group, group_label : str
        ``offender``, ``police`` or ``perspective``: the three groups of the literature.
    term, label : str
    n_stepped_with, n_with : int
        Steps back among reports with it.
    n_stepped_without, n_without : int
        And among reports for which it is ruled out.
    n_stepped_undocumented, n_undocumented : int
    """

    group: str
    group_label: str
    term: str
    label: str
    n_stepped_with: int
    n_with: int
    n_stepped_without: int
    n_without: int
    n_stepped_undocumented: int
    n_undocumented: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraction:
    """The primary analysis of steps back, conditional on a report, and the joint probability.

    Attributes
    ----------
    title : str
    horizons : tuple of RetractionHorizon
    joint : JointShare or Unavailable
    points : tuple of RetractionPoint
    at_risk : tuple of RetractionRisk
    variants : tuple of RetractionVariant
    after : tuple of AfterRow
    determinants : tuple of DeterminantRow
    leave_out_low, leave_out_high, without_two : float or None
        Incidence of any step back by the last horizon, latest completion.
    unavailable : tuple of Unavailable
    flow : tuple of FlowStep
    n_faults : int
    min_at_risk : int
    conf_level : float
    """

    kind: ClassVar[str] = "retraction"
    row_level: ClassVar[bool] = False

    title: str
    horizons: tuple[RetractionHorizon, ...]
    joint: JointShare | Unavailable
    points: tuple[RetractionPoint, ...]
    at_risk: tuple[RetractionRisk, ...]
    variants: tuple[RetractionVariant, ...]
    after: tuple[AfterRow, ...]
    determinants: tuple[DeterminantRow, ...]
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

    def at(self, day: float, *, curve: str = "any") -> RetractionHorizon | None:
        """Return the row of a curve at a horizon, or None."""
        held = (row for row in self.horizons if row.day == day and row.curve == curve)
        return next(held, None)

    def tidy(self) -> pd.DataFrame:
        """Return one row per curve and horizon."""
        return rows_frame(RetractionHorizon, self.horizons)

    def points_frame(self) -> pd.DataFrame:
        """Return one row per step of a curve."""
        return rows_frame(RetractionPoint, self.points)

    def determinants_frame(self) -> pd.DataFrame:
        """Return one row per circumstance."""
        return rows_frame(DeterminantRow, self.determinants)

    def __str__(self) -> str:
        held = [row for row in self.horizons if row.curve == "any"]
        if not held:
            return f"{self.title}: no horizon"
        last = held[-1]
        return (
            f"{self.title}: {last.n_events_low} to {last.n_events_high} steps back by day "
            f"{last.day:g} among {last.n_women} women with a report"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStep:
    """One step of a coded path through contact, report and stepping back.

    Attributes
    ----------
    day_lower, day_upper : int or None
        Since the report.
    state, label : str
    detail : str
        What was coded with it: reasons, who sought the contact.
    """

    day_lower: int | None
    day_upper: int | None
    state: str
    label: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetractionPath:
    """The path of the one narrated case: a path, and no rate.

    Attributes
    ----------
    title : str
    steps : tuple of PathStep
    """

    kind: ClassVar[str] = "retraction_path"
    row_level: ClassVar[bool] = True

    title: str
    steps: tuple[PathStep, ...]
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    def tidy(self) -> pd.DataFrame:
        """Return one row per step."""
        return rows_frame(PathStep, self.steps)

    def __str__(self) -> str:
        return f"{self.title}: {len(self.steps)} steps"


@dataclass(frozen=True, slots=True, kw_only=True)
class SwimmerBar:
    """One report from its day to the end of follow-up; days are shifted by chance.

    Attributes
    ----------
    stop : float
        Days since the report.
    step_low, step_high : float or None
        Interval of the first step back.
    kind_of_step : str
        Its type; empty without one.
    end : str
        How follow-up ended: ``closed``, ``death``, ``censored``.
    """

    stop: float
    step_low: float | None
    step_high: float | None
    kind_of_step: str
    end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWindows:
    """Reports as unlabelled bars, ordered by length: a display of single rows.

    Attributes
    ----------
    title : str
    bars : tuple of SwimmerBar
    jitter_days : float
    """

    kind: ClassVar[str] = "report_windows"
    row_level: ClassVar[bool] = True

    title: str
    bars: tuple[SwimmerBar, ...]
    jitter_days: float
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    def tidy(self) -> pd.DataFrame:
        """Return one row per bar."""
        return rows_frame(SwimmerBar, self.bars)

    def __str__(self) -> str:
        return f"{self.title}: {len(self.bars)} reports"
