"""Tables of the familiar estimators of times to an event."""

from __future__ import annotations

from relatum.release import Released
from relatum.release.content import content
from relatum.results.familiar_times import (
    CauseCurve,
    FamiliarTimes,
    GroupTimes,
    MeanContrast,
    NumberAtRisk,
    TimeTest,
)
from relatum.tables.descriptive import note_texts
from relatum.tables.pair_words import chosen_notes, lower_first, nothing_note, p_words, upper_first
from relatum.tables.table import Column, Row, Table
from relatum.tables.times_words import (
    MODEL_NOTES,
    at_time,
    difference_words,
    group_label,
    known_at,
    level_words,
    mean_words,
    median_words,
    mentioned,
    number_or_nothing,
    share_words,
    time_digits,
    used_words,
)
from relatum.tables.wording import NOTHING, count_words

__all__ = [
    "tabulate_cause_shares",
    "tabulate_group_times",
    "tabulate_mean_contrasts",
    "tabulate_time_tests",
    "tabulate_times_at_risk",
]

_PROPORTIONAL = "proportional_hazards"


def tabulate_group_times(released: Released) -> Table:
    """Tabulate counts, median and restricted mean of each group.

    Parameters
    ----------
    released : Released
        A `FamiliarTimes`.

    Returns
    -------
    Table
        One row per group. The notes of the result stand under this table; those on models
        under `tabulate_time_models`.
    """
    found = content(released, FamiliarTimes)
    limits, horizon = level_words(found), f"{found.horizon:g} {found.time_unit}"
    of_models = [note.text for note in released.notes if note.code in MODEL_NOTES]
    rows = tuple(_group_line(found, group) for group in found.groups)
    return Table(
        title=f"{found.title}: events and times",
        columns=(
            Column(label="Group", width=5),
            Column(label="With the event, of all", align="right", width=5),
            Column(label=f"Time at risk, {found.time_unit}", align="right", width=3),
            Column(label=f"Events per {horizon} at risk", align="right", width=4),
            Column(label=f"Median ({limits})", align="right", width=5),
            Column(label=f"Mean up to {horizon} ({limits})", align="right", width=6),
            Column(label=f"Cumulative hazard at {horizon}", align="right", width=5),
        ),
        rows=rows,
        footnotes=(
            *(text for text in note_texts(released) if text not in of_models),
            used_words(found),
            f"Median, mean: time without the event, in {found.time_unit}; the median is not "
            "reached where the curve stays above one half. Cumulative hazard: Nelson-Aalen.",
            *nothing_note(rows, f"follow-up ends before {horizon}"),
            *mentioned(found),
        ),
    )


def _group_line(found: FamiliarTimes, group: GroupTimes) -> Row:
    digits = time_digits(found.horizon)
    rate = None if group.rate is None else group.rate * found.horizon
    return Row(
        cells=(
            upper_first(group.label),
            count_words(group.n_events, group.n_records),
            f"{group.time_at_risk:,.0f}",
            number_or_nothing(rate, digits=2),
            median_words(group, digits=digits, thinned=found.thinned),
            mean_words(group, digits=digits),
            number_or_nothing(group.cumulative_hazard, digits=2),
        )
    )


def tabulate_time_tests(released: Released) -> Table:
    """Tabulate the tests that groups do not differ, and those of an assumption.

    Parameters
    ----------
    released : Released
        A `FamiliarTimes`.
    """
    found = content(released, FamiliarTimes)
    ordered = sorted(found.tests, key=lambda test: test.test == _PROPORTIONAL)
    return Table(
        title=f"{found.title}: tests",
        columns=(
            Column(label="Test", width=10),
            Column(label="Chi-squared", align="right", width=4),
            Column(label="Degrees of freedom", align="right", width=4),
            Column(label="p", align="right", width=3),
        ),
        rows=tuple(_test_line(test) for test in ordered)
        or (Row(cells=("No test was made", *[NOTHING] * 3)),),
        footnotes=(
            *chosen_notes(released),
            f"{count_words(found.n_events, found.n_records)} {found.record} have the event. "
            "No p value is adjusted for the number of tests.",
            *mentioned(found),
        ),
    )


def _test_line(test: TimeTest) -> Row:
    of_model = test.test == _PROPORTIONAL
    return Row(
        group="That ratios are the same at all times" if of_model else "That groups do not differ",
        cells=(
            upper_first(test.label),
            f"{test.statistic:.2f}",
            f"{test.df:,}",
            p_words(test.p_value),
        ),
    )


def tabulate_mean_contrasts(released: Released) -> Table:
    """Tabulate differences of groups in restricted mean time.

    Parameters
    ----------
    released : Released
        A `FamiliarTimes`.
    """
    found = content(released, FamiliarTimes)
    return Table(
        title=f"{found.title}: differences in mean time without the event",
        columns=(
            Column(label="Groups", width=10),
            Column(label="Up to", align="right", width=4),
            Column(
                label=f"Difference, {found.time_unit} ({level_words(found)})",
                align="right",
                width=7,
            ),
            Column(label="p", align="right", width=3),
        ),
        rows=tuple(_contrast_line(found, contrast) for contrast in found.contrasts)
        or (Row(cells=("No two groups are compared", *[NOTHING] * 3)),),
        footnotes=(
            *chosen_notes(released),
            "Positive: more time without the event in the group that is named first.",
            *mentioned(found),
        ),
    )


def _contrast_line(found: FamiliarTimes, contrast: MeanContrast) -> Row:
    digits = time_digits(contrast.horizon)
    words = difference_words(
        contrast.difference, contrast.conf_low, contrast.conf_high, digits=digits
    )
    second, first = (group_label(found, name) for name in (contrast.second, contrast.first))
    return Row(
        cells=(
            f"{upper_first(second)}, minus {lower_first(first)}",
            f"{contrast.horizon:g} {found.time_unit}",
            words,
            p_words(contrast.p_value),
        )
    )


def tabulate_times_at_risk(released: Released) -> Table:
    """Tabulate numbers at risk and the share without the event at the marks of the axis.

    Parameters
    ----------
    released : Released
        A `FamiliarTimes`.
    """
    found = content(released, FamiliarTimes)
    rows = tuple(_risk_line(found, group, mark) for group in found.groups for mark in group.at_risk)
    return Table(
        title=f"{found.title}: numbers at risk",
        columns=(
            Column(label=upper_first(found.time_unit), width=3),
            Column(label="At risk", align="right", width=3),
            Column(label=f"Without the event ({level_words(found)})", align="right", width=7),
        ),
        rows=rows or (Row(cells=(NOTHING, NOTHING, NOTHING)),),
        footnotes=(
            *chosen_notes(released),
            "Kaplan-Meier, with pointwise limits; at risk: just before this time.",
            *nothing_note(rows, f"fewer than {found.min_at_risk} are at risk"),
            *mentioned(found),
        ),
    )


def _risk_line(found: FamiliarTimes, group: GroupTimes, mark: NumberAtRisk) -> Row:
    heading = f"{upper_first(group.label)} ({group.n_records:,} {found.record})"
    share = share_words(at_time(group.steps, mark.time), start=1.0)
    known = known_at(found, group.steps, mark.time)
    shown = mark.enough and mark.time >= found.start and known
    return Row(
        group=heading,
        cells=(
            f"{mark.time:g}",
            f"{mark.n:,}" if mark.enough else f"<{found.min_at_risk}",
            share if shown else NOTHING,
        ),
    )


def tabulate_cause_shares(released: Released) -> Table:
    """Tabulate the cumulative incidence of each cause at the horizon, the others competing.

    Parameters
    ----------
    released : Released
        A `FamiliarTimes`.
    """
    found = content(released, FamiliarTimes)
    rows = tuple(_cause_line(found, curve) for curve in found.causes)
    horizon = f"{found.horizon:g} {found.time_unit}"
    return Table(
        title=f"{found.title}: what came first by {horizon}",
        columns=(
            Column(label="Group", width=8),
            Column(label="Events, of all", align="right", width=5),
            Column(label=f"Cumulative incidence ({level_words(found)})", align="right", width=7),
        ),
        rows=rows or (Row(cells=("There is one kind of event", NOTHING, NOTHING)),),
        footnotes=(
            *chosen_notes(released),
            "Events: at any time. Cumulative incidence: Aalen-Johansen.",
            *nothing_note(
                rows if found.causes else (), f"fewer than {found.min_at_risk} are at risk"
            ),
            *mentioned(found),
        ),
    )


def _cause_line(found: FamiliarTimes, curve: CauseCurve) -> Row:
    group = next((held for held in found.groups if held.group == curve.group), None)
    total = found.n_records if group is None else group.n_records
    step = at_time(curve.steps, found.horizon)
    few = any(
        found.start <= mark.time <= found.horizon and not mark.enough
        for mark in (group.at_risk if group is not None else ())
    )
    few |= step is not None and step.n_at_risk < found.min_at_risk
    few |= not known_at(found, curve.steps, found.horizon)
    return Row(
        group=upper_first(curve.label),
        cells=(
            upper_first(group_label(found, curve.group)),
            count_words(curve.n_events, total),
            NOTHING if few else share_words(step, start=0.0),
        ),
    )
