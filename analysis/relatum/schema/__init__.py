"""What may be coded: tables, fields, codes, derivations and the status algebra."""

from relatum.schema.codebook import TACTIC_DOMAINS, Code, Codebook, near_match, read_codebook
from relatum.schema.model import Field, ForeignKey, Level, Schema, Table, load_schema
from relatum.schema.resources import default_study_path, reports_path, schema_path
from relatum.schema.status import Status, StatusCodes, StatusCounts
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
