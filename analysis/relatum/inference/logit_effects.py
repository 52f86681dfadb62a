"""Probabilities from a logistic or probit fit: predictions, average effects, standardised risks.

Errors are by the delta method. They can be made robust to dependence within clusters: pass the
variance that `robust.cluster_robust` gives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, Refusal
from relatum.inference.logit_curves import (
    bend_of,
    delta_errors,
    design_ways,
    mean_of,
    slope_of,
    two_sided,
)
from relatum.inference.logit_fits import LogitFit

__all__ = [
    "AverageEffects",
    "Predictions",
    "StandardisedRisks",
    "average_effects",
    "predict_probabilities",
    "standardise_risks",
]

WHAT = "average effect"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Predictions:
    """Probabilities of rows.

    Attributes
    ----------
    estimate, std_error : ndarray, shape (n,)
        The error is that of the probability.
    conf_low, conf_high : ndarray, shape (n,)
        Limits of the linear predictor, turned into probabilities: always between 0 and 1.
    conf_level : float
    """

    estimate: FloatArray
    std_error: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray
    conf_level: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AverageEffects:
    """Differences of probabilities, averaged over rows.

    Attributes
    ----------
    names : tuple of str
        Of the covariates.
    kinds : tuple of str
        "1 - 0" for a covariate that is 0 or 1, "level - reference" for one of a factor, "slope"
        for others: the mean derivative, per unit.
    estimate, std_error, p_value, conf_low, conf_high : ndarray, shape (m,)
    vcov : ndarray, shape (m, m)
    conf_level : float
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    estimate: FloatArray
    std_error: FloatArray
    p_value: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray
    vcov: FloatArray
    conf_level: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StandardisedRisks:
    """Mean probabilities of the same rows with covariates set in several ways.

    Attributes
    ----------
    risk, risk_error : ndarray, shape (m,)
        The mean predicted probability of each way.
    difference, difference_error, difference_low, difference_high : ndarray, shape (m - 1,)
        Of the second and later ways against the first.
    ratio, ratio_low, ratio_high : ndarray, shape (m - 1,)
        The limits are made on the log scale.
    conf_level : float
    """

    risk: FloatArray
    risk_error: FloatArray
    difference: FloatArray
    difference_error: FloatArray
    difference_low: FloatArray
    difference_high: FloatArray
    ratio: FloatArray
    ratio_low: FloatArray
    ratio_high: FloatArray
    conf_level: float


def predict_probabilities(
    fit: LogitFit,
    covariates: npt.ArrayLike,
    *,
    vcov: npt.ArrayLike | None = None,
    df: float = np.inf,
    conf_level: float = 0.95,
) -> Predictions | Refusal:
    """Predict the probability of each row, with an offset of 0.

    Parameters
    ----------
    fit : LogitFit
        With a Firth penalty predictions are drawn towards one half; use FLIC or FLAC.
    covariates : array_like, shape (n, k)
        As those of the fit, without the constant.
    vcov : array_like, shape (k + 1, k + 1), optional
        Instead of that of the fit.
    df : float
        Degrees of freedom of the quantile; with G clusters, G - 1 is cautious.
    conf_level : float, default 0.95

    Returns
    -------
    Predictions or Refusal
        A refusal for values that are not finite.

    Raises
    ------
    ValueError
        For another number of columns or shape of `vcov` than the fit has, degrees of freedom that
        are not above 0, or a level that is not between 0 and 1.

    Examples
    --------
    >>> from relatum.inference.logit import logit_regression
    >>> from relatum.inference.logit_rows import LogitRows
    >>> rows = LogitRows(outcome=[1, 0, 1, 1, 0, 0, 1, 0], covariates=[1, 0, 1, 1, 1, 0, 0, 0])
    >>> found = predict_probabilities(logit_regression(rows), [[1.0]])
    >>> found.estimate.round(3), found.conf_low.round(3), found.conf_high.round(3)
    (array([0.75]), array([0.238]), array([0.966]))
    """
    model = design_ways(fit, (covariates,), vcov, df, conf_level)
    if isinstance(model, Refusal):
        return model
    design = model.designs[0]
    eta = design @ fit.coef
    error = np.sqrt(np.einsum("ij,jk,ik->i", design, model.vcov, design))
    reach = model.quantile * error
    return Predictions(
        estimate=mean_of(eta, fit.link),
        std_error=slope_of(eta, fit.link) * error,
        conf_low=mean_of(eta - reach, fit.link),
        conf_high=mean_of(eta + reach, fit.link),
        conf_level=conf_level,
    )


def average_effects(
    fit: LogitFit,
    covariates: npt.ArrayLike,
    *,
    factors: tuple[tuple[str, ...], ...] = (),
    vcov: npt.ArrayLike | None = None,
    df: float = np.inf,
    conf_level: float = 0.95,
) -> AverageEffects | Refusal:
    """Average over rows how the probability differs with each covariate, the others as they are.

    Parameters
    ----------
    fit : LogitFit
    covariates : array_like, shape (n, k)
        The rows to average over, usually those of the fit; none may be a function of another one
        (a square, a product): for those see `standardise_risks`.
    factors : tuple of tuple of str
        Names of the 0 and 1 covariates that stand for the levels of one factor. Each level is set
        against the reference, where all are 0.
    vcov : array_like, shape (k + 1, k + 1), optional
        Instead of that of the fit.
    df : float
        Degrees of freedom of limits and p values; with G clusters, G - 1 is cautious.
    conf_level : float, default 0.95

    Returns
    -------
    AverageEffects or Refusal
        A refusal for values that are not finite, without rows or covariates, or for an effect
        without any spread.

    Raises
    ------
    ValueError
        As `predict_probabilities`; and for factors with an unknown or repeated name or values other
        than 1 and 0.

    Notes
    -----
    A difference or derivative of predictions is averaged over the rows; its gradient by the
    coefficients is averaged likewise, and ``g' V g`` is the variance. The rows are taken as given.
    The effects describe the model's predictions: they are differences that were recorded together
    with the covariate, not what a change of it would bring about.

    Examples
    --------
    >>> from relatum.inference.logit import logit_regression
    >>> from relatum.inference.logit_rows import LogitRows
    >>> rows = LogitRows(outcome=[1, 0, 1, 1, 0, 0, 1, 0], covariates=[1, 0, 1, 1, 1, 0, 0, 0])
    >>> found = average_effects(logit_regression(rows), rows.covariates)
    >>> found.kinds, found.estimate.round(3), found.std_error.round(3)
    (('1 - 0',), array([0.5]), array([0.306]))
    """
    model = design_ways(fit, (covariates,), vcov, df, conf_level)
    if isinstance(model, Refusal):
        return model
    design = model.designs[0]
    _check_factors(fit, design, factors)
    parts = [_effect(fit, design, j, factors) for j in range(1, design.shape[1])]
    if not parts:
        return Refusal(WHAT, "there is no covariate")
    estimate = np.array([part.estimate for part in parts])
    gradient = np.array([part.gradient for part in parts])
    variance = gradient @ model.vcov @ gradient.T
    error = np.sqrt(np.maximum(np.diag(variance), 0.0))
    if not (error > 0.0).all():
        return Refusal(WHAT, f"{fit.names[1 + int(np.argmin(error))]} has no spread")
    reach = model.quantile * error
    return AverageEffects(
        names=fit.names[1:],
        kinds=tuple(part.kind for part in parts),
        estimate=estimate,
        std_error=error,
        p_value=two_sided(estimate / error, df),
        conf_low=estimate - reach,
        conf_high=estimate + reach,
        vcov=variance,
        conf_level=conf_level,
    )


def standardise_risks(
    fit: LogitFit,
    ways: tuple[npt.ArrayLike, ...],
    *,
    vcov: npt.ArrayLike | None = None,
    df: float = np.inf,
    conf_level: float = 0.95,
) -> StandardisedRisks | Refusal:
    """Compare mean predictions of the same rows with covariates set in several ways.

    Parameters
    ----------
    fit : LogitFit
    ways : tuple of array_like, each of shape (n, k)
        The covariates of the rows, each time with one or more of them, and what is made of them,
        set to a value. The first way is what the others are compared with.
    vcov : array_like, shape (k + 1, k + 1), optional
        Instead of that of the fit.
    df : float
        Degrees of freedom of limits; with G clusters, G - 1 is cautious.
    conf_level : float, default 0.95

    Returns
    -------
    StandardisedRisks or Refusal
        A refusal for values that are not finite, or without rows.

    Raises
    ------
    ValueError
        As `predict_probabilities`, and without any way.

    Notes
    -----
    Known as the g-formula or g-computation; the name promises more than records of one time can
    give. Ratios have limits ``exp(log ratio -+ z se)`` with the delta method's error.

    Examples
    --------
    >>> from relatum.inference.logit import logit_regression
    >>> from relatum.inference.logit_rows import LogitRows
    >>> rows = LogitRows(outcome=[1, 0, 1, 1, 0, 0, 1, 0], covariates=[1, 0, 1, 1, 1, 0, 0, 0])
    >>> found = standardise_risks(logit_regression(rows), ([[0.0]] * 8, [[1.0]] * 8))
    >>> found.risk.round(2), found.difference.round(2), found.ratio.round(2)
    (array([0.25, 0.75]), array([0.5]), array([3.]))
    """
    if not ways:
        raise ValueError("ways must hold at least one matrix of covariates.")
    model = design_ways(fit, ways, vcov, df, conf_level)
    if isinstance(model, Refusal):
        return model
    risks, gradients = [], []
    for design in model.designs:
        eta = design @ fit.coef
        risks.append(mean_of(eta, fit.link).mean())
        gradients.append(slope_of(eta, fit.link) @ design / len(eta))
    risk, gradient = np.array(risks), np.array(gradients)
    apart, relative = gradient[1:] - gradient[0], gradient / risk[:, None]
    difference, ratio = risk[1:] - risk[0], risk[1:] / risk[0]
    error = delta_errors(apart, model.vcov)
    reach = model.quantile * delta_errors(relative[1:] - relative[0], model.vcov)
    return StandardisedRisks(
        risk=risk,
        risk_error=delta_errors(gradient, model.vcov),
        difference=difference,
        difference_error=error,
        difference_low=difference - model.quantile * error,
        difference_high=difference + model.quantile * error,
        ratio=ratio,
        ratio_low=ratio * np.exp(-reach),
        ratio_high=ratio * np.exp(reach),
        conf_level=conf_level,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Effect:
    kind: str
    estimate: float
    gradient: FloatArray


def _check_factors(fit: LogitFit, design: FloatArray, factors: tuple[tuple[str, ...], ...]) -> None:
    named = [name for levels in factors for name in levels]
    faults = [f"no such covariate: {name}" for name in named if name not in fit.names[1:]]
    faults += [f"{name} stands twice" for name in dict.fromkeys(named) if named.count(name) > 1]
    for name in set(named) & set(fit.names[1:]):
        if not np.isin(design[:, fit.names.index(name)], (0.0, 1.0)).all():
            faults.append(f"{name} is a level of a factor and must hold only 1 and 0")
    if faults:
        raise ValueError("; ".join(sorted(faults)) + ".")


def _effect(
    fit: LogitFit, design: FloatArray, column: int, factors: tuple[tuple[str, ...], ...]
) -> _Effect:
    together = next((levels for levels in factors if fit.names[column] in levels), ())
    if not together and not np.isin(design[:, column], (0.0, 1.0)).all():
        eta = design @ fit.coef
        slope = slope_of(eta, fit.link)
        gradient = fit.coef[column] * (bend_of(eta, fit.link) @ design) / len(eta)
        gradient[column] += slope.mean()
        return _Effect(
            kind="slope", estimate=float(fit.coef[column] * slope.mean()), gradient=gradient
        )
    off = design.copy()
    off[:, [column, *(fit.names.index(name) for name in together)]] = 0.0
    on = off.copy()
    on[:, column] = 1.0
    eta_on, eta_off = on @ fit.coef, off @ fit.coef
    apart = mean_of(eta_on, fit.link) - mean_of(eta_off, fit.link)
    gradient = slope_of(eta_on, fit.link) @ on - slope_of(eta_off, fit.link) @ off
    return _Effect(
        kind="level - reference" if together else "1 - 0",
        estimate=float(apart.mean()),
        gradient=gradient / len(design),
    )
