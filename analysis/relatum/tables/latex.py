"""A table as LaTeX, with the rules of booktabs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relatum.tables.table import Column, Table

__all__ = ["PACKAGES", "latex_table", "latex_text"]

#: What the preamble of the document loads.
PACKAGES: tuple[str, ...] = ("array", "booktabs", "longtable")

_WRITTEN: Mapping[str, str] = MappingProxyType(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "#": r"\#",
        "%": r"\%",
        "_": r"\_",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": "$|$",
        '"': "''",
        # After the end of a row these two would be read as its options.
        "[": "{[}",
        "]": "{]}",
        "*": "{*}",
        "\u2013": "--",
        "\u2014": "---",
        "\u2212": "$-$",
        "\u00b1": r"$\pm$",
        "\u00d7": r"$\times$",
        "\u2264": r"$\leq$",
        "\u2265": r"$\geq$",
        "\u2020": r"$\dagger$",
        "\u2192": r"$\rightarrow$",
        "\u00a0": "~",
        "\u2018": "`",
        "\u2019": "'",
        "\u201c": "``",
        "\u201d": "''",
        "\n": " ",
    }
)
_SPECIAL = re.compile("--|[" + re.escape("".join(_WRITTEN)) + "]")


def latex_text(text: str) -> str:
    r"""Write plain text so that LaTeX prints it as it is.

    Parameters
    ----------
    text : str
        Any text; letters with accents stay as they are.

    Returns
    -------
    str

    Examples
    --------
    >>> print(latex_text("R&D: 42% of {all}, p < 0.05 [a_b]"))
    R\&D: 42\% of \{all\}, p \textless{} 0.05 {[}a\_b{]}
    """
    return _SPECIAL.sub(lambda found: _WRITTEN.get(found[0], "-{}-"), text)


def latex_table(table: Table, *, label: str = "") -> str:
    r"""Write a table that may run over several pages, with its footnotes under it.

    Parameters
    ----------
    table : Table
    label : str
        What ``\ref`` names; none by default.

    Returns
    -------
    str
        Its first line names the packages that the preamble must load.

    Notes
    -----
    Columns share the width of the text by their relative widths and break their lines. Footnotes
    are part of the table: a table without its denominators says nothing.

    Examples
    --------
    >>> from relatum.tables.table import Column, Row, Table
    >>> columns = (Column(label="Case"), Column(label="n", align="right"))
    >>> rows = (Row(cells=("large", "26")),)
    >>> text = latex_table(Table(title="Sizes", columns=columns, rows=rows))
    >>> next(line for line in text.splitlines() if "large" in line)
    'large & 26 \\\\'
    """
    count = len(table.columns)
    head = _row([f"\\textbf{{{latex_text(column.label)}}}" for column in table.columns])
    named = f"\\label{{{label}}}" if label else ""
    lines = [
        "% Needs: " + " ".join(f"\\usepackage{{{name}}}" for name in PACKAGES),
        "\\begingroup\\small",
        f"\\begin{{longtable}}{{{_columns(table.columns)}}}",
        f"\\caption{{{latex_text(table.title)}}}{named}\\\\",
        *("\\toprule", head, "\\midrule", "\\endfirsthead"),
        *("\\toprule", head, "\\midrule", "\\endhead"),
        f"\\midrule \\multicolumn{{{count}}}{{r}}{{continued on the next page}}\\\\",
        *("\\endfoot", "\\bottomrule", "\\endlastfoot"),
        *_body(table),
        "\\end{longtable}",
        *(f"\\par\\noindent {latex_text(text)}\\par" for text in table.footnotes),
        "\\endgroup",
    ]
    return "\n".join(lines) + "\n"


def _body(table: Table) -> Iterator[str]:
    group = ""
    for row in table.rows:
        if row.group and row.group != group:
            group = row.group
            words = f"\\textbf{{{latex_text(group)}}}"
            # The star keeps a heading on the page of its first row.
            yield f"\\multicolumn{{{len(table.columns)}}}{{l}}{{{words}}}\\\\*"
        yield _row([latex_text(cell) for cell in row.cells])


def _row(cells: Sequence[str]) -> str:
    return " & ".join(cells) + " \\\\"


def _columns(columns: Sequence[Column]) -> str:
    """Share the width of the text; the room between columns is part of each column's share."""
    total = sum(column.width for column in columns)
    parts = []
    for column in columns:
        # Without some room before it, however small, the first word of a cell is not divided.
        side = "\\raggedleft" if column.align == "right" else "\\raggedright"
        share = f"\\dimexpr {column.width / total:.4f}\\linewidth-2\\tabcolsep\\relax"
        parts.append(f">{{{side}\\arraybackslash\\hskip0pt\\relax}}p{{{share}}}")
    return "".join(parts)
