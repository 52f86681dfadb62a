"""Which counts add up to which: within rows, over rows, and from one result to another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from relatum.release.ledger import Entry, Ledger, Place
from relatum.release.linear import Key, Relation
from relatum.release.shapes import at

__all__ = ["MARGINS", "Margin", "relations"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """A sum that a reader can make over the rows of a result.

    Attributes
    ----------
    kind, rows : str
        The class of the result, and the field of its rows.
    part : str
        The count that is added up.
    by : tuple of str
        Rows with equal values in these fields are added up; none for all rows of one parent.
    whole : str
        The count of the same rows that is the sum; empty where it stands elsewhere.
    total : tuple of (field, value)
        The rows that hold the sum, in the count `part`; `same` names what they share with the
        parts. Without whole and total the reader is taken to know the sum.
    same : tuple of (field, field)
        The field of the parts, and that of the total, that are equal.
    only : str
        The ``level`` that parts must have; empty for any.
    leave : tuple of str
        Values of ``curve`` that are no parts.
    """

    kind: str
    rows: str
    part: str
    by: tuple[str, ...] = ()
    whole: str = ""
    total: tuple[tuple[str, str], ...] = ()
    same: tuple[tuple[str, str], ...] = ()
    only: str = ""
    leave: tuple[str, ...] = ()


def _strata(part: str) -> tuple[Margin, ...]:
    """Strata add up to all relationships, codes to their domain, domains to all codes."""
    here = (("stratum_variable", "stratum_variable"), ("stratum", "stratum"))
    return (
        Margin(
            kind="documentation",
            rows="cells",
            part=part,
            by=("level", "term", "stratum_variable"),
            total=(("stratum_variable", "all"),),
            same=(("level", "level"), ("term", "term")),
        ),
        Margin(
            kind="documentation",
            rows="cells",
            part=part,
            by=("level", "domain", "stratum_variable", "stratum"),
            total=(("level", "domain"),),
            same=(("domain", "term"), *here),
            only="code",
        ),
        Margin(
            kind="documentation",
            rows="cells",
            part=part,
            by=("level", "stratum_variable", "stratum"),
            total=(("level", "all"),),
            same=here,
            only="domain",
        ),
    )


#: What adds up over the rows of results.
MARGINS: tuple[Margin, ...] = (
    Margin(
        kind="distribution",
        rows="levels",
        part="n",
        by=("variable", "unit"),
        whole="n_documented",
    ),
    *(margin for part in ("n_items", "n_documented") for margin in _strata(part)),
    _strata("n_relationships")[0],
    Margin(kind="domain_sets", rows="sets", part="n"),
    Margin(kind="composite_claims", rows="depth", part="n", by=("variable",)),
    Margin(kind="cluster_diagnostics", rows="rows.classes", part="n_units"),
    Margin(kind="cluster_diagnostics", rows="rows.classes", part="n_cases"),
    Margin(
        kind="escape_outcomes",
        rows="rows",
        part="n",
        by=("variable", "known_how"),
        whole="n_documented",
    ),
    Margin(kind="escape_outcomes", rows="preceding", part="n_events", by=("term",)),
    *(
        Margin(
            kind="retraction",
            rows="horizons",
            part=part,
            by=("day",),
            total=(("curve", "any"),),
            same=(("day", "day"),),
            leave=("closed", "death"),
        )
        for part in ("n_events_low", "n_events_high")
    ),
    Margin(kind="retraction", rows="after", part="n", by=("variable",), whole="n_documented"),
    Margin(
        kind="reporting", rows="shares", part="n_in_state", by=("split", "level"), whole="n_known"
    ),
    *(
        Margin(
            kind="reporting",
            rows="shares",
            part=part,
            by=("split", "state"),
            total=(("split", "all"),),
            same=(("state", "state"),),
        )
        for part in ("n_women", "n_known", "n_in_state", "n_undetermined")
    ),
    Margin(kind="reporting", rows="transitions", part="n", by=("origin",), whole="n_from"),
    *(
        Margin(kind="retraction_contrasts", rows="contact", part=part, by=("variable",))
        for part in ("n_events_low", "n_events_high")
    ),
    Margin(
        kind="sizes", rows="groups.bands", part="n_groups", by=("variable",), whole="n_groups_all"
    ),
    Margin(kind="familiar_times", rows="groups", part="n_records"),
    Margin(kind="familiar_times", rows="groups", part="n_events"),
    Margin(kind="familiar_times", rows="causes", part="n_events", by=("group",), whole="n_records"),
    *(
        Margin(
            kind="comparison_profile",
            rows="balance",
            part=f"{side}_level",
            by=("term",),
            whole=f"{side}_documented",
        )
        for side in ("trafficking", "domestic_violence")
    ),
)

#: Prefixes of names of counts that may be the number of the same name without it.
_PREFIXES = ("domain_", "tactic_", "branch_", "lower_", "registry_")
#: Names of counts that may be the same number as one of another name, and the places of the
#: parts of their keys that are then equal.
_TWINS = {
    "times_cause": ("times_events", ((1, 1),)),
    "size_band": ("case_band", ((1, 1), (3, 3), (4, 4))),
    "balance_level": ("level", ((1, 1), (2, 3))),
    **{f"contrast_{x}": (f"determinant_{x}", ((1, 1),)) for x in ("with", "stepped_with")},
}


def relations(ledger: Ledger) -> tuple[Relation, ...]:
    """Return every relation that holds between the counts of a ledger.

    A sum that is less than its whole, because some have no level, bounds the parts only; levels
    that can hold together are bounded one by one.
    """
    found: dict[Relation, None] = {}
    for entry in ledger.entries.values():
        found |= dict.fromkeys(_within(ledger, entry))
    for margin in MARGINS:
        found |= dict.fromkeys(_over(ledger, margin))
    found |= dict.fromkeys(_across(ledger))
    return tuple(found)


def _within(ledger: Ledger, entry: Entry) -> Iterator[Relation]:
    for whole, parts in entry.shape.sums:
        keys = tuple(entry.keys[name] for name in parts if name in entry.keys)
        if len(keys) == len(parts) and (not whole or whole in entry.keys):
            yield from _sum(ledger, entry.keys[whole] if whole else None, keys)
    tables = [table for table in entry.shape.tables if {*table} <= {*entry.keys}]
    for table, (one, other, neither) in zip(tables, entry.cells, strict=True):
        both, first, second, every = (entry.keys[name] for name in table)
        yield Relation(first, (both, one))
        yield Relation(second, (both, other))
        yield Relation(every, (both, one, other, neither))
    for part, whole in (*entry.shape.parts, *entry.shape.rests):
        if part in entry.keys and whole in entry.keys:
            yield from _sum(ledger, entry.keys[whole], (entry.keys[part],), loose=True)


def _sum(
    ledger: Ledger, whole: Key | None, parts: tuple[Key, ...], *, loose: bool = False
) -> Iterator[Relation]:
    total = sum(ledger.values[key] for key in parts)
    if whole is None:
        yield Relation(None, parts, total=total)
    elif total <= ledger.values[whole]:
        yield Relation(whole, parts, exact=total == ledger.values[whole] and not loose)
    else:
        fits = (key for key in parts if ledger.values[key] <= ledger.values[whole])
        yield from (Relation(whole, (key,), exact=False) for key in fits)


def _over(ledger: Ledger, margin: Margin) -> Iterator[Relation]:
    held = {
        place: entry
        for place, entry in ledger.entries.items()
        if entry.kind == margin.kind and place[1][0] == margin.rows and margin.part in entry.keys
    }
    groups: dict[tuple[object, ...], list[Entry]] = defaultdict(list)
    totals: dict[tuple[object, ...], Key] = {}
    for place, entry in held.items():
        if margin.total and all(at(entry.row, name) == value for name, value in margin.total):
            totals[place[0], *(at(entry.row, other) for _, other in margin.same)] = entry.keys[
                margin.part
            ]
            continue
        if margin.leave and at(entry.row, "curve") in margin.leave:
            continue
        if margin.only and at(entry.row, "level") != margin.only:
            continue
        groups[_group(margin, place, entry)].append(entry)
    for group, members in groups.items():
        whole = None
        if margin.whole:
            whole = members[0].keys.get(margin.whole)
        elif margin.total:
            first = members[0].row
            whole = totals.get((group[0], *(at(first, name) for name, _ in margin.same)))
        if whole is not None or not (margin.whole or margin.total):
            keys = tuple(dict.fromkeys(entry.keys[margin.part] for entry in members))
            if whole not in keys:
                yield from _sum(ledger, whole, keys, loose=len(keys) == 1)


def _group(margin: Margin, place: Place, entry: Entry) -> tuple[object, ...]:
    name, (_, places) = place
    by = tuple(at(entry.row, field) for field in margin.by)
    return (name, *by) if margin.by else (name, *places[:-1])


def _across(ledger: Ledger) -> Iterator[Relation]:
    """Link a code in one result to the same code in another, where the numbers are the same."""
    by_name: dict[tuple[object, object], list[Key]] = defaultdict(list)
    for key in ledger.values:
        if len(key) > 1 and isinstance(key[1], str):
            by_name[key[0], key[1]].append(key)
    for key in ledger.values:
        if key[0] in ("documented", "items") and key[1] == "code" and key[3] == "all":
            names = ("present", "absent") if key[0] == "documented" else ("applicable",)
            parts = [by_name[name, key[2]] for name in names]
            for held in zip(*parts, strict=False):
                if sum(ledger.values[k] for k in held) == ledger.values[key]:
                    yield Relation(key, tuple(held))
        for other in _twins(key, by_name):
            if ledger.values[other] == ledger.values[key] and other != key:
                yield Relation(key, (other,))


#: Names of counts that may be the same number as one of another name, whose key begins with what
#: is left of theirs without a prefix.
_STEMS = {"quantity_events": ("stepped_by", "retraction_")}


def _twins(key: Key, by_name: dict[tuple[object, object], list[Key]]) -> Iterator[Key]:
    """Find the counts that may be the same number under another name."""
    if len(key) < 2:
        return
    name = str(key[0])
    prefix = next((word for word in _PREFIXES if name.startswith(word)), "")
    if prefix:
        yield from by_name.get((name.removeprefix(prefix), key[1]), ())
    stem = _STEMS.get(name)
    if stem is not None:
        yield from by_name.get((stem[0], str(key[1]).removeprefix(stem[1])), ())
    other, places = _TWINS.get(name, ("", ()))
    for held in by_name.get((other, key[1]), ()):
        if all(key[mine] == held[its] for mine, its in places):
            yield held
