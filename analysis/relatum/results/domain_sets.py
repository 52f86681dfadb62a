"""Which domains are recorded in the same relationship: counts of every combination."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance
from relatum.results.frames import rows_frame

__all__ = ["DomainCount", "DomainSet", "DomainSets"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainCount:
    """One domain.

    Attributes
    ----------
    term, label : str
    n_present, n_absent, n_undocumented : int
    """

    term: str
    label: str
    n_present: int
    n_absent: int
    n_undocumented: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainSet:
    """One combination of domains recorded as present.

    Attributes
    ----------
    terms : tuple of str
        The domains that are present; the others are ruled out or not documented.
    n : int
        Relationships with exactly these.
    n_silent : int
        Those of them in which at least one other domain is not documented.
    """

    terms: tuple[str, ...]
    n: int
    n_silent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainSets:
    """Combinations of domains.

    Attributes
    ----------
    title : str
    domains : tuple of DomainCount
    sets : tuple of DomainSet
        Most frequent first.
    n_relationships : int
    """

    kind: ClassVar[str] = "domain_sets"
    row_level: ClassVar[bool] = False

    title: str
    domains: tuple[DomainCount, ...]
    sets: tuple[DomainSet, ...]
    n_relationships: int
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    def tidy(self) -> pd.DataFrame:
        """Return one row per combination."""
        return rows_frame(DomainSet, self.sets)

    def __str__(self) -> str:
        return f"{self.title}: {len(self.sets)} combinations in {self.n_relationships}"
