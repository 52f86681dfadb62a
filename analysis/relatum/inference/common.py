"""What every routine of the engine shares: the refusal, and the checks of its arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

__all__ = [
    "FloatArray",
    "IntArray",
    "Interval",
    "Refusal",
    "as_matrix",
    "as_vector",
    "check_conf_level",
    "check_counts",
    "find_non_finite",
    "finite_or_none",
    "normal_quantile",
    "t_quantile",
    "t_two_sided",
]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A quantity that the data cannot give, with the reason in words.

    Attributes
    ----------
    what : str
        The quantity that was asked for.
    why : str
        The reason, as a clause that a report can print.

    Examples
    --------
    >>> print(Refusal("ICC", "there is one cluster"))
    ICC: there is one cluster
    """

    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate with two-sided limits.

    Attributes
    ----------
    estimate, conf_low, conf_high : float
        On the scale of the estimand. A limit that the method cannot reach is plus or minus
        infinity, never NaN.
    conf_level : float
        Nominal coverage, between 0 and 1.
    method : str
        The recipe that gave the limits.
    n_effective : float or None
        The number of independent rows that carry the same information, where the recipe uses one.
    """

    estimate: float
    conf_low: float
    conf_high: float
    conf_level: float
    method: str
    n_effective: float | None = None

    @property
    def width(self) -> float:
        """Distance between the limits."""
        return self.conf_high - self.conf_low

    def __str__(self) -> str:
        level = f"{100 * self.conf_level:g}%"
        return f"{self.estimate:.3f} ({level} {self.conf_low:.3f} to {self.conf_high:.3f})"


def as_vector(values: npt.ArrayLike, *, name: str, length: int | None = None) -> FloatArray:
    """Turn values into a one-dimensional float array and check its length.

    Parameters
    ----------
    values : array_like, shape (n,)
    name : str
        How a message calls the argument.
    length : int, optional
        The number of rows it must have.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ValueError
        If there is more than one dimension, or another length than asked for.

    Examples
    --------
    >>> as_vector([1, 0], name="outcome")
    array([1., 0.])
    """
    vector = np.asarray(values, dtype=np.float64)
    if vector.ndim != 1:
        raise ValueError(f"{name} must have one dimension, not {vector.ndim}.")
    if length is not None and len(vector) != length:
        raise ValueError(f"{name} has {len(vector)} values, but there are {length} rows.")
    return vector


def as_matrix(values: npt.ArrayLike, *, name: str, length: int | None = None) -> FloatArray:
    """Turn values into a two-dimensional float array; a vector becomes one column.

    Parameters
    ----------
    values : array_like, shape (n,) or (n, k)
    name : str
        How a message calls the argument.
    length : int, optional
        The number of rows it must have.

    Returns
    -------
    ndarray, shape (n, k)

    Raises
    ------
    ValueError
        If there are more than two dimensions, or another number of rows than asked for.
    """
    matrix = np.asarray(values, dtype=np.float64)
    if matrix.ndim == 1:
        matrix = matrix[:, None]
    if matrix.ndim != 2:
        raise ValueError(f"{name} must have one or two dimensions, not {matrix.ndim}.")
    if length is not None and len(matrix) != length:
        raise ValueError(f"{name} has {len(matrix)} rows, but {length} are needed.")
    return matrix


def check_conf_level(conf_level: float) -> float:
    """Return the confidence level, or raise.

    Parameters
    ----------
    conf_level : float

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If it is not between 0 and 1.
    """
    if not 0.0 < conf_level < 1.0:
        raise ValueError(f"conf_level must lie between 0 and 1, not {conf_level!r}; try 0.95.")
    return float(conf_level)


def check_counts(counts: Mapping[str, int]) -> None:
    """Raise unless every named count is a whole number that is not negative.

    Parameters
    ----------
    counts : mapping of str to int
        Counts under the names that the message shall use.

    Raises
    ------
    ValueError
        If a count is negative or not whole.
    """
    for name, count in counts.items():
        if not np.isfinite(count) or count != int(count) or count < 0:
            raise ValueError(f"{name} must be a whole number from 0, not {count!r}.")


def finite_or_none(value: float | None) -> float | None:
    """Return a number as results store it: None where a limit is not reached.

    Examples
    --------
    >>> finite_or_none(0.5), finite_or_none(float("inf")), finite_or_none(None)
    (0.5, None, None)
    """
    return float(value) if value is not None and np.isfinite(value) else None


def find_non_finite(what: str, arrays: Mapping[str, npt.NDArray[Any] | None]) -> Refusal | None:
    """Refuse when an array holds a value that is not finite, naming the array, not the value.

    Parameters
    ----------
    what : str
        The quantity that was asked for.
    arrays : mapping of str to ndarray or None

    Returns
    -------
    Refusal or None

    Examples
    --------
    >>> print(find_non_finite("mean", {"weights": np.array([1.0, np.inf])}))
    mean: weights hold 1 value that is not finite
    """
    for name, array in arrays.items():
        if array is None:
            continue
        bad = int(np.size(array) - np.isfinite(array).sum())
        if bad:
            words = "value that is" if bad == 1 else "values that are"
            return Refusal(what, f"{name} hold {bad} {words} not finite")
    return None


def normal_quantile(conf_level: float) -> float:
    """Two-sided standard normal quantile for a confidence level."""
    return float(special.ndtri(0.5 + conf_level / 2.0))


def t_quantile(conf_level: float, df: float) -> float:
    """Two-sided Student t quantile; infinite degrees of freedom give the normal one."""
    if np.isinf(df):
        return normal_quantile(conf_level)
    return float(special.stdtrit(df, 0.5 + conf_level / 2.0))


def t_two_sided(statistic: float, df: float) -> float:
    """Two-sided p value of a t statistic."""
    if np.isinf(df):
        return float(2.0 * special.ndtr(-abs(statistic)))
    return float(2.0 * special.stdtr(df, -abs(statistic)))
