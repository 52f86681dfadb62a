"""Small linear, logit and Poisson fits: the pieces that clustered errors are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from relatum.inference.common import FloatArray, Refusal
from relatum.inference.products import invert_information

__all__ = ["Family", "FittedModel", "fit_model"]

Family = Literal["gaussian", "logit", "poisson"]
MAX_ITERATIONS = 60
LARGEST_PREDICTOR = 30.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedModel:
    """Maximum likelihood fit of one generalised linear model.

    Attributes
    ----------
    coef : ndarray, shape (k,)
    residual : ndarray, shape (n_rows,)
        Outcome less fitted mean.
    working_weights : ndarray, shape (n_rows,)
        Prior weight times the variance function (1 for a linear model).
    score_weights : ndarray, shape (n_rows,)
        Prior weights; the score of a row is score_weight x residual x covariates.
    inverse : ndarray, shape (k, k)
        Inverse of X'WX at the fit.
    family : str
    """

    coef: FloatArray
    residual: FloatArray
    working_weights: FloatArray
    score_weights: FloatArray
    inverse: FloatArray
    family: Family


def _mean_and_variance(predictor: FloatArray, family: Family) -> tuple[FloatArray, FloatArray]:
    if family == "gaussian":
        return predictor, np.ones_like(predictor)
    if family == "logit":
        mean = np.asarray(special.expit(predictor), dtype=np.float64)
        return mean, mean * (1.0 - mean)
    mean = np.exp(np.clip(predictor, -700.0, 700.0))
    return mean, mean


def _check_outcome(y: FloatArray, family: Family) -> None:
    if family not in ("gaussian", "logit", "poisson"):
        raise ValueError(f"family must be gaussian, logit or poisson, not {family!r}.")
    if family == "logit" and not ((y >= 0) & (y <= 1)).all():
        raise ValueError("a logit model needs outcomes from 0 to 1.")
    if family == "poisson" and (y < 0).any():
        raise ValueError("a Poisson model needs outcomes from 0.")


def _log_likelihood(y: FloatArray, predictor: FloatArray, w: FloatArray, family: Family) -> float:
    if family == "gaussian":
        return float(-(w * (y - predictor) ** 2).sum() / 2.0)
    if family == "logit":
        return float((w * (y * predictor - np.logaddexp(0.0, predictor))).sum())
    return float((w * (y * predictor - np.exp(np.clip(predictor, -700.0, 700.0)))).sum())


def _start(y: FloatArray, x: FloatArray, offset: FloatArray, family: Family) -> FloatArray:
    """Coefficients that fit a rough transform of the outcome."""
    if family == "gaussian":
        return np.zeros(x.shape[1])
    target = special.logit((y + 0.5) / 2.0) if family == "logit" else np.log(y + 0.5)
    return np.asarray(np.linalg.lstsq(x, target - offset, rcond=None)[0], dtype=np.float64)


def fit_model(
    outcome: FloatArray,
    design: FloatArray,
    *,
    family: Family,
    weights: FloatArray | None = None,
    offset: FloatArray | None = None,
    what: str = "regression",
) -> FittedModel | Refusal:
    """Fit a linear, logit or Poisson model by Newton's method with step halving.

    Parameters
    ----------
    outcome : ndarray, shape (n_rows,)
    design : ndarray, shape (n_rows, k)
        May have no column; then only the offset is used.
    family : {"gaussian", "logit", "poisson"}
        Canonical links.
    weights : ndarray, shape (n_rows,), optional
        Prior weights, not negative.
    offset : ndarray, shape (n_rows,), optional
        Added to the linear predictor.
    what : str
        The name of the quantity, for a refusal.

    Returns
    -------
    FittedModel or Refusal
        A refusal for collinear columns, and for a fit that runs away because a covariate
        predicts the outcome perfectly.

    Raises
    ------
    ValueError
        For an unknown family, or outcomes outside its range.

    Examples
    --------
    >>> x = np.ones((4, 1))
    >>> fit_model(np.array([1.0, 0, 0, 0]), x, family="logit").coef.round(4)
    array([-1.0986])
    """
    _check_outcome(outcome, family)
    n, k = design.shape
    prior = np.ones(n) if weights is None else weights
    shift = np.zeros(n) if offset is None else offset
    beta = _start(outcome, design, shift, family)
    inverse: FloatArray | Refusal = np.zeros((k, k))
    for _ in range(MAX_ITERATIONS):
        predictor = shift + design @ beta
        mean, variance = _mean_and_variance(predictor, family)
        working = prior * variance
        if k:
            inverse = invert_information(design.T @ (design * working[:, None]), what=what)
            if isinstance(inverse, Refusal):
                return _explain(design, prior, inverse, what)
        score = design.T @ (prior * (outcome - mean))
        step = inverse @ score if not isinstance(inverse, Refusal) else score
        if k == 0 or float(score @ step) < 1e-22 * max(1.0, float(prior.sum())):
            return FittedModel(
                coef=beta,
                residual=outcome - mean,
                working_weights=working,
                score_weights=prior,
                inverse=np.asarray(inverse),
                family=family,
            )
        beta = _improve(beta, step, outcome, design, shift, prior, family)
        if _runs_away(shift + design @ beta, family):
            return Refusal(what, "a covariate predicts the outcome perfectly in some rows")
    return Refusal(what, "the fit did not converge; a covariate may predict the outcome perfectly")


def _runs_away(predictor: FloatArray, family: Family) -> bool:
    """Say whether some fitted mean has gone to the edge of its range."""
    if family == "gaussian":
        return False
    edge = np.abs(predictor) if family == "logit" else -predictor
    return bool(edge.max() > LARGEST_PREDICTOR)


def _explain(design: FloatArray, prior: FloatArray, found: Refusal, what: str) -> Refusal:
    """Tell collinear columns from a fit whose working weights vanish."""
    plain = invert_information(design.T @ (design * prior[:, None]), what=what)
    if isinstance(plain, Refusal):
        return found
    return Refusal(what, "a covariate predicts the outcome perfectly in some rows")


def _improve(
    beta: FloatArray,
    step: FloatArray,
    y: FloatArray,
    x: FloatArray,
    shift: FloatArray,
    prior: FloatArray,
    family: Family,
) -> FloatArray:
    """Take the Newton step, halved until the likelihood does not fall."""
    before = _log_likelihood(y, shift + x @ beta, prior, family)
    slack = 1e-12 * max(1.0, abs(before))
    for _ in range(30):
        if _log_likelihood(y, shift + x @ (beta + step), prior, family) >= before - slack:
            break
        step = step / 2.0
    return beta + step
