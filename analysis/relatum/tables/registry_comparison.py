"""Tables of two groups of registry records: verdicts before and after blanks are left open."""

from __future__ import annotations

from relatum.release import Released
from relatum.release.content import content
from relatum.results.base import Unavailable
from relatum.results.registry_comparison import (
    READINGS,
    REGISTRY_VERDICTS,
    RegistryAssociation,
    RegistryComparison,
    RegistryOdds,
    RegistryRow,
    RegistryShare,
    RegistryVerdict,
)
from relatum.tables.descriptive import note_texts
from relatum.tables.pair_words import chosen_notes, decimal_words, odds_words, upper_first
from relatum.tables.table import Column, Row, Table
from relatum.tables.wording import NOTHING

__all__ = [
    "say_registry_comparison",
    "tabulate_registry_associations",
    "tabulate_registry_changes",
    "tabulate_registry_comparison",
]

_HIDDEN = "withheld"
_SMALL = "Withheld: a group has from 1 to 9 records that say yes, say no or are blank."
_SIDES = {"trafficking": "trafficking", "domestic_violence": "partners"}


def tabulate_registry_comparison(released: Released) -> Table:
    """Tabulate every characteristic: counts, and difference and verdict under three readings.

    Parameters
    ----------
    released : Released
        A `RegistryComparison`.

    Returns
    -------
    Table
        With the notes of the result.
    """
    found = content(released, RegistryComparison)
    weighted = any(group.weighted for group in found.groups)
    return Table(
        title=f"{found.title}: {_group_words(found)}",
        columns=(
            Column(label="Characteristic", width=6),
            Column(label="Trafficking: yes, no, blank", align="right", width=4),
            Column(label="Partners: yes, no, blank", align="right", width=4),
            *(Column(label=upper_first(words), width=6) for words in READINGS.values()),
        ),
        rows=tuple(_line(row) for row in found.rows),
        footnotes=(
            *note_texts(released),
            "Difference: share in trafficking records less share in partner records, with limits "
            f"at {1 - found.level:.0%}; with blanks left open the span over all they can stand "
            f"for, and the outer limits. Margin: {found.margin:g} on either side.",
            *(("Shares and differences carry the weights of the survey.",) if weighted else ()),
            *((_SMALL,) if any(row.withheld for row in found.rows) else ()),
        ),
    )


def tabulate_registry_changes(released: Released) -> Table:
    """Tabulate the verdicts that change once a blank is no longer read as no.

    Parameters
    ----------
    released : Released
        A `RegistryComparison`.
    """
    found = content(released, RegistryComparison)
    rows = tuple(
        Row(
            cells=(
                upper_first(row.label),
                REGISTRY_VERDICTS[row.naive.verdict],
                REGISTRY_VERDICTS[row.bounds.verdict],
                upper_first(row.why),
            )
        )
        for row in found.rows
        if row.changed
    )
    return Table(
        title=f"{found.n_changed} of {len(found.rows)} verdicts change when blanks are left open",
        columns=(
            Column(label="Characteristic", width=6),
            Column(label="Blank read as absent", width=4),
            Column(label="Blank left open", width=4),
            Column(label="Why", width=12),
        ),
        rows=rows or (Row(cells=("No verdict changes", *[NOTHING] * 3)),),
        footnotes=chosen_notes(released, "registry_assay", "registry_rows"),
    )


def tabulate_registry_associations(released: Released) -> Table:
    """Tabulate which codes are recorded together, with blanks as no and among answers alone.

    Parameters
    ----------
    released : Released
        A `RegistryComparison`.
    """
    found = content(released, RegistryComparison)
    told = [pair for pair in found.associations if isinstance(pair.naive, RegistryOdds)]
    reasons = [p.answered.why for p in told if isinstance(p.answered, Unavailable)]
    rows = tuple(_pair_line(pair) for pair in told)
    return Table(
        title="Recorded together in one record",
        columns=(
            Column(label="Pair", width=8),
            Column(label="Records", width=4),
            Column(label="Odds ratio, blank read as absent", align="right", width=5),
            Column(label="Odds ratio, answered records alone", align="right", width=6),
            Column(label="Phi, blank left open", align="right", width=4),
        ),
        rows=rows or (Row(cells=("No pair", *[NOTHING] * 4)),),
        footnotes=(
            *chosen_notes(released, "registry_associations"),
            "Odds ratio with 95% limits. Phi: smallest and largest correlation over everything "
            "that blanks can stand for.",
            *(f"{NOTHING}: {why}." for why in dict.fromkeys(reasons)),
        ),
    )


def say_registry_comparison(released: Released) -> str:
    """Say in a few sentences what the comparison found.

    Parameters
    ----------
    released : Released
        A `RegistryComparison`.

    Returns
    -------
    str
        One paragraph.
    """
    found = content(released, RegistryComparison)
    n = len(found.rows)
    return " ".join(
        (
            f"{upper_first(_group_words(found))}.",
            f"{n} characteristics that both can record, with every blank read as absent: "
            f"{_verdict_words(found, 'naive')}.",
            f"With blanks left open: {_verdict_words(found, 'bounds')}; {found.n_changed} of {n} "
            "verdicts change.",
            f"Among the records that answer: {_verdict_words(found, 'answered')}.",
        )
    )


def _verdict_words(found: RegistryComparison, reading: str) -> str:
    counts = found.count(reading)
    return ", ".join(f"{n} {REGISTRY_VERDICTS[name]}" for name, n in counts.items())


def _group_words(found: RegistryComparison) -> str:
    first, second = found.groups
    return (
        f"{first.n_records:,} records on trafficking ({first.registry}: {first.words}) beside "
        f"{second.n_records:,} on partners ({second.registry}: {second.words})"
    )


def _line(row: RegistryRow) -> Row:
    return Row(
        cells=(
            upper_first(row.label),
            _counts(row.trafficking),
            _counts(row.domestic_violence),
            *(_verdict_cell(held) for held in row.readings),
        )
    )


def _counts(share: RegistryShare) -> str:
    counts = (share.n_present, share.n_absent, share.n_silent)
    return _HIDDEN if share.withheld else ", ".join(f"{n:,}" for n in counts)


def _verdict_cell(held: RegistryVerdict) -> str:
    words = REGISTRY_VERDICTS[held.verdict]
    if held.verdict == "unavailable":
        return f"{words}: {held.why}"
    if held.low is None or held.high is None:
        return f"{words}; {_HIDDEN}"
    ends = dict.fromkeys(decimal_words(end, digits=2) for end in (held.low, held.high))
    limits = [
        decimal_words(end, digits=2)
        for end in (held.conf_low_95, held.conf_high_95)
        if end is not None
    ]
    return f"{words}; {' to '.join(ends)} ({' to '.join(limits)})"


def _pair_line(pair: RegistryAssociation) -> Row:
    answered = pair.answered
    phi = NOTHING
    if pair.phi_low is not None and pair.phi_high is not None:
        ends = (decimal_words(end, digits=2) for end in (pair.phi_low, pair.phi_high))
        phi = " to ".join(dict.fromkeys(ends))
    return Row(
        cells=(
            f"{upper_first(pair.first_label)} + {pair.second_label}",
            _SIDES[pair.side],
            _odds_cell(pair.naive),
            NOTHING
            if isinstance(answered, Unavailable)
            else f"{_odds_cell(answered)}, {answered.n_records:,} records",
            phi,
        )
    )


def _odds_cell(found: RegistryOdds | Unavailable) -> str:
    if isinstance(found, Unavailable):
        return NOTHING
    words = [odds_words(value) for value in (found.odds_ratio, found.conf_low, found.conf_high)]
    return f"{words[0]} ({words[1]} to {words[2]})"
