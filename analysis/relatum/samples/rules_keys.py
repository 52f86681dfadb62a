"""Rules across rows and tables: references, pairs, persons, and what a coding may address."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.errors import Issue
from relatum.samples.context import CheckContext, TableContext, shown
from relatum.samples.own_codes import EXTENSION
from relatum.samples.rules_values import MOST_HINTS
from relatum.samples.sample import UNIT_TABLES
from relatum.samples.texts import is_number
from relatum.schema import Code, near_match
from relatum.schema.extension import EXTENSION_PREFIX

__all__ = [
    "check_agreement",
    "check_coded_values",
    "check_codes",
    "check_conflicts",
    "check_duplicates",
    "check_pairs",
    "check_persons",
    "check_references",
    "check_selection",
    "check_simulated_marks",
    "check_units",
]


def check_references(context: CheckContext) -> list[Issue]:
    """List rows that name a row which does not exist."""
    found = []
    for held in context.tables.values():
        for key in held.table.foreign_keys:
            if key.field not in held or key.table in context.incomplete:
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
        if rows.any() and table not in context.incomplete:
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
    """List codings with an unknown or derived code, a wrong kind of unit, or a wrong value."""
    held = context.tables.get("codings")
    if held is None or "code" not in held:
        return []
    book = context.schema.codebook
    column = held.column("code")
    named = {text for text in column.distinct if text not in held.table.missing_values}
    found = _wrong_units(held, {text: book[text] for text in named if text in book})
    wrong = [
        place
        for place, text in enumerate(column.distinct)
        if text in named and not (text in book and book[text].is_coding)
    ]
    for number, rows in column.rows_by({place: at for at, place in enumerate(wrong, start=1)}):
        text = column.distinct[wrong[number - 1]]
        if text in book:
            found += _not_entered(held, rows, text, derived=book[text].is_derived)
            continue
        message = f"{shown(text, held.table['code'])} is not a code of the codebook."
        if text.startswith(EXTENSION_PREFIX):
            message += f" Own codes are read from {EXTENSION} in the folder, or from --extend FILE."
        near = near_match(text.lower()[:64], tuple(book)) if number <= MOST_HINTS else ""
        found += held.issues(rows, column="code", rule="unknown_code", message=message, near=near)
    return found


def _wrong_units(held: TableContext, codes: Mapping[str, Code]) -> list[Issue]:
    types = held.texts("unit_type")
    column = held.column("code")
    found: list[Issue] = []
    units = {text: code.unit for text, code in codes.items() if code.is_coding}
    for unit in sorted(set(units.values())):
        allowed = (unit, *_ALSO.get(unit, ()))
        mine = column.flags({value: units.get(value) == unit for value in column.distinct})
        wrong = mine & ~np.isin(types, allowed) & (types != "")
        message = "This code is not entered for such a unit."
        found += held.issues(
            wrong, column="unit_type", rule="wrong_unit", message=message, allowed=allowed
        )
    return found


def _not_entered(
    held: TableContext, rows: NDArray[np.intp], text: str, *, derived: bool
) -> list[Issue]:
    why = "is computed, never entered" if derived else "has a column of its own"
    return held.issues(rows, column="code", rule="derived_code_entered", message=f"'{text}' {why}.")


def check_coded_values(context: CheckContext) -> list[Issue]:
    """List values that the code of their row does not take, such as a sum that is no number."""
    held = context.tables.get("codings")
    if held is None or "value" not in held:
        return []
    kinds = {code.id: code.value_type for code in context.schema.codebook.values()}
    column = held.column("code")
    numeric = column.flags({text: kinds.get(text) == "number" for text in column.distinct})
    values = held.column("value")
    wordy = values.flags({text: not is_number(text) for text in values.distinct})
    message = "This code takes a number with a decimal point."
    return held.issues(
        numeric & wordy & ~held.missing("value"),
        column="value",
        rule="wrong_type",
        message=message,
    )


def check_duplicates(context: CheckContext) -> list[Issue]:
    """List codings that repeat another one in everything but their key."""
    held = context.tables.get("codings")
    if held is None:
        return []
    own = [name for name in held.raw.columns if name != held.table.primary_key]
    places = pd.DataFrame({name: held.column(name).codes for name in own})
    known = ~held.missing("unit_id") & ~held.missing("code")
    again = places.duplicated().to_numpy() & known if own else np.zeros(held.raw.n_rows, dtype=bool)
    message = "An earlier row says exactly the same; one of the two is enough."
    return held.issues(again, column="code", rule="duplicate_coding", message=message)


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
    return found + _check_coders(context, held, rows["coder_id"]) + _check_consensus(held, rows)


def _check_coders(context: CheckContext, held: TableContext, coders: pd.Series) -> list[Issue]:
    names = set(coders) - {""}
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


def _check_consensus(held: TableContext, rows: pd.DataFrame) -> list[Issue]:
    """Warn of units that others coded and the consensus did not: it is what analyses read."""
    agreed = (rows["coder_id"] == "consensus").to_numpy()
    units = pd.MultiIndex.from_frame(rows[["unit_type", "unit_id"]])
    n_all = len(units.unique())
    n_left = n_all - len(units[agreed].unique())
    if not agreed.any() or not n_left:
        return []
    message = (
        f"{n_left:,} of {n_all:,} coded units have no coding by 'consensus', so an analysis takes "
        "them as not documented. Enter the codings of a single coder as consensus, too, or name "
        'a coder in the plan: coder = "...".'
    )
    return [
        Issue(
            table=held.name,
            field="coder_id",
            rule="partial_consensus",
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


#: Columns that must agree with the row that another column names.
_AGREE: tuple[tuple[str, str, str, str], ...] = (
    ("police_contacts", "relationship_id", "relationships", "victim_id"),
    ("reports", "relationship_id", "relationships", "victim_id"),
    ("reports", "contact_id", "police_contacts", "victim_id"),
)


def check_agreement(context: CheckContext) -> list[Issue]:
    """List contacts and reports whose victim is not the one of the row that they name."""
    found: list[Issue] = []
    for table, key, target, column in _AGREE:
        held = context.tables.get(table)
        if held is None:
            continue
        own = held.texts(column)
        theirs = context.look_up(target, held.texts(key), column)
        other = (own != "") & (theirs != "") & (own != theirs)
        message = f"The row of '{target}' that '{key}' names has another victim."
        found += held.issues(other, column=column, rule="other_victim", message=message)
    return found


def check_selection(context: CheckContext) -> list[Issue]:
    """List persons and relationships of investigations that were left out of the study."""
    found: list[Issue] = []
    for table in ("suspects", "victims", "relationships"):
        held = context.tables.get(table)
        if held is None:
            continue
        place = context.look_up("cases", held.texts("case_id"), "case_list_source")
        left_out = np.array([text.startswith("excluded_") for text in place], dtype=bool)
        message = "This investigation was left out of the study ('case_list_source')."
        found += held.issues(left_out, column="case_id", rule="excluded_case", message=message)
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
