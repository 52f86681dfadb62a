"""Investigations and who is in them: sizes, durations, pairs, over the whole feasible set."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from relatum.samples.simulation.assumptions import Assumptions
from relatum.samples.simulation.samplers import ConstrainedSum, choose

__all__ = ["Structure", "draw_structure", "relationship_sizes", "suspect_sizes"]

N_CASES, N_SUSPECTS, N_VICTIMS, N_RELATIONSHIPS = 12, 70, 76, 73
MOST_PER_SUSPECT = 9

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """The skeleton of a sample.

    Attributes
    ----------
    suspects, victims, relationships : array of int, shape (12,)
        Numbers per investigation.
    months : array of int, shape (12,)
        Durations.
    protracted : array of bool, shape (12,)
        The two investigations with the most relationships.
    suspect_case, victim_case : array of int
        The investigation of every person.
    pair_suspect, pair_victim : array of int, shape (73,)
        The persons of every relationship.
    """

    suspects: Ints
    victims: Ints
    relationships: Ints
    months: Ints
    protracted: NDArray[np.bool_]
    suspect_case: Ints
    victim_case: Ints
    pair_suspect: Ints
    pair_victim: Ints

    @property
    def pair_case(self) -> Ints:
        """The investigation of every relationship."""
        return self.suspect_case[self.pair_suspect]


@cache
def relationship_sizes() -> tuple[tuple[int, ...], ...]:
    """List every way in which 73 relationships can lie in 12 investigations as published.

    Five investigations hold one or two, five three to five, two more than twenty.

    Examples
    --------
    >>> len(relationship_sizes())
    318
    """
    found = []
    for small in itertools.combinations_with_replacement((1, 2), 5):
        for middle in itertools.combinations_with_replacement((3, 4, 5), 5):
            rest = N_RELATIONSHIPS - sum(small) - sum(middle)
            found += [(*small, *middle, x, rest - x) for x in range(21, rest // 2 + 1)]
    return tuple(found)


@cache
def suspect_sizes() -> tuple[tuple[int, ...], ...]:
    """List every way in which 70 suspects can lie in 12 investigations as published.

    Three investigations have one suspect, four two or three, four six or seven, one the rest.

    Examples
    --------
    >>> len(suspect_sizes()), min(map(max, suspect_sizes())), max(map(max, suspect_sizes()))
    (25, 27, 35)
    """
    found = []
    for few in itertools.combinations_with_replacement((2, 3), 4):
        wide_groups = itertools.combinations_with_replacement((6, 7), 4)
        found += [
            (1, 1, 1, *few, *wide, N_SUSPECTS - 3 - sum(few) - sum(wide)) for wide in wide_groups
        ]
    return tuple(found)


def draw_structure(rng: Generator, assumptions: Assumptions) -> Structure:
    """Draw the skeleton of a sample.

    Every published size distribution has the same chance; which number of suspects goes with
    which number of relationships, and who is paired with whom, follows the declared assumptions.
    """
    relationships = np.array(relationship_sizes()[rng.integers(len(relationship_sizes()))])
    suspects = _match_suspects(rng, relationships, assumptions)
    order = rng.permutation(N_CASES)
    relationships, suspects = relationships[order], suspects[order]
    protracted = relationships > 20
    suspect_case = np.repeat(np.arange(N_CASES), suspects)
    pair_suspect = _draw_degrees(rng, relationships, suspects, protracted, assumptions)
    pair_victim, women = _pair_women(rng, pair_suspect, suspect_case, assumptions)
    alone = rng.multinomial(N_VICTIMS - len(women), (relationships + 1) / (relationships + 1).sum())
    victim_case = np.concatenate([women, np.repeat(np.arange(N_CASES), alone)])
    return Structure(
        suspects=suspects,
        victims=np.bincount(victim_case, minlength=N_CASES),
        relationships=relationships,
        months=_draw_months(rng, protracted, assumptions),
        protracted=protracted,
        suspect_case=suspect_case,
        victim_case=victim_case,
        pair_suspect=pair_suspect,
        pair_victim=pair_victim,
    )


def _match_suspects(rng: Generator, relationships: Ints, assumptions: Assumptions) -> Ints:
    """Give every investigation one of the published numbers of suspects.

    The investigations choose in falling order of relationships; a number of suspects is chosen
    with a weight that grows with it, among those that can carry the relationships.
    """
    lean = assumptions.value("structure.suspects_with_relationships", "power")
    left = list(suspect_sizes()[rng.integers(len(suspect_sizes()))])
    matched = np.zeros(N_CASES, dtype=np.int64)
    for case in np.argsort(-relationships, kind="stable"):
        sizes = np.array(left, dtype=np.float64)
        able = sizes * MOST_PER_SUSPECT >= relationships[case]
        matched[case] = left.pop(choose(rng, able * sizes**lean))
    return matched


@cache
def _degrees(n_suspects: int, continue_chance: float, *, nine: bool) -> ConstrainedSum:
    """Return the law of relationships per suspect: geometric, at most nine, given their sum."""
    values = tuple(range(MOST_PER_SUSPECT + 1))
    weights = tuple(continue_chance**value for value in values)
    attained = (MOST_PER_SUSPECT,) if nine else ()
    return ConstrainedSum(values=values, weights=weights, n=n_suspects, attained=attained)


def _draw_degrees(
    rng: Generator,
    relationships: Ints,
    suspects: Ints,
    protracted: NDArray[np.bool_],
    assumptions: Assumptions,
) -> Ints:
    chance = assumptions.value("structure.relationships_per_suspect", "continue")
    large = np.flatnonzero(protracted)
    # One of the two largest investigations has a suspect with exactly nine; the other may.
    able = [case for case in large if _reaches_nine(relationships[case], suspects[case])]
    nine = rng.choice(able)
    parts, first = [], 0
    for case in range(N_CASES):
        sampler = _degrees(int(suspects[case]), chance, nine=bool(case == nine))
        degrees = sampler.draw(rng, int(relationships[case]))
        people = first + rng.permutation(suspects[case])
        parts.append(np.repeat(people, degrees))
        first += suspects[case]
    return np.concatenate(parts).astype(np.int64)


def _reaches_nine(relationships: int, suspects: int) -> bool:
    return MOST_PER_SUSPECT <= relationships <= MOST_PER_SUSPECT * suspects


def _pair_women(
    rng: Generator, pair_suspect: Ints, suspect_case: Ints, assumptions: Assumptions
) -> tuple[Ints, Ints]:
    """Give every relationship a woman: a new one, or now and then one with another suspect."""
    again = assumptions.value("structure.second_relationship")
    pair_case = suspect_case[pair_suspect]
    women: list[int] = []
    partners: list[set[int]] = []
    paired = np.zeros(N_RELATIONSHIPS, dtype=np.int64)
    for at in rng.permutation(N_RELATIONSHIPS):
        suspect, case = int(pair_suspect[at]), int(pair_case[at])
        free = [w for w, c in enumerate(women) if c == case and suspect not in partners[w]]
        if free and rng.random() < again:
            woman = free[int(rng.integers(len(free)))]
            partners[woman].add(suspect)
        else:
            woman = len(women)
            women.append(case)
            partners.append({suspect})
        paired[at] = woman
    return paired, np.array(women, dtype=np.int64)


def _draw_months(rng: Generator, protracted: NDArray[np.bool_], assumptions: Assumptions) -> Ints:
    """Draw durations: one month and eighteen months occur, seven to nine cases last 3 to 7.

    The two investigations with the most relationships are the two longest.
    """
    shares = assumptions.shares("structure.cases_of_3_to_7_months")
    counts = [int(name) for name in shares]
    middle = counts[choose(rng, np.array(list(shares.values())))]
    second = int(rng.integers(10, 19))
    others = np.concatenate(
        [
            [1],
            rng.choice([3, 4, 5, 6, 7], size=middle),
            rng.choice([1, 2, 8, 9], size=N_CASES - 3 - middle),
        ]
    )
    months = np.zeros(N_CASES, dtype=np.int64)
    months[protracted] = rng.permutation([18, second])
    months[~protracted] = rng.permutation(others)
    return months
