"""Cox regression with a gamma frailty of given variance shared by each cluster.

For sensitivity only: the variance is chosen, not estimated. No kept Python library has it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.clusters import Clusters, index_clusters
from relatum.inference.common import FloatArray, Refusal, check_conf_level, normal_quantile
from relatum.inference.cox_rows import CoxPlan, CoxRows, plan_cox
from relatum.inference.cox_sums import CoxSums, Ties, check_ties, sum_risk_sets
from relatum.inference.likelihood_newton import maximise

__all__ = ["FrailtyFit", "cox_frailty", "integrate_frailties"]

WHAT = "Cox regression with frailty"
SMALLEST, MAX_CLUSTERS = 1e-3, 500


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrailtyFit:
    """Log hazard ratios within clusters, given the variance between them.

    Attributes
    ----------
    names : tuple of str
    coef, std_error, statistic, p_value, conf_low, conf_high : ndarray, shape (p,)
    vcov : ndarray, shape (p, p)
        From the inverse of the whole penalised information.
    theta : float
        Variance of the frailty, whose mean is 1.
    clusters : ndarray, shape (n_clusters,)
    frailty : ndarray, shape (n_clusters,)
        Estimated factor on the hazard of each cluster. They have the mean 1.
    loglik : float
        Log partial likelihood at the estimates, without the penalty.
    marginal_loglik : float
        With the frailties integrated out: the value to compare between variances.
    n_rows, n_events, n_clusters : int
    ties : {"efron", "breslow"}
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
    theta: float
    clusters: npt.NDArray[Any]
    frailty: FloatArray
    loglik: float
    marginal_loglik: float
    n_rows: int
    n_events: int
    n_clusters: int
    ties: Ties
    conf_level: float


def cox_frailty(
    rows: CoxRows,
    cluster: npt.ArrayLike,
    *,
    theta: float,
    ties: Ties = "efron",
    conf_level: float = 0.95,
) -> FrailtyFit | Refusal:
    """Estimate log hazard ratios with a gamma frailty of given variance.

    Parameters
    ----------
    rows : CoxRows
        Without weights.
    cluster : array_like, shape (n,)
        The rows with one label share one frailty.
    theta : float
        Variance of the frailty, at least 0.001; try 0.25, 0.5 and 1.
    ties : {"efron", "breslow"}, default "efron"
    conf_level : float, default 0.95

    Returns
    -------
    FrailtyFit or Refusal
        A refusal as `cox_regression` gives one, and for one cluster or more than 500.

    Raises
    ------
    ValueError
        For weights, exact ties, another number of labels than rows, a variance below 0.001, or a
        level that is not between 0 and 1.

    Notes
    -----
    Maximises the partial likelihood plus the sum over clusters of (w - exp w) / theta, w being the
    log frailty; the estimate is that of the EM algorithm (Therneau, Grambsch and Pankratz 2003,
    doi:10.1198/1061860031365). R's `frailty` gives the same estimates, and errors that leave out
    the covariances between frailties. With delayed entry the frailties of those who entered late
    no longer have the mean 1, which this model neglects.

    Examples
    --------
    >>> rows = CoxRows(
    ...     time=np.array([2.0, 3.0, 4.0, 5.0, 6.0, 8.0]),
    ...     event=np.array([1, 1, 0, 1, 1, 0]),
    ...     covariates=np.array([1.0, 0.0, 1.0, 1.0, 0.0, 0.0]),
    ... )
    >>> fit = cox_frailty(rows, [1, 1, 1, 2, 2, 2], theta=0.5)
    >>> fit.frailty.round(3).tolist()
    [1.331, 0.669]
    """
    check_conf_level(conf_level)
    check_ties(ties)
    if ties == "exact" or rows.weights is not None:
        raise ValueError("a frailty allows no exact ties and no weights.")
    if not SMALLEST <= theta < np.inf:
        raise ValueError(f"theta must be finite and at least {SMALLEST}, not {theta!r}.")
    clusters = index_clusters(cluster)
    if clusters.n_rows != len(rows.time):
        raise ValueError(
            f"cluster has {clusters.n_rows} labels, but there are {len(rows.time)} rows."
        )
    if not 2 <= clusters.n_clusters <= MAX_CLUSTERS:
        count = clusters.n_clusters
        return Refusal(WHAT, f"2 to {MAX_CLUSTERS} clusters can be fitted, not {count}")
    plan = plan_cox(rows, what=WHAT)
    if isinstance(plan, Refusal):
        return plan
    return _fit(plan, rows.names, clusters, (theta, ties, conf_level))


def _fit(
    plan: CoxPlan, names: tuple[str, ...], clusters: Clusters, settings: tuple[float, Ties, float]
) -> FrailtyFit | Refusal:
    theta, ties, conf_level = settings
    p = len(names)
    inside = clusters.codes[plan.order]
    member = np.zeros((len(inside), clusters.n_clusters))
    member[np.arange(len(inside)), inside] = 1.0
    wide = replace(plan, x=np.column_stack([plan.x, member]))

    def penalised(coef: FloatArray) -> CoxSums:
        sums = sum_risk_sets(wide, coef, ties=ties)
        # a step that runs away is halved: an infinite penalty says so without a warning
        log_frailty, frailty = coef[p:], np.exp(np.minimum(coef[p:], 500.0))
        price = np.concatenate([np.zeros(p), frailty / theta])
        return CoxSums(
            loglik=sums.loglik + float((log_frailty - frailty).sum()) / theta,
            gradient=sums.gradient + np.where(np.arange(len(price)) < p, 0.0, 1.0 / theta) - price,
            information=sums.information + np.diag(price),
        )

    every = (*names, *(f"the frailty of cluster {label}" for label in clusters.labels.tolist()))
    found = maximise(penalised, np.ptp(wide.x, axis=0), names=every, what=WHAT)
    if isinstance(found, Refusal):
        return found
    vcov = np.linalg.inv(found.best.information)[:p, :p] / np.outer(plan.scale, plan.scale)
    coef, error = found.coef[:p] / plan.scale, np.sqrt(np.diag(vcov))
    frailty = np.exp(found.coef[p:])
    events = np.bincount(inside[plan.event], minlength=len(frailty))
    reach = normal_quantile(conf_level) * error
    return FrailtyFit(
        names=names,
        coef=coef,
        std_error=error,
        statistic=coef / error,
        p_value=np.asarray(2.0 * special.ndtr(-np.abs(coef / error))),
        conf_low=coef - reach,
        conf_high=coef + reach,
        vcov=vcov,
        theta=theta,
        clusters=clusters.labels,
        frailty=frailty,
        loglik=sum_risk_sets(wide, found.coef, ties=ties).loglik,
        marginal_loglik=found.best.loglik
        + integrate_frailties(events.astype(np.float64), theta=theta),
        n_rows=len(plan.time),
        n_events=int(plan.event.sum()),
        n_clusters=len(frailty),
        ties=ties,
        conf_level=conf_level,
    )


def integrate_frailties(events: FloatArray, *, theta: float) -> float:
    """Find what the penalised likelihood lacks to the one with the frailties integrated out.

    Parameters
    ----------
    events : ndarray, shape (n_clusters,)
        Number of events in each cluster.
    theta : float
        Variance of the frailty.

    Returns
    -------
    float
    """
    nu = 1.0 / theta
    total = nu + events
    gain = special.gammaln(total) - special.gammaln(nu) + nu * np.log(nu) - total * np.log(total)
    return float((gain + nu).sum() + events.sum())
