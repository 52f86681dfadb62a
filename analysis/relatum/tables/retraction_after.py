"""Tables of what was recorded with steps back, of circumstances of reports, and of one path."""

from __future__ import annotations

from collections.abc import Sequence

from relatum.release import Released
from relatum.release.content import content
from relatum.results.retraction import (
    AfterRow,
    DeterminantRow,
    PathStep,
    Retraction,
    RetractionPath,
)
from relatum.tables.descriptive import note_texts
from relatum.tables.pair_words import choose_word, chosen_notes, nothing_note, upper_first
from relatum.tables.reporting_words import bounds_of
from relatum.tables.table import Column, Row, Table, together
from relatum.tables.wording import NOTHING, count_words

__all__ = ["path_day_words", "tabulate_after", "tabulate_determinants", "tabulate_retraction_path"]

_VARIABLES = {
    "retraction_type": "Kind of step back",
    "retraction_reason": "Reasons that she gave",
    "retraction_reversed": "Returned to the first statement",
    "return_to_partner": "Resumed the relationship",
    "retraction_case_effect": "What became of the prosecution",
    "retraction_contact_suspect": "Contact with the suspect in between",
}
_SEVERAL = ("retraction_reason", "retraction_contact_suspect")


def tabulate_after(released: Released, *, only: Sequence[str] = ()) -> Table:
    """Tabulate what was recorded with or after steps back.

    Parameters
    ----------
    released : Released
        A `Retraction`.
    only : sequence of str, optional
        Variables, such as ``retraction_reason``; all by default.

    Raises
    ------
    UsageError
        If there is no such variable; the message lists those there are.
    """
    found = content(released, Retraction)
    there = tuple(dict.fromkeys(row.variable for row in found.after))
    shown = tuple(choose_word(name, there, what="variable of this result") for name in only)
    held = [row for row in found.after if row.variable in (shown or there)]
    rows = together(_after_line(row) for row in held)
    several = any(row.variable in _SEVERAL for row in held)
    return Table(
        title=f"{found.title}: recorded with or after steps back",
        columns=(
            Column(label="Recorded", width=9),
            Column(label="Of those documented", align="right", width=5),
            Column(label="Not documented", align="right", width=4),
            Column(label="Bounds, of all", align="right", width=5),
        ),
        rows=rows or (Row(cells=("No step back is recorded", *[NOTHING] * 3)),),
        footnotes=(
            *chosen_notes(released),
            "One row per step back, so a woman with two counts twice.",
            *(("Several values can be recorded for one step back.",) if several else ()),
            *nothing_note(rows if held else (), "documented for no step back"),
        ),
    )


def _after_line(row: AfterRow) -> Row:
    total = row.n_documented + row.n_undocumented
    name = _VARIABLES.get(row.variable, upper_first(row.variable.replace("_", " ")))
    return Row(
        group=f"{name} ({total:,} steps back)",
        cells=(
            upper_first(row.label),
            count_words(row.n, row.n_documented),
            f"{row.n_undocumented:,}",
            bounds_of(row.n, row.n_undocumented, total, row.lower, row.upper),
        ),
    )


def tabulate_determinants(released: Released) -> Table:
    """Tabulate steps back by circumstances of the report, in the three groups of the literature.

    Parameters
    ----------
    released : Released
        A `Retraction`.
    """
    found = content(released, Retraction)
    rows = together(_determinant_line(row) for row in found.determinants)
    return Table(
        title=f"{found.title}: what was recorded together with steps back",
        columns=(
            Column(label="Circumstance of the report", width=9),
            Column(label="Stepped back, with it", align="right", width=5),
            Column(label="Where it is ruled out", align="right", width=5),
            Column(label="Where it is not documented", align="right", width=5),
        ),
        rows=rows or (Row(cells=("No circumstance is declared", *[NOTHING] * 3)),),
        footnotes=(
            *chosen_notes(released),
            "Counts among reports, without a test: who reports is selected, so that a difference "
            "between reports says nothing about women who did not report. The groups are those of "
            "Helfferich and others (2011).",
            *nothing_note(rows if found.determinants else (), "no report of this kind"),
        ),
    )


def _determinant_line(row: DeterminantRow) -> Row:
    return Row(
        group=upper_first(row.group_label),
        cells=(
            upper_first(row.label),
            count_words(row.n_stepped_with, row.n_with),
            count_words(row.n_stepped_without, row.n_without),
            count_words(row.n_stepped_undocumented, row.n_undocumented),
        ),
    )


def tabulate_retraction_path(released: Released) -> Table:
    """Tabulate the coded path of the narrated case, step by step.

    Parameters
    ----------
    released : Released
        A `RetractionPath`.
    """
    found = content(released, RetractionPath)
    return Table(
        title=f"{found.title}: one coded path",
        columns=(
            Column(label="Day", align="right", width=3),
            Column(label="Step", width=6),
            Column(label="What was coded with it", width=12),
        ),
        rows=tuple(
            Row(cells=(path_day_words(step), upper_first(step.label), upper_first(step.detail)))
            for step in found.steps
        ),
        footnotes=note_texts(released),
    )


def path_day_words(step: PathStep) -> str:
    """Write the day of a step, counted from the report.

    Examples
    --------
    >>> def step(lower, upper):
    ...     return PathStep(day_lower=lower, day_upper=upper, state="", label="", detail="")
    >>> [path_day_words(step(*days)) for days in ((0, 0), (-9, 2), (None, 0), (3, None))]
    ['0', '−9 to 2', 'up to 0', 'from 3']
    >>> path_day_words(step(None, None))
    'later'
    """
    low, high = (_signed(day) for day in (step.day_lower, step.day_upper))
    if low and high:
        return low if low == high else f"{low} to {high}"
    if low or high:
        return f"from {low}" if low else f"up to {high}"
    return "later"


def _signed(day: int | None) -> str:
    return "" if day is None else str(day).replace("-", "\N{MINUS SIGN}")
