"""The keys that `_quarto.yml`, a front matter and a cell may use, each with its check."""

from __future__ import annotations

import datetime
import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import yaml

from relatum.errors import Issue

__all__ = [
    "AUTHOR_KEYS",
    "CELL_KEYS",
    "OptionFault",
    "document_faults",
    "key_lines",
    "nearest",
    "value_fault",
]

#: What an author may have.
AUTHOR_KEYS = frozenset(
    {"name", "orcid", "email", "corresponding", "affiliation", "affiliations", "role", "roles"}
    | {"url", "equal-contributor"}
)

Check = Callable[[object], str]


def _boolean(value: object) -> str:
    return "" if isinstance(value, bool) else "Write true or false."


def _string(value: object) -> str:
    return "" if isinstance(value, str) and value.strip() else "Write a text."


def _strings(value: object) -> str:
    given = value if isinstance(value, list) else [value]
    return "" if all(isinstance(part, str) for part in given) else "Write a text or a list of them."


def _positive(value: object) -> str:
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
    return "" if good else "Write a number above zero."


def _anything(value: object) -> str:
    return ""


def one_of(*allowed: object) -> Check:
    """Make a check that admits these values only."""

    def check(value: object) -> str:
        known = any(value == one and type(value) is type(one) for one in allowed)
        shown = ", ".join(
            str(one).lower() if isinstance(one, bool) else str(one) for one in allowed
        )
        return "" if known else f"In the subset: {shown}."

    return check


def _date(value: object) -> str:
    if isinstance(value, datetime.date):
        return ""
    good = isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) is not None
    return (
        "" if good else "Write a literal date as YYYY-MM-DD; a date of today changes every build."
    )


def _author(value: object) -> str:
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, Mapping):
            if set(part) - AUTHOR_KEYS or "name" not in part:
                return f"An author has {', '.join(sorted(AUTHOR_KEYS))}; name is required."
        elif not isinstance(part, str):
            return "Write a name, or a list of entries with name, orcid and affiliation."
    return ""


SHARED: Mapping[str, Check] = MappingProxyType(
    {
        "toc": _boolean,
        "toc-depth": _positive,
        "toc-title": _string,
        "number-sections": _boolean,
        "fig-dpi": _positive,
    }
)
FORMAT_KEYS: Mapping[str, Mapping[str, Check]] = MappingProxyType(
    {
        "html": {
            **SHARED,
            "css": _strings,
            "embed-resources": one_of(True),
            "fig-format": one_of("svg"),
            "html-math-method": one_of("mathml"),
            "theme": _string,
            "toc-location": one_of("left"),
        },
        "docx": {**SHARED, "fig-format": one_of("png"), "reference-doc": _string},
        "typst": {
            **SHARED,
            "fig-format": one_of("svg"),
            "include-in-header": _strings,
            "mainfont": one_of("Libertinus Serif"),
            "papersize": one_of("a4", "us-letter"),
            "section-numbering": one_of("1.1", "1.1.1"),
            # Quarto's Typst would cite in a style of its own.
            "citeproc": one_of(True),
        },
    }
)
DOCUMENT_KEYS: Mapping[str, Check] = MappingProxyType(
    {
        **SHARED,
        "title": _string,
        "subtitle": _string,
        "author": _author,
        "date": _date,
        "abstract": _string,
        "abstract-title": _string,
        "keywords": _strings,
        "lang": _string,
        "bibliography": _strings,
        "link-citations": one_of(True),
        "jupyter": one_of("python3"),
        "fig-width": _positive,
        "fig-height": _positive,
        "relatum": _anything,
    }
)
#: Beside the keys of a document, in ``_quarto.yml`` and its profiles only.
WHOLE_KEYS: Mapping[str, Check] = MappingProxyType({"metadata-files": _strings})
PROJECT_KEYS: Mapping[str, Check] = MappingProxyType(
    {"type": one_of("default"), "output-dir": _string, "render": _strings, "title": _string}
)
EXECUTE_KEYS: Mapping[str, Check] = MappingProxyType(
    {
        "echo": _boolean,
        "warning": _boolean,
        "output": _boolean,
        "include": _boolean,
        "eval": _boolean,
        "error": one_of(False),
        "freeze": one_of(False),
        "cache": one_of(False),
        "daemon": one_of(False),
    }
)
CELL_KEYS: Mapping[str, Check] = MappingProxyType(
    {
        "label": _string,
        "fig-cap": _string,
        "fig-alt": _string,
        "tbl-cap": _string,
        "echo": _boolean,
        "warning": _boolean,
        "include": _boolean,
        "eval": _boolean,
        "error": one_of(False),
        "output": one_of(True, False, "asis"),
        "tags": _strings,
    }
)
INSTEAD: Mapping[str, str] = MappingProxyType(
    {
        "csl": "The style is Chicago author-date, the default of both engines.",
        "params": "Read an environment variable or a stored result in a cell.",
        "fig-width": "Set figsize in the code, or fig-width once in _quarto.yml.",
        "fig-height": "Set figsize in the code, or fig-height once in _quarto.yml.",
        "fig-subcap": "Draw the panels in one figure and name them in fig-cap.",
        "layout-ncol": "Draw the panels in one figure.",
        "code-fold": "Leave echo: false, and point to the source of the report.",
        "column": "Every figure has the width of the text.",
        "metadata-files": "Name them in _quarto.yml.",
        "filters": "Filters differ between the engines; write plain Markdown.",
        "include-in-header": "It belongs under format: typst.",
        "css": "It belongs under format: html.",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionFault:
    """Why a key or its value is outside the subset."""

    rule: str
    message: str
    near: str = ""


def nearest(word: str, allowed: Iterable[str]) -> str:
    """Return the allowed word most like the given one, or an empty text."""
    found = difflib.get_close_matches(word, sorted(allowed), n=1, cutoff=0.75)
    return found[0] if found else ""


def value_fault(key: str, value: object, allowed: Mapping[str, Check]) -> OptionFault | None:
    """Say why a key and its value are outside the subset; None when they are in it."""
    check = allowed.get(key)
    if check is None:
        instead = INSTEAD.get(key, "Remove it.")
        message = f"'{key}' is not in the subset. {instead}"
        return OptionFault(rule="unknown_option", message=message, near=nearest(key, allowed))
    problem = check(value)
    if not problem:
        return None
    message = f"'{key}' has a value outside the subset. {problem}"
    return OptionFault(rule="option_value", message=message)


def key_lines(text: str, *, first_line: int) -> Mapping[str, int]:
    r"""Map every dotted key of a YAML text to its line number.

    Parameters
    ----------
    text : str
    first_line : int
        Number of the text's first line.

    Returns
    -------
    Mapping of str to int

    Examples
    --------
    >>> dict(key_lines("a: 1\nb:\n  c: 2", first_line=5))
    {'a': 5, 'b': 6, 'b.c': 7}
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    return dict(_walk(root, "", first_line)) if root is not None else {}


def _walk(node: yaml.Node, prefix: str, first_line: int) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            dotted = f"{prefix}{key.value}"
            yield dotted, first_line + key.start_mark.line
            yield from _walk(value, f"{dotted}.", first_line)


def document_faults(
    config: Mapping[str, object], *, shown: str, lines: Mapping[str, int], project: bool
) -> tuple[Issue, ...]:
    """Check a project file or a front matter, key by key.

    Parameters
    ----------
    config : Mapping
    shown : str
        The file's name for messages.
    lines : Mapping of str to int
        Line numbers by dotted key.
    project : bool
        True for ``_quarto.yml``, which may also hold ``project:``.

    Returns
    -------
    tuple of Issue
    """
    found: list[Issue] = []
    for dotted, value, allowed in _pairs(config, project):
        fault = value_fault(dotted.rsplit(".", 1)[-1], value, allowed)
        if fault is not None:
            found.append(
                Issue(
                    table=shown,
                    row=f"line {lines.get(dotted, 1)}",
                    field=dotted,
                    rule=fault.rule,
                    message=fault.message,
                    near=fault.near,
                )
            )
    return tuple(found)


def _pairs(
    config: Mapping[str, object], project: bool
) -> Iterator[tuple[str, object, Mapping[str, Check]]]:
    nested: dict[str, Mapping[str, Check]] = {"execute": EXECUTE_KEYS}
    plain = DOCUMENT_KEYS
    if project:
        nested["project"] = PROJECT_KEYS
        plain = {**DOCUMENT_KEYS, **WHOLE_KEYS}
    for key, value in config.items():
        if key == "format":
            yield from _format_pairs(value)
        elif key in nested and isinstance(value, Mapping):
            for inner, given in value.items():
                yield f"{key}.{inner}", given, nested[key]
        else:
            yield key, value, plain


def _format_pairs(value: object) -> Iterator[tuple[str, object, Mapping[str, Check]]]:
    named = value if isinstance(value, Mapping) else {str(value): "default"}
    known = dict.fromkeys(FORMAT_KEYS, _anything)
    for name, options in named.items():
        yield f"format.{name}", options, known
        if name in FORMAT_KEYS and isinstance(options, Mapping):
            for key, given in options.items():
                yield f"format.{name}.{key}", given, FORMAT_KEYS[name]
