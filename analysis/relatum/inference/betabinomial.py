"""Beta-binomial model of a prevalence that differs between cases: the case average.

The share of a random new investigation, not of a random relationship: every case counts alike,
however many relationships it holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from relatum.inference.betabinomial_fit import check_cells, log_likelihood
from relatum.inference.common import (
    FloatArray,
    Refusal,
    as_vector,
    check_conf_level,
)

__all__ = [
    "BetaBinomialPrior",
    "CaseAverage",
    "CasePosterior",
    "FinitePopulation",
    "case_posterior",
    "estimate_case_average",
    "predict_finite_population",
]

_MEAN_POINTS = 160
_ICC_POINTS = 64
_DROP = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BetaBinomialPrior:
    """Independent Beta priors of the case average and of the intra-case correlation.

    Attributes
    ----------
    mean_a, mean_b : float
        Default Beta(1/2, 1/2).
    icc_a, icc_b : float
        Default Beta(1, 5): mean 1/6, half of it below 0.13.
    """

    mean_a: float = 0.5
    mean_b: float = 0.5
    icc_a: float = 1.0
    icc_b: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CasePosterior:
    """The joint posterior on a grid of prior quantiles.

    Attributes
    ----------
    mean_edges, icc_edges : ndarray of float, shape (n + 1,), (m + 1,)
        Edges of the cells as cumulative prior probabilities.
    weights : ndarray of float, shape (n, m)
        Posterior probability of each cell; they add up to one.
    prior : BetaBinomialPrior
    n_cases, n_rows : int
    """

    mean_edges: FloatArray
    icc_edges: FloatArray
    weights: FloatArray
    prior: BetaBinomialPrior
    n_cases: int
    n_rows: int

    def mean_quantile(self, probability: float) -> float:
        """Return a posterior quantile of the case average."""
        level = _quantile(self.mean_edges, self.weights.sum(axis=1), probability)
        return float(special.betaincinv(self.prior.mean_a, self.prior.mean_b, level))

    def icc_quantile(self, probability: float) -> float:
        """Return a posterior quantile of the intra-case correlation."""
        level = _quantile(self.icc_edges, self.weights.sum(axis=0), probability)
        return float(special.betaincinv(self.prior.icc_a, self.prior.icc_b, level))

    def mean_below(self, value: float) -> float:
        """Return the posterior probability that the case average is at most `value`."""
        level = float(special.betainc(self.prior.mean_a, self.prior.mean_b, value))
        mass = np.concatenate(([0.0], np.cumsum(self.weights.sum(axis=1))))
        return min(1.0, float(np.interp(level, self.mean_edges, mass)))


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAverage:
    """The share in a random case, with its interval.

    Attributes
    ----------
    estimate, conf_low, conf_high, conf_level : float
        Posterior mean and equal-tailed limits.
    icc, icc_low, icc_high : float
        Posterior median and limits of the intra-case correlation; with a dozen cases the prior
        speaks loudly here.
    n_cases, n_rows : int
    """

    estimate: float
    conf_low: float
    conf_high: float
    conf_level: float
    icc: float
    icc_low: float
    icc_high: float
    n_cases: int
    n_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FinitePopulation:
    """The count among all rows of these cases when only some were coded.

    Attributes
    ----------
    n_present, n_coded, n_uncoded : int
        Counted, not estimated.
    estimate, conf_low, conf_high : float
        The total present among coded and uncoded rows: predictive mean and limits. Without
        uncoded rows all three equal `n_present`: a census has no sampling error.
    conf_level : float
    """

    n_present: int
    n_coded: int
    n_uncoded: int
    estimate: float
    conf_low: float
    conf_high: float
    conf_level: float


def case_posterior(
    counts: ArrayLike, sizes: ArrayLike, *, prior: BetaBinomialPrior | None = None
) -> CasePosterior | Refusal:
    """Compute the posterior of case average and intra-case correlation on a grid.

    Parameters
    ----------
    counts, sizes : array-like of int, shape (n_cases,)
        Rows with the characteristic, and all rows, per case; cases without rows are left out.
    prior : BetaBinomialPrior, optional

    Returns
    -------
    CasePosterior or Refusal
        A refusal with fewer than two cases.

    Raises
    ------
    ValueError
        When a count is not a whole number between 0 and its size.

    Notes
    -----
    Cells are equally probable under the prior, so that no density has to be evaluated where it is
    infinite. The grid is narrowed until it fits the region where the likelihood lives.
    """
    cells = check_cells(counts, sizes)
    if isinstance(cells, Refusal):
        return cells
    y, n = cells.counts, cells.sizes
    chosen = prior if prior is not None else BetaBinomialPrior()
    box = (0.0, 1.0, 0.0, 1.0)
    for _ in range(40):
        mean_edges = np.linspace(box[0], box[1], _MEAN_POINTS + 1)
        icc_edges = np.linspace(box[2], box[3], _ICC_POINTS + 1)
        logs = _grid_likelihood(y, n, mean_edges, icc_edges, chosen)
        narrower = _narrow(logs, mean_edges, icc_edges)
        if (narrower[1] - narrower[0]) > 0.6 * (box[1] - box[0]) and (
            narrower[3] - narrower[2]
        ) > 0.6 * (box[3] - box[2]):
            break
        box = narrower
    weights = np.exp(logs - logs.max())
    return CasePosterior(
        mean_edges=mean_edges,
        icc_edges=icc_edges,
        weights=weights / weights.sum(),
        prior=chosen,
        n_cases=y.size,
        n_rows=int(n.sum()),
    )


def estimate_case_average(
    counts: ArrayLike,
    sizes: ArrayLike,
    *,
    conf_level: float = 0.95,
    prior: BetaBinomialPrior | None = None,
) -> CaseAverage | Refusal:
    """Estimate the share in a random case, with an interval that allows for cases to differ.

    Parameters
    ----------
    counts, sizes : array-like of int, shape (n_cases,)
    conf_level : float
    prior : BetaBinomialPrior, optional

    Returns
    -------
    CaseAverage or Refusal

    Notes
    -----
    ``y_g ~ BetaBinomial(n_g, mu, icc)`` with ``mu ~ Beta(1/2, 1/2)``, ``icc ~ Beta(1, 5)``. With 12
    unequal cases it covers .93 to .99 and is the shortest interval that does; where size and share
    are related it covers the case average, not the relationship-weighted share.

    Examples
    --------
    >>> found = estimate_case_average([9, 7, 2, 1, 0, 1], [22, 20, 5, 4, 3, 1])
    >>> round(found.estimate, 2), round(found.conf_low, 2), round(found.conf_high, 2)
    (0.37, 0.21, 0.55)
    """
    check_conf_level(conf_level)
    posterior = case_posterior(counts, sizes, prior=prior)
    if isinstance(posterior, Refusal):
        return posterior
    tail = (1 - conf_level) / 2
    return CaseAverage(
        estimate=_posterior_mean(posterior),
        conf_low=posterior.mean_quantile(tail),
        conf_high=posterior.mean_quantile(1 - tail),
        conf_level=conf_level,
        icc=posterior.icc_quantile(0.5),
        icc_low=posterior.icc_quantile(tail),
        icc_high=posterior.icc_quantile(1 - tail),
        n_cases=posterior.n_cases,
        n_rows=posterior.n_rows,
    )


def predict_finite_population(
    counts: ArrayLike,
    sizes: ArrayLike,
    uncoded: ArrayLike,
    *,
    conf_level: float = 0.95,
    prior: BetaBinomialPrior | None = None,
    draws: int = 20_000,
    seed: int = 0,
) -> FinitePopulation | Refusal:
    """Predict the count among all rows of these cases when some rows were not coded.

    Parameters
    ----------
    counts, sizes : array-like of int, shape (n_cases,)
        Among the coded rows.
    uncoded : array-like of int, shape (n_cases,)
        Rows left out of coding at random, such as those beyond a cap per case.
    conf_level : float
    prior : BetaBinomialPrior, optional
    draws, seed : int

    Returns
    -------
    FinitePopulation or Refusal

    Notes
    -----
    Each draw takes case average and correlation from their posterior, the case's own share from
    its Beta posterior, and the uncoded rows from a binomial. Rows that were read but where the
    topic is not documented are no random subset: they need bounds, not this.

    Examples
    --------
    >>> found = predict_finite_population([4, 2, 1], [8, 5, 3], [0, 0, 0])
    >>> found.estimate, found.conf_low, found.conf_high
    (7.0, 7.0, 7.0)
    """
    check_conf_level(conf_level)
    n = as_vector(sizes, name="sizes")
    y = as_vector(counts, name="counts", length=n.size)
    left = as_vector(uncoded, name="uncoded", length=n.size)
    if not np.isfinite(left).all() or (left < 0).any() or (left != np.floor(left)).any():
        raise ValueError("uncoded must hold whole numbers from 0.")
    present, rows = float(y.sum()), int(n.sum())
    totals = np.full(1, present)
    if left.any():
        posterior = case_posterior(y, n, prior=prior)
        if isinstance(posterior, Refusal):
            return Refusal("finite population", posterior.why)
        totals = present + _draw_uncoded(posterior, y, n, left, draws=draws, seed=seed)
    elif rows == 0:
        return Refusal("finite population", "there is no row")
    tail = (1 - conf_level) / 2
    low, high = np.quantile(totals, [tail, 1 - tail], method="inverted_cdf")
    return FinitePopulation(
        n_present=int(present),
        n_coded=rows,
        n_uncoded=int(left.sum()),
        estimate=float(totals.mean()),
        conf_low=float(low),
        conf_high=float(high),
        conf_level=conf_level,
    )


def _grid_points(edges: FloatArray, a: float, b: float, floor: float) -> FloatArray:
    middle = 0.5 * (edges[1:] + edges[:-1])
    return np.clip(special.betaincinv(a, b, middle), floor, 1 - 1e-12)


def _grid_likelihood(
    y: FloatArray,
    n: FloatArray,
    mean_edges: FloatArray,
    icc_edges: FloatArray,
    prior: BetaBinomialPrior,
) -> FloatArray:
    mean = _grid_points(mean_edges, prior.mean_a, prior.mean_b, 1e-12)
    icc = _grid_points(icc_edges, prior.icc_a, prior.icc_b, 1e-7)
    return log_likelihood(y, n, mean[:, None], icc[None, :])


def _narrow(
    logs: FloatArray, mean_edges: FloatArray, icc_edges: FloatArray
) -> tuple[float, float, float, float]:
    """Return the box outside which the likelihood is lower than its maximum by a factor e^-30."""
    alive = logs > logs.max() - _DROP
    limits: list[float] = []
    for axis, edges in ((1, mean_edges), (0, icc_edges)):
        cells = np.flatnonzero(alive.any(axis=axis))
        low, high = max(0, int(cells[0]) - 1), min(edges.size - 1, int(cells[-1]) + 2)
        limits.extend((float(edges[low]), float(edges[high])))
    return limits[0], limits[1], limits[2], limits[3]


def _quantile(edges: FloatArray, weights: FloatArray, probability: float) -> float:
    mass = np.concatenate(([0.0], np.cumsum(weights)))
    return float(np.interp(probability, mass, edges))


def _posterior_mean(posterior: CasePosterior) -> float:
    prior = posterior.prior
    points = _grid_points(posterior.mean_edges, prior.mean_a, prior.mean_b, 0.0)
    return float(posterior.weights.sum(axis=1) @ points)


def _draw_uncoded(
    posterior: CasePosterior,
    y: FloatArray,
    n: FloatArray,
    left: FloatArray,
    *,
    draws: int,
    seed: int,
) -> FloatArray:
    rng = np.random.default_rng(seed)
    prior = posterior.prior
    mean = _grid_points(posterior.mean_edges, prior.mean_a, prior.mean_b, 1e-12)
    icc = _grid_points(posterior.icc_edges, prior.icc_a, prior.icc_b, 1e-7)
    cell = rng.choice(posterior.weights.size, size=draws, p=posterior.weights.ravel())
    row, column = np.divmod(cell, icc.size)
    precision = (1 - icc[column]) / icc[column]
    a, b = mean[row] * precision, (1 - mean[row]) * precision
    shares = rng.beta(a[:, None] + y, b[:, None] + (n - y))
    totals: FloatArray = rng.binomial(left.astype(np.int64), shares).sum(axis=1).astype(np.float64)
    return totals
