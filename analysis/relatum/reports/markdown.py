"""A run document as Markdown for pandoc: outputs in place of cells, values in place of code."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from relatum.errors import ReportError
from relatum.reports.cells import INLINE, Execution
from relatum.reports.constructs import SHORTCODE
from relatum.reports.outputs import Format
from relatum.reports.project import Settings
from relatum.reports.source import CODE_SPAN, Cell, Line, Prose, Source

__all__ = ["compose_markdown"]

DISCARDED = (
    "<matplotlib",
    "[<matplotlib",
    "(<matplotlib",
    "<seaborn",
    "<Axes",
    "[<Axes",
    "<Figure",
)
NO_FIGURE = "*Not available: "
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """One shown output: its Markdown, and whether it is an image."""

    text: str
    image: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """Where and how outputs are written for one format."""

    settings: Settings
    wanted: Format
    folder: Path
    warn: bool = True


def compose_markdown(
    source: Source, execution: Execution, *, settings: Settings, wanted: Format, folder: Path
) -> str:
    """Write the document as pandoc's Markdown and its figures as files.

    Parameters
    ----------
    source : Source
    execution : Execution
    settings : Settings
    wanted : {"html", "docx", "pdf"}
    folder : Path
        Where figures are written, in ``figures/``.

    Returns
    -------
    str

    Raises
    ------
    ReportError
        When a labelled cell shows nothing, or more than its one figure or table.
    """
    (folder / "figures").mkdir(exist_ok=True)
    page = _Page(settings=settings, wanted=wanted, folder=folder)
    parts: list[str] = []
    for place, part in enumerate(source.parts):
        if isinstance(part, Prose):
            parts.append(_prose(part, place, execution, settings))
        else:
            outputs = execution.outputs.get(place, ())
            parts.append("\n".join(_cell(part, place, outputs, page)))
    return "\n\n".join(parts) + "\n"


def _prose(prose: Prose, place: int, execution: Execution, settings: Settings) -> str:
    done = [
        _shown(line.text) if line.verbatim else _line(line, place, execution, settings)
        for line in prose.lines
    ]
    return "\n".join(done)


def _line(line: Line, place: int, execution: Execution, settings: Settings) -> str:
    """Replace shortcodes outside code spans, and inline expressions."""
    pieces: list[str] = []
    last = 0
    for found in CODE_SPAN.finditer(line.text):
        pieces.append(_shortcodes(line.text[last : found.start()], settings))
        value = INLINE.fullmatch(found.group(0))
        if value is None:
            pieces.append(_shown(found.group(0)))
        else:
            pieces.append(execution.inline[place, value[1].strip()].markdown)
        last = found.end()
    pieces.append(_shortcodes(line.text[last:], settings))
    return "".join(pieces)


def _shown(code: str) -> str:
    """Show a shortcode of three braces with two, as Quarto does."""
    return code.replace("{{{<", "{{<").replace(">}}}", ">}}")


def _shortcodes(text: str, settings: Settings) -> str:
    def replace(found: re.Match[str]) -> str:
        if found["name"] == "pagebreak":
            return "\n::: {.page-break}\n:::\n"
        return settings.meta.get(found["rest"].strip(), "")

    return SHORTCODE.sub(replace, text)


def _cell(
    cell: Cell, place: int, outputs: tuple[Mapping[str, object], ...], page: _Page
) -> Iterator[str]:
    defaults = page.settings.execute
    if cell.options.get("include", defaults.include) is False:
        return
    if cell.options.get("echo", defaults.echo) is True and cell.code:
        yield f"\n````` python\n{cell.code}\n`````\n"
    shown = cell.options.get("output", defaults.output)
    if shown is False or cell.options.get("eval", defaults.eval) is False:
        return
    page = replace(page, warn=cell.options.get("warning", defaults.warning) is True)
    has_image = any("image/png" in _bundle(output) for output in outputs)
    pieces: list[_Piece] = []
    for number, output in enumerate(outputs):
        name = f"{cell.label or 'cell'}-{place}-{number}"
        pieces += _pieces(output, page, name, asis=shown == "asis", has_image=has_image)
    yield from _framed(cell, pieces)


def _framed(cell: Cell, pieces: list[_Piece]) -> Iterator[str]:
    """Put labelled outputs into the div that carries their label and caption."""
    where = f"{cell.line.file}:{cell.line.number}"
    if cell.label.startswith("fig-"):
        images = [piece for piece in pieces if piece.image]
        if not images and len(pieces) == 1 and pieces[0].text.strip().startswith(NO_FIGURE):
            # A result that did not go out: the sentence stands where the figure would.
            yield f"\n::: {{#{cell.label}}}\n{pieces[0].text}\n{cell.options['fig-cap']}\n:::\n"
            return
        if len(images) != 1:
            raise ReportError(
                f"{where} [figure] The cell '{cell.label}' shows {len(images)} figures; "
                "a labelled cell shows exactly one. Draw it and let the cell end with it."
            )
        alt = str(cell.options["fig-alt"])
        yield from (piece.text for piece in pieces if not piece.image)
        image = images[0].text.replace("ALT", _attribute(alt))
        yield f"\n::: {{#{cell.label}}}\n{image}\n\n{cell.options['fig-cap']}\n:::\n"
    elif cell.label.startswith("tbl-"):
        if not pieces:
            raise ReportError(
                f"{where} [table] The cell '{cell.label}' shows no table. Let it end with one."
            )
        body = "\n".join(piece.text for piece in pieces)
        yield f"\n:::: {{#{cell.label}}}\n{body}\n\n{cell.options['tbl-cap']}\n::::\n"
    else:
        for piece in pieces:
            if piece.image:
                raise ReportError(
                    f"{where} [figure] This cell shows a figure without a label, a caption and "
                    "alternative text. Give it 'label: fig-...', 'fig-cap' and 'fig-alt'."
                )
            yield piece.text


def _attribute(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")


def _pieces(
    output: Mapping[str, object], page: _Page, name: str, *, asis: bool, has_image: bool
) -> Iterator[_Piece]:
    if output["output_type"] == "stream":
        if output["name"] == "stdout" or page.warn:
            text = str(output["text"])
            yield _Piece(text=f"\n{text}\n" if asis else _literal(text))
        return
    data = _bundle(output)
    if page.wanted != "html" and "<table" not in data.get("text/html", "").lower():
        data.pop("text/html", None)
    mime = next((kind for kind in _priority(page.wanted) if kind in data), None)
    noise = output["output_type"] == "execute_result" and mime == "text/plain"
    if mime is not None and not (noise and _discarded(data[mime], has_image)):
        yield _show(mime, data[mime], name, page)


def _bundle(output: Mapping[str, object]) -> dict[str, str]:
    data = output.get("data")
    return {k: _joined(v) for k, v in data.items()} if isinstance(data, Mapping) else {}


def _discarded(text: str, has_image: bool) -> bool:
    """Whether a text is only the name of the figure that was drawn beside it."""
    return text.startswith(DISCARDED) or (has_image and text[:1] in "<[(T")


def _priority(wanted: Format) -> tuple[str, ...]:
    image = "image/png" if wanted == "docx" else "image/svg+xml"
    html_first = ("text/html", "text/markdown")
    texts = html_first if wanted == "html" else html_first[::-1]
    return (image, "image/png", *texts, "text/plain")


def _show(mime: str, data: str, name: str, page: _Page) -> _Piece:
    if mime.startswith("image/"):
        path = f"figures/{name}.{'svg' if 'svg' in mime else 'png'}"
        content = data.encode() if "svg" in mime else base64.b64decode(data)
        (page.folder / path).write_bytes(content)
        return _Piece(text=f'![]({path}){{fig-alt="ALT"}}', image=True)
    if mime == "text/html":
        return _Piece(text=f"\n`````{{=html}}\n{data}\n`````\n")
    if mime == "text/markdown":
        return _Piece(text=f"\n{data}\n")
    return _Piece(text=_literal(data))


def _literal(text: str) -> str:
    return f"\n`````{{.cell-output}}\n{ANSI.sub('', text).rstrip()}\n`````\n"


def _joined(value: object) -> str:
    return "".join(value) if isinstance(value, list) else str(value)
