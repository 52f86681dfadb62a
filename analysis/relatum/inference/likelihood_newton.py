"""Newton's method for the partial likelihoods, and the words for data without a maximum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, Refusal
from relatum.inference.cox_sums import CoxSums

__all__ = ["Optimum", "maximise"]

_STEPS, _HALVINGS = 60, 40
_ALIASED = 1e-9
_DIVERGING, _FLAT, _FAR = 0.1, 1e-8, 10.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Optimum:
    """Where Newton's method ended.

    Attributes
    ----------
    coef : ndarray, shape (p,)
    null, best : CoxSums
        At 0 and at the maximum.
    iterations : int
    """

    coef: FloatArray
    null: CoxSums
    best: CoxSums
    iterations: int


def maximise(
    objective: Callable[[FloatArray], CoxSums],
    spread: FloatArray,
    *,
    names: tuple[str, ...],
    what: str,
) -> Optimum | Refusal:
    """Maximise a log partial likelihood from 0, halving steps that go down.

    Parameters
    ----------
    objective : callable
        Takes coefficients, shape (p,).
    spread : ndarray, shape (p,)
        Largest minus smallest value of each covariate, in the unit of the coefficients.
    names : tuple of str
        Of the covariates, for a refusal.
    what : str
        The name of the quantity, for a refusal.

    Returns
    -------
    Optimum or Refusal
        A refusal for a covariate that does not vary or follows from others, and where the
        likelihood stays flat while a coefficient runs away (monotone likelihood).
    """
    with np.errstate(all="ignore"):
        # a step too far gives no finite likelihood; it is halved
        return _climb(objective, spread, names, what)


def _climb(
    objective: Callable[[FloatArray], CoxSums],
    spread: FloatArray,
    names: tuple[str, ...],
    what: str,
) -> Optimum | Refusal:
    coef = np.zeros(len(names))
    null = current = objective(coef)
    idle = _find_redundant(null.information, names, what)
    if idle is not None:
        return idle
    for iteration in range(1, _STEPS + 1):
        step = _solve(current)
        if step is None:
            break
        step, following = _halve(objective, coef, step, current)
        gain = following.loglik - current.loglik
        coef, current = coef + step, following
        if np.abs(step).max() < 1e-9:
            return Optimum(coef=coef, null=null, best=current, iterations=iteration)
        moving = np.abs(step) * spread > _DIVERGING
        if moving.any() and abs(gain) < _FLAT:
            return _monotone(coef, moving, names, what)
    far = np.abs(coef) * spread > _FAR
    return _monotone(coef, far, names, what) if far.any() else Refusal(what, "it did not converge")


def _solve(current: CoxSums) -> FloatArray | None:
    try:
        step = np.linalg.solve(current.information, current.gradient)
    except np.linalg.LinAlgError:
        return None
    return np.asarray(step, dtype=np.float64) if np.isfinite(step).all() else None


def _halve(
    objective: Callable[[FloatArray], CoxSums],
    coef: FloatArray,
    step: FloatArray,
    current: CoxSums,
) -> tuple[FloatArray, CoxSums]:
    following = objective(coef + step)
    for _ in range(_HALVINGS):
        if following.loglik >= current.loglik - 1e-12 * abs(current.loglik):
            break
        step = step / 2.0
        following = objective(coef + step)
    return step, following


def _monotone(
    coef: FloatArray, moving: npt.NDArray[np.bool_], names: tuple[str, ...], what: str
) -> Refusal:
    grown = [
        f"{names[j]} {'rises' if coef[j] > 0 else 'falls'}" for j in np.flatnonzero(moving).tolist()
    ]
    why = "monotone likelihood: it has no maximum, but grows for ever as the coefficient of "
    return Refusal(what, why + " and of ".join(grown) + "; a Firth penalty gives an estimate")


def _find_redundant(information: FloatArray, names: tuple[str, ...], what: str) -> Refusal | None:
    """Refuse a covariate without variation left, given those before it."""
    kept: list[int] = []
    diagonal = np.diag(information)
    for j in range(len(diagonal)):
        if diagonal[j] <= _ALIASED * max(diagonal.max(), 1.0):
            return Refusal(what, f"{names[j]} does not vary among those at risk together")
        others = information[np.ix_(kept, kept)]
        cross = information[kept, j]
        left = diagonal[j] - (cross @ np.linalg.solve(others, cross) if kept else 0.0)
        if left <= _ALIASED * diagonal[j]:
            return Refusal(what, f"{names[j]} follows from other covariates; drop one of them")
        kept.append(j)
    return None
