"""Compiled coordinate descent of lasso logistic regressions. Imported only when it is needed."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from relatum.inference.common import FloatArray

__all__ = ["solve_lasso"]

_SWEEPS, _NEWTON = 10_000, 100
_NO_INFORMATION = 1e-9

_compile: Any = numba.njit(cache=True, nogil=True, fastmath={"reassoc", "contract"})


def _sweep(
    x: FloatArray,
    v: FloatArray,
    residual: FloatArray,
    curvature: FloatArray,
    coefficients: FloatArray,
    penalty: float,
    only_active: bool,
) -> float:
    """Move each coefficient, and the intercept (last), in turn; return the largest move."""
    n, p = x.shape
    largest = 0.0
    for j in range(p):
        old = coefficients[j]
        if only_active and old == 0.0:
            continue
        u = curvature[j] * old
        for i in range(n):
            u += residual[i] * x[i, j]
        price = penalty if j < p - 1 else 0.0
        over = max(abs(u) - price, 0.0) / curvature[j]
        new = over if u > 0 else -over
        move = new - old
        if move != 0.0:
            coefficients[j] = new
            for i in range(n):
                residual[i] -= move * v[i] * x[i, j]
            largest = max(largest, curvature[j] * move * move)
    return largest


_sweep_compiled: Any = _compile(_sweep)


def _curve(
    x: FloatArray,
    y: FloatArray,
    weights: FloatArray,
    coefficients: FloatArray,
    v: FloatArray,
    residual: FloatArray,
    curvature: FloatArray,
) -> float:
    """Expand the likelihood around the coefficients; return the average log-likelihood."""
    n, p = x.shape
    residual[:] = 0.0
    for j in range(p):
        if coefficients[j] != 0.0:
            for i in range(n):
                residual[i] += coefficients[j] * x[i, j]
    value = 0.0
    for i in range(n):
        eta = residual[i]
        small = np.exp(-abs(eta))
        chance = (1.0 if eta >= 0 else small) / (1.0 + small)
        value += weights[i] * (y[i] * eta - max(eta, 0.0) - np.log(1.0 + small))
        v[i] = weights[i] * chance * (1.0 - chance)
        residual[i] = weights[i] * (y[i] - chance)
    for j in range(p):
        total = 0.0
        for i in range(n):
            total += v[i] * x[i, j] * x[i, j]
        curvature[j] = total
    return value


_curve_compiled: Any = _compile(_curve)


def _solve(
    x: FloatArray,
    y: FloatArray,
    weights: FloatArray,
    coefficients: FloatArray,
    penalty: float,
    tolerance: float,
) -> float:
    """Minimise at one penalty by Newton steps of coordinate descent, in place.

    `x` is standardised and stored by columns, its last column is 1 and bears no penalty; `weights`
    add up to one. Ends when no move, curvature times its square, exceeds the tolerance. Returns the
    log-likelihood per row.
    """
    n, p = x.shape
    v, residual, curvature = np.empty(n), np.empty(n), np.empty(p)
    before = np.empty(p)
    value = _curve_compiled(x, y, weights, coefficients, v, residual, curvature)
    for _ in range(_NEWTON):
        if curvature[p - 1] < _NO_INFORMATION:
            break
        for j in range(p):
            before[j] = coefficients[j]
        for _ in range(_SWEEPS):
            moved = _sweep_compiled(x, v, residual, curvature, coefficients, penalty, False)
            if moved < tolerance:
                break
            for _ in range(_SWEEPS):
                moved = _sweep_compiled(x, v, residual, curvature, coefficients, penalty, True)
                if moved < tolerance:
                    break
        moved = 0.0
        for j in range(p):
            moved = max(moved, curvature[j] * (coefficients[j] - before[j]) ** 2)
        value = _curve_compiled(x, y, weights, coefficients, v, residual, curvature)
        if moved < tolerance:
            break
    return float(value)


solve_lasso: Any = _compile(_solve)
