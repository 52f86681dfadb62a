"""The published figures as numbers, bands and totals, ready for arithmetic; nothing is typed in."""

from __future__ import annotations

from dataclasses import dataclass, field

from relatum.errors import SchemaError
from relatum.inference.common import Refusal
from relatum.inference.feasible import Band, SizeSolutions, effective_numbers
from relatum.results.audit import ArithmeticCheck, ArithmeticVerdict, SolutionSet
from relatum.schema.facts import Fact, Facts

__all__ = ["Figures", "compact", "number_range", "solution_set", "verdict_of"]


@dataclass(frozen=True)
class Figures:
    """Access to the facts as numbers; remembers which facts a check used.

    Attributes
    ----------
    facts : Facts
        The published figures.
    used : list of str
        The ids asked for since the last check was made.
    """

    facts: Facts
    used: list[str] = field(default_factory=list)

    def fact(self, name: str) -> Fact:
        """Return a fact and note that it was used."""
        if name not in self.used:
            self.used.append(name)
        return self.facts[name]

    def exact(self, name: str) -> float:
        """Return the one value that a fact allows.

        Raises
        ------
        SchemaError
            If the fact is no exact figure.
        """
        fact = self.fact(name)
        if fact.lower_hard is None or fact.lower_hard != fact.upper_hard:
            msg = f"facts.csv: '{name}' must be an exact figure for the audit."
            raise SchemaError(msg)
        return fact.lower_hard

    def count(self, name: str) -> int:
        """Return an exact figure as a whole number."""
        return round(self.exact(name))

    def bounds(self, name: str, *, soft: bool = False) -> tuple[float, float]:
        """Return both bounds of a fact.

        Raises
        ------
        SchemaError
            If one is missing.
        """
        fact = self.fact(name)
        low, high = (
            (fact.lower_soft, fact.upper_soft) if soft else (fact.lower_hard, fact.upper_hard)
        )
        if low is None or high is None:
            msg = f"facts.csv: '{name}' needs both bounds for the audit."
            raise SchemaError(msg)
        return low, high

    def limits(self, name: str) -> tuple[int, int | None]:
        """Return the limits of the band that a fact counts; None for no upper limit."""
        given = self.fact(name).arguments
        return int(given["low"]), int(given["high"]) if "high" in given else None

    def band(self, name: str, *, count: int | None = None, top: int | None = None) -> Band:
        """Return the band that a fact counts, cut at a largest value where one is known."""
        low, high = self.limits(name)
        if top is not None:
            high = top if high is None else min(high, top)
        return Band(low, high, self.count(name) if count is None else count)

    def decimals(self, name: str) -> int:
        """Return the number of decimals with which a figure is printed."""
        return len(self.fact(name).value.partition(".")[2])

    def check(
        self,
        name: str,
        statement: str,
        finding: str,
        verdict: ArithmeticVerdict,
        *,
        detail: str = "",
        limits: tuple[float, float] | None = None,
    ) -> ArithmeticCheck:
        """Make a check that rests on the facts used since the last one."""
        rests_on = tuple(self.used)
        self.used.clear()
        return ArithmeticCheck(
            id=name,
            statement=statement,
            finding=finding,
            verdict=verdict,
            detail=detail,
            facts=rests_on,
            lower=None if limits is None else float(limits[0]),
            upper=None if limits is None else float(limits[1]),
        )


def verdict_of(fits: bool) -> ArithmeticVerdict:
    """Word whether figures fit."""
    return "consistent" if fits else "inconsistent"


def compact(value: float, decimals: int = 2) -> str:
    """Write a number without trailing zeros.

    Examples
    --------
    >>> compact(23.0), compact(21.89), compact(0.5754, 3)
    ('23', '21.89', '0.575')
    """
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def number_range(low: float, high: float, decimals: int = 2) -> str:
    """Write a range, or one number where both ends are the same.

    Examples
    --------
    >>> number_range(42, 53), number_range(3, 3)
    ('42 to 53', '3')
    """
    first, last = compact(low, decimals), compact(high, decimals)
    return first if first == last else f"{first} to {last}"


def solution_set(name: str, label: str, found: SizeSolutions | Refusal, total: int) -> SolutionSet:
    """Turn solutions into their result; an empty set where there are none.

    Parameters
    ----------
    name, label : str
        A short name and the words printed for it.
    found : SizeSolutions or Refusal
        What `list_solutions` returned.
    total : int
        What the sizes add up to.
    """
    if isinstance(found, Refusal):
        return SolutionSet(
            name=name,
            label=label,
            total=total,
            n_solutions=0,
            sizes=(),
            two_largest_share=(),
            effective_groups=(),
        )
    shares: list[float] = []
    groups: list[float] = []
    if total > 0:
        ordered = found.sizes.copy()
        ordered.sort(axis=1)
        shares = (ordered[:, -2:].sum(axis=1) / total).tolist()
        groups = effective_numbers(found.sizes).tolist()
    return SolutionSet(
        name=name,
        label=label,
        total=total,
        n_solutions=found.count,
        sizes=tuple(map(tuple, found.sizes.tolist())),
        two_largest_share=tuple(shares),
        effective_groups=tuple(groups),
    )
