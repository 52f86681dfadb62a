"""Rate of recurrent events, constant in pieces, with delayed entry and dates as intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from relatum.inference.clusters import Clusters, sum_by_cluster
from relatum.inference.common import FloatArray, Refusal
from relatum.inference.piecewise_rate_data import EventIntervals, RiskRows
from relatum.inference.products import invert_information
from relatum.inference.rate_fit import (
    Held,
    Position,
    case_sums,
    maximise,
    prior_terms,
    start_position,
)
from relatum.inference.rate_problem import WHAT, OnsetRule, RateProblem, build_problem

__all__ = ["PenaltyRule", "PiecewiseRate", "fit_piecewise_rate", "fitted_rate"]

PenaltyRule: TypeAlias = Literal["none", "log_f"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PiecewiseRate:
    """A fitted piecewise-constant rate.

    All rates are per unit of time of the data. Log rates come before coefficients in the arrays
    of p = n_pieces + k columns.

    Attributes
    ----------
    edges : ndarray, shape (n_pieces + 1,)
        Where the pieces end, in time since onset; infinite at both sides.
    rates : ndarray, shape (n_pieces,)
        At covariates of zero. Zero for a piece in which no event is likely to lie.
    coefficients : ndarray, shape (k,)
        Log rate ratios.
    std_error : ndarray, shape (p,)
        Errors of the log rates and coefficients from the information; infinite at a rate of zero.
    cluster_error : ndarray, shape (p,)
        The same from the scores of the cases, times the square root of G / (G - 1); infinite
        with one case. Printed for orientation: limits come from the bootstrap.
    overall_rate : float
        Events over time at risk.
    exposure : ndarray, shape (n_pieces,)
        Time at risk, averaged over onsets.
    n_events, n_units, n_clusters : int
    log_likelihood : float
        Without the penalty. An exact time counts with the log of its rate.
    penalty : {"none", "log_f"}
    residuals : ndarray, shape (n_units,)
        Observed less expected events of each unit.
    unit_scores : ndarray, shape (n_units, p)
    case_scores : ndarray, shape (n_clusters, p)
    case_information : ndarray, shape (n_clusters, p, p)
    units, cases : ndarray
        Labels, sorted.
    """

    edges: FloatArray
    rates: FloatArray
    coefficients: FloatArray
    std_error: FloatArray
    cluster_error: FloatArray
    overall_rate: float
    exposure: FloatArray
    n_events: int
    n_units: int
    n_clusters: int
    log_likelihood: float
    penalty: PenaltyRule
    residuals: FloatArray
    unit_scores: FloatArray
    case_scores: FloatArray
    case_information: FloatArray
    units: npt.NDArray[Any]
    cases: npt.NDArray[Any]


def fit_piecewise_rate(
    rows: RiskRows,
    events: EventIntervals,
    *,
    cuts: Sequence[float] = (),
    onset: OnsetRule = "integrated",
    penalty: PenaltyRule = "none",
) -> PiecewiseRate | Refusal:
    """Estimate the rate of recurrent events from intervals of dates.

    Parameters
    ----------
    rows : RiskRows
        Time at risk, with case, onset and covariates; see `risk_rows`.
    events : EventIntervals
        See `event_intervals`.
    cuts : sequence of float
        Where the rate changes, in time since onset; none for one rate.
    onset : {"integrated", "earliest", "latest"}
        What an interval of onsets stands for: an even distribution over it, or one of its ends.
        The two ends bound what an onset may do.
    penalty : {"none", "log_f"}
        "log_f" gives each coefficient a log-F(1,1) prior, which keeps it finite when all events
        lie with one value of a covariate.

    Returns
    -------
    PiecewiseRate or Refusal
        A refusal without events, for data that cannot be, and for coefficients that run away.

    Raises
    ------
    ValueError
        For an unknown rule, cuts that do not increase, or labels that do not fit together.

    Notes
    -----
    A unit with onset o that is at risk from E to C and has events in (L_k, R_k] contributes

        exp(-[Lambda(C - o) - Lambda(E - o)]) prod_k [Lambda(R_k - o) - Lambda(L_k - o)],

    where Lambda is the cumulative rate. An exact time t contributes the rate at t, the limit of a
    short interval over its length. Where intervals overlap and the order of the events is known,
    the product becomes the integral of the rates over all ordered times inside the intervals: with
    cells between the ends of the intervals, a sum over assignments of events to cells in which n
    events in a cell of mass m count m^n / n!. Events without an order keep the product. An
    interval that reaches beyond the time at risk is cut to it.

    The likelihood is averaged over o, evenly between its earliest and latest place, by
    Gauss-Legendre quadrature between the kinks of the integrand. The maximum is found by Newton's
    method on exact derivatives. At the maximum the expected events equal the observed ones.

    Sources: Poisson processes with delayed entry, grouped times and piecewise-constant rates in
    Cook and Lawless (2007, doi:10.1007/978-0-387-69810-6); log-F priors in Greenland and
    Mansournia (2015, doi:10.1002/sim.6537). The ordered integral is worked out here.

    Examples
    --------
    >>> from relatum.inference.piecewise_rate_data import event_intervals, risk_rows
    >>> rows = risk_rows([1, 2, 3], [0, 0, 0], [100, 50, 50], cluster=[1, 1, 2])
    >>> found = fit_piecewise_rate(rows, event_intervals([1, 1], [10, 30], [20, 30]))
    >>> round(found.overall_rate, 4), found.rates.round(4)
    (0.01, array([0.01]))
    """
    if penalty not in ("none", "log_f"):
        raise ValueError(f"penalty must be none or log_f, not {penalty!r}.")
    problem = build_problem(rows, events, cuts=cuts, onset=onset)
    if isinstance(problem, Refusal):
        return problem
    if problem.n_events == 0:
        return Refusal(WHAT, "no event was observed")
    position = maximise(problem, start_position(problem), held=_prior(problem, penalty))
    if isinstance(position, Refusal):
        return position
    return fitted_rate(problem, position, penalty=penalty)


def _prior(problem: RateProblem, penalty: PenaltyRule) -> Held:
    return Held(penalised=tuple(range(problem.n_covariates)) if penalty == "log_f" else ())


def _errors(variance: FloatArray, jacobian: FloatArray) -> FloatArray:
    """Errors of log rates and coefficients; infinite where nothing is estimated."""
    squares = np.einsum("ia,ab,ib->i", jacobian, variance, jacobian)
    known = (jacobian != 0).any(axis=1)
    return np.where(known, np.sqrt(np.maximum(squares, 0.0)), math.inf)


def _sum_matrices(values: FloatArray, clusters: Clusters) -> FloatArray:
    flat = values.reshape(len(values), -1)
    sums = [sum_by_cluster(flat[:, i], clusters) for i in range(flat.shape[1])]
    return np.column_stack(sums).reshape(-1, *values.shape[1:])


def fitted_rate(
    problem: RateProblem, position: Position, *, penalty: PenaltyRule = "none"
) -> PiecewiseRate | Refusal:
    """Describe a maximum.

    Parameters
    ----------
    problem : RateProblem
    position : Position
        The maximum.
    penalty : {"none", "log_f"}

    Returns
    -------
    PiecewiseRate or Refusal
        A refusal for collinear covariates.
    """
    score, information = case_sums(problem, position)
    total = information.sum(axis=0) + prior_terms(position, _prior(problem, penalty))[2]
    inverse = invert_information(total, what=WHAT)
    if isinstance(inverse, Refusal):
        return inverse
    groups = problem.clusters.n_clusters
    robust = np.full(len(position.jacobian), math.inf)
    if groups > 1:
        centred = score - score.mean(axis=0)
        meat = groups / (groups - 1) * centred.T @ centred
        robust = _errors(inverse @ meat @ inverse, position.jacobian)
    values = position.values
    return PiecewiseRate(
        edges=problem.edges,
        rates=position.rates,
        coefficients=position.coefficients,
        std_error=_errors(inverse, position.jacobian),
        cluster_error=robust,
        overall_rate=problem.n_events / float(problem.exposure.sum()),
        exposure=problem.exposure.sum(axis=0),
        n_events=problem.n_events,
        n_units=len(problem.units),
        n_clusters=groups,
        log_likelihood=position.log_likelihood,
        penalty=penalty,
        residuals=values.score[:, : problem.n_pieces].sum(axis=1),
        unit_scores=values.score,
        case_scores=_sum_matrices(values.score, problem.clusters),
        case_information=_sum_matrices(values.information, problem.clusters),
        units=problem.units,
        cases=problem.clusters.labels,
    )
