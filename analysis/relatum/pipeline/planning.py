"""From the design of a new sample to a folder with results, tables and a report."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from types import MappingProxyType

from relatum import __version__
from relatum.models.planning import plan_sample
from relatum.pipeline.aside import fresh_folder
from relatum.pipeline.manifest import MANIFEST, PlanRecord, make_manifest, manifest_text
from relatum.pipeline.opened import RESULTS_VARIABLE, ResultSet, open_results
from relatum.pipeline.run import RunSummary
from relatum.release import Released, released_files
from relatum.release.planning import release_plan
from relatum.reports import Engine, Format, Rendered, find_reports, render
from relatum.results.planning import SamplePlan
from relatum.schema import load_schema
from relatum.study.planning import PlanningDesign
from relatum.tables.planning import (
    tabulate_plan,
    tabulate_plan_advice,
    tabulate_plan_assurance,
    tabulate_plan_needed,
    tabulate_plan_settings,
)
from relatum.tables.planning_power import tabulate_plan_power

__all__ = ["PLAN_RESULT", "open_plan", "plan_files", "write_plan"]

#: The name of the result in the folder of a plan, and of its report.
PLAN_RESULT = "plan"
_TABLES = {
    "plan": tabulate_plan,
    "plan_power": tabulate_plan_power,
    "plan_needed": tabulate_plan_needed,
    "plan_assurance": tabulate_plan_assurance,
    "plan_advice": tabulate_plan_advice,
    "plan_settings": tabulate_plan_settings,
}


def write_plan(
    design: PlanningDesign,
    out: Path,
    *,
    jobs: int | None = None,
    checkpoint: str | Path | None = None,
    advance: Callable[[int], None] | None = None,
    formats: Sequence[Format] = (),
    engine: Engine = "auto",
    reports: Path | None = None,
) -> tuple[SamplePlan, RunSummary]:
    """Simulate a plan and write it into ``out/<plan>/``.

    Parameters
    ----------
    design : PlanningDesign
    out : Path
        The folder that holds one folder per plan.
    jobs, checkpoint, advance
        See `plan_sample`.
    formats : sequence of {"html", "docx", "pdf"}
        Of the report; without one, no report is rendered.
    engine : {"auto", "quarto", "builtin"}
    reports : Path, optional
        The folder with the document; the shipped one by default.

    Returns
    -------
    SamplePlan
    RunSummary

    Raises
    ------
    RelatumError
        Whatever stops a step. The folder of the plan is then as it was before.
    """
    document = (find_reports() if reports is None else reports) / f"{PLAN_RESULT}.qmd"
    with fresh_folder(out / design.name, mark=MANIFEST) as new:
        found = plan_sample(design, jobs=jobs, checkpoint=checkpoint, advance=advance)
        files = plan_files(design, release_plan(found))
        for name, text in files.items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        manifest = make_manifest(_record(design), files)
        (new / MANIFEST).write_text(manifest_text(manifest), encoding="utf-8", newline="\n")
        if formats:
            rendered = _render(document, new, formats, engine)
            names = tuple(sorted(output.path.name for output in rendered.outputs))
            manifest = replace(manifest, reports=names, engine=rendered.engine)
            (new / MANIFEST).write_text(manifest_text(manifest), encoding="utf-8", newline="\n")
    return found, RunSummary(folder=out / design.name, manifest=manifest)


def _render(document: Path, folder: Path, formats: Sequence[Format], engine: Engine) -> Rendered:
    return render(
        document,
        formats=formats,
        engine=engine,
        out_dir=folder / "reports",
        environment={RESULTS_VARIABLE: str((folder / "results").resolve())},
    )


def plan_files(design: PlanningDesign, released: Released) -> Mapping[str, str]:
    """Return the results and tables of a plan, by path and text.

    Parameters
    ----------
    design : PlanningDesign
    released : Released
        A `SamplePlan`.
    """
    stored = released_files({PLAN_RESULT: released})
    files = {f"results/{name}": text for name, text in stored.items()}
    files |= {f"tables/{name}.csv": tabulate(released).csv() for name, tabulate in _TABLES.items()}
    return MappingProxyType(files)


def open_plan() -> ResultSet:
    """Open a released plan for a document.

    Returns
    -------
    ResultSet
        From the folder that the variable ``RELATUM_RESULTS`` names (`relatum plan` sets it);
        else the default plan, simulated now with few studies, so that a document renders in any
        editor.
    """
    if os.environ.get(RESULTS_VARIABLE, ""):
        return open_results()
    design = PlanningDesign(studies=20, draws=99)
    return ResultSet(
        plan=_record(design), released={PLAN_RESULT: release_plan(plan_sample(design))}
    )


def _record(design: PlanningDesign) -> PlanRecord:
    # sizes of investigations at hand are an assumption, but not one to print
    told = {
        spec.name: _word(getattr(design, spec.name))
        for spec in fields(design)
        if spec.name not in ("name", "title", "sizes")
    }
    return PlanRecord(
        name=design.name,
        title=design.title,
        hash=design.hash,
        seed=design.seed,
        models=(PLAN_RESULT,),
        profile="none",
        gates=(),
        sample_name=design.name,
        sample_title=design.title,
        sample_origin="simulated",
        sample_fingerprint="",
        relatum_version=__version__,
        schema_version=load_schema().version,
        settings=MappingProxyType(told),
    )


def _word(value: object) -> str:
    several = value if isinstance(value, tuple) else (value,)
    return ", ".join(f"{one:g}" if isinstance(one, float) else str(one) for one in several)
