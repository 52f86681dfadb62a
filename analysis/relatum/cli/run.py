"""``relatum run``: check, fit, release and render a plan in one go."""

from __future__ import annotations

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
from relatum.cli.render import (
    AnonymousOption,
    DocumentsOption,
    EngineOption,
    FormatOption,
    chosen_engine,
    chosen_formats,
)

HELP = """Do everything that a plan asks for: check, fit, release, render.

STUDY is a study.toml; the shipped plan if left out. Results, tables and reports go to out/<study>/
as a whole: when a step fails, the folder stays as it was. With --anonymous the reports are also
rendered for blind review, into anonymous/, and every output is looked through for names, addresses
and paths (see relatum render --help).

What was computed or rendered from the same content before is taken from the cache,
out/.relatum-cache/, which may be deleted; the files are the same with and without it."""


def register(app: typer.Typer) -> None:
    """Add the verb to an application."""
    closing = examples("relatum run", "relatum run my_study.toml --out results")
    app.command("run", help=HELP, epilog=closing)(run)


def run(
    study: StudyArgument = None,
    engine: EngineOption = None,
    formats: FormatOption = None,
    anonymous: AnonymousOption = False,
    jobs: DocumentsOption = None,
    no_cache: NoCacheOption = False,
    fresh: FreshOption = False,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run a plan and say where everything lies."""
    from relatum.pipeline import run_study
    from relatum.study import read_study

    wanted, with_engine = chosen_formats(formats), chosen_engine(engine)
    cache = chosen_cache(no_cache=no_cache, fresh=fresh)
    plan = read_study(study)
    with progress("Running"):
        summary = run_study(
            plan,
            out or DEFAULT_OUT,
            formats=wanted,
            engine=with_engine,
            anonymous=anonymous,
            cache=cache,
            jobs=jobs,
        )
    emit(summary_payload(summary), summary_text(summary), json_mode=as_json)
