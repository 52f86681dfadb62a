"""The differencing attack: what a reader of all released results can learn of withheld counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from relatum.release.judge import judge_rows
from relatum.release.ledger import Place, make_ledger
from relatum.release.linear import too_narrow
from relatum.release.margins import relations
from relatum.release.released import Releasable
from relatum.release.rules import RULES
from relatum.release.secondary import bounds_of, known_counts
from relatum.release.shapes import Address, at, rows_of
from relatum.study import ReleaseException

__all__ = ["Attack", "attack"]

#: Numbers that name a row rather than tell of people.
_NAMING = (
    *("month", "day", "months", "time", "low", "high", "start", "stop"),
    *("number", "n_classes"),
)
#: Texts that may differ between a row and what went out of it.
_SENTENCES = ("why", "reason", "detail", "limits_why")


@dataclass(frozen=True, slots=True)
class Attack:
    """What an attack came to.

    Attributes
    ----------
    n_targets : int
        Counts that the profile keeps from the reader.
    recovered : tuple of str
        The results of those whose range became shorter than the threshold; no value is named.
    """

    n_targets: int
    recovered: tuple[str, ...]


def attack(
    results: Mapping[str, Releasable],
    released: Mapping[str, Releasable],
    *,
    profile: str,
    exceptions: Sequence[ReleaseException] = (),
) -> Attack:
    """Try to learn every withheld count from all released results together.

    Parameters
    ----------
    results : mapping of str to Result
        As they were computed.
    released : mapping of str to Result
        What went out, by the same names. Nothing else of the judgement is used: rows are found
        again by their words.
    profile : str
        A name in `RULES`.
    exceptions : sequence of ReleaseException
        What the data owner waived is not attacked.

    Returns
    -------
    Attack
    """
    rules = RULES[profile]
    ledger = make_ledger(results)
    waived = {(waiver.result, waiver.rule) for waiver in exceptions}
    judged = judge_rows(ledger, rules, shares={}, waived=waived)
    hidden = _hidden_places(results, released, tuple(ledger.entries))
    gone = {name for name in results if released[name].kind != results[name].kind}
    known = known_counts(ledger, hidden, gone)
    owners = {target: place[0] for place, target in judged.targets}
    links = [r for r in relations(ledger) if r.whole is not None or not rules.small(r.total)]
    targets = list(owners)
    bounds = bounds_of(ledger, known, rules)
    narrow = too_narrow(targets, bounds=bounds, relations=links, width=rules.smallest)
    return Attack(len(targets), tuple(sorted({owners[targets[at]] for at in narrow})))


def _hidden_places(
    results: Mapping[str, Releasable],
    released: Mapping[str, Releasable],
    places: Sequence[Place],
) -> frozenset[Place]:
    """Find the rows that did not go out: those of whose words no released row has the same."""
    seen: dict[tuple[str, str], set[object]] = {}
    mine: dict[Place, object] = {}
    for name, path in sorted({(name, address[0]) for name, address in places}):
        seen[name, path] = set(_named_rows(released[name], path).values())
        mine |= {(name, at): words for at, words in _named_rows(results[name], path).items()}
    return frozenset(place for place in places if mine[place] not in seen[place[0], place[1][0]])


def _named_rows(result: object, path: str) -> dict[Address, object]:
    """Name every row at a path by its words and those of the rows around it."""
    found: dict[Address, object] = {}
    outer, _, _ = path.rpartition(".")
    around = _named_rows(result, outer) if outer else {}
    for address, row in rows_of(result, path):
        found[address] = (around.get((outer, address[1][:-1])), _words(row))
    return found


def _words(row: Any) -> object:  # noqa: ANN401 - any row
    """Return what names a row: its texts, its times, and the texts of what it holds."""
    named: list[object] = []
    for spec in fields(row):
        held = at(row, spec.name)
        if spec.name == "counted":
            named.append(_words(held))
        elif spec.name not in _SENTENCES and (
            isinstance(held, str)
            or (spec.name in _NAMING and isinstance(held, int | float))
            or (isinstance(held, tuple) and all(isinstance(item, str) for item in held))
        ):
            named.append((spec.name, held))
    return tuple(named)
