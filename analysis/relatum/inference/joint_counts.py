"""Joint counts of all pairs of codes, for matrices of a few rows or of millions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, IntArray

__all__ = [
    "JointCounts",
    "SparseMatrix",
    "WithinCaseCounts",
    "count_joint",
    "count_joint_packed",
    "within_case_counts",
]

_BLOCK_CELLS = 2**21
_BLOCK_BYTES = 2**13


@runtime_checkable
class SparseMatrix(Protocol):
    """A sparse matrix or array of scipy."""

    def tocsr(self) -> Any:  # noqa: ANN401 - scipy has two classes without a common type
        """Return the same by rows."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JointCounts:
    """How many units hold both codes of every pair.

    Attributes
    ----------
    n_units : int
    counts : ndarray of int, shape (n_codes, n_codes)
        Symmetric; the diagonal holds the totals of the codes.
    """

    n_units: int
    counts: IntArray

    @property
    def totals(self) -> IntArray:
        """Units with each code, shape (n_codes,)."""
        return np.diagonal(self.counts).copy()

    @property
    def joint(self) -> IntArray:
        """Units with both codes, for pairs in the order of ``np.triu_indices(n_codes, 1)``."""
        return self.counts[np.triu_indices(len(self.counts), 1)]

    @property
    def tables(self) -> IntArray:
        """Both, first only, second only, neither; shape (n_pairs, 4)."""
        first, second = np.triu_indices(len(self.counts), 1)
        totals, both = self.totals, self.joint
        a, b = totals[first] - both, totals[second] - both
        return np.column_stack([both, a, b, self.n_units - both - a - b])

    def add(self, other: JointCounts) -> JointCounts:
        """Join the counts of further units with the same codes.

        Parameters
        ----------
        other : JointCounts

        Returns
        -------
        JointCounts

        Raises
        ------
        ValueError
            If the numbers of codes differ.
        """
        if self.counts.shape != other.counts.shape:
            raise ValueError(f"{len(other.counts)} codes cannot be added to {len(self.counts)}.")
        return JointCounts(n_units=self.n_units + other.n_units, counts=self.counts + other.counts)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WithinCaseCounts:
    """Joint counts over all cases, and what independence within cases would give.

    Attributes
    ----------
    pooled : JointCounts
        Over all units: its joint counts are the sum over cases.
    case_sizes : ndarray of int, shape (n_cases,)
        Units per case.
    case_totals : ndarray of int, shape (n_cases, n_codes)
        Units with each code, per case.

    Notes
    -----
    Given the totals of a case, the joint count of two codes is hypergeometric with mean
    ``n_a n_b / n`` and variance ``n_a n_b (n - n_a)(n - n_b) / (n^2 (n - 1))``; cases are
    independent. So the totals per case are all that is needed, whatever the number of rows.
    """

    pooled: JointCounts
    case_sizes: IntArray
    case_totals: IntArray

    @property
    def observed(self) -> IntArray:
        """Joint counts, shape (n_pairs,), in the order of ``np.triu_indices(n_codes, 1)``."""
        return self.pooled.joint

    @property
    def expected(self) -> FloatArray:
        """Mean joint counts under independence within cases, shape (n_pairs,)."""
        totals = self.case_totals.astype(np.float64)
        return self._sum_over_cases(totals, 1.0 / np.maximum(self.case_sizes, 1))

    @property
    def variance(self) -> FloatArray:
        """Variances of the joint counts under independence within cases, shape (n_pairs,)."""
        sizes = self.case_sizes.astype(np.float64)
        spread = self.case_totals * (sizes[:, None] - self.case_totals)
        return self._sum_over_cases(spread, 1.0 / np.maximum(sizes**2 * (sizes - 1), 1.0))

    @property
    def n_informative(self) -> IntArray:
        """Cases in which both codes vary, shape (n_pairs,)."""
        varies = (self.case_totals > 0) & (self.case_totals < self.case_sizes[:, None])
        return self._sum_over_cases(varies.astype(np.float64), np.ones(len(varies))).astype(int)

    def add(self, other: WithinCaseCounts) -> WithinCaseCounts:
        """Join further units; a case may continue in them.

        Parameters
        ----------
        other : WithinCaseCounts
            With the same codes, and cases numbered alike; it may know more or fewer cases.

        Returns
        -------
        WithinCaseCounts

        Raises
        ------
        ValueError
            If the numbers of codes differ.
        """
        pooled = self.pooled.add(other.pooled)
        n_cases = max(len(self.case_sizes), len(other.case_sizes))
        sizes = np.zeros(n_cases, dtype=np.int64)
        totals = np.zeros((n_cases, len(pooled.counts)), dtype=np.int64)
        for part in (self, other):
            sizes[: len(part.case_sizes)] += part.case_sizes
            totals[: len(part.case_sizes)] += part.case_totals
        return WithinCaseCounts(pooled=pooled, case_sizes=sizes, case_totals=totals)

    def _sum_over_cases(self, values: FloatArray, weights: FloatArray) -> FloatArray:
        total: FloatArray = values.T @ (values * weights[:, None])
        return total[np.triu_indices(values.shape[1], 1)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Rows:
    """Rows of 0 and 1, dense or sparse, that can be taken in blocks."""

    shape: tuple[int, int]
    take: Callable[[slice | IntArray], npt.NDArray[Any]]


def _checked(matrix: npt.ArrayLike | SparseMatrix) -> _Rows:
    if isinstance(matrix, SparseMatrix):
        rows = matrix.tocsr()
        if not rows.has_canonical_format:
            rows = rows.copy()
            rows.sum_duplicates()
        _check_binary(rows.data)
        return _Rows(shape=rows.shape, take=lambda part: rows[part].toarray())
    dense = np.asarray(matrix)
    if dense.ndim != 2:
        raise ValueError(f"matrix must have two dimensions, not {dense.ndim}.")
    _check_binary(dense)
    return _Rows(shape=(dense.shape[0], dense.shape[1]), take=lambda part: dense[part])


def _check_binary(entries: npt.NDArray[Any]) -> None:
    if entries.dtype != np.bool_ and not np.all((entries == 0) | (entries == 1)):
        raise ValueError("matrix must hold 0 and 1 alone.")


def _blocks(rows: _Rows, order: IntArray | None = None) -> Iterator[npt.NDArray[np.uint8]]:
    """Dense blocks of rows as bytes, in the order asked for."""
    n, k = rows.shape
    step = max(1024, _BLOCK_CELLS // max(k, 1))
    for start in range(0, n, step):
        part = slice(start, start + step)
        block = rows.take(part if order is None else order[part])
        yield block.astype(np.uint8, copy=False)


def _count_words(words: npt.NDArray[np.uint64]) -> IntArray:
    """Joint counts from 64 units to the word, one row per code."""
    counts = np.zeros((len(words),) * 2, dtype=np.int64)
    for i, word in enumerate(words):
        shared = np.bitwise_count(words[i:] & word).sum(axis=1, dtype=np.int64)
        counts[i, i:] = counts[i:, i] = shared
    return counts


def _pack(block: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    return _as_words(np.packbits(np.ascontiguousarray(block.T), axis=1))


def _as_words(bits: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    filled = np.zeros((len(bits), 8 * (-(-bits.shape[1] // 8))), dtype=np.uint8)
    filled[:, : bits.shape[1]] = bits
    return filled.view(np.uint64)


def count_joint(matrix: npt.ArrayLike | SparseMatrix) -> JointCounts:
    """Count the units with both codes, for every pair of codes.

    Parameters
    ----------
    matrix : array_like or scipy.sparse, shape (n_units, n_codes)
        True or 1 where a unit has a code. Read a file in chunks and `JointCounts.add` them.

    Returns
    -------
    JointCounts

    Raises
    ------
    ValueError
        For other values than 0 and 1, or another number of dimensions.

    Notes
    -----
    The matrix product ``X'X`` by blocks of rows, which are packed into words of 64 units first: on
    bits an AND and a population count do the work of 64 multiplications. Beyond the input it needs
    some ten megabytes.

    Examples
    --------
    >>> count_joint(np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1]])).counts
    array([[3, 2, 1],
           [2, 2, 1],
           [1, 1, 1]])
    """
    rows = _checked(matrix)
    counts = np.zeros((rows.shape[1],) * 2, dtype=np.int64)
    for block in _blocks(rows):
        counts += _count_words(_pack(block))
    return JointCounts(n_units=int(rows.shape[0]), counts=counts)


def count_joint_packed(packed: npt.ArrayLike, *, n_units: int) -> JointCounts:
    """Count the units with both codes from packed bits, eight units to the byte.

    Parameters
    ----------
    packed : array_like of uint8, shape (n_codes, ceil(n_units / 8))
        ``np.packbits(matrix.T, axis=1)``; what fills up the last byte must be 0.
    n_units : int

    Returns
    -------
    JointCounts

    Raises
    ------
    ValueError
        For another type or shape, or bits set beyond the last unit.

    Examples
    --------
    >>> matrix = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1]], dtype=bool)
    >>> count_joint_packed(np.packbits(matrix.T, axis=1), n_units=3).joint
    array([2, 1, 1])
    """
    bits = np.asarray(packed)
    if bits.dtype != np.uint8 or bits.ndim != 2 or bits.shape[1] != -(-n_units // 8):
        raise ValueError("packed must be bytes of shape (n_codes, ceil(n_units / 8)).")
    if n_units % 8 and (bits[:, -1] & (0xFF >> (n_units % 8))).any():
        raise ValueError(f"packed has bits set beyond unit {n_units}.")
    counts = np.zeros((len(bits),) * 2, dtype=np.int64)
    for start in range(0, bits.shape[1], _BLOCK_BYTES):
        counts += _count_words(_as_words(bits[:, start : start + _BLOCK_BYTES]))
    return JointCounts(n_units=n_units, counts=counts)


def within_case_counts(
    matrix: npt.ArrayLike | SparseMatrix, cases: npt.ArrayLike
) -> WithinCaseCounts:
    """Count joint units and the totals per case, for every pair of codes.

    Parameters
    ----------
    matrix : array_like or scipy.sparse, shape (n_units, n_codes)
        True or 1 where a unit has a code.
    cases : array_like of int, shape (n_units,)
        Cases numbered from 0. Units of one case need not stand together.

    Returns
    -------
    WithinCaseCounts

    Raises
    ------
    ValueError
        For other values than 0 and 1, lengths that differ, or cases that are not numbered from 0.

    Examples
    --------
    >>> matrix = np.array([[1, 1], [0, 0], [1, 0], [1, 1]])
    >>> found = within_case_counts(matrix, [0, 0, 1, 1])
    >>> found.observed, found.expected, found.variance
    (array([2]), array([1.5]), array([0.25]))
    """
    rows = _checked(matrix)
    codes = np.asarray(cases)
    if codes.shape != (rows.shape[0],):
        raise ValueError(f"cases has shape {codes.shape}, but there are {rows.shape[0]} rows.")
    if codes.size and (not np.issubdtype(codes.dtype, np.integer) or codes.min() < 0):
        raise ValueError("cases must be whole numbers from 0.")
    sorted_already = bool((np.diff(codes) >= 0).all())
    order = None if sorted_already else np.argsort(codes, kind="stable")
    codes = codes if order is None else codes[order]
    sizes = np.bincount(codes).astype(np.int64)
    counts = np.zeros((rows.shape[1],) * 2, dtype=np.int64)
    totals = np.zeros((sizes.size, rows.shape[1]), dtype=np.int64)
    at = 0
    for block in _blocks(rows, order):
        counts += _count_words(_pack(block))
        here = codes[at : at + len(block)]
        starts = np.flatnonzero(np.diff(here, prepend=-1))
        totals[here[starts]] += np.add.reduceat(block, starts, axis=0, dtype=np.int64)
        at += len(block)
    pooled = JointCounts(n_units=int(rows.shape[0]), counts=counts)
    return WithinCaseCounts(pooled=pooled, case_sizes=sizes, case_totals=totals)
