"""Released results on disk: what was let out, by which profile, and why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from relatum.errors import ReleaseError, SchemaError
from relatum.release.released import Evidence, Released
from relatum.results.codec import decode, encode
from relatum.results.store import INDEX, json_text, read_results, replace_folder, result_files
from relatum.study import Profile

__all__ = ["RELEASE_FILE", "read_released", "released_files", "write_released"]

#: The file that says how each result was released.
RELEASE_FILE = "release.json"


def released_files(released: Mapping[str, Released]) -> Mapping[str, str]:
    """Return the files that store released results: name and text."""
    files = dict(result_files({name: item.result for name, item in released.items()}))
    entries = {
        name: {
            "profile": item.profile,
            "evidence": encode(item.evidence),
            "sha256": _digest(files[f"{name}.json"]),
        }
        for name, item in released.items()
    }
    return MappingProxyType({**files, RELEASE_FILE: json_text(entries)})


def write_released(released: Mapping[str, Released], folder: Path) -> None:
    """Write released results into a folder, which is replaced as a whole."""
    replace_folder(folder, released_files(released), mark=INDEX)


def read_released(folder: Path) -> Mapping[str, Released]:
    """Read what `write_released` wrote.

    Raises
    ------
    ReleaseError
        If a result was changed after its release, or was never released.
    SchemaError
        If the folder holds no results of this version.
    """
    results = read_results(folder)
    try:
        entries = json.loads((folder / RELEASE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"'{folder.name}' does not say how its results were released; fit them again."
        raise SchemaError(msg) from error
    released: dict[str, Released] = {}
    for name, result in results.items():
        entry = entries.get(name, {})
        text = (folder / f"{name}.json").read_text(encoding="utf-8")
        if entry.get("sha256") != _digest(text):
            msg = f"The result '{name}' is not the one that was released; fit it again."
            raise ReleaseError(msg)
        released[name] = Released(
            result=result,
            profile=decode(Profile, entry["profile"]),
            evidence=decode(tuple[Evidence, ...], entry["evidence"]),
        )
    return MappingProxyType(released)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
