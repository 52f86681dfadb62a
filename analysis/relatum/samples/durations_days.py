"""A day of its own for every attempt: completions of dates that are intervals."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

__all__ = ["Window", "earliest_days", "latest_days"]

#: First and last possible day, and the place in the order; None where that is not known.
Window: TypeAlias = tuple[int, int, int | None]


def earliest_days(windows: Sequence[Window]) -> list[int | None]:
    """Give every attempt a day of its own, in order, as early as can be.

    Parameters
    ----------
    windows : sequence of tuple
        First and last possible day of each attempt, and its place in the order or None.

    Returns
    -------
    list of int or None
        In the order of `windows`; None for an attempt for which no day is left, which may be any
        of those that get into each other's way.

    Notes
    -----
    Windows are narrowed by the order, then the attempt whose window closes first takes the day.
    If every attempt can have a day, this rule finds one for each.

    Examples
    --------
    >>> earliest_days([(1, 9, None), (1, 1, None), (4, 4, 1), (3, 8, 2)])
    [2, 1, 4, 5]
    """
    first, last = _narrow(windows)
    days: list[int | None] = [None] * len(windows)
    waiting = list(range(len(windows)))
    day = min(first, default=0)
    while waiting:
        day = max(day, min(first[at] for at in waiting))
        ready = [at for at in waiting if first[at] <= day]
        chosen = min(ready, key=lambda at: (last[at], first[at], at))
        waiting.remove(chosen)
        if day <= last[chosen]:
            days[chosen] = day
            day += 1
    return days


def latest_days(windows: Sequence[Window]) -> list[int | None]:
    """Give every attempt a day of its own, in order, as late as can be.

    Parameters
    ----------
    windows : sequence of tuple
        As in `earliest_days`.

    Returns
    -------
    list of int or None

    Examples
    --------
    >>> latest_days([(1, 9, None), (1, 1, None), (4, 4, 1), (3, 8, 2)])
    [9, 1, 4, 8]
    """
    mirrored: list[Window] = [
        (-last, -first, None if place is None else -place) for first, last, place in windows
    ]
    return [None if day is None else -day for day in earliest_days(mirrored)]


def _narrow(windows: Sequence[Window]) -> tuple[list[int], list[int]]:
    """Narrow the windows to what their order allows."""
    first, last = [window[0] for window in windows], [window[1] for window in windows]
    placed = [(place, at) for at, (_, _, place) in enumerate(windows) if place is not None]
    chain = [at for _, at in sorted(placed)]
    for before, after in pairwise(chain):
        first[after] = max(first[after], first[before] + 1)
    for after, before in pairwise(reversed(chain)):
        last[before] = min(last[before], last[after] - 1)
    return first, last
