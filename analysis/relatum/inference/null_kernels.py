"""Compiled loops of the null models. Imported only when they are needed.

Rows are 64-bit words, one bit per item. All arithmetic on words stays unsigned: a signed operand
would turn it into floats.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt
from numba import types
from numba.extending import intrinsic

from relatum.inference.common import IntArray

__all__ = [
    "Words",
    "below",
    "compiled",
    "draw_permutations",
    "draw_swaps",
    "draw_trades",
    "joint_counts",
    "next_word",
    "trade_rows",
    "uniform",
]

Words = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.bool_]
_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(function: _Function) -> _Function:
    """Compile a function, and keep its types."""
    made: Any = numba.njit(cache=True, nogil=True)(function)
    return cast(_Function, made)


_ONE, _ZERO = np.uint64(1), np.uint64(0)
_S32 = np.uint64(32)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1, _MIX2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31 = np.uint64(30), np.uint64(27), np.uint64(31)
_S11 = np.uint64(11)


@compiled
def next_word(state: Words) -> np.uint64:
    """SplitMix64: advance the state, return 64 random bits."""
    state[0] += _GOLDEN
    z = state[0]
    z = (z ^ (z >> _S30)) * _MIX1
    z = (z ^ (z >> _S27)) * _MIX2
    return np.uint64(z ^ (z >> _S31))


@compiled
def below(state: Words, n: int | np.int64) -> np.int64:
    """Return a whole number from 0 to n - 1."""
    return np.int64(((next_word(state) >> _S32) * np.uint64(n)) >> _S32)


@compiled
def uniform(state: Words) -> float:
    """Return a number from 0 to below 1."""
    return np.float64(next_word(state) >> _S11) * (1.0 / 9007199254740992.0)


def _population_count(context: Any, word: Any) -> Any:  # noqa: ANN401 - numba's own types
    """Count the bits of a word by the machine's instruction."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:  # noqa: ANN401
        return builder.ctpop(args[0])

    return types.uint64(types.uint64), generate


_count_bits: Any = intrinsic(_population_count)


@compiled
def joint_counts(rows: Words, k: int, out: IntArray) -> None:
    """Add the joint counts of all pairs (upper triangle, row by row) over rows to `out`.

    Rows are turned into columns first: then a pair costs one instruction per 64 rows.
    """
    n_words = (len(rows) + 63) // 64
    columns = np.zeros((k, n_words), dtype=np.uint64)
    for r in range(len(rows)):
        rest = rows[r]
        place = _ONE << np.uint64(r & 63)
        while rest != _ZERO:
            low = rest & (~rest + _ONE)
            item = np.int64(_count_bits(low - _ONE))
            columns[item, r >> 6] |= place
            rest ^= low
    at = 0
    for i in range(k - 1):
        for j in range(i + 1, k):
            both = _ZERO
            for w in range(n_words):
                both += _count_bits(columns[i, w] & columns[j, w])
            out[at] += np.int64(both)
            at += 1


@compiled
def _trade(one: np.uint64, other: np.uint64, state: Words) -> tuple[np.uint64, np.uint64]:
    """Deal the items that only one of two rows holds anew; both keep their number of items."""
    mine = one & ~other
    pool = one ^ other
    # Signed: with unsigned counts the comparisons below would run in floats.
    need = np.int64(_count_bits(mine))
    left = np.int64(_count_bits(pool))
    if need == 0 or need == left:
        return one, other
    dealt = _ZERO
    rest = pool
    while need > 0:
        bit = rest & (~rest + _ONE)
        if below(state, left) < need:
            dealt |= bit
            need -= 1
        rest ^= bit
        left -= 1
    both = one & other
    return both | dealt, both | (pool ^ dealt)


@compiled
def trade_rows(rows: Words, trades: int, state: Words) -> None:
    """Make curveball trades between random rows, in place."""
    n = len(rows)
    for _ in range(trades):
        i = below(state, n)
        j = below(state, n - 1)
        if j >= i:
            j += 1
        rows[i], rows[j] = _trade(rows[i], rows[j], state)


@compiled
def _mark(rows: Words) -> np.uint64:
    """Reduce a matrix to 64 bits, to count distinct ones."""
    found = _GOLDEN
    for word in rows:
        found = (found ^ word) * _MIX1
        found ^= found >> _S31
    return found


@compiled
def draw_trades(
    rows: Words, trades: int, k: int, counts: IntArray, marks: Words, state: Words
) -> None:
    """Draw joint counts by the chain of trades: one row of `counts` after every `trades`."""
    for d in range(len(counts)):
        trade_rows(rows, trades, state)
        joint_counts(rows, k, counts[d])
        marks[d] = _mark(rows)


@compiled
def _deal(rows: Words, low: int, high: int, totals: IntArray, state: Words) -> None:
    """Deal every column of a block anew."""
    for r in range(low, high):
        rows[r] = _ZERO
    for c in range(len(totals)):
        need = totals[c]
        bit = _ONE << np.uint64(c)
        left = high - low
        for r in range(low, high):
            if need == 0:
                break
            if below(state, left) < need:
                rows[r] |= bit
                need -= 1
            left -= 1


@compiled
def _allowed(rows: Words, low: int, high: int, legal: np.uint64, bound: Flags) -> bool:
    missing = 0
    for r in range(low, high):
        if bound[r] and (rows[r] & legal) == _ZERO:
            missing += 1
    return missing == 0


@compiled
def draw_permutations(
    rows: Words,
    totals: IntArray,
    legal: np.uint64,
    bound: Flags,
    tries: int,
    counts: IntArray,
    state: Words,
) -> int:
    """Deal every column of a block anew for each draw; return how often a deal was refused.

    A deal is refused while a row in `bound` has no item of `legal`. After `tries` refusals in a
    row, minus one is returned.
    """
    refused = 0
    for d in range(len(counts)):
        for attempt in range(tries):
            _deal(rows, 0, len(rows), totals, state)
            if _allowed(rows, 0, len(rows), legal, bound):
                break
            refused += 1
            if attempt == tries - 1:
                return -1
        joint_counts(rows, len(totals), counts[d])
    return refused


@compiled
def draw_swaps(
    rows: Words,
    k: int,
    legal: np.uint64,
    bound: Flags,
    swaps: int,
    counts: IntArray,
    marks: Words,
    state: Words,
) -> None:
    """Draw joint counts by a chain that swaps single cells of a column between two rows.

    A swap after which a row in `bound` has no item of `legal` is not made.
    """
    n = len(rows)
    for d in range(len(counts)):
        for _ in range(swaps * k):
            i = below(state, n)
            j = below(state, n - 1)
            if j >= i:
                j += 1
            bit = _ONE << np.uint64(below(state, k))
            if (rows[i] ^ rows[j]) & bit == _ZERO:
                continue
            one, other = rows[i] ^ bit, rows[j] ^ bit
            if (bound[i] and one & legal == _ZERO) or (bound[j] and other & legal == _ZERO):
                continue
            rows[i], rows[j] = one, other
        joint_counts(rows, k, counts[d])
        marks[d] = _mark(rows)
