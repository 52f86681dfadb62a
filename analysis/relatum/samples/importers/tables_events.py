"""Files of events: a row per attempt to leave, contact with the police, report and so on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.samples.importers.base import Discard
from relatum.samples.importers.cells import ForeignTable, column_name
from relatum.samples.importers.cells_faults import FaultList
from relatum.samples.importers.mapping import FileMapping
from relatum.samples.importers.mapping_lines import EVENT_OWNERS, EVENT_TABLE_NAMES
from relatum.samples.importers.mapping_values import Resolved, resolve_cells
from relatum.samples.importers.tables_build import Collected
from relatum.samples.importers.tables_ids import number_names
from relatum.schema import ForeignKey, Schema, Table

__all__ = ["EventRows", "collect_events", "event_table"]

#: Letters of keys that are made up.
_LETTERS: Mapping[str, str] = {
    "escape_attempts": "A",
    "police_contacts": "P",
    "reports": "M",
    "retractions": "T",
    "suspect_contacts": "D",
}
_NOUNS: Mapping[str, str] = {
    "relationships": "relationship",
    "suspects": "suspect",
    "victims": "victim",
    "police_contacts": "contact with the police",
    "reports": "report",
}

#: Stands for an id that no earlier file holds.
_STRANGER = "\x1f"

Texts = NDArray[np.object_]


@dataclass(frozen=True)
class EventRows:
    """What the files that were read before hold; a file of events refers to it and adds to it.

    Attributes
    ----------
    units : mapping of str to DataFrame
        By table, with the events that were read.
    names : mapping of str to mapping of str to str
        For every key that was replaced by numbers, our number of each of their ids.
    discards : list of Discard
    """

    units: dict[str, pd.DataFrame]
    names: dict[str, Mapping[str, str]]
    discards: list[Discard] = field(default_factory=list)

    @classmethod
    def of(cls, collected: Collected) -> EventRows:
        """Start from the file of relationships or codings."""
        return cls(units=dict(collected.units), names=dict(collected.names))


def event_table(mapping: FileMapping) -> str:
    """Return the table of events that a checked mapping fills."""
    return next(line.table for line in mapping.lines if line.table in EVENT_TABLE_NAMES)


def collect_events(
    table: ForeignTable, mapping: FileMapping, held: EventRows, *, schema: Schema, faults: FaultList
) -> None:
    """Turn the rows of a file of events into rows of their table.

    Parameters
    ----------
    table : ForeignTable
    mapping : FileMapping
        Read with the form ``events``.
    held : EventRows
        Takes the rows. Reports need the contacts, and retractions the reports, before them.
    schema : Schema
    faults : FaultList
        Takes every fault of keys and cells: an event of a relationship, victim or contact that is
        in no earlier file; a key that is blank, or given twice.

    Notes
    -----
    Who an event belongs to is named by ``relationship_id``, or by suspect and victim together. The
    victim of a contact, and the contact's own victim and relationship in a report, are filled in
    where they are not given. Events without a key get one by their contents, so that the order of
    rows does not matter; rows that are equal in everything are then one, and the report says so.
    """
    ours = schema[event_table(mapping)]
    resolved, left = resolve_cells(table, mapping, schema, faults)
    held.discards.extend(left)
    given: dict[str, Texts] = {}
    for one in resolved:
        if one.target in given:
            message = f"Several columns are mapped to '{one.target}'; one is enough."
            faults.add(table.name, "duplicate_target", message, column=column_name(one.column))
        given[one.target] = _numbers(table, one, ours, held, faults)
    _find_pairs(given, ours, held)
    stated = dict(given)
    filled = _fill_owners(given, ours, held)
    for reference in ours.foreign_keys:
        needed = ours[reference.field].required and reference.field not in filled
        _check_parents(table, stated, reference, held, faults, needed=needed)
    given.pop("suspect_id", None)
    frame = pd.DataFrame(given, dtype=object)
    if ours.primary_key in frame:
        _check_keys(table, frame[ours.primary_key], faults)
        rows = frame
    else:
        rows = _with_keys(table, frame, ours, held)
    held.units[ours.name] = rows.sort_values(ours.primary_key, ignore_index=True)


def _numbers(
    table: ForeignTable, one: Resolved, ours: Table, held: EventRows, faults: FaultList
) -> Texts:
    """Return ids of theirs as ours, by the numbers of the file that named them first."""
    own = one.target == ours.primary_key
    if own and one.numbered:
        held.names[one.target] = number_names(list(one.texts), _LETTERS[ours.name])
    references = [reference.field for reference in ours.foreign_keys]
    is_key = own or one.target in EVENT_OWNERS or one.target in references
    if not is_key or (own and not one.numbered):
        return one.texts
    known = held.names.get(one.target)
    if one.numbered != (known is not None):
        message = "This key is 'numbered' in one mapping and not in another; say the same in both."
        faults.add(table.name, "numbered_once", message, column=column_name(one.column))
        return one.texts
    if known is None:
        return one.texts
    # What no earlier file names is told as a missing parent, even if it looks like our number.
    return np.array(
        [known.get(text, _STRANGER if text else "") for text in one.texts], dtype=object
    )


def _find_pairs(given: dict[str, Texts], ours: Table, held: EventRows) -> None:
    """Find the relationship of suspect and victim where none is given."""
    if "relationship_id" not in ours or "relationship_id" in given or not _has_pair(given):
        return
    pairs = held.units["relationships"]
    persons = zip(pairs["suspect_id"], pairs["victim_id"], strict=True)
    known = dict(zip(persons, pairs["relationship_id"], strict=True))
    both = zip(given["suspect_id"], given["victim_id"], strict=True)
    given["relationship_id"] = np.array([known.get(pair, "") for pair in both], dtype=object)


def _fill_owners(given: dict[str, Texts], ours: Table, held: EventRows) -> set[str]:
    """Fill in relationship and victim where other keys tell them; return what was filled in.

    What they are taken from is checked itself, so that nothing is told twice.
    """
    sources = []
    if "contact_id" in given and ours.name != "police_contacts":
        sources.append(("contact_id", held.units.get("police_contacts")))
    if "relationship_id" in given:
        sources.append(("relationship_id", held.units["relationships"]))
    filled = set()
    for through, frame in sources:
        for name in ("relationship_id", "victim_id"):
            if frame is None or name == through or name not in ours or name not in frame:
                continue
            known = dict(zip(frame[through], frame[name], strict=True))
            found = np.array([known.get(text, "") for text in given[through]], dtype=object)
            mine = given.get(name, np.full(len(found), "", dtype=object))
            given[name] = np.where(mine == "", found, mine)
            filled.add(name)
    if "victim_id" not in ours:
        given.pop("victim_id", None)
    return filled


def _has_pair(given: Mapping[str, Texts]) -> bool:
    return "suspect_id" in given and "victim_id" in given


def _check_parents(
    table: ForeignTable,
    given: Mapping[str, Texts],
    reference: ForeignKey,
    held: EventRows,
    faults: FaultList,
    *,
    needed: bool,
) -> None:
    name, noun = reference.field, _NOUNS[reference.table]
    if name not in given:
        if needed:
            message = f"No column says which {noun} a row belongs to; map one to '{name}'."
            faults.add(table.name, "missing_target", message, column=name)
        return
    parents = held.units.get(reference.table)
    known = set() if parents is None else set(parents[reference.reference])
    for at, text in enumerate(given[name]):
        place = table.place(at)
        if text == "" and needed:
            message = f"The row names no {noun} that is known."
            faults.add(table.name, "missing_id", message, row=place, column=name)
        elif text and text not in known:
            message = f"No earlier file holds this {noun} (not shown)."
            faults.add(table.name, "missing_parent", message, row=place, column=name)


def _check_keys(table: ForeignTable, keys: pd.Series, faults: FaultList) -> None:
    repeated = keys.duplicated().to_numpy()
    for at, text in enumerate(keys):
        if text == "":
            message = f"The row has no '{keys.name}'."
            faults.add(
                table.name, "missing_id", message, row=table.place(at), column=str(keys.name)
            )
        elif repeated[at]:
            message = f"An earlier row has the same '{keys.name}'."
            faults.add(
                table.name, "duplicate_key", message, row=table.place(at), column=str(keys.name)
            )


def _with_keys(
    table: ForeignTable, frame: pd.DataFrame, ours: Table, held: EventRows
) -> pd.DataFrame:
    """Give keys to events by their contents, whatever the order of the rows."""
    names = sorted(frame.columns)
    distinct = frame.drop_duplicates()
    if n := len(frame) - len(distinct):
        why = f"equal to an earlier row in everything; if it is another event, add '{_key(ours)}'"
        held.discards.append(Discard(source=table.name, what="repeated events", n=n, why=why))
    ordered = distinct.sort_values(names, ignore_index=True)
    made = [f"{_LETTERS[ours.name]}{at:04d}" for at in range(1, len(ordered) + 1)]
    ordered.insert(0, _key(ours), made)
    return ordered


def _key(ours: Table) -> str:
    return ours.primary_key
