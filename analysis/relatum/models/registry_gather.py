"""Chunks of a registry put together: three bits a cell, and every fault with its first rows."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from relatum.errors import Issue
from relatum.inference.common import IntArray
from relatum.inference.joint_counts import JointCounts, count_joint_packed
from relatum.models.registry_cells import (
    WRONG,
    ZERO,
    blank_labels,
    cell_codes,
    encode_labels,
    number_labels,
)
from relatum.models.tactic_matrix import matrix_of
from relatum.schema.status import APPLICABLE_NOT, PRESENT, UNDOCUMENTED, Status, StatusCodes

__all__ = ["SHOWN_ROWS", "Gatherer", "RegistryRecords", "Words", "Zeros", "rows_words"]

Zeros = Literal["absent_documented", "not_documented"]
Words = npt.NDArray[np.uint64]

#: Rows of a fault that are named.
SHOWN_ROWS = 3
_CELLS = "0, 1 nor a status"
_STATUSES = tuple(status.value for status in Status)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegistryRecords:
    """What is kept of a registry; what is neither lower nor upper nor foreign was ruled out.

    Attributes
    ----------
    name : str
        The name of the file, without its ending.
    items : tuple of str
    lower, upper, foreign : ndarray of uint64, shape (n_records, ceil(n_items / 64))
        One bit per item: present; present or not documented; not applicable.
    joint_lower, joint_upper : JointCounts
    cases : ndarray of int, shape (n_records,)
        From 0, in the order of their sorted labels.
    case_labels : ndarray of str, shape (n_cases,)
        They may tell of people: no message and no result holds one.
    n_foreign : ndarray of int, shape (n_items,)
        Records to which an item does not apply.
    groups : ndarray of int, shape (n_records,)
        The group of each record, a position in `group_labels`; all 0 without a column of groups.
    group : str
        The column of the groups; empty without one.
    group_labels : tuple of str
        Sorted; empty without a column of groups. Records without a group have the label "".
    skipped : tuple of str
        Columns that were not read.
    origin : {"collected", "published", "simulated"}
    fingerprint : str
        SHA-256 of the statuses, cases and groups.
    """

    name: str
    items: tuple[str, ...]
    lower: Words
    upper: Words
    foreign: Words
    joint_lower: JointCounts
    joint_upper: JointCounts
    cases: IntArray
    case_labels: npt.NDArray[np.str_]
    n_foreign: IntArray
    groups: IntArray
    group: str
    group_labels: tuple[str, ...]
    skipped: tuple[str, ...]
    origin: str
    fingerprint: str

    @property
    def n_records(self) -> int:
        """Number of records."""
        return len(self.cases)

    @property
    def n_cases(self) -> int:
        """Number of cases."""
        return len(self.case_labels)

    def statuses(self, item: str) -> StatusCodes:
        """Return the status of an item in every record, shape (n_records,)."""
        at = self.items.index(item)
        word, bit = at // 64, np.uint64(at % 64)
        low, high, gone = (
            ((words[:, word] >> bit) & np.uint64(1)).astype(np.int8)
            for words in (self.lower, self.upper, self.foreign)
        )
        # Both bits make a presence, the upper one alone silence, none of them an absence.
        codes: StatusCodes = low + high
        codes[gone == 1] = APPLICABLE_NOT
        return codes


def rows_words(rows: list[int]) -> str:
    """Name the first rows of a fault, counted from 1 without the header.

    Examples
    --------
    >>> rows_words([4]), rows_words([4, 7])
    ('row 5', 'rows 5, 8')
    """
    if not rows:
        return ""
    return f"row{'s' if len(rows) > 1 else ''} {', '.join(f'{row + 1:,}' for row in rows)}"


class Gatherer:
    """Gathers the chunks of a registry.

    Parameters
    ----------
    items : tuple of str
    case, group : str
        Columns; no groups where `group` is empty.
    zeros : {"absent_documented", "not_documented"} or None
        What a 0 means.

    Attributes
    ----------
    n_rows : int
        Records so far.
    wrong : dict of str to int
        Per column at fault the number of its wrong cells.
    """

    def __init__(self, items: tuple[str, ...], case: str, group: str, zeros: Zeros | None) -> None:
        self.items, self.case, self.group = items, case, group
        self.zero = ZERO if zeros is None else np.int8(Status(zeros).code)
        self.n_rows = 0
        self.wrong: dict[str, int] = {}
        self._first: dict[str, list[int]] = {}
        self._words: tuple[list[Words], ...] = ([], [], [])
        none = JointCounts(n_units=0, counts=np.zeros((len(items),) * 2, dtype=np.int64))
        self._joint = [none, none]
        self._cases: list[pa.DictionaryArray] = []
        self._groups: list[pa.DictionaryArray] = []
        self._n_foreign: IntArray = np.zeros(len(items), dtype=np.int64)

    def add(self, batch: pa.RecordBatch) -> None:
        """Add the records of one chunk."""
        n, k = batch.num_rows, len(self.items)
        planes = np.zeros((3, 8 * -(-k // 64), n), dtype=np.uint8)
        bits = [np.zeros((k, -(-n // 8)), dtype=np.uint8) for _ in range(2)]
        for at, name in enumerate(self.items):
            codes = self._statuses(batch.column(name), name)
            present, foreign = codes == PRESENT, codes == APPLICABLE_NOT
            self._n_foreign[at] += int(np.count_nonzero(foreign))
            for side, held in enumerate((present, present | (codes == UNDOCUMENTED), foreign)):
                if side < 2:
                    bits[side][at] = np.packbits(held)
                planes[side, at // 8] |= held.view(np.uint8) << np.uint8(at % 8)
        for side, plane in enumerate(planes):
            rows = np.ascontiguousarray(plane.T).view("<u8")
            self._words[side].append(rows.astype(np.uint64, copy=False))
        for side, packed in enumerate(bits):
            self._joint[side] = self._joint[side].add(count_joint_packed(packed, n_units=n))
        self._labels(batch)
        self.n_rows += n

    def _labels(self, batch: pa.RecordBatch) -> None:
        cases = encode_labels(batch.column(self.case), name=self.case)
        blank = blank_labels(cases)
        if blank.any():
            self._remember(self.case, blank)
        self._cases.append(cases)
        if self.group:
            column = batch.column(self.group)
            self._groups.append(encode_labels(column, name=self.group, missing=""))

    def _statuses(self, column: pa.Array, name: str) -> StatusCodes:
        """Turn one column of a chunk into internal codes; what is neither is counted."""
        codes = cell_codes(column, self.zero)
        if not len(codes) or codes.min() >= 0:
            return codes
        if (codes == ZERO).any():
            # The refusal is that of small tables.
            matrix_of(pd.DataFrame({"item": [0]}), case=["case"])
        wrong = codes == WRONG
        self._remember(name, wrong)
        return np.where(wrong, UNDOCUMENTED, codes).astype(np.int8)

    def _remember(self, name: str, where: npt.NDArray[np.bool_]) -> None:
        rows = np.flatnonzero(where)
        self.wrong[name] = self.wrong.get(name, 0) + len(rows)
        first = self._first.setdefault(name, [])
        first += (rows[: SHOWN_ROWS - len(first)] + self.n_rows).tolist()

    def faults(self, table: str) -> list[Issue]:
        """List the columns that hold what is no status, and records without a case."""
        found = []
        for name, n in self.wrong.items():
            if name == self.case:
                rule, message = "missing_case", f"{n:,} records have no case."
            else:
                rule, message = "not_a_status", f"{n:,} cells are neither {_CELLS}."
            found.append(
                Issue(
                    table=table,
                    row=rows_words(self._first[name]),
                    field=name,
                    rule=rule,
                    message=message,
                    allowed=_STATUSES if rule == "not_a_status" else (),
                )
            )
        return found

    def records(self, name: str, *, skipped: tuple[str, ...], origin: str) -> RegistryRecords:
        """Put the chunks together; to be asked for only where there are no `faults`."""
        cases, case_labels = number_labels(self._cases)
        groups, group_labels = number_labels(self._groups)
        width = -(-len(self.items) // 64)
        lower, upper, foreign = (
            np.concatenate([np.zeros((0, width), np.uint64), *part]) for part in self._words
        )
        digest = sha256("\0".join(self.items).encode())
        for part in (lower, upper, cases, self._n_foreign):
            digest.update(part.data)
        if self._n_foreign.any():
            digest.update(foreign.data)
        if self.group:
            digest.update("\0".join(["", self.group, *group_labels.tolist()]).encode())
            digest.update(groups.data)
        return RegistryRecords(
            name=name,
            items=self.items,
            lower=lower,
            upper=upper,
            foreign=foreign,
            joint_lower=self._joint[0],
            joint_upper=self._joint[1],
            cases=cases,
            case_labels=case_labels,
            n_foreign=self._n_foreign,
            groups=groups if self.group else np.zeros(len(cases), dtype=np.int64),
            group=self.group,
            group_labels=tuple(group_labels.tolist()),
            skipped=skipped,
            origin=origin,
            fingerprint=digest.hexdigest(),
        )
