"""What one text of theirs becomes as it stands, or what is wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from relatum.samples.context import shown
from relatum.samples.importers.dates import names_several_days
from relatum.samples.importers.mapping import NUMBERED, STATUSES, MappingLine, code_levels
from relatum.samples.importers.mapping_dates import DATE_FORMS
from relatum.samples.texts import is_date, is_integer, is_number, truth_of
from relatum.schema import Code, Field, Schema, near_match

__all__ = ["Fault", "Target", "as_is"]

_NUMBERS = {"integer": is_integer, "number": is_number}
_WORDS = {"integer": "a whole number", "number": "a number with a decimal point"}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a text is not taken over; `Issue` without its place."""

    rule: str
    message: str
    near: str = ""
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """One target of a column: the values that are named for it, and what holds for others."""

    line: MappingLine
    field: Field | None
    code: Code | None
    named: dict[str, str]
    whole: bool
    form: str
    others: str | None


def as_is(text: str, target: Target, schema: Schema) -> str | Fault:
    """Return a text that our column or code takes as it stands, or why it does not.

    Parameters
    ----------
    text : str
    target : Target
    schema : Schema
    """
    if target.code is not None:
        return _as_status(text, target.code, schema)
    field = target.field
    if field is None or target.form == NUMBERED:
        return text
    if target.line.table == "codings" and field.name == "code":
        return _as_code(text, schema)
    if field.type == "date":
        return _as_day(text, DATE_FORMS[target.form or "YYYY-MM-DD"], target.form)
    if field.type == "boolean":
        truth = truth_of(text)
        message = f"{shown(text, field)} is neither true nor false; name it in the mapping."
        return Fault("unknown_value", message) if truth is None else str(truth).lower()
    if field.type in _NUMBERS and not _NUMBERS[field.type](text):
        return Fault("wrong_type", f"{shown(text, field)} is not {_WORDS[field.type]}.")
    if field.levels:
        return _as_level(text, field)
    if field.kind in ("id", "reference") and not re.fullmatch(field.pattern, text):
        message = "The value (not shown) has not the form of an identifier; 'numbered' replaces it."
        return Fault("pattern", message)
    return text


def _as_level(text: str, field: Field) -> str | Fault:
    parts = text.split(";") if field.kind == "multi" else [text]
    words = {level.value.casefold(): level.value for level in field.levels}
    words |= {level.label.casefold(): level.value for level in field.levels}
    found = [words.get(part.strip().casefold(), "") for part in parts]
    if all(found):
        return ";".join(found)
    quoted = shown(text, field)
    near = "" if field.sensitive or len(text) > 40 else near_match(text.lower(), field.values)
    message = f"{quoted} is no level and is not named by the mapping."
    return Fault("unknown_value", message, near, field.values)


def _as_status(text: str, code: Code, schema: Schema) -> str | Fault:
    allowed = (*STATUSES, *code_levels(code))
    if text in allowed or (code.value_type == "number" and is_number(text)):
        return text
    quoted = shown(text, None if code.sensitive else schema["codings"]["status"])
    message = f"{quoted} is no status and is not named by the mapping."
    return Fault("unknown_value", message, allowed=allowed)


def _as_code(text: str, schema: Schema) -> str | Fault:
    codes = {code.id: code for code in schema.codebook.values() if code.is_coding}
    if text in codes:
        return text
    labels = [code.id for code in codes.values() if code.label.casefold() == text.casefold()]
    if len(labels) == 1:
        return labels[0]
    near = near_match(text.lower(), tuple(codes)) if len(text) <= 64 else ""
    quoted = shown(text, schema["codings"]["code"])
    message = f"{quoted} is no code and is not named by the mapping."
    return Fault("unknown_value", message, near)


def _as_day(text: str, form: str, named: str) -> str | Fault:
    try:
        day = datetime.strptime(text, form).date().isoformat()
    except ValueError:
        day = ""
    if is_date(text):
        # A cell that the spreadsheet itself holds as a day needs no form.
        return text
    if is_date(day):
        return day
    word = named or "YYYY-MM-DD"
    if names_several_days(text):
        message = (
            "The value (not shown) stands for more than one day. Enter the first and the last day "
            "it can be, in two columns; or let the mapping read it, as 'words'."
        )
        return Fault("date_form", message)
    message = f"The value (not shown) is no day written {word}; the mapping may name another form."
    return Fault("date_form", message, allowed=tuple(DATE_FORMS))
