"""The partial likelihood of a Cox regression and its derivatives, over sorted rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from relatum.inference.common import FloatArray, IntArray
from relatum.inference.cox_rows import BoolArray, CoxPlan, RiskTimes

__all__ = [
    "CoxSums",
    "RiskSets",
    "Ties",
    "check_ties",
    "cumulate",
    "information_at",
    "score_residuals",
    "sum_exact",
    "sum_risk_sets",
    "sum_rows",
    "tabulate_risk_sets",
]

Ties = Literal["efron", "breslow", "exact"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoxSums:
    """The log partial likelihood with its derivatives.

    Attributes
    ----------
    loglik : float
    gradient : ndarray, shape (p,)
    information : ndarray, shape (p, p)
    """

    loglik: float
    gradient: FloatArray
    information: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RiskSets:
    """What is needed of the risk set at each event time.

    Attributes
    ----------
    total, dead : ndarray, shape (g, p)
        Sums of risk times covariate, of all at risk and of those with the event.
    hazard, event_hazard : ndarray, shape (g,)
        Increment of the baseline hazard for a row at risk, and for one that has its event there:
        under Efron's ties it is at risk for a part of the tie only.
    squares : ndarray, shape (g, 3)
        Coefficients of the squares of `total`, of its products with `dead`, of those of `dead`.
    eta, risk : ndarray, shape (n,)
        Linear predictor, and its exponential without the weight.
    shift : float
        It was taken from each linear predictor; hazards are larger by exp(shift).
    log_sum : float
        Sum of the log denominators.
    """

    total: FloatArray
    dead: FloatArray
    hazard: FloatArray
    event_hazard: FloatArray
    squares: FloatArray
    eta: FloatArray
    risk: FloatArray
    shift: float
    log_sum: float

    @property
    def mean_hazard(self) -> FloatArray:
        """Mean covariate times hazard, shape (g, p)."""
        a, b, _ = self.squares.T[..., None]
        return np.asarray(a * self.total - b * self.dead)

    @property
    def event_mean_hazard(self) -> FloatArray:
        """The same for a row that has its event there."""
        a, b, c = self.squares.T[..., None]
        return np.asarray((a - b) * self.total - (b - c) * self.dead)

    def mean(self, weight: FloatArray) -> FloatArray:
        """Mean covariate of those at risk, averaged over the steps of a tie, shape (g, p)."""
        missing = (self.hazard - self.event_hazard)[:, None] * self.dead
        return np.asarray((self.hazard[:, None] * self.total - missing) / weight[:, None])


def check_ties(ties: str) -> None:
    """Raise ValueError unless the word for ties is known."""
    if ties not in get_args(Ties):
        raise ValueError(f"ties must be one of {', '.join(get_args(Ties))}, not {ties!r}.")


def tabulate_risk_sets(plan: CoxPlan, coef: FloatArray, *, ties: Ties) -> RiskSets:
    """Describe the risk set of each event time.

    Parameters
    ----------
    plan : CoxPlan
    coef : ndarray, shape (p,)
        On the scale of the plan.
    ties : {"efron", "breslow"}

    Returns
    -------
    RiskSets

    Raises
    ------
    ValueError
        For exact ties, which have no baseline hazard.
    """
    from relatum.inference.cox_kernels import spread, sum_risk

    if ties == "exact":
        raise ValueError("exact ties give no baseline hazard and no residuals; use 'efron'.")
    at = plan.at
    eta = plan.x @ coef + plan.offset
    shift = float(eta.max())
    eta -= shift
    risk = np.exp(eta)
    sums = np.empty((len(at.time), 1 + plan.x.shape[1]))
    dead = np.empty_like(sums)
    sum_risk(
        plan.x,
        plan.weights * risk,
        plan.event,
        plan.by_entry,
        plan.starts,
        at.stratum,
        at.stop,
        at.left,
        sums,
        dead,
    )
    efron = ties == "efron"
    steps = np.empty((len(at.time), 6))
    # one step of the whole weight is Breslow's tie
    spread(
        sums[:, 0], dead[:, 0], at.weight, at.events if efron else np.ones_like(at.events), steps
    )
    return RiskSets(
        total=sums[:, 1:],
        dead=dead[:, 1:],
        hazard=steps[:, 0],
        event_hazard=steps[:, 0] - steps[:, 1],
        squares=steps[:, 2:5],
        eta=eta,
        risk=risk,
        shift=shift,
        log_sum=float(steps[:, 5].sum()),
    )


def cumulate(
    at: RiskTimes, increments: FloatArray, *, event: BoolArray, less: FloatArray
) -> FloatArray:
    """Sum increments at event times over the times at which each row is at risk.

    Parameters
    ----------
    at : RiskTimes
    increments : ndarray, shape (g,) or (g, p)
    event : ndarray of bool, shape (n,)
    less : ndarray of the same shape as the increments
        What a row with an event at the time misses.

    Returns
    -------
    ndarray, shape (n,) or (n, p)
    """
    total = np.zeros((len(increments) + 1, *increments.shape[1:]))
    np.cumsum(increments, axis=0, out=total[1:])
    found = total[at.last] - total[at.first]
    found[event] -= less[at.first[event]]
    return np.asarray(found)


def sum_risk_sets(plan: CoxPlan, coef: FloatArray, *, ties: Ties) -> CoxSums:
    """Log partial likelihood, score and information at given coefficients.

    Parameters
    ----------
    plan : CoxPlan
    coef : ndarray, shape (p,)
        On the scale of the plan.
    ties : {"efron", "breslow", "exact"}

    Returns
    -------
    CoxSums
    """
    if ties == "exact":
        return sum_exact(plan, coef)
    sets = tabulate_risk_sets(plan, coef, ties=ties)
    expected = plan.weights * sets.risk * _cumulate_hazard(plan, sets, 1.0)
    return CoxSums(
        loglik=float(plan.weights[plan.event] @ sets.eta[plan.event]) - sets.log_sum,
        gradient=(plan.weights * plan.event - expected) @ plan.x,
        information=_sum_squares(plan, sets, expected, 1.0),
    )


def _cumulate_hazard(plan: CoxPlan, sets: RiskSets, factor: FloatArray | float) -> FloatArray:
    less = factor * (sets.hazard - sets.event_hazard)
    return cumulate(plan.at, factor * sets.hazard, event=plan.event, less=less)


def _sum_squares(
    plan: CoxPlan, sets: RiskSets, expected: FloatArray, factor: FloatArray | float
) -> FloatArray:
    a, b, c = factor * sets.squares.T
    total, dead = sets.total, sets.dead
    cross = total.T @ (b[:, None] * dead)
    return np.asarray(
        plan.x.T @ (expected[:, None] * plan.x)
        - total.T @ (a[:, None] * total)
        + cross
        + cross.T
        - dead.T @ (c[:, None] * dead)
    )


def information_at(plan: CoxPlan, sets: RiskSets, factor: FloatArray) -> FloatArray:
    """Sum the information of each event time times a factor.

    Parameters
    ----------
    plan : CoxPlan
    sets : RiskSets
    factor : ndarray, shape (g,)

    Returns
    -------
    ndarray, shape (p, p)
    """
    expected = plan.weights * sets.risk * _cumulate_hazard(plan, sets, factor)
    return _sum_squares(plan, sets, expected, factor)


def sum_exact(plan: CoxPlan, coef: FloatArray) -> CoxSums:
    """As `sum_risk_sets`, for the exact partial likelihood."""
    from relatum.inference.cox_kernels import derive_exact

    p = len(coef)
    eta = plan.x @ coef + plan.offset
    expected, information = np.empty(p), np.empty((p, p))
    at = plan.at
    logs = derive_exact(
        plan.x,
        eta,
        plan.entry,
        plan.starts,
        at.stratum,
        at.time,
        at.events,
        at.stop,
        expected,
        information,
    )
    return CoxSums(
        loglik=float(eta[plan.event].sum() - logs),
        gradient=plan.x[plan.event].sum(axis=0) - expected,
        information=information,
    )


def score_residuals(plan: CoxPlan, coef: FloatArray, *, ties: Ties) -> FloatArray:
    """Contribution of each row to the score, not weighted.

    Parameters
    ----------
    plan : CoxPlan
    coef : ndarray, shape (p,)
        On the scale of the plan.
    ties : {"efron", "breslow"}

    Returns
    -------
    ndarray, shape (n, p)
        In the order of the plan.
    """
    sets = tabulate_risk_sets(plan, coef, ties=ties)
    missed = sets.hazard - sets.event_hazard
    hazard = cumulate(plan.at, sets.hazard, event=plan.event, less=missed)
    means, event_means = sets.mean_hazard, sets.event_mean_hazard
    mean_hazard = cumulate(plan.at, means, event=plan.event, less=means - event_means)
    scores = -sets.risk[:, None] * (plan.x * hazard[:, None] - mean_hazard)
    at_event = plan.at.first[plan.event]
    scores[plan.event] += plan.x[plan.event] - sets.mean(plan.at.weight)[at_event]
    return np.asarray(scores)


def sum_rows(values: FloatArray, codes: IntArray) -> FloatArray:
    """Sum the rows of each cluster.

    Parameters
    ----------
    values : ndarray, shape (n, p)
    codes : ndarray of int, shape (n,)
        Cluster of each row, from 0.

    Returns
    -------
    ndarray, shape (n_clusters, p)
    """
    return np.column_stack([np.bincount(codes, weights=column) for column in values.T])
