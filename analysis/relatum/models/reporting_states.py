"""The state of women after their first contact: histories, what is known, and shares over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, IntArray, Refusal
from relatum.inference.occupation import Occupation, StayRows, occupation_influence
from relatum.models.testimony_limits import ShareAt, limit_share
from relatum.samples.testimony import Testimony
from relatum.samples.testimony_paths import Completion, Path, trace_paths
from relatum.samples.testimony_rows import VictimTime
from relatum.study import Study

__all__ = [
    "COMPLETIONS",
    "STATES",
    "UNDETERMINED",
    "StateHistories",
    "count_followed",
    "known_states",
    "known_steps",
    "state_rows",
]

COMPLETIONS: tuple[Completion, Completion] = ("earliest", "latest")
#: The states that a report prints, in the order of their numbers.
STATES: tuple[str, ...] = ("no_report", "report_upheld", "stepped_back")
UNDETERMINED = -1
_UPHELD, _BACK = STATES.index("report_upheld"), STATES.index("stepped_back")
_FOREVER = 10.0**7


def known_states(testimony: Testimony, horizon: float) -> IntArray:
    """Say in which state each woman was at a day after first contact, whatever the dates.

    Parameters
    ----------
    testimony : Testimony
    horizon : float
        Days after the first contact.

    Returns
    -------
    ndarray of int, shape (n,)
        For the women that are used, in their order: a place in `STATES`, or `UNDETERMINED` where
        some dates inside their intervals give another state, or she was not followed so long.

    Notes
    -----
    The state is that of the last change by the horizon. A change can be the last one if its
    shortest delay reaches the horizon and no other change comes after it and by the horizon on
    all dates. Steps back follow their report and confirmations follow their step back; other
    changes may come in any order that their intervals allow, so that two dates in the middle can
    give a state that neither completion has. The first contact may be an interval, too: a delay is
    then shortest from its latest day. A woman whose case was closed, or who died, stays in the
    state that she was in.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.samples.testimony import trace_testimony
    >>> STATES[known_states(trace_testimony(example_sample("anna")), 180)[0]]
    'stepped_back'
    """
    changes = _changes(testimony)
    paths = zip(*(trace_paths(testimony, dates=dates) for dates in COMPLETIONS), strict=True)
    found = [_known(pair, changes.get(pair[0].row.victim, []), horizon) for pair in paths]
    return np.array(found, dtype=np.int64)


def known_steps(testimony: Testimony, horizon: float) -> IntArray:
    """Say who stepped back by a day after first contact, whatever the dates.

    Parameters
    ----------
    testimony : Testimony
    horizon : float
        Days after the first contact.

    Returns
    -------
    ndarray of int, shape (n,)
        For the women that are used: 1 stepped back at least once, 0 did not, -1 not known.
    """
    early, late = (trace_paths(testimony, dates=dates) for dates in COMPLETIONS)
    found = [_stepped(one, other, horizon) for one, other in zip(early, late, strict=True)]
    return np.array(found, dtype=np.int64)


def _stepped(early: Path, late: Path, horizon: float) -> int:
    spare = early.row.contact_upper or 0
    at = STATES.index("stepped_back")
    low = [stay.start for stay in early.stays if stay.state == at]
    high = [stay.start for stay in late.stays if stay.state == at]
    if high and high[0] <= horizon:
        return 1
    if low and low[0] - spare <= horizon:
        return -1
    return 0 if low or _followed(early, horizon + spare) else -1


@dataclass(frozen=True, slots=True)
class _Change:
    """A change of state between its first and its last day.

    `rank` says what comes first on one day; `step` and `stepped` are the name and the days of the
    step back, or of the one that is confirmed again.
    """

    state: int
    lower: int
    upper: int | None
    rank: int
    report: str
    step: str = ""
    stepped: tuple[int, int | None] = (0, None)


def _changes(testimony: Testimony) -> dict[str, list[_Change]]:
    found: dict[str, list[_Change]] = {}
    for told in testimony.used_reports:
        if told.lower is not None:
            mine = found.setdefault(told.victim, [])
            mine.append(_Change(_UPHELD, told.lower, told.upper, 0, told.report))
    for step in testimony.used_retractions:
        mine, key = found.setdefault(step.victim, []), (step.report, step.retraction)
        if step.lower is not None:
            days = (step.lower, step.upper)
            mine.append(_Change(_BACK, *days, 1, *key, days))
            if step.reversal_lower is not None:
                again = (step.reversal_lower, step.reversal_upper)
                mine.append(_Change(_UPHELD, *again, 2, *key, days))
    return found


def _known(paths: tuple[Path, ...], changes: Sequence[_Change], horizon: float) -> int:
    spare = paths[0].row.contact_upper or 0
    if not _followed(paths[0], horizon + spare):
        return UNDETERMINED
    sure = [one for one in changes if one.upper is not None and one.upper <= horizon]
    last = {
        one.state
        for one in changes
        if one.lower - spare <= horizon and not any(_comes_after(other, one) for other in sure)
    }
    last |= set() if sure else {STATES.index("no_report")}
    last |= {_state_at(path, horizon) for path in paths}
    return last.pop() if len(last) == 1 else UNDETERMINED


def _comes_after(later: _Change, earlier: _Change) -> bool:
    """Say whether a change follows another one on all dates."""
    if later.report == earlier.report:
        if earlier.rank == 0 or later.step == earlier.step:
            return later.rank > earlier.rank
        ended = earlier.stepped[1]
        if later.rank and ended is not None and later.stepped[0] > ended:
            return True
    if earlier.upper is None:
        return False
    return (later.lower, later.rank) > (earlier.upper, earlier.rank)


def _state_at(path: Path, horizon: float) -> int:
    origin = path.stays[0].start
    return [stay.state for stay in path.stays if stay.start - origin <= horizon][-1]


def _followed(path: Path, day: float) -> bool:
    last = path.stays[-1]
    return last.next_state >= 0 or last.stop is None or last.stop >= day


def state_rows(testimony: Testimony, dates: Completion) -> StayRows:
    """Lay out stays in the three states since first contact; an end of the case changes nothing.

    Parameters
    ----------
    testimony : Testimony
    dates : {"earliest", "latest"}

    Returns
    -------
    StayRows
        Subjects are the women that are used, in their order. After closing or death a woman stays
        in her state for ever; where observation just ends, her row is censored.
    """
    rows: list[tuple[int, int, int, float, float]] = []
    paths = trace_paths(testimony, dates=dates)
    for number, path in enumerate(paths):
        origin = path.stays[0].start
        opened = path.row.observed_from
        entry = 0 if opened is None else max(opened - origin, 0)
        for stay in path.stays:
            final = stay.next_state >= len(STATES) or stay.stop is None
            stop = _FOREVER if final else float((stay.stop or 0) - origin)
            start = float(max(stay.start - origin, entry))
            if stop > start:
                target = UNDETERMINED if final else stay.next_state
                rows.append((number, stay.state, target, start, stop))
    columns = list(zip(*rows, strict=True)) if rows else [()] * 5
    return StayRows(
        subject=np.array(columns[0], dtype=np.int64),
        state=np.array(columns[1], dtype=np.int64),
        next_state=np.array(columns[2], dtype=np.int64),
        start=np.array(columns[3], dtype=np.float64),
        stop=np.array(columns[4], dtype=np.float64),
        n_states=len(STATES),
        n_subjects=len(paths),
    )


@dataclass(frozen=True, eq=False)
class StateHistories:
    """Women with a first contact, their cases, and their stays under both completions.

    Attributes
    ----------
    people : tuple of VictimTime
    case : ndarray of int, shape (n,)
        Numbers of cases, larger cases first, so that no number depends on their names.
    known : ndarray of int, shape (n,)
        See `known_states`.
    rows : tuple of StayRows
        By completion.
    study : Study
    """

    people: tuple[VictimTime, ...]
    case: npt.NDArray[Any]
    known: IntArray
    rows: tuple[StayRows, StayRows]
    study: Study

    @property
    def horizon(self) -> float:
        """Days after first contact."""
        return self.study.reporting.horizon

    @property
    def sizes(self) -> IntArray:
        """Women per case."""
        return np.unique(self.case, return_counts=True)[1].astype(np.int64)

    def take(self, keep: npt.NDArray[np.bool_]) -> StateHistories:
        """Keep some women."""
        number = np.cumsum(keep) - 1
        rows = []
        for part in self.rows:
            mine = keep[part.subject]
            rows.append(
                replace(
                    part,
                    subject=number[part.subject[mine]],
                    state=part.state[mine],
                    next_state=part.next_state[mine],
                    start=part.start[mine],
                    stop=part.stop[mine],
                    n_subjects=int(keep.sum()),
                )
            )
        people = tuple(row for row, held in zip(self.people, keep, strict=True) if held)
        return StateHistories(
            people=people,
            case=self.case[keep],
            known=self.known[keep],
            rows=(rows[0], rows[1]),
            study=self.study,
        )

    @cached_property
    def at_horizon(self) -> tuple[Occupation | Refusal, Occupation | Refusal]:
        """Shares at the horizon, by completion."""
        first, second = (occupation_influence(rows, [self.horizon]) for rows in self.rows)
        return first, second

    @cached_property
    def enough(self) -> tuple[bool, bool]:
        """Whether enough women are followed from the start to the horizon, by completion."""
        minimum = self.study.reporting.min_at_risk
        first, second = (
            bool((count_followed(rows, _moves(rows, [self.horizon])) >= minimum).all())
            for rows in self.rows
        )
        return first, second

    @property
    def carried(self) -> tuple[int, ...]:
        """States that have a share at the horizon and in which nobody is followed so far."""
        found: set[int] = set()
        for part, rows in zip(self.at_horizon, self.rows, strict=True):
            if not isinstance(part, Refusal):
                there = (rows.start <= self.horizon) & (self.horizon <= rows.stop)
                shares = part.share[0] > 1e-9
                found |= set(np.flatnonzero(shares).tolist()) - set(rows.state[there].tolist())
        return tuple(sorted(found))

    def share(self, state: int, *, limited: bool) -> list[ShareAt]:
        """Return one share at the horizon by completion; empty where too few are followed."""
        found = []
        for part, rows, enough in zip(self.at_horizon, self.rows, self.enough, strict=True):
            if isinstance(part, Refusal) or not enough:
                found.append(ShareAt())
                continue
            value = float(part.share[0, state])
            found.append(ShareAt(estimate=value))
            if limited:
                limits = limit_share(
                    value,
                    part.influence[0, :, state],
                    self.case,
                    followed=_reached(rows, self.horizon),
                    conf_level=self.study.reporting.conf_level,
                    study=self.study,
                )
                found[-1] = ShareAt(estimate=value, limits=limits)
        return found

    def moments(self, completion: int, marks: Sequence[float]) -> FloatArray:
        """Return days at which shares change, with marks, up to where too few are followed."""
        rows = self.rows[completion]
        days = _moves(rows, [*marks, self.horizon])
        few = count_followed(rows, days) < self.study.reporting.min_at_risk
        return days[: int(few.argmax())] if few.any() else days


def _moves(rows: StayRows, marks: Sequence[float]) -> FloatArray:
    """Return 0, marks, and the days of moves before the last of these."""
    moved = rows.stop[rows.next_state >= 0]
    return np.unique(np.array([0.0, *marks, *moved[moved <= max(marks)]], dtype=np.float64))


def count_followed(rows: StayRows, days: FloatArray) -> IntArray:
    """Count the women under observation just before each day; at 0, from then on.

    Examples
    --------
    >>> rows = StayRows(subject=np.array([0, 0, 1]), state=np.array([0, 1, 0]),
    ...                 next_state=np.array([1, -1, -1]), start=np.array([0.0, 2, 1]),
    ...                 stop=np.array([2.0, 9, 4]), n_states=2, n_subjects=2)
    >>> count_followed(rows, np.array([0.0, 2, 5]))
    array([1, 2, 1])
    """
    begun = np.searchsorted(np.sort(rows.start), days, side="left")
    begun = np.where(days > 0, begun, (rows.start <= 0).sum())
    return np.asarray(begun - np.searchsorted(np.sort(rows.stop), days, side="left"))


def _reached(rows: StayRows, day: float) -> npt.NDArray[np.bool_]:
    held = np.zeros(rows.n_subjects, dtype=bool)
    held[rows.subject[rows.stop >= day]] = True
    return held
