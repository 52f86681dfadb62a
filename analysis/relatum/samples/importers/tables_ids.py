"""Which investigation, suspect, victim and relationship a row of a foreign table belongs to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.samples.importers.base import Discard
from relatum.samples.importers.cells import ForeignTable, column_name
from relatum.samples.importers.cells_faults import FaultList
from relatum.samples.importers.mapping_values import Resolved

__all__ = ["KEYS", "RowIds", "number_names", "row_ids"]

#: The keys that a row may give, with the letter of those that are made up.
KEYS: Mapping[str, str] = {
    "case_id": "C",
    "suspect_id": "S",
    "victim_id": "V",
    "relationship_id": "R",
}
_DIGITS = re.compile(r"(\d+)")

Texts = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class RowIds:
    """The ids of every row, by key, and what the report says of those that were made up.

    `names` holds, for the keys that were replaced by numbers, our number of each of their ids.
    """

    ids: Mapping[str, Texts]
    notes: tuple[Discard, ...]
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def _natural(text: str) -> tuple[object, ...]:
    parts = _DIGITS.split(text)
    return tuple(part.zfill(20) if at % 2 else part for at, part in enumerate(parts))


def number_names(names: Sequence[str], letter: str) -> dict[str, str]:
    """Return meaningless ids for names, in the order of the names.

    The order of rows does not matter; a blank name gets no id.

    Examples
    --------
    >>> number_names(["file 10", "file 9", "file 10", ""], "R")
    {'file 9': 'R0001', 'file 10': 'R0002'}
    """
    ordered = sorted({name for name in names if name}, key=_natural)
    return {name: f"{letter}{at:04d}" for at, name in enumerate(ordered, 1)}


def row_ids(
    table: ForeignTable, resolved: Sequence[Resolved], faults: FaultList, *, unit_rows: bool
) -> RowIds:
    """Find or make up the ids of every row.

    Parameters
    ----------
    table : ForeignTable
    resolved : sequence of Resolved
        What the columns say; the keys among them are used.
    faults : FaultList
        Takes blank and contradictory keys.
    unit_rows : bool
        Whether a row is a relationship, so that one without a key may get one.

    Returns
    -------
    RowIds
    """
    names: dict[str, Mapping[str, str]] = {}
    given = {
        key: texts
        for key in KEYS
        if (texts := _given(table, key, resolved, faults, names)) is not None
    }
    notes: list[Discard] = []
    n = len(table.rows)
    if "relationship_id" not in given:
        given["relationship_id"] = _relationships(table, given, faults, notes, unit_rows=unit_rows)
    if faults:
        blank = np.full(n, "", dtype=object)
        return RowIds({key: given.get(key, blank) for key in KEYS}, tuple(notes))
    for key, noun in (("suspect_id", "suspect"), ("victim_id", "victim")):
        if key not in given:
            made = number_names(list(given["relationship_id"]), KEYS[key])
            given[key] = _looked_up(made, given["relationship_id"])
            why = f"every relationship was given a {noun} of its own"
            notes.append(_note(table, f"relationships without a {noun}", len(made), why))
    if "case_id" not in given:
        given["case_id"] = _components(given)
        n_cases = len(set(given["case_id"]))
        why = f"relationships that share a person were put into one of {n_cases:,} cases"
        n_units = len(set(given["relationship_id"]))
        notes.append(_note(table, "relationships without an investigation", n_units, why))
    return RowIds(given, tuple(notes), names)


def _note(table: ForeignTable, what: str, n: int, why: str) -> Discard:
    return Discard(source=table.name, what=what, n=n, why=why)


def _given(
    table: ForeignTable,
    key: str,
    resolved: Sequence[Resolved],
    faults: FaultList,
    names: dict[str, Mapping[str, str]],
) -> Texts | None:
    """Return the ids that columns give; blank ones and contradictions are faults."""
    mine = [one for one in resolved if one.target == key and one.table != "codings"]
    if not mine:
        return None
    one = mine[0]
    columns = {other.column for other in mine}
    if len(columns) > 1:
        message = f"Several columns are mapped to '{key}'; one is enough."
        faults.add(table.name, "duplicate_target", message, column=column_name(one.column))
    cells = table.frame[one.column].to_numpy(dtype=object) if one.column else one.texts
    # A key of a wrong form was told already.
    for at in np.flatnonzero((one.texts == "") & (cells == "")):
        message = f"The row has no '{key}'."
        faults.add(
            table.name,
            "missing_id",
            message,
            row=table.place(int(at)),
            column=column_name(one.column),
        )
    if not one.numbered:
        return one.texts
    names[key] = number_names(list(one.texts), KEYS[key])
    return _looked_up(names[key], one.texts)


def _looked_up(made: Mapping[str, str], texts: Texts) -> Texts:
    return np.array([made.get(text, "") for text in texts], dtype=object)


def _relationships(
    table: ForeignTable,
    given: Mapping[str, Texts],
    faults: FaultList,
    notes: list[Discard],
    *,
    unit_rows: bool,
) -> Texts:
    n = len(table.rows)
    if "suspect_id" in given and "victim_id" in given:
        pairs = given["suspect_id"] + "\x1f" + given["victim_id"]
        return _looked_up(number_names(list(pairs), KEYS["relationship_id"]), pairs)
    if not unit_rows:
        message = "No column says which relationship a row speaks of; map one to 'relationship_id'."
        faults.add(table.name, "missing_target", message)
        return np.full(n, "", dtype=object)
    notes.append(_note(table, "rows without a key", n, "every row was taken for a relationship"))
    letter = KEYS["relationship_id"]
    return np.array([f"{letter}{at:04d}" for at in range(1, n + 1)], dtype=object)


def _components(given: Mapping[str, Texts]) -> Texts:
    """Return one id for all relationships that hang together by a suspect or a victim."""
    root: dict[str, str] = {}

    def top(name: str) -> str:
        while root.setdefault(name, name) != name:
            root[name] = root[root[name]]
            name = root[name]
        return name

    units = given["relationship_id"]
    for key in ("suspect_id", "victim_id"):
        for unit, person in zip(units, given[key], strict=True):
            first, second = sorted((top(f"r{unit}"), top(f"{key}{person}")))
            root[second] = first
    groups = [top(f"r{unit}") for unit in units]
    # The name of a group is its first relationship, whatever the order of the rows.
    firsts = (
        pd.Series(units, dtype=object).groupby(groups).agg(lambda held: min(held, key=_natural))
    )
    made = number_names(list(firsts), KEYS["case_id"])
    return np.array([made[firsts[group]] for group in groups], dtype=object)
