"""Rules for what was told to the police: orders that no day could keep.

Like the rules for other dates: only what is certain is an issue. What merely may be out of order
is left to the trace of an analysis (`relatum.samples.testimony`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from relatum.errors import Issue
from relatum.samples.context import CheckContext, TableContext

__all__ = ["check_arrest_order", "check_retraction_contact"]


def check_retraction_contact(context: CheckContext) -> list[Issue]:
    """List steps back before the conversation in which their report was made.

    The rule for dates compares a step back with its report; this one finds what that misses where
    the report has no date, or an earlier one than its conversation allows.
    """
    held = context.tables.get("retractions")
    if held is None:
        return []
    named = held.texts("report_id")
    talk = context.look_up("reports", named, "contact_id")
    spoken = context.look_up_dates("police_contacts", talk, "contact_date_lower")
    reported = context.look_up_dates("reports", named, "report_date_lower")
    last = held.dates("retraction_date_upper")
    rows = np.flatnonzero((spoken > last) & ~(reported > last))
    days = ((spoken[rows] - last[rows]) / np.timedelta64(1, "D")).astype(int)
    found: list[Issue] = []
    for row, gap in zip(rows, days, strict=True):
        words = f"{gap} day{'s' if gap != 1 else ''}"
        message = f"{words} before the contact with the police at which its report was made."
        found += held.issues(
            np.array([row]), column="retraction_date_upper", rule="before_origin", message=message
        )
    return found


def check_arrest_order(context: CheckContext) -> list[Issue]:
    """List contacts whose recorded order to the arrest no pair of days allows."""
    held = context.tables.get("police_contacts")
    if held is None:
        return []
    suspect = context.look_up("relationships", held.texts("relationship_id"), "suspect_id")
    first = context.look_up_dates("suspects", suspect, "suspect_arrest_lower")
    last = context.look_up_dates("suspects", suspect, "suspect_arrest_upper")
    low, high = held.dates("contact_date_lower"), held.dates("contact_date_upper")
    order = held.texts("contact_relative_to_arrest")
    dated = ~np.isnat(first) | ~np.isnat(last)
    return [
        *_contradicted(held, (order == "before") & (low > last), "after it"),
        *_contradicted(held, (order == "after") & (high < first), "before it"),
        *_contradicted(
            held, (order == "same_day") & ((low > last) | (high < first)), "on another day"
        ),
        *_contradicted(held, (order == "no_arrest") & dated, "though one is dated"),
    ]


def _contradicted(held: TableContext, rows: NDArray[np.bool_], words: str) -> list[Issue]:
    message = f"By the dates of this contact and of the partner's arrest it was {words}."
    if words.startswith("though"):
        message = "No arrest is recorded for this contact, though the partner's arrest is dated."
    return held.issues(
        rows, column="contact_relative_to_arrest", rule="arrest_order", message=message
    )
