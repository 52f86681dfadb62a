"""``relatum check``: every fault of a sample, at once."""

from __future__ import annotations

import typer

from relatum.cli.common import JsonOption, SampleArgument, emit, examples, issue_payload
from relatum.errors import SampleError

HELP = """Check a sample and list everything that is wrong with it.

SAMPLE is a folder with one CSV or Parquet file per table, or shipped:NAME (see relatum example).
Cells are checked against the schema, rows against one another, dates against their order; cells
that could name a person are found in any column. Values of sensitive fields are never shown.

Ends with 0 if the sample can be read (warnings are allowed) and with 11 if not."""


def register(app: typer.Typer) -> None:
    """Add the verb to an application."""
    closing = examples("relatum check my_sample", "relatum check shipped:anna --json")
    app.command("check", help=HELP, epilog=closing)(check)


def check(sample: SampleArgument, as_json: JsonOption = False) -> None:
    """Check a sample; the outcome goes to standard output, faults end with `SampleError`."""
    from relatum.samples.check import check_folder
    from relatum.samples.read import sample_path, summary

    path = sample_path(str(sample))
    checked = check_folder(path)
    errors = [issue for issue in checked.issues if issue.severity == "error"]
    if errors:
        raise SampleError(summary(path, errors), checked.issues)
    rows = {name: held.raw.n_rows for name, held in checked.context.tables.items()}
    payload = {
        "sample": checked.folder.info.name,
        "origin": checked.folder.info.origin,
        "rows": rows,
        "issues": [issue_payload(issue) for issue in checked.issues],
    }
    emit(payload, _words(checked.folder.info.name, rows, len(checked.issues)), json_mode=as_json)
    if checked.issues and not as_json:
        from relatum.cli.common import issues_text

        print(issues_text(checked.issues))


def _words(name: str, rows: dict[str, int], warnings: int) -> str:
    held = ", ".join(f"{table} {count:,}" for table, count in rows.items() if count)
    verdict = "no issues" if not warnings else f"{warnings:,} warning{'s' if warnings > 1 else ''}"
    return f"'{name}' can be read: {verdict}.\nRows: {held or 'none'}."
