"""Prevalence beyond the units at hand: two targets with limits beside the count, never mixed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from relatum.inference.clusters import diagnose_clusters
from relatum.inference.common import Refusal
from relatum.models.gates import (
    Gated,
    gate_clusters,
    gate_documentation,
    gate_width,
    override_notes,
)
from relatum.models.intervals import (
    estimate_target,
    icc_interval,
    placebo_share,
    secondary_intervals,
)
from relatum.models.items import Item, collect_items
from relatum.models.prevalence import estimate_prevalence
from relatum.results.base import Note, Unavailable
from relatum.results.estimates import EstimateRow, PrevalenceEstimates
from relatum.results.provenance import provenance_of
from relatum.samples import Sample
from relatum.study import Study
from relatum.workers import run_tasks

__all__ = ["estimate_item", "estimate_prevalence_intervals", "item_seeds"]


def estimate_prevalence_intervals(
    sample: Sample, study: Study, *, terms: Sequence[str] = (), jobs: int | None = None
) -> PrevalenceEstimates | Unavailable:
    """Estimate how often codes would be recorded in other investigations of this kind.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan: coder, thresholds, level, overrides, seed.
    terms : sequence of str, optional
        Codes to estimate; all by default.
    jobs : int, optional
        Workers, see `relatum.workers.run_tasks`; the numbers do not depend on it.

    Returns
    -------
    PrevalenceEstimates or Unavailable
        Per code the count with its worst-case bounds (these units), the unit-weighted share (a
        random unit) and the case average (a random investigation). What the gates refuse is
        `Unavailable` with the reason.

    Raises
    ------
    ValueError
        If a term is not in the table of prevalence.

    Notes
    -----
    Unit-weighted: restricted wild cluster bootstrap-t, inverted; Korn-Graubard at 0/n and n/n.
    Case average: beta-binomial with mean ~ Beta(1/2, 1/2) and correlation ~ Beta(1, 5). Both are
    computed with silence as absence and as presence; the headline limits are the union.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> found = estimate_prevalence_intervals(example_sample("anna"), read_study(),
    ...                                       terms=["vio_physical"])
    >>> print(found.rows[0].case_average)
    case-average share: not available (1 investigation holds such units, fewer than 6)
    """
    counted = estimate_prevalence(sample, study)
    if isinstance(counted, Unavailable):
        return Unavailable(
            what="prevalence with limits", why=counted.why, provenance=counted.provenance
        )
    unknown = [term for term in terms if term not in counted.terms]
    if unknown:
        raise ValueError(f"'{unknown[0]}' is not a term of the table of prevalence.")
    seeds = item_seeds(study, counted.terms)
    rows = [row for row in counted.rows if not terms or row.term in terms]
    items = collect_items(sample, study, rows)
    tasks = [(item, study, seeds[item.row.term]) for item in items]
    found = run_tasks(estimate_item, tasks, jobs=jobs)
    return PrevalenceEstimates(
        title="Prevalence beyond these investigations",
        rows=tuple(found),
        conf_level=study.estimates.conf_level,
        notes=(*_notes(study), *override_notes(study)),
        provenance=provenance_of(sample, study, seed=study.seed),
    )


def item_seeds(study: Study, terms: Sequence[str]) -> dict[str, int]:
    """Give every term a seed of its own, whatever else is estimated.

    Parameters
    ----------
    study : Study
        The plan: its seed.
    terms : sequence of str
        All terms of the table, in its order.

    Returns
    -------
    dict of str to int
        A term that occurs in several populations has one seed.
    """
    names = list(dict.fromkeys(terms))
    children = np.random.SeedSequence(study.seed).spawn(len(names))
    return {
        name: int(child.generate_state(1)[0]) for name, child in zip(names, children, strict=True)
    }


def estimate_item(item: Item, study: Study, seed: int) -> EstimateRow:
    """Estimate one item.

    Parameters
    ----------
    item : Item
        Its statuses and cases.
    study : Study
        The plan.
    seed : int
        Seed of placebos and of random signs.
    """
    cells, plan = item.cells, study.estimates
    gate = gate_clusters(cells, study).and_then(gate_documentation(item.row, study))
    if gate.refused:
        return _refused(item, gate, study)
    weighted = estimate_target(cells, plan, target="unit_weighted", seed=seed)
    secondary = (
        weighted
        if isinstance(weighted, Unavailable)
        else secondary_intervals(cells, plan, weighted)
    )
    return replace(
        _refused(item, gate, study),
        unit_weighted=weighted,
        case_average=estimate_target(cells, plan, target="case_average", seed=seed),
        icc_lower=icc_interval(cells, "lower", plan),
        icc_upper=icc_interval(cells, "upper", plan),
        secondary=secondary,
        placebo=placebo_share(cells, plan, seed=seed),
    )


def _refused(item: Item, gate: Gated, study: Study) -> EstimateRow:
    """Describe an item and say why each quantity is missing."""
    width = gate_width(item.row, study)
    spread = diagnose_clusters(item.cells.labels)
    known = None if isinstance(spread, Refusal) else spread

    def missing(what: str) -> Unavailable:
        return Unavailable(what=what, why=gate.refused)

    return EstimateRow(
        counted=item.row,
        n_cases=known.n_clusters if known else 0,
        effective_cases=known.effective_clusters if known else None,
        largest_share=known.largest_share if known else None,
        unit_weighted=missing("unit-weighted share"),
        case_average=missing("case-average share"),
        icc_lower=missing("intra-case correlation"),
        icc_upper=missing("intra-case correlation"),
        secondary=missing("secondary limits"),
        placebo=missing("placebo rejection rate"),
        gates_overridden=gate.overridden + width.overridden,
        confirmatory_refused=width.refused,
    )


def _notes(study: Study) -> tuple[Note, ...]:
    plan = study.estimates
    return (
        Note(
            "three_targets",
            "Three targets are kept apart: the count among these units, the share of a random "
            "unit, and the share of a random investigation. The last two speak of investigations "
            "of the same kind, taken as exchangeable draws.",
        ),
        Note(
            "unit_weighted",
            "Share of a random unit: restricted wild cluster bootstrap, inverted. Where every unit "
            "or none has the item: Korn-Graubard with an intra-case correlation of "
            f"{plan.boundary_icc:g}, which is an assumption.",
        ),
        Note(
            "case_average",
            "Share of a random investigation: beta-binomial with Beta(1/2, 1/2) for the average "
            "and Beta(1, 5) for the intra-case correlation.",
        ),
        Note(
            "union_of_codings",
            f"Limits at {plan.conf_level:.0%} for what is not documented counted as absent and "
            "as present; the wider span of both is printed.",
        ),
        Note(
            "leave_out",
            "The range without single investigations is no confidence interval. Single values "
            "are not kept: they would show one investigation by subtraction.",
        ),
        Note(
            "icc",
            "The intra-case correlation is estimated by moments. With a dozen investigations its "
            "limits are wide, and the estimate may be negative.",
        ),
    )
