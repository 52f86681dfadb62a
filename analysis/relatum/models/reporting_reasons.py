"""Barriers and motivators among women whose reasons were recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from relatum.inference.common import Refusal
from relatum.inference.wild_proportion import clustered_proportion
from relatum.models.case_cells import CODINGS, CaseCells, count_by_case
from relatum.models.gates import gate_clusters, judge_gate
from relatum.models.items import case_clusters
from relatum.results.base import Note
from relatum.results.reporting import ReasonRow
from relatum.samples import Sample
from relatum.samples.statuses import status_frame
from relatum.schema.status import ABSENT, PRESENT, UNDOCUMENTED, StatusCodes
from relatum.study import Study

__all__ = ["Reasons", "count_reasons"]

_GROUPS: tuple[Literal["barrier", "motivator"], ...] = ("barrier", "motivator")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """Reasons for and against a report.

    Attributes
    ----------
    rows : tuple of ReasonRow
        Barriers, then motivators, in the order of the codebook.
    n_women : int
        Women with a contact of whom any reason was recorded, as present or as ruled out.
    n_without : int
        Women with a contact of whom none was.
    notes : tuple of Note
    """

    rows: tuple[ReasonRow, ...]
    n_women: int
    n_without: int
    notes: tuple[Note, ...]


def count_reasons(sample: Sample, study: Study) -> Reasons:
    """Count recorded barriers and motivators, with bounds and simultaneous limits.

    Parameters
    ----------
    sample : Sample
    study : Study
        The plan: level, coder, seed, threshold of documentation.

    Returns
    -------
    Reasons
        A woman has a reason if it is present at any contact or report of hers. Limits are the
        union under both readings of silence, each at the level 1 - alpha / k for k reasons
        (Bonferroni), so that all of them hold together. They are left out where too little of a
        reason is documented, or where the cases cannot carry them.

    Notes
    -----
    The denominator is women whose reasons were recorded. It says nothing of women who were not
    asked, and nothing of how often a reason occurs among women who never met the police.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> found = count_reasons(example_sample("anna"), read_study())
    >>> [row.term for row in found.rows if row.n_present][:2], found.n_women
    (['bar_fear_retaliation', 'bar_love'], 1)
    """
    book = sample.schema.codebook
    codes = [code for group in _GROUPS for code in book.select(entity=group)]
    statuses = status_frame(
        sample, [code.id for code in codes], unit="victim", coder=study.coder or None
    )
    matrix = np.column_stack([statuses[code.id].array.codes for code in codes])
    met = _with_contact(sample)
    told = met & np.isin(matrix, (PRESENT, ABSENT)).any(axis=1)
    cases = case_clusters(sample, "victim")[told]
    rows = tuple(
        _row((code.id, code.label, code.entity), matrix[told, at], cases, study, len(codes))
        for at, code in enumerate(codes)
    )
    n_women, n_without = int(told.sum()), int((met & ~told).sum())
    return Reasons(
        rows=rows, n_women=n_women, n_without=n_without, notes=_notes(len(codes), n_without)
    )


def _with_contact(sample: Sample) -> npt.NDArray[np.bool_]:
    women = sample.tables["police_contacts"]["victim_id"]
    return np.asarray(sample.unit_ids("victim").isin(women), dtype=bool)


def _row(
    term: tuple[str, str, str],
    codes: StatusCodes,
    cases: npt.NDArray[np.int64],
    study: Study,
    n_family: int,
) -> ReasonRow:
    n = len(codes)
    present, absent, silent = (
        int((codes == status).sum()) for status in (PRESENT, ABSENT, UNDOCUMENTED)
    )
    low, high = _limits(count_by_case(codes, cases), study, n_family)
    n_applies = present + absent + silent
    return ReasonRow(
        term=term[0],
        label=term[1],
        group=term[2],
        n_women=n,
        n_present=present,
        n_absent_documented=absent,
        n_not_documented=silent,
        lower=present / n_applies if n_applies else None,
        upper=(present + silent) / n_applies if n_applies else None,
        conf_low=low,
        conf_high=high,
    )


def _limits(cells: CaseCells, study: Study, n_family: int) -> tuple[float | None, float | None]:
    """Join the limits of both readings of silence; none where a gate refuses."""
    silent = int(cells.undocumented.sum())
    if not cells.n_units:
        return None, None
    documented = 1 - silent / cells.n_units
    verdict = gate_clusters(cells, study)
    if documented < study.prevalence.min_documented_share:
        verdict = verdict.and_then(judge_gate("low_documentation", "too little is known", study))
    if verdict.refused:
        return None, None
    found = [
        clustered_proportion(
            cells.counts(coding),
            cells.sizes,
            conf_level=1 - (1 - study.reporting.conf_level) / n_family,
            boundary_icc=study.estimates.boundary_icc,
            seed=study.seed,
        )
        for coding in CODINGS
    ]
    held = [part for part in found if not isinstance(part, Refusal)]
    if len(held) < len(found):
        return None, None
    return min(part.conf_low for part in held), max(part.conf_high for part in held)


def _notes(n_family: int, n_without: int) -> tuple[Note, ...]:
    return (
        Note(
            "reasons_recorded",
            "Reasons are counted among women of whom at least one was recorded, as present or as "
            f"ruled out. Of {n_without} women with a contact none was recorded.",
        ),
        Note(
            "reasons_family",
            f"The {n_family} reasons are one family; their limits hold together (Bonferroni). They "
            "are a description, and no tests.",
        ),
    )
