"""The primary analysis of escape attempts, and a variant that changes it in one respect."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from relatum.inference.common import FloatArray, Refusal
from relatum.inference.rate_bootstrap import RateLimits
from relatum.inference.rate_problem import OnsetRule
from relatum.models.escape_times import EscapeTimes, limit_times
from relatum.results.escape import RateVariant
from relatum.samples import Sample
from relatum.samples.durations import Durations, ObservedTime
from relatum.study import Study

__all__ = [
    "Limited",
    "RateReading",
    "earliest_exits",
    "limit_reading",
    "observed_rows",
    "sensitivity_variant",
]

#: Low and high limit, and why there is none.
Limited: TypeAlias = tuple[float | None, float | None, str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RateReading:
    """The primary analysis, which every variant changes in one respect.

    Attributes
    ----------
    sample : Sample
    study : Study
    durations : Durations
    times : EscapeTimes
    limits : RateLimits or Refusal
        Of the primary analysis.
    refused : str
        Why cases cannot carry limits; empty where they can.
    """

    sample: Sample
    study: Study
    durations: Durations
    times: EscapeTimes
    limits: RateLimits | Refusal
    refused: str


def sensitivity_variant(
    name: str, label: str, times: EscapeTimes, limited: Limited, why: str
) -> RateVariant:
    """Describe one other choice; its rate is attempts over time.

    Parameters
    ----------
    name, label : str
    times : EscapeTimes
        Time at risk and attempts under it.
    limited : tuple
        From `limit_reading`.
    why : str
        What is assumed, in sentences.

    Returns
    -------
    RateVariant
        Where there are no limits its words end with the reason.
    """
    low, high, missing = limited
    return RateVariant(
        name=name,
        label=label,
        family="sensitivity",
        n_events=times.n_events,
        months=times.months,
        rate=times.rate,
        conf_low=low,
        conf_high=high,
        why=f"{why} No limits: {missing}." if missing else why,
    )


def _same(one: EscapeTimes, other: EscapeTimes) -> bool:
    """Say whether two readings hold the same time and attempts."""
    names = ("relationship", "exit", "event_relationship", "event_lower", "event_upper")
    return all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in (*names, "event_order")
    )


def limit_reading(
    reading: RateReading,
    times: EscapeTimes,
    *,
    cuts: tuple[float, ...] | None = None,
    onset: OnsetRule = "integrated",
) -> Limited:
    """Return the limits of a variant; those of the primary analysis where nothing differs.

    Parameters
    ----------
    reading : RateReading
        The primary analysis.
    times : EscapeTimes
        Time at risk and attempts under the other choice.
    cuts, onset
        As in `relatum.models.escape_times.limit_times`.

    Returns
    -------
    tuple
        Low and high limit per 12 relationship-months, and why there is none.
    """
    if reading.refused:
        return None, None, reading.refused
    if times.n_events < 2:
        words = "no attempt is left" if times.n_events == 0 else "one attempt is left"
        return None, None, words
    found = reading.limits
    if cuts is not None or onset != "integrated" or not _same(times, reading.times):
        found = limit_times(times, reading.study, cuts=cuts, onset=onset)
    if isinstance(found, Refusal):
        return None, None, found.why
    return found.conf_low, found.conf_high if math.isfinite(found.conf_high) else None, ""


def observed_rows(reading: RateReading) -> list[ObservedTime]:
    """Return the relationships at risk in the order of the arrays."""
    rows = {row.relationship: row for row in reading.durations.at_risk}
    return [rows[str(name)] for name in reading.times.relationship]


def earliest_exits(reading: RateReading) -> FloatArray:
    """Return the earliest end of each relationship, at most its latest."""
    lower = [row.exit_lower or 1 for row in observed_rows(reading)]
    return np.minimum(np.array(lower, dtype=np.float64), reading.times.exit)
