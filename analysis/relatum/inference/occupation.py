"""Shares of states over time, with the influence of every subject: for limits by cluster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, IntArray, Refusal, as_vector

__all__ = ["Occupation", "StayRows", "occupation_influence"]

_WHAT = "shares of states"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StayRows:
    """Stays in states as rows (start, stop].

    Attributes
    ----------
    subject : ndarray of int, shape (n_rows,)
        Numbers from 0.
    state, next_state : ndarray of int, shape (n_rows,)
        From 0; `next_state` is -1 where the stay ends without a move (censored).
    start, stop : ndarray, shape (n_rows,)
    n_states, n_subjects : int

    Raises
    ------
    ValueError
        For lengths that differ, states or subjects out of range, or a stay without length.
    """

    subject: IntArray
    state: IntArray
    next_state: IntArray
    start: FloatArray
    stop: FloatArray
    n_states: int
    n_subjects: int

    def __post_init__(self) -> None:
        n = len(self.subject)
        parts = (self.state, self.next_state, self.start, self.stop)
        faults = [] if all(len(part) == n for part in parts) else ["lengths differ"]
        if not faults and n:
            if (
                self.state.min() < 0
                or max(self.state.max(), self.next_state.max()) >= self.n_states
            ):
                faults.append("a state is out of range")
            if self.subject.min() < 0 or self.subject.max() >= self.n_subjects:
                faults.append("a subject is out of range")
            if not (self.start < self.stop).all():
                faults.append("a stay has no length")
        if faults:
            raise ValueError(f"Stays are wrong: {'; '.join(faults)}.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Occupation:
    """Shares of the states at chosen times.

    Attributes
    ----------
    time : ndarray, shape (q,)
    share : ndarray, shape (q, k)
    influence : ndarray, shape (q, n_subjects, k)
        Derivative of the share by the weight of each subject; the sum over subjects is 0.
    at_risk : ndarray of int, shape (q, k)
        Subjects in each state just before.
    """

    time: FloatArray
    share: FloatArray
    influence: FloatArray
    at_risk: IntArray


def occupation_influence(rows: StayRows, times: npt.ArrayLike) -> Occupation | Refusal:
    """Estimate the shares of states by Aalen-Johansen, and what each subject adds to them.

    Parameters
    ----------
    rows : StayRows
        Subjects that are under observation at time 0 give the shares there.
    times : array_like, shape (q,)
        In days from 0, increasing.

    Returns
    -------
    Occupation or Refusal
        A refusal where nobody is under observation at time 0, and where a time lies behind the end
        of all observation. A state that nobody is followed in keeps its share, as in
        `relatum.inference.multi_state.state_occupation`.

    Raises
    ------
    ValueError
        For times below 0 or out of order.

    Notes
    -----
    ``p(t) = p(0) prod (I + dA(s))`` with ``dA_hj(s) = dN_hj(s) / Y_h(s)`` (Aalen and Johansen
    1978). With weights w the derivative is the infinitesimal jackknife: it starts with that of
    p(0), and at each time of a move is carried on by I + dA(s) and gains
    ``p(s-) d(dA(s)) / dw_i``, where ``d(dA_hj) / dw_i = (dN_i,hj - Y_i,h dA_hj) / Y_h``. Sums of it
    over clusters allow for dependence within them.

    Examples
    --------
    >>> rows = StayRows(subject=np.array([0, 0, 1, 2]), state=np.array([0, 1, 0, 0]),
    ...                 next_state=np.array([1, -1, -1, 1]), start=np.array([0.0, 2, 0, 0]),
    ...                 stop=np.array([2.0, 9, 9, 5]), n_states=2, n_subjects=3)
    >>> occupation_influence(rows, [1.0, 6.0]).share.round(2)
    array([[1.  , 0.  ],
           [0.33, 0.67]])
    """
    at = as_vector(times, name="times")
    if (at < 0).any() or (np.diff(at) <= 0).any():
        raise ValueError("times must not be negative and must increase.")
    share, influence = _at_zero(rows)
    if share is None:
        return Refusal(_WHAT, "nobody is under observation from the start")
    found: list[tuple[FloatArray, FloatArray, IntArray]] = []
    moved = rows.next_state >= 0
    moments = np.unique(rows.stop[moved]) if moved.any() else np.empty(0)
    place = 0
    for time in at.tolist():
        while place < len(moments) and moments[place] <= time:
            share, influence = _step(rows, float(moments[place]), share, influence)
            place += 1
        risk = _count(rows, time)
        if time > rows.stop.max():
            return Refusal(_WHAT, f"nobody is followed to {time:g}")
        found.append((share, influence, risk))
    return Occupation(
        time=at,
        share=np.array([part[0] for part in found]),
        influence=np.array([part[1] for part in found]),
        at_risk=np.array([part[2] for part in found]),
    )


def _at_zero(rows: StayRows) -> tuple[FloatArray | None, FloatArray]:
    influence = np.zeros((rows.n_subjects, rows.n_states))
    mine = rows.start <= 0
    n = int(mine.sum())
    if not n:
        return None, influence
    share = np.bincount(rows.state[mine], minlength=rows.n_states) / n
    influence[rows.subject[mine], rows.state[mine]] += 1 / n
    influence[rows.subject[mine]] -= share / n
    return share, influence


def _step(
    rows: StayRows, moment: float, share: FloatArray, influence: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Carry shares and influence over one time at which there are moves."""
    k = rows.n_states
    risk = (rows.start < moment) & (moment <= rows.stop)
    count = np.bincount(rows.state[risk], minlength=k).astype(np.float64)
    moves = risk & (rows.stop == moment) & (rows.next_state >= 0)
    rate = np.zeros((k, k))
    np.add.at(rate, (rows.state[moves], rows.next_state[moves]), 1.0)
    rate /= np.where(count > 0, count, 1.0)[:, None]
    rate[np.arange(k), np.arange(k)] -= rate.sum(axis=1)
    carried = influence @ (np.eye(k) + rate)
    # each subject's own moves, less what its time at risk would bring at the common rate
    own, weight = rows.state[risk], share / np.where(count > 0, count, 1.0)
    np.add.at(carried, rows.subject[risk], -weight[own, None] * rate[own])
    came, went, who = rows.next_state[moves], rows.state[moves], rows.subject[moves]
    np.add.at(carried, (who, came), weight[went])
    np.add.at(carried, (who, went), -weight[went])
    return share + share @ rate, carried


def _count(rows: StayRows, time: float) -> IntArray:
    """Subjects in each state just before a time; at 0, those under observation from then on."""
    later = (rows.start < time) & (time <= rows.stop)
    held = later if time > 0 else rows.start <= 0
    return np.bincount(rows.state[held], minlength=rows.n_states).astype(np.int64)
