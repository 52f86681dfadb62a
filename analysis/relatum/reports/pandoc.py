"""The one place that calls pandoc."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from relatum.errors import ReportError

__all__ = ["EPOCH", "run_pandoc", "shipped"]

EPOCH = 315532800
"""1980-01-01, the earliest date that a zip archive can hold; the date inside every output."""

HERE = Path(__file__).resolve().parent


def shipped(*parts: str) -> Path:
    """Return the path of a filter or template of this package.

    Parameters
    ----------
    *parts : str
        Folder and file name.

    Returns
    -------
    Path
    """
    return HERE.joinpath(*parts)


@cache
def _executable() -> str:
    import pypandoc

    try:
        return str(pypandoc.get_pandoc_path())
    except OSError:
        message = "Pandoc is missing. Install it with: pip install pypandoc_binary"
        raise ReportError(message) from None


def run_pandoc(arguments: Sequence[str], *, folder: Path, document: str) -> bytes:
    """Run pandoc in a folder and return what it wrote to standard output.

    Parameters
    ----------
    arguments : sequence of str
    folder : Path
        The working directory, where figures are looked up.
    document : str
        Name of the document, for messages.

    Returns
    -------
    bytes

    Raises
    ------
    ReportError
        When pandoc fails, or warns of something that a reader would miss.
    """
    done = subprocess.run(
        [_executable(), *arguments],
        cwd=folder,
        env={**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH), "TZ": "UTC"},
        capture_output=True,
        check=False,
    )
    said = done.stderr.decode("utf-8", errors="replace").strip()
    if done.returncode:
        raise ReportError(f"{document} could not be converted.\n  {_worded(said, folder)}")
    if said:
        raise ReportError(f"{document} was converted with losses.\n  {_worded(said, folder)}")
    return done.stdout


def _worded(said: str, folder: Path) -> str:
    own = re.findall(r"RELATUM: (.*)", said)
    lines = own or said.replace(f"{folder}{os.sep}", "").replace(str(HERE), "").splitlines()
    return "\n  ".join(lines[:12])
