"""The bias demonstration: mean phi of unrelated items, by what is done with blanks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance
from relatum.results.frames import rows_frame

__all__ = [
    "PUBLISHED_PHI",
    "PUBLISHED_SOURCE",
    "BiasParameters",
    "BiasStep",
    "DepthBiasDemonstration",
    "PublishedPhi",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedPhi:
    """Mean phi of the eight means of control in a public registry, under one treatment of blanks.

    Attributes
    ----------
    rule : str
        The treatment, as in `BiasStep`.
    n : int
        Records.
    mean, low, high : float
        Mean, smallest and largest phi over the 28 pairs.
    share_positive : float
        Share of the pairs above 0.
    """

    rule: str
    n: int
    mean: float
    low: float
    high: float
    share_positive: float


#: Where the numbers of `PUBLISHED_PHI` come from, in words.
PUBLISHED_SOURCE = (
    "computed from the CTDC Global Synthetic Data, North American subset; 63,755 women in sexual "
    "exploitation (Counter-Trafficking Data Collaborative 2025; public repository "
    "madiforman/CTDC_analysis, commit d74b257, in which blanks are already 0)"
)

#: Women in sexual exploitation: all records, with at least one, and with at least two means.
PUBLISHED_PHI: tuple[PublishedPhi, ...] = (
    PublishedPhi(rule="all", n=63_755, mean=0.178, low=-0.013, high=0.372, share_positive=0.93),
    PublishedPhi(
        rule="at_least_one", n=28_056, mean=0.056, low=-0.065, high=0.199, share_positive=0.68
    ),
    PublishedPhi(
        rule="at_least_two", n=16_022, mean=0.017, low=-0.19, high=0.22, share_positive=0.54
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BiasParameters:
    """The declared world of the simulated records.

    Attributes
    ----------
    n_records : int
    prevalence : tuple of float
        True share of each item; items are independent.
    share_empty : float
        Share of records in which nothing is documented.
    centre, spread : float
        Mean and standard deviation of the logit of the documented share of the other records.
    """

    n_records: int
    prevalence: tuple[float, ...]
    share_empty: float
    centre: float
    spread: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BiasStep:
    """Phi over all pairs of items, under one treatment of blanks.

    Attributes
    ----------
    rule, label : str
        The treatment and its words.
    n_records, n_pairs : int
        Records that enter, and pairs with a phi.
    mean, low, high : float or None
        Mean, smallest and largest phi over the pairs.
    share_positive : float or None
        Share of the pairs above 0.
    why : str
        Why there is no phi; empty otherwise.
    """

    rule: str
    label: str
    n_records: int
    n_pairs: int
    mean: float | None
    low: float | None
    high: float | None
    share_positive: float | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthBiasDemonstration:
    """How mean phi falls as blanks stop being absence, where nothing is associated.

    Attributes
    ----------
    title : str
        What is shown.
    steps : tuple of BiasStep
        From all blanks as absence to documented pairs only.
    share_without_any : float
        Share of the records in which no item is recorded as present.
    parameters : BiasParameters
        How the records were simulated.
    published : tuple of PublishedPhi
        The same numbers of a public registry.
    published_source : str
        Where they come from.
    """

    kind: ClassVar[str] = "depth_bias"
    row_level: ClassVar[bool] = False

    title: str
    steps: tuple[BiasStep, ...]
    share_without_any: float
    parameters: BiasParameters
    published: tuple[PublishedPhi, ...]
    published_source: str
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    def tidy(self) -> pd.DataFrame:
        """Return one row per treatment of blanks, with the published numbers beside."""
        frame = rows_frame(BiasStep, self.steps)
        held = {row.rule: row for row in self.published}
        beside = [held.get(step.rule) for step in self.steps]
        counts = [None if row is None else row.n for row in beside]
        frame["published_n"] = pd.Series(counts, dtype="Int64")
        for name in ("mean", "low", "high", "share_positive"):
            numbers = [None if row is None else getattr(row, name) for row in beside]
            frame[f"published_{name}"] = pd.Series(numbers, dtype="Float64")
        return frame

    def __str__(self) -> str:
        means = [f"{step.mean:.3f}" for step in self.steps if step.mean is not None]
        return f"{self.title}: mean phi {', '.join(means)}"
