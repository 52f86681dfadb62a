"""Tables of contact with the suspect, and of sensitivity to the selection of reports."""

from __future__ import annotations

from relatum.release import Released
from relatum.release.content import content
from relatum.results.retraction_contrasts import (
    ContactRate,
    ReporterBounds,
    RetractionContrasts,
    SensitivityRow,
)
from relatum.tables.escape_words import between_words, rate_words
from relatum.tables.pair_words import (
    chosen_notes,
    nothing_note,
    odds_words,
    signed_words,
    upper_first,
)
from relatum.tables.reporting_words import (
    SILENCE_WORDS,
    level_words,
    odds_limits,
)
from relatum.tables.table import Column, Row, Table, together
from relatum.tables.wording import NOTHING

__all__ = ["tabulate_contact_rates", "tabulate_reporter_bounds", "tabulate_selection"]

_SCALES = {
    "risk_ratio": "risk ratio",
    "difference": "difference of shares",
    "correlation": "correlation",
}
_VARIABLES = {"contact": "Contact with the suspect", "detention": "Custody of the suspect"}


def tabulate_contact_rates(released: Released) -> Table:
    """Tabulate steps back per 100 days by contact with the suspect, and by custody.

    Parameters
    ----------
    released : Released
        A `RetractionContrasts`.
    """
    found = content(released, RetractionContrasts)
    rows = together(_contact_line(row) for row in found.contact)
    return Table(
        title=f"{found.title}: steps back by contact with the suspect",
        columns=(
            Column(label="Days after a report", width=8),
            Column(label="Days", align="right", width=4),
            Column(label="Steps back", align="right", width=4),
            Column(label="Per 100 days", align="right", width=4),
        ),
        rows=rows or (Row(cells=("No day is recorded", *[NOTHING] * 3)),),
        footnotes=(
            *chosen_notes(released),
            "Contact counts with a delay, and only if it was recorded independently of the step "
            "back; other days are not documented, and never without contact. Without limits: a "
            "description.",
            _ratio_note(found),
            *nothing_note(rows if found.contact else (), "no day was observed at this level"),
        ),
    )


def _ratio_note(found: RetractionContrasts) -> str:
    if found.rate_ratio is None:
        why = f" ({found.contact_refused})" if found.contact_refused else ""
        return f"Rate ratio of contact against documented none: not available{why}."
    words = odds_words(found.rate_ratio)
    if found.ratio_low is not None:
        limits = odds_limits(found.ratio_low, found.ratio_high)
        words = f"{words} ({level_words(found.conf_level)} {limits})"
    return f"Rate ratio of contact against documented none: {words}."


def _contact_line(row: ContactRate) -> Row:
    return Row(
        group=_VARIABLES.get(row.variable, upper_first(row.variable)),
        cells=(
            upper_first(row.label),
            f"{row.days:,.0f}",
            between_words(row.n_events_low, row.n_events_high),
            NOTHING if row.rate is None else rate_words(row.rate),
        ),
    )


def tabulate_reporter_bounds(released: Released) -> Table:
    """Tabulate bounds of a contrast among women who would report either way.

    Parameters
    ----------
    released : Released
        A `RetractionContrasts`.
    """
    found = content(released, RetractionContrasts)
    rows = together(_bounds_line(row) for row in found.bounds)
    return Table(
        title=f"{found.title}: women who would report either way",
        columns=(
            Column(label="Assumption", width=9),
            Column(label="Undocumented read as", width=5),
            Column(label="Difference of shares, bounds", align="right", width=5),
            Column(label="Smallest share of such women", align="right", width=5),
        ),
        rows=rows or (Row(cells=("No bounds are given", *[NOTHING] * 3)),),
        footnotes=(
            *chosen_notes(released),
            "A sensitivity analysis, for what precedes the report only. Bounds of what the data "
            "allow, without sampling error.",
        ),
    )


def _bounds_line(row: ReporterBounds) -> Row:
    bounds = " to ".join(signed_words(end, digits=2) for end in (row.lower, row.upper))
    return Row(
        group=upper_first(row.label),
        cells=(
            upper_first(row.assumption_label),
            SILENCE_WORDS.get(row.coding, row.coding),
            bounds,
            f"{row.share_always:.2f}",
        ),
    )


def tabulate_selection(released: Released) -> Table:
    """Tabulate sensitivity analyses of selection and of what was not measured.

    Parameters
    ----------
    released : Released
        A `RetractionContrasts`.
    """
    found = content(released, RetractionContrasts)
    rows = tuple(_sensitivity_line(row) for row in found.sensitivity)
    return Table(
        title=f"{found.title}: sensitivity to selection",
        columns=(
            Column(label="Analysis", width=8),
            Column(label="Scale", width=6),
            Column(label=f"Value ({level_words(found.conf_level)})", align="right", width=8),
            Column(label="What is assumed, or why there is none", width=13),
        ),
        rows=rows or (Row(cells=("None was made", *[NOTHING] * 3)),),
        footnotes=(
            *chosen_notes(released),
            "Sensitivity analyses; each rests on its assumption, and none replaces the counts.",
            *nothing_note(
                (Row(cells=row.cells[:3]) for row in rows), "not available, for the reason given"
            ),
        ),
    )


def _sensitivity_line(row: SensitivityRow) -> Row:
    return Row(
        cells=(
            upper_first(row.label),
            upper_first(_SCALES.get(row.scale, row.scale.replace("_", " "))),
            _value_words(row),
            upper_first(row.why),
        )
    )


def _value_words(row: SensitivityRow) -> str:
    if row.estimate is None:
        return NOTHING
    if row.scale == "risk_ratio":
        words = odds_words(row.estimate)
        if row.conf_low is None:
            return words
        return f"{words} ({odds_limits(row.conf_low, row.conf_high)})"
    words = signed_words(row.estimate, digits=2)
    if row.conf_low is None or row.conf_high is None:
        return words
    ends = " to ".join(signed_words(end, digits=2) for end in (row.conf_low, row.conf_high))
    return f"{words} ({ends})"
