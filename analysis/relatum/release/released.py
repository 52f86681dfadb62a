"""What disclosure control lets out: a result, the profile it was judged by, and the evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from relatum.results.base import Note, Provenance, Result, Unavailable
from relatum.study import Profile

__all__ = ["Evidence", "Releasable", "Released"]

Releasable: TypeAlias = Result | Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One rule that was applied, and what it found.

    Attributes
    ----------
    rule : str
        The rule's name.
    finding : str
        What was found, in words.
    """

    rule: str
    finding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A result that may be printed and drawn; the only thing that tables and figures accept.

    Attributes
    ----------
    result : Result or Unavailable
        The result.
    profile : str
        The profile that let it out.
    evidence : tuple of Evidence
        Why it may go out.
    in_report : bool
        Whether a document opened it. There a sentence takes the place of what is not available;
        elsewhere that is an error.
    """

    result: Releasable
    profile: Profile
    evidence: tuple[Evidence, ...]
    in_report: bool = field(default=False, compare=False, repr=False)

    @property
    def notes(self) -> tuple[Note, ...]:
        """What a reader must be told."""
        return self.result.notes

    @property
    def provenance(self) -> Provenance | None:
        """What the result was computed from."""
        return self.result.provenance

    @property
    def simulated(self) -> bool:
        """Whether a banner must say that the numbers are simulated."""
        return self.provenance is not None and self.provenance.simulated
