"""Sentences that compare reports with each other: every number is read from a result."""

from __future__ import annotations

from collections.abc import Mapping

from relatum.release import Released
from relatum.results.base import Unavailable
from relatum.results.retraction_contrasts import PenalisedTerm, RetractionContrasts
from relatum.tables.escape_words import between_words, rate_words
from relatum.tables.pair_words import (
    choose_word,
    lower_first,
    odds_words,
    p_phrase,
    signed_words,
)
from relatum.tables.reporting_words import (
    SILENCE,
    level_words,
    odds_limits,
)
from relatum.tables.told import missing_words, told_result
from relatum.tables.wording import count_words

__all__ = ["say_contact_ratio", "say_contrast", "say_penalised", "say_reporter_bounds"]


def say_contrast(
    results: Mapping[str, Released], name: str, *, term: str = "", coding: str = "lower"
) -> str:
    """Word how many reports were followed by a step back, with and without a covariate.

    Parameters
    ----------
    results : mapping of str to Released
        By name.
    name : str
        A `RetractionContrasts`.
    term : str, optional
        The covariate, such as ``arrest_before_report``; the first of the plan by default.
    coding : {"lower", "upper"}
        Silence counts as without, or as with.

    Returns
    -------
    str
        For example ``arrest before the report: a step back is on record for 5 of 19 reports with
        it and 3 of 12 without (undocumented 4, silence as without; difference +0.01; within
        investigations p = 0.81)``.

    Raises
    ------
    UsageError
        If there is no such result, covariate or coding.
    """
    choose_word(coding, SILENCE, what="reading of silence")
    found = told_result(results, name, RetractionContrasts)
    if isinstance(found, Unavailable):
        return missing_words(found)
    if not found.counts:
        return "not available (no covariate is declared)"
    term = term or found.counts[0].term
    choose_word(term, dict.fromkeys(row.term for row in found.counts), what="covariate")
    held = [row for row in found.counts if (row.term, row.coding) == (term, coding)]
    if not held:
        return f"not available (there is no count with {SILENCE[coding]})"
    row = held[0]
    with_it = f"{_counted(row.n_stepped_with, row.n_with)} reports with it"
    without = f"{_counted(row.n_stepped_without, row.n_without)} without"
    parts = [f"undocumented {row.n_undocumented:,}, {SILENCE[coding]}"]
    if row.difference is not None:
        parts.append(f"difference {signed_words(row.difference, digits=2)}")
    few = "no test within investigations"
    parts.append(few if row.p_within is None else f"within investigations {p_phrase(row.p_within)}")
    words = f"a step back is on record for {with_it} and {without} ({'; '.join(parts)})"
    return f"{lower_first(row.label)}: {words}"


def _counted(n: int, total: int) -> str:
    return count_words(n, total) if total else "0 of 0"


def say_penalised(
    results: Mapping[str, Released], name: str, *, term: str = "", coding: str = "lower"
) -> str:
    """Word the penalised odds ratio of a covariate.

    Parameters
    ----------
    results, name, term, coding
        See `say_contrast`.

    Returns
    -------
    str
        For example ``arrest before the report: odds ratio 1.6 (95% limits 0.34 to 8.1; p = 0.55
        by investigation)``.

    Raises
    ------
    UsageError
        If there is no such result, covariate or coding.
    """
    choose_word(coding, SILENCE, what="reading of silence")
    found = told_result(results, name, RetractionContrasts)
    if isinstance(found, Unavailable):
        return missing_words(found)
    terms = [row for row in found.penalised if isinstance(row, PenalisedTerm)]
    gone = [row for row in found.penalised if isinstance(row, Unavailable)]
    if not terms:
        return missing_words(gone[0]) if gone else "not available (no covariate is fitted)"
    term = term or terms[0].term
    choose_word(term, dict.fromkeys(row.term for row in terms), what="covariate")
    held = [row for row in terms if (row.term, row.coding) == (term, coding)]
    if not held:
        return f"not available (there is no estimate with {SILENCE[coding]})"
    row = held[0]
    p = "" if row.p_bootstrap is None else f"; {p_phrase(row.p_bootstrap)} by investigation"
    limits = odds_limits(row.conf_low, row.conf_high)
    words = f"{lower_first(row.label)}: odds ratio {odds_words(row.odds_ratio)}"
    words = f"{words} ({level_words(found.conf_level)} {limits}{p})"
    return f"{words}; {row.separated}" if row.separated else words


def say_contact_ratio(results: Mapping[str, Released], name: str) -> str:
    """Word steps back per 100 days with contact against days documented as without.

    Parameters
    ----------
    results, name
        See `say_contrast`.

    Returns
    -------
    str
        For example ``with contact 3 steps back in 412 days (0.73 per 100 days); with documented
        none 2 in 630 days (0.32 per 100 days); rate ratio 2.3 (95% limits 0.30 to 17)``. Why there
        is no ratio is said.
    """
    found = told_result(results, name, RetractionContrasts)
    if isinstance(found, Unavailable):
        return missing_words(found)
    rows = {row.level: row for row in found.contact if row.variable == "contact"}
    words = []
    for level, lead in (
        ("contact", "with contact"),
        ("none", "with documented none"),
        ("not_documented", "not documented"),
    ):
        if level in rows:
            row = rows[level]
            events = between_words(row.n_events_low, row.n_events_high)
            rate = "" if row.rate is None else f" ({rate_words(row.rate)} per 100 days)"
            words.append(f"{lead} {events} steps back in {row.days:,.0f} days{rate}")
    if found.rate_ratio is None:
        why = found.contact_refused or "no reason is given"
        return "; ".join([*words, f"rate ratio not available ({why})"])
    ratio = f"rate ratio {odds_words(found.rate_ratio)}"
    if found.ratio_low is not None:
        limits = odds_limits(found.ratio_low, found.ratio_high)
        ratio = f"{ratio} ({level_words(found.conf_level)} {limits})"
    return "; ".join([*words, ratio])


def say_reporter_bounds(
    results: Mapping[str, Released], name: str, *, term: str = "", assumption: str = "none"
) -> str:
    """Word the bounds of a contrast among women who would report either way.

    Parameters
    ----------
    results, name, term
        See `say_contrast`.
    assumption : {"monotone_more", "monotone_less", "none"}

    Returns
    -------
    str
        For example ``a difference between −0.60 and +0.71 (no assumption)``: the widest of both
        readings of silence.

    Raises
    ------
    UsageError
        If there is no such result, covariate or assumption.
    """
    choose_word(assumption, ("monotone_more", "monotone_less", "none"), what="assumption")
    found = told_result(results, name, RetractionContrasts)
    if isinstance(found, Unavailable):
        return missing_words(found)
    if not found.bounds:
        return "not available (no bounds are given)"
    term = term or found.bounds[0].term
    choose_word(term, dict.fromkeys(row.term for row in found.bounds), what="covariate")
    held = [row for row in found.bounds if (row.term, row.assumption) == (term, assumption)]
    if not held:
        return "not available (no bounds under this assumption)"
    low, high = min(row.lower for row in held), max(row.upper for row in held)
    return (
        f"a difference between {signed_words(low, digits=2)} and {signed_words(high, digits=2)} "
        f"({lower_first(held[0].assumption_label)})"
    )
