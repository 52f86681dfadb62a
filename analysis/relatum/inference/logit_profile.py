"""Maxima, profile limits and likelihood-ratio tests of a smooth log-likelihood.

It serves the logistic likelihoods: plain, penalised and conditional.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import special

from relatum.inference.common import FloatArray
from relatum.inference.cox_sums import CoxSums
from relatum.inference.logit_rows import BoolArray

__all__ = ["Likelihood", "Peak", "climb", "drop_statistic", "profile_limits", "walk_one_side"]

_SCORING, _STEPS, _LIMIT_STEPS, _HALVINGS, _LEAST = 25, 200, 50, 20, 1e-6
_FINE, _COARSE, _ROUNDING, _ENOUGH, _NUDGE = 1e-20, 1e-13, 1e-14, 1e-10, 1e-6
_CLOSE, _FURTHEST, _DETOURS, _TINY = 1e-9, 2.0**40, 4, 1e-18
_NOTHING, _MET = -1e300, 1e-6


class Likelihood(Protocol):
    """What can be maximised."""

    def evaluate(self, coef: FloatArray) -> CoxSums | None:
        """Log-likelihood, score and a positive definite curvature; None where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Peak:
    """A maximum.

    Attributes
    ----------
    coef : ndarray, shape (k,)
    sums : CoxSums
        There.
    """

    coef: FloatArray
    sums: CoxSums


# a step too far overflows, and is halved or given up
@np.errstate(all="ignore")
def climb(
    likelihood: Likelihood, start: FloatArray, free: BoolArray, *, fine: bool = True
) -> Peak | None:
    """Maximise over the free coefficients, from a start, halving steps that go down.

    Parameters
    ----------
    likelihood : Likelihood
    start : ndarray, shape (k,)
        The coefficients that are not free stay there.
    free : ndarray of bool, shape (k,)
    fine : bool
        To the last digits of the coefficients; else to those of the log-likelihood.

    Returns
    -------
    Peak or None
        None where no maximum was found.
    """
    coef, current = start.copy(), likelihood.evaluate(start)
    if current is None or not free.any():
        return None if current is None else Peak(coef=coef, sums=current)
    enough, gain, ridge = _FINE if fine else _COARSE, np.inf, 0.0
    for iteration in range(_STEPS):
        exact = iteration >= _SCORING and ridge == 0.0
        step = _step(likelihood, coef, current, free, exact=exact, ridge=ridge)
        if step is not None:
            before, gain = gain, float(step @ current.gradient)
            # the second is where rounding leaves nothing to gain
            rounded = gain < _ROUNDING and gain > before / 4.0
            if ridge == 0.0 and (gain < enough or rounded):
                return Peak(coef=coef, sums=current)
        following = None if step is None else _halve(likelihood, coef, step, current)
        if following is not None:
            coef, current, ridge = following.coef, following.sums, _relax(ridge)
        elif step is not None and gain < _ENOUGH and ridge == 0.0:
            return Peak(coef=coef, sums=current)
        else:
            # so flat that rounding or overflow spoils the step: lean towards the score
            ridge = max(_LEAST, 100.0 * ridge)
    return None


def _relax(ridge: float) -> float:
    return ridge / 10.0 if ridge > _LEAST else 0.0


def _halve(
    likelihood: Likelihood, coef: FloatArray, step: FloatArray, current: CoxSums
) -> Peak | None:
    slack = 1e-13 * max(1.0, abs(current.loglik))
    for _ in range(_HALVINGS):
        following = likelihood.evaluate(coef + step)
        if following is not None and following.loglik >= current.loglik - slack:
            return Peak(coef=coef + step, sums=following)
        step = step / 2.0
    return None


def _step(
    likelihood: Likelihood,
    coef: FloatArray,
    current: CoxSums,
    free: BoolArray,
    *,
    exact: bool,
    ridge: float,
) -> FloatArray | None:
    """Scoring step; or Newton's, with the curvature from differences of the score."""
    curvature = current.information[free][:, free]
    if exact:
        second = _differentiate(likelihood, coef, current, free)
        if second is not None:
            curvature = second
    gradient = current.gradient[free]
    if ridge:
        curvature = curvature + ridge * np.eye(len(curvature))
    try:
        found = np.linalg.solve(curvature, gradient)
    except np.linalg.LinAlgError:
        return None
    # g'g is at most g'C^-1 g times the trace of C; else rounding has made the solution up
    bound = 4.0 * float(gradient @ found) * float(np.trace(curvature))
    if not float(gradient @ gradient) <= bound + _TINY:
        return None
    step = np.zeros_like(coef)
    step[free] = found
    return step


def _differentiate(
    likelihood: Likelihood, coef: FloatArray, current: CoxSums, free: BoolArray
) -> FloatArray | None:
    rows = []
    for j in np.flatnonzero(free).tolist():
        beside = likelihood.evaluate(coef + _NUDGE * (np.arange(len(coef)) == j))
        if beside is None:
            return None
        rows.append((current.gradient - beside.gradient)[free] / _NUDGE)
    curvature = np.array(rows)
    curvature = (curvature + curvature.T) / 2.0
    values = np.linalg.eigvalsh(curvature)
    return curvature if values[0] > 1e-8 * abs(values[-1]) else None


def drop_statistic(likelihood: Likelihood, peak: Peak, tested: BoolArray) -> float | None:
    """Twice what the log-likelihood loses when the tested coefficients are 0.

    Parameters
    ----------
    likelihood : Likelihood
    peak : Peak
    tested : ndarray of bool, shape (k,)

    Returns
    -------
    float or None
        None where no maximum was found without them.
    """
    inverse = np.linalg.inv(peak.sums.information)
    across = inverse[:, tested] @ np.linalg.inv(inverse[np.ix_(tested, tested)])
    start = peak.coef - across @ peak.coef[tested]
    start[tested] = 0.0
    found = climb(likelihood, start, ~tested, fine=False)
    if found is None:
        start = np.where(tested, 0.0, peak.coef)
        found = climb(likelihood, start, ~tested, fine=False)
    return None if found is None else max(0.0, 2.0 * (peak.sums.loglik - found.sums.loglik))


def profile_limits(
    likelihood: Likelihood, peak: Peak, column: int, *, conf_level: float
) -> tuple[float, float] | None:
    """Limits of one coefficient, where the profile falls by half a chi-square quantile.

    Parameters
    ----------
    likelihood : Likelihood
    peak : Peak
    column : int
    conf_level : float

    Returns
    -------
    tuple of float, or None
        Infinite where the profile does not fall so far. None where a limit was not found.

    Notes
    -----
    Newton's method for the limit and the other coefficients together (Venzon and Moolgavkar 1988,
    doi:10.2307/2347496); where that fails, bisection with a maximisation at each point.
    """
    drop = 0.5 * float(special.chdtri(1, 1.0 - conf_level))
    inverse = np.linalg.inv(peak.sums.information)
    along = inverse[:, column] / inverse[column, column]
    reach = float(np.sqrt(2.0 * drop * inverse[column, column]))
    ends = []
    for sign in (-1.0, 1.0):
        aim = peak.sums.loglik - drop
        start = peak.coef + sign * reach * along
        end = _newton_limit(likelihood, start, column, aim, sign)
        if end is None or sign * (end - peak.coef[column]) <= 0.0:
            end = _search_limit(likelihood, peak, column, aim, sign * reach)
        if end is None:
            return None
        ends.append(end)
    return ends[0], ends[1]


@np.errstate(all="ignore")
def _newton_limit(
    likelihood: Likelihood, start: FloatArray, column: int, aim: float, sign: float
) -> float | None:
    coef = start.copy()
    pair = np.zeros((len(coef), 2))
    pair[column, 1] = 1.0
    for _ in range(_LIMIT_STEPS):
        current = likelihood.evaluate(coef)
        if current is None:
            return None
        try:
            pair[:, 0] = current.gradient
            toward, across = np.linalg.solve(current.information, pair).T
        except np.linalg.LinAlgError:
            return None
        spread = float(across[column])
        if not spread > 0.0:
            return None
        slope = float(toward[column]) / spread
        others = float(current.gradient @ toward) - slope**2 * spread
        gap = aim - current.loglik - 0.5 * others
        inside = slope**2 - 2.0 * gap / spread
        if not inside >= 0.0:
            return None
        move = (slope + sign * math.sqrt(inside)) * spread
        if abs(gap) < _CLOSE and abs(others) < _CLOSE:
            return float(coef[column] + move)
        step = toward + across * (move - toward[column]) / spread
        coef = coef + step
    return None


def _search_limit(
    likelihood: Likelihood, peak: Peak, column: int, aim: float, reach: float
) -> float | None:
    above = _profile(likelihood, peak, column)
    centre = float(peak.coef[column])
    inside, outside = 0.0, reach
    while above(centre + outside) > aim:
        inside, outside = outside, 2.0 * outside
        if abs(outside) > _FURTHEST * abs(reach):
            return float(np.sign(reach) * np.inf)
    move = _cross(lambda move: above(centre + move) - aim, inside, outside)
    return None if move is None else centre + move


def _cross(excess: Callable[[float], float], one: float, other: float) -> float | None:
    """Find where the profile meets its aim, between a point above and one below it."""
    from scipy import optimize

    # what lies far below is cut, or it would spoil the interpolation
    found = float(
        optimize.brentq(
            lambda value: max(excess(value), -1.0),
            one,
            other,
            xtol=1e-12,
            rtol=1e-12,
            maxiter=1000,
        )
    )
    # at an edge where no maximum was found the aim is not met
    return found if abs(excess(found)) < _MET else None


def _profile(likelihood: Likelihood, peak: Peak, column: int) -> Callable[[float], float]:
    """Log-likelihood with one coefficient held, at the best of the others."""
    free = np.arange(len(peak.coef)) != column
    known = {float(peak.coef[column]): peak.coef}

    def go(value: float, detours: int) -> Peak | None:
        near = min(known, key=lambda other: abs(other - value))
        start = known[near].copy()
        start[column] = value
        found = climb(likelihood, start, free, fine=False)
        if found is None and detours:
            # the others move too far in one leap
            half = go((near + value) / 2.0, detours - 1)
            return None if half is None else go(value, detours - 1)
        if found is not None:
            known[value] = found.coef
        return found

    heights: dict[float, float] = {}

    def value_at(value: float) -> float:
        if value not in heights:
            found = go(value, _DETOURS)
            # no curvature so far out means that nothing is left there; see `_cross`
            heights[value] = _NOTHING if found is None else found.sums.loglik
        return heights[value]

    return value_at


def walk_one_side(
    likelihood: Likelihood, start: Peak, column: int, *, sign: float, aim: float
) -> float | None:
    """Find where the profile of a coefficient with an infinite estimate meets its aim.

    Parameters
    ----------
    likelihood : Likelihood
    start : Peak
        The best of the other coefficients, with this one at 0.
    column : int
    sign : float
        1 where the likelihood grows for ever with the coefficient, -1 where it grows as it falls.
    aim : float
        Below the supremum.

    Returns
    -------
    float or None
        None where it was not met.
    """
    height = _profile(likelihood, start, column)
    toward = -sign if start.sums.loglik > aim else sign
    above, value, step = start.sums.loglik > aim, 0.0, 1.0
    while (height(value + toward * step) > aim) == above:
        value, step = value + toward * step, 2.0 * step
        if step > _FURTHEST:
            return None
    return _cross(lambda at: height(at) - aim, value, value + toward * step)
