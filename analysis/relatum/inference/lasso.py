"""Paths of logistic regressions with a lasso penalty, as glmnet lays them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relatum.inference.common import FloatArray, IntArray

__all__ = ["LassoPath", "lasso_path", "polish_lasso"]

_LENGTH = 100
#: A path ends where its deviance is all but explained, or hardly falls any more (as in glmnet).
_MIN_LENGTH, _ALL_EXPLAINED, _LEAST_GAIN = 5, 0.999, 1e-5
#: Predictors by which the size of a regression may still fall along its path.
_SPARE = 5
#: Convergence along a path, and at the chosen penalty.
_ALONG, _CHOSEN = 1e-9, 1e-15


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LassoPath:
    """Coefficients along falling penalties.

    Attributes
    ----------
    penalties, values : ndarray, shape (n_penalties,)
        Penalties, and log-likelihoods per row.
    coefficients : ndarray, shape (n_penalties, n_predictors + 1)
        Of standardised predictors; the intercept is last.
    """

    penalties: FloatArray
    values: FloatArray
    coefficients: FloatArray

    @property
    def sizes(self) -> IntArray:
        """Predictors in the regression at each penalty."""
        held: IntArray = np.count_nonzero(self.coefficients[:, :-1], axis=1).astype(np.int64)
        return held


def lasso_path(
    x: FloatArray, y: FloatArray, *, weights: FloatArray, ratio: float, price: float = 0.0
) -> LassoPath:
    """Fit y along 100 penalties, each from the fit before.

    Parameters
    ----------
    x : ndarray, shape (n_rows, n_predictors + 1)
        Standardised, in Fortran order; the last column is 1.
    y : ndarray of 0 and 1, shape (n_rows,)
        Not constant.
    weights : ndarray, shape (n_rows,)
        They add up to one.
    ratio : float
        The last penalty over the first, which is the smallest that leaves no predictor.
    price : float
        What a predictor adds, per row, to the criterion -2 log L + price J by which a penalty will
        be chosen; 0 lays the whole path.

    Notes
    -----
    Minimises -log L / n + penalty times the sum of absolute slopes. The first fit has no predictor.
    As in glmnet (Friedman, Hastie and Tibshirani 2010, doi:10.18637/jss.v033.i01) the path ends
    early where 99.9% of the deviance is explained, or a step explains less than 1e-5 of it. It also
    ends where the predictors, less five, alone cost more than the smallest criterion so far: even a
    perfect fit would not be chosen there, and where values are all but separated the rest of the
    path is slow.
    """
    from relatum.inference.ising_kernels import solve_lasso

    mean = float(weights @ y)
    largest = float(np.abs((weights * (y - mean)) @ x[:, :-1]).max())
    penalties = largest * ratio ** (np.arange(_LENGTH) / (_LENGTH - 1))
    coefficients = np.zeros(x.shape[1])
    coefficients[-1] = np.log(mean / (1.0 - mean))
    null = float(mean * np.log(mean) + (1.0 - mean) * np.log(1.0 - mean))
    # not solved for: rounding may leave a predictor at the penalty where the first one enters
    values, path, smallest = [null], [coefficients.copy()], -2.0 * null
    for penalty in penalties[1:]:
        values.append(solve_lasso(x, y, weights, coefficients, penalty, _ALONG))
        path.append(coefficients.copy())
        explained = 1.0 - values[-1] / null
        gain = (values[-1] - values[-2]) / -null
        if len(values) >= _MIN_LENGTH and (explained > _ALL_EXPLAINED or gain < _LEAST_GAIN):
            break
        size = np.count_nonzero(coefficients[:-1])
        smallest = min(smallest, -2.0 * values[-1] + price * size)
        if price * (size - _SPARE) > smallest:
            break
    return LassoPath(
        penalties=penalties[: len(values)], values=np.array(values), coefficients=np.stack(path)
    )


def polish_lasso(
    x: FloatArray, y: FloatArray, *, weights: FloatArray, path: LassoPath, at: int
) -> FloatArray:
    """Bring the coefficients at one penalty of a path to full precision.

    Parameters
    ----------
    x, y, weights : ndarray
        As in `lasso_path`.
    path : LassoPath
    at : int
        The position on the path.

    Returns
    -------
    ndarray, shape (n_predictors + 1,)
        Those of the first fit are exact.
    """
    from relatum.inference.ising_kernels import solve_lasso

    coefficients: FloatArray = path.coefficients[at].copy()
    if at > 0:
        solve_lasso(x, y, weights, coefficients, float(path.penalties[at]), _CHOSEN)
    return coefficients
