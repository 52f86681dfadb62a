"""MAXQDA's exports: coded segments and document variables, in any language of the program."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from relatum.errors import ImportFailedError
from relatum.samples.importers.base import Discard, Imported, finish_import
from relatum.samples.importers.cells import ForeignTable, column_name, read_foreign_table
from relatum.samples.importers.cells_faults import FaultList
from relatum.samples.importers.mapping import FileMapping, MappingLine, check_lines
from relatum.samples.importers.maxqda_headers import document_roles, segment_roles
from relatum.samples.importers.maxqda_keys import (
    CASE,
    CODE_COLUMN,
    CODER_COLUMN,
    STATUS_COLUMN,
    SUSPECT,
    UNIT,
    VICTIM,
    Copies,
    DocumentKeys,
    Export,
)
from relatum.samples.importers.qdpx_faults import Faults
from relatum.samples.importers.qdpx_mapping import (
    LEFT_OUT,
    Targets,
    find_targets,
    read_mapping,
    shown_name,
)
from relatum.samples.importers.qdpx_project import CodeNode, Project, Variable
from relatum.samples.importers.tables import CODER, sample_info
from relatum.samples.importers.tables_build import UNCODED, Collected, collect_rows, sample_tables
from relatum.schema import Schema, load_schema

__all__ = ["import_maxqda"]

_SEPARATOR = re.compile(r"\s*(?:>|\\)\s*")
_JOIN = "\x1f"


def import_maxqda(
    path: str | Path,
    *,
    variables: str | Path | None = None,
    mapping: str | Path | None = None,
    copies: Copies | None = None,
    keep_names: bool = False,
    population: str = "trafficking",
    sheet: str | None = None,
    title: str = "",
    schema: Schema | None = None,
) -> Imported:
    """Turn MAXQDA's list of coded segments into a sample, without any text.

    A document is a relationship, and a document group an investigation.

    Parameters
    ----------
    path : str or Path
        The exported list of coded segments, .xlsx or .xls.
    variables : str or Path, optional
        The exported document variables: a row per document. Documents without a segment count
        only if they stand here.
    mapping : str or Path, optional
        The same file that serves a REFI-QDA project: ``their_column`` is a code's name or path
        (``Tactic > isolation``), or a variable. Without it a code is taken over whose name is an
        id or label of the codebook.
    copies : {"coders", "distinct"}, optional
        What a document of one name in two groups is: the same document, coded by two coders who
        are named by the groups; or another document. Needed where there is one.
    keep_names : bool
        Whether names of documents, groups and coders are pseudonyms already. By default they are
        replaced by numbers, in alphabetical order, since they may name persons.
    population : {"trafficking", "domestic_violence"}
        Entered where no variable states it.
    sheet : str, optional
        The sheet of the coded segments.
    title : str
        The words for the sample; the file's name by default.
    schema : Schema, optional

    Returns
    -------
    Imported
        Its discards count passages, comments and codes that were not taken over.

    Raises
    ------
    ImportFailedError
        With every fault of the files.
    """
    known, faults = schema or load_schema(), FaultList("the MAXQDA export")
    exports = _read(path, sheet, variables, faults)
    faults.stop()
    segments, placed = exports[0]
    documents = exports[1][0] if len(exports) > 1 else None
    targets, project = _targets(segments, documents, mapping, known, faults)
    held = [segments] if documents is None else [segments, documents]
    keys = DocumentKeys(held, copies, keep_names, faults)
    faults.stop()
    discards = [*_left_columns(segments, placed), *_left_codes(segments, targets, project)]
    parts = []
    if documents is not None:
        lines = _variable_lines(targets, project, population, known, faults)
        faults.stop()
        frame = pd.concat([documents.table.frame, keys.frame(documents)], axis=1)
        dropped = [documents.roles[role] for role in documents.roles]
        table = _like(documents.table, frame.drop(columns=dropped))
        parts.append(
            collect_rows(table, lines, unit_rows=True, coder=CODER, schema=known, faults=faults)
        )
    table = _like(segments.table, _coded(segments, targets, keys))
    lines = _segment_lines(population)
    parts.append(
        collect_rows(table, lines, unit_rows=False, coder=CODER, schema=known, faults=faults)
    )
    faults.stop()
    tables = sample_tables(parts)
    given = tables["relationships"]["population"]
    tables["relationships"]["population"] = given.where(given != "", population)
    discards += [*keys.notes(), *_told_once(parts), *_uncoded(tables, segments)]
    return finish_import(tables, sample_info(path, title=title), discards=discards, schema=known)


def _uncoded(tables: Mapping[str, pd.DataFrame], segments: Export) -> list[Discard]:
    """Say loudly that nothing was coded."""
    if len(tables.get("codings", ())):
        return []
    why = "no coded segment was taken over: nothing is documented about any code"
    n = len(tables["relationships"])
    what = "relationships without any coding"
    return [Discard(source=segments.table.name, what=what, n=n, why=why)]


def _told_once(parts: Sequence[Collected]) -> list[Discard]:
    """Return the discards of the tables; codes that were left out are told one by one."""
    return [row for part in parts for row in part.discards if row.what != UNCODED]


def _read(
    path: str | Path, sheet: str | None, variables: str | Path | None, faults: FaultList
) -> list[tuple[Export, tuple[str, ...]]]:
    found: list[tuple[Export, tuple[str, ...]]] = []
    for place, which in ((path, sheet), (variables, None)):
        if place is None:
            continue
        try:
            table = read_foreign_table(place, sheet=which)
        except ImportFailedError as error:
            faults.extend(error.issues)
            continue
        if place is path:
            roles, placed = segment_roles(table, faults)
        else:
            roles, placed = document_roles(table, faults), ()
        used = [title for role, title in roles.items() if role in _USED]
        faults.extend(table.faults_of(used))
        found.append((Export(table=table, roles=roles), placed))
    return found


#: Roles whose cells must be sound; a passage may begin with an equals sign.
_USED = ("group", "document", "code", "coder")


def _like(table: ForeignTable, frame: pd.DataFrame) -> ForeignTable:
    return ForeignTable(
        name=table.name,
        frame=frame,
        rows=table.rows,
        row_word=table.row_word,
        faults=table.faults,
    )


# --- codes and variables -------------------------------------------------------------------------


def _path(text: str) -> tuple[str, ...]:
    return tuple(part for part in _SEPARATOR.split(text.strip()) if part)


def _targets(
    segments: Export,
    documents: Export | None,
    mapping: str | Path | None,
    schema: Schema,
    faults: FaultList,
) -> tuple[Targets, Project]:
    """Find what codes and variables become, as for a REFI-QDA project."""
    codes: dict[str, CodeNode] = {}
    for text in sorted(set(segments.texts("code"))):
        path = _path(text)
        for depth in range(1, len(path) + 1):
            guid, parent = _JOIN.join(path[:depth]), _JOIN.join(path[: depth - 1])
            node = CodeNode(guid=guid, name=path[depth - 1], path=path[:depth], parent=parent)
            codes.setdefault(guid, node)
    names = () if documents is None else documents.table.columns
    own = () if documents is None else tuple(documents.roles.values())
    variables = {
        name: Variable(guid=name, name=name, kind="Text") for name in names if name not in own
    }
    project = Project(codes=codes, variables=variables)
    found = Faults()
    rows = read_mapping(mapping, found)
    targets = find_targets(project, rows, schema, found)
    faults.extend(found.issues())
    _check_known(segments, targets, faults)
    return targets, project


def _check_known(segments: Export, targets: Targets, faults: FaultList) -> None:
    """Note an export of which no code is known, unless that is on purpose."""
    used = {_JOIN.join(_path(text)) for text in segments.texts("code")} - {""}
    meant = all(targets.left_out.get(guid) == LEFT_OUT for guid in used)
    stated = any(row.table == "codings" for rows in targets.variables.values() for row in rows)
    if not (meant or stated or used & set(targets.codes)):
        noun = "code" if len(used) == 1 else "codes"
        message = (
            f"No coded segment could be taken over: the mapping names none of the {len(used):,} "
            f"{noun} used, and none has an id or a label of the codebook."
        )
        faults.add(segments.table.name, "no_known_code", message)


def _variable_lines(
    targets: Targets, project: Project, population: str, schema: Schema, faults: FaultList
) -> FileMapping:
    lines = [
        MappingLine(
            their_column=project.variables[guid].name,
            their_value=row.value,
            table=row.table,
            target=row.ours,
            becomes=row.becomes,
            line=row.line,
        )
        for guid, rows in targets.variables.items()
        for row in rows
    ]
    try:
        if lines:
            check_lines("mapping", lines, schema=schema)
    except ImportFailedError as error:
        faults.extend(error.issues)
    if not any(line.target == "population" for line in lines):
        lines.append(MappingLine(table="relationships", target="population", becomes=population))
    return FileMapping(name="mapping", lines=(*_KEY_LINES, *lines))


_KEY_LINES = tuple(
    MappingLine(their_column=column, table=table, target=target)
    for column, table, target in (
        (UNIT, "relationships", "relationship_id"),
        (CASE, "relationships", "case_id"),
        (SUSPECT, "relationships", "suspect_id"),
        (VICTIM, "relationships", "victim_id"),
    )
)


def _segment_lines(population: str) -> FileMapping:
    lines = [
        MappingLine(their_column=column, table="codings", target=target)
        for column, target in (
            (CODER_COLUMN, "coder_id"),
            (CODE_COLUMN, "code"),
            (STATUS_COLUMN, "status"),
        )
    ]
    lines.append(MappingLine(table="relationships", target="population", becomes=population))
    return FileMapping(name="mapping", lines=(*_KEY_LINES, *lines))


def _coded(segments: Export, targets: Targets, keys: DocumentKeys) -> pd.DataFrame:
    guids = [_JOIN.join(_path(text)) for text in segments.texts("code")]
    held = [targets.codes.get(guid) for guid in guids]
    frame = keys.frame(segments)
    frame[CODER_COLUMN] = keys.coders(segments)
    frame[CODE_COLUMN] = [target.code if target else "" for target in held]
    frame[STATUS_COLUMN] = [target.status if target else "" for target in held]
    return frame.astype(object)


# --- what is left out ----------------------------------------------------------------------------


def _left_columns(segments: Export, placed: Sequence[str]) -> list[Discard]:
    table, roles = segments.table, segments.roles
    found = []
    for role, what, why in (
        ("segment", "passages", "texts of cases are never taken over"),
        ("comment", "comments", "free text is not taken over"),
    ):
        if n := int((segments.texts(role) != "").sum()):
            found.append(Discard(source=table.name, what=what, n=n, why=why))
    for column in table.columns:
        if column not in roles.values():
            n = int((table.frame[column] != "").sum())
            what = f"cells of '{column_name(column)}'"
            found.append(Discard(source=table.name, what=what, n=n, why="no place in a sample"))
    if placed:
        why = f"read by position ({', '.join(placed)}); look whether that is right"
        found.append(Discard(source=table.name, what="unknown headers", n=len(placed), why=why))
    if "coder" not in roles:
        why = f"no column says who coded; '{CODER}' was entered"
        n = len(table.rows)
        found.append(Discard(source=table.name, what="segments without a coder", n=n, why=why))
    return found


def _left_codes(segments: Export, targets: Targets, project: Project) -> list[Discard]:
    counts = pd.Series([_JOIN.join(_path(text)) for text in segments.texts("code")]).value_counts()
    found = []
    for guid, n in sorted(counts.items()):
        if guid in targets.codes:
            continue
        known = str(guid) in project.codes
        word = "segments of "
        name = shown_name(project.codes[str(guid)].name, "code") if known else "no code"
        why = targets.left_out.get(str(guid), "the row names no code")
        found.append(Discard(source=segments.table.name, what=f"{word}{name}", n=int(n), why=why))
    return found
