"""Power of the test of equivalence between two samples of cases, and what it would take.

The error of a share depends on the sizes of the cases, not on their number alone: two cases that
hold two thirds of the rows leave three to seven degrees of freedom, however many others there are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from relatum.inference.common import FloatArray, Refusal, as_vector
from relatum.inference.equivalence import check_margins

__all__ = ["cases_needed", "equivalence_power", "residual_moments", "smallest_margin"]

_NODES = 400
_MOST_CASES = 5_000


@dataclass(frozen=True, slots=True)
class _Spread:
    """What the sizes of one sample do to the error of a share with p (1 - p) = 1.

    Attributes
    ----------
    variance : float
        True variance of the share.
    expected, squares : float
        Mean of its CR2 estimate, and half the variance of that (normal theory).
    assumed, assumed_squares : float
        The same if rows were independent: what Satterthwaite's degrees of freedom assume.
    """

    variance: float
    expected: float
    squares: float
    assumed: float
    assumed_squares: float


def residual_moments(sizes: FloatArray, variances: FloatArray) -> tuple[float, float]:
    """Trace and squared norm of the covariance of the CR2 residuals of a mean, in linear time.

    Parameters
    ----------
    sizes : ndarray, shape (n_clusters,)
        Rows, or weight, per case.
    variances : ndarray, shape (n_clusters,)
        Of the sums per case.

    Returns
    -------
    tuple of float
        Trace^2 / squared norm are degrees of freedom; trace / N^2 is the mean of the estimate.

    Notes
    -----
    The residual of a case is its sum less its part of the total, over sqrt(1 - n / N).

    Examples
    --------
    >>> residual_moments(np.full(4, 2.0), np.full(4, 2.0))
    (8.0, 21.33...)
    """
    n, d = sizes, variances
    total, spread = float(n.sum()), float(d.sum())
    s2 = 1.0 / (1.0 - n / total)
    own = -2.0 * n * d / total + n**2 * spread / total**2
    a, c, e = float(s2 @ n**2), float(s2 @ (n * d)), float(s2 @ d**2)
    cross = (2.0 * a * e + 2.0 * c**2) / total**2 - 4.0 * spread * a * c / total**3
    squares = float(s2**2 @ (d**2 + 2.0 * d * own)) + cross + (a * spread) ** 2 / total**4
    return float(s2 @ (d + own)), squares


def _spread(sizes: FloatArray, icc: float) -> _Spread:
    total = float(sizes.sum())
    clustered = sizes * (1.0 + (sizes - 1.0) * icc)
    expected, squares = residual_moments(sizes, clustered)
    assumed, assumed_squares = residual_moments(sizes, sizes)
    return _Spread(
        variance=float(clustered.sum()) / total**2,
        expected=expected / total**2,
        squares=squares / total**4,
        assumed=assumed / total**2,
        assumed_squares=assumed_squares / total**4,
    )


@dataclass(frozen=True, slots=True)
class _Side:
    """Error of the difference of one pair of codings: its size and how its estimate behaves."""

    error: float
    ratio: FloatArray


def _side(a: _Spread | None, b: _Spread | None, va: float, vb: float, level: float) -> _Side:
    """Error, and critical value times relative estimated error at equally probable points."""
    arms = [(one, v) for one, v in ((a, va), (b, vb)) if one is not None]
    variance = sum(v * one.variance for one, v in arms)
    if variance == 0.0:
        return _Side(0.0, np.zeros(_NODES))
    expected = sum(v * one.expected for one, v in arms)
    df = expected**2 / sum(v**2 * one.squares for one, v in arms)
    assumed = sum(one.assumed for one, _ in arms) ** 2
    df_used = assumed / sum(one.assumed_squares for one, _ in arms)
    probability = (np.arange(_NODES) + 0.5) / _NODES
    chi_square = 2.0 * special.gammaincinv(df / 2.0, probability)
    ratio = np.sqrt(chi_square / df * expected / variance)
    return _Side(math.sqrt(variance), -float(special.stdtrit(df_used, level)) * ratio)


def _check_shares(icc: float, **shares: float) -> None:
    faults = [
        f"{name} must lie between 0 and 1, not {value!r}"
        for name, value in {"icc": icc, **shares}.items()
        if not 0.0 <= value <= 1.0
    ]
    if faults:
        raise ValueError("; ".join(faults) + ".")


def _checked_sizes(sizes: npt.ArrayLike | None, name: str) -> FloatArray | None:
    if sizes is None:
        return None
    n = as_vector(sizes, name=name)
    if len(n) < 2 or not np.isfinite(n).all() or (n <= 0).any():
        raise ValueError(f"{name} needs the sizes of at least two cases, all above 0.")
    return n


def _power(
    a: _Spread | None,
    b: _Spread | None,
    shares: tuple[float, float],
    undocumented: tuple[float, float],
    margins: tuple[float | None, float | None],
    level: float,
) -> float:
    low_a, low_b = ((1.0 - u) * p for p, u in zip(shares, undocumented, strict=True))
    high_a, high_b = low_a + undocumented[0], low_b + undocumented[1]

    def statistic(one: float, other: float, margin: float, sign: float) -> FloatArray:
        side = _side(a, b, one * (1.0 - one), other * (1.0 - other), level)
        room = sign * (margin - (one - other))
        if side.error == 0.0:
            return np.full(_NODES, math.copysign(math.inf, room) if room != 0.0 else 0.0)
        return np.asarray(room / side.error - side.ratio, dtype=np.float64)

    below = 0.0 if margins[0] is None else special.ndtr(-statistic(low_a, high_b, margins[0], -1.0))
    above = 1.0 if margins[1] is None else special.ndtr(statistic(high_a, low_b, margins[1], 1.0))
    return float(np.maximum(0.0, above - below).mean())


def equivalence_power(
    *,
    sizes_a: npt.ArrayLike,
    sizes_b: npt.ArrayLike | None,
    p_a: float,
    p_b: float,
    icc: float,
    margin_low: float | None = None,
    margin_high: float | None = None,
    undocumented_a: float = 0.0,
    undocumented_b: float = 0.0,
    level: float = 0.05,
    one_sided: bool = False,
) -> float:
    """Probability that two samples of cases show equivalence.

    Parameters
    ----------
    sizes_a, sizes_b : array_like, shape (n_clusters,)
        Rows per case. Independent rows are cases of size 1; None for `sizes_b` is a figure
        that is taken as exact.
    p_a, p_b : float
        True shares among documented rows.
    icc : float
        Intra-case correlation, the same in both.
    margin_low, margin_high : float
        Of the difference a less b.
    undocumented_a, undocumented_b : float
        Shares of rows that do not say. The test must then hold under both crossed codings.
    level : float
        Size of each one-sided test.
    one_sided : bool
        Test `margin_low` alone (non-inferiority).

    Returns
    -------
    float

    Raises
    ------
    ValueError
        For shares outside 0 to 1, fewer than two cases, or margins that are missing.

    Notes
    -----
    Share a is normal with variance p (1 - p) / N x (1 + (sum n^2 / N - 1) icc), exact for these
    sizes. Its CR2 estimate is taken as a scaled chi-square with the mean and the degrees of
    freedom that the sizes and the correlation give; the critical value has Satterthwaite's
    degrees of freedom, which assume independent rows. The power is the mean over that
    chi-square of P(low margin + t s < d < high margin - t s). Undocumented rows move the lower
    crossed coding to (1 - u_a) p_a - (1 - u_b) p_b - u_b and the higher one up by u_a + u_b;
    the two are taken as fully dependent, which gives the smallest power.

    Against simulated verdicts of `clustered_difference` it is within .04 for shares of .3 to .7
    and correlations up to .10; with a correlation of .25 it is up to .09 too high, and with
    shares below .1 up to .2 off (`tests/benchmarks/results/size_equivalence.md`).

    Examples
    --------
    >>> sizes = [26, 22, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1]
    >>> round(equivalence_power(sizes_a=sizes, sizes_b=sizes, p_a=0.5, p_b=0.5, icc=0.1,
    ...                         margin_low=-0.3, margin_high=0.3), 2)
    0.41
    """
    high = None if one_sided else margin_high
    if margin_low is None or (high is None and not one_sided):
        raise ValueError("give margin_low and margin_high, or margin_low with one_sided=True.")
    check_margins(margin_low, high, level=level)
    _check_shares(
        icc, p_a=p_a, p_b=p_b, undocumented_a=undocumented_a, undocumented_b=undocumented_b
    )
    a, b = _checked_sizes(sizes_a, "sizes_a"), _checked_sizes(sizes_b, "sizes_b")
    return _power(
        None if a is None else _spread(a, icc),
        None if b is None else _spread(b, icc),
        (p_a, p_b),
        (undocumented_a, undocumented_b),
        (margin_low, high),
        level,
    )


def smallest_margin(
    *,
    sizes_a: npt.ArrayLike,
    sizes_b: npt.ArrayLike | None,
    p_a: float,
    p_b: float,
    icc: float,
    undocumented_a: float = 0.0,
    undocumented_b: float = 0.0,
    level: float = 0.05,
    one_sided: bool = False,
    power: float = 0.8,
) -> float | Refusal:
    """Smallest symmetric margin that these samples show with a given power.

    Parameters
    ----------
    sizes_a, sizes_b, p_a, p_b, icc, undocumented_a, undocumented_b, level, one_sided
        As in `equivalence_power`.
    power : float

    Returns
    -------
    float or Refusal
        m of the margins -m and m; a refusal where even a margin of 1 has less power.

    Raises
    ------
    ValueError
        As in `equivalence_power`, and for a power that is none.

    Examples
    --------
    >>> sizes = [26, 22, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1]
    >>> round(smallest_margin(sizes_a=sizes, sizes_b=sizes, p_a=0.5, p_b=0.5, icc=0.1), 2)
    0.43
    """
    if not 0.0 < power < 1.0:
        raise ValueError(f"power must lie between 0 and 1, not {power!r}; try 0.8.")

    def excess(margin: float) -> float:
        return power - equivalence_power(
            sizes_a=sizes_a,
            sizes_b=sizes_b,
            p_a=p_a,
            p_b=p_b,
            icc=icc,
            margin_low=-margin,
            margin_high=margin,
            undocumented_a=undocumented_a,
            undocumented_b=undocumented_b,
            level=level,
            one_sided=one_sided,
        )

    if excess(1.0) > 0.0:
        return Refusal("smallest margin", f"even a margin of 1 is shown with less than {power:.0%}")
    if excess(1e-9) <= 0.0:
        return 0.0
    return float(optimize.brentq(excess, 1e-9, 1.0, xtol=1e-6))


def cases_needed(
    *,
    margin: float,
    icc: float,
    mean_size: float,
    cv: float,
    p: float,
    power: float = 0.8,
    undocumented: float = 0.0,
    level: float = 0.05,
    one_sided: bool = False,
) -> int | Refusal:
    """Cases needed in each of two samples to show equivalence when there is no difference.

    Parameters
    ----------
    margin : float
        m of the margins -m and m.
    icc : float
    mean_size, cv : float
        Mean and coefficient of variation of the rows per case, in both samples.
    p : float
        The share, in both samples.
    power : float
    undocumented : float
        Share of rows that do not say, in both samples.
    level : float
        Size of each one-sided test.
    one_sided : bool
        Test the margin -m alone (non-inferiority).

    Returns
    -------
    int or Refusal
        A refusal where 5,000 cases in each are not enough, as when the undocumented rows alone
        reach the margin.

    Raises
    ------
    ValueError
        For a share outside 0 to 1, a margin or size that is not above 0, or a power that is none.

    Notes
    -----
    Design effect 1 + ((1 + cv^2) mean - 1) icc (Eldridge, Ashby and Kerry 2006,
    doi:10.1093/ije/dyl129); degrees of freedom from sizes at log-normal quantiles.

    Examples
    --------
    >>> cases_needed(margin=0.15, icc=0.1, mean_size=6, cv=1.3, p=0.5)
    82
    """
    _check_shares(icc, p=p, undocumented=undocumented)
    if not (margin > 0.0 and mean_size > 0.0 and cv >= 0.0):
        raise ValueError("margin and mean_size must be above 0, cv must not be negative.")
    if not 0.0 < power < 1.0:
        raise ValueError(f"power must lie between 0 and 1, not {power!r}; try 0.8.")
    check_margins(-margin, margin, level=level)
    margins = (-margin, None if one_sided else margin)

    def reached(cases: int) -> bool:
        one = _typical_spread(cases, mean_size, cv, icc)
        shares, silent = (p, p), (undocumented, undocumented)
        return _power(one, one, shares, silent, margins, level) >= power

    if not reached(_MOST_CASES):
        return Refusal("cases needed", f"{_MOST_CASES:,} cases in each sample are not enough")
    low, high = 1, _MOST_CASES
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def _typical_spread(cases: int, mean_size: float, cv: float, icc: float) -> _Spread:
    """Spread for a mean and a coefficient of variation of the sizes, exact in the variance."""
    sigma = math.sqrt(math.log1p(cv**2))
    sizes = np.exp(sigma * special.ndtri((np.arange(cases) + 0.5) / cases))
    found = _spread(sizes * (mean_size / sizes.mean()), icc)
    variance = (1.0 + ((1.0 + cv**2) * mean_size - 1.0) * icc) / (cases * mean_size)
    scale = variance / found.variance
    return _Spread(
        variance=variance,
        expected=found.expected * scale,
        squares=found.squares * scale**2,
        assumed=found.assumed,
        assumed_squares=found.assumed_squares,
    )
