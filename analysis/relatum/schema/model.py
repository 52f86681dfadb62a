"""The schema as typed objects: tables, fields, levels, keys; read from ``datapackage.json``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from relatum.errors import SchemaError
from relatum.schema.codebook import Codebook, read_codebook
from relatum.schema.resources import schema_path

__all__ = ["Field", "ForeignKey", "Kind", "Level", "Schema", "Table", "load_schema"]

Kind = Literal[
    "id",
    "reference",
    "status",
    "category",
    "ordinal",
    "multi",
    "count",
    "number",
    "boolean",
    "date",
    "text",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One allowed value of a field and the words printed for it."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One column of a table.

    Attributes
    ----------
    name, title, description : str
        The column's name, the words printed for it, and its definition.
    type : str
        The Frictionless type: ``string``, ``integer``, ``number``, ``boolean`` or ``date``.
    kind : Kind
        What the column means for relatum.
    required, unique : bool
        Whether a value must be given, and must not be repeated.
    levels : tuple of Level
        The allowed values of a status, a category, an ordinal or a multi-valued field, in order.
    minimum, maximum : float or None
        Limits of a number.
    pattern : str
        A regular expression that a text must match; empty where there is none.
    sensitive : bool
        Whether its values may never reach a message, a log or a report.
    code : str
        The codebook id; empty where the column is no code.
    """

    name: str
    title: str
    description: str
    type: str
    kind: Kind
    required: bool
    unique: bool
    levels: tuple[Level, ...]
    minimum: float | None
    maximum: float | None
    pattern: str
    sensitive: bool
    code: str

    @property
    def values(self) -> tuple[str, ...]:
        """The allowed values, in order."""
        return tuple(level.value for level in self.levels)

    def label(self, value: str) -> str:
        """Return the words for a value; the value itself where it has none."""
        return next((level.label for level in self.levels if level.value == value), value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """A column that must name a row of another table."""

    field: str
    table: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table of a sample.

    Attributes
    ----------
    name, title, description : str
        What the table is called and holds.
    fields : tuple of Field
        Its columns, in order.
    primary_key : str
        The column that identifies a row.
    foreign_keys : tuple of ForeignKey
        Columns that name rows of other tables.
    missing_values : tuple of str
        Cell contents that stand for "no value".
    since : str
        The version of the schema that added the table; empty where it was there from the start.
    """

    name: str
    title: str
    description: str
    fields: tuple[Field, ...]
    primary_key: str
    foreign_keys: tuple[ForeignKey, ...]
    missing_values: tuple[str, ...]
    since: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns, in order."""
        return tuple(field.name for field in self.fields)

    def __contains__(self, column: object) -> bool:
        return column in self.columns

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def __getitem__(self, column: str) -> Field:
        for field in self.fields:
            if field.name == column:
                return field
        msg = f"Table '{self.name}' has no field '{column}'; it has: {', '.join(self.columns)}."
        raise SchemaError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """Everything that may be coded.

    Attributes
    ----------
    version : str
        The version of the schema, printed in every report.
    tables : mapping of str to Table
        By name, in the order of the descriptor.
    codebook : Codebook
        The definition of every code.
    """

    version: str
    tables: Mapping[str, Table]
    codebook: Codebook

    def __getitem__(self, table: str) -> Table:
        if table not in self.tables:
            msg = f"There is no table '{table}'; there are: {', '.join(self.tables)}."
            raise SchemaError(msg)
        return self.tables[table]

    def field(self, code: str) -> tuple[Table, Field]:
        """Return the table and column that store a code.

        Raises
        ------
        SchemaError
            If the code is not stored in a column of its own.
        """
        table_name, _, column = self.codebook[code].stored_in.partition(".")
        if not column:
            msg = f"Code '{code}' is not a column; it is stored in {table_name}."
            raise SchemaError(msg)
        return self[table_name], self[table_name][column]


def _level(raw: object) -> Level:
    if isinstance(raw, Mapping):
        value = str(raw["value"])
        return Level(value=value, label=str(raw.get("label", value)))
    return Level(value=str(raw), label=str(raw))


def _levels(raw: Mapping[str, Any]) -> tuple[Level, ...]:
    listed = raw.get("relatum:levels") or raw.get("categories")
    return tuple(_level(level) for level in listed or raw.get("constraints", {}).get("enum", ()))


def _field(raw: Mapping[str, Any]) -> Field:
    limits = raw.get("constraints", {})
    return Field(
        name=raw["name"],
        title=raw.get("title", raw["name"]),
        description=raw.get("description", ""),
        type=raw["type"],
        kind=raw["relatum:kind"],
        required=bool(limits.get("required", False)),
        unique=bool(limits.get("unique", False)),
        levels=_levels(raw),
        minimum=limits.get("minimum"),
        maximum=limits.get("maximum"),
        pattern=limits.get("pattern", ""),
        sensitive=bool(raw.get("relatum:sensitive", False)),
        code=raw.get("relatum:code") or "",
    )


def _table(raw: Mapping[str, Any]) -> Table:
    schema = raw["schema"]
    return Table(
        name=raw["name"],
        title=raw.get("title", raw["name"]),
        description=raw.get("description", ""),
        fields=tuple(_field(field) for field in schema["fields"]),
        primary_key=schema["primaryKey"][0],
        foreign_keys=tuple(
            ForeignKey(
                field=key["fields"][0],
                table=key["reference"]["resource"],
                reference=key["reference"]["fields"][0],
            )
            for key in schema.get("foreignKeys", ())
        ),
        missing_values=tuple(_level(value).value for value in schema.get("missingValues", ("",))),
        since=raw.get("relatum:since", ""),
    )


@cache
def load_schema(folder: Path | None = None) -> Schema:
    """Read the schema.

    Parameters
    ----------
    folder : Path, optional
        A folder with ``datapackage.json`` and ``codebook.csv``; the shipped one by default.

    Raises
    ------
    SchemaError
        If a registry is missing or broken.

    Examples
    --------
    >>> schema = load_schema()
    >>> schema["relationships"].primary_key
    'relationship_id'
    """
    place = folder or schema_path()
    path = place / "datapackage.json"
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        tables = {entry["name"]: _table(entry) for entry in raw["resources"]}
        version = str(raw["relatum"]["schema_version"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"{path.name} could not be read as a schema: {type(error).__name__}: {error}."
        raise SchemaError(msg) from error
    codebook = read_codebook(place / "codebook.csv")
    return Schema(version=version, tables=MappingProxyType(tables), codebook=codebook)
