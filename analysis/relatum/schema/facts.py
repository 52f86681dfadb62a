"""The published figures as data: every checkable statement of the chapter, with its bounds."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from relatum.errors import SchemaError
from relatum.schema.resources import schema_path

__all__ = ["Fact", "Facts", "load_facts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One statement of the chapter.

    Attributes
    ----------
    id, group : str
        Its number and group: F figures, C the narrated case, L literature, Q claims, A audit.
    construct : str
        What is stated, in our words.
    variable, unit, statistic : str
        What it is about: a code or other quantity, per which unit, as which statistic.
    value, denominator : str
        The published value in figures or in words, and what it is out of.
    lower_hard, upper_hard : float or None
        Bounds that follow from the text and from arithmetic.
    lower_soft, upper_soft : float or None
        Bounds under the usual reading of words such as "several".
    exactness, bound_rule : str
        Exact, derived, verbal, ...; and the rule that turned words into bounds.
    section : str
        Where the chapter says it.
    hardness : str
        ``hard``, ``soft``, ``narrative`` or ``none``.
    evaluator, evaluator_unit : str
        The function that computes it on a sample, and the unit that it counts; empty where it
        cannot be computed.
    arguments : mapping of str to str
        Arguments of the evaluator.
    note : str
        What a reader should know; why it cannot be computed, where that is so.
    """

    id: str
    group: str
    construct: str
    variable: str
    unit: str
    statistic: str
    value: str
    denominator: str
    lower_hard: float | None
    upper_hard: float | None
    lower_soft: float | None
    upper_soft: float | None
    exactness: str
    bound_rule: str
    section: str
    hardness: str
    evaluator: str
    evaluator_unit: str
    arguments: Mapping[str, str]
    note: str

    @property
    def hard(self) -> bool:
        """Whether a simulated sample must satisfy it."""
        return self.hardness == "hard"

    @property
    def computable(self) -> bool:
        """Whether a function computes it on a sample."""
        return bool(self.evaluator)

    def listed(self, argument: str) -> tuple[str, ...]:
        """Return an argument that is a list separated by ``|``; empty where it is not given."""
        text = self.arguments.get(argument, "")
        return tuple(part.strip() for part in text.split("|") if part.strip())


class Facts(Mapping[str, Fact]):
    """All facts by id, in the order of the file."""

    def __init__(self, facts: tuple[Fact, ...]) -> None:
        self._facts = MappingProxyType({fact.id: fact for fact in facts})

    def __getitem__(self, fact: str) -> Fact:
        if fact not in self._facts:
            msg = f"There is no fact '{fact}'."
            raise SchemaError(msg)
        return self._facts[fact]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def select(
        self, *, hardness: str | None = None, computable: bool | None = None
    ) -> tuple[Fact, ...]:
        """Return facts of a hardness, computable ones, or both."""
        return tuple(
            fact
            for fact in self._facts.values()
            if (hardness is None or fact.hardness == hardness)
            and (computable is None or fact.computable == computable)
        )


def _number(text: str, fact: str) -> float | None:
    try:
        return float(text) if text.strip() else None
    except ValueError as error:
        msg = f"facts.csv: a bound of '{fact}' is not a number."
        raise SchemaError(msg) from error


def _arguments(text: str) -> Mapping[str, str]:
    pairs = [part.split("=", 1) for part in text.split(";") if "=" in part]
    return MappingProxyType({name.strip(): value.strip() for name, value in pairs})


def _fact(row: Mapping[str, str]) -> Fact:
    bounds = {
        name: _number(row[name], row["id"])
        for name in ("lower_hard", "upper_hard", "lower_soft", "upper_soft")
    }
    texts = {
        name: row[name].strip()
        for name in Fact.__dataclass_fields__
        if name not in bounds and name != "arguments"
    }
    return Fact(**texts, **bounds, arguments=_arguments(row["evaluator_args"]))  # type: ignore[arg-type]


@cache
def load_facts(path: Path | None = None) -> Facts:
    """Read the published figures.

    Parameters
    ----------
    path : Path, optional
        A CSV file with the columns of `Fact`; the shipped one by default.

    Raises
    ------
    SchemaError
        If the file is missing, lacks a column, repeats an id, or holds a bound that is no number.

    Examples
    --------
    >>> load_facts()["F068"].lower_hard
    73.0
    """
    place = path or schema_path() / "chapter" / "facts.csv"
    try:
        with place.open(encoding="utf-8", newline="") as handle:
            facts = tuple(_fact(row) for row in csv.DictReader(handle))
    except OSError as error:
        msg = f"The facts '{place.name}' could not be read."
        raise SchemaError(msg) from error
    except KeyError as error:
        msg = f"The facts '{place.name}' lack the column {error}."
        raise SchemaError(msg) from error
    if len({fact.id for fact in facts}) != len(facts):
        msg = f"The facts '{place.name}' repeat an id."
        raise SchemaError(msg)
    return Facts(facts)
