"""What a reader must be told beside the states of women after their first contact."""

from __future__ import annotations

from collections.abc import Sequence

from relatum.models.reporting_states import UNDETERMINED, StateHistories
from relatum.results.base import Note
from relatum.results.reporting import StateShare
from relatum.samples.testimony import Testimony

__all__ = ["FEW_EVENT_CASES", "reporting_notes"]

#: With so few cases that hold what is counted, limits can be far too narrow or too wide.
FEW_EVENT_CASES = 5

_ALWAYS = (
    Note(
        "contact_first",
        "The shares are those of women with a recorded contact with the police. They are no rate "
        "of reporting of any population: whom the police met is not known to be typical.",
    ),
    Note(
        "not_survey_rates",
        "They cannot be compared with shares of victims who report in surveys, because the "
        "denominators differ. The nearest comparison is the share of incidents of domestic "
        "violence on police record that end in a formal report.",
    ),
    Note(
        "upheld_is_silence",
        "A report is upheld as long as no step back is recorded. A step back that no file holds "
        "would not be seen.",
    ),
    Note(
        "two_completions",
        "Dates are intervals. Estimates stand for all dates at their earliest day, and at their "
        "latest; the limits are the union of both. The two are no strict bounds where the first "
        "contact is an interval, too.",
    ),
    Note(
        "closing_keeps_state",
        "After the case was closed, or a death, a woman stays in the state that she was in.",
    ),
    Note(
        "case_average_states",
        "The case average is the share in a random investigation, from women whose state is known. "
        "Its limits hold wherever the others are.",
    ),
)


def reporting_notes(
    testimony: Testimony, held: StateHistories, shares: Sequence[StateShare], *, refused: str
) -> tuple[Note, ...]:
    """Word what holds always, and what these data call for.

    Parameters
    ----------
    testimony : Testimony
    held : StateHistories
    shares : sequence of StateShare
    refused : str
        Why there are no limits; empty where there are.
    """
    found = list(_ALWAYS)
    silent = int((held.known == UNDETERMINED).sum())
    if silent:
        found.append(
            Note(
                "undetermined",
                f"Of {silent} of {len(held.people)} women the state after "
                f"{held.horizon:g} days is not known: the dates do not tell, or observation ended "
                "before.",
            )
        )
    if held.carried:
        found.append(
            Note(
                "carried_on",
                "In a state that has a share, no woman is followed to the horizon. Its share is "
                "carried on from where the last one was followed, as if nobody had left it.",
            )
        )
    found += _silence(testimony)
    if refused:
        found.append(Note("no_limits", f"There are no limits: {refused}."))
    else:
        found += _few_cases(testimony)
    first = shares[0] if shares else None
    if first is not None and first.n_women < 20:
        found.append(Note("few_women", "Fewer than 20 women: read the counts, not the shares."))
    return tuple(found)


def _silence(testimony: Testimony) -> list[Note]:
    """Say on what the file is silent that the splits and the kinds of report rest on."""
    people, told = testimony.used_victims, testimony.used_reports
    unknown = "not_documented"
    counts = (
        ("who sought the first contact", sum(row.initiator == unknown for row in people)),
        ("its order to the arrest", sum(row.arrest_order == unknown for row in people)),
    )
    parts = [f"{words} in {n} of {len(people)} women" for words, n in counts if n]
    # silence on who sought it matters before the arrest only
    silent = sum(
        row.arrest_order == unknown or (row.arrest_order, row.initiator) == ("before", unknown)
        for row in told
    )
    found = [f"Not documented: {'; '.join(parts)}."] if parts else []
    if silent:
        noun = "reports counts" if silent == 1 else "reports count"
        found.append(
            f"{silent} of {len(told)} {noun} as neither kind of report, because the file is silent "
            "on who sought it or on its order to the arrest."
        )
    return [Note("undocumented", " ".join(found))] if found else []


def _few_cases(testimony: Testimony) -> list[Note]:
    groups = (
        ("reports", "limits_not_reliable", {row.case for row in testimony.used_reports}),
        (
            "steps back",
            "step_limits_not_reliable",
            {row.case for row in testimony.used_retractions},
        ),
    )
    return [
        Note(
            code,
            f"All {what} lie in {len(cases)} cases. With {FEW_EVENT_CASES} or fewer the limits of "
            "their share are not reliable. They are printed, and marked so.",
        )
        for what, code, cases in groups
        if 0 < len(cases) <= FEW_EVENT_CASES
    ]
