"""Rows of a foreign table become the tables of a sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.samples.importers.base import Discard
from relatum.samples.importers.cells import ForeignTable, column_name
from relatum.samples.importers.cells_faults import FaultList
from relatum.samples.importers.mapping import STATUSES, UNIT_TABLE_NAMES, FileMapping, unit_of
from relatum.samples.importers.mapping_values import OPEN, Resolved, resolve_cells
from relatum.samples.importers.tables_ids import KEYS, number_names, row_ids
from relatum.schema import Code, Schema

__all__ = ["UNCODED", "Collected", "collect_rows", "sample_tables"]

#: What the report calls rows of a long table that name no code.
UNCODED = "rows without a code"

Texts = NDArray[np.object_]
_OWN_KEY: Mapping[str, str] = {
    "cases": "case_id",
    "suspects": "suspect_id",
    "victims": "victim_id",
    "relationships": "relationship_id",
}
_CODING_KEY = ["unit_type", "unit_id", "code", "coder_id"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What one foreign table holds, in our words.

    Attributes
    ----------
    units : mapping of str to DataFrame
        By table of the schema.
    codings : DataFrame
        Without keys of rows; equal rows are one.
    discards : tuple of Discard
    names : mapping of str to mapping of str to str
        For every key that was replaced by numbers, our number of each of their ids.
    """

    units: Mapping[str, pd.DataFrame] = field(repr=False)
    codings: pd.DataFrame = field(repr=False)
    discards: tuple[Discard, ...] = ()
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)


def collect_rows(
    table: ForeignTable,
    mapping: FileMapping,
    *,
    unit_rows: bool,
    coder: str,
    schema: Schema,
    faults: FaultList,
) -> Collected:
    """Turn the rows of a foreign table into rows of units and codings.

    Parameters
    ----------
    table : ForeignTable
    mapping : FileMapping
    unit_rows : bool
        Whether a row is a relationship (wide); otherwise it is one coding (long).
    coder : str
        The coder where no column names one.
    schema : Schema
    faults : FaultList
        Takes every fault; the caller ends the import.

    Returns
    -------
    Collected
        Not to be used if there are faults.
    """
    resolved, left = resolve_cells(table, mapping, schema, faults)
    found = row_ids(table, resolved, faults, unit_rows=unit_rows)
    coders = _coders(resolved, len(table.rows), coder)
    if unit_rows and not faults:
        _check_repeated(table, found.ids["relationship_id"], coders, faults)
    units = _units(table, resolved, found.ids, schema, faults)
    codings = _codings(table, resolved, found.ids, coders, unit_rows, schema, faults)
    distinct = codings.drop_duplicates(ignore_index=True)
    discards = [*left, *found.notes]
    if not unit_rows and (n := _uncoded(resolved, len(table.rows))):
        why = "the relationship counts, but nothing was coded"
        discards.append(Discard(source=table.name, what=UNCODED, n=n, why=why))
    if len(distinct) < len(codings):
        why = "the same coder entered the same code for the same unit before"
        n = len(codings) - len(distinct)
        discards.append(Discard(source=table.name, what="repeated codings", n=n, why=why))
    return Collected(units=units, codings=distinct, discards=tuple(discards), names=found.names)


def _uncoded(resolved: Sequence[Resolved], n: int) -> int:
    """Count rows that name no code."""
    coded = np.zeros(n, dtype=bool)
    for one in resolved:
        if one.code is not None or (one.table == "codings" and one.target == "code"):
            coded |= one.texts != ""
    return int((~coded).sum())


def _coders(resolved: Sequence[Resolved], n: int, coder: str) -> Texts:
    one = next((one for one in resolved if one.target == "coder_id"), None)
    if one is None:
        return np.full(n, coder, dtype=object)
    if one.numbered:
        made = number_names(list(one.texts), "K")
        return np.array([made.get(text, coder) for text in one.texts], dtype=object)
    return np.where(one.texts == "", coder, one.texts)


def _check_repeated(table: ForeignTable, units: Texts, coders: Texts, faults: FaultList) -> None:
    keys = pd.DataFrame({"unit": units, "coder": coders})
    for at in np.flatnonzero(keys.duplicated().to_numpy()):
        message = "An earlier row describes the same relationship, by the same coder."
        faults.add(table.name, "duplicate_row", message, row=table.place(int(at)))


# --- units -------------------------------------------------------------------------------------


def _units(
    table: ForeignTable,
    resolved: Sequence[Resolved],
    ids: Mapping[str, Texts],
    schema: Schema,
    faults: FaultList,
) -> dict[str, pd.DataFrame]:
    made = {}
    for name in UNIT_TABLE_NAMES:
        key = _OWN_KEY[name]
        frame = pd.DataFrame({key: ids[key]})
        for other in KEYS:
            if other != key and other in schema[name]:
                frame[other] = ids[other]
        for one in resolved:
            if one.table != name or one.target in KEYS:
                continue
            if one.target in frame:
                message = f"Several columns are mapped to '{name}.{one.target}'; one is enough."
                faults.add(table.name, "duplicate_target", message, column=column_name(one.column))
            frame[one.target] = one.texts
        made[name] = _one_row_each(table, frame, key, faults)
    if "case_list_source" not in made["cases"]:
        made["cases"]["case_list_source"] = "included"
    if "population" not in made["relationships"]:
        field = schema["relationships"]["population"]
        message = (
            "Nothing says which population the relationships belong to; add a line with an empty "
            "their_column: ,,relationships,population,trafficking"
        )
        faults.add(table.name, "missing_target", message, column="population", allowed=field.values)
    return made


def _one_row_each(
    table: ForeignTable, frame: pd.DataFrame, key: str, faults: FaultList
) -> pd.DataFrame:
    """Join the rows of a unit; what two of them say differently is a fault."""
    keys = frame[key].to_numpy(dtype=object)
    columns = {}
    for name in frame.columns[1:]:
        texts = frame[name].to_numpy(dtype=object)
        filled = texts != ""
        firsts: dict[str, str] = {}
        for at in np.flatnonzero(filled):
            if firsts.setdefault(keys[at], texts[at]) != texts[at]:
                message = f"An earlier row of the same '{key}' has another '{name}' (not shown)."
                faults.add(
                    table.name, "contradiction", message, row=table.place(int(at)), column=name
                )
        columns[name] = firsts
    units = sorted({unit for unit in keys if unit})
    return pd.DataFrame(
        {key: units, **{name: [held.get(u, "") for u in units] for name, held in columns.items()}},
        dtype=object,
    )


# --- codings -----------------------------------------------------------------------------------


def _codings(
    table: ForeignTable,
    resolved: Sequence[Resolved],
    ids: Mapping[str, Texts],
    coders: Texts,
    unit_rows: bool,
    schema: Schema,
    faults: FaultList,
) -> pd.DataFrame:
    """Return a row per coding, with the columns that describe it where a row is one coding."""
    _check_once(table, resolved, faults)
    further = {
        one.target: one.texts
        for one in resolved
        if one.table == "codings" and one.code is None and one.target not in ("code", "coder_id")
    }
    statuses = further.pop("status", None)
    if unit_rows and (further or statuses is not None):
        names = ", ".join(sorted({*further, *(("status",) if statuses is not None else ())}))
        message = f"A row per relationship has no columns of single codings ({names})."
        faults.add(table.name, "wrong_form", message)
    parts = []
    for code, entered, rows in _entered(table, resolved, schema, faults, unit_rows=unit_rows):
        unit = unit_of(code)
        status = np.where(np.isin(entered, STATUSES), entered, "present")
        value = np.where(np.isin(entered, (*STATUSES, OPEN)), "", entered)
        if statuses is not None:
            open_ = entered == OPEN
            status = np.where(open_ & (statuses[rows] != ""), statuses[rows], status)
        frame = pd.DataFrame({"unit_type": unit, "unit_id": ids[f"{unit}_id"][rows]})
        frame["code"], frame["coder_id"] = code.id, coders[rows]
        frame["status"], frame["value"] = status, value
        for name, texts in further.items():
            frame[name] = (
                np.where(frame[name] == "", texts[rows], frame[name])
                if (name in frame)
                else texts[rows]
            )
        frame["_row"] = rows
        parts.append(frame)
    if not parts:
        return pd.DataFrame(columns=[*_CODING_KEY, "status", "value"], dtype=object)
    joined = pd.concat(parts, ignore_index=True)
    _check_conflicts(table, joined, faults)
    return joined.drop(columns="_row")


def _check_once(table: ForeignTable, resolved: Sequence[Resolved], faults: FaultList) -> None:
    """Find columns that would overwrite each other in what describes a coding."""
    seen: dict[str, int] = {}
    for one in resolved:
        if one.table != "codings" or one.code is not None or one.target == "code":
            continue
        seen[one.target] = seen.get(one.target, 0) + 1
        if seen[one.target] == 2:
            message = f"Several columns are mapped to 'codings.{one.target}'; one is enough."
            faults.add(table.name, "duplicate_target", message, column=column_name(one.column))


def _entered(
    table: ForeignTable,
    resolved: Sequence[Resolved],
    schema: Schema,
    faults: FaultList,
    *,
    unit_rows: bool,
) -> list[tuple[Code, Texts, NDArray[np.intp]]]:
    """Return for every code what was entered, and in which rows."""
    by_code: dict[str, list[Texts]] = {}
    for one in resolved:
        if one.code is not None:
            by_code.setdefault(one.code.id, []).append(one.texts)
        elif one.table == "codings" and one.target == "code":
            for name in sorted({text for text in one.texts if text}):
                by_code.setdefault(name, []).append(np.where(one.texts == name, OPEN, ""))
    found = []
    for name, columns in sorted(by_code.items()):
        if unit_rows and len(columns) > 1:
            _check_values(table, schema.codebook[name], columns, faults)
        held = [_joined(columns)] if unit_rows else columns
        for texts in held:
            rows = np.flatnonzero(texts != "")
            if len(rows):
                found.append((schema.codebook[name], texts[rows], rows))
    return found


def _check_values(
    table: ForeignTable, code: Code, columns: Sequence[Texts], faults: FaultList
) -> None:
    """Find rows in which columns of one code give it different values: one would be lost."""
    held = np.stack(columns)
    value = np.where(np.isin(held, ("", *STATUSES)), "", held)
    first = value.max(axis=0)
    for at in np.flatnonzero(((value != "") & (value != first)).any(axis=0)):
        message = "Two columns that are mapped to this code give it different values."
        faults.add(table.name, "contradiction", message, row=table.place(int(at)), column=code.id)


def _joined(columns: Sequence[Texts]) -> Texts:
    """Join columns that were mapped to one code.

    Present where one of them is. Absent only where all of them are, since one kind of act that did
    not happen says nothing of another.
    """
    if len(columns) == 1:
        return columns[0]
    held = np.stack(columns)
    stated = (held != "") & (held != "absent_documented") & (held != "not_documented")
    first = held[stated.argmax(axis=0), np.arange(held.shape[1])]
    absent = (held == "absent_documented").all(axis=0)
    silent = (held == "not_documented").any(axis=0)
    rest = np.where(absent, "absent_documented", np.where(silent, "not_documented", ""))
    return np.where(stated.any(axis=0), first, rest)


def _check_conflicts(table: ForeignTable, rows: pd.DataFrame, faults: FaultList) -> None:
    facts = rows[rows["status"].isin(["present", "absent_documented"])]
    kinds = facts.groupby(_CODING_KEY, sort=False)["status"].transform("nunique")
    absent = facts[(kinds > 1) & (facts["status"] == "absent_documented")]
    for at, code in zip(absent["_row"], absent["code"], strict=True):
        message = "The same coder entered this code as present in another row of the unit."
        faults.add(
            table.name, "conflicting_status", message, row=table.place(int(at)), column=str(code)
        )


def sample_tables(parts: Sequence[Collected]) -> dict[str, pd.DataFrame]:
    """Put the rows of several foreign tables together, with keys for the codings.

    Parameters
    ----------
    parts : sequence of Collected
        A unit that is in several gets its columns from all of them; the first one wins.

    Returns
    -------
    dict of str to DataFrame
        Tables for `relatum.samples.importers.base.finish_import`.
    """
    tables = {}
    for name in UNIT_TABLE_NAMES:
        key = _OWN_KEY[name]
        joined: pd.DataFrame | None = None
        for part in parts:
            frame = part.units[name].set_index(key)
            frame = frame.where(frame != "")
            joined = frame if joined is None else joined.combine_first(frame)
        if joined is not None:
            tables[name] = _filled(joined.sort_index().reset_index())
    frames = [part.codings for part in parts if len(part.codings)]
    if frames:
        codings = _filled(pd.concat(frames, ignore_index=True)).drop_duplicates()
        codings = codings.sort_values(list(codings.columns), ignore_index=True)
        codings.insert(0, "coding_id", [f"K{at:06d}" for at in range(1, len(codings) + 1)])
        tables["codings"] = codings
    return tables


def _filled(frame: pd.DataFrame) -> pd.DataFrame:
    texts = frame.astype(object)
    return texts.where(texts.notna(), "")
