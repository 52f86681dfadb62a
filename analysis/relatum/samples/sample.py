"""The sample: checked tables of coded police files, and the statuses that they imply."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd

from relatum.errors import SampleError
from relatum.samples.frames import conform, empty_frame
from relatum.samples.imported import ImportRecord
from relatum.schema import Schema, StatusArray, StatusCodes, StatusDtype, load_schema

__all__ = ["UNIT_TABLES", "Origin", "Sample", "SampleInfo", "SelectionStep"]

Origin = Literal["collected", "published", "simulated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionStep:
    """One step of the flow that led to the sample.

    Attributes
    ----------
    step : str
        A short key, such as ``listed`` or ``included``.
    label : str
        What is left after the step, in words.
    n : int
        Investigations left after the step.
    reason : str
        Why the others left; empty for the first step, "not reported" where nobody said.
    """

    step: str
    label: str
    n: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleInfo:
    """What a sample says of itself in its ``datapackage.json``.

    Attributes
    ----------
    name, title : str
        The folder's short name and the words printed for it.
    origin : {"collected", "published", "simulated"}
        Where the rows come from.
    schema_version : str
        The version of the schema that it was coded with.
    selection : tuple of SelectionStep
        The flow of investigations, first step first; may be empty.
    coder : str
        The coder whose rows are analysed where there are several and none is ``consensus``.
    """

    name: str
    title: str
    origin: Origin
    schema_version: str
    selection: tuple[SelectionStep, ...] = ()
    coder: str = ""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Checked tables, immutable.

    `Sample` is built by `relatum.samples.read_sample` and `relatum.samples.simulate`, which check
    what they hold. Every table that is handed out is a copy.

    Parameters
    ----------
    info : SampleInfo
        What the sample says of itself.
    tables : mapping of str to DataFrame
        Valid tables; those left out have no rows.
    schema : Schema, optional
        The schema; the shipped one by default.
    imported : ImportRecord, optional
        What the import left out, and how its source is named; None where the sample was not
        imported. It is no part of the fingerprint.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> anna = example_sample("anna")
    >>> anna.n("relationships")
    1
    """

    info: SampleInfo
    tables: Mapping[str, pd.DataFrame] = field(repr=False)
    schema: Schema = field(default_factory=load_schema, repr=False)
    imported: ImportRecord | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        unknown = sorted(set(self.tables) - set(self.schema.tables))
        if unknown:
            msg = f"These are not tables of the schema: {', '.join(unknown)}."
            raise SampleError(msg)
        held = {
            name: conform(table, self.tables[name]) if name in self.tables else empty_frame(table)
            for name, table in self.schema.tables.items()
        }
        object.__setattr__(self, "tables", MappingProxyType(held))

    @property
    def simulated(self) -> bool:
        """Whether the rows were drawn by a computer."""
        return self.info.origin == "simulated"

    def n(self, table: str) -> int:
        """Return the number of rows of a table."""
        return len(self.tables[self.schema[table].name])

    def table(self, name: str) -> pd.DataFrame:
        """Return a copy of a table.

        Raises
        ------
        SchemaError
            If there is no such table.
        """
        return self.tables[self.schema[name].name].copy()

    def replace_tables(self, tables: Mapping[str, pd.DataFrame]) -> Sample:
        """Return a sample in which some tables are others."""
        return replace(self, tables={**self.tables, **tables})

    def with_import(self, record: ImportRecord | None) -> Sample:
        """Return the same sample with the record of an import."""
        same = copy.copy(self)
        object.__setattr__(same, "imported", record)
        return same

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of all cells: the same for a sample in memory, as CSV and as Parquet.

        A table that a later version of the schema added counts only where it has rows, so that a
        sample from before that version keeps its fingerprint.
        """
        digest = hashlib.sha256()
        for name, frame in self.tables.items():
            if self.schema[name].since and frame.empty:
                continue
            digest.update(name.encode())
            for column in frame.columns:
                digest.update(column.encode())
                digest.update(_column_bytes(frame[column]))
        return digest.hexdigest()

    # --- who coded -----------------------------------------------------------------------

    @cached_property
    def coders(self) -> tuple[str, ...]:
        """The coders in the table ``codings``, sorted."""
        return tuple(sorted(str(c) for c in self.tables["codings"]["coder_id"].dropna().unique()))

    def chosen_coder(self, coder: str | None = None) -> str | None:
        """Return the coder whose rows are analysed; None where nothing is coded.

        The one asked for, else the only one, else ``consensus``, else the one that the sample's
        descriptor declares.

        Raises
        ------
        SampleError
            If there is no coder of that name, or if there are several and nothing says which to
            take.
        """
        if coder is not None:
            if coder in self.coders:
                return coder
            coded = f"there are: {', '.join(self.coders)}" if self.coders else "nothing is coded"
            msg = f"There is no coder '{coder}' in the sample; {coded}."
            raise SampleError(msg)
        if len(self.coders) < 2:
            return self.coders[0] if self.coders else None
        for choice in ("consensus", self.info.coder):
            if choice in self.coders:
                return choice
        msg = (
            f"Several coders ({', '.join(self.coders)}) and no row coded 'consensus': "
            'name one coder in the plan (coder = "...") or in the sample\'s descriptor.'
        )
        raise SampleError(msg)

    # --- statuses --------------------------------------------------------------------------

    def coded(
        self, codes: Sequence[str], *, unit_type: str, coder: str | None = None
    ) -> pd.DataFrame:
        """Return the statuses entered in ``codings`` for one type of unit.

        Within a coder present comes before absent_documented before not_documented; an item
        without a row is not documented.

        Parameters
        ----------
        codes : sequence of str
            Codes stored in ``codings``.
        unit_type : str
            case, suspect, victim, relationship, attempt, contact or report.
        coder : str, optional
            See `chosen_coder`.

        Returns
        -------
        DataFrame of dtype ``status``, shape (n_units, n_codes)
            Indexed by the unit's id, in the order of its table.
        """
        chosen = self.chosen_coder(coder)
        columns = {code: StatusArray(self.coded_codes(code, unit_type, chosen)) for code in codes}
        return pd.DataFrame(columns, index=self.unit_ids(unit_type), columns=list(codes))

    def coded_codes(self, code: str, unit_type: str, coder: str | None) -> StatusCodes:
        """Return one code's statuses as an array; `coded` explains them.

        Parameters
        ----------
        code : str
            A code stored in ``codings``.
        unit_type : str
            The type of unit.
        coder : str or None
            The coder, chosen by `chosen_coder`.

        Raises
        ------
        SampleError
            If the code is not stored in ``codings``.
        """
        if code not in self._code_places:
            msg = f"The code '{code}' is not stored in codings."
            raise SampleError(msg)
        return self._coded_matrix(unit_type, coder)[:, self._code_places[code]]

    @cached_property
    def _code_places(self) -> dict[str, int]:
        codes = [code.id for code in self.schema.codebook.values() if code.is_coding]
        return {code: at for at, code in enumerate(codes)}

    @cached_property
    def _matrices(self) -> dict[tuple[str, str | None], StatusCodes]:
        return {}

    def _coded_matrix(self, unit_type: str, coder: str | None) -> StatusCodes:
        key = (unit_type, coder)
        if key not in self._matrices:
            self._matrices[key] = self._build_matrix(unit_type, coder)
        return self._matrices[key]

    def _build_matrix(self, unit_type: str, coder: str | None) -> StatusCodes:
        units = self.unit_ids(unit_type)
        rows = self.tables["codings"]
        keep = (rows["unit_type"] == unit_type) & (rows["coder_id"] == coder)
        rows = rows.loc[keep.fillna(False).to_numpy(dtype=bool)]
        unit_at = units.get_indexer(pd.Index(rows["unit_id"]))
        codes = pd.Index(list(self._code_places), dtype="string")
        code_at = codes.get_indexer(pd.Index(rows["code"]))
        used = (unit_at >= 0) & (code_at >= 0)
        ranks = np.zeros((len(units), len(codes)), dtype=np.int8)
        entered = _RANK[rows["status"].array.codes[used]]
        np.maximum.at(ranks, (unit_at[used], code_at[used]), entered)
        statuses = _STATUS_OF_RANK[ranks]
        statuses.flags.writeable = False
        return statuses

    def unit_ids(self, unit_type: str) -> pd.Index:
        """Return the ids of all units of a type, in the order of their table."""
        if unit_type not in self._indexes:
            table = self.schema[UNIT_TABLES[unit_type]]
            ids = self.tables[table.name][table.primary_key]
            self._indexes[unit_type] = pd.Index(ids, dtype="string", name=table.primary_key)
        return self._indexes[unit_type]

    @cached_property
    def _indexes(self) -> dict[str, pd.Index]:
        return {}


#: The table that lists the units of each type.
UNIT_TABLES: Mapping[str, str] = MappingProxyType(
    {
        "case": "cases",
        "suspect": "suspects",
        "victim": "victims",
        "relationship": "relationships",
        "attempt": "escape_attempts",
        "contact": "police_contacts",
        "report": "reports",
    }
)

# Order of precedence within a coder: silence < not applicable < absent < present.
_RANK = np.array([2, 0, 3, 1], dtype=np.int8)
_STATUS_OF_RANK = np.array([1, 3, 0, 2], dtype=np.int8)


def _column_bytes(column: pd.Series) -> bytes:
    if isinstance(column.dtype, StatusDtype):
        return column.array.codes.tobytes()  # type: ignore[no-any-return]
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return column.to_numpy(dtype="datetime64[ns]").view(np.int64).tobytes()
    # One text form for every other dtype, so that a stored copy has the same fingerprint.
    texts = column.astype("string").fillna("\x00")
    return "\x1f".join(texts.tolist()).encode()
