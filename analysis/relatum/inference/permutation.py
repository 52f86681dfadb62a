"""Permutation tests that respect cases: labels moved between cases, or rows within them.

A covariate of the case is tested by moving its values over the cases; a covariate of the
relationship by moving it within cases. Both print the smallest p-value they can give: with 3 of
12 cases there are 220 arrangements, and no p-value below 1/220.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice, pairwise
from math import comb, factorial, prod

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from relatum.inference.clusters import Clusters, index_clusters, sum_by_cluster
from relatum.inference.common import FloatArray, IntArray, Refusal, as_vector, find_non_finite

__all__ = ["PermutationTest", "permute_case_labels", "permute_within_cases"]

_TIE = 1e-9
_BLOCK = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PermutationTest:
    """The result of a permutation test.

    Attributes
    ----------
    estimate : float
        Difference (or slope) that is tested, on the scale of the outcome.
    statistic : float
        What was compared with its permutations; infinite when its variance is zero.
    p_value : float
        Two-sided; arrangements that tie with the data count as extreme.
    smallest_p : float
        The smallest p-value that any arrangement could have given, ties included.
    n_arrangements : int
        Arrangements looked at, the observed one among them.
    exact : bool
        Whether these are all arrangements.
    n_cases : int
        Cases that carry information.
    n_rows : int
        Rows in those cases.
    """

    estimate: float
    statistic: float
    p_value: float
    smallest_p: float
    n_arrangements: int
    exact: bool
    n_cases: int
    n_rows: int


def permute_case_labels(
    outcome: ArrayLike,
    covariate: ArrayLike,
    cluster: ArrayLike,
    *,
    studentised: bool = True,
    exact_limit: int = 20_000,
    draws: int = 9_999,
    seed: int = 0,
) -> PermutationTest | Refusal:
    """Test a covariate of the case by moving its values over the cases.

    Parameters
    ----------
    outcome : array-like of float, shape (n_rows,)
    covariate : array-like of float, shape (n_rows,)
        One value per case, repeated on its rows; binary or numeric.
    cluster : array-like, shape (n_rows,)
    studentised : bool
        Divide the slope by its clustered error (CR0), which keeps the test usable when the cases
        of the two groups differ in size or spread.
    exact_limit : int
        Look at all arrangements when there are no more than this.
    draws, seed : int
        Random arrangements otherwise; the observed one is added.

    Returns
    -------
    PermutationTest or Refusal
        A refusal for one case, a covariate or an outcome that is constant.

    Raises
    ------
    ValueError
        When the covariate varies within a case.

    Notes
    -----
    Exact when cases are exchangeable under the null, sizes included; studentised after Chung and
    Romano 2013, doi:10.1214/13-AOS1090. ``estimate`` is the difference of relationship-weighted
    shares for a binary covariate, the slope otherwise.

    Examples
    --------
    >>> cases = np.repeat(np.arange(6), 4)
    >>> found = permute_case_labels(cases >= 3, cases >= 3, cases)
    >>> found.n_arrangements, round(found.p_value, 2), round(found.smallest_p, 2)
    (20, 0.1, 0.1)
    """
    y = as_vector(outcome, name="outcome")
    x = as_vector(covariate, name="covariate", length=y.size)
    clusters = index_clusters(cluster)
    what = "permutation of case labels"
    problem = find_non_finite(what, {"outcomes": y, "covariates": x})
    if problem is None:
        problem = _constant_problem(what, y, x, clusters)
    if problem is not None:
        return problem
    values = _value_per_case(x, clusters)
    scale_x, scale_y = float(np.ptp(x)), float(np.ptp(y))
    values = (values - values.min()) / scale_x
    sums = sum_by_cluster((y - y.min()) / scale_y, clusters)
    sizes = clusters.sizes.astype(np.float64)
    slope, observed = _slopes(values[None, :], sums, sizes, studentised=studentised)
    total = _count_arrangements(values)
    exact = total <= exact_limit
    blocks = _all_arrangements(values) if exact else _random_arrangements(values, draws, seed)
    found = [_slopes(block, sums, sizes, studentised=studentised)[1] for block in blocks]
    size = np.abs(np.concatenate(found if exact else [observed, *found]))
    return PermutationTest(
        estimate=float(slope[0]) * scale_y / scale_x,
        statistic=float(observed[0]),
        p_value=_share_at_least(size, abs(float(observed[0]))),
        smallest_p=_share_at_least(size, float(size.max())) if exact else 1 / size.size,
        n_arrangements=size.size,
        exact=exact,
        n_cases=clusters.n_clusters,
        n_rows=clusters.n_rows,
    )


def _share_at_least(values: FloatArray, threshold: float) -> float:
    return float((values >= threshold * (1 - _TIE)).mean())


def _constant_problem(
    what: str, y: FloatArray, x: FloatArray, clusters: Clusters
) -> Refusal | None:
    if clusters.n_rows != y.size:
        raise ValueError(f"cluster has {clusters.n_rows} labels, but there are {y.size} rows.")
    if y.size == 0:
        return Refusal(what, "there is no row")
    if clusters.n_clusters < 2:
        return Refusal(what, "there is one case")
    if np.ptp(y) == 0:
        return Refusal(what, "the outcome is the same in every row")
    if np.ptp(x) == 0:
        return Refusal(what, "the covariate is the same in every row")
    return None


def _value_per_case(x: FloatArray, clusters: Clusters) -> FloatArray:
    first = np.full(clusters.n_clusters, np.nan)
    first[clusters.codes[::-1]] = x[::-1]
    if not np.array_equal(first[clusters.codes], x):
        raise ValueError("covariate varies within a case; use permute_within_cases.")
    return first


def _count_arrangements(values: FloatArray) -> int:
    counts = np.unique(values, return_counts=True)[1]
    return factorial(values.size) // prod(factorial(int(count)) for count in counts)


def _multiset_permutations(values: FloatArray) -> Iterator[tuple[float, ...]]:
    """Every distinct arrangement, in lexicographic order."""
    row = sorted(float(value) for value in values)
    while True:
        yield tuple(row)
        i = len(row) - 2
        while i >= 0 and row[i] >= row[i + 1]:
            i -= 1
        if i < 0:
            return
        j = len(row) - 1
        while row[j] <= row[i]:
            j -= 1
        row[i], row[j] = row[j], row[i]
        row[i + 1 :] = row[:i:-1]


def _all_arrangements(values: FloatArray) -> Iterator[FloatArray]:
    levels, counts = np.unique(values, return_counts=True)
    if levels.size == 2:
        chosen = np.array(list(combinations(range(values.size), int(counts[1]))))
        block = np.full((len(chosen), values.size), levels[0])
        np.put_along_axis(block, chosen, levels[1], axis=1)
        yield block
        return
    rows = _multiset_permutations(values)
    while block_rows := list(islice(rows, 4096)):
        yield np.array(block_rows)


def _random_arrangements(values: FloatArray, draws: int, seed: int) -> Iterator[FloatArray]:
    rng = np.random.default_rng(seed)
    step = max(1, _BLOCK // values.size)
    for start in range(0, draws, step):
        yield rng.permuted(np.tile(values, (min(step, draws - start), 1)), axis=1)


def _slopes(
    values: FloatArray, sums: FloatArray, sizes: FloatArray, *, studentised: bool
) -> tuple[FloatArray, FloatArray]:
    """Slope on a case-level covariate for each row of `values`, and the slope over its error."""
    n_rows = sizes.sum()
    centred = values - (values @ sizes / n_rows)[:, None]
    spread = centred**2 @ sizes
    outcome = sums - sizes * (sums.sum() / n_rows)
    slope = np.divide(centred @ outcome, spread, out=np.zeros(len(values)), where=spread > 0)
    if not studentised:
        return slope, slope
    scores = centred * (outcome - slope[:, None] * sizes * centred)
    variance = (scores**2).sum(axis=1)
    ratio = np.where(np.abs(slope) > _TIE, np.copysign(np.inf, slope), 0.0)
    fine = variance > (_TIE * spread) ** 2
    np.divide(slope * spread, np.sqrt(variance), out=ratio, where=fine)
    return slope, ratio


def permute_within_cases(
    outcome: ArrayLike,
    covariate: ArrayLike,
    cluster: ArrayLike,
    *,
    draws: int = 9_999,
    seed: int = 0,
) -> PermutationTest | Refusal:
    """Test a covariate of the relationship by moving it within cases.

    Parameters
    ----------
    outcome, covariate : array-like of float, shape (n_rows,)
    cluster : array-like, shape (n_rows,)
    draws, seed : int
        Random arrangements, used unless both variables are binary: then the distribution is
        computed exactly.

    Returns
    -------
    PermutationTest or Refusal
        A refusal when no case has both variables varying: such cases say nothing here.

    Notes
    -----
    The statistic is ``sum_g sum_i (x_gi - mean x_g) y_gi``. It is compared after division by its
    standard deviation under the null, ``sqrt(sum_g Sxx_g Syy_g / (n_g - 1))``, which no
    permutation changes. For two binary variables the joint count of a case is hypergeometric and
    the sum over cases is their convolution; p adds up all sums at least as far from expectation.
    ``estimate`` is the within-case slope, ``sum Sxy / sum Sxx``.

    Examples
    --------
    >>> y = [1, 1, 1, 0, 0, 0]
    >>> found = permute_within_cases(y, y, [1] * 6)
    >>> found.exact, round(found.p_value, 2), found.n_cases
    (True, 0.1, 1)
    """
    y = as_vector(outcome, name="outcome")
    x = as_vector(covariate, name="covariate", length=y.size)
    clusters = index_clusters(cluster)
    what = "permutation within cases"
    problem = find_non_finite(what, {"outcomes": y, "covariates": x})
    if problem is None and clusters.n_rows != y.size:
        raise ValueError(f"cluster has {clusters.n_rows} labels, but there are {y.size} rows.")
    if problem is not None:
        return problem
    kept = _informative_rows(y, x, clusters)
    if kept.size == 0:
        return Refusal(what, "no case holds rows that differ in both variables")
    y, x, inside = y[kept], x[kept], index_clusters(clusters.codes[kept])
    if np.isin(y, (0, 1)).all() and np.isin(x, (0, 1)).all():
        return _exact_within(y, x, inside)
    return _drawn_within(y, x, inside, draws=draws, seed=seed)


def _centre(values: FloatArray, clusters: Clusters) -> FloatArray:
    means = sum_by_cluster(values, clusters) / clusters.sizes
    centred: FloatArray = values - means[clusters.codes]
    return centred


def _informative_rows(y: FloatArray, x: FloatArray, clusters: Clusters) -> IntArray:
    order = np.argsort(clusters.codes, kind="stable")
    blocks = np.split(order, np.cumsum(clusters.sizes)[:-1]) if order.size else []
    keep = [block for block in blocks if np.ptp(y[block]) > 0 and np.ptp(x[block]) > 0]
    return np.concatenate(keep) if keep else np.empty(0, dtype=np.int64)


def _within_parts(y: FloatArray, x: FloatArray, clusters: Clusters) -> tuple[float, float, float]:
    """Return the sum of products, its null deviation and the sum of squares of the covariate."""
    u, v = _centre(x, clusters), _centre(y, clusters)
    product = float(u @ v)
    u_squares, v_squares = sum_by_cluster(u**2, clusters), sum_by_cluster(v**2, clusters)
    variance = float((u_squares * v_squares / (clusters.sizes - 1)).sum())
    return product, float(np.sqrt(variance)), float(u @ u)


def _joint_distribution(y: FloatArray, x: FloatArray, clusters: Clusters) -> FloatArray:
    """Distribution of the joint count from its smallest value up: cases are independent."""
    ones_y = sum_by_cluster(y, clusters).astype(int)
    ones_x = sum_by_cluster(x, clusters).astype(int)
    joint = np.ones(1)
    for size, a, b in zip(clusters.sizes.tolist(), ones_x, ones_y, strict=True):
        low, high = max(0, a + b - size), min(a, b)
        count = np.arange(low, high + 1)
        logs = _log_choose(a, count) + _log_choose(size - a, b - count) - _log_choose(size, b)
        joint = np.convolve(joint, np.exp(logs))
    normalised: FloatArray = joint / joint.sum()
    return normalised


def _log_choose(n: int, k: ArrayLike) -> FloatArray:
    logs: FloatArray = special.gammaln(n + 1) - special.gammaln(np.asarray(k) + 1.0)
    return logs - special.gammaln(n - np.asarray(k) + 1.0)


def _exact_within(y: FloatArray, x: FloatArray, clusters: Clusters) -> PermutationTest:
    product, deviation, squares = _within_parts(y, x, clusters)
    probability = _joint_distribution(y, x, clusters)
    sizes = clusters.sizes
    ones_y, ones_x = sum_by_cluster(y, clusters), sum_by_cluster(x, clusters)
    lowest = float(np.maximum(0, ones_x + ones_y - sizes).sum())
    distance = np.abs(lowest + np.arange(probability.size) - float((ones_x * ones_y / sizes).sum()))
    furthest = distance >= distance.max() - _TIE
    arrangements = prod(comb(int(n), int(k)) for n, k in zip(sizes, ones_x, strict=True))
    return PermutationTest(
        estimate=product / squares,
        statistic=product / deviation,
        p_value=min(1.0, float(probability[distance >= abs(product) - _TIE].sum())),
        smallest_p=float(probability[furthest].sum()),
        n_arrangements=arrangements,
        exact=True,
        n_cases=clusters.n_clusters,
        n_rows=clusters.n_rows,
    )


def _drawn_within(
    y: FloatArray, x: FloatArray, clusters: Clusters, *, draws: int, seed: int
) -> PermutationTest:
    product, deviation, squares = _within_parts(y, x, clusters)
    rng = np.random.default_rng(seed)
    starts = np.concatenate(([0], np.cumsum(clusters.sizes)))
    centred = _centre(x, clusters)
    step = max(1, _BLOCK // y.size)
    extreme = 0
    for start in range(0, draws, step):
        rows = min(step, draws - start)
        sums = np.zeros(rows)
        for low, high in pairwise(starts.tolist()):
            moved = rng.permuted(np.tile(centred[low:high], (rows, 1)), axis=1)
            sums += moved @ y[low:high]
        extreme += int((np.abs(sums) >= abs(product) * (1 - _TIE)).sum())
    return PermutationTest(
        estimate=product / squares,
        statistic=product / deviation,
        p_value=(extreme + 1) / (draws + 1),
        smallest_p=1 / (draws + 1),
        n_arrangements=draws + 1,
        exact=False,
        n_cases=clusters.n_clusters,
        n_rows=clusters.n_rows,
    )
