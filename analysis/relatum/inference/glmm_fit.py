"""Marginal likelihood of a logit with normal intercepts of clusters, and its maximum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from relatum.inference.common import FloatArray
from relatum.inference.products import RegressionInput

__all__ = ["MarginalLikelihood", "Peak", "find_peak"]

_MODE_STEPS, _STEPS, _HALVINGS = 100, 60, 40
_WIDTH = 3e-3
_LOWEST, _HIGHEST = -7.0, 3.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Peak:
    """A maximum with a finite standard deviation.

    Attributes
    ----------
    coef : ndarray, shape (k,)
    log_sd : float
    loglik : float
    hessian : ndarray, shape (k + 1, k + 1)
        By the coefficients, then by the logarithm of the standard deviation.
    modes : ndarray, shape (n_clusters,)
        Most likely intercept of each cluster, less the common one.
    """

    coef: FloatArray
    log_sd: float
    loglik: float
    hessian: FloatArray
    modes: FloatArray


class MarginalLikelihood:
    """Log-likelihood with the intercepts integrated out by adaptive Gauss-Hermite quadrature.

    Parameters
    ----------
    data : RegressionInput
        With an outcome of 0 and 1.
    points : int
        Quadrature points per cluster; 1 is the Laplace approximation.
    """

    def __init__(self, data: RegressionInput, points: int) -> None:
        self.scale = np.sqrt((data.design**2).mean(axis=0))
        # rows of a cluster that are alike are counted once; they come out sorted by cluster
        alike, place, rows = np.unique(
            np.column_stack([data.clusters.codes, data.design / self.scale]),
            axis=0,
            return_inverse=True,
            return_counts=True,
        )
        self.codes = alike[:, 0].astype(np.int64)
        self.starts = np.flatnonzero(np.r_[True, np.diff(self.codes) > 0])
        self.design, self.rows = alike[:, 1:], rows.astype(np.float64)
        outcome = np.bincount(place.reshape(-1), weights=data.outcome)
        self.outcome = np.asarray(outcome, dtype=np.float64)
        self.events = self._sum(self.outcome)
        nodes, weights = np.polynomial.hermite.hermgauss(points)
        self.nodes = np.sqrt(2.0) * nodes
        self.log_weights = np.log(weights) + nodes**2 - 0.5 * np.log(np.pi)
        self.modes = np.zeros(len(self.starts))

    def _sum(self, rows: FloatArray) -> FloatArray:
        return np.asarray(np.add.reduceat(rows, self.starts, axis=0), dtype=np.float64)

    def _find_modes(self, eta: FloatArray, sd: float) -> FloatArray:
        """Climb to the most likely standardised intercepts; give their curvature."""
        u = self.modes
        for _ in range(_MODE_STEPS):
            p = special.expit(eta + sd * u[self.codes])
            curvature = 1.0 + sd**2 * self._sum(self.rows * p * (1.0 - p))
            step = (sd * (self.events - self._sum(self.rows * p)) - u) / curvature
            if np.abs(step).max() < 1e-13:
                break
            u = u + np.clip(step, -1.0, 1.0)
        self.modes = u
        return curvature

    def __call__(self, theta: FloatArray) -> float:
        """Log-likelihood at scaled coefficients and the logarithm of the standard deviation."""
        eta, sd = self.design @ theta[:-1], float(np.exp(theta[-1]))
        spread = 1.0 / np.sqrt(self._find_modes(eta, sd))
        u = self.modes[:, None] + spread[:, None] * self.nodes
        whole = np.logaddexp(0.0, eta[:, None] + sd * u[self.codes])
        height = sd * u * self.events[:, None] - self._sum(self.rows[:, None] * whole) - 0.5 * u**2
        parts = special.logsumexp(height + self.log_weights, axis=1) + np.log(spread)
        return float(parts.sum() + self.outcome @ eta)


def find_peak(likelihood: MarginalLikelihood, start: FloatArray, *, log_sd: float) -> Peak | None:
    """Climb to a maximum.

    Parameters
    ----------
    likelihood : MarginalLikelihood
    start : ndarray, shape (k,)
        Coefficients.
    log_sd : float
        Where the logarithm of the standard deviation starts.

    Returns
    -------
    Peak or None
        None where the standard deviation runs to 0 or very far, or no maximum was found.

    Notes
    -----
    Newton's method. Derivatives are central differences of the approximated likelihood itself, so
    that few points, too, give the maximum of what they approximate.
    """
    theta = np.r_[start * likelihood.scale, log_sd]
    value = likelihood(theta)
    for _ in range(_STEPS):
        gradient, hessian = _differences(likelihood, theta, value)
        values, vectors = np.linalg.eigh(-hessian)
        size = np.maximum(np.abs(values), 1e-6 * np.abs(values).max())
        step = vectors @ ((vectors.T @ gradient) / size)
        if float(gradient @ step) < 1e-14 * max(1.0, abs(value)):
            return _finish(likelihood, theta, value) if values[0] > 0 else None
        step = step * min(1.0, 1.0 / float(np.abs(step).max()))
        for _ in range(_HALVINGS):
            following = likelihood(theta + step)
            if following >= value:
                break
            step = step / 2.0
        else:
            near = float(np.abs(step).max()) < 1e-9 and values[0] > 0
            return _finish(likelihood, theta, value) if near else None
        theta, value = theta + step, following
        if not _LOWEST < theta[-1] < _HIGHEST:
            return None
    return None


def _finish(likelihood: MarginalLikelihood, theta: FloatArray, value: float) -> Peak:
    _, fine = _differences(likelihood, theta, value)
    _, coarse = _differences(likelihood, theta, value, width=2.0 * _WIDTH)
    hessian = (4.0 * fine - coarse) / 3.0
    scale = np.r_[likelihood.scale, 1.0]
    likelihood(theta)
    return Peak(
        coef=theta[:-1] / likelihood.scale,
        log_sd=float(theta[-1]),
        loglik=value,
        hessian=hessian * np.outer(scale, scale),
        modes=float(np.exp(theta[-1])) * likelihood.modes,
    )


def _differences(
    function: Callable[[FloatArray], float],
    theta: FloatArray,
    value: float,
    *,
    width: float = _WIDTH,
) -> tuple[FloatArray, FloatArray]:
    """Gradient (error of order width^4) and Hessian (width^2) by central differences."""
    p = len(theta)
    moves = width * np.eye(p)
    up = np.array([function(theta + move) for move in moves])
    down = np.array([function(theta - move) for move in moves])
    wide = np.array([function(theta + 2 * m) - function(theta - 2 * m) for m in moves])
    gradient = (8.0 * (up - down) - wide) / (12.0 * width)
    hessian = np.diag((up - 2.0 * value + down) / width**2)
    for i in range(p):
        for j in range(i):
            both, apart = moves[i] + moves[j], moves[i] - moves[j]
            mixed = function(theta + both) + function(theta - both)
            mixed -= function(theta + apart) + function(theta - apart)
            hessian[i, j] = hessian[j, i] = mixed / (4.0 * width**2)
    return gradient, hessian
