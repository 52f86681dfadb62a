"""Compiled counts of concordant pairs. Imported only when it is needed."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from relatum.inference.common import FloatArray, IntArray
from relatum.inference.cox_rows import BoolArray

__all__ = ["count_pairs"]

_compile: Any = numba.njit(cache=True, nogil=True)


def _put(tree: FloatArray, rank: int, weight: float) -> None:
    """Add a weight at a rank (from 1) of a Fenwick tree; place 0 holds the total."""
    tree[0] += weight
    while rank < len(tree):
        tree[rank] += weight
        rank += rank & -rank


_put_compiled: Any = _compile(_put)


def _below(tree: FloatArray, rank: int) -> float:
    """Sum of the weights up to a rank, inclusive."""
    total = 0.0
    while rank > 0:
        total += tree[rank]
        rank -= rank & -rank
    return total


_below_compiled: Any = _compile(_below)


def _ask(tree: FloatArray, rank: int, sign: float, higher: bool, out: FloatArray) -> None:
    """Add weights of pairs: concordant, discordant, tied. `higher`: the asker should be higher."""
    low = _below_compiled(tree, rank - 1)
    tied = _below_compiled(tree, rank) - low
    high = tree[0] - low - tied
    out[0] += sign * (low if higher else high)
    out[1] += sign * (high if higher else low)
    out[2] += sign * tied


_ask_compiled: Any = _compile(_ask)


def _highest(rank: IntArray, begin: int, stop: int) -> int:
    """Highest rank of a stretch of rows."""
    highest = 0
    for i in range(begin, stop):
        highest = max(highest, rank[i])
    return highest


_highest_compiled: Any = _compile(_highest)


def _ask_events(
    rank: IntArray,
    weights: FloatArray,
    time: FloatArray,
    entry: FloatArray,
    event: BoolArray,
    by_entry: IntArray,
    begin: int,
    stop: int,
    pairs: FloatArray,
) -> None:
    """Go back in time through one stratum and count the partners of each event.

    A pair is a row with an event at t and one at risk that outlasts t, or is censored there. The
    row with the event should have the higher rank.
    """
    tree = np.zeros(_highest_compiled(rank, begin, stop) + 1)
    left = i = begin
    while i < stop:
        t = time[i]
        end = i
        while end < stop and time[end] == t:
            if not event[end]:
                _put_compiled(tree, rank[end], weights[end])
            end += 1
        while left < stop and entry[by_entry[left]] >= t:
            _put_compiled(tree, rank[by_entry[left]], -weights[by_entry[left]])
            left += 1
        for j in range(i, end):
            if event[j]:
                _ask_compiled(tree, rank[j], 1.0, True, pairs[j])
        for j in range(i, end):
            if event[j]:
                _put_compiled(tree, rank[j], weights[j])
        i = end


_ask_events_compiled: Any = _compile(_ask_events)


def _ask_partners(
    rank: IntArray,
    weights: FloatArray,
    time: FloatArray,
    entry: FloatArray,
    event: BoolArray,
    by_entry: IntArray,
    begin: int,
    stop: int,
    pairs: FloatArray,
) -> None:
    """Go on in time through one stratum and count the events that each row outlasts."""
    tree = np.zeros(_highest_compiled(rank, begin, stop) + 1)
    left = i = stop - 1
    while i >= begin:
        t = time[i]
        while left >= begin and entry[by_entry[left]] < t:
            # what came before the entry is no pair
            _ask_compiled(tree, rank[by_entry[left]], -1.0, False, pairs[by_entry[left]])
            left -= 1
        end = i
        while end >= begin and time[end] == t:
            if event[end]:
                _ask_compiled(tree, rank[end], 1.0, False, pairs[end])
            end -= 1
        for j in range(end + 1, i + 1):
            if event[j]:
                _put_compiled(tree, rank[j], weights[j])
        for j in range(end + 1, i + 1):
            if not event[j]:
                _ask_compiled(tree, rank[j], 1.0, False, pairs[j])
        i = end


_ask_partners_compiled: Any = _compile(_ask_partners)


def _count(
    rank: IntArray,
    weights: FloatArray,
    time: FloatArray,
    entry: FloatArray,
    event: BoolArray,
    by_entry: IntArray,
    starts: IntArray,
    pairs: FloatArray,
) -> None:
    """Fill the weights of the partners of each row: concordant, discordant, tied in rank.

    Rows come as `plan_cox` sorts them. Each pair is counted for both of its rows.
    """
    for i in range(pairs.shape[0]):
        for k in range(pairs.shape[1]):
            pairs[i, k] = 0.0
    for s in range(len(starts) - 1):
        a, b = starts[s], starts[s + 1]
        _ask_events_compiled(rank, weights, time, entry, event, by_entry, a, b, pairs)
        _ask_partners_compiled(rank, weights, time, entry, event, by_entry, a, b, pairs)


count_pairs: Any = _compile(_count)
