"""What the values of a column look like: levels, dates, or something that is not to be shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from relatum.samples.identifiers import identifier_in
from relatum.samples.importers.dates_columns import parse_dates
from relatum.samples.importers.mapping_dates import DATE_FORMS
from relatum.samples.importers.suggest_words import ABSENT, PRESENT, SILENT, plain

__all__ = ["Shape", "look_at"]

#: Different values of a column that are listed; a column with more is no list of levels.
_MOST_VALUES = 30
_LONGEST_VALUE = 40
#: Share of the values that must be read as dates.
_MOSTLY = 0.7
_SHORT = 2
_DIGITS = {"YYYY": r"\d{4}", "DD": r"\d{1,2}", "MM": r"\d{1,2}"}
_WORDS = PRESENT | ABSENT | SILENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a column looks like.

    Attributes
    ----------
    levels : tuple of str
        Its different values, sorted; empty where they are not to be shown.
    listable : bool
        Whether they may be shown where we know what the column is.
    repeats : bool
        Whether they may be shown although we do not: only what repeats as levels do.
    dates : bool
        Whether most of them are dates.
    ambiguous : bool
        Whether one of them could be read as day and month, or month and day.
    form : str
        The one form of days in which all are written; empty where there is none.
    """

    levels: tuple[str, ...] = ()
    listable: bool = False
    repeats: bool = False
    dates: bool = False
    ambiguous: bool = False
    form: str = ""


def look_at(texts: Sequence[str], *, shown: bool = True) -> Shape:
    """Look at the cells of a column.

    Parameters
    ----------
    texts : sequence of str
        Blank cells say nothing.
    shown : bool
        False where the header itself names what tells who somebody is.

    Examples
    --------
    >>> look_at(["yes", "no", "", "yes"]).levels
    ('no', 'yes')
    >>> look_at(["spring 2014", "12 May 2013"]).dates, look_at(["12-05-2013"]).form
    (True, 'DD-MM-YYYY')
    """
    held = [text for text in texts if text]
    values = sorted(set(held))
    if not values:
        return Shape()
    found = _as_dates(values)
    if found is not None:
        return found
    fitting = shown and len(values) <= _MOST_VALUES
    if not fitting or not all(len(v) <= _LONGEST_VALUE and not identifier_in(v) for v in values):
        return Shape()
    short = all(
        plain(text) in _WORDS or (text.isdigit() and len(text) <= _SHORT) for text in values
    )
    repeats = short or 2 * len(values) <= len(held)
    return Shape(levels=tuple(values), listable=True, repeats=repeats)


def _as_dates(values: Sequence[str]) -> Shape | None:
    """Return the shape of a column of dates; None where it is something else."""
    # Bare numbers of four digits may be years, or anything else.
    if not any(re.search(r"[A-Za-z./-]", text) and re.search(r"\d", text) for text in values):
        return None
    some = values[:200]
    read = parse_dates(list(some))
    two_ways = sum(fault.rule == "ambiguous_order" for _, fault in read.faults)
    dated = len(some) - len(read.faults) + two_ways
    if dated < _MOSTLY * len(some):
        return None
    return Shape(dates=True, ambiguous=two_ways > 0, form=_form(values))


def _form(values: Sequence[str]) -> str:
    fitting = [
        form
        for form in DATE_FORMS
        if all(
            re.fullmatch(re.sub("YYYY|DD|MM", _digits, re.escape(form)), text) for text in values
        )
    ]
    return fitting[0] if len(fitting) == 1 else ""


def _digits(match: re.Match[str]) -> str:
    return _DIGITS[match[0]]
