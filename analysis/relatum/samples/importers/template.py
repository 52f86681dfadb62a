"""A filled template becomes a sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from relatum.errors import ImportFailedError, Issue
from relatum.samples.context import shown, shown_column
from relatum.samples.imported import WORKED_ROW
from relatum.samples.importers.base import Discard, Imported, finish_import
from relatum.samples.importers.template_cells import UNKNOWN, FilledSheet, cells_of, read_sheets
from relatum.samples.importers.template_sheets import sort_sheets
from relatum.samples.sample import UNIT_TABLES, SampleInfo
from relatum.samples.templates import EXAMPLE, FORMS, MARK, STATUSES, TemplateSheet, template_sheets
from relatum.samples.templates_example import EXAMPLE_KEY
from relatum.samples.texts import is_number
from relatum.schema import Schema, load_schema, near_match
from relatum.schema.extension import EXTENSION_PREFIX

__all__ = ["read_template"]

Place = tuple[str, str, str]


@dataclass
class _Read:
    """What has been read so far."""

    schema: Schema
    sheets: Mapping[str, TemplateSheet]
    issues: list[Issue] = field(default_factory=list)
    discards: list[Discard] = field(default_factory=list)
    tables: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)
    places: dict[str, list[Place]] = field(default_factory=dict)
    wide: list[tuple[Place, dict[str, str]]] = field(default_factory=list)


def read_template(
    path: str | Path,
    *,
    info: SampleInfo | None = None,
    schema: Schema | None = None,
) -> Imported:
    """Read a filled template.

    Parameters
    ----------
    path : str or Path
        The workbook (``.xlsx``), or the folder of CSV files; wide, long or both.
    info : SampleInfo, optional
        What the sample says of itself; by default it is called after the file and counts as
        collected.
    schema : Schema, optional
        The schema by which the template was written; the shipped one by default.

    Returns
    -------
    Imported
        The worked rows and everything else that is no data are listed in ``discards``.

    Raises
    ------
    ImportFailedError
        With every fault at once, by sheet, row and column; values are not quoted where they are
        sensitive.

    Notes
    -----
    An empty cell is silence: for a code it gives no coding at all. In a sheet with a column per
    code every filled cell becomes one coding; what a coding may say beyond its status (dates,
    sources, certainty) needs the long form.
    """
    place = Path(path)
    known = schema or load_schema()
    sheets = {sheet.name: sheet for form in FORMS for sheet in template_sheets(known, form)}
    read = _Read(known, sheets)
    filled = read_sheets(place)
    found = sort_sheets(place.name, filled, sheets, known, workbook=not place.is_dir())
    read.discards += found.discards
    for sheet in filled:
        if sheet.name in sheets:
            _read_sheet(read, sheet, sheets[sheet.name])
    if not read.tables and not read.wide and not read.issues:
        message = "The template holds no row of your own."
        issue = Issue(table=place.name, rule="empty_file", message=message)
        raise ImportFailedError(f"{place.name}: {message}", [issue])
    _spread(read)
    imported = _finish(read, place, info)
    return replace(imported, warnings=tuple(sorted((*imported.warnings, *found.warnings))))


def _read_sheet(read: _Read, sheet: FilledSheet, spec: TemplateSheet) -> None:
    read.issues += sheet.faults
    if sheet.comments:
        why = "comments on cells are not part of a sample"
        read.discards.append(Discard(source=sheet.name, what="comments", n=sheet.comments, why=why))
    if not sheet.header:
        message = "The first row is empty; it must hold the names of the columns."
        read.issues.append(Issue(table=sheet.name, rule="header", message=message))
        return
    usable = _check_header(read, sheet, spec)
    if not spec.unit:
        read.columns[spec.table] = [name for name in usable if name != MARK]
    read.issues += _strange_dates(read, sheet, spec)
    for number, texts in sheet.rows:
        cells = {name: text for name, text in cells_of(sheet, texts).items() if name in usable}
        place = (sheet.name, f"{sheet.unit} {number}", "")
        if any(texts[len(sheet.header) :]):
            message = "A cell beyond the last column is filled."
            read.issues.append(_issue(place, "", "too_many_fields", message))
        if _is_data(read, cells, place, spec):
            _keep(read, cells, place, spec)


def _check_header(read: _Read, sheet: FilledSheet, spec: TemplateSheet) -> list[str]:
    """List faults of a header, and return the columns that are read."""
    place = (sheet.name, "", "")
    known = (*spec.header, "simulated") if not spec.unit else spec.header
    usable = []
    for at, name in enumerate(sheet.header, start=1):
        if not name:
            held = any(len(texts) >= at and texts[at - 1] for _, texts in sheet.rows)
            if held:
                message = f"Column {at} has no name."
                read.issues.append(_issue(place, "", "header", message))
        elif name in usable:
            message = f"The header repeats this name in column {at}."
            read.issues.append(_issue(place, shown_column(name), "duplicate_column", message))
        elif name not in known:
            message = "This column is not part of the template."
            if name.startswith(EXTENSION_PREFIX):
                message += " Own codes are known when their file is named, too (--extend)."
            near = near_match(name.lower()[:64], known)
            issue = _issue(place, shown_column(name), "unknown_field", message)
            read.issues.append(replace(issue, near=near))
        else:
            usable.append(name)
    required = spec.header[1:3] if spec.unit else ()
    for name in required:
        if name not in usable:
            message = "This column is required."
            read.issues.append(_issue(place, name, "missing_field", message))
    return usable


def _issue(place: Place, column: str, rule: str, message: str) -> Issue:
    return Issue(table=place[0], row=place[1], field=column or place[2], rule=rule, message=message)


def _strange_dates(read: _Read, sheet: FilledSheet, spec: TemplateSheet) -> Iterator[Issue]:
    """List cells that a spreadsheet took for a date where none belongs, such as a key 3-2."""
    table = read.schema[spec.table]
    message = "The spreadsheet made a date of this cell; format the column as text and type again."
    for number, at in sorted(sheet.dates):
        name = sheet.header[at] if at < len(sheet.header) else ""
        if name in spec.header and not (name in table and table[name].type == "date"):
            yield _issue((sheet.name, f"row {number}", ""), name, "unexpected_date", message)


def _is_data(read: _Read, cells: Mapping[str, str], place: Place, spec: TemplateSheet) -> bool:
    """Tell whether a row is the user's own; a worked row that was changed is a fault."""
    mark = cells.get(MARK, "")
    said = {name: text for name, text in cells.items() if text}
    if mark == EXAMPLE:
        if any(said == dict(row) for row in spec.examples):
            why = f"marked {EXAMPLE}: it shows how a row is filled in"
            read.discards.append(Discard(source=place[0], what=WORKED_ROW, n=1, why=why))
            return False
        message = "A row with this mark differs from the worked row: empty the mark, or the row."
        read.issues.append(_issue(place, MARK, "example_changed", message))
        return False
    if mark:
        message = f"The column takes '{EXAMPLE}' or nothing."
        read.issues.append(_issue(place, MARK, "unknown_level", message))
    keys = [name for name in spec.header if name.endswith("_id") and name in cells]
    for name in keys:
        if cells[name].startswith(f"{EXAMPLE_KEY}-"):
            message = "This key belongs to the worked rows; give the row a key of your own."
            read.issues.append(_issue(place, name, "example_key", message))
    return True


def _keep(read: _Read, cells: dict[str, str], place: Place, spec: TemplateSheet) -> None:
    cells.pop(MARK, None)
    if spec.unit:
        if any(cells.values()):
            read.wide.append((place, cells))
    elif any(cells.values()):
        read.tables.setdefault(spec.table, []).append(cells)
        read.places.setdefault(spec.table, []).append(place)


# --- a column per code -----------------------------------------------------------------------


def _spread(read: _Read) -> None:
    """Turn every filled cell of a code into a coding."""
    rows = read.tables.setdefault("codings", [])
    places = read.places.setdefault("codings", [])
    taken = {row.get("coding_id", "") for row in rows}
    seen: set[tuple[str, str, str]] = set()
    count = 0
    for place, cells in read.wide:
        spec = read.sheets[place[0]]
        key = spec.header[1]
        unit, coder = cells.get(key, ""), cells.get("coder_id", "")
        read.issues += _unit_faults(read, place, spec, cells)
        if unit and (spec.unit, unit, coder) in seen:
            message = "An earlier row holds the codes of this unit by this coder."
            read.issues.append(_issue(place, key, "duplicate_key", message))
            continue
        seen.add((spec.unit, unit, coder))
        for code in spec.header[3:]:
            if not cells.get(code):
                continue
            coding = _coding(read, place, code, cells[code])
            count += 1
            while f"w{count:06d}" in taken:
                count += 1
            if coding and unit and coder:
                named = {"coding_id": f"w{count:06d}", "unit_type": spec.unit, "unit_id": unit}
                rows.append({**named, "code": code, "coder_id": coder, **coding})
                places.append((place[0], place[1], code))


def _unit_faults(
    read: _Read, place: Place, spec: TemplateSheet, cells: Mapping[str, str]
) -> Iterator[Issue]:
    table = UNIT_TABLES[spec.unit]
    key = spec.header[1]
    for name in (key, "coder_id"):
        if name in cells and not cells[name]:
            yield _issue(place, name, "missing_value", "A value is required.")
    listed = {row.get(key, "") for row in read.tables.get(table, ())}
    if cells.get(key) and cells[key] not in listed:
        message = f"There is no such row in the sheet '{table}'."
        yield _issue(place, key, "missing_parent", message)


def _coding(read: _Read, place: Place, name: str, text: str) -> dict[str, str] | None:
    """Return what a cell of a code says, or None where it is at fault."""
    if text == UNKNOWN:
        return None
    code = read.schema.codebook[name]
    if text in STATUSES:
        return {"status": text}
    if code.value_type == "number" and is_number(text):
        return {"status": "present", "value": text}
    if code.value_type in ("ordinal", "category") and text in code.levels:
        return {"status": "present", "intensity": text}
    levels = code.levels if code.value_type in ("ordinal", "category") else ()
    allowed = (*levels, *STATUSES)
    spec = read.schema["codings"]["status"]
    if code.value_type == "number":
        issue = _issue(place, name, "wrong_type", "The cell takes a number or a status.")
    else:
        message = (
            f"{shown(text, spec if not code.sensitive else None)} is not a value of this code."
        )
        issue = _issue(place, name, "unknown_level", message)
    read.issues.append(replace(issue, allowed=allowed, near=near_match(text.lower()[:64], allowed)))
    return None


# --- the check -------------------------------------------------------------------------------


def _finish(read: _Read, path: Path, info: SampleInfo | None) -> Imported:
    """Check what was read; faults found on the way and by the rules are raised together."""
    name = path.stem
    given = info or SampleInfo(name=name, title=name, origin="collected", schema_version="")
    found: list[Issue] = []
    try:
        frames = _frames(read)
        imported = finish_import(
            frames, given, discards=_added_up(read.discards), schema=read.schema
        )
        if not read.issues:
            return imported
    except ImportFailedError as error:
        found = [issue for old in error.issues for issue in _placed(read, old)]
    at_fault = {(issue.table, issue.row, issue.field) for issue in read.issues}
    later = [issue for issue in found if (issue.table, issue.row, issue.field) not in at_fault]
    issues = sorted({*read.issues, *later})
    errors = sum(issue.severity == "error" for issue in issues)
    noun = "fault" if errors == 1 else "faults"
    raise ImportFailedError(f"{errors} {noun} in '{path.name}'; nothing was written.", issues)


def _added_up(discards: Sequence[Discard]) -> list[Discard]:
    """Count equal discards together."""
    counts: dict[Discard, int] = {}
    for one in discards:
        kind = replace(one, n=0)
        counts[kind] = counts.get(kind, 0) + one.n
    return [replace(kind, n=n) for kind, n in counts.items()]


def _frames(read: _Read) -> dict[str, pd.DataFrame]:
    frames = {}
    for table, rows in read.tables.items():
        used = [column for row in rows for column in row]
        columns = list(dict.fromkeys([*read.columns.get(table, []), *used]))
        if columns:
            frames[table] = pd.DataFrame(rows, columns=columns, dtype=object).fillna("")
    return frames


def _placed(read: _Read, issue: Issue) -> Iterator[Issue]:
    """Say where in the template an issue of a table lies."""
    places = read.places.get(issue.table, [])
    if not issue.row or not places:
        yield issue
        return
    for table, row, column in _rows_named(read, issue, places):
        yield replace(issue, table=table, row=row, field=column or issue.field)


def _rows_named(read: _Read, issue: Issue, places: Sequence[Place]) -> Iterator[Place]:
    key = read.schema[issue.table].primary_key
    rows = read.tables[issue.table]
    if issue.row.startswith("line "):
        at = int(issue.row.removeprefix("line ")) - 2
        if 0 <= at < len(places):
            yield places[at]
        return
    named = [at for at, row in enumerate(rows) if row.get(key, "") == issue.row]
    if issue.rule != "missing_value":
        # Of rows that share a key, those whose cell is filled are meant.
        named = [at for at in named if rows[at].get(issue.field)] or named
    later = named[1:] if issue.rule == "duplicate_key" else named
    yield from (places[at] for at in later or named)
