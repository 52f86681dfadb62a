"""``relatum import``: a foreign file becomes a checked sample, with a list of what was left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from typer.core import TyperCommand

from relatum.cli.common import JsonOption, emit, examples, issue_payload, issues_text
from relatum.cli.import_formats import (
    FORMATS,
    NEEDS,
    SUGGESTED,
    TAKES,
    Call,
    check_call,
    read_files,
)
from relatum.cli.own_codes import ExtendNameOption, ExtendOption, RevisionOption, chosen_schema
from relatum.errors import UsageError

if TYPE_CHECKING:
    from relatum.samples.importers.base import Imported
    from relatum.schema import Schema

HELP = """Turn a foreign file into a sample and say what was not taken over.

FORMAT is one of: template (a filled template), wide (a row per relationship), long (a row per
coding), qdpx (a REFI-QDA project), maxqda (a list of coded segments), ctdc, linea137 and dhs
(public registries). DIR is a new folder for the sample; nothing is written if anything is wrong.

wide and long read Excel, CSV, Parquet, SPSS and Stata files through a mapping file. --suggest
drafts one (for maxqda, too) by the likeness of names, on standard output or into the file that
--mapping names; what it leaves open has to be filled in. After the first file
others may hold events, a row each, every one with a --mapping of its own in the same order; it
names their table: escape_attempts, police_contacts, reports, retractions or suspect_contacts. A
blank cell is never read as absence.

Own codes are named with --extend, or lie in DIR already (relatum check --extend --keep).

Texts of cases are never written to disk. discards.json in DIR lists what was left out.
relatum import FORMAT --help explains one format and shows an example; relatum example import DIR
writes the files of these examples."""

FormatArgument = Annotated[
    str,
    typer.Argument(metavar="FORMAT", help="template, wide, long, qdpx, maxqda or a registry."),
]
PathsArgument = Annotated[
    list[Path],
    typer.Argument(metavar="FILE... DIR", help="What to read, and the folder of the sample."),
]
MappingOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--mapping",
        "-m",
        metavar="FILE",
        help="The mapping file; once per file (wide, long).",
        show_default=False,
    ),
]
SuggestOption = Annotated[
    bool, typer.Option("--suggest", help="Draft a mapping file instead of importing.")
]
SheetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--sheet",
        metavar="NAME",
        help="The sheet of a workbook; once per file (wide, long).",
        show_default=False,
    ),
]
CoderOption = Annotated[
    str | None,
    typer.Option(
        "--coder", metavar="ID", help="Who coded, where the file does not say.", show_default=False
    ),
]
UnitOption = Annotated[
    str | None,
    typer.Option(
        "--unit",
        metavar="document|case|set|variable:NAME",
        help="What stands for a relationship (qdpx).",
        show_default=False,
    ),
]
InvestigationOption = Annotated[
    str | None,
    typer.Option(
        "--investigation",
        metavar="set|case|variable:NAME|each",
        help="What stands for an investigation (qdpx).",
        show_default=False,
    ),
]
VariablesOption = Annotated[
    Path | None,
    typer.Option(
        "--variables", metavar="FILE", help="Document variables (maxqda).", show_default=False
    ),
]
CopiesOption = Annotated[
    str | None,
    typer.Option(
        "--copies",
        metavar="coders|distinct",
        help="What a document in two groups or sets is (qdpx, maxqda).",
        show_default=False,
    ),
]
OffsetsOption = Annotated[
    str | None,
    typer.Option(
        "--offsets",
        metavar="auto|exclusive|inclusive",
        help="Whether the last position belongs to a passage (qdpx).",
        show_default=False,
    ),
]
PopulationOption = Annotated[
    str | None,
    typer.Option(
        "--population",
        metavar="trafficking|domestic_violence",
        help="Of all relationships, where the file does not say (qdpx, maxqda).",
        show_default=False,
    ),
]
KeepOption = Annotated[
    bool, typer.Option("--keep-names", help="Names are pseudonyms already (maxqda).")
]


def register(app: typer.Typer) -> None:
    """Add the verb to an application."""
    lines = (
        "relatum import wide coded.xlsx --suggest --mapping mapping.csv",
        "relatum import wide coded.xlsx my_sample --mapping mapping.csv",
        "relatum import long codings.csv attempts.csv my_sample -m codings_map.csv "
        "-m attempts_map.csv",
        "relatum import maxqda segments.xlsx my_sample --population trafficking",
        "relatum import qdpx project.qdpx my_sample --unit document --investigation set "
        "--population trafficking",
        "relatum import ctdc records.csv registry_sample",
        "relatum import wide --help",
    )
    app.command("import", cls=ImportCommand, help=HELP, epilog=examples(*lines))(import_)


class ImportCommand(TyperCommand):
    """The verb, whose help speaks of one format where one is named."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Explain a format where help is asked for; else read the words as any verb does."""
        if set(args) & {"-h", "--help"} and args[0] in FORMATS:
            print(explained(args[0]))
            raise typer.Exit
        return super().parse_args(ctx, args)


def explained(form: str) -> str:
    """Return what a format is, its example and its options, for the terminal."""
    from relatum.samples.importers.guide import section

    parts = [section(form)]
    if "mapping" in TAKES[form]:
        parts.append(f"The mapping file:\n\n{section('mapping')}")
    needed, taken = NEEDS.get(form, ()), sorted(TAKES[form])
    options = [f"--{n.replace('_', '-')}{' (needed)' if n in needed else ''}" for n in taken]
    if form in SUGGESTED:
        options.append("--suggest")
    parts.append(
        f"Options of '{form}': {', '.join([*options, '--json'])}.\n"
        "What they mean: relatum import --help. The files: relatum example import DIR."
    )
    return "\n".join(parts)


def import_(
    form: FormatArgument,
    paths: PathsArgument,
    mapping: MappingOption = None,
    suggest: SuggestOption = False,
    sheet: SheetOption = None,
    coder: CoderOption = None,
    unit: UnitOption = None,
    investigation: InvestigationOption = None,
    variables: VariablesOption = None,
    copies: CopiesOption = None,
    offsets: OffsetsOption = None,
    keep_names: KeepOption = False,
    population: PopulationOption = None,
    extend: ExtendOption = None,
    extend_name: ExtendNameOption = None,
    revision: RevisionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import files and write the sample, or draft a mapping."""
    _check_format(form)
    if suggest:
        own = chosen_schema(extend, extend_name, revision)
        _suggest(form, paths, mapping or (), sheet or (), variables, own, as_json=as_json)
        return
    if len(paths) < 2:
        raise UsageError("Name the files to read and, last, the folder for the sample.")
    call = Call(
        files=tuple(paths[:-1]),
        target=paths[-1],
        mapping=tuple(mapping or ()),
        sheet=tuple(sheet or ()),
        coder=coder,
        unit=unit,
        investigation=investigation,
        variables=variables,
        copies=copies,
        offsets=offsets,
        keep_names=keep_names,
        population=population,
        extend=extend,
        extend_name=extend_name,
        revision=revision,
    )
    check_call(form, call)
    _refuse_target(paths[-1])
    imported = read_files(form, call)
    from relatum.samples.importers.base import write_imported

    place = write_imported(imported, paths[-1])
    emit(_payload(form, place, imported), _words(place, imported), json_mode=as_json)


# --- the call ----------------------------------------------------------------------------------


def _check_format(form: str) -> None:
    if form not in TAKES:
        from relatum.schema import near_match

        near = near_match(form, tuple(TAKES))
        hint = f" Did you mean '{near}'?" if near else ""
        raise UsageError(f"'{form}' is not a format.{hint}\nFormats: {', '.join(TAKES)}.")


def _refuse_target(folder: Path) -> None:
    """Refuse a folder in which something stands, before time goes into reading."""
    if folder.is_file():
        msg = f"'{folder}' is a file; the last path must be the folder for the sample."
        raise UsageError(msg)
    from relatum.samples.importers.base import refuse_filled

    refuse_filled(folder)


def _suggest(
    form: str,
    paths: Sequence[Path],
    mappings: Sequence[Path],
    sheets: Sequence[str],
    variables: Path | None,
    schema: Schema | None,
    *,
    as_json: bool,
) -> None:
    if form not in SUGGESTED or len(paths) != 1:
        raise UsageError(f"--suggest takes one of {', '.join(SUGGESTED)}, and one file.")
    if variables is not None and form != "maxqda":
        raise UsageError(f"'{form}' takes no --variables.")
    if len(mappings) > 1 or len(sheets) > 1:
        raise UsageError("--suggest takes one --mapping and one --sheet.")
    mapping = mappings[0] if mappings else None
    sheet = sheets[0] if sheets else None
    if mapping is not None and mapping.exists():
        raise UsageError(
            f"'{mapping}' exists; a draft never replaces a mapping. Name another file."
        )
    draft = _drafted(form, paths[0], sheet, variables, schema)
    if mapping is None:
        emit({"mapping": draft}, draft.rstrip("\n"), json_mode=as_json)
        return
    try:
        mapping.write_text(draft, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"'{mapping}' could not be written: {error.strerror}.") from error
    n = draft.count("\n") - 1
    text = f"{n:,} lines drafted in {mapping}. Complete and check them, then import with --mapping."
    emit({"mapping": draft, "file": str(mapping), "lines": n}, text, json_mode=as_json)


def _drafted(
    form: str,
    path: Path,
    sheet: str | None,
    variables: Path | None,
    schema: Schema | None,
) -> str:
    if form == "maxqda":
        from relatum.samples.importers.suggest_maxqda import suggest_codes

        return suggest_codes(path, variables=variables, sheet=sheet, schema=schema)
    from relatum.samples.importers.suggest import suggest_mapping

    kind: Literal["wide", "long"] = "long" if form == "long" else "wide"
    return suggest_mapping(path, form=kind, sheet=sheet, schema=schema)


# --- the outcome ---------------------------------------------------------------------------------


def _payload(form: str, place: Path, imported: Imported) -> dict[str, object]:
    tables = imported.sample.tables
    return {
        "format": form,
        "folder": str(place),
        "rows": {name: len(frame) for name, frame in tables.items() if len(frame)},
        "discards": [asdict(row) for row in imported.discards],
        "warnings": [issue_payload(issue) for issue in imported.warnings],
        "attribution": imported.attribution,
        "terms": imported.terms,
    }


def _words(place: Path, imported: Imported) -> str:
    parts = [imported.report()]
    if imported.warnings:
        parts.append(issues_text(imported.warnings))
    parts.append(f"Written to {place}.\nNext: relatum check {place}")
    return "\n".join(parts)
