"""Covariates of a rate: permutation within cases, and profile limits under a penalty."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from relatum.inference.common import Refusal, as_vector, check_conf_level
from relatum.inference.permutation import PermutationTest, permute_within_cases
from relatum.inference.piecewise_rate import fit_piecewise_rate
from relatum.inference.piecewise_rate_data import EventIntervals, RiskRows
from relatum.inference.rate_firth import firth_maximum
from relatum.inference.rate_fit import Held, Position, maximise, prior_terms, start_position
from relatum.inference.rate_problem import WHAT, OnsetRule, RateProblem, build_problem

__all__ = ["ProfileRatio", "RatioPenalty", "permute_rate_covariate", "profile_rate_ratio"]

RatioPenalty: TypeAlias = Literal["log_f", "firth"]
#: Log ratios over the range of the covariate that count as infinite.
FARTHEST = 15.0
LARGEST_LOG = 700.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRatio:
    """A penalised rate ratio with profile limits.

    Attributes
    ----------
    estimate, conf_low, conf_high : float
        Rate ratios. Zero or infinite where the profile does not fall far enough.
    p_value : float
        Penalised likelihood ratio test of a ratio of one.
    conf_level : float
    n_events : int
    separated : bool
        Whether all events lie with one value of the covariate, so that without the penalty there
        is no estimate; then one limit only says anything.
    penalty : {"log_f", "firth"}
    """

    estimate: float
    conf_low: float
    conf_high: float
    p_value: float
    conf_level: float
    n_events: int
    separated: bool
    penalty: RatioPenalty


def permute_rate_covariate(
    rows: RiskRows,
    events: EventIntervals,
    covariate: npt.ArrayLike,
    *,
    cuts: Sequence[float] = (),
    onset: OnsetRule = "integrated",
    draws: int = 9_999,
    seed: int = 0,
) -> PermutationTest | Refusal:
    """Test a covariate of the relationship by moving it within cases.

    Parameters
    ----------
    rows : RiskRows
        Their own covariates are left out of the null model.
    events : EventIntervals
    covariate : array_like, shape (n_rows,)
        The same in every row of a unit.
    cuts, onset
        As in `fit_piecewise_rate`.
    draws, seed : int
        Random arrangements.

    Returns
    -------
    PermutationTest or Refusal
        `estimate` is the within-case slope of observed less expected events.

    Raises
    ------
    ValueError
        For a covariate that varies within a unit.

    Notes
    -----
    The outcome is the residual of each unit, observed less expected events in the model without
    the covariate: the covariate times it is the score at a ratio of one. Exact where units of a
    case are exchangeable, their time at risk included; see `permute_within_cases`.

    Examples
    --------
    >>> from relatum.inference.piecewise_rate_data import event_intervals, risk_rows
    >>> unit = np.arange(12)
    >>> rows = risk_rows(unit, unit * 0, unit * 0 + 90, cluster=unit // 6)
    >>> events = event_intervals([0, 1, 2, 6, 7], [9] * 5, [30] * 5)
    >>> found = permute_rate_covariate(rows, events, unit % 6 < 3, draws=999)
    >>> found.n_cases, found.p_value < 0.06
    (2, True)
    """
    x = as_vector(covariate, name="covariate", length=len(rows.unit))
    plain = replace(rows, covariates=np.zeros((len(rows.unit), 0)))
    fit = fit_piecewise_rate(plain, events, cuts=cuts, onset=onset)
    if isinstance(fit, Refusal):
        return fit
    first = np.unique(rows.unit, return_index=True)[1]
    at = np.searchsorted(fit.units, rows.unit)
    if not np.array_equal(x[first][at], x):
        raise ValueError("covariate must be the same in every row of a unit.")
    cases = rows.cluster[first]
    return permute_within_cases(fit.residuals, x[first], cases, draws=draws, seed=seed)


def profile_rate_ratio(
    rows: RiskRows,
    events: EventIntervals,
    *,
    column: int = 0,
    cuts: Sequence[float] = (),
    onset: OnsetRule = "integrated",
    penalty: RatioPenalty = "log_f",
    conf_level: float = 0.95,
) -> ProfileRatio | Refusal:
    """Estimate a rate ratio under a penalty, with limits from the penalised profile.

    Parameters
    ----------
    rows : RiskRows
    events : EventIntervals
    column : int
        The covariate.
    cuts, onset
        As in `fit_piecewise_rate`.
    penalty : {"log_f", "firth"}
        A log-F(1,1) prior on every coefficient, or half the log determinant of the information.
    conf_level : float

    Returns
    -------
    ProfileRatio or Refusal

    Raises
    ------
    ValueError
        For an unknown column or penalty.

    Notes
    -----
    The limits take events as independent: they ignore cases, and are for the separated samples in
    which the bootstrap has no width. Prior and profile: Greenland and Mansournia (2015,
    doi:10.1002/sim.6537). Firth (1993, doi:10.1093/biomet/80.1.27): the information is that of
    exact dates, given the time at risk, of all log rates and coefficients together
    (`relatum.inference.rate_firth`). With one rate and two groups it adds half an event to each.

    Examples
    --------
    >>> from relatum.inference.piecewise_rate_data import event_intervals, risk_rows
    >>> unit = np.arange(12)
    >>> rows = risk_rows(unit, unit * 0, unit * 0 + 90, cluster=unit // 2, covariates=unit % 2)
    >>> found = profile_rate_ratio(rows, event_intervals([1, 3, 5, 7, 9], [9] * 5, [30] * 5))
    >>> found.separated, round(found.estimate, 1), round(found.conf_low, 2)
    (True, 11.0, 1.25)
    """
    check_conf_level(conf_level)
    if penalty not in ("log_f", "firth"):
        raise ValueError(f"penalty must be log_f or firth, not {penalty!r}.")
    if not 0 <= column < rows.covariates.shape[1]:
        raise ValueError(f"column must lie in 0 to {rows.covariates.shape[1] - 1}, not {column}.")
    problem = build_problem(rows, events, cuts=cuts, onset=onset)
    if isinstance(problem, Refusal):
        return problem
    if problem.n_events == 0:
        return Refusal(WHAT, "no event was observed")
    if np.ptp(problem.covariates[:, column]) == 0:
        return Refusal(WHAT, "the covariate is the same in every row")
    found = _log_f(problem, column) if penalty == "log_f" else _firth(problem, column)
    if isinstance(found, Refusal):
        return found
    estimate, fall = found
    if abs(estimate) > LARGEST_LOG:
        return Refusal(WHAT, "the ratio per unit of the covariate is too large; rescale it")
    reach = FARTHEST / float(np.ptp(problem.covariates[:, column]))
    allowed = float(special.chdtri(1, 1.0 - conf_level))
    high = _limit(fall, estimate, estimate + reach, allowed)
    free = maximise(problem, start_position(problem))
    return ProfileRatio(
        estimate=math.exp(estimate),
        conf_low=math.exp(_limit(fall, estimate, estimate - reach, allowed)),
        conf_high=math.inf if high > LARGEST_LOG else math.exp(high),
        p_value=float(special.chdtrc(1, max(fall(0.0), 0.0))),
        conf_level=conf_level,
        n_events=problem.n_events,
        separated=isinstance(free, Refusal),
        penalty=penalty,
    )


_Profile: TypeAlias = tuple[float, Callable[[float], float]]


def _log_f(problem: RateProblem, column: int) -> _Profile | Refusal:
    """Estimate, and twice the fall of the profile at another value."""
    everyone = tuple(range(problem.n_covariates))
    centre = maximise(problem, start_position(problem), held=Held(penalised=everyone))
    if isinstance(centre, Refusal):
        return centre
    top = _penalised(centre, Held(penalised=everyone))

    def fall(value: float) -> float:
        held = Held(ratio=(column, value), penalised=everyone)
        found = maximise(problem, centre, held=held)
        return math.inf if isinstance(found, Refusal) else 2.0 * (top - _penalised(found, held))

    return float(centre.coefficients[column]), fall


def _penalised(position: Position, held: Held) -> float:
    return position.log_likelihood + prior_terms(position, held)[0]


def _firth(problem: RateProblem, column: int) -> _Profile | Refusal:
    """Estimate, and twice the fall of the profile at another value."""
    centre = firth_maximum(problem)
    if isinstance(centre, Refusal):
        return centre

    def fall(value: float) -> float:
        found = firth_maximum(problem, start=centre.theta, ratio=(column, value))
        if isinstance(found, Refusal):
            return math.inf
        return 2.0 * (centre.penalised - found.penalised)

    return float(centre.coefficients[column]), fall


def _limit(fall: Callable[[float], float], estimate: float, far: float, allowed: float) -> float:
    """Where the profile has fallen far enough; infinite where it does not."""
    if fall(far) <= allowed:
        return math.copysign(math.inf, far - estimate)
    return float(
        optimize.brentq(lambda value: min(fall(value), 1e6) - allowed, estimate, far, xtol=1e-12)
    )
