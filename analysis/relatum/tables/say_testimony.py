"""Sentences about contacts, reports and reasons: every number is read from a result."""

from __future__ import annotations

from collections.abc import Mapping

from relatum.errors import UsageError
from relatum.release import Released
from relatum.release.absent import withheld
from relatum.results.base import Unavailable
from relatum.results.reporting import ReasonRow, Reporting
from relatum.tables.escape_words import between_words
from relatum.tables.estimates import span_words
from relatum.tables.pair_words import choose_word, lower_first
from relatum.tables.reporting import SPLITS
from relatum.tables.reporting_words import bounds_of, level_words, said_estimate, women_words
from relatum.tables.told import missing_words, told_result
from relatum.tables.wording import count_words

__all__ = [
    "say_reason",
    "say_reasons",
    "say_report_incidence",
    "say_state",
]

#: What is on record of a woman in a state.
_STATES = {
    "no_report": "had no report on record",
    "report_upheld": "had a report that was upheld",
    "stepped_back": "had stepped back from a report",
}
_KINDS = ("own_before_arrest", "any_after_arrest")


def say_state(
    results: Mapping[str, Released],
    name: str,
    *,
    state: str,
    split: str = "all",
    level: str = "all",
) -> str:
    """Word how many women are in a state by the horizon after their first contact.

    Parameters
    ----------
    results : mapping of str to Released
        By name.
    name : str
        A `Reporting`.
    state : {"no_report", "report_upheld", "stepped_back"}
    split, level : str, optional
        A part of the women, such as ``initiator`` and ``victim``.

    Returns
    -------
    str
        For example ``18 of 45 (40%) women whose state is known had a report that was upheld 180
        days after first contact (not known: 8 of 53; bounds 34% to 49%; estimate 38% to 39%, 95%
        limits 22% to 57%)``. What is unavailable is said to be.

    Raises
    ------
    UsageError
        If there is no such result, state, split or level.
    """
    found = told_result(results, name, Reporting)
    if isinstance(found, Unavailable):
        return missing_words(found)
    choose_word(split, dict.fromkeys((*SPLITS, *(r.split for r in found.shares))), what="split")
    levels = dict.fromkeys(row.level for row in found.shares if row.split == split)
    if not levels:
        return f"not available ({withheld(results[name]) or 'no woman is in it'})"
    choose_word(level, levels, what=f"level of {split}")
    held = {r.state: r for r in found.shares if (r.split, r.level) == (split, level)}
    row = held[choose_word(state, held, what="state")]
    part = "" if split == "all" else f" ({lower_first(row.label)})"
    bounds = bounds_of(
        row.n_in_state, row.n_undetermined, row.n_women, row.bound_low, row.bound_high
    )
    words = _STATES.get(row.state, f"were in the state '{lower_first(row.state_label)}'")
    if row.n_known == 0:
        return f"not available (the state is known of none of {women_words(row.n_women)}{part})"
    estimate = said_estimate(row, level=found.conf_level, min_at_risk=found.min_at_risk)
    return (
        f"{count_words(row.n_in_state, row.n_known)} women{part} whose state is known {words} "
        f"{found.horizon:g} days after first contact (not known: {row.n_undetermined:,} of "
        f"{row.n_women:,}; bounds {bounds}; {estimate})"
    )


def say_report_incidence(results: Mapping[str, Released], name: str, *, kind: str) -> str:
    """Word the cumulative incidence of a kind of report by its last day.

    Parameters
    ----------
    results, name
        See `say_state`.
    kind : {"own_before_arrest", "any_after_arrest"}

    Returns
    -------
    str
        For example ``4 of 53 women by 180 days after first contact, cumulative incidence 8% (95%
        limits 2% to 21%)``.

    Raises
    ------
    UsageError
        If there is no such result or kind.
    """
    found = told_result(results, name, Reporting)
    if isinstance(found, Unavailable):
        return missing_words(found)
    kinds = dict.fromkeys((*_KINDS, *(row.kind for row in found.incidence)))
    choose_word(kind, kinds, what="kind of report")
    if kind not in {row.kind for row in found.incidence}:
        return "not available (no woman is at risk of it)"
    row = max((r for r in found.incidence if r.kind == kind), key=lambda one: one.day)
    events = between_words(row.n_events_low, row.n_events_high)
    lead = f"{events} of {women_words(row.n_women)} by {row.day:g} days after first contact"
    held = sorted(share for share in (row.earliest, row.latest) if share is not None)
    if not held:
        few = f"fewer than {found.min_at_risk} women at risk"
        return f"{lead}, cumulative incidence not available ({few})"
    limits = f"no {level_words(found.conf_level)}"
    if row.conf_low is not None and row.conf_high is not None:
        limits = f"{level_words(found.conf_level)} {span_words(row.conf_low, row.conf_high)}"
    return f"{lead}, cumulative incidence {span_words(held[0], held[-1])} ({limits})"


def say_reason(results: Mapping[str, Released], name: str, *, term: str) -> str:
    """Word one recorded reason against or for reporting.

    Parameters
    ----------
    results, name
        See `say_state`.
    term : str
        The code, such as ``bar_fear_retaliation``.

    Returns
    -------
    str
        For example ``fear of retaliation: 14 of 31 (45%) women with any reason on record (not
        documented 9; bounds 45% to 74%)``.

    Raises
    ------
    UsageError
        If there is no such result or code.
    """
    found = told_result(results, name, Reporting)
    if isinstance(found, Unavailable):
        return missing_words(found)
    held = {row.term: row for row in found.reasons}
    row = held[choose_word(term, held, what="reason of this result")]
    bounds = bounds_of(row.n_present, row.n_not_documented, row.n_women, row.lower, row.upper)
    return (
        f"{lower_first(row.label)}: {count_words(row.n_present, row.n_women)} women with any "
        f"reason on record (not documented {row.n_not_documented:,}; bounds {bounds})"
    )


def say_reasons(results: Mapping[str, Released], name: str, *, group: str, most: int = 3) -> str:
    """Word the reasons that are recorded most often.

    Parameters
    ----------
    results, name
        See `say_state`.
    group : {"barrier", "motivator"}
        Reasons against, or for.
    most : int
        How many; reasons with the same count as the last one are named, too.

    Returns
    -------
    str
        For example ``fear of retaliation (14), love or attachment (11) and distrust of the police
        (6), of 31 women with any reason on record (22 without)``.

    Raises
    ------
    UsageError
        If there is no such result or group, or fewer than one is asked for.
    """
    choose_word(group, ("barrier", "motivator"), what="group of reasons")
    if most < 1:
        msg = f"At least 1 reason must be asked for, not {most}."
        raise UsageError(msg)
    found = told_result(results, name, Reporting)
    if isinstance(found, Unavailable):
        return missing_words(found)
    rows = [row for row in found.reasons if row.group == group and row.n_present > 0]
    if not rows:
        why = withheld(results[name])
        return f"not available ({why})" if why else "none is on record"
    women = f"{women_words(rows[0].n_women)} with any reason on record"
    return f"{_named(rows, most)}, of {women} ({found.n_without_reasons:,} without)"


def _named(rows: list[ReasonRow], most: int) -> str:
    rows = sorted(rows, key=lambda row: (-row.n_present, row.label))
    least = rows[min(most, len(rows)) - 1].n_present
    parts = [f"{lower_first(r.label)} ({r.n_present:,})" for r in rows if r.n_present >= least]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
