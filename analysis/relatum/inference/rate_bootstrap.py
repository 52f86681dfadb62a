"""Limits of a rate and of rate ratios: inverted score wild bootstrap over cases."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from relatum.inference.common import Refusal, check_conf_level
from relatum.inference.piecewise_rate import PenaltyRule
from relatum.inference.piecewise_rate_data import EventIntervals, RiskRows
from relatum.inference.rate_fit import Held
from relatum.inference.rate_inversion import WHAT, InvertedTest, invert_score_test
from relatum.inference.rate_problem import OnsetRule, RateProblem, build_problem

__all__ = ["RateLimits", "limit_overall_rate", "limit_rate_ratio", "upper_limit_without_events"]

LARGEST_LOG = 700.0
Method: TypeAlias = Literal["score_wild_bootstrap", "exact_poisson"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimits:
    """A rate or rate ratio with limits.

    Attributes
    ----------
    estimate : float
    log_error : float
        Clustered error of its logarithm, for orientation; limits and p do not rest on it. Infinite
        without events.
    statistic : float
        Studentised score at the null.
    p_value : float
        Share of sign vectors with abs(t*) >= abs(t), the observed signs among them.
    p_value_strict : float
        The same with >, which some software prints; not a valid level.
    conf_low, conf_high : float
        Ends of the connected set of values around the estimate with p above 1 - conf_level. Zero
        or infinite where a limit lies more than 30 errors away.
    conf_level : float
    null : float
        The value that `statistic` and `p_value` test.
    method : {"score_wild_bootstrap", "exact_poisson"}
    n_events, n_clusters : int
    n_event_clusters : int
        Cases with an event. With five or fewer no positive lower limit exists at 95%.
    n_draws : int
        Sign vectors that were used: 2^G when enumerated.
    enumerated : bool
    smallest_p : float
        The smallest p value that this number of vectors can give.
    """

    estimate: float
    log_error: float
    statistic: float
    p_value: float
    p_value_strict: float
    conf_low: float
    conf_high: float
    conf_level: float
    null: float
    method: Method
    n_events: int
    n_clusters: int
    n_event_clusters: int
    n_draws: int
    enumerated: bool
    smallest_p: float


def upper_limit_without_events(
    exposure: float, *, conf_level: float = 0.95, design_effect: float = 1.0, per: float = 1.0
) -> float:
    """Upper limit of a rate when no event was observed.

    Parameters
    ----------
    exposure : float
        Time at risk.
    conf_level : float
        Of the two-sided interval whose lower limit is zero.
    design_effect : float
        By how much the time at risk is discounted because events come in cases; at least 1.
    per : float
        The time that the rate refers to, such as 365.25 days.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        Unless exposure and `per` are positive and the design effect is at least 1.

    Notes
    -----
    The exact Poisson limit, -log((1 - conf_level) / 2) over the time at risk, with that time
    divided by the design effect (Garwood 1936, doi:10.1093/biomet/28.3-4.437). Without events the
    design effect cannot be estimated: it is an assumption, to be printed beside the limit.

    Examples
    --------
    >>> round(upper_limit_without_events(1000.0, per=365.25), 3)
    1.347
    """
    check_conf_level(conf_level)
    if not (exposure > 0 and per > 0 and design_effect >= 1):
        raise ValueError("exposure and per must be positive, the design effect at least 1.")
    return -math.log((1.0 - conf_level) / 2.0) * design_effect / exposure * per


def limit_overall_rate(
    rows: RiskRows,
    events: EventIntervals,
    *,
    cuts: Sequence[float] = (),
    onset: OnsetRule = "integrated",
    per: float = 1.0,
    null: float | None = None,
    design_effect: float = 1.0,
    conf_level: float = 0.95,
    n_draws: int = 9_999,
    seed: int = 1,
) -> RateLimits | Refusal:
    """Rate of recurrent events over the time at risk, with limits.

    Parameters
    ----------
    rows : RiskRows
        Without covariates.
    events : EventIntervals
    cuts, onset
        As in `fit_piecewise_rate`.
    per : float
        The time that the rate refers to: with days, 365.25 gives the rate per 12 months.
    null : float, optional
        The rate that `p_value` tests; the estimate itself by default.
    design_effect : float
        Used only without events; see `upper_limit_without_events`.
    conf_level : float
    n_draws, seed : int
        Random sign vectors, used only with more than 14 cases.

    Returns
    -------
    RateLimits or Refusal
        Without events the exact Poisson interval; `method` says which. A refusal for one case,
        for cases that all have the same rate, and for data that cannot be.

    Raises
    ------
    ValueError
        For covariates, a null that is not positive, or a wrong call of `build_problem`.

    Notes
    -----
    The overall rate is the mean of the rates of the pieces, weighted by their time at risk. With
    known onsets, or one piece, its estimate is events over time. At each value the other
    parameters are estimated anew, the scores of whole cases change sign, and the efficient score
    is studentised in each draw (Kline and Santos 2012, doi:10.1515/2156-6674.1006). The engine
    does not gate: with fewer than six cases no p value below .05 exists, and the caller refuses.

    Examples
    --------
    >>> from relatum.inference.piecewise_rate_data import event_intervals, risk_rows
    >>> unit = np.arange(16)
    >>> rows = risk_rows(unit, unit * 0, 100 + 20 * unit, cluster=unit // 2)
    >>> found = limit_overall_rate(rows, event_intervals(unit[5:], unit[5:], unit[5:] + 9), per=365)
    >>> round(found.estimate, 2), found.n_draws, found.conf_low < found.estimate < found.conf_high
    (1.0, 256, True)
    """
    check_conf_level(conf_level)
    if rows.covariates.shape[1]:
        raise ValueError("the overall rate is that of a model without covariates.")
    if null is not None and not null > 0:
        raise ValueError(f"null must be positive, not {null!r}.")
    problem = build_problem(rows, events, cuts=cuts, onset=onset)
    if isinstance(problem, Refusal):
        return problem
    if problem.clusters.n_clusters < 2:
        return Refusal(WHAT, "there is one case")
    if problem.n_events == 0:
        return _without_events(problem, conf_level, design_effect, per)
    found = invert_score_test(
        problem,
        lambda value: Held(log_rate=value),
        at=0,
        null=None if null is None else math.log(null / per),
        conf_level=conf_level,
        signs=(n_draws, seed),
    )
    return found if isinstance(found, Refusal) else _limits(problem, found, conf_level, per)


def limit_rate_ratio(
    rows: RiskRows,
    events: EventIntervals,
    *,
    column: int = 0,
    cuts: Sequence[float] = (),
    onset: OnsetRule = "integrated",
    penalty: PenaltyRule = "none",
    null: float = 1.0,
    conf_level: float = 0.95,
    n_draws: int = 9_999,
    seed: int = 1,
) -> RateLimits | Refusal:
    """Rate ratio of one covariate, with limits.

    Parameters
    ----------
    rows : RiskRows
        With covariates.
    events : EventIntervals
    column : int
        The covariate.
    cuts, onset
        As in `fit_piecewise_rate`.
    penalty : {"none", "log_f"}
        "log_f" keeps the *other* coefficients finite. The tested one is never penalised here: a
        prior shared by all cases would pass for their agreement.
    null : float
        The ratio that `p_value` tests.
    conf_level : float
    n_draws, seed : int
        Random sign vectors, used only with more than 14 cases.

    Returns
    -------
    RateLimits or Refusal
        A refusal where all events lie with one value of the covariate: the scores of all cases
        then agree in sign at every value, and the interval would have no width.

    Raises
    ------
    ValueError
        For an unknown column, or a null that is not positive.

    Notes
    -----
    As in `limit_overall_rate`. A prior on other coefficients adds its derivative to the scores
    of the cases in equal parts.

    Examples
    --------
    >>> from relatum.inference.piecewise_rate_data import event_intervals, risk_rows
    >>> unit = np.arange(24)
    >>> rows = risk_rows(unit, unit * 0, 100 + unit, cluster=unit // 3, covariates=unit % 2)
    >>> at = np.array([0, 1, 3, 5, 7, 8, 9, 11, 13, 15, 20, 21])
    >>> found = limit_rate_ratio(rows, event_intervals(at, at, at + 9))
    >>> round(found.estimate, 2), found.conf_low < found.estimate < found.conf_high
    (2.97, True)
    """
    check_conf_level(conf_level)
    if not 0 <= column < rows.covariates.shape[1]:
        raise ValueError(f"column must lie in 0 to {rows.covariates.shape[1] - 1}, not {column}.")
    if not null > 0:
        raise ValueError(f"null must be positive, not {null!r}.")
    problem = build_problem(rows, events, cuts=cuts, onset=onset)
    if isinstance(problem, Refusal):
        return problem
    if problem.clusters.n_clusters < 2:
        return Refusal(WHAT, "there is one case")
    if problem.n_events == 0:
        return Refusal(WHAT, "no event was observed")
    others = tuple(i for i in range(problem.n_covariates) if i != column)
    penalised = others if penalty == "log_f" else ()
    found = invert_score_test(
        problem,
        lambda value: Held(ratio=(column, value), penalised=penalised),
        at=column - problem.n_covariates,
        null=math.log(null),
        conf_level=conf_level,
        signs=(n_draws, seed),
    )
    if not isinstance(found, Refusal) and abs(found.estimate) > LARGEST_LOG:
        return Refusal(WHAT, "the ratio per unit of the covariate is too large; rescale it")
    return found if isinstance(found, Refusal) else _limits(problem, found, conf_level, 1.0)


def _exp(log: float) -> float:
    return math.inf if log > LARGEST_LOG else math.exp(log)


def _limits(
    problem: RateProblem, found: InvertedTest, conf_level: float, scale: float
) -> RateLimits:
    with_events = np.unique(problem.clusters.codes[np.diff(problem.chain_at) > 0])
    return RateLimits(
        estimate=math.exp(found.estimate) * scale,
        log_error=found.std_error,
        statistic=found.statistic,
        p_value=found.p_value,
        p_value_strict=found.p_value_strict,
        conf_low=_exp(found.conf_low) * scale,
        conf_high=_exp(found.conf_high) * scale,
        conf_level=conf_level,
        null=math.exp(found.null) * scale,
        method="score_wild_bootstrap",
        n_events=problem.n_events,
        n_clusters=problem.clusters.n_clusters,
        n_event_clusters=len(with_events),
        n_draws=found.n_draws,
        enumerated=found.enumerated,
        smallest_p=found.smallest_p,
    )


def _without_events(
    problem: RateProblem, conf_level: float, design_effect: float, per: float
) -> RateLimits:
    upper = upper_limit_without_events(
        float(problem.exposure.sum()),
        conf_level=conf_level,
        design_effect=design_effect,
        per=per,
    )
    return RateLimits(
        estimate=0.0,
        log_error=math.inf,
        statistic=0.0,
        p_value=1.0,
        p_value_strict=1.0,
        conf_low=0.0,
        conf_high=upper,
        conf_level=conf_level,
        null=0.0,
        method="exact_poisson",
        n_events=0,
        n_clusters=problem.clusters.n_clusters,
        n_event_clusters=0,
        n_draws=0,
        enumerated=False,
        smallest_p=1.0,
    )
