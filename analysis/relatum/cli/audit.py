"""``relatum audit``: published figures beside a sample, and whether figures add up."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relatum.cli.common import JsonOption, emit, examples

if TYPE_CHECKING:
    from relatum.results.audit import (
        ArithmeticAudit,
        ArithmeticCheck,
        FactCheck,
        SampleAudit,
    )

HELP = """Compare published figures with a sample, and check whether figures add up.

With SAMPLE (a folder, or shipped:NAME) every published figure stands beside the sample's value and
a verdict: equal; inside soft (the usual reading of the words); inside hard (only what the text
strictly says); outside; not computable, and why. A star marks verdicts that silence could change.

Without SAMPLE the published figures are checked against each other, and the shipped simulated
sample against them. With --table the figures of your own table are checked: totals, bands, ranges,
means, parts and percentages, one per row (columns kind, name, group, n, lower, upper, count, value,
decimals; see data_schema/examples/audit)."""

OptionalSample = Annotated[
    Path | None,
    typer.Argument(
        metavar="[SAMPLE]",
        help="Folder with a datapackage.json and its tables, or shipped:NAME.",
        show_default=False,
    ),
]
TableOption = Annotated[
    Path | None,
    typer.Option(
        "--table", metavar="FILE", help="A CSV file of figures to check.", show_default=False
    ),
]
StrictOption = Annotated[
    bool, typer.Option("--strict", help="End with 11 if anything is outside or inconsistent.")
]

_BAD = 11
_CONSTRUCT = 46


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    lines = (
        "relatum audit",
        "relatum audit my_sample --json",
        "relatum audit --table my_figures.csv --strict",
    )
    app.command("audit", help=HELP, epilog=examples(*lines))(audit)


def audit(
    sample: OptionalSample = None,
    table: TableOption = None,
    strict: StrictOption = False,
    as_json: JsonOption = False,
) -> None:
    """Audit a table, a sample or the published figures, and print the findings."""
    arithmetic, samples = _results(sample, table)
    payload = {
        "arithmetic": [_arithmetic_payload(found) for found in arithmetic],
        "samples": [_sample_payload(found) for found in samples],
    }
    blocks = [_arithmetic_text(found) for found in arithmetic]
    blocks += [_sample_text(found) for found in samples]
    emit(payload, "\n\n".join(blocks), json_mode=as_json)
    bad = sum(found.count("inconsistent") for found in arithmetic)
    bad += sum(found.count("outside") for found in samples)
    if strict and bad:
        raise typer.Exit(_BAD)


def _results(
    sample: Path | None, table: Path | None
) -> tuple[list[ArithmeticAudit], list[SampleAudit]]:
    from relatum.models.audit import audit_published, fit_audit
    from relatum.models.audit_table import audit_table
    from relatum.samples import open_sample, shipped_path

    arithmetic = [] if table is None else [audit_table(table)]
    samples = [] if sample is None else [fit_audit(open_sample(str(sample)))]
    if sample is None and table is None:
        arithmetic.append(audit_published())
        if shipped_path("simulated").exists():
            samples.append(fit_audit(open_sample("shipped:simulated")))
    return arithmetic, samples


# --- for programs -------------------------------------------------------------------------------


def _arithmetic_payload(found: ArithmeticAudit) -> dict[str, object]:
    from relatum.results.audit import ARITHMETIC_VERDICTS

    return {
        "title": found.title,
        "counts": {verdict: found.count(verdict) for verdict in ARITHMETIC_VERDICTS},
        "checks": found.checks,
        "solutions": [
            {"name": s.name, "label": s.label, "total": s.total, "n_solutions": s.n_solutions}
            for s in found.solutions
        ],
        "notes": found.notes,
        "provenance": found.provenance,
    }


def _sample_payload(found: SampleAudit) -> dict[str, object]:
    from relatum.results.audit import VERDICTS

    return {
        "sample": found.provenance.sample_name,
        "simulated": found.provenance.simulated,
        "counts": {verdict: found.count(verdict) for verdict in VERDICTS},
        "checks": found.checks,
        "notes": found.notes,
        "provenance": found.provenance,
    }


# --- for people ---------------------------------------------------------------------------------


def _arithmetic_text(found: ArithmeticAudit) -> str:
    lines = [str(found), ""]
    for check in found.checks:
        lines.append(f"  {_words(check.verdict):<13} {check.statement}")
        lines.append(f"  {'':<13} {check.finding}{_lines_of(check)}")
    return "\n".join([*lines, "", *_notes(found.notes)])


def _lines_of(check: ArithmeticCheck) -> str:
    """Name the lines of a user's table; the numbers of facts are in the JSON form."""
    lines = [name.removeprefix("line ") for name in check.facts if name.startswith("line ")]
    return f" [line {', '.join(lines)}]" if lines else ""


def _sample_text(found: SampleAudit) -> str:
    name = found.provenance.sample_name
    banner = " (simulated: no findings)" if found.provenance.simulated else ""
    lines = [f"Sample '{name}'{banner}", str(found)]
    computed = [check for check in found.checks if check.verdict != "not_computable"]
    open_ones = [check for check in found.checks if check.verdict == "not_computable"]
    head = f"  {'fact':<6} {'':<{_CONSTRUCT}} {'published':<24} {'sample':>9}  verdict"
    lines += ["", head] if computed else []
    for group, members in _grouped(computed):
        lines += ["", f"{group}", *(_check_line(check) for check in members)]
    if open_ones:
        lines += ["", "not computable"]
        lines += [f"  {check.id:<6} {check.construct}: {check.why}" for check in open_ones]
    return "\n".join([*lines, "", *_notes(found.notes)])


def _grouped(checks: Iterable[FactCheck]) -> list[tuple[str, list[FactCheck]]]:
    groups: dict[str, list[FactCheck]] = {}
    for check in checks:
        groups.setdefault(check.group, []).append(check)
    return list(groups.items())


def _check_line(check: FactCheck) -> str:
    mark = "" if check.certain else "*"
    value = "not shown" if check.value is None else f"{check.value:.6g}"
    return (
        f"  {check.id:<6} {_cut(check.construct, _CONSTRUCT):<{_CONSTRUCT}} "
        f"{_published(check):<24} {value:>9}  {_words(check.verdict)}{mark}"
    ).rstrip()


def _published(check: FactCheck) -> str:
    hard = _bounds(check.lower_hard, check.upper_hard)
    low = check.lower_hard if check.lower_soft is None else check.lower_soft
    high = check.upper_hard if check.upper_soft is None else check.upper_soft
    soft = _bounds(low, high)
    if soft == hard:
        return hard
    return f"{hard} (usual {soft})" if hard else f"usual {soft}"


def _bounds(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        one = f"{low:.6g} or more" if low is not None else ""
        return f"at most {high:.6g}" if high is not None else one
    return f"{low:.6g}" if low == high else f"{low:.6g} to {high:.6g}"


def _words(verdict: str) -> str:
    return verdict.replace("_", " ")


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 3].rstrip()}..."


def _notes(notes: Iterable[object]) -> list[str]:
    return [f"Note: {getattr(note, 'text', note)}" for note in notes]
