"""Compiled loops of the wild cluster bootstrap. Imported only when they are needed."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from relatum.inference.common import FloatArray

__all__ = ["count_extreme", "find_limit"]

BLOCK = 256


def _count_extreme(coefficients: FloatArray, shift: float, threshold: float, stop: int) -> int:
    """Count draws with num^2 >= threshold * den at a shift; give up beyond `stop`."""
    n_draws = coefficients.shape[1]
    total = 0
    for start in range(0, n_draws, BLOCK):
        end = min(start + BLOCK, n_draws)
        found = 0
        for b in range(start, end):
            num = coefficients[0, b] + shift * coefficients[1, b]
            den = coefficients[2, b] + shift * (coefficients[3, b] + shift * coefficients[4, b])
            if num * num >= threshold * max(den, 0.0):
                found += 1
        total += found
        if total > stop:
            return total
    return total


_compile: Any = numba.njit(cache=True, nogil=True)
count_extreme: Any = _compile(_count_extreme)


def _reaches(coefficients: FloatArray, shift: float, std_error: float, stop: int) -> bool:
    """Say whether the p value at a shift is still above the level."""
    statistic = abs(shift) / std_error
    slack = 1e-9 * max(1.0, statistic)
    threshold = max(statistic - slack, 0.0) ** 2
    return count_extreme(coefficients, shift, threshold, stop) > stop  # type: ignore[no-any-return]


_reaches_compiled: Any = _compile(_reaches)


def _find_limit(
    coefficients: FloatArray, std_error: float, side: float, stop: int, max_steps: int
) -> float:
    """Walk outwards in steps of a fortieth of the error, then bisect to machine precision."""
    step = side * std_error / 40.0
    inside = 0.0
    outside = np.inf * side
    for _ in range(max_steps):
        outside = inside + step
        if not _reaches_compiled(coefficients, outside, std_error, stop):
            break
        inside = outside
        outside = np.inf * side
    if np.isinf(outside):
        return outside
    for _ in range(200):
        middle = 0.5 * (inside + outside)
        if middle in (inside, outside):
            break
        if _reaches_compiled(coefficients, middle, std_error, stop):
            inside = middle
        else:
            outside = middle
    return inside


find_limit: Any = _compile(_find_limit)
