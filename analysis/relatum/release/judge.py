"""The first judgement: which rows a profile withholds for what they themselves hold."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from relatum.release.dominance import code_of
from relatum.release.ledger import Entry, Ledger, Place
from relatum.release.linear import Target
from relatum.release.rules import Rules
from relatum.release.shapes import at, look

__all__ = ["Judgement", "Shares", "far", "judge_rows"]

#: The largest share of a code in one case, by code and unit.
Shares = Mapping[tuple[str, str], float]
#: The rule that the sum behind an amount breaks, by variable and unit.
Amounts = Mapping[tuple[str, str], str]
#: Counts of silence and of what does not apply: nobody in them tells nothing of anybody.
_NOBODY = frozenset(
    (
        *("n_not_applicable", "n_undocumented", "n_undetermined", "n_left_out", "n_silent"),
        *("n_not_documented", "n_without_reasons", "n_retrospective", "n_stepped_undocumented"),
        *("n_events_undocumented", "undocumented_trafficking", "undocumented_domestic_violence"),
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
    amounts: Amounts = MappingProxyType({}),
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
    amounts : mapping
        The rule that the sum behind an amount breaks, by variable and unit.
    """
    found = Judgement({}, {}, ())
    targets: list[tuple[Place, Target]] = []
    taken: dict[tuple[str, ...], list[int]] = {}
    near = set(_before_few(ledger, rules))
    for place, entry in ledger.entries.items():
        hidden = list(_hidden(entry, ledger, rules))
        broken = [rule for rule, _ in hidden] + list(_other_rules(entry, rules, shares))
        if entry.shape.amount and (fault := amounts.get(_whose(entry))):
            broken.append(fault)
        allowed = {r for r in broken if (place[0], r) in waived or ("all", r) in waived}
        left = [rule for rule in broken if rule not in allowed]
        if left:
            found.withheld[place] = left[0]
        elif place in near or not _spaced(ledger, place, rules, taken):
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
    for cell in (cell for cells in entry.cells for cell in cells):
        if rules.small(ledger.values[cell]):
            yield ("threshold" if ledger.values[cell] else "zero"), ((cell, 1),)
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
    if shape.degrees and not _enough_degrees(entry, rules):
        yield "degrees"
    if any(at(row, name) == value for name, value in shape.never):
        yield "unjudged"
    if rules.base and shape.counts and not shape.rounds:
        yield "rounding"
    if _dominated(entry, rules, shares):
        yield "dominance"


def _whose(entry: Entry) -> tuple[str, str]:
    """Return the variable of an amount, and the unit that it is of."""
    return at(entry.row, "variable"), at(entry.row, "unit")


def _enough_degrees(entry: Entry, rules: Rules) -> bool:
    """Tell whether enough units are left once each parameter has taken one."""
    asked = entry.shape.parameters
    held = look(entry.chain, asked) if asked else 2
    n_parameters = len(held) if isinstance(held, tuple) else held or 0
    return (look(entry.chain, entry.shape.degrees) or 0) - n_parameters >= rules.degrees


def _dominated(entry: Entry, rules: Rules, shares: Shares) -> bool:
    row, shape = entry.row, entry.shape
    if shape.cases and look(entry.chain, shape.cases) == 1:
        return True
    if not shape.term:
        return False
    return shares.get(code_of(row, shape), 0.0) > rules.dominance


def far(value: int, others: list[int], smallest: int) -> bool:
    """Tell whether a count equals each other one, or lies at least the threshold away.

    Examples
    --------
    >>> far(20, [20, 31], 5), far(20, [18], 5)
    (True, False)
    """
    return all(value == other or abs(value - other) >= smallest for other in others)


def _before_few(ledger: Ledger, rules: Rules) -> Iterator[Place]:
    """Find the steps of a flow before one at which few left.

    That one is withheld, but an analysis of those who are left says how many they are.
    """
    for (name, (path, places)), entry in ledger.entries.items():
        before: Place = (name, (path, (*places[:-1], places[-1] - 1)))
        last = ledger.entries.get(before)
        if last is None or not {"n", "n_left_out"} <= {*entry.keys}:
            continue
        n, gone = (ledger.values[entry.keys[field]] for field in ("n", "n_left_out"))
        if 0 < gone < rules.smallest and ledger.values[last.keys["n"]] == n + gone:
            yield before


def _spaced(
    ledger: Ledger, place: Place, rules: Rules, taken: dict[tuple[str, ...], list[int]]
) -> bool:
    entry = ledger.entries[place]
    name, (path, places) = place
    whose = (entry.shape.people,) if entry.shape.people else (name, path, *map(str, places[:-1]))
    held = {
        (*whose, field, str(getattr(entry.row, "unit", ""))): ledger.values[entry.keys[field]]
        for field in entry.shape.spaced
        if field in entry.keys
    }
    if not all(far(value, taken.get(key, []), rules.smallest) for key, value in held.items()):
        return False
    for key, value in held.items():
        taken.setdefault(key, []).append(value)
    return True
