"""What ended the wait for a first attempt, at one completion of the dates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, IntArray
from relatum.models.case_cells import CaseCells
from relatum.models.escape_times import DAYS_PER_MONTH
from relatum.results.escape_curves import AtRisk
from relatum.samples.durations import Durations
from relatum.samples.durations_arrays import CountingProcess, End, counting_process

__all__ = [
    "CAUSES",
    "CAUSE_LABELS",
    "COMPLETIONS",
    "FirstEvents",
    "case_sizes",
    "first_events",
    "mark_risk",
    "why_no_time",
]

COMPLETIONS: tuple[End, End] = ("earliest", "latest")

#: What can come first, numbered from 1 in this order; everything else censors.
CAUSE_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "attempt": "First observable attempt",
        "arrest": "Arrest or detention of the suspect",
        "ended": "End of the relationship",
        "other": "Death",
    }
)
CAUSES = tuple(CAUSE_LABELS)
_CAUSE_OF = {
    "arrest_or_detention": 2,
    "victim_ended": 3,
    "suspect_ended": 3,
    "moved_abroad": 3,
    "death": 4,
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FirstEvents:
    """First events since entry, one row per relationship, sorted by its name.

    Attributes
    ----------
    days : ndarray, shape (n,)
        Until the first event, or the end of observation.
    cause : ndarray of int, shape (n,)
        1 to 4 in the order of `CAUSES`; 0 where observation ended without any.
    exits : ndarray, shape (n,)
        Days until observation ended, whatever came before.
    case : ndarray, shape (n,)
    rows : CountingProcess
        All attempts of the same completion.
    """

    days: FloatArray
    cause: IntArray
    exits: FloatArray
    case: npt.NDArray[Any]
    rows: CountingProcess

    def n_at_risk(self, day: float) -> int:
        """Relationships that wait for a first event on a day."""
        return int((self.days >= day).sum())

    def n_observed(self, day: float) -> int:
        """Relationships that are under observation on a day."""
        return int((self.exits >= day).sum())

    def n_events(self, cause: int, day: float) -> int:
        """First events of one cause up to a day."""
        return int(((self.cause == cause) & (self.days <= day)).sum())


def first_events(durations: Durations, completion: End) -> FirstEvents:
    """Find what came first in every relationship.

    Parameters
    ----------
    durations : Durations
        With at least one relationship at risk.
    completion : {"earliest", "latest"}
        Whether intervals of dates stand at their earliest or latest day.

    Returns
    -------
    FirstEvents
        An attempt on the day on which observation ended comes first.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.samples.durations import trace_durations
    >>> found = first_events(trace_durations(example_sample("simulated")), "latest")
    >>> np.bincount(found.cause, minlength=5).tolist()
    [7, 18, 32, 16, 0]
    """
    rows = counting_process(durations, dates=completion)
    first = np.flatnonzero(rows.number == 1)
    first = first[np.argsort(rows.relationship[first], kind="stable")]
    cause = [
        1 if happened else _CAUSE_OF.get(str(ended), 0)
        for happened, ended in zip(rows.event[first], rows.cause[first], strict=True)
    ]
    names, at = np.unique(rows.relationship, return_inverse=True)
    exits = np.zeros(len(names))
    np.maximum.at(exits, at, rows.stop)
    return FirstEvents(
        days=rows.stop[first],
        cause=np.array(cause, dtype=np.int64),
        exits=exits,
        case=rows.case[first],
        rows=rows,
    )


def mark_risk(found: FirstEvents, minimum: int, *, horizon: float) -> tuple[AtRisk, ...]:
    """Count who waits for a first event at round months.

    Parameters
    ----------
    found : FirstEvents
    minimum : int
        Below it a curve is not drawn.
    horizon : float
        In months; a mark of its own.

    Returns
    -------
    tuple of AtRisk
        Every month up to 8, every third up to 36, else every twelfth.
    """
    last = float(found.exits.max()) / DAYS_PER_MONTH
    step = next(step for end, step in ((8.0, 1), (36.0, 3), (np.inf, 12)) if last <= end)
    marks = np.union1d(np.arange(0.0, last + 1e-9, step), [horizon] if horizon <= last else [])
    counts = [found.n_at_risk(mark * DAYS_PER_MONTH) for mark in marks]
    return tuple(
        AtRisk(month=float(mark), n=n, enough=n >= minimum)
        for mark, n in zip(marks, counts, strict=True)
    )


def case_sizes(durations: Durations) -> CaseCells:
    """Count relationships under observation, and their attempts, per case."""
    sizes = Counter(row.case for row in durations.at_risk)
    with_event = {event.relationship: event.case for event in durations.events}
    events = Counter(with_event.values())
    return CaseCells.of(list(sizes.values()), [events[case] for case in sizes], [0 for _ in sizes])


def why_no_time(durations: Durations) -> str:
    """Say why no relationship is at risk; empty where one is."""
    if durations.at_risk:
        return ""
    if not durations.relationships:
        return "the sample holds no relationship"
    reasons = {step.reason for step in durations.flow if step.unit == "relationship"} - {""}
    return f"no relationship has time under observation ({'; '.join(sorted(reasons))})"
