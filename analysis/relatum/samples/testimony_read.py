"""Contacts, reports and steps back as they stand in the tables, in whole days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd

from relatum.samples.frames import day_numbers
from relatum.samples.sample import Sample

__all__ = [
    "DECIDED",
    "OPEN",
    "Bounds",
    "ContactDays",
    "PersonDays",
    "ReportDays",
    "RetractionDays",
    "StatementTables",
    "backwards",
    "read_testimony",
]

#: First and last possible day; None where nothing bounds it.
Bounds: TypeAlias = tuple[int | None, int | None]
#: Outcomes that say the case was decided: the file runs to the decision.
DECIDED = frozenset({"conviction_trafficking", "conviction_other", "acquittal", "dismissed"})
#: Nothing is known.
OPEN: Bounds = (None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDays:
    """One recorded conversation with the police.

    Attributes
    ----------
    contact, victim, relationship, initiator, arrest_order : str
        Empty where not recorded.
    days : Bounds
        On an absolute count, for nothing but differences. A bound that is missing is taken from
        the report that was made in this conversation.
    """

    contact: str
    victim: str
    relationship: str
    initiator: str
    arrest_order: str
    days: Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDays:
    """One report or incriminating statement.

    Attributes
    ----------
    report, contact, victim, relationship, made : str
    days : Bounds
        A bound that is missing is taken from the conversation in which it was made.
    recorded : Bounds
        As it stands in the table.
    """

    report: str
    contact: str
    victim: str
    relationship: str
    made: str
    days: Bounds
    recorded: Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class RetractionDays:
    """One step back.

    Attributes
    ----------
    retraction, report, kind : str
    reasons, contact_kinds : tuple of str
        The levels entered; empty where nothing is.
    observable : bool or None
    reversed_, returned, case_effect : str
    days : Bounds
    """

    retraction: str
    report: str
    kind: str
    reasons: tuple[str, ...]
    contact_kinds: tuple[str, ...]
    observable: bool | None
    reversed_: str
    returned: str
    case_effect: str
    days: Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDays:
    """One victim, with what bounds the time in which her statements could be recorded.

    Attributes
    ----------
    victim, case, outcome : str
    case_start, case_end : int or None
    couples : mapping of str to str
        Her relationships, each with its suspect.
    deaths : tuple of tuple of str and Bounds
        Her relationships that ended by death, and when; sorted.
    """

    victim: str
    case: str
    outcome: str
    case_start: int | None
    case_end: int | None
    couples: Mapping[str, str]
    deaths: tuple[tuple[str, Bounds], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementTables:
    """Every row that the trace needs, each list in the order of its table.

    Attributes
    ----------
    people : list of PersonDays
    contacts : list of ContactDays
    reports : list of ReportDays
    retractions : list of RetractionDays
    arrests : mapping of str to Bounds
        By relationship: the arrest of its suspect, else its end where that was an arrest.
    detained : mapping of str to str
        By relationship: whether its suspect was in custody on the last day of the investigation.
    """

    people: list[PersonDays]
    contacts: list[ContactDays]
    reports: list[ReportDays]
    retractions: list[RetractionDays]
    arrests: Mapping[str, Bounds]
    detained: Mapping[str, str]


def backwards(days: Bounds) -> bool:
    """Tell whether an interval ends before it starts.

    Examples
    --------
    >>> backwards((3, 1)), backwards((None, 1))
    (True, False)
    """
    low, high = days
    return low is not None and high is not None and low > high


def read_testimony(sample: Sample) -> StatementTables:
    """Read everything that bears on what a victim told the police, and when.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    StatementTables

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> found = read_testimony(example_sample("anna"))
    >>> len(found.contacts), found.retractions[0].kind
    (2, 'support_withdrawn_facts_upheld')
    """
    contacts, reports = _conversations(sample)
    couples = sample.tables["relationships"]
    of_suspect = dict(
        zip(_column(couples, "relationship_id"), _column(couples, "suspect_id"), strict=True)
    )
    suspects = sample.tables["suspects"]
    named = _column(suspects, "suspect_id")
    arrests = dict(zip(named, _bounds(suspects, "suspect_arrest"), strict=True))
    detained = dict(zip(named, _column(suspects, "suspect_detained"), strict=True))
    exits = zip(
        _texts(couples, "relationship_id", "rel_exit_cause"),
        _bounds(couples, "rel_exit"),
        strict=True,
    )
    ended = {couple: days for (couple, why), days in exits if why == "arrest_or_detention"}
    known = {couple: arrests.get(who, OPEN) for couple, who in of_suspect.items()}
    known |= {couple: OPEN for couple, days in known.items() if backwards(days)}
    ended |= {couple: OPEN for couple, days in ended.items() if backwards(days)}
    return StatementTables(
        people=_people(sample, of_suspect),
        contacts=contacts,
        reports=reports,
        retractions=_retractions(sample),
        arrests={
            couple: ended.get(couple, OPEN) if days == OPEN else days
            for couple, days in known.items()
        },
        detained={couple: detained.get(who, "") for couple, who in of_suspect.items()},
    )


def _column(rows: pd.DataFrame, name: str) -> list[str]:
    return ["" if pd.isna(value) else str(value) for value in rows[name]]


def _texts(rows: pd.DataFrame, *names: str) -> Iterable[tuple[str, ...]]:
    return zip(*(_column(rows, name) for name in names), strict=True)


def _bounds(rows: pd.DataFrame, stem: str) -> list[Bounds]:
    lower, upper = (day_numbers(rows[f"{stem}_{end}"]) for end in ("lower", "upper"))
    return list(zip(lower, upper, strict=True))


def _filled(days: Bounds, other: Bounds) -> Bounds:
    """Take each missing bound from elsewhere, unless the interval would then run backwards."""
    low, high = days
    filled = (other[0] if low is None else low, other[1] if high is None else high)
    return days if backwards(filled) else filled


def _conversations(sample: Sample) -> tuple[list[ContactDays], list[ReportDays]]:
    talks, told = sample.tables["police_contacts"], sample.tables["reports"]
    names: tuple[str, ...] = ("report_id", "contact_id", "victim_id", "relationship_id")
    written = list(
        zip(_texts(told, *names, "report_made"), _bounds(told, "report_date"), strict=True)
    )
    of_talk = dict(zip(_column(talks, "contact_id"), _bounds(talks, "contact_date"), strict=True))
    of_report: dict[str, Bounds] = {}
    for text, days in sorted(written, key=lambda row: row[0]):
        of_report.setdefault(text[1], days)
    reports = [
        ReportDays(
            report=text[0],
            contact=text[1],
            victim=text[2],
            relationship=text[3],
            made=text[4],
            days=_filled(days, of_talk.get(text[1], OPEN)),
            recorded=days,
        )
        for text, days in written
    ]
    names = ("contact_id", "victim_id", "relationship_id", "contact_initiator")
    spoken = _texts(talks, *names, "contact_relative_to_arrest")
    contacts = [
        ContactDays(
            contact=text[0],
            victim=text[1],
            relationship=text[2],
            initiator=text[3] or "not_documented",
            arrest_order=text[4] or "not_documented",
            days=_filled(of_talk[text[0]], of_report.get(text[0], OPEN)),
        )
        for text in spoken
    ]
    return contacts, reports


def _retractions(sample: Sample) -> list[RetractionDays]:
    rows = sample.tables["retractions"]
    names: tuple[str, ...] = (
        "retraction_id",
        "report_id",
        "retraction_type",
        "retraction_reason",
    )
    names += ("retraction_contact_suspect", "retraction_reversed", "return_to_partner")
    seen = [
        None if pd.isna(value) else bool(value) for value in rows["retraction_contact_observable"]
    ]
    texts = _texts(rows, *names, "retraction_case_effect")
    return [
        RetractionDays(
            retraction=text[0],
            report=text[1],
            kind=text[2] or "not_documented",
            reasons=_levels(text[3]),
            contact_kinds=_levels(text[4]),
            observable=observable,
            reversed_=text[5] or "not_documented",
            returned=text[6] or "not_documented",
            case_effect=text[7] or "not_documented",
            days=days,
        )
        for text, days, observable in zip(
            texts, _bounds(rows, "retraction_date"), seen, strict=True
        )
    ]


def _levels(text: str) -> tuple[str, ...]:
    return tuple(sorted(level for level in text.split(";") if level not in ("", "not_documented")))


def _people(sample: Sample, of_suspect: Mapping[str, str]) -> list[PersonDays]:
    cases, couples = sample.tables["cases"], sample.tables["relationships"]
    listed = _column(cases, "case_id")
    outcome = dict(zip(listed, _column(cases, "case_outcome"), strict=True))
    start = dict(zip(listed, day_numbers(cases["case_start"]), strict=True))
    end = dict(zip(listed, day_numbers(cases["case_end"]), strict=True))
    mine: dict[str, dict[str, str]] = {}
    deaths: dict[str, list[tuple[str, Bounds]]] = {}
    rows = _texts(couples, "relationship_id", "victim_id", "rel_exit_cause")
    for (couple, who, why), days in zip(rows, _bounds(couples, "rel_exit"), strict=True):
        mine.setdefault(who, {})[couple] = of_suspect[couple]
        if why == "death" and not backwards(days):
            deaths.setdefault(who, []).append((couple, days))
    return [
        PersonDays(
            victim=who,
            case=case,
            outcome=outcome.get(case) or "not_documented",
            case_start=start.get(case),
            case_end=end.get(case),
            couples=mine.get(who, {}),
            deaths=tuple(sorted(deaths.get(who, ()), key=lambda row: row[0])),
        )
        for who, case in _texts(sample.tables["victims"], "victim_id", "case_id")
    ]
