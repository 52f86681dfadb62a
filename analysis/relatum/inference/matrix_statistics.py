"""Statistics of a whole matrix of units and codes, from joint counts where that is possible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, IntArray, Refusal
from relatum.inference.joint_counts import count_joint

__all__ = ["MatrixStatistics", "checkerboard_units", "matrix_statistics"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixStatistics:
    """Statistics of a matrix, of the codes that occur.

    Attributes
    ----------
    c_score : float
        Mean over pairs of codes of their checkerboard units. Large where codes avoid each other,
        or where some pairs do while others seek each other.
    checkerboard_sum : int
        Sum of the same.
    checker : int
        Pairs of codes that share no unit.
    species_combo : int
        Distinct rows, the empty one among them.
    v_ratio : float or Refusal
        Variance of the number of codes per unit over the sum of the variances of the codes: 1 for
        independent codes. A refusal when every code is in every unit.
    n_codes, n_units : int
        Codes that occur, and units.
    """

    c_score: float
    checkerboard_sum: int
    checker: int
    species_combo: int
    v_ratio: float | Refusal
    n_codes: int
    n_units: int


def checkerboard_units(joint: npt.ArrayLike, totals: npt.ArrayLike) -> IntArray:
    """Checkerboard units of every pair: units with the first code alone times the second alone.

    Parameters
    ----------
    joint : array_like of int, shape (..., n_pairs)
        Joint counts, pairs in the order of ``np.triu_indices(n_codes, 1)``; many draws at once.
    totals : array_like of int, shape (n_codes,)
        Units with each code, the same in all draws.

    Returns
    -------
    ndarray of int, shape (..., n_pairs)
        The mean over the last axis is the C-score.

    Raises
    ------
    ValueError
        If the number of pairs is not that of the codes.

    Notes
    -----
    ``(n_a - n_ab)(n_b - n_ab)``, after Stone and Roberts 1990, doi:10.1007/BF00317345.

    Examples
    --------
    >>> checkerboard_units([1, 0, 1], [2, 2, 1])
    array([1, 2, 0])
    """
    sizes = np.asarray(totals, dtype=np.int64)
    shared = np.asarray(joint, dtype=np.int64)
    first, second = np.triu_indices(sizes.size, 1)
    if shared.shape[-1:] != first.shape:
        raise ValueError(f"joint must hold {first.size} pairs, for {sizes.size} codes.")
    found: IntArray = (sizes[first] - shared) * (sizes[second] - shared)
    return found


def matrix_statistics(matrix: npt.ArrayLike) -> MatrixStatistics | Refusal:
    """Compute the statistics of a whole matrix that ecologists use.

    Parameters
    ----------
    matrix : array_like of bool, shape (n_units, n_codes)

    Returns
    -------
    MatrixStatistics or Refusal
        A refusal when fewer than two codes occur, or there is one unit.

    Raises
    ------
    ValueError
        For values other than 0 and 1.

    Notes
    -----
    Codes that never occur are left out: they would add zeros to the mean. None of these has a
    scale of its own; compare with draws of matrices that have the same totals, within cases.
    C-score: Stone and Roberts 1990, doi:10.1007/BF00317345; variance ratio: Schluter 1984,
    doi:10.2307/1938071.

    Examples
    --------
    >>> found = matrix_statistics([[1, 0], [0, 1], [1, 1], [0, 0]])
    >>> found.c_score, found.checker, found.species_combo, found.v_ratio
    (1.0, 0, 4, 1.0)
    """
    counts = count_joint(matrix)
    rows = np.asarray(matrix, dtype=np.int64)
    used = counts.totals > 0
    if used.sum() < 2:
        return Refusal("matrix statistics", "fewer than two codes occur")
    if len(rows) < 2:
        return Refusal("matrix statistics", "there is one unit")
    rows, totals = rows[:, used], counts.totals[used]
    joint = counts.counts[np.ix_(used, used)][np.triu_indices(int(used.sum()), 1)]
    units = checkerboard_units(joint, totals)
    packed = np.packbits(rows.astype(bool), axis=1)
    return MatrixStatistics(
        c_score=float(units.mean()),
        checkerboard_sum=int(units.sum()),
        checker=int((joint == 0).sum()),
        species_combo=len(np.unique(packed, axis=0)),
        v_ratio=_variance_ratio(rows.sum(axis=1).astype(np.float64), totals),
        n_codes=int(used.sum()),
        n_units=len(rows),
    )


def _variance_ratio(per_unit: FloatArray, totals: IntArray) -> float | Refusal:
    n = per_unit.size
    spread = float((totals * (n - totals) / (n * (n - 1))).sum())
    if spread == 0:
        return Refusal("variance ratio", "every code is in every unit")
    return float(per_unit.var(ddof=1)) / spread
