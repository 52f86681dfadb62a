"""Escape attempts over time since entry: incidence with competing ends, and mean number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance, Unavailable
from relatum.results.frames import rows_frame

__all__ = ["AtRisk", "CurvePoint", "EscapeCurves", "HorizonRow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """One step of a curve.

    Attributes
    ----------
    curve : str
        ``attempt``, ``arrest``, ``ended`` or ``other`` for cumulative incidence of a first event of
        this cause; ``mean_number`` for the mean number of attempts.
    completion : {"earliest", "latest"}
        Whether intervals of dates stand at their earliest or latest day.
    month : float
        Since entry into observation.
    estimate : float
    conf_low, conf_high : float or None
        Case-clustered limits; None where there are none.
    n_at_risk : int
    """

    curve: str
    completion: str
    month: float
    estimate: float
    conf_low: float | None
    conf_high: float | None
    n_at_risk: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AtRisk:
    """Relationships at risk at a mark of the axis; fewer than the plan's minimum are blanked.

    Attributes
    ----------
    month : float
    n : int
    enough : bool
        Whether the curve is drawn there.
    """

    month: float
    n: int
    enough: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HorizonRow:
    """Cumulative incidence at the horizon of the plan.

    Attributes
    ----------
    cause, label : str
    n_events_low, n_events_high : int
        First events of this cause by the horizon, at the two completions of dates.
    earliest, latest : float or None
        Estimates at the two completions; None where too few are at risk.
    conf_low, conf_high : float or None
        Union of the case-clustered limits of both.
    n_relationships : int or None
        Relationships at entry, of which the events are counted; None where it is not recorded.
    """

    cause: str
    label: str
    n_events_low: int
    n_events_high: int
    earliest: float | None
    latest: float | None
    conf_low: float | None
    conf_high: float | None
    n_relationships: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EscapeCurves:
    """Cumulative incidence of a first attempt with competing ends, and the mean number.

    Attributes
    ----------
    title : str
    points : tuple of CurvePoint
    at_risk : tuple of AtRisk
    horizon : tuple of HorizonRow
    horizon_months : float
    mean_number : float or Unavailable
        Mean number of attempts by the horizon, latest completion.
    min_at_risk : int
    conf_level : float
    """

    kind: ClassVar[str] = "escape_curves"
    row_level: ClassVar[bool] = False

    title: str
    points: tuple[CurvePoint, ...]
    at_risk: tuple[AtRisk, ...]
    horizon: tuple[HorizonRow, ...]
    horizon_months: float
    mean_number: float | Unavailable
    min_at_risk: int
    conf_level: float
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    def tidy(self) -> pd.DataFrame:
        """Return one row per step of a curve."""
        return rows_frame(CurvePoint, self.points)

    def horizon_frame(self) -> pd.DataFrame:
        """Return one row per cause at the horizon."""
        return rows_frame(HorizonRow, self.horizon)

    def __str__(self) -> str:
        return f"{self.title}: {len(self.horizon)} causes by {self.horizon_months:g} months"
