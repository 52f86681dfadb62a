"""Ages and countries of birth, given the published ranges, means, bands and counts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from relatum.samples.simulation.assumptions import Assumptions
from relatum.samples.simulation.samplers import ConstrainedSum, choose

__all__ = [
    "draw_suspect_ages",
    "draw_suspect_countries",
    "draw_victim_ages",
    "draw_victim_countries",
]

Ints = NDArray[np.int64]
Words = NDArray[np.object_]

SUSPECT_TOTAL = (2065, 2134)  # 70 ages with a mean that rounds to 30
VICTIM_TOTAL = (1710, 1785)  # 76 ages with a mean that rounds to 23
TEENS, TWENTIES, THIRTIES = 15, 54, 7


def _gamma_weights(values: range, mode: float, spread: float) -> tuple[float, ...]:
    """Weights of a gamma density that starts one year below the youngest age."""
    shape = (mode - values.start + 1) / spread + 1
    return tuple(
        math.exp((shape - 1) * math.log(x) - x / spread)
        for x in (value - values.start + 1 for value in values)
    )


@cache
def _suspect_ages(mode: float, spread: float) -> ConstrainedSum:
    ages = range(18, 59)
    weights = _gamma_weights(ages, mode, spread)
    return ConstrainedSum(values=tuple(ages), weights=weights, n=70, attained=(18, 58))


def draw_suspect_ages(rng: Generator, assumptions: Assumptions) -> Ints:
    """Draw 70 ages from 18 to 58, both attained, whose mean rounds to 30."""
    mode = assumptions.value("persons.suspect_age", "mode")
    spread = assumptions.value("persons.suspect_age", "spread")
    sampler = _suspect_ages(mode, spread)
    return sampler.draw(rng, sampler.draw_total(rng, *SUSPECT_TOTAL))


@dataclass(frozen=True)
class _VictimAges:
    """The joint distribution of ages in four groups, given the sum of all."""

    young: int  # women of 20 or 21
    groups: tuple[ConstrainedSum, ...]
    before: tuple[NDArray[np.float64], ...]  # sums of the first k groups

    @property
    def weight(self) -> float:
        low, high = VICTIM_TOTAL
        return float(self.before[-1][low : high + 1].sum())

    def draw(self, rng: Generator) -> Ints:
        low, high = VICTIM_TOTAL
        allowed = np.zeros_like(self.before[-1])
        allowed[low : high + 1] = self.before[-1][low : high + 1]
        rest = choose(rng, allowed)
        parts = []
        for group, earlier in zip(reversed(self.groups), reversed(self.before[:-1]), strict=True):
            own = group.totals
            sums = np.arange(min(len(own), rest + 1))
            fits = rest - sums < len(earlier)
            weights = np.where(fits, own[sums] * earlier[np.where(fits, rest - sums, 0)], 0.0)
            total = choose(rng, weights)
            parts.append(group.draw(rng, total))
            rest -= total
        return np.concatenate(parts)


@cache
def _victim_ages(mode: float, spread: float, low: int, high: int) -> tuple[_VictimAges, ...]:
    """One distribution for every number of women of 20 or 21 that is called about a third."""
    every = dict(zip(range(17, 36), _gamma_weights(range(17, 36), mode, spread), strict=True))
    found = []
    for young in range(low - TEENS, high - TEENS + 1):
        groups = (
            _group(every, range(17, 20), TEENS, 17),
            _group(every, range(20, 22), young),
            _group(every, range(22, 30), TWENTIES - young),
            _group(every, range(30, 36), THIRTIES, 35),
        )
        sums = [np.ones(1)]
        for group in groups:
            sums.append(np.convolve(sums[-1], group.totals))
        share = sum(every[age] for age in (20, 21)) / sum(every[age] for age in range(20, 30))
        chance = math.comb(TWENTIES, young) * share**young * (1 - share) ** (TWENTIES - young)
        sums[-1] = sums[-1] * chance
        found.append(_VictimAges(young, groups, tuple(sums)))
    return tuple(found)


def _group(every: Mapping[int, float], ages: range, n: int, *attained: int) -> ConstrainedSum:
    weights = tuple(every[age] for age in ages)
    return ConstrainedSum(values=tuple(ages), weights=weights, n=n, attained=attained)


def draw_victim_ages(
    rng: Generator, assumptions: Assumptions, about_a_third: tuple[int, int]
) -> Ints:
    """Draw 76 ages: 15 of 17-19, 54 of 20-29, 7 of 30-35, 17 and 35 attained, mean rounds to 23.

    Parameters
    ----------
    rng : Generator
        The source of random numbers.
    assumptions : Assumptions
        Mode and spread of the distribution inside the bands.
    about_a_third : tuple of int
        Limits of the number of women aged 21 or younger.

    Returns
    -------
    array of int, shape (76,)
        In random order.
    """
    mode = assumptions.value("persons.victim_age", "mode")
    spread = assumptions.value("persons.victim_age", "spread")
    choices = _victim_ages(mode, spread, *about_a_third)
    chosen = choices[choose(rng, np.array([choice.weight for choice in choices]))]
    return rng.permutation(chosen.draw(rng))


def draw_victim_countries(
    rng: Generator, assumptions: Assumptions, limits: Mapping[str, tuple[int, int]]
) -> Words:
    """Draw 76 countries of birth: 45 in the Netherlands, each of ten others at least once.

    Parameters
    ----------
    rng : Generator
        The source of random numbers.
    assumptions : Assumptions
        Relative frequencies of the ten countries.
    limits : mapping of str to tuple of int
        Smallest and largest number for each of the ten countries.
    """
    shares = assumptions.shares("persons.victim_birth_country")
    rest, words = 31, ["NL"] * 45
    names = list(shares)
    tables = _count_tables(tuple((*limits[name], shares[name]) for name in names), rest)
    for at, name in enumerate(names):
        low, high = limits[name]
        counts = np.arange(low, min(high, rest) + 1)
        weights = _poisson(counts, shares[name]) * tables[at + 1][rest - counts]
        count = int(counts[choose(rng, weights)])
        words += [name] * count
        rest -= count
    return rng.permutation(np.array(words, dtype=object))


def _poisson(counts: Ints, mean: float) -> NDArray[np.float64]:
    return np.array([mean**k / math.factorial(k) for k in counts])


@cache
def _count_tables(
    parts: tuple[tuple[int, int, float], ...], total: int
) -> tuple[NDArray[np.float64], ...]:
    """For every position the weight of reaching each rest with the parts from there on."""
    last = np.zeros(total + 1)
    last[0] = 1.0
    tables = [last]
    for low, high, mean in reversed(parts):
        table = np.zeros(total + 1)
        for count in range(low, min(high, total) + 1):
            weight = mean**count / math.factorial(count)
            table[count:] += weight * tables[0][: total + 1 - count]
        tables.insert(0, table)
    return tuple(tables)


def draw_suspect_countries(rng: Generator, assumptions: Assumptions) -> Words:
    """Draw 70 countries of birth, of which a majority are the four named ones."""
    shares = assumptions.shares("persons.suspect_birth_country")
    names, weights = list(shares), np.array(list(shares.values()))
    named = ("TR", "HU", "NL", "DE")
    while True:  # the chance of a minority is below one in a million
        drawn = rng.choice(np.array(names, dtype=object), size=70, p=weights / weights.sum())
        if 36 <= np.isin(drawn.astype(str), named).sum() <= 69:
            return drawn
