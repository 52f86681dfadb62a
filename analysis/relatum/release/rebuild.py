"""What is left of a result when rows, texts and values are withheld, and counts rounded."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from relatum.release.curves import kept_steps
from relatum.release.declared import SHAPES
from relatum.release.ledger import Place
from relatum.release.rules import Rules
from relatum.release.shapes import ResultShape, RowShape, at, put
from relatum.results.base import Note, Unavailable

__all__ = [
    "HELD_BACK",
    "counted_rule",
    "rebuild",
    "released_notes",
    "speaks_of_numbers",
    "without_numbers",
]

#: What stands in the place of a text that holds numbers.
HELD_BACK = "the reason holds numbers and is withheld"
#: Fields with sentences that analyses write from numbers.
_SENTENCES = frozenset(
    (
        *("why", "reason", "detail", "limits_why", "monotone_why", "shares_why", "tipping_why"),
        *("global_why", "contact_refused", "refused", "confirmatory_refused", "finding"),
    )
)
_LEVELS = re.compile(r"\b(80|90|95|99)%")


def speaks_of_numbers(text: str) -> bool:
    """Tell whether a text holds a number other than a usual level of limits.

    Examples
    --------
    >>> speaks_of_numbers("Limits at 95%."), speaks_of_numbers("All lie in 5 cases.")
    (False, True)
    """
    return any(letter.isdigit() for letter in _LEVELS.sub("", text))


def without_numbers(value: Any) -> Any:  # noqa: ANN401 - any part of a result
    """Return a part of a result in which no written sentence speaks of numbers.

    Examples
    --------
    >>> without_numbers(Unavailable(what="a rate", why="3 attempts only")).why
    'the reason holds numbers and is withheld'
    """
    if isinstance(value, tuple):
        return tuple(without_numbers(item) for item in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed: dict[str, object] = {}
    for spec in fields(value):
        held = getattr(value, spec.name)
        if spec.name in _SENTENCES and isinstance(held, str):
            new: object = HELD_BACK if speaks_of_numbers(held) else held
        elif spec.name in ("notes", "provenance"):
            continue
        else:
            new = without_numbers(held)
        if new is not held:
            changed[spec.name] = new
    return replace(value, **changed) if changed else value


def rebuild(
    name: str,
    result: Any,  # noqa: ANN401 - any result
    rules: Rules,
    withheld: Container[Place],
) -> Any:  # noqa: ANN401 - the same class
    """Return a result without what a profile withholds.

    Parameters
    ----------
    name : str
        The name of the result.
    result : Result
        Of a class in `SHAPES`.
    rules : Rules
    withheld : container of Place
        Rows.

    Returns
    -------
    Result
        Of the same class. Notes are left as they are.
    """
    shape = SHAPES[result.kind]
    for path, row_shape in shape.rows.items():
        result = _filter(result, path.split("."), (name, path), (), row_shape, rules, withheld)
    result = _outside_rows(result, shape, rules)
    return without_numbers(result)


def _outside_rows(result: Any, shape: ResultShape, rules: Rules) -> Any:  # noqa: ANN401
    for path, curve in shape.curves.items():
        risks = at(result, curve.marks) if curve.marks else ()
        fields_at_risk = [spec.field for spec in shape.rows[curve.marks].counts] if risks else []
        marks = tuple(sum(at(row, field) for field in fields_at_risk) for row in risks)
        result = put(result, path, kept_steps(at(result, path), curve, rules, marks=marks))
    for path in shape.blank:
        result = put(result, path, None)
    for path in shape.empty:
        result = put(result, path, ())
    for count in shape.header if rules.base else ():
        value = at(result, count.field)
        if isinstance(value, int):
            result = put(result, count.field, rules.rounded(value))
    return result


def _filter(
    holder: Any,  # noqa: ANN401
    names: list[str],
    where: tuple[str, str],
    places: tuple[int, ...],
    shape: RowShape,
    rules: Rules,
    withheld: Container[Place],
) -> Any:  # noqa: ANN401
    held = getattr(holder, names[0])
    alone = not isinstance(held, tuple)
    left: list[Any] = []
    for place, row in enumerate((held,) if alone else held):
        here = (*places, place)
        if row is None or isinstance(row, Unavailable):
            left.append(row)
        elif len(names) > 1:
            left.append(_filter(row, names[1:], where, here, shape, rules, withheld))
        elif (where[0], (where[1], here)) not in withheld:
            left.append(_clean(row, shape, rules))
        elif alone:
            left.append(Unavailable(what=names[0].replace("_", " "), why=_why(rules)))
    return put(holder, names[0], left[0] if alone else tuple(left))


def _why(rules: Rules) -> str:
    return f"withheld by profile {rules.name}"


def _clean(row: Any, shape: RowShape, rules: Rules) -> Any:  # noqa: ANN401 - any row
    for path in shape.blank:
        row = put(row, path, None)
    if not rules.base:
        return row
    for count in shape.counts:
        value = at(row, count.field)
        if type(value) is int:
            row = put(row, count.field, rules.rounded(value))
    for share in shape.shares:
        if at(row, share.field) is not None:
            top = sum(at(row, name) for name in share.top)
            bottom = sum(at(row, name) for name in share.bottom)
            row = put(row, share.field, min(1.0, top / bottom) if bottom else None)
    return row


def counted_rule(n: int, words: str) -> str:
    """Say how many rows a rule withholds.

    Examples
    --------
    >>> counted_rule(1, "too few")
    '1 row: too few'
    """
    return f"{n} row{'' if n == 1 else 's'}: {words}"


def released_notes(
    notes: tuple[Note, ...], withheld: Mapping[str, int], words: Mapping[str, str], rules: Rules
) -> tuple[Note, ...]:
    """Return the notes that may go out, with one that counts what was withheld."""
    kept = tuple(note for note in notes if not speaks_of_numbers(note.text))
    texts = "; ".join(counted_rule(n, words[rule]) for rule, n in sorted(withheld.items()))
    said = [f"Withheld by profile {rules.name} ({rules.label}): {texts}."] if texts else []
    if len(kept) < len(notes):
        said.append(f"Notes that hold numbers and are withheld: {len(notes) - len(kept)}.")
    return (*kept, *((Note("withheld", " ".join(said)),) if said else ()))
