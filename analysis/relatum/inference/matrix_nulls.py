"""Null models of one whole 0/1 matrix.

All rows are shuffled together unless blocks are given. So cases, and how deeply a file documents,
are ignored unless the caller asks for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from relatum.inference.blocks import BlockedMatrix, Words, block_matrix
from relatum.inference.chain_checks import (
    autocorrelation,
    choose_lag,
    effective_draws,
    potential_reduction,
)
from relatum.inference.common import IntArray, Refusal
from relatum.inference.matrix_statistics import (
    MatrixStatistics,
    checkerboard_units,
    matrix_statistics,
)

__all__ = [
    "MATRIX_NULLS",
    "MatrixNull",
    "MatrixNullChecks",
    "MatrixNullMethod",
    "draw_matrix_null",
]

MatrixNullMethod = Literal[
    "curveball", "swap", "trial_swap", "quasiswap", "columns", "rows", "equiprobable"
]
#: In the order of the constants of `matrix_null_kernels`.
MATRIX_NULLS: tuple[MatrixNullMethod, ...] = (
    "curveball",
    "swap",
    "trial_swap",
    "quasiswap",
    "columns",
    "rows",
    "equiprobable",
)
_CHAIN_METHODS = ("curveball", "swap", "trial_swap")
_FREE_COLUMNS = ("rows", "equiprobable")
_CHAINS = 4
_BURN = 20
_PILOT = 2_000
_FORGOTTEN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixNullChecks:
    """How the draws were made, and how well a chain mixed.

    Attributes
    ----------
    n_draws, n_chains, n_blocks : int
    fixed_blocks : tuple of int
        Positions of the blocks that cannot move under this null. Blocks stand largest first.
    thin : int
        Moves of the whole matrix between two draws; 0 where draws are independent.
    autocorrelation : float
        Largest autocorrelation of neighbouring draws, over joint counts and their C-score.
    effective : float
        Independent draws that are worth as much as those of the worst of these.
    reduction : float
        Pooled over inner deviation of the chains; 1 where they agree.
    """

    n_draws: int
    n_chains: int
    n_blocks: int
    fixed_blocks: tuple[int, ...]
    thin: int
    autocorrelation: float
    effective: float
    reduction: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MatrixNull:
    """Draws of a whole matrix under a null, reduced to what its statistics need.

    Attributes
    ----------
    method : str
    n_units : int
    items : ndarray of int, shape (n_items,)
        Positions of the items that occur; the others are left out.
    joint : ndarray of int, shape (n_draws, n_pairs)
        Joint counts of these items, pairs in the order of ``np.triu_indices(n_items, 1)``.
    totals : ndarray of int, shape (n_draws, n_items)
        Units with each item.
    combos : ndarray of int, shape (n_draws,)
        Distinct rows.
    observed : MatrixStatistics
    checks : MatrixNullChecks
    """

    method: MatrixNullMethod
    n_units: int
    items: IntArray
    joint: IntArray
    totals: IntArray
    combos: IntArray
    observed: MatrixStatistics
    checks: MatrixNullChecks

    @property
    def checkerboard_units(self) -> IntArray:
        """Units with the first item alone times the second alone, shape (n_draws, n_pairs)."""
        return _checkerboards(self.joint, self.totals)


def draw_matrix_null(
    matrix: npt.ArrayLike,
    *,
    method: MatrixNullMethod = "curveball",
    draws: int,
    seed: int,
    thin: int | None = None,
    blocks: npt.ArrayLike | None = None,
) -> MatrixNull | Refusal:
    """Draw whole matrices under a null.

    Parameters
    ----------
    matrix : array_like of bool, shape (n_units, n_items)
        At most 64 items that occur.
    method : str
        What every draw keeps, within each block:

        - ``curveball``: all row and column totals, by trades of two rows at a time;
        - ``trial_swap``: the same, by swaps of single checkerboards, failed attempts counted;
        - ``swap``: the same, failed attempts not counted;
        - ``quasiswap``: the same, each draw by levelling a random table of counts;
        - ``columns``: column totals; ``rows``: row totals; ``equiprobable``: the number of ones.
    draws : int
        At least 8.
    seed : int
    thin : int, optional
        Trades, attempts or swaps of the whole matrix between two draws of a chain; over blocks
        they are spread by size. By default a pilot finds the lag at which a chain has forgotten
        its state.
    blocks : array_like, shape (n_units,), optional
        Rows of different blocks are never mixed; one block by default.

    Returns
    -------
    MatrixNull or Refusal
        A refusal with fewer than two items that occur, one unit, or no block that can move.

    Raises
    ------
    ValueError
        For values other than 0 and 1, lengths that differ, an unknown method, fewer than 8 draws
        or a `thin` below 1.

    Notes
    -----
    Curveball (Strona et al. 2014, doi:10.1038/ncomms5114) and trial swaps (Miklos and Podani 2004,
    doi:10.1890/03-0101) visit every matrix with the given totals equally often. Two familiar
    methods do not, and are here for comparison only. The chain of swaps (Gotelli and Entsminger
    2001, doi:10.1007/s004420100717) visits a matrix in proportion to its number of checkerboards,
    so with one block its mean C-score lies above the even mean by their variance over mean.
    Quasiswaps (Miklos and Podani 2004) favour some matrices over others, most of all where there
    are few.

    Examples
    --------
    >>> found = draw_matrix_null([[1, 0, 1], [0, 1, 0], [1, 0, 0]], draws=400, seed=1)
    >>> found.joint.shape, found.totals[0].tolist(), found.checks.fixed_blocks
    ((400, 3), [2, 1, 1], ())
    """
    if method not in MATRIX_NULLS:
        raise ValueError(f"method must be one of {', '.join(MATRIX_NULLS)}, not {method!r}.")
    if draws < 2 * _CHAINS:
        raise ValueError(f"draws must be at least {2 * _CHAINS}, not {draws}.")
    if thin is not None and thin < 1:
        raise ValueError(f"thin must be at least 1, not {thin}.")
    cells = np.asarray(matrix)
    found = matrix_statistics(cells)
    if isinstance(found, Refusal):
        return found
    items = np.flatnonzero(cells.any(axis=0)).astype(np.int64)
    labels = np.zeros(len(cells)) if blocks is None else blocks
    held = block_matrix(cells[:, items], labels)
    if isinstance(held, Refusal):
        return held
    # In the order of the blocks: then rounding does not depend on the order of the rows.
    observed = matrix_statistics(cells[held.order])
    if isinstance(observed, Refusal):
        return observed
    moving = np.flatnonzero([_can_move(held, b, method) for b in range(held.n_blocks)])
    if not len(moving):
        return Refusal("null of the matrix", "no block can move: one matrix alone keeps its totals")
    source = _Source(held, method, moving.astype(np.int64))
    return _collect(source, observed, items, draws=draws, seed=seed, thin=thin)


def _can_move(held: BlockedMatrix, b: int, method: MatrixNullMethod) -> bool:
    cells = held.block(b)
    n, k = cells.shape
    if method == "columns":
        sums = held.totals[b]
        return bool(((sums > 0) & (sums < n)).any())
    if method == "rows":
        sums = cells.sum(axis=1)
        return bool(((sums > 0) & (sums < k)).any())
    if method == "equiprobable":
        return bool(0 < int(cells.sum()) < n * k)
    # Without a checkerboard no other matrix has the same row and column totals.
    whole = cells.astype(np.int64)
    joint = (whole.T @ whole)[np.triu_indices(k, 1)]
    return bool(checkerboard_units(joint, held.totals[b]).any())


def _checkerboards(joint: IntArray, totals: IntArray) -> IntArray:
    """Checkerboard units where the totals differ between draws."""
    first, second = np.triu_indices(totals.shape[1], 1)
    units: IntArray = (totals[:, first] - joint) * (totals[:, second] - joint)
    return units


@dataclass(frozen=True, slots=True)
class _Source:
    """Draws the blocks that can move, and counts over all."""

    held: BlockedMatrix
    method: MatrixNullMethod
    moving: IntArray

    @property
    def units(self) -> IntArray:
        """Moves that touch about every row of a block once."""
        held = self.held
        size: IntArray = held.sizes[self.moving]
        if self.method == "curveball":
            return size
        if self.method == "swap":
            ones: IntArray = held.totals[self.moving].sum(axis=1)
            return ones
        cells: IntArray = size * held.n_items
        return cells

    def moves(self, thin: int) -> IntArray:
        """Spread the moves of the whole matrix over its blocks."""
        shares = self.units / self.units.sum()
        found: IntArray = np.maximum(1, np.rint(thin * shares)).astype(np.int64)
        return found

    def draw(self, rows: Words, moves: IntArray, draws: int, state: Words) -> _Part | Refusal:
        """Renew `rows` for each draw, and count."""
        from relatum.inference.matrix_null_kernels import draw_matrices

        held = self.held
        k = held.n_items
        spans = np.column_stack([held.starts[self.moving], held.starts[self.moving + 1]])
        joint = np.zeros((draws, k * (k - 1) // 2), dtype=np.int64)
        totals = np.zeros((draws, k), dtype=np.int64)
        if self.method not in _FREE_COLUMNS:
            totals += held.totals.sum(axis=0)
        combos = np.zeros(draws, dtype=np.int64)
        kind, sums = MATRIX_NULLS.index(self.method), held.totals[self.moving]
        found = draw_matrices(kind, rows, spans, sums, moves, joint, totals, combos, state)
        if not found:
            return Refusal("null of the matrix", "swaps are too rare to be found at random")
        return _Part(joint, totals, combos)

    def pilot(self, seed: int) -> int | Refusal:
        """Return the moves after which a chain has forgotten where it was."""
        moves = self.units
        part = self.draw(self.held.rows.copy(), moves, _PILOT, _state(seed, _CHAINS))
        if isinstance(part, Refusal):
            return part
        return choose_lag(part.series()[_FORGOTTEN:], lags=_FORGOTTEN) * int(moves.sum())


@dataclass(frozen=True, slots=True)
class _Part:
    """Draws of one chain."""

    joint: IntArray
    totals: IntArray
    combos: IntArray

    def series(self) -> IntArray:
        """Return joint counts and, in the last column, their checkerboard units."""
        units = _checkerboards(self.joint, self.totals)
        return np.column_stack([self.joint, units.sum(axis=1)])


def _state(seed: int, chain: int) -> Words:
    """Give every chain random bits of its own."""
    entropy = np.random.SeedSequence(entropy=seed, spawn_key=(chain,))
    return entropy.generate_state(1, dtype=np.uint64).astype(np.uint64)


def _collect(
    source: _Source,
    observed: MatrixStatistics,
    items: IntArray,
    *,
    draws: int,
    seed: int,
    thin: int | None,
) -> MatrixNull | Refusal:
    chained = source.method in _CHAIN_METHODS
    moves = np.zeros(len(source.moving), dtype=np.int64)
    if chained:
        wanted = source.pilot(seed) if thin is None else thin
        if isinstance(wanted, Refusal):
            return wanted
        moves = source.moves(wanted)
    parts = []
    ends = [round(draws * chain / _CHAINS) for chain in range(_CHAINS + 1)]
    for chain in range(_CHAINS):
        rows, state = source.held.rows.copy(), _state(seed, chain)
        if chained:
            burnt = source.draw(rows, _BURN * np.maximum(moves, source.units), 1, state)
            if isinstance(burnt, Refusal):
                return burnt
        part = source.draw(rows, moves, ends[chain + 1] - ends[chain], state)
        if isinstance(part, Refusal):
            return part
        parts.append(part)
    return MatrixNull(
        method=source.method,
        n_units=len(source.held.rows),
        items=items,
        joint=np.concatenate([part.joint for part in parts]),
        totals=np.concatenate([part.totals for part in parts]),
        combos=np.concatenate([part.combos for part in parts]),
        observed=observed,
        checks=_checks(source, parts, int(moves.sum())),
    )


def _checks(source: _Source, parts: list[_Part], thin: int) -> MatrixNullChecks:
    series = [part.series() for part in parts]
    n_draws = sum(len(part) for part in series)
    lag_one = np.zeros(0)
    if thin:
        moving = np.all([np.ptp(part, axis=0) > 0 for part in series], axis=0)
        lag_one = np.mean([autocorrelation(x[:, moving], lags=1)[0] for x in series], axis=0)
    every = range(source.held.n_blocks)
    return MatrixNullChecks(
        n_draws=n_draws,
        n_chains=_CHAINS,
        n_blocks=source.held.n_blocks,
        fixed_blocks=tuple(b for b in every if b not in set(source.moving.tolist())),
        thin=thin,
        autocorrelation=float(lag_one.max()) if len(lag_one) else 0.0,
        effective=effective_draws(lag_one, draws=n_draws),
        reduction=potential_reduction(series),
    )
