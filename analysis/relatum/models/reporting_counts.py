"""Passages between states, and how soon two kinds of report come after the first contact."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, Refusal
from relatum.inference.cumulative_incidence import CumulativeIncidence, cumulative_incidence
from relatum.models.reporting_states import COMPLETIONS, StateHistories
from relatum.models.testimony_limits import ShareAt, join_shares, limit_share
from relatum.results.reporting import ReportIncidence, TransitionCount
from relatum.samples.testimony import Testimony
from relatum.samples.testimony_paths import STATES as PATH_STATES
from relatum.samples.testimony_paths import Completion, trace_paths
from relatum.samples.testimony_rows import ReportTime

__all__ = ["count_passages", "incidence_of_reports"]

_NAMES = {
    "contact": "no report",
    "report": "report upheld",
    "stepped_back": "stepped back",
    "closed": "case closed",
    "death": "death",
}
#: Kinds of first reports, by number of the cause; the third is any other report.
_KINDS = {
    "own_before_arrest": "A report sought by her, before the arrest",
    "any_after_arrest": "A report on the day of the arrest or later",
}
_OTHER, _ENDED = 3, 4
#: A report on the day of first contact comes half a day after it, so that all can be ordered.
_HALF = 0.5


def count_passages(testimony: Testimony) -> tuple[TransitionCount, ...]:
    """Count changes of state over the whole of each history, whenever they came.

    Parameters
    ----------
    testimony : Testimony

    Returns
    -------
    tuple of TransitionCount
        With dates at their earliest, where every recorded step has a day. Closing counts the women
        whose case has an outcome on file.
    """
    paths = trace_paths(testimony, dates="earliest")
    moves: Counter[tuple[int, int]] = Counter()
    cases: dict[tuple[int, int], set[str]] = {}
    ever: Counter[int] = Counter()
    for path in paths:
        ever.update({stay.state for stay in path.stays})
        for stay in path.stays:
            if stay.next_state >= 0:
                key = (stay.state, stay.next_state)
                moves[key] += 1
                cases.setdefault(key, set()).add(path.row.case)
    return tuple(
        TransitionCount(
            origin=PATH_STATES[key[0]],
            target=PATH_STATES[key[1]],
            label=f"{_NAMES[PATH_STATES[key[0]]]} to {_NAMES[PATH_STATES[key[1]]]}",
            n=moves[key],
            n_cases=len(cases[key]),
            n_from=ever[key[0]],
        )
        for key in sorted(moves)
    )


def incidence_of_reports(
    testimony: Testimony, held: StateHistories, *, limited: bool
) -> tuple[ReportIncidence, ...]:
    """Estimate the cumulative incidence of two kinds of first report by the horizon.

    Parameters
    ----------
    testimony : Testimony
    held : StateHistories
        Of the same women.
    limited : bool
        Whether the cases carry limits.

    Returns
    -------
    tuple of ReportIncidence
        A report sought by her before the arrest, and any report from the day of the arrest on. The
        other kind, every other report, closing and death compete.
    """
    first = _first_reports(testimony)
    fits = [_Times(testimony, held, first, dates) for dates in COMPLETIONS]
    found = []
    for cause, (kind, label) in enumerate(_KINDS.items(), start=1):
        parts = [fit.at_horizon(cause, limited=limited) for fit in fits]
        events = [fit.count(cause) for fit in fits]
        limits = join_shares(parts)
        found.append(
            ReportIncidence(
                kind=kind,
                label=label,
                day=held.horizon,
                n_women=len(fits[-1].time),
                n_events_low=min(events),
                n_events_high=max(events),
                earliest=parts[0].estimate,
                latest=parts[1].estimate,
                conf_low=limits.low,
                conf_high=limits.high,
            )
        )
    return tuple(found)


def _first_reports(testimony: Testimony) -> dict[str, int]:
    """Return the number of the kind of each woman's first report."""
    found: dict[str, tuple[float, float, int]] = {}
    for row in testimony.used_reports:
        low, high = (np.inf if day is None else float(day) for day in (row.lower, row.upper))
        key = (low, high, _kind(row))
        found[row.victim] = min(found.get(row.victim, key), key)
    return {victim: kind for victim, (_, _, kind) in found.items()}


def _kind(row: ReportTime) -> int:
    if row.arrest_order == "before" and row.initiator == "victim":
        return 1
    return 2 if row.arrest_order in ("after", "same_day") else _OTHER


class _Times:
    """Times to the first report under one completion, with what competes."""

    def __init__(
        self,
        testimony: Testimony,
        held: StateHistories,
        first: dict[str, int],
        dates: Completion,
    ) -> None:
        self.held = held
        paths = trace_paths(testimony, dates=dates)
        time, cause, entry = [], [], []
        for path in paths:
            stay = path.stays[0]
            opened = path.row.observed_from
            stop = held.horizon + 1 if stay.stop is None else stay.stop - stay.start
            reported = stay.next_state == PATH_STATES.index("report")
            kind = first.get(path.row.victim, _OTHER) if reported else _ENDED
            time.append(stop + _HALF)
            cause.append(kind if stay.next_state >= 0 else 0)
            entry.append(0 if opened is None else max(opened - stay.start, 0))
        keep = np.array(time) > np.array(entry)
        self.time: FloatArray = np.array(time)[keep]
        self.cause: npt.NDArray[np.int64] = np.array(cause, dtype=np.int64)[keep]
        self.case = held.case[keep]
        self.fit: CumulativeIncidence | Refusal = cumulative_incidence(
            self.time, self.cause, entry=np.array(entry, dtype=np.float64)[keep], n_causes=_ENDED
        )

    @property
    def day(self) -> float:
        """The end of the horizon on this clock."""
        return self.held.horizon + _HALF

    def count(self, cause: int) -> int:
        """Events of a cause by the horizon."""
        return int(((self.cause == cause) & (self.time <= self.day)).sum())

    def at_horizon(self, cause: int, *, limited: bool) -> ShareAt:
        """Estimate and limits; none where too few are followed to the horizon or an event."""
        followed = (self.cause > 0) | (self.time >= self.day)
        if isinstance(self.fit, Refusal):
            return ShareAt()
        if int(followed.sum()) < self.held.study.reporting.min_at_risk:
            return ShareAt()
        value = float(self.fit.at([self.day]).incidence[0, cause - 1])
        if not limited:
            return ShareAt(estimate=value)
        limits = limit_share(
            value,
            self.fit.influence_at([self.day])[:, 0, cause - 1],
            self.case,
            followed=followed,
            conf_level=self.held.study.reporting.conf_level,
            study=self.held.study,
        )
        return ShareAt(estimate=value, limits=limits)
