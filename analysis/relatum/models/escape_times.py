"""Time at risk and attempts as the engine takes them, with the case of each relationship."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, IntArray, Refusal
from relatum.inference.piecewise_rate_data import (
    EventIntervals,
    RiskRows,
    event_intervals,
    risk_rows,
)
from relatum.inference.rate_bootstrap import RateLimits, limit_overall_rate
from relatum.inference.rate_problem import OnsetRule
from relatum.models.case_cells import CaseCells
from relatum.models.items import case_clusters
from relatum.samples import Sample
from relatum.samples.durations import Durations, trace_durations
from relatum.samples.durations_arrays import IntervalArrays, interval_arrays
from relatum.samples.durations_flow import duration_flow
from relatum.study import Study

__all__ = [
    "DAYS_PER_MONTH",
    "DAYS_PER_YEAR",
    "NO_TIME",
    "EscapeTimes",
    "escape_durations",
    "escape_times",
    "limit_times",
    "piece_days",
    "usable_cuts",
]

DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / 12.0
#: Time at risk up to this, in days over all relationships, is none: only rounding leaves it.
NO_TIME = 1e-9
BoolArray: TypeAlias = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EscapeTimes:
    """Relationships at risk and their attempts, in days from entry, sorted by relationship.

    Attributes
    ----------
    relationship : ndarray of str, shape (n,)
    cluster : ndarray of int, shape (n,)
        The case; cases that share a suspect are one.
    exit : ndarray, shape (n,)
        At risk in (0, exit].
    onset : ndarray, shape (n, 2)
        Earliest and latest onset; equal to the latest where the earliest is not known.
    onset_known : ndarray of bool, shape (n,)
    event_relationship : ndarray of str, shape (n_events,)
    event_lower, event_upper : ndarray, shape (n_events,)
        The attempt lies in (lower, upper].
    event_order : ndarray of int, shape (n_events,)
    """

    relationship: npt.NDArray[np.str_]
    cluster: IntArray
    exit: FloatArray
    onset: FloatArray
    onset_known: BoolArray
    event_relationship: npt.NDArray[np.str_]
    event_lower: FloatArray
    event_upper: FloatArray
    event_order: IntArray

    @property
    def n_events(self) -> int:
        """Number of attempts."""
        return len(self.event_relationship)

    @property
    def days(self) -> float:
        """Days at risk of all relationships."""
        return float(self.exit.sum())

    @property
    def months(self) -> float:
        """Months at risk of all relationships."""
        return self.days / DAYS_PER_MONTH

    @property
    def n_cases(self) -> int:
        """Number of cases with time at risk."""
        return len(np.unique(self.cluster))

    @property
    def rate(self) -> float:
        """Attempts per 12 relationship-months."""
        return self.n_events / self.days * DAYS_PER_YEAR

    @property
    def event_row(self) -> IntArray:
        """The relationship of each attempt, as a position."""
        return np.searchsorted(self.relationship, self.event_relationship).astype(np.int64)

    @property
    def cells(self) -> CaseCells:
        """Relationships per case, as the gates take them."""
        sizes = np.unique(self.cluster, return_counts=True)[1]
        return CaseCells.of(sizes, 0 * sizes, 0 * sizes)

    @property
    def events(self) -> EventIntervals:
        """Attempts for the engine."""
        return event_intervals(
            self.event_relationship, self.event_lower, self.event_upper, order=self.event_order
        )

    def rows(self, covariates: npt.ArrayLike | None = None) -> RiskRows:
        """Time at risk for the engine.

        Parameters
        ----------
        covariates : array_like, shape (n, k), optional
        """
        return risk_rows(
            self.relationship,
            np.zeros(len(self.exit)),
            self.exit,
            cluster=self.cluster,
            onset=self.onset,
            covariates=covariates,
        )

    def keep(self, rows: npt.ArrayLike) -> EscapeTimes:
        """Keep some relationships, with their attempts.

        Parameters
        ----------
        rows : array_like of bool, shape (n,)
        """
        chosen = np.asarray(rows, dtype=np.bool_)
        names = self.relationship[chosen]
        held = replace(
            self,
            relationship=names,
            cluster=self.cluster[chosen],
            exit=self.exit[chosen],
            onset=self.onset[chosen],
            onset_known=self.onset_known[chosen],
        )
        return held.keep_events(np.isin(self.event_relationship, names))

    def keep_events(self, events: npt.ArrayLike) -> EscapeTimes:
        """Keep some attempts, and all time at risk.

        Parameters
        ----------
        events : array_like of bool, shape (n_events,)
        """
        chosen = np.asarray(events, dtype=np.bool_)
        return replace(
            self,
            event_relationship=self.event_relationship[chosen],
            event_lower=self.event_lower[chosen],
            event_upper=self.event_upper[chosen],
            event_order=self.event_order[chosen],
        )


def escape_durations(sample: Sample) -> Durations:
    """Trace the durations of trafficking relationships, or of all where none is named so.

    Cases that share a suspect bear one name.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Durations
        With a flow of these relationships alone.
    """
    found = _with_merged_cases(sample, trace_durations(sample))
    others = {row.relationship for row in found.relationships if row.population != "trafficking"}
    if not others or len(others) == len(found.relationships):
        return found
    couples = tuple(row for row in found.relationships if row.relationship not in others)
    attempts = tuple(row for row in found.attempts if row.relationship not in others)
    return replace(
        found,
        relationships=couples,
        attempts=attempts,
        flow=duration_flow([row.why_not for row in couples], [row.why_not for row in attempts]),
    )


def _with_merged_cases(sample: Sample, found: Durations) -> Durations:
    ids = sample.unit_ids("relationship")
    merged = case_clusters(sample, "relationship").tolist()
    if len(set(merged)) == len({row.case for row in found.relationships}):
        return found
    first: dict[int, str] = {}
    for row, number in zip(found.relationships, merged, strict=True):
        first[number] = min(first.get(number, row.case), row.case)
    names = {str(unit): first[number] for unit, number in zip(ids, merged, strict=True)}
    return replace(
        found,
        relationships=tuple(
            replace(row, case=names[row.relationship]) for row in found.relationships
        ),
        attempts=tuple(
            replace(row, case=names.get(row.relationship, row.case)) for row in found.attempts
        ),
    )


def escape_times(
    sample: Sample, durations: Durations, arrays: IntervalArrays | None = None
) -> EscapeTimes:
    """Lay out the relationships that are used, in an order that does not depend on the tables.

    Parameters
    ----------
    sample : Sample
    durations : Durations
        From `escape_durations`.
    arrays : IntervalArrays, optional
        Another reading of the dates than the latest exit and the recorded intervals.

    Returns
    -------
    EscapeTimes

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> sample = example_sample("simulated")
    >>> found = escape_times(sample, escape_durations(sample))
    >>> len(found.relationship), found.n_events, round(found.rate, 3)
    (73, 23, 0.416)
    """
    held = interval_arrays(durations) if arrays is None else arrays
    ids = sample.unit_ids("relationship").astype(str)
    cases = dict(zip(ids, case_clusters(sample, "relationship").tolist(), strict=True))
    order = np.argsort(held.relationship, kind="stable")
    who = held.relationship[order].astype(np.str_)
    dated = np.lexsort(
        (
            held.attempt_upper,
            held.attempt_lower,
            held.attempt_order,
            held.attempt_relationship,
        )
    )
    return EscapeTimes(
        relationship=who,
        cluster=np.array([cases[str(name)] for name in who], dtype=np.int64),
        exit=held.exit[order],
        onset=np.column_stack([held.onset_lower, held.onset_upper])[order],
        onset_known=held.onset_known[order],
        event_relationship=held.attempt_relationship[dated].astype(np.str_),
        event_lower=held.attempt_lower[dated],
        event_upper=held.attempt_upper[dated],
        event_order=held.attempt_order[dated],
    )


def piece_days(times: EscapeTimes, cuts: tuple[float, ...]) -> FloatArray:
    """Days at risk in each stretch of time since onset.

    Parameters
    ----------
    times : EscapeTimes
    cuts : tuple of float
        Days since onset.

    Returns
    -------
    ndarray, shape (n_cuts + 1,)
        Averaged evenly over onsets that are intervals.

    Notes
    -----
    A relationship at age x, with x between two ages when its onset is an interval, has spent
    min(max(x, a), b) - a days in (a, b]; the average over onsets is an integral in closed form.
    """
    edges = (0.0, *cuts, np.inf)
    low, high = times.onset[:, 0], times.onset[:, 1]
    found = [
        _mean_clipped(times.exit - high, times.exit - low, a, b) - _mean_clipped(-high, -low, a, b)
        for a, b in pairwise(edges)
    ]
    return np.array([stretch.sum() for stretch in found])


def _mean_clipped(low: FloatArray, high: FloatArray, a: float, b: float) -> FloatArray:
    """Average min(max(x, a), b) over x from low to high."""
    width = np.where(high > low, high - low, 1.0)
    area = _area(high, a, b) - _area(low, a, b)
    return np.where(high > low, area / width, np.clip(low, a, b))


def _area(x: FloatArray, a: float, b: float) -> FloatArray:
    """Integrate min(max(u, a), b) over u from 0 to x."""
    inside = np.clip(x, a, b)
    above = 0.0 if np.isinf(b) else b * (np.maximum(x, b) - b)
    return a * np.minimum(x, a) + (inside**2 - a**2) / 2.0 + above


def usable_cuts(
    times: EscapeTimes, cuts: tuple[float, ...], onset: OnsetRule = "integrated"
) -> tuple[float, ...]:
    """Leave out cuts beside which there is no time at risk.

    Parameters
    ----------
    times : EscapeTimes
    cuts : tuple of float
        Days since onset.
    onset : {"integrated", "earliest", "latest"}

    Returns
    -------
    tuple of float
        Each stretch without time at risk is joined to the one before it.
    """
    at = {"earliest": [0, 0], "latest": [1, 1]}.get(onset, [0, 1])
    filled = piece_days(replace(times, onset=times.onset[:, at]), cuts) > NO_TIME
    first = int(np.argmax(filled))
    return tuple(cut for cut, after in zip(cuts[first:], filled[first + 1 :], strict=True) if after)


def limit_times(
    times: EscapeTimes,
    study: Study,
    *,
    cuts: tuple[float, ...] | None = None,
    onset: OnsetRule = "integrated",
) -> RateLimits | Refusal:
    """Limits of the overall rate per 12 relationship-months.

    Parameters
    ----------
    times : EscapeTimes
    study : Study
        The plan: pieces, level of the limits, seed.
    cuts : tuple of float, optional
        Days since onset; those of the plan by default. None is used where an onset is unknown:
        the rate over all time at risk needs no onset.
    onset : {"integrated", "earliest", "latest"}

    Returns
    -------
    RateLimits or Refusal
    """
    chosen = tuple(cut * DAYS_PER_MONTH for cut in study.escape.cuts) if cuts is None else cuts
    if not times.onset_known.all():
        chosen = ()
    return limit_overall_rate(
        times.rows(),
        times.events,
        cuts=usable_cuts(times, chosen, onset),
        onset=onset,
        per=DAYS_PER_YEAR,
        conf_level=study.escape.conf_level,
        seed=study.seed,
    )
