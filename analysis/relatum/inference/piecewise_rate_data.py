"""What a rate of recurrent events is estimated from: rows at risk, and intervals of dates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, IntArray, Refusal, as_matrix, as_vector

__all__ = [
    "EventIntervals",
    "RiskRows",
    "check_rows_and_events",
    "event_intervals",
    "risk_rows",
]

Labels = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RiskRows:
    """Time at risk, one or more rows per unit; build it with `risk_rows`.

    Attributes
    ----------
    unit : ndarray, shape (n_rows,)
        A label per row: the relationship.
    start, stop : ndarray, shape (n_rows,)
        The row is at risk when start < t <= stop.
    cluster : ndarray, shape (n_rows,)
        The case of the unit.
    onset_lower, onset_upper : ndarray, shape (n_rows,)
        The unit's origin lies between them, on the calendar of `start` and `stop`.
    covariates : ndarray, shape (n_rows, k)
    """

    unit: Labels
    start: FloatArray
    stop: FloatArray
    cluster: Labels
    onset_lower: FloatArray
    onset_upper: FloatArray
    covariates: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EventIntervals:
    """Events as intervals; build it with `event_intervals`.

    Attributes
    ----------
    unit : ndarray, shape (n_events,)
    lower, upper : ndarray, shape (n_events,)
        The event lies in (lower, upper]; equal ends are an exact time.
    order : ndarray of int, shape (n_events,)
        The event's place among those of its unit whose order is known; 0 where it is not.
    """

    unit: Labels
    lower: FloatArray
    upper: FloatArray
    order: IntArray


def _labels(values: npt.ArrayLike, *, name: str, length: int | None = None) -> Labels:
    labels = np.asarray(values)
    if labels.ndim != 1 or (length is not None and len(labels) != length):
        raise ValueError(f"{name} must have one label per row.")
    return labels


def risk_rows(
    unit: npt.ArrayLike,
    start: npt.ArrayLike,
    stop: npt.ArrayLike,
    *,
    cluster: npt.ArrayLike,
    onset: npt.ArrayLike | None = None,
    covariates: npt.ArrayLike | None = None,
) -> RiskRows:
    """Gather the time at risk of all units.

    Parameters
    ----------
    unit : array_like, shape (n_rows,)
        The relationship. A unit may have several rows: its time split where a covariate changes,
        or gaps in which nobody watched.
    start, stop : array_like, shape (n_rows,)
        Days (or any unit of time) on one calendar per unit, such as days since entry. The first
        start is the delayed entry.
    cluster : array_like, shape (n_rows,)
        The case.
    onset : array_like, shape (n_rows,) or (n_rows, 2), optional
        The origin of the clock on the same calendar, or its earliest and latest place. Without
        it the calendar is the clock.
    covariates : array_like, shape (n_rows,) or (n_rows, k), optional

    Returns
    -------
    RiskRows

    Raises
    ------
    ValueError
        For lengths that differ.

    Examples
    --------
    >>> rows = risk_rows(["a", "b"], [0, 0], [90, 30], cluster=[1, 1], onset=[[-40, -10], [0, 0]])
    >>> rows.onset_lower
    array([-40.,   0.])
    """
    labels = _labels(unit, name="unit")
    n = len(labels)
    origin = np.zeros((n, 1)) if onset is None else as_matrix(onset, name="onset", length=n)
    if origin.shape[1] > 2:
        raise ValueError("onset must have one or two columns.")
    x = np.zeros((n, 0)) if covariates is None else covariates
    return RiskRows(
        unit=labels,
        start=as_vector(start, name="start", length=n),
        stop=as_vector(stop, name="stop", length=n),
        cluster=_labels(cluster, name="cluster", length=n),
        onset_lower=np.ascontiguousarray(origin[:, 0]),
        onset_upper=np.ascontiguousarray(origin[:, -1]),
        covariates=np.ascontiguousarray(as_matrix(x, name="covariates", length=n)),
    )


def event_intervals(
    unit: npt.ArrayLike,
    lower: npt.ArrayLike,
    upper: npt.ArrayLike,
    *,
    order: npt.ArrayLike | None = None,
) -> EventIntervals:
    """Gather the events of all units.

    Parameters
    ----------
    unit : array_like, shape (n_events,)
    lower, upper : array_like, shape (n_events,)
        The event lies in (lower, upper], on the calendar of the rows at risk. Equal ends are an
        exact time. A day d of a calendar that counts days is (d - 1, d].
    order : array_like of int, shape (n_events,), optional
        From 1, per unit; 0 where the order is not known. Gaps are allowed.

    Returns
    -------
    EventIntervals

    Raises
    ------
    ValueError
        For lengths that differ, or an order that is not a whole number from 0.

    Examples
    --------
    >>> event_intervals(["a"], [10], [17]).order
    array([0])
    """
    labels = _labels(unit, name="unit")
    n = len(labels)
    places = np.zeros(n) if order is None else as_vector(order, name="order", length=n)
    if not (np.isfinite(places).all() and (places >= 0).all() and (places % 1 == 0).all()):
        raise ValueError("order must be a whole number from 0.")
    return EventIntervals(
        unit=labels,
        lower=as_vector(lower, name="lower", length=n),
        upper=as_vector(upper, name="upper", length=n),
        order=places.astype(np.int64),
    )


def _count_words(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _row_faults(rows: RiskRows) -> str | None:
    """Say what makes the rows impossible."""
    if len(rows.unit) == 0:
        return "there is no time at risk"
    backwards = int((rows.stop <= rows.start).sum())
    if backwards:
        return f"{_count_words(backwards, 'row')} at risk ends before it starts or has no length"
    order = np.lexsort((rows.start, np.unique(rows.unit, return_inverse=True)[1]))
    same = rows.unit[order][1:] == rows.unit[order][:-1]
    overlapping = int((same & (rows.start[order][1:] < rows.stop[order][:-1])).sum())
    if overlapping:
        return f"{_count_words(overlapping, 'row')} at risk overlaps another of its unit"
    if (rows.onset_upper < rows.onset_lower).any():
        return "an onset has its latest day before its earliest"
    late = int((rows.onset_upper > rows.start).sum())
    if late:
        return f"{_count_words(late, 'row')} at risk starts before the onset"
    return None


def _constant_per_unit(values: Labels, codes: IntArray, name: str) -> None:
    first = np.zeros(int(codes.max()) + 1, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    if not (values[first[codes]] == values).all():
        raise ValueError(f"{name} must be the same in every row of a unit.")


def check_rows_and_events(what: str, rows: RiskRows, events: EventIntervals) -> Refusal | None:
    """Refuse rows and events that cannot be.

    Parameters
    ----------
    what : str
        The name of the quantity, for the refusal.
    rows : RiskRows
    events : EventIntervals

    Returns
    -------
    Refusal or None
        For values that are not finite, no time at risk, rows that run backwards, overlap or start
        before the onset, and events that run backwards.

    Raises
    ------
    ValueError
        If a unit lies in two cases or has two onsets, or an event belongs to no unit at risk.
    """
    arrays = (rows.start, rows.stop, rows.onset_lower, rows.onset_upper, rows.covariates)
    if not all(np.isfinite(array).all() for array in (*arrays, events.lower, events.upper)):
        return Refusal(what, "a time or covariate is not finite")
    fault = _row_faults(rows)
    if fault is not None:
        return Refusal(what, fault)
    codes = np.unique(rows.unit, return_inverse=True)[1].astype(np.int64)
    _constant_per_unit(rows.cluster, codes, "cluster")
    _constant_per_unit(rows.onset_lower, codes, "onset")
    _constant_per_unit(rows.onset_upper, codes, "onset")
    if len(events.unit) and not np.isin(events.unit, rows.unit).all():
        raise ValueError("every event must belong to a unit that has a row at risk.")
    backwards = int((events.upper < events.lower).sum())
    if backwards:
        return Refusal(what, f"{_count_words(backwards, 'event')} ends before it starts")
    return None
