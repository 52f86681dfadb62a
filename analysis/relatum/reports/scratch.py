"""Folders for work in progress, which the next run clears away where a process was killed."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

__all__ = ["clear_abandoned", "is_disk_fault", "scratch_folder"]

#: The file that a living process holds locked. The system lets go of it however a process ends.
HELD = ".held"
#: Without a lock a folder counts as abandoned after this many seconds.
OLD = 24 * 3600.0
_DISK = ("ENOSPC", "EDQUOT", "EROFS", "EIO", "EFBIG", "EACCES", "EPERM")


def is_disk_fault(error: OSError) -> bool:
    """Say whether an error is one of the disk: full, read-only, broken, not ours.

    Examples
    --------
    >>> import errno
    >>> is_disk_fault(OSError(errno.ENOSPC, "No space left")), is_disk_fault(FileNotFoundError())
    (True, False)
    """
    # A copy of many files fails with a list of faults and without a number.
    known = {getattr(errno, name) for name in _DISK if hasattr(errno, name)}
    return error.errno in known or isinstance(error, shutil.Error)


@contextmanager
def scratch_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """Give an empty folder that is removed afterwards, whatever happens.

    Parameters
    ----------
    parent : Path
        Where it is made; must exist.
    prefix : str
        How its name begins.

    Yields
    ------
    Path

    Raises
    ------
    OSError
        If nothing can be written there.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    try:
        with (folder / f"{HELD}-new").open("wb") as held:
            # Some file systems have no locks; a folder on them counts as abandoned by its age.
            with suppress(OSError):
                if _lock(held):
                    # It gets its name once it is locked: no other process sees it unlocked.
                    (folder / f"{HELD}-new").rename(folder / HELD)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clear_abandoned(
    parent: Path, prefix: str, *, rescue: Callable[[Path], None] | None = None
) -> int:
    """Remove what killed processes left behind; folders of living ones stay.

    Parameters
    ----------
    parent, prefix
        See `scratch_folder`.
    rescue : callable, optional
        Takes what is worth keeping out of a folder before it is removed.

    Returns
    -------
    int
        How many folders were removed.
    """
    cleared = 0
    for folder in sorted(parent.iterdir()) if parent.is_dir() else ():
        rest = folder.name.removeprefix(prefix)
        if rest not in (folder.name, "") and "." not in rest and _abandoned(folder):
            if rescue is not None:
                rescue(folder)
            shutil.rmtree(folder, ignore_errors=True)
            cleared += 1
    return cleared


def _abandoned(folder: Path) -> bool:
    """Say whether no process works in a folder; in doubt one does."""
    with suppress(OSError):
        if folder.is_symlink() or not folder.is_dir() or not _own(folder):
            return False
        if not (folder / HELD).is_file():
            return time.time() - folder.stat().st_mtime > OLD
        with (folder / HELD).open("rb+") as held:
            return _lock(held)
    return False


def _own(folder: Path) -> bool:
    return not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid()


def _lock(held: BinaryIO) -> bool:
    """Lock an open file; False where the system has no such locks.

    Raises
    ------
    OSError
        If another process holds it.
    """
    try:
        import fcntl
    except ImportError:
        return False
    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return True
