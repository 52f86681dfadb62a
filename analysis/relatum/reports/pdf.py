"""Typst source to PDF: fixed date, embedded fonts only, no network, checked as PDF/UA-1."""

from __future__ import annotations

import datetime
from pathlib import Path

from relatum.errors import ReportError
from relatum.reports.pandoc import EPOCH

__all__ = ["compile_pdf"]


def compile_pdf(source: Path, *, document: str) -> bytes:
    """Compile a Typst file to an accessible PDF.

    Parameters
    ----------
    source : Path
        The Typst file; its folder holds the figures.
    document : str
        Name of the document, for messages.

    Returns
    -------
    bytes

    Raises
    ------
    ReportError
        When Typst refuses the file, for instance for a figure without alternative text.
    """
    import typst

    compiler = typst.Compiler(str(source), root=str(source.parent), ignore_system_fonts=True)
    try:
        result = compiler.compile(
            format="pdf",
            pdf_standards=["ua-1"],
            timestamp=datetime.datetime.fromtimestamp(EPOCH, tz=datetime.UTC),
        )
    except typst.TypstError as problem:
        hints = "".join(f"\n  {hint}" for hint in getattr(problem, "hints", []))
        raise ReportError(f"{document} could not be set as a PDF.\n  {problem}{hints}") from None
    if not isinstance(result, bytes):
        raise ReportError(f"{document} could not be set as a PDF: Typst returned no file.")
    return result
