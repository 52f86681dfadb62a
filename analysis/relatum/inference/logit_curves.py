"""Linear predictors and their curves: what predictions and average effects are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.common import (
    FloatArray,
    Refusal,
    as_matrix,
    check_conf_level,
    find_non_finite,
    t_quantile,
)
from relatum.inference.logit_fits import Link, LogitFit

__all__ = [
    "FitDesign",
    "bend_of",
    "delta_errors",
    "design_ways",
    "mean_of",
    "slope_of",
    "two_sided",
]

WHAT = "predicted probability"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FitDesign:
    """Checked covariates with the constant, and the variance to use.

    Attributes
    ----------
    designs : tuple of ndarray, each of shape (n, k + 1)
    vcov : ndarray, shape (k + 1, k + 1)
    quantile : float
        For limits.
    """

    designs: tuple[FloatArray, ...]
    vcov: FloatArray
    quantile: float


def design_ways(
    fit: LogitFit,
    ways: tuple[npt.ArrayLike, ...],
    vcov: npt.ArrayLike | None,
    df: float,
    conf_level: float,
) -> FitDesign | Refusal:
    """Check covariates, variance, degrees of freedom and level, and add the constant.

    Parameters
    ----------
    fit : LogitFit
    ways : tuple of array_like, each of shape (n, k)
    vcov : array_like, shape (k + 1, k + 1), or None
    df, conf_level : float

    Returns
    -------
    FitDesign or Refusal
        A refusal for values that are not finite, or without rows.

    Raises
    ------
    ValueError
        For shapes that do not fit, degrees of freedom that are not above 0, or a wrong level.
    """
    check_conf_level(conf_level)
    matrices = [as_matrix(way, name="covariates") for way in ways]
    variance = fit.vcov if vcov is None else as_matrix(vcov, name="vcov")
    k = len(fit.names)
    faults = [
        f"covariates have {x.shape[1]} columns, but the fit has {k - 1}"
        for x in matrices
        if x.shape[1] != k - 1
    ]
    if len({len(x) for x in matrices}) > 1:
        faults.append("all ways must hold the same rows")
    if variance.shape != (k, k):
        faults.append(f"vcov must have shape ({k}, {k}), the constant first")
    if not df > 0.0:
        faults.append(f"df must be above 0, not {df!r}")
    if faults:
        raise ValueError("; ".join(faults) + ".")
    for x in matrices:
        bad = find_non_finite(WHAT, {"covariates": x, "variances": variance})
        if bad is not None:
            return bad
    if not len(matrices[0]):
        return Refusal(WHAT, "there is no row")
    return FitDesign(
        designs=tuple(np.column_stack([np.ones(len(x)), x]) for x in matrices),
        vcov=variance,
        quantile=t_quantile(conf_level, df),
    )


def delta_errors(gradient: FloatArray, vcov: FloatArray) -> FloatArray:
    """Root of g' V g for each row of gradients."""
    variance = np.einsum("ij,jk,ik->i", gradient, vcov, gradient)
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)), dtype=np.float64)


def two_sided(statistic: FloatArray, df: float) -> FloatArray:
    """Two-sided p values by Student's t; infinite degrees of freedom give the normal ones."""
    tail = special.ndtr(-np.abs(statistic))
    if np.isfinite(df):
        tail = special.stdtr(df, -np.abs(statistic))
    return np.asarray(2.0 * tail, dtype=np.float64)


def mean_of(eta: FloatArray, link: Link) -> FloatArray:
    """Probability at a linear predictor."""
    return np.asarray(special.expit(eta) if link == "logit" else special.ndtr(eta))


def slope_of(eta: FloatArray, link: Link) -> FloatArray:
    """First derivative of the mean."""
    if link == "logit":
        return np.asarray(special.expit(eta) * special.expit(-eta))
    return np.asarray(np.exp(-(eta**2) / 2.0) / np.sqrt(2.0 * np.pi))


def bend_of(eta: FloatArray, link: Link) -> FloatArray:
    """Second derivative of the mean."""
    if link == "logit":
        return np.asarray(slope_of(eta, link) * (1.0 - 2.0 * special.expit(eta)))
    return np.asarray(-eta * slope_of(eta, link))
