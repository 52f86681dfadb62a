"""Two samples made alike in covariates before they are compared, with whole cases left out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.common import FloatArray, Refusal, as_vector
from relatum.inference.standardisation_fits import (
    Weights,
    fit_each_case,
    linear_predictors,
    weigh_pair,
)
from relatum.inference.standardisation_rows import (
    Problem,
    Standardised,
    Target,
    finish,
    prepare,
)

__all__ = [
    "Standardised",
    "Target",
    "standardise_g",
    "standardise_g_each",
    "standardise_weights",
    "standardise_weights_each",
]

G_WHAT, W_WHAT = "standardisation by g-computation", "standardisation by weights"


def standardise_g(
    outcome_a: npt.ArrayLike,
    design_a: npt.ArrayLike,
    cluster_a: npt.ArrayLike,
    outcome_b: npt.ArrayLike,
    design_b: npt.ArrayLike,
    cluster_b: npt.ArrayLike,
    *,
    target: Target = "b",
    binary: bool = True,
    names: Sequence[str] = (),
) -> Standardised | Refusal:
    """Compare two samples as if both had the covariates of the target, by a model in each.

    Parameters
    ----------
    outcome_a, outcome_b : array_like, shape (n_a,) and (n_b,)
        0 and 1 with `binary`, else numbers.
    design_a, design_b : array_like, shape (n_a, k) and (n_b, k)
        The same covariates as numbers, without a constant. k may be 0.
    cluster_a, cluster_b : array_like, shape (n_a,) and (n_b,)
        The case of each row. Cases of the two samples are different ones, whatever their names.
    target : {"b", "a", "pooled"}
        Whose rows the predictions are averaged over; "pooled" takes the rows of both as they are.
    binary : bool, default True
        A logistic model with Firth's penalty and a corrected constant (FLIC), or a linear one.
    names : sequence of str, length k, optional
        By default "covariate 1" and so on.

    Returns
    -------
    Standardised or Refusal
        A refusal for fewer than two cases in a sample; for fewer than four cases per covariate in
        a sample; for rows of the target that covariates tell apart from the other sample; for an
        outcome or covariate that is the same in every row of a sample; where leaving out a case
        leaves a model without an answer.

    Raises
    ------
    ValueError
        For lengths that differ, a binary outcome other than 1 and 0, an unknown target, and names
        that are too few or too many.

    Notes
    -----
    A model of the outcome in each sample predicts it for every row of the target; the means of
    the predictions are compared. With FLIC the mean prediction over a sample's own rows is its own
    share. The error leaves out each case of either sample in turn, the models and the target anew:
    the variance is the sum over samples of (G - 1) / G times the squared deviations from the
    estimate, as CR3 has it; the degrees of freedom are Welch's, from G - 1. With 12 cases in each
    sample 95% limits held the truth in .90 to .97 of simulated samples
    (`tests/benchmarks/type_one_profiles.py`). Effective numbers of rows are those of the weights
    that a linear model with these covariates implies. Assumes that the model holds where the
    target has rows, and that documentation does not differ beyond the covariates. It compares what
    files record, made alike in what else they record.

    Examples
    --------
    >>> rng = np.random.default_rng(4)
    >>> cases = np.repeat(np.arange(12), 6)
    >>> depth = rng.normal(size=(2, 72, 1))
    >>> y = rng.random((2, 72)) < 0.5
    >>> found = standardise_g(y[0], depth[0], cases, y[1], depth[1], cases)
    >>> print(found.limits())
    -0.026 (95% -0.227 to 0.174)
    """
    return standardise_g_each(
        as_vector(outcome_a, name="outcome_a"),
        design_a,
        cluster_a,
        as_vector(outcome_b, name="outcome_b"),
        design_b,
        cluster_b,
        target=target,
        binary=binary,
        names=names,
    )[0]


def standardise_g_each(
    outcomes_a: npt.ArrayLike,
    design_a: npt.ArrayLike,
    cluster_a: npt.ArrayLike,
    outcomes_b: npt.ArrayLike,
    design_b: npt.ArrayLike,
    cluster_b: npt.ArrayLike,
    *,
    target: Target = "b",
    binary: bool = True,
    names: Sequence[str] = (),
) -> tuple[Standardised | Refusal, ...]:
    """Do the same for several outcomes of the same rows.

    Parameters
    ----------
    outcomes_a, outcomes_b : array_like, shape (n_a, m) and (n_b, m)
    design_a, cluster_a, design_b, cluster_b, target, binary, names
        As those of `standardise_g`.

    Returns
    -------
    tuple of Standardised or Refusal, length m
        Each as from `standardise_g`.

    Raises
    ------
    ValueError
        As `standardise_g`, and for another number of outcomes in b than in a.

    Examples
    --------
    >>> rng = np.random.default_rng(4)
    >>> cases = np.repeat(np.arange(12), 6)
    >>> depth = rng.normal(size=(2, 72, 1))
    >>> y = rng.random((2, 72, 3)) < 0.5
    >>> found = standardise_g_each(y[0], depth[0], cases, y[1], depth[1], cases)
    >>> [round(one.difference, 3) for one in found]
    [-0.007, -0.028, -0.191]
    """
    problems = prepare(
        (outcomes_a, design_a, cluster_a),
        (outcomes_b, design_b, cluster_b),
        target=target,
        names=names,
        binary=binary,
        what=G_WHAT,
    )
    sound = [problem for problem in problems if isinstance(problem, Problem)]
    if not sound:
        return tuple(problem for problem in problems if isinstance(problem, Refusal))
    first = sound[0]
    centre = first.design[first.counted].mean(axis=0)
    weights = _implied_weights(first.a.design, centre), _implied_weights(first.b.design, centre)
    rows = first.kept & first.counted
    shares = rows / rows.sum(axis=1, keepdims=True)
    return tuple(
        problem
        if isinstance(problem, Refusal)
        else _predict_both(problem, shares, weights, binary=binary)
        for problem in problems
    )


def standardise_weights(
    outcome_a: npt.ArrayLike,
    design_a: npt.ArrayLike,
    cluster_a: npt.ArrayLike,
    outcome_b: npt.ArrayLike,
    design_b: npt.ArrayLike,
    cluster_b: npt.ArrayLike,
    *,
    target: Target = "b",
    largest: float = 10.0,
    names: Sequence[str] = (),
) -> Standardised | Refusal:
    """Compare two samples as if both had the covariates of the target, by weights.

    Parameters
    ----------
    outcome_a, design_a, cluster_a, outcome_b, design_b, cluster_b, target, names
        As those of `standardise_g`; outcomes may be any numbers.
    largest : float, default 10
        A weight of more than this many times the mean of its sample is cut to that.

    Returns
    -------
    Standardised or Refusal
        A refusal as `standardise_g`.

    Raises
    ------
    ValueError
        As `standardise_g`, and for a largest weight that is not above 1.

    Notes
    -----
    The probability e of belonging to b given the covariates is fitted to all rows together (logit
    with Firth's penalty and a corrected constant). Rows of the target keep weight 1; rows of the
    other sample weigh e / (1 - e), or its inverse; for "pooled" 1 / (1 - e) in a and 1 / e in b.
    Weighted means are compared. The error is that of `standardise_g`, with the weights fitted anew
    each time. Nothing is assumed of the outcome, much of e: read the balance after.

    Examples
    --------
    >>> rng = np.random.default_rng(4)
    >>> cases = np.repeat(np.arange(12), 6)
    >>> depth = rng.normal(size=(2, 72, 1))
    >>> y = rng.random((2, 72)) < 0.5
    >>> found = standardise_weights(y[0], depth[0], cases, y[1], depth[1], cases)
    >>> print(found.limits())
    -0.025 (95% -0.227 to 0.177)
    """
    return standardise_weights_each(
        as_vector(outcome_a, name="outcome_a"),
        design_a,
        cluster_a,
        as_vector(outcome_b, name="outcome_b"),
        design_b,
        cluster_b,
        target=target,
        largest=largest,
        names=names,
    )[0]


def standardise_weights_each(
    outcomes_a: npt.ArrayLike,
    design_a: npt.ArrayLike,
    cluster_a: npt.ArrayLike,
    outcomes_b: npt.ArrayLike,
    design_b: npt.ArrayLike,
    cluster_b: npt.ArrayLike,
    *,
    target: Target = "b",
    largest: float = 10.0,
    names: Sequence[str] = (),
) -> tuple[Standardised | Refusal, ...]:
    """Do the same for several outcomes of the same rows; the weights are fitted once.

    Parameters
    ----------
    outcomes_a, outcomes_b : array_like, shape (n_a, m) and (n_b, m)
    design_a, cluster_a, design_b, cluster_b, target, largest, names
        As those of `standardise_weights`.

    Returns
    -------
    tuple of Standardised or Refusal, length m
        Each as from `standardise_weights`.

    Raises
    ------
    ValueError
        As `standardise_weights`, and for another number of outcomes in b than in a.

    Examples
    --------
    >>> rng = np.random.default_rng(4)
    >>> cases = np.repeat(np.arange(12), 6)
    >>> depth = rng.normal(size=(2, 72, 1))
    >>> y = rng.random((2, 72, 3)) < 0.5
    >>> found = standardise_weights_each(y[0], depth[0], cases, y[1], depth[1], cases)
    >>> [round(one.difference, 3) for one in found]
    [-0.008, -0.029, -0.191]
    """
    if not largest > 1.0:
        raise ValueError(f"largest must be above 1, not {largest!r}; try 10.")
    problems = prepare(
        (outcomes_a, design_a, cluster_a),
        (outcomes_b, design_b, cluster_b),
        target=target,
        names=names,
        binary=False,
        what=W_WHAT,
    )
    sound = [problem for problem in problems if isinstance(problem, Problem)]
    held = (
        weigh_pair(sound[0], largest=largest) if sound else Refusal(W_WHAT, "there is no outcome")
    )
    return tuple(
        problem if isinstance(problem, Refusal) else _average(problem, held) for problem in problems
    )


def _average(problem: Problem, held: Weights | Refusal) -> Standardised | Refusal:
    """Compare the weighted means."""
    if isinstance(held, Refusal):
        return held
    means = [
        weights @ sample.outcome / weights.sum(axis=1)
        for weights, sample in ((held.a, problem.a), (held.b, problem.b))
    ]
    return finish(
        problem,
        np.column_stack(means),
        method="odds weights",
        weights=(held.a[0], held.b[0]),
        n_truncated=held.n_truncated,
    )


def _predict_both(
    problem: Problem, shares: FloatArray, weights: tuple[FloatArray, FloatArray], *, binary: bool
) -> Standardised | Refusal:
    """Compare the mean predictions; `shares` are those of the rows of the target in the mean."""
    fits = []
    for name, sample in (("a", problem.a), ("b", problem.b)):
        coef = fit_each_case(sample, problem.names, binary=binary, name=name, what=G_WHAT)
        if isinstance(coef, Refusal):
            return coef
        fits.append(coef)
    n_a, n_b = problem.a.n_cases, problem.b.n_cases
    # without a case of one sample the model of the other is that of all its cases
    used = (
        np.concatenate([np.arange(n_a + 1), np.zeros(n_b, dtype=np.intp)]),
        np.concatenate([np.zeros(n_a + 1, dtype=np.intp), np.arange(1, n_b + 1)]),
    )
    means = []
    for coef, at in zip(fits, used, strict=True):
        linear = linear_predictors(coef, problem.design)
        predicted = np.asarray(special.expit(linear)) if binary else linear
        means.append((shares * predicted[at]).sum(axis=1))
    return finish(problem, np.column_stack(means), method="g-computation", weights=weights)


def _implied_weights(design: FloatArray, centre: FloatArray) -> FloatArray:
    """Weights of the rows in the prediction of a linear model at the mean of the target."""
    full = np.column_stack([np.ones(len(design)), design])
    return np.asarray(np.linalg.pinv(full).T @ np.append(1.0, centre), dtype=np.float64)
