"""How far conclusions about shares rest on what the files do not say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance
from relatum.results.frames import rows_frame
from relatum.results.prevalence import PrevalenceRow

__all__ = ["SilenceRow", "SilenceSensitivity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceRow:
    """One code: what the undocumented units would have to be.

    Attributes
    ----------
    counted : PrevalenceRow
        Counts, and the worst-case bounds of the share.
    monotone_upper : float or None
        Largest share if presence is at least as easy to document as absence.
    monotone_why : str
        Why there is none; empty otherwise.
    shares : tuple of float
        The share at each mark of the result; empty where it is not defined.
    shares_why : str
        Why they are empty; empty otherwise.
    tipping_ratio : float or None
        The ratio of odds at which the share equals the threshold.
    tipping_why : str
        Why no ratio changes the conclusion; empty otherwise.
    """

    counted: PrevalenceRow
    monotone_upper: float | None
    monotone_why: str
    shares: tuple[float, ...]
    shares_why: str
    tipping_ratio: float | None
    tipping_why: str

    @property
    def term(self) -> str:
        """The code."""
        return self.counted.term


@dataclass(frozen=True, slots=True, kw_only=True)
class SilenceSensitivity:
    """Shares under assumptions about the undocumented units, and where conclusions turn.

    Attributes
    ----------
    title : str
        What is described.
    rows : tuple of SilenceRow
        One row per code and population, in the order of the table of prevalence.
    threshold : float
        The share at which a conclusion changes.
    marks : tuple of float
        Ratios odds(present | undocumented) / odds(present | documented) behind `shares`.
    """

    kind: ClassVar[str] = "silence_sensitivity"
    row_level: ClassVar[bool] = False

    title: str
    rows: tuple[SilenceRow, ...]
    threshold: float
    marks: tuple[float, ...]
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    @property
    def terms(self) -> tuple[str, ...]:
        """The codes, in order."""
        return tuple(row.term for row in self.rows)

    def tidy(self) -> pd.DataFrame:
        """Return one row per code: counts and bounds, then one column per assumption."""
        frame = rows_frame(PrevalenceRow, [row.counted for row in self.rows])
        frame["monotone_upper"] = self._numbers([row.monotone_upper for row in self.rows])
        frame["monotone_why"] = self._words([row.monotone_why for row in self.rows])
        for at, mark in enumerate(self.marks):
            held = [row.shares[at] if row.shares else None for row in self.rows]
            frame[f"share_at_{mark:g}"] = self._numbers(held)
        frame["shares_why"] = self._words([row.shares_why for row in self.rows])
        frame["tipping_ratio"] = self._numbers([row.tipping_ratio for row in self.rows])
        frame["tipping_why"] = self._words([row.tipping_why for row in self.rows])
        return frame

    @staticmethod
    def _numbers(values: list[float | None]) -> pd.Series:
        return pd.Series(values, dtype="Float64")

    @staticmethod
    def _words(values: list[str]) -> pd.Series:
        return pd.Series(values, dtype="string")

    def __str__(self) -> str:
        turned = sum(row.tipping_ratio is not None for row in self.rows)
        return f"{self.title}: {len(self.rows)} codes, {turned} with a tipping point"
