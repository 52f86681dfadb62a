"""From an ordered history to the rows of one victim, in days from her first contact."""

from __future__ import annotations

from collections.abc import Sequence

from relatum.samples.testimony_person import History, PersonRows
from relatum.samples.testimony_read import (
    DECIDED,
    OPEN,
    Bounds,
    ContactDays,
    ReportDays,
    RetractionDays,
    StatementTables,
)
from relatum.samples.testimony_rows import (
    ArrestKnown,
    ContactTime,
    ReportTime,
    RetractionTime,
    VictimTime,
)

__all__ = ["build_contact", "build_report", "build_retraction", "build_victim"]


def _since(days: Bounds, history: History) -> Bounds:
    if history.origin is None:
        return OPEN
    low, high = days
    return (
        None if low is None else low - history.origin,
        None if high is None else high - history.origin,
    )


def build_victim(
    rows: PersonRows, history: History, tables: StatementTables, last_record: int | None
) -> VictimTime:
    """Build the row of one victim.

    Parameters
    ----------
    rows : PersonRows
    history : History
    tables : StatementTables
    last_record : int or None
        The last day on which the file of her case certainly speaks, on an absolute count.

    Returns
    -------
    VictimTime
    """
    person, why_not = rows.person, history.why_not["victim", ""]
    couple = _couple(rows, history)
    arrest, known = _arrest(couple, rows, tables)
    opened, _ = _since((person.case_start, None), history)
    arrested = _since(arrest, history)
    death = history.windows.get(("death", ""), OPEN)
    return VictimTime(
        victim=person.victim,
        case=person.case,
        relationship=couple,
        contact_upper=history.windows.get(("contact", ""), OPEN)[1],
        first_certain=len(history.first) == 1 and not _undated(history),
        initiator=_agreed([row.initiator for row in history.first]) or "not_documented",
        arrest_order=_agreed([row.arrest_order for row in history.first]) or "not_documented",
        observed_from=opened,
        closed_lower=_closed(rows, history, last_record),
        end=history.end,
        outcome=person.outcome,
        death_lower=death[0],
        death_upper=death[1],
        arrest_lower=arrested[0],
        arrest_upper=arrested[1],
        arrest_known=known,
        detained=tables.detained.get(couple, "") or "not_documented",
        used=not why_not,
        why_not=why_not,
    )


def _undated(history: History) -> bool:
    return any(fault.table == "police_contacts" for fault in history.faults)


def _agreed(values: Sequence[str]) -> str:
    """Return the value that all share; an empty text where they differ."""
    return values[0] if len(set(values)) == 1 else ""


def _couple(rows: PersonRows, history: History) -> str:
    made = [
        (history.windows["report", row.report][0], row.report, row.relationship)
        for row in rows.reports
        if ("report", row.report) in history.windows
    ]
    about = {row.relationship for row in rows.contacts} - {""}
    first = min(made)[2] if made else ""
    return first or _agreed(sorted(about)) or _agreed(sorted(rows.person.couples))


def _arrest(couple: str, rows: PersonRows, tables: StatementTables) -> tuple[Bounds, ArrestKnown]:
    days = tables.arrests.get(couple, OPEN)
    if days != OPEN:
        return days, "dated"
    words = {row.arrest_order for row in rows.contacts if couple and row.relationship == couple}
    return OPEN, "none" if words == {"no_arrest"} else "not_documented"


def _closed(rows: PersonRows, history: History, last_record: int | None) -> int | None:
    if rows.person.outcome not in DECIDED or history.origin is None:
        return None
    ends = [day for day in (rows.person.case_end, last_record) if day is not None]
    return max([day - history.origin for day in ends], default=0)


def build_contact(row: ContactDays, case: str, history: History | None) -> ContactTime:
    """Build the row of one conversation; `history` is that of its victim."""
    days = OPEN if history is None else _since(row.days, history)
    return ContactTime(
        contact=row.contact,
        victim=row.victim,
        case=case,
        relationship=row.relationship,
        initiator=row.initiator,
        arrest_order=row.arrest_order,
        lower=days[0],
        upper=days[1],
    )


def build_report(
    row: ReportDays, contact: ContactDays | None, case: str, history: History | None
) -> ReportTime:
    """Build the row of one report; `contact` is the conversation in which it was made."""
    key = ("report", row.report)
    days = OPEN if history is None else history.windows.get(key, OPEN)
    why_not = "victim_not_used" if history is None else history.why_not[key]
    return ReportTime(
        report=row.report,
        victim=row.victim,
        case=case,
        relationship=row.relationship,
        made=row.made,
        initiator="not_documented" if contact is None else contact.initiator,
        arrest_order="not_documented" if contact is None else contact.arrest_order,
        lower=days[0],
        upper=days[1],
        used=not why_not,
        why_not=why_not,
    )


def build_retraction(
    row: RetractionDays, victim: str, case: str, history: History | None
) -> RetractionTime:
    """Build the row of one step back; without a history its report is not recorded."""
    days, again, why_not = OPEN, OPEN, "retraction_without_report"
    if history is not None:
        days = history.windows.get(("retraction", row.retraction), OPEN)
        again = history.windows.get(("reversal", row.retraction), OPEN)
        why_not = history.why_not["retraction", row.retraction]
    return RetractionTime(
        retraction=row.retraction,
        report=row.report,
        victim=victim,
        case=case,
        kind=row.kind,
        reasons=row.reasons,
        contact_kinds=row.contact_kinds,
        contact_observable=row.observable,
        contact=(row.contact_kinds != ("none",)) if row.observable and row.contact_kinds else None,
        reversal=row.reversed_,
        returned=row.returned,
        case_effect=row.case_effect,
        lower=days[0],
        upper=days[1],
        reversal_lower=again[0],
        reversal_upper=again[1],
        used=not why_not,
        why_not=why_not,
    )
