"""Sentences about escape attempts: every number is read from a result."""

from __future__ import annotations

from collections.abc import Mapping

from relatum.release import Released
from relatum.results.base import Unavailable
from relatum.results.escape import EscapeRate, RateRow, RateVariant
from relatum.results.escape_curves import EscapeCurves, HorizonRow
from relatum.results.escape_outcomes import EscapeOutcomes, OutcomeRow
from relatum.tables.escape_curves import horizon_limits
from relatum.tables.escape_words import (
    KNOWN_HOW_LABELS,
    between_words,
    incidence_words,
    months_words,
    outcome_bounds,
    rate_span,
    rate_words,
    tau_limits,
    undocumented_words,
)
from relatum.tables.pair_words import choose_word
from relatum.tables.told import missing_words, told_result
from relatum.tables.wording import NOTHING, count_words, plural

__all__ = [
    "say_entry_dependence",
    "say_escape_rate",
    "say_incidence",
    "say_mean_number",
    "say_naive",
    "say_outcome",
    "say_variants",
]

_PER = "per 12 relationship-months"


def _share(rate: float, overall: RateRow | Unavailable, *, of: str) -> str:
    if isinstance(overall, Unavailable) or not overall.rate:
        return ""
    return f", {rate_words(rate / overall.rate)} times {of}"


def say_escape_rate(results: Mapping[str, Released], name: str) -> str:
    """Word the overall rate of attempts under observation.

    Parameters
    ----------
    results : mapping of str to Released
        By name.
    name : str
        An `EscapeRate`.

    Returns
    -------
    str
        For example ``23 attempts in 612 relationship-months under observation (73 relationships
        in 12 investigations): 0.45 per 12 relationship-months (95% limits 0.28 to 0.71);
        documented too little to be used: 1 attempt and 2 relationships``. What is unavailable is
        said to be.

    Raises
    ------
    UsageError
        If there is no such result.
    """
    found = told_result(results, name, EscapeRate)
    if isinstance(found, Unavailable):
        return missing_words(found)
    overall = found.overall
    tail = f"documented too little to be used: {undocumented_words(found)}"
    if any(note.code == "limits_not_reliable" for note in found.notes):
        tail = f"limits not reliable, see the note; {tail}"
    if isinstance(overall, Unavailable):
        return f"{missing_words(overall)}; {tail}"
    return (
        f"{plural(overall.n_events, 'attempt')} in {months_words(overall.months)} "
        f"relationship-months under observation "
        f"({plural(overall.n_relationships, 'relationship')} in "
        f"{plural(overall.n_cases, 'investigation')}): {rate_words(overall.rate)} {_PER} "
        f"({100 * overall.conf_level:g}% limits {rate_words(overall.conf_low)} to "
        f"{rate_words(overall.conf_high)}); {tail}"
    )


def say_naive(results: Mapping[str, Released], name: str, *, variant: str) -> str:
    """Word what another analysis would have given, beside the primary rate.

    Parameters
    ----------
    results, name
        See `say_escape_rate`.
    variant : str
        The name of a naive analysis, or of another choice.

    Returns
    -------
    str
        For example ``0.05 per 12 relationship-months (23 attempts in 5,210 relationship-months),
        0.10 times the primary rate``.

    Raises
    ------
    UsageError
        If there is no such result or variant.
    """
    found = told_result(results, name, EscapeRate)
    if isinstance(found, Unavailable):
        return missing_words(found)
    held = {row.name: row for row in found.variants}
    row = held[choose_word(variant, held, what="variant of this result")]
    if row.rate is None:
        return f"not available ({row.why})"
    share = _share(row.rate, found.overall, of="the primary rate")
    return (
        f"{rate_words(row.rate)} {_PER} ({plural(row.n_events, 'attempt')} in "
        f"{months_words(row.months)} relationship-months){share}"
    )


def say_variants(results: Mapping[str, Released], name: str, *, family: str) -> str:
    """Word the range of rates over a family of variants.

    Parameters
    ----------
    results, name
        See `say_escape_rate`.
    family : {"sensitivity", "naive"}

    Returns
    -------
    str
        For example ``0.05 to 0.51 per 12 relationship-months over 3 analyses (the primary: 0.45)``.

    Raises
    ------
    UsageError
        If there is no such result or family.
    """
    choose_word(family, ("sensitivity", "naive"), what="family of rates")
    found = told_result(results, name, EscapeRate)
    if isinstance(found, Unavailable):
        return missing_words(found)
    rows = [row for row in found.variants if row.family == family]
    rates = _rates(rows)
    if not rates:
        return "not available (no such analysis gives a rate)"
    n = _analyses(len(rates), len(rows))
    overall = found.overall
    primary = NOTHING if isinstance(overall, Unavailable) else rate_words(overall.rate)
    return f"{rate_span(min(rates), max(rates))} {_PER} over {n} (the primary: {primary})"


def _rates(rows: list[RateVariant]) -> list[float]:
    return [row.rate for row in rows if row.rate is not None]


def _analyses(n: int, total: int) -> str:
    noun = "analysis" if total == 1 else "analyses"
    return f"{n} {noun}" if n == total else f"{n} of {total} {noun}"


def say_incidence(results: Mapping[str, Released], name: str, *, cause: str = "attempt") -> str:
    """Word the cumulative incidence of one cause by the horizon.

    Parameters
    ----------
    results : mapping of str to Released
        By name.
    name : str
        An `EscapeCurves`.
    cause : str
        Such as ``attempt`` or ``arrest``.

    Returns
    -------
    str
        For example ``7 to 8 of 73 relationships by 6 months after entry, cumulative incidence 12%
        to 14% (95% limits 5% to 28%)``.

    Raises
    ------
    UsageError
        If there is no such result or cause.
    """
    found = told_result(results, name, EscapeCurves)
    if isinstance(found, Unavailable):
        return missing_words(found)
    held = {row.cause: row for row in found.horizon}
    row = held[choose_word(cause, held, what="cause of this result")]
    lead = f"{_events(row)} by {found.horizon_months:g} months after entry"
    if row.earliest is None and row.latest is None:
        few = f"fewer than {found.min_at_risk} relationships are at risk"
        return f"{lead}, cumulative incidence not available ({few})"
    limits = horizon_limits(row)
    level = f"{100 * found.conf_level:g}% limits"
    words = f"no {level}" if limits == NOTHING else f"{level} {limits}"
    share = incidence_words(row.earliest, row.latest)
    return f"{lead}, cumulative incidence {share} ({words})"


def _events(row: HorizonRow) -> str:
    events = between_words(row.n_events_low, row.n_events_high)
    if row.n_relationships is None:
        return f"{events} first events"
    return f"{events} of {plural(row.n_relationships, 'relationship')}"


def say_entry_dependence(results: Mapping[str, Released], name: str) -> str:
    """Word whether first attempts go with the age of the relationship at entry.

    Parameters
    ----------
    results, name
        See `say_escape_rate`.

    Returns
    -------
    str
        For example ``Kendall's tau −0.02 to 0.16 over the ends of the dates (205 to 237 pairs of
        relationships; 95% limits −0.32 to 0.34 in all)``.

    Raises
    ------
    UsageError
        If there is no such result.
    """
    found = told_result(results, name, EscapeRate)
    if isinstance(found, Unavailable):
        return missing_words(found)
    if isinstance(found.entry, Unavailable):
        return missing_words(found.entry)
    rows = found.entry
    if not rows:
        return "not available (it was not computed)"
    taus, pairs = [row.tau for row in rows], [row.n_pairs for row in rows]
    lows = [row.conf_low for row in rows if row.conf_low is not None]
    highs = [row.conf_high for row in rows if row.conf_high is not None]
    level = f"{100 * rows[0].conf_level:g}% limits"
    words = f"no {level}"
    if len(lows) == len(highs) == len(rows):
        words = f"{level} {tau_limits(min(lows), max(highs))} in all"
    return (
        f"Kendall's tau {tau_limits(min(taus), max(taus))} over the ends of the dates "
        f"({between_words(min(pairs), max(pairs))} pairs of relationships; {words})"
    )


def say_mean_number(results: Mapping[str, Released], name: str) -> str:
    """Word the mean number of attempts by the horizon.

    Parameters
    ----------
    results, name
        See `say_incidence`.

    Returns
    -------
    str
        For example ``a mean of 0.22 attempts per relationship by 6 months after entry``.
    """
    found = told_result(results, name, EscapeCurves)
    if isinstance(found, Unavailable):
        return missing_words(found)
    if isinstance(found.mean_number, Unavailable):
        return missing_words(found.mean_number)
    return (
        f"a mean of {rate_words(found.mean_number)} attempts per relationship by "
        f"{found.horizon_months:g} months after entry"
    )


def say_outcome(
    results: Mapping[str, Released],
    name: str,
    *,
    variable: str,
    level: str,
    known_how: str = "prospective",
) -> str:
    """Word one outcome of attempts.

    Parameters
    ----------
    results : mapping of str to Released
        By name.
    name : str
        An `EscapeOutcomes`.
    variable, level : str
        Such as ``attempt_outcome`` and ``intercepted``.
    known_how : {"prospective", "retrospective"}
        Attempts seen, or told about an earlier time.

    Returns
    -------
    str
        For example ``9 of 20 (45%) attempts recorded as they happened (undocumented 3; bounds 39%
        to 52%)``.

    Raises
    ------
    UsageError
        If there is no such result, variable or level.
    """
    choose_word(known_how, KNOWN_HOW_LABELS, what="way of knowing")
    found = told_result(results, name, EscapeOutcomes)
    if isinstance(found, Unavailable):
        return missing_words(found)
    variables = dict.fromkeys(row.variable for row in found.rows)
    choose_word(variable, variables, what="variable of this result")
    levels = {row.level: row for row in found.rows if row.variable == variable}
    choose_word(level, levels, what=f"level of {variable}")
    rows = [
        row
        for row in found.rows
        if (row.variable, row.level, row.known_how) == (variable, level, known_how)
    ]
    if not rows:
        return f"not available (no attempt is {KNOWN_HOW_LABELS[known_how]})"
    return _outcome_sentence(rows[0])


def _outcome_sentence(row: OutcomeRow) -> str:
    how = f"attempts {KNOWN_HOW_LABELS[row.known_how]}"
    if row.n_documented == 0:
        return f"not available (documented for none of {row.n_undocumented} {how})"
    return (
        f"{count_words(row.n, row.n_documented)} {how} "
        f"(undocumented {row.n_undocumented:,}; bounds {outcome_bounds(row)})"
    )
