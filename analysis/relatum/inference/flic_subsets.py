"""Firth's logistic regression with a corrected constant, in many subsets of the same rows at once.

Leaving out one case at a time needs a fit for every case. Here all of them climb together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.common import FloatArray, Refusal, as_matrix, find_non_finite
from relatum.inference.firth_logit import flic_logit
from relatum.inference.logit_rows import BoolArray, LogitRows

__all__ = ["flic_subsets"]

#: Subsets in which covariates are nearer to following from each other are left to `flic_logit`,
#: as are those that need more steps.
_CLEAR, _STEPS, _HALVINGS = 1e-5, 40, 20
#: Steps after which curvatures are those of the penalised log-likelihood itself, by differences.
_SCORING, _NUDGE, _DEFINITE = 10, 1e-6, 1e-8
#: Gain of the log-likelihood at which a search ends, and what rounding may take from it.
_FINE, _SLACK = 1e-20, 1e-13
#: Numbers held at once in one array.
_BLOCK = 2_000_000


def flic_subsets(rows: LogitRows, kept: npt.ArrayLike) -> tuple[FloatArray | Refusal, ...]:
    """Fit subsets of rows, each as `flic_logit` would.

    Parameters
    ----------
    rows : LogitRows
        Without weights and offset.
    kept : array_like of bool, shape (n_subsets, n)
        The rows of each subset.

    Returns
    -------
    tuple of ndarray or Refusal, length n_subsets
        Coefficients, shape (k + 1,), the constant in front; or the refusal of `flic_logit`.

    Raises
    ------
    ValueError
        For rows with weights or an offset, and for subsets of another number of rows.

    Notes
    -----
    Scoring steps with pseudo-rows (Heinze and Schemper 2002, doi:10.1002/sim.1047), halved where
    the penalised log-likelihood falls, for all subsets at once; then Newton's; then the constant of
    Puhr and others 2017, doi:10.1002/sim.7273. Agrees with `flic_logit` to 1e-8; where means of
    covariates are many times their standard deviations that stops earlier, and this is closer to
    the maximum. Subsets in which a search does not end, or covariates are close to collinear, are
    fitted by `flic_logit`.

    Examples
    --------
    >>> rows = LogitRows(outcome=[1, 1, 0, 0, 0, 1], covariates=[1, 1, 0, 0, 0, 0])
    >>> fits = flic_subsets(rows, [[True] * 6, [True] * 5 + [False], [True] * 2 + [False] * 4])
    >>> fits[0].round(4)
    array([-0.7289,  2.4567])
    >>> fits[2].why
    'the outcome is the same in every row'
    """
    n = len(rows.outcome)
    use = np.asarray(kept, dtype=np.bool_)
    if rows.weights is not None or rows.offset is not None:
        raise ValueError("rows must have no weights and no offset; `flic_logit` takes them.")
    if use.ndim != 2 or use.shape[1] != n:
        raise ValueError(f"kept must have shape (n_subsets, {n}), not {use.shape}.")
    design = as_matrix(np.column_stack([np.ones(n), rows.covariates]), name="covariates")
    found: FloatArray = np.full((len(use), design.shape[1]), np.nan)
    if find_non_finite("FLIC", {"outcomes": rows.outcome, "covariates": design}) is None and n:
        step = max(1, _BLOCK // n)
        for at in range(0, len(use), step):
            found[at : at + step] = _fit(design, rows.outcome, use[at : at + step])
    return tuple(
        coef if np.isfinite(coef).all() else _alone(rows, subset)
        for coef, subset in zip(found, use, strict=True)
    )


def _alone(rows: LogitRows, subset: BoolArray) -> FloatArray | Refusal:
    part = LogitRows(
        outcome=rows.outcome[subset], covariates=rows.covariates[subset], names=rows.names
    )
    fit = flic_logit(part, limits="wald")
    return fit if isinstance(fit, Refusal) else fit.coef


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Rows:
    """Rows of several subsets: `weights` of 1 and 0, shape (n_subsets, n)."""

    design: FloatArray
    squares: FloatArray
    outcome: FloatArray
    weights: FloatArray

    def of(self, members: npt.NDArray[np.intp]) -> _Rows:
        return _Rows(
            design=self.design,
            squares=self.squares,
            outcome=self.outcome,
            weights=self.weights[members],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Sums:
    """Penalised log-likelihoods (minus infinity where singular), scores and curvatures."""

    loglik: FloatArray
    gradient: FloatArray
    curvature: FloatArray


# a step too far overflows, and is halved or given up
@np.errstate(all="ignore")
def _fit(design: FloatArray, outcome: FloatArray, use: BoolArray) -> FloatArray:
    """Coefficients of each subset, NaN where one must be fitted alone."""
    k = design.shape[1]
    centre, scale = design.mean(axis=0), design.std(axis=0)
    centre[0], scale[0] = 0.0, 1.0
    if not (scale > 0.0).all():
        return np.full((len(use), k), np.nan)
    # centred, or rounding in the determinant would hide the last steps
    scaled = (design - centre) / scale
    rows = _Rows(
        design=scaled,
        squares=(scaled[:, :, None] * scaled[:, None, :]).reshape(len(design), k * k),
        outcome=outcome,
        weights=use.astype(np.float64),
    )
    found = np.full((len(use), k), np.nan)
    open_ = np.flatnonzero(_clear(rows))
    if len(open_):
        held = rows.of(open_)
        found[open_] = _correct(held, _climb(held)) / scale
        found[:, 0] -= found @ centre
    return found


def _clear(rows: _Rows) -> BoolArray:
    """Mark subsets with both outcomes and covariates that do not follow from each other."""
    k = rows.design.shape[1]
    total, events = rows.weights.sum(axis=1), rows.weights @ rows.outcome
    gram = (rows.weights @ rows.squares).reshape(-1, k, k)
    length = np.sqrt(np.einsum("bjj->bj", gram))
    varies = (events > 0.0) & (events < total)
    clear: BoolArray = np.logical_and(varies, (length > 0.0).all(axis=1))
    unit = gram[clear] / (length[clear, :, None] * length[clear, None, :])
    clear[clear] = np.linalg.eigvalsh(unit)[:, 0] > _CLEAR
    return clear


def _climb(rows: _Rows) -> FloatArray:
    """Maximise the penalised log-likelihood of each subset; NaN where the search does not end."""
    n_subsets, k = len(rows.weights), rows.design.shape[1]
    found = np.full((n_subsets, k), np.nan)
    share = rows.weights @ rows.outcome / rows.weights.sum(axis=1)
    coef = np.zeros((n_subsets, k))
    coef[:, 0] = special.logit(share)
    members, sums = np.arange(n_subsets), _evaluate(rows, coef)
    for at in range(_STEPS):
        curvature = sums.curvature if at < _SCORING else _differentiate(rows, coef, sums)
        step = _solve(curvature, sums.gradient)
        gain = (step * sums.gradient).sum(axis=1)
        done = (gain >= 0.0) & (gain < _FINE)
        found[members[done]] = coef[done] + step[done]
        following, after, moved = _halve(rows, coef, step, sums)
        # what found no better place is left to `flic_logit`
        on = np.flatnonzero(~done & moved & (gain >= 0.0))
        if not len(on):
            break
        members, coef, rows = members[on], following[on], rows.of(on)
        sums = _Sums(
            loglik=after.loglik[on], gradient=after.gradient[on], curvature=after.curvature[on]
        )
    return found


def _differentiate(rows: _Rows, coef: FloatArray, sums: _Sums) -> FloatArray:
    """Curvatures by differences of the score; those with pseudo-rows where these do not serve."""
    k = coef.shape[1]
    curvature = np.empty_like(sums.curvature)
    for j in range(k):
        beside = _evaluate(rows, coef + _NUDGE * (np.arange(k) == j))
        curvature[:, j] = (sums.gradient - beside.gradient) / _NUDGE
    curvature = (curvature + curvature.transpose(0, 2, 1)) / 2.0
    finite = np.asarray(np.isfinite(curvature).all(axis=(1, 2)), dtype=np.bool_)
    values = np.linalg.eigvalsh(np.where(finite[:, None, None], curvature, np.eye(k)))
    serves = finite & (values[:, 0] > _DEFINITE * np.abs(values[:, -1]))
    return np.where(serves[:, None, None], curvature, sums.curvature)


def _halve(
    rows: _Rows, coef: FloatArray, step: FloatArray, sums: _Sums
) -> tuple[FloatArray, _Sums, BoolArray]:
    """Take each step, halved until the log-likelihood does not fall."""
    following = coef + step
    after = _evaluate(rows, following)
    least = sums.loglik - _SLACK * np.maximum(1.0, np.abs(sums.loglik))
    short = ~(after.loglik >= least)
    for _ in range(_HALVINGS):
        low = np.flatnonzero(short)
        if not len(low):
            break
        step[low] /= 2.0
        following[low] = coef[low] + step[low]
        again = _evaluate(rows.of(low), following[low])
        for name in ("loglik", "gradient", "curvature"):
            getattr(after, name)[low] = getattr(again, name)
        short[low] = ~(again.loglik >= least[low])
    return following, after, ~short


def _evaluate(rows: _Rows, coef: FloatArray) -> _Sums:
    k = rows.design.shape[1]
    eta = coef @ rows.design.T
    share = special.expit(eta)
    variance = share * special.expit(-eta)
    factor = rows.weights * variance
    information = (factor @ rows.squares).reshape(-1, k, k)
    sign, log_determinant = np.linalg.slogdet(information)
    sound = (sign > 0.0) & np.isfinite(log_determinant)
    inverse = np.linalg.inv(np.where(sound[:, None, None], information, np.eye(k)))
    hat = factor * (inverse.reshape(-1, k * k) @ rows.squares.T)
    terms = rows.weights * (rows.outcome * eta - np.logaddexp(0.0, eta))
    score = rows.weights * (rows.outcome - share) + hat * (0.5 - share)
    return _Sums(
        loglik=np.where(sound, terms.sum(axis=1) + 0.5 * log_determinant, -np.inf),
        gradient=score @ rows.design,
        curvature=((factor + variance * hat) @ rows.squares).reshape(-1, k, k),
    )


def _solve(curvature: FloatArray, gradient: FloatArray) -> FloatArray:
    """Solve each system; NaN where there is no solution."""
    sound = np.linalg.slogdet(curvature)[0] > 0.0
    safe = np.where(sound[:, None, None], curvature, np.eye(curvature.shape[1]))
    step = np.linalg.solve(safe, gradient[:, :, None])[:, :, 0]
    return np.where(sound[:, None], step, np.nan)


def _correct(rows: _Rows, coef: FloatArray) -> FloatArray:
    """Replace the constant by that of maximum likelihood, the slopes held."""
    found = np.full(coef.shape, np.nan)
    members = np.flatnonzero(np.isfinite(coef).all(axis=1))
    held, fixed = rows.of(members), coef[members]
    for _ in range(_STEPS):
        share = special.expit(fixed @ rows.design.T)
        score = (held.weights * (rows.outcome - share)).sum(axis=1)
        step = score / (held.weights * share * (1.0 - share)).sum(axis=1)
        done = step * score < _FINE
        found[members[done]] = fixed[done]
        on = np.flatnonzero(~done & np.isfinite(step))
        if not len(on):
            break
        members, held, fixed = members[on], held.of(on), fixed[on]
        # one unit at a time: far off, the curve is too flat for a whole step
        fixed[:, 0] += np.clip(step[on], -1.0, 1.0)
    return found
