"""The checksum of the code that computes: the package and the schema, file by file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from relatum.schema import schema_path
from relatum.schema.resources import package_root

__all__ = ["code_checksum", "files_below"]

_SKIPPED = ("__pycache__", "_output", "_site", "_freeze", "_shipped")


def files_below(folder: Path) -> Iterator[tuple[str, Path]]:
    """Iterate over the files of a source folder: the path in it, and the file.

    Hidden files, compiled ones and what Quarto writes are left out; so is the copy of schema and
    reports inside an installed package, which has a place of its own.
    """
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        hidden = any(part.startswith(".") or part in _SKIPPED for part in inside.parts)
        if path.is_file() and not hidden and path.suffix != ".pyc":
            yield inside.as_posix(), path


def code_checksum(package: Path | None = None, schema: Path | None = None) -> str:
    """Return the SHA-256 of the code of relatum.

    Parameters
    ----------
    package, schema : Path, optional
        The folders of the package and of the schema; those in use by default, read once.

    Returns
    -------
    str
        It changes with the name and every byte of each file of the package and of the schema, and
        is the same in a source tree, an installed package and an archive.

    Raises
    ------
    ValueError
        If one folder is given and the other is not.

    Examples
    --------
    >>> len(code_checksum())
    64
    """
    if (package is None) != (schema is None):
        raise ValueError("Give both folders, or none.")
    return _installed() if package is None or schema is None else _checksum(package, schema)


@cache
def _installed() -> str:
    return _checksum(package_root(), schema_path())


def _checksum(package: Path, schema: Path) -> str:
    found = hashlib.sha256()
    for name, folder in (("package", package), ("schema", schema)):
        for inside, path in files_below(folder):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found.update(f"{name}\0{inside}\0{digest}\n".encode())
    return found.hexdigest()
