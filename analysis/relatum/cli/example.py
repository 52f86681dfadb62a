"""``relatum example``: a copy of a shipped sample, files to import, or a comparison of files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from relatum.cli.common import JsonOption, OutOption, emit, examples
from relatum.errors import UsageError

HELP = """Copy a sample that ships with relatum, or files to import.

NAME is simulated (a draw that satisfies every published figure), anna (the case that the chapter
narrates), invalid (a small sample with many faults, to see what relatum check says) or import (an
invented file of every format that relatum import reads, with a README to follow). DIR is a folder
that does not exist yet, or an empty one. Without NAME the examples are listed.

NAME can be reports: the documents that relatum renders, with style and template, to change for a
study that exists already; its plan then names the folder. (relatum init --reports starts with one.)

NAME can also be linea137 (files of Línea 137, of calls or of interventions) or ctdc-dhs (a file of
the CTDC, then one of the DHS): records on trafficking are compared with records on violence by
partners in the files that you supply, and a report of aggregates is written to --out. It shows
which verdicts change once a blank is no longer read as absent."""

#: What is copied that is no sample.
DOCUMENTS = {"reports": "the documents that relatum renders, to change for a study of your own"}

NameArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="NAME",
        help="simulated, anna, invalid, import, reports, linea137 or ctdc-dhs.",
    ),
]
PlacesArgument = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="DIR|FILE",
        help="Where to put the copy, a folder called NAME if left out; or the registry's files.",
    ),
]
MarginOption = Annotated[
    float,
    typer.Option(
        "--margin",
        metavar="SHARE",
        help="Registries: differences of shares up to this count as none.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the verb to an application."""
    closing = examples(
        "relatum example anna my_sample",
        "relatum example import my_examples",
        "relatum example linea137 llamados_2017.csv llamados_2018.csv --out linea137_report",
    )
    app.command("example", help=HELP, epilog=closing)(example)


def example(
    name: NameArgument = None,
    places: PlacesArgument = None,
    out: OutOption = None,
    margin: MarginOption = 0.15,
    as_json: JsonOption = False,
) -> None:
    """Copy an example, list them, or compare files of open registries."""
    from relatum.cli.example_registry import REGISTRY_EXAMPLES, compare_files
    from relatum.samples.examples import EXAMPLES, copy_example

    given = places or []
    if name is None:
        known = {**EXAMPLES, **DOCUMENTS, **REGISTRY_EXAMPLES}
        lines = "\n".join(f"{key:<10} {text}" for key, text in known.items())
        emit({"examples": known}, lines, json_mode=as_json)
        return
    if name in REGISTRY_EXAMPLES:
        compare_files(name, given, out, margin=margin, as_json=as_json)
        return
    if len(given) > 1 or (given and out):
        msg = f"'{name}' is copied to one folder; name it once."
        raise UsageError(msg)
    target = out or (given[0] if given else Path(name))
    if name in DOCUMENTS:
        _copy_documents(name, target, as_json=as_json)
        return
    place = copy_example(name, target)
    files = sorted(
        path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()
    )
    following = f"read {place}/README.md" if name == "import" else f"relatum check {place}"
    text = f"'{name}' copied to {place}: {len(files)} files.\nNext: {following}"
    emit({"example": name, "folder": str(place), "files": files}, text, json_mode=as_json)


def _copy_documents(name: str, folder: Path, *, as_json: bool) -> None:
    from relatum.reports.copies import copy_reports

    files = [path.as_posix() for path in copy_reports(folder)]
    text = (
        f"'{name}' copied to {folder}: {len(files)} files.\n"
        f"Next: name the authors in {folder}/authors.yml, and the folder in your plan, seen from "
        f'there:\n[reports]\nfolder = "{folder.resolve().name}"'
    )
    emit({"example": name, "folder": str(folder), "files": files}, text, json_mode=as_json)
