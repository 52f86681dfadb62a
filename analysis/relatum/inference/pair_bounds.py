"""Bounds of the association of two codes when some of their cells are not documented.

Exact integer search over what the undocumented cells can be. An association measure is not
linear in the cells, so a linear program would not do.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, IntArray, Refusal, check_counts

__all__ = [
    "AssociationBounds",
    "AssociationMeasure",
    "association",
    "association_bounds",
    "cross_statuses",
]

AssociationMeasure = Literal["phi", "odds_ratio", "risk_difference", "jaccard", "lift"]
ABSENT, PRESENT, UNDOCUMENTED = 0, 1, 2
MAX_TABLES = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociationBounds:
    """Smallest and largest association over the completions of a table.

    Attributes
    ----------
    low, high : float
        Over the completions for which the measure is defined; an odds ratio may be infinite.
    measure : str
    n_undocumented : int
        Rows in which at least one of the two codes is not documented.
    some_undefined : bool
        In some of the tables looked at, the measure is not defined (an empty margin).
    method : {"all tables", "extreme tables"}
        Whether every reachable 2 x 2 table was looked at, or only those that can be extreme.
    """

    low: float
    high: float
    measure: str
    n_undocumented: int
    some_undefined: bool
    method: str


def cross_statuses(first: npt.ArrayLike, second: npt.ArrayLike) -> IntArray:
    """Cross two codes into a 3 x 3 table of absent, present and undocumented.

    Parameters
    ----------
    first, second : array_like of int, shape (n_rows,)
        0 absent (documented), 1 present, 2 not documented.

    Returns
    -------
    ndarray of int, shape (3, 3)
        Rows are the first code, columns the second.

    Raises
    ------
    ValueError
        For other values, or lengths that differ.

    Examples
    --------
    >>> cross_statuses([1, 1, 2], [1, 0, 2])
    array([[0, 0, 0],
           [1, 1, 0],
           [0, 0, 1]])
    """
    a, b = np.asarray(first), np.asarray(second)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError("first and second must be vectors of one length.")
    if not (np.isin(a, (0, 1, 2)).all() and np.isin(b, (0, 1, 2)).all()):
        raise ValueError("a status must be 0 (absent), 1 (present) or 2 (not documented).")
    cells = np.bincount(3 * a.astype(np.int64) + b.astype(np.int64), minlength=9)
    return cells.reshape(3, 3).astype(np.int64)


def _phi(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> FloatArray:
    spread = (a + b) * (c + d) * (a + c) * (b + d)
    return np.divide(a * d - b * c, np.sqrt(spread), out=np.full_like(a, np.nan), where=spread > 0)


def _odds_ratio(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> FloatArray:
    top, bottom = a * d, b * c
    ratio = np.divide(top, bottom, out=np.full_like(a, np.inf), where=bottom > 0)
    return np.where((bottom == 0) & (top == 0), np.nan, ratio)


def _risk_difference(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> FloatArray:
    defined = (a + b > 0) & (c + d > 0)
    blank = np.full_like(a, np.nan)
    with_first = np.divide(a, a + b, out=blank.copy(), where=defined)
    return with_first - np.divide(c, c + d, out=blank, where=defined)


def _jaccard(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> FloatArray:
    either = a + b + c
    return np.divide(a, either, out=np.full_like(a, np.nan), where=either > 0)


def _lift(a: FloatArray, b: FloatArray, c: FloatArray, d: FloatArray) -> FloatArray:
    margins = (a + b) * (a + c)
    total = a + b + c + d
    return np.divide(a * total, margins, out=np.full_like(a, np.nan), where=margins > 0)


_MEASURES: dict[str, Callable[[FloatArray, FloatArray, FloatArray, FloatArray], FloatArray]] = {
    "phi": _phi,
    "odds_ratio": _odds_ratio,
    "risk_difference": _risk_difference,
    "jaccard": _jaccard,
    "lift": _lift,
}


def _measure_of(
    name: str,
) -> Callable[[FloatArray, FloatArray, FloatArray, FloatArray], FloatArray]:
    if name not in _MEASURES:
        raise ValueError(f"measure must be one of {', '.join(_MEASURES)}, not {name!r}.")
    return _MEASURES[name]


def association(
    both: int, first_only: int, second_only: int, neither: int, *, measure: AssociationMeasure
) -> float | Refusal:
    """Association of two fully documented codes.

    Parameters
    ----------
    both, first_only, second_only, neither : int
        Rows with both codes, one of them, and none.
    measure : {"phi", "odds_ratio", "risk_difference", "jaccard", "lift"}
        The risk difference is P(second | first) - P(second | not first).

    Returns
    -------
    float or Refusal
        A refusal where the measure is not defined; an odds ratio may be infinite.

    Examples
    --------
    >>> association(8, 2, 4, 6, measure="odds_ratio")
    6.0
    """
    compute = _measure_of(measure)
    named = {"both": both, "first_only": first_only}
    check_counts({**named, "second_only": second_only, "neither": neither})
    cells = [np.array([float(x)]) for x in (both, first_only, second_only, neither)]
    value = float(compute(cells[0], cells[1], cells[2], cells[3])[0])
    if math.isnan(value):
        return Refusal(measure, "a margin of the table is empty")
    return value


def _added_cells(counts: IntArray) -> IntArray:
    """Return every (a, b, c, d) that the undocumented rows can add to the documented table.

    A row with one code documented may go to two cells, one with none to all four. A vector of
    additions is reachable exactly when each set of cells takes in at least the rows that can go
    nowhere else (Hall's condition).
    """
    p_u, a_u = int(counts[PRESENT, UNDOCUMENTED]), int(counts[ABSENT, UNDOCUMENTED])
    u_p, u_a = int(counts[UNDOCUMENTED, PRESENT]), int(counts[UNDOCUMENTED, ABSENT])
    total = p_u + a_u + u_p + u_a + int(counts[UNDOCUMENTED, UNDOCUMENTED])
    a, b, c = np.meshgrid(*[np.arange(total + 1)] * 3, indexing="ij", sparse=True)
    d = total - a - b - c
    keep = (d >= 0) & (a + b >= p_u) & (c + d >= a_u) & (a + c >= u_p) & (b + d >= u_a)
    keep &= (a + b + c >= p_u + u_p) & (a + b + d >= p_u + u_a)
    keep &= (a + c + d >= a_u + u_p) & (b + c + d >= a_u + u_a)
    found = np.argwhere(keep)
    return np.column_stack([found, total - found.sum(axis=1)]).astype(np.int64)


def _extreme_cells(counts: IntArray, *, concordant: bool) -> IntArray:
    """Additions that can be extreme: rows with one code documented go one way, the rest split."""
    p_u, a_u = int(counts[PRESENT, UNDOCUMENTED]), int(counts[ABSENT, UNDOCUMENTED])
    u_p, u_a = int(counts[UNDOCUMENTED, PRESENT]), int(counts[UNDOCUMENTED, ABSENT])
    free = np.arange(int(counts[UNDOCUMENTED, UNDOCUMENTED]) + 1)
    rest, none = free[::-1], np.zeros_like(free)
    if concordant:
        cells = [p_u + u_p + free, none, none, a_u + u_a + rest]
    else:
        cells = [none, p_u + u_a + free, a_u + u_p + rest, none]
    return np.column_stack(cells).astype(np.int64)


def association_bounds(
    counts: npt.ArrayLike, *, measure: AssociationMeasure = "phi"
) -> AssociationBounds | Refusal:
    """Smallest and largest association that the undocumented cells allow.

    Parameters
    ----------
    counts : array_like of int, shape (3, 3)
        Rows: first code absent, present, undocumented; columns: the second code likewise (see
        `cross_statuses`).
    measure : {"phi", "odds_ratio", "risk_difference", "jaccard", "lift"}

    Returns
    -------
    AssociationBounds or Refusal
        A refusal when the measure is defined for no completion.

    Raises
    ------
    ValueError
        For another shape, negative counts, or an unknown measure.

    Notes
    -----
    Every reachable 2 x 2 table is looked at when there are few enough. In larger tables only
    those are that can be extreme: each measure grows when a row moves from a discordant to a
    concordant cell with its documented code held, so at the largest value all rows with one code
    documented are concordant, and the split of the others is searched (the reverse at the
    smallest). Both searches are exact; they are compared with full enumeration in the tests.

    Examples
    --------
    >>> found = association_bounds([[10, 5, 3], [4, 12, 2], [1, 2, 1]], measure="odds_ratio")
    >>> round(found.low, 2), round(found.high, 2)
    (1.5, 12.0)
    """
    compute = _measure_of(measure)
    table = np.asarray(counts)
    if table.shape != (3, 3) or (table < 0).any() or not np.equal(table, np.round(table)).all():
        raise ValueError("counts must be a 3 x 3 table of whole numbers from 0.")
    table = table.astype(np.int64)
    if table.sum() == 0:
        return Refusal(f"bounds of {measure}", "there is no row")
    unknown = int(table[UNDOCUMENTED].sum() + table[:2, UNDOCUMENTED].sum())
    few = (unknown + 1) ** 3 <= MAX_TABLES
    if few:
        added = _added_cells(table)
    else:
        extremes = [_extreme_cells(table, concordant=side) for side in (True, False)]
        added = np.vstack(extremes)
    known = table[[PRESENT, PRESENT, ABSENT, ABSENT], [PRESENT, ABSENT, PRESENT, ABSENT]]
    a, b, c, d = (added + known).astype(np.float64).T
    values = compute(a, b, c, d)
    defined = values[~np.isnan(values)]
    if len(defined) == 0:
        return Refusal(f"bounds of {measure}", "a margin of the table is empty in every completion")
    return AssociationBounds(
        low=float(defined.min()),
        high=float(defined.max()),
        measure=measure,
        n_undocumented=unknown,
        some_undefined=len(defined) < len(values),
        method="all tables" if few else "extreme tables",
    )
