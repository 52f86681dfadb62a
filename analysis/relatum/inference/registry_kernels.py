"""Compiled loops over the pairs of a registry. Imported only when they are needed.

The inner loops run over whole rows of arrays without a branch, so that they become vector
instructions; a table that cannot vary adds nothing by its arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

from relatum.inference.common import FloatArray, IntArray
from relatum.inference.null_kernels import Words

__all__ = ["N_SUMS", "sum_pairs"]

#: Per pair over strata, with a, b, c, d the cells: R = ad/n, S = bc/n, QR, QS with Q = (b + c)/n;
#: variance and third cumulant of a.
N_SUMS = 6
_Function = TypeVar("_Function", bound=Callable[..., Any])


def _compiled(function: _Function) -> _Function:
    """Compile a function whose divisors are never 0."""
    made: Any = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    return cast(_Function, made)


@_compiled
def _find_varying(words: Words, counts: IntArray, items: IntArray) -> int:
    """List the items that some rows hold and others do not."""
    n = len(words)
    counts[:] = 0
    for row in range(n):
        for item in range(len(counts)):
            bit = (words[row, item >> 6] >> np.uint64(item & 63)) & np.uint64(1)
            counts[item] += np.int64(bit)
    found = 0
    for item in range(len(counts)):
        if 0 < counts[item] < n:
            items[found] = item
            found += 1
    return found


@_compiled
def _fill_level(words: Words, items: IntArray, joint: FloatArray, totals: FloatArray) -> None:
    """Count pairs (first position smaller) and items over rows."""
    held = np.empty(len(items), dtype=np.int64)
    for row in range(len(words)):
        n = 0
        for at in range(len(items)):
            item = items[at]
            if (words[row, item >> 6] >> np.uint64(item & 63)) & np.uint64(1):
                held[n] = at
                n += 1
        for x in range(n):
            totals[held[x]] += 1.0
            for y in range(x + 1, n):
                joint[held[x], held[y]] += 1.0


@_compiled
def _add_tables(
    sums: FloatArray, both: FloatArray, first: FloatArray, second: FloatArray, size: FloatArray
) -> None:
    """Add one 2 x 2 table per place, given its joint count, totals and size."""
    r, s, qr, qs, variance, third = sums[0], sums[1], sums[2], sums[3], sums[4], sums[5]
    for y in range(len(both)):
        n, f, g = size[y], first[y], second[y]
        # One division for three: tables of fewer than three rows have a 0 where it would matter.
        n0, n1, n2 = max(n, 1.0), max(n - 1.0, 1.0), max(n - 2.0, 1.0)
        unit = 1.0 / (n0 * n1 * n2)
        per_n = unit * n1 * n2
        b, c = f - both[y], g - both[y]
        top, bottom = both[y] * (n - f - c) * per_n, b * c * per_n
        q = (b + c) * per_n
        spread = f * g * (n - f) * (n - g) * per_n * (unit * n2)
        r[y] += top
        s[y] += bottom
        qr[y] += q * top
        qs[y] += q * bottom
        variance[y] += spread
        third[y] += spread * (n - 2.0 * f) * (n - 2.0 * g) * (unit * n1)


@_compiled
def _add_alike(sums: FloatArray, level: FloatArray, n_rows: int, work: FloatArray) -> None:
    """Add the tables of rows that form one stratum for all pairs."""
    v = len(level)
    totals = level[:, v]
    work[0, :v] = n_rows
    work[1, :v] = totals
    for x in range(v - 1):
        if 0 < totals[x] < n_rows:
            work[2, :v] = totals[x]
            _add_tables(
                sums[x, :, x + 1 : v],
                level[x, x + 1 : v],
                work[2, x + 1 : v],
                work[1, x + 1 : v],
                work[0, x + 1 : v],
            )


@_compiled
def _add_others(
    sums: FloatArray,
    levels: tuple[FloatArray, FloatArray, FloatArray],
    n_neither: int,
    work: FloatArray,
) -> None:
    """Add the tables of rows with s other items.

    That is s + 2 items in all where both are present, s + 1 with one of them, and s with neither.
    """
    neither, one, two = levels
    v = len(two)
    work[3, :v] = neither[:, v]
    work[4, :v] = one[:, v]
    for x in range(v - 1):
        if one[x, v] + two[x, v] == 0.0:
            continue
        both = two[x, x + 1 : v]
        second, first, size = work[1, x + 1 : v], work[2, x + 1 : v], work[0, x + 1 : v]
        _cross(both, one[x, x + 1 : v], work[4, x + 1 : v], one[x, v], (first, second))
        rest = n_neither - neither[x, v]
        gone = work[3, x + 1 : v]
        kept = neither[x, x + 1 : v]
        for y in range(len(both)):
            size[y] = first[y] + second[y] - both[y] + rest - gone[y] + kept[y]
        _add_tables(sums[x, :, x + 1 : v], both, first, second, size)


@_compiled
def _cross(
    both: FloatArray,
    shared: FloatArray,
    held: FloatArray,
    held_first: float,
    totals: tuple[FloatArray, FloatArray],
) -> None:
    """Give the totals of the two items among rows with the same number of others."""
    first, second = totals
    for y in range(len(both)):
        apart = both[y] - shared[y]
        first[y] = apart + held_first
        second[y] = apart + held[y]


@_compiled
def _sum_case(sums: FloatArray, words: Words, numbers: IntArray, items: IntArray) -> None:
    """Add one case, its rows in the order of their number of items.

    Joint counts (in the last column: totals) of three numbers of items are held at a time.
    """
    v, stop = len(items), len(words)
    levels = np.zeros((3, v, v + 1))
    whole = np.zeros((v, v + 1))
    found = np.zeros((3, v, N_SUMS, v))
    work = np.empty((5, v))
    row, n_zero, n_one = 0, 0, 0
    for s in range(numbers[0] - 2, numbers[-1] + 1):
        level = levels[(s + 2) % 3]
        level[:] = 0.0
        start = row
        while row < stop and numbers[row] == s + 2:
            row += 1
        n_two = row - start
        if n_two > 0:
            _fill_level(words[start:row], items, level, level[:, v])
            whole += level
        if n_two > 1:
            _add_alike(found[1], level, n_two, work)
        if n_zero + n_one + n_two > 1:
            held = (levels[s % 3], levels[(s + 1) % 3], level)
            _add_others(found[2], held, n_zero, work)
        n_zero, n_one = n_one, n_two
    _add_alike(found[0], whole, stop, work)
    for kind in range(3):
        for x in range(v):
            for q in range(N_SUMS):
                for y in range(x + 1, v):
                    sums[kind, items[x], q, items[y]] += found[kind, x, q, y]


@_compiled
def sum_pairs(words: Words, numbers: IntArray, starts: IntArray, n_items: int) -> FloatArray:
    """Sum over cases, over their rows with the same number of items, and of other items.

    Rows are sorted by case and number of items; `starts` holds where cases begin, and the end.
    The first item of a pair is the second axis, `N_SUMS` the third, the second item the fourth.
    """
    sums = np.zeros((3, n_items, N_SUMS, n_items))
    counts = np.zeros(n_items, dtype=np.int64)
    items = np.zeros(n_items, dtype=np.int64)
    for case in range(len(starts) - 1):
        start, stop = starts[case], starts[case + 1]
        if stop - start > 1:
            found = _find_varying(words[start:stop], counts, items)
            if found > 1:
                _sum_case(sums, words[start:stop], numbers[start:stop], items[:found])
    return sums
