"""Maximum likelihood of a piecewise-constant rate, free or with one quantity held fixed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.clusters import sum_by_cluster
from relatum.inference.common import FloatArray, IntArray, Refusal
from relatum.inference.rate_problem import WHAT, RateProblem, UnitValues, evaluate_problem

__all__ = ["Held", "Position", "case_sums", "maximise", "prior_terms", "start_position"]

MAX_ITERATIONS = 200
LARGEST_STEP = 4.0
#: A piece whose log rate falls this far below the largest is set to zero: its estimate is zero.
FARTHEST = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a fit holds fixed, and which coefficients it penalises.

    Attributes
    ----------
    log_rate : float or None
        Log of the overall rate: the rates of the pieces weighted by their time at risk.
    ratio : tuple of int and float, or None
        A covariate and the value of its coefficient.
    penalised : tuple of int
        Covariates with a log-F(1,1) prior.
    """

    log_rate: float | None = None
    ratio: tuple[int, float] | None = None
    penalised: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Position:
    """A point of the parameter space, with the likelihood there.

    The coordinates are the log of the overall rate, the log rates of the pieces relative to the
    first one that is not zero, and the coefficients.

    Attributes
    ----------
    active : ndarray of int, shape (n_active,)
        Pieces whose rate is not zero.
    eta : ndarray, shape (q,)
        The coordinates.
    rates : ndarray, shape (n_pieces,)
    coefficients : ndarray, shape (k,)
    values : UnitValues
    shares : ndarray, shape (n_active,)
        Shares of the pieces in the overall rate.
    jacobian : ndarray, shape (n_pieces + k, q)
        Derivatives of the log rates and coefficients in the coordinates.
    """

    active: IntArray
    eta: FloatArray
    rates: FloatArray
    coefficients: FloatArray
    values: UnitValues
    shares: FloatArray
    jacobian: FloatArray

    @property
    def log_likelihood(self) -> float:
        """Sum over units."""
        return float(self.values.value.sum())

    def scores(self) -> FloatArray:
        """Scores of the units in the coordinates, shape (n_units, q)."""
        return np.asarray(self.values.score @ self.jacobian)

    def information(self, score: FloatArray, information: FloatArray) -> FloatArray:
        """Information in the coordinates.

        Parameters
        ----------
        score : ndarray, shape (..., n_pieces + k)
            Sums of scores in the log rates and coefficients.
        information : ndarray, shape (..., n_pieces + k, n_pieces + k)

        Returns
        -------
        ndarray, shape (..., q, q)
        """
        found = self.jacobian.T @ information @ self.jacobian
        inner = self.shares[1:]
        bend = np.diag(inner) - np.outer(inner, inner)
        events = score[..., : len(self.rates)].sum(axis=-1)
        block = slice(1, len(self.active))
        found[..., block, block] += events[..., None, None] * bend
        return np.asarray(found)


def _place(problem: RateProblem, active: IntArray, eta: FloatArray) -> Position:
    """Take the likelihood at coordinates."""
    n, k = problem.n_pieces, problem.n_covariates
    time = problem.exposure.sum(axis=0)
    logs = np.concatenate([[0.0], eta[1 : len(active)]])
    weights = np.log(time[active] / time.sum()) + logs
    log_rates = eta[0] + logs - special.logsumexp(weights)
    shares = special.softmax(weights)
    rates = np.zeros(n)
    rates[active] = np.exp(np.minimum(log_rates, 300.0))
    jacobian = np.zeros((n + k, len(eta)))
    jacobian[active, 0] = 1.0
    jacobian[np.ix_(active, np.arange(1, len(active)))] = np.eye(len(active))[:, 1:] - shares[1:]
    jacobian[n:, len(active) :] = np.eye(k)
    coefficients = eta[len(active) :]
    return Position(
        active=active,
        eta=eta,
        rates=rates,
        coefficients=coefficients,
        values=evaluate_problem(problem, rates, coefficients),
        shares=shares,
        jacobian=jacobian,
    )


def start_position(problem: RateProblem) -> Position:
    """Events over time at risk, the same in every piece, without an effect of covariates.

    Parameters
    ----------
    problem : RateProblem
        With at least one event.

    Returns
    -------
    Position
    """
    rate = problem.n_events / float(problem.exposure.sum())
    eta = np.zeros(problem.n_pieces + problem.n_covariates)
    eta[0] = np.log(rate)
    return _place(problem, np.arange(problem.n_pieces), eta)


def case_sums(problem: RateProblem, position: Position) -> tuple[FloatArray, FloatArray]:
    """Scores and informations of the cases, in the coordinates of a position.

    Parameters
    ----------
    problem : RateProblem
    position : Position

    Returns
    -------
    tuple of ndarray, shapes (n_clusters, q) and (n_clusters, q, q)
    """
    clusters = problem.clusters
    p = position.values.score.shape[1]
    score = np.column_stack(
        [sum_by_cluster(position.values.score[:, i], clusters) for i in range(p)]
    )
    flat = position.values.information.reshape(-1, p * p)
    sums = [sum_by_cluster(flat[:, i], clusters) for i in range(p * p)]
    information = np.column_stack(sums).reshape(-1, p, p)
    return score @ position.jacobian, position.information(score, information)


def prior_terms(position: Position, held: Held) -> tuple[float, FloatArray, FloatArray]:
    """Log-F(1,1) prior of the penalised coefficients.

    Parameters
    ----------
    position : Position
    held : Held

    Returns
    -------
    tuple of float, ndarray of shape (q,) and ndarray of shape (q, q)
        Its logarithm, up to a constant, its derivative, and the information that it adds.
    """
    q = len(position.eta)
    slope, curve = np.zeros(q), np.zeros(q)
    at = len(position.active) + np.array(held.penalised, dtype=np.int64)
    beta = position.eta[at]
    share = special.expit(beta)
    slope[at], curve[at] = 0.5 - share, share * (1.0 - share)
    return float((beta / 2.0 - np.logaddexp(0.0, beta)).sum()), slope, np.diag(curve)


def _hold(problem: RateProblem, position: Position, held: Held) -> Position:
    """Move to the values that are held fixed."""
    eta = position.eta.copy()
    if held.log_rate is not None:
        eta[0] = held.log_rate
    if held.ratio is not None:
        eta[len(position.active) + held.ratio[0]] = held.ratio[1]
    return _place(problem, position.active, eta)


def _free(position: Position, held: Held) -> npt.NDArray[np.bool_]:
    free = np.ones(len(position.eta), dtype=np.bool_)
    free[0] = held.log_rate is None
    if held.ratio is not None:
        free[len(position.active) + held.ratio[0]] = False
    return free


def _drop_vanishing(problem: RateProblem, position: Position) -> Position | None:
    """Set pieces to zero whose rate vanishes beside the others; None where none does."""
    logs = np.concatenate([[0.0], position.eta[1 : len(position.active)]])
    keep = logs > logs.max() - FARTHEST
    if keep.all():
        return None
    kept = logs[keep] - logs[keep][0]
    eta = np.concatenate([position.eta[:1], kept[1:], position.coefficients])
    return _place(problem, position.active[keep], eta)


def maximise(
    problem: RateProblem, start: Position, *, held: Held | None = None
) -> Position | Refusal:
    """Maximise the likelihood by Newton's method with step halving.

    Parameters
    ----------
    problem : RateProblem
    start : Position
        Where to begin.
    held : Held, optional
        What stays fixed; nothing by default.

    Returns
    -------
    Position or Refusal
        A refusal where a coefficient runs away, because every event or none lies with one value
        of a covariate, and for collinear covariates.
    """
    rule = Held() if held is None else held
    position = _hold(problem, start, rule)
    if not np.isfinite(position.log_likelihood):
        position = _hold(problem, start_position(problem), rule)
    for _ in range(MAX_ITERATIONS):
        dropped = _drop_vanishing(problem, position)
        position = position if dropped is None else dropped
        free = _free(position, rule)
        _, slope, curve = prior_terms(position, rule)
        score = (position.scores().sum(axis=0) + slope)[free]
        whole = position.information(
            position.values.score.sum(axis=0), position.values.information.sum(axis=0)
        )
        step = _newton_step(score, (whole + curve)[np.ix_(free, free)], _reach(problem, free))
        if float(score @ step) < 1e-20 * max(1.0, problem.n_events):
            return position
        full = np.zeros(len(position.eta))
        full[free] = step
        moved = _improve(problem, position, full, rule)
        if moved is None:
            flat = float(score @ step) < 1e-10 * max(1.0, problem.n_events)
            return position if flat else Refusal(WHAT, "the fit did not converge")
        position = moved
        runaway = _runs_away(problem, position)
        if runaway is not None:
            return runaway
    return Refusal(WHAT, "the fit did not converge")


def _reach(problem: RateProblem, free: npt.NDArray[np.bool_]) -> FloatArray:
    """How far one unit of each free coordinate moves a log rate."""
    reach = np.ones(len(free))
    if problem.n_covariates:
        reach[-problem.n_covariates :] = np.ptp(problem.covariates, axis=0)
    return reach[free]


def _newton_step(score: FloatArray, information: FloatArray, reach: FloatArray) -> FloatArray:
    """Step uphill, also where the likelihood is not concave."""
    if score.size == 0:
        return score
    scale = np.sqrt(np.maximum(np.abs(np.diag(information)), 1e-300))
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    size = np.maximum(np.abs(values), 1e-10 * max(float(np.abs(values).max()), 1e-300))
    step = vectors @ ((vectors.T @ (score / scale)) / size) / scale
    return np.asarray(
        step * min(1.0, LARGEST_STEP / max(float(np.abs(step * reach).max()), 1e-300))
    )


def _improve(
    problem: RateProblem, position: Position, step: FloatArray, held: Held
) -> Position | None:
    """Take a step, halved until the likelihood does not fall; None where no step helps."""
    before = position.log_likelihood + prior_terms(position, held)[0]
    slack = 1e-12 * max(1.0, abs(before))
    for _ in range(40):
        moved = _place(problem, position.active, position.eta + step)
        if moved.log_likelihood + prior_terms(moved, held)[0] >= before - slack:
            return moved
        step = step / 2.0
    return None


def _runs_away(problem: RateProblem, position: Position) -> Refusal | None:
    if problem.n_covariates == 0:
        return None
    reach = np.ptp(problem.covariates, axis=0)
    if (np.abs(position.coefficients) * reach > FARTHEST).any():
        return Refusal(WHAT, "all events lie with one value of a covariate")
    return None
