"""The difference of two independent case averages, from their posteriors on grids."""

from __future__ import annotations

import math

import numpy as np
from scipy import optimize, special

from relatum.inference.betabinomial import CasePosterior
from relatum.inference.common import FloatArray

__all__ = ["difference_quantile", "probability_within"]

_NODES = 4


def probability_within(
    a: CasePosterior,
    b: CasePosterior,
    *,
    margin_low: float = -math.inf,
    margin_high: float = math.inf,
) -> float:
    """Posterior probability that the case average of a less that of b lies inside the margins.

    Parameters
    ----------
    a, b : CasePosterior
        Of two independent samples; see `betabinomial.case_posterior`.
    margin_low, margin_high : float
        Leave one out for a one-sided question.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    ValueError
        For margins out of order.

    Notes
    -----
    The integral over a of F_b(a - low) - F_b(a - high), by Gauss-Legendre nodes within each cell
    of the grid of a; within a cell the posterior follows the prior. Priors are those of each
    posterior. It speaks of random cases, not of random relationships: with sizes that are
    related to the outcome it differs from the row-weighted difference.

    Examples
    --------
    >>> from relatum.inference.betabinomial import case_posterior
    >>> one = case_posterior([9, 7, 2, 1, 0, 1], [22, 20, 5, 4, 3, 1])
    >>> round(probability_within(one, one, margin_low=-0.15, margin_high=0.15), 2)
    0.78
    """
    if not margin_low < margin_high:
        raise ValueError(f"margin_low ({margin_low}) must lie below margin_high ({margin_high}).")
    points, weights = _nodes(a)
    inside = _below(b, points - margin_low) - _below(b, points - margin_high)
    return min(1.0, max(0.0, float(weights @ inside)))


def difference_quantile(a: CasePosterior, b: CasePosterior, probability: float) -> float:
    """Posterior quantile of the case average of a less that of b.

    Parameters
    ----------
    a, b : CasePosterior
    probability : float
        Between 0 and 1.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        For a probability outside 0 to 1.

    Examples
    --------
    >>> from relatum.inference.betabinomial import case_posterior
    >>> one = case_posterior([9, 7, 2, 1, 0, 1], [22, 20, 5, 4, 3, 1])
    >>> abs(difference_quantile(one, one, 0.5)) < 1e-3
    True
    """
    if not 0.0 < probability < 1.0:
        raise ValueError(f"probability must lie between 0 and 1, not {probability!r}.")
    points, weights = _nodes(a)

    def excess(value: float) -> float:
        return float(weights @ (1.0 - _below(b, points - value))) - probability

    return float(optimize.brentq(excess, -1.0, 1.0, xtol=1e-10))


def _nodes(posterior: CasePosterior) -> tuple[FloatArray, FloatArray]:
    """Points of the case average and their posterior weights."""
    edges = posterior.mean_edges
    x, w = np.polynomial.legendre.leggauss(_NODES)
    level = edges[:-1, None] + np.diff(edges)[:, None] * (x + 1.0) / 2.0
    points = special.betaincinv(posterior.prior.mean_a, posterior.prior.mean_b, level)
    weights = posterior.weights.sum(axis=1)[:, None] * (w / 2.0)
    return points.ravel(), weights.ravel()


def _below(posterior: CasePosterior, values: FloatArray) -> FloatArray:
    """Posterior distribution function of the case average."""
    prior = posterior.prior
    level = special.betainc(prior.mean_a, prior.mean_b, np.clip(values, 0.0, 1.0))
    mass = np.concatenate(([0.0], np.cumsum(posterior.weights.sum(axis=1))))
    return np.asarray(np.interp(level, posterior.mean_edges, mass / mass[-1]), dtype=np.float64)
