"""Direct identifiers: names, e-mail, telephone, passport and citizen-service numbers, free text.

Every column is searched, also those that the schema does not know. What is found is never quoted.
A false alarm costs a look; a name in a shared file cannot be taken back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from relatum.errors import Issue
from relatum.samples.context import CheckContext, TableContext

__all__ = ["check_identifiers", "identifier_in"]

_EMAIL = re.compile(r"[^\s@;,]+@[^\s@;,]+\.[A-Za-z]{2,}")
_TELEPHONE = re.compile(
    r"(?<![\w.])(\+|00)\d[\d\s().-]{7,}\d(?!\w)|(?<![\w.])0\d[\d\s().-]{7,10}\d(?!\w)"
)
_PASSPORT = re.compile(r"(?<![A-Za-z0-9])(?=[A-Z0-9]{9}(?![A-Za-z0-9]))[A-Z]{2}[A-Z0-9]{6}\d")
_NINE_DIGITS = re.compile(r"(?<!\d)(\d{9}|\d{4}[ .]\d{2}[ .]\d{3}|\d{3}[ .]\d{3}[ .]\d{3})(?!\d)")
_TWO_NAMES = re.compile(
    r"\b[A-ZÀ-Þ][a-zß-ÿ'’-]+(?:\s+(?:van|de|der|den|von|la|el|al|da|di|dos|ben|bin|ter|ten))*"
    r"\s+[A-ZÀ-Þ][a-zß-ÿ'’-]+\b"
)
_NAME_COLUMN = re.compile(
    r"(^|_)(name|names|naam|voornaam|achternaam|surname|firstname|first_name|last_name|"
    r"lastname|nachname|vorname|nom|prenom|alias|nickname|address|adres|telephone|telefoon|"
    r"phone_number|email|e_mail|passport_number|bsn|date_of_birth|geboortedatum|dob)$",
    re.IGNORECASE,
)
_WORDS_IN_FREE_TEXT = 4
_LONG = 80


def _is_citizen_number(text: str) -> bool:
    """Apply the eleven-test of the Dutch citizen-service number."""
    for found in _NINE_DIGITS.findall(text):
        digits = [int(mark) for mark in re.sub(r"\D", "", found)]
        weighted = sum(w * d for w, d in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), digits, strict=True))
        if any(digits) and weighted % 11 == 0:
            return True
    return False


def _is_free_text(text: str) -> bool:
    return (len(text) > _LONG and " " in text) or len(text.split()) > _WORDS_IN_FREE_TEXT


_TESTS: Mapping[str, Callable[[str], bool]] = {
    "identifier_email": lambda text: bool(_EMAIL.search(text)),
    "identifier_citizen_number": _is_citizen_number,
    "identifier_passport": lambda text: bool(_PASSPORT.search(text)),
    "identifier_telephone": lambda text: bool(_TELEPHONE.search(text)),
    "identifier_name": lambda text: bool(_TWO_NAMES.search(text)),
    "free_text": _is_free_text,
}
_WHAT = {
    "identifier_email": "an e-mail address",
    "identifier_citizen_number": "a citizen-service number",
    "identifier_passport": "a passport or identity-card number",
    "identifier_telephone": "a telephone number",
    "identifier_name": "a person's name",
    "free_text": "free text",
}
_PLAIN = re.compile(r"[a-z0-9_;.:-]{0,64}|\d{4}-\d{2}-\d{2}")


def identifier_in(text: str) -> str:
    """Return the rule that a text breaks, or an empty string.

    Examples
    --------
    >>> identifier_in("a.b@example.org"), identifier_in("vio_physical"), identifier_in("111222333")
    ('identifier_email', '', 'identifier_citizen_number')
    """
    if _PLAIN.fullmatch(text) and not any(mark.isdigit() for mark in text):
        return ""
    return next((rule for rule, test in _TESTS.items() if test(text)), "")


def check_identifiers(context: CheckContext) -> list[Issue]:
    """List cells that hold what could name a person, and columns made for it."""
    found: list[Issue] = []
    for held in context.tables.values():
        for column in held.raw.columns:
            if column not in held.table and _NAME_COLUMN.search(column):
                found.append(_column_issue(held, column))
            elif not _typed(held, column):
                found += _cells(held, column)
    return found


def _typed(held: TableContext, column: str) -> bool:
    """Numbers and dates of known fields are checked by their type."""
    return column in held.table and held.table[column].type in ("integer", "number", "date")


def _column_issue(held: TableContext, column: str) -> Issue:
    message = "A column of this name holds direct identifiers; take it out of the sample."
    return Issue(table=held.name, field=column, rule="identifier_name", message=message)


def _cells(held: TableContext, column: str) -> list[Issue]:
    raw = held.column(column)
    broken = {value: identifier_in(value) for value in raw.distinct}
    field = column if column in held.table else "(an unknown column)"
    found: list[Issue] = []
    for rule, what in _WHAT.items():
        rows = raw.flags({value: broken[value] == rule for value in raw.distinct})
        message = f"This looks like {what} (not shown); take it out of the sample."
        found += held.issues(rows, column=field, rule=rule, message=message)
    return found
