"""Logistic regression with a normal intercept for each cluster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.common import FloatArray, Refusal, check_conf_level, normal_quantile
from relatum.inference.cox import ChiSquare
from relatum.inference.fits import FittedModel, fit_model
from relatum.inference.glmm_fit import MarginalLikelihood, Peak, find_peak
from relatum.inference.products import RegressionInput, check_regression, invert_information

__all__ = ["InterceptSpread", "RandomInterceptFit", "random_intercept_logit"]

WHAT = "random-intercept logistic regression"
_STARTS = (np.log(0.5), np.log(2.0))
_MAX_POINTS = 101


@dataclass(frozen=True, slots=True, kw_only=True)
class InterceptSpread:
    """Standard deviation of the clusters' intercepts on the logit scale.

    Attributes
    ----------
    sd : float
        0 where the likelihood is highest without differences between clusters.
    sd_error, conf_low, conf_high : float or Refusal
        By the delta method, and limits carried over from the logarithm; refusals at 0. With few
        clusters the estimate is too small and the limits are too narrow.
    icc : float
        Share of the latent variance between clusters, sd^2 / (sd^2 + pi^2 / 3).
    none : ChiSquare
        Likelihood-ratio test of a spread of 0, which lies at the edge: half the p value of one
        degree of freedom, and 1 where `sd` is 0.
    """

    sd: float
    sd_error: float | Refusal
    conf_low: float | Refusal
    conf_high: float | Refusal
    icc: float
    none: ChiSquare


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RandomInterceptFit:
    """Log odds ratios within clusters.

    Attributes
    ----------
    coef, std_error, statistic, p_value, conf_low, conf_high : ndarray, shape (k,)
        Errors by the inverse of the joint negative Hessian; normal limits.
    vcov : ndarray, shape (k, k)
    spread : InterceptSpread
    modes : ndarray, shape (n_clusters,)
        Most likely deviation of each cluster, in the order of the sorted labels.
    loglik, loglik_independent : float
        With all constants; and without differences between clusters.
    points : int
    conf_level : float
    n_rows, n_clusters : int
    """

    coef: FloatArray
    std_error: FloatArray
    statistic: FloatArray
    p_value: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray
    vcov: FloatArray
    spread: InterceptSpread
    modes: FloatArray
    loglik: float
    loglik_independent: float
    points: int
    conf_level: float
    n_rows: int
    n_clusters: int


def random_intercept_logit(
    outcome: npt.ArrayLike,
    design: npt.ArrayLike,
    cluster: npt.ArrayLike,
    *,
    points: int = 25,
    conf_level: float = 0.95,
) -> RandomInterceptFit | Refusal:
    """Estimate how covariates go with an outcome among rows of the same cluster.

    Parameters
    ----------
    outcome : array_like, shape (n,)
        0 and 1.
    design : array_like, shape (n, k)
        The whole design matrix, constant included.
    cluster : array_like, shape (n,)
    points : int, default 25
        Quadrature points per cluster, 1 to 101; 1 is the Laplace approximation.
    conf_level : float, default 0.95

    Returns
    -------
    RandomInterceptFit or Refusal
        A refusal for one cluster, clusters of one row each, values that are not finite, a constant
        outcome, collinear covariates, perfect prediction, and a spread that runs away because
        clusters are all or nothing.

    Raises
    ------
    ValueError
        For lengths that differ, an outcome other than 0 and 1, a wrong number of points, or a level
        that is not between 0 and 1.

    Notes
    -----
    logit P(y = 1) = x'b + v, v normal with mean 0, alike in the rows of a cluster. v is integrated
    out by adaptive Gauss-Hermite quadrature (Pinheiro and Bates 1995,
    doi:10.1080/10618600.1995.10474663). Own code: statsmodels has no maximum likelihood for it.

    Not for a dozen cases. The errors take the clusters to be many: with twelve the spread is
    estimated too small, often as 0, the normal limits are too short, and with two large cases the
    shape of v cannot be checked. Its coefficients also answer another question than those averaged
    over clusters: they are further from 0. Here it serves to compare with other programs, and as a
    start for planning; headline intervals come from the wild bootstrap and the beta-binomial model.

    Examples
    --------
    >>> y = np.array([1, 1, 1, 0, 1, 1, 0, 0, 0, 0, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0])
    >>> fit = random_intercept_logit(y, np.ones(20), np.repeat(np.arange(5), 4))
    >>> round(fit.spread.sd, 2), round(fit.spread.none.p_value, 2)
    (1.69, 0.06)
    """
    check_conf_level(conf_level)
    if not 1 <= points <= _MAX_POINTS or points != int(points):
        raise ValueError(f"points must be a whole number from 1 to {_MAX_POINTS}; try 25.")
    data = check_regression(outcome, design, cluster, what=WHAT)
    if isinstance(data, Refusal):
        return data
    if not np.isin(data.outcome, (0.0, 1.0)).all():
        raise ValueError("outcome must hold only 0 and 1.")
    if data.clusters.sizes.max() == 1:
        return Refusal(WHAT, "no cluster has two rows, so that their spread cannot be seen")
    plain = fit_model(data.outcome, data.design, family="logit", what=WHAT)
    if isinstance(plain, Refusal):
        return plain
    predictor = data.design @ plain.coef
    alone = float((data.outcome * predictor - np.logaddexp(0.0, predictor)).sum())
    likelihood = MarginalLikelihood(data, points)
    best = None
    for log_sd in _STARTS:
        best = best or find_peak(likelihood, plain.coef, log_sd=log_sd)
    words = _Words(points=points, level=conf_level, alone=alone)
    if best is not None and best.loglik > alone:
        return _between(data, best, words)
    if _rises_at_zero(data, plain):
        return Refusal(WHAT, "the spread between clusters runs away; some are all or nothing")
    return _at_zero(data, plain, words)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    points: int
    level: float
    alone: float


def _rises_at_zero(data: RegressionInput, plain: FittedModel) -> bool:
    """Whether the likelihood rises as the variance between clusters leaves 0."""
    n = data.clusters.n_clusters
    sums = np.bincount(data.clusters.codes, weights=plain.residual, minlength=n)
    return bool((sums**2).sum() > plain.working_weights.sum() * (1.0 + 1e-9))


def _between(data: RegressionInput, best: Peak, words: _Words) -> RandomInterceptFit | Refusal:
    vcov = invert_information(-best.hessian, what=WHAT)
    if isinstance(vcov, Refusal):
        return Refusal(WHAT, "the rows do not tell the spread from the coefficients")
    sd, log_error = float(np.exp(best.log_sd)), float(np.sqrt(vcov[-1, -1]))
    reach = normal_quantile(words.level) * log_error
    statistic = 2.0 * (best.loglik - words.alone)
    spread = InterceptSpread(
        sd=sd,
        sd_error=sd * log_error,
        conf_low=float(np.exp(best.log_sd - reach)),
        conf_high=float(np.exp(min(best.log_sd + reach, 700.0))),
        icc=sd**2 / (sd**2 + np.pi**2 / 3.0),
        none=ChiSquare(
            statistic=statistic, df=1, p_value=float(special.chdtrc(1, statistic)) / 2.0
        ),
    )
    return _word(data, best.coef, vcov[:-1, :-1], spread, best, words)


def _at_zero(data: RegressionInput, plain: FittedModel, words: _Words) -> RandomInterceptFit:
    edge = Refusal("spread of the clusters' intercepts", "its estimate is 0, at the edge")
    spread = InterceptSpread(
        sd=0.0,
        sd_error=edge,
        conf_low=edge,
        conf_high=edge,
        icc=0.0,
        none=ChiSquare(statistic=0.0, df=1, p_value=1.0),
    )
    return _word(data, plain.coef, plain.inverse, spread, None, words)


def _word(
    data: RegressionInput,
    coef: FloatArray,
    vcov: FloatArray,
    spread: InterceptSpread,
    best: Peak | None,
    words: _Words,
) -> RandomInterceptFit:
    error = np.sqrt(np.diag(vcov))
    reach = normal_quantile(words.level) * error
    n_clusters = data.clusters.n_clusters
    return RandomInterceptFit(
        coef=coef,
        std_error=error,
        statistic=coef / error,
        p_value=np.asarray(2.0 * special.ndtr(-np.abs(coef / error)), dtype=np.float64),
        conf_low=coef - reach,
        conf_high=coef + reach,
        vcov=vcov,
        spread=spread,
        modes=np.zeros(n_clusters) if best is None else best.modes,
        loglik=words.alone if best is None else best.loglik,
        loglik_independent=words.alone,
        points=words.points,
        conf_level=words.level,
        n_rows=len(data.outcome),
        n_clusters=n_clusters,
    )
