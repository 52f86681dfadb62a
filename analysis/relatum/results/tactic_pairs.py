"""Pairs of single tactics: explored with estimates and limits, never claimed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance
from relatum.results.cooccurrence import NullCheck, OddsRatio, UntestedPair
from relatum.results.frames import rows_frame

__all__ = ["Tactic", "TacticPair", "TacticPairs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tactic:
    """One tactic of the family.

    Attributes
    ----------
    term, label, domain : str
    n_units, n_present, n_absent, n_undocumented : int
        Relationships to which it applies, by status.
    """

    term: str
    label: str
    domain: str
    n_units: int
    n_present: int
    n_absent: int
    n_undocumented: int

    @property
    def documented_share(self) -> float | None:
        """Share of the relationships in which the file speaks."""
        return (self.n_present + self.n_absent) / self.n_units if self.n_units else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TacticPair:
    """Two tactics, with what is not documented counted as absent.

    Attributes
    ----------
    first, second : str
    n_both : int
        Relationships in which both are recorded.
    phi : float or None
        Correlation of the two over all relationships; it ignores cases and depth.
    excess, statistic, p_value : float
        Observed minus expected joint count with all totals fixed, over its standard deviation,
        and the unadjusted two-sided p value.
    q_value : float
        Smallest false discovery rate at which the pair would be listed, from the draws.
    odds_ratio : OddsRatio or None
        Conditional maximum likelihood within cases, with exact limits; None where no case tells.
    power : float
        Power of the unadjusted test at the largest odds ratio of the plan but one.
    statistic_upper : float or None
        The statistic with what is not documented counted as present; None where not testable.
    listed : bool
        The q value is at most the rate of the plan.
    """

    first: str
    second: str
    n_both: int
    phi: float | None
    excess: float
    statistic: float
    p_value: float
    q_value: float
    odds_ratio: OddsRatio | None
    power: float
    statistic_upper: float | None
    listed: bool

    @property
    def term(self) -> str:
        """The two tactics, joined by a plus sign."""
        return f"{self.first}+{self.second}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TacticPairs:
    """The exploratory family: pairs of tactics.

    Attributes
    ----------
    title : str
    n_family : int
        Pairs of the declared family, before refusals.
    tactics : tuple of Tactic
        In the order of the codebook.
    pairs : tuple of TacticPair
        Those that can be tested.
    untested : tuple of UntestedPair
        The others, with the reason.
    checks : tuple of NullCheck
    n_relationships, n_cases : int
    false_discovery_rate, power_odds_ratio : float
    n_withheld : int
        Pairs that disclosure control withholds.
    """

    kind: ClassVar[str] = "tactic_pairs"
    row_level: ClassVar[bool] = False

    title: str
    n_family: int
    tactics: tuple[Tactic, ...]
    pairs: tuple[TacticPair, ...]
    untested: tuple[UntestedPair, ...]
    checks: tuple[NullCheck, ...]
    n_relationships: int
    n_cases: int
    false_discovery_rate: float
    power_odds_ratio: float
    n_withheld: int = 0
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    @property
    def terms(self) -> tuple[str, ...]:
        """The pairs that can be tested, in order."""
        return tuple(pair.term for pair in self.pairs)

    @property
    def listed(self) -> tuple[TacticPair, ...]:
        """Pairs within the false discovery rate, strongest first."""
        found = [pair for pair in self.pairs if pair.listed]
        return tuple(sorted(found, key=lambda pair: -abs(pair.statistic)))

    def label(self, term: str) -> str:
        """Return the words for a tactic; its name where disclosure control withholds its row."""
        return next((tactic.label for tactic in self.tactics if tactic.term == term), term)

    @property
    def n_testable(self) -> int:
        """Pairs that can be tested, those that disclosure control withholds included."""
        return len(self.pairs) + self.n_withheld

    def tidy(self) -> pd.DataFrame:
        """Return one row per pair that can be tested; an open end of an odds ratio is missing."""
        frame = rows_frame(TacticPair, self.pairs)
        for name in ("estimate", "conf_low", "conf_high"):
            values = [p.odds_ratio and getattr(p.odds_ratio, name) for p in self.pairs]
            frame[f"odds_ratio_{name}"] = pd.Series(values, dtype="Float64")
        return frame.drop(columns="odds_ratio")

    def untested_frame(self) -> pd.DataFrame:
        """Return one row per pair that cannot be tested."""
        return rows_frame(UntestedPair, self.untested)

    def __str__(self) -> str:
        return (
            f"{self.title}: {self.n_testable} of {self.n_family} pairs testable, "
            f"{len(self.listed)} listed at a false discovery rate of "
            f"{self.false_discovery_rate:.0%}"
        )
