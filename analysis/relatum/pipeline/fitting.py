"""The released results of a plan, fitted now or taken from the cache."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from relatum.pipeline.cache import Cache
from relatum.pipeline.code_checksum import code_checksum
from relatum.pipeline.keys import results_key
from relatum.pipeline.manifest import MANIFEST, Manifest, manifest_text, read_manifest
from relatum.pipeline.margins import MarginRecord, read_ledger
from relatum.study import Study

__all__ = ["write_fitted"]

_UNAVAILABLE, _FILES = "unavailable.json", "files/"


def write_fitted(
    study: Study, folder: Path, *, ledger: Sequence[MarginRecord], cache: Cache
) -> tuple[Manifest, tuple[str, ...]]:
    """Write results, tables and the manifest of a plan.

    Parameters
    ----------
    study : Study
        The plan.
    folder : Path
        An empty folder.
    ledger : sequence of MarginRecord
        The margins of earlier fits.
    cache : Cache
        Where the files are looked for first. Results before release never lie there.

    Returns
    -------
    Manifest
        What was written.
    tuple of str
        What could not be estimated, with the reasons.

    Raises
    ------
    SampleError, PlanError, EstimationError, ReleaseError
        Whatever stops a step.
    """
    key = results_key(study, ledger) if cache.active else ""
    held = cache.get(key) if key else None
    if held is None:
        held = _fitted(study, ledger)
        # A sample that was edited meanwhile must not stand for what was read before.
        key = key if key and key == results_key(study, ledger) else ""
        if key:
            cache.put(key, held)
    for name, content in held.items():
        if name.startswith(_FILES):
            path = folder / name.removeprefix(_FILES)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    if key and (after := read_ledger(folder)) != tuple(ledger):
        # The fit added its margins to the list; a second fit of the plan finds them there, adds
        # none and gives the same files.
        cache.put(results_key(study, after), held)
    return _with_this_code(folder), tuple(json.loads(held[_UNAVAILABLE]))


def _with_this_code(folder: Path) -> Manifest:
    """Write the checksum of the code anew: results of the cache may be older than other parts."""
    manifest = replace(read_manifest(folder), code=code_checksum())
    (folder / MANIFEST).write_text(manifest_text(manifest), encoding="utf-8", newline="\n")
    return manifest


def _fitted(study: Study, ledger: Sequence[MarginRecord]) -> dict[str, bytes]:
    # The analyses are imported only when something is fitted.
    from relatum.pipeline.steps import prepare, study_files

    prepared = prepare(study, ledger=ledger)
    found = study_files(prepared, tables=study.reports.tables)
    files = {f"{_FILES}{name}": content for name, content in found.items()}
    return {**files, _UNAVAILABLE: json.dumps(prepared.unavailable).encode()}
