"""Tables of reporting: states after first contact, transitions, incidence, recorded reasons."""

from __future__ import annotations

from relatum.release import Released
from relatum.release.content import content
from relatum.results.flow import FlowStep
from relatum.results.reporting import (
    ReasonRow,
    ReportIncidence,
    Reporting,
    StateShare,
    TransitionCount,
)
from relatum.results.retraction import Retraction
from relatum.tables.descriptive import note_texts
from relatum.tables.escape_words import between_words
from relatum.tables.estimates import span_words
from relatum.tables.pair_words import choose_word, chosen_notes, nothing_note, upper_first
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

__all__ = [
    "SPLITS",
    "tabulate_reasons",
    "tabulate_report_incidence",
    "tabulate_states",
    "tabulate_testimony_flow",
    "tabulate_transitions",
]

_CASE_AVERAGE = (
    "In a random investigation: Dirichlet-multinomial among women whose state is known; the limits "
    "are the union of those with the others outside and inside the state."
)
#: What women are divided by; a sample may hold no woman of a split.
SPLITS = ("all", "initiator", "arrest")
_UNITS = {"woman": "Women", "retraction": "Steps back", "step back": "Steps back"}
_GROUPS = {"barrier": "Reasons against", "motivator": "Reasons for"}


def tabulate_states(released: Released, *, split: str = "all") -> Table:
    """Tabulate in which state women are by the horizon after their first contact.

    Parameters
    ----------
    released : Released
        A `Reporting`.
    split : str, optional
        ``all``, or what women are divided by, such as ``initiator`` or ``arrest``.

    Returns
    -------
    Table
        One row per level and state: numerator, denominator, how many are not known, worst-case
        bounds, both completions with their limits, and the share in a random investigation.

    Raises
    ------
    UsageError
        If there is no such split; the message lists those there are.
    """
    found = content(released, Reporting)
    there = dict.fromkeys((*SPLITS, *(row.split for row in found.shares)))
    choose_word(split, there, what="split of women")
    held = [row for row in found.shares if row.split == split]
    rows = together(_share_line(row) for row in held)
    limits = level_words(found.conf_level)
    return Table(
        title=f"{found.title}: state {found.horizon:g} days after first contact",
        columns=(
            Column(label="State", width=7),
            Column(label="In it, of those known", align="right", width=5),
            Column(label="Not known", align="right", width=3),
            Column(label="Bounds, of all", align="right", width=5),
            Column(label=f"Estimate ({limits})", align="right", width=9),
            Column(label=f"In a random investigation ({limits})", align="right", width=6),
        ),
        rows=rows or (Row(cells=("No woman is in this table", *[NOTHING] * 5)),),
        footnotes=(
            *(note_texts(released) if split == "all" else chosen_notes(released)),
            *(_left_out_note(found) if split == "all" else ()),
            "Not known: dates do not tell the state, or follow-up was shorter.",
            BOTH_DATES,
            _CASE_AVERAGE,
            *nothing_note(
                rows if held else (),
                f"fewer than {found.min_at_risk} women at risk at the horizon, or too few "
                "investigations",
            ),
            *(missing_words(one.what, one.why) for one in found.unavailable if split == "all"),
        ),
    )


def _share_line(row: StateShare) -> Row:
    average = NOTHING if row.case_average is None else percent(row.case_average)
    if row.case_average is not None and row.case_low is not None and row.case_high is not None:
        average = f"{average} ({span_words(row.case_low, row.case_high)})"
    label = "All" if row.split == "all" else upper_first(row.label)
    investigations = plural(row.n_cases, "investigation")
    return Row(
        group=f"{label} ({women_words(row.n_women)} in {investigations})",
        cells=(
            upper_first(row.state_label),
            count_words(row.n_in_state, row.n_known),
            f"{row.n_undetermined:,}",
            bounds_of(
                row.n_in_state, row.n_undetermined, row.n_women, row.bound_low, row.bound_high
            ),
            estimate_words(row.earliest, row.latest, row.conf_low, row.conf_high),
            average,
        ),
    )


def _left_out_note(found: Reporting) -> tuple[str, ...]:
    """Word the ranges without investigations, which are no limits."""
    low, high, two = found.leave_out_low, found.leave_out_high, found.without_two
    parts = []
    if low is not None and high is not None:
        parts.append(f"{span_words(low, high)} without one investigation at a time")
    if two is not None:
        parts.append(f"{percent(two)} without the two largest")
    if not parts:
        return ()
    return (f"A report upheld, dates at their latest day: {', '.join(parts)}; no limits.",)


def tabulate_transitions(released: Released) -> Table:
    """Tabulate how often women passed from one state to another.

    Parameters
    ----------
    released : Released
        A `Reporting`.
    """
    found = content(released, Reporting)
    rows = tuple(_transition_line(row) for row in found.transitions)
    return Table(
        title=f"{found.title}: passages from state to state",
        columns=(
            Column(label="Passage", width=10),
            Column(label="Passages", align="right", width=3),
            Column(label="Women ever in the first state", align="right", width=5),
            Column(label="Investigations", align="right", width=4),
        ),
        rows=rows or (Row(cells=("No passage is recorded", *[NOTHING] * 3)),),
        footnotes=(
            *chosen_notes(released),
            "A woman can pass the same way more than once, so passages are no shares of women.",
        ),
    )


def _transition_line(row: TransitionCount) -> Row:
    return Row(cells=(upper_first(row.label), f"{row.n:,}", f"{row.n_from:,}", f"{row.n_cases:,}"))


def tabulate_report_incidence(released: Released) -> Table:
    """Tabulate the cumulative incidence of kinds of reports after first contact.

    Parameters
    ----------
    released : Released
        A `Reporting`.
    """
    found = content(released, Reporting)
    rows = together(_incidence_line(row) for row in found.incidence)
    return Table(
        title=f"{found.title}: reports after first contact",
        columns=(
            Column(label="Since first contact", width=4),
            Column(label="Reports", align="right", width=4),
            Column(label="Women at risk at some time", align="right", width=5),
            Column(label=f"Estimate ({level_words(found.conf_level)})", align="right", width=7),
        ),
        rows=rows or (Row(cells=("No report is recorded", *[NOTHING] * 3)),),
        footnotes=(
            *chosen_notes(released),
            "Reports: two numbers where the dates leave open whether they fall before this day.",
            BOTH_DATES,
            *nothing_note(rows, f"fewer than {found.min_at_risk} women at risk"),
        ),
    )


def _incidence_line(row: ReportIncidence) -> Row:
    return Row(
        group=upper_first(row.label),
        cells=(
            f"{row.day:g} days",
            between_words(row.n_events_low, row.n_events_high),
            f"{row.n_women:,}",
            estimate_words(row.earliest, row.latest, row.conf_low, row.conf_high),
        ),
    )


def tabulate_reasons(released: Released) -> Table:
    """Tabulate recorded reasons against and for reporting, among women who have any on record.

    Parameters
    ----------
    released : Released
        A `Reporting`.
    """
    found = content(released, Reporting)
    rows = together(_reason_line(row) for row in found.reasons)
    return Table(
        title=f"{found.title}: recorded reasons",
        columns=(
            Column(label="Reason", width=9),
            Column(label="Recorded, of all", align="right", width=5),
            Column(label="Ruled out", align="right", width=3),
            Column(label="Not documented", align="right", width=4),
            Column(label="Bounds", align="right", width=5),
            Column(label=f"Simultaneous {level_words(found.conf_level)}", align="right", width=5),
        ),
        rows=rows or (Row(cells=("No reason is recorded", *[NOTHING] * 5)),),
        footnotes=(
            *chosen_notes(released),
            _family_words(found),
            f"Women with a contact and without any reason on record: {found.n_without_reasons:,}; "
            "they are in no row.",
            *nothing_note(
                rows if found.reasons else (), "too little is documented, or cases are too few"
            ),
        ),
    )


def _family_words(found: Reporting) -> str:
    n = {group: sum(row.group == group for row in found.reasons) for group in _GROUPS}
    return (
        f"One family of {len(found.reasons)} ({n['barrier']} against, {n['motivator']} for): the "
        "limits hold for all of them together; a description, no test."
    )


def _reason_line(row: ReasonRow) -> Row:
    limits = NOTHING
    if row.conf_low is not None and row.conf_high is not None:
        limits = span_words(row.conf_low, row.conf_high)
    bounds = bounds_of(row.n_present, row.n_not_documented, row.n_women, row.lower, row.upper)
    return Row(
        group=_GROUPS.get(row.group, upper_first(row.group)),
        cells=(
            upper_first(row.label),
            count_words(row.n_present, row.n_women),
            f"{row.n_absent_documented:,}",
            f"{row.n_not_documented:,}",
            bounds,
            limits,
        ),
    )


def tabulate_testimony_flow(released: Released) -> Table:
    """Tabulate which women and reports were used, and why others were not.

    Parameters
    ----------
    released : Released
        A `Reporting` or a `Retraction`.
    """
    inside = isinstance(released, Released) and isinstance(released.result, Retraction)
    found: Reporting | Retraction = (
        content(released, Retraction) if inside else content(released, Reporting)
    )
    was = "was" if found.n_faults == 1 else "were"
    return Table(
        title=f"{found.title}: what was used, and why not",
        columns=(
            Column(label="Step", width=8),
            Column(label="n", align="right", width=2),
            Column(label="Left out", align="right", width=3),
            Column(label="Reason", width=11),
        ),
        rows=together(_flow_line(step) for step in found.flow),
        footnotes=(
            *chosen_notes(released),
            f"{plural(found.n_faults, 'fault')} of dates {was} found on the way.",
        ),
    )


def _flow_line(step: FlowStep) -> Row:
    return Row(
        group=_UNITS.get(step.unit, upper_first(f"{step.unit}s")),
        cells=(
            upper_first(step.label),
            f"{step.n:,}",
            NOTHING if step.n_left_out is None else f"{step.n_left_out:,}",
            upper_first(step.reason) or NOTHING,
        ),
    )
