"""The formats, the engines and what a rendering gives back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from relatum.errors import ReportError

__all__ = ["FORMATS", "Engine", "Format", "Output", "Rendered", "quarto_name", "suffix"]

Format = Literal["html", "docx", "pdf"]
Engine = Literal["auto", "quarto", "builtin"]

FORMATS: tuple[Format, ...] = ("html", "docx", "pdf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One rendered file.

    Attributes
    ----------
    format : {"html", "docx", "pdf"}
    path : Path
        Where the file lies.
    """

    format: Format
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What one call of :func:`relatum.reports.render` wrote.

    Attributes
    ----------
    document : Path
        The source that was rendered.
    engine : {"quarto", "builtin"}
        The engine that did the work.
    outputs : tuple of Output
        One per format, in the order asked for.
    notes : tuple of str
        What a reader of the log should know, such as why an engine was chosen.
    """

    document: Path
    engine: Engine
    outputs: tuple[Output, ...]
    notes: tuple[str, ...] = ()

    def path(self, wanted: Format) -> Path:
        """Return the file of one format.

        Parameters
        ----------
        wanted : {"html", "docx", "pdf"}

        Returns
        -------
        Path

        Raises
        ------
        ReportError
            When that format was not rendered.
        """
        for output in self.outputs:
            if output.format == wanted:
                return output.path
        have = ", ".join(output.format for output in self.outputs)
        raise ReportError(f"'{wanted}' was not rendered; the formats of this rendering: {have}.")


def quarto_name(wanted: Format) -> str:
    """Return what Quarto calls a format: its PDF through Typst is named ``typst``.

    Parameters
    ----------
    wanted : {"html", "docx", "pdf"}

    Returns
    -------
    str

    Examples
    --------
    >>> quarto_name("pdf")
    'typst'
    """
    return "typst" if wanted == "pdf" else wanted


def suffix(wanted: Format) -> str:
    """Return the file name's ending for a format.

    Parameters
    ----------
    wanted : {"html", "docx", "pdf"}

    Returns
    -------
    str

    Examples
    --------
    >>> suffix("docx")
    '.docx'
    """
    return f".{wanted}"
