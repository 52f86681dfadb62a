"""Likelihood of proportional hazards with interval-censored times, and its best baseline.

The baseline is a cumulative hazard that jumps in cells. A row with relative hazard a and jumps that
add up to B before its interval and to D inside it has the probability exp(-a B) (1 - exp(-a D)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, IntArray
from relatum.inference.interval_times import IntervalTimes
from relatum.inference.turnbull_fit import CellRuns, cell_gram

__all__ = ["Baseline", "HazardCells", "IntervalPlan", "find_cells", "fit_baseline"]

_EM_STEPS, _STEPS, _ROUNDS = 10, 80, 30
_GAP, _ROUNDING, _NO_JUMP, _ABOVE = 1e-17, 1e-12, 1e-9, 1e-11


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HazardCells:
    """Where the cumulative hazard can rise, and which cells belong to each row.

    Attributes
    ----------
    left, right : ndarray, shape (k,)
        The hazard jumps somewhere in (left, right]; equal ends are a single time.
    first, stop : ndarray of int, shape (n,)
        The interval of row i holds the cells first <= j < stop; cells before `first` it outlived.
    open : ndarray of bool, shape (n,)
        Rows of which only the time outlived counts: the end of their interval is infinite, or as
        late as any, so that the best curve has fallen to 0 there.
    """

    left: FloatArray
    right: FloatArray
    first: IntArray
    stop: IntArray
    open: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IntervalPlan:
    """What the likelihood is computed from.

    Attributes
    ----------
    cells : HazardCells
    x : ndarray, shape (n, p)
        Covariates, centred and in units of their standard deviations.
    """

    cells: HazardCells
    x: FloatArray

    def keep(self, cells: IntArray) -> IntervalPlan:
        """Keep some of the cells, which are sorted."""
        held = self.cells
        part = HazardCells(
            left=held.left[cells],
            right=held.right[cells],
            first=np.searchsorted(cells, held.first),
            stop=np.searchsorted(cells, held.stop),
            open=held.open,
        )
        return IntervalPlan(cells=part, x=self.x)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Baseline:
    """The best jumps for some coefficients, and the likelihood there.

    Attributes
    ----------
    coef : ndarray, shape (p,)
    jump : ndarray, shape (k,)
        0 where the hazard does not rise.
    loglik : float
    score : ndarray, shape (n, p)
        Efficient scores: the score of each row less what the jumps explain of it.
    information : ndarray, shape (p, p)
        Of the profile likelihood: minus its second derivatives.
    excess : float
        How far the conditions of a maximum are missed, per row.
    """

    coef: FloatArray
    jump: FloatArray
    loglik: float
    score: FloatArray
    information: FloatArray
    excess: float


def find_cells(times: IntervalTimes) -> HazardCells:
    """Find the intervals from a left end to the next right end, where alone the hazard rises.

    Parameters
    ----------
    times : IntervalTimes

    Returns
    -------
    HazardCells
        Without the last cell if no row outlives it.
    """
    values, place = np.unique(np.append(times.left, times.right), return_inverse=True)
    n = len(times.left)
    exact = times.left == times.right
    # at one time an exact event begins first, then intervals end, then intervals begin after it
    begin = 3 * place[:n] + np.where(exact, 0, 2)
    end = 3 * place[n:] + 1
    ends = np.unique(np.append(begin, end))
    is_end = ends % 3 == 1
    here = np.flatnonzero(~is_end[:-1] & is_end[1:])
    low, high = ends[here], ends[here + 1]
    first = np.searchsorted(low, begin, side="left")
    stop = np.searchsorted(high, end, side="right")
    kept = int(first.max())
    return HazardCells(
        left=values[low // 3][:kept],
        right=values[high // 3][:kept],
        first=first,
        stop=np.minimum(stop, kept),
        open=stop > kept,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Rows:
    """One evaluation: what each row contributes."""

    risk: FloatArray
    before: FloatArray
    inside: FloatArray
    odds: FloatArray

    @property
    def value(self) -> FloatArray:
        """Log likelihood of the rows; the open ones have an infinite mass inside."""
        return np.asarray(-self.before + np.log(-np.expm1(-self.inside)))


def _evaluate(plan: IntervalPlan, coef: FloatArray, jump: FloatArray) -> _Rows:
    cells = plan.cells
    risk = np.exp(plan.x @ coef)
    total = np.append(0.0, np.cumsum(jump))
    inside = np.where(cells.open, np.inf, risk * (total[cells.stop] - total[cells.first]))
    with np.errstate(over="ignore", divide="ignore"):
        odds = 1.0 / np.expm1(inside)
    return _Rows(risk=risk, before=risk * total[cells.first], inside=inside, odds=odds)


def _over_cells(plan: IntervalPlan, before: FloatArray, inside: FloatArray) -> FloatArray:
    """Add weights of rows to the cells that they outlived and to those of their intervals."""
    cells = plan.cells
    k = len(cells.left)
    change = np.bincount(cells.first, inside - before, k + 1)
    change -= np.bincount(cells.stop, inside, k + 1)
    return np.asarray(np.cumsum(change)[:-1] + before.sum())


def _slope(plan: IntervalPlan, rows: _Rows) -> FloatArray:
    """Differentiate the log likelihood by each jump."""
    return _over_cells(plan, -rows.risk, rows.risk * rows.odds)


def _bend(rows: _Rows) -> FloatArray:
    """Minus the second derivative by the mass inside, times the square of the mass inside."""
    finite = np.where(np.isinf(rows.inside), 0.0, rows.inside)
    return np.asarray(finite**2 * rows.odds * (1.0 + rows.odds))


def _gram(plan: IntervalPlan, rows: _Rows) -> FloatArray:
    cells = plan.cells
    runs = CellRuns(first=cells.first, stop=cells.stop, weight=rows.risk, n_cells=len(cells.left))
    return cell_gram(runs, rows.risk**2 * rows.odds * (1.0 + rows.odds))


def fit_baseline(
    plan: IntervalPlan, coef: FloatArray, *, start: FloatArray | None = None
) -> Baseline:
    """Find the jumps with the largest likelihood for some coefficients.

    Parameters
    ----------
    plan : IntervalPlan
    coef : ndarray, shape (p,)
    start : ndarray, shape (k,), optional
        The best jumps for coefficients nearby.

    Returns
    -------
    Baseline

    Notes
    -----
    The log likelihood is concave in the jumps. A few steps of the EM of Zeng, Mao and Lin (2016,
    doi:10.1093/biomet/asw013) without its step for the coefficients, then Newton's method for the
    conditions jump >= 0, slack >= 0 and jump x slack = 0, with slack = minus the derivative. From a
    start, only its cells are solved for, and peaks of the derivative join while they are above 0.
    """
    found = None if start is None else _update(plan, coef, start)
    jump = _solve_conditions(plan, coef, _em_steps(plan, coef)) if found is None else found
    rows = _evaluate(plan, coef, jump)
    slope = _slope(plan, rows)
    score, information = _profile(plan, rows, jump)
    missed = np.where(jump > 0, np.abs(slope) * jump, np.maximum(slope, 0.0) * jump.sum())
    return Baseline(
        coef=coef,
        jump=jump,
        loglik=float(rows.value.sum()),
        score=score,
        information=information,
        excess=float(missed.max()) / len(plan.x),
    )


def _em_steps(plan: IntervalPlan, coef: FloatArray) -> FloatArray:
    """Set each jump to its expected events over the relative hazards of those who reach it."""
    k = len(plan.cells.left)
    jump = np.full(k, 1.0 / k)
    for _ in range(_EM_STEPS):
        rows = _evaluate(plan, coef, jump)
        reach = np.where(plan.cells.open, 0.0, rows.risk)
        weight = _over_cells(plan, rows.risk, reach)
        events = _over_cells(plan, np.zeros(len(reach)), reach * (1.0 + rows.odds))
        jump = jump * events / weight
    return jump


def _update(plan: IntervalPlan, coef: FloatArray, start: FloatArray) -> FloatArray | None:
    """Move from the best jumps for other coefficients; None where that does not come to an end."""
    cells = np.flatnonzero(start > 0)
    for _ in range(_ROUNDS):
        best = np.zeros(len(start))
        best[cells] = _solve_conditions(plan.keep(cells), coef, start[cells], slack=1e-5)
        slope = _slope(plan, _evaluate(plan, coef, best)) * best.sum() / len(plan.x)
        above = slope > _ABOVE
        above[cells] = False
        if not above.any():
            return best
        padded = np.concatenate([[-np.inf], np.where(above, slope, -np.inf), [-np.inf]])
        peaks = above & (slope >= padded[:-2]) & (slope > padded[2:])
        start = best + np.where(peaks, 0.01 * best.sum() / len(best), 0.0)
        cells = np.flatnonzero(start > 0)
    return None


def _solve_conditions(
    plan: IntervalPlan, coef: FloatArray, start: FloatArray, *, slack: float = 0.05
) -> FloatArray:
    """Follow jump x slack = target as the target falls to 0."""
    n, k = len(plan.x), len(start)
    jump = np.maximum(start, 1e-6 * float(start.max()))
    rows = _evaluate(plan, coef, jump)
    slope = _slope(plan, rows) / n
    slacks = np.maximum(-slope, slack / (k * jump))
    for _ in range(_STEPS):
        gap = float(jump @ slacks)
        fault = float((np.abs(slope + slacks) * jump).max())
        if gap < _GAP and fault < _ROUNDING:
            break
        target = gap / k * (0.05 if fault < max(10.0 * gap, _ROUNDING) else 0.3)
        gram = jump[:, None] * _gram(plan, rows) / n * jump
        # the ridge keeps a system whose slacks are all next to 0 from being singular in rounding
        matrix = gram + np.diag(jump * slacks + 1e-15)
        step = jump * np.linalg.solve(matrix, target + jump * slope)
        change = (target - slacks * step) / jump - slacks
        jump = jump + _reach(jump, step) * step
        slacks = slacks + _reach(slacks, change) * change
        rows = _evaluate(plan, coef, jump)
        slope = _slope(plan, rows) / n
    # where the product is 0, the smaller of the two is
    return np.where(jump < np.maximum(slacks, _NO_JUMP), 0.0, jump)


def _reach(values: FloatArray, step: FloatArray) -> float:
    """How much of a step leaves all values above 0."""
    down = step < 0
    return min(1.0, 0.99 * float((-values[down] / step[down]).min(initial=np.inf)))


def _profile(plan: IntervalPlan, rows: _Rows, jump: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Efficient scores, and the information that the jumps leave to the coefficients."""
    x, cells, held = plan.x, plan.cells, jump > 0
    finite = np.where(cells.open, 0.0, rows.inside)
    pull, bend = finite * rows.odds, _bend(rows)
    score = x * (pull - rows.before)[:, None]
    whole = x.T @ (x * (rows.before - pull + bend)[:, None])
    turn = rows.risk * (finite * rows.odds * (1.0 + rows.odds) - rows.odds)
    columns = [_over_cells(plan, column * rows.risk, column * turn) for column in x.T]
    mixed = np.stack(columns, axis=1)[held]
    explained = np.zeros((len(jump), x.shape[1]))
    size = jump[held][:, None]
    gram = size * _gram(plan, rows)[np.ix_(held, held)] * size.T
    ridge = np.eye(len(gram)) * 1e-13 * gram.diagonal().max()
    explained[held] = size * np.linalg.solve(gram + ridge, size * mixed)
    total = np.vstack([np.zeros(x.shape[1]), np.cumsum(explained, axis=0)])
    before, inside = total[cells.first], total[cells.stop] - total[cells.first]
    load = rows.odds[:, None] * inside - before
    return score - rows.risk[:, None] * load, whole - mixed.T @ explained[held]
