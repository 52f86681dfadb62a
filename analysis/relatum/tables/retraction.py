"""Tables of steps back from a report: incidence by kind, the joint share, other choices."""

from __future__ import annotations

from relatum.release import Released
from relatum.release.content import content
from relatum.results.base import Unavailable
from relatum.results.retraction import (
    JointShare,
    Retraction,
    RetractionHorizon,
    RetractionVariant,
)
from relatum.tables.descriptive import note_texts
from relatum.tables.escape_words import between_words
from relatum.tables.estimates import span_words
from relatum.tables.pair_words import chosen_notes, nothing_note, upper_first
from relatum.tables.reporting_words import (
    BOTH_DATES,
    bounds_of,
    estimate_words,
    level_words,
    missing_words,
    women_words,
)
from relatum.tables.table import Column, Row, Table, together
from relatum.tables.wording import NOTHING, count_words, percent, plural

__all__ = ["tabulate_joint", "tabulate_retraction", "tabulate_retraction_variants"]

_COMPETE = ("closed", "death")
_FAMILIES = {
    "sensitivity": "Other choices",
    "secondary": "Other estimators",
    "naive": "Naive analyses, for comparison",
}


def tabulate_retraction(released: Released) -> Table:
    """Tabulate the cumulative incidence of steps back by kind, and of what competes with them.

    Parameters
    ----------
    released : Released
        A `Retraction`.

    Returns
    -------
    Table
        One group per horizon; the first row of each is a step back of any kind.
    """
    found = content(released, Retraction)
    rows = together(_horizon_line(row) for row in sorted(found.horizons, key=_place))
    return Table(
        title=f"{found.title}: what came first after a report",
        columns=(
            Column(label="First step", width=9),
            Column(label="Women", align="right", width=4),
            Column(label="Followed for less", align="right", width=4),
            Column(label=f"Estimate ({level_words(found.conf_level)})", align="right", width=7),
        ),
        rows=rows or (Row(cells=("No horizon is declared", *[NOTHING] * 3)),),
        footnotes=(
            *note_texts(released),
            "Women: two numbers where the dates leave open whether the step falls before this day. "
            "Kinds of steps back compete with each other, with the close of the case and with "
            "death.",
            BOTH_DATES,
            *nothing_note(
                rows if found.horizons else (),
                f"fewer than {found.min_at_risk} women at risk by that day",
            ),
            *(missing_words(one.what, one.why) for one in found.unavailable),
        ),
    )


def _place(row: RetractionHorizon) -> tuple[float, int]:
    return row.day, 2 if row.curve in _COMPETE else int(row.curve != "any")


def _horizon_line(row: RetractionHorizon) -> Row:
    women, investigations = women_words(row.n_women), plural(row.n_cases, "investigation")
    return Row(
        group=f"By {row.day:g} days ({women} with a report in {investigations})",
        cells=(
            upper_first(row.label),
            between_words(row.n_events_low, row.n_events_high),
            f"{row.n_undetermined:,}",
            estimate_words(row.earliest, row.latest, row.conf_low, row.conf_high),
        ),
    )


def tabulate_joint(released: Released) -> Table:
    """Tabulate the share of women who reported and stepped back, of all with a contact.

    Parameters
    ----------
    released : Released
        A `Retraction`.
    """
    found = content(released, Retraction)
    held = found.joint
    line = _no_joint() if isinstance(held, Unavailable) else _joint_line(held)
    return Table(
        title=f"{found.title}: reported and stepped back, of all women with a contact",
        columns=(
            Column(label="Since first contact", width=5),
            Column(label="Known to have done both, of all", align="right", width=6),
            Column(label="Not known", align="right", width=3),
            Column(label="Bounds", align="right", width=5),
            Column(label=f"Estimate ({level_words(found.conf_level)})", align="right", width=7),
        ),
        rows=(line,),
        footnotes=(
            *chosen_notes(released),
            "No selection by reporting enters this share: every woman with a contact is in the "
            "denominator.",
            BOTH_DATES,
            *(
                (missing_words(held.what, held.why),)
                if isinstance(held, Unavailable)
                else nothing_note([line], f"fewer than {found.min_at_risk} women at risk")
            ),
        ),
    )


def _no_joint() -> Row:
    return Row(cells=(NOTHING,) * 5)


def _joint_line(row: JointShare) -> Row:
    return Row(
        cells=(
            f"{row.day:g} days",
            count_words(row.n_joint, row.n_women),
            f"{row.n_undetermined:,}",
            bounds_of(row.n_joint, row.n_undetermined, row.n_women, row.bound_low, row.bound_high),
            estimate_words(row.earliest, row.latest, row.conf_low, row.conf_high),
        )
    )


def tabulate_retraction_variants(released: Released) -> Table:
    """Tabulate the incidence of any step back by the last horizon under other choices.

    Parameters
    ----------
    released : Released
        A `Retraction`.

    Returns
    -------
    Table
        Limits and ranges without investigations stand in different columns.
    """
    found = content(released, Retraction)
    rows = [_primary_line(found)]
    for family in _FAMILIES:
        rows += [_variant_line(held) for held in found.variants if held.family == family]
    rows += _without_lines(found)
    return Table(
        title=f"{found.title}: any step back under other choices",
        columns=(
            Column(label="Analysis", width=8),
            Column(label="Steps back", align="right", width=5),
            Column(label=f"Estimate ({level_words(found.conf_level)})", align="right", width=9),
            Column(label="Without one investigation", align="right", width=6),
            Column(label="What is assumed", width=14),
        ),
        rows=tuple(rows),
        footnotes=(
            *chosen_notes(released),
            "Without one investigation: smallest to largest over the investigations left out; no "
            "limits.",
            BOTH_DATES,
            *nothing_note(rows, "not available"),
        ),
    )


def _last(found: Retraction) -> RetractionHorizon | None:
    held = [row for row in found.horizons if row.curve == "any"]
    return max(held, key=lambda row: row.day) if held else None


def _primary_line(found: Retraction) -> Row:
    row = _last(found)
    if row is None:
        return Row(group="Primary", cells=("As planned", NOTHING, NOTHING, "", ""))
    low, high = found.leave_out_low, found.leave_out_high
    return Row(
        group="Primary",
        cells=(
            f"By {row.day:g} days",
            f"{between_words(row.n_events_low, row.n_events_high)} of {row.n_women:,}",
            estimate_words(row.earliest, row.latest, row.conf_low, row.conf_high),
            "" if low is None or high is None else span_words(low, high),
            "",
        ),
    )


def _variant_line(held: RetractionVariant) -> Row:
    span = ""
    if held.range_low is not None and held.range_high is not None:
        span = span_words(held.range_low, held.range_high)
    by_case = held.family == "secondary"
    words = NOTHING if held.estimate is None else percent(held.estimate)
    if span and not by_case and held.estimate is not None:
        words = f"{words} ({span})"
    return Row(
        group=_FAMILIES[held.family],
        cells=(
            upper_first(held.label),
            f"{held.n_events:,}",
            words,
            span if by_case else "",
            upper_first(held.why),
        ),
    )


def _without_lines(found: Retraction) -> list[Row]:
    if found.without_two is None:
        return []
    cells = ("Without the two largest", "", percent(found.without_two), "", "Dates at their latest")
    return [Row(group="Without investigations", cells=cells)]
