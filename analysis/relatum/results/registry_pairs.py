"""Pairs of items in a large registry: counts, and excess at three ways of being alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance, Unavailable
from relatum.results.cooccurrence import OddsRatio, UntestedPair
from relatum.results.frames import rows_frame

__all__ = [
    "STRATA_LABELS",
    "RegistryExcess",
    "RegistryItem",
    "RegistryPair",
    "RegistryPairs",
    "RegistryReading",
]

#: What makes records alike, and how it is worded.
STRATA_LABELS: dict[str, str] = {
    "case": "within cases",
    "case_total": "within cases, at an equal number of items",
    "case_others": "within cases, at an equal number of other items",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryItem:
    """One item of the registry.

    Attributes
    ----------
    term : str
    n_present, n_absent, n_undocumented, n_not_applicable : int
        Records by status.
    """

    term: str
    n_present: int
    n_absent: int
    n_undocumented: int
    n_not_applicable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryExcess:
    """One pair beside independence among records that are alike.

    Attributes
    ----------
    strata : str
        A key of `STRATA_LABELS`.
    expected, excess, std_error, statistic : float
        Expected joint count, observed minus expected, its standard deviation, and their ratio.
    p_value, p_adjusted : float
        Two-sided; adjusted by Holm for the pairs that can be tested.
    odds_ratio : OddsRatio or Unavailable
        Mantel-Haenszel.
    """

    strata: str
    expected: float
    excess: float
    std_error: float
    statistic: float
    p_value: float
    p_adjusted: float
    odds_ratio: OddsRatio | Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryReading:
    """One pair under one reading of silence.

    Attributes
    ----------
    coding : {"lower", "upper"}
        What is not documented counts as absent, or as present.
    n_first, n_second, n_both : int
    phi : float
        Correlation over all records; cases and documentation ignored.
    p_veech : float
        Probability of at least so many joint records if both items were spread evenly over all
        records; cases and documentation ignored.
    by_case, by_total, by_others : RegistryExcess or Unavailable
        In the order of `STRATA_LABELS`.
    """

    coding: str
    n_first: int
    n_second: int
    n_both: int
    phi: float
    p_veech: float
    by_case: RegistryExcess | Unavailable
    by_total: RegistryExcess | Unavailable
    by_others: RegistryExcess | Unavailable

    @property
    def excesses(self) -> tuple[RegistryExcess | Unavailable, ...]:
        """The three, in the order of `STRATA_LABELS`."""
        return self.by_case, self.by_total, self.by_others


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryPair:
    """One pair that can be tested.

    Attributes
    ----------
    first, second : str
    lower : RegistryReading
        What is not documented counts as absent.
    upper : RegistryReading or Unavailable
        What is not documented counts as present.
    above_level : bool
        Recorded together more often than the general level of its records explains: an excess at
        an equal number of items, adjusted p at most the level, in every reading that can be had.
    """

    first: str
    second: str
    lower: RegistryReading
    upper: RegistryReading | Unavailable
    above_level: bool

    @property
    def term(self) -> str:
        """The two items, joined by a plus sign."""
        return f"{self.first}+{self.second}"

    @property
    def order(self) -> float:
        """The statistic by which pairs are ranked: at an equal number of items, else by case."""
        for found in (self.lower.by_total, self.lower.by_case):
            if isinstance(found, RegistryExcess):
                return found.statistic
        return 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryPairs:
    """All pairs of items of a registry.

    Attributes
    ----------
    title : str
    n_family : int
        Pairs, before refusals.
    items : tuple of RegistryItem
        In the order of the file.
    pairs : tuple of RegistryPair
    untested : tuple of UntestedPair
        The others, with the reason.
    upper : Unavailable or None
        Why silence cannot be read as presence for any pair; None where it can.
    n_records, n_cases : int
    conf_level : float
    """

    kind: ClassVar[str] = "registry_pairs"
    row_level: ClassVar[bool] = False

    title: str
    n_family: int
    items: tuple[RegistryItem, ...]
    pairs: tuple[RegistryPair, ...]
    untested: tuple[UntestedPair, ...]
    upper: Unavailable | None
    n_records: int
    n_cases: int
    conf_level: float
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    @property
    def terms(self) -> tuple[str, ...]:
        """The pairs that can be tested, in the order of the file."""
        return tuple(pair.term for pair in self.pairs)

    @property
    def ranked(self) -> tuple[RegistryPair, ...]:
        """The pairs by their excess at an equal number of items, largest first."""
        return tuple(sorted(self.pairs, key=lambda pair: (-pair.order, pair.term)))

    def tidy(self) -> pd.DataFrame:
        """Return one row per pair, reading of silence and kind of strata that can be had."""
        rows = []
        for pair in self.pairs:
            for held in (pair.lower, pair.upper):
                if isinstance(held, RegistryReading):
                    rows += [
                        _line(pair, held, found)
                        for found in held.excesses
                        if isinstance(found, RegistryExcess)
                    ]
        return rows_frame(_Line, rows)

    def untested_frame(self) -> pd.DataFrame:
        """Return one row per pair that cannot be tested."""
        return rows_frame(UntestedPair, self.untested)

    def __str__(self) -> str:
        marked = sum(pair.above_level for pair in self.pairs)
        return (
            f"{self.title}: {len(self.pairs):,} of {self.n_family:,} pairs testable in "
            f"{self.n_records:,} records of {self.n_cases:,} cases, {marked:,} above the general "
            "level"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    first: str
    second: str
    coding: str
    strata: str
    n_first: int
    n_second: int
    n_both: int
    phi: float
    p_veech: float
    expected: float
    excess: float
    std_error: float
    statistic: float
    p_value: float
    p_adjusted: float
    odds_ratio: float | None
    conf_low: float | None
    conf_high: float | None
    above_level: bool


def _line(pair: RegistryPair, held: RegistryReading, found: RegistryExcess) -> _Line:
    ratio = found.odds_ratio if isinstance(found.odds_ratio, OddsRatio) else None
    return _Line(
        first=pair.first,
        second=pair.second,
        coding=held.coding,
        strata=found.strata,
        n_first=held.n_first,
        n_second=held.n_second,
        n_both=held.n_both,
        phi=held.phi,
        p_veech=held.p_veech,
        expected=found.expected,
        excess=found.excess,
        std_error=found.std_error,
        statistic=found.statistic,
        p_value=found.p_value,
        p_adjusted=found.p_adjusted,
        odds_ratio=None if ratio is None else ratio.estimate,
        conf_low=None if ratio is None else ratio.conf_low,
        conf_high=None if ratio is None else ratio.conf_high,
        above_level=pair.above_level,
    )
