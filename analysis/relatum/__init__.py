"""relatum: statistics for relationships between suspects and victims coded from police files.

The names below are the package's public face. Each is imported from its module when it is first
used, so that ``import relatum`` and ``relatum --help`` stay quick.

Examples
--------
>>> import relatum
>>> relatum.example_sample("anna").n("relationships")
1
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from relatum.errors import Issue, RelatumError
    from relatum.results.base import Note, Provenance, Unavailable
    from relatum.samples import (
        Sample,
        check_sample,
        example_sample,
        open_sample,
        read_sample,
        status_frame,
        write_sample,
    )
    from relatum.schema import Codebook, Schema, Status, load_schema, read_codebook
    from relatum.study import Study, read_study

__all__ = [
    "Codebook",
    "Issue",
    "Note",
    "Provenance",
    "RelatumError",
    "Sample",
    "Schema",
    "Status",
    "Study",
    "Unavailable",
    "__version__",
    "check_sample",
    "example_sample",
    "load_schema",
    "open_sample",
    "read_codebook",
    "read_sample",
    "read_study",
    "status_frame",
    "write_sample",
]

__version__ = "0.1.0"

_NAMES_OF = {
    "relatum.errors": ("Issue", "RelatumError"),
    "relatum.results.base": ("Note", "Provenance", "Unavailable"),
    "relatum.samples": (
        "Sample",
        "check_sample",
        "example_sample",
        "open_sample",
        "read_sample",
        "status_frame",
        "write_sample",
    ),
    "relatum.schema": ("Codebook", "Schema", "Status", "load_schema", "read_codebook"),
    "relatum.study": ("Study", "read_study"),
}
_HOME = {name: module for module, names in _NAMES_OF.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'relatum' has no attribute '{name}'")
    value: object = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
