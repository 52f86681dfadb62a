"""Tests that the odds ratio of two codes is the same in all strata."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.common import FloatArray, Refusal
from relatum.inference.strata_tables import check_tables, is_informative
from relatum.inference.stratified import mantel_haenszel_many

__all__ = ["Homogeneity", "homogeneity_tests"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Homogeneity:
    """Tests that the odds ratio is the same in all strata.

    Attributes
    ----------
    breslow_day, breslow_day_p : float
    tarone, tarone_p : float
        The same with Tarone's correction, which the Mantel-Haenszel estimate needs.
    df : int
        Informative strata minus one.
    n_informative, n_left_out : int
    smallest_expected : float
        Smallest expected count of an informative stratum: these are large-sample tests.
    """

    breslow_day: float
    breslow_day_p: float
    tarone: float
    tarone_p: float
    df: int
    n_informative: int
    n_left_out: int
    smallest_expected: float


def homogeneity_tests(
    tables: npt.ArrayLike, *, odds_ratio: float | None = None
) -> Homogeneity | Refusal:
    """Test that the odds ratio is the same in all strata.

    Parameters
    ----------
    tables : array_like of int, shape (n_strata, 4)
        Both, first only, second only, neither.
    odds_ratio : float, optional
        The common odds ratio; by default the Mantel-Haenszel estimate.

    Returns
    -------
    Homogeneity or Refusal
        A refusal with fewer than two informative strata, or when the estimate is 0 or infinite.

    Raises
    ------
    ValueError
        For another shape, counts that are negative or not whole, or an impossible odds ratio.

    Notes
    -----
    Breslow and Day 1980, with the correction of Tarone 1985, doi:10.1093/biomet/72.1.91. Strata
    with an empty margin are left out. With strata as small as most cases are, the chi-square
    distribution is a poor guide.

    Examples
    --------
    >>> found = homogeneity_tests([[6, 2, 3, 7], [4, 3, 2, 6]])
    >>> round(found.tarone, 4), found.df
    (0.131, 1)
    """
    counts = check_tables(tables, dimensions=2)
    if odds_ratio is not None and not 0.0 < odds_ratio < np.inf:
        raise ValueError(f"odds_ratio must be above 0 and finite, not {odds_ratio!r}.")
    used = counts[is_informative(counts)]
    if len(used) < 2:
        return Refusal("homogeneity", "both codes vary in fewer than two strata")
    if odds_ratio is None:
        many = mantel_haenszel_many(used[None])
        if not many.estimable[0]:
            return Refusal("homogeneity", "the common odds ratio is zero or infinite")
        odds_ratio = float(np.exp(many.log_odds_ratio[0]))
    expected = _expected_cells(used, odds_ratio)
    variance = 1.0 / (1.0 / expected).sum(axis=1)
    distance = used[:, 0] - expected[:, 0]
    breslow_day = float((distance**2 / variance).sum())
    tarone = max(0.0, breslow_day - float(distance.sum() ** 2 / variance.sum()))
    df = len(used) - 1
    return Homogeneity(
        breslow_day=breslow_day,
        breslow_day_p=float(special.chdtrc(df, breslow_day)),
        tarone=tarone,
        tarone_p=float(special.chdtrc(df, tarone)),
        df=df,
        n_informative=len(used),
        n_left_out=len(counts) - len(used),
        smallest_expected=float(expected.min()),
    )


def _expected_cells(tables: FloatArray, odds_ratio: float) -> FloatArray:
    """Cells with the margins of each stratum and a given odds ratio."""
    a, b, c, d = tables.T
    first, second, n = a + b, a + c, a + b + c + d
    # the root of (1 - r) e^2 + B e - r * first * second, by whichever form loses no digits
    linear = n + (odds_ratio - 1) * (first + second)
    root = np.sqrt(linear**2 + 4 * (1 - odds_ratio) * odds_ratio * first * second)
    stable = linear >= 0
    below = np.where(stable, linear + root, 1.0)
    side = np.where(stable, 1.0, 2 * (1 - odds_ratio))
    both = np.where(stable, 2 * odds_ratio * first * second / below, (root - linear) / side)
    return np.column_stack([both, first - both, second - both, n - first - second + both])
