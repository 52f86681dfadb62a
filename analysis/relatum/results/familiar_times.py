"""The familiar estimators of times to an event, on a sample or on a table of records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance, Unavailable
from relatum.results.frames import rows_frame

__all__ = [
    "CauseCurve",
    "FamiliarTimes",
    "GroupTimes",
    "MeanContrast",
    "ModelTerm",
    "NumberAtRisk",
    "TimeModel",
    "TimeStep",
    "TimeTest",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeStep:
    """One step of a curve.

    Attributes
    ----------
    time : float
        In the unit of the table.
    estimate : float
        The share without the event (survival), or with it (incidence).
    conf_low, conf_high : float or None
        Pointwise limits; None where there are none.
    n_at_risk : int
        Just before this time.
    """

    time: float
    estimate: float
    conf_low: float | None
    conf_high: float | None
    n_at_risk: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberAtRisk:
    """How many are at risk at a mark of the axis.

    Attributes
    ----------
    time : float
    n : int
    enough : bool
        Whether the curve is drawn there.
    """

    time: float
    n: int
    enough: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTimes:
    """One group: its curve, its median and its restricted mean.

    Attributes
    ----------
    group, label : str
        ``all`` where there are no groups.
    n_records, n_events : int
    time_at_risk : float
        Under observation, after entry where entry is delayed.
    steps : tuple of TimeStep
        The Kaplan-Meier curve with log-log limits at every time with an event, and at the last
        time of all.
    at_risk : tuple of NumberAtRisk
        At the marks of the axis, the same marks in all groups.
    median, median_low, median_high : float or None
        None where the curve, or its limit, does not come down to one half.
    restricted_mean : float or None
        Mean time without the event from the start of the curves to the horizon; None where
        follow-up is shorter.
    restricted_low, restricted_high : float or None
    cumulative_hazard : float or None
        Nelson-Aalen at the horizon; None where follow-up is shorter.
    """

    group: str
    label: str
    n_records: int
    n_events: int
    time_at_risk: float
    steps: tuple[TimeStep, ...]
    at_risk: tuple[NumberAtRisk, ...]
    median: float | None
    median_low: float | None
    median_high: float | None
    restricted_mean: float | None
    restricted_low: float | None
    restricted_high: float | None
    cumulative_hazard: float | None

    @property
    def rate(self) -> float | None:
        """Events per unit of time at risk; None without time at risk."""
        return self.n_events / self.time_at_risk if self.time_at_risk > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeTest:
    """A test that groups do not differ, or of an assumption of a model.

    Attributes
    ----------
    test, label : str
        ``log_rank``, ``peto_peto``, ``stratified``, ``gray`` for groups;
        ``proportional_hazards`` for the Cox model.
    statistic, p_value : float
    df : int
    cause : str
        The cause that is compared, for Gray's test; empty for the others.
    """

    test: str
    label: str
    statistic: float
    df: int
    p_value: float
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanContrast:
    """The difference of two groups in restricted mean time.

    Attributes
    ----------
    first, second : str
        Groups, by `GroupTimes.group`; the difference is second minus first.
    horizon : float
    difference, conf_low, conf_high, p_value : float
    """

    first: str
    second: str
    horizon: float
    difference: float
    conf_low: float
    conf_high: float
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTerm:
    """One coefficient of a model, as a ratio.

    Attributes
    ----------
    term, label : str
    ratio, conf_low : float
        Hazard ratio, subdistribution hazard ratio, or time ratio: see the model.
    conf_high : float or None
        None where the method reaches no upper limit.
    std_error : float
        On the log scale.
    p_value : float
    p_proportional : float or None
        Test that this ratio is the same at all times; Cox only.
    """

    term: str
    label: str
    ratio: float
    conf_low: float
    conf_high: float | None
    std_error: float
    p_value: float
    p_proportional: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeModel:
    """One regression for times to an event.

    Attributes
    ----------
    model, label : str
        ``cox``, ``cox_clustered``, ``cox_firth``, ``weibull``, ``log_logistic``,
        ``discrete_cloglog``, ``piecewise_rate``, ``fine_gray``, ``cause_specific``. The first ones
        take other causes as censoring; ``cause_specific`` does the same for another cause.
    scale : {"hazard_ratio", "subdistribution_hazard_ratio", "time_ratio"}
    terms : tuple of ModelTerm
    n_records, n_events : int
    n_clusters : int or None
        None where the errors take rows as independent.
    loglik : float or None
    aic : float or None
        None where the likelihood is partial, so that it cannot be compared.
    concordance : float or None
        Cox only.
    cause : str
        The cause that is modelled, for ``fine_gray`` and ``cause_specific``; else empty.
    """

    model: str
    label: str
    scale: str
    terms: tuple[ModelTerm, ...]
    n_records: int
    n_events: int
    n_clusters: int | None = None
    loglik: float | None = None
    aic: float | None = None
    concordance: float | None = None
    cause: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseCurve:
    """Cumulative incidence of one cause in one group, the others competing.

    Attributes
    ----------
    cause, label, group : str
    n_events : int
    steps : tuple of TimeStep
    """

    cause: str
    label: str
    group: str
    n_events: int
    steps: tuple[TimeStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FamiliarTimes:
    """What most studies print of times to an event, computed correctly.

    Attributes
    ----------
    title : str
    event, time_unit, record : str
        Words: the event, the unit of time, and what a record is, in the plural.
    origin : str
        In words, from what time is counted.
    delayed_entry : bool
        Whether records enter observation after the origin.
    n_records, n_events, n_clusters : int
        `n_clusters` is 0 where records are independent.
    n_dropped : int or None
        Records that were not used, with the reasons in `dropped`; None where that is withheld.
    dropped : tuple of (str, int)
        Reason in words, and number of records.
    horizon : float
        Up to which restricted means and the Nelson-Aalen estimate go.
    thinned : bool
        Whether disclosure control left steps out, so that only heights at the times of steps are
        known.
    start : float
        Where curves, medians, restricted means and Nelson-Aalen estimates begin: 0, or the first
        time at which enough records are at risk in every group where entry is delayed. They are
        then those of records without the event until the start.
    groups : tuple of GroupTimes
    tests : tuple of TimeTest
    contrasts : tuple of MeanContrast
    models : tuple of TimeModel
    causes : tuple of CauseCurve
        Empty with one kind of event.
    refused : tuple of Unavailable
        What was asked for and is not estimable, each with the reason.
    min_at_risk : int
        Curves are blank where fewer are at risk.
    conf_level : float
    attribution : str
        Source of open data, as its licence asks; empty for a sample.
    """

    kind: ClassVar[str] = "familiar_times"
    row_level: ClassVar[bool] = False

    title: str
    event: str
    time_unit: str
    record: str
    origin: str
    delayed_entry: bool
    n_records: int
    n_events: int
    n_clusters: int
    n_dropped: int | None
    dropped: tuple[tuple[str, int], ...]
    horizon: float
    groups: tuple[GroupTimes, ...]
    tests: tuple[TimeTest, ...]
    contrasts: tuple[MeanContrast, ...]
    models: tuple[TimeModel, ...]
    causes: tuple[CauseCurve, ...]
    refused: tuple[Unavailable, ...]
    min_at_risk: int
    conf_level: float
    attribution: str = ""
    thinned: bool = False
    start: float = 0.0
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    def model(self, name: str) -> TimeModel | None:
        """Return the first model of that name, or None."""
        return next((found for found in self.models if found.model == name), None)

    def tidy(self) -> pd.DataFrame:
        """Return one row per coefficient of a model."""
        frames = [
            rows_frame(ModelTerm, model.terms).assign(
                model=model.model, scale=model.scale, cause=model.cause
            )
            for model in self.models
        ]
        return pd.concat(frames, ignore_index=True) if frames else rows_frame(ModelTerm, ())

    def curve_frame(self) -> pd.DataFrame:
        """Return one row per step of a Kaplan-Meier curve."""
        frames = [
            rows_frame(TimeStep, group.steps).assign(group=group.group) for group in self.groups
        ]
        return pd.concat(frames, ignore_index=True) if frames else rows_frame(TimeStep, ())

    def __str__(self) -> str:
        return f"{self.title}: {self.n_events} events among {self.n_records} {self.record}"
