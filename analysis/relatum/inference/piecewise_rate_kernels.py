"""Compiled likelihood of a piecewise-constant rate. Imported only when it is needed."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, IntArray
from relatum.inference.null_kernels import compiled

__all__ = ["evaluate_units"]

BoolArray = npt.NDArray[np.bool_]
Span: TypeAlias = tuple[int, int]
Rows: TypeAlias = tuple[FloatArray, FloatArray, FloatArray, FloatArray]
Cells: TypeAlias = tuple[FloatArray, FloatArray, BoolArray]
#: A number with its first and second derivatives in the log rates and the coefficients.
Jet: TypeAlias = tuple[FloatArray, FloatArray, FloatArray]
Model: TypeAlias = tuple[FloatArray, FloatArray]


@compiled
def _clear(jet: Jet) -> None:
    value, slope, bend = jet
    value[0] = 0.0
    for i in range(slope.size):
        slope[i] = 0.0
        for j in range(slope.size):
            bend[i, j] = 0.0


@compiled
def _add_stretch(amount: float, piece: int, x: FloatArray, mass: Jet) -> None:
    """Add the mass of one stretch of constant rate."""
    value, slope, bend = mass
    p = slope.size
    n_pieces = p - x.size
    value[0] += amount
    for i in range(p):
        first = (1.0 if i == piece else 0.0) if i < n_pieces else x[i - n_pieces]
        slope[i] += amount * first
        for j in range(p):
            second = (1.0 if j == piece else 0.0) if j < n_pieces else x[j - n_pieces]
            bend[i, j] += amount * first * second


@compiled
def _integrate(
    ends: tuple[float, float], onset: float, rows: Rows, span: Span, model: Model, mass: Jet
) -> None:
    """Integrate the rate over a cell of the time at risk; at a point, take the rate itself."""
    low, high = ends
    start, stop, risk, x = rows
    rates, edges = model
    _clear(mass)
    point = high == low
    for row in range(span[0], span[1]):
        for piece in range(rates.size):
            left = max(start[row], edges[piece] + onset)
            right = min(stop[row], edges[piece + 1] + onset)
            if point:
                amount = 1.0 if left < low <= right else 0.0
            else:
                amount = min(high, right) - max(low, left)
            if amount > 0.0 and rates[piece] > 0.0:
                _add_stretch(amount * rates[piece] * risk[row], piece, x[row], mass)


@compiled
def _pass_cell(allowed: BoolArray, n: int, mass: Jet, state: Jet) -> None:
    """Let runs of consecutive events fall into one cell: a power series of its mass."""
    value, first, second = state
    mu, slope, bend = mass[0][0], mass[1], mass[2]
    p = slope.size
    for k in range(n, 0, -1):
        power, before, earlier = 1.0, 0.0, 0.0
        for run in range(1, k + 1):
            at = k - run
            if not allowed[at]:
                break
            earlier, before, power = before, power, power * mu / run
            for i in range(p):
                for j in range(p):
                    second[k, i, j] += (
                        (earlier * slope[i] * slope[j] + before * bend[i, j]) * value[at]
                        + before * (slope[i] * first[at, j] + first[at, i] * slope[j])
                        + power * second[at, i, j]
                    )
            for i in range(p):
                first[k, i] += before * slope[i] * value[at] + power * first[at, i]
            value[k] += power * value[at]


@compiled
def _log_chain(
    cells: Cells,
    span: Span,
    n: int,
    place: tuple[float, Rows, Span, Model],
    work: tuple[Jet, Jet],
    node: tuple[FloatArray, FloatArray],
) -> float:
    """Log of the ordered integral of one chain; adds its derivatives to those of the node."""
    low, high, allowed = cells
    onset, rows, row_span, model = place
    mass, state = work
    value, first, second = state
    for k in range(n + 1):
        value[k] = 1.0 if k == 0 else 0.0
        for i in range(first.shape[1]):
            first[k, i] = 0.0
            for j in range(first.shape[1]):
                second[k, i, j] = 0.0
    for cell in range(span[0], span[1]):
        _integrate((low[cell], high[cell]), onset, rows, row_span, model, mass)
        if mass[0][0] > 0.0:
            _pass_cell(allowed[cell], n, mass, state)
    if value[n] <= 0.0:
        return -np.inf
    slope, bend = node
    for i in range(slope.size):
        score = first[n, i] / value[n]
        slope[i] += score
        for j in range(slope.size):
            bend[i, j] += second[n, i, j] / value[n] - score * first[n, j] / value[n]
    return float(np.log(value[n]))


@compiled
def _gather(log: float, node: tuple[FloatArray, FloatArray], total: Jet, top: float) -> float:
    """Add one onset to the integral, all relative to the largest one so far; return that."""
    value, mean, square = total
    if not log > -np.inf:
        return top
    shrink = np.exp(top - log) if log > top else 1.0
    top = max(top, log)
    share = np.exp(log - top)
    value[0] = shrink * value[0] + share
    slope, bend = node
    for i in range(slope.size):
        mean[i] = shrink * mean[i] + share * slope[i]
        for j in range(slope.size):
            term = bend[i, j] + slope[i] * slope[j]
            square[i, j] = shrink * square[i, j] + share * term
    return top


@compiled
def _log_node(
    onset: float,
    rows: Rows,
    span: Span,
    model: Model,
    chains: tuple[Cells, IntArray, IntArray, Span],
    work: tuple[Jet, Jet],
    node: tuple[FloatArray, FloatArray],
) -> float:
    """Log likelihood of one unit at one onset; leaves its derivatives in the node."""
    cells, chain_size, cell_at, of_unit = chains
    slope, bend = node
    mass = work[0]
    _integrate((-np.inf, np.inf), onset, rows, span, model, mass)
    log = -mass[0][0]
    for i in range(slope.size):
        slope[i] = -mass[1][i]
        for j in range(slope.size):
            bend[i, j] = -mass[2][i, j]
    place = (onset, rows, span, model)
    for chain in range(of_unit[0], of_unit[1]):
        of_chain = (cell_at[chain], cell_at[chain + 1])
        log += _log_chain(cells, of_chain, chain_size[chain], place, work, node)
    return float(log)


@compiled
def evaluate_units(
    rows: Rows,
    nodes: tuple[FloatArray, FloatArray],
    cells: Cells,
    chain_size: IntArray,
    places: tuple[IntArray, IntArray, IntArray, IntArray],
    model: Model,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Log likelihood, score and information of every unit, integrated over its onset.

    Parameters
    ----------
    rows : tuple of ndarray
        Start, stop and relative rate of each row at risk, shape (n_rows,), and its covariates,
        shape (n_rows, k).
    nodes : tuple of ndarray, shape (n_nodes,)
        Onsets and their weights.
    cells : tuple of ndarray
        Both ends of each cell, shape (n_cells,), and which events may lie in it, shape
        (n_cells, longest chain).
    chain_size : ndarray of int, shape (n_chains,)
        Events per chain.
    places : tuple of ndarray of int
        Where the rows, onsets and chains of each unit begin, shape (n_units + 1,), and the cells
        of each chain, shape (n_chains + 1,).
    model : tuple of ndarray
        Rates of the pieces, shape (n_pieces,), and their ends, shape (n_pieces + 1,), infinite at
        both sides.

    Returns
    -------
    tuple of ndarray, shapes (n_units,), (n_units, p) and (n_units, p, p)
        Minus infinity where the rates make the events impossible.
    """
    row_at, node_at, chain_at, cell_at = places
    n_units, longest, p = row_at.size - 1, cells[2].shape[1], model[0].size + rows[3].shape[1]
    value, score, info = np.zeros(n_units), np.zeros((n_units, p)), np.zeros((n_units, p, p))
    total = (np.zeros(1), np.zeros(p), np.zeros((p, p)))
    mass = (np.zeros(1), np.zeros(p), np.zeros((p, p)))
    state = (np.zeros(longest + 1), np.zeros((longest + 1, p)), np.zeros((longest + 1, p, p)))
    node = (np.zeros(p), np.zeros((p, p)))
    for unit in range(n_units):
        span, top = (row_at[unit], row_at[unit + 1]), -np.inf
        chains = (cells, chain_size, cell_at, (chain_at[unit], chain_at[unit + 1]))
        _clear(total)
        for at in range(node_at[unit], node_at[unit + 1]):
            log = _log_node(nodes[0][at], rows, span, model, chains, (mass, state), node)
            top = _gather(log + np.log(nodes[1][at]), node, total, top)
        if total[0][0] <= 0.0:
            value[unit] = -np.inf
            continue
        value[unit] = top + np.log(total[0][0])
        for i in range(p):
            score[unit, i] = total[1][i] / total[0][0]
            for j in range(p):
                mean = score[unit, i] * total[1][j] / total[0][0]
                info[unit, i, j] = mean - total[2][i, j] / total[0][0]
    return value, score, info
