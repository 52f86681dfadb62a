"""The likelihood of latent classes, and its maximum by EM from many starts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relatum.inference.common import FloatArray, IntArray

__all__ = [
    "MISSING",
    "Mixture",
    "Patterns",
    "collect_patterns",
    "count_parameters",
    "draw_patterns",
    "log_joint",
    "maximise_likelihood",
    "polish_mixture",
    "row_densities",
    "start_seeds",
]

#: What stands for a missing answer.
MISSING = -1
_FLOOR = 1e-15
#: The most steps of a start; the gain at which the best of them ends, and its most steps.
_STEPS = 2_000
_TIGHT, _TIGHT_STEPS = 1e-11, 100_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Patterns:
    """Answers, with equal rows collapsed.

    Attributes
    ----------
    codes : ndarray of int, shape (n_patterns, n_items)
        Levels from 0; -1 is missing.
    weights : ndarray, shape (n_patterns,)
        Rows with the pattern.
    inverse : ndarray of int, shape (n_rows,)
        The pattern of each row.
    levels : tuple of int, length n_items
        Levels of each item.
    indicators : ndarray, shape (n_patterns, n_levels)
        One column per level of every item; zero where the answer is missing.
    """

    codes: IntArray
    weights: FloatArray
    inverse: IntArray
    levels: tuple[int, ...]
    indicators: FloatArray

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.inverse)

    @property
    def complete(self) -> bool:
        """Whether no answer is missing."""
        return bool((self.codes != MISSING).all())

    @property
    def starts(self) -> IntArray:
        """The first column of every item."""
        return np.concatenate([[0], np.cumsum(self.levels)[:-1]]).astype(np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mixture:
    """The parameters of latent classes.

    Attributes
    ----------
    log_likelihood : float
    shares : ndarray, shape (n_classes,)
        Sorted from the largest.
    probabilities : ndarray, shape (n_classes, n_levels)
        Of every level of every item, given the class.
    reached : ndarray, shape (n_starts,)
        Log-likelihood of every start.
    """

    log_likelihood: float
    shares: FloatArray
    probabilities: FloatArray
    reached: FloatArray


def collect_patterns(data: ArrayLike, *, levels: tuple[int, ...] = ()) -> Patterns:
    """Collapse equal rows.

    Parameters
    ----------
    data : array_like of int, shape (n_rows, n_items)
        Levels from 0; -1 is missing.
    levels : tuple of int, optional
        Levels of each item; one more than the largest that occurs by default.

    Raises
    ------
    ValueError
        If the data are no matrix of such whole numbers.

    Examples
    --------
    >>> collect_patterns([[0, 1], [0, 1], [1, -1]]).weights.tolist()
    [2.0, 1.0]
    """
    raw = np.asarray(data)
    if raw.ndim != 2 or raw.shape[1] == 0:
        raise ValueError(f"data must be a matrix with one column per item, not {raw.shape}.")
    answers = raw.astype(np.int64)
    if (answers != raw).any() or (answers < MISSING).any():
        raise ValueError("data must hold whole numbers from 0, and -1 where missing.")
    largest = answers.max(axis=0, initial=0) + 1
    if levels and (len(levels) != len(largest) or (largest > np.array(levels)).any()):
        raise ValueError(f"levels {levels} do not fit data with {tuple(largest.tolist())}.")
    codes, inverse, counts = np.unique(answers, axis=0, return_inverse=True, return_counts=True)
    held = levels or tuple(int(count) for count in largest)
    return Patterns(
        codes=codes,
        weights=counts.astype(np.float64),
        inverse=inverse.reshape(-1).astype(np.int64),
        levels=held,
        indicators=_indicators(codes, held),
    )


def _indicators(codes: IntArray, levels: tuple[int, ...]) -> FloatArray:
    columns = [
        (codes[:, [at]] == np.arange(count)[None, :]).astype(np.float64)
        for at, count in enumerate(levels)
    ]
    return np.concatenate(columns, axis=1)


def count_parameters(levels: tuple[int, ...], n_classes: int) -> int:
    """Count free parameters: shares, and probabilities within each class.

    Examples
    --------
    >>> count_parameters((2,) * 7, 2)
    15
    """
    return n_classes - 1 + n_classes * sum(count - 1 for count in levels)


def start_seeds(seed: int, starts: int) -> list[int]:
    """Give every start a seed of its own, however many there are.

    Examples
    --------
    >>> start_seeds(1, 5)[:2] == start_seeds(1, 2)
    True
    """
    return [int(np.random.SeedSequence([seed, at]).generate_state(1)[0]) for at in range(starts)]


def log_joint(indicators: FloatArray, shares: FloatArray, probabilities: FloatArray) -> FloatArray:
    """Log of share times likelihood, per pattern and class.

    Parameters
    ----------
    indicators : ndarray, shape (n_patterns, n_levels)
    shares : ndarray, shape (n_classes,)
    probabilities : ndarray, shape (n_classes, n_levels)

    Returns
    -------
    ndarray, shape (n_classes, n_patterns)
        A missing answer contributes nothing (full information maximum likelihood).
    """
    found: FloatArray = np.log(np.maximum(probabilities, _FLOOR)) @ indicators.T
    return found + np.log(np.maximum(shares, _FLOOR))[:, None]


def row_densities(joint: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Log density of each pattern, and its posterior class probabilities.

    Parameters
    ----------
    joint : ndarray, shape (n_classes, n_patterns)
        From `log_joint`.

    Returns
    -------
    density : ndarray, shape (n_patterns,)
    posterior : ndarray, shape (n_classes, n_patterns)
    """
    peak = joint.max(axis=0)
    scaled = np.exp(joint - peak)
    total = scaled.sum(axis=0)
    return np.log(total) + peak, scaled / total


def maximise_likelihood(
    patterns: Patterns, *, n_classes: int, starts: int = 10, seed: int = 0, gain: float = 1e-7
) -> Mixture:
    """Maximise the likelihood by EM from random starts.

    Parameters
    ----------
    patterns : Patterns
    n_classes, starts : int
    seed : int
        Every start draws its probabilities evenly, with a seed of its own.
    gain : float
        A start ends when a step gains less, or after 2,000 steps.

    Returns
    -------
    Mixture
        The best of the starts, classes sorted by share.

    Notes
    -----
    Even starts lie far apart: starts that all lie near the centre can miss the maximum together.

    Examples
    --------
    >>> found = maximise_likelihood(collect_patterns([[0, 0], [1, 1]] * 20), n_classes=2)
    >>> round(found.log_likelihood, 4), found.shares.round(4).tolist()
    (-27.7259, [0.5, 0.5])
    """
    seeds = start_seeds(seed, starts if n_classes > 1 else 1)
    found = [
        _climb(patterns, _random_start(patterns, n_classes, at), (gain, _STEPS)) for at in seeds
    ]
    reached = np.array([fit.log_likelihood for fit in found])
    return replace(found[int(np.argmax(reached))], reached=reached)


def polish_mixture(patterns: Patterns, found: Mixture) -> Mixture:
    """Continue EM from a fit until a step gains less than 1e-11.

    Parameters
    ----------
    patterns : Patterns
    found : Mixture
        From `maximise_likelihood`.

    Returns
    -------
    Mixture
        With the `reached` of what was found.
    """
    best = _climb(patterns, (found.shares, found.probabilities), (_TIGHT, _TIGHT_STEPS))
    return replace(best, reached=found.reached)


def _climb(
    patterns: Patterns, start: tuple[FloatArray, FloatArray], stop: tuple[float, int]
) -> Mixture:
    from relatum.inference.latent_class_kernels import climb

    shares, probabilities = start[0].copy(), start[1].copy()
    edges = np.append(patterns.starts, sum(patterns.levels))
    columns = np.where(patterns.codes < 0, -1, patterns.codes + patterns.starts)
    reached = climb(columns, patterns.weights, edges, (shares, probabilities), stop)
    order = np.argsort(-shares, kind="stable")
    return Mixture(
        log_likelihood=float(reached),
        shares=shares[order],
        probabilities=probabilities[order],
        reached=np.array([reached]),
    )


def _random_start(patterns: Patterns, n_classes: int, seed: int) -> tuple[FloatArray, FloatArray]:
    size = (n_classes, sum(patterns.levels))
    raw = np.random.default_rng(seed).exponential(size=size)
    totals = np.repeat(np.add.reduceat(raw, patterns.starts, axis=1), patterns.levels, axis=1)
    return np.full(n_classes, 1.0 / n_classes), raw / totals


def draw_patterns(
    probabilities: FloatArray, observed: NDArray[np.bool_], rng: np.random.Generator
) -> IntArray:
    """Draw answers of rows.

    Parameters
    ----------
    probabilities : ndarray, shape (n_rows, n_items, most_levels)
        Probabilities of the levels, zero beyond the levels of an item.
    observed : ndarray of bool, shape (n_rows, n_items)
        Where an answer is drawn; elsewhere it is missing.
    rng : Generator

    Returns
    -------
    ndarray of int, shape (n_rows, n_items)
    """
    below = np.cumsum(probabilities, axis=2)[:, :, :-1]
    drawn = (rng.random(observed.shape)[:, :, None] >= below).sum(axis=2)
    return np.where(observed, drawn, MISSING).astype(np.int64)
