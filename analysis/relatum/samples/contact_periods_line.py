"""The status of contact of all relationships on one line of keys: relationship, then day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from relatum.schema.status import ABSENT, PRESENT, UNDOCUMENTED

__all__ = ["StatusLine", "Stretch", "checked_days"]

IntArray: TypeAlias = npt.NDArray[np.int64]
StatusCodes: TypeAlias = npt.NDArray[np.int8]
Labels: TypeAlias = npt.NDArray[np.str_]
#: Relationship, first and last day, and whether there was contact.
Stretch: TypeAlias = tuple[str, int, int, bool]
_SPAN = np.int64(2**32)  # Wider than any difference of days.
_FARTHEST = 10**9


def checked_days(relationship: npt.ArrayLike, day: npt.ArrayLike) -> tuple[Labels, IntArray]:
    """Return relationships and whole days as arrays of one length.

    Raises
    ------
    ValueError
        If they are not; the message lists every fault.

    Examples
    --------
    >>> checked_days(["r1"], [3.0])[1].tolist()
    [3]
    """
    names = np.atleast_1d(np.asarray(relationship, dtype=np.str_))
    raw = np.atleast_1d(np.asarray(day))
    wrong = []
    if names.ndim != 1 or names.shape != raw.shape:
        wrong.append("relationships and days must be vectors of one length")
    if raw.dtype.kind not in "iuf" or not (np.abs(raw) <= _FARTHEST).all():
        wrong.append("days must be finite numbers")
    elif (raw != np.round(raw)).any():
        wrong.append("days must be whole")
    if wrong:
        raise ValueError("; ".join(wrong) + ".")
    return names, raw.astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StatusLine:
    """Changes of status of all relationships, to be found by one search.

    Attributes
    ----------
    names : ndarray of str, shape (n_relationships,)
        Sorted.
    keys, days : ndarray of int, shape (n_changes,)
        After which day the status changes; the key puts the relationship before the day.
    status : ndarray of int8, shape (n_changes + 1,)
        The status up to each change, and after the last.

    Examples
    --------
    >>> line = StatusLine.of([("r1", 3, 5, True), ("r1", 7, 7, False)], lag=1)
    >>> line.changes("r1").tolist()
    [3, 6, 7, 8]
    >>> names, days = checked_days(["r1", "r1", "r1", "r9"], [4, 7, 8, 4])
    >>> line.status[line.at(names, days)].tolist()
    [2, 1, 0, 1]
    """

    names: Labels
    keys: IntArray
    days: IntArray
    status: StatusCodes

    @classmethod
    def of(cls, stretches: Iterable[Stretch], *, lag: int) -> StatusLine:
        """Lay out stretches of days; contact comes before absence, a day without any is silent.

        Raises
        ------
        ValueError
            If the lag is no whole number of days, or negative.
        """
        if not isinstance(lag, int | np.integer) or not 0 <= lag <= _FARTHEST:
            raise ValueError("lag is a whole number of days, at least 0.")
        by_name: dict[str, list[tuple[int, int, bool]]] = {}
        for name, first, last, contact in stretches:
            by_name.setdefault(name, []).append((first - 1 + lag, last + lag, contact))
        names = sorted(by_name)
        changes = [
            (code, day, status)
            for code, name in enumerate(names)
            for day, status in _changes(by_name[name])
        ]
        table = np.array(changes, dtype=np.int64).reshape(-1, 3)
        return cls(
            names=np.array(names, dtype=np.str_),
            keys=table[:, 0] * _SPAN + table[:, 1],
            days=table[:, 1],
            status=np.append(table[:, 2], UNDOCUMENTED).astype(np.int8),
        )

    def at(self, relationship: Labels, day: IntArray) -> IntArray:
        """Return the positions in `status` of relationships and days."""
        return np.searchsorted(self.keys, self._place(relationship, day), side="left")

    def after(self, relationship: Labels, day: IntArray) -> IntArray:
        """Return the positions in `status` of the moments after days."""
        return np.searchsorted(self.keys, self._place(relationship, day), side="right")

    def changes(self, relationship: str) -> IntArray:
        """Return the days after which the status of one relationship changes."""
        at = self._codes(np.array([relationship], dtype=np.str_))[0]
        return self.days[(self.keys + _SPAN // 2) // _SPAN == at] if at >= 0 else self.days[:0]

    def _codes(self, relationship: Labels) -> IntArray:
        if not len(self.names):
            return np.full(len(relationship), -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(self.names, relationship), len(self.names) - 1)
        return np.where(self.names[at] == relationship, at, -1)

    def _place(self, relationship: Labels, day: IntArray) -> IntArray:
        """Return the keys of days; relationships without periods come before all others."""
        placed: IntArray = self._codes(relationship) * _SPAN + day
        return placed


def _changes(stretches: Iterable[tuple[int, int, bool]]) -> list[tuple[int, int]]:
    """Return the days after which the status changes, each with the status up to it."""
    rows = np.array(sorted(stretches), dtype=np.int64)
    points = np.unique(rows[:, :2])
    covers = (rows[:, :1] < points) & (points <= rows[:, 1:2])
    contact = (covers & (rows[:, 2:] == 1)).any(axis=0)
    status = np.where(contact, PRESENT, np.where(covers.any(axis=0), ABSENT, UNDOCUMENTED))
    after = np.append(status[1:], UNDOCUMENTED)
    return [
        (int(day), int(code))
        for day, code, following in zip(points, status, after, strict=True)
        if code != following
    ]
