"""Penalised odds ratios of a step back, average differences, and how well the model fits."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from relatum.inference.common import FloatArray, Interval, Refusal
from relatum.inference.firth_logit import firth_logit, flic_logit
from relatum.inference.logit import logit_regression
from relatum.inference.logit_effects import average_effects, standardise_risks
from relatum.inference.logit_fits import LogitFit
from relatum.inference.logit_quality import describe_predictions
from relatum.inference.logit_rows import LogitRows
from relatum.inference.logit_separated import separated_logit_limit
from relatum.inference.robust import cluster_robust
from relatum.inference.separation import find_separation
from relatum.inference.wild_scores import wild_score_coefficient
from relatum.models.case_cells import CODINGS, Coding
from relatum.models.retraction_contrasts_data import Covariate, ReporterRows
from relatum.results.base import Unavailable
from relatum.results.retraction_contrasts import AverageEffect, FitQuality, PenalisedTerm
from relatum.study import Study

__all__ = [
    "ContrastModel",
    "average_differences",
    "coding_label",
    "describe_fit",
    "penalised_terms",
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ContrastModel:
    """What all models of a contrast share.

    Attributes
    ----------
    rows : ReporterRows
    covariates : tuple of Covariate
        At least one.
    study : Study
    refused : str
        Why cases carry no limits; empty where they do.
    """

    rows: ReporterRows
    covariates: tuple[Covariate, ...]
    study: Study
    refused: str

    def matrix(self, coding: Coding) -> FloatArray:
        """Return the covariates, shape (n, k)."""
        return np.column_stack([one.coded(coding) for one in self.covariates])

    def design(self, coding: Coding) -> FloatArray:
        """Return the constant and the covariates, shape (n, k + 1)."""
        return np.column_stack([np.ones(len(self.rows.stepped)), self.matrix(coding)])

    def logit_rows(self, coding: Coding) -> LogitRows:
        """Return the rows of a logistic regression."""
        return LogitRows(
            outcome=self.rows.stepped,
            covariates=self.matrix(coding),
            names=tuple(one.label for one in self.covariates),
        )


def coding_label(covariate: Covariate, coding: Coding) -> str:
    """Name a covariate, and the reading of silence where there is any.

    Examples
    --------
    >>> yes, no = np.array([True, False]), np.array([False, True])
    >>> coding_label(Covariate(term="a", label="Arrest", present=yes, silent=no), "upper")
    'Arrest (silence as with)'
    """
    if not covariate.silent.any():
        return covariate.label
    return f"{covariate.label} (silence as {'with' if coding == 'upper' else 'without'})"


def penalised_terms(model: ContrastModel) -> tuple[PenalisedTerm | Unavailable, ...]:
    """Estimate the odds ratios by Firth's penalised likelihood, under both readings of silence.

    Parameters
    ----------
    model : ContrastModel

    Returns
    -------
    tuple of PenalisedTerm or Unavailable
        Of each covariate under both readings. Profile limits and the p value of the likelihood
        ratio take reports as independent; `p_bootstrap` does not, and is None where the cases carry
        no limits.

    Notes
    -----
    Firth 1993, doi:10.1093/biomet/80.1.27; shares with the constant estimated anew (FLIC), Puhr and
    others 2017, doi:10.1002/sim.7273.
    """
    return tuple(
        term
        for place in range(len(model.covariates))
        for coding in CODINGS
        for term in (_penalised(model, coding, place),)
    )


def _penalised(model: ContrastModel, coding: Coding, place: int) -> PenalisedTerm | Unavailable:
    covariate, rows = model.covariates[place], model.logit_rows(coding)
    level = model.study.retraction.conf_level
    what = f"penalised odds ratio, {coding_label(covariate, coding)}"
    fit = firth_logit(rows, conf_level=level)
    if isinstance(fit, Refusal):
        return Unavailable(what=what, why=fit.why)
    shares = _shares(rows, place)
    if isinstance(shares, Refusal):
        return Unavailable(what=what, why=shares.why)
    at = place + 1
    return PenalisedTerm(
        term=covariate.term,
        label=covariate.label,
        coding=coding,
        odds_ratio=math.exp(fit.coef[at]),
        conf_low=math.exp(fit.conf_low[at]),
        conf_high=_finite(float(fit.conf_high[at])),
        p_value=float(fit.p_value[at]),
        p_bootstrap=_bootstrap_p(model, coding, at),
        share_without=shares[0],
        share_with=shares[1],
        separated=_separated(rows, place, level),
    )


def _finite(log: float) -> float | None:
    return math.exp(log) if log < 700.0 else None


def _shares(rows: LogitRows, place: int) -> tuple[float, float] | Refusal:
    """Predict the share with the covariate absent and present, the others as they are."""
    fit = flic_logit(rows, limits="wald")
    if isinstance(fit, Refusal):
        return fit
    ways = tuple(_set(rows.covariates, place, value) for value in (0.0, 1.0))
    found = standardise_risks(fit, ways)
    if isinstance(found, Refusal):
        return found
    return float(found.risk[0]), float(found.risk[1])


def _set(covariates: FloatArray, place: int, value: float) -> FloatArray:
    found = covariates.copy()
    found[:, place] = value
    return found


def _bootstrap_p(model: ContrastModel, coding: Coding, column: int) -> float | None:
    if model.refused:
        return None
    # without another covariate the score at the null is that of a difference of shares, for which
    # there is a fit under separation, too
    alone = len(model.covariates) == 1
    found = wild_score_coefficient(
        model.rows.stepped,
        model.design(coding),
        model.rows.case,
        column=column,
        family="gaussian" if alone else "logit",
        conf_level=model.study.retraction.conf_level,
        seed=model.study.seed,
    )
    return None if isinstance(found, Refusal) else found.p_value


def _separated(rows: LogitRows, place: int, level: float) -> str:
    """Name the direction in which the unpenalised estimate runs away, and the limit left."""
    found = find_separation(rows)
    if isinstance(found, Refusal) or found.kind == "none":
        return ""
    direction = int(found.direction[place + 1])
    if found.undetermined[place + 1]:
        return "the outcomes are separated, and without the penalty nothing is known of it"
    if not direction:
        return ""
    way = "upwards" if direction > 0 else "downwards"
    words = f"separated {way}: without the penalty the estimate has no maximum"
    limit = separated_logit_limit(rows, covariate=rows.names[place], conf_level=level)
    if isinstance(limit, Refusal):
        return f"{words} and no limit ({limit.why})"
    side = "lower" if direction > 0 else "upper"
    return f"{words}, and its profile leaves the {side} limit alone, {math.exp(limit.limit):.2g}"


def average_differences(model: ContrastModel) -> tuple[AverageEffect | Unavailable, ...]:
    """Average the difference of predicted shares, with errors by case.

    Parameters
    ----------
    model : ContrastModel

    Returns
    -------
    tuple of AverageEffect or Unavailable
        Of each covariate; under both readings where silence makes a difference. Unavailable under
        separation and where the cases carry no limits.

    Notes
    -----
    From maximum likelihood, with the CR2 variance and its Satterthwaite degrees of freedom
    (Pustejovsky and Tipton 2018, doi:10.1080/07350015.2016.1247004), cut at -1 and 1. With one
    covariate it is the difference of the two crude shares.
    """
    found: list[AverageEffect | Unavailable] = []
    for place, covariate in enumerate(model.covariates):
        for coding in CODINGS if covariate.silent.any() else CODINGS[:1]:
            label = coding_label(covariate, coding)
            effect = Refusal("", model.refused) if model.refused else _effect(model, coding, place)
            if isinstance(effect, Refusal):
                what = f"average difference of predicted shares, {label}"
                found.append(Unavailable(what=what, why=effect.why))
            else:
                found.append(replace(effect, label=label))
    return tuple(found)


def _effect(model: ContrastModel, coding: Coding, place: int) -> AverageEffect | Refusal:
    level, rows = model.study.retraction.conf_level, model.logit_rows(coding)
    fit = logit_regression(rows, limits="wald", conf_level=level)
    if isinstance(fit, Refusal):
        return fit
    robust = cluster_robust(
        model.rows.stepped, model.design(coding), model.rows.case, family="logit", conf_level=level
    )
    if isinstance(robust, Refusal):
        return robust
    found = average_effects(
        fit,
        rows.covariates,
        vcov=robust.vcov,
        df=float(robust.df[place + 1]),
        conf_level=level,
    )
    if isinstance(found, Refusal):
        return found
    return AverageEffect(
        term=model.covariates[place].term,
        label=model.covariates[place].label,
        difference=float(found.estimate[place]),
        conf_low=max(-1.0, float(found.conf_low[place])),
        conf_high=min(1.0, float(found.conf_high[place])),
    )


def describe_fit(model: ContrastModel) -> FitQuality | Unavailable:
    """Describe how well the penalised model, silence as without, describes its own reports.

    Parameters
    ----------
    model : ContrastModel

    Returns
    -------
    FitQuality or Unavailable
    """
    level = model.study.retraction.conf_level
    fit: LogitFit | Refusal = flic_logit(model.logit_rows("lower"), limits="wald")
    if isinstance(fit, Refusal):
        return Unavailable(what="fit of the penalised model", why=fit.why)
    found = describe_predictions(model.rows.stepped, fit.fitted, conf_level=level)
    if isinstance(found, Refusal):
        return Unavailable(what="fit of the penalised model", why=found.why)
    area = found.concordance if isinstance(found.concordance, Interval) else None
    slope = found.calibration_slope
    return FitQuality(
        brier=found.brier,
        brier_without=found.brier_constant,
        auc=None if area is None else area.estimate,
        auc_low=None if area is None else area.conf_low,
        auc_high=None if area is None else area.conf_high,
        calibration_slope=slope.estimate if isinstance(slope, Interval) else None,
    )
