"""The prose of a document as plain paragraphs, each character traced to its line."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from relatum.reports.options import key_lines
from relatum.reports.project import load_mapping
from relatum.reports.source import Cell, Line, Prose, Source, without_code

__all__ = ["Paragraph", "paragraphs"]

COMMENT = re.compile(r"<!--.*?-->")
DIV = re.compile(r"^\s*:{3,}")
TITLE = re.compile(r"title=\"([^\"]*)\"")
STARTS = re.compile(r"^\s*(?:#{1,6}\s|[-*+]\s|\d+[.)]\s|\||:\s|\[\^[^\]]+\]:)")
CAPTIONS = ("fig-cap", "fig-alt", "tbl-cap")
WORDS = ("title", "subtitle", "description", "abstract", "abstract-title", "keywords")
NOT_PROSE: Sequence[re.Pattern[str]] = (
    COMMENT,
    re.compile(r"\$\$.*?\$\$|(?<![\\$])\$(?=\S)(?:[^$\\]|\\.)*?(?<=\S)\$(?!\d)"),
    re.compile(r"\{\{<.*?>\}\}"),
    re.compile(r"\{[^{}]*\}"),
    re.compile(r"(?<=\])\([^)\s]*\)"),
    re.compile(r"<(?:https?|mailto):[^<>\s]+>"),
    re.compile(r"-?@\{?[A-Za-z0-9_][\w:.#$%&+?<>~/-]*"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A run of prose.

    Attributes
    ----------
    text : str
        Plain text: code, mathematics, citations, attributes and comments are blank.
    lines : tuple of Line
        The lines it came from.
    starts : tuple of int
        Where each line starts in the text.
    comments : str
        Its comments.
    """

    text: str
    lines: tuple[Line, ...]
    starts: tuple[int, ...]
    comments: str = ""

    def line_at(self, place: int) -> Line:
        """Return the line of a character."""
        return self.lines[max(0, bisect_right(self.starts, place) - 1)]


def paragraphs(source: Source) -> Iterator[Paragraph]:
    """Iterate over the paragraphs of a document, its front matter first.

    List items, rows of tables, headings, captions and alternative texts are paragraphs of their
    own. A comment on a line of its own is a paragraph without text.

    Parameters
    ----------
    source : Source

    Returns
    -------
    iterator of Paragraph
    """
    yield from _front(source)
    for part in source.parts:
        yield from _prose(part) if isinstance(part, Prose) else _captions(part)


def _front(source: Source) -> Iterator[Paragraph]:
    shown = source.path.name
    config = load_mapping(source.front_matter, shown=shown, first_line=2)
    lines = key_lines(source.front_matter, first_line=2)
    for key in WORDS:
        value = config.get(key)
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str):
                yield from _whole(text, shown, lines.get(key, 1))


def _whole(text: str, file: str, number: int) -> Iterator[Paragraph]:
    """Make a paragraph of a text that YAML has folded: it has one line."""
    for block in re.split(r"\n\s*\n", text):
        line = Line(text=" ".join(block.split()), file=file, number=number)
        yield _paragraph([line])


def _captions(cell: Cell) -> Iterator[Paragraph]:
    numbers: Mapping[str, int] = {
        found[1]: line.number
        for line in cell.body
        if (found := re.match(r"#\|\s*([\w-]+):", line.text))
    }
    for key in CAPTIONS:
        value = cell.options.get(key)
        if isinstance(value, str):
            yield from _whole(value, cell.line.file, numbers.get(key, cell.line.number))


def _prose(prose: Prose) -> Iterator[Paragraph]:
    held: list[Line] = []
    for line in prose.lines:
        bare = COMMENT.sub("", line.text).strip()
        alone = not bare or line.verbatim or DIV.match(line.text) is not None
        if held and (alone or STARTS.match(line.text)):
            yield _paragraph(held)
            held = []
        if not alone:
            held.append(line)
        elif COMMENT.search(line.text) and not line.verbatim:
            yield _paragraph([line])
        elif DIV.match(line.text) and (found := TITLE.search(line.text)):
            yield from _whole(found[1], line.file, line.number)
    if held:
        yield _paragraph(held)


def _paragraph(lines: Sequence[Line]) -> Paragraph:
    pieces: list[str] = []
    starts: list[int] = []
    for line in lines:
        starts.append(sum(len(piece) + 1 for piece in pieces))
        pieces.append(_plain(line.text))
    comments = " ".join(found for line in lines for found in COMMENT.findall(line.text))
    return Paragraph(
        text=" ".join(pieces), lines=tuple(lines), starts=tuple(starts), comments=comments
    )


def _plain(text: str) -> str:
    """Blank out what is no prose; the length stays."""
    plain = without_code(text)
    for pattern in NOT_PROSE:
        plain = pattern.sub(lambda found: " " * len(found[0]), plain)
    return plain
