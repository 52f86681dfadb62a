"""Rules for single cells: required, type, level, limits, pattern. Each works on distinct texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

import numpy as np

from relatum.errors import Issue
from relatum.samples.context import CheckContext, TableContext, shown
from relatum.schema import Field, near_match

__all__ = ["check_columns", "check_values"]

_INTEGER = re.compile(r"[+-]?\d+")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_WORDS = {
    "integer": "a whole number",
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
    shown_name = column if re.fullmatch(r"[A-Za-z][A-Za-z0-9_ .-]{0,63}", column) else "(a column)"
    return Issue(
        table=held.name, field=shown_name, rule=rule, message=message, allowed=allowed, near=near
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
    column = held.column(spec.name)
    faults = {
        text: fault
        for text in column.distinct
        if text not in held.table.missing_values and (fault := _fault(text, spec))
    }
    for text, (rule, message, near) in faults.items():
        found += held.issues(
            column.codes == column.distinct.index(text),
            column=spec.name,
            rule=rule,
            message=message,
            allowed=spec.values,
            near=near,
        )
    return found


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


def _fault(text: str, spec: Field) -> Fault | None:
    if spec.levels:
        return _level_fault(text, spec)
    if spec.type in _TYPE_CHECKS and not _TYPE_CHECKS[spec.type](text):
        return "wrong_type", f"{shown(text, spec)} is not {_WORDS[spec.type]}.", ""
    if spec.type in ("integer", "number"):
        return _range_fault(float(text), spec)
    if spec.pattern and not re.search(spec.pattern, text):
        return "pattern", f"The value (not shown) has not the form {_form(spec)}.", ""
    return None


def _form(spec: Field) -> str:
    if spec.kind in ("id", "reference"):
        return "of an identifier: letters, digits, '_' and '-', at most 64"
    return spec.pattern


def _level_fault(text: str, spec: Field) -> Fault | None:
    parts = text.split(";") if spec.kind == "multi" else [text]
    wrong = [part for part in parts if part not in spec.values]
    if not wrong:
        return None
    near = near_match(wrong[0].lower(), spec.values)
    allowed = ", ".join(spec.values)
    quoted = shown(wrong[0], spec) if near or not spec.sensitive else "The value (not shown)"
    return "unknown_level", f"{quoted} is not a level; allowed: {allowed}.", near


def _range_fault(value: float, spec: Field) -> Fault | None:
    low, high = spec.minimum, spec.maximum
    if (low is None or value >= low) and (high is None or value <= high) and np.isfinite(value):
        return None
    limits = " and ".join(
        f"{word} {limit:g}"
        for word, limit in (("at least", low), ("at most", high))
        if limit is not None
    )
    return "out_of_range", f"The value (not shown) must be {limits}.", ""


def _is_date(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False


_TYPE_CHECKS: Mapping[str, Callable[[str], bool]] = {
    "integer": lambda text: bool(_INTEGER.fullmatch(text)),
    "number": lambda text: bool(_NUMBER.fullmatch(text)),
    "boolean": lambda text: text in ("true", "false"),
    "date": _is_date,
}
