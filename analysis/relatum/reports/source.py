"""A `.qmd` file as prose and cells, every line with the file and number it came from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from relatum.errors import Issue, ReportError

__all__ = [
    "Cell",
    "Line",
    "Prose",
    "Source",
    "fault",
    "raise_faults",
    "read_source",
    "without_code",
]

FENCE = re.compile(r"^(?P<indent> {0,3})(?P<marks>`{3,}|~{3,})\s*(?P<info>.*)$")
INCLUDE = re.compile(r"^\s*\{\{<\s*include\s+(?P<path>\S+)\s*>\}\}\s*$")
CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a document.

    Attributes
    ----------
    text : str
    file : str
        File name as shown to the user; an included file keeps its own.
    number : int
        Line number in that file, from 1.
    verbatim : bool
        Inside a fence of literal code, where no construct is looked for.
    """

    text: str
    file: str
    number: int
    verbatim: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """A run of lines between two cells."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One executable cell.

    Attributes
    ----------
    line : Line
        The opening fence.
    language : str
        What stands in the braces; only ``python`` is in the subset.
    body : tuple of Line
        The lines between the fences, options included.
    options : Mapping
        The ``#|`` options, read as YAML.
    closed : bool
        False when the document ends inside the cell.
    fault : str
        Why the options could not be read; empty when they could.
    """

    line: Line
    language: str
    body: tuple[Line, ...]
    options: Mapping[str, object] = field(default_factory=dict)
    closed: bool = True
    fault: str = ""

    @property
    def label(self) -> str:
        """The cell's label, or an empty text."""
        return str(self.options.get("label", ""))

    @property
    def code(self) -> str:
        """The code without its option lines."""
        kept = [line.text for line in self.body if not line.text.startswith("#|")]
        return "\n".join(kept).strip("\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A document split into its parts.

    Attributes
    ----------
    path : Path
    front_matter : str
        The YAML text between the two rules at the top; empty when there is none.
    parts : tuple of Prose or Cell
        In the order of the document, includes expanded.
    faults : tuple of Issue
        What could not be split: fences left open, includes that are missing.
    """

    path: Path
    front_matter: str
    parts: tuple[Prose | Cell, ...]
    faults: tuple[Issue, ...] = ()

    def prose_lines(self) -> Iterator[Line]:
        """Iterate over every line outside cells."""
        for part in self.parts:
            if isinstance(part, Prose):
                yield from part.lines

    def cells(self) -> Iterator[Cell]:
        """Iterate over the cells."""
        for part in self.parts:
            if isinstance(part, Cell):
                yield part


def fault(line: Line, rule: str, message: str, *, construct: str = "", near: str = "") -> Issue:
    """Word a fault at a line.

    Parameters
    ----------
    line : Line
    rule : str
        The rule's name.
    message : str
        What is wrong and what to write instead.
    construct, near : str, optional
        The construct at fault; a likely spelling.

    Returns
    -------
    Issue
    """
    return Issue(
        table=line.file,
        row=f"line {line.number}",
        field=construct,
        rule=rule,
        message=message,
        near=near,
    )


def raise_faults(issues: Sequence[Issue], *, what: str) -> None:
    """Raise one error that lists every fault as ``file:line``.

    Parameters
    ----------
    issues : sequence of Issue
    what : str
        The document's name.

    Raises
    ------
    ReportError
        When there is at least one fault.
    """
    if not issues:
        return
    count = f"{len(issues)} fault{'s' if len(issues) > 1 else ''}"
    listed = "\n".join(f"  {_listed(issue)}" for issue in issues)
    raise ReportError(f"{count} in {what}; nothing was rendered.\n{listed}", issues)


def _listed(issue: Issue) -> str:
    where = issue.table + (f":{issue.row.removeprefix('line ')}" if issue.row else "")
    near = f" Did you mean '{issue.near}'?" if issue.near else ""
    return f"{where} [{issue.rule}] {issue.message}{near}"


def without_code(text: str) -> str:
    """Blank out code spans, so that nothing inside them is taken for a construct.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        A text of the same length.

    Examples
    --------
    >>> without_code("see `@fig-x` here")
    'see          here'
    """
    return CODE_SPAN.sub(lambda found: " " * len(found.group(0)), text)


def read_source(document: Path) -> Source:
    """Read a document, expand its includes and split it into prose and cells.

    Parameters
    ----------
    document : Path
        A ``.qmd`` file in UTF-8.

    Returns
    -------
    Source

    Raises
    ------
    ReportError
        When the file is missing or is not UTF-8.
    """
    lines = _read_lines(document, document.name)
    head, body = _split_front_matter(lines)
    faults: list[Issue] = []
    expanded = list(_expand(body, document.parent, (document.resolve(),), faults))
    parts = tuple(_split(expanded, faults))
    return Source(path=document, front_matter=head, parts=parts, faults=tuple(faults))


def _read_lines(path: Path, shown: str) -> list[Line]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ReportError(f"{shown} does not exist. Give the path of a .qmd file.") from None
    except UnicodeDecodeError:
        raise ReportError(f"{shown} is not UTF-8. Save it as UTF-8 and try again.") from None
    except OSError as problem:
        raise ReportError(f"{shown} could not be read: {problem.strerror}.") from None
    return [
        Line(text=part, file=shown, number=number)
        for number, part in enumerate(text.splitlines(), start=1)
    ]


def _split_front_matter(lines: list[Line]) -> tuple[str, list[Line]]:
    if not lines or lines[0].text.rstrip() != "---":
        return "", lines
    for index, line in enumerate(lines[1:], start=1):
        if line.text.rstrip() in ("---", "..."):
            return "\n".join(part.text for part in lines[1:index]), lines[index + 1 :]
    raise ReportError(
        f"{lines[0].file}:1 [front_matter] The front matter is never closed. End it with '---'."
    )


def _expand(
    lines: Sequence[Line], folder: Path, chain: tuple[Path, ...], faults: list[Issue]
) -> Iterator[Line]:
    fence = ""
    for line in lines:
        fence = _next_fence(fence, line.text)
        found = None if fence else INCLUDE.match(line.text)
        if found is None:
            yield line
            continue
        target = (folder / found["path"]).resolve()
        problem = _include_fault(target, chain)
        if problem:
            faults.append(fault(line, "include", problem, construct="include"))
            continue
        inner = _read_lines(target, found["path"])
        yield from _expand(inner, target.parent, (*chain, target), faults)


def _include_fault(target: Path, chain: tuple[Path, ...]) -> str:
    if target in chain:
        return f"'{target.name}' includes itself. Remove one of the includes."
    if not target.is_file():
        return f"'{target.name}' does not exist. Includes are relative to the including file."
    return ""


def _next_fence(fence: str, text: str) -> str:
    """Follow the fences: return the marks of the open one, or an empty text."""
    found = FENCE.match(text)
    if found is None:
        return fence
    marks = found["marks"]
    if not fence:
        return marks
    closes = marks[0] == fence[0] and len(marks) >= len(fence) and not found["info"]
    return "" if closes else fence


def _split(lines: Sequence[Line], faults: list[Issue]) -> Iterator[Prose | Cell]:
    prose: list[Line] = []
    index = 0
    equation = False
    while index < len(lines):
        line = lines[index]
        found = None if equation else FENCE.match(line.text)
        if found is None:
            ends = line.text.count("$$") % 2 == 1
            prose += _verbatim([line]) if equation and not ends else [line]
            equation = equation != ends
            index += 1
            continue
        end = _closing(lines, index, found["marks"])
        body = tuple(lines[index + 1 : end])
        closed = end < len(lines)
        if not closed:
            message = "This fence is never closed. Close it with the same marks."
            faults.append(fault(line, "open_fence", message, construct="code fence"))
        language = re.match(r"^\{(\w[\w-]*)(?:[\s,}].*)?$", found["info"])
        if language is None:
            prose.extend(_verbatim(lines[index : end + 1]))
        else:
            if prose:
                yield Prose(lines=tuple(prose))
                prose = []
            yield _cell(line, language[1], body, closed)
        index = end + 1
    if prose:
        yield Prose(lines=tuple(prose))


def _closing(lines: Sequence[Line], start: int, marks: str) -> int:
    for index in range(start + 1, len(lines)):
        if not _next_fence(marks, lines[index].text):
            return index
    return len(lines)


def _verbatim(lines: Sequence[Line]) -> Iterator[Line]:
    for line in lines:
        yield Line(text=line.text, file=line.file, number=line.number, verbatim=True)


def _cell(line: Line, language: str, body: tuple[Line, ...], closed: bool) -> Cell:
    text = "\n".join(part.text[2:] for part in body if part.text.startswith("#|"))
    options: Mapping[str, object] = {}
    problem = ""
    try:
        loaded = yaml.safe_load(text) if text.strip() else {}
    except yaml.YAMLError:
        problem = "The '#|' options are not valid YAML. Write one '#| key: value' per line."
    else:
        if isinstance(loaded, dict):
            options = {str(key): value for key, value in loaded.items()}
        else:
            problem = "The '#|' options are not 'key: value' pairs."
    return Cell(
        line=line, language=language, body=body, options=options, closed=closed, fault=problem
    )
