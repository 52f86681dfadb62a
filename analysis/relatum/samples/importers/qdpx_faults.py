"""Faults of a REFI-QDA project, gathered so that all of them are told at once."""

from __future__ import annotations

from collections import Counter

from relatum.errors import ImportFailedError, Issue

__all__ = ["ARCHIVE", "MAPPING", "PROJECT", "Faults"]

#: Where a fault lies, in the words of an issue.
ARCHIVE, PROJECT, MAPPING = "archive", "project.qde", "mapping"
#: Issues of one rule that are listed one by one; a broken file can hold millions.
_MOST = 50


class Faults:
    """A list of faults that grows while a project is read.

    Examples
    --------
    >>> faults = Faults()
    >>> faults.add("bad_guid", "This is no GUID.", row="line 3")
    >>> [str(issue) for issue in faults.issues()]
    ['project.qde line 3 [bad_guid] This is no GUID.']
    """

    def __init__(self) -> None:
        self._issues: list[Issue] = []
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(
        self,
        rule: str,
        message: str,
        *,
        table: str = PROJECT,
        row: str = "",
        field: str = "",
        allowed: tuple[str, ...] = (),
        near: str = "",
    ) -> None:
        """Note one fault; its message never holds a name or a text of the project."""
        self._counts[table, rule] += 1
        if self._counts[table, rule] <= _MOST:
            issue = Issue(
                table=table,
                row=row,
                field=field,
                rule=rule,
                message=message,
                allowed=allowed,
                near=near,
            )
            self._issues.append(issue)

    def issues(self) -> tuple[Issue, ...]:
        """Return what was noted, in order, with a line for what was too much to list."""
        more = [
            Issue(table=table, rule=rule, message=f"{n - _MOST:,} more of the same kind.")
            for (table, rule), n in sorted(self._counts.items())
            if n > _MOST
        ]
        return (*self._issues, *more)

    def stop(self) -> None:
        """End the import if anything was noted.

        Raises
        ------
        ImportFailedError
            With every issue.
        """
        if self._issues:
            n = sum(self._counts.values())
            noun = "fault" if n == 1 else "faults"
            msg = f"{n:,} {noun} in the REFI-QDA project; nothing was written."
            raise ImportFailedError(msg, self.issues())
