"""A table as a frozen description, and its forms: Markdown, HTML, CSV and plain text."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

__all__ = ["Column", "Row", "Table", "together"]

Align = Literal["left", "right"]
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$^@])")
#: Pandoc gives a pipe table relative widths when a line is longer than this.
_DASHES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    label : str
        The words above it.
    align : {"left", "right"}
        Numbers stand on the right.
    width : int
        Relative width.
    """

    label: str
    align: Align = "left"
    width: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a table.

    Attributes
    ----------
    cells : tuple of str
        One text per column.
    group : str
        The heading under which it stands; empty where the table has none.
    """

    cells: tuple[str, ...]
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table that says what it counts.

    Attributes
    ----------
    title : str
        What it shows.
    columns : tuple of Column
        Its columns.
    rows : tuple of Row
        Its rows; rows of one group stand together.
    footnotes : tuple of str
        Denominators, abbreviations and what a reader must be told.

    Examples
    --------
    >>> columns = (Column(label="Case"), Column(label="n", align="right"))
    >>> table = Table(title="Sizes", columns=columns, rows=(Row(cells=("large", "26")),),
    ...               footnotes=("n: couples.",))
    >>> print(table.text())
    Sizes
    Case    n
    -----  --
    large  26
    n: couples.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    footnotes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if any(len(row.cells) != len(self.columns) for row in self.rows):
            msg = "Every row of a table has one cell per column."
            raise ValueError(msg)

    @property
    def groups(self) -> tuple[str, ...]:
        """The headings, in order; empty where the table has none."""
        return tuple(dict.fromkeys(row.group for row in self.rows if row.group))

    def only(self, *groups: str) -> Table:
        """Return the table with the rows of some groups.

        Raises
        ------
        ValueError
            If there is no such group.
        """
        unknown = [group for group in groups if group not in self.groups]
        if unknown:
            msg = f"'{unknown[0]}' is not a group of the table; there are: {self.groups}."
            raise ValueError(msg)
        return replace(self, rows=tuple(row for row in self.rows if row.group in groups))

    def markdown(self, *, notes: bool = True) -> str:
        """Write a pipe table that Quarto and pandoc read; footnotes follow as a paragraph.

        Parameters
        ----------
        notes : bool
            Whether the footnotes follow.
        """
        lines = [_pipes([column.label for column in self.columns]), _rule(self.columns)]
        group = ""
        for row in self.rows:
            if row.group and row.group != group:
                group = row.group
                heading = [f"**{_escape(group)}**"] + [""] * (len(self.columns) - 1)
                lines.append("| " + " | ".join(heading) + " |")
            lines.append(_pipes(row.cells))
        if notes and self.footnotes:
            lines += ["", "*Note.* " + " ".join(_escape(text) for text in self.footnotes)]
        return "\n".join(lines) + "\n"

    def html(self) -> str:
        """Write a table of HTML with a caption, scopes for screen readers, and the footnotes."""
        head = "".join(_cell("th", c.label, c, 'scope="col"') for c in self.columns)
        body: list[str] = []
        group = ""
        for row in self.rows:
            if row.group and row.group != group:
                group = row.group
                span = f'scope="rowgroup" colspan="{len(self.columns)}"'
                body.append(f"<tr><th {span}>{html.escape(group)}</th></tr>")
            cells = "".join(
                _cell("td" if at else "th", text, column, "" if at else 'scope="row"')
                for at, (text, column) in enumerate(zip(row.cells, self.columns, strict=True))
            )
            body.append(f"<tr>{cells}</tr>")
        notes = "".join(f"<p>{html.escape(text)}</p>" for text in self.footnotes)
        rows = "\n".join(body)
        return (
            f"<table>\n<caption>{html.escape(self.title)}</caption>\n"
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n"
            + (f'<div class="table-notes">{notes}</div>\n' if notes else "")
        )

    def csv(self) -> str:
        """Write the cells as CSV, with the group as first column where there are groups."""
        handle = io.StringIO()
        writer = csv.writer(handle, lineterminator="\n")
        grouped = bool(self.groups)
        writer.writerow((["Group"] if grouped else []) + [c.label for c in self.columns])
        for row in self.rows:
            writer.writerow(([row.group] if grouped else []) + list(row.cells))
        return handle.getvalue()

    def text(self) -> str:
        """Write the table for a terminal."""
        labels = [column.label for column in self.columns]
        widths = [
            max(len(text) for text in column)
            for column in zip(labels, *(row.cells for row in self.rows), strict=True)
        ]
        lines = [self.title, self._line(labels, widths), "  ".join("-" * w for w in widths)]
        group = ""
        for row in self.rows:
            if row.group and row.group != group:
                group = row.group
                lines.append(f"[{group}]")
            lines.append(self._line(row.cells, widths))
        return "\n".join([*lines, *self.footnotes])

    def _line(self, cells: list[str] | tuple[str, ...], widths: list[int]) -> str:
        parts = [
            text.rjust(width) if column.align == "right" else text.ljust(width)
            for text, width, column in zip(cells, widths, self.columns, strict=True)
        ]
        return "  ".join(parts).rstrip()


def together(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Bring the rows of each group together, groups in the order in which they first appear.

    Examples
    --------
    >>> rows = [Row(cells=(c,), group=g) for c, g in (("1", "a"), ("2", "b"), ("3", "a"))]
    >>> [row.cells[0] for row in together(rows)]
    ['1', '3', '2']
    """
    held = tuple(rows)
    order = list(dict.fromkeys(row.group for row in held))
    return tuple(sorted(held, key=lambda row: order.index(row.group)))


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text).replace("\n", " ")


def _pipes(cells: list[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(_escape(cell) for cell in cells) + " |"


def _rule(columns: tuple[Column, ...]) -> str:
    total = sum(column.width for column in columns)
    parts = []
    for column in columns:
        dashes = "-" * max(3, round(_DASHES * column.width / total))
        parts.append(f"{dashes}:" if column.align == "right" else f":{dashes}")
    return "|" + "|".join(parts) + "|"


def _cell(tag: str, text: str, column: Column, scope: str) -> str:
    style = ' style="text-align: right"' if column.align == "right" else ""
    return f"<{tag}{' ' + scope if scope else ''}{style}>{html.escape(text)}</{tag}>"
