"""Probabilistic co-occurrence of all pairs of codes: exact tails, for large files too.

Units are taken as alike: their cases and the depth of their documentation are ignored.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from relatum.inference.common import FloatArray, IntArray, Refusal
from relatum.inference.joint_counts import JointCounts
from relatum.inference.pair_bounds import associations

__all__ = ["PairProbabilities", "hypergeometric_tails", "pair_probabilities"]

_HALF_LOG_TWO_PI = 0.9189385332046727
_SMALL = 16
_NEGLIGIBLE = 1e-18


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairProbabilities:
    """Joint counts of all pairs beside what independent codes would give.

    Arrays have the shape (n_pairs,), in the order of ``np.triu_indices(n_codes, 1)``.

    Attributes
    ----------
    first, second : ndarray of int
        Positions of the two codes.
    n_units : int
    n_first, n_second, observed : ndarray of int
        Units with either code, and with both.
    expected : ndarray
        Mean joint count.
    p_at_most, p_at_least : ndarray
        Probability of at most, and of at least, the observed joint count; both include it.
    p_equal : ndarray
        Probability of the observed joint count.
    effect : ndarray
        Observed minus expected, as a share of the units.
    phi, jaccard, lift : ndarray
        Where an empty margin leaves one undefined: 0, 0 and 1. See `varies`.
    varies : ndarray of bool
        Both codes are in some units and not in others; else the tails are 1 and say nothing.
    """

    first: IntArray
    second: IntArray
    n_units: int
    n_first: IntArray
    n_second: IntArray
    observed: IntArray
    expected: FloatArray
    p_at_most: FloatArray
    p_at_least: FloatArray
    p_equal: FloatArray
    effect: FloatArray
    phi: FloatArray
    jaccard: FloatArray
    lift: FloatArray
    varies: np.ndarray[tuple[int], np.dtype[np.bool_]]


def pair_probabilities(counts: JointCounts) -> PairProbabilities | Refusal:
    """Probability of every joint count if the codes were spread over units independently.

    Parameters
    ----------
    counts : JointCounts
        From `relatum.inference.joint_counts.count_joint`.

    Returns
    -------
    PairProbabilities or Refusal
        A refusal for fewer than two codes, or no unit.

    Notes
    -----
    The probabilistic model of Veech 2013, doi:10.1111/j.1466-8238.2012.00789.x: given the totals
    of two codes, the joint count is hypergeometric. Its tails are those of Fisher's one-sided
    tests, and its premise, that every unit could have held either code equally, is wrong where
    cases or the depth of documentation differ.

    Examples
    --------
    >>> from relatum.inference.joint_counts import count_joint
    >>> found = pair_probabilities(count_joint([[1, 1]] * 3 + [[1, 0], [0, 1]] + [[0, 0]] * 3))
    >>> found.expected, found.p_at_least.round(4), found.effect
    (array([2.]), array([0.2429]), array([0.125]))
    """
    if len(counts.counts) < 2:
        return Refusal("probabilistic co-occurrence", "there are fewer than two codes")
    if counts.n_units == 0:
        return Refusal("probabilistic co-occurrence", "there is no unit")
    first, second = np.triu_indices(len(counts.counts), 1)
    totals, n = counts.totals, counts.n_units
    n_first, n_second, observed, tables = totals[first], totals[second], counts.joint, counts.tables
    at_most, at_least, equal = hypergeometric_tails(observed, n_first, n_second, n_units=n)
    expected = n_first * n_second / n
    varied = (totals > 0) & (totals < n)
    return PairProbabilities(
        first=first,
        second=second,
        n_units=n,
        n_first=n_first,
        n_second=n_second,
        observed=observed,
        expected=expected,
        p_at_most=at_most,
        p_at_least=at_least,
        p_equal=equal,
        effect=(observed - expected) / n,
        phi=associations(tables, measure="phi", undefined=0.0),
        jaccard=associations(tables, measure="jaccard", undefined=0.0),
        lift=associations(tables, measure="lift", undefined=1.0),
        varies=varied[first] & varied[second],
    )


def hypergeometric_tails(
    observed: IntArray, n_first: IntArray, n_second: IntArray, *, n_units: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Tail probabilities of many hypergeometric joint counts.

    Parameters
    ----------
    observed, n_first, n_second : ndarray of int, shape (n_pairs,)
    n_units : int

    Returns
    -------
    p_at_most, p_at_least, p_equal : ndarray, shape (n_pairs,)
        The first two include the observed count.

    Notes
    -----
    The probability of the observed count by the saddle-point form of Loader (as in R), the tail
    away from the mode by ratios of neighbours, and the other tail as the rest.

    Examples
    --------
    >>> one = np.array([3]), np.array([4]), np.array([4])
    >>> [float(p[0].round(4)) for p in hypergeometric_tails(*one, n_units=8)]
    [0.9857, 0.2429, 0.2286]
    """
    equal = _point_probability(observed, n_first, n_second, n_units)
    j, a, b = (x.astype(np.float64) for x in (observed, n_first, n_second))
    rest = n_units - a - b
    upwards = (a - j) * (b - j) <= (j + 1) * (rest + j + 1)
    step = np.where(upwards, 1.0, -1.0)
    total, term, here = np.ones_like(j), np.ones_like(j), j.copy()
    while (term > _NEGLIGIBLE * total).any():
        top = np.where(upwards, (a - here) * (b - here), here * (rest + here))
        there = here + step
        bottom = np.where(upwards, there * (rest + there), (a - there) * (b - there))
        term = np.divide(term * top, bottom, out=np.zeros_like(term), where=top > 0)
        total += term
        here = there
    away = np.minimum(equal * total, 1.0)
    towards = np.clip(1.0 - away + equal, equal, 1.0)
    return np.where(upwards, towards, away), np.where(upwards, away, towards), equal


def _point_probability(
    observed: IntArray, n_first: IntArray, n_second: IntArray, n_units: int
) -> FloatArray:
    """Hypergeometric probability as a ratio of binomial ones, which lose no digits."""
    j, a, b = (x.astype(np.float64) for x in (observed, n_first, n_second))
    share = b / n_units
    logs = _log_binomial(j, a, share) + _log_binomial(b - j, n_units - a, share)
    probability: FloatArray = np.exp(logs - _log_binomial(b, np.full_like(b, n_units), share))
    return np.minimum(probability, 1.0)


def _log_binomial(x: FloatArray, n: FloatArray, share: FloatArray) -> FloatArray:
    """Log probability of x successes in n, by Loader's expansion away from the ends."""
    inside = (x > 0) & (x < n)
    xs, ns = np.where(inside, x, 1.0), np.where(inside, n, 2.0)
    p = np.where(inside, share, 0.5)
    logs = _stirling_error(ns) - _stirling_error(xs) - _stirling_error(ns - xs)
    logs -= _deviance(xs, ns * p) + _deviance(ns - xs, ns * (1 - p))
    logs -= _HALF_LOG_TWO_PI + 0.5 * (np.log(xs) + np.log1p(-xs / ns))
    ends = special.xlogy(x, share) + special.xlog1py(n - x, -share)
    return np.where(inside, logs, ends)


def _deviance(x: FloatArray, mean: FloatArray) -> FloatArray:
    distance = x - mean
    found: FloatArray = x * np.log1p(distance / mean) - distance
    return found


def _stirling_error(n: FloatArray) -> FloatArray:
    """Log factorial minus Stirling's formula."""
    small = n < _SMALL
    low = np.where(small, n, 1.0)
    direct = special.gammaln(low + 1) - (low + 0.5) * np.log(low) + low - _HALF_LOG_TWO_PI
    big = np.where(small, _SMALL, n)
    square = big * big
    terms = 1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square
    series = (1 / 12 - (1 / 360 - terms / square) / square) / big
    return np.where(small, direct, series)
