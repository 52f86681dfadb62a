"""What may be coded: tables, fields, codes, derivations and the status algebra.

The column type of pandas is imported when it is first used: to look a code up takes no pandas.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from relatum.schema.codebook import TACTIC_DOMAINS, Code, Codebook, near_match, read_codebook
from relatum.schema.model import Field, ForeignKey, Level, Schema, Table, load_schema
from relatum.schema.resources import default_study_path, reports_path, schema_path
from relatum.schema.status import Status, StatusCodes, StatusCounts

if TYPE_CHECKING:
    from relatum.schema.status_array import StatusArray, StatusDtype, status_series

__all__ = [
    "TACTIC_DOMAINS",
    "Code",
    "Codebook",
    "Field",
    "ForeignKey",
    "Level",
    "Schema",
    "Status",
    "StatusArray",
    "StatusCodes",
    "StatusCounts",
    "StatusDtype",
    "Table",
    "default_study_path",
    "load_schema",
    "near_match",
    "read_codebook",
    "reports_path",
    "schema_path",
    "status_series",
]

_OF_PANDAS = ("StatusArray", "StatusDtype", "status_series")


def __getattr__(name: str) -> object:
    if name not in _OF_PANDAS:
        raise AttributeError(f"module 'relatum.schema' has no attribute '{name}'")
    value: object = getattr(import_module("relatum.schema.status_array"), name)
    globals()[name] = value
    return value
