"""A first draft of a mapping file, by the likeness of names; the user completes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import pandas as pd

from relatum.samples.identifiers import identifier_in, is_identifier_column
from relatum.samples.importers.cells import ForeignTable, read_foreign_table
from relatum.samples.importers.mapping import CODING_COLUMNS, UNIT_TABLE_NAMES, mapping_text
from relatum.samples.importers.mapping_dates import interval_columns
from relatum.samples.importers.suggest_values import Shape, look_at
from relatum.samples.importers.suggest_words import (
    ABSENT,
    ALIKE,
    PRESENT,
    SILENT,
    SYNONYMS,
    letters,
    likeness,
    plain,
)
from relatum.schema import Schema, load_schema

__all__ = [
    "NOTHING_ALIKE",
    "Target",
    "best_target",
    "draft_line",
    "draft_values",
    "known_targets",
    "suggest_mapping",
]

Line = dict[str, str]

NOTHING_ALIKE = "Nothing alike was found: name a table, or write discard."
_LONGEST_CODE = 120
_PATH = re.compile(r"\s*[>\\]\s*")
_CODE_TITLES = frozenset(
    ("code", "codes", "kod", "codering", "codigo", "code id", "item", "tactic")
)
_ID_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "relationship_id": ("relationship", "relation", "relatie", "beziehung", "couple", "pair"),
        "suspect_id": ("suspect", "perpetrator", "offender", "verdachte", "dader", "tater"),
        "victim_id": ("victim", "slachtoffer", "opfer", "ofiara", "victime", "victima"),
        "case_id": ("case", "investigation", "dossier", "zaak", "onderzoek", "fall", "ermittlung"),
        "coder_id": ("coder", "codeur", "rater", "kodierer", "codierer", "koder", "coded"),
    }
)
_ID_TABLES = {
    "relationship_id": "relationships",
    "suspect_id": "suspects",
    "victim_id": "victims",
    "case_id": "cases",
    "coder_id": "codings",
}
_ID_ENDS = frozenset(("id", "nr", "no", "number", "nummer", "code", "key", "pseudonym", "who"))
_ASK_ABSENCE = (
    "Was it recorded that it did not happen (absent_documented), or was nothing recorded "
    "(not_documented)?"
)
_ASK_STATUS = "Which status is this: present, absent_documented or not_documented?"


@dataclass(frozen=True, slots=True)
class Target:
    """A column, stem or code of ours with the words by which it is found."""

    table: str
    name: str
    words: tuple[str, ...]
    levels: tuple[str, ...]
    is_status: bool
    takes_all: bool
    is_code: bool = False
    is_day: bool = False
    is_interval: bool = False


def suggest_mapping(
    path: str | Path,
    *,
    form: Literal["wide", "long"] = "wide",
    sheet: str | None = None,
    schema: Schema | None = None,
) -> str:
    r"""Draft a mapping file for a table.

    Columns that look like keys come first. A header that is like the name or label of a code or
    column gets it; values that are like a level get that; a column of written dates gets
    ``words``. The rest is left blank with a note, and an import refuses a mapping with blanks:
    nothing is mapped by a guess that nobody looked at. Whether a 0 or "no" means that something
    was recorded as absent, only the user knows, so it is never filled in.

    Parameters
    ----------
    path : str or Path
        Excel, CSV, Parquet, SPSS or Stata.
    form : {"wide", "long"}
        Whether a row is a relationship or one coding; of a column of codes every value gets the
        code whose name is most like it.
    sheet : str, optional
    schema : Schema, optional

    Returns
    -------
    str
        A CSV file; see `relatum.samples.importers.mapping`. Values stand in it only where they
        repeat as levels do: never dates, texts, names, or more than 30 different ones.

    Raises
    ------
    ImportFailedError
        If the table cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     data = Path(folder) / "mine.csv"
    ...     _ = data.write_text("Physical violence,victim nr\nyes,7\n")
    ...     draft = suggest_mapping(data)
    >>> [line.split(",")[:5] for line in draft.splitlines()[1:3]]
    [['victim nr', '', 'victims', 'victim_id', 'numbered'], ['Physical violence', 'yes', 'codings', 'vio_physical', 'present']]
    """  # noqa: E501 - the list is one line of output
    table = read_foreign_table(path, sheet=sheet)
    targets = tuple(known_targets(schema or load_schema()))
    keys = _keys(table, form)
    note = "Replaced by numbers; empty status_or_value keeps ids that are pseudonyms already."
    rows = [
        draft_line(keys[key], table=_ID_TABLES[key], target=key, becomes="numbered", note=note)
        for key in _ID_WORDS
        if key in keys
    ]
    for column in table.columns:
        if column not in keys.values():
            rows += _draft(table, column, targets, form)
    if not any(row["column_or_code"] == "population" for row in rows):
        note = "A constant: trafficking or domestic_violence."
        rows.append(draft_line("", table="relationships", target="population", note=note))
    return mapping_text(rows)


def draft_line(
    column: str,
    value: str = "",
    table: str = "",
    target: str = "",
    becomes: str = "",
    note: str = "",
) -> Line:
    """Return one line of a draft."""
    return {
        "their_column": column,
        "their_value": value,
        "table": table,
        "column_or_code": target,
        "status_or_value": becomes,
        "note": note,
    }


# --- our side ------------------------------------------------------------------------------------


def known_targets(schema: Schema) -> Iterator[Target]:
    """List what a draft may name: codes, columns, and the stems of intervals of days."""
    for code in schema.codebook.values():
        if code.is_coding:
            short = code.id.partition("_")[2]
            words = (plain(code.id), plain(code.label), plain(short), *SYNONYMS.get(code.id, ()))
            kind = code.value_type
            levels = () if kind == "status" else code.levels
            yield Target(
                "codings", code.id, words, levels, kind == "status", kind == "number", True
            )
    for name in (*UNIT_TABLE_NAMES, "codings"):
        for field in schema[name]:
            if field.kind in ("id", "reference") or field.name == "simulated":
                continue
            if name == "codings" and field.name not in CODING_COLUMNS:
                continue
            stem = field.name.removesuffix("_lower")
            if stem != field.name and interval_columns(schema, name, stem):
                title = plain(field.title.partition(",")[0])
                words = (plain(stem), title, *SYNONYMS.get(stem, ()))
                yield Target(name, stem, words, (), False, True, is_interval=True)
            names = (plain(field.name), plain(field.title), *SYNONYMS.get(field.name, ()))
            is_status = field.kind == "status"
            levels = () if is_status else tuple(level.value for level in field.levels)
            takes_all = not field.levels and field.type != "boolean" and not is_status
            is_day = field.type == "date"
            yield Target(name, field.name, names, levels, is_status, takes_all, is_day=is_day)


def best_target(titles: Sequence[str], targets: Sequence[Target]) -> tuple[Target | None, float]:
    """Return what is most like one of some titles, and how alike it is."""
    best, alike = None, 0.0
    for target in targets:
        for title in titles:
            for word in target.words:
                found = likeness(title, word)
                if found > alike:
                    best, alike = target, found
    return (best, alike) if alike >= ALIKE else (None, alike)


# --- their side ----------------------------------------------------------------------------------


def _keys(table: ForeignTable, form: str) -> dict[str, str]:
    """Return their column of each key that was found, by our key."""
    found: dict[str, str] = {}
    for column in table.columns:
        words = plain(column).split()
        rest = [word for word in words if word not in _ID_ENDS]
        bare = len(rest) == len(words)
        key = ""
        if len(rest) == 1:
            key = next((key for key, known in _ID_WORDS.items() if rest[0] in known), "")
        elif words and not rest and form == "wide":
            # A column that is only called "id" numbers the rows, if it does.
            key = "relationship_id" if table.frame[column].is_unique else ""
        if not key or key in found or (key == "coder_id" and form == "wide" and bare):
            continue
        if bare and not _like_keys(table, column, numbered=key == "relationship_id"):
            continue
        found[key] = column
    return found


def _like_keys(table: ForeignTable, column: str, *, numbered: bool) -> bool:
    """Tell whether the values of a column that only names a unit may be keys of it."""
    values = [text for text in table.frame[column] if text]
    if not values or {plain(text) for text in values} <= PRESENT | ABSENT | SILENT:
        return False
    # Kinds of relationships are words; persons may be named by words.
    return not numbered or all(any(mark.isdigit() for mark in text) for text in values)


def _draft(
    table: ForeignTable, column: str, targets: tuple[Target, ...], form: str
) -> Iterator[Line]:
    title, label = plain(column), plain(table.labels.get(column, ""))
    if form == "long" and title in _CODE_TITLES:
        yield from _draft_codes(table, column, targets)
        return
    if form == "wide":
        # A row per relationship has no columns that describe one coding.
        targets = tuple(one for one in targets if one.is_code or one.table != "codings")
    yield from draft_values(list(table.frame[column]), column, [title, label], targets)


def draft_values(
    texts: Sequence[str], column: str, titles: Sequence[str], targets: Sequence[Target]
) -> Iterator[Line]:
    """Draft the lines of one column from its title and, where they may be shown, its values."""
    shape = look_at(texts, shown=not is_identifier_column(column))
    if shape.dates:
        yield _draft_dates(column, titles, targets, shape)
        return
    fitting = [one for one in targets if not one.is_interval and not one.is_day]
    target, alike = best_target(titles, fitting)
    if target is None:
        for value in shape.levels if shape.repeats else ("",):
            yield draft_line(column, value, note=NOTHING_ALIKE)
        return
    note = f"Likeness {alike:.2f}."
    if target.takes_all or not shape.listable:
        yield draft_line(column, table=target.table, target=target.name, note=note)
        return
    for value in shape.levels:
        becomes, ask = _becomes(value, target)
        words = f"{note} {ask}".strip()
        yield draft_line(column, value, target.table, target.name, becomes, words)


def _draft_dates(
    column: str, titles: Sequence[str], targets: Sequence[Target], shape: Shape
) -> Line:
    """Draft the line of a column of dates; the values are never listed."""
    target, alike = best_target(titles, [one for one in targets if one.is_interval or one.is_day])
    note = f"Dates. Likeness {alike:.2f}." if target else "Dates: name a table and a stem of ours."
    name, table = (target.name, target.table) if target else ("", "")
    if target is None or target.is_interval:
        becomes = "" if shape.ambiguous else "words"
        if shape.ambiguous:
            note += " Some could be read in two ways: words DD/MM or words MM/DD."
        return draft_line(column, table=table, target=name, becomes=becomes, note=note)
    if not shape.form:
        note += " This column of ours takes single days, in one form."
    return draft_line(column, table=table, target=name, becomes=shape.form, note=note)


def _draft_codes(table: ForeignTable, column: str, targets: tuple[Target, ...]) -> Iterator[Line]:
    """Draft a line for every value of a column of codes; the status may stand elsewhere."""
    codes = tuple(target for target in targets if target.is_code)
    hidden = 0
    for value in sorted(text for text in pd.unique(table.frame[column]) if text):
        if len(value) > _LONGEST_CODE or identifier_in(value):
            hidden += 1
            continue
        target, alike = best_target([plain(part) for part in _PATH.split(value)[-1:]], codes)
        name = target.name if target else ""
        note = f"Likeness {alike:.2f}." if target else "Nothing alike was found."
        yield draft_line(column, value, "codings" if target else "", name, "", note)
    if hidden:
        words = "1 value looks" if hidden == 1 else f"{hidden:,} values look"
        listed = "is" if hidden == 1 else "are"
        note = f"{words} like texts or names and {listed} not listed."
        yield draft_line(column, note=note)


def _becomes(value: str, target: Target) -> tuple[str, str]:
    """Return what a value becomes, and what the user is asked where it is left open."""
    short = plain(value) or value
    if short in SILENT:
        return "not_documented", ""
    if target.is_status:
        if short in PRESENT:
            return "present", ""
        return "", _ASK_ABSENCE if short in ABSENT else _ASK_STATUS
    levels = target.levels or ("true", "false")
    if not target.levels and short in PRESENT | ABSENT:
        return ("true" if short in PRESENT else "false"), ""
    scored = [(letters(short, plain(level)), level) for level in levels]
    alike, level = max(scored, key=lambda pair: pair[0])
    return (level, "") if alike >= ALIKE else ("", f"One of {', '.join(levels)}.")
