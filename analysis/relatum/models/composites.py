"""Claims about combinations of tactics: counted, bounded, and set against documentation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from relatum.inference.common import Refusal
from relatum.inference.universal import limits_at_icc
from relatum.models.case_cells import CaseCells, count_by_case
from relatum.models.counting import COUNT_NOTES, prevalence_row
from relatum.models.domain_depth import count_domains, link_domains
from relatum.models.first_occurrence import order_domains
from relatum.models.gates import gate_clusters, override_notes
from relatum.models.tactic_matrix import TacticMatrix, tactic_matrix
from relatum.results.base import Note, Unavailable
from relatum.results.composites import (
    ClaimLimits,
    ClaimRow,
    CompositeClaims,
    DomainDepthLink,
    OrderRow,
)
from relatum.results.provenance import provenance_of
from relatum.samples import Sample, status_frame
from relatum.schema.status import (
    ABSENT,
    UNDOCUMENTED,
    StatusCodes,
    combine_all,
    combine_any,
    negate,
)
from relatum.study import Study

__all__ = ["describe_composites"]

BoolArray = NDArray[np.bool_]
_BOTH = "control_and_intimidation"
_UNRECORDED = "control_without_recorded_violence"
_COMPOSITE = "composite_control_intimidation_violence"
_RULED_OUT = "dv_control_without_violence"
_COERCIVE = "dv_coercive_control"
#: The composite is published of all relationships, and implies its first two parts.
_UNIVERSAL = (_BOTH, _COMPOSITE)
_CONTROL = ("dom_control", "dom_rules", "ctl_*", "rule_*")
_INTIMIDATION = ("dom_intimidation", "int_*")


def describe_composites(sample: Sample, study: Study) -> CompositeClaims | Unavailable:
    """Count claims about combinations, and ask what depth and dates say of the domains.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan: coder, thresholds, level, correlations to assume, gates and seed.

    Returns
    -------
    CompositeClaims or Unavailable
        Counts with worst-case bounds of five combinations; the number of domains by documentation
        depth, with rank correlations overall and within cases; which domain is recorded first.
        Unavailable where there is no relationship.

    Notes
    -----
    Silence in a part of a combination stays silence unless another part is ruled out. A claim
    about all relationships has the bounds [n1 / N, (n1 + nU) / N]; its limits for relationships
    of other investigations are exact at the correlations that the plan names, because a share of
    1 shows none.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> found = describe_composites(example_sample("anna"), read_study())
    >>> [(row.term, row.counted.n_present) for row in found.claims][:2]
    [('control_and_intimidation', 1), ('composite_control_intimidation_violence', 1)]
    """
    matrix = tactic_matrix(sample, study, level="domain")
    if isinstance(matrix, Unavailable):
        return Unavailable(
            what="claims about combinations", why=matrix.why, provenance=matrix.provenance
        )
    population = _population(sample)
    rows = sample.tables["relationships"].loc[population.rows]
    links = link_domains(matrix, rows["documentation_depth"], seed=study.seed)
    order = order_domains(sample, study, matrix, ids=rows["relationship_id"])
    return CompositeClaims(
        title="Claims about combinations",
        population=population.words,
        n_relationships=matrix.n_rows,
        claims=_claims(sample, study, matrix, population),
        depth=count_domains(
            matrix, rows["documentation_depth"], rows["victim_statement_available"]
        ),
        links=links,
        order=order,
        conf_level=study.estimates.conf_level,
        notes=(*_notes(links, order), *override_notes(study)),
        provenance=provenance_of(sample, study, seed=study.seed),
    )


@dataclass(frozen=True, slots=True)
class _Population:
    words: str
    rows: BoolArray


def _population(sample: Sample) -> _Population:
    """Take the relationships of trafficking, as `tactic_matrix` does."""
    held = sample.tables["relationships"]["population"].astype("string").fillna("")
    named = (held == "trafficking").to_numpy(dtype=bool)
    if named.any() and not named.all():
        return _Population("trafficking relationships", named)
    return _Population("all relationships", np.ones(len(held), dtype=bool))


# --- claims ----------------------------------------------------------------------------------


def _claims(
    sample: Sample, study: Study, matrix: TacticMatrix, population: _Population
) -> tuple[ClaimRow, ...]:
    book = sample.schema.codebook
    parts = {
        name: list(dict.fromkeys(code.id for pattern in patterns for code in book.match(pattern)))
        for name, patterns in (("control", _CONTROL), ("intimidation", _INTIMIDATION))
    }
    derived = (_COMPOSITE, _RULED_OUT, _COERCIVE)
    wanted = list(dict.fromkeys([*parts["control"], *parts["intimidation"], "vio_physical"]))
    frame = status_frame(sample, [*wanted, *derived], coder=study.coder or None)
    held = {name: frame[name].array.codes[population.rows] for name in frame.columns}
    any_part = [
        combine_any(np.stack([held[code] for code in codes], axis=1), axis=1)
        for codes in parts.values()
    ]
    both = combine_all(np.stack(any_part, axis=1), axis=1)
    recorded = np.where(held["vio_physical"] == UNDOCUMENTED, ABSENT, held["vio_physical"])
    unrecorded = combine_all(np.stack([both, negate(recorded)], axis=1), axis=1)
    claims: tuple[tuple[str, str, StatusCodes], ...] = (
        (_BOTH, "Control and intimidation", both),
        (_COMPOSITE, book[_COMPOSITE].label, held[_COMPOSITE]),
        (
            _RULED_OUT,
            "Control and intimidation, physical violence ruled out",
            held[_RULED_OUT],
        ),
        (
            _UNRECORDED,
            "Control and intimidation, physical violence not recorded",
            unrecorded,
        ),
        (_COERCIVE, book[_COERCIVE].label, held[_COERCIVE]),
    )
    return tuple(
        _claim(term, label, codes, study=study, cases=matrix.cases, population=population.words)
        for term, label, codes in claims
    )


def _claim(
    term: str,
    label: str,
    codes: StatusCodes,
    *,
    study: Study,
    cases: NDArray[np.int64],
    population: str,
) -> ClaimRow:
    counted = prevalence_row(
        codes,
        study.prevalence,
        term=term,
        label=label,
        entity="derived",
        domain="composite",
        unit="relationship",
        population=population,
    )
    limits: tuple[ClaimLimits, ...] = ()
    why = "it is not a statement about all relationships"
    if term in _UNIVERSAL:
        cells = count_by_case(codes, cases)
        why = gate_clusters(cells, study).refused
        limits = () if why else _limits(cells, study)
    return ClaimRow(counted=counted, universal=term in _UNIVERSAL, limits=limits, limits_why=why)


def _limits(cells: CaseCells, study: Study) -> tuple[ClaimLimits, ...]:
    plan = study.estimates
    found = []
    for icc in dict.fromkeys((0.0, *plan.icc_marks)):
        low, high = (
            limits_at_icc(int(counts.sum()), cells.sizes, icc=icc, conf_level=plan.conf_level)
            for counts in (cells.lower, cells.upper)
        )
        if isinstance(low, Refusal) or isinstance(high, Refusal) or low.n_effective is None:
            continue
        found.append(
            ClaimLimits(
                icc=icc,
                n_effective=low.n_effective,
                conf_low=low.conf_low,
                conf_high=high.conf_high,
            )
        )
    return tuple(found)


# --- notes -----------------------------------------------------------------------------------


def _notes(
    links: tuple[DomainDepthLink, ...], order: tuple[OrderRow, ...] | Unavailable
) -> tuple[Note, ...]:
    notes = [
        *COUNT_NOTES,
        Note(
            "composite_violence",
            "The composite counts a threat as its third part, so it says nothing of physical "
            "violence: a threat alone can be the second and the third part.",
        ),
        Note(
            "two_readings",
            "Physical violence ruled out: the file excludes it; its bounds hold what silence may "
            "hide. Not recorded: the file excludes it or is silent. The latter counts files, not "
            "what occurred: silence on physical violence is no evidence that there was none.",
        ),
        Note(
            "limits_at_icc",
            "Limits of statements about all relationships speak of other investigations of this "
            "kind. A share of 1 shows no correlation within investigations, so they are given at "
            "correlations that are assumed.",
        ),
    ]
    if any(link.rho is not None for link in links):
        text = (
            "With silence counted as presence, thin files gain domains by construction: a negative "
            "correlation with depth is then expected."
        )
        notes.append(Note("upper_coding", text))
    overall = [link for link in links if (link.coding, link.scope) == ("lower", "overall")]
    if any(link.rho is not None and link.rho > 0.3 for link in overall):
        text = (
            "More domains are recorded in thicker files (Spearman above 0.3): domains that are "
            "recorded together may only share a thick file."
        )
        notes.append(Note("depth_warning", text))
    if not isinstance(order, Unavailable):
        text = (
            "Dates lie within the observation window, and undated acts may be earlier: what is "
            "recorded first is not what occurred first. Only intervals that share no day are "
            "ordered."
        )
        notes.append(Note("first_recorded", text))
    return tuple(notes)
