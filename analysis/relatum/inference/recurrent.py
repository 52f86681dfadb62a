"""Regression of repeated events: Andersen-Gill, and Prentice-Williams-Peterson in both clocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

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
from relatum.inference.cox import CoxFit, cox_regression
from relatum.inference.cox_rows import BoolArray, CoxRows
from relatum.inference.cox_sums import Ties

__all__ = ["RecurrentModel", "RecurrentRows", "recurrent_cox"]

RecurrentModel = Literal["andersen-gill", "pwp-total", "pwp-gap"]
WHAT = "regression of repeated events"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecurrentRows:
    """The observed time of each subject, cut at its events.

    Attributes
    ----------
    subject : ndarray, shape (n,)
        Label of the subject of each row.
    start, stop : ndarray, shape (n,)
        The row is at risk at t when start < t <= stop; rows of a subject do not overlap.
    event : ndarray of bool, shape (n,)
        Whether the row ends with an event.
    order : ndarray of int, shape (n,)
        1 while the subject waits for its first event, 2 for its second, and so on.
    covariates : ndarray, shape (n, p)
        Without a constant; they may change from row to row.
    names : tuple of str
        A name per covariate; by default "covariate 1" and so on.

    Raises
    ------
    ValueError
        For lengths that differ, or an order that is not a whole number from 1.
    """

    subject: npt.NDArray[Any]
    start: FloatArray
    stop: FloatArray
    event: BoolArray
    order: IntArray
    covariates: FloatArray
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        subject = np.asarray(self.subject)
        n = len(subject)
        order = as_vector(self.order, name="order", length=n)
        if not (np.isfinite(order) & (order >= 1) & (order == np.floor(order))).all():
            raise ValueError("order must be a whole number from 1.")
        values = {
            "subject": subject,
            "start": as_vector(self.start, name="start", length=n),
            "stop": as_vector(self.stop, name="stop", length=n),
            "event": as_vector(self.event, name="event", length=n),
            "order": order.astype(np.int64),
            "covariates": as_matrix(self.covariates, name="covariates", length=n),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)


def recurrent_cox(
    rows: RecurrentRows,
    *,
    model: RecurrentModel,
    ties: Ties = "efron",
    max_order: int | None = None,
    cluster: npt.ArrayLike | None = None,
    conf_level: float = 0.95,
) -> CoxFit | Refusal:
    """Estimate log ratios of the rate or hazard of repeated events.

    Parameters
    ----------
    rows : RecurrentRows
    model : {"andersen-gill", "pwp-total", "pwp-gap"}
        One rate for all events; a hazard for each order of event, on the time since the origin; the
        same on the time since the event before.
    ties : {"efron", "breslow"}, default "efron"
    max_order : int, optional
        Events of this order and later share one hazard in the second and third model.
    cluster : array_like, shape (n,), optional
        For the robust errors; by default the subject. A cluster must hold whole subjects.
    conf_level : float, default 0.95

    Returns
    -------
    CoxFit or Refusal
        With robust errors. A refusal as `cox_regression` gives one, and when rows of a subject
        overlap or its orders fall.

    Raises
    ------
    ValueError
        For an unknown word, exact ties, a cluster that splits a subject, or a `max_order` below 1.

    Notes
    -----
    Andersen and Gill 1982, doi:10.1214/aos/1176345976; Prentice, Williams and Peterson 1981,
    doi:10.1093/biomet/68.2.373. The first takes the rate as the same after any history that the
    covariates do not tell of. In the others only those with an earlier event are at risk of
    the next, so that groups that were alike at first need no longer be. The gap clock starts with
    the first row of each order, also where a subject entered late.

    Examples
    --------
    >>> rows = RecurrentRows(
    ...     subject=np.array([1, 1, 2, 2, 3, 4]),
    ...     start=np.array([0.0, 4.0, 0.0, 7.0, 0.0, 0.0]),
    ...     stop=np.array([4.0, 9.0, 7.0, 8.0, 6.0, 5.0]),
    ...     event=np.array([1, 0, 1, 0, 1, 0]),
    ...     order=np.array([1, 2, 1, 2, 1, 1]),
    ...     covariates=np.array([1.0, 1.0, 0.0, 0.0, 1.0, 0.0]),
    ... )
    >>> fit = recurrent_cox(rows, model="andersen-gill")
    >>> round(float(fit.coef[0]), 3), fit.n_clusters
    (0.481, 4)
    """
    if model not in get_args(RecurrentModel):
        raise ValueError(f"model must be one of {', '.join(get_args(RecurrentModel))}.")
    if ties == "exact":
        raise ValueError("exact ties give no robust errors; use 'efron'.")
    if max_order is not None and max_order < 1:
        raise ValueError(f"max_order must be at least 1, not {max_order}.")
    codes = np.unique(rows.subject, return_inverse=True)[1].reshape(-1)
    labels = codes if cluster is None else np.unique(np.asarray(cluster), return_inverse=True)[1]
    labels = labels.reshape(-1)
    if len(labels) != len(codes):
        raise ValueError(f"cluster has {len(labels)} labels, but there are {len(codes)} rows.")
    pairs = np.unique(np.column_stack([codes, labels]), axis=0)
    if len(pairs) != len(np.unique(codes)):
        raise ValueError("a cluster must hold whole subjects; one subject has several labels.")
    fault = _find_faults(rows, codes)
    if fault is not None:
        return fault
    gap = model == "pwp-gap"
    origin = _gap_origins(rows, codes) if gap else 0.0
    highest = int(rows.order.max()) if max_order is None else max_order
    return cox_regression(
        CoxRows(
            time=rows.stop - origin,
            event=rows.event,
            covariates=rows.covariates,
            entry=rows.start - origin,
            strata=None if model == "andersen-gill" else np.minimum(rows.order, highest),
            names=rows.names,
        ),
        ties=ties,
        cluster=labels,
        conf_level=conf_level,
    )


def _find_faults(rows: RecurrentRows, codes: IntArray) -> Refusal | None:
    bad = find_non_finite(WHAT, {"starts": rows.start, "stops": rows.stop})
    if bad is not None:
        return bad
    place = np.lexsort((rows.start, codes))
    same = np.diff(codes[place]) == 0
    overlaps = same & (rows.start[place][1:] < rows.stop[place][:-1])
    falls = same & (np.diff(rows.order[place]) < 0)
    for found, words in ((overlaps, "begin before the one before ends"), (falls, "fall in order")):
        if found.any():
            return Refusal(WHAT, f"{int(found.sum())} rows of a subject {words}")
    return None


def _gap_origins(rows: RecurrentRows, codes: IntArray) -> FloatArray:
    """Start of the first row of the same subject and order."""
    keys = np.unique(np.column_stack([codes, rows.order]), axis=0, return_inverse=True)[1]
    keys = keys.reshape(-1)
    first = np.full(int(keys.max()) + 1, np.inf)
    np.minimum.at(first, keys, rows.start)
    return np.asarray(first[keys])
