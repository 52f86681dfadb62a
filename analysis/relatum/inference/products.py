"""Cross-products per cluster: all that linear models need of the rows.

They are computed once, in memory linear in the rows; what follows costs clusters times columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.clusters import Clusters, index_clusters
from relatum.inference.common import FloatArray, Refusal, as_matrix, as_vector, find_non_finite

__all__ = [
    "ClusterProducts",
    "RegressionInput",
    "check_regression",
    "cluster_products",
    "invert_information",
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegressionInput:
    """Checked arrays of one regression.

    Attributes
    ----------
    outcome : ndarray, shape (n_rows,)
    design : ndarray, shape (n_rows, k)
    clusters : Clusters
    weights : ndarray, shape (n_rows,), or None
    """

    outcome: FloatArray
    design: FloatArray
    clusters: Clusters
    weights: FloatArray | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClusterProducts:
    """Cross-products of design and outcome within each cluster.

    Attributes
    ----------
    xx : ndarray, shape (n_clusters, k, k)
        X'WX.
    xy : ndarray, shape (n_clusters, k)
        X'Wy.
    n_rows : int
    """

    xx: FloatArray
    xy: FloatArray
    n_rows: int


def check_regression(
    outcome: npt.ArrayLike,
    design: npt.ArrayLike,
    cluster: npt.ArrayLike,
    *,
    weights: npt.ArrayLike | None = None,
    what: str,
) -> RegressionInput | Refusal:
    """Check the arrays of a regression with clusters.

    Parameters
    ----------
    outcome : array_like, shape (n_rows,)
    design : array_like, shape (n_rows, k)
        The whole design matrix, constant included.
    cluster : array_like, shape (n_rows,)
    weights : array_like, shape (n_rows,), optional
        Not negative.
    what : str
        The name of the quantity, for a refusal.

    Returns
    -------
    RegressionInput or Refusal
        A refusal for values that are not finite, one cluster, a constant outcome, or weights
        that are all zero.

    Raises
    ------
    ValueError
        For lengths that differ, or a negative weight.
    """
    y = as_vector(outcome, name="outcome")
    x = as_matrix(design, name="design", length=len(y))
    clusters = index_clusters(cluster)
    as_vector(clusters.codes, name="cluster", length=len(y))
    w = None if weights is None else as_vector(weights, name="weights", length=len(y))
    bad = find_non_finite(what, {"outcomes": y, "covariates": x, "weights": w})
    if bad is not None:
        return bad
    if w is not None:
        if (w < 0).any():
            raise ValueError("weights must not be negative.")
        if not (w > 0).any():
            return Refusal(what, "every weight is zero")
    if clusters.n_clusters < 2:
        return Refusal(what, "there is no row" if len(y) == 0 else "there is one cluster")
    if np.ptp(y) == 0:
        return Refusal(what, "the outcome is the same in every row")
    if x.shape[1] >= len(y):
        return Refusal(what, f"{x.shape[1]} coefficients need more than {len(y)} rows")
    return RegressionInput(outcome=y, design=x, clusters=clusters, weights=w)


def cluster_products(data: RegressionInput) -> ClusterProducts:
    """Sum the cross-products of design and outcome within each cluster.

    Parameters
    ----------
    data : RegressionInput

    Returns
    -------
    ClusterProducts
    """
    x, y, codes = data.design, data.outcome, data.clusters.codes
    n_clusters, k = data.clusters.n_clusters, x.shape[1]
    xx, xy = np.empty((n_clusters, k, k)), np.empty((n_clusters, k))
    for i in range(k):
        column = x[:, i] if data.weights is None else x[:, i] * data.weights
        xy[:, i] = np.bincount(codes, weights=column * y, minlength=n_clusters)
        for j in range(i + 1):
            xx[:, i, j] = np.bincount(codes, weights=column * x[:, j], minlength=n_clusters)
            xx[:, j, i] = xx[:, i, j]
    return ClusterProducts(xx=xx, xy=xy, n_rows=len(y))


def invert_information(information: FloatArray, *, what: str) -> FloatArray | Refusal:
    """Invert X'WX, or say that the columns are collinear.

    Parameters
    ----------
    information : ndarray, shape (k, k)
    what : str
        The name of the quantity, for a refusal.

    Returns
    -------
    ndarray, shape (k, k), or Refusal
    """
    scale = np.sqrt(np.diag(information))
    if not np.isfinite(scale).all() or (scale == 0).any():
        return Refusal(what, "a covariate is zero in every row")
    scaled = information / np.outer(scale, scale)
    values, vectors = np.linalg.eigh(scaled)
    if values[0] <= 1e-11 * values[-1]:
        return Refusal(what, "the covariates are collinear; drop one of them")
    inverse = (vectors / values) @ vectors.T
    return np.asarray(inverse / np.outer(scale, scale), dtype=np.float64)
