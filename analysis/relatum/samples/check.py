"""The check of a sample: every rule, every issue, at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

from relatum.errors import Issue, SampleError
from relatum.samples import rules_dates, rules_identifiers, rules_keys, rules_values
from relatum.samples.context import CheckContext, TableContext
from relatum.samples.descriptor import SampleFolder, open_folder
from relatum.samples.frames import column_dtype
from relatum.samples.raw import read_raw
from relatum.schema import Field, Schema, StatusArray, StatusDtype, load_schema

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
    rules_keys.check_conflicts,
    rules_keys.check_pairs,
    rules_keys.check_persons,
    rules_keys.check_simulated_marks,
    rules_dates.check_intervals,
    rules_dates.check_order,
    rules_dates.check_overlaps,
    rules_dates.check_ages,
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
    """

    __slots__ = ("context", "folder", "issues")

    def __init__(
        self, folder: SampleFolder, context: CheckContext, issues: tuple[Issue, ...]
    ) -> None:
        self.folder = folder
        self.context = context
        self.issues = issues


def check_sample(path: str | Path, *, schema: Schema | None = None) -> tuple[Issue, ...]:
    """Check a sample folder and return every issue.

    Parameters
    ----------
    path : str or Path
        A folder with one CSV or Parquet file per table.
    schema : Schema, optional
        The schema to check against; the shipped one by default.

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
    known = schema or load_schema()
    folder = open_folder(Path(path), known)
    issues: list[Issue] = list(folder.issues)
    tables: dict[str, TableContext] = {}
    for name, file in folder.files.items():
        try:
            raw = read_raw(file, name)
        except SampleError as error:
            issues += error.issues
            continue
        issues += raw.issues
        tables[name] = TableContext(known[name], raw)
    context = CheckContext(known, tables, folder.info.origin, folder.info.coder)
    return CheckedFolder(folder, context, tuple(sorted({*issues, *check_context(context)})))


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
        truth = {"true": True, "false": False, None: None}
        distinct = pd.Series([truth[text] for text in texts], dtype="boolean")
    elif spec.type == "date":
        distinct = pd.to_datetime(pd.Series(texts, dtype=object), format="%Y-%m-%d")
        distinct = distinct.astype("datetime64[ns]")
    elif spec.type in ("integer", "number"):
        numbers = pd.to_numeric(pd.Series(texts, dtype=object)).astype("Float64")
        distinct = numbers.astype(column_dtype(spec))  # type: ignore[call-overload]
    else:
        distinct = pd.Series(texts, dtype=column_dtype(spec))  # type: ignore[call-overload]
    spread = distinct.array.take(np.asarray(raw.codes, dtype=np.intp))
    return pd.Series(spread)
