"""The entry point of the command line: finds the verb, words errors, chooses the exit code."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import Annotated, cast

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup

import relatum
from relatum.cli.common import (
    EXIT_KINDS,
    error_payload,
    examples,
    issue_hint,
    issues_text,
    wants_json,
)
from relatum.errors import InterruptedRunError, RelatumError, UsageError

__all__ = ["VERBS", "app", "main", "present_verbs", "verb_module"]

VERBS = (
    *("init", "template", "import", "pseudonymise", "check", "codebook", "simulate", "audit"),
    *("agree", "registry", "pairs", "times", "plan", "fit", "release", "render", "run", "archive"),
    "example",
)

HELP = """Statistics for relationships between suspects and victims coded from police files.

Each verb reads a sample (a folder of coded tables) or a plan (study.toml). The exit code says what
kind of error stopped a verb: 0 fine, 2 wrong call, 10 schema, 11 sample, 12 plan, 13 not
estimable, 14 report, 15 release, 16 import, 17 interrupted."""

BUG = (
    "This is a fault in relatum, not in your call. Please report it with the lines above; "
    "look through them for personal data first."
)


def present_verbs() -> tuple[str, ...]:
    """List the verbs of `VERBS` whose module is there, in the order of the help page.

    Returns
    -------
    tuple of str
        A verb ``fit`` lives in ``relatum/cli/fit.py``; nothing is imported to find it.
    """
    folder = Path(__file__).parent
    return tuple(verb for verb in VERBS if (folder / f"{verb_module(verb)}.py").exists())


def verb_module(verb: str) -> str:
    """Name the module of a verb; a word of Python itself gets an underscore."""
    return f"{verb}_" if iskeyword(verb) else verb


class VerbGroup(TyperGroup):
    """The group of verbs; a verb's module is imported when the verb is asked for."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """List the verbs in the order in which a user meets them."""
        return list(present_verbs())

    def get_command(  # type: ignore[override]
        self, ctx: typer.Context, cmd_name: str
    ) -> TyperCommand | None:
        """Import a verb and build its command.

        Returns
        -------
        typer.core.TyperCommand or None
            None when there is no such verb.
        """
        if cmd_name not in present_verbs():
            return None
        module = import_module(f"relatum.cli.{verb_module(cmd_name)}")
        part = typer.Typer(rich_markup_mode=None, add_completion=False)
        module.register(part)
        group = typer.main.get_group(part)
        return cast("TyperCommand", group.commands[cmd_name])

    def resolve_command(  # type: ignore[override]
        self, ctx: typer.Context, args: list[str]
    ) -> tuple[str | None, TyperCommand | None, list[str]]:
        """Find the verb of a command line.

        Raises
        ------
        UsageError
            When there is no such verb; the message names the nearest one.
        """
        verbs = present_verbs()
        if args[0] not in verbs:
            near = get_close_matches(args[0], verbs, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise UsageError(f"'{args[0]}' is not a verb.{hint}\nVerbs: {', '.join(verbs)}.")
        return args[0], self.get_command(ctx, args[0]), args[1:]


app = typer.Typer(
    cls=VerbGroup,
    rich_markup_mode=None,
    add_completion=False,
    help=HELP,
    epilog=examples(
        "relatum run",
        "relatum check my_sample --json",
        "relatum codebook ctl_phone_checks",
    ),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"relatum {relatum.__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    ctx: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_show_version, help="Print the version."),
    ] = False,
) -> None:
    if ctx.invoked_subcommand is None:
        print(ctx.get_help(), file=sys.stderr)
        raise typer.Exit(UsageError.exit_code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words after ``relatum``; those of the process if left out.

    Returns
    -------
    int
        The exit code; see `relatum.errors`.

    Notes
    -----
    An error that a user can mend is one message on standard error, without a traceback; with
    ``--json`` the same stands as an object on standard output. A reader that closes the pipe early
    (``relatum codebook | head``) is not an error.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _run(words)
        sys.stdout.flush()
    except BrokenPipeError:
        _silence_stdout()
        return 0
    except KeyboardInterrupt:
        return _report(InterruptedRunError("Interrupted by the user."), words)
    except RelatumError as error:
        return _report(error, words)
    except typer.TyperException as error:
        return _report(_usage_error(error), words)
    except Exception:
        traceback.print_exc()
        print(BUG, file=sys.stderr)
        return 1
    return code


def _run(words: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    command = typer.main.get_command(app)
    try:
        with command.make_context("relatum", list(words)) as ctx:
            command.invoke(ctx)
    except typer.Exit as stop:
        return stop.exit_code
    except typer.Abort:
        raise InterruptedRunError("Interrupted by the user.") from None
    return 0


def _usage_error(error: typer.TyperException) -> UsageError:
    context = getattr(error, "ctx", None)
    path = "relatum" if context is None else context.command_path
    message = error.format_message().rstrip()
    if not message.endswith((".", "?")):
        message += "."
    return UsageError(f"{message}\nHelp: {path} --help")


def _report(error: RelatumError, words: Sequence[str]) -> int:
    kind = EXIT_KINDS[error.exit_code]
    as_json = wants_json(words)
    told = _told(error)
    hint = issue_hint(error.issues[0]) if told and not as_json else ""
    print(f"relatum: {kind}: {error}{hint}", file=sys.stderr)
    if error.issues and not told and not as_json:
        print(issues_text(error.issues), file=sys.stderr)
    if as_json:
        print(json.dumps(error_payload(error), indent=2))
    return error.exit_code


def _told(error: RelatumError) -> bool:
    """Tell whether the message says of a whole file what the only issue says."""
    if len(error.issues) != 1:
        return False
    (issue,) = error.issues
    return not (issue.row or issue.field) and str(error) == f"{issue.table}: {issue.message}"


def _silence_stdout() -> None:
    """Point standard output at nothing, so that the interpreter's last flush is quiet."""
    with open(os.devnull, "w") as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), sys.stdout.fileno())
