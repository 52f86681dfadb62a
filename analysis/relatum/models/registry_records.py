"""Records of a registry, read from Parquet or CSV in chunks; three bits a cell are kept."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pandas as pd

from relatum import __version__
from relatum.errors import ImportFailedError, UsageError
from relatum.models.registry_gather import Gatherer, RegistryRecords, Zeros
from relatum.models.registry_source import CHUNK_ROWS, open_source
from relatum.models.tactic_matrix import matrix_of
from relatum.results.base import Provenance
from relatum.schema import load_schema, near_match
from relatum.study import Study

__all__ = [
    "CHUNK_ROWS",
    "RegistryRecords",
    "Zeros",
    "check_call",
    "choose_items",
    "read_records",
    "registry_provenance",
]


def read_records(
    path: Path | str,
    *,
    case: str,
    zeros: Zeros | None = None,
    items: Sequence[str] = (),
    group: str = "",
    chunk_rows: int = CHUNK_ROWS,
) -> RegistryRecords:
    """Read the statuses of all items of a registry.

    Parameters
    ----------
    path : Path or str
        A file that ends in ``.parquet`` or ``.csv`` (comma, semicolon or tab; UTF-8).
    case : str
        The column of the case.
    zeros : {"absent_documented", "not_documented"}, optional
        What a 0 means; needed where there is one.
    items : sequence of str
        The columns of the items; see `choose_items`.
    group : str
        A column that divides the records, such as ``population``; none by default.
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
    check_call(zeros, chunk_rows)
    source = open_source(Path(path))
    names = choose_items(source.columns, case=case, group=group, items=items)
    gatherer = Gatherer(names, case, group, zeros)
    columns = (*names, case, *([group] if group else ()))
    for batch in source.batches(columns, chunk_rows):
        gatherer.add(batch)
    faults = gatherer.faults(source.name)
    if faults:
        msg = f"{len(faults)} columns of '{source.name}' are at fault."
        hint = "Which columns hold items can be said with items (--items)."
        raise ImportFailedError(f"{msg} {hint}", faults)
    skipped = tuple(name for name in source.columns if name not in columns)
    return gatherer.records(source.name, skipped=skipped, origin=source.origin)


def check_call(zeros: Zeros | None, chunk_rows: int) -> None:
    """Refuse a wrong call before anything is read.

    Raises
    ------
    UsageError
        If no row is to be read at a time, or `zeros` is a word that small tables do not know.
    """
    if chunk_rows < 1:
        raise UsageError(f"chunk_rows must be at least 1, not {chunk_rows}.")
    matrix_of(pd.DataFrame({"item": [1]}), case=["case"], zeros=zeros)


def choose_items(
    columns: Sequence[str], *, case: str, group: str = "", items: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the columns of the items.

    Parameters
    ----------
    columns : sequence of str
        Of the file.
    case, group : str
        Columns that are no item.
    items : sequence of str
        The items; by default all columns but the case, the group, and those that hold no status
        in the table of relationships, such as ``relationship_id``.

    Returns
    -------
    tuple of str

    Raises
    ------
    UsageError
        If a column does not exist, or is named twice.

    Examples
    --------
    >>> choose_items(["case_id", "relationship_id", "vio_physical"], case="case_id")
    ('vio_physical',)
    """
    chosen = tuple(items)
    named = (case, *([group] if group else ()))
    for name in (*named, *chosen):
        if name not in columns:
            near = near_match(name, tuple(columns))
            hint = f" Did you mean '{near}'?" if near else ""
            msg = f"There is no column '{name}'.{hint} There are: {', '.join(columns[:40])}."
            raise UsageError(msg)
    repeated = sorted({name for name in chosen if chosen.count(name) > 1 or name in named})
    if repeated or len(set(named)) < len(named):
        raise UsageError(f"Named more than once: {', '.join(repeated or [case])}.")
    left_out = {*named, *_no_items()}
    return chosen or tuple(name for name in columns if name not in left_out)


def registry_provenance(
    records: RegistryRecords, study: Study | None = None, *, seed: int | None = None
) -> Provenance:
    """Say what a result of a registry was computed from."""
    return Provenance(
        relatum_version=__version__,
        schema_version="",
        sample_name=records.name,
        sample_fingerprint=records.fingerprint,
        sample_origin=records.origin,
        study_hash="" if study is None else study.hash,
        seed=seed,
    )


@cache
def _no_items() -> frozenset[str]:
    """Name the columns of relationships that hold no status: keys, population, dates."""
    return frozenset(f.name for f in load_schema()["relationships"] if f.kind != "status")
