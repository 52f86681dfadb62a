"""The likelihood of a piecewise-constant rate as arrays, and the onsets it is integrated over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from relatum.inference.clusters import Clusters, index_clusters
from relatum.inference.common import FloatArray, IntArray, Refusal
from relatum.inference.piecewise_rate_data import (
    EventIntervals,
    RiskRows,
    check_rows_and_events,
)
from relatum.inference.rate_chains import Chain, chains_of_unit

__all__ = ["WHAT", "OnsetRule", "RateProblem", "UnitValues", "build_problem", "evaluate_problem"]

WHAT = "piecewise-constant rate"
OnsetRule: TypeAlias = Literal["integrated", "earliest", "latest"]
#: Log rate ratios beyond it are cut, so that a trial step far out is merely a bad one.
LARGEST = 300.0
#: Nodes of the rule between two kinks: exact for polynomials of degree 23.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RateProblem:
    """Flat arrays for the compiled likelihood.

    Attributes
    ----------
    start, stop : ndarray, shape (n_rows,)
        Rows at risk, sorted by unit and time.
    covariates : ndarray, shape (n_rows, k)
    onset, weight : ndarray, shape (n_nodes,)
        Onsets and their weights.
    low, high : ndarray, shape (n_cells,)
    allowed : ndarray of bool, shape (n_cells, longest chain)
    chain_size : ndarray of int, shape (n_chains,)
    row_at, node_at, chain_at : ndarray of int, shape (n_units + 1,)
    cell_at : ndarray of int, shape (n_chains + 1,)
    edges : ndarray, shape (n_pieces + 1,)
        Infinite at both sides.
    units : ndarray, shape (n_units,)
        Labels, sorted.
    clusters : Clusters
        Of the units.
    exposure : ndarray, shape (n_units, n_pieces)
        Time at risk, averaged over onsets.
    n_events : int
    """

    start: FloatArray
    stop: FloatArray
    covariates: FloatArray
    onset: FloatArray
    weight: FloatArray
    low: FloatArray
    high: FloatArray
    allowed: npt.NDArray[np.bool_]
    chain_size: IntArray
    row_at: IntArray
    node_at: IntArray
    chain_at: IntArray
    cell_at: IntArray
    edges: FloatArray
    units: npt.NDArray[np.generic]
    clusters: Clusters
    exposure: FloatArray
    n_events: int

    @property
    def n_pieces(self) -> int:
        """Number of pieces of the rate."""
        return len(self.edges) - 1

    @property
    def n_covariates(self) -> int:
        """Number of covariates."""
        return int(self.covariates.shape[1])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnitValues:
    """The likelihood at given rates.

    Attributes
    ----------
    value : ndarray, shape (n_units,)
        Log likelihood.
    score : ndarray, shape (n_units, n_pieces + k)
        Derivatives in the log rates and the coefficients.
    information : ndarray, shape (n_units, n_pieces + k, n_pieces + k)
        Second derivatives with the sign changed.
    """

    value: FloatArray
    score: FloatArray
    information: FloatArray


def build_problem(
    rows: RiskRows,
    events: EventIntervals,
    *,
    cuts: Sequence[float] = (),
    onset: OnsetRule = "integrated",
) -> RateProblem | Refusal:
    """Check the data and lay them out for the likelihood.

    Parameters
    ----------
    rows : RiskRows
    events : EventIntervals
    cuts : sequence of float
        Where the rate changes, in time since onset.
    onset : {"integrated", "earliest", "latest"}
        An onset that is an interval is integrated over, evenly, or set to one of its ends.

    Returns
    -------
    RateProblem or Refusal
        A refusal for data that cannot be (see `check_rows_and_events`), events in an impossible
        order or outside the time at risk, and pieces without time at risk.

    Raises
    ------
    ValueError
        For cuts that do not increase, or an unknown rule for onsets.
    """
    edges = np.array([-np.inf, *cuts, np.inf], dtype=np.float64)
    if not (np.isfinite(edges[1:-1]).all() and (np.diff(edges) > 0).all()):
        raise ValueError("cuts must be finite and increase.")
    if onset not in ("integrated", "earliest", "latest"):
        raise ValueError(f"onset must be integrated, earliest or latest, not {onset!r}.")
    fault = check_rows_and_events(WHAT, rows, events)
    if fault is not None:
        return fault
    units, codes = np.unique(rows.unit, return_inverse=True)
    sort = np.lexsort((rows.start, codes))
    row_at = np.searchsorted(codes[sort], np.arange(len(units) + 1)).astype(np.int64)
    start, stop = rows.start[sort], rows.stop[sort]
    unit_of_event = np.zeros(0, dtype=np.int64)
    if len(events.unit):
        unit_of_event = np.searchsorted(units, events.unit).astype(np.int64)
    if not _inside(start, stop, row_at, unit_of_event, events):
        return Refusal(WHAT, "an event lies outside the time at risk of its unit")
    chains = _chains(len(units), unit_of_event, events)
    if isinstance(chains, Refusal):
        return chains
    first = sort[row_at[:-1]]
    ends = np.column_stack([rows.onset_lower[first], rows.onset_upper[first]])
    nodes = _nodes(ends, onset, edges, (start, stop, row_at), (unit_of_event, events))
    exposure = _exposure(start, stop, row_at, nodes, edges)
    if (exposure.sum(axis=0) <= 0).any():
        return Refusal(WHAT, "a piece of the rate holds no time at risk; use other cuts")
    return RateProblem(
        start=start,
        stop=stop,
        covariates=np.ascontiguousarray(rows.covariates[sort]),
        onset=nodes[0],
        weight=nodes[1],
        node_at=nodes[2],
        row_at=row_at,
        edges=edges,
        units=units,
        clusters=index_clusters(rows.cluster[first]),
        exposure=exposure,
        n_events=len(events.unit),
        low=np.concatenate([np.zeros(0), *(chain.low for chain in chains[0])]),
        high=np.concatenate([np.zeros(0), *(chain.high for chain in chains[0])]),
        allowed=_stack_allowed(chains[0]),
        chain_size=np.array([chain.n_events for chain in chains[0]], dtype=np.int64),
        chain_at=chains[1],
        cell_at=np.cumsum([0, *(chain.low.size for chain in chains[0])]).astype(np.int64),
    )


def _pairs(at: IntArray, unit: IntArray) -> tuple[IntArray, IntArray]:
    """Pair everything that belongs to a unit with everything that the unit holds."""
    counts = np.diff(at)[unit]
    first = np.repeat(np.arange(len(unit)), counts)
    offset = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
    return first, at[unit[first]] + offset


def _inside(
    start: FloatArray, stop: FloatArray, row_at: IntArray, unit: IntArray, events: EventIntervals
) -> bool:
    """Say whether every event meets the time at risk of its unit."""
    event, row = _pairs(row_at, unit)
    low, high = events.lower[event], events.upper[event]
    met = (start[row] < high) & np.where(low == high, high <= stop[row], low < stop[row])
    return bool((np.bincount(event[met], minlength=len(unit)) > 0).all())


def _chains(
    n_units: int, unit: IntArray, events: EventIntervals
) -> tuple[list[Chain], IntArray] | Refusal:
    """Chains of all units, and where those of each unit begin."""
    counts = np.zeros(n_units, dtype=np.int64)
    chains: list[Chain] = []
    order = np.argsort(unit, kind="stable")
    with_events, begins = np.unique(unit[order], return_index=True)
    for at, mine in zip(with_events, np.split(order, begins)[1:], strict=True):
        found = chains_of_unit(events.lower[mine], events.upper[mine], events.order[mine])
        if found is None:
            return Refusal(WHAT, "the dates of some events contradict their order")
        counts[at] = len(found)
        chains += found
    return chains, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def _stack_allowed(chains: list[Chain]) -> npt.NDArray[np.bool_]:
    longest = max((chain.n_events for chain in chains), default=1)
    stacked = np.zeros((sum(chain.low.size for chain in chains), longest), dtype=np.bool_)
    row = 0
    for chain in chains:
        stacked[row : row + chain.low.size, : chain.n_events] = chain.allowed
        row += chain.low.size
    return stacked


def _nodes(
    ends: FloatArray,
    rule: OnsetRule,
    edges: FloatArray,
    at_risk: tuple[FloatArray, FloatArray, IntArray],
    dated: tuple[IntArray, EventIntervals],
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Onsets at which the likelihood is taken, their weights, and where each unit's begin."""
    chosen = ends[:, 1] if rule == "latest" else ends[:, 0]
    cuts = edges[1:-1]
    if rule != "integrated" or cuts.size == 0 or (ends[:, 0] == ends[:, 1]).all():
        return chosen.copy(), np.ones(len(ends)), np.arange(len(ends) + 1)
    start, stop, row_at = at_risk
    unit, events = dated
    onsets, weights = [], []
    for at, (low, high) in enumerate(ends):
        mine = unit == at
        times = np.concatenate(
            [
                start[row_at[at] : row_at[at + 1]],
                stop[row_at[at] : row_at[at + 1]],
                events.lower[mine],
                events.upper[mine],
            ]
        )
        found = _nodes_between(low, high, np.unique(times[:, None] - cuts))
        onsets.append(found[0])
        weights.append(found[1])
    counts = [0, *(values.size for values in onsets)]
    return np.concatenate(onsets), np.concatenate(weights), np.cumsum(counts).astype(np.int64)


def _nodes_between(low: float, high: float, kinks: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Gauss-Legendre nodes between the kinks inside an interval, for an even distribution."""
    if low == high:
        return np.array([low]), np.ones(1)
    ends = np.concatenate([[low], kinks[(kinks > low) & (kinks < high)], [high]])
    half, middle = np.diff(ends) / 2.0, (ends[1:] + ends[:-1]) / 2.0
    onsets = (middle[:, None] + half[:, None] * _NODES).ravel()
    return onsets, (half[:, None] * _WEIGHTS).ravel() / (high - low)


def _exposure(
    start: FloatArray,
    stop: FloatArray,
    row_at: IntArray,
    nodes: tuple[FloatArray, FloatArray, IntArray],
    edges: FloatArray,
) -> FloatArray:
    """Time at risk per unit and piece, averaged over the unit's onsets."""
    onset, weight, node_at = nodes
    n_units = len(row_at) - 1
    unit_of_row = np.repeat(np.arange(n_units), np.diff(row_at))
    row, node = _pairs(node_at, unit_of_row)
    exposure = np.zeros((n_units, len(edges) - 1))
    for piece in range(len(edges) - 1):
        low = np.maximum(start[row], edges[piece] + onset[node])
        high = np.minimum(stop[row], edges[piece + 1] + onset[node])
        time = np.maximum(high - low, 0.0) * weight[node]
        exposure[:, piece] = np.bincount(unit_of_row[row], weights=time, minlength=n_units)
    return exposure


def evaluate_problem(
    problem: RateProblem, rates: FloatArray, coefficients: FloatArray
) -> UnitValues:
    """Evaluate the likelihood of every unit.

    Parameters
    ----------
    problem : RateProblem
    rates : ndarray, shape (n_pieces,)
        Per unit of time; a rate may be zero.
    coefficients : ndarray, shape (k,)
        Log rate ratios.

    Returns
    -------
    UnitValues
    """
    from relatum.inference.piecewise_rate_kernels import evaluate_units

    risk = np.exp(np.clip(problem.covariates @ coefficients, -LARGEST, LARGEST))
    value, score, information = evaluate_units(
        (problem.start, problem.stop, risk, problem.covariates),
        (problem.onset, problem.weight),
        (problem.low, problem.high, problem.allowed),
        problem.chain_size,
        (problem.row_at, problem.node_at, problem.chain_at, problem.cell_at),
        (rates, problem.edges),
    )
    return UnitValues(value=value, score=score, information=information)
