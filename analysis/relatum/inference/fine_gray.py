"""Regression of the cumulative incidence of one cause when others compete (Fine and Gray).

No kept Python library has it. Coefficients and errors follow R's cmprsk, but with several groups of
censoring: there cmprsk 2.2-11 sums the part of the errors that comes from the censoring curves
in a way that differs from the numerical derivative, which the sums here follow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.common import (
    FloatArray,
    IntArray,
    Refusal,
    as_matrix,
    as_vector,
    check_conf_level,
    find_non_finite,
    normal_quantile,
)
from relatum.inference.cox_sums import CoxSums
from relatum.inference.likelihood_newton import maximise

__all__ = ["CompetingRows", "FineGrayFit", "cumulative_incidence", "fine_gray"]

WHAT = "Fine-Gray regression"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompetingRows:
    """One row per subject, all at risk from the start; what ended its time, 0 for censored.

    Attributes
    ----------
    time : ndarray, shape (n,)
        Above 0, in any unit.
    cause : ndarray of int, shape (n,)
    covariates : ndarray, shape (n, p)
        Without a constant.
    names : tuple of str
        A name per covariate; by default "covariate 1" and so on.
    censoring_group : ndarray, shape (n,), or None
        Groups that may differ in how soon they are censored.

    Raises
    ------
    ValueError
        For lengths that differ, or a cause that is not a whole number from 0.
    """

    time: FloatArray
    cause: IntArray
    covariates: FloatArray
    names: tuple[str, ...] = ()
    censoring_group: npt.NDArray[Any] | None = None

    def __post_init__(self) -> None:
        time = as_vector(self.time, name="time")
        cause = as_vector(self.cause, name="cause", length=len(time))
        x = as_matrix(self.covariates, name="covariates", length=len(time))
        if not (np.isfinite(cause) & (cause >= 0) & (cause == np.floor(cause))).all():
            raise ValueError("cause must be a whole number from 0, which means censored.")
        if self.censoring_group is not None and np.shape(self.censoring_group) != time.shape:
            raise ValueError(f"censoring_group must have {len(time)} values, one per row.")
        names = self.names or tuple(f"covariate {j + 1}" for j in range(x.shape[1]))
        if len(names) != x.shape[1]:
            raise ValueError(f"{len(names)} names for {x.shape[1]} covariates.")
        values = {"time": time, "cause": cause.astype(np.int64), "covariates": x, "names": names}
        for name, value in values.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FineGrayFit:
    """Log ratios of subdistribution hazards with robust errors.

    Attributes
    ----------
    names : tuple of str
    coef, std_error, statistic, p_value, conf_low, conf_high : ndarray, shape (p,)
    vcov : ndarray, shape (p, p)
    loglik_null, loglik : float
        Log pseudo-likelihood at 0 and at the estimate.
    time : ndarray, shape (g,)
        Times with an event of the cause.
    cumulative_hazard : ndarray, shape (g,)
        Subdistribution hazard at covariates 0.
    n_rows, n_events, n_competing, n_censored : int
    cause : int
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
    loglik_null: float
    loglik: float
    time: FloatArray
    cumulative_hazard: FloatArray
    n_rows: int
    n_events: int
    n_competing: int
    n_censored: int
    cause: int
    conf_level: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Group:
    """Rows with one censoring curve: it just before each row and each event time."""

    rows: npt.NDArray[np.bool_]
    at_rows: FloatArray
    at_times: FloatArray
    times: FloatArray
    censored: FloatArray
    at_risk: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Plan:
    """Rows in order of time. `waits`: has had a competing event, and stays at risk."""

    x: FloatArray
    time: FloatArray
    event: npt.NDArray[np.bool_]
    waits: npt.NDArray[np.bool_]
    times: FloatArray
    counts: FloatArray
    at_event: IntArray
    groups: tuple[_Group, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _State:
    """Risk sets at given coefficients; hazards per event time and summed for each row."""

    loglik: float
    risk: FloatArray
    mean: FloatArray
    hazard: FloatArray
    row_hazard: FloatArray


def fine_gray(
    rows: CompetingRows, *, cause: int = 1, conf_level: float = 0.95
) -> FineGrayFit | Refusal:
    """Estimate log ratios of the subdistribution hazard of one cause.

    Parameters
    ----------
    rows : CompetingRows
    cause : int, default 1
    conf_level : float, default 0.95

    Returns
    -------
    FineGrayFit or Refusal
        A refusal without events of the cause, for values that are not finite, times that are not
        above 0, covariates that do not vary or follow from others, and monotone likelihood.

    Raises
    ------
    ValueError
        If the cause is below 1, or the confidence level is not between 0 and 1.

    Notes
    -----
    Fine and Gray 1999, doi:10.1080/01621459.1999.10474144. A row that had a competing event stays
    at risk with the weight G(t-)/G(T-), G being the Kaplan-Meier curve of the time to censoring;
    beyond the last time of a group of censoring it is 0. Ties are Breslow's. The errors count
    that G is estimated. The ratio describes incidence; it is no hazard of anybody at risk, so
    cause-specific hazards are for explanation. Delayed entry is not covered.

    Examples
    --------
    >>> rows = CompetingRows(
    ...     time=np.arange(1.0, 9.0),
    ...     cause=np.array([1, 2, 1, 0, 2, 1, 1, 0]),
    ...     covariates=np.array([1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0]),
    ... )
    >>> fit = fine_gray(rows)
    >>> round(float(fit.coef[0]), 3), round(float(fit.std_error[0]), 3)
    (0.13, 0.863)
    """
    check_conf_level(conf_level)
    if cause < 1:
        raise ValueError(f"cause must be at least 1, not {cause}; 0 means censored.")
    bad = find_non_finite(WHAT, {"times": rows.time, "covariates": rows.covariates})
    if bad is not None:
        return bad
    if not (rows.cause == cause).any():
        return Refusal(WHAT, f"there is no event of cause {cause}")
    if (rows.time <= 0).any():
        return Refusal(WHAT, f"{int((rows.time <= 0).sum())} times are not above 0")
    centre, scale = rows.covariates.mean(axis=0), rows.covariates.std(axis=0)
    constant = np.flatnonzero(scale <= 1e-12 * (np.abs(centre) + scale))
    if len(constant):
        return Refusal(WHAT, f"{rows.names[constant[0]]} is the same in every row")
    plan = _make_plan(rows, (rows.covariates - centre) / scale, cause)
    found = maximise(
        lambda coef: _sum(plan, coef), np.ptp(plan.x, axis=0), names=rows.names, what=WHAT
    )
    if isinstance(found, Refusal):
        return found
    state = _evaluate(plan, found.coef)
    inverse = np.linalg.inv(found.best.information)
    influence = (_events(plan, state) + _censorings(plan, state)) @ inverse / scale
    vcov = influence.T @ influence
    coef, error = found.coef / scale, np.sqrt(np.diag(vcov))
    reach = normal_quantile(conf_level) * error
    n_events = int(plan.event.sum())
    return FineGrayFit(
        names=rows.names,
        coef=coef,
        std_error=error,
        statistic=coef / error,
        p_value=np.asarray(2.0 * special.ndtr(-np.abs(coef / error))),
        conf_low=coef - reach,
        conf_high=coef + reach,
        vcov=vcov,
        loglik_null=found.null.loglik,
        loglik=found.best.loglik,
        time=plan.times,
        cumulative_hazard=np.cumsum(state.hazard) * np.exp(-centre @ coef),
        n_rows=len(plan.time),
        n_events=n_events,
        n_competing=int(plan.waits.sum()),
        n_censored=len(plan.time) - n_events - int(plan.waits.sum()),
        cause=cause,
        conf_level=conf_level,
    )


def cumulative_incidence(fit: FineGrayFit, covariates: npt.ArrayLike) -> FloatArray:
    """Predict the cumulative incidence of the cause at given covariates.

    Parameters
    ----------
    fit : FineGrayFit
    covariates : array_like, shape (p,)

    Returns
    -------
    ndarray, shape (g,)
        At `fit.time`; it stays as it is until the next of these times.

    Raises
    ------
    ValueError
        For another number of covariates than the fit has.
    """
    z = as_vector(covariates, name="covariates", length=len(fit.coef))
    return np.asarray(-np.expm1(-fit.cumulative_hazard * np.exp(z @ fit.coef)))


def _make_plan(rows: CompetingRows, x: FloatArray, cause: int) -> _Plan:
    order = np.argsort(rows.time, kind="stable")
    time, causes = rows.time[order], rows.cause[order]
    event = causes == cause
    times, at_event = np.unique(time[event], return_inverse=True)
    labels = np.zeros(len(time)) if rows.censoring_group is None else rows.censoring_group[order]
    groups = tuple(
        _censoring_curve(time, causes == 0, labels == label, times) for label in np.unique(labels)
    )
    return _Plan(
        x=x[order],
        time=time,
        event=event,
        waits=(causes != 0) & ~event,
        times=times,
        counts=np.bincount(at_event).astype(np.float64),
        at_event=at_event.reshape(-1),
        groups=groups,
    )


def _censoring_curve(
    time: FloatArray,
    censored: npt.NDArray[np.bool_],
    member: npt.NDArray[np.bool_],
    times: FloatArray,
) -> _Group:
    own = time[member]
    ends, counts = np.unique(time[member & censored], return_counts=True)
    at_risk = len(own) - np.searchsorted(own, ends, side="left")
    curve = np.concatenate([[1.0], np.cumprod(1.0 - counts / at_risk)])
    at_times = curve[np.searchsorted(ends, times, side="left")]
    return _Group(
        rows=member,
        at_rows=curve[np.searchsorted(ends, own, side="left")],
        at_times=np.where(times > own[-1], 0.0, at_times),
        times=ends,
        censored=counts.astype(np.float64),
        at_risk=at_risk.astype(np.float64),
    )


def _waiting(plan: _Plan, group: _Group, values: FloatArray, times: FloatArray) -> FloatArray:
    """Sum values over G(T-) of the rows of a group that had a competing event before each time."""
    used = plan.waits[group.rows]
    share = values[group.rows][used] / group.at_rows[used][:, None]
    total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(share, axis=0)])
    return np.asarray(total[np.searchsorted(plan.time[group.rows][used], times, side="left")])


def _evaluate(plan: _Plan, coef: FloatArray) -> _State:
    eta = plan.x @ coef
    shift = float(eta.max())
    risk = np.exp(eta - shift)
    values = risk[:, None] * np.column_stack([np.ones_like(risk), plan.x])
    later = np.concatenate([np.cumsum(values[::-1], axis=0)[::-1], np.zeros((1, values.shape[1]))])
    sums = later[np.searchsorted(plan.time, plan.times, side="left")]
    for group in plan.groups:
        sums = sums + group.at_times[:, None] * _waiting(plan, group, values, plan.times)
    hazard = plan.counts / sums[:, 0]
    logs = plan.counts @ (np.log(sums[:, 0]) + shift)
    back = np.exp(-shift)
    return _State(
        loglik=float(eta[plan.event].sum() - logs),
        risk=risk / back,
        mean=sums[:, 1:] / sums[:, :1],
        hazard=hazard * back,
        row_hazard=_accumulate(plan, hazard[:, None] * back)[:, 0],
    )


def _accumulate(plan: _Plan, increments: FloatArray) -> FloatArray:
    """Sum increments at event times over the times at which each row is at risk, with weights."""
    zero = np.zeros((1, increments.shape[1]))
    reached = np.searchsorted(plan.times, plan.time, side="right")
    found = np.concatenate([zero, np.cumsum(increments, axis=0)])[reached]
    for group in plan.groups:
        after = np.cumsum((group.at_times[:, None] * increments)[::-1], axis=0)[::-1]
        after = np.concatenate([after, zero])
        used = np.flatnonzero(group.rows)
        waits = plan.waits[used]
        found[used[waits]] += after[reached[used[waits]]] / group.at_rows[waits][:, None]
    return np.asarray(found)


def _sum(plan: _Plan, coef: FloatArray) -> CoxSums:
    state = _evaluate(plan, coef)
    expected = state.risk * state.row_hazard
    outer = state.mean.T @ (plan.counts[:, None] * state.mean)
    return CoxSums(
        loglik=state.loglik,
        gradient=(plan.event - expected) @ plan.x,
        information=plan.x.T @ (expected[:, None] * plan.x) - outer,
    )


def _events(plan: _Plan, state: _State) -> FloatArray:
    """Score residuals, the weights taken as known."""
    mean_hazard = _accumulate(plan, state.hazard[:, None] * state.mean)
    scores = -state.risk[:, None] * (plan.x * state.row_hazard[:, None] - mean_hazard)
    scores[plan.event] += plan.x[plan.event] - state.mean[plan.at_event]
    return np.asarray(scores)


def _censorings(plan: _Plan, state: _State) -> FloatArray:
    """Add up what each row does to the score through the censoring curves."""
    found = np.zeros_like(plan.x)
    values = state.risk[:, None] * np.column_stack([np.ones_like(state.risk), plan.x])
    for group in plan.groups:
        if not len(group.times):
            continue
        increments = (group.at_times * state.hazard)[:, None] * np.column_stack(
            [np.ones_like(state.hazard), state.mean]
        )
        after = np.cumsum(increments[::-1], axis=0)[::-1]
        after = np.concatenate([after, np.zeros((1, after.shape[1]))])
        after = after[np.searchsorted(plan.times, group.times, side="left")]
        before = _waiting(plan, group, values, group.times)
        q = (before[:, 1:] * after[:, :1] - before[:, :1] * after[:, 1:]) / group.at_risk[:, None]
        total = np.cumsum(q * (group.censored / group.at_risk)[:, None], axis=0)
        total = np.concatenate([np.zeros((1, total.shape[1])), total])
        own = plan.time[group.rows]
        part = -total[np.searchsorted(group.times, own, side="right")]
        ends = ~(plan.event | plan.waits)[group.rows]
        part[ends] += q[np.searchsorted(group.times, own[ends], side="left")]
        found[group.rows] = part
    return found
