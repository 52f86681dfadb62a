"""The options that name a user's own codes, which several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relatum.errors import UsageError

if TYPE_CHECKING:
    from relatum.schema import Schema

__all__ = [
    "ExtendNameOption",
    "ExtendOption",
    "RevisionOption",
    "chosen_schema",
    "extend_words",
    "schema_for",
]

ExtendOption = Annotated[
    Path | None,
    typer.Option(
        "--extend",
        metavar="FILE",
        help="Own codes to add, a .csv or .qdc file.",
        show_default=False,
    ),
]
ExtendNameOption = Annotated[
    str | None,
    typer.Option(
        "--extend-name",
        metavar="NAME",
        help="Whose codes they are, in small letters and digits; 'mine' if left out.",
        show_default=False,
    ),
]
RevisionOption = Annotated[
    int | None,
    typer.Option(
        "--revision",
        min=1,
        metavar="INTEGER",
        help="Revision of the own codes, raised whenever their file changes; 1 if left out.",
        show_default=False,
    ),
]


def chosen_schema(extend: Path | None, name: str | None, revision: int | None) -> Schema | None:
    """Return the schema with the own codes that were named; None where none were.

    Raises
    ------
    UsageError
        If a name or a revision is given without a file.
    SchemaError
        With every fault of the file.
    """
    if extend is None:
        given = {"--extend-name": name, "--revision": revision}
        alone = [flag for flag, value in given.items() if value is not None]
        if alone:
            verb = "needs" if len(alone) == 1 else "need"
            raise UsageError(f"{' and '.join(alone)} {verb} --extend FILE.")
        return None
    from relatum.schema import load_schema
    from relatum.schema.extension import extend_codebook

    return extend_codebook(load_schema(), extend, name=name or "mine", revision=revision or 1)


def schema_for(extend: Path | None, name: str | None, revision: int | None, folder: Path) -> Schema:
    """Return the schema with the own codes that were named, else with those in a sample's folder.

    Raises
    ------
    UsageError, SchemaError
        See `chosen_schema`.
    """
    from relatum.samples.descriptor import own_schema

    return chosen_schema(extend, name, revision) or own_schema(folder)


def extend_words(extend: Path | None, name: str | None, revision: int | None) -> str:
    """Word the options as a user types them in the next call; empty where none were given."""
    given = {"--extend": extend, "--extend-name": name, "--revision": revision}
    return "".join(f" {flag} {value}" for flag, value in given.items() if value is not None)
