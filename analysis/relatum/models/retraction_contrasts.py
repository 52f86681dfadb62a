"""Contrasts among women who reported: as much as their number carries, and what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from relatum.models.gates import gate_clusters, override_notes
from relatum.models.retraction_contrasts_bounds import bound_reporters, read_women
from relatum.models.retraction_contrasts_contact import ContactFound, rates_by_contact
from relatum.models.retraction_contrasts_counts import count_contrast
from relatum.models.retraction_contrasts_data import (
    Covariate,
    ReporterRows,
    read_reporters,
    report_covariate,
)
from relatum.models.retraction_contrasts_familiar import familiar_terms
from relatum.models.retraction_contrasts_models import (
    ContrastModel,
    average_differences,
    describe_fit,
    penalised_terms,
)
from relatum.models.retraction_contrasts_notes import contrast_notes
from relatum.models.retraction_contrasts_selection import (
    contact_e_values,
    covariate_e_values,
    earliest_difference,
    selection_rows,
)
from relatum.models.testimony_limits import trace_merged
from relatum.results.base import Unavailable
from relatum.results.provenance import provenance_of
from relatum.results.retraction_contrasts import (
    AverageEffect,
    FamiliarTerm,
    FitQuality,
    PenalisedTerm,
    RetractionContrasts,
    SensitivityRow,
)
from relatum.samples import Sample
from relatum.samples.testimony import Testimony
from relatum.study import Study

__all__ = ["TIERS", "contrast_reports"]

_WHAT = "contrasts among women who reported"
#: Name, smallest number of reports, and the covariates that they carry.
TIERS: tuple[tuple[str, int, int], ...] = (
    ("two_covariates", 60, 2),
    ("one_covariate", 20, 1),
    ("exact_only", 0, 0),
)


def contrast_reports(sample: Sample, study: Study) -> RetractionContrasts | Unavailable:
    """Compare women who reported by what precedes the report, and their days by contact.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan: covariates, last horizon, lag of contact, limits of the weights, level, seed.

    Returns
    -------
    RetractionContrasts or Unavailable
        Unavailable without a report whose outcome is known. Fewer than 20 reports carry counts and
        the exact test within cases, 20 to 59 one covariate, 60 and more two. What cannot be
        estimated beyond that stands in the result with its reason.

    Notes
    -----
    The outcome is any step back within the last horizon, every date on its latest day; women of
    whom it is not known are left out and counted. Women without a report enter the bounds, the
    weights and the selection model only: nothing else depends on them. Investigations that share a
    suspect are one case. See
    `relatum.models.retraction_contrasts_models` and its neighbours for the estimators.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> found = contrast_reports(example_sample("simulated"), read_study())
    >>> print(found)
    Contrasts among women who reported: 11 of 31 reports, tier one_covariate
    >>> [(row.n_stepped_with, row.n_with, row.n_stepped_without) for row in found.counts]
    [(3, 9, 8), (4, 11, 7)]
    """
    provenance = provenance_of(sample, study, seed=study.seed)
    testimony = trace_merged(sample)
    rows = read_reporters(testimony, study)
    if not rows.victim:
        return Unavailable(what=_WHAT, why=_why_none(testimony, rows), provenance=provenance)
    refused = gate_clusters(rows.cells, study).refused
    tier, most = next((name, most) for name, least, most in TIERS if len(rows.victim) >= least)
    read = _read_covariates(sample, study, rows, most)
    contact = rates_by_contact(testimony, study, refused=refused)
    compared = _Compared(rows=rows, covariates=read.held, study=study, refused=refused)
    models = _fit(compared) if most else _counts_only(compared)
    women = [read_women(sample, testimony, study, rows, one.term) for one in read.held]
    bounds = [bound_reporters(one, study) for one in women if not isinstance(one, str)]
    share = float(rows.stepped.mean())
    gone = (
        *read.refused,
        *models.refused,
        *(one for _, parts in bounds for one in parts),
        *_no_case_limits(refused, contact),
    )
    return RetractionContrasts(
        title="Contrasts among women who reported",
        tier=tier,
        n_reports=len(rows.victim),
        n_stepped=int(rows.stepped.sum()),
        n_cases=len(np.unique(rows.case)),
        counts=tuple(row for one in read.held for row in count_contrast(rows, one)),
        penalised=models.penalised,
        familiar=models.familiar,
        effects=models.effects,
        quality=models.quality,
        contact=contact.rates,
        rate_ratio=contact.ratio,
        ratio_low=contact.limits.low,
        ratio_high=contact.limits.high,
        contact_refused=contact.refused,
        bounds=tuple(one for parts, _ in bounds for one in parts),
        sensitivity=(
            *models.sensitivity,
            *contact_e_values(contact, share),
            *(row for one in women[:1] for row in selection_rows(one, study)),
        ),
        unavailable=tuple(dict.fromkeys(gone)),
        conf_level=study.retraction.conf_level,
        notes=(
            *contrast_notes(testimony, study, rows, contact, refused=refused),
            *override_notes(study),
        ),
        provenance=provenance,
    )


def _why_none(testimony: Testimony, rows: ReporterRows) -> str:
    if not testimony.reports:
        return "no report and no incriminating statement is recorded"
    if rows.n_undetermined or rows.n_before:
        return "of no report it is known whether a step back followed within the last horizon"
    return "no report belongs to a woman with a dated first contact and an end of observation"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    held: tuple[Covariate, ...]
    refused: tuple[Unavailable, ...]


def _read_covariates(sample: Sample, study: Study, rows: ReporterRows, most: int) -> _Read:
    """Read as many covariates as the reports carry; with few reports one, for its counts."""
    held: list[Covariate] = []
    refused: list[Unavailable] = []
    for name in study.retraction.covariates:
        found = report_covariate(sample, study, rows, name)
        if isinstance(found, str):
            refused.append(Unavailable(what=f"contrast by {name}", why=found))
        elif len(held) >= max(most, 1):
            n = len(rows.victim)
            noun = "report" if n == 1 else "reports"
            why = f"with {n} {noun} one covariate is compared"
            if most == TIERS[0][2]:
                why = "two covariates are compared at most"
            refused.append(Unavailable(what=f"contrast by {name}", why=why))
        else:
            held.append(found)
    if not study.retraction.covariates:
        refused.append(Unavailable(what="contrasts", why="the plan declares no covariate"))
    return _Read(held=tuple(held), refused=tuple(refused))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    rows: ReporterRows
    covariates: tuple[Covariate, ...]
    study: Study
    refused: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Models:
    quality: FitQuality | Unavailable
    penalised: tuple[PenalisedTerm | Unavailable, ...] = ()
    familiar: tuple[FamiliarTerm, ...] = ()
    effects: tuple[AverageEffect, ...] = ()
    sensitivity: tuple[SensitivityRow, ...] = ()
    refused: tuple[Unavailable, ...] = ()


def _counts_only(held: _Compared) -> _Models:
    n = len(held.rows.victim)
    why = f"{n} {'report' if n == 1 else 'reports'}, fewer than {TIERS[1][1]}: counts only"
    gone = tuple(
        Unavailable(what=f"penalised odds ratio, {one.label}", why=why) for one in held.covariates
    )
    return _Models(
        quality=Unavailable(what="fit of the penalised model", why=why),
        penalised=gone,
        sensitivity=tuple(earliest_difference(held.rows, one) for one in held.covariates),
    )


def _fit(held: _Compared) -> _Models:
    if not held.covariates:
        why = "there is no covariate to fit"
        return _Models(quality=Unavailable(what="fit of the penalised model", why=why))
    model = ContrastModel(
        rows=held.rows, covariates=held.covariates, study=held.study, refused=held.refused
    )
    penalised = penalised_terms(model)
    effects = average_differences(model)
    share = float(held.rows.stepped.mean())
    sensitivity = [earliest_difference(held.rows, one) for one in held.covariates]
    for place, one in enumerate(held.covariates):
        # terms come in pairs, silence as without first
        sensitivity += covariate_e_values(penalised[2 * place], one, share)
    return _Models(
        quality=describe_fit(model),
        penalised=penalised,
        familiar=familiar_terms(model),
        effects=tuple(one for one in effects if isinstance(one, AverageEffect)),
        sensitivity=tuple(sensitivity),
        refused=tuple(one for one in effects if isinstance(one, Unavailable)),
    )


def _no_case_limits(refused: str, contact: ContactFound) -> Sequence[Unavailable]:
    found = [Unavailable(what="limits by case", why=refused)] if refused else []
    if contact.unlimited and not refused:
        found.append(Unavailable(what="limits of the rate ratio", why=contact.unlimited))
    return found
