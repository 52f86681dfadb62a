"""What a reader must be told beside the curves of escape attempts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from relatum.inference.common import Refusal
from relatum.inference.cumulative_incidence import cumulative_incidence
from relatum.models.escape_first import CAUSE_LABELS, FirstEvents
from relatum.models.escape_times import DAYS_PER_MONTH
from relatum.results.base import Note
from relatum.results.escape_curves import HorizonRow
from relatum.study import Study

__all__ = ["curve_notes", "narrow_notes"]


def curve_notes(
    firsts: Sequence[FirstEvents], horizon: Sequence[HorizonRow], study: Study, *, refused: str
) -> tuple[Note, ...]:
    """Word the notes.

    Parameters
    ----------
    firsts : sequence of FirstEvents
        The two completions, the latest dates last.
    horizon : sequence of HorizonRow
    study : Study
    refused : str
        Why there are no limits; empty where there are.

    Returns
    -------
    tuple of Note
    """
    latest, plan = firsts[-1], study.escape
    fewest = plan.min_at_risk
    found = [
        Note(
            "since_entry",
            "Months count from entry into observation, not from the beginning of the relationship. "
            "The share is that of relationships in which a first observable attempt, an arrest, "
            "the end of the relationship or a death came first; the end of an investigation "
            "censors. Attempts told about an earlier time are not counted.",
        ),
        Note(
            "two_completions",
            "Dates are intervals. Every curve is computed twice, with all dates at their earliest "
            "and at their latest day. Exits move with attempts, so that the two are not strict "
            "bounds.",
        ),
        Note(
            "blank",
            f"Curves stop where fewer than {fewest} relationships are at risk. A relationship is "
            "at risk of a first event until an attempt or its exit, and of further attempts (the "
            "mean number) until its exit.",
        ),
        _hazards(latest),
        *_kaplan_meier(latest, horizon, study),
        Note(
            "mean_number",
            "The mean number of attempts is that of a world in which observation goes on: it "
            "assumes that arrest and parting do not depend on earlier attempts.",
        ),
        _limits_note(study, refused),
    ]
    silent = _undocumented(latest)
    if silent:
        noun = "relationship" if silent == 1 else "relationships"
        text = (
            f"What ended observation is not documented in {silent} {noun}; the end then counts as "
            "censoring."
        )
        found.append(Note("unknown_cause", text))
    return tuple(found)


def _undocumented(latest: FirstEvents) -> int:
    rows = latest.rows
    return int(((rows.cause == "not_documented") & ~rows.event & (rows.number == 1)).sum())


def _hazards(latest: FirstEvents) -> Note:
    months = float(latest.days.sum()) / DAYS_PER_MONTH
    parts = [
        f"{label[:1].lower()}{label[1:]} {n} ({12 * n / months:.2f})"
        for n, label in zip(
            np.bincount(latest.cause, minlength=len(CAUSE_LABELS) + 1)[1:],
            CAUSE_LABELS.values(),
            strict=True,
        )
    ]
    return Note(
        "cause_specific",
        f"Cause-specific rates, as events per 12 of the {months:.0f} relationship-months before "
        f"the first event (latest dates): {', '.join(parts)}.",
    )


def _kaplan_meier(
    latest: FirstEvents, horizon: Sequence[HorizonRow], study: Study
) -> tuple[Note, ...]:
    """Say what treating arrest and ending as censoring would print."""
    shown = horizon[0].latest
    alone = cumulative_incidence(latest.days, (latest.cause == 1).astype(np.int64), n_causes=1)
    if shown is None or isinstance(alone, Refusal):
        return ()
    naive = float(alone.at([study.escape.horizon * DAYS_PER_MONTH]).incidence[0, 0])
    return (
        Note(
            "no_kaplan_meier",
            f"One minus a Kaplan-Meier curve, which treats arrest and ending as censoring, would "
            f"give {naive:.2f} at {study.escape.horizon:g} months instead of {shown:.2f} (latest "
            "dates). It describes a world without arrests and endings and is not used.",
        ),
    )


def _limits_note(study: Study, refused: str) -> Note:
    if refused:
        return Note("no_limits", f"No limits are given: {refused}.")
    return Note(
        "limits",
        f"Limits ({study.escape.conf_level:.0%}): influence values added up by investigation, "
        "restricted wild bootstrap with sign changes, studentised and inverted; at the horizon the "
        "union of both completions. Where no event of a kind was recorded by the horizon: "
        "Korn-Graubard, from those followed to the horizon or to an event. There are none where "
        "investigations do not differ at all. They hold at one month at a time, not for a whole "
        "curve.",
    )


def narrow_notes(n_narrow: int, n_steps: int) -> tuple[Note, ...]:
    """Warn where limits by case are too narrow to be believed; nothing where none is.

    Parameters
    ----------
    n_narrow, n_steps : int
        Steps at which they are, and all steps of the curves of attempts.
    """
    if not n_narrow:
        return ()
    return (
        Note(
            "narrow_limits",
            f"At {n_narrow} of {n_steps} steps of the curves of attempts (latest dates) the error "
            "by investigation is under half of that of independent relationships. With so few "
            "investigations this is more likely chance than agreement between them: limits there "
            "are likely too narrow.",
        ),
    )
