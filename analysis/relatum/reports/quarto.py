"""The call of the Quarto command line: composed as a value, run when Quarto is there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from relatum.errors import ReportError
from relatum.reports.outputs import Format, Output, quarto_name, suffix
from relatum.reports.pandoc import EPOCH
from relatum.reports.project import Project
from relatum.reports.source import Source

__all__ = ["QuartoCall", "compose_call", "find_quarto", "run_quarto"]

MISSING = (
    "Quarto is not on the PATH. Install it with 'pip install quarto-cli' or "
    "'conda install -c conda-forge quarto', or use the built-in engine: --engine builtin."
)
OUTPUT = "_relatum_output"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuartoCall:
    """One ``quarto render``.

    Attributes
    ----------
    arguments : tuple of str
        The command, program first.
    folder : Path
        The project folder, from which it is called.
    environment : Mapping of str to str
        What is set beside the present environment.
    """

    arguments: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]


def find_quarto() -> str | None:
    """Return the path of the Quarto command.

    Returns
    -------
    str or None
        None when Quarto is not on the PATH.
    """
    return shutil.which("quarto")


def compose_call(
    source: Source,
    project: Project,
    *,
    formats: Sequence[Format],
    program: str,
    environment: Mapping[str, str],
) -> QuartoCall:
    """Compose the call that renders a document to all formats.

    Parameters
    ----------
    source : Source
    project : Project
        A writable copy of the project, so that nothing is written beside the sources.
    formats : sequence of {"html", "docx", "pdf"}
        ``pdf`` is made through Typst.
    program : str
        The Quarto command.
    environment : Mapping of str to str
        Variables that the cells see.

    Returns
    -------
    QuartoCall
    """
    document = source.path.resolve().relative_to(project.folder.resolve())
    names = ",".join(quarto_name(wanted) for wanted in formats)
    settings = {
        **environment,
        "QUARTO_PYTHON": sys.executable,
        "SOURCE_DATE_EPOCH": str(EPOCH),
        **({"QUARTO_PROFILE": project.profile} if project.profile else {}),
    }
    arguments = (program, "render", document.as_posix(), "--to", names, "--output-dir", OUTPUT)
    return QuartoCall(arguments=arguments, folder=project.folder, environment=settings)


def run_quarto(
    source: Source,
    project: Project,
    *,
    formats: Sequence[Format],
    environment: Mapping[str, str],
) -> tuple[Output, ...]:
    """Render with Quarto inside a copy of the project.

    Parameters
    ----------
    source : Source
    project : Project
        The copy.
    formats : sequence of {"html", "docx", "pdf"}
    environment : Mapping of str to str

    Returns
    -------
    tuple of Output
        Files inside the copy.

    Raises
    ------
    ReportError
        When Quarto is missing, fails or writes no file.
    """
    program = find_quarto()
    if program is None:
        raise ReportError(MISSING)
    call = compose_call(source, project, formats=formats, program=program, environment=environment)
    done = subprocess.run(
        call.arguments,
        cwd=call.folder,
        env={**os.environ, **call.environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    name = source.path.name
    if done.returncode:
        said = done.stderr.replace(str(call.folder), ".").strip().splitlines()[-12:]
        lines = "\n  ".join(said)
        raise ReportError(f"Quarto could not render {name} (exit {done.returncode}).\n  {lines}")
    return tuple(_found(source, project, wanted) for wanted in formats)


def _found(source: Source, project: Project, wanted: Format) -> Output:
    name = source.path.stem + suffix(wanted)
    places = sorted((project.folder / OUTPUT).rglob(name))
    if not places:
        message = f"Quarto ended without an error but wrote no {name}. Is it 1.4 or newer?"
        raise ReportError(message)
    return Output(format=wanted, path=places[0])
