"""The lint of single lines: shortcodes, raw markup, divs, spans, images and code fences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from relatum.errors import Issue
from relatum.reports.options import nearest
from relatum.reports.source import CODE_SPAN, FENCE, Line, fault, without_code

__all__ = ["CALLOUTS", "SHORTCODE", "div_faults", "image_faults", "line_faults"]

CALLOUTS = ("note", "tip", "warning", "important", "caution")
SHORTCODE = re.compile(r"\{\{<\s*(?P<name>/?\*?[\w-]*)\s*(?P<rest>.*?)\s*>\}\}")
# Quarto runs these inside shown code, too; three braces show a shortcode in both engines.
BARE_SHORTCODE = re.compile(r"(?<!\{)\{\{<|>\}\}(?!\})")
INLINE_CODE = re.compile(r"(?<!`)`\{\w+\}[ \t][^`]+`")
RAW_INLINE = re.compile(r"`+\{=\w+\}")
HTML_TAG = re.compile(r"</?[A-Za-z][\w-]*(?:\s[^<>]*)?/?>")
AUTOLINK = re.compile(r"<(?:https?|mailto):[^<>\s]+>|<[\w.+-]+@[\w.-]+>")
COMMENT = re.compile(r"<!--.*?-->")
RAW_TEX = re.compile(r"\\(?:begin|end)\{|\\[A-Za-z]{2,}(?:\{|\b)")
MATH = re.compile(r"\$\$.*?\$\$|(?<![\\$])\$(?=\S)(?:[^$\\]|\\.)*?(?<=\S)\$(?!\d)")
IMAGE = re.compile(
    r"!\[(?P<cap>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<path>[^)\s]+)[^)]*\)(?P<attr>\{[^}]*\})?"
)
ATTRIBUTES = re.compile(
    r"(?<![`$=\w}])\{(?P<inner>\s*[#.][^{}]*|[^{}`]*\w[\w-]*=[^{}]*)\}|\]\{(?P<span>[^{}]*)\}"
)
KEY = re.compile(r"([\w-]+)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'}]+)")
DIV = re.compile(r"^\s*:{3,}\s*(?P<info>.*?)\s*:*\s*$")
REFUSED_CLASSES: Mapping[str, str] = {
    "panel-tabset": "Write headings; a tabset cannot be printed.",
    "column-margin": "Write a footnote.",
    "aside": "Write a footnote.",
    "columns": "Write one column, or a table.",
    "column": "Write one column, or a table.",
    "panel-sidebar": "Write plain prose.",
    "panel-fill": "Write plain prose.",
    "panel-input": "Write plain prose.",
    "landscape": "Make the table narrower.",
    "unlisted": "Leave it out; a heading is listed.",
    "appendix": "Write a heading with .unnumbered.",
    "code-line-numbers": "Leave it out.",
    "incremental": "Leave it out.",
    "fragment": "Leave it out.",
    "hidden": "Use .content-hidden with a format or profile.",
    "theorem": "Write a callout.",
    "proof": "Write a callout.",
}
DIV_KEYS = frozenset(
    {"title", "icon", "collapse", "appearance", "when-format", "unless-format", "when-profile",
     "unless-profile", "custom-style", "lang"}
)  # fmt: skip
IMAGE_KEYS = frozenset({"fig-alt", "alt", "width", "height"})
CONDITIONS = ("when-format", "unless-format")
FORMAT_WORDS = ("html", "docx", "typst")


def line_faults(line: Line, meta: Mapping[str, str]) -> Iterator[Issue]:
    """Find what a single line of prose may not hold.

    Parameters
    ----------
    line : Line
    meta : Mapping of str to str
        The keys that the ``meta`` shortcode may name.

    Returns
    -------
    iterator of Issue
    """
    if line.verbatim:
        yield from _fence_faults(line)
        yield from _shown_faults(line, line.text)
        return
    text = COMMENT.sub("", line.text)
    for span in CODE_SPAN.finditer(text):
        yield from _shown_faults(line, span.group(2))
    if RAW_INLINE.search(text):
        message = "Raw markup reaches one format only. Write Markdown."
        yield fault(line, "raw_inline", message, construct="raw inline")
    plain = without_code(text)
    yield from _shortcode_faults(line, plain, meta)
    plain = MATH.sub("", plain)
    if HTML_TAG.search(AUTOLINK.sub("", plain)):
        message = "HTML reaches one format only. Write Markdown, a div or a span."
        yield fault(line, "raw_html", message, construct="raw HTML")
    if RAW_TEX.search(plain) and not plain.lstrip().startswith("$$") and "$$" not in plain:
        yield from _tex_fault(line)
    if re.search(r"\(@\w*\)", plain):
        message = "Numbered example lists are not in the subset. Write a numbered list."
        yield fault(line, "example_list", message, construct="example list")


def _tex_fault(line: Line) -> Iterator[Issue]:
    command = RAW_TEX.search(line.text)
    shown = command.group(0) if command else ""
    instead = "{{< pagebreak >}}" if "page" in shown else "Markdown, or $...$ around mathematics"
    message = f"TeX outside mathematics ('{shown}') reaches no format here. Write {instead}."
    yield fault(line, "raw_tex", message, construct="raw TeX")


def _fence_faults(line: Line) -> Iterator[Issue]:
    found = FENCE.match(line.text)
    info = found["info"] if found else ""
    if info.startswith("{="):
        message = "Raw markup reaches one format only. Write Markdown."
        yield fault(line, "raw_block", message, construct="raw block")
    elif info.startswith("{{"):
        message = "An escaped cell is not in the subset. Write ```python for code that is shown."
        yield fault(line, "escaped_cell", message, construct="code fence")
    elif KEY.search(info):
        message = "Attributes on a code block are not in the subset. Write the language only."
        yield fault(line, "code_attributes", message, construct="code fence")


def _shown_faults(line: Line, text: str) -> Iterator[Issue]:
    """Find what Quarto would run inside code that is only shown."""
    if BARE_SHORTCODE.search(text):
        message = "Quarto runs a shortcode inside code. Write three braces: {{{< name >}}}."
        yield fault(line, "shown_shortcode", message, construct="shortcode")
    if INLINE_CODE.search(text):
        message = "Quarto runs inline code inside a code block. Show it in a span of two backticks."
        yield fault(line, "shown_inline", message, construct="inline code")


def _shortcode_faults(line: Line, text: str, meta: Mapping[str, str]) -> Iterator[Issue]:
    if "{{<" in text and not SHORTCODE.search(text):
        message = "This shortcode is not closed with '>}}' on its line."
        yield fault(line, "shortcode", message, construct="shortcode")
    for found in SHORTCODE.finditer(text):
        name, rest = found["name"], found["rest"].strip()
        alone = text.strip() == found.group(0)
        if name not in ("pagebreak", "meta", "include"):
            message = f"The shortcode '{name}' is not in the subset: pagebreak, meta, include."
            near = nearest(name, {"pagebreak", "meta", "include"})
            yield fault(line, "shortcode", message, construct="shortcode", near=near)
        elif name == "meta" and rest not in meta:
            message = f"No metadata is named '{rest}'."
            yield fault(
                line, "shortcode_meta", message, construct="meta", near=nearest(rest, {*meta})
            )
        elif name != "meta" and not alone:
            message = f"The shortcode '{name}' needs a line of its own."
            yield fault(line, "shortcode", message, construct=name)


def image_faults(line: Line, folder: Path) -> Iterator[Issue]:
    """Find faults of the images in a line: no alternative text, a remote or missing file.

    Parameters
    ----------
    line : Line
    folder : Path
        The document's folder.

    Returns
    -------
    iterator of Issue
    """
    for found in IMAGE.finditer(without_code(line.text)):
        path, attributes = found["path"], found["attr"] or ""
        keys = dict(KEY.findall(attributes))
        for key in sorted(set(keys) - IMAGE_KEYS):
            message = f"The image attribute '{key}' is not in the subset: fig-alt, width, height."
            yield fault(line, "image_attribute", message, construct="image")
        if not (keys.get("fig-alt") or keys.get("alt") or found["cap"]).strip("\"' "):
            message = 'An image needs alternative text. Add {fig-alt="..."}.'
            yield fault(line, "image_alt", message, construct="image")
        if "#fig-" in attributes and "fig-alt" not in keys:
            message = 'A figure needs alternative text beside its caption. Add fig-alt="...".'
            yield fault(line, "image_alt", message, construct="image")
        yield from _file_faults(line, path, folder)


def _file_faults(line: Line, path: str, folder: Path) -> Iterator[Issue]:
    if re.match(r"^\w+:", path):
        message = "An image must lie in the project; a report fetches nothing from the network."
        yield fault(line, "image_remote", message, construct="image")
    elif Path(path).suffix.lower() not in (".png", ".jpg", ".jpeg"):
        message = "Images are .png or .jpg here: Word shows no other kind without extra software."
        yield fault(line, "image_kind", message, construct="image")
    elif not (folder / path).is_file():
        message = f"The image '{path}' does not exist in the document's folder."
        yield fault(line, "image_missing", message, construct="image")


def div_faults(lines: Iterable[Line]) -> Iterator[Issue]:
    """Find divs left open, and classes and attributes of divs and spans outside the subset.

    Parameters
    ----------
    lines : iterable of Line

    Returns
    -------
    iterator of Issue
    """
    opened: list[Line] = []
    for line in lines:
        if line.verbatim:
            continue
        found = DIV.match(line.text)
        if found is None:
            yield from _attribute_faults(line)
        elif found["info"]:
            opened.append(line)
            yield from _div_faults(line, found["info"])
        elif opened:
            opened.pop()
        else:
            yield fault(line, "div", "This ':::' closes nothing. Remove it.", construct="div")
    for line in opened:
        yield fault(line, "div", "This div is never closed. Add ':::'.", construct="div")


def _div_faults(line: Line, info: str) -> Iterator[Issue]:
    inner = info.strip("{} ") if info.startswith("{") else f".{info}"
    yield from _inner_faults(line, inner, construct="div")
    callouts = [name for name in _classes(inner) if name.startswith("callout")]
    for name in callouts:
        if name.removeprefix("callout-") not in CALLOUTS:
            message = f"'{name}' is not a callout. Kinds: {', '.join(CALLOUTS)}."
            near = nearest(name, {f"callout-{kind}" for kind in CALLOUTS})
            yield fault(line, "callout", message, construct="callout", near=near)


def _attribute_faults(line: Line) -> Iterator[Issue]:
    text = IMAGE.sub("", without_code(line.text))
    for found in ATTRIBUTES.finditer(text):
        inner = found["span"] if found["span"] is not None else found["inner"]
        yield from _inner_faults(line, inner or "", construct="attributes")


def _classes(inner: str) -> list[str]:
    return re.findall(r"(?:^|\s)\.([\w-]+)", KEY.sub("", inner))


def _inner_faults(line: Line, inner: str, *, construct: str) -> Iterator[Issue]:
    classes = _classes(inner)
    keys = {key: value.strip("\"'") for key, value in KEY.findall(inner)}
    for name in classes:
        instead = REFUSED_CLASSES.get(name)
        if instead is None and name.startswith(("column-", "layout-", "page-")):
            instead = "Every block has the width of the text."
        if instead is not None:
            message = f"The class '{name}' is not in the subset. {instead}"
            yield fault(line, "class", message, construct=construct)
    for key in sorted(set(keys) - DIV_KEYS):
        message = f"The attribute '{key}' is not in the subset. Remove it."
        yield fault(line, "attribute", message, construct=construct, near=nearest(key, DIV_KEYS))
    yield from _condition_faults(line, classes, keys)


def _condition_faults(line: Line, classes: list[str], keys: Mapping[str, str]) -> Iterator[Issue]:
    conditions = [key for key in keys if key.startswith(("when-", "unless-"))]
    if bool(conditions) != bool({"content-visible", "content-hidden"} & set(classes)):
        message = (
            "Write .content-visible or .content-hidden with a when-... or unless-... attribute."
        )
        yield fault(line, "condition", message, construct="conditional content")
    for key in CONDITIONS:
        if key in keys and keys[key] not in FORMAT_WORDS:
            message = f"'{key}' takes html, docx or typst (the PDF is made by Typst)."
            yield fault(line, "condition", message, construct="conditional content")
