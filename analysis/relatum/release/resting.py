"""The third judgement: estimates that rest on rows of counts go out with these, or not at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Mapping

from relatum.release.ledger import Entry, Ledger, Place
from relatum.release.shapes import Behind, at, look

__all__ = ["resting"]

#: A row that only cannot be rounded has counts that are large enough.
_HARMLESS = "rounding"


def resting(
    ledger: Ledger, withheld: Mapping[Place, str], *, gone: Container[str] = ()
) -> dict[Place, str]:
    """Withhold each row that rests on a row of counts which does not go out.

    Parameters
    ----------
    ledger : Ledger
    withheld : mapping of Place to str
        What the judgements before withheld, and by which rule.
    gone : container of str
        Results that are withheld as a whole.

    Returns
    -------
    dict of Place to str
        All withheld rows, those before included, and what lies in them.

    Notes
    -----
    Estimates hold no counts of their own, so they open no new sums. A row for which no row of
    counts is found is withheld, too: nothing goes out by omission. A row of counts that is withheld
    only because its figures cannot be rounded together does not withhold a model that rests on it.
    """
    found = dict(withheld)
    rows: dict[tuple[str, str], list[Place]] = defaultdict(list)
    for place, entry in ledger.entries.items():
        rows[entry.kind, place[1][0]].append(place)
    for place, entry in ledger.entries.items():
        if place in found:
            continue
        for behind in entry.shape.behind:
            held = [
                other
                for other in rows[behind.kind or entry.kind, behind.rows]
                if (behind.kind or other[0] == place[0])
                and _agree(entry, ledger.entries[other], behind)
            ]
            if _asked(entry, behind) and not (
                held and all(_out(other, withheld, gone) for other in held)
            ):
                found[place] = "behind"
                break
    inner = [place for place in ledger.entries if place not in found and _around(place) in found]
    return found | dict.fromkeys(inner, "behind")


def _around(place: Place) -> Place:
    """Return the row in which another lies."""
    name, (path, places) = place
    return (name, (path.rpartition(".")[0], places[:-1]))


def _asked(entry: Entry, behind: Behind) -> bool:
    return all(at(entry.row, name) == value for name, value in behind.only)


def _agree(entry: Entry, other: Entry, behind: Behind) -> bool:
    return all(
        look(entry.chain, mine) == look(other.chain, its) for mine, its in behind.same
    ) and all(at(other.row, name) == value for name, value in behind.where)


def _out(place: Place, withheld: Mapping[Place, str], gone: Container[str]) -> bool:
    return place[0] not in gone and withheld.get(place, _HARMLESS) == _HARMLESS
