"""What a dated text becomes: an interval of days, or a fault that says what to write instead."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from relatum.samples.texts import FIRST_YEAR, LAST_YEAR

__all__ = [
    "FAULTS",
    "UNKNOWN",
    "DateFault",
    "DateInterval",
    "fault",
    "format_interval",
    "interval",
    "month_end",
    "months_later",
    "months_span",
]

#: The most days that an interval of each precision holds; wider ones only tell the order.
_WIDEST: tuple[tuple[int, str], ...] = (
    (1, "exact_day"),
    (7, "week"),
    (31, "month"),
    (92, "season_or_quarter"),
    (366, "year"),
)


@dataclass(frozen=True, slots=True)
class DateInterval:
    """The days that are compatible with a source.

    Attributes
    ----------
    lower, upper : date or None
        First and last day; None where the source leaves that end open.

    Raises
    ------
    ValueError
        If the first day lies after the last one.

    Examples
    --------
    >>> april = DateInterval(date(2010, 4, 1), date(2010, 4, 30))
    >>> april.precision, april.days
    ('month', 30)
    """

    lower: date | None
    upper: date | None

    def __post_init__(self) -> None:
        if self.lower is not None and self.upper is not None and self.lower > self.upper:
            raise ValueError("The first day of an interval lies after its last day.")

    @property
    def days(self) -> int | None:
        """How many days it holds; None where an end is open."""
        if self.lower is None or self.upper is None:
            return None
        return (self.upper - self.lower).days + 1

    @property
    def precision(self) -> str:
        """The narrowest level of the schema that holds the interval.

        At most 1, 7, 31, 92 and 366 days are exact_day, week, month, season_or_quarter and year.
        A wider interval, or one with an open end, is order_only; no day at all is none.
        """
        held = self.days
        if held is None:
            return "none" if self.lower is None and self.upper is None else "order_only"
        return next((name for most, name in _WIDEST if held <= most), "order_only")


#: Nothing is known of the day.
UNKNOWN = DateInterval(None, None)

#: For every kind of fault what is wrong, and what to write instead.
FAULTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "ambiguous_order": (
            "Day and month could be exchanged.",
            "2010-04-03 or 3 April 2010; or say for the whole column which comes first",
        ),
        "two_digit_year": ("The year has two digits.", "the year with four digits"),
        "missing_year": ("No year is given.", "the year as well, such as April 2010"),
        "ambiguous_years": (
            "This could be a year and a month, or two years.",
            "2009-10 for a month, or 2009 to 2010 for two years",
        ),
        "ambiguous_winter": (
            "A winter spans two years.",
            "winter 2009/2010; or the month, such as January 2010",
        ),
        "no_such_day": ("There is no such day in the calendar.", "a day that exists, or the month"),
        "out_of_range": (
            f"The day lies outside {FIRST_YEAR} to {LAST_YEAR}.",
            "a day within these years",
        ),
        "reversed_interval": ("The end lies before the start.", "the earlier day first"),
        "day_number": (
            "This is a bare number, perhaps a spreadsheet's day number.",
            "2010-04-03 or 3 April 2010, in a cell formatted as text or as a date",
        ),
        "no_event": (
            "It does not say before or after what.",
            "the event, such as three weeks before the report",
        ),
        "unknown_event": (
            "The event that it refers to is not known here.",
            "a date, or one of the events of this table",
        ),
        "vague_amount": (
            "The distance is not a number.",
            "about 3 weeks before, or between 2 and 6 weeks before",
        ),
        "relative_to_now": (
            "It counts from the day of writing, which is not known.",
            "the date, or the distance to an event",
        ),
        "not_understood": (
            "This is not a date that can be read.",
            "2010-04-03, April 2010, summer 2010, between March and May 2010, "
            "about 3 weeks before the report, or unknown",
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class DateFault:
    """Why a text is no date. It never holds the text, because dates are sensitive.

    Attributes
    ----------
    rule : str
        A key of `FAULTS`.
    reason : str
        What is wrong, in a sentence.
    instead : str
        What to write instead.
    allowed : tuple of str
        The events that are known, where an unknown one was named.
    near : str
        The event most like the one named; empty where there is none.
    """

    rule: str
    reason: str
    instead: str
    allowed: tuple[str, ...] = ()
    near: str = ""

    def __str__(self) -> str:
        hint = f" Did you mean '{self.near}'?" if self.near else ""
        return f"{self.reason} Write {self.instead}.{hint}"


def fault(rule: str, *, allowed: tuple[str, ...] = (), near: str = "") -> DateFault:
    """Return the fault of a kind.

    Examples
    --------
    >>> str(fault("two_digit_year"))
    'The year has two digits. Write the year with four digits.'
    """
    reason, instead = FAULTS[rule]
    return DateFault(rule=rule, reason=reason, instead=instead, allowed=allowed, near=near)


def interval(lower: date | None, upper: date | None) -> DateInterval | DateFault:
    """Return an interval, or the fault of ends that are reversed or outside the years of a sample.

    Examples
    --------
    >>> interval(date(2010, 4, 3), date(2010, 4, 1)).rule
    'reversed_interval'
    """
    ends = [day for day in (lower, upper) if day is not None]
    if any(not FIRST_YEAR <= day.year <= LAST_YEAR for day in ends):
        return fault("out_of_range")
    if len(ends) == 2 and ends[0] > ends[1]:
        return fault("reversed_interval")
    return DateInterval(lower, upper)


def month_end(year: int, month: int) -> date:
    """Return the last day of a month.

    Examples
    --------
    >>> month_end(2012, 2)
    datetime.date(2012, 2, 29)
    """
    return date(year, month, monthrange(year, month)[1])


def months_later(day: date, months: int) -> date:
    """Return the same day so many months later, or the month's last day where it has no such day.

    Examples
    --------
    >>> months_later(date(2010, 3, 31), -1)
    datetime.date(2010, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def months_span(year: int, month: int, months: int) -> tuple[date, date]:
    """Return the first and last day of so many whole months.

    Examples
    --------
    >>> months_span(2009, 12, 3)
    (datetime.date(2009, 12, 1), datetime.date(2010, 2, 28))
    """
    first = date(year, month, 1)
    last = months_later(first, months - 1)
    return first, month_end(last.year, last.month)


def format_interval(found: DateInterval) -> str:
    """Write an interval so that `parse_date` reads exactly this interval again.

    Whole years, quarters and months are named; an open end is written as two dots.

    Examples
    --------
    >>> format_interval(DateInterval(date(2010, 4, 1), date(2010, 6, 30)))
    '2010-Q2'
    >>> format_interval(DateInterval(None, date(2010, 4, 3)))
    '../2010-04-03'
    >>> format_interval(UNKNOWN)
    'unknown'
    """
    lower, upper = found.lower, found.upper
    if lower is None or upper is None:
        if lower == upper:
            return "unknown"
        return f"{lower or '..'}/{upper or '..'}"
    if lower == upper:
        return lower.isoformat()
    whole = lower.day == 1 and (upper + timedelta(days=1)).day == 1
    months = (upper.year - lower.year) * 12 + upper.month - lower.month + 1
    if whole and months == 1:
        return f"{lower:%Y-%m}"
    if whole and months == 3 and lower.month % 3 == 1:
        return f"{lower:%Y}-Q{lower.month // 3 + 1}"
    if whole and months == 12 and lower.month == 1:
        return f"{lower:%Y}"
    return f"{lower}/{upper}"
