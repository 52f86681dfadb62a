"""Cumulative incidence with competing causes from times that are known up to an interval.

Estimates only: between intervals nothing is known, so that no limits are given.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, IntArray, Refusal, as_vector
from relatum.inference.interval_times import IntervalTimes, check_interval_times

__all__ = [
    "CauseMasses",
    "CompetingIntervals",
    "check_competing",
    "competing_turnbull",
]

WHAT = "cumulative incidence from intervals of dates"
_STEPS = 50_000
_EXCESS = 1e-8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CauseMasses:
    """Masses of one cause on intervals.

    Attributes
    ----------
    left, right : ndarray, shape (m,)
        Intervals (left, right]; equal ends are a single time.
    mass : ndarray, shape (m,)
        Above 0.
    """

    left: FloatArray
    right: FloatArray
    mass: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompetingIntervals:
    """The distribution of time and cause.

    Attributes
    ----------
    causes : tuple of CauseMasses
        One per cause; all masses add up to 1 with `unseen`.
    unseen : float
        Mass of what no row's event tells apart: after the last right-censored row, of any cause.
    loglik : float
    excess : float
        No distribution has a mean log-likelihood above that of this one by more.
    n_rows : int
    """

    causes: tuple[CauseMasses, ...]
    unseen: float
    loglik: float
    excess: float
    n_rows: int

    def incidence_range(self, cause: int, time: float) -> tuple[float, float]:
        """Return the least and the greatest incidence of a cause by a time.

        Parameters
        ----------
        cause : int
            From 1.
        time : float
        """
        held = self.causes[cause - 1]
        sure = held.right <= time
        possible = np.where(held.left == held.right, held.left <= time, held.left < time)
        return float(held.mass[sure].sum()), float(held.mass[possible].sum())


def competing_turnbull(
    left: npt.ArrayLike, right: npt.ArrayLike, cause: npt.ArrayLike, *, n_causes: int
) -> CompetingIntervals | Refusal:
    """Estimate the incidence of several causes by nonparametric maximum likelihood.

    Parameters
    ----------
    left, right : array_like, shape (n,)
        The event lies in (left, right]; equal ends are an exact time. For a right-censored row the
        right end is infinite.
    cause : array_like of int, shape (n,)
        From 1; 0 for a right-censored row. A known cause may have an infinite right end: it came at
        some time after the left one.
    n_causes : int

    Returns
    -------
    CompetingIntervals or Refusal
        A refusal for faults of the times, without events, and if the iteration does not converge.

    Raises
    ------
    ValueError
        For lengths that differ, causes out of range, or a right-censored row with a right end.

    Notes
    -----
    Mass of cause k can lie only on the innermost intervals of its own rows and of the censored ones
    (Hudgens, Satten and Longini 2001, doi:10.1111/j.0006-341X.2001.00074.x). The masses are found
    by the EM algorithm: each row deals itself to what it holds in proportion to their masses. With
    exact times it is the Aalen-Johansen estimate.

    Examples
    --------
    >>> found = competing_turnbull([0, 2, 5, 5], [3, 4, np.inf, np.inf], [1, 1, 2, 0], n_causes=2)
    >>> found.incidence_range(1, 10.0), round(float(found.unseen + found.causes[1].mass.sum()), 6)
    ((0.5, 0.5), 0.5)
    """
    times, kind = check_competing(left, right, cause, n_causes)
    if isinstance(times, Refusal):
        return times
    if not (kind > 0).any():
        return Refusal(WHAT, "there is no event")
    cells = _find_cells(times, kind, n_causes)
    holds = _incidence_matrix(times, kind, cells)
    patterns, weight = np.unique(holds, axis=0, return_counts=True)
    mass, excess = _iterate(patterns.astype(np.float64), weight / len(kind))
    if excess > _EXCESS:
        return Refusal(WHAT, "the iteration did not converge")
    return _result(cells, mass, (patterns, weight), excess, n_causes)


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Innermost intervals of all causes; cause 0 is the unseen tail."""

    cause: IntArray
    left: FloatArray
    right: FloatArray


def check_competing(
    left: npt.ArrayLike, right: npt.ArrayLike, cause: npt.ArrayLike, n_causes: int
) -> tuple[IntervalTimes | Refusal, IntArray]:
    """Check times and causes.

    Parameters
    ----------
    left, right, cause, n_causes
        As in `competing_turnbull`.

    Returns
    -------
    tuple of IntervalTimes or Refusal, and ndarray of int
        The times, or what is wrong with them; the causes.

    Raises
    ------
    ValueError
        For lengths that differ, causes out of range, or a right-censored row with a right end.
    """
    kind = np.asarray(as_vector(cause, name="cause"), dtype=np.int64)
    low, high = (
        as_vector(left, name="left", length=len(kind)),
        as_vector(right, name="right", length=len(kind)),
    )
    if len(kind) and (kind.min() < 0 or kind.max() > n_causes):
        raise ValueError(f"cause must be a whole number from 0 to {n_causes}.")
    if np.isfinite(high[kind == 0]).any():
        raise ValueError("a right-censored row must have an infinite right end.")
    return check_interval_times(WHAT, low, high), kind


def _find_cells(times: IntervalTimes, kind: IntArray, n_causes: int) -> _Cells:
    causes: list[int] = []
    lefts: list[float] = []
    rights: list[float] = []
    censored = times.left[kind == 0]
    for cause in range(1, n_causes + 1):
        mine = kind == cause
        for low, high in _innermost(times.left[mine], times.right[mine], censored):
            causes.append(cause)
            lefts.append(low)
            rights.append(high)
    if len(censored):
        # after the last censored row nobody tells the causes apart
        causes.append(0)
        lefts.append(float(censored.max()))
        rights.append(np.inf)
    return _Cells(
        cause=np.array(causes, dtype=np.int64), left=np.array(lefts), right=np.array(rights)
    )


def _innermost(
    left: FloatArray, right: FloatArray, censored: FloatArray
) -> list[tuple[float, float]]:
    """Return intervals from a left end to the next right end with no other end between."""
    if not len(left):
        return []
    exact = left == right
    ends = [(float(t), 0 if e else 2, 0) for t, e in zip(left, exact, strict=True)]
    ends += [(float(t), 1, 1) for t in right]
    ends += [(float(t), 2, 0) for t in censored]
    ends.sort()
    found = []
    for first, second in pairwise(ends):
        if first[2] == 0 and second[2] == 1:
            found.append((first[0], second[0]))
    return found


def _incidence_matrix(times: IntervalTimes, kind: IntArray, cells: _Cells) -> npt.NDArray[np.bool_]:
    low, high = times.left[:, None], times.right[:, None]
    inside = (cells.left >= low) & (cells.right <= high)
    # an exact time at a left end lies before it
    inside &= ~((cells.left == cells.right) & (cells.left == low) & (low < high))
    same = (kind[:, None] == cells.cause) | (kind[:, None] == 0)
    return np.asarray(inside & same)


def _iterate(holds: FloatArray, weight: FloatArray) -> tuple[FloatArray, float]:
    """Run the EM algorithm; `excess` bounds what is still to be gained in the mean likelihood."""
    mass = np.full(holds.shape[1], 1.0 / holds.shape[1])
    excess = np.inf
    for step in range(_STEPS):
        gain = holds.T @ (weight / (holds @ mass))
        excess = float(gain.max() - 1.0)
        if excess <= _EXCESS:
            break
        mass = mass * gain
        if step % 50 == 0:
            mass[mass < 1e-14] = 0.0
    return mass / mass.sum(), excess


def _result(
    cells: _Cells,
    mass: FloatArray,
    patterns: tuple[npt.NDArray[np.bool_], IntArray],
    excess: float,
    n_causes: int,
) -> CompetingIntervals:
    held = mass > 1e-12
    causes = tuple(
        CauseMasses(
            left=cells.left[held & (cells.cause == cause)],
            right=cells.right[held & (cells.cause == cause)],
            mass=mass[held & (cells.cause == cause)],
        )
        for cause in range(1, n_causes + 1)
    )
    chance = patterns[0].astype(np.float64) @ mass
    return CompetingIntervals(
        causes=causes,
        unseen=float(mass[cells.cause == 0].sum()),
        loglik=float((patterns[1] * np.log(chance)).sum()),
        excess=excess,
        n_rows=int(patterns[1].sum()),
    )
