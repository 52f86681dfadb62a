"""Tables of the parallels matrix: both samples, verdicts, differences, what cannot be told."""

from __future__ import annotations

from collections.abc import Sequence

from relatum.release import Released
from relatum.release.content import content
from relatum.results.comparison import ComparedRow, ComparedSample, Comparison
from relatum.tables.comparison_words import (
    chosen_rows,
    margin_words,
    named,
    p_pair,
    reason_words,
    scale_words,
    side_words,
    silence_decides,
    united_words,
    verdict_words,
)
from relatum.tables.descriptive import note_texts
from relatum.tables.pair_words import chosen_notes, nothing_note, power_words, upper_first
from relatum.tables.reporting_words import level_words
from relatum.tables.table import Column, Row, Table, together
from relatum.tables.wording import NOTHING, number_words

__all__ = [
    "tabulate_cases_needed",
    "tabulate_compared_samples",
    "tabulate_differences",
    "tabulate_differing",
    "tabulate_parallels",
]

_COUNTS = (
    "Counts are of units with the characteristic on record, of all to which the row applies; "
    "undocumented units are in the denominator. Rows that are no share give the span that silence "
    "and open dates leave."
)
_SIDES = {"trafficking": "Trafficking", "domestic_violence": "Domestic violence"}


def tabulate_compared_samples(released: Released) -> Table:
    """Tabulate the size and documentation of both samples.

    Parameters
    ----------
    released : Released
        A `Comparison`.
    """
    found = content(released, Comparison)
    cells = [_sample_cells(sample) for sample in found.samples]
    names = (
        *("Sample", "Investigations", "Relationships", "Victims", "Largest investigation"),
        "Documentation depth, median",
    )
    return Table(
        title=f"{found.title}: both samples",
        columns=(
            Column(label="", width=5),
            *(Column(label=_SIDES[sample.side], width=6) for sample in found.samples),
        ),
        rows=tuple(Row(cells=line) for line in zip(names, *cells, strict=True)),
        footnotes=(
            *chosen_notes(released, "depth", "mixed_origin"),
            "Investigations that share a suspect count as one. Documentation depth counts the "
            "documents and statements in which a relationship appears.",
            "SHA-256 of the cells: "
            + " and ".join(sample.fingerprint[:12] for sample in found.samples)
            + ".",
        ),
    )


def _sample_cells(sample: ComparedSample) -> tuple[str, ...]:
    return (
        sample.title,
        f"{sample.n_cases:,}",
        f"{sample.n_relationships:,}",
        f"{sample.n_victims:,}",
        f"{sample.largest_case:,} of {sample.n_relationships:,} relationships",
        number_words(sample.median_depth),
    )


def tabulate_parallels(released: Released, *, rows: str = "all") -> Table:
    """Tabulate rows of the parallels matrix: counts of both samples, verdict and reason.

    Parameters
    ----------
    released : Released
        A `Comparison`.
    rows : {"all", "tested", "contrast", "untested"}
        Which part of the matrix; untested rows are only described, or could not be computed.

    Returns
    -------
    Table
        The notes of the result stand under all rows and under the tested ones.

    Raises
    ------
    UsageError
        If there is no such part.
    """
    found = content(released, Comparison)
    held = chosen_rows(found, rows)
    lines = together(_parallel_line(row, by_verdict=rows == "untested") for row in held)
    notes = note_texts(released) if rows in ("all", "tested") else chosen_notes(released)
    return Table(
        title=f"{found.title}: rows of the matrix",
        columns=(
            Column(label="Characteristic", width=6),
            Column(label="Trafficking", width=5),
            Column(label="Domestic violence", width=5),
            *(() if rows == "untested" else (Column(label="Verdict", width=4),)),
            Column(label="Why", width=7),
        ),
        rows=lines or (Row(cells=("No row", *[NOTHING] * (3 if rows == "untested" else 4))),),
        footnotes=(
            *notes,
            _COUNTS,
            *nothing_note(lines, "the row could not be computed; the global claim fails for it"),
        ),
    )


def _parallel_line(row: ComparedRow, *, by_verdict: bool) -> Row:
    verdict = verdict_words(row.verdict, row.kind)
    return Row(
        group=verdict if by_verdict else upper_first(row.family),
        cells=(
            named(row.id, row.characteristic),
            side_words(row.trafficking, row.kind),
            side_words(row.domestic_violence, row.kind),
            *(() if by_verdict else (verdict,)),
            upper_first(row.why),
        ),
    )


def tabulate_differences(released: Released, *, rows: str = "tested") -> Table:
    """Tabulate what both samples hold, and their difference under both crossed codings.

    Parameters
    ----------
    released : Released
        A `Comparison`.
    rows : {"tested", "contrast"}
        Contrast rows stand with the wider limits, which decide there.

    Returns
    -------
    Table
        Of the notes those on reading a row stand under the tested rows.

    Raises
    ------
    UsageError
        If there is no such part.
    """
    found = content(released, Comparison)
    held = [row for row in chosen_rows(found, rows) if row.contrasts]
    wide = rows == "contrast"
    lines = together(_difference_line(row, wide) for row in held)
    level = level_words(1 - found.level if wide else 1 - 2 * found.level)
    columns = (
        Column(label="Characteristic", width=10),
        # The verdict stands where a narrow screen still shows it.
        Column(label="Verdict", width=9 if wide else 6),
        Column(label="Trafficking (silent)", width=6),
        Column(label="Domestic violence (silent)", width=6),
        Column(label=f"Difference ({level})", align="right", width=7),
        Column(label="Margin" if wide else "Margin (least)", align="right", width=5),
        *(() if wide else (Column(label="p (Holm)", align="right", width=4),)),
    )
    return Table(
        title=f"{found.title}: differences under both crossed codings",
        columns=columns,
        rows=lines or (Row(cells=("No row", *[NOTHING] * (len(columns) - 1))),),
        footnotes=(
            *chosen_notes(released, *(() if wide else _NOTED)),
            "After the semicolon: units on which the files are silent (undocumented). Difference: "
            "trafficking less domestic violence, or trafficking over it, under both crossed "
            "codings, with limits united over both.",
            *_p_notes(found, wide),
        ),
    )


_NOTED = ("definition", "resistance", "mixed_origin")


def _p_notes(found: Comparison, wide: bool) -> tuple[str, ...]:
    if wide:
        return (
            "The expected difference is found where these limits lie beyond the margin in the "
            "expected direction under both codings.",
        )
    return (
        _COUNTS,
        "Least: the smallest margin that samples of this size show with 80% power if everything "
        "were documented.",
        "p: the larger of both codings, of the tests that the difference lies outside the margin; "
        f"in brackets corrected by Holm over the {len(found.tested):,} tested rows. A small p "
        "speaks for equivalence.",
    )


def _difference_line(row: ComparedRow, wide: bool) -> Row:
    reason = reason_words(row)
    verdict = verdict_words(row.verdict, row.kind)
    margin = margin_words(row.margin_low, row.margin_high, row.scale)
    return Row(
        group=scale_words(row.scale),
        cells=(
            named(row.id, row.characteristic),
            f"{verdict}: {reason}" if reason else verdict,
            side_words(row.trafficking, row.kind, short=True),
            side_words(row.domestic_violence, row.kind, short=True),
            united_words(row, wide=wide),
            margin if row.smallest_margin is None else f"{margin} ({row.smallest_margin:.2f})",
            *(() if wide else (p_pair(row.p_value, row.p_holm),)),
        ),
    )


_BEHIND = (
    "Difference under both crossed codings, with limits united over both. What may lie behind it: "
    "the main threat that the matrix names for the row."
)


def tabulate_differing(released: Released) -> Table:
    """Tabulate the tested rows that are shown different, with what may lie behind them.

    Parameters
    ----------
    released : Released
        A `Comparison`.
    """
    found = content(released, Comparison)
    held = [row for row in chosen_rows(found, "tested") if row.verdict == "different"]
    rows = tuple(_differing_line(row) for row in held)
    level = level_words(1 - found.level)
    return Table(
        title=f"{found.title}: rows that are shown different",
        columns=(
            Column(label="Characteristic", width=9),
            Column(label=f"Difference ({level})", align="right", width=7),
            Column(label="Margin", align="right", width=3),
            Column(label="What may lie behind it", width=7),
        ),
        rows=rows or (Row(cells=("No row is shown different", *[NOTHING] * 3)),),
        footnotes=(
            *chosen_notes(released, *(("uncorrected",) if rows else ())),
            *((_BEHIND,) if rows else ()),
            *nothing_note(rows, "the matrix names none"),
        ),
    )


def _differing_line(row: ComparedRow) -> Row:
    return Row(
        cells=(
            named(row.id, row.characteristic),
            united_words(row, wide=True),
            margin_words(row.margin_low, row.margin_high, row.scale),
            row.main_threat or NOTHING,
        )
    )


_VOID = "Inside the margin, but void"
_OPEN = "Not shown at this size: more investigations could tell"


def tabulate_cases_needed(released: Released) -> Table:
    """Tabulate what samples of this size could show, and how many investigations it would take.

    Parameters
    ----------
    released : Released
        A `Comparison`. Rows that are told are left out. Rows in which silence decides stand in a
        footnote with their undocumented shares, for no number of investigations would tell them.
    """
    found = content(released, Comparison)
    tested = chosen_rows(found, "tested")
    silent = [row for row in tested if row.verdict == "not_shown" and silence_decides(row)]
    told = [row for row in tested if row.verdict in ("equivalent", "not_inferior", "different")]
    asked = [row for row in tested if row not in silent and row not in told]
    held = [row for row in asked if row.smallest_margin is not None or row.cases_needed is not None]
    order = (_OPEN, _VOID)
    lines = sorted((_needed_line(row) for row in held), key=lambda line: order.index(line.group))
    icc = max(found.iccs, default=0.0)
    return Table(
        title=f"{found.title}: what samples of this size could show",
        columns=(
            Column(label="Characteristic", width=10),
            Column(label="Undocumented shares, added", align="right", width=4),
            Column(label="Power at this size", align="right", width=2),
            Column(label="Smallest margin with 80% power", align="right", width=3),
            Column(label="Investigations per sample for 80% power", align="right", width=4),
        ),
        rows=tuple(lines) or (Row(cells=("No row", *[NOTHING] * 4)),),
        footnotes=(
            *chosen_notes(released, "power"),
            "Power: the chance of the verdict 'equivalent' if there were no difference, for the "
            "row alone and before Holm's correction, with the "
            f"silence found here and a correlation of {icc:g} within investigations. The last two "
            "columns suppose that everything were documented.",
            *_silent_note(silent),
            *_unplanned_note([row for row in asked if row not in held]),
            *nothing_note(
                lines, "not given (power), or none that was tried reaches 80% (the other columns)"
            ),
        ),
    )


def _silent_note(silent: Sequence[ComparedRow]) -> tuple[str, ...]:
    if not silent:
        return ()
    sums = (
        row.id if row.undocumented_sum is None else f"{row.id} {row.undocumented_sum:.2f}"
        for row in silent
    )
    return (
        "Silence decides, so that no number of investigations could tell, in (with the "
        f"undocumented shares of both samples, added): {', '.join(sums)}.",
    )


def _unplanned_note(rows: Sequence[ComparedRow]) -> tuple[str, ...]:
    return (f"Not planned for: {', '.join(row.id for row in rows)}.",) if rows else ()


def _needed_line(row: ComparedRow) -> Row:
    return Row(
        group=_VOID if row.verdict == "void" else _OPEN,
        cells=(
            named(row.id, row.characteristic),
            NOTHING if row.undocumented_sum is None else f"{row.undocumented_sum:.2f}",
            NOTHING if row.power is None else power_words(row.power),
            NOTHING if row.smallest_margin is None else f"{row.smallest_margin:.2f}",
            NOTHING if row.cases_needed is None else f"{row.cases_needed:,}",
        ),
    )
