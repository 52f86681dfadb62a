"""Tables of the rate of escape attempts, of what it rests on, and of what was used."""

from __future__ import annotations

from collections.abc import Sequence

from relatum.release import Released
from relatum.release.absent import withheld
from relatum.release.content import content
from relatum.results.base import Unavailable
from relatum.results.escape import CovariateRatio, EscapeRate, PieceRate, RateRow, RateVariant
from relatum.results.flow import FlowStep
from relatum.tables.escape_words import (
    RATE_NOTE,
    months_words,
    rate_limits,
    rate_span,
    rate_words,
    reasons_why,
    undocumented_words,
)
from relatum.tables.pair_words import (
    choose_word,
    chosen_notes,
    limits_words,
    nothing_note,
    odds_words,
    p_words,
    upper_first,
)
from relatum.tables.table import Column, Row, Table, together
from relatum.tables.wording import NOTHING, plural

__all__ = [
    "tabulate_duration_flow",
    "tabulate_escape_rate",
    "tabulate_rate_covariates",
    "tabulate_rate_variants",
]

_PIECES = "By months since the onset of the relationship"
_METHODS = {
    "score_wild_bootstrap": "a wild bootstrap of scores summed by investigation, inverted",
    "exact_poisson": "exact Poisson limits, which take attempts as independent",
    "log_f_profile": "the profile of the penalised likelihood, which takes attempts as independent",
}
_FAMILIES = {"sensitivity": "Other choices", "naive": "Naive analyses, for comparison"}
_COVARIATE_NOTES = (
    "Recorded as present against all others, of which undocumented ones are silent files; at most "
    "one covariate per ten attempts, two in all.",
    "p: covariates dealt anew within investigations.",
    "Firth: the same ratio under the other penalty, with limits of its profile, which take "
    "attempts as independent.",
)
#: Codes of notes that stand with other tables, or repeat what a table says itself.
_ELSEWHERE = ("case_limits", "variants", "quasi_independence")
#: Codes of notes on rows that are not there where no rates by time since onset went out.
_OF_PIECES = ("pieces", "empty_piece")
_PENALTIES = {"log_f": "a log-F(1,1) prior", "firth": "Firth's penalty"}
_LEAVE_OUT = "Without single investigations"


def _overall(found: EscapeRate) -> RateRow | None:
    return None if isinstance(found.overall, Unavailable) else found.overall


def _level(found: EscapeRate) -> str:
    overall = _overall(found)
    return "" if overall is None else f" ({100 * overall.conf_level:g}% limits)"


def _method_words(method: str) -> str:
    return _METHODS.get(method, method.replace("_", " "))


def tabulate_escape_rate(released: Released) -> Table:
    """Tabulate the rate of attempts under observation, overall and by time since onset.

    Parameters
    ----------
    released : Released
        An `EscapeRate`.

    Returns
    -------
    Table
        The overall rate with limits, then one row per stretch with its standard error.
    """
    found = content(released, EscapeRate)
    pieces = tuple(_piece_line(piece) for piece in found.pieces)
    return Table(
        title=f"{found.title}: rate under observation",
        columns=(
            Column(label="Time under observation", width=8),
            Column(label="Attempts", align="right", width=4),
            Column(label="Relationship-months", align="right", width=5),
            Column(label=f"Rate{_level(found)}", align="right", width=7),
            Column(label="Standard error", align="right", width=4),
        ),
        rows=(_overall_line(found), *pieces),
        footnotes=(
            *chosen_notes(released, *_other_codes(released, pieces=bool(pieces))),
            RATE_NOTE,
            *_overall_notes(found),
            *_without_pieces(released, found),
            *nothing_note(
                (row for row in pieces if NOTHING in row.cells[3]),
                "no time was observed there, or no attempt falls there",
            ),
        ),
    )


def _without_pieces(released: Released, found: EscapeRate) -> tuple[str, ...]:
    """Say why there are no rates by time since onset, where disclosure control took them."""
    why = "" if found.pieces else withheld(released)
    return (f"Rates by time since onset: {why}.",) if why else ()


def _other_codes(released: Released, *, pieces: bool) -> tuple[str, ...]:
    """Codes of notes that stand with no other table, repeat nothing and speak of what is there."""
    left = _ELSEWHERE if pieces else (*_ELSEWHERE, *_OF_PIECES)
    return tuple(n.code for n in released.notes if n.code not in left)


def _overall_line(found: EscapeRate) -> Row:
    overall = _overall(found)
    if overall is None:
        return Row(group="Overall", cells=("All", *[NOTHING] * 4))
    return Row(
        group="Overall",
        cells=(
            "All",
            f"{overall.n_events:,}",
            months_words(overall.months),
            rate_limits(overall.rate, overall.conf_low, overall.conf_high),
            "",
        ),
    )


def _piece_line(piece: PieceRate) -> Row:
    stop = "or more" if piece.stop is None else f"to {piece.stop:g}"
    return Row(
        group=_PIECES,
        cells=(
            f"{piece.start:g} {stop}",
            f"{piece.expected_events:.1f}",
            months_words(piece.months),
            rate_limits(piece.rate, None, None),
            NOTHING if piece.std_error is None else rate_words(piece.std_error),
        ),
    )


def _overall_notes(found: EscapeRate) -> tuple[str, ...]:
    told = (
        f"{plural(found.n_retrospective, 'attempt')} told about an earlier time not counted; "
        f"documented too little to be used: {undocumented_words(found)}."
    )
    overall = _overall(found)
    if overall is None:
        return told, *reasons_why([found.overall])
    return (
        f"{plural(overall.n_relationships, 'relationship')} in "
        f"{plural(overall.n_cases, 'investigation')}; attempts in "
        f"{overall.n_event_cases:,} of them. {told}",
        f"Limits: {_method_words(overall.method)}.",
    )


def tabulate_rate_variants(released: Released, *, families: Sequence[str] = ()) -> Table:
    """Tabulate the rate under other choices, without single investigations, and naively.

    Parameters
    ----------
    released : Released
        An `EscapeRate`.
    families : sequence of {"sensitivity", "leave_out", "naive"}, optional
        Which to show; all by default. The primary rate always stands first.

    Raises
    ------
    UsageError
        If there is no such family.
    """
    found = content(released, EscapeRate)
    for family in families:
        choose_word(family, ("sensitivity", "leave_out", "naive"), what="family of rates")
    shown = families or ("sensitivity", "leave_out", "naive")
    held = [variant for variant in found.variants if variant.family in shown]
    rows = [_primary_line(found)]
    rows += [_variant_line(found, held_) for held_ in held if held_.family == "sensitivity"]
    if "leave_out" in shown:
        rows += _leave_out_lines(found)
    rows += [_variant_line(found, held_) for held_ in held if held_.family == "naive"]
    return Table(
        title=f"{found.title}: the rate under other choices",
        columns=(
            Column(label="Analysis", width=8),
            Column(label="Attempts", align="right", width=4),
            Column(label="Months", align="right", width=4),
            Column(label=f"Rate{_level(found)}", align="right", width=6),
            Column(label="Times primary", align="right", width=4),
            Column(label="What is assumed", width=24),
        ),
        rows=tuple(rows),
        footnotes=(
            *chosen_notes(
                released, "variants", "few_event_cases", "limits_not_reliable", "leave_one_out"
            ),
            RATE_NOTE,
            *(("Ranges without investigations are no limits.",) if "leave_out" in shown else ()),
            *reasons_why([found.overall]),
        ),
    )


def _times(found: EscapeRate, rate: float | None) -> str:
    overall = _overall(found)
    if rate is None or overall is None or not overall.rate:
        return NOTHING
    return rate_words(rate / overall.rate)


def _primary_line(found: EscapeRate) -> Row:
    line = _overall_line(found)
    return Row(group="Primary", cells=("As planned", *line.cells[1:4], "", ""))


def _variant_line(found: EscapeRate, variant: RateVariant) -> Row:
    return Row(
        group=_FAMILIES[variant.family],
        cells=(
            upper_first(variant.label),
            f"{variant.n_events:,}",
            months_words(variant.months),
            rate_limits(variant.rate, variant.conf_low, variant.conf_high),
            _times(found, variant.rate),
            upper_first(variant.why),
        ),
    )


def _leave_out_lines(found: EscapeRate) -> list[Row]:
    low, high, two = found.leave_out_low, found.leave_out_high, found.without_two
    one = NOTHING if low is None or high is None else rate_span(low, high)
    blank = ("", "")
    return [
        Row(group=_LEAVE_OUT, cells=(label, *blank, words, times, why))
        for label, words, times, why in (
            ("One left out in turn", one, "", "Smallest to largest"),
            ("The two largest left out", rate_limits(two, None, None), _times(found, two), ""),
        )
    ]


def tabulate_rate_covariates(released: Released) -> Table:
    """Tabulate the rate ratios of the covariates that the plan declares.

    Parameters
    ----------
    released : Released
        An `EscapeRate`.
    """
    found = content(released, EscapeRate)
    held = [ratio for ratio in found.covariates if isinstance(ratio, CovariateRatio)]
    levels = {f"{100 * ratio.conf_level:g}%" for ratio in held}
    limits = f" ({levels.pop()} limits)" if len(levels) == 1 else ""
    rows = tuple(_covariate_line(ratio) for ratio in found.covariates)
    return Table(
        title=f"{found.title}: declared covariates",
        columns=(
            Column(label="Covariate", width=8),
            Column(label="Relationships with it", align="right", width=8),
            Column(label="Undocumented", align="right", width=8),
            Column(label="Attempts among those with it", align="right", width=5),
            Column(label=f"Rate ratio{limits}", align="right", width=7),
            Column(label="p within investigations", align="right", width=7),
            Column(label=f"Rate ratio, Firth{limits}", align="right", width=7),
        ),
        rows=rows or (Row(cells=("No covariate is declared", *[NOTHING] * 6)),),
        footnotes=(
            *chosen_notes(released),
            *(_COVARIATE_NOTES if rows else ()),
            *_silent_words(held),
            *(f"Rate ratio: under {words}." for words in _penalties(held)),
            *(f"Limits: {words}." for words in _methods(held)),
            *nothing_note(
                (row for row in rows if row.cells[5] == NOTHING and row.cells[4] != NOTHING),
                "no investigation holds relationships with and without it",
            ),
            *reasons_why(found.covariates),
        ),
    )


def _methods(held: Sequence[CovariateRatio]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_method_words(ratio.method) for ratio in held))


def _penalties(held: Sequence[CovariateRatio]) -> tuple[str, ...]:
    words = (_PENALTIES.get(ratio.penalty, ratio.penalty) for ratio in held)
    return tuple(dict.fromkeys(words))


def _silent_words(held: Sequence[CovariateRatio]) -> tuple[str, ...]:
    """Say how many attempts lie with silent files."""
    counts = [
        f"{ratio.label} {ratio.n_events_undocumented:,} of {ratio.n_events:,}" for ratio in held
    ]
    return (f"Attempts among those undocumented: {'; '.join(counts)}.",) if counts else ()


def _covariate_line(ratio: CovariateRatio | Unavailable) -> Row:
    if isinstance(ratio, Unavailable):
        return Row(cells=(upper_first(ratio.what), *[NOTHING] * 6))
    return Row(
        cells=(
            ratio.label,
            f"{ratio.n_with:,} of {ratio.n_relationships:,}",
            f"{ratio.n_undocumented:,}",
            f"{ratio.n_events_with:,} of {ratio.n_events:,}",
            f"{odds_words(ratio.estimate)} ({limits_words(ratio.conf_low, ratio.conf_high)})",
            NOTHING if ratio.p_within is None else p_words(ratio.p_within),
            _firth_words(ratio),
        )
    )


def _firth_words(ratio: CovariateRatio) -> str:
    if ratio.firth is None or ratio.firth_low is None:
        return NOTHING
    return f"{odds_words(ratio.firth)} ({limits_words(ratio.firth_low, ratio.firth_high)})"


def tabulate_duration_flow(released: Released) -> Table:
    """Tabulate which relationships and attempts were used, and why others were not.

    Parameters
    ----------
    released : Released
        An `EscapeRate`.
    """
    found = content(released, EscapeRate)
    faults = plural(found.n_faults, "fault")
    return Table(
        title=f"{found.title}: what was used, and why not",
        columns=(
            Column(label="Step", width=8),
            Column(label="n", align="right", width=2),
            Column(label="Left out", align="right", width=3),
            Column(label="Reason", width=11),
        ),
        rows=together(_flow_line(step) for step in found.flow),
        footnotes=(
            *chosen_notes(released),
            f"{faults} of dates {'was' if found.n_faults == 1 else 'were'} found on the way.",
        ),
    )


def _flow_line(step: FlowStep) -> Row:
    return Row(
        group=upper_first(f"{step.unit}s"),
        cells=(
            upper_first(step.label),
            f"{step.n:,}",
            NOTHING if step.n_left_out is None else f"{step.n_left_out:,}",
            upper_first(step.reason) or NOTHING,
        ),
    )
