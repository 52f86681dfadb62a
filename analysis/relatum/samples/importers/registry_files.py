"""Reading the file of a public registry: texts by column, each distinct text held once."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv

from relatum.errors import Issue
from relatum.samples.importers.registry_crosswalk import folded
from relatum.samples.raw import RawColumn, merged

__all__ = ["STATISTICAL", "RegistryFile", "read_registry_file"]

#: Endings of files of statistical programs.
STATISTICAL = (".dta", ".sav")
_TEXTS = (".csv", ".txt", ".tsv")
_DELIMITERS = (",", ";", "\t")
_MOST_BAD_LINES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryFile:
    """A file of a registry as it lies on disk.

    Attributes
    ----------
    name : str
        The file's name.
    header : tuple of str
        The names of all its columns, folded.
    columns : mapping of str to RawColumn
        The columns that were asked for, by folded name.
    n_rows : int
        Records.
    """

    name: str
    header: tuple[str, ...]
    columns: Mapping[str, RawColumn]
    n_rows: int


class _UnreadableError(Exception):
    """Carries why a file cannot be read; never a cell of it."""

    def __init__(self, rule: str, message: str, issues: Sequence[Issue] = ()) -> None:
        super().__init__(message)
        self.rule = rule
        self.issues = list(issues)


def read_registry_file(
    path: Path, wanted: Collection[str], *, encodings: Sequence[str] = ("utf-8-sig",)
) -> tuple[RegistryFile | None, list[Issue]]:
    """Read the columns of a CSV, Stata or SPSS file as texts.

    Parameters
    ----------
    path : Path
        The file.
    wanted : collection of str
        Folded names of the columns to read; others are only named.
    encodings : sequence of str
        Encodings of texts, tried in this order.

    Returns
    -------
    tuple of (RegistryFile or None, list of Issue)
        No file where it cannot be read; the issues say why.
    """
    try:
        suffix = path.suffix.lower()
        if not path.is_file():
            raise _UnreadableError("missing_file", "There is no such file.")
        if suffix in STATISTICAL:
            return _read_statistical(path, wanted), []
        if suffix in _TEXTS:
            return _read_text(path, wanted, encodings), []
        ends = ", ".join((*_TEXTS, *STATISTICAL))
        raise _UnreadableError("file_type", f"A file of a registry ends in one of: {ends}.")
    except _UnreadableError as error:
        own = Issue(table=path.name, rule=error.rule, message=str(error))
        return None, error.issues or [own]
    except OSError as error:
        message = f"The file could not be opened: {error.strerror or type(error).__name__}."
        return None, [Issue(table=path.name, rule="unreadable_file", message=message)]


def _read_text(path: Path, wanted: Collection[str], encodings: Sequence[str]) -> RegistryFile:
    text = _decoded(path.read_bytes(), encodings)
    if text.count('"') % 2:
        message = "A quotation mark is opened and never closed: the file is cut off or damaged."
        raise _UnreadableError("truncated_file", message)
    delimiter = max(_DELIMITERS, key=text[: text.find("\n") % (len(text) + 1)].count)
    try:
        names = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except (csv.Error, StopIteration):
        raise _UnreadableError("header", "The first line is no regular header.") from None
    header = _header(names)
    taken = [name for name in header if name in wanted]
    if not taken:
        return RegistryFile(name=path.name, header=header, columns={}, n_rows=0)
    table = _parsed(path.name, text, delimiter, header, taken)
    columns = {name: _column(table.column(name)) for name in taken}
    return RegistryFile(name=path.name, header=header, columns=columns, n_rows=table.num_rows)


def _decoded(raw: bytes, encodings: Sequence[str]) -> str:
    if raw.startswith(b"PK"):
        message = "This is a workbook or an archive, not a text file; save it as CSV."
        raise _UnreadableError("file_type", message)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in raw:
        message = "The file is in UTF-16 or damaged; save it as 'CSV UTF-8' and try again."
        raise _UnreadableError("encoding", message)
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not text.strip():
            message = "The file is empty; it needs at least a header line."
            raise _UnreadableError("empty_file", message)
        return text
    message = f"The file is in none of the expected encodings ({', '.join(encodings)})."
    raise _UnreadableError("encoding", message)


def _header(names: Sequence[str]) -> tuple[str, ...]:
    header = tuple(folded(name) for name in names)
    twice = sorted({str(at) for at, name in enumerate(header, 1) if name in header[: at - 1]})
    if twice:
        message = f"The header repeats a name, in column {', '.join(twice)}."
        raise _UnreadableError("duplicate_column", message)
    return header


def _parsed(
    file: str, text: str, delimiter: str, header: Sequence[str], wanted: Sequence[str]
) -> pa.Table:
    bad: list[tuple[int, int, int]] = []

    def skip(row: Any) -> str:  # noqa: ANN401 - pyarrow's InvalidRow
        bad.append((row.number or 0, row.actual_columns, row.expected_columns))
        return "skip"

    # A name may be empty, which pyarrow does not tell from another one: columns go by place.
    places = {name: f"c{at}" for at, name in enumerate(header)}
    kind = pa.dictionary(pa.int32(), pa.string())
    try:
        table = pacsv.read_csv(
            io.BytesIO(text.encode()),
            read_options=pacsv.ReadOptions(
                column_names=list(places.values()),
                skip_rows_after_names=1,
                use_threads=False,
                block_size=1 << 26,
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter, invalid_row_handler=skip, newlines_in_values=True
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(places.values(), kind),
                include_columns=[places[name] for name in wanted],
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        # The library's own message quotes cells, which may be sensitive.
        raise _UnreadableError("damaged_file", "The file is no regular CSV table.") from None
    if bad:
        raise _UnreadableError("too_few_fields", "Lines are damaged.", _bad_lines(file, bad))
    return table.rename_columns(list(wanted))


def _bad_lines(file: str, bad: Sequence[tuple[int, int, int]]) -> list[Issue]:
    issues = [
        Issue(
            table=file,
            row=f"line {line}",
            rule="too_few_fields" if actual < expected else "too_many_fields",
            message=f"{actual} fields, expected {expected}.",
        )
        for line, actual, expected in bad[:_MOST_BAD_LINES]
    ]
    if len(bad) > _MOST_BAD_LINES:
        message = f"{len(bad) - _MOST_BAD_LINES:,} further lines have too few or too many fields."
        issues.append(Issue(table=file, rule="too_few_fields", message=message))
    return issues


def _column(column: pa.ChunkedArray) -> RawColumn:
    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        if whole.num_chunks == 0:
            return RawColumn((), np.zeros(0, dtype=np.int32))
        whole = whole.chunk(0)
    values = tuple(str(value).strip() for value in whole.dictionary.to_pylist())
    return merged(values, np.asarray(whole.indices, dtype=np.int32))


def _read_statistical(path: Path, wanted: Collection[str]) -> RegistryFile:
    import pyreadstat

    read = pyreadstat.read_dta if path.suffix.lower() == ".dta" else pyreadstat.read_sav
    try:
        _, about = read(str(path), metadataonly=True)
        header = _header(about.column_names)
        taken = [
            own for own, name in zip(about.column_names, header, strict=True) if name in wanted
        ]
        # Without a column the library would read all of them.
        frame, _ = read(str(path), usecols=taken or list(about.column_names[:1]))
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, ValueError):
        message = "This is no whole file of its type: it is cut off or damaged."
        raise _UnreadableError("damaged_file", message) from None
    columns = {}
    for own in taken:
        codes, distinct = pd.factorize(frame[own])
        texts = (*map(_as_text, distinct), "")
        found = np.where(codes < 0, len(distinct), codes).astype(np.int32)
        columns[folded(own)] = merged(texts, found)
    return RegistryFile(name=path.name, header=header, columns=columns, n_rows=len(frame))


def _as_text(value: object) -> str:
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()
