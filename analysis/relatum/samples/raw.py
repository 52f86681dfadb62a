"""A table as it lies on disk: texts, each column stored once per distinct value."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from relatum.errors import Issue, SampleError
from relatum.samples.texts import cell_text

__all__ = ["RawColumn", "RawTable", "merged", "read_raw"]

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
_MAX_BAD_ROWS = 1000
_LOST = ("too_few_fields", "too_many_fields")


@dataclass(frozen=True, slots=True)
class RawColumn:
    """One column of texts.

    Attributes
    ----------
    distinct : tuple of str
        The distinct texts.
    codes : array of int, shape (n_rows,)
        For every row the position of its text in `distinct`.
    """

    distinct: tuple[str, ...]
    codes: NDArray[np.int32]

    def text(self, row: int) -> str:
        """Return the text of a row."""
        return self.distinct[int(self.codes[row])]

    def flags(self, wanted: Mapping[str, bool]) -> NDArray[np.bool_]:
        """Return for every row what `wanted` says of its text."""
        by_value = np.array([wanted[value] for value in self.distinct], dtype=bool)
        return by_value[self.codes] if len(by_value) else np.zeros(len(self.codes), dtype=bool)

    def rows_by(self, groups: Mapping[int, int]) -> Iterator[tuple[int, NDArray[np.intp]]]:
        """Yield the rows of every group of distinct texts, in one pass over the rows.

        Parameters
        ----------
        groups : mapping of int to int
            For positions in `distinct` the number of their group, at least 1.
        """
        numbers = np.zeros(len(self.distinct), dtype=np.int64)
        numbers[list(groups)] = list(groups.values())
        of_rows = numbers[self.codes]
        order = np.argsort(of_rows, kind="stable")
        firsts = np.flatnonzero(np.diff(of_rows[order], prepend=-1))
        for rows in np.split(order, firsts[1:]):
            if len(rows) and of_rows[rows[0]]:
                yield int(of_rows[rows[0]]), rows


@dataclass(frozen=True, slots=True)
class RawTable:
    """One table as it lies on disk.

    Attributes
    ----------
    name, file : str
        The table's and the file's name.
    columns : mapping of str to RawColumn
        In the order of the file.
    n_rows : int
        Rows without the header.
    issues : tuple of Issue
        Faults of single lines and a foreign delimiter.
    lines : array of int, shape (n_rows,), optional
        The line of every row, where lines without a row stand between them.
    """

    name: str
    file: str
    columns: Mapping[str, RawColumn]
    n_rows: int
    issues: tuple[Issue, ...] = ()
    lines: NDArray[np.int64] | None = None

    def line(self, row: int) -> int:
        """Return the line of the file on which a row stands, counted from 1."""
        if self.lines is None or row >= len(self.lines):
            return row + 2
        return int(self.lines[row])

    @property
    def lost_rows(self) -> bool:
        """Whether lines were left out because they have too few or too many fields."""
        return any(issue.rule in _LOST for issue in self.issues)


def read_raw(path: Path, name: str) -> RawTable:
    """Read a CSV or Parquet file as texts.

    Parameters
    ----------
    path : Path
        A file that ends in ``.csv`` or ``.parquet``.
    name : str
        The table it holds.

    Raises
    ------
    SampleError
        If the file is empty, truncated, or no text in UTF-8.
    """
    try:
        if path.suffix.lower() == ".parquet":
            return _read_parquet(path, name)
        return _read_csv(path, name)
    except OSError as error:
        message = f"The file could not be opened: {error.strerror or type(error).__name__}."
        raise _fail(path.name, "unreadable_file", message) from error


# --- CSV -------------------------------------------------------------------------------------


def _fail(file: str, rule: str, message: str) -> SampleError:
    return SampleError(f"{file}: {message}", [Issue(table=file, rule=rule, message=message)])


def _decode(path: Path) -> str:
    raw = path.read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = "The file is in UTF-16. Save it as 'CSV UTF-8' and try again."
        raise _fail(path.name, "encoding", text)
    if b"\x00" in raw:
        line = raw[: raw.index(b"\x00")].count(b"\n") + 1
        text = f"Line {line} holds a NUL byte: the file is damaged or no text file."
        raise _fail(path.name, "damaged_file", text)
    try:
        decoded = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        text = (
            f"Line {line} is not in UTF-8 (byte {error.start + 1} of the file). "
            "Save the file as 'CSV UTF-8' and try again."
        )
        raise _fail(path.name, "encoding", text) from error
    if not decoded.strip():
        raise _fail(path.name, "empty_file", "The file is empty; it needs at least a header line.")
    return decoded.replace("\r\n", "\n").replace("\r", "\n") if "\r" in decoded else decoded


def _delimiter(header: str) -> str:
    counts = {mark: header.count(mark) for mark in _DELIMITERS}
    return max(counts, key=lambda mark: counts[mark]) if any(counts.values()) else ","


def _header(file: str, line: str, delimiter: str) -> list[str]:
    if not line:
        message = "The first line is empty; it must be the header with the names of the columns."
        raise _fail(file, "header", message)
    try:
        names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter))]
    except csv.Error:
        raise _fail(file, "header", "The first line is no regular header.") from None
    if "" in names:
        message = f"Column {names.index('') + 1} has no name in the header."
        raise _fail(file, "header", message)
    if len(set(names)) < len(names):
        places = [str(at) for at, name in enumerate(names, 1) if name in names[: at - 1]]
        message = f"The header repeats a name, in column {', '.join(places)}."
        raise _fail(file, "duplicate_column", message)
    return names


def _read_csv(path: Path, name: str) -> RawTable:
    text = _decode(path)
    if text.count('"') % 2:
        message = "A quotation mark is opened and never closed: the file is cut off or damaged."
        raise _fail(path.name, "truncated_file", message)
    header = text[: text.find("\n") % (len(text) + 1)]
    delimiter = _delimiter(header)
    names = _header(path.name, header, delimiter)
    bad = _BadRows()
    if len(text.rstrip()) <= len(header):
        table = pa.table({column: pa.array([], pa.string()) for column in names})
    else:
        table = _parse(path.name, text, delimiter, names, bad)
    issues, lines = _place(path.name, text, delimiter, table.num_rows, bad)
    if delimiter != ",":
        word = _DELIMITERS[delimiter]
        message = f"The columns are separated by a {word}, not by a comma; it was read so."
        issues.append(Issue(table=name, rule="delimiter", message=message, severity="warning"))
    columns = {column: _from_arrow(table.column(column)) for column in table.column_names}
    return RawTable(name, path.name, columns, table.num_rows, tuple(issues), lines)


@dataclass
class _BadRows:
    """Collects records with too few or too many fields; their contents are never kept."""

    numbers: list[int] = field(default_factory=list)
    fields: list[tuple[int, int]] = field(default_factory=list)

    def __call__(self, row: Any) -> str:  # noqa: ANN401 - pyarrow's InvalidRow
        self.numbers.append(row.number)
        self.fields.append((row.actual_columns, row.expected_columns))
        return "skip"


def _place(
    file: str, text: str, delimiter: str, n_rows: int, bad: _BadRows
) -> tuple[list[Issue], NDArray[np.int64] | None]:
    """Return the issues of bad records, and the lines of the rows where they are not 2, 3, ..."""
    if not bad.numbers and text.rstrip("\n").count("\n") == n_rows:
        return [], None
    records = _record_lines(text, delimiter)
    at = np.array(bad.numbers, dtype=np.int64) - 1
    issues = []
    for place, (actual, expected) in zip(at[:_MAX_BAD_ROWS], bad.fields, strict=False):
        few = actual < expected
        hint = " The file may be cut off here." if few and place == len(records) - 1 else ""
        message = f"{actual} fields, expected {expected}.{hint}"
        rule = "too_few_fields" if few else "too_many_fields"
        row = f"line {records[place]}" if place < len(records) else ""
        issues.append(Issue(table=file, row=row, rule=rule, message=message))
    if len(at) > _MAX_BAD_ROWS:
        message = f"{len(at) - _MAX_BAD_ROWS:,} further lines have too few or too many fields."
        issues.append(Issue(table=file, rule="too_few_fields", message=message))
    return issues, np.delete(records, at[at < len(records)])[1:]


def _record_lines(text: str, delimiter: str) -> NDArray[np.int64]:
    """Return the line on which every record starts, the header included."""
    if '"' not in text:
        filled = [at for at, line in enumerate(text.split("\n"), 1) if line]
        return np.array(filled, dtype=np.int64)
    starts, after = [], 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for record in reader:
        if record:
            starts.append(after + 1)
        after = reader.line_num
    return np.array(starts, dtype=np.int64)


def _parse(file: str, text: str, delimiter: str, names: list[str], bad: _BadRows) -> pa.Table:
    try:
        return pacsv.read_csv(
            io.BytesIO(text.encode()),
            read_options=pacsv.ReadOptions(
                column_names=names, skip_rows=1, use_threads=False, block_size=1 << 26
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter,
                invalid_row_handler=bad,
                newlines_in_values=True,
                ignore_empty_lines=True,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        # The library's own message quotes cells, which may be sensitive.
        raise _fail(file, "damaged_file", "The file is no regular CSV table.") from None


def _from_arrow(column: pa.ChunkedArray) -> RawColumn:
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    return _trimmed(encoded)


def _trimmed(encoded: pa.DictionaryArray) -> RawColumn:
    """Return texts without blanks around them; those of a dictionary differ already."""
    texts = encoded.dictionary.to_pylist()
    values = ["" if text is None else text.strip() for text in texts]
    codes = np.asarray(encoded.indices, dtype=np.int32)
    return RawColumn(tuple(values), codes) if values == texts else merged(tuple(values), codes)


def merged(values: tuple[str, ...], codes: NDArray[np.int32]) -> RawColumn:
    """Return a column in which texts that became equal are one."""
    distinct = tuple(dict.fromkeys(values))
    if len(distinct) == len(values):
        return RawColumn(values, codes)
    place = {value: at for at, value in enumerate(distinct)}
    moved = np.array([place[value] for value in values], dtype=np.int32)
    return RawColumn(distinct, moved[codes])


# --- Parquet -----------------------------------------------------------------------------------


def _read_parquet(path: Path, name: str) -> RawTable:
    if path.stat().st_size == 0:
        raise _fail(path.name, "empty_file", "The file is empty.")
    try:
        table = pq.ParquetFile(path).read()
    except (pa.ArrowException, OSError) as error:
        message = "This is no whole Parquet file: it is cut off or damaged."
        raise _fail(path.name, "truncated_file", message) from error
    names = table.column_names
    if len(set(names)) < len(names):
        raise _fail(path.name, "duplicate_column", "Two columns have the same name.")
    columns = {}
    for place, column in enumerate(names, 1):
        try:
            columns[column] = _as_texts(table.column(column))
        except pa.ArrowException as error:
            message = f"Column {place} holds nested values; every cell must be a single value."
            raise _fail(path.name, "damaged_file", message) from error
    return RawTable(name, path.name, columns, table.num_rows)


def _as_texts(column: pa.ChunkedArray) -> RawColumn:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return _trimmed(encoded)
    texts = tuple(cell_text(value) for value in encoded.dictionary.to_pylist())
    return merged(texts, np.asarray(encoded.indices, dtype=np.int32))
