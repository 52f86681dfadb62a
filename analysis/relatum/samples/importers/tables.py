"""Wide and long tables: a row per relationship, or a row per coding, through a mapping file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from relatum.errors import ImportFailedError
from relatum.samples.importers.base import Imported, finish_import
from relatum.samples.importers.cells import ForeignTable, read_foreign_table
from relatum.samples.importers.cells_faults import FaultList
from relatum.samples.importers.mapping import FileMapping, MappingForm, read_mapping
from relatum.samples.importers.mapping_lines import EVENT_TABLE_NAMES
from relatum.samples.importers.tables_build import collect_rows, sample_tables
from relatum.samples.importers.tables_events import EventRows, collect_events, event_table
from relatum.samples.importers.tables_intervals import open_intervals
from relatum.samples.sample import SampleInfo
from relatum.schema import Schema, load_schema

__all__ = ["CODER", "EventFile", "import_long", "import_wide", "sample_info"]

#: The coder where a file names none.
CODER = "coder_1"
_UNFIT = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFile:
    """A file with a row per event, and its mapping.

    Attributes
    ----------
    path, mapping : str or Path
    sheet : str, optional
        The sheet of a workbook.
    """

    path: str | Path
    mapping: str | Path
    sheet: str | None = None


def sample_info(path: str | Path, *, title: str = "") -> SampleInfo:
    """Return the description of a sample that a file is turned into.

    Examples
    --------
    >>> sample_info("Coded files 2015.xlsx").name
    'coded-files-2015'
    """
    stem = Path(path).stem
    name = _UNFIT.sub("-", stem.lower()).strip("-") or "imported"
    return SampleInfo(name=name, title=title or stem, origin="collected", schema_version="")


def import_wide(
    path: str | Path,
    mapping: str | Path,
    *,
    sheet: str | None = None,
    coder: str = CODER,
    title: str = "",
    schema: Schema | None = None,
    events: Sequence[EventFile] = (),
) -> Imported:
    r"""Import a table with a row per relationship and a column per characteristic.

    Parameters
    ----------
    path : str or Path
        Excel, CSV, Parquet, SPSS or Stata; see `relatum.samples.importers.cells`.
    mapping : str or Path
        A mapping file; see `relatum.samples.importers.mapping`.
    sheet : str, optional
        The sheet of a workbook.
    coder : str
        Who coded, where no column says so.
    title : str
        The words for the sample; the file's name by default.
    schema : Schema, optional
    events : sequence of EventFile
        Files with a row per event, each with a mapping that names its table of events; see
        `relatum.samples.importers.tables_events`.

    Returns
    -------
    Imported
        Its discards also tell which keys were made up.

    Raises
    ------
    ImportFailedError
        With every fault of the mapping, or of the cells, with sheet, row and column.

    Notes
    -----
    A blank cell is silence: no row, never absence. Where several columns are mapped to one code it
    is present if one of them says so, and documented as absent only if all of them do.

    A relationship without a key gets one by the number of its row, or of its pair where suspect
    and victim have keys. Persons without keys are taken for different ones. Relationships that
    share a person are put into one investigation where none is given, and others into
    investigations of their own; a model that counts investigations is then only as good as that.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     data, mapping = Path(folder) / "mine.csv", Path(folder) / "mapping.csv"
    ...     _ = data.write_text("id,hits\nr1,yes\nr2,\n")
    ...     lines = ("their_column,their_value,table,column_or_code,status_or_value",
    ...              "id,,relationships,relationship_id,",
    ...              "hits,yes,codings,vio_physical,present",
    ...              ",,relationships,population,trafficking")
    ...     _ = mapping.write_text("\n".join(lines))
    ...     imported = import_wide(data, mapping)
    >>> imported.sample.n("relationships"), imported.sample.n("codings")
    (2, 1)
    """
    return _import(path, mapping, "wide", sheet, coder, title, schema, events)


def import_long(
    path: str | Path,
    mapping: str | Path,
    *,
    sheet: str | None = None,
    coder: str = CODER,
    title: str = "",
    schema: Schema | None = None,
    events: Sequence[EventFile] = (),
) -> Imported:
    """Import a table with a row per coding.

    The parameters are those of `import_wide`. A value of a column names a code (``codings``, the
    code, and its status or level), or the column as a whole is mapped to ``codings.code``. The
    status comes from the mapping, else from a column mapped to ``codings.status``, else it is
    present: a row says that something was coded. Dates, source, certainty and so on may have
    columns of their own.

    Returns
    -------
    Imported

    Raises
    ------
    ImportFailedError
        With every fault of the mapping, or of the cells, with sheet, row and column.
    """
    return _import(path, mapping, "long", sheet, coder, title, schema, events)


def _import(
    path: str | Path,
    mapping: str | Path,
    form: MappingForm,
    sheet: str | None,
    coder: str,
    title: str,
    schema: Schema | None,
    events: Sequence[EventFile],
) -> Imported:
    known = schema or load_schema()
    files = [(path, mapping, sheet, form)]
    files += [(one.path, one.mapping, one.sheet, "events") for one in events]
    (table, lines), *further = _read_all(files, known)
    faults = FaultList("the table" if not events else "the tables")
    collected = collect_rows(
        table, lines, unit_rows=form == "wide", coder=coder, schema=known, faults=faults
    )
    # What an event belongs to is only known once the first file is sound.
    faults.stop()
    held = EventRows.of(collected)
    _check_tables([mapped for _, mapped in further], faults)
    for events_table, mapped in sorted(further, key=_order):
        collect_events(events_table, mapped, held, schema=known, faults=faults)
    faults.stop()
    tables = sample_tables([collected])
    tables |= {name: frame for name, frame in held.units.items() if name not in tables}
    imported = finish_import(
        tables,
        sample_info(path, title=title),
        discards=[*collected.discards, *held.discards],
        schema=known,
    )
    open_ends = open_intervals([lines, *(mapped for _, mapped in further)], tables, known)
    return replace(imported, warnings=(*open_ends, *imported.warnings))


def _order(one: tuple[ForeignTable, FileMapping]) -> int:
    """Order files so that what others refer to comes first."""
    return EVENT_TABLE_NAMES.index(event_table(one[1]))


def _check_tables(mappings: Sequence[FileMapping], faults: FaultList) -> None:
    seen: set[str] = set()
    for mapping in mappings:
        name = event_table(mapping)
        if name in seen:
            message = f"Two files fill the table '{name}'; put their rows into one file."
            faults.add(mapping.name, "event_table", message)
        seen.add(name)


def _read_all(
    files: Sequence[tuple[str | Path, str | Path, str | None, MappingForm]], schema: Schema
) -> list[tuple[ForeignTable, FileMapping]]:
    """Read tables and mappings, so that the faults of all are told at once."""
    faults = FaultList(
        "the table and its mapping" if len(files) == 1 else "the tables and their mappings"
    )
    found = []
    for path, mapping, sheet, form in files:
        table: ForeignTable | None = None
        try:
            table = read_foreign_table(path, sheet=sheet)
        except ImportFailedError as error:
            faults.extend(error.issues)
        try:
            lines = read_mapping(mapping, schema=schema, form=form)
        except ImportFailedError as error:
            faults.extend(error.issues)
            continue
        if table is not None:
            found.append((table, lines))
    faults.stop()
    if len(found) < len(files):
        raise ImportFailedError("The files could not be read; nothing was written.")
    return found
