"""Networks of binary items: Ising models by node-wise logistic regressions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relatum.inference.clusters import index_clusters
from relatum.inference.common import FloatArray, Refusal
from relatum.inference.lasso import lasso_path, polish_lasso

__all__ = [
    "EdgeStability",
    "IsingNetwork",
    "NodewiseLogistic",
    "Rule",
    "edge_stability",
    "fit_ising",
    "nodewise_logistic",
]

Rule = Literal["and", "or"]
RULES: tuple[Rule, ...] = ("and", "or")
_WHAT = "network of items"
_SHORT, _LONG = 1e-2, 1e-4
_MIN_COUNT = 2
_NEWTON, _GRADIENT, _SEPARATED = 100, 1e-12, 1e3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IsingNetwork:
    """A sparse network of binary items.

    Attributes
    ----------
    weights : ndarray, shape (n_items, n_items)
        Symmetric; conditional log odds ratios, shrunk; 0 where there is no edge.
    directed : ndarray, shape (n_items, n_items)
        Row i holds the coefficients of the regression of item i.
    thresholds : ndarray, shape (n_items,)
        Intercepts of the regressions.
    penalties : ndarray, shape (n_items,)
        The penalty chosen for each regression.
    gamma : float
    rule : {"and", "or"}
    n_rows : int
    """

    weights: FloatArray
    directed: FloatArray
    thresholds: FloatArray
    penalties: FloatArray
    gamma: float
    rule: Rule
    n_rows: int

    @property
    def n_edges(self) -> int:
        """Number of edges."""
        return int(np.count_nonzero(np.triu(self.weights, 1)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NodewiseLogistic:
    """Logistic regressions of every item on all others, without penalty.

    Attributes
    ----------
    coefficients, std_errors : ndarray, shape (n_items, n_items)
        Row i holds the regression of item i; 0 on the diagonal.
    thresholds, threshold_errors : ndarray, shape (n_items,)
        Intercepts and their errors, from rows taken as independent.
    n_rows : int
    """

    coefficients: FloatArray
    std_errors: FloatArray
    thresholds: FloatArray
    threshold_errors: FloatArray
    n_rows: int

    @property
    def weights(self) -> FloatArray:
        """Means of the two directions."""
        found: FloatArray = (self.coefficients + self.coefficients.T) / 2.0
        return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EdgeStability:
    """How often each edge is found when the cases are others.

    Attributes
    ----------
    network : IsingNetwork
        The network of the data.
    selected : ndarray, shape (n_items, n_items)
        Share of the resamples in which the edge is found, of either sign.
    same_sign : ndarray, shape (n_items, n_items)
        Share in which it is found with the sign it has in the data; 0 where the data have none.
    n_draws, n_cases : int
    """

    network: IsingNetwork
    selected: FloatArray
    same_sign: FloatArray
    n_draws: int
    n_cases: int


def fit_ising(
    data: ArrayLike, *, gamma: float = 0.25, rule: Rule = "and"
) -> IsingNetwork | Refusal:
    """Select the edges between binary items by penalised regressions (eLasso).

    Parameters
    ----------
    data : array_like of 0 and 1, shape (n_rows, n_items)
    gamma : float
        Weight of the number of possible neighbours in the criterion; 0 gives the BIC.
    rule : {"and", "or"}
        Whether an edge needs both regressions, or one of them. A weight is the mean of the two
        coefficients.

    Returns
    -------
    IsingNetwork or Refusal
        Refused for fewer than three items, and where a value of an item occurs fewer than twice.

    Raises
    ------
    ValueError
        For data that are not 0 and 1, an unknown rule, or a negative `gamma`.

    Notes
    -----
    Every item is regressed on the others along 100 penalties, as in glmnet (Friedman, Hastie and
    Tibshirani 2010, doi:10.18637/jss.v033.i01): standardised predictors, free intercept, penalties
    falling evenly in logs from the smallest that leaves none, to its 1e-4 (its 1e-2 with fewer
    rows than predictors). The penalty with the smallest -2 log L + J log n + 2 gamma J log(k - 1)
    is kept, J its predictors (van Borkulo et al. 2014, doi:10.1038/srep05918). Rows are taken as
    independent, and an uneven depth of documentation makes edges: no inference rests on this.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> a, c = rng.integers(0, 2, (2, 300))
    >>> b = np.where(rng.random(300) < 0.8, a, 1 - a)
    >>> found = fit_ising(np.column_stack([a, b, c]))
    >>> found.n_edges, bool(found.weights[0, 1] > 1)
    (1, True)
    """
    x = _binary(data)
    _check_choice(gamma, rule)
    if x.shape[1] < 3:
        return Refusal(_WHAT, "there are fewer than three items")
    thin = _thin_items(x, np.ones(len(x)))
    if thin.any():
        at = int(np.argmax(thin))
        return Refusal(_WHAT, f"a value of item {at + 1} occurs fewer than {_MIN_COUNT} times")
    rows, counts = _patterns(x)
    return _network(rows, counts, gamma, rule)


def edge_stability(
    data: ArrayLike,
    cluster: ArrayLike,
    *,
    gamma: float = 0.25,
    rule: Rule = "and",
    draws: int = 200,
    seed: int = 0,
) -> EdgeStability | Refusal:
    """Fit the network again on resampled cases, and count how often each edge is found.

    Parameters
    ----------
    data : array_like of 0 and 1, shape (n_rows, n_items)
    cluster : array_like, shape (n_rows,)
        The case of each row; whole cases are drawn with replacement.
    gamma : float
    rule : {"and", "or"}
    draws : int
    seed : int
        Every draw has a seed of its own.

    Returns
    -------
    EdgeStability or Refusal
        Refused as `fit_ising`, and for fewer than two cases.

    Raises
    ------
    ValueError
        As `fit_ising`; for lengths that differ, and no draw.

    Notes
    -----
    An item of which a value occurs fewer than twice in a resample has no edge there.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> a, c = rng.integers(0, 2, (2, 300))
    >>> b = np.where(rng.random(300) < 0.8, a, 1 - a)
    >>> found = edge_stability(np.column_stack([a, b, c]), np.arange(300) % 30, draws=20)
    >>> float(found.same_sign[0, 1])
    1.0
    """
    x = _binary(data)
    clusters = index_clusters(cluster)
    if clusters.n_rows != len(x) or draws < 1:
        raise ValueError(f"{clusters.n_rows} cases for {len(x)} rows, {draws} draws.")
    network = fit_ising(x, gamma=gamma, rule=rule)
    if isinstance(network, Refusal):
        return network
    if clusters.n_clusters < 2:
        return Refusal("stability of edges", "there is one case; two are needed")
    selected = np.zeros_like(network.weights)
    same = np.zeros_like(network.weights)
    for at in range(draws):
        rng = np.random.default_rng([seed, at])
        drawn = rng.integers(clusters.n_clusters, size=clusters.n_clusters)
        times = np.bincount(drawn, minlength=clusters.n_clusters)[clusters.codes].astype(float)
        weights = _resampled(x[times > 0], times[times > 0], gamma, rule)
        selected += weights != 0
        same += (weights != 0) & (np.sign(weights) == np.sign(network.weights))
    return EdgeStability(
        network=network,
        selected=selected / draws,
        same_sign=same / draws,
        n_draws=draws,
        n_cases=clusters.n_clusters,
    )


def nodewise_logistic(data: ArrayLike) -> NodewiseLogistic | Refusal:
    """Regress every item on all others, without a penalty.

    Parameters
    ----------
    data : array_like of 0 and 1, shape (n_rows, n_items)

    Returns
    -------
    NodewiseLogistic or Refusal
        Refused for fewer than two items, and where the others separate the values of an item.

    Raises
    ------
    ValueError
        For data that are not 0 and 1.

    Notes
    -----
    Maximum likelihood by Newton steps; errors from the observed information. Rows are taken as
    independent.

    Examples
    --------
    >>> data = [[0, 0]] * 6 + [[0, 1]] * 2 + [[1, 0]] * 3 + [[1, 1]] * 4
    >>> found = nodewise_logistic(data)
    >>> round(float(np.exp(found.weights[0, 1])), 4)
    4.0
    """
    x = _binary(data)
    n_items = x.shape[1]
    if n_items < 2:
        return Refusal(_WHAT, "there are fewer than two items")
    rows, counts = _patterns(x)
    coefficients, errors = np.zeros((2, n_items, n_items))
    thresholds, threshold_errors = np.zeros((2, n_items))
    for at in range(n_items):
        others = np.arange(n_items) != at
        found = _logistic(rows[:, others], rows[:, at], counts)
        if found is None:
            return Refusal(_WHAT, f"the other items separate the values of item {at + 1}")
        (thresholds[at], coefficients[at, others]) = found[0][0], found[0][1:]
        (threshold_errors[at], errors[at, others]) = found[1][0], found[1][1:]
    return NodewiseLogistic(
        coefficients=coefficients,
        std_errors=errors,
        thresholds=thresholds,
        threshold_errors=threshold_errors,
        n_rows=len(x),
    )


def _binary(data: ArrayLike) -> FloatArray:
    x = np.asarray(data, dtype=np.float64)
    if x.ndim != 2 or not np.isin(x, (0.0, 1.0)).all():
        raise ValueError("data must be a matrix of 0 and 1, one column per item.")
    return x


def _check_choice(gamma: float, rule: str) -> None:
    if rule not in RULES:
        raise ValueError(f"rule must be 'and' or 'or', not {rule!r}.")
    if not 0.0 <= gamma < np.inf:
        raise ValueError(f"gamma must be at least 0, not {gamma}.")


def _thin_items(x: FloatArray, times: FloatArray) -> NDArray[np.bool_]:
    present = times @ x
    thin: NDArray[np.bool_] = np.minimum(present, times.sum() - present) < _MIN_COUNT
    return thin


def _patterns(x: FloatArray, times: FloatArray | None = None) -> tuple[FloatArray, FloatArray]:
    """Collapse equal rows, and count them."""
    rows, inverse = np.unique(x, axis=0, return_inverse=True)
    counts = np.bincount(inverse.reshape(-1), weights=times, minlength=len(rows))
    return rows, counts.astype(np.float64)


def _resampled(x: FloatArray, times: FloatArray, gamma: float, rule: Rule) -> FloatArray:
    """Weights of the edges in a resample; 0 at items that hardly vary there."""
    kept = np.flatnonzero(~_thin_items(x, times))
    found = np.zeros((x.shape[1], x.shape[1]))
    if len(kept) >= 2:
        rows, counts = _patterns(x[:, kept], times)
        found[np.ix_(kept, kept)] = _network(rows, counts, gamma, rule).weights
    return found


def _network(rows: FloatArray, counts: FloatArray, gamma: float, rule: Rule) -> IsingNetwork:
    n_rows, n_items = counts.sum(), rows.shape[1]
    shares = counts / n_rows
    means = shares @ rows
    scales = np.sqrt(means * (1.0 - means))
    standard = (rows - means) / scales
    directed = np.zeros((n_items, n_items))
    thresholds, penalties = np.zeros((2, n_items))
    for at in range(n_items):
        others = np.flatnonzero(np.arange(n_items) != at)
        x = np.asfortranarray(np.column_stack([standard[:, others], np.ones(len(rows))]))
        penalties[at], best = _choose(x, rows[:, at].copy(), shares, (float(n_rows), gamma))
        slopes = best[:-1] / scales[others]
        directed[at, others] = slopes
        thresholds[at] = best[-1] - float(slopes @ means[others])
    both = directed * (directed.T != 0) if rule == "and" else directed
    return IsingNetwork(
        weights=(both + both.T) / 2.0,
        directed=directed,
        thresholds=thresholds,
        penalties=penalties,
        gamma=gamma,
        rule=rule,
        n_rows=int(n_rows),
    )


def _choose(
    x: FloatArray, y: FloatArray, shares: FloatArray, size: tuple[float, float]
) -> tuple[float, FloatArray]:
    """Return the penalty with the smallest criterion, and its coefficients."""
    n_rows, gamma = size
    n_predictors = x.shape[1] - 1
    ratio = _SHORT if n_rows < n_predictors else _LONG
    price = (np.log(n_rows) + 2.0 * gamma * np.log(n_predictors)) / n_rows
    path = lasso_path(x, y, weights=shares, ratio=ratio, price=price)
    best = int(np.argmin(-2.0 * path.values + path.sizes * price))
    return float(path.penalties[best]), polish_lasso(x, y, weights=shares, path=path, at=best)


def _logistic(
    x: FloatArray, y: FloatArray, counts: FloatArray
) -> tuple[FloatArray, FloatArray] | None:
    """Coefficients (intercept first) and errors; None where they do not exist."""
    design = np.column_stack([np.ones(len(x)), x])
    beta = np.zeros(design.shape[1])
    for _ in range(_NEWTON):
        chance = 1.0 / (1.0 + np.exp(-np.clip(design @ beta, -500.0, 500.0)))
        gradient = design.T @ (counts * (y - chance))
        information = (design * (counts * chance * (1.0 - chance))[:, None]).T @ design
        if np.linalg.cond(information) > 1.0 / np.finfo(float).eps:
            return None
        errors = np.sqrt(np.diag(np.linalg.inv(information)))
        if np.abs(gradient).max() < _GRADIENT * counts.sum():
            return None if errors.max() > _SEPARATED else (beta, errors)
        beta = beta + np.linalg.solve(information, gradient)
    return None
