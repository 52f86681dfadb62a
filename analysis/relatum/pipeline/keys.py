"""Keys of the cache: the SHA-256 of everything that an output can depend on."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

import relatum
from relatum.pipeline.manifest import PlanRecord
from relatum.pipeline.margins import MarginRecord, ledger_text
from relatum.reports import Engine, Format
from relatum.reports.project import read_project
from relatum.reports.quarto import find_quarto
from relatum.reports.render import SKIPPED
from relatum.reports.source import Line, Prose, read_source
from relatum.results.codec import encode
from relatum.results.store import json_text
from relatum.samples.read import SHIPPED
from relatum.schema import schema_path
from relatum.study import Study

__all__ = ["figures_key", "render_key", "results_key"]

#: Parts of the package that no result and no table reads.
_LATER = ("cli", "figures", "reports")
_PACKAGE = Path(relatum.__file__).resolve().parent


def results_key(study: Study, ledger: Sequence[MarginRecord]) -> str:
    """Return the key of the released results of a plan.

    Parameters
    ----------
    study : Study
        The plan; what it says of reports does not count, but for the forms of tables.
    ledger : sequence of MarginRecord
        The margins of earlier fits.

    Returns
    -------
    str
        It changes with the plan, any byte of a sample, the code of the package that computes, the
        version of any installed package, Python, the processor and the system. The analyses of a
        plan share one key: their results name the hash of the whole plan, and disclosure control
        looks at all of them together.
    """
    plan = [repr(getattr(study, spec.name)) for spec in fields(study) if spec.name != "reports"]
    return _digest(
        "results",
        *plan,
        *("table", *study.reports.tables),
        ledger_text(ledger),
        *(_sample_digest(place) for place in (study.sample, study.comparison.other)),
        _code_digest(without=_LATER),
        _surroundings(),
    )


def figures_key(results: Path, forms: Sequence[str]) -> str:
    """Return the key of the figures of a study.

    Parameters
    ----------
    results : Path
        The folder ``results`` of the run.
    forms : sequence of str
        The formats.

    Returns
    -------
    str
        It changes with the results, the code of the package, and the version of any installed
        package.
    """
    return _digest("figures", *forms, _tree_digest(results), _code_digest(), _surroundings())


def render_key(
    document: Path,
    *,
    study: Study,
    results: Path,
    plan: PlanRecord,
    formats: Sequence[Format],
    engine: Engine,
    profile: str | None,
) -> str:
    """Return the key of a document in some formats.

    Parameters
    ----------
    document : Path
    study : Study
        Its other documents do not count, unless this one names them.
    results : Path
        The folder ``results`` of the run, all of which a document can read.
    plan : PlanRecord
        The plan of the manifest.
    formats, engine, profile
        See `relatum.reports.render`. The cells run once for all formats, with the figure size of
        the first: so the formats have one key together.

    Returns
    -------
    str
        It changes with the document, its includes and every other file of the report project
        (filters, templates, style sheet, Word reference, bibliography, authors), the results, the
        code of the package, the version of any installed package and of Quarto.

    Raises
    ------
    ReportError
        If the document or its project cannot be read.
    """
    source = read_source(document)
    folder = read_project(document, profile=profile).folder
    text = f"{source.front_matter}\n" + "\n".join(line.text for line in _lines(source.parts))
    others = {name for name in study.reports.documents if name not in (document.name,)}
    unread = {name for name in others if Path(name).stem not in text}
    return _digest(
        "render",
        document.name,
        text,
        _tree_digest(folder, SKIPPED, without=unread),
        _tree_digest(results),
        json_text(encode(plan)),
        json_text([*formats, engine, _engine_version(engine), profile or ""]),
        _code_digest(),
        _surroundings(),
    )


def _lines(parts: Iterable[object]) -> Iterator[Line]:
    for part in parts:
        if isinstance(part, Prose):
            yield from part.lines
        else:
            yield from getattr(part, "body", ())


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _sample_digest(reference: str) -> str:
    """Hash a sample's files; those that ship are part of the package."""
    if not reference or reference.removeprefix("shipped:") in SHIPPED:
        return reference
    place = Path(reference)
    return f"{place.resolve().name} {_tree_digest(place)}"


def _tree_digest(
    folder: Path,
    ignore: Callable[[str, list[str]], Iterable[str]] | None = None,
    *,
    without: Iterable[str] = (),
) -> str:
    """Hash names and bytes of all files below a folder; `without` names files at its top."""
    found = hashlib.sha256()
    left_out = {folder / name for name in without}
    for place, folders, names in os.walk(folder, followlinks=True):
        skipped = set(ignore(place, [*folders, *names])) if ignore else set()
        folders[:] = sorted(set(folders) - skipped)
        for path in (Path(place) / name for name in sorted(set(names) - skipped)):
            if path not in left_out:
                name = path.relative_to(folder).as_posix()
                entry = f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n"
                found.update(entry.encode())
    return found.hexdigest()


@cache
def _code_digest(*, without: tuple[str, ...] = ()) -> str:
    """Hash the package's own files, and those of the schema, samples that ship among them."""

    def ignore(place: str, names: list[str]) -> set[str]:
        top = without if Path(place) == _PACKAGE else ()
        return {name for name in names if name == "__pycache__" or name in top}

    return f"{_tree_digest(_PACKAGE, ignore)} {_tree_digest(schema_path())}"


@cache
def _surroundings() -> str:
    """Word Python, system, processor, installed packages and the variables of this package."""
    packages = sorted(f"{item.name} {item.version}" for item in distributions())
    own = sorted(
        f"{name}={value}"
        for name, value in os.environ.items()
        if name.startswith("RELATUM_") and name != "RELATUM_RESULTS"
    )
    machine = (platform.platform(), platform.machine(), platform.processor())
    return "\n".join((sys.version, *machine, *packages, *own))


@cache
def _engine_version(engine: Engine) -> str:
    """Word the engine that would be taken; the built-in one is part of the packages."""
    program = find_quarto() if engine != "builtin" else None
    if program is None:
        return "builtin"
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return f"quarto {done.stdout.strip()}"
