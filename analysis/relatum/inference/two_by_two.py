"""The familiar measures of one 2 x 2 table, computed correctly.

They take rows as independent: cases and depth of documentation are ignored.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from relatum.inference.common import (
    FloatArray,
    Interval,
    Refusal,
    check_conf_level,
    check_counts,
    normal_quantile,
)
from relatum.inference.count_nulls import hypergeometric_counts
from relatum.inference.pair_bounds import association
from relatum.inference.tilting import ExactPValues, TiltedFamily, tilted_family

__all__ = [
    "ChiSquareTests",
    "ExactAssociation",
    "TableMeasures",
    "chi_square_tests",
    "describe_table",
    "exact_association",
    "haldane_odds_ratio",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMeasures:
    """Descriptive association of two codes.

    Attributes
    ----------
    phi, jaccard, lift, odds_ratio, yule_q, yule_y : float or Refusal
        A refusal where an empty margin leaves the measure undefined. The odds ratio is that of the
        sample and may be infinite.
    """

    phi: float | Refusal
    jaccard: float | Refusal
    lift: float | Refusal
    odds_ratio: float | Refusal
    yule_q: float | Refusal
    yule_y: float | Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class ChiSquareTests:
    """Large-sample tests of independence, each with one degree of freedom.

    Attributes
    ----------
    pearson, pearson_p : float
        Without continuity correction.
    yates, yates_p : float
        With Yates's correction, at most the distance itself.
    g2, g2_p : float
        Likelihood ratio.
    smallest_expected : float
        Smallest expected count: below 5 the tests are not to be trusted.
    """

    pearson: float
    pearson_p: float
    yates: float
    yates_p: float
    g2: float
    g2_p: float
    smallest_expected: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactAssociation:
    """Conditional odds ratio of a table, or common to strata, with exact p-values.

    Attributes
    ----------
    exact : Interval
        Maximum likelihood given the margins, with exact limits.
    mid_p : Interval
        The same estimate with mid-p limits.
    p_values : ExactPValues
    family : TiltedFamily
        For further limits, p-values and power.
    """

    exact: Interval
    mid_p: Interval
    p_values: ExactPValues
    family: TiltedFamily


def _cells(both: int, first_only: int, second_only: int, neither: int) -> FloatArray:
    named = {"both": both, "first_only": first_only, "second_only": second_only}
    check_counts({**named, "neither": neither})
    return np.array([[both, first_only], [second_only, neither]], dtype=np.float64)


def describe_table(both: int, first_only: int, second_only: int, neither: int) -> TableMeasures:
    """Describe the association of two codes.

    Parameters
    ----------
    both, first_only, second_only, neither : int
        Rows with both codes, one of them, and none.

    Returns
    -------
    TableMeasures

    Raises
    ------
    ValueError
        For counts that are negative or not whole.

    Notes
    -----
    Yule's Q is ``(r - 1) / (r + 1)`` for the sample odds ratio r, and Y the same for its root. For
    the others see `relatum.inference.pair_bounds.association`.

    Examples
    --------
    >>> found = describe_table(8, 2, 4, 6)
    >>> found.odds_ratio, round(found.phi, 4), round(found.yule_q, 4)
    (6.0, 0.4082, 0.7143)
    """
    (a, b), (c, d) = _cells(both, first_only, second_only, neither).tolist()

    def yule(agree: float, differ: float, name: str) -> float | Refusal:
        if agree + differ == 0:
            return Refusal(name, "a margin of the table is empty")
        return (agree - differ) / (agree + differ)

    counts = (both, first_only, second_only, neither)
    return TableMeasures(
        phi=association(*counts, measure="phi"),
        jaccard=association(*counts, measure="jaccard"),
        lift=association(*counts, measure="lift"),
        odds_ratio=association(*counts, measure="odds_ratio"),
        yule_q=yule(a * d, b * c, "Yule's Q"),
        yule_y=yule(math.sqrt(a * d), math.sqrt(b * c), "Yule's Y"),
    )


def chi_square_tests(
    both: int, first_only: int, second_only: int, neither: int
) -> ChiSquareTests | Refusal:
    """Test independence by Pearson's, Yates's and the likelihood-ratio chi-square.

    Parameters
    ----------
    both, first_only, second_only, neither : int

    Returns
    -------
    ChiSquareTests or Refusal
        A refusal when a margin is empty.

    Raises
    ------
    ValueError
        For counts that are negative or not whole.

    Examples
    --------
    >>> found = chi_square_tests(8, 2, 4, 6)
    >>> round(found.pearson, 4), round(found.yates, 4)
    (3.3333, 1.875)
    """
    cells = _cells(both, first_only, second_only, neither)
    rows, columns = cells.sum(axis=1), cells.sum(axis=0)
    if min(rows.min(), columns.min()) == 0:
        return Refusal("chi-square test", "a margin of the table is empty")
    expected = np.outer(rows, columns) / cells.sum()
    distance = np.abs(cells - expected)
    pearson = float((distance**2 / expected).sum())
    yates = float(((distance - np.minimum(0.5, distance)) ** 2 / expected).sum())
    g2 = float(2 * special.xlogy(cells, cells / expected).sum())
    return ChiSquareTests(
        pearson=pearson,
        pearson_p=float(special.chdtrc(1, pearson)),
        yates=yates,
        yates_p=float(special.chdtrc(1, yates)),
        g2=max(0.0, g2),
        g2_p=float(special.chdtrc(1, max(0.0, g2))),
        smallest_expected=float(expected.min()),
    )


def exact_association(
    both: int, first_only: int, second_only: int, neither: int, *, conf_level: float = 0.95
) -> ExactAssociation | Refusal:
    """Conditional odds ratio of two codes with exact and mid-p limits, and Fisher's test.

    Parameters
    ----------
    both, first_only, second_only, neither : int
    conf_level : float

    Returns
    -------
    ExactAssociation or Refusal
        A refusal when a margin is empty: then the margins allow one table alone.

    Raises
    ------
    ValueError
        For counts that are negative or not whole, or an impossible level.

    Notes
    -----
    Both margins are held: see `relatum.inference.tilting.TiltedFamily`. The estimate is not the
    sample odds ratio. ``p_values.minlike`` is the two-sided p-value that most programs print for
    Fisher's test; ``p_values.central`` is the one that agrees with the exact limits.

    Examples
    --------
    >>> found = exact_association(3, 1, 1, 3)
    >>> round(found.exact.estimate, 5), round(found.p_values.minlike, 4)
    (6.40832, 0.4857)
    """
    _cells(both, first_only, second_only, neither)
    check_conf_level(conf_level)
    total = both + first_only + second_only + neither
    family = tilted_family(*hypergeometric_counts(both + first_only, both + second_only, total))
    if isinstance(family, Refusal):
        return Refusal(family.what, "a margin of the table is empty")
    return ExactAssociation(
        exact=family.interval(both, conf_level=conf_level),
        mid_p=family.interval(both, conf_level=conf_level, mid_p=True),
        p_values=family.p_values(both),
        family=family,
    )


def haldane_odds_ratio(
    both: int, first_only: int, second_only: int, neither: int, *, conf_level: float = 0.95
) -> Interval | Refusal:
    """Odds ratio after adding one half to every cell, with Wald limits.

    Parameters
    ----------
    both, first_only, second_only, neither : int
    conf_level : float

    Returns
    -------
    Interval or Refusal
        A refusal when the table holds no row.

    Raises
    ------
    ValueError
        For counts that are negative or not whole, or an impossible level.

    Notes
    -----
    A description that stays finite with empty cells (Haldane 1956, Anscombe 1956,
    doi:10.1093/biomet/43.3-4.461); use `exact_association` for inference.

    Examples
    --------
    >>> print(haldane_odds_ratio(8, 2, 4, 6))
    4.911 (95% 0.770 to 31.324)
    """
    cells = _cells(both, first_only, second_only, neither)
    quantile = normal_quantile(check_conf_level(conf_level))
    if cells.sum() == 0:
        return Refusal("odds ratio", "there is no row")
    (a, b), (c, d) = (cells + 0.5).tolist()
    log, error = math.log(a * d / (b * c)), math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    return Interval(
        estimate=math.exp(log),
        conf_low=math.exp(log - quantile * error),
        conf_high=math.exp(log + quantile * error),
        conf_level=conf_level,
        method="one half added, Wald",
    )
