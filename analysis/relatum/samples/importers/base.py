"""What every importer hands over: a checked sample, and what was discarded with the reason."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

import pandas as pd

from relatum.errors import ImportFailedError, Issue
from relatum.samples.check import check_sample
from relatum.samples.read import read_sample
from relatum.samples.sample import Sample, SampleInfo
from relatum.samples.write import write_sample
from relatum.schema import Schema, load_schema

__all__ = ["Discard", "Imported", "finish_import", "write_imported"]

#: The file that lists what was not taken over.
DISCARDS = "discards.json"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Discard:
    """Something that a foreign file holds and the sample does not.

    Attributes
    ----------
    source : str
        The file, sheet or element; never a text of a case.
    what : str
        What it is, such as ``memo`` or a column's name.
    n : int
        How many of it.
    why : str
        Why it was not taken over, in words.
    """

    source: str
    what: str
    n: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """An import that succeeded.

    Attributes
    ----------
    sample : Sample
        Checked.
    discards : tuple of Discard
        Everything that was not taken over, sorted.
    attribution : str
        The line by which the source asks to be named; empty where it asks for none.
    terms : str
        Terms of use, printed at import; empty where there are none.
    warnings : tuple of Issue
        What the check of the sample found without stopping it.
    """

    sample: Sample
    discards: tuple[Discard, ...]
    attribution: str = ""
    terms: str = ""
    warnings: tuple[Issue, ...] = ()

    def report(self) -> str:
        """Word what was taken over and what was not."""
        rows = {name: len(frame) for name, frame in self.sample.tables.items() if len(frame)}
        taken = ", ".join(f"{name} {n:,}" for name, n in rows.items()) or "nothing"
        lines = [f"Taken over: {taken}."]
        if self.discards:
            lines.append("Not taken over:")
            lines += [f"  {row.n:,} {row.what} in {row.source}: {row.why}" for row in self.discards]
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
) -> Imported:
    """Check tables by every rule of a sample.

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

    Returns
    -------
    Imported

    Raises
    ------
    ImportFailedError
        With every issue at once; nothing is written.
    """
    known = schema or load_schema()
    held = replace(info, schema_version=known.version)
    with tempfile.TemporaryDirectory(prefix="relatum-") as place:
        folder = Path(place) / "sample"
        _lay_out(tables, held, folder, known)
        issues = check_sample(folder, schema=known)
        errors = [issue for issue in issues if issue.severity == "error"]
        if errors:
            noun = "issue" if len(errors) == 1 else "issues"
            msg = f"{len(errors)} {noun} in the imported tables; nothing was written."
            raise ImportFailedError(msg, issues)
        sample = read_sample(folder, schema=known)
    return Imported(
        sample=sample,
        discards=tuple(sorted(discards)),
        attribution=attribution,
        terms=terms,
        warnings=tuple(issues),
    )


def _lay_out(
    tables: Mapping[str, pd.DataFrame], info: SampleInfo, folder: Path, schema: Schema
) -> None:
    """Write the tables as CSV beside the description of an empty sample."""
    write_sample(Sample(info=info, tables={}, schema=schema), folder)
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False, date_format="%Y-%m-%d")


def write_imported(
    imported: Imported, folder: str | Path, *, form: Literal["csv", "parquet"] = "csv"
) -> Path:
    """Write an imported sample with its list of discards; either all of it appears or nothing.

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
    """
    rows = [asdict(row) for row in imported.discards]
    extra = {DISCARDS: json.dumps(rows, indent=1, ensure_ascii=False) + "\n"}
    if imported.attribution:
        extra["ATTRIBUTION.txt"] = f"{imported.attribution}\n"
    return write_sample(imported.sample, folder, form=form, extra=extra)
