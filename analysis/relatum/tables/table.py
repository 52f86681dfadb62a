"""A table as a frozen description, and its forms for pages, files and terminals."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from relatum.tables.latex import latex_table
from relatum.tables.typst import typst_table
from relatum.tables.word import word_table

__all__ = ["Column", "Row", "Table", "together"]

Align = Literal["left", "right"]
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$^@])")
#: Pandoc gives a pipe table relative widths when a line is longer than this.
_DASHES = 100
_SHEET = (
    "body{font:1rem/1.45 system-ui,sans-serif;color:#1b2733;background:#fff;margin:2rem auto;"
    "padding:0 1rem;max-width:60rem}.scroll{overflow-x:auto}table{border-collapse:collapse;"
    "width:100%;border-bottom:2px solid}caption{text-align:left;font-weight:600;padding:.4rem 0}"
    "th,td{padding:.25rem .6rem;text-align:left;vertical-align:top}thead{border-top:2px solid;"
    "border-bottom:1px solid}tbody th{font-weight:400}th[scope=rowgroup]{font-weight:600}"
    ".table-notes{font-size:.875rem}"
)


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

    def page(self) -> str:
        """Write `html` as a whole page that stands alone and needs no network."""
        return (
            '<!DOCTYPE html>\n<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{html.escape(self.title)}</title>\n<style>{_SHEET}</style>\n</head>\n"
            f'<body>\n<main>\n<div class="scroll" tabindex="0" role="region" '
            f'aria-label="Table">\n{self.html()}</div>\n</main>\n</body>\n</html>\n'
        )

    def latex(self, *, label: str = "") -> str:
        """Write a table for LaTeX; see `relatum.tables.latex.latex_table`."""
        return latex_table(self, label=label)

    def typst(self, *, label: str = "") -> str:
        """Write a table for Typst; see `relatum.tables.typst.typst_table`."""
        return typst_table(self, label=label)

    def docx(self) -> bytes:
        """Write a table as a Word file; see `relatum.tables.word.word_table`."""
        return word_table(self)

    def csv(self, *, notes: bool = False) -> str:
        """Write the cells as CSV, with the group as first column where there are groups.

        Parameters
        ----------
        notes : bool
            Whether the footnotes follow, each as a row of its own that begins with ``Note:``.
        """
        handle = io.StringIO()
        writer = csv.writer(handle, lineterminator="\n")
        grouped = bool(self.groups)
        writer.writerow((["Group"] if grouped else []) + [c.label for c in self.columns])
        for row in self.rows:
            writer.writerow(([row.group] if grouped else []) + list(row.cells))
        empty = [""] * (len(self.columns) + grouped - 1)
        for text in self.footnotes if notes else ():
            writer.writerow([f"Note: {text}", *empty])
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
