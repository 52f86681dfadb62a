"""The reports folder of a study's own as part of an archive: its sources, and what they name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from relatum.pipeline.archive_crate import METADATA
from relatum.pipeline.code_checksum import files_below
from relatum.pipeline.manifest import MANIFEST

__all__ = ["REPORTS", "OwnReports", "own_reports"]

#: Where the folder lies in an archive.
REPORTS = "reports"
#: Documents, and what sets them.
_SOURCES = frozenset((".qmd", ".yml", ".yaml", ".css", ".scss", ".bib", ".csl", ".lua"))
#: Code, which is also named without its ending.
_CODE = frozenset((".py", ".tex", ".typ"))
_TEXTS = _CODE | {".md", ".html", ".js"}
_PICTURES = frozenset((".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".pdf", ".ico"))
_TEMPLATES = frozenset((".docx", ".ttf", ".otf", ".woff", ".woff2"))
#: What is taken if it is named. Any other file may hold cells of a sample.
_NAMED = _TEXTS | _PICTURES | _TEMPLATES
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
        Files of other kinds, tables among them, and those that no source names.
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
        Documents, settings, style sheets, bibliographies and filters; and the texts, code,
        pictures and templates that one of these names, or a text that is taken. No other file is
        taken, named or not, for it may hold cells of a sample; neither are runs, archives and
        samples that lie in the folder.
    """
    found = {name: path for name, path in files_below(folder) if not _foreign(folder, path)}
    taken = {name: path for name, path in found.items() if path.suffix.lower() in _SOURCES}
    news = taken
    while news:
        said = "\n".join(_text(path) for path in news.values())
        news = {
            name: path for name, path in found.items() if name not in taken and _named(path, said)
        }
        taken |= news
        # What a picture or a template holds names nothing.
        news = {name: path for name, path in news.items() if path.suffix.lower() in _TEXTS}
    return OwnReports(
        files=dict(sorted(taken.items())),
        left_out=tuple(name for name in found if name not in taken),
    )


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _named(path: Path, said: str) -> bool:
    """Tell whether a text names a file, a module also as one that it imports."""
    kind = path.suffix.lower()
    if kind not in _NAMED:
        return False
    if path.name in said:
        return True
    word = path.parent.name if path.stem == "__init__" else path.stem
    return kind in _CODE and re.search(rf"\b{re.escape(word)}\b", said) is not None


def _foreign(folder: Path, path: Path) -> bool:
    """Tell whether a file lies in a run, an archive or a sample inside the folder."""
    parents = [parent for parent in path.parents if folder in parent.parents]
    return any((parent / mark).is_file() for parent in parents for mark in _FOREIGN)
