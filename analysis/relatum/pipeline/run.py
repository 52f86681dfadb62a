"""All steps of a plan in one go; nothing half-written remains when a step fails."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from relatum.errors import Issue, PlanError, ReportError, UsageError
from relatum.pipeline.manifest import MANIFEST, Manifest, manifest_text, read_manifest
from relatum.pipeline.opened import RESULTS_VARIABLE
from relatum.pipeline.steps import Prepared, prepare, study_files
from relatum.reports import Engine, Format, Rendered, check, find_reports, render
from relatum.results.store import swap_folder
from relatum.study import Study

__all__ = ["RunSummary", "check_documents", "fit_study", "render_study", "run_study"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """What a run wrote, and where.

    Attributes
    ----------
    folder : Path
        The folder of the study.
    manifest : Manifest
        What it holds.
    unavailable : tuple of str
        What could not be estimated, with the reasons.
    notes : tuple of str
        What a reader of the log should know.
    """

    folder: Path
    manifest: Manifest
    unavailable: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def reports(self) -> tuple[Path, ...]:
        """The rendered files."""
        return tuple(self.folder / "reports" / name for name in self.manifest.reports)

    @property
    def tables(self) -> tuple[Path, ...]:
        """The tables."""
        paths = (record.path for record in self.manifest.files)
        return tuple(self.folder / path for path in paths if path.startswith("tables/"))


def run_study(
    study: Study,
    out: Path,
    *,
    formats: Sequence[Format] = (),
    engine: Engine | None = None,
    reports: Path | None = None,
) -> RunSummary:
    """Check, fit, release and render a plan into ``out/<study>/``.

    Parameters
    ----------
    study : Study
        The plan.
    out : Path
        The folder that holds one folder per study.
    formats : sequence of {"html", "docx", "pdf"}, optional
        The plan's by default.
    engine : {"auto", "quarto", "builtin"}, optional
        The plan's by default.
    reports : Path, optional
        The folder with the documents; the shipped one by default.

    Returns
    -------
    RunSummary

    Raises
    ------
    RelatumError
        Whatever stops a step. The folder of the study is then as it was before.
    """
    documents = _documents(study, reports)
    with _fresh_folder(out / study.name) as new:
        prepared = prepare(study)
        manifest = _write(new, prepared)
        rendered = _render(study, documents, new, formats, engine)
        manifest = _with_reports(manifest, rendered)
        (new / MANIFEST).write_text(manifest_text(manifest), encoding="utf-8", newline="\n")
    return _summary(out / study.name, manifest, prepared.unavailable, rendered)


def fit_study(study: Study, out: Path) -> RunSummary:
    """Check, fit and release a plan into ``out/<study>/``.

    Reports of an earlier run are removed: they would not show these results.

    Parameters
    ----------
    study, out
        See `run_study`.
    """
    with _fresh_folder(out / study.name) as new:
        prepared = prepare(study)
        manifest = _write(new, prepared)
    return _summary(out / study.name, manifest, prepared.unavailable, ())


def render_study(
    study: Study,
    out: Path,
    *,
    formats: Sequence[Format] = (),
    engine: Engine | None = None,
    reports: Path | None = None,
) -> RunSummary:
    """Render the documents of a plan from the results that lie in ``out/<study>/``.

    Parameters
    ----------
    study, out, formats, engine, reports
        See `run_study`.

    Raises
    ------
    PlanError
        If the results are missing or were made by another plan.
    """
    folder = out / study.name
    manifest = read_manifest(folder)
    if manifest.plan.hash != study.hash:
        msg = f"The results in '{folder.name}' were made by another plan. Run: relatum fit"
        raise PlanError(msg)
    documents = _documents(study, reports)
    rendered = _render(study, documents, folder, formats, engine)
    manifest = _with_reports(manifest, rendered)
    waiting = folder / f".{MANIFEST}"
    waiting.write_text(manifest_text(manifest), encoding="utf-8", newline="\n")
    waiting.replace(folder / MANIFEST)
    return _summary(folder, manifest, (), rendered)


def check_documents(study: Study, reports: Path | None = None) -> tuple[Issue, ...]:
    """List what lies outside the subset in the documents of a plan; nothing is rendered."""
    return tuple(issue for document in _documents(study, reports) for issue in check(document))


def _documents(study: Study, reports: Path | None) -> tuple[Path, ...]:
    folder = find_reports() if reports is None else reports
    missing = [name for name in study.reports.documents if not (folder / name).is_file()]
    if missing:
        there = ", ".join(sorted(path.name for path in folder.glob("*.qmd"))) or "none"
        msg = f"There is no document '{missing[0]}' in the reports folder; there are: {there}."
        raise ReportError(msg)
    return tuple(folder / name for name in study.reports.documents)


@contextmanager
def _fresh_folder(place: Path) -> Iterator[Path]:
    """Give a new folder, and put it in its place only if the block succeeds."""
    if place.exists() and any(place.iterdir()) and not (place / MANIFEST).exists():
        msg = f"'{place.name}' in the output folder was not written by relatum; choose --out."
        raise UsageError(msg)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    except OSError as error:
        msg = f"Nothing can be written to '{place.parent.name}': {error.strerror}."
        raise UsageError(msg) from error
    try:
        new = fresh / "new"
        new.mkdir()
        yield new
        swap_folder(new, place, aside=fresh / "old")
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _write(folder: Path, prepared: Prepared) -> Manifest:
    for name, text in study_files(prepared).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return read_manifest(folder)


def _render(
    study: Study,
    documents: Sequence[Path],
    folder: Path,
    formats: Sequence[Format],
    engine: Engine | None,
) -> tuple[Rendered, ...]:
    results = (folder / "results").resolve()

    def one(document: Path) -> Rendered:
        return render(
            document,
            formats=tuple(formats) or study.reports.formats,
            engine=engine or study.reports.engine,
            out_dir=folder / "reports",
            environment={RESULTS_VARIABLE: str(results)},
        )

    # Each document has a kernel of its own: they are rendered side by side, and the first fault
    # in the order of the plan is the one that is reported.
    with ThreadPoolExecutor(max_workers=max(1, min(len(documents), 2))) as pool:
        return tuple(pool.map(one, documents))


def _with_reports(manifest: Manifest, rendered: Sequence[Rendered]) -> Manifest:
    names = {output.path.name for item in rendered for output in item.outputs}
    engine = rendered[0].engine if rendered else ""
    return replace(manifest, reports=tuple(sorted({*manifest.reports, *names})), engine=engine)


def _summary(
    folder: Path, manifest: Manifest, unavailable: tuple[str, ...], rendered: Sequence[Rendered]
) -> RunSummary:
    notes = tuple(dict.fromkeys(note for item in rendered for note in item.notes))
    return RunSummary(folder=folder, manifest=manifest, unavailable=unavailable, notes=notes)
