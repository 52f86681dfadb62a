"""What every importer hands over: a checked sample, and what was discarded with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.errors import ImportFailedError, Issue, SampleError, UsageError
from relatum.samples.check import check_context, typed_frames
from relatum.samples.context import CheckContext, TableContext
from relatum.samples.descriptor import DESCRIPTOR, open_folder
from relatum.samples.imported import DISCARDS, Discard, ImportRecord
from relatum.samples.importers.plurals import counted
from relatum.samples.raw import RawColumn, RawTable, merged
from relatum.samples.sample import Sample, SampleInfo
from relatum.samples.write import write_sample
from relatum.schema import Schema, Table, load_schema

__all__ = [
    "DESIGN",
    "DISCARDS",
    "Discard",
    "Imported",
    "finish_import",
    "refuse_filled",
    "write_imported",
]

#: The file with what the analysis of a registry needs and a sample has no place for. Tabs divide
#: its columns, because every CSV file of a sample's folder is a table of the sample.
DESIGN = "registry_design.tsv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """An import that succeeded.

    Attributes
    ----------
    sample : Sample
        Checked; it keeps the discards, the attribution and the terms.
    discards : tuple of Discard
        Everything that was not taken over, sorted.
    attribution : str
        The line by which the source asks to be named; empty where it asks for none.
    terms : str
        Terms of use, printed at import; empty where there are none.
    warnings : tuple of Issue
        What the check of the sample found without stopping it.
    design : DataFrame, optional
        One row per relationship with what a sample has no place for, such as the weights and
        clusters of a survey; its first column is ``relationship_id``. None where there is nothing.
    """

    sample: Sample
    discards: tuple[Discard, ...]
    attribution: str = ""
    terms: str = ""
    warnings: tuple[Issue, ...] = ()
    design: pd.DataFrame | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        record = ImportRecord(
            discards=self.discards, attribution=self.attribution, terms=self.terms
        )
        object.__setattr__(self, "sample", self.sample.with_import(record))

    def report(self) -> str:
        """Word what was taken over and what was not."""
        rows = {name: len(frame) for name, frame in self.sample.tables.items() if len(frame)}
        taken = ", ".join(f"{name} {n:,}" for name, n in rows.items()) or "nothing"
        lines = [f"Taken over: {taken}."]
        if self.discards:
            lines.append("Not taken over:")
            lines += [
                f"  {counted(row.n, row.what)} in {row.source}: {row.why}" for row in self.discards
            ]
        else:
            lines.append("Nothing was left out.")
        return "\n".join([*lines, *(text for text in (self.attribution, self.terms) if text)])


def finish_import(
    tables: Mapping[str, pd.DataFrame],
    info: SampleInfo,
    *,
    discards: Sequence[Discard] = (),
    attribution: str = "",
    terms: str = "",
    schema: Schema | None = None,
    design: pd.DataFrame | None = None,
) -> Imported:
    """Check tables by every rule of a sample, in memory: nothing is written anywhere.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        By table of the schema; columns that are missing are empty. Dates as ISO texts or
        timestamps, statuses as words.
    info : SampleInfo
        Its schema version is set here.
    discards : sequence of Discard
    attribution, terms : str
    schema : Schema, optional
    design : DataFrame, optional
        See `Imported`.

    Returns
    -------
    Imported

    Raises
    ------
    ImportFailedError
        With every issue at once.
    """
    known = schema or load_schema()
    held = replace(info, schema_version=known.version)
    strangers = [_stranger(name, known) for name in tables if name not in known.tables]
    shared: _SharedTexts = {}
    contexts = {
        name: TableContext(table, _raw_table(table, tables.get(name), shared))
        for name, table in known.tables.items()
    }
    context = CheckContext(known, contexts, held.origin, held.coder)
    issues = tuple(sorted({*strangers, *check_context(context)}))
    errors = [issue for issue in issues if issue.severity == "error"]
    if errors:
        noun = "issue" if len(errors) == 1 else "issues"
        msg = f"{len(errors)} {noun} in the imported tables; nothing was written."
        raise ImportFailedError(msg, issues)
    return Imported(
        sample=Sample(info=held, tables=typed_frames(context), schema=known),
        discards=tuple(sorted(discards)),
        attribution=attribution,
        terms=terms,
        warnings=issues,
        design=design,
    )


def _stranger(name: str, schema: Schema) -> Issue:
    message = "This is no table of a sample."
    return Issue(table=name, rule="unknown_table", message=message, allowed=tuple(schema.tables))


#: The texts of categories that several columns share, such as the keys that refer to a table; the
#: categories stand beside them so that none is taken for another.
_SharedTexts = dict[int, tuple[pd.Index, tuple[str, ...]]]


def _raw_table(table: Table, frame: pd.DataFrame | None, shared: _SharedTexts) -> RawTable:
    """Return a table as the check reads it: as texts, each distinct one once."""
    if frame is None:
        frame = pd.DataFrame(columns=list(table.columns))
    columns = {str(name): _raw_column(frame[name], shared) for name in frame.columns}
    for name in set(columns) & {spec.name for spec in table if spec.type == "boolean"}:
        words = tuple(_truth(text) for text in columns[name].distinct)
        columns[name] = merged(words, columns[name].codes)
    return RawTable(table.name, table.name, columns, len(frame))


def _raw_column(values: pd.Series, shared: _SharedTexts) -> RawColumn:
    if isinstance(values.dtype, pd.CategoricalDtype):
        words = values.cat.categories
        if id(words) not in shared:
            shared[id(words)] = words, tuple(map(_text, words))
        texts = shared[id(words)][1]
        found = values.cat.codes.to_numpy()
    else:
        found, uniques = pd.factorize(values)
        texts = tuple(map(_text, uniques))
    codes: NDArray[np.int32] = found.astype(np.int32)
    if (codes < 0).any():
        # The code of a missing value is -1: it moves behind the others.
        codes[codes < 0] = len(texts)
        texts = (*texts, "")
    return merged(texts, codes)


def _truth(text: str) -> str:
    """Write truth values in one way: spreadsheets turn true into TRUE."""
    return text.lower() if text.lower() in ("true", "false") else text


def _text(value: object) -> str:
    """Write a value as a sample's file holds it."""
    if type(value) is str:
        return value.strip()
    if value is None or value is pd.NaT or value is pd.NA:
        return ""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float | np.floating):
        if np.isnan(value):
            return ""
        return str(int(value)) if float(value).is_integer() else repr(float(value))
    return str(value).strip()


def refuse_filled(folder: str | Path) -> None:
    """Refuse a folder that holds a sample with rows.

    Raises
    ------
    UsageError
        Naming the folder.
    """
    place = Path(folder)
    for name in load_schema().tables:
        table = place / f"{name}.csv"
        filled = (place / f"{name}.parquet").exists()
        if table.exists():
            with table.open(encoding="utf-8", errors="replace") as lines:
                filled = (
                    filled
                    or sum(bool(line.strip()) for _, line in zip(range(2), lines, strict=False)) > 1
                )
        if filled:
            msg = f"'{place.name}' holds a sample with rows; name a new folder, or empty it first."
            raise UsageError(msg)


def write_imported(
    imported: Imported, folder: str | Path, *, form: Literal["csv", "parquet"] = "csv"
) -> Path:
    """Write an imported sample with its list of discards; either all of it appears or nothing.

    `write_sample` writes discards, attribution and terms; what the sample has no place for
    (`Imported.design`) is written beside them. What the descriptor of an empty sample says of it,
    such as the title that ``relatum init`` wrote, stays.

    Parameters
    ----------
    imported : Imported
    folder : str or Path
        As `relatum.samples.write_sample`.
    form : {"csv", "parquet"}

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    UsageError
        If the folder holds a sample with rows: an import never replaces what was collected.
    """
    refuse_filled(folder)
    extra = {}
    if imported.design is not None:
        extra[DESIGN] = imported.design.to_csv(index=False, sep="\t", lineterminator="\n")
    return write_sample(_named_as(imported.sample, Path(folder)), folder, form=form, extra=extra)


def _named_as(sample: Sample, place: Path) -> Sample:
    """Return the sample with the name, title and flow of investigations that a folder states."""
    if not (place / DESCRIPTOR).is_file():
        return sample
    try:
        held = open_folder(place, sample.schema)
    except SampleError:
        return sample
    if any(issue.table == DESCRIPTOR for issue in held.issues):
        return sample
    said, info = held.info, sample.info
    steps = info.selection or said.selection
    return replace(sample, info=replace(info, name=said.name, title=said.title, selection=steps))
