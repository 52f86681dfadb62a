"""The table of what silence would have to hide."""

from __future__ import annotations

import math
from collections.abc import Sequence

from relatum.errors import UsageError
from relatum.release import Released
from relatum.release.content import content
from relatum.results.silence import SilenceRow, SilenceSensitivity
from relatum.tables.descriptive import note_texts
from relatum.tables.prevalence import prevalence_group
from relatum.tables.table import Column, Row, Table, together
from relatum.tables.wording import MIN_FOR_PERCENT, NOTHING, bounds_words, percent

__all__ = ["tabulate_silence"]

_EPSILON = 1e-9


def tabulate_silence(
    released: Released, *, entities: Sequence[str] = (), terms: Sequence[str] = ()
) -> Table:
    """Tabulate bounds, shares at ratios of odds, and tipping points per code.

    Parameters
    ----------
    released : Released
        A `SilenceSensitivity`.
    entities : sequence of str, optional
        Only codes of these kinds or domains, such as ``tactic`` or ``composite``.
    terms : sequence of str, optional
        Only these codes.

    Returns
    -------
    Table
        Shares at single ratios are left out where too little is documented for a single figure,
        and for fewer than 20 units.

    Raises
    ------
    UsageError
        If nothing is left.
    """
    found = content(released, SilenceSensitivity)
    kept = [
        row
        for row in found.rows
        if (not entities or row.counted.entity in entities or row.counted.domain in entities)
        and (not terms or row.term in terms)
    ]
    if not kept:
        msg = f"No code is of the kinds {tuple(entities)} and among {tuple(terms)}."
        raise UsageError(msg)
    inner = [at for at, mark in enumerate(found.marks) if mark > 0]
    return Table(
        title=found.title,
        columns=(
            Column(label="Code", width=8),
            Column(label="Present", align="right", width=4),
            Column(label="Not documented", align="right", width=5),
            Column(label="Bounds", align="right", width=5),
            Column(label="Monotone: at most", align="right", width=5),
            *(Column(label=f"Ratio {found.marks[at]:g}", align="right", width=3) for at in inner),
            Column(label="Tipping ratio", align="right", width=5),
        ),
        rows=together(_line(row, inner, found.threshold) for row in kept),
        footnotes=(*note_texts(released), *_legend(found)),
    )


def _line(row: SilenceRow, inner: Sequence[int], threshold: float) -> Row:
    counted = row.counted
    return Row(
        group=prevalence_group(counted),
        cells=(
            counted.label,
            f"{counted.n_present} of {counted.n_units}",
            f"{counted.n_undocumented:,}",
            bounds_words(counted),
            _monotone_words(row),
            *(_share_words(row, at) for at in inner),
            _tipping_words(row, threshold),
        ),
    )


def _monotone_words(row: SilenceRow) -> str:
    if row.monotone_upper is None:
        return NOTHING
    n = row.counted.n_units
    if n < MIN_FOR_PERCENT:
        return f"{math.floor(row.monotone_upper * n + _EPSILON)} of {n}"
    return percent(row.monotone_upper)


def _share_words(row: SilenceRow, at: int) -> str:
    few = row.counted.n_units < MIN_FOR_PERCENT
    return NOTHING if few or row.counted.only_bounds or not row.shares else percent(row.shares[at])


def _tipping_words(row: SilenceRow, threshold: float) -> str:
    counted = row.counted
    if row.tipping_ratio is not None:
        return f"{row.tipping_ratio:.2f}" if row.tipping_ratio >= 0.01 else "<0.01"
    if counted.lower is None or counted.upper is None:
        return NOTHING
    if counted.lower >= threshold:
        return "above"
    return "below" if counted.upper <= threshold else NOTHING


def _legend(found: SilenceSensitivity) -> tuple[str, ...]:
    limit = percent(found.threshold)
    return (
        f"Tipping ratio: the ratio at which the share is {limit}. Above, below: there is none; "
        f"whatever silence hides, the share stays on that side of {limit}, or at it.",
        f"{NOTHING}: not given, because the assumption is not plausible, because too little is "
        f"documented for a single figure, because there are fewer than {MIN_FOR_PERCENT} units, "
        "or because all that is documented is the same.",
    )
