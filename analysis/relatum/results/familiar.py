"""The familiar measures of association, each with what it ignores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance
from relatum.results.cooccurrence import OddsRatio
from relatum.results.frames import rows_frame

__all__ = ["FamiliarMeasures", "FamiliarRow", "MatrixStatistic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FamiliarRow:
    """One pair, with what is not documented counted as absent.

    Attributes
    ----------
    first, second, first_label, second_label : str
    both, first_only, second_only, neither : int
    phi, jaccard, lift : float or None
        None where a margin is empty.
    odds_ratio : OddsRatio or None
        Conditional maximum likelihood with exact limits, cases ignored.
    p_fisher, p_mid : float or None
        Two-sided: Fisher's, and the central mid-p.
    p_veech_more : float or None
        Probability of at least so many joint records if both are spread evenly over relationships.
    p_cmh : float or None
        Cochran-Mantel-Haenszel within cases, without continuity correction.
    p_homogeneity : float or None
        Tarone's test that the odds ratio is the same in all cases.
    p_three_way : float or None
        Log-linear: no association of the two given the stratum of documentation.
    """

    first: str
    second: str
    first_label: str
    second_label: str
    both: int
    first_only: int
    second_only: int
    neither: int
    phi: float | None
    jaccard: float | None
    lift: float | None
    odds_ratio: OddsRatio | None
    p_fisher: float | None
    p_mid: float | None
    p_veech_more: float | None
    p_cmh: float | None
    p_homogeneity: float | None
    p_three_way: float | None

    @property
    def term(self) -> str:
        """The two items, joined by a plus sign."""
        return f"{self.first}+{self.second}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixStatistic:
    """One statistic of a whole matrix against the null of fixed totals.

    Attributes
    ----------
    statistic, label : str
    scope : {"pooled", "within_cases"}
        Whether rows are shuffled over all cases or within them.
    observed, expected, std_error, p_value : float
    """

    statistic: str
    label: str
    scope: str
    observed: float
    expected: float
    std_error: float
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FamiliarMeasures:
    """What most studies print, computed correctly; nothing here enters a headline.

    Attributes
    ----------
    title : str
    rows : tuple of FamiliarRow
    matrix : tuple of MatrixStatistic
    n_relationships : int
    conf_level : float
    """

    kind: ClassVar[str] = "familiar_measures"
    row_level: ClassVar[bool] = False

    title: str
    rows: tuple[FamiliarRow, ...]
    matrix: tuple[MatrixStatistic, ...]
    n_relationships: int
    conf_level: float
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    @property
    def terms(self) -> tuple[str, ...]:
        """The pairs, in order."""
        return tuple(row.term for row in self.rows)

    def tidy(self) -> pd.DataFrame:
        """Return one row per pair."""
        frame = rows_frame(FamiliarRow, self.rows)
        ratios = [row.odds_ratio for row in self.rows]
        for name in ("estimate", "conf_low", "conf_high"):
            values = [None if ratio is None else getattr(ratio, name) for ratio in ratios]
            frame[f"odds_ratio_{name}"] = pd.Series(values, dtype="Float64")
        return frame.drop(columns="odds_ratio")

    def matrix_frame(self) -> pd.DataFrame:
        """Return one row per statistic of the whole matrix."""
        return rows_frame(MatrixStatistic, self.matrix)

    def __str__(self) -> str:
        return f"{self.title}: {len(self.rows)} pairs of {self.n_relationships} relationships"
