"""The status algebra: what a file shows, rules out, or is silent about.

Every coded item has one of four statuses. Silence (``not_documented``) is a value of its own: it is
never turned into absence without naming the bound that does so.

The tables of AND and OR are those of Kleene's strong three-valued logic; ``not_applicable`` is the
neutral element of both, so a component that cannot apply neither helps nor hinders.

========================  ======================================================================
operation                 result
========================  ======================================================================
``a AND b``               absent if any is absent, else undocumented if any is, else present
``a OR b``                present if any is present, else undocumented if any is, else absent
``NOT a``                 present <-> absent; silence and not applicable stay as they are
``at_least(k, a, b, c)``  present if k are present, absent if k can no longer be reached
========================  ======================================================================

References
----------
Kleene, S. C. (1952). *Introduction to Metamathematics*, section 64. North-Holland.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ABSENT",
    "APPLICABLE_NOT",
    "PRESENT",
    "UNDOCUMENTED",
    "Status",
    "StatusCodes",
    "StatusCounts",
    "combine_all",
    "combine_any",
    "combine_at_least",
    "count_statuses",
    "negate",
]

StatusCodes = NDArray[np.int8]

ABSENT, UNDOCUMENTED, PRESENT, APPLICABLE_NOT = (np.int8(i) for i in range(4))


class Status(StrEnum):
    """What the file says about one item, in the order of the internal codes 0 to 3."""

    ABSENT_DOCUMENTED = "absent_documented"
    NOT_DOCUMENTED = "not_documented"
    PRESENT = "present"
    NOT_APPLICABLE = "not_applicable"

    @property
    def code(self) -> int:
        """The small integer that stores the status."""
        return _CODE[self]

    def __bool__(self) -> bool:
        """Refuse: silence is neither true nor false."""
        msg = "A status is neither true nor false; compare it with a status by name."
        raise TypeError(msg)

    def __and__(self, other: Status) -> Status:
        """Kleene's AND."""
        return _LABELS[int(combine_all(_pair(self, other)))]

    def __or__(self, other: Status) -> Status:
        """Kleene's OR."""
        return _LABELS[int(combine_any(_pair(self, other)))]

    def __invert__(self) -> Status:
        """Kleene's NOT."""
        return _LABELS[int(negate(np.array([self.code], dtype=np.int8))[0])]


_LABELS: tuple[Status, ...] = tuple(Status)
_CODE: dict[Status, int] = {status: code for code, status in enumerate(_LABELS)}


def _pair(first: Status, second: Status) -> StatusCodes:
    return np.array([first.code, second.code], dtype=np.int8)


def combine_all(codes: StatusCodes, axis: int = -1) -> StatusCodes:
    """AND along an axis.

    Parameters
    ----------
    codes : array of int8
        Status codes 0 to 3.
    axis : int
        The axis to combine; it may be empty, which gives ``not_applicable``.

    Examples
    --------
    >>> combine_all(np.array([[2, 1], [2, 2], [1, 0]], dtype=np.int8)).tolist()
    [1, 2, 0]
    """
    result: StatusCodes = np.min(codes, axis=axis, initial=APPLICABLE_NOT)
    return result


def combine_any(codes: StatusCodes, axis: int = -1) -> StatusCodes:
    """OR along an axis.

    Examples
    --------
    >>> combine_any(np.array([[2, 1], [3, 0], [1, 0], [3, 3]], dtype=np.int8)).tolist()
    [2, 0, 1, 3]
    """
    lowered = np.where(codes == APPLICABLE_NOT, np.int8(-1), codes)
    top = np.max(lowered, axis=axis, initial=np.int8(-1))
    result: StatusCodes = np.where(top < 0, APPLICABLE_NOT, top).astype(np.int8)
    return result


def combine_at_least(codes: StatusCodes, k: int, axis: int = -1) -> StatusCodes:
    """Tell whether at least `k` components are present.

    Parameters
    ----------
    codes : array of int8
        Status codes 0 to 3.
    k : int
        The number that must be reached, at least 1.
    axis : int
        The axis to combine.

    Returns
    -------
    array of int8
        Present where `k` are present; absent where present and undocumented together are fewer
        than `k`; undocumented in between; not applicable where no component applies.

    Examples
    --------
    >>> combine_at_least(np.array([[2, 2, 0], [2, 1, 0], [2, 0, 0]], dtype=np.int8), 2).tolist()
    [2, 1, 0]
    """
    present = np.sum(codes == PRESENT, axis=axis)
    possible = present + np.sum(codes == UNDOCUMENTED, axis=axis)
    result = np.where(present >= k, PRESENT, np.where(possible < k, ABSENT, UNDOCUMENTED))
    nothing_applies = np.all(codes == APPLICABLE_NOT, axis=axis)
    return np.where(nothing_applies, APPLICABLE_NOT, result).astype(np.int8)


def negate(codes: StatusCodes) -> StatusCodes:
    """NOT, element by element.

    Examples
    --------
    >>> negate(np.array([0, 1, 2, 3], dtype=np.int8)).tolist()
    [2, 1, 0, 3]
    """
    return np.where(codes == APPLICABLE_NOT, codes, 2 - codes).astype(np.int8)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusCounts:
    """How often each status occurs.

    Attributes
    ----------
    present, absent_documented, not_documented, not_applicable : int
        Counts of units.
    """

    present: int
    absent_documented: int
    not_documented: int
    not_applicable: int

    @property
    def applicable(self) -> int:
        """The denominator: units to which the item can apply."""
        return self.present + self.absent_documented + self.not_documented

    @property
    def documented(self) -> int:
        """Units whose file shows the item or rules it out."""
        return self.present + self.absent_documented

    @property
    def most(self) -> int:
        """The largest number that can be present: undocumented counted as present."""
        return self.present + self.not_documented


def count_statuses(codes: StatusCodes) -> StatusCounts:
    """Count the statuses of an array.

    Examples
    --------
    >>> count_statuses(np.array([2, 2, 1, 0, 3], dtype=np.int8)).most
    3
    """
    counts = np.bincount(np.asarray(codes, dtype=np.int64).ravel(), minlength=4)
    return StatusCounts(
        absent_documented=int(counts[0]),
        not_documented=int(counts[1]),
        present=int(counts[2]),
        not_applicable=int(counts[3]),
    )
