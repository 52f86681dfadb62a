"""The odds ratio of the first covariate by familiar estimators, for comparison only."""

from __future__ import annotations

import math
from collections.abc import Callable

from relatum.inference.common import Refusal
from relatum.inference.firth_logit import firth_logit, flac_logit, log_f_logit
from relatum.inference.gee import GeeFit, estimating_equations
from relatum.inference.glmm import RandomInterceptFit, random_intercept_logit
from relatum.inference.logit import logit_regression
from relatum.inference.logit_conditional import ConditionalFit, conditional_logit
from relatum.inference.logit_fits import LogitFit
from relatum.inference.robust import RobustFit, cluster_robust
from relatum.models.retraction_contrasts_models import ContrastModel
from relatum.results.retraction_contrasts import FamiliarTerm

__all__ = ["familiar_terms"]

_Found = LogitFit | ConditionalFit | GeeFit | RobustFit | RandomInterceptFit | Refusal
_LARGEST = 700.0


def familiar_terms(model: ContrastModel) -> tuple[FamiliarTerm, ...]:
    """Estimate the odds ratio of the first covariate in eight familiar ways, silence as without.

    Parameters
    ----------
    model : ContrastModel

    Returns
    -------
    tuple of FamiliarTerm
        With the reason where an estimator gives nothing. The first four take reports as
        independent; the others know of cases, but most of them trust that there are many.
    """
    outcome, case = model.rows.stepped, model.rows.case
    rows, design = model.logit_rows("lower"), model.design("lower")
    level = model.study.retraction.conf_level
    ways: tuple[tuple[str, str, int, Callable[[], _Found]], ...] = (
        ("logit", "Logistic regression", 1, lambda: logit_regression(rows, conf_level=level)),
        ("firth", "Firth's penalty", 1, lambda: firth_logit(rows, conf_level=level)),
        ("firth_flac", "Firth's penalty, FLAC", 1, lambda: flac_logit(rows, conf_level=level)),
        ("log_f", "Log-F(1, 1) penalty", 1, lambda: log_f_logit(rows, conf_level=level)),
        (
            "conditional_logit",
            "Conditional logistic regression within cases",
            0,
            lambda: conditional_logit(rows, case, conf_level=level),
        ),
        (
            "gee",
            "Estimating equations, exchangeable, Mancl-DeRouen errors",
            1,
            lambda: estimating_equations(
                outcome, design, case, kind="mancl-derouen", conf_level=level
            ),
        ),
        (
            "cluster_robust",
            "Logistic regression, CR2 errors by case",
            1,
            lambda: cluster_robust(outcome, design, case, family="logit", conf_level=level),
        ),
        (
            "random_intercept",
            "Random intercept by case",
            1,
            lambda: random_intercept_logit(outcome, design, case, conf_level=level),
        ),
    )
    return tuple(_term(name, label, place, fit()) for name, label, place, fit in ways)


def _term(name: str, label: str, place: int, found: _Found) -> FamiliarTerm:
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
    low, high = float(found.conf_low[place]), float(found.conf_high[place])
    return FamiliarTerm(
        estimator=name,
        label=label,
        odds_ratio=math.exp(float(found.coef[place])),
        conf_low=math.exp(low),
        conf_high=math.exp(high) if high < _LARGEST else None,
        p_value=float(found.p_value[place]),
        why="",
    )
