"""``relatum release``: what disclosure control says of every result of a plan, with evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relatum.cli.common import JsonOption, emit, examples, progress, to_json

if TYPE_CHECKING:
    from relatum.cli.release_evidence import Judged
    from relatum.release import ReleasedCounts
    from relatum.samples import Sample
    from relatum.study import Study

#: The evidence in a folder for the SACRO viewer.
EVIDENCE_FILE = "relatum_evidence.json"

HELP = """Judge the results of a plan by its profile of disclosure control.

STUDY is a study.toml; the shipped plan if left out. Each result is pass (it goes out, without the
rows that the reason counts), review (rows wait for the data owner: an exception of the plan lets
them out) or fail (nothing of it goes out). Sums over all results together are tried, too: no
withheld count may follow from what goes out. Samples are looked at for classes of people who look
alike from outside, and sums of amounts for people who hold most of them.

--earlier compares with what went out before: a count that changed by less than the threshold tells
of those who came between. --evidence writes it all for an output checker; --acro writes the tables
and records that the SACRO viewer shows.

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


EarlierOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--earlier",
        metavar="PLACE",
        help="An earlier release: out/<study>, or a file of --evidence; may be given again.",
        show_default=False,
    ),
]
AcroOption = Annotated[
    Path | None,
    typer.Option(
        "--acro", metavar="FOLDER", help="Where to write for the SACRO viewer.", show_default=False
    ),
]


def register(app: typer.Typer) -> None:
    """Add the verb to an application."""
    closing = examples(
        "relatum release my_study.toml",
        "relatum release my_study.toml --profile acro10 --evidence evidence.json",
        "relatum release my_study.toml --earlier out/my_study --acro for_the_checker",
    )
    app.command("release", help=HELP, epilog=closing)(release)


def release(
    study: StudyArgument = None,
    profile: ProfileOption = "",
    evidence: EvidenceOption = None,
    earlier: EarlierOption = None,
    acro: AcroOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge a plan's results and say what goes out."""
    from relatum.errors import UsageError
    from relatum.release import RULES
    from relatum.study import read_study

    plan = read_study(study)
    name = profile or plan.release.profile
    if name not in (*RULES, "none", "published"):
        msg = f"'{name}' is not a profile. Allowed: none, published, {', '.join(RULES)}."
        raise UsageError(msg)
    if name not in RULES:
        _release_openly(plan, name, wanted=bool(earlier or acro), as_json=as_json)
        return
    from relatum.cli.release_evidence import evidence_payload, verdict_text

    old = _earlier(earlier or (), plan, name)
    if acro is not None:
        _check_ours(acro)
    with progress("Judging"):
        judged = _judge(plan, name, old)
    payload = evidence_payload(judged)
    if evidence is not None:
        _write(evidence, payload)
    if acro is not None:
        _write_acro(acro, judged, payload)
    emit(payload, verdict_text(judged), json_mode=as_json)
    if not judged.clear:
        raise typer.Exit(15)


def _release_openly(plan: Study, profile: str, *, wanted: bool, as_json: bool) -> None:
    """Judge by a profile without rules for rows."""
    from relatum.errors import UsageError
    from relatum.models.registry import fit
    from relatum.release import RULES, release_all
    from relatum.samples import open_sample

    if wanted:
        msg = (
            f"--earlier and --acro need a profile with rules for rows, not '{profile}': "
            f"{', '.join(RULES)}."
        )
        raise UsageError(msg)
    with progress("Judging"):
        sample = open_sample(plan.sample)
        results = fit(sample, plan)
        release_all(results, sample=sample, profile=profile)  # type: ignore[arg-type]
    text = f"Profile '{profile}': all {len(results)} results may go out."
    emit({"profile": profile, "results": len(results)}, text, json_mode=as_json)


def _earlier(places: Sequence[Path], plan: Study, profile: str) -> dict[str, ReleasedCounts]:
    """Read the earlier releases, by the words under which they are printed."""
    from relatum.cli.release_earlier import read_earlier

    found: dict[str, ReleasedCounts] = {}
    for at, place in enumerate(places, start=1):
        counts = read_earlier(place, study=plan.name, profile=profile)
        name = place.resolve().name
        found[f"{name} ({at})" if name in found else name] = counts
    return found


def _judge(plan: Study, profile: str, old: Mapping[str, ReleasedCounts]) -> Judged:
    from relatum.cli.release_evidence import Judged
    from relatum.models.registry import fit
    from relatum.release import (
        RULES,
        attack,
        check_amounts,
        check_anonymity,
        compare_counts,
        is_public,
        judge_all,
        released_counts,
    )
    from relatum.samples import open_sample

    sample = open_sample(plan.sample)
    results = fit(sample, plan)
    own = {key: held for key, held in results.items() if not is_public(held.provenance)}
    exceptions = plan.release.exceptions
    coder = plan.coder or None
    verdicts = judge_all(own, sample=sample, profile=profile, exceptions=exceptions, coder=coder)
    shown = {key: verdict.result for key, verdict in verdicts.items()}
    counts = released_counts(shown)
    rows_out = [key for key, held in shown.items() if getattr(held, "row_level", False)]
    return Judged(
        plan=plan,
        profile=profile,
        verdicts=verdicts,
        tried=attack(own, shown, profile=profile, exceptions=exceptions),
        anonymity={
            held.info.name: check_anonymity(
                held, plan, threshold=RULES[profile].smallest, rows_out=rows_out
            )
            for held in plan_samples(sample, plan)
        },
        amounts=check_amounts(shown, sample, profile=profile, coder=coder, exceptions=exceptions),
        earlier={
            name: compare_counts(before, counts, profile=profile, exceptions=exceptions)
            for name, before in old.items()
        },
        counts=counts,
    )


def plan_samples(sample: Sample, plan: Study) -> tuple[Sample, ...]:
    """Return the sample, and the one that the plan compares it with.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> [held.simulated for held in plan_samples(example_sample("anna"), read_study())]
    [False, True]
    """
    from relatum.samples import open_sample

    if "comparison" not in plan.models or not plan.comparison.other:
        return (sample,)
    return sample, open_sample(plan.comparison.other)


def _write(place: Path, payload: Mapping[str, object]) -> None:
    import json

    from relatum.errors import UsageError

    try:
        place.write_text(json.dumps(to_json(payload), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        msg = f"'{place}' could not be written: {type(error).__name__}."
        raise UsageError(msg) from error


def _check_ours(folder: Path) -> None:
    """Refuse a place that holds something else, before anything is judged."""
    from relatum.errors import UsageError

    if folder.is_file() or (
        folder.is_dir() and any(folder.iterdir()) and not (folder / EVIDENCE_FILE).is_file()
    ):
        msg = f"'{folder.name}' holds something that --acro did not write; name another folder."
        raise UsageError(msg)


def _write_acro(folder: Path, judged: Judged, payload: Mapping[str, object]) -> None:
    """Write the records of ACRO, and the evidence beside them, which marks the folder as ours."""
    from relatum.cli.release_evidence import failures
    from relatum.errors import UsageError
    from relatum.release import AcroRun, acro_files
    from relatum.results.store import json_text, replace_folder

    granted: dict[str, str] = {}
    for waiver in judged.plan.release.exceptions:
        before = f"{granted[waiver.result]} " if waiver.result in granted else ""
        granted[waiver.result] = f"{before}{waiver.rule}: {waiver.justification}"
    run = AcroRun(
        study=judged.plan.name,
        profile=judged.profile,
        exceptions=granted,
        failed=failures(judged),
    )
    files = {**acro_files(judged.verdicts, run=run), EVIDENCE_FILE: json_text(to_json(payload))}
    try:
        replace_folder(folder, files, mark=EVIDENCE_FILE)
    except OSError as error:
        msg = f"'{folder}' could not be written: {type(error).__name__}."
        raise UsageError(msg) from error
