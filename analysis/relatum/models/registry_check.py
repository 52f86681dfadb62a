"""The check of a registry against the codebook: every fault of a column at once, in chunks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from relatum.errors import Issue
from relatum.inference.common import IntArray
from relatum.models.prevalence import couple_codes
from relatum.models.registry_cells import encode_labels, number_labels
from relatum.models.registry_dates import DateFaults
from relatum.models.registry_gather import SHOWN_ROWS, Gatherer, RegistryRecords, Zeros, rows_words
from relatum.models.registry_records import CHUNK_ROWS, check_call, choose_items
from relatum.models.registry_source import open_source
from relatum.samples.identifiers import IDENTIFIER_KINDS, find_identifiers, is_identifier_column
from relatum.schema import Schema, load_schema, near_match
from relatum.schema.expression import (
    CodeNode,
    LevelNode,
    Node,
    NotNode,
    codes_used,
    evaluate,
    parse,
)
from relatum.schema.status import UNDOCUMENTED, StatusCodes

__all__ = ["RegistryCheck", "check_registry"]

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegistryCheck:
    """The outcome of checking a registry.

    Attributes
    ----------
    name : str
        The name of the file, without its ending.
    n_records : int
    codes, own : tuple of str
        Columns that are codes of relationships, and items of the file's own.
    skipped : tuple of str
        Columns that were not read.
    issues : tuple of Issue
        One per column and rule, with the number of records and the first of them; sorted.
    records : RegistryRecords or None
        What was read; None where there is an error.
    """

    name: str
    n_records: int
    codes: tuple[str, ...]
    own: tuple[str, ...]
    skipped: tuple[str, ...]
    issues: tuple[Issue, ...]
    records: RegistryRecords | None

    @property
    def errors(self) -> tuple[Issue, ...]:
        """The issues that keep the registry from being read."""
        return tuple(issue for issue in self.issues if issue.severity == "error")


def check_registry(
    path: Path | str,
    *,
    case: str = "case_id",
    group: str = "",
    record: str = "",
    start: str = "",
    end: str = "",
    zeros: Zeros | None = None,
    items: Sequence[str] = (),
    schema: Schema | None = None,
    chunk_rows: int = CHUNK_ROWS,
) -> RegistryCheck:
    """Check a wide table of up to millions of relationships and list everything wrong with it.

    Parameters
    ----------
    path : Path or str
        A Parquet or CSV file with a row per relationship.
    case : str
        The column of the case.
    group : str, optional
        A column that divides the records, such as ``population``.
    record : str, optional
        A column that names the record: each may occur once.
    start, end : str, optional
        Columns of days, written YYYY-MM-DD or as dates: no end may come before its start.
    zeros : {"absent_documented", "not_documented"}, optional
        What a 0 means; needed where there is one.
    items : sequence of str
        The columns of the items; see `relatum.models.registry_records.choose_items`.
    schema : Schema, optional
        Whose codes are known; the shipped one by default.
    chunk_rows : int
        Records read at a time; the outcome does not depend on it.

    Returns
    -------
    RegistryCheck

    Raises
    ------
    UsageError
        If a column does not exist, or zeros are not declared.
    ImportFailedError
        If the file cannot be read.

    Examples
    --------
    >>> import pandas as pd
    >>> from tempfile import TemporaryDirectory
    >>> table = pd.DataFrame({"case_id": ["x", "x"], "vio_physical": ["present", "often"]})
    >>> with TemporaryDirectory() as folder:
    ...     table.to_parquet(f"{folder}/mine.parquet")
    ...     found = check_registry(f"{folder}/mine.parquet")
    >>> found.errors[0].row, found.errors[0].message
    ('row 2', '1 cells are neither 0, 1 nor a status.')
    """
    check_call(zeros, chunk_rows)
    source = open_source(Path(path))
    dates = tuple(name for name in (start, end) if name)
    extra = tuple(name for name in (group, record, *dates) if name)
    names = choose_items(source.columns, case=case, group=group, items=items)
    names = tuple(name for name in names if name not in (record, *dates))
    choose_items(source.columns, case=case, items=(*names, *extra))
    checked = _Checked(source.name, source.columns, schema or load_schema(), names)
    gatherer = Gatherer(names, case, group, zeros)
    days = DateFaults(start, end)
    ids: list[pa.DictionaryArray] = []
    for batch in source.batches((*names, case, *extra), chunk_rows):
        days.add(batch, gatherer.n_rows)
        gatherer.add(batch)
        if record:
            ids.append(encode_labels(batch.column(record), name=record, missing=""))
    issues = [*gatherer.faults(source.name), *days.issues(source.name), *checked.columns()]
    if record:
        issues += checked.keys(record, *number_labels(ids))
    skipped = tuple(name for name in source.columns if name not in (*names, case, *extra))
    records = None
    if not gatherer.wrong:
        records = gatherer.records(source.name, skipped=skipped, origin=source.origin)
        issues += checked.labels(case, records.cases, records.case_labels)
        issues += checked.groups(records)
        issues += checked.contents(records, case)
    known = checked.known & set(names)
    found = tuple(sorted(set(issues)))
    return RegistryCheck(
        name=source.name,
        n_records=gatherer.n_rows,
        codes=tuple(name for name in names if name in known),
        own=tuple(name for name in names if name not in known),
        skipped=skipped,
        issues=found,
        records=None if any(issue.severity == "error" for issue in found) else records,
    )


class _Checked:
    """Words the faults of one file."""

    def __init__(
        self, table: str, columns: Sequence[str], schema: Schema, items: tuple[str, ...]
    ) -> None:
        self.table, self.file_columns, self.items = table, columns, items
        self.codebook = schema.codebook
        self.known = {code.id for code in couple_codes(self.codebook)}
        self.levels = {
            field.name: tuple(level.value for level in field.levels)
            for field in schema["relationships"]
            if field.levels
        }

    def _issue(
        self,
        field: str,
        rule: str,
        message: str,
        *,
        rows: npt.ArrayLike = (),
        near: str = "",
        allowed: tuple[str, ...] = (),
        warn: bool = False,
    ) -> Issue:
        return Issue(
            table=self.table,
            row=rows_words(np.asarray(rows, dtype=np.int64)[:SHOWN_ROWS].tolist()),
            field=field,
            rule=rule,
            message=message,
            near=near,
            allowed=allowed,
            severity="warning" if warn else "error",
        )

    def columns(self) -> Iterator[Issue]:
        """List columns made for direct identifiers, and items that resemble codes."""
        for name in self.file_columns:
            if is_identifier_column(name):
                message = "A column of this name holds direct identifiers; take it out of the file."
                yield self._issue(name, "identifier_name", message)
        for name in self.items:
            if name in self.known:
                continue
            if name in self.codebook:
                unit = self.codebook[name].unit
                message = (
                    f"This code is none that is counted over relationships (unit: {unit}); here it "
                    "counts as an item of the file's own."
                )
                yield self._issue(name, "other_unit", message, warn=True)
            elif near := near_match(name, tuple(self.known)):
                message = "This is no code; it counts as an item of the file's own."
                yield self._issue(name, "unknown_code", message, near=near, warn=True)

    def keys(self, field: str, numbers: IntArray, labels: npt.NDArray[np.str_]) -> Iterator[Issue]:
        """List records without a name, or with one that occurred before."""
        yield from self.labels(field, numbers, labels)
        blank = np.flatnonzero(labels == "")
        missing = np.isin(numbers, blank)
        if missing.any():
            message = f"{missing.sum():,} records have no name."
            yield self._issue(field, "missing_value", message, rows=np.flatnonzero(missing))
        first = np.zeros(len(numbers), dtype=np.bool_)
        first[np.unique(numbers, return_index=True)[1]] = True
        again = np.flatnonzero(~first & ~missing)
        if len(again):
            message = f"{len(again):,} records have the name of an earlier one."
            yield self._issue(field, "duplicate_key", message, rows=again)

    def labels(
        self, field: str, numbers: IntArray, labels: npt.NDArray[np.str_]
    ) -> Iterator[Issue]:
        """List labels that could name a person; none is quoted."""
        found = find_identifiers(labels.tolist(), key=True) if field else {}
        for rule in sorted(set(found.values())):
            broken = [at for at, label in enumerate(labels.tolist()) if found.get(label) == rule]
            rows = np.flatnonzero(np.isin(numbers, broken))
            kind = IDENTIFIER_KINDS[rule]
            message = f"{len(rows):,} cells look like {kind} (not shown); take them out."
            yield self._issue(field, rule, message, rows=rows)

    def groups(self, records: RegistryRecords) -> Iterator[Issue]:
        """List groups that are no level of a field of relationships, and records without one."""
        field, labels = records.group, np.array(records.group_labels, dtype=np.str_)
        yield from self.labels(field, records.groups, labels)
        missing = np.isin(records.groups, np.flatnonzero(labels == ""))
        if field and missing.any():
            message = f"{missing.sum():,} records have no group."
            yield self._issue(
                field, "missing_group", message, rows=np.flatnonzero(missing), warn=True
            )
        levels = self.levels.get(field, ())
        strange = np.flatnonzero(~np.isin(labels, ("", *levels)))
        if levels and len(strange):
            rows = np.flatnonzero(np.isin(records.groups, strange))
            message = f"{len(rows):,} cells are no level of this field."
            yield self._issue(field, "unknown_level", message, rows=rows, allowed=levels)

    def contents(self, records: RegistryRecords, case: str) -> Iterator[Issue]:
        """List what is odd in a file that can be read."""
        if records.n_records > 1 and records.n_cases == records.n_records:
            message = "Every case holds one record: is this the column of the case?"
            yield self._issue(case, "one_record_per_case", message, warn=True)
        totals, most = records.joint_lower.totals, records.joint_upper.totals
        for at, name in enumerate(records.items):
            applicable = records.n_records - records.n_foreign[at]
            if applicable and totals[at] == 0 and most[at] == applicable:
                message = "The item is not documented in any record."
                yield self._issue(name, "never_documented", message, warn=True)
        yield from self._derived(records)

    def _derived(self, records: RegistryRecords) -> Iterator[Issue]:
        """List derived codes that differ from their rule, where all that it rests on is there."""
        held = set(records.items)
        for name in sorted(held & self.known):
            code = self.codebook[name]
            if not code.is_derived:
                continue
            rule = parse(code.derivation, self.codebook)
            if _asks_levels(rule) or not set(codes_used(rule)) <= held:
                continue
            differs = evaluate(rule, _Answers(records)) != records.statuses(name)
            if differs.any():
                message = (
                    f"{differs.sum():,} records differ from the rule of the codebook for this "
                    "derived code."
                )
                rows = np.flatnonzero(differs)
                yield self._issue(name, "derivation", message, rows=rows, warn=True)


def _asks_levels(node: Node) -> bool:
    if isinstance(node, LevelNode):
        return True
    if isinstance(node, NotNode):
        return _asks_levels(node.part)
    return not isinstance(node, CodeNode) and any(_asks_levels(part) for part in node.parts)


@dataclass(frozen=True, slots=True)
class _Answers:
    """Answers `relatum.schema.expression` for the records of a registry."""

    records: RegistryRecords

    def code(self, code: str) -> StatusCodes:
        return self.records.statuses(code)

    def level(self, how: str, code: str, levels: tuple[str, ...]) -> StatusCodes:
        return np.full(self.records.n_records, UNDOCUMENTED, dtype=np.int8)
