"""Derivatives of the selection models' log-likelihoods, row by row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.common import FloatArray
from relatum.inference.selection_newton import RowDerivatives
from relatum.inference.selection_normal import (
    log_bivariate_normal_cdf,
    log_bivariate_normal_density,
)
from relatum.inference.selection_rows import inverse_mills, probit_rows

__all__ = ["heckman_rows", "probit_selection_rows"]

BoolArray = npt.NDArray[np.bool_]


def _unselected(kept: BoolArray, eta: FloatArray) -> RowDerivatives:
    """Rows without an outcome: a probit of staying out; the others are left at 0."""
    n, q = eta.shape
    out = probit_rows(np.zeros(n), eta[:, 0])
    first, second = np.zeros((n, q)), np.zeros((n, q, q))
    first[:, 0] = np.where(kept, 0.0, out.first[:, 0])
    second[:, 0, 0] = np.where(kept, 0.0, out.second[:, 0, 0])
    return RowDerivatives(loglik=np.where(kept, 0.0, out.loglik), first=first, second=second)


def probit_selection_rows(kept: BoolArray, sign: FloatArray, eta: FloatArray) -> RowDerivatives:
    """Differentiate the log-likelihood of a probit with selection.

    Parameters
    ----------
    kept : ndarray of bool, shape (n,)
        Rows that are selected.
    sign : ndarray, shape (n,)
        1 where the outcome is 1, -1 where it is 0; not read where not selected.
    eta : ndarray, shape (n, 3)
        Predictors of selection and outcome, and Fisher's z of the correlation.

    Returns
    -------
    RowDerivatives
    """
    rows = _unselected(kept, eta)
    a, q = eta[kept, 0], sign[kept]
    b = q * eta[kept, 1]
    rho = np.clip(np.tanh(eta[kept, 2]), -1.0 + 1e-15, 1.0 - 1e-15)
    rest = (1.0 - rho) * (1.0 + rho)
    r = q * rho
    loglik = log_bivariate_normal_cdf(a, b, r)
    density = np.exp(log_bivariate_normal_density(a, b, r) - loglik)
    # derivatives of the distribution function by bounds and correlation, over itself
    by_a, by_b = _edge(a, b, r, rest, loglik), _edge(b, a, r, rest, loglik)
    first = np.column_stack([by_a, by_b, density])
    second = np.empty((len(a), 3, 3))
    second[:, 0, 0] = -a * by_a - r * density
    second[:, 1, 1] = -b * by_b - r * density
    second[:, 0, 1] = density
    second[:, 0, 2] = -(a - r * b) / rest * density
    second[:, 1, 2] = -(b - r * a) / rest * density
    square = a**2 - 2.0 * r * a * b + b**2
    second[:, 2, 2] = density * ((r + a * b) / rest - r * square / rest**2)
    for i, j in ((1, 0), (2, 0), (2, 1)):
        second[:, i, j] = second[:, j, i]
    second -= first[:, :, None] * first[:, None, :]
    # chain rule: b is q times a predictor, r is q times the hyperbolic tangent of one
    inner = np.column_stack([np.ones_like(q), q, q * rest])
    second *= inner[:, :, None] * inner[:, None, :]
    second[:, 2, 2] -= 2.0 * r * rest * density
    rows.loglik[kept], rows.first[kept], rows.second[kept] = loglik, first * inner, second
    return rows


def _edge(
    bound: FloatArray, other: FloatArray, r: FloatArray, rest: FloatArray, loglik: FloatArray
) -> FloatArray:
    inner = special.log_ndtr((other - r * bound) / np.sqrt(rest))
    return np.asarray(
        np.exp(inner - 0.5 * (bound**2 + np.log(2.0 * np.pi)) - loglik), dtype=np.float64
    )


def heckman_rows(kept: BoolArray, outcome: FloatArray, eta: FloatArray) -> RowDerivatives:
    """Differentiate the log-likelihood of a linear regression with selection.

    Parameters
    ----------
    kept : ndarray of bool, shape (n,)
        Rows that are selected.
    outcome : ndarray, shape (n,)
        Not read where not selected.
    eta : ndarray, shape (n, 4)
        Predictors of selection and outcome, the logarithm of the standard deviation, and Fisher's z
        of the correlation.

    Returns
    -------
    RowDerivatives
    """
    rows = _unselected(kept, eta)
    a, log_sigma, z = eta[kept, 0], eta[kept, 2], eta[kept, 3]
    p = np.exp(-log_sigma)
    e = (outcome[kept] - eta[kept, 1]) * p
    c, s = np.cosh(z), np.sinh(z)
    h, k = a * c + e * s, a * s + e * c
    mills = inverse_mills(h)
    fall = -mills * (h + mills)
    # derivatives of h by the four predictors
    by = np.column_stack([c, -p * s, -e * s, k])
    first = mills[:, None] * by
    first[:, 1] += p * e
    first[:, 2] += e**2 - 1.0
    second = fall[:, None, None] * by[:, :, None] * by[:, None, :]
    cross = {(0, 3): s, (1, 2): p * s, (1, 3): -p * c, (2, 2): e * s, (2, 3): -e * c, (3, 3): h}
    plain = {(1, 1): -(p**2), (1, 2): -2.0 * p * e, (2, 2): -2.0 * e**2}
    for (i, j), value in cross.items():
        second[:, i, j] += mills * value
    for (i, j), value in plain.items():
        second[:, i, j] += value
    for i, j in ((3, 0), (2, 1), (3, 1), (3, 2)):
        second[:, i, j] = second[:, j, i]
    rows.loglik[kept] = special.log_ndtr(h) - 0.5 * (e**2 + np.log(2.0 * np.pi)) - log_sigma
    rows.first[kept], rows.second[kept] = first, second
    return rows
