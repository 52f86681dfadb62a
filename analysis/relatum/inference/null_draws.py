"""Draws of joint counts under three nested nulls: what pairs of items do by chance alone.

Within blocks of rows (cases, or cases by depth of documentation) the null keeps how often each
item occurs. The strictest null keeps, too, how many items each row holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from relatum.inference.blocks import BlockedMatrix, Words
from relatum.inference.chain_checks import (
    autocorrelation,
    choose_lag,
    effective_draws,
    potential_reduction,
)
from relatum.inference.common import FloatArray, IntArray, Refusal
from relatum.inference.margin_tables import MAX_STEPS, MarginTable, margin_table

__all__ = ["DrawChecks", "NullDraws", "draw_columns", "draw_margins"]

CHAINS = 4
_PILOT = 2_000
_LAGS = 200
_TRIES = 2_000
_Source: TypeAlias = Callable[[IntArray, Words], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawChecks:
    """How the draws were made, and how well a chain mixed.

    Attributes
    ----------
    n_draws, n_chains, n_blocks : int
    exact_blocks, chain_blocks, fixed_blocks : tuple of int
        Positions of the blocks that were drawn from all their matrices, by a chain, or that cannot
        move because one matrix alone has their margins. Blocks stand largest first.
    sweeps : int
        Moves per row between two draws, chosen by measured autocorrelation; the largest of the
        blocks; 0 without a chain.
    autocorrelation : float
        Largest autocorrelation of neighbouring draws over pairs.
    effective : float
        Independent draws that are worth as much as those of the worst pair.
    reduction : float
        Pooled over inner deviation of the chains; 1 where they agree.
    distinct : int or None
        Distinct matrices seen in the chain block that saw fewest; None without a chain.
    n_refused : int
        Deals that were made again because the inclusion rule would have excluded a row.
    """

    n_draws: int
    n_chains: int
    n_blocks: int
    exact_blocks: tuple[int, ...]
    chain_blocks: tuple[int, ...]
    fixed_blocks: tuple[int, ...]
    sweeps: int
    autocorrelation: float
    effective: float
    reduction: float
    distinct: int | None
    n_refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NullDraws:
    """Joint counts under a null.

    Attributes
    ----------
    counts : ndarray of int, shape (n_draws, n_pairs)
        Summed over blocks; pairs in the order of `blocks.pair_indices`. The chains stand one after
        the other, so that the first half and the second half are independent.
    block_mean, block_variance : ndarray of float, shape (n_blocks, n_pairs)
    checks : DrawChecks
    """

    counts: IntArray
    block_mean: FloatArray
    block_variance: FloatArray
    checks: DrawChecks


def draw_margins(
    held: BlockedMatrix, *, draws: int, seed: int, max_steps: float = MAX_STEPS
) -> NullDraws | Refusal:
    """Draw with every row total and every column total of a block fixed.

    Parameters
    ----------
    held : BlockedMatrix
    draws : int
        At least 8; a multiple of 4 is best.
    seed : int
    max_steps : float
        Effort beyond which a block is left to a chain; 0 leaves every block to a chain.

    Returns
    -------
    NullDraws or Refusal
        A refusal where no block can move.

    Notes
    -----
    Every matrix with the given margins is equally likely. Blocks that can be counted are drawn
    from the count, without a chain. In the others, curveball trades (Strona et al. 2014,
    doi:10.1038/ncomms5114) move items between two rows at a time; the chain is symmetric, so it
    visits every matrix equally often. The number of trades between two draws is the lag at which
    a pilot has forgotten its state.

    Examples
    --------
    >>> from relatum.inference.blocks import block_matrix
    >>> held = block_matrix([[1, 0, 1], [0, 1, 0], [1, 0, 0]], [1, 1, 1])
    >>> draw_margins(held, draws=400, seed=1).checks.exact_blocks
    (0,)
    """
    tables = [margin_table(held, b, max_steps=max_steps) for b in range(held.n_blocks)]
    fixed = [b for b, found in enumerate(tables) if _cannot_move(found)]
    if len(fixed) == held.n_blocks:
        return Refusal("null of fixed margins", "no block can move: one matrix has its margins")
    collector = _Collector(held, draws, fixed)
    for b, found in enumerate(tables):
        if b in fixed:
            collector.add_fixed(b)
        elif isinstance(found, Refusal):
            collector.add_chain(b, _trading(held, b), seed)
        else:
            collector.add_exact(b, _completing(found, held.n_items), seed)
    return collector.result()


def draw_columns(
    held: BlockedMatrix, *, draws: int, seed: int, legal: int = 0
) -> NullDraws | Refusal:
    """Draw with every column total of a block fixed, the columns independent of each other.

    Parameters
    ----------
    held : BlockedMatrix
        `flags` marks the rows that must keep an item of `legal`.
    draws, seed : int
        See `draw_margins`.
    legal : int
        Items as bits. A draw in which a flagged row holds none of them is not made: the unit
        would not have been included.

    Returns
    -------
    NullDraws or Refusal
        A refusal where no block can move.

    Notes
    -----
    Without flagged rows the draws are independent permutations of each column. With them a deal
    is made again until it is allowed; where that would take too long, single cells are swapped
    by a symmetric chain that never leaves the allowed matrices.
    """
    fixed = [b for b in range(held.n_blocks) if _no_choice(held, b)]
    if len(fixed) == held.n_blocks:
        return Refusal("null within blocks", "no block can move: no item varies within one")
    collector = _Collector(held, draws, fixed)
    for b in range(held.n_blocks):
        if b in fixed:
            collector.add_fixed(b)
        elif collector.add_dealt(b, legal, seed):
            continue
        else:
            collector.add_chain(b, _swapping(held, b, legal), seed)
    return collector.result()


def _cannot_move(found: MarginTable | Refusal) -> bool:
    return not isinstance(found, Refusal) and found.n_matrices == 1.0


def _no_choice(held: BlockedMatrix, b: int) -> bool:
    sums = held.totals[b]
    return bool(((sums == 0) | (sums == held.sizes[b])).all())


def _state(seed: int, block: int, chain: int) -> Words:
    """Give every chain of every block random bits of its own, whatever the others do."""
    entropy = np.random.SeedSequence(entropy=seed, spawn_key=(block, chain))
    return entropy.generate_state(1, dtype=np.uint64).astype(np.uint64)


def _rows(held: BlockedMatrix, b: int) -> Words:
    return held.rows[held.starts[b] : held.starts[b + 1]].copy()


def _bound(held: BlockedMatrix, b: int, legal: int) -> npt.NDArray[np.bool_]:
    """Return which rows of a block must keep a legal item; none where no item is legal."""
    flags = held.flags[held.starts[b] : held.starts[b + 1]]
    return flags & np.bool_(legal != 0)


def _completing(found: MarginTable, n_items: int) -> _Source:
    from relatum.inference.margin_kernels import draw_completions

    def draw(counts: IntArray, state: Words) -> None:
        draw_completions(
            found.table,
            found.row_sums,
            found.start,
            found.patterns,
            found.steps,
            found.bounds,
            found.words,
            found.column_sums,
            n_items,
            counts,
            state,
        )

    return draw


@dataclass(frozen=True, slots=True)
class _Chain:
    """Moves a block, and counts: `advance(rows, sweeps, counts, marks, state)`."""

    rows: Words
    advance: Callable[[Words, int, IntArray, Words, Words], None]


def _trading(held: BlockedMatrix, b: int) -> _Chain:
    from relatum.inference.null_kernels import draw_trades

    size, k = int(held.sizes[b]), held.n_items

    def advance(rows: Words, sweeps: int, counts: IntArray, marks: Words, state: Words) -> None:
        draw_trades(rows, sweeps * size, k, counts, marks, state)

    return _Chain(_rows(held, b), advance)


def _swapping(held: BlockedMatrix, b: int, legal: int) -> _Chain:
    from relatum.inference.null_kernels import draw_swaps

    bound, k = _bound(held, b, legal), held.n_items

    def advance(rows: Words, sweeps: int, counts: IntArray, marks: Words, state: Words) -> None:
        draw_swaps(rows, k, np.uint64(legal), bound, sweeps * len(rows), counts, marks, state)

    return _Chain(_rows(held, b), advance)


class _Collector:
    """Adds up the draws of blocks; the order of blocks changes nothing."""

    def __init__(self, held: BlockedMatrix, draws: int, fixed: list[int]) -> None:
        if draws < 2 * CHAINS:
            raise ValueError(f"draws must be at least {2 * CHAINS}, not {draws}.")
        self._held = held
        self._ends = [round(draws * (c + 1) / CHAINS) for c in range(CHAINS)]
        pairs = held.n_items * (held.n_items - 1) // 2
        self._counts = np.zeros((draws, pairs), dtype=np.int64)
        self._mean = np.zeros((held.n_blocks, pairs))
        self._variance = np.zeros((held.n_blocks, pairs))
        self._fixed = fixed
        self._exact: list[int] = []
        self._chains: list[int] = []
        self._sweeps = 0
        self._distinct: int | None = None
        self._refused = 0

    def _spans(self) -> list[tuple[int, int, int]]:
        starts = [0, *self._ends[:-1]]
        return [
            (c, low, high) for c, (low, high) in enumerate(zip(starts, self._ends, strict=True))
        ]

    def _keep(self, b: int, counts: IntArray) -> None:
        self._mean[b] = counts.mean(axis=0)
        self._variance[b] = counts.var(axis=0, ddof=1)
        self._counts += counts

    def add_fixed(self, b: int) -> None:
        """Count a block that cannot move."""
        cells = self._held.block(b).astype(np.int64)
        joint = (cells.T @ cells)[np.triu_indices(self._held.n_items, 1)]
        self._mean[b] = joint
        self._counts += joint

    def add_exact(self, b: int, draw: _Source, seed: int) -> None:
        """Draw a block from all its matrices."""
        counts = np.zeros_like(self._counts)
        for chain, low, high in self._spans():
            draw(counts[low:high], _state(seed, b, chain))
        self._exact.append(b)
        self._keep(b, counts)

    def add_dealt(self, b: int, legal: int, seed: int) -> bool:
        """Draw a block by permuting its columns; say whether that was possible."""
        from relatum.inference.null_kernels import draw_permutations

        held = self._held
        bound = _bound(held, b, legal)
        rows, sums, mask = _rows(held, b), held.totals[b], np.uint64(legal)
        counts = np.zeros_like(self._counts)
        refused = 0
        for chain, start, stop in self._spans():
            state = _state(seed, b, chain)
            found = draw_permutations(rows, sums, mask, bound, _TRIES, counts[start:stop], state)
            if found < 0:
                return False
            refused += found
        self._refused += refused
        self._exact.append(b)
        self._keep(b, counts)
        return True

    def add_chain(self, b: int, chain: _Chain, seed: int) -> None:
        """Draw a block by chains that start at the observed matrix and forget it first."""
        sweeps = self._pilot(b, chain, seed)
        counts = np.zeros_like(self._counts)
        seen = np.zeros(len(counts), dtype=np.uint64)
        for number, low, high in self._spans():
            rows, state = chain.rows.copy(), _state(seed, b, number)
            burn = np.zeros((20, counts.shape[1]), dtype=np.int64)
            chain.advance(rows, sweeps, burn, np.zeros(20, dtype=np.uint64), state)
            chain.advance(rows, sweeps, counts[low:high], seen[low:high], state)
        distinct = len(np.unique(seen))
        self._distinct = distinct if self._distinct is None else min(self._distinct, distinct)
        self._sweeps = max(self._sweeps, sweeps)
        self._chains.append(b)
        self._keep(b, counts)

    def _pilot(self, b: int, chain: _Chain, seed: int) -> int:
        rows, state = chain.rows.copy(), _state(seed, b, CHAINS)
        counts = np.zeros((_PILOT, self._counts.shape[1]), dtype=np.int64)
        chain.advance(rows, 1, counts, np.zeros(_PILOT, dtype=np.uint64), state)
        return choose_lag(counts[_LAGS:], lags=_LAGS)

    def result(self) -> NullDraws:
        """Describe what was drawn."""
        parts = [self._counts[low:high] for _, low, high in self._spans()]
        lag_one = np.zeros(0)
        if self._chains:
            moving = np.all([np.ptp(part, axis=0) > 0 for part in parts], axis=0)
            found = [autocorrelation(part[:, moving], lags=1)[0] for part in parts]
            lag_one = np.mean(found, axis=0)
        checks = DrawChecks(
            n_draws=len(self._counts),
            n_chains=CHAINS,
            n_blocks=self._held.n_blocks,
            exact_blocks=tuple(self._exact),
            chain_blocks=tuple(self._chains),
            fixed_blocks=tuple(self._fixed),
            sweeps=self._sweeps,
            autocorrelation=float(lag_one.max()) if len(lag_one) else 0.0,
            effective=effective_draws(lag_one, draws=len(self._counts)),
            reduction=potential_reduction(parts),
            distinct=self._distinct,
            n_refused=self._refused,
        )
        return NullDraws(
            counts=self._counts,
            block_mean=self._mean,
            block_variance=self._variance,
            checks=checks,
        )
