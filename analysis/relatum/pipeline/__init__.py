"""From a plan to a folder of results, tables and reports: check, fit, release, render."""

from relatum.pipeline.manifest import Manifest, PlanRecord, read_manifest
from relatum.pipeline.opened import ResultSet, open_results
from relatum.pipeline.run import RunSummary, fit_study, render_study, run
from relatum.pipeline.steps import Prepared, prepare

__all__ = [
    "Manifest",
    "PlanRecord",
    "Prepared",
    "ResultSet",
    "RunSummary",
    "fit_study",
    "open_results",
    "prepare",
    "read_manifest",
    "render_study",
    "run",
]
