"""The check of a sample: every rule, every issue, at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

from relatum.errors import Issue, SampleError
from relatum.samples import (
    rules_contact_periods,
    rules_dates,
    rules_identifiers,
    rules_keys,
    rules_testimony,
    rules_values,
)
from relatum.samples.context import CheckContext, TableContext
from relatum.samples.descriptor import SampleFolder, open_folder
from relatum.samples.frames import column_dtype
from relatum.samples.imported import ImportRecord, read_import
from relatum.samples.raw import RawTable, merged, read_raw
from relatum.samples.texts import date_of, truth_of
from relatum.schema import Field, Schema, StatusArray, StatusDtype, Table

__all__ = ["CheckedFolder", "check_context", "check_folder", "check_sample", "typed_frames"]

Rule = Callable[[CheckContext], list[Issue]]

#: Every rule, in the order in which they run; the issues are sorted afterwards.
RULES: tuple[Rule, ...] = (
    rules_values.check_columns,
    rules_values.check_values,
    rules_identifiers.check_identifiers,
    rules_keys.check_references,
    rules_keys.check_units,
    rules_keys.check_codes,
    rules_keys.check_coded_values,
    rules_keys.check_conflicts,
    rules_keys.check_duplicates,
    rules_keys.check_pairs,
    rules_keys.check_persons,
    rules_keys.check_agreement,
    rules_keys.check_selection,
    rules_keys.check_simulated_marks,
    rules_dates.check_intervals,
    rules_dates.check_order,
    rules_dates.check_overlaps,
    rules_dates.check_ages,
    rules_dates.check_durations,
    rules_contact_periods.check_contact_periods,
    rules_testimony.check_retraction_contact,
    rules_testimony.check_arrest_order,
)


class CheckedFolder:
    """The outcome of reading and checking a folder.

    Attributes
    ----------
    folder : SampleFolder
        The files and what the descriptor says.
    context : CheckContext
        The raw tables.
    issues : tuple of Issue
        Everything that is wrong, sorted by table, row, field and rule.
    imported : ImportRecord or None
        What an import left beside the tables.
    """

    __slots__ = ("context", "folder", "imported", "issues")

    def __init__(
        self,
        folder: SampleFolder,
        context: CheckContext,
        issues: tuple[Issue, ...],
        imported: ImportRecord | None,
    ) -> None:
        self.folder = folder
        self.context = context
        self.issues = issues
        self.imported = imported


def check_sample(path: str | Path, *, schema: Schema | None = None) -> tuple[Issue, ...]:
    """Check a sample folder and return every issue.

    Parameters
    ----------
    path : str or Path
        A folder with one CSV or Parquet file per table.
    schema : Schema, optional
        The schema to check against; by default the shipped one with the own codes of the folder.

    Returns
    -------
    tuple of Issue
        Sorted by table, row, field and rule; empty where all is well. Faults of a whole file are
        issues too.

    Raises
    ------
    SampleError
        If there is no such folder, or it holds no sample.

    Examples
    --------
    >>> from relatum.schema import schema_path
    >>> check_sample(schema_path() / "chapter" / "anna")
    ()
    """
    return check_folder(path, schema=schema).issues


def check_folder(path: str | Path, *, schema: Schema | None = None) -> CheckedFolder:
    """Read and check a sample folder, and keep what was read; see `check_sample`."""
    folder = open_folder(Path(path), schema)
    known = folder.schema
    imported, faults = read_import(folder.path)
    issues: list[Issue] = [*folder.issues, *faults]
    tables: dict[str, TableContext] = {}
    for name, file in folder.files.items():
        try:
            raw = read_raw(file, name)
        except SampleError as error:
            issues += error.issues
            continue
        issues += raw.issues
        if not set(raw.columns) & set(known[name].columns):
            issues.append(_no_header(file.name, known[name]))
            continue
        tables[name] = TableContext(known[name], _plain_truth(raw, known[name]))
    context = CheckContext(
        known, tables, folder.info.origin, folder.info.coder, _incomplete(folder, tables)
    )
    found = tuple(sorted({*issues, *check_context(context)}))
    return CheckedFolder(folder, context, found, imported)


def _no_header(file: str, table: Table) -> Issue:
    message = (
        f"None of the columns of the table '{table.name}' stands in the first line: does the file "
        "start with a header?"
    )
    return Issue(table=file, rule="header", message=message)


def _incomplete(folder: SampleFolder, tables: Mapping[str, TableContext]) -> frozenset[str]:
    """Name the tables that exist but of which not every key was read."""
    unread = {name for name in folder.files if name not in tables} | set(folder.unread)
    partly = {
        name
        for name, held in tables.items()
        if held.raw.lost_rows or held.table.primary_key not in held
    }
    return frozenset(unread | partly)


def _plain_truth(raw: RawTable, table: Table) -> RawTable:
    """Write truth values in one way: spreadsheets turn true into TRUE."""
    columns = dict(raw.columns)
    for spec in table:
        if spec.type == "boolean" and spec.name in columns:
            words = [
                text if truth_of(text) is None else text.lower()
                for text in columns[spec.name].distinct
            ]
            columns[spec.name] = merged(tuple(words), columns[spec.name].codes)
    return replace(raw, columns=columns)


def check_context(context: CheckContext) -> list[Issue]:
    """Apply every rule to raw tables."""
    return [issue for rule in RULES for issue in rule(context)]


def typed_frames(context: CheckContext) -> Mapping[str, pd.DataFrame]:
    """Turn raw tables without errors into the frames of a `Sample`."""
    return MappingProxyType({name: _typed_frame(held) for name, held in context.tables.items()})


def _typed_frame(held: TableContext) -> pd.DataFrame:
    columns = {spec.name: _typed_column(held, spec) for spec in held.table if spec.name in held}
    return pd.DataFrame(columns, index=pd.RangeIndex(held.raw.n_rows))


def _typed_column(held: TableContext, spec: Field) -> pd.Series:
    """Convert the distinct texts only, then spread them over the rows."""
    raw = held.column(spec.name)
    texts = [None if text in held.table.missing_values else text for text in raw.distinct]
    if spec.kind == "status":
        distinct = pd.Series(texts, dtype=object).fillna("not_documented").astype(StatusDtype())
        array = distinct.array
        assert isinstance(array, StatusArray)
        return pd.Series(StatusArray(array.codes[raw.codes]))
    if spec.type == "boolean":
        truth = [None if text is None else truth_of(text) for text in texts]
        distinct = pd.Series(truth, dtype="boolean")
    elif spec.type == "date":
        days = [date_of(text or "") for text in texts]
        distinct = pd.Series(np.array(days, dtype="datetime64[ns]"))
    elif spec.type in ("integer", "number"):
        numbers = [None if text is None else float(text) for text in texts]
        distinct = pd.Series(numbers, dtype="Float64").astype(column_dtype(spec))  # type: ignore[call-overload]
    else:
        distinct = pd.Series(texts, dtype=column_dtype(spec))  # type: ignore[call-overload]
    spread = distinct.array.take(np.asarray(raw.codes, dtype=np.intp))
    return pd.Series(spread)
