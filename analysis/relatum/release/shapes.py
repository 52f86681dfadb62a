"""How a class of results is described to the judge: which fields count people, and which add up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, TypeAlias

from relatum.release.rules import Rules
from relatum.results.base import Unavailable

__all__ = [
    "Address",
    "Behind",
    "Chain",
    "Count",
    "Curve",
    "ResultShape",
    "RowShape",
    "Share",
    "Table",
    "at",
    "chains_of",
    "look",
    "put",
    "rows_of",
]

#: Where a row stands in a result: the field, or fields, and the place in each.
Address: TypeAlias = tuple[str, tuple[int, ...]]
#: A row with all that it lies in, the result first.
Chain: TypeAlias = tuple[Any, ...]
#: Two items in a table of four cells: the counts of both, of the first, of the second, of all.
Table: TypeAlias = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A field that counts units.

    Attributes
    ----------
    field : str
        The field, with dots where it lies deeper; or a name that `RowShape.reckon` gives.
    name : str
        What it counts. Counts of one name and one key are one number, in whatever result; empty
        for a number that stands in this field alone.
    by : tuple of str
        The fields that make the key; with ``^`` those of what the row lies in.
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
class Behind:
    """Rows of counts on which another row rests: it goes out only where all of these do.

    Attributes
    ----------
    rows : str
        Their field.
    same : tuple of (field, field)
        What the resting row and those behind it have in common; none for all rows there.
    only : tuple of (field, value)
        The resting rows of which this holds; none for all.
    where : tuple of (field, value)
        The rows behind of which this holds; none for all.
    kind : str
        The class of result that holds the rows behind; empty for the same result.
    """

    rows: str
    same: tuple[tuple[str, str], ...] = ()
    only: tuple[tuple[str, str], ...] = ()
    where: tuple[tuple[str, str], ...] = ()
    kind: str = ""


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
        The number of units behind a model; with ``/`` a field of the result.
    parameters : str
        The number of parameters, or the field with the terms; 2 where it is left out.
    shares : tuple of Share
        Shares to compute again after rounding.
    rounds : bool
        Whether `shares` holds every share that would tell the counts.
    blank : tuple of str
        Fields that are emptied: smallest and largest values, estimates without two cases.
    reasons : tuple of str
        Fields in whose place the reason stands, because they may not be empty.
    plain : tuple of str
        Whole numbers that count no units.
    cells : tuple of ((field, sign), ...)
        Sums and differences that are counts, too.
    implied : tuple of (share, base)
        Their product is a count, where it is whole.
    spaced : tuple of str
        Counts of overlapping groups: two rows of one parent are equal in them, or far apart,
        unless the rows count different units.
    people : str
        Whose numbers these are, where several results have spaced counts of the same people.
    tables : tuple of Table
        Counts of two items; their four cells are counts, too.
    reckon : callable or None
        Reckons counts that the row gives only through shares, or that its result gives elsewhere,
        by name. It sees the row last, the result first.
    behind : tuple of Behind
        The rows of counts on which this one rests.
    never : tuple of (field, value)
        Rows that rest on counts which stand nowhere, so that they cannot be judged.
    amount : str
        The field with the unit of an amount, of which one person may hold most.
    in_place : bool
        Whether the reason takes the place of a withheld row, where places have a meaning.
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
    parameters: str = ""
    shares: tuple[Share, ...] = ()
    rounds: bool = False
    blank: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    cells: tuple[tuple[tuple[str, int], ...], ...] = ()
    implied: tuple[tuple[str, str], ...] = ()
    spaced: tuple[str, ...] = ()
    people: str = ""
    tables: tuple[Table, ...] = ()
    reckon: Callable[[Chain], Mapping[str, int | None]] | None = None
    behind: tuple[Behind, ...] = ()
    never: tuple[tuple[str, str], ...] = ()
    amount: str = ""
    in_place: bool = False
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
        The rows with numbers at risk of the same people, beside the steps.
    people : tuple of str
        Whose curves they are: words, or fields with ``=`` of a step and ``^`` of what holds it.
        Numbers at risk of the same people are kept apart, in whatever result.
    start : float or None
        The height before the first step, where that is not a step of its own.
    heights : callable or None
        Gives the heights of a step's curve that are shown elsewhere, from the result and the step.
    echoes : tuple of str
        Times beside the steps, such as a median, that go out where a step at that time does.
    """

    by: tuple[str, ...]
    time: str
    risk: str
    values: tuple[str, ...]
    states: bool = False
    marks: str = ""
    people: tuple[str, ...] = ()
    start: float | None = None
    heights: Callable[[Any, Any], tuple[float, ...]] | None = None
    echoes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultShape:
    """What the judge must know of a class of results.

    Attributes
    ----------
    rows : mapping of str to RowShape
        By field, with dots where rows lie in rows; rows in rows come first.
    curves : mapping of str to Curve
        By field, with dots where steps lie in rows.
    header : tuple of Count
        Counts of the result itself; a small one withholds the result.
    blank : tuple of str
        Fields that are set to nothing.
    empty : tuple of str
        Tuples that are emptied, because their rows cannot be judged.
    plain : tuple of str
        Fields that hold nothing of the data but texts, settings and ranges.
    finish : callable or None
        Mends what summarises rows, once they are filtered: it takes the result as it was, what is
        left of it, and the rules.
    """

    rows: Mapping[str, RowShape]
    curves: Mapping[str, Curve] = field(default_factory=dict)
    header: tuple[Count, ...] = ()
    blank: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    finish: Callable[[Any, Any, Rules], Any] | None = None

    @property
    def leaves_out(self) -> bool:
        """Whether something beside rows is left out, so that an empty place may stand for it."""
        rows = self.rows.values()
        beside = (self.blank, self.empty, self.curves, self.finish)
        return any(map(bool, beside)) or any(row.blank or row.reasons for row in rows)


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


def look(chain: Chain, path: str) -> Any:  # noqa: ANN401 - any field
    """Return a field of a row, with ``^`` of what it lies in, with ``/`` of its result.

    Examples
    --------
    >>> count = Count(field="n", by=("term",))
    >>> shape = RowShape(counts=(count,), degrees="n")
    >>> look((shape, count), "field"), look((shape, count), "^degrees")
    ('n', 'n')
    """
    if path.startswith("/"):
        return at(chain[0], path[1:])
    up = path.startswith("^")
    return at(chain[-2 if up else -1], path[up:])


def chains_of(result: object, path: str) -> Iterator[tuple[Address, Chain]]:
    """Walk over the rows at a dotted path, with what they lie in; pass over what is unavailable."""
    names = path.split(".")

    def walk(chain: Chain, depth: int, places: tuple[int, ...]) -> Iterator[tuple[Address, Chain]]:
        held = getattr(chain[-1], names[depth], None)
        for place, row in enumerate(held if isinstance(held, tuple) else (held,)):
            if row is None or isinstance(row, Unavailable):
                continue
            here = (*places, place)
            if depth + 1 < len(names):
                yield from walk((*chain, row), depth + 1, here)
            else:
                yield (path, here), (*chain, row)

    yield from walk((result,), 0, ())


def rows_of(result: object, path: str) -> Iterator[tuple[Address, Any]]:
    """Walk over the rows at a dotted path; what is unavailable is passed over."""
    for address, chain in chains_of(result, path):
        yield address, chain[-1]
