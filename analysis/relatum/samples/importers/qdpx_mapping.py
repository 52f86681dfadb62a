"""What the codes and variables of a project mean: by their names, and by a mapping file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from relatum.errors import UsageError
from relatum.samples.identifiers import identifier_in
from relatum.samples.importers.qdpx_faults import MAPPING, Faults
from relatum.samples.importers.qdpx_project import CodeNode, Project
from relatum.schema import Schema, near_match

__all__ = [
    "LEFT_OUT",
    "MAPPING_COLUMNS",
    "ROW_TABLES",
    "STATUSES",
    "CodeTarget",
    "MappingRow",
    "Targets",
    "find_targets",
    "is_taken",
    "read_mapping",
    "shown_name",
]

#: The columns of a mapping file; those at the end may be left out.
MAPPING_COLUMNS = ("their_column", "their_value", "table", "column_or_code", "status_or_value")
#: Tables whose columns a variable may fill: one row each per relationship.
ROW_TABLES = ("cases", "suspects", "victims", "relationships")
#: Why a code is not taken over that the mapping names without a code of ours.
LEFT_OUT = "left out by the mapping"
STATUSES = ("present", "absent_documented", "not_documented")
#: Codes that are compared with all of ours: a project may hold any number, of any length.
_MOST_HINTS, _LONGEST_NAME = 500, 100
_STATUS_SUFFIX = re.compile(rf"(.*\S)\s*[:=]\s*({'|'.join(STATUSES)})", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingRow:
    """One line of a mapping.

    Attributes
    ----------
    theirs : str
        The name of a code or its path (``Tactic > isolation``), or the name of a variable.
    value : str
        A value of the variable; empty for a code, and for a variable that is taken as it is.
    table : str
        ``codings`` for a code, else the table of the column.
    ours : str
        Our code or column; empty leaves theirs out on purpose.
    becomes : str
        A status (present where empty), or our value.
    line : int
        Where it stands, for messages.
    """

    theirs: str
    value: str = ""
    table: str = "codings"
    ours: str = ""
    becomes: str = ""
    line: int = 0

    @property
    def row(self) -> str:
        """Where it stands, in words."""
        return f"line {self.line}" if self.line else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeTarget:
    """What a coding with a code of theirs says."""

    code: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What each code and each variable becomes.

    Attributes
    ----------
    codes : mapping of str to CodeTarget
        By GUID.
    left_out : mapping of str to str
        Why a code is not taken over, by GUID.
    variables : mapping of str to tuple of MappingRow
        By GUID; empty for a variable that is left out on purpose.
    """

    codes: Mapping[str, CodeTarget]
    left_out: Mapping[str, str]
    variables: Mapping[str, tuple[MappingRow, ...]]


def shown_name(name: str, word: str) -> str:
    """Return a name for a report, unless it may hold a passage or name a person.

    Examples
    --------
    >>> shown_name("isolation", "code"), shown_name("she said that he would find her", "code")
    ("code 'isolation'", 'code (name not shown)')
    """
    return f"{word} (name not shown)" if identifier_in(name) else f"{word} '{name}'"


def read_mapping(
    mapping: str | Path | Sequence[MappingRow] | None, faults: Faults
) -> tuple[MappingRow, ...]:
    """Read a mapping file.

    Parameters
    ----------
    mapping : str, Path, sequence of MappingRow or None
        A CSV file with the columns `MAPPING_COLUMNS`, or its lines.
    faults : Faults
        Takes every fault.

    Raises
    ------
    UsageError
        If the file cannot be read.
    ImportFailedError
        If a column is missing.
    """
    if mapping is None:
        return ()
    if not isinstance(mapping, str | Path):
        return tuple(mapping)
    try:
        text = Path(mapping).read_text(encoding="utf-8-sig")
        return _read_rows(text, faults)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        msg = f"The mapping '{mapping}' could not be read as a CSV file in UTF-8."
        raise UsageError(msg) from error


def _read_rows(text: str, faults: Faults) -> tuple[MappingRow, ...]:
    head = text.partition("\n")[0]
    handle = io.StringIO(text, newline="")
    rows = csv.DictReader(handle, delimiter=";" if ";" in head else ",")
    missing = [name for name in MAPPING_COLUMNS if name not in (rows.fieldnames or ())]
    for name in missing:
        faults.add("missing_column", f"There is no column '{name}'.", table=MAPPING, row="line 1")
    faults.stop()
    found = []
    for row in rows:
        cells = {name: (row[name] or "").strip() for name in MAPPING_COLUMNS}
        if any(cells.values()):
            found.append(
                MappingRow(
                    theirs=cells["their_column"],
                    value=cells["their_value"],
                    table=cells["table"] or "codings",
                    ours=cells["column_or_code"],
                    becomes=cells["status_or_value"],
                    line=rows.line_num,
                )
            )
    return tuple(found)


def find_targets(
    project: Project, mapping: Sequence[MappingRow], schema: Schema, faults: Faults
) -> Targets:
    """Say what each code and variable of a project becomes.

    Parameters
    ----------
    project : Project
    mapping : sequence of MappingRow
        Wins over names that agree by chance.
    schema : Schema
    faults : Faults
        Takes every fault of the mapping.

    Returns
    -------
    Targets

    Notes
    -----
    Without a mapping a code is taken over whose name is an id or a label of the codebook. The
    status is present, unless the name ends with another one (``isolation: absent_documented``) or
    is a status below such a code. A variable is taken over whose name is ``table.column``.
    """
    by_code: dict[str, MappingRow] = {}
    by_variable: dict[str, list[MappingRow]] = {}
    variables = {variable.name: guid for guid, variable in project.variables.items()}
    for row in mapping:
        guids = _codes_named(row.theirs, project.codes)
        named = variables.get(row.theirs, "")
        if row.value or row.table != "codings" or (named and not guids):
            if named:
                by_variable.setdefault(named, []).append(row)
            else:
                _unknown(row, tuple(variables), "variable", faults)
        elif len(guids) == 1:
            by_code[guids[0]] = row
        elif guids:
            message = f"{len(guids)} codes have this name; give the path of the one meant."
            faults.add("ambiguous_name", message, table=MAPPING, row=row.row, field="their_column")
        else:
            _unknown(row, [code.name for code in project.codes.values()], "code", faults)
    _check_rows(mapping, schema, faults)
    codes, left_out = _code_targets(project, by_code, schema)
    held = {guid: tuple(r for r in rows if r.ours) for guid, rows in by_variable.items()}
    for guid, variable in project.variables.items():
        table, _, column = variable.name.partition(".")
        known = table in ROW_TABLES and column in schema[table] and _is_filled(table, column)
        if guid not in held and known:
            held[guid] = (MappingRow(theirs=variable.name, table=table, ours=column),)
    return Targets(codes=codes, left_out=left_out, variables=held)


def _unknown(row: MappingRow, names: Sequence[str], word: str, faults: Faults) -> None:
    near = near_match(row.theirs, tuple(n for n in names if not identifier_in(n)))
    message = f"The project has no {word} of this name."
    faults.add(
        f"unknown_{word}", message, table=MAPPING, row=row.row, field="their_column", near=near
    )


def _codes_named(text: str, codes: Mapping[str, CodeNode]) -> list[str]:
    """Return the codes of a path, else of a name."""
    path = tuple(part.strip() for part in re.split(r"\s*(?:>|\\)\s*", text))
    exact = [guid for guid, code in codes.items() if code.path == path]
    return exact or [guid for guid, code in codes.items() if code.name == text.strip()]


def _check_rows(rows: Sequence[MappingRow], schema: Schema, faults: Faults) -> None:
    for row in rows:
        if not row.ours:
            continue
        if row.table == "codings":
            _check_coding(row, schema, faults)
            continue
        field, given = "", row.table
        allowed: tuple[str, ...] = ()
        message = "A variable fills a column of these tables, or 'codings'."
        if row.table not in ROW_TABLES:
            field, allowed = "table", ROW_TABLES
        elif row.ours not in schema[row.table]:
            field, allowed, given = "column_or_code", schema[row.table].columns, row.ours
            message = f"The table '{row.table}' has no such column."
        elif not _is_filled(row.table, row.ours):
            field, given = "column_or_code", ""
            message = "This key follows from 'unit' and 'investigation'; it is not mapped."
        if field:
            faults.add(
                f"unknown_{field.partition('_')[0]}",
                message,
                table=MAPPING,
                row=row.row,
                field=field,
                allowed=allowed,
                near=near_match(given, allowed),
            )


def _is_filled(table: str, column: str) -> bool:
    """Tell whether a variable may fill a column; the keys of its rows are not its business."""
    keys = {"case_id", "relationship_id"}
    return column not in (keys if table == "relationships" else keys | {f"{table[:-1]}_id"})


def _check_coding(row: MappingRow, schema: Schema, faults: Faults) -> None:
    takers, status = _takers(schema), row.becomes or "present"
    if row.ours not in takers:
        faults.add(
            "unknown_code",
            "No code of this id takes the status of a relationship.",
            table=MAPPING,
            row=row.row,
            field="column_or_code",
            near=near_match(row.ours, takers),
        )
    if status not in STATUSES:
        faults.add(
            "unknown_status",
            "This is no status that can be entered.",
            table=MAPPING,
            row=row.row,
            field="status_or_value",
            allowed=STATUSES,
            near=near_match(status, STATUSES),
        )


def _takers(schema: Schema) -> Mapping[str, str]:
    """Return the codes that a coding of a relationship may enter, with their labels."""
    return MappingProxyType(
        {
            code.id: code.label
            for code in schema.codebook.values()
            if code.is_coding and code.value_type == "status" and code.unit in _UNITS
        }
    )


#: Units whose codes may be entered for a relationship.
_UNITS = ("relationship", "contact", "report")


def is_taken(code: str, schema: Schema) -> bool:
    """Tell whether a coding with this code can be brought in from a project.

    Examples
    --------
    >>> from relatum.schema import load_schema
    >>> is_taken("vio_physical", load_schema()), is_taken("case_firearm", load_schema())
    (True, False)
    """
    return code in _takers(schema)


def _code_targets(
    project: Project, mapped: Mapping[str, MappingRow], schema: Schema
) -> tuple[dict[str, CodeTarget], dict[str, str]]:
    takers = _takers(schema)
    words = _words(takers)
    found: dict[str, CodeTarget] = {}
    left_out: dict[str, str] = {}
    # A code comes after the one above it, so that a status below can look up.
    for guid, node in project.codes.items():
        row = mapped.get(guid)
        if row is not None and row.ours:
            found[guid] = CodeTarget(code=row.ours, status=row.becomes or "present")
        elif row is not None:
            left_out[guid] = LEFT_OUT
        else:
            target = _by_name(node, found, words)
            if target is None:
                hint = len(left_out) < _MOST_HINTS and len(node.name) <= _LONGEST_NAME
                left_out[guid] = _why(node, takers, schema, hint=hint)
            else:
                found[guid] = target
    return found, left_out


def _words(takers: Mapping[str, str]) -> dict[str, str]:
    """Return the codes by id and by label, labels of several codes left out."""
    labels = [_plain(label) for label in takers.values()]
    words = {
        plain: code
        for (code, _), plain in zip(takers.items(), labels, strict=True)
        if labels.count(plain) == 1
    }
    return words | {_plain(code): code for code in takers}


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", "_", text.casefold()).strip("_")


def _by_name(
    node: CodeNode, found: Mapping[str, CodeTarget], words: Mapping[str, str]
) -> CodeTarget | None:
    if _plain(node.name) in words:
        return CodeTarget(code=words[_plain(node.name)], status="present")
    if node.parent in found and _plain(node.name) in STATUSES:
        return CodeTarget(code=found[node.parent].code, status=_plain(node.name))
    parts = _STATUS_SUFFIX.fullmatch(node.name)
    if parts and _plain(parts[1]) in words:
        return CodeTarget(code=words[_plain(parts[1])], status=parts[2].lower())
    return None


def _why(node: CodeNode, takers: Mapping[str, str], schema: Schema, *, hint: bool) -> str:
    plain = _plain(node.name)
    if plain in schema.codebook and plain not in takers:
        return "the code is no status of a relationship; map a variable to its column"
    near = near_match(plain, takers) if hint else ""
    meant = f"; did you mean '{near}'?" if near else ""
    return f"no code of the codebook has this name and the mapping does not name it{meant}"
