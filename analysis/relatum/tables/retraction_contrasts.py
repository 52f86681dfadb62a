"""Tables that compare reports with each other: counts, odds ratios, predicted shares."""

from __future__ import annotations

from collections.abc import Sequence

from relatum.release import Released
from relatum.release.content import content
from relatum.results.base import Unavailable
from relatum.results.retraction_contrasts import (
    AverageEffect,
    ContrastCounts,
    FamiliarTerm,
    FitQuality,
    PenalisedTerm,
    RetractionContrasts,
)
from relatum.tables.descriptive import note_texts
from relatum.tables.pair_words import (
    chosen_notes,
    decimal_words,
    nothing_note,
    odds_words,
    p_words,
    signed_words,
    upper_first,
)
from relatum.tables.reporting_words import (
    SILENCE_WORDS,
    level_words,
    lone_limits_words,
    missing_words,
    odds_limits,
)
from relatum.tables.table import Column, Row, Table, together
from relatum.tables.wording import NOTHING, count_words, percent, plural

__all__ = [
    "tabulate_contrast_counts",
    "tabulate_familiar_contrasts",
    "tabulate_model_fit",
    "tabulate_penalised",
]

_TIERS = {
    "exact_only": "fewer than 20 reports carry counts and exact tests, and no model",
    "one_covariate": "20 to 59 reports carry one covariate",
    "two_covariates": "60 or more reports carry two covariates",
}


def _tier_words(found: RetractionContrasts) -> str:
    words = _TIERS.get(found.tier, found.tier.replace("_", " "))
    return (
        f"{count_words(found.n_stepped, found.n_reports)} reports with a step back, in "
        f"{plural(found.n_cases, 'investigation')}; {words}."
    )


def tabulate_contrast_counts(released: Released) -> Table:
    """Tabulate steps back by each declared covariate, under both readings of silence.

    Parameters
    ----------
    released : Released
        A `RetractionContrasts`.

    Returns
    -------
    Table
        The notes of the result stand under this table and no other.
    """
    found = content(released, RetractionContrasts)
    rows = together(_counts_line(row) for row in found.counts)
    return Table(
        title=f"{found.title}: steps back by what precedes the report",
        columns=(
            Column(label="Undocumented read as", width=5),
            Column(label="Stepped back, with it", align="right", width=5),
            Column(label="Without it", align="right", width=5),
            Column(label="Difference of shares", align="right", width=4),
            Column(label="p within investigations", align="right", width=4),
            Column(label="Telling investigations", align="right", width=4),
        ),
        rows=rows or (Row(cells=("No covariate is declared", *[NOTHING] * 5)),),
        footnotes=(
            *note_texts(released),
            _tier_words(found),
            "Telling: investigations in which both the covariate and the outcome differ; the exact "
            "test needs five.",
            *nothing_note(
                rows if found.counts else (), "fewer than five telling investigations, or no report"
            ),
            *(missing_words(one.what, one.why) for one in found.unavailable),
        ),
    )


def _counts_line(row: ContrastCounts) -> Row:
    difference, p = row.difference, row.p_within
    return Row(
        group=f"{upper_first(row.label)} ({row.n_undocumented:,} undocumented)",
        cells=(
            SILENCE_WORDS.get(row.coding, row.coding),
            count_words(row.n_stepped_with, row.n_with),
            count_words(row.n_stepped_without, row.n_without),
            NOTHING if difference is None else signed_words(difference, digits=2),
            NOTHING if p is None else p_words(p),
            f"{row.n_telling_cases:,} of {row.n_cases:,}",
        ),
    )


def tabulate_penalised(released: Released) -> Table:
    """Tabulate the odds ratios of Firth's penalised likelihood.

    Parameters
    ----------
    released : Released
        A `RetractionContrasts`.
    """
    found = content(released, RetractionContrasts)
    held = [term for term in found.penalised if isinstance(term, PenalisedTerm)]
    gone = [term for term in found.penalised if isinstance(term, Unavailable)]
    rows = together(_penalised_line(term) for term in held)
    limits = level_words(found.conf_level)
    lone = dict.fromkeys(
        lone_limits_words(term.conf_low, term.conf_high, found.conf_level) for term in held
    )
    return Table(
        title=f"{found.title}: penalised odds ratios of a step back",
        columns=(
            Column(label="Undocumented read as", width=5),
            Column(label=f"Odds ratio ({limits})", align="right", width=6),
            Column(label="p, reports as unrelated", align="right", width=4),
            Column(label="p by investigation", align="right", width=4),
            Column(label="Predicted share without it, with it", align="right", width=6),
        ),
        rows=rows or (Row(cells=("No covariate is fitted", *[NOTHING] * 4)),),
        footnotes=(
            *chosen_notes(released),
            _tier_words(found),
            "Firth's penalty with profile limits; predicted shares with the intercept corrected "
            "(FLIC). p by investigation: wild bootstrap of scores.",
            *(words for words in lone if words),
            *dict.fromkeys(
                f"{upper_first(term.label)}: {term.separated}." for term in held if term.separated
            ),
            *nothing_note(rows if held else (), "too few investigations"),
            *(missing_words(term.what, term.why) for term in gone),
        ),
    )


def _penalised_line(term: PenalisedTerm) -> Row:
    limits = odds_limits(term.conf_low, term.conf_high)
    shares = ", ".join(percent(share) for share in (term.share_without, term.share_with))
    return Row(
        group=upper_first(term.label),
        cells=(
            SILENCE_WORDS.get(term.coding, term.coding),
            f"{odds_words(term.odds_ratio)} ({limits})",
            p_words(term.p_value),
            NOTHING if term.p_bootstrap is None else p_words(term.p_bootstrap),
            shares,
        ),
    )


def tabulate_familiar_contrasts(released: Released) -> Table:
    """Tabulate the same odds ratio by familiar estimators, for comparison only.

    Parameters
    ----------
    released : Released
        A `RetractionContrasts`.
    """
    found = content(released, RetractionContrasts)
    rows = tuple(_familiar_line(term) for term in found.familiar)
    lone = dict.fromkeys(
        lone_limits_words(term.conf_low, term.conf_high, found.conf_level)
        for term in found.familiar
        if term.odds_ratio is not None and term.conf_low is not None
    )
    return Table(
        title=f"{found.title}: familiar estimators of the odds ratio",
        columns=(
            Column(label="Estimator", width=8),
            Column(label=f"Odds ratio ({level_words(found.conf_level)})", align="right", width=6),
            Column(label="p", align="right", width=3),
            Column(label="Why there is none", width=9),
        ),
        rows=rows or (Row(cells=("None was fitted", *[NOTHING] * 3)),),
        footnotes=(
            *chosen_notes(released),
            _tier_words(found),
            "For comparison only; none of these enters a headline.",
            *(words for words in lone if words),
            *nothing_note(
                (Row(cells=row.cells[:3]) for row in rows), "not available, for the reason given"
            ),
        ),
    )


def _familiar_line(term: FamiliarTerm) -> Row:
    words = NOTHING if term.odds_ratio is None else odds_words(term.odds_ratio)
    if term.odds_ratio is not None and term.conf_low is not None:
        words = f"{words} ({odds_limits(term.conf_low, term.conf_high)})"
    return Row(
        cells=(
            upper_first(term.label),
            words,
            NOTHING if term.p_value is None else p_words(term.p_value),
            upper_first(term.why),
        )
    )


def tabulate_model_fit(released: Released) -> Table:
    """Tabulate average differences of predicted shares, and how well the model describes reports.

    Parameters
    ----------
    released : Released
        A `RetractionContrasts`.
    """
    found = content(released, RetractionContrasts)
    rows = [_effect_line(effect) for effect in found.effects]
    gone = found.quality if isinstance(found.quality, Unavailable) else None
    if isinstance(found.quality, FitQuality):
        rows += _quality_lines(found.quality)
    return Table(
        title=f"{found.title}: predicted shares and fit",
        columns=(
            Column(label="Measure", width=9),
            Column(label="Value", align="right", width=3),
            Column(label=level_words(found.conf_level), align="right", width=5),
        ),
        rows=tuple(rows) or (Row(cells=("No model was fitted", NOTHING, NOTHING)),),
        footnotes=(
            *chosen_notes(released),
            _tier_words(found),
            "Measures of fit are those of the reports the model was fitted to, so they flatter it.",
            *nothing_note(rows, "not defined"),
            *((missing_words(gone.what, gone.why),) if gone else ()),
        ),
    )


def _effect_line(effect: AverageEffect) -> Row:
    ends = (signed_words(end, digits=2) for end in (effect.conf_low, effect.conf_high))
    return Row(
        group="Average difference of predicted shares",
        cells=(
            upper_first(effect.label),
            signed_words(effect.difference, digits=2),
            " to ".join(ends),
        ),
    )


def _quality_lines(held: FitQuality) -> list[Row]:
    limits = ""
    if held.auc_low is not None and held.auc_high is not None:
        limits = " to ".join(decimal_words(end, digits=2) for end in (held.auc_low, held.auc_high))
    lines: Sequence[tuple[str, float | None, str]] = (
        ("Brier score", held.brier, ""),
        ("Brier score of the overall share alone", held.brier_without, ""),
        ("Area under the curve", held.auc, limits),
        ("Slope of calibration", held.calibration_slope, ""),
    )
    return [
        Row(
            group="Fit",
            cells=(
                label,
                NOTHING if value is None else decimal_words(value, digits=2),
                ends,
            ),
        )
        for label, value, ends in lines
    ]
