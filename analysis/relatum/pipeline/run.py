"""All steps of a plan in one go; nothing half-written remains when a step fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from relatum.errors import Issue, PlanError, ReportError
from relatum.pipeline.anonymous import render_anonymous
from relatum.pipeline.aside import fresh_folder
from relatum.pipeline.cache import Cache, CacheUse
from relatum.pipeline.figures_out import add_figures, render_and_draw
from relatum.pipeline.fitting import write_fitted
from relatum.pipeline.home import HOME, write_home
from relatum.pipeline.manifest import MANIFEST, Manifest, manifest_text, read_manifest
from relatum.pipeline.margins import read_ledger
from relatum.pipeline.rendering import Rendering
from relatum.reports import Engine, Format, Rendered, check, find_reports
from relatum.reports.anonymous import ANONYMOUS
from relatum.reports.authors import AUTHORS, CITATION, citation_issues, read_authors
from relatum.reports.words import word_faults
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
    anonymous : tuple of Path
        The anonymous reports, where they were asked for.
    """

    folder: Path
    manifest: Manifest
    unavailable: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    anonymous: tuple[Path, ...] = ()

    @property
    def reports(self) -> tuple[Path, ...]:
        """The rendered files."""
        return tuple(self.folder / "reports" / name for name in self.manifest.reports)

    @property
    def tables(self) -> tuple[Path, ...]:
        """The tables as CSV; other forms lie beside them under the same names."""
        paths = (record.path for record in self.manifest.files)
        found = (path for path in paths if path.startswith("tables/") and path.endswith(".csv"))
        return tuple(self.folder / path for path in found)

    @property
    def home(self) -> Path | None:
        """The page that links everything; None where nothing was rendered."""
        there = any(record.path == HOME for record in self.manifest.files)
        return self.folder / HOME if there else None


def run_study(
    study: Study,
    out: Path,
    *,
    formats: Sequence[Format] = (),
    engine: Engine | None = None,
    reports: Path | None = None,
    anonymous: bool = False,
    cache: CacheUse = "off",
    jobs: int | None = None,
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
        The folder with the documents; the plan's by default, else the shipped one.
    anonymous : bool, optional
        Also render the documents without the names of authors, into ``anonymous/``.
    cache : {"off", "on", "fresh"}, optional
        Whether results and reports that were made from the same content before are taken from the
        cache in ``out``; ``fresh`` makes them anew and puts them there. The files are the same.
    jobs : int, optional
        Documents that are rendered at a time; the number of processors by default.

    Returns
    -------
    RunSummary

    Raises
    ------
    RelatumError
        Whatever stops a step. The folder of the study is then as it was before.
    """
    documents = _documents(study, reports)
    store = Cache(out, study.name, use=cache)
    rendering = _rendering(study, documents, formats, engine, store, jobs)
    with fresh_folder(out / study.name, mark=MANIFEST) as new:
        ledger = read_ledger(out / study.name)
        manifest, unavailable = write_fitted(study, new, ledger=ledger, cache=store)
        rendered = render_and_draw(rendering, new)
        if anonymous:
            _render_anonymous(rendering, new)
        manifest = _with_reports(add_figures(manifest, new), rendered)
        manifest = write_home(new, manifest, documents)
        (new / MANIFEST).write_text(manifest_text(manifest), encoding="utf-8", newline="\n")
    store.prune()
    summary = _summary(out / study.name, manifest, unavailable, rendered, store)
    return _with_anonymous(summary) if anonymous else summary


def fit_study(study: Study, out: Path, *, cache: CacheUse = "off") -> RunSummary:
    """Check, fit and release a plan into ``out/<study>/``.

    Reports of an earlier run are removed: they would not show these results.

    Parameters
    ----------
    study, out, cache
        See `run_study`.
    """
    store = Cache(out, study.name, use=cache)
    with fresh_folder(out / study.name, mark=MANIFEST) as new:
        ledger = read_ledger(out / study.name)
        manifest, unavailable = write_fitted(study, new, ledger=ledger, cache=store)
    store.prune()
    return _summary(out / study.name, manifest, unavailable, (), store)


def render_study(
    study: Study,
    out: Path,
    *,
    formats: Sequence[Format] = (),
    engine: Engine | None = None,
    reports: Path | None = None,
    anonymous: bool = False,
    cache: CacheUse = "off",
    jobs: int | None = None,
) -> RunSummary:
    """Render the documents of a plan from the results that lie in ``out/<study>/``.

    Parameters
    ----------
    study, out, formats, engine, reports, cache, jobs
        See `run_study`.
    anonymous : bool, optional
        Render without the names of authors, into ``anonymous/``, and nothing else.

    Raises
    ------
    PlanError
        If the results are missing or were made by another plan.
    RelatumError
        Whatever stops a document. The folder of the study is then as it was before.
    """
    folder = out / study.name
    manifest = read_manifest(folder)
    if manifest.plan.hash != study.hash:
        msg = f"The results in '{folder.name}' were made by another plan. Run: relatum fit"
        raise PlanError(msg)
    documents = _documents(study, reports)
    store = Cache(out, study.name, use=cache)
    rendering = _rendering(study, documents, formats, engine, store, jobs)
    rendered: tuple[Rendered, ...] = ()
    with fresh_folder(folder, mark=MANIFEST, keep=True) as new:
        if anonymous:
            _render_anonymous(rendering, new)
        else:
            rendered = render_and_draw(rendering, new)
            manifest = _with_reports(add_figures(manifest, new), rendered)
        manifest = write_home(new, manifest, documents)
        (new / MANIFEST).write_text(manifest_text(manifest), encoding="utf-8", newline="\n")
    store.prune()
    summary = _summary(folder, manifest, (), rendered, store)
    return _with_anonymous(summary) if anonymous else summary


def check_documents(study: Study, reports: Path | None = None) -> tuple[Issue, ...]:
    """List what is amiss in the documents of a plan; nothing is rendered.

    Constructs outside the subset come first, then words that a report does not use, then a
    CITATION.cff beside the reports that names other authors.
    """
    documents = _documents(study, reports)
    issues = [issue for document in documents for issue in check(document)]
    issues += [issue for document in documents for issue in word_faults(document)]
    authors = documents[0].parent / AUTHORS if documents else Path(AUTHORS)
    if authors.is_file() and not issues:
        citation = authors.resolve().parent.parent / CITATION
        issues += citation_issues(read_authors(authors), citation)
    return tuple(dict.fromkeys(issues))


def _documents(study: Study, reports: Path | None) -> tuple[Path, ...]:
    own = Path(study.reports.folder) if study.reports.folder else find_reports()
    folder = own if reports is None else reports
    missing = [name for name in study.reports.documents if not (folder / name).is_file()]
    if missing:
        there = ", ".join(sorted(path.name for path in folder.glob("*.qmd"))) or "none"
        msg = f"There is no document '{missing[0]}' in the reports folder; there are: {there}."
        raise ReportError(msg)
    return tuple(folder / name for name in study.reports.documents)


def _rendering(
    study: Study,
    documents: tuple[Path, ...],
    formats: Sequence[Format],
    engine: Engine | None,
    cache: Cache,
    jobs: int | None,
) -> Rendering:
    """Complete what was asked for by what the plan says."""
    return Rendering(
        study=study,
        documents=documents,
        formats=tuple(formats) or study.reports.formats,
        engine=engine or study.reports.engine,
        cache=cache,
        jobs=jobs,
    )


def _render_anonymous(rendering: Rendering, folder: Path) -> None:
    def render_to(place: Path) -> tuple[Rendered, ...]:
        return rendering.into(folder, profile=ANONYMOUS, to=place)

    render_anonymous(folder, rendering.documents, render_to, cache=rendering.cache)


def _with_anonymous(summary: RunSummary) -> RunSummary:
    place = summary.folder / ANONYMOUS
    endings = (".html", ".docx", ".pdf")
    return replace(
        summary,
        anonymous=tuple(path for path in sorted(place.iterdir()) if path.suffix in endings),
    )


def _with_reports(manifest: Manifest, rendered: Sequence[Rendered]) -> Manifest:
    names = {output.path.name for item in rendered for output in item.outputs}
    engine = rendered[0].engine if rendered else ""
    return replace(manifest, reports=tuple(sorted({*manifest.reports, *names})), engine=engine)


def _summary(
    folder: Path,
    manifest: Manifest,
    unavailable: tuple[str, ...],
    rendered: Sequence[Rendered],
    cache: Cache,
) -> RunSummary:
    said = (note for item in rendered for note in item.notes)
    notes = tuple(dict.fromkeys((*said, *cache.notes)))
    return RunSummary(folder=folder, manifest=manifest, unavailable=unavailable, notes=notes)
