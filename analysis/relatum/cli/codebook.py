"""``relatum codebook``: what a code means, or the whole codebook as a document."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relatum.cli.common import JsonOption, emit, examples, to_json
from relatum.cli.own_codes import ExtendNameOption, ExtendOption, RevisionOption, chosen_schema
from relatum.errors import SchemaError, UsageError

if TYPE_CHECKING:
    from relatum.schema import Code, Schema

HELP = """Explain codes, or export the codebook.

NAME is a code, a pattern such as 'vio_*', or a table such as relationships. Without NAME the whole
codebook is printed. With --format or --output the codes are written as a document. The forms qdc
(for MAXQDA, ATLAS.ti and NVivo) and maxqda-xlsx hold the codes that coders enter, below a parent
for their domain. With --extend own codes are checked and added."""


class Format(StrEnum):
    """The forms of an exported codebook."""

    markdown = "markdown"
    md = "md"
    csv = "csv"
    html = "html"
    qdc = "qdc"
    maxqda = "maxqda-xlsx"


_ENDINGS = {
    ".md": Format.markdown,
    ".markdown": Format.markdown,
    ".csv": Format.csv,
    ".html": Format.html,
    ".qdc": Format.qdc,
    ".xlsx": Format.maxqda,
}
_FOR_PROGRAMS = (Format.qdc, Format.maxqda)

NameArgument = Annotated[
    str | None, typer.Argument(metavar="NAME", help="A code, a pattern with *, or a table.")
]
FormatOption = Annotated[
    Format | None, typer.Option("--format", "-f", help="Form of the document.", show_default=False)
]
FileOption = Annotated[
    Path | None,
    typer.Option(
        "--output", "--out", "-o", metavar="FILE", help="File to write.", show_default=False
    ),
]


def register(app: typer.Typer) -> None:
    """Add the verb to an application."""
    closing = examples(
        "relatum codebook ctl_phone_checks",
        "relatum codebook --format markdown --output codebook.md",
        "relatum codebook --output codebook.qdc",
        "relatum codebook --extend my_codes.csv --format maxqda-xlsx --output codes.xlsx",
    )
    app.command("codebook", help=HELP, epilog=closing)(codebook)


def codebook(
    name: NameArgument = None,
    form: FormatOption = None,
    out: FileOption = None,
    extend: ExtendOption = None,
    extend_name: ExtendNameOption = None,
    revision: RevisionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Explain or export codes."""
    from relatum.schema import load_schema

    schema = chosen_schema(extend, extend_name, revision) or load_schema()
    codes = _chosen(schema, name)
    chosen = form or _form_of(out)
    if chosen in _FOR_PROGRAMS:
        _export(schema, codes, chosen, out, as_json=as_json)
        return
    text = _document(schema, codes, name, chosen)
    if out is None:
        emit({"codes": [to_json(code) for code in codes]}, text.rstrip("\n"), json_mode=as_json)
        return
    _write(out, text.encode())
    emit(
        {"file": str(out), "codes": [code.id for code in codes]},
        f"{len(codes)} codes written to {out}.",
        json_mode=as_json,
    )


def _export(
    schema: Schema, codes: tuple[Code, ...], form: Format | None, out: Path | None, *, as_json: bool
) -> None:
    """Write the codes for another program, and say which names had to be cut."""
    from relatum.schema.codebook_files import code_names, codebook_maxqda, codebook_qdc

    names = code_names(schema, codes)
    if out is None:
        raise UsageError("This form is a file for another program; add --output FILE.")
    if not names:
        raise UsageError("None of these codes is entered by coders; there is nothing to write.")
    write = codebook_qdc if form is Format.qdc else codebook_maxqda
    _write(out, write(schema, codes))
    cut = [entry for entry in names if entry.is_cut]
    for entry in cut:
        print(f"warning: the name of {entry.code} was cut to '{entry.name}'.", file=sys.stderr)
    left = len(codes) - len(names)
    rest = f" {left} codes are columns or computed and are not in it." if left else ""
    payload = {
        "file": str(out),
        "codes": [entry.code for entry in names],
        "cut_names": [{"code": entry.code, "name": entry.name} for entry in cut],
    }
    emit(payload, f"{len(names)} codes written to {out}.{rest}", json_mode=as_json)


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
    if out.suffix.lower() not in _ENDINGS:
        raise UsageError(f"'{out.name}' ends in none of {', '.join(_ENDINGS)}; add --format.")
    return _ENDINGS[out.suffix.lower()]


def _document(
    schema: Schema, codes: tuple[Code, ...], name: str | None, form: Format | None
) -> str:
    from relatum.schema.codebook_files import codebook_html
    from relatum.schema.export import codebook_csv, codebook_markdown, explain

    if form is None:
        return "\n\n".join(explain(schema, code) for code in codes)
    if form is Format.csv:
        return codebook_csv(schema, codes)
    if form is Format.html:
        return codebook_html(schema, codes)
    return codebook_markdown(schema, None if name is None else codes)


def _write(out: Path, content: bytes) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        part = out.with_name(f".{out.name}.part")
        part.write_bytes(content)
        part.replace(out)
    except OSError as error:
        raise UsageError(f"'{out}' could not be written: {error.strerror}.") from error
