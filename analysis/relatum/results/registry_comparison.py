"""Two groups of records of open registries, compared under three readings of what is blank."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance, Unavailable
from relatum.results.frames import rows_frame

__all__ = [
    "READINGS",
    "REGISTRY_VERDICTS",
    "SMALLEST_COUNT",
    "RegistryAssociation",
    "RegistryComparedGroup",
    "RegistryComparison",
    "RegistryOdds",
    "RegistryRow",
    "RegistryShare",
    "RegistryVerdict",
    "is_small",
]

#: No smaller count of records is held, but 0.
SMALLEST_COUNT = 10
#: How what is blank is read.
READINGS: dict[str, str] = {
    "naive": "blank read as absent",
    "bounds": "blank left open",
    "answered": "answered records alone",
}
#: Verdicts in words. Nothing shows that a registry would find a difference, so that a difference
#: inside the margin is no equivalence.
REGISTRY_VERDICTS: dict[str, str] = {
    "inside_margin": "inside the margin (no assay)",
    "different": "different",
    "not_shown": "not shown",
    "unavailable": "not available",
}


def is_small(count: int | None) -> bool:
    """Say whether a count is too small to be told.

    Examples
    --------
    >>> is_small(9), is_small(0), is_small(10), is_small(None)
    (True, False, False, False)
    """
    return count is not None and 0 < count < SMALLEST_COUNT


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryComparedGroup:
    """One of the two groups of records.

    Attributes
    ----------
    side : {"trafficking", "domestic_violence"}
    registry : str
        The title of the registry.
    words : str
        Which records belong to it.
    n_records, n_cases, largest_case : int
        Records, their cases or clusters, and records in the largest one.
    weighted : bool
        Whether the records carry weights of a survey.
    """

    side: str
    registry: str
    words: str
    n_records: int
    n_cases: int
    largest_case: int
    weighted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryShare:
    """A characteristic in one group; all numbers are None where a count is too small.

    Attributes
    ----------
    n_present, n_absent, n_silent : int or None
        Records that say yes, say no, or are blank or in a block that was flagged unknown.
    low, high : float or None
        The share with what is blank as absent, and as present; weighted in a survey.
    answered : float or None
        Among the records that answer; None also where nothing rules it out.
    """

    n_present: int | None
    n_absent: int | None
    n_silent: int | None
    low: float | None
    high: float | None
    answered: float | None

    @property
    def withheld(self) -> bool:
        """Whether a count was too small."""
        return self.n_present is None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryVerdict:
    """The verdict of a characteristic under one reading; numbers are None where withheld.

    Attributes
    ----------
    reading : str
        A key of `READINGS`.
    verdict : str
        A key of `REGISTRY_VERDICTS`.
    why : str
    low, high : float or None
        Trafficking less domestic violence; where blanks are left open the smallest and the
        largest difference over both crossed codings, else twice the same.
    conf_low_90, conf_high_90, conf_low_95, conf_high_95 : float or None
        Outer limits over the codings, at the levels 1 - 2 x level and 1 - level.
    """

    reading: str
    verdict: str
    why: str
    low: float | None = None
    high: float | None = None
    conf_low_90: float | None = None
    conf_high_90: float | None = None
    conf_low_95: float | None = None
    conf_high_95: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryRow:
    """One characteristic in both groups.

    Attributes
    ----------
    term, label : str
        The code or field, and its words.
    trafficking, domestic_violence : RegistryShare
    naive, bounds, answered : RegistryVerdict
        Under the three readings.
    why : str
        What the two first readings rest on, in words.
    """

    term: str
    label: str
    trafficking: RegistryShare
    domestic_violence: RegistryShare
    naive: RegistryVerdict
    bounds: RegistryVerdict
    answered: RegistryVerdict
    why: str

    @property
    def changed(self) -> bool:
        """Whether the verdict changes once a blank is no longer read as absent."""
        return self.naive.verdict != self.bounds.verdict

    @property
    def readings(self) -> tuple[RegistryVerdict, ...]:
        """The verdicts in the order of `READINGS`."""
        return (self.naive, self.bounds, self.answered)

    @property
    def withheld(self) -> bool:
        """Whether its numbers are withheld in a group, and with them those of the difference."""
        return self.trafficking.withheld or self.domestic_violence.withheld


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryOdds:
    """The odds ratio of two characteristics in records of the same year.

    Attributes
    ----------
    n_records, n_both : int
        Records read, and those with both.
    odds_ratio, conf_low, conf_high : float
        Mantel-Haenszel over years.
    """

    n_records: int
    n_both: int
    odds_ratio: float
    conf_low: float
    conf_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryAssociation:
    """Two characteristics that are recorded together, in one group.

    Attributes
    ----------
    side, first, second, first_label, second_label : str
    naive, answered : RegistryOdds or Unavailable
        With blanks as absent, and among the records that answer both.
    phi_low, phi_high : float or None
        Smallest and largest correlation over everything that blanks can stand for; None where too
        many records are blank to search, or a count is too small.
    """

    side: str
    first: str
    second: str
    first_label: str
    second_label: str
    naive: RegistryOdds | Unavailable
    answered: RegistryOdds | Unavailable
    phi_low: float | None
    phi_high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryComparison:
    """Records on trafficking beside records on domestic violence, from open registries.

    Attributes
    ----------
    title : str
    registries : tuple of str
        Names of the adapters that read the files.
    groups : tuple of RegistryComparedGroup
        Trafficking first.
    rows : tuple of RegistryRow
    associations : tuple of RegistryAssociation
    margin : float
        A difference between minus and plus the margin counts as no difference.
    level : float
        Size of each one-sided test.
    attributions, terms : tuple of str
        How the publishers ask to be named, and their terms of use.
    """

    kind: ClassVar[str] = "registry_comparison"

    title: str
    registries: tuple[str, ...]
    groups: tuple[RegistryComparedGroup, ...]
    rows: tuple[RegistryRow, ...]
    associations: tuple[RegistryAssociation, ...]
    margin: float
    level: float
    attributions: tuple[str, ...]
    terms: tuple[str, ...]
    notes: tuple[Note, ...]
    provenance: Provenance

    @property
    def n_changed(self) -> int:
        """Characteristics whose verdict changes once blanks are left open."""
        return sum(row.changed for row in self.rows)

    def count(self, reading: str) -> dict[str, int]:
        """Return how many characteristics have each verdict under a reading."""
        found = Counter(getattr(row, reading).verdict for row in self.rows)
        return {verdict: found[verdict] for verdict in REGISTRY_VERDICTS if found[verdict]}

    def counts(self) -> tuple[int, ...]:
        """Return every count of records that the result holds; disclosure control reads it."""
        groups = (group.n_records for group in self.groups)
        shares = (
            n
            for row in self.rows
            for side in (row.trafficking, row.domestic_violence)
            for n in (side.n_present, side.n_absent, side.n_silent)
        )
        odds = (
            n
            for pair in self.associations
            for found in (pair.naive, pair.answered)
            if isinstance(found, RegistryOdds)
            for n in (found.n_records, found.n_both)
        )
        return tuple(n for part in (groups, shares, odds) for n in part if n is not None)

    def tidy(self) -> pd.DataFrame:
        """Return one row per characteristic and reading."""
        return rows_frame(_Flat, [_flat(row, held) for row in self.rows for held in row.readings])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Flat:
    term: str
    label: str
    reading: str
    verdict: str
    low: float | None
    high: float | None
    conf_low_90: float | None
    conf_high_90: float | None
    conf_low_95: float | None
    conf_high_95: float | None
    trafficking_present: int | None
    trafficking_absent: int | None
    trafficking_silent: int | None
    domestic_violence_present: int | None
    domestic_violence_absent: int | None
    domestic_violence_silent: int | None
    why: str


def _flat(row: RegistryRow, held: RegistryVerdict) -> _Flat:
    first, second = row.trafficking, row.domestic_violence
    return _Flat(
        term=row.term,
        label=row.label,
        reading=held.reading,
        verdict=held.verdict,
        low=held.low,
        high=held.high,
        conf_low_90=held.conf_low_90,
        conf_high_90=held.conf_high_90,
        conf_low_95=held.conf_low_95,
        conf_high_95=held.conf_high_95,
        trafficking_present=first.n_present,
        trafficking_absent=first.n_absent,
        trafficking_silent=first.n_silent,
        domestic_violence_present=second.n_present,
        domestic_violence_absent=second.n_absent,
        domestic_violence_silent=second.n_silent,
        why=held.why,
    )
