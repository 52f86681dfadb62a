"""Time from a report to a step back: under two completions, and as intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, IntArray, Refusal
from relatum.inference.cumulative_incidence import CumulativeIncidence, cumulative_incidence
from relatum.models.testimony_limits import ShareAt, limit_share, number_cases
from relatum.samples.testimony import Testimony
from relatum.samples.testimony_arrays import KINDS, step_back_times
from relatum.samples.testimony_paths import STATES, Completion, Path, Stay, trace_paths
from relatum.study import Study

__all__ = [
    "ANY",
    "COMPETING",
    "COMPLETIONS",
    "CURVES",
    "CURVE_LABELS",
    "DelayBounds",
    "IncidenceAt",
    "delay_bounds",
    "incidence_at",
]

COMPLETIONS: tuple[Completion, Completion] = ("earliest", "latest")
ANY = "any"
#: What is followed after a report: any step back, each type, and what competes with them.
COMPETING: tuple[str, ...] = ("closed", "death")
CURVES: tuple[str, ...] = (ANY, *KINDS, *COMPETING)
CURVE_LABELS = {
    ANY: "Any step back",
    "support_withdrawn_facts_upheld": "Support withdrawn, facts upheld",
    "facts_recanted": "Facts recanted",
    "contradictory_statement": "Contradictory statement",
    "refuses_further_cooperation": "Refuses further cooperation",
    "not_documented": "Type not documented",
    "closed": "Case closed first",
    "death": "Death first",
}
_REPORT, _STEPPED, _CLOSED, _DEATH = (
    STATES.index(name) for name in ("report", "stepped_back", "closed", "death")
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DelayBounds:
    """Delays from the first report to the first step back, as wide as the dates leave them.

    Attributes
    ----------
    victim : tuple of str
        Women with a report that is used.
    case : ndarray of str, shape (n,)
    kind : tuple of str
        Of the first step back; empty without one.
    low, high : ndarray, shape (n,)
        With a step back, the delay lies in (low, high]; without one, `low` is the shortest time
        followed, and `high` is infinite.
    ended : tuple of str
        ``closed`` or ``death`` where one of these ended the time without a step back; else empty.
    """

    victim: tuple[str, ...]
    case: npt.NDArray[Any]
    kind: tuple[str, ...]
    low: FloatArray
    high: FloatArray
    ended: tuple[str, ...]

    def known(self, day: float) -> IntArray:
        """Say by a day: 1 stepped back for certain, 0 for certain not, -1 not known."""
        found = np.full(len(self.victim), -1, dtype=np.int64)
        step = np.array([bool(kind) for kind in self.kind], dtype=bool)
        over = np.array([bool(end) for end in self.ended], dtype=bool)
        found[step & (self.high <= day)] = 1
        found[step & (self.low >= day)] = 0
        found[~step & (over | (self.low >= day))] = 0
        return found

    def count_unfollowed(self, day: float) -> int:
        """Count women without any event whose observation ended before a day."""
        ended = [bool(kind) or bool(end) for kind, end in zip(self.kind, self.ended, strict=True)]
        return int((~np.array(ended, dtype=bool) & (self.low < day)).sum())


def delay_bounds(testimony: Testimony) -> DelayBounds:
    """Bound the delay of every woman with a report.

    Parameters
    ----------
    testimony : Testimony

    Returns
    -------
    DelayBounds
        The delay is shortest from the latest day of the report to the earliest of the step back,
        and longest the other way round. A step back comes a day after its report at least.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.samples.testimony import trace_testimony
    >>> found = delay_bounds(trace_testimony(example_sample("anna")))
    >>> found.kind, found.low, found.high
    (('support_withdrawn_facts_upheld',), array([4.]), array([5.]))
    """
    early, late = (trace_paths(testimony, dates=dates) for dates in COMPLETIONS)
    kind = {row.retraction: row.kind for row in testimony.used_retractions}
    rows = [
        (one.row.victim, one.row.case, *_delay(one, other, kind))
        for one, other in zip(early, late, strict=True)
        if _first_report(one) is not None
    ]
    victim, case, kinds, low, high, ended = zip(*rows, strict=True) if rows else [()] * 6
    return DelayBounds(
        victim=tuple(victim),
        case=np.array(case, dtype=np.str_),
        kind=tuple(kinds),
        low=np.array(low, dtype=np.float64),
        high=np.array(high, dtype=np.float64),
        ended=tuple(ended),
    )


def _delay(early: Path, late: Path, kind: dict[str, str]) -> tuple[str, float, float, str]:
    """Return the type of the first step back, the bounds of its delay, and what ended the time."""
    stay, other = _first_report(early), _first_report(late)
    assert stay is not None
    begun = np.inf if other is None else float(other.start)
    stop = np.inf if stay.stop is None else float(stay.stop)
    if stay.next_state == _STEPPED:
        end = other.stop if other is not None and other.next_state == _STEPPED else None
        high = np.inf if end is None else float(end - stay.start)
        return kind.get(stay.step, "not_documented"), max(stop - begun, 1.0) - 1.0, high, ""
    ended = {_CLOSED: "closed", _DEATH: "death"}.get(stay.next_state, "")
    return "", np.inf if np.isinf(stop) else max(stop - begun, 0.0), np.inf, ended


def _first_report(path: Path) -> Stay | None:
    return next((stay for stay in path.stays if stay.state == _REPORT), None)


@dataclass(frozen=True, eq=False)
class IncidenceAt:
    """Cumulative incidence after the report under one completion.

    Attributes
    ----------
    completion : {"earliest", "latest"}
    time : ndarray, shape (n,)
        Days since the report.
    cause : ndarray of int, shape (n,)
        0 where observation ended, else a place in `CURVES`.
    case : ndarray, shape (n,)
        Numbers of cases, larger first.
    split, joined : CumulativeIncidence
        With the types apart, and with all of them as one cause.
    study : Study
    """

    completion: Completion
    time: FloatArray
    cause: IntArray
    case: npt.NDArray[Any]
    split: CumulativeIncidence
    joined: CumulativeIncidence
    study: Study

    def _fit(self, curve: str) -> tuple[CumulativeIncidence, int]:
        if curve == ANY:
            return self.joined, 0
        return self.split, CURVES.index(curve) - 1

    def events(self, curve: str, day: float) -> int:
        """Events of a curve by a day."""
        steps = range(1, len(KINDS) + 1)
        mine = np.isin(self.cause, steps) if curve == ANY else self.cause == CURVES.index(curve)
        return int((mine & (self.time <= day)).sum())

    def values(self, curve: str, days: FloatArray) -> FloatArray:
        """Read a curve."""
        fit, place = self._fit(curve)
        found: FloatArray = fit.at(days).incidence[:, place]
        return found

    def at(self, curve: str, day: float, *, limited: bool) -> ShareAt:
        """Estimate and limits at a day; none where too few are followed."""
        followed = (self.cause > 0) | (self.time >= day)
        if int(followed.sum()) < self.study.retraction.min_at_risk:
            return ShareAt()
        fit, place = self._fit(curve)
        value = float(fit.at([day]).incidence[0, place])
        if not limited:
            return ShareAt(estimate=value)
        limits = limit_share(
            value,
            fit.influence_at([day])[:, 0, place],
            self.case,
            followed=followed,
            conf_level=self.study.retraction.conf_level,
            study=self.study,
        )
        return ShareAt(estimate=value, limits=limits)

    def at_risk(self, day: float) -> int:
        """Count the reports under observation just before a day, without an event by then."""
        entry = self.joined.rows.entry
        begun = np.zeros(len(self.time)) if entry is None else entry
        return int(((self.time >= day) & ((begun < day) | (begun <= 0))).sum())


def incidence_at(
    testimony: Testimony,
    study: Study,
    dates: Completion,
    *,
    keep: npt.NDArray[np.bool_] | None = None,
) -> IncidenceAt | Refusal:
    """Estimate cumulative incidence since the report under one completion of the dates.

    Parameters
    ----------
    testimony : Testimony
    study : Study
        The plan: its last horizon is where time ends.
    dates : {"earliest", "latest"}
    keep : ndarray of bool, optional
        Of the rows that `step_back_times` gives.

    Returns
    -------
    IncidenceAt or Refusal
    """
    horizon = int(np.ceil(study.retraction.horizons[-1])) + 1
    found = step_back_times(testimony, dates=dates, by_kind=True, horizon=horizon)
    mine = np.ones(len(found.time), dtype=bool) if keep is None else keep
    time, cause, entry = found.time[mine], found.cause[mine], found.entry[mine]
    joined = np.where(cause == 0, 0, np.where(cause <= len(KINDS), 1, cause - len(KINDS) + 1))
    fits = [
        cumulative_incidence(time, part, entry=entry, n_causes=n)
        for part, n in ((cause, len(CURVES) - 1), (joined, 3))
    ]
    if isinstance(fits[0], Refusal) or isinstance(fits[1], Refusal):
        return next(fit for fit in fits if isinstance(fit, Refusal))
    return IncidenceAt(
        completion=dates,
        time=time,
        cause=cause,
        case=number_cases(found.case[mine], joined == 1),
        split=fits[0],
        joined=fits[1],
        study=study,
    )
