"""How numbers are written: a percentage never stands without its counts."""

from __future__ import annotations

from relatum.results.prevalence import PrevalenceRow

__all__ = [
    "MIN_FOR_PERCENT",
    "NOTHING",
    "bounds_words",
    "count_words",
    "number_words",
    "percent",
    "plural",
]

#: Below this number of units only counts are printed.
MIN_FOR_PERCENT = 20
#: What stands where a number cannot be given.
NOTHING = "–"


def percent(share: float) -> str:
    """Write a share as a whole percentage; the ends are kept for exact shares.

    Examples
    --------
    >>> percent(0.4247), percent(0.997), percent(0.002), percent(1.0)
    ('42%', '>99%', '<1%', '100%')
    """
    if 0 < share < 0.005:
        return "<1%"
    if 0.995 <= share < 1:
        return ">99%"
    return f"{share:.0%}"


def count_words(n: int, total: int) -> str:
    """Write a count with its denominator, and the percentage where the group is large enough.

    Examples
    --------
    >>> count_words(31, 73), count_words(6, 12), count_words(0, 0)
    ('31 of 73 (42%)', '6 of 12', '–')
    """
    if total == 0:
        return NOTHING
    words = f"{n} of {total}"
    return f"{words} ({percent(n / total)})" if total >= MIN_FOR_PERCENT else words


def bounds_words(row: PrevalenceRow) -> str:
    """Write worst-case bounds: as percentages, or as counts for fewer than 20 units."""
    if row.lower is None or row.upper is None:
        return NOTHING
    if row.n_units < MIN_FOR_PERCENT:
        most = row.n_present + row.n_undocumented
        span = f"{row.n_present}" if row.n_undocumented == 0 else f"{row.n_present} to {most}"
        return f"{span} of {row.n_units}"
    if row.n_undocumented == 0:
        return percent(row.lower)
    return f"{percent(row.lower)} to {percent(row.upper)}"


def number_words(value: float | None, *, digits: int = 1) -> str:
    """Write a number with a fixed number of digits, whole numbers without.

    Examples
    --------
    >>> number_words(6.3333), number_words(18.0), number_words(24375.0), number_words(None)
    ('6.3', '18', '24,375', '–')
    """
    if value is None:
        return NOTHING
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.{digits}f}"


def plural(n: int, noun: str) -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> plural(1, "case"), plural(12, "case")
    ('1 case', '12 cases')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
