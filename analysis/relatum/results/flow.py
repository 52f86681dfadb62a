"""How the sample came about: from the list of investigations to the units described."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance
from relatum.results.frames import rows_frame

__all__ = ["Flow", "FlowStep"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowStep:
    """What is left after one step of the selection, or a count of units in the sample.

    Attributes
    ----------
    step, label, unit : str
        A short key, the words, and what is counted.
    n : int
        Units left.
    n_left_out : int or None
        Units that left at this step; None where the step does not select.
    reason : str
        Why they left.
    """

    step: str
    label: str
    unit: str
    n: int
    n_left_out: int | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The selection of investigations, and the persons and relationships that they hold.

    Attributes
    ----------
    steps : tuple of FlowStep
        First step first.
    """

    kind: ClassVar[str] = "flow"
    row_level: ClassVar[bool] = False

    steps: tuple[FlowStep, ...]
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    def tidy(self) -> pd.DataFrame:
        """Return one row per step."""
        return rows_frame(FlowStep, self.steps)

    def __str__(self) -> str:
        return " -> ".join(f"{step.n} {step.label}" for step in self.steps)
