"""An earlier release of the same study, as ``relatum release --earlier`` is given it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

from relatum.errors import UsageError

if TYPE_CHECKING:
    from relatum.release import ReleasedCounts

__all__ = ["read_earlier"]


def read_earlier(place: Path, *, study: str, profile: str) -> ReleasedCounts:
    """Read the counts that went out before.

    Parameters
    ----------
    place : Path
        A folder of ``relatum fit`` or ``relatum run`` (``out/<study>``), or a file that
        ``relatum release --evidence`` wrote.
    study, profile : str
        Those of the new release; the earlier one must have the same.

    Raises
    ------
    UsageError
        If there is no such place, it holds something else, or it is of another study or profile.
    SchemaError, ReleaseError
        If the folder's results are incomplete, or were changed after their release.
    """
    if place.is_dir():
        name, was, counts = _from_folder(place)
    elif place.is_file():
        name, was, counts = _from_evidence(place)
    else:
        msg = f"There is no '{place}'. --earlier takes out/<study>, or the file of --evidence."
        raise UsageError(msg)
    wrong = []
    if name != study:
        wrong.append(f"it is of the study '{name}', not '{study}'")
    if was != profile:
        wrong.append(f"it went out by profile '{was}', not '{profile}'")
    if wrong:
        msg = f"'{place.name}' is no earlier release to compare with: {', and '.join(wrong)}."
        raise UsageError(msg)
    return counts


def _from_folder(folder: Path) -> tuple[str, str, ReleasedCounts]:
    from relatum.pipeline.manifest import MANIFEST, read_manifest
    from relatum.release import read_released, released_counts

    if not (folder / MANIFEST).is_file():
        msg = f"'{folder.name}' holds no {MANIFEST}; give the folder of a study, out/<study>."
        raise UsageError(msg)
    plan = read_manifest(folder).plan
    released = read_released(folder / "results")
    own = {name: item.result for name, item in released.items() if item.profile == plan.profile}
    return plan.name, plan.profile, released_counts(own)


def _from_evidence(file: Path) -> tuple[str, str, ReleasedCounts]:
    msg = f"'{file.name}' was not written by relatum release --evidence"
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{msg}: {type(error).__name__}.") from error
    if not isinstance(held, dict) or not {"study", "profile", "results"} <= set(held):
        raise UsageError(f"{msg}.")
    counts = held.get("counts")
    if not _are_counts(counts):
        msg = f"'{file.name}' holds no counts to compare with; write the evidence anew."
        raise UsageError(msg)
    return str(held["study"]), str(held["profile"]), counts


def _are_counts(counts: object) -> TypeGuard[ReleasedCounts]:
    """Tell whether a value has the form of counts: result, row, quantity, whole number."""
    return isinstance(counts, dict) and all(
        isinstance(rows, dict)
        and all(
            isinstance(row, dict) and all(type(value) is int for value in row.values())
            for row in rows.values()
        )
        for rows in counts.values()
    )
