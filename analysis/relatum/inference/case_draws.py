"""Two samples of whole cases: their labels permuted, their cases drawn again.

Cases stand in an order that depends on nothing but their content, and so do the two samples. So
neither the order of rows, nor the names of cases, nor which sample is named first changes a draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from relatum.inference.common import FloatArray, Refusal

__all__ = ["Arrangements", "PooledCases", "pool_cases"]

_TIE = 1e-9
_LABELS, _CASES = 1, 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arrangements:
    """Ways to deal the cases to two samples; the observed one is among them.

    Attributes
    ----------
    labels : ndarray, shape (n_arrangements, n_cases)
        1 for a case of the first sample, 0 for one of the second.
    exact : bool
        Whether these are all ways.
    """

    labels: FloatArray
    exact: bool

    def p_value(self, values: FloatArray, observed: float) -> float:
        """Return the share of arrangements with at least the observed value, ties included."""
        return float((values >= observed - _TIE * max(1.0, abs(observed))).mean())

    def smallest_p(self, values: FloatArray) -> float:
        """Return the smallest p value that any data in these cases could have had."""
        if self.exact:
            return self.p_value(values, float(values.max()))
        return 1.0 / len(self.labels)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PooledCases:
    """The cases of two samples.

    Attributes
    ----------
    first, second : ndarray, shape (n_cases, n_sums)
        Sums of each case, in the order of their content. The first sample is that with fewer
        cases, and of two of equal size that which stands first by content.
    swapped : bool
        Whether the first sample is the one that was given second.
    """

    first: FloatArray
    second: FloatArray
    swapped: bool

    @property
    def pooled(self) -> FloatArray:
        """Sums of all cases, by content, shape (n_cases, n_sums)."""
        both: FloatArray = np.concatenate([self.first, self.second])
        return _by_content(both)

    def arrange(self, n_permutations: int, seed: int) -> Arrangements:
        """Deal the cases anew: in all ways if these are no more than asked for, else at random.

        Parameters
        ----------
        n_permutations, seed : int

        Returns
        -------
        Arrangements
            Over the cases of `pooled`.
        """
        n, size = len(self.first) + len(self.second), len(self.first)
        total = comb(n, size)
        if total <= n_permutations:
            chosen = np.array(list(combinations(range(n), size)))
            labels = np.zeros((total, n))
            np.put_along_axis(labels, chosen, 1.0, axis=1)
            return Arrangements(labels=labels, exact=True)
        labels = np.zeros((n_permutations + 1, n))
        labels[1:, :size] = 1.0
        rng = np.random.default_rng([seed, _LABELS])
        labels[1:] = rng.permuted(labels[1:], axis=1)
        labels[0] = self.observed
        return Arrangements(labels=labels, exact=False)

    @property
    def observed(self) -> FloatArray:
        """Return 1 for each case of `pooled` that is of the first sample, else 0."""
        labels = np.zeros(len(self.first) + len(self.second))
        labels[self._places()] = 1.0
        return labels

    def _places(self) -> list[int]:
        """Where the cases of the first sample stand among all; equal cases are interchangeable."""
        free: dict[tuple[float, ...], list[int]] = {}
        for at, row in enumerate(self.pooled.tolist()):
            free.setdefault(tuple(row), []).append(at)
        return [free[tuple(row)].pop() for row in self.first.tolist()]

    def resample(self, n_bootstrap: int, seed: int) -> tuple[FloatArray, FloatArray]:
        """Draw whole cases with replacement within each sample, and sum what they hold.

        Parameters
        ----------
        n_bootstrap, seed : int

        Returns
        -------
        first, second : ndarray, shape (n_bootstrap, n_sums)
        """
        rng = np.random.default_rng([seed, _CASES])
        drawn = []
        for sums in (self.first, self.second):
            n = len(sums)
            times = rng.multinomial(n, np.full(n, 1.0 / n), size=n_bootstrap)
            drawn.append(times.astype(np.float64) @ sums)
        return drawn[0], drawn[1]


def pool_cases(sums_a: FloatArray, sums_b: FloatArray, *, what: str) -> PooledCases | Refusal:
    """Put the cases of two samples into an order that depends on their content only.

    Parameters
    ----------
    sums_a, sums_b : ndarray, shape (n_cases, n_sums)
        What is added up over cases, such as counts; without NaN.
    what : str
        The name of the quantity, for a refusal.

    Returns
    -------
    PooledCases or Refusal
        A refusal for a sample with fewer than two cases.

    Examples
    --------
    >>> found = pool_cases(np.array([[2.0], [1.0], [0.0]]), np.array([[5.0], [3.0]]), what="p")
    >>> found.swapped, found.pooled[:, 0].tolist()
    (True, [0.0, 1.0, 2.0, 3.0, 5.0])
    >>> found.arrange(10, seed=1).labels.shape
    (10, 5)
    """
    for name, sums in (("a", sums_a), ("b", sums_b)):
        if len(sums) < 2:
            words = "no case" if len(sums) == 0 else "one case"
            return Refusal(what, f"sample {name} has {words}; two are needed")
    a, b = _by_content(sums_a), _by_content(sums_b)
    swapped = (len(b), b.tolist()) < (len(a), a.tolist())
    return PooledCases(first=b if swapped else a, second=a if swapped else b, swapped=swapped)


def _by_content(sums: FloatArray) -> FloatArray:
    if sums.shape[1] == 0:
        return sums
    ordered: FloatArray = sums[np.lexsort(sums.T[::-1])]
    return ordered
