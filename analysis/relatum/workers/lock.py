"""One run at a time in the folder of a checkpoint."""

from __future__ import annotations

import errno
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from relatum.errors import UsageError

__all__ = ["LOCK", "only_run_in"]

#: The file that says which run is at work in a folder.
LOCK = ".running"
#: Windows locks bytes; this one lies behind the words, so that others can read them.
_FAR = 4096


@contextmanager
def only_run_in(folder: Path) -> Iterator[None]:
    """Keep other runs out of a folder while a block lasts.

    Parameters
    ----------
    folder : Path
        Is there already.

    Yields
    ------
    None

    Raises
    ------
    UsageError
        If another run is at work in the folder; its process and machine are named.
    OSError
        If nothing can be written there.

    Notes
    -----
    The system holds the lock for a process and lets it go when the process ends, however it ends:
    what a killed run left is taken over. On a shared disk this reaches as far as the locks of the
    disk do; where it has none, nobody is kept out.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as name, only_run_in(Path(name)):
    ...     (Path(name) / LOCK).exists()
    True
    """
    path = folder / LOCK
    handle = _take(path, folder)
    try:
        handle.seek(0)
        handle.truncate()
        handle.write(json.dumps({"process": os.getpid(), "machine": socket.gethostname()}))
        handle.flush()
        yield
    finally:
        # First the name, then the lock: whoever takes the lock in between finds no such file.
        with suppress(OSError):
            path.unlink(missing_ok=True)
        _unlock(handle)
        handle.close()
        if sys.platform == "win32":  # where an open file keeps its name
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _take(path: Path, folder: Path) -> IO[str]:
    while True:
        handle = path.open("a+", encoding="utf-8")
        try:
            taken = _lock(handle)
        except BaseException:
            handle.close()
            raise
        if not taken:
            holder = _holder(handle)
            handle.close()
            msg = (
                f"Another run is at work in '{folder}': {holder}. Wait until it is done, or name "
                "another folder for the checkpoint."
            )
            raise UsageError(msg)
        if _is_still(path, handle):
            return handle
        _unlock(handle)
        handle.close()


def _is_still(path: Path, handle: IO[str]) -> bool:
    """Say whether a name still stands for the open file: a run that ends removes it."""
    try:
        return os.path.samestat(path.stat(), os.fstat(handle.fileno()))
    except OSError:
        return False


def _holder(handle: IO[str]) -> str:
    try:
        handle.seek(0)
        held = json.load(handle)
        return f"process {int(held['process'])} on '{held['machine']}'"
    except (OSError, ValueError, TypeError, KeyError):
        return "it does not say which"


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: IO[str]) -> bool:
        handle.seek(_FAR)
        try:
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(handle: IO[str]) -> None:
        handle.seek(_FAR)
        with suppress(OSError):
            msvcrt.locking(handle.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    _NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)

    def _lock(handle: IO[str]) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            # Some disks have no locks. Two runs of one plan write the same pieces there.
            if error.errno not in _NO_LOCKS:
                raise
        return True

    def _unlock(handle: IO[str]) -> None:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_UN)
