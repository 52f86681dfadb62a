"""``relatum pseudonymise``: a sample whose identifiers mean nothing without the key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relatum.cli.common import JsonOption, SampleArgument, emit, examples

if TYPE_CHECKING:
    from relatum.samples.pseudonyms import PseudonymFiles

HELP = """Write a copy of a sample with meaningless identifiers.

Every identifier of a case, person, relationship, coding, attempt, contact, report, retraction and
period is replaced by one that only the key can tie to it, and the rows are shuffled. The key lies
in a file outside both samples that only you may read: it is made where there is none, and never
overwritten. The same key gives the same identifiers when data are added later. Whoever has the key
can undo the work: keep it apart from the sample, and do not lose it.

What an import left out, the attribution and terms of its source, and the design of a registry go
with the sample; other files stay behind.

The sample must pass relatum check, which refuses names and other direct identifiers. Dates and
other particulars stay: what comes out is still personal data."""

FolderArgument = Annotated[
    Path, typer.Argument(metavar="OUT", help="The folder of the new sample, apart from the old.")
]
KeyOption = Annotated[
    Path,
    typer.Option(
        "--key",
        metavar="FILE",
        help="The key: made, or used again if it exists.",
        show_default=False,
    ),
]
MapOption = Annotated[
    Path | None,
    typer.Option(
        "--map",
        metavar="FILE",
        help="Also list old and new identifiers in this new file, as secret as the key.",
        show_default=False,
    ),
]
PassagesOption = Annotated[
    bool, typer.Option("--keep-passages", help="Keep the references to passages of the files.")
]
CodersOption = Annotated[bool, typer.Option("--coders", help="Replace the ids of coders, too.")]
ParquetOption = Annotated[bool, typer.Option("--parquet", help="Write Parquet instead of CSV.")]


def register(app: typer.Typer) -> None:
    """Add the verb to an application."""
    closing = examples(
        "relatum pseudonymise my_sample to_share --key ~/keys/my_study.key",
        "relatum pseudonymise my_sample to_share --key ~/keys/my_study.key --coders",
    )
    app.command("pseudonymise", help=HELP, epilog=closing)(pseudonymise)


def pseudonymise(
    sample: SampleArgument,
    folder: FolderArgument,
    key: KeyOption,
    map_file: MapOption = None,
    keep_passages: PassagesOption = False,
    coders: CodersOption = False,
    parquet: ParquetOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write a copy with pseudonyms; what is printed holds no identifier."""
    from relatum.samples.pseudonyms import pseudonymise_folder

    done = pseudonymise_folder(
        str(sample),
        folder,
        key_file=key.expanduser(),
        map_file=None if map_file is None else map_file.expanduser(),
        passages="keep" if keep_passages else "drop",
        coders="replace" if coders else "keep",
        form="parquet" if parquet else "csv",
    )
    payload = {
        "folder": str(done.folder),
        "key_file": str(done.key_file),
        "key_made": done.key_made,
        "map_file": None if done.map_file is None else str(done.map_file),
        "replaced": dict(done.replaced),
        "passages_dropped": done.passages_dropped,
        "left_behind": list(done.left_behind),
        "design_kept": done.design_kept,
    }
    emit(payload, _words(done), json_mode=as_json)


def _words(done: PseudonymFiles) -> str:
    counts = ", ".join(f"{table} {n:,}" for table, n in done.replaced.items()) or "none"
    key = "A new key was made in" if done.key_made else "Used again: the key in"
    lines = [
        f"Written to {done.folder}. Identifiers replaced: {counts}.",
        f"{key} {done.key_file}. Keep it apart from the sample.",
    ]
    if done.map_file is not None:
        lines.append(f"Old and new identifiers are in {done.map_file}, as secret as the key.")
    if done.passages_dropped:
        lines.append(f"References to passages taken out: {done.passages_dropped:,}.")
    if done.left_behind:
        lines.append(f"Not carried over: {', '.join(done.left_behind)}.")
    if done.design_kept:
        lines.append(
            "registry_design.tsv was kept with new identifiers. Whoever has the registry's file "
            "can find rows again by its weights and clusters."
        )
    lines.append(
        "Title and selection of the descriptor were kept, and what an import left out: read them, "
        "they must name nobody.\n"
        f"Next: relatum check {done.folder}"
    )
    return "\n".join(lines)
