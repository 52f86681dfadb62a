"""Whether counts rise with documentation depth within cases: ranks compared case by case."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.clusters import Clusters, index_clusters, sum_by_cluster
from relatum.inference.common import FloatArray, IntArray, Refusal, as_vector, find_non_finite
from relatum.inference.permutation import permute_within_cases

__all__ = ["WithinCorrelation", "correlate_within_cases"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WithinCorrelation:
    """A rank correlation within cases.

    Attributes
    ----------
    spearman : float
        Correlation of the ranks within cases, each centred at the mean of its case.
    p_value, smallest_p : float
        Two-sided, by moving depths within cases; and the smallest possible one.
    n_rows, n_cases : int
        Rows and cases that carry information: both variables differ within the case.
    """

    spearman: float
    p_value: float
    smallest_p: float
    n_rows: int
    n_cases: int


def correlate_within_cases(
    counts: npt.ArrayLike,
    depth: npt.ArrayLike,
    cluster: npt.ArrayLike,
    *,
    draws: int = 9_999,
    seed: int = 0,
) -> WithinCorrelation | Refusal:
    """Correlate counts with documentation depth among relationships of the same case.

    Parameters
    ----------
    counts, depth : array_like of float, shape (n_rows,)
    cluster : array_like, shape (n_rows,)
    draws, seed : int
        Random arrangements; the observed one is added.

    Returns
    -------
    WithinCorrelation or Refusal
        A refusal where no case holds rows that differ in both.

    Raises
    ------
    ValueError
        If lengths differ.

    Notes
    -----
    Midranks r and q are taken within each case; the correlation is
    ``sum (r - mean_g r)(q - mean_g q)`` over the root of the product of the two sums of squares,
    over the cases in which both vary. Cases differ in depth and in what happened in them; a
    comparison within cases is free of both. Large cases weigh more.

    Examples
    --------
    >>> found = correlate_within_cases([1, 2, 3, 9, 8, 7], [1, 2, 3, 1, 2, 3], [1, 1, 1, 2, 2, 2])
    >>> found.spearman, found.n_cases
    (0.0, 2)
    """
    y = as_vector(counts, name="counts")
    x = as_vector(depth, name="depth", length=y.size)
    clusters = index_clusters(cluster)
    what = "correlation with depth within cases"
    if clusters.n_rows != y.size:
        raise ValueError(f"cluster has {clusters.n_rows} labels, but there are {y.size} rows.")
    problem = find_non_finite(what, {"counts": y, "depths": x})
    if problem is not None:
        return problem
    first, second = _centred_ranks(y, clusters), _centred_ranks(x, clusters)
    varies = (sum_by_cluster(first**2, clusters) > 0) & (sum_by_cluster(second**2, clusters) > 0)
    if not varies.any():
        return Refusal(what, "no case holds relationships that differ in both")
    rows = _canonical_rows(first, second, clusters, varies)
    first, second = first[rows], second[rows]
    tested = permute_within_cases(
        first, second, _numbered(clusters.codes[rows]), draws=draws, seed=seed
    )
    if isinstance(tested, Refusal):
        return Refusal(what, tested.why)
    squares = float((first @ first) * (second @ second))
    return WithinCorrelation(
        spearman=float(first @ second) / squares**0.5,
        p_value=tested.p_value,
        smallest_p=tested.smallest_p,
        n_rows=len(rows),
        n_cases=int(varies.sum()),
    )


def _rows_by_case(clusters: Clusters) -> list[IntArray]:
    order = np.argsort(clusters.codes, kind="stable")
    return np.split(order, np.cumsum(clusters.sizes)[:-1])


def _canonical_rows(
    first: FloatArray, second: FloatArray, clusters: Clusters, varies: npt.NDArray[np.bool_]
) -> IntArray:
    """Order informative rows by what they hold, so that no draw depends on names or order."""
    blocks = []
    for case, rows in enumerate(_rows_by_case(clusters)):
        if varies[case]:
            held = rows[np.lexsort((first[rows], second[rows]))]
            blocks.append((len(held), tuple(second[held]), tuple(first[held]), held))
    blocks.sort(key=lambda block: block[:3])
    return np.concatenate([block[3] for block in blocks])


def _numbered(codes: IntArray) -> IntArray:
    """Give each run of equal codes its own number: the rows of a case stand together."""
    changes = np.concatenate(([0], np.diff(codes) != 0))
    return np.cumsum(changes).astype(np.int64)


def _centred_ranks(values: FloatArray, clusters: Clusters) -> FloatArray:
    """Midranks within each case, less their mean: half the rows below less half those above."""
    ranks = np.empty_like(values)
    for rows in _rows_by_case(clusters):
        _, place, ties = np.unique(values[rows], return_inverse=True, return_counts=True)
        ends = np.cumsum(ties)
        ranks[rows] = (ends - (ties - 1) / 2.0)[place] - (len(rows) + 1) / 2.0
    return ranks
