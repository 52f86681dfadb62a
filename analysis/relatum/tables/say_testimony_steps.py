"""Sentences about steps back from a report: every number is read from a result."""

from __future__ import annotations

from collections.abc import Mapping

from relatum.release import Released
from relatum.release.absent import withheld
from relatum.results.base import Unavailable
from relatum.results.retraction import AfterRow, Retraction
from relatum.tables.escape_words import between_words
from relatum.tables.estimates import span_words
from relatum.tables.pair_words import choose_word
from relatum.tables.reporting_words import (
    CURVE_WORDS,
    bounds_of,
    curve_words,
    said_estimate,
    women_words,
)
from relatum.tables.told import missing_words, told_result
from relatum.tables.wording import NOTHING, count_words, percent, plural

__all__ = ["say_after", "say_joint", "say_retraction", "say_retraction_variants"]


def say_retraction(
    results: Mapping[str, Released], name: str, *, curve: str = "any", day: float | None = None
) -> str:
    """Word the cumulative incidence of a step back after a report.

    Parameters
    ----------
    results : mapping of str to Released
        By name.
    name : str
        A `Retraction`.
    curve : str
        ``any``, a kind such as ``facts_recanted``, or ``closed`` or ``death``. Support that was
        withdrawn with the facts upheld and facts that were recanted are different kinds.
    day : float, optional
        A horizon of the plan; the last one by default.

    Returns
    -------
    str
        For example ``7 to 8 of 31 women with a report have a step back of any kind on record
        within 180 days of it (followed for less: 9; estimate 26% to 29%, 95% limits 11% to
        52%)``.

    Raises
    ------
    UsageError
        If there is no such result, curve or horizon.
    """
    found = told_result(results, name, Retraction)
    if isinstance(found, Unavailable):
        return missing_words(found)
    curves = dict.fromkeys((*CURVE_WORDS, *(row.curve for row in found.horizons)))
    choose_word(curve, curves, what="curve of this result")
    if curve not in {row.curve for row in found.horizons}:
        why = withheld(results[name]) or f"{curve_words(curve, curve)} is not on record"
        return f"not available ({why})"
    held = {f"{row.day:g}": row for row in found.horizons if row.curve == curve}
    last = max(held, key=float)
    row = held[last if day is None else choose_word(f"{day:g}", held, what="horizon in days")]
    have = "has" if row.n_women == 1 else "have"
    estimate = said_estimate(row, level=found.conf_level, min_at_risk=found.min_at_risk)
    return (
        f"{between_words(row.n_events_low, row.n_events_high)} of {women_words(row.n_women)} with "
        f"a report {have} {curve_words(row.curve, row.label)} on record within {row.day:g} days "
        f"of it (followed for less: {row.n_undetermined:,}; {estimate})"
    )


def say_joint(results: Mapping[str, Released], name: str) -> str:
    """Word the share of women who reported and stepped back, of all with a contact.

    Parameters
    ----------
    results, name
        See `say_retraction`.

    Returns
    -------
    str
        For example ``8 of 53 (15%) women with a contact are known to have reported and stepped
        back within 180 days of first contact (not known: 9; bounds 15% to 32%; estimate 17% to
        18%, 95% limits 7% to 34%)``.
    """
    found = told_result(results, name, Retraction)
    if isinstance(found, Unavailable):
        return missing_words(found)
    row = found.joint
    if isinstance(row, Unavailable):
        return missing_words(row)
    bounds = bounds_of(row.n_joint, row.n_undetermined, row.n_women, row.bound_low, row.bound_high)
    estimate = said_estimate(row, level=found.conf_level, min_at_risk=found.min_at_risk)
    return (
        f"{count_words(row.n_joint, row.n_women)} women with a contact are known to have reported "
        f"and stepped back within {row.day:g} days of first contact (not known: "
        f"{row.n_undetermined:,}; bounds {bounds}; {estimate})"
    )


def say_after(results: Mapping[str, Released], name: str, *, variable: str, level: str) -> str:
    """Word what was recorded with or after steps back.

    Parameters
    ----------
    results, name
        See `say_retraction`.
    variable, level : str
        Such as ``retraction_reason`` and ``love``.

    Returns
    -------
    str
        For example ``4 of 9 steps back (not documented 2; bounds 4 to 6 of 11)``.

    Raises
    ------
    UsageError
        If there is no such result, variable or level.
    """
    found = told_result(results, name, Retraction)
    if isinstance(found, Unavailable):
        return missing_words(found)
    choose_word(variable, dict.fromkeys(r.variable for r in found.after), what="variable")
    held: dict[str, AfterRow] = {r.level: r for r in found.after if r.variable == variable}
    row = held[choose_word(level, held, what=f"level of {variable}")]
    total = row.n_documented + row.n_undocumented
    if row.n_documented == 0:
        return f"not available (documented for none of {plural(total, 'step')} back)"
    bounds = bounds_of(row.n, row.n_undocumented, total, row.lower, row.upper)
    return (
        f"{count_words(row.n, row.n_documented)} steps back (not documented "
        f"{row.n_undocumented:,}; bounds {bounds})"
    )


def say_retraction_variants(results: Mapping[str, Released], name: str, *, family: str) -> str:
    """Word the range of the incidence over a family of other choices.

    Parameters
    ----------
    results, name
        See `say_retraction`.
    family : {"sensitivity", "secondary", "naive"}

    Returns
    -------
    str
        For example ``18% to 41% over 5 analyses (the primary: 26% to 29%)``.

    Raises
    ------
    UsageError
        If there is no such result or family.
    """
    choose_word(family, ("sensitivity", "secondary", "naive"), what="family of analyses")
    found = told_result(results, name, Retraction)
    if isinstance(found, Unavailable):
        return missing_words(found)
    rows = [row for row in found.variants if row.family == family]
    shares = [row.estimate for row in rows if row.estimate is not None]
    if not shares:
        return "not available (no such analysis gives a share)"
    noun = "analysis" if len(rows) == 1 else "analyses"
    n = f"{len(shares)}" if len(shares) == len(rows) else f"{len(shares)} of {len(rows)}"
    span = span_words(min(shares), max(shares))
    return f"{span} over {n} {noun} (the primary: {_primary(found)})"


def _primary(found: Retraction) -> str:
    last = max((row.day for row in found.horizons if row.curve == "any"), default=None)
    row = None if last is None else found.at(last)
    held = [] if row is None else [s for s in (row.earliest, row.latest) if s is not None]
    if not held:
        return NOTHING
    return percent(held[0]) if len(held) == 1 else span_words(min(held), max(held))
