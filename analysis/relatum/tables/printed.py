"""A table that stands alone: with abbreviations, the source and what was withheld under it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from relatum.release import Released
from relatum.tables.kinds import tabulate
from relatum.tables.table import Table

__all__ = ["ABBREVIATIONS", "abbreviation_note", "print_table"]

#: What short forms stand for, where a table uses one without saying so.
ABBREVIATIONS: Mapping[str, str] = MappingProxyType(
    {
        "AIC": "Akaike information criterion",
        "AUC": "area under the receiver operating characteristic curve",
        "BIC": "Bayesian information criterion",
        "CI": "confidence interval",
        "CR2": "bias-reduced cluster-robust error",
        "DV": "domestic violence",
        "FDR": "false discovery rate",
        "GEE": "generalised estimating equations",
        "HR": "hazard ratio",
        "ICC": "intra-case correlation",
        "IRR": "incidence rate ratio",
        "OR": "odds ratio",
        "SD": "standard deviation",
        "SMD": "standardised mean difference",
    }
)


def abbreviation_note(table: Table) -> str:
    """Explain the abbreviations of a table that its footnotes do not explain.

    Parameters
    ----------
    table : Table

    Returns
    -------
    str
        Empty where there is nothing to explain.

    Examples
    --------
    >>> from relatum.tables.table import Column, Row
    >>> column = Column(label="OR (95% CI)")
    >>> abbreviation_note(Table(title="Odds", columns=(column,), rows=(Row(cells=("1.2",)),)))
    'CI: confidence interval; OR: odds ratio.'
    """
    words = set(re.findall(r"\b[A-Z][A-Z0-9]+\b", " ".join(_words(table))))
    said = " ".join(table.footnotes)
    known = [
        f"{short}: {long}"
        for short, long in ABBREVIATIONS.items()
        if short in words and f"{short}:" not in said and long not in said.lower()
    ]
    return f"{'; '.join(known)}." if known else ""


def _words(table: Table) -> Iterator[str]:
    yield table.title
    yield from (column.label for column in table.columns)
    for row in table.rows:
        yield row.group
        yield from row.cells


def print_table(released: Released, table: Table | None = None) -> Table:
    """Complete a table by the footnotes that it needs outside a report.

    Parameters
    ----------
    released : Released
        The result.
    table : Table, optional
        A table of it; `tabulate` by default.

    Returns
    -------
    Table
        Simulated numbers say so first. At the end stand abbreviations, what disclosure control
        withheld, and the profile by which the result went out.

    Raises
    ------
    UsageError
        If results of the kind are only drawn.
    """
    held = tabulate(released) if table is None else table
    notes = list(held.footnotes)
    if released.simulated and not any("simulated data" in text.lower() for text in notes):
        notes.insert(0, "Simulated data: these numbers are no findings.")
    added = (
        abbreviation_note(held),
        *(note.text for note in released.notes if note.code == "withheld"),
        _profile_note(released),
    )
    notes += [text for text in added if text and text not in notes]
    return replace(held, footnotes=tuple(notes))


def _profile_note(released: Released) -> str:
    if released.profile in ("none", "published"):
        return ""
    return f"Disclosure control: profile '{released.profile}'."
