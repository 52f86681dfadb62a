"""Tables of a sample beside published figures, and of the figures that do not fit."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from relatum.release import Released
from relatum.release.content import content
from relatum.results.comparison_benchmarks import (
    BenchmarkContrast,
    ComparisonBenchmarks,
    RefusedBenchmark,
)
from relatum.tables.comparison_words import ends_words, margin_words, named, verdict_words
from relatum.tables.descriptive import note_texts
from relatum.tables.escape_words import between_words
from relatum.tables.estimates import span_words
from relatum.tables.pair_words import chosen_notes, signed_words, upper_first
from relatum.tables.table import Column, Row, Table
from relatum.tables.wording import NOTHING, percent

__all__ = ["tabulate_benchmarks", "tabulate_refused_benchmarks"]

_SCALE = "risk_difference"
_RANKS = {1: "coded sample", 2: "police files", 3: "survey or service"}
_MEASURES = re.compile(r"^It measures '.*'; the row is about '.*'\.$")
_UNITED = (
    "Differences and limits are united over both codings of silence. A dash under the shift: no "
    "possible shift changes the verdict."
)
_OTHER = "It measures something else than the row."


def tabulate_benchmarks(released: Released) -> Table:
    """Tabulate the rows for which a published figure fits, with verdict and tipping value.

    Parameters
    ----------
    released : Released
        A `ComparisonBenchmarks`.
    """
    found = content(released, ComparisonBenchmarks)
    held = sorted(found.rows, key=lambda row: row.rank)
    return Table(
        title=f"{found.title}: those that fit a row",
        columns=(
            Column(label="Characteristic and published figure", width=8),
            Column(label="Sample, by silence", align="right", width=5),
            Column(label="Published (95% limits)", align="right", width=4),
            Column(label="Difference (90% limits)", align="right", width=5),
            Column(label="Margin", align="right", width=3),
            Column(label="Verdict", width=5),
            Column(label="Shift that tips it", align="right", width=3),
        ),
        rows=tuple(_contrast_line(row) for row in held)
        or (Row(cells=("No published figure fits a row", *[NOTHING] * 6)),),
        footnotes=(
            *note_texts(released),
            *((_UNITED,) if held else ()),
            *(_source(row) for row in held),
        ),
    )


def _contrast_line(row: BenchmarkContrast) -> Row:
    limits = ends_words(row.conf_low_90, row.conf_high_90, _SCALE)
    published = span_words(row.published_low, row.published_high)
    return Row(
        cells=(
            f"{named(row.id, row.characteristic)} beside {row.benchmark} {row.quantity}",
            _own(row),
            f"{percent(row.published)} ({published})",
            f"{ends_words(row.difference_low, row.difference_high, _SCALE)} ({limits})",
            margin_words(row.margin_low, row.margin_high, _SCALE),
            verdict_words(row.verdict),
            _tipping(row),
        )
    )


def _own(row: BenchmarkContrast) -> str:
    share = span_words(row.low, row.high)
    counts = [end * row.n_units for end in (row.low, row.high)]
    if all(math.isclose(value, round(value), abs_tol=1e-9) for value in counts):
        span = between_words(*(round(value) for value in counts))
        words = f"{span} of {row.n_units:,} ({share})"
    else:
        words = f"incidence {share} (n = {row.n_units:,})"
    return f"{words}, {row.n_undocumented:,} undocumented"


def _tipping(row: BenchmarkContrast) -> str:
    shifts = [end for end in (row.tipping_low, row.tipping_high) if end is not None]
    return ", ".join(signed_words(end, digits=2) for end in shifts) or NOTHING


def _source(row: BenchmarkContrast) -> str:
    kind = _RANKS.get(row.rank, row.source_kind.replace("_", " "))
    certainty = row.certainty.replace("_", " ")
    return f"{row.benchmark}: {row.population}, {row.period} ({kind}; {certainty}). {row.citation}."


def tabulate_refused_benchmarks(released: Released) -> Table:
    """Tabulate the published figures that were not compared, grouped by a reason.

    Parameters
    ----------
    released : Released
        A `ComparisonBenchmarks`. A figure may have several reasons; it stands under the one that
        it shares with most others, and all of them are in the result.
    """
    found = content(released, ComparisonBenchmarks)
    grouped = _by_reason(found.refused)
    return Table(
        title=f"{found.title}: those that do not fit",
        columns=(
            Column(label="Why it is not compared", width=3),
            Column(label="Figure (rows)", width=8),
        ),
        rows=tuple(Row(cells=(why, figures)) for why, figures in grouped)
        or (Row(cells=("Every figure was compared", NOTHING)),),
        footnotes=(
            *chosen_notes(released),
            f"{len(found.refused):,} pairs of a row and a figure were refused. A figure with "
            "several reasons stands under the one that it shares with most others; figures of one "
            "source are described once.",
        ),
    )


def _by_reason(refused: Sequence[RefusedBenchmark]) -> list[tuple[str, str]]:
    """Give every refused pair one of its reasons, so that there are few reasons."""
    reasons = {(one.id, one.benchmark): _sentences(one.why) for one in refused}
    left = dict(reasons)
    groups: dict[str, list[RefusedBenchmark]] = {}
    while left:
        counts = Counter(why for held in left.values() for why in held)
        # A reason of substance comes before the general one, and ties keep their first place.
        best = max(counts, key=lambda why: (counts[why] > 1 and why != _OTHER, counts[why]))
        taken = [key for key, held in left.items() if best in held]
        groups[best] = [one for one in refused if (one.id, one.benchmark) in taken]
        left = {key: held for key, held in left.items() if key not in taken}
    named_before: set[str] = set()
    return [(why, _figures(held, named_before)) for why, held in groups.items()]


def _sentences(why: str) -> tuple[str, ...]:
    parts = re.split(r"(?<=\.)\s+(?=[A-Z])", why.strip())
    return tuple(_OTHER if _MEASURES.match(part) else upper_first(part) for part in parts)


def _figures(held: Sequence[RefusedBenchmark], named_before: set[str]) -> str:
    """List figures with their rows; a source is described where one of its figures comes first."""
    rows: dict[str, list[RefusedBenchmark]] = {}
    for one in held:
        rows.setdefault(one.benchmark, []).append(one)
    words = []
    for benchmark, pairs in rows.items():
        source = benchmark.rstrip("abcdefgh")
        quantity = "" if source in named_before else f" {pairs[0].quantity}"
        named_before.add(source)
        words.append(f"{benchmark}{quantity} ({', '.join(one.id for one in pairs)})")
    return "; ".join(words)
