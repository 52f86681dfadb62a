"""Clusters: their index, their sizes, and how much information so few of them hold.

A cluster is an investigation (a case). The engine never gates: `diagnose_clusters` says what is
doubtful, and the models decide whether to go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from relatum.inference.common import (
    FloatArray,
    IntArray,
    Refusal,
    as_matrix,
    as_vector,
    find_non_finite,
)

__all__ = [
    "ClusterDiagnostics",
    "Clusters",
    "PartialLeverage",
    "diagnose_clusters",
    "index_clusters",
    "partial_leverage",
    "sum_by_cluster",
]

MIN_CLUSTERS = 6
MAX_SHARE = 0.60


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clusters:
    """Rows sorted into clusters.

    Attributes
    ----------
    codes : ndarray of int, shape (n_rows,)
        The cluster of each row, from 0.
    labels : ndarray, shape (n_clusters,)
        The label of each cluster, sorted.
    sizes : ndarray of int, shape (n_clusters,)
        Rows per cluster.
    """

    codes: IntArray
    labels: npt.NDArray[Any]
    sizes: IntArray

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.codes)

    @property
    def n_clusters(self) -> int:
        """Number of clusters."""
        return len(self.sizes)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClusterDiagnostics:
    """How many clusters there are, and how unequal.

    Attributes
    ----------
    n_rows, n_clusters : int
    sizes : ndarray of int, shape (n_clusters,)
        Rows per cluster, largest first.
    largest_share : float
        Share of the rows in the largest cluster.
    effective_clusters : float
        Kish effective number, (sum n)^2 / sum n^2.
    size_cv : float
        Coefficient of variation of the sizes (population standard deviation over mean).
    refusal : Refusal or None
        Why no standard error should be printed, if so: fewer than six clusters, or one that
        holds more than 60% of the rows.
    """

    n_rows: int
    n_clusters: int
    sizes: IntArray
    largest_share: float
    effective_clusters: float
    size_cv: float
    refusal: Refusal | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PartialLeverage:
    """Share of one coefficient's information that each cluster holds.

    Attributes
    ----------
    shares : ndarray, shape (n_clusters,)
        In the order of the cluster labels; they sum to one.
    largest : float
    effective_clusters : float
        1 / sum of squared shares.
    """

    shares: FloatArray
    largest: float
    effective_clusters: float


def index_clusters(cluster: npt.ArrayLike) -> Clusters:
    """Give each cluster a number, in the order of their labels.

    Parameters
    ----------
    cluster : array_like, shape (n_rows,)
        A label per row; labels may be numbers or text.

    Returns
    -------
    Clusters

    Raises
    ------
    ValueError
        If the labels have more than one dimension.

    Examples
    --------
    >>> index_clusters(["b", "a", "b"]).sizes
    array([1, 2])
    """
    labels = np.asarray(cluster)
    if labels.ndim != 1:
        raise ValueError(f"cluster must have one dimension, not {labels.ndim}.")
    names, codes, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    return Clusters(codes=codes.astype(np.int64), labels=names, sizes=sizes.astype(np.int64))


def sum_by_cluster(values: npt.ArrayLike, clusters: Clusters) -> FloatArray:
    """Sum a vector within each cluster.

    Parameters
    ----------
    values : array_like, shape (n_rows,)
    clusters : Clusters

    Returns
    -------
    ndarray, shape (n_clusters,)

    Examples
    --------
    >>> sum_by_cluster([1, 0, 1], index_clusters(["b", "a", "b"]))
    array([0., 2.])
    """
    vector = as_vector(values, name="values", length=clusters.n_rows)
    sums = np.bincount(clusters.codes, weights=vector, minlength=clusters.n_clusters)
    return sums.astype(np.float64)


def _too_few(sizes: IntArray, largest_share: float) -> Refusal | None:
    what = "standard errors and intervals"
    if len(sizes) < MIN_CLUSTERS:
        noun = "cluster" if len(sizes) == 1 else "clusters"
        return Refusal(what, f"{len(sizes)} {noun}, fewer than {MIN_CLUSTERS}")
    if largest_share > MAX_SHARE:
        return Refusal(
            what, f"one cluster holds {largest_share:.0%} of the rows, more than {MAX_SHARE:.0%}"
        )
    return None


def diagnose_clusters(cluster: npt.ArrayLike) -> ClusterDiagnostics | Refusal:
    """Describe the clusters, and say whether they can carry a standard error.

    Parameters
    ----------
    cluster : array_like, shape (n_rows,)

    Returns
    -------
    ClusterDiagnostics or Refusal
        A refusal only when there is no row.

    Notes
    -----
    The effective number of clusters is Kish's (sum n)^2 / sum n^2. Fifty clusters that differ
    much in size may hold less than ten equal ones (MacKinnon and Webb 2017,
    doi:10.1002/jae.2508).

    Examples
    --------
    >>> sizes = [26, 22, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1]
    >>> found = diagnose_clusters(np.repeat(np.arange(12), sizes))
    >>> round(found.effective_clusters, 2), found.refusal
    (4.27, None)
    """
    clusters = index_clusters(cluster)
    if clusters.n_rows == 0:
        return Refusal("cluster diagnostics", "there is no row")
    sizes = np.sort(clusters.sizes)[::-1]
    share = float(sizes[0] / clusters.n_rows)
    return ClusterDiagnostics(
        n_rows=clusters.n_rows,
        n_clusters=clusters.n_clusters,
        sizes=sizes,
        largest_share=share,
        effective_clusters=float(clusters.n_rows**2 / (sizes.astype(float) ** 2).sum()),
        size_cv=float(sizes.std() / sizes.mean()),
        refusal=_too_few(sizes, share),
    )


def partial_leverage(
    design: npt.ArrayLike, cluster: npt.ArrayLike, *, column: int
) -> PartialLeverage | Refusal:
    """Share of a coefficient's information that each cluster holds.

    Parameters
    ----------
    design : array_like, shape (n_rows, k)
        The whole design matrix, constant included.
    cluster : array_like, shape (n_rows,)
    column : int
        The coefficient.

    Returns
    -------
    PartialLeverage or Refusal

    Notes
    -----
    The column is residualised on the others; a cluster's share is its part of the sum of squared
    residuals (MacKinnon, Nielsen and Webb 2023, doi:10.1016/j.jeconom.2022.04.001). A share
    near one says that the coefficient is that cluster.

    Examples
    --------
    >>> x = np.column_stack([np.ones(6), [0, 1, 0, 1, 0, 0]])
    >>> partial_leverage(x, [1, 1, 2, 2, 3, 3], column=1).shares.round(3)
    array([0.417, 0.417, 0.167])
    """
    x = as_matrix(design, name="design")
    clusters = index_clusters(cluster)
    as_vector(clusters.codes, name="cluster", length=len(x))
    what = "partial leverage"
    bad = find_non_finite(what, {"design": x})
    if bad is not None:
        return bad
    others = np.delete(x, column, axis=1)
    target = x[:, column]
    if others.shape[1]:
        target = target - others @ np.linalg.lstsq(others, target, rcond=None)[0]
    total = float(target @ target)
    if total <= 1e-12 * float(x[:, column] @ x[:, column]) or total == 0:
        return Refusal(what, "the covariate is constant, or a combination of the others")
    shares = sum_by_cluster(target**2, clusters) / total
    return PartialLeverage(
        shares=shares,
        largest=float(shares.max()),
        effective_clusters=float(1.0 / (shares**2).sum()),
    )
