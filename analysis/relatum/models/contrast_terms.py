"""One covariate among women who reported: counts, penalised odds ratio, familiar estimators."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from relatum.inference.common import FloatArray, Refusal
from relatum.inference.firth_logit import firth_logit, flac_logit, flic_logit, log_f_logit
from relatum.inference.gee import estimating_equations
from relatum.inference.glmm import random_intercept_logit
from relatum.inference.logit import logit_regression
from relatum.inference.logit_conditional import conditional_logit
from relatum.inference.logit_effects import average_effects, predict_probabilities
from relatum.inference.logit_fits import LogitFit
from relatum.inference.logit_quality import describe_predictions
from relatum.inference.logit_rows import LogitRows
from relatum.inference.logit_within_cases import within_case_test
from relatum.inference.robust import cluster_robust
from relatum.inference.separation import find_separation
from relatum.inference.wild_scores import wild_score_coefficient
from relatum.models.case_cells import Coding
from relatum.models.contrast_data import Reporters, both_codings
from relatum.results.base import Unavailable
from relatum.results.retraction_contrasts import (
    AverageEffect,
    ContrastCounts,
    FamiliarTerm,
    FitQuality,
    PenalisedTerm,
)
from relatum.schema.status import UNDOCUMENTED
from relatum.study import Study

__all__ = [
    "average_contrasts",
    "count_contrasts",
    "describe_fit",
    "familiar_terms",
    "penalised_terms",
]

_TELLING = 5
_FIRST = 1  # the column of the first covariate, behind the constant


def count_contrasts(rows: Reporters, label: str, term: str) -> list[ContrastCounts]:
    """Count steps back by a covariate, with the exact test within cases where five cases tell.

    Parameters
    ----------
    rows : Reporters
    label, term : str

    Returns
    -------
    list of ContrastCounts
        Under both readings of silence; one where nothing is silent.
    """
    return [_counts(rows, (term, label), coding, x) for coding, x in both_codings(rows, term)]


def _counts(
    rows: Reporters, name: tuple[str, str], coding: Coding, x: FloatArray
) -> ContrastCounts:
    mine, y = x == 1, rows.stepped
    n_with, n_without = int(mine.sum()), int((~mine).sum())
    both, other = int(y[mine].sum()), int(y[~mine].sum())
    test = within_case_test(y, x, rows.case)
    telling = 0 if isinstance(test, Refusal) else test.n_informative
    p_within = None
    if not isinstance(test, Refusal) and telling >= _TELLING:
        p_within = float(test.association.p_values.minlike)
    return ContrastCounts(
        term=name[0],
        label=name[1],
        coding=coding,
        n_stepped_with=both,
        n_with=n_with,
        n_stepped_without=other,
        n_without=n_without,
        n_undocumented=int((rows.status[name[0]] == UNDOCUMENTED).sum()),
        n_cases=rows.n_cases,
        n_telling_cases=telling,
        difference=both / n_with - other / n_without if n_with and n_without else None,
        p_within=p_within,
    )


def _logit_rows(rows: Reporters, x: FloatArray, term: str) -> LogitRows:
    return LogitRows(outcome=rows.stepped, covariates=x.reshape(-1, 1), names=(term,))


def penalised_terms(
    rows: Reporters, label: str, term: str, study: Study
) -> list[PenalisedTerm | Unavailable]:
    """Fit Firth's penalised logit with one covariate under both readings of silence.

    Parameters
    ----------
    rows : Reporters
    label, term : str
    study : Study
        The plan: level and seed.
    """
    return [
        _penalised(rows, (term, label), (coding, x), study)
        for coding, x in both_codings(rows, term)
    ]


def _penalised(
    rows: Reporters, name: tuple[str, str], read: tuple[Coding, FloatArray], study: Study
) -> PenalisedTerm | Unavailable:
    coding, x = read
    level = study.retraction.conf_level
    table = _logit_rows(rows, x, name[0])
    fit = firth_logit(table, conf_level=level)
    flic = flic_logit(table, conf_level=level)
    what = f"penalised odds ratio of {name[1].lower()} ({coding} coding)"
    if isinstance(fit, Refusal) or isinstance(flic, Refusal):
        why = fit.why if isinstance(fit, Refusal) else flic.why if isinstance(flic, Refusal) else ""
        return Unavailable(what=what, why=why)
    shares = predict_probabilities(flic, [[0.0], [1.0]], conf_level=level)
    if isinstance(shares, Refusal):
        return Unavailable(what=what, why=shares.why)
    wild = wild_score_coefficient(
        rows.stepped, _design(x), rows.case, column=_FIRST, family="logit", seed=study.seed
    )
    return PenalisedTerm(
        term=name[0],
        label=name[1],
        coding=coding,
        odds_ratio=_ratio(fit.coef[_FIRST]),
        conf_low=_ratio(fit.conf_low[_FIRST]),
        conf_high=_high(fit.conf_high[_FIRST]),
        p_value=float(fit.p_value[_FIRST]),
        p_bootstrap=None if isinstance(wild, Refusal) else float(wild.p_value),
        share_without=float(shares.estimate[0]),
        share_with=float(shares.estimate[1]),
        separated=_separation(table),
    )


def _separation(table: LogitRows) -> str:
    found = find_separation(table)
    if isinstance(found, Refusal) or found.kind == "none":
        return ""
    return found.describe()


def _design(x: FloatArray) -> FloatArray:
    return np.column_stack([np.ones(len(x)), x])


def _ratio(value: float) -> float:
    return math.exp(min(float(value), 700.0))


def _high(value: float) -> float | None:
    return _ratio(value) if math.isfinite(value) and value < 50 else None


# --- familiar estimators -------------------------------------------------------------------------

Triple = tuple[float, float, float, float]


def familiar_terms(rows: Reporters, term: str, study: Study) -> list[FamiliarTerm]:
    """Estimate one odds ratio by the familiar estimators, silence read as absence.

    Parameters
    ----------
    rows : Reporters
    term : str
    study : Study

    Returns
    -------
    list of FamiliarTerm
        For comparison only. What an estimator refuses is there with its reason.
    """
    x = dict(both_codings(rows, term))["lower"]
    table, level = _logit_rows(rows, x, term), study.retraction.conf_level
    design, y, case = _design(x), rows.stepped, rows.case

    def gee() -> Triple | Refusal:
        fit = estimating_equations(y, design, case, kind="mancl-derouen", conf_level=level)
        return fit if isinstance(fit, Refusal) else _of(fit, _FIRST)

    def robust() -> Triple | Refusal:
        fit = cluster_robust(y, design, case, family="logit", kind="CR2", conf_level=level)
        return fit if isinstance(fit, Refusal) else _of(fit, _FIRST)

    def mixed() -> Triple | Refusal:
        fit = random_intercept_logit(y, design, case, conf_level=level)
        return fit if isinstance(fit, Refusal) else _of(fit, _FIRST)

    def within() -> Triple | Refusal:
        fit = conditional_logit(table, case, conf_level=level)
        return fit if isinstance(fit, Refusal) else _of(fit, 0)

    ways: dict[str, tuple[str, Callable[[], Triple | Refusal]]] = {
        "logit": ("Logit", lambda: _plain(logit_regression(table, conf_level=level))),
        "firth": ("Firth", lambda: _plain(firth_logit(table, conf_level=level))),
        "firth_flac": ("Firth, data corrected (FLAC)", lambda: _plain(
            flac_logit(table, conf_level=level))),
        "log_f": ("Log-F(1, 1) penalty", lambda: _plain(log_f_logit(table, conf_level=level))),
        "conditional_logit": ("Conditional on the case", within),
        "gee": ("Estimating equations, Mancl-DeRouen errors", gee),
        "cluster_robust": ("Logit, errors by case (CR2)", robust),
        "random_intercept": ("Random intercept by case", mixed),
    }  # fmt: skip
    return [_familiar(name, label, estimate()) for name, (label, estimate) in ways.items()]


def _plain(fit: LogitFit | Refusal) -> Triple | Refusal:
    return fit if isinstance(fit, Refusal) else _of(fit, _FIRST)


def _of(fit: object, at: int) -> Triple:
    """Read estimate, limits and p of one coefficient."""
    values = [
        float(getattr(fit, name)[at]) for name in ("coef", "conf_low", "conf_high", "p_value")
    ]
    return values[0], values[1], values[2], values[3]


def _familiar(name: str, label: str, found: Triple | Refusal) -> FamiliarTerm:
    if isinstance(found, Refusal):
        return FamiliarTerm(
            estimator=name,
            label=label,
            odds_ratio=None,
            conf_low=None,
            conf_high=None,
            p_value=None,
            why=found.why,
        )
    return FamiliarTerm(
        estimator=name,
        label=label,
        odds_ratio=_ratio(found[0]),
        conf_low=_ratio(found[1]),
        conf_high=_high(found[2]),
        p_value=found[3],
        why="",
    )


# --- average effects and quality -----------------------------------------------------------------


def average_contrasts(rows: Reporters, label: str, term: str, study: Study) -> list[AverageEffect]:
    """Average the difference of predicted shares, with errors by case.

    Parameters
    ----------
    rows : Reporters
    label, term : str
    study : Study

    Returns
    -------
    list of AverageEffect
        Empty where the unpenalised model or its clustered errors are refused. The errors are CR2
        with G - 1 degrees of freedom.
    """
    x = dict(both_codings(rows, term))["lower"]
    table, level = _logit_rows(rows, x, term), study.retraction.conf_level
    fit = logit_regression(table, limits="wald", conf_level=level)
    robust = cluster_robust(
        rows.stepped, _design(x), rows.case, family="logit", kind="CR2", conf_level=level
    )
    if isinstance(fit, Refusal) or isinstance(robust, Refusal):
        return []
    found = average_effects(
        fit, table.covariates, vcov=robust.vcov, df=rows.n_cases - 1, conf_level=level
    )
    if isinstance(found, Refusal):
        return []
    return [
        AverageEffect(
            term=term,
            label=label,
            difference=float(found.estimate[0]),
            conf_low=max(-1.0, float(found.conf_low[0])),
            conf_high=min(1.0, float(found.conf_high[0])),
        )
    ]


def describe_fit(rows: Reporters, term: str, study: Study) -> FitQuality | Unavailable:
    """Describe how well the penalised model fits the reports that it was fitted to.

    Parameters
    ----------
    rows : Reporters
    term : str
    study : Study
    """
    x = dict(both_codings(rows, term))["lower"]
    fit = flic_logit(_logit_rows(rows, x, term), conf_level=study.retraction.conf_level)
    what = "calibration and discrimination"
    if isinstance(fit, Refusal):
        return Unavailable(what=what, why=fit.why)
    found = describe_predictions(rows.stepped, fit.fitted, conf_level=study.retraction.conf_level)
    if isinstance(found, Refusal):
        return Unavailable(what=what, why=found.why)
    area, slope = found.concordance, found.calibration_slope
    return FitQuality(
        brier=found.brier,
        brier_without=found.brier_constant,
        auc=None if isinstance(area, Refusal) else area.estimate,
        auc_low=None if isinstance(area, Refusal) else area.conf_low,
        auc_high=None if isinstance(area, Refusal) else area.conf_high,
        calibration_slope=None if isinstance(slope, Refusal) else slope.estimate,
    )
