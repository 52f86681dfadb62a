"""Import of REFI-QDA projects (``.qdpx``) from MAXQDA, ATLAS.ti, NVivo, QualCoder and others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pandas as pd

from relatum.errors import UsageError
from relatum.samples.importers.base import Imported, finish_import
from relatum.samples.importers.qdpx_archive import open_archive
from relatum.samples.importers.qdpx_codings import collect_codings
from relatum.samples.importers.qdpx_copies import COPIES, Copies, merge_copies
from relatum.samples.importers.qdpx_faults import Faults
from relatum.samples.importers.qdpx_mapping import MappingRow, find_targets, read_mapping
from relatum.samples.importers.qdpx_report import list_discards
from relatum.samples.importers.qdpx_tables import fill_tables
from relatum.samples.importers.qdpx_units import check_groupings, find_units, read_grouping
from relatum.samples.importers.qdpx_xml import parse_project
from relatum.samples.sample import Origin, SampleInfo
from relatum.schema import Schema, load_schema

__all__ = ["import_qdpx"]

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_OFFSETS = ("auto", "exclusive", "inclusive")


def import_qdpx(
    path: str | Path,
    *,
    unit: str,
    investigation: str,
    mapping: str | Path | Sequence[MappingRow] | None = None,
    offsets: Literal["auto", "exclusive", "inclusive"] = "auto",
    copies: Copies | None = None,
    coder: str = "coder",
    population: str = "trafficking",
    origin: Origin = "collected",
    name: str = "imported",
    ids: Literal["auto", "guid"] = "auto",
    schema: Schema | None = None,
) -> Imported:
    """Turn a REFI-QDA project into a sample, without any text.

    Parameters
    ----------
    path : str or Path
        A ``.qdpx`` file. It is read in memory; the documents in it are never opened.
    unit : str
        What stands for a relationship: ``document``, ``case``, ``set`` or ``variable:NAME``. A
        pattern narrows the first three: ``set:Couple *``.
    investigation : str
        What stands for an investigation, in the same words, or ``each`` where every relationship
        is one of its own. It must be able to hold several relationships: a ``document`` can where
        cases or variables stand for relationships.
    mapping : str, Path, sequence of MappingRow or None
        A CSV file with the columns ``their_column`` (a code's name or path, or a variable),
        ``their_value``, ``table``, ``column_or_code`` and ``status_or_value``. Without it a code
        is taken over whose name is an id or a label of the codebook, and a variable whose name is
        ``table.column``.
    offsets : {"auto", "exclusive", "inclusive"}
        Whether the last position of a passage belongs to it; ``auto`` compares positions with
        names that repeat the passage. It matters only to count passages that overlap.
    copies : {"coders", "distinct"}, optional
        What documents of one name in different sets are: copies of one document of which each
        coder, named by the set, coded one; or different documents. Needed where there are such.
    coder : str
        The coder of what names no user.
    population : str
        ``trafficking`` or ``domestic_violence``; entered where no variable states it.
    origin : {"collected", "published", "simulated"}
        Where the rows come from. A project whose relationships all say so is simulated.
    name : str
        The sample's name.
    ids : {"auto", "guid"}
        ``auto`` keeps names of documents, cases, sets and coders as ids if all of a kind are
        neutral; ``guid`` never does.
    schema : Schema, optional
        The shipped one by default.

    Returns
    -------
    Imported
        A row of ``codings`` per relationship, code and coder; a missing one means not documented.

    Raises
    ------
    UsageError
        If an argument is not one of its words.
    ImportFailedError
        With every fault at once, if the file is no safe archive, no valid project, or what it
        holds does not make a sample.

    Notes
    -----
    A coding of a passage counts for the whole relationship. Where a coder coded one code several
    times, present goes before not documented; present and documented as absent at once is a fault.

    References
    ----------
    The exchange format: https://www.qdasoftware.org

    Examples
    --------
    >>> import tempfile
    >>> from relatum.samples import example_sample
    >>> from relatum.samples.importers.qdpx_write import write_qdpx
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_qdpx(example_sample("anna"), Path(folder) / "anna.qdpx")
    ...     found = import_qdpx(written.path, unit="document", investigation="set")
    >>> found.sample.n("relationships"), found.sample.coders
    (1, ('consensus',))
    """
    known = schema or load_schema()
    _check_words(offsets, coder, population, ids, copies, known)
    keys = read_grouping(unit, what="unit"), read_grouping(investigation, what="investigation")
    check_groupings(*keys)
    faults = Faults()
    rows = read_mapping(mapping, faults)
    archive = open_archive(path, faults)
    project = parse_project(archive.project, faults)
    targets = find_targets(project, rows, known, faults)
    project = merge_copies(project, copies, *keys, faults)
    faults.stop()
    units = find_units(project, *keys, faults, keep_names=ids == "auto")
    filled = fill_tables(project, units, targets, known, faults, population=population)
    coded = collect_codings(
        project,
        units,
        targets,
        known,
        faults,
        stated=filled.codings,
        coder=coder,
        keep_names=ids == "auto",
        offsets=offsets,
    )
    faults.stop()
    tables = {**filled.tables, "codings": coded.frame}
    if filled.simulated:
        tables = {key: _marked(frame) for key, frame in tables.items()}
        origin = "simulated"
    info = SampleInfo(
        name=name, title="Imported REFI-QDA project", origin=origin, schema_version=known.version
    )
    discards = list_discards(project, units, targets, filled, coded, n_files=archive.n_files)
    return finish_import(
        {key: frame for key, frame in tables.items() if len(frame)},
        info,
        discards=discards,
        schema=known,
    )


def _marked(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(simulated="true")


def _check_words(
    offsets: str, coder: str, population: str, ids: str, copies: str | None, schema: Schema
) -> None:
    allowed = [level.value for level in schema["relationships"]["population"].levels]
    faults = []
    if offsets not in _OFFSETS:
        faults.append(f"offsets must be one of {', '.join(_OFFSETS)}")
    if not _ID.fullmatch(coder):
        faults.append("coder must be made of letters, digits, '-' and '_', at most 64")
    if population not in allowed:
        faults.append(f"population must be one of {', '.join(allowed)}")
    if ids not in ("auto", "guid"):
        faults.append("ids must be 'auto' or 'guid'")
    if copies not in (None, *COPIES):
        faults.append("copies must be 'coders' or 'distinct'")
    if faults:
        raise UsageError(f"{'; '.join(faults)}.")
