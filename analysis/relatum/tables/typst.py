"""A table as Typst, to be compiled alone or included in a document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relatum.tables.table import Table

__all__ = ["typst_table", "typst_text"]

_CONTROL = re.compile(r"[\x00-\x1f]")


def typst_text(text: str) -> str:
    r"""Write plain text as a string of Typst, in which nothing is markup.

    Parameters
    ----------
    text : str
        Any text; letters with accents stay as they are, ends of lines become blanks.

    Returns
    -------
    str

    Examples
    --------
    >>> print(typst_text('42% of "all" [a_b] #1'))
    "42% of \"all\" [a_b] #1"
    """
    # Strings of Typst know the escapes of JSON that are left then: quote and backslash.
    return json.dumps(_CONTROL.sub(" ", text), ensure_ascii=False)


def typst_table(table: Table, *, label: str = "") -> str:
    """Write a table that may run over several pages, with its footnotes under it.

    Parameters
    ----------
    table : Table
    label : str
        What ``@`` names; none by default.

    Returns
    -------
    str
        It needs no package, and sets nothing outside itself.

    Notes
    -----
    Columns share the width of the text by their relative widths. The first row is repeated on
    every page. Footnotes are part of the table: a table without its denominators says nothing.

    Examples
    --------
    >>> from relatum.tables.table import Column, Row, Table
    >>> columns = (Column(label="Case"), Column(label="n", align="right"))
    >>> rows = (Row(cells=("large", "26")),)
    >>> text = typst_table(Table(title="Sizes", columns=columns, rows=rows))
    >>> next(line for line in text.splitlines() if "large" in line)
    '      "large", "26",'
    """
    shares = ", ".join(f"{column.width}fr" for column in table.columns)
    aligns = ", ".join(column.align for column in table.columns)
    head = ", ".join(f"strong({typst_text(column.label)})" for column in table.columns)
    lines = [
        "#[",
        "  #set text(size: 9pt, hyphenate: false)",
        "  #set par(justify: false)",
        "  #set table.cell(breakable: false)",
        "  #show figure: set block(breakable: true)",
        "  #show figure.caption: set align(left)",
        "  #figure(",
        "    kind: table,",
        f"    caption: figure.caption(position: top, {typst_text(table.title)}),",
        "    table(",
        f"      columns: ({shares},),",
        f"      align: ({aligns},),",
        "      stroke: none, inset: (x: 4pt, y: 3pt),",
        f"      table.hline(), table.header({head}), table.hline(stroke: 0.5pt),",
        *_body(table),
        "      table.hline(),",
        "    ),",
        f"  ){f' <{label}>' if label else ''}",
        *(f"  #par({typst_text(text)})" for text in table.footnotes),
        "]",
    ]
    return "\n".join(lines) + "\n"


def _body(table: Table) -> Iterator[str]:
    group = ""
    for row in table.rows:
        if row.group and row.group != group:
            group = row.group
            span = f"colspan: {len(table.columns)}, align: left"
            yield f"      table.cell({span}, strong({typst_text(group)})),"
        yield "      " + ", ".join(typst_text(cell) for cell in row.cells) + ","
