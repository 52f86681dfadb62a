"""Restricted mean survival time, and its difference and ratios between two groups.

Own arithmetic: the "variance" that lifelines returns is that of min(T, tau), not of its mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.common import (
    FloatArray,
    Refusal,
    check_conf_level,
    normal_quantile,
)
from relatum.inference.risk_sets import ExitRows, RiskTable, check_exit_rows, count_exits

__all__ = [
    "RestrictedMean",
    "RestrictedMeanComparison",
    "RestrictedMeanContrast",
    "compare_restricted_means",
    "restricted_mean",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedMean:
    """Mean time without the event up to a horizon.

    Attributes
    ----------
    estimate, std_error, conf_low, conf_high : float
        Mean time from `start` to the event or to `horizon`, whichever comes first.
    lost, lost_low, lost_high : float
        Mean time lost before the horizon: horizon - start - estimate. The same error.
    start, horizon : float
    conf_level : float
    n_rows : int
        Rows that are under observation at some time between start and horizon.
    n_events : int
        Events between start and horizon, the horizon included.
    """

    estimate: float
    std_error: float
    conf_low: float
    conf_high: float
    lost: float
    lost_low: float
    lost_high: float
    start: float
    horizon: float
    conf_level: float
    n_rows: int
    n_events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedMeanContrast:
    """A difference or ratio of two restricted means.

    Attributes
    ----------
    estimate, conf_low, conf_high : float
    std_error : float
        Of the difference, or of the logarithm of the ratio.
    p_value : float
        Two-sided, for no difference.
    """

    estimate: float
    conf_low: float
    conf_high: float
    std_error: float
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedMeanComparison:
    """Two restricted means compared, the first against the second.

    Attributes
    ----------
    difference : RestrictedMeanContrast
    ratio : RestrictedMeanContrast
        Of the mean times without the event.
    lost_ratio : RestrictedMeanContrast
        Of the mean times lost.
    conf_level : float
    """

    difference: RestrictedMeanContrast
    ratio: RestrictedMeanContrast
    lost_ratio: RestrictedMeanContrast
    conf_level: float


def restricted_mean(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    *,
    horizon: float,
    entry: npt.ArrayLike | None = None,
    start: float = 0.0,
    conf_level: float = 0.95,
) -> RestrictedMean | Refusal:
    """Estimate the mean time without the event between a start and a horizon.

    Parameters
    ----------
    time, event, entry : array_like, shape (n,)
        As in `survival_curves.kaplan_meier`; times from 0.
    horizon : float
        The end of the period, in the unit of the times.
    start : float
        Its beginning. Above 0 the mean is that of those still without the event at the start: with
        delayed entry, choose a start at which enough rows are at risk.
    conf_level : float

    Returns
    -------
    RestrictedMean or Refusal
        A refusal without rows, without an event in the period, for a curve that falls to 0 while
        rows are still to come, and for a horizon behind the last row of a curve that is above 0.

    Raises
    ------
    ValueError
        For lengths that differ, events that are not 0 or 1, or a horizon that is not after the
        start.

    Notes
    -----
    The area under the Kaplan-Meier curve. Its variance is the sum over event times of
    A(t)^2 d / (n (n - d)), A(t) the area from t to the horizon. Royston and Parmar 2013,
    doi:10.1186/1471-2288-13-152.

    Examples
    --------
    >>> found = restricted_mean([2, 3, 3, 5, 8], [1, 1, 0, 1, 0], horizon=6)
    >>> round(found.estimate, 3), round(found.std_error, 3)
    (4.3, 0.705)
    """
    what = "restricted mean"
    check_conf_level(conf_level)
    if not start < horizon:
        raise ValueError(f"horizon must come after the start, {start:g}, not {horizon!r}.")
    rows = check_exit_rows(what, time, event, entry=entry)
    if isinstance(rows, Refusal):
        return rows
    inside = rows.time > start
    if rows.entry is not None:
        inside &= rows.entry < horizon
    if not inside.any():
        return Refusal(what, "no row is under observation in the period")
    rows = ExitRows(
        time=rows.time[inside],
        kind=rows.kind[inside],
        entry=None if rows.entry is None else np.maximum(rows.entry[inside], start),
    )
    table = count_exits(rows)
    return _area(table, (start, horizon), conf_level, int(inside.sum()))


def _area(
    table: RiskTable, period: tuple[float, float], conf_level: float, n_rows: int
) -> RestrictedMean | Refusal:
    what = "restricted mean"
    start, horizon = period
    used = table.time <= horizon
    events, at_risk = table.events[used, 0], table.at_risk[used]
    if not events.any():
        return Refusal(what, "there is no event in the period")
    survival = np.cumprod(1.0 - events / at_risk)
    end = float(table.time[-1])
    if survival[-1] > 0 and end < horizon:
        return Refusal(what, f"observation ends at {end:g}, before the horizon {horizon:g}")
    zero = survival == 0.0
    if zero.any() and zero.argmax() < len(table.time) - 1:
        when = float(table.time[zero.argmax()])
        return Refusal(
            what, f"the curve falls to 0 at {when:g}, though rows are observed later; start later"
        )
    edges = np.concatenate([[start], table.time[used], [horizon]])
    pieces = np.diff(edges) * np.concatenate([[1.0], survival])
    estimate = float(pieces.sum())
    std_error = _error(pieces, events, at_risk)
    half = normal_quantile(conf_level) * std_error
    lost = horizon - start - estimate
    return RestrictedMean(
        estimate=estimate,
        std_error=std_error,
        conf_low=estimate - half,
        conf_high=estimate + half,
        lost=lost,
        lost_low=lost - half,
        lost_high=lost + half,
        start=start,
        horizon=horizon,
        conf_level=conf_level,
        n_rows=n_rows,
        n_events=int(table.n_events[used].sum()),
    )


def _error(pieces: FloatArray, events: FloatArray, at_risk: FloatArray) -> float:
    area_after = np.cumsum(pieces[:0:-1])[::-1]
    left = at_risk - events
    steps = np.divide(events, at_risk * left, out=np.zeros(len(events)), where=left > 0)
    return float(np.sqrt((area_after**2 * steps).sum()))


def compare_restricted_means(
    first: RestrictedMean, second: RestrictedMean
) -> RestrictedMeanComparison | Refusal:
    """Compare the restricted means of two independent groups.

    Parameters
    ----------
    first, second : RestrictedMean
        Over the same period, at the same level.

    Returns
    -------
    RestrictedMeanComparison or Refusal
        The first minus, or divided by, the second. A refusal where neither mean has an error, or
        one is 0.

    Raises
    ------
    ValueError
        For another period or level.

    Notes
    -----
    Ratios on the logarithmic scale by the delta method, as in the R package survRM2. Uno et al.
    2014, doi:10.1200/JCO.2014.55.2208.

    Examples
    --------
    >>> a = restricted_mean([2, 3, 3, 5, 8], [1, 1, 0, 1, 0], horizon=6)
    >>> b = restricted_mean([1, 3, 6, 7, 9], [1, 1, 0, 1, 1], horizon=6)
    >>> found = compare_restricted_means(a, b)
    >>> round(found.difference.estimate, 2), round(found.ratio.estimate, 2)
    (-0.1, 0.98)
    """
    one, two = ((mean.start, mean.horizon, mean.conf_level) for mean in (first, second))
    if one != two:
        raise ValueError("both means need the same start, horizon and conf_level.")
    what = "comparison of restricted means"
    if first.std_error == 0.0 and second.std_error == 0.0:
        return Refusal(what, "no time of an event carries an error in either group")
    if min(first.estimate, second.estimate, first.lost, second.lost) <= 0:
        return Refusal(what, "a mean is 0, so that there is no ratio")
    z = normal_quantile(first.conf_level)
    error = float(np.hypot(first.std_error, second.std_error))
    gap = first.estimate - second.estimate
    return RestrictedMeanComparison(
        difference=RestrictedMeanContrast(
            estimate=gap,
            conf_low=gap - z * error,
            conf_high=gap + z * error,
            std_error=error,
            p_value=_two_sided(gap / error),
        ),
        ratio=_ratio((first.estimate, second.estimate), first, second),
        lost_ratio=_ratio((first.lost, second.lost), first, second),
        conf_level=first.conf_level,
    )


def _ratio(
    values: tuple[float, float], first: RestrictedMean, second: RestrictedMean
) -> RestrictedMeanContrast:
    z = normal_quantile(first.conf_level)
    error = float(np.hypot(first.std_error / values[0], second.std_error / values[1]))
    log = float(np.log(values[0] / values[1]))
    return RestrictedMeanContrast(
        estimate=values[0] / values[1],
        conf_low=float(np.exp(log - z * error)),
        conf_high=float(np.exp(log + z * error)),
        std_error=error,
        p_value=_two_sided(log / error),
    )


def _two_sided(z: float) -> float:
    return float(2.0 * special.ndtr(-abs(z)))
