"""Two groups of records of large registries: counts, differences, verdicts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance
from relatum.results.comparison import CodedContrast
from relatum.results.frames import rows_frame
from relatum.results.prevalence import PrevalenceRow

__all__ = ["RegistryDifference", "RegistryDifferences", "RegistryGroup"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryGroup:
    """One of the two groups of records.

    Attributes
    ----------
    words : str
        Which records belong to it.
    n_records, n_cases, largest_case : int
        Records, their cases, and records of the largest case.
    """

    words: str
    n_records: int
    n_cases: int
    largest_case: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryDifference:
    """One item in both groups.

    Attributes
    ----------
    term, label : str
    first, second : PrevalenceRow
        Counts and bounds in each group.
    contrasts : tuple of CodedContrast
        First group less second: the crossed codings of silence, then silence as absence in both.
        Empty where there are none.
    method : str
        The recipe of the limits; empty where there are none.
    verdict, verdict_naive : str
        Keys of `relatum.results.registry_comparison.REGISTRY_VERDICTS`: under both crossed
        codings, and with silence as absence.
    why : str
        What the verdict under the crossed codings rests on.
    """

    term: str
    label: str
    first: PrevalenceRow
    second: PrevalenceRow
    contrasts: tuple[CodedContrast, ...]
    method: str
    verdict: str
    verdict_naive: str
    why: str

    @property
    def changed(self) -> bool:
        """Whether the verdict changes once silence is no longer read as absence."""
        return self.verdict != self.verdict_naive


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryDifferences:
    """Items of a large registry in two groups of records.

    Attributes
    ----------
    title : str
    groups : tuple of RegistryGroup
        Two.
    rows : tuple of RegistryDifference
        In the order of `Prevalence`.
    margin : float
        A difference between minus and plus the margin counts as none.
    level : float
        Size of each one-sided test.
    n_shared_cases : int
        Cases that hold records of both groups.
    """

    kind: ClassVar[str] = "registry_differences"
    row_level: ClassVar[bool] = False

    title: str
    groups: tuple[RegistryGroup, ...]
    rows: tuple[RegistryDifference, ...]
    margin: float
    level: float
    n_shared_cases: int
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    @property
    def terms(self) -> tuple[str, ...]:
        """The items, in order."""
        return tuple(row.term for row in self.rows)

    def count(self) -> dict[str, int]:
        """Return how many items have each verdict under the crossed codings."""
        return dict(Counter(row.verdict for row in self.rows))

    def tidy(self) -> pd.DataFrame:
        """Return one row per item and coding; an item without limits has one row."""
        lines = [line for row in self.rows for line in _lines(row)]
        return rows_frame(_Line, lines)

    def __str__(self) -> str:
        first, second = self.groups
        changed = sum(row.changed for row in self.rows)
        return (
            f"{self.title}: {len(self.rows)} items, {first.n_records:,} {first.words} beside "
            f"{second.n_records:,} {second.words}; {changed} verdicts change when silence is left "
            "open"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    term: str
    label: str
    coding: str
    estimate: float | None
    conf_low_90: float | None
    conf_high_90: float | None
    conf_low_95: float | None
    conf_high_95: float | None
    first_present: int
    first_absent: int
    first_undocumented: int
    second_present: int
    second_absent: int
    second_undocumented: int
    method: str
    verdict: str
    verdict_naive: str
    why: str


def _lines(row: RegistryDifference) -> list[_Line]:
    return [
        _Line(
            term=row.term,
            label=row.label,
            coding=held.coding if held else "",
            estimate=held.estimate if held else None,
            conf_low_90=held.conf_low_90 if held else None,
            conf_high_90=held.conf_high_90 if held else None,
            conf_low_95=held.conf_low_95 if held else None,
            conf_high_95=held.conf_high_95 if held else None,
            first_present=row.first.n_present,
            first_absent=row.first.n_absent,
            first_undocumented=row.first.n_undocumented,
            second_present=row.second.n_present,
            second_absent=row.second.n_absent,
            second_undocumented=row.second.n_undocumented,
            method=row.method,
            verdict=row.verdict,
            verdict_naive=row.verdict_naive,
            why=row.why,
        )
        for held in (row.contrasts or (None,))
    ]
