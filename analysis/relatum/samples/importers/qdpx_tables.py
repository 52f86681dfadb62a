"""The tables of a sample that the units and variables of a project fill."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from relatum.samples.identifiers import identifier_in
from relatum.samples.importers.qdpx_faults import Faults
from relatum.samples.importers.qdpx_mapping import STATUSES, MappingRow, Targets
from relatum.samples.importers.qdpx_project import Project
from relatum.samples.importers.qdpx_units import Units
from relatum.schema import Field, Schema

__all__ = ["Filled", "fill_tables"]

_YES, _NO = {"true", "1", "yes"}, {"false", "0", "no"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """The tables but for the codings.

    Attributes
    ----------
    tables : mapping of str to DataFrame
        cases, suspects, victims and relationships.
    codings : tuple of (int, str, str)
        Unit, code and status that a variable stated.
    made_up : mapping of str to int
        What no variable stated and had to be entered, by word.
    simulated : bool
        Whether every relationship says that it was simulated.
    """

    tables: Mapping[str, pd.DataFrame]
    codings: tuple[tuple[int, str, str], ...]
    made_up: Mapping[str, int]
    simulated: bool


#: Cells by table, key of the row, and column.
_Cells = dict[str, dict[str, dict[str, str]]]


def fill_tables(
    project: Project,
    units: Units,
    targets: Targets,
    schema: Schema,
    faults: Faults,
    *,
    population: str,
) -> Filled:
    """Fill the rows of investigations, persons and relationships.

    Parameters
    ----------
    project : Project
    units : Units
    targets : Targets
    schema : Schema
    faults : Faults
        Takes values that nobody mapped, that contradict each other, or that could name a person.
    population : str
        Entered where no variable states it.

    Returns
    -------
    Filled
    """
    stated, codings = _stated(project, units, targets, schema, faults)
    made_up: Counter[str] = Counter()
    persons = {who: _persons(who, stated, made_up) for who in ("suspect", "victim")}
    cells: _Cells = {name: {} for name in ("cases", "suspects", "victims", "relationships")}
    for at, (unit, case) in enumerate(zip(units.ids, units.case_ids, strict=True)):
        suspect, victim = persons["suspect"][at], persons["victim"][at]
        made_up["population"] += "population" not in stated[at].get("relationships", {})
        keys = {"cases": case, "suspects": suspect, "victims": victim, "relationships": unit}
        fixed = {
            "cases": {"case_id": case},
            "suspects": {"suspect_id": suspect, "case_id": case},
            "victims": {"victim_id": victim, "case_id": case},
            "relationships": {
                "relationship_id": unit,
                "case_id": case,
                "suspect_id": suspect,
                "victim_id": victim,
                "population": population,
            },
        }
        for table, key in keys.items():
            own = cells[table].setdefault(key, {})
            for column, value in (fixed[table] | stated[at].get(table, {})).items():
                _enter(own, table, column, value, faults, at=at)
    for row in cells["cases"].values():
        row.setdefault("case_list_source", "included")
    tables = {name: pd.DataFrame(list(rows.values())) for name, rows in cells.items()}
    marks = [row.get("simulated") == "true" for row in cells["relationships"].values()]
    return Filled(
        tables=tables, codings=codings, made_up=made_up, simulated=bool(marks) and all(marks)
    )


def _enter(
    row: dict[str, str], table: str, column: str, value: str, faults: Faults, *, at: int
) -> None:
    if row.setdefault(column, value) != value:
        rule = "person_in_two_cases" if column == "case_id" else "conflicting_value"
        message = (
            "A person belongs to two investigations."
            if column == "case_id"
            else "The project states two values where the sample has room for one."
        )
        faults.add(rule, message, row=f"relationship {at + 1}", field=f"{table}.{column}")


def _persons(
    who: str, stated: Sequence[Mapping[str, Mapping[str, str]]], made_up: Counter[str]
) -> list[str]:
    """Return the id of a suspect or a victim for every unit; each its own where none is stated."""
    named = [tables.get("relationships", {}).get(f"{who}_id", "") for tables in stated]
    taken, width = set(named), len(str(len(named)))
    found = []
    for at, name in enumerate(named, 1):
        own = f"{who}-{at:0{width}d}"
        while not name and own in taken:
            own = f"{own}x"
        made_up[who] += not name
        found.append(name or own)
    return found


def _stated(
    project: Project, units: Units, targets: Targets, schema: Schema, faults: Faults
) -> tuple[list[dict[str, dict[str, str]]], tuple[tuple[int, str, str], ...]]:
    """Return what variables state about each unit, as cells and as codings."""
    codings: list[tuple[int, str, str]] = []
    stated: list[dict[str, dict[str, str]]] = []
    for at, values in enumerate(units.values):
        tables: dict[str, dict[str, str]] = {}
        for guid, value in values:
            known = False
            rows = targets.variables.get(guid, ())
            for (table, ours), becomes in _becomes(rows, value).items():
                known = True
                if table == "codings":
                    if becomes in STATUSES:
                        codings.append((at, ours, becomes))
                    else:
                        known = False
                elif becomes:
                    field = schema[table][ours]
                    text = _as_field(becomes, field)
                    _check_text(text, field, f"{table}.{ours}", faults, at=at)
                    _enter(tables.setdefault(table, {}), table, ours, text, faults, at=at)
            if rows and not known:
                field_name = f"{rows[0].table}.{rows[0].ours}"
                message = "A variable has a value (not shown) that the mapping does not name."
                row = f"relationship {at + 1}"
                faults.add("unknown_value", message, row=row, field=field_name)
        stated.append(tables)
    return stated, tuple(codings)


def _becomes(rows: Sequence[MappingRow], value: str) -> dict[tuple[str, str], str]:
    """Return what a value becomes, by table and column; a named value goes before all values."""
    found: dict[tuple[str, str], str] = {}
    for row in rows:
        key = (row.table, row.ours)
        if row.value and row.value == value:
            found[key] = row.becomes or ("present" if row.table == "codings" else "")
        elif not row.value and key not in found:
            found[key] = row.becomes or value
    return found


def _as_field(value: str, field: Field) -> str:
    """Write a value as the column's type does; what does not fit is left to the check."""
    if field.type == "boolean":
        low = value.lower()
        return "true" if low in _YES else "false" if low in _NO else value
    if field.type == "date" and value[10:11] == "T":
        return value[:10]
    return value


def _check_text(value: str, field: Field, where: str, faults: Faults, *, at: int) -> None:
    """Refuse what could name a person before anything is laid out on disk."""
    if identifier_in(value, key=field.kind in ("id", "reference")):
        message = "The value (not shown) could name a person or is free text; take it out."
        faults.add("identifier", message, row=f"relationship {at + 1}", field=where)
