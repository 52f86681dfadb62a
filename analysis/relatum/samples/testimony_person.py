"""The history of one victim: her rows put in order, on the days that the order allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from relatum.samples.testimony_faults import (
    FaultName,
    Table,
    TestimonyFault,
    contact_faults,
    misfit_fault,
    overlap_faults,
    report_faults,
    retraction_faults,
)
from relatum.samples.testimony_read import (
    DECIDED,
    OPEN,
    Bounds,
    ContactDays,
    PersonDays,
    ReportDays,
    RetractionDays,
    backwards,
)
from relatum.samples.testimony_windows import Step, fits, narrow

__all__ = ["History", "PersonRows", "order_history"]

_LATE = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRows:
    """Everything recorded of one victim.

    Attributes
    ----------
    person : PersonDays
    contacts : sequence of ContactDays
    reports : sequence of ReportDays
    retractions : sequence of RetractionDays
        Of her reports.
    """

    person: PersonDays
    contacts: Sequence[ContactDays]
    reports: Sequence[ReportDays]
    retractions: Sequence[RetractionDays]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The ordered history of one victim.

    Attributes
    ----------
    origin : int or None
        The earliest day of her first contact on an absolute count; None without a dated contact.
    end : int or None
        Days from origin to the end of observation, where no outcome is recorded.
    first : tuple of ContactDays
        Contacts that may have been the first, the earliest first.
    why_not : mapping of tuple of str to str
        Why a row is not used, by kind (``victim``, ``report``, ``retraction``) and key.
    windows : mapping of tuple of str to tuple
        Days from origin, by kind (also ``contact``, ``reversal`` and ``death``) and key.
    faults : tuple of TestimonyFault
    """

    origin: int | None
    end: int | None
    first: tuple[ContactDays, ...]
    why_not: Mapping[tuple[str, str], str]
    windows: Mapping[tuple[str, str], tuple[int, int | None]]
    faults: tuple[TestimonyFault, ...]


def order_history(rows: PersonRows) -> History:
    """Find her first contact, and the days on which everything else can have happened.

    Parameters
    ----------
    rows : PersonRows

    Returns
    -------
    History

    Notes
    -----
    First contact <= report <= step back <= confirmed again; a report does not precede the earliest
    day of its conversation, and death precedes nothing. A row that fits on no day is left out.
    """
    chain = _start(rows)
    talks = {row.contact: row.days for row in rows.contacts}
    for report in sorted(rows.reports, key=lambda row: row.report):
        _add_report(chain, report, talks.get(report.contact))
    said = {row.report: _not_before(row.days, talks.get(row.contact)) for row in rows.reports}
    for step in sorted(rows.retractions, key=_by_day):
        _add_retraction(chain, step, said[step.report])
    for couple, days in rows.person.deaths:
        if _add_death(chain, couple, days):
            break
    return History(
        origin=chain.origin,
        end=chain.end,
        first=chain.first,
        why_not=chain.why_not,
        windows=dict(zip(chain.keys, narrow(chain.steps), strict=True)),
        faults=tuple(chain.faults),
    )


def _by_day(row: RetractionDays) -> tuple[int, int, str]:
    low, high = row.days
    return -_LATE if low is None else low, _LATE if high is None else high, row.retraction


class _Chain:
    """The steps of one history, each added only where it fits."""

    def __init__(self) -> None:
        self.origin: int | None = None
        self.end: int | None = None
        self.first: tuple[ContactDays, ...] = ()
        self.why_not: dict[tuple[str, str], str] = {}
        self.faults: list[TestimonyFault] = []
        self.keys: list[tuple[str, str]] = []
        self.steps: list[Step] = []
        self.confirmed: dict[str, list[tuple[int, int | None]]] = {}

    def add(self, key: tuple[str, str], days: Bounds, after: tuple[int, ...]) -> bool:
        """Add a step on absolute days, cut at the end of observation, and say whether it fits."""
        low, high = self.since(days[0]), self.since(days[1])
        if self.end is not None:
            high = self.end if high is None else min(high, self.end)
        step = Step(lower=low, upper=high, after=after)
        if not fits([*self.steps, step]):
            return False
        self.keys.append(key)
        self.steps.append(step)
        return True

    def since(self, day: int | None) -> int | None:
        """Count a day from the origin."""
        return None if day is None or self.origin is None else day - self.origin

    def misfit(self, table: Table, row: str, days: Bounds) -> FaultName:
        """Note that a row lies after the end of observation, or before what it must follow."""
        beyond = (self.since(days[0]) or 0) - (_LATE if self.end is None else self.end)
        fault = misfit_fault(table, row, late=max(beyond, 0))
        self.faults.append(fault)
        return fault.name


def _start(rows: PersonRows) -> _Chain:
    """Begin a history with her first contact."""
    chain, person = _Chain(), rows.person
    faults = {row.contact: contact_faults(row) for row in rows.contacts}
    chain.faults += [fault for found in faults.values() for fault in found]
    dated = [
        (row.days[0], row.days[1], row)
        for row in rows.contacts
        if row.days[0] is not None and row.days[1] is not None and not backwards(row.days)
    ]
    if not dated:
        turned = all(fault.certain for fault in chain.faults)
        undated = "contact_runs_backwards" if turned else "contact_undated"
        chain.why_not["victim", ""] = undated if rows.contacts else "no_contact"
        return chain
    chain.origin, latest = min(low for low, _, _ in dated), min(high for _, high, _ in dated)
    maybe = sorted((low, high, row.contact, row) for low, high, row in dated if low <= latest)
    chain.first = tuple(row for _, _, _, row in maybe)
    chain.faults += overlap_faults(chain.first)
    sooner = [row for row in rows.contacts if row.days[0] is None and not backwards(row.days)]
    if any(row.days[1] is not None and row.days[1] < chain.origin for row in sooner):
        # her first contact is one of those without an earliest day
        chain.why_not["victim", ""] = "contact_undated"
    else:
        chain.why_not["victim", ""] = _find_end(chain, person)
    if not chain.why_not["victim", ""]:
        chain.add(("contact", ""), (chain.origin, latest), ())
    return chain


def _find_end(chain: _Chain, person: PersonDays) -> str:
    """Set the end of observation of an undecided case; say why a victim cannot be used."""
    if person.outcome in DECIDED:
        return ""
    chain.end = chain.since(person.case_end)
    if chain.end is None:
        return "no_end"
    if chain.end < 0:
        return chain.misfit("police_contacts", chain.first[0].contact, chain.first[0].days)
    return ""


def _not_before(days: Bounds, contact: Bounds | None) -> Bounds:
    """Return the days of a report, none before the earliest day of its conversation."""
    if contact is None or contact[0] is None or backwards(contact):
        return days
    low, high = days
    return (contact[0] if low is None else max(low, contact[0])), high


def _add_report(chain: _Chain, row: ReportDays, contact: Bounds | None) -> None:
    key, faults = ("report", row.report), report_faults(row, contact)
    chain.faults += faults
    certain = [fault.name for fault in faults if fault.certain]
    if chain.why_not["victim", ""]:
        chain.why_not[key] = "victim_not_used"
    elif certain:
        chain.why_not[key] = certain[0]
    elif chain.add(key, _not_before(row.days, contact), (0,)):
        chain.why_not[key] = ""
    else:
        chain.why_not[key] = chain.misfit("reports", row.report, row.days)


def _add_retraction(chain: _Chain, row: RetractionDays, report: Bounds) -> None:
    key, faults = ("retraction", row.retraction), retraction_faults(row, report)
    chain.faults += faults
    certain = [fault.name for fault in faults if fault.certain]
    if certain or chain.why_not["report", row.report]:
        chain.why_not[key] = certain[0] if certain else "report_not_used"
        return
    before = chain.confirmed.setdefault(row.report, [])
    # what she had confirmed again by then, she can step back from once more
    after = [place for place, high in before if _certainly_after(row.days[0], high)]
    after.append(chain.keys.index(("report", row.report)))
    if not chain.add(key, row.days, tuple(after)):
        chain.why_not[key] = chain.misfit("retractions", row.retraction, row.days)
        return
    chain.why_not[key] = ""
    if row.reversed_ == "present":
        chain.add(("reversal", row.retraction), OPEN, (len(chain.steps) - 1,))
        before.append((len(chain.steps) - 1, row.days[1]))


def _certainly_after(low: int | None, high: int | None) -> bool:
    return low is not None and high is not None and low > high


def _add_death(chain: _Chain, couple: str, days: Bounds) -> bool:
    """Add a death that comes after everything recorded of her; say whether there is one."""
    if chain.why_not["victim", ""]:
        return False
    beyond = chain.end is not None and _certainly_after(chain.since(days[0]), chain.end)
    if not beyond and chain.add(("death", ""), days, tuple(range(len(chain.steps)))):
        return True
    if not beyond:
        chain.faults.append(misfit_fault("relationships", couple))
    return False
