"""Which sheets of a filled template are there, renamed or gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from relatum.errors import ImportFailedError, Issue
from relatum.samples.importers.base import Discard
from relatum.samples.importers.template_cells import FilledSheet, cells_of
from relatum.samples.sample import UNIT_TABLES
from relatum.samples.templates import CODE_SHEET, EXAMPLE, MARK, TemplateSheet
from relatum.samples.templates_excel import OTHER_SHEETS
from relatum.schema import Schema, near_match

__all__ = ["SortedSheets", "sort_sheets"]

_LONG = "codings"
_CODEBOOK = "codebook"
#: Two headers are those of one sheet if they share this part of all their columns.
_ALIKE = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class SortedSheets:
    """What lies beside the sheets that are read.

    Attributes
    ----------
    discards : tuple of Discard
        Rows of sheets that are no part of a template.
    warnings : tuple of Issue
        Sheets of the template that are not there and that nothing refers to.
    """

    discards: tuple[Discard, ...] = ()
    warnings: tuple[Issue, ...] = ()


def sort_sheets(
    file: str,
    filled: Sequence[FilledSheet],
    sheets: Mapping[str, TemplateSheet],
    schema: Schema,
    *,
    workbook: bool,
) -> SortedSheets:
    """Compare the sheets of a file with those of the template.

    Parameters
    ----------
    file : str
        The name of the file.
    filled : sequence of FilledSheet
        What it holds.
    sheets : mapping of str to TemplateSheet
        All sheets of all forms of the template.
    schema : Schema
    workbook : bool
        Whether it is a workbook; otherwise a folder of CSV files.

    Raises
    ------
    ImportFailedError
        If a sheet was renamed, if no sheet of codes is left, or if rows refer to a sheet that is
        gone. Faults of cells are not looked for then: they would follow from these.
    """
    seen = _Seen(file, {sheet.name: sheet for sheet in filled}, sheets, schema, workbook)
    if not seen.known:
        others = [sheet for sheet in filled if sheet.name not in OTHER_SHEETS]
        seen.faults += [issue for sheet in others for issue in seen.renamed(sheet)]
        if not seen.faults:
            message = f"None of its {seen.noun} is one of a template."
            seen.fault(file, "unknown_table", message, tuple(sheets))
            raise ImportFailedError(f"{file}: {message}", seen.faults)
    discards = [found for sheet in filled if (found := seen.stranger(sheet))]
    if not seen.faults:
        seen.look_for_codes()
        seen.look_for_parents()
    if seen.faults:
        count = len(seen.faults)
        faults = "1 fault" if count == 1 else f"{count} faults"
        msg = f"{faults} in the {seen.noun} of '{file}'; nothing was written."
        raise ImportFailedError(msg, sorted(seen.faults))
    return SortedSheets(discards=tuple(discards), warnings=tuple(seen.left_out()))


@dataclass
class _Seen:
    """The sheets of one file beside those of the template."""

    file: str
    held: Mapping[str, FilledSheet]
    sheets: Mapping[str, TemplateSheet]
    schema: Schema
    workbook: bool
    faults: list[Issue] = field(default_factory=list)

    @property
    def known(self) -> list[str]:
        """The names of the sheets that are read."""
        return [name for name in self.held if name in self.sheets]

    @property
    def noun(self) -> str:
        """What a sheet is called in messages."""
        return "sheets" if self.workbook else "files"

    @property
    def missing(self) -> list[str]:
        """The sheets of the forms at hand that are not there."""
        long = _LONG in self.held
        wide = any(name.startswith(CODE_SHEET) for name in self.known) or not long
        return [
            name
            for name in self.sheets
            if name not in self.held
            and (long or name != _LONG)
            and (wide or not name.startswith(CODE_SHEET))
        ]

    def fault(
        self, table: str, rule: str, message: str, allowed: tuple[str, ...] = (), near: str = ""
    ) -> None:
        """Add a fault of a whole sheet."""
        issue = Issue(table=table, rule=rule, message=message, allowed=allowed, near=near)
        self.faults.append(issue)

    def stranger(self, sheet: FilledSheet) -> Discard | None:
        """Return what is left out with a sheet that is no part of a template."""
        if sheet.name in self.sheets or sheet.name in OTHER_SHEETS or not sheet.rows:
            return None
        renamed = [issue for issue in self.renamed(sheet) if issue not in self.faults]
        self.faults += renamed
        if renamed or self.faults:
            return None
        why = "the sheet is not part of the template"
        return Discard(source=sheet.shown, what="rows", n=len(sheet.rows), why=why)

    def renamed(self, sheet: FilledSheet) -> Iterator[Issue]:
        """Yield a fault if a sheet looks like one of the template under another name."""
        free = tuple(name for name in self.sheets if name not in self.held)
        header = {name for name in sheet.header if name}
        alike = {name: _shared(header, self.sheets[name].header) for name in free}
        likely = max(alike, key=lambda name: alike[name], default="")
        near = near_match(sheet.name.lower()[:64], free)
        if likely and alike[likely] >= _ALIKE:
            message = "It has the columns of a sheet of the template. Give it that name again."
            near = likely
        elif near:
            message = "This sheet is not part of the template."
        else:
            return
        yield Issue(table=sheet.shown, rule="unknown_table", message=message, near=near)

    def look_for_codes(self) -> None:
        """List that no sheet of codes is left."""
        names = [name for name in self.sheets if name == _LONG or name.startswith(CODE_SHEET)]
        if not any(name in self.held for name in names):
            message = (
                f"None of its {self.noun} holds codes, so every code would count as not "
                f"documented. Put one of these back, if need be without rows: {', '.join(names)}."
            )
            self.fault(self.file, "missing_sheet", message)

    def look_for_parents(self) -> None:
        """List sheets that are gone although rows refer to them."""
        missing = self.missing
        for name in self.known:
            for table in sorted(self._referred(self.held[name], self.sheets[name])):
                if table in missing and not any(issue.table == table for issue in self.faults):
                    message = f"It is not there, and rows of '{name}' refer to it. Put it back."
                    self.fault(table, "missing_sheet", message)

    def _referred(self, sheet: FilledSheet, spec: TemplateSheet) -> set[str]:
        links = {key.field: key.table for key in self.schema[spec.table].foreign_keys}
        if spec.unit:
            links = {spec.header[1]: UNIT_TABLES[spec.unit]}
        rows = [cells_of(sheet, row) for _, row in sheet.rows]
        own = [cells for cells in rows if cells.get(MARK) != EXAMPLE]
        return {links[name] for name in links if any(cells.get(name) for cells in own)}

    def left_out(self) -> Iterator[Issue]:
        """Yield one warning that names the sheets of the template that are not there."""
        missing = self.missing
        if self.workbook and _CODEBOOK not in self.held:
            missing.append(_CODEBOOK)
        if missing:
            message = f"Not there, so nothing was read for them: {', '.join(missing)}."
            yield Issue(table=self.file, rule="missing_sheet", message=message, severity="warning")


def _shared(header: set[str], other: Sequence[str]) -> float:
    """Return which part of all the columns two headers share."""
    return len(header & set(other)) / max(len(header | set(other)), 1)
