"""Direct identifiers: names, e-mail, telephone, passport and citizen-service numbers, free text.

Every column is searched, also those that the schema does not know. What is found is never quoted.
"""

from __future__ import annotations

from relatum.errors import Issue
from relatum.samples.context import CheckContext, TableContext, shown_column
from relatum.samples.identifiers import IDENTIFIER_KINDS, find_identifiers, is_identifier_column

__all__ = ["check_identifiers"]


def check_identifiers(context: CheckContext) -> list[Issue]:
    """List cells that hold what could name a person, and columns made for it."""
    found: list[Issue] = []
    for held in context.tables.values():
        for column in held.raw.columns:
            if column not in held.table and is_identifier_column(column):
                found.append(_column_issue(held, column))
            else:
                found += _cells(held, column)
    return found


def _column_issue(held: TableContext, column: str) -> Issue:
    message = "A column of this name holds direct identifiers; take it out of the sample."
    return Issue(
        table=held.name, field=shown_column(column), rule="identifier_name", message=message
    )


def _cells(held: TableContext, column: str) -> list[Issue]:
    raw = held.column(column)
    key = column in held.table and held.table[column].kind in ("id", "reference")
    broken = find_identifiers(raw.distinct, key=key)
    found: list[Issue] = []
    for rule in sorted(set(broken.values())):
        rows = raw.flags({value: broken.get(value) == rule for value in raw.distinct})
        message = f"This looks like {IDENTIFIER_KINDS[rule]} (not shown); take it out."
        found += held.issues(rows, column=shown_column(column), rule=rule, message=message)
    return found
