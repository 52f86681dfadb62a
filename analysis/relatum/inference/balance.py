"""How far two samples differ in a covariate, in units of its spread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.common import (
    FloatArray,
    Interval,
    Refusal,
    as_vector,
    check_conf_level,
    find_non_finite,
)

__all__ = [
    "StandardisedDifference",
    "cohens_d",
    "common_spread",
    "smd_categories",
    "smd_continuous",
    "smd_proportion",
]

WHAT = "standardised mean difference"
_NOTHING, _NODES = 1e-12, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardisedDifference:
    """Cohen's d and Hedges' g of two samples of independent rows.

    Attributes
    ----------
    d : Interval
        With the pooled standard deviation.
    g : Interval
        The same times the factor that makes it unbiased for normal values.
    """

    d: Interval
    g: Interval


def smd_continuous(
    a: npt.ArrayLike,
    b: npt.ArrayLike,
    *,
    weights_a: npt.ArrayLike | None = None,
    weights_b: npt.ArrayLike | None = None,
) -> float | Refusal:
    """Difference of two means in standard deviations.

    Parameters
    ----------
    a, b : array_like, shape (n_a,) and (n_b,)
        A covariate in each sample.
    weights_a, weights_b : array_like, optional
        Not negative. They weigh means and variances alike.

    Returns
    -------
    float or Refusal
        Above 0 where `a` is larger; 0 for two samples of one value. A refusal for fewer than two
        rows with a weight, values that are not finite, and two constant samples that differ.

    Raises
    ------
    ValueError
        For lengths that differ and negative weights.

    Notes
    -----
    (mean a - mean b) / sqrt((var a + var b) / 2), with n - 1 in the variances; with weights w,
    sum w - sum w^2 / sum w. It does not depend on how large the samples are (Austin 2009,
    doi:10.1002/sim.3697). Compare a balance before and after weighting with one spread, that
    before: see `common_spread`.

    Examples
    --------
    >>> round(smd_continuous([21, 25, 23], [20, 22, 18]), 4)
    1.5
    """
    first = _moments(a, weights_a, "a")
    second = _moments(b, weights_b, "b")
    if isinstance(first, Refusal):
        return first
    if isinstance(second, Refusal):
        return second
    return _ratio(first[0] - second[0], (first[1] + second[1]) / 2.0)


def common_spread(a: npt.ArrayLike, b: npt.ArrayLike) -> FloatArray:
    """Square root of the mean of two variances, of each covariate.

    Parameters
    ----------
    a, b : array_like, shape (n_a, k) and (n_b, k)
        Two rows or more each.

    Returns
    -------
    ndarray, shape (k,)
    """
    variances = [np.var(np.asarray(x, dtype=np.float64), axis=0, ddof=1) for x in (a, b)]
    spread: FloatArray = np.sqrt((variances[0] + variances[1]) / 2.0)
    return spread


def smd_proportion(p_a: float, p_b: float) -> float | Refusal:
    """Difference of two shares in standard deviations.

    Parameters
    ----------
    p_a, p_b : float
        Shares with the characteristic, 0 to 1.

    Returns
    -------
    float or Refusal
        A refusal for 0 against 1.

    Raises
    ------
    ValueError
        For a share that is not between 0 and 1.

    Notes
    -----
    (p_a - p_b) / sqrt((p_a (1 - p_a) + p_b (1 - p_b)) / 2).

    Examples
    --------
    >>> round(smd_proportion(0.5, 0.2), 4)
    0.6626
    """
    wrong = [f"p_{n} is {p!r}." for n, p in (("a", p_a), ("b", p_b)) if not 0.0 <= p <= 1.0]
    if wrong:
        raise ValueError("shares must lie between 0 and 1: " + " ".join(wrong))
    return _ratio(p_a - p_b, (p_a * (1.0 - p_a) + p_b * (1.0 - p_b)) / 2.0)


def smd_categories(shares_a: npt.ArrayLike, shares_b: npt.ArrayLike) -> float | Refusal:
    """Distance of two distributions over the same categories, in standard deviations.

    Parameters
    ----------
    shares_a, shares_b : array_like, shape (n_categories,)
        Shares, or counts, of each category in each sample.

    Returns
    -------
    float or Refusal
        Not negative: it has no direction. A refusal for samples without a category in common, and
        for an empty one.

    Raises
    ------
    ValueError
        For lengths that differ, and values that are negative or not finite.

    Notes
    -----
    Mahalanobis distance of all shares but one, with the mean of the two multinomial covariance
    matrices (Yang and Dalton 2012); which category is left out does not matter. With two
    categories it is the size of `smd_proportion`.

    Examples
    --------
    >>> round(smd_categories([30, 50, 20], [40, 40, 20]), 4)
    0.2268
    """
    a = as_vector(shares_a, name="shares_a")
    b = as_vector(shares_b, name="shares_b", length=len(a))
    if not np.isfinite([a, b]).all() or min(a.min(initial=0.0), b.min(initial=0.0)) < 0:
        raise ValueError("shares must be finite and not negative.")
    if a.sum() <= 0 or b.sum() <= 0:
        return Refusal(WHAT, "a sample has no row")
    if not ((a > 0) & (b > 0)).any():
        return Refusal(WHAT, "the samples have no category in common")
    p, q = a / a.sum(), b / b.sum()
    p, q = p[(a > 0) | (b > 0)][1:], q[(a > 0) | (b > 0)][1:]
    covariance = (np.diag(p) - np.outer(p, p) + np.diag(q) - np.outer(q, q)) / 2.0
    gap = p - q
    return float(np.sqrt(max(0.0, gap @ np.linalg.solve(covariance, gap))))


def cohens_d(
    a: npt.ArrayLike, b: npt.ArrayLike, *, conf_level: float = 0.95
) -> StandardisedDifference | Refusal:
    """Cohen's d and Hedges' g, with limits.

    Parameters
    ----------
    a, b : array_like, shape (n_a,) and (n_b,)
    conf_level : float, default 0.95

    Returns
    -------
    StandardisedDifference or Refusal
        A refusal for fewer than two rows in a sample, values that are not finite, and where no
        sample varies.

    Raises
    ------
    ValueError
        For a level that is not between 0 and 1.

    Notes
    -----
    d is the difference of the means over the pooled standard deviation, g that times
    gamma(f / 2) / (sqrt(f / 2) gamma((f - 1) / 2)), f = n_a + n_b - 2. Limits are the
    noncentralities of t at which the observed t is a limit of its distribution. They take rows as
    independent and normal: for rows in cases they are too narrow, and describe no more than a
    published study without cases.

    Examples
    --------
    >>> found = cohens_d([21, 25, 23, 24], [20, 22, 18, 21])
    >>> print(found.g)
    1.526 (95% 0.016 to 2.955)
    """
    check_conf_level(conf_level)
    first, second = _moments(a, None, "a"), _moments(b, None, "b")
    if isinstance(first, Refusal):
        return first
    if isinstance(second, Refusal):
        return second
    n_a, n_b = np.size(a), np.size(b)
    df = n_a + n_b - 2
    variance = ((n_a - 1) * first[1] + (n_b - 1) * second[1]) / df
    if variance <= _NOTHING * max(first[0] ** 2, second[0] ** 2) or variance == 0.0:
        return Refusal("Cohen's d", "neither sample varies")
    d = (first[0] - second[0]) / np.sqrt(variance)
    scale = float(np.sqrt(1.0 / n_a + 1.0 / n_b))
    ends = [d] + [
        scale * _noncentrality(d / scale, df, share)
        for share in (0.5 + conf_level / 2.0, 0.5 - conf_level / 2.0)
    ]
    factor = float(
        np.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)) / np.sqrt(df / 2)
    )
    method = "noncentral t"
    made = [
        Interval(
            estimate=float(ends[0]) * by,
            conf_low=float(ends[1]) * by,
            conf_high=float(ends[2]) * by,
            conf_level=conf_level,
            method=method,
        )
        for by in (1.0, factor)
    ]
    return StandardisedDifference(d=made[0], g=made[1])


def _moments(
    values: npt.ArrayLike, weights: npt.ArrayLike | None, name: str
) -> tuple[float, float] | Refusal:
    """Weighted mean and variance; the variance with n - 1 where weights are equal."""
    x = as_vector(values, name=name)
    w = np.ones(len(x)) if weights is None else as_vector(weights, name=f"weights_{name}")
    if len(w) != len(x):
        raise ValueError(f"weights_{name} has {len(w)} values, but there are {len(x)} rows.")
    bad = find_non_finite(WHAT, {f"values of {name}": x, f"weights of {name}": w})
    if bad is not None:
        return bad
    if (w < 0).any():
        raise ValueError(f"weights_{name} must not be negative.")
    if (w > 0).sum() < 2:
        return Refusal(WHAT, f"sample {name} has fewer than two rows")
    share = w / w.sum()
    mean = float(share @ x)
    return mean, float(share @ (x - mean) ** 2 / (1.0 - share @ share))


def _ratio(gap: float, variance: float) -> float | Refusal:
    if variance > 0.0:
        return float(gap / np.sqrt(variance))
    if gap == 0.0:
        return 0.0
    return Refusal(WHAT, "neither sample varies, and they differ")


def _noncentrality(statistic: float, df: int, share: float) -> float:
    """Noncentrality at which this share of the distribution of t lies below the statistic.

    Own integral over the standard deviation: `scipy.special.nctdtr` gives NaN in the tails.
    """
    from scipy import optimize

    low, high = np.sqrt(2.0 * special.gammaincinv(df / 2.0, [1e-17, 1.0 - 1e-15]) / df)
    nodes, steps = np.polynomial.legendre.leggauss(_NODES)
    s = low + (high - low) * (nodes + 1.0) / 2.0
    weights = steps * np.exp((df - 1) * np.log(s) - df * s**2 / 2.0 + df / 2.0)
    weights /= weights.sum()
    reach = 10.0 + 2.0 * abs(statistic)
    found = optimize.brentq(
        lambda nc: float(weights @ special.ndtr(statistic * s - nc)) - share,
        statistic - reach,
        statistic + reach,
        xtol=1e-12,
    )
    return float(found)
