"""The subset of Quarto's syntax that both engines render alike, and the lint that keeps to it.

In the subset: front matter; headings with ids and classes; ``{python}`` cells with ``#|``
options; inline ``{python}`` expressions; cross-references to figures, tables, sections and
equations; citations; footnotes; mathematics; lists, definition lists and line blocks; pipe, grid
and simple tables with captions; divs and spans with classes; callouts; content that depends on
format or profile; images with alternative text; the shortcodes ``pagebreak``, ``meta`` and
``include``. Everything else is refused, all at once, with file and line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from relatum.errors import Issue
from relatum.reports.constructs import div_faults, image_faults, line_faults
from relatum.reports.options import CELL_KEYS, nearest, value_fault
from relatum.reports.project import Project, front_matter_faults, read_project, settings_for
from relatum.reports.source import CODE_SPAN, Cell, Line, Source, fault, read_source, without_code

__all__ = ["check", "source_faults"]

REFERENCE = re.compile(r"(?<![\w\\@/.])-?@\{?([A-Za-z0-9_][\w:.#$%&+?<>~/-]*)")
IDENTIFIER = re.compile(r"\{[^{}]*#([A-Za-z][\w:.-]*)[^{}]*\}")
CROSS = re.compile(r"^(?:[Ff]ig|[Tt]bl|[Ss]ec|[Ee]q)-")
OTHER_CROSS = re.compile(
    r"^(?:lst|thm|lem|cor|prp|cnj|def|exm|exr|sol|rem|alg|vid|suppfig|tip|nte|wrn|imp|cau)-"
)
HEADING = re.compile(r"^(#{1,6})\s+\S")
NOTE_USE = re.compile(r"\[\^([^\]\s]+)\](?!:)")
NOTE_TEXT = re.compile(r"^\[\^([^\]\s]+)\]:")
BIB_KEY = re.compile(r"^\s*@(?!comment|string|preamble)\w+\s*\{\s*([^,\s]+)\s*,", re.M | re.I)
INLINE = re.compile(r"^\{(\w+)\}\s")
BACKEND = re.compile(r"matplotlib\.use\s*\(|\bmpl\.use\s*\(|switch_backend\s*\(")


def check(document: Path, *, profile: str | None = None) -> tuple[Issue, ...]:
    """List everything in a document that is outside the subset, without running a cell.

    Parameters
    ----------
    document : Path
        A ``.qmd`` file in a report project.
    profile : str, optional
        The profile to read the project with.

    Returns
    -------
    tuple of Issue
        Empty when the document may be rendered.

    Raises
    ------
    ReportError
        When the document or its project cannot be read at all.
    """
    source = read_source(document)
    return source_faults(source, read_project(document, profile=profile))


def source_faults(source: Source, project: Project) -> tuple[Issue, ...]:
    """List the faults of a document that has been read.

    Parameters
    ----------
    source : Source
    project : Project

    Returns
    -------
    tuple of Issue
        Ordered by file and line.
    """
    top = Line(text="---", file=source.path.name, number=1)
    found = [*project.faults, *source.faults]
    found += front_matter_faults(source.front_matter, line=top)
    if "`{python}" in source.front_matter:
        message = "Inline code has no effect in YAML. Compute the text in a cell of the body."
        found.append(fault(top, "inline_in_yaml", message, construct="inline code"))
    settings = settings_for(project, source.front_matter, shown=top.file, wanted="html")
    lines = [line for line in source.prose_lines() if not line.verbatim]
    for line in source.prose_lines():
        found += line_faults(line, settings.meta)
        if not line.verbatim:
            found += image_faults(line, source.path.parent)
    found += div_faults(source.prose_lines())
    for cell in source.cells():
        found += _cell_faults(cell)
    found += _inline_faults(lines)
    found += _heading_faults(lines)
    found += _reference_faults(source, lines, settings.bibliography, settings.number_sections)
    found += _note_faults(lines)
    return tuple(sorted(set(found), key=_place))


def _place(issue: Issue) -> tuple[str, int, str, str]:
    number = issue.row.removeprefix("line ")
    return issue.table, int(number) if number.isdigit() else 0, issue.rule, issue.message


def _cell_faults(cell: Cell) -> Iterator[Issue]:
    if cell.language != "python":
        message = f"'{{{cell.language}}}' cells are not in the subset. Write a {{python}} cell."
        yield fault(cell.line, "cell_language", message, construct="cell")
        return
    if cell.line.text.strip("` ~\t") != "{python}":
        message = "Options in the braces are not in the subset. Write '#| key: value' lines."
        yield fault(cell.line, "cell_braces", message, construct="cell")
    if cell.fault:
        yield fault(cell.line, "cell_options", cell.fault, construct="cell")
    yield from _option_faults(cell)
    yield from _caption_faults(cell)
    for line in cell.body:
        if BACKEND.search(line.text.split("#", 1)[0]):
            message = "Choosing a matplotlib backend loses every figure. Remove this line."
            yield fault(line, "backend", message, construct="cell")


def _option_faults(cell: Cell) -> Iterator[Issue]:
    for key, value in cell.options.items():
        found = value_fault(key, value, CELL_KEYS)
        if found is not None:
            line = _option_line(cell, key)
            construct = "cell option"
            yield fault(line, found.rule, found.message, construct=construct, near=found.near)


def _option_line(cell: Cell, key: str) -> Line:
    for line in cell.body:
        if re.match(rf"#\|\s*{re.escape(key)}\s*:", line.text):
            return line
    return cell.line


def _caption_faults(cell: Cell) -> Iterator[Issue]:
    label, options = cell.label, cell.options
    needs = {"fig-": ("fig-cap", "fig-alt"), "tbl-": ("tbl-cap",)}
    for prefix, keys in needs.items():
        if label.startswith(prefix):
            for key in keys:
                if key not in options:
                    message = f"A cell labelled '{prefix}...' needs '{key}'."
                    yield fault(cell.line, "missing_option", message, construct="cell")
        elif keys[0] in options:
            message = f"'{keys[0]}' needs a label that starts with '{prefix}'."
            yield fault(_option_line(cell, keys[0]), "label", message, construct="cell")
    if OTHER_CROSS.match(label) or label.startswith(("sec-", "eq-")):
        message = f"A cell cannot have the label '{label}'. Start it with 'fig-' or 'tbl-'."
        yield fault(_option_line(cell, "label"), "label", message, construct="cell")
    elif label and not re.fullmatch(r"[A-Za-z][\w-]*", label):
        message = "A label is made of letters, digits and hyphens."
        yield fault(_option_line(cell, "label"), "label", message, construct="cell")


def _inline_faults(lines: Iterable[Line]) -> Iterator[Issue]:
    advice = "Write `{python} name`."
    for line in lines:
        for found in CODE_SPAN.finditer(line.text):
            code = found.group(2).strip()
            language = INLINE.match(code + " ")
            message = ""
            if re.match(r"\{\{[^<{]", code) or re.match(r"^r\s", code):
                message = f"This form of inline code is not in the subset. {advice}"
            elif language is not None and language[1] != "python":
                message = f"Inline '{{{language[1]}}}' is not in the subset. {advice}"
            elif code == "{python}":
                message = f"This inline expression is empty. {advice}"
            if message:
                yield fault(line, "inline_code", message, construct="inline code")


def _heading_faults(lines: Iterable[Line]) -> Iterator[Issue]:
    level = 0
    for line in lines:
        found = HEADING.match(line.text)
        if found is None:
            continue
        here = len(found[1])
        if here > level + 1:
            expected = "#" * (level + 1)
            message = f"This heading skips a level. Start it with '{expected}'."
            yield fault(line, "heading_level", message, construct="heading")
        level = here


def _reference_faults(
    source: Source, lines: list[Line], bibliography: tuple[Path, ...], numbered: bool
) -> Iterator[Issue]:
    places, repeated = _labels(source, lines)
    yield from repeated
    keys: set[str] = set()
    for path in bibliography:
        if path.is_file():
            keys.update(BIB_KEY.findall(path.read_text(encoding="utf-8")))
        else:
            top = Line(text="", file=source.path.name, number=1)
            message = f"The bibliography '{path.name}' does not exist in the project folder."
            yield fault(top, "bibliography", message, construct="bibliography")
    for line in lines:
        for name in _mentions(line.text):
            yield from _mention_faults(line, name, places, keys, numbered)


def _mentions(text: str) -> Iterator[str]:
    for found in REFERENCE.finditer(without_code(text)):
        yield found[1].rstrip(".:;,?!-/#$%&+<>~")


def _labels(source: Source, lines: list[Line]) -> tuple[set[str], list[Issue]]:
    seen: set[str] = set()
    faults: list[Issue] = []
    named = [(cell.label, cell.line) for cell in source.cells() if cell.label]
    for line in lines:
        named += [(found[1], line) for found in IDENTIFIER.finditer(without_code(line.text))]
    for name, line in named:
        if name in seen:
            message = f"The label '{name}' is used twice. Give one of them another name."
            faults.append(fault(line, "label_twice", message, construct="label"))
        elif OTHER_CROSS.match(name):
            message = f"'#{name}' is a Quarto label outside the subset: fig-, tbl-, sec-, eq-."
            faults.append(fault(line, "label", message, construct="label"))
        seen.add(name)
    return seen, faults


def _mention_faults(
    line: Line, name: str, places: set[str], keys: set[str], numbered: bool
) -> Iterator[Issue]:
    if OTHER_CROSS.match(name) and name not in keys:
        message = f"'@{name}' is a kind of reference outside the subset."
        yield fault(line, "reference_kind", message, construct="cross-reference")
    elif CROSS.match(name):
        target = name[0].lower() + name[1:]
        if target not in places:
            message = f"Nothing is labelled '{target}'."
            near = nearest(target, places)
            yield fault(line, "unknown_reference", message, construct="cross-reference", near=near)
        elif target.startswith("sec-") and not numbered:
            message = f"'@{name}' needs 'number-sections: true'. Or link: [text](#{target})."
            yield fault(line, "section_number", message, construct="cross-reference")
    elif name not in keys:
        message = f"'@{name}' is in no bibliography of this document."
        near = nearest(name, keys)
        yield fault(line, "unknown_citation", message, construct="citation", near=near)


def _note_faults(lines: list[Line]) -> Iterator[Issue]:
    texts = {found[1] for line in lines if (found := NOTE_TEXT.match(line.text))}
    for line in lines:
        for found in NOTE_USE.finditer(without_code(line.text)):
            if found[1] not in texts:
                message = f"Footnote '[^{found[1]}]' has no text. Add '[^{found[1]}]: ...'."
                yield fault(line, "footnote", message, construct="footnote")
