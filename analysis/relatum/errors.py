"""Every exception and warning of the package, its exit code, and the issues it carries.

The exit codes are part of the interface: scripts may rely on them.

=====  ==========================================================
 code  meaning
=====  ==========================================================
    0  fine
    2  wrong call: an unknown verb, option or value
   10  schema: a registry under ``data_schema/`` is at fault
   11  sample: the data do not follow the schema
   12  plan: ``study.toml`` is at fault
   13  not estimable: nothing that was asked for could be computed
   14  report: a document could not be rendered
   15  release: disclosure control refused an output
   16  import: a foreign file could not be turned into a sample
   17  interrupted by the user
=====  ==========================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

__all__ = [
    "EstimationError",
    "ImportFailedError",
    "InterruptedRunError",
    "Issue",
    "MissingExtraError",
    "PlanError",
    "RelatumError",
    "RelatumWarning",
    "ReleaseError",
    "ReportError",
    "SampleError",
    "SchemaError",
    "UsageError",
]

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Issue:
    """One fault found in a table, a registry or a plan.

    Attributes
    ----------
    table : str
        The table (or file) that holds the fault.
    row : str
        The row's key, or ``line 12`` where it has none; empty for a fault of the whole table.
    field : str
        The field at fault; empty for a fault of the whole row.
    rule : str
        The rule's name, such as ``unknown_code`` or ``before_origin``.
    message : str
        What is wrong, in a sentence. It never holds the value of a sensitive field.
    allowed : tuple of str
        The values that would have been accepted, where they can be listed.
    near : str
        The allowed value most like the one given; empty where there is none.
    severity : {"error", "warning"}
        A warning does not stop the sample from being read.

    Examples
    --------
    >>> print(Issue(table="cases", row="c1", field="case_scope", rule="unknown_level",
    ...             message="'locall' is not a level.", allowed=("local",), near="local"))
    cases c1 case_scope [unknown_level] 'locall' is not a level. Did you mean 'local'?
    """

    table: str
    row: str = ""
    field: str = ""
    rule: str
    message: str
    allowed: tuple[str, ...] = ()
    near: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        where = " ".join(part for part in (self.table, self.row, self.field) if part)
        hint = f" Did you mean '{self.near}'?" if self.near else ""
        return f"{where} [{self.rule}] {self.message}{hint}"


class RelatumError(Exception):
    """A fault that a user can mend; shown without a traceback.

    Parameters
    ----------
    message : str
        What went wrong, where, what is allowed and what to do next.
    issues : sequence of Issue, optional
        Every single fault, for programs that read them.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, issues: Sequence[Issue] = ()) -> None:
        super().__init__(message)
        self.issues: tuple[Issue, ...] = tuple(issues)


class UsageError(RelatumError):
    """A wrong call: an unknown verb, option or value."""

    exit_code = 2


class MissingExtraError(UsageError):
    """An optional part is not installed; the message names the pip line."""


class SchemaError(RelatumError):
    """A registry under ``data_schema/`` is at fault."""

    exit_code = 10


class SampleError(RelatumError):
    """The data do not follow the schema, or could not be read."""

    exit_code = 11


class PlanError(RelatumError):
    """``study.toml`` is at fault."""

    exit_code = 12


class EstimationError(RelatumError):
    """Nothing that was asked for could be computed."""

    exit_code = 13


class ReportError(RelatumError):
    """A document could not be rendered."""

    exit_code = 14


class ReleaseError(RelatumError):
    """Disclosure control refused an output."""

    exit_code = 15


class ImportFailedError(RelatumError):
    """A foreign file could not be turned into a sample."""

    exit_code = 16


class InterruptedRunError(RelatumError):
    """The user stopped a long computation."""

    exit_code = 17


class RelatumWarning(UserWarning):
    """The family of all warnings of the package."""
