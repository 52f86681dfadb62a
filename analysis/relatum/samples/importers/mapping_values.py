"""What the cells of a foreign table become under a mapping; what it does not name is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.errors import Issue
from relatum.samples.identifiers import identifier_in
from relatum.samples.importers.base import Discard
from relatum.samples.importers.cells import ForeignTable, column_name
from relatum.samples.importers.cells_faults import FaultList
from relatum.samples.importers.dates_columns import DateColumn, parse_dates
from relatum.samples.importers.mapping import (
    ANY,
    NUMBERED,
    FileMapping,
    MappingLine,
    target_code,
    target_field,
)
from relatum.samples.importers.mapping_cells import Fault, Target, as_is
from relatum.samples.importers.mapping_dates import (
    WORD_FORMS,
    interval_columns,
    interval_texts,
    word_form,
)
from relatum.schema import Code, Field, Schema, near_match

__all__ = ["OPEN", "Resolved", "resolve_cells"]

#: Stands for "this code, with a status that another column gives".
OPEN = "\x1e"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What one column says of one of our columns or codes.

    Attributes
    ----------
    table, target : str
        Our table, and our column or code.
    texts : array of str, shape (n_rows,)
        Our value of every row; empty where it is silent.
    numbered : bool
        Whether these are identifiers to be replaced by numbers.
    code : Code or None
        The code, where it is one.
    column : str
        Theirs; empty for a constant.
    """

    table: str
    target: str
    texts: NDArray[np.object_]
    numbered: bool
    code: Code | None
    column: str


def resolve_cells(
    table: ForeignTable, mapping: FileMapping, schema: Schema, faults: FaultList
) -> tuple[tuple[Resolved, ...], tuple[Discard, ...]]:
    """Translate every cell that the mapping speaks of.

    Parameters
    ----------
    table : ForeignTable
    mapping : FileMapping
    schema : Schema
    faults : FaultList
        Takes missing columns, faulty cells, and values that are not named.

    Returns
    -------
    tuple of Resolved, tuple of Discard
        The second lists columns and values that were left out.
    """
    found: list[Resolved] = []
    left: list[Discard] = []
    for column in mapping.columns:
        if column not in table.columns:
            near = near_match(column, table.columns)
            message = f"The mapping names the column '{column_name(column)}'; it is not there."
            faults.add(
                table.name,
                "missing_column",
                message,
                column=column_name(column),
                near=column_name(near) if near else "",
            )
            continue
        in_words = any(word_form(line.becomes) for line in mapping.of(column))
        faults.extend(
            # Dates in words may be written in several ways; a form of days still checks each cell.
            issue
            for issue in table.faults_of([column])
            if not (in_words and issue.rule == "mixed_dates")
        )
        found += _column(table, column, mapping.of(column), schema, faults, left)
    used = set(mapping.columns)
    named = {line.their_column for line in mapping.lines}
    anchors = _check_anchors(table, mapping, faults)
    for column in table.columns:
        if column not in used:
            n = int((table.frame[column] != "").sum())
            why = "left out by the mapping" if column in named else "not named by the mapping"
            if column in anchors:
                why = "used only to count other dates from"
            left.append(
                Discard(source=table.name, what=f"cells of '{column_name(column)}'", n=n, why=why)
            )
    found += [_constant(line, schema, len(table.rows)) for line in mapping.of("")]
    return tuple(found), tuple(left)


def _check_anchors(table: ForeignTable, mapping: FileMapping, faults: FaultList) -> set[str]:
    """Return the columns from whose days other dates are counted; missing ones are faults."""
    forms = [word_form(line.becomes) for line in mapping.lines]
    anchors = {column for form in forms if form for column in form.events.values()}
    for column in sorted(anchors - set(table.columns)):
        near = near_match(column, table.columns)
        message = f"Dates are counted from the column '{column_name(column)}'; it is not there."
        faults.add(
            table.name,
            "missing_column",
            message,
            column=column_name(column),
            near=column_name(near) if near else "",
        )
    faults.extend(
        issue
        for issue in table.faults_of(sorted(anchors - set(mapping.columns)))
        if issue.rule != "mixed_dates"
    )
    return anchors


def _constant(line: MappingLine, schema: Schema, n: int) -> Resolved:
    texts = np.full(n, line.becomes, dtype=object)
    code = target_code(schema, line)
    return Resolved(
        table=line.table, target=line.target, texts=texts, numbered=False, code=code, column=""
    )


# --- one column --------------------------------------------------------------------------------


def _targets(lines: Sequence[MappingLine], schema: Schema) -> list[Target]:
    found = []
    kept = [line for line in lines if not line.drops]
    for key in dict.fromkeys((line.table, line.target) for line in kept):
        mine = [line for line in kept if (line.table, line.target) == key]
        whole = [line for line in mine if not line.their_value]
        found.append(
            Target(
                line=mine[0],
                field=target_field(schema, mine[0]),
                code=target_code(schema, mine[0]),
                named={
                    line.their_value: line.becomes
                    for line in mine
                    if line.their_value not in ("", ANY)
                },
                whole=bool(whole),
                form=whole[0].becomes if whole else "",
                others=next((line.becomes for line in mine if line.their_value == ANY), None),
            )
        )
    return found


def _column(
    table: ForeignTable,
    column: str,
    lines: Sequence[MappingLine],
    schema: Schema,
    faults: FaultList,
    left: list[Discard],
) -> list[Resolved]:
    """Translate one column, by its distinct texts."""
    codes, distinct = pd.factorize(table.frame[column].to_numpy(dtype=object))
    counts = np.bincount(codes, minlength=len(distinct))
    targets = _targets(lines, schema)
    dropped = {line.their_value for line in lines if line.drops}
    words = {line.their_value for line in lines if line.their_value not in ("", ANY)}
    outcomes = np.full((len(targets), max(len(distinct), 1)), "", dtype=object)
    n_dropped = 0
    for at, text in enumerate(distinct):
        named = _named(str(text), words)
        if text == "":
            continue
        if named in dropped or (named is None and ANY in dropped):
            n_dropped += int(counts[at])
            continue
        for place, target in enumerate(targets):
            value = _outcome(str(text), named, target, schema)
            if isinstance(value, Fault):
                _tell(table, column, codes == at, value, faults)
            else:
                outcomes[place, at] = value
        if named is None and not any(
            target.whole or target.others is not None for target in targets
        ):
            _tell(table, column, codes == at, _unknown(str(text), targets, words), faults)
    if n_dropped:
        what = f"values of '{column_name(column)}'"
        left.append(
            Discard(source=table.name, what=what, n=n_dropped, why="left out by the mapping")
        )
    return [
        Resolved(
            table=target.line.table,
            target=name,
            texts=texts,
            numbered=target.form == NUMBERED,
            code=target.code,
            column=column,
        )
        for place, target in enumerate(targets)
        for name, texts in _parts(
            table, column, target, outcomes[place], codes, schema, faults
        ).items()
    ]


def _parts(
    table: ForeignTable,
    column: str,
    target: Target,
    texts: NDArray[np.object_],
    codes: NDArray[np.intp],
    schema: Schema,
    faults: FaultList,
) -> dict[str, NDArray[np.object_]]:
    """Return the columns of ours that a target stands for, by row; several for an interval."""
    stem = target.line.target
    columns = interval_columns(schema, target.line.table, stem)
    form = word_form(target.form)
    if not columns or form is None:
        return {stem: texts[codes]}
    events = {name: theirs for name, theirs in form.events.items() if theirs in table.columns}
    if len(events) < len(form.events):
        # It was told already that a column is missing.
        return {name: np.full(len(codes), "", dtype=object) for name in columns}
    # Without events every distinct text is read once; else each row has a day of its own.
    by_row = np.arange(len(codes)) if events else codes
    written = [str(text) for text in (texts[codes] if events else texts)]
    days = {
        name: _days(table, theirs, form.day_first, faults).intervals
        for name, theirs in events.items()
    }
    found = parse_dates(written, events=days, day_first=form.day_first)
    issues = found.issues(table.name, field=column_name(column))
    for (at, _), issue in zip(found.faults, issues, strict=True):
        fault = Fault(issue.rule, _hinted(issue), issue.near, _allowed(issue))
        _tell(table, column, by_row == at, fault, faults)
    made = interval_texts(found, written, stem=stem, columns=columns)
    return {name: held[by_row] for name, held in made.items()}


def _days(
    table: ForeignTable, column: str, day_first: bool | None, faults: FaultList
) -> DateColumn:
    """Read the days of an event in every row; what cannot be read is told by its own column."""
    found = parse_dates([str(text) for text in table.frame[column]], day_first=day_first)
    issues = found.issues(table.name, field=column_name(column))
    for (at, _), issue in zip(found.faults, issues, strict=True):
        rows = np.arange(len(table.rows)) == at
        fault = Fault(issue.rule, issue.message, issue.near, _allowed(issue))
        _tell(table, column, rows, fault, faults)
    return found


def _hinted(issue: Issue) -> str:
    if issue.rule != "unknown_event":
        return issue.message
    return f"{issue.message} The mapping can name its column: words with report = THEIR COLUMN."


def _allowed(issue: Issue) -> tuple[str, ...]:
    return tuple(WORD_FORMS)[1:] if issue.rule == "ambiguous_order" else issue.allowed


def _named(text: str, words: set[str]) -> str | None:
    """Return the named value that a text is, first as written, then in any case of letters."""
    if text in words:
        return text
    return next((word for word in sorted(words) if word.casefold() == text.casefold()), None)


def _tell(
    table: ForeignTable, column: str, rows: NDArray[np.bool_], fault: Fault, faults: FaultList
) -> None:
    at = np.flatnonzero(rows)
    further = len(at) - 1
    more = f" So in {further:,} more {'row' if further == 1 else 'rows'}." if further else ""
    faults.extend(
        [
            Issue(
                table=table.name,
                row=table.place(int(at[0])),
                field=column_name(column),
                rule=fault.rule,
                message=f"{fault.message}{more}",
                allowed=fault.allowed,
                near=fault.near,
            )
        ]
    )


def _unknown(text: str, targets: Sequence[Target], words: set[str]) -> Fault:
    hidden = any(_sensitive(target) for target in targets)
    quotable = not hidden and len(text) <= 40 and len(text.split()) <= 4
    if not quotable or identifier_in(text):
        return Fault("unknown_value", "The value (not shown) is not named by the mapping.")
    near = near_match(text, tuple(sorted(words)))
    return Fault("unknown_value", f"'{text}' is not named by the mapping.", near)


def _sensitive(target: Target) -> bool:
    if target.code is not None:
        return target.code.sensitive
    return target.field is None or target.field.sensitive or target.field.kind == "text"


def _outcome(text: str, named: str | None, target: Target, schema: Schema) -> str | Fault:
    """Return what a text becomes for one target; empty where it says nothing of it."""
    if named is not None and named in target.named:
        becomes = target.named[named]
    elif named is not None:
        # The mapping says what this value is, and it is something else.
        return ""
    elif target.whole:
        return as_is(text, target, schema)
    elif target.others is not None:
        becomes = target.others
    else:
        return ""
    if target.code is not None:
        return becomes or OPEN
    silent = becomes == "not_documented" and not _is_level(becomes, target.field)
    return "" if silent else becomes


def _is_level(text: str, field: Field | None) -> bool:
    return field is not None and any(level.value == text for level in field.levels)
