"""The archive of a REFI-QDA project: what is safe to open, and its ``project.qde`` as bytes.

Nothing is unpacked: the files of the cases are listed by number and size, never opened.
"""

from __future__ import annotations

import lzma
import re
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from relatum.samples.importers.qdpx_faults import ARCHIVE, Faults

__all__ = ["LARGEST_PROJECT", "MOST_ENTRIES", "Archive", "open_archive"]

#: Limits of what is opened. The exchange format itself allows 2 GiB for one source.
MOST_ENTRIES = 100_000
LARGEST_PROJECT = 1 << 29
_LARGEST_TOTAL = 1 << 37
#: Repetitive XML shrinks about thirtyfold; deflate ends at about a thousandfold.
_HIGHEST_RATIO = 200
_SMALL = 1 << 20
_ENCRYPTED = 0x1
_DRIVE = re.compile(r"[A-Za-z]:")
_MAIN = "project.qde"
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    MemoryError,
    RuntimeError,
    OSError,
    ValueError,
    IndexError,
    OverflowError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """An archive that was found safe.

    Attributes
    ----------
    project : bytes
        The contents of ``project.qde``.
    n_files : int
        Other files in the archive; none of them was opened.
    """

    project: bytes
    n_files: int


def open_archive(path: str | Path, faults: Faults) -> Archive:
    """Read ``project.qde`` in memory after a look at every entry.

    Parameters
    ----------
    path : str or Path
        A ``.qdpx`` file.
    faults : Faults
        Takes every fault.

    Returns
    -------
    Archive

    Raises
    ------
    ImportFailedError
        If the file is no archive, holds no project, or has an entry that is encrypted, repeated,
        too large, too well compressed, or names a place outside of the archive.
    """
    place = Path(path)
    project, n_files = b"", 0
    if not place.is_file():
        faults.add("no_file", "There is no such file.", table=ARCHIVE)
        faults.stop()
    try:
        with zipfile.ZipFile(place) as archive:
            entries = archive.infolist()
            _check_entries(entries, faults)
            faults.stop()
            main = next(entry for entry in entries if _is_main(entry))
            project = _read_main(archive, main, faults)
            n_files = sum(not entry.is_dir() for entry in entries) - 1
    except _BROKEN:
        faults.add(_rule_of(place), _MESSAGES[_rule_of(place)], table=ARCHIVE)
    faults.stop()
    return Archive(project=project, n_files=n_files)


_MESSAGES = {
    "not_an_archive": "This is no ZIP archive, so no .qdpx file; export the project as REFI-QDA.",
    "bare_xml": "This is an XML file; give the .qdpx archive that holds project.qde.",
    "damaged_archive": "The archive is damaged, cut off, or packed in an unknown way.",
}


def _rule_of(place: Path) -> str:
    """Say what a file is that could not be opened as an archive."""
    try:
        with place.open("rb") as handle:
            head = handle.read(64)
    except OSError:
        return "damaged_archive"
    if head.startswith(b"PK"):
        return "damaged_archive"
    return "bare_xml" if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") else "not_an_archive"


def _is_main(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.lower() == _MAIN


def _check_entries(entries: list[zipfile.ZipInfo], faults: Faults) -> None:
    if len(entries) > MOST_ENTRIES:
        message = f"{len(entries):,} entries; at most {MOST_ENTRIES:,} are read."
        faults.add("too_many_entries", message, table=ARCHIVE)
        return
    seen: set[str] = set()
    for at, entry in enumerate(entries, 1):
        _check_entry(entry, f"entry {at}", faults)
        name = entry.filename.lower()
        if name in seen:
            faults.add(
                "duplicate_entry", "Two entries of one name.", table=ARCHIVE, row=f"entry {at}"
            )
        seen.add(name)
    if sum(entry.file_size for entry in entries) > _LARGEST_TOTAL:
        message = f"The entries are more than {_LARGEST_TOTAL >> 30} GiB when unpacked."
        faults.add("zip_bomb", message, table=ARCHIVE)
    if not any(_is_main(entry) for entry in entries):
        nested = any(name.endswith(f"/{_MAIN}") for name in seen)
        hint = " It lies in a folder: pack what is in the folder, not the folder." if nested else ""
        message = f"There is no {_MAIN} at the top of the archive.{hint}"
        faults.add("no_project", message, table=ARCHIVE)


def _check_entry(entry: zipfile.ZipInfo, row: str, faults: Faults) -> None:
    # `orig_filename` is the name as stored; `filename` ends at a zero byte.
    name = entry.orig_filename.replace("\\", "/")
    outside = name.startswith("/") or _DRIVE.match(name) or ".." in name.split("/")
    if outside or "\0" in name or stat.S_ISLNK(entry.external_attr >> 16):
        message = "The entry names a place outside of the archive."
        faults.add("unsafe_path", message, table=ARCHIVE, row=row)
    if entry.flag_bits & _ENCRYPTED:
        message = "The entry is encrypted; export the project without a password."
        faults.add("encrypted_entry", message, table=ARCHIVE, row=row)
    swollen = entry.file_size > _HIGHEST_RATIO * max(entry.compress_size, 1)
    if _is_main(entry) and entry.file_size > LARGEST_PROJECT:
        message = f"The project is more than {LARGEST_PROJECT >> 20} MiB when unpacked."
        faults.add("zip_bomb", message, table=ARCHIVE, row=row)
    elif entry.file_size > _SMALL and swollen:
        message = f"The entry swells more than {_HIGHEST_RATIO} times when unpacked."
        faults.add("zip_bomb", message, table=ARCHIVE, row=row)


def _read_main(archive: zipfile.ZipFile, main: zipfile.ZipInfo, faults: Faults) -> bytes:
    if main.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # Other methods may ask for any amount of memory.
        faults.add("unknown_packing", f"{_MAIN} is packed in a way REFI-QDA lacks.", table=ARCHIVE)
        return b""
    with archive.open(main) as handle:
        held = handle.read(LARGEST_PROJECT + 1)
    if not held.strip():
        faults.add("empty_project", f"{_MAIN} is empty.", table=ARCHIVE)
    return held
