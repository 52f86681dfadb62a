"""The codebook in words: one code for the terminal, all codes as Markdown or CSV."""

from __future__ import annotations

import csv
import io
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import fields

from relatum.errors import SchemaError
from relatum.schema.codebook import Code, Codebook, near_match
from relatum.schema.model import Field, Schema, Table

__all__ = ["codebook_csv", "codebook_markdown", "explain", "find_codes"]

_WIDTH = 92
_INDENT = 20
_LISTS = {"levels": "|", "parent": ";", "overlaps": ";"}


def find_codes(schema: Schema, name: str) -> tuple[Code, ...]:
    """Return the codes that a word stands for.

    Parameters
    ----------
    schema : Schema
        The schema.
    name : str
        The id of a code, a pattern with ``*``, or the name of a table.

    Raises
    ------
    SchemaError
        If it stands for none; the message names the nearest id.

    Examples
    --------
    >>> from relatum.schema import load_schema
    >>> [code.id for code in find_codes(load_schema(), "vio_s*")]
    ['vio_severe_injury', 'vio_strangulation', 'vio_separation_assault', 'vio_sexual']
    """
    book = schema.codebook
    if name in book:
        return (book[name],)
    if name in schema.tables:
        columns = schema[name].columns
        return tuple(book[column] for column in columns if column in book)
    if "*" in name:
        return book.match(name)
    near = near_match(name.lower()[:64], (*book, *schema.tables))
    hint = f" Did you mean '{near}'?" if near else ""
    msg = f"'{name}' is neither a code nor a table of the schema.{hint}"
    raise SchemaError(msg)


def explain(schema: Schema, code: Code) -> str:
    """Word one code for the terminal.

    Examples
    --------
    >>> from relatum.schema import load_schema
    >>> schema = load_schema()
    >>> print(explain(schema, schema.codebook["vio_sexual"]).splitlines()[0])
    vio_sexual: Sexual violence by the partner
    """
    lines = [f"{code.id}: {code.label}"]
    for title, text in _parts(schema, code):
        if text:
            wrapped = textwrap.wrap(text, _WIDTH - _INDENT, break_on_hyphens=False)
            lines.append(f"  {title:<{_INDENT - 2}}{wrapped[0]}")
            lines.extend(" " * _INDENT + rest for rest in wrapped[1:])
    return "\n".join(lines)


def _parts(schema: Schema, code: Code) -> Iterator[tuple[str, str]]:
    yield "Group", f"{code.entity}, {code.domain}"
    yield "Definition", code.definition
    yield "Code when", code.code_when
    yield "Do not code when", code.do_not_code_when
    yield "Values", _values(schema, code)
    yield "Unit", code.unit
    yield "Stored in", _place(code)
    yield "Rule", code.derivation
    yield "When silent", code.missing_rule
    yield "Time", code.time_reference
    yield "Part of", ", ".join(code.parent)
    yield "Contains", ", ".join(_children(schema.codebook, code.id))
    yield "Overlaps with", ", ".join(code.overlaps)
    yield "Marks", ", ".join(_marks(code))
    yield "Elsewhere", "; ".join(text for text in (code.dv_counterpart, code.crosswalk) if text)
    yield "Chapter", code.chapter_section


def _values(schema: Schema, code: Code) -> str:
    if code.levels:
        return ", ".join(code.levels)
    words = {"number": "a number", "count": "a whole number", "date": "a day, YYYY-MM-DD"}
    text = words.get(code.value_type, code.value_type)
    if code.is_coding or code.is_derived:
        return text
    return text + _limits(schema.field(code.id)[1])


def _limits(field: Field) -> str:
    low, high = field.minimum, field.maximum
    return (f", at least {low:g}" if low is not None else "") + (
        f", at most {high:g}" if high is not None else ""
    )


def _place(code: Code) -> str:
    if code.is_derived:
        return "nowhere: it is computed, never entered"
    if code.is_coding:
        return "a row of the table codings"
    table, _, column = code.stored_in.partition(".")
    return f"the column {column} of the table {table}"


def _children(book: Codebook, parent: str) -> Iterable[str]:
    return (code.id for code in book.values() if parent in code.parent)


def _marks(code: Code) -> Iterator[str]:
    if code.sensitive:
        yield "sensitive (values never reach a message or a report)"
    if code.legal_element:
        yield "element of the offence"
    if code.family_25:
        yield "exploratory family of 25 tactics"
    yield f"{code.tier} tier"


def codebook_csv(schema: Schema, codes: Iterable[Code] | None = None) -> str:
    """Return codes as CSV, in the columns of ``codebook.csv``.

    Examples
    --------
    >>> from relatum.schema import load_schema
    >>> codebook_csv(load_schema()).splitlines()[0][:21]
    'id,label,entity,domai'
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = [field.name for field in fields(Code)]
    writer.writerow(names)
    for code in schema.codebook.values() if codes is None else codes:
        writer.writerow([_cell(name, getattr(code, name)) for name in names])
    return out.getvalue()


def _cell(name: str, value: object) -> str:
    if isinstance(value, tuple):
        return _LISTS[name].join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def codebook_markdown(schema: Schema, codes: Iterable[Code] | None = None) -> str:
    """Return codes as a Markdown document, grouped by entity and domain.

    Parameters
    ----------
    schema : Schema
        The schema.
    codes : iterable of Code, optional
        The codes to print; without it, all of them and the tables that store them.

    Examples
    --------
    >>> from relatum.schema import load_schema
    >>> codebook_markdown(load_schema()).splitlines()[0]
    '# Codebook'
    """
    chosen = list(schema.codebook.values() if codes is None else codes)
    parts = ["# Codebook", f"Schema version {schema.version}; {len(chosen)} codes."]
    if codes is None:
        parts += ["## Tables", *(_table_section(table) for table in schema.tables.values())]
    groups: dict[str, list[Code]] = {}
    for code in chosen:
        groups.setdefault(f"{_title(code.entity)}: {code.domain.replace('_', ' ')}", []).append(
            code
        )
    for title, members in groups.items():
        parts.append(f"## {title}")
        parts += [_code_section(schema, code) for code in members]
    return "\n\n".join(parts) + "\n"


def _title(word: str) -> str:
    return word.replace("_", " ").capitalize()


def _table_section(table: Table) -> str:
    rows = ["| Column | Meaning | Type |", "|---|---|---|"]
    for field in table:
        need = ", required" if field.required else ""
        secret = ", sensitive" if field.sensitive else ""
        rows.append(f"| `{field.name}` | {_escaped(field.title)} | {field.kind}{need}{secret} |")
    head = f"### Table `{table.name}`\n\n{table.description} Key: `{table.primary_key}`."
    return head + "\n\n" + "\n".join(rows)


def _code_section(schema: Schema, code: Code) -> str:
    items = [f"- {title}: {_escaped(text)}" for title, text in _parts(schema, code) if text]
    return f"### `{code.id}` {_escaped(code.label)}\n\n" + "\n".join(items)


def _escaped(text: str) -> str:
    """Keep ids such as vio_* from being read as emphasis or as cells."""
    for mark in ("\\", "|", "*", "_", "<", "["):
        text = text.replace(mark, "\\" + mark)
    return text
