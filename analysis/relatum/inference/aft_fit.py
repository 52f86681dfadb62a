"""Newton's method for accelerated failure times, and the words for data without a maximum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from relatum.inference.aft_terms import AftDistribution, RowKinds, RowTerms, row_terms
from relatum.inference.common import FloatArray, IntArray, Refusal
from relatum.inference.cox_sums import sum_rows

__all__ = ["AftDesign", "AftOptimum", "Scales", "climb", "standardise"]

_STEPS, _HALVINGS = 100, 40
_SMALL, _FLAT, _MOVING, _FAR = 1e-7, 1e-8, 0.1, 10.0
_LARGEST_LOG_SCALE = 25.0
_ALIASED = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scales:
    """Which scale each row has.

    Attributes
    ----------
    stratum : ndarray of int, shape (n,)
    number : int
        0 where the scale is fixed at 1.
    """

    stratum: IntArray
    number: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AftDesign:
    """Covariates with mean 0 and standard deviation 1 beside a constant, and the strata of scale.

    Attributes
    ----------
    x : ndarray, shape (n, p + 1)
        The constant is first.
    back : ndarray, shape (p + 1, p + 1)
        Turns coefficients of `x` into coefficients of the covariates.
    scales : Scales
    names : tuple of str
        Of the columns of `x`.
    """

    x: FloatArray
    back: FloatArray
    scales: Scales
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AftOptimum:
    """The maximum, in the parameters of the design: coefficients, then log scales.

    Attributes
    ----------
    theta : ndarray, shape (k,)
    information : ndarray, shape (k, k)
        Observed.
    scores : ndarray, shape (n, k)
        Of each row.
    loglik : float
    iterations : int
    """

    theta: FloatArray
    information: FloatArray
    scores: FloatArray
    loglik: float
    iterations: int


def standardise(
    covariates: FloatArray, names: tuple[str, ...], *, scales: Scales, what: str
) -> AftDesign | Refusal:
    """Centre and scale covariates, or name one that does not vary or follows from others.

    Parameters
    ----------
    covariates : ndarray, shape (n, p)
    names : tuple of str
    scales : Scales
    what : str
        The name of the quantity, for a refusal.

    Returns
    -------
    AftDesign or Refusal
    """
    n, p = covariates.shape
    centre, spread = covariates.mean(axis=0), covariates.std(axis=0)
    size = np.abs(covariates).max(axis=0, initial=0.0)
    for j in range(p):
        if spread[j] <= 1e-12 * size[j] or spread[j] == 0.0:
            return Refusal(what, f"{names[j]} does not vary")
    x = (covariates - centre) / spread
    kept: list[int] = []
    for j in range(p):
        others = x[:, kept]
        left = x[:, j] - others @ np.linalg.lstsq(others, x[:, j], rcond=None)[0]
        if left @ left <= _ALIASED * n:
            return Refusal(what, f"{names[j]} follows from other covariates; drop one of them")
        kept.append(j)
    back = np.diag(np.append(1.0, 1.0 / spread))
    back[0, 1:] = -centre / spread
    return AftDesign(
        x=np.column_stack([np.ones(n), x]),
        back=back,
        scales=scales,
        names=("constant", *names),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Point:
    theta: FloatArray
    terms: RowTerms
    loglik: float


def climb(
    kinds: RowKinds, design: AftDesign, *, distribution: AftDistribution, what: str
) -> AftOptimum | Refusal:
    """Maximise the log-likelihood by Newton's method, halving steps that go down.

    Parameters
    ----------
    kinds : RowKinds
    design : AftDesign
    distribution : str
    what : str
        The name of the quantity, for a refusal.

    Returns
    -------
    AftOptimum or Refusal
        A refusal where the likelihood has no maximum; the reason names what grows for ever.

    Notes
    -----
    The four densities of log time are log-concave, so without delayed entry and with one scale the
    log-likelihood is concave in (coefficients / scale, 1 / scale): the point that is found is then
    the only maximum.
    """
    with np.errstate(all="ignore"):
        # a step too far gives no finite likelihood; it is halved
        return _climb(kinds, design, distribution, what)


def _climb(
    kinds: RowKinds, design: AftDesign, distribution: AftDistribution, what: str
) -> AftOptimum | Refusal:
    here = _look(kinds, design, _start(kinds, design), distribution)
    spread = np.append(1.0, np.ptp(design.x[:, 1:], axis=0))
    for iteration in range(1, _STEPS + 1):
        gradient, information = _sums(here.terms, design)
        step = _solve(information, gradient)
        if step is None:
            break
        there = _look(kinds, design, here.theta + step, distribution)
        for _ in range(_HALVINGS):
            if there.loglik >= here.loglik - 1e-12 * abs(here.loglik):
                break
            step = step / 2.0
            there = _look(kinds, design, here.theta + step, distribution)
        gain, here = there.loglik - here.loglik, there
        if np.abs(step).max() < _SMALL:
            return _arrive(here, design, what, iteration)
        if abs(gain) < _FLAT and _relative(step, spread, here, design).max() > _MOVING:
            break
        log_scale = here.theta[len(design.names) :]
        if (np.abs(log_scale) > _LARGEST_LOG_SCALE).any():
            break
    return _explain(here, design, spread, what)


def _arrive(here: _Point, design: AftDesign, what: str, iteration: int) -> AftOptimum | Refusal:
    information = _sums(here.terms, design)[1]
    try:
        np.linalg.cholesky(information)
    except np.linalg.LinAlgError:
        return Refusal(what, "the likelihood is flat; the times do not tell the parameters apart")
    return AftOptimum(
        theta=here.theta,
        information=information,
        scores=_scores(here.terms, design),
        loglik=here.loglik,
        iterations=iteration,
    )


def _start(kinds: RowKinds, design: AftDesign) -> FloatArray:
    """Mean and spread of rough logarithms of time; only a place to begin."""
    rough = np.full(kinds.n_rows, np.nan)
    rough[kinds.exact] = kinds.log_exact
    rough[kinds.right] = kinds.log_right
    low = np.where(np.isfinite(kinds.log_low), kinds.log_low, kinds.log_high - 1.0)
    rough[kinds.between] = 0.5 * (low + kinds.log_high)
    rough = rough[np.isfinite(rough)]
    theta = np.zeros(len(design.names) + design.scales.number)
    # a Weibull has its location above the mean of log time and its scale below the deviation
    theta[0] = rough.mean() + 0.5 * rough.std()
    theta[len(design.names) :] = np.log(max(0.8 * float(rough.std()), 0.1))
    return theta


def _look(
    kinds: RowKinds, design: AftDesign, theta: FloatArray, distribution: AftDistribution
) -> _Point:
    p = len(design.names)
    log_scale = theta[p:][design.scales.stratum] if design.scales.number else np.zeros(kinds.n_rows)
    terms = row_terms(kinds, design.x @ theta[:p], log_scale, distribution=distribution)
    loglik = float(terms.value.sum()) + kinds.constant
    return _Point(theta=theta, terms=terms, loglik=loglik if np.isfinite(loglik) else -np.inf)


def _sums(terms: RowTerms, design: AftDesign) -> tuple[FloatArray, FloatArray]:
    """Gradient and observed information."""
    x, k = design.x, design.scales.number
    p = x.shape[1]
    gradient = x.T @ terms.m
    information = np.zeros((p + k, p + k))
    information[:p, :p] = -(x.T * terms.mm) @ x
    if k:
        by = _by_stratum(x * terms.ms[:, None], design.scales).T
        information[:p, p:], information[p:, :p] = -by, -by.T
        own = _by_stratum(np.column_stack([terms.s, terms.ss]), design.scales)
        information[p:, p:] = -np.diag(own[:, 1])
        gradient = np.append(gradient, own[:, 0])
    return gradient, information


def _by_stratum(values: FloatArray, scales: Scales) -> FloatArray:
    if scales.number == 1:
        return np.asarray(values.sum(axis=0, keepdims=True), dtype=np.float64)
    return sum_rows(values, scales.stratum)


def _scores(terms: RowTerms, design: AftDesign) -> FloatArray:
    parts = design.x * terms.m[:, None]
    if not design.scales.number:
        return parts
    mine = design.scales.stratum[:, None] == np.arange(design.scales.number)
    return np.hstack([parts, mine * terms.s[:, None]])


def _solve(information: FloatArray, gradient: FloatArray) -> FloatArray | None:
    """Newton step; where the surface is not concave a ridge turns it uphill."""
    if not (np.isfinite(information).all() and np.isfinite(gradient).all()):
        return None
    ridge, size = 0.0, np.diag(np.abs(np.diag(information)) + 1e-12)
    for _ in range(12):
        try:
            root = np.linalg.cholesky(information + ridge * size)
        except np.linalg.LinAlgError:
            ridge = max(10.0 * ridge, 1e-3)
            continue
        step = np.linalg.solve(root.T, np.linalg.solve(root, gradient))
        return step if np.isfinite(step).all() else None
    return None


def _relative(
    values: FloatArray, spread: FloatArray, here: _Point, design: AftDesign
) -> FloatArray:
    """Coefficients over the range of their covariate, in scales; log scales as they are."""
    p = len(design.names)
    scale = np.exp(here.theta[p:]).max() if design.scales.number else 1.0
    return np.append(np.abs(values[:p]) * spread / scale, np.abs(values[p:]))


def _explain(here: _Point, design: AftDesign, spread: FloatArray, what: str) -> Refusal:
    """Say what has run away."""
    p = len(design.names)
    log_scale = here.theta[p:]
    if (log_scale < -_LARGEST_LOG_SCALE / 2.0).any():
        why = "it has no maximum: the scale shrinks to 0, as the covariates tell the exact times"
        return Refusal(what, why)
    far = _relative(here.theta, spread, here, design)
    far[0] = 0.0
    worst = int(np.argmax(far[:p]))
    if far[worst] > _FAR:
        side = "rises" if here.theta[worst] > 0 else "falls"
        why = f"it has no maximum: the coefficient of {design.names[worst]} {side} for ever"
        return Refusal(what, why)
    if (log_scale > 3.0).any():
        return Refusal(what, "it has no maximum: the scale grows for ever")
    return Refusal(what, "the maximum was not found; the times say too little")
