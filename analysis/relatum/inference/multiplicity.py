"""Corrections for many tests: Holm, Benjamini-Hochberg; max-T and discovery rate from draws.

Families are fixed in advance; every result carries the size of its family.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from relatum.inference.common import FloatArray, Refusal, as_vector, find_non_finite

__all__ = [
    "AdjustedP",
    "MaxT",
    "adjust_benjamini_hochberg",
    "adjust_holm",
    "adjust_max_t",
    "false_discovery_rates",
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AdjustedP:
    """p-values adjusted for a family of tests.

    Attributes
    ----------
    p_values : ndarray of float, shape (n_tests,)
        As given.
    adjusted : ndarray of float, shape (n_tests,)
        A test is significant at level a when its adjusted value is at most a.
    family_size : int
        May exceed the number of tests, when some could not be done.
    method : str
    controls : str
        The error that is controlled.
    """

    p_values: FloatArray
    adjusted: FloatArray
    family_size: int
    method: str
    controls: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MaxT:
    """Single-step max-T from draws of the null.

    Attributes
    ----------
    statistics : ndarray of float, shape (n_tests,)
        Observed statistics, standardised by the draws; 0 where not testable.
    p_values, adjusted : ndarray of float, shape (n_tests,)
        Two-sided, unadjusted and adjusted; 1 where not testable.
    testable : ndarray of bool, shape (n_tests,)
        False where no draw of the null varies.
    smallest_p : float
        1 / (calibrating draws + 1).
    n_scaling, n_calibrating : int
        Draws that standardised, and draws that gave the p-values.
    centre, spread : ndarray of float, shape (n_tests,)
        Mean and standard deviation of the scaling draws.
    largest : ndarray of float, shape (n_calibrating,)
        The largest standardised statistic of each calibrating draw, in falling order.
    """

    statistics: FloatArray
    p_values: FloatArray
    adjusted: FloatArray
    testable: np.ndarray[tuple[int], np.dtype[np.bool_]]
    smallest_p: float
    n_scaling: int
    n_calibrating: int
    centre: FloatArray
    spread: FloatArray
    largest: FloatArray

    def critical(self, level: float) -> float:
        """Return the value that a statistic must exceed to have an adjusted p of at most `level`.

        Infinite where there are too few draws for so small a p.
        """
        allowed = int(np.floor(level * (self.n_calibrating + 1) + 1e-9)) - 1
        return float(self.largest[allowed]) if allowed >= 0 else np.inf


def adjust_holm(p_values: ArrayLike, *, family_size: int | None = None) -> AdjustedP | Refusal:
    """Adjust p-values after Holm: family-wise error under any dependence.

    Parameters
    ----------
    p_values : array-like of float, shape (n_tests,)
    family_size : int, optional
        The size of the declared family, at least the number of tests.

    Returns
    -------
    AdjustedP or Refusal

    Notes
    -----
    The i-th smallest of m is multiplied by ``m - i + 1`` and made monotone (Holm 1979,
    https://www.jstor.org/stable/4615733).

    Examples
    --------
    >>> adjust_holm([0.01, 0.04, 0.03]).adjusted.round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    checked = _checked(p_values, family_size, "Holm's correction")
    if isinstance(checked, Refusal):
        return checked
    values, size = checked
    order = np.argsort(values, kind="stable")
    steps = values[order] * (size - np.arange(values.size))
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return AdjustedP(
        p_values=values,
        adjusted=adjusted,
        family_size=size,
        method="Holm",
        controls="family-wise error",
    )


def adjust_benjamini_hochberg(
    p_values: ArrayLike, *, family_size: int | None = None
) -> AdjustedP | Refusal:
    """Adjust p-values after Benjamini and Hochberg: false discovery rate.

    Parameters
    ----------
    p_values : array-like of float, shape (n_tests,)
    family_size : int, optional
        The size of the declared family, at least the number of tests.

    Returns
    -------
    AdjustedP or Refusal

    Notes
    -----
    The i-th smallest of m is multiplied by ``m / i`` and made monotone from above; holds for
    independent or positively dependent tests (doi:10.1111/j.2517-6161.1995.tb02031.x).

    Examples
    --------
    >>> adjust_benjamini_hochberg([0.01, 0.04, 0.03]).adjusted.round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    checked = _checked(p_values, family_size, "Benjamini-Hochberg correction")
    if isinstance(checked, Refusal):
        return checked
    values, size = checked
    order = np.argsort(values, kind="stable")
    steps = values[order] * size / np.arange(1, values.size + 1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.minimum.accumulate(steps[::-1])[::-1], 1.0)
    return AdjustedP(
        p_values=values,
        adjusted=adjusted,
        family_size=size,
        method="Benjamini-Hochberg",
        controls="false discovery rate",
    )


def adjust_max_t(observed: ArrayLike, draws: ArrayLike, *, split: bool = True) -> MaxT | Refusal:
    """Adjust a family of statistics by the largest of each draw of the null.

    Parameters
    ----------
    observed : array-like of float, shape (n_tests,)
        Statistics on any scale, such as joint counts.
    draws : array-like of float, shape (n_draws, n_tests)
        The same statistics under the joint null.
    split : bool
        Standardise with the first half of the draws and take p-values from the second. One set of
        draws for both is slightly liberal.

    Returns
    -------
    MaxT or Refusal
        A refusal with fewer than 4 draws or when nothing varies under the null.

    Notes
    -----
    Statistics are centred and divided by the mean and standard deviation of the scaling draws;
    the adjusted p-value is ``(1 + #{draws: max |z*| >= |z|}) / (n + 1)`` over calibrating draws
    (Westfall and Young 1993). Strong control needs subset pivotality.

    Examples
    --------
    >>> null = np.random.default_rng(1).normal(size=(4000, 2))
    >>> adjust_max_t([0.0, 6.0], null).adjusted.round(2).tolist()
    [1.0, 0.0]
    """
    values = as_vector(observed, name="observed")
    null = np.asarray(draws, dtype=np.float64)
    if null.ndim != 2 or null.shape[1] != values.size:
        raise ValueError(f"draws must be draws by {values.size} tests, not {null.shape}.")
    problem = _max_t_problem(values, null)
    if problem is not None:
        return problem
    half = len(null) // 2 if split else len(null)
    scaling, calibrating = null[:half], null[half:] if split else null
    centre, spread = scaling.mean(axis=0), scaling.std(axis=0, ddof=1)
    testable = spread > 1e-12 * np.maximum(1.0, np.abs(centre))
    if not testable.any():
        return Refusal("max-T", "no statistic varies under the null")
    unit = np.where(testable, spread, 1.0)
    seen = np.where(testable, np.abs(values - centre) / unit, 0.0)
    drawn = np.where(testable, np.abs(calibrating - centre) / unit, 0.0)
    slack = 1e-9 * np.maximum(1.0, seen)
    count = len(calibrating)
    raw = (1 + (drawn >= seen - slack).sum(axis=0)) / (count + 1)
    worst = drawn.max(axis=1, keepdims=True)
    joint = (1 + (worst >= seen - slack).sum(axis=0)) / (count + 1)
    return MaxT(
        statistics=np.where(testable, (values - centre) / unit, 0.0),
        p_values=np.where(testable, raw, 1.0),
        adjusted=np.where(testable, joint, 1.0),
        testable=testable,
        smallest_p=1 / (count + 1),
        n_scaling=half,
        n_calibrating=count,
        centre=centre,
        spread=spread,
        largest=np.sort(worst[:, 0])[::-1],
    )


def false_discovery_rates(found: MaxT, draws: ArrayLike) -> FloatArray:
    """Estimate the false discovery rate at each statistic from draws of the joint null.

    Parameters
    ----------
    found : MaxT
        Standardised statistics, from `adjust_max_t` on the same draws.
    draws : array-like of float, shape (n_draws, n_tests)
        Those that `found` was made from; the calibrating half is used.

    Returns
    -------
    ndarray of float, shape (n_tests,)
        The smallest rate at which a test would be listed; 1 where it is not testable.

    Notes
    -----
    At a threshold t the rate is the mean number of null statistics of at least t, over the number
    of observed ones (Tusher, Tibshirani and Chu 2001, doi:10.1073/pnas.091062498, with the share
    of true nulls taken as 1 and the observed data counted among the draws); made monotone. Holds
    under dependence on average, not in every sample.

    Examples
    --------
    >>> null = np.random.default_rng(1).normal(size=(4000, 3))
    >>> found = adjust_max_t([0.0, 6.0, 0.1], null)
    >>> false_discovery_rates(found, null).round(2).tolist()
    [0.99, 0.0, 0.99]
    """
    null = np.asarray(draws, dtype=np.float64)[-found.n_calibrating :]
    unit = np.where(found.testable, found.spread, 1.0)
    drawn = np.where(found.testable, np.abs(null - found.centre) / unit, -1.0)
    every = np.sort(drawn[:, found.testable].ravel())
    size = np.abs(found.statistics)
    order = np.flatnonzero(found.testable)[np.argsort(-size[found.testable], kind="stable")]
    slack = 1e-9 * np.maximum(1.0, size[order])
    above = len(every) - np.searchsorted(every, size[order] - slack)
    listed = np.searchsorted(-size[order], -size[order] + slack, side="right")
    rates = (above + listed) / (found.n_calibrating + 1) / listed
    rates = np.minimum(np.minimum.accumulate(rates[::-1])[::-1], 1.0)
    result = np.ones(size.size)
    result[order] = rates
    return result


def _checked(
    p_values: ArrayLike, family_size: int | None, what: str
) -> tuple[FloatArray, int] | Refusal:
    values = as_vector(p_values, name="p_values")
    problem = find_non_finite(what, {"p-values": values})
    if problem is not None:
        return problem
    if values.size == 0:
        return Refusal(what, "the family is empty")
    if (values < 0).any() or (values > 1).any():
        raise ValueError("p_values must lie between 0 and 1.")
    size = values.size if family_size is None else family_size
    if size < values.size:
        raise ValueError(f"family_size is {size}, but there are {values.size} tests.")
    return values, size


def _max_t_problem(values: FloatArray, null: FloatArray) -> Refusal | None:
    if values.size == 0:
        return Refusal("max-T", "the family is empty")
    if len(null) < 4:
        return Refusal("max-T", f"there are {len(null)} draws of the null; at least 4 are needed")
    return find_non_finite("max-T", {"observed statistics": values, "draws": null})
