"""``relatum agree``: compare coders, and list the codes to discuss."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relatum.cli.common import (
    JsonOption,
    SampleArgument,
    SeedOption,
    emit,
    examples,
    to_json,
)
from relatum.errors import EstimationError, UsageError

if TYPE_CHECKING:
    from relatum.results.agreement import AgreementResult, Coefficient, StageAgreement
    from relatum.results.base import Unavailable

HELP = """Compare coders and list the codes to discuss.

Give two samples, one per coder, with the same ids of units; or one sample that holds the rows of
several coders. Two questions are asked of every code: does the file document the topic, and, where
two coders say so, is it present? Only units that two coders coded are compared; how many one coder
alone coded is printed. The limits resample investigations. Names of units are printed with --json
only."""

SecondArgument = Annotated[
    Path | None,
    typer.Argument(metavar="SECOND", help="The sample of the other coder.", show_default=False),
]
CoderOption = Annotated[
    list[str] | None,
    typer.Option(
        "--coder",
        metavar="ID",
        help="A coder to compare; repeat it. All but 'consensus' if left out.",
        show_default=False,
    ),
]
DrawsOption = Annotated[
    int, typer.Option("--draws", min=100, metavar="INTEGER", help="Resamples of investigations.")
]
DEFAULT_SEED = 20062010
#: Codes printed for people; --json lists all.
SHOWN = 25


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    lines = (
        "relatum agree coded_by_one coded_by_two",
        "relatum agree double_coded --coder one --coder two --json",
    )
    app.command("agree", help=HELP, epilog=examples(*lines))(agree)


def agree(
    sample: SampleArgument,
    second: SecondArgument = None,
    coder: CoderOption = None,
    draws: DrawsOption = 2000,
    seed: SeedOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare coders; the outcome goes to standard output."""
    from relatum.models.agreement import fit_agreement
    from relatum.results.base import Unavailable
    from relatum.samples import open_sample

    if second is not None and coder and len(coder) > 2:
        msg = "Two samples are compared by one coder each; name at most two with --coder."
        raise UsageError(msg)
    found = fit_agreement(
        open_sample(sample),
        None if second is None else open_sample(second),
        coders=coder or (),
        draws=draws,
        seed=DEFAULT_SEED if seed is None else seed,
    )
    if isinstance(found, Unavailable):
        msg = f"Nothing can be compared: {found.why}."
        raise EstimationError(msg)
    emit({"agreement": to_json(found)}, _text(found), json_mode=as_json)


def _text(found: AgreementResult) -> str:
    from relatum.results.agreement import CODED_ALONE
    from relatum.tables.wording import plural

    coders = ", ".join(found.coders)
    units, cases = plural(found.n_units, "unit"), plural(found.n_cases, "investigation")
    lines = [
        f"Coders: {coders}. {units} in {cases}, {plural(len(found.rows), 'code')}.",
        *(note.text for note in found.notes if note.code == CODED_ALONE),
        "",
        "All codes together",
        f"  documented or not  {_stage(found.overall.documented)}",
        f"  present or absent  {_stage(found.overall.present)}",
        "",
    ]
    verdicts = Counter(str(row.verdict) for row in found.rows)
    counts = ", ".join(f"{words} {verdicts[name]}" for name, words in _VERDICTS.items())
    lines.append(f"Codes by alpha: {counts}.")
    lines += _discuss(found)
    return "\n".join(lines)


_VERDICTS = {
    "confirmatory": "confirmatory",
    "tentative": "tentative",
    "not_used": "not to be used",
    "not_known": "alpha not defined",
}


def _discuss(found: AgreementResult) -> list[str]:
    rows = found.to_discuss
    if not rows:
        return ["No code needs a discussion."]
    width = max(len(row.term) for row in rows[:SHOWN])
    lines = [
        "",
        "To discuss: units that differ, alpha of documented, alpha of present",
    ]
    for row in rows[:SHOWN]:
        alphas = "  ".join(_alpha(stage) for stage in (row.documented, row.present))
        lines.append(f"  {row.term.ljust(width)}  {row.n_disagreements:>4}  {alphas}  {row.unit}")
    if len(rows) > SHOWN:
        lines.append(f"  and {len(rows) - SHOWN} more codes (--json lists all, with their units)")
    return lines


def _stage(stage: StageAgreement | Unavailable) -> str:
    from relatum.results.base import Unavailable

    if isinstance(stage, Unavailable):
        return f"not available ({stage.why})"
    parts = (("AC1", stage.ac1), ("alpha", stage.alpha), ("kappa", stage.cohen))
    numbers = "  ".join(f"{name} {_number(value)}" for name, value in parts)
    return f"{stage.n_agreed:,} of {stage.n_pairs:,} agree  {numbers}"


def _number(value: Coefficient | Unavailable) -> str:
    from relatum.results.base import Unavailable

    if isinstance(value, Unavailable):
        return "not defined"
    if value.conf_low is None or value.conf_high is None:
        return f"{value.estimate:.2f}"
    return f"{value.estimate:.2f} ({value.conf_low:.2f} to {value.conf_high:.2f})"


def _alpha(stage: StageAgreement | Unavailable) -> str:
    from relatum.results.base import Unavailable

    if isinstance(stage, Unavailable) or isinstance(stage.alpha, Unavailable):
        return "    –"
    return f"{stage.alpha.estimate:5.2f}"
