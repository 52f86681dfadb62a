"""The tables of a study as files."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, get_args

from relatum.errors import EstimationError, UsageError
from relatum.release import Released
from relatum.tables.kinds import TABLES
from relatum.tables.printed import print_table
from relatum.tables.table import Table
from relatum.tables.table_one import tabulate_table_one

__all__ = ["FORMS", "TABLE_ONE", "TableForm", "study_tables", "table_files"]

TableForm = Literal["html", "tex", "docx", "typ"]

#: The name of the table that describes the samples.
TABLE_ONE = "table_one"


#: Every form beside CSV.
FORMS: tuple[TableForm, ...] = get_args(TableForm)

_WRITERS: Mapping[TableForm, Callable[[Table, str], bytes]] = MappingProxyType(
    {
        "html": lambda table, _: table.page().encode(),
        "tex": lambda table, label: table.latex(label=f"tab:{label}").encode(),
        "docx": lambda table, _: table.docx(),
        "typ": lambda table, label: table.typst(label=f"tab-{label}").encode(),
    }
)


def table_files(
    table: Table, name: str, *, forms: Sequence[TableForm] = FORMS
) -> Mapping[str, bytes]:
    """Write a table as files, by file name.

    Parameters
    ----------
    table : Table
    name : str
        The name of the files; ``tab:name`` is the label in LaTeX, ``tab-name`` in Typst.
    forms : sequence of {"html", "tex", "docx", "typ"}
        All by default. CSV is always there, for programs.

    Returns
    -------
    mapping of str to bytes
        Each with its footnotes.

    Raises
    ------
    UsageError
        If a form is none of these.

    Examples
    --------
    >>> from relatum.tables.table import Column, Row
    >>> table = Table(title="Sizes", columns=(Column(label="n"),), rows=(Row(cells=("26",)),))
    >>> list(table_files(table, "sizes", forms=("html", "typ")))
    ['sizes.csv', 'sizes.html', 'sizes.typ']
    """
    unknown = ", ".join(repr(form) for form in forms if form not in FORMS)
    if unknown:
        msg = f"A table cannot be written as {unknown}; there are: {', '.join(FORMS)}."
        raise UsageError(msg)
    label = re.sub(r"[^a-z0-9]+", "-", name.lower())
    files = {f"{name}.csv": table.csv(notes=True).encode()}
    files |= {f"{name}.{form}": _WRITERS[form](table, label) for form in FORMS if form in forms}
    return MappingProxyType(files)


def study_tables(
    released: Mapping[str, Released], *, forms: Sequence[TableForm] = FORMS
) -> Mapping[str, bytes]:
    """Write the tables of all results of a plan, and the one that describes the samples.

    Parameters
    ----------
    released : mapping of str to Released
        By name.
    forms : sequence of {"html", "tex", "docx", "typ"}
        See `table_files`.

    Returns
    -------
    mapping of str to bytes
        Content by file name.
    """
    files: dict[str, bytes] = {}
    for name, item in released.items():
        if item.result.kind in TABLES:
            files |= table_files(print_table(item), name, forms=forms)
    try:
        files |= table_files(tabulate_table_one(released), TABLE_ONE, forms=forms)
    except EstimationError:
        # A plan may ask for nothing that describes a sample.
        return MappingProxyType(files)
    return MappingProxyType(files)
