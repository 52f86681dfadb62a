"""How few and how unequal the cases are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from relatum.inference.clusters import diagnose_clusters as diagnose_labels
from relatum.inference.common import IntArray, Refusal
from relatum.inference.icc import design_effect
from relatum.models.case_cells import CaseCells
from relatum.models.gates import gate_clusters, override_notes
from relatum.models.items import case_clusters, population_rows
from relatum.models.prevalence import estimate_prevalence
from relatum.results.base import Note, Unavailable
from relatum.results.clusters import ClusterDiagnostics, ClusterRow, SizeClass
from relatum.results.prevalence import PrevalenceRow
from relatum.results.provenance import provenance_of
from relatum.samples import Sample
from relatum.study import Study

__all__ = ["diagnose_clusters"]

_BANDS: tuple[tuple[int, int | None], ...] = ((1, 2), (3, 5), (6, 20), (21, None))
_NOTES = (
    Note(
        "effective_cases",
        "Effective number of investigations: (sum of sizes)^2 / sum of squared sizes. The "
        "bootstrap and the degrees of freedom are those of so few.",
    ),
    Note(
        "information",
        "Independent units with the same information, n / (1 + (m - 1) r), with m the "
        "size-weighted mean size and r an intra-case correlation that is assumed, not estimated.",
    ),
    Note(
        "merged_cases",
        "Investigations that share a suspect count as one.",
    ),
)


def diagnose_clusters(sample: Sample, study: Study) -> ClusterDiagnostics | Unavailable:
    """Describe the cases of every population of the table of prevalence.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan.

    Returns
    -------
    ClusterDiagnostics or Unavailable
        Unavailable where the sample holds no relationship.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> found = diagnose_clusters(example_sample("anna"), read_study())
    >>> found.rows[0].refused
    '1 investigation holds such units, fewer than 6'
    """
    counted = estimate_prevalence(sample, study)
    if isinstance(counted, Unavailable):
        return Unavailable(what="clusters", why=counted.why, provenance=counted.provenance)
    first = {(row.unit, row.population): row for row in reversed(counted.rows)}
    marks = study.estimates.icc_marks
    rows = [_row(sample, study, row) for row in reversed(first.values())]
    return ClusterDiagnostics(
        rows=tuple(row for row in rows if row is not None),
        icc_marks=(marks[0], marks[1], marks[2]),
        notes=(*_NOTES, *override_notes(study)),
        provenance=provenance_of(sample, study),
    )


def _row(sample: Sample, study: Study, row: PrevalenceRow) -> ClusterRow | None:
    chosen = population_rows(sample, row)
    labels = case_clusters(sample, row.unit)[chosen]
    named = sample.tables[f"{row.unit}s"]["case_id"].astype("string").fillna("")[chosen]
    found = diagnose_labels(labels)
    if isinstance(found, Refusal):
        return None
    sizes = found.sizes
    cells = CaseCells.of(sizes, np.zeros_like(sizes), np.zeros_like(sizes))
    known = [_information(sizes, mark) for mark in study.estimates.icc_marks]
    return ClusterRow(
        unit=row.unit,
        population=row.population,
        n_units=found.n_rows,
        n_cases=found.n_clusters,
        n_merged=int(named.nunique()) - found.n_clusters,
        effective_cases=found.effective_clusters,
        size_cv=found.size_cv,
        largest_share=found.largest_share,
        classes=_classes(sizes),
        information_low=known[0],
        information_middle=known[1],
        information_high=known[2],
        refused=gate_clusters(cells, study).refused,
    )


def _information(sizes: IntArray, mark: float) -> float:
    found = design_effect(sizes, icc=mark)
    return 0.0 if isinstance(found, Refusal) else found.n_effective


def _classes(sizes: npt.NDArray[np.int64]) -> tuple[SizeClass, ...]:
    found = []
    for low, high in _BANDS:
        held = sizes[(sizes >= low) & (sizes <= (high or sizes.max()))]
        found.append(SizeClass(low=low, high=high, n_cases=len(held), n_units=int(held.sum())))
    return tuple(found)
