"""Take what names people, programs and folders out of the metadata of Word and PDF files."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from types import MappingProxyType

from lxml import etree

from relatum.errors import MissingExtraError, ReportError

__all__ = ["scrub_docx", "scrub_pdf"]

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WORD_2012 = "{http://schemas.microsoft.com/office/word/2012/wordml}"
ATTACHED = "/attachedTemplate"
#: Elements whose text goes, by part; the elements stay, so that the part stays valid.
EMPTIED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "docProps/core.xml": frozenset({"creator", "lastModifiedBy", "category", "contentStatus"}),
        "docProps/app.xml": frozenset({"Company", "Manager", "Template", "HyperlinkBase"}),
    }
)
#: Parts that hold nothing but what is to go.
HOLLOW = frozenset({"docProps/custom.xml", "word/people.xml", "word/commentsExtensible.xml"})
PEOPLE = frozenset({"author", "initials", "userId", "providerId"})
PDF_KEYS = frozenset({"/Title", "/Subject", "/Keywords", "/Creator", "/Producer", "/Trapped"})
XMP_PEOPLE = re.compile(
    rb"<(dc:creator|dc:contributor|dc:rights|pdf:Author|photoshop:\w+|xmpRights:\w+|xmpMM:History)"
    rb"\b[^>]*?(?:/>|>.*?</\1>)",
    re.S,
)
MISSING = "Cleaning a PDF needs pypdf. Install it with: pip install pypdf"


def scrub_docx(content: bytes) -> bytes:
    """Clean a Word file.

    Parameters
    ----------
    content : bytes

    Returns
    -------
    bytes
        Without creator, last editor, company, manager and template; without custom properties,
        the list of people, authors of comments and changes, and the marks of who edited when
        (rsid). The same input always gives the same bytes.
    """
    from relatum.tables.word import repack

    result = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, _part(name, old.read(name)))
    return repack(result.getvalue())


def _part(name: str, content: bytes) -> bytes:
    if not name.endswith((".xml", ".rels")):
        return content
    root = etree.fromstring(content)
    if name in HOLLOW:
        del root[:]
    for element in list(root.iter(etree.Element)):
        local = etree.QName(element).localname
        if local in EMPTIED.get(name, ()):
            element.text = ""
        elif local in ("rsids", "attachedTemplate") or _to_template(element):
            element.getparent().remove(element)
        elif name.startswith("word/"):
            _clean(element)
    cleaned: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return cleaned


def _to_template(element: etree._Element) -> bool:
    return str(element.get("Type", "")).endswith(ATTACHED)


def _clean(element: etree._Element) -> None:
    """Drop the marks of editing, and the names on comments and changes."""
    for key in list(element.attrib):
        name = str(key)
        local = name.rpartition("}")[2]
        if local.startswith("rsid"):
            del element.attrib[key]
        elif local in PEOPLE and name.startswith((WORD, WORD_2012)):
            element.set(key, "")


def scrub_pdf(content: bytes) -> bytes:
    """Clean a PDF.

    Parameters
    ----------
    content : bytes

    Returns
    -------
    bytes
        Without author and other entries of the information dictionary that name people or
        companies, and without creators, contributors, rights and history in the metadata stream.
        A file that holds none of these comes back as it is, so that whatever was checked of it
        still holds.

    Raises
    ------
    MissingExtraError
        Without the library pypdf.
    ReportError
        If it is no PDF.
    """
    try:
        from pypdf import PdfReader, PdfWriter
        from pypdf.errors import PyPdfError
        from pypdf.generic import DecodedStreamObject, NameObject
    except ImportError as error:
        raise MissingExtraError(MISSING) from error
    try:
        reader = PdfReader(io.BytesIO(content))
    except PyPdfError as error:
        raise ReportError("A PDF could not be read, so its properties stay unknown.") from error
    info = {key: str(value) for key, value in (reader.metadata or {}).items()}
    kept = {key: value for key, value in info.items() if key in PDF_KEYS}
    stream = reader.root_object.get("/Metadata")
    xmp = b"" if stream is None else stream.get_object().get_data()
    clean = XMP_PEOPLE.sub(b"", xmp)
    if kept == info and clean == xmp:
        return content
    writer = PdfWriter(clone_from=reader)
    writer.metadata = kept
    if xmp:
        thin = DecodedStreamObject()
        thin.set_data(clean)
        thin.update({NameObject("/Type"): NameObject("/Metadata")})
        thin.update({NameObject("/Subtype"): NameObject("/XML")})
        writer._replace_object(writer.root_object.raw_get("/Metadata"), thin)
    result = io.BytesIO()
    writer.write(result)
    return result.getvalue()
