"""The same share under every declared way of computing it: the specification curve."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance, Unavailable

__all__ = ["AxisEffect", "Branch", "Multiverse", "MultiverseAxis", "MultiverseTerm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiverseAxis:
    """One declared choice.

    Attributes
    ----------
    name, label : str
        The choice, and its words.
    options, option_labels : tuple of str
        What may be chosen; the first is the main specification.
    """

    name: str
    label: str
    options: tuple[str, ...]
    option_labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One combination of choices.

    Attributes
    ----------
    options : tuple of str
        One per axis, in the order of the axes.
    n_units, n_present, n_cases : int
        Counts under these choices; silence is counted as the choice says.
    estimate, conf_low, conf_high : float or None
        The share and its limits; None with the reason in `why`.
    why : str
        Why there is no estimate, or no limits.
    """

    options: tuple[str, ...]
    n_units: int
    n_present: int
    n_cases: int
    estimate: float | None
    conf_low: float | None
    conf_high: float | None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AxisEffect:
    """How much one choice moves the estimates.

    Attributes
    ----------
    axis : str
        The choice.
    share : float
        Share of the variance over all branches that lies between its options.
    span : float
        Largest less smallest mean over its options.
    """

    axis: str
    share: float
    span: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiverseTerm:
    """All branches of one code.

    Attributes
    ----------
    term, label : str
        The code and its words.
    branches : tuple of Branch
        The first is the main specification.
    effects : tuple of AxisEffect or Unavailable
        Largest first.
    n_above, n_limits_above, n_limits_below : int
        Branches whose estimate lies above the threshold, and whose limits lie wholly above or
        wholly below it.
    low, high : float or None
        Smallest and largest estimate.
    """

    term: str
    label: str
    branches: tuple[Branch, ...]
    effects: tuple[AxisEffect, ...] | Unavailable
    n_above: int
    n_limits_above: int
    n_limits_below: int
    low: float | None
    high: float | None

    @property
    def n_with_limits(self) -> int:
        """Branches with limits."""
        return sum(branch.conf_low is not None for branch in self.branches)

    def n_crossed(self, axes: tuple[MultiverseAxis, ...]) -> int:
        """Return how many branches the choices give, those that are withheld included.

        Parameters
        ----------
        axes : tuple of MultiverseAxis
            Those of the result.
        """
        return math.prod(len(axis.options) for axis in axes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Multiverse:
    """Specification curves over declared choices.

    Attributes
    ----------
    axes : tuple of MultiverseAxis
        The choices.
    terms : tuple of MultiverseTerm
        One entry per code.
    refused : tuple of Unavailable
        Codes of the plan without a curve, with the reason.
    threshold : float
        The share whose sides are counted.
    conf_level : float
        Level of the limits.
    """

    kind: ClassVar[str] = "multiverse"
    row_level: ClassVar[bool] = False

    axes: tuple[MultiverseAxis, ...]
    terms: tuple[MultiverseTerm, ...]
    refused: tuple[Unavailable, ...]
    threshold: float
    conf_level: float
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    def tidy(self) -> pd.DataFrame:
        """Return one row per code and branch, with one column per axis."""
        pairs = [(term.term, branch) for term in self.terms for branch in term.branches]
        columns = {"term": pd.Series([term for term, _ in pairs], dtype="string")}
        for at, axis in enumerate(self.axes):
            columns[axis.name] = pd.Series([b.options[at] for _, b in pairs], dtype="string")
        for name in ("n_units", "n_present", "n_cases"):
            columns[name] = pd.Series([getattr(b, name) for _, b in pairs], dtype="int64")
        for name in ("estimate", "conf_low", "conf_high"):
            columns[name] = pd.Series([getattr(b, name) for _, b in pairs], dtype="Float64")
        columns["why"] = pd.Series([b.why for _, b in pairs], dtype="string")
        return pd.DataFrame(columns)

    def __str__(self) -> str:
        branches = sum(len(term.branches) for term in self.terms)
        return f"{len(self.terms)} codes, {branches} branches over {len(self.axes)} choices"
