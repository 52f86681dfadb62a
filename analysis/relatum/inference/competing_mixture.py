"""Whether an event ever comes, and when, from times that are known up to an interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.common import FloatArray, Refusal
from relatum.inference.competing_interval import check_competing

__all__ = ["ParametricIncidence", "parametric_incidence"]

WHAT = "incidence from intervals of dates"
_FAR = 25.0
#: Largest log shape: beyond it all events fall on one day.
_BENT = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ParametricIncidence:
    """The chance that an event ever comes, and a distribution of its time if it does.

    Attributes
    ----------
    share : float
        Of rows to which the event comes at all.
    scale, shape : float
        Among these, the chance of no event by t is exp(-(t / scale) ** shape).
    loglik : float
    n_rows, n_events : int
    """

    share: float
    scale: float
    shape: float
    loglik: float
    n_rows: int
    n_events: int

    def incidence(self, time: float) -> float:
        """Return the share with the event by a time."""
        return float(-self.share * np.expm1(-((time / self.scale) ** self.shape)))


def parametric_incidence(
    left: npt.ArrayLike,
    right: npt.ArrayLike,
    cause: npt.ArrayLike,
    *,
    distribution: Literal["exponential", "weibull"] = "exponential",
) -> ParametricIncidence | Refusal:
    """Estimate the incidence of one event by a mixture: whether it comes, and when.

    Parameters
    ----------
    left, right : array_like, shape (n,)
        The event lies in (left, right]; equal ends are an exact time.
    cause : array_like of int, shape (n,)
        1 for the event, 2 where something came first that rules it out, on whatever day; 0 for a
        right-censored row, with an infinite right end.
    distribution : {"exponential", "weibull"}
        Of the time to the event, among rows to which it comes.

    Returns
    -------
    ParametricIncidence or Refusal
        A refusal with fewer than two events that have a right end, or without a maximum.

    Raises
    ------
    ValueError
        As `competing_turnbull`.

    Notes
    -----
    With share p and the chance S(t) of no event by t, a row with the event gives p [S(L) - S(R)],
    one that is ruled out 1 - p, and a censored one p S(L) + 1 - p: the mixture of Larson and Dinse
    1985, https://www.jstor.org/stable/2347464. When the other cause came does not matter, which is
    why it may be unknown.

    Examples
    --------
    >>> found = parametric_incidence([0, 4, 9, 9], [6, 9, np.inf, np.inf], [1, 1, 2, 2])
    >>> found.share, 0 < found.incidence(5.0) < 0.5
    (0.5, True)
    """
    times, kind = check_competing(left, right, cause, 2)
    if isinstance(times, Refusal):
        return times
    mine = kind == 1
    if int((mine & np.isfinite(times.right)).sum()) < 2:
        return Refusal(WHAT, "fewer than two events have a latest time")
    problem = _Mixture(
        left=times.left[mine],
        right=times.right[mine],
        censored=times.left[kind == 0],
        n_other=int((kind == 2).sum()),
        bent=distribution == "weibull",
    )
    return problem.fit(len(kind))


@dataclass(frozen=True, slots=True, eq=False)
class _Mixture:
    """The likelihood of the mixture; parameters are logs and a logit."""

    left: FloatArray
    right: FloatArray
    censored: FloatArray
    n_other: int
    bent: bool

    def fit(self, n_rows: int) -> ParametricIncidence | Refusal:
        from scipy import optimize

        ends = np.where(np.isfinite(self.right), self.right, self.left)
        middle = float(np.mean((self.left + ends) / 2)) or 1.0
        start: list[float] = [
            float(np.log(middle)),
            0.0,
            np.log((len(self.left) + 0.5) / (self.n_other + 0.5)),
        ]
        free = [0, *([1] if self.bent else []), *([2] if len(self.censored) else [])]
        if not len(self.censored):
            start[2] = np.log(len(self.left) / self.n_other) if self.n_other else np.inf

        def whole(values: FloatArray) -> FloatArray:
            full = np.array(start)
            full[free] = values
            return full

        def loss(values: FloatArray) -> float:
            return -self.loglik(whole(values))

        found: Any = optimize.minimize(
            loss,
            np.array(start, dtype=np.float64)[free],
            method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 20_000},
        )
        best = whole(np.asarray(found.x))
        if not found.success or abs(best[0]) > _FAR or abs(best[1]) > _BENT:
            return Refusal(WHAT, "the likelihood has no maximum")
        return ParametricIncidence(
            share=float(special.expit(best[2])),
            scale=float(np.exp(best[0])),
            shape=float(np.exp(best[1])),
            loglik=float(-found.fun),
            n_rows=n_rows,
            n_events=len(self.left),
        )

    def loglik(self, full: FloatArray) -> float:
        """Return the log likelihood at log scale, log shape and logit share."""
        scale = np.exp(np.clip(full[0], -_FAR - 1, _FAR + 1))
        shape = np.exp(np.clip(full[1], -_BENT - 1, _BENT + 1))
        log_share, log_rest = special.log_expit(full[2]), special.log_expit(-full[2])
        before, after = (self.left / scale) ** shape, (self.right / scale) ** shape
        exact = self.left == self.right
        with np.errstate(divide="ignore", invalid="ignore"):
            inside = -before + np.log(-np.expm1(before - after))
            density = np.log(shape / scale) + (shape - 1) * np.log(self.left / scale) - before
        total = float(np.where(exact, density, inside).sum()) + len(self.left) * log_share
        total += self.n_other * log_rest if self.n_other else 0.0
        tail = -((self.censored / scale) ** shape) + log_share
        total += float(np.logaddexp(tail, log_rest).sum())
        return total if np.isfinite(total) else -1e300
