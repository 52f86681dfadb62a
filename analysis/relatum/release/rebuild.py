"""What is left of a result when rows, texts and values are withheld, and counts rounded."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from relatum.release.curves import kept_steps
from relatum.release.declared import SHAPES
from relatum.release.ledger import Ledger, Place
from relatum.release.reasons import REASONS, released_reason, speaks_of_numbers
from relatum.release.rules import Rules
from relatum.release.shapes import Curve, ResultShape, at, put, rows_of
from relatum.results.base import Note, Unavailable

__all__ = ["counted_rule", "rebuild", "released_notes", "without_numbers"]

#: What a reader must know of a curve with fewer steps.
_THINNED = Note(
    "thinned",
    "Steps of curves that stand for too few people are left out: between two steps that are shown "
    "a curve may have moved before the second, and nothing is said after the last.",
)


def without_numbers(value: Any, *, whole_groups: bool = False) -> Any:  # noqa: ANN401 - any part
    """Return a part of a result in which no written sentence speaks of numbers.

    Parameters
    ----------
    value : object
        A result, or a part of one.
    whole_groups : bool
        Whether sentences on all of a group, or none of it, are withheld, too.

    Examples
    --------
    >>> without_numbers(Unavailable(what="a rate", why="3 attempts, fewer than 5")).why
    'fewer units, cases or events than the method asks for'
    """
    if isinstance(value, tuple):
        return tuple(without_numbers(item, whole_groups=whole_groups) for item in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed: dict[str, object] = {}
    for spec in fields(value):
        held = getattr(value, spec.name)
        if spec.name in REASONS and isinstance(held, str):
            new: object = released_reason(held, field=spec.name, whole_groups=whole_groups)
        elif spec.name in ("notes", "provenance"):
            continue
        else:
            new = without_numbers(held, whole_groups=whole_groups)
        if new is not held:
            changed[spec.name] = new
    return replace(value, **changed) if changed else value


def rebuild(
    name: str,
    result: Any,  # noqa: ANN401 - any result
    rules: Rules,
    withheld: Container[Place],
    *,
    ledger: Ledger,
    shown: dict[tuple[str, ...], list[int]] | None = None,
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
    ledger : Ledger
        The counts of all rows.
    shown : dict of tuple to list of int, optional
        Numbers at risk that curves of other results show; those of this one are added.

    Returns
    -------
    Result
        Of the same class. Notes are left as they are; some may be added.
    """
    shape = SHAPES[result.kind]
    result = whole = without_numbers(result, whole_groups=rules.hides_groups)
    left = _Left(name, rules, withheld, ledger)
    for path in shape.rows:
        result = left.of(result, path, path.split("."), ())
    steps = [_steps_of(result, path) for path in shape.curves]
    result = _outside_rows(result, shape, rules, {} if shown is None else shown)
    if steps != [_steps_of(result, path) for path in shape.curves]:
        result = replace(result, notes=(*result.notes, _THINNED))
    if shape.finish is not None:
        result = shape.finish(whole, result, rules)
    return result


def _steps_of(result: object, path: str) -> int:
    """Return the number of steps of all curves of a path."""
    return sum(1 for _ in rows_of(result, path))


def _outside_rows(
    result: Any,  # noqa: ANN401
    shape: ResultShape,
    rules: Rules,
    shown: dict[tuple[str, ...], list[int]],
) -> Any:  # noqa: ANN401
    for path, curve in shape.curves.items():
        outer, _, steps = path.rpartition(".")
        marks = [*filter(None, (outer, curve.marks))] if curve.marks else []
        counts = shape.rows[".".join(marks)].counts if marks else ()
        fields_at_risk = tuple(count.field for count in counts)
        thin = _Thinner(result, steps, curve, rules, shown, fields_at_risk)
        if not outer:
            result = thin(result)
        else:
            result = put(result, outer, tuple(thin(holder) for holder in at(result, outer)))
    for path in shape.blank:
        result = put(result, path, None)
    for path in shape.empty:
        result = put(result, path, ())
    for count in shape.header if rules.base else ():
        value = at(result, count.field)
        if isinstance(value, int):
            result = put(result, count.field, rules.rounded(value))
    return result


@dataclass(frozen=True, slots=True)
class _Thinner:
    """Takes the steps out of a curve that may not go out, and what would tell of them."""

    result: Any
    steps: str
    curve: Curve
    rules: Rules
    shown: dict[tuple[str, ...], list[int]]
    fields_at_risk: tuple[str, ...]

    def __call__(self, holder: Any) -> Any:  # noqa: ANN401
        risks = at(holder, self.curve.marks) if self.curve.marks else ()
        kept = kept_steps(
            at(holder, self.steps),
            self.curve,
            self.rules,
            marks=tuple(sum(at(row, field) for field in self.fields_at_risk) for row in risks),
            shown=self.shown,
            holder=holder,
            result=self.result,
        )
        times = {at(step, self.curve.time) for step in kept}
        for path in self.curve.echoes:
            if at(holder, path) not in times:
                holder = put(holder, path, None)
        return put(holder, self.steps, kept)


@dataclass(frozen=True, slots=True)
class _Left:
    """Takes rows out of a result, and cleans those that stay."""

    name: str
    rules: Rules
    withheld: Container[Place]
    ledger: Ledger

    def of(self, holder: Any, path: str, names: list[str], places: tuple[int, ...]) -> Any:  # noqa: ANN401
        """Return what holds rows, with those of one path that may go out."""
        held = getattr(holder, names[0])
        alone = not isinstance(held, tuple)
        left: list[Any] = []
        for at_place, row in enumerate((held,) if alone else held):
            place: Place = (self.name, (path, (*places, at_place)))
            if row is None or isinstance(row, Unavailable):
                left.append(row)
            elif len(names) > 1:
                left.append(self.of(row, path, names[1:], place[1][1]))
            elif place not in self.withheld:
                left.append(_clean(row, place, self.rules, self.ledger))
            elif alone or self.ledger.entries[place].shape.in_place:
                what = names[0].replace("_", " ")
                left.append(Unavailable(what=what, why=self.rules.why))
        return put(holder, names[0], left[0] if alone else tuple(left))


def _clean(row: Any, place: Place, rules: Rules, ledger: Ledger) -> Any:  # noqa: ANN401
    entry = ledger.entries[place]
    shape = entry.shape
    for path in shape.blank:
        row = put(row, path, None)
    for path in shape.reasons:
        what = path.rpartition(".")[2].replace("_", " ")
        row = put(row, path, Unavailable(what=what, why=rules.why))
    if not rules.base:
        return row
    rounded = {name: rules.rounded(ledger.values[key]) for name, key in entry.keys.items()}
    for name, value in rounded.items():
        if type(at(row, name)) is int:
            row = put(row, name, value)
    for share in shape.shares:
        if at(row, share.field) is not None:
            top = sum(rounded[name] for name in share.top)
            bottom = sum(rounded[name] for name in share.bottom)
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
