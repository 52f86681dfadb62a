"""What a text must look like to be a number, a truth value or a date."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time

import numpy as np

__all__ = [
    "FIRST_YEAR",
    "LAST_YEAR",
    "cell_text",
    "date_of",
    "is_date",
    "is_integer",
    "is_number",
    "truth_of",
]

#: The years between which a date of a sample lies.
FIRST_YEAR, LAST_YEAR = 1900, 2100

_INTEGER = re.compile(r"[+-]?[0-9]{1,15}")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TRUTH = {"true": True, "false": False}


def is_integer(text: str) -> bool:
    """Tell whether a text is a whole number that a float holds exactly.

    Examples
    --------
    >>> is_integer("12"), is_integer("12.0"), is_integer("1" * 30)
    (True, False, False)
    """
    return bool(_INTEGER.fullmatch(text))


def is_number(text: str) -> bool:
    """Tell whether a text is a number with a decimal point.

    Examples
    --------
    >>> is_number("1.5"), is_number("1,5"), is_number("nan")
    (True, False, False)
    """
    return bool(_NUMBER.fullmatch(text))


def is_date(text: str) -> bool:
    """Tell whether a text is a day of the calendar written YYYY-MM-DD.

    Examples
    --------
    >>> is_date("2009-02-28"), is_date("2009-02-29"), is_date("2009-W01-1")
    (True, False, False)
    """
    try:
        return bool(_DATE.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def date_of(text: str) -> np.datetime64:
    """Return the day that a text names; NaT where it names none within `FIRST_YEAR` to `LAST_YEAR`.

    Examples
    --------
    >>> str(date_of("2009-02-28")), str(date_of("0001-01-01"))
    ('2009-02-28', 'NaT')
    """
    usable = is_date(text) and FIRST_YEAR <= int(text[:4]) <= LAST_YEAR
    return np.datetime64(text if usable else "NaT", "D")


def truth_of(text: str) -> bool | None:
    """Return a truth value written true or false in any case, as spreadsheets do; else None.

    Examples
    --------
    >>> truth_of("TRUE"), truth_of("yes")
    (True, None)
    """
    return _TRUTH.get(text.lower())


def cell_text(value: object) -> str:
    """Return a cell as text.

    Examples
    --------
    >>> cell_text(3.0), cell_text(True), cell_text(datetime(2015, 3, 2)), cell_text(None)
    ('3', 'true', '2015-03-02', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return "" if math.isnan(value) else str(int(value)) if value.is_integer() else repr(value)
    return str(value).strip()
