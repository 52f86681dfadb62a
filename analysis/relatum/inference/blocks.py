"""A 0/1 matrix in blocks of rows, in an order that depends on nothing but its content."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from relatum.inference.common import IntArray, Refusal

__all__ = ["MAX_ITEMS", "BlockedMatrix", "Words", "block_matrix", "observed_joint", "pair_indices"]

Words = npt.NDArray[np.uint64]

#: Rows are words of 64 bits.
MAX_ITEMS = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BlockedMatrix:
    """Rows as words, block by block.

    Blocks stand largest first, and equal sizes by content; the rows of a block stand by content.
    So nothing that is drawn depends on the order of the rows or on the names of the blocks.

    Attributes
    ----------
    rows : ndarray of uint64, shape (n_rows,)
        Bit j is item j.
    order : ndarray of int, shape (n_rows,)
        Where each row stood in the matrix that was given.
    starts : ndarray of int, shape (n_blocks + 1,)
    totals : ndarray of int, shape (n_blocks, n_items)
        Column sums of every block.
    flags : ndarray of bool, shape (n_rows,)
        A mark of each row, in the order of `rows`.
    n_items : int
    """

    rows: Words
    order: IntArray
    starts: IntArray
    totals: IntArray
    flags: npt.NDArray[np.bool_]
    n_items: int

    @property
    def n_blocks(self) -> int:
        """Number of blocks."""
        return len(self.starts) - 1

    @property
    def sizes(self) -> IntArray:
        """Rows per block."""
        return np.diff(self.starts)

    def block(self, b: int) -> npt.NDArray[np.bool_]:
        """Return one block as a matrix, shape (size, n_items)."""
        words = self.rows[self.starts[b] : self.starts[b + 1]]
        bits = np.arange(self.n_items, dtype=np.uint64)
        held: npt.NDArray[np.bool_] = (words[:, None] >> bits) & np.uint64(1) == 1
        return held


def pair_indices(n_items: int) -> tuple[tuple[int, int], ...]:
    """Return all pairs of items in the order of every array of pairs.

    Examples
    --------
    >>> pair_indices(3)
    ((0, 1), (0, 2), (1, 2))
    """
    return tuple(combinations(range(n_items), 2))


def block_matrix(
    matrix: npt.ArrayLike, blocks: npt.ArrayLike, *, flags: npt.ArrayLike | None = None
) -> BlockedMatrix | Refusal:
    """Pack a 0/1 matrix by blocks.

    Parameters
    ----------
    matrix : array-like of bool, shape (n_rows, n_items)
        Rows are units, columns are items; at most 64 items.
    blocks : array-like, shape (n_rows,)
        The block of each row.
    flags : array-like of bool, shape (n_rows,), optional
        A mark that goes with each row; false by default.

    Returns
    -------
    BlockedMatrix or Refusal
        A refusal without rows, without two items, or with more than 64.

    Raises
    ------
    ValueError
        If the matrix is not one of 0 and 1, or the lengths differ.

    Examples
    --------
    >>> held = block_matrix([[1, 0], [0, 1], [1, 1]], ["b", "a", "a"])
    >>> held.sizes.tolist(), held.totals.tolist(), held.order.tolist()
    ([2, 1], [[1, 2], [1, 0]], [1, 2, 0])
    """
    cells = np.asarray(matrix)
    labels = np.asarray(blocks)
    if cells.ndim != 2 or not np.isin(cells, (0, 1)).all():
        raise ValueError("matrix must have two dimensions and hold only 0 and 1.")
    if labels.shape != (len(cells),):
        raise ValueError(f"blocks has {labels.size} labels, but there are {len(cells)} rows.")
    n, k = cells.shape
    marks = np.zeros(n, dtype=bool) if flags is None else np.asarray(flags, dtype=bool)
    if marks.shape != (n,):
        raise ValueError(f"flags has {marks.size} values, but there are {n} rows.")
    if n == 0 or k < 2:
        return Refusal("null model", "there is no row" if n == 0 else "there are not two items")
    if k > MAX_ITEMS:
        return Refusal("null model", f"there are {k} items, more than {MAX_ITEMS}")
    bits = np.uint64(1) << np.arange(k, dtype=np.uint64)
    words = np.where(cells.astype(bool), bits, np.uint64(0)).sum(axis=1, dtype=np.uint64)
    codes = np.unique(labels, return_inverse=True)[1]
    parts = [np.flatnonzero(codes == b) for b in range(int(codes.max()) + 1)]
    parts = [part[np.lexsort((marks[part], words[part]))] for part in parts]
    parts.sort(key=lambda part: (-len(part), words[part].tolist(), marks[part].tolist()))
    order = np.concatenate(parts).astype(np.int64)
    starts = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).astype(np.int64)
    totals = np.stack([cells[part].astype(np.int64).sum(axis=0) for part in parts])
    return BlockedMatrix(
        rows=words[order],
        order=order,
        starts=starts,
        totals=totals,
        flags=marks[order],
        n_items=k,
    )


def observed_joint(held: BlockedMatrix) -> IntArray:
    """Count, per block and pair, the rows that hold both items.

    Returns
    -------
    ndarray of int, shape (n_blocks, n_pairs)
        Pairs in the order of `pair_indices`.
    """
    upper = np.triu_indices(held.n_items, 1)
    counts = []
    for b in range(held.n_blocks):
        cells = held.block(b).astype(np.float32)
        counts.append((cells.T @ cells)[upper])
    return np.rint(np.stack(counts)).astype(np.int64)
