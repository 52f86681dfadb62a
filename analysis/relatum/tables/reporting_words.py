"""How counts, bounds and estimates about contacts, reports and steps back are written."""

from __future__ import annotations

from relatum.results.reporting import StateShare
from relatum.results.retraction import JointShare, RetractionHorizon
from relatum.tables.escape_words import between_words
from relatum.tables.estimates import span_words
from relatum.tables.pair_words import limits_words, lower_first
from relatum.tables.wording import MIN_FOR_PERCENT, NOTHING, percent

__all__ = [
    "BOTH_DATES",
    "CURVE_WORDS",
    "SILENCE",
    "SILENCE_WORDS",
    "bounds_of",
    "completions_words",
    "curve_words",
    "estimate_words",
    "level_words",
    "lone_limits_words",
    "missing_words",
    "odds_limits",
    "said_estimate",
    "women_words",
]

#: What two percentages before a bracket are.
BOTH_DATES = (
    "Estimate: Aalen-Johansen, with all dates at their earliest and at their latest day, in this "
    "order, and in brackets the union of the limits of both; one number where both agree."
)
#: What is on record of a woman, by the name of the curve; kinds of steps back are kept apart.
CURVE_WORDS = {
    "any": "a step back of any kind",
    "support_withdrawn_facts_upheld": "support withdrawn with the facts upheld",
    "facts_recanted": "facts recanted",
    "contradictory_statement": "a contradicting statement",
    "refuses_further_cooperation": "a refusal to go on",
    "not_documented": "a step back of a kind that is not documented",
    "closed": "the close of the case before any step back",
    "death": "a death before any step back",
}
#: How silence about a covariate is read, in sentences and in tables.
SILENCE = {"lower": "silence as without", "upper": "silence as with"}
SILENCE_WORDS = {"lower": "Without", "upper": "With"}


def curve_words(curve: str, label: str) -> str:
    """Return the words for a curve inside a sentence; its label where it is a new one.

    Examples
    --------
    >>> curve_words("any", "Any step back"), curve_words("moved", "Moved abroad")
    ('a step back of any kind', 'moved abroad')
    """
    return CURVE_WORDS.get(curve, lower_first(label))


def level_words(level: float) -> str:
    """Write the level of limits.

    Examples
    --------
    >>> level_words(0.95)
    '95% limits'
    """
    return f"{100 * level:g}% limits"


def missing_words(what: str, why: str) -> str:
    """Say that something is not available, and why, as a footnote.

    Examples
    --------
    >>> missing_words("limits", "fewer than six investigations")
    'Limits: not available (fewer than six investigations).'
    """
    return f"{what[:1].upper()}{what[1:]}: not available ({why})."


def women_words(n: int) -> str:
    """Count women.

    Examples
    --------
    >>> women_words(1), women_words(73)
    ('1 woman', '73 women')
    """
    return f"{n:,} {'woman' if n == 1 else 'women'}"


def bounds_of(
    n: int, n_undocumented: int, total: int, lower: float | None, upper: float | None
) -> str:
    """Write worst-case bounds: as counts where there are fewer than 20 units.

    Parameters
    ----------
    n, n_undocumented : int
        Units with it, and units of which it is not known.
    total : int
        All units.
    lower, upper : float or None
        The bounds as shares.

    Examples
    --------
    >>> bounds_of(3, 2, 11, 0.27, 0.45), bounds_of(9, 6, 30, 0.3, 0.5)
    ('3 to 5 of 11', '30% to 50%')
    >>> bounds_of(9, 0, 30, 0.3, 0.3), bounds_of(0, 0, 0, None, None)
    ('30%', '–')
    """
    if lower is None or upper is None or total == 0:
        return NOTHING
    if total < MIN_FOR_PERCENT:
        return f"{between_words(n, n + n_undocumented)} of {total}"
    return span_words(lower, upper)


def completions_words(earliest: float | None, latest: float | None) -> str:
    """Write an estimate at both completions of the dates, the earliest first.

    Examples
    --------
    >>> completions_words(0.142, 0.117), completions_words(0.12, 0.12), completions_words(None, 0.1)
    ('14%, 12%', '12%', '–, 10%')
    """
    words = [NOTHING if share is None else percent(share) for share in (earliest, latest)]
    return words[0] if words[0] == words[1] else ", ".join(words)


def estimate_words(
    earliest: float | None, latest: float | None, low: float | None, high: float | None
) -> str:
    """Write an estimate at both completions with the union of the limits.

    Examples
    --------
    >>> estimate_words(0.142, 0.117, 0.05, 0.28), estimate_words(0.12, 0.12, None, None)
    ('14%, 12% (5% to 28%)', '12%')
    >>> estimate_words(None, None, None, None)
    '–'
    """
    words = completions_words(earliest, latest)
    if words == NOTHING or low is None or high is None:
        return words
    return f"{words} ({span_words(low, high)})"


def said_estimate(
    row: StateShare | RetractionHorizon | JointShare, *, level: float, min_at_risk: int
) -> str:
    """Word an estimate at both completions with its limits, inside a sentence."""
    held = sorted(share for share in (row.earliest, row.latest) if share is not None)
    if not held:
        return f"no estimate, fewer than {min_at_risk} women at risk"
    words = f"estimate {span_words(held[0], held[-1])}"
    if row.conf_low is None or row.conf_high is None:
        return f"{words}, no limits"
    return f"{words}, {level_words(level)} {span_words(row.conf_low, row.conf_high)}"


#: Beyond these an end of limits of an odds ratio says nothing.
_LEAST, _MOST = 0.01, 1000.0


def odds_limits(low: float, high: float | None) -> str:
    """Write the limits of an odds ratio; an upper end of None is not reached.

    Examples
    --------
    >>> odds_limits(1.08, 9.42), odds_limits(1.31, None), odds_limits(0.0, 2.1)
    ('1.1 to 9.4', 'above 1.3', 'below 2.1')
    >>> odds_limits(0.0, 9e9), odds_limits(1.2, 5000.0)
    ('not bounded', '1.2 to >1,000')
    """
    if low < _LEAST and (high is None or high > _MOST):
        return "not bounded"
    return limits_words(low, high)


def lone_limits_words(low: float, high: float | None, level: float) -> str:
    """Explain a limit that stands alone, so that it is not taken for a one-sided one.

    Examples
    --------
    >>> lone_limits_words(1.2, None, 0.95)
    'Above: the lower end of the same two-sided 95% limits; no upper end is reached.'
    >>> lone_limits_words(0.4, 2.0, 0.95), lone_limits_words(0.0, 2.0, 0.95)[:22]
    ('', 'Below: the upper end o')
    """
    limits = level_words(level)
    words = odds_limits(low, high)
    if words == "not bounded":
        return f"Not bounded: neither end of the two-sided {limits} is reached."
    if words.startswith("above"):
        return f"Above: the lower end of the same two-sided {limits}; no upper end is reached."
    if words.startswith("below"):
        return f"Below: the upper end of the same two-sided {limits}; no lower end is reached."
    return ""
