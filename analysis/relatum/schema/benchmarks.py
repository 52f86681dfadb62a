"""Published figures that a sample may be compared with, as data that a program can judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from types import MappingProxyType

from relatum.schema.parallels import load_parallels
from relatum.schema.registries import RegistryFaults, read_registry
from relatum.schema.resources import schema_path

__all__ = [
    "DENOMINATORS",
    "INTERVAL_BASES",
    "POPULATION_KINDS",
    "ROLES",
    "SOURCE_KINDS",
    "UNIT_KINDS",
    "Benchmark",
    "load_benchmarks",
]

#: What is counted, and what a message calls it.
UNIT_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "person": "persons",
        "relationship": "relationships",
        "relationship_month": "months of relationships",
        "relationship_year": "years of relationships",
        "incident": "incidents",
        "tactic": "tactics",
        "attempt": "attempts to leave",
        "report": "reports or the cases they led to",
        "record": "records of a register",
        "pair": "pairs of tactics",
        "other": "something else",
    }
)
#: What a share is out of, and what a message calls it.
DENOMINATORS: Mapping[str, str] = MappingProxyType(
    {
        "all": "all that it counts",
        "victim_statement": "those in which she gave a statement",
        "coded_acts": "those with a coded act",
        "tactics": "tactics",
        "first_contact": "those with a first contact with the police",
        "attempt": "those with an attempt to leave",
        "report": "those with a report",
        "relationship_ended": "relationships that ended",
        "report_or_attempt": "those with a report or an attempt to leave",
        "incident": "incidents",
        "known_recruiter": "those whose recruiter is known",
        "any_means": "those with a means of control on record",
    }
)
#: Whom a figure is about, and what a message calls them.
POPULATION_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "domestic_violence": "victims of domestic violence",
        "trafficking": "victims of trafficking",
        "everybody_asked": "everybody who was asked, abused or not",
        "none": "no people",
    }
)
#: Where a figure comes from, the nearest to a second coded sample first.
SOURCE_KINDS: tuple[str, ...] = (
    *("coded_sample", "police_file", "survey", "service", "hotline", "synthetic", "other"),
)
#: What a figure may be used for; only a comparator is compared with.
ROLES: tuple[str, ...] = (
    *("comparator", "context", "warning", "direction", "structure", "design"),
    *("representativeness", "do_not_use"),
)
#: Where limits come from, and whether they say how the estimate varies from sample to sample.
INTERVAL_BASES: Mapping[str, bool] = MappingProxyType(
    {
        "published_95": True,
        "wilson_95": True,
        "published": False,
        "published_range": False,
        "computed_range": False,
        "worst_case_bounds": False,
        "stated_maximum": False,
        "judged": False,
        "none": False,
    }
)
_STATISTICS = ("share", "mean", "rate", "correlation", "odds_ratio", "count", "range", "direction")


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """One published figure.

    Attributes
    ----------
    id, topic, quantity : str
        Its number, its topic, and what it is, in words.
    parallel_ids : tuple of str
        The rows of the parallels matrix that are about this very characteristic.
    statistic : str
        share, mean, rate, correlation, odds_ratio, count, range or direction.
    estimate, lower, upper : float or None
        The figure and limits, as far as the source gives them.
    interval_basis : str
        Where the limits come from, one of `INTERVAL_BASES`.
    n : int or None
        How many units it rests on; None where the source does not say.
    population, period, unit : str
        Whom it is about, when, and what was counted, in words.
    population_kind, unit_kind, denominator : str
        The same as one word each: of `POPULATION_KINDS`, `UNIT_KINDS` and `DENOMINATORS`.
    citation, checked_in : str
        The source, and where the figure was checked.
    source_kind : str
        One of `SOURCE_KINDS`.
    certainty : str
        How well the figure was verified.
    role : str
        One of `ROLES`.
    comparability : str
        What a reader must know before comparing with it.
    """

    id: str
    topic: str
    quantity: str
    parallel_ids: tuple[str, ...]
    statistic: str
    estimate: float | None
    lower: float | None
    upper: float | None
    interval_basis: str
    n: int | None
    population: str
    population_kind: str
    period: str
    unit: str
    unit_kind: str
    denominator: str
    citation: str
    checked_in: str
    source_kind: str
    certainty: str
    role: str
    comparability: str

    @property
    def sampling_limits(self) -> tuple[float, float] | None:
        """The 95% limits of the source; None where its limits are no sampling limits."""
        if not INTERVAL_BASES[self.interval_basis] or self.lower is None or self.upper is None:
            return None
        return self.lower, self.upper


def _benchmark(cells: Mapping[str, str], faults: RegistryFaults) -> Benchmark:
    row = cells["id"]
    values: dict[str, object] = dict(cells)
    values["parallel_ids"] = tuple(
        part.strip() for part in cells["parallel_ids"].split(";") if part.strip()
    )
    for name in ("estimate", "lower", "upper"):
        values[name] = faults.number(row, name, cells[name])
    values["n"] = faults.whole(row, "n", cells["n"])
    return Benchmark(**values)  # type: ignore[arg-type]


def _check(row: Benchmark, faults: RegistryFaults) -> None:
    words = {
        "statistic": _STATISTICS,
        "interval_basis": tuple(INTERVAL_BASES),
        "population_kind": tuple(POPULATION_KINDS),
        "unit_kind": tuple(UNIT_KINDS),
        "denominator": tuple(DENOMINATORS),
        "source_kind": SOURCE_KINDS,
        "role": ROLES,
    }
    for name, allowed in words.items():
        faults.one_of(row.id, name, getattr(row, name), allowed)
    for parallel in row.parallel_ids:
        faults.one_of(row.id, "parallel_ids", parallel, tuple(load_parallels()))
    if not row.certainty.startswith(("verified_", "computed_")):
        faults.add(row.id, "certainty", "must begin with verified_ or computed_.")
    for name in ("quantity", "population", "unit", "citation", "checked_in"):
        if not getattr(row, name):
            faults.add(row.id, name, "is empty.")
    if row.n is not None and row.n < 1:
        faults.add(row.id, "n", "must be at least 1.")
    _check_figures(row, faults)


def _check_figures(row: Benchmark, faults: RegistryFaults) -> None:
    found = [value for value in (row.lower, row.estimate, row.upper) if value is not None]
    if found != sorted(found):
        faults.add(row.id, "estimate", "must lie between the limits, the lower one first.")
    if row.statistic == "share" and not all(0 <= value <= 1 for value in found):
        faults.add(row.id, "estimate", "a share and its limits must lie between 0 and 1.")
    if row.statistic == "rate" and not all(value > 0 for value in found):
        faults.add(row.id, "estimate", "a rate and its limits must lie above 0.")
    limits = (row.lower, row.upper)
    if (row.interval_basis == "none") != (limits == (None, None)):
        faults.add(row.id, "interval_basis", "must be none just where there are no limits.")
    if INTERVAL_BASES.get(row.interval_basis, False) and None in limits:
        faults.add(row.id, "interval_basis", f"{row.interval_basis} needs both limits.")


@cache
def load_benchmarks(path: Path | None = None) -> Mapping[str, Benchmark]:
    """Read the published figures that a sample may be compared with.

    Parameters
    ----------
    path : Path, optional
        A CSV file with the columns of `Benchmark`; the shipped one by default. `parallel_ids`
        are separated by ``;``.

    Returns
    -------
    mapping of str to Benchmark
        The figures by id, in the order of the file.

    Raises
    ------
    SchemaError
        If the file cannot be read, lacks a column or repeats an id, or a row holds a word or
        number that is not allowed. Every fault is in `issues` and in the message.

    Examples
    --------
    >>> figure = load_benchmarks()["B40"]
    >>> figure.estimate, figure.n, figure.unit_kind, figure.source_kind
    (0.5, 216, 'report', 'police_file')
    """
    place = path or schema_path() / "benchmarks.csv"
    faults = RegistryFaults(place.name)
    cells = read_registry(place, [spec.name for spec in fields(Benchmark)])
    rows = [_benchmark(row, faults) for row in cells]
    faults.unique([row.id for row in rows])
    for row in rows:
        _check(row, faults)
    faults.raise_if_any()
    return MappingProxyType({row.id: row for row in rows})
