"""What a naive analysis of escape attempts would have given, for comparison only."""

from __future__ import annotations

from scipy import special

from relatum.models.escape_times import DAYS_PER_MONTH, DAYS_PER_YEAR, EscapeTimes
from relatum.results.escape import RateVariant
from relatum.samples.durations import Durations

__all__ = ["naive_variants", "poisson_limits"]


def poisson_limits(n: int, *, conf_level: float) -> tuple[float, float]:
    """Exact limits of the mean of a Poisson count.

    Parameters
    ----------
    n : int
        The count.
    conf_level : float

    Returns
    -------
    tuple of float
        Low and high (Garwood 1936, doi:10.1093/biomet/28.3-4.437).

    Examples
    --------
    >>> [round(limit, 3) for limit in poisson_limits(0, conf_level=0.95)]
    [0.0, 3.689]
    """
    tail = (1.0 - conf_level) / 2.0
    low = float(special.gammaincinv(n, tail)) if n else 0.0
    return low, float(special.gammaincinv(n + 1, 1.0 - tail))


def naive_variants(
    durations: Durations, times: EscapeTimes, *, conf_level: float
) -> tuple[RateVariant, ...]:
    """Compute the rates of three analyses that should not be done.

    Parameters
    ----------
    durations : Durations
    times : EscapeTimes
    conf_level : float
        Of the limits that ignore cases.

    Returns
    -------
    tuple of RateVariant
        Of the family ``naive``: all time since onset with attempts seen under observation only,
        the same with attempts told about an earlier time, and limits that ignore cases.
    """
    known = times.keep(times.onset_known)
    told = sum(
        row.relationship in set(known.relationship.tolist()) for row in durations.retrospective
    )
    days = float((known.exit - known.onset.mean(axis=1)).sum())
    left_out = len(times.relationship) - len(known.relationship)
    words = f" Relationships of unknown onset, {left_out}, are left out." if left_out else ""
    low, high = poisson_limits(times.n_events, conf_level=conf_level)
    per_event = DAYS_PER_YEAR / times.days
    return (
        _since_onset(
            "immortal_time",
            "All time since onset, attempts under observation",
            (known.n_events, days),
            "Wrong: counts time before entry, in which no attempt could have been seen. "
            f"Interval onsets count with their average.{words}",
        ),
        _since_onset(
            "retrospective_added",
            "All time since onset, retrospective attempts added",
            (known.n_events + told, days),
            f"Wrong: adds {told} told about an earlier time, known only of victims who talked "
            f"and of relationships that lasted until entry.{words}",
        ),
        RateVariant(
            name="ignoring_cases",
            label="Cases ignored",
            family="naive",
            n_events=times.n_events,
            months=times.months,
            rate=times.rate,
            conf_low=low * per_event,
            conf_high=high * per_event,
            why="Wrong: exact Poisson limits take attempts of one case as independent.",
        ),
    )


def _since_onset(name: str, label: str, counted: tuple[int, float], why: str) -> RateVariant:
    n, days = counted
    return RateVariant(
        name=name,
        label=label,
        family="naive",
        n_events=n,
        months=days / DAYS_PER_MONTH,
        rate=n / days * DAYS_PER_YEAR if days > 0 else None,
        conf_low=None,
        conf_high=None,
        why=why if days > 0 else "No onset is known.",
    )
