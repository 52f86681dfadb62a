"""Kaplan-Meier curves with delayed entry, their limits and quantiles.

Own arithmetic where the libraries differ from R: lifelines takes the left end where a curve equals
the quantile over an interval, has one kind of limits, and raises when a small early risk set is
used up. `hazard_curves` has the cumulative hazard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, Refusal, as_vector
from relatum.inference.curve_limits import carry_limits, limit_probabilities
from relatum.inference.risk_sets import (
    RiskTable,
    check_exit_rows,
    count_exits,
    evaluate_step,
    index_labels,
)

__all__ = [
    "CurvePoints",
    "CurveQuantiles",
    "GroupCurves",
    "SurvivalCurve",
    "kaplan_meier",
    "kaplan_meier_groups",
    "survival_quantiles",
]

_TIE = 1.5e-8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CurvePoints:
    """A survival curve at chosen times.

    Attributes
    ----------
    time, survival, std_error, conf_low, conf_high : ndarray, shape (q,)
        Before the first exit the curve is 1 without error.
    """

    time: FloatArray
    survival: FloatArray
    std_error: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SurvivalCurve:
    """A Kaplan-Meier curve.

    Attributes
    ----------
    time : ndarray, shape (m,)
        Every time at which a row ends.
    at_risk, events, censored : ndarray, shape (m,)
        Counts, or sums of weights.
    survival, std_error, conf_low, conf_high : ndarray, shape (m,)
        The curve from each time on, its Greenwood error, and pointwise limits. Where it is 1 the
        limits are 1; where it is 0 the error is 0 and the limits are those of `carry_limits`.
    limits : str
        The scale of the limits.
    conf_level : float
    n_rows, n_events : int
    """

    time: FloatArray
    at_risk: FloatArray
    events: FloatArray
    censored: FloatArray
    survival: FloatArray
    std_error: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray
    limits: str
    conf_level: float
    n_rows: int
    n_events: int

    @property
    def emptied_early(self) -> float | None:
        """When the curve fell to 0 though rows were observed later; None where it did not.

        With delayed entry a first, small risk set can be used up. The curve then stays at 0 and
        says nothing about those who enter later: start it later, where more are at risk.
        """
        zero = self.survival == 0.0
        if not zero.any() or zero.argmax() == len(zero) - 1:
            return None
        return float(self.time[zero.argmax()])

    def at(self, times: npt.ArrayLike) -> CurvePoints:
        """Read the curve at given times, each shape (q,)."""
        where = as_vector(times, name="times")

        def read(values: FloatArray, before: float) -> FloatArray:
            return evaluate_step(self.time, values, where, before=before)

        return CurvePoints(
            time=where,
            survival=read(self.survival, 1.0),
            std_error=read(self.std_error, 0.0),
            conf_low=read(self.conf_low, 1.0),
            conf_high=read(self.conf_high, 1.0),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CurveQuantiles:
    """Times by which given shares have had the event.

    Attributes
    ----------
    share : ndarray, shape (q,)
        The share with the event: .5 for the median.
    time, conf_low, conf_high : ndarray, shape (q,)
        Infinite where the curve, or its limit, does not come down so far.
    """

    share: FloatArray
    time: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupCurves:
    """One survival curve per group.

    Attributes
    ----------
    labels : ndarray, shape (k,)
        Sorted.
    curves : tuple of SurvivalCurve
        In the order of the labels.
    """

    labels: npt.NDArray[Any]
    curves: tuple[SurvivalCurve, ...]


def kaplan_meier(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    limits: str = "log-log",
    conf_level: float = 0.95,
) -> SurvivalCurve | Refusal:
    """Estimate the share still without the event at each time.

    Parameters
    ----------
    time : array_like, shape (n,)
        When each row ended, in any unit.
    event : array_like of bool, shape (n,)
        Whether it ended with the event.
    entry : array_like, shape (n,), optional
        When the row came under observation; at risk when entry < t <= time.
    weights : array_like, shape (n,), optional
        Above 0. The error takes them for counts of like rows.
    limits : {"log-log", "log", "plain", "logit", "arcsine"}
    conf_level : float

    Returns
    -------
    SurvivalCurve or Refusal
        A refusal without rows, for times that are not finite, or rows that end before they begin.

    Raises
    ------
    ValueError
        For lengths that differ, events that are not 0 or 1, an unknown scale or level.

    Notes
    -----
    S(t) = product over event times of 1 - d/n, with Greenwood's error
    S sqrt(sum d / (n (n - d))). It assumes that ends without an event, and entry, say nothing about
    the event, and that rows are independent: in clustered data the error is too small.
    Kaplan and Meier 1958, doi:10.1080/01621459.1958.10501452.

    Examples
    --------
    >>> curve = kaplan_meier([2, 3, 3, 5, 8], [1, 1, 0, 1, 0])
    >>> curve.survival.round(2)
    array([0.8, 0.6, 0.3, 0.3])
    >>> float(curve.at([4]).std_error.round(3)[0])
    0.219
    """
    rows = check_exit_rows("survival curve", time, event, entry=entry, weights=weights)
    if isinstance(rows, Refusal):
        return rows
    return _curve_from_table(count_exits(rows), (limits, conf_level), len(rows.time))


def _curve_from_table(table: RiskTable, style: tuple[str, float], n_rows: int) -> SurvivalCurve:
    events = table.events[:, 0]
    left = table.at_risk - events
    left[left < 1e-12 * table.at_risk] = 0.0
    survival = np.cumprod(left / table.at_risk, dtype=np.float64)
    steps = np.divide(events, table.at_risk * left, out=np.zeros(len(events)), where=survival > 0)
    std_error = survival * np.sqrt(np.cumsum(steps))
    low, high = limit_probabilities(survival, std_error, limits=style[0], conf_level=style[1])
    low, high = carry_limits(survival, low, high)
    return SurvivalCurve(
        time=table.time,
        at_risk=table.at_risk,
        events=events,
        censored=table.censored,
        survival=survival,
        std_error=std_error,
        conf_low=low,
        conf_high=high,
        limits=style[0],
        conf_level=style[1],
        n_rows=n_rows,
        n_events=int(table.n_events.sum()),
    )


def kaplan_meier_groups(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    group: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    limits: str = "log-log",
    conf_level: float = 0.95,
) -> GroupCurves | Refusal:
    """Estimate a Kaplan-Meier curve for each group.

    Parameters
    ----------
    time, event : array_like, shape (n,)
        As in `kaplan_meier`.
    group : array_like, shape (n,)
        A label per row.
    entry, weights, limits, conf_level
        As in `kaplan_meier`.

    Returns
    -------
    GroupCurves or Refusal

    Raises
    ------
    ValueError
        As in `kaplan_meier`.

    Examples
    --------
    >>> found = kaplan_meier_groups([2, 3, 4, 6], [1, 0, 1, 1], ["b", "a", "a", "b"])
    >>> [(str(label), curve.n_rows) for label, curve in zip(found.labels, found.curves)]
    [('a', 2), ('b', 2)]
    """
    rows = check_exit_rows("survival curves", time, event, entry=entry, weights=weights)
    if isinstance(rows, Refusal):
        return rows
    labels, codes = index_labels(group, name="group", length=len(rows.time))
    curves = []
    for code in range(len(labels)):
        mine = codes == code
        parts = [None if part is None else part[mine] for part in (rows.entry, rows.weights)]
        found = kaplan_meier(
            rows.time[mine],
            rows.kind[mine],
            entry=parts[0],
            weights=parts[1],
            limits=limits,
            conf_level=conf_level,
        )
        if isinstance(found, Refusal):  # the rows were checked, and no group is empty
            return found
        curves.append(found)
    return GroupCurves(labels=labels, curves=tuple(curves))


def survival_quantiles(
    curve: SurvivalCurve, *, shares: Sequence[float] = (0.25, 0.5, 0.75), start: float = 0.0
) -> CurveQuantiles:
    """Find when given shares have had the event.

    Parameters
    ----------
    curve : SurvivalCurve
    shares : sequence of float
        Shares with the event, between 0 and 1.
    start : float
        Where the curve begins.

    Returns
    -------
    CurveQuantiles

    Raises
    ------
    ValueError
        For a share outside 0 to 1.

    Notes
    -----
    The quantile is where the curve first reaches 1 - share. Where it equals 1 - share over an
    interval, the middle of that interval; at the end of the curve the interval ends with the last
    time, as in R's survival. The limits are where the pointwise limits cross, taken in the same
    way (Brookmeyer and Crowley 1982, doi:10.2307/2530286).

    Examples
    --------
    >>> curve = kaplan_meier([2, 3, 7, 9], [1, 1, 1, 1])
    >>> survival_quantiles(curve, shares=[0.5]).time
    array([5.])
    """
    share = as_vector(shares, name="shares")
    if not ((share > 0) & (share < 1)).all():
        raise ValueError("shares must lie between 0 and 1.")
    knots = np.concatenate([[start], curve.time])
    found = [
        np.array([_crossing(knots, np.concatenate([[0.0], 1.0 - values]), p) for p in share])
        for values in (curve.survival, curve.conf_low, curve.conf_high)
    ]
    return CurveQuantiles(share=share, time=found[0], conf_low=found[1], conf_high=found[2])


def _crossing(knots: FloatArray, risen: FloatArray, share: float) -> float:
    reached = risen >= share - _TIE
    if not reached.any():
        return np.inf
    first = int(reached.argmax())
    if risen[first] > share + _TIE:
        return float(knots[first])
    above = risen > share + _TIE
    last = knots[above.argmax()] if above.any() else knots[-1]
    return float((knots[first] + last) / 2)
