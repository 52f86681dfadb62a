"""A table as it lies on disk: texts, each column stored once per distinct value."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from relatum.errors import Issue, SampleError

__all__ = ["RawColumn", "RawTable", "read_raw"]

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
_MAX_BAD_ROWS = 1000


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

    def texts(self) -> NDArray[np.object_]:
        """Return the text of every row."""
        return np.array(self.distinct, dtype=object)[self.codes]


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
    """

    name: str
    file: str
    columns: Mapping[str, RawColumn]
    n_rows: int
    issues: tuple[Issue, ...] = ()


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
        return _read_parquet(path, name) if path.suffix == ".parquet" else _read_csv(path, name)
    except OSError as error:
        msg = f"{path.name} could not be opened: {error.strerror or type(error).__name__}."
        raise SampleError(msg) from error


# --- CSV -------------------------------------------------------------------------------------


def _fail(file: str, rule: str, message: str) -> SampleError:
    return SampleError(f"{file}: {message}", [Issue(table=file, rule=rule, message=message)])


def _decode(path: Path) -> str:
    raw = path.read_bytes()
    if not raw.strip():
        raise _fail(path.name, "empty_file", "The file is empty; it needs at least a header line.")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = "The file is in UTF-16. Save it as 'CSV UTF-8' and try again."
        raise _fail(path.name, "encoding", text)
    if b"\x00" in raw:
        line = raw[: raw.index(b"\x00")].count(b"\n") + 1
        text = f"Line {line} holds a NUL byte: the file is damaged or no text file."
        raise _fail(path.name, "damaged_file", text)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        text = (
            f"Line {line} is not in UTF-8 (byte {error.start + 1} of the file). "
            "Save the file as 'CSV UTF-8' and try again."
        )
        raise _fail(path.name, "encoding", text) from error


def _delimiter(header: str) -> str:
    counts = {mark: header.count(mark) for mark in _DELIMITERS}
    return max(counts, key=lambda mark: counts[mark]) if any(counts.values()) else ","


def _header(file: str, text: str, delimiter: str) -> list[str]:
    names = next(csv.reader(io.StringIO(text.split("\n", 1)[0].rstrip("\r")), delimiter=delimiter))
    names = [name.strip() for name in names]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        listed = ", ".join(f"'{name}'" for name in repeated)
        raise _fail(file, "duplicate_column", f"The header repeats {listed}.")
    return names


def _read_csv(path: Path, name: str) -> RawTable:
    text = _decode(path)
    if text.count('"') % 2:
        message = "A quotation mark is opened and never closed: the file is cut off or damaged."
        raise _fail(path.name, "truncated_file", message)
    delimiter = _delimiter(text.split("\n", 1)[0])
    names = _header(path.name, text, delimiter)
    collector = _BadRows(path.name, text)
    table = _parse(path.name, text, delimiter, names, collector)
    issues = [*collector.issues]
    if delimiter != ",":
        word = _DELIMITERS[delimiter]
        message = f"The columns are separated by a {word}, not by a comma; it was read so."
        issues.append(Issue(table=name, rule="delimiter", message=message, severity="warning"))
    columns = {column: _from_arrow(table.column(column)) for column in table.column_names}
    return RawTable(name, path.name, columns, table.num_rows, tuple(issues))


@dataclass
class _BadRows:
    """Collects lines with too few or too many fields; their contents are never kept."""

    file: str
    text: str
    issues: list[Issue] = field(default_factory=list)

    def __call__(self, row: Any) -> str:  # noqa: ANN401 - pyarrow's InvalidRow
        if len(self.issues) < _MAX_BAD_ROWS:
            line = f"line {row.number}" if row.number else ""
            few = row.actual_columns < row.expected_columns
            hint = " The file may be cut off here." if few and self._is_last(row.text) else ""
            rule = "too_few_fields" if few else "too_many_fields"
            message = f"{row.actual_columns} fields, expected {row.expected_columns}.{hint}"
            self.issues.append(Issue(table=self.file, row=line, rule=rule, message=message))
        return "skip"

    def _is_last(self, row: str) -> bool:
        return self.text.rstrip("\r\n").endswith(row.rstrip("\r\n"))


def _parse(file: str, text: str, delimiter: str, names: list[str], collector: _BadRows) -> pa.Table:
    try:
        return pacsv.read_csv(
            io.BytesIO(text.encode()),
            read_options=pacsv.ReadOptions(
                column_names=names, skip_rows=1, use_threads=False, block_size=1 << 26
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter,
                invalid_row_handler=collector,
                newlines_in_values=True,
                ignore_empty_lines=True,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            return pa.table({name: pa.array([], pa.string()) for name in names})
        # The library's own message quotes cells, which may be sensitive.
        raise _fail(file, "damaged_file", "The file is no regular CSV table.") from None


def _from_arrow(column: pa.ChunkedArray) -> RawColumn:
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    values = tuple(str(value).strip() for value in encoded.dictionary.to_pylist())
    return _merge(values, np.asarray(encoded.indices, dtype=np.int32))


def _merge(values: tuple[str, ...], codes: NDArray[np.int32]) -> RawColumn:
    """Unite texts that became equal when blanks at their ends were dropped."""
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
        table = pq.read_table(path)
    except (pa.ArrowInvalid, pa.ArrowException) as error:
        message = "This is no whole Parquet file: it is cut off or damaged."
        raise _fail(path.name, "truncated_file", message) from error
    columns = {column: _as_texts(table.column(column)) for column in table.column_names}
    return RawTable(name, path.name, columns, table.num_rows)


def _as_texts(column: pa.ChunkedArray) -> RawColumn:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    texts = tuple(_words(value) for value in encoded.dictionary.to_pylist())
    return _merge(texts, np.asarray(encoded.indices, dtype=np.int32))


def _words(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if hasattr(value, "date"):
        return str(value.date().isoformat())
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.15g}"
    return str(value).strip()
