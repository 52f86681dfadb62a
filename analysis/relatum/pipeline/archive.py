"""A study as an archive that a reviewer can rerun: code, lock, plan, data, outputs, checksums."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from relatum.errors import PlanError, ReportError
from relatum.pipeline.archive_crate import METADATA, crate_text
from relatum.pipeline.archive_parts import (
    CODE,
    DATA,
    LOCK,
    PLAN,
    archived_plan,
    code_files,
    describe_sample,
    lock_text,
)
from relatum.pipeline.archive_readme import SHIPPED_TEXTS, DataNote, readme_text
from relatum.pipeline.archive_reports import REPORTS, own_reports
from relatum.pipeline.aside import fresh_folder
from relatum.pipeline.code_checksum import code_checksum
from relatum.pipeline.manifest import Manifest, read_manifest
from relatum.samples import open_sample, write_sample
from relatum.samples.read import SHIPPED
from relatum.schema import default_study_path
from relatum.study import Study, read_study

__all__ = ["CHECKSUMS", "OUTPUTS", "ArchiveSummary", "DataChoice", "archive_study", "checksums"]

CHECKSUMS, OUTPUTS, README = "checksums.sha256", "outputs", "README.md"
DataChoice = Literal["auto", "with", "describe"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveSummary:
    """What an archive holds.

    Attributes
    ----------
    folder : Path
    files : int
        How many files.
    data : tuple of DataNote
        The samples, and whether their cells are part of it.
    left_out : tuple of str
        Files of the study's own reports folder that are no part of it; see `own_reports`.
    """

    folder: Path
    files: int
    data: tuple[DataNote, ...]
    left_out: tuple[str, ...] = ()

    @property
    def confidential(self) -> bool:
        """Whether it holds cells of a collected sample."""
        return any(note.included and note.origin == "collected" for note in self.data)


def archive_study(plan: Path | None, out: Path, *, data: DataChoice = "auto") -> ArchiveSummary:
    """Write ``out/<study>-archive/`` from the run that lies in ``out/<study>/``.

    Parameters
    ----------
    plan : Path or None
        The ``study.toml``; the shipped plan by default.
    out : Path
        The folder that holds one folder per study.
    data : {"auto", "with", "describe"}
        Whether the cells of the samples go in. ``auto`` leaves out all but
        simulated ones. Samples that ship with the package are part of its code.

    Returns
    -------
    ArchiveSummary

    Raises
    ------
    PlanError
        If there is no run, or one of another plan, sample, code or state of the files.
    RelatumError
        Whatever stops a step. What lay in the place of the archive is then as it was before.

    Notes
    -----
    The same run gives the same bytes. Nothing in the archive names a folder of the machine: the
    plan is rewritten to find its samples inside the archive. The date is that of the environment
    variable ``SOURCE_DATE_EPOCH``; without it there is none.
    """
    place = plan or default_study_path()
    study = read_study(place)
    run = out / study.name
    manifest = read_manifest(run)
    _check_run(run, manifest, study)
    own = own_reports(Path(study.reports.folder)) if study.reports.folder else None
    with fresh_folder(out / f"{study.name}-archive", mark=METADATA) as new:
        shutil.copytree(run, new / OUTPUTS, ignore=shutil.ignore_patterns(".*"))
        _copy(dict(code_files()), new)
        notes, text = _write_data(new, place.read_text(encoding="utf-8"), study, manifest, data)
        if own is not None:
            _copy(own.files, new / REPORTS)
            text = archived_plan(text, reports=REPORTS)
        _write(new / PLAN, text)
        if read_study(new / PLAN).hash != study.hash:
            msg = "The plan in the archive would not be the plan of the run; nothing was written."
            raise PlanError(msg)
        _write(new / LOCK, lock_text())
        texts = "" if own is None else REPORTS
        documents = [new / (texts or SHIPPED_TEXTS) / name for name in study.reports.documents]
        _write(new / README, readme_text(manifest, notes, _there(documents), texts=texts))
        _write(new / METADATA, crate_text(new, manifest, notes, checksums(new), texts=texts))
        sums = checksums(new)
        _write(new / CHECKSUMS, "".join(f"{digest}  {path}\n" for path, digest in sums.items()))
    return ArchiveSummary(
        folder=out / f"{study.name}-archive",
        files=len(sums) + 1,
        data=notes,
        left_out=own.left_out if own is not None else (),
    )


def checksums(folder: Path) -> Mapping[str, str]:
    """Return the SHA-256 of every file below a folder, by path; the list itself is left out."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    names = sorted(path.relative_to(folder).as_posix() for path in paths)
    return {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in names
        if name != CHECKSUMS and "__pycache__" not in name.split("/")
    }


def _check_run(run: Path, manifest: Manifest, study: Study) -> None:
    if manifest.plan.hash != study.hash:
        msg = f"The results in '{run.name}' were made by another plan. Run: relatum run"
        raise PlanError(msg)
    if manifest.code != code_checksum():
        msg = f"The code of relatum has changed since '{run.name}' was made. Run: relatum run"
        raise PlanError(msg)
    there = checksums(run)
    changed = [record.path for record in manifest.files if there.get(record.path) != record.sha256]
    if changed:
        msg = (
            f"{len(changed)} files of '{run.name}' are missing or not as the run wrote them, "
            f"'{changed[0]}' among them. Run: relatum run"
        )
        raise PlanError(msg)
    lost = [name for name in manifest.reports if f"reports/{name}" not in there]
    if lost:
        raise ReportError(f"The report '{lost[0]}' is missing. Run: relatum render")


def _copy(files: Mapping[str, Path], folder: Path) -> None:
    for name, source in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, folder / name)


def _there(documents: list[Path]) -> list[Path]:
    return [path for path in documents if path.is_file()]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def _write_data(
    new: Path, text: str, study: Study, manifest: Manifest, choice: DataChoice
) -> tuple[tuple[DataNote, ...], str]:
    """Write or describe the samples; return what was done, and the plan that finds them."""
    first = _one(new, study.sample, "sample", choice)
    if first.fingerprint != manifest.plan.sample_fingerprint:
        msg = "The sample has changed since the run. Run: relatum run"
        raise PlanError(msg)
    notes = [first]
    if study.comparison.other:
        notes.append(_one(new, study.comparison.other, "other", choice))
    own = {
        name: "" if reference.startswith("shipped:") else f"{DATA}/{name}"
        for name, reference in (("sample", study.sample), ("other", study.comparison.other))
        if reference
    }
    return tuple(notes), archived_plan(text, sample=own["sample"], other=own.get("other", ""))


def _one(new: Path, reference: str, name: str, choice: DataChoice) -> DataNote:
    sample = open_sample(reference)
    shipped = reference.startswith("shipped:")
    included = shipped or choice == "with" or (choice == "auto" and sample.simulated)
    place = f"{DATA}/{name}"
    if shipped:
        place = f"{CODE}/data_schema/{SHIPPED[reference.removeprefix('shipped:')]}"
    elif included:
        write_sample(sample, new / place)
    else:
        for file, text in describe_sample(sample).items():
            _write(new / place / file, text)
    return DataNote(
        title=sample.info.title or sample.info.name,
        origin=sample.info.origin,
        place=place,
        included=included,
        fingerprint=sample.fingerprint,
        attribution=sample.imported.attribution if sample.imported else "",
    )
