"""Baseline hazard of a Cox regression, and the survival curve of given covariates.

lifelines 0.30 takes the Breslow hazard also under Efron's ties; here the hazard follows the ties of
the fit, as in R.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from relatum.inference.common import (
    FloatArray,
    IntArray,
    Refusal,
    as_vector,
    check_conf_level,
    find_non_finite,
    normal_quantile,
)
from relatum.inference.cox import CoxFit
from relatum.inference.cox_rows import CoxPlan, CoxRows, plan_cox
from relatum.inference.cox_sums import RiskSets, tabulate_risk_sets

__all__ = ["BaselineHazard", "CoxCurve", "baseline_hazard", "predict_survival"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BaselineHazard:
    """Cumulative hazard at covariates and offset 0, at the times with events.

    Attributes
    ----------
    stratum : ndarray, shape (g,)
        Label of the stratum, "all" where there are none; times ascend in each.
    time : ndarray, shape (g,)
    events : ndarray, shape (g,)
    increment, cumulative : ndarray, shape (g,)
        It stays as it is until the next time.
    """

    stratum: npt.NDArray[Any]
    time: FloatArray
    events: FloatArray
    increment: FloatArray
    cumulative: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoxCurve:
    """Survival at given covariates, at the times with events.

    Attributes
    ----------
    stratum : ndarray, shape (g,)
    time : ndarray, shape (g,)
    survival, cumulative_hazard : ndarray, shape (g,)
    std_error : ndarray, shape (g,)
        Of the cumulative hazard, which is minus the log of the survival.
    conf_low, conf_high : ndarray, shape (g,)
        Limits of the survival at one time, on the log scale, at most 1.
    conf_level : float
    """

    stratum: npt.NDArray[Any]
    time: FloatArray
    survival: FloatArray
    cumulative_hazard: FloatArray
    std_error: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray
    conf_level: float


def baseline_hazard(rows: CoxRows, fit: CoxFit) -> BaselineHazard | Refusal:
    """Estimate the cumulative hazard at covariates 0.

    Parameters
    ----------
    rows : CoxRows
        The rows of the fit.
    fit : CoxFit
        Its ties decide between Efron's and Breslow's hazard.

    Returns
    -------
    BaselineHazard or Refusal

    Raises
    ------
    ValueError
        For a fit with exact ties.

    Notes
    -----
    Breslow's increment is the weight of the events over the risk of all at risk. Efron's takes the
    risk of the events out of the denominator step by step. Covariates of 0 may lie far outside the
    data; `predict_survival` asks at chosen ones.

    Examples
    --------
    >>> from relatum.inference.cox import cox_regression
    >>> rows = CoxRows(
    ...     time=np.array([2.0, 3.0, 3.0, 5.0, 6.0, 8.0]),
    ...     event=np.array([1, 1, 0, 1, 1, 0]),
    ...     covariates=np.array([1.0, 0.0, 1.0, 1.0, 0.0, 0.0]),
    ... )
    >>> baseline_hazard(rows, cox_regression(rows)).cumulative.round(3).tolist()
    [0.085, 0.198, 0.401, 0.901]
    """
    plan = plan_cox(rows, what="baseline hazard")
    if isinstance(plan, Refusal):
        return plan
    sets = tabulate_risk_sets(plan, fit.coef * plan.scale, ties=fit.ties)
    order = _ascend(plan)
    increment = (sets.hazard * np.exp(-plan.centre @ fit.coef - sets.shift))[order]
    stratum = plan.at.stratum[order]
    return BaselineHazard(
        stratum=plan.strata[stratum],
        time=plan.at.time[order],
        events=plan.at.events[order].astype(np.float64),
        increment=increment,
        cumulative=_add_up(increment[:, None], stratum)[:, 0],
    )


def predict_survival(
    rows: CoxRows, fit: CoxFit, covariates: npt.ArrayLike, *, conf_level: float = 0.95
) -> CoxCurve | Refusal:
    """Predict the survival of a row with given covariates that do not change.

    Parameters
    ----------
    rows : CoxRows
        The rows of the fit.
    fit : CoxFit
    covariates : array_like, shape (p,)
    conf_level : float, default 0.95

    Returns
    -------
    CoxCurve or Refusal
        One curve for each stratum, one after the other.

    Raises
    ------
    ValueError
        For another number of covariates than the fit has, a level that is not between 0 and 1, or a
        fit with exact ties.

    Notes
    -----
    The variance adds that of the hazard increments to that of the coefficients, which is robust
    where the fit is (Tsiatis 1981, doi:10.1214/aos/1176345335). With delayed entry the curve
    is conditional on survival to the first event time, when few may be at risk.
    """
    check_conf_level(conf_level)
    z = as_vector(covariates, name="covariates", length=len(fit.coef))
    bad = find_non_finite("survival", {"covariates": z})
    plan = plan_cox(rows, what="survival")
    if bad is not None:
        return bad
    if isinstance(plan, Refusal):
        return plan
    sets = tabulate_risk_sets(plan, fit.coef * plan.scale, ties=fit.ties)
    order = _ascend(plan)
    stratum = plan.at.stratum[order]
    total = _add_up(_columns(sets)[order], stratum)
    place = (z - plan.centre) / plan.scale
    factor = float(np.exp((z - plan.centre) @ fit.coef - sets.shift))
    hazard = factor * total[:, 0]
    gap = factor * (total[:, :1] * place - total[:, 2:]) * plan.scale
    variance = factor**2 * total[:, 1] + np.einsum("gi,ij,gj->g", gap, fit.vcov, gap)
    error = np.sqrt(np.maximum(variance, 0.0))
    reach = normal_quantile(conf_level) * error
    return CoxCurve(
        stratum=plan.strata[stratum],
        time=plan.at.time[order],
        survival=np.exp(-hazard),
        cumulative_hazard=hazard,
        std_error=error,
        conf_low=np.exp(-hazard - reach),
        conf_high=np.minimum(np.exp(reach - hazard), 1.0),
        conf_level=conf_level,
    )


def _columns(sets: RiskSets) -> FloatArray:
    """Hazard, its variance, and mean covariate times hazard, at each event time."""
    return np.column_stack([sets.hazard, sets.squares[:, 0], sets.mean_hazard])


def _ascend(plan: CoxPlan) -> IntArray:
    return np.asarray(np.lexsort((plan.at.time, plan.at.stratum)), dtype=np.int64)


def _add_up(increments: FloatArray, stratum: IntArray) -> FloatArray:
    """Cumulative sums that begin anew in each stratum."""
    parts = np.split(increments, np.flatnonzero(np.diff(stratum)) + 1)
    return np.concatenate([np.cumsum(part, axis=0) for part in parts])
