"""Faults of a foreign table or mapping, gathered so that all of them are told at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from relatum.errors import ImportFailedError, Issue

__all__ = ["MOST_LISTED", "FaultList"]

#: Faults of one rule and column that are listed one by one.
MOST_LISTED = 50


class FaultList:
    """A list of faults that grows while files are read.

    Parameters
    ----------
    noun : str
        What is read, in the words of the final message.

    Examples
    --------
    >>> faults = FaultList("the table")
    >>> faults.add("sheet 'A'", "empty_sheet", "There are no rows.")
    >>> [str(issue) for issue in faults.issues()]
    ["sheet 'A' [empty_sheet] There are no rows."]
    """

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._issues: list[Issue] = []
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def __bool__(self) -> bool:
        return bool(self._issues)

    def add(
        self,
        table: str,
        rule: str,
        message: str,
        *,
        row: str = "",
        column: str = "",
        allowed: tuple[str, ...] = (),
        near: str = "",
    ) -> None:
        """Note one fault; the message never holds a sensitive value or a text of a case."""
        self.extend(
            [
                Issue(
                    table=table,
                    row=row,
                    field=column,
                    rule=rule,
                    message=message,
                    allowed=allowed,
                    near=near,
                )
            ]
        )

    def extend(self, issues: Iterable[Issue]) -> None:
        """Note faults that are already worded."""
        for issue in issues:
            key = (issue.table, issue.field, issue.rule)
            self._counts[key] += 1
            if self._counts[key] <= MOST_LISTED:
                self._issues.append(issue)

    def issues(self) -> tuple[Issue, ...]:
        """Return what was noted, with a line for what was too much to list."""
        more = [
            Issue(
                table=table,
                field=column,
                rule=rule,
                message=f"{n - MOST_LISTED:,} more of the same kind.",
            )
            for (table, column, rule), n in sorted(self._counts.items())
            if n > MOST_LISTED
        ]
        return (*self._issues, *more)

    def stop(self) -> None:
        """End the import if anything was noted.

        Raises
        ------
        ImportFailedError
            With every fault.
        """
        if self._issues:
            n = sum(self._counts.values())
            msg = f"{n:,} {'fault' if n == 1 else 'faults'} in {self.noun}; nothing was written."
            if any(issue.row.startswith("row ") for issue in self._issues):
                msg += " Rows are counted as in the sheet: the header is row 1."
            raise ImportFailedError(msg, self.issues())
