"""Parts of a comparison of two samples of cases: a sample, limits of rare shares, tails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize

from relatum.inference.clusters import index_clusters, sum_by_cluster
from relatum.inference.common import (
    FloatArray,
    IntArray,
    Interval,
    Refusal,
    as_vector,
    find_non_finite,
)
from relatum.inference.intervals import korn_graubard_interval
from relatum.inference.mover import difference_limits
from relatum.inference.wild_core import LinearProblem, examine_null, solve_problem

__all__ = ["Arm", "Share", "check_arm", "mover_limits", "mover_tail", "wild_tail"]

EVERYWHERE = (-np.inf, np.inf)
#: Below this share, and above one less it, the skewness of the estimate matters.
RARE = 0.10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Share:
    """A share of rows, as counts per case.

    Attributes
    ----------
    counts, sizes : ndarray, shape (n_clusters,)
        Weighted rows, scaled to Kish's effective number of rows.
    """

    counts: FloatArray
    sizes: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arm:
    """One checked sample, its cases numbered by size and content.

    Attributes
    ----------
    values, weights : ndarray, shape (n_rows,)
        Weights have mean 1, so that the scale of one sample's weights says nothing.
    codes : ndarray of int, shape (n_rows,)
    totals, sums : ndarray, shape (n_clusters,)
        Weight, and weighted values, per case.
    share : Share or None
        None where values are not 0 and 1.
    """

    values: FloatArray
    weights: FloatArray
    codes: IntArray
    totals: FloatArray
    sums: FloatArray
    share: Share | None

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.values)

    @property
    def mean(self) -> float:
        """Weighted mean."""
        return float(self.sums.sum() / self.totals.sum())

    @property
    def flat(self) -> bool:
        """Whether every case has the same mean, so that its error would be zero."""
        residual = self.sums - self.totals * self.mean
        scale = max(float(np.abs(self.sums).max()), float(self.totals.max()) * abs(self.mean))
        return bool(np.abs(residual).max() <= 1e-10 * max(scale, 1e-300))

    @property
    def even(self) -> bool:
        """Whether rows of one case weigh alike."""
        own = (self.totals / np.bincount(self.codes))[self.codes]
        return bool(np.abs(self.weights - own).max() <= 1e-12 * self.weights.max())

    @property
    def cr2_variance(self) -> float:
        """CR2 variance of the mean; valid where rows of one case weigh alike."""
        total = float(self.totals.sum())
        residual = self.sums - self.totals * self.mean
        return float((residual**2 / (1.0 - self.totals / total)).sum()) / total**2

    @property
    def extreme(self) -> bool:
        """Whether it is a share close to 0 or 1."""
        return self.share is not None and not RARE <= self.mean <= 1.0 - RARE

    @property
    def order(self) -> tuple[int, tuple[float, ...], tuple[float, ...]]:
        """A key that puts two samples into one order, whichever is called first."""
        return len(self.totals), tuple(self.totals.tolist()), tuple(self.sums.tolist())


def check_arm(
    values: npt.ArrayLike,
    cluster: npt.ArrayLike,
    weights: npt.ArrayLike | None,
    *,
    name: str,
    what: str,
) -> Arm | Refusal:
    """Check the rows of one sample and sum them per case.

    Parameters
    ----------
    values, cluster, weights : array_like, shape (n_rows,)
    name, what : str
        The sample and the quantity, for messages.

    Returns
    -------
    Arm or Refusal
        A refusal for values that are not finite and for fewer than two cases.

    Raises
    ------
    ValueError
        For lengths that differ, or a negative weight.
    """
    y = as_vector(values, name=f"values_{name}")
    labels = np.asarray(cluster)
    if labels.shape != y.shape:
        raise ValueError(f"cluster_{name} needs {len(y)} labels, one per row.")
    w = np.ones(len(y)) if weights is None else as_vector(
        weights, name=f"weights_{name}", length=len(y)
    )  # fmt: skip
    bad = find_non_finite(what, {f"values of sample {name}": y, f"weights of sample {name}": w})
    if bad is not None:
        return bad
    if (w < 0).any():
        raise ValueError(f"weights_{name} must not be negative.")
    y, labels, w = y[w > 0], labels[w > 0], w[w > 0]
    clusters = index_clusters(labels)
    if clusters.n_clusters < 2:
        count = ("no case", "one case")[clusters.n_clusters]
        return Refusal(what, f"there is {count} in sample {name}; at least two are needed")
    w = w / w.mean()
    totals, sums = sum_by_cluster(w, clusters), sum_by_cluster(w * y, clusters)
    order = np.lexsort((sums, totals))[::-1]
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    totals, sums = totals[order], sums[order]
    return Arm(
        values=y,
        weights=w,
        codes=rank[clusters.codes],
        totals=totals,
        sums=sums,
        share=_share(y, w, totals, sums),
    )


def _share(y: FloatArray, w: FloatArray, totals: FloatArray, sums: FloatArray) -> Share | None:
    if not np.isin(y, (0.0, 1.0)).all():
        return None
    scale = float(w.sum() / (w**2).sum())
    return Share(counts=np.minimum(sums, totals) * scale, sizes=totals * scale)


def mover_limits(a: Share, b: Share, *, conf_level: float) -> Interval:
    """Limits of the difference of two shares from their Korn-Graubard limits.

    Parameters
    ----------
    a, b : Share
    conf_level : float

    Returns
    -------
    Interval
        Never without width, at 0/n and n/n either.
    """
    found = []
    for share in (a, b):
        one = korn_graubard_interval(share.counts, share.sizes, conf_level=conf_level)
        if isinstance(one, Refusal):
            raise ValueError(one.why)
        found.append(one)
    return difference_limits(*found)


def mover_tail(a: Share, b: Share, *, margin: float, lower: bool) -> float:
    """One-sided p value of a margin: the level at which the limit reaches it, at most 0.5.

    Parameters
    ----------
    a, b : Share
    margin : float
    lower : bool
        Whether the margin is the lower one.

    Returns
    -------
    float
    """

    def gap(level: float) -> float:
        limits = mover_limits(a, b, conf_level=1.0 - 2.0 * level)
        return limits.conf_low - margin if lower else margin - limits.conf_high

    return _first_root(gap, 1e-12, 0.4999)


def _first_root(gap: Callable[[float], float], low: float, high: float) -> float:
    if gap(high) <= 0.0:
        return 0.5
    if gap(low) >= 0.0:
        return low
    return float(optimize.brentq(gap, low, high, xtol=1e-13, rtol=1e-12))


def wild_tail(problem: LinearProblem, margin: float, *, lower: bool) -> float:
    """One-sided p value of a margin: half the two-sided level at which the limit reaches it.

    Parameters
    ----------
    problem : LinearProblem
    margin : float
    lower : bool
        Whether the margin is the lower one.

    Returns
    -------
    float
        Above one half where the estimate lies beyond the margin.
    """
    beyond = problem.estimate <= margin if lower else problem.estimate >= margin
    half = 0.5 * _level_reaching(problem, margin)
    return 1.0 - half if beyond else half


def _level_reaching(problem: LinearProblem, margin: float) -> float:
    """Return the smallest two-sided level whose limits leave the margin outside.

    Limits end where p first falls to the level, walking out from the estimate. p at the margin
    itself may be higher again, so it is only where the search starts.
    """
    vectors = problem.n_vectors

    def leaves(count: int) -> bool:
        found = solve_problem(
            problem, null=margin, conf_level=1.0 - count / vectors, support=EVERYWHERE
        )
        return not found.conf_low <= margin <= found.conf_high

    if margin == problem.estimate:
        return 1.0
    high = round(examine_null(problem, null=margin).p_value * vectors)
    while high < vectors and not leaves(high):
        high += 1
    if high == 0 or not leaves(high - 1):
        return high / vectors
    low, high = 0, high - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if leaves(middle) else (middle, high)
    return high / vectors
