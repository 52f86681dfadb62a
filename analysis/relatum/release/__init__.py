"""Disclosure control: the only way from a result to a table or a figure."""

from relatum.release.content import content
from relatum.release.profiles import is_public, release, release_all
from relatum.release.released import Evidence, Releasable, Released
from relatum.release.store import read_released, released_files, write_released

__all__ = [
    "Evidence",
    "Releasable",
    "Released",
    "content",
    "is_public",
    "read_released",
    "release",
    "release_all",
    "released_files",
    "write_released",
]
