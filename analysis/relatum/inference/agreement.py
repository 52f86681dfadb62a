"""Agreement between coders: chance-corrected coefficients with missing ratings.

Notes
-----
Ratings are a matrix of units (rows) by coders (columns) with NaN where a coder rated nothing.
Units with one rating count for the shares of the categories, not for agreement; Krippendorff's
alpha leaves them out wholly. Report AC1 beside alpha and the positive and negative agreement:
with a prevalence near 0 or 1 kappa is low although coders agree (Feinstein and Cicchetti 1990,
doi:10.1016/0895-4356(90)90158-L).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike

from relatum.inference.agreement_core import (
    Coefficient,
    Metric,
    UnitCounts,
    Weights,
    agreement_draws,
    alpha_draws,
    cohen_draws,
    cohen_error,
    count_units,
    rating_matrix,
    sampling_error,
    weight_matrix,
)
from relatum.inference.common import FloatArray, Refusal, check_conf_level

__all__ = [
    "Agreement",
    "AgreementInterval",
    "bootstrap_agreement",
    "estimate_agreement",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A chance-corrected coefficient of agreement.

    Attributes
    ----------
    coefficient, weights : str
    estimate : float
        ``(observed - expected) / (1 - expected)``.
    observed, expected : float
        Weighted agreement seen, and expected by chance under the coefficient's own idea of it.
    std_error : float or None
        Large-sample error for sampled units and fixed coders; units are taken as independent.
        None for Krippendorff's alpha: use `bootstrap_agreement`.
    n_units, n_pairable, n_coders : int
        Units with any rating, units with two or more, and coders.
    """

    coefficient: str
    weights: str
    estimate: float
    observed: float
    expected: float
    std_error: float | None
    n_units: int
    n_pairable: int
    n_coders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementInterval:
    """Percentile limits of a coefficient from resampling whole cases.

    Attributes
    ----------
    coefficient, weights : str
    estimate, conf_low, conf_high, conf_level : float
    n_cases, n_draws : int
    n_undefined : int
        Draws in which the coefficient does not exist (all ratings in one category); left out.
    """

    coefficient: str
    weights: str
    estimate: float
    conf_low: float
    conf_high: float
    conf_level: float
    n_cases: int
    n_draws: int
    n_undefined: int


def estimate_agreement(
    ratings: ArrayLike,
    *,
    coefficient: Coefficient = "gwet",
    weights: Weights | Metric = "identity",
    categories: ArrayLike | None = None,
) -> Agreement | Refusal:
    """Estimate one coefficient of agreement.

    Parameters
    ----------
    ratings : array-like of float, shape (n_units, n_coders)
        NaN = not rated.
    coefficient : {"cohen", "fleiss", "brennan_prediger", "gwet", "krippendorff"}
        Gwet's coefficient is AC1 with identity weights and AC2 with others.
    weights : str
        "identity", "ordinal", "linear" or "quadratic"; for Krippendorff the metric: "nominal",
        "ordinal", "interval" or "ratio" ("identity" is read as "nominal").
    categories : array-like of float, optional
        Every category that could have been used; the default is those that were used.

    Returns
    -------
    Agreement or Refusal
        A refusal when no unit has two ratings or the coefficient does not exist.

    Raises
    ------
    ValueError
        For an unknown coefficient or weights, and for a table that is not two-dimensional.

    Notes
    -----
    Gwet 2008, doi:10.1348/000711006X126600; Fleiss 1971, doi:10.1037/h0031619; Cohen 1960,
    doi:10.1177/001316446002000104; Brennan and Prediger 1981, doi:10.1177/001316448104100307;
    Hayes and Krippendorff 2007, doi:10.1080/19312450709336664.

    Examples
    --------
    >>> ratings = [[1, 1], [1, 1], [0, 0], [0, 1]]
    >>> round(estimate_agreement(ratings, coefficient="cohen").estimate, 3)
    0.5
    """
    units = _checked_units(ratings, coefficient, categories)
    if isinstance(units, Refusal):
        return units
    name = _checked_weights(coefficient, weights)
    once = np.ones((1, units.counts.shape[0]))
    observed, expected = _draws(units, coefficient, name, once)
    if not np.isfinite(expected[0]) or expected[0] >= 1 - 1e-12:
        return Refusal(_what(coefficient), "all ratings fall in one category")
    value = float((observed[0] - expected[0]) / (1 - expected[0]))
    return Agreement(
        coefficient=coefficient,
        weights=name,
        estimate=value,
        observed=float(observed[0]),
        expected=float(expected[0]),
        std_error=_std_error(units, coefficient, name, value),
        n_units=int(units.counts.shape[0]),
        n_pairable=int((units.rated >= 2).sum()),
        n_coders=units.n_coders,
    )


def bootstrap_agreement(
    ratings: ArrayLike,
    cases: ArrayLike,
    *,
    coefficient: Coefficient = "gwet",
    weights: Weights | Metric = "identity",
    categories: ArrayLike | None = None,
    conf_level: float = 0.95,
    draws: int = 2000,
    seed: int = 0,
) -> AgreementInterval | Refusal:
    """Return percentile limits of a coefficient by resampling cases.

    Parameters
    ----------
    ratings, coefficient, weights, categories
        As in `estimate_agreement`.
    cases : array-like, shape (n_units,)
        The case of each unit. Units of one case are resampled together.
    conf_level : float
    draws, seed : int

    Returns
    -------
    AgreementInterval or Refusal
        A refusal with fewer than two cases, or when the coefficient exists in less than nine
        draws of ten.

    Examples
    --------
    >>> ratings = [[1, 1], [1, 1], [0, 0], [0, 1], [0, 0], [1, 1]]
    >>> found = bootstrap_agreement(ratings, [1, 1, 2, 2, 3, 3], draws=200, seed=1)
    >>> found.conf_low <= found.estimate <= found.conf_high
    True
    """
    check_conf_level(conf_level)
    point = estimate_agreement(
        ratings, coefficient=coefficient, weights=weights, categories=categories
    )
    units = _checked_units(ratings, coefficient, categories)
    if isinstance(point, Refusal) or isinstance(units, Refusal):
        return point if isinstance(point, Refusal) else Refusal(_what(coefficient), "no units")
    labels = np.asarray(cases).reshape(-1)
    if labels.size != units.kept.size:
        raise ValueError(f"cases has {labels.size} values; ratings has {units.kept.size} rows.")
    codes = np.unique(labels[units.kept], return_inverse=True)[1].reshape(-1)
    n_cases = int(codes.max()) + 1
    if n_cases < 2:
        return Refusal(_what(coefficient), "all units lie in one case, none can be resampled")
    drawn = np.random.default_rng(seed).multinomial(n_cases, np.full(n_cases, 1 / n_cases), draws)
    checked = _checked_weights(coefficient, weights)
    observed, expected = _draws(units, coefficient, checked, drawn[:, codes].astype(np.float64))
    fine = np.isfinite(observed) & np.isfinite(expected) & (expected < 1 - 1e-12)
    if fine.mean() < 0.9:
        return Refusal(_what(coefficient), "it does not exist in more than a tenth of the draws")
    values = (observed[fine] - expected[fine]) / (1 - expected[fine])
    tail = (1 - conf_level) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return AgreementInterval(
        coefficient=coefficient,
        weights=checked,
        estimate=point.estimate,
        conf_low=float(low),
        conf_high=float(high),
        conf_level=conf_level,
        n_cases=n_cases,
        n_draws=draws,
        n_undefined=int((~fine).sum()),
    )


def _what(coefficient: str) -> str:
    return f"agreement ({coefficient})"


def _checked_weights(coefficient: Coefficient, weights: str) -> str:
    if coefficient == "krippendorff":
        weights = "nominal" if weights == "identity" else weights
        allowed = get_args(Metric)
    else:
        allowed = get_args(Weights)
    if weights not in allowed:
        raise ValueError(f"weights must be one of {', '.join(allowed)}, not {weights!r}.")
    return weights


def _checked_units(
    ratings: ArrayLike, coefficient: Coefficient, categories: ArrayLike | None
) -> UnitCounts | Refusal:
    if coefficient not in get_args(Coefficient):
        allowed = ", ".join(get_args(Coefficient))
        raise ValueError(f"coefficient must be one of {allowed}, not {coefficient!r}.")
    table = rating_matrix(ratings)
    if np.isinf(table).any():
        return Refusal(_what(coefficient), "a rating is infinite")
    if coefficient == "cohen":
        if table.shape[1] != 2:
            return Refusal(_what(coefficient), "Cohen's kappa needs exactly two coders")
        table = np.where(np.isnan(table).any(axis=1, keepdims=True), np.nan, table)
    units = count_units(table, categories)
    if units is None or not (units.rated >= 2).any():
        return Refusal(_what(coefficient), "no unit has two ratings")
    if units.categories.size < 2:
        why = "only one category was used; name all possible categories"
        return Refusal(_what(coefficient), why)
    return units


def _draws(
    units: UnitCounts, coefficient: str, weights: str, multiplicity: FloatArray
) -> tuple[FloatArray, FloatArray]:
    if coefficient == "krippendorff":
        return alpha_draws(units, weights, multiplicity)
    matrix = weight_matrix(units.categories, weights)
    if coefficient == "cohen":
        return cohen_draws(units, matrix, multiplicity)
    return agreement_draws(units, coefficient, matrix, multiplicity)


def _std_error(units: UnitCounts, coefficient: str, weights: str, value: float) -> float | None:
    if coefficient == "krippendorff":
        return None
    matrix = weight_matrix(units.categories, weights)
    if coefficient == "cohen":
        return cohen_error(units, matrix)
    return sampling_error(units, coefficient, matrix, value)
