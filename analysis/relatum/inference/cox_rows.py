"""Rows of a Cox regression: checked, and sorted once for all that follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from relatum.inference.common import (
    FloatArray,
    IntArray,
    Refusal,
    as_matrix,
    as_vector,
    find_non_finite,
)

__all__ = ["BoolArray", "CoxPlan", "CoxRows", "RiskTimes", "plan_cox"]

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoxRows:
    """The rows of a survival regression; a subject with changing covariates has several.

    A row is at risk at t when entry < t <= time. Events come before censorings at the same time.

    Attributes
    ----------
    time : ndarray, shape (n,)
        End of the row, in any unit of time.
    event : ndarray of bool, shape (n,)
        Whether the row ends with the event.
    covariates : ndarray, shape (n, p)
        Without a constant.
    entry : ndarray, shape (n,), or None
        Start of the row, in the same unit; None means that every row is at risk from the first.
    strata : ndarray, shape (n,), or None
        Rows of one stratum are compared with each other only.
    weights, offset : ndarray, shape (n,), or None
        Weights are above 0.
    names : tuple of str
        A name per covariate for messages; by default "covariate 1" and so on.

    Raises
    ------
    ValueError
        For lengths that differ, events other than true and false, or a weight that is not above 0.

    Examples
    --------
    >>> rows = CoxRows(time=np.array([3.0, 5.0]), event=np.array([1, 0]), covariates=np.eye(2))
    >>> rows.names
    ('covariate 1', 'covariate 2')
    """

    time: FloatArray
    event: BoolArray
    covariates: FloatArray
    entry: FloatArray | None = None
    strata: npt.NDArray[Any] | None = None
    weights: FloatArray | None = None
    offset: FloatArray | None = None
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        time = as_vector(self.time, name="time")
        n = len(time)
        x = as_matrix(self.covariates, name="covariates", length=n)
        _set(self, "time", time)
        _set(self, "event", _as_events(self.event, n))
        _set(self, "covariates", x)
        for name in ("entry", "weights", "offset"):
            value = getattr(self, name)
            _set(self, name, None if value is None else as_vector(value, name=name, length=n))
        if self.weights is not None and not (self.weights[np.isfinite(self.weights)] > 0).all():
            raise ValueError("weights must be above 0; leave out rows that do not count.")
        if self.strata is not None:
            _set(self, "strata", np.asarray(self.strata))
            if self.strata.shape != (n,):
                raise ValueError(f"strata must have {n} values, one per row.")
        if not self.names:
            _set(self, "names", tuple(f"covariate {j + 1}" for j in range(x.shape[1])))
        _set(self, "names", tuple(self.names))
        if len(self.names) != x.shape[1]:
            raise ValueError(f"{len(self.names)} names for {x.shape[1]} covariates.")


def _set(rows: CoxRows, name: str, value: object) -> None:
    object.__setattr__(rows, name, value)


def _as_events(values: npt.ArrayLike, n: int) -> BoolArray:
    events = as_vector(values, name="event", length=n)
    if not np.isin(events, (0.0, 1.0)).all():
        raise ValueError("event must hold only true and false (1 and 0).")
    return np.asarray(events == 1.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RiskTimes:
    """The times at which there are events; strata in order, the latest time first.

    Attributes
    ----------
    stratum : ndarray of int, shape (g,)
    time : ndarray, shape (g,)
    events : ndarray of int, shape (g,)
    weight : ndarray, shape (g,)
        Sum of the weights of the events.
    stop, left : ndarray of int, shape (g,)
        Rows before place `stop` have not ended before the time; of them, those before `left` in
        the order of entries have not entered yet.
    first, last : ndarray of int, shape (n,)
        Row i is at risk at the times first <= g < last.
    """

    stratum: IntArray
    time: FloatArray
    events: IntArray
    weight: FloatArray
    stop: IntArray
    left: IntArray
    first: IntArray
    last: IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoxPlan:
    """Rows by stratum, the latest first, with covariates centred and scaled.

    Attributes
    ----------
    order : ndarray of int, shape (n,)
        The row of the input in each place.
    x : ndarray, shape (n, p)
        (covariate - centre) / scale.
    time, entry, weights, offset : ndarray, shape (n,)
        An entry of minus infinity is one that no row waits for.
    event : ndarray of bool, shape (n,)
    by_entry : ndarray of int, shape (n,)
        Places by stratum, the latest entry first.
    starts : ndarray of int, shape (n_strata + 1,)
        The first place of each stratum, and the number of rows.
    strata : ndarray, shape (n_strata,)
        Labels of the strata.
    centre, scale : ndarray, shape (p,)
    at : RiskTimes
    """

    order: IntArray
    x: FloatArray
    time: FloatArray
    entry: FloatArray
    weights: FloatArray
    offset: FloatArray
    event: BoolArray
    by_entry: IntArray
    starts: IntArray
    strata: npt.NDArray[Any]
    centre: FloatArray
    scale: FloatArray
    at: RiskTimes


def plan_cox(rows: CoxRows, *, what: str) -> CoxPlan | Refusal:
    """Check the values of the rows and sort them.

    Parameters
    ----------
    rows : CoxRows
    what : str
        The name of the quantity, for a refusal.

    Returns
    -------
    CoxPlan or Refusal
        A refusal without events or covariates, for values that are not finite, for rows that do
        not end after their entry, and for a covariate that is the same in every row.
    """
    bad = _find_faults(rows, what)
    if bad is not None:
        return bad
    p = rows.covariates.shape[1]
    centre = rows.covariates.mean(axis=0)
    scale = rows.covariates.std(axis=0)
    constant = np.flatnonzero(scale <= 1e-12 * (np.abs(centre) + scale))
    if len(constant) or not p:
        why = "is the same in every row"
        return Refusal(what, f"{rows.names[constant[0]]} {why}" if p else "there is no covariate")
    return _sort(rows, centre, scale)


def _sort(rows: CoxRows, centre: FloatArray, scale: FloatArray) -> CoxPlan:
    n = len(rows.time)
    labels, stratum = _index_strata(rows.strata, n)
    order = np.argsort(-rows.time, kind="stable")
    if len(labels) > 1:
        order = order[np.argsort(stratum[order], kind="stable")]
    time, event = rows.time[order], rows.event[order]
    weights = np.ones(n) if rows.weights is None else rows.weights[order]
    entry = np.full(n, -np.inf) if rows.entry is None else rows.entry[order]
    by_entry = np.arange(n) if rows.entry is None else np.lexsort((-entry, stratum[order]))
    starts = np.concatenate([[0], np.cumsum(np.bincount(stratum, minlength=len(labels)))])
    return CoxPlan(
        order=order,
        x=(rows.covariates[order] - centre) / scale,
        time=time,
        entry=entry,
        weights=weights,
        offset=np.zeros(n) if rows.offset is None else rows.offset[order],
        event=event,
        by_entry=by_entry,
        starts=starts,
        strata=labels,
        centre=centre,
        scale=scale,
        at=_find_times(time, event, weights, (entry, by_entry, starts)),
    )


def _find_times(
    time: FloatArray,
    event: BoolArray,
    weights: FloatArray,
    entries: tuple[FloatArray, IntArray, IntArray],
) -> RiskTimes:
    from relatum.inference.cox_kernels import locate

    entry, by_entry, starts = entries
    new = np.ones(len(time), dtype=bool)
    new[1:] = time[1:] != time[:-1]
    new[starts[:-1]] = True
    block = np.cumsum(new) - 1
    stops = np.append(np.flatnonzero(new)[1:], len(time))
    events = np.bincount(block[event], minlength=len(stops))
    used = events > 0
    stop = stops[used]
    stratum = np.searchsorted(starts, stop, side="left") - 1
    first: IntArray = (np.cumsum(used) - used)[block]
    last = np.empty(len(time), dtype=np.int64)
    left = np.empty(len(stop), dtype=np.int64)
    locate(time[stop - 1], stratum, entry, by_entry, starts, last, left)
    return RiskTimes(
        stratum=stratum,
        time=time[stop - 1],
        events=events[used],
        weight=np.bincount(block[event], weights[event], len(stops))[used].astype(np.float64),
        stop=stop,
        left=left,
        first=first,
        last=last,
    )


def _find_faults(rows: CoxRows, what: str) -> Refusal | None:
    arrays = {
        "times": rows.time,
        "covariates": rows.covariates,
        "weights": rows.weights,
        "offsets": rows.offset,
    }
    bad = find_non_finite(what, arrays)
    if bad is not None:
        return bad
    if rows.entry is not None:
        if np.isnan(rows.entry).any():
            return find_non_finite(what, {"entries": rows.entry})
        late = int((rows.entry >= rows.time).sum())
        if late:
            words = "row does" if late == 1 else "rows do"
            return Refusal(what, f"{late} {words} not end after the entry")
    return None if rows.event.any() else Refusal(what, "there is no event")


def _index_strata(strata: npt.NDArray[Any] | None, n: int) -> tuple[npt.NDArray[Any], IntArray]:
    if strata is None:
        return np.array(["all"]), np.zeros(n, dtype=np.int64)
    labels, codes = np.unique(strata, return_inverse=True)
    return labels, np.asarray(codes, dtype=np.int64).reshape(-1)
