"""Stays cut where an arrest, or contact with the suspect, begins or ceases to count."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from relatum.samples.contact_periods import split_at_contact
from relatum.samples.testimony import Testimony
from relatum.samples.testimony_arrays import Clock, StateIntervals, state_intervals
from relatum.samples.testimony_paths import Completion
from relatum.samples.testimony_rows import VictimTime
from relatum.schema.status import ABSENT, PRESENT

__all__ = ["UNKNOWN", "ExposureRows", "exposure_rows"]

IntArray: TypeAlias = npt.NDArray[np.int64]
FloatArray: TypeAlias = npt.NDArray[np.float64]
Places: TypeAlias = npt.NDArray[np.intp]

#: Not recorded: neither exposed nor unexposed.
UNKNOWN = -1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExposureRows:
    """Rows (start, stop] on which every exposure is constant.

    Attributes
    ----------
    stays : StateIntervals
        The rows, cut. A row that ends with a cut has ``next_state`` -1, no status and no step.
    arrested : ndarray of int, shape (n_rows,)
        1 from `lag` days after the arrest of the suspect, 0 before it or without any, -1 where it
        is not documented.
    detained : ndarray of int, shape (n_rows,)
        As `arrested`, but -1 after the arrest unless the suspect was in custody on the last day of
        the investigation: no table holds the day of a release.
    suspect_contact : ndarray of int, shape (n_rows,)
        1 where contact with the suspect was recorded `lag` days before, 0 where a source rules it
        out, -1 where the file is silent.
    """

    stays: StateIntervals
    arrested: IntArray
    detained: IntArray
    suspect_contact: IntArray


def exposure_rows(
    testimony: Testimony,
    *,
    dates: Completion,
    clock: Clock = "report",
    horizon: int = 365,
    lag: int = 1,
    independent_only: bool = True,
) -> ExposureRows:
    """Cut stays where an exposure changes, as counting-process models take them.

    Parameters
    ----------
    testimony : Testimony
    dates : {"earliest", "latest"}
        Also of the arrest and of contact with the suspect.
    clock : {"contact", "report"}
    horizon : int
        As in `state_intervals`.
    lag : int
        Days between an exposure and the first day that it counts for, at least 1: what happened on
        the day of stepping back may have followed it.
    independent_only : bool
        Whether only contact counts that a prison log, a wiretap or an observation records. What is
        known only because she told it when stepping back always precedes a step back.

    Returns
    -------
    ExposureRows
        The exposures are those to the suspect of `VictimTime.relationship`.

    Raises
    ------
    ValueError
        As `state_intervals`, and for a lag below 1.

    Notes
    -----
    Contact recorded with a step back (`RetractionTime.contact`) is not used: nothing of the kind is
    known of women who took none.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.samples.testimony import trace_testimony
    >>> found = exposure_rows(trace_testimony(example_sample("anna")), dates="latest", horizon=30)
    >>> found.stays.stop, found.arrested, found.suspect_contact
    (array([ 5., 30.]), array([1, 1]), array([-1, -1]))
    """
    if isinstance(lag, bool) or not isinstance(lag, int) or lag < 1:
        msg = "lag must be a whole number of days, at least 1."
        raise ValueError(msg)
    whole = state_intervals(testimony, dates=dates, clock=clock, horizon=horizon)
    people = {row.victim: row for row in testimony.used_victims}
    arrest = {victim: _arrest_day(row, dates) + lag - 1 for victim, row in people.items()}
    from_day = np.array([arrest[victim] for victim in whole.victim], dtype=np.float64)
    stays = _cut_at(whole, from_day - whole.origin)
    zero = [testimony.day_zero[victim] for victim in stays.victim]
    shift = np.array(zero, dtype=np.float64) + stays.origin
    parts = split_at_contact(
        testimony.periods,
        stays.relationship,
        stays.start + shift,
        stays.stop + shift,
        completion=dates,
        lag=lag,
        independent_only=independent_only,
    )
    place = parts.row.astype(np.intp)
    stays = _take(stays, place, parts.start - shift[place], parts.stop - shift[place])
    arrested, detained = _custody(stays, people, arrest)
    known = {int(PRESENT): 1, int(ABSENT): 0}
    contact = [known.get(int(status), UNKNOWN) for status in parts.status]
    return ExposureRows(
        stays=stays,
        arrested=arrested,
        detained=detained,
        suspect_contact=np.array(contact, dtype=np.int64),
    )


def _arrest_day(row: VictimTime, dates: Completion) -> float:
    """Return the day of arrest since day 0; infinite where it never came, or always lay before."""
    if row.arrest_known != "dated":
        return np.inf
    if dates == "earliest":
        return -np.inf if row.arrest_lower is None else float(row.arrest_lower)
    return np.inf if row.arrest_upper is None else float(row.arrest_upper)


def _custody(
    stays: StateIntervals, people: dict[str, VictimTime], arrest: dict[str, float]
) -> tuple[IntArray, IntArray]:
    mine = [people[victim] for victim in stays.victim]
    from_day = np.array([arrest[row.victim] for row in mine], dtype=np.float64) - stays.origin
    sure = np.array([row.arrest_known != "not_documented" for row in mine], dtype=np.bool_)
    kept = np.array([row.detained == "detained" for row in mine], dtype=np.bool_)
    arrested = np.where(sure, stays.start >= from_day, UNKNOWN).astype(np.int64)
    return arrested, np.where((arrested == 1) & ~kept, UNKNOWN, arrested)


def _cut_at(rows: StateIntervals, day: FloatArray) -> StateIntervals:
    """Cut each row at one day, where that lies inside it."""
    inside = (rows.start < day) & (day < rows.stop)
    place = np.repeat(np.arange(len(day)), inside + 1)
    second = np.append(False, place[1:] == place[:-1]) if len(place) else inside
    first = np.append(place[1:] == place[:-1], False) if len(place) else inside
    start = np.where(second, day[place], rows.start[place])
    return _take(rows, place, start, np.where(first, day[place], rows.stop[place]))


def _take(
    rows: StateIntervals, place: Places, start: FloatArray, stop: FloatArray
) -> StateIntervals:
    """Repeat rows for their pieces; only the last piece of each keeps what ended it."""
    last = stop == rows.stop[place]
    return replace(
        rows,
        victim=rows.victim[place],
        case=rows.case[place],
        relationship=rows.relationship[place],
        state=rows.state[place],
        next_state=np.where(last, rows.next_state[place], -1),
        start=start,
        stop=stop,
        status=rows.status[place] & last,
        step=np.where(last, rows.step[place], ""),
        begun=rows.begun[place],
        origin=rows.origin[place],
    )
