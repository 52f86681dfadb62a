"""A grammar of dates: what a coder writes becomes an interval of days, or a fault with its reason.

Nothing takes a mid-point, and nothing is guessed: what can be read in two ways is a fault that says
what to write instead. Capital letters and accents do not matter; names of months and seasons may
be English, German, Dutch or Spanish.

==========================================  ========================================================
 written                                     read as
==========================================  ========================================================
``2010-04-03``, ``3 April 2010``            that day; also ``April 3, 2010``, ``13/04/2010``
``2010-W14``, ``week 14 of 2010``           Monday to Sunday of the ISO week
``April 2010``, ``2010-04``, ``04/2010``    the month
``2010-Q2``, ``second quarter of 2010``     the quarter
``summer 2010``, ``winter 2009/2010``       three whole months, from 1 March, June, September or
                                            December (as in the north)
``2010``                                    the year
``early``, ``mid``, ``late April 2010``     days 1 to 15, 8 to 23, 16 to the last; of a year months
                                            1 to 6, 4 to 9, 7 to 12; of a season its first two
                                            months, all three, its last two
``between A and B``, ``from A to B``,       from the first day of A to the last of B; A takes the
``A to B``, ``A or B``, ``A/B``             month and year of B where it has none
``before A``, ``after A``                   up to the day before A, from the day after A; where A is
                                            an event, a part or a distance, its own days count
``until A``, ``by A``, ``since A``          up to the last day of A, from the first day of A
``after A and before B``                    both; ``A/..`` and ``../B`` are open ends
``the report``, ``day of the report``       the days of that event
``two days after the report``               that day, counted from each end of the event's interval
``three weeks before A``                    weeks, months and years are trusted to half of a unit:
                                            21 days, 3 more or less (months 15 days, years 183)
``exactly three weeks before A``            21 days
``two to three weeks before A``             14 to 21 days; ``within``, ``at most`` and ``at least``
                                            set one limit
``about three weeks before A``              half of the distance more or less, and no less than one
                                            unit: 10 to 32 days; never on the other side of A
``about April 2010``                        one unit more on each side, for a day 7 days
``unknown``, an empty cell                  no day at all
==========================================  ========================================================

Faults are ``03/04/2010`` (unless it is said which comes first), two-digit years, ``winter 2010``,
``2009/10``, a missing year, days that do not exist, ``a few weeks before``, ``last week``, and
distances without an event. `relatum.samples.importers.dates_intervals.FAULTS` lists them all.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from relatum.samples.importers.dates_calendar import Dated, calendar_date
from relatum.samples.importers.dates_intervals import (
    FAULTS,
    UNKNOWN,
    DateFault,
    DateInterval,
    fault,
    format_interval,
    interval,
)
from relatum.samples.importers.dates_relative import at_distance, read_distance, widened
from relatum.samples.importers.dates_words import MONTHS, UNKNOWN_WORDS, alternatives, normal
from relatum.schema import near_match

__all__ = [
    "FAULTS",
    "UNKNOWN",
    "DateFault",
    "DateInterval",
    "event_names",
    "format_interval",
    "names_several_days",
    "parse_date",
]

_LONGEST_TEXT = 200
_NO_DAY = re.compile(r"(-00)+$")


@dataclass(frozen=True, slots=True)
class _Context:
    events: Mapping[str, DateInterval]
    day_first: bool | None


_Found = Dated | DateFault | None


def event_names(events: Mapping[str, object] | None) -> dict[str, str]:
    """Return the names of events as a text names them, with the caller's own names.

    Raises
    ------
    ValueError
        If a name is empty, reads as a date, or is given twice; all such names are listed.

    Examples
    --------
    >>> event_names({"first_report": None})
    {'first report': 'first_report'}
    """
    found: dict[str, str] = {}
    faults = []
    for name in events or {}:
        plain = _bare(normal(name.replace("_", " ")))
        if plain in UNKNOWN_WORDS or plain in found or calendar_date(plain) is not None:
            faults.append(f"'{name}'")
        found[plain] = name
    if faults:
        raise ValueError(
            f"An event needs a name of its own that is no date, not {', '.join(faults)}."
        )
    return found


def names_several_days(text: str) -> bool:
    """Tell whether a text can be read as a date, but not as that of a single day.

    A day or month written 00 counts as not given.

    Examples
    --------
    >>> names_several_days("April 2010"), names_several_days("2010-00-00")
    (True, True)
    >>> names_several_days("3 April 2010"), names_several_days("tea"), names_several_days("?")
    (False, False, False)
    """
    read = parse_date(_NO_DAY.sub("", text))
    return isinstance(read, DateInterval) and read != UNKNOWN and read.days != 1


def parse_date(
    value: object,
    *,
    events: Mapping[str, DateInterval] | None = None,
    day_first: bool | None = None,
) -> DateInterval | DateFault:
    """Read a date by the grammar of this module.

    Parameters
    ----------
    value : object
        A text, a `date` or `datetime`, a number (a year), or None.
    events : mapping of str to DateInterval, optional
        Events that a text may refer to, by name. A distance without an event refers to the only
        one, where there is one only.
    day_first : bool, optional
        Whether 03/04/2010 is the third of April. Without it such a date is a fault.

    Returns
    -------
    DateInterval or DateFault
        A fault never holds the text.

    Raises
    ------
    ValueError
        If the name of an event is empty or reads as a date.

    Examples
    --------
    >>> report = parse_date("30 April 2010")
    >>> found = parse_date("about three weeks before the report", events={"report": report})
    >>> str(found.lower), str(found.upper), found.precision
    ('2010-03-29', '2010-04-20', 'month')
    >>> str(parse_date("03/04/2010").reason)
    'Day and month could be exchanged.'
    """
    if not isinstance(value, str):
        return _not_text(value)
    text = normal(value) if len(value) <= _LONGEST_TEXT else " "
    names = event_names(events)
    held = {plain: events[name] for plain, name in names.items()} if events else {}
    found = _phrase(text, _Context(held, day_first))
    if found is None:
        return fault("not_understood")
    return found.days if isinstance(found, Dated) else found


def _not_text(value: object) -> DateInterval | DateFault:
    if value is None or type(value).__name__ in ("NaTType", "NAType"):
        return UNKNOWN
    if isinstance(value, date):
        day = value.date() if isinstance(value, datetime) else value
        return interval(day, day)
    tolist = getattr(value, "tolist", None)
    if callable(tolist):  # a number or day of numpy
        return parse_date(tolist())
    if isinstance(value, int | float) and not isinstance(value, bool):
        if isinstance(value, float) and math.isnan(value):
            return UNKNOWN
        whole = math.isfinite(value) and float(value).is_integer() and 1000 <= value <= 9999
        return parse_date(str(int(value))) if whole else fault("day_number")
    return fault("not_understood")


_NOW = re.compile(
    r"(?:now|today|yesterday|tomorrow|recently|lately|currently|nowadays)"
    r"|(?:.* )?(?:last|this|next|past) "
    r"(?:week|weekend|month|quarter|year|spring|summer|autumn|fall|winter)|.* ago"
)
_BETWEEN = re.compile(r"(?:some ?time )?between (.+)")
_FROM = re.compile(r"(?:from|since|starting(?: from)?) (.+)")
_AMOUNTS = re.compile(r"between (\S+) and (\S+ (?:days?|weeks?|fortnights?|months?|years?) .+)")
_ABOUT = re.compile(
    r"(?:some ?time )?(?:about|around|approximately|roughly|circa|ca|c|approx|etwa|ungefahr|"
    r"ongeveer|rond|hacia) (.+)"
)
_BOUNDS: tuple[tuple[str, str], ...] = (
    (r"(?:no|not) later than|not after|on or before|up to|until|till|by|at the latest", "until"),
    (r"(?:no|not) earlier than|not before|on or after|since|from|starting", "since"),
    (r"(?:some ?time )?(?:before|prior to|earlier than|vor|voor|antes de)", "before"),
    (r"(?:some ?time )?(?:after|later than|following|nach|na|despues de)", "after"),
)
_BOUND = tuple((re.compile(rf"(?:{words}) (.+)"), kind) for words, kind in _BOUNDS)
_ONWARDS = re.compile(r"(?:from |since |starting )?(.+?) (?:onwards?|or later|or after)")
_OR_EARLIER = re.compile(r"(.+?) (?:or earlier|or before)")
_UNTIL = (" until ", " till ", " through ", " up to ", " to ", " bis ", " tot ", " hasta ")


def _phrase(text: str, context: _Context) -> _Found:
    """Read a whole text: what spans two dates first, then one date, then `A to B`."""
    if text in UNKNOWN_WORDS:
        return Dated(UNKNOWN, "loose")
    if _NOW.fullmatch(text):
        return fault("relative_to_now")
    amounts = _AMOUNTS.fullmatch(text)
    if amounts:
        text = f"{amounts[1]} to {amounts[2]}"
    between = _BETWEEN.fullmatch(text)
    if between:
        return _range(between[1], (" and ",), context)
    begun = _FROM.fullmatch(text)
    if begun:
        found = _range(begun[1], _UNTIL, context)
        if isinstance(found, Dated):
            return found
    both = _two_bounds(text, context)
    if both is not None:
        return both
    one = _bounded(text, context) or _simple(text, context)
    if isinstance(one, Dated) or (one is not None and one.rule != "missing_year"):
        return one
    span = _range(text, (*_UNTIL, " or ", " - ", "/", "-"), context)
    return one if one is not None and not isinstance(span, Dated) else span


def _splits(text: str, marks: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for mark in marks:
        at = text.find(mark)
        while at >= 0:
            yield text[:at].strip(), text[at + len(mark) :].strip()
            at = text.find(mark, at + 1)


def _range(text: str, marks: tuple[str, ...], context: _Context) -> _Found:
    """Read the span from one date to another; the first fault where no way to cut it works."""
    first_fault: DateFault | None = None
    for start, end in _splits(text, marks):
        last = _end(end, context)
        first = _end(_completed(start, end), context)
        if isinstance(first, Dated) and isinstance(last, Dated):
            days = interval(first.days.lower, last.days.upper)
            return days if isinstance(days, DateFault) else Dated(days, "loose")
        faults = [found for found in (first, last) if isinstance(found, DateFault)]
        # A part of a text that is no date is less telling than a fault of a date.
        if faults and first_fault is None and first is not None and last is not None:
            first_fault = faults[0]
    return first_fault


def _end(text: str, context: _Context) -> _Found:
    return Dated(UNKNOWN, "loose") if text == ".." else _simple(text, context)


_MONTH_YEAR = re.compile(rf"(?:\d{{1,2}} )?((?:of )?(?:{alternatives(MONTHS)})) (\d{{4}})")
_LAST_YEAR = re.compile(r".*\b(\d{4})")
_ANCHORED = re.compile(r".*? (?:before|after) (.+)")


def _completed(start: str, end: str) -> str:
    """Give the first of two dates the month, year or event that only the second one names."""
    month, year, anchored = (p.fullmatch(end) for p in (_MONTH_YEAR, _LAST_YEAR, _ANCHORED))
    if re.fullmatch(r"\d{1,2}", start) and month:
        return f"{start} {month[1]} {month[2]}"
    if start.endswith((" before", " after")) and anchored:
        return f"{start} {anchored[1]}"
    if year and calendar_date(start) == fault("missing_year"):
        return f"{start} {year[1]}"
    return start


def _two_bounds(text: str, context: _Context) -> _Found:
    """Read `after A and before B`, in either order."""
    for start, end in _splits(text, (" and ", " but ")):
        first, last = _bounded(start, context), _bounded(end, context)
        if not isinstance(first, Dated) or not isinstance(last, Dated):
            continue
        lows = [one.days.lower for one in (first, last) if one.days.lower is not None]
        highs = [one.days.upper for one in (first, last) if one.days.upper is not None]
        if len(lows) == len(highs) == 1:
            days = interval(lows[0], highs[0])
            return days if isinstance(days, DateFault) else Dated(days, "loose")
    return None


def _bounded(text: str, context: _Context) -> _Found:
    """Read a date with one open end."""
    for pattern, kind in ((_ONWARDS, "since"), (_OR_EARLIER, "until"), *_BOUND):
        match = pattern.fullmatch(text)
        if match is None:
            continue
        found = _simple(match[1], context)
        if found is None and pattern not in (_ONWARDS, _OR_EARLIER):
            return _unknown_event(match[1], context)
        if found is not None:
            return _one_sided(found, kind) if isinstance(found, Dated) else found
    return None


def _one_sided(found: Dated, kind: str) -> Dated | DateFault:
    lower, upper, sharp = found.days.lower, found.days.upper, found.unit != "loose"
    day = timedelta(days=1)
    if kind == "before" and sharp and lower is not None:
        days = interval(None, lower - day)
    elif kind == "after" and sharp and upper is not None:
        days = interval(upper + day, None)
    else:
        days = interval(None, upper) if kind in ("before", "until") else interval(lower, None)
    return days if isinstance(days, DateFault) else Dated(days, "loose")


def _simple(text: str, context: _Context) -> _Found:
    """Read a distance, an event or a date of the calendar, each perhaps after `about`."""
    about = _ABOUT.fullmatch(text)
    if about:
        text = about[1]
    distance = read_distance(text, about=about is not None)
    if isinstance(distance, DateFault):
        return distance
    if distance is not None:
        anchor = _anchor(distance[1], context)
        return at_distance(distance[0], anchor) if isinstance(anchor, Dated) else anchor
    found = _event(text, context) or calendar_date(text, day_first=context.day_first)
    return widened(found) if about and isinstance(found, Dated) else found


_LEADING = re.compile(
    r"(?:(?:on|at|in|around)? ?(?:the )?(?:same )?(?:day|date|time|moment) (?:of|as) )?"
    r"(?:(?:on|at|in|during|upon|the|a|an|her|his|their|this|that) )*(.*)"
)


def _bare(text: str) -> str:
    match = _LEADING.fullmatch(text)
    return match[1] if match else text


def _event(text: str, context: _Context) -> Dated | None:
    found = context.events.get(_bare(text))
    return None if found is None else Dated(found, "loose")


def _anchor(text: str, context: _Context) -> Dated | DateFault:
    """Find what a distance is counted from; without words, the only event that there is."""
    if not text:
        if len(context.events) != 1:
            return fault("no_event", allowed=tuple(context.events))
        return Dated(next(iter(context.events.values())), "loose")
    found = _event(text, context) or calendar_date(text, day_first=context.day_first)
    return _unknown_event(text, context) if found is None else found


def _unknown_event(text: str, context: _Context) -> DateFault:
    names = tuple(context.events)
    return fault("unknown_event", allowed=names, near=near_match(_bare(text)[:64], names))
