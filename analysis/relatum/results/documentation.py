"""What the files document at all, by kind of relationship."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance
from relatum.results.frames import rows_frame

__all__ = ["DepthLink", "Documentation", "DocumentationCell", "DocumentationMatrix"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentationCell:
    """How much of a code, or of a domain, is documented within one stratum.

    Attributes
    ----------
    level : str
        ``code``, ``domain``, or ``all`` for all codes together.
    term, label, entity, domain : str
        The code or domain, its words, and where it belongs; entity and domain are empty for all
        codes together.
    stratum_variable, stratum, stratum_label : str
        What divides the relationships, the stratum, and its words.
    n_relationships : int
        Relationships in the stratum.
    n_items : int
        Items that apply: relationships times codes, less those not applicable.
    n_documented : int
        Items that the file shows or rules out.
    documented_share : float or None
        n_documented / n_items; None where nothing applies.
    """

    level: str
    term: str
    label: str
    entity: str
    domain: str
    stratum_variable: str
    stratum: str
    stratum_label: str
    n_relationships: int
    n_items: int
    n_documented: int
    documented_share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthLink:
    """Whether relationships with thicker files also have more codes present.

    Attributes
    ----------
    scope, label : str
        Which relationships.
    n : int
        Relationships with a recorded depth.
    rho : float or None
        Spearman's rank correlation; None where it is not defined.
    warning : bool
        rho is above the threshold: co-occurrence needs the warning about depth.
    why : str
        Why there is no correlation; empty where there is one.
    """

    scope: str
    label: str
    n: int
    rho: float | None
    warning: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Documentation:
    """Documented shares by code and stratum, and the link with documentation depth.

    Attributes
    ----------
    cells : tuple of DocumentationCell
        Domains first, then codes, then all codes together; strata in order. All codes together are
        counted by size of the case, too.
    depth : tuple of DepthLink
        Over all relationships, and by victim statement.
    """

    kind: ClassVar[str] = "documentation"
    row_level: ClassVar[bool] = False

    cells: tuple[DocumentationCell, ...]
    depth: tuple[DepthLink, ...]
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    def tidy(self) -> pd.DataFrame:
        """Return one row per code or domain and stratum."""
        return rows_frame(DocumentationCell, self.cells)

    def __str__(self) -> str:
        return f"documentation: {len(self.cells)} cells"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentationMatrix:
    """The status of every code in every relationship, without identifiers.

    Rows of persons: released for simulated samples only.

    Attributes
    ----------
    terms, labels : tuple of str
        The codes and their words.
    domains : tuple of str
        The domain of each code; codes of a domain stand together.
    cases : tuple of int
        The case of each relationship as a running number, largest case first.
    statuses : tuple of str
        Per code one letter per relationship: ``p`` present, ``a`` absent and documented, ``u``
        not documented, ``n`` not applicable.
    """

    kind: ClassVar[str] = "documentation_matrix"
    row_level: ClassVar[bool] = True

    terms: tuple[str, ...]
    labels: tuple[str, ...]
    domains: tuple[str, ...]
    cases: tuple[int, ...]
    statuses: tuple[str, ...]
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    def tidy(self) -> pd.DataFrame:
        """Return one row per code and relationship (as a position, not an id)."""
        rows = [
            (term, at, case, letter)
            for term, letters in zip(self.terms, self.statuses, strict=True)
            for at, (case, letter) in enumerate(zip(self.cases, letters, strict=True))
        ]
        frame = pd.DataFrame(rows, columns=["term", "position", "case", "status"])
        return frame.astype({"term": "string", "status": "string"})

    def __str__(self) -> str:
        return f"documentation by relationship: {len(self.terms)} x {len(self.cases)}"
