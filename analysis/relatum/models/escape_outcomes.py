"""What became of escape attempts, and what was recorded before them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from relatum.inference.bounds import worst_case_bounds
from relatum.inference.common import Refusal
from relatum.models.escape_answers import count_answers
from relatum.models.escape_first import why_no_time
from relatum.models.escape_preceding import PrecedingRates, preceding_rates
from relatum.models.escape_times import escape_durations
from relatum.results.base import Note, Unavailable
from relatum.results.escape_outcomes import EscapeOutcomes, OutcomeRow
from relatum.results.provenance import provenance_of
from relatum.samples import Sample
from relatum.samples.durations import AttemptTime
from relatum.samples.durations_faults import OBSERVABLE_LEVELS
from relatum.schema import Schema
from relatum.study import Study

__all__ = ["describe_escape_outcomes"]

_WHAT = "outcomes of escape attempts"
_VARIABLES = ("attempt_level", "attempt_outcome", "attempt_suspect_response", "attempt_trigger")
_SILENT = "not_documented"


def describe_escape_outcomes(sample: Sample, study: Study) -> EscapeOutcomes | Unavailable:
    """Describe what became of observable attempts, what came before them and what followed.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan: coder.

    Returns
    -------
    EscapeOutcomes or Unavailable
        Attempts recorded as they happened and those told about an earlier time stand apart.
        Unavailable where no observable attempt of a relationship is recorded.

    Notes
    -----
    Shares are among all attempts of their kind, with worst-case bounds: silent attempts count
    for none, then all. Responses and triggers may be several; one that is not among those recorded
    counts as not having occurred, as in the rule ``is`` of derived codes. What came before is
    described by two covariates that change over time, never by one ratio of violence
    (`relatum.models.escape_preceding`); what followed by a table of first attempts
    (`relatum.models.escape_answers`), for which no model is fitted.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> found = describe_escape_outcomes(example_sample("simulated"), read_study())
    >>> [(row.level, row.n) for row in found.rows
    ...  if row.variable == "attempt_level" and row.known_how == "prospective"]
    [('attempt_intercepted', 7), ('separation_temporary', 13), ('separation_lasting', 3)]
    >>> print(found.gap_model.why)
    16 relationships remained at risk of a second attempt, fewer than 20
    """
    provenance = provenance_of(sample, study)
    durations = escape_durations(sample)
    groups = {"prospective": durations.events, "retrospective": durations.retrospective}
    if not any(groups.values()):
        why = "no observable attempt is recorded"
        gone = why_no_time(durations)
        why = f"{why}; {gone}" if gone else why
        return Unavailable(what=_WHAT, why=why, provenance=provenance)
    values = _recorded(sample)
    rows = [
        row
        for variable in _VARIABLES
        for how, attempts in groups.items()
        for row in _rows(
            sample.schema, variable, how, [values[variable][a.attempt] for a in attempts]
        )
    ]
    before = preceding_rates(sample, durations, study)
    answers = count_answers(durations, values["attempt_suspect_response"])
    return EscapeOutcomes(
        title="Observable escape attempts",
        rows=tuple(rows),
        preceding=before.rows if durations.events else (),
        answered_by_violence=answers.rows,
        gap_model=answers.gap_model,
        notes=(*_notes(groups), *_before_notes(before), answers.note),
        provenance=provenance,
    )


def _recorded(sample: Sample) -> Mapping[str, Mapping[str, frozenset[str]]]:
    """Read the values of every attempt, by variable; empty where nothing is documented."""
    table = sample.tables["escape_attempts"]
    ids = [str(name) for name in table["attempt_id"]]
    return {
        variable: dict(zip(ids, map(_values, table[variable]), strict=True))
        for variable in _VARIABLES
    }


def _values(cell: object) -> frozenset[str]:
    if not isinstance(cell, str) or pd.isna(cell):
        return frozenset()
    return frozenset(cell.split(";")) - {"", _SILENT}


def _rows(
    schema: Schema, variable: str, how: str, values: Sequence[frozenset[str]]
) -> list[OutcomeRow]:
    if not values:
        return []
    field = schema["escape_attempts"][variable]
    levels = [
        level
        for level in field.levels
        if level.value != _SILENT
        and (variable != "attempt_level" or level.value in OBSERVABLE_LEVELS)
    ]
    documented = sum(bool(held) for held in values)
    return [
        _row((variable, how), (level.value, level.label), values, documented) for level in levels
    ]


def _row(
    what: tuple[str, str],
    level: tuple[str, str],
    values: Sequence[frozenset[str]],
    documented: int,
) -> OutcomeRow:
    n = sum(level[0] in held for held in values)
    silent = len(values) - documented
    bounds = worst_case_bounds(n, documented - n, silent)
    known = None if isinstance(bounds, Refusal) else bounds
    return OutcomeRow(
        variable=what[0],
        level=level[0],
        label=level[1],
        known_how=what[1],
        n=n,
        n_documented=documented,
        n_undocumented=silent,
        lower=known.low if known else None,
        upper=known.high if known else None,
    )


def _notes(groups: Mapping[str, Sequence[AttemptTime]]) -> tuple[Note, ...]:
    seen, told = (len(groups[how]) for how in ("prospective", "retrospective"))
    return (
        Note(
            "seen_and_told",
            f"{seen} observable attempts were recorded as they happened, {told} were told about "
            "an earlier time. The latter are known of women who talked, in relationships that "
            "lasted until they were observed; the two are never added up.",
        ),
        Note(
            "worst_case_bounds",
            "Lower bound: attempts without a statement on the point count as not having it. Upper "
            "bound: they count as having it.",
        ),
        Note(
            "several_values",
            "Responses and triggers can be several. One that is not among those recorded counts as "
            "not having occurred; if coders did not list all, the upper bounds are too low.",
        ),
    )


def _before_notes(before: PrecedingRates) -> tuple[Note, ...]:
    return (
        Note(
            "preceding_dates",
            f"Of {before.n_dated + before.n_undated} records of violence or threats of "
            f"relationships under observation, {before.n_dated} carry a date; the others cannot be "
            "placed before or after an attempt, and a day without a dated record is not a day "
            "without violence.",
        ),
        Note(
            "recent_escalation",
            "Recent: violence or a threat is dated in the 30 days before. Each covariate is read "
            "wherever the intervals of dates allow it, and only where they leave no doubt; the "
            "true time and number of attempts with a dated record lie between both readings.",
        ),
        Note(
            "cumulative_severity",
            "Cumulative severity: how many kinds of violence are dated before. Violence may hold "
            "back and may set off an attempt, so that recent escalation and cumulative severity "
            "stand apart and no single ratio of violence is formed.",
        ),
    )
