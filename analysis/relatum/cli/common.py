"""What every verb of the command line shares: options, output, progress and error messages.

A verb is one module, `relatum/cli/<verb>.py`, of this form. It imports nothing heavy at the top
(`typer`, `relatum.errors` and this module only), so that ``relatum --help`` stays quick::

    import typer

    from relatum.cli.common import JsonOption, SampleArgument, emit, examples


    def register(app: typer.Typer) -> None:
        app.command("check", help=HELP, epilog=examples("relatum check my_sample"))(check)


    def check(sample: SampleArgument, as_json: JsonOption = False) -> None:
        from relatum.samples import read_sample          # heavy things inside the function

        ...
        emit({"sample": str(sample), "issues": []}, "No issues.", json_mode=as_json)

A verb raises a `relatum.errors.RelatumError` for whatever a user can mend; `relatum.cli.main`
prints its message and its issues, and turns its class into the exit code. A verb never calls
`sys.exit`. To end with a code after its normal output it raises `typer.Exit(code)`.
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from relatum.errors import Issue, RelatumError

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "EXIT_KINDS",
    "ISSUES_SHOWN",
    "JobsOption",
    "JsonOption",
    "JsonValue",
    "OutOption",
    "SampleArgument",
    "SeedOption",
    "StudyOption",
    "column_option",
    "console",
    "emit",
    "error_payload",
    "examples",
    "issue_hint",
    "issue_payload",
    "issues_text",
    "progress",
    "to_json",
    "wants_json",
]

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"

SampleArgument = Annotated[
    Path,
    typer.Argument(metavar="SAMPLE", help="Folder with a datapackage.json and its tables."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")]
SeedOption = Annotated[
    int | None,
    typer.Option(
        "--seed", min=0, metavar="INTEGER", help="Seed of all random numbers.", show_default=False
    ),
]
JobsOption = Annotated[
    int,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        metavar="INTEGER",
        help="Processes to use; the numbers do not depend on it.",
    ),
]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="FOLDER", help="Where to write.", show_default=False),
]
StudyOption = Annotated[
    Path | None,
    typer.Option(
        "--study",
        metavar="FILE",
        help="The plan, a study.toml; the shipped plan if left out.",
        show_default=False,
    ),
]

EXIT_KINDS: Mapping[int, str] = {
    1: "unexpected",
    2: "usage",
    10: "schema",
    11: "sample",
    12: "plan",
    13: "not_estimable",
    14: "report",
    15: "release",
    16: "import",
    17: "interrupted",
}

ISSUES_SHOWN = 40

# pandas' missing values, by name: pandas itself would make every verb slow to start.
_MISSING = ("NoneType", "NAType", "NaTType")


def examples(*lines: str) -> str:
    r"""Word the example that closes the help of a verb.

    Parameters
    ----------
    *lines : str
        Command lines, each as a user would type it.

    Returns
    -------
    str
        An epilog whose lines are not rewrapped.

    Examples
    --------
    >>> examples("relatum check my_sample")
    '\x08\nExample:\n  relatum check my_sample'
    """
    head = "Example:" if len(lines) == 1 else "Examples:"
    return "\n".join(["\b", head, *(f"  {line}" for line in lines)])


def to_json(value: object) -> JsonValue:
    """Turn a value into what `json` can write: no NaN, no object of our own.

    Parameters
    ----------
    value : object
        Dataclasses become objects, tuples and sets lists, paths POSIX strings; numpy scalars and
        arrays their Python values; what is missing or not finite becomes null.

    Returns
    -------
    object
        Made of dict, list, str, int, float, bool and None.

    Raises
    ------
    TypeError
        For a type that has no JSON form.

    Examples
    --------
    >>> to_json({"share": float("nan"), "where": Path("out") / "a"})
    {'share': None, 'where': 'out/a'}
    """
    if type(value).__name__ in _MISSING:
        return None
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Path):
        return value.as_posix()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, frozenset | set):
        return sorted((to_json(item) for item in value), key=str)
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return to_json(_foreign_value(value))


def _foreign_value(value: object) -> object:
    """Ask a numpy value, or a date, for its plain form."""
    for name in ("tolist", "isoformat"):
        convert = getattr(value, name, None)
        if callable(convert):
            plain: object = convert()
            return plain
    raise TypeError(f"{type(value).__name__} has no JSON form")


def emit(payload: Mapping[str, object], text: str, *, json_mode: bool) -> None:
    """Print the outcome of a verb on standard output.

    Parameters
    ----------
    payload : mapping
        The outcome for programs; printed as one JSON object if `json_mode`.
    text : str
        The outcome for people; printed otherwise.
    json_mode : bool
        The value of ``--json``.

    Examples
    --------
    >>> emit({"issues": 0}, "No issues.", json_mode=False)
    No issues.
    >>> emit({"issues": 0}, "No issues.", json_mode=True)
    {
      "issues": 0
    }
    """
    print(json.dumps(to_json(payload), indent=2, allow_nan=False) if json_mode else text)


def issue_payload(issue: Issue) -> dict[str, object]:
    """Turn an issue into an object for ``--json``, with the names of its attributes.

    Examples
    --------
    >>> issue_payload(Issue(table="cases", rule="empty_file", message="No rows."))["rule"]
    'empty_file'
    """
    return {field.name: to_json(getattr(issue, field.name)) for field in fields(issue)}


def error_payload(error: RelatumError) -> dict[str, object]:
    """Turn an error into the object that ``--json`` prints.

    Returns
    -------
    dict
        ``error`` (the kind, see `EXIT_KINDS`), ``exit_code``, ``message`` and ``issues``.

    Examples
    --------
    >>> from relatum.errors import SampleError
    >>> error_payload(SampleError("No such folder: x."))["error"]
    'sample'
    """
    return {
        "error": EXIT_KINDS[error.exit_code],
        "exit_code": error.exit_code,
        "message": str(error),
        "issues": [issue_payload(issue) for issue in error.issues],
    }


def issues_text(issues: Iterable[Issue], *, limit: int | None = ISSUES_SHOWN) -> str:
    """Word issues for people: one block per table, in the order of table and row.

    Parameters
    ----------
    issues : iterable of Issue
        In any order.
    limit : int or None
        Lines per table; what is left out is counted per rule. None prints all.

    Returns
    -------
    str
        Lines without a trailing newline; empty when there are no issues.

    Examples
    --------
    >>> print(issues_text([Issue(table="cases", row="c1", field="case_scope",
    ...                          rule="unknown_level", message="'locall' is not a level.",
    ...                          allowed=("local", "national"), near="local")]))
    cases: 1 issue
      c1 case_scope [unknown_level] 'locall' is not a level. Did you mean 'local'?
    """
    groups: dict[str, list[Issue]] = {}
    for issue in sorted(issues):
        groups.setdefault(issue.table, []).append(issue)
    lines: list[str] = []
    for table, members in groups.items():
        lines.append(f"{table or 'sample'}: {_counted(len(members), 'issue')}")
        shown = members if limit is None else members[:limit]
        lines.extend(f"  {_issue_line(issue)}" for issue in shown)
        rest = Counter(issue.rule for issue in members[len(shown) :])
        lines.extend(
            f"  and {_counted(count, 'more issue')} [{rule}] (--json lists all)"
            for rule, count in sorted(rest.items())
        )
    return "\n".join(lines)


def _issue_line(issue: Issue) -> str:
    where = " ".join(part for part in (issue.row, issue.field) if part)
    mark = "warning: " if issue.severity == "warning" else ""
    return f"{where} [{issue.rule}] {mark}{issue.message}{issue_hint(issue)}".strip()


def issue_hint(issue: Issue) -> str:
    """Word what would have been accepted; empty where that cannot be said briefly.

    Examples
    --------
    >>> issue_hint(Issue(table="a", rule="b", message="c", near="cases"))
    " Did you mean 'cases'?"
    """
    if issue.near:
        return f" Did you mean '{issue.near}'?"
    if 0 < len(issue.allowed) <= 12:
        return f" Allowed: {', '.join(issue.allowed)}."
    return ""


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def console(*, stderr: bool = False) -> Console:
    """Make a console for output with colour; plain without a terminal or under ``NO_COLOR``.

    Square brackets are printed as they are, not read as markup.

    Parameters
    ----------
    stderr : bool
        Write on standard error.

    Returns
    -------
    rich.console.Console
    """
    from rich.console import Console

    return Console(stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=True)


@contextmanager
def progress(description: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show a bar on standard error while a block runs; silent without a terminal.

    Parameters
    ----------
    description : str
        What is being done, in a few words.
    total : int, optional
        Number of steps; a bar without an end if left out.

    Yields
    ------
    callable
        Call it with the number of steps just done.

    Examples
    --------
    >>> with progress("Drawing samples", total=3) as advance:
    ...     for _ in range(3):
    ...         advance(1)
    """
    if not sys.stderr.isatty():
        yield _ignore
        return
    from rich.progress import Progress

    with Progress(console=console(stderr=True), transient=True) as bar:
        task = bar.add_task(description, total=total)
        yield lambda steps: bar.update(task, advance=steps)


def _ignore(steps: int) -> None:
    """Take a number of steps and show nothing."""


def wants_json(arguments: Sequence[str]) -> bool:
    """Say whether a command line asks for JSON, even where the rest of it is wrong.

    Examples
    --------
    >>> wants_json(["check", "sample", "--json"]), wants_json(["check", "--", "--json"])
    (True, False)
    """
    words = list(arguments)
    return "--json" in (words[: words.index("--")] if "--" in words else words)


def column_option(flag: str, help_text: str) -> typer.models.OptionInfo:
    """Return an option that names a column of a file."""
    option: typer.models.OptionInfo = typer.Option(
        flag, metavar="COLUMN", help=help_text, show_default=False
    )
    return option
