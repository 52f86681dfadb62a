"""When a period of contact can have started and ended: windows of whole days and completions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import TypeAlias

__all__ = ["Days", "PeriodWindow", "narrowed"]

#: First and last day, both included.
Days: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodWindow:
    """Earliest and latest days of the start and of the end of a period, the end included.

    Attributes
    ----------
    start_lower, start_upper, end_lower, end_upper : float
        Whole days on one count; minus or plus infinity where nothing bounds the day.

    Examples
    --------
    >>> window = PeriodWindow(start_lower=3, start_upper=5, end_lower=8, end_upper=9)
    >>> window.earliest, window.latest, window.certain
    ((3, 8), (5, 9), (5, 8))
    >>> PeriodWindow(start_lower=3, start_upper=3).latest
    (3, 3)
    """

    start_lower: float = -inf
    start_upper: float = inf
    end_lower: float = -inf
    end_upper: float = inf

    @property
    def undated(self) -> bool:
        """Whether nothing bounds the period at all."""
        return not any(map(isfinite, self._bounds))

    @property
    def possible(self) -> bool:
        """Whether any start and any end fit the bounds."""
        return (
            self.start_lower <= self.last_start
            and self.end_lower <= self.end_upper
            and self.start_lower <= self.start_upper
        )

    @property
    def first_end(self) -> float:
        """The earliest possible last day."""
        return max(self.start_lower, self.end_lower)

    @property
    def last_start(self) -> float:
        """The latest possible first day."""
        return min(self.start_upper, self.end_upper)

    @property
    def certain(self) -> Days | None:
        """The days that the period covers under every reading of its dates, if there are any."""
        first, last = self.last_start, self.first_end
        return (int(first), int(last)) if -inf < first <= last < inf else None

    @property
    def earliest(self) -> Days:
        """Start and end on the earliest days; a missing bound is taken from the nearest known one.

        Nothing is prolonged: a period without a recorded end lasts to the last day on record.
        """
        start = _known(self.start_lower, self.last_start, self.end_lower, self.end_upper)
        return start, max(start, _known(self.end_lower, start))

    @property
    def latest(self) -> Days:
        """Start and end on the latest days; a missing bound is taken as in `earliest`."""
        start = _known(self.last_start, self.end_lower, self.start_lower)
        start = max(start, _known(self.start_lower, start))
        return start, _known(self.end_upper, max(start, self.earliest[1]))

    @property
    def _bounds(self) -> tuple[float, float, float, float]:
        return self.start_lower, self.start_upper, self.end_lower, self.end_upper


def _known(*days: float) -> int:
    return int(next(day for day in days if isfinite(day)))


def narrowed(window: PeriodWindow, closed: Iterable[Days]) -> PeriodWindow:
    """Narrow the window of a contact by days on which there certainly was none.

    Parameters
    ----------
    window : PeriodWindow
    closed : iterable of tuple of int
        Stretches of days, ends included, that the period must lie before or after.

    Returns
    -------
    PeriodWindow
        No longer `possible` where no place is left.

    Examples
    --------
    >>> visit = PeriodWindow(start_lower=5, start_upper=15, end_lower=12, end_upper=15)
    >>> narrowed(visit, [(1, 10)]).earliest
    (11, 12)
    """
    stretches = sorted(closed)
    found = window
    for _ in range(len(stretches) + 1):
        before = found
        for first, last in stretches:
            if not found.possible:
                return found
            found = _beside(found, first, last)
        if found == before:
            break
    return found


def _beside(window: PeriodWindow, first: int, last: int) -> PeriodWindow:
    if window.first_end >= first:
        window = replace(window, start_lower=max(window.start_lower, last + 1))
    elif window.last_start <= last:
        window = replace(window, end_upper=min(window.end_upper, first - 1))
    return window
