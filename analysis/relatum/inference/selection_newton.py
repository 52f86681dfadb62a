"""Likelihoods of linear predictors: scores and Hessian from rows, and a safe Newton's method.

A row's log-likelihood depends on a few numbers, each linear in parameters of its own. What a model
must give is the derivatives by those numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from relatum.inference.common import FloatArray

__all__ = ["RowDerivatives", "Summit", "climb"]

_STEPS, _HALVINGS = 200, 60
_CLOSE, _BETTER = 1e-18, 1e-13


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RowDerivatives:
    """Log-likelihood of each row, and its derivatives by the row's predictors.

    Attributes
    ----------
    loglik : ndarray, shape (n,)
    first : ndarray, shape (n, q)
    second : ndarray, shape (n, q, q)
    """

    loglik: FloatArray
    first: FloatArray
    second: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Summit:
    """Where the climb ended.

    Attributes
    ----------
    theta : ndarray, shape (p,)
        Parameters of the first predictor, then of the next.
    loglik : float
    scores : ndarray, shape (n, p)
    hessian : ndarray, shape (p, p)
    """

    theta: FloatArray
    loglik: float
    scores: FloatArray
    hessian: FloatArray


Model = Callable[[FloatArray], RowDerivatives]


def climb(model: Model, designs: Sequence[FloatArray], start: FloatArray) -> Summit | None:
    """Maximise a log-likelihood of linear predictors.

    Parameters
    ----------
    model : callable
        Takes the predictors, shape (n, q), and returns `RowDerivatives`.
    designs : sequence of ndarray, shape (n, p_j)
        The design of each of the q predictors.
    start : ndarray, shape (p_1 + ... + p_q,)

    Returns
    -------
    Summit or None
        None where no maximum was found: a parameter runs away, or the surface stays flat.

    Notes
    -----
    Newton's method; where the surface is not concave, the step follows the absolute values of the
    Hessian's eigenvalues. A step is halved until the likelihood rises. Columns are scaled first.
    """
    scale = np.concatenate([np.sqrt((design**2).mean(axis=0)) for design in designs])
    sizes = np.cumsum([design.shape[1] for design in designs])[:-1]
    scaled = [design / part for design, part in zip(designs, np.split(scale, sizes), strict=True)]
    with np.errstate(all="ignore"):
        # a step too far gives no finite likelihood; it is halved
        found = _walk(model, scaled, np.asarray(start * scale, dtype=np.float64))
    if found is None:
        return None
    return Summit(
        theta=found.theta / scale,
        loglik=found.loglik,
        scores=found.scores * scale,
        hessian=found.hessian * np.outer(scale, scale),
    )


def _walk(model: Model, designs: Sequence[FloatArray], theta: FloatArray) -> Summit | None:
    current = _evaluate(model, designs, theta)
    if current is None:
        return None
    for _ in range(_STEPS):
        gradient = current.scores.sum(axis=0)
        values, vectors = np.linalg.eigh(-current.hessian)
        top = float(np.abs(values).max())
        step = vectors @ ((vectors.T @ gradient) / np.maximum(np.abs(values), 1e-8 * top))
        if float(gradient @ step) < _CLOSE * max(1.0, abs(current.loglik)):
            return current if values[0] > 1e-9 * top else None
        following = _rise(model, designs, current, step)
        if following is None:
            # no better point although the slope is not 0: rounding, or no maximum
            near = float(gradient @ step) < _BETTER * max(1.0, abs(current.loglik))
            return current if near and values[0] > 1e-9 * top else None
        current = following
    return None


def _rise(
    model: Model, designs: Sequence[FloatArray], current: Summit, step: FloatArray
) -> Summit | None:
    longest = float(np.abs(step).max())
    step = step * min(1.0, 5.0 / longest)
    for _ in range(_HALVINGS):
        following = _evaluate(model, designs, current.theta + step)
        if following is not None and following.loglik >= current.loglik:
            return following
        step = step / 2.0
    return None


def _evaluate(model: Model, designs: Sequence[FloatArray], theta: FloatArray) -> Summit | None:
    sizes = np.cumsum([design.shape[1] for design in designs])[:-1]
    parts = np.split(theta, sizes)
    predictors = np.column_stack([d @ part for d, part in zip(designs, parts, strict=True)])
    rows = model(predictors)
    if not (np.isfinite(rows.loglik).all() and np.isfinite(rows.second).all()):
        return None
    scores = np.hstack([d * rows.first[:, [j]] for j, d in enumerate(designs)])
    blocks = [
        [d.T @ (e * rows.second[:, i, j][:, None]) for j, e in enumerate(designs)]
        for i, d in enumerate(designs)
    ]
    return Summit(
        theta=theta,
        loglik=float(rows.loglik.sum()),
        scores=scores,
        hessian=np.asarray(np.block(blocks), dtype=np.float64),
    )
