"""Variances and influence values of cumulative incidences, in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, IntArray
from relatum.inference.risk_sets import ExitRows, step_positions

__all__ = [
    "ERRORS",
    "IncidenceSteps",
    "incidence_influence",
    "incidence_variance",
    "survival_variance",
]

ERRORS = ("infinitesimal-jackknife", "greenwood", "aalen")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IncidenceSteps:
    """Estimated curves, from which their errors follow.

    Attributes
    ----------
    time, at_risk, event_free : ndarray, shape (m,)
    events, incidence : ndarray, shape (m, k)
    """

    time: FloatArray
    at_risk: FloatArray
    events: FloatArray
    event_free: FloatArray
    incidence: FloatArray

    @property
    def before(self) -> FloatArray:
        """Share without an event just before each time, shape (m,)."""
        return np.concatenate([[1.0], self.event_free[:-1]])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sums:
    """Running sums with a leading 0, and the places of each row's entry and exit in them.

    With b the sum of d / (n (n - d)), a row at risk has the influence S (b(t) - b(entry)) on the
    share without an event, and one that left keeps the factor `after`.
    """

    into: IntArray
    out: IntArray
    events: FloatArray
    b: FloatArray
    incidence: FloatArray
    moved: FloatArray
    own: FloatArray
    after: FloatArray


def _add_up(rows: ExitRows, steps: IncidenceSteps) -> _Sums:
    n = steps.at_risk
    total = steps.events.sum(axis=1)
    left = n - total
    inverse = np.divide(1.0, left, out=np.zeros(len(n)), where=left > 0)
    b = np.concatenate([[0.0], np.cumsum(total / n * inverse)])
    rises = steps.before[:, None] * steps.events / n[:, None]
    moved = np.cumsum(b[:-1, None] * rises - rises / n[:, None], axis=0)
    out = step_positions(steps.time, rows.time)
    into = (
        np.zeros(len(out), dtype=np.int64)
        if rows.entry is None
        else step_positions(steps.time, rows.entry)
    )
    happened = (rows.kind[:, None] == np.arange(1, steps.events.shape[1] + 1)).astype(np.float64)
    any_event = happened.sum(axis=1)
    return _Sums(
        into=into,
        out=out,
        events=happened,
        b=b,
        incidence=_from_zero(steps.incidence),
        moved=_from_zero(moved),
        own=happened * (steps.before / n)[out - 1, None],
        after=b[out] - b[into] - any_event * inverse[out - 1],
    )


def _from_zero(values: FloatArray) -> FloatArray:
    return np.concatenate([np.zeros((1, values.shape[1])), values])


def incidence_influence(rows: ExitRows, steps: IncidenceSteps, times: npt.ArrayLike) -> FloatArray:
    """Influence of each row on each incidence at given times.

    Parameters
    ----------
    rows : ExitRows
    steps : IncidenceSteps
        The curves of these rows.
    times : array_like, shape (q,)

    Returns
    -------
    ndarray, shape (n, q, k)

    Notes
    -----
    The derivative of the product integral by the weight of a row: with dM the row's events minus
    their expectation at its times at risk, the sum over s <= t of S(s-) dM_k(s) / n(s) and of the
    row's influence on S(s-) times d_k(s) / n(s).
    """
    sums = _add_up(rows, steps)
    q = step_positions(steps.time, times)
    stop = np.minimum(sums.out[:, None], q[None, :])
    start = np.minimum(sums.into[:, None], q[None, :])
    gone = (sums.out[:, None] <= q[None, :])[:, :, None]
    rise = sums.incidence[stop] - sums.incidence[start]
    while_here = sums.moved[stop] - sums.moved[start] - sums.b[sums.into][:, None, None] * rise
    later = sums.incidence[q][None, :, :] - sums.incidence[stop]
    found: FloatArray = while_here + gone * (
        sums.own[:, None, :] + sums.after[:, None, None] * later
    )
    return found


def incidence_variance(rows: ExitRows, steps: IncidenceSteps, *, error: str) -> FloatArray:
    """Variance of each incidence at each time.

    Parameters
    ----------
    rows : ExitRows
    steps : IncidenceSteps
    error : {"infinitesimal-jackknife", "greenwood", "aalen"}

    Returns
    -------
    ndarray, shape (m, k)

    Notes
    -----
    A step at s moves F_k(t) by S(s-) (da_k - r da), r = (F_k(t) - F_k(s)) / S(s), da the sum of
    the steps of all causes. Greenwood: the steps are multinomial. Aalen, as in cmprsk: they are
    independent with variance (1 - (d - 1) / (n - 1)) d / n^2, all other causes taken together.
    Aalen 1978, doi:10.1214/aos/1176344198.
    """
    if error == ERRORS[0]:
        return _sum_squares(_add_up(rows, steps))
    n, d = steps.at_risk[:, None], steps.events
    total = d.sum(axis=1, keepdims=True)
    if error == "greenwood":
        own = d * (n - d) / n**3
        cross = d * (n - total) / n**3
        both = total * (n - total) / n**3 + np.zeros_like(d)
    else:
        own, others = _tied(d, n), _tied(total - d, n)
        cross, both = own, own + others
    squared = (steps.before**2)[:, None]
    inverse = np.zeros(len(n))
    np.divide(1.0, steps.event_free, out=inverse, where=steps.event_free > 0)
    q, curve = inverse[:, None], steps.incidence
    constant = np.cumsum(squared * (own + 2 * q * curve * cross + (q * curve) ** 2 * both), axis=0)
    linear = np.cumsum(squared * (-2 * q * cross - 2 * q**2 * curve * both), axis=0)
    square = np.cumsum(squared * q**2 * both, axis=0)
    variance: FloatArray = np.maximum(constant + curve * linear + curve**2 * square, 0.0)
    return variance


def _tied(events: FloatArray, n: FloatArray) -> FloatArray:
    shrink = 1.0 - np.maximum(events - 1.0, 0.0) / np.maximum(n - 1.0, 1.0)
    variance: FloatArray = shrink * events / n**2
    return variance


def _sum_squares(sums: _Sums) -> FloatArray:
    """Sum over rows of squared influences at each time, from sums of powers.

    A row at risk at t has the influence X(t) - b F(t) + a, one that left has c + e F(t).
    """
    m = len(sums.b) - 1
    columns = []
    for j in range(sums.incidence.shape[1]):
        curve, x = sums.incidence[:, j], sums.moved[:, j]
        b = sums.b[sums.into]
        a = b * curve[sums.into] - x[sums.into]
        e = sums.after
        c = x[sums.out] - b * curve[sums.out] + a + sums.own[:, j] - e * curve[sums.out]
        one, bb, aa, sb, sa, ab = (
            _inside(sums, part) for part in (np.ones(len(a)), b * b, a * a, b, a, a * b)
        )
        cc, ce, ee = (_gone(sums, part) for part in (c * c, c * e, e * e))
        here = one * x**2 + bb * curve**2 + aa - 2 * x * curve * sb + 2 * x * sa - 2 * curve * ab
        columns.append((here + cc + 2 * ce * curve + ee * curve**2)[1 : m + 1])
    return np.maximum(np.column_stack(columns), 0.0)


def _gone(sums: _Sums, values: FloatArray) -> FloatArray:
    """Sum of a value over the rows that have left by each time."""
    left: FloatArray = np.cumsum(np.bincount(sums.out, weights=values, minlength=len(sums.b)))
    return left


def _inside(sums: _Sums, values: FloatArray) -> FloatArray:
    """Sum of a value over the rows that have entered and not left by each time."""
    entered = np.cumsum(np.bincount(sums.into, weights=values, minlength=len(sums.b)))
    return entered - _gone(sums, values)


def survival_variance(rows: ExitRows, steps: IncidenceSteps, *, error: str) -> FloatArray:
    """Variance of the share without an event at each time.

    Parameters
    ----------
    rows : ExitRows
    steps : IncidenceSteps
    error : str
        The sum of squared influences for the infinitesimal jackknife, else Greenwood's.

    Returns
    -------
    ndarray, shape (m,)
    """
    sums = _add_up(rows, steps)
    squared = steps.event_free**2
    if error != ERRORS[0]:
        return squared * sums.b[1:]
    start = sums.b[sums.into]
    one, first, second = (
        _inside(sums, part) for part in (np.ones(len(start)), start, start * start)
    )
    here = one * sums.b**2 - 2 * sums.b * first + second
    return np.maximum(squared * (here + _gone(sums, sums.after**2))[1:], 0.0)
