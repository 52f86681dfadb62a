"""Audits: published figures beside a sample, and figures beside their own arithmetic."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar, Literal

import pandas as pd

from relatum.results.base import Note, Provenance
from relatum.results.frames import rows_frame

__all__ = [
    "ARITHMETIC_VERDICTS",
    "VERDICTS",
    "ArithmeticAudit",
    "ArithmeticCheck",
    "ArithmeticVerdict",
    "FactCheck",
    "SampleAudit",
    "SolutionSet",
    "Verdict",
]

Verdict = Literal["equal", "inside_soft", "inside_hard", "outside", "not_computable"]
ArithmeticVerdict = Literal["consistent", "inconsistent", "ambiguous", "no_power"]

#: The verdicts on a sample, best first.
VERDICTS: tuple[Verdict, ...] = (
    "equal",
    "inside_soft",
    "inside_hard",
    "outside",
    "not_computable",
)
#: The verdicts on arithmetic, worst first.
ARITHMETIC_VERDICTS: tuple[ArithmeticVerdict, ...] = (
    "inconsistent",
    "ambiguous",
    "no_power",
    "consistent",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactCheck:
    """One published figure beside the value of a sample.

    Attributes
    ----------
    id, construct, group, unit, hardness : str
        The fact's number, words, group, unit and hardness.
    published : str
        The published figure, in figures or in words.
    lower_hard, upper_hard : float or None
        Bounds that follow from the text.
    lower_soft, upper_soft : float or None
        Bounds under the usual reading of its words.
    value : float or None
        What the sample documents; None where it cannot be computed.
    value_least, value_most : float or None
        The smallest and the largest value over all completions of what is not documented; equal
        to `value` where silence plays no part, None where there is no such limit.
    verdict : {"equal", "inside_soft", "inside_hard", "outside", "not_computable"}
        ``equal`` to an exact figure, ``inside_soft`` the usual reading of the words,
        ``inside_hard`` only what the text strictly says, ``outside`` of it. Words without a usual
        reading have their hard bounds for it. ``not_computable`` also where the documented value
        lies outside but some completion lies inside.
    certain : bool
        Whether every completion has the same verdict. Always false for ``not_computable``.
    residual : float
        The distance from the documented value to the nearest hard bound; 0 inside.
    why : str
        The reason, where the verdict needs one.
    """

    id: str
    construct: str
    group: str
    unit: str
    hardness: str
    published: str
    lower_hard: float | None
    upper_hard: float | None
    lower_soft: float | None
    upper_soft: float | None
    value: float | None
    value_least: float | None
    value_most: float | None
    verdict: Verdict
    certain: bool
    residual: float
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleAudit:
    """Published figures beside one sample.

    Attributes
    ----------
    checks : tuple of FactCheck
        In the order of the facts.
    """

    kind: ClassVar[str] = "sample_audit"
    row_level: ClassVar[bool] = False

    checks: tuple[FactCheck, ...]
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    def count(self, verdict: Verdict) -> int:
        """Return the number of figures with a verdict."""
        return sum(check.verdict == verdict for check in self.checks)

    def tidy(self) -> pd.DataFrame:
        """Return one row per figure."""
        return rows_frame(FactCheck, self.checks)

    def __str__(self) -> str:
        parts = [f"{self.count(verdict)} {verdict.replace('_', ' ')}" for verdict in VERDICTS]
        return f"{len(self.checks)} published figures: {', '.join(parts)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArithmeticCheck:
    """One question of arithmetic about figures.

    Attributes
    ----------
    id : str
        A short name, stable over versions.
    statement : str
        What the figures claim.
    finding : str
        What follows from them.
    verdict : {"consistent", "inconsistent", "ambiguous", "no_power"}
        ``ambiguous`` where only one of several readings fits; ``no_power`` where a wrong figure
        could not have been found out.
    detail : str
        How it was computed.
    facts : tuple of str
        The facts, or the lines of a table, that it rests on.
    lower, upper : float or None
        The numbers found, where the finding is a number or a range.
    """

    id: str
    statement: str
    finding: str
    verdict: ArithmeticVerdict
    detail: str = ""
    facts: tuple[str, ...] = ()
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SolutionSet:
    """Every way in which groups can have sizes that fit published bands and a total.

    Attributes
    ----------
    name, label : str
        A short name and the words printed for it.
    total : int
        What the sizes add up to.
    n_solutions : int
        The exact number of solutions.
    sizes : tuple of tuple of int
        The solutions, in lexical order; fewer than `n_solutions` where there are very many.
    two_largest_share : tuple of float
        For every listed solution the share of the two largest groups.
    effective_groups : tuple of float
        For every listed solution Kish's effective number of groups.
    """

    name: str
    label: str
    total: int
    n_solutions: int
    sizes: tuple[tuple[int, ...], ...]
    two_largest_share: tuple[float, ...]
    effective_groups: tuple[float, ...]

    def frame(self) -> pd.DataFrame:
        """Return one row per listed solution: its sizes, share of the two largest, Kish number."""
        width = len(self.sizes[0]) if self.sizes else 0
        columns = [f"size_{at}" for at in range(1, width + 1)]
        found = pd.DataFrame(list(self.sizes), columns=columns, dtype="int64")
        found["two_largest_share"] = list(self.two_largest_share)
        found["effective_groups"] = list(self.effective_groups)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ArithmeticAudit:
    """Whether figures add up.

    Attributes
    ----------
    title : str
        What was audited.
    checks : tuple of ArithmeticCheck
        One per question, in a fixed order.
    solutions : tuple of SolutionSet
        The sizes that fit, where sizes were published in bands.
    """

    kind: ClassVar[str] = "arithmetic_audit"
    row_level: ClassVar[bool] = False

    title: str
    checks: tuple[ArithmeticCheck, ...]
    solutions: tuple[SolutionSet, ...] = ()
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    def count(self, verdict: ArithmeticVerdict) -> int:
        """Return the number of checks with a verdict."""
        return sum(check.verdict == verdict for check in self.checks)

    def check(self, name: str) -> ArithmeticCheck:
        """Return the check of a name.

        Raises
        ------
        KeyError
            If there is none; the message lists those there are.
        """
        for check in self.checks:
            if check.id == name:
                return check
        msg = f"no check '{name}'; there are: {', '.join(check.id for check in self.checks)}"
        raise KeyError(msg)

    def tidy(self) -> pd.DataFrame:
        """Return one row per check."""
        return rows_frame(ArithmeticCheck, self.checks)

    def __str__(self) -> str:
        counts = Counter(check.verdict for check in self.checks)
        parts = [
            f"{counts[verdict]} {verdict.replace('_', ' ')}"
            for verdict in ARITHMETIC_VERDICTS
            if counts[verdict]
        ]
        return f"{self.title}: {', '.join(parts) or 'nothing to check'}"
