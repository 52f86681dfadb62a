"""The tables of a study as files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from relatum.errors import EstimationError
from relatum.release import Released
from relatum.tables.kinds import TABLES
from relatum.tables.printed import print_table
from relatum.tables.table import Table
from relatum.tables.table_one import tabulate_table_one

__all__ = ["TABLE_ONE", "study_tables", "table_files"]

#: The name of the table that describes the samples.
TABLE_ONE = "table_one"


def table_files(table: Table, name: str) -> Mapping[str, str]:
    """Write a table in every form that is text, by file name.

    Parameters
    ----------
    table : Table
    name : str
        The name of the files; ``tab:name`` is the label in LaTeX.

    Returns
    -------
    mapping of str to str
        CSV, HTML and LaTeX, each with its footnotes.

    Examples
    --------
    >>> from relatum.tables.table import Column, Row
    >>> table = Table(title="Sizes", columns=(Column(label="n"),), rows=(Row(cells=("26",)),))
    >>> list(table_files(table, "sizes"))
    ['sizes.csv', 'sizes.html', 'sizes.tex']
    """
    label = "tab:" + re.sub(r"[^a-z0-9]+", "-", name.lower())
    return MappingProxyType(
        {
            f"{name}.csv": table.csv(notes=True),
            f"{name}.html": table.page(),
            f"{name}.tex": table.latex(label=label),
        }
    )


def study_tables(released: Mapping[str, Released]) -> Mapping[str, str]:
    """Write the tables of all results of a plan, and the one that describes the samples.

    Parameters
    ----------
    released : mapping of str to Released
        By name.

    Returns
    -------
    mapping of str to str
        Text by file name.
    """
    files: dict[str, str] = {}
    for name, item in released.items():
        if item.result.kind in TABLES:
            files |= table_files(print_table(item), name)
    try:
        files |= table_files(tabulate_table_one(released), TABLE_ONE)
    except EstimationError:
        # A plan may ask for nothing that describes a sample.
        return MappingProxyType(files)
    return MappingProxyType(files)
