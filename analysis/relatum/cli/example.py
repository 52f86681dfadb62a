"""``relatum example``: a copy of a shipped sample, to look at or to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from relatum.cli.common import JsonOption, emit, examples

HELP = """Copy a sample that ships with relatum.

NAME is simulated (a draw that satisfies every published figure), anna (the case that the chapter
narrates) or invalid (a small sample with many faults, to see what relatum check says). DIR is a
folder that does not exist yet, or an empty one. Without NAME the samples are listed."""

NameArgument = Annotated[
    str | None, typer.Argument(metavar="NAME", help="simulated, anna or invalid.")
]
FolderArgument = Annotated[
    Path | None,
    typer.Argument(metavar="DIR", help="Where to put the copy; a folder called NAME if left out."),
]


def register(app: typer.Typer) -> None:
    """Add the verb to an application."""
    closing = examples("relatum example anna my_sample", "relatum example simulated")
    app.command("example", help=HELP, epilog=closing)(example)


def example(
    name: NameArgument = None, folder: FolderArgument = None, as_json: JsonOption = False
) -> None:
    """Copy a shipped sample, or list them."""
    from relatum.samples.examples import EXAMPLES, copy_example

    if name is None:
        lines = "\n".join(f"{key:<10} {text}" for key, text in EXAMPLES.items())
        emit({"examples": dict(EXAMPLES)}, lines, json_mode=as_json)
        return
    place = copy_example(name, folder or Path(name))
    files = sorted(path.name for path in place.iterdir())
    text = f"'{name}' copied to {place}: {len(files)} files.\nNext: relatum check {place}"
    emit({"example": name, "folder": str(place), "files": files}, text, json_mode=as_json)
