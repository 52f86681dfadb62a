"""How few and how unequal the cases are: what every limit beyond the units at hand rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance
from relatum.results.frames import rows_frame

__all__ = ["ClusterDiagnostics", "ClusterRow", "SizeClass", "band_words"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeClass:
    """How many cases have a size within a band.

    Attributes
    ----------
    low : int
        Smallest size.
    high : int or None
        Largest size; None for an open band.
    n_cases, n_units : int
        Cases in the band, and their units.
    """

    low: int
    high: int | None
    n_cases: int
    n_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRow:
    """The cases of one population.

    Attributes
    ----------
    unit, population : str
        What lies in the cases.
    n_units, n_cases : int
        Units, and cases that hold one; cases that share a suspect are one.
    n_merged : int
        Cases that were merged with another because a suspect belongs to both.
    effective_cases : float
        Kish's effective number of cases.
    size_cv : float
        Coefficient of variation of the sizes.
    largest_share : float
        Share of the units in the largest case; for a share it is the largest partial leverage.
    classes : tuple of SizeClass
        The sizes in bands.
    information_low, information_middle, information_high : float
        Independent units with the same information at the intra-case correlations of the plan.
    refused : str
        Why no standard error is printed; empty where one is.
    """

    unit: str
    population: str
    n_units: int
    n_cases: int
    n_merged: int
    effective_cases: float
    size_cv: float
    largest_share: float
    classes: tuple[SizeClass, ...]
    information_low: float
    information_middle: float
    information_high: float
    refused: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterDiagnostics:
    """The cases of every population that is estimated.

    Attributes
    ----------
    rows : tuple of ClusterRow
        One row per population.
    icc_marks : tuple of float
        The three intra-case correlations behind the `information_*` columns.
    """

    kind: ClassVar[str] = "cluster_diagnostics"
    row_level: ClassVar[bool] = False

    rows: tuple[ClusterRow, ...]
    icc_marks: tuple[float, float, float]
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    def tidy(self) -> pd.DataFrame:
        """Return one row per population; the bands stand as ``low-high:cases``."""
        frame = rows_frame(ClusterRow, self.rows)
        bands = [";".join(band_words(c) + f":{c.n_cases}" for c in r.classes) for r in self.rows]
        return frame.assign(classes=pd.Series(bands, dtype="string"))

    def __str__(self) -> str:
        return "; ".join(
            f"{row.population}: {row.n_units} in {row.n_cases} cases, "
            f"{row.effective_cases:.1f} effective"
            for row in self.rows
        )


def band_words(band: SizeClass) -> str:
    """Word a band of sizes.

    Examples
    --------
    >>> band_words(SizeClass(low=3, high=5, n_cases=4, n_units=15))
    '3-5'
    """
    if band.high is None:
        return f"{band.low}+"
    return str(band.low) if band.low == band.high else f"{band.low}-{band.high}"
