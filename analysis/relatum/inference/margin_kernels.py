"""Compiled loops over all matrices with given margins. Imported only when they are needed."""

from __future__ import annotations

import numpy as np

from relatum.inference.common import FloatArray, IntArray
from relatum.inference.null_kernels import Words, compiled, joint_counts, uniform

__all__ = [
    "count_completions",
    "count_joint_completions",
    "draw_completions",
    "sample_completions",
]


@compiled
def _fits(
    state: int, total: int, caps: IntArray, strides: IntArray, spare: int, digits: IntArray
) -> bool:
    """Decode a state into remaining column sums; say whether rows left can use them up."""
    rest, used = state, 0
    for c in range(len(strides) - 1, -1, -1):
        digits[c] = rest // strides[c]
        rest -= digits[c] * strides[c]
        used += digits[c]
        if digits[c] > spare:
            return False
    last = len(strides)
    digits[last] = total - used
    return bool(0 <= digits[last] <= caps[last] and digits[last] <= spare)


@compiled
def count_completions(
    row_sums: IntArray,
    caps: IntArray,
    strides: IntArray,
    patterns: IntArray,
    steps: IntArray,
    bounds: IntArray,
) -> FloatArray:
    """Count, for every row and every remaining column sum, the matrices that complete it.

    The patterns of weight w are `patterns[bounds[w]:bounds[w + 1]]`; `steps` is what each takes
    from the state, which holds the remaining sums of all columns but the last.
    """
    n, k = len(row_sums), len(caps)
    size = 1
    for c in range(k - 1):
        size *= caps[c] + 1
    table = np.zeros((n + 1, size))
    table[n, 0] = 1.0
    digits = np.zeros(k, dtype=np.int64)
    total = 0
    for i in range(n - 1, -1, -1):
        total += row_sums[i]
        first, stop = bounds[row_sums[i]], bounds[row_sums[i] + 1]
        for s in range(size):
            if not _fits(s, total, caps, strides, n - i, digits):
                continue
            found = 0.0
            for p in range(first, stop):
                fine = True
                for c in range(k):
                    if patterns[p, c] > digits[c]:
                        fine = False
                        break
                if fine:
                    found += table[i + 1, s - steps[p]]
            table[i, s] = found
    return table


@compiled
def sample_completions(
    table: FloatArray,
    row_sums: IntArray,
    start: int,
    patterns: IntArray,
    steps: IntArray,
    bounds: IntArray,
    words: Words,
    caps: IntArray,
    out: Words,
    state: Words,
) -> None:
    """Draw a matrix with the given sums, each with equal probability, into `out`."""
    s = start
    k = len(caps)
    rest = caps.copy()
    for i in range(len(row_sums)):
        left = uniform(state) * table[i, s]
        taken = -1
        for p in range(bounds[row_sums[i]], bounds[row_sums[i] + 1]):
            fine = True
            for c in range(k):
                if patterns[p, c] > rest[c]:
                    fine = False
                    break
            if not fine or table[i + 1, s - steps[p]] == 0.0:
                continue
            taken = p
            left -= table[i + 1, s - steps[p]]
            if left < 0.0:
                break
        out[i] = words[taken]
        s -= steps[taken]
        for c in range(k):
            rest[c] -= patterns[taken, c]


@compiled
def draw_completions(
    table: FloatArray,
    row_sums: IntArray,
    start: int,
    patterns: IntArray,
    steps: IntArray,
    bounds: IntArray,
    words: Words,
    caps: IntArray,
    k: int,
    counts: IntArray,
    state: Words,
) -> None:
    """Draw joint counts of matrices of a block, every matrix with equal probability."""
    rows = np.empty(len(row_sums), dtype=np.uint64)
    for d in range(len(counts)):
        sample_completions(
            table, row_sums, start, patterns, steps, bounds, words, caps, rows, state
        )
        joint_counts(rows, k, counts[d])


@compiled
def count_joint_completions(
    row_sums: IntArray,
    caps: IntArray,
    strides: IntArray,
    patterns: IntArray,
    steps: IntArray,
    bounds: IntArray,
    both: IntArray,
    most: int,
) -> FloatArray:
    """Count the matrices by the number of rows whose pattern holds both items of a pair."""
    n, k = len(row_sums), len(caps)
    size = 1
    for c in range(k - 1):
        size *= caps[c] + 1
    after = np.zeros((size, most + 1))
    after[0, 0] = 1.0
    digits = np.zeros(k, dtype=np.int64)
    total = 0
    for i in range(n - 1, -1, -1):
        total += row_sums[i]
        now = np.zeros((size, most + 1))
        for s in range(size):
            if not _fits(s, total, caps, strides, n - i, digits):
                continue
            for p in range(bounds[row_sums[i]], bounds[row_sums[i] + 1]):
                fine = True
                for c in range(k):
                    if patterns[p, c] > digits[c]:
                        fine = False
                        break
                if fine:
                    shift = both[p]
                    for j in range(most + 1 - shift):
                        now[s, j + shift] += after[s - steps[p], j]
        after = now
    return after
