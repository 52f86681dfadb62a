"""Rules for periods of contact with the suspect: their dates, and what excludes what."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from relatum.errors import Issue
from relatum.samples.context import CheckContext, TableContext

__all__ = ["check_contact_periods"]

Rows: TypeAlias = NDArray[np.intp]
Days: TypeAlias = NDArray[np.float64]
_TABLE = "suspect_contacts"
_DATES = ("period_start_lower", "period_start_upper", "period_end_lower", "period_end_upper")


def check_contact_periods(context: CheckContext) -> list[Issue]:
    """List periods that end before they start, and periods of a couple that exclude each other.

    Dates are intervals, the last day belongs to the period, and only what holds under every
    reading of the dates is an issue.

    Parameters
    ----------
    context : CheckContext

    Returns
    -------
    list of Issue
        ``contact_period_reversed``; and ``contact_periods_overlap``: a period of ``none`` that
        shares a day with a period of contact, or a row that repeats another one.
    """
    held = context.tables.get(_TABLE)
    if held is None:
        return []
    start_low, start_high, end_low, end_high = (_days(held, name) for name in _DATES)
    reversed_ = end_high < start_low
    found: list[Issue] = []
    for row in np.flatnonzero(reversed_):
        gap = int(start_low[row] - end_high[row])
        message = f"{gap} day{'s' if gap != 1 else ''} before the period starts."
        found += held.issues(
            np.array([row]),
            column="period_end_upper",
            rule="contact_period_reversed",
            message=message,
        )
    backwards = (start_low > start_high) | (end_low > end_high)
    # Earliest possible end and latest possible start: an open bound leaves them open.
    first_end = np.fmax(start_low, end_low)
    last_start = np.fmin(start_high, end_high)
    bounds = np.stack([first_end, last_start])
    sound = ~reversed_ & ~backwards & ~np.isnan(bounds).any(axis=0)
    return found + _overlaps(held, bounds, sound) + _repeats(held)


def _days(held: TableContext, name: str) -> Days:
    """Return days since 1970, NaN where none is recorded."""
    dates = held.dates(name)
    days = dates.astype("datetime64[D]").astype(np.float64)
    return np.where(np.isnat(dates), np.nan, days)


def _overlaps(held: TableContext, bounds: Days, sound: NDArray[np.bool_]) -> list[Issue]:
    means, couples = held.texts("contact_means"), held.texts("relationship_id")
    usable = sound & (couples != "") & (means != "")
    mixed = np.array(["none" in text.split(";") for text in means], dtype=bool)
    none, contact = usable & (means == "none"), usable & ~mixed
    found: list[Issue] = []
    for mine in _by_couple(couples, none | contact):
        pairs = _certain_pairs(bounds, mine[none[mine]], mine[contact[mine]])
        for row, other in zip(*pairs, strict=True):
            message = (
                f"It shares a day with the contact of row '{held.keys[other]}' under every "
                "reading of the dates; a period of none ends on the day before a contact."
            )
            found += held.issues(
                np.array([row]),
                column="contact_means",
                rule="contact_periods_overlap",
                message=message,
            )
    return found


def _by_couple(couples: NDArray[np.object_], wanted: NDArray[np.bool_]) -> list[Rows]:
    rows = np.flatnonzero(wanted)
    codes = np.unique(couples[rows].astype(str), return_inverse=True)[1]
    order = np.argsort(codes, kind="stable")
    return np.split(rows[order], np.flatnonzero(np.diff(codes[order])) + 1)


def _certain_pairs(bounds: Days, rows: Rows, others: Rows) -> tuple[Rows, Rows]:
    """Return for each period of none the first contact that can lie neither before nor after."""
    first_end, last_start = bounds
    before = first_end[others] < last_start[rows][:, None]
    after = last_start[others] > first_end[rows][:, None]
    clash = ~before & ~after
    hit = clash.any(axis=1)
    if not hit.any():
        return rows[:0], rows[:0]
    return rows[hit], others[clash[hit].argmax(axis=1)]


def _repeats(held: TableContext) -> list[Issue]:
    """List rows that say of a couple exactly what an earlier row says."""
    columns = ["relationship_id", *_DATES]
    lists = ["contact_means", "contact_recorded_by"]
    texts = [held.texts(name) for name in columns]
    texts += [_unordered(held.texts(name)) for name in lists]
    seen: set[tuple[str, ...]] = set()
    again = np.zeros(held.raw.n_rows, dtype=bool)
    for row, cells in enumerate(zip(*texts, strict=True)):
        again[row] = cells in seen and bool(cells[0])
        seen.add(cells)
    message = "An earlier row says exactly the same of this couple; one of the two is enough."
    return held.issues(
        again, column="relationship_id", rule="contact_periods_overlap", message=message
    )


def _unordered(texts: NDArray[np.object_]) -> NDArray[np.object_]:
    return np.array([";".join(sorted(text.split(";"))) for text in texts], dtype=object)
