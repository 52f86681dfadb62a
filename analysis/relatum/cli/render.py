"""``relatum render``: the reports of a plan, from results that lie in its folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias, TypeVar

import typer

from relatum.cli.common import JsonOption, OutOption, emit, examples, progress
from relatum.cli.fit import (
    DEFAULT_OUT,
    FreshOption,
    NoCacheOption,
    StudyArgument,
    chosen_cache,
    summary_payload,
    summary_text,
)
from relatum.errors import Issue, ReportError, UsageError

Format: TypeAlias = Literal["html", "docx", "pdf"]
Engine: TypeAlias = Literal["auto", "quarto", "builtin"]
Choice = TypeVar("Choice", bound=str)
FORMATS: tuple[Format, ...] = ("html", "docx", "pdf")
ENGINES: tuple[Engine, ...] = ("auto", "quarto", "builtin")

HELP = """Render the reports of a plan to HTML, Word and PDF.

STUDY is a study.toml; the shipped plan if left out. The results must lie in out/<study>/ already
(relatum fit). With --check the documents are only looked through: whatever one of the two engines
cannot render is listed with its line, and so are words that a report does not use.

With --anonymous the reports go to out/<study>/anonymous/ without authors, affiliations, thanks,
repository and DOI. Every output is then looked through: if anything tells who wrote it or on which
machine, nothing is written, and file and place are listed.

A document whose sources and results did not change since an earlier run is taken from the cache,
out/.relatum-cache/; the files are the same. When a document fails, all files stay as they were.

Ends with 12 if the results are missing or of another plan, and with 14 for a faulty document or for
one that is not anonymous."""

EngineOption = Annotated[
    str | None,
    typer.Option(
        "--engine",
        metavar="NAME",
        help="auto, quarto or builtin; the plan's if left out.",
        show_default=False,
    ),
]
FormatOption = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        "-f",
        metavar="NAME",
        help="html, docx or pdf; repeat for several; the plan's if left out.",
        show_default=False,
    ),
]
CheckOption = Annotated[bool, typer.Option("--check", help="Look for faults, render nothing.")]

AnonymousOption = Annotated[
    bool,
    typer.Option("--anonymous", help="Name no authors: for blind review, into anonymous/."),
]

DocumentsOption = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        metavar="INTEGER",
        help="Documents rendered at a time; the processors if left out.",
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the verb to an application."""
    lines = ("relatum render", "relatum render --format pdf --engine builtin")
    app.command("render", help=HELP, epilog=examples(*lines, "relatum render --check"))(render)


def render(
    study: StudyArgument = None,
    engine: EngineOption = None,
    formats: FormatOption = None,
    only_check: CheckOption = False,
    anonymous: AnonymousOption = False,
    jobs: DocumentsOption = None,
    no_cache: NoCacheOption = False,
    fresh: FreshOption = False,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Render, or only check, the documents of a plan."""
    from relatum.pipeline import check_documents, render_study
    from relatum.study import read_study

    wanted, with_engine = chosen_formats(formats), chosen_engine(engine)
    cache = chosen_cache(no_cache=no_cache, fresh=fresh)
    plan = read_study(study)
    if only_check:
        _report_check(plan.reports.documents, check_documents(plan), as_json=as_json)
        return
    with progress("Rendering"):
        summary = render_study(
            plan,
            out or DEFAULT_OUT,
            formats=wanted,
            engine=with_engine,
            anonymous=anonymous,
            cache=cache,
            jobs=jobs,
        )
    emit(summary_payload(summary), summary_text(summary), json_mode=as_json)


def chosen_formats(given: list[str] | None) -> tuple[Format, ...]:
    """Return the formats of the command line.

    Raises
    ------
    UsageError
        For a name that is not a format.

    Examples
    --------
    >>> chosen_formats(["pdf"]), chosen_formats(None)
    (('pdf',), ())
    """
    return tuple(_chosen(name, FORMATS, "format") for name in given or ())


def chosen_engine(given: str | None) -> Engine | None:
    """Return the engine of the command line; None for the plan's.

    Raises
    ------
    UsageError
        For a name that is not an engine.
    """
    return None if given is None else _chosen(given, ENGINES, "engine")


def _chosen(name: str, allowed: tuple[Choice, ...], what: str) -> Choice:
    for choice in allowed:
        if choice == name:
            return choice
    raise UsageError(f"'{name}' is not a {what}. Allowed: {', '.join(map(str, allowed))}.")


def _report_check(documents: Sequence[str], issues: Sequence[Issue], *, as_json: bool) -> None:
    if issues:
        count = "1 fault" if len(issues) == 1 else f"{len(issues)} faults"
        only_words = all(issue.field == "words" for issue in issues)
        what = "the words of these documents" if only_words else "these documents"
        msg = f"{count} in {what}; mend them before rendering."
        raise ReportError(msg, issues)
    words = f"{', '.join(documents)}: can be rendered by both engines."
    emit({"documents": list(documents), "issues": []}, words, json_mode=as_json)
