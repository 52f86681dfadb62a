"""Firth's penalty on a piecewise-constant rate with covariates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, Refusal
from relatum.inference.products import invert_information
from relatum.inference.rate_problem import WHAT, RateProblem, evaluate_problem

__all__ = ["FirthRate", "firth_maximum"]

_STEPS, _HALVINGS, _LONGEST = 200, 40, 4.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FirthRate:
    """A maximum of the penalised likelihood.

    Attributes
    ----------
    theta : ndarray, shape (n_pieces + k,)
        Log rates, then log rate ratios.
    coefficients : ndarray, shape (k,)
    log_likelihood, penalised : float
        Without and with the penalty.
    """

    theta: FloatArray
    coefficients: FloatArray
    log_likelihood: float
    penalised: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Point:
    theta: FloatArray
    log_likelihood: float
    penalised: float
    slope: FloatArray
    information: FloatArray


def firth_maximum(
    problem: RateProblem,
    *,
    start: FloatArray | None = None,
    ratio: tuple[int, float] | None = None,
) -> FirthRate | Refusal:
    """Maximise the log likelihood plus half the log determinant of the information.

    Parameters
    ----------
    problem : RateProblem
        With at least one event and one covariate.
    start : ndarray, shape (n_pieces + k,), optional
    ratio : tuple of int and float, optional
        A covariate and the value at which its coefficient is held.

    Returns
    -------
    FirthRate or Refusal
        A refusal for collinear covariates, and where the maximum was not found.

    Notes
    -----
    The information is that of events with exact dates, given the time at risk T in each row and
    piece: sum of T exp(theta) z z', with z the piece and the covariates. It does not shrink where
    dates are intervals, and always rises with the rates, so that no rate becomes zero (Firth
    1993, doi:10.1093/biomet/80.1.27). Half its leverage joins the score of each row and piece.
    """
    time = _time_at_risk(problem)
    theta = start
    if theta is None:
        theta = np.zeros(problem.n_pieces + problem.n_covariates)
        theta[: problem.n_pieces] = np.log(problem.n_events / time.sum())
    free = np.ones(len(theta), dtype=np.bool_)
    if ratio is not None:
        at = problem.n_pieces + ratio[0]
        theta = np.append(theta[:at], np.append(ratio[1], theta[at + 1 :]))
        free[at] = False
    point = _evaluate(problem, time, theta)
    for _ in range(_STEPS):
        if isinstance(point, Refusal):
            return point
        step = _step(point, free)
        gain = float(point.slope @ step)
        if gain < 1e-18 * max(1.0, problem.n_events):
            return _found(problem, point)
        following = _halve(problem, time, point, step)
        if following is None:
            flat = gain < 1e-10 * max(1.0, problem.n_events)
            return _found(problem, point) if flat else Refusal(WHAT, "the fit did not converge")
        point = following
    return Refusal(WHAT, "the fit did not converge")


def _found(problem: RateProblem, point: _Point) -> FirthRate:
    return FirthRate(
        theta=point.theta,
        coefficients=point.theta[problem.n_pieces :],
        log_likelihood=point.log_likelihood,
        penalised=point.penalised,
    )


def _time_at_risk(problem: RateProblem) -> FloatArray:
    """Time of each row in each piece, averaged over onsets, shape (n_rows, n_pieces)."""
    n_rows = len(problem.start)
    unit = np.repeat(np.arange(len(problem.units)), np.diff(problem.row_at))
    counts = np.diff(problem.node_at)[unit]
    row = np.repeat(np.arange(n_rows), counts)
    offset = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    node = problem.node_at[unit[row]] + offset
    onset, weight, edges = problem.onset[node], problem.weight[node], problem.edges
    columns = []
    for piece in range(problem.n_pieces):
        low = np.maximum(problem.start[row], edges[piece] + onset)
        high = np.minimum(problem.stop[row], edges[piece + 1] + onset)
        columns.append(np.bincount(row, np.maximum(high - low, 0.0) * weight, n_rows))
    return np.column_stack(columns)


def _evaluate(problem: RateProblem, time: FloatArray, theta: FloatArray) -> _Point | Refusal:
    n, x = problem.n_pieces, problem.covariates
    rates, beta = np.exp(np.minimum(theta[:n], 300.0)), theta[n:]
    values = evaluate_problem(problem, rates, beta)
    mean = time * rates * np.exp(np.clip(x @ beta, -300.0, 300.0))[:, None]
    mixed = mean.T @ x
    expected = np.block(
        [[np.diag(mean.sum(axis=0)), mixed], [mixed.T, x.T @ (x * mean.sum(axis=1)[:, None])]]
    )
    inverse = invert_information(expected, what=WHAT)
    if isinstance(inverse, Refusal):
        return inverse
    own = np.einsum("ri,ij,rj->r", x, inverse[n:, n:], x)
    half = mean * (np.diag(inverse)[:n] + 2.0 * x @ inverse[n:, :n] + own[:, None]) / 2.0
    pull = np.append(half.sum(axis=0), x.T @ half.sum(axis=1))
    log_likelihood = float(values.value.sum())
    return _Point(
        theta=theta,
        log_likelihood=log_likelihood,
        penalised=log_likelihood + float(np.linalg.slogdet(expected)[1]) / 2.0,
        slope=values.score.sum(axis=0) + pull,
        information=_uphill(values.information.sum(axis=0), expected),
    )


def _uphill(observed: FloatArray, expected: FloatArray) -> FloatArray:
    """Take the observed information where every direction is curved, else the expected one."""
    smallest = np.linalg.eigvalsh(observed)[0]
    return observed if smallest > 1e-6 * np.linalg.eigvalsh(expected)[0] else expected


def _step(point: _Point, free: npt.NDArray[np.bool_]) -> FloatArray:
    step = np.zeros(len(free))
    step[free] = np.linalg.solve(point.information[np.ix_(free, free)], point.slope[free])
    return np.asarray(step * min(1.0, _LONGEST / max(float(np.abs(step).max()), 1e-300)))


def _halve(
    problem: RateProblem, time: FloatArray, point: _Point, step: FloatArray
) -> _Point | Refusal | None:
    """Take a step, halved until the likelihood does not fall; None where no step helps."""
    slack = 1e-12 * max(1.0, abs(point.penalised))
    for _ in range(_HALVINGS):
        moved = _evaluate(problem, time, point.theta + step)
        if not isinstance(moved, Refusal) and moved.penalised >= point.penalised - slack:
            return moved
        step = step / 2.0
    return None
