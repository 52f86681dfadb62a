"""A first draft of a mapping for MAXQDA's exports, by the likeness of names."""

from __future__ import annotations

import re
from pathlib import Path

from relatum.samples.identifiers import identifier_in
from relatum.samples.importers.cells import read_foreign_table
from relatum.samples.importers.cells_faults import FaultList
from relatum.samples.importers.mapping import mapping_text
from relatum.samples.importers.maxqda_headers import document_roles, segment_roles
from relatum.samples.importers.suggest import (
    Line,
    Target,
    best_target,
    draft_line,
    draft_values,
    known_targets,
)
from relatum.samples.importers.suggest_words import plain
from relatum.schema import Schema, load_schema

__all__ = ["suggest_codes"]

_SEPARATOR = re.compile(r"\s*(?:>|\\)\s*")
_LEFT_OUT = "Nothing alike was found: left out unless a code is named in column_or_code."


def suggest_codes(
    path: str | Path,
    *,
    variables: str | Path | None = None,
    sheet: str | None = None,
    schema: Schema | None = None,
) -> str:
    """Draft a mapping file for coded segments and document variables of MAXQDA.

    Parameters
    ----------
    path : str or Path
        The exported list of coded segments.
    variables : str or Path, optional
        The exported document variables.
    sheet : str, optional
    schema : Schema, optional

    Returns
    -------
    str
        A CSV file: a line per code that occurs, with our code where its name, the last part of its
        path or both are like one of ours; a line per variable, or per value of it. Passages and
        names of documents never stand in it.

    Raises
    ------
    ImportFailedError
        With every fault of the files.
    """
    faults = FaultList("the MAXQDA export")
    targets = tuple(known_targets(schema or load_schema()))
    table = read_foreign_table(path, sheet=sheet)
    roles, _ = segment_roles(table, faults)
    faults.stop()
    codes = sorted({text.strip() for text in table.frame[roles["code"]] if text.strip()})
    rows = _codes(codes, tuple(one for one in targets if one.is_code))
    if variables is not None:
        documents = read_foreign_table(variables)
        own = set(document_roles(documents, faults).values())
        faults.stop()
        fitting = tuple(one for one in targets if one.is_code or one.table != "codings")
        for column in documents.columns:
            if column not in own:
                texts = list(documents.frame[column])
                rows += draft_values(texts, column, [plain(column)], fitting)
    return mapping_text(rows)


def _codes(codes: list[str], targets: tuple[Target, ...]) -> list[Line]:
    rows: list[Line] = []
    hidden = 0
    for code in codes:
        path = [part for part in _SEPARATOR.split(code) if part]
        if not path or any(identifier_in(part) for part in path):
            hidden += 1
            continue
        titles = [plain(path[-1]), plain(" ".join(path[-2:]))]
        target, alike = best_target(titles, targets)
        note = f"Likeness {alike:.2f}." if target else _LEFT_OUT
        rows.append(draft_line(code, "", "codings", target.name if target else "", "", note))
    if hidden and rows:
        words = "1 code is" if hidden == 1 else f"{hidden:,} codes are"
        rows[-1]["note"] += f" {words} not listed: the names look like texts or names of persons."
    return rows
