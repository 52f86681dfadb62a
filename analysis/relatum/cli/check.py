"""``relatum check``: every fault of a sample, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from relatum.cli.common import (
    JsonOption,
    SampleArgument,
    emit,
    examples,
    issue_payload,
    issues_text,
)
from relatum.cli.own_codes import ExtendNameOption, ExtendOption, RevisionOption, chosen_schema
from relatum.errors import SampleError, UsageError

if TYPE_CHECKING:
    from relatum.samples.check import CheckedFolder
    from relatum.samples.coded_with import CodedWith
    from relatum.schema import Schema

HELP = """Check a sample and list everything that is wrong with it.

SAMPLE is a folder with one CSV or Parquet file per table, or shipped:NAME (see relatum example).
Cells are checked against the schema, rows against one another, dates against their order; cells
that could name a person are found in any column. Values of sensitive fields are never shown.

Own codes that lie in the folder (codebook_extension.csv) are known without an option. With --extend
the sample is checked by other ones, or by a later revision of them, and what changed since it was
coded is listed; codes that are new count as not documented. --keep then puts these codes into the
folder, if nothing is wrong; no table is changed.

Ends with 0 if the sample can be read (warnings are allowed) and with 11 if not."""

KeepOption = Annotated[
    bool, typer.Option("--keep", help="Put the codes of --extend into the sample's folder.")
]


def register(app: typer.Typer) -> None:
    """Add the verb to an application."""
    closing = examples(
        "relatum check my_sample",
        "relatum check shipped:anna --json",
        "relatum check my_sample --extend my_codes.csv --revision 2 --keep",
    )
    app.command("check", help=HELP, epilog=closing)(check)


def check(
    sample: SampleArgument,
    extend: ExtendOption = None,
    extend_name: ExtendNameOption = None,
    revision: RevisionOption = None,
    keep: KeepOption = False,
    as_json: JsonOption = False,
) -> None:
    """Check a sample; the outcome goes to standard output, faults end with `SampleError`."""
    from relatum.samples.check import check_folder
    from relatum.samples.coded_with import coded_with
    from relatum.samples.read import sample_path, summary

    path = sample_path(str(sample))
    if path.is_file():
        msg = (
            f"'{path.name}' is a file; a sample is a folder with one file per table. A wide table, "
            f"with a row per relationship, is checked by: relatum registry {path.name} --check"
        )
        raise SampleError(msg)
    schema = chosen_schema(extend, extend_name, revision)
    if keep:
        _refuse_keeping(str(sample), schema)
    checked = check_folder(path, schema=schema)
    codes = coded_with(checked)
    _refuse_revision(codes)
    errors = [issue for issue in checked.issues if issue.severity == "error"]
    if errors:
        words = "\n".join([summary(path, errors), *_codes_lines(codes)])
        raise SampleError(words, checked.issues)
    if keep and schema is not None:
        from relatum.samples.own_codes import keep_own_codes

        keep_own_codes(path, schema)
    emit(_payload(checked, codes, kept=keep), _words(checked, codes, kept=keep), json_mode=as_json)
    if checked.issues and not as_json:
        print(issues_text(checked.issues))


def _refuse_keeping(sample: str, schema: Schema | None) -> None:
    if schema is None:
        raise UsageError("--keep needs --extend FILE: the codes to put into the folder.")
    if sample.startswith("shipped:"):
        raise UsageError("A shipped sample is not changed; copy it first: relatum example.")


def _refuse_revision(codes: CodedWith) -> None:
    """Refuse other codes under a revision that the sample was coded with, or an older one."""
    if codes.newest and codes.newest > codes.revision:
        msg = (
            f"The sample was coded with revision {codes.newest} of these codes; "
            f"revision {codes.revision} is older. Give the later one with --revision."
        )
        raise UsageError(msg)
    if codes.newest and codes.newest == codes.revision and codes.changes:
        msg = (
            f"These are not the codes that the sample has as revision {codes.revision} "
            f"({str(codes.changes).rstrip('.')}). Raise it: --revision {codes.revision + 1}."
        )
        raise UsageError(msg)


def _rows(checked: CheckedFolder) -> dict[str, int]:
    return {name: held.raw.n_rows for name, held in checked.context.tables.items()}


def _payload(checked: CheckedFolder, codes: CodedWith, *, kept: bool) -> dict[str, object]:
    return {
        "sample": checked.folder.info.name,
        "origin": checked.folder.info.origin,
        "rows": _rows(checked),
        "coded_with": codes.version,
        "schema_version": checked.folder.schema.version,
        "own_codes": list(codes.own),
        "codes_added": list(codes.changes.added),
        "codes_removed": list(codes.changes.removed),
        "codes_changed": [code for code, _ in codes.changes.changed],
        "codes_kept": kept,
        "issues": [issue_payload(issue) for issue in checked.issues],
    }


def _words(checked: CheckedFolder, codes: CodedWith, *, kept: bool) -> str:
    warnings = len(checked.issues)
    held = ", ".join(f"{table} {count:,}" for table, count in _rows(checked).items() if count)
    verdict = "no issues" if not warnings else f"{warnings:,} warning{'s' if warnings > 1 else ''}"
    lines = [f"'{checked.folder.info.name}' can be read: {verdict}.", f"Rows: {held or 'none'}."]
    lines += _codes_lines(codes)
    if kept:
        lines.append("The own codes were put into the folder; no table was changed.")
    return "\n".join(lines)


def _codes_lines(codes: CodedWith) -> list[str]:
    """Word by which schema the sample was coded, and what has changed since."""
    read = f"; read with {codes.read_version}" if codes.read_version != codes.version else ""
    lines = [f"Coded with schema {codes.version}{read}."]
    if codes.own:
        lines.append(f"Own codes: {', '.join(codes.own)}.")
    if codes.changes:
        lines.append(f"Since it was coded: {codes.changes}")
    if codes.lost:
        lines.append("Its folder does not hold these codes, so what changed cannot be listed.")
    for code, n in codes.orphans:
        rows = "1 coding uses" if n == 1 else f"{n:,} codings use"
        lines.append(
            f"{rows} {code}, which was removed: recode or delete these rows, or keep the code."
        )
    return lines
