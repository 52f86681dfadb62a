"""Compiled sums over the risk sets of a Cox regression. Imported only when it is needed.

Rows come as `plan_cox` sorts them: by stratum, the latest time first. A risk set grows as time
runs back; rows that enter at the time or later leave it. When little is left after much was taken
away, the sums are made anew, so that no digits are lost. Loops stand where numpy would take a slice
or sort: those take seconds to compile in a new installation.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from relatum.inference.common import FloatArray, IntArray
from relatum.inference.cox_rows import BoolArray

__all__ = ["derive_exact", "locate", "spread", "sum_risk"]

_CANCELLED = 1e-5

_compile: Any = numba.njit(cache=True, nogil=True, error_model="numpy")


def _locate(
    times: FloatArray,
    stratum: IntArray,
    entry: FloatArray,
    by_entry: IntArray,
    starts: IntArray,
    last: IntArray,
    left: IntArray,
) -> None:
    """Fill for each row the first event time at which it had not entered yet, going back.

    And for each event time the place in the order of entries where those begin that had entered.
    """
    g = 0
    for s in range(len(starts) - 1):
        end = g
        while end < len(times) and stratum[end] == s:
            end += 1
        for k in range(starts[s], starts[s + 1]):
            while g < end and times[g] > entry[by_entry[k]]:
                left[g] = k
                g += 1
            last[by_entry[k]] = g
        while g < end:
            left[g] = starts[s + 1]
            g += 1


locate: Any = _compile(_locate)


def _add(x: FloatArray, i: int, amount: float, sums: FloatArray) -> None:
    """Add a row, times the amount, to the sum of 1 and of x."""
    sums[0] += amount
    for j in range(x.shape[1]):
        sums[1 + j] += amount * x[i, j]


_add_compiled: Any = _compile(_add)


def _sum_risk(
    x: FloatArray,
    risk: FloatArray,
    event: BoolArray,
    by_entry: IntArray,
    starts: IntArray,
    stratum: IntArray,
    stop: IntArray,
    left: IntArray,
    sums: FloatArray,
    dead: FloatArray,
) -> None:
    """Fill the sums (g, 1 + p) of risk and risk times x of those at risk, and of the events.

    `risk` is weight times exp(linear predictor). The rows between one event time and the next that
    have an event have it at the latter.
    """
    now = np.zeros(sums.shape[1])
    dead[:] = 0.0
    row = gone = 0
    peak = 0.0
    for g in range(len(stratum)):
        if g == 0 or stratum[g] != stratum[g - 1]:
            row = gone = starts[stratum[g]]
            now[:] = 0.0
            peak = 0.0
        while row < stop[g]:
            _add_compiled(x, row, risk[row], now)
            if event[row]:
                _add_compiled(x, row, risk[row], dead[g])
            row += 1
        peak = max(peak, now[0])
        before = gone
        while gone < left[g]:
            _add_compiled(x, by_entry[gone], -risk[by_entry[gone]], now)
            gone += 1
        if gone > before and now[0] < _CANCELLED * peak:
            now[:] = 0.0
            for k in range(gone, starts[stratum[g] + 1]):
                if by_entry[k] < row:
                    _add_compiled(x, by_entry[k], risk[by_entry[k]], now)
            peak = now[0]
        for j in range(len(now)):
            sums[g, j] = now[j]


sum_risk: Any = _compile(_sum_risk)


def _spread(
    below: FloatArray, dead: FloatArray, weight: FloatArray, events: IntArray, out: FloatArray
) -> None:
    """Sum over the steps of Efron's ties, f = 0, 1/d, ...: c, cf, q, qf, qff, log denominators.

    The denominator is s - f e; c is the mean weight of an event over it, q is c over it again.
    """
    out[:] = 0.0
    for g in range(len(out)):
        mean = weight[g] / events[g]
        for k in range(events[g]):
            f = k / events[g]
            denominator = below[g] - f * dead[g]
            c = mean / denominator
            q = c / denominator
            out[g, 0] += c
            out[g, 1] += c * f
            out[g, 2] += q
            out[g, 3] += q * f
            out[g, 4] += q * f * f
            out[g, 5] += mean * np.log(denominator)


spread: Any = _compile(_spread)


def _grow(
    x: FloatArray,
    row: int,
    r: float,
    size: int,
    value: FloatArray,
    first: FloatArray,
    second: FloatArray,
) -> None:
    """Add a row to the elementary symmetric functions up to a size, and to their derivatives."""
    p = x.shape[1]
    for d in range(size, 0, -1):
        for j in range(p):
            for k in range(j + 1):
                second[d, j, k] += r * (
                    second[d - 1, j, k]
                    + x[row, j] * first[d - 1, k]
                    + x[row, k] * first[d - 1, j]
                    + x[row, j] * x[row, k] * value[d - 1]
                )
        for j in range(p):
            first[d, j] += r * (first[d - 1, j] + x[row, j] * value[d - 1])
        value[d] += r * value[d - 1]


_grow_compiled: Any = _compile(_grow)


def _find_at_risk(entry: FloatArray, time: float, start: int, stop: int, rows: IntArray) -> int:
    """Fill the rows that had entered before a time; return how many there are."""
    n = 0
    for row in range(start, stop):
        if entry[row] < time:
            rows[n] = row
            n += 1
    return n


_find_at_risk_compiled: Any = _compile(_find_at_risk)


def _mean_of_highest(eta: FloatArray, rows: IntArray, n: int, size: int) -> float:
    """Mean of the highest linear predictors of the first n rows, summed from the lowest on."""
    highest = np.full(size, -np.inf)
    for a in range(n):
        one = eta[rows[a]]
        if one <= highest[0]:
            continue
        at = 0
        while at + 1 < size and highest[at + 1] < one:
            highest[at] = highest[at + 1]
            at += 1
        highest[at] = one
    total = 0.0
    for k in range(size):
        total += highest[k]
    return total / size


_mean_of_highest_compiled: Any = _compile(_mean_of_highest)


def _derive_exact(
    x: FloatArray,
    eta: FloatArray,
    entry: FloatArray,
    starts: IntArray,
    stratum: IntArray,
    times: FloatArray,
    events: IntArray,
    stop: IntArray,
    expected: FloatArray,
    information: FloatArray,
) -> float:
    """Fill the expected covariate sums and the information of the exact partial likelihood.

    The sums are over every set of as many rows at risk as there are events. Returns the sum of log
    denominators. Costs rows at risk times events times p^2 at each event time.
    """
    p = x.shape[1]
    mean = np.zeros(p)
    rows = np.empty(len(entry), dtype=np.int64)
    expected[:] = 0.0
    information[:] = 0.0
    total = 0.0
    for g in range(len(times)):
        deaths = events[g]
        n = _find_at_risk_compiled(entry, times[g], starts[stratum[g]], stop[g], rows)
        # with this shift the largest product is 1
        shift = _mean_of_highest_compiled(eta, rows, n, deaths)
        value = np.zeros(deaths + 1)
        first = np.zeros((deaths + 1, p))
        second = np.zeros((deaths + 1, p, p))
        value[0] = 1.0
        for a in range(n):
            r = np.exp(eta[rows[a]] - shift)
            _grow_compiled(x, rows[a], r, min(deaths, a + 1), value, first, second)
        total += np.log(value[deaths]) + deaths * shift
        for j in range(p):
            mean[j] = first[deaths, j] / value[deaths]
            expected[j] += mean[j]
        for j in range(p):
            for k in range(j + 1):
                information[j, k] += second[deaths, j, k] / value[deaths] - mean[j] * mean[k]
    for j in range(p):
        for k in range(j):
            information[k, j] = information[j, k]
    return total


derive_exact: Any = _compile(_derive_exact)
