"""A store of what was computed before, by the content that it was computed from.

It is never needed and never trusted: an entry carries the checksum of its bytes, and one that does
not fit is computed again. It holds released results and rendered reports only, so nothing lies in
it that does not lie in the folder of a study.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
import threading
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Literal, TypeAlias

__all__ = ["FOLDER", "Cache", "CacheUse"]

#: ``on`` reads and writes, ``fresh`` writes only, ``off`` does neither.
CacheUse: TypeAlias = Literal["off", "on", "fresh"]
#: The folder in the output folder, beside the folders of the studies.
FOLDER = ".relatum-cache"
#: The newest entries of a study that are kept.
KEPT = 60
_HEAD = b"relatum cache 1\n"
_SUM = hashlib.sha256().digest_size
_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# Results and reports of relatum that need not be computed again. It may be deleted.\n"
)


class Cache:
    """Files by key; safe for several threads and several processes.

    Parameters
    ----------
    out : Path
        The output folder.
    study : str
        The name of the study.
    use : {"off", "on", "fresh"}

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as out:
    ...     cache = Cache(Path(out), "mine", use="on")
    ...     cache.put("ab12", {"a.txt": b"x"})
    ...     cache.get("ab12")
    {'a.txt': b'x'}
    """

    def __init__(self, out: Path, study: str, *, use: CacheUse = "on") -> None:
        self._place = out / FOLDER / study
        self._use = use
        self._lock = threading.Lock()
        self._notes: dict[str, None] = {}

    @property
    def active(self) -> bool:
        """Whether anything is read or written, so that keys are worth computing."""
        return self._use != "off"

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the log should know of it."""
        with self._lock:
            return tuple(self._notes)

    def get(self, key: str) -> Mapping[str, bytes] | None:
        """Return the files of a key; None where there are none or they are damaged."""
        if self._use != "on":
            return None
        place = self._place / key
        try:
            raw = place.read_bytes()
        except OSError:
            return None
        files = _unpack(raw)
        if files is None:
            self._note("A damaged entry of the cache was left aside and computed again.")
            with suppress(OSError):
                place.unlink()
        else:
            with suppress(OSError):
                place.touch()
        return files

    def put(self, key: str, files: Mapping[str, bytes]) -> None:
        """Store files; what cannot be stored is only noted."""
        if not self.active:
            return
        waiting: Path | None = None
        try:
            self._place.mkdir(parents=True, exist_ok=True)
            tag = self._place.parent / "CACHEDIR.TAG"
            if not tag.exists():
                tag.write_text(_TAG, encoding="utf-8", newline="\n")
            with tempfile.NamedTemporaryFile(dir=self._place, prefix=".", delete=False) as handle:
                waiting = Path(handle.name)
                handle.write(_pack(files))
            waiting.replace(self._place / key)
        except OSError as error:
            self._note(f"The cache could not be written: {error.strerror}. Nothing else is amiss.")
            if waiting is not None:
                with suppress(OSError):
                    waiting.unlink()

    def prune(self) -> None:
        """Remove all but the newest entries, and what a killed process left half-written."""
        if not self.active or not self._place.is_dir():
            return
        with suppress(OSError):
            entries = [path for path in self._place.iterdir() if path.is_file()]
            entries.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
            for path in entries[KEPT:]:
                path.unlink(missing_ok=True)

    def _note(self, text: str) -> None:
        with self._lock:
            self._notes[text] = None


def _pack(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    body = buffer.getvalue()
    return _HEAD + hashlib.sha256(body).digest() + body


def _unpack(raw: bytes) -> dict[str, bytes] | None:
    """Return the files of an entry; None where anything does not fit."""
    start = len(_HEAD) + _SUM
    digest, body = raw[len(_HEAD) : start], raw[start:]
    if raw[: len(_HEAD)] != _HEAD or hashlib.sha256(body).digest() != digest:
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = archive.namelist()
            if not all(_is_inside(name) for name in names):
                return None
            return {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, ValueError):
        return None


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name
