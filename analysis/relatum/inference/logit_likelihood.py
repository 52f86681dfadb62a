"""The logistic and the probit log-likelihood of a plan, with Firth's penalty where asked for."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from relatum.inference.common import FloatArray
from relatum.inference.cox_sums import CoxSums
from relatum.inference.logit_rows import LogitPlan

__all__ = ["LogitLikelihood", "LogitSums", "ProbitLikelihood"]


_HALF_LOG = 0.5 * math.log(2.0 * math.pi)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LogitSums:
    """All that one pass over the rows gives.

    Attributes
    ----------
    loglik : float
    gradient : ndarray, shape (k,)
    information, augmented : ndarray, shape (k, k)
        Fisher's, and with every row counted once more by its hat value.
    fitted, hat : ndarray, shape (n,)
        Probabilities, and hat values (0 without the penalty).
    """

    loglik: float
    gradient: FloatArray
    information: FloatArray
    augmented: FloatArray
    fitted: FloatArray
    hat: FloatArray


@dataclass(frozen=True, slots=True)
class LogitLikelihood:
    """The log-likelihood over the rows of a plan.

    Attributes
    ----------
    plan : LogitPlan
    penalised : bool
        Add half the log determinant of the information of the covariates in their own units.
    """

    plan: LogitPlan
    penalised: bool = False

    def describe(self, coef: FloatArray) -> LogitSums:
        """All sums at coefficients of the plan; `loglik` is minus infinity where singular."""
        from relatum.inference.logit_kernels import derive_logit

        plan = self.plan
        k, n = plan.columns.shape
        fitted, hat, gradient = np.empty(n), np.empty(n), np.zeros(k)
        information, augmented = np.empty((k, k)), np.empty((k, k))
        loglik = derive_logit(
            plan.columns,
            plan.outcome,
            plan.weights,
            plan.offset,
            coef,
            self.penalised,
            fitted,
            hat,
            gradient,
            information,
            augmented,
        )
        if self.penalised:
            loglik += sum(map(math.log, plan.scale.tolist()))
        return LogitSums(
            loglik=loglik,
            gradient=gradient,
            information=information,
            augmented=augmented,
            fitted=fitted,
            hat=hat,
        )

    def evaluate(self, coef: FloatArray) -> CoxSums | None:
        """Log-likelihood, score and curvature; None where they are not finite."""
        sums = self.describe(coef)
        if not math.isfinite(sums.loglik):
            return None
        return CoxSums(loglik=sums.loglik, gradient=sums.gradient, information=sums.augmented)


@dataclass(frozen=True, slots=True)
class ProbitLikelihood:
    """The same for the normal curve, without penalty.

    Attributes
    ----------
    plan : LogitPlan
    """

    plan: LogitPlan

    def evaluate(self, coef: FloatArray) -> CoxSums | None:
        """Log-likelihood, score and observed information; None where they are not finite.

        The expected information vanishes where the curve fits badly, and would mislead a search.
        """
        plan = self.plan
        side = 2.0 * plan.outcome - 1.0
        right = side * (plan.offset + coef @ plan.columns)
        log_share = special.log_ndtr(right)
        ratio = np.exp(-0.5 * right**2 - _HALF_LOG - log_share)
        loglik = float(plan.weights @ log_share)
        if not math.isfinite(loglik):
            return None
        factor = plan.weights * ratio * np.maximum(ratio + right, 0.0)
        return CoxSums(
            loglik=loglik,
            gradient=plan.columns @ (plan.weights * side * ratio),
            information=(plan.columns * factor) @ plan.columns.T,
        )

    def expect(self, coef: FloatArray) -> FloatArray:
        """Give the expected information, which R's `glm` takes for its errors."""
        plan = self.plan
        eta = plan.offset + coef @ plan.columns
        log_both = special.log_ndtr(eta) + special.log_ndtr(-eta)
        factor = plan.weights * np.exp(-(eta**2) - 2.0 * _HALF_LOG - log_both)
        return np.asarray((plan.columns * factor) @ plan.columns.T, dtype=np.float64)
