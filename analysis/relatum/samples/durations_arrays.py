"""Durations as arrays: intervals for the likelihood, counting processes for everything else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from relatum.samples.durations import AttemptTime, Durations, ObservedTime
from relatum.samples.durations_days import Window, earliest_days, latest_days

__all__ = [
    "Clock",
    "CountingProcess",
    "End",
    "IntervalArrays",
    "counting_process",
    "interval_arrays",
]

Clock: TypeAlias = Literal["entry", "onset"]
End: TypeAlias = Literal["earliest", "latest"]
Precision: TypeAlias = Literal["interval", "order_only"]
Labels: TypeAlias = npt.NDArray[Any]
FloatArray: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IntervalArrays:
    """Time at risk and interval-dated attempts, in days from entry.

    Attributes
    ----------
    relationship, case : ndarray of str, shape (n,)
    exit : ndarray, shape (n,)
        The relationship is at risk in (0, exit].
    onset_lower, onset_upper : ndarray, shape (n,)
        Zero or negative. Where the earliest onset is not known, `onset_lower` is the latest one
        and `onset_known` is false.
    onset_known : ndarray of bool, shape (n,)
    attempt_relationship : ndarray of str, shape (n_attempts,)
    attempt_lower, attempt_upper : ndarray, shape (n_attempts,)
        The attempt lies in (lower, upper].
    attempt_order : ndarray of int, shape (n_attempts,)
        Zero where the order is not known.
    """

    relationship: Labels
    case: Labels
    exit: FloatArray
    onset_lower: FloatArray
    onset_upper: FloatArray
    onset_known: npt.NDArray[np.bool_]
    attempt_relationship: Labels
    attempt_lower: FloatArray
    attempt_upper: FloatArray
    attempt_order: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CountingProcess:
    """Rows (start, stop] of one completion of the dates.

    Attributes
    ----------
    relationship, case, suspect : ndarray of str, shape (n_rows,)
    start, stop : ndarray, shape (n_rows,)
        Days on the clock; at risk when start < t <= stop.
    event : ndarray of bool, shape (n_rows,)
        Whether the row ends with an attempt.
    number : ndarray of int, shape (n_rows,)
        Attempts before the row, plus one.
    gap : ndarray, shape (n_rows,)
        Days since entry or the attempt before: stop less start.
    cause : ndarray of str, shape (n_rows,)
        What ended observation, in the last row of a relationship; empty in the others.
    left_out : tuple of str
        Relationships without a known onset, where the clock needs one.
    """

    relationship: Labels
    case: Labels
    suspect: Labels
    start: FloatArray
    stop: FloatArray
    event: npt.NDArray[np.bool_]
    number: npt.NDArray[np.int64]
    gap: FloatArray
    cause: Labels
    left_out: tuple[str, ...]


def _end_of(row: ObservedTime, attempts: Sequence[AttemptTime], end: End) -> int:
    """Return the latest exit, or the earliest that still comes after every attempt."""
    latest = row.exit_upper or 0
    if end == "latest":
        return latest
    days = _complete(attempts, latest, "earliest")
    return max(row.exit_lower or 1, *days, 1)


def _attempts_of(durations: Durations) -> dict[str, list[AttemptTime]]:
    found: dict[str, list[AttemptTime]] = {row.relationship: [] for row in durations.at_risk}
    for attempt in durations.events:
        found[attempt.relationship].append(attempt)
    return found


def interval_arrays(
    durations: Durations, *, exit_at: End = "latest", precision: Precision = "interval"
) -> IntervalArrays:
    """Lay out time at risk and attempts for the interval likelihood.

    Parameters
    ----------
    durations : Durations
    exit_at : {"latest", "earliest"}
        Which end of an interval-valued exit counts; the earliest never precedes an attempt.
    precision : {"interval", "order_only"}
        "order_only" forgets the dates of attempts and keeps their order: each lies anywhere in
        the time at risk.

    Returns
    -------
    IntervalArrays
        Relationships and attempts that are used.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.samples.durations import trace_durations
    >>> found = interval_arrays(trace_durations(example_sample("simulated")))
    >>> found.exit.size, int(found.exit.sum()), found.attempt_upper.size
    (73, 20199, 23)
    """
    if exit_at not in ("latest", "earliest") or precision not in ("interval", "order_only"):
        raise ValueError("exit_at is earliest or latest; precision is interval or order_only.")
    rows, mine = durations.at_risk, _attempts_of(durations)
    ends = {row.relationship: _end_of(row, mine[row.relationship], exit_at) for row in rows}
    dated = [
        _dated(attempt, ends[attempt.relationship], precision)
        for row in rows
        for attempt in mine[row.relationship]
    ]
    known = np.array([row.onset_lower is not None for row in rows], dtype=np.bool_)
    upper = np.array([row.onset_upper or 0 for row in rows], dtype=np.float64)
    lower = [row.onset_upper or 0 if row.onset_lower is None else row.onset_lower for row in rows]
    return IntervalArrays(
        relationship=np.array([row.relationship for row in rows], dtype=np.str_),
        case=np.array([row.case for row in rows], dtype=np.str_),
        exit=np.array([ends[row.relationship] for row in rows], dtype=np.float64),
        onset_lower=np.array(lower, dtype=np.float64),
        onset_upper=upper,
        onset_known=known,
        attempt_relationship=np.array([row[0] for row in dated], dtype=np.str_),
        attempt_lower=np.array([row[1] for row in dated], dtype=np.float64),
        attempt_upper=np.array([row[2] for row in dated], dtype=np.float64),
        attempt_order=np.array([row[3] for row in dated], dtype=np.int64),
    )


def _dated(attempt: AttemptTime, end: int, precision: Precision) -> tuple[str, int, int, int]:
    if precision == "order_only":
        return attempt.relationship, 0, end, attempt.order or 0
    upper = min(attempt.upper or end, end)
    return attempt.relationship, attempt.lower or 0, upper, attempt.order or 0


def counting_process(
    durations: Durations, *, dates: End = "latest", clock: Clock = "entry", onset: End = "latest"
) -> CountingProcess:
    """Complete the dates and cut the time at risk at every attempt.

    Parameters
    ----------
    durations : Durations
    dates : {"latest", "earliest"}
        Every attempt on the latest or the earliest day that leaves each a day of its own, in
        their order; observation ends at the same end of its interval.
    clock : {"entry", "onset"}
        Days since entry, or since onset with delayed entry.
    onset : {"latest", "earliest"}
        Which end of an interval-valued onset counts.

    Returns
    -------
    CountingProcess
        One row per attempt, and one for the time after the last where any is left. An attempt on
        the day of exit leaves none: the row then ends with the attempt, and `cause` says what
        ended observation on the same day.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.samples.durations import trace_durations
    >>> found = counting_process(trace_durations(example_sample("simulated")))
    >>> int(found.event.sum()), int((found.stop - found.start).sum())
    (23, 20199)
    """
    if dates not in ("latest", "earliest") or clock not in ("entry", "onset"):
        raise ValueError("dates is earliest or latest; clock is entry or onset.")
    mine = _attempts_of(durations)
    found: list[tuple[str, str, str, int, int, bool, int, str]] = []
    left_out: list[str] = []
    for row in durations.at_risk:
        if clock == "onset" and row.onset_lower is None:
            left_out.append(row.relationship)
            continue
        begun = (row.onset_lower if onset == "earliest" else row.onset_upper) or 0
        shift = 0 if clock == "entry" else -begun
        end = _end_of(row, mine[row.relationship], dates)
        days = _complete(mine[row.relationship], end, dates)
        found += _rows(row, days, end, shift)
    return _columns(found, tuple(left_out))


def _complete(attempts: Sequence[AttemptTime], end: int, dates: End) -> list[int]:
    """Choose a day for every attempt, all different, in order."""
    windows: list[Window] = [
        ((row.lower or 0) + 1, min(row.upper or end, end), row.order) for row in attempts
    ]
    days = earliest_days(windows) if dates == "earliest" else latest_days(windows)
    return sorted(day for day in days if day is not None)


def _rows(
    row: ObservedTime, days: Sequence[int], end: int, shift: int
) -> list[tuple[str, str, str, int, int, bool, int, str]]:
    who = (row.relationship, row.case, row.suspect)
    stops = [*days, *([end] if not days or days[-1] < end else [])]
    starts = [0, *stops[:-1]]
    last = len(stops) - 1
    return [
        (*who, start + shift, stop + shift, at < len(days), at + 1, row.exit_cause * (at == last))
        for at, (start, stop) in enumerate(zip(starts, stops, strict=True))
    ]


def _columns(
    rows: Sequence[tuple[str, str, str, int, int, bool, int, str]], left_out: tuple[str, ...]
) -> CountingProcess:
    start = np.array([row[3] for row in rows], dtype=np.float64)
    stop = np.array([row[4] for row in rows], dtype=np.float64)
    return CountingProcess(
        relationship=np.array([row[0] for row in rows], dtype=np.str_),
        case=np.array([row[1] for row in rows], dtype=np.str_),
        suspect=np.array([row[2] for row in rows], dtype=np.str_),
        start=start,
        stop=stop,
        event=np.array([row[5] for row in rows], dtype=np.bool_),
        number=np.array([row[6] for row in rows], dtype=np.int64),
        gap=stop - start,
        cause=np.array([row[7] for row in rows], dtype=np.str_),
        left_out=left_out,
    )
