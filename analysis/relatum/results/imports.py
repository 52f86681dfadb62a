"""What an import left out of a sample, and how its source is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance
from relatum.results.frames import rows_frame

__all__ = ["ImportReport", "LeftOut"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class LeftOut:
    """Something that a foreign file holds and the sample does not.

    Attributes
    ----------
    source : str
        The file, sheet or element.
    what : str
        What it is, such as ``memo`` or the name of a column; never a text of a case.
    n : int
        How many of it.
    why : str
        Why it was not taken over.
    """

    source: str
    what: str
    n: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What the import of a sample left out, in counts.

    Attributes
    ----------
    left_out : tuple of LeftOut
        Sorted by source; empty where nothing was left out.
    attribution : str
        The line by which the source asks to be named; empty where it asks for none.
    terms : str
        Terms of use; empty where there are none.
    """

    kind: ClassVar[str] = "import_report"
    row_level: ClassVar[bool] = False

    left_out: tuple[LeftOut, ...]
    attribution: str
    terms: str
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    @property
    def n_left_out(self) -> int:
        """How many things of any kind were left out."""
        return sum(row.n for row in self.left_out)

    def tidy(self) -> pd.DataFrame:
        """Return one row per source, thing and reason."""
        return rows_frame(LeftOut, self.left_out)

    def __str__(self) -> str:
        return f"import: {len(self.left_out)} kinds of things were left out"
