"""Where the shipped files lie, in a source tree and in an installed wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from relatum.errors import SchemaError

__all__ = ["default_study_path", "package_root", "reports_path", "schema_path"]


def package_root() -> Path:
    """Return the folder of the imported package."""
    return Path(__file__).resolve().parents[1]


@cache
def _locate(in_wheel: str, in_source: str) -> Path:
    root = package_root()
    candidates = (root / "_shipped" / in_wheel, root.parents[1] / in_source)
    for candidate in candidates:
        if candidate.exists():
            return candidate
    msg = f"The shipped '{in_wheel}' is missing; install relatum again."
    raise SchemaError(msg)


def schema_path() -> Path:
    """Return the folder ``data_schema``.

    Raises
    ------
    SchemaError
        If the installation is incomplete.

    Examples
    --------
    >>> (schema_path() / "datapackage.json").exists()
    True
    """
    return _locate("data_schema", "data_schema")


def reports_path() -> Path:
    """Return the folder of the shipped Quarto project."""
    return _locate("reports", "reports")


def default_study_path() -> Path:
    """Return the plan of the shipped study, ``study.toml``."""
    return _locate("study.toml", "analysis/study.toml")
