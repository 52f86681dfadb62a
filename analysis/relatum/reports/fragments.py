"""Every text in an output file, with the place where it stands: what a reader could find there."""

from __future__ import annotations

import base64
import binascii
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import PurePosixPath
from urllib.parse import unquote, unquote_to_bytes

from relatum.reports.fragments_pdf import pdf_texts

__all__ = ["Fragment", "fragments"]

BLOCKS = frozenset(
    re.findall(
        r"\S+",
        "address article aside blockquote body br caption dd div dl dt figcaption figure "
        "footer h1 h2 h3 h4 h5 h6 head header hr html li main nav ol p pre section style "
        "script svg table tbody td text th thead title tr ul",
    )
)
#: In XML a new element begins a new text, but for these, which only dress a run of letters.
INLINE = frozenset(
    re.findall(
        r"\S+",
        "a b bookmarkend bookmarkstart color hyperlink i lang nobreakhyphen noproof prooferr r "
        "rfonts rpr rstyle smallcaps softhyphen sz szcs t tspan u vertalign",
    )
)
DATA_URI = re.compile(r"data:([\w/+.-]*)((?:;[\w=.-]+)*),([^\s\"')]+)")
PLAIN = frozenset(
    re.findall(
        r"\S+",
        ".bib .cff .css .csv .json .md .qmd .tex .toml .tsv .txt .typ .yaml .yml",
    )
)
MARKUP = frozenset([".htm", ".html", ".rels", ".svg", ".xhtml", ".xml"])
PNG, JPEG, PDF = b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"%PDF"
DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Fragment:
    """A text and its place, such as ``line 12, attribute 'content' of <meta>``."""

    place: str
    text: str = field(repr=False)


def fragments(name: str, content: bytes, *, depth: int = 0) -> Iterator[Fragment]:
    r"""Take a file apart into the texts that it holds.

    Parameters
    ----------
    name : str
        The file's name; its ending says what it is where the first bytes do not.
    content : bytes
    depth : int, optional
        How many files this one lies in.

    Yields
    ------
    Fragment
        Texts and attributes of HTML, SVG and XML, images inside addresses, the parts of Word
        files and other archives, pages, properties and hidden texts of PDF, text chunks of images.
        A file of an unknown kind is read as it is.

    Examples
    --------
    >>> [part.text for part in fragments("a.html", b"<p class='x'>Ada <b>Ex</b>ample</p>")]
    ['x', 'Ada Example']
    """
    kind = _kind(name, content)
    if depth > DEEPEST:
        return
    if kind == "zip" and zipfile.is_zipfile(io.BytesIO(content)):
        yield from _zip(content, depth)
    elif kind == "pdf":
        yield from (Fragment(place, text) for place, text in pdf_texts(content))
    elif kind in _IMAGES:
        yield from _IMAGES[kind](content)
    elif kind == "markup":
        yield from _markup(name, content, depth)
    elif kind == "plain":
        yield from _plain(content.decode("utf-8", errors="replace"))
    else:
        yield Fragment("bytes", content.decode("utf-8", errors="replace"))
        yield Fragment("bytes (two each)", content.decode("utf-16-le", errors="ignore"))


def _kind(name: str, content: bytes) -> str:
    suffix = PurePosixPath(name).suffix.casefold()
    for start, kind in ((PDF, "pdf"), (PNG, "png"), (JPEG, "jpeg"), (b"PK\x03\x04", "zip")):
        if content.startswith(start):
            return kind
    for kind, endings in (("markup", MARKUP), ("plain", PLAIN)):
        if suffix in endings:
            return kind
    return ""


def _plain(text: str) -> Iterator[Fragment]:
    """Give every line, and the text as a whole: a name may stand on two lines."""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield Fragment(f"line {number}", line)
    yield Fragment("lines", text)


def _zip(content: bytes, depth: int) -> Iterator[Fragment]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if archive.comment:
            yield Fragment("comment of the archive", archive.comment.decode(errors="replace"))
        for part in archive.namelist():
            yield Fragment("names of parts", part)
            for inner in fragments(part, archive.read(part), depth=depth + 1):
                yield Fragment(f"{part}, {inner.place}", inner.text)


class _Reader(HTMLParser):
    """Collects the texts of blocks, attributes, comments and images."""

    def __init__(self, depth: int, *, xml: bool, lines: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.xml = xml
        self.lines = lines
        self.paragraph = 0
        self.found: list[Fragment] = []
        self.depth = depth
        self.words: list[str] = []
        self.begin = ""

    def here(self) -> str:
        """Say where: the XML of Word is one long line, but it has paragraphs."""
        if self.lines:
            return f"line {self.getpos()[0]}"
        return f"paragraph {self.paragraph}" if self.paragraph else "text"

    def breaks(self, tag: str) -> bool:
        """Say whether a tag ends a text."""
        if self.xml:
            return _local(tag) not in INLINE
        return ":" in tag or tag in BLOCKS

    def flush(self) -> None:
        text = "".join(self.words)
        if text.strip():
            self.found.append(Fragment(self.begin, text))
            self._images(text, self.begin)
        self.words = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.breaks(tag):
            self.flush()
            self.paragraph += _local(tag) == "p"
        line = self.here()
        for key, value in attrs:
            if not value or _local(key) in ("d", "points"):
                continue
            place = f"{line}, attribute '{key}' of <{tag}>"
            bare = DATA_URI.sub(" ", value)
            if bare.strip():
                self.found.append(Fragment(place, unquote(bare) if "%" in bare else bare))
            self._images(value, place)

    def handle_endtag(self, tag: str) -> None:
        if self.breaks(tag):
            self.flush()

    def handle_data(self, data: str) -> None:
        if not self.words:
            self.begin = self.here()
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        self.found.append(Fragment(f"{self.here()}, comment", data))

    def handle_pi(self, data: str) -> None:
        self.handle_comment(data)

    def unknown_decl(self, data: str) -> None:
        self.handle_comment(data)

    def _images(self, text: str, place: str) -> None:
        for number, (kind, options, data) in enumerate(DATA_URI.findall(text), start=1):
            content = _decoded(data, based="base64" in options)
            name = "x." + kind.rpartition("/")[2].split("+")[0]
            for inner in fragments(name, content, depth=self.depth + 1):
                self.found.append(
                    Fragment(f"{place}, file {number} in it, {inner.place}", inner.text)
                )


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def _decoded(data: str, *, based: bool) -> bytes:
    try:
        return base64.b64decode(unquote(data), validate=False) if based else unquote_to_bytes(data)
    except (binascii.Error, ValueError):
        return data.encode()


def _markup(name: str, content: bytes, depth: int) -> Iterator[Fragment]:
    lower = name.casefold()
    part = depth > 0 and lower.endswith((".xml", ".rels"))
    reader = _Reader(depth, xml=not lower.endswith(("html", "htm")), lines=not part)
    reader.feed(content.decode("utf-8", errors="replace"))
    reader.close()
    reader.flush()
    yield from reader.found


def _png(content: bytes) -> Iterator[Fragment]:
    """Read the chunks tEXt, zTXt, iTXt and eXIf."""
    place = len(PNG)
    while place + 8 <= len(content):
        size, kind = struct.unpack(">I4s", content[place : place + 8])
        data = content[place + 8 : place + 8 + size]
        place += 12 + size
        if kind in (b"tEXt", b"zTXt", b"iTXt", b"eXIf"):
            key = data.split(b"\0", 1)[0][:40].decode("latin-1") if kind != b"eXIf" else ""
            label = f"chunk {kind.decode()}" + (f" '{key}'" if key.isalnum() else "")
            yield Fragment(label, _chunk(kind, data))
        elif kind == b"IEND" and content[place:].strip(b"\0"):
            yield Fragment("behind the image", content[place:].decode("latin-1"))
            return


def _chunk(kind: bytes, data: bytes) -> str:
    key, _, rest = data.partition(b"\0")
    if kind == b"zTXt":
        rest = _inflated(rest[1:])
    elif kind == b"iTXt" and rest[:1] == b"\1":
        language, _, more = rest[2:].partition(b"\0")
        translated, _, packed = more.partition(b"\0")
        rest = language + b" " + translated + b" " + _inflated(packed)
    return (key + b" " + rest).decode("utf-8", errors="replace").replace("\0", " ")


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompress(data)
    except zlib.error:
        return data


def _jpeg(content: bytes) -> Iterator[Fragment]:
    """Read the segments APP0 to APP15 and COM."""
    place = 2
    while place + 4 <= len(content) and content[place] == 0xFF and content[place + 1] != 0xDA:
        marker, size = content[place + 1], struct.unpack(">H", content[place + 2 : place + 4])[0]
        data = content[place + 4 : place + 2 + size]
        if 0xE0 <= marker <= 0xEF or marker == 0xFE:
            label = "comment" if marker == 0xFE else f"segment APP{marker - 0xE0}"
            yield Fragment(label, data.decode("utf-8", errors="replace").replace("\0", " "))
            yield Fragment(label, data.decode("utf-16-le", errors="ignore"))
        place += 2 + size


_IMAGES: dict[str, Callable[[bytes], Iterator[Fragment]]] = {"png": _png, "jpeg": _jpeg}
