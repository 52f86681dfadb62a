"""Counts behind the coefficients of agreement, for one sample or for many resamples at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relatum.inference.common import FloatArray

__all__ = [
    "Coefficient",
    "Metric",
    "UnitCounts",
    "Weights",
    "agreement_draws",
    "alpha_draws",
    "cohen_draws",
    "cohen_error",
    "count_units",
    "rating_matrix",
    "sampling_error",
    "weight_matrix",
]

Coefficient = Literal["cohen", "fleiss", "brennan_prediger", "gwet", "krippendorff"]
Weights = Literal["identity", "ordinal", "linear", "quadratic"]
Metric = Literal["nominal", "ordinal", "interval", "ratio"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnitCounts:
    """Ratings counted by unit and category; units without any rating are left out.

    Attributes
    ----------
    ratings : ndarray of float, shape (n_kept, n_coders)
    counts : ndarray of float, shape (n_kept, n_categories)
    rated : ndarray of float, shape (n_kept,)
        Ratings per unit, at least one.
    categories : ndarray of float, shape (n_categories,)
    kept : ndarray of bool, shape (n_units,)
    """

    ratings: FloatArray
    counts: FloatArray
    rated: FloatArray
    categories: FloatArray
    kept: NDArray[np.bool_]

    @property
    def n_coders(self) -> int:
        """Return how many coders there are."""
        return int(self.ratings.shape[1])


def rating_matrix(ratings: ArrayLike) -> FloatArray:
    """Return ratings as units by coders.

    Raises
    ------
    ValueError
        When the table has not two dimensions.
    """
    table = np.asarray(ratings, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"ratings must be units by coders, not {table.ndim}-dimensional.")
    return table


def count_units(ratings: FloatArray, categories: ArrayLike | None) -> UnitCounts | None:
    """Count ratings; None when there is not a single one.

    Raises
    ------
    ValueError
        When a rating is none of `categories`.
    """
    kept = np.asarray((~np.isnan(ratings)).any(axis=1), dtype=np.bool_)
    if not kept.any():
        return None
    table = ratings[kept]
    used = np.unique(table[~np.isnan(table)])
    names = used if categories is None else np.unique(np.asarray(categories, dtype=np.float64))
    if not np.isin(used, names).all():
        raise ValueError("a rating is none of the categories named.")
    counts = np.stack([(table == name).sum(axis=1) for name in names], axis=1).astype(np.float64)
    return UnitCounts(
        ratings=table, counts=counts, rated=counts.sum(axis=1), categories=names, kept=kept
    )


def weight_matrix(categories: FloatArray, weights: str) -> FloatArray:
    """Return the agreement credited to each pair of categories, 1 on the diagonal.

    Examples
    --------
    >>> weight_matrix(np.array([1.0, 2.0, 3.0]), "ordinal").tolist()[0]
    [1.0, 0.6666666666666667, 0.0]
    """
    size = categories.size
    if weights == "identity":
        return np.eye(size)
    if weights == "ordinal":
        steps = np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
        pairs = ((steps + 1) * steps).astype(np.float64)
        stepwise: FloatArray = 1.0 - pairs / pairs.max()
        return stepwise
    gap = np.abs(np.subtract.outer(categories, categories))
    distance: FloatArray = gap / np.ptp(categories)
    credit: FloatArray = 1.0 - (distance if weights == "linear" else distance**2)
    return credit


def _unit_agreement(units: UnitCounts, matrix: FloatArray) -> FloatArray:
    pairs: FloatArray = (units.counts * (units.counts @ matrix.T - 1)).sum(axis=1)
    possible = units.rated * (units.rated - 1)
    share: FloatArray = np.divide(pairs, possible, out=np.zeros_like(pairs), where=possible > 0)
    return share


def _divide(top: FloatArray, bottom: FloatArray) -> FloatArray:
    ratio: FloatArray = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)
    return ratio


def agreement_draws(
    units: UnitCounts, coefficient: str, matrix: FloatArray, multiplicity: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return observed and expected agreement of Fleiss, Brennan-Prediger and Gwet.

    Parameters
    ----------
    units : UnitCounts
    coefficient : {"fleiss", "brennan_prediger", "gwet"}
    matrix : ndarray of float, shape (n_categories, n_categories)
    multiplicity : ndarray of float, shape (n_draws, n_kept)
        How often each unit enters each draw.

    Returns
    -------
    observed, expected : ndarray of float, shape (n_draws,)
        NaN where a draw holds no pairable unit.
    """
    pairable = (units.rated >= 2).astype(np.float64)
    observed = _divide(multiplicity @ _unit_agreement(units, matrix), multiplicity @ pairable)
    shares = units.counts / units.rated[:, None]
    size = units.categories.size
    mean_shares = multiplicity @ shares / multiplicity.sum(axis=1, keepdims=True)
    if coefficient == "gwet":
        spread = (mean_shares * (1 - mean_shares)).sum(axis=1)
        return observed, matrix.sum() / (size * (size - 1)) * spread
    if coefficient == "fleiss":
        return observed, np.einsum("bi,ij,bj->b", mean_shares, matrix, mean_shares)
    return observed, np.full(len(multiplicity), matrix.sum() / size**2)


def cohen_draws(
    units: UnitCounts, matrix: FloatArray, multiplicity: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return observed and expected agreement of Cohen's kappa for two complete coders."""
    first = (units.ratings[:, [0]] == units.categories).astype(np.float64)
    second = (units.ratings[:, [1]] == units.categories).astype(np.float64)
    total = multiplicity.sum(axis=1)
    credit = ((first @ matrix) * second).sum(axis=1)
    rows = multiplicity @ first / total[:, None]
    columns = multiplicity @ second / total[:, None]
    return multiplicity @ credit / total, np.einsum("bi,ij,bj->b", rows, matrix, columns)


def _squared_distances(values: FloatArray, margins: FloatArray, metric: str) -> FloatArray:
    """Distances between categories, shape (n_draws, n_categories, n_categories)."""
    shape = (len(margins), values.size, values.size)
    if metric == "nominal":
        return np.broadcast_to(1.0 - np.eye(values.size), shape)
    if metric == "interval":
        return np.broadcast_to(np.subtract.outer(values, values) ** 2, shape)
    if metric == "ratio":
        sums = np.add.outer(values, values)
        gap = np.subtract.outer(values, values)
        ratio = np.divide(gap, sums, out=np.zeros_like(gap), where=sums != 0)
        return np.broadcast_to(ratio**2, shape)
    middle = np.cumsum(margins, axis=1) - margins / 2
    distances: FloatArray = (middle[:, :, None] - middle[:, None, :]) ** 2
    return distances


def alpha_draws(
    units: UnitCounts, metric: str, multiplicity: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return observed and expected agreement of Krippendorff's alpha.

    Notes
    -----
    Disagreements are divided by the largest distance between two categories, so that both lie
    between 0 and 1 and alpha is ``(observed - expected) / (1 - expected)``.
    """
    use = units.rated >= 2
    counts, weight = units.counts[use], multiplicity[:, use]
    outer = counts[:, :, None] * counts[:, None, :]
    diagonal = np.arange(units.categories.size)
    outer[:, diagonal, diagonal] -= counts
    pairs = outer / (units.rated[use] - 1)[:, None, None]
    coincidence = np.tensordot(weight, pairs, axes=(1, 0))
    margins = coincidence.sum(axis=2)
    total = margins.sum(axis=1)
    distance = _squared_distances(units.categories, margins, metric)
    largest = distance.max(axis=(1, 2))
    seen = _divide((coincidence * distance).sum(axis=(1, 2)), total * largest)
    cross = (margins[:, :, None] * margins[:, None, :] * distance).sum(axis=(1, 2))
    chance = _divide(cross, total * (total - 1) * largest)
    return 1 - seen, 1 - chance


def sampling_error(
    units: UnitCounts, coefficient: str, matrix: FloatArray, value: float
) -> float | None:
    """Return the linearised standard error of Fleiss, Brennan-Prediger or Gwet.

    Notes
    -----
    Units are sampled, coders fixed (Gwet 2014, Handbook of Inter-Rater Reliability, chapter 5).
    None with fewer than two units.
    """
    n_units = units.counts.shape[0]
    if n_units < 2:
        return None
    once = np.ones((1, n_units))
    expected = float(agreement_draws(units, coefficient, matrix, once)[1][0])
    shares = units.counts / units.rated[:, None]
    mean_shares = shares.mean(axis=0)
    size = units.categories.size
    if coefficient == "gwet":
        by_unit = matrix.sum() / (size * (size - 1)) * (shares @ (1 - mean_shares))
    elif coefficient == "fleiss":
        by_unit = shares @ ((matrix + matrix.T) @ mean_shares / 2)
    else:
        by_unit = np.full(n_units, expected)
    pairable = units.rated >= 2
    agreed = _unit_agreement(units, matrix) - expected * pairable
    influence = (n_units / pairable.sum()) * agreed / (1 - expected)
    influence = influence - 2 * (1 - value) * (by_unit - expected) / (1 - expected)
    return float(np.sqrt(((influence - value) ** 2).sum() / (n_units * (n_units - 1))))


def cohen_error(units: UnitCounts, matrix: FloatArray) -> float:
    """Return the large-sample standard error of Cohen's kappa, weighted or not.

    Notes
    -----
    Fleiss, Cohen and Everitt 1969, doi:10.1037/h0028106.
    """
    first = (units.ratings[:, [0]] == units.categories).astype(np.float64)
    second = (units.ratings[:, [1]] == units.categories).astype(np.float64)
    n_units = len(first)
    table = first.T @ second / n_units
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    observed, expected = float((matrix * table).sum()), float(rows @ matrix @ columns)
    by_row, by_column = matrix @ columns, rows @ matrix
    credit = matrix * (1 - expected) - np.add.outer(by_row, by_column) * (1 - observed)
    centre = observed * expected - 2 * expected + observed
    variance = float((table * credit**2).sum()) - centre**2
    return float(np.sqrt(max(variance, 0.0) / n_units) / (1 - expected) ** 2)
