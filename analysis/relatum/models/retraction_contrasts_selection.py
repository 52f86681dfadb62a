"""Sensitivity of a contrast to confounding, to selection into reporting, and to the dates."""

from __future__ import annotations

import numpy as np

from relatum.inference.common import FloatArray, Refusal
from relatum.inference.e_values import RatioMeasure, e_value
from relatum.inference.firth_logit import flic_logit
from relatum.inference.logit_rows import LogitRows
from relatum.inference.reporting_weights import reporting_weights
from relatum.inference.reporting_weights_estimates import WeightedDifference, weighted_difference
from relatum.inference.selection_models import SelectionFit, probit_selection
from relatum.inference.selection_rows import SelectionRows
from relatum.models.escape_limits import Limits
from relatum.models.retraction_contrasts_bounds import ContactWomen
from relatum.models.retraction_contrasts_contact import ContactFound
from relatum.models.retraction_contrasts_counts import share_difference
from relatum.models.retraction_contrasts_data import Covariate, ReporterRows
from relatum.results.base import Unavailable
from relatum.results.retraction_contrasts import PenalisedTerm, SensitivityRow
from relatum.study import Study

__all__ = ["contact_e_values", "covariate_e_values", "earliest_difference", "selection_rows"]

_E_WORDS = (
    "an unrecorded factor that went with both by this risk ratio could account for it; a large "
    "value is no evidence that there is none"
)
_LABELS = {
    "weighted": "Weighted for the chance of a report",
    "weighted_trimmed": "Weighted for the chance of a report, trimmed",
    "selection_probit": "Report and step back by one probit model",
}
_RARE = 0.15
#: A correlation between two unrecorded parts asks for more rows than a contrast does.
_FEWEST = 10


def _row(
    name: str,
    label: str,
    scale: str,
    *,
    why: str,
    estimate: float | None = None,
    limits: Limits | None = None,
) -> SensitivityRow:
    ends = limits or Limits()
    return SensitivityRow(
        name=name,
        label=label,
        estimate=estimate,
        conf_low=ends.low,
        conf_high=ends.high,
        scale=scale,
        why=why,
    )


def _e_rows(
    label: str, ratio: float, limits: Limits, measure: RatioMeasure, *, rare: bool
) -> list[SensitivityRow]:
    """Give the E-value of a ratio, and of its limit nearer to 1."""
    low = limits.low
    high = float("inf") if limits.high is None else limits.high
    found = e_value(
        ratio,
        conf_low=low,
        conf_high=None if low is None else high,
        measure=measure,
        rare=rare,
    )
    names = (("e_value", f"E-value, {label}"), ("e_value_limit", f"E-value of the limit, {label}"))
    if isinstance(found, Refusal):
        return [_row(name, words, "risk_ratio", why=found.why) for name, words in names]
    values = (found.estimate, found.limit)
    return [
        _row(name, words, "risk_ratio", why="there are no limits by case")
        if value is None
        else _row(name, words, "risk_ratio", estimate=value, why=_E_WORDS)
        for (name, words), value in zip(names, values, strict=True)
    ]


def covariate_e_values(
    term: PenalisedTerm | Unavailable, covariate: Covariate, share: float
) -> list[SensitivityRow]:
    """Give the E-values of the penalised odds ratio and of its profile limit nearer to 1.

    Parameters
    ----------
    term : PenalisedTerm or Unavailable
        Silence as without.
    covariate : Covariate
    share : float
        Of reports with a step back: a common outcome is no rare one.
    """
    label = covariate.label[:1].lower() + covariate.label[1:]
    if isinstance(term, Unavailable):
        return [_row("e_value", f"E-value, {label}", "risk_ratio", why=term.why)]
    limits = Limits(low=term.conf_low, high=term.conf_high)
    return _e_rows(label, term.odds_ratio, limits, "odds ratio", rare=share < _RARE)


def contact_e_values(contact: ContactFound, share: float) -> list[SensitivityRow]:
    """Give the E-values of the rate ratio of contact, read as a hazard ratio.

    Parameters
    ----------
    contact : ContactFound
    share : float
        Of reports with a step back.
    """
    label = "contact with the suspect"
    if contact.ratio is None:
        return [_row("e_value", f"E-value, {label}", "risk_ratio", why=contact.refused)]
    return _e_rows(label, contact.ratio, contact.limits, "hazard ratio", rare=share < _RARE)


def earliest_difference(rows: ReporterRows, covariate: Covariate) -> SensitivityRow:
    """Give the difference of shares with every date on its earliest day, silence as without.

    Parameters
    ----------
    rows : ReporterRows
    covariate : Covariate
        Of these rows.
    """
    label = "Difference of shares, dates at their earliest"
    keep = np.isfinite(rows.earliest)
    found = share_difference(rows.earliest[keep], covariate.coded("lower")[keep])
    if found is None:
        why = "all women whose outcome is then determined are alike in the covariate"
        return _row("earliest_dates", label, "difference", why=why)
    lost = int((~keep).sum())
    why = "every date lies on its earliest day in order with the others; silence as without"
    if lost:
        why = f"{why}; outcome then not determined: {lost}"
    return _row("earliest_dates", label, "difference", estimate=found, why=why)


def selection_rows(women: ContactWomen | str, study: Study) -> list[SensitivityRow]:
    """Weigh reporters for the chance of a report, and fit report and step back together.

    Parameters
    ----------
    women : ContactWomen or str
        Or why there are none.
    study : Study
        The plan: the limits of the chance by which a woman is weighted.

    Returns
    -------
    list of SensitivityRow
        Untrimmed and trimmed weights, and the selection probit; silence counts as without.
    """
    if isinstance(women, str):
        return [
            _row("weighted", _LABELS["weighted"], "difference", why=women),
            _row("selection_probit", _LABELS["selection_probit"], "correlation", why=women),
        ]
    low, high = study.retraction.weight_limits
    return [
        _weighted(women, study, "weighted", None),
        _weighted(women, study, "weighted_trimmed", (low, high)),
        _probit(women, study),
    ]


def _matrix(women: ContactWomen) -> tuple[FloatArray, tuple[str, ...]]:
    """Exposure and whatever else varies among all women."""
    keep = women.known
    varied = [one for one in women.others if len(set(one.coded("lower")[keep].tolist())) > 1]
    parts = [women.covariate, *varied]
    columns = np.column_stack([one.coded("lower") for one in parts])
    return columns, tuple(one.label for one in parts)


def _weighted(
    women: ContactWomen, study: Study, name: str, bounds: tuple[float, float] | None
) -> SensitivityRow:
    found = _difference(women, study, bounds)
    if isinstance(found, Refusal):
        return _row(name, _LABELS[name], "difference", why=found.why)
    _, names = _matrix(women)
    listed = ", ".join(word[:1].lower() + word[1:] for word in names)
    why = f"a report depends on nothing but: {listed}; errors by leaving out cases"
    if bounds is not None:
        why = f"{why}; a chance below {bounds[0]:g} or above {bounds[1]:g} counts as that"
    part = found.difference
    limits = Limits(low=max(-1.0, part.conf_low), high=min(1.0, part.conf_high))
    return _row(name, _LABELS[name], "difference", estimate=part.estimate, limits=limits, why=why)


def _difference(
    women: ContactWomen, study: Study, bounds: tuple[float, float] | None
) -> WeightedDifference | Refusal:
    columns, names = _matrix(women)
    if len(names) == 1:
        return Refusal("weights", "nothing but the covariate is recorded of all women")
    keep = women.known
    reported = women.reported[keep].astype(np.float64)
    fit = flic_logit(
        LogitRows(outcome=reported, covariates=columns[keep], names=names), limits="wald"
    )
    if isinstance(fit, Refusal):
        return Refusal("weights", f"chance of a report: {fit.why}")
    chance = fit.fitted if bounds is None else np.clip(fit.fitted, *bounds)
    exposed = columns[keep, 0]
    weights = reporting_weights(reported, chance, group=exposed)
    if isinstance(weights, Refusal):
        return weights
    return weighted_difference(
        np.nan_to_num(women.stepped[keep]),
        exposed,
        weights,
        cluster=women.case[keep],
        kind="jackknife",
        conf_level=study.retraction.conf_level,
    )


def _probit(women: ContactWomen, study: Study) -> SensitivityRow:
    name, label = "selection_probit", _LABELS["selection_probit"]
    found = _fit_probit(women, study)
    if isinstance(found, Refusal):
        return _row(name, label, "correlation", why=found.why)
    why = (
        "normal unrecorded parts, and what else goes with a report does not go with a step back; "
        "the correlation of those parts"
    )
    if len(found.maxima) > 1:
        why = f"{why}; the likelihood has {len(found.maxima)} tops, so that it hardly decides"
    limits = Limits(low=found.rho_low, high=found.rho_high)
    return _row(name, label, "correlation", estimate=found.rho, limits=limits, why=why)


def _fit_probit(women: ContactWomen, study: Study) -> SelectionFit | Refusal:
    columns, names = _matrix(women)
    keep = women.known
    stepped = women.stepped[keep & women.reported]
    fewest = min(int((stepped == 1).sum()), int((stepped == 0).sum()))
    if fewest < _FEWEST:
        why = (
            f"{int(stepped.sum())} of {len(stepped)} reports with a step back are too few: "
            f"{_FEWEST} with and {_FEWEST} without are needed"
        )
        return Refusal("selection probit", why)
    if len(names) == 1:
        return Refusal("selection probit", "nothing goes with a report alone, by which to tell")
    one = np.ones(len(columns))
    rows = SelectionRows(
        selected=women.reported[keep].astype(np.float64),
        outcome=np.nan_to_num(women.stepped[keep]),
        selection_design=np.column_stack([one, columns])[keep],
        outcome_design=np.column_stack([one, columns[:, 0]])[keep],
        cluster=women.case[keep] if len(np.unique(women.case[keep])) > 1 else None,
    )
    if not rows.n_exclusions:
        return Refusal("selection probit", "nothing goes with a report alone, by which to tell")
    return probit_selection(rows, conf_level=study.retraction.conf_level)
