"""Models behind a standardisation, each fitted on the whole and without every case."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from relatum.inference.common import FloatArray, Refusal
from relatum.inference.flic_subsets import flic_subsets
from relatum.inference.logit_rows import LogitRows, find_redundant
from relatum.inference.standardisation_rows import Problem, Sample

__all__ = ["Weights", "fit_each_case", "linear_predictors", "weigh_pair"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weights:
    """Weights of the rows: on the whole, without each case of a, and without each of b.

    Attributes
    ----------
    a, b : ndarray, shape (n_cases_a + n_cases_b + 1, n_a) and (..., n_b)
        0 for rows that are left out.
    n_truncated : int
        Weights on the whole that were cut.
    """

    a: FloatArray
    b: FloatArray
    n_truncated: int


def weigh_pair(problem: Problem, *, largest: float) -> Weights | Refusal:
    """Weigh the rows of both samples as `standardise_weights` does.

    Parameters
    ----------
    problem : Problem
    largest : float

    Returns
    -------
    Weights or Refusal
        A refusal where the model of belonging to b has no answer.
    """
    n_a, n_b = len(problem.a.outcome), len(problem.b.outcome)
    kept = problem.kept
    rows = LogitRows(
        outcome=np.repeat([0.0, 1.0], [n_a, n_b]), covariates=problem.design, names=problem.names
    )
    coef = []
    for at, fit in enumerate(flic_subsets(rows, kept)):
        if isinstance(fit, Refusal):
            sample = "a" if at <= problem.a.n_cases else "b"
            where = f"without one case of sample {sample}: " if at else ""
            return Refusal(problem.what, where + fit.why)
        coef.append(fit)
    odds = np.exp(linear_predictors(np.array(coef), rows.covariates))
    odds_a, odds_b = odds[:, :n_a], odds[:, n_a:]
    raw = {
        "a": (np.ones_like(odds_a), 1.0 / odds_b),
        "b": (odds_a, np.ones_like(odds_b)),
        "pooled": (1.0 + odds_a, 1.0 + 1.0 / odds_b),
    }[problem.target]
    scaled = []
    for weights, use in zip(raw, (kept[:, :n_a], kept[:, n_a:]), strict=True):
        held = np.where(use, weights, 0.0)
        scaled.append(held * (use.sum(axis=1) / held.sum(axis=1))[:, None])
    cut = [np.minimum(weights, largest) for weights in scaled]
    n_truncated = sum(int((weights[0] > largest).sum()) for weights in scaled)
    return Weights(a=cut[0], b=cut[1], n_truncated=n_truncated)


def fit_each_case(
    sample: Sample, names: tuple[str, ...], *, binary: bool, name: str, what: str
) -> FloatArray | Refusal:
    """Fit the outcome of one sample on its covariates, with all cases and without each of them.

    Parameters
    ----------
    sample : Sample
    names : tuple of str, length k
    binary : bool
        As `standardise_g`.
    name, what : str
        What a refusal calls the sample, and the quantity.

    Returns
    -------
    ndarray, shape (n_cases + 1, k + 1), or Refusal
        Coefficients, the constant in front.
    """
    fits = (_fit_logits if binary else _fit_lines)(sample, names)
    coef = []
    for at, fit in enumerate(fits):
        if isinstance(fit, Refusal):
            where = f"sample {name}" + (" without one of its cases" if at else "")
            return Refusal(what, f"in {where}, {fit.why}")
        coef.append(fit)
    return np.array(coef)


def linear_predictors(coef: FloatArray, rows: FloatArray) -> FloatArray:
    """Give the linear predictors of rows by several models, shape (n_models, n_rows).

    Parameters
    ----------
    coef : ndarray, shape (n_models, k + 1)
    rows : ndarray, shape (n_rows, k)
    """
    linear: FloatArray = coef[:, :1] + coef[:, 1:] @ rows.T
    return linear


def _fit_logits(sample: Sample, names: tuple[str, ...]) -> list[FloatArray | Refusal]:
    rows = LogitRows(outcome=sample.outcome, covariates=sample.design, names=names)
    kept = sample.kept
    share = (kept @ sample.outcome) / kept.sum(axis=1)
    varies = (share > 0.0) & (share < 1.0)
    fitted = iter(flic_subsets(rows, kept[varies]))
    # without a case the outcome may be constant: so is its prediction
    return [
        next(fitted) if free else np.append(special.logit(p), np.zeros(len(names)))
        for p, free in zip(share, varies, strict=True)
    ]


def _fit_lines(sample: Sample, names: tuple[str, ...]) -> list[FloatArray | Refusal]:
    return [_fit_line(sample.outcome[kept], sample.design[kept], names) for kept in sample.kept]


def _fit_line(
    outcome: FloatArray, covariates: FloatArray, names: tuple[str, ...]
) -> FloatArray | Refusal:
    design = np.column_stack([np.ones(len(outcome)), covariates])
    redundant = find_redundant(design)
    if redundant is not None:
        return Refusal("linear model", f"{names[redundant - 1]} is constant or follows from others")
    return np.asarray(np.linalg.lstsq(design, outcome, rcond=None)[0], dtype=np.float64)
