"""Score wild bootstrap of one parameter of a rate, and its inversion to limits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from relatum.inference.common import FloatArray, Refusal
from relatum.inference.products import invert_information
from relatum.inference.rate_fit import (
    Held,
    Position,
    case_sums,
    maximise,
    prior_terms,
    start_position,
)
from relatum.inference.rate_problem import RateProblem
from relatum.inference.wild_core import MAX_ENUMERATED, sign_chunks
from relatum.inference.wild_scores import walk_outwards

__all__ = ["WHAT", "InvertedTest", "invert_score_test"]

WHAT = "score wild bootstrap of a rate"
Tested: TypeAlias = tuple[float, float, float]
Hold: TypeAlias = Callable[[float], Held]


@dataclass(frozen=True, slots=True, kw_only=True)
class InvertedTest:
    """One parameter, on the log scale, with its test and limits.

    Attributes
    ----------
    estimate, std_error : float
        The maximum, and its clustered error.
    null, statistic, p_value, p_value_strict : float
        Studentised score at the null; shares of sign vectors with abs(t*) >= abs(t), and with >.
    conf_low, conf_high : float
        Infinite where a limit lies more than 30 errors away.
    n_draws : int
        Sign vectors that were used: 2^G when enumerated.
    enumerated : bool
    smallest_p : float
    """

    estimate: float
    std_error: float
    null: float
    statistic: float
    p_value: float
    p_value_strict: float
    conf_low: float
    conf_high: float
    n_draws: int
    enumerated: bool
    smallest_p: float


def invert_score_test(
    problem: RateProblem,
    hold: Hold,
    *,
    at: int,
    null: float | None,
    conf_level: float,
    signs: tuple[int, int],
) -> InvertedTest | Refusal:
    """Test one parameter and find the values that are not rejected.

    Parameters
    ----------
    problem : RateProblem
        With at least one event and two cases.
    hold : callable
        What a fit holds fixed when the parameter has a given value.
    at : int
        The parameter's place among the coordinates; negative ones count from the end.
    null : float or None
        The value that is tested; None for the estimate.
    conf_level : float
    signs : tuple of int
        Number and seed of random sign vectors, used only where they are not enumerated.

    Returns
    -------
    InvertedTest or Refusal

    Notes
    -----
    Kline and Santos (2012, doi:10.1515/2156-6674.1006): the other parameters are estimated at
    each value, the scores of whole cases change sign, and the efficient score is studentised in
    each draw by the cases' residual scores. Limits are found by steps that grow by a tenth, then
    by bisection.
    """
    groups = problem.clusters.n_clusters
    chunks = list(sign_chunks(groups, n_draws=signs[0], seed=signs[1]))
    prior = Held(penalised=hold(0.0).penalised)
    centre = maximise(problem, start_position(problem), held=prior)
    if isinstance(centre, Refusal):
        return centre
    estimate = float(centre.eta[at])
    parts = _case_parts(problem, centre, prior)
    if isinstance(parts, Refusal):
        return parts
    error = math.sqrt(groups / (groups - 1) * float((parts[0][:, at] ** 2).sum()))
    if error <= 1e-10:
        return Refusal(WHAT, "the scores add up to zero in every case")

    def walk(side: float) -> float:
        return _limit(_Tester(problem, hold, at, chunks, centre), error, side, 1.0 - conf_level)

    value = estimate if null is None else null
    tested = _Tester(problem, hold, at, chunks, centre).test(value)
    if isinstance(tested, Refusal):
        return tested
    vectors = sum(len(chunk) for chunk in chunks)
    enumerated = groups <= MAX_ENUMERATED
    return InvertedTest(
        estimate=estimate,
        std_error=error,
        null=value,
        statistic=tested[0],
        p_value=tested[1],
        p_value_strict=tested[2],
        conf_low=walk(-1.0),
        conf_high=walk(1.0),
        n_draws=2 * vectors if enumerated else vectors - 1,
        enumerated=enumerated,
        smallest_p=1.0 / vectors,
    )


def _case_parts(
    problem: RateProblem, position: Position, held: Held
) -> tuple[FloatArray, FloatArray, FloatArray] | Refusal:
    """Scores of the cases times the inverse information, their informations, and the inverse."""
    score, information = case_sums(problem, position)
    _, slope, curve = prior_terms(position, held)
    score = score + slope / len(score)
    information = information + curve / len(score)
    inverse = invert_information(information.sum(axis=0), what=WHAT)
    if isinstance(inverse, Refusal):
        return inverse
    return score @ inverse, information, inverse


class _Tester:
    """Tests values one after another; each fit starts from the one before."""

    def __init__(
        self,
        problem: RateProblem,
        hold: Hold,
        at: int,
        chunks: list[FloatArray],
        centre: Position,
    ) -> None:
        self.problem, self.hold, self.at, self.chunks = problem, hold, at, chunks
        self.centre = self.last = centre

    def test(self, value: float) -> Tested | Refusal:
        """Studentised score, its p value, and the p value without ties."""
        held = self.hold(value)
        found = maximise(self.problem, self.last, held=held)
        if isinstance(found, Refusal):
            return found
        same = len(found.active) == len(self.centre.active)
        self.last = found if same else self.centre
        parts = _case_parts(self.problem, found, held)
        if isinstance(parts, Refusal):
            return parts
        scaled, information, inverse = parts
        leverage = information @ inverse[self.at]
        drawn = [_studentise(scaled, leverage, self.at, chunk) for chunk in self.chunks]
        groups = len(scaled)
        statistics = np.concatenate(drawn) / math.sqrt(groups / (groups - 1))
        observed = float(statistics[0])
        slack = 1e-9 * max(1.0, abs(observed)) if math.isfinite(observed) else 0.0
        size = np.abs(statistics)
        return (
            observed,
            float((size >= abs(observed) - slack).mean()),
            float((size > abs(observed) + slack).mean()),
        )


def _studentise(scaled: FloatArray, leverage: FloatArray, at: int, chunk: FloatArray) -> FloatArray:
    sums = chunk @ scaled
    residual = chunk * scaled[:, at] - sums @ leverage.T
    error = np.sqrt(np.einsum("bg,bg->b", residual, residual))
    top = sums[:, at]
    scale = np.abs(scaled[:, at]).sum()
    empty = np.where(np.abs(top) <= 1e-14 * scale, 0.0, np.inf)
    fine = error > 1e-13 * scale
    return np.asarray(
        np.divide(top, error, out=np.copysign(empty, top), where=fine), dtype=np.float64
    )


def _limit(tester: _Tester, error: float, side: float, level: float) -> float:
    """Last value, going outwards, that is not rejected."""
    estimate = float(tester.centre.eta[tester.at])

    def kept(distance: float) -> bool:
        found = tester.test(estimate + side * distance * error)
        return not isinstance(found, Refusal) and found[1] > level + 1e-12

    return estimate + side * walk_outwards(kept) * error
