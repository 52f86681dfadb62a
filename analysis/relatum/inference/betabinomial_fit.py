"""Beta-binomial likelihood of counts per case, and its maximum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from relatum.inference.common import FloatArray, Refusal, as_vector, find_non_finite

__all__ = ["BetaBinomialFit", "CaseCounts", "check_cells", "fit_beta_binomial", "log_likelihood"]

_WHAT = "beta-binomial model"


@dataclass(frozen=True, slots=True, kw_only=True)
class BetaBinomialFit:
    """Maximum likelihood of the beta-binomial model.

    Attributes
    ----------
    mean : float
        Case average.
    icc : float
        ``1 / (a + b + 1)``; 0 when the likelihood is highest at the binomial.
    log_likelihood : float
        With the binomial coefficients.
    """

    mean: float
    icc: float
    log_likelihood: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CaseCounts:
    """Counts of the cases that hold any row.

    Attributes
    ----------
    counts, sizes : ndarray of float, shape (n_cases,)
    """

    counts: FloatArray
    sizes: FloatArray


def check_cells(counts: ArrayLike, sizes: ArrayLike) -> CaseCounts | Refusal:
    """Check counts per case and leave out cases without rows.

    Returns
    -------
    CaseCounts or Refusal
        A refusal for values that are not finite and for fewer than two cases.

    Raises
    ------
    ValueError
        When a count is not a whole number between 0 and its size.
    """
    n = as_vector(sizes, name="sizes")
    y = as_vector(counts, name="counts", length=n.size)
    problem = find_non_finite(_WHAT, {"counts": y, "sizes": n})
    if problem is not None:
        return problem
    if (y < 0).any() or (y > n).any() or (y != np.floor(y)).any() or (n != np.floor(n)).any():
        raise ValueError("counts must be whole numbers between 0 and the size of their case.")
    keep = n > 0
    if not keep.any():
        return Refusal(_WHAT, "there is no row")
    if keep.sum() < 2:
        return Refusal(_WHAT, "there is one case")
    return CaseCounts(counts=y[keep], sizes=n[keep])


def fit_beta_binomial(counts: ArrayLike, sizes: ArrayLike) -> BetaBinomialFit | Refusal:
    """Fit the beta-binomial model by maximum likelihood.

    Parameters
    ----------
    counts, sizes : array-like of int, shape (n_cases,)

    Returns
    -------
    BetaBinomialFit or Refusal
        A refusal for fewer than two cases, for 0/n and n/n, and when every case has one row.

    Notes
    -----
    For comparison with other software; with a dozen cases the estimate of the correlation is too
    unstable to build an interval on.

    Examples
    --------
    >>> fit_beta_binomial([4, 4, 4], [8, 8, 8]).icc
    0.0
    """
    from scipy import optimize

    cells = check_cells(counts, sizes)
    if isinstance(cells, Refusal):
        return cells
    y, n = cells.counts, cells.sizes
    if y.sum() in (0, n.sum()):
        return Refusal(_WHAT, "the outcome is the same in every row")
    if n.max() == 1:
        return Refusal(_WHAT, "every case holds one row")
    share = float(y.sum() / n.sum())
    constant = float(_log_choose(n, y).sum())
    plain = float((y * np.log(share) + (n - y) * np.log1p(-share)).sum())

    def loss(theta: FloatArray) -> float:
        mean, icc = special.expit(theta[0]), np.clip(special.expit(theta[1]), 1e-7, 1 - 1e-7)
        return -float(log_likelihood(y, n, np.atleast_1d(mean), np.atleast_1d(icc))[0])

    best, lowest = np.zeros(2), np.inf
    for start in (-5.0, -2.0, 0.0):
        found = optimize.minimize(
            loss,
            np.array([special.logit(share), start]),
            method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-13, "maxiter": 2000},
        )
        if found.fun < lowest:
            best, lowest = np.asarray(found.x), float(found.fun)
    if -lowest <= plain + 1e-9:
        return BetaBinomialFit(mean=share, icc=0.0, log_likelihood=plain + constant)
    mean, icc = special.expit(best)
    return BetaBinomialFit(mean=float(mean), icc=float(icc), log_likelihood=constant - lowest)


def _log_choose(n: FloatArray, k: FloatArray) -> FloatArray:
    logs: FloatArray = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    return logs


def log_likelihood(y: FloatArray, n: FloatArray, mean: FloatArray, icc: FloatArray) -> FloatArray:
    """Return the log likelihood without binomial coefficients.

    Parameters
    ----------
    y, n : ndarray of float, shape (n_cases,)
        Counts and sizes.
    mean, icc : ndarray of float
        Broadcast against each other, strictly between 0 and 1.

    Notes
    -----
    ``sum_g log B(a + y_g, b + n_g - y_g) - log B(a, b)`` with ``a + b = (1 - icc) / icc``.
    """
    precision = (1 - icc) / icc
    a, b = mean * precision, (1 - mean) * precision
    base_a, base_b, base = special.gammaln(a), special.gammaln(b), special.gammaln(precision)
    total = np.zeros(np.broadcast_shapes(a.shape, icc.shape))
    pairs, times = np.unique(np.column_stack([y, n]), axis=0, return_counts=True)
    for (hits, size), k in zip(pairs, times, strict=True):
        if hits > 0:
            total += k * (special.gammaln(a + hits) - base_a)
        if hits < size:
            total += k * (special.gammaln(b + size - hits) - base_b)
        total -= k * (special.gammaln(precision + size) - base)
    return total
