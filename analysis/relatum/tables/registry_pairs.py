"""The table of the pairs of a registry: largest excess at an equal number of items first."""

from __future__ import annotations

from relatum.errors import UsageError
from relatum.release import Released
from relatum.release.content import content
from relatum.results.base import Unavailable
from relatum.results.registry_pairs import (
    RegistryExcess,
    RegistryPair,
    RegistryPairs,
    RegistryReading,
)
from relatum.tables.descriptive import note_texts
from relatum.tables.pair_words import decimal_words, nothing_note, ratio_words, signed_words
from relatum.tables.table import Column, Row, Table
from relatum.tables.wording import NOTHING, plural

__all__ = ["tabulate_registry_pairs"]


def tabulate_registry_pairs(released: Released, *, most: int = 20) -> Table:
    """Tabulate the pairs of a registry that lie furthest above the general level.

    Parameters
    ----------
    released : Released
        A `RegistryPairs`.
    most : int
        Rows at most.

    Returns
    -------
    Table
        The three excesses of a pair stand beside each other, from the one that holds least.

    Raises
    ------
    UsageError
        If there is to be no row.
    """
    found = content(released, RegistryPairs)
    if most < 1:
        msg = f"The table has at least 1 row; most is {most}."
        raise UsageError(msg)
    rows = tuple(_line(found, pair) for pair in found.ranked[:most])
    return Table(
        title=f"{found.title} of a registry",
        columns=(
            Column(label="Pair", width=9),
            Column(label="Both", align="right", width=5),
            Column(label="Phi", align="right", width=2),
            Column(label="z within cases", align="right", width=3),
            Column(label="z at equal number", align="right", width=3),
            Column(label="z at equal others", align="right", width=3),
            Column(label="Odds ratio at equal number", align="right", width=6),
            Column(label="Odds ratio at equal others", align="right", width=6),
            Column(label="z at equal number, silence as presence", align="right", width=4),
        ),
        rows=rows,
        footnotes=(
            *note_texts(released),
            *_legend(found, len(rows)),
            *nothing_note(rows, "no records that are alike differ in both"),
        ),
    )


def _line(found: RegistryPairs, pair: RegistryPair) -> Row:
    held, upper = pair.lower, pair.upper
    label = f"{pair.first} + {pair.second}"
    return Row(
        cells=(
            f"{label}*" if pair.above_level else label,
            f"{held.n_both:,} of {found.n_records:,}",
            decimal_words(held.phi, digits=2),
            *(_statistic(excess) for excess in held.excesses),
            *(_ratio(excess) for excess in (held.by_total, held.by_others)),
            _statistic(upper.by_total) if isinstance(upper, RegistryReading) else NOTHING,
        )
    )


def _statistic(excess: RegistryExcess | Unavailable) -> str:
    return NOTHING if isinstance(excess, Unavailable) else signed_words(excess.statistic, digits=1)


def _ratio(excess: RegistryExcess | Unavailable) -> str:
    return NOTHING if isinstance(excess, Unavailable) else ratio_words(excess.odds_ratio)


def _legend(found: RegistryPairs, n: int) -> tuple[str, ...]:
    once = () if found.upper is None else (f"Silence as presence: {found.upper.why}.",)
    return (
        f"{n:,} of {plural(len(found.pairs), 'testable pair')} printed, those with the largest z "
        f"at an equal number of items; {found.n_records:,} records in "
        f"{plural(found.n_cases, 'case')}. What is not documented counts as absent but in the last "
        "column.",
        "z: joint records above the number expected among records that are alike, over its "
        "standard deviation. Alike: of one case; of one case with the same number of items; of one "
        "case with the same number of other items. Odds ratio: Mantel-Haenszel with "
        f"{100 * found.conf_level:g}% limits.",
        "*: above the general level: positive at an equal number of items and significant, "
        "adjusted for all testable pairs, in every reading of silence that can be had.",
        *once,
    )
