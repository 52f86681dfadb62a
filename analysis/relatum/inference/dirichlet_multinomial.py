"""Dirichlet-multinomial model of shares of two or three states that differ between cases.

The shares of a random new investigation: every case counts alike, however many units it holds. With
two states it is the beta-binomial model of `betabinomial`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.common import FloatArray, Refusal, check_conf_level

__all__ = [
    "StateAverage",
    "StateAverages",
    "estimate_state_average",
    "estimate_state_averages",
    "log_likelihood",
]

_WHAT = "shares of states in a random case"
_MEAN_POINTS = 96
_OTHER_POINTS = 32
_DROP = 25.0
_ICC_A, _ICC_B = 1.0, 5.0
Edges = tuple[FloatArray, FloatArray, FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StateAverages:
    """Shares of the states in a random case.

    Attributes
    ----------
    estimate, conf_low, conf_high : ndarray, shape (k,)
        Posterior means, which add up to 1, and equal-tailed limits of each share.
    icc, icc_low, icc_high : float
        Posterior median and limits of the intra-case correlation.
    conf_level : float
    n_cases, n_rows : int
    """

    estimate: FloatArray
    conf_low: FloatArray
    conf_high: FloatArray
    icc: float
    icc_low: float
    icc_high: float
    conf_level: float
    n_cases: int
    n_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StateAverage:
    """The share of one state in a random case.

    Attributes
    ----------
    estimate, conf_low, conf_high : float
        Posterior mean and equal-tailed limits.
    icc, icc_low, icc_high : float
        Posterior median and limits of the intra-case correlation.
    """

    estimate: float
    conf_low: float
    conf_high: float
    icc: float
    icc_low: float
    icc_high: float


def estimate_state_averages(
    counts: npt.ArrayLike, *, conf_level: float = 0.95
) -> StateAverages | Refusal:
    """Estimate the share of each state in a random case, cases being allowed to differ.

    Parameters
    ----------
    counts : array_like of int, shape (n_cases, k)
        Units of each case in each of k states, k = 2 or 3; cases without units are left out.
    conf_level : float, default 0.95

    Returns
    -------
    StateAverages or Refusal
        A refusal with fewer than two cases.

    Raises
    ------
    ValueError
        For another number of states, or counts that are not whole numbers from 0.

    Notes
    -----
    The shares of case g are p_g ~ Dirichlet(mu s) with s = (1 - icc) / icc, its counts multinomial;
    mu ~ Dirichlet(1/2, ..., 1/2) and icc ~ Beta(1, 5), as in `betabinomial`. Mosimann 1962,
    doi:10.1093/biomet/49.1-2.65. The posterior of each share is summed on a grid whose cells are
    equally probable under the prior (the share, how the rest divides, and the correlation); the
    grid is narrowed to where the likelihood lives. Nothing is drawn at random.

    Examples
    --------
    >>> found = estimate_state_averages([[9, 4, 2], [7, 5, 1], [2, 1, 1], [1, 0, 0], [0, 2, 0]])
    >>> found.estimate.round(2), round(float(found.estimate.sum()), 6)
    (array([0.51, 0.35, 0.14]), 1.0)
    """
    check_conf_level(conf_level)
    held = _check_counts(counts)
    if isinstance(held, Refusal):
        return held
    parts = [_marginal(held, state, conf_level) for state in range(held.shape[1])]
    means = np.array([part.estimate for part in parts])
    return StateAverages(
        estimate=means / means.sum(),
        conf_low=np.array([part.conf_low for part in parts]),
        conf_high=np.array([part.conf_high for part in parts]),
        icc=float(np.mean([part.icc for part in parts])),
        icc_low=float(np.mean([part.icc_low for part in parts])),
        icc_high=float(np.mean([part.icc_high for part in parts])),
        conf_level=conf_level,
        n_cases=held.shape[0],
        n_rows=int(held.sum()),
    )


def estimate_state_average(
    counts: npt.ArrayLike, state: int, *, conf_level: float = 0.95
) -> StateAverage | Refusal:
    """Estimate the share of one state in a random case.

    Parameters
    ----------
    counts : array_like of int, shape (n_cases, k)
        As in `estimate_state_averages`.
    state : int
        Its column.
    conf_level : float, default 0.95

    Returns
    -------
    StateAverage or Refusal
        The same numbers as those of this state among all, in a fraction of the time.

    Raises
    ------
    ValueError
        As `estimate_state_averages`, and for a column that does not exist.

    Examples
    --------
    >>> found = estimate_state_average([[9, 4], [7, 5], [2, 1], [1, 0]], 0)
    >>> found.conf_low < found.estimate < found.conf_high
    True
    """
    check_conf_level(conf_level)
    held = _check_counts(counts)
    if isinstance(held, Refusal):
        return held
    if not 0 <= state < held.shape[1]:
        raise ValueError(f"state must be a column from 0 to {held.shape[1] - 1}.")
    return _marginal(held, state, conf_level)


def _check_counts(counts: npt.ArrayLike) -> FloatArray | Refusal:
    given = np.asarray(counts, dtype=np.float64)
    if given.ndim != 2 or given.shape[1] not in (2, 3):
        raise ValueError("counts must have a row per case and two or three columns.")
    if not np.isfinite(given).all() or (given < 0).any() or (given != np.floor(given)).any():
        raise ValueError("counts must be whole numbers from 0.")
    held: FloatArray = given[given.sum(axis=1) > 0]
    if len(held) == 0:
        return Refusal(_WHAT, "there is no row")
    if len(held) == 1:
        return Refusal(_WHAT, "there is one case")
    return held


def _marginal(counts: FloatArray, state: int, conf_level: float) -> StateAverage:
    """Sum the posterior of one share; the other states come in their order."""
    order = [state, *(other for other in range(counts.shape[1]) if other != state)]
    mine = counts[:, order]
    b = 0.5 * (mine.shape[1] - 1)
    edges, logs = _grid(mine, b)
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    share = weights.sum(axis=(1, 2))
    by_icc = weights.sum(axis=(0, 1))
    tail = (1 - conf_level) / 2

    def of_share(level: float) -> float:
        return float(special.betaincinv(0.5, b, _quantile(edges[0], share, level)))

    def of_icc(level: float) -> float:
        return float(special.betaincinv(_ICC_A, _ICC_B, _quantile(edges[2], by_icc, level)))

    return StateAverage(
        estimate=float(share @ special.betaincinv(0.5, b, _middle(edges[0]))),
        conf_low=of_share(tail),
        conf_high=of_share(1 - tail),
        icc=of_icc(0.5),
        icc_low=of_icc(tail),
        icc_high=of_icc(1 - tail),
    )


def _grid(counts: FloatArray, b: float) -> tuple[Edges, FloatArray]:
    """Narrow the grid until it fits the region where the likelihood lives."""
    n_other = _OTHER_POINTS if counts.shape[1] == 3 else 1
    box = np.tile([0.0, 1.0], (3, 1))
    for _ in range(40):
        edges = (
            np.linspace(box[0, 0], box[0, 1], _MEAN_POINTS + 1),
            np.linspace(box[1, 0], box[1, 1], n_other + 1),
            np.linspace(box[2, 0], box[2, 1], _OTHER_POINTS + 1),
        )
        logs = _evaluate(counts, edges, b)
        narrower = _narrow(logs, edges)
        shrunk = (narrower[:, 1] - narrower[:, 0]) / (box[:, 1] - box[:, 0])
        if (shrunk > 0.6).all():
            break
        box = narrower
    return edges, logs


def _evaluate(counts: FloatArray, edges: Edges, b: float) -> FloatArray:
    share = np.clip(special.betaincinv(0.5, b, _middle(edges[0])), 1e-12, 1 - 1e-12)
    icc = np.clip(special.betaincinv(_ICC_A, _ICC_B, _middle(edges[2])), 1e-7, 1 - 1e-12)
    first, total = share[:, None, None], icc[None, None, :]
    if counts.shape[1] == 2:
        return log_likelihood(counts, (first, 1 - first), total)
    split = np.clip(special.betaincinv(0.5, 0.5, _middle(edges[1])), 1e-12, 1 - 1e-12)
    second = (1 - first) * split[None, :, None]
    return log_likelihood(counts, (first, second, (1 - first) * (1 - split[None, :, None])), total)


def log_likelihood(
    counts: FloatArray, shares: tuple[FloatArray, ...], icc: FloatArray
) -> FloatArray:
    """Return the log likelihood without multinomial coefficients.

    Parameters
    ----------
    counts : ndarray, shape (n_cases, k)
    shares : tuple of k ndarray
        Broadcast against each other and `icc`; they add up to 1.
    icc : ndarray
        Strictly between 0 and 1.

    Notes
    -----
    ``sum_g [sum_k sum_{j < n_gk} log(mu_k s + j)] - sum_{j < n_g} log(s + j)``: rising factorials,
    each factor taken once for all cases that reach it.

    Examples
    --------
    >>> log_likelihood(np.array([[1.0, 0.0]]), (np.array(0.25), np.array(0.75)), np.array(0.5))
    array(-1.38629436)
    """
    precision = (1 - icc) / icc
    shape = np.broadcast_shapes(*(share.shape for share in shares), precision.shape)
    total = np.zeros(shape)
    for at, share in enumerate(shares):
        total += _rise(share * precision, counts[:, at])
    return np.asarray(total - _rise(precision, counts.sum(axis=1)))


def _rise(base: FloatArray, counts: FloatArray) -> FloatArray:
    found = np.zeros(base.shape)
    for step in range(int(counts.max(initial=0))):
        found += (counts > step).sum() * np.log(base + step)
    return found


def _middle(edges: FloatArray) -> FloatArray:
    middle: FloatArray = 0.5 * (edges[1:] + edges[:-1])
    return middle


def _narrow(logs: FloatArray, edges: Edges) -> FloatArray:
    """Return the box outside which the likelihood is lower than its maximum by a factor e^-25."""
    alive = logs > logs.max() - _DROP
    limits = []
    for axis, own in enumerate(edges):
        cells = np.flatnonzero(alive.any(axis=tuple(other for other in range(3) if other != axis)))
        low, high = max(0, int(cells[0]) - 1), min(own.size - 1, int(cells[-1]) + 2)
        limits.append((float(own[low]), float(own[high])))
    return np.array(limits)


def _quantile(edges: FloatArray, weights: FloatArray, probability: float) -> float:
    mass = np.concatenate(([0.0], np.cumsum(weights)))
    return float(np.interp(probability, mass, edges))
