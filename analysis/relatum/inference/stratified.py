"""Association of two codes within strata: Mantel-Haenszel and exact.

A stratum in which a code is always or never present says nothing about association.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.common import (
    FloatArray,
    IntArray,
    Interval,
    Refusal,
    check_conf_level,
    normal_quantile,
)
from relatum.inference.count_nulls import convolve_counts, hypergeometric_counts
from relatum.inference.joint_counts import count_joint
from relatum.inference.strata_tables import check_tables, is_informative
from relatum.inference.tilting import tilted_family
from relatum.inference.two_by_two import ExactAssociation

__all__ = [
    "MantelHaenszel",
    "ManyOddsRatios",
    "exact_stratified",
    "mantel_haenszel",
    "mantel_haenszel_many",
    "stratify_pairs",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class MantelHaenszel:
    """Common odds ratio of strata, and the test that it is 1.

    Attributes
    ----------
    odds_ratio : Interval or Refusal
        Mantel-Haenszel with Robins-Breslow-Greenland limits; a refusal where it is 0 or infinite.
    std_error : float or None
        Of the log odds ratio.
    risk_difference : float
        Mantel-Haenszel: share with the second code among units with the first, minus the share
        among the others. Here strata in which the first code alone varies count too.
    cmh, cmh_p : float
        Cochran-Mantel-Haenszel, one degree of freedom, without continuity correction.
    cmh_corrected, cmh_corrected_p : float
        With a continuity correction of one half, at most the distance itself.
    n_informative, n_left_out : int
        Strata in which both codes vary, and the others.
    """

    odds_ratio: Interval | Refusal
    std_error: float | None
    risk_difference: float
    cmh: float
    cmh_p: float
    cmh_corrected: float
    cmh_corrected_p: float
    n_informative: int
    n_left_out: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ManyOddsRatios:
    """Common odds ratios of many pairs.

    Attributes
    ----------
    estimable : ndarray of bool, shape (n_pairs,)
        Whether the odds ratio is neither 0, nor infinite, nor undefined.
    log_odds_ratio : ndarray, shape (n_pairs,)
        Where it is not estimable: minus infinity or infinity, or 0 when no stratum says anything.
    std_error : ndarray, shape (n_pairs,)
        Robins-Breslow-Greenland; infinite where it is not estimable.
    conf_low, conf_high : ndarray, shape (n_pairs,)
        Of the log odds ratio; minus infinity and infinity where it is not estimable.
    conf_level : float
    """

    estimable: npt.NDArray[np.bool_]
    log_odds_ratio: FloatArray
    std_error: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray
    conf_level: float


def stratify_pairs(matrix: npt.ArrayLike, strata: npt.ArrayLike) -> IntArray:
    """Cross all pairs of codes within strata.

    Parameters
    ----------
    matrix : array_like of bool, shape (n_rows, n_codes)
    strata : array_like of int, shape (n_rows,)
        Numbered from 0.

    Returns
    -------
    ndarray of int, shape (n_pairs, n_strata, 4)
        Both, first only, second only, neither; pairs as in ``np.triu_indices(n_codes, 1)``.

    Raises
    ------
    ValueError
        For values other than 0 and 1, lengths that differ, or strata that are not numbered from 0.

    Examples
    --------
    >>> stratify_pairs([[1, 1], [0, 0], [1, 0]], [0, 0, 1]).tolist()
    [[[1, 0, 0, 1], [0, 1, 0, 0]]]
    """
    rows, codes = np.asarray(matrix), np.asarray(strata)
    if rows.ndim != 2 or codes.shape != rows.shape[:1]:
        raise ValueError("matrix must have two dimensions, and strata one value per row.")
    if codes.size and (not np.issubdtype(codes.dtype, np.integer) or codes.min() < 0):
        raise ValueError("strata must be whole numbers from 0.")
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes)) if codes.size else np.empty(0, dtype=np.int64)
    blocks = np.split(rows[order], ends[:-1]) if codes.size else []
    k = rows.shape[1]
    found = np.zeros((k * (k - 1) // 2, len(blocks), 4), dtype=np.int64)
    for at, block in enumerate(blocks):
        found[:, at] = count_joint(block).tables
    return found


def mantel_haenszel(tables: npt.ArrayLike, *, conf_level: float = 0.95) -> MantelHaenszel | Refusal:
    """Estimate the odds ratio that strata have in common, and test that it is 1.

    Parameters
    ----------
    tables : array_like of int, shape (n_strata, 4)
        Both, first only, second only, neither.
    conf_level : float

    Returns
    -------
    MantelHaenszel or Refusal
        A refusal when both codes vary in no stratum.

    Raises
    ------
    ValueError
        For another shape, counts that are negative or not whole, or an impossible level.

    Notes
    -----
    Rows are independent within strata. Mantel and Haenszel 1959, doi:10.1093/jnci/22.4.719;
    variance of the log odds ratio: Robins, Breslow and Greenland 1986, doi:10.2307/2531052, which
    holds for few large strata and for many small ones.

    Examples
    --------
    >>> found = mantel_haenszel([[6, 2, 3, 7], [4, 3, 2, 6]])
    >>> print(found.odds_ratio)
    5.364 (95% 1.188 to 24.224)
    """
    counts = check_tables(tables, dimensions=2)
    check_conf_level(conf_level)
    used = counts[is_informative(counts)]
    if len(used) == 0:
        return Refusal("Mantel-Haenszel", "both codes vary in no stratum")
    a, b, c, d = used.T
    n = a + b + c + d
    distance = abs(float((a - (a + b) * (a + c) / n).sum()))
    variance = float(((a + b) * (c + d) * (a + c) * (b + d) / (n**2 * (n - 1))).sum())
    cmh, corrected = distance**2 / variance, (distance - min(0.5, distance)) ** 2 / variance
    many = mantel_haenszel_many(used[None], conf_level=conf_level)
    estimable = bool(many.estimable[0])
    return MantelHaenszel(
        odds_ratio=_interval(many),
        std_error=float(many.std_error[0]) if estimable else None,
        risk_difference=_risk_difference(counts),
        cmh=cmh,
        cmh_p=float(special.chdtrc(1, cmh)),
        cmh_corrected=corrected,
        cmh_corrected_p=float(special.chdtrc(1, corrected)),
        n_informative=len(used),
        n_left_out=len(counts) - len(used),
    )


def _risk_difference(tables: FloatArray) -> float:
    """Weighted difference of shares over the strata in which the first code varies."""
    a, b, c, d = tables[(tables[:, :2].sum(axis=1) > 0) & (tables[:, 2:].sum(axis=1) > 0)].T
    weights = (a + b) * (c + d) / (a + b + c + d)
    return float((weights * (a / (a + b) - c / (c + d))).sum() / weights.sum())


def _interval(many: ManyOddsRatios) -> Interval | Refusal:
    if not many.estimable[0]:
        value = "zero" if many.log_odds_ratio[0] < 0 else "infinite"
        return Refusal("Mantel-Haenszel odds ratio", f"the estimate is {value}, without limits")
    ends = (many.log_odds_ratio, many.conf_low, many.conf_high)
    with np.errstate(over="ignore"):
        estimate, low, high = (float(np.exp(x[0])) for x in ends)
    return Interval(
        estimate=estimate,
        conf_low=low,
        conf_high=high,
        conf_level=many.conf_level,
        method="Mantel-Haenszel, Robins-Breslow-Greenland",
    )


def mantel_haenszel_many(tables: npt.ArrayLike, *, conf_level: float = 0.95) -> ManyOddsRatios:
    """Estimate the common odds ratios of many pairs at once.

    Parameters
    ----------
    tables : array_like of int, shape (n_pairs, n_strata, 4)
        Both, first only, second only, neither, as `stratify_pairs` gives them.
    conf_level : float

    Returns
    -------
    ManyOddsRatios

    Raises
    ------
    ValueError
        For another shape, counts that are negative or not whole, or an impossible level.

    Notes
    -----
    With ``R = ad/n``, ``S = bc/n``, ``P = (a + d)/n`` and ``Q = (b + c)/n`` per stratum, the odds
    ratio is ``sum R / sum S``, and the variance of its logarithm ``sum PR / (2 (sum R)^2) +
    sum (PS + QR) / (2 sum R sum S) + sum QS / (2 (sum S)^2)`` (doi:10.2307/2531052).

    Examples
    --------
    >>> found = mantel_haenszel_many([[[6, 2, 3, 7], [4, 3, 2, 6]], [[3, 0, 0, 3], [0, 0, 1, 4]]])
    >>> found.estimable, found.log_odds_ratio.round(3)
    (array([ True, False]), array([1.68,  inf]))
    """
    counts = check_tables(tables, dimensions=3)
    quantile = normal_quantile(check_conf_level(conf_level))
    a, b, c, d = np.moveaxis(counts, -1, 0)
    n = np.maximum(a + b + c + d, 1.0)
    r, s, p, q = a * d / n, b * c / n, (a + d) / n, (b + c) / n
    sum_r, sum_s = r.sum(axis=1), s.sum(axis=1)
    estimable = (sum_r > 0) & (sum_s > 0)
    top, bottom = np.where(estimable, sum_r, 1.0), np.where(estimable, sum_s, 1.0)
    variance = (
        (p * r).sum(axis=1) / (2 * top**2)
        + (p * s + q * r).sum(axis=1) / (2 * top * bottom)
        + (q * s).sum(axis=1) / (2 * bottom**2)
    )
    edge = np.where(sum_r > sum_s, np.inf, np.where(sum_r < sum_s, -np.inf, 0.0))
    log = np.where(estimable, np.log(top / bottom), edge)
    error = np.where(estimable, np.sqrt(variance), np.inf)
    centre, reach = np.where(estimable, log, 0.0), quantile * error
    return ManyOddsRatios(
        estimable=estimable,
        log_odds_ratio=log,
        std_error=error,
        conf_low=centre - reach,
        conf_high=centre + reach,
        conf_level=conf_level,
    )


def exact_stratified(
    tables: npt.ArrayLike, *, conf_level: float = 0.95
) -> ExactAssociation | Refusal:
    """Conditional odds ratio common to strata, with exact limits and p-values.

    Parameters
    ----------
    tables : array_like of int, shape (n_strata, 4)
        Both, first only, second only, neither.
    conf_level : float

    Returns
    -------
    ExactAssociation or Refusal
        A refusal when both codes vary in no stratum.

    Raises
    ------
    ValueError
        For another shape, counts that are negative or not whole, or an impossible level.

    Notes
    -----
    The margins of every stratum are held. The sum of the joint counts is then a convolution of
    noncentral hypergeometric counts. ``p_values.minlike`` is what R prints for the exact
    conditional test.

    Examples
    --------
    >>> found = exact_stratified([[6, 2, 3, 7], [4, 3, 2, 6]])
    >>> print(found.exact)
    4.818 (95% 0.951 to 29.374)
    """
    counts = check_tables(tables, dimensions=2)
    check_conf_level(conf_level)
    used = counts[is_informative(counts)].astype(np.int64)
    if len(used) == 0:
        return Refusal("conditional odds ratio", "both codes vary in no stratum")
    a, b, c, _ = used.T
    margins = zip((a + b).tolist(), (a + c).tolist(), used.sum(axis=1).tolist(), strict=True)
    family = tilted_family(*convolve_counts([hypergeometric_counts(*m) for m in margins]))
    if isinstance(family, Refusal):
        return family
    observed = int(a.sum())
    return ExactAssociation(
        exact=family.interval(observed, conf_level=conf_level),
        mid_p=family.interval(observed, conf_level=conf_level, mid_p=True),
        p_values=family.p_values(observed),
        family=family,
    )
