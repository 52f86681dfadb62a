"""What a reader must be told beside the incidence of stepping back."""

from __future__ import annotations

from relatum.models.reporting_notes import FEW_EVENT_CASES
from relatum.results.base import Note
from relatum.samples.testimony import Testimony

__all__ = ["retraction_notes"]

_ALWAYS = (
    Note(
        "conditional_on_report",
        "The incidence is that among women who made a report or an incriminating statement. Who "
        "reports depends on the violence, on attachment and on the police together, so that "
        "differences among women who reported say nothing about all women. The joint share does "
        "not have this fault.",
    ),
    Note(
        "types_apart",
        "Withdrawing support while upholding the facts is no recantation. Types are counted apart "
        "and never merged; a type is the one of the first step back.",
    ),
    Note(
        "no_reliability",
        "A step back says nothing about whether the first statement was true.",
    ),
    Note(
        "acts_undated",
        "Acts of the suspect are coded for the whole relationship, often without a day. Some may "
        "have come after the report, or after the step back.",
    ),
    Note(
        "two_completions",
        "Dates are intervals. Estimates stand for all dates at their earliest day, and at their "
        "latest; the limits are the union of both. The two are no strict bounds where the report "
        "is an interval, too.",
    ),
    Note(
        "closed_without_day",
        "No table holds the day on which a case was decided. Where an outcome is recorded, the "
        "file is taken to run to it: earliest just after everything on file, latest never within "
        "the horizons.",
    ),
)


def retraction_notes(testimony: Testimony, *, refused: str) -> tuple[Note, ...]:
    """Word what holds always, and what these data call for.

    Parameters
    ----------
    testimony : Testimony
    refused : str
        Why there are no limits; empty where there are.
    """
    found = list(_ALWAYS)
    steps = testimony.used_retractions
    cases = {row.case for row in steps}
    if refused:
        found.append(Note("no_limits", f"There are no limits: {refused}."))
    elif steps and len(cases) <= FEW_EVENT_CASES:
        noun = "case" if len(cases) == 1 else "cases"
        found.append(
            Note(
                "limits_not_reliable",
                f"All steps back lie in {len(cases)} {noun}. With {FEW_EVENT_CASES} or fewer the "
                "limits are not reliable. They are printed, and marked so.",
            )
        )
    if not steps:
        found.append(
            Note(
                "no_step_back",
                "No step back is recorded. Limits of zero are those of no event among those "
                "followed (Korn-Graubard); the lower one is zero.",
            )
        )
    reporters = len({row.victim for row in testimony.used_reports})
    if reporters < 20:
        found.append(Note("few_women", "Fewer than 20 women: read the counts, not the shares."))
    return tuple(found)
