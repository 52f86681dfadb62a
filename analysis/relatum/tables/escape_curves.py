"""Tables of the cumulative incidence of a first escape attempt, beside competing ends."""

from __future__ import annotations

from relatum.release import Released
from relatum.release.content import content
from relatum.results.base import Unavailable
from relatum.results.escape_curves import EscapeCurves, HorizonRow
from relatum.tables.escape_words import between_words, incidence_words, rate_words
from relatum.tables.pair_words import chosen_notes, nothing_note, upper_first
from relatum.tables.table import Column, Row, Table
from relatum.tables.wording import NOTHING, percent, plural

__all__ = ["at_risk_words", "horizon_events", "horizon_limits", "tabulate_incidence"]

_NOTES = (
    "since_entry",
    "two_completions",
    "cause_specific",
    "no_kaplan_meier",
    "limits",
    "no_limits",
    "unknown_cause",
)


def tabulate_incidence(released: Released) -> Table:
    """Tabulate what came first by the horizon, at both completions of the dates.

    Parameters
    ----------
    released : Released
        An `EscapeCurves`.

    Returns
    -------
    Table
        One row per cause; `–` where too few relationships are at risk.
    """
    found = content(released, EscapeCurves)
    rows = tuple(_horizon_line(row) for row in found.horizon)
    return Table(
        title=f"{found.title}: what came first by {found.horizon_months:g} months after entry",
        columns=(
            Column(label="First event", width=9),
            Column(label="Events", align="right", width=5),
            Column(label="Incidence, dates earliest", align="right", width=5),
            Column(label="Incidence, dates latest", align="right", width=5),
            Column(label=f"{100 * found.conf_level:g}% limits", align="right", width=5),
        ),
        rows=rows,
        footnotes=(
            *chosen_notes(released, *_NOTES),
            f"{at_risk_words(found)}.",
            *nothing_note(
                (row for row in rows if row.cells[2:4] != (NOTHING, NOTHING)),
                "no limits can be given",
            ),
            *nothing_note(
                (row for row in rows if NOTHING in row.cells[2:4]),
                f"fewer than {found.min_at_risk} relationships are at risk",
            ),
            _mean_words(found),
        ),
    )


def _horizon_line(row: HorizonRow) -> Row:
    return Row(
        cells=(
            upper_first(row.label),
            horizon_events(row),
            incidence_words(row.earliest, None),
            incidence_words(row.latest, None),
            horizon_limits(row),
        )
    )


def horizon_events(row: HorizonRow) -> str:
    """Write how many first events of one cause there were, of how many relationships."""
    events = between_words(row.n_events_low, row.n_events_high)
    return events if row.n_relationships is None else f"{events} of {row.n_relationships:,}"


def horizon_limits(row: HorizonRow) -> str:
    """Write the limits of a cumulative incidence, or a dash."""
    if row.conf_low is None or row.conf_high is None:
        return NOTHING
    return f"{percent(row.conf_low)} to {percent(row.conf_high)}"


def at_risk_words(found: EscapeCurves) -> str:
    """Word how many relationships are at risk at entry and at the horizon."""
    held = {mark.month: mark.n for mark in found.at_risk}
    if 0.0 not in held:
        return "Number at risk: not given"
    words = f"{plural(held[0.0], 'relationship')} at risk at entry"
    if found.horizon_months in held:
        words += f", {held[found.horizon_months]:,} at {found.horizon_months:g} months"
    return words


def _mean_words(found: EscapeCurves) -> str:
    lead = f"Mean number of attempts by {found.horizon_months:g} months"
    if isinstance(found.mean_number, Unavailable):
        return f"{lead}: not available ({found.mean_number.why})."
    return f"{lead}, dates latest: {rate_words(found.mean_number)} per relationship."
