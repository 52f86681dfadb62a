"""How well a chain of draws has mixed: autocorrelation, effective draws, agreement of chains."""

from __future__ import annotations

import numpy as np

from relatum.inference.common import FloatArray, IntArray

__all__ = ["autocorrelation", "choose_lag", "effective_draws", "potential_reduction"]

_SMALL_MEAN = 0.02


def autocorrelation(draws: FloatArray | IntArray, *, lags: int) -> FloatArray:
    """Estimate the autocorrelation of each column at lags 1 up.

    Parameters
    ----------
    draws : ndarray, shape (n_draws, n_columns)
    lags : int
        The largest lag, below the number of draws.

    Returns
    -------
    ndarray of float, shape (lags, n_moving)
        Over the columns that vary; there may be none.

    Examples
    --------
    >>> autocorrelation(np.array([[0], [1], [0], [1]]), lags=1).tolist()
    [[-0.75]]
    """
    values = np.asarray(draws, dtype=np.float64)
    values = values[:, np.ptp(values, axis=0) > 0]
    n = len(values)
    centred = values - values.mean(axis=0)
    if lags == 1:
        single: FloatArray = (centred[1:] * centred[:-1]).sum(axis=0) / (centred**2).sum(axis=0)
        return single[None, :]
    size = 1 << int(2 * n - 1).bit_length()
    spectrum = np.fft.rfft(centred, size, axis=0)
    products = np.fft.irfft(np.abs(spectrum) ** 2, size, axis=0)[: lags + 1]
    found: FloatArray = products[1:] / products[0]
    return found


def choose_lag(draws: IntArray, *, lags: int) -> int:
    """Return the smallest lag at which a chain has forgotten where it was.

    Parameters
    ----------
    draws : ndarray of int, shape (n_draws, n_columns)
        A pilot of the chain.
    lags : int
        The largest lag to look at; it is returned where none is long enough.

    Returns
    -------
    int
        The first lag with a mean autocorrelation over columns of at most 0.02, and none above 0.05
        beyond what chance alone gives for the largest of so many columns.
    """
    found = autocorrelation(draws, lags=lags)
    n, columns = len(draws), found.shape[1]
    if columns == 0:
        return 1
    noise = np.sqrt(2.0 * np.log(max(columns, 2))) / np.sqrt(n)
    calm = (found.mean(axis=1) <= _SMALL_MEAN + 1 / np.sqrt(n * columns)) & (
        found.max(axis=1) <= 0.05 + noise
    )
    return int(np.argmax(calm)) + 1 if calm.any() else lags


def effective_draws(lag_one: FloatArray, *, draws: int) -> float:
    """Return the number of independent draws that are worth as much, n (1 - r) / (1 + r).

    Examples
    --------
    >>> effective_draws(np.array([0.0, 0.5]), draws=300)
    100.0
    """
    if len(lag_one) == 0:
        return float(draws)
    worst = max(float(lag_one.max()), 0.0)
    return draws * (1 - worst) / (1 + worst)


def potential_reduction(chains: list[IntArray]) -> float:
    """Compare chains with one another: the largest ratio of pooled to inner deviation.

    Returns
    -------
    float
        Near 1 where the chains agree (Gelman and Rubin 1992, doi:10.1214/ss/1177011136); 1 where
        nothing varies.
    """
    inner = np.mean([chain.var(axis=0, ddof=1) for chain in chains], axis=0)
    means = np.stack([chain.mean(axis=0) for chain in chains])
    n = min(len(chain) for chain in chains)
    moving = inner > 0
    if not moving.any() or len(chains) < 2:
        return 1.0
    pooled = (n - 1) / n * inner[moving] + means.var(axis=0, ddof=1)[moving]
    return float(np.sqrt(pooled / inner[moving]).max())
