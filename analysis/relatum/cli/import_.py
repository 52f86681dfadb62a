"""``relatum import``: a foreign file becomes a checked sample, with a list of what was left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from relatum.cli.common import JsonOption, emit, examples, issue_payload, issues_text
from relatum.errors import UsageError

if TYPE_CHECKING:
    from relatum.samples.importers.base import Imported

HELP = """Turn a foreign file into a sample and say what was not taken over.

FORMAT is one of: template (a filled template), wide (a row per relationship), long (a row per
coding), qdpx (a REFI-QDA project), maxqda (a list of coded segments), ctdc, linea137 and dhs
(public registries). DIR is a new folder for the sample; nothing is written if anything is wrong.

wide and long read Excel, CSV, Parquet, SPSS and Stata files through a mapping file. --suggest
drafts one by the likeness of names, on standard output or into the file that --mapping names; what
it leaves open has to be filled in. A blank cell is never read as absence.

Texts of cases are never written to disk. discards.json in DIR lists what was left out."""

FormatArgument = Annotated[
    str,
    typer.Argument(metavar="FORMAT", help="template, wide, long, qdpx, maxqda or a registry."),
]
PathsArgument = Annotated[
    list[Path],
    typer.Argument(metavar="FILE... DIR", help="What to read, and the folder of the sample."),
]
MappingOption = Annotated[
    Path | None,
    typer.Option("--mapping", "-m", metavar="FILE", help="The mapping file.", show_default=False),
]
SuggestOption = Annotated[
    bool, typer.Option("--suggest", help="Draft a mapping file instead of importing (wide, long).")
]
SheetOption = Annotated[
    str | None,
    typer.Option("--sheet", metavar="NAME", help="The sheet of a workbook.", show_default=False),
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
        metavar="set|variable:NAME|each",
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
        help="What a document in two groups is (maxqda).",
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """What was asked for; options that were not given are empty."""

    files: tuple[Path, ...]
    mapping: Path | None = None
    sheet: str | None = None
    coder: str | None = None
    unit: str | None = None
    investigation: str | None = None
    variables: Path | None = None
    copies: str | None = None
    keep_names: bool = False
    population: str | None = None

    def given(self) -> set[str]:
        """Return the names of the options that were given."""
        return {name for name, value in _options(self).items() if value not in (None, False)}


def _options(call: _Call) -> dict[str, object]:
    return {name: getattr(call, name) for name in _Call.__slots__ if name != "files"}


def register(app: typer.Typer) -> None:
    """Add the verb to an application."""
    lines = (
        "relatum import wide coded.xlsx --suggest --mapping mapping.csv",
        "relatum import wide coded.xlsx my_sample --mapping mapping.csv",
        "relatum import maxqda segments.xlsx my_sample --population trafficking",
        "relatum import qdpx project.qdpx my_sample --unit document --investigation set "
        "--population trafficking",
        "relatum import ctdc records.csv registry_sample",
    )
    app.command("import", help=HELP, epilog=examples(*lines))(import_)


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
    keep_names: KeepOption = False,
    population: PopulationOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import files and write the sample, or draft a mapping."""
    _check_format(form)
    if suggest:
        _suggest(form, paths, mapping, sheet, as_json=as_json)
        return
    if len(paths) < 2:
        raise UsageError("Name the files to read and, last, the folder for the sample.")
    call = _Call(
        files=tuple(paths[:-1]),
        mapping=mapping,
        sheet=sheet,
        coder=coder,
        unit=unit,
        investigation=investigation,
        variables=variables,
        copies=copies,
        keep_names=keep_names,
        population=population,
    )
    _check_call(form, call)
    _refuse_target(paths[-1])
    imported = _READERS[form](call) if form in _READERS else _registry(form, call)
    from relatum.samples.importers.base import write_imported

    place = write_imported(imported, paths[-1])
    emit(_payload(form, place, imported), _words(place, imported), json_mode=as_json)


# --- the call ------------------------------------------------------------------------------------

_REGISTRIES = ("ctdc", "linea137", "dhs")
_POPULATIONS = ("trafficking", "domestic_violence")
_TAKES: Mapping[str, frozenset[str]] = {
    "template": frozenset(),
    "wide": frozenset(("mapping", "sheet", "coder")),
    "long": frozenset(("mapping", "sheet", "coder")),
    "qdpx": frozenset(("mapping", "coder", "unit", "investigation", "population")),
    "maxqda": frozenset(("mapping", "sheet", "variables", "copies", "keep_names", "population")),
    **dict.fromkeys(_REGISTRIES, frozenset[str]()),
}
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "wide": ("mapping",),
    "long": ("mapping",),
    "qdpx": ("unit", "investigation", "population"),
    "maxqda": ("population",),
}


def _check_format(form: str) -> None:
    if form not in _TAKES:
        from relatum.schema import near_match

        near = near_match(form, tuple(_TAKES))
        hint = f" Did you mean '{near}'?" if near else ""
        raise UsageError(f"'{form}' is not a format.{hint}\nFormats: {', '.join(_TAKES)}.")


def _check_call(form: str, call: _Call) -> None:
    """Refuse options that the format does not take, and miss those that it needs, all at once."""
    flags = {name: f"--{name.replace('_', '-')}" for name in _options(call)}
    faults = [
        f"'{form}' takes no {flags[name]}." for name in flags if name in call.given() - _TAKES[form]
    ]
    for name in _NEEDS.get(form, ()):
        if name not in call.given():
            hint = " (--suggest drafts one)" if name == "mapping" else ""
            faults.append(f"'{form}' needs {flags[name]}{hint}.")
    if len(call.files) > 1 and form not in _REGISTRIES:
        faults.append(f"'{form}' takes one file and a folder, not {len(call.files)} files.")
    if call.copies not in (None, "coders", "distinct"):
        faults.append(f"--copies must be coders or distinct, not '{call.copies}'.")
    if call.population not in (None, *_POPULATIONS):
        faults.append(f"--population must be one of: {', '.join(_POPULATIONS)}.")
    if faults:
        raise UsageError("\n".join(faults))


def _refuse_target(folder: Path) -> None:
    """Refuse a folder in which something stands, before time goes into reading."""
    if folder.is_file():
        msg = f"'{folder}' is a file; the last path must be the folder for the sample."
        raise UsageError(msg)
    from relatum.samples.importers.base import refuse_filled

    refuse_filled(folder)


def _suggest(
    form: str, paths: Sequence[Path], mapping: Path | None, sheet: str | None, *, as_json: bool
) -> None:
    from relatum.samples.importers.suggest import suggest_mapping

    if form not in ("wide", "long") or len(paths) != 1:
        raise UsageError("--suggest takes the format wide or long and one file.")
    if mapping is not None and mapping.exists():
        raise UsageError(
            f"'{mapping}' exists; a draft never replaces a mapping. Name another file."
        )
    kind: Literal["wide", "long"] = "long" if form == "long" else "wide"
    draft = suggest_mapping(paths[0], form=kind, sheet=sheet)
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


# --- the formats ---------------------------------------------------------------------------------


def _table(call: _Call, *, wide: bool) -> Imported:
    from relatum.samples.importers.tables import CODER, import_long, import_wide

    read = import_wide if wide else import_long
    mapping = call.mapping or Path()
    return read(call.files[0], mapping, sheet=call.sheet, coder=call.coder or CODER)


def _maxqda(call: _Call) -> Imported:
    from relatum.samples.importers.maxqda import import_maxqda
    from relatum.samples.importers.maxqda_keys import Copies

    words: dict[str, Copies] = {"coders": "coders", "distinct": "distinct"}
    return import_maxqda(
        call.files[0],
        variables=call.variables,
        mapping=call.mapping,
        copies=words.get(call.copies or ""),
        keep_names=call.keep_names,
        population=call.population or "",
        sheet=call.sheet,
    )


def _qdpx(call: _Call) -> Imported:
    from relatum.samples.importers.qdpx import import_qdpx

    return import_qdpx(
        call.files[0],
        unit=call.unit or "",
        investigation=call.investigation or "",
        mapping=call.mapping,
        coder=call.coder or "coder",
        population=call.population or "",
    )


def _template(call: _Call) -> Imported:
    from relatum.samples.importers.template import read_template

    return read_template(call.files[0])


def _registry(form: str, call: _Call) -> Imported:
    from relatum.samples.importers.registries import import_registry

    imported: Imported = import_registry(form, call.files)
    return imported


_READERS: Mapping[str, Callable[[_Call], Imported]] = {
    "wide": lambda call: _table(call, wide=True),
    "long": lambda call: _table(call, wide=False),
    "maxqda": _maxqda,
    "qdpx": _qdpx,
    "template": _template,
}


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
