"""What a reader must be told beside contrasts among women who reported."""

from __future__ import annotations

from relatum.models.reporting_notes import FEW_EVENT_CASES
from relatum.models.retraction_contrasts_contact import ContactFound
from relatum.models.retraction_contrasts_data import ARREST, ReporterRows
from relatum.results.base import Note
from relatum.samples.testimony import Testimony
from relatum.study import Study

__all__ = ["contrast_notes"]

_ALWAYS = (
    Note(
        "collider",
        "Who reports depends on the violence, on attachment and on the police together. Among "
        "women who reported, two of these can go together although they do not among all women. "
        "Every contrast here is a description of reports.",
    ),
    Note(
        "silence_both_ways",
        "Silence about a covariate is read as without it, and as with it. What does not apply "
        "counts as without.",
    ),
    Note(
        "rows_independent",
        "Limits and p of the penalised odds ratios take reports as unrelated. The p value by case "
        "(score wild bootstrap) and the exact test within cases do not.",
    ),
    Note(
        "familiar_contrasts",
        "Familiar estimators stand for comparison and enter no headline. Most of them trust that "
        "there are many cases.",
    ),
    Note(
        "contact_independent",
        "Contact with the suspect counts day by day, from the lag of the plan on, and only where "
        "a prison log, a wiretap or an observation records it. Contact that was told with a step "
        "back is not used: nothing of the kind is known of women who took none.",
    ),
    Note(
        "contact_undocumented",
        "Days on which no source speaks of contact are left out of the ratio and are shown beside "
        "it. The ratio holds only if a day is not silent because of what happened on it.",
    ),
    Note(
        "detention_coarse",
        "No table holds the day of a release. Days after an arrest count as custody only if the "
        "suspect was in custody on the last day of the investigation.",
    ),
)


def contrast_notes(
    testimony: Testimony,
    study: Study,
    rows: ReporterRows,
    contact: ContactFound,
    *,
    refused: str,
) -> tuple[Note, ...]:
    """Word what holds always, and what these data call for.

    Parameters
    ----------
    testimony : Testimony
    study : Study
    rows : ReporterRows
    contact : ContactFound
    refused : str
        Why there are no limits by case; empty where there are.

    Returns
    -------
    tuple of Note
    """
    found = [*_ALWAYS, *_left_out(rows, study)]
    if ARREST in study.retraction.covariates:
        found.append(
            Note(
                "bounds_exposure",
                "Bounds, weights and the selection model need an exposure that women without a "
                "report have as well. They have no day of a report, so that an arrest counts "
                "there if it came before the first contact. Waiting for a report would make "
                "nearly every woman one whose suspect was arrested before it.",
            )
        )
    told = sum(bool(row.contact_kinds) for row in testimony.used_retractions)
    if told:
        found.append(
            Note(
                "contact_not_used",
                f"Contact was recorded with {told} of {len(testimony.used_retractions)} steps "
                "back; this is not used here.",
            )
        )
    if refused:
        found.append(Note("no_limits", f"There are no limits by case: {refused}."))
    elif contact.ratio is not None and contact.n_event_cases <= FEW_EVENT_CASES:
        found.append(
            Note(
                "ratio_not_reliable",
                f"The steps back behind the rate ratio lie in {contact.n_event_cases} cases. With "
                f"{FEW_EVENT_CASES} or fewer its limits are not reliable.",
            )
        )
    return tuple(found)


def _left_out(rows: ReporterRows, study: Study) -> list[Note]:
    found = []
    day = f"{study.retraction.horizons[-1]:g}"
    if rows.n_undetermined:
        women = "woman is" if rows.n_undetermined == 1 else "women are"
        found.append(
            Note(
                "outcome_undetermined",
                f"{rows.n_undetermined} {women} left out: with the latest dates it is not known "
                f"whether a step back followed within {day} days. The difference with the "
                "earliest dates stands among the sensitivity analyses.",
            )
        )
    if rows.n_before:
        women = "woman is" if rows.n_before == 1 else "women are"
        found.append(
            Note(
                "reported_before",
                f"{rows.n_before} {women} left out who reported before the investigation began.",
            )
        )
    return found
