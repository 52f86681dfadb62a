"""From the records of a registry to the tables of a sample, with three-valued logic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.samples.importers.base import Discard
from relatum.samples.importers.registry_records import Records
from relatum.samples.raw import RawColumn

__all__ = [
    "CODER",
    "RecordTables",
    "build_tables",
    "design_column",
    "design_frame",
    "discards_of",
    "level_column",
    "numbered",
]

#: The coder of everything that a registry recorded.
CODER = "registry"
_STATUSES = ["present", "absent_documented"]
_ABSENT, _UNKNOWN, _PRESENT = np.int8(0), np.int8(-1), np.int8(1)


@dataclass(frozen=True, kw_only=True)
class RecordTables:
    """What every adapter decides for itself, record by record.

    Attributes
    ----------
    keep : array of bool, shape (n,)
        Records that become a relationship.
    cases : Categorical, shape (n,)
        The case of every record.
    population : array of str, shape (n,)
        ``trafficking`` or ``domestic_violence``.
    simulated : bool
        Whether the records describe nobody.
    relationships : mapping of str to array, shape (n,)
        Further columns of the table.
    codings : mapping of str to array, shape (n,)
        Columns that every coding of a record has.
    """

    keep: NDArray[np.bool_]
    cases: pd.Categorical
    population: NDArray[np.object_]
    simulated: bool = False
    relationships: Mapping[str, NDArray[np.object_]] = field(default_factory=dict)
    codings: Mapping[str, NDArray[np.object_]] = field(default_factory=dict)


def build_tables(records: Records, own: RecordTables) -> dict[str, pd.DataFrame]:
    """Turn every record that is kept into a case, a suspect, a victim, a couple and its codings.

    Parameters
    ----------
    records : Records
    own : RecordTables

    Returns
    -------
    dict of str to DataFrame
        The tables of a sample. A code is present where one of its columns says so, absent where
        all of them rule it out, and otherwise not documented: it then has no row.
    """
    kept = np.flatnonzero(own.keep)
    ids = {key: numbered(key, len(kept)) for key in ("suspect", "victim", "couple")}
    cases = own.cases[kept]
    couples = {
        "relationship_id": ids["couple"],
        "case_id": cases,
        "suspect_id": ids["suspect"],
        "victim_id": ids["victim"],
        "population": own.population[kept],
        **{name: values[kept] for name, values in own.relationships.items()},
        **_fields(records, "relationships", kept, without=("population",)),
    }
    tables = {
        "cases": pd.DataFrame({"case_id": pd.unique(cases)}),
        "suspects": pd.DataFrame(
            {
                "suspect_id": ids["suspect"],
                "case_id": cases,
                **_fields(records, "suspects", kept),
            }
        ),
        "victims": pd.DataFrame(
            {"victim_id": ids["victim"], "case_id": cases, **_fields(records, "victims", kept)}
        ),
        "relationships": pd.DataFrame(couples),
        "codings": _codings(records, own, kept, ids["couple"]),
    }
    tables["cases"]["case_list_source"] = _constant("included", len(tables["cases"]))
    if own.simulated:
        for frame in tables.values():
            frame["simulated"] = _constant("true", len(frame))
    return tables


def numbered(word: str, n: int) -> pd.Categorical:
    """Return ``word_1`` to ``word_n``, each text held once however often it is referred to."""
    words = [f"{word}_{at}" for at in range(1, n + 1)]
    return _categorical(np.arange(n, dtype=np.int32), words)


def _constant(text: str, n: int) -> pd.Categorical:
    return _categorical(np.zeros(n, dtype=np.int8), [text])


def _categorical(codes: NDArray[np.signedinteger], words: list[str]) -> pd.Categorical:
    kind = pd.CategoricalDtype(words)
    return pd.Categorical.from_codes(codes, dtype=kind)  # type: ignore[arg-type]


# --- columns of tables ---------------------------------------------------------------------------


def _fields(
    records: Records, table: str, kept: NDArray[np.intp], *, without: Iterable[str] = ()
) -> dict[str, pd.Categorical]:
    """Return the columns of a table that the crosswalk fills."""
    sources: dict[str, list[str]] = {}
    for name, column in records.columns.items():
        for target in {rule.target for rule in column.rules}:
            place, _, own = target.partition(".")
            if place == table and own not in without:
                sources.setdefault(own, []).append(name)
    return {
        own: _joined([level_column(records, name, f"{table}.{own}") for name in names], kept)
        for own, names in sources.items()
    }


def level_column(records: Records, name: str, target: str) -> RawColumn:
    """Return what one of their columns says of one target; empty where it says nothing."""
    column, raw = records.columns[name], records.texts[name]
    words = []
    for text in raw.distinct:
        rule = next((r for r in column.matching(text) if r.target == target), None)
        words.append("" if rule is None else rule.status or text)
    return RawColumn(tuple(words), raw.codes)


def _joined(columns: list[RawColumn], kept: NDArray[np.intp]) -> pd.Categorical:
    """Return one column; several values of one record stand side by side."""
    if len(columns) == 1:
        words = np.array(columns[0].distinct, dtype=object)[columns[0].codes[kept]]
    else:
        parts = [np.array(c.distinct, dtype=object)[c.codes[kept]] for c in columns]
        codes, found = pd.factorize(pd.MultiIndex.from_arrays(parts))
        texts = [";".join(sorted({word for word in row if word})) for row in found]
        words = np.array(texts, dtype=object)[codes]
    words[words == ""] = None
    return pd.Categorical(words)


# --- codings -------------------------------------------------------------------------------------


def _codings(
    records: Records, own: RecordTables, kept: NDArray[np.intp], couples: pd.Categorical
) -> pd.DataFrame:
    """Return a row for every code that is documented."""
    # An empty part each, for registries from which no code follows.
    rows = [np.zeros(0, dtype=np.intp)]
    codes, statuses = [np.zeros(0, dtype=np.int16)], [np.zeros(0, dtype=np.int8)]
    names = sorted(_sources(records))
    for at, code in enumerate(names):
        state = _state(records, code)[kept]
        found = np.flatnonzero(state != _UNKNOWN)
        rows.append(found)
        codes.append(np.full(len(found), at, dtype=np.int16))
        statuses.append(np.where(state[found] == _PRESENT, 0, 1).astype(np.int8))
    at_rows = np.concatenate(rows)
    n = len(at_rows)
    frame = pd.DataFrame(
        {
            "coding_id": numbered("coding", n),
            "unit_type": _constant("relationship", n),
            "unit_id": couples[at_rows],
            "code": _categorical(np.concatenate(codes), names),
            "status": _categorical(np.concatenate(statuses), _STATUSES),
            "coder_id": _constant(CODER, n),
        }
    )
    for name, values in own.codings.items():
        frame[name] = values[kept][at_rows]
    return frame


def _sources(records: Records) -> dict[str, list[str]]:
    """Return for every code the columns that speak of it."""
    found: dict[str, list[str]] = {}
    for name, column in records.columns.items():
        for rule in column.rules:
            if rule.status in _STATUSES and "." not in rule.target:
                sources = found.setdefault(rule.target, [])
                if name not in sources:
                    sources.append(name)
    return found


def _state(records: Records, code: str) -> NDArray[np.int8]:
    """Join the columns of a code: any present, all absent, or else not documented.

    A column that can only show the code, never rule it out, leaves it undocumented when silent. A
    question that a file never asked is left out of account.
    """
    present = np.zeros(records.n, dtype=bool)
    absent = np.ones(records.n, dtype=bool)
    asked = np.zeros(records.n, dtype=bool)
    for name in _sources(records)[code]:
        own, silent = _of_column(records, name, code), records.not_asked(name)
        present |= own == _PRESENT
        absent &= (own == _ABSENT) | silent
        asked |= ~silent
    return np.where(present, _PRESENT, np.where(absent & asked, _ABSENT, _UNKNOWN))


def _of_column(records: Records, name: str, code: str) -> NDArray[np.int8]:
    column, raw = records.columns[name], records.texts[name]
    words = {
        text: next((r.status for r in column.matching(text) if r.target == code), "")
        for text in raw.distinct
    }
    kinds = {"present": _PRESENT, "absent_documented": _ABSENT}
    states = np.array([kinds.get(words[text], _UNKNOWN) for text in raw.distinct], dtype=np.int8)
    found: NDArray[np.int8] = states[raw.codes] if len(states) else np.zeros(0, dtype=np.int8)
    found[(found == _ABSENT) & _block_unknown(records, name)] = _UNKNOWN
    return found


def _block_unknown(records: Records, name: str) -> NDArray[np.bool_]:
    """Tell for every record whether the block of a column is flagged unknown."""
    unknown = np.zeros(records.n, dtype=bool)
    for flag, column in records.columns.items():
        for rule in column.rules:
            place, _, prefix = rule.target.partition(".")
            if place == "block" and name.startswith(prefix):
                unknown |= records.flags(flag, rule.value)
    return unknown


# --- what has no place ---------------------------------------------------------------------------


def design_column(records: Records, target: str) -> NDArray[np.object_]:
    """Return a column of the design file; empty where nothing is recorded."""
    for name, column in records.columns.items():
        if any(rule.target == f"design.{target}" for rule in column.rules):
            raw = level_column(records, name, f"design.{target}")
            return np.array(raw.distinct, dtype=object)[raw.codes]
    return np.full(records.n, "", dtype=object)


def design_frame(
    records: Records,
    keep: NDArray[np.bool_],
    *,
    own: Mapping[str, NDArray[np.object_]] | None = None,
    without: Iterable[str] = (),
) -> pd.DataFrame:
    """Return the design file: a row per relationship with what a sample has no place for.

    Parameters
    ----------
    records : Records
    keep : array of bool, shape (n,)
        Records that become a relationship.
    own : mapping of str to array, shape (n,)
        Columns that the adapter computes; they stand in the place of those of the crosswalk.
    without : iterable of str
        Columns of the crosswalk that are left out.
    """
    targets = {
        rule.target.removeprefix("design."): None
        for column in records.columns.values()
        for rule in column.rules
        if rule.target.startswith("design.")
    }
    given = dict(own or {})
    kept = np.flatnonzero(keep)
    columns: dict[str, object] = {"relationship_id": numbered("couple", len(kept))}
    for name in [target for target in targets if target not in {*given, *without}]:
        columns[name] = pd.Categorical(design_column(records, name)[kept])
    columns |= {name: values[kept] for name, values in given.items()}
    return pd.DataFrame(columns)


def discards_of(records: Records, keep: NDArray[np.bool_]) -> list[Discard]:
    """List the values that have no place, with the reason, among the records that are kept."""
    source = ", ".join(records.files) if len(records.files) < 3 else f"{len(records.files)} files"
    found = list(records.discards)
    for name, column in records.columns.items():
        raw = records.texts[name]
        counts = np.bincount(raw.codes[keep], minlength=len(raw.distinct))
        reasons: dict[str, int] = {}
        for text, n in zip(raw.distinct, counts, strict=True):
            for rule in column.matching(text):
                if rule.target == "discard" and n:
                    reasons[rule.note] = reasons.get(rule.note, 0) + int(n)
        found += [Discard(source=source, what=name, n=n, why=why) for why, n in reasons.items()]
    return found
