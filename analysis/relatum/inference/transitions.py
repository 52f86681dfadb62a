"""Transitions between states: counts at each time, and their cumulative hazards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, IntArray, Refusal, as_vector, find_non_finite
from relatum.inference.curve_limits import limit_amounts
from relatum.inference.hazard_curves import HazardCurve
from relatum.inference.risk_sets import find_interval_faults

__all__ = [
    "ERRORS",
    "TransitionTable",
    "check_error",
    "count_transitions",
    "transition_hazard",
]

ERRORS = ("greenwood", "aalen")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TransitionTable:
    """Transitions between states at every time at which there is one.

    Attributes
    ----------
    time : ndarray, shape (m,)
        Distinct times of transitions, increasing.
    at_risk : ndarray, shape (m, k)
        Rows in each state just before.
    moves : ndarray, shape (m, k, k)
        Transitions from the state of the row to that of the column.
    last_seen : ndarray, shape (k,)
        When the last stay in each state ended; minus infinity for a state without stays, which
        nothing leaves.
    n_states, n_rows : int
    """

    time: FloatArray
    at_risk: FloatArray
    moves: FloatArray
    last_seen: FloatArray
    n_states: int
    n_rows: int


def count_transitions(
    state: npt.ArrayLike,
    next_state: npt.ArrayLike,
    entry: npt.ArrayLike,
    exit_time: npt.ArrayLike,
    *,
    n_states: int,
) -> TransitionTable | Refusal:
    """Count transitions and rows at risk, from one row per stay in a state.

    Parameters
    ----------
    state : array_like of int, shape (n,)
        The state of the stay, from 0 to n_states - 1.
    next_state : array_like of int, shape (n,)
        The state that it ended in, or -1 where observation ended first.
    entry, exit_time : array_like, shape (n,)
        The stay, (entry, exit_time], on one clock for all states.
    n_states : int

    Returns
    -------
    TransitionTable or Refusal
        A refusal without rows or transitions, for times that are not finite, and for stays that do
        not end after they begin: a stay of no length, left on the day it began, is at risk for
        nothing and must be left out (its person counts in the state from that day on).

    Raises
    ------
    ValueError
        For lengths that differ, an unknown state, or a stay that ends in its own state.

    Examples
    --------
    >>> table = count_transitions([0, 0, 1], [1, -1, 2], [0, 0, 4], [4, 6, 7], n_states=3)
    >>> table.time, table.at_risk[:, 1]
    (array([4., 7.]), array([0., 1.]))
    """
    what = "transitions"
    exits = as_vector(exit_time, name="exit_time")
    n = len(exits)
    entries = as_vector(entry, name="entry", length=n)
    origin = _check_states(state, "state", n, (0, n_states))
    target = _check_states(next_state, "next_state", n, (-1, n_states))
    if (origin == target).any():
        raise ValueError("a stay cannot end in its own state; join stays in the same state.")
    if not n:
        return Refusal(what, "there is no row")
    bad = find_non_finite(what, {"exits": exits}) or find_interval_faults(what, entries, exits)
    if bad is not None:
        return bad
    moved = target >= 0
    if not moved.any():
        return Refusal(what, "there is no transition")
    knots, place = np.unique(exits[moved], return_inverse=True)
    cell = (place * n_states + origin[moved]) * n_states + target[moved]
    counts = np.bincount(cell, minlength=len(knots) * n_states**2)
    at_risk, last_seen = np.zeros((len(knots), n_states)), np.full(n_states, -np.inf)
    for k in np.unique(origin):
        inside = origin == k
        last_seen[k] = exits[inside].max()
        begun = np.searchsorted(np.sort(entries[inside]), knots, side="left")
        at_risk[:, k] = begun - np.searchsorted(np.sort(exits[inside]), knots, side="left")
    return TransitionTable(
        time=knots,
        at_risk=at_risk,
        moves=counts.reshape(len(knots), n_states, n_states).astype(np.float64),
        last_seen=last_seen,
        n_states=n_states,
        n_rows=n,
    )


def _check_states(
    values: npt.ArrayLike, name: str, length: int, allowed: tuple[int, int]
) -> IntArray:
    states = as_vector(values, name=name, length=length)
    if (states != np.floor(states)).any() or not (
        (states >= allowed[0]) & (states < allowed[1])
    ).all():
        raise ValueError(f"{name} must hold whole numbers from {allowed[0]} to {allowed[1] - 1}.")
    return states.astype(np.int64)


def check_error(error: str) -> None:
    """Raise for an error that is not one of `ERRORS`.

    Parameters
    ----------
    error : str

    Raises
    ------
    ValueError
    """
    if error not in ERRORS:
        raise ValueError(f"error must be one of {', '.join(ERRORS)}, not {error!r}.")


def transition_hazard(
    table: TransitionTable,
    state: int,
    next_state: int,
    *,
    error: str = "greenwood",
    limits: str = "log",
    conf_level: float = 0.95,
) -> HazardCurve:
    """Cumulative hazard of one transition.

    Parameters
    ----------
    table : TransitionTable
    state, next_state : int
    error : {"greenwood", "aalen"}
        Steps of variance d (n - d) / n^3, or d / n^2.
    limits : {"log", "plain"}
    conf_level : float

    Returns
    -------
    HazardCurve
        At every time of any transition; the hazard is 0 throughout where there is none.

    Raises
    ------
    ValueError
        For an unknown state, error, scale or level.

    Examples
    --------
    >>> table = count_transitions([0, 0, 1], [1, -1, 2], [0, 0, 4], [4, 6, 7], n_states=3)
    >>> transition_hazard(table, 0, 1).hazard
    array([0.5, 0.5])
    """
    check_error(error)
    if not 0 <= min(state, next_state) <= max(state, next_state) < table.n_states:
        raise ValueError(f"states are numbered from 0 to {table.n_states - 1}.")
    d, n = table.moves[:, state, next_state], np.maximum(table.at_risk[:, state], 1.0)
    spread = d * (n - d) / n**3 if error == "greenwood" else d / n**2
    hazard, std_error = np.cumsum(d / n), np.sqrt(np.cumsum(spread))
    low, high = limit_amounts(hazard, std_error, limits=limits, conf_level=conf_level)
    return HazardCurve(
        time=table.time,
        at_risk=table.at_risk[:, state],
        events=d,
        hazard=hazard,
        std_error=std_error,
        conf_low=low,
        conf_high=high,
        ties="together",
        limits=limits,
        conf_level=conf_level,
        n_rows=table.n_rows,
        n_events=int(d.sum()),
    )
