"""Numbers inside sentences: read from a result, never typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from relatum.errors import UsageError
from relatum.release import Released
from relatum.results import (
    Distribution,
    Documentation,
    Flow,
    Prevalence,
    PrevalenceRow,
    Sizes,
    Summary,
    Unavailable,
)
from relatum.results.audit import ArithmeticAudit, SampleAudit
from relatum.schema import near_match
from relatum.tables.audit import value_words
from relatum.tables.wording import MIN_FOR_PERCENT, bounds_words, number_words, percent

__all__ = ["prevalence_words", "say"]

Value = TypeVar("Value")


def say(
    results: Mapping[str, Released], name: str, *, term: str, level: str = "", population: str = ""
) -> str:
    """Word one number of a released result for a sentence.

    Parameters
    ----------
    results : mapping of str to Released
        By name.
    name : str
        The result.
    term : str
        What within it: a code, a variable, a step or a fact.
    level : str, optional
        For distributions the level; for numbers ``mean``, ``minimum``, ``maximum`` or ``total``;
        for sizes ``two_largest``, ``effective`` or ``largest``.
    population : str, optional
        For prevalence, where a code is counted in several populations.

    Returns
    -------
    str
        For example ``31 of 73 (undocumented 20; bounds 42% to 70%)``. What is unavailable is said
        to be.

    Raises
    ------
    UsageError
        If there is no such result, term or level; the message lists what is near.
    """
    released = results.get(name)
    if released is None:
        raise _unknown("result", name, results)
    result = released.result
    match result:
        case Unavailable():
            return f"not available ({result.why})"
        case Prevalence():
            return _say_prevalence(result, term, population)
        case Distribution():
            return _say_distribution(result, term, level)
        case Summary():
            return _say_summary(result, term, level)
        case Sizes():
            return _say_sizes(result, term, level)
        case Flow() | SampleAudit() | ArithmeticAudit() | Documentation():
            return _say_listed(result, term)
        case _:
            msg = f"The result '{name}' has no words for a sentence; draw it or tabulate it."
            raise UsageError(msg)


def _say_listed(result: Flow | SampleAudit | ArithmeticAudit | Documentation, term: str) -> str:
    match result:
        case Flow():
            return f"{_find({step.step: step.n for step in result.steps}, term, 'step'):,}"
        case SampleAudit():
            return value_words(_find({check.id: check for check in result.checks}, term, "fact"))
        case ArithmeticAudit():
            return _find({check.id: check.finding for check in result.checks}, term, "check")
        case Documentation():
            return _say_depth(result, term)


def _unknown(what: str, word: str, allowed: Iterable[str]) -> UsageError:
    listed = tuple(dict.fromkeys(allowed))
    near = near_match(word, listed)
    close = [item for item in listed if item.split("_")[0] == word.split("_")[0]]
    hint = f" Did you mean '{near}'?" if near else ""
    there = ", ".join((close or list(listed))[:12])
    return UsageError(f"'{word}' is not a {what}.{hint} Near: {there}.")


def _find(held: Mapping[str, Value], word: str, what: str) -> Value:
    if word not in held:
        raise _unknown(what, word, held)
    return held[word]


def _say_prevalence(result: Prevalence, term: str, population: str) -> str:
    rows = [row for row in result.rows if row.term == term]
    if not rows:
        raise _unknown("code of this result", term, result.terms)
    if population:
        rows = [row for row in rows if row.population == population]
    if len(rows) != 1:
        held = ", ".join(row.population for row in result.rows if row.term == term)
        msg = f"'{term}' is counted in several populations; choose one: {held}."
        raise UsageError(msg)
    return prevalence_words(rows[0])


def prevalence_words(row: PrevalenceRow) -> str:
    """Word one code: present of applicable, undocumented, bounds."""
    if row.n_units == 0:
        return f"0 of 0 (it applies to none of {row.n_not_applicable})"
    share = bounds_words(row)
    if row.n_undocumented:
        tail = f"; bounds {share}"
    else:
        tail = f"; {share}" if row.n_units >= MIN_FOR_PERCENT else ""
    return f"{row.n_present} of {row.n_units} (undocumented {row.n_undocumented}{tail})"


def _say_distribution(result: Distribution, term: str, level: str) -> str:
    if term not in result.variables:
        raise _unknown("variable of this result", term, result.variables)
    found = _find({row.level: row for row in result.levels if row.variable == term}, level, "level")
    words = f"{found.n} of {found.n_documented}"
    share = f"{percent(found.n / found.n_documented)}; " if _large(found.n_documented) else ""
    return f"{words} ({share}not recorded {found.n_undocumented})"


def _large(n: int) -> bool:
    return n >= MIN_FOR_PERCENT


def _say_summary(result: Summary, term: str, level: str) -> str:
    row = _find({row.variable: row for row in result.rows}, term, "variable of this result")
    numbers = {
        "mean": row.mean,
        "minimum": row.minimum,
        "maximum": row.maximum,
        "total": row.total,
    }
    if level:
        return number_words(_find(numbers, level, "statistic"))
    return (
        f"mean {number_words(row.mean)} {row.scale}, from {number_words(row.minimum)} to "
        f"{number_words(row.maximum)} (recorded for {row.n_documented} of {row.n_units})"
    )


def _say_sizes(result: Sizes, term: str, level: str) -> str:
    group = _find({g.variable: g for g in result.groups}, term, "variable of this result")
    two, members = group.in_two_largest, group.n_members
    if two is None and level in ("largest", "two_largest"):
        return "not available (sizes of single groups are withheld)"
    two = two or 0
    share = f" ({percent(two / members)})" if _large(members) else ""
    words = {
        "": f"{members} in {group.n_groups}",
        "largest": str(group.sizes[0]) if group.sizes else "0",
        "two_largest": f"{two} of {members}{share}",
        "effective": number_words(group.effective_groups),
    }
    return _find(words, level, "statistic")


def _say_depth(result: Documentation, term: str) -> str:
    link = _find({link.scope: link for link in result.depth}, term, "scope")
    if link.rho is None:
        return f"not available ({link.why})"
    return f"{link.rho:.2f} (n = {link.n})"
