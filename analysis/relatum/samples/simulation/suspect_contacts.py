"""Contact with the suspect after a report: drawn without regard to who steps back.

The draw has random numbers of its own, so that it changes nothing else in a sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from relatum.errors import SchemaError
from relatum.samples.simulation.assumptions import Assumptions
from relatum.samples.simulation.events import Events
from relatum.samples.simulation.structure import Structure
from relatum.samples.simulation.timeline import Timeline, to_dates

__all__ = ["draw_suspect_contacts"]

_NONE, _SILENT, _CONTACT = range(3)
_NEVER = 10**6
_NO_ROW = -1


@dataclass(frozen=True, slots=True)
class _Watch:
    """What could have been seen after one report, in days.

    Attributes
    ----------
    first, last : int
        The day after the report, and the last day of follow-up.
    log_from : int
        The day from which a prison log was kept and read; `_NEVER` without one.
    tap_to : int
        The last day of interception: the end of the investigation.
    """

    first: int
    last: int
    log_from: int
    tap_to: int

    @property
    def seen_to(self) -> int:
        """The last day on which contact would have been recorded."""
        return self.last if self.log_from < _NEVER else min(self.tap_to, self.last)

    def sources(self, days: tuple[int, int], kind: str) -> str:
        """Name what records contact of a kind on the first and on the last of these days."""
        other = "observation" if "visit" in kind else "wiretap"
        found = {"prison_log" if day >= self.log_from else other for day in days}
        return ";".join(sorted(found))


def draw_suspect_contacts(
    rng: Generator,
    assumptions: Assumptions,
    structure: Structure,
    time: Timeline,
    events: Events,
    detained: NDArray[np.bool_],
) -> pd.DataFrame:
    """Draw the recorded periods of contact after every report that concerns a relationship.

    Parameters
    ----------
    rng : Generator
        Random numbers for this table alone.
    assumptions : Assumptions
    structure, time, events
        What was drawn before.
    detained : array of bool, shape (70,)
        Suspects in custody on the last day of the investigation.

    Returns
    -------
    DataFrame
        One row per period; ``relationship`` is a position.

    Raises
    ------
    SchemaError
        If the declared shares cannot agree with those of ``level.retraction_contact_suspect``.

    Notes
    -----
    A course is drawn for every report: contact, documented absence, or silence of the sources.
    For women who stepped back the table ``retractions`` may already name contact or its absence.
    One uniform number per report, cut at the declared shares of both, decides the two together:
    neither contradicts the other, and the course has the same distribution with and without a
    step back. The same holds for the kind of contact and for whether a prison log was read.
    """
    reports = events.reports
    answer, kind_told, log_told = _told(events, len(reports))
    course = _courses(rng, assumptions, answer)
    kinds = _kinds(rng, assumptions, kind_told)
    log = np.where(
        log_told == _NO_ROW,
        rng.random(len(reports)) < assumptions.value("suspect_contacts.log"),
        log_told == 1,
    )
    rows: list[tuple[int, int, int, bool, str, str]] = []
    for at, (couple, day) in enumerate(
        zip(reports["relationship"].to_numpy(), reports["day"].to_numpy(), strict=True)
    ):
        own = Generator(np.random.PCG64(rng.integers(2**63)))
        if couple < 0 or course[at] == _SILENT:
            continue
        suspect = structure.pair_suspect[couple]
        arrest = time.arrest[suspect]
        kept = bool(log[at] and detained[suspect] and arrest >= 0)
        watch = _Watch(
            first=int(day) + 1,
            last=int(day) + int(assumptions.value("suspect_contacts.followed", "days")),
            log_from=int(arrest) if kept else _NEVER,
            tap_to=int(time.end[structure.pair_case[couple]]),
        )
        if course[at] == _CONTACT:
            found = _contact(own, assumptions, watch, str(kinds[at]))
        else:
            found = _absence(watch)
        rows += [(int(couple), *row) for row in found]
    return _frame(rows)


def _told(
    events: Events, n: int
) -> tuple[NDArray[np.int64], NDArray[np.object_], NDArray[np.int64]]:
    """Return what a retraction says of contact, by report: the answer, its kind, whether logged."""
    answer = np.full(n, _NO_ROW)
    kind = np.full(n, None, dtype=object)
    log = np.full(n, _NO_ROW)
    back = events.retractions
    at = back["report"].to_numpy(dtype=np.int64)
    words = back["retraction_contact_suspect"].to_numpy(dtype=object)
    answer[at] = [_answer(str(word)) for word in words]
    kind[at] = [word if _answer(str(word)) == _CONTACT else None for word in words]
    log[at] = back["retraction_contact_observable"].to_numpy(dtype=bool)
    return answer, kind, log


def _answer(level: str) -> int:
    return {"none": _NONE, "not_documented": _SILENT}.get(level, _CONTACT)


def _courses(
    rng: Generator, assumptions: Assumptions, answer: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Draw the courses; one number in [0, 1) is cut at the shares of answers and of courses."""
    told = np.zeros(3)
    for level, share in assumptions.shares("level.retraction_contact_suspect").items():
        told[_answer(level)] += share
    declared = assumptions.shares("suspect_contacts.course")
    names = ("none", "not_documented", "contact")
    ends = np.cumsum([declared.get(name, 0.0) for name in names])
    ends /= ends[-1]
    cuts = np.concatenate([[0.0], np.cumsum(told / told.sum())])
    if ends[0] > cuts[2] + 1e-9 or ends[1] < cuts[1] - 1e-9:
        msg = (
            "The shares of 'suspect_contacts.course' contradict those of "
            "'level.retraction_contact_suspect': none may have at most the share of none and "
            "not_documented there, and contact at most that of contact and not_documented."
        )
        raise SchemaError(msg)
    u = rng.random(len(answer))
    known = answer >= 0
    low, high = cuts[answer[known]], cuts[answer[known] + 1]
    u[known] = low + u[known] * (high - low)
    course = np.searchsorted(ends, u, side="right")
    return np.minimum(course, _CONTACT).astype(np.int64)


def _kinds(
    rng: Generator, assumptions: Assumptions, told: NDArray[np.object_]
) -> NDArray[np.object_]:
    """Draw the kind of contact; where a retraction names one, it is that."""
    shares = assumptions.shares("level.retraction_contact_suspect")
    named = {level: share for level, share in shares.items() if _answer(level) == _CONTACT}
    weights = np.array(list(named.values()))
    words = np.array([level.replace("+", ";") for level in named], dtype=object)
    drawn = words[rng.choice(len(words), size=len(told), p=weights / weights.sum())]
    return np.where(told == None, drawn, told)  # noqa: E711 - element by element


def _days(rng: Generator, assumptions: Assumptions, quantity: str) -> int:
    mean = assumptions.value(f"suspect_contacts.{quantity}", "days")
    return 1 + int(rng.exponential(mean))


def _contact(
    rng: Generator, assumptions: Assumptions, watch: _Watch, kind: str
) -> list[tuple[int, int, bool, str, str]]:
    """Return first day, last day, whether it went on, means and sources of the periods seen."""
    rows: list[tuple[int, int, bool, str, str]] = []
    start = watch.first - 1 + _days(rng, assumptions, "gap")
    while start <= watch.seen_to:
        end = start - 1 + _days(rng, assumptions, "length")
        goes_on = end > watch.seen_to
        end = min(end, watch.seen_to)
        rows.append((start, end, goes_on, kind, watch.sources((start, end), kind)))
        before, start = end, end + 1 + _days(rng, assumptions, "gap")
        # A gap is a finding only where the whole of it was logged, and contact came before it.
        gap = max(before + 1, watch.log_from), min(start - 1, watch.seen_to)
        if not goes_on and before + 1 >= watch.log_from and gap[0] <= gap[1]:
            rows.append((*gap, False, "none", "prison_log"))
    return rows


def _absence(watch: _Watch) -> list[tuple[int, int, bool, str, str]]:
    """Return the periods of documented absence: under interception, then by the prison log."""
    tapped = watch.first, min(watch.tap_to, watch.log_from - 1, watch.last)
    logged = max(watch.first, watch.log_from), watch.last
    rows = [(*tapped, False, "none", "wiretap"), (*logged, False, "none", "prison_log")]
    return [row for row in rows if row[0] <= row[1]]


def _frame(rows: list[tuple[int, int, int, bool, str, str]]) -> pd.DataFrame:
    first = np.array([row[1] for row in rows], dtype=np.int64)
    last = np.array([row[2] for row in rows], dtype=np.int64)
    open_end = np.array([row[3] for row in rows], dtype=bool)
    return pd.DataFrame(
        {
            "relationship": np.array([row[0] for row in rows], dtype=np.int64),
            "period_start_lower": to_dates(first),
            "period_start_upper": to_dates(first),
            "period_end_lower": to_dates(last),
            "period_end_upper": pd.Series(to_dates(last)).where(~open_end),
            "contact_means": np.array([row[4] for row in rows], dtype=object),
            "contact_recorded_by": np.array([row[5] for row in rows], dtype=object),
        }
    )
