"""Crosswalks: what each column and value of a public registry becomes, as data."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from relatum.schema import schema_path

__all__ = ["Crosswalk", "CrosswalkColumn", "CrosswalkRule", "folded", "load_crosswalk"]

#: Words in the column ``target`` that are no place in a sample. ``missing``: the value says
#: nothing; ``known``: it is expected, and nothing is lost; ``discard``: what it says has no place.
WORDS = ("missing", "known", "discard")
#: Words in the column ``value`` that stand for many values: any at all, and whole numbers.
ANY, NUMBER = "*", "#"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrosswalkRule:
    """One line of a crosswalk.

    Attributes
    ----------
    value : str
        Their value, folded; ``*`` for any value, ``#`` for a whole number.
    target : str
        A code of the codebook, ``table.column``, ``design.column``, ``block.prefix``, or one of
        the words ``missing``, ``known`` and ``discard``.
    status : str
        The status of the code, or the level of the column; empty where the value itself is kept.
    note : str
        Why, in words; for ``discard`` the reason that the user reads.
    """

    value: str
    target: str
    status: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CrosswalkColumn:
    """One of their columns.

    Attributes
    ----------
    names : tuple of str
        Its names over the years, the one used here first.
    required : bool
        Whether a file without it is refused.
    rules : tuple of CrosswalkRule
        What its values become.
    """

    names: tuple[str, ...]
    required: bool
    rules: tuple[CrosswalkRule, ...]

    @property
    def name(self) -> str:
        """The name that is used here."""
        return self.names[0]

    def knows(self, text: str) -> bool:
        """Tell whether a value is one that the column may hold; nothing at all always is."""
        values = {rule.value for rule in self.rules}
        word = folded(text)
        if not word or ANY in values or word in values:
            return True
        return NUMBER in values and word.isascii() and word.isdigit()

    def matching(self, text: str) -> tuple[CrosswalkRule, ...]:
        """Return the rules of a value: its own, or else those of every value."""
        word = folded(text)
        if not word:
            return ()
        own = tuple(rule for rule in self.rules if rule.value == word)
        if own:
            return own
        number = word.isascii() and word.isdigit()
        return tuple(r for r in self.rules if r.value == ANY or (number and r.value == NUMBER))

    def levels(self, target: str) -> Mapping[str, str]:
        """Return for one target the status or level of every folded value."""
        return {rule.value: rule.status for rule in self.rules if rule.target == target}


@dataclass(frozen=True, slots=True, kw_only=True)
class Crosswalk:
    """The crosswalk of one registry.

    Attributes
    ----------
    name : str
        The registry.
    layouts : mapping of str to mapping of str to CrosswalkColumn
        For every layout its columns by the name used here.
    """

    name: str
    layouts: Mapping[str, Mapping[str, CrosswalkColumn]]

    def targets(self) -> tuple[str, ...]:
        """Return every place that something goes to, sorted."""
        found = {
            rule.target
            for columns in self.layouts.values()
            for column in columns.values()
            for rule in column.rules
        }
        return tuple(sorted(found - set(WORDS)))


def folded(text: str) -> str:
    r"""Return a value or a column's name without differences of case and blanks.

    Examples
    --------
    >>> folded("  Pareja  de la Víctima "), folded("\ufeffcaso_id")
    ('pareja de la víctima', 'caso_id')
    """
    return " ".join(text.lstrip("\ufeff").casefold().split())


@cache
def load_crosswalk(name: str) -> Crosswalk:
    """Read the crosswalk of a registry from ``data_schema/crosswalks``.

    Parameters
    ----------
    name : str
        The registry, such as ``ctdc``.

    Examples
    --------
    >>> sorted(load_crosswalk("ctdc").layouts)
    ['k_anonymised', 'synthetic', 'victim_perpetrator']
    """
    place = schema_path() / "crosswalks" / f"{name}.csv"
    with place.open(encoding="utf-8", newline="") as handle:
        lines = list(csv.DictReader(handle))
    layouts = sorted({layout for line in lines for layout in line["layout"].split("|")})
    found = {
        layout: _columns(line for line in lines if layout in line["layout"].split("|"))
        for layout in layouts
    }
    return Crosswalk(name=name, layouts=MappingProxyType(found))


def _columns(lines: Iterable[Mapping[str, str]]) -> Mapping[str, CrosswalkColumn]:
    grouped: dict[tuple[str, str], list[CrosswalkRule]] = {}
    for line in lines:
        rule = CrosswalkRule(
            value=folded(line["value"]),
            target=line["target"],
            status=line["status"],
            note=line["note"],
        )
        grouped.setdefault((line["column"], line["need"]), []).append(rule)
    columns = (
        CrosswalkColumn(
            names=tuple(names.split("|")), required=need == "required", rules=tuple(rules)
        )
        for (names, need), rules in grouped.items()
    )
    return MappingProxyType({column.name: column for column in columns})
