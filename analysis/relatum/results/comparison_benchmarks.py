"""The sample beside published benchmarks, with what an unknown shift of instruments would do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance
from relatum.results.frames import rows_frame

__all__ = ["BenchmarkContrast", "ComparisonBenchmarks", "RefusedBenchmark"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkContrast:
    """One row of the matrix beside one benchmark that fits it.

    Attributes
    ----------
    id, characteristic : str
        The row.
    benchmark, quantity, population, period, source_kind, certainty, citation : str
        The benchmark.
    rank : int
        Of the comparator: 2 police file, 3 survey or service; 1 is a coded second sample.
    n_units, n_undocumented : int
        Of the sample.
    low, high : float
        The sample's share with silence as absent, and as present.
    published, published_low, published_high : float
        The benchmark and its 95% limits.
    difference_low, difference_high : float
        Sample less benchmark under both codings.
    conf_low_90, conf_high_90 : float
        Union over both codings.
    margin_low, margin_high : float or None
    verdict : {"compatible_with_benchmark", "different", "not_shown"}
    tipping_low, tipping_high : float or None
        Smallest shift of the benchmark, downwards and upwards, that changes the verdict.
    why : str
    """

    id: str
    characteristic: str
    benchmark: str
    quantity: str
    population: str
    period: str
    source_kind: str
    certainty: str
    citation: str
    rank: int
    n_units: int
    n_undocumented: int
    low: float
    high: float
    published: float
    published_low: float
    published_high: float
    difference_low: float
    difference_high: float
    conf_low_90: float
    conf_high_90: float
    margin_low: float | None
    margin_high: float | None
    verdict: str
    tipping_low: float | None
    tipping_high: float | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedBenchmark:
    """A benchmark that the matrix names for a row, and why it is not compared.

    Attributes
    ----------
    id, benchmark, quantity, why : str
    """

    id: str
    benchmark: str
    quantity: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonBenchmarks:
    """Verdicts under each admissible benchmark, and the refused ones."""

    kind: ClassVar[str] = "comparison_benchmarks"

    title: str
    rows: tuple[BenchmarkContrast, ...]
    refused: tuple[RefusedBenchmark, ...]
    notes: tuple[Note, ...]
    provenance: Provenance

    def tidy(self) -> pd.DataFrame:
        """Return one row per row of the matrix and benchmark."""
        return rows_frame(BenchmarkContrast, self.rows)
