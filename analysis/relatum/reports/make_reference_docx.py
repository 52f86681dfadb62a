"""Make ``reports/reference.docx``, the styles of the Word reports, from pandoc's own default.

Run ``python -m relatum.reports.make_reference_docx reports/reference.docx``. The same pandoc gives
the same bytes.
"""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from relatum.reports.pandoc import run_pandoc
from relatum.reports.project import Settings
from relatum.reports.word import finish_docx

if TYPE_CHECKING:
    from docx.document import Document
    from docx.oxml.xmlchemy import BaseOxmlElement
    from docx.styles.style import ParagraphStyle

__all__ = ["main", "make_reference_docx"]

SERIF, SANS, MONO = "Cambria", "Calibri", "Consolas"
INK, ACCENT, SOFT = "1B2A41", "24557A", "5A6572"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """How a paragraph style looks; sizes and spaces in points."""

    font: str = SERIF
    size: float = 10.5
    colour: str = "22282F"
    bold: bool = False
    italic: bool = False
    before: float = 0.0
    after: float = 6.0
    keep_next: bool = False
    centred: bool = False
    left: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Box:
    """Edge and fill of a box."""

    edge: str
    fill: str


LOOKS = {
    "Normal": _Look(),
    "Body Text": _Look(after=7),
    "First Paragraph": _Look(after=7),
    "Compact": _Look(after=2),
    "Title": _Look(font=SANS, size=22, colour=INK, bold=True, after=4),
    "Subtitle": _Look(font=SANS, size=13, colour=SOFT, after=8),
    "Author": _Look(font=SANS, after=2),
    "Date": _Look(font=SANS, colour=SOFT, after=10),
    "Abstract Title": _Look(font=SANS, colour=INK, bold=True, before=8, after=3, keep_next=True),
    "Abstract": _Look(after=8),
    "Heading 1": _Look(
        font=SANS, size=16, colour=INK, bold=True, before=20, after=6, keep_next=True
    ),
    "Heading 2": _Look(
        font=SANS, size=13, colour=INK, bold=True, before=15, after=5, keep_next=True
    ),
    "Heading 3": _Look(
        font=SANS, size=11, colour=INK, bold=True, before=12, after=4, keep_next=True
    ),
    "TOC Heading": _Look(font=SANS, size=13, colour=INK, bold=True, before=12, after=4),
    "Image Caption": _Look(font=SANS, size=9.5, colour="3C4650", before=3, after=14),
    "Table Caption": _Look(
        font=SANS, size=9.5, colour="3C4650", before=10, after=4, keep_next=True
    ),
    "Captioned Figure": _Look(before=10, after=2, keep_next=True, centred=True),
    "Figure": _Look(before=10, after=2, keep_next=True, centred=True),
    "Block Text": _Look(colour=SOFT, left=18, before=4, after=8),
    "Footnote Text": _Look(size=9, after=2),
    "Bibliography": _Look(after=4, left=18),
    "Definition Term": _Look(font=SANS, bold=True, after=0, keep_next=True),
    "Definition": _Look(left=18),
    "TOC 1": _Look(font=SANS, size=10, before=3, after=1),
    "TOC 2": _Look(font=SANS, size=10, after=1, left=16),
    "TOC 3": _Look(font=SANS, size=10, after=1, left=32),
    "Table Text": _Look(font=SANS, size=9, after=0),
    "Callout Title": _Look(font=SANS, bold=True, colour=INK, after=3, keep_next=True),
    "Callout End": _Look(size=4, after=4),
    "Simulated Banner": _Look(font=SANS, size=10.5, colour="4D161D", before=8, after=10),
}
BOXES = {
    "CalloutNote": _Box(edge="24557A", fill="EEF4F9"),
    "CalloutTip": _Box(edge="2C6E49", fill="EEF7F1"),
    "CalloutWarning": _Box(edge="835400", fill="FDF6E7"),
    "CalloutImportant": _Box(edge="8C2F39", fill="FBEFF0"),
    "CalloutCaution": _Box(edge="9A4510", fill="FDF2EA"),
}
BANNER = _Box(edge="8C2F39", fill="FBEFF0")


def make_reference_docx() -> bytes:
    """Restyle pandoc's reference document.

    Returns
    -------
    bytes
        A Word file.
    """
    import docx

    default = run_pandoc(
        ["--print-default-data-file", "reference.docx"], folder=Path(), document="reference.docx"
    )
    word = docx.Document(io.BytesIO(default))
    for name, look in LOOKS.items():
        _apply(_style(word, name), look)
    for name, box in BOXES.items():
        word.styles.element.append(_callout_style(name, box))
    _box(_style(word, "Simulated Banner"), BANNER)
    _table_style(word)
    _page(word)
    return finish_docx(_saved(word), settings=Settings(lang="en-GB"))


def _saved(word: Document) -> bytes:
    buffer = io.BytesIO()
    word.save(buffer)
    return buffer.getvalue()


def _style(word: Document, name: str) -> ParagraphStyle:
    from docx.enum.style import WD_STYLE_TYPE

    styles = word.styles
    if name not in [style.name for style in styles]:
        made = styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        made.base_style = styles["Normal"]
    found: ParagraphStyle = styles[name]
    return found


def _apply(style: ParagraphStyle, look: _Look) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    font, space = style.font, style.paragraph_format
    font.name, font.size = look.font, Pt(look.size)
    font.bold, font.italic = look.bold, look.italic
    font.color.rgb = RGBColor.from_string(look.colour)
    fonts = style.element.get_or_add_rPr().find(qn("w:rFonts"))
    for kind in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{kind}"), None)
    fonts.set(qn("w:cs"), look.font)
    fonts.set(qn("w:eastAsia"), look.font)
    space.space_before, space.space_after = Pt(look.before), Pt(look.after)
    space.keep_with_next, space.left_indent = look.keep_next, Pt(look.left)
    space.alignment = WD_ALIGN_PARAGRAPH.CENTER if look.centred else WD_ALIGN_PARAGRAPH.LEFT
    space.line_spacing = 1.12


def _element(tag: str, attributes: dict[str, str]) -> BaseOxmlElement:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made: BaseOxmlElement = OxmlElement(tag)
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made


def _box(style: ParagraphStyle, box: _Box) -> None:
    """Give a paragraph style its edge and fill, in the order the file format prescribes."""
    from docx.oxml.ns import qn

    properties = style.element.get_or_add_pPr()
    for tag in ("w:pBdr", "w:shd"):
        for old in properties.findall(qn(tag)):
            properties.remove(old)
    borders = _element("w:pBdr", {})
    for side in ("top", "left", "bottom", "right"):
        values = {"val": "single", "sz": "12", "space": "6", "color": box.edge}
        borders.append(_element(f"w:{side}", values))
    shade = _element("w:shd", {"val": "clear", "color": "auto", "fill": box.fill})
    before = {qn(f"w:{tag}") for tag in ("pStyle", "keepNext", "keepLines", "pageBreakBefore")}
    place = sum(1 for child in properties if child.tag in before)
    properties.insert(place, borders)
    properties.insert(place + 1, shade)


def _callout_style(name: str, box: _Box) -> BaseOxmlElement:
    """Make the style of a table of one cell with a coloured edge."""
    style = _element("w:style", {"type": "table", "customStyle": "1", "styleId": name})
    style.append(_element("w:name", {"val": name}))
    style.append(_element("w:basedOn", {"val": "TableNormal"}))
    table = _element("w:tblPr", {})
    borders = _element("w:tblBorders", {})
    values = {"val": "single", "sz": "24", "space": "0", "color": box.edge}
    borders.append(_element("w:left", values))
    table.append(borders)
    margins = _element("w:tblCellMar", {})
    for side, width in (("top", "100"), ("left", "160"), ("bottom", "60"), ("right", "160")):
        margins.append(_element(f"w:{side}", {"w": width, "type": "dxa"}))
    table.append(margins)
    style.append(table)
    cell = _element("w:tcPr", {})
    cell.append(_element("w:shd", {"val": "clear", "color": "auto", "fill": box.fill}))
    style.append(cell)
    return style


def _table_style(word: Document) -> None:
    """Rules above, below and under the header; small sans-serif text; hair lines between rows."""
    from docx.oxml.ns import qn

    style = word.styles["Table"].element
    for tag in ("w:rPr", "w:tblPr", "w:tblStylePr"):
        for old in style.findall(qn(tag)):
            style.remove(old)
    run = _element("w:rPr", {})
    run.append(_element("w:rFonts", {"ascii": SANS, "hAnsi": SANS, "cs": SANS}))
    run.append(_element("w:sz", {"val": "18"}))
    table = _element("w:tblPr", {})
    borders = _element("w:tblBorders", {})
    for side, size, colour in (
        ("top", "12", INK),
        ("bottom", "12", INK),
        ("insideH", "4", "DFE3E8"),
    ):
        borders.append(
            _element(f"w:{side}", {"val": "single", "sz": size, "space": "0", "color": colour})
        )
    table.append(borders)
    margins = _element("w:tblCellMar", {})
    for side, width in (("top", "40"), ("left", "80"), ("bottom", "40"), ("right", "80")):
        margins.append(_element(f"w:{side}", {"w": width, "type": "dxa"}))
    table.append(margins)
    style.append(run)
    style.append(table)
    style.append(_header_row())


def _header_row() -> BaseOxmlElement:
    first = _element("w:tblStylePr", {"type": "firstRow"})
    run = _element("w:rPr", {})
    run.append(_element("w:b", {}))
    run.append(_element("w:color", {"val": INK}))
    cell = _element("w:tcPr", {})
    borders = _element("w:tcBorders", {})
    borders.append(_element("w:bottom", {"val": "single", "sz": "8", "space": "0", "color": INK}))
    cell.append(borders)
    cell.append(_element("w:vAlign", {"val": "bottom"}))
    first.append(run)
    first.append(cell)
    return first


def _page(word: Document) -> None:
    """A4, even margins, the page number in the footer."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm, Pt

    section = word.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    section.top_margin = section.bottom_margin = Cm(2.5)
    paragraph = section.footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    run = paragraph.add_run()
    run.font.size, run.font.name = Pt(8.5), SANS
    for kind, text in (("begin", ""), ("", "PAGE"), ("separate", ""), ("end", "")):
        if kind:
            run._r.append(_element("w:fldChar", {"fldCharType": kind}))
        else:
            instruction = _element("w:instrText", {})
            instruction.text = text
            run._r.append(instruction)


def main(arguments: list[str] | None = None) -> None:
    """Write the reference document to the path given.

    Parameters
    ----------
    arguments : list of str, optional
        The path; the command line when absent.
    """
    given = sys.argv[1:] if arguments is None else arguments
    Path(given[0]).write_bytes(make_reference_docx())


if __name__ == "__main__":
    main()
