"""What all results share: notes, provenance, and the value of what cannot be estimated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

import pandas as pd

__all__ = ["Note", "Provenance", "Result", "Unavailable"]


@dataclass(frozen=True, slots=True)
class Note:
    """Something a reader must be told beside a number.

    Attributes
    ----------
    code : str
        A stable short name, such as ``few_units``.
    text : str
        One or two plain sentences.
    """

    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What a result was computed from.

    It holds no clock time, no folder and no machine, so that two builds are identical.

    Attributes
    ----------
    relatum_version, schema_version : str
        Versions of the package and of the schema.
    sample_name, sample_fingerprint : str
        The sample and the SHA-256 of its cells.
    sample_origin : str
        ``collected``, ``published`` or ``simulated``.
    study_hash : str
        The SHA-256 of the plan; empty where no plan was used.
    seed : int or None
        The seed of every random step; None where nothing is random.
    other_fingerprint, other_origin : str
        The same of a second sample; empty where there is none.
    """

    relatum_version: str
    schema_version: str
    sample_name: str
    sample_fingerprint: str
    sample_origin: str
    study_hash: str = ""
    seed: int | None = None
    other_fingerprint: str = ""
    other_origin: str = ""

    @property
    def simulated(self) -> bool:
        """Whether the numbers rest on simulated rows."""
        return "simulated" in (self.sample_origin, self.other_origin)


@runtime_checkable
class Result(Protocol):
    """The protocol of all results: frozen, tidy, annotated."""

    kind: ClassVar[str]

    @property
    def notes(self) -> tuple[Note, ...]:
        """What a reader must be told."""
        ...

    @property
    def provenance(self) -> Provenance:
        """What the result was computed from."""
        ...

    def tidy(self) -> pd.DataFrame:
        """Return the numbers as a table, always a copy."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """What cannot be estimated, and why: returned, stored and printed like any other result.

    Attributes
    ----------
    what : str
        The quantity that was asked for.
    why : str
        The reason, in words.

    Examples
    --------
    >>> print(Unavailable(what="prevalence of iso_locked_in", why="nothing is documented"))
    prevalence of iso_locked_in: not available (nothing is documented)
    """

    kind: ClassVar[str] = "unavailable"

    what: str
    why: str
    notes: tuple[Note, ...] = ()
    provenance: Provenance | None = None

    def tidy(self) -> pd.DataFrame:
        """Return one row with what and why."""
        return pd.DataFrame({"what": [self.what], "why": [self.why]})

    def __str__(self) -> str:
        return f"{self.what}: not available ({self.why})"
