"""Checks of 2 x 2 tables in strata, shared by what is estimated and tested on them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray

__all__ = ["check_tables", "is_informative"]


def check_tables(tables: npt.ArrayLike, *, dimensions: int) -> FloatArray:
    """Turn tables into floats, or raise.

    Parameters
    ----------
    tables : array_like of int, shape (n_strata, 4) or (n_pairs, n_strata, 4)
        Both, first only, second only, neither.
    dimensions : {2, 3}
        Which of the two shapes is meant.

    Returns
    -------
    ndarray

    Raises
    ------
    ValueError
        For another shape, or counts that are negative or not whole.
    """
    counts = np.asarray(tables)
    if counts.ndim != dimensions or counts.shape[-1] != 4:
        shape = "(n_strata, 4)" if dimensions == 2 else "(n_pairs, n_strata, 4)"
        raise ValueError(f"tables must have shape {shape}, not {counts.shape}.")
    found = counts.astype(np.float64)
    if not np.all(np.isfinite(found) & (found >= 0) & (found == np.round(found))):
        raise ValueError("tables must hold whole numbers from 0.")
    return found


def is_informative(tables: FloatArray) -> npt.NDArray[np.bool_]:
    """Mark the tables in which both codes vary.

    Parameters
    ----------
    tables : ndarray, shape (..., 4)

    Returns
    -------
    ndarray of bool, shape (...)

    Examples
    --------
    >>> is_informative(np.array([[1.0, 0.0, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0]]))
    array([False,  True])
    """
    a, b, c, d = np.moveaxis(tables, -1, 0)
    return np.asarray((a + b > 0) & (c + d > 0) & (a + c > 0) & (b + d > 0))
