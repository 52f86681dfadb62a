"""Which of two dated events came first, and sign tests of it that respect cases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.clusters import index_clusters, sum_by_cluster
from relatum.inference.common import IntArray, Refusal, as_vector

__all__ = ["IntervalOrder", "SignTest", "compare_intervals", "sign_test"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IntervalOrder:
    """The order of two events per row.

    Attributes
    ----------
    sign : ndarray of int, shape (n_rows,)
        1 where the first event came first, -1 where the second did, 0 where it cannot be said.
    dated : ndarray of bool, shape (n_rows,)
        Whether both events have a date interval.
    """

    sign: IntArray
    dated: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignTest:
    """A sign test within units, and the same with whole cases as units of chance.

    Attributes
    ----------
    n_first, n_second : int
        Rows in which the first, and the second, event came first.
    p_binomial : float
        Exact two-sided sign test; treats rows as independent.
    p_value : float
        Exact two-sided test in which the sum of the signs of each case gets a random sign.
    smallest_p : float
        The smallest value that `p_value` can take.
    n_cases : int
        Cases with a decided row.
    n_unbalanced : int
        Cases whose signs do not cancel: only they carry information.
    """

    n_first: int
    n_second: int
    p_binomial: float
    p_value: float
    smallest_p: float
    n_cases: int
    n_unbalanced: int


def compare_intervals(
    first_low: npt.ArrayLike,
    first_high: npt.ArrayLike,
    second_low: npt.ArrayLike,
    second_high: npt.ArrayLike,
) -> IntervalOrder:
    """Say which of two events came first; never where their intervals share a day.

    Parameters
    ----------
    first_low, first_high, second_low, second_high : array_like of float, shape (n_rows,)
        Limits of the date intervals in days, minus or plus infinity where a side is open; NaN for
        both limits where an event has no date.

    Returns
    -------
    IntervalOrder

    Raises
    ------
    ValueError
        If lengths differ, one limit alone is NaN, or an interval ends before it starts.

    Examples
    --------
    >>> found = compare_intervals([1, 5, 1, np.nan], [2, 6, 4, np.nan], [3, 1, 4, 1], [9, 4, 5, 2])
    >>> found.sign.tolist(), found.dated.tolist()
    ([1, -1, 0, 0], [True, True, True, False])
    """
    low_a = as_vector(first_low, name="first_low")
    high_a = as_vector(first_high, name="first_high", length=len(low_a))
    low_b = as_vector(second_low, name="second_low", length=len(low_a))
    high_b = as_vector(second_high, name="second_high", length=len(low_a))
    for low, high in ((low_a, high_a), (low_b, high_b)):
        if (np.isnan(low) != np.isnan(high)).any():
            raise ValueError("a limit is missing; use an infinite one where a side is open.")
        if (high < low).any():
            raise ValueError("an interval ends before it starts.")
    sign = (high_a < low_b).astype(np.int64) - (high_b < low_a).astype(np.int64)
    return IntervalOrder(sign=sign, dated=~np.isnan(low_a) & ~np.isnan(low_b))


def sign_test(sign: npt.ArrayLike, cluster: npt.ArrayLike) -> SignTest | Refusal:
    """Test whether either event tends to come first, with cases as units of chance.

    Parameters
    ----------
    sign : array_like of int, shape (n_rows,)
        1, -1 or 0, as in `IntervalOrder`; zeros are left out.
    cluster : array_like, shape (n_rows,)
        The case of each row.

    Returns
    -------
    SignTest or Refusal
        A refusal where no row is decided, or all decided rows lie in one case.

    Raises
    ------
    ValueError
        If lengths differ or a sign is something else.

    Notes
    -----
    With s_g the sum of the signs in case g, T = sum_g s_g is compared with sum_g e_g s_g over all
    sign vectors e: under the null the sum of a case is as likely to be s as -s, and cases are
    independent. All 2^G vectors count, by convolution of the G two-point distributions, so that
    nothing is drawn at random however many cases there are; vectors that tie with the data count
    as extreme. The smallest possible p is 2 / 2^G over the G cases whose signs do not cancel.

    Examples
    --------
    >>> found = sign_test([1, 1, 1, 1, -1, 1], ["a", "a", "b", "c", "c", "d"])
    >>> found.n_first, found.n_second, round(found.p_binomial, 3), found.p_value
    (5, 1, 0.219, 0.25)
    """
    signs = as_vector(sign, name="sign")
    clusters = index_clusters(cluster)
    if clusters.n_rows != signs.size:
        raise ValueError(f"cluster has {clusters.n_rows} labels, but there are {signs.size} rows.")
    if not np.isin(signs, (-1, 0, 1)).all():
        raise ValueError("sign must hold 1, -1 and 0 only.")
    decided = signs != 0
    n_cases = np.unique(clusters.codes[decided]).size
    what = "sign test"
    if n_cases == 0:
        return Refusal(what, "no row is decided")
    if n_cases == 1:
        return Refusal(what, "all decided rows lie in one case")
    n_first, n_second = int((signs > 0).sum()), int((signs < 0).sum())
    sums = sum_by_cluster(signs, clusters).astype(np.int64)
    unbalanced = np.abs(sums[sums != 0])
    return SignTest(
        n_first=n_first,
        n_second=n_second,
        p_binomial=_binomial_p(n_first, n_second),
        p_value=_flipped_p(unbalanced, abs(int(sums.sum()))),
        smallest_p=min(1.0, 2.0 ** (1 - unbalanced.size)),
        n_cases=n_cases,
        n_unbalanced=unbalanced.size,
    )


def _binomial_p(n_first: int, n_second: int) -> float:
    """Two-sided p at one half: the distribution is symmetric, so the tail is doubled."""
    return min(1.0, 2.0 * float(special.bdtr(min(n_first, n_second), n_first + n_second, 0.5)))


def _flipped_p(sizes: IntArray, observed: int) -> float:
    """Share of the sign vectors whose sum is at least as far from 0 as observed."""
    share = np.ones(1)
    for size in sizes.tolist():
        step = np.zeros(2 * size + 1)
        step[[0, -1]] = 0.5
        share = np.convolve(share, step)
    distance = np.abs(np.arange(share.size) - (share.size - 1) // 2)
    return min(1.0, float(share[distance >= observed].sum()))
