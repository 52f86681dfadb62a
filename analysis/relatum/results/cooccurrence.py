"""Which domains or tactics are recorded together more often than chance, under nested nulls.

A pair is looked at under every reading of silence. Under each it is compared with three nulls that
form a bracket: within cases; within cases and depth of documentation; and with every total fixed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance, Unavailable
from relatum.results.frames import rows_frame

__all__ = [
    "CODING_LABELS",
    "NULL_LABELS",
    "Cooccurrence",
    "NullCheck",
    "NullTest",
    "OddsRatio",
    "OverallTest",
    "PairReading",
    "PairRow",
    "UntestedPair",
]

#: The three nulls, loosest first, and what each keeps fixed.
NULL_LABELS: dict[str, str] = {
    "case": "within investigations",
    "case_depth": "within investigations, at equal documentation",
    "fixed_totals": "with the number of items of every relationship fixed",
}
#: The readings of silence.
CODING_LABELS: dict[str, str] = {
    "lower": "not documented counted as absent",
    "upper": "not documented counted as present",
    "statement_only": "files with a statement of the victim, not documented as absent",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OddsRatio:
    """An odds ratio with limits; an end that is not reached is None.

    Attributes
    ----------
    estimate : float or None
        None where it is infinite.
    conf_low : float
    conf_high : float or None
        None where there is no upper limit.
    conf_level : float
    method : str
    """

    estimate: float | None
    conf_low: float
    conf_high: float | None
    conf_level: float
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NullTest:
    """One pair against one null.

    Attributes
    ----------
    null : str
        A key of `NULL_LABELS`.
    expected : float
        Joint count that the null expects.
    excess : float
        Observed minus expected joint count, summed over cases.
    std_error : float
        Standard deviation of the joint count under the null.
    statistic : float
        Excess over its standard deviation.
    p_value, p_adjusted : float
        Two-sided; unadjusted, and adjusted for the family by max-T.
    band_low, band_high : float
        Central part of the joint counts of the null minus their expectation.
    power : tuple of float
        Power of the adjusted test at the odds ratios of the plan, given these margins.
    detectable : float or None
        Smallest odds ratio that the adjusted test finds with power 0.8; None where none is.
    """

    null: str
    expected: float
    excess: float
    std_error: float
    statistic: float
    p_value: float
    p_adjusted: float
    band_low: float
    band_high: float
    power: tuple[float, ...]
    detectable: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PairReading:
    """One pair under one reading of silence.

    Attributes
    ----------
    coding : str
        A key of `CODING_LABELS`.
    n_relationships, n_first, n_second, n_both : int
    n_informative : int
        Relationships in cases in which both items vary.
    tests : tuple of NullTest or Unavailable
        In the order of `NULL_LABELS`.
    by_case, by_case_depth : OddsRatio or Unavailable
        Mantel-Haenszel, within cases and within cases at equal documentation.
    at_fixed_totals : OddsRatio or Unavailable
        Conditional maximum likelihood with every total fixed; exact limits.
    leave_out_low, leave_out_high : float or None
        Range of the statistic with fixed totals without each case in turn.
    without_two : float or None
        The same without the two largest cases.
    """

    coding: str
    n_relationships: int
    n_first: int
    n_second: int
    n_both: int
    n_informative: int
    tests: tuple[NullTest | Unavailable, ...]
    by_case: OddsRatio | Unavailable
    by_case_depth: OddsRatio | Unavailable
    at_fixed_totals: OddsRatio | Unavailable
    leave_out_low: float | None
    leave_out_high: float | None
    without_two: float | None

    def test(self, null: str) -> NullTest | Unavailable:
        """Return the test against one null."""
        for found, name in zip(self.tests, NULL_LABELS, strict=True):
            if name == null:
                return found
        raise KeyError(null)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRow:
    """One pair that can be tested.

    Attributes
    ----------
    first, second, first_label, second_label : str
    readings : tuple of PairReading or Unavailable
        In the order of `CODING_LABELS`.
    phi_low, phi_high : float or None
        Smallest and largest phi that any content of the silent cells gives; cases ignored.
    odds_ratio_low, odds_ratio_high : float or None
        The same for the odds ratio; None where it is not bounded or not defined.
    shown : bool
        Recorded together more often than chance: adjusted p at most the level under the null
        within cases at equal documentation, both with silence as absence and with silence as
        presence, and an excess in every reading, with all totals fixed, too.
    why : str
        What the verdict rests on, in words.
    """

    first: str
    second: str
    first_label: str
    second_label: str
    readings: tuple[PairReading | Unavailable, ...]
    phi_low: float | None
    phi_high: float | None
    odds_ratio_low: float | None
    odds_ratio_high: float | None
    shown: bool
    why: str

    @property
    def term(self) -> str:
        """The two items, joined by a plus sign."""
        return f"{self.first}+{self.second}"

    @property
    def label(self) -> str:
        """The words of the two items."""
        return f"{self.first_label} and {self.second_label.lower()}"

    def reading(self, coding: str) -> PairReading | Unavailable:
        """Return the pair under one reading of silence."""
        for found, name in zip(self.readings, CODING_LABELS, strict=True):
            if name == coding:
                return found
        raise KeyError(coding)


@dataclass(frozen=True, slots=True, kw_only=True)
class UntestedPair:
    """A pair of the family that cannot be tested, with the reason."""

    first: str
    second: str
    first_label: str
    second_label: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverallTest:
    """Whether the items of a family are recorded together at all more than chance.

    Attributes
    ----------
    coding, null : str
    excess, std_error, statistic, p_value : float
        Of the joint counts summed over all pairs that can be tested.
    """

    coding: str
    null: str
    excess: float
    std_error: float
    statistic: float
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class NullCheck:
    """How the draws of one null were made under one reading.

    Attributes
    ----------
    coding, null : str
    n_draws, n_blocks, n_exact, n_chain, n_fixed : int
        Draws; blocks in all, drawn from all their matrices, drawn by a chain, and unable to move.
    fixed : str
        The blocks that cannot move, by rank of size.
    sweeps : int
        Moves per relationship between two draws of a chain.
    autocorrelation, effective, reduction : float
        Largest autocorrelation of neighbouring draws, independent draws that are worth as much,
        pooled over inner deviation of four chains.
    distinct : int or None
        Distinct matrices that the chain saw where it saw fewest.
    n_refused : int
        Deals made again because the inclusion rule would have excluded a relationship.
    critical : float or None
        Value that the largest statistic exceeds in the share of the level.
    """

    coding: str
    null: str
    n_draws: int
    n_blocks: int
    n_exact: int
    n_chain: int
    n_fixed: int
    fixed: str
    sweeps: int
    autocorrelation: float
    effective: float
    reduction: float
    distinct: int | None
    n_refused: int
    critical: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cooccurrence:
    """The confirmatory family: pairs of domains.

    Attributes
    ----------
    title : str
    n_family : int
        Pairs of the declared family.
    pairs : tuple of PairRow
        Those that can be tested.
    untested : tuple of UntestedPair
        The others, with the reason.
    overall : tuple of OverallTest
    checks : tuple of NullCheck
    conf_level : float
        Level of limits; one minus it is the family-wise error.
    odds_ratios : tuple of float
        Where power is given.
    n_withheld : int
        Pairs that disclosure control withholds.
    """

    kind: ClassVar[str] = "cooccurrence"
    row_level: ClassVar[bool] = False

    title: str
    n_family: int
    pairs: tuple[PairRow, ...]
    untested: tuple[UntestedPair, ...]
    overall: tuple[OverallTest, ...]
    checks: tuple[NullCheck, ...]
    conf_level: float
    odds_ratios: tuple[float, ...]
    n_withheld: int = 0
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    @property
    def terms(self) -> tuple[str, ...]:
        """The pairs that can be tested, in order."""
        return tuple(pair.term for pair in self.pairs)

    @property
    def n_testable(self) -> int:
        """Pairs that can be tested, those that disclosure control withholds included."""
        return len(self.pairs) + self.n_withheld

    @property
    def n_shown(self) -> int:
        """Pairs that are recorded together more often than chance."""
        return sum(pair.shown for pair in self.pairs)

    def tidy(self) -> pd.DataFrame:
        """Return one row per pair, reading and null."""
        rows = [
            _columns(pair, reading, test)
            for pair in self.pairs
            for reading in pair.readings
            if isinstance(reading, PairReading)
            for test in reading.tests
            if isinstance(test, NullTest)
        ]
        return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)

    def untested_frame(self) -> pd.DataFrame:
        """Return one row per pair that cannot be tested."""
        return rows_frame(UntestedPair, self.untested)

    def checks_frame(self) -> pd.DataFrame:
        """Return one row per null and reading: how its draws were made."""
        return rows_frame(NullCheck, self.checks)

    def __str__(self) -> str:
        return (
            f"{self.title}: {len(self.pairs)} of {self.n_family} pairs testable, "
            f"{self.n_shown} recorded together more often than chance"
        )


_COLUMNS: dict[str, str] = {
    **dict.fromkeys(("term", "first", "second", "coding", "null"), "string"),
    **dict.fromkeys(("n_relationships", "n_first", "n_second", "n_both"), "int64"),
    **dict.fromkeys(("expected", "excess", "std_error", "statistic"), "float64"),
    **dict.fromkeys(("p_value", "p_adjusted"), "float64"),
    **dict.fromkeys(("odds_ratio", "conf_low", "conf_high", "detectable"), "Float64"),
    "shown": "bool",
}
_RATIOS = {"case": "by_case", "case_depth": "by_case_depth", "fixed_totals": "at_fixed_totals"}


def _columns(pair: PairRow, reading: PairReading, test: NullTest) -> dict[str, object]:
    held = getattr(reading, _RATIOS[test.null])
    ratio = held if isinstance(held, OddsRatio) else None
    columns: dict[str, object] = {
        "term": pair.term,
        "first": pair.first,
        "second": pair.second,
        "coding": reading.coding,
        "null": test.null,
        "odds_ratio": ratio.estimate if ratio else None,
        "conf_low": ratio.conf_low if ratio else None,
        "conf_high": ratio.conf_high if ratio else None,
        "shown": pair.shown,
    }
    for name in ("n_relationships", "n_first", "n_second", "n_both"):
        columns[name] = getattr(reading, name)
    for name in ("expected", "excess", "std_error", "statistic", "p_value", "p_adjusted"):
        columns[name] = getattr(test, name)
    columns["detectable"] = test.detectable
    return columns
