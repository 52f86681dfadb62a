"""The first judgement: which rows a profile withholds for what they themselves hold."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

from relatum.release.ledger import Entry, Ledger, Place
from relatum.release.linear import Target
from relatum.release.rules import Rules
from relatum.release.shapes import at

__all__ = ["Judgement", "Shares", "far", "judge_rows"]

#: The largest share of a code in one case, by code and unit.
Shares = Mapping[tuple[str, str], float]
#: Counts of silence and of what does not apply: nobody in them tells nothing of anybody.
_NOBODY = frozenset(
    (
        *("n_not_applicable", "n_undocumented", "n_undetermined", "n_left_out", "n_silent"),
        *("n_not_documented", "n_without_reasons", "n_retrospective", "n_stepped_undocumented"),
        "n_events_undocumented",
    )
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found in rows.

    Attributes
    ----------
    withheld : mapping of Place to str
        The first rule that a row breaks.
    waived : mapping of Place to str
        The rule that an exception of the plan waives.
    targets : tuple of (Place, Target)
        The counts that nobody may learn, and a row in which each stands.
    """

    withheld: dict[Place, str]
    waived: dict[Place, str]
    targets: tuple[tuple[Place, Target], ...]


def judge_rows(
    ledger: Ledger,
    rules: Rules,
    *,
    shares: Shares,
    waived: Container[tuple[str, str]],
) -> Judgement:
    """Judge every row by itself.

    Parameters
    ----------
    ledger : Ledger
        The counts.
    rules : Rules
        The profile.
    shares : mapping
        The largest share of a code in one case.
    waived : container of (str, str)
        Names of results, or ``all``, and rules that the data owner waives.
    """
    found = Judgement({}, {}, ())
    targets: list[tuple[Place, Target]] = []
    taken: dict[tuple[str, ...], list[int]] = {}
    for place, entry in ledger.entries.items():
        hidden = list(_hidden(entry, ledger, rules))
        broken = [rule for rule, _ in hidden] + list(_other_rules(entry, rules, shares))
        allowed = {r for r in broken if (place[0], r) in waived or ("all", r) in waived}
        left = [rule for rule in broken if rule not in allowed]
        if left:
            found.withheld[place] = left[0]
        elif not _spaced(entry, place, rules, taken):
            found.withheld[place] = "spacing"
        elif allowed:
            found.waived[place] = sorted(allowed)[0]
        targets += [(place, t) for rule, t in hidden if t and rule not in allowed]
    return Judgement(found.withheld, found.waived, tuple(targets))


def _hidden(entry: Entry, ledger: Ledger, rules: Rules) -> Iterator[tuple[str, Target]]:
    """Find the counts, and differences of counts, that are too small or tell of a whole group."""
    for name in entry.keys:
        target = entry.target(((name, 1),)) or ()
        value = ledger.value(target)
        nobody = value == 0 and name.rpartition(".")[2] in _NOBODY
        if rules.small(value) and not nobody:
            yield ("threshold" if value else "zero"), target
    rests = tuple(
        ((whole, 1), (part, -1)) for part, whole in (*entry.shape.parts, *entry.shape.rests)
    )
    for signs in (*rests, *entry.shape.cells):
        rest = entry.target(signs)
        if rest is not None and 0 < ledger.value(rest) < rules.smallest:
            yield "threshold", rest
    for part, whole in entry.shape.parts:
        rest = entry.target(((whole, 1), (part, -1)))
        if rest is not None and ledger.value(rest) == 0 < ledger.values[entry.keys[whole]]:
            yield "full_group", rest


def _other_rules(entry: Entry, rules: Rules, shares: Shares) -> Iterator[str]:
    row, shape = entry.row, entry.shape
    for share, base in shape.implied:
        units = at(row, base) or 0
        product = (at(row, share) or 0) * units
        near = round(product)
        if math.isclose(product, near, abs_tol=1e-6) and (
            0 < near < rules.smallest or 0 < units - near < rules.smallest
        ):
            yield "threshold"
    if shape.ends and at(row, shape.ends).isdigit() and at(row, "n") == 0:
        yield "extreme"
    if shape.degrees and (at(row, shape.degrees) or 0) - 2 < rules.degrees:
        yield "degrees"
    if shape.amount and at(row, shape.amount) == "euro" and rules.top_two < 1:
        yield "amount"
    if rules.base and shape.counts and not shape.rounds:
        yield "rounding"
    if _dominated(entry, rules, shares):
        yield "dominance"


def _dominated(entry: Entry, rules: Rules, shares: Shares) -> bool:
    row, shape = entry.row, entry.shape
    if shape.cases and at(row, shape.cases) == 1:
        return True
    if not shape.term:
        return False
    unit = at(row, shape.term.replace("term", "unit"))
    return shares.get((at(row, shape.term), unit), 0.0) > rules.dominance


def far(value: int, others: list[int], smallest: int) -> bool:
    """Tell whether a count equals each other one, or lies at least the threshold away.

    Examples
    --------
    >>> far(20, [20, 31], 5), far(20, [18], 5)
    (True, False)
    """
    return all(value == other or abs(value - other) >= smallest for other in others)


def _spaced(
    entry: Entry, place: Place, rules: Rules, taken: dict[tuple[str, ...], list[int]]
) -> bool:
    name, (path, _) = place
    held = {
        (name, path, field, str(getattr(entry.row, "unit", ""))): at(entry.row, field)
        for field in entry.shape.spaced
        if field in entry.keys
    }
    if not all(far(value, taken.get(key, []), rules.smallest) for key, value in held.items()):
        return False
    for key, value in held.items():
        taken.setdefault(key, []).append(value)
    return True
