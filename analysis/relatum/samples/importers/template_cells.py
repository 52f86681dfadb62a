"""The sheets of a filled template as texts, from a workbook or a folder of CSV files."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from relatum.errors import ImportFailedError, Issue, SampleError
from relatum.samples.context import shown_column
from relatum.samples.raw import read_raw

__all__ = ["UNKNOWN", "FilledSheet", "cells_of", "read_sheets"]

#: What stands for a cell at fault, so that no rule takes it for silence.
UNKNOWN = "?"
_LARGEST = 300_000_000
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_TITLE = re.compile(r"[A-Za-z][A-Za-z0-9_ ]{0,30}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledSheet:
    """One sheet as texts.

    Attributes
    ----------
    name : str
        The sheet's name, or that of the file without its ending.
    header : tuple of str
        The first row.
    rows : tuple of (int, tuple of str)
        The rows that hold something, with their number in the file.
    dates : frozenset of (int, int)
        Row number and position of cells that hold a date of the spreadsheet.
    faults : tuple of Issue
        Cells that hold no value: formulas, errors, merged cells.
    comments : int
        Comments on cells below the header.
    unit : str
        How a row is called in messages: ``row`` or ``line``.
    """

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    dates: frozenset[tuple[int, int]] = frozenset()
    faults: tuple[Issue, ...] = ()
    comments: int = 0
    unit: str = "row"

    @property
    def shown(self) -> str:
        """Its name, if that may stand in a message."""
        return self.name if _TITLE.fullmatch(self.name) else "(a sheet)"


def read_sheets(path: Path) -> tuple[FilledSheet, ...]:
    """Read every sheet of a workbook, or every CSV file of a folder.

    Parameters
    ----------
    path : Path
        An ``.xlsx`` file or a folder.

    Raises
    ------
    ImportFailedError
        If there is no such file, or it is no workbook, protected or damaged.
    """
    if path.is_dir():
        return _read_folder(path)
    if not path.is_file():
        raise _fail(path, "unreadable_file", "There is no such file or folder.")
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        message = "A filled template is a workbook that ends in .xlsx, or a folder of CSV files."
        raise _fail(path, "file_type", message)
    return tuple(_sheet(page) for page in _workbook(path).worksheets)


def _fail(path: Path, rule: str, message: str) -> ImportFailedError:
    issue = Issue(table=path.name, rule=rule, message=message)
    return ImportFailedError(f"{path.name}: {message}", [issue])


# --- CSV -------------------------------------------------------------------------------------


def _read_folder(path: Path) -> tuple[FilledSheet, ...]:
    sheets: list[FilledSheet] = []
    issues: list[Issue] = []
    for file in sorted(path.glob("*.csv")):
        try:
            raw = read_raw(file, file.stem)
        except SampleError as error:
            issues += error.issues
            continue
        issues += [issue for issue in raw.issues if issue.severity == "error"]
        columns = list(raw.columns.values())
        texts = [(raw.line(at), tuple(c.text(at) for c in columns)) for at in range(raw.n_rows)]
        filled = tuple((line, row) for line, row in texts if any(row))
        sheets.append(
            FilledSheet(name=file.stem, header=tuple(raw.columns), rows=filled, unit="line")
        )
    if not sheets and not issues:
        raise _fail(path, "empty_folder", "The folder holds no CSV file.")
    if issues:
        count = "1 fault" if len(issues) == 1 else f"{len(issues)} faults"
        msg = f"{count} in the files of '{path.name}'; nothing was written."
        raise ImportFailedError(msg, sorted(issues))
    return tuple(sheets)


# --- Excel -----------------------------------------------------------------------------------


def _workbook(path: Path) -> Any:  # noqa: ANN401 - an openpyxl workbook
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with path.open("rb") as handle:
            start = handle.read(4)
        if start == _OLD_EXCEL:
            message = (
                "The workbook is protected by a password, or in the format of Excel before 2007. "
                "Save it as .xlsx without a password."
            )
            raise _fail(path, "protected_file", message)
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > _LARGEST:
            raise _fail(path, "too_large", "The workbook is larger than any filled template.")
        with warnings.catch_warnings():
            # The library warns of parts of a workbook that it does not keep.
            warnings.simplefilter("ignore")
            return load_workbook(path, data_only=False, keep_links=False)
    except OSError as error:
        words = f"The file could not be opened: {error.strerror or type(error).__name__}."
        raise _fail(path, "unreadable_file", words) from error
    except ImportFailedError:
        raise
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, TypeError) as error:
        raise _fail(path, "damaged_file", "The file is no whole Excel workbook.") from error
    except Exception as error:  # the library lets its parser's own errors through
        raise _fail(path, "damaged_file", "The file is no whole Excel workbook.") from error


def _sheet(page: Any) -> FilledSheet:  # noqa: ANN401 - an openpyxl worksheet
    rows = page.iter_rows()
    first = next(rows, ())
    header = [_header(cell) for cell in first]
    while header and not header[-1]:
        header.pop()
    filled: list[tuple[int, tuple[str, ...]]] = []
    dates: set[tuple[int, int]] = set()
    faults = list(_merged(page))
    comments = 0
    for cells in rows:
        texts = []
        for at, cell in enumerate(cells):
            comments += getattr(cell, "comment", None) is not None
            text, fault = _text(cell)
            if fault:
                column = header[at] if at < len(header) else ""
                faults.append(_cell_fault(page.title, cell.row, column, *fault))
            elif isinstance(cell.value, date):
                dates.add((cell.row, at))
            texts.append(text)
        if any(texts):
            filled.append((cells[0].row, tuple(texts)))
    return FilledSheet(
        name=page.title,
        header=tuple(header),
        rows=tuple(filled),
        dates=frozenset(dates),
        faults=tuple(faults),
        comments=comments,
    )


def _header(cell: Any) -> str:  # noqa: ANN401 - an openpyxl cell
    return "" if cell.value is None else str(cell.value).strip()


def _cell_fault(sheet: str, row: int, column: str, rule: str, message: str) -> Issue:
    field = shown_column(column) if column else ""
    return Issue(table=sheet, row=f"row {row}", field=field, rule=rule, message=message)


def _merged(page: Any) -> Iterator[Issue]:  # noqa: ANN401 - an openpyxl worksheet
    message = "Merged cells: all but the first of them are empty. Split them and fill each."
    for area in page.merged_cells.ranges:
        if area.max_row > 1:
            yield Issue(
                table=page.title, row=f"row {area.min_row}", rule="merged_cells", message=message
            )


def _text(cell: Any) -> tuple[str, tuple[str, str] | None]:  # noqa: ANN401 - an openpyxl cell
    """Return the text of a cell, and the rule that it breaks with a message."""
    value = cell.value
    if value is None:
        return "", None
    if cell.data_type == "f":
        return UNKNOWN, ("formula", "The cell holds a formula; paste its value instead.")
    if cell.data_type == "e":
        return UNKNOWN, ("error_cell", "The cell holds an error of the spreadsheet.")
    if isinstance(value, date):
        return _day(value)
    if isinstance(value, bool):
        return ("true" if value else "false"), None
    if isinstance(value, float):
        return (str(int(value)) if value.is_integer() else repr(value)), None
    if isinstance(value, int | str):
        text = str(value).strip()
        if "\n" in text or "\r" in text:
            return UNKNOWN, ("line_break", "The cell holds several lines; it takes one value.")
        return text, None
    return UNKNOWN, ("wrong_type", "The cell holds a time or a span of time, not a value.")


def _day(value: date) -> tuple[str, tuple[str, str] | None]:
    if isinstance(value, datetime):
        if value.time() != time():
            return UNKNOWN, ("time_of_day", "The cell holds a time of day; only days are kept.")
        return value.date().isoformat(), None
    return value.isoformat(), None


def cells_of(sheet: FilledSheet, row: Sequence[str]) -> dict[str, str]:
    """Return the cells of a row by the name of their column; columns without a name are left out.

    Examples
    --------
    >>> sheet = FilledSheet(name="cases", header=("case_id", "case_scope"), rows=())
    >>> cells_of(sheet, ("c1",))
    {'case_id': 'c1', 'case_scope': ''}
    """
    padded = [*row, *[""] * len(sheet.header)]
    return {name: padded[at] for at, name in enumerate(sheet.header) if name}
