"""Tables and words of a report where a result did not go out: one sentence, no broken run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import ParamSpec

from relatum.errors import RelatumError
from relatum.release.absent import absence, results_in, withheld
from relatum.tables.table import Column, Row, Table
from relatum.tables.wording import NOTHING

__all__ = ["reason_table", "table_or_reason", "words_or_reason"]

Given = ParamSpec("Given")
#: What tables write where there is no number.
_MARKS = (NOTHING, "not reached", "not bounded")


def table_or_reason(function: Callable[Given, Table]) -> Callable[Given, Table]:
    """Let a table of a report say why there is none; see `relatum.release.absent.absence`.

    Parameters
    ----------
    function : callable
        Makes a table.

    Returns
    -------
    callable
        The same, but for errors that a withheld or unavailable result explains: for these, a
        table of one sentence.

    Examples
    --------
    >>> from relatum.release import Released
    >>> from relatum.results.base import Unavailable
    >>> from relatum.tables.descriptive import tabulate_sizes
    >>> gone = Unavailable(what="sizes", why="withheld by profile chapter5")
    >>> held = Released(result=gone, profile="chapter5", evidence=(), in_report=True)
    >>> table_or_reason(tabulate_sizes)(held).rows[0].cells
    ('Withheld by profile chapter5.',)
    """

    @wraps(function)
    def made(*values: Given.args, **named: Given.kwargs) -> Table:
        try:
            return _without_false_words(function(*values, **named), (*values, *named.values()))
        except RelatumError:
            why = absence(function, values, named)
            if not why:
                raise
            return reason_table(why)

    return made


def reason_table(why: str) -> Table:
    """Make the table of one sentence that stands where a report has none to show.

    Parameters
    ----------
    why : str
        The reason, without a stop.

    Returns
    -------
    Table

    Examples
    --------
    >>> print(reason_table("withheld by profile chapter5").text())
    Not available
    Not available
    -----------------------------
    Withheld by profile chapter5.
    """
    cells = (f"{why[:1].upper()}{why[1:]}.",)
    return Table(
        title="Not available",
        columns=(Column(label="Not available"),),
        rows=(Row(cells=cells),),
    )


def _without_false_words(table: Table, values: tuple[object, ...]) -> Table:
    """Say in an empty table that rows were withheld: "no report is recorded" may not be true.

    In any other table a mark of what is not given may stand for what was withheld, too.
    """
    why = next(filter(None, map(withheld, results_in(values))), "")
    if not why or not table.columns:
        return table
    if table.rows and not (len(table.rows) == 1 and _is_blank(table.rows[0])):
        written = [cell for row in table.rows for cell in row.cells]
        marks = [mark for mark in _MARKS if any(mark in cell for cell in written)]
        held = why.partition(",")[0]
        said = f"{' and '.join(marks)}: or {held}." if marks else ""
        return replace(table, footnotes=(*table.footnotes, said)) if said else table
    cells = (f"{why[:1].upper()}{why[1:]}", *[NOTHING] * (len(table.columns) - 1))
    return replace(table, rows=(Row(cells=cells),))


def _is_blank(row: Row) -> bool:
    return len(row.cells) > 1 and all(cell in ("", NOTHING) for cell in row.cells[1:])


def words_or_reason(function: Callable[Given, str]) -> Callable[Given, str]:
    """Let a number in a sentence say why it is not there; see `table_or_reason`.

    Parameters
    ----------
    function : callable
        Words a number.

    Returns
    -------
    callable
    """

    @wraps(function)
    def made(*values: Given.args, **named: Given.kwargs) -> str:
        try:
            return function(*values, **named)
        except RelatumError:
            why = absence(function, values, named)
            if not why:
                raise
            return f"not available ({why})"

    return made
