"""Dates of the calendar: a day, week, month, season, quarter or year, or a part of one.

`relatum.samples.importers.dates` holds the whole grammar.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from relatum.samples.importers.dates_intervals import (
    DateFault,
    DateInterval,
    fault,
    interval,
    month_end,
    months_later,
    months_span,
)
from relatum.samples.importers.dates_words import FILLERS, MONTHS, PARTS, SEASONS, alternatives

__all__ = ["Dated", "calendar_date"]


@dataclass(frozen=True, slots=True)
class Dated:
    """An interval, and what kind of time it is.

    Attributes
    ----------
    days : DateInterval
    unit : str
        ``day``, ``week``, ``month``, ``season`` (also a quarter), ``year``, or ``loose`` for an
        event, a part of a unit and whatever else has no sharp ends.
    """

    days: DateInterval
    unit: str


Found = Dated | DateFault | None
_MONTH = f"({alternatives(MONTHS)})"
_SEASON = f"({alternatives(SEASONS)})"
_YEAR = r"(\d{4})"


def _dated(lower: date, upper: date, unit: str) -> Dated | DateFault:
    days = interval(lower, upper)
    return days if isinstance(days, DateFault) else Dated(days, unit)


def _day(year: str, month: str | int, day: str) -> Dated | DateFault:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return fault("no_such_day" if int(year) else "out_of_range")
    return _dated(found, found, "day")


def _months(year: str, month: int, count: int, unit: str) -> Dated | DateFault:
    if not 1 <= month <= 12:
        return fault("no_such_day")
    if not 1 < int(year) < 9999:
        return fault("out_of_range")
    return _dated(*months_span(int(year), month, count), unit)


def _week(year: str, week: str) -> Dated | DateFault:
    try:
        first = date.fromisocalendar(int(year), int(week), 1)
    except ValueError:
        return fault("no_such_day" if int(year) else "out_of_range")
    return _dated(first, first + timedelta(days=6), "week")


def _season(name: str, year: str) -> Dated | DateFault:
    if SEASONS[name] == 12:
        return fault("ambiguous_winter")
    return _months(year, SEASONS[name], 3, "season")


def _winter(year: str, second: str) -> Dated | DateFault | None:
    following = int(year) + 1
    if int(second) not in (following, following % 100):
        return None
    return _months(year, 12, 3, "season")


def _numeric(
    first: str, _first_mark: str, second: str, year: str, *, day_first: bool | None
) -> Dated | DateFault:
    if len(year) == 2:
        return fault("two_digit_year")
    one, two = int(first), int(second)
    if day_first is None:
        if one <= 12 and two <= 12 and one != two:
            return fault("ambiguous_order")
        day_first = two <= 12
    return _day(year, second, first) if day_first else _day(year, first, second)


def _two_years(year: str, second: str) -> Dated | DateFault:
    if int(second) == (int(year) + 1) % 100:
        return fault("ambiguous_years")
    return _months(year, int(second), 1, "month")


_QUARTERS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4}


def _quarter(name: str, year: str) -> Dated | DateFault:
    number = _QUARTERS.get(name) or int(name)
    return _months(year, 3 * number - 2, 3, "season")


#: Each form of a date as a pattern, and what it means; a fault is a form, too.
_FORMS: tuple[tuple[str, Callable[..., Found]], ...] = (
    (r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", lambda y, _, m, d: _day(y, m, d)),
    (r"(\d{4})-(\d{2})", lambda y, m: _months(y, int(m), 1, "month")),
    (r"(\d{4})/(\d{1,2})", _two_years),
    (r"(\d{1,2})[-/.](\d{4})", lambda m, y: _months(y, int(m), 1, "month")),
    (_YEAR, lambda y: _months(y, 1, 12, "year")),
    (rf"(\d{{1,2}})[- ]?{_MONTH}[- ]{_YEAR}", lambda d, m, y: _day(y, MONTHS[m], d)),
    (rf"{_MONTH} (\d{{1,2}}) {_YEAR}", lambda m, d, y: _day(y, MONTHS[m], d)),
    (rf"{_YEAR} {_MONTH} (\d{{1,2}})", lambda y, m, d: _day(y, MONTHS[m], d)),
    (rf"{_MONTH}[- ]{_YEAR}", lambda m, y: _months(y, MONTHS[m], 1, "month")),
    (rf"{_YEAR} {_MONTH}", lambda y, m: _months(y, MONTHS[m], 1, "month")),
    (r"(\d{4})-?w(\d{1,2})", _week),
    (r"(?:week|woche|kw|semana) (\d{1,2})[ /-](\d{4})", lambda w, y: _week(y, w)),
    (r"(\d{4})[- ]?q([1-4])", lambda y, q: _quarter(q, y)),
    (r"q([1-4])[ /-]?(\d{4})", _quarter),
    (r"(first|second|third|fourth|last|[1-4]) quarter (\d{4})", _quarter),
    (rf"winter {_YEAR} ?[/-] ?(\d{{4}}|\d{{2}})", _winter),
    (rf"invierno {_YEAR} ?[/-] ?(\d{{4}}|\d{{2}})", _winter),
    (rf"{_SEASON} {_YEAR}", _season),
    (rf"{_YEAR} {_SEASON}", lambda y, s: _season(s, y)),
    (
        rf"(?:\d{{1,2}}[- ]?)?{_MONTH}(?: \d{{1,2}})?(?:-| )'?\d{{2}}",
        lambda _: fault("two_digit_year"),
    ),
    (rf"{_SEASON} '?\d{{2}}(?:/\d{{2}})?", lambda _: fault("two_digit_year")),
    (r"'(\d{2})", lambda _: fault("two_digit_year")),
    (rf"(?:\d{{1,2}}[- ]?)?{_MONTH}(?: \d{{1,2}})?", lambda _: fault("missing_year")),
    (_SEASON, lambda _: fault("missing_year")),
    (r"(\d{1,2})[/.-](\d{1,2})[/.]?", lambda _, __: fault("missing_year")),
    (r"(\d{1,3}|\d{5,})(?:[.,]\d+)?", lambda _: fault("day_number")),
)
_COMPILED = tuple((re.compile(pattern), read) for pattern, read in _FORMS)
_NUMERIC = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})")
_PART = re.compile(rf"({alternatives(PARTS)})[- ](.+)")


def calendar_date(text: str, *, day_first: bool | None = None) -> Found:
    """Read a date of the calendar.

    Parameters
    ----------
    text : str
        As `normal` leaves it.
    day_first : bool, optional
        Whether 03/04/2010 is the third of April; without it such a date is ambiguous.

    Returns
    -------
    Dated, DateFault or None
        None where the text has no form of a date.

    Examples
    --------
    >>> calendar_date("summer 2010").days.lower
    datetime.date(2010, 6, 1)
    >>> calendar_date("03/04/2010").rule
    'ambiguous_order'
    """
    plain = " ".join(word for word in text.split() if word not in FILLERS)
    numeric = _NUMERIC.fullmatch(plain)
    if numeric:
        return _numeric(*numeric.groups(), day_first=day_first)
    for pattern, read in _COMPILED:
        match = pattern.fullmatch(plain)
        if match:
            return read(*match.groups())
    part = _PART.fullmatch(plain)
    if part is None:
        return None
    whole = calendar_date(part[2], day_first=day_first)
    return _part_of(whole, PARTS[part[1]]) if isinstance(whole, Dated) else whole


#: First and last month of the early, middle and late part of a year and of a season.
_PART_MONTHS = {
    "year": {"early": (0, 6), "mid": (3, 6), "late": (6, 6)},
    "season": {"early": (0, 2), "mid": (0, 3), "late": (1, 2)},
}


def _part_of(whole: Dated, part: str) -> Dated | DateFault | None:
    first, last = whole.days.lower, whole.days.upper
    if first is None or last is None:
        return None
    if whole.unit == "month":
        ends = {"early": (1, 15), "mid": (8, 23), "late": (16, last.day)}[part]
        return _dated(first.replace(day=ends[0]), first.replace(day=ends[1]), "loose")
    if whole.unit not in _PART_MONTHS:
        return None
    skipped, months = _PART_MONTHS[whole.unit][part]
    start = months_later(first, skipped)
    end = months_later(start, months - 1)
    return _dated(start, month_end(end.year, end.month), "loose")
