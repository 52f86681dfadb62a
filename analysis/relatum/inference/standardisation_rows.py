"""Two samples with covariates: checked, and left out case by case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from relatum.inference.balance import common_spread
from relatum.inference.clusters import Clusters, index_clusters
from relatum.inference.common import (
    FloatArray,
    Interval,
    Refusal,
    as_matrix,
    as_vector,
    check_conf_level,
    find_non_finite,
    t_quantile,
)
from relatum.inference.logit_rows import BoolArray, LogitRows
from relatum.inference.separation import find_separation

__all__ = [
    "CASES_PER_COVARIATE",
    "Problem",
    "Sample",
    "Standardised",
    "Target",
    "finish",
    "kish",
    "prepare",
]

Target = Literal["a", "b", "pooled"]
Method = Literal["g-computation", "odds weights"]
Raw = tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike]

#: Each covariate takes a slope in each sample, and every slope needs some cases to rest on.
CASES_PER_COVARIATE = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standardised:
    """Two shares (or means) over one distribution of covariates, and their difference.

    Attributes
    ----------
    method : {"g-computation", "odds weights"}
    target : {"a", "b", "pooled"}
        Whose covariates both samples are given.
    estimate_a, estimate_b, difference : float
        The difference is a minus b.
    std_error_a, std_error_b, std_error : float
        From leaving out one case at a time, of either sample.
    df : float
        Of the difference, for a t quantile.
    effective_n_a, effective_n_b : float
        How many rows with equal weight would say as much, (sum w)^2 / sum w^2.
    names : tuple of str, length k
    smd_before, smd_after : ndarray, shape (k,)
        Standardised mean differences, both in the spread before. After g-computation they are 0 by
        construction.
    n_truncated : int
        Weights that were cut.
    n_cases_a, n_cases_b, n_rows_a, n_rows_b : int
    """

    method: Method
    target: Target
    estimate_a: float
    estimate_b: float
    difference: float
    std_error_a: float
    std_error_b: float
    std_error: float
    df: float
    effective_n_a: float
    effective_n_b: float
    names: tuple[str, ...]
    smd_before: FloatArray
    smd_after: FloatArray
    n_truncated: int
    n_cases_a: int
    n_cases_b: int
    n_rows_a: int
    n_rows_b: int

    def limits(self, conf_level: float = 0.95) -> Interval:
        """Limits of the difference, by t."""
        reach = t_quantile(check_conf_level(conf_level), self.df) * self.std_error
        return Interval(
            estimate=self.difference,
            conf_low=self.difference - reach,
            conf_high=self.difference + reach,
            conf_level=conf_level,
            method=f"{self.method}, jackknife over cases",
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Rows of one sample.

    Attributes
    ----------
    outcome : ndarray, shape (n,)
    design : ndarray, shape (n, k)
        Covariates, without a constant.
    clusters : Clusters
    """

    outcome: FloatArray
    design: FloatArray
    clusters: Clusters

    @property
    def n_cases(self) -> int:
        """Number of cases."""
        return self.clusters.n_clusters

    @property
    def kept(self) -> BoolArray:
        """Rows on the whole, and without each case, shape (n_cases + 1, n)."""
        kept: BoolArray = self.clusters.codes != np.arange(-1, self.n_cases)[:, None]
        return kept


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """Two samples that can be made alike."""

    a: Sample
    b: Sample
    target: Target
    names: tuple[str, ...]
    what: str

    @property
    def design(self) -> FloatArray:
        """Covariates of both samples, those of a first."""
        return np.concatenate([self.a.design, self.b.design])

    @property
    def counted(self) -> BoolArray:
        """Rows of the target, of the rows of both samples."""
        first = np.arange(len(self.a.outcome) + len(self.b.outcome)) < len(self.a.outcome)
        held: BoolArray = {"a": first, "b": ~first, "pooled": first | ~first}[self.target]
        return held

    @property
    def kept(self) -> BoolArray:
        """Rows of both samples on the whole, without each case of a, and without each of b."""
        codes_a, codes_b = self.a.clusters.codes, self.b.clusters.codes + self.a.n_cases
        case = np.concatenate([codes_a, codes_b])
        # no row has the code -1
        left_out = np.arange(-1, self.a.n_cases + self.b.n_cases)
        kept: BoolArray = case != left_out[:, None]
        return kept


def prepare(
    raw_a: Raw,
    raw_b: Raw,
    *,
    target: Target,
    names: Sequence[str],
    binary: bool,
    what: str,
) -> tuple[Problem | Refusal, ...]:
    """Check two samples of outcomes, covariates and case.

    Parameters
    ----------
    raw_a, raw_b : tuple of array_like
        Outcomes, shape (n, m) or (n,), covariates and cases.
    target : {"a", "b", "pooled"}
    names : sequence of str
    binary : bool
        Whether outcomes must be 1 and 0.
    what : str
        The name of the quantity, for a refusal.

    Returns
    -------
    tuple of Problem or Refusal, length m
        One per outcome. Problems share their covariates and cases.

    Raises
    ------
    ValueError
        As `standardise_g_each`.
    """
    a, b = _read(raw_a, "a"), _read(raw_b, "b")
    k = a[0].shape[1]
    labels = tuple(names) or tuple(f"covariate {j + 1}" for j in range(k))
    faults = []
    if b[0].shape[1] != k:
        faults.append(f"design_a has {k} covariates, design_b {b[0].shape[1]}.")
    if len(a[2]) != len(b[2]):
        faults.append(f"outcome_a has {len(a[2])} columns, outcome_b {len(b[2])}.")
    if len(labels) != k:
        faults.append(f"{len(labels)} names for {k} covariates.")
    if target not in get_args(Target):
        faults.append(f"target must be one of {', '.join(get_args(Target))}, not {target!r}.")
    for name, outcomes in (("a", a[2]), ("b", b[2])):
        known = [y[np.isfinite(y)] for y in outcomes]
        if binary and not all(np.isin(y, (0.0, 1.0)).all() for y in known):
            faults.append(f"outcome_{name} must hold only 1 and 0; or say binary=False.")
    if faults:
        raise ValueError(" ".join(faults))
    problems = [
        Problem(a=_sample(a, y_a), b=_sample(b, y_b), target=target, names=labels, what=what)
        for y_a, y_b in zip(a[2], b[2], strict=True)
    ]
    refused = [_poor_sample(problem) for problem in problems]
    # one answer serves all: it does not depend on the outcome
    sound = [problem for problem, why in zip(problems, refused, strict=True) if why is None]
    alone = _no_overlap(sound[0]) if sound else None
    return tuple(why or alone or problem for problem, why in zip(problems, refused, strict=True))


def kish(weights: FloatArray) -> float:
    """Return the number of equally weighted rows that would say as much."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def finish(
    problem: Problem,
    found: FloatArray,
    *,
    method: Method,
    weights: tuple[FloatArray, FloatArray],
    n_truncated: int = 0,
) -> Standardised | Refusal:
    """Turn estimates with cases left out into a difference with its error.

    Parameters
    ----------
    problem : Problem
    found : ndarray, shape (n_cases_a + n_cases_b + 1, 2)
        Estimates of a and of b: on the whole, without each case of a, without each of b.
    method : str
    weights : tuple of ndarray
        Of the rows of a and of b; those that a linear model implies may be negative.
    n_truncated : int

    Returns
    -------
    Standardised or Refusal
        A refusal where leaving out cases changes nothing.
    """
    a, b = problem.a, problem.b
    every = np.column_stack([found, found[:, 0] - found[:, 1]])
    whole = every[0]
    parts = [
        (len(rows) - 1) / len(rows) * ((rows - whole) ** 2).sum(axis=0)
        for rows in (every[1 : 1 + a.n_cases], every[1 + a.n_cases :])
    ]
    variance = parts[0] + parts[1]
    if not variance[2] > 0.0:
        return Refusal(problem.what, "leaving out a case changes nothing, so there is no error")
    shares = [part[2] ** 2 / (s.n_cases - 1) for part, s in zip(parts, (a, b), strict=True)]
    spread = common_spread(a.design, b.design)
    means = [np.average(s.design, axis=0, weights=w) for s, w in zip((a, b), weights, strict=True)]
    error = np.sqrt(variance)
    return Standardised(
        method=method,
        target=problem.target,
        estimate_a=float(whole[0]),
        estimate_b=float(whole[1]),
        difference=float(whole[2]),
        std_error_a=float(error[0]),
        std_error_b=float(error[1]),
        std_error=float(error[2]),
        df=float(variance[2] ** 2 / (shares[0] + shares[1])),
        effective_n_a=kish(weights[0]),
        effective_n_b=kish(weights[1]),
        names=problem.names,
        smd_before=(a.design.mean(axis=0) - b.design.mean(axis=0)) / spread,
        smd_after=(means[0] - means[1]) / spread,
        n_truncated=n_truncated,
        n_cases_a=a.n_cases,
        n_cases_b=b.n_cases,
        n_rows_a=len(a.outcome),
        n_rows_b=len(b.outcome),
    )


_Read = tuple[FloatArray, Clusters, list[FloatArray]]


def _read(raw: Raw, name: str) -> _Read:
    """Return covariates, cases, and the columns of outcomes."""
    outcomes = as_matrix(raw[0], name=f"outcome_{name}")
    design = as_matrix(raw[1], name=f"design_{name}", length=len(outcomes))
    clusters = index_clusters(raw[2])
    as_vector(clusters.codes, name=f"cluster_{name}", length=len(outcomes))
    return design, clusters, list(np.ascontiguousarray(outcomes.T))


def _sample(held: _Read, outcome: FloatArray) -> Sample:
    return Sample(outcome=outcome, design=held[0], clusters=held[1])


def _poor_sample(problem: Problem) -> Refusal | None:
    """Refuse a sample with too few cases or without any variation."""
    what, k = problem.what, len(problem.names)
    for name, sample in (("a", problem.a), ("b", problem.b)):
        arrays = {f"outcomes of {name}": sample.outcome, f"covariates of {name}": sample.design}
        bad = find_non_finite(what, arrays)
        if bad is not None:
            return bad
        n = sample.n_cases
        if n < 2:
            words = "no case" if n == 0 else "one case"
            return Refusal(what, f"sample {name} has {words}; two are needed")
        if n < CASES_PER_COVARIATE * k:
            rule = f"{CASES_PER_COVARIATE} cases in each sample for each covariate"
            return Refusal(what, f"sample {name} has {n} cases for {k} covariates; needed: {rule}")
        if np.ptp(sample.outcome) == 0:
            return Refusal(what, f"the outcome is the same in every row of sample {name}")
    return None


def _no_overlap(problem: Problem) -> Refusal | None:
    """Refuse when covariates tell rows of the target apart from all rows they stand for."""
    if not problem.names:
        return None
    a, b = problem.a, problem.b
    member = np.repeat([0.0, 1.0], [len(a.outcome), len(b.outcome)])
    rows = LogitRows(outcome=member, covariates=problem.design, names=problem.names)
    found = find_separation(rows)
    if isinstance(found, Refusal):
        return Refusal(problem.what, found.why)
    counted = problem.counted
    alone = int((found.separated & counted).sum())
    if not alone:
        return None
    told = [n for n, d in zip(found.names[1:], found.direction[1:], strict=True) if d]
    by = f" by {', '.join(told)}" if told else ""
    of = f"{alone} of {int(counted.sum())} rows of the target"
    return Refusal(problem.what, f"no overlap: {of} are told apart from the other sample{by}")
