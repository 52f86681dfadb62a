"""Whether the same items are recorded together in two samples, with whole cases as units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from relatum.inference.blocks import pair_indices
from relatum.inference.case_draws import pool_cases
from relatum.inference.clusters import Clusters, index_clusters
from relatum.inference.common import FloatArray, Refusal

__all__ = [
    "CooccurrenceComparison",
    "PairMeasure",
    "compare_cooccurrence",
    "matrix_faults",
]

PairMeasure = Literal["within_cases", "pooled"]
WHAT = "comparison of co-occurrence"
_HALF, _LEAST = 0.5, 1e-12
_BLOCK = 120_000
_SIGNS = {
    "within_cases": np.array([1.0, -1.0]),
    "pooled": np.array([1.0, -1.0, -1.0, 1.0]),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CooccurrenceComparison:
    """Log odds ratios of all pairs in two samples, and tests of their difference.

    Attributes
    ----------
    pairs : tuple of (int, int)
        The testable pairs: both items vary where both are documented, in both samples (and within
        some case of each).
    n_pairs : int
        All pairs of the items.
    log_odds_a, log_odds_b, difference : ndarray, shape (n_testable,)
        The difference is a minus b.
    p_values, adjusted : ndarray, shape (n_testable,)
        Of each pair, two-sided; unadjusted and by max-T over the testable pairs.
    largest : float
        Largest absolute difference of any pair.
    p_largest : float
        Of any difference: the smallest adjusted p value.
    mean_difference : float
        Over the testable pairs: whether items are recorded together more in one sample.
    p_mean : float
        Two-sided.
    smallest_p : float
    measure : {"within_cases", "pooled"}
    n_arrangements : int
    exact : bool
    n_cases_a, n_cases_b : int
    """

    pairs: tuple[tuple[int, int], ...]
    n_pairs: int
    log_odds_a: FloatArray
    log_odds_b: FloatArray
    difference: FloatArray
    p_values: FloatArray
    adjusted: FloatArray
    largest: float
    p_largest: float
    mean_difference: float
    p_mean: float
    smallest_p: float
    measure: PairMeasure
    n_arrangements: int
    exact: bool
    n_cases_a: int
    n_cases_b: int


def compare_cooccurrence(
    matrix_a: npt.ArrayLike,
    cluster_a: npt.ArrayLike,
    matrix_b: npt.ArrayLike,
    cluster_b: npt.ArrayLike,
    *,
    measure: PairMeasure = "within_cases",
    n_permutations: int = 1999,
    seed: int = 1,
) -> CooccurrenceComparison | Refusal:
    """Compare which items are recorded together in two samples.

    Parameters
    ----------
    matrix_a, matrix_b : array_like of 1, 0 and NaN, shape (n_a, k) and (n_b, k)
        Rows are relationships, columns items; NaN where the file says nothing. A pair speaks of
        the rows that document both items.
    cluster_a, cluster_b : array_like, shape (n_a,) and (n_b,)
        The case of each row. Cases of the two samples are different ones, whatever their names.
    measure : {"within_cases", "pooled"}
        Log odds ratio within cases (Mantel and Haenszel), or over all rows of a sample, where
        items that are frequent in the same cases go together for that alone.
    n_permutations, seed : int
        All arrangements are looked at when there are no more than `n_permutations`.

    Returns
    -------
    CooccurrenceComparison or Refusal
        A refusal for fewer than two cases in a sample, and where no pair of items varies in both.

    Raises
    ------
    ValueError
        For values other than 1, 0 and NaN, lengths or numbers of items that differ, fewer than 19
        permutations, and an unknown measure.

    Notes
    -----
    Within cases, log (R + 1/2) / (S + 1/2), where R sums both x neither / n over cases and S the
    products of one without the other (Mantel and Haenszel 1959, doi:10.1093/jnci/22.4.719; the
    halves after Haldane 1956). Over all rows, 1/2 is added to each of the four counts; a pair with
    an item that does not vary has 0. Halves pull the ratio of few rows towards 1. Differences are
    divided by their error over cases (delta method), and the labels of the samples are dealt anew
    to whole cases: studentised, the test nearly keeps its level also when cases of the samples
    differ in size (Chung and Romano 2013, doi:10.1214/13-AOS1090), but not for a few large cases
    against many tiny ones (`tests/benchmarks/type_one_profiles.py`). Pairs are adjusted by max-T
    (Westfall and Young 1993).

    How deeply a file documents makes items go together. Compare at like depth.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> a = np.repeat(rng.random((80, 1)) < 0.5, 3, axis=1)
    >>> b = rng.random((80, 3)) < 0.5
    >>> cases = np.repeat(np.arange(10), 8)
    >>> found = compare_cooccurrence(a, cases, b, cases, n_permutations=199)
    >>> found.p_mean, found.p_largest
    (0.005, 0.005)
    """
    a, b = np.asarray(matrix_a, dtype=np.float64), np.asarray(matrix_b, dtype=np.float64)
    clusters_a, clusters_b = index_clusters(cluster_a), index_clusters(cluster_b)
    faults = matrix_faults((a, clusters_a), (b, clusters_b), n_permutations)
    if measure not in get_args(PairMeasure):
        faults.append(
            f"measure must be one of {', '.join(get_args(PairMeasure))}, not {measure!r}."
        )
    if faults:
        raise ValueError(" ".join(faults))
    counts_a, counts_b = _pair_counts(a, clusters_a), _pair_counts(b, clusters_b)
    kept = _varies(counts_a, measure) & _varies(counts_b, measure)
    if not kept.any():
        where = "within cases of both samples" if measure == "within_cases" else "in both samples"
        return Refusal(WHAT, f"no pair of items varies {where}")
    parts = [_components(counts[:, :, kept], measure) for counts in (counts_a, counts_b)]
    cases = pool_cases(*(_flat(part) for part in parts), what=WHAT)
    if isinstance(cases, Refusal):
        return cases
    found = [_Side.of(part.sum(axis=1)[:, None, :]).log_odds[0] for part in parts]
    observed = found[0] - found[1]
    ways = cases.arrange(n_permutations, seed)
    components = np.stack(np.split(cases.pooled, len(_SIGNS[measure]), axis=1))
    seen = _statistics(components, cases.observed[None, :])[0]
    null = _statistics(components, ways.labels)
    worst = null[:, 1:].max(axis=1)
    adjusted = np.array([ways.p_value(worst, value) for value in seen[1:]])
    every = pair_indices(a.shape[1])
    return CooccurrenceComparison(
        pairs=tuple(pair for pair, keep in zip(every, kept, strict=True) if keep),
        n_pairs=len(every),
        log_odds_a=found[0],
        log_odds_b=found[1],
        difference=observed,
        p_values=np.array([ways.p_value(*pair) for pair in zip(null.T[1:], seen[1:], strict=True)]),
        adjusted=adjusted,
        largest=float(np.abs(observed).max()),
        p_largest=float(adjusted.min()),
        mean_difference=float(observed.mean()),
        p_mean=ways.p_value(null[:, 0], float(seen[0])),
        smallest_p=ways.smallest_p(worst),
        measure=measure,
        n_arrangements=len(null),
        exact=ways.exact,
        n_cases_a=clusters_a.n_clusters,
        n_cases_b=clusters_b.n_clusters,
    )


def matrix_faults(
    a: tuple[FloatArray, Clusters], b: tuple[FloatArray, Clusters], n_permutations: int
) -> list[str]:
    """Say what is wrong with two matrices of items and their cases.

    Parameters
    ----------
    a, b : tuple of ndarray and Clusters
    n_permutations : int

    Returns
    -------
    list of str
    """
    faults = []
    for name, (x, clusters) in (("a", a), ("b", b)):
        if x.ndim != 2:
            faults.append(f"matrix_{name} must have two dimensions, not {x.ndim}.")
        if not (np.isnan(x) | (x == 0.0) | (x == 1.0)).all():
            faults.append(f"matrix_{name} must hold only 1, 0 and NaN.")
        if clusters.n_rows != len(x):
            faults.append(f"cluster_{name} has {clusters.n_rows} labels for {len(x)} rows.")
    if a[0].ndim == 2 == b[0].ndim and a[0].shape[1] != b[0].shape[1]:
        faults.append(f"matrix_a has {a[0].shape[1]} items, matrix_b {b[0].shape[1]}.")
    if n_permutations < 19:
        faults.append(f"n_permutations must be at least 19, not {n_permutations}.")
    return faults


def _pair_counts(x: FloatArray, clusters: Clusters) -> FloatArray:
    """Rows of each case with both items, the first alone, the second alone, and neither.

    Returns shape (4, n_cases, n_pairs); rows that do not document both items count nowhere.
    """
    i, j = np.triu_indices(x.shape[1], 1)
    yes, no = (x == 1.0).astype(np.float64), (x == 0.0).astype(np.float64)
    counts = np.zeros((4, clusters.n_clusters, len(i)))
    for at, (one, other) in enumerate(((yes, yes), (yes, no), (no, yes), (no, no))):
        np.add.at(counts[at], clusters.codes, one[:, i] * other[:, j])
    return counts


def _varies(counts: FloatArray, measure: PairMeasure) -> npt.NDArray[np.bool_]:
    """Mark the pairs that a sample tells something about."""
    both, first, second, neither = counts.sum(axis=1)
    margins = np.stack([both + first, second + neither, both + second, first + neither])
    varies: npt.NDArray[np.bool_] = margins.min(axis=0) > 0
    if measure == "within_cases":
        varies &= _components(counts, measure).sum(axis=(0, 1)) > 0
    return varies


def _components(counts: FloatArray, measure: PairMeasure) -> FloatArray:
    """Return what each case adds to each term of a log odds ratio: terms, cases, pairs."""
    if measure == "pooled":
        return counts
    n = np.maximum(counts.sum(axis=0), 1.0)
    return np.stack([counts[0] * counts[3] / n, counts[1] * counts[2] / n])


def _flat(components: FloatArray) -> FloatArray:
    flat: FloatArray = np.concatenate(list(components), axis=1)
    return flat


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Side:
    """Log odds ratios of one sample in several arrangements, and their slopes in each term.

    `log_odds` has shape (arrangements, pairs), `slopes` that of the sums: (terms, arrangements,
    pairs).
    """

    log_odds: FloatArray
    slopes: FloatArray

    @staticmethod
    def of(sums: FloatArray) -> _Side:
        signs = _SIGNS["within_cases" if len(sums) == 2 else "pooled"][:, None, None]
        log_odds = (signs * np.log(sums + _HALF)).sum(axis=0)
        slopes = signs / (sums + _HALF)
        if len(sums) == 4:
            both, first, second, neither = sums
            margins = (both + first) * (second + neither) * (both + second) * (first + neither)
            log_odds, slopes = log_odds * (margins > 0), slopes * (margins > 0)
        return _Side(log_odds=log_odds, slopes=slopes)


def _statistics(components: FloatArray, labels: FloatArray) -> FloatArray:
    """Absolute t of the mean difference, and behind it of each pair, for each arrangement."""
    step = max(1, _BLOCK // components.shape[2])
    return np.concatenate(
        [_block(components, labels[at : at + step]) for at in range(0, len(labels), step)]
    )


def _block(components: FloatArray, labels: FloatArray) -> FloatArray:
    n_terms, _, n_pairs = components.shape
    gap = np.zeros((len(labels), n_pairs))
    pair_variance, mean_variance = np.zeros_like(gap), np.zeros(len(labels))
    for sign, side in ((1.0, labels), (-1.0, 1.0 - labels)):
        found = _Side.of(side @ components)
        gap += sign * found.log_odds
        pull = np.zeros(side.shape)
        for s in range(n_terms):
            pull += found.slopes[s] @ components[s].T / n_pairs
            for t in range(s + 1):
                product = side @ (components[s] * components[t] * (1.0 if s == t else 2.0))
                product *= found.slopes[s]
                product *= found.slopes[t]
                pair_variance += product
        mean_variance += (side * pull**2).sum(axis=1)
    every = np.column_stack([gap.mean(axis=1), gap])
    variance = np.column_stack([mean_variance, pair_variance])
    return np.asarray(np.abs(every) / np.sqrt(np.maximum(variance, _LEAST)), dtype=np.float64)
