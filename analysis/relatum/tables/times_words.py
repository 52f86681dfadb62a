"""How times, ratios and shares without an event are written."""

from __future__ import annotations

from collections.abc import Sequence

from relatum.results.familiar_times import FamiliarTimes, GroupTimes, ModelTerm, TimeModel, TimeStep
from relatum.tables.pair_words import decimal_words, signed_words
from relatum.tables.wording import NOTHING, count_words, percent

__all__ = [
    "MODEL_NOTES",
    "SCALES",
    "at_time",
    "cluster_words",
    "difference_words",
    "group_label",
    "known_at",
    "level_words",
    "mean_words",
    "median_words",
    "mentioned",
    "model_heading",
    "number_or_nothing",
    "ratio_number",
    "share_words",
    "span_words",
    "term_words",
    "time_digits",
    "used_words",
]

#: What the ratios of a model are, in words.
SCALES = {
    "hazard_ratio": "hazard ratio",
    "subdistribution_hazard_ratio": "subdistribution hazard ratio",
    "time_ratio": "time ratio",
}
#: Codes of the notes that stand under tables of models.
MODEL_NOTES = ("scales",)
_MOST = 1000.0


def level_words(found: FamiliarTimes) -> str:
    """Write the level of the limits, as in ``95% limits``."""
    return f"{100 * found.conf_level:g}% limits"


def time_digits(horizon: float) -> int:
    """Return the digits with which times up to a horizon are written.

    Examples
    --------
    >>> time_digits(52.0), time_digits(6.0)
    (1, 2)
    """
    return 1 if horizon >= 20 else 2


def ratio_number(value: float | None) -> str:
    """Write one ratio with two digits after the point.

    Examples
    --------
    >>> ratio_number(0.6844), ratio_number(1.0954), ratio_number(12.43), ratio_number(0.002)
    ('0.68', '1.10', '12.4', '<0.01')
    >>> ratio_number(3e7), ratio_number(None)
    ('>1,000', 'no limit')
    """
    if value is None:
        return "no limit"
    if value < 0.005:
        return "<0.01"
    if value > _MOST:
        return f">{_MOST:,.0f}"
    return f"{value:.2f}" if value < 9.995 else f"{value:,.1f}"


def term_words(term: ModelTerm) -> str:
    """Write a ratio with its limits; a limit that is not reached is said in words.

    Examples
    --------
    >>> def term(ratio, low, high):
    ...     return ModelTerm(term="a", label="A", ratio=ratio, conf_low=low, conf_high=high,
    ...                      std_error=0.2, p_value=0.1)
    >>> term_words(term(0.684, 0.47, 0.996)), term_words(term(3.1, 1.2, None))
    ('0.68 (0.47 to 1.00)', '3.10 (above 1.20)')
    >>> term_words(term(0.4, 0.0, 2.2))
    '0.40 (below 2.20)'
    """
    return f"{ratio_number(term.ratio)} ({span_words(term)})"


def span_words(term: ModelTerm) -> str:
    """Write the limits of a ratio.

    Parameters
    ----------
    term : ModelTerm
    """
    low, high = ratio_number(term.conf_low), ratio_number(term.conf_high)
    if term.conf_high is None:
        return "no limits" if term.conf_low <= 0 else f"above {low.lstrip('<>')}"
    return f"below {high.lstrip('<>')}" if term.conf_low <= 0 else f"{low} to {high}"


def median_words(group: GroupTimes, *, digits: int = 1, thinned: bool = False) -> str:
    """Write a median time with its limits; what the curve does not reach is said.

    Parameters
    ----------
    group : GroupTimes
    digits : int
        After the point.
    thinned : bool
        Whether steps of the curve, and so the times at some of them, may be withheld.
    """
    low, high = group.median_low, group.median_high
    open_end = "not reached, or withheld" if thinned else "not reached"
    if group.median is None:
        return open_end if low is None else f"{open_end} (above {low:,.{digits}f})"
    ends = [NOTHING if low is None else f"{low:,.{digits}f}"]
    ends.append(open_end if high is None else f"{high:,.{digits}f}")
    words = f"{group.median:,.{digits}f}"
    return words if low is None and high is None else f"{words} ({' to '.join(ends)})"


def mean_words(group: GroupTimes, *, digits: int = 1) -> str:
    """Write a restricted mean with its limits; a dash where follow-up is shorter.

    Parameters
    ----------
    group : GroupTimes
    digits : int
        After the point.
    """
    if group.restricted_mean is None:
        return NOTHING
    words = f"{group.restricted_mean:,.{digits}f}"
    low, high = group.restricted_low, group.restricted_high
    if low is None or high is None:
        return words
    return f"{words} ({low:,.{digits}f} to {high:,.{digits}f})"


def difference_words(difference: float, low: float, high: float, *, digits: int = 1) -> str:
    """Write a difference of two times with its limits and signs.

    Examples
    --------
    >>> difference_words(2.304, -0.02, 4.6), difference_words(-1.5, -3.25, 0.25, digits=2)
    ('+2.3 (0.0 to +4.6)', '−1.50 (−3.25 to +0.25)')
    """
    words, first, last = (signed_words(v, digits=digits) for v in (difference, low, high))
    return f"{words} ({first} to {last})"


def share_words(step: TimeStep | None, *, start: float) -> str:
    """Write the share at a time with its limits; `start` is the share before the first step."""
    if step is None:
        return percent(start)
    words = percent(step.estimate)
    if step.conf_low is None or step.conf_high is None:
        return words
    return f"{words} ({percent(step.conf_low)} to {percent(step.conf_high)})"


def at_time(steps: Sequence[TimeStep], time: float) -> TimeStep | None:
    """Return the last step up to a time; None before the first.

    Examples
    --------
    >>> def step(time):
    ...     return TimeStep(time=time, estimate=0.9, conf_low=None, conf_high=None, n_at_risk=9)
    >>> at_time((step(5.0), step(2.0), step(8.0)), 7.0).time, at_time((step(2.0),), 1.0)
    (5.0, None)
    """
    held = [step for step in steps if step.time <= time]
    return max(held, key=lambda step: step.time) if held else None


def known_at(found: FamiliarTimes, steps: Sequence[TimeStep], time: float) -> bool:
    """Tell whether the height of a curve at a time is known: not between steps that are withheld.

    Parameters
    ----------
    found : FamiliarTimes
    steps : sequence of TimeStep
    time : float
    """
    return not found.thinned or any(step.time == time for step in steps)


def group_label(found: FamiliarTimes, name: str) -> str:
    """Return the words for a group; the name itself where the result has no such group."""
    return next((group.label for group in found.groups if group.group == name), name)


def cluster_words(n_clusters: int | None) -> str:
    """Say what the errors of a model take as independent.

    Examples
    --------
    >>> cluster_words(12), cluster_words(None)
    ('errors by 12 clusters', 'rows as independent')
    """
    return "rows as independent" if not n_clusters else f"errors by {n_clusters:,} clusters"


def model_heading(found: FamiliarTimes, model: TimeModel) -> str:
    """Head the block of a model: its name, its scale, its events and its clusters."""
    scale = SCALES.get(model.scale, model.scale.replace("_", " "))
    counts = f"{count_words(model.n_events, model.n_records)} {found.record}"
    return f"{model.label}: {scale}; {counts}; {cluster_words(model.n_clusters)}"


def mentioned(found: FamiliarTimes) -> tuple[str, ...]:
    """Return whose the data are, as a footnote; nothing for a sample of one's own."""
    return (f"Source of the data: {found.attribution}",) if found.attribution else ()


def used_words(found: FamiliarTimes) -> str:
    """Say what is counted, and from when."""
    return (
        f"{count_words(found.n_events, found.n_records)} {found.record} have the event "
        f"({found.event}); time counts since {found.origin}."
    )


def number_or_nothing(value: float | None, *, digits: int) -> str:
    """Write a number, or a dash.

    Examples
    --------
    >>> number_or_nothing(0.2514, digits=2), number_or_nothing(None, digits=2)
    ('0.25', '–')
    """
    return NOTHING if value is None else decimal_words(value, digits=digits)
