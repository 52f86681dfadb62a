"""Sentences about times to an event: every number is read from a result."""

from __future__ import annotations

from collections.abc import Mapping

from relatum.errors import UsageError
from relatum.release import Released
from relatum.release.content import content
from relatum.results.base import Unavailable
from relatum.results.familiar_times import FamiliarTimes, GroupTimes, MeanContrast, TimeModel
from relatum.tables.pair_words import choose_word, lower_first, p_phrase, signed_words
from relatum.tables.times_words import (
    SCALES,
    at_time,
    group_label,
    known_at,
    level_words,
    median_words,
    ratio_number,
    span_words,
    time_digits,
)
from relatum.tables.told import missing_words
from relatum.tables.wording import count_words, percent

__all__ = [
    "say_hazard_ratio",
    "say_median_time",
    "say_restricted_difference",
    "say_restricted_mean",
    "say_share_without",
    "say_time_events",
    "say_time_ratio",
    "say_time_source",
    "say_time_test",
]

_HAZARDS = ("hazard_ratio", "subdistribution_hazard_ratio")


def _found(results: Mapping[str, Released], name: str) -> FamiliarTimes | Unavailable:
    released = results[choose_word(name, results, what="result")]
    if isinstance(released, Released) and isinstance(released.result, Unavailable):
        return released.result
    return content(released, FamiliarTimes)


def _group(found: FamiliarTimes, group: str) -> GroupTimes:
    held = {one.group: one for one in found.groups}
    return held[choose_word(group, held, what="group of this result")]


def say_time_source(results: Mapping[str, Released], name: str) -> str:
    """Say whose the data are.

    Parameters
    ----------
    results : mapping of str to Released
        By name.
    name : str
        A `FamiliarTimes`.

    Returns
    -------
    str
        The attribution of open data; for a sample, its name.
    """
    found = _found(results, name)
    if isinstance(found, Unavailable):
        return missing_words(found)
    return found.attribution or f"sample '{found.provenance.sample_name}'"


def say_time_events(results: Mapping[str, Released], name: str, *, group: str = "") -> str:
    """Word how many have the event, and the time at risk.

    Parameters
    ----------
    results, name
        See `say_time_source`.
    group : str, optional
        One group; all records by default.

    Returns
    -------
    str
        For example ``48 of 216 (22%), in 10,129 weeks at risk``.

    Raises
    ------
    UsageError
        If there is no such result or group.
    """
    found = _found(results, name)
    if isinstance(found, Unavailable):
        return missing_words(found)
    counted: FamiliarTimes | GroupTimes = _group(found, group) if group else found
    groups = (_group(found, group),) if group else found.groups
    time = sum(one.time_at_risk for one in groups)
    words = count_words(counted.n_events, counted.n_records)
    return f"{words}, in {time:,.0f} {found.time_unit} at risk"


def say_share_without(
    results: Mapping[str, Released], name: str, *, group: str, time: float | None = None
) -> str:
    """Word the share of a group without the event at a time.

    Parameters
    ----------
    results, name
        See `say_time_source`.
    group : str
    time : float, optional
        In the unit of the result; the horizon by default.

    Returns
    -------
    str
        For example ``78% by 52 weeks (95% limits 72% to 83%)``.

    Raises
    ------
    UsageError
        If there is no such result or group.
    """
    found = _found(results, name)
    if isinstance(found, Unavailable):
        return missing_words(found)
    when = found.horizon if time is None else time
    held = _group(found, group)
    step = at_time(held.steps, when)
    last = f"by {when:g} {found.time_unit}"
    if _few(found, held, when):
        return f"not available {last} (fewer than {found.min_at_risk} are at risk)"
    if not known_at(found, held.steps, when):
        return f"not available {last} (the share at that time is withheld)"
    share = 1.0 if step is None else step.estimate
    if step is None or step.conf_low is None or step.conf_high is None:
        return f"{percent(share)} {last}"
    limits = f"{level_words(found)} {percent(step.conf_low)} to {percent(step.conf_high)}"
    return f"{percent(share)} {last} ({limits})"


def _few(found: FamiliarTimes, group: GroupTimes, when: float) -> bool:
    few = [mark.time for mark in group.at_risk if not mark.enough]
    few += [step.time for step in group.steps if step.n_at_risk < found.min_at_risk]
    return when >= min((time for time in few if time >= found.start), default=float("inf"))


def say_median_time(results: Mapping[str, Released], name: str, *, group: str) -> str:
    """Word the median time without the event of a group.

    Parameters
    ----------
    results, name, group
        See `say_share_without`.

    Returns
    -------
    str
        For example ``not reached`` or ``31.0 (24.0 to not reached) weeks``.
    """
    found = _found(results, name)
    if isinstance(found, Unavailable):
        return missing_words(found)
    held = _group(found, group)
    words = median_words(held, digits=time_digits(found.horizon), thinned=found.thinned)
    return words if held.median is None else f"{words} {found.time_unit}"


def say_restricted_mean(results: Mapping[str, Released], name: str, *, group: str) -> str:
    """Word the mean time without the event up to the horizon.

    Parameters
    ----------
    results, name, group
        See `say_share_without`.

    Returns
    -------
    str
        For example ``47.2 of 52 weeks (95% limits 45.6 to 48.8)``.
    """
    found = _found(results, name)
    if isinstance(found, Unavailable):
        return missing_words(found)
    held, digits = _group(found, group), time_digits(found.horizon)
    if held.restricted_mean is None:
        return f"not available (follow-up ends before {found.horizon:g} {found.time_unit})"
    words = f"{held.restricted_mean:,.{digits}f} of {found.horizon:g} {found.time_unit}"
    low, high = held.restricted_low, held.restricted_high
    if low is None or high is None:
        return words
    return f"{words} ({level_words(found)} {low:,.{digits}f} to {high:,.{digits}f})"


def say_restricted_difference(
    results: Mapping[str, Released], name: str, *, first: str = "", second: str = ""
) -> str:
    """Word the difference of two groups in restricted mean time.

    Parameters
    ----------
    results, name
        See `say_time_source`.
    first, second : str, optional
        The difference is second minus first; the only contrast by default.

    Returns
    -------
    str
        For example ``+2.3 weeks up to 52 weeks (financial aid minus no financial aid; 95% limits
        +0.1 to +4.5; p = 0.04)``.

    Raises
    ------
    UsageError
        If there is no such result or contrast.
    """
    found = _found(results, name)
    if isinstance(found, Unavailable):
        return missing_words(found)
    contrast = _contrast(found, first, second)
    if contrast is None:
        return "not available (no two groups are compared)"
    digits = time_digits(contrast.horizon)
    difference, low, high = (
        signed_words(value, digits=digits)
        for value in (contrast.difference, contrast.conf_low, contrast.conf_high)
    )
    second, first = (
        lower_first(group_label(found, who)) for who in (contrast.second, contrast.first)
    )
    return (
        f"{difference} {found.time_unit} up to {contrast.horizon:g} {found.time_unit} "
        f"({second} minus {first}; {level_words(found)} {low} to {high}; "
        f"{p_phrase(contrast.p_value)})"
    )


def _contrast(found: FamiliarTimes, first: str, second: str) -> MeanContrast | None:
    if not found.contrasts:
        return None
    held = {f"{one.second} minus {one.first}": one for one in found.contrasts}
    if not first and not second:
        if len(held) > 1:
            msg = f"Choose one contrast with first and second; there are: {', '.join(held)}."
            raise UsageError(msg)
        return found.contrasts[0]
    return held[choose_word(f"{second} minus {first}", held, what="contrast of this result")]


def say_time_test(results: Mapping[str, Released], name: str, *, test: str) -> str:
    """Word a test.

    Parameters
    ----------
    results, name
        See `say_time_source`.
    test : str
        Such as ``log_rank`` or ``proportional_hazards``.

    Returns
    -------
    str
        For example ``chi-squared 3.84 on 1 degree of freedom, p = 0.05``.
    """
    found = _found(results, name)
    if isinstance(found, Unavailable):
        return missing_words(found)
    held = {one.test: one for one in found.tests}
    one = held[choose_word(test, held, what="test of this result")]
    freedom = "degree" if one.df == 1 else "degrees"
    return (
        f"chi-squared {one.statistic:.2f} on {one.df:,} {freedom} of freedom, "
        f"{p_phrase(one.p_value)}"
    )


def say_hazard_ratio(
    results: Mapping[str, Released], name: str, *, term: str, model: str = "cox", cause: str = ""
) -> str:
    """Word one hazard ratio, or subdistribution hazard ratio.

    Parameters
    ----------
    results, name
        See `say_time_source`.
    term : str
        The coefficient.
    model : str
        The model, such as ``cox`` or ``cox_firth``.
    cause : str, optional
        Where the model is fitted for several causes; the first one by default.

    Returns
    -------
    str
        For example ``hazard ratio 0.68 (95% limits 0.47 to 1.00), p = 0.049``.

    Raises
    ------
    UsageError
        If there is no such result, model or term, or the model has no hazard ratios.
    """
    return _say_ratio(results, name, model=model, term=term, scales=_HAZARDS, cause=cause)


def say_time_ratio(
    results: Mapping[str, Released], name: str, *, term: str, model: str = "weibull"
) -> str:
    """Word one time ratio: above 1, the event comes later.

    Parameters
    ----------
    results, name, term, model
        See `say_hazard_ratio`.

    Returns
    -------
    str
        For example ``time ratio 1.31 (95% limits 1.00 to 1.72), p = 0.049``.
    """
    return _say_ratio(results, name, model=model, term=term, scales=("time_ratio",))


def _say_ratio(
    results: Mapping[str, Released],
    name: str,
    *,
    model: str,
    term: str,
    scales: tuple[str, ...],
    cause: str = "",
) -> str:
    found = _found(results, name)
    if isinstance(found, Unavailable):
        return missing_words(found)
    fitted: dict[str, TimeModel] = {}
    for one in found.models:
        if one.scale in scales and (not cause or one.cause == cause):
            fitted.setdefault(one.model, one)
    what = f"model with a {SCALES[scales[0]]} in this result"
    chosen = fitted[choose_word(model, fitted, what=what)]
    terms = {held.term: held for held in chosen.terms}
    row = terms[choose_word(term, terms, what=f"term of {model}")]
    limits = f"{level_words(found)} {span_words(row)}"
    return f"{SCALES[chosen.scale]} {ratio_number(row.ratio)} ({limits}), {p_phrase(row.p_value)}"
