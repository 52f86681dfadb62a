"""Residuals of a Cox regression, and the test that hazards are proportional.

The test is our own: `proportional_hazard_test` of lifelines 0.30 is the approximation that R's
survival gave up in version 3, without a global test; its martingale residuals take the Breslow
hazard under Efron's ties.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from relatum.inference.common import FloatArray, IntArray, Refusal
from relatum.inference.cox import ChiSquare, CoxFit, chi_square
from relatum.inference.cox_rows import CoxPlan, CoxRows, plan_cox
from relatum.inference.cox_sums import (
    RiskSets,
    cumulate,
    information_at,
    score_residuals,
    tabulate_risk_sets,
)

__all__ = ["CoxResiduals", "ProportionalHazards", "cox_residuals", "proportional_hazards_test"]

Transform = Literal["km", "rank", "identity", "log"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CoxResiduals:
    """Residuals, in the order of the rows that were given.

    Attributes
    ----------
    martingale : ndarray, shape (n,)
        Events minus expected events. They add up to 0.
    deviance : ndarray, shape (n,)
        Martingale residuals made more symmetric.
    dfbeta : ndarray, shape (n, p)
        About how much each coefficient would fall if the row, with its weight, were left out.
    event_rows : ndarray of int, shape (n_events,)
        Rows with events, by stratum and time.
    schoenfeld : ndarray, shape (n_events, p)
        Covariates of the event minus their mean among those at risk.
    scaled_schoenfeld : ndarray, shape (n_events, p)
        About the coefficient at the time of the event: plotted against time they show how it
        changes.
    """

    martingale: FloatArray
    deviance: FloatArray
    dfbeta: FloatArray
    event_rows: IntArray
    schoenfeld: FloatArray
    scaled_schoenfeld: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class ProportionalHazards:
    """Score tests that coefficients do not change with time.

    Attributes
    ----------
    terms : tuple of str
    tests : tuple of ChiSquare
        One for each term.
    overall : ChiSquare
        For all of them at once.
    transform : {"km", "rank", "identity", "log"}
    """

    terms: tuple[str, ...]
    tests: tuple[ChiSquare, ...]
    overall: ChiSquare
    transform: Transform


def cox_residuals(rows: CoxRows, fit: CoxFit) -> CoxResiduals | Refusal:
    """Compare each row with what the model expects of it.

    Parameters
    ----------
    rows : CoxRows
        The rows of the fit.
    fit : CoxFit

    Returns
    -------
    CoxResiduals or Refusal

    Raises
    ------
    ValueError
        For a fit with exact ties.

    Notes
    -----
    Therneau, Grambsch and Fleming 1990, doi:10.1093/biomet/77.1.147; scaled Schoenfeld residuals of
    Grambsch and Therneau 1994, doi:10.1093/biomet/81.3.515. Under Efron's ties an event is
    at risk for a part of its own tie.

    Examples
    --------
    >>> from relatum.inference.cox import cox_regression
    >>> rows = CoxRows(
    ...     time=np.array([2.0, 3.0, 3.0, 5.0, 6.0, 8.0]),
    ...     event=np.array([1, 1, 0, 1, 1, 0]),
    ...     covariates=np.array([1.0, 0.0, 1.0, 1.0, 0.0, 0.0]),
    ... )
    >>> found = cox_residuals(rows, cox_regression(rows))
    >>> found.martingale.round(3).tolist()
    [0.752, 0.802, -0.579, -0.173, 0.099, -0.901]
    """
    plan = plan_cox(rows, what="residuals")
    if isinstance(plan, Refusal):
        return plan
    coef = fit.coef * plan.scale
    sets = tabulate_risk_sets(plan, coef, ties=fit.ties)
    less = sets.hazard - sets.event_hazard
    hazard = cumulate(plan.at, sets.hazard, event=plan.event, less=less)
    martingale = plan.event - sets.risk * hazard
    vcov = fit.model_vcov * np.outer(plan.scale, plan.scale)
    scores = plan.weights[:, None] * score_residuals(plan, coef, ties=fit.ties)
    dfbeta = scores @ vcov / plan.scale
    places, gaps = _schoenfeld(plan, sets)
    back = np.empty_like(plan.order)
    back[plan.order] = np.arange(len(back))
    return CoxResiduals(
        martingale=martingale[back],
        deviance=_deviance(martingale, plan.event.astype(np.float64))[back],
        dfbeta=dfbeta[back],
        event_rows=plan.order[places],
        schoenfeld=gaps * plan.scale,
        scaled_schoenfeld=(gaps @ vcov * len(places) + coef) / plan.scale,
    )


def _deviance(martingale: FloatArray, event: FloatArray) -> FloatArray:
    # an expected number of 0 goes with no event, where the logarithm is not used
    expected = np.where(event > 0, event - martingale, 1.0)
    inside = -2.0 * (martingale + event * np.log(expected))
    return np.asarray(np.sign(martingale) * np.sqrt(np.maximum(inside, 0.0)))


def _schoenfeld(plan: CoxPlan, sets: RiskSets) -> tuple[IntArray, FloatArray]:
    """Places of the events, by stratum and time, and their distance from the mean at risk."""
    places = np.flatnonzero(plan.event)
    at = plan.at.first[places]
    order = np.lexsort((plan.order[places], plan.at.time[at], plan.at.stratum[at]))
    places, at = places[order], at[order]
    return places, plan.x[places] - sets.mean(plan.at.weight)[at]


def proportional_hazards_test(
    rows: CoxRows,
    fit: CoxFit,
    *,
    transform: Transform = "km",
    terms: Mapping[str, Sequence[str]] | None = None,
) -> ProportionalHazards | Refusal:
    """Test that the coefficients do not change with a transform of time.

    Parameters
    ----------
    rows : CoxRows
        The rows of the fit.
    fit : CoxFit
    transform : {"km", "rank", "identity", "log"}, default "km"
        Time as one minus the Kaplan-Meier curve just before it, its rank, itself, its logarithm.
    terms : mapping of str to sequence of str, optional
        Covariates that are tested together, under the name of the term; by default each alone.

    Returns
    -------
    ProportionalHazards or Refusal
        A refusal when all events are at one time, or for the logarithm of times that are not
        above 0.

    Raises
    ------
    ValueError
        For an unknown word or covariate, or a fit with exact ties.

    Notes
    -----
    Score test that a covariate times the centred transform adds nothing, with the information of
    all of these products (Grambsch and Therneau 1994, doi:10.1093/biomet/81.3.515, without their
    approximation). It takes rows as independent also where the fit has robust errors. A large p
    value from few events does not show that hazards are proportional.

    Examples
    --------
    >>> from relatum.inference.cox import cox_regression
    >>> rows = CoxRows(
    ...     time=np.array([2.0, 3.0, 3.0, 5.0, 6.0, 8.0]),
    ...     event=np.array([1, 1, 0, 1, 1, 0]),
    ...     covariates=np.array([1.0, 0.0, 1.0, 1.0, 0.0, 0.0]),
    ... )
    >>> found = proportional_hazards_test(rows, cox_regression(rows), transform="identity")
    >>> round(found.overall.statistic, 4), round(found.overall.p_value, 4)
    (0.3035, 0.5817)
    """
    if transform not in get_args(Transform):
        raise ValueError(f"transform must be one of {', '.join(get_args(Transform))}.")
    columns = _find_columns(rows.names, terms)
    plan = plan_cox(rows, what="proportional hazards")
    if isinstance(plan, Refusal):
        return plan
    sets = tabulate_risk_sets(plan, fit.coef * plan.scale, ties=fit.ties)
    clock = _transform_time(plan, transform)
    if isinstance(clock, Refusal):
        return clock
    places, gaps = _schoenfeld(plan, sets)
    at = plan.at.first[places]
    score = (plan.weights[places] * clock[at]) @ gaps
    information = np.block(
        [
            [information_at(plan, sets, np.ones_like(clock)), information_at(plan, sets, clock)],
            [information_at(plan, sets, clock), information_at(plan, sets, clock**2)],
        ]
    )
    tests = [_score_test(score, information, list(group)) for group in columns.values()]
    overall = _score_test(score, information, list(range(len(score))))
    if overall is None or None in tests:
        return Refusal("proportional hazards", "the events leave no information on change in time")
    return ProportionalHazards(
        terms=tuple(columns),
        tests=tuple(test for test in tests if test is not None),
        overall=overall,
        transform=transform,
    )


def _find_columns(
    names: tuple[str, ...], terms: Mapping[str, Sequence[str]] | None
) -> dict[str, tuple[int, ...]]:
    if terms is None:
        return {name: (j,) for j, name in enumerate(names)}
    unknown = sorted({name for group in terms.values() for name in group} - set(names))
    if unknown:
        raise ValueError(f"no such covariate: {', '.join(unknown)}.")
    return {term: tuple(names.index(name) for name in group) for term, group in terms.items()}


def _transform_time(plan: CoxPlan, transform: Transform) -> FloatArray | Refusal:
    """Transform the event times, and centre them at the mean over the events."""
    times = plan.at.time
    if transform == "identity":
        clock = times
    elif transform == "log":
        if times.min() <= 0.0:
            return Refusal("proportional hazards", "an event at or before 0 has no logarithm")
        clock = np.log(times)
    elif transform == "rank":
        ordered = np.sort(plan.time)
        low, high = (np.searchsorted(ordered, times, side=side) for side in ("left", "right"))
        clock = (low + high + 1) / 2.0
    else:
        clock = _kaplan_meier_clock(plan)
    return np.asarray(clock - np.average(clock, weights=plan.at.events))


def _kaplan_meier_clock(plan: CoxPlan) -> FloatArray:
    """One minus the Kaplan-Meier curve just before each time, over all strata, without weights."""
    distinct, index = np.unique(plan.at.time, return_inverse=True)
    events = np.bincount(index, weights=plan.at.events)
    ended = np.searchsorted(np.sort(plan.time), distinct, side="left")
    waiting = len(plan.time) - np.searchsorted(np.sort(plan.entry), distinct, side="left")
    at_risk = len(plan.time) - ended - waiting
    before = np.concatenate([[1.0], np.cumprod(1.0 - events / at_risk)[:-1]])
    return np.asarray(1.0 - before[index])


def _score_test(score: FloatArray, information: FloatArray, columns: list[int]) -> ChiSquare | None:
    p = len(score)
    used = [*range(p), *(p + j for j in columns)]
    part = information[np.ix_(used, used)]
    size = np.sqrt(np.diag(part))
    if (size <= 1e-10 * size.max()).any():
        return None
    scaled = part / np.outer(size, size)
    if np.linalg.eigvalsh(scaled)[0] <= 1e-11:
        return None
    u = np.concatenate([np.zeros(p), score[columns]]) / size
    return chi_square(float(u @ np.linalg.solve(scaled, u)), len(columns))
