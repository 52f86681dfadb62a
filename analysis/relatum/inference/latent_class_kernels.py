"""Compiled EM of latent classes. Imported only when it is needed."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from relatum.inference.common import FloatArray, IntArray

__all__ = ["climb"]

_FLOOR = 1e-15
_compile: Any = numba.njit(cache=True, nogil=True)


def _update(
    columns: IntArray,
    weights: FloatArray,
    shares: FloatArray,
    logs: FloatArray,
    sums: tuple[FloatArray, FloatArray, FloatArray],
) -> float:
    """Sum expected counts over the patterns at given parameters; return the log-likelihood."""
    n_patterns, n_items = columns.shape
    n_classes = len(shares)
    class_sums, counts, joint = sums
    class_sums[:] = 0.0
    counts[:] = 0.0
    log_likelihood = 0.0
    for row in range(n_patterns):
        peak = -np.inf
        for c in range(n_classes):
            value = np.log(max(shares[c], _FLOOR))
            for at in range(n_items):
                if columns[row, at] >= 0:
                    value += logs[c, columns[row, at]]
            joint[c] = value
            peak = max(peak, value)
        total = 0.0
        for c in range(n_classes):
            joint[c] = np.exp(joint[c] - peak)
            total += joint[c]
        log_likelihood += weights[row] * (np.log(total) + peak)
        for c in range(n_classes):
            part = weights[row] * joint[c] / total
            class_sums[c] += part
            for at in range(n_items):
                if columns[row, at] >= 0:
                    counts[c, columns[row, at]] += part
    return log_likelihood


_update_compiled: Any = _compile(_update)


def _climb(
    columns: IntArray,
    weights: FloatArray,
    edges: IntArray,
    parameters: tuple[FloatArray, FloatArray],
    stop: tuple[float, int],
) -> float:
    """Run EM from given parameters, in place, until a step gains less than the tolerance.

    `columns` holds the column of every answer among the levels, -1 where it is missing; `edges`
    the first column of each item, and the number of all columns.
    """
    shares, probabilities = parameters
    tolerance, most = stop
    sums = (np.zeros_like(shares), np.zeros_like(probabilities), np.zeros_like(shares))
    class_sums, counts, _ = sums
    n_rows = weights.sum()
    reached = -np.inf
    for _ in range(most):
        logs = np.log(np.maximum(probabilities, _FLOOR))
        now = _update_compiled(columns, weights, shares, logs, sums)
        gain = now - reached
        reached = now
        if gain < tolerance:
            break
        for c in range(len(shares)):
            shares[c] = class_sums[c] / n_rows
            for at in range(len(edges) - 1):
                total = counts[c, edges[at] : edges[at + 1]].sum()
                for column in range(edges[at], edges[at + 1]):
                    if total > 0:
                        probabilities[c, column] = counts[c, column] / total
    return reached


climb: Any = _compile(_climb)
