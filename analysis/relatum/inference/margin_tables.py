"""All 0/1 matrices with given row and column sums: how many, drawn evenly, and joint counts.

A block of rows is filled row by row. What remains to be filled is told by the remaining column
sums, so matrices are counted without being listed. The counts give draws that need no chain, and
the exact distribution of the joint count of a pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from relatum.inference.blocks import BlockedMatrix, Words
from relatum.inference.common import FloatArray, IntArray, Refusal
from relatum.inference.count_nulls import convolve_counts

__all__ = [
    "MAX_STEPS",
    "JointDistribution",
    "MarginTable",
    "joint_distribution",
    "margin_table",
]

#: Steps of a count beyond which a block is left to the chain.
MAX_STEPS = 20_000_000
_EXACT = 2.0**53


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MarginTable:
    """The matrices of one block, counted.

    Attributes
    ----------
    n_matrices : float
        How many matrices have the sums of the block; a whole number, exact below 2**53.
    exact : bool
        Whether every count is below 2**53.
    row_sums : ndarray of int, shape (n_rows,)
        Over the columns that vary in the block.
    columns : ndarray of int
        The items that vary in the block.
    column_sums : ndarray of int
        Their sums.
    constant : uint64
        The items that every row of the block holds, as a word.
    table : ndarray of float, shape (n_rows + 1, n_states)
        Completions by row and state; see `inference.margin_kernels.count_completions`.
    patterns, steps, bounds : ndarray of int
        What a row can hold, what it takes from the state, and where each weight begins.
    words : ndarray of uint64
        The patterns as words over all items, constant ones included.
    """

    n_matrices: float
    exact: bool
    row_sums: IntArray
    columns: IntArray
    column_sums: IntArray
    constant: np.uint64
    table: FloatArray
    patterns: IntArray
    steps: IntArray
    bounds: IntArray
    words: Words

    @property
    def start(self) -> int:
        """The state in which nothing is filled."""
        return int(_strides(self.column_sums) @ self.column_sums[:-1])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JointDistribution:
    """Exact distribution of the joint count of two items when all margins are fixed.

    Attributes
    ----------
    support : ndarray of int
        Every joint count that occurs, summed over blocks.
    probability : ndarray of float
        Its share of all matrices.
    log_weight : ndarray of float
        Natural logarithm of the number of matrices.
    per_block : tuple of ndarray of float
        Number of matrices of each block by joint count, from 0 up.
    exact : bool
        Whether all counts per block are below 2**53.
    """

    support: IntArray
    probability: FloatArray
    log_weight: FloatArray
    per_block: tuple[FloatArray, ...]
    exact: bool


def _strides(sums: IntArray) -> IntArray:
    sizes = sums[:-1] + 1
    return np.concatenate([[1], np.cumprod(sizes[:-1])]).astype(np.int64)[: len(sizes)]


@dataclass(frozen=True, slots=True)
class _Shape:
    """What of a block can vary: columns with their sums, rows over these columns."""

    row_sums: IntArray
    columns: IntArray
    sums: IntArray
    constant: np.uint64


def _shape(held: BlockedMatrix, b: int) -> _Shape:
    size = int(held.sizes[b])
    sums = held.totals[b]
    columns = np.flatnonzero((sums > 0) & (sums < size))
    constant = np.uint64(0)
    for column in np.flatnonzero(sums == size):
        constant |= np.uint64(1) << np.uint64(column)
    # The largest sum goes last: the state does not hold it.
    columns = columns[np.argsort(sums[columns], kind="stable")].astype(np.int64)
    rows = held.block(b)[:, columns].sum(axis=1).astype(np.int64)
    return _Shape(rows, columns, sums[columns].astype(np.int64), constant)


def _patterns(k: int) -> tuple[IntArray, IntArray]:
    """List every pattern of k items by weight, and where each weight begins."""
    rows = []
    bounds = [0]
    for weight in range(k + 1):
        for chosen in combinations(range(k), weight):
            row = np.zeros(k, dtype=np.int64)
            row[list(chosen)] = 1
            rows.append(row)
        bounds.append(len(rows))
    return np.array(rows, dtype=np.int64).reshape(len(rows), k), np.array(bounds, dtype=np.int64)


def _effort(shape: _Shape) -> float:
    """Bound the steps of the count: rows times states times patterns of the heaviest weight."""
    k = len(shape.sums)
    states = float(np.prod((shape.sums[:-1] + 1).astype(np.float64)))
    widest = max((comb(k, int(w)) for w in set(shape.row_sums.tolist())), default=1)
    return len(shape.row_sums) * states * widest


def margin_table(
    held: BlockedMatrix, block: int, *, max_steps: float = MAX_STEPS
) -> MarginTable | Refusal:
    """Count the matrices with the row and column sums of one block.

    Parameters
    ----------
    held : BlockedMatrix
    block : int
        Its position.
    max_steps : float
        Effort beyond which nothing is counted.

    Returns
    -------
    MarginTable or Refusal
        A refusal where the count would take more than `max_steps` steps.

    Notes
    -----
    With N_i(s) the number of ways to fill the rows from i on when s is what remains of the column
    sums, N_i(s) = sum over patterns p of the weight of row i of N_{i+1}(s - p). Counting by
    remaining margins follows Miller and Harrison (2013, doi:10.1214/13-AOS1131).

    Examples
    --------
    >>> from relatum.inference.blocks import block_matrix
    >>> held = block_matrix([[1, 0], [0, 1], [1, 0]], [1, 1, 1])
    >>> margin_table(held, 0).n_matrices
    3.0
    """
    from relatum.inference.margin_kernels import count_completions

    shape = _shape(held, block)
    if len(shape.columns) < 2:
        return _single(shape)
    if _effort(shape) > max_steps:
        return Refusal("exact count", "the block has too many matrices to count")
    patterns, bounds = _patterns(len(shape.columns))
    strides = _strides(shape.sums)
    steps = patterns[:, :-1] @ strides
    table = count_completions(shape.row_sums, shape.sums, strides, patterns, steps, bounds)
    return MarginTable(
        n_matrices=float(table[0, int(strides @ shape.sums[:-1])]),
        exact=bool(table.max() < _EXACT),
        row_sums=shape.row_sums,
        columns=shape.columns,
        column_sums=shape.sums,
        constant=shape.constant,
        table=table,
        patterns=patterns,
        steps=steps,
        bounds=bounds,
        words=_words(patterns, shape.columns, shape.constant),
    )


def _words(patterns: IntArray, columns: IntArray, constant: np.uint64) -> Words:
    bits = np.uint64(1) << columns.astype(np.uint64)
    chosen = np.where(patterns.astype(bool), bits, np.uint64(0))
    words: Words = chosen.sum(axis=1, dtype=np.uint64) | constant
    return words


def _single(shape: _Shape) -> MarginTable:
    """Describe a block in which row sums and at most one varying column leave one matrix."""
    empty = np.empty(0, dtype=np.int64)
    return MarginTable(
        n_matrices=1.0,
        exact=True,
        row_sums=shape.row_sums,
        columns=shape.columns,
        column_sums=shape.sums,
        constant=shape.constant,
        table=np.ones((1, 1)),
        patterns=np.empty((0, len(shape.columns)), dtype=np.int64),
        steps=empty,
        bounds=empty,
        words=np.empty(0, dtype=np.uint64),
    )


def _block_counts(
    held: BlockedMatrix, block: int, pair: tuple[int, int], max_steps: float
) -> FloatArray | Refusal:
    """Count the matrices of a block by the joint count of a pair."""
    from relatum.inference.margin_kernels import count_joint_completions

    shape = _shape(held, block)
    places = [np.flatnonzero(shape.columns == item) for item in pair]
    if min(len(place) for place in places) == 0:
        return _one_count(held, block, pair, max_steps)
    most = int(held.totals[block][list(pair)].min())
    if _effort(shape) * (most + 1) > 10 * max_steps:
        return Refusal("exact joint count", "the block has too many matrices to count")
    patterns, bounds = _patterns(len(shape.columns))
    strides = _strides(shape.sums)
    both = patterns[:, places[0][0]] * patterns[:, places[1][0]]
    counts: FloatArray = count_joint_completions(
        shape.row_sums,
        shape.sums,
        strides,
        patterns,
        patterns[:, :-1] @ strides,
        bounds,
        both,
        most,
    )[int(strides @ shape.sums[:-1])]
    return counts


def _one_count(
    held: BlockedMatrix, block: int, pair: tuple[int, int], max_steps: float
) -> FloatArray | Refusal:
    """Count a block in which one item of the pair is constant: its joint count cannot vary."""
    found = margin_table(held, block, max_steps=max_steps)
    if isinstance(found, Refusal):
        return found
    cells = held.block(block)
    joint = int((cells[:, pair[0]] & cells[:, pair[1]]).sum())
    counts = np.zeros(joint + 1)
    counts[joint] = found.n_matrices
    return counts


def joint_distribution(
    held: BlockedMatrix, pair: tuple[int, int], *, max_steps: float = MAX_STEPS
) -> JointDistribution | Refusal:
    """Compute the exact distribution of the joint count of a pair over all matrices.

    Parameters
    ----------
    held : BlockedMatrix
        Every block keeps its row sums and its column sums; blocks are independent.
    pair : tuple of int
        Two items, by position.
    max_steps : float
        Effort per block beyond which nothing is counted.

    Returns
    -------
    JointDistribution or Refusal

    Examples
    --------
    >>> from relatum.inference.blocks import block_matrix
    >>> cells = [[1, 1, 0], [0, 0, 1], [0, 1, 0]]
    >>> found = joint_distribution(block_matrix(cells, [1, 1, 1]), (0, 1))
    >>> found.support.tolist(), found.per_block[0].tolist()
    ([0, 1], [3.0, 2.0])
    """
    parts = [_block_counts(held, b, pair, max_steps) for b in range(held.n_blocks)]
    known: list[FloatArray] = []
    for part in parts:
        if isinstance(part, Refusal):
            return part
        known.append(part)
    with np.errstate(divide="ignore"):
        logs = [np.log(counts) for counts in known]
    whole, log_weight = convolve_counts([(np.arange(len(part)), part) for part in logs])
    kept = log_weight > -np.inf
    support, log_weight = whole[kept], log_weight[kept]
    probability = np.exp(log_weight - log_weight.max())
    probability /= probability.sum()
    log_total = sum(float(np.log(counts.sum())) for counts in known)
    return JointDistribution(
        support=support.astype(np.int64),
        probability=probability,
        log_weight=np.log(probability) + log_total,
        per_block=tuple(known),
        exact=all(counts.sum() < _EXACT for counts in known),
    )
