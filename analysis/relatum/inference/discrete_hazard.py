"""Hazard in discrete time from one row per subject and period: a binomial regression.

Own Fisher scoring: that of statsmodels decomposes the design anew in each step, which takes a
minute for the person-weeks of 432 people, and its cluster-robust errors take the observed
information where R's sandwich takes the expected one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.clusters import index_clusters
from relatum.inference.common import (
    FloatArray,
    Refusal,
    as_matrix,
    as_vector,
    check_conf_level,
    find_non_finite,
    normal_quantile,
)
from relatum.inference.cox_sums import sum_rows
from relatum.inference.products import invert_information

__all__ = ["DiscreteHazardFit", "PersonPeriods", "discrete_hazard"]

Link = Literal["cloglog", "logit"]
Baseline = Literal["periods", "log-period"]
WHAT = "discrete-time hazard"
_FAR = 15.0
_STEPS = 200
_TINY = 1e-300
_WIDE, _NARROW = 690.0, 6.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PersonPeriods:
    """One row for each period in which a subject is at risk at its start.

    Attributes
    ----------
    period : ndarray, shape (n,)
        Number of the period, from 1.
    event : ndarray of bool, shape (n,)
        Whether the event falls in the period; a censored last period counts as without.
    covariates : ndarray, shape (n, p)
        Without a constant; they may change from period to period.
    names : tuple of str
        A name per covariate; by default "covariate 1" and so on.

    Raises
    ------
    ValueError
        For lengths that differ, periods that are not above 0, or events other than true and false.
    """

    period: FloatArray
    event: FloatArray
    covariates: FloatArray
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        period = as_vector(self.period, name="period")
        event = as_vector(self.event, name="event", length=len(period))
        x = as_matrix(self.covariates, name="covariates", length=len(period))
        if not (np.isfinite(period) & (period > 0)).all():
            raise ValueError("period must be finite and above 0.")
        if not np.isin(event, (0.0, 1.0)).all():
            raise ValueError("event must hold only true and false (1 and 0).")
        names = self.names or tuple(f"covariate {j + 1}" for j in range(x.shape[1]))
        if len(names) != x.shape[1]:
            raise ValueError(f"{len(names)} names for {x.shape[1]} covariates.")
        values = {"period": period, "event": event, "covariates": x, "names": names}
        for name, value in values.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DiscreteHazardFit:
    """Coefficients of the transformed hazard.

    Attributes
    ----------
    names : tuple of str
        First the baseline ("period 1" and so on, or "constant" and "log period"), then the
        covariates.
    coef, std_error, statistic, p_value, conf_low, conf_high : ndarray, shape (k,)
        Errors are robust where clusters were given. With the complementary log-log link the
        coefficient of a covariate is a log hazard ratio, with the logit a log odds ratio.
    vcov : ndarray, shape (k, k)
    model_error : ndarray, shape (k,)
        Errors by the inverse expected information.
    loglik, deviance, aic : float
    periods_left_out : tuple of float
        Periods without an event, whose rows say nothing where each period has its own hazard.
    n_rows, n_events : int
        Of those that were used.
    n_clusters : int or None
    link : {"cloglog", "logit"}
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
    loglik: float
    deviance: float
    aic: float
    periods_left_out: tuple[float, ...]
    n_rows: int
    n_events: int
    n_clusters: int | None
    link: Link
    conf_level: float


def discrete_hazard(
    rows: PersonPeriods,
    *,
    link: Link = "cloglog",
    baseline: Baseline = "periods",
    cluster: npt.ArrayLike | None = None,
    conf_level: float = 0.95,
) -> DiscreteHazardFit | Refusal:
    """Estimate how covariates go with the hazard in periods.

    Parameters
    ----------
    rows : PersonPeriods
    link : {"cloglog", "logit"}, default "cloglog"
    baseline : {"periods", "log-period"}, default "periods"
        A hazard for each period, or one that follows the logarithm of its number.
    cluster : array_like, shape (n,), optional
        Cluster of each row, for robust errors. The rows of one subject need none of their own: the
        likelihood of a single event is a product over its periods.
    conf_level : float, default 0.95

    Returns
    -------
    DiscreteHazardFit or Refusal
        A refusal without an event or with nothing but events, for values that are not finite,
        covariates that follow from others, one cluster, and estimates that do not converge because
        a covariate tells the events apart.

    Raises
    ------
    ValueError
        For an unknown word, another number of labels than rows, or a level that is not between
        0 and 1.

    Notes
    -----
    With the complementary log-log link it is the grouped proportional hazards model (Prentice and
    Gloeckler 1978, doi:10.2307/2529588). Robust variance: scores summed by cluster between
    two inverses of the expected information, with no small-sample factor.

    Examples
    --------
    >>> rows = PersonPeriods(
    ...     period=np.array([1, 2, 1, 1, 2, 1, 2, 1]),
    ...     event=np.array([0, 1, 1, 1, 0, 0, 1, 0]),
    ...     covariates=np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]),
    ... )
    >>> fit = discrete_hazard(rows)
    >>> fit.names, round(float(fit.coef[-1]), 3)
    (('period 1', 'period 2', 'covariate 1'), 0.403)
    """
    check_conf_level(conf_level)
    if link not in get_args(Link) or baseline not in get_args(Baseline):
        raise ValueError("link must be 'cloglog' or 'logit', baseline 'periods' or 'log-period'.")
    labels = None if cluster is None else index_clusters(cluster)
    if labels is not None and labels.n_rows != len(rows.period):
        raise ValueError(f"cluster has {labels.n_rows} labels for {len(rows.period)} rows.")
    bad = find_non_finite(WHAT, {"covariates": rows.covariates})
    if bad is not None:
        return bad
    if labels is not None and labels.n_clusters < 2:
        return Refusal(WHAT, "there is one cluster")
    used, design, names, empty = _design(rows, baseline)
    y = rows.event[used]
    if not len(y) or np.ptp(y) == 0:
        return Refusal(WHAT, "there is no event" if not rows.event.any() else "all rows have it")
    inverse = invert_information(design.T @ design, what=WHAT)
    if isinstance(inverse, Refusal):
        return inverse
    codes = None if labels is None else labels.codes[used]
    return _fit(y, design, codes, _Words(names=names, link=link, level=conf_level, empty=empty))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    names: tuple[str, ...]
    link: Link
    level: float
    empty: tuple[float, ...]


def _design(
    rows: PersonPeriods, baseline: Baseline
) -> tuple[npt.NDArray[np.bool_], FloatArray, tuple[str, ...], tuple[float, ...]]:
    """Rows used, their design, its names, and the periods left out."""
    n = len(rows.period)
    if baseline == "log-period":
        first = np.column_stack([np.ones(n), np.log(rows.period)])
        names = ("constant", "log period", *rows.names)
        return np.ones(n, dtype=bool), np.column_stack([first, rows.covariates]), names, ()
    periods, index = np.unique(rows.period, return_inverse=True)
    kept = np.bincount(index, weights=rows.event, minlength=len(periods)) > 0
    used = kept[index]
    dummies = (rows.period[used][:, None] == periods[kept]).astype(np.float64)
    names = (*(f"period {period:g}" for period in periods[kept].tolist()), *rows.names)
    design = np.column_stack([dummies, rows.covariates[used]])
    return used, design, names, tuple(periods[~kept].tolist())


def _fit(
    y: FloatArray, design: FloatArray, codes: npt.NDArray[np.int64] | None, words: _Words
) -> DiscreteHazardFit | Refusal:
    coef = _score_to_maximum(y, design, words.link)
    if coef is None:
        return Refusal(WHAT, "the maximum was not found")
    far = np.abs(coef) * np.ptp(np.vstack([design, np.zeros(design.shape[1])]), axis=0)
    if far.max() > _FAR:
        worst = words.names[int(np.argmax(far))]
        return Refusal(WHAT, f"the coefficient of {worst} grows for ever; it tells events apart")
    at = _evaluate(y, design, coef, words.link)
    gradient, information = design * at.score[:, None], at.information
    model_vcov = invert_information(information, what=WHAT)
    if isinstance(model_vcov, Refusal):
        return model_vcov
    if np.abs(gradient.sum(axis=0) @ model_vcov / np.sqrt(np.diag(model_vcov))).max() > 1e-4:
        return Refusal(WHAT, "it did not converge")
    vcov = model_vcov
    if codes is not None:
        scores = sum_rows(gradient, codes)
        vcov = model_vcov @ (scores.T @ scores) @ model_vcov
    error = np.sqrt(np.diag(vcov))
    reach = normal_quantile(words.level) * error
    return DiscreteHazardFit(
        names=words.names,
        coef=coef,
        std_error=error,
        statistic=coef / error,
        p_value=np.asarray(2.0 * special.ndtr(-np.abs(coef / error))),
        conf_low=coef - reach,
        conf_high=coef + reach,
        vcov=vcov,
        model_error=np.sqrt(np.diag(model_vcov)),
        loglik=at.loglik,
        deviance=-2.0 * at.loglik,
        aic=-2.0 * at.loglik + 2.0 * len(coef),
        periods_left_out=words.empty,
        n_rows=len(y),
        n_events=int(y.sum()),
        n_clusters=None if codes is None else len(np.unique(codes)),
        link=words.link,
        conf_level=words.level,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _At:
    """Log likelihood, scores of the rows by the linear predictor, and expected information."""

    loglik: float
    score: FloatArray
    information: FloatArray


def _evaluate(y: FloatArray, design: FloatArray, coef: FloatArray, link: Link) -> _At:
    eta = design @ coef
    if link == "logit":
        mean = special.expit(eta)
        slope = np.ones(len(y))
        logs = -np.logaddexp(0.0, np.where(y > 0, -eta, eta))
    else:
        # log(1 - mean) = -exp(eta); the derivative of the mean is exp(eta - exp(eta))
        rate = np.exp(np.clip(eta, -_WIDE, _NARROW))
        mean = np.clip(-np.expm1(-rate), _TINY, 1.0 - _TINY)
        slope = rate / mean
        logs = np.where(y > 0, np.log(mean), -rate)
    weight = slope**2 * np.clip(mean * (1.0 - mean), _TINY, None)
    return _At(
        loglik=float(logs.sum()),
        score=(y - mean) * slope,
        information=design.T @ (weight[:, None] * design),
    )


def _score_to_maximum(y: FloatArray, design: FloatArray, link: Link) -> FloatArray | None:
    """Climb by Fisher scoring from the overall share, halving steps that go down."""
    coef = np.zeros(design.shape[1])
    share = y.mean()
    start = np.log(-np.log1p(-share)) if link == "cloglog" else special.logit(share)
    # the periods, or the constant, add up to a column of ones
    coef[: _n_baseline(design)] = start
    now = _evaluate(y, design, coef, link)
    for _ in range(_STEPS):
        try:
            step = np.linalg.solve(now.information, design.T @ now.score)
        except np.linalg.LinAlgError:
            return None
        following = _evaluate(y, design, coef + step, link)
        while following.loglik < now.loglik - 1e-12 * abs(now.loglik):
            step = step / 2.0
            if np.abs(step).max() < 1e-14:
                break
            following = _evaluate(y, design, coef + step, link)
        coef, now = coef + step, following
        if np.abs(step).max() < 1e-11 * max(1.0, float(np.abs(coef).max())):
            break
    return coef if np.isfinite(coef).all() else None


def _n_baseline(design: FloatArray) -> int:
    """Count the leading columns of 0 and 1 that add up to one in each row."""
    total = np.zeros(len(design))
    for at in range(design.shape[1]):
        total = total + design[:, at]
        if (total == 1.0).all():
            return at + 1
    return 0
