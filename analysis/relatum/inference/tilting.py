"""Conditional (exact) inference on one joint count, whatever its null distribution.

Margins are held fixed. A hypergeometric count, a sum over strata and a count of matrices with
fixed margins differ in their weights alone, so that one family serves all three.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize

from relatum.inference.common import (
    FloatArray,
    IntArray,
    Interval,
    Refusal,
    as_vector,
    check_conf_level,
)

__all__ = [
    "ExactPValues",
    "TiltedFamily",
    "tilted_family",
]

_SLACK = math.log1p(1e-7)
_LARGEST_LOG = 709.0
_WIDEST = 2.0**20


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactPValues:
    """Tail probabilities of one joint count under the null, by every usual convention.

    Attributes
    ----------
    less, greater : float
        Probability of at most, and of at least, the observed count.
    minlike : float
        Two-sided: all counts that are no likelier than the observed one (Fisher's test in R).
    central : float
        Two-sided: twice the smaller tail, at most 1. It agrees with the exact interval.
    mid_less, mid_greater : float
        Tails with half the probability of the observed count.
    mid_central : float
        Two-sided: twice the smaller mid-p tail, at most 1. It agrees with the mid-p interval.
    """

    less: float
    greater: float
    minlike: float
    central: float
    mid_less: float
    mid_greater: float
    mid_central: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TiltedFamily:
    """Distributions of a joint count with ``P(j)`` proportional to ``w_j * odds_ratio ** j``.

    Make one with `tilted_family`, which checks the weights.

    Attributes
    ----------
    support : ndarray of int, shape (n,)
        Joint counts that the margins allow, increasing; two at least.
    log_weights : ndarray, shape (n,)
        Logarithms of the null probabilities, up to a constant.

    Notes
    -----
    With odds ratio 1 this is the null distribution. For one 2 x 2 table it is Fisher's noncentral
    hypergeometric distribution; for strata the odds ratio is common to all. Equations are solved
    for the log odds ratio to 1e-13 or so. Exact limits: Cornfield 1956, after the idea of Clopper
    and Pearson 1934, doi:10.1093/biomet/26.4.404.

    Examples
    --------
    >>> from relatum.inference.count_nulls import hypergeometric_counts
    >>> family = tilted_family(*hypergeometric_counts(4, 4, 8))
    >>> round(family.odds_ratio(3), 6)
    6.40832
    >>> round(family.p_values(3).greater, 6)
    0.242857
    """

    support: IntArray
    log_weights: FloatArray

    def probabilities(self, odds_ratio: float = 1.0) -> FloatArray:
        """Probability of every count of the support.

        Parameters
        ----------
        odds_ratio : float
            Above 0 and finite; 1 is the null.

        Returns
        -------
        ndarray, shape (n,)

        Raises
        ------
        ValueError
            If the odds ratio is not above 0 and finite.
        """
        return np.exp(self.log_probabilities(_log_of(odds_ratio)))

    def log_probabilities(self, log_odds: float) -> FloatArray:
        """Logarithm of the probability of every count, at a log odds ratio."""
        # counted from the middle of the support, or a large log odds ratio would swamp the rest
        logs = self.log_weights + log_odds * (self.support - self.support[self.support.size // 2])
        found: FloatArray = logs - _log_sum(logs)
        return found

    def mean(self, odds_ratio: float = 1.0) -> float:
        """Mean of the joint count, a number of rows."""
        return float(self.probabilities(odds_ratio) @ self.support)

    def variance(self, odds_ratio: float = 1.0) -> float:
        """Variance of the joint count."""
        share = self.probabilities(odds_ratio)
        return float(share @ (self.support - share @ self.support) ** 2)

    def odds_ratio(self, observed: int) -> float:
        """Conditional maximum likelihood odds ratio: the one whose mean is the observed count.

        Parameters
        ----------
        observed : int
            A count of the support.

        Returns
        -------
        float
            0 at the smallest count of the support, infinite at the largest.

        Raises
        ------
        ValueError
            If the observed count is not in the support.
        """
        at = self._position(observed)
        if at == 0:
            return 0.0
        if at == self.support.size - 1:
            return math.inf
        distance = (self.support - observed).astype(np.float64)
        return _exp(self._expectation_root(distance, increasing=True))

    def interval(self, observed: int, *, conf_level: float = 0.95, mid_p: bool = False) -> Interval:
        """Conditional odds ratio with exact (central) or mid-p limits.

        Parameters
        ----------
        observed : int
        conf_level : float
            A one-sided limit at level c is the limit on that side at ``2 c - 1``.
        mid_p : bool
            Count half of the observed count's probability: shorter, and no longer never too short.

        Returns
        -------
        Interval
            Of the odds ratio; a limit is 0 or infinite when the count stands at an end.

        Raises
        ------
        ValueError
            If the observed count is not in the support, or for an impossible level.
        """
        tail = (1.0 - check_conf_level(conf_level)) / 2.0
        at = self._position(observed)
        low, high = 0.0, math.inf
        if at > 0:
            low = _exp(self._tail_root(at, tail, upper=True, mid_p=mid_p))
        if at < self.support.size - 1:
            high = _exp(self._tail_root(at, tail, upper=False, mid_p=mid_p))
        return Interval(
            estimate=self.odds_ratio(observed),
            conf_low=low,
            conf_high=high,
            conf_level=conf_level,
            method="conditional, mid-p" if mid_p else "conditional, exact",
        )

    def p_values(self, observed: int, *, odds_ratio: float = 1.0) -> ExactPValues:
        """P-values of the observed count, for the null of any odds ratio.

        Parameters
        ----------
        observed : int
        odds_ratio : float
            The odds ratio of the null.

        Returns
        -------
        ExactPValues

        Raises
        ------
        ValueError
            If the observed count is not in the support, or the odds ratio not above 0 and finite.

        Notes
        -----
        Two probabilities that differ by less than 1e-7 of themselves count as equal for
        ``minlike``, as in R.
        """
        at = self._position(observed)
        logs = self.log_probabilities(_log_of(odds_ratio))
        share = np.exp(logs)
        here = float(share[at])
        under, over = float(share[:at].sum()), float(share[at + 1 :].sum())
        mid = min(under, over) + here / 2
        return ExactPValues(
            less=min(1.0, under + here),
            greater=min(1.0, over + here),
            minlike=min(1.0, float(share[logs <= logs[at] + _SLACK].sum())),
            central=min(1.0, 2 * (min(under, over) + here)),
            mid_less=min(1.0, under + here / 2),
            mid_greater=min(1.0, over + here / 2),
            mid_central=min(1.0, 2 * mid),
        )

    def _position(self, observed: int) -> int:
        at = int(np.searchsorted(self.support, observed))
        if at == self.support.size or self.support[at] != observed:
            raise ValueError(
                f"observed is {observed!r}, which the margins do not allow: they allow "
                f"{self.support.size} counts from {self.support[0]} to {self.support[-1]}."
            )
        return at

    def _tail_root(self, at: int, tail: float, *, upper: bool, mid_p: bool) -> float:
        """Log odds ratio under which the observed count or a more extreme one has `tail`."""
        side = slice(at, None) if upper else slice(None, at + 1)
        counted = np.zeros(self.support.size)
        counted[side] = 1.0
        counted[at] = 0.5 if mid_p else 1.0
        return self._expectation_root(counted - tail, increasing=upper)

    def _expectation_root(self, values: FloatArray, *, increasing: bool) -> float:
        """Log odds ratio under which the values have mean 0, a mean that is monotone in it."""
        steps = (self.support - self.support[self.support.size // 2]).astype(np.float64)
        sign = 1.0 if increasing else -1.0

        def excess(log_odds: float) -> float:
            logs = self.log_weights + log_odds * steps
            shares = np.exp(logs - logs.max())
            return sign * float(shares @ values) / float(shares.sum())

        return _root(excess)


def tilted_family(support: npt.ArrayLike, log_weights: npt.ArrayLike) -> TiltedFamily | Refusal:
    """Make the family of distributions of a joint count from its null distribution.

    Parameters
    ----------
    support : array_like of int, shape (n,)
        Joint counts, increasing; gaps are allowed.
    log_weights : array_like, shape (n,)
        Logarithms of their null probabilities, up to a constant; minus infinity leaves one out.

    Returns
    -------
    TiltedFamily or Refusal
        A refusal when the margins allow one joint count alone.

    Raises
    ------
    ValueError
        If lengths differ, the support is not whole and increasing, or a weight is not a number.

    Examples
    --------
    >>> print(tilted_family([3], [0.0]))
    conditional odds ratio: the margins allow one joint count alone
    """
    logs = as_vector(log_weights, name="log_weights")
    counts = as_vector(support, name="support", length=logs.size)
    if not np.isfinite(counts).all() or (counts != np.round(counts)).any():
        raise ValueError("support must hold whole numbers.")
    if (np.diff(counts) <= 0).any():
        raise ValueError("support must increase.")
    if np.isnan(logs).any() or (logs == np.inf).any():
        raise ValueError("log_weights must be numbers or minus infinity.")
    possible = logs > -np.inf
    if possible.sum() == 0:
        return Refusal("conditional odds ratio", "no joint count has any probability")
    if possible.sum() == 1:
        return Refusal("conditional odds ratio", "the margins allow one joint count alone")
    return TiltedFamily(
        support=counts[possible].astype(np.int64), log_weights=logs[possible] - logs.max()
    )


def _log_of(odds_ratio: float) -> float:
    if not 0.0 < odds_ratio < math.inf:
        raise ValueError(f"odds_ratio must be above 0 and finite, not {odds_ratio!r}.")
    return math.log(odds_ratio)


def _exp(log_odds: float) -> float:
    return math.exp(log_odds) if log_odds <= _LARGEST_LOG else math.inf


def _log_sum(logs: FloatArray) -> float:
    top = float(logs.max())
    return top + math.log(float(np.exp(logs - top).sum()))


def _root(f: Callable[[float], float]) -> float:
    """Root of a monotone function of the log odds ratio."""
    low, high = -1.0, 1.0
    while f(low) * f(high) > 0 and high < _WIDEST:
        low, high = 2 * low, 2 * high
    return float(optimize.brentq(f, low, high, xtol=1e-15, rtol=1e-15, maxiter=500))
