"""Placebo check: how often a test rejects for a covariate that means nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from relatum.inference.clusters import index_clusters, sum_by_cluster
from relatum.inference.common import (
    FloatArray,
    Refusal,
    as_vector,
    find_non_finite,
    t_two_sided,
)
from relatum.inference.products import ClusterProducts
from relatum.inference.robust import cluster_robust
from relatum.inference.wild_core import LinearProblem, examine_null, linear_problem

__all__ = ["PlaceboRate", "PlaceboTest", "placebo_rejection_rate"]

PlaceboTest = Literal["wild", "CR1", "CR2"]
WHAT = "placebo rejection rate"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceboRate:
    """Share of random case-level placebos that a test calls significant.

    Attributes
    ----------
    rate : float
        Near `level` for a test that holds its size in these data.
    level : float
    test : {"wild", "CR1", "CR2"}
    n_placebos : int
        Placebos that could be tested.
    n_untestable : int
        Placebos for which the test has no value; they are not in `rate`.
    monte_carlo_error : float
        Standard error of `rate` through the number of placebos.
    """

    rate: float
    level: float
    test: PlaceboTest
    n_placebos: int
    n_untestable: int
    monte_carlo_error: float


def placebo_rejection_rate(
    outcome: npt.ArrayLike,
    cluster: npt.ArrayLike,
    *,
    seed: int,
    test: PlaceboTest = "wild",
    n_placebos: int = 999,
    level: float = 0.05,
) -> PlaceboRate | Refusal:
    """Give half of the clusters, drawn at random, a placebo and test it, many times over.

    Parameters
    ----------
    outcome : array_like, shape (n_rows,)
    cluster : array_like, shape (n_rows,)
    seed : int
    test : {"wild", "CR1", "CR2"}
        The restricted wild bootstrap, or a t test with CR1 errors on G - 1 degrees of freedom,
        or with CR2 errors on Satterthwaite ones.
    n_placebos : int
    level : float

    Returns
    -------
    PlaceboRate or Refusal
        A refusal with fewer than four clusters, a constant outcome, values that are not finite,
        or when no placebo can be tested.

    Raises
    ------
    ValueError
        For an unknown test, lengths that differ, or a level outside 0 to 1.

    Notes
    -----
    The outcome is kept as it is, so the rate speaks of these sizes and this outcome (MacKinnon,
    Nielsen and Webb 2023, doi:10.1016/j.jeconom.2022.04.001). A rate far above the level says
    that the test cannot be trusted here, whatever its p value.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> cluster = np.repeat(np.arange(12), [26, 22, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1])
    >>> y = (rng.random(73) < rng.beta(2, 3, 12)[cluster]).astype(float)
    >>> crude = placebo_rejection_rate(y, cluster, test="CR1", seed=1, n_placebos=200)
    >>> sound = placebo_rejection_rate(y, cluster, test="wild", seed=1, n_placebos=200)
    >>> crude.rate > sound.rate
    True
    """
    if test not in ("wild", "CR1", "CR2"):
        raise ValueError(f"test must be wild, CR1 or CR2, not {test!r}.")
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must lie between 0 and 1, not {level!r}.")
    y = as_vector(outcome, name="outcome")
    clusters = index_clusters(cluster)
    as_vector(clusters.codes, name="cluster", length=len(y))
    bad = find_non_finite(WHAT, {"outcomes": y})
    if bad is not None:
        return bad
    if clusters.n_clusters < 4:
        return Refusal(WHAT, f"{clusters.n_clusters} clusters are too few to divide at random")
    if np.ptp(y) == 0:
        return Refusal(WHAT, "the outcome is the same in every row")
    sums, sizes = sum_by_cluster(y, clusters), clusters.sizes.astype(np.float64)
    rng = np.random.default_rng(seed)
    half = np.arange(clusters.n_clusters) < clusters.n_clusters // 2
    p_values = []
    for _ in range(n_placebos):
        arm = rng.permutation(half).astype(np.float64)
        if test == "CR2":
            p_values.append(_p_of_cr2(y, clusters.codes, arm))
        else:
            p_values.append(_p_of_sums(sums, sizes, arm, test, seed))
    tested = np.array([p for p in p_values if p is not None])
    if len(tested) == 0:
        return Refusal(WHAT, "no placebo could be tested")
    rate = float((tested <= level + 1e-12).mean())
    return PlaceboRate(
        rate=rate,
        level=level,
        test=test,
        n_placebos=len(tested),
        n_untestable=n_placebos - len(tested),
        monte_carlo_error=math.sqrt(rate * (1.0 - rate) / len(tested)),
    )


def _p_of_cr2(y: FloatArray, codes: npt.NDArray[np.int64], arm: FloatArray) -> float | None:
    design = np.column_stack([np.ones(len(y)), arm[codes]])
    found = cluster_robust(y, design, codes, kind="CR2")
    return None if isinstance(found, Refusal) else float(found.p_value[1])


def _p_of_sums(
    sums: FloatArray, sizes: FloatArray, arm: FloatArray, test: str, seed: int
) -> float | None:
    """P value of a case-level arm, from the sums of the clusters alone."""
    xx = np.empty((len(sums), 2, 2))
    xx[:, 0, 0], xx[:, 0, 1], xx[:, 1, 0], xx[:, 1, 1] = sizes, *(3 * [sizes * arm])
    products = ClusterProducts(
        xx=xx, xy=np.column_stack([sums, sums * arm]), n_rows=int(sizes.sum())
    )
    problem = linear_problem(products, column=1, n_draws=999, seed=seed)
    if not isinstance(problem, LinearProblem):
        return None
    if test == "wild":
        return examine_null(problem, null=0.0).p_value
    rows, clusters = products.n_rows, len(sums)
    to_cr1 = math.sqrt((rows - 2) / (rows - 1))
    return t_two_sided(problem.estimate / (problem.std_error * to_cr1), clusters - 1.0)
