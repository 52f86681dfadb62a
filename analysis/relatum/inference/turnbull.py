"""Survival curve of times that are known up to an interval, without a model (Turnbull).

Own arithmetic: lifelines 0.30 takes (left, right] as closed at both ends, which moves the curve by
up to 0.19 where ends touch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, IntArray, Refusal, as_vector
from relatum.inference.interval_times import IntervalTimes, check_interval_times
from relatum.inference.turnbull_fit import CellRuns, fit_cells

__all__ = ["IntervalCurve", "curve_quantile", "survival_range", "turnbull"]

WHAT = "survival curve of interval-censored times"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IntervalCurve:
    """Masses on intervals; where inside an interval its mass lies the data do not say.

    Attributes
    ----------
    left, right : ndarray, shape (k,)
        Innermost intervals (left, right] that hold some mass, in order. Equal ends are a single
        time; the last right end may be infinite.
    mass : ndarray, shape (k,)
        Above 0; they add up to 1.
    survival : ndarray, shape (k,)
        Just after each interval, that is at its right end. Between intervals the curve is flat,
        inside one it is undefined: `survival_range` gives what is known.
    loglik : float
        Sum of the log probability of each row's interval.
    excess : float
        No curve has a mean log-likelihood above that of this one by more.
    n_rows, n_innermost : int
        Rows, and innermost intervals before those without mass were left out.
    first, stop : ndarray of int, shape (n,)
        The interval of row i holds the masses first <= j < stop.
    """

    left: FloatArray
    right: FloatArray
    mass: FloatArray
    survival: FloatArray
    loglik: float
    excess: float
    n_rows: int
    n_innermost: int
    first: IntArray
    stop: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Innermost:
    left: FloatArray
    right: FloatArray
    first: IntArray
    stop: IntArray


def turnbull(left: npt.ArrayLike, right: npt.ArrayLike) -> IntervalCurve | Refusal:
    """Estimate the distribution of times that are known up to an interval.

    Parameters
    ----------
    left, right : array_like, shape (n,)
        The event of a row lies in (left, right]: an interval that ends at t and one that starts at
        t do not overlap. Equal ends are an exact time, an infinite right end a right-censored and a
        left end of 0 a left-censored one. Entry must not be delayed.

    Returns
    -------
    IntervalCurve or Refusal
        A refusal for faults of the times, and where every row is right-censored.

    Raises
    ------
    ValueError
        For lengths that differ.

    Notes
    -----
    Nonparametric maximum likelihood: mass can lie only in intervals that begin at some left end and
    end at the next right end with no other end between (Turnbull 1976,
    doi:10.1111/j.2517-6161.1976.tb01597.x). At the maximum the mean of 1 / P(row) over the rows
    that hold an interval is 1 for those with mass and at most 1 for the rest (Gentleman and Geyer
    1994, doi:10.1093/biomet/81.3.618); `excess` is how nearly. Each innermost interval ends with
    some row, so the masses are unique. Between intervals the curve converges at the rate of a cube
    root, so no errors or limits are given. The interval of a row must tell nothing about where in
    it the event lies.

    Examples
    --------
    >>> curve = turnbull([0, 1, 2, 4], [2, 3, 5, np.inf])
    >>> curve.left, curve.right
    (array([1., 4.]), array([2., 5.]))
    >>> curve.mass.round(3), round(curve.loglik, 4)
    (array([0.5, 0.5]), -2.7726)
    """
    times = check_interval_times(WHAT, left, right)
    if isinstance(times, Refusal):
        return times
    if np.isinf(times.right).all():
        return Refusal(WHAT, "there is no event")
    cells = _find_innermost(times)
    pairs, weight = np.unique(
        np.column_stack([cells.first, cells.stop]), axis=0, return_counts=True
    )
    n = len(times.left)
    runs = CellRuns(first=pairs[:, 0], stop=pairs[:, 1], weight=weight / n, n_cells=len(cells.left))
    found = fit_cells(runs)
    held = np.flatnonzero(found.mass > 0)
    mass = found.mass[held]
    first, stop = np.searchsorted(held, cells.first), np.searchsorted(held, cells.stop)
    # the sum of what is still to come keeps its digits where the curve is low
    after = np.append(np.cumsum(mass[::-1])[::-1][1:], 0.0)
    return IntervalCurve(
        left=cells.left[held],
        right=cells.right[held],
        mass=mass,
        survival=after,
        loglik=float(n * (runs.weight * np.log(runs.probability(found.mass))).sum()),
        excess=found.excess,
        n_rows=n,
        n_innermost=len(cells.left),
        first=first,
        stop=stop,
    )


def _find_innermost(times: IntervalTimes) -> _Innermost:
    """Intervals from a left end to the next right end, and those that each row holds."""
    values, place = np.unique(np.append(times.left, times.right), return_inverse=True)
    n = len(times.left)
    exact = times.left == times.right
    # at one time an exact event begins first, then intervals end, then intervals begin after it
    begin = 3 * place[:n] + np.where(exact, 0, 2)
    end = 3 * place[n:] + 1
    ends = np.unique(np.append(begin, end))
    is_end = ends % 3 == 1
    here = np.flatnonzero(~is_end[:-1] & is_end[1:])
    low, high = ends[here], ends[here + 1]
    return _Innermost(
        left=values[low // 3],
        right=values[high // 3],
        first=np.searchsorted(low, begin, side="left"),
        stop=np.searchsorted(high, end, side="right"),
    )


def survival_range(curve: IntervalCurve, time: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Give the lowest and the highest survival that the masses allow at some times.

    Parameters
    ----------
    curve : IntervalCurve
    time : array_like, shape (m,)

    Returns
    -------
    low, high : ndarray, shape (m,)
        Equal between the intervals. After the last left end with an infinite right end the lowest
        is 0.

    Raises
    ------
    ValueError
        If a time is not a number.

    Examples
    --------
    >>> curve = turnbull([0, 1, 2, 4], [2, 3, 5, np.inf])
    >>> low, high = survival_range(curve, [1.5, 3.0])
    >>> low.round(6), high.round(6)
    (array([0.5, 0.5]), array([1. , 0.5]))
    """
    at = as_vector(time, name="time")
    if np.isnan(at).any():
        raise ValueError("time must hold numbers.")
    begun = (curve.left < at[:, None]) | (curve.right <= at[:, None])
    ended = curve.right <= at[:, None]
    after = np.append(1.0, curve.survival)
    return after[begun.sum(axis=1)], after[ended.sum(axis=1)]


def curve_quantile(curve: IntervalCurve, probability: float) -> tuple[float, float]:
    """Give the interval in which a share of the events has been reached.

    Parameters
    ----------
    curve : IntervalCurve
    probability : float
        Share that has had the event; 0.5 gives the median.

    Returns
    -------
    left, right : float
        It lies in (left, right]; the right end may be infinite.

    Raises
    ------
    ValueError
        If the probability is not between 0 and 1.

    Examples
    --------
    >>> curve_quantile(turnbull([0, 2, 4, 6], [1, 3, 5, np.inf]), 0.6)
    (4.0, 5.0)
    """
    if not 0.0 < probability < 1.0:
        raise ValueError("probability must lie between 0 and 1.")
    reached = 1.0 - curve.survival >= probability - 1e-12
    j = int(np.argmax(reached))
    return float(curve.left[j]), float(curve.right[j])
