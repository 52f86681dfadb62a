"""The rate of attempts under other readings of what ended observation: arrest, or an attempt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from relatum.models.escape_reading import (
    RateReading,
    earliest_exits,
    limit_reading,
    observed_rows,
    sensitivity_variant,
)
from relatum.models.escape_times import DAYS_PER_MONTH, EscapeTimes
from relatum.results.escape import RateVariant
from relatum.samples.durations import AttemptTime
from relatum.samples.durations_read import read_spells

__all__ = ["NEAR_DAYS", "end_variants"]

#: An attempt within this many days of an end may be what brought it about, or follow it.
NEAR_DAYS = 7
_ARREST = "arrest_or_detention"
BoolArray = npt.NDArray[np.bool_]


def end_variants(reading: RateReading) -> tuple[RateVariant, ...]:
    """Repeat the overall rate under other readings of the end of observation.

    Parameters
    ----------
    reading : RateReading
        The primary analysis.

    Returns
    -------
    tuple of RateVariant
        Attempts around an arrest counted and not counted; time that stops with an attempt shortly
        before the victim, or the investigation, ended observation; and time after an arrest with
        the rate multiplied by each factor of the plan.

    Notes
    -----
    With n attempts in time T, and A more time from arrests to the end of investigations in which
    the rate is f times the rate before, the rate over both is (n / T) (T + f A) / (T + A); limits
    are multiplied alike.
    """
    return (
        *_near_arrest(reading),
        *_fled(reading),
        _away(reading),
        *_after_arrest(reading),
    )


def _near_end(reading: RateReading, cause: str) -> BoolArray:
    """Say which attempts may lie within a week before an end of a certain cause."""
    ended = np.array([row.exit_cause == cause for row in observed_rows(reading)], dtype=np.bool_)
    times, at = reading.times, reading.times.event_row
    near: BoolArray = ended[at] & (times.event_upper >= earliest_exits(reading)[at] - NEAR_DAYS)
    return near


def _near_arrest(reading: RateReading) -> list[RateVariant]:
    times = reading.times
    near = _near_end(reading, _ARREST)
    after = _just_after(reading)
    counted = _add_at_exit(times, [attempt.relationship for attempt in after])
    left = times.keep_events(~near)
    return [
        sensitivity_variant(
            "near_arrest_counted",
            "Attempts within 7 days of an arrest, counted",
            counted,
            limit_reading(reading, counted),
            f"{int(near.sum())} may lie before the arrest; those recorded after it, {len(after)}, "
            "are added.",
        ),
        sensitivity_variant(
            "near_arrest_not_counted",
            "Attempts within 7 days of an arrest, not counted",
            left,
            limit_reading(reading, left),
            f"{int(near.sum())} that may lie before the arrest are taken as part of it.",
        ),
    ]


def _just_after(reading: RateReading) -> list[AttemptTime]:
    """Return attempts left out because they may lie in the week after the arrest."""
    ends = {
        row.relationship: row.exit_upper
        for row in reading.durations.at_risk
        if row.exit_cause == _ARREST and row.exit_upper is not None
    }
    return [
        row
        for row in reading.durations.attempts
        if row.why_not == "after_end"
        and row.relationship in ends
        and row.lower is not None
        and row.lower + 1 - ends[row.relationship] <= NEAR_DAYS
    ]


def _add_at_exit(times: EscapeTimes, relationships: Sequence[str]) -> EscapeTimes:
    """Add attempts on the last day at risk."""
    if not relationships:
        return times
    names = np.array(sorted(relationships), dtype=np.str_)
    ends = times.exit[np.searchsorted(times.relationship, names)]
    return replace(
        times,
        event_relationship=np.concatenate([times.event_relationship, names]),
        event_lower=np.concatenate([times.event_lower, ends - 1.0]),
        event_upper=np.concatenate([times.event_upper, ends]),
        event_order=np.concatenate([times.event_order, np.zeros(len(names), dtype=np.int64)]),
    )


def _fled(reading: RateReading) -> list[RateVariant]:
    endings = (
        (
            "ended_as_victim_fled",
            "Ended by the victim, as part of an attempt",
            "victim_ended",
            "the victim",
        ),
        (
            "investigation_ended_as_victim_fled",
            "End of investigation, as part of an attempt",
            "end_of_investigation",
            "the end of the investigation",
        ),
    )
    found = []
    for name, label, cause, words in endings:
        cut, n = _stop_at_attempt(reading, cause)
        why = (
            f"Of those ended by {words}, {n} had an attempt in the last {NEAR_DAYS} days: time "
            "stops with it."
        )
        found.append(sensitivity_variant(name, label, cut, limit_reading(reading, cut), why))
    return found


def _away(reading: RateReading) -> RateVariant:
    """Stop time where a lasting separation is the last that is recorded."""
    lasting = {
        row.relationship for row in reading.durations.events if row.level == "separation_lasting"
    }
    held = np.isin(reading.times.event_relationship, sorted(lasting))
    cut, n = _stop_with_last(reading.times, held)
    return sensitivity_variant(
        "stops_at_lasting_separation",
        "Time after a lasting separation, not counted",
        cut,
        limit_reading(reading, cut),
        f"{n} had a lasting separation: time stops with their last attempt.",
    )


def _stop_at_attempt(reading: RateReading, cause: str) -> tuple[EscapeTimes, int]:
    return _stop_with_last(reading.times, _near_end(reading, cause))


def _stop_with_last(times: EscapeTimes, events: BoolArray) -> tuple[EscapeTimes, int]:
    """Stop time with the last attempt of each relationship that has one of some attempts."""
    rows = np.unique(times.event_row[events])
    ends = times.exit.copy()
    for at in rows:
        ends[at] = min(ends[at], times.event_upper[times.event_row == at].max())
    return replace(times, exit=ends), len(rows)


def _after_arrest(reading: RateReading) -> list[RateVariant]:
    """Carry observation on to the end of the investigation, with the rate multiplied."""
    times, primary = reading.times, limit_reading(reading, reading.times)
    closed = {spell.relationship: spell.case_end for spell in read_spells(reading.sample)}
    arrested = [at for at, row in enumerate(observed_rows(reading)) if row.exit_cause == _ARREST]
    ends = [closed[str(times.relationship[at])] for at in arrested]
    after = sum(
        max(0.0, end - float(times.exit[at]))
        for at, end in zip(arrested, ends, strict=True)
        if end is not None
    )
    unknown = sum(end is None for end in ends)
    found = []
    for factor in reading.study.escape.arrest_factors:
        share = (times.days + factor * after) / (times.days + after)
        low, high, missing = primary
        why = (
            f"After {len(arrested)} arrests, {after / DAYS_PER_MONTH:.1f} months are added, at a "
            f"rate that is assumed to be {factor:g} times the rate before."
        )
        if unknown:
            why += f" For {unknown} the end of the investigation is unknown: none is added."
        row = sensitivity_variant(f"after_arrest_{factor:g}", "", times, (low, high, missing), why)
        found.append(
            replace(
                row,
                label=f"Rate after an arrest times {factor:g}",
                months=(times.days + after) / DAYS_PER_MONTH,
                rate=times.rate * share,
                conf_low=None if low is None else low * share,
                conf_high=None if high is None else high * share,
            )
        )
    return found
