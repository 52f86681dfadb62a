"""The wild cluster bootstrap of a proportion, and the recipe of the headline interval."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from relatum.inference.common import Interval, Refusal, as_vector, check_conf_level
from relatum.inference.intervals import korn_graubard_interval
from relatum.inference.products import ClusterProducts
from relatum.inference.wild_core import WHAT, WildResult, linear_problem, solve_problem

__all__ = ["clustered_proportion", "wild_proportion"]


def wild_proportion(
    counts: npt.ArrayLike,
    sizes: npt.ArrayLike,
    *,
    null: float = 0.5,
    conf_level: float = 0.95,
    n_draws: int = 9_999,
    seed: int = 1,
) -> WildResult | Refusal:
    """Test and interval for a proportion, from counts per cluster.

    Parameters
    ----------
    counts, sizes : array_like, shape (n_clusters,)
        Rows with the characteristic, and all rows, per cluster. Empty clusters are left out.
    null, conf_level, n_draws, seed
        As in `wild_coefficient`.

    Returns
    -------
    WildResult or Refusal
        A refusal at 0/n and n/n, where the bootstrap interval has no width: see
        `clustered_proportion`.

    Examples
    --------
    >>> found = wild_proportion([12, 9, 3, 2, 1, 2, 0, 1, 1, 0, 1, 0],
    ...                         [26, 22, 5, 5, 4, 3, 3, 1, 1, 1, 1, 1])
    >>> found.n_draws, found.interval.width < 0.5
    (4096, True)
    """
    check_conf_level(conf_level)
    n = as_vector(sizes, name="sizes")
    y = as_vector(counts, name="counts", length=len(n))
    if not (np.isfinite(n).all() and np.isfinite(y).all()):
        return Refusal(WHAT, "a count is not finite")
    if (y < 0).any() or (y > n).any():
        raise ValueError("counts must lie between 0 and the size of their cluster.")
    y, n = y[n > 0], n[n > 0]
    if len(n) < 2:
        return Refusal(WHAT, "there is no row" if len(n) == 0 else "there is one cluster")
    if y.sum() in (0.0, n.sum()):
        return Refusal(WHAT, "the outcome is the same in every row")
    products = ClusterProducts(xx=n[:, None, None], xy=y[:, None], n_rows=int(n.sum()))
    problem = linear_problem(products, column=0, n_draws=n_draws, seed=seed)
    if isinstance(problem, Refusal):
        return problem
    return solve_problem(problem, null=null, conf_level=conf_level, support=(0.0, 1.0))


def clustered_proportion(
    counts: npt.ArrayLike,
    sizes: npt.ArrayLike,
    *,
    conf_level: float = 0.95,
    boundary_icc: float = 0.0,
    n_draws: int = 9_999,
    seed: int = 1,
) -> Interval | Refusal:
    """Interval of a proportion by the recipe of the headline.

    Parameters
    ----------
    counts, sizes : array_like, shape (n_clusters,)
        Rows with the characteristic, and all rows, per cluster.
    conf_level : float
    boundary_icc : float
        Correlation to assume at 0/n and n/n; see `korn_graubard_interval`.
    n_draws, seed : int
        As in `wild_coefficient`.

    Returns
    -------
    Interval or Refusal
        The inverted wild bootstrap; where that has no width (0/n, n/n, or the same share in
        every cluster), Korn-Graubard. `method` says which.

    Examples
    --------
    >>> clustered_proportion([0, 0, 0], [5, 6, 7]).method
    'korn_graubard'
    """
    found = wild_proportion(counts, sizes, conf_level=conf_level, n_draws=n_draws, seed=seed)
    if isinstance(found, WildResult):
        return found.interval
    return korn_graubard_interval(counts, sizes, conf_level=conf_level, boundary_icc=boundary_icc)
