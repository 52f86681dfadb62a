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
    "known_states",
    "known_steps",
    "state_rows",
]

COMPLETIONS: tuple[Completion, Completion] = ("earliest", "latest")
#: The states that a report prints, in the order of their numbers.
STATES: tuple[str, ...] = ("no_report", "report_upheld", "stepped_back")
UNDETERMINED = -1
_FOREVER = 10.0**7
_Bounds = tuple[int, int | None]


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
    With k changes of state in a fixed order, the state is known if the number of changes by the
    horizon is the same at the shortest and the longest delay of each. The first contact may be an
    interval, too: a delay is then shortest from its latest day. A woman whose case was closed, or
    who died, stays in the state that she was in.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.samples.testimony import trace_testimony
    >>> STATES[known_states(trace_testimony(example_sample("anna")), 180)[0]]
    'stepped_back'
    """
    early, late = (trace_paths(testimony, dates=dates) for dates in COMPLETIONS)
    found = [_known(one, other, horizon) for one, other in zip(early, late, strict=True)]
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


def _known(early: Path, late: Path, horizon: float) -> int:
    spare = early.row.contact_upper or 0
    changes = _changes(early, late)
    if changes is None:
        return UNDETERMINED
    sure = sum(high is not None and high <= horizon for _, (_, high) in changes)
    possible = sum(low - spare <= horizon for _, (low, _) in changes)
    if sure != possible or not _followed(early, horizon + spare):
        return UNDETERMINED
    return changes[sure - 1][0] if sure else early.stays[0].state


def _changes(early: Path, late: Path) -> list[tuple[int, _Bounds]] | None:
    """List states with the bounds of their days; None where the completions differ in order."""
    if any(one.state != other.state for one, other in zip(early.stays, late.stays, strict=False)):
        return None
    if len(late.stays) > len(early.stays):
        return None
    found: list[tuple[int, _Bounds]] = []
    for place, stay in enumerate(early.stays[1:], start=1):
        high = late.stays[place].start if place < len(late.stays) else None
        found.append((stay.state, (stay.start, high)))
    return found


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

    def share(self, state: int, *, limited: bool) -> list[ShareAt]:
        """Return one share at the horizon by completion; empty where too few are followed."""
        found = []
        for part, rows in zip(self.at_horizon, self.rows, strict=True):
            if isinstance(part, Refusal) or part.at_risk.sum() < self.study.reporting.min_at_risk:
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
        ends = np.zeros(rows.n_subjects)
        np.maximum.at(ends, rows.subject, rows.stop)
        minimum = self.study.reporting.min_at_risk
        if len(ends) < minimum:
            return np.zeros(0)
        last = min(float(np.sort(ends)[-minimum]), self.horizon)
        moved = rows.stop[rows.next_state >= 0]
        found = np.unique([0.0, *moved[moved <= last], *(mark for mark in marks if mark <= last)])
        return np.asarray(found, dtype=np.float64)


def _reached(rows: StayRows, day: float) -> npt.NDArray[np.bool_]:
    held = np.zeros(rows.n_subjects, dtype=bool)
    held[rows.subject[rows.stop >= day]] = True
    return held
