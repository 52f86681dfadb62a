"""The compiled log-likelihood of a logistic regression. Imported only when it is needed.

Columns are rows of memory, so that the long loops run over neighbours.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from relatum.inference.common import FloatArray

__all__ = ["derive_logit"]

# sums may be taken in any order; NaN and infinity keep their meaning
_compile: Any = numba.njit(
    cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"}
)
_SINGULAR = 1e-13


def _cross(
    columns: FloatArray, factor: FloatArray, buffer: FloatArray, information: FloatArray
) -> None:
    """Fill the sum over rows of factor times the outer product of the columns."""
    k, n = columns.shape
    for a in range(k):
        own = columns[a]
        for i in range(n):
            buffer[i] = factor[i] * own[i]
        for b in range(a + 1):
            other = columns[b]
            total = 0.0
            for i in range(n):
                total += buffer[i] * other[i]
            information[a, b] = total
            information[b, a] = total


_cross_compiled: Any = _compile(_cross)


def _factorise(matrix: FloatArray, lower: FloatArray) -> float:
    """Fill the Cholesky factor; return the log determinant, minus infinity if there is none."""
    k = len(matrix)
    log_determinant = 0.0
    for a in range(k):
        for b in range(a + 1):
            left = matrix[a, b]
            for c in range(b):
                left -= lower[a, c] * lower[b, c]
            if a == b:
                if not left > _SINGULAR * matrix[a, a]:
                    return -np.inf
                log_determinant += np.log(left)
                lower[a, a] = np.sqrt(left)
            else:
                lower[a, b] = left / lower[b, b]
    return log_determinant


_factorise_compiled: Any = _compile(_factorise)


def _invert(lower: FloatArray, inverse: FloatArray) -> None:
    """Fill the inverse of a triangular factor; what is above its diagonal is left alone."""
    k = len(lower)
    for b in range(k):
        inverse[b, b] = 1.0 / lower[b, b]
        for a in range(b + 1, k):
            total = 0.0
            for c in range(b, a):
                total -= lower[a, c] * inverse[c, b]
            inverse[a, b] = total / lower[a, a]


_invert_compiled: Any = _compile(_invert)


def _lever(columns: FloatArray, factor: FloatArray, lower: FloatArray, hat: FloatArray) -> None:
    """Fill factor times the length of each row in the metric of the factorised information."""
    k, n = columns.shape
    inverse = np.zeros((k, k))
    _invert_compiled(lower, inverse)
    turned = np.empty(n)
    for i in range(n):
        hat[i] = 0.0
    for a in range(k):
        own, scale = columns[a], inverse[a, a]
        for i in range(n):
            turned[i] = scale * own[i]
        # two at a time take half the traffic; the last may meet a factor of 0
        for b in range(0, a, 2):
            one, two = columns[b], columns[b + 1]
            first, second = inverse[a, b], inverse[a, b + 1] if b + 1 < a else 0.0
            for i in range(n):
                turned[i] += first * one[i] + second * two[i]
        for i in range(n):
            hat[i] += turned[i] * turned[i]
    for i in range(n):
        hat[i] *= factor[i]


_lever_compiled: Any = _compile(_lever)


def _sum_logs(weights: FloatArray, small: FloatArray) -> float:
    """Sum of weight times log(1 + small), with one logarithm for many rows of weight 1."""
    total: float = 0.0
    product = 1.0
    for i in range(len(small)):
        if weights[i] == 1.0:
            product *= 1.0 + small[i]
            if product > 1e200:
                total += np.log(product)
                product = 1.0
        else:
            total += weights[i] * np.log1p(small[i])
    total += np.log(product)
    return total


_sum_logs_compiled: Any = _compile(_sum_logs)


def _share(
    eta: FloatArray,
    outcome: FloatArray,
    weights: FloatArray,
    fitted: FloatArray,
    factor: FloatArray,
    buffer: FloatArray,
) -> float:
    """Fill fitted shares, and weight times variance; return the log-likelihood."""
    n = len(eta)
    for i in range(n):
        buffer[i] = np.exp(-abs(eta[i]))
    loglik: float = -_sum_logs_compiled(weights, buffer)
    for i in range(n):
        share = 1.0 / (1.0 + buffer[i])
        rest = buffer[i] * share
        fitted[i] = share if eta[i] > 0.0 else rest
        factor[i] = weights[i] * share * rest
        loglik += weights[i] * (outcome[i] * eta[i] - max(eta[i], 0.0))
    return loglik


_share_compiled: Any = _compile(_share)


def _prepare(plain: FloatArray, information: FloatArray, hat: FloatArray) -> None:
    """Copy the information and clear the hat values, in loops: slices take seconds to compile."""
    for i in range(len(hat)):
        hat[i] = 0.0
    for a in range(len(plain)):
        for b in range(len(plain)):
            information[a, b] = plain[a, b]


_prepare_compiled: Any = _compile(_prepare)


def _derive_logit(
    columns: FloatArray,
    outcome: FloatArray,
    weights: FloatArray,
    offset: FloatArray,
    coef: FloatArray,
    penalised: bool,
    fitted: FloatArray,
    hat: FloatArray,
    gradient: FloatArray,
    plain: FloatArray,
    information: FloatArray,
) -> float:
    """Fill fitted shares, hat values, score and information; return the log-likelihood.

    With the penalty, `information` counts every row once more by its hat value: the curvature of
    the likelihood with pseudo-rows. Minus infinity where the information has no inverse.
    """
    k, n = columns.shape
    eta, factor, buffer = offset.copy(), np.empty(n), np.empty(n)
    for a in range(k):
        own, share = columns[a], coef[a]
        for i in range(n):
            eta[i] += share * own[i]
    loglik: float = _share_compiled(eta, outcome, weights, fitted, factor, buffer)
    _cross_compiled(columns, factor, buffer, plain)
    _prepare_compiled(plain, information, hat)
    if penalised:
        lower = np.zeros((k, k))
        log_determinant = _factorise_compiled(plain, lower)
        if log_determinant == -np.inf:
            return -np.inf
        loglik += 0.5 * log_determinant
        _lever_compiled(columns, factor, lower, hat)
        for i in range(n):
            factor[i] *= 1.0 + hat[i] / weights[i]
        _cross_compiled(columns, factor, buffer, information)
    for i in range(n):
        buffer[i] = weights[i] * (outcome[i] - fitted[i]) + hat[i] * (0.5 - fitted[i])
    for a in range(k):
        own, total = columns[a], 0.0
        for i in range(n):
            total += buffer[i] * own[i]
        gradient[a] = total
    return loglik


derive_logit: Any = _compile(_derive_logit)
