"""Who is at risk, and who leaves: the counts behind every curve over time.

A subject is at risk at t when entry < t <= time; events come before censorings at the same time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from relatum.inference.common import (
    FloatArray,
    IntArray,
    Refusal,
    as_vector,
    find_non_finite,
)

__all__ = [
    "ExitRows",
    "RiskTable",
    "check_exit_rows",
    "check_kinds",
    "count_at_risk",
    "count_exits",
    "evaluate_step",
    "find_interval_faults",
    "index_labels",
    "step_positions",
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExitRows:
    """Rows with their exit, and their entry where it is delayed.

    Attributes
    ----------
    time : ndarray, shape (n,)
        When observation of the row ended, in any unit.
    kind : ndarray of int, shape (n,)
        0 where it ended without an event, else the number of the event.
    entry : ndarray, shape (n,), or None
        When observation began; None means before every event.
    weights : ndarray, shape (n,), or None
        What each row counts for.
    """

    time: FloatArray
    kind: IntArray
    entry: FloatArray | None = None
    weights: FloatArray | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RiskTable:
    """Counts at every time at which a row ends.

    Attributes
    ----------
    time : ndarray, shape (m,)
        Distinct times of exit, increasing.
    at_risk, censored : ndarray, shape (m,)
    events : ndarray, shape (m, n_kinds)
        Events of each kind; sums of weights where there are weights.
    n_events : ndarray of int, shape (m,)
        Rows with an event of any kind, whatever their weight.
    """

    time: FloatArray
    at_risk: FloatArray
    censored: FloatArray
    events: FloatArray
    n_events: IntArray


def check_kinds(kind: npt.ArrayLike, *, length: int, n_kinds: int | None, name: str) -> IntArray:
    """Turn events into whole numbers from 0 (none) to the number of kinds.

    Parameters
    ----------
    kind : array_like of int or bool, shape (n,)
    length : int
        The number of rows.
    n_kinds : int or None
        The largest number allowed; None allows any.
    name : str
        How a message calls the argument.

    Returns
    -------
    ndarray of int, shape (n,)

    Raises
    ------
    ValueError
        For another length, a number that is negative or not whole, or one above `n_kinds`.

    Examples
    --------
    >>> check_kinds([True, False], length=2, n_kinds=1, name="event")
    array([1, 0])
    """
    values = as_vector(kind, name=name, length=length)
    if not np.isfinite(values).all() or (values != np.floor(values)).any() or (values < 0).any():
        raise ValueError(f"{name} must hold whole numbers from 0 (no event).")
    if n_kinds is not None and length and values.max() > n_kinds:
        raise ValueError(f"{name} must hold numbers from 0 to {n_kinds}.")
    return values.astype(np.int64)


def check_exit_rows(
    what: str,
    time: npt.ArrayLike,
    kind: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    n_kinds: int | None = 1,
) -> ExitRows | Refusal:
    """Check rows with an exit, or say why nothing can be computed from them.

    Parameters
    ----------
    what : str
        The quantity that was asked for.
    time : array_like, shape (n,)
    kind : array_like of int or bool, shape (n,)
        0 for censored.
    entry, weights : array_like, shape (n,), optional
        Weights are above 0.
    n_kinds : int or None
        The largest number that `kind` may hold.

    Returns
    -------
    ExitRows or Refusal
        A refusal without rows, for values that are not finite, and for rows that do not end after
        their entry. An entry of minus infinity is allowed.

    Raises
    ------
    ValueError
        For lengths that differ, an unknown event, or a weight that is not above 0.
    """
    times = as_vector(time, name="time")
    n = len(times)
    kinds = check_kinds(kind, length=n, n_kinds=n_kinds, name="event" if n_kinds == 1 else "cause")
    entries = None if entry is None else as_vector(entry, name="entry", length=n)
    loads = None if weights is None else as_vector(weights, name="weights", length=n)
    if loads is not None and not (loads[np.isfinite(loads)] > 0).all():
        raise ValueError("weights must be above 0; leave out rows that do not count.")
    if not n:
        return Refusal(what, "there is no row")
    bad = find_non_finite(what, {"times": times, "weights": loads})
    if bad is None and entries is not None:
        bad = find_interval_faults(what, entries, times)
    return bad or ExitRows(time=times, kind=kinds, entry=entries, weights=loads)


def find_interval_faults(what: str, entry: FloatArray, time: FloatArray) -> Refusal | None:
    """Refuse entries that are missing, or not before the exit of their row.

    Parameters
    ----------
    what : str
        The quantity that was asked for.
    entry, time : ndarray, shape (n,)

    Returns
    -------
    Refusal or None

    Examples
    --------
    >>> print(find_interval_faults("rate", np.array([2.0, 0.0]), np.array([2.0, 1.0])))
    rate: 1 row does not end after its entry
    """
    missing = int((np.isnan(entry) | np.isposinf(entry)).sum())
    if missing:
        words = "value that is" if missing == 1 else "values that are"
        return Refusal(what, f"entries hold {missing} {words} not finite")
    late = int((entry >= time).sum())
    if late:
        words = "row does not end after its" if late == 1 else "rows do not end after their"
        return Refusal(what, f"{late} {words} entry")
    return None


def count_exits(rows: ExitRows, *, n_kinds: int = 1) -> RiskTable:
    """Count who is at risk and who leaves at each time.

    Parameters
    ----------
    rows : ExitRows
    n_kinds : int
        The number of kinds of events.

    Returns
    -------
    RiskTable

    Examples
    --------
    >>> rows = ExitRows(time=np.array([2.0, 2.0, 5.0]), kind=np.array([1, 0, 1]))
    >>> count_exits(rows).at_risk
    array([3., 1.])
    """
    order = np.argsort(rows.time)
    time, kind = rows.time[order], rows.kind[order]
    new = np.empty(len(time), dtype=bool)
    new[0] = True
    np.not_equal(time[1:], time[:-1], out=new[1:])
    knots = time[new]
    m, width = len(knots), n_kinds + 1
    cell = (np.cumsum(new) - 1) * width + kind
    counts = np.bincount(cell, minlength=m * width).reshape(m, width)
    sums: FloatArray = counts.astype(np.float64)
    if rows.weights is not None:
        loads = np.bincount(cell, weights=rows.weights[order], minlength=m * width)
        sums = loads.astype(np.float64, copy=False).reshape(m, width)
    leaving = _add_columns(sums)
    at_risk = np.cumsum(leaving[::-1])[::-1]
    if rows.entry is not None:
        at_risk = at_risk - _still_to_enter(rows.entry, rows.weights, knots)
    return RiskTable(
        time=knots,
        at_risk=np.maximum(at_risk, leaving),
        censored=sums[:, 0],
        events=sums[:, 1:],
        n_events=_add_columns(counts[:, 1:]),
    )


def _add_columns(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Sum over a few columns; numpy's own sum is slow along a short axis."""
    total = values[:, 0].copy()
    for j in range(1, values.shape[1]):
        total += values[:, j]
    return total


def _still_to_enter(
    entry: FloatArray, weights: FloatArray | None, knots: FloatArray
) -> FloatArray | IntArray:
    """Count the rows (or add the weights) whose entry is at each time or later."""
    if weights is None:
        later: IntArray = len(entry) - np.searchsorted(np.sort(entry), knots, side="left")
        return later
    order = np.argsort(entry)
    after = np.append(np.cumsum(weights[order][::-1])[::-1], 0.0)
    weight: FloatArray = after[np.searchsorted(entry[order], knots, side="left")]
    return weight


def count_at_risk(
    time: npt.ArrayLike,
    times: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    just_after: bool = False,
) -> IntArray:
    """Count the rows at risk at given times, for the table below a curve.

    Parameters
    ----------
    time : array_like, shape (n,)
        When observation of each row ended.
    times : array_like, shape (q,)
    entry : array_like, shape (n,), optional
        When it began.
    just_after : bool
        Count who is under observation right after each time, entry <= t < time, instead of those at
        risk for an event at that time, entry < t <= time. At time 0 only this counts the rows that
        enter at 0.

    Returns
    -------
    ndarray of int, shape (q,)

    Examples
    --------
    >>> count_at_risk([3, 5, 9], [0, 5, 10], entry=[0, 0, 5])
    array([0, 1, 0])
    >>> count_at_risk([3, 5, 9], [0, 5, 10], entry=[0, 0, 5], just_after=True)
    array([2, 1, 0])
    """
    exits = np.sort(as_vector(time, name="time"))
    where = as_vector(times, name="times")
    side: Literal["left", "right"] = "right" if just_after else "left"
    staying = len(exits) - np.searchsorted(exits, where, side=side)
    if entry is not None:
        entries = np.sort(as_vector(entry, name="entry", length=len(exits)))
        staying = staying - (len(exits) - np.searchsorted(entries, where, side=side))
    return np.asarray(staying, dtype=np.int64)


def step_positions(knots: FloatArray, times: npt.ArrayLike) -> IntArray:
    """Count the knots at or before each time: 0 before the first.

    Parameters
    ----------
    knots : ndarray, shape (m,)
        Increasing.
    times : array_like, shape (q,)

    Returns
    -------
    ndarray of int, shape (q,)

    Examples
    --------
    >>> step_positions(np.array([1.0, 2.0]), [0.5, 1, 9])
    array([0, 1, 2])
    """
    where = as_vector(times, name="times")
    return np.asarray(np.searchsorted(knots, where, side="right"), dtype=np.int64)


def evaluate_step(
    knots: FloatArray, values: FloatArray, times: npt.ArrayLike, *, before: float
) -> FloatArray:
    """Evaluate a step function that takes each value from its knot on.

    Parameters
    ----------
    knots : ndarray, shape (m,)
        Increasing.
    values : ndarray, shape (m,) or (m, k)
    times : array_like, shape (q,)
    before : float
        The value before the first knot.

    Returns
    -------
    ndarray, shape (q,) or (q, k)

    Examples
    --------
    >>> evaluate_step(np.array([1.0, 2.0]), np.array([0.9, 0.5]), [0, 1, 1.5, 9], before=1.0)
    array([1. , 0.9, 0.9, 0.5])
    """
    first = np.full((1, *values.shape[1:]), before)
    found: FloatArray = np.concatenate([first, values])[step_positions(knots, times)]
    return found


def index_labels(
    labels: npt.ArrayLike, *, name: str, length: int
) -> tuple[npt.NDArray[Any], IntArray]:
    """Give each label a number, in sorted order.

    Parameters
    ----------
    labels : array_like, shape (n,)
        Numbers or text.
    name : str
        How a message calls the argument.
    length : int
        The number of rows there must be.

    Returns
    -------
    labels : ndarray, shape (k,)
    codes : ndarray of int, shape (n,)

    Raises
    ------
    ValueError
        For another length.

    Examples
    --------
    >>> index_labels(["b", "a", "b"], name="group", length=3)[1]
    array([1, 0, 1])
    """
    values = np.asarray(labels)
    if values.shape != (length,):
        raise ValueError(f"{name} must have {length} labels, one per row.")
    found, codes = np.unique(values, return_inverse=True)
    return found, np.asarray(codes, dtype=np.int64).reshape(-1)
