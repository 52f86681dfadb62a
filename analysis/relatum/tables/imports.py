"""What an import left out, as a table, and the line by which a source asks to be named."""

from __future__ import annotations

from collections.abc import Mapping

from relatum.errors import UsageError
from relatum.release import Released
from relatum.release.content import content
from relatum.results.base import Unavailable
from relatum.results.imports import ImportReport, LeftOut
from relatum.tables.descriptive import note_texts
from relatum.tables.table import Column, Row, Table

__all__ = ["say_import", "tabulate_import"]


def tabulate_import(released: Released, *, at_most: int | None = None) -> Table:
    """Tabulate what an import left out; the attribution and the terms of use are footnotes.

    Parameters
    ----------
    released : Released
        An `ImportReport`.
    at_most : int, optional
        Rows to print, the largest counts; a footnote counts the others. All by default.

    Returns
    -------
    Table
        One row per source, thing and reason.

    Raises
    ------
    UsageError
        If `at_most` is below 1.
    """
    found = content(released, ImportReport)
    if at_most is not None and at_most < 1:
        msg = f"At least one row must be printed, not {at_most}."
        raise UsageError(msg)
    ranked = sorted(found.left_out, key=lambda row: (-row.n, row))[:at_most]
    shown = [row for row in found.left_out if row in ranked]
    rows = [Row(cells=(row.source, row.what, f"{row.n:,}", _sentence(row.why))) for row in shown]
    nothing = Row(cells=("All sources", "nothing", "0", "Everything was taken over."))
    return Table(
        title="What the import left out",
        columns=(
            Column(label="Source", width=4),
            Column(label="What", width=5),
            Column(label="n", align="right", width=2),
            Column(label="Why", width=8),
        ),
        rows=tuple(rows) or (nothing,),
        footnotes=(*note_texts(released), *_rest(found, shown), *_source(found)),
    )


def _rest(found: ImportReport, shown: list[LeftOut]) -> tuple[str, ...]:
    more = len(found.left_out) - len(shown)
    if not more:
        return ()
    n = found.n_left_out - sum(row.n for row in shown)
    noun = "row" if more == 1 else "rows"
    return (
        f"{more:,} more {noun} with smaller counts, {n:,} in all, are in the stored table of this "
        "result.",
    )


def _source(found: ImportReport) -> tuple[str, ...]:
    terms = f"Terms of use: {found.terms}" if found.terms else ""
    return tuple(text for text in (found.attribution, terms) if text)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def say_import(results: Mapping[str, Released], name: str = "imports") -> str:
    """Word how much an import left out.

    Parameters
    ----------
    results : mapping of str to Released
        By name.
    name : str
        The result.

    Raises
    ------
    UsageError
        If there is no such result, or it is of another kind.
    """
    result = results[name].result if name in results else None
    match result:
        case Unavailable() if "not imported" not in result.why:
            return f"What the import left out is not available ({result.why})."
        case Unavailable():
            return "The sample was not imported, so no import left anything out."
        case ImportReport() if not result.left_out:
            return "The import left nothing out."
        case ImportReport():
            kinds = len({(row.source, row.what) for row in result.left_out})
            noun = "kind" if kinds == 1 else "kinds"
            return f"The import left out {result.n_left_out:,} things of {kinds:,} {noun}."
        case _:
            msg = f"'{name}' is no report of an import."
            raise UsageError(msg)
