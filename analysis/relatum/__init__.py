"""relatum: statistics for relationships between suspects and victims coded from police files."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
