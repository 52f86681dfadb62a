"""Log-likelihood of times whose logarithm follows a location and a scale, with its derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.common import FloatArray, IntArray
from relatum.inference.interval_times import IntervalTimes

__all__ = [
    "AftDistribution",
    "RowKinds",
    "RowTerms",
    "log_quantile",
    "row_terms",
    "sort_rows",
]

AftDistribution = Literal["weibull", "exponential", "loglogistic", "lognormal"]
_LOG_ROOT = 0.5 * np.log(2.0 * np.pi)
# an interval this narrow is its density times its width: the difference would cancel
_NARROW = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowKinds:
    """Rows by what is known of their time.

    Attributes
    ----------
    exact, right, between, late : ndarray of int
        Rows with an exact time, right-censored rows, rows with an interval (which may begin at 0),
        and rows with an entry after 0.
    log_exact, log_right, log_low, log_high, log_entry : ndarray
        Their logarithms of time, in the same order.
    constant : float
        The part of the log-likelihood that holds no parameter.
    n_rows : int
    """

    exact: IntArray
    right: IntArray
    between: IntArray
    late: IntArray
    log_exact: FloatArray
    log_right: FloatArray
    log_low: FloatArray
    log_high: FloatArray
    log_entry: FloatArray
    constant: float
    n_rows: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowTerms:
    """Log-likelihood of each row and its derivatives by location (m) and log scale (s).

    Attributes
    ----------
    value, m, s, mm, ms, ss : ndarray, shape (n,)
    """

    value: FloatArray
    m: FloatArray
    s: FloatArray
    mm: FloatArray
    ms: FloatArray
    ss: FloatArray


def sort_rows(times: IntervalTimes) -> RowKinds:
    """Sort rows by what is known of their time.

    Parameters
    ----------
    times : IntervalTimes
        Checked.

    Returns
    -------
    RowKinds
    """
    low, high = times.left, times.right
    open_end = np.isinf(high)
    narrow = ~open_end & (high <= low * (1.0 + _NARROW))
    exact, between = np.flatnonzero(narrow), np.flatnonzero(~narrow & ~open_end)
    right = np.flatnonzero(open_end & (low > 0))
    entry = np.zeros(len(low)) if times.entry is None else times.entry
    late = np.flatnonzero(entry > 0)
    with np.errstate(divide="ignore"):
        log_low = np.log(low[between])
    middle = 0.5 * (np.log(low[exact]) + np.log(high[exact]))
    width = high[exact] - low[exact]
    return RowKinds(
        exact=exact,
        right=right,
        between=between,
        late=late,
        log_exact=middle,
        log_right=np.log(low[right]),
        log_low=log_low,
        log_high=np.log(high[between]),
        log_entry=np.log(entry[late]),
        constant=float(np.log(width[width > 0]).sum() - middle.sum()),
        n_rows=len(low),
    )


def row_terms(
    kinds: RowKinds, location: FloatArray, log_scale: FloatArray, *, distribution: AftDistribution
) -> RowTerms:
    """Sum what is known of each row.

    Parameters
    ----------
    kinds : RowKinds
    location, log_scale : ndarray, shape (n,)
    distribution : str

    Returns
    -------
    RowTerms
        The constant of `kinds` is left out.

    Notes
    -----
    With z = (log t - location) / scale: log f(z) - log scale for an exact time, log S(z) for a
    right-censored one, log(S(z_left) - S(z_right)) for an interval, minus log S(z_entry).
    """
    total = np.zeros((6, kinds.n_rows))
    scale = np.exp(log_scale)
    for rows, log_time, which, sign in (
        (kinds.exact, kinds.log_exact, _density, 1.0),
        (kinds.right, kinds.log_right, _survival, 1.0),
        (kinds.late, kinds.log_entry, _survival, -1.0),
    ):
        if len(rows):
            z = (log_time - location[rows]) / scale[rows]
            value, first, second = which(z, distribution)
            _add(total, rows, _chain(value, first, second, z, scale[rows]), sign)
    total[0, kinds.exact] -= log_scale[kinds.exact]
    total[2, kinds.exact] -= 1.0
    if len(kinds.between):
        rows = kinds.between
        low = (kinds.log_low - location[rows]) / scale[rows]
        high = (kinds.log_high - location[rows]) / scale[rows]
        _add(total, rows, _between(low, high, scale[rows], distribution), 1.0)
    value, m, s, mm, ms, ss = total
    return RowTerms(value=value, m=m, s=s, mm=mm, ms=ms, ss=ss)


def _add(total: FloatArray, rows: IntArray, part: tuple[FloatArray, ...], sign: float) -> None:
    for row, values in zip(total, part, strict=True):
        row[rows] += values if sign > 0 else -values


def _chain(
    value: FloatArray, first: FloatArray, second: FloatArray, z: FloatArray, scale: FloatArray
) -> tuple[FloatArray, ...]:
    """Turn derivatives by z into derivatives by location and log scale."""
    return (
        value,
        -first / scale,
        -z * first,
        second / scale**2,
        (z * second + first) / scale,
        z * (z * second + first),
    )


def _density(
    z: FloatArray, distribution: AftDistribution
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log density of the standard distribution and two derivatives."""
    if distribution == "lognormal":
        return -0.5 * z**2 - _LOG_ROOT, -z, -np.ones_like(z)
    if distribution == "loglogistic":
        share = special.expit(z)
        log_f = z - 2.0 * np.logaddexp(0.0, z)
        return log_f, 1.0 - 2.0 * share, -2.0 * share * special.expit(-z)
    grown = np.exp(z)
    return z - grown, 1.0 - grown, -grown


def _survival(
    z: FloatArray, distribution: AftDistribution
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log survival of the standard distribution and two derivatives."""
    if distribution == "lognormal":
        log_s = special.log_ndtr(-z)
        hazard = np.exp(-0.5 * z**2 - _LOG_ROOT - log_s)
        return log_s, -hazard, -hazard * (hazard - z)
    if distribution == "loglogistic":
        share = special.expit(z)
        return -np.logaddexp(0.0, z), -share, -share * special.expit(-z)
    grown = np.exp(z)
    return -grown, -grown, -grown


def _between(
    low: FloatArray, high: FloatArray, scale: FloatArray, distribution: AftDistribution
) -> tuple[FloatArray, ...]:
    """Log probability of (low, high] and its derivatives; low may be minus infinity."""
    log_s = _survival(high, distribution)[0]
    log_before = np.zeros_like(low)
    begun = np.isfinite(low)
    log_before[begun] = _survival(low[begun], distribution)[0]
    log_p = log_before + np.log(-np.expm1(log_s - log_before))
    low = np.where(begun, low, 0.0)
    log_f, slope, _ = _density(low, distribution)
    a = -np.where(begun, np.exp(log_f - log_p), 0.0)
    aa = a * slope - a**2
    log_f, slope, _ = _density(high, distribution)
    b = np.exp(log_f - log_p)
    bb = b * slope - b**2
    ab = -a * b
    # derivatives by the two ends, chained as in _chain
    return (
        log_p,
        -(a + b) / scale,
        -(low * a + high * b),
        (aa + 2.0 * ab + bb) / scale**2,
        (low * (aa + ab) + high * (ab + bb) + a + b) / scale,
        low**2 * aa + 2.0 * low * high * ab + high**2 * bb + low * a + high * b,
    )


def log_quantile(probability: npt.ArrayLike, *, distribution: AftDistribution) -> FloatArray:
    """Quantiles of the standard distribution of log time.

    Parameters
    ----------
    probability : array_like
        Between 0 and 1.
    distribution : str

    Returns
    -------
    ndarray

    Examples
    --------
    >>> log_quantile([0.5], distribution="loglogistic")
    array([0.])
    """
    p = np.asarray(probability, dtype=np.float64)
    if distribution == "lognormal":
        return np.asarray(special.ndtri(p), dtype=np.float64)
    if distribution == "loglogistic":
        return np.asarray(special.logit(p), dtype=np.float64)
    return np.asarray(np.log(-np.log1p(-p)), dtype=np.float64)
