"""Logistic regression within cases: each case has a constant of its own, which drops out.

Given how many rows of a case have the outcome, the likelihood is that of Cox regression with exact
ties and cases as strata, so its sums are used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from relatum.inference.common import FloatArray, IntArray, Refusal, find_non_finite
from relatum.inference.cox import ChiSquare
from relatum.inference.cox_rows import CoxPlan, CoxRows, plan_cox
from relatum.inference.cox_sums import CoxSums, sum_exact
from relatum.inference.likelihood_newton import maximise
from relatum.inference.logit_fits import Limits, check_settings, infer, likelihood_ratio
from relatum.inference.logit_profile import Peak
from relatum.inference.logit_rows import BoolArray, LogitRows
from relatum.inference.logit_separated import (
    OneSidedLimit,
    keep_independent,
    one_sided_limit,
)
from relatum.inference.logit_within_cases import index_cases
from relatum.inference.separation import Cone, find_cone

__all__ = [
    "ConditionalFit",
    "conditional_logit",
    "conditional_logit_limit",
]

WHAT = "conditional logistic regression"
_FAR = 12.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConditionalFit:
    """Log odds ratios within cases.

    Attributes
    ----------
    names : tuple of str
    coef, std_error : ndarray, shape (k,)
    p_value, conf_low, conf_high : ndarray, shape (k,)
        By the likelihood ratio and the profile, or by the errors: see `limits`.
    vcov : ndarray, shape (k, k)
    loglik_null, loglik : float
        Conditional, at 0 and at the estimate.
    likelihood_ratio : ChiSquare
        Test that all coefficients are 0.
    n_informative, n_left_out : int
        Cases in which the outcome and some covariate vary, and the others, which say nothing.
    n_rows, n_events : int
        In the informative cases.
    limits : {"profile", "wald"}
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
    n_informative: int
    n_left_out: int
    n_rows: int
    n_events: int
    limits: Limits
    conf_level: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Cases:
    """The informative cases, sorted for the sums."""

    plan: CoxPlan
    names: tuple[str, ...]
    outcome: FloatArray
    covariates: FloatArray
    codes: IntArray
    n_left_out: int

    def evaluate(self, coef: FloatArray) -> CoxSums | None:
        with np.errstate(all="ignore"):
            # what is too far gives no finite likelihood, and is not used
            sums = sum_exact(self.plan, coef)
        finite = np.isfinite(sums.loglik) and np.isfinite(sums.information).all()
        return sums if finite else None


def conditional_logit(
    rows: LogitRows,
    strata: npt.ArrayLike,
    *,
    limits: Limits = "profile",
    conf_level: float = 0.95,
) -> ConditionalFit | Refusal:
    """Estimate log odds ratios within cases by exact conditional maximum likelihood.

    Parameters
    ----------
    rows : LogitRows
        Without weights and offset.
    strata : array_like, shape (n,)
        The case of each row.
    limits : {"profile", "wald"}
    conf_level : float, default 0.95

    Returns
    -------
    ConditionalFit or Refusal
        A refusal for values that are not finite, without covariates, where outcome and covariates
        vary together in no case, for a covariate that does not vary within those cases or follows
        from others there, and under separation within cases, which it describes;
        `conditional_logit_limit` then gives the limit that is left.

    Raises
    ------
    ValueError
        For weights or an offset, another number of cases than rows, an unknown word or a level
        that is not between 0 and 1.

    Notes
    -----
    Given the number of outcomes of a case, the probability of the rows that have them is
    proportional to the exponential of their summed predictors (Breslow and Day 1980). Whatever is
    the same in a whole case cancels out: it can neither be estimated nor distort. Costs rows times
    outcomes times the square of the covariates, per case.

    Examples
    --------
    >>> rows = LogitRows(outcome=[1, 0, 1, 0, 0, 1, 1, 0], covariates=[1, 0, 1, 0, 1, 0, 1, 0])
    >>> fit = conditional_logit(rows, [1, 1, 2, 2, 3, 3, 4, 4])
    >>> round(float(fit.coef[0]), 4), fit.n_informative
    (1.0986, 4)
    """
    check_settings(limits, conf_level)
    cases = _plan(rows, strata)
    if isinstance(cases, Refusal):
        return cases
    plan, names = cases.plan, cases.names
    found = maximise(
        lambda coef: sum_exact(plan, coef), np.ptp(plan.x, axis=0), names=names, what=WHAT
    )
    # what is far may be a maximum, or a likelihood too flat to climb
    if isinstance(found, Refusal) or np.ptp(plan.x @ found.coef) > _FAR:
        cone = _find_cone(cases)
        if cone.separated.any():
            return Refusal(WHAT, _describe(cone, names))
    if isinstance(found, Refusal):
        return found
    peak = Peak(coef=found.coef, sums=found.best)
    vcov = np.asarray(np.linalg.inv(found.best.information), dtype=np.float64)
    error = np.sqrt(np.diag(vcov))
    inferred = infer(cases, peak, error, limits=limits, conf_level=conf_level, what=WHAT)
    test = likelihood_ratio(cases, peak, np.ones(len(names), dtype=bool), what=WHAT)
    if isinstance(inferred, Refusal):
        return inferred
    if isinstance(test, Refusal):
        return test
    return ConditionalFit(
        names=names,
        coef=peak.coef / plan.scale,
        std_error=error / plan.scale,
        p_value=inferred.p_value,
        conf_low=inferred.conf_low / plan.scale,
        conf_high=inferred.conf_high / plan.scale,
        vcov=vcov / np.outer(plan.scale, plan.scale),
        loglik_null=found.null.loglik,
        loglik=found.best.loglik,
        likelihood_ratio=test,
        n_informative=len(plan.strata),
        n_left_out=cases.n_left_out,
        n_rows=len(cases.outcome),
        n_events=int(cases.outcome.sum()),
        limits=limits,
        conf_level=conf_level,
    )


def conditional_logit_limit(
    rows: LogitRows, strata: npt.ArrayLike, *, covariate: str, conf_level: float = 0.95
) -> OneSidedLimit | Refusal:
    """Find the profile limit that is left to a coefficient under separation within cases.

    Parameters
    ----------
    rows : LogitRows
        Without weights and offset.
    strata : array_like, shape (n,)
    covariate : str
    conf_level : float, default 0.95

    Returns
    -------
    OneSidedLimit or Refusal
        A refusal as `conditional_logit` gives one for other reasons than separation, for a
        coefficient whose estimate is finite or undetermined, and where another one runs away even
        with this one held.

    Raises
    ------
    ValueError
        For weights or an offset, another number of cases than rows, an unknown name, or a level
        that is not between 0 and 1.

    Notes
    -----
    As `relatum.inference.logit_separated.separated_logit_limit`, for the conditional likelihood.

    Examples
    --------
    In each of five cases the one woman with contact took a step back, the other did not.

    >>> rows = LogitRows(outcome=[1, 0] * 5, covariates=[1, 0] * 5, names=("contact",))
    >>> found = conditional_logit_limit(rows, np.repeat(range(5), 2), covariate="contact")
    >>> found.direction, round(found.limit, 4), round(found.p_value, 4)
    (1, 0.7585, 0.0085)
    """
    check_settings("profile", conf_level)
    if covariate not in rows.names:
        raise ValueError(f"no such covariate: {covariate}; there are {', '.join(rows.names)}.")
    column = rows.names.index(covariate)
    cases = _plan(rows, strata)
    if isinstance(cases, Refusal):
        return cases
    cone = _find_cone(cases)
    low, high = int(cone.low[column]), int(cone.high[column])
    if low and high:
        return Refusal(WHAT, f"the rows say nothing about {covariate} within cases")
    if not low + high:
        return Refusal(WHAT, f"the estimate of {covariate} is finite; it has both limits")
    if _find_cone(cases, without=column).separated.any():
        return Refusal(WHAT, f"another coefficient runs away with {covariate} held")
    top = _supremum(cases, ~cone.separated)
    if isinstance(top, Refusal):
        return top
    return one_sided_limit(
        cases,
        np.zeros(len(rows.names)),
        column,
        top=top,
        direction=low + high,
        name=covariate,
        conf_level=conf_level,
        scale=float(cases.plan.scale[column]),
        why=_describe(cone, rows.names),
    )


def _plan(rows: LogitRows, strata: npt.ArrayLike) -> _Cases | Refusal:
    if rows.weights is not None or rows.offset is not None:
        raise ValueError("the conditional likelihood takes no weights and no offset.")
    codes = index_cases(strata, len(rows.outcome))
    bad = find_non_finite(WHAT, {"outcomes": rows.outcome, "covariates": rows.covariates})
    if bad is not None:
        return bad
    if not rows.names:
        return Refusal(WHAT, "there is no covariate")
    used, n_cases = _informative(rows, codes)
    if not used.any():
        return Refusal(WHAT, "the outcome and a covariate vary together in no case")
    y, x = rows.outcome[used], rows.covariates[used]
    plan = plan_cox(
        CoxRows(
            time=np.ones(len(y)),
            event=y == 1.0,
            covariates=x,
            strata=codes[used],
            names=rows.names,
        ),
        what=WHAT,
    )
    if isinstance(plan, Refusal):
        return plan
    inside = np.unique(codes[used], return_inverse=True)[1].reshape(-1)
    return _Cases(
        plan=plan,
        names=rows.names,
        outcome=y,
        covariates=(x - plan.centre) / plan.scale,
        codes=inside.astype(np.int64),
        n_left_out=n_cases - len(plan.strata),
    )


def _informative(rows: LogitRows, codes: IntArray) -> tuple[BoolArray, int]:
    """Rows of the cases in which outcome and some covariate vary, and the number of all cases."""
    n_cases = int(codes.max()) + 1 if len(codes) else 0
    both = np.column_stack([rows.outcome, rows.covariates])
    low, high = (np.full((n_cases, both.shape[1]), end) for end in (np.inf, -np.inf))
    np.minimum.at(low, codes, both)
    np.maximum.at(high, codes, both)
    varies = high > low
    return (varies[:, 0] & varies[:, 1:].any(axis=1))[codes], n_cases


def _supremum(cases: _Cases, tied: BoolArray) -> float | Refusal:
    """Supremum of the log-likelihood: in the limit only tied rows of a case are left to choose."""
    y, codes = cases.outcome[tied], cases.codes[tied]
    counts = np.bincount(codes)
    x = cases.covariates[tied]
    means = np.column_stack([np.bincount(codes, weights=column) for column in x.T])[codes]
    inside = keep_independent((x - means / counts[codes][:, None]).T).T if len(y) else x
    if not inside.size:
        events = np.bincount(codes, weights=y)
        ways = gammaln(counts + 1) - gammaln(events + 1) - gammaln(counts - events + 1)
        return -float(ways.sum())
    found = conditional_logit(LogitRows(outcome=y, covariates=inside), codes, limits="wald")
    return found if isinstance(found, Refusal) else found.loglik


def _find_cone(cases: _Cases, *, without: int | None = None) -> Cone:
    """Directions in which the conditional likelihood never falls.

    They are those of the likelihood with a constant for each case: one separates the outcomes
    within every case if and only if some constants let the other do so.
    """
    x = cases.covariates
    if without is not None:
        x = np.delete(x, without, axis=1)
    dummies = cases.codes[:, None] == np.arange(int(cases.codes.max()) + 1)
    design = np.column_stack([x, dummies.astype(np.float64)])
    return find_cone(design, cases.outcome == 1.0, x.shape[1])


def _describe(cone: Cone, names: tuple[str, ...]) -> str:
    parts = []
    for name, low, high in zip(names, cone.low.tolist(), cone.high.tolist(), strict=True):
        if low and high:
            parts.append(f"that of {name} is undetermined")
        elif low or high:
            word = "grows" if high else "falls"
            parts.append(f"the coefficient of {name} {word} without limit")
    return "separation within cases: " + ", ".join(parts)
