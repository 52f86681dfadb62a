"""Tables of which items are recorded together, and of how that was tested."""

from __future__ import annotations

from collections.abc import Iterable

from relatum.release import Released
from relatum.release.content import content
from relatum.results.base import Unavailable
from relatum.results.cooccurrence import (
    CODING_LABELS,
    NULL_LABELS,
    Cooccurrence,
    NullTest,
    OddsRatio,
    PairReading,
    PairRow,
)
from relatum.tables.descriptive import note_texts
from relatum.tables.pair_words import (
    choose_word,
    chosen_notes,
    decimal_words,
    odds_words,
    p_words,
    power_words,
    ratio_words,
    signed_words,
    upper_first,
)
from relatum.tables.table import Column, Row, Table
from relatum.tables.wording import NOTHING

__all__ = [
    "tabulate_pairs",
    "tabulate_power",
    "tabulate_ratios",
    "tabulate_readings",
    "tabulate_verdicts",
]

_UNDETECTED = "none"
_FIXED = "With all totals fixed"
_EQUAL = "At equal documentation"
_HEADS = {"case": "Within investigations", "case_depth": _EQUAL, "fixed_totals": _FIXED}


def _reading_note(coding: str) -> str:
    return f"Reading of silence: {CODING_LABELS[coding]}."


def _reasons(held: Iterable[object]) -> tuple[str, ...]:
    """Say once why something is not there."""
    whys = dict.fromkeys(item.why for item in held if isinstance(item, Unavailable))
    return tuple(f"{NOTHING}: {why}." for why in whys)


def _readings(
    released: Released, coding: str
) -> tuple[Cooccurrence, list[tuple[PairRow, PairReading | Unavailable]]]:
    choose_word(coding, CODING_LABELS, what="reading of silence")
    found = content(released, Cooccurrence)
    return found, [(pair, pair.reading(coding)) for pair in found.pairs]


def _test(reading: PairReading | Unavailable, null: str) -> NullTest | Unavailable:
    return reading if isinstance(reading, Unavailable) else reading.test(null)


def _both(reading: PairReading | Unavailable) -> str:
    if isinstance(reading, Unavailable):
        return NOTHING
    return f"{reading.n_both:,} of {reading.n_relationships:,}"


def tabulate_pairs(released: Released, *, coding: str = "lower") -> Table:
    """Tabulate the pairs that can be tested: joint records, excess under each null, verdict.

    Parameters
    ----------
    released : Released
        A `Cooccurrence`.
    coding : {"lower", "upper", "statement_only"}
        The reading of silence; the verdict rests on all of them.

    Returns
    -------
    Table
        One row per pair; `tabulate_untested` lists the others with the reason.

    Raises
    ------
    UsageError
        If there is no such reading.
    """
    found, readings = _readings(released, coding)
    return Table(
        title=f"{found.title} recorded together",
        columns=(
            Column(label="Pair", width=10),
            Column(label="Both", align="right", width=4),
            Column(label="First, second", align="right", width=4),
            *(
                Column(label=f"{head}: excess (p)", align="right", width=7)
                for head in _HEADS.values()
            ),
            Column(label="Shown", width=4),
        ),
        rows=tuple(_pair_line(pair, reading) for pair, reading in readings),
        footnotes=(
            *note_texts(released),
            _reading_note(coding),
            "Excess: joint records beyond those that the null expects; p: two-sided, adjusted. "
            "Equal documentation: within investigations, too.",
            f"Shown, recorded together more often than chance: adjusted p at most "
            f"{1 - found.conf_level:.2g} at equal documentation, both with silence as absence "
            "and as presence, and an excess in every reading, with all totals fixed, too.",
            *_reasons(_test(reading, null) for _, reading in readings for null in NULL_LABELS),
        ),
    )


def _pair_line(pair: PairRow, reading: PairReading | Unavailable) -> Row:
    sums = NOTHING
    if isinstance(reading, PairReading):
        sums = f"{reading.n_first:,}, {reading.n_second:,}"
    return Row(
        cells=(
            pair.label,
            _both(reading),
            sums,
            *(_excess(_test(reading, null)) for null in NULL_LABELS),
            "yes" if pair.shown else "no",
        )
    )


def _excess(test: NullTest | Unavailable) -> str:
    if isinstance(test, Unavailable):
        return NOTHING
    return f"{signed_words(test.excess)} ({p_words(test.p_adjusted)})"


def tabulate_verdicts(released: Released) -> Table:
    """Tabulate the verdict of every pair, and what it rests on.

    Parameters
    ----------
    released : Released
        A `Cooccurrence`.
    """
    found = content(released, Cooccurrence)
    return Table(
        title=f"{found.title}: verdicts",
        columns=(
            Column(label="Pair", width=6),
            Column(label="Shown", width=2),
            Column(label="What the verdict rests on", width=12),
        ),
        rows=tuple(
            Row(cells=(pair.label, "yes" if pair.shown else "no", pair.why)) for pair in found.pairs
        ),
        footnotes=chosen_notes(released, "family"),
    )


def tabulate_ratios(released: Released, *, coding: str = "lower") -> Table:
    """Tabulate the odds ratio of every pair within each null, with limits.

    Parameters
    ----------
    released, coding
        See `tabulate_pairs`.
    """
    found, readings = _readings(released, coding)
    level = f"{100 * found.conf_level:g}%"
    return Table(
        title=f"{found.title}: odds ratios",
        columns=(
            Column(label="Pair", width=8),
            Column(label="Both", align="right", width=4),
            Column(label="Telling", align="right", width=4),
            *(Column(label=head, align="right", width=6) for head in _HEADS.values()),
        ),
        rows=tuple(
            Row(
                cells=(
                    pair.label,
                    _both(reading),
                    _telling(reading),
                    *(_ratio_cell(ratio) for ratio in _ratios(reading)),
                )
            )
            for pair, reading in readings
        ),
        footnotes=(
            *chosen_notes(released, "nested_nulls"),
            _reading_note(coding),
            f"Odds ratio ({level} limits): Mantel-Haenszel within investigations and at equal "
            "documentation; by conditional maximum likelihood with exact limits with all totals "
            "fixed. Above, below: the estimate is infinite or zero, so one limit stands alone.",
            "Telling: relationships of investigations in which both items vary.",
            *_reasons(reading for _, reading in readings),
            *_ratio_reasons(reading for _, reading in readings),
        ),
    )


def _ratios(
    reading: PairReading | Unavailable,
) -> tuple[OddsRatio | Unavailable | None, ...]:
    if isinstance(reading, Unavailable):
        return (None,) * len(_HEADS)
    return reading.by_case, reading.by_case_depth, reading.at_fixed_totals


def _ratio_cell(ratio: OddsRatio | Unavailable | None) -> str:
    return NOTHING if ratio is None else ratio_words(ratio)


def _ratio_reasons(readings: Iterable[PairReading | Unavailable]) -> tuple[str, ...]:
    ratios = [ratio for reading in readings for ratio in _ratios(reading)]
    whys = dict.fromkeys(ratio.why for ratio in ratios if isinstance(ratio, Unavailable))
    return (f"Not estimable: {'; '.join(whys)}.",) if whys else ()


def _telling(reading: PairReading | Unavailable) -> str:
    if isinstance(reading, Unavailable):
        return NOTHING
    return f"{reading.n_informative:,} of {reading.n_relationships:,}"


def tabulate_readings(released: Released) -> Table:
    """Tabulate how far each pair rests on the reading of silence and on single investigations.

    Parameters
    ----------
    released : Released
        A `Cooccurrence`.
    """
    found = content(released, Cooccurrence)
    held = [
        (pair, coding, pair.reading(coding)) for pair in found.pairs for coding in CODING_LABELS
    ]
    return Table(
        title=f"{found.title} under every reading of silence",
        columns=(
            Column(label="Reading", width=9),
            Column(label="Both", align="right", width=4),
            Column(label=f"{_EQUAL}: z (p)", align="right", width=6),
            Column(label=f"{_FIXED}: z (p)", align="right", width=6),
            Column(label="z without one investigation", align="right", width=6),
            Column(label="z without the two largest", align="right", width=5),
        ),
        rows=tuple(
            Row(
                group=f"{pair.label} ({_phi_words(pair)})",
                cells=(
                    upper_first(CODING_LABELS[coding]),
                    _both(reading),
                    _statistic(_test(reading, "case_depth")),
                    _statistic(_test(reading, "fixed_totals")),
                    *_left_out(reading),
                ),
            )
            for pair, coding, reading in held
        ),
        footnotes=(
            *chosen_notes(released),
            "z: excess of joint records over its standard deviation; p: two-sided, adjusted. "
            "Without investigations: with all totals fixed.",
            "Phi: the smallest and the largest that any content of the silent cells gives; "
            "investigations are ignored.",
            *_nothing_left(reading for _, _, reading in held),
            *_reasons(
                _test(reading, null)
                for _, _, reading in held
                for null in ("case_depth", "fixed_totals")
            ),
        ),
    )


def _phi_words(pair: PairRow) -> str:
    if pair.phi_low is None or pair.phi_high is None:
        return "phi not bounded"
    low, high = (decimal_words(phi, digits=2) for phi in (pair.phi_low, pair.phi_high))
    return f"phi {low}" if low == high else f"phi {low} to {high}"


def _statistic(test: NullTest | Unavailable) -> str:
    if isinstance(test, Unavailable):
        return NOTHING
    return f"{signed_words(test.statistic, digits=2)} ({p_words(test.p_adjusted)})"


def _left_out(reading: PairReading | Unavailable) -> tuple[str, str]:
    if isinstance(reading, Unavailable):
        return NOTHING, NOTHING
    low, high, two = reading.leave_out_low, reading.leave_out_high, reading.without_two
    one = NOTHING
    if low is not None and high is not None:
        first, last = signed_words(low, digits=2), signed_words(high, digits=2)
        one = first if first == last else f"{first} to {last}"
    return one, NOTHING if two is None else signed_words(two, digits=2)


def _nothing_left(readings: Iterable[PairReading | Unavailable]) -> tuple[str, ...]:
    read = [held for held in readings if isinstance(held, PairReading)]
    if all(held.leave_out_low is not None and held.without_two is not None for held in read):
        return ()
    return (f"{NOTHING}, without investigations: what is left cannot vary.",)


def tabulate_power(released: Released, *, coding: str = "lower") -> Table:
    """Tabulate the power of the adjusted test of every pair.

    Parameters
    ----------
    released, coding
        See `tabulate_pairs`.
    """
    found, readings = _readings(released, coding)
    nulls = ("case_depth", "fixed_totals")
    rows = tuple(
        Row(
            group=_HEADS[null],
            cells=(
                pair.label,
                _both(reading),
                _telling(reading),
                *_power(_test(reading, null), len(found.odds_ratios)),
            ),
        )
        for null in nulls
        for pair, reading in readings
    )
    return Table(
        title=f"{found.title}: power of the adjusted test",
        columns=(
            Column(label="Pair", width=8),
            Column(label="Both", align="right", width=4),
            Column(label="Telling", align="right", width=4),
            *(
                Column(label=f"Odds ratio {ratio:g}", align="right", width=4)
                for ratio in found.odds_ratios
            ),
            Column(label="Smallest with power 0.8", align="right", width=5),
        ),
        rows=rows,
        footnotes=(
            *chosen_notes(released),
            _reading_note(coding),
            f"Two-sided, family-wise error {1 - found.conf_level:.2g}, given these margins.",
            *(("None: no odds ratio is found with power 0.8.",) if _undetected(rows) else ()),
            *_reasons(_test(reading, null) for _, reading in readings for null in nulls),
        ),
    )


def _undetected(rows: Iterable[Row]) -> bool:
    return any(row.cells[-1] == _UNDETECTED for row in rows)


def _power(test: NullTest | Unavailable, n: int) -> tuple[str, ...]:
    if isinstance(test, Unavailable):
        return (NOTHING,) * (n + 1)
    smallest = _UNDETECTED if test.detectable is None else odds_words(test.detectable)
    return (*(power_words(power) for power in test.power), smallest)
