"""When things happened: investigations, relationships, arrests, and dates as intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from relatum.samples.simulation.assumptions import Assumptions
from relatum.samples.simulation.structure import Structure

__all__ = ["Interval", "Timeline", "add_months", "blur", "draw_timeline", "to_dates"]

Days = NDArray[np.int64]  # days since 1 January 2006
_START = np.datetime64("2006-01-01")
_LAST_DAY = 1825  # 31 December 2010
PRECISIONS = ("exact_day", "week", "month", "season_or_quarter")
_HALF_WIDTH = np.array([0, 3, 15, 45])


@dataclass(frozen=True, slots=True)
class Interval:
    """Dates as the file gives them: the true day lies in between."""

    lower: Days
    upper: Days
    precision: NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """True days of investigations and relationships.

    Attributes
    ----------
    start, end : array of int, shape (n_cases,)
        Of the investigations.
    arrest : array of int, shape (n_suspects,)
        Of the suspects; -1 for those not arrested.
    onset, entry, exit : array of int, shape (n,)
        Of the relationships: when they began, and between which days they were observed.
    exit_cause : array of str, shape (n,)
        Why observation ended.
    """

    start: Days
    end: Days
    arrest: Days
    onset: Days
    entry: Days
    exit: Days
    exit_cause: NDArray[np.object_]


def to_dates(days: Days) -> NDArray[np.datetime64]:
    """Turn days since 1 January 2006 into dates; negative infinity is not a date."""
    return (_START + days.astype("timedelta64[D]")).astype("datetime64[ns]")


def add_months(start: Days, months: Days) -> Days:
    """Return the day before the same day of the month, some months later."""
    dates = to_dates(start).astype("datetime64[D]")
    first = dates.astype("datetime64[M]")
    day = (dates - first).astype(np.int64)
    later = (first + months).astype("datetime64[D]") + np.minimum(day, 27)
    return np.asarray((later - _START).astype(np.int64) - 1, dtype=np.int64)


def blur(rng: Generator, days: Days, shares: NDArray[np.float64]) -> Interval:
    """Give true days the precision of a file: intervals that hold them, not always centred."""
    kind = rng.choice(len(PRECISIONS), size=len(days), p=shares / shares.sum())
    width = 2 * _HALF_WIDTH[kind]
    before = np.floor(rng.random(len(days)) * (width + 1)).astype(np.int64)
    names = np.array(PRECISIONS, dtype=object)[kind]
    return Interval(days - before, days - before + width, names)


def draw_timeline(rng: Generator, assumptions: Assumptions, structure: Structure) -> Timeline:
    """Draw the days of investigations, arrests and relationships."""
    latest = _LAST_DAY - np.ceil(structure.months * 30.5).astype(np.int64) - 5
    start = np.floor(rng.random(len(latest)) * latest).astype(np.int64)
    end = add_months(start, structure.months)
    case = structure.pair_case
    length = (end - start)[case]
    arrest = _draw_arrests(rng, assumptions, structure, end)
    onset = _draw_onsets(rng, assumptions, start[case], length)
    entry = np.maximum(onset, start[case])
    exit_day, cause = _draw_exits(
        rng, assumptions, entry, end[case], arrest[structure.pair_suspect]
    )
    return Timeline(
        start=start,
        end=end,
        arrest=arrest,
        onset=onset,
        entry=entry,
        exit=exit_day,
        exit_cause=cause,
    )


def _draw_arrests(
    rng: Generator, assumptions: Assumptions, structure: Structure, end: Days
) -> Days:
    case = structure.suspect_case
    arrested = rng.random(len(case)) < assumptions.value("events.arrest")
    before = np.floor(rng.gamma(1.0, assumptions.value("events.arrest", "days"), len(case)))
    days = end[case] - np.minimum(before, 8).astype(np.int64)
    return np.where(arrested, days, -1)


def _draw_onsets(rng: Generator, assumptions: Assumptions, start: Days, length: Days) -> Days:
    n = len(start)
    earlier = rng.gamma(
        assumptions.value("events.onset", "shape"),
        assumptions.value("events.onset", "months")
        * 30.4
        / assumptions.value("events.onset", "shape"),
        n,
    )
    inside = rng.random(n) < assumptions.value("events.onset", "inside")
    into = np.floor(rng.random(n) * length * 0.5).astype(np.int64)
    return np.where(inside, start + into, start - 1 - earlier.astype(np.int64))


def _draw_exits(
    rng: Generator, assumptions: Assumptions, entry: Days, end: Days, arrest: Days
) -> tuple[Days, NDArray[np.object_]]:
    """Draw what comes first: she ends it, he does, his arrest, the end of the investigation."""
    n = len(entry)
    never = np.int64(10**6)
    by_her = entry + 7 + _waiting(rng, assumptions, "events.ended_by_victim", n)
    by_him = entry + 7 + _waiting(rng, assumptions, "events.ended_by_suspect", n)
    taken = np.where(arrest >= 0, np.maximum(arrest, entry + 1), never)
    days = np.stack([by_her, by_him, taken, np.maximum(end, entry + 1)])
    first = np.argmin(days, axis=0)
    words = np.array(
        ["victim_ended", "suspect_ended", "arrest_or_detention", "end_of_investigation"],
        dtype=object,
    )
    return days[first, np.arange(n)], words[first]


def _waiting(rng: Generator, assumptions: Assumptions, quantity: str, n: int) -> Days:
    months = rng.exponential(1 / assumptions.value(quantity, "rate"), n)
    return np.floor(months * 30.4).astype(np.int64)
