"""The lint of words over rendered files: what tables, notes and captions say in the end."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from relatum.errors import Issue, ReportError
from relatum.reports.outputs import Output
from relatum.reports.source import Source
from relatum.reports.words import allowed_words, find_words
from relatum.schema import schema_path

if TYPE_CHECKING:
    from lxml.html import HtmlElement

__all__ = ["rendered_texts", "rendered_word_faults", "rendered_word_notes"]

BLOCKS = frozenset(
    {"p", "li", "dt", "dd", "td", "th", "caption", "figcaption", "div", "section", "summary"}
    | {f"h{level}" for level in range(1, 7)}
)
SILENT = frozenset({"script", "style", "nav", "math", "svg", "head", "pre", "code"})
BANNER = "Simulated data."
LONGEST = 90


def rendered_word_faults(path: Path, *, allowed: frozenset[str] = frozenset()) -> tuple[Issue, ...]:
    """List the phrases in a rendered file.

    Parameters
    ----------
    path : Path
        An HTML or a Word file. The PDF of a document is set from the same text.
    allowed : frozenset of str, optional
        Rules that the source lets stand (`relatum.reports.words.allowed_words`).

    Returns
    -------
    tuple of Issue
        One per phrase and text. The list of references is not read, for its titles are others',
        and labels of published figures name what others wrote.

    Raises
    ------
    ReportError
        For a file of another kind.
    """
    texts = tuple(_without_labels(text) for text in rendered_texts(path))
    simulated = any(text.startswith(BANNER) for text in texts)
    found = {
        (fault.phrase.rule, fault.message, _around(text, fault.start)): None
        for text in texts
        for fault in find_words(text, simulated=simulated)
        if fault.phrase.rule not in allowed
    }
    return tuple(
        Issue(table=path.name, field="words", rule=rule, message=f"{message} In: {around}")
        for rule, message, around in found
    )


def rendered_word_notes(outputs: Sequence[Output], source: Source) -> tuple[str, ...]:
    """Say in one sentence which words of a rendering a report does not use.

    Parameters
    ----------
    outputs : sequence of Output
        The files of one document. One is read: all formats are made from the same text.
    source : Source
        The document, with its comments on words.

    Returns
    -------
    tuple of str
        Empty where there is nothing to say. Tables take labels of codes from the sample, so this
        is a note to the authors and no fault.
    """
    path = next((one.path for one in outputs if one.format in ("html", "docx")), None)
    issues = rendered_word_faults(path, allowed=allowed_words(source)) if path else ()
    if not issues:
        return ()
    others = f" (and {len(issues) - 1} more)" if len(issues) > 1 else ""
    return (f"{source.path.name}: {issues[0].message}{others}",)


def _without_labels(text: str) -> str:
    for label in _striking_labels():
        text = text.replace(label, " " * len(label))
    return text


@cache
def _striking_labels() -> tuple[str, ...]:
    """Labels of published figures in which a phrase occurs, longest first."""
    path = schema_path() / "chapter" / "facts.csv"
    with path.open(encoding="utf-8", newline="") as file:
        found = {row["construct"] for row in csv.DictReader(file)}
    striking = (label for label in found if label and find_words(label, simulated=True))
    return tuple(sorted(striking, key=lambda label: (-len(label), label)))


def _around(text: str, start: int) -> str:
    first = max(0, start - LONGEST // 2)
    return " ".join(f"'{text[first : first + LONGEST]}'.".split())


def rendered_texts(path: Path) -> Iterator[str]:
    """Iterate over the texts of a rendered file: paragraphs, cells, captions, alternative texts.

    Parameters
    ----------
    path : Path
        An HTML or a Word file.

    Returns
    -------
    iterator of str

    Raises
    ------
    ReportError
        For a file of another kind.
    """
    if path.suffix == ".html":
        yield from _html(path.read_bytes())
    elif path.suffix == ".docx":
        yield from _word(path.read_bytes())
    else:
        raise ReportError(f"The words of '{path.name}' cannot be read: give .html or .docx.")


def _html(content: bytes) -> Iterator[str]:
    from lxml import html

    parser = html.HTMLParser(huge_tree=True, encoding="utf-8", remove_comments=True)
    root = html.document_fromstring(content, parser=parser)
    held: list[str] = []
    for text in _walk(root):
        if text is None:
            joined = " ".join("".join(held).split())
            if joined:
                yield joined
            held = []
        else:
            held.append(text)


def _walk(element: HtmlElement) -> Iterator[str | None]:
    """Give texts in order, and None where a block starts or ends."""
    tag = element.tag if isinstance(element.tag, str) else ""
    if tag not in SILENT and element.get("id") != "refs":
        block = tag in BLOCKS
        if block:
            yield None
        if tag == "img":
            yield from (None, element.get("alt", ""), None)
        yield element.text or ""
        for child in element:
            yield from _walk(child)
        if block:
            yield None
    yield element.tail or ""


def _word(content: bytes) -> Iterator[str]:
    from docx import Document
    from docx.oxml.ns import qn

    word = Document(io.BytesIO(content))
    names = {style.style_id: style.name or "" for style in word.styles}
    for paragraph in word.element.body.iter(qn("w:p")):
        style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        name = names.get(style.get(qn("w:val")), "") if style is not None else ""
        if name.startswith(("Bibliography", "toc", "TOC")):
            continue
        text = "".join(part.text or "" for part in paragraph.iter(qn("w:t")))
        if text.strip():
            yield " ".join(text.split())
    for picture in word.element.body.iter(qn("wp:docPr")):
        if picture.get("descr"):
            yield picture.get("descr")
