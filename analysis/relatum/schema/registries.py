"""What the readers of the registries share: rows of a file, and all faults said at once."""

from __future__ import annotations

import csv
import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from relatum.errors import Issue, SchemaError

__all__ = ["RegistryFaults", "read_registry"]


class RegistryFaults:
    """Collects what is wrong in a registry, so that all of it is said at once.

    Parameters
    ----------
    file : str
        The file's name, as messages print it.

    Examples
    --------
    >>> faults = RegistryFaults("benchmarks.csv")
    >>> faults.number("B40", "n", "many")
    >>> print(faults.issues[0])
    benchmarks.csv B40 n [registry] 'many' is not a number.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.issues: list[Issue] = []

    def add(self, row: str, name: str, message: str, allowed: Collection[str] = ()) -> None:
        """Note a fault of a cell."""
        self.issues.append(
            Issue(
                table=self.file, row=row, field=name, rule="registry", message=message,
                allowed=tuple(allowed),
            )
        )  # fmt: skip

    def one_of(self, row: str, name: str, value: str, allowed: Collection[str]) -> None:
        """Note a fault where a word is not among the allowed ones."""
        if value not in allowed:
            listed = ", ".join(word or "(empty)" for word in allowed)
            self.add(row, name, f"'{value}' is not one of: {listed}.", allowed)

    def number(self, row: str, name: str, text: str) -> float | None:
        """Return a number, or None where the cell is empty; note a fault for other text."""
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            self.add(row, name, f"'{text}' is not a number.")
            return None
        return value

    def whole(self, row: str, name: str, text: str) -> int | None:
        """Return a whole number, or None where the cell is empty; note a fault for other text."""
        value = self.number(row, name, text)
        if value is None:
            return None
        if value != int(value):
            self.add(row, name, f"'{text}' is not a whole number.")
            return None
        return int(value)

    def unique(self, ids: Sequence[str]) -> None:
        """Note every id that is given to more than one row."""
        for number, row in enumerate(ids):
            if row in ids[:number]:
                self.add(row, "id", "is given to two rows.")

    def raise_if_any(self) -> None:
        """Raise one error with every fault.

        Raises
        ------
        SchemaError
            If a fault was noted; each is an `Issue` and a line of the message.
        """
        if self.issues:
            listed = "\n".join(f"  {issue}" for issue in self.issues)
            count = len(self.issues)
            msg = f"{count} fault{'s' * (count > 1)} in '{self.file}':\n{listed}"
            raise SchemaError(msg, self.issues)


def read_registry(place: Path, columns: Sequence[str]) -> tuple[Mapping[str, str], ...]:
    """Read the named columns of a CSV file as stripped text.

    Parameters
    ----------
    place : Path
        A CSV file in UTF-8 with a line of names.
    columns : sequence of str
        The columns that it must have; others are left out.

    Returns
    -------
    tuple of mapping of str to str

    Raises
    ------
    SchemaError
        If the file cannot be read, or lacks a column; all of them are named.
    """
    try:
        with place.open(encoding="utf-8", newline="") as handle:
            reader = csv.DictReader(handle)
            rows = list(reader)
    except (OSError, UnicodeDecodeError) as error:
        msg = f"The registry '{place.name}' could not be read."
        raise SchemaError(msg) from error
    lacking = [name for name in columns if name not in (reader.fieldnames or ())]
    if lacking:
        msg = f"The registry '{place.name}' lacks the columns {', '.join(lacking)}."
        raise SchemaError(msg)
    return tuple({name: (row[name] or "").strip() for name in columns} for row in rows)
