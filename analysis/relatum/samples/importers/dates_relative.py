"""Distances: so long before or after an event or a day, and how far a distance is trusted."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from types import MappingProxyType

from relatum.samples.importers.dates_calendar import Dated
from relatum.samples.importers.dates_intervals import DateFault, fault, interval, months_later
from relatum.samples.importers.dates_words import NUMBERS, UNITS, alternatives

__all__ = ["ABOUT_DAYS", "SLACK_DAYS", "Distance", "at_distance", "read_distance", "widened"]

#: Days to each side by which a plain distance is trusted: half of its unit. Where half units are
#: counted (half a year), the unit is half as long, here and below.
SLACK_DAYS: Mapping[str, int] = MappingProxyType({"day": 0, "week": 3, "month": 15, "year": 183})
#: Days of a whole unit: "about" widens a distance by half of it, and by no less than one unit.
ABOUT_DAYS: Mapping[str, int] = MappingProxyType({"day": 1, "week": 7, "month": 31, "year": 366})
#: Whole months by which "about" widens a date of the calendar to each side; others: 7 days.
_ABOUT_MONTHS = {"month": 1, "season": 3, "year": 12}
_LONGEST = 80_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """So many units before or after something.

    Attributes
    ----------
    least, most : Fraction or None
        Units; None for no limit.
    unit : str
        ``day``, ``week``, ``month`` or ``year``.
    before : bool
        Whether it lies before the anchor.
    trust : str
        ``exact``, ``plain`` or ``about``.
    """

    least: Fraction
    most: Fraction | None
    unit: str
    before: bool
    trust: str


_NUMBER = rf"(?:\d{{1,5}}(?:[.,]5)?|{alternatives(NUMBERS)})(?: and a half)?|half an?"
_UNIT = rf"({alternatives(UNITS)})s?"
_BEFORE = "before|prior to|earlier than|earlier|preceding"
_AFTER = "after|following|later than|later|from|since"
_DISTANCE = re.compile(
    rf"(?:(exactly|within|up to|at most|less than|at least|more than|over|not more than) )?"
    rf"({_NUMBER})(?: ?(?:to|or|-) ?({_NUMBER}))?[ -]{_UNIT} "
    rf"(?:({_BEFORE})|(?:{_AFTER}))(?: (.+))?"
)
_NEXT_DAY = re.compile(rf"(?:on )?(?:the )?(?:next )?day (?:({_BEFORE})|(?:{_AFTER}))(?: (.+))?")
_VAGUE = re.compile(
    rf"(?:.* )?(?:days|weeks|months|years|day|week|month|year|shortly|soon|long|some time|just|"
    rf"immediately|right) (?:{_BEFORE}|{_AFTER})(?: (.+))?"
)
_MOST_WORDS = ("within", "up to", "at most", "less than", "not more than")
_LEAST_WORDS = ("at least", "more than", "over")


def _number(text: str) -> Fraction:
    if text.startswith("half a"):
        return Fraction(1, 2)
    word, half = text.removesuffix(" and a half"), text.endswith(" and a half")
    whole = Fraction(NUMBERS[word]) if word in NUMBERS else Fraction(word.replace(",", "."))
    return whole + Fraction(1, 2) if half else whole


def read_distance(text: str, *, about: bool) -> tuple[Distance, str] | DateFault | None:
    """Read a distance, and the text of what it is counted from.

    Parameters
    ----------
    text : str
        As `normal` leaves it.
    about : bool
        Whether the word "about" stood before it.

    Returns
    -------
    tuple of Distance and str, DateFault or None
        None where the text is no distance; the second text is empty where no anchor is named.

    Examples
    --------
    >>> distance, anchor = read_distance("three weeks before the report", about=True)
    >>> int(distance.least), distance.unit, distance.trust, anchor
    (3, 'week', 'about', 'the report')
    """
    day = _NEXT_DAY.fullmatch(text)
    if day:
        one = Fraction(1)
        trust = "about" if about else "exact"
        before = day[1] is not None
        return Distance(least=one, most=one, unit="day", before=before, trust=trust), day[2] or ""
    match = _DISTANCE.fullmatch(text)
    if match is None:
        return fault("vague_amount") if _VAGUE.fullmatch(text) else None
    limit, first, second, unit_word, before_word, anchor = match.groups()
    unit, size = UNITS[unit_word]
    least = _number(first) * size
    most: Fraction | None = _number(second) * size if second else least
    trust = "about" if about else "plain"
    if second or limit:
        trust = "about" if about else "exact"
    if most is not None and least > most:
        return fault("reversed_interval")
    if limit in _MOST_WORDS:
        least = Fraction(0)
    elif limit in _LEAST_WORDS:
        most = None
    before = before_word is not None
    return Distance(least=least, most=most, unit=unit, before=before, trust=trust), anchor or ""


def _steps(amount: Fraction, unit: str, *, up: bool) -> tuple[int, int]:
    """Return an amount as whole months and days; what is left of a day is rounded down or up."""
    if unit in ("day", "week"):
        days = amount * (7 if unit == "week" else 1)
        return 0, math.ceil(days) if up else math.floor(days)
    months = amount * (12 if unit == "year" else 1)
    whole = math.floor(months)
    rest = (months - whole) * 31
    return whole, math.ceil(rest) if up else math.floor(rest)


def _moved(day: date, amount: Fraction, unit: str, *, sign: int, up: bool) -> date:
    months, days = _steps(amount, unit, up=up)
    return months_later(day, sign * months) + timedelta(days=sign * days)


def _margin(distance: Distance) -> int:
    if distance.trust == "exact":
        return 0
    parts = distance.least.denominator
    if distance.trust == "plain":
        return math.ceil(SLACK_DAYS[distance.unit] / parts)
    whole = ABOUT_DAYS[distance.unit]
    return max(math.ceil(distance.least * whole / 2), math.ceil(whole / parts))


def at_distance(distance: Distance, anchor: Dated) -> Dated | DateFault:
    """Return the days at a distance from an interval; never on its other side.

    The first day counts from the anchor's first day and the last from its last: nothing takes a
    mid-point.

    Examples
    --------
    >>> from relatum.samples.importers.dates_intervals import DateInterval
    >>> report = Dated(DateInterval(date(2010, 4, 30), date(2010, 4, 30)), "loose")
    >>> distance, _ = read_distance("three weeks before the report", about=True)
    >>> found = at_distance(distance, report).days
    >>> (date(2010, 4, 30) - found.upper).days, (date(2010, 4, 30) - found.lower).days
    (10, 32)
    """
    if (distance.most or distance.least) > _LONGEST:
        return fault("out_of_range")
    lower, upper = anchor.days.lower, anchor.days.upper
    try:
        ends = (
            _before(distance, lower, upper) if distance.before else _after(distance, lower, upper)
        )
    except (ValueError, OverflowError):
        return fault("out_of_range")
    days = interval(*ends)
    return days if isinstance(days, DateFault) else Dated(days, "loose")


def _before(
    distance: Distance, lower: date | None, upper: date | None
) -> tuple[date | None, date | None]:
    slack, unit = timedelta(days=_margin(distance)), distance.unit
    first = last = None
    if lower is not None and distance.most is not None:
        first = _moved(lower, distance.most, unit, sign=-1, up=True) - slack
    if upper is not None:
        last = min(_moved(upper, distance.least, unit, sign=-1, up=False) + slack, upper)
    return first, last


def _after(
    distance: Distance, lower: date | None, upper: date | None
) -> tuple[date | None, date | None]:
    slack, unit = timedelta(days=_margin(distance)), distance.unit
    first = last = None
    if lower is not None:
        first = max(_moved(lower, distance.least, unit, sign=1, up=False) - slack, lower)
    if upper is not None and distance.most is not None:
        last = _moved(upper, distance.most, unit, sign=1, up=True) + slack
    return first, last


def widened(found: Dated) -> Dated | DateFault | None:
    """Widen a date of the calendar that stands after "about"; None where it has no unit.

    Examples
    --------
    >>> from relatum.samples.importers.dates_calendar import calendar_date
    >>> print(widened(calendar_date("2010")).days.lower)
    2009-01-01
    """
    lower, upper = found.days.lower, found.days.upper
    if lower is None or upper is None or found.unit == "loose":
        return None
    try:
        if found.unit in _ABOUT_MONTHS:
            months = _ABOUT_MONTHS[found.unit]
            # The day after the last one is the first of a month, so that no month's end is lost.
            after = upper + timedelta(days=1)
            lower = months_later(lower, -months)
            upper = months_later(after, months) - timedelta(days=1)
        else:
            lower, upper = lower - timedelta(days=7), upper + timedelta(days=7)
    except (ValueError, OverflowError):
        return fault("out_of_range")
    days = interval(lower, upper)
    return days if isinstance(days, DateFault) else Dated(days, "loose")
