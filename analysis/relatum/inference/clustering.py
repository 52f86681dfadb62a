"""Hierarchical clustering of binary codes: description only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from relatum.inference.common import FloatArray, IntArray, Refusal

__all__ = ["CodeClusters", "Distance", "cluster_codes", "code_distances"]

Distance = Literal["jaccard", "phi"]
_WHAT = "clusters of codes"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CodeClusters:
    """A tree of codes.

    Attributes
    ----------
    merges : ndarray of int, shape (n_codes - 1, 2)
        What is joined in each step: a code by its column, or n_codes + i for step i.
    heights : ndarray, shape (n_codes - 1,)
        Mean distance between what is joined; never falling.
    sizes : ndarray of int, shape (n_codes - 1,)
        Codes in what results.
    order : tuple of int
        The leaves from left to right, neighbours as alike as the tree allows.
    distances : ndarray, shape (n_codes, n_codes)
    distance : {"jaccard", "phi"}
    n_rows : int
    """

    merges: IntArray
    heights: FloatArray
    sizes: IntArray
    order: tuple[int, ...]
    distances: FloatArray
    distance: Distance
    n_rows: int


def code_distances(data: ArrayLike, *, distance: Distance = "jaccard") -> FloatArray | Refusal:
    """Distance between any two codes.

    Parameters
    ----------
    data : array_like of 0 and 1, shape (n_rows, n_codes)
    distance : {"jaccard", "phi"}
        One minus the share of rows with both among the rows with either; or one minus the
        absolute phi coefficient.

    Returns
    -------
    ndarray, shape (n_codes, n_codes), or Refusal
        Between 0 and 1. Refused for fewer than two codes and for a constant one.

    Raises
    ------
    ValueError
        For data that are not 0 and 1, or an unknown distance.

    Examples
    --------
    >>> code_distances([[1, 1], [1, 0], [0, 1], [0, 0]]).round(3).tolist()
    [[0.0, 0.667], [0.667, 0.0]]
    """
    x = np.asarray(data, dtype=np.float64)
    if x.ndim != 2 or not np.isin(x, (0.0, 1.0)).all():
        raise ValueError("data must be a matrix of 0 and 1, one column per code.")
    if distance not in ("jaccard", "phi"):
        raise ValueError(f"distance must be 'jaccard' or 'phi', not {distance!r}.")
    if x.shape[1] < 2:
        return Refusal(_WHAT, "there are fewer than two codes")
    totals, n = x.sum(axis=0), len(x)
    constant = (totals == 0) | (totals == n)
    if constant.any():
        return Refusal(_WHAT, f"code {int(np.argmax(constant)) + 1} is the same in every row")
    both: FloatArray = x.T @ x
    found: FloatArray
    if distance == "jaccard":
        found = 1.0 - both / (totals[:, None] + totals[None, :] - both)
    else:
        spread = np.sqrt(totals * (n - totals))
        phi = (n * both - np.outer(totals, totals)) / np.outer(spread, spread)
        found = 1.0 - np.minimum(np.abs(phi), 1.0)
    np.fill_diagonal(found, 0.0)
    return found


def cluster_codes(data: ArrayLike, *, distance: Distance = "jaccard") -> CodeClusters | Refusal:
    """Join codes that are present in the same rows, step by step.

    Parameters
    ----------
    data : array_like of 0 and 1, shape (n_rows, n_codes)
    distance : {"jaccard", "phi"}
        As in `code_distances`.

    Returns
    -------
    CodeClusters or Refusal
        Refused for fewer than two codes and for a constant one.

    Raises
    ------
    ValueError
        As `code_distances`.

    Notes
    -----
    Average linkage; of the orders that the tree allows, the one with the smallest sum of
    distances between neighbours (Bar-Joseph, Gifford and Jaakkola 2001,
    doi:10.1093/bioinformatics/17.suppl_1.S22). No test, no number of clusters: where blanks count
    as absence, codes also join because the same files are thick.

    Examples
    --------
    >>> data = [[1, 1, 0], [1, 1, 0], [0, 1, 1], [0, 0, 1]]
    >>> found = cluster_codes(data)
    >>> found.merges.tolist(), found.heights.round(3).tolist()
    ([[0, 1], [2, 3]], [0.333, 0.875])
    """
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform

    between = code_distances(data, distance=distance)
    if isinstance(between, Refusal):
        return between
    tree = linkage(squareform(between, checks=False), method="average", optimal_ordering=True)
    merges = tree[:, :2].astype(np.int64)
    return CodeClusters(
        merges=np.sort(merges, axis=1),
        heights=tree[:, 2].copy(),
        sizes=tree[:, 3].astype(np.int64),
        order=tuple(int(leaf) for leaf in leaves_list(tree)),
        distances=between,
        distance=distance,
        n_rows=len(np.asarray(data)),
    )
