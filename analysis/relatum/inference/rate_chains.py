"""Events of one unit whose intervals overlap: chains in a known order, cut into cells.

The probability that a Poisson process has one event in each interval, in the given order, is an
integral over ordered times. Between the ends of all intervals lie cells in which the same events
are possible, so the integral is a sum of products of powers of the cells' masses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray

__all__ = ["Chain", "chains_of_unit"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chain:
    """Events in order, and the cells in which they may lie.

    Attributes
    ----------
    low, high : ndarray, shape (n_cells,)
        Cells in order of time; equal ends are an exact time.
    allowed : ndarray of bool, shape (n_cells, n_events)
        Whether the cell lies inside the interval of the event.
    """

    low: FloatArray
    high: FloatArray
    allowed: npt.NDArray[np.bool_]

    @property
    def n_events(self) -> int:
        """Number of events."""
        return int(self.allowed.shape[1])


def chains_of_unit(
    lower: FloatArray, upper: FloatArray, order: npt.NDArray[np.int64]
) -> list[Chain] | None:
    """Cut the events of one unit into chains that do not touch each other.

    Parameters
    ----------
    lower, upper : ndarray, shape (n_events,)
        The event lies in (lower, upper]; equal ends are an exact time.
    order : ndarray of int, shape (n_events,)
        Place of the event from 1; 0 where it is not known.

    Returns
    -------
    list of Chain or None
        None where the order contradicts the intervals, or two events share a place. Events
        without a place are chains of their own: nothing is known that would tie them to others.

    Examples
    --------
    >>> chain, = chains_of_unit(np.array([0.0, 2.0]), np.array([5.0, 9.0]), np.array([1, 2]))
    >>> chain.low, chain.high
    (array([0., 2., 5.]), array([2., 5., 9.]))
    >>> chain.allowed.tolist()
    [[True, False], [True, True], [False, True]]
    """
    if order.size == 1:
        return [Chain(low=lower, high=upper, allowed=np.ones((1, 1), dtype=np.bool_))]
    free = [_cells(lower[[at]], upper[[at]]) for at in np.flatnonzero(order == 0)]
    placed = np.flatnonzero(order > 0)
    placed = placed[np.argsort(order[placed], kind="stable")]
    if placed.size == 0:
        return free
    if (np.diff(order[placed]) == 0).any():
        return None
    exact = lower[placed] == upper[placed]
    low = np.maximum.accumulate(lower[placed])
    high = np.minimum.accumulate(upper[placed][::-1])[::-1]
    if ((low > high) | ((low == high) & ~exact)).any():
        return None
    splits = np.flatnonzero(np.maximum.accumulate(high)[:-1] <= low[1:]) + 1
    parts = zip(np.split(low, splits), np.split(high, splits), strict=True)
    return [*free, *(_cells(a, b) for a, b in parts)]


def _cells(low: FloatArray, high: FloatArray) -> Chain:
    ends = np.unique(np.concatenate([low, high]))
    lows, highs, allowed = [], [], []
    for at, end in enumerate(ends):
        for event in np.flatnonzero((low == end) & (high == end)):
            lows.append(end)
            highs.append(end)
            allowed.append(np.arange(low.size) == event)
        if at + 1 < ends.size:
            lows.append(end)
            highs.append(ends[at + 1])
            allowed.append((low <= end) & (ends[at + 1] <= high))
    keep = [at for at, row in enumerate(allowed) if row.any()]
    return Chain(
        low=np.array([lows[at] for at in keep]),
        high=np.array([highs[at] for at in keep]),
        allowed=np.array([allowed[at] for at in keep]),
    )
