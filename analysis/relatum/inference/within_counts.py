"""The exact test of two things within cases, from counts: fast enough to simulate."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, IntArray, Refusal
from relatum.inference.count_nulls import hypergeometric_counts

__all__ = ["within_case_p_value"]

_WHAT = "exact test within cases"
_TIE = 1e-9


def within_case_p_value(
    joint: npt.ArrayLike, first: npt.ArrayLike, second: npt.ArrayLike, sizes: npt.ArrayLike
) -> float | Refusal:
    """Test whether two things go together within cases.

    Parameters
    ----------
    joint, first, second, sizes : array_like of int, shape (n_cases,)
        Rows with both, rows with the first, rows with the second, and all rows, per case.

    Returns
    -------
    float or Refusal
        Two-sided; a refusal where no case holds rows that differ in both.

    Raises
    ------
    ValueError
        For shapes that differ and for counts that no rows can have.

    Notes
    -----
    The p value of `permutation.permute_within_cases` for two binary variables: given the totals of
    each case the joint count is hypergeometric, cases are independent, and p adds up all sums at
    least as far from expectation. Assumes that rows of one case are exchangeable.

    Examples
    --------
    >>> round(within_case_p_value([3], [3], [3], [6]), 2)
    0.1
    """
    both, a, b, n = _check(joint, first, second, sizes)
    told = (a > 0) & (a < n) & (b > 0) & (b < n)
    if not told.any():
        return Refusal(_WHAT, "no case holds rows that differ in both")
    both, a, b, n = both[told], a[told], b[told], n[told]
    total = np.ones(1)
    for case in zip(n.tolist(), a.tolist(), b.tolist(), strict=True):
        total = np.convolve(total, _weights(*case))
    probability = total / total.sum()
    expected = float((a * b / n).sum())
    distance = np.abs(int(np.maximum(0, a + b - n).sum()) + np.arange(len(total)) - expected)
    observed = abs(int(both.sum()) - expected)
    return min(1.0, float(probability[distance >= observed - _TIE].sum()))


@lru_cache(maxsize=16_384)
def _weights(n: int, a: int, b: int) -> FloatArray:
    """Probabilities of the joint counts of one case, from the smallest up."""
    weights: FloatArray = np.exp(hypergeometric_counts(a, b, n)[1])
    weights /= weights.sum()
    weights.setflags(write=False)
    return weights


def _check(*columns: npt.ArrayLike) -> tuple[IntArray, ...]:
    found = [np.asarray(column) for column in columns]
    if any(one.ndim != 1 or one.shape != found[0].shape for one in found):
        raise ValueError("joint, first, second and sizes need one number per case each.")
    counts = tuple(one.astype(np.int64) for one in found)
    if any((count != one).any() for count, one in zip(counts, found, strict=True)):
        raise ValueError("joint, first, second and sizes must hold whole numbers.")
    both, a, b, n = counts
    if (
        (np.minimum(a, b) < both).any()
        or (np.maximum(a, b) > n).any()
        or (both < np.maximum(0, a + b - n)).any()
    ):
        raise ValueError("no rows have such counts: see joint, first, second and sizes.")
    return counts
