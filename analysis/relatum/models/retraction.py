"""Steps back from a report: incidence by type with competing ends, and the joint share."""

from __future__ import annotations

from collections import Counter

import numpy as np

from relatum.inference.common import FloatArray, Refusal
from relatum.models.case_cells import CaseCells
from relatum.models.escape_limits import Limits
from relatum.models.gates import gate_clusters, override_notes
from relatum.models.retraction_after import count_after
from relatum.models.retraction_determinants import count_determinants
from relatum.models.retraction_joint import estimate_joint
from relatum.models.retraction_notes import retraction_notes
from relatum.models.retraction_times import (
    ANY,
    COMPLETIONS,
    CURVE_LABELS,
    CURVES,
    DelayBounds,
    IncidenceAt,
    delay_bounds,
    incidence_at,
)
from relatum.models.retraction_variants import leave_out_range, list_variants, without_cases
from relatum.models.testimony_limits import join_shares, trace_merged
from relatum.results.base import Unavailable
from relatum.results.provenance import provenance_of
from relatum.results.retraction import (
    Retraction,
    RetractionHorizon,
    RetractionPoint,
    RetractionRisk,
)
from relatum.samples import Sample
from relatum.samples.testimony import Testimony
from relatum.study import Study

__all__ = ["estimate_retraction"]

_WHAT = "steps back from a report"
_MARKS = 6


def estimate_retraction(sample: Sample, study: Study) -> Retraction | Unavailable:
    """Estimate how often women step back after a report, by type.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan: horizons, level, smallest number at risk, seed.

    Returns
    -------
    Retraction or Unavailable
        Unavailable where no report can be followed. With no step back, or with all, limits are
        those of 0 or n out of n.

    Notes
    -----
    The clock starts at the first report; the closing of the case and death compete. Cumulative
    incidence is that of Aalen and Johansen, with all dates at their earliest, then at their latest
    day. Limits: influence values summed by case through the restricted wild bootstrap
    (`relatum.models.testimony_limits`); the union of both completions is given. Women without a
    report cannot step back and are not in it; `joint` is the share among all women with a contact.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> found = estimate_retraction(example_sample("simulated"), read_study())
    >>> [(row.day, row.n_events_low, row.n_events_high) for row in found.horizons[:3]]
    [(30.0, 2, 6), (90.0, 10, 10), (180.0, 11, 11)]
    """
    provenance = provenance_of(sample, study, seed=study.seed)
    testimony = trace_merged(sample)
    bounds = delay_bounds(testimony)
    if not bounds.victim:
        return Unavailable(what=_WHAT, why=_why_none(testimony), provenance=provenance)
    parts = []
    for dates in COMPLETIONS:
        part = incidence_at(testimony, study, dates)
        if isinstance(part, Refusal):
            return Unavailable(what=_WHAT, why=part.why, provenance=provenance)
        parts.append(part)
    gate = gate_clusters(_cells(bounds), study)
    limited = not gate.refused
    low, high = leave_out_range(testimony, study)
    return Retraction(
        title="Steps back from a report",
        horizons=_horizons(parts, bounds, limited=limited),
        joint=estimate_joint(testimony, study, limited=limited),
        points=tuple(point for part in parts for point in _points(part, limited=limited)),
        at_risk=_marks(parts[-1]),
        variants=list_variants(testimony, study),
        after=count_after(sample, testimony),
        determinants=count_determinants(sample, testimony, study),
        leave_out_low=low,
        leave_out_high=high,
        without_two=without_cases(testimony, study, _largest(bounds)),
        unavailable=() if limited else (Unavailable(what="limits", why=gate.refused),),
        flow=tuple(step for step in testimony.flow.steps if step.unit != "victim"),
        n_faults=len(testimony.faults),
        min_at_risk=study.retraction.min_at_risk,
        conf_level=study.retraction.conf_level,
        notes=(*retraction_notes(testimony, refused=gate.refused), *override_notes(study)),
        provenance=provenance,
    )


def _why_none(testimony: Testimony) -> str:
    if not testimony.reports:
        return "no report and no incriminating statement is recorded"
    return "no report belongs to a woman with a dated first contact and an end of observation"


def _cells(bounds: DelayBounds) -> CaseCells:
    sizes = Counter(bounds.case.tolist())
    stepped = Counter(
        case for case, kind in zip(bounds.case.tolist(), bounds.kind, strict=True) if kind
    )
    return CaseCells.of(list(sizes.values()), [stepped[case] for case in sizes], [0 for _ in sizes])


def _largest(bounds: DelayBounds) -> frozenset[str]:
    """Return the two cases with most reports; steps back break ties, so that names decide late."""
    sizes = Counter(bounds.case.tolist())
    stepped = Counter(
        case for case, kind in zip(bounds.case.tolist(), bounds.kind, strict=True) if kind
    )
    order = sorted(sizes, key=lambda case: (-sizes[case], -stepped[case], case))
    return frozenset(order[:2])


def _horizons(
    parts: list[IncidenceAt], bounds: DelayBounds, *, limited: bool
) -> tuple[RetractionHorizon, ...]:
    days = parts[0].study.retraction.horizons
    shown = [
        curve for curve in CURVES if curve != "not_documented" or "not_documented" in bounds.kind
    ]
    return tuple(
        _horizon(parts, bounds, (curve, day), limited=limited) for curve in shown for day in days
    )


def _horizon(
    parts: list[IncidenceAt], bounds: DelayBounds, at: tuple[str, float], *, limited: bool
) -> RetractionHorizon:
    curve, day = at
    shares = [part.at(curve, day, limited=limited) for part in parts]
    events = [part.events(curve, day) for part in parts]
    limits = join_shares(shares) if limited else Limits()
    return RetractionHorizon(
        curve=curve,
        label=CURVE_LABELS[curve],
        day=day,
        n_women=len(bounds.victim),
        n_cases=len(set(bounds.case.tolist())),
        n_events_low=min(events),
        n_events_high=max(events),
        n_undetermined=bounds.count_unfollowed(day),
        earliest=shares[0].estimate,
        latest=shares[1].estimate,
        conf_low=limits.low,
        conf_high=limits.high,
    )


def _mark_days(study: Study) -> FloatArray:
    return np.linspace(0.0, study.retraction.horizons[-1], _MARKS + 1)


def _marks(part: IncidenceAt) -> tuple[RetractionRisk, ...]:
    minimum = part.study.retraction.min_at_risk
    counts = [(day, part.at_risk(day)) for day in _mark_days(part.study).tolist()]
    return tuple(RetractionRisk(day=day, n=n, enough=n >= minimum) for day, n in counts)


def _points(part: IncidenceAt, *, limited: bool) -> list[RetractionPoint]:
    """List the steps of all curves up to where too few are at risk; limits for any step back."""
    plan = part.study.retraction
    if len(part.time) < plan.min_at_risk:
        return []
    last = min(float(np.sort(part.time)[-plan.min_at_risk]), plan.horizons[-1])
    marks = [day for day in _mark_days(part.study).tolist() if day <= last]
    found = []
    for curve in CURVES:
        steps = part.time[(part.cause > 0) & (part.time <= last)]
        days = np.unique([0.0, *steps, *marks, last])
        values = part.values(curve, days)
        if not values.any() and curve != ANY:
            continue
        for day, value in zip(days.tolist(), values.tolist(), strict=True):
            limits = Limits()
            if limited and curve == ANY and value > 0:
                limits = part.at(curve, day, limited=True).limits
            found.append(
                RetractionPoint(
                    curve=curve,
                    completion=part.completion,
                    day=day,
                    estimate=value,
                    conf_low=limits.low,
                    conf_high=limits.high,
                    n_at_risk=part.at_risk(day),
                )
            )
    return found
