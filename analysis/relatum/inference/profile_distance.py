"""How far two profiles of prevalences lie apart, with whole cases as the units of chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.case_draws import PooledCases, pool_cases
from relatum.inference.clusters import index_clusters
from relatum.inference.common import FloatArray, Refusal, check_conf_level

__all__ = ["ProfileDistance", "ProfileSums", "profile_distance", "profile_shares", "sum_profiles"]

WHAT = "distance of profiles"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileDistance:
    """The distance of two profiles, tested for a difference and limited for similarity.

    Attributes
    ----------
    distance : float
        Mean absolute difference of the prevalences, 0 to 1.
    permutation_mean : float
        Mean distance when the cases are dealt to the samples by chance: what two samples of one
        population would show. Never 0.
    p_value : float
        Of a difference: share of arrangements with at least this distance, ties included.
    smallest_p : float
        The smallest that these cases allow.
    bias : float
        Mean of the bootstrap less the distance: about how much chance adds to a distance.
    corrected : float
        The distance less its bias, not below 0.
    upper_limit : float
        One-sided limit for similarity: this quantile of the bootstrap distances, to which chance
        has added twice. It errs to the side of unlike.
    conf_level : float
        Of the upper limit.
    n_arrangements : int
    exact : bool
        Whether all arrangements were looked at.
    n_bootstrap : int
    n_items : int
        Items with a documented row in both samples.
    n_cases_a, n_cases_b, n_rows_a, n_rows_b : int
    """

    distance: float
    permutation_mean: float
    p_value: float
    smallest_p: float
    bias: float
    corrected: float
    upper_limit: float
    conf_level: float
    n_arrangements: int
    exact: bool
    n_bootstrap: int
    n_items: int
    n_cases_a: int
    n_cases_b: int
    n_rows_a: int
    n_rows_b: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProfileSums:
    """Two samples as sums of their cases, items without a documented row in one left out.

    Attributes
    ----------
    cases : PooledCases
        Of each case the rows with each item, then the rows that document it.
    kept : ndarray of bool, shape (n_items,)
        Items with a documented row in both samples.
    n_rows_a, n_rows_b : int
    """

    cases: PooledCases
    kept: npt.NDArray[np.bool_]
    n_rows_a: int
    n_rows_b: int

    @property
    def n_items(self) -> int:
        """Number of items that are compared."""
        return int(self.kept.sum())


def profile_distance(
    values_a: npt.ArrayLike,
    cluster_a: npt.ArrayLike,
    values_b: npt.ArrayLike,
    cluster_b: npt.ArrayLike,
    *,
    n_permutations: int = 1999,
    n_bootstrap: int = 1999,
    seed: int = 1,
    conf_level: float = 0.95,
) -> ProfileDistance | Refusal:
    """Measure how far the prevalences of the same items lie apart in two samples.

    Parameters
    ----------
    values_a, values_b : array_like of 1, 0 and NaN, shape (n_a, k) and (n_b, k)
        Rows are relationships, columns items; NaN where the file says nothing.
    cluster_a, cluster_b : array_like, shape (n_a,) and (n_b,)
        The case of each row. Cases of the two samples are different ones, whatever their names.
    n_permutations, n_bootstrap, seed : int
        All arrangements are looked at when there are no more than `n_permutations`.
    conf_level : float, default 0.95
        Of the one-sided upper limit.

    Returns
    -------
    ProfileDistance or Refusal
        A refusal for fewer than two cases in a sample, and when no item is documented in both.

    Raises
    ------
    ValueError
        For values other than 1, 0 and NaN, lengths or numbers of items that differ, no draw, and a
        level that is not between 0 and 1.

    Notes
    -----
    A prevalence is the share among documented rows. Difference: the labels of the samples are
    dealt anew to whole cases, which is exact when cases of the two samples are exchangeable, sizes
    included; with the published sizes against others at most .075 of equal samples were rejected
    at .05, and few where rows are independent (`tests/benchmarks/type_one_profiles.py`).
    Similarity: the upper limit held the truth in .94 or more there, one with the bias taken off in
    .88. For it cases are drawn anew within each sample. A small distance that may be due to few
    rows is not similarity: read the limit, with the mean of the permutations beside it.

    Examples
    --------
    >>> a = np.array([[1, 1], [1, 0], [1, 1], [0, 1]])
    >>> b = np.array([[0, 1], [0, 0], [1, 1], [0, np.nan]])
    >>> found = profile_distance(a, [1, 1, 2, 3], b, [1, 2, 2, 3])
    >>> round(found.distance, 4), found.p_value, found.n_arrangements
    (0.2917, 0.7, 20)
    """
    check_conf_level(conf_level)
    if n_permutations < 1 or n_bootstrap < 1:
        raise ValueError("n_permutations and n_bootstrap must be at least 1.")
    held = sum_profiles(values_a, cluster_a, values_b, cluster_b, what=WHAT)
    if isinstance(held, Refusal):
        return held
    cases = held.cases
    distance = float(_distances(cases.first.sum(axis=0), cases.second.sum(axis=0)))
    ways = cases.arrange(n_permutations, seed)
    first = ways.labels @ cases.pooled
    null = _distances(first, cases.pooled.sum(axis=0) - first)
    drawn = _distances(*cases.resample(n_bootstrap, seed))
    bias = float(drawn.mean()) - distance
    n_a, n_b = len(cases.first), len(cases.second)
    return ProfileDistance(
        distance=distance,
        permutation_mean=float(null.mean()),
        p_value=ways.p_value(null, distance),
        smallest_p=ways.smallest_p(null),
        bias=bias,
        corrected=max(0.0, distance - bias),
        upper_limit=max(distance, float(np.quantile(drawn, conf_level, method="higher"))),
        conf_level=conf_level,
        n_arrangements=len(null),
        exact=ways.exact,
        n_bootstrap=n_bootstrap,
        n_items=held.n_items,
        n_cases_a=n_b if cases.swapped else n_a,
        n_cases_b=n_a if cases.swapped else n_b,
        n_rows_a=held.n_rows_a,
        n_rows_b=held.n_rows_b,
    )


def sum_profiles(
    values_a: npt.ArrayLike,
    cluster_a: npt.ArrayLike,
    values_b: npt.ArrayLike,
    cluster_b: npt.ArrayLike,
    *,
    what: str,
) -> ProfileSums | Refusal:
    """Check two samples of profiles, and add them up by case.

    Parameters
    ----------
    values_a, cluster_a, values_b, cluster_b : array_like
        As those of `profile_distance`.
    what : str
        The name of the quantity, for a refusal.

    Returns
    -------
    ProfileSums or Refusal

    Raises
    ------
    ValueError
        As `profile_distance`.
    """
    a, b = np.asarray(values_a, dtype=np.float64), np.asarray(values_b, dtype=np.float64)
    clusters = {"a": np.asarray(cluster_a), "b": np.asarray(cluster_b)}
    faults = _faults({"a": a, "b": b}, clusters)
    if faults:
        raise ValueError(" ".join(faults))
    sums = {"a": _case_sums(a, clusters["a"]), "b": _case_sums(b, clusters["b"])}
    documented = [part[:, a.shape[1] :].sum(axis=0) > 0 for part in sums.values()]
    kept = documented[0] & documented[1]
    if not kept.any():
        return Refusal(what, "no item is documented in both samples")
    both = np.concatenate([kept, kept])
    cases = pool_cases(sums["a"][:, both], sums["b"][:, both], what=what)
    if isinstance(cases, Refusal):
        return cases
    return ProfileSums(cases=cases, kept=kept, n_rows_a=len(a), n_rows_b=len(b))


def profile_shares(sums: FloatArray) -> FloatArray:
    """Turn sums into prevalences.

    Parameters
    ----------
    sums : ndarray, shape (..., 2 k)
        Rows with each item, then rows that document it.

    Returns
    -------
    ndarray, shape (..., k)
        NaN where no row documents the item.
    """
    k = sums.shape[-1] // 2
    ones, documented = sums[..., :k], sums[..., k:]
    shares = np.full(ones.shape, np.nan)
    np.divide(ones, documented, out=shares, where=documented > 0)
    return shares


def _faults(
    values: dict[str, FloatArray], clusters: dict[str, npt.NDArray[np.generic]]
) -> list[str]:
    faults = []
    for name, x in values.items():
        if x.ndim != 2:
            faults.append(f"values_{name} must have two dimensions, not {x.ndim}.")
        if not (np.isnan(x) | (x == 0.0) | (x == 1.0)).all():
            faults.append(f"values_{name} must hold only 1, 0 and NaN.")
        if clusters[name].shape != x.shape[:1]:
            faults.append(f"cluster_{name} must have one label for each of {len(x)} rows.")
    a, b = values["a"], values["b"]
    if a.ndim == 2 == b.ndim and a.shape[1] != b.shape[1]:
        faults.append(f"values_a has {a.shape[1]} items, values_b {b.shape[1]}.")
    return faults


def _case_sums(values: FloatArray, cluster: npt.NDArray[np.generic]) -> FloatArray:
    clusters = index_clusters(cluster)
    known = ~np.isnan(values)
    rows = np.concatenate([np.where(known, values, 0.0), known.astype(np.float64)], axis=1)
    sums = np.zeros((clusters.n_clusters, rows.shape[1]))
    np.add.at(sums, clusters.codes, rows)
    return sums


def _distances(first: FloatArray, second: FloatArray) -> FloatArray:
    """Mean absolute difference over the items that both sides document; 0 without any."""
    gap = np.abs(profile_shares(first) - profile_shares(second))
    known = ~np.isnan(gap)
    total = np.where(known, gap, 0.0).sum(axis=-1)
    found: FloatArray = total / np.maximum(known.sum(axis=-1), 1)
    return found
