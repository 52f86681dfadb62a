"""The table of explored pairs of tactics: strongest first, and nothing is claimed."""

from __future__ import annotations

from relatum.errors import UsageError
from relatum.release import Released
from relatum.release.content import content
from relatum.results.tactic_pairs import TacticPair, TacticPairs
from relatum.tables.descriptive import note_texts
from relatum.tables.pair_words import (
    nothing_note,
    p_words,
    pair_words,
    power_words,
    ratio_words,
    signed_words,
)
from relatum.tables.table import Column, Row, Table
from relatum.tables.wording import NOTHING, percent, plural

__all__ = ["tabulate_tactic_pairs"]


def tabulate_tactic_pairs(released: Released, *, most: int = 20) -> Table:
    """Tabulate the pairs of tactics with the largest statistics, of either sign.

    Parameters
    ----------
    released : Released
        A `TacticPairs`.
    most : int
        Rows at most.

    Returns
    -------
    Table
        Exploratory: the footnotes give the family, the false discovery rate, and say that no pair
        is claimed.

    Raises
    ------
    UsageError
        If there is to be no row.
    """
    found = content(released, TacticPairs)
    if most < 1:
        msg = f"The table has at least 1 row; most is {most}."
        raise UsageError(msg)
    strongest = sorted(found.pairs, key=lambda pair: -abs(pair.statistic))[:most]
    rows = tuple(_line(found, pair) for pair in strongest)
    return Table(
        title=f"{found.title}, exploratory",
        columns=(
            Column(label="Pair", width=10),
            Column(label="Both", align="right", width=4),
            Column(label="Odds ratio", align="right", width=6),
            Column(label="z", align="right", width=3),
            Column(label="p", align="right", width=4),
            Column(label="q", align="right", width=3),
            Column(label=f"Power at {found.power_odds_ratio:g}", align="right", width=4),
            Column(label="z, silence as presence", align="right", width=5),
        ),
        rows=rows,
        footnotes=(
            *note_texts(released),
            *_legend(found, len(rows)),
            *nothing_note(rows, "not testable with silence as presence"),
        ),
    )


def _line(found: TacticPairs, pair: TacticPair) -> Row:
    upper = pair.statistic_upper
    label = pair_words(found.label(pair.first), found.label(pair.second))
    return Row(
        cells=(
            f"{label}*" if pair.listed else label,
            f"{pair.n_both:,} of {found.n_relationships:,}",
            ratio_words(pair.odds_ratio),
            signed_words(pair.statistic, digits=2),
            p_words(pair.p_value),
            p_words(pair.q_value),
            power_words(pair.power),
            NOTHING if upper is None else signed_words(upper, digits=2),
        )
    )


def _gone_words(found: TacticPairs) -> str:
    return f" ({found.n_withheld:,} others are withheld)" if found.n_withheld else ""


def _legend(found: TacticPairs, n: int) -> tuple[str, ...]:
    return (
        f"No pair is claimed: {n:,} of {found.n_testable:,} testable pairs are printed, those with "
        f"the largest z{_gone_words(found)}; the family has {plural(found.n_family, 'pair')}. "
        f"{found.n_relationships:,} relationships in {plural(found.n_cases, 'investigation')}.",
        f"*: listed at a false discovery rate of {percent(found.false_discovery_rate)}; "
        f"{len(found.listed):,} of {len(found.pairs):,} pairs are{_gone_words(found)}. q: the "
        "smallest rate at which a pair would be listed.",
        "Odds ratio: conditional, within investigations, with exact limits. z: excess of joint "
        "records with all totals fixed, over its standard deviation. A negative z is no "
        "avoidance: where some pairs are recorded together more often, others must be so less "
        "often. p: two-sided, not adjusted. "
        f"Power: of the unadjusted test at an odds ratio of {found.power_odds_ratio:g}.",
    )
