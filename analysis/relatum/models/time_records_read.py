"""Tables of times to an event from CSV and Parquet files."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from relatum.errors import ImportFailedError, UsageError
from relatum.models.time_records import TimeColumns, TimeRecords, time_records

__all__ = ["read_time_records"]


def read_time_records(
    path: Path,
    columns: TimeColumns,
    *,
    drop_missing: bool = False,
    groups: Sequence[str] = (),
) -> TimeRecords:
    """Read and check times to an event from a file.

    Parameters
    ----------
    path : Path
        A file that ends in ``.parquet`` or ``.csv`` (comma, semicolon or tab; UTF-8; a decimal
        point). Empty cells and ``NA`` are missing.
    columns : TimeColumns
    drop_missing, groups
        As in `relatum.models.time_records.time_records`.

    Returns
    -------
    TimeRecords
        Under the name of the file, without its ending.

    Raises
    ------
    UsageError
        If a column does not exist, or the file has another ending.
    ImportFailedError
        If the file cannot be read; and as `relatum.models.time_records.time_records`.
    """
    path = Path(path)
    if path.suffix.lower() not in (".parquet", ".csv"):
        raise UsageError(f"'{path.name}' must end in .parquet or .csv.")
    if not path.is_file():
        raise _unreadable(path, "there is no such file")
    try:
        table = _parquet(path, columns) if path.suffix.lower() == ".parquet" else _csv(path)
    except (pa.ArrowException, OSError, UnicodeError) as error:
        raise _unreadable(path, type(error).__name__) from error
    return time_records(table, columns, drop_missing=drop_missing, groups=groups, name=path.stem)


def _unreadable(path: Path, why: str) -> ImportFailedError:
    return ImportFailedError(f"'{path.name}' could not be read as a table of times: {why}.")


def _parquet(path: Path, columns: TimeColumns) -> pd.DataFrame:
    there = pq.read_schema(path).names
    wanted = [name for name in there if name in columns.all]
    if len(wanted) < len(columns.all):
        return pd.DataFrame(columns=there)
    table: pd.DataFrame = pq.read_table(path, columns=wanted).to_pandas()
    return table


def _csv(path: Path) -> pd.DataFrame:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        head = handle.readline()
    delimiter = max(",;\t", key=head.count)
    names = next(csv.reader([head], delimiter=delimiter), [])
    if not names:
        raise _unreadable(path, "it is empty")
    ragged: list[int] = []

    def skip(row: object) -> str:
        ragged.append(1)
        return "skip"

    found = pacsv.read_csv(
        path,
        parse_options=pacsv.ParseOptions(delimiter=delimiter, invalid_row_handler=skip),
        convert_options=pacsv.ConvertOptions(
            column_types={name.strip(): pa.string() for name in names},
            strings_can_be_null=True,
            null_values=["", "NA"],
        ),
    )
    if ragged:
        many = f"{len(ragged):,} lines have another number of fields than the header"
        raise _unreadable(path, many)
    table: pd.DataFrame = found.to_pandas()
    return table
