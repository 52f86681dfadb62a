"""Rules for time: intervals, and the order of what happened. A fault is a certain one.

Dates are intervals. An order is violated only where every pair of dates inside the two intervals
violates it; what is merely possible is no issue. Messages give distances in days, never dates.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.errors import Issue
from relatum.samples.context import CheckContext, TableContext

__all__ = ["check_ages", "check_durations", "check_intervals", "check_order", "check_overlaps"]

Dates = NDArray[np.datetime64]
_DAYS_IN_MONTH = 365.25 / 12


def check_intervals(context: CheckContext) -> list[Issue]:
    """List intervals whose lower end lies above the upper one."""
    found: list[Issue] = []
    for held in context.tables.values():
        for spec in held.table:
            if not spec.name.endswith("_lower"):
                continue
            upper = spec.name.removesuffix("_lower") + "_upper"
            if upper not in held.table:
                continue
            rows = _above(held, spec.name, upper, dates=spec.type == "date")
            message = f"The lower end lies after the upper end ('{upper}')."
            found += held.issues(rows, column=spec.name, rule="reversed_interval", message=message)
    held_cases = context.tables.get("cases")
    if held_cases is not None:
        rows = held_cases.dates("case_start") > held_cases.dates("case_end")
        message = "The investigation ends before it starts."
        found += held_cases.issues(
            rows, column="case_end", rule="reversed_interval", message=message
        )
    return found


def _above(held: TableContext, lower: str, upper: str, *, dates: bool) -> NDArray[np.bool_]:
    if dates:
        return held.dates(lower) > held.dates(upper)
    with np.errstate(invalid="ignore"):
        return held.numbers(lower) > held.numbers(upper)


def _later(
    held: TableContext,
    *,
    first: Dates,
    second: Dates,
    column: str,
    rule: str,
    text: str,
) -> list[Issue]:
    """List rows in which `first` lies certainly after `second`, with the distance in days."""
    rows = np.flatnonzero(first > second)
    days = ((first[rows] - second[rows]) / np.timedelta64(1, "D")).astype(int)
    found: list[Issue] = []
    for row, gap in zip(rows, days, strict=True):
        message = text.format(days=f"{gap} day{'s' if gap != 1 else ''}")
        found += held.issues(np.array([row]), column=column, rule=rule, message=message)
    return found


def check_order(context: CheckContext) -> list[Issue]:
    """List events before their origin or after the end of what they belong to."""
    return [
        *_relationship_order(context),
        *_attempt_order(context),
        *_coding_order(context),
        *_report_order(context),
        *_retraction_order(context),
    ]


def _relationship_order(context: CheckContext) -> list[Issue]:
    held = context.tables.get("relationships")
    if held is None:
        return []
    onset, entry = held.dates("rel_onset_lower"), held.dates("rel_entry_date")
    exit_low, exit_high = held.dates("rel_exit_lower"), held.dates("rel_exit_upper")
    cases = held.texts("case_id")
    closed = context.look_up_dates("cases", cases, "case_end")
    opened = context.look_up_dates("cases", cases, "case_start")
    days = "{days} before"
    found = _later(
        held,
        first=onset,
        second=entry,
        column="rel_entry_date",
        rule="before_origin",
        text=f"{days} the relationship began; observation cannot start earlier.",
    )
    found += _later(
        held,
        first=entry,
        second=exit_high,
        column="rel_exit_upper",
        rule="before_origin",
        text=f"{days} observation started ('rel_entry_date').",
    )
    found += _later(
        held,
        first=opened,
        second=entry,
        column="rel_entry_date",
        rule="before_origin",
        text=f"{days} the investigation started.",
    )
    found += _later(
        held,
        first=exit_low,
        second=closed,
        column="rel_exit_lower",
        rule="after_end",
        text="{days} after the investigation ended.",
    )
    found += _zero_length(held, entry, exit_high)
    return found


def _zero_length(held: TableContext, entry: Dates, exit_high: Dates) -> list[Issue]:
    rows = entry == exit_high
    message = "Observation ends on the day on which it starts: there is no time at risk."
    return held.issues(rows, column="rel_exit_upper", rule="zero_length", message=message)


def _attempt_order(context: CheckContext) -> list[Issue]:
    held = context.tables.get("escape_attempts")
    if held is None:
        return []
    rel = held.texts("relationship_id")
    low, high = held.dates("attempt_date_lower"), held.dates("attempt_date_upper")
    onset = context.look_up_dates("relationships", rel, "rel_onset_lower")
    entry = context.look_up_dates("relationships", rel, "rel_entry_date")
    exit_high = context.look_up_dates("relationships", rel, "rel_exit_upper")
    prospective = held.texts("attempt_known_how") == "prospective"
    never = np.datetime64("NaT", "ns")
    found = _later(
        held,
        first=onset,
        second=high,
        column="attempt_date_upper",
        rule="before_origin",
        text="{days} before the relationship began.",
    )
    found += _later(
        held,
        first=np.where(prospective, entry, never),
        second=high,
        column="attempt_date_upper",
        rule="before_origin",
        text="{days} before observation started, yet marked as prospective.",
    )
    found += _later(
        held,
        first=np.where(prospective, low, never),
        second=exit_high,
        column="attempt_date_lower",
        rule="after_end",
        text="{days} after observation ended, yet marked as prospective.",
    )
    return found


def _coding_order(context: CheckContext) -> list[Issue]:
    held = context.tables.get("codings")
    if held is None:
        return []
    mine = held.texts("unit_type") == "relationship"
    onset = np.full(held.raw.n_rows, np.datetime64("NaT", "ns"))
    ids = held.texts("unit_id")[mine]
    onset[mine] = context.look_up_dates("relationships", ids, "rel_onset_lower")
    return _later(
        held,
        first=onset,
        second=held.dates("date_upper"),
        column="date_upper",
        rule="before_origin",
        text="{days} before the relationship began.",
    )


def _report_order(context: CheckContext) -> list[Issue]:
    held = context.tables.get("reports")
    if held is None:
        return []
    contact = context.look_up_dates(
        "police_contacts", held.texts("contact_id"), "contact_date_lower"
    )
    return _later(
        held,
        first=contact,
        second=held.dates("report_date_upper"),
        column="report_date_upper",
        rule="before_origin",
        text="{days} before the contact with the police at which it was made.",
    )


def _retraction_order(context: CheckContext) -> list[Issue]:
    held = context.tables.get("retractions")
    if held is None:
        return []
    reported = context.look_up_dates("reports", held.texts("report_id"), "report_date_lower")
    return _later(
        held,
        first=reported,
        second=held.dates("retraction_date_upper"),
        column="retraction_date_upper",
        rule="before_origin",
        text="{days} before its report. A retraction must follow its report.",
    )


def check_overlaps(context: CheckContext) -> list[Issue]:
    """List attempts whose dates contradict their order, or that share order or day."""
    held = context.tables.get("escape_attempts")
    if held is None:
        return []
    rows = pd.DataFrame(
        {
            "relationship": held.texts("relationship_id"),
            "order": held.numbers("attempt_order"),
            "low": held.dates("attempt_date_lower"),
            "high": held.dates("attempt_date_upper"),
            "row": np.arange(held.raw.n_rows),
        }
    )
    rows = rows[(rows["relationship"] != "") & rows["order"].notna()]
    rows = rows.sort_values(["relationship", "order", "row"])
    tied = rows.duplicated(["relationship", "order"])
    wrong = _latest_before(rows) > rows["high"].to_numpy()
    message = "Another attempt in this relationship has the same place in the order."
    found = held.issues(
        _places(rows, tied), column="attempt_order", rule="overlap", message=message
    )
    message = "It is dated before an attempt that precedes it in the order."
    return found + held.issues(
        _places(rows, pd.Series(wrong, index=rows.index)),
        column="attempt_date_upper",
        rule="overlap",
        message=message,
    )


def _latest_before(rows: pd.DataFrame) -> Dates:
    """Return for every attempt the latest day before which no earlier one can lie."""
    lows = rows.groupby(["relationship", "order"], sort=True)["low"].max()
    groups = lows.groupby(level="relationship")
    latest = groups.cummax().groupby(level="relationship").ffill()
    before = latest.groupby(level="relationship").shift(1)
    at = pd.MultiIndex.from_frame(rows[["relationship", "order"]])
    return before.reindex(at).to_numpy(dtype="datetime64[ns]")


def _places(rows: pd.DataFrame, marked: pd.Series) -> NDArray[np.intp]:
    return np.sort(rows.loc[marked, "row"].to_numpy(dtype=np.intp))


def check_ages(context: CheckContext) -> list[Issue]:
    """List ages that contradict each other."""
    held = context.tables.get("victims")
    if held is None:
        return []
    age, onset = held.numbers("victim_age"), held.numbers("victim_age_onset_lower")
    with np.errstate(invalid="ignore"):
        rows = onset > age
    message = "The age at the onset of the relationship lies above the age at the investigation."
    return held.issues(
        rows, column="victim_age_onset_lower", rule="age_outside_range", message=message
    )


def check_durations(context: CheckContext) -> list[Issue]:
    """List investigations whose dates and duration in months differ by more than a month."""
    held = context.tables.get("cases")
    if held is None:
        return []
    days = (held.dates("case_end") - held.dates("case_start")) / np.timedelta64(1, "D")
    months = days / _DAYS_IN_MONTH
    with np.errstate(invalid="ignore"):
        rows = (np.abs(months - held.numbers("case_duration_months")) > 1) & (days >= 0)
    message = "The duration differs by more than a month from that between the two dates."
    return held.issues(
        rows, column="case_duration_months", rule="duration_disagrees", message=message
    )
