"""Records of times to an event, from a table: columns are named, and every fault is listed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from relatum.errors import ImportFailedError, Issue, UsageError
from relatum.inference.common import FloatArray, IntArray
from relatum.models.time_records_cells import (
    ALLOWED,
    CENSORED,
    event_codes,
    label_cells,
    number_cells,
)
from relatum.schema import near_match

__all__ = ["TimeColumns", "TimeRecords", "time_records"]

Labels = npt.NDArray[np.str_]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeColumns:
    """The columns of a table that hold times to an event.

    Attributes
    ----------
    exit : str
        When observation of a record ended, counted from its origin.
    event : str
        What ended it: 0 and 1, or words.
    entry : str or None
        When observation began, from the same origin; None where all are seen from the origin.
    group, cluster, stratum : str or None
        Columns of labels.
    covariates : tuple of str
        Columns of numbers; a column may also be the group.
    causes : tuple of str
        The words that `event` may hold, the event of interest first; by default 1 is the event.
    censored : tuple of str
        The words for an end without an event.
    """

    exit: str
    event: str
    entry: str | None = None
    group: str | None = None
    covariates: tuple[str, ...] = ()
    cluster: str | None = None
    stratum: str | None = None
    causes: tuple[str, ...] = ()
    censored: tuple[str, ...] = CENSORED

    def __post_init__(self) -> None:
        faults = []
        twice = sorted({name for name in self.covariates if self.covariates.count(name) > 1})
        if twice:
            faults.append(f"covariates named more than once: {', '.join(twice)}")
        times = [self.exit, self.event, *([self.entry] if self.entry else [])]
        if len(set(times)) < len(times):
            faults.append("exit, event and entry must be different columns")
        mixed = sorted(set(times) & set(self.covariates))
        if mixed:
            faults.append(f"both a time or event and a covariate: {', '.join(mixed)}")
        words = [word.lower() for word in (*self.causes, *self.censored)]
        same = sorted({word for word in words if words.count(word) > 1})
        if same:
            faults.append(f"words of events named more than once: {', '.join(same)}")
        if faults:
            raise UsageError(f"The columns do not fit together: {'; '.join(faults)}.")

    @property
    def all(self) -> tuple[str, ...]:
        """Every column that is used, once."""
        named = (self.exit, self.event, self.entry, self.group, self.cluster, self.stratum)
        return tuple(dict.fromkeys([name for name in named if name] + list(self.covariates)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TimeRecords:
    """Checked records, in the order of their table.

    Attributes
    ----------
    name : str
        Of the table.
    time : ndarray, shape (n,)
    cause : ndarray of int, shape (n,)
        1 for the event of interest, further numbers for competing ones, 0 for censored.
    causes : tuple of str
        The word of each number from 1.
    entry : ndarray, shape (n,), or None
        At risk when entry < t <= time.
    group, cluster, stratum : ndarray of str, shape (n,), or None
    covariates : ndarray, shape (n, p)
    covariate_names : tuple of str
    dropped : tuple of (str, int)
        Why records of the table are not here, and how many.
    fingerprint : str
        SHA-256 of the cells that are here.
    origin : str
        ``collected``, ``published`` or ``simulated``.
    """

    name: str
    time: FloatArray
    cause: IntArray
    causes: tuple[str, ...]
    entry: FloatArray | None
    group: Labels | None
    cluster: Labels | None
    stratum: Labels | None
    covariates: FloatArray
    covariate_names: tuple[str, ...]
    dropped: tuple[tuple[str, int], ...]
    fingerprint: str
    origin: str = "collected"

    @property
    def n(self) -> int:
        """Number of records."""
        return len(self.time)

    @property
    def event(self) -> BoolArray:
        """Whether the record ended with the event of interest, shape (n,)."""
        return np.asarray(self.cause == 1)

    @property
    def start(self) -> FloatArray:
        """When each record came under observation, shape (n,): 0 without delayed entry."""
        return np.zeros(self.n) if self.entry is None else self.entry


def time_records(
    frame: pd.DataFrame,
    columns: TimeColumns,
    *,
    drop_missing: bool = False,
    groups: Sequence[str] = (),
    name: str = "records",
    origin: str = "collected",
) -> TimeRecords:
    """Read and check times to an event.

    Parameters
    ----------
    frame : DataFrame
        One row per record. Cells may be numbers or texts.
    columns : TimeColumns
    drop_missing : bool
        Whether records with a missing cell are left out, and counted; otherwise they are faults.
    groups : sequence of str, optional
        The groups that there should be; by default those that there are.
    name : str
        What messages call the table.
    origin : {"collected", "published", "simulated"}

    Returns
    -------
    TimeRecords

    Raises
    ------
    UsageError
        If a column does not exist.
    ImportFailedError
        With one issue per fault: ``missing_time``, ``missing_event``, ``missing_group``,
        ``missing_cluster``, ``missing_stratum``, ``missing_covariate``, ``not_a_number``,
        ``unknown_cause``, ``unknown_group``, ``negative_time``, ``entry_after_exit``,
        ``zero_length`` and ``empty_group``. No message holds the value of a cell.

    Examples
    --------
    >>> table = pd.DataFrame({"weeks": [3, 5, 8], "arrest": [1, 0, 1], "aid": ["a", "b", "b"]})
    >>> found = time_records(table, TimeColumns(exit="weeks", event="arrest", group="aid"))
    >>> found.time, found.cause, found.causes
    (array([3., 5., 8.]), array([1, 0, 1]), ('event',))
    """
    _check_columns([str(column) for column in frame.columns], columns)
    reading = _Reading(frame, columns, name, tuple(groups))
    reading.read()
    kept = reading.complete if drop_missing else np.ones(len(frame), dtype=np.bool_)
    dropped = reading.count_missing() if drop_missing else ()
    faults = [*([] if drop_missing else reading.missing()), *reading.wrong(kept)]
    if faults:
        noun = "fault" if len(faults) == 1 else "faults"
        hint = (
            " Records with missing cells can be left out and counted (drop_missing)."
            if any(fault.rule.startswith("missing_") for fault in faults)
            else ""
        )
        msg = f"{len(faults):,} {noun} in '{name}'; nothing was read.{hint}"
        raise ImportFailedError(msg, sorted(faults))
    return reading.records(kept, dropped, origin)


def _check_columns(there: Sequence[str], columns: TimeColumns) -> None:
    faults = []
    for column in columns.all:
        if column not in there:
            near = near_match(column, tuple(there))
            faults.append(f"no column '{column}'" + (f" (did you mean '{near}'?)" if near else ""))
        elif list(there).count(column) > 1:
            faults.append(f"more than one column '{column}'")
    if faults:
        listed = ", ".join(there[:40])
        raise UsageError(f"The table has {'; '.join(faults)}. There are: {listed}.")


class _Reading:
    """Turns columns into arrays and remembers which cells are missing or wrong."""

    def __init__(
        self, frame: pd.DataFrame, columns: TimeColumns, name: str, groups: tuple[str, ...]
    ) -> None:
        self.frame, self.columns, self.name, self.groups = frame, columns, name, groups
        self.numbers: dict[str, FloatArray] = {}
        self.labels: dict[str, Labels] = {}
        self.cause: IntArray = np.zeros(len(frame), dtype=np.int64)
        self.silent: dict[tuple[str, str], BoolArray] = {}
        self.faults: dict[tuple[str, str], BoolArray] = {}

    def read(self) -> None:
        """Read every column once for each use."""
        named = self.columns
        timed = [named.exit, *([named.entry] if named.entry else [])]
        for column in timed:
            self._number(column, "missing_time")
        cells = event_codes(self.frame[named.event], named.causes, named.censored)
        self.cause = cells.held
        self._remember(named.event, "missing_event", cells.missing)
        self._remember(named.event, "unknown_cause", cells.wrong)
        for use in ("group", "cluster", "stratum"):
            column = getattr(named, use)
            if column:
                self.labels[use], missing = label_cells(self.frame[column])
                self._remember(column, f"missing_{use}", missing)
        for column in named.covariates:
            self._number(column, "missing_covariate")
        self._compare_times()
        if self.groups and named.group:
            known = np.isin(self.labels["group"], self.groups)
            known |= self.silent.get((named.group, "missing_group"), np.bool_(False))
            self._remember(named.group, "unknown_group", ~known)

    def _number(self, column: str, rule: str) -> None:
        cells = number_cells(self.frame[column])
        self.numbers[column] = cells.held
        self._remember(column, rule, cells.missing)
        self._remember(column, "not_a_number", cells.wrong)

    def _remember(self, column: str, rule: str, where: BoolArray) -> None:
        if where.any():
            held = self.silent if rule.startswith("missing_") else self.faults
            held[column, rule] = where

    def _compare_times(self) -> None:
        named = self.columns
        exits = self.numbers[named.exit]
        self._remember(named.exit, "negative_time", exits < 0)
        entry = self.numbers[named.entry] if named.entry else np.zeros(len(exits))
        if named.entry:
            self._remember(named.entry, "negative_time", entry < 0)
            self._remember(named.entry, "entry_after_exit", entry > exits)
        self._remember(named.exit, "zero_length", entry == exits)

    @property
    def complete(self) -> BoolArray:
        """Records without a missing cell."""
        whole = np.ones(len(self.frame), dtype=np.bool_)
        for where in self.silent.values():
            whole &= ~where
        return whole

    def count_missing(self) -> tuple[tuple[str, int], ...]:
        """Count records by the first cell that they lack."""
        found, open_rows = [], np.ones(len(self.frame), dtype=np.bool_)
        for (column, _), where in self.silent.items():
            n = int((where & open_rows).sum())
            open_rows &= ~where
            if n:
                found.append((f"'{column}' is missing", n))
        return tuple(found)

    def missing(self) -> Iterator[Issue]:
        """Word every missing cell as a fault."""
        for (column, rule), where in self.silent.items():
            yield from self._issues(column, rule, where)

    def wrong(self, kept: BoolArray) -> Iterator[Issue]:
        """Word every wrong cell of the records that are kept."""
        for (column, rule), where in self.faults.items():
            yield from self._issues(column, rule, where & kept)
        group = self.columns.group
        if group:
            there = set(self.labels["group"][kept].tolist())
            for label in self.groups:
                if label not in there:
                    message = f"No record belongs to group {self.groups.index(label) + 1}."
                    yield Issue(table=self.name, field=group, rule="empty_group", message=message)

    def _issues(self, column: str, rule: str, where: BoolArray) -> Iterator[Issue]:
        words, allowed = ALLOWED[rule]
        if rule == "unknown_cause":
            allowed = (*(self.columns.causes or ("1",)), *self.columns.censored)
        for row in np.flatnonzero(where).tolist():
            yield Issue(
                table=self.name,
                row=f"row {row + 1}",
                field=column,
                rule=rule,
                message=words,
                allowed=allowed,
            )

    def records(
        self, kept: BoolArray, dropped: tuple[tuple[str, int], ...], origin: str
    ) -> TimeRecords:
        """Put the records together."""
        named = self.columns
        covariates = [self.numbers[column][kept] for column in named.covariates]
        parts: dict[str, Any] = {use: held[kept] for use, held in self.labels.items()}
        time, cause = self.numbers[named.exit][kept], self.cause[kept]
        entry = self.numbers[named.entry][kept] if named.entry else None
        x = np.column_stack(covariates) if covariates else np.empty((len(time), 0))
        causes = named.causes or ("event",)
        digest = sha256("\x1f".join([*named.all, "", *causes]).encode())
        for part in (time, cause, entry, x, *parts.values()):
            digest.update(b"\x1d")
            digest.update(_bytes(part))
        return TimeRecords(
            name=self.name,
            time=time,
            cause=cause,
            causes=causes,
            entry=entry,
            group=parts.get("group"),
            cluster=parts.get("cluster"),
            stratum=parts.get("stratum"),
            covariates=x,
            covariate_names=named.covariates,
            dropped=dropped,
            fingerprint=digest.hexdigest(),
            origin=origin,
        )


def _bytes(part: npt.NDArray[Any] | None) -> bytes:
    """Return the cells in a form that is the same on every machine."""
    if part is None:
        return b""
    if part.dtype.kind == "U":
        return "\x1f".join(part.tolist()).encode()
    return np.ascontiguousarray(part, dtype="<f8").tobytes()
