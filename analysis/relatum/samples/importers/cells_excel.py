"""One sheet of an Excel workbook as texts, with the faults of its cells."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from relatum.errors import Issue
from relatum.samples.importers.cells import ForeignTable, build_table, column_name
from relatum.samples.importers.cells_faults import FaultList
from relatum.samples.texts import cell_text

__all__ = ["read_workbook"]

#: What a workbook may hold when unpacked, and how far one of its parts may swell.
_LARGEST = 1 << 31
_HIGHEST_RATIO = 400
_SMALL = 1 << 24
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_NO_VALUE = "The formula holds no computed value; open the file in Excel and save it."
_IN_ERROR = "The cell holds an error, such as #REF!; mend or empty it."
_MERGED = "Merged cells hold one value for several places; unmerge and fill them."


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The cells of a sheet: texts by row, errors and merged areas by place, counted from 1."""

    name: str
    cells: list[list[str]]
    faults: Mapping[tuple[int, int], tuple[str, str]]
    merged: Sequence[tuple[int, int, int, int]]


def read_workbook(place: Path, sheet: str | None, faults: FaultList) -> ForeignTable:
    """Read one sheet of a workbook; its header is the first row that holds anything.

    Parameters
    ----------
    place : Path
    sheet : str or None
        None takes the only sheet that holds anything.
    faults : FaultList

    Returns
    -------
    ForeignTable

    Raises
    ------
    ImportFailedError
        With every fault of the file and the sheet.
    """
    held = _read_xls(place, sheet, faults) if place.suffix.lower() == ".xls" else None
    if held is None:
        held = _read_xlsx(place, sheet, faults)
    return _table(held, faults)


def _table(sheet: _Sheet, faults: FaultList) -> ForeignTable:
    top = next((at for at, row in enumerate(sheet.cells) if any(row)), None)
    if top is None:
        faults.add(sheet.name, "empty_sheet", "The sheet is empty.")
        faults.stop()
    start = (top or 0) + 1
    width = max((at for row in sheet.cells for at, text in enumerate(row, 1) if text), default=0)
    header = [*sheet.cells[start - 1], *[""] * width][:width]
    for at, title in enumerate(header, 1):
        if not title.strip():
            message = f"Column {at} holds values and has no header in row {start}."
            faults.add(sheet.name, "header", message, row=f"row {start}")
    for low, high, _, _ in sheet.merged:
        if low <= start <= high:
            message = "Cells of the header are merged; give every column a header of its own."
            faults.add(sheet.name, "merged_cells", message, row=f"row {start}")
    body = [[*row, *[""] * width][:width] for row in sheet.cells[start:]]
    texts = np.array(body, dtype=object).reshape(len(body), width)
    return build_table(
        sheet.name,
        header,
        {title: texts[:, at] for at, title in enumerate(header)},
        np.arange(len(body), dtype=np.int64) + start + 1,
        faults=faults,
        cell_faults=_cell_faults(sheet, header, start),
    )


def _cell_faults(sheet: _Sheet, header: Sequence[str], start: int) -> list[Issue]:
    at_cells = dict(sheet.faults)
    for low, high, left, right in sheet.merged:
        for column in range(left, right + 1):
            if high > start:
                at_cells.setdefault((low, column), ("merged_cells", _MERGED))
    return [
        Issue(
            table=sheet.name,
            row=f"row {row}",
            field=header[column - 1],
            rule=rule,
            message=message,
        )
        for (row, column), (rule, message) in sorted(at_cells.items())
        if row > start and column <= len(header)
    ]


def _chosen(
    filled: Sequence[str], every: Sequence[str], sheet: str | None, file: str, faults: FaultList
) -> str:
    """Return the sheet that is read."""
    from relatum.schema import near_match

    names = tuple(_quotable(name, every) for name in every)
    if sheet is not None:
        if sheet not in every:
            near = near_match(sheet, names)
            message = f"There is no sheet of that name; there are {len(names)}."
            faults.add(file, "no_such_sheet", message, allowed=names, near=near)
    elif len(filled) > 1:
        message = "Several sheets hold something; name the one to read."
        faults.add(
            file,
            "several_sheets",
            message,
            allowed=tuple(_quotable(name, every) for name in filled),
        )
    elif not filled:
        faults.add(file, "empty_sheet", "No sheet holds anything.")
    faults.stop()
    return sheet if sheet is not None else filled[0]


# --- .xlsx ---------------------------------------------------------------------------------------


def _read_xlsx(place: Path, sheet: str | None, faults: FaultList) -> _Sheet:
    formulas = _check_archive(place, faults)
    faults.stop()
    book = _open_xlsx(place, faults, values=True)
    held = {one.title: one for one in book.worksheets}
    filled = [name for name, one in held.items() if one.sheet_state == "visible" and _holds(one)]
    name = _chosen(filled, tuple(held), sheet, place.name, faults)
    cells, found, doubtful = _cells(held[name], formulas=formulas)
    if doubtful:
        written = _open_xlsx(place, faults, values=False)[name]
        for row, column in doubtful:
            if written.cell(row, column).data_type == "f":
                found[row, column] = ("formula_without_value", _NO_VALUE)
    merged = [
        (area.min_row, area.max_row, area.min_col, area.max_col)
        for area in held[name].merged_cells.ranges
    ]
    called = _quotable(name, tuple(held))
    return _Sheet(called, cells, MappingProxyType(found), sorted(merged))


def _quotable(name: str, every: Sequence[str]) -> str:
    """Return what messages call a sheet: its name, or its number where that could name a person."""
    return name if column_name(name) == name else f"sheet {every.index(name) + 1}"


def _cells(
    sheet: Any,  # noqa: ANN401 - openpyxl has no types
    *,
    formulas: bool,
) -> tuple[list[list[str]], dict[tuple[int, int], tuple[str, str]], list[tuple[int, int]]]:
    """Return the texts of a sheet, its errors, and cells that may be formulas without a value."""
    cells: list[list[str]] = []
    found: dict[tuple[int, int], tuple[str, str]] = {}
    doubtful: list[tuple[int, int]] = []
    for row, line in enumerate(sheet.iter_rows(), 1):
        texts = []
        for column, cell in enumerate(line, 1):
            if cell.data_type == "e":
                found[row, column] = ("error_in_cell", _IN_ERROR)
                texts.append(" ")
                continue
            # An empty text that a formula gave has the type of a text.
            if formulas and cell.value is None and cell.data_type == "n":
                doubtful.append((row, column))
            texts.append(cell_text(cell.value))
        cells.append(texts)
    return cells, found, doubtful


def _holds(sheet: Any) -> bool:  # noqa: ANN401 - openpyxl has no types
    return any(cell is not None for row in sheet.iter_rows(values_only=True) for cell in row)


def _open_xlsx(
    place: Path,
    faults: FaultList,
    *,
    values: bool,
) -> Any:  # noqa: ANN401 - openpyxl has no types
    import warnings

    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            # It warns of styles and extensions that it does not keep; cells are not concerned.
            warnings.simplefilter("ignore")
            return load_workbook(place, data_only=values)
    # A damaged workbook makes the library raise whatever its XML layer raises.
    except Exception:
        message = "This is no whole Excel workbook: it is damaged, or of another kind."
        faults.add(place.name, "damaged_file", message)
        faults.stop()
        raise


def _check_archive(place: Path, faults: FaultList) -> bool:
    """Look at every part before the library opens the workbook; say whether it holds formulas."""
    try:
        with zipfile.ZipFile(place) as archive:
            rule, message = _archive_fault(archive)
            if not rule:
                sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
                return any(_FORMULA.search(archive.read(name)) for name in sheets)
    # A damaged archive raises errors of every kind.
    except Exception:
        rule = "damaged_file"
        message = "This is no whole Excel workbook: it is cut off or damaged."
    faults.add(place.name, rule, message)
    return False


def _archive_fault(archive: zipfile.ZipFile) -> tuple[str, str]:
    entries = archive.infolist()
    if "xl/workbook.xml" not in {entry.filename for entry in entries}:
        return "file_type", "This archive is no Excel workbook."
    swollen = any(
        entry.file_size > _SMALL and entry.file_size > _HIGHEST_RATIO * max(entry.compress_size, 1)
        for entry in entries
    )
    if swollen or sum(entry.file_size for entry in entries) > _LARGEST:
        return "zip_bomb", "The workbook swells too far when unpacked; it is not opened."
    for entry in entries:
        if entry.filename.endswith((".xml", ".rels")):
            with archive.open(entry) as handle:
                if b"<!DOCTYPE" in handle.read(4096).upper():
                    return "unsafe_xml", "It defines entities of its own and is not opened."
    return "", ""


# --- .xls ----------------------------------------------------------------------------------------


def _read_xls(place: Path, sheet: str | None, faults: FaultList) -> _Sheet:
    book = _open_xls(place, faults)
    held = {one.name: one for one in book.sheets()}
    filled = [name for name, one in held.items() if one.visibility == 0 and one.nrows]
    name = _chosen(filled, tuple(held), sheet, place.name, faults)
    chosen = held[name]
    cells, found = [], {}
    for row in range(chosen.nrows):
        texts = []
        for column, cell in enumerate(chosen.row(row)):
            if cell.ctype == _XLS_ERROR:
                found[row + 1, column + 1] = ("error_in_cell", _IN_ERROR)
            texts.append(_xls_text(cell, book.datemode))
        cells.append(texts)
    merged = [(low + 1, high, left + 1, right) for low, high, left, right in chosen.merged_cells]
    called = _quotable(name, tuple(held))
    return _Sheet(called, cells, MappingProxyType(found), sorted(merged))


#: The types of cells in `xlrd`.
_XLS_DATE, _XLS_BOOLEAN, _XLS_ERROR = 3, 4, 5


def _xls_text(cell: Any, mode: int) -> str:  # noqa: ANN401 - xlrd has no types
    from xlrd.xldate import XLDateError, xldate_as_datetime

    if cell.ctype == _XLS_ERROR:
        return " "
    if cell.ctype == _XLS_BOOLEAN:
        return cell_text(bool(cell.value))
    if cell.ctype == _XLS_DATE:
        try:
            return cell_text(xldate_as_datetime(cell.value, mode))
        except (XLDateError, ValueError, OverflowError):
            return cell_text(cell.value)
    return cell_text(cell.value)


def _open_xls(place: Path, faults: FaultList) -> Any:  # noqa: ANN401 - xlrd has no types
    import xlrd

    try:
        return xlrd.open_workbook(str(place), logfile=io.StringIO(), formatting_info=True)
    # A damaged workbook makes the library raise errors of every kind.
    except Exception as error:
        if "encrypted" in str(error).lower():
            message = "The workbook is protected by a password; save it without one."
            faults.add(place.name, "password", message)
        else:
            message = "This is no whole Excel workbook of 1997-2003: it is damaged, or newer."
            faults.add(place.name, "damaged_file", message)
        faults.stop()
        raise
