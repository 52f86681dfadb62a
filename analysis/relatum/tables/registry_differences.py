"""The table of two groups of records of a large registry."""

from __future__ import annotations

from relatum.release import Released
from relatum.release.content import content
from relatum.results.comparison import CodedContrast
from relatum.results.prevalence import PrevalenceRow
from relatum.results.registry_comparison import REGISTRY_VERDICTS
from relatum.results.registry_differences import RegistryDifference, RegistryDifferences
from relatum.tables.descriptive import note_texts
from relatum.tables.pair_words import decimal_words, upper_first
from relatum.tables.table import Column, Row, Table
from relatum.tables.wording import plural

__all__ = ["tabulate_registry_differences"]


def tabulate_registry_differences(released: Released) -> Table:
    """Tabulate counts of both groups, and difference and verdict under two readings of silence.

    Parameters
    ----------
    released : Released
        A `RegistryDifferences`.

    Returns
    -------
    Table
        With the notes of the result.
    """
    found = content(released, RegistryDifferences)
    first, second = found.groups
    return Table(
        title=f"{found.title}: {first.words} beside {second.words}",
        columns=(
            Column(label="Item", width=7),
            Column(label="First: present, ruled out, silent", align="right", width=5),
            Column(label="Second: present, ruled out, silent", align="right", width=5),
            Column(label="Silence as absence", width=6),
            Column(label="Silence left open", width=6),
        ),
        rows=tuple(_line(row) for row in found.rows),
        footnotes=(
            *note_texts(released),
            f"First: {first.n_records:,} {first.words} in {plural(first.n_cases, 'case')}; second: "
            f"{second.n_records:,} {second.words} in {plural(second.n_cases, 'case')}.",
            f"Difference: first share less second, with limits at {1 - found.level:.0%} and the "
            "case as cluster; with silence left open the span over the crossed codings, and the "
            f"outer limits. Margin: {found.margin:g} on either side.",
        ),
    )


def _line(row: RegistryDifference) -> Row:
    return Row(
        cells=(
            upper_first(row.label),
            _counts(row.first),
            _counts(row.second),
            _cell(row.verdict_naive, row.contrasts[2:], row.why),
            _cell(row.verdict, row.contrasts[:2], row.why),
        )
    )


def _counts(row: PrevalenceRow) -> str:
    return ", ".join(f"{n:,}" for n in (row.n_present, row.n_absent, row.n_undocumented))


def _cell(verdict: str, contrasts: tuple[CodedContrast, ...], why: str) -> str:
    words = REGISTRY_VERDICTS[verdict]
    if not contrasts:
        return f"{words}: {why}"
    values = [held.estimate for held in contrasts]
    ends = dict.fromkeys(decimal_words(end, digits=2) for end in (min(values), max(values)))
    lows = [held.conf_low_95 for held in contrasts if held.conf_low_95 is not None]
    highs = [held.conf_high_95 for held in contrasts if held.conf_high_95 is not None]
    limits = [decimal_words(end, digits=2) for end in (min(lows), max(highs))]
    return f"{words}; {' to '.join(ends)} ({' to '.join(limits)})"
