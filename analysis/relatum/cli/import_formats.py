"""What each format of ``relatum import`` takes and needs, and who reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from relatum.cli.own_codes import schema_for
from relatum.errors import UsageError

if TYPE_CHECKING:
    from relatum.samples.importers.base import Imported
    from relatum.schema import Schema

__all__ = ["FORMATS", "NEEDS", "SUGGESTED", "TAKES", "Call", "check_call", "read_files"]

Copies = Literal["coders", "distinct"]
Offsets = Literal["auto", "exclusive", "inclusive"]
_Held = TypeVar("_Held", Path, str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What was asked for; options that were not given are empty."""

    files: tuple[Path, ...]
    target: Path
    mapping: tuple[Path, ...] = ()
    sheet: tuple[str, ...] = ()
    coder: str | None = None
    unit: str | None = None
    investigation: str | None = None
    variables: Path | None = None
    copies: str | None = None
    offsets: str | None = None
    keep_names: bool = False
    population: str | None = None
    extend: Path | None = None
    extend_name: str | None = None
    revision: int | None = None

    def given(self) -> set[str]:
        """Return the names of the options that were given."""
        return {name for name, value in _options(self).items() if value not in (None, False, ())}

    def schema(self) -> Schema:
        """Return the schema with the own codes that were named, or those in the target."""
        return schema_for(self.extend, self.extend_name, self.revision, self.target)


def _options(call: Call) -> dict[str, object]:
    return {name: getattr(call, name) for name in Call.__slots__ if name not in ("files", "target")}


REGISTRIES = ("ctdc", "linea137", "dhs")
_COPIES: Mapping[str, Copies] = {"coders": "coders", "distinct": "distinct"}
_OFFSETS: Mapping[str, Offsets] = {
    "auto": "auto",
    "exclusive": "exclusive",
    "inclusive": "inclusive",
}
_POPULATIONS = ("trafficking", "domestic_violence")
_OWN = frozenset(("extend", "extend_name", "revision"))
TAKES: Mapping[str, frozenset[str]] = {
    "template": _OWN,
    "wide": frozenset(("mapping", "sheet", "coder")) | _OWN,
    "long": frozenset(("mapping", "sheet", "coder")) | _OWN,
    "qdpx": frozenset(
        ("mapping", "coder", "unit", "investigation", "copies", "offsets", "population")
    )
    | _OWN,
    "maxqda": frozenset(("mapping", "sheet", "variables", "copies", "keep_names", "population"))
    | _OWN,
    **dict.fromkeys(REGISTRIES, frozenset[str]()),
}
FORMATS: tuple[str, ...] = tuple(TAKES)
#: Formats that take files of events after the first file.
EVENT_FORMATS = ("wide", "long")
#: Formats for which a mapping can be drafted.
SUGGESTED = ("wide", "long", "maxqda")
NEEDS: Mapping[str, tuple[str, ...]] = {
    "wide": ("mapping",),
    "long": ("mapping",),
    "qdpx": ("unit", "investigation", "population"),
    "maxqda": ("population",),
}


def check_call(form: str, call: Call) -> None:
    """Refuse options that the format does not take, and miss those that it needs, all at once.

    Raises
    ------
    UsageError
        With every fault.
    """
    flags = {name: f"--{name.replace('_', '-')}" for name in _options(call)}
    faults = [
        f"'{form}' takes no {flags[name]}." for name in flags if name in call.given() - TAKES[form]
    ]
    for name in NEEDS.get(form, ()):
        if name not in call.given():
            hint = " (--suggest drafts one)" if name == "mapping" else ""
            faults.append(f"'{form}' needs {flags[name]}{hint}.")
    faults += _wrong_counts(form, call)
    if call.copies not in (None, "coders", "distinct"):
        faults.append(f"--copies must be coders or distinct, not '{call.copies}'.")
    if call.offsets not in (None, *_OFFSETS):
        faults.append(f"--offsets must be one of: {', '.join(_OFFSETS)}.")
    if call.population not in (None, *_POPULATIONS):
        faults.append(f"--population must be one of: {', '.join(_POPULATIONS)}.")
    if faults:
        raise UsageError("\n".join(faults))


def _wrong_counts(form: str, call: Call) -> list[str]:
    """Word what is wrong with the numbers of files, mappings and sheets."""
    n = len(call.files)
    if form in EVENT_FORMATS:
        given = len(call.mapping)
        if given and given != n:
            first = "the first file and every file of events need a --mapping each"
            return [f"{n} files and {given} --mapping: {first}, in the same order."]
        return [f"{n} files and {len(call.sheet)} --sheet."] if len(call.sheet) > n else []
    faults = []
    if n > 1 and form not in REGISTRIES:
        faults.append(f"'{form}' takes one file and a folder, not {n} files.")
    for flag, held in (("--mapping", call.mapping), ("--sheet", call.sheet)):
        if len(held) > 1:
            faults.append(f"'{form}' takes one {flag}.")
    return faults


# --- the formats ---------------------------------------------------------------------------------


def _first(held: tuple[_Held, ...]) -> _Held | None:
    return held[0] if held else None


def _table(call: Call, *, wide: bool) -> Imported:
    from relatum.samples.importers.tables import CODER, EventFile, import_long, import_wide

    sheets = (*call.sheet, *[None] * (len(call.files) - len(call.sheet)))
    (path, mapping, sheet), *further = zip(call.files, call.mapping, sheets, strict=True)
    events = [EventFile(path=one, mapping=lines, sheet=name) for one, lines, name in further]
    read = import_wide if wide else import_long
    return read(
        path,
        mapping,
        sheet=sheet,
        coder=call.coder or CODER,
        events=events,
        schema=call.schema(),
    )


def _maxqda(call: Call) -> Imported:
    from relatum.samples.importers.maxqda import import_maxqda

    return import_maxqda(
        call.files[0],
        variables=call.variables,
        mapping=_first(call.mapping),
        copies=_COPIES.get(call.copies or ""),
        keep_names=call.keep_names,
        population=call.population or "",
        sheet=_first(call.sheet),
        schema=call.schema(),
    )


def _qdpx(call: Call) -> Imported:
    from relatum.samples.importers.qdpx import import_qdpx

    return import_qdpx(
        call.files[0],
        unit=call.unit or "",
        investigation=call.investigation or "",
        mapping=_first(call.mapping),
        offsets=_OFFSETS[call.offsets or "auto"],
        copies=_COPIES.get(call.copies or ""),
        coder=call.coder or "coder",
        population=call.population or "",
        schema=call.schema(),
    )


def _template(call: Call) -> Imported:
    from relatum.samples.importers.template import read_template

    return read_template(call.files[0], schema=call.schema())


def _registry(form: str, call: Call) -> Imported:
    from relatum.samples.importers.registries import import_registry

    imported: Imported = import_registry(form, call.files)
    return imported


_READERS: Mapping[str, Callable[[Call], Imported]] = {
    "wide": lambda call: _table(call, wide=True),
    "long": lambda call: _table(call, wide=False),
    "maxqda": _maxqda,
    "qdpx": _qdpx,
    "template": _template,
}


def read_files(form: str, call: Call) -> Imported:
    """Read the files of a call that was checked.

    Raises
    ------
    ImportFailedError
        With every fault of the files.
    """
    return _READERS[form](call) if form in _READERS else _registry(form, call)
