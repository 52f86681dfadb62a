"""Prevalence in a large registry beyond its records: the limits of small samples, case by case."""

from __future__ import annotations

from collections.abc import Sequence

from relatum.inference.clusters import MAX_SHARE, MIN_CLUSTERS
from relatum.inference.common import Refusal
from relatum.inference.intervals import korn_graubard_interval
from relatum.models.case_cells import CODINGS, CaseCells, Coding, count_by_case
from relatum.models.estimates import estimate_item, item_seeds
from relatum.models.gates import (
    Gated,
    gate_clusters,
    gate_documentation,
    gate_width,
    override_notes,
)
from relatum.models.intervals import (
    coded_interval,
    join_codings,
    leave_cases_out,
)
from relatum.models.items import Item
from relatum.models.registry_prevalence import (
    RegistryCounter,
    estimate_registry_prevalence,
    registry_populations,
)
from relatum.models.registry_records import RegistryRecords, registry_provenance
from relatum.results.base import Note, Unavailable
from relatum.results.estimates import (
    CodedInterval,
    EstimateRow,
    LeaveOutRange,
    PrevalenceEstimates,
    TargetEstimate,
)
from relatum.results.prevalence import PrevalenceRow
from relatum.schema import Schema, load_schema
from relatum.study import EstimatesPlan, Study
from relatum.workers import run_tasks

__all__ = ["MOST_WHOLE", "MOST_WILD", "estimate_registry_intervals", "gate_cells"]

#: Up to so many cases a registry gets everything that a small sample gets.
MOST_WHOLE = 30
#: Up to so many cases limits come from the wild bootstrap; with more they are Korn and Graubard's.
MOST_WILD = 300


def estimate_registry_intervals(
    records: RegistryRecords,
    study: Study,
    *,
    terms: Sequence[str] = (),
    schema: Schema | None = None,
    whole: bool = True,
    jobs: int | None = None,
) -> PrevalenceEstimates | Unavailable:
    """Estimate how often items would be recorded in other cases of this kind.

    Parameters
    ----------
    records : RegistryRecords
        From `relatum.models.registry_records.read_records`.
    study : Study
        The plan: thresholds, level, overrides, seed.
    terms : sequence of str, optional
        Items to estimate; all by default.
    schema : Schema, optional
        Whose codes are known; the shipped one by default.
    whole : bool
        Whether a registry of up to 30 cases gets everything that a small sample gets.
    jobs : int, optional
        Workers for up to 300 cases, see `relatum.workers.run_tasks`; the numbers do not depend
        on it.

    Returns
    -------
    PrevalenceEstimates or Unavailable
        As `relatum.models.estimates.estimate_prevalence_intervals`.

    Raises
    ------
    ValueError
        If a term is not in the table of prevalence.

    Notes
    -----
    Up to 30 cases every number is that of a small sample. With more, or unless `whole`, the share
    of a random relationship alone is carried beyond the records: by the same inverted wild
    bootstrap up to 300 cases, and by Korn and Graubard's limits with more. At 300 cases these were
    1 to 6% wider for shares of .02 to .40, 12% for a share of .005, and took less than a hundredth
    of the time (`tests/benchmarks/results/bench_large_registry.md`). The other
    quantities are `Unavailable`.
    """
    counted = estimate_registry_prevalence(records, study, schema=schema)
    if isinstance(counted, Unavailable):
        return counted
    unknown = [term for term in terms if term not in counted.terms]
    if unknown:
        raise ValueError(f"'{unknown[0]}' is not an item of the registry.")
    seeds = item_seeds(study, counted.terms)
    counter = RegistryCounter(records, study, schema or load_schema())
    parts = {part.words: part for part in registry_populations(records)}
    cases_of = {words: part.chosen(records.cases) for words, part in parts.items()}
    few: list[tuple[Item, Study, int]] = []
    many: list[tuple[PrevalenceRow, CaseCells, Study, int]] = []
    rows = [row for row in counted.rows if not terms or row.term in terms]
    is_few = []
    for row in rows:
        codes = counter.statuses(counter.members(row.term), parts[row.population])
        cases, seed = cases_of[row.population], seeds[row.term]
        cells = count_by_case(codes, cases)
        is_few.append(whole and cells.n_cases <= MOST_WHOLE)
        if is_few[-1]:
            few.append((Item(row=row, codes=codes, cases=cases), study, seed))
        else:
            many.append((row, cells, study, seed))
    draws = any(cells.n_cases <= MOST_WILD for _, cells, _, _ in many)
    done = {
        True: iter(run_tasks(estimate_item, few, jobs=jobs)),
        False: iter(run_tasks(_estimate_many, many, jobs=jobs if draws else 1)),
    }
    return PrevalenceEstimates(
        title="Prevalence beyond these cases",
        rows=tuple(next(done[one]) for one in is_few),
        conf_level=study.estimates.conf_level,
        notes=(*_estimate_notes(study), *override_notes(study)),
        provenance=registry_provenance(records, study, seed=study.seed),
    )


def _estimate_many(row: PrevalenceRow, cells: CaseCells, study: Study, seed: int) -> EstimateRow:
    """Estimate the share of a random relationship from the counts of many cases."""
    gate = gate_cells(cells, study).and_then(gate_documentation(row, study))
    width = gate_width(row, study)
    many = cells.n_cases > MOST_WHOLE
    why = gate.refused or (
        f"not computed for more than {MOST_WHOLE} cases" if many else "it was not asked for"
    )

    def missing(what: str) -> Unavailable:
        return Unavailable(what=what, why=why)

    weighted: TargetEstimate | Unavailable = missing("unit-weighted share")
    if not gate.refused:
        weighted = _unit_weighted(cells, study.estimates, seed)
    n = cells.n_units
    return EstimateRow(
        counted=row,
        n_cases=cells.n_cases,
        effective_cases=float(n**2 / (cells.sizes.astype(float) ** 2).sum()) if n else None,
        largest_share=float(cells.sizes.max() / n) if n else None,
        unit_weighted=weighted,
        case_average=missing("case-average share"),
        icc_lower=missing("intra-case correlation"),
        icc_upper=missing("intra-case correlation"),
        secondary=missing("secondary limits"),
        placebo=missing("placebo rejection rate"),
        gates_overridden=gate.overridden + width.overridden,
        confirmatory_refused=width.refused,
    )


def gate_cells(cells: CaseCells, study: Study) -> Gated:
    """Ask the gate of few or unequal cases, whose labels are long, only where it may refuse."""
    if cells.n_cases >= MIN_CLUSTERS and cells.sizes.max() <= MAX_SHARE * cells.n_units:
        return Gated()
    return gate_clusters(cells, study)


def _unit_weighted(
    cells: CaseCells, plan: EstimatesPlan, seed: int
) -> TargetEstimate | Unavailable:
    low, high = (_interval(cells, coding, plan, seed) for coding in CODINGS)
    return join_codings(
        "unit_weighted",
        low,
        high,
        conf_level=plan.conf_level,
        leave_out=lambda limits: _leave_out(cells, plan, limits),
    )


def _interval(
    cells: CaseCells, coding: Coding, plan: EstimatesPlan, seed: int
) -> CodedInterval | Refusal:
    if cells.n_cases <= MOST_WILD:
        return coded_interval(cells, coding, plan, target="unit_weighted", seed=seed)
    found = korn_graubard_interval(
        cells.counts(coding),
        cells.sizes,
        conf_level=plan.conf_level,
        boundary_icc=plan.boundary_icc,
    )
    if isinstance(found, Refusal):
        return found
    return CodedInterval(
        estimate=found.estimate,
        conf_low=found.conf_low,
        conf_high=found.conf_high,
        method=found.method,
    )


def _leave_out(
    cells: CaseCells, plan: EstimatesPlan, limits: tuple[float, float]
) -> LeaveOutRange | Unavailable:
    """Repeat the share without each case at once; cells stand largest first."""
    if cells.n_cases < 3:
        return leave_cases_out(cells, plan, target="unit_weighted", limits=limits)
    rest = cells.n_units - cells.sizes
    ends = [(cells.counts(c).sum() - cells.counts(c)) / rest for c in CODINGS]
    low, high = float(ends[0].min()), float(ends[1].max())
    left = cells.n_units - int(cells.sizes[:2].sum())
    pair = [int(cells.counts(c)[2:].sum()) / left for c in CODINGS]
    return LeaveOutRange(
        low=low,
        high=high,
        low_without_two=pair[0],
        high_without_two=pair[1],
        share_of_two=float(cells.sizes[:2].sum() / cells.n_units),
        largest_share=float(cells.sizes.max() / cells.n_units),
        exceeds_limits=low < limits[0] or high > limits[1],
    )


def _estimate_notes(study: Study) -> tuple[Note, ...]:
    return (
        Note(
            "three_targets",
            "The count among these relationships and the share of a random relationship are kept "
            "apart. The second speaks of cases of the same kind, taken as exchangeable draws.",
        ),
        Note(
            "unit_weighted",
            f"Share of a random relationship: up to {MOST_WILD} cases the restricted wild cluster "
            "bootstrap, inverted; with more, and where every relationship or none has the item, "
            "Korn-Graubard with the case as cluster.",
        ),
        Note(
            "union_of_codings",
            f"Limits at {study.estimates.conf_level:.0%} for what is not documented counted as "
            "absent and as present; the wider span of both is printed.",
        ),
        Note(
            "leave_out",
            "The range without single cases is no confidence interval. Single values are not "
            "kept: they would show one case by subtraction.",
        ),
    )
