"""A mapping file: which column and value of a foreign table becomes which code and status.

A CSV file with the columns `MAPPING_COLUMNS`. One line speaks of one of their columns, or of one
value in it:

===============  ==============================================================================
 column           what it holds
===============  ==============================================================================
their_column      the header as it stands; empty for a constant that holds in every row
their_value       one value; empty for the column as a whole; ``*`` for every value not named
table             ``cases``, ``suspects``, ``victims``, ``relationships``, ``codings``; for a file
                  of events their table, such as ``escape_attempts``; ``discard`` for what is left
                  out on purpose
column_or_code    a column of the table, or the stem of two, such as ``rel_onset`` for dates in
                  words; for ``codings`` a code, or ``coder_id``
status_or_value   what the value becomes: a status or a level. For a whole column empty (as it
                  is), a form of days such as ``DD-MM-YYYY``, ``words`` (see
                  `relatum.samples.importers.dates`; ``words DD/MM`` where 03/04/2010 is in
                  April, ``words MM/DD`` where it is in March; ``words with report = COLUMN``
                  where texts count from a day in another column), or ``numbered`` for identifiers
note              anything; it is not read
===============  ==============================================================================

A blank cell is silence. It becomes no row and no value, whatever the mapping says.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from relatum.errors import ImportFailedError, SampleError
from relatum.samples.importers.cells import column_name
from relatum.samples.importers.cells_faults import FaultList
from relatum.samples.importers.mapping_dates import (
    DATE_FORMS,
    NOT_IN_WORDS,
    WORD_FORMS,
    interval_columns,
    word_form,
)
from relatum.samples.importers.mapping_lines import (
    ANY,
    CODING_COLUMNS,
    DISCARD,
    EVENT_OWNERS,
    EVENT_TABLE_NAMES,
    KEY_COLUMNS,
    MAPPING_COLUMNS,
    NUMBERED,
    STATUSES,
    UNIT_TABLE_NAMES,
    FileMapping,
    MappingForm,
    MappingLine,
    code_levels,
    target_code,
    target_field,
    unit_of,
)
from relatum.samples.raw import read_raw
from relatum.schema import Code, Field, Schema, load_schema, near_match

__all__ = [
    "ANY",
    "CODING_COLUMNS",
    "DISCARD",
    "MAPPING_COLUMNS",
    "NUMBERED",
    "STATUSES",
    "UNIT_TABLE_NAMES",
    "FileMapping",
    "MappingForm",
    "MappingLine",
    "check_lines",
    "code_levels",
    "mapping_text",
    "read_mapping",
    "target_code",
    "target_field",
    "unit_of",
]


def read_mapping(
    path: str | Path, *, schema: Schema | None = None, form: MappingForm = "wide"
) -> FileMapping:
    r"""Read and check a mapping file.

    Parameters
    ----------
    path : str or Path
        A CSV file in UTF-8; see the module for its columns. ``note`` may be left out.
    schema : Schema, optional
    form : {"wide", "long", "events", "codes"}
        A row of theirs is a relationship, or one coding: a value may then name a code without a
        status; or one event, of the one table that is named. Codes: ``their_column`` may also
        be the name or path of a code of a coding program, with the status that its passages
        stand for (present where it is empty).

    Returns
    -------
    FileMapping

    Raises
    ------
    ImportFailedError
        With every fault: unfinished lines, unknown tables, columns, codes and levels, with the
        nearest known word, and lines that contradict one another.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     place = Path(folder) / "mapping.csv"
    ...     _ = place.write_text("their_column,their_value,table,column_or_code,status_or_value\n"
    ...                          "hits,yes,codings,vio_physical,present\n")
    ...     read_mapping(place).columns
    ('hits',)
    """
    place, faults = Path(path), FaultList("the mapping")
    try:
        raw = read_raw(place, place.name)
    except SampleError as error:
        raise ImportFailedError(f"{error} Nothing was written.", error.issues) from error
    faults.extend(issue for issue in raw.issues if issue.severity == "error")
    for name in raw.columns:
        if name not in MAPPING_COLUMNS:
            near = near_match(name, MAPPING_COLUMNS)
            message = "This is no column of a mapping."
            faults.add(
                place.name,
                "unknown_field",
                message,
                column=column_name(name),
                allowed=MAPPING_COLUMNS,
                near=near,
            )
    for name in MAPPING_COLUMNS[:-1]:
        if name not in raw.columns:
            faults.add(place.name, "missing_field", "This column is required.", column=name)
    faults.stop()
    lines = tuple(
        MappingLine(
            **dict(
                zip(
                    ("their_column", "their_value", "table", "target", "becomes"),
                    (raw.columns[name].text(at) for name in MAPPING_COLUMNS[:-1]),
                    strict=True,
                )
            ),
            line=raw.line(at),
        )
        for at in range(raw.n_rows)
    )
    return check_lines(place.name, lines, schema=schema or load_schema(), form=form)


def check_lines(
    name: str, lines: Sequence[MappingLine], *, schema: Schema, form: MappingForm = "wide"
) -> FileMapping:
    """Check the lines of a mapping; `read_mapping` explains the arguments.

    Raises
    ------
    ImportFailedError
        With every fault.
    """
    faults = FaultList("the mapping")
    if not lines:
        faults.add(name, "empty_file", "The mapping has no lines.")
    for line in lines:
        _check_line(name, line, schema, faults, form)
        if form != "codes":
            _check_whole(name, line, schema, faults)
    _check_together(name, lines, faults)
    if form == "events":
        _check_events(name, lines, faults)
    faults.stop()
    return FileMapping(name=name, lines=tuple(lines))


def _check_line(
    name: str, line: MappingLine, schema: Schema, faults: FaultList, form: MappingForm
) -> None:
    row = f"line {line.line}" if line.line else ""
    tables: tuple[str, ...] = (*UNIT_TABLE_NAMES, "codings", DISCARD)
    if form == "events":
        tables = (*EVENT_TABLE_NAMES, *UNIT_TABLE_NAMES, DISCARD)
    if line.drops:
        if not line.their_column:
            message = "A line that leaves something out needs the column."
            faults.add(name, "unfinished", message, row=row, column="their_column")
        return
    if line.table not in tables:
        rule = "unknown_table" if line.table else "unfinished"
        message = "No table is given." if not line.table else "There is no such table here."
        if line.table in EVENT_TABLE_NAMES:
            message = "A row is no event here; events come from files of their own, after this one."
        near = near_match(line.table, tables) if line.table else ""
        faults.add(name, rule, message, row=row, column="table", allowed=tables, near=near)
        return
    if interval_columns(schema, line.table, line.target):
        _check_words(name, line, faults, row)
        return
    field, code = target_field(schema, line), target_code(schema, line)
    if code is None and not _usable(line, field):
        _tell_target(name, line, schema, faults, row)
        return
    if message := _wrong_outcome(line, field, code, form):
        allowed = _outcomes(line, field, code)
        near = near_match(line.becomes, allowed) if line.becomes and allowed else ""
        rule = "unknown_level" if line.becomes else "unfinished"
        faults.add(
            name, rule, message, row=row, column="status_or_value", allowed=allowed, near=near
        )


def _check_whole(name: str, line: MappingLine, schema: Schema, faults: FaultList) -> None:
    """Refuse one status for whatever a column holds: 'no' would become present."""
    if target_code(schema, line) and line.their_column and not line.their_value and line.becomes:
        message = f"A status needs the value, in their_value; '{ANY}' stands for every other one."
        row = f"line {line.line}" if line.line else ""
        faults.add(name, "unfinished", message, row=row, column="their_value")


def _check_words(name: str, line: MappingLine, faults: FaultList, row: str) -> None:
    if word_form(line.becomes) is None or line.their_value or not line.their_column:
        forms = tuple(WORD_FORMS)
        faults.add(
            name, "date_form", NOT_IN_WORDS, row=row, column="status_or_value", allowed=forms
        )


def _usable(line: MappingLine, field: Field | None) -> bool:
    if field is None or line.target in ("simulated", "coding_id", "unit_type", "unit_id"):
        return False
    return line.table != "codings" or line.target in CODING_COLUMNS


def _tell_target(name: str, line: MappingLine, schema: Schema, faults: FaultList, row: str) -> None:
    if not line.target:
        message = "No column or code is given."
        faults.add(name, "unfinished", message, row=row, column="column_or_code")
        return
    codes = tuple(code.id for code in schema.codebook.values() if code.is_coding)
    known = codes if line.table == "codings" else schema[line.table].columns
    message = "This is no column of the table."
    if line.table == "codings":
        book = schema.codebook
        derived = line.target in book and book[line.target].is_derived
        own = book[line.target].stored_in if line.target in book else ""
        message = "This is no code that is entered."
        if derived:
            message = "This code is computed, never entered."
        elif own:
            message = f"This code has a column of its own, {own}."
    near = near_match(line.target.lower()[:64], known)
    faults.add(name, "unknown_target", message, row=row, column="column_or_code", near=near)


def _outcomes(line: MappingLine, field: Field | None, code: Code | None) -> tuple[str, ...]:
    """Return what a value may become, where that can be listed."""
    if code is not None:
        return (*STATUSES, *code_levels(code))
    if field is None:
        return ()
    if field.kind == "status":
        return STATUSES
    if field.type == "boolean":
        return ("true", "false", "not_documented")
    return tuple(dict.fromkeys((*field.values, "not_documented"))) if field.levels else ()


def _wrong_outcome(
    line: MappingLine, field: Field | None, code: Code | None, form: MappingForm
) -> str:
    """Say what is wrong with `becomes`; empty where nothing is."""
    allowed = _outcomes(line, field, code)
    if line.their_value == "" and line.their_column:
        if line.becomes == "":
            return ""
        if field is not None and field.type == "date":
            return "" if line.becomes in DATE_FORMS else _BAD_FORM
        if line.target in KEY_COLUMNS:
            return "" if line.becomes == NUMBERED else "Only 'numbered' is allowed here."
        if code is not None:
            return "" if line.becomes in allowed else "This is no status or level of the code."
        return "What a value becomes needs the value, in their_value."
    if not line.becomes:
        # In a row per coding the status may stand in another column.
        open_status = form != "wide" and code is not None and line.their_value
        return "" if open_status else "It is not said what it becomes."
    parts = line.becomes.split(";") if field is not None and field.kind == "multi" else None
    if allowed and not all(part in allowed for part in parts or [line.becomes]):
        number = code is not None and code.value_type == "number"
        return "" if number and line.becomes.isdigit() else "This is no status or level of it."
    return ""


_BAD_FORM = (
    f"A form of days is one of {', '.join(DATE_FORMS)}; words need the stem, such as rel_onset."
)


def _check_together(name: str, lines: Sequence[MappingLine], faults: FaultList) -> None:
    """Find lines that say the same thing twice, or keep and drop the same thing."""
    dropped = {(one.their_column, one.their_value) for one in lines if one.drops}
    seen: Counter[tuple[str, str, str, str]] = Counter()
    for line in lines:
        row = f"line {line.line}" if line.line else ""
        key = (line.their_column, line.their_value, line.table, line.target)
        seen[key] += 1
        if seen[key] == 2:
            message = "An earlier line speaks of the same column, value and target."
            faults.add(name, "duplicate_line", message, row=row, column="their_column")
        whole = (line.their_column, "")
        if not line.drops and (
            whole in dropped or (line.their_column, line.their_value) in dropped
        ):
            message = "Another line leaves the same column or value out."
            faults.add(name, "kept_and_left_out", message, row=row, column="their_column")


def _check_events(name: str, lines: Sequence[MappingLine], faults: FaultList) -> None:
    """Refuse a file of events that names several tables, or more of a unit than its key."""
    tables = dict.fromkeys(one.table for one in lines if one.table in EVENT_TABLE_NAMES)
    if len(tables) != 1:
        found = ", ".join(tables) or "none"
        message = f"A file of events fills one table of events; this mapping names {found}."
        faults.add(name, "event_table", message, column="table", allowed=EVENT_TABLE_NAMES)
    for line in lines:
        if line.table in UNIT_TABLE_NAMES and line.target not in EVENT_OWNERS:
            message = "A file of events only names the keys of persons and relationships."
            row = f"line {line.line}" if line.line else ""
            faults.add(
                name, "event_table", message, row=row, column="column_or_code", allowed=EVENT_OWNERS
            )


def mapping_text(rows: Sequence[Mapping[str, str]]) -> str:
    """Return lines as the text of a mapping file."""
    out = io.StringIO()
    writer = csv.DictWriter(out, MAPPING_COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
