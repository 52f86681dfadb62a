"""Paths through contact, report and stepping back, for one completion of the dates."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

from relatum.samples.testimony import Testimony
from relatum.samples.testimony_rows import ReportTime, RetractionTime, VictimTime

__all__ = ["STATES", "Completion", "Path", "Stay", "trace_paths"]

Completion: TypeAlias = Literal["earliest", "latest"]

#: The states, by number. The last two are ends.
STATES: tuple[str, ...] = ("contact", "report", "stepped_back", "closed", "death")
CONTACT, REPORT, STEPPED_BACK, CLOSED, DEATH = range(5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """Time in one state, in days from the earliest first contact.

    Attributes
    ----------
    state, next_state : int
        Places in `STATES`; the latter -1 where observation ended.
    start : int
    stop : int or None
        None where nothing ends it.
    step : str
        The step back that ended it; empty where it ended otherwise.
    """

    state: int
    next_state: int
    start: int
    stop: int | None
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """The stays of one victim.

    Attributes
    ----------
    row : VictimTime
    stays : tuple of Stay
        None is of no length, apart from the first.
    n_moved : int
        Steps entered the day after, because the step before fell on the same day.
    """

    row: VictimTime
    stays: tuple[Stay, ...]
    n_moved: int


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class _Event:
    day: int
    rank: int
    row: str
    state: int


def trace_paths(testimony: Testimony, *, dates: Completion) -> tuple[Path, ...]:
    """Complete the dates and follow every victim that is used from state to state.

    Parameters
    ----------
    testimony : Testimony
    dates : {"earliest", "latest"}
        Every date on its earliest day in order with the others, or on its latest.

    Returns
    -------
    tuple of Path
        In the order of the table of victims.

    Raises
    ------
    ValueError
        For another word in `dates`.

    Notes
    -----
    She is in ``stepped_back`` from any step back until she confirms the report or makes another
    one. What nothing bounds from above never happens in the latest completion. A stay in
    ``report`` or ``stepped_back`` lasts a day at least: what followed on the same day is entered
    on the next. A first contact that brought a report on its own day leaves no time in
    ``contact``.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.samples.testimony import trace_testimony
    >>> (anna,) = trace_paths(trace_testimony(example_sample("anna")), dates="latest")
    >>> [(STATES[stay.state], stay.start, stay.stop) for stay in anna.stays]
    [('contact', 0, 0), ('report', 0, 5), ('stepped_back', 5, None)]
    """
    if dates not in ("earliest", "latest"):
        msg = f"dates must be earliest or latest, not {dates!r}."
        raise ValueError(msg)
    reports: dict[str, list[ReportTime]] = {}
    steps: dict[str, list[RetractionTime]] = {}
    for report in testimony.used_reports:
        reports.setdefault(report.victim, []).append(report)
    for step in testimony.used_retractions:
        steps.setdefault(step.victim, []).append(step)
    return tuple(
        _path(row, _events(reports.get(row.victim, []), steps.get(row.victim, []), dates), dates)
        for row in testimony.used_victims
    )


def _events(
    reports: list[ReportTime], steps: list[RetractionTime], dates: Completion
) -> list[_Event]:
    early = dates == "earliest"
    days = [(row.lower if early else row.upper, 0, row.report, REPORT) for row in reports]
    order = sorted(steps, key=lambda row: (row.lower or 0, row.upper or 0, row.retraction))
    for place, row in enumerate(order):
        # a report confirmed on the day of the next step back was confirmed before it
        step, reversal = 2 * place + 1, 2 * place + 2
        days.append((row.lower if early else row.upper, step, row.retraction, STEPPED_BACK))
        day = row.reversal_lower if early else row.reversal_upper
        days.append((day, reversal, row.retraction, REPORT))
    return sorted(
        _Event(day=day, rank=rank, row=row, state=state)
        for day, rank, row, state in days
        if day is not None
    )


def _path(row: VictimTime, events: list[_Event], dates: Completion) -> Path:
    first = 0 if dates == "earliest" else row.contact_upper or 0
    marks: list[tuple[int, int, str]] = [(CONTACT, first, "")]
    moved = 0
    for event in events:
        if event.state == marks[-1][0]:
            continue
        free = marks[-1][1] + (len(marks) > 1)
        moved += event.day < free
        step = event.row if event.state == STEPPED_BACK else ""
        marks.append((event.state, max(event.day, free), step))
    last = max([marks[-1][1], *(event.day for event in events)])
    state, end = _end(row, last, dates)
    stays = [
        Stay(state=now[0], next_state=then[0], start=now[1], stop=then[1], step=then[2])
        for now, then in pairwise(marks)
    ]
    stays.append(Stay(state=marks[-1][0], next_state=state, start=marks[-1][1], stop=end, step=""))
    return Path(row=row, stays=tuple(stays), n_moved=moved)


def _end(row: VictimTime, last: int, dates: Completion) -> tuple[int, int | None]:
    """Return the state that ends her path, -1 for the end of observation, and its day."""
    early = dates == "earliest"
    death = row.death_lower if early else row.death_upper
    closed = None
    if early and row.closed_lower is not None:
        closed = max(row.closed_lower, last + 1)
    if death is not None and (closed is None or death <= closed):
        return DEATH, max(death, last + 1)
    if closed is not None:
        return CLOSED, closed
    return -1, None if row.end is None else max(row.end, last)
