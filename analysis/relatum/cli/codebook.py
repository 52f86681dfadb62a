"""``relatum codebook``: what a code means, or the whole codebook as a document."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relatum.cli.common import JsonOption, emit, examples, to_json
from relatum.errors import SchemaError, UsageError

if TYPE_CHECKING:
    from relatum.schema import Code, Schema

HELP = """Explain codes, or export the codebook.

NAME is a code, a pattern such as 'vio_*', or a table such as relationships. Without NAME the whole
codebook is printed. With --format or --out the codes are written as a document."""


class Format(StrEnum):
    """The forms of an exported codebook."""

    markdown = "markdown"
    csv = "csv"


NameArgument = Annotated[
    str | None, typer.Argument(metavar="NAME", help="A code, a pattern with *, or a table.")
]
FormatOption = Annotated[
    Format | None, typer.Option("--format", "-f", help="Form of the document.", show_default=False)
]
FileOption = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="FILE", help="File to write.", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Add the verb to an application."""
    closing = examples(
        "relatum codebook ctl_phone_checks",
        "relatum codebook --format markdown --out codebook.md",
    )
    app.command("codebook", help=HELP, epilog=closing)(codebook)


def codebook(
    name: NameArgument = None,
    form: FormatOption = None,
    out: FileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Explain or export codes."""
    from relatum.schema import load_schema

    schema = load_schema()
    codes = _chosen(schema, name)
    text = _document(schema, codes, name, form or _form_of(out))
    if out is None:
        emit({"codes": [to_json(code) for code in codes]}, text.rstrip("\n"), json_mode=as_json)
        return
    _write(out, text)
    emit(
        {"file": str(out), "codes": [code.id for code in codes]},
        f"{len(codes)} codes written to {out}.",
        json_mode=as_json,
    )


def _chosen(schema: Schema, name: str | None) -> tuple[Code, ...]:
    from relatum.schema.export import find_codes

    if name is None:
        return tuple(schema.codebook.values())
    try:
        return find_codes(schema, name)
    except SchemaError as error:
        raise UsageError(f"{error}\nAll codes: relatum codebook") from error


def _form_of(out: Path | None) -> Format | None:
    if out is None:
        return None
    forms = {".md": Format.markdown, ".markdown": Format.markdown, ".csv": Format.csv}
    if out.suffix.lower() not in forms:
        raise UsageError(f"'{out.name}' ends neither in .md nor in .csv; add --format.")
    return forms[out.suffix.lower()]


def _document(
    schema: Schema, codes: tuple[Code, ...], name: str | None, form: Format | None
) -> str:
    from relatum.schema.export import codebook_csv, codebook_markdown, explain

    if form is None:
        return "\n\n".join(explain(schema, code) for code in codes)
    if form is Format.csv:
        return codebook_csv(schema, codes)
    return codebook_markdown(schema, None if name is None else codes)


def _write(out: Path, text: str) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        part = out.with_name(f".{out.name}.part")
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(out)
    except OSError as error:
        raise UsageError(f"'{out}' could not be written: {error.strerror}.") from error
