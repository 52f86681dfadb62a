"""Compiled loops that renew a whole matrix under a null. Imported only when they are needed.

Rows are 64-bit words, one bit per item; see `relatum.inference.null_kernels`.
"""

from __future__ import annotations

import numpy as np

from relatum.inference.common import IntArray
from relatum.inference.null_kernels import (
    Words,
    below,
    compiled,
    draw_permutations,
    joint_counts,
)

__all__ = [
    "COLUMNS",
    "CURVEBALL",
    "EQUIPROBABLE",
    "QUASISWAP",
    "ROWS",
    "SWAP",
    "TRIAL_SWAP",
    "count_distinct",
    "draw_matrices",
]

CURVEBALL, SWAP, TRIAL_SWAP, QUASISWAP, COLUMNS, ROWS, EQUIPROBABLE = range(7)

#: Submatrices that are looked at for one swap before the search is given up.
_TRIES = 50_000_000
_ONE, _ZERO = np.uint64(1), np.uint64(0)
_PAIRS, _FOURS = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333)
_EIGHTS, _SUM = np.uint64(0x0F0F0F0F0F0F0F0F), np.uint64(0x0101010101010101)


@compiled
def _other(state: Words, n: int, taken: np.int64) -> np.int64:
    """Return a whole number from 0 to n - 1 that is not `taken`."""
    found = below(state, n - 1)
    return found + 1 if found >= taken else found


@compiled
def _bit_count(word: np.uint64) -> int:
    """Count bits by adding neighbours, pairs and fours."""
    word = word - ((word >> _ONE) & _PAIRS)
    word = (word & _FOURS) + ((word >> np.uint64(2)) & _FOURS)
    word = (word + (word >> np.uint64(4))) & _EIGHTS
    return int(np.int64((word * _SUM) >> np.uint64(56)))


@compiled
def _trade(one: np.uint64, other: np.uint64, state: Words) -> tuple[np.uint64, np.uint64]:
    """Deal the items that only one of two rows holds anew; both keep their number of items.

    The smaller share is dealt, and no step depends on a condition: both save time.
    """
    pool, both = one ^ other, one & other
    need, left = _bit_count(one & ~other), _bit_count(pool)
    if need == 0 or need == left:
        return one, other
    turned = 2 * need > left
    if turned:
        need = left - need
    dealt, rest = _ZERO, pool
    while need > 0:
        bit = rest & (~rest + _ONE)
        taken = np.uint64(below(state, left) < need)
        dealt |= bit & (~taken + _ONE)
        need -= int(np.int64(taken))
        rest ^= bit
        left -= 1
    if turned:
        dealt ^= pool
    return both | dealt, both | (pool ^ dealt)


@compiled
def _trade_rows(rows: Words, trades: int, state: Words) -> None:
    for _ in range(trades):
        i = below(state, len(rows))
        j = _other(state, len(rows), i)
        rows[i], rows[j] = _trade(rows[i], rows[j], state)


@compiled
def _try_swap(rows: Words, k: int, state: Words) -> bool:
    """Look at two cells each of two random rows; swap them where they form one checkerboard.

    Of the two checkerboards one is looked for, so that any attempt can fail and no chain of
    attempts alternates.
    """
    i = below(state, len(rows))
    j = _other(state, len(rows), i)
    c = below(state, k)
    one = _ONE << np.uint64(c)
    both = one | (_ONE << np.uint64(_other(state, k, c)))
    if rows[i] & both != one or rows[j] & both != both ^ one:
        return False
    rows[i] ^= both
    rows[j] ^= both
    return True


@compiled
def _swap_rows(rows: Words, k: int, swaps: int, state: Words) -> bool:
    """Make swaps, each from all checkerboards alike; say whether all were found.

    One swap more is made at random: on some matrices every swap flips a parity.
    """
    for _ in range(swaps + below(state, 2)):
        left = _TRIES
        while not _try_swap(rows, k, state):
            left -= 1
            if left == 0:
                return False
    return True


@compiled
def _deal_table(rows: Words, sums: IntArray, state: Words) -> IntArray:
    """Draw a table of counts with the margins of the rows: the labels of all cells, shuffled."""
    labels = np.empty(sums.sum(), dtype=np.int64)
    at = 0
    for c in range(len(sums)):
        for _ in range(sums[c]):
            labels[at] = c
            at += 1
    for i in range(len(labels) - 1, 0, -1):
        j = below(state, i + 1)
        labels[i], labels[j] = labels[j], labels[i]
    table = np.zeros((len(rows), len(sums)), dtype=np.int64)
    at = 0
    for r in range(len(rows)):
        for _ in range(_bit_count(rows[r])):
            table[r, labels[at]] += 1
            at += 1
    return table


@compiled
def _level_table(table: IntArray, state: Words) -> None:
    """Make swaps that never raise the sum of squares until all counts are 0 and 1."""
    n, k = table.shape
    excess = np.int64(0)
    for row in range(n):
        for column in range(k):
            excess += table[row, column] * (table[row, column] - 1)
    while excess > 0:
        i = below(state, n)
        j = _other(state, n, i)
        c = below(state, k)
        d = _other(state, k, c)
        if table[i, c] == 0 or table[j, d] == 0:
            continue
        gain = table[i, c] + table[j, d] - table[i, d] - table[j, c] - 2
        if gain < 0:
            continue
        table[i, c] -= 1
        table[j, d] -= 1
        table[i, d] += 1
        table[j, c] += 1
        excess -= 2 * gain


@compiled
def _quasiswap_rows(rows: Words, sums: IntArray, state: Words) -> None:
    table = _deal_table(rows, sums, state)
    _level_table(table, state)
    for r in range(len(rows)):
        rows[r] = _ZERO
        for c in range(len(sums)):
            rows[r] |= np.uint64(table[r, c]) << np.uint64(c)


@compiled
def _deal_cells(rows: Words, k: int, by_row: bool, state: Words) -> None:
    """Deal the cells of every row, or of all rows together, over all places."""
    left, need = 0, 0
    if not by_row:
        left = k * len(rows)
        for word in rows:
            need += _bit_count(word)
    for r in range(len(rows)):
        if by_row:
            left, need = k, _bit_count(rows[r])
        rows[r] = _ZERO
        for c in range(k):
            if below(state, left) < need:
                rows[r] |= _ONE << np.uint64(c)
                need -= 1
            left -= 1


@compiled
def _deal_columns(rows: Words, sums: IntArray, state: Words) -> None:
    k = len(sums)
    unused = np.zeros((1, k * (k - 1) // 2), dtype=np.int64)
    free = np.zeros(len(rows), dtype=np.bool_)
    draw_permutations(rows, sums, _ZERO, free, 1, unused, state)


@compiled
def _renew(kind: int, rows: Words, sums: IntArray, moves: int, state: Words) -> bool:
    k = len(sums)
    if kind == CURVEBALL:
        _trade_rows(rows, moves, state)
    elif kind == SWAP:
        return _swap_rows(rows, k, moves, state)
    elif kind == TRIAL_SWAP:
        for _ in range(moves):
            _try_swap(rows, k, state)
    elif kind == QUASISWAP:
        _quasiswap_rows(rows, sums, state)
    elif kind == COLUMNS:
        _deal_columns(rows, sums, state)
    else:
        _deal_cells(rows, k, kind == ROWS, state)
    return True


@compiled
def count_distinct(rows: Words, slots: Words, stamps: IntArray, stamp: int) -> int:
    """Count the distinct words, in a table of slots that a stamp empties.

    The number of slots is a power of two, and above the number of words.
    """
    mask = np.uint64(len(slots) - 1)
    found = 0
    for word in rows:
        at = (word * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)
        while True:
            at &= mask
            place = np.int64(at)
            if stamps[place] != stamp:
                stamps[place] = stamp
                slots[place] = word
                found += 1
                break
            if slots[place] == word:
                break
            at += _ONE
    return found


@compiled
def _add_totals(rows: Words, totals: IntArray) -> None:
    for word in rows:
        for c in range(len(totals)):
            totals[c] += np.int64((word >> np.uint64(c)) & _ONE)


@compiled
def draw_matrices(
    kind: int,
    rows: Words,
    spans: IntArray,
    sums: IntArray,
    moves: IntArray,
    joint: IntArray,
    totals: IntArray,
    combos: IntArray,
    state: Words,
) -> bool:
    """Renew the blocks of a matrix again and again; add what is counted to one row per draw.

    Parameters
    ----------
    kind : int
        One of the constants of this module.
    rows : ndarray of uint64, shape (n_rows,)
        The matrix, changed in place.
    spans : ndarray of int, shape (n_moving, 2)
        First row of each block that can move, and the row after its last.
    sums : ndarray of int, shape (n_moving, n_items)
    moves : ndarray of int, shape (n_moving,)
        Moves of a chain between two draws.
    joint : ndarray of int, shape (n_draws, n_pairs)
    totals : ndarray of int, shape (n_draws, n_items)
        Left alone where the null fixes them.
    combos : ndarray of int, shape (n_draws,)
        Distinct rows.
    state : ndarray of uint64, shape (1,)

    Returns
    -------
    bool
        Whether every swap was found.
    """
    k = totals.shape[1]
    n_slots = 2
    while n_slots < 2 * len(rows):
        n_slots *= 2
    slots = np.empty(n_slots, dtype=np.uint64)
    stamps = np.full(n_slots, -1, dtype=np.int64)
    for d in range(len(joint)):
        for b in range(len(spans)):
            block = rows[spans[b, 0] : spans[b, 1]]
            if not _renew(kind, block, sums[b], moves[b], state):
                return False
        joint_counts(rows, k, joint[d])
        if kind >= ROWS:
            _add_totals(rows, totals[d])
        combos[d] = count_distinct(rows, slots, stamps, d)
    return True
