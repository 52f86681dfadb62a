"""Contrasts among women who reported, by the amount of data, with what selection may do to them."""

from __future__ import annotations

import numpy as np

from relatum.models.case_cells import CaseCells
from relatum.models.contrast_contact import rates_by_contact
from relatum.models.contrast_data import everyone, gather_reporters, label_of
from relatum.models.contrast_selection import bound_reporters, list_sensitivity
from relatum.models.contrast_terms import (
    average_contrasts,
    count_contrasts,
    describe_fit,
    familiar_terms,
    penalised_terms,
)
from relatum.models.gates import gate_clusters, override_notes
from relatum.models.testimony_limits import trace_merged
from relatum.results.base import Note, Unavailable
from relatum.results.provenance import provenance_of
from relatum.results.retraction_contrasts import RetractionContrasts
from relatum.samples import Sample
from relatum.study import Study

__all__ = ["TIERS", "contrast_reports"]

_WHAT = "contrasts among women who reported"
#: Reports that each tier needs, and how many covariates it carries.
TIERS: tuple[tuple[str, int, int], ...] = (
    ("exact_only", 0, 0),
    ("one_covariate", 20, 1),
    ("two_covariates", 60, 2),
)
_NOTES = (
    Note(
        "collider",
        "Who reports depends on the violence, on attachment and on the police together. Among "
        "women who reported, two of these can go together although they do not among all women, so "
        "that every contrast here is a description.",
    ),
    Note(
        "contact_independent",
        "Contact with the suspect counts where a prison log, a wiretap or an observation records "
        "it, from the next day on. Contact told when stepping back is known of women who stepped "
        "back only, and is not used.",
    ),
    Note(
        "familiar_contrasts",
        "The familiar estimators stand there for comparison and enter no headline.",
    ),
    Note(
        "bounds_exposure",
        "Bounds, weights and the joint model concern all women with a first contact. An arrest "
        "counts there if it came by the day of the first contact, because a woman without a report "
        "has no day of a report.",
    ),
)


def contrast_reports(sample: Sample, study: Study) -> RetractionContrasts | Unavailable:
    """Compare women who reported with each other, as far as their number allows.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan: covariates that precede the report, lag of contact, limits of weights, level.

    Returns
    -------
    RetractionContrasts or Unavailable
        Fewer than 20 reports give exact tables only, 20 to 59 one covariate, 60 and more two.
        Unavailable without reports, or where nobody, or everybody, stepped back.

    Raises
    ------
    PlanError
        If a covariate of the plan is no code with a status.

    Notes
    -----
    The outcome is any step back within the last horizon, among women of whom it is known. Firth's
    penalised likelihood with profile limits, shares with its intercept corrected (FLIC), the exact
    conditional test within cases where at least five tell, and the score wild bootstrap by case.
    The upper reading of silence stands beside the lower one.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> found = contrast_reports(example_sample("simulated"), read_study())
    >>> found.tier, found.n_reports, found.n_stepped
    ('one_covariate', 31, 11)
    """
    provenance = provenance_of(sample, study, seed=study.seed)
    testimony = trace_merged(sample)
    rows = gather_reporters(sample, testimony, study)
    stepped = int(rows.stepped.sum())
    why = _why_not(rows.n, stepped)
    if why:
        return Unavailable(what=_WHAT, why=why, provenance=provenance)
    tier, terms = _tier(rows.n, study)
    labels = {term: label_of(sample, term) for term in study.retraction.covariates}
    women = everyone(sample, testimony, study)
    sizes = np.bincount(rows.case)
    gate = gate_clusters(CaseCells.of(sizes, sizes * 0, sizes * 0), study)
    contact = rates_by_contact(testimony, study, limited=not gate.refused)
    first = terms[0] if terms else ""
    penalised = [
        part for term in terms for part in penalised_terms(rows, labels[term], term, study)
    ]
    return RetractionContrasts(
        title="Women who reported, compared",
        tier=tier,
        n_reports=rows.n,
        n_stepped=stepped,
        n_cases=rows.n_cases,
        counts=tuple(
            row
            for term in study.retraction.covariates
            for row in count_contrasts(rows, labels[term], term)
        ),
        penalised=tuple(penalised),
        familiar=tuple(familiar_terms(rows, first, study)) if first else (),
        effects=tuple(
            effect
            for term in terms
            for effect in average_contrasts(rows, labels[term], term, study)
        ),
        quality=describe_fit(rows, first, study) if first else _too_few("calibration", rows.n),
        contact=contact.rates,
        rate_ratio=contact.ratio,
        ratio_low=contact.low,
        ratio_high=contact.high,
        contact_refused=contact.refused,
        bounds=tuple(
            row
            for term in study.retraction.covariates
            for row in bound_reporters(women, labels[term], term)
        ),
        sensitivity=list_sensitivity(women, first, penalised, contact, study) if first else (),
        unavailable=_refused(tier, study, gate.refused, rows.n),
        conf_level=study.retraction.conf_level,
        notes=(*_notes(rows.n_unknown, gate.refused), *override_notes(study)),
        provenance=provenance,
    )


def _why_not(n: int, stepped: int) -> str:
    if not n:
        return "no report whose outcome is known is recorded"
    if not stepped:
        return f"none of {n} women stepped back"
    return f"all {n} women stepped back" if stepped == n else ""


def _tier(n: int, study: Study) -> tuple[str, tuple[str, ...]]:
    name, most = next((name, most) for name, least, most in reversed(TIERS) if n >= least)
    return name, study.retraction.covariates[:most]


def _too_few(what: str, n: int) -> Unavailable:
    noun = "report" if n == 1 else "reports"
    return Unavailable(what=what, why=f"{n} {noun}, fewer than {TIERS[1][1]}: counts only")


def _refused(tier: str, study: Study, gate: str, n: int) -> tuple[Unavailable, ...]:
    found = []
    if gate:
        found.append(Unavailable(what="limits by case", why=gate))
    if not study.retraction.covariates:
        found.append(Unavailable(what="a covariate", why="the plan declares none"))
    elif tier == "exact_only":
        found.append(_too_few("odds ratios", n))
    elif tier == "one_covariate" and len(study.retraction.covariates) > 1:
        why = f"{n} reports, fewer than {TIERS[2][1]}: one covariate"
        found.append(Unavailable(what="a second covariate", why=why))
    return tuple(found)


def _notes(n_unknown: int, refused: str) -> tuple[Note, ...]:
    found = list(_NOTES)
    if n_unknown:
        found.append(
            Note(
                "outcome_unknown",
                f"{n_unknown} women are left out: their dates do not tell whether they stepped "
                "back by the last horizon, or they were not followed so long.",
            )
        )
    if refused:
        found.append(Note("no_limits", f"There are no limits by case: {refused}."))
    return tuple(found)
