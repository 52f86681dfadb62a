"""``relatum archive``: a run as an archive that a reviewer can rerun, and the rerun."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relatum.cli.common import JsonOption, OutOption, emit, examples, progress
from relatum.cli.fit import DEFAULT_OUT, StudyArgument
from relatum.errors import Issue, ReportError, UsageError

if TYPE_CHECKING:
    from relatum.pipeline.archive import ArchiveSummary, DataChoice
    from relatum.pipeline.archive_verify import Verification

HELP = """Write a run as an archive, or rerun an archive and compare.

STUDY is a study.toml; the shipped plan if left out. The run must lie in out/<study>/ already
(relatum run); the archive goes to out/<study>-archive/: code, lock, plan, outputs, evidence,
checksums, a README and an RO-Crate. A reports folder of the study's own goes in without tables and
without what no document names. Cells of simulated samples are part of it, those of other samples
only with --with-data.

With --verify nothing is written: a fresh environment is built from the archived lock, the archived
code runs the archived plan, and every output is compared by its checksum. The code's own checksum
must be the one that the outputs name.

Ends with 12 if there is no run of this plan, or another code made it. With --verify: with 14 if a
file was changed or an output differs, 13 if the rerun stops, 11 if the data are neither archived
nor given."""

WithDataOption = Annotated[
    bool | None,
    typer.Option(
        "--with-data/--describe-data",
        help="Put the cells of the samples in, or only their description.",
        show_default=False,
    ),
]
VerifyOption = Annotated[
    Path | None,
    typer.Option("--verify", metavar="ARCHIVE", help="Rerun an archive.", show_default=False),
]
FreshOption = Annotated[
    bool,
    typer.Option(
        "--fresh/--no-fresh",
        help="With --verify: build an environment from the lock, or use the present one.",
    ),
]
SampleOption = Annotated[
    Path | None,
    typer.Option(
        "--sample",
        metavar="FOLDER",
        help="With --verify: the data, where the archive only describes them.",
        show_default=False,
    ),
]
OtherOption = Annotated[
    Path | None,
    typer.Option(
        "--other",
        metavar="FOLDER",
        help="With --verify: the second sample, likewise.",
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the verb to an application."""
    closing = examples("relatum archive", "relatum archive --verify out/chapter-archive")
    app.command("archive", help=HELP, epilog=closing)(archive)


def archive(
    study: StudyArgument = None,
    out: OutOption = None,
    with_data: WithDataOption = None,
    verify: VerifyOption = None,
    fresh: FreshOption = True,
    sample: SampleOption = None,
    other: OtherOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write an archive, or verify one."""
    if verify is not None:
        if study is not None or out is not None or with_data is not None:
            msg = "--verify takes an archive alone: no STUDY, no --out, no --with-data."
            raise UsageError(msg)
        _verify(verify, fresh=fresh, sample=sample, other=other, as_json=as_json)
        return
    if sample is not None or other is not None or not fresh:
        raise UsageError("--sample, --other and --no-fresh go with --verify only.")
    from relatum.pipeline.archive import archive_study

    choice: DataChoice = "auto" if with_data is None else "with" if with_data else "describe"
    with progress("Archiving"):
        summary = archive_study(study, out or DEFAULT_OUT, data=choice)
    emit(_payload(summary), _text(summary), json_mode=as_json)


def _payload(summary: ArchiveSummary) -> dict[str, object]:
    return {
        "folder": summary.folder,
        "files": summary.files,
        "data": list(summary.data),
        "confidential": summary.confidential,
        "left_out": list(summary.left_out),
    }


def _text(summary: ArchiveSummary) -> str:
    lines = [f"{summary.files} files: {summary.folder.as_posix()}"]
    for note in summary.data:
        word = "part of the archive" if note.included else "described only"
        lines.append(f"Data '{note.title}': {word}, {note.place}")
    if summary.left_out:
        names = ", ".join(summary.left_out)
        lines.append(f"Left out of the reports folder, as data or named by no document: {names}")
    if summary.confidential:
        lines.append("The archive holds cells of collected data: restrict who can read it.")
    return "\n".join(lines)


def _verify(
    folder: Path, *, fresh: bool, sample: Path | None, other: Path | None, as_json: bool
) -> None:
    from relatum.pipeline.archive_verify import verify_archive

    with progress("Rerunning"):
        found = verify_archive(folder, fresh=fresh, sample=sample, other=other)
    if not found.holds:
        count = len(found.different) + len(found.missing) + len(found.further)
        msg = f"{count} of {len(found.same) + count} outputs are not as archived."
        raise ReportError(msg, _issues(found))
    payload = {
        "archive": folder,
        "fresh": found.fresh,
        "same": list(found.same),
        "code": found.code,
        "installed": found.installed,
        "seconds": round(found.seconds, 1),
    }
    emit(payload, _verified(found), json_mode=as_json)


def _issues(found: Verification) -> list[Issue]:
    words = (
        (found.different, "differs from the archived one"),
        (found.missing, "was not made again"),
        (found.further, "was made but is not archived"),
    )
    return [
        Issue(table=path, rule="output", message=f"This output {what}.")
        for paths, what in words
        for path in paths
    ]


def _verified(found: Verification) -> str:
    where = "a fresh environment" if found.fresh else "the present environment"
    other = "the installed one is the same" if found.installed else "the installed one is another"
    return (
        f"The archive holds: {len(found.same)} outputs were made again in {where}, "
        f"each the same to the byte ({found.seconds:.0f} seconds).\n"
        f"Code: the archived one, SHA-256 {found.code[:12]}, as the outputs name it; {other}."
    )
