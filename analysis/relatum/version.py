"""The version of the package."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

__all__ = ["VERSION"]


def _installed_version() -> str:
    try:
        return version("relatum")
    except PackageNotFoundError:
        return "0.0.0"


VERSION: str = _installed_version()
