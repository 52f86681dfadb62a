"""``relatum release``: what disclosure control says of every result of a plan, with evidence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relatum.cli.common import JsonOption, emit, examples, progress, to_json

if TYPE_CHECKING:
    from relatum.release import Attack, Verdict
    from relatum.study import Study

HELP = """Judge the results of a plan by its profile of disclosure control.

STUDY is a study.toml; the shipped plan if left out. Each result is pass (it goes out, without the
rows that the reason counts), review (rows wait for the data owner: an exception of the plan lets
them out) or fail (nothing of it goes out). Sums over all results together are tried, too: no
withheld count may follow from what goes out. --evidence writes it all for an output checker.

Profiles: chapter5, acro10, opensafely7, cms11; none and published apply no rules to rows.
Ends with 15 if a result fails or waits for review without an exception."""

StudyArgument = Annotated[
    Path | None,
    typer.Argument(metavar="STUDY", help="The plan, a study.toml.", show_default=False),
]
ProfileOption = Annotated[
    str,
    typer.Option(
        "--profile", metavar="NAME", help="In place of the plan's profile.", show_default=False
    ),
]
EvidenceOption = Annotated[
    Path | None,
    typer.Option("--evidence", metavar="FILE", help="Where to write JSON.", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Add the verb to an application."""
    closing = examples(
        "relatum release my_study.toml",
        "relatum release my_study.toml --profile acro10 --evidence evidence.json",
    )
    app.command("release", help=HELP, epilog=closing)(release)


def release(
    study: StudyArgument = None,
    profile: ProfileOption = "",
    evidence: EvidenceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge a plan's results and say what goes out."""
    from relatum.errors import UsageError
    from relatum.models.registry import fit
    from relatum.release import RULES, attack, is_public, judge_all, release_all
    from relatum.samples import open_sample
    from relatum.study import read_study

    plan = read_study(study)
    name = profile or plan.release.profile
    if name not in (*RULES, "none", "published"):
        msg = f"'{name}' is not a profile. Allowed: none, published, {', '.join(RULES)}."
        raise UsageError(msg)
    with progress("Judging"):
        sample = open_sample(plan.sample)
        results = fit(sample, plan)
        if name not in RULES:
            release_all(results, sample=sample, profile=name)  # type: ignore[arg-type]
            text = f"Profile '{name}': all {len(results)} results may go out."
            emit({"profile": name, "results": len(results)}, text, json_mode=as_json)
            return
        own = {key: held for key, held in results.items() if not is_public(held.provenance)}
        exceptions = plan.release.exceptions
        verdicts = judge_all(own, sample=sample, profile=name, exceptions=exceptions)
        shown = {key: verdict.result for key, verdict in verdicts.items()}
        tried = attack(own, shown, profile=name, exceptions=exceptions)
    payload = evidence_payload(plan, name, verdicts, tried)
    if evidence is not None:
        _write(evidence, payload)
    emit(payload, verdict_text(name, verdicts, tried), json_mode=as_json)
    if tried.recovered or any(verdict.open for verdict in verdicts.values()):
        raise typer.Exit(15)


def _write(place: Path, payload: Mapping[str, object]) -> None:
    import json

    from relatum.errors import UsageError

    try:
        place.write_text(json.dumps(to_json(payload), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        msg = f"'{place}' could not be written: {type(error).__name__}."
        raise UsageError(msg) from error


def evidence_payload(
    plan: Study, profile: str, verdicts: Mapping[str, Verdict], tried: Attack
) -> dict[str, object]:
    """Turn the judgement into what an output checker reads; it holds no count of people."""
    from relatum.release import RULES

    return {
        "study": plan.name,
        "study_hash": plan.hash,
        "profile": profile,
        "rules": RULES[profile],
        "exceptions": plan.release.exceptions,
        "attack": {"withheld_counts": tried.n_targets, "recovered_in": tried.recovered},
        "results": {
            name: {
                "status": verdict.status,
                "accepted": verdict.accepted,
                "reason": verdict.reason,
                "rows": verdict.n_rows,
                "rows_withheld": verdict.n_withheld,
                "evidence": verdict.evidence,
            }
            for name, verdict in verdicts.items()
        },
    }


def verdict_text(profile: str, verdicts: Mapping[str, Verdict], tried: Attack) -> str:
    """Word the judgement for people."""
    width = max((len(name) for name in verdicts), default=0)
    lines = [f"Profile '{profile}', {len(verdicts)} results:"]
    for name, verdict in verdicts.items():
        reason = f"  {verdict.reason}" if verdict.reason else ""
        mark = " (accepted)" if verdict.accepted else ""
        lines.append(f"  {verdict.status:6}  {name:{width}}{mark}{reason}".rstrip())
    found = f"in {', '.join(tried.recovered)}" if tried.recovered else "none"
    lines.append(f"Withheld counts that follow from what goes out: {found}, of {tried.n_targets}.")
    waiting = sum(verdict.open for verdict in verdicts.values())
    if waiting:
        lines.append(
            f"{waiting} results fail or wait for review. [[release.exceptions]] in the plan lets "
            "rows out (dominance, full_group) or accepts that a result stays in (withheld)."
        )
    return "\n".join(lines)
