"""Pointwise limits of a probability that was estimated at many times."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from relatum.inference.common import FloatArray, check_conf_level, normal_quantile

__all__ = ["LIMITS", "carry_limits", "limit_amounts", "limit_probabilities"]

Pair = tuple[FloatArray, FloatArray]


def _plain(p: FloatArray, half: FloatArray) -> Pair:
    return p - half, p + half


def _log(p: FloatArray, half: FloatArray) -> Pair:
    factor = np.exp(half / p)
    return p / factor, p * factor


def _log_log(p: FloatArray, half: FloatArray) -> Pair:
    depth = np.log(p)
    power = np.exp(-half / (p * depth))
    return np.exp(depth * power), np.exp(depth / power)


def _logit(p: FloatArray, half: FloatArray) -> Pair:
    odds, factor = p / (1.0 - p), np.exp(half / (p * (1.0 - p)))
    low, high = odds / factor, odds * factor
    return low / (1.0 + low), 1.0 - 1.0 / (1.0 + high)


def _arcsine(p: FloatArray, half: FloatArray) -> Pair:
    angle = np.arcsin(np.sqrt(p))
    step = 0.5 * half / np.sqrt(p * (1.0 - p))
    low, high = np.maximum(angle - step, 0.0), np.minimum(angle + step, np.pi / 2)
    return np.sin(low) ** 2, np.sin(high) ** 2


_RECIPES: dict[str, Callable[[FloatArray, FloatArray], Pair]] = {
    "plain": _plain,
    "log": _log,
    "log-log": _log_log,
    "logit": _logit,
    "arcsine": _arcsine,
}
LIMITS = tuple(_RECIPES)


def limit_probabilities(
    estimate: FloatArray, std_error: FloatArray, *, limits: str, conf_level: float
) -> Pair:
    """Limits of probabilities from their errors, each time by itself.

    Parameters
    ----------
    estimate, std_error : ndarray, any one shape
        Probabilities and their standard errors.
    limits : {"plain", "log", "log-log", "logit", "arcsine"}
        The scale on which the estimate is taken as normal.
    conf_level : float

    Returns
    -------
    conf_low, conf_high : ndarray
        Between 0 and 1. At an estimate of 0 or 1, and where the error is 0, both equal the
        estimate: no scale gives a width there.

    Raises
    ------
    ValueError
        For an unknown scale or level.

    Notes
    -----
    The delta method on a scale g: g(p) +- z se(p) |g'(p)|. On the log-log scale that is
    p^exp(+- z se / (p log p)). Kalbfleisch and Prentice 2002, doi:10.1002/9781118032985.

    Examples
    --------
    >>> low, high = limit_probabilities(np.array([0.5, 1.0]), np.array([0.1, 0.0]),
    ...                                 limits="log-log", conf_level=0.95)
    >>> low.round(3), high.round(3)
    (array([0.295, 1.   ]), array([0.675, 1.   ]))
    """
    if limits not in _RECIPES:
        raise ValueError(f"limits must be one of {', '.join(LIMITS)}, not {limits!r}.")
    z = normal_quantile(check_conf_level(conf_level))
    open_ = (std_error > 0) & (estimate > 0) & (estimate < 1)
    low, high = estimate.copy(), estimate.copy()
    with np.errstate(over="ignore", under="ignore"):
        found = _RECIPES[limits](estimate[open_], z * std_error[open_])
    low[open_], high[open_] = (np.clip(part, 0.0, 1.0) for part in found)
    return low, high


def limit_amounts(
    estimate: FloatArray, std_error: FloatArray, *, limits: str, conf_level: float
) -> Pair:
    """Limits of amounts that have no upper bound, as hazards and mean numbers of events.

    Parameters
    ----------
    estimate, std_error : ndarray, any one shape
        At least 0.
    limits : {"log", "plain"}
    conf_level : float

    Returns
    -------
    conf_low, conf_high : ndarray
        Both 0 at an estimate of 0. Plain limits may fall below 0, as printed by other software.

    Raises
    ------
    ValueError
        For an unknown scale or level.

    Examples
    --------
    >>> low, high = limit_amounts(np.array([0.5]), np.array([0.1]), limits="log", conf_level=0.95)
    >>> low.round(3), high.round(3)
    (array([0.338]), array([0.74]))
    """
    if limits not in ("log", "plain"):
        raise ValueError(f"limits must be log or plain, not {limits!r}.")
    z = normal_quantile(check_conf_level(conf_level))
    low, high = estimate.copy(), estimate.copy()
    open_ = estimate > 0
    with np.errstate(over="ignore"):
        low[open_], high[open_] = _RECIPES[limits](estimate[open_], z * std_error[open_])
    return low, high


def carry_limits(estimate: FloatArray, low: FloatArray, high: FloatArray) -> Pair:
    """Give limits to the end of a survival curve that has fallen to 0.

    Parameters
    ----------
    estimate, low, high : ndarray, shape (m,)
        A curve that never rises, and its limits.

    Returns
    -------
    conf_low, conf_high : ndarray, shape (m,)

    Notes
    -----
    No scale gives a width at 0. As the curve never rises, an upper limit stays one at every later
    time: where the estimate is 0 the limits are 0 and the last upper limit before, or 1 where the
    curve falls to 0 at once.

    Examples
    --------
    >>> carry_limits(np.array([0.5, 0.0]), np.array([0.2, 0.0]), np.array([0.8, 0.0]))
    (array([0.2, 0. ]), array([0.8, 0.8]))
    """
    low, high = low.copy(), high.copy()
    if len(estimate) and estimate[-1] == 0.0:
        end = int(np.argmax(estimate == 0.0))
        low[end:] = 0.0
        high[end:] = high[end - 1] if end else 1.0
    return low, high
