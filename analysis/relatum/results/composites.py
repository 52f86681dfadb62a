"""Claims about combinations of tactics, the number of domains against depth, and their order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance, Unavailable
from relatum.results.frames import rows_frame
from relatum.results.prevalence import PrevalenceRow

__all__ = [
    "ClaimLimits",
    "ClaimRow",
    "CompositeClaims",
    "DomainCount",
    "DomainDepthLink",
    "OrderRow",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLimits:
    """Limits of a statement about all relationships, at an assumed intra-case correlation.

    Attributes
    ----------
    icc : float
        What is assumed.
    n_effective : float
        Independent relationships that carry the same information.
    conf_low : float
        Lower limit with silence counted as absence.
    conf_high : float
        Upper limit with silence counted as presence.
    """

    icc: float
    n_effective: float
    conf_low: float
    conf_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRow:
    """One claim about a combination.

    Attributes
    ----------
    counted : PrevalenceRow
        Counts and worst-case bounds.
    universal : bool
        Whether it is made, or implied, of all relationships.
    limits : tuple of ClaimLimits
        For statements about all relationships; empty otherwise.
    limits_why : str
        Why there are none; empty otherwise.
    """

    counted: PrevalenceRow
    universal: bool
    limits: tuple[ClaimLimits, ...]
    limits_why: str

    @property
    def term(self) -> str:
        """The name of the claim."""
        return self.counted.term


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainCount:
    """How many of the domains are recorded in relationships that are alike in documentation.

    Attributes
    ----------
    variable, stratum, label : str
        What was cut, its part, and the words for it.
    n : int
        Relationships.
    mean_lower, mean_upper : float
        Mean number of domains with silence counted as absence, and as presence.
    """

    variable: str
    stratum: str
    label: str
    n: int
    mean_lower: float
    mean_upper: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainDepthLink:
    """Spearman's correlation of the number of domains with documentation depth.

    Attributes
    ----------
    coding : {"lower", "upper"}
        Silence counted as absence, or as presence.
    scope : {"overall", "within_cases"}
        Over all relationships, or by ranks within cases.
    n, n_cases : int
        Relationships and cases that enter.
    rho : float or None
    p_value, smallest_p : float or None
        By moving depths within cases; None overall, where relationships of a case are compared as
        if they were independent.
    why : str
        Why there is no correlation; empty otherwise.
    """

    coding: str
    scope: str
    n: int
    n_cases: int
    rho: float | None
    p_value: float | None
    smallest_p: float | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """Which of two domains is recorded first.

    Attributes
    ----------
    family : {"declared", "further"}
        The pairs that were declared, and the others.
    first, second : str
        The domains.
    first_label, second_label : str
        Their words.
    n_both : int
        Relationships with both domains present; the next four counts add up to it.
    n_first, n_second : int
        The first, or the second, domain has the earlier first record.
    n_overlap : int
        Both are dated, but their intervals share a day.
    n_undated : int
        One of them or both have no dated record.
    n_fully_dated : int
        Decided relationships in which every act of the two domains has a date.
    share_undated : float or None
        Of `n_both`; None where that is 0.
    n_cases, n_unbalanced : int
        Cases with a decided relationship, and those of them whose signs do not cancel.
    p_binomial : float or None
        Sign test that treats relationships as independent.
    p_value, smallest_p : float or None
        Sign test with cases as units of chance, and its smallest possible value.
    p_adjusted : float or None
        `p_value` after Holm, over the family.
    family_size : int
        Pairs of the family, tested or not.
    why : str
        Why there is no test; empty otherwise.
    """

    family: str
    first: str
    second: str
    first_label: str
    second_label: str
    n_both: int
    n_first: int
    n_second: int
    n_overlap: int
    n_undated: int
    n_fully_dated: int
    share_undated: float | None
    n_cases: int
    n_unbalanced: int
    p_binomial: float | None
    p_value: float | None
    smallest_p: float | None
    p_adjusted: float | None
    family_size: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeClaims:
    """What can be said of combinations of tactics.

    Attributes
    ----------
    title : str
        What is described.
    population : str
        Which relationships.
    n_relationships : int
    claims : tuple of ClaimRow
        One row per claim.
    depth : tuple of DomainCount
        Number of domains by documentation.
    links : tuple of DomainDepthLink
        Its correlation with documentation depth.
    order : tuple of OrderRow or Unavailable
        One row per pair of domains.
    conf_level : float
        Level of the limits, and one minus that of the tests.
    """

    kind: ClassVar[str] = "composite_claims"
    row_level: ClassVar[bool] = False

    title: str
    population: str
    n_relationships: int
    claims: tuple[ClaimRow, ...]
    depth: tuple[DomainCount, ...]
    links: tuple[DomainDepthLink, ...]
    order: tuple[OrderRow, ...] | Unavailable
    conf_level: float
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    @property
    def terms(self) -> tuple[str, ...]:
        """The claims, in order."""
        return tuple(row.term for row in self.claims)

    def tidy(self) -> pd.DataFrame:
        """Return one row per claim: counts and bounds, then the limits at each correlation."""
        frame = rows_frame(PrevalenceRow, [row.counted for row in self.claims])
        frame["universal"] = pd.Series([row.universal for row in self.claims], dtype="bool")
        marks = dict.fromkeys(limit.icc for row in self.claims for limit in row.limits)
        for mark in marks:
            held = [{limit.icc: limit for limit in row.limits}.get(mark) for row in self.claims]
            for name in ("n_effective", "conf_low", "conf_high"):
                numbers = [None if limit is None else getattr(limit, name) for limit in held]
                frame[f"{name}_at_{mark:g}"] = pd.Series(numbers, dtype="Float64")
        whys = [row.limits_why for row in self.claims]
        frame["limits_why"] = pd.Series(whys, dtype="string")
        return frame

    def depth_frame(self) -> pd.DataFrame:
        """Return one row per stratum of documentation."""
        return rows_frame(DomainCount, self.depth)

    def links_frame(self) -> pd.DataFrame:
        """Return one row per correlation with depth."""
        return rows_frame(DomainDepthLink, self.links)

    def order_frame(self) -> pd.DataFrame:
        """Return one row per pair of domains; none where the order is not available."""
        return rows_frame(OrderRow, () if isinstance(self.order, Unavailable) else self.order)

    def __str__(self) -> str:
        return f"{self.title}: {len(self.claims)} claims about {self.population}"
