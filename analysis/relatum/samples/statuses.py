"""Statuses per unit from everywhere in a sample: codings, columns, derivations, lifted units."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.errors import SampleError
from relatum.samples.sample import UNIT_TABLES, Sample
from relatum.schema import Code, StatusArray, StatusCodes
from relatum.schema.expression import evaluate, parse
from relatum.schema.status import ABSENT, APPLICABLE_NOT, PRESENT, UNDOCUMENTED

__all__ = [
    "any_by_unit",
    "column_texts",
    "level_status",
    "relationship_statuses",
    "status_frame",
    "unit_status",
]

Links = tuple[NDArray[np.intp], NDArray[np.intp]]
_SILENT = ("", "not_documented", "unknown")

# Order of precedence, as within a coder: silence < not applicable < absent < present.
_RANK = np.array([2, 0, 3, 1], dtype=np.int8)
_STATUS_OF_RANK = np.array([UNDOCUMENTED, APPLICABLE_NOT, ABSENT, PRESENT], dtype=np.int8)


def status_frame(
    sample: Sample, codes: Iterable[str], *, unit: str = "relationship", coder: str | None = None
) -> pd.DataFrame:
    """Return the status of several codes for every unit of a type.

    Parameters
    ----------
    sample : Sample
        The data.
    codes : iterable of str
        Codes of the codebook, of any storage. For relationships, codes of their case, suspect,
        victim, contacts, reports and attempts are lifted to them.
    unit : str
        The type of unit, such as ``relationship`` or ``victim``.
    coder : str, optional
        See `Sample.chosen_coder`.

    Returns
    -------
    DataFrame of dtype ``status``, shape (n_units, n_codes)
        Indexed by the unit's id.

    Raises
    ------
    SampleError
        If a code cannot be expressed for the unit.
    """
    resolver = _Units(sample, unit, coder)
    names = list(codes)
    arrays = {name: StatusArray(resolver.code(name)) for name in names}
    return pd.DataFrame(arrays, index=sample.unit_ids(unit), columns=names)


def relationship_statuses(
    sample: Sample, codes: Iterable[str], *, coder: str | None = None
) -> pd.DataFrame:
    """Return the status of several codes for every relationship."""
    return status_frame(sample, codes, unit="relationship", coder=coder)


def unit_status(
    sample: Sample, code: str, *, unit: str = "relationship", coder: str | None = None
) -> pd.Series:
    """Return the status of one code for every unit of a type."""
    return status_frame(sample, [code], unit=unit, coder=coder)[code]


@dataclass(frozen=True)
class _Units:
    """Answers `relatum.schema.expression` for the units of one type."""

    sample: Sample
    unit: str
    coder: str | None
    _known: dict[str, StatusCodes] = field(default_factory=dict)
    _known_links: dict[str, Links | None] = field(default_factory=dict)

    @cached_property
    def size(self) -> int:
        return len(self.sample.unit_ids(self.unit))

    def code(self, code: str) -> StatusCodes:
        if code not in self._known:
            self._known[code] = self._compute(self.sample.schema.codebook[code])
        return self._known[code]

    def _compute(self, code: Code) -> StatusCodes:
        if code.is_derived:
            if not code.has_status_rule:
                msg = f"Code '{code.id}' has no status rule; a model computes it."
                raise SampleError(msg)
            return evaluate(parse(code.derivation, self.sample.schema.codebook), self)
        if code.is_coding:
            return self._coded(code)
        return self._from_column(code)

    # --- codings -----------------------------------------------------------------------------

    def _coded(self, code: Code) -> StatusCodes:
        parts = [
            self._lift(unit_type, self._entered(code.id, unit_type))
            for unit_type in self._sources(code.unit)
        ]
        return _first_of(parts)

    def _sources(self, own: str) -> tuple[str, ...]:
        # A contact's or report's code may be entered for the woman, her relationship or the event.
        events = ("relationship", "victim", "contact", "report")
        sources = events if own in ("contact", "report") else (own, self.unit)
        return tuple(
            dict.fromkeys(s for s in sources if s == self.unit or self._links(s) is not None)
        )

    def _entered(self, code: str, unit_type: str) -> StatusCodes:
        return self.sample.coded_codes(code, unit_type, self._coder)

    @cached_property
    def _coder(self) -> str | None:
        return self.sample.chosen_coder(self.coder)

    # --- columns -------------------------------------------------------------------------------

    def _from_column(self, code: Code) -> StatusCodes:
        table, column = self.sample.schema.field(code.id)
        if column.kind != "status":
            msg = f"Code '{code.id}' is a {column.kind}; ask for a level with is(...)."
            raise SampleError(msg)
        array: StatusArray = self.sample.tables[table.name][column.name].array
        return self._lift_rows(table.name, array.codes)

    def _lift_rows(self, table: str, codes: StatusCodes) -> StatusCodes:
        """Bring the rows of a table to the units: retractions by way of their reports."""
        if table == "retractions":
            reports = self.sample.unit_ids("report")
            at = reports.get_indexer(pd.Index(self.sample.tables[table]["report_id"]))
            return self._lift(
                "report", any_by_unit(at, codes, len(reports), silent=int(UNDOCUMENTED))
            )
        unit = next(unit for unit, name in UNIT_TABLES.items() if name == table)
        return self._lift(unit, codes)

    def level(self, how: str, code: str, levels: tuple[str, ...]) -> StatusCodes:
        if how == "sourced":
            return self._sourced(levels)
        table, column = self.sample.schema.field(code)
        texts = column_texts(self.sample.tables[table.name][column.name])
        own = level_status(texts, levels)
        return self._lift_rows(table.name, own)

    def _sourced(self, levels: tuple[str, ...]) -> StatusCodes:
        rows = self.sample.tables["codings"]
        texts = column_texts(rows["source"])
        has = level_status(texts, levels) == PRESENT
        mine = (rows["unit_type"] == self.unit) & (rows["status"] == "present")
        mine &= rows["coder_id"] == self._coder
        present = mine.fillna(False).to_numpy(dtype=bool)
        ids = self.sample.unit_ids(self.unit)
        any_coding = ids.isin(rows.loc[present, "unit_id"])
        with_source = ids.isin(rows.loc[present & has, "unit_id"])
        codes = np.where(with_source, PRESENT, np.where(any_coding, ABSENT, UNDOCUMENTED))
        return codes.astype(np.int8)

    # --- from one type of unit to another --------------------------------------------------------

    def _links(self, source: str) -> Links | None:
        if source not in self._known_links:
            self._known_links[source] = _positions(self.sample, source, self.unit)
        return self._known_links[source]

    def _lift(self, source: str, codes: StatusCodes) -> StatusCodes:
        if source == self.unit:
            return codes
        linked = self._links(source)
        if linked is None:
            msg = f"A code of a {source} cannot be expressed for a {self.unit}."
            raise SampleError(msg)
        targets, sources = linked
        return any_by_unit(targets, codes[sources], self.size, silent=int(UNDOCUMENTED))


def _positions(sample: Sample, source: str, target: str) -> Links | None:
    """Return the positions of linked targets and sources, or None where they are unrelated."""
    linked = _link(sample, source, target)
    if linked is None:
        return None
    targets = sample.unit_ids(target).get_indexer(pd.Index(linked[0]))
    sources = sample.unit_ids(source).get_indexer(pd.Index(linked[1]))
    used = (targets >= 0) & (sources >= 0)
    return targets[used], sources[used]


def any_by_unit(at: NDArray[np.intp], codes: StatusCodes, size: int, silent: int) -> StatusCodes:
    """OR over the rows that belong to each unit.

    Parameters
    ----------
    at : array of int, shape (n_rows,)
        The position of the unit of each row; negative where it has none.
    codes : array of int8, shape (n_rows, ...)
        Status codes.
    size : int
        The number of units.
    silent : int
        The status of a unit without rows.

    Returns
    -------
    array of int8, shape (size, ...)

    Examples
    --------
    >>> any_by_unit(np.array([0, 0, 2]), np.array([0, 2, 0], dtype=np.int8), 4, 1).tolist()
    [2, 1, 0, 1]
    """
    # Not applicable ranks below absent here, so that it never decides an OR.
    ordered = np.where(codes == APPLICABLE_NOT, np.int8(-1), codes)
    top = np.full((size, *codes.shape[1:]), -2, dtype=np.int8)
    used = at >= 0
    np.maximum.at(top, at[used], ordered[used])
    filled = np.select([top == -2, top == -1], [np.int8(silent), APPLICABLE_NOT], default=top)
    return filled.astype(np.int8)


def column_texts(values: pd.Series) -> pd.Series:
    """Return a column as texts, empty where nothing is recorded; true and false in words.

    Examples
    --------
    >>> column_texts(pd.Series([True, None], dtype="boolean")).tolist()
    ['true', '']
    """
    words = values.astype("string").fillna("")
    return words.str.lower() if values.dtype == "boolean" else words


def _first_of(parts: Sequence[StatusCodes]) -> StatusCodes:
    """Unite the places where an item may be entered: present, then absent, then silence.

    This is no OR: an item that is entered in one place is silent in every other one, and that
    silence must not undo a documented absence.
    """
    ranks = np.max(np.stack([_RANK[part] for part in parts]), axis=0)
    united: StatusCodes = _STATUS_OF_RANK[ranks]
    return united


def level_status(texts: pd.Series, levels: tuple[str, ...]) -> StatusCodes:
    """Return whether a text column holds one of some levels; several are joined by ``;``.

    Examples
    --------
    >>> level_status(pd.Series(["search;violence", "none", ""]), ("violence",)).tolist()
    [2, 0, 1]
    """
    held = texts.str.split(";")
    match = held.map(lambda parts: any(part in levels for part in parts)).to_numpy(dtype=bool)
    silent = texts.isin(_SILENT).to_numpy(dtype=bool)
    return np.where(match, PRESENT, np.where(silent, UNDOCUMENTED, ABSENT)).astype(np.int8)


def _link(sample: Sample, source: str, target: str) -> tuple[pd.Series, pd.Series] | None:
    """Return pairs (target id, source id), or None where the two are not related."""
    tables = sample.tables
    rel = tables["relationships"]
    if target == "relationship":
        if source in ("case", "suspect", "victim"):
            return rel["relationship_id"], rel[f"{source}_id"]
        if source == "attempt":
            rows = tables["escape_attempts"]
            return rows["relationship_id"], rows["attempt_id"]
        if source in ("contact", "report"):
            return _event_links(sample, source)
    if target == "victim" and source in ("contact", "report", "relationship"):
        name = {"contact": "police_contacts", "report": "reports"}.get(source, "relationships")
        return tables[name]["victim_id"], tables[name][f"{source}_id"]
    if target == "suspect" and source == "relationship":
        return rel["suspect_id"], rel["relationship_id"]
    if target == "case" and source in ("suspect", "victim", "relationship"):
        rows = tables[f"{source}s"]
        return rows["case_id"], rows[f"{source}_id"]
    if source == "case" and target in ("suspect", "victim"):
        rows = tables[f"{target}s"]
        return rows[f"{target}_id"], rows["case_id"]
    return None


def _event_links(sample: Sample, source: str) -> tuple[pd.Series, pd.Series]:
    """Pair events with relationships: the one they name, else every one of the woman."""
    rows = sample.tables["police_contacts" if source == "contact" else "reports"]
    rel = sample.tables["relationships"][["relationship_id", "victim_id"]]
    event = f"{source}_id"
    named = rows.loc[rows["relationship_id"].notna(), ["relationship_id", event]]
    open_rows = rows.loc[rows["relationship_id"].isna(), ["victim_id", event]]
    hers = open_rows.merge(rel, on="victim_id")[["relationship_id", event]]
    pairs = pd.concat([named, hers], ignore_index=True)
    return pairs["relationship_id"], pairs[event]
