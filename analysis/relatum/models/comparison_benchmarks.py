"""The sample beside published figures on domestic violence that fit a row of the matrix."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from relatum.inference.common import Interval, Refusal
from relatum.inference.wild_proportion import clustered_proportion
from relatum.models.benchmark_admission import Admission, admit, rank_comparators
from relatum.models.benchmark_verdicts import (
    BenchmarkVerdict,
    SampleLimits,
    compare_with_benchmark,
)
from relatum.models.comparison_readings import Reading, read_share
from relatum.models.comparison_samples import POPULATIONS, Side
from relatum.models.comparison_sums import limit_levels
from relatum.models.comparison_testimony import limit_incidence
from relatum.results.base import Note, Unavailable
from relatum.results.comparison import RowSide
from relatum.results.comparison_benchmarks import (
    BenchmarkContrast,
    ComparisonBenchmarks,
    RefusedBenchmark,
)
from relatum.results.provenance import provenance_of
from relatum.samples import Sample
from relatum.schema.benchmarks import Benchmark, load_benchmarks
from relatum.schema.parallels import Parallel, load_parallels
from relatum.study import Study

__all__ = ["compare_benchmarks"]

_WHAT = "published benchmarks"
_NOTES = (
    Note(
        "no_assay",
        "A published figure cannot show that the instrument would find a difference. The best "
        "verdict against it is that the sample is compatible with it.",
    ),
    Note(
        "instrument_shift",
        "Files and surveys measure differently, and nobody knows by how much. The tipping values "
        "are the smallest shifts of the published figure that would change the verdict.",
    ),
)


def compare_benchmarks(sample: Sample, study: Study) -> ComparisonBenchmarks | Unavailable:
    """Compare the trafficking relationships of a sample with published figures.

    Parameters
    ----------
    sample : Sample
    study : Study
        The plan: margins, and the size of the tests.

    Returns
    -------
    ComparisonBenchmarks or Unavailable
        Every benchmark that the matrix names for a row is in it: compared, or refused with the
        reason. Unavailable where the sample holds no relationship of trafficking.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> found = compare_benchmarks(example_sample("simulated"), read_study())
    >>> [(row.id, row.benchmark) for row in found.rows]
    [('P08', 'B10'), ('P29', 'B40')]
    """
    provenance = provenance_of(sample, study, seed=study.seed)
    side = Side(POPULATIONS[0], sample, study.coder)
    if side.n_relationships == 0:
        why = "the sample holds no relationship of trafficking"
        return Unavailable(what=_WHAT, why=why, provenance=provenance)
    rows: list[BenchmarkContrast] = []
    refused: list[RefusedBenchmark] = []
    for row in load_parallels().values():
        for benchmark in _named(row):
            found = _compare(side, row, benchmark, study)
            if isinstance(found, BenchmarkContrast):
                rows.append(found)
            else:
                refused.append(_refused(row, benchmark, found))
    return ComparisonBenchmarks(
        title="Published figures on domestic violence",
        rows=tuple(rows),
        refused=tuple(refused),
        notes=_NOTES,
        provenance=provenance,
    )


def _named(row: Parallel) -> list[Benchmark]:
    """Return the benchmarks of a row, the nearest comparator first."""
    known = load_benchmarks()
    held: Iterable[Admission] = rank_comparators(row, [known[name] for name in row.benchmark_ids])
    return [known[admission.benchmark_id] for admission in held]


def _refused(row: Parallel, benchmark: Benchmark, why: str) -> RefusedBenchmark:
    return RefusedBenchmark(id=row.id, benchmark=benchmark.id, quantity=benchmark.quantity, why=why)


def _compare(
    side: Side, row: Parallel, benchmark: Benchmark, study: Study
) -> BenchmarkContrast | str:
    admission = admit(row, benchmark)
    if not admission.admitted:
        return " ".join(admission.reasons)
    margins = study.margins.get(row.id)
    if margins is None:
        return "No margin was declared in the plan."
    own = _own_limits(side, row, study)
    if isinstance(own, str):
        return f"The sample: {own}."
    counts, lower, upper = own
    found = compare_with_benchmark(row, benchmark, lower=lower, upper=upper, margins=margins)
    if isinstance(found, Unavailable):
        return found.why
    return _contrast(row, benchmark, counts, found)


def _own_limits(
    side: Side, row: Parallel, study: Study
) -> tuple[RowSide, SampleLimits, SampleLimits] | str:
    """Return the counts of the sample, and its limits under both codings."""
    if row.kind == "incidence":
        ends = limit_incidence(side, row, study)
        if isinstance(ends, str):
            return ends
        counts, by_level = ends
        low, high = (
            SampleLimits(equivalence=by_level[0][at], difference=by_level[1][at]) for at in (0, 1)
        )
        return counts, low, high
    if row.kind != "share":
        return f"a row of the kind '{row.kind}' is not compared with a published figure"
    reading = read_share(side, row, np.ones(side.n_relationships))
    if isinstance(reading, str):
        return reading
    found = [_share_limits(reading, coding, study) for coding in ("low", "high")]
    low_end, high_end = found
    if isinstance(low_end, str):
        return low_end
    if isinstance(high_end, str):
        return high_end
    return reading.summary(), low_end, high_end


def _share_limits(reading: Reading, coding: str, study: Study) -> SampleLimits | str:
    _, case = np.unique(reading.cases, return_inverse=True)
    counts = np.bincount(case, weights=reading.values(coding))
    limits: list[Interval] = []
    for level in limit_levels(study):
        found = clustered_proportion(
            counts,
            np.bincount(case),
            conf_level=level,
            boundary_icc=study.estimates.boundary_icc,
            n_draws=study.comparison.draws,
            seed=study.seed,
        )
        if isinstance(found, Refusal):
            return found.why
        limits.append(found)
    return SampleLimits(equivalence=limits[0], difference=limits[1])


def _contrast(
    row: Parallel, benchmark: Benchmark, counts: RowSide, found: BenchmarkVerdict
) -> BenchmarkContrast:
    return BenchmarkContrast(
        id=row.id,
        characteristic=row.dv_characteristic,
        benchmark=benchmark.id,
        quantity=benchmark.quantity,
        population=benchmark.population,
        period=benchmark.period,
        source_kind=benchmark.source_kind,
        certainty=benchmark.certainty,
        citation=benchmark.citation,
        rank=found.rank,
        n_units=counts.n_units,
        n_undocumented=counts.n_undocumented or 0,
        low=counts.low,
        high=counts.high,
        published=found.published.estimate,
        published_low=found.published.conf_low,
        published_high=found.published.conf_high,
        difference_low=found.difference_low,
        difference_high=found.difference_high,
        conf_low_90=found.equivalence_limits[0],
        conf_high_90=found.equivalence_limits[1],
        margin_low=found.margin_low,
        margin_high=found.margin_high,
        verdict=found.verdict,
        tipping_low=found.tipping_low,
        tipping_high=found.tipping_high,
        why=found.why,
    )
