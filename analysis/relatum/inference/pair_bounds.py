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
    "associations",
    "cross_statuses",
]

AssociationMeasure = Literal["phi", "odds_ratio", "risk_difference", "jaccard", "lift"]
ABSENT, PRESENT, UNDOCUMENTED = 0, 1, 2
BLOCK = 500_000


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
        For some completions the measure is not defined (an empty margin).
    """

    low: float
    high: float
    measure: str
    n_undocumented: int
    some_undefined: bool


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


def associations(
    tables: npt.ArrayLike, *, measure: AssociationMeasure, undefined: float
) -> FloatArray:
    """Association of many pairs of fully documented codes.

    Parameters
    ----------
    tables : array_like of int, shape (n_pairs, 4)
        Rows with both codes, the first only, the second only, and none.
    measure : {"phi", "odds_ratio", "risk_difference", "jaccard", "lift"}
    undefined : float
        What stands where an empty margin leaves the measure undefined.

    Returns
    -------
    ndarray, shape (n_pairs,)

    Raises
    ------
    ValueError
        For another shape, or an unknown measure.

    Examples
    --------
    >>> associations([[8, 2, 4, 6], [3, 0, 2, 0]], measure="lift", undefined=1.0).round(3)
    array([1.333, 1.   ])
    """
    compute = _measure_of(measure)
    counts = np.asarray(tables, dtype=np.float64)
    if counts.ndim != 2 or counts.shape[1] != 4:
        raise ValueError(f"tables must have shape (n_pairs, 4), not {counts.shape}.")
    values = compute(counts[:, 0], counts[:, 1], counts[:, 2], counts[:, 3])
    return np.where(np.isnan(values), undefined, values)


def _candidate_cells(counts: IntArray, first: IntArray) -> IntArray:
    """Additions to (both, first only, second only, neither) that can be extreme.

    A row with one code documented may go to two cells, one with none to all four. An addition is
    reachable exactly when each set of cells takes in at least the rows that can go nowhere else
    (Hall's condition). With both margins of the addition held, that leaves an interval for the
    first cell, and every measure grows with it: its two ends suffice. `first` lists the values of
    the first margin to look at.
    """
    p_u, a_u = int(counts[PRESENT, UNDOCUMENTED]), int(counts[ABSENT, UNDOCUMENTED])
    u_p, u_a = int(counts[UNDOCUMENTED, PRESENT]), int(counts[UNDOCUMENTED, ABSENT])
    total = p_u + a_u + u_p + u_a + int(counts[UNDOCUMENTED, UNDOCUMENTED])
    rows, columns = (
        grid.ravel() for grid in np.meshgrid(first, np.arange(u_p, total - u_a + 1), indexing="ij")
    )
    low = np.maximum.reduce(
        [
            np.zeros_like(rows),
            rows + columns - total,
            columns + p_u + u_a - total,
            rows + a_u + u_p - total,
        ]
    )
    high = np.minimum.reduce(
        [rows, columns, rows + columns - p_u - u_p, np.full_like(rows, total - a_u - u_a)]
    )
    keep = low <= high
    ends = [
        np.column_stack([a, rows - a, columns - a, total - rows - columns + a])[keep]
        for a in (low, high)
    ]
    return np.vstack(ends).astype(np.int64)


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
    Exact integer search. Every measure here grows with the number of rows that have both codes
    when the margins of the completed table are held, and whether it is defined depends on the
    margins alone. So for each reachable pair of margins the two ends are looked at: some
    2 (T + 1)^2 tables for T undocumented rows. Compared with full enumeration in the tests.

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
    known = table[[PRESENT, PRESENT, ABSENT, ABSENT], [PRESENT, ABSENT, PRESENT, ABSENT]]
    margins = np.arange(
        int(table[PRESENT, UNDOCUMENTED]), unknown - int(table[ABSENT, UNDOCUMENTED]) + 1
    )
    low, high, undefined = math.inf, -math.inf, False
    for first in np.array_split(margins, -(-len(margins) * (unknown + 1) // BLOCK)):
        a, b, c, d = (_candidate_cells(table, first) + known).astype(np.float64).T
        values = compute(a, b, c, d)
        defined = values[~np.isnan(values)]
        undefined = undefined or len(defined) < len(values)
        if len(defined):
            low, high = min(low, float(defined.min())), max(high, float(defined.max()))
    if low > high:
        return Refusal(f"bounds of {measure}", "a margin of the table is empty in every completion")
    return AssociationBounds(
        low=low, high=high, measure=measure, n_undocumented=unknown, some_undefined=undefined
    )
