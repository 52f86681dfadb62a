"""Two releases of one study: what the difference of their counts tells of those who came between.

A count of 40 that went out in spring and a count of 41 that goes out in autumn are both large
enough. Who has both knows that one unit was added, and how it was coded in every row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

from relatum.release.ledger import Entry, Ledger, make_ledger
from relatum.release.released import Releasable
from relatum.release.rules import RULES, Rules
from relatum.release.shapes import RowShape, at
from relatum.study import ReleaseException

__all__ = ["DifferencedRow", "Differencing", "ReleasedCounts", "compare_counts", "released_counts"]

#: Counts that went out: by result, by row, by quantity.
ReleasedCounts: TypeAlias = Mapping[str, Mapping[str, Mapping[str, int]]]

#: The fields that name a row, in every version of a result; estimates and verdicts do not.
_NAMES = (
    *("id", "side", "name", "variable", "term", "step", "first", "second", "level", "unit"),
    *("population", "stratum_variable", "stratum", "coding", "scope", "split", "state", "kind"),
    *("origin", "target", "curve", "cause", "group", "family", "dates", "onset", "known_how"),
    *("source", "what", "terms", "options", "measure", "estimator", "test", "number"),
    *("month", "months", "day", "time", "start", "stop", "low", "high"),
)
#: The ends of a band of sizes are whole numbers; others are limits.
_ENDS = ("low", "high")
_HEADER = "the result itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferencedRow:
    """A row whose counts changed by too few.

    Attributes
    ----------
    result, row : str
        Where it stands; the row by its words.
    quantities : tuple of str
        The counts, and differences of counts, that changed; no value is named.
    accepted : bool
        Whether an exception of the plan lets it out.
    """

    result: str
    row: str
    quantities: tuple[str, ...]
    accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Differencing:
    """What two releases tell together.

    Attributes
    ----------
    status : {"pass", "fail"}
        ``fail`` where a row changed by too few and no exception accepts it.
    n_rows : int
        Rows that went out in both.
    rows : tuple of DifferencedRow
        In the order of the new release.
    """

    status: Literal["pass", "fail"]
    n_rows: int
    rows: tuple[DifferencedRow, ...]


def released_counts(released: Mapping[str, Releasable]) -> ReleasedCounts:
    """Collect the counts that went out, by names that stay the same in a later release.

    Parameters
    ----------
    released : mapping of str to Result
        What a strict profile let out, by name. Results that no judge knows hold no counts here.

    Returns
    -------
    mapping
        By result, row and quantity. A quantity is a count, or a difference of counts of the row
        that is itself a number of units.

    Examples
    --------
    >>> from relatum.models.describe import describe_flow
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> flow = describe_flow(example_sample("simulated"), read_study())
    >>> counts = released_counts({"flow": flow})["flow"]
    >>> counts["steps: step=listed, unit=case"]["n"]
    25
    """
    return MappingProxyType(
        {name: MappingProxyType(dict(_rows(result))) for name, result in released.items()}
    )


def _rows(result: Releasable) -> Iterator[tuple[str, Mapping[str, int]]]:
    ledger = make_ledger({"": result})
    whole = {str(key[-1]): ledger.values[key] for key in ledger.headers}
    if whole:
        yield _HEADER, whole
    seen: Counter[str] = Counter()
    for (_, (path, _)), entry in ledger.entries.items():
        counts = _quantities(entry, ledger)
        if not counts:
            continue
        words = ", ".join(word for row in entry.chain[1:] for word in _words(row))
        name = f"{path}: {words}" if words else path
        seen[name] += 1
        again = f" ({seen[name]})" if seen[name] > 1 else ""
        yield f"{name}{again}", counts


def _words(row: object) -> Iterator[str]:
    for name in _NAMES:
        if name == "name" and at(row, "side"):
            continue  # the two samples of a comparison: a sample may be named anew
        held = at(row, name)
        held = at(row, f"counted.{name}") if held is None else held
        if isinstance(held, tuple):
            held = "+".join(map(str, held))
        if isinstance(held, str) and held:
            yield f"{name}={held}"
        elif isinstance(held, int) or (isinstance(held, float) and name not in _ENDS):
            yield f"{name}={held:g}"


def _quantities(entry: Entry, ledger: Ledger) -> Mapping[str, int]:
    """Return the counts of a row, and the differences that are counts, too."""
    known = {name: ledger.values[key] for name, key in entry.keys.items()}
    for signs in _differences(entry.shape):
        target = entry.target(signs)
        if target is not None:
            text = " ".join(f"{'+' if sign > 0 else '-'} {name}" for name, sign in signs)
            known[text.removeprefix("+ ")] = ledger.value(target)
    return known


def _differences(shape: RowShape) -> Iterator[tuple[tuple[str, int], ...]]:
    for part, whole in (*shape.parts, *shape.rests):
        yield ((whole, 1), (part, -1))
    yield from shape.cells
    for both, first, second, whole in shape.tables:
        yield ((first, 1), (both, -1))
        yield ((second, 1), (both, -1))
        yield ((whole, 1), (first, -1), (second, -1), (both, 1))


def compare_counts(
    earlier: ReleasedCounts,
    now: ReleasedCounts,
    *,
    profile: str,
    exceptions: Sequence[ReleaseException] = (),
) -> Differencing:
    """Find the rows of two releases that together tell of too few.

    Parameters
    ----------
    earlier, now : mapping
        See `released_counts`.
    profile : str
        A name in `RULES`, the same for both.
    exceptions : sequence of ReleaseException
        Those with the rule ``differencing`` accept rows of a result, or of ``all``.

    Returns
    -------
    Differencing

    Notes
    -----
    A quantity breaks the rule where both releases hold it and it certainly changed, by less than
    the threshold. Counts that are rounded to a base leave a range of changes; it must lie below
    the threshold as a whole. A row in one release only is not compared.

    Examples
    --------
    >>> old = {"prevalence": {"rows: term=a": {"n_units": 40, "n_present": 12}}}
    >>> new = {"prevalence": {"rows: term=a": {"n_units": 41, "n_present": 12}}}
    >>> found = compare_counts(old, new, profile="chapter5")
    >>> found.status, found.rows[0].row, found.rows[0].quantities
    ('fail', 'rows: term=a', ('n_units',))
    """
    rules = RULES[profile]
    accepted = {waiver.result for waiver in exceptions if waiver.rule == "differencing"}
    both = [
        (result, row, rows[row], now[result][row])
        for result, rows in earlier.items()
        for row in rows
        if row in now.get(result, {})
    ]
    found = []
    for result, row, old, new in both:
        changed = tuple(q for q in new if q in old and _tells(q, new[q] - old[q], rules))
        if changed:
            waived = not accepted.isdisjoint((result, "all"))
            found.append(
                DifferencedRow(result=result, row=row, quantities=changed, accepted=waived)
            )
    status: Literal["pass", "fail"] = "pass" if all(row.accepted for row in found) else "fail"
    return Differencing(status=status, n_rows=len(both), rows=tuple(found))


def _tells(quantity: str, difference: int, rules: Rules) -> bool:
    """Tell whether a difference, rounding allowed for, lies between 0 and the threshold."""
    terms = 1 + quantity.count(" + ") + quantity.count(" - ")
    slack = 2 * terms * (rules.base // 2)
    low, high = max(0, abs(difference) - slack), abs(difference) + slack
    return low > 0 and high < rules.smallest
