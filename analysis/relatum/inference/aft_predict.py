"""What an accelerated failure time fit says: times to come, and ratios of hazards or odds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.aft import AftFit
from relatum.inference.aft_terms import log_quantile
from relatum.inference.common import FloatArray, IntArray, Refusal, as_matrix, normal_quantile

__all__ = ["PredictedTimes", "RelativeCoefficients", "predict_times", "relative_coefficients"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PredictedTimes:
    """Times by which given shares have had the event.

    Attributes
    ----------
    estimate, conf_low, conf_high : ndarray, shape (m, q)
        A row per prediction, a column per probability. Limits are symmetric in the log of time.
    probabilities : tuple of float
    conf_level : float
    """

    estimate: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray
    probabilities: tuple[float, ...]
    conf_level: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RelativeCoefficients:
    """Covariates on the scale of hazards or odds.

    Attributes
    ----------
    names : tuple of str
        Without the constant.
    measure : {"log hazard ratio", "log odds ratio"}
    coef, std_error, p_value, conf_low, conf_high : ndarray, shape (p,)
    """

    names: tuple[str, ...]
    measure: str
    coef: FloatArray
    std_error: FloatArray
    p_value: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray


def predict_times(
    fit: AftFit,
    covariates: npt.ArrayLike,
    *,
    probabilities: tuple[float, ...] = (0.1, 0.5),
    strata: npt.ArrayLike | None = None,
) -> PredictedTimes:
    """Predict the times by which given shares have had the event.

    Parameters
    ----------
    fit : AftFit
    covariates : array_like, shape (m, p)
        One row per prediction, without the constant.
    probabilities : tuple of float
        Shares that have had the event; 0.5 gives the median.
    strata : array_like, shape (m,), optional
        Labels of strata; needed where the fit has several scales.

    Returns
    -------
    PredictedTimes
        Limits are for the quantile, not for the time of one person; a limit that no number holds is
        infinite.

    Raises
    ------
    ValueError
        For another number of covariates than the fit has, a probability that is not between 0 and
        1, or strata that are missing or unknown.

    Examples
    --------
    >>> from relatum.inference.aft import AftRows, accelerated_failure_time
    >>> rows = AftRows(left=[1.0, 2, 4, 7], right=[1.0, 2, 4, np.inf], covariates=np.empty((4, 0)))
    >>> fit = accelerated_failure_time(rows, distribution="exponential")
    >>> predict_times(fit, np.empty((1, 0)), probabilities=(0.5,)).estimate.round(3)
    array([[3.235]])
    """
    x = as_matrix(covariates, name="covariates")
    if x.shape[1] != len(fit.names) - 1:
        raise ValueError(f"{x.shape[1]} covariates for a fit with {len(fit.names) - 1}.")
    if not probabilities or not all(0.0 < p < 1.0 for p in probabilities):
        raise ValueError("probabilities must lie between 0 and 1.")
    codes = _match_strata(fit, strata, len(x))
    x = np.column_stack([np.ones(len(x)), x])
    step = log_quantile(probabilities, distribution=fit.distribution)
    middle = (x @ fit.coef)[:, None] + fit.scale[codes][:, None] * step
    reach = np.empty_like(middle)
    for j in range(len(step)):
        slope = x
        if fit.log_scale_error is not None:
            mine = codes[:, None] == np.arange(len(fit.scale))
            slope = np.hstack([x, mine * (fit.scale[codes] * step[j])[:, None]])
        reach[:, j] = np.sqrt(((slope @ fit.vcov) * slope).sum(axis=1))
    reach *= normal_quantile(fit.conf_level)
    with np.errstate(over="ignore"):
        estimate, low, high = np.exp(middle), np.exp(middle - reach), np.exp(middle + reach)
    return PredictedTimes(
        estimate=estimate,
        conf_low=low,
        conf_high=high,
        probabilities=tuple(probabilities),
        conf_level=fit.conf_level,
    )


def _match_strata(fit: AftFit, strata: npt.ArrayLike | None, n: int) -> IntArray:
    if len(fit.scale) == 1:
        return np.zeros(n, dtype=np.int64)
    asked = [] if strata is None else np.asarray(strata).tolist()
    known = {label: i for i, label in enumerate(fit.scale_labels)}
    if len(asked) != n or not set(asked) <= set(known):
        raise ValueError("strata must hold one of the fitted strata for each row.")
    return np.array([known[label] for label in asked], dtype=np.int64)


def relative_coefficients(fit: AftFit) -> RelativeCoefficients | Refusal:
    """Turn coefficients of log time into log hazard or log odds ratios.

    Parameters
    ----------
    fit : AftFit

    Returns
    -------
    RelativeCoefficients or Refusal
        Above 0 where the event comes sooner. A refusal for the log-normal, in which neither ratio
        is constant over time, and for several scales.

    Notes
    -----
    -coef / scale: the Weibull and the exponential also have proportional hazards, the log-logistic
    proportional odds of having had the event. Errors by the delta method from `vcov`.

    Examples
    --------
    >>> from relatum.inference.aft import AftRows, accelerated_failure_time
    >>> rows = AftRows(
    ...     left=[1.0, 2, 4, 7], right=[1.0, 2, 4, 9], covariates=[1.0, 0, 1, 0], names=("x",)
    ... )
    >>> found = relative_coefficients(accelerated_failure_time(rows))
    >>> found.measure, found.coef.round(3)
    ('log hazard ratio', array([1.182]))
    """
    what = "relative coefficients"
    if fit.distribution == "lognormal":
        return Refusal(what, "under a log-normal no ratio of hazards or odds is constant over time")
    if len(fit.scale) > 1:
        return Refusal(what, "with a scale per stratum no ratio is constant over time")
    p, scale = len(fit.names), float(fit.scale[0])
    coef = -fit.coef[1:] / scale
    slope = np.zeros((p - 1, len(fit.vcov)))
    slope[:, 1:p] = -np.eye(p - 1) / scale
    if fit.log_scale_error is not None:
        slope[:, p] = -coef
    error = np.sqrt(np.diag(slope @ fit.vcov @ slope.T))
    reach = normal_quantile(fit.conf_level) * error
    statistic = np.divide(coef, error, out=np.zeros_like(coef), where=error > 0)
    odds = fit.distribution == "loglogistic"
    return RelativeCoefficients(
        names=fit.names[1:],
        measure="log odds ratio" if odds else "log hazard ratio",
        coef=coef,
        std_error=error,
        p_value=np.asarray(2.0 * special.ndtr(-np.abs(statistic))),
        conf_low=coef - reach,
        conf_high=coef + reach,
    )
