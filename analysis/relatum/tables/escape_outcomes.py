"""Tables of what became of escape attempts, and of what was recorded before them."""

from __future__ import annotations

from collections.abc import Iterable

from relatum.release import Released
from relatum.release.content import content
from relatum.results.escape_outcomes import EscapeOutcomes, OutcomeRow, PrecedingRow
from relatum.tables.escape_words import (
    KNOWN_HOW_LABELS,
    RATE_NOTE,
    months_words,
    outcome_bounds,
    rate_limits,
    share_bounds,
)
from relatum.tables.pair_words import choose_word, chosen_notes, nothing_note, upper_first
from relatum.tables.table import Column, Row, Table, together
from relatum.tables.wording import count_words

__all__ = [
    "tabulate_answered",
    "tabulate_escape_outcomes",
    "tabulate_preceding",
]

_VARIABLES = {
    "attempt_level": "How far it went",
    "attempt_outcome": "What had become of it within 30 days",
    "attempt_suspect_response": "Response of the suspect",
    "attempt_trigger": "What came immediately before",
}
_OUTCOME_NOTES = ("seen_and_told", "worst_case_bounds")
_PRECEDING_NOTES = ("preceding_dates", "recent_escalation", "cumulative_severity")
_SEVERAL = ("attempt_suspect_response", "attempt_trigger")


def tabulate_escape_outcomes(released: Released, *, variable: str = "") -> Table:
    """Tabulate what became of attempts, apart for those seen and those told of.

    Parameters
    ----------
    released : Released
        An `EscapeOutcomes`.
    variable : str, optional
        Only this variable of attempts, such as ``attempt_outcome``.

    Raises
    ------
    UsageError
        If there is no such variable; the message lists those there are.
    """
    found = content(released, EscapeOutcomes)
    variables = tuple(dict.fromkeys(row.variable for row in found.rows))
    if variable:
        variables = (choose_word(variable, variables, what="variable of this result"),)
    rows = [row for row in found.rows if row.variable in variables]
    several = any(name in _SEVERAL for name in variables)
    lines = together(_outcome_line(row) for row in rows)
    return Table(
        title=found.title,
        columns=_outcome_columns(),
        rows=lines,
        footnotes=(
            *chosen_notes(released, *_OUTCOME_NOTES, *(("several_values",) if several else ())),
            *nothing_note(lines, "documented for no attempt"),
        ),
    )


def _outcome_columns() -> tuple[Column, ...]:
    return (
        Column(label="Attempts", width=9),
        Column(label="Of those documented", align="right", width=5),
        Column(label="Not documented", align="right", width=4),
        Column(label="Bounds", align="right", width=5),
    )


def _outcome_cells(row: OutcomeRow) -> tuple[str, ...]:
    return (
        upper_first(row.label),
        count_words(row.n, row.n_documented),
        f"{row.n_undocumented:,}",
        outcome_bounds(row),
    )


def _variable_label(variable: str) -> str:
    return _VARIABLES.get(variable, upper_first(variable.replace("_", " ")))


def _outcome_line(row: OutcomeRow) -> Row:
    total = row.n_documented + row.n_undocumented
    how = KNOWN_HOW_LABELS.get(row.known_how, row.known_how)
    return Row(
        group=f"{_variable_label(row.variable)} ({total:,} {how})", cells=_outcome_cells(row)
    )


def tabulate_preceding(released: Released) -> Table:
    """Tabulate the rate of attempts by what was recorded before, as it changes over time.

    Parameters
    ----------
    released : Released
        An `EscapeOutcomes`.
    """
    found = content(released, EscapeOutcomes)
    rows = together(_preceding_line(row) for row in found.preceding)
    return Table(
        title=f"{found.title}: what was recorded before",
        columns=(
            Column(label="Recorded before", width=9),
            Column(label="Attempts", align="right", width=4),
            Column(label="Relationship-months", align="right", width=5),
            Column(label="Rate", align="right", width=5),
        ),
        rows=rows,
        footnotes=(
            *chosen_notes(released, *_PRECEDING_NOTES),
            f"{RATE_NOTE} Without limits: a description.",
            *nothing_note(rows, "no time was observed at this level"),
        ),
    )


def _preceding_line(row: PrecedingRow) -> Row:
    return Row(
        group=row.label,
        cells=(
            upper_first(row.level.replace("_", " ")),
            f"{row.n_events:,}",
            months_words(row.months),
            rate_limits(row.rate, None, None),
        ),
    )


def tabulate_answered(released: Released) -> Table:
    """Tabulate whether another attempt followed, by whether the first was answered by violence.

    Parameters
    ----------
    released : Released
        An `EscapeOutcomes`.
    """
    found = content(released, EscapeOutcomes)
    return Table(
        title=f"{found.title}: a further attempt, by how the first was answered",
        columns=_outcome_columns(),
        rows=tuple(_answered_lines(found.answered_by_violence)),
        footnotes=(
            *chosen_notes(released, "answered_by_violence"),
            f"{upper_first(found.gap_model.what)}: not available ({found.gap_model.why}).",
        ),
    )


def _answered_lines(rows: Iterable[OutcomeRow]) -> Iterable[Row]:
    """Word each row; its bounds are shares of those followed, which counts cannot give."""
    return (
        Row(cells=(*_outcome_cells(row)[:-1], share_bounds(row.lower, row.upper))) for row in rows
    )
