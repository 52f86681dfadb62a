"""What an estimate owes to single clusters and to single choices of the analysis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.clusters import Clusters, index_clusters
from relatum.inference.common import FloatArray, Refusal, as_vector, find_non_finite

__all__ = [
    "AxisShare",
    "LeaveOut",
    "LeftOut",
    "axis_variance_shares",
    "leave_clusters_out",
]

RowEstimator = Callable[[npt.NDArray[np.bool_]], float | Refusal]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """The estimate without some clusters.

    Attributes
    ----------
    clusters : tuple of int
        Positions of the clusters left out, in the order of their sorted labels.
    share_of_rows : float
        Share of the rows that went with them.
    estimate : float or Refusal
    """

    clusters: tuple[int, ...]
    share_of_rows: float
    estimate: float | Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveOut:
    """Range of an estimate when clusters are left out.

    Attributes
    ----------
    full : float
        With all clusters.
    low, high : float
        Smallest and largest estimate without one cluster.
    one : tuple of LeftOut
        One entry per cluster. They show what each case adds: publish the range, not these.
    largest_two : LeftOut
        Without the two largest clusters (ties: the first by label).
    n_refused : int
        Clusters without which nothing could be estimated; they are not in the range.
    changes_sign : bool
        Some estimate without one cluster, or without the two largest, lies on the other side of
        `reference` than the full one.
    reference : float
    """

    full: float
    low: float
    high: float
    one: tuple[LeftOut, ...]
    largest_two: LeftOut
    n_refused: int
    changes_sign: bool
    reference: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisShare:
    """How much one choice moves the estimates of a multiverse.

    Attributes
    ----------
    axis : str
    share : float
        Part of the variance over all branches between the means of the axis' options.
    span : float
        Largest less smallest of those means.
    n_options : int
    """

    axis: str
    share: float
    span: float
    n_options: int


def _left_out(estimate: RowEstimator, clusters: Clusters, gone: Sequence[int]) -> LeftOut:
    keep = ~np.isin(clusters.codes, gone)
    what = "estimate without some clusters"
    value = estimate(keep) if keep.any() else Refusal(what, "no row is left")
    if not isinstance(value, Refusal) and not np.isfinite(value):
        value = Refusal(what, "the estimate is not finite")
    return LeftOut(
        clusters=tuple(int(g) for g in gone),
        share_of_rows=float(1.0 - keep.mean()),
        estimate=value,
    )


def leave_clusters_out(
    estimate: RowEstimator, cluster: npt.ArrayLike, *, reference: float = 0.0
) -> LeaveOut | Refusal:
    """Repeat an estimate without each cluster, and without the two largest.

    Parameters
    ----------
    estimate : callable
        Takes a boolean array, shape (n_rows,), of the rows to use and returns the estimate or a
        refusal.
    cluster : array_like, shape (n_rows,)
    reference : float
        The value whose side matters: 0 for a difference, a threshold for a share.

    Returns
    -------
    LeaveOut or Refusal
        A refusal with fewer than three clusters, or when the full estimate or every reduced one
        is refused.

    Examples
    --------
    >>> y = np.array([1, 1, 0, 0, 1, 0])
    >>> found = leave_clusters_out(lambda rows: float(y[rows].mean()), [1, 1, 2, 2, 3, 3])
    >>> found.full, found.low, found.high
    (0.5, 0.25, 0.75)
    """
    clusters = index_clusters(cluster)
    what = "leave-one-cluster-out range"
    if clusters.n_clusters < 3:
        return Refusal(what, f"{clusters.n_clusters} clusters, fewer than 3")
    full = _left_out(estimate, clusters, ()).estimate
    if isinstance(full, Refusal):
        return Refusal(what, full.why)
    one = tuple(_left_out(estimate, clusters, (g,)) for g in range(clusters.n_clusters))
    by_size = np.argsort(-clusters.sizes, kind="stable")
    largest_two = _left_out(estimate, clusters, sorted(int(g) for g in by_size[:2]))
    values = [part.estimate for part in one if not isinstance(part.estimate, Refusal)]
    if not values:
        return Refusal(what, "nothing can be estimated without any one of the clusters")
    pair = [] if isinstance(largest_two.estimate, Refusal) else [largest_two.estimate]
    side = np.sign(full - reference)
    return LeaveOut(
        full=full,
        low=min(values),
        high=max(values),
        one=one,
        largest_two=largest_two,
        n_refused=len(one) - len(values),
        changes_sign=any(np.sign(v - reference) != side for v in values + pair),
        reference=reference,
    )


def axis_variance_shares(
    estimates: npt.ArrayLike, options: npt.ArrayLike, axes: Sequence[str]
) -> tuple[AxisShare, ...] | Refusal:
    """Share of the variance of a multiverse that each declared choice accounts for.

    Parameters
    ----------
    estimates : array_like, shape (n_branches,)
        One estimate per branch; leave out branches that were refused.
    options : array_like, shape (n_branches, n_axes)
        The option that each branch took on each axis; numbers or text.
    axes : sequence of str, length n_axes
        Names.

    Returns
    -------
    tuple of AxisShare or Refusal
        Largest share first. A refusal with fewer than two branches, or when all agree.

    Raises
    ------
    ValueError
        For lengths that differ.

    Notes
    -----
    One-way between-option sum of squares over the total. In a full factorial of branches the
    shares add up to at most one, and the rest is interaction. They describe the analyst's
    choices; no p value belongs to them.

    Examples
    --------
    >>> found = axis_variance_shares([1, 1, 3, 3], [["a", "x"], ["a", "y"], ["b", "x"],
    ...                              ["b", "y"]], ["undocumented", "weight"])
    >>> [(part.axis, part.share) for part in found]
    [('undocumented', 1.0), ('weight', 0.0)]
    """
    values = as_vector(estimates, name="estimates")
    table = np.asarray(options)
    if table.shape != (len(values), len(axes)):
        raise ValueError("options must have one row per estimate and one column per axis.")
    what = "variance share of the choices"
    bad = find_non_finite(what, {"estimates": values})
    if bad is not None:
        return bad
    if len(values) < 2 or np.ptp(values) == 0:
        return Refusal(what, "the branches do not differ")
    total = float(((values - values.mean()) ** 2).sum())
    found = [_one_axis(values, table[:, i], name, total) for i, name in enumerate(axes)]
    return tuple(sorted(found, key=lambda part: (-part.share, part.axis)))


def _one_axis(
    values: FloatArray, taken: npt.NDArray[np.generic], name: str, total: float
) -> AxisShare:
    groups = index_clusters(taken)
    means = np.bincount(groups.codes, weights=values) / groups.sizes
    between = float((groups.sizes * (means - values.mean()) ** 2).sum())
    return AxisShare(
        axis=name,
        share=min(1.0, between / total),
        span=float(np.ptp(means)),
        n_options=groups.n_clusters,
    )
