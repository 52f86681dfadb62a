"""Mean cumulative number of recurrent events, with robust and Poisson errors.

Own arithmetic: no Python library gives the robust error with delayed entry and gaps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, IntArray, Refusal, as_vector, find_non_finite
from relatum.inference.curve_limits import limit_amounts
from relatum.inference.risk_sets import (
    check_kinds,
    evaluate_step,
    find_interval_faults,
    index_labels,
    step_positions,
)

__all__ = ["MeanCumulative", "MeanCumulativePoints", "mean_cumulative"]

ERRORS = ("robust", "poisson")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeanCumulativePoints:
    """A mean cumulative function at chosen times.

    Attributes
    ----------
    time, mean, std_error, conf_low, conf_high : ndarray, shape (q,)
    """

    time: FloatArray
    mean: FloatArray
    std_error: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Spells:
    """Spells under observation, sorted by subject and time."""

    subject: IntArray
    start: FloatArray
    stop: FloatArray
    events: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeanCumulative:
    """The mean number of events per subject up to each time.

    Attributes
    ----------
    time, at_risk, events : ndarray, shape (m,)
        At every time at which a spell ends; subjects under observation, and their events.
    mean, std_error, conf_low, conf_high : ndarray, shape (m,)
        The function from each time on, and pointwise limits.
    error : str
    limits : str
    conf_level : float
    n_subjects, n_events : int
    subjects : ndarray, shape (n_subjects,)
        Labels, sorted: the rows of `influence_at`.
    spells : object
        The data, from which `influence_at` is computed.
    """

    time: FloatArray
    at_risk: FloatArray
    events: FloatArray
    mean: FloatArray
    std_error: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray
    error: str
    limits: str
    conf_level: float
    n_subjects: int
    n_events: int
    subjects: npt.NDArray[Any]
    spells: _Spells

    def at(self, times: npt.ArrayLike) -> MeanCumulativePoints:
        """Read the function at given times, shape (q,)."""
        where = as_vector(times, name="times")
        read = [
            evaluate_step(self.time, values, where, before=0.0)
            for values in (self.mean, self.std_error, self.conf_low, self.conf_high)
        ]
        return MeanCumulativePoints(
            time=where, mean=read[0], std_error=read[1], conf_low=read[2], conf_high=read[3]
        )

    def influence_at(self, times: npt.ArrayLike) -> FloatArray:
        """Influence of each subject on the mean at given times.

        Parameters
        ----------
        times : array_like, shape (q,)

        Returns
        -------
        ndarray, shape (n_subjects, q)
            In the order of `subjects`; they sum to 0. The root of their sum of squares is the
            robust error; sums over the subjects of a case give the clustered one.
        """
        spells, expected = self.spells, _expected(self.events, self.at_risk)
        q = step_positions(self.time, times)[None, :]
        into, out = (
            step_positions(self.time, part)[:, None] for part in (spells.start, spells.stop)
        )
        happened = np.where(out <= q, spells.events[:, None] / self.at_risk[out - 1], 0.0)
        rows = happened - expected[np.minimum(out, q)] + expected[np.minimum(into, q)]
        found = np.zeros((self.n_subjects, q.shape[1]))
        np.add.at(found, spells.subject, rows)
        return found


def _expected(events: FloatArray, at_risk: FloatArray) -> FloatArray:
    """Sum of d / n^2 up to each time, with a leading 0."""
    return np.concatenate([[0.0], np.cumsum(events / at_risk**2)])


def mean_cumulative(
    subject: npt.ArrayLike,
    start: npt.ArrayLike,
    stop: npt.ArrayLike,
    event: npt.ArrayLike,
    *,
    error: str = "robust",
    limits: str = "log",
    conf_level: float = 0.95,
) -> MeanCumulative | Refusal:
    """Estimate the mean number of events per subject up to each time.

    Parameters
    ----------
    subject : array_like, shape (n,)
        A label per row; a subject has a row for each spell under observation.
    start, stop : array_like, shape (n,)
        The spell, (start, stop]; spells of one subject do not overlap, but may leave gaps.
    event : array_like of int, shape (n,)
        Events at the end of the spell: 0, 1, or more if several came on one day.
    error : {"robust", "poisson"}
        Robust: any dependence between the events of one subject (Lawless and Nadeau). Poisson:
        none.
    limits : {"log", "plain"}
    conf_level : float

    Returns
    -------
    MeanCumulative or Refusal
        A refusal without rows, for values that are not finite, rows that end before they begin,
        and spells of one subject that overlap.

    Raises
    ------
    ValueError
        For lengths that differ, events that are not whole numbers from 0, an unknown error, scale
        or level.

    Notes
    -----
    M(t) = sum over s <= t of d(s) / n(s), n(s) the subjects with start < s <= stop. It needs that
    observation does not depend on past events; arrest or parting after an attempt breaks that, and
    M then is the mean in a world where observation went on. The robust variance is the sum over
    subjects of squares of their observed minus expected events, each divided by n(s). Lawless and
    Nadeau 1995, doi:10.1080/00401706.1995.10484300.

    Examples
    --------
    >>> found = mean_cumulative(["a", "a", "b"], [0, 2, 0], [2, 6, 5], [1, 1, 0])
    >>> found.time, found.mean
    (array([2., 5., 6.]), array([0.5, 0.5, 1.5]))
    """
    if error not in ERRORS:
        raise ValueError(f"error must be one of {', '.join(ERRORS)}, not {error!r}.")
    what = "mean cumulative function"
    stops = as_vector(stop, name="stop")
    starts = as_vector(start, name="start", length=len(stops))
    events = check_kinds(event, length=len(stops), n_kinds=None, name="event")
    labels, codes = index_labels(subject, name="subject", length=len(stops))
    if not len(stops):
        return Refusal(what, "there is no row")
    bad = find_non_finite(what, {"stops": stops, "starts": starts})
    bad = bad or find_interval_faults(what, starts, stops)
    if bad is not None:
        return bad
    order = np.lexsort((starts, codes))
    spells = _Spells(
        subject=codes[order], start=starts[order], stop=stops[order], events=events[order]
    )
    same = spells.subject[1:] == spells.subject[:-1]
    overlaps = int((same & (spells.start[1:] < spells.stop[:-1])).sum())
    if overlaps:
        words = "spell overlaps" if overlaps == 1 else "spells overlap"
        return Refusal(what, f"{overlaps} {words} the one before of the same subject")
    return _estimate(spells, labels, (error, limits, conf_level))


def _estimate(
    spells: _Spells, labels: npt.NDArray[Any], how: tuple[str, str, float]
) -> MeanCumulative:
    error, limits, conf_level = how
    knots, place = np.unique(spells.stop, return_inverse=True)
    d = np.bincount(place, weights=spells.events, minlength=len(knots)).astype(np.float64)
    n = len(spells.stop) - np.searchsorted(np.sort(spells.stop), knots, side="left")
    n = n - (len(spells.stop) - np.searchsorted(np.sort(spells.start), knots, side="left"))
    at_risk = n.astype(np.float64)
    mean = np.cumsum(d / at_risk)
    if error == "poisson":
        variance = _expected(d, at_risk)[1:]
    else:
        variance = _robust_variance(spells, knots, _expected(d, at_risk), at_risk)
    std_error = np.sqrt(variance)
    low, high = limit_amounts(mean, std_error, limits=limits, conf_level=conf_level)
    return MeanCumulative(
        time=knots,
        at_risk=at_risk,
        events=d,
        mean=mean,
        std_error=std_error,
        conf_low=low,
        conf_high=high,
        error=error,
        limits=limits,
        conf_level=conf_level,
        n_subjects=len(labels),
        n_events=int(spells.events.sum()),
        subjects=labels,
        spells=spells,
    )


def _robust_variance(
    spells: _Spells, knots: FloatArray, expected: FloatArray, at_risk: FloatArray
) -> FloatArray:
    """Sum of squared influences at each time.

    A subject under observation has the influence k - D(t), D the expected sum; between and after
    its spells it keeps its last value. Sums of 1, k and k^2 over those inside, and of squares over
    those outside, give the variance at every time at once.
    """
    into, out = step_positions(knots, spells.start), step_positions(knots, spells.stop)
    change = spells.events / at_risk[out - 1] - (expected[out] - expected[into])
    total = np.cumsum(change)
    first = np.concatenate([[True], spells.subject[1:] != spells.subject[:-1]])
    base = (total - change)[first][np.cumsum(first) - 1]
    after = total - base
    before = after - change
    inside = before + expected[into]

    def add(values: FloatArray) -> FloatArray:
        m = len(expected)
        moves = np.bincount(into, weights=values, minlength=m)
        sums: FloatArray = np.cumsum(moves - np.bincount(out, weights=values, minlength=m))
        return sums

    left = np.bincount(out, weights=after**2, minlength=len(expected))
    entered = np.bincount(into, weights=before**2, minlength=len(expected))
    outside = np.cumsum(left - entered)
    here = add(inside**2) - 2 * expected * add(inside) + expected**2 * add(np.ones(len(inside)))
    variance: FloatArray = np.maximum((here + outside)[1:], 0.0)
    return variance
