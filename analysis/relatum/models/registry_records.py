"""Records of a registry, read from Parquet or CSV in chunks; two bits a cell are kept."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from relatum.errors import ImportFailedError, Issue, UsageError
from relatum.inference.common import IntArray
from relatum.inference.joint_counts import JointCounts, count_joint_packed
from relatum.models.tactic_matrix import matrix_of
from relatum.schema import near_match
from relatum.schema.status import (
    APPLICABLE_NOT,
    PRESENT,
    UNDOCUMENTED,
    Status,
    StatusCodes,
)

__all__ = ["CHUNK_ROWS", "RegistryRecords", "Zeros", "read_records"]

Zeros = Literal["absent_documented", "not_documented"]
Words = npt.NDArray[np.uint64]

#: Records read at a time.
CHUNK_ROWS = 2**17
_ZERO, _WRONG = np.int8(-2), np.int8(-1)
_WORD_CODES: Mapping[str, np.int8] = {
    **{status.value: np.int8(status.code) for status in Status},
    **dict.fromkeys(("1", "1.0", "true"), PRESENT),
}
_ZERO_WORDS = ("0", "0.0", "false")
_CELLS = "0, 1 nor a status"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegistryRecords:
    """What is kept of a registry; what is neither lower nor upper nor foreign was ruled out.

    Attributes
    ----------
    name : str
        The name of the file, without its ending.
    items : tuple of str
    lower, upper : ndarray of uint64, shape (n_records, ceil(n_items / 64))
        One bit per item: present; present or not documented.
    joint_lower, joint_upper : JointCounts
    cases : ndarray of int, shape (n_records,)
        From 0, in the order of their sorted labels.
    n_cases : int
    n_foreign : ndarray of int, shape (n_items,)
        Records to which an item does not apply.
    fingerprint : str
        SHA-256 of the statuses and cases.
    """

    name: str
    items: tuple[str, ...]
    lower: Words
    upper: Words
    joint_lower: JointCounts
    joint_upper: JointCounts
    cases: IntArray
    n_cases: int
    n_foreign: IntArray
    fingerprint: str


def read_records(
    path: Path,
    *,
    case: str,
    zeros: Zeros | None = None,
    items: Sequence[str] = (),
    chunk_rows: int = CHUNK_ROWS,
) -> RegistryRecords:
    """Read the statuses of all items of a registry.

    Parameters
    ----------
    path : Path
        A file that ends in ``.parquet`` or ``.csv`` (comma, semicolon or tab; UTF-8).
    case : str
        The column of the case.
    zeros : {"absent_documented", "not_documented"}, optional
        What a 0 means; needed where there is one.
    items : sequence of str
        The columns of the items; all but `case` by default.
    chunk_rows : int
        Records read at a time; the outcome does not depend on it.

    Returns
    -------
    RegistryRecords

    Raises
    ------
    UsageError
        If a column does not exist, or zeros are not declared.
    ImportFailedError
        If the file cannot be read, with one issue per column at fault.
    """
    if chunk_rows < 1:
        raise UsageError(f"chunk_rows must be at least 1, not {chunk_rows}.")
    # Refuses a word that `zeros` does not know before anything is read.
    matrix_of(pd.DataFrame({"item": [1]}), case=["case"], zeros=zeros)
    source = _open(Path(path))
    names = _choose(source.columns, case, tuple(items))
    kept = _Kept(names, zeros)
    try:
        for batch in source.batches((*names, case), chunk_rows):
            kept.add(batch, case)
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise _unreadable(source.path, type(error).__name__) from error
    if source.n_ragged:
        many = f"{source.n_ragged:,} lines have another number of fields than the header"
        raise _unreadable(source.path, many)
    return kept.done(source.path.stem, case)


def _unreadable(path: Path, why: str) -> ImportFailedError:
    return ImportFailedError(f"'{path.name}' could not be read as a registry: {why}.")


def _choose(columns: Sequence[str], case: str, items: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns of the items, or say which names are wrong."""
    twice = sorted({name for name in columns if list(columns).count(name) > 1})
    if twice:
        raise ImportFailedError(f"Columns with the same name: {', '.join(twice)}.")
    for name in (case, *items):
        if name not in columns:
            near = near_match(name, tuple(columns))
            hint = f" Did you mean '{near}'?" if near else ""
            msg = f"There is no column '{name}'.{hint} There are: {', '.join(columns[:40])}."
            raise UsageError(msg)
    repeated = sorted({name for name in items if items.count(name) > 1 or name == case})
    if repeated:
        raise UsageError(f"Named more than once: {', '.join(repeated)}.")
    return items or tuple(name for name in columns if name != case)


@dataclass(slots=True)
class _Source:
    """A file that gives batches of some columns."""

    path: Path
    columns: tuple[str, ...]
    delimiter: str = ","
    n_ragged: int = 0

    def batches(self, names: tuple[str, ...], rows: int) -> Iterator[pa.RecordBatch]:
        if self.path.suffix.lower() == ".parquet":
            yield from self._from_parquet(names, rows)
        else:
            yield from self._from_csv(names, rows)

    def _from_parquet(self, names: tuple[str, ...], rows: int) -> Iterator[pa.RecordBatch]:
        with pq.ParquetFile(self.path) as held:
            texts = [f.name for f in held.schema_arrow if _is_text(f.type)]
        with pq.ParquetFile(self.path, read_dictionary=texts) as held:
            yield from held.iter_batches(batch_size=rows, columns=list(names))

    def _from_csv(self, names: tuple[str, ...], rows: int) -> Iterator[pa.RecordBatch]:
        texts = pa.dictionary(pa.int32(), pa.string())
        reader = pacsv.open_csv(
            self.path,
            parse_options=pacsv.ParseOptions(
                delimiter=self.delimiter, invalid_row_handler=self._skip
            ),
            convert_options=pacsv.ConvertOptions(
                include_columns=list(names),
                column_types=dict.fromkeys(names, texts),
                strings_can_be_null=True,
                null_values=["", "NA"],
            ),
        )
        for batch in reader:
            for start in range(0, batch.num_rows, rows):
                yield batch.slice(start, rows)

    def _skip(self, row: object) -> str:
        self.n_ragged += 1
        return "skip"


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _open(path: Path) -> _Source:
    if path.suffix.lower() not in (".parquet", ".csv"):
        raise UsageError(f"'{path.name}' must end in .parquet or .csv.")
    if not path.is_file():
        raise _unreadable(path, "there is no such file")
    try:
        if path.suffix.lower() == ".parquet":
            return _Source(path, tuple(pq.read_schema(path).names))
        with path.open(encoding="utf-8-sig", newline="") as handle:
            head = handle.readline()
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise _unreadable(path, type(error).__name__) from error
    delimiter = max(",;\t", key=head.count)
    return _Source(path, tuple(next(csv.reader([head], delimiter=delimiter), ())), delimiter)


@dataclass(slots=True)
class _Kept:
    """Gathers the chunks."""

    items: tuple[str, ...]
    zeros: Zeros | None
    words: tuple[list[Words], list[Words]] = field(default_factory=lambda: ([], []))
    joint: list[JointCounts] = field(default_factory=list)
    cases: list[pa.Array] = field(default_factory=list)
    foreign: IntArray = field(init=False)
    wrong: IntArray = field(init=False)
    zero: np.int8 = field(init=False)

    def __post_init__(self) -> None:
        k = len(self.items)
        self.foreign, self.wrong = np.zeros((2, k), dtype=np.int64)
        self.zero = _ZERO if self.zeros is None else np.int8(Status(self.zeros).code)
        none = JointCounts(n_units=0, counts=np.zeros((k, k), dtype=np.int64))
        self.joint = [none, none]

    def add(self, batch: pa.RecordBatch, case: str) -> None:
        """Add the records of one chunk."""
        n, k = batch.num_rows, len(self.items)
        planes = np.zeros((2, 8 * -(-k // 64), n), dtype=np.uint8)
        bits = [np.zeros((k, -(-n // 8)), dtype=np.uint8) for _ in range(2)]
        for at, name in enumerate(self.items):
            codes = self._statuses(batch.column(name), at)
            self.foreign[at] += int(np.count_nonzero(codes == APPLICABLE_NOT))
            present = codes == PRESENT
            for side, held in enumerate((present, present | (codes == UNDOCUMENTED))):
                bits[side][at] = np.packbits(held)
                planes[side, at // 8] |= held.view(np.uint8) << np.uint8(at % 8)
        for side in range(2):
            rows = np.ascontiguousarray(planes[side].T).view("<u8")
            self.words[side].append(rows.astype(np.uint64, copy=False))
            self.joint[side] = self.joint[side].add(count_joint_packed(bits[side], n_units=n))
        self.cases.append(batch.column(case).cast(pa.string()).dictionary_encode())

    def _statuses(self, column: pa.Array, at: int) -> StatusCodes:
        """Turn one column of a chunk into internal codes; what is neither is counted."""
        codes = _cell_codes(column, self.zero)
        if not len(codes) or codes.min() >= 0:
            return codes
        if (codes == _ZERO).any():
            # The refusal is that of small tables.
            matrix_of(pd.DataFrame({"item": [0]}), case=["case"])
        wrong = codes == _WRONG
        self.wrong[at] += int(wrong.sum())
        return np.where(wrong, UNDOCUMENTED, codes).astype(np.int8)

    def done(self, name: str, case: str) -> RegistryRecords:
        """Put the chunks together."""
        faults = [
            Issue(
                table=name,
                field=self.items[at],
                rule="not_a_status",
                message=f"{self.wrong[at]:,} cells are neither {_CELLS}.",
                allowed=tuple(status.value for status in Status),
            )
            for at in np.flatnonzero(self.wrong)
        ]
        cases = pa.chunked_array(self.cases, pa.dictionary(pa.int32(), pa.string()))
        if cases.null_count:
            n = cases.null_count
            message = f"{n:,} records have no case."
            faults.append(Issue(table=name, field=case, rule="missing_case", message=message))
        if faults:
            msg = f"{len(faults)} columns of '{name}' are at fault. Which columns hold items can be"
            raise ImportFailedError(f"{msg} said with items (--items).", faults)
        numbers, n_cases = _number(cases)
        width = -(-len(self.items) // 64)
        lower, upper = (
            np.concatenate([np.zeros((0, width), np.uint64), *part]) for part in self.words
        )
        digest = sha256("\0".join(self.items).encode())
        for part in (lower, upper, numbers, self.foreign):
            digest.update(part.data)
        return RegistryRecords(
            name=name,
            items=self.items,
            lower=lower,
            upper=upper,
            joint_lower=self.joint[0],
            joint_upper=self.joint[1],
            cases=numbers,
            n_cases=n_cases,
            n_foreign=self.foreign,
            fingerprint=digest.hexdigest(),
        )


def _cell_codes(column: pa.Array, zero: np.int8) -> StatusCodes:
    """Return internal codes, a 0 as `zero`, with a mark of its own for what is no status."""
    kind = column.type
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _number_codes(column, zero)
    if _is_text(kind):
        column = column.dictionary_encode()
    if not pa.types.is_dictionary(column.type):
        blank = column.is_null().to_numpy(zero_copy_only=False)
        return np.where(blank, UNDOCUMENTED, _WRONG).astype(np.int8)
    words = {**_WORD_CODES, **dict.fromkeys(_ZERO_WORDS, zero)}
    texts = column.dictionary.cast(pa.string()).to_pylist()
    known = [UNDOCUMENTED if t is None else words.get(t.lower(), _WRONG) for t in texts]
    # A missing cell points beyond the dictionary.
    table = np.array([*known, UNDOCUMENTED], dtype=np.int8)
    at = column.indices.fill_null(len(texts)) if column.null_count else column.indices
    found: StatusCodes = table[at.to_numpy(zero_copy_only=False)]
    return found


def _number_codes(column: pa.Array, zero: np.int8) -> StatusCodes:
    silent = column.is_null(nan_is_null=True) if _may_be_silent(column) else None
    if column.null_count:
        column = column.fill_null(False if pa.types.is_boolean(column.type) else 0)
    values: npt.NDArray[Any] = column.to_numpy(zero_copy_only=False)
    truths = values.dtype == np.bool_
    codes: StatusCodes = np.where(values if truths else values == 1, PRESENT, zero)
    if not truths:
        codes[(values != 0) & (values != 1)] = _WRONG
    if silent is not None:
        codes[silent.to_numpy(zero_copy_only=False)] = UNDOCUMENTED
    return codes


def _may_be_silent(column: pa.Array) -> bool:
    return bool(column.null_count or pa.types.is_floating(column.type))


def _number(cases: pa.ChunkedArray) -> tuple[IntArray, int]:
    """Give cases numbers from 0 by their sorted labels: the order of rows does not matter."""
    if len(cases) == 0:
        return np.empty(0, dtype=np.int64), 0
    whole = cases.unify_dictionaries().combine_chunks()
    whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    labels = np.asarray(whole.dictionary.to_pylist(), dtype=str)
    rank = np.empty(len(labels), dtype=np.int64)
    rank[np.argsort(labels, kind="stable")] = np.arange(len(labels))
    return rank[whole.indices.to_numpy(zero_copy_only=False)], len(labels)
