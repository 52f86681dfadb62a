"""Proportional hazards for times that are known up to an interval, with any baseline.

Own arithmetic: no maintained Python library has it, and R's icenReg stops about 5e-7 short of the
maximum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from relatum.inference.clusters import Clusters, index_clusters, sum_by_cluster
from relatum.inference.common import (
    FloatArray,
    Refusal,
    as_matrix,
    check_conf_level,
    find_non_finite,
)
from relatum.inference.cox import ChiSquare, chi_square
from relatum.inference.interval_cox_fit import Baseline, IntervalPlan, find_cells, fit_baseline
from relatum.inference.interval_times import check_interval_times

__all__ = ["IntervalCoxFit", "interval_cox"]

WHAT = "proportional hazards with interval-censored times"
_STEPS, _HALVINGS = 40, 30
_ALIASED, _LAST_GAIN = 1e-9, 1e-9
#: Log hazard ratio over the range of a covariate that counts as infinite.
_FARTHEST = 12.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IntervalCoxFit:
    """Log hazard ratios, and a baseline that rises in steps.

    Attributes
    ----------
    names : tuple of str
    coef, std_error : ndarray, shape (p,)
        Errors from the curvature of the profile likelihood. The limits do not use them.
    p_value, conf_low, conf_high : ndarray, shape (p,)
        Of the profile likelihood ratio. A limit is infinite where the profile does not fall so
        far.
    vcov : ndarray, shape (p, p)
    cluster_error : ndarray, shape (p,), or None
        From efficient scores added up by cluster, times the square root of G / (G - 1); None
        without clusters. For orientation: with few clusters it is too small.
    score : ndarray, shape (n, p)
        Efficient scores of the rows; they add up to 0.
    left, right : ndarray, shape (k,)
        The cumulative hazard rises somewhere in (left, right]; equal ends are a single time.
    hazard : ndarray, shape (k,)
        By how much, at covariates of 0; above 0.
    loglik_null, loglik : float
        At coefficients of 0, where the baseline is Turnbull's curve, and at the estimate.
    likelihood_ratio : ChiSquare
        Test that all coefficients are 0.
    excess : float
        How far the conditions of a maximum are missed, per row.
    n_rows, n_events : int
        Events are rows with a finite right end.
    n_clusters : int or None
    conf_level : float
    """

    names: tuple[str, ...]
    coef: FloatArray
    std_error: FloatArray
    p_value: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray
    vcov: FloatArray
    cluster_error: FloatArray | None
    score: FloatArray
    left: FloatArray
    right: FloatArray
    hazard: FloatArray
    loglik_null: float
    loglik: float
    likelihood_ratio: ChiSquare
    excess: float
    n_rows: int
    n_events: int
    n_clusters: int | None
    conf_level: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Scale:
    """Covariates as they are fitted are (x - centre) / unit."""

    names: tuple[str, ...]
    centre: FloatArray
    unit: FloatArray


def interval_cox(
    left: npt.ArrayLike,
    right: npt.ArrayLike,
    covariates: npt.ArrayLike,
    *,
    names: tuple[str, ...] = (),
    cluster: npt.ArrayLike | None = None,
    conf_level: float = 0.95,
) -> IntervalCoxFit | Refusal:
    """Estimate log hazard ratios from times that are known up to an interval.

    Parameters
    ----------
    left, right : array_like, shape (n,)
        The event of a row lies in (left, right]: equal ends are an exact time, an infinite right
        end a right-censored and a left end of 0 a left-censored one. Any unit of time. Entry must
        not be delayed.
    covariates : array_like, shape (n,) or (n, p)
        Constant over time.
    names : tuple of str
        A name per covariate; by default "covariate 1" and so on.
    cluster : array_like, shape (n,), optional
        The case of each row.
    conf_level : float

    Returns
    -------
    IntervalCoxFit or Refusal
        A refusal for faults of the times, where no row outlives an event, for covariates that do
        not vary or follow from others, for one cluster, and where the likelihood has no maximum
        because a covariate tells earlier from later events without fault.

    Raises
    ------
    ValueError
        For lengths that differ, another number of names, or a level outside 0 to 1.

    Notes
    -----
    The event of a row has the cumulative hazard exp(x b) H(t), with any rising H:

        log likelihood = sum of log(exp(-exp(x b) H(left)) - exp(-exp(x b) H(right))).

    The best H rises only in Turnbull's innermost intervals. For given b it is found by Newton's
    method (`relatum.inference.interval_cox_fit`), and b from the profile likelihood. Zeng, Mao and
    Lin (2016, doi:10.1093/biomet/asw013) show that b has a normal distribution in large samples
    although H converges at a slower rate, and take its errors from the profile; here the
    curvature is exact. Limits and p values invert the profile likelihood ratio (Murphy and van
    der Vaart 2000, doi:10.1080/01621459.2000.10474219). An exact time counts as a jump at that
    time, not as a density.

    Errors, limits and p take the rows as independent: with twelve unequal cases the limits cover
    a little less often than they should, and errors by case less often still
    (`tests/benchmarks/coverage_interval_cox.py`). Where cases differ by a frailty the ratio is
    drawn towards one. The interval of a row must tell nothing about where in it the event lies:
    visits must not be prompted by the event.

    Examples
    --------
    >>> left, right = [0, 2, 3, 5, 5, 9, 2, 0], [2, 4, 3, 8, np.inf, np.inf, 6, 1]
    >>> fit = interval_cox(left, right, [1, 1, 1, 0, 0, 0, 1, 0], names=("isolated",))
    >>> fit.coef.round(3), round(fit.loglik, 3)
    (array([1.951]), -7.841)
    """
    check_conf_level(conf_level)
    times = check_interval_times(WHAT, left, right)
    if isinstance(times, Refusal):
        return times
    n = len(times.left)
    x = as_matrix(covariates, name="covariates", length=n)
    cells = find_cells(times)
    if cells.open.all():
        return Refusal(WHAT, "no row outlives an event, so that nothing is compared")
    scale = _standardise(x, names, (cells.first > 0) | ~cells.open)
    if isinstance(scale, Refusal):
        return scale
    groups = None if cluster is None else index_clusters(cluster)
    if groups is not None and groups.n_rows != n:
        raise ValueError("cluster must have one label per row.")
    if groups is not None and groups.n_clusters < 2:
        return Refusal(WHAT, "there is one cluster")
    plan = IntervalPlan(cells=cells, x=(x - scale.centre) / scale.unit)
    null = fit_baseline(plan, np.zeros(x.shape[1]))
    best = _climb(plan, null)
    if isinstance(best, Refusal):
        return best
    if not _definite(best.information):
        return Refusal(WHAT, "the rows do not tell what the covariates do")
    profiles = [_profile(plan, best, j, conf_level) for j in range(x.shape[1])]
    n_events = int(np.isfinite(times.right).sum())
    return _describe(plan, scale, (null, best), np.array(profiles), groups, n_events, conf_level)


def _standardise(
    x: FloatArray, names: tuple[str, ...], telling: npt.NDArray[np.bool_]
) -> _Scale | Refusal:
    """Centre and scale by the rows that tell something, which have to tell the covariates apart."""
    labels = tuple(names) or tuple(f"covariate {j + 1}" for j in range(x.shape[1]))
    if len(labels) != x.shape[1]:
        raise ValueError(f"{len(labels)} names for {x.shape[1]} covariates.")
    if not labels:
        raise ValueError("covariates must have a column; `turnbull` gives the curve without any.")
    fault = find_non_finite(WHAT, {"covariates": x})
    if fault is not None:
        return fault
    known = x[telling]
    centre, unit = known.mean(axis=0), known.std(axis=0)
    for name, still in zip(labels, np.ptp(known, axis=0) == 0, strict=True):
        if still:
            return Refusal(WHAT, f"{name} is the same in every row that tells something")
    left = np.zeros(x.shape[1])
    corner = np.abs(np.diag(np.linalg.qr((known - centre) / unit, mode="r")))
    left[: len(corner)] = corner
    if (left <= _ALIASED * math.sqrt(len(known))).any():
        name = labels[int(np.argmin(left))]
        return Refusal(WHAT, f"{name} follows from other covariates; drop one of them")
    return _Scale(names=labels, centre=centre, unit=unit)


def _climb(plan: IntervalPlan, start: Baseline, *, fixed: int | None = None) -> Baseline | Refusal:
    """Maximise the profile likelihood, over all coefficients or all but one."""
    free = np.arange(len(start.coef)) != (-1 if fixed is None else fixed)
    current = start
    for _ in range(_STEPS):
        slope = current.score.sum(axis=0)[free]
        step = np.zeros(len(free))
        step[free] = _newton(slope, current.information[np.ix_(free, free)])
        if float(slope @ step[free]) < _LAST_GAIN:
            # what is left to gain drowns in rounding: no comparison of likelihoods, the last step
            return fit_baseline(plan, current.coef + step, start=current.jump)
        following = _halve(plan, current, step)
        if following is None:
            return current
        current = following
        if (free & (np.abs(current.coef) > _farthest(plan))).any():
            why = "it has no maximum, but grows with a coefficient for ever (monotone likelihood)"
            return Refusal(WHAT, why)
    return Refusal(WHAT, "it did not converge")


def _definite(information: FloatArray) -> bool:
    """Say whether the profile is curved in every direction."""
    return bool(np.linalg.eigvalsh(information)[0] > _ALIASED)


def _farthest(plan: IntervalPlan) -> FloatArray:
    return np.asarray(_FARTHEST / np.ptp(plan.x, axis=0))


def _newton(slope: FloatArray, information: FloatArray) -> FloatArray:
    """Step uphill, also where the profile is not concave."""
    if not len(slope):
        return slope
    values, vectors = np.linalg.eigh(information)
    size = np.maximum(np.abs(values), 1e-8 * max(float(np.abs(values).max()), 1e-300))
    step = vectors @ ((vectors.T @ slope) / size)
    return np.asarray(step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-300)))


def _halve(plan: IntervalPlan, current: Baseline, step: FloatArray) -> Baseline | None:
    """Take a step, halved until the likelihood rises; None where it does not."""
    for _ in range(_HALVINGS):
        following = fit_baseline(plan, current.coef + step, start=current.jump)
        if following.loglik > current.loglik:
            return following
        step = step / 2.0
    return None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Line:
    """The profile likelihood of one coefficient."""

    plan: IntervalPlan
    best: Baseline
    at: int

    @property
    def variance(self) -> FloatArray:
        """Covariances of the coefficient."""
        return np.asarray(np.linalg.inv(self.best.information)[:, self.at])

    def fall(self, value: float) -> float:
        """Twice the fall of the profile at a value of the coefficient."""
        column = self.variance
        # the others follow it to first order
        coef = self.best.coef + (value - self.best.coef[self.at]) * column / column[self.at]
        farthest = _farthest(self.plan)
        coef = np.clip(coef, -farthest, farthest)
        start = fit_baseline(self.plan, coef, start=self.best.jump)
        found = _climb(self.plan, start, fixed=self.at)
        return math.inf if isinstance(found, Refusal) else 2.0 * (self.best.loglik - found.loglik)

    def limit(self, side: float, allowed: float) -> float:
        """Where the profile has fallen far enough, on one side; infinite where it does not."""
        centre = float(self.best.coef[self.at])
        farthest = side * float(_farthest(self.plan)[self.at])
        inside, reach = centre, math.sqrt(allowed * self.variance[self.at])
        outside = side * min(side * (centre + side * reach), side * farthest)
        while self.fall(outside) <= allowed:
            if outside == farthest:
                return side * math.inf
            inside, reach = outside, 1.5 * reach
            outside = side * min(side * (centre + side * reach), side * farthest)
        root = optimize.brentq(
            lambda value: min(self.fall(value), 1e6) - allowed, inside, outside, xtol=1e-9
        )
        return float(root)


def _profile(
    plan: IntervalPlan, best: Baseline, at: int, conf_level: float
) -> tuple[float, float, float]:
    """P value of a coefficient of 0, and the limits of one coefficient."""
    line = _Line(plan=plan, best=best, at=at)
    allowed = float(special.chdtri(1, 1.0 - conf_level))
    p_value = float(special.chdtrc(1, max(line.fall(0.0), 0.0)))
    return p_value, line.limit(-1.0, allowed), line.limit(1.0, allowed)


def _describe(
    plan: IntervalPlan,
    scale: _Scale,
    fits: tuple[Baseline, Baseline],
    profiles: FloatArray,
    groups: Clusters | None,
    n_events: int,
    conf_level: float,
) -> IntervalCoxFit:
    null, best = fits
    unit, cells, held = scale.unit, plan.cells, best.jump > 0
    vcov = np.linalg.inv(best.information) / np.outer(unit, unit)
    coef = best.coef / unit
    score = best.score * unit
    robust = None
    if groups is not None:
        sums = np.column_stack([sum_by_cluster(column, groups) for column in score.T]) @ vcov
        factor = groups.n_clusters / (groups.n_clusters - 1)
        robust = np.sqrt(factor * (sums**2).sum(axis=0))
    return IntervalCoxFit(
        names=scale.names,
        coef=coef,
        std_error=np.sqrt(np.diag(vcov)),
        p_value=profiles[:, 0],
        conf_low=profiles[:, 1] / unit,
        conf_high=profiles[:, 2] / unit,
        vcov=vcov,
        cluster_error=robust,
        score=score,
        left=cells.left[held],
        right=cells.right[held],
        hazard=best.jump[held] * math.exp(-float(scale.centre @ coef)),
        loglik_null=null.loglik,
        loglik=best.loglik,
        likelihood_ratio=chi_square(2.0 * (best.loglik - null.loglik), len(coef)),
        excess=best.excess,
        n_rows=len(plan.x),
        n_events=n_events,
        n_clusters=None if groups is None else groups.n_clusters,
        conf_level=conf_level,
    )
