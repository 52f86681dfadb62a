"""Which published figures may stand beside a row of the parallels matrix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from relatum.schema.benchmarks import DENOMINATORS, POPULATION_KINDS, UNIT_KINDS, Benchmark
from relatum.schema.parallels import Parallel

__all__ = ["Admission", "admit", "rank_comparators", "rank_source"]

#: What a published figure may count where the row counts this. A woman stands for a
#: relationship, because sources on domestic violence ask about one partner.
_UNITS: Mapping[str, tuple[str, ...]] = {
    "relationship": ("relationship", "person"),
    "victim": ("person",),
}
_ROW_UNITS: Mapping[str, str] = {**UNIT_KINDS, "victim": "persons"}
#: The statistic that answers a row of this kind.
_STATISTICS: Mapping[str, Literal["share", "mean", "rate"]] = {
    "share": "share",
    "incidence": "share",
    "mean": "mean",
    "rate": "rate",
}
_ROLES: Mapping[str, str] = {
    "context": "It is listed as context and not as a comparator.",
    "warning": "It is listed as a warning and not as a comparator.",
    "do_not_use": "The registry says not to use it.",
    "direction": "It gives the direction of an association and no figure to compare with.",
    "structure": "It gives the shape of a classification and no figure to compare with.",
    "design": "It serves the planning of studies and is no comparator.",
    "representativeness": "It shows whom a sample stands for and is no comparator.",
}
_RANKS: Mapping[str, int] = {"coded_sample": 1, "police_file": 2, "survey": 3, "service": 3}
_LAST_RANK = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Whether a published figure may stand beside a row.

    Attributes
    ----------
    parallel_id, benchmark_id : str
    admitted : bool
    reasons : tuple of str
        Why not, one sentence each; empty where it is admitted.
    rank : int
        Of the source: 1 a second coded sample, 2 police files, 3 a survey or service, 4 others.
    """

    parallel_id: str
    benchmark_id: str
    admitted: bool
    reasons: tuple[str, ...]
    rank: int


def rank_source(source_kind: str) -> int:
    """Rank a source: 1 a second coded sample, 2 police files, 3 a survey or service, 4 others.

    Examples
    --------
    >>> rank_source("police_file"), rank_source("synthetic")
    (2, 4)
    """
    return _RANKS.get(source_kind, _LAST_RANK)


def admit(parallel: Parallel, benchmark: Benchmark) -> Admission:
    """Judge whether a published figure may stand beside a row of the matrix.

    Parameters
    ----------
    parallel : Parallel
    benchmark : Benchmark

    Returns
    -------
    Admission
        Refused with every reason: a row that is not tested or is a planned contrast, a role
        other than comparator, another characteristic, statistic, unit, denominator or population,
        no figure, or nothing that says how much the figure varies.

    Examples
    --------
    >>> from relatum.schema.benchmarks import load_benchmarks
    >>> from relatum.schema.parallels import load_parallels
    >>> rows, figures = load_parallels(), load_benchmarks()
    >>> admit(rows["P29"], figures["B40"]).admitted
    True
    >>> for reason in admit(rows["P08"], figures["B12"]).reasons:
    ...     print(reason)
    It is about everybody who was asked, abused or not; the row needs victims of domestic violence.
    """
    reasons = (
        *_row_reasons(parallel),
        *(() if benchmark.role == "comparator" else (_ROLES[benchmark.role],)),
        *_match_reasons(parallel, benchmark),
        *_figure_reasons(parallel, benchmark),
    )
    return Admission(
        parallel_id=parallel.id,
        benchmark_id=benchmark.id,
        admitted=not reasons,
        reasons=reasons,
        rank=rank_source(benchmark.source_kind),
    )


def _row_reasons(parallel: Parallel) -> tuple[str, ...]:
    if not parallel.tested:
        return (f"Row {parallel.id} is not tested, so no figure decides it.",)
    if parallel.contrast:
        return (
            f"Row {parallel.id} shows whether two coded samples can be told apart; "
            "a published figure cannot show that.",
        )
    if parallel.kind not in _STATISTICS:
        words = parallel.scale.replace("_", " ")
        return (f"A {words} needs the rows of a second coded sample.",)
    return ()


def _match_reasons(parallel: Parallel, benchmark: Benchmark) -> tuple[str, ...]:
    reasons = []
    if parallel.id not in benchmark.parallel_ids:
        reasons.append(
            f"It measures '{benchmark.quantity}'; the row is about '{parallel.dv_characteristic}'."
        )
    wanted = _STATISTICS.get(parallel.kind)
    if wanted is not None and benchmark.statistic != wanted:
        words = benchmark.statistic.replace("_", " ")
        reasons.append(f"It is given as a {words}; the row needs a {wanted}.")
    if benchmark.unit_kind not in _UNITS.get(parallel.unit, (parallel.unit,)):
        reasons.append(
            f"It counts {UNIT_KINDS[benchmark.unit_kind]} ({benchmark.unit}); "
            f"the row counts {_ROW_UNITS.get(parallel.unit, parallel.unit or 'rows')}."
        )
    if benchmark.denominator != (parallel.among or "all"):
        reasons.append(
            f"It is out of {DENOMINATORS[benchmark.denominator]}; "
            f"the row is out of {DENOMINATORS[parallel.among or 'all']}."
        )
    if benchmark.population_kind != "domestic_violence":
        reasons.append(
            f"It is about {POPULATION_KINDS[benchmark.population_kind]}; "
            f"the row needs {POPULATION_KINDS['domestic_violence']}."
        )
    return tuple(reasons)


def _figure_reasons(parallel: Parallel, benchmark: Benchmark) -> tuple[str, ...]:
    if benchmark.estimate is None:
        return ("It gives no single figure.",)
    reasons = []
    if {benchmark.lower, benchmark.upper} == {benchmark.estimate, None}:
        reasons.append("It gives a bound and not a figure.")
    if benchmark.n is None:
        reasons.append("It gives no n, so nobody can say how much the figure varies by chance.")
    elif benchmark.statistic != "share" and benchmark.sampling_limits is None:
        reasons.append(
            f"It gives no limits, and those of a {benchmark.statistic.replace('_', ' ')} "
            "do not follow from its n."
        )
    return tuple(reasons)


def rank_comparators(parallel: Parallel, benchmarks: Iterable[Benchmark]) -> tuple[Admission, ...]:
    """Judge several published figures, the admitted ones first and the best source first.

    Parameters
    ----------
    parallel : Parallel
    benchmarks : iterable of Benchmark

    Returns
    -------
    tuple of Admission
        Within a rank in the order given.
    """
    judged = [admit(parallel, benchmark) for benchmark in benchmarks]
    return tuple(sorted(judged, key=lambda found: (not found.admitted, found.rank)))
