"""Counts per level, sizes of groups, and summaries of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance
from relatum.results.frames import rows_frame

__all__ = [
    "Distribution",
    "GroupSizes",
    "LevelCount",
    "SizeBand",
    "Sizes",
    "Summary",
    "SummaryRow",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelCount:
    """How many units have one level of a variable.

    Attributes
    ----------
    variable, label, unit : str
        The variable, its words, and what is counted.
    level, level_label : str
        The level (or band) and its words.
    n : int
        Units recorded with the level.
    n_units, n_documented, n_undocumented : int
        All units, and those with and without a record; the denominator of a share of the
        documented units is `n_documented`.
    """

    variable: str
    label: str
    unit: str
    level: str
    level_label: str
    n: int
    n_units: int
    n_documented: int
    n_undocumented: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """Counts per level of one or more variables.

    Attributes
    ----------
    title : str
        What is described.
    levels : tuple of LevelCount
        Variable by variable, levels in their own order.
    """

    kind: ClassVar[str] = "distribution"
    row_level: ClassVar[bool] = False

    title: str
    levels: tuple[LevelCount, ...]
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables, in order."""
        return tuple(dict.fromkeys(level.variable for level in self.levels))

    def tidy(self) -> pd.DataFrame:
        """Return one row per variable and level."""
        return rows_frame(LevelCount, self.levels)

    def __str__(self) -> str:
        return f"{self.title}: {len(self.variables)} variables"


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeBand:
    """How many groups have a size within a band.

    Attributes
    ----------
    variable, label : str
        What is counted per group, and its words.
    group, member : str
        The group (``case``) and what it holds (``relationship``).
    low : int
        Smallest size of the band.
    high : int or None
        Largest size; None for an open band.
    n_groups : int
        Groups in the band.
    n_groups_all, n_members_all : int
        All groups, and all their members.
    """

    variable: str
    label: str
    group: str
    member: str
    low: int
    high: int | None
    n_groups: int
    n_groups_all: int
    n_members_all: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSizes:
    """The sizes of all groups of one kind.

    Attributes
    ----------
    variable, label, group, member : str
        See `SizeBand`.
    sizes : tuple of int
        Largest first; groups without members included. Empty where disclosure control withholds
        them.
    bands : tuple of SizeBand
        The sizes in bands.
    effective_groups : float or None
        Kish's effective number of groups, (sum n)^2 / sum n^2; None without members.
    two_largest_share : float or None
        Share of the members in the two largest groups.
    """

    variable: str
    label: str
    group: str
    member: str
    sizes: tuple[int, ...]
    bands: tuple[SizeBand, ...]
    effective_groups: float | None
    two_largest_share: float | None

    @property
    def n_members(self) -> int:
        """Members of all groups together."""
        return self.bands[0].n_members_all if self.bands else sum(self.sizes)

    @property
    def n_groups(self) -> int:
        """All groups, those without members included."""
        return self.bands[0].n_groups_all if self.bands else len(self.sizes)

    @property
    def in_two_largest(self) -> int | None:
        """Members in the two largest groups; None where the sizes are withheld."""
        return sum(self.sizes[:2]) if len(self.sizes) == self.n_groups else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How suspects, victims and relationships are spread over cases.

    Attributes
    ----------
    groups : tuple of GroupSizes
        One entry per kind of member.
    """

    kind: ClassVar[str] = "sizes"
    row_level: ClassVar[bool] = False

    groups: tuple[GroupSizes, ...]
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    def tidy(self) -> pd.DataFrame:
        """Return one row per variable and band."""
        return rows_frame(SizeBand, [band for group in self.groups for band in group.bands])

    def __str__(self) -> str:
        return "; ".join(f"{g.label}: {g.n_members} in {g.n_groups}" for g in self.groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryRow:
    """A numeric variable in brief.

    Attributes
    ----------
    variable, label, unit, scale : str
        The variable, its words, what is described, and the unit of the number.
    n_units, n_documented, n_undocumented : int
        All units, and those with and without a record.
    mean, minimum, maximum, total : float or None
        Over the documented units; None where there are none.
    """

    variable: str
    label: str
    unit: str
    scale: str
    n_units: int
    n_documented: int
    n_undocumented: int
    mean: float | None
    minimum: float | None
    maximum: float | None
    total: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Numeric variables in brief.

    Attributes
    ----------
    rows : tuple of SummaryRow
        One row per variable.
    """

    kind: ClassVar[str] = "summary"
    row_level: ClassVar[bool] = False

    rows: tuple[SummaryRow, ...]
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    def tidy(self) -> pd.DataFrame:
        """Return one row per variable."""
        return rows_frame(SummaryRow, self.rows)

    def __str__(self) -> str:
        return f"{len(self.rows)} numeric variables"
