"""Cox regression with delayed entry, ties, strata, weights and cluster-robust errors.

The sums are our own compiled code: the robust errors of lifelines 0.30 and statsmodels 0.15 are
wrong with ties, delayed entry or strata, and statsmodels counts a row that enters at t as at risk
at t.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.clusters import index_clusters
from relatum.inference.common import FloatArray, Refusal, check_conf_level, normal_quantile
from relatum.inference.cox_rows import CoxPlan, CoxRows, plan_cox
from relatum.inference.cox_sums import (
    Ties,
    check_ties,
    score_residuals,
    sum_risk_sets,
    sum_rows,
)
from relatum.inference.likelihood_newton import Optimum, maximise

__all__ = ["ChiSquare", "CoxFit", "chi_square", "cox_regression"]

WHAT = "Cox regression"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChiSquare:
    """A test that is referred to the chi-square distribution.

    Attributes
    ----------
    statistic, p_value : float
    df : int
    """

    statistic: float
    df: int
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoxFit:
    """Log hazard ratios with their errors.

    Attributes
    ----------
    names : tuple of str
    coef, std_error, statistic, p_value, conf_low, conf_high : ndarray, shape (p,)
        On the log scale. Errors are robust where clusters or robust errors were asked for.
    vcov : ndarray, shape (p, p)
        What the errors come from.
    model_error : ndarray, shape (p,)
        Errors by the inverse information.
    model_vcov : ndarray, shape (p, p)
    loglik_null, loglik : float
        Log partial likelihood at 0 and at the estimate.
    likelihood_ratio, wald, score : ChiSquare
        Tests that all coefficients are 0. The Wald test uses `vcov`; the two others are right only
        if rows are independent.
    robust_score : ChiSquare or None
        The score test with the scores summed by cluster.
    n_rows, n_events : int
    n_clusters : int or None
        None where the errors are not robust.
    ties : {"efron", "breslow", "exact"}
    iterations : int
    conf_level : float
    """

    names: tuple[str, ...]
    coef: FloatArray
    std_error: FloatArray
    statistic: FloatArray
    p_value: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray
    vcov: FloatArray
    model_error: FloatArray
    model_vcov: FloatArray
    loglik_null: float
    loglik: float
    likelihood_ratio: ChiSquare
    wald: ChiSquare
    score: ChiSquare
    robust_score: ChiSquare | None
    n_rows: int
    n_events: int
    n_clusters: int | None
    ties: Ties
    iterations: int
    conf_level: float


def cox_regression(
    rows: CoxRows,
    *,
    ties: Ties = "efron",
    cluster: npt.ArrayLike | None = None,
    errors: Literal["model", "robust"] = "model",
    conf_level: float = 0.95,
) -> CoxFit | Refusal:
    """Estimate log hazard ratios by the partial likelihood.

    Parameters
    ----------
    rows : CoxRows
    ties : {"efron", "breslow", "exact"}, default "efron"
        "exact" is the conditional logistic likelihood; it is for small data.
    cluster : array_like, shape (n,), optional
        Cluster of each row; it makes the errors robust to dependence within clusters. A subject
        with several rows needs at least its own label here.
    errors : {"model", "robust"}, default "model"
        "robust" without clusters takes each row as a cluster of its own.
    conf_level : float, default 0.95

    Returns
    -------
    CoxFit or Refusal
        A refusal without events, for a covariate that does not vary among those at risk together
        or follows from others, and where the likelihood has no maximum because a covariate tells
        the events apart (monotone likelihood); the reason names the covariate.

    Raises
    ------
    ValueError
        For an unknown word, another number of cluster labels than rows, a confidence level that is
        not between 0 and 1, or weights or robust errors with exact ties.

    Notes
    -----
    Efron 1977, doi:10.1080/01621459.1977.10480613. Robust variance: the sum over clusters of the
    outer products of summed dfbeta residuals, with no small-sample factor (Lin and Wei 1989,
    doi:10.1080/01621459.1989.10478874); with few clusters it is too small. Assumes proportional
    hazards, and that entry and censoring tell nothing about the hazard given the covariates.

    Examples
    --------
    >>> rows = CoxRows(
    ...     time=np.array([2.0, 3.0, 3.0, 5.0, 6.0, 8.0]),
    ...     event=np.array([1, 1, 0, 1, 1, 0]),
    ...     covariates=np.array([1.0, 0.0, 1.0, 1.0, 0.0, 0.0]),
    ...     names=("isolated",),
    ... )
    >>> fit = cox_regression(rows)
    >>> round(float(fit.coef[0]), 4), round(float(fit.std_error[0]), 4)
    (1.0731, 1.2354)
    """
    check_conf_level(conf_level)
    check_ties(ties)
    if errors not in ("model", "robust"):
        raise ValueError(f"errors must be 'model' or 'robust', not {errors!r}.")
    robust = errors == "robust" or cluster is not None
    labels = None if cluster is None else index_clusters(cluster)
    if labels is not None and labels.n_rows != len(rows.time):
        raise ValueError(
            f"cluster has {labels.n_rows} values, but there are {len(rows.time)} rows."
        )
    if labels is not None and labels.n_clusters < 2:
        return Refusal(WHAT, "there is one cluster")
    if ties == "exact" and (robust or rows.weights is not None):
        raise ValueError("exact ties allow no weights and no robust errors; use 'efron'.")
    plan = plan_cox(rows, what=WHAT)
    if isinstance(plan, Refusal):
        return plan
    found = maximise(
        lambda coef: sum_risk_sets(plan, coef, ties=ties),
        np.ptp(plan.x, axis=0),
        names=rows.names,
        what=WHAT,
    )
    if isinstance(found, Refusal):
        return found
    codes = np.arange(len(rows.time)) if labels is None else labels.codes
    fit = _describe(plan, found, rows.names, codes if robust else None, (ties, conf_level))
    empty = np.flatnonzero(fit.std_error <= 1e-10 * fit.model_error)
    if len(empty):
        return Refusal(WHAT, f"the clusters leave no spread in the score of {rows.names[empty[0]]}")
    return fit


def _describe(
    plan: CoxPlan,
    found: Optimum,
    names: tuple[str, ...],
    codes: npt.NDArray[np.int64] | None,
    settings: tuple[Ties, float],
) -> CoxFit:
    ties, conf_level = settings
    p = len(names)
    model = np.linalg.inv(found.best.information)
    vcov, robust_score = model, None
    if codes is not None:
        vcov, robust_score = _robust(plan, found, codes, ties)
    z = found.coef
    coef, error = z / plan.scale, np.sqrt(np.diag(vcov)) / plan.scale
    statistic = np.divide(coef, error, out=np.zeros_like(coef), where=error > 0)
    reach = normal_quantile(conf_level) * error
    null = found.null
    return CoxFit(
        names=names,
        coef=coef,
        std_error=error,
        statistic=statistic,
        p_value=np.asarray(2.0 * special.ndtr(-np.abs(statistic))),
        conf_low=coef - reach,
        conf_high=coef + reach,
        vcov=vcov / np.outer(plan.scale, plan.scale),
        model_error=np.sqrt(np.diag(model)) / plan.scale,
        model_vcov=model / np.outer(plan.scale, plan.scale),
        loglik_null=null.loglik,
        loglik=found.best.loglik,
        likelihood_ratio=chi_square(2.0 * (found.best.loglik - null.loglik), p),
        wald=chi_square(float(z @ np.linalg.lstsq(vcov, z)[0]), p),
        score=chi_square(
            float(null.gradient @ np.linalg.solve(null.information, null.gradient)), p
        ),
        robust_score=robust_score,
        n_rows=len(plan.time),
        n_events=int(plan.event.sum()),
        n_clusters=None if codes is None else int(codes.max()) + 1,
        ties=ties,
        iterations=found.iterations,
        conf_level=conf_level,
    )


def chi_square(statistic: float, df: int) -> ChiSquare:
    """Refer a statistic to the chi-square distribution; rounding below 0 counts as 0."""
    value = max(float(statistic), 0.0)
    return ChiSquare(statistic=value, df=df, p_value=float(special.chdtrc(df, value)))


def _robust(
    plan: CoxPlan, found: Optimum, codes: npt.NDArray[np.int64], ties: Ties
) -> tuple[FloatArray, ChiSquare]:
    """Variance by summed dfbeta residuals, and the score test at 0 by summed score residuals."""
    inside = codes[plan.order]
    weights = plan.weights[:, None]
    scores = weights * score_residuals(plan, found.coef, ties=ties)
    model = np.linalg.inv(found.best.information)
    dfbeta = sum_rows(scores, inside) @ model
    at_null = sum_rows(
        weights * score_residuals(plan, np.zeros_like(found.coef), ties=ties), inside
    )
    total = at_null.sum(axis=0)
    # fewer clusters than covariates leave the variance without full rank
    statistic = float(total @ np.linalg.lstsq(at_null.T @ at_null, total)[0])
    return dfbeta.T @ dfbeta, chi_square(statistic, len(found.coef))
