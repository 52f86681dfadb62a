"""``relatum plan``: what a new sample would show, before anything is collected."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relatum.cli.common import (
    JobsOption,
    JsonOption,
    OutOption,
    SeedOption,
    emit,
    examples,
    progress,
)
from relatum.cli.render import EngineOption, FormatOption, chosen_engine, chosen_formats
from relatum.cli.workers import CheckpointOption, SchedulerOption, workers_at
from relatum.errors import UsageError

if TYPE_CHECKING:
    from relatum.pipeline.run import RunSummary
    from relatum.results.planning import SamplePlan

HELP = """Say what a new sample would show: precision and power, by simulation.

PLAN is a TOML file with numbers of investigations, sizes, correlations, shares and rates; every key
has a default, and options take the place of keys. Studies are simulated and pass through the
estimators of a collected sample: width of the interval of a share and of that in an average
investigation, smallest margin of equivalence, half-width of the share with a step back; and power
for equivalence, for two domains recorded together, for a rate ratio of escape attempts and for
steps back by a characteristic. Assurance averages over priors; advice compares more investigations,
more relationships, and a cap.

With --out, results and tables go to FOLDER/<plan>/, and with --report the report too. Ends with 12
for a faulty plan; all faults are listed at once."""

PlanArgument = Annotated[
    Path | None,
    typer.Argument(metavar="PLAN", help="The plan, a TOML file.", show_default=False),
]


def _option(flag: str, metavar: str, help_text: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        flag, metavar=metavar, help=help_text, show_default=False
    )
    return option


CasesOption = Annotated[str | None, _option("--cases", "N,N", "Numbers of investigations.")]
SizeOption = Annotated[
    float | None, _option("--mean-size", "NUMBER", "Mean relationships per investigation.")
]
CapOption = Annotated[
    int | None, _option("--cap", "N", "Coded per investigation at most; 0 for all.")
]
IccOption = Annotated[str | None, _option("--icc", "X,X", "Correlations within investigations.")]
ShareOption = Annotated[float | None, _option("--prevalence", "SHARE", "The share to estimate.")]
DocumentedOption = Annotated[
    float | None, _option("--documented", "SHARE", "Share of files that answer.")
]
StudiesOption = Annotated[
    int | None, _option("--studies", "N", "Simulated studies of each design.")
]
DrawsOption = Annotated[int | None, _option("--draws", "N", "Sign vectors of each bootstrap.")]
ReportOption = Annotated[bool, typer.Option("--report", help="Render the report too; needs --out.")]


def register(app: typer.Typer) -> None:
    """Add the verb to an application."""
    lines = (
        "relatum plan --cases 12,24,48 --icc 0.05,0.1 --jobs 2",
        "relatum plan my_plan.toml --cap 8 --out out --report",
        "relatum plan my_plan.toml --studies 2000 --jobs 8 --checkpoint half_done",
    )
    app.command("plan", help=HELP, epilog=examples(*lines))(plan)


def plan(
    file: PlanArgument = None,
    cases: CasesOption = None,
    mean_size: SizeOption = None,
    cap: CapOption = None,
    icc: IccOption = None,
    prevalence: ShareOption = None,
    documented: DocumentedOption = None,
    studies: StudiesOption = None,
    draws: DrawsOption = None,
    seed: SeedOption = None,
    out: OutOption = None,
    report: ReportOption = False,
    engine: EngineOption = None,
    formats: FormatOption = None,
    jobs: JobsOption = 1,
    scheduler: SchedulerOption = None,
    checkpoint: CheckpointOption = None,
    as_json: JsonOption = False,
) -> None:
    """Simulate a plan, print what it says, and write it if asked to."""
    from relatum.models.planning import count_studies, plan_sample
    from relatum.study.planning import read_planning

    if report and out is None:
        raise UsageError("--report needs --out: the report is written beside the results.")
    wanted, with_engine = chosen_formats(formats), chosen_engine(engine)
    given = {
        "cases": _numbers(cases, "--cases", int),
        "mean_size": mean_size,
        "cap": cap,
        "iccs": _numbers(icc, "--icc", float),
        "prevalence": prevalence,
        "documented": documented,
        "studies": studies,
        "draws": draws,
        "seed": seed,
    }
    design = read_planning(file, changes={k: v for k, v in given.items() if v is not None})
    summary = None
    with (
        workers_at(scheduler),
        progress("Simulating studies", total=count_studies(design)) as advance,
    ):
        if out is None:
            found = plan_sample(design, jobs=jobs, checkpoint=checkpoint, advance=advance)
        else:
            from relatum.pipeline.planning import write_plan

            found, summary = write_plan(
                design,
                out,
                jobs=jobs,
                checkpoint=checkpoint,
                advance=advance,
                formats=(wanted or ("html", "docx", "pdf")) if report else (),
                engine=with_engine or "auto",
            )
    emit(_payload(found, summary), _text(found, summary), json_mode=as_json)


def _numbers(text: str | None, flag: str, kind: type[int] | type[float]) -> list[object] | None:
    if text is None:
        return None
    try:
        return [kind(part) for part in text.split(",") if part.strip()]
    except ValueError:
        words = "whole numbers" if kind is int else "numbers"
        msg = f"{flag} takes {words} with commas between them, not '{text}'."
        raise UsageError(msg) from None


def _payload(found: SamplePlan, summary: RunSummary | None) -> dict[str, object]:
    return {
        "plan": found.provenance.sample_name,
        "seed": found.provenance.seed,
        "simulated": True,
        "settings": {one.key: one.value for one in found.settings},
        "targets": found.targets,
        "designs": found.cells,
        "notes": found.notes,
        "folder": None if summary is None else summary.folder,
        "reports": [] if summary is None else list(summary.reports),
    }


def _text(found: SamplePlan, summary: RunSummary | None) -> str:
    from relatum.release.planning import release_plan
    from relatum.tables.planning import (
        tabulate_plan,
        tabulate_plan_advice,
        tabulate_plan_assurance,
        tabulate_plan_needed,
    )
    from relatum.tables.planning_power import tabulate_plan_power

    released = release_plan(found)
    made = (
        tabulate_plan_needed,
        tabulate_plan,
        tabulate_plan_power,
        tabulate_plan_assurance,
        tabulate_plan_advice,
    )
    parts = [tabulate(released).text() for tabulate in made]
    if summary is not None:
        places = [summary.folder, *summary.reports]
        parts.append("Written to " + "\n  ".join(path.as_posix() for path in places))
    return "\n\n".join(parts)
