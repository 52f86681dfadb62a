"""Rerunning an archive, and comparing every output with the archived one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from relatum.errors import EstimationError, Issue, ReportError, SampleError, UsageError
from relatum.pipeline.archive import CHECKSUMS, OUTPUTS, checksums
from relatum.pipeline.archive_crate import METADATA
from relatum.pipeline.archive_parts import CODE, DATA, DESCRIPTION, LOCK, PLAN, archived_plan
from relatum.pipeline.archive_reports import REPORTS
from relatum.pipeline.code_checksum import code_checksum
from relatum.pipeline.manifest import MANIFEST, Manifest, read_manifest
from relatum.pipeline.margins import LEDGER
from relatum.reports.anonymous import ANONYMOUS
from relatum.study import Study, read_study

__all__ = ["Verification", "verify_archive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """How a rerun compares with the archive.

    Attributes
    ----------
    same : tuple of str
        Outputs with the same SHA-256.
    different, missing, further : tuple of str
        Outputs that differ, that the rerun did not make, and that it made in addition.
    fresh : bool
        Whether the environment was built from the archived lock.
    seconds : float
        How long the rerun took, the environment left out.
    code : str
        The SHA-256 of the archived code, which made the outputs and ran again.
    installed : bool
        Whether the relatum that verifies is that same code.
    """

    same: tuple[str, ...]
    different: tuple[str, ...]
    missing: tuple[str, ...]
    further: tuple[str, ...]
    fresh: bool
    seconds: float
    code: str
    installed: bool

    @property
    def holds(self) -> bool:
        """Whether every output was made again, to the byte."""
        return not (self.different or self.missing or self.further)


def verify_archive(
    archive: Path, *, fresh: bool = True, sample: Path | None = None, other: Path | None = None
) -> Verification:
    """Rerun an archive and compare.

    Parameters
    ----------
    archive : Path
        A folder that `archive_study` wrote. It is only read.
    fresh : bool
        Build an environment from the archived lock; otherwise the present one is used. The code is
        that of the archive in both cases.
    sample, other : Path, optional
        The folders of the sample and of the second sample, where the archive only describes them.

    Returns
    -------
    Verification

    Raises
    ------
    UsageError
        If the folder is no archive.
    ReportError
        If a file is not as it was archived, with one issue per file; or if the archived code is
        not that by which the outputs were made.
    SampleError
        If the data are neither in the archive nor given.
    EstimationError
        If the environment cannot be built, or the rerun stops.
    """
    archive = archive.resolve()
    _check_files(archive)
    study, manifest = read_study(archive / PLAN), read_manifest(archive / OUTPUTS)
    code = _check_code(archive, manifest)
    _check_data(study, sample=sample, other=other)
    with tempfile.TemporaryDirectory(prefix="relatum-verify-") as name:
        work = Path(name).resolve()
        python = _environment(archive, work) if fresh else Path(sys.executable)
        _lay_out(archive, work, study.name, sample=sample, other=other)
        started = time.perf_counter()
        archived = checksums(archive / OUTPUTS)
        _rerun(python, work, manifest, [n for n in archived if n.startswith(f"{ANONYMOUS}/")])
        seconds = time.perf_counter() - started
        again = checksums(work / "out" / study.name)
    return _compare(archived, again, fresh=fresh, seconds=seconds, code=code)


def _check_files(archive: Path) -> None:
    if not (archive / CHECKSUMS).is_file() or not (archive / METADATA).is_file():
        raise UsageError(f"'{archive.name}' is no archive of relatum: it lacks '{CHECKSUMS}'.")
    lines = (archive / CHECKSUMS).read_text(encoding="utf-8").splitlines()
    listed = {path: digest for digest, _, path in (line.partition("  ") for line in lines)}
    there = checksums(archive)
    faults = dict.fromkeys(listed.keys() - there.keys(), "is missing")
    faults |= dict.fromkeys(there.keys() - listed.keys(), "is not listed")
    faults |= {
        path: "was changed" for path in listed if there.get(path, listed[path]) != listed[path]
    }
    if faults:
        issues = [
            Issue(table=path, rule="checksum", message=f"This file {what}.")
            for path, what in sorted(faults.items())
        ]
        msg = f"{len(faults)} files of '{archive.name}' are not as they were archived."
        raise ReportError(msg, issues)


def _check_code(archive: Path, manifest: Manifest) -> str:
    """Compare the checksum of the archived code with the one that the outputs name."""
    code = code_checksum(archive / CODE / "analysis" / "relatum", archive / CODE / "data_schema")
    if code != manifest.code:
        msg = (
            f"The archived code is not that which made the outputs: its SHA-256 is {code[:12]}, "
            f"and they name {manifest.code[:12] or 'none'} (relatum "
            f"{manifest.plan.relatum_version}). Run the study again and archive it anew."
        )
        raise ReportError(msg)
    return code


def _check_data(study: Study, *, sample: Path | None, other: Path | None) -> None:
    needed = (("sample", study.sample, sample), ("other", study.comparison.other, other))
    absent = [
        f"--{name} FOLDER"
        for name, reference, given in needed
        if reference and not reference.startswith("shipped:") and _described(Path(reference))
        if given is None
    ]
    if absent:
        msg = (
            "Every checksum holds, but the results were not computed again: the archive only "
            f"describes its data. Name their folder: {' '.join(absent)}"
        )
        raise SampleError(msg)


def _described(folder: Path) -> bool:
    return (folder / DESCRIPTION).is_file()


def _environment(archive: Path, work: Path) -> Path:
    """Build an environment from the archived lock; return its Python."""
    place = work / "environment"
    venv.EnvBuilder(with_pip=True).create(place)
    python = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    lock = archive / LOCK
    hashed = ["--require-hashes"] if "--hash=" in lock.read_text(encoding="utf-8") else []
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # Older versions do not see that a pin with checksums also holds for a package with extras.
    _call([*pip, "pip>=23.3"], folder=work, what="The environment")
    _call([*pip, *hashed, "-r", str(lock)], folder=work, what="The environment")
    return python


def _lay_out(
    archive: Path, work: Path, name: str, *, sample: Path | None, other: Path | None
) -> None:
    """Copy what the rerun reads: a rerun never writes into the archive.

    The margins of earlier fits are part of what a fit says, so their list goes along.
    """
    shutil.copytree(archive / CODE, work / CODE)
    if (archive / DATA).is_dir():
        shutil.copytree(archive / DATA, work / DATA)
    if (archive / REPORTS).is_dir():
        shutil.copytree(archive / REPORTS, work / REPORTS)
    text = (archive / PLAN).read_text(encoding="utf-8")
    places = [place.resolve().as_posix() if place else "" for place in (sample, other)]
    text = archived_plan(text, sample=places[0], other=places[1])
    (work / PLAN).write_bytes(text.encode())
    before = work / "out" / name
    before.mkdir(parents=True)
    for file in (LEDGER, MANIFEST):
        if (archive / OUTPUTS / file).is_file():
            shutil.copyfile(archive / OUTPUTS / file, before / file)


def _rerun(python: Path, work: Path, manifest: Manifest, anonymous: Sequence[str]) -> None:
    """Make again what is archived: results, reports, and reports without names."""
    endings = sorted(
        {Path(name).suffix.removeprefix(".") for name in (*manifest.reports, *anonymous)}
    )
    options = [word for ending in endings for word in ("--format", ending)]
    options += ["--engine", manifest.engine] if manifest.engine else []
    options += ["--anonymous"] if anonymous else []
    steps = [["run", *options]] if manifest.reports else [["fit"]]
    steps += [["render", *options]] if anonymous and not manifest.reports else []
    for verb, *own in steps:
        call = [str(python), "-m", "relatum", verb, PLAN, *own, "--out", "out"]
        _call(call, folder=work, what="The rerun", code=work / CODE / "analysis")


def _call(words: Sequence[str], *, folder: Path, what: str, code: Path | None = None) -> None:
    variables = {name: text for name, text in os.environ.items() if name != "RELATUM_RESULTS"}
    if code is not None:
        variables |= {"PYTHONPATH": str(code), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(words, cwd=folder, env=variables, capture_output=True, text=True)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if not line.startswith("WARNING")]
        told = "\n".join(lines[-8:]).strip()
        raise EstimationError(f"{what} stopped with code {done.returncode}:\n{told}")


def _compare(
    old: Mapping[str, str], again: Mapping[str, str], *, fresh: bool, seconds: float, code: str
) -> Verification:
    return Verification(
        same=tuple(path for path in old if again.get(path) == old[path]),
        different=tuple(path for path in old if again.get(path, old[path]) != old[path]),
        missing=tuple(path for path in old if path not in again),
        further=tuple(path for path in again if path not in old),
        fresh=fresh,
        seconds=seconds,
        code=code,
        installed=code == code_checksum(),
    )
