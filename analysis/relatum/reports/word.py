"""What pandoc leaves to be done in a Word file."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import docx
from docx.blkcntnr import BlockItemContainer
from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Pt
from docx.table import Table
from docx.text.paragraph import Paragraph

from relatum.reports.pandoc import EPOCH
from relatum.reports.project import Settings

__all__ = ["finish_docx"]

BELOW_TABLE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heading:
    level: int
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class _Styles:
    """Names and ids of styles: python-docx searches the whole list for every paragraph."""

    names: Mapping[str, str]
    ids: Mapping[str, str]

    @classmethod
    def of(cls, word: Document) -> _Styles:
        names = {style.style_id: style.name or "" for style in word.styles}
        return cls(names, {name: key for key, name in names.items()})

    def name(self, paragraph: Paragraph) -> str:
        return self.names.get(paragraph._p.style or "", "")

    def put(self, paragraph: Paragraph, name: str) -> None:
        paragraph._p.style = self.ids[name]


def finish_docx(content: bytes, *, settings: Settings) -> bytes:
    """Set properties, table details and the entries of the contents; fix all dates.

    Parameters
    ----------
    content : bytes
        A Word file as pandoc wrote it.
    settings : Settings
        Title, authors and keywords; whether there is a table of contents, and how deep.

    Returns
    -------
    bytes
        The finished file; the same input always gives the same bytes.
    """
    # The tables of the package are read only where a document was made.
    from relatum.tables.word import repack

    word = docx.Document(io.BytesIO(content))
    styles = _Styles.of(word)
    _set_properties(word, settings)
    _drop_custom_properties(word)
    for table in word.tables:
        _finish_table(table, styles)
        _space_below(table, styles)
    if settings.toc:
        _fill_contents(word, styles, depth=settings.toc_depth)
    buffer = io.BytesIO()
    word.save(buffer)
    return repack(buffer.getvalue())


def _set_properties(word: Document, settings: Settings) -> None:
    fixed = datetime.datetime.fromtimestamp(EPOCH, tz=datetime.UTC).replace(tzinfo=None)
    about = word.core_properties
    about.title = settings.title
    about.subject = settings.subtitle
    about.author = "; ".join(author.name for author in settings.authors)
    about.last_modified_by = about.author
    about.keywords = ", ".join(settings.keywords)
    about.language = settings.lang
    about.comments = ""
    about.created = fixed
    about.modified = fixed
    about.revision = 1


def _drop_custom_properties(word: Document) -> None:
    """Remove the part where pandoc keeps our metadata, paths of this machine among them."""
    relations = word.part.package.rels if word.part.package is not None else {}
    for key in [key for key, one in relations.items() if one.reltype.endswith("custom-properties")]:
        del relations[key]


def _finish_table(table: Table, styles: _Styles) -> None:
    """Set small text, keep rows whole and repeat the header row on every page."""
    if table.style is not None and (table.style.name or "").startswith("Callout"):
        return
    look = table._tbl.tblPr.find(qn("w:tblLook"))
    has_header = look is not None and look.get(qn("w:firstRow")) in {"1", "true", "on"}
    for number, row in enumerate(table.rows):
        _ensure(row._tr.get_or_add_trPr(), "w:cantSplit")
        for cell in row.cells:
            _set_cell(cell, styles, heading=has_header and number == 0)
    if has_header and table.rows:
        _ensure(table.rows[0]._tr.get_or_add_trPr(), "w:tblHeader")


def _space_below(table: Table, styles: _Styles) -> None:
    """Keep the paragraph after a table away from its last rule."""
    below = table._tbl.getnext()
    while below is not None and below.tag == qn("w:bookmarkEnd"):
        below = below.getnext()
    if below is None or below.tag != qn("w:p"):
        return
    paragraph = Paragraph(below, table._parent)
    if not styles.name(paragraph).startswith(("Heading", "Table Caption")):
        paragraph.paragraph_format.space_before = Pt(BELOW_TABLE)


def _set_cell(cell: BlockItemContainer, styles: _Styles, *, heading: bool) -> None:
    for paragraph in cell.paragraphs:
        if styles.name(paragraph) == "Compact":
            styles.put(paragraph, "Table Text")
        for run in paragraph.runs if heading else ():
            run.bold = True


def _ensure(parent: BaseOxmlElement, tag: str) -> None:
    if parent.find(qn(tag)) is None:
        parent.append(OxmlElement(tag))


def _headings(word: Document, styles: _Styles, depth: int) -> Iterator[_Heading]:
    for paragraph in word.paragraphs:
        found = re.fullmatch(r"Heading (\d)", styles.name(paragraph))
        if found is None or int(found[1]) > depth:
            continue
        mark = next(
            (
                sibling
                for sibling in paragraph._p.itersiblings(preceding=True)
                if sibling.tag == qn("w:bookmarkStart")
            ),
            None,
        )
        inner = paragraph._p.find(qn("w:bookmarkStart"))
        chosen = inner if inner is not None else mark
        anchor = chosen.get(qn("w:name")) if chosen is not None else ""
        yield _Heading(level=int(found[1]), text=paragraph.text, anchor=anchor)


def _fill_contents(word: Document, styles: _Styles, *, depth: int) -> None:
    """Write the entries of the contents as links, so that the list is never shown empty."""
    block = word.element.body.find(qn("w:sdt"))
    if block is None:
        return
    content = block.find(qn("w:sdtContent"))
    field = next((part for part in content if part.find(f".//{qn('w:fldChar')}") is not None), None)
    if field is None:
        return
    place = list(content).index(field)
    content.remove(field)
    for offset, heading in enumerate(_headings(word, styles, depth)):
        content.insert(place + offset, _entry(heading))


def _entry(heading: _Heading) -> BaseOxmlElement:
    paragraph = OxmlElement("w:p")
    properties = OxmlElement("w:pPr")
    style = OxmlElement("w:pStyle")
    style.set(qn("w:val"), f"TOC{heading.level}")
    properties.append(style)
    paragraph.append(properties)
    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), heading.anchor)
    run = OxmlElement("w:r")
    for index, part in enumerate(heading.text.split("\t")):
        if index:
            run.append(OxmlElement("w:tab"))
        text = OxmlElement("w:t")
        text.text = part
        text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        run.append(text)
    link.append(run)
    paragraph.append(link)
    return paragraph
