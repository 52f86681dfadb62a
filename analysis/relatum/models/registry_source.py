"""The file of a registry: its columns, and batches of some of them in bounded memory."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from relatum.errors import ImportFailedError, UsageError

__all__ = ["CHUNK_ROWS", "ORIGIN_KEY", "RegistrySource", "open_source"]

#: Where a Parquet file that was made of a sample says whether its rows were drawn by a computer.
ORIGIN_KEY = b"relatum.origin"
_ORIGINS = ("collected", "published", "simulated")

#: Records read at a time.
CHUNK_ROWS = 2**17


@dataclass(frozen=True, slots=True)
class RegistrySource:
    """A file that gives batches of some columns.

    Attributes
    ----------
    path : Path
    columns : tuple of str
        In the order of the file.
    delimiter : str
        Of a CSV file.
    origin : {"collected", "published", "simulated"}
        Collected, unless the file says otherwise.
    """

    path: Path
    columns: tuple[str, ...]
    delimiter: str = ","
    origin: str = "collected"

    @property
    def name(self) -> str:
        """The name of the file, without its ending."""
        return self.path.stem

    def batches(self, names: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        """Read some columns, at most so many rows at a time.

        Raises
        ------
        ImportFailedError
            If the file cannot be read, or lines have another number of fields.
        """
        ragged: list[int] = []
        try:
            if self.path.suffix.lower() == ".parquet":
                yield from self._from_parquet(tuple(names), rows)
            else:
                yield from self._from_csv(tuple(names), rows, ragged)
        except (pa.ArrowException, OSError, UnicodeError) as error:
            raise _unreadable(self.path, type(error).__name__) from error
        if ragged:
            many = f"{len(ragged):,} lines have another number of fields than the header"
            raise _unreadable(self.path, many)

    def _from_parquet(self, names: tuple[str, ...], rows: int) -> Iterator[pa.RecordBatch]:
        with pq.ParquetFile(self.path) as held:
            texts = [field.name for field in held.schema_arrow if _is_text(field.type)]
        with pq.ParquetFile(self.path, read_dictionary=texts) as held:
            yield from held.iter_batches(batch_size=rows, columns=list(names))

    def _from_csv(
        self, names: tuple[str, ...], rows: int, ragged: list[int]
    ) -> Iterator[pa.RecordBatch]:
        def skip(row: object) -> str:
            ragged.append(1)
            return "skip"

        texts = pa.dictionary(pa.int32(), pa.string())
        reader = pacsv.open_csv(
            self.path,
            parse_options=pacsv.ParseOptions(delimiter=self.delimiter, invalid_row_handler=skip),
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


def open_source(path: Path) -> RegistrySource:
    """Find the columns of a registry.

    Parameters
    ----------
    path : Path
        A file that ends in ``.parquet`` or ``.csv`` (comma, semicolon or tab; UTF-8).

    Returns
    -------
    RegistrySource

    Raises
    ------
    UsageError
        If the file has another ending.
    ImportFailedError
        If the file cannot be read, or two columns have one name.
    """
    if path.suffix.lower() not in (".parquet", ".csv"):
        raise UsageError(f"'{path.name}' must end in .parquet or .csv.")
    if not path.is_file():
        raise _unreadable(path, "there is no such file")
    try:
        source = _opened(path)
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise _unreadable(path, type(error).__name__) from error
    twice = sorted({name for name in source.columns if source.columns.count(name) > 1})
    if twice:
        raise ImportFailedError(f"Columns with the same name: {', '.join(twice)}.")
    return source


def _opened(path: Path) -> RegistrySource:
    if path.suffix.lower() == ".parquet":
        schema = pq.read_schema(path)
        said = (schema.metadata or {}).get(ORIGIN_KEY, b"").decode("utf-8", "replace")
        origin = said if said in _ORIGINS else "collected"
        return RegistrySource(path, tuple(schema.names), origin=origin)
    with path.open(encoding="utf-8-sig", newline="") as handle:
        head = handle.readline()
    delimiter = max(",;\t", key=head.count)
    return RegistrySource(path, tuple(next(csv.reader([head], delimiter=delimiter), ())), delimiter)


def _unreadable(path: Path, why: str) -> ImportFailedError:
    return ImportFailedError(f"'{path.name}' could not be read as a registry: {why}.")


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
