"""Firth's penalised partial likelihood for rows with entry times and strata.

firthmodels 0.8 takes neither. Costs event times times rows times p^2: for small data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from relatum.inference.common import FloatArray
from relatum.inference.cox_rows import CoxPlan
from relatum.inference.cox_sums import CoxSums, sum_risk_sets

__all__ = ["FirthPlan", "firth_limits", "maximise_firth"]

_STEPS, _HALVINGS, _LARGEST = 200, 40, 5.0
_FURTHEST, _NUDGE = 200.0, 1e-6


@dataclass(frozen=True, slots=True)
class FirthPlan:
    """The penalised likelihood over sorted rows.

    Attributes
    ----------
    plan : CoxPlan
    """

    plan: CoxPlan

    @property
    def n_covariates(self) -> int:
        """Number of coefficients."""
        return int(self.plan.x.shape[1])

    def variation(self) -> FloatArray:
        """Information of each coefficient alone, at 0."""
        sums = sum_risk_sets(self.plan, np.zeros(self.n_covariates), ties="breslow")
        return np.diag(sums.information)

    def evaluate(self, coef: FloatArray) -> CoxSums | None:
        """Penalised log-likelihood and its derivatives; the information has no penalty.

        The penalty is that of the covariates in their own units. Returns None where the information
        has no inverse.
        """
        sums = sum_risk_sets(self.plan, coef, ties="breslow")
        scale = np.sqrt(np.maximum(np.diag(sums.information), 0.0))
        if not np.isfinite(scale).all() or (scale <= 1e-10).any():
            return None
        scaled = sums.information / np.outer(scale, scale)
        values = np.linalg.eigvalsh(scaled)
        if values[0] <= 1e-11:
            return None
        inverse = np.asarray(np.linalg.inv(sums.information), dtype=np.float64)
        penalty = 0.5 * float(np.log(values).sum()) + float(np.log(scale * self.plan.scale).sum())
        return CoxSums(
            loglik=sums.loglik + penalty,
            gradient=sums.gradient + 0.5 * self._pull(coef, inverse),
            information=sums.information,
        )

    def _pull(self, coef: FloatArray, inverse: FloatArray) -> FloatArray:
        """Trace of the inverse information times the derivative of the information.

        The latter sums the third central moments of those at risk over the events.
        """
        plan, at = self.plan, self.plan.at
        g = np.arange(len(at.time))[:, None]
        eta = np.where((at.first <= g) & (g < at.last), plan.x @ coef, -np.inf)
        share = special.softmax(eta, axis=1) * at.events[:, None]
        length = np.einsum("ij,jk,ik->i", plan.x, inverse, plan.x)
        mean = share @ plan.x / at.events[:, None]
        p = len(coef)
        squares = (plan.x[:, :, None] * plan.x[:, None, :]).reshape(-1, p * p)
        second = (share @ squares).reshape(-1, p, p)
        across = mean @ inverse
        outer = at.events * np.einsum("gj,gj->g", across, mean)
        found = (
            (share.sum(axis=0) * length) @ plan.x
            - (share @ length) @ mean
            - 2.0 * np.einsum("gjk,gk->j", second, across)
            + 2.0 * outer @ mean
        )
        return np.asarray(found, dtype=np.float64)


def maximise_firth(
    own: FirthPlan, start: FloatArray, free: npt.NDArray[np.bool_]
) -> tuple[FloatArray, CoxSums] | None:
    """Maximise the penalised likelihood over the free coefficients.

    Parameters
    ----------
    own : FirthPlan
    start : ndarray, shape (p,)
    free : ndarray of bool, shape (p,)

    Returns
    -------
    tuple of ndarray and CoxSums, or None
        None where no maximum was found.
    """
    coef = start.copy()
    current = own.evaluate(coef)
    if current is None or not free.any():
        return None if current is None else (coef, current)
    for _ in range(_STEPS):
        step = _step(own, coef, current, free)
        if np.abs(step).max() < 1e-9:
            return coef, current
        for _ in range(_HALVINGS):
            following = own.evaluate(coef + step)
            if following is not None and following.loglik >= current.loglik - 1e-11:
                break
            step = step / 2.0
        else:
            return None
        coef, current = coef + step, following
    return None


def _step(
    own: FirthPlan, coef: FloatArray, current: CoxSums, free: npt.NDArray[np.bool_]
) -> FloatArray:
    """Newton's step with a numerical second derivative; the scoring step where that fails."""
    places = np.flatnonzero(free)
    curvature = np.empty((len(places), len(places)))
    for a, j in enumerate(places.tolist()):
        beside = own.evaluate(coef + _NUDGE * (np.arange(len(coef)) == j))
        if beside is None:
            curvature[:] = -1.0
            break
        curvature[a] = (current.gradient - beside.gradient)[free] / _NUDGE
    curvature = (curvature + curvature.T) / 2.0
    values = np.linalg.eigvalsh(curvature)
    if values[0] <= 1e-8 * abs(values[-1]):
        curvature = current.information[np.ix_(free, free)]
    step = np.zeros_like(coef)
    step[free] = np.linalg.solve(curvature, current.gradient[free])
    return step * min(1.0, _LARGEST / max(float(np.abs(step).max()), _LARGEST))


def firth_limits(
    own: FirthPlan, coef: FloatArray, column: int, *, conf_level: float
) -> tuple[float, float]:
    """Limits of the profile penalised likelihood of one coefficient.

    Parameters
    ----------
    own : FirthPlan
    coef : ndarray, shape (p,)
        The maximum.
    column : int
    conf_level : float

    Returns
    -------
    tuple of float
        On the scale of the plan; infinite where the profile does not fall so far.
    """
    free = np.arange(len(coef)) != column
    best = own.evaluate(coef)
    if best is None:
        return -np.inf, np.inf
    aim = best.loglik - 0.5 * float(special.chdtri(1, 1.0 - conf_level))
    error = 1.0 / np.sqrt(best.information[column, column])

    held = coef.copy()

    def above(value: float) -> float:
        held[column] = value
        found = maximise_firth(own, held, free)
        if found is None:
            # no inverse so far out means that nothing is left there
            return -1.0
        held[:] = found[0]
        return found[1].loglik - aim

    ends = []
    for sign in (-1.0, 1.0):
        reach = error
        held[:] = coef
        while above(coef[column] + sign * reach) > 0.0 and reach < _FURTHEST:
            reach *= 2.0
        if reach >= _FURTHEST:
            ends.append(sign * np.inf)
            continue
        inside = coef[column]
        ends.append(
            float(optimize.brentq(above, inside, inside + sign * reach, xtol=1e-11, rtol=1e-12))
        )
    return ends[0], ends[1]
