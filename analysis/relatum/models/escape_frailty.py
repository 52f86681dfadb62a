"""Rate of attempts where cases differ by a gamma frailty whose variance is assumed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from relatum.inference.common import FloatArray, Refusal, as_vector, check_conf_level

__all__ = ["FrailtyRate", "frailty_rate"]

_WHAT = "rate under a gamma frailty"
#: Logarithms of the rate beyond which a limit is not looked for.
_FARTHEST = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FrailtyRate:
    """A rate with limits of the likelihood.

    Attributes
    ----------
    estimate, conf_low, conf_high : float
        Per unit of time: the mean over cases of frailty one.
    conf_level : float
    log_likelihood : float
        Of the counts, constants included.
    """

    estimate: float
    conf_low: float
    conf_high: float
    conf_level: float
    log_likelihood: float


def frailty_rate(
    events: npt.ArrayLike, time: npt.ArrayLike, *, variance: float, conf_level: float = 0.95
) -> FrailtyRate | Refusal:
    """Estimate a rate from counts of cases, with a gamma frailty of given variance.

    Parameters
    ----------
    events : array_like of int, shape (n_cases,)
    time : array_like, shape (n_cases,)
        Time at risk, positive.
    variance : float
        Of the frailty, whose mean is 1; 0 gives the Poisson model.
    conf_level : float

    Returns
    -------
    FrailtyRate or Refusal
        A refusal without events.

    Raises
    ------
    ValueError
        For a negative variance, or time that is not positive.

    Notes
    -----
    Count y in time t has the negative binomial distribution with mean m = rate t and variance
    m + variance m^2. The rate solves sum (y - m) / (1 + variance m) = 0, which falls in the rate,
    so there is one root. Limits invert the likelihood ratio test; they rest on the variance,
    which so few events cannot tell.

    Examples
    --------
    >>> found = frailty_rate([6, 2], [10.0, 10.0], variance=0.5)
    >>> round(found.estimate, 6), found.conf_low < 0.2, found.conf_high > 0.8
    (0.4, True, True)
    """
    check_conf_level(conf_level)
    y = as_vector(events, name="events")
    t = as_vector(time, name="time", length=len(y))
    if not variance >= 0 or not (t > 0).all():
        raise ValueError("variance must be 0 or more, and time positive.")
    if y.sum() == 0:
        return Refusal(_WHAT, "no event was observed")

    def score(log_rate: float) -> float:
        mean = math.exp(log_rate) * t
        return float(((y - mean) / (1.0 + variance * mean)).sum())

    pooled = math.log(y.sum() / t.sum())
    highest = math.log((y / t).max()) + 1e-9
    best = pooled if variance == 0 else _root(score, min(pooled, highest) - _FARTHEST, highest)
    top = _log_likelihood(best, y, t, variance)
    allowed = float(special.chdtri(1, 1.0 - conf_level))

    def fall(log_rate: float) -> float:
        return 2.0 * (top - _log_likelihood(log_rate, y, t, variance)) - allowed

    low, high = (_limit(fall, best, side) for side in (-1.0, 1.0))
    return FrailtyRate(
        estimate=math.exp(best),
        conf_low=0.0 if low is None else math.exp(low),
        conf_high=math.inf if high is None else math.exp(high),
        conf_level=conf_level,
        log_likelihood=top,
    )


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    return float(optimize.brentq(function, low, high, xtol=1e-12))


def _limit(fall: Callable[[float], float], best: float, side: float) -> float | None:
    far = best + side * _FARTHEST
    return None if fall(far) <= 0 else _root(fall, min(best, far), max(best, far))


def _log_likelihood(log_rate: float, y: FloatArray, t: FloatArray, variance: float) -> float:
    mean = math.exp(log_rate) * t
    if variance == 0:
        terms = y * np.log(mean) - mean - special.gammaln(y + 1.0)
        return float(terms.sum())
    shape = 1.0 / variance
    terms = special.gammaln(y + shape) - special.gammaln(shape) - special.gammaln(y + 1.0)
    terms = terms + y * np.log(variance * mean) - (y + shape) * np.log1p(variance * mean)
    return float(terms.sum())
