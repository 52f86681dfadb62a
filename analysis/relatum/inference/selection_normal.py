"""The bivariate normal distribution function, also far out where it is very small."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.common import FloatArray

__all__ = ["bivariate_normal_cdf", "log_bivariate_normal_cdf", "log_bivariate_normal_density"]

_SMALL, _NODES, _HALVINGS = 1e-4, 40, 50
_DROP = 40.0
_LOG_2PI = float(np.log(2.0 * np.pi))


def bivariate_normal_cdf(
    first: npt.ArrayLike, second: npt.ArrayLike, rho: npt.ArrayLike
) -> FloatArray:
    """Probability that two standard normal variables both stay below their bounds.

    Parameters
    ----------
    first, second : array_like
        Bounds; finite.
    rho : array_like
        Correlation, between -1 and 1 without the ends.

    Returns
    -------
    ndarray
        In the common shape of the three; off by about 1e-16, whatever its size.

    Raises
    ------
    ValueError
        For a correlation outside -1 to 1, or bounds that are not finite.

    Notes
    -----
    Owen (1956, doi:10.1214/aoms/1177728074): two values of his T function, no quadrature.

    Examples
    --------
    >>> bivariate_normal_cdf([0.0, 1.0], 0.0, 0.5).round(6)
    array([0.333333, 0.468743])
    """
    h, k, r = _check(first, second, rho)
    return _by_owen(h, k, r)


def log_bivariate_normal_cdf(
    first: npt.ArrayLike, second: npt.ArrayLike, rho: npt.ArrayLike
) -> FloatArray:
    """Logarithm of `bivariate_normal_cdf`, right also where that is nearly 0.

    Parameters
    ----------
    first, second, rho : array_like
        As there.

    Returns
    -------
    ndarray

    Raises
    ------
    ValueError
        As there.

    Notes
    -----
    Owen's form is a difference of terms near a half. Below 1e-4 the density of X times
    P(Y < k | X) is therefore integrated up to h, h being the smaller of the two.

    Examples
    --------
    >>> log_bivariate_normal_cdf([-10.0, -10.0], [10.0, -10.0], 0.0).round(4)
    array([ -53.2313, -106.4626])
    """
    h, k, r = _check(first, second, rho)
    value = _by_owen(h, k, r)
    small = value < _SMALL
    logs = np.array(np.log(np.where(small, 1.0, value)))
    if small.any():
        logs[small] = _log_tail(h[small], k[small], r[small])
    return logs


def log_bivariate_normal_density(
    first: FloatArray, second: FloatArray, rho: FloatArray
) -> FloatArray:
    """Logarithm of the standard bivariate normal density.

    Parameters
    ----------
    first, second, rho : ndarray
        Finite; correlations between -1 and 1 without the ends.

    Returns
    -------
    ndarray
    """
    rest = (1.0 - rho) * (1.0 + rho)
    square = (first**2 - 2.0 * rho * first * second + second**2) / rest
    return np.asarray(-_LOG_2PI - 0.5 * np.log(rest) - 0.5 * square, dtype=np.float64)


def _check(
    first: npt.ArrayLike, second: npt.ArrayLike, rho: npt.ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    shaped = np.broadcast_arrays(first, second, rho)
    h, k, r = (np.array(part, dtype=np.float64) for part in shaped)
    if not (np.isfinite(h).all() and np.isfinite(k).all()):
        raise ValueError("bounds must be finite.")
    if not (np.abs(r) < 1.0).all():
        raise ValueError("rho must lie between -1 and 1.")
    return h, k, r


def _by_owen(h: FloatArray, k: FloatArray, r: FloatArray) -> FloatArray:
    # a bound of 0 leaves the second argument of T without a value; its limit is wanted
    h, k = (np.where(np.abs(x) < 1e-300, 1e-300, x) for x in (h, k))
    root = np.sqrt((1.0 - r) * (1.0 + r))
    with np.errstate(over="ignore"):
        first = special.owens_t(h, (k - r * h) / (h * root))
        second = special.owens_t(k, (h - r * k) / (k * root))
    opposite = np.where((h < 0) != (k < 0), 0.5, 0.0)
    value = 0.5 * (special.ndtr(h) + special.ndtr(k)) - first - second - opposite
    return np.clip(np.asarray(value, dtype=np.float64), 0.0, 1.0)


def _log_tail(h: FloatArray, k: FloatArray, r: FloatArray) -> FloatArray:
    """Integrate density times conditional probability around its peak.

    The logarithm of the integrand is concave, so that peak and ends are found by halving.
    """
    top, other = np.minimum(h, k), np.maximum(h, k)
    root = np.sqrt((1.0 - r) * (1.0 + r))

    def height(x: FloatArray) -> FloatArray:
        inner = special.log_ndtr((other[:, None] - r[:, None] * x) / root[:, None])
        return np.asarray(inner - 0.5 * x**2, dtype=np.float64)

    def slope(x: FloatArray) -> FloatArray:
        inner = (other - r * x) / root
        hazard = np.exp(-0.5 * (inner**2 + _LOG_2PI) - special.log_ndtr(inner))
        return np.asarray(-x - r / root * hazard, dtype=np.float64)

    far = np.abs(top) + np.abs(other) / np.abs(root) + 10.0
    peak = _halve(top - far, top, lambda x: slope(x) > 0)
    level = height(peak[:, None])[:, 0] - _DROP
    reach = np.sqrt(2.0 * _DROP) + 1.0
    left = _halve(peak - reach, peak, lambda x: height(x[:, None])[:, 0] < level)
    right = _halve(peak, np.minimum(top, peak + reach), lambda x: height(x[:, None])[:, 0] > level)
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    parts = []
    for start, end in ((left, peak), (peak, right)):
        half = 0.5 * (end - start)
        x = start[:, None] + half[:, None] * (nodes + 1.0)
        parts.append(height(x) + np.log(weights) + np.log(np.maximum(half, 1e-300))[:, None])
    total = special.logsumexp(np.hstack(parts), axis=1)
    return np.asarray(total - 0.5 * _LOG_2PI, dtype=np.float64)


def _halve(
    low: FloatArray, high: FloatArray, above: Callable[[FloatArray], npt.NDArray[np.bool_]]
) -> FloatArray:
    """Last point from `low` to `high` up to which a condition holds."""
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        held = above(middle)
        low, high = np.where(held, middle, low), np.where(held, high, middle)
    return high
