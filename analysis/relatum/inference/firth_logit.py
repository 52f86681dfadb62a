"""Logistic regression with a penalty, for few events and under separation.

Own code and not firthmodels: that stops at a step of 1e-4, gives NaN where it is asked for more
digits, and has neither FLIC nor FLAC nor the log-F penalty.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from scipy import special

from relatum.inference.common import FloatArray, Refusal, normal_quantile
from relatum.inference.cox import ChiSquare
from relatum.inference.logit_fits import (
    Found,
    Limits,
    LogitFit,
    check_settings,
    likelihood_ratio,
    make_fit,
)
from relatum.inference.logit_likelihood import LogitLikelihood, LogitSums
from relatum.inference.logit_profile import Peak, climb
from relatum.inference.logit_rows import LogitPlan, LogitRows, find_names, plan_logit

__all__ = [
    "FirthErrors",
    "firth_logit",
    "firth_logit_test",
    "flac_logit",
    "flic_logit",
    "log_f_logit",
]

FirthErrors = Literal["information", "augmented"]
WHAT, FLIC, FLAC, LOG_F = ("Firth logistic regression", "FLIC", "FLAC", "log-F logistic regression")


def firth_logit(
    rows: LogitRows,
    *,
    limits: Limits = "profile",
    errors: FirthErrors = "information",
    conf_level: float = 0.95,
) -> LogitFit | Refusal:
    """Estimate log odds ratios with Firth's penalty.

    Parameters
    ----------
    rows : LogitRows
    limits : {"profile", "wald"}
        Limits of the profile penalised likelihood with p values of the penalised likelihood ratio,
        or those of the errors, which are poor where the penalty matters.
    errors : {"information", "augmented"}
        By the information at the estimate (Heinze and Schemper, brglm2); or by that in which each
        row counts once more by its hat value (logistf 1.26, firthmodels): smaller.
    conf_level : float, default 0.95

    Returns
    -------
    LogitFit or Refusal
        A refusal for rows that `plan_logit` refuses, or where the maximum was not found.

    Raises
    ------
    ValueError
        For an unknown word, or a level that is not between 0 and 1.

    Notes
    -----
    Adds half the log determinant of the information to the log-likelihood (Firth 1993,
    doi:10.1093/biomet/80.1.27), which takes away the first-order bias and keeps estimate and limits
    finite under separation (Heinze and Schemper 2002, doi:10.1002/sim.1047). The mean of the
    predicted probabilities is drawn towards one half; for predictions use `flic_logit` or
    `flac_logit`. Takes rows as independent.

    Examples
    --------
    Of four women with contact all took a step back, of four without it none.

    >>> rows = LogitRows(outcome=[1, 1, 1, 1, 0, 0, 0, 0], covariates=[1, 1, 1, 1, 0, 0, 0, 0])
    >>> fit = firth_logit(rows)
    >>> round(float(fit.coef[1]), 4), round(float(fit.conf_low[1]), 4)
    (4.3944, 1.0504)
    """
    check_settings(limits, conf_level)
    if errors not in get_args(FirthErrors):
        raise ValueError(
            f"errors must be one of {', '.join(get_args(FirthErrors))}, not {errors!r}."
        )
    fit = _fit_firth(rows, WHAT)
    if isinstance(fit, Refusal):
        return fit
    used = fit.sums.information if errors == "information" else fit.sums.augmented
    found = Found(
        likelihood=fit.likelihood,
        peak=fit.peak,
        information=used,
        fitted=fit.sums.fitted,
        link="logit",
        penalty="Firth",
    )
    return make_fit(fit.plan, found, limits=limits, conf_level=conf_level, what=WHAT)


def firth_logit_test(rows: LogitRows, *, covariates: tuple[str, ...]) -> ChiSquare | Refusal:
    """Test that several coefficients are 0 together, by the penalised likelihood ratio.

    Parameters
    ----------
    rows : LogitRows
    covariates : tuple of str
        Names of those that are tested; "constant" is one.

    Returns
    -------
    ChiSquare or Refusal
        A refusal as `firth_logit` gives one.

    Raises
    ------
    ValueError
        For an unknown or no name.

    Notes
    -----
    The penalty keeps the information of all covariates also where coefficients are held at 0.

    Examples
    --------
    >>> rows = LogitRows(outcome=[1, 1, 1, 1, 0, 0, 0, 0], covariates=[1, 1, 1, 1, 0, 0, 0, 0])
    >>> round(firth_logit_test(rows, covariates=("covariate 1",)).p_value, 4)
    0.0067
    """
    tested = find_names(rows, covariates)
    fit = _fit_firth(rows, WHAT)
    if isinstance(fit, Refusal):
        return fit
    return likelihood_ratio(fit.likelihood, fit.peak, tested, what=WHAT)


def flic_logit(
    rows: LogitRows, *, limits: Limits = "profile", conf_level: float = 0.95
) -> LogitFit | Refusal:
    """Firth's estimates with a constant that makes the predictions right on average.

    Parameters
    ----------
    rows : LogitRows
    limits : {"profile", "wald"}
        Of the slopes. Those of the constant are always Wald's.
    conf_level : float, default 0.95

    Returns
    -------
    LogitFit or Refusal
        As `firth_logit`. Slopes, their limits, p values and the log-likelihoods are Firth's; the
        constant, its p value and limits, the fitted probabilities and `vcov` with the errors are
        those after the correction.

    Raises
    ------
    ValueError
        For an unknown word, or a level that is not between 0 and 1.

    Notes
    -----
    Puhr, Heinze, Nold, Lusa and Geroldinger 2017, doi:10.1002/sim.7273: the constant is estimated
    anew by maximum likelihood with the slopes held, so that the mean prediction is the share of
    outcomes. Errors are by the information at the corrected coefficients.

    Examples
    --------
    >>> rows = LogitRows(outcome=[1, 0, 0, 0, 0, 0], covariates=[1, 1, 0, 0, 0, 0])
    >>> round(float(firth_logit(rows).fitted.mean()), 4)
    0.2333
    >>> round(float(flic_logit(rows).fitted.mean()), 4)
    0.1667
    """
    fit = firth_logit(rows, limits=limits, conf_level=conf_level)
    if isinstance(fit, Refusal):
        return Refusal(FLIC, fit.why)
    plan = plan_logit(rows, what=FLIC)
    if isinstance(plan, Refusal):
        return plan
    likelihood = LogitLikelihood(plan)
    free = np.arange(plan.n_coef) == 0
    peak = climb(likelihood, fit.coef * plan.scale, free)
    if peak is None:
        return Refusal(FLIC, "the constant was not found")
    vcov = np.linalg.inv(peak.sums.information) / np.outer(plan.scale, plan.scale)
    error = np.sqrt(np.diag(vcov))
    constant = float(peak.coef[0] / plan.scale[0])
    reach = normal_quantile(conf_level) * float(error[0])
    p_value = float(2.0 * special.ndtr(-abs(constant) / error[0]))
    return replace(
        fit,
        coef=np.where(free, constant, fit.coef),
        std_error=error,
        vcov=vcov,
        p_value=np.where(free, p_value, fit.p_value),
        conf_low=np.where(free, constant - reach, fit.conf_low),
        conf_high=np.where(free, constant + reach, fit.conf_high),
        fitted=likelihood.describe(peak.coef).fitted,
        penalty="FLIC",
    )


def flac_logit(
    rows: LogitRows, *, limits: Limits = "profile", conf_level: float = 0.95
) -> LogitFit | Refusal:
    """Firth's pseudo-rows, marked by a covariate of their own.

    Parameters
    ----------
    rows : LogitRows
    limits : {"profile", "wald"}
    conf_level : float, default 0.95

    Returns
    -------
    LogitFit or Refusal
        As `firth_logit`. Errors, limits, p values and log-likelihoods are those of the fit with the
        pseudo-rows; `fitted` are the probabilities of the rows themselves.

    Raises
    ------
    ValueError
        For an unknown word, or a level that is not between 0 and 1.

    Notes
    -----
    Puhr and others 2017, doi:10.1002/sim.7273. Firth's estimate is that of maximum likelihood when
    each row is joined by two with half its hat value as weight, one with either outcome. FLAC lets
    these have a constant of their own, so that the mean prediction is the share of outcomes.

    Examples
    --------
    >>> rows = LogitRows(outcome=[1, 0, 0, 0, 0, 0], covariates=[1, 1, 0, 0, 0, 0])
    >>> fit = flac_logit(rows)
    >>> round(float(fit.fitted.mean()), 4)
    0.1667
    """
    check_settings(limits, conf_level)
    fit = _fit_firth(rows, FLAC)
    if isinstance(fit, Refusal):
        return fit
    plan, n = fit.plan, len(fit.plan.outcome)
    pseudo = np.repeat([0.0, 1.0, 1.0], n)
    added = replace(
        plan,
        columns=np.ascontiguousarray(np.vstack([np.tile(plan.columns, 3), pseudo])),
        outcome=np.concatenate([plan.outcome, plan.outcome, 1.0 - plan.outcome]),
        weights=np.concatenate([plan.weights, fit.sums.hat / 2.0, fit.sums.hat / 2.0]),
        offset=np.tile(plan.offset, 3),
        scale=np.append(plan.scale, 1.0),
        names=(*plan.names, "pseudo-row"),
        start=np.append(plan.start, 0.0),
    )
    return _fit_augmented(plan, added, "FLAC", limits=limits, conf_level=conf_level, what=FLAC)


def log_f_logit(
    rows: LogitRows, *, limits: Limits = "profile", conf_level: float = 0.95
) -> LogitFit | Refusal:
    """Estimate log odds ratios with a log-F(1, 1) penalty on each but the constant.

    Parameters
    ----------
    rows : LogitRows
        The penalty depends on the unit of a covariate: state ages in tens of years, say, so that
        odds ratios beyond 648 or below 1/648 per unit are not expected.
    limits : {"profile", "wald"}
    conf_level : float, default 0.95

    Returns
    -------
    LogitFit or Refusal
        As `firth_logit`.

    Raises
    ------
    ValueError
        For an unknown word, or a level that is not between 0 and 1.

    Notes
    -----
    Greenland and Mansournia 2015, doi:10.1002/sim.6537: the log-likelihood is joined by
    ``b / 2 - log(1 + exp(b))`` for each slope, the same as one row with that covariate alone at 1,
    no constant, and half an outcome. Read as a prior it says that the odds ratio per unit lies
    between 1/648 and 648 with probability .95. Unlike Firth's it does not depend on the data, and
    the constant stays free, so that the mean prediction is the share of outcomes.

    Examples
    --------
    >>> rows = LogitRows(outcome=[1, 1, 1, 1, 0, 0, 0, 0], covariates=[1, 1, 1, 1, 0, 0, 0, 0])
    >>> fit = log_f_logit(rows)
    >>> round(float(fit.coef[1]), 4), bool(np.isfinite(fit.conf_high[1]))
    (3.9773, True)
    """
    check_settings(limits, conf_level)
    plan = plan_logit(rows, what=LOG_F)
    if isinstance(plan, Refusal):
        return plan
    k = plan.n_coef - 1
    alone: FloatArray = np.vstack([np.zeros(k), np.diag(1.0 / plan.scale[1:])])
    added = replace(
        plan,
        columns=np.ascontiguousarray(np.hstack([plan.columns, alone])),
        outcome=np.append(plan.outcome, np.full(k, 0.5)),
        weights=np.append(plan.weights, np.ones(k)),
        offset=np.append(plan.offset, np.zeros(k)),
    )
    return _fit_augmented(
        plan, added, "log-F(1, 1)", limits=limits, conf_level=conf_level, what=LOG_F
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Firth:
    plan: LogitPlan
    likelihood: LogitLikelihood
    peak: Peak
    sums: LogitSums


def _fit_firth(rows: LogitRows, what: str) -> _Firth | Refusal:
    plan = plan_logit(rows, what=what)
    if isinstance(plan, Refusal):
        return plan
    likelihood = LogitLikelihood(plan, penalised=True)
    peak = climb(likelihood, plan.start, np.ones(plan.n_coef, dtype=bool))
    if peak is None:
        return Refusal(what, "the maximum was not found")
    return _Firth(plan=plan, likelihood=likelihood, peak=peak, sums=likelihood.describe(peak.coef))


def _fit_augmented(
    plan: LogitPlan,
    added: LogitPlan,
    penalty: str,
    *,
    limits: Limits,
    conf_level: float,
    what: str,
) -> LogitFit | Refusal:
    """Fit rows and pseudo-rows by maximum likelihood; report the coefficients of the plan."""
    likelihood = LogitLikelihood(added)
    # with pseudo-rows of either outcome there is always a maximum
    peak = climb(likelihood, added.start, np.ones(added.n_coef, dtype=bool))
    if peak is None:
        return Refusal(what, "the maximum was not found")
    found = Found(
        likelihood=likelihood,
        peak=peak,
        information=peak.sums.information,
        fitted=likelihood.describe(peak.coef).fitted[: len(plan.outcome)],
        link="logit",
        penalty=penalty,
    )
    return make_fit(plan, found, limits=limits, conf_level=conf_level, what=what)
