"""Exact samplers: draws from a declared distribution given that sums and counts come out right.

Each sampler is conditional sampling by dynamic programming, not adjustment afterwards: a backward
table holds the probability that the remaining draws meet the condition, and a forward pass draws
one value after the other from its exact conditional distribution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

__all__ = ["ConstrainedSum", "bernoulli_with_total", "choose"]

Weights = NDArray[np.float64]


def choose(rng: Generator, weights: Weights) -> int:
    """Draw one position with probability in proportion to its weight.

    Raises
    ------
    ValueError
        If no weight is positive.
    """
    cumulative = np.cumsum(weights)
    if not cumulative[-1] > 0:
        msg = "No value is possible: the conditions contradict each other."
        raise ValueError(msg)
    return int(np.searchsorted(cumulative, rng.random() * cumulative[-1], side="right"))


@dataclass(frozen=True)
class ConstrainedSum:
    """Independent draws from one distribution, given their sum and that some values occur.

    Attributes
    ----------
    values : tuple of int
        The support, not negative.
    weights : tuple of float
        Weights of the values; they need not add up to one.
    n : int
        The number of draws.
    attained : tuple of int
        At most two values, each of which must occur at least once.

    Examples
    --------
    >>> dice = ConstrainedSum(values=(1, 2, 3, 4, 5, 6), weights=(1.0,) * 6, n=2, attained=(6,))
    >>> sorted(dice.draw(np.random.default_rng(1), total=7).tolist())
    [1, 6]
    """

    values: tuple[int, ...]
    weights: tuple[float, ...]
    n: int
    attained: tuple[int, ...] = ()

    @cached_property
    def _marks(self) -> NDArray[np.int64]:
        """For every value the bits of the conditions that it meets."""
        return np.array(
            [
                sum(1 << bit for bit, wanted in enumerate(self.attained) if wanted == value)
                for value in self.values
            ]
        )

    @cached_property
    def _table(self) -> NDArray[np.float64]:
        """Probability, up to a factor, of reaching a sum with k draws and given marks.

        Shape (n + 1, n_marks, largest sum + 1): entry [k, m, s] is the weight of all sequences of
        k draws with sum s that meet at least the conditions m that are still open.
        """
        states = 1 << len(self.attained)
        largest = max(self.values) * self.n if self.values else 0
        table = np.zeros((self.n + 1, states, largest + 1))
        table[0, 0, 0] = 1.0
        share = np.array(self.weights) / sum(self.weights)
        for k in range(1, self.n + 1):
            for value, weight, mark in zip(self.values, share, self._marks, strict=True):
                for still_open in range(states):
                    rest = still_open & ~int(mark)
                    stop = largest + 1 - value
                    table[k, still_open, value:] += weight * table[k - 1, rest, :stop]
        return table

    @property
    def totals(self) -> Weights:
        """The probability of every sum from 0 on, with all conditions met."""
        result: Weights = self._table[self.n, (1 << len(self.attained)) - 1]
        return result

    def draw_total(self, rng: Generator, low: int, high: int) -> int:
        """Draw a sum between two limits, both included."""
        allowed = np.zeros_like(self.totals)
        allowed[low : high + 1] = self.totals[low : high + 1]
        return choose(rng, allowed)

    def draw(self, rng: Generator, total: int) -> NDArray[np.int64]:
        """Draw the values given their sum.

        Parameters
        ----------
        rng : Generator
            The source of random numbers.
        total : int
            The sum to reach.

        Returns
        -------
        array of int, shape (n,)
            In exchangeable order.

        Raises
        ------
        ValueError
            If the sum cannot be reached.
        """
        values, share = np.array(self.values), np.array(self.weights)
        drawn = np.zeros(self.n, dtype=np.int64)
        still_open, rest = (1 << len(self.attained)) - 1, total
        for k in range(self.n, 0, -1):
            left = rest - values
            fits = left >= 0
            ways = self._table[k - 1, still_open & ~self._marks, np.where(fits, left, 0)]
            at = choose(rng, share * ways * fits)
            drawn[k - 1] = values[at]
            rest -= int(values[at])
            still_open &= ~int(self._marks[at])
        return drawn


def bernoulli_with_total(
    rng: Generator, chances: Sequence[float] | Weights, low: int, high: int
) -> NDArray[np.bool_]:
    """Draw independent events given that their number lies between two limits.

    Parameters
    ----------
    rng : Generator
        The source of random numbers.
    chances : array of float, shape (n,)
        The probability of each event.
    low, high : int
        The limits of the number of events, both included.

    Returns
    -------
    array of bool, shape (n,)
        A draw from the conditional Bernoulli distribution.

    Raises
    ------
    ValueError
        If the number cannot lie between the limits.

    References
    ----------
    Chen, S. X. & Liu, J. S. (1997). Statistical applications of the Poisson-binomial and
    conditional Bernoulli distributions. *Statistica Sinica*, 7, 875-892.

    Examples
    --------
    >>> int(bernoulli_with_total(np.random.default_rng(1), [0.5] * 10, 3, 4).sum()) in (3, 4)
    True
    """
    p = np.asarray(chances, dtype=np.float64)
    n, top = len(p), min(high, len(p))
    # ways[i, s]: probability that events i, i+1, ... add a number to s that ends inside the limits
    ways = np.zeros((n + 1, top + 2))
    ways[n, max(low, 0) : top + 1] = 1.0
    for i in range(n - 1, -1, -1):
        ways[i, : top + 1] = (1 - p[i]) * ways[i + 1, : top + 1] + p[i] * ways[i + 1, 1 : top + 2]
    if not ways[0, 0] > 0:
        msg = f"Between {low} and {high} of {n} events are not possible with these chances."
        raise ValueError(msg)
    drawn, count, uniform = np.zeros(n, dtype=bool), 0, rng.random(n)
    for i in range(n):
        if uniform[i] * ways[i, count] < p[i] * ways[i + 1, count + 1]:
            drawn[i] = True
            count += 1
    return drawn
