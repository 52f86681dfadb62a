"""The engine that needs nothing but wheels: run the cells, compose Markdown, convert."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from relatum.reports.cells import Execution, execute
from relatum.reports.markdown import compose_markdown
from relatum.reports.outputs import Format, Output, quarto_name, suffix
from relatum.reports.pandoc import run_pandoc, shipped
from relatum.reports.pdf import compile_pdf
from relatum.reports.people import Author
from relatum.reports.project import Project, Settings, settings_for
from relatum.reports.source import Source
from relatum.reports.word import finish_docx

__all__ = ["READER", "build"]

READER = "markdown-raw_tex-latex_macros-example_lists"
#: Code scrolls where a line is long: it is reached without a mouse, and says what it is.
_CODE = re.compile(rb"<pre(?=[\s>])")
_REACHED = b'<pre tabindex="0" role="group" aria-label="Code"'


def build(
    source: Source,
    project: Project,
    *,
    formats: Sequence[Format],
    scratch: Path,
    environment: Mapping[str, str],
) -> tuple[Output, ...]:
    """Build a document that passed the lint.

    Parameters
    ----------
    source : Source
        The document inside a writable copy of its project.
    project : Project
        That copy.
    formats : sequence of {"html", "docx", "pdf"}
    scratch : Path
        Where the outputs are written.
    environment : Mapping of str to str
        Variables that the cells see.

    Returns
    -------
    tuple of Output
        One file per format, in ``scratch``.

    Raises
    ------
    ReportError
        When a cell fails or a converter refuses the result.
    """
    folder = source.path.parent
    name = source.path.name
    first = settings_for(project, source.front_matter, shown=name, wanted=formats[0])
    execution = execute(source, settings=first, folder=folder, environment=environment)
    drafts = [
        _draft(source, project, execution, wanted=wanted, folder=folder) for wanted in formats
    ]
    # The converters are programs of their own: they run side by side.
    with ThreadPoolExecutor(max_workers=len(drafts)) as pool:
        contents = list(pool.map(lambda one: _convert(one, name, project.profile or ""), drafts))
    made = []
    for draft, content in zip(drafts, contents, strict=True):
        path = scratch / (source.path.stem + suffix(draft.wanted))
        path.write_bytes(content)
        made.append(Output(format=draft.wanted, path=path))
    return tuple(made)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """The Markdown of one format, ready to be converted."""

    wanted: Format
    path: Path
    settings: Settings


def _draft(
    source: Source, project: Project, execution: Execution, *, wanted: Format, folder: Path
) -> _Draft:
    shown = source.path.name
    settings = settings_for(project, source.front_matter, shown=shown, wanted=wanted)
    markdown = compose_markdown(source, execution, settings=settings, wanted=wanted, folder=folder)
    path = folder / f"{source.path.stem}.relatum-{wanted}.md"
    path.write_text(markdown, encoding="utf-8", newline="\n")
    return _Draft(wanted=wanted, path=path, settings=settings)


def _convert(made: _Draft, name: str, profile: str) -> bytes:
    draft, settings, wanted = made.path, made.settings, made.wanted
    arguments = _common(draft, settings, wanted, profile)
    folder = draft.parent
    if wanted == "html":
        more = ["--to=html5", "--embed-resources", "--mathml"]
        more += [f"--template={shipped('templates', 'report.html')}"]
        more += [f"--css={sheet}" for sheet in settings.css]
        page = run_pandoc([*arguments, *more], folder=folder, document=name)
        return _CODE.sub(_REACHED, page)
    if wanted == "docx":
        reference = settings.reference_doc
        more = ["--to=docx", "--output=-"]
        more += [f"--reference-doc={reference}"] if reference else []
        raw = run_pandoc([*arguments, *more], folder=folder, document=name)
        return finish_docx(raw, settings=settings)
    more = ["--to=typst", f"--template={shipped('templates', 'report.typ')}"]
    more += [f"--include-in-header={header}" for header in settings.headers]
    typeset = draft.with_suffix(".typ")
    typeset.write_bytes(run_pandoc([*arguments, *more], folder=folder, document=name))
    return compile_pdf(typeset, document=name)


def _common(draft: Path, settings: Settings, wanted: Format, profile: str) -> list[str]:
    meta = draft.with_suffix(".json")
    values = _metadata(settings, wanted, profile)
    meta.write_text(json.dumps(values), encoding="utf-8")
    cited = [f"--bibliography={path}" for path in settings.bibliography]
    return [
        draft.name,
        f"--from={READER}",
        f"--metadata-file={meta.name}",
        "--standalone",
        f"--lua-filter={shipped('filters', 'visibility.lua')}",
        f"--lua-filter={shipped('filters', 'crossref.lua')}",
        *(["--citeproc", *cited] if cited else []),
        f"--lua-filter={shipped('filters', 'blocks.lua')}",
        "--syntax-highlighting=" + ("none" if wanted == "pdf" else "pygments"),
        *(["--number-sections"] if settings.number_sections else []),
        *(["--toc", f"--toc-depth={settings.toc_depth}"] if settings.toc else []),
    ]


def _metadata(settings: Settings, wanted: Format, profile: str) -> dict[str, object]:
    language, _, region = settings.lang.partition("-")
    people = [
        {
            "name": person.name,
            "orcid": person.orcid,
            "affiliation": person.affiliation,
            "email": person.email if person.corresponding else "",
        }
        for person in settings.authors
    ]
    named = [_in_one_line(person) for person in settings.authors]
    values: dict[str, object] = {
        "title": settings.title,
        "subtitle": settings.subtitle,
        "author": named if wanted == "docx" else [person.name for person in settings.authors],
        "people": people,
        "date": settings.date,
        "abstract": settings.abstract,
        "abstract-title": settings.abstract_title,
        "keywords": list(settings.keywords),
        "lang": settings.lang,
        "language": language,
        "region": region.lower(),
        "toc-title": settings.toc_title,
        "papersize": settings.paper,
        "link-citations": True,
        "relatum-format": quarto_name(wanted),
        "relatum-profile": profile,
        "relatum-numbered": settings.number_sections,
    }
    return {key: value for key, value in values.items() if value not in ("", [])}


def _in_one_line(person: Author) -> str:
    """Name an author for Word, which has one line for each."""
    orcid = f"ORCID {person.orcid}" if person.orcid else ""
    email = person.email if person.corresponding else ""
    beside = "; ".join(part for part in (person.affiliation, orcid, email) if part)
    return person.name + (f" ({beside})" if beside else "")
