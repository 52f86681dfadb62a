"""Null distributions of a joint count: of one table, and of the sum over strata."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from relatum.inference.common import FloatArray, IntArray, check_counts

__all__ = ["LogWeights", "convolve_counts", "hypergeometric_counts"]

LogWeights = tuple[IntArray, FloatArray]

_NO_UNDERFLOW = 600.0


def hypergeometric_counts(n_first: int, n_second: int, n_rows: int) -> LogWeights:
    """Joint counts of two codes that are spread over rows independently, with log weights.

    Parameters
    ----------
    n_first, n_second : int
        Rows with either code.
    n_rows : int

    Returns
    -------
    support : ndarray of int, shape (n,)
    log_weights : ndarray, shape (n,)
        0 at the likeliest count.

    Raises
    ------
    ValueError
        If a count is negative, not whole, or above the number of rows.

    Notes
    -----
    By ratios of neighbours outwards from the mode, so that large tables lose no digits.

    Examples
    --------
    >>> support, logs = hypergeometric_counts(2, 2, 4)
    >>> support, np.exp(logs)
    (array([0, 1, 2]), array([0.25, 1.  , 0.25]))
    """
    check_counts({"n_first": n_first, "n_second": n_second, "n_rows": n_rows})
    if max(n_first, n_second) > n_rows:
        raise ValueError("n_first and n_second cannot exceed n_rows.")
    support = np.arange(max(0, n_first + n_second - n_rows), min(n_first, n_second) + 1)
    j = support[:-1].astype(np.float64)
    up = (n_first - j) * (n_second - j)
    down = (j + 1) * (n_rows - n_first - n_second + j + 1)
    steps = np.log(up / down)
    mode = int((steps > 0).sum())
    below = -np.cumsum(steps[:mode][::-1])[::-1]
    return support.astype(np.int64), np.concatenate([below, [0.0], np.cumsum(steps[mode:])])


def convolve_counts(parts: Sequence[LogWeights]) -> LogWeights:
    """Distribution of the sum of independent joint counts, one per stratum.

    Parameters
    ----------
    parts : sequence of (support, log_weights)
        As `hypergeometric_counts` gives them. A support may have gaps, or a single count.

    Returns
    -------
    support : ndarray of int, shape (n,)
    log_weights : ndarray, shape (n,)
        Minus infinity at sums that cannot occur.

    Raises
    ------
    ValueError
        If there is no part.

    Examples
    --------
    >>> support, logs = convolve_counts([hypergeometric_counts(1, 1, 2)] * 2)
    >>> support, np.exp(logs)
    (array([0, 1, 2]), array([0.5, 1. , 0.5]))
    """
    if not parts:
        raise ValueError("there must be one stratum at least.")
    low, total = 0, np.zeros(1)
    for support, logs in parts:
        grid = np.full(int(support[-1] - support[0]) + 1, -np.inf)
        grid[support - support[0]] = logs - logs.max()
        low += int(support[0])
        total = _log_convolve(total, grid)
        total -= total.max()
    return np.arange(low, low + total.size, dtype=np.int64), total


def _log_convolve(first: FloatArray, second: FloatArray) -> FloatArray:
    if first.size < second.size:
        first, second = second, first
    depth = sum(float(-logs[logs > -np.inf].min()) for logs in (first, second))
    if depth < _NO_UNDERFLOW:
        with np.errstate(divide="ignore"):
            found: FloatArray = np.log(np.convolve(np.exp(first), np.exp(second)))
        return found
    total = np.full(first.size + second.size - 1, -np.inf)
    for at in np.flatnonzero(second > -np.inf):
        part = total[at : at + first.size]
        np.logaddexp(part, first + second[at], out=part)
    return total
