"""A copy of the shipped reports folder, for a study that words its reports itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from relatum.errors import ReportError
from relatum.reports.authors import AUTHORS
from relatum.reports.project import find_reports
from relatum.samples.templates import write_new_folder

__all__ = ["copy_reports", "report_sources"]

#: Folders of the shipped one that serve relatum itself.
_OURS = ("guide", "images")
_OUR_NAME, _YOUR_NAME = "literal: The relatum developers", "literal: Author to complete"


def report_sources() -> Mapping[str, bytes]:
    """Return the shipped documents with everything that they need.

    Returns
    -------
    mapping of str to bytes
        By path: the documents, ``_quarto.yml``, style sheet, Word template, bibliography, and an
        ``authors.yml`` in which the authors are still to be named.

    Raises
    ------
    ReportError
        If the shipped folder is not there, or its ``authors.yml`` names others than expected.

    Examples
    --------
    >>> {"manuscript.qmd", "_quarto.yml", "reference.docx"} <= set(report_sources())
    True
    """
    folder = find_reports()
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _left_out(path.relative_to(folder))
    }
    text = found[AUTHORS].decode("utf-8")
    if text.count(_OUR_NAME) != 1:
        raise ReportError(f"The shipped {AUTHORS} was changed; copy the reports folder by hand.")
    return found | {AUTHORS: text.replace(_OUR_NAME, _YOUR_NAME).encode("utf-8")}


def _left_out(inside: Path) -> bool:
    return inside.parts[0] in _OURS or any(
        part.startswith((".", "__pycache__", "_output", "_site", "_freeze"))
        for part in inside.parts
    )


def copy_reports(folder: str | Path) -> tuple[Path, ...]:
    """Write a copy of the shipped documents; either the whole folder appears or nothing.

    Parameters
    ----------
    folder : str or Path
        A folder that does not exist yet, or an empty one.

    Returns
    -------
    tuple of Path
        The files, relative to the folder.

    Raises
    ------
    UsageError
        If the folder is not empty or cannot be written.
    ReportError
        See `report_sources`.
    """
    return write_new_folder(folder, report_sources())
