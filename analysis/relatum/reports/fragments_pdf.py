"""The texts of a PDF: its pages, its properties, and whatever else its objects say in words."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from relatum.errors import MissingExtraError

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

__all__ = ["pdf_texts"]

MISSING = "Looking through a PDF needs pypdf. Install it with: pip install pypdf"
DEEPEST = 12
#: A block of text, whose strings may hold anything between their brackets.
TEXT = re.compile(rb"BT\b(?:[^()]|\((?:\\.|[^\\()])*\))*?\bET\b", re.S)
STATE = re.compile(rb"(?<![\w/.])(?:(?:[-+\d.]+\s+){6}cm|q|Q)(?!\w)|/\w+\s+Do\b")
EMPTY = re.compile(rb"\bq\n(?:[-+\d. ]+cm\n)*Q\n")


def pdf_texts(content: bytes) -> Iterator[tuple[str, str]]:
    """Read every text of a PDF.

    Parameters
    ----------
    content : bytes

    Yields
    ------
    tuple of (str, str)
        Place and text: pages, entries of the information dictionary, metadata streams, attached
        files, and texts of all other objects, such as link targets, bookmarks and alternative
        texts of figures.

    Raises
    ------
    MissingExtraError
        Without the library pypdf.
    """
    try:
        from pypdf import PdfReader
    except ImportError as error:
        raise MissingExtraError(MISSING) from error
    reader = PdfReader(io.BytesIO(content))
    for number, page in enumerate(reader.pages, start=1):
        yield f"page {number}", _page_text(page)
    for key, value in (reader.metadata or {}).items():
        yield f"property {key}", str(value)
    yield from _object_texts(reader)


def _page_text(page: PageObject) -> str:
    """Read a page without its drawings, which are most of it and take most of the time."""
    from pypdf.generic import DecodedStreamObject, NameObject

    contents = page.get_contents()
    if contents is None:
        return ""
    thin = DecodedStreamObject()
    thin.set_data(_without_drawings(contents.get_data()))
    page[NameObject("/Contents")] = thin
    return page.extract_text()


def _without_drawings(content: bytes) -> bytes:
    parts: list[bytes] = []
    place = 0
    for block in TEXT.finditer(content):
        parts += STATE.findall(content, place, block.start())
        parts.append(block[0])
        place = block.end()
    parts += STATE.findall(content, place)
    thin, left = b"\n".join(parts) + b"\n", 1
    while left:
        thin, left = EMPTY.subn(b"", thin)
    return thin


def _object_texts(reader: PdfReader) -> Iterator[tuple[str, str]]:
    from pypdf.generic import StreamObject

    size = int(reader.trailer.get("/Size", 0))
    for number in range(1, size):
        found = reader.get_object(number)
        if isinstance(found, StreamObject):
            kind, subtype = found.get("/Type"), found.get("/Subtype")
            if kind == "/Metadata" or subtype == "/XML":
                yield "metadata (XMP)", found.get_data().decode("utf-8", errors="replace")
            elif kind == "/EmbeddedFile":
                yield f"attached file {number}", found.get_data().decode("latin-1")
            elif found.get("/Filter") == "/DCTDecode":
                yield f"image {number}", found._data[:65536].decode("latin-1")
        for key, text in _strings(found, "", 0):
            yield f"object {number}{' ' + key if key else ''}", text


def _strings(value: object, key: str, depth: int) -> Iterator[tuple[str, str]]:
    """Give the texts of an object, without following references to other objects."""
    from pypdf.generic import ArrayObject, ByteStringObject, DictionaryObject, TextStringObject

    if depth > DEEPEST:
        return
    if isinstance(value, TextStringObject):
        yield key, str(value)
    elif isinstance(value, ByteStringObject):
        yield key, bytes(value).decode("latin-1")
    elif isinstance(value, DictionaryObject):
        for name in value:
            yield from _strings(value.raw_get(name), str(name), depth + 1)
    elif isinstance(value, ArrayObject):
        for inner in list.__iter__(value):
            yield from _strings(inner, key, depth + 1)
