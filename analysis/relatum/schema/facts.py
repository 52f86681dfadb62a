"""The published figures as data: every checkable statement of the chapter, with its bounds."""

from __future__ import annotations

import ast
import csv
import hashlib
import json
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType

from relatum.errors import SchemaError
from relatum.schema.resources import schema_path

__all__ = [
    "Fact",
    "Facts",
    "VerbalBounds",
    "VerbalRule",
    "load_facts",
    "load_verbal_rules",
]

#: Groups of facts that do not describe the chapter's sample.
_OTHER_GROUPS = ("case_anna", "literature", "claim", "audit")


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

    @property
    def figures(self) -> tuple[Fact, ...]:
        """The facts that describe the chapter's sample (group F)."""
        return tuple(fact for fact in self._facts.values() if fact.group not in _OTHER_GROUPS)

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of all facts."""
        digest = hashlib.sha256()
        for fact in self._facts.values():
            cells = [
                dict(value) if isinstance(value, Mapping) else value
                for value in (getattr(fact, spec.name) for spec in fields(fact))
            ]
            digest.update(json.dumps(cells, sort_keys=True).encode())
        return digest.hexdigest()

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


# --- words as bounds ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbalBounds:
    """Bounds of a count; None where the words set none.

    Attributes
    ----------
    lower_hard, upper_hard : float or None
        What the words strictly say.
    lower_soft, upper_soft : float or None
        What they usually mean.
    """

    lower_hard: float | None
    upper_hard: float | None
    lower_soft: float | None
    upper_soft: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbalRule:
    """How words such as "several" become bounds.

    Attributes
    ----------
    id, wording : str
        The rule's number, and the words it is for.
    hard_lower, hard_upper, soft_lower, soft_upper : str
        Expressions of the denominator ``n`` and of numbers in the text: ``k`` in "at least k",
        ``a`` and ``b`` in "from a to b". Empty where there is no bound.
    explanation : str
        Why.
    """

    id: str
    wording: str
    hard_lower: str
    hard_upper: str
    soft_lower: str
    soft_upper: str
    explanation: str

    def bounds(self, numbers: Mapping[str, float]) -> VerbalBounds:
        """Return the bounds for a denominator and the numbers of the text.

        Parameters
        ----------
        numbers : mapping of str to float
            Values of ``n``, ``k``, ``a`` and ``b``, as far as the rule needs them.

        Raises
        ------
        SchemaError
            If a number that the rule needs is missing, or an expression is not understood.

        Examples
        --------
        >>> load_verbal_rules()["R03"].bounds({"n": 76})
        VerbalBounds(lower_hard=2.0, upper_hard=76.0, lower_soft=3.0, upper_soft=37.0)
        """
        return VerbalBounds(
            lower_hard=self._value(self.hard_lower, numbers),
            upper_hard=self._value(self.hard_upper, numbers),
            lower_soft=self._value(self.soft_lower, numbers),
            upper_soft=self._value(self.soft_upper, numbers),
        )

    def _value(self, text: str, numbers: Mapping[str, float]) -> float | None:
        if not text:
            return None
        try:
            return float(_calculate(ast.parse(text, mode="eval").body, numbers))
        except (SyntaxError, KeyError, TypeError) as error:
            msg = f"verbal_quantities.csv: '{text}' of {self.id} cannot be computed ({error})."
            raise SchemaError(msg) from error


_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_ROUNDINGS: Mapping[str, Callable[[float], float]] = {"ceil": math.ceil, "floor": math.floor}


def _calculate(node: ast.expr, numbers: Mapping[str, float]) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.Name):
        return numbers[node.id]
    if isinstance(node, ast.BinOp):
        left, right = _calculate(node.left, numbers), _calculate(node.right, numbers)
        return _OPERATORS[type(node.op)](left, right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        # 0.3 * 70 is a little more than 21: whole up to rounding error counts as whole.
        return _ROUNDINGS[node.func.id](round(_calculate(node.args[0], numbers), 9))
    msg = f"{type(node).__name__} is not part of the language"
    raise TypeError(msg)


@cache
def load_verbal_rules(path: Path | None = None) -> Mapping[str, VerbalRule]:
    """Read the rules that turn words into bounds.

    Parameters
    ----------
    path : Path, optional
        A CSV file; the shipped one by default.

    Raises
    ------
    SchemaError
        If the file is missing or lacks a column.

    Examples
    --------
    >>> load_verbal_rules()["R05"].wording
    'most; the majority'
    """
    place = path or schema_path() / "chapter" / "verbal_quantities.csv"
    names = ("rule_id", *(spec.name for spec in fields(VerbalRule) if spec.name != "id"))
    try:
        with place.open(encoding="utf-8", newline="") as handle:
            rows = [[row[name].strip() for name in names] for row in csv.DictReader(handle)]
    except OSError as error:
        msg = f"The rules '{place.name}' could not be read."
        raise SchemaError(msg) from error
    except KeyError as error:
        msg = f"The rules '{place.name}' lack the column {error}."
        raise SchemaError(msg) from error
    spec_names = [spec.name for spec in fields(VerbalRule)]
    rules = [VerbalRule(**dict(zip(spec_names, row, strict=True))) for row in rows]
    return MappingProxyType({rule.id: rule for rule in rules})
