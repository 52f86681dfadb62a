"""One call: check a document, choose an engine, build, and only then touch the output folder."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import get_args

from relatum.errors import ReportError, UsageError
from relatum.reports.anonymous import ANONYMOUS, clean_outputs, without_names
from relatum.reports.builtin import build
from relatum.reports.outputs import FORMATS, Engine, Format, Output, Rendered
from relatum.reports.project import Project, read_project
from relatum.reports.quarto import find_quarto, run_quarto
from relatum.reports.scratch import clear_abandoned, is_disk_fault, scratch_folder
from relatum.reports.source import Source, raise_faults, read_source
from relatum.reports.subset import source_faults

__all__ = ["SKIPPED", "render"]

SCRATCH = "relatum-report-"
NOTHING: Mapping[str, str] = MappingProxyType({})
#: What is not copied from the folder of a report project.
SKIPPED = shutil.ignore_patterns(".*", "_*output*", "__pycache__", "*_files", "_site", "_freeze")


def render(
    document: Path,
    *,
    formats: Sequence[Format] = FORMATS,
    engine: Engine = "auto",
    out_dir: Path,
    profile: str | None = None,
    environment: Mapping[str, str] = NOTHING,
) -> Rendered:
    """Render a document; on failure the output folder is left as it was.

    Parameters
    ----------
    document : Path
        A ``.qmd`` file inside a report project (a folder with a ``_quarto.yml``).
    formats : sequence of {"html", "docx", "pdf"}
    engine : {"auto", "quarto", "builtin"}
        ``auto`` takes Quarto when it is on the PATH, else the built-in engine.
    out_dir : Path
        Where the files go; made when absent.
    profile : str, optional
        A Quarto profile. Cells see it as ``RELATUM_PROFILE``. The profile ``anonymous`` also takes
        the names out of the copy that is rendered and out of the metadata of the files.
    environment : Mapping of str to str, optional
        Variables that the cells see, such as ``RELATUM_OUT``.

    Returns
    -------
    Rendered

    Raises
    ------
    UsageError
        When a format or an engine is unknown.
    ReportError
        When the document leaves the subset, a cell fails or a converter refuses the result.
    """
    wanted = _check_call(formats, engine)
    source = read_source(document)
    project = read_project(document, profile=profile)
    raise_faults(source_faults(source, project), what=document.name)
    chosen, notes = _choose(engine)
    seen = {**environment, **({"RELATUM_PROFILE": profile} if profile else {})}
    outputs = _made(source, project, chosen, wanted, out_dir, seen)
    return Rendered(document=document, engine=chosen, outputs=outputs, notes=notes)


def _made(
    source: Source,
    project: Project,
    engine: Engine,
    formats: tuple[Format, ...],
    out_dir: Path,
    environment: Mapping[str, str],
) -> tuple[Output, ...]:
    """Build in a folder of the system for temporary files; publish what is finished."""
    try:
        temporary = Path(tempfile.gettempdir())
        clear_abandoned(temporary, SCRATCH)
        with scratch_folder(temporary, SCRATCH) as name:
            scratch = name.resolve()
            copied, copy = _copy(source, project, scratch / "project")
            if project.profile == ANONYMOUS:
                copied, copy = without_names(copied, copy)
            if engine == "quarto":
                made = run_quarto(copied, copy, formats=formats, environment=environment)
            else:
                made = build(
                    copied, copy, formats=formats, scratch=scratch, environment=environment
                )
            if project.profile == ANONYMOUS:
                clean_outputs(made)
            return _publish(made, out_dir)
    except OSError as problem:
        if not is_disk_fault(problem):
            raise
        why = problem.strerror or "the copy of the project failed"
        message = f"{source.path.name} cannot be rendered, the disk refuses: {why}."
        raise ReportError(message) from problem


def _check_call(formats: Sequence[Format], engine: Engine) -> tuple[Format, ...]:
    if isinstance(formats, str) or not formats:
        raise UsageError(f"Name at least one format, as a list: {', '.join(FORMATS)}.")
    for wanted in formats:
        if wanted not in FORMATS:
            raise UsageError(f"'{wanted}' is not a format. Allowed: {', '.join(FORMATS)}.")
    engines = get_args(Engine)
    if engine not in engines:
        raise UsageError(f"'{engine}' is not an engine. Allowed: {', '.join(engines)}.")
    return tuple(dict.fromkeys(formats))


def _choose(engine: Engine) -> tuple[Engine, tuple[str, ...]]:
    if engine != "auto":
        return engine, ()
    if find_quarto() is not None:
        return "quarto", ()
    return "builtin", ("Quarto is not on the PATH; the built-in engine was used.",)


def _copy(source: Source, project: Project, target: Path) -> tuple[Source, Project]:
    """Copy the project, so that nothing is ever written beside the sources."""
    shutil.copytree(project.folder, target, ignore=SKIPPED)
    inside = source.path.resolve().relative_to(project.folder)
    return (
        dataclasses.replace(source, path=target / inside),
        dataclasses.replace(project, folder=target),
    )


def _publish(made: Sequence[Output], out_dir: Path) -> tuple[Output, ...]:
    """Put finished files in their place: copied beside it first, then renamed."""
    partial: list[Path] = []
    done: list[Output] = []
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        for output in made:
            partial.append(out_dir / f".{output.path.name}.partial")
            shutil.copyfile(output.path, partial[-1])
        for output, waiting in zip(made, partial, strict=True):
            final = out_dir / output.path.name
            waiting.replace(final)
            done.append(Output(format=output.format, path=final))
    except OSError as problem:
        for waiting in partial:
            waiting.unlink(missing_ok=True)
        message = f"The reports cannot be written to {out_dir.name}: {problem.strerror}."
        raise ReportError(message) from None
    return tuple(done)
