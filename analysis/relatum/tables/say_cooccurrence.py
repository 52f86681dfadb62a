"""Sentences about what is recorded together: every number is read from a result."""

from __future__ import annotations

from collections.abc import Mapping

from relatum.release import Released
from relatum.results.base import Unavailable
from relatum.results.cooccurrence import (
    CODING_LABELS,
    NULL_LABELS,
    Cooccurrence,
    NullTest,
    PairReading,
    PairRow,
    UntestedPair,
)
from relatum.results.familiar import FamiliarMeasures
from relatum.results.tactic_pairs import TacticPairs
from relatum.tables.pair_words import (
    choose_word,
    decimal_words,
    held_tests,
    listed_words,
    p_phrase,
    power_words,
)
from relatum.tables.told import missing_words, told_result
from relatum.tables.wording import percent, plural

__all__ = [
    "say_listed",
    "say_matrix_wide",
    "say_overall",
    "say_pair",
    "say_power",
    "say_shown",
    "say_testable",
]

_SCOPES = ("pooled", "within_cases")
_SUM_FIXED = "with every total fixed the number of joint records is fixed, too"


def _family(results: Mapping[str, Released], name: str) -> Cooccurrence | TacticPairs | Unavailable:
    released = results[choose_word(name, results, what="result")]
    if isinstance(released, Released) and isinstance(released.result, TacticPairs):
        return released.result
    return told_result(results, name, Cooccurrence)


def _pair(found: Cooccurrence, term: str) -> PairRow | UntestedPair:
    """Find a pair by its term; the order of the two does not matter."""
    every: list[PairRow | UntestedPair] = [*found.pairs, *found.untested]
    held = {f"{pair.first}+{pair.second}": pair for pair in every}
    swapped = "+".join(reversed(term.split("+")))
    chosen = swapped if swapped in held else term
    return held[choose_word(chosen, held, what="pair of this result")]


def say_testable(results: Mapping[str, Released], name: str) -> str:
    """Word how many pairs of a family can be tested.

    Parameters
    ----------
    results : mapping of str to Released
        By name.
    name : str
        A `Cooccurrence` or a `TacticPairs`.

    Returns
    -------
    str
        For example ``6 of 21 pairs can be tested``.

    Raises
    ------
    UsageError
        If there is no such result.
    """
    found = _family(results, name)
    if isinstance(found, Unavailable):
        return missing_words(found)
    return f"{found.n_testable} of {plural(found.n_family, 'pair')} can be tested"


def say_shown(results: Mapping[str, Released], name: str) -> str:
    """Word which pairs are shown to be recorded together more often than chance.

    Parameters
    ----------
    results, name
        See `say_testable`; a `Cooccurrence`.

    Returns
    -------
    str
        A sentence without its full stop, which names the pairs.
    """
    found = told_result(results, name, Cooccurrence)
    if isinstance(found, Unavailable):
        return missing_words(found)
    n, shown = len(found.pairs), [pair.label for pair in found.pairs if pair.shown]
    claim = "shown to be recorded together more often than chance"
    if found.n_withheld:
        names = f": {listed_words(shown)}" if shown else ""
        return (
            f"Of {found.n_testable} pairs that can be tested, {found.n_withheld} are withheld; "
            f"of the others, {len(shown) or 'none'} can be {claim}{names}"
        )
    if not n:
        return f"None of the {plural(found.n_family, 'pair')} can be tested"
    if n == 1:
        word = "" if shown else "not "
        only = listed_words([found.pairs[0].label])
        return f"The only pair that can be tested, {only}, is {word}{claim}"
    if not shown:
        return f"None of the {n} pairs that can be tested is {claim}"
    lead = f"{len(shown)} of the {n}"
    if len(shown) == n:
        lead = "Both" if n == 2 else f"All {n}"
    verb = "is" if len(shown) == 1 else "are"
    return f"{lead} pairs that can be tested {verb} {claim}: {listed_words(shown)}"


def say_pair(
    results: Mapping[str, Released],
    name: str,
    *,
    term: str,
    coding: str = "lower",
    null: str = "case_depth",
) -> str:
    """Word one pair against one null.

    Parameters
    ----------
    results, name
        See `say_testable`; a `Cooccurrence`.
    term : str
        The two items joined by a plus sign, in either order.
    coding : str, optional
        The reading of silence: a key of `CODING_LABELS`.
    null : str, optional
        A key of `NULL_LABELS`; claims rest on the default.

    Returns
    -------
    str
        For example ``recorded together in 35 of 73 relationships, 1.6 fewer than expected within
        investigations, at equal documentation (adjusted p = 0.61)``. A pair that cannot be tested
        is said to be not available, with the reason.

    Raises
    ------
    UsageError
        If there is no such result, pair, reading or null.
    """
    choose_word(coding, CODING_LABELS, what="reading of silence")
    choose_word(null, NULL_LABELS, what="null")
    found = told_result(results, name, Cooccurrence)
    if isinstance(found, Unavailable):
        return missing_words(found)
    pair = _pair(found, term)
    if isinstance(pair, UntestedPair):
        return f"not available ({pair.why})"
    reading = pair.reading(coding)
    if isinstance(reading, Unavailable):
        return missing_words(reading)
    return _pair_sentence(reading, null)


_LEADS = {
    "lower": ("recorded together", ""),
    "upper": ("neither ruled out", ""),
    "statement_only": ("recorded together", " with a statement of the victim"),
}


def _pair_sentence(reading: PairReading, null: str) -> str:
    test = reading.test(null)
    verb, tail = _LEADS[reading.coding]
    units = plural(reading.n_relationships, "relationship")
    lead = f"{verb} in {reading.n_both:,} of {units}{tail}"
    if isinstance(test, Unavailable):
        return f"{lead}; not compared {NULL_LABELS[null]} ({test.why})"
    phrase = f"(adjusted {p_phrase(test.p_adjusted)})"
    return f"{lead}, {_more_or_fewer(test.excess)} {NULL_LABELS[null]} {phrase}{_caution(test)}"


def _more_or_fewer(excess: float) -> str:
    amount = decimal_words(abs(excess))
    if not float(amount.replace(",", "")):
        return "as many as expected"
    return f"{amount} {'more' if excess > 0 else 'fewer'} than expected"


def _caution(test: NullTest) -> str:
    if test.null != "fixed_totals" or "fewer" not in _more_or_fewer(test.excess):
        return ""
    return "; with totals fixed some pairs must be fewer where others are more"


def say_overall(
    results: Mapping[str, Released],
    name: str,
    *,
    null: str = "case_depth",
    coding: str = "lower",
) -> str:
    """Word whether the items of the family are recorded together at all more than chance.

    Parameters
    ----------
    results, name, null, coding
        See `say_pair`.

    Returns
    -------
    str
        For example ``over the 6 pairs that can be tested, 12.3 joint records more than expected
        within investigations (p = 0.02)``.
    """
    choose_word(coding, CODING_LABELS, what="reading of silence")
    choose_word(null, NULL_LABELS, what="null")
    found = told_result(results, name, Cooccurrence)
    if isinstance(found, Unavailable):
        return missing_words(found)
    held = [test for test in found.overall if (test.null, test.coding) == (null, coding)]
    if not held:
        nothing = "no pair can be tested so"
        return f"not available ({_SUM_FIXED if null == 'fixed_totals' else nothing})"
    amount = _more_or_fewer(held[0].excess).replace(" more", " joint records more")
    amount = amount.replace(" fewer", " joint records fewer")
    n = len(held_tests(found, coding=coding, null=null))
    pairs = "all pairs" if found.n_withheld else f"the {plural(n, 'pair')}"
    reading = "" if coding == "lower" else f", {CODING_LABELS[coding]}"
    return (
        f"over {pairs} that can be tested, {amount} "
        f"{NULL_LABELS[null]}{reading} ({p_phrase(held[0].p_value)})"
    )


def say_power(
    results: Mapping[str, Released], name: str, *, null: str = "case_depth", coding: str = "lower"
) -> str:
    """Word the range of power over the pairs, at each odds ratio of the plan.

    Parameters
    ----------
    results, name
        See `say_testable`; for a `TacticPairs` the null and the reading are those of its tests.
    null, coding
        See `say_pair`.

    Returns
    -------
    str
        For example ``power 0.04 to 0.12 at an odds ratio of 3 and 0.31 to 0.62 at 10``.
    """
    choose_word(coding, CODING_LABELS, what="reading of silence")
    choose_word(null, NULL_LABELS, what="null")
    found = _family(results, name)
    if isinstance(found, Unavailable):
        return missing_words(found)
    ratios, rows = _powers(found, null, coding)
    if not rows or not ratios:
        return "not available (no pair can be tested so)"
    spans = [_span(power) for power in zip(*rows, strict=True)]
    first, *rest = [f"{span} at {ratio:g}" for span, ratio in zip(spans, ratios, strict=True)]
    parts = [first.replace(" at ", " at an odds ratio of "), *rest]
    return "power " + (", ".join(parts[:-1]) + " and " if rest else "") + parts[-1]


def _powers(
    found: Cooccurrence | TacticPairs, null: str, coding: str
) -> tuple[tuple[float, ...], list[tuple[float, ...]]]:
    """Return the odds ratios and, per pair, the power at each."""
    if isinstance(found, TacticPairs):
        return (found.power_odds_ratio,), [(pair.power,) for pair in found.pairs]
    return found.odds_ratios, [test.power for test in held_tests(found, coding=coding, null=null)]


def _span(values: tuple[float, ...]) -> str:
    low, high = power_words(min(values)), power_words(max(values))
    return low if low == high else f"{low} to {high}"


def say_listed(results: Mapping[str, Released], name: str) -> str:
    """Word how many pairs of tactics lie within the false discovery rate.

    Parameters
    ----------
    results, name
        See `say_testable`; a `TacticPairs`.

    Returns
    -------
    str
        For example ``3 of the 210 pairs of tactics that can be tested are listed at a false
        discovery rate of 10%; the list is exploratory``.
    """
    found = told_result(results, name, TacticPairs)
    if isinstance(found, Unavailable):
        return missing_words(found)
    n, listed = len(found.pairs), len(found.listed)
    verb = "is" if listed == 1 else "are"
    others = f" ({found.n_withheld:,} more are withheld)" if found.n_withheld else ""
    return (
        f"{listed or 'none'} of the {n:,} pairs of tactics that can be tested{others} {verb} "
        "listed at a "
        f"false discovery rate of {percent(found.false_discovery_rate)}; the list is exploratory"
    )


def say_matrix_wide(
    results: Mapping[str, Released], name: str, *, statistic: str, scope: str = "within_cases"
) -> str:
    """Word one statistic of the whole matrix.

    Parameters
    ----------
    results, name
        See `say_testable`; a `FamiliarMeasures`.
    statistic : str
        Its name, such as ``c_score``.
    scope : {"within_cases", "pooled"}
        Whether rows are shuffled within investigations or over all of them.

    Returns
    -------
    str
        For example ``C-score 12.40 where 11.85 is expected within investigations (p = 0.21)``.
    """
    choose_word(scope, _SCOPES, what="scope")
    found = told_result(results, name, FamiliarMeasures)
    if isinstance(found, Unavailable):
        return missing_words(found)
    held = {row.statistic: row for row in found.matrix if row.scope == scope}
    row = held[choose_word(statistic, held, what="statistic of this result")]
    where = "within investigations" if scope == "within_cases" else "over all investigations"
    observed, expected = (decimal_words(v, digits=2) for v in (row.observed, row.expected))
    return f"{row.label} {observed} where {expected} is expected {where} ({p_phrase(row.p_value)})"
