"""How a class of results is described to the judge: which fields count people, and which add up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, TypeAlias

from relatum.results.base import Unavailable

__all__ = ["Address", "Count", "Curve", "ResultShape", "RowShape", "Share", "at", "put", "rows_of"]

#: Where a row stands in a result: the field, or fields, and the place in each.
Address: TypeAlias = tuple[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A field that counts units.

    Attributes
    ----------
    field : str
        The field, with dots where it lies deeper.
    name : str
        What it counts. Counts of one name and one key are one number, in whatever result; empty
        for a number that stands in this field alone.
    by : tuple of str
        The fields that make the key.
    """

    field: str
    name: str = ""
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share that is computed again from rounded counts: sum of `top` over sum of `bottom`."""

    field: str
    top: tuple[str, ...]
    bottom: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowShape:
    """What the judge must know of a row.

    Attributes
    ----------
    counts : tuple of Count
        Every number of units.
    parts : tuple of (part, whole)
        The rest is a count, too; a part equal to the whole tells of the whole group.
    rests : tuple of (part, whole)
        The rest is a count, too.
    sums : tuple of (whole, parts)
        The parts add up to the whole; an empty whole is known to the reader from elsewhere.
    cases : str
        The number of cases behind the row.
    term : str
        The field with the code whose largest share in one case is looked up.
    degrees : str
        The number of units behind a model.
    shares : tuple of Share
        Shares to compute again after rounding.
    rounds : bool
        Whether `shares` holds every share that would tell the counts.
    blank : tuple of str
        Fields that are emptied: smallest and largest values, estimates without two cases.
    plain : tuple of str
        Whole numbers that count no units.
    cells : tuple of ((field, sign), ...)
        Sums and differences that are counts, too.
    implied : tuple of (share, base)
        Their product is a count, where it is whole.
    spaced : tuple of str
        Counts of overlapping groups: two rows are equal in them, or far apart, unless the rows
        count different units.
    amount : str
        The field with the unit of an amount, of which one person may hold most.
    ends : str
        A field with single values: a level of nobody would tell where they end.
    """

    counts: tuple[Count, ...] = ()
    parts: tuple[tuple[str, str], ...] = ()
    rests: tuple[tuple[str, str], ...] = ()
    sums: tuple[tuple[str, tuple[str, ...]], ...] = ()
    cases: str = ""
    term: str = ""
    degrees: str = ""
    shares: tuple[Share, ...] = ()
    rounds: bool = False
    blank: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    cells: tuple[tuple[tuple[str, int], ...], ...] = ()
    implied: tuple[tuple[str, str], ...] = ()
    spaced: tuple[str, ...] = ()
    amount: str = ""
    ends: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A tuple of steps.

    Attributes
    ----------
    by : tuple of str
        The fields that name the curve.
    time, risk : str
        The time and the number at risk.
    values : tuple of str
        The heights.
    states : bool
        Whether the heights are shares of those at risk, and so tell their numbers.
    marks : str
        The rows with numbers at risk of the same people.
    """

    by: tuple[str, ...]
    time: str
    risk: str
    values: tuple[str, ...]
    states: bool = False
    marks: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultShape:
    """What the judge must know of a class of results.

    Attributes
    ----------
    rows : mapping of str to RowShape
        By field, with dots where rows lie in rows; rows in rows come first.
    curves : mapping of str to Curve
        By field.
    header : tuple of Count
        Counts of the result itself; a small one withholds the result.
    blank : tuple of str
        Fields that are set to nothing.
    empty : tuple of str
        Tuples that are emptied, because their rows cannot be judged.
    plain : tuple of str
        Fields that hold nothing of the data but texts, settings and ranges.
    """

    rows: Mapping[str, RowShape]
    curves: Mapping[str, Curve] = field(default_factory=dict)
    header: tuple[Count, ...] = ()
    blank: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()


def at(row: object, path: str) -> Any:  # noqa: ANN401 - any field
    """Return a field by its dotted path; None where a part of the path is not there.

    Examples
    --------
    >>> at(Count(field="n", by=("term",)), "by.0"), at(Count(field="n"), "nothing.n")
    ('term', None)
    """
    for name in path.split("."):
        if name.isdigit():
            row = row[int(name)] if isinstance(row, tuple) and int(name) < len(row) else None
        else:
            row = getattr(row, name, None)
    return row


def put(row: Any, path: str, value: object) -> Any:  # noqa: ANN401 - any dataclass
    """Return a copy with one field changed, by its dotted path, if there is such a field.

    Examples
    --------
    >>> put(Count(field="n"), "name", "women").name
    'women'
    """
    name, _, rest = path.partition(".")
    if name.isdigit():
        items = list(row) if isinstance(row, tuple) else []
        if int(name) >= len(items):
            return row
        items[int(name)] = put(items[int(name)], rest, value) if rest else value
        return tuple(items)
    if not is_dataclass(row) or name not in {spec.name for spec in fields(row)}:
        return row
    return replace(row, **{name: put(getattr(row, name), rest, value) if rest else value})  # type: ignore[type-var]


def rows_of(result: object, path: str) -> Iterator[tuple[Address, Any]]:
    """Walk over the rows at a dotted path; what is unavailable is passed over."""
    names = path.split(".")

    def walk(holder: object, depth: int, places: tuple[int, ...]) -> Iterator[tuple[Address, Any]]:
        held = getattr(holder, names[depth], None)
        for place, row in enumerate(held if isinstance(held, tuple) else (held,)):
            if row is None or isinstance(row, Unavailable):
                continue
            here = (*places, place)
            if depth + 1 < len(names):
                yield from walk(row, depth + 1, here)
            else:
                yield (path, here), row

    yield from walk(result, 0, ())
