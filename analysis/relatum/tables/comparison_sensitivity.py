"""Tables of how far verdicts depend on choices, and of the margins that were declared."""

from __future__ import annotations

from collections.abc import Sequence

from relatum.release import Released
from relatum.release.content import content
from relatum.results.comparison import ComparedRow, Comparison
from relatum.results.comparison_profile import ComparisonProfile
from relatum.tables.comparison_profile import standardised_notes, standardised_words
from relatum.tables.comparison_words import (
    chosen_rows,
    ends_words,
    margin_words,
    scale_words,
    value_words,
    verdict_words,
)
from relatum.tables.pair_words import chosen_notes, lower_first, nothing_note, power_words
from relatum.tables.reporting_words import level_words
from relatum.tables.table import Column, Row, Table
from relatum.tables.wording import NOTHING

__all__ = ["tabulate_margins", "tabulate_row_sensitivity"]


def tabulate_row_sensitivity(released: Released, *, profile: Released | None = None) -> Table:
    """Tabulate verdicts and differences under other choices than those that decide.

    Parameters
    ----------
    released : Released
        A `Comparison`.
    profile : Released, optional
        A `ComparisonProfile`, for differences standardised to the declared covariates. Rows stand
        by their number in the matrix.
    """
    found = content(released, Comparison)
    beside = None if profile is None else content(profile, ComparisonProfile)
    tested = chosen_rows(found, "tested")
    held = [row for row in tested if row.contrast_of("low_low") or row.leave_out_low is not None]
    rows = tuple(_sensitivity_line(row, beside) for row in held)
    level = level_words(1 - 2 * found.level)
    columns = (
        Column(label="Row", width=3),
        Column(label="Silence absent in both", align="right", width=4),
        Column(label="Present in both", align="right", width=4),
        Column(label="One investigation left out", align="right", width=7),
        Column(label="Posterior inside", align="right", width=6),
        *(
            Column(label=f"By {name}, {level}", align="right", width=7)
            for name in ("regression", "weights")
            if beside is not None
        ),
    )
    return Table(
        title=f"{found.title}: other choices",
        columns=columns,
        rows=rows or (Row(cells=("No row", *[NOTHING] * (len(columns) - 1))),),
        footnotes=(
            *chosen_notes(released),
            "None of these decides. Silence read alike in both samples can hide a difference or "
            "make one.",
            "One investigation left out: the smallest and the largest difference over both crossed "
            "codings. Posterior: probability of a difference inside the margin, without weights; "
            "the smaller first.",
            _unweighted_note(tested),
            *_taken_back_note(tested),
            *_computed_note([row for row in tested if row not in held]),
            *(() if beside is None else standardised_notes(beside)),
            *nothing_note(rows, "not computed for this row"),
        ),
    )


def _sensitivity_line(row: ComparedRow, profile: ComparisonProfile | None) -> Row:
    return Row(
        cells=(
            row.id,
            _estimate(row, "low_low"),
            _estimate(row, "high_high"),
            ends_words(row.leave_out_low, row.leave_out_high, row.scale),
            _probabilities(row.within_low, row.within_high),
            *(() if profile is None else standardised_words(profile, row.id, alone=True)),
        )
    )


def _computed_note(rows: Sequence[ComparedRow]) -> tuple[str, ...]:
    names = ", ".join(row.id for row in rows)
    return (f"Computed under the crossed codings alone: {names}.",) * bool(names)


def _taken_back_note(rows: Sequence[ComparedRow]) -> tuple[str, ...]:
    names = ", ".join(row.id for row in rows if row.verdict_before != row.verdict)
    return (f"Inside the margin before Holm's correction and the assay: {names}.",) * bool(names)


def _unweighted_note(rows: Sequence[ComparedRow]) -> str:
    """Say which verdicts change where relationships are not weighted by documentation depth."""
    changed = [
        f"{row.id} ({lower_first(verdict_words(row.verdict_unstandardised, row.kind))})"
        for row in rows
        if row.verdict_unstandardised not in ("", row.verdict_before)
    ]
    if not changed:
        return "Without weights for documentation depth no verdict changes."
    return (
        "Without weights for documentation depth these verdicts, all before Holm's correction and "
        f"the assay, change: {', '.join(changed)}."
    )


def _estimate(row: ComparedRow, coding: str) -> str:
    found = row.contrast_of(coding)
    return NOTHING if found is None else value_words(found.estimate, row.scale)


def _probabilities(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return NOTHING
    first, last = power_words(low), power_words(high)
    return first if first == last else f"{first} to {last}"


def tabulate_margins(released: Released) -> Table:
    """Tabulate the declared margins with their reasons and their hash.

    Parameters
    ----------
    released : Released
        A `Comparison`. Rows that share a margin and its reason stand in one line.
    """
    found = content(released, Comparison)
    lines: dict[tuple[str, str, str], list[str]] = {}
    for row in found.rows:
        if row.margin_low is None and row.margin_high is None:
            continue
        margin = margin_words(row.margin_low, row.margin_high, row.scale)
        lines.setdefault((scale_words(row.scale), margin, row.margin_reason), []).append(row.id)
    rows = tuple(
        Row(cells=(f"{scale}, {margin}", ", ".join(names), reason))
        for (scale, margin, reason), names in lines.items()
    )
    return Table(
        title=f"{found.title}: declared margins",
        columns=(
            Column(label="Margin", width=6),
            Column(label="Rows", width=6),
            Column(label="Reason", width=12),
        ),
        rows=rows or (Row(cells=(NOTHING, "No margin was declared", NOTHING)),),
        footnotes=(
            *chosen_notes(released, "margins_changed"),
            f"SHA-256 of all margins: {found.margins_hash[:12]}. Rows by their number in the "
            "matrix.",
        ),
    )
