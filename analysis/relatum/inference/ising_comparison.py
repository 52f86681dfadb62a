"""Two Ising networks compared, with whole cases as units."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.case_draws import PooledCases, pool_cases
from relatum.inference.clusters import Clusters, index_clusters
from relatum.inference.common import FloatArray, Refusal
from relatum.inference.ising import IsingNetwork, Rule, fit_ising
from relatum.inference.network_comparison import matrix_faults

__all__ = ["IsingComparison", "compare_ising"]

WHAT = "comparison of networks"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IsingComparison:
    """Two Ising networks, and tests of their difference.

    Attributes
    ----------
    weights_a, weights_b : ndarray, shape (n_items, n_items)
    largest : float
        Largest absolute difference of an edge (M of the network comparison test).
    p_largest : float
    strength_a, strength_b : float
        Sums of absolute weights.
    strength_difference : float
        Absolute difference of the strengths (S).
    p_strength : float
    edge_p : ndarray, shape (n_items, n_items)
        Of each edge, unadjusted; 1 on the diagonal.
    n_arrangements : int
    n_unfitted : int
        Arrangements in which a network could not be fitted; they count as extreme.
    exact : bool
    n_cases_a, n_cases_b : int
    """

    weights_a: FloatArray
    weights_b: FloatArray
    largest: float
    p_largest: float
    strength_a: float
    strength_b: float
    strength_difference: float
    p_strength: float
    edge_p: FloatArray
    n_arrangements: int
    n_unfitted: int
    exact: bool
    n_cases_a: int
    n_cases_b: int


def compare_ising(
    matrix_a: npt.ArrayLike,
    cluster_a: npt.ArrayLike,
    matrix_b: npt.ArrayLike,
    cluster_b: npt.ArrayLike,
    *,
    gamma: float = 0.25,
    rule: Rule = "and",
    n_permutations: int = 199,
    seed: int = 1,
) -> IsingComparison | Refusal:
    """Compare two Ising networks (the network comparison test, with whole cases as units).

    Parameters
    ----------
    matrix_a, matrix_b : array_like of 1 and 0, shape (n_a, k) and (n_b, k)
    cluster_a, cluster_b : array_like, shape (n_a,) and (n_b,)
        The case of each row; give each row a case of its own for the test as published.
    gamma, rule
        As those of `fit_ising`.
    n_permutations, seed : int

    Returns
    -------
    IsingComparison or Refusal
        A refusal for fewer than two cases in a sample, and where `fit_ising` refuses one.

    Raises
    ------
    ValueError
        For values other than 1 and 0, lengths or numbers of items that differ, fewer than 19
        permutations, and what `fit_ising` raises for.

    Notes
    -----
    Van Borkulo and others 2023, doi:10.1037/met0000476: M is the largest absolute difference of an
    edge, S the absolute difference of the sums of absolute weights. p counts the observed
    arrangement, and ties. Depth of documentation makes edges, and the penalty leaves fewer of them
    in the smaller sample.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> a = np.repeat(rng.random((80, 1)) < 0.5, 3, axis=1) ^ (rng.random((80, 3)) < 0.1)
    >>> b = rng.random((80, 3)) < 0.5
    >>> cases = np.repeat(np.arange(10), 8)
    >>> compare_ising(a, cases, b, cases, n_permutations=19).p_strength
    0.05
    """
    a, b = np.asarray(matrix_a, dtype=np.float64), np.asarray(matrix_b, dtype=np.float64)
    clusters_a, clusters_b = index_clusters(cluster_a), index_clusters(cluster_b)
    faults = matrix_faults((a, clusters_a), (b, clusters_b), n_permutations)
    if np.isnan(a).any() or np.isnan(b).any():
        faults.append("networks need 1 or 0 in every cell; leave rows with NaN out.")
    if faults:
        raise ValueError(" ".join(faults))
    # cases as counts of their patterns: then nothing depends on the order of rows
    patterns, place = np.unique(np.concatenate([a, b]), axis=0, return_inverse=True)
    tables = _tabulate(place.reshape(-1), (clusters_a, clusters_b), len(patterns))
    cases = pool_cases(*tables, what=WHAT)
    if isinstance(cases, Refusal):
        return cases

    def fit(counts: FloatArray) -> IsingNetwork | Refusal:
        rows = np.repeat(patterns, np.rint(counts).astype(np.int64), axis=0)
        return fit_ising(rows, gamma=gamma, rule=rule)

    one, other = (fit(table.sum(axis=0)) for table in tables)
    if isinstance(one, Refusal):
        return Refusal(WHAT, f"sample a: {one.why}")
    if isinstance(other, Refusal):
        return Refusal(WHAT, f"sample b: {other.why}")
    ways = cases.arrange(n_permutations, seed)
    null = np.stack(list(_null_gaps(fit, ways.labels @ cases.pooled, cases, a.shape[1])))
    observed = _edge_gaps(one, other)
    upper = np.triu_indices(a.shape[1], 1)
    edge_p = np.ones_like(one.weights)
    edge_p[upper] = [ways.p_value(null[:, j], gap) for j, gap in enumerate(observed[:-1])]
    largest = float(observed[:-1].max())
    return IsingComparison(
        weights_a=one.weights,
        weights_b=other.weights,
        largest=largest,
        p_largest=ways.p_value(null[:, :-1].max(axis=1), largest),
        strength_a=_strength(one),
        strength_b=_strength(other),
        strength_difference=float(observed[-1]),
        p_strength=ways.p_value(null[:, -1], float(observed[-1])),
        edge_p=np.minimum(edge_p, edge_p.T),
        n_arrangements=len(null),
        n_unfitted=int(np.isinf(null[:, 0]).sum()),
        exact=ways.exact,
        n_cases_a=clusters_a.n_clusters,
        n_cases_b=clusters_b.n_clusters,
    )


def _strength(network: IsingNetwork) -> float:
    return float(np.abs(np.triu(network.weights, 1)).sum())


def _edge_gaps(one: IsingNetwork, other: IsingNetwork) -> FloatArray:
    """Absolute differences of the edges, and behind them that of the strengths."""
    upper = np.triu_indices(len(one.weights), 1)
    edges = np.abs(one.weights - other.weights)[upper]
    return np.append(edges, abs(_strength(one) - _strength(other)))


def _null_gaps(
    fit: Callable[[FloatArray], IsingNetwork | Refusal],
    first: FloatArray,
    cases: PooledCases,
    n_items: int,
) -> Iterator[FloatArray]:
    """Gaps of each arrangement; infinite where a network could not be fitted."""
    total = cases.pooled.sum(axis=0)
    for counts in first:
        one, other = fit(counts), fit(total - counts)
        if isinstance(one, Refusal) or isinstance(other, Refusal):
            yield np.full(n_items * (n_items - 1) // 2 + 1, np.inf)
        else:
            yield _edge_gaps(one, other)


def _tabulate(
    place: npt.NDArray[np.intp], clusters: tuple[Clusters, Clusters], n_patterns: int
) -> tuple[FloatArray, FloatArray]:
    """Count the rows of each pattern in each case, sample a first."""
    counts = tuple(np.zeros((found.n_clusters, n_patterns)) for found in clusters)
    n_a = clusters[0].n_rows
    np.add.at(counts[0], (clusters[0].codes, place[:n_a]), 1.0)
    np.add.at(counts[1], (clusters[1].codes, place[n_a:]), 1.0)
    return counts[0], counts[1]
