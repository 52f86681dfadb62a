"""The published bounds as limits for the samplers: read from the facts, never typed in again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from relatum.schema.facts import Fact, Facts, load_facts

__all__ = ["published_limits"]

_ABOUT_A_THIRD = "F052"
_LARGEST = 10**6


@cache
def published_limits(facts: Facts | None = None) -> Mapping[str, tuple[int, int]]:
    """Return the bounds of counts by the quantity that a sampler draws.

    Parameters
    ----------
    facts : Facts, optional
        The published figures; the shipped ones by default.

    Returns
    -------
    mapping of str to tuple of int
        For a code the number of women with it; for ``case:CODE`` the number of investigations;
        for a status column the number of rows; for ``column:level|level`` the number of rows
        with one of the levels. Soft bounds where there are any, else hard ones.

    Examples
    --------
    >>> published_limits()["iso_passport_withheld"]
    (6, 15)
    """
    found: dict[str, tuple[int, int]] = {}
    for fact in (facts or load_facts()).values():
        name = _quantity(fact)
        if name and (limits := _bounds(fact)) is not None:
            low, high = found.get(name, (0, _LARGEST))
            found[name] = (max(low, limits[0]), min(high, limits[1]))
    return MappingProxyType(found)


def _quantity(fact: Fact) -> str:
    if fact.id == _ABOUT_A_THIRD:
        return "victim_age:about_a_third"
    if fact.evaluator == "status_rows":
        return fact.arguments["column"]
    if fact.arguments.get("column") == "attempt_level":
        return "attempts:women"
    if fact.evaluator in ("rows_where", "events_where"):
        return _level_quantity(fact)
    if fact.evaluator in ("minimum", "maximum"):
        return "|".join(fact.listed("codes"))
    codes = fact.listed("codes")
    if fact.evaluator != "persons_with" or len(codes) != 1 or fact.hardness == "narrative":
        return ""
    by_unit = {"victim": codes[0], "case": f"case:{codes[0]}"}
    return by_unit.get(fact.evaluator_unit, "")


def _level_quantity(fact: Fact) -> str:
    if fact.arguments.get("table") not in ("victims", "suspects"):
        return ""
    if fact.evaluator == "events_where" and fact.evaluator_unit != "case":
        return ""
    levels = "|".join(sorted(fact.listed("levels")))
    return f"{fact.arguments['column']}:{levels}"


def _bounds(fact: Fact) -> tuple[int, int] | None:
    if fact.evaluator in ("minimum", "maximum"):
        return 2, _LARGEST  # a range needs two values to be attained
    low = fact.lower_soft if fact.lower_soft is not None else fact.lower_hard
    high = fact.upper_soft if fact.upper_soft is not None else fact.upper_hard
    if low is None and high is None:
        return None
    return math.ceil(low or 0), math.floor(_LARGEST if high is None else high)
