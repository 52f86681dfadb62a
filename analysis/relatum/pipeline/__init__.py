"""From a plan to a folder of results, tables and reports: check, fit, release, render.

Each name is imported when it is first used: a document that opens stored results does not load the
analyses.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relatum.pipeline.archive import ArchiveSummary, archive_study
    from relatum.pipeline.archive_verify import Verification, verify_archive
    from relatum.pipeline.manifest import Manifest, PlanRecord, read_manifest
    from relatum.pipeline.opened import ResultSet, open_results
    from relatum.pipeline.run import RunSummary, check_documents, fit_study, render_study, run_study
    from relatum.pipeline.steps import Prepared, prepare

__all__ = [
    "ArchiveSummary",
    "Manifest",
    "PlanRecord",
    "Prepared",
    "ResultSet",
    "RunSummary",
    "Verification",
    "archive_study",
    "check_documents",
    "fit_study",
    "open_results",
    "prepare",
    "read_manifest",
    "render_study",
    "run_study",
    "verify_archive",
]

_HOMES = {
    "archive": ("ArchiveSummary", "archive_study"),
    "archive_verify": ("Verification", "verify_archive"),
    "manifest": ("Manifest", "PlanRecord", "read_manifest"),
    "opened": ("ResultSet", "open_results"),
    "run": ("RunSummary", "check_documents", "fit_study", "render_study", "run_study"),
    "steps": ("Prepared", "prepare"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'relatum.pipeline' has no attribute '{name}'")
    value: object = getattr(import_module(f"relatum.pipeline.{_HOME[name]}"), name)
    globals()[name] = value
    return value
