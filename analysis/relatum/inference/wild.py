"""Restricted wild cluster bootstrap-t for means, differences and coefficients, with intervals.

The null is imposed, residuals of whole clusters change sign together, and the statistic is
studentised with the clustered error. With up to 14 clusters all sign vectors are used, so
nothing is random.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from relatum.inference.common import Refusal, as_vector, check_conf_level
from relatum.inference.products import check_regression, cluster_products
from relatum.inference.wild_core import (
    MAX_ENUMERATED,
    WHAT,
    WildResult,
    linear_problem,
    solve_problem,
)

__all__ = ["wild_coefficient", "wild_difference", "wild_mean"]


def wild_coefficient(
    outcome: npt.ArrayLike,
    design: npt.ArrayLike,
    cluster: npt.ArrayLike,
    *,
    column: int,
    null: float = 0.0,
    weights: npt.ArrayLike | None = None,
    conf_level: float = 0.95,
    n_draws: int = 9_999,
    seed: int = 1,
    max_enumerated: int = MAX_ENUMERATED,
    support: tuple[float, float] = (-math.inf, math.inf),
) -> WildResult | Refusal:
    """Test and interval for one coefficient of a linear model.

    Parameters
    ----------
    outcome : array_like, shape (n_rows,)
        0/1 gives a linear probability model.
    design : array_like, shape (n_rows, k)
        The whole design matrix, constant included.
    cluster : array_like, shape (n_rows,)
    column : int
        The coefficient.
    null : float
        The value that the p value tests.
    weights : array_like, shape (n_rows,), optional
    conf_level : float
    n_draws, seed : int
        Random sign vectors, used only with more than `max_enumerated` clusters.
    max_enumerated : int
        Up to this number of clusters all 2^G sign vectors are used.
    support : tuple of float
        The limits are cut to it.

    Returns
    -------
    WildResult or Refusal
        A refusal for one cluster, a constant outcome, collinear columns, weights that are not
        finite, or residuals that add up to zero in every cluster.

    Raises
    ------
    ValueError
        For lengths that differ, an unknown column or a wrong level.

    Notes
    -----
    Restricted wild cluster bootstrap-t (Cameron, Gelbach and Miller 2008,
    doi:10.1162/rest.90.3.414; fast form of Roodman, MacKinnon, Nielsen and Webb 2019,
    doi:10.1177/1536867X19830877). The p value counts ties, so that under full enumeration it is
    a valid permutation-type p; R's fwildclusterboot counts only larger values and is 2 / 2^G
    smaller. Limits are exact jump points of p. Assumes independent clusters; with fewer than
    about six the smallest p is too large to be of use.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> cluster = np.repeat(np.arange(10), 5)
    >>> x = np.column_stack([np.ones(50), rng.normal(size=50)])
    >>> y = x[:, 1] + rng.normal(size=10)[cluster] + rng.normal(size=50)
    >>> found = wild_coefficient(y, x, cluster, column=1)
    >>> found.n_draws, found.conf_low < found.estimate < found.conf_high
    (1024, True)
    """
    check_conf_level(conf_level)
    data = check_regression(outcome, design, cluster, weights=weights, what=WHAT)
    if isinstance(data, Refusal):
        return data
    if not 0 <= column < data.design.shape[1]:
        raise ValueError(f"column must lie in 0 to {data.design.shape[1] - 1}, not {column}.")
    problem = linear_problem(
        cluster_products(data),
        column=column,
        n_draws=n_draws,
        seed=seed,
        max_enumerated=max_enumerated,
    )
    if isinstance(problem, Refusal):
        return problem
    return solve_problem(problem, null=null, conf_level=conf_level, support=support)


def wild_mean(
    outcome: npt.ArrayLike,
    cluster: npt.ArrayLike,
    *,
    null: float = 0.0,
    weights: npt.ArrayLike | None = None,
    conf_level: float = 0.95,
    n_draws: int = 9_999,
    seed: int = 1,
    support: tuple[float, float] = (-math.inf, math.inf),
) -> WildResult | Refusal:
    """Test and interval for a mean of rows in clusters.

    Parameters
    ----------
    outcome : array_like, shape (n_rows,)
    cluster : array_like, shape (n_rows,)
    null, weights, conf_level, n_draws, seed, support
        As in `wild_coefficient`.

    Returns
    -------
    WildResult or Refusal

    Examples
    --------
    >>> y = [1, 1, 0, 1, 0, 0, 1, 0, 1, 1, 1, 0]
    >>> found = wild_mean(y, np.repeat(np.arange(6), 2), support=(0, 1))
    >>> round(found.estimate, 3)
    0.583
    """
    y = as_vector(outcome, name="outcome")
    return wild_coefficient(
        y,
        np.ones((len(y), 1)),
        cluster,
        column=0,
        null=null,
        weights=weights,
        conf_level=conf_level,
        n_draws=n_draws,
        seed=seed,
        support=support,
    )


def wild_difference(
    outcome: npt.ArrayLike,
    group: npt.ArrayLike,
    cluster: npt.ArrayLike,
    *,
    null: float = 0.0,
    weights: npt.ArrayLike | None = None,
    conf_level: float = 0.95,
    n_draws: int = 9_999,
    seed: int = 1,
    support: tuple[float, float] = (-math.inf, math.inf),
) -> WildResult | Refusal:
    """Test and interval for the difference of two means (group 1 less group 0).

    Parameters
    ----------
    outcome : array_like, shape (n_rows,)
    group : array_like of 0 and 1, shape (n_rows,)
        May vary between or within clusters.
    cluster : array_like, shape (n_rows,)
    null, weights, conf_level, n_draws, seed, support
        As in `wild_coefficient`.

    Returns
    -------
    WildResult or Refusal

    Examples
    --------
    >>> y = np.array([1, 1, 0, 1, 0, 0, 1, 0, 1, 1, 1, 0])
    >>> found = wild_difference(y, np.tile([0, 1], 6), np.repeat(np.arange(6), 2))
    >>> round(found.estimate, 3)
    -0.167
    """
    arms = as_vector(group, name="group")
    if not np.isin(arms, (0.0, 1.0)).all():
        raise ValueError("group must hold 0 and 1 only.")
    return wild_coefficient(
        outcome,
        np.column_stack([np.ones(len(arms)), arms]),
        cluster,
        column=1,
        null=null,
        weights=weights,
        conf_level=conf_level,
        n_draws=n_draws,
        seed=seed,
        support=support,
    )
