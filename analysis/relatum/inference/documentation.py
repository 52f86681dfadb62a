"""Diagnostics of documentation: how much is known, where, and whether depth drives the counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.clusters import index_clusters
from relatum.inference.common import FloatArray, Refusal, as_vector, find_non_finite

__all__ = [
    "DepthCorrelation",
    "DocumentationShares",
    "correlate_depth",
    "documentation_shares",
]

DEPTH_WARNING = 0.3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DocumentationShares:
    """Share of rows documented, per item and per item and cluster.

    Attributes
    ----------
    by_item : ndarray, shape (n_items,)
    by_item_and_cluster : ndarray, shape (n_items, n_clusters)
        The heat map; a row-level display for small clusters, so disclosure rules apply.
    overall : float
    """

    by_item: FloatArray
    by_item_and_cluster: FloatArray
    overall: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthCorrelation:
    """Rank correlation of the number of present codes with documentation depth.

    Attributes
    ----------
    spearman : float
    n_rows : int
    warns : bool
        Above 0.3: co-occurrence must carry the depth warning.
    """

    spearman: float
    n_rows: int
    warns: bool


def documentation_shares(
    documented: npt.ArrayLike, cluster: npt.ArrayLike
) -> DocumentationShares | Refusal:
    """Share documented, per item and case.

    Parameters
    ----------
    documented : array_like of bool, shape (n_rows, n_items)
    cluster : array_like, shape (n_rows,)

    Returns
    -------
    DocumentationShares or Refusal

    Examples
    --------
    >>> found = documentation_shares([[1, 0], [1, 1], [0, 0]], ["a", "a", "b"])
    >>> found.by_item_and_cluster
    array([[1. , 0. ],
           [0.5, 0. ]])
    """
    known = np.asarray(documented, dtype=bool)
    clusters = index_clusters(cluster)
    if known.ndim != 2 or len(known) != clusters.n_rows:
        raise ValueError("documented must have one row per cluster label and one column per item.")
    if known.size == 0:
        return Refusal("documentation shares", "there is no row or no item")
    sums = np.zeros((clusters.n_clusters, known.shape[1]))
    np.add.at(sums, clusters.codes, known.astype(float))
    return DocumentationShares(
        by_item=known.mean(axis=0),
        by_item_and_cluster=(sums / clusters.sizes[:, None]).T,
        overall=float(known.mean()),
    )


def correlate_depth(n_present: npt.ArrayLike, depth: npt.ArrayLike) -> DepthCorrelation | Refusal:
    """Spearman correlation of the number of present codes with documentation depth.

    Parameters
    ----------
    n_present : array_like, shape (n_rows,)
        Codes recorded as present, per row.
    depth : array_like, shape (n_rows,)
        Any measure of how well a row is documented; 0/1 for "has a victim's statement".

    Returns
    -------
    DepthCorrelation or Refusal
        A refusal when either does not vary.

    Examples
    --------
    >>> correlate_depth([1, 2, 4, 3], [10, 20, 30, 40]).warns
    True
    """
    counts = as_vector(n_present, name="n_present")
    measure = as_vector(depth, name="depth", length=len(counts))
    what = "correlation with documentation depth"
    bad = find_non_finite(what, {"counts": counts, "depths": measure})
    if bad is not None:
        return bad
    if len(counts) < 3 or np.ptp(counts) == 0 or np.ptp(measure) == 0:
        return Refusal(what, "the counts or the depth do not vary over at least three rows")
    first, second = (r - r.mean() for r in (_midranks(counts), _midranks(measure)))
    spearman = float(first @ second / np.sqrt((first @ first) * (second @ second)))
    return DepthCorrelation(spearman=spearman, n_rows=len(counts), warns=spearman > DEPTH_WARNING)


def _midranks(values: FloatArray) -> FloatArray:
    _, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2.0)[codes], dtype=np.float64)
