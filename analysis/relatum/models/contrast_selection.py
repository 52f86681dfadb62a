"""What selection into reporting may do to a contrast: bounds, weights, E-values, a joint model."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from relatum.inference.common import FloatArray, Refusal
from relatum.inference.e_values import e_value
from relatum.inference.firth_logit import flic_logit
from relatum.inference.lee_bounds import ReportingAssumption, always_reporter_bounds
from relatum.inference.logit_rows import LogitRows
from relatum.inference.reporting_weights import reporting_weights
from relatum.inference.reporting_weights_estimates import weighted_difference
from relatum.inference.selection_models import probit_selection
from relatum.inference.selection_rows import SelectionRows
from relatum.models.contrast_contact import ContactRates
from relatum.models.contrast_data import Reporters, both_codings
from relatum.results.base import Unavailable
from relatum.results.retraction_contrasts import PenalisedTerm, ReporterBounds, SensitivityRow
from relatum.study import Study

__all__ = ["bound_reporters", "list_sensitivity"]

_ASSUMPTIONS: dict[str, tuple[ReportingAssumption, str]] = {
    "monotone_more": ("more", "Whoever reports without it would report with it"),
    "monotone_less": ("fewer", "Whoever reports with it would report without it"),
    "none": ("none", "No assumption"),
}


def bound_reporters(rows: Reporters, label: str, term: str) -> list[ReporterBounds]:
    """Bound the difference among women who would report whatever the exposure.

    Parameters
    ----------
    rows : Reporters
        All women with a first contact.
    label, term : str
        An exposure that precedes the report.

    Returns
    -------
    list of ReporterBounds
        Under both readings of silence and three assumptions; what the data refuse is left out.
    """
    found = []
    for coding, x in both_codings(rows, term):
        for name, (assumption, words) in _ASSUMPTIONS.items():
            part = always_reporter_bounds(x, rows.reported, rows.stepped, assumption=assumption)
            if isinstance(part, Refusal):
                continue
            found.append(
                ReporterBounds(
                    term=term,
                    label=label,
                    assumption=name,
                    assumption_label=words,
                    lower=part.low,
                    upper=part.high,
                    share_always=part.share.low,
                    coding=coding,
                )
            )
    return found


def list_sensitivity(
    rows: Reporters,
    term: str,
    penalised: list[PenalisedTerm | Unavailable],
    contact: ContactRates,
    study: Study,
) -> tuple[SensitivityRow, ...]:
    """List E-values, the weighted difference and the joint model, each with what it assumes.

    Parameters
    ----------
    rows : Reporters
        All women with a first contact.
    term : str
        The first covariate.
    penalised : list
        Its penalised odds ratio, silence read as absence first.
    contact : ContactRates
    study : Study
    """
    joint = _joint(rows, term, study)
    return (*_e_values(penalised, contact), *_weighted(rows, term, study), joint)


def _row(name: str, label: str, values: tuple[float | None, ...], why: str) -> SensitivityRow:
    scale = {"weighted": "difference", "weighted_trimmed": "difference"}.get(name, "risk_ratio")
    return SensitivityRow(
        name=name,
        label=label,
        estimate=values[0],
        conf_low=values[1] if len(values) > 1 else None,
        conf_high=values[2] if len(values) > 2 else None,
        scale="correlation" if name == "selection_probit" else scale,
        why=why,
    )


def _e_values(
    penalised: list[PenalisedTerm | Unavailable], contact: ContactRates
) -> Iterator[SensitivityRow]:
    first = next((part for part in penalised if isinstance(part, PenalisedTerm)), None)
    assumed = (
        "An unrecorded factor would have to go with both by this risk ratio to account for it."
    )
    if first is None:
        yield _row("e_value", "E-value of the covariate", (None,), "No odds ratio was estimated.")
    else:
        high = first.conf_high
        found = e_value(
            first.odds_ratio,
            conf_low=first.conf_low if high is not None else None,
            conf_high=high,
            measure="odds ratio",
        )
        yield _e_row("e_value", "E-value of the covariate", found, assumed)
        yield _e_limit("e_value_limit", "E-value of its limit nearer to one", found, assumed)
    if contact.ratio is None or contact.ratio <= 0:
        why = contact.refused or "no rate ratio was estimated"
        yield _row("e_value_contact", "E-value of contact", (None,), f"Not available: {why}.")
        return
    found = e_value(
        contact.ratio,
        conf_low=contact.low if contact.high is not None else None,
        conf_high=contact.high,
        measure="hazard ratio",
    )
    yield _e_row("e_value_contact", "E-value of contact", found, assumed)


def _e_row(name: str, label: str, found: object, assumed: str) -> SensitivityRow:
    if isinstance(found, Refusal):
        return _row(name, label, (None,), f"Not available: {found.why}.")
    value = float(getattr(found, "estimate"))  # noqa: B009 - an EValue
    return _row(name, label, (value if np.isfinite(value) else None,), assumed)


def _e_limit(name: str, label: str, found: object, assumed: str) -> SensitivityRow:
    limit = None if isinstance(found, Refusal) else getattr(found, "limit", None)
    if limit is None or not np.isfinite(limit):
        return _row(name, label, (None,), "Not available: there is no limit on that side.")
    return _row(name, label, (float(limit),), assumed)


def _probability(rows: Reporters, x: FloatArray) -> FloatArray | Refusal:
    table = LogitRows(
        outcome=rows.reported.astype(np.float64),
        covariates=np.column_stack([x, rows.sought_by_her]),
        names=("exposure", "sought by her"),
    )
    fit = flic_logit(table, limits="wald")
    return fit if isinstance(fit, Refusal) else fit.fitted


def _weighted(rows: Reporters, term: str, study: Study) -> Iterator[SensitivityRow]:
    x = dict(both_codings(rows, term))["lower"]
    low, high = study.retraction.weight_limits
    ways = (
        ("weighted", "Weighted by the probability of reporting", None),
        ("weighted_trimmed", "The same, weights trimmed", (low, high)),
    )
    for name, label, limits in ways:
        found = _difference(rows, x, study, limits)
        if isinstance(found, Refusal):
            yield _row(name, label, (None,), f"Not available: {found.why}.")
            continue
        why = (
            "Reporting depends on the covariate and on who sought the contact, and on nothing "
            "unrecorded."
        )
        if limits is not None:
            why += f" Probabilities below {low:g} and above {high:g} count as these."
        yield _row(name, label, found, why)


def _difference(
    rows: Reporters, x: FloatArray, study: Study, limits: tuple[float, float] | None
) -> tuple[float, float, float] | Refusal:
    chance = _probability(rows, x)
    if isinstance(chance, Refusal):
        return chance
    held = chance if limits is None else np.clip(chance, *limits)
    known = ~rows.reported | np.isfinite(rows.stepped)
    weights = reporting_weights(rows.reported[known], held[known])
    if isinstance(weights, Refusal):
        return weights
    outcome = np.nan_to_num(rows.stepped[known])
    found = weighted_difference(
        outcome,
        x[known],
        weights,
        cluster=rows.case[known],
        conf_level=study.retraction.conf_level,
    )
    if isinstance(found, Refusal):
        return found
    part = found.difference
    return part.estimate, max(-1.0, part.conf_low), min(1.0, part.conf_high)


def _joint(rows: Reporters, term: str, study: Study) -> SensitivityRow:
    """Fit report and step back together: how far their unrecorded parts go together."""
    label = "Joint probit of report and step back: correlation"
    x = dict(both_codings(rows, term))["lower"]
    known = ~rows.reported | np.isfinite(rows.stepped)
    one = np.ones(int(known.sum()))
    try:
        table = SelectionRows(
            selected=rows.reported[known].astype(np.float64),
            outcome=np.where(rows.reported, np.nan_to_num(rows.stepped), 0.0)[known],
            selection_design=np.column_stack([one, x[known], rows.sought_by_her[known]]),
            outcome_design=np.column_stack([one, x[known]]),
        )
    except ValueError as error:
        return _row("selection_probit", label, (None,), f"Not available: {error}")
    found = probit_selection(table, conf_level=study.retraction.conf_level)
    if isinstance(found, Refusal):
        return _row("selection_probit", label, (None,), f"Not available: {found.why}.")
    why = (
        "Both depend on normal parts, and who sought the contact goes with reporting only. With so "
        "few women it says little."
    )
    return _row("selection_probit", label, (found.rho, found.rho_low, found.rho_high), why)
