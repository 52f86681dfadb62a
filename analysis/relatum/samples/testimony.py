"""What victims told the police, and stepped back from: from a sample to histories in days.

Everything is counted in days from the earliest day of a victim's first contact with the police, so
that no date is shown. Every date is an interval; intervals are narrowed to the days that
the order of contact, report and step back allows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from relatum.samples.contact_periods import ContactPeriods, trace_contact_periods
from relatum.samples.sample import Sample
from relatum.samples.testimony_build import (
    build_contact,
    build_report,
    build_retraction,
    build_victim,
)
from relatum.samples.testimony_faults import TestimonyFault, retraction_faults, two_open_reports
from relatum.samples.testimony_flow import TestimonyFlow, count_flow
from relatum.samples.testimony_person import PersonRows, order_history
from relatum.samples.testimony_read import (
    ContactDays,
    ReportDays,
    RetractionDays,
    StatementTables,
    backwards,
    read_testimony,
)
from relatum.samples.testimony_rows import ContactTime, ReportTime, RetractionTime, VictimTime

__all__ = ["Testimony", "trace_testimony"]

_LATE = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Testimony:
    """Contacts, reports and steps back of a whole sample.

    Attributes
    ----------
    victims : tuple of VictimTime
    contacts : tuple of ContactTime
    reports : tuple of ReportTime
    retractions : tuple of RetractionTime
        Each in the order of its table.
    periods : ContactPeriods
        Recorded contact, or absence of contact, with suspects; it has faults and a flow of its own.
    faults : tuple of TestimonyFault
        What contradicts itself, and what dates leave open; sorted.
    day_zero : mapping of str to int
        By victim with a dated contact: day 0 on the count since 1970. It is a date, for joining
        dated rows of other tables and for nothing else.
    flow : TestimonyFlow
    """

    victims: tuple[VictimTime, ...]
    contacts: tuple[ContactTime, ...]
    reports: tuple[ReportTime, ...]
    retractions: tuple[RetractionTime, ...]
    periods: ContactPeriods
    faults: tuple[TestimonyFault, ...]
    flow: TestimonyFlow
    day_zero: Mapping[str, int] = field(repr=False)

    @property
    def used_victims(self) -> tuple[VictimTime, ...]:
        """Victims with a dated first contact and an end."""
        return tuple(row for row in self.victims if row.used)

    @property
    def used_reports(self) -> tuple[ReportTime, ...]:
        """Reports that fit into the history of their victim."""
        return tuple(row for row in self.reports if row.used)

    @property
    def used_retractions(self) -> tuple[RetractionTime, ...]:
        """Steps back that fit into the history of their victim."""
        return tuple(row for row in self.retractions if row.used)


def trace_testimony(sample: Sample) -> Testimony:
    """Derive the history of contact, report and stepping back of every victim of a sample.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Testimony

    Notes
    -----
    *Entry* is the first recorded contact. A contact that lacks one bound takes it from the report
    made in it, and the reverse; a contact without both is not used to find the first one. No table
    says when a case was decided: ``case_end`` is the last day on which evidence was gathered. Where
    an outcome of the case is recorded, its file is taken to run to the decision, which came after
    everything on file, on a day that nothing bounds from above. Where none is (``pending`` or not
    documented), observation ends with ``case_end``, and a victim without it is not used: the last
    record would be a poor end, because it is often the step back itself.

    *Death* is the end of one of her relationships by death, if nothing is recorded of her later.
    A confirmed report (``retraction_reversed``) has no date: it lies anywhere after the step back.
    Where it is not documented, she counts as having stayed with her step back.

    A victim with reports about several people who steps back from one has stepped back.

    Faults that are certain leave a row out: ``contact_runs_backwards``, ``report_runs_backwards``,
    ``retraction_runs_backwards``, ``report_without_contact``, ``retraction_without_report``,
    ``report_before_contact`` and ``retraction_before_report``. The check of a sample refuses them.
    The last two, ``contacts_overlap``, ``contact_undated``, ``report_undated``,
    ``retraction_undated``, ``two_open_reports``, ``after_end`` and ``record_after_death`` say what
    dates leave open.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> found = trace_testimony(example_sample("anna"))
    >>> found.retractions[0].kind, found.retractions[0].lower, found.retractions[0].upper
    ('support_withdrawn_facts_upheld', 5, 5)
    >>> flow = trace_testimony(example_sample("simulated")).flow
    >>> flow.n_victims, flow.n_without_contact, flow.n_used, flow.n_with_report
    (76, 25, 50, 31)
    """
    tables = read_testimony(sample)
    rows = _people(tables)
    found = {who: order_history(mine) for who, mine in rows.items()}
    last = _last_records(tables)
    victims = tuple(
        build_victim(rows[one.victim], found[one.victim], tables, last.get(one.case))
        for one in tables.people
    )
    case = {row.victim: row.case for row in victims}
    talks = {row.contact: row for row in tables.contacts}
    teller = {row.report: row.victim for row in tables.reports if row.victim in case}
    contacts = tuple(
        build_contact(row, case.get(row.victim, ""), found.get(row.victim))
        for row in tables.contacts
    )
    reports = tuple(
        build_report(row, talks.get(row.contact), case.get(row.victim, ""), found.get(row.victim))
        for row in tables.reports
    )
    owners = [teller.get(row.report, "") for row in tables.retractions]
    retractions = tuple(
        build_retraction(row, who, case.get(who, ""), found.get(who))
        for row, who in zip(tables.retractions, owners, strict=True)
    )
    faults = [fault for one in found.values() for fault in one.faults]
    for row, who in zip(tables.retractions, owners, strict=True):
        faults += [] if who else retraction_faults(row, None)
    faults += _open_together(reports, retractions)
    faults.sort(key=lambda fault: (fault.table, fault.row, fault.field, fault.name))
    return Testimony(
        victims=victims,
        contacts=contacts,
        reports=reports,
        retractions=retractions,
        periods=trace_contact_periods(sample),
        faults=tuple(faults),
        day_zero={who: one.origin for who, one in found.items() if one.origin is not None},
        flow=count_flow(victims, reports, retractions, faults),
    )


def _people(tables: StatementTables) -> dict[str, PersonRows]:
    """Bring together what belongs to one victim."""
    contacts: dict[str, list[ContactDays]] = {row.victim: [] for row in tables.people}
    reports: dict[str, list[ReportDays]] = {row.victim: [] for row in tables.people}
    retractions: dict[str, list[RetractionDays]] = {row.victim: [] for row in tables.people}
    for contact in tables.contacts:
        contacts.setdefault(contact.victim, []).append(contact)
    for report in tables.reports:
        reports.setdefault(report.victim, []).append(report)
    teller = {row.report: row.victim for row in tables.reports}
    for step in tables.retractions:
        if step.report in teller:
            retractions.setdefault(teller[step.report], []).append(step)
    return {
        row.victim: PersonRows(
            person=row,
            contacts=contacts[row.victim],
            reports=reports[row.victim],
            retractions=retractions[row.victim],
        )
        for row in tables.people
    }


def _last_records(tables: StatementTables) -> dict[str, int]:
    """Return the last day on which the file of each case certainly speaks of a victim."""
    case = {row.victim: row.case for row in tables.people}
    teller = {row.report: row.victim for row in tables.reports}
    days = [(row.victim, row.days) for row in tables.contacts]
    days += [(row.victim, row.days) for row in tables.reports]
    days += [(teller.get(row.report, ""), row.days) for row in tables.retractions]
    found: dict[str, int] = {}
    for who, (low, high) in days:
        if who in case and low is not None and not backwards((low, high)):
            found[case[who]] = max(found.get(case[who], low), low)
    return found


def _open_together(
    reports: Sequence[ReportTime], retractions: Sequence[RetractionTime]
) -> list[TestimonyFault]:
    """List reports made while an earlier one about the same couple may still have stood."""
    ended: dict[str, int] = {}
    for step in retractions:
        if step.used and step.upper is not None:
            ended[step.report] = min(ended.get(step.report, step.upper), step.upper)
    rows = sorted(
        (row.victim, row.relationship, row.lower, row.report)
        for row in reports
        if row.used and row.lower is not None
    )
    found: list[str] = []
    for who, couple, low, report in rows:
        before = [row for row in rows if row[:2] == (who, couple) and row[2:] < (low, report)]
        if any(ended.get(row[3], _LATE) > low for row in before):
            found.append(report)
    return two_open_reports(found)
