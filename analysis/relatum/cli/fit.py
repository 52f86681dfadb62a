"""``relatum fit``: all analyses of a plan, released and written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from relatum.cli.common import JsonOption, OutOption, emit, examples, progress
from relatum.errors import UsageError

if TYPE_CHECKING:
    from relatum.pipeline import RunSummary

HELP = """Run the analyses of a plan and write released results and tables.

STUDY is a study.toml; the shipped plan if left out. The sample is checked first. Results and tables
go to out/<study>/; reports of an earlier run are removed, for they would not show these results.

What was computed from the same content before is taken from the cache, out/.relatum-cache/; the
files are the same.

Ends with 11 for a faulty sample, 12 for a faulty plan, 13 if nothing can be estimated, 15 if
disclosure control refuses a result. Nothing is written then."""

StudyArgument = Annotated[
    Path | None,
    typer.Argument(metavar="STUDY", help="The plan, a study.toml.", show_default=False),
]
NoCacheOption = Annotated[
    bool, typer.Option("--no-cache", help="Neither read nor write the cache of earlier runs.")
]
FreshOption = Annotated[
    bool, typer.Option("--fresh", help="Compute everything anew, and put it into the cache.")
]
CacheUse: TypeAlias = Literal["off", "on", "fresh"]
DEFAULT_OUT = Path("out")


def register(app: typer.Typer) -> None:
    """Add the verb to an application."""
    closing = examples("relatum fit", "relatum fit my_study.toml --out results --json")
    app.command("fit", help=HELP, epilog=closing)(fit)


def fit(
    study: StudyArgument = None,
    no_cache: NoCacheOption = False,
    fresh: FreshOption = False,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fit a plan and say where the results lie."""
    from relatum.pipeline import fit_study
    from relatum.study import read_study

    cache = chosen_cache(no_cache=no_cache, fresh=fresh)
    plan = read_study(study)
    with progress("Fitting"):
        summary = fit_study(plan, out or DEFAULT_OUT, cache=cache)
    emit(summary_payload(summary), summary_text(summary), json_mode=as_json)


def chosen_cache(*, no_cache: bool, fresh: bool) -> CacheUse:
    """Return how the cache is used.

    Raises
    ------
    UsageError
        For both options at once.

    Examples
    --------
    >>> chosen_cache(no_cache=False, fresh=False), chosen_cache(no_cache=True, fresh=False)
    ('on', 'off')
    """
    if no_cache and fresh:
        raise UsageError("--fresh fills the cache, --no-cache leaves it alone: choose one.")
    if no_cache:
        return "off"
    return "fresh" if fresh else "on"


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
        "anonymous": [path.as_posix() for path in summary.anonymous],
        "engine": summary.manifest.engine,
        "home": summary.home,
        "unavailable": list(summary.unavailable),
        "notes": list(summary.notes),
    }


def summary_text(summary: RunSummary) -> str:
    """Word what was written, for people."""
    from relatum.tables.wording import plural

    plan = summary.manifest.plan
    results = sum(
        record.path.startswith("results/") and record.path.endswith(".csv")
        for record in summary.manifest.files
    )
    simulated = " (simulated: no findings)" if plan.sample_origin == "simulated" else ""
    lines = [
        f"Plan '{plan.name}' on sample '{plan.sample_name}'{simulated}.",
        f"{plural(results, 'result')}: {(summary.folder / 'results').as_posix()}",
        f"{plural(len(summary.tables), 'table')}: {(summary.folder / 'tables').as_posix()}",
    ]
    if summary.reports:
        lines.append(f"Reports, rendered by the engine '{summary.manifest.engine}':")
        lines += [f"  {path.as_posix()}" for path in summary.reports]
    if summary.anonymous:
        lines.append("Anonymous reports; the leak scan found nothing:")
        lines += [f"  {path.as_posix()}" for path in summary.anonymous]
    if summary.home is not None:
        lines.append(f"All outputs, linked from one page: {summary.home.as_posix()}")
    if summary.unavailable:
        lines.append("Without a result; tables and reports say so:")
        lines += [f"  {text}" for text in summary.unavailable]
    return "\n".join([*lines, *summary.notes])
