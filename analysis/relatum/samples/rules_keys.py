"""Rules across rows and tables: references, pairs, persons, and what a coding may address."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.errors import Issue
from relatum.samples.context import CheckContext, TableContext, shown
from relatum.samples.sample import UNIT_TABLES
from relatum.schema import near_match

__all__ = [
    "check_codes",
    "check_conflicts",
    "check_pairs",
    "check_persons",
    "check_references",
    "check_simulated_marks",
    "check_units",
]


def check_references(context: CheckContext) -> list[Issue]:
    """List rows that name a row which does not exist."""
    found = []
    for held in context.tables.values():
        for key in held.table.foreign_keys:
            if key.field not in held:
                continue
            lost = ~held.missing(key.field) & ~_known(held, key.field, context.keys_of(key.table))
            rule = "report_missing" if held.name == "retractions" else "missing_parent"
            message = f"There is no such row in the table '{key.table}'."
            if rule == "report_missing":
                message = "A retraction needs its report: there is no such row in 'reports'."
            found += held.issues(lost, column=key.field, rule=rule, message=message)
    return found


def _known(held: TableContext, column: str, keys: pd.Index) -> NDArray[np.bool_]:
    raw = held.column(column)
    listed = set(keys)
    return raw.flags({value: value in listed for value in raw.distinct})


def check_units(context: CheckContext) -> list[Issue]:
    """List codings of a unit that does not exist."""
    held = context.tables.get("codings")
    if held is None:
        return []
    found = []
    types = held.texts("unit_type")
    for unit_type, table in UNIT_TABLES.items():
        rows = (types == unit_type) & ~held.missing("unit_id")
        if rows.any():
            lost = rows & ~_known(held, "unit_id", context.keys_of(table))
            message = f"There is no such row in the table '{table}'."
            found += held.issues(lost, column="unit_id", rule="missing_parent", message=message)
    return found


#: The units that a code of a unit may be entered for, besides its own.
_ALSO: dict[str, tuple[str, ...]] = {
    "relationship": ("victim",),
    "contact": ("relationship", "victim", "report"),
    "report": ("relationship", "victim", "contact"),
}


def check_codes(context: CheckContext) -> list[Issue]:
    """List codings with an unknown or derived code, or with the wrong kind of unit."""
    held = context.tables.get("codings")
    if held is None or "code" not in held:
        return []
    book = context.schema.codebook
    column = held.column("code")
    found: list[Issue] = []
    types = held.texts("unit_type")
    for at, text in enumerate(column.distinct):
        rows = column.codes == at
        if text in held.table.missing_values:
            continue
        if text not in book:
            found += _unknown_code(held, rows, text, tuple(book))
        elif not book[text].is_coding:
            found += _not_entered(held, rows, text, derived=book[text].is_derived)
        else:
            allowed = (book[text].unit, *_ALSO.get(book[text].unit, ()))
            wrong = rows & ~np.isin(types, allowed) & (types != "")
            message = f"'{text}' is coded for: {', '.join(allowed)}."
            found += held.issues(
                wrong, column="unit_type", rule="wrong_unit", message=message, allowed=allowed
            )
    return found


def _unknown_code(
    held: TableContext, rows: NDArray[np.bool_], text: str, codes: tuple[str, ...]
) -> list[Issue]:
    message = f"{shown(text, held.table['code'])} is not a code of the codebook."
    near = near_match(text.lower(), codes)
    return held.issues(rows, column="code", rule="unknown_code", message=message, near=near)


def _not_entered(
    held: TableContext, rows: NDArray[np.bool_], text: str, *, derived: bool
) -> list[Issue]:
    why = "is computed, never entered" if derived else "has a column of its own"
    return held.issues(rows, column="code", rule="derived_code_entered", message=f"'{text}' {why}.")


def check_conflicts(context: CheckContext) -> list[Issue]:
    """List what one coder entered as present and as absent, and rules nobody may apply by hand."""
    held = context.tables.get("codings")
    if held is None:
        return []
    rows = pd.DataFrame(
        {name: held.texts(name) for name in ("unit_type", "unit_id", "code", "coder_id", "status")}
    )
    key = ["unit_type", "unit_id", "code", "coder_id"]
    facts = rows[rows["status"].isin(["present", "absent_documented"])]
    kinds = facts.groupby(key, sort=False)["status"].transform("nunique")
    clash = facts.index[
        (kinds > 1).to_numpy() & (facts["status"] == "absent_documented").to_numpy()
    ]
    message = "The same coder entered this item as present and as absent_documented."
    found = held.issues(
        clash.to_numpy(dtype=np.intp), column="status", rule="conflicting_status", message=message
    )
    message = "'not_applicable' follows from a rule of the schema; it is never entered by hand."
    found += held.issues(
        (rows["status"] == "not_applicable").to_numpy(),
        column="status",
        rule="not_applicable_without_rule",
        message=message,
    )
    return found + _check_coders(context, held, rows["coder_id"])


def _check_coders(context: CheckContext, held: TableContext, coders: pd.Series) -> list[Issue]:
    names = sorted(set(coders) - {""})
    if len(names) < 2 or "consensus" in names or context.coder in names:
        return []
    message = (
        f"{len(names)} coders, no 'consensus' and no coder declared in the descriptor: "
        'an analysis needs coder = "..." in its plan.'
    )
    return [
        Issue(
            table=held.name,
            field="coder_id",
            rule="several_coders",
            message=message,
            severity="warning",
        )
    ]


def check_pairs(context: CheckContext) -> list[Issue]:
    """List a suspect and a victim who are paired twice, and pairs that cross investigations."""
    held = context.tables.get("relationships")
    if held is None:
        return []
    suspects, victims = held.texts("suspect_id"), held.texts("victim_id")
    pairs = pd.DataFrame({"suspect": suspects, "victim": victims})
    twice = pairs.duplicated().to_numpy() & (suspects != "") & (victims != "")
    message = "This suspect and this victim already form a relationship."
    found = held.issues(twice, column="victim_id", rule="duplicate_relationship", message=message)
    cases = held.texts("case_id")
    for person, ids in (("suspect", suspects), ("victim", victims)):
        theirs = context.look_up(f"{person}s", ids, "case_id")
        other = (theirs != "") & (cases != "") & (theirs != cases)
        message = f"The {person} belongs to another investigation than the relationship."
        found += held.issues(
            other, column=f"{person}_id", rule="person_in_two_cases", message=message
        )
    return found


def check_persons(context: CheckContext) -> list[Issue]:
    """List a person who is entered under two investigations."""
    found: list[Issue] = []
    for name in ("suspects", "victims"):
        held = context.tables.get(name)
        if held is None:
            continue
        key = held.table.primary_key
        rows = pd.DataFrame({"id": held.texts(key), "case": held.texts("case_id")})
        cases = rows.groupby("id")["case"].transform("nunique").to_numpy()
        again = rows["id"].duplicated().to_numpy() & (cases > 1) & (rows["id"] != "").to_numpy()
        message = "This person is entered under two investigations; merge them into one case."
        found += held.issues(again, column="case_id", rule="person_in_two_cases", message=message)
    return found


def check_simulated_marks(context: CheckContext) -> list[Issue]:
    """List rows whose mark contradicts the sample's origin."""
    simulated = context.origin == "simulated"
    found: list[Issue] = []
    for held in context.tables.values():
        marks = held.texts("simulated")
        wrong = (marks != "true") if simulated else (marks == "true")
        message = (
            "Every row of a simulated sample is marked simulated = true."
            if simulated
            else "This row is marked as simulated, but the sample says that it is not."
        )
        found += held.issues(wrong, column="simulated", rule="simulated_mark", message=message)
    return found
