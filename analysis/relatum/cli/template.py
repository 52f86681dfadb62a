"""``relatum template``: spreadsheets to code into."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from relatum.cli.common import JsonOption, emit, examples
from relatum.cli.own_codes import (
    ExtendNameOption,
    ExtendOption,
    RevisionOption,
    chosen_schema,
    extend_words,
)

HELP = """Write spreadsheets to code into.

DIR is a folder that does not exist yet, or an empty one. The wide form has a row per relationship
and a column per code; the long form has a row per coding, with its dates and sources. Both come as
an Excel workbook with drop-down lists and definitions, and as CSV files. Rows marked EXAMPLE show
how a row is filled in and are never read as data. With --extend the templates hold own codes, too;
name the same file when they are read back."""


class TemplateForm(StrEnum):
    """The forms of a template."""

    wide = "wide"
    long = "long"


FolderArgument = Annotated[Path, typer.Argument(metavar="DIR", help="Where to write.")]
FormOption = Annotated[
    TemplateForm | None,
    typer.Option("--form", help="Write one form only.", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Add the verb to an application."""
    closing = examples(
        "relatum template templates",
        "relatum template templates --form wide --extend my_codes.csv",
    )
    app.command("template", help=HELP, epilog=closing)(template)


def template(
    folder: FolderArgument,
    form: FormOption = None,
    extend: ExtendOption = None,
    extend_name: ExtendNameOption = None,
    revision: RevisionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write templates."""
    from relatum.samples.templates import FORMS, write_templates
    from relatum.schema import load_schema

    schema = chosen_schema(extend, extend_name, revision) or load_schema()
    forms = FORMS if form is None else (form.value,)
    files = write_templates(folder, forms=forms, schema=schema)
    books = ", ".join(str(folder / f"{name}.xlsx") for name in forms)
    again = extend_words(extend, extend_name, revision)
    text = (
        f"{len(files)} files written to {folder}.\n"
        f"Fill in {books}, or the CSV files beside; then relatum import template FILE DIR{again}"
    )
    payload = {"folder": str(folder), "schema_version": schema.version, "files": list(files)}
    emit(payload, text, json_mode=as_json)
