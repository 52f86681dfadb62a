"""How rates, months and other numbers about escape attempts are written."""

from __future__ import annotations

from collections.abc import Iterable

from relatum.results.base import Unavailable
from relatum.results.escape import EscapeRate
from relatum.results.escape_outcomes import OutcomeRow
from relatum.tables.estimates import span_words
from relatum.tables.pair_words import decimal_words
from relatum.tables.wording import MIN_FOR_PERCENT, NOTHING, percent, plural

__all__ = [
    "KNOWN_HOW_LABELS",
    "RATE_NOTE",
    "between_words",
    "incidence_words",
    "months_words",
    "outcome_bounds",
    "rate_limits",
    "rate_span",
    "rate_words",
    "reasons_why",
    "share_bounds",
    "tau_limits",
    "tau_words",
    "undocumented_words",
]

#: What a rate is.
RATE_NOTE = "Rate: attempts per 12 relationship-months under observation."
#: How an attempt came to be known.
KNOWN_HOW_LABELS = {
    "prospective": "recorded as they happened",
    "retrospective": "told about an earlier time",
}

_UNDOCUMENTED = {
    "attempt": ("level_not_documented", "seen_or_told_not_documented"),
    "relationship": ("no_entry", "no_exit"),
}


def rate_words(value: float) -> str:
    """Write one rate, or a ratio of two, with about two digits.

    Examples
    --------
    >>> rate_words(0.0), rate_words(0.004), rate_words(0.448), rate_words(12.34)
    ('0', '<0.01', '0.45', '12.3')
    """
    if value == 0:
        return "0"
    if value < 0.005:
        return "<0.01"
    return f"{value:.2f}" if value < 9.995 else f"{value:,.1f}"


def rate_span(low: float, high: float) -> str:
    """Write two rates as a span.

    Examples
    --------
    >>> rate_span(0.281, 0.714), rate_span(0.451, 0.449)
    ('0.28 to 0.71', '0.45')
    """
    first, last = rate_words(low), rate_words(high)
    return first if first == last else f"{first} to {last}"


def rate_limits(rate: float | None, low: float | None, high: float | None) -> str:
    """Write a rate with its limits; one that is not there is a dash.

    Examples
    --------
    >>> rate_limits(0.448, 0.28, 0.71), rate_limits(0.448, None, None), rate_limits(None, 0.1, 1)
    ('0.45 (0.28 to 0.71)', '0.45', '–')
    """
    if rate is None:
        return NOTHING
    if low is None or high is None:
        return rate_words(rate)
    return f"{rate_words(rate)} ({rate_words(low)} to {rate_words(high)})"


def months_words(value: float) -> str:
    """Write relationship-months: whole from a hundred on.

    Examples
    --------
    >>> months_words(1146.27), months_words(99.94), months_words(8.125), months_words(0.0)
    ('1,146', '99.9', '8.1', '0')
    """
    if value == 0:
        return "0"
    return f"{value:,.0f}" if value >= 99.95 else f"{value:.1f}"


def between_words(low: int, high: int) -> str:
    """Write a count that the dates leave open, the smaller number first.

    Examples
    --------
    >>> between_words(7, 8), between_words(8, 7), between_words(4, 4)
    ('7 to 8', '7 to 8', '4')
    """
    first, last = sorted((low, high))
    return f"{first:,}" if first == last else f"{first:,} to {last:,}"


def incidence_words(earliest: float | None, latest: float | None) -> str:
    """Write a cumulative incidence at both completions of the dates, the smaller one first.

    Examples
    --------
    >>> incidence_words(0.142, 0.117), incidence_words(0.12, 0.12), incidence_words(None, None)
    ('12% to 14%', '12%', '–')
    """
    held = sorted(share for share in (earliest, latest) if share is not None)
    return span_words(held[0], held[-1]) if held else NOTHING


def outcome_bounds(row: OutcomeRow) -> str:
    """Write worst-case bounds of an outcome: as counts for fewer than 20 attempts."""
    if row.lower is None or row.upper is None:
        return NOTHING
    total = row.n_documented + row.n_undocumented
    if total < MIN_FOR_PERCENT:
        return f"{between_words(row.n, row.n + row.n_undocumented)} of {total}"
    return span_words(row.lower, row.upper) if row.n_undocumented else percent(row.lower)


def share_bounds(low: float | None, high: float | None) -> str:
    """Write bounds of a share as decimals.

    Examples
    --------
    >>> share_bounds(1 / 3, 0.5), share_bounds(None, None)
    ('0.33 to 0.50', '–')
    """
    return NOTHING if low is None or high is None else f"{low:.2f} to {high:.2f}"


def tau_words(value: float) -> str:
    """Write a rank correlation.

    Examples
    --------
    >>> tau_words(0.1304), tau_words(-0.0244), tau_words(-0.0042)
    ('0.13', '−0.02', '0.00')
    """
    return decimal_words(value, digits=2)


def tau_limits(low: float | None, high: float | None) -> str:
    """Write limits or a range of a rank correlation, or a dash.

    Examples
    --------
    >>> tau_limits(-0.3161, 0.2673), tau_limits(0.131, 0.129), tau_limits(None, None)
    ('−0.32 to 0.27', '0.13', '–')
    """
    if low is None or high is None:
        return NOTHING
    first, last = tau_words(low), tau_words(high)
    return first if first == last else f"{first} to {last}"


def undocumented_words(found: EscapeRate) -> str:
    """Word how many attempts and relationships are documented too little to be used."""
    counts = {
        unit: sum(
            step.n_left_out or 0 for step in found.flow if step.unit == unit and step.step in steps
        )
        for unit, steps in _UNDOCUMENTED.items()
    }
    return " and ".join(plural(n, unit) for unit, n in counts.items())


def reasons_why(held: Iterable[object]) -> tuple[str, ...]:
    """Say once why something is not there, after the mark that stands for it."""
    whys = dict.fromkeys(item.why for item in held if isinstance(item, Unavailable))
    return tuple(f"{NOTHING}: {why}." for why in whys)
