"""Contact with the suspect after a report: periods, completions of their dates, and splits.

Days are whole days on the count that starts on 1 January 1970; only their differences mean
anything. Day d is the stretch (d - 1, d]. A day that no period covers is not documented.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from relatum.errors import Issue
from relatum.results.flow import FlowStep
from relatum.samples.contact_periods_days import Days
from relatum.samples.contact_periods_line import StatusLine, checked_days
from relatum.samples.contact_periods_read import (
    CONTACT_WHY_NOT,
    Completion,
    PeriodRow,
    contact_flow,
    read_contact_periods,
    settle,
)
from relatum.samples.sample import Sample

__all__ = [
    "CONTACT_WHY_NOT",
    "Completion",
    "ContactPeriod",
    "ContactPeriods",
    "ContactSplit",
    "split_at_contact",
    "trace_contact_periods",
]

IntArray: TypeAlias = npt.NDArray[np.int64]
StatusCodes: TypeAlias = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPeriod:
    """One period in which a couple had contact, or had none.

    Attributes
    ----------
    period, relationship : str
    kind : {"contact", "none", ""}
        Empty where the row does not say.
    means, recorded_by : tuple of str
        The levels entered, sorted.
    independent : bool
        Whether a prison log, a wiretap or an observation records it: known whether or not she
        stepped back.
    earliest, latest : tuple of int or None
        First and last day, both included, with every date on its earliest or its latest day. A
        period without a recorded end lasts to the last day on record. None where no date is known.
    certain : tuple of int or None
        The days covered under every reading of the dates; None where there are none.
    used : bool
    why_not : str
        Why it is not used; empty where it is. `CONTACT_WHY_NOT` has the words.
    """

    period: str
    relationship: str
    kind: Literal["contact", "none", ""]
    means: tuple[str, ...]
    recorded_by: tuple[str, ...]
    independent: bool
    earliest: Days | None
    latest: Days | None
    certain: Days | None
    used: bool
    why_not: str

    def days(self, completion: Completion) -> Days | None:
        """Return the days that the period covers under one reading of its dates."""
        read = {"earliest": self.earliest, "latest": self.latest, "certain": self.certain}
        return read[completion]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPeriods:
    """Recorded contact, and recorded absence of contact, of all relationships.

    Attributes
    ----------
    periods : tuple of ContactPeriod
        By relationship, then in the order of time; those without dates last.
    faults : tuple of Issue
        What contradicts itself, and what is left open (warnings).
    flow : tuple of FlowStep
        Periods recorded, left out with the reason, and used.
    """

    periods: tuple[ContactPeriod, ...]
    faults: tuple[Issue, ...]
    flow: tuple[FlowStep, ...]

    @property
    def used(self) -> tuple[ContactPeriod, ...]:
        """The periods that bear a status."""
        return tuple(row for row in self.periods if row.used)

    def of(self, relationship: str) -> tuple[ContactPeriod, ...]:
        """Return the periods of one relationship, in order; none where nothing is recorded."""
        return tuple(row for row in self.periods if row.relationship == relationship)

    def status_at(
        self,
        relationship: npt.ArrayLike,
        day: npt.ArrayLike,
        *,
        completion: Completion,
        lag: int = 0,
        independent_only: bool = False,
    ) -> StatusCodes:
        """Tell for relationships and days whether there was contact.

        Parameters
        ----------
        relationship : array of str, shape (n,)
        day : array of int, shape (n,)
            Whole days since 1 January 1970.
        completion : {"earliest", "latest", "certain"}
            Every date on its earliest day, on its latest day, or only what holds under every
            reading of the dates.
        lag : int
            Days by which contact counts later than it took place: the status of a day is that of
            `lag` days before.
        independent_only : bool
            Whether only periods count that a prison log, a wiretap or an observation records.

        Returns
        -------
        array of int8, shape (n,)
            The codes of `relatum.schema.status`: present, absent_documented or not_documented.

        Raises
        ------
        ValueError
            If the arrays do not fit, a day is not whole, or an option is unknown.

        Notes
        -----
        Where a reading of the dates puts a day into a period of contact and one of none, contact
        was recorded, and so it counts.

        Examples
        --------
        >>> from relatum.samples import example_sample
        >>> found = trace_contact_periods(example_sample("anna"))
        >>> found.status_at(["anna_musa"], [14410], completion="certain").tolist()
        [1]
        """
        line = self._line(completion, lag, independent_only=independent_only)
        return line.status[line.at(*checked_days(relationship, day))]

    def cut_points(
        self,
        relationship: str,
        *,
        completion: Completion,
        lag: int = 0,
        independent_only: bool = False,
    ) -> IntArray:
        """Return the days after which the status of a relationship changes, in order.

        Parameters
        ----------
        relationship : str
        completion, lag, independent_only
            As in `status_at`.

        Returns
        -------
        array of int, shape (n_changes,)
            A change after day d splits (start, stop] into (start, d] and (d, stop].
        """
        line = self._line(completion, lag, independent_only=independent_only)
        return line.changes(relationship)

    def _line(self, completion: Completion, lag: int, *, independent_only: bool) -> StatusLine:
        if completion not in ("earliest", "latest", "certain"):
            raise ValueError("completion is earliest, latest or certain.")
        stretches = [
            (row.relationship, *days, row.kind == "contact")
            for row in self.used
            if (days := row.days(completion)) and (row.independent or not independent_only)
        ]
        return StatusLine.of(stretches, lag=lag)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ContactSplit:
    """Rows (start, stop] cut where the status of contact changes.

    Attributes
    ----------
    row : ndarray of int, shape (n,)
        The position of the row that each part comes from.
    start, stop : ndarray of int, shape (n,)
    status : ndarray of int8, shape (n,)
        One status for the whole part: present, absent_documented or not_documented.
    """

    row: IntArray
    start: IntArray
    stop: IntArray
    status: StatusCodes


def split_at_contact(
    periods: ContactPeriods,
    relationship: npt.ArrayLike,
    start: npt.ArrayLike,
    stop: npt.ArrayLike,
    *,
    completion: Completion,
    lag: int = 1,
    independent_only: bool = False,
) -> ContactSplit:
    """Cut the rows of a counting process where the status of contact changes.

    Parameters
    ----------
    periods : ContactPeriods
    relationship : array of str, shape (n,)
    start, stop : array of int, shape (n,)
        At risk in (start, stop], in whole days since 1 January 1970.
    completion, lag, independent_only
        As in `ContactPeriods.status_at`. With a lag of one day, what is recorded for the day of a
        contact itself does not count as having followed it.

    Returns
    -------
    ContactSplit
        The parts of each row in order. Their time adds up to that of the rows; an event that
        stood at the end of a row stands at the end of its last part.

    Raises
    ------
    ValueError
        If the arrays do not fit, a row does not run forwards, or an option is unknown.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> found = trace_contact_periods(example_sample("anna"))
    >>> parts = split_at_contact(found, ["anna_musa"], [14410], [14415], completion="latest")
    >>> parts.stop.tolist(), parts.status.tolist()
    ([14415], [1])
    """
    line = periods._line(completion, lag, independent_only=independent_only)
    names, first = checked_days(relationship, start)
    last = checked_days(relationship, stop)[1]
    if (first >= last).any():
        raise ValueError("Every row needs start < stop.")
    low, high = line.after(names, first), line.at(names, last)
    parts = high - low + 1
    row = np.repeat(np.arange(len(first)), parts)
    offset = np.arange(len(row)) - np.repeat(np.cumsum(parts) - parts, parts)
    inner = offset + low[row]
    ends = np.append(line.days, 0)
    stops = np.where(offset == parts[row] - 1, last[row], ends[inner])
    starts = np.where(offset == 0, first[row], ends[inner - 1])
    return ContactSplit(row=row, start=starts, stop=stops, status=line.status[inner])


def trace_contact_periods(sample: Sample) -> ContactPeriods:
    """Read the recorded periods of contact with the suspect from a sample.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    ContactPeriods

    Notes
    -----
    Contact that is known only from women who stepped back cannot be compared with anything:
    these periods are recorded for every woman who reported. *None* is a finding of a source that
    would have shown contact; days without a period are silent. The last day belongs to the
    period. Where it is certain that there was no contact, a contact with uncertain dates is
    placed before or after, as far as its dates force it there.

    Faults have names: ``contact_period_reversed``, ``contact_periods_overlap`` (contact and none
    on one day under every reading; contact then stands and none is left out; or a repeated row),
    ``contact_none_with_means`` and, as warnings, ``contact_period_undated`` and
    ``contact_means_missing``. A checked sample can hold undated periods, and several periods of
    none that leave no day for a contact although each of them would.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> found = trace_contact_periods(example_sample("simulated"))
    >>> len(found.used) == len(found.periods), found.faults
    (True, ())
    """
    rows, faults = settle(read_contact_periods(sample))
    periods = sorted((_period(row) for row in rows), key=_order)
    return ContactPeriods(
        periods=tuple(periods),
        faults=tuple(sorted(faults)),
        flow=contact_flow([row.why_not for row in periods]),
    )


def _period(row: PeriodRow) -> ContactPeriod:
    dated = not row.window.undated and row.window.possible
    return ContactPeriod(
        period=row.period,
        relationship=row.relationship,
        kind=row.kind,
        means=row.means,
        recorded_by=row.recorded_by,
        independent=row.independent,
        earliest=row.window.earliest if dated else None,
        latest=row.window.latest if dated else None,
        certain=row.window.certain if dated else None,
        used=not row.why_not,
        why_not=row.why_not,
    )


def _order(row: ContactPeriod) -> tuple[str, bool, Days, Days, str]:
    nothing = (0, 0)
    undated = row.earliest is None
    return row.relationship, undated, row.earliest or nothing, row.latest or nothing, row.period
