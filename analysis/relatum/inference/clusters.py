"""Clusters: their index, their sizes, and how much information so few of them hold.

A cluster is an investigation (a case). The engine never gates: `diagnose_clusters` says what is
doubtful, and the models decide whether to go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from relatum.inference.common import (
    FloatArray,
    IntArray,
    Refusal,
    as_matrix,
    as_vector,
    check_conf_level,
    find_non_finite,
    normal_quantile,
)

__all__ = [
    "ClusterDiagnostics",
    "Clusters",
    "DesignEffect",
    "IntraclassCorrelation",
    "PartialLeverage",
    "design_effect",
    "diagnose_clusters",
    "estimate_icc",
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


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignEffect:
    """Loss of information through clustering.

    Attributes
    ----------
    deff : float
        1 + (m - 1) ICC with m the size-weighted mean cluster size, sum n^2 / sum n.
    deff_equal : float
        The same with the plain mean size: right only when clusters are of one size.
    n_effective : float
        Rows divided by `deff`.
    icc : float
        The correlation it was computed from.
    """

    deff: float
    deff_equal: float
    n_effective: float
    icc: float


@dataclass(frozen=True, slots=True, kw_only=True)
class IntraclassCorrelation:
    """Intra-cluster correlation of an outcome.

    Attributes
    ----------
    estimate : float
        May be negative for the moment estimators.
    method : str
    n_rows, n_clusters : int
    conf_low, conf_high : float or None
        Limits, where the method has them.
    conf_level : float or None
    """

    estimate: float
    method: str
    n_rows: int
    n_clusters: int
    conf_low: float | None = None
    conf_high: float | None = None
    conf_level: float | None = None


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


def design_effect(sizes: npt.ArrayLike, *, icc: float) -> DesignEffect | Refusal:
    """Design effect of a proportion or mean for unequal cluster sizes.

    Parameters
    ----------
    sizes : array_like of int, shape (n_clusters,)
    icc : float
        Intra-cluster correlation; a negative value is taken as it is.

    Returns
    -------
    DesignEffect or Refusal

    Notes
    -----
    1 + (sum n^2 / sum n - 1) ICC (Kish 1965). Assumes that size and outcome are unrelated.

    Examples
    --------
    >>> round(design_effect([26, 22, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1], icc=0.10).n_effective, 1)
    28.0
    """
    counts = as_vector(sizes, name="sizes")
    if len(counts) == 0 or counts.sum() <= 0:
        return Refusal("design effect", "there is no row")
    weighted = float((counts**2).sum() / counts.sum())
    deff = 1.0 + (weighted - 1.0) * icc
    if deff <= 0:
        return Refusal("design effect", "the correlation is so negative that it is not positive")
    return DesignEffect(
        deff=deff,
        deff_equal=1.0 + (float(counts.mean()) - 1.0) * icc,
        n_effective=float(counts.sum() / deff),
        icc=icc,
    )


def _mean_squares(y: FloatArray, clusters: Clusters) -> tuple[float, float, float]:
    sizes = clusters.sizes.astype(float)
    n, g = clusters.n_rows, clusters.n_clusters
    means = sum_by_cluster(y, clusters) / sizes
    between = float((sizes * (means - y.mean()) ** 2).sum() / (g - 1))
    within = float(((y - means[clusters.codes]) ** 2).sum() / (n - g))
    return between, within, float((n - (sizes**2).sum() / n) / (g - 1))


def _icc_refusal(y: FloatArray, clusters: Clusters) -> Refusal | None:
    what = "intra-cluster correlation"
    bad = find_non_finite(what, {"outcomes": y})
    if bad is not None:
        return bad
    if clusters.n_clusters < 2:
        return Refusal(what, f"there is {clusters.n_clusters or 'no'} cluster; two are needed")
    if clusters.n_rows == clusters.n_clusters:
        return Refusal(what, "every cluster holds a single row")
    if np.ptp(y) == 0:
        return Refusal(what, "the outcome is the same in every row")
    return None


def estimate_icc(
    outcome: npt.ArrayLike,
    cluster: npt.ArrayLike,
    *,
    method: Literal["anova", "fleiss_cuzick"] = "anova",
    conf_level: float = 0.95,
) -> IntraclassCorrelation | Refusal:
    """Intra-cluster correlation by moments.

    Parameters
    ----------
    outcome : array_like, shape (n_rows,)
        Numeric; 0/1 for the Fleiss-Cuzick estimator.
    cluster : array_like, shape (n_rows,)
    method : {"anova", "fleiss_cuzick"}
    conf_level : float
        Level of the limits (ANOVA only).

    Returns
    -------
    IntraclassCorrelation or Refusal

    Raises
    ------
    ValueError
        For an unknown method, lengths that differ, or Fleiss-Cuzick on an outcome not 0/1.

    Notes
    -----
    ANOVA: (MSB - MSW) / (MSB + (m0 - 1) MSW) with m0 = (N - sum n^2 / N) / (G - 1); limits by
    Smith's large-sample variance, cut to [0, 1]. Fleiss-Cuzick: 1 - sum n p (1 - p) /
    ((N - G) P (1 - P)). Both are unstable with a dozen clusters: print the limits
    (Ridout, Demetrio and Firth 1999, doi:10.1111/j.0006-341X.1999.00137.x).

    Examples
    --------
    >>> round(estimate_icc([1, 1, 0, 0, 1, 0], [1, 1, 2, 2, 3, 3]).estimate, 3)
    0.5
    """
    y = as_vector(outcome, name="outcome")
    clusters = index_clusters(cluster)
    as_vector(clusters.codes, name="cluster", length=len(y))
    check_conf_level(conf_level)
    refused = _icc_refusal(y, clusters)
    if refused is not None:
        return refused
    n, g = clusters.n_rows, clusters.n_clusters
    between, within, m0 = _mean_squares(y, clusters)
    if method == "fleiss_cuzick":
        if not np.isin(y, (0.0, 1.0)).all():
            raise ValueError("method 'fleiss_cuzick' needs outcomes of 0 and 1; try 'anova'.")
        estimate = 1.0 - within / float(y.mean() * (1.0 - y.mean()))
        return IntraclassCorrelation(estimate=estimate, method=method, n_rows=n, n_clusters=g)
    if method != "anova":
        raise ValueError(f"method must be 'anova' or 'fleiss_cuzick', not {method!r}.")
    estimate = (between - within) / (between + (m0 - 1.0) * within)
    low, high = _smith_limits(estimate, clusters.sizes.astype(float), conf_level)
    return IntraclassCorrelation(
        estimate=estimate,
        method=method,
        n_rows=n,
        n_clusters=g,
        conf_low=low,
        conf_high=high,
        conf_level=conf_level,
    )


def _smith_limits(icc: float, counts: FloatArray, conf_level: float) -> tuple[float, float]:
    """Large-sample limits of the ANOVA estimator, cut to [0, 1]."""
    n, g = float(counts.sum()), len(counts)
    m0 = (n - (counts**2).sum() / n) / (g - 1)
    squares, cubes = float((counts**2).sum()), float((counts**3).sum())
    within = (1.0 + icc * (m0 - 1.0)) ** 2 / (n - g)
    between = (g - 1) * (1.0 - icc) * (1.0 + icc * (2.0 * m0 - 1.0))
    between += icc**2 * (squares - 2.0 * cubes / n + squares**2 / n**2)
    variance = 2.0 * (1.0 - icc) ** 2 / m0**2 * (within + between / (g - 1) ** 2)
    half = normal_quantile(conf_level) * float(np.sqrt(max(variance, 0.0)))
    return max(0.0, icc - half), min(1.0, icc + half)


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
