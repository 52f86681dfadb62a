"""One row per victim, contact, report and step back, in days from her first contact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["ArrestKnown", "ContactTime", "ReportTime", "RetractionTime", "VictimTime"]

ArrestKnown: TypeAlias = Literal["dated", "none", "not_documented"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VictimTime:
    """What bounds the history of one victim. Day 0 is the earliest day of her first contact.

    Attributes
    ----------
    victim, case : str
    relationship : str
        The one that her first report is about, else the one that her contacts are about, else her
        only one; empty where this leaves several or none.
    contact_upper : int or None
        The first contact lies in [0, contact_upper]; None where no contact is dated.
    first_certain : bool
        Whether it is known which of her contacts came first.
    initiator, arrest_order : str
        Of the first contact; ``not_documented`` where contacts that may be the first differ.
    observed_from : int or None
        The first day of the investigation; None where not recorded.
    closed_lower : int or None
        The last day on which the file of a decided case speaks of it; the decision came later, on
        a day that no table holds. None where no outcome is recorded.
    end : int or None
        Where no outcome is recorded: the end of the investigation, and of observation.
    outcome : str
    death_lower, death_upper : int or None
        When death ended a relationship of hers, if nothing is recorded of her after it. The tables
        do not say which of the two died.
    arrest_lower, arrest_upper : int or None
        The arrest of the suspect of `relationship`.
    arrest_known : {"dated", "none", "not_documented"}
    detained : str
        Whether that suspect was in custody on the last day of the investigation.
    used : bool
    why_not : str
        A key of `testimony_flow.WHY_NOT`; empty where she is used.
    """

    victim: str
    case: str
    relationship: str
    contact_upper: int | None
    first_certain: bool
    initiator: str
    arrest_order: str
    observed_from: int | None
    closed_lower: int | None
    end: int | None
    outcome: str
    death_lower: int | None
    death_upper: int | None
    arrest_lower: int | None
    arrest_upper: int | None
    arrest_known: ArrestKnown
    detained: str
    used: bool
    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactTime:
    """One conversation with the police: the key for codings entered for it.

    Attributes
    ----------
    contact, victim, case, relationship, initiator, arrest_order : str
    lower, upper : int or None
        None where a bound, or her first contact, is not known.
    """

    contact: str
    victim: str
    case: str
    relationship: str
    initiator: str
    arrest_order: str
    lower: int | None
    upper: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTime:
    """One report or incriminating statement.

    Attributes
    ----------
    report, victim, case : str
    relationship : str
        Empty where it is about no single one.
    made : {"formal_report", "statement_only"}
    initiator, arrest_order : str
        Of the conversation in which it was made.
    lower, upper : int or None
        Where it is used: the earliest and the latest day in order with everything else of hers,
        the latter None where nothing bounds it. Otherwise None.
    used : bool
    why_not : str
    """

    report: str
    victim: str
    case: str
    relationship: str
    made: str
    initiator: str
    arrest_order: str
    lower: int | None
    upper: int | None
    used: bool
    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetractionTime:
    """One step back from a report. The kinds are different things and are never merged.

    Attributes
    ----------
    retraction, report, victim, case : str
        The last two are empty where the report is not recorded.
    kind : str
        ``support_withdrawn_facts_upheld``, ``facts_recanted``, ``contradictory_statement``,
        ``refuses_further_cooperation`` or ``not_documented``.
    reasons : tuple of str
        Those she gave, sorted.
    contact_kinds : tuple of str
        Contact with the suspect since the report, sorted; ``none`` where a passage rules it out.
    contact_observable : bool or None
        Whether contact would have been recorded apart from the step back.
    contact : bool or None
        Contact that counts: None unless it was observable and something is recorded. Contact that
        is known only because she told it when stepping back would always precede a step back.
    reversal, returned, case_effect : str
        Whether she confirmed the report again, whether she went back to the partner, and what
        became of the prosecution.
    lower, upper : int or None
        As in `ReportTime`.
    reversal_lower, reversal_upper : int or None
        The days on which she may have confirmed the report again, where she did; no table holds a
        date of it.
    used : bool
    why_not : str
    """

    retraction: str
    report: str
    victim: str
    case: str
    kind: str
    reasons: tuple[str, ...]
    contact_kinds: tuple[str, ...]
    contact_observable: bool | None
    contact: bool | None
    reversal: str
    returned: str
    case_effect: str
    lower: int | None
    upper: int | None
    reversal_lower: int | None
    reversal_upper: int | None
    used: bool
    why_not: str
