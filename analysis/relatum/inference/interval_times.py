"""Times that are known up to an interval: exact, between two days, before one or after one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, Refusal, as_vector
from relatum.inference.risk_sets import check_kinds

__all__ = ["IntervalTimes", "check_interval_times", "intervals_from_exits"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IntervalTimes:
    """The event of each row lies in (left, right].

    Attributes
    ----------
    left, right : ndarray, shape (n,)
        In any unit. Equal ends are an exact time, an infinite right end is a right-censored time
        and a left end of 0 a left-censored one.
    entry : ndarray, shape (n,), or None
        When observation began; the row is in the data because its event came later.
    """

    left: FloatArray
    right: FloatArray
    entry: FloatArray | None = None


def intervals_from_exits(
    time: npt.ArrayLike, event: npt.ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Write exact and right-censored times as intervals.

    Parameters
    ----------
    time, event : array_like, shape (n,)
        As in `survival_curves.kaplan_meier`.

    Returns
    -------
    left, right : ndarray, shape (n,)

    Raises
    ------
    ValueError
        For lengths that differ, or events that are not 0 or 1.

    Examples
    --------
    >>> intervals_from_exits([4.0, 6.0], [1, 0])
    (array([4., 6.]), array([ 4., inf]))
    """
    left = as_vector(time, name="time")
    happened = check_kinds(event, length=len(left), n_kinds=1, name="event")
    return left, np.where(happened == 1, left, np.inf)


def check_interval_times(
    what: str,
    left: npt.ArrayLike,
    right: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
) -> IntervalTimes | Refusal:
    """Check times that are known up to an interval, or say why nothing can be computed from them.

    Parameters
    ----------
    what : str
        The quantity that was asked for.
    left, right : array_like, shape (n,)
        As in `IntervalTimes`.
    entry : array_like, shape (n,), optional

    Returns
    -------
    IntervalTimes or Refusal
        A refusal without rows, for ends that are missing or negative, a left end that is infinite
        or after the right one, an exact time of 0, and for an interval that starts before the
        entry of its row: it has to be cut, or the row left out, by whoever knows which.

    Raises
    ------
    ValueError
        For lengths that differ.

    Examples
    --------
    >>> print(check_interval_times("curve", [3.0, 2.0], [1.0, np.inf]))
    curve: 1 interval ends before it starts
    """
    low = as_vector(left, name="left")
    high = as_vector(right, name="right", length=len(low))
    start = None if entry is None else as_vector(entry, name="entry", length=len(low))
    if not len(low):
        return Refusal(what, "there is no row")
    faults = [
        (np.isnan(low) | np.isnan(high) | np.isinf(low), "has an end that is missing"),
        ((low < 0) | (high < 0), "starts before 0"),
        (high < low, "ends before it starts"),
        (
            (low == high) & (low == 0),
            "is an event at 0, which has no logarithm and no time at risk",
        ),
    ]
    if start is not None:
        faults += [
            (~np.isfinite(start) | (start < 0), "has an entry that is missing or before 0"),
            (low < start, "starts before the entry of its row"),
            ((low == start) & (low == high), "is an event at the entry of its row"),
        ]
    for bad, words in faults:
        n = int(bad.sum())
        if n:
            return Refusal(what, _count(n, words))
    return IntervalTimes(left=low, right=high, entry=start)


def _count(n: int, words: str) -> str:
    """Say that one or more intervals have a fault."""
    if n == 1:
        return f"1 interval {words}"
    plural = {"has": "have", "starts": "start", "ends": "end", "is": "are"}
    verb, rest = words.split(" ", 1)
    return f"{n} intervals {plural[verb]} {rest.replace('it starts', 'they start')}"
