"""The reports folder, `_quarto.yml` and a document's front matter, as frozen values."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TypeAlias, cast

import yaml

from relatum.errors import Issue, ReportError
from relatum.reports.options import document_faults, key_lines
from relatum.reports.outputs import Format, quarto_name
from relatum.reports.people import Author, author_issues, parse_authors
from relatum.reports.source import Line

__all__ = [
    "Execute",
    "Project",
    "Settings",
    "find_reports",
    "front_matter_faults",
    "load_mapping",
    "read_project",
    "settings_for",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Execute:
    """The defaults for all cells."""

    echo: bool = True
    warning: bool = True
    output: bool = True
    include: bool = True
    eval: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A folder with a ``_quarto.yml``.

    Attributes
    ----------
    folder : Path
    profile : str or None
        The profile whose ``_quarto-<profile>.yml`` was laid over the project file.
    config : Mapping
        The merged project file.
    faults : tuple of Issue
    """

    folder: Path
    profile: str | None
    config: Mapping[str, object]
    faults: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a document says about itself, for one format.

    Attributes
    ----------
    title, subtitle, date, abstract, abstract_title, lang, toc_title : str
    authors : tuple of Author
    keywords : tuple of str
    bibliography, css, headers : tuple of Path
        Absolute paths.
    reference_doc : Path or None
    toc, number_sections : bool
    toc_depth : int
    fig_width, fig_height : float
        Default figure size in inches.
    fig_dpi : int
        Resolution of bitmaps.
    paper : str
        Paper of the PDF, such as ``a4``.
    execute : Execute
    meta : Mapping of str to str
        What the ``meta`` shortcode may print, by dotted key.
    """

    title: str = ""
    subtitle: str = ""
    date: str = ""
    abstract: str = ""
    abstract_title: str = "Abstract"
    lang: str = "en"
    toc_title: str = "Contents"
    authors: tuple[Author, ...] = ()
    keywords: tuple[str, ...] = ()
    bibliography: tuple[Path, ...] = ()
    css: tuple[Path, ...] = ()
    headers: tuple[Path, ...] = ()
    reference_doc: Path | None = None
    toc: bool = False
    toc_depth: int = 3
    number_sections: bool = False
    fig_width: float = 7.0
    fig_height: float = 5.0
    fig_dpi: int = 200
    paper: str = "a4"
    execute: Execute = field(default_factory=Execute)
    meta: Mapping[str, str] = field(default_factory=dict)


Issues: TypeAlias = tuple[Issue, ...]


def find_reports() -> Path:
    """Find the reports folder of this installation.

    Returns
    -------
    Path
        ``reports/`` of the source tree when the package runs from one, otherwise the copy inside
        the installed package. It may be read-only.

    Raises
    ------
    ReportError
        When neither has a ``_quarto.yml``.
    """
    package = Path(str(files("relatum")))
    for folder in (package.parents[1] / "reports", package / "_shipped" / "reports"):
        if (folder / "_quarto.yml").is_file():
            return folder
    raise ReportError(
        "The reports folder was not found beside the package or inside it. Reinstall relatum, "
        "or give the path of a document in a folder with a _quarto.yml."
    )


def read_project(document: Path, *, profile: str | None = None) -> Project:
    """Read the project that a document belongs to.

    Parameters
    ----------
    document : Path
        A ``.qmd`` file; its folder or one above it holds ``_quarto.yml``.
    profile : str, optional
        Lays ``_quarto-<profile>.yml`` over the project file, where there is one.

    Returns
    -------
    Project

    Raises
    ------
    ReportError
        When no project file is found or one is not YAML.
    """
    folder = _project_folder(document)
    config, faults = _read_config(folder / "_quarto.yml")
    if profile is not None:
        overlay = folder / f"_quarto-{profile}.yml"
        if overlay.is_file():
            upper, more = _read_config(overlay)
            config, faults = _merge(config, upper), faults + more
    return Project(folder=folder, profile=profile, config=config, faults=faults)


def _project_folder(document: Path) -> Path:
    start = document.resolve().parent
    for folder in (start, *start.parents):
        if (folder / "_quarto.yml").is_file():
            return folder
    raise ReportError(
        f"{document.name} is not in a report project: no _quarto.yml in its folder or above it. "
        "Copy those of the reports folder, and what they name, beside it."
    )


def _read_config(path: Path) -> tuple[dict[str, object], tuple[Issue, ...]]:
    text = path.read_text(encoding="utf-8")
    config = load_mapping(text, shown=path.name, first_line=1)
    lines = key_lines(text, first_line=1)
    faults = document_faults(config, shown=path.name, lines=lines, project=True)
    below: dict[str, object] = {}
    for name in _texts(config.pop("metadata-files", None)):
        more, problems = _read_metadata(path.parent / name, path.name, lines["metadata-files"])
        below, faults = _merge(below, more), faults + problems
    return _merge(below, config), faults


def _read_metadata(path: Path, named_in: str, line: int) -> tuple[dict[str, object], Issues]:
    """Read a file that ``metadata-files`` names; one with authors is checked field by field."""
    if not path.is_file():
        message = f"The file '{path.name}' does not exist in the project folder."
        row, rule = f"line {line}", "metadata_file"
        return {}, (
            Issue(table=named_in, row=row, field="metadata-files", rule=rule, message=message),
        )
    text = path.read_text(encoding="utf-8")
    config = load_mapping(text, shown=path.name, first_line=1)
    lines = key_lines(text, first_line=1)
    checked = {key: value for key, value in config.items() if key != "author"}
    faults = document_faults(checked, shown=path.name, lines=lines, project=False)
    return config, faults + (author_issues(text, shown=path.name) if "author" in config else ())


def load_mapping(text: str, *, shown: str, first_line: int) -> dict[str, object]:
    """Read a YAML mapping, with the line in the message when it cannot be read.

    Parameters
    ----------
    text : str
    shown : str
        The file's name for messages.
    first_line : int
        The number of the text's first line in that file.

    Returns
    -------
    dict

    Raises
    ------
    ReportError
        When the text is no YAML mapping.
    """
    try:
        loaded = yaml.safe_load(text)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        line = first_line + (mark.line if mark is not None else 0)
        what = getattr(problem, "problem", None) or "it cannot be read"
        raise ReportError(f"{shown}:{line} [yaml] This is not valid YAML: {what}.") from None
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise ReportError(f"{shown}:{first_line} [yaml] Write 'key: value' pairs here.")
    return {str(key): value for key, value in loaded.items()}


def _merge(lower: Mapping[str, object], upper: Mapping[str, object]) -> dict[str, object]:
    merged = dict(lower)
    for key, value in upper.items():
        below = merged.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            merged[key] = _merge(below, value)
        else:
            merged[key] = value
    return merged


def front_matter_faults(text: str, *, line: Line) -> tuple[Issue, ...]:
    """Check a document's front matter against the subset.

    Parameters
    ----------
    text : str
        The YAML text.
    line : Line
        The opening rule of the front matter.

    Returns
    -------
    tuple of Issue
    """
    config = load_mapping(text, shown=line.file, first_line=line.number + 1)
    lines = key_lines(text, first_line=line.number + 1)
    return document_faults(config, shown=line.file, lines=lines, project=False)


def settings_for(project: Project, front_matter: str, *, shown: str, wanted: Format) -> Settings:
    """Lay project, profile and front matter over one another for one format.

    Parameters
    ----------
    project : Project
    front_matter : str
        The document's YAML text.
    shown : str
        The document's name for messages.
    wanted : {"html", "docx", "pdf"}

    Returns
    -------
    Settings
    """
    own = load_mapping(front_matter, shown=shown, first_line=2)
    merged = _merge(project.config, own)
    if "author" in own and "author" in project.config:
        # Quarto joins the lists of a project and a document.
        merged["author"] = [*_list(project.config["author"]), *_list(own["author"])]
    formats = merged.get("format")
    special = formats.get(quarto_name(wanted)) if isinstance(formats, Mapping) else None
    flat = _merge(merged, special) if isinstance(special, Mapping) else merged
    return _settings(flat, project.folder)


def _settings(flat: Mapping[str, object], folder: Path) -> Settings:
    base = Settings()
    return Settings(
        title=_text(flat, "title"),
        subtitle=_text(flat, "subtitle"),
        date=_text(flat, "date"),
        abstract=_text(flat, "abstract"),
        abstract_title=_text(flat, "abstract-title") or base.abstract_title,
        lang=_text(flat, "lang") or base.lang,
        toc_title=_text(flat, "toc-title") or base.toc_title,
        authors=parse_authors(flat.get("author")),
        keywords=_texts(flat.get("keywords")),
        bibliography=_paths(flat.get("bibliography"), folder),
        css=_paths(flat.get("css"), folder),
        headers=_paths(flat.get("include-in-header"), folder),
        reference_doc=next(iter(_paths(flat.get("reference-doc"), folder)), None),
        toc=bool(flat.get("toc", base.toc)),
        toc_depth=int(_number(flat, "toc-depth", base.toc_depth)),
        number_sections=bool(flat.get("number-sections", base.number_sections)),
        fig_width=_number(flat, "fig-width", base.fig_width),
        fig_height=_number(flat, "fig-height", base.fig_height),
        fig_dpi=int(_number(flat, "fig-dpi", base.fig_dpi)),
        paper=_text(flat, "papersize") or base.paper,
        execute=_execute(flat.get("execute")),
        meta=_flatten(flat),
    )


def _text(flat: Mapping[str, object], key: str) -> str:
    value = flat.get(key)
    if isinstance(value, datetime.date):
        return value.isoformat()
    return "" if value is None else str(value).strip()


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _texts(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(part) for part in value) if isinstance(value, list) else (str(value),)


def _paths(value: object, folder: Path) -> tuple[Path, ...]:
    return tuple(folder / part for part in _texts(value))


def _number(flat: Mapping[str, object], key: str, default: float) -> float:
    return float(cast("float", flat.get(key, default)))


def _execute(value: object) -> Execute:
    given = value if isinstance(value, Mapping) else {}
    base = Execute()
    return Execute(
        echo=bool(given.get("echo", base.echo)),
        warning=bool(given.get("warning", base.warning)),
        output=bool(given.get("output", base.output)),
        include=bool(given.get("include", base.include)),
        eval=bool(given.get("eval", base.eval)),
    )


def _flatten(flat: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in flat.items():
        if isinstance(value, Mapping):
            found.update(_flatten(value, f"{prefix}{key}."))
        elif isinstance(value, (str, int, float, datetime.date)):
            shown = value.isoformat() if isinstance(value, datetime.date) else str(value)
            found[f"{prefix}{key}"] = shown
    return found
