"""What follows from counts that were let out: the range of each one that was not.

The counts that a reader knows are fixed (or, rounded, lie in an interval); sums and parts are
linear; so the smallest and the largest value that a withheld count may have is the solution of two
linear programs. The range over whole numbers lies within it.

References
----------
.. [1] M. Fischetti & J. J. Salazar (2001). Solving the cell suppression problem on tabular data
   with linear constraints. Management Science, 47(7), 1008-1027.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Key", "Narrow", "Relation", "Target", "find_narrow", "ranges", "too_narrow"]

#: Passes that tighten the ends before a program is solved; and directions that are tried at once.
PASSES, DIRECTIONS, TRIES = 8, 2, 8
#: So few targets get programs of their own at once.
FEW = 8

Key: TypeAlias = tuple[Hashable, ...]
#: A count, or a difference of counts: signs by key.
Target: TypeAlias = tuple[tuple[Key, int], ...]
FloatArray: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Relation:
    """Parts that add up to a whole, or (`exact` false) to no more.

    Attributes
    ----------
    whole : Key or None
        None where the whole is known from elsewhere.
    parts : tuple of Key
    exact : bool
    total : int
        The whole, where it is known from elsewhere.
    """

    whole: Key | None
    parts: tuple[Key, ...]
    exact: bool = True
    total: int = 0

    @property
    def keys(self) -> tuple[Key, ...]:
        """All counts of the relation."""
        return self.parts if self.whole is None else (self.whole, *self.parts)


def ranges(
    targets: Sequence[Target],
    *,
    bounds: Mapping[Key, tuple[float, float]],
    relations: Sequence[Relation],
) -> tuple[tuple[float, float], ...]:
    """Return the smallest and largest value of each target.

    Parameters
    ----------
    targets : sequence of Target
        Counts, or differences of counts.
    bounds : mapping of Key to (low, high)
        What is known of each count; equal ends where it was let out.
    relations : sequence of Relation
        What adds up.

    Returns
    -------
    tuple of (float, float)
        In the order of the targets.

    Notes
    -----
    Counts that share no relation do not tell of each other, so each round solves one target of
    every connected group in one program.

    Examples
    --------
    >>> known, hidden = ("total",), (("a",), ("b",))
    >>> ranges([((("a",), 1),)], bounds={known: (9, 9), ("a",): (0, 99), ("b",): (0, 99)},
    ...        relations=[Relation(known, hidden)])
    ((0.0, 9.0),)
    """
    free = {key for key, (low, high) in bounds.items() if high > low}
    groups = _groups(free, [*relations], targets)
    rounds: dict[int, list[int]] = defaultdict(list)
    taken: dict[Key, int] = defaultdict(int)
    found: dict[int, tuple[float, float]] = {}
    for place, target in enumerate(targets):
        open_keys = [key for key, _ in target if key in free]
        if not open_keys:
            value = float(sum(sign * bounds[key][0] for key, sign in target))
            found[place] = (value, value)
            continue
        root = groups[open_keys[0]]
        rounds[taken[root]].append(place)
        taken[root] += 1
    if rounds:
        program = _Program(bounds, [r for r in relations if any(k in free for k in r.keys)])
        for places in rounds.values():
            solved = program.solve([targets[place] for place in places])
            found.update(zip(places, solved, strict=True))
    return tuple(found[place] for place in range(len(targets)))


@dataclass(frozen=True, slots=True)
class Narrow:
    """Targets whose range is shorter than a width.

    Attributes
    ----------
    places : tuple of int
        Their places.
    settled : bool
        Whether all the others were shown to be wide. They stay so when more is withheld.
    """

    places: tuple[int, ...]
    settled: bool


def too_narrow(
    targets: Sequence[Target],
    *,
    bounds: Mapping[Key, tuple[float, float]],
    relations: Sequence[Relation],
    width: float,
) -> tuple[int, ...]:
    """Return places of targets whose range is shorter than a width; none only if there is none.

    Ends are tightened along the relations first, which finds most narrow targets at once. Where
    that finds none, a few solutions in fixed directions, each possible for all counts together,
    show most targets to be wide. Only the rest get programs of their own, as in `ranges`.

    Examples
    --------
    >>> relation = Relation(("total",), (("a",), ("b",)))
    >>> too_narrow([((("a",), 1),)], bounds={("total",): (9, 9), ("a",): (0, 99), ("b",): (0, 99)},
    ...            relations=[relation], width=10)
    (0,)
    """
    return find_narrow(targets, bounds=bounds, relations=relations, width=width).places


def find_narrow(
    targets: Sequence[Target],
    *,
    bounds: Mapping[Key, tuple[float, float]],
    relations: Sequence[Relation],
    width: float,
) -> Narrow:
    """Find targets whose range is shorter than a width, as `too_narrow`.

    Examples
    --------
    >>> relation = Relation(("total",), (("a",), ("b",)))
    >>> find_narrow([((("a",), 1),)], bounds={("total",): (9, 9), ("a",): (0, 9), ("b",): (0, 9)},
    ...             relations=[relation], width=5)
    Narrow(places=(), settled=True)
    """
    tight = _tightened(bounds, relations)
    reach = [_reach(target, tight) for target in targets]
    narrow = {at for at, (low, high) in enumerate(reach) if high - low < width}
    if narrow:
        return Narrow(tuple(sorted(narrow)), settled=len(narrow) == len(targets))
    left = list(range(len(targets)))
    if len(left) > FEW:
        program = _Program(bounds, relations)
        for seed in range(TRIES):
            seen = program.try_directions([targets[at] for at in left], seed)
            left = [at for at, span in zip(left, seen, strict=True) if span < width - 1e-6]
            if not left:
                break
    if left:
        rest = ranges([targets[at] for at in left], bounds=bounds, relations=relations)
        ends = zip(left, rest, strict=True)
        narrow |= {at for at, (low, high) in ends if high - low < width - 1e-6}
    return Narrow(tuple(sorted(narrow)), settled=True)


def _reach(target: Target, bounds: Mapping[Key, tuple[float, float]]) -> tuple[float, float]:
    ends = [(bounds[key] if sign > 0 else bounds[key][::-1], sign) for key, sign in target]
    return sum(s * e[0] for e, s in ends), sum(s * e[1] for e, s in ends)


def _tightened(
    bounds: Mapping[Key, tuple[float, float]], relations: Sequence[Relation]
) -> dict[Key, tuple[float, float]]:
    held = dict(bounds)
    for _ in range(PASSES):
        before = dict(held)
        for relation in relations:
            _tighten(held, relation)
        if held == before:
            break
    return held


def _tighten(held: dict[Key, tuple[float, float]], relation: Relation) -> None:
    """Bring the ends of the counts of one relation as near to each other as it says."""
    lows = sum(held[key][0] for key in relation.parts)
    highs = sum(held[key][1] for key in relation.parts)
    low, high = (relation.total,) * 2 if relation.whole is None else held[relation.whole]
    if relation.whole is not None:
        held[relation.whole] = (max(low, lows), min(high, highs) if relation.exact else high)
        low, high = held[relation.whole]
    for key in relation.parts:
        own_low, own_high = held[key]
        least = low - (highs - own_high) if relation.exact else own_low
        held[key] = (max(own_low, least), min(own_high, high - (lows - own_low)))


def _groups(
    free: set[Key], relations: Sequence[Relation], targets: Sequence[Target]
) -> dict[Key, Key]:
    """Name the connected group of each open count by one of its members."""
    parent = {key: key for key in free}

    def root(key: Key) -> Key:
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    joined = [r.keys for r in relations] + [tuple(k for k, _ in target) for target in targets]
    for keys in joined:
        held = [key for key in keys if key in free]
        for other in held[1:]:
            parent[root(other)] = root(held[0])
    return {key: root(key) for key in free}


class _Program:
    """The linear system of all counts, ready for one objective after the other."""

    def __init__(
        self, bounds: Mapping[Key, tuple[float, float]], relations: Sequence[Relation]
    ) -> None:
        from scipy.sparse import csr_array

        used = dict.fromkeys(key for relation in relations for key in relation.keys)
        used |= dict.fromkeys(bounds)
        self._at = {key: place for place, key in enumerate(used)}
        self._bounds = np.array([bounds[key] for key in used], dtype=float).reshape(-1, 2)
        self._sides: dict[bool, tuple[Any, list[int]] | None] = {}
        for exact in (True, False):
            chosen = [relation for relation in relations if relation.exact == exact]
            matrix, right = self._rows(chosen)
            shape = (len(chosen), len(used))
            self._sides[exact] = (csr_array(matrix, shape=shape), right) if chosen else None

    def _rows(
        self, relations: Sequence[Relation]
    ) -> tuple[tuple[list[int], tuple[list[int], list[int]]], list[int]]:
        entries: dict[tuple[int, int], int] = defaultdict(int)
        for line, relation in enumerate(relations):
            for key in relation.parts:
                entries[line, self._at[key]] += 1
            if relation.whole is not None:
                entries[line, self._at[relation.whole]] -= 1
        lines, columns = ([place[n] for place in entries] for n in (0, 1))
        return (list(entries.values()), (lines, columns)), [r.total for r in relations]

    def try_directions(self, targets: Sequence[Target], seed: int) -> list[float]:
        """Return how far each target moved between solutions in a few directions."""
        signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=(DIRECTIONS, len(targets)))
        signs[0] = 1.0
        lows, highs = np.full(len(targets), np.inf), np.full(len(targets), -np.inf)
        for direction in signs:
            for end in self._ends(self._aim(targets, direction)):
                if end is not None:
                    values = [sum(s * end[self._at[k]] for k, s in target) for target in targets]
                    lows, highs = np.minimum(lows, values), np.maximum(highs, values)
        return [float(span) for span in highs - lows]

    def solve(self, targets: Sequence[Target]) -> list[tuple[float, float]]:
        """Return the range of targets of which no two lie in one connected group."""
        ends = self._ends(self._aim(targets, np.ones(len(targets))))
        return [self._range(target, ends) for target in targets]

    def _aim(self, targets: Sequence[Target], signs: FloatArray) -> FloatArray:
        aim = np.zeros(len(self._at))
        for target, weight in zip(targets, signs, strict=True):
            for key, sign in target:
                aim[self._at[key]] += weight * sign
        return aim

    def _ends(self, aim: FloatArray) -> list[FloatArray | None]:
        """Return the solutions at which the aim is smallest and largest."""
        from scipy.optimize import linprog

        solver: Any = linprog  # its stubs know no sparse matrices
        sides: dict[str, Any] = {}
        for exact, names in ((True, ("A_eq", "b_eq")), (False, ("A_ub", "b_ub"))):
            side = self._sides[exact]
            if side is not None:
                sides |= dict(zip(names, side, strict=True))
        ends: list[FloatArray | None] = []
        for sign in (1.0, -1.0):
            solved = solver(sign * aim, bounds=self._bounds, method="highs", **sides)
            ends.append(None if solved.x is None else np.asarray(solved.x, dtype=float))
        return ends

    def _range(self, target: Target, ends: list[FloatArray | None]) -> tuple[float, float]:
        low, high = ends
        if low is None or high is None:
            return (0.0, 0.0)
        value = [sum(s * end[self._at[k]] for k, s in target) for end in (low, high)]
        return (round(float(value[0]), 6), round(float(value[1]), 6))
