"""A first draft of a mapping file, by the likeness of names; the user completes it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import pandas as pd

from relatum.samples.identifiers import identifier_in
from relatum.samples.importers.cells import ForeignTable, read_foreign_table
from relatum.samples.importers.mapping import CODING_COLUMNS, UNIT_TABLE_NAMES, mapping_text
from relatum.schema import Schema, load_schema

__all__ = ["suggest_mapping"]

#: How alike two names must be, from 0 to 1.
_ALIKE = 0.75
#: Different values of a column that are listed; a column with more is no list of levels.
_MOST_VALUES = 30
_LONGEST_VALUE = 40
_LONGEST_CODE = 120
_PATH = re.compile(r"\s*[>\\]\s*")
_CODE_TITLES = frozenset(
    ("code", "codes", "kod", "codering", "codigo", "code id", "item", "tactic")
)
_MARKS = re.compile(r"[^a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PRESENT = frozenset(
    (
        *("1", "x", "yes", "y", "true", "ja", "j", "tak", "t", "oui", "o", "si", "s", "sim"),
        *("waar", "wahr", "present"),
    )
)
_ABSENT = frozenset(
    ("0", "no", "n", "false", "nee", "nein", "nie", "non", "nao", "onwaar", "falsch", "absent")
)
_SILENT = frozenset(
    (
        *("unknown", "onbekend", "unbekannt", "nieznane", "inconnu", "desconocido"),
        *("na", "99", "999", "missing", "not documented"),
    )
)
_ID_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "case_id": ("case", "investigation", "dossier", "zaak", "onderzoek", "fall", "ermittlung"),
        "suspect_id": ("suspect", "perpetrator", "offender", "verdachte", "dader", "tater"),
        "victim_id": ("victim", "slachtoffer", "opfer", "ofiara", "victime", "victima"),
        "relationship_id": ("relationship", "relation", "relatie", "beziehung", "couple", "pair"),
        "coder_id": ("coder", "codeur", "rater", "kodierer", "codierer", "koder"),
    }
)
_ID_TABLES = {
    "case_id": "cases",
    "suspect_id": "suspects",
    "victim_id": "victims",
    "relationship_id": "relationships",
    "coder_id": "codings",
}
_ID_ENDS = frozenset(("id", "nr", "no", "number", "nummer", "code", "key", "pseudonym"))
_ASK_ABSENCE = (
    "Was it recorded that it did not happen (absent_documented), or was nothing recorded "
    "(not_documented)?"
)


@dataclass(frozen=True, slots=True)
class _Target:
    """A column or code of ours with the words by which it is found."""

    table: str
    name: str
    words: tuple[str, ...]
    levels: tuple[str, ...]
    is_status: bool
    takes_all: bool
    is_code: bool = False


def suggest_mapping(
    path: str | Path,
    *,
    form: Literal["wide", "long"] = "wide",
    sheet: str | None = None,
    schema: Schema | None = None,
) -> str:
    r"""Draft a mapping file for a table.

    A header that is like the name or label of a code or column gets it; values that are like a
    level get that. The rest is left blank with a note, and an import refuses a mapping with
    blanks: nothing is mapped by a guess that nobody looked at. Whether a 0 or "no" means that
    something was recorded as absent, only the user knows, so it is never filled in.

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
        A CSV file; see `relatum.samples.importers.mapping`. Values of columns that were not
        recognised, or that look like texts or names, do not appear in it.

    Raises
    ------
    ImportFailedError
        If the table cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     data = Path(folder) / "mine.csv"
    ...     _ = data.write_text("victim nr,Physical violence\n7,yes\n")
    ...     draft = suggest_mapping(data)
    >>> [line.split(",")[:5] for line in draft.splitlines()[1:3]]
    [['victim nr', '', 'victims', 'victim_id', 'numbered'], ['Physical violence', 'yes', 'codings', 'vio_physical', 'present']]
    """  # noqa: E501 - the list is one line of output
    table = read_foreign_table(path, sheet=sheet)
    targets = tuple(_known_targets(schema or load_schema()))
    rows = [row for column in table.columns for row in _draft(table, column, targets, form)]
    if not any(row["column_or_code"] == "population" for row in rows):
        note = "A constant: trafficking or domestic_violence."
        rows.append(_row("", table="relationships", target="population", note=note))
    return mapping_text(rows)


def _row(
    column: str,
    value: str = "",
    table: str = "",
    target: str = "",
    becomes: str = "",
    note: str = "",
) -> dict[str, str]:
    return {
        "their_column": column,
        "their_value": value,
        "table": table,
        "column_or_code": target,
        "status_or_value": becomes,
        "note": note,
    }


# --- our side ------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    """Return a name in small letters without accents and marks."""
    letters = unicodedata.normalize("NFKD", _CAMEL.sub(" ", text))
    kept = "".join(mark for mark in letters if not unicodedata.combining(mark))
    return _MARKS.sub(" ", kept.lower()).strip()


def _known_targets(schema: Schema) -> Iterator[_Target]:
    for code in schema.codebook.values():
        if code.is_coding:
            short = code.id.partition("_")[2]
            words = (_plain(code.id), _plain(code.label), _plain(short))
            kind = code.value_type
            levels = () if kind == "status" else code.levels
            yield _Target(
                "codings", code.id, words, levels, kind == "status", kind == "number", True
            )
    for name in (*UNIT_TABLE_NAMES, "codings"):
        for field in schema[name]:
            if field.kind in ("id", "reference") or field.name == "simulated":
                continue
            if name == "codings" and field.name not in CODING_COLUMNS:
                continue
            names = (_plain(field.name), _plain(field.title))
            is_status = field.kind == "status"
            levels = () if is_status else tuple(level.value for level in field.levels)
            takes_all = not field.levels and field.type != "boolean"
            yield _Target(name, field.name, names, levels, is_status, takes_all)


# --- their side ----------------------------------------------------------------------------------


def _draft(
    table: ForeignTable, column: str, targets: tuple[_Target, ...], form: str
) -> Iterator[dict[str, str]]:
    title, label = _plain(column), _plain(table.labels.get(column, ""))
    if form == "long" and title in _CODE_TITLES:
        yield from _draft_codes(table, column, targets)
        return
    key = _key_of(title, bare=form == "long")
    if key:
        note = "Replaced by numbers; empty status_or_value keeps ids that are pseudonyms already."
        yield _row(column, table=_ID_TABLES[key], target=key, becomes="numbered", note=note)
        return
    target, likeness = _best([title, label], targets)
    if target is None:
        yield _row(column, note="Nothing alike was found: name a table, or write discard.")
        return
    note = f"Likeness {likeness:.2f}."
    values = [text for text in pd.unique(table.frame[column]) if text]
    listable = len(values) <= _MOST_VALUES and all(
        len(text) <= _LONGEST_VALUE and not identifier_in(text) for text in values
    )
    if target.takes_all or not listable:
        yield _row(column, table=target.table, target=target.name, note=note)
        return
    for value in sorted(values):
        becomes, ask = _becomes(value, target)
        words = f"{note} {ask}".strip()
        yield _row(column, value, target.table, target.name, becomes, words)


def _draft_codes(
    table: ForeignTable, column: str, targets: tuple[_Target, ...]
) -> Iterator[dict[str, str]]:
    """Draft a line for every value of a column of codes; the status may stand elsewhere."""
    codes = tuple(target for target in targets if target.is_code)
    hidden = 0
    for value in sorted(text for text in pd.unique(table.frame[column]) if text):
        if len(value) > _LONGEST_CODE or identifier_in(value):
            hidden += 1
            continue
        target, likeness = _best([_plain(part) for part in _PATH.split(value)[-1:]], codes)
        name = target.name if target else ""
        note = f"Likeness {likeness:.2f}." if target else "Nothing alike was found."
        yield _row(column, value, "codings" if target else "", name, "", note)
    if hidden:
        yield _row(column, note=f"{hidden:,} values look like texts or names and are not listed.")


def _key_of(title: str, *, bare: bool) -> str:
    """Return the key that a header stands for, such as ``zaak_nr``."""
    words = title.split()
    rest = [word for word in words if word not in _ID_ENDS]
    if len(rest) != 1 or (len(words) == 1 and not bare and words[0] not in ("coder", "rater")):
        return ""
    return next((key for key, known in _ID_WORDS.items() if rest[0] in known), "")


def _best(titles: list[str], targets: tuple[_Target, ...]) -> tuple[_Target | None, float]:
    best, likeness = None, 0.0
    for target in targets:
        for title in titles:
            for word in target.words:
                found = _likeness(title, word)
                if found > likeness:
                    best, likeness = target, found
    return (best, likeness) if likeness >= _ALIKE else (None, likeness)


def _likeness(first: str, second: str) -> float:
    if not first or not second:
        return 0.0
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    if matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE:
        return 0.0
    ordered = SequenceMatcher(
        None, " ".join(sorted(first.split())), " ".join(sorted(second.split())), autojunk=False
    )
    return max(matcher.ratio(), ordered.ratio())


def _becomes(value: str, target: _Target) -> tuple[str, str]:
    """Return what a value becomes, and what the user is asked where it is left open."""
    plain = _plain(value) or value
    if plain in _SILENT:
        return "not_documented", ""
    if target.is_status:
        if plain in _PRESENT:
            return "present", ""
        return "", _ASK_ABSENCE if plain in _ABSENT else "Which status is this?"
    levels = target.levels or ("true", "false")
    if not target.levels and plain in _PRESENT | _ABSENT:
        return ("true" if plain in _PRESENT else "false"), ""
    scored = [(_likeness(plain, _plain(level)), level) for level in levels]
    likeness, level = max(scored, key=lambda pair: pair[0])
    return (level, "") if likeness >= _ALIKE else ("", f"One of {', '.join(levels)}.")
