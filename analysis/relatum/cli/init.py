"""``relatum init``: a folder for a new study."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from relatum.cli.common import JsonOption, emit, examples

HELP = """Start a study.

DIR is a folder that does not exist yet, or an empty one. It gets an empty sample, a plan
(study.toml), a README with the next steps, and a .gitignore that keeps data out of version
control."""

FolderArgument = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the study.")]
TitleOption = Annotated[
    str | None,
    typer.Option("--title", metavar="TEXT", help="Title of the study.", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Add the verb to an application."""
    closing = examples("relatum init my_study", 'relatum init my_study --title "Police files 2020"')
    app.command("init", help=HELP, epilog=closing)(init)


def init(folder: FolderArgument, title: TitleOption = None, as_json: JsonOption = False) -> None:
    """Write the files of a new study."""
    from relatum.samples.scaffold import write_scaffold

    files = write_scaffold(folder, title=title)
    text = (
        f"A study was started in {folder}: {len(files)} files.\n"
        f"Next: read {folder / 'README.md'}, then relatum template {folder / 'templates'}"
    )
    emit({"folder": str(folder), "files": list(files)}, text, json_mode=as_json)
