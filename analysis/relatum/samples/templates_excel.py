"""A template as an Excel workbook: drop-down lists, definitions as comments, a codebook sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from relatum.samples.templates import EXAMPLE, MARK, TemplateColumn, TemplateSheet
from relatum.schema import Schema
from relatum.schema.codebook_files import domain_colour
from relatum.schema.workbooks import add_texts, workbook_bytes

if TYPE_CHECKING:
    from openpyxl import Workbook

__all__ = ["OTHER_SHEETS", "template_workbook"]

#: The sheets of a workbook that hold no data.
OTHER_SHEETS: tuple[str, ...] = ("read_me", "codebook", "lists")
#: Excel refuses a list that is written into the rule itself and longer than this.
_LONGEST_LIST = 255
#: Rows in which lists are offered.
_LAST_ROW = 5000
_CODEBOOK = (
    *("id", "label", "entity", "domain", "definition", "code_when", "do_not_code_when"),
    *("value_type", "levels", "unit", "missing_rule", "time_reference"),
)
_PALE = "EDEDED"


def template_workbook(
    schema: Schema,
    sheets: Sequence[TemplateSheet],
    *,
    rows: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
) -> bytes:
    """Return a template as the bytes of an ``.xlsx`` file.

    Parameters
    ----------
    schema : Schema
        What may be coded; it fills the sheet ``codebook``.
    sheets : sequence of TemplateSheet
        From `relatum.samples.templates.template_sheets`.
    rows : mapping of str to sequence of mapping, optional
        Rows by the name of their sheet; the worked rows by default.

    Returns
    -------
    bytes
        The same for the same schema and rows.
    """
    from openpyxl import Workbook

    book = Workbook()
    _fill_read_me(book, schema, sheets)
    lists: dict[tuple[str, ...], str] = {}
    for sheet in sheets:
        given = sheet.examples if rows is None else rows.get(sheet.name, ())
        _fill_sheet(book, sheet, given, lists)
    _fill_codebook(book, schema)
    _fill_lists(book, lists)
    return workbook_bytes(book)


def _fill_read_me(book: Workbook, schema: Schema, sheets: Sequence[TemplateSheet]) -> None:
    page = book.active
    assert page is not None
    page.title = OTHER_SHEETS[0]
    lines = [
        f"A template to code into. Schema version {schema.version}.",
        f"Grey rows marked {EXAMPLE} are an invented case that shows how rows are filled in. "
        "They are left out when the file is read, as long as nobody changes them.",
        "An empty cell means: the file does not say. Enter absent_documented only where a passage "
        "rules it out; silence is never absence.",
        "Use pseudonyms as keys. No names, telephone numbers, addresses or texts of the file.",
        "Days are written YYYY-MM-DD. Cells must hold values, not formulas. Do not merge cells.",
        "A comment on every header says what is meant; the sheet 'codebook' says it at length.",
        *(f"Sheet '{sheet.name}': {sheet.title}" for sheet in sheets),
    ]
    for at, line in enumerate(lines, start=1):
        page.cell(row=at, column=1, value=line)
    page.column_dimensions["A"].width = 110


def _fill_sheet(
    book: Workbook,
    sheet: TemplateSheet,
    rows: Sequence[Mapping[str, str]],
    lists: dict[tuple[str, ...], str],
) -> None:
    page = book.create_sheet(sheet.name)
    page.freeze_panes = "C2"
    for at, column in enumerate(sheet.columns, start=1):
        _head(page, at, column)
    _offer(page, sheet, lists)
    for number, row in enumerate(rows, start=2):
        for at, column in enumerate(sheet.columns, start=1):
            _put(page, number, at, column, row)


def _head(page: Any, at: int, column: TemplateColumn) -> None:  # noqa: ANN401 - a worksheet
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    cell = page.cell(row=1, column=at, value=column.name)
    cell.font = Font(bold=True)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    colour = domain_colour(column.group).lstrip("#") if column.group else "D9D9D9"
    cell.fill = PatternFill("solid", fgColor=colour)
    cell.comment = Comment(column.comment, "relatum", height=180, width=360)
    width = page.column_dimensions[get_column_letter(at)]
    width.width = max(12, min(26, len(column.name) + 2))
    if not column.numeric:
        # Text, so that a spreadsheet neither turns a key into a number nor guesses at a date.
        width.number_format = "@"


def _offer(page: Any, sheet: TemplateSheet, lists: dict[tuple[str, ...], str]) -> None:  # noqa: ANN401
    """Attach one rule per list of values to all the columns that share it."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    rules: dict[tuple[tuple[str, ...], bool], Any] = {}
    for at, column in enumerate(sheet.columns, start=1):
        if not column.levels:
            continue
        key = (column.levels, column.strict)
        if key not in rules:
            rule = DataValidation(type="list", formula1=_list(column.levels, lists))
            rule.showErrorMessage = column.strict
            rule.error = "Choose a value of the list, or leave the cell empty."
            rule.errorTitle = "Not a value of this column"
            rules[key] = rule
            page.add_data_validation(rule)
        letter = get_column_letter(at)
        rules[key].add(f"{letter}2:{letter}{_LAST_ROW}")


def _list(levels: tuple[str, ...], lists: dict[tuple[str, ...], str]) -> str:
    from openpyxl.utils import get_column_letter

    written = ",".join(levels)
    if len(written) <= _LONGEST_LIST:
        return f'"{written}"'
    if levels not in lists:
        letter = get_column_letter(len(lists) + 1)
        lists[levels] = f"{OTHER_SHEETS[2]}!${letter}$1:${letter}${len(levels)}"
    return lists[levels]


def _put(page: Any, number: int, at: int, column: TemplateColumn, row: Mapping[str, str]) -> None:  # noqa: ANN401
    from openpyxl.styles import Font, PatternFill

    text = row.get(column.name, "")
    marked = row.get(MARK) == EXAMPLE
    if not text and not marked:
        return
    cell = page.cell(row=number, column=at)
    if text and column.numeric:
        cell.value = float(text) if "." in text else int(text)
    elif text:
        cell.value = text
        cell.data_type = "s"
        cell.number_format = "@"
    if marked:
        cell.fill = PatternFill("solid", fgColor=_PALE)
        cell.font = Font(italic=True, color="7F7F7F")


def _fill_codebook(book: Workbook, schema: Schema) -> None:
    from openpyxl.styles import Font

    page = book.create_sheet(OTHER_SHEETS[1])
    page.append(list(_CODEBOOK))
    for cell in page[1]:
        cell.font = Font(bold=True)
    for code in schema.codebook.values():
        values = [getattr(code, name) for name in _CODEBOOK]
        add_texts(page, [", ".join(v) if isinstance(v, tuple) else v for v in values])
    page.freeze_panes = "B2"


def _fill_lists(book: Workbook, lists: Mapping[tuple[str, ...], str]) -> None:
    page = book.create_sheet(OTHER_SHEETS[2])
    page.sheet_state = "hidden"
    for at, levels in enumerate(lists, start=1):
        for row, level in enumerate(levels, start=1):
            page.cell(row=row, column=at, value=level)
