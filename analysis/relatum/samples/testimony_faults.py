"""Named faults of contacts, reports and steps back, and the reasons for which one is not used.

A fault is *certain* where every pair of possible days violates the order, *ambiguous* where some
pair does. Messages give distances in days, never dates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from relatum.errors import Issue
from relatum.samples.testimony_read import (
    Bounds,
    ContactDays,
    ReportDays,
    RetractionDays,
    backwards,
)

__all__ = [
    "FaultName",
    "Table",
    "TestimonyFault",
    "contact_faults",
    "misfit_fault",
    "overlap_faults",
    "report_faults",
    "retraction_faults",
    "two_open_reports",
]

FaultName: TypeAlias = Literal[
    "after_end",
    "contact_runs_backwards",
    "contacts_overlap",
    "contact_undated",
    "record_after_death",
    "report_before_contact",
    "report_runs_backwards",
    "report_undated",
    "report_without_contact",
    "retraction_before_report",
    "retraction_runs_backwards",
    "retraction_undated",
    "retraction_without_report",
    "two_open_reports",
]
#: Tables in which a fault may stand.
Table: TypeAlias = Literal["police_contacts", "reports", "retractions", "relationships"]
_FIELDS: dict[Table, str] = {
    "police_contacts": "contact_date_lower",
    "reports": "report_date_lower",
    "retractions": "retraction_date_lower",
    "relationships": "rel_exit_lower",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TestimonyFault:
    """What contradicts itself in one row, or what its dates leave open.

    Attributes
    ----------
    name : FaultName
    table, row, field : str
        Where it stands.
    certain : bool
        Whether it holds whatever the days were; otherwise some of the possible days are in order.
    message : str
        A sentence, without a date.
    """

    name: FaultName
    table: str
    row: str
    field: str
    certain: bool
    message: str

    @property
    def issue(self) -> Issue:
        """The fault as the check of a sample words it; an ambiguous one is a warning."""
        return Issue(
            table=self.table,
            row=self.row,
            field=self.field,
            rule=self.name,
            message=self.message,
            severity="error" if self.certain else "warning",
        )


def _fault(
    name: FaultName,
    where: tuple[Table, str],
    message: str,
    *,
    certain: bool = False,
    field: str = "",
) -> TestimonyFault:
    table, row = where
    return TestimonyFault(
        name=name,
        table=table,
        row=row,
        field=field or _FIELDS[table],
        certain=certain,
        message=message,
    )


def _gap(days: int) -> str:
    return f"{days} day{'s' if days != 1 else ''}"


def _gap_between(first: Bounds, second: Bounds) -> int:
    """Return by how many days the second certainly precedes the first; else zero."""
    low, high = first[0], second[1]
    return 0 if low is None or high is None else max(low - high, 0)


def _may_precede(first: Bounds, second: Bounds) -> bool:
    """Tell whether some possible day of the second lies before some possible day of the first."""
    high, low = first[1], second[0]
    return high is not None and low is not None and low < high


def contact_faults(row: ContactDays) -> list[TestimonyFault]:
    """List what is wrong with the dates of one conversation.

    Parameters
    ----------
    row : ContactDays

    Returns
    -------
    list of TestimonyFault
        At most one: ``contact_runs_backwards`` or ``contact_undated``.
    """
    where: tuple[Table, str] = ("police_contacts", row.contact)
    if backwards(row.days):
        return [_fault("contact_runs_backwards", where, "Its dates run backwards.", certain=True)]
    if None in row.days:
        message = "It lacks an earliest or a latest day: whether it was the first is not known."
        return [_fault("contact_undated", where, message)]
    return []


def overlap_faults(rows: Sequence[ContactDays]) -> list[TestimonyFault]:
    """List contacts of one victim that may have been her first, after the one dated earliest.

    Parameters
    ----------
    rows : sequence of ContactDays
        Her dated contacts, the earliest first.

    Returns
    -------
    list of TestimonyFault
        One ``contacts_overlap`` for each.
    """
    message = "It may have been her first contact: its dates overlap with those of another one."
    return [
        _fault("contacts_overlap", ("police_contacts", row.contact), message) for row in rows[1:]
    ]


def report_faults(row: ReportDays, contact: Bounds | None) -> list[TestimonyFault]:
    """List what is wrong with the dates of one report.

    Parameters
    ----------
    row : ReportDays
    contact : Bounds or None
        The conversation in which it was made; None where there is no such row.

    Returns
    -------
    list of TestimonyFault
        At most one.
    """
    where: tuple[Table, str] = ("reports", row.report)
    if contact is None:
        message = "The conversation in which it was made is not recorded."
        return [_fault("report_without_contact", where, message, certain=True, field="contact_id")]
    if backwards(row.recorded):
        return [_fault("report_runs_backwards", where, "Its dates run backwards.", certain=True)]
    gap = 0 if backwards(contact) else _gap_between(contact, row.days)
    if gap:
        message = f"It lies {_gap(gap)} before the conversation in which it was made."
        return [_fault("report_before_contact", where, message, certain=True)]
    if row.recorded == (None, None):
        message = "It has no date; it is taken to be of the conversation in which it was made."
        return [_fault("report_undated", where, message)]
    if row.days != contact and not backwards(contact) and _may_precede(contact, row.days):
        message = "Some of its possible days lie before the conversation in which it was made."
        return [_fault("report_before_contact", where, message)]
    return []


def retraction_faults(row: RetractionDays, report: Bounds | None) -> list[TestimonyFault]:
    """List what is wrong with the dates of one step back.

    Parameters
    ----------
    row : RetractionDays
    report : Bounds or None
        The days of its report, not before its conversation; None where there is no such row.

    Returns
    -------
    list of TestimonyFault
        At most one.
    """
    where: tuple[Table, str] = ("retractions", row.retraction)
    if report is None:
        message = "The report from which she stepped back is not recorded."
        return [
            _fault("retraction_without_report", where, message, certain=True, field="report_id")
        ]
    if backwards(row.days):
        message = "Its dates run backwards."
        return [_fault("retraction_runs_backwards", where, message, certain=True)]
    gap = 0 if backwards(report) else _gap_between(report, row.days)
    if gap:
        message = f"It lies {_gap(gap)} before its report."
        return [_fault("retraction_before_report", where, message, certain=True)]
    if row.days == (None, None):
        return [_fault("retraction_undated", where, "It has no date: it lies after its report.")]
    if not backwards(report) and _may_precede(report, row.days):
        message = "Some of its possible days lie before its report."
        return [_fault("retraction_before_report", where, message)]
    return []


def misfit_fault(table: Table, row: str, *, late: int = 0) -> TestimonyFault:
    """Name the fault of a row that fits on no day of the history of its victim.

    Parameters
    ----------
    table : str
    row : str
        Its key.
    late : int
        By how many days it lies after the end of observation at least; zero where it does not.

    Returns
    -------
    TestimonyFault
        ``after_end``; else ``record_after_death`` for a relationship, or the fault of the order.
    """
    where: tuple[Table, str] = (table, row)
    if late:
        message = (
            f"It lies {_gap(late)} after the investigation; no outcome is recorded, so that "
            "nothing says how long the file was kept."
        )
        return _fault("after_end", where, message)
    if table == "relationships":
        message = "She is on record after this death: it was not hers, and ends nothing."
        return _fault("record_after_death", where, message, field="rel_exit_cause")
    if table == "retractions":
        message = "It lies before her first dated contact: its report may go back to another one."
        return _fault("retraction_before_report", where, message)
    message = "It lies before her first dated contact: it may go back to an undated one."
    return _fault("report_before_contact", where, message)


def two_open_reports(reports: Sequence[str]) -> list[TestimonyFault]:
    """Say of each report that an earlier one about the same couple stands at the same time.

    Parameters
    ----------
    reports : sequence of str

    Returns
    -------
    list of TestimonyFault
    """
    message = (
        "An earlier report about the same couple may still stand; she may step back from either."
    )
    return [
        _fault("two_open_reports", ("reports", row), message, field="report_id") for row in reports
    ]
