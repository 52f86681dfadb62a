"""Latent classes of the domains: gated, under two readings of silence, with their stability."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from relatum.inference.common import Refusal
from relatum.inference.latent_class_resampling import (
    ClassificationStability,
    bootstrap_likelihood_ratio,
    classification_stability,
)
from relatum.inference.latent_classes import LatentClassFit, fit_latent_classes
from relatum.models.gates import override_notes
from relatum.models.profiles_gates import gate_profiles, information_of
from relatum.models.tactic_matrix import TacticMatrix, tactic_matrix
from relatum.results.base import Note, Unavailable
from relatum.results.profiles import (
    ClassFitRow,
    ClassRow,
    Information,
    LatentClasses,
    StabilityRow,
)
from relatum.results.provenance import provenance_of
from relatum.samples import Sample
from relatum.schema.status import ABSENT, PRESENT
from relatum.study import Study

__all__ = ["MAX_INDICATORS", "MIN_STABILITY", "fit_domain_classes"]

#: At most so many domains are indicators; below this adjusted Rand index no class is shown.
MAX_INDICATORS, MIN_STABILITY = 6, 0.70
_WHAT = "latent classes"
_REFIT_STARTS = 10
_Answers = npt.NDArray[np.int64]


def fit_domain_classes(
    sample: Sample, study: Study, *, starts: int = 50, draws: int = 99, max_classes: int = 6
) -> LatentClasses | Unavailable:
    """Fit latent classes to the domains.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan, with its override of the gate `latent_classes`.
    starts : int
        Random starts of every reported fit.
    draws : int
        Resamples of cases for the likelihood ratio and the stability.
    max_classes : int
        Largest number of classes.

    Returns
    -------
    LatentClasses or Unavailable
        Unavailable with fewer than 10 cases, or the information of fewer than 100 independent
        relationships, unless the plan overrides it; where fewer than three domains vary; and
        where the classes of the smallest BIC are not stable: mean adjusted Rand index below 0.70
        over resamples of cases.

    Notes
    -----
    Undocumented counts as absent. The same fits with undocumented as missing at random stand
    beside them (full information maximum likelihood); files do not leave out at random. The
    likelihood ratio is tested up to one class more than the BIC prefers.
    """
    provenance = provenance_of(sample, study, seed=study.seed)
    matrix = tactic_matrix(sample, study, level="domain")
    if isinstance(matrix, Unavailable):
        return Unavailable(what=_WHAT, why=matrix.why, provenance=provenance)
    held = information_of(matrix.cases, study)
    notes = (*_notes(held), *override_notes(study))
    refused = gate_profiles("latent_classes", held, study).refused
    kept = _indicators(matrix)
    if not refused and len(kept) < 3:
        refused = f"{len(kept)} domains vary; three are needed"
    if refused:
        return Unavailable(what=_WHAT, why=refused, notes=notes, provenance=provenance)
    lower = matrix.binary("lower")[:, kept].astype(np.int64)
    numbers = range(1, max_classes + 1)
    fits = _fit_all(lower, numbers, starts, study.seed)
    best = _smallest_bic(fits)
    stability = _stability(lower, matrix, best, draws, study.seed)
    why = _unstable(best, stability)
    if why:
        return Unavailable(what=_WHAT, why=why, notes=notes, provenance=provenance)
    silent = _documented(matrix.codes[:, kept])
    missing = _fit_all(silent, numbers, starts, study.seed)
    rows = [
        *_test_all(_rows("lower", fits, len(lower)), lower, matrix, best, (draws, study)),
        *_rows("missing", missing, len(silent)),
    ]
    return LatentClasses(
        title="Latent classes of the domains",
        terms=tuple(matrix.terms[at] for at in kept),
        labels=tuple(matrix.labels[at] for at in kept),
        left_out=_left_out(matrix, kept),
        information=held,
        fits=tuple(rows),
        n_classes=best,
        classes=(*_classes("lower", fits[best]), *_classes("missing", missing[best])),
        stability=stability if isinstance(stability, StabilityRow) else None,
        notes=notes,
        provenance=provenance,
    )


def _indicators(matrix: TacticMatrix) -> npt.NDArray[np.int64]:
    """Return the domains that vary; of more than six those whose share is nearest one half."""
    shares = matrix.binary("lower").mean(axis=0)
    varied = np.flatnonzero((shares > 0) & (shares < 1))
    nearest = np.argsort(np.abs(shares[varied] - 0.5), kind="stable")[:MAX_INDICATORS]
    return np.sort(varied[nearest])


def _left_out(matrix: TacticMatrix, kept: npt.NDArray[np.int64]) -> tuple[str, ...]:
    lower = matrix.binary("lower")
    words = []
    for at, label in enumerate(matrix.labels):
        if at in kept:
            continue
        every, none = bool(lower[:, at].all()), not lower[:, at].any()
        reason = "present in all" if every else "present in none" if none else "far from one half"
        words.append(f"{label}: {reason}")
    return tuple(words)


def _documented(codes: npt.NDArray[np.int8]) -> _Answers:
    """Return 1 present, 0 ruled out, -1 otherwise, in the rows with at least one of the two."""
    answers = np.where(codes == PRESENT, 1, np.where(codes == ABSENT, 0, -1)).astype(np.int64)
    return answers[(answers >= 0).any(axis=1)]


def _fit_all(
    answers: _Answers, numbers: Iterable[int], starts: int, seed: int
) -> dict[int, LatentClassFit | Refusal]:
    return {
        n_classes: fit_latent_classes(answers, n_classes=n_classes, starts=starts, seed=seed)
        for n_classes in numbers
    }


def _smallest_bic(fits: dict[int, LatentClassFit | Refusal]) -> int:
    held = {n: fit.bic for n, fit in fits.items() if isinstance(fit, LatentClassFit)}
    return min(held, key=lambda n: (held[n], n), default=1)


def _stability(
    answers: _Answers, matrix: TacticMatrix, n_classes: int, draws: int, seed: int
) -> StabilityRow | Refusal | None:
    if n_classes == 1:
        return None
    found: ClassificationStability | Refusal = classification_stability(
        answers,
        matrix.cases,
        n_classes=n_classes,
        draws=draws,
        starts=_REFIT_STARTS,
        seed=seed,
    )
    if isinstance(found, Refusal):
        return found
    return StabilityRow(
        mean=found.mean,
        low=found.low,
        high=found.high,
        without_largest=found.without_largest,
        n_draws=draws,
    )


def _unstable(n_classes: int, stability: StabilityRow | Refusal | None) -> str:
    if stability is None:
        return ""
    if isinstance(stability, Refusal):
        return f"the stability of {n_classes} classes is not known: {stability.why}"
    if stability.mean >= MIN_STABILITY:
        return ""
    return (
        f"the BIC prefers {n_classes} classes, but relationships do not keep theirs when the "
        f"investigations are resampled: mean adjusted Rand index {stability.mean:.2f}, below "
        f"{MIN_STABILITY:.2f}"
    )


def _rows(coding: str, fits: dict[int, LatentClassFit | Refusal], n_rows: int) -> list[ClassFitRow]:
    return [_row(coding, n_classes, fit, n_rows) for n_classes, fit in fits.items()]


def _row(coding: str, n_classes: int, fit: LatentClassFit | Refusal, n_rows: int) -> ClassFitRow:
    if isinstance(fit, Refusal):
        return ClassFitRow(coding=coding, n_classes=n_classes, n_rows=n_rows, refused=fit.why)
    return ClassFitRow(
        coding=coding,
        n_classes=n_classes,
        n_rows=fit.n_rows,
        n_parameters=fit.n_parameters,
        df=fit.df,
        log_likelihood=fit.log_likelihood,
        aic=fit.aic,
        bic=fit.bic,
        adjusted_bic=fit.adjusted_bic,
        entropy=fit.entropy,
        g_squared=fit.g_squared,
        x_squared=fit.x_squared,
        n_starts=fit.n_starts,
        n_starts_at_max=fit.n_starts_at_max,
        on_boundary=fit.on_boundary,
        confirmed=fit.confirmed,
    )


def _test_all(
    rows: list[ClassFitRow],
    answers: _Answers,
    matrix: TacticMatrix,
    best: int,
    how: tuple[int, Study],
) -> list[ClassFitRow]:
    """Add the likelihood ratio against one class less, up to one class more than the best."""
    draws, study = how
    tested = []
    for row in rows:
        if row.refused or not 2 <= row.n_classes <= best + 1:
            tested.append(row)
            continue
        found = bootstrap_likelihood_ratio(
            answers,
            matrix.cases,
            n_classes=row.n_classes,
            icc=study.estimates.icc_marks[1],
            draws=draws,
            starts=_REFIT_STARTS,
            seed=study.seed,
        )
        if isinstance(found, Refusal):
            tested.append(row)
        else:
            tested.append(replace(row, ratio=found.statistic, p_value=found.p_value))
    return tested


def _classes(coding: str, fit: LatentClassFit | Refusal) -> list[ClassRow]:
    if isinstance(fit, Refusal):
        return []
    return [
        ClassRow(
            coding=coding,
            number=at + 1,
            share=float(fit.shares[at]),
            probabilities=tuple(float(item[at, 1]) for item in fit.probabilities),
        )
        for at in range(fit.n_classes)
    ]


def _notes(held: Information) -> tuple[Note, ...]:
    return (
        Note(
            "classes_information",
            f"{held.n_rows} relationships in {held.n_cases} investigations carry the information "
            f"of {held.n_effective:.0f} independent ones at an assumed intra-case correlation of "
            f"{held.icc:g}. Simulations of latent classes start at 100 independent rows and find "
            "many solutions on the boundary there (Wurpts and Geiser 2014, "
            "doi:10.3389/fpsyg.2014.00920).",
        ),
        Note(
            "classes_reading",
            "Classes have numbers, not names: they sum up which domains are recorded together and "
            "are not types of persons. Uneven severity and uneven depth of documentation both "
            "look like classes: in simulations without any association, depth that differs "
            "between files made about nine in ten samples show a second class.",
        ),
        Note(
            "classes_criteria",
            "AIC, BIC and adjusted BIC take relationships as independent and so favour too many "
            "classes. The likelihood ratio is tested by simulating from one class less in "
            "resampled investigations, whose class shares and item probabilities differ at the "
            f"assumed correlation of {held.icc:g}.",
        ),
        Note(
            "classes_silence",
            "Undocumented counts as absent; beside it stand the fits with undocumented as missing "
            "at random, which it is not where files are about an offence.",
        ),
    )
