"""All counts of results together: each one by its name, and the rows in which it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from relatum.release.declared import SHAPES
from relatum.release.linear import Key, Target
from relatum.release.released import Releasable
from relatum.release.shapes import Address, Chain, Count, RowShape, Table, at, chains_of, look

__all__ = ["Entry", "Ledger", "Place", "make_ledger"]

#: A row: the name of its result, and where it stands in it.
Place: TypeAlias = tuple[str, Address]


@dataclass(frozen=True, slots=True)
class Entry:
    """A row with the keys of its counts.

    Attributes
    ----------
    kind : str
        The class of its result.
    chain : tuple
        The row, after all that it lies in.
    shape : RowShape
    keys : mapping of str to Key
        By field; fields without a number are left out.
    cells : tuple of (Key, Key, Key)
        Of each table of four cells: the first item alone, the second alone, neither.
    """

    kind: str
    chain: Chain
    shape: RowShape
    keys: Mapping[str, Key]
    cells: tuple[tuple[Key, Key, Key], ...] = ()

    @property
    def row(self) -> Any:  # noqa: ANN401 - any dataclass
        """The row itself."""
        return self.chain[-1]

    def target(self, signs: tuple[tuple[str, int], ...]) -> Target | None:
        """Return a sum or difference of counts; None where one of them has no number."""
        if not all(name in self.keys for name, _ in signs):
            return None
        return tuple((self.keys[name], sign) for name, sign in signs)


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every row that can be judged.

    Attributes
    ----------
    entries : dict of Place to Entry
    values : dict of Key to int
    holders : dict of Key to list of Place
        The rows in which a count stands.
    headers : dict of Key to str
        Counts that stand beside the rows, and the name of the result.
    """

    entries: dict[Place, Entry] = field(default_factory=dict)
    values: dict[Key, int] = field(default_factory=dict)
    holders: dict[Key, list[Place]] = field(default_factory=dict)
    headers: dict[Key, str] = field(default_factory=dict)

    def value(self, target: Target) -> int:
        """Return the true value of a count or difference."""
        return sum(sign * self.values[key] for key, sign in target)

    def enter(self, count: Count, value: object, chain: Chain, alone: Key) -> Key | None:
        """Name a count; two numbers never share a name."""
        if type(value) is not int:
            return None
        key: Key = (count.name, *(look(chain, name) for name in count.by)) if count.name else alone
        if self.values.get(key, value) != value:
            key = alone
        self.values[key] = value
        return key


def make_ledger(results: Mapping[str, Releasable]) -> Ledger:
    """Collect the counts of results that can be judged.

    Examples
    --------
    >>> from relatum.models.describe import describe_flow
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> flow = describe_flow(example_sample("anna"), read_study())
    >>> ledger = make_ledger({"flow": flow})
    >>> [ledger.values[("flow", "steps", (at,), "n")] for at in range(2)]
    [1, 1]
    """
    ledger = Ledger()
    for name, result in results.items():
        shape = SHAPES.get(result.kind)
        if shape is None:
            continue
        for count in shape.header:
            value = at(result, count.field)
            key = ledger.enter(count, value, (result,), (name, count.field))
            if key is not None:
                ledger.headers[key] = name
        for path, row_shape in shape.rows.items():
            for address, chain in chains_of(result, path):
                _enter_row(ledger, (name, address), Entry(result.kind, chain, row_shape, {}))
    return ledger


def _enter_row(ledger: Ledger, place: Place, bare: Entry) -> None:
    keys: dict[str, Key] = {}
    shape, (name, (path, places)) = bare.shape, place
    reckoned = shape.reckon(bare.chain) if shape.reckon else {}
    for count in shape.counts:
        value = reckoned.get(count.field, at(bare.row, count.field))
        key = ledger.enter(count, value, bare.chain, (name, path, places, count.field))
        if key is not None:
            keys[count.field] = key
            ledger.holders.setdefault(key, []).append(place)
    cells = tuple(_cells(ledger, keys, table) for table in shape.tables if {*table} <= {*keys})
    ledger.entries[place] = Entry(bare.kind, bare.chain, shape, keys, cells)


def _cells(ledger: Ledger, keys: Mapping[str, Key], table: Table) -> tuple[Key, Key, Key]:
    """Name the three cells that no row shows, by what they follow from."""
    both, first, second, whole = (ledger.values[keys[name]] for name in table)
    named = tuple(keys[name] for name in table)
    counted = (first - both, second - both, whole - first - second + both)
    words = ("first_alone", "second_alone", "neither")
    cells = [(word, *named) for word in words]
    ledger.values.update(zip(cells, counted, strict=True))
    return cells[0], cells[1], cells[2]
