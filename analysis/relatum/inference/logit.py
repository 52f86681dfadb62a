"""Logistic and probit regression by maximum likelihood, with errors, profile limits and tests."""

from __future__ import annotations

import numpy as np
from scipy import special

from relatum.inference.common import FloatArray, Refusal
from relatum.inference.cox import ChiSquare
from relatum.inference.logit_fits import (
    Found,
    Limits,
    LogitFit,
    check_settings,
    likelihood_ratio,
    make_fit,
)
from relatum.inference.logit_likelihood import LogitLikelihood, ProbitLikelihood
from relatum.inference.logit_profile import Likelihood, Peak, climb
from relatum.inference.logit_rows import LogitPlan, LogitRows, find_names, plan_logit
from relatum.inference.separation import separate_plan

__all__ = ["logit_regression", "logit_test", "maximise_logit", "probit_regression"]

WHAT = "logistic regression"
PROBIT = "probit regression"
_FAR, _FAR_PROBIT, _FAINT = 12.0, 4.5, 1e-7


def logit_regression(
    rows: LogitRows, *, limits: Limits = "profile", conf_level: float = 0.95
) -> LogitFit | Refusal:
    """Estimate log odds ratios by maximum likelihood.

    Parameters
    ----------
    rows : LogitRows
    limits : {"profile", "wald"}
        Profile limits with likelihood-ratio p values, or those of the errors.
    conf_level : float, default 0.95

    Returns
    -------
    LogitFit or Refusal
        A refusal for rows that `plan_logit` refuses, and under separation: it says whether that is
        complete, and which coefficients go where. `firth_logit` then still gives an estimate, and
        `separated_logit_limit` the limit on the side that exists.

    Raises
    ------
    ValueError
        For an unknown word, or a level that is not between 0 and 1.

    Notes
    -----
    Takes rows as independent; with rows in cases see `robust`, `wild_scores`, `logit_conditional`.
    With few events for each covariate the estimate is biased away from 0; `firth_logit` is less so.

    Examples
    --------
    >>> rows = LogitRows(outcome=[1, 0, 1, 1, 0, 0, 1, 0], covariates=[1, 0, 1, 1, 1, 0, 0, 0])
    >>> fit = logit_regression(rows)
    >>> round(float(fit.coef[1]), 4), round(float(fit.p_value[1]), 4)
    (2.1972, 0.148)
    """
    check_settings(limits, conf_level)
    plan = plan_logit(rows, what=WHAT)
    if isinstance(plan, Refusal):
        return plan
    likelihood = LogitLikelihood(plan)
    peak = maximise_logit(likelihood, plan, what=WHAT)
    if isinstance(peak, Refusal):
        return peak
    found = Found(
        likelihood=likelihood,
        peak=peak,
        information=peak.sums.information,
        fitted=likelihood.describe(peak.coef).fitted,
        link="logit",
        penalty="none",
    )
    return make_fit(plan, found, limits=limits, conf_level=conf_level, what=WHAT)


def probit_regression(
    rows: LogitRows, *, limits: Limits = "profile", conf_level: float = 0.95
) -> LogitFit | Refusal:
    """Estimate a probit model by maximum likelihood.

    Parameters
    ----------
    rows : LogitRows
    limits : {"profile", "wald"}
    conf_level : float, default 0.95

    Returns
    -------
    LogitFit or Refusal
        As `logit_regression`.

    Raises
    ------
    ValueError
        For an unknown word, or a level that is not between 0 and 1.

    Notes
    -----
    The probability is the normal distribution function of the linear predictor; errors are by the
    expected information, as those of R's `glm`.

    Examples
    --------
    >>> rows = LogitRows(outcome=[1, 0, 1, 1, 0, 0, 1, 0], covariates=[1, 0, 1, 1, 1, 0, 0, 0])
    >>> probit_regression(rows).coef.round(4)
    array([-0.6745,  1.349 ])
    """
    check_settings(limits, conf_level)
    plan = plan_logit(rows, what=PROBIT)
    if isinstance(plan, Refusal):
        return plan
    likelihood = ProbitLikelihood(plan)
    peak = maximise_logit(likelihood, plan, what=PROBIT, far=_FAR_PROBIT)
    if isinstance(peak, Refusal):
        return peak
    found = Found(
        likelihood=likelihood,
        peak=peak,
        information=likelihood.expect(peak.coef),
        fitted=np.asarray(special.ndtr(plan.offset + peak.coef @ plan.columns)),
        link="probit",
        penalty="none",
    )
    return make_fit(plan, found, limits=limits, conf_level=conf_level, what=PROBIT)


def logit_test(rows: LogitRows, *, covariates: tuple[str, ...]) -> ChiSquare | Refusal:
    """Test that several coefficients are 0 together, by the likelihood ratio.

    Parameters
    ----------
    rows : LogitRows
    covariates : tuple of str
        Names of those that are tested; "constant" is one.

    Returns
    -------
    ChiSquare or Refusal
        A refusal as `logit_regression` gives one.

    Raises
    ------
    ValueError
        For an unknown or no name.

    Examples
    --------
    >>> rows = LogitRows(outcome=[1, 0, 1, 1, 0, 0, 1, 0], covariates=[1, 0, 1, 1, 1, 0, 0, 0])
    >>> round(logit_test(rows, covariates=("covariate 1",)).statistic, 4)
    2.093
    """
    tested = find_names(rows, covariates)
    plan = plan_logit(rows, what=WHAT)
    if isinstance(plan, Refusal):
        return plan
    likelihood = LogitLikelihood(plan)
    peak = maximise_logit(likelihood, plan, what=WHAT)
    if isinstance(peak, Refusal):
        return peak
    return likelihood_ratio(likelihood, peak, tested, what=WHAT)


def maximise_logit(
    likelihood: Likelihood, plan: LogitPlan, *, what: str, far: float = _FAR
) -> Peak | Refusal:
    """Maximise an unpenalised likelihood; under separation, say so.

    Parameters
    ----------
    likelihood : Likelihood
        Over the rows of the plan, logit or probit: separation is the same for both.
    plan : LogitPlan
    what : str
        The name of the quantity, for a refusal.
    far : float
        From a linear predictor of this size on, a linear programme tells whether the maximum is
        one, or the likelihood but too flat to climb.

    Returns
    -------
    Peak or Refusal
    """
    # the log odds of all rows start a probit well enough
    peak = climb(likelihood, plan.start, np.ones(plan.n_coef, dtype=bool))
    if peak is not None and _is_plain(plan, peak, far):
        return peak
    found = separate_plan(plan)
    if found.kind != "none":
        return Refusal(what, found.describe())
    return Refusal(what, "the maximum was not found") if peak is None else peak


def _is_plain(plan: LogitPlan, peak: Peak, far: float) -> bool:
    """Say whether a maximum is beyond doubt, so that no linear programme is needed."""
    eta: FloatArray = plan.offset + peak.coef @ plan.columns
    diagonal = np.diag(peak.sums.information)
    weight = plan.weights @ plan.columns.T**2
    return bool(np.abs(eta).max() < far and (diagonal > _FAINT * weight).all())
