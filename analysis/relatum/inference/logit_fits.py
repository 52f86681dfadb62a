"""What a logistic fit tells, and how it is made from a maximum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.common import FloatArray, Refusal, check_conf_level, normal_quantile
from relatum.inference.cox import ChiSquare, chi_square
from relatum.inference.logit_profile import Likelihood, Peak, drop_statistic, profile_limits
from relatum.inference.logit_rows import LogitPlan

__all__ = [
    "Found",
    "Inferred",
    "Limits",
    "Link",
    "LogitFit",
    "check_settings",
    "infer",
    "likelihood_ratio",
    "make_fit",
]

Limits = Literal["profile", "wald"]
Link = Literal["logit", "probit"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogitFit:
    """Coefficients on the scale of the linear predictor, that of the constant first.

    Attributes
    ----------
    names : tuple of str
        "constant", and the covariates.
    coef, std_error : ndarray, shape (k + 1,)
    p_value, conf_low, conf_high : ndarray, shape (k + 1,)
        By the likelihood ratio and the profile, or by the errors (Wald): see `limits`.
    vcov : ndarray, shape (k + 1, k + 1)
    loglik_null, loglik : float
        Without and with the covariates; penalised where there is a penalty.
    likelihood_ratio : ChiSquare or None
        Test that all coefficients but the constant are 0; None without covariates.
    fitted : ndarray, shape (n_rows,)
        Predicted probabilities of the rows with a weight above 0.
    n_rows, n_events : int
        Rows with a weight above 0, and those with outcome 1.
    link : {"logit", "probit"}
    penalty : str
        "none", "Firth", "FLIC", "FLAC" or "log-F(1, 1)".
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
    likelihood_ratio: ChiSquare | None
    fitted: FloatArray
    n_rows: int
    n_events: int
    link: Link
    penalty: str
    limits: Limits
    conf_level: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inferred:
    """P values and limits of coefficients, in the unit of the likelihood.

    Attributes
    ----------
    p_value, conf_low, conf_high : ndarray, shape (k,)
    """

    p_value: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray


def check_settings(limits: str, conf_level: float) -> None:
    """Raise ValueError unless the word for limits is known and the level between 0 and 1."""
    check_conf_level(conf_level)
    if limits not in get_args(Limits):
        raise ValueError(f"limits must be one of {', '.join(get_args(Limits))}, not {limits!r}.")


def infer(
    likelihood: Likelihood,
    peak: Peak,
    error: FloatArray,
    *,
    limits: Limits,
    conf_level: float,
    what: str,
) -> Inferred | Refusal:
    """Test each coefficient and give it limits.

    Parameters
    ----------
    likelihood : Likelihood
    peak : Peak
    error : ndarray, shape (k,)
        For Wald's limits.
    limits : {"profile", "wald"}
    conf_level : float
    what : str
        The name of the quantity, for a refusal.

    Returns
    -------
    Inferred or Refusal
        A refusal where a maximum without one of the coefficients, or a limit, was not found.
    """
    if limits == "wald":
        reach = normal_quantile(conf_level) * error
        p_value = 2.0 * special.ndtr(-np.abs(peak.coef / error))
        return Inferred(
            p_value=np.asarray(p_value),
            conf_low=peak.coef - reach,
            conf_high=peak.coef + reach,
        )
    p_value, ends = np.empty(len(error)), np.empty((len(error), 2))
    for j in range(len(error)):
        lost = drop_statistic(likelihood, peak, np.arange(len(error)) == j)
        if lost is None:
            return Refusal(what, "the maximum without a covariate was not found")
        found = profile_limits(likelihood, peak, j, conf_level=conf_level)
        if found is None:
            return Refusal(what, "a profile limit was not found; ask for Wald limits")
        p_value[j], ends[j] = special.chdtrc(1, lost), found
    return Inferred(p_value=p_value, conf_low=ends[:, 0], conf_high=ends[:, 1])


def likelihood_ratio(
    likelihood: Likelihood, peak: Peak, tested: npt.NDArray[np.bool_], *, what: str
) -> ChiSquare | Refusal:
    """Test that several coefficients are 0 together.

    Parameters
    ----------
    likelihood : Likelihood
    peak : Peak
    tested : ndarray of bool, shape (k,)
    what : str
        The name of the quantity, for a refusal.

    Returns
    -------
    ChiSquare or Refusal
        A refusal where there is no maximum without them.
    """
    lost = drop_statistic(likelihood, peak, tested)
    if lost is None:
        return Refusal(what, "the maximum without the covariates was not found")
    return chi_square(lost, int(tested.sum()))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """A maximum and what belongs to it, in the unit of the plan.

    Attributes
    ----------
    likelihood : Likelihood
    peak : Peak
    information : ndarray, shape (m, m)
        Its inverse gives the errors. Of all coefficients of the likelihood; the first are reported.
    fitted : ndarray, shape (n,)
    link : {"logit", "probit"}
    penalty : str
    """

    likelihood: Likelihood
    peak: Peak
    information: FloatArray
    fitted: FloatArray
    link: Link
    penalty: str


def make_fit(
    plan: LogitPlan, found: Found, *, limits: Limits, conf_level: float, what: str
) -> LogitFit | Refusal:
    """Turn a maximum into a fit in the units of the covariates.

    Parameters
    ----------
    plan : LogitPlan
    found : Found
        Its likelihood may have more coefficients than the plan; those are not reported.
    limits : {"profile", "wald"}
    conf_level : float
    what : str
        The name of the quantity, for a refusal.

    Returns
    -------
    LogitFit or Refusal
        A refusal where a maximum without some coefficients was not found.
    """
    k, scale = plan.n_coef, plan.scale
    tested = np.isin(np.arange(len(found.peak.coef)), np.arange(1, k))
    test = likelihood_ratio(found.likelihood, found.peak, tested, what=what) if k > 1 else None
    if isinstance(test, Refusal):
        return test
    vcov = np.asarray(np.linalg.inv(found.information), dtype=np.float64)
    error = np.sqrt(np.diag(vcov))
    inferred = infer(
        found.likelihood, found.peak, error, limits=limits, conf_level=conf_level, what=what
    )
    if isinstance(inferred, Refusal):
        return inferred
    loglik = found.peak.sums.loglik
    return LogitFit(
        names=plan.names,
        coef=found.peak.coef[:k] / scale,
        std_error=error[:k] / scale,
        p_value=inferred.p_value[:k],
        conf_low=inferred.conf_low[:k] / scale,
        conf_high=inferred.conf_high[:k] / scale,
        vcov=vcov[:k, :k] / np.outer(scale, scale),
        loglik_null=loglik if test is None else loglik - test.statistic / 2.0,
        loglik=loglik,
        likelihood_ratio=test,
        fitted=found.fitted,
        n_rows=len(plan.outcome),
        n_events=int(plan.outcome.sum()),
        link=found.link,
        penalty=found.penalty,
        limits=limits,
        conf_level=conf_level,
    )
