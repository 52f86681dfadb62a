"""Table of whether first attempts go with the age of the relationship at entry."""

from __future__ import annotations

from relatum.release import Released
from relatum.release.content import content
from relatum.results.base import Unavailable
from relatum.results.escape import EntryRow, EscapeRate
from relatum.tables.escape_words import reasons_why, tau_limits, tau_words
from relatum.tables.pair_words import chosen_notes, p_words, upper_first
from relatum.tables.table import Column, Row, Table
from relatum.tables.wording import NOTHING

__all__ = ["tabulate_entry_dependence"]


def tabulate_entry_dependence(released: Released) -> Table:
    """Tabulate Kendall's tau of the ages at entry and at a first attempt.

    Parameters
    ----------
    released : Released
        An `EscapeRate`.

    Returns
    -------
    Table
        One row for each end of the dates and of the onsets.
    """
    found = content(released, EscapeRate)
    held = () if isinstance(found.entry, Unavailable) else found.entry
    levels = {f"{100 * row.conf_level:g}%" for row in held}
    limits = f" ({levels.pop()} limits)" if len(levels) == 1 else ""
    rows = tuple(_line(row) for row in held)
    return Table(
        title=f"{found.title}: whether they go with the age at entry",
        columns=(
            Column(label="Dates", width=5),
            Column(label="Onset", width=5),
            Column(label="First attempts", align="right", width=5),
            Column(label="Pairs compared", align="right", width=5),
            Column(label=f"Kendall's tau{limits}", align="right", width=9),
            Column(label="p", align="right", width=3),
        ),
        rows=rows or (Row(cells=("All", *[NOTHING] * 5)),),
        footnotes=(
            *chosen_notes(released, "quasi_independence"),
            *dict.fromkeys(f"{NOTHING}: {row.why}." for row in held if row.why),
            *reasons_why([found.entry]),
        ),
    )


def _line(row: EntryRow) -> Row:
    return Row(
        cells=(
            upper_first(row.dates),
            upper_first(row.onset),
            f"{row.n_events:,} of {row.n_relationships:,}",
            f"{row.n_pairs:,}",
            f"{tau_words(row.tau)} ({tau_limits(row.conf_low, row.conf_high)})",
            NOTHING if row.p_value is None else p_words(row.p_value),
        )
    )
