"""Masses of a distribution whose observations are runs of cells: a primal-dual interior method."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, IntArray

__all__ = ["CellFit", "CellRuns", "cell_gradient", "cell_gram", "fit_cells"]

BoolArray = npt.NDArray[np.bool_]
_EM_STEPS, _STEPS, _ROUNDS = 100, 80, 100
_ALL_CELLS = 100
_GAP, _ROUNDING, _NO_MASS = 1e-18, 1e-12, 1e-8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CellRuns:
    """Observations that say only that a run of neighbouring cells holds the event.

    Attributes
    ----------
    first, stop : ndarray of int, shape (n,)
        Cells first <= j < stop.
    weight : ndarray, shape (n,)
        They add up to 1.
    n_cells : int
    """

    first: IntArray
    stop: IntArray
    weight: FloatArray
    n_cells: int

    def keep(self, cells: IntArray) -> CellRuns:
        """Keep some of the cells, which are sorted."""
        return CellRuns(
            first=np.searchsorted(cells, self.first),
            stop=np.searchsorted(cells, self.stop),
            weight=self.weight,
            n_cells=len(cells),
        )

    def probability(self, mass: FloatArray) -> FloatArray:
        """Sum the mass in each run."""
        total = np.append(0.0, np.cumsum(mass))
        return np.asarray(total[self.stop] - total[self.first], dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CellFit:
    """Masses with the largest likelihood.

    Attributes
    ----------
    mass : ndarray, shape (k,)
    excess : float
        How far the largest gradient is above 1: the mean log-likelihood cannot be raised by more.
    """

    mass: FloatArray
    excess: float


def cell_gradient(runs: CellRuns, mass: FloatArray) -> FloatArray:
    """Differentiate the mean log-likelihood by each mass.

    Parameters
    ----------
    runs : CellRuns
    mass : ndarray, shape (k,)

    Returns
    -------
    ndarray, shape (k,)
        1 where the mass of the best fit is above 0, at most 1 elsewhere.
    """
    load = runs.weight / runs.probability(mass)
    k = runs.n_cells + 1
    change = np.bincount(runs.first, load, k) - np.bincount(runs.stop, load, k)
    return np.asarray(np.cumsum(change)[:-1], dtype=np.float64)


def cell_gram(runs: CellRuns, load: FloatArray) -> FloatArray:
    """Sum of load over the runs that hold both of two cells.

    Parameters
    ----------
    runs : CellRuns
    load : ndarray, shape (n,)

    Returns
    -------
    ndarray, shape (k, k)
    """
    size = runs.n_cells + 1
    corners = np.zeros(size * size)
    for row, column, sign in (
        (runs.first, runs.first, 1.0),
        (runs.stop, runs.stop, 1.0),
        (runs.first, runs.stop, -1.0),
        (runs.stop, runs.first, -1.0),
    ):
        corners += sign * np.bincount(row * size + column, load, size * size)
    square = corners.reshape(size, size).cumsum(axis=0).cumsum(axis=1)
    return np.asarray(square[:-1, :-1], dtype=np.float64)


def fit_cells(runs: CellRuns) -> CellFit:
    """Find the masses with the largest likelihood.

    Parameters
    ----------
    runs : CellRuns

    Returns
    -------
    CellFit

    Notes
    -----
    A few EM steps, then Newton's method for the conditions mass >= 0, slack >= 0 and mass x slack =
    0 with slack = 1 - gradient. With more than a hundred cells only the heaviest after EM are
    solved for, and the peaks of the gradient join while they are above 1 (Wang 2008,
    doi:10.1016/j.csda.2007.10.018).
    """
    mass = np.full(runs.n_cells, 1.0 / runs.n_cells)
    for _ in range(_EM_STEPS):
        mass = mass * cell_gradient(runs, mass)
    mass /= mass.sum()
    active = np.arange(runs.n_cells)
    if runs.n_cells > _ALL_CELLS:
        active = _choose_cells(runs, mass)
    for _ in range(_ROUNDS):
        best = np.zeros(runs.n_cells)
        best[active] = _solve_conditions(runs.keep(active), mass[active])
        gradient = cell_gradient(runs, best)
        above = gradient > 1.0 + 1e-10
        above[active] = False
        if not above.any():
            break
        active = np.union1d(np.flatnonzero(best > 0), _find_peaks(gradient, above))
        mass = best + 0.01 / runs.n_cells
    return CellFit(mass=best, excess=max(float(gradient.max()) - 1.0, 0.0))


def _choose_cells(runs: CellRuns, mass: FloatArray) -> IntArray:
    """Cells with some mass, and the heaviest of each run that would be left without one."""
    chosen = mass > 2.0 / runs.n_cells
    part = runs.keep(np.flatnonzero(chosen))
    for i in np.flatnonzero(part.first == part.stop).tolist():
        begin = runs.first[i]
        chosen[begin + int(np.argmax(mass[begin : runs.stop[i]]))] = True
    return np.flatnonzero(chosen)


def _find_peaks(gradient: FloatArray, above: BoolArray) -> IntArray:
    """Find the highest of each stretch of cells between cells that are not above."""
    padded = np.concatenate([[-np.inf], np.where(above, gradient, -np.inf), [-np.inf]])
    middle = padded[1:-1]
    return np.flatnonzero(above & (middle >= padded[:-2]) & (middle > padded[2:]))


def _solve_conditions(runs: CellRuns, start: FloatArray) -> FloatArray:
    mass = np.maximum(start, 1e-8 / len(start))
    mass /= mass.sum()
    gradient = cell_gradient(runs, mass)
    slack = np.maximum(1.0 - gradient, 0.05)
    for _ in range(_STEPS):
        gap = float(mass @ slack)
        fault = float(np.abs(1.0 - gradient - slack).max())
        if gap < _GAP and fault < _ROUNDING:
            break
        target = gap / len(mass) * (0.05 if fault < max(10.0 * gap, _ROUNDING) else 0.3)
        step, change = _newton(runs, mass, slack, gradient, target)
        mass = mass + _reach(mass, step) * step
        slack = slack + _reach(slack, change) * change
        gradient = cell_gradient(runs, mass)
    # a run has at least its own weight, so no run is emptied
    none = np.maximum(slack, min(_NO_MASS, 1e-3 * float(runs.weight.min())))
    mass = np.where(mass < none, 0.0, mass)
    return np.asarray(mass / mass.sum(), dtype=np.float64)


def _newton(
    runs: CellRuns, mass: FloatArray, slack: FloatArray, gradient: FloatArray, target: float
) -> tuple[FloatArray, FloatArray]:
    gram = cell_gram(runs, runs.weight / runs.probability(mass) ** 2)
    root = np.sqrt(mass)
    # the ridge keeps a system whose slacks are all next to 0 from being singular in rounding
    matrix = root[:, None] * gram * root + np.diag(slack + 1e-15)
    right = root * (target / mass - (1.0 - gradient))
    step = root * np.linalg.solve(matrix, right)
    return step, (target - slack * step) / mass - slack


def _reach(values: FloatArray, step: FloatArray) -> float:
    """How much of a step leaves all values above 0."""
    down = step < 0
    return min(1.0, 0.99 * float((-values[down] / step[down]).min(initial=np.inf)))
