"""Intervals of one proportion, for independent rows and for rows in clusters.

Wilson, Clopper-Pearson and Jeffreys limits come from statsmodels; the mid-p and the
Korn-Graubard limits exist in no maintained library and are our own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from relatum.inference.common import (
    FloatArray,
    Interval,
    Refusal,
    as_vector,
    check_conf_level,
    check_counts,
    normal_quantile,
    t_quantile,
)

__all__ = [
    "BinomialMethod",
    "binomial_interval",
    "clustered_standard_error",
    "korn_graubard_interval",
    "logit_interval",
]

BinomialMethod = Literal["wilson", "clopper_pearson", "jeffreys", "mid_p"]
_STATSMODELS = {"wilson": "wilson", "clopper_pearson": "beta", "jeffreys": "jeffreys"}


def binomial_interval(
    count: int, n: int, *, method: BinomialMethod = "wilson", conf_level: float = 0.95
) -> Interval | Refusal:
    """Limits of a proportion for independent rows.

    Parameters
    ----------
    count, n : int
        Rows with the characteristic, and all rows.
    method : {"wilson", "clopper_pearson", "jeffreys", "mid_p"}
    conf_level : float

    Returns
    -------
    Interval or Refusal
        A refusal when there is no row.

    Raises
    ------
    ValueError
        For counts that are negative, not whole or above `n`, and for an unknown method.

    Notes
    -----
    Relationships of one case are not independent: with an intra-cluster correlation of .25 the
    Wilson interval covers .53 to .65 instead of .95. Use this for single rows per case, and
    `korn_graubard_interval` or the wild bootstrap otherwise.

    At 0/n the lower limit is 0 and at n/n the upper limit is 1 for every method. For Jeffreys
    statsmodels keeps the Beta quantile there; the limit is set here (Brown, Cai and DasGupta
    2001, doi:10.1214/ss/1009213286).

    Examples
    --------
    >>> print(binomial_interval(81, 263))
    0.308 (95% 0.255 to 0.366)
    """
    check_conf_level(conf_level)
    check_counts({"count": count, "n": n})
    if count > n:
        raise ValueError(f"count ({count}) must not exceed n ({n}).")
    if n == 0:
        return Refusal("interval of a proportion", "there is no row")
    if method == "mid_p":
        low, high = _mid_p(count, n, conf_level)
    elif method in _STATSMODELS:
        low, high = _from_statsmodels(count, n, method, conf_level)
    else:
        allowed = ", ".join((*_STATSMODELS, "mid_p"))
        raise ValueError(f"method must be one of {allowed}, not {method!r}.")
    low = 0.0 if count == 0 else low
    high = 1.0 if count == n else high
    return Interval(
        estimate=count / n, conf_low=low, conf_high=high, conf_level=conf_level, method=method
    )


def _from_statsmodels(count: int, n: int, method: str, conf_level: float) -> tuple[float, float]:
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(count, n, alpha=1.0 - conf_level, method=_STATSMODELS[method])
    return max(0.0, float(low)), min(1.0, float(high))


def _solve(difference: Callable[[float], float]) -> float:
    """Root of an increasing or decreasing function on (0, 1)."""
    return float(optimize.brentq(difference, 0.0, 1.0, xtol=1e-15, rtol=1e-14, maxiter=500))


def _mid_p(count: int, n: int, conf_level: float) -> tuple[float, float]:
    tail = (1.0 - conf_level) / 2.0

    def below(p: float) -> float:
        at_most_less_one = 0.0 if count == 0 else float(special.bdtr(count - 1, n, p))
        return 0.5 * (at_most_less_one + float(special.bdtr(count, n, p)))

    low = 0.0 if count == 0 else _solve(lambda p: (1.0 - below(p)) - tail)
    high = 1.0 if count == n else _solve(lambda p: below(p) - tail)
    return low, high


def _checked_counts(
    counts: npt.ArrayLike, sizes: npt.ArrayLike, what: str
) -> tuple[FloatArray, FloatArray] | Refusal:
    n = as_vector(sizes, name="sizes")
    y = as_vector(counts, name="counts", length=len(n))
    if not (np.isfinite(y).all() and np.isfinite(n).all()):
        return Refusal(what, "a count is not finite")
    if (y < 0).any() or (y > n).any():
        raise ValueError("counts must lie between 0 and the size of their cluster.")
    keep = n > 0
    if not keep.any():
        return Refusal(what, "there is no row")
    return y[keep], n[keep]


def clustered_standard_error(counts: npt.ArrayLike, sizes: npt.ArrayLike) -> float | Refusal:
    """Linearised (CR1) standard error of a proportion, from counts per cluster.

    Parameters
    ----------
    counts, sizes : array_like, shape (n_clusters,)
        Rows with the characteristic, and all rows, per cluster.

    Returns
    -------
    float or Refusal

    Notes
    -----
    sqrt(G / (G - 1) sum_g (y_g - n_g p)^2) / N: what a survey package calls the with-replacement
    estimate. Too small with a dozen unequal clusters; part of other recipes only.

    Examples
    --------
    >>> round(clustered_standard_error([2, 0, 1], [2, 2, 2]), 4)
    0.2887
    """
    checked = _checked_counts(counts, sizes, "standard error of a proportion")
    if isinstance(checked, Refusal):
        return checked
    y, n = checked
    if len(n) < 2:
        return Refusal("standard error of a proportion", "there is one cluster")
    share = y.sum() / n.sum()
    factor = len(n) / (len(n) - 1)
    return float(np.sqrt(factor * ((y - n * share) ** 2).sum()) / n.sum())


def _effective_rows(y: FloatArray, n: FloatArray, boundary_icc: float) -> float:
    """Rows after the design effect, never more than there are."""
    total = float(n.sum())
    share = float(y.sum() / total)
    spread = share * (1.0 - share)
    if spread == 0.0:
        return total / (1.0 + (float((n**2).sum()) / total - 1.0) * boundary_icc)
    factor = len(n) / (len(n) - 1)
    variance = float(factor * ((y - n * share) ** 2).sum() / total**2)
    return total if variance <= spread / total else spread / variance


def korn_graubard_interval(
    counts: npt.ArrayLike,
    sizes: npt.ArrayLike,
    *,
    conf_level: float = 0.95,
    boundary_icc: float = 0.0,
) -> Interval | Refusal:
    """Clopper-Pearson limits with the effective number of rows.

    Parameters
    ----------
    counts, sizes : array_like, shape (n_clusters,)
        Rows with the characteristic, and all rows, per cluster.
    conf_level : float
    boundary_icc : float
        Intra-cluster correlation to assume at 0/n and n/n, where the data show no variance. With
        0 the limit is that of independent rows with the t correction.

    Returns
    -------
    Interval or Refusal

    Notes
    -----
    The effective number is p (1 - p) / V, with V the CR1 variance, at most N, times
    (t_{N-1} / t_{G-1})^2 (Korn and Graubard 1998, Survey Methodology 24:193). It does not shrink
    at 0/n and n/n, where the bootstrap does; that is why it serves there.

    Examples
    --------
    >>> print(korn_graubard_interval([0] * 12, [26, 22, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1]))
    0.000 (95% 0.000 to 0.060)
    """
    check_conf_level(conf_level)
    if not 0.0 <= boundary_icc <= 1.0:
        raise ValueError(f"boundary_icc must lie between 0 and 1, not {boundary_icc!r}.")
    what = "Korn-Graubard interval"
    checked = _checked_counts(counts, sizes, what)
    if isinstance(checked, Refusal):
        return checked
    y, n = checked
    if len(n) < 2:
        return Refusal(what, "there is one cluster")
    total, share = float(n.sum()), float(y.sum() / n.sum())
    ratio = t_quantile(conf_level, max(total - 1.0, 1.0)) / t_quantile(conf_level, len(n) - 1.0)
    rows = _effective_rows(y, n, boundary_icc) * ratio**2
    tail, hits = (1.0 - conf_level) / 2.0, share * rows
    low = 0.0 if share == 0.0 else float(special.betaincinv(hits, rows - hits + 1.0, tail))
    high = 1.0 if share == 1.0 else float(special.betaincinv(hits + 1.0, rows - hits, 1.0 - tail))
    return Interval(
        estimate=share, conf_low=low, conf_high=high, conf_level=conf_level,
        method="korn_graubard", n_effective=rows,
    )  # fmt: skip


def logit_interval(
    estimate: float, std_error: float, *, df: float, conf_level: float = 0.95
) -> Interval | Refusal:
    """Limits of a proportion on the logit scale, from a clustered standard error.

    Parameters
    ----------
    estimate, std_error : float
        On the scale of the proportion.
    df : float
        Degrees of freedom, usually the number of clusters less one.
    conf_level : float

    Returns
    -------
    Interval or Refusal
        A refusal at 0 and 1, where the logit is not finite.

    Examples
    --------
    >>> print(logit_interval(0.2557, 0.0366, df=11))
    0.256 (95% 0.184 to 0.344)
    """
    check_conf_level(conf_level)
    if not 0.0 < estimate < 1.0:
        return Refusal("logit interval", "the proportion is 0 or 1")
    if not (np.isfinite(std_error) and df > 0):
        return Refusal("logit interval", "the standard error or its degrees of freedom are missing")
    centre = float(special.logit(estimate))
    quantile = t_quantile(conf_level, df) if np.isfinite(df) else normal_quantile(conf_level)
    half = quantile * std_error / (estimate * (1.0 - estimate))
    low, high = (float(special.expit(centre + side * half)) for side in (-1.0, 1.0))
    return Interval(
        estimate=estimate, conf_low=low, conf_high=high, conf_level=conf_level, method="logit"
    )
