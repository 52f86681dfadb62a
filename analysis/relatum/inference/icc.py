"""Intra-cluster correlation and design effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from relatum.inference.clusters import Clusters, index_clusters, sum_by_cluster
from relatum.inference.common import (
    FloatArray,
    Refusal,
    as_vector,
    check_conf_level,
    find_non_finite,
    normal_quantile,
)

__all__ = ["DesignEffect", "IntraclassCorrelation", "design_effect", "estimate_icc"]


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
    return min(1.0, max(0.0, icc - half)), min(1.0, max(0.0, icc + half))
