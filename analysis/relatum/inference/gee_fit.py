"""Generalised estimating equations: coefficients, scale and working correlation.

The rows of a cluster are decorrelated one by one, so that no matrix of a cluster's size is built:
what is left is a regression of independent rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.clusters import Clusters
from relatum.inference.common import FloatArray, IntArray, Refusal
from relatum.inference.fits import fit_model
from relatum.inference.products import invert_information

__all__ = [
    "GeeFamily",
    "GeeInput",
    "GeeSolution",
    "WorkingCorrelation",
    "mean_of",
    "solve_gee",
]

GeeFamily = Literal["logit", "poisson"]
WorkingCorrelation = Literal["independence", "exchangeable", "ar1"]
WHAT = "generalised estimating equations"
_ITERATIONS, _MAX_GRID = 200, 50_000_000
_RUNAWAY = Refusal(WHAT, "a covariate predicts the outcome perfectly in some rows")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GeeInput:
    """Checked arrays, sorted by cluster and wave.

    Attributes
    ----------
    outcome : ndarray, shape (n,)
    design : ndarray, shape (n, k)
    offset : ndarray, shape (n,)
    clusters : Clusters
        `codes` do not fall from row to row.
    wave : ndarray of int, shape (n,)
        Rising within each cluster.
    family : {"logit", "poisson"}
    """

    outcome: FloatArray
    design: FloatArray
    offset: FloatArray
    clusters: Clusters
    wave: IntArray
    family: GeeFamily


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GeeSolution:
    """Root of the estimating equations.

    Attributes
    ----------
    coef : ndarray, shape (k,)
    alpha : float or None
        The correlation: of any two rows, or of rows one wave apart. None under independence.
    scale : float
        Mean squared Pearson residual.
    mean : ndarray, shape (n,)
    inverse : ndarray, shape (k, k)
        Inverse of the sum of `within`: the model-based variance without the scale.
    within : ndarray, shape (n_clusters, k, k)
        D'V^-1 D of each cluster, V without the scale.
    scores : ndarray, shape (n_clusters, k)
        D'V^-1 (y - mean).
    """

    coef: FloatArray
    alpha: float | None
    scale: float
    mean: FloatArray
    inverse: FloatArray
    within: FloatArray
    scores: FloatArray


class _Correlation(Protocol):
    """One working correlation."""

    def estimate(self, residual: FloatArray) -> float | Refusal:
        """Correlation of residuals that have mean square 1."""
        ...

    def whiten(self, rows: FloatArray, alpha: float) -> FloatArray:
        """Multiply the rows of each cluster by a root of the inverse correlation."""
        ...


class _Independence:
    def estimate(self, residual: FloatArray) -> float | Refusal:
        return 0.0

    def whiten(self, rows: FloatArray, alpha: float) -> FloatArray:
        return rows


class _Exchangeable:
    def __init__(self, clusters: Clusters) -> None:
        self.codes, self.sizes = clusters.codes, clusters.sizes.astype(np.float64)

    def _sums(self, column: FloatArray) -> FloatArray:
        sums = np.bincount(self.codes, weights=column, minlength=len(self.sizes))
        return np.asarray(sums, dtype=np.float64)

    def estimate(self, residual: FloatArray) -> float | Refusal:
        pairs = float((self.sizes * (self.sizes - 1.0)).sum())
        if pairs == 0:
            return Refusal(WHAT, "no cluster has two rows; use working independence")
        products = float((self._sums(residual) ** 2).sum() - (residual**2).sum())
        alpha, lowest = products / pairs, -1.0 / (float(self.sizes.max()) - 1.0)
        if not lowest + 1e-8 < alpha < 1.0 - 1e-8:
            why = (
                f"the estimated correlation {alpha:.3f} is not possible in clusters of these sizes"
            )
            return Refusal(WHAT, f"{why}; use working independence")
        return alpha

    def whiten(self, rows: FloatArray, alpha: float) -> FloatArray:
        means = np.column_stack([self._sums(column) for column in rows.T]) / self.sizes[:, None]
        level = means / np.sqrt(1.0 + (self.sizes - 1.0) * alpha)[:, None]
        centred = (rows - means[self.codes]) / np.sqrt(1.0 - alpha)
        return np.asarray(centred + level[self.codes], dtype=np.float64)


class _Autoregressive:
    def __init__(self, clusters: Clusters, wave: IntArray) -> None:
        self.first = np.r_[True, np.diff(clusters.codes) > 0]
        self.gap = np.where(self.first, 1, np.r_[1, np.diff(wave)])
        starts = np.flatnonzero(self.first)
        self.place = (clusters.codes, wave - wave[starts][clusters.codes])
        self.shape = (clusters.n_clusters, int(self.place[1].max()) + 1)
        seen = self._grid(np.ones(len(wave)))
        self.counts = self._by_lag(seen)

    def _grid(self, values: FloatArray) -> FloatArray:
        grid = np.zeros(self.shape)
        grid[self.place] = values
        return grid

    def _by_lag(self, grid: FloatArray) -> FloatArray:
        lags = range(1, self.shape[1])
        return np.array([float((grid[:, lag:] * grid[:, :-lag]).sum()) for lag in lags])

    def estimate(self, residual: FloatArray) -> float | Refusal:
        """Least squares of the products of residuals on alpha to the power of their lag."""
        if not self.counts.sum():
            return Refusal(WHAT, "no cluster has two rows; use working independence")
        if not self.counts[0]:
            return Refusal(WHAT, "no two rows are one wave apart; use another working correlation")
        lag = np.arange(1.0, self.shape[1])
        products = self._by_lag(self._grid(residual))
        alpha = float(products[0] / self.counts[0])
        for _ in range(_ITERATIONS):
            alpha = min(max(alpha, -0.999), 0.999)
            slope = lag * alpha ** (lag - 1.0)
            gap = products - self.counts * alpha**lag
            step = float(slope @ gap) / float(self.counts @ slope**2)
            alpha += step
            if abs(step) < 1e-14:
                break
        if not abs(alpha) < 0.999:
            return Refusal(WHAT, "the estimated correlation of neighbouring waves is at its edge")
        return alpha

    def whiten(self, rows: FloatArray, alpha: float) -> FloatArray:
        share = np.where(self.first, 0.0, float(alpha) ** self.gap)[:, None]
        before = np.roll(rows, 1, axis=0)
        return np.asarray((rows - share * before) / np.sqrt(1.0 - share**2), dtype=np.float64)


def mean_of(predictor: FloatArray, family: GeeFamily) -> FloatArray:
    """Mean of the outcome at a linear predictor.

    Parameters
    ----------
    predictor : ndarray, shape (n,)
    family : {"logit", "poisson"}

    Returns
    -------
    ndarray, shape (n,)
    """
    if family == "logit":
        return np.asarray(special.expit(predictor), dtype=np.float64)
    return np.exp(np.clip(predictor, -700.0, 700.0))


def solve_gee(data: GeeInput, correlation: WorkingCorrelation) -> GeeSolution | Refusal:
    """Solve for coefficients, scale and correlation together.

    Parameters
    ----------
    data : GeeInput
    correlation : {"independence", "exchangeable", "ar1"}

    Returns
    -------
    GeeSolution or Refusal
        A refusal for collinear covariates, perfect prediction, a correlation that is not possible
        or cannot be estimated, and where the equations were not solved.

    Notes
    -----
    Moments as in R's geepack: the scale is the mean squared Pearson residual over all rows, the
    correlation the mean (or least-squares fit) of the products of all pairs within clusters, over
    the scale. Neither is corrected for the number of coefficients.
    """
    start = fit_model(data.outcome, data.design, family=data.family, offset=data.offset, what=WHAT)
    if isinstance(start, Refusal):
        return start
    working = _prepare(data, correlation)
    if isinstance(working, Refusal):
        return working
    coef = start.coef
    for _ in range(_ITERATIONS):
        found = _evaluate(data, working, coef)
        if isinstance(found, Refusal):
            return found
        step = found.inverse @ found.scores.sum(axis=0)
        if np.abs(step / np.sqrt(np.diag(found.inverse))).max() < 1e-11:
            alpha = None if correlation == "independence" else found.alpha
            return GeeSolution(
                coef=coef,
                alpha=alpha,
                scale=found.scale,
                mean=found.mean,
                inverse=found.inverse,
                within=found.within,
                scores=found.scores,
            )
        coef = coef + step
    return Refusal(WHAT, "the equations were not solved; try working independence")


def _prepare(data: GeeInput, correlation: WorkingCorrelation) -> _Correlation | Refusal:
    if correlation == "independence":
        return _Independence()
    if correlation == "exchangeable":
        return _Exchangeable(data.clusters)
    if data.clusters.n_clusters * (float(np.ptp(data.wave)) + 1.0) > _MAX_GRID:
        return Refusal(WHAT, "the waves span too wide a range; number them from 1")
    return _Autoregressive(data.clusters, data.wave)


def _evaluate(data: GeeInput, working: _Correlation, coef: FloatArray) -> GeeSolution | Refusal:
    predictor = data.offset + data.design @ coef
    mean = mean_of(predictor, data.family)
    variance = mean * (1.0 - mean) if data.family == "logit" else mean
    if not np.isfinite(predictor).all() or variance.min() < 1e-13 or variance.max() > 1e200:
        return _RUNAWAY
    root = np.sqrt(variance)
    residual = (data.outcome - mean) / root
    scale = float((residual**2).mean())
    if scale < 1e-20:
        return Refusal(WHAT, "the model fits every row exactly")
    alpha = working.estimate(residual / np.sqrt(scale))
    if isinstance(alpha, Refusal):
        return alpha
    rows = working.whiten(np.column_stack([data.design * root[:, None], residual]), alpha)
    within, scores = _products(rows[:, :-1], rows[:, -1], data.clusters)
    inverse = invert_information(within.sum(axis=0), what=WHAT)
    if isinstance(inverse, Refusal):
        return inverse
    return GeeSolution(
        coef=coef,
        alpha=alpha,
        scale=scale,
        mean=mean,
        inverse=inverse,
        within=within,
        scores=scores,
    )


def _products(
    design: FloatArray, residual: FloatArray, clusters: Clusters
) -> tuple[FloatArray, FloatArray]:
    """Cross-products of the rows of each cluster; rows are sorted by cluster."""
    starts = np.r_[0, np.cumsum(clusters.sizes)[:-1]]
    k = design.shape[1]
    within = np.empty((clusters.n_clusters, k, k))
    for j in range(k):
        within[:, :, j] = _sum_from(design * design[:, [j]], starts)
    return within, _sum_from(design * residual[:, None], starts)


def _sum_from(rows: FloatArray, starts: npt.NDArray[np.int64]) -> FloatArray:
    return np.asarray(np.add.reduceat(rows, starts, axis=0), dtype=np.float64)
