"""Tables of the familiar measures, with what each of them ignores."""

from __future__ import annotations

from relatum.release import Released
from relatum.release.content import content
from relatum.results.familiar import FamiliarMeasures, FamiliarRow, MatrixStatistic
from relatum.tables.descriptive import note_texts
from relatum.tables.pair_words import (
    decimal_words,
    nothing_note,
    p_words,
    pair_words,
    ratio_words,
)
from relatum.tables.table import Column, Row, Table
from relatum.tables.wording import NOTHING

__all__ = ["tabulate_familiar", "tabulate_familiar_tests", "tabulate_matrix_statistics"]

_SCOPES = {"pooled": "Over all investigations", "within_cases": "Within investigations"}


def tabulate_familiar(released: Released) -> Table:
    """Tabulate the counts and the pooled measures of every pair.

    Parameters
    ----------
    released : Released
        A `FamiliarMeasures`.

    Returns
    -------
    Table
        `tabulate_familiar_tests` holds the p values of the same pairs.
    """
    found = content(released, FamiliarMeasures)
    level = f"{100 * found.conf_level:g}%"
    rows = tuple(_measures(row, found.n_relationships) for row in found.rows)
    return Table(
        title=found.title,
        columns=(
            Column(label="Pair", width=8),
            Column(label="Both", align="right", width=4),
            Column(label="First only, second only, neither", align="right", width=6),
            Column(label="Phi", align="right", width=3),
            Column(label="Jaccard", align="right", width=4),
            Column(label="Lift", align="right", width=3),
            Column(label=f"Odds ratio ({level} limits)", align="right", width=6),
        ),
        rows=rows,
        footnotes=(
            *note_texts(released),
            "What is not documented counts as absent. Odds ratio: conditional maximum likelihood "
            "with exact limits, investigations ignored; above, below: the estimate is infinite or "
            "zero, so one limit stands alone.",
            *nothing_note(rows, "not defined, as one of the two is recorded everywhere or nowhere"),
        ),
    )


def _measures(row: FamiliarRow, n: int) -> Row:
    return Row(
        cells=(
            pair_words(row.first_label, row.second_label),
            f"{row.both:,} of {n:,}",
            f"{row.first_only:,}, {row.second_only:,}, {row.neither:,}",
            *(_number(value) for value in (row.phi, row.jaccard, row.lift)),
            NOTHING if row.odds_ratio is None else ratio_words(row.odds_ratio),
        )
    )


def _number(value: float | None) -> str:
    return NOTHING if value is None else decimal_words(value, digits=2)


def tabulate_familiar_tests(released: Released) -> Table:
    """Tabulate the p values of the familiar tests of every pair.

    Parameters
    ----------
    released : Released
        A `FamiliarMeasures`.
    """
    found = content(released, FamiliarMeasures)
    rows = tuple(_p_values(row, found.n_relationships) for row in found.rows)
    heads = ("Fisher", "Mid-p", "Veech", "CMH", "Tarone", "Log-linear")
    return Table(
        title=f"{found.title}: p values",
        columns=(
            Column(label="Pair", width=8),
            Column(label="Both", align="right", width=4),
            *(Column(label=head, align="right", width=3) for head in heads),
        ),
        rows=rows,
        footnotes=(
            *note_texts(released),
            "None is adjusted for the number of pairs. Fisher, mid-p: two-sided, pooled. Veech: at "
            "least so many joint records if both are spread evenly over relationships. CMH: "
            "Cochran-Mantel-Haenszel within investigations, without continuity correction. Tarone: "
            "the odds ratio is the same in all investigations. Log-linear: no association given "
            "the stratum of documentation.",
            *nothing_note(rows, "not defined for this pair"),
        ),
    )


def _p_values(row: FamiliarRow, n: int) -> Row:
    values = (
        *(row.p_fisher, row.p_mid, row.p_veech_more),
        *(row.p_cmh, row.p_homogeneity, row.p_three_way),
    )
    return Row(
        cells=(
            pair_words(row.first_label, row.second_label),
            f"{row.both:,} of {n:,}",
            *(NOTHING if value is None else p_words(value) for value in values),
        )
    )


def tabulate_cautions(released: Released) -> Table:
    """Tabulate what each familiar measure ignores.

    Parameters
    ----------
    released : Released
        A `FamiliarMeasures`.
    """
    found = content(released, FamiliarMeasures)
    rows = (
        Row(cells=(_MEASURES[note.code], note.text))
        for note in found.notes
        if note.code in _MEASURES
    )
    return Table(
        title="What the familiar measures ignore",
        columns=(Column(label="Measure", width=4), Column(label="What it ignores", width=16)),
        rows=tuple(rows),
        footnotes=note_texts(released)[:1] if released.simulated else (),
    )


#: The words for the measures that carry a note of their own.
_MEASURES = {
    "familiar": "All of them",
    "phi": "Phi",
    "jaccard": "Jaccard",
    "lift": "Lift",
    "odds_ratio": "Odds ratio",
    "fisher": "Fisher",
    "mid_p": "Mid-p",
    "veech": "Veech",
    "cmh": "CMH",
    "tarone": "Tarone",
    "loglinear": "Log-linear",
    "matrix_statistics": "Whole matrix",
    "type_one": "Error rate",
}


def tabulate_matrix_statistics(released: Released) -> Table:
    """Tabulate statistics of the whole matrix against the null of fixed totals.

    Parameters
    ----------
    released : Released
        A `FamiliarMeasures`.
    """
    found = content(released, FamiliarMeasures)
    return Table(
        title="The whole matrix against fixed totals",
        columns=(
            Column(label="Statistic", width=9),
            Column(label="Observed", align="right", width=4),
            Column(label="Expected", align="right", width=4),
            Column(label="Standard deviation", align="right", width=4),
            Column(label="p", align="right", width=3),
        ),
        rows=tuple(_matrix_line(row) for row in found.matrix),
        footnotes=(
            *note_texts(released),
            f"{found.n_relationships:,} relationships; what is not documented counts as absent.",
        ),
    )


def _matrix_line(row: MatrixStatistic) -> Row:
    return Row(
        group=_SCOPES[row.scope],
        cells=(
            row.label,
            *(decimal_words(v, digits=2) for v in (row.observed, row.expected, row.std_error)),
            p_words(row.p_value),
        ),
    )
