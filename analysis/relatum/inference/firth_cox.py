"""Cox regression with Firth's penalty, for few events and for monotone likelihood.

Adapter of `FirthCoxPH` of firthmodels: nothing else in the package knows its names. The library
takes no entry times and no strata; rows with them go to our own `firth_start_stop`.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, Refusal, check_conf_level
from relatum.inference.cox import ChiSquare, chi_square
from relatum.inference.cox_rows import CoxPlan, CoxRows, plan_cox
from relatum.inference.firth_start_stop import FirthPlan, firth_limits, maximise_firth

__all__ = ["FirthCoxFit", "firth_cox", "firth_cox_test"]

WHAT = "Firth Cox regression"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FirthCoxFit:
    """Penalised log hazard ratios with profile limits.

    Attributes
    ----------
    names : tuple of str
    coef, std_error : ndarray, shape (p,)
        The errors are by the information at the estimate; the limits do not use them.
    p_value : ndarray, shape (p,)
        Of the penalised likelihood-ratio test of each coefficient.
    conf_low, conf_high : ndarray, shape (p,)
        Limits of the profile penalised likelihood; infinite where it does not fall so far.
    vcov : ndarray, shape (p, p)
    loglik_null, loglik : float
        Penalised, at 0 and at the estimate.
    likelihood_ratio : ChiSquare
        Penalised test that all coefficients are 0.
    n_rows, n_events : int
    conf_level : float
    """

    names: tuple[str, ...]
    coef: FloatArray
    std_error: FloatArray
    p_value: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray
    vcov: FloatArray
    loglik_null: float
    loglik: float
    likelihood_ratio: ChiSquare
    n_rows: int
    n_events: int
    conf_level: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Found:
    """On the scale of the plan."""

    coef: FloatArray
    p_value: FloatArray
    limits: FloatArray


def firth_cox(rows: CoxRows, *, conf_level: float = 0.95) -> FirthCoxFit | Refusal:
    """Estimate log hazard ratios with Firth's penalty.

    Parameters
    ----------
    rows : CoxRows
        Without weights and offset.
    conf_level : float, default 0.95

    Returns
    -------
    FirthCoxFit or Refusal
        A refusal for rows that `plan_cox` refuses, covariates without variation among those at risk
        or that follow from others, and where the maximum was not found.

    Raises
    ------
    ValueError
        For weights or an offset, or a level that is not between 0 and 1.

    Notes
    -----
    Adds half the log determinant of the information to the log partial likelihood (Heinze and
    Schemper 2001, doi:10.1111/j.0006-341X.2001.00114.x), so that the estimate is finite also where
    every event has the same covariate. Ties are Breslow's. There are no robust errors: with
    clusters, limits and p values take the rows as independent.

    Examples
    --------
    >>> rows = CoxRows(
    ...     time=np.arange(1.0, 9.0),
    ...     event=np.array([1, 1, 1, 0, 1, 0, 0, 0]),
    ...     covariates=np.array([1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]),
    ... )
    >>> fit = firth_cox(rows)
    >>> round(float(fit.coef[0]), 3), bool(np.isinf(fit.conf_high[0]))
    (2.515, False)
    """
    check_conf_level(conf_level)
    plan = _check(rows)
    if isinstance(plan, Refusal):
        return plan
    own = FirthPlan(plan)
    null = own.evaluate(np.zeros(len(rows.names)))
    if null is None:
        return Refusal(WHAT, _idle(own, rows.names))
    simple = rows.entry is None and rows.strata is None
    library = _by_library(own, conf_level) if simple else None
    found = _by_own_code(own, conf_level) if library is None else library
    if isinstance(found, Refusal):
        return found
    best = own.evaluate(found.coef)
    if best is None:
        return Refusal(WHAT, "the maximum was not found")
    vcov = np.linalg.inv(best.information) / np.outer(plan.scale, plan.scale)
    low, high = (found.limits / plan.scale[:, None]).T
    p = len(rows.names)
    return FirthCoxFit(
        names=rows.names,
        coef=found.coef / plan.scale,
        std_error=np.sqrt(np.diag(vcov)),
        p_value=found.p_value,
        conf_low=low,
        conf_high=high,
        vcov=vcov,
        loglik_null=null.loglik,
        loglik=best.loglik,
        likelihood_ratio=chi_square(2.0 * (best.loglik - null.loglik), p),
        n_rows=len(plan.time),
        n_events=int(plan.event.sum()),
        conf_level=conf_level,
    )


def firth_cox_test(rows: CoxRows, *, covariates: tuple[str, ...]) -> ChiSquare | Refusal:
    """Test that several coefficients are 0 together, by the penalised likelihood ratio.

    Parameters
    ----------
    rows : CoxRows
        Without weights and offset.
    covariates : tuple of str
        Names of those that are tested.

    Returns
    -------
    ChiSquare or Refusal
        A refusal as `firth_cox` gives one.

    Raises
    ------
    ValueError
        For weights or an offset, or an unknown or no name.

    Notes
    -----
    The penalty keeps the information of all covariates also where coefficients are held at 0. The
    library tests one at a time, so this is our own maximisation.
    """
    unknown = sorted(set(covariates) - set(rows.names))
    if unknown or not covariates:
        raise ValueError(f"no such covariate: {', '.join(unknown)}." if unknown else "name one.")
    plan = _check(rows)
    if isinstance(plan, Refusal):
        return plan
    own = FirthPlan(plan)
    start = np.zeros(len(rows.names))
    if own.evaluate(start) is None:
        return Refusal(WHAT, _idle(own, rows.names))
    free = np.array([name not in covariates for name in rows.names])
    full = maximise_firth(own, start, np.ones_like(free))
    part = maximise_firth(own, start, free)
    if full is None or part is None:
        return Refusal(WHAT, "the maximum was not found")
    return chi_square(2.0 * (full[1].loglik - part[1].loglik), len(set(covariates)))


def _check(rows: CoxRows) -> CoxPlan | Refusal:
    if rows.weights is not None or rows.offset is not None:
        raise ValueError("Firth's penalty is here without weights and without an offset.")
    return plan_cox(rows, what=WHAT)


def _idle(own: FirthPlan, names: tuple[str, ...]) -> str:
    still = np.flatnonzero(own.variation() <= 1e-9)
    if len(still):
        return f"{names[still[0]]} does not vary among those at risk together"
    return "a covariate follows from the others; drop one of them"


def _by_library(own: FirthPlan, conf_level: float) -> _Found | None:
    """Ask the library; None where it did not converge."""
    from firthmodels import FirthCoxPH

    plan = own.plan
    with warnings.catch_warnings():
        # what did not converge comes back as a flag or NaN, which is read below
        warnings.simplefilter("ignore")
        try:
            model: Any = FirthCoxPH(max_iter=500, max_halfstep=30, gtol=1e-9, xtol=1e-9).fit(
                plan.x, (plan.event, plan.time)
            )
            model.lrt()
            limits = model.conf_int(
                alpha=1.0 - conf_level, method="pl", max_iter=200, tol=1e-8
            ).copy()
        except np.linalg.LinAlgError:
            return None
    p_value = np.asarray(model.lrt_pvalues_, dtype=np.float64)
    if not model.converged_ or not np.isfinite(p_value).all():
        return None
    coef = np.asarray(model.coef_, dtype=np.float64)
    return _Found(coef=coef, p_value=p_value, limits=_mend(own, coef, limits, conf_level))


def _mend(
    own: FirthPlan, coef: FloatArray, limits: npt.NDArray[Any], conf_level: float
) -> FloatArray:
    """Find by our own search the limits that the library did not find."""
    lost = ~np.isfinite(limits).all(axis=1)
    for j in np.flatnonzero(lost).tolist():
        limits[j] = firth_limits(own, coef, j, conf_level=conf_level)
    return np.asarray(limits, dtype=np.float64)


def _by_own_code(own: FirthPlan, conf_level: float) -> _Found | Refusal:
    p = own.n_covariates
    full = maximise_firth(own, np.zeros(p), np.ones(p, dtype=bool))
    if full is None:
        return Refusal(WHAT, "the maximum was not found")
    coef, best = full
    p_value, limits = np.empty(p), np.empty((p, 2))
    for j in range(p):
        held = coef.copy()
        held[j] = 0.0
        part = maximise_firth(own, held, np.arange(p) != j)
        if part is None:
            return Refusal(WHAT, "the maximum without a covariate was not found")
        p_value[j] = chi_square(2.0 * (best.loglik - part[1].loglik), 1).p_value
        limits[j] = firth_limits(own, coef, j, conf_level=conf_level)
    return _Found(coef=coef, p_value=p_value, limits=limits)
