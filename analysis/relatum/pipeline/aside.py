"""Folders that are written aside and then swapped: the old complete one or the new one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from relatum.errors import UsageError
from relatum.reports.scratch import clear_abandoned, is_disk_fault, scratch_folder
from relatum.results.store import swap_folder

__all__ = ["fresh_folder"]


@contextmanager
def fresh_folder(place: Path, *, mark: str, keep: bool = False) -> Iterator[Path]:
    """Give a new folder, and put it in its place only if the block succeeds.

    What a killed process left beside the place is cleared away first. Where it was killed between
    the two renames of a swap, the old folder is put back.

    Parameters
    ----------
    place : Path
        Where the folder belongs.
    mark : str
        A file that shows that a folder that lies there already was written by relatum.
    keep : bool
        Begin with a copy of what lies in the place.

    Yields
    ------
    Path
        A folder beside the place, empty unless `keep`.

    Raises
    ------
    UsageError
        If the place holds something else, or nothing can be written there, or the disk is full.
    """
    prefix = f".{place.name}."
    clear_abandoned(place.parent, prefix, rescue=lambda left: _put_back(left / "old", place, mark))
    if place.exists() and any(place.iterdir()) and not (place / mark).exists():
        msg = f"'{place.name}' in the output folder was not written by relatum; choose --out."
        raise UsageError(msg)
    made = [folder for folder in (place.parent, *place.parent.parents) if not folder.exists()]
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with scratch_folder(place.parent, prefix) as fresh:
            new = fresh / "new"
            if keep and place.exists():
                shutil.copytree(place, new)
            else:
                new.mkdir()
            yield new
            swap_folder(new, place, aside=fresh / "old")
    except OSError as error:
        _take_back(made)
        if not is_disk_fault(error):
            raise
        why = error.strerror or "the copy failed"
        msg = f"Nothing can be written to '{place.parent.name}': {why}. It is as it was before."
        raise UsageError(msg) from error
    except BaseException:
        _take_back(made)
        raise


def _put_back(old: Path, place: Path, mark: str) -> None:
    """Put the old folder back where a swap was cut in half."""
    if (old / mark).exists() and not place.exists():
        with suppress(OSError):
            old.rename(place)


def _take_back(folders: Sequence[Path]) -> None:
    """Remove folders that were made for a run that failed, as long as they are empty."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()
