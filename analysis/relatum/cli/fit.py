"""``relatum fit``: all analyses of a plan, released and written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relatum.cli.common import JsonOption, OutOption, emit, examples, progress

if TYPE_CHECKING:
    from relatum.pipeline import RunSummary

HELP = """Run the analyses of a plan and write released results and tables.

STUDY is a study.toml; the shipped plan if left out. The sample is checked first. Results and tables
go to out/<study>/; reports of an earlier run are removed, for they would not show these results.

Ends with 11 for a faulty sample, 12 for a faulty plan, 13 if nothing can be estimated, 15 if
disclosure control refuses a result. Nothing is written then."""

StudyArgument = Annotated[
    Path | None,
    typer.Argument(metavar="STUDY", help="The plan, a study.toml.", show_default=False),
]
DEFAULT_OUT = Path("out")


def register(app: typer.Typer) -> None:
    """Add the verb to an application."""
    closing = examples("relatum fit", "relatum fit my_study.toml --out results --json")
    app.command("fit", help=HELP, epilog=closing)(fit)


def fit(study: StudyArgument = None, out: OutOption = None, as_json: JsonOption = False) -> None:
    """Fit a plan and say where the results lie."""
    from relatum.pipeline import fit_study
    from relatum.study import read_study

    plan = read_study(study)
    with progress("Fitting"):
        summary = fit_study(plan, out or DEFAULT_OUT)
    emit(summary_payload(summary), summary_text(summary), json_mode=as_json)


def summary_payload(summary: RunSummary) -> dict[str, object]:
    """Turn what was written into an object for ``--json``."""
    return {
        "study": summary.manifest.plan.name,
        "folder": summary.folder,
        "sample": summary.manifest.plan.sample_name,
        "simulated": summary.manifest.plan.sample_origin == "simulated",
        "profile": summary.manifest.plan.profile,
        "files": [record.path for record in summary.manifest.files],
        "reports": [path.as_posix() for path in summary.reports],
        "engine": summary.manifest.engine,
        "unavailable": list(summary.unavailable),
        "notes": list(summary.notes),
    }


def summary_text(summary: RunSummary) -> str:
    """Word what was written, for people."""
    plan = summary.manifest.plan
    results = sum(
        record.path.startswith("results/") and record.path.endswith(".csv")
        for record in summary.manifest.files
    )
    simulated = " (simulated: no findings)" if plan.sample_origin == "simulated" else ""
    lines = [
        f"Plan '{plan.name}' on sample '{plan.sample_name}'{simulated}.",
        f"{results} results: {(summary.folder / 'results').as_posix()}",
        f"{len(summary.tables)} tables: {(summary.folder / 'tables').as_posix()}",
    ]
    if summary.reports:
        lines.append(f"Reports, rendered by the engine '{summary.manifest.engine}':")
        lines += [f"  {path.as_posix()}" for path in summary.reports]
    lines += [f"Not available: {text}" for text in summary.unavailable]
    return "\n".join([*lines, *summary.notes])
