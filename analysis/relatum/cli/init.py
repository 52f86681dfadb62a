"""``relatum init``: a folder for a new study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from relatum.cli.common import JsonOption, emit, examples

HELP = """Start a study.

DIR is a folder that does not exist yet, or an empty one. It gets an empty sample, a plan
(study.toml), a README with the next steps, and a .gitignore that keeps data out of version
control. With --reports it also gets a copy of the documents that relatum renders, with their style
and an authors.yml to fill in, and a plan that names them: change the texts as you like."""

FolderArgument = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the study.")]
TitleOption = Annotated[
    str | None,
    typer.Option("--title", metavar="TEXT", help="Title of the study.", show_default=False),
]
ReportsOption = Annotated[
    bool, typer.Option("--reports", help="Put a copy of the documents into the study.")
]


def register(app: typer.Typer) -> None:
    """Add the verb to an application."""
    closing = examples(
        "relatum init my_study", 'relatum init my_study --title "Police files 2020" --reports'
    )
    app.command("init", help=HELP, epilog=closing)(init)


def init(
    folder: FolderArgument,
    title: TitleOption = None,
    reports: ReportsOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write the files of a new study."""
    from relatum.samples.scaffold import write_scaffold

    sources = None
    if reports:
        from relatum.reports.copies import report_sources

        sources = report_sources()
    files = write_scaffold(folder, title=title, reports=sources)
    text = (
        f"A study was started in {folder}: {len(files)} files.\n"
        f"Next: read {folder / 'README.md'}, then relatum template {folder / 'templates'}"
    )
    emit({"folder": str(folder), "files": list(files)}, text, json_mode=as_json)
