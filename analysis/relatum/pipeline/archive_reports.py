"""The reports folder of a study's own as part of an archive: its sources, and what they name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from relatum.pipeline.archive_crate import METADATA
from relatum.pipeline.code_checksum import files_below
from relatum.pipeline.manifest import MANIFEST

__all__ = ["REPORTS", "OwnReports", "own_reports"]

#: Where the folder lies in an archive.
REPORTS = "reports"
_SOURCES = frozenset(
    (
        *(".qmd", ".md", ".yml", ".yaml", ".css", ".scss", ".js", ".html", ".tex", ".typ", ".bib"),
        *(".csl", ".lua", ".py"),
    )
)
#: Tables may hold cells of a sample, named in a document or not.
_TABLES = frozenset(
    (
        ".csv",
        ".tsv",
        ".xls",
        ".xlsx",
        ".xlsm",
        ".parquet",
        ".sav",
        ".dta",
        ".json",
        ".qdpx",
        ".mx22",
    )
)
#: A folder with one of these is a run, an archive or a sample.
_FOREIGN = (MANIFEST, METADATA, "datapackage.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnReports:
    """What an archive takes of a reports folder.

    Attributes
    ----------
    files : mapping of str to Path
        By the path in the folder.
    left_out : tuple of str
        Tables, and files that no source names.
    """

    files: dict[str, Path]
    left_out: tuple[str, ...]


def own_reports(folder: Path) -> OwnReports:
    """Choose the files of a reports folder that an archive takes.

    Parameters
    ----------
    folder : Path
        The reports folder that a plan names.

    Returns
    -------
    OwnReports
        Documents, style sheets, bibliographies, code and settings, and pictures or templates that
        one of these names. Tables are never taken, for they may hold cells of a sample; neither
        are runs, archives and samples that lie in the folder.
    """
    found = {name: path for name, path in files_below(folder) if not _foreign(folder, path)}
    sources = {name: path for name, path in found.items() if path.suffix.lower() in _SOURCES}
    said = "\n".join(
        path.read_text(encoding="utf-8", errors="replace") for path in sources.values()
    )
    named = {
        name: path
        for name, path in found.items()
        if name not in sources and path.suffix.lower() not in _TABLES and path.name in said
    }
    taken = dict(sorted((sources | named).items()))
    return OwnReports(files=taken, left_out=tuple(name for name in found if name not in taken))


def _foreign(folder: Path, path: Path) -> bool:
    """Tell whether a file lies in a run, an archive or a sample inside the folder."""
    parents = [parent for parent in path.parents if folder in parent.parents]
    return any((parent / mark).is_file() for parent in parents for mark in _FOREIGN)
