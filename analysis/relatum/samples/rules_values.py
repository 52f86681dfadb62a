"""Rules for single cells: required, type, level, limits, pattern. Each works on distinct texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from relatum.errors import Issue
from relatum.samples.context import CheckContext, TableContext, shown, shown_column
from relatum.samples.texts import (
    FIRST_YEAR,
    LAST_YEAR,
    is_date,
    is_integer,
    is_number,
    truth_of,
)
from relatum.schema import Field, near_match

__all__ = ["MOST_HINTS", "check_columns", "check_values"]

#: A pattern of countries: any two capital letters, or one of some coarse groups.
_COUNTRY = re.compile(r"\^\(\[A-Z\]\{2\}\|([a-z_|]+)\)\$")
_FORMS: Mapping[str, str] = {
    "^[A-Za-z0-9][A-Za-z0-9_.;+-]{0,63}$": (
        "of a level or a number: letters, digits and any of _ . ; + -, at most 64"
    ),
}
_ALONE = ("none", "not_documented")
#: Fields in which ``none`` is a finding of its own, and the rule that other levels break.
_NONE_RULES: Mapping[str, str] = {"contact_means": "contact_none_with_means"}
_LONGEST_WORD = 40
#: Nearest words are sought for so many different faults of a column; each search takes time.
MOST_HINTS = 200
_WORDS = {
    "integer": "a whole number of at most 15 digits",
    "number": "a number with a decimal point",
    "boolean": "true or false",
    "date": "a date written YYYY-MM-DD",
}


def check_columns(context: CheckContext) -> list[Issue]:
    """List columns that the schema does not know, and required ones that are not there."""
    found = []
    for held in context.tables.values():
        known = held.table.columns
        for column in held.raw.columns:
            if column not in known:
                near = near_match(column, known)
                message = "This column is not part of the schema."
                found.append(_of_table(held, column, "unknown_field", message, known, near))
        for spec in held.table:
            if spec.required and spec.name not in held:
                message = "This column is required."
                found.append(_of_table(held, spec.name, "missing_field", message, (), ""))
    return found


def _of_table(
    held: TableContext, column: str, rule: str, message: str, allowed: tuple[str, ...], near: str
) -> Issue:
    return Issue(
        table=held.name,
        field=shown_column(column),
        rule=rule,
        message=message,
        allowed=allowed,
        near=near,
    )


def check_values(context: CheckContext) -> list[Issue]:
    """List every cell that its field does not allow."""
    found = []
    for held in context.tables.values():
        for spec in held.table:
            if spec.name in held:
                found.extend(_check_column(held, spec))
    return found


def _check_column(held: TableContext, spec: Field) -> list[Issue]:
    found = []
    if spec.required:
        message = "A value is required."
        rows = held.missing(spec.name)
        found += held.issues(rows, column=spec.name, rule="missing_value", message=message)
    if spec.unique:
        found += _repeated(held, spec)
    return found + _wrong_cells(held, spec)


def _wrong_cells(held: TableContext, spec: Field) -> list[Issue]:
    """List the cells at fault; equal faults share one pass over the rows."""
    column = held.column(spec.name)
    numbers: dict[Fault, int] = {}
    groups: dict[int, int] = {}
    for place in _doubtful(column.distinct, spec):
        text = column.distinct[place]
        if text in held.table.missing_values:
            continue
        if fault := _fault(text, spec, hint=len(numbers) < MOST_HINTS):
            groups[place] = numbers.setdefault(fault, len(numbers) + 1)
    if not groups:
        return []
    faults = list(numbers)
    found: list[Issue] = []
    for number, rows in column.rows_by(groups):
        rule, message, near = faults[number - 1]
        found += held.issues(
            rows, column=spec.name, rule=rule, message=message, allowed=spec.values, near=near
        )
    return found


def _doubtful(distinct: tuple[str, ...], spec: Field) -> Iterable[int]:
    """Return the places worth a closer look: of keys, of which there are many, only the faulty."""
    if spec.levels or spec.type != "string" or not spec.pattern:
        return range(len(distinct))
    fits = re.compile(spec.pattern).fullmatch
    return [place for place, text in enumerate(distinct) if not fits(text)]


def _repeated(held: TableContext, spec: Field) -> list[Issue]:
    column = held.column(spec.name)
    counts = np.bincount(column.codes, minlength=len(column.distinct))
    twice = (counts > 1)[column.codes] & ~held.missing(spec.name)
    if not twice.any():
        return []
    first = np.zeros(len(twice), dtype=bool)
    first[np.unique(column.codes, return_index=True)[1]] = True
    message = "This key is used by an earlier row."
    return held.issues(twice & ~first, column=spec.name, rule="duplicate_key", message=message)


Fault = tuple[str, str, str]


def _fault(text: str, spec: Field, *, hint: bool) -> Fault | None:
    if spec.levels:
        return _level_fault(text, spec, hint=hint)
    if spec.type in _TYPE_CHECKS and not _TYPE_CHECKS[spec.type](text):
        message = f"{shown(text, spec)} is not {_WORDS[spec.type]}."
        return "wrong_type", _coarse_date(text, spec) or message, ""
    if spec.type in ("integer", "number"):
        return _range_fault(float(text), spec)
    if spec.type == "date" and not FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
        message = f"The year (not shown) must lie between {FIRST_YEAR} and {LAST_YEAR}."
        return "out_of_range", message, ""
    if spec.pattern and not re.fullmatch(spec.pattern, text):
        return "pattern", f"The value (not shown) has not the form {_form(spec)}.", ""
    return None


def _coarse_date(text: str, spec: Field) -> str:
    """Say what to enter for a date such as a month or a year; empty for any other text."""
    # The importers check what they read by these rules, so that this module cannot import first.
    from relatum.samples.importers.dates import names_several_days

    if spec.type != "date" or ":" in text or not names_several_days(text):
        return ""
    what = f"{shown(text, spec)} stands for more than one day"
    stem = spec.name.removesuffix("_lower").removesuffix("_upper")
    if stem == spec.name:
        return f"{what}, and this column takes one; leave the cell empty where it is not known."
    return (
        f"{what}. Enter the first and the last day it can be, both written YYYY-MM-DD, in "
        f"'{stem}_lower' and '{stem}_upper'."
    )


def _form(spec: Field) -> str:
    if spec.kind in ("id", "reference"):
        return "of an identifier: letters, digits, '_' and '-', at most 64"
    if found := _COUNTRY.fullmatch(spec.pattern):
        return f"of a country: two capital letters of ISO 3166, such as NL, {_or(found[1])}"
    return _FORMS.get(spec.pattern, spec.pattern)


def _or(words: str) -> str:
    return f"or {' or '.join(words.split('|'))}"


def _level_fault(text: str, spec: Field, *, hint: bool) -> Fault | None:
    parts = text.split(";") if spec.kind == "multi" else [text]
    wrong = [part for part in parts if part not in spec.values]
    if not wrong:
        return _mixed_fault(parts, spec.name)
    # The nearest level would give away the value of a sensitive field.
    hint = hint and not spec.sensitive and len(wrong[0]) <= _LONGEST_WORD
    near = near_match(wrong[0].lower(), spec.values) if hint else ""
    return "unknown_level", f"{shown(wrong[0], spec)} is not a level of this field.", near


def _mixed_fault(parts: list[str], column: str) -> Fault | None:
    """Levels that are listed twice, or beside 'none' or 'not_documented', contradict themselves."""
    if len(set(parts)) < len(parts):
        return "contradictory_levels", "A level is listed twice.", ""
    alone = [part for part in parts if part in _ALONE]
    if len(parts) > 1 and "none" in alone and column in _NONE_RULES:
        message = "'none' stands beside other levels; a period shows contact or none."
        return _NONE_RULES[column], message, ""
    if alone and len(parts) > 1:
        return "contradictory_levels", f"'{alone[0]}' stands beside other levels.", ""
    return None


def _range_fault(value: float, spec: Field) -> Fault | None:
    low, high = spec.minimum, spec.maximum
    if (low is None or value >= low) and (high is None or value <= high) and np.isfinite(value):
        return None
    limits = " and ".join(
        f"{word} {limit:g}"
        for word, limit in (("at least", low), ("at most", high))
        if limit is not None
    )
    return "out_of_range", f"The value (not shown) must be {limits or 'finite'}.", ""


_TYPE_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "integer": is_integer,
    "number": is_number,
    "boolean": lambda text: truth_of(text) is not None,
    "date": is_date,
}
