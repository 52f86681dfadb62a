"""Estimates inside sentences: one form of words per target, so that no sentence mixes two."""

from __future__ import annotations

from collections.abc import Mapping

from relatum.errors import UsageError
from relatum.release import Released
from relatum.results.base import Unavailable
from relatum.results.estimates import EstimateRow
from relatum.results.words import UNIT_PLURALS
from relatum.tables.estimates import Target, choose_rows, span_words
from relatum.tables.say import prevalence_words

__all__ = ["say_case_average", "say_finite", "say_unit_weighted"]


def say_finite(results: Mapping[str, Released], name: str, *, term: str) -> str:
    """Word the count among the units at hand: no sampling error belongs to it.

    Parameters
    ----------
    results : mapping of str to Released
        By name.
    name : str
        A `PrevalenceEstimates`.
    term : str
        The code.
    """
    row = _one(results, name, term)
    unit = UNIT_PLURALS.get(row.counted.unit, row.counted.unit)
    return f"{prevalence_words(row.counted)} among these {unit}"


def say_unit_weighted(results: Mapping[str, Released], name: str, *, term: str) -> str:
    """Word the share of a random unit of investigations of this kind.

    Parameters
    ----------
    results, name, term
        See `say_finite`.
    """
    row = _one(results, name, term)
    unit = row.counted.unit
    return _say_target(row.unit_weighted, f"for a random {unit} of such investigations")


def say_case_average(results: Mapping[str, Released], name: str, *, term: str) -> str:
    """Word the share of a random investigation of this kind.

    Parameters
    ----------
    results, name, term
        See `say_finite`.
    """
    row = _one(results, name, term)
    return _say_target(row.case_average, "on average over such investigations")


def _one(results: Mapping[str, Released], name: str, term: str) -> EstimateRow:
    if name not in results:
        msg = f"There is no result '{name}'. There are: {', '.join(results)}."
        raise UsageError(msg)
    _, kept = choose_rows(results[name], [term], ())
    if len(kept) != 1:
        held = ", ".join(row.counted.population for row in kept)
        msg = f"'{term}' is estimated in several populations: {held}; tabulate it."
        raise UsageError(msg)
    return kept[0]


def _say_target(target: Target, words: str) -> str:
    if isinstance(target, Unavailable):
        return f"not available {words} ({target.why})"
    both = span_words(target.lower_coding.estimate, target.upper_coding.estimate)
    limits = span_words(target.conf_low, target.conf_high)
    return f"{both} {words} ({target.conf_level:.0%} limits {limits})"
