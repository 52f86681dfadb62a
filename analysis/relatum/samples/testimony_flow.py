"""What was used and why not: the flow of victims, reports and steps back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from relatum.results.flow import FlowStep
from relatum.samples.testimony_faults import TestimonyFault
from relatum.samples.testimony_rows import ReportTime, RetractionTime, VictimTime

__all__ = ["WHY_NOT", "TestimonyFlow", "Undocumented", "count_flow", "count_steps"]

#: The words for every reason, in the order in which the flow applies them.
WHY_NOT: Mapping[str, str] = MappingProxyType(
    {
        "no_contact": "no contact with the police is recorded",
        "contact_runs_backwards": "the dates of her contacts run backwards",
        "contact_undated": "her first contact lacks an earliest or a latest day",
        "no_end": "neither an outcome nor the end of the investigation is recorded",
        "victim_not_used": "the victim is not used",
        "report_not_used": "the report is not used",
        "report_without_contact": "the conversation in which it was made is not recorded",
        "retraction_without_report": "its report is not recorded",
        "report_runs_backwards": "its dates run backwards",
        "retraction_runs_backwards": "its dates run backwards",
        "report_before_contact": "it lies before the conversation in which it was made",
        "retraction_before_report": "it lies before its report",
        "after_end": "recorded after the investigation, of which no outcome is known",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undocumented:
    """How often the file is silent on something.

    Attributes
    ----------
    name : str
        What is asked.
    n, of : int
        Silent rows, and the rows that count.
    """

    name: str
    n: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TestimonyFlow:
    """How many victims, reports and steps back there are, and what is left of them.

    Attributes
    ----------
    n_victims : int
        Victims recorded.
    n_without_contact : int
        Without any recorded contact with the police.
    n_contact_undated : int
        With contacts of which none has both an earliest and a latest day in order, or with an
        earlier one that lacks the former.
    n_used : int
        With a dated first contact and an end.
    n_with_report : int
        Of those used, with a report or incriminating statement that is used.
    n_stepped_back : int
        Of those with a report, with a step back that is used.
    steps : tuple of FlowStep
        For victims, reports and steps back in turn: recorded, one step per reason, used.
    undocumented : tuple of Undocumented
        Silence in what is used.
    n_certain, n_ambiguous : int
        Faults, see `TestimonyFault`.
    """

    n_victims: int
    n_without_contact: int
    n_contact_undated: int
    n_used: int
    n_with_report: int
    n_stepped_back: int
    steps: tuple[FlowStep, ...]
    undocumented: tuple[Undocumented, ...]
    n_certain: int
    n_ambiguous: int


def count_flow(
    victims: Sequence[VictimTime],
    reports: Sequence[ReportTime],
    retractions: Sequence[RetractionTime],
    faults: Sequence[TestimonyFault],
) -> TestimonyFlow:
    """Count what there is, what is used, and on what the file is silent.

    Parameters
    ----------
    victims, reports, retractions : sequence of rows
    faults : sequence of TestimonyFault

    Returns
    -------
    TestimonyFlow
    """
    reasons = Counter(row.why_not for row in victims)
    certain = sum(fault.certain for fault in faults)
    return TestimonyFlow(
        n_victims=len(victims),
        n_without_contact=reasons["no_contact"],
        n_contact_undated=reasons["contact_undated"] + reasons["contact_runs_backwards"],
        n_used=reasons[""],
        n_with_report=len({row.victim for row in reports if row.used}),
        n_stepped_back=len({row.victim for row in retractions if row.used}),
        steps=count_steps(
            [row.why_not for row in victims],
            [row.why_not for row in reports],
            [row.why_not for row in retractions],
        ),
        undocumented=_silence(victims, reports, retractions),
        n_certain=certain,
        n_ambiguous=len(faults) - certain,
    )


def _silence(
    victims: Sequence[VictimTime],
    reports: Sequence[ReportTime],
    retractions: Sequence[RetractionTime],
) -> tuple[Undocumented, ...]:
    people = [row for row in victims if row.used]
    told = [row for row in reports if row.used]
    back = [row for row in retractions if row.used]
    unknown = "not_documented"
    asked: tuple[tuple[str, list[bool]], ...] = (
        ("who sought the first contact", [row.initiator == unknown for row in people]),
        ("first contact and arrest", [row.arrest_order == unknown for row in people]),
        ("day of the arrest", [row.arrest_known == unknown for row in people]),
        ("start of the investigation", [row.observed_from is None for row in people]),
        ("couple that a report is about", [not row.relationship for row in told]),
        ("kind of the step back", [row.kind == unknown for row in back]),
        ("reasons for it", [not row.reasons for row in back]),
        ("contact with the suspect before it", [not row.contact_kinds for row in back]),
        ("such contact, recorded apart from it", [row.contact is None for row in back]),
        ("whether she confirmed the report again", [row.reversal == unknown for row in back]),
        ("whether she went back to the partner", [row.returned == unknown for row in back]),
        ("what became of the case", [row.case_effect == unknown for row in back]),
    )
    return tuple(Undocumented(name=name, n=sum(rows), of=len(rows)) for name, rows in asked)


def count_steps(
    victims: Sequence[str], reports: Sequence[str], retractions: Sequence[str]
) -> tuple[FlowStep, ...]:
    """Count what is left after each reason.

    Parameters
    ----------
    victims, reports, retractions : sequence of str
        Why each is not used; empty where it is.

    Returns
    -------
    tuple of FlowStep

    Examples
    --------
    >>> [(step.unit, step.step, step.n) for step in count_steps(["", "no_contact"], [], [])][:3]
    [('victim', 'recorded', 2), ('victim', 'no_contact', 1), ('victim', 'used', 1)]
    """
    rows = (("victim", victims), ("report", reports), ("step back", retractions))
    return tuple(step for unit, reasons in rows for step in _steps(unit, reasons))


def _steps(unit: str, reasons: Sequence[str]) -> list[FlowStep]:
    plural = "steps back" if unit == "step back" else f"{unit}s"
    counts, left = Counter(reasons), len(reasons)
    found = [_step("recorded", f"{plural} recorded", unit, left)]
    for reason, words in WHY_NOT.items():
        if counts[reason]:
            left -= counts[reason]
            found.append(_step(reason, f"{plural} left", unit, left, counts[reason], words))
    return [*found, _step("used", f"{plural} used", unit, left)]


def _step(
    step: str, label: str, unit: str, n: int, n_left_out: int | None = None, reason: str = ""
) -> FlowStep:
    return FlowStep(step=step, label=label, unit=unit, n=n, n_left_out=n_left_out, reason=reason)
