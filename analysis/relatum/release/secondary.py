"""The second judgement: what else must be withheld, so that no withheld count follows from sums."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass

from relatum.release.ledger import Ledger, Place
from relatum.release.linear import Key, Relation, Target, find_narrow
from relatum.release.margins import relations
from relatum.release.rules import Rules

__all__ = ["Protection", "bounds_of", "known_counts", "protect"]

#: Rounds of withholding before a result is given up.
ROUNDS = 80
#: Sums between a target and what is withheld for it.
DEPTH = 6
#: Sums of more counts are left alone while shorter ones hold something to withhold.
LONGEST = 12


@dataclass(frozen=True, slots=True)
class Protection:
    """What was withheld beyond the first judgement.

    Attributes
    ----------
    withheld : mapping of Place to str
        All withheld rows, those of the first judgement included.
    given_up : frozenset of str
        Results that could not be protected row by row.
    n_targets : int
        Counts that were protected.
    n_open : int
        Counts that could not be protected even so: nothing may be released then.
    """

    withheld: Mapping[Place, str]
    given_up: frozenset[str]
    n_targets: int
    n_open: int


def known_counts(
    ledger: Ledger, withheld: Container[Place], gone: Container[str] = ()
) -> frozenset[Key]:
    """Return the counts that at least one released row or header shows."""
    shown = {
        key
        for key, places in ledger.holders.items()
        if any(place not in withheld and place[0] not in gone for place in places)
    }
    return frozenset(shown | {key for key, name in ledger.headers.items() if name not in gone})


def bounds_of(
    ledger: Ledger, known: Container[Key], rules: Rules
) -> dict[Key, tuple[float, float]]:
    """Say what a reader knows of each count: the number itself, its rounding, or nothing.

    Examples
    --------
    >>> from relatum.release.rules import RULES
    >>> ledger = Ledger(values={("a",): 12, ("b",): 3})
    >>> bounds_of(ledger, {("a",)}, RULES["opensafely7"])
    {('a',): (8.0, 12.0), ('b',): (0.0, 85.0)}
    """
    highest = float(max((*ledger.values.values(), 10 * rules.smallest)) + rules.base)
    found: dict[Key, tuple[float, float]] = {}
    for key, value in ledger.values.items():
        if key not in known:
            found[key] = (0.0, highest)
        elif rules.base:
            middle = rules.rounded(value)
            half = rules.base // 2
            found[key] = (max(0.0, float(middle - half)), float(middle + half))
        else:
            found[key] = (float(value), float(value))
    return found


def protect(
    ledger: Ledger,
    rules: Rules,
    *,
    withheld: Mapping[Place, str],
    targets: Sequence[tuple[Place, Target]],
    gone: Collection[str] = (),
) -> Protection:
    """Withhold more rows until every target keeps a range of the threshold's width.

    Parameters
    ----------
    ledger : Ledger
    rules : Rules
    withheld : mapping of Place to str
        From the first judgement.
    targets : sequence of (Place, Target)
        What nobody may learn.
    gone : collection of str
        Results that are withheld as a whole.

    Notes
    -----
    Each round withholds, for every target that is still too narrow, the smallest count that stands
    in a sum with it, in all rows that show it. A result for which nothing is left to withhold is
    given up as a whole.
    """
    held = dict(withheld)
    links = [r for r in relations(ledger) if r.whole is not None or not rules.small(r.total)]
    by_key = _links_of(links)
    owners = {target: place[0] for place, target in targets}
    given: set[str] = set()
    open_targets: list[Target] = []
    every = list(owners)
    for _ in range(ROUNDS):
        known = known_counts(ledger, held, {*given, *gone})
        bounds = bounds_of(ledger, known, rules)
        narrow = find_narrow(every, bounds=bounds, relations=links, width=rules.smallest)
        open_targets = [every[at] for at in narrow.places]
        if narrow.settled:
            every = open_targets
        if not open_targets:
            break
        fresh: set[Key] = set()
        before = len(given)
        for target in open_targets:
            if not fresh.isdisjoint(_neighbours(target, by_key)):
                continue
            chosen = _candidate(target, ledger, known, by_key)
            given |= {owners[target]} if chosen is None else set()
            fresh |= set() if chosen is None else {chosen}
        given |= {ledger.headers[key] for key in fresh if key in ledger.headers}
        if not fresh and len(given) == before:
            break
        for key in fresh:
            held |= {p: "secondary" for p in ledger.holders.get(key, ()) if p not in held}
    return Protection(held, frozenset(given), len(owners), len(open_targets))


def _links_of(links: Sequence[Relation]) -> Mapping[Key, list[Relation]]:
    by_key: dict[Key, list[Relation]] = defaultdict(list)
    for relation in links:
        for key in relation.keys:
            by_key[key].append(relation)
    return by_key


def _neighbours(
    target: Target, by_key: Mapping[Key, list[Relation]], longest: int = LONGEST
) -> set[Key]:
    keys = {key for key, _ in target}
    links = {link for key in keys for link in by_key.get(key, ())}
    return keys | {key for link in links if len(link.keys) <= longest for key in link.keys}


def _candidate(
    target: Target,
    ledger: Ledger,
    known: Container[Key],
    by_key: Mapping[Key, list[Relation]],
) -> Key | None:
    """Choose what to withhold: first what stands in a sum with the target, then further away."""
    own = {key for key, _ in target}
    for longest in (LONGEST, len(ledger.values)):
        hidden = any(key not in known for key in own)
        ring = _neighbours(target, by_key, longest) if hidden else own
        for _ in range(DEPTH):
            choices = [key for key in ring if key in known]
            if choices:
                return min(choices, key=lambda key: _cost(key, ledger))
            ring = _neighbours(tuple((key, 1) for key in ring), by_key, longest)
    return None


def _cost(key: Key, ledger: Ledger) -> tuple[bool, int, int, str]:
    holders = ledger.holders.get(key, ())
    return (key in ledger.headers, len(holders), ledger.values[key], repr(key))
