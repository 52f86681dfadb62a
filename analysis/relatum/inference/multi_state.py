"""Multi-state models: Aalen-Johansen probabilities with delayed entry, and their errors.

Own arithmetic: no maintained Python library has it. Values agree with the R package mstate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, Refusal, as_vector
from relatum.inference.risk_sets import step_positions
from relatum.inference.transitions import TransitionTable, check_error

__all__ = [
    "StateProbabilities",
    "length_of_stay",
    "state_occupation",
    "transition_probabilities",
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StateProbabilities:
    """Probabilities of states at chosen times.

    Attributes
    ----------
    time : ndarray, shape (q,)
    probability, std_error : ndarray, shape (q, k) or (q, k, k)
        Of being in each state (last axis); for transition probabilities given the state at the
        start (axis before).
    start : float
    error : str
    """

    time: FloatArray
    probability: FloatArray
    std_error: FloatArray
    start: float
    error: str


def transition_probabilities(
    table: TransitionTable,
    times: npt.ArrayLike,
    *,
    start: float = 0.0,
    error: str = "greenwood",
) -> StateProbabilities | Refusal:
    """Estimate the probability of each state at given times, for each state at the start.

    Parameters
    ----------
    table : TransitionTable
    times : array_like, shape (q,)
        Not before the start.
    start : float
        Transitions at this time or before do not count.
    error : {"greenwood", "aalen"}
        As in `transition_hazard`, with multinomial covariances, or independent transitions.

    Returns
    -------
    StateProbabilities or Refusal
        Arrays of shape (q, k, k). A refusal where a time lies behind the end of observation while
        a state that can be left still has a share.

    Raises
    ------
    ValueError
        For a time before the start, or an unknown error.

    Notes
    -----
    The product of I + dA over the times of transitions, A the cumulative hazards. A step's error
    counts by the squared share in the state just before (Greenwood) or just after it (Aalen), as in
    mstate. It needs that the
    hazard depends on the present state and the clock alone (Markov); state occupation does not.
    Rows are taken as independent. After `table.last_seen` of a state its share stays as it is: no
    one was there to leave it. Aalen and Johansen 1978,
    https://www.jstor.org/stable/4615704; de Wreede, Fiocco and Putter 2010,
    doi:10.1016/j.cmpb.2010.01.001.

    Examples
    --------
    >>> from relatum.inference.transitions import count_transitions
    >>> table = count_transitions([0, 0, 1], [1, -1, 2], [0, 0, 4], [4, 6, 7], n_states=3)
    >>> transition_probabilities(table, [5]).probability[0, 0]
    array([0.5, 0.5, 0. ])
    """
    rows = np.eye(table.n_states)
    return _follow(table, rows, times, (start, error))


def state_occupation(
    table: TransitionTable,
    initial: npt.ArrayLike,
    times: npt.ArrayLike,
    *,
    start: float = 0.0,
    error: str = "greenwood",
) -> StateProbabilities | Refusal:
    """Estimate the probability of each state at given times.

    Parameters
    ----------
    table : TransitionTable
    initial : array_like, shape (k,)
        Probabilities of the states at the start, taken as known; their own uncertainty is not in
        the errors.
    times, start, error
        As in `transition_probabilities`.

    Returns
    -------
    StateProbabilities or Refusal
        Arrays of shape (q, k).

    Raises
    ------
    ValueError
        As in `transition_probabilities`, and for initial probabilities that do not sum to 1.

    Examples
    --------
    >>> from relatum.inference.transitions import count_transitions
    >>> table = count_transitions([0, 0, 1], [1, -1, 2], [0, 0, 4], [4, 6, 7], n_states=3)
    >>> state_occupation(table, [1, 0, 0], [5]).probability
    array([[0.5, 0.5, 0. ]])
    """
    shares = as_vector(initial, name="initial", length=table.n_states)
    if (shares < 0).any() or abs(shares.sum() - 1.0) > 1e-9:
        raise ValueError("initial must hold probabilities that sum to 1.")
    found = _follow(table, shares[None, :], times, (start, error))
    if isinstance(found, Refusal):
        return found
    return StateProbabilities(
        time=found.time,
        probability=found.probability[:, 0],
        std_error=found.std_error[:, 0],
        start=found.start,
        error=found.error,
    )


def _follow(
    table: TransitionTable, rows: FloatArray, times: npt.ArrayLike, how: tuple[float, str]
) -> StateProbabilities | Refusal:
    """Carry distributions over the states forward, each row by itself."""
    start, error = how
    check_error(error)
    where = as_vector(times, name="times")
    if not (where >= start).all():
        raise ValueError(f"times must not lie before the start, {start:g}.")
    first, last = (int(i) for i in step_positions(table.time, [start, where.max(initial=start)]))
    k = table.n_states
    state, spread = rows.copy(), np.zeros((len(rows), k, k))
    kept = [(state, np.zeros_like(state))]
    for i in range(first, last):
        step, noise = _step(table, i, error)
        moved = state @ step
        weight = state if error == "greenwood" else moved
        spread = step.T @ spread @ step + np.tensordot(weight**2, noise, axes=1)
        state = moved
        variance = np.einsum("rjj->rj", spread)
        kept.append((state, np.sqrt(np.maximum(variance, 0.0))))
    end = table.last_seen.max()
    if (where > end).any() and (state[:, np.isfinite(table.last_seen)] > 1e-12).any():
        return Refusal("state probabilities", f"observation ends at {end:g}, before all have left")
    place = np.clip(step_positions(table.time, where) - first, 0, last - first)
    return StateProbabilities(
        time=where,
        probability=np.array([kept[i][0] for i in place]).reshape(-1, *rows.shape),
        std_error=np.array([kept[i][1] for i in place]).reshape(-1, *rows.shape),
        start=start,
        error=error,
    )


def _step(table: TransitionTable, i: int, error: str) -> tuple[FloatArray, FloatArray]:
    """I + dA at one time, and the covariance of each of its rows, shape (k, k, k)."""
    n = np.maximum(table.at_risk[i], 1.0)[:, None]
    share = table.moves[i] / n
    out = share.sum(axis=1)
    step = share + np.diag(1.0 - out)
    k = len(out)
    noise = np.zeros((k, k, k))
    for g in np.flatnonzero(out):
        own = np.diag(share[g])
        if error == "greenwood":
            own = own - np.outer(share[g], share[g])
        sides = np.eye(k)
        sides[:, g] -= 1.0  # what enters another state leaves this one
        noise[g] = sides.T @ own @ sides / n[g, 0]
    return step, noise


def length_of_stay(
    table: TransitionTable, *, until: float, start: float = 0.0
) -> FloatArray | Refusal:
    """Estimate the time spent in each state between two times, for each state at the start.

    Parameters
    ----------
    table : TransitionTable
    until, start : float

    Returns
    -------
    ndarray, shape (k, k), or Refusal
        Rows: the state at the start. They sum to until - start. A refusal where observation ends
        before.

    Raises
    ------
    ValueError
        If the end is not after the start.

    Examples
    --------
    >>> from relatum.inference.transitions import count_transitions
    >>> table = count_transitions([0, 0, 1], [1, -1, 2], [0, 0, 4], [4, 6, 7], n_states=3)
    >>> length_of_stay(table, until=6)[0]
    array([5., 1., 0.])
    """
    if not start < until:
        raise ValueError(f"until must come after the start, {start:g}, not {until!r}.")
    inside = table.time[(table.time > start) & (table.time < until)]
    edges = np.concatenate([[start], inside, [until]])
    found = transition_probabilities(table, edges, start=start)
    if isinstance(found, Refusal):
        return found
    stay: FloatArray = np.tensordot(np.diff(edges), found.probability[:-1], axes=1)
    return stay
