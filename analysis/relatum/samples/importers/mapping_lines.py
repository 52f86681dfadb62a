"""The lines of a mapping file, and what of ours they may name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from relatum.schema import Code, Field, Schema

__all__ = [
    "ANY",
    "CODING_COLUMNS",
    "DISCARD",
    "EVENT_OWNERS",
    "EVENT_TABLE_NAMES",
    "KEY_COLUMNS",
    "MAPPING_COLUMNS",
    "NUMBERED",
    "STATUSES",
    "UNIT_TABLE_NAMES",
    "FileMapping",
    "MappingForm",
    "MappingLine",
    "code_levels",
    "target_code",
    "target_field",
    "unit_of",
]

MappingForm = Literal["wide", "long", "codes", "events"]

MAPPING_COLUMNS = (
    *("their_column", "their_value", "table", "column_or_code", "status_or_value", "note"),
)
#: The word for what is left out, for every other value, and for identifiers that are replaced.
DISCARD, ANY, NUMBERED = "discard", "*", "numbered"
#: Tables of which a row of theirs can hold one row each.
UNIT_TABLE_NAMES: tuple[str, ...] = ("cases", "suspects", "victims", "relationships")
#: What a coder may enter; the fourth status follows from a rule of the schema.
STATUSES: tuple[str, ...] = ("present", "absent_documented", "not_documented")
#: Columns of a coding that a row per coding may fill.
CODING_COLUMNS: tuple[str, ...] = (
    *("code", "status", "value", "coder_id", "date_lower", "date_upper", "date_precision"),
    *("intensity", "source", "certainty", "context_inferred", "evidence_strength"),
    *("statement_timing", "passage_ref"),
)
#: Tables of which a row of theirs can be one event.
EVENT_TABLE_NAMES: tuple[str, ...] = (
    *("escape_attempts", "police_contacts", "reports", "retractions", "suspect_contacts"),
)
#: Keys that say whose event a row is.
EVENT_OWNERS: tuple[str, ...] = ("relationship_id", "suspect_id", "victim_id")
#: Columns of ours that 'numbered' may fill.
KEY_COLUMNS: tuple[str, ...] = (
    *("case_id", "suspect_id", "victim_id", "relationship_id", "coder_id"),
    *("attempt_id", "contact_id", "report_id", "retraction_id", "period_id"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingLine:
    """One line of a mapping; `relatum.samples.importers.mapping` explains the parts."""

    their_column: str = ""
    their_value: str = ""
    table: str
    target: str = ""
    becomes: str = ""
    line: int = 0

    @property
    def drops(self) -> bool:
        """Whether it leaves something out on purpose."""
        return self.table == DISCARD or (self.table == "codings" and not self.target)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileMapping:
    """A checked mapping.

    Attributes
    ----------
    name : str
        The file, for messages.
    lines : tuple of MappingLine
        In the order of the file.
    """

    name: str
    lines: tuple[MappingLine, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Their columns that are used: not those that are left out as a whole."""
        dropped = {one.their_column for one in self.lines if one.drops and not one.their_value}
        named = dict.fromkeys(one.their_column for one in self.lines if one.their_column)
        return tuple(name for name in named if name not in dropped)

    def of(self, column: str) -> tuple[MappingLine, ...]:
        """Return the lines that speak of a column."""
        return tuple(one for one in self.lines if one.their_column == column)


def code_levels(code: Code) -> tuple[str, ...]:
    """Return the levels that a code has beside its status."""
    return () if code.value_type == "status" else code.levels


def target_code(schema: Schema, line: MappingLine) -> Code | None:
    """Return the code that a line names; None where it names a column."""
    if line.table != "codings" or line.target not in schema.codebook:
        return None
    code = schema.codebook[line.target]
    return code if code.is_coding else None


def target_field(schema: Schema, line: MappingLine) -> Field | None:
    """Return the column that a line names; None where it names a code or nothing."""
    if line.table not in schema.tables or line.target not in schema[line.table]:
        return None
    return schema[line.table][line.target]


def unit_of(code: Code) -> str:
    """Return the unit that a code is entered for where a row stands for a relationship.

    What happened at contacts and reports is then known for the relationship as a whole.
    """
    return code.unit if code.unit in ("case", "suspect", "victim") else "relationship"
