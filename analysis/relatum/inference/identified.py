"""Confidence limits of a parameter of which only bounds are identified."""

from __future__ import annotations

import math

import numpy as np
from scipy import optimize, special

from relatum.inference.common import Interval, Refusal, check_conf_level

__all__ = ["imbens_manski_interval", "union_interval"]


def imbens_manski_interval(
    low: float,
    high: float,
    *,
    se_low: float,
    se_high: float,
    conf_level: float = 0.95,
    df: float = math.inf,
    support: tuple[float, float] = (0.0, 1.0),
) -> Interval | Refusal:
    """Confidence interval of a partially identified parameter.

    Parameters
    ----------
    low, high : float
        Estimated ends of the identified set.
    se_low, se_high : float
        Their standard errors, clustered by case.
    conf_level : float
    df : float
        Degrees of freedom of a t reference (the smaller of the two Satterthwaite values);
        infinite for the normal one.
    support : tuple of float
        The limits are cut to it.

    Returns
    -------
    Interval or Refusal
        `estimate` is the middle of the bounds and is not a point estimate.

    Raises
    ------
    ValueError
        If `low` exceeds `high`, or an error is negative.

    Notes
    -----
    [low - c se_low, high + c se_high] with c solving
    F(c + (high - low) / max(se)) - F(-c) = conf_level: it covers the parameter, not the set
    (Imbens and Manski 2004, doi:10.1111/j.1468-0262.2004.00555.x). With no undocumented row it
    is the two-sided interval, with many the one-sided one.

    Examples
    --------
    >>> print(imbens_manski_interval(0.4, 0.6, se_low=0.05, se_high=0.05))
    0.500 (95% 0.318 to 0.682)
    """
    check_conf_level(conf_level)
    what = "Imbens-Manski interval"
    if not all(map(math.isfinite, (low, high, se_low, se_high))):
        return Refusal(what, "an end point or its standard error is not finite")
    if low > high or min(se_low, se_high) < 0:
        raise ValueError("low must not exceed high, and standard errors must not be negative.")
    if not df > 0:
        return Refusal(what, "there are no degrees of freedom")
    largest = max(se_low, se_high)

    def cdf(value: float) -> float:
        return float(special.ndtr(value) if math.isinf(df) else special.stdtr(df, value))

    def excess(c: float) -> float:
        stretch = math.inf if largest == 0 else (high - low) / largest
        return cdf(c + stretch) - cdf(-c) - conf_level

    top = 1.0
    while excess(top) < 0:
        top *= 2.0
    c = float(optimize.brentq(excess, 0.0, top, xtol=1e-13))
    return Interval(
        estimate=(low + high) / 2.0,
        conf_low=max(support[0], low - c * se_low),
        conf_high=min(support[1], high + c * se_high),
        conf_level=conf_level,
        method="imbens_manski",
    )


def union_interval(lower_coding: Interval, upper_coding: Interval) -> Interval:
    """Join the intervals of the two extreme codings: the headline recipe.

    Parameters
    ----------
    lower_coding, upper_coding : Interval
        With the undocumented rows as absent, and as present.

    Returns
    -------
    Interval
        From the smaller of the lower limits to the larger of the upper ones; it covers each end
        of the identified set at the nominal level.

    Raises
    ------
    ValueError
        If the two have different confidence levels.

    Examples
    --------
    >>> a = Interval(estimate=0.4, conf_low=0.3, conf_high=0.5, conf_level=0.95, method="m")
    >>> b = Interval(estimate=0.6, conf_low=0.45, conf_high=0.8, conf_level=0.95, method="m")
    >>> print(union_interval(a, b))
    0.500 (95% 0.300 to 0.800)
    """
    if lower_coding.conf_level != upper_coding.conf_level:
        raise ValueError("both intervals must have the same confidence level.")
    methods = sorted({lower_coding.method, upper_coding.method})
    return Interval(
        estimate=float(np.mean([lower_coding.estimate, upper_coding.estimate])),
        conf_low=min(lower_coding.conf_low, upper_coding.conf_low),
        conf_high=max(lower_coding.conf_high, upper_coding.conf_high),
        conf_level=lower_coding.conf_level,
        method="union of " + " and ".join(methods),
    )
