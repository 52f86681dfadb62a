"""Histories of reports as arrays: stays in states, competing ends, exposures, and keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from relatum.samples.testimony import Testimony
from relatum.samples.testimony_paths import STATES, Completion, Path, Stay, trace_paths

__all__ = [
    "KINDS",
    "Clock",
    "StateIntervals",
    "StepBackTimes",
    "TestimonyIndex",
    "index_testimony",
    "state_intervals",
    "step_back_times",
]

Clock: TypeAlias = Literal["contact", "report"]
Labels: TypeAlias = npt.NDArray[Any]
FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

#: Kinds of stepping back, in the order of their numbers as causes.
KINDS: tuple[str, ...] = (
    "support_withdrawn_facts_upheld",
    "facts_recanted",
    "contradictory_statement",
    "refuses_further_cooperation",
    "not_documented",
)
_REPORT, _STEPPED_BACK = STATES.index("report"), STATES.index("stepped_back")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TestimonyIndex:
    """Keys of what is used, and places in them.

    Attributes
    ----------
    case : ndarray of str, shape (g,)
        Cases with a victim that is used, sorted.
    case_size : ndarray of int, shape (g,)
        Victims used in each.
    victim : ndarray of str, shape (n,)
        In the order of the table: the rows to take from `Sample.coded(..., unit_type="victim")`.
    victim_case : ndarray of int, shape (n,)
        Place in `case`.
    has_report : ndarray of bool, shape (n,)
    relationship : ndarray of str, shape (n,)
    relationship_known : ndarray of bool, shape (n,)
    report : ndarray of str, shape (m,)
    report_victim, report_case : ndarray of int, shape (m,)
        Places in `victim` and `case`.
    report_relationship : ndarray of str, shape (m,)
    report_relationship_known : ndarray of bool, shape (m,)
    """

    case: Labels
    case_size: IntArray
    victim: Labels
    victim_case: IntArray
    has_report: BoolArray
    relationship: Labels
    relationship_known: BoolArray
    report: Labels
    report_victim: IntArray
    report_case: IntArray
    report_relationship: Labels
    report_relationship_known: BoolArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StateIntervals:
    """Stays in states as rows (start, stop], for one completion of the dates.

    Attributes
    ----------
    victim, case, relationship : ndarray of str, shape (n_rows,)
    state, next_state : ndarray of int, shape (n_rows,)
        Places in `STATES`; `next_state` is -1 where observation ended first.
    start, stop : ndarray, shape (n_rows,)
        Days on the clock; in the state when start < t <= stop.
    status : ndarray of bool, shape (n_rows,)
        Whether the row ends with a change of state.
    step : ndarray of str, shape (n_rows,)
        The step back that ended the row; empty where none did.
    begun : ndarray, shape (n_rows,)
        When the stay began; before `start` where she came under observation later.
    origin : ndarray, shape (n_rows,)
        Days from the earliest day of her first contact to time zero of the clock.
    initial : ndarray, shape (5,)
        Shares of the states at time zero, among victims under observation then; zeros without any.
    n_victims : int
        Victims with a row.
    n_moved : int
        Steps entered the day after, because the step before fell on the same day.
    left_out : tuple of str
        Victims without a row: no time under observation, or no report where that is the clock.
    """

    victim: Labels
    case: Labels
    relationship: Labels
    state: IntArray
    next_state: IntArray
    start: FloatArray
    stop: FloatArray
    status: BoolArray
    step: Labels
    begun: FloatArray
    origin: FloatArray
    initial: FloatArray
    n_victims: int
    n_moved: int
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StepBackTimes:
    """Time from the first report to the first step back or another end, one row per reporter.

    Attributes
    ----------
    victim, case, relationship : ndarray of str, shape (n,)
    time : ndarray, shape (n,)
        Days from the report.
    cause : ndarray of int, shape (n,)
        0 where observation ended, else the place in `causes`, from 1.
    entry : ndarray, shape (n,)
        When she came under observation: zero, unless she reported before the investigation.
    causes : tuple of str
    left_out : tuple of str
        Reporters without time under observation.
    """

    victim: Labels
    case: Labels
    relationship: Labels
    time: FloatArray
    cause: IntArray
    entry: FloatArray
    causes: tuple[str, ...]
    left_out: tuple[str, ...]


def _texts(values: Sequence[str]) -> Labels:
    return np.array(list(values), dtype=np.str_)


def index_testimony(testimony: Testimony) -> TestimonyIndex:
    """List the keys of cases, victims and reports that are used.

    Parameters
    ----------
    testimony : Testimony

    Returns
    -------
    TestimonyIndex

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.samples.testimony import trace_testimony
    >>> found = index_testimony(trace_testimony(example_sample("simulated")))
    >>> found.case.size, int(found.case_size.sum()), found.report.size
    (9, 50, 31)
    """
    people, told = testimony.used_victims, testimony.used_reports
    names, place = np.unique(_texts([row.case for row in people]), return_inverse=True)
    at = {row.victim: number for number, row in enumerate(people)}
    victims = np.array([at[row.victim] for row in told], dtype=np.int64)
    about = _texts([row.relationship for row in told])
    couple = _texts([row.relationship for row in people])
    cases = place.astype(np.int64)
    return TestimonyIndex(
        case=names,
        case_size=np.bincount(cases, minlength=len(names)).astype(np.int64),
        victim=_texts([row.victim for row in people]),
        victim_case=cases,
        has_report=np.isin(np.arange(len(people)), victims),
        relationship=couple,
        relationship_known=couple != "",
        report=_texts([row.report for row in told]),
        report_victim=victims,
        report_case=cases[victims],
        report_relationship=about,
        report_relationship_known=about != "",
    )


def _check(clock: str, horizon: int) -> None:
    faults = [] if clock in ("contact", "report") else ["clock must be contact or report."]
    if isinstance(horizon, bool) or not isinstance(horizon, int) or horizon < 1:
        faults.append("horizon must be a whole number of days, at least 1.")
    if faults:
        raise ValueError(" ".join(faults))


def _origin(path: Path, clock: Clock) -> int | None:
    """Return the day on which the clock starts; None where it never does."""
    if clock == "contact":
        return path.stays[0].start
    return next((stay.start for stay in path.stays if stay.state == _REPORT), None)


def _entry(path: Path, origin: int) -> int:
    opened = path.row.observed_from
    return 0 if opened is None else max(opened - origin, 0)


def _cut(stay: Stay, origin: int, entry: int, horizon: int) -> tuple[int, int, bool] | None:
    """Return start, stop and whether the stay ends on the clock; None where nothing is left."""
    stop = horizon + 1 if stay.stop is None else stay.stop - origin
    start = max(stay.start - origin, entry)
    return None if min(stop, horizon) <= start else (start, min(stop, horizon), stop <= horizon)


def state_intervals(
    testimony: Testimony, *, dates: Completion, clock: Clock = "contact", horizon: int = 365
) -> StateIntervals:
    """Lay out stays in states, as multi-state estimators take them.

    Parameters
    ----------
    testimony : Testimony
    dates : {"earliest", "latest"}
        See `trace_paths`; estimates at both are the bounds that interval dates leave.
    clock : {"contact", "report"}
        Days since the first contact, or since the first report for those who made one.
    horizon : int
        Days after which nothing counts.

    Returns
    -------
    StateIntervals
        Rows in the order of the table of victims, then of time. Rows before the investigation
        began are not at risk and are left out (delayed entry).

    Raises
    ------
    ValueError
        For an unknown word, or a horizon that is no whole number of days.

    Notes
    -----
    `inference.transitions.count_transitions` takes ``state, next_state, start, stop``. The two
    completions bound a share where the dates of first contact (or report) are exact; where these
    are intervals too, a delay can be shorter or longer than in both.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.samples.testimony import trace_testimony
    >>> found = state_intervals(trace_testimony(example_sample("anna")), dates="earliest")
    >>> found.state, found.next_state, found.start, found.stop
    (array([1, 2]), array([2, 3]), array([0., 5.]), array([5., 6.]))
    """
    _check(clock, horizon)
    paths = trace_paths(testimony, dates=dates)
    rows: list[tuple[Path, Stay, int, tuple[int, int, bool]]] = []
    left_out: list[str] = []
    for path in paths:
        origin, before = _origin(path, clock), len(rows)
        for stay in path.stays if origin is not None else ():
            span = _cut(stay, origin or 0, _entry(path, origin or 0), horizon)
            if span is not None and stay.start >= (origin or 0):
                rows.append((path, stay, origin or 0, span))
        if len(rows) == before:
            left_out.append(path.row.victim)
    with_row = {path.row.victim for path, _, _, _ in rows}
    moved = sum(path.n_moved for path in paths if path.row.victim in with_row)
    return _lay_out(rows, moved, tuple(left_out))


def _lay_out(
    rows: Sequence[tuple[Path, Stay, int, tuple[int, int, bool]]],
    n_moved: int,
    left_out: tuple[str, ...],
) -> StateIntervals:
    start = np.array([span[0] for _, _, _, span in rows], dtype=np.float64)
    state = np.array([stay.state for _, stay, _, _ in rows], dtype=np.int64)
    following = [stay.next_state if span[2] else -1 for _, stay, _, span in rows]
    target = np.array(following, dtype=np.int64)
    present = np.bincount(state[start == 0], minlength=len(STATES)).astype(np.float64)
    return StateIntervals(
        victim=_texts([path.row.victim for path, _, _, _ in rows]),
        case=_texts([path.row.case for path, _, _, _ in rows]),
        relationship=_texts([path.row.relationship for path, _, _, _ in rows]),
        state=state,
        next_state=target,
        start=start,
        stop=np.array([span[1] for _, _, _, span in rows], dtype=np.float64),
        status=target >= 0,
        step=_texts([stay.step if span[2] else "" for _, stay, _, span in rows]),
        begun=np.array([stay.start - origin for _, stay, origin, _ in rows], dtype=np.float64),
        origin=np.array([origin for _, _, origin, _ in rows], dtype=np.float64),
        initial=present / max(present.sum(), 1.0),
        n_victims=len({path.row.victim for path, _, _, _ in rows}),
        n_moved=n_moved,
        left_out=left_out,
    )


def step_back_times(
    testimony: Testimony, *, dates: Completion, by_kind: bool = False, horizon: int = 365
) -> StepBackTimes:
    """Lay out the time from the first report to the first step back, with what competes.

    Parameters
    ----------
    testimony : Testimony
    dates : {"earliest", "latest"}
        See `trace_paths`.
    by_kind : bool
        Whether kinds of stepping back are causes of their own.
    horizon : int
        Days after which nothing counts.

    Returns
    -------
    StepBackTimes
        One row per victim with a report that is used, in the order of the table.

    Raises
    ------
    ValueError
        As `state_intervals`.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.samples.testimony import trace_testimony
    >>> found = step_back_times(trace_testimony(example_sample("anna")), dates="latest")
    >>> found.time, found.cause, found.causes
    (array([5.]), array([1]), ('stepped_back', 'closed', 'death'))
    """
    found = state_intervals(testimony, dates=dates, clock="report", horizon=horizon)
    kind = {row.retraction: row.kind for row in testimony.used_retractions}
    steps = KINDS if by_kind else (STATES[_STEPPED_BACK],)
    causes = (*steps, *STATES[_STEPPED_BACK + 1 :])
    mine = (found.state == _REPORT) & (found.begun == 0)
    ended = [STATES[to] if to >= 0 else "" for to in found.next_state[mine]]
    if by_kind:
        ended = [
            kind[step] if step else word for step, word in zip(found.step[mine], ended, strict=True)
        ]
    told = {row.victim for row in testimony.used_reports}
    rows = set(found.victim[mine])
    return StepBackTimes(
        victim=found.victim[mine],
        case=found.case[mine],
        relationship=found.relationship[mine],
        time=found.stop[mine],
        cause=np.array([causes.index(word) + 1 if word else 0 for word in ended], dtype=np.int64),
        entry=found.start[mine],
        causes=causes,
        left_out=tuple(row.victim for row in testimony.used_victims if row.victim in told - rows),
    )
