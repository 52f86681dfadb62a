"""A table as a Word file."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from docx.document import Document

    from relatum.tables.table import Column, Table

__all__ = ["repack", "word_table"]

#: The earliest date that a zip archive can hold; the date inside every file.
EARLIEST = (1980, 1, 1, 0, 0, 0)
#: Columns with which the page is turned.
_WIDE = 7
#: Short and long side of A4 and the margin, in twentieths of a point.
_SHORT, _LONG, _MARGIN = 11906, 16838, 1134
#: Points of the letters in the table.
_SIZE = 8.5
#: Width of a bold letter of a wide font, in sizes of letters.
_LETTER = 0.72
#: Margin of a cell at the left and at the right, in twentieths of a point.
_INNER = 70
#: What XML cannot hold. Labels that were pasted from a spreadsheet may have such line breaks.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NAMES = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def word_table(table: Table) -> bytes:
    """Write a table as a Word file with its title and its footnotes.

    Parameters
    ----------
    table : Table

    Returns
    -------
    bytes
        The same table gives the same bytes.

    Notes
    -----
    The first row is a header row that Word repeats on every page, rows are kept whole, and the
    title is a caption that stays with the table. Word shows the title to screen readers too. A
    table of many columns stands on a turned page.

    Examples
    --------
    >>> from relatum.tables.table import Column, Row, Table
    >>> columns = (Column(label="Case"), Column(label="n", align="right"))
    >>> table = Table(title="Sizes", columns=columns, rows=(Row(cells=("large", "26")),))
    >>> word_table(table)[:2]
    b'PK'
    """
    import docx
    from docx.oxml import parse_xml

    table = _printable(table)
    word = docx.Document()
    room = _set_page(word, wide=len(table.columns) >= _WIDE)
    _set_styles(word)
    _set_properties(word, table.title)
    word.add_paragraph(table.title, style="Caption")
    body = word.element.body
    body.insert(len(body) - 1, parse_xml(_table_xml(table, room)))
    for at, text in enumerate(table.footnotes or ("",)):
        note = word.add_paragraph(text)
        note.paragraph_format.space_before = 0 if at else 76200
    held = io.BytesIO()
    word.save(held)
    return repack(held.getvalue())


def _printable(table: Table) -> Table:
    """Write blanks for what a Word file cannot hold."""

    def plain(text: str) -> str:
        return _CONTROL.sub(" ", text)

    return replace(
        table,
        title=plain(table.title),
        columns=tuple(replace(column, label=plain(column.label)) for column in table.columns),
        rows=tuple(
            replace(row, cells=tuple(map(plain, row.cells)), group=plain(row.group))
            for row in table.rows
        ),
        footnotes=tuple(map(plain, table.footnotes)),
    )


def repack(content: bytes) -> bytes:
    """Write a zip archive anew, in a fixed order and with one fixed date.

    Parameters
    ----------
    content : bytes

    Returns
    -------
    bytes
    """
    result = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        names = sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name))
        for name in names:
            entry = zipfile.ZipInfo(name, date_time=EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            new.writestr(entry, old.read(name))
    return result.getvalue()


def _set_page(word: Document, *, wide: bool) -> int:
    """Set A4; return the width between the margins, in twentieths of a point."""
    from docx.enum.section import WD_ORIENT
    from docx.shared import Twips

    page = word.sections[0]
    across, down = (_LONG, _SHORT) if wide else (_SHORT, _LONG)
    page.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    page.page_width, page.page_height = Twips(across), Twips(down)
    page.left_margin = page.right_margin = Twips(_MARGIN)
    page.top_margin = page.bottom_margin = Twips(_MARGIN)
    return across - 2 * _MARGIN


def _set_styles(word: Document) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    plain, caption = word.styles["Normal"], word.styles["Caption"]
    plain.font.size, plain.font.name = Pt(_SIZE), "Calibri"
    plain.paragraph_format.space_after = Pt(2)
    caption.font.size, caption.font.bold = Pt(_SIZE + 1), True
    caption.font.color.rgb = RGBColor(0, 0, 0)
    caption.paragraph_format.keep_with_next = True
    language = word.styles.element.find(f".//{qn('w:lang')}")
    if language is not None:
        language.set(qn("w:val"), "en-GB")


def _set_properties(word: Document, title: str) -> None:
    fixed = datetime.datetime(*EARLIEST)
    about = word.core_properties
    about.title, about.author, about.last_modified_by, about.comments = title, "", "", ""
    about.language, about.revision = "en-GB", 1
    about.created = about.modified = fixed


def _table_xml(table: Table, room: int) -> str:
    widths = _widths(table, room)
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    edges = "".join(
        f'<w:{edge} w:val="single" w:sz="8" w:space="0" w:color="auto"/>'
        for edge in ("top", "bottom")
    )
    return (
        f'<w:tbl {_NAMES}><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:tblBorders>{edges}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        f'<w:tblCellMar><w:left w:w="{_INNER}" w:type="dxa"/><w:right w:w="{_INNER}" w:type="dxa"/>'
        "</w:tblCellMar>"
        '<w:tblLook w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" '
        f'w:noHBand="1" w:noVBand="1"/><w:tblCaption w:val={quoteattr(table.title)}/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(_rows(table, widths))}</w:tbl>"
    )


def _widths(table: Table, room: int) -> list[int]:
    """Share the room by relative widths, but break no word where every longest one has room."""
    total = sum(column.width for column in table.columns)
    shares = [room * column.width // total for column in table.columns]
    texts = zip(
        *([column.label for column in table.columns], *(row.cells for row in table.rows)),
        strict=True,
    )
    needed = [_needed(column) for column in texts]
    short = [max(0, least - share) for least, share in zip(needed, shares, strict=True)]
    spare = [max(0, share - least) for least, share in zip(needed, shares, strict=True)]
    if sum(short) > sum(spare):
        return shares
    return [
        share + more - (sum(short) * left // sum(spare) if left else 0)
        for share, more, left in zip(shares, short, spare, strict=True)
    ]


def _needed(texts: Sequence[str]) -> int:
    """Width of the longest word and the margins of a cell, in twentieths of a point."""
    longest = max(len(word) for text in texts for word in (re.split(r"[\s/-]", text) or [""]))
    return round(longest * _SIZE * 20 * _LETTER) + 2 * _INNER


def _rows(table: Table, widths: Sequence[int]) -> Iterator[str]:
    labels = [column.label for column in table.columns]
    yield _row(_cells(labels, table.columns, widths, head=True), head=True)
    group = ""
    for row in table.rows:
        if row.group and row.group != group:
            group = row.group
            span = f'<w:gridSpan w:val="{len(widths)}"/>'
            yield _row(_cell(group, sum(widths), span, bold=True, stays=True))
        yield _row(_cells(row.cells, table.columns, widths))


def _row(cells: str, *, head: bool = False) -> str:
    repeated = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{repeated}</w:trPr>{cells}</w:tr>"


def _cells(
    texts: Sequence[str], columns: Sequence[Column], widths: Sequence[int], *, head: bool = False
) -> str:
    rule = '<w:bottom w:val="single" w:sz="4" w:space="0" w:color="auto"/>' if head else ""
    edge = f"<w:tcBorders>{rule}</w:tcBorders>" if head else ""
    return "".join(
        _cell(text, width, edge, right=column.align == "right", bold=head, stays=head)
        for text, column, width in zip(texts, columns, widths, strict=True)
    )


def _cell(
    text: str,
    width: int,
    more: str = "",
    *,
    right: bool = False,
    bold: bool = False,
    stays: bool = False,
) -> str:
    """Write a cell; one that stays is kept on the page of the next row."""
    inner = "<w:keepNext/>" if stays else ""
    inner += '<w:spacing w:before="20" w:after="20"/>'
    inner += '<w:jc w:val="right"/>' if right else ""
    look = "<w:rPr><w:b/></w:rPr>" if bold else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{more}</w:tcPr>'
        f"<w:p><w:pPr>{inner}</w:pPr>"
        f'<w:r>{look}<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p></w:tc>'
    )
