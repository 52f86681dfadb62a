"""Results on disk: one JSON file each, beside its table; written whole or not at all."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import is_dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Any

import relatum.results
from relatum.errors import SchemaError
from relatum.results.base import Result, Unavailable
from relatum.results.codec import decode, encode

__all__ = [
    "INDEX",
    "json_text",
    "read_results",
    "replace_folder",
    "result_files",
    "result_types",
    "swap_folder",
    "write_results",
]

#: The file that lists the results of a folder, in order.
INDEX = "index.json"
Stored = Result | Unavailable


@cache
def result_types() -> Mapping[str, type[Any]]:
    """Return every stored class by its `kind`; a new result class needs no registration.

    Examples
    --------
    >>> result_types()["unavailable"].__name__
    'Unavailable'
    """
    found: dict[str, type[Any]] = {}
    for module in iter_modules(relatum.results.__path__):
        members = vars(import_module(f"relatum.results.{module.name}"))
        for value in members.values():
            if isinstance(value, type) and is_dataclass(value) and _kind_of(value):
                found[_kind_of(value)] = value
    return MappingProxyType(dict(sorted(found.items())))


def _kind_of(value: type[Any]) -> str:
    """Return the kind of a class of results; a part of a result may have a field of that name."""
    kind = getattr(value, "kind", None)
    return kind if isinstance(kind, str) else ""


def json_text(value: object) -> str:
    """Write a JSON text that is the same in every run."""
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def result_files(results: Mapping[str, Stored]) -> Mapping[str, str]:
    """Return the files that store results: name and text.

    Parameters
    ----------
    results : mapping of str to Result
        By name; names are file names, so they are lower case with underscores.

    Raises
    ------
    ValueError
        If a name cannot be a file name.
    """
    files: dict[str, str] = {INDEX: json_text(list(results))}
    for name, result in results.items():
        if not name.isidentifier() or name != name.lower() or name == "index":
            msg = f"'{name}' cannot name a result: use lower case and underscores."
            raise ValueError(msg)
        files[f"{name}.json"] = json_text({"kind": result.kind, "result": encode(result)})
        files[f"{name}.csv"] = result.tidy().to_csv(index=False, lineterminator="\n")
    return MappingProxyType(files)


def write_results(results: Mapping[str, Stored], folder: Path) -> None:
    """Write results into a folder, which is replaced as a whole.

    Parameters
    ----------
    results : mapping of str to Result
        By name.
    folder : Path
        A folder written by this function before, or one that does not exist.
    """
    replace_folder(folder, result_files(results), mark=INDEX)


def read_results(folder: Path) -> Mapping[str, Stored]:
    """Read what `write_results` wrote.

    Raises
    ------
    SchemaError
        If the folder holds no results, or results of another version.
    """
    try:
        names = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        raw = {n: json.loads((folder / f"{n}.json").read_text(encoding="utf-8")) for n in names}
    except (OSError, ValueError) as error:
        msg = f"'{folder.name}' holds no complete results ({type(error).__name__}); fit them again."
        raise SchemaError(msg) from error
    return MappingProxyType({name: _restore(name, entry) for name, entry in raw.items()})


def _restore(name: str, entry: Mapping[str, Any]) -> Stored:
    kinds = result_types()
    if entry.get("kind") not in kinds:
        msg = f"The stored result '{name}' has a kind that this version does not know."
        raise SchemaError(msg)
    restored: Stored = decode(kinds[entry["kind"]], entry["result"])
    return restored


def replace_folder(folder: Path, files: Mapping[str, str], *, mark: str) -> None:
    """Put a folder in the place of another, so that nobody ever sees half of it.

    Parameters
    ----------
    folder : Path
        The place.
    files : mapping of str to str
        Paths below the folder and texts.
    mark : str
        A file that shows that an existing folder was written by relatum.

    Raises
    ------
    SchemaError
        If the place holds something else.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / mark).exists():
        msg = f"'{folder.name}' holds files that relatum did not write; nothing was changed."
        raise SchemaError(msg)
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        new = fresh / "new"
        for name, text in files.items():
            place = new / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(text.encode())
        swap_folder(new, folder, aside=fresh / "old")
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def swap_folder(new: Path, place: Path, *, aside: Path) -> None:
    """Rename a finished folder to its place; what was there moves aside first."""
    if place.exists():
        place.rename(aside)
    try:
        new.rename(place)
    except OSError:
        if aside.exists():
            aside.rename(place)
        raise
