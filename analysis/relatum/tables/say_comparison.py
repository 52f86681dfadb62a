"""Sentences about two samples side by side: every number is read from a result."""

from __future__ import annotations

from collections.abc import Mapping

from relatum.release import Released
from relatum.results.base import Unavailable
from relatum.results.comparison import ASSAY_WORDS, ComparedRow, ComparedSample, Comparison
from relatum.tables.comparison_words import (
    chosen_rows,
    contrast_words,
    decisive,
    ids_of,
    margin_words,
    named,
    names_of,
    side_words,
    silence_decides,
    value_words,
    verdict_words,
)
from relatum.tables.escape_words import between_words
from relatum.tables.pair_words import choose_word, lower_first, p_phrase
from relatum.tables.reporting_words import level_words
from relatum.tables.told import missing_words, told_result
from relatum.tables.wording import plural

__all__ = [
    "say_assay",
    "say_compared_samples",
    "say_differing",
    "say_margins",
    "say_not_told",
    "say_parallel",
    "say_parallel_row",
]

_GLOBAL = {
    "equivalent": "The parallel as a whole is shown",
    "different": "Both samples are shown to differ, so the parallel as a whole does not hold",
    "not_shown": "The parallel as a whole is not shown",
}


def say_parallel(results: Mapping[str, Released], name: str) -> str:
    """Word the global verdict with its reason, and how many rows got which verdict.

    Parameters
    ----------
    results : mapping of str to Released
        By name.
    name : str
        A `Comparison`.

    Returns
    -------
    str
        For example ``The parallel as a whole is not shown. The reason: not shown in 29 rows (P02,
        ...). Of 29 primary rows 0 count as equivalent after Holm's correction, 0 are shown
        different, 27 are not shown and 2 are not available``.

    Raises
    ------
    UsageError
        If there is no such result.
    """
    found = told_result(results, name, Comparison)
    if isinstance(found, Unavailable):
        return missing_words(found)
    p = "" if found.global_p is None else f"; largest {p_phrase(found.global_p)}"
    counts = (
        f"Of {plural(found.n_primary, 'primary row')} {found.n_equivalent:,} count as equivalent "
        f"after Holm's correction, {found.n_different:,} are shown different, "
        f"{found.n_not_shown:,} are not shown and {found.n_unavailable:,} are not available"
    )
    why = lower_first(found.global_why.rstrip("."))
    return f"{_GLOBAL[found.global_verdict]}. The reason: {why}{p}. {counts}"


def say_assay(results: Mapping[str, Released], name: str) -> str:
    """Word whether the contrast rows show that the instrument finds differences.

    Parameters
    ----------
    results, name
        See `say_parallel`.

    Returns
    -------
    str
        For example ``3 of 4 contrast rows show the difference that was expected. The same
        instrument found every expected difference that could be computed``.
    """
    found = told_result(results, name, Comparison)
    if isinstance(found, Unavailable):
        return missing_words(found)
    known = [row for row in found.contrasts if row.verdict != "unavailable"]
    missing = [row for row in found.contrasts if row not in known]
    if not known:
        return ASSAY_WORDS[found.assay].rstrip(".")
    detected = sum(row.verdict == "detected" for row in known)
    total = plural(len(known), "contrast row")
    shown = f"{detected:,} of {total} {'shows' if detected == 1 else 'show'}"
    unknown = f" (not computed, or without a margin: {ids_of(missing)})" if missing else ""
    words = ASSAY_WORDS[found.assay].rstrip(".")
    return f"{shown} the difference that was expected{unknown}. {words}"


def say_differing(results: Mapping[str, Released], name: str) -> str:
    """List the tested rows that are shown different, with both crossed codings.

    Parameters
    ----------
    results, name
        See `say_parallel`.

    Returns
    -------
    str
        For example ``2 tested rows are shown different: P07 Isolation (+0.31 and +0.36); ...``, or
        that none is.
    """
    found = told_result(results, name, Comparison)
    if isinstance(found, Unavailable):
        return missing_words(found)
    held = [row for row in chosen_rows(found, "tested") if row.verdict == "different"]
    if not held:
        return "No tested row is shown different, which does not make any of them alike"
    verb = "is" if len(held) == 1 else "are"
    listed = "; ".join(f"{named(row.id, row.characteristic)} ({_estimates(row)})" for row in held)
    return f"{plural(len(held), 'tested row')} {verb} shown different: {listed}"


def _codings(row: ComparedRow) -> str:
    words = [
        contrast_words(decisive(row, coding), row.scale) for coding in ("low_high", "high_low")
    ]
    return words[0] if words[0] == words[1] else " and ".join(words)


def _estimates(row: ComparedRow) -> str:
    held = [decisive(row, coding) for coding in ("low_high", "high_low")]
    words = [value_words(found.estimate, row.scale) for found in held if found is not None]
    return " and ".join(dict.fromkeys(words))


def say_not_told(results: Mapping[str, Released], name: str) -> str:
    """Word which rows cannot be told, and how many investigations it would take.

    Parameters
    ----------
    results, name
        See `say_parallel`.

    Returns
    -------
    str
        For example ``In 18 rows silence decides, so no number of investigations could tell, only
        better documentation (P04, P07 and 16 more). In 2 rows more investigations could tell: 21 to
        57 in each sample for 80% power of a row alone, before Holm's correction, if everything were
        documented (P02 ...)``.
    """
    found = told_result(results, name, Comparison)
    if isinstance(found, Unavailable):
        return missing_words(found)
    open_rows = [row for row in chosen_rows(found, "tested") if row.verdict == "not_shown"]
    silent = [row for row in open_rows if silence_decides(row)]
    planned = [row for row in open_rows if row not in silent and row.cases_needed is not None]
    others = [row for row in open_rows if row not in silent and row not in planned]
    parts = []
    if silent:
        parts.append(
            f"in {plural(len(silent), 'row')} silence decides, so no number of "
            f"investigations could tell, only better documentation ({ids_of(silent)})"
        )
    if planned:
        needed = [row.cases_needed for row in planned if row.cases_needed is not None]
        parts.append(
            f"in {plural(len(planned), 'row')} more investigations could tell: "
            f"{between_words(min(needed), max(needed))} in each sample for 80% power of a "
            "row alone, before Holm's correction, if everything were documented "
            f"({names_of(planned, most=4)})"
        )
    if others:
        parts.append(
            f"for {plural(len(others), 'other row')} no number is planned ({ids_of(others)})"
        )
    return (
        ". ".join(f"{part[:1].upper()}{part[1:]}" for part in parts) or "Every tested row is told"
    )


def say_parallel_row(results: Mapping[str, Released], name: str, *, row: str) -> str:
    """Word one row of the matrix: counts of both samples, differences, margin and verdict.

    Parameters
    ----------
    results, name
        See `say_parallel`.
    row : str
        Its number in the matrix, such as ``P07``.

    Raises
    ------
    UsageError
        If there is no such row; the message lists what there is.
    """
    found = told_result(results, name, Comparison)
    if isinstance(found, Unavailable):
        return missing_words(found)
    choose_word(row, [held.id for held in found.rows], what="row of the matrix")
    held = found.row(row)
    label = lower_first(held.characteristic)
    if held.trafficking is None or held.domestic_violence is None:
        return f"{label}: {lower_first(verdict_words(held.verdict, held.kind))} ({held.why})"
    sides = (
        f"trafficking {side_words(held.trafficking, held.kind)}; domestic violence "
        f"{side_words(held.domestic_violence, held.kind)}"
    )
    if not held.contrasts:
        return f"{label}: {sides}; {lower_first(verdict_words(held.verdict, held.kind))}"
    level = level_words(1 - 2 * found.level)
    margin = margin_words(held.margin_low, held.margin_high, held.scale)
    return (
        f"{label}: {sides}; compared {_codings(held)}, with {level}; margin {margin}; "
        f"{lower_first(verdict_words(held.verdict, held.kind))}"
    )


def say_compared_samples(results: Mapping[str, Released], name: str) -> str:
    """Word the sizes of both samples.

    Parameters
    ----------
    results, name
        See `say_parallel`.

    Returns
    -------
    str
        For example ``73 relationships in 12 investigations of trafficking, 26 of them in the
        largest, and 27 relationships in 12 investigations of domestic violence, 5 of them in the
        largest``.
    """
    found = told_result(results, name, Comparison)
    if isinstance(found, Unavailable):
        return missing_words(found)
    if len(found.samples) < 2:
        return "not available (the size of a sample, or of its largest investigation, is withheld)"
    return " and ".join(_sizes(sample) for sample in found.samples)


def _sizes(sample: ComparedSample) -> str:
    return (
        f"{plural(sample.n_relationships, 'relationship')} in "
        f"{plural(sample.n_cases, 'investigation')} of {sample.side.replace('_', ' ')} "
        f"({sample.largest_case:,} in the largest)"
    )


def say_margins(results: Mapping[str, Released], name: str) -> str:
    """Word whether the margins were declared before fitting, with their hash.

    Parameters
    ----------
    results, name
        See `say_parallel`.

    Returns
    -------
    str
        The note on changed margins where there is one.
    """
    found = told_result(results, name, Comparison)
    if isinstance(found, Unavailable):
        return missing_words(found)
    changed = [note.text for note in found.notes if note.code == "margins_changed"]
    words = f"The margins of the plan have the SHA-256 {found.margins_hash[:12]}"
    if changed:
        return f"{words}. {changed[0].rstrip('.')}"
    return f"{words}; no other margins are on record for these two samples"
