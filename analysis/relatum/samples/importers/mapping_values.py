"""What the cells of a foreign table become under a mapping; what it does not name is told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.errors import Issue
from relatum.samples.context import shown
from relatum.samples.identifiers import identifier_in
from relatum.samples.importers.base import Discard
from relatum.samples.importers.cells import ForeignTable, column_name
from relatum.samples.importers.cells_faults import FaultList
from relatum.samples.importers.dates_columns import parse_dates
from relatum.samples.importers.mapping import (
    ANY,
    NUMBERED,
    STATUSES,
    FileMapping,
    MappingLine,
    code_levels,
    target_code,
    target_field,
)
from relatum.samples.importers.mapping_dates import (
    DATE_FORMS,
    WORD_FORMS,
    interval_columns,
    interval_texts,
)
from relatum.samples.texts import is_date, is_integer, is_number, truth_of
from relatum.schema import Code, Field, Schema, near_match

__all__ = ["OPEN", "Resolved", "resolve_cells"]

#: Stands for "this code, with a status that another column gives".
OPEN = "\x1e"

_NUMBERS = {"integer": is_integer, "number": is_number}
_WORDS = {"integer": "a whole number", "number": "a number with a decimal point"}


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
        in_words = any(line.becomes in WORD_FORMS for line in mapping.of(column))
        faults.extend(
            # Dates in words may be written in several ways; a form of days still checks each cell.
            issue
            for issue in table.faults_of([column])
            if not (in_words and issue.rule == "mixed_dates")
        )
        found += _column(table, column, mapping.of(column), schema, faults, left)
    used = set(mapping.columns)
    named = {line.their_column for line in mapping.lines}
    for column in table.columns:
        if column not in used:
            n = int((table.frame[column] != "").sum())
            why = "left out by the mapping" if column in named else "not named by the mapping"
            left.append(
                Discard(source=table.name, what=f"cells of '{column_name(column)}'", n=n, why=why)
            )
    found += [_constant(line, schema, len(table.rows)) for line in mapping.of("")]
    return tuple(found), tuple(left)


def _constant(line: MappingLine, schema: Schema, n: int) -> Resolved:
    texts = np.full(n, line.becomes, dtype=object)
    code = target_code(schema, line)
    return Resolved(
        table=line.table, target=line.target, texts=texts, numbered=False, code=code, column=""
    )


# --- one column --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Fault:
    rule: str
    message: str
    near: str = ""
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Target:
    """One target of a column: the values that are named for it, and what holds for others."""

    line: MappingLine
    field: Field | None
    code: Code | None
    named: dict[str, str]
    whole: bool
    form: str
    others: str | None


def _targets(lines: Sequence[MappingLine], schema: Schema) -> list[_Target]:
    found = []
    kept = [line for line in lines if not line.drops]
    for key in dict.fromkeys((line.table, line.target) for line in kept):
        mine = [line for line in kept if (line.table, line.target) == key]
        whole = [line for line in mine if not line.their_value]
        found.append(
            _Target(
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
            if isinstance(value, _Fault):
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
            texts=texts[codes],
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
    target: _Target,
    texts: NDArray[np.object_],
    codes: NDArray[np.intp],
    schema: Schema,
    faults: FaultList,
) -> dict[str, NDArray[np.object_]]:
    """Return the columns of ours that a target stands for: several where it is an interval."""
    stem = target.line.target
    columns = interval_columns(schema, target.line.table, stem)
    if not columns:
        return {stem: texts}
    written = [str(text) for text in texts]
    found = parse_dates(written, day_first=WORD_FORMS[target.form])
    issues = found.issues(table.name, field=column_name(column))
    for (at, _), issue in zip(found.faults, issues, strict=True):
        allowed = tuple(WORD_FORMS)[1:] if issue.rule == "ambiguous_order" else issue.allowed
        fault = _Fault(issue.rule, issue.message, issue.near, allowed)
        _tell(table, column, codes == at, fault, faults)
    return interval_texts(found, written, stem=stem, columns=columns)


def _named(text: str, words: set[str]) -> str | None:
    """Return the named value that a text is, first as written, then in any case of letters."""
    if text in words:
        return text
    return next((word for word in sorted(words) if word.casefold() == text.casefold()), None)


def _tell(
    table: ForeignTable, column: str, rows: NDArray[np.bool_], fault: _Fault, faults: FaultList
) -> None:
    at = np.flatnonzero(rows)
    more = f" So in {len(at) - 1:,} more rows." if len(at) > 1 else ""
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


def _unknown(text: str, targets: Sequence[_Target], words: set[str]) -> _Fault:
    hidden = any(_sensitive(target) for target in targets)
    quotable = not hidden and len(text) <= 40 and len(text.split()) <= 4
    if not quotable or identifier_in(text):
        return _Fault("unknown_value", "The value (not shown) is not named by the mapping.")
    near = near_match(text, tuple(sorted(words)))
    return _Fault("unknown_value", f"'{text}' is not named by the mapping.", near)


def _sensitive(target: _Target) -> bool:
    if target.code is not None:
        return target.code.sensitive
    return target.field is None or target.field.sensitive or target.field.kind == "text"


def _outcome(text: str, named: str | None, target: _Target, schema: Schema) -> str | _Fault:
    """Return what a text becomes for one target; empty where it says nothing of it."""
    if named is not None and named in target.named:
        becomes = target.named[named]
    elif named is not None:
        # The mapping says what this value is, and it is something else.
        return ""
    elif target.whole:
        return _as_is(text, target, schema)
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


def _as_is(text: str, target: _Target, schema: Schema) -> str | _Fault:
    """Return a text that our column or code takes as it stands."""
    if target.code is not None:
        return _as_status(text, target.code, schema)
    field = target.field
    if field is None or target.form == NUMBERED:
        return text
    if target.line.table == "codings" and field.name == "code":
        return _as_code(text, schema)
    if field.type == "date":
        return _as_day(text, DATE_FORMS[target.form or "YYYY-MM-DD"], target.form)
    if field.type == "boolean":
        truth = truth_of(text)
        message = f"{shown(text, field)} is neither true nor false; name it in the mapping."
        return _Fault("unknown_value", message) if truth is None else str(truth).lower()
    if field.type in _NUMBERS and not _NUMBERS[field.type](text):
        return _Fault("wrong_type", f"{shown(text, field)} is not {_WORDS[field.type]}.")
    if field.levels:
        return _as_level(text, field)
    if field.kind in ("id", "reference") and not re.fullmatch(field.pattern, text):
        message = "The value (not shown) has not the form of an identifier; 'numbered' replaces it."
        return _Fault("pattern", message)
    return text


def _as_level(text: str, field: Field) -> str | _Fault:
    parts = text.split(";") if field.kind == "multi" else [text]
    words = {level.value.casefold(): level.value for level in field.levels}
    words |= {level.label.casefold(): level.value for level in field.levels}
    found = [words.get(part.strip().casefold(), "") for part in parts]
    if all(found):
        return ";".join(found)
    quoted = shown(text, field)
    near = "" if field.sensitive or len(text) > 40 else near_match(text.lower(), field.values)
    message = f"{quoted} is no level and is not named by the mapping."
    return _Fault("unknown_value", message, near, field.values)


def _as_status(text: str, code: Code, schema: Schema) -> str | _Fault:
    allowed = (*STATUSES, *code_levels(code))
    if text in allowed or (code.value_type == "number" and is_number(text)):
        return text
    quoted = shown(text, None if code.sensitive else schema["codings"]["status"])
    message = f"{quoted} is no status and is not named by the mapping."
    return _Fault("unknown_value", message, allowed=allowed)


def _as_code(text: str, schema: Schema) -> str | _Fault:
    codes = {code.id: code for code in schema.codebook.values() if code.is_coding}
    if text in codes:
        return text
    labels = [code.id for code in codes.values() if code.label.casefold() == text.casefold()]
    if len(labels) == 1:
        return labels[0]
    near = near_match(text.lower(), tuple(codes)) if len(text) <= 64 else ""
    quoted = shown(text, schema["codings"]["code"])
    message = f"{quoted} is no code and is not named by the mapping."
    return _Fault("unknown_value", message, near)


def _as_day(text: str, form: str, named: str) -> str | _Fault:
    try:
        day = datetime.strptime(text, form).date().isoformat()
    except ValueError:
        day = ""
    if is_date(text):
        # A cell that the spreadsheet itself holds as a day needs no form.
        return text
    if is_date(day):
        return day
    word = named or "YYYY-MM-DD"
    message = f"The value (not shown) is no day written {word}; the mapping may name another form."
    return _Fault("date_form", message, allowed=tuple(DATE_FORMS))
