"""Keys for what MAXQDA names: documents, document groups and coders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.samples.importers.base import Discard
from relatum.samples.importers.cells import ForeignTable
from relatum.samples.importers.cells_faults import FaultList
from relatum.samples.importers.maxqda_headers import Roles
from relatum.samples.importers.tables import CODER
from relatum.samples.importers.tables_ids import number_names

__all__ = [
    "CASE",
    "CODER_COLUMN",
    "CODE_COLUMN",
    "STATUS_COLUMN",
    "SUSPECT",
    "UNIT",
    "VICTIM",
    "Copies",
    "DocumentKeys",
    "Export",
]

#: What it means that a document stands in two groups.
Copies = Literal["coders", "distinct"]
# Columns of the tables that are built; a user's headers cannot collide with them.
UNIT, CASE, SUSPECT, VICTIM, CODER_COLUMN, CODE_COLUMN, STATUS_COLUMN = (
    f"\x1f{word}" for word in ("unit", "case", "suspect", "victim", "coder", "code", "status")
)

Texts = NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One exported table with the roles of its columns."""

    table: ForeignTable
    roles: Roles

    def texts(self, role: str) -> Texts:
        """Return the texts of a role; blank where no column plays it."""
        if role not in self.roles:
            return np.full(len(self.table.rows), "", dtype=object)
        return self.table.frame[self.roles[role]].to_numpy(dtype=object)


class DocumentKeys:
    """Ids of relationships, investigations, persons and coders, the same in all exports.

    Parameters
    ----------
    exports : sequence of Export
        The coded segments first.
    copies : {"coders", "distinct"} or None
        What a document of one name in two groups is.
    keep_names : bool
        Whether names become ids as they are, with joined words.
    faults : FaultList
        Takes documents without a name or group, and copies that nobody explained.
    """

    def __init__(
        self,
        exports: Sequence[Export],
        copies: Copies | None,
        keep_names: bool,
        faults: FaultList,
    ) -> None:
        self._copies, self._keep, self._source = copies, keep_names, exports[0].table.name
        groups = [text for export in exports for text in export.texts("group")]
        names = [text for export in exports for text in export.texts("document")]
        self._grouped = copies != "coders" and any(groups)
        self._check(exports, groups, names, faults)
        units = [text for export in exports for text in self._units(export)]
        self._ids = self._named(units, "R")
        self._check_ids(faults)
        ids = sorted(set(self._ids.values()))
        self._suspects = dict(zip(ids, number_names(ids, "S").values(), strict=True))
        self._victims = dict(zip(ids, number_names(ids, "V").values(), strict=True))
        self._cases = self._named(groups, "C") if self._grouped else number_names(ids, "C")
        people = groups if copies == "coders" else list(exports[0].texts("coder"))
        self._coders = self._named(people, "K")

    def _check(
        self,
        exports: Sequence[Export],
        groups: Sequence[str],
        names: Sequence[str],
        faults: FaultList,
    ) -> None:
        for export in exports:
            for at in np.flatnonzero(export.texts("document") == ""):
                message = "The row names no document."
                faults.add(
                    export.table.name, "missing_id", message, row=export.table.place(int(at))
                )
            for at in np.flatnonzero(export.texts("group") == "") if self._grouped else ():
                message = "The row names no document group, as other rows do."
                faults.add(
                    export.table.name, "missing_id", message, row=export.table.place(int(at))
                )
        pairs = {(name, group) for name, group in zip(names, groups, strict=True) if name}
        twice = len(pairs) - len({name for name, _ in pairs})
        if twice and self._copies is None:
            message = (
                f"{twice:,} documents have the name of one in another group. Say what they are: "
                "'coders' for one document coded by two, 'distinct' for other documents."
            )
            faults.add(self._source, "document_twice", message, allowed=("coders", "distinct"))

    def _check_ids(self, faults: FaultList) -> None:
        """Note names that become one id where their words are joined."""
        n = len(self._ids) - len(set(self._ids.values()))
        if n:
            message = (
                f"{n:,} documents would have the id of another one once the words of their names "
                "are joined; rename them, or do not keep names."
            )
            faults.add(self._source, "duplicate_key", message)

    def _units(self, export: Export) -> list[str]:
        names = list(export.texts("document"))
        if self._copies != "distinct":
            return names
        pairs = zip(export.texts("group"), names, strict=True)
        # The mark counts as a space, and stands in no name.
        return [f"{group}\x1f{name}" for group, name in pairs]

    def _named(self, names: Sequence[str], letter: str) -> Mapping[str, str]:
        """Return ids: the names with joined words where they are kept, else numbers."""
        if self._keep:
            return {name: "_".join(name.split()) for name in names if name.strip()}
        return number_names(names, letter)

    def frame(self, export: Export) -> pd.DataFrame:
        """Return the key columns of every row."""
        units = [self._ids.get(unit, "") for unit in self._units(export)]
        groups = list(export.texts("group")) if self._grouped else units
        return pd.DataFrame(
            {
                UNIT: units,
                CASE: [self._cases.get(group, "") for group in groups],
                SUSPECT: [self._suspects.get(unit, "") for unit in units],
                VICTIM: [self._victims.get(unit, "") for unit in units],
            },
            dtype=object,
        )

    def coders(self, export: Export) -> list[str]:
        """Return who coded each row."""
        people = export.texts("group" if self._copies == "coders" else "coder")
        return [self._coders.get(name, CODER) for name in people]

    def notes(self) -> list[Discard]:
        """Say which keys were made up."""
        n = len(set(self._ids.values()))
        found = [
            Discard(
                source=self._source,
                what="relationships without keys of persons",
                n=n,
                why="every relationship was given a suspect and a victim of its own",
            )
        ]
        if not self._grouped:
            why = "every relationship was put into an investigation of its own"
            found.append(
                Discard(source=self._source, what="documents without a group", n=n, why=why)
            )
        if not self._keep:
            why = "replaced by numbers in alphabetical order, as they may name persons"
            named = len(self._ids) + len(self._coders) + (len(self._cases) if self._grouped else 0)
            what = "names of documents, groups and coders"
            found.append(Discard(source=self._source, what=what, n=named, why=why))
        return found
