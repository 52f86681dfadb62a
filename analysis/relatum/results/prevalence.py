"""How often codes are recorded: counts, silence, and the bounds that silence allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance
from relatum.results.frames import rows_frame

__all__ = ["Prevalence", "PrevalenceRow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrevalenceRow:
    """One code in one population.

    Attributes
    ----------
    term, label : str
        The code and its words.
    entity, domain : str
        What the code describes, and its group.
    unit, population : str
        What is counted, and which units of it.
    n_units : int
        Units to which the item applies: present, absent and undocumented together.
    n_present, n_absent, n_undocumented, n_not_applicable : int
        Units per status.
    documented_share : float or None
        (present + absent) / applicable; None where the item applies to nobody.
    lower, upper : float or None
        Worst-case bounds of the share: silence counted as absent, and as present.
    width : float or None
        Length of the bounds.
    only_bounds : bool
        Too little is documented for a single figure.
    leaves_confirmatory : bool
        The bounds are so wide that the item leaves every confirmatory family.
    """

    term: str
    label: str
    entity: str
    domain: str
    unit: str
    population: str
    n_units: int
    n_present: int
    n_absent: int
    n_undocumented: int
    n_not_applicable: int
    documented_share: float | None
    lower: float | None
    upper: float | None
    width: float | None
    only_bounds: bool
    leaves_confirmatory: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Prevalence:
    """Counts and worst-case bounds of codes.

    Attributes
    ----------
    title : str
        What is described.
    rows : tuple of PrevalenceRow
        One row per code, in the order of the codebook.
    min_documented_share, max_width : float
        The thresholds of the plan behind `only_bounds` and `leaves_confirmatory`.
    """

    kind: ClassVar[str] = "prevalence"
    row_level: ClassVar[bool] = False

    title: str
    rows: tuple[PrevalenceRow, ...]
    min_documented_share: float
    max_width: float
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    @property
    def terms(self) -> tuple[str, ...]:
        """The codes, in order."""
        return tuple(row.term for row in self.rows)

    def tidy(self) -> pd.DataFrame:
        """Return one row per code."""
        return rows_frame(PrevalenceRow, self.rows)

    def __str__(self) -> str:
        bounded = sum(row.only_bounds for row in self.rows)
        return f"{self.title}: {len(self.rows)} codes, {bounded} with bounds only"
