"""Steps back from a report: incidence by type with competing ends, and the joint share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from relatum.inference.common import FloatArray, Refusal
from relatum.models.case_cells import CaseCells
from relatum.models.escape_limits import Limits
from relatum.models.gates import Gated, gate_clusters, override_notes
from relatum.models.retraction_after import count_after
from relatum.models.retraction_determinants import count_determinants
from relatum.models.retraction_joint import estimate_joint
from relatum.models.retraction_notes import retraction_notes
from relatum.models.retraction_times import (
    ANY,
    COMPETING,
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

__all__ = ["StepsBack", "estimate_retraction", "trace_steps_back"]

_WHAT = "steps back from a report"
_MARKS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class StepsBack:
    """Steps back up to the last horizon alone, for comparisons that use nothing else.

    Attributes
    ----------
    points : tuple of RetractionPoint
        Cumulative incidence of any step back, with all dates at their latest.
    horizons : tuple of RetractionHorizon
        Any step back and each type at the last horizon.
    conf_level : float
    """

    points: tuple[RetractionPoint, ...]
    horizons: tuple[RetractionHorizon, ...]
    conf_level: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Followed:
    """Both completions of the dates, and what the gates say; limits come later."""

    testimony: Testimony
    bounds: DelayBounds
    parts: tuple[IncidenceAt, ...]
    gate: Gated

    @property
    def limited(self) -> bool:
        """Whether the cases carry limits."""
        return not self.gate.refused


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
    held = _follow(sample, study)
    if isinstance(held, Refusal):
        return Unavailable(what=_WHAT, why=held.why, provenance=provenance)
    testimony, bounds, parts = held.testimony, held.bounds, held.parts
    gate, limited = held.gate, held.limited
    low, high = leave_out_range(testimony, study)
    return Retraction(
        title="Steps back from a report",
        horizons=_horizons(parts, bounds, CURVES, study.retraction.horizons, limited=limited),
        joint=estimate_joint(testimony, study, limited=limited),
        points=tuple(point for part in parts for point in _points(part, CURVES, limited=limited)),
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


def trace_steps_back(sample: Sample, study: Study) -> StepsBack | Unavailable:
    """Estimate steps back as `estimate_retraction` does, without its other parts.

    Parameters
    ----------
    sample, study
        See `estimate_retraction`.

    Returns
    -------
    StepsBack or Unavailable
        The same numbers, and unavailable for the same reasons. Limits cost most of the time, and
        only those that are here are computed.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> found = trace_steps_back(example_sample("simulated"), read_study())
    >>> found.horizons[0].curve, found.horizons[0].day, found.horizons[0].n_events_low
    ('any', 180.0, 11)
    """
    held = _follow(sample, study)
    if isinstance(held, Refusal):
        return Unavailable(what=_WHAT, why=held.why)
    steps = tuple(curve for curve in CURVES if curve not in COMPETING)
    last = study.retraction.horizons[-1:]
    return StepsBack(
        points=tuple(_points(held.parts[-1], (ANY,), limited=held.limited)),
        horizons=_horizons(held.parts, held.bounds, steps, last, limited=held.limited),
        conf_level=study.retraction.conf_level,
    )


def _follow(sample: Sample, study: Study) -> _Followed | Refusal:
    testimony = trace_merged(sample)
    bounds = delay_bounds(testimony)
    if not bounds.victim:
        return Refusal(_WHAT, _why_none(testimony))
    parts = []
    for dates in COMPLETIONS:
        part = incidence_at(testimony, study, dates)
        if isinstance(part, Refusal):
            return part
        parts.append(part)
    gate = gate_clusters(_cells(bounds), study)
    return _Followed(testimony=testimony, bounds=bounds, parts=tuple(parts), gate=gate)


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
    parts: Sequence[IncidenceAt],
    bounds: DelayBounds,
    curves: Sequence[str],
    days: Sequence[float],
    *,
    limited: bool,
) -> tuple[RetractionHorizon, ...]:
    shown = [
        curve for curve in curves if curve != "not_documented" or "not_documented" in bounds.kind
    ]
    return tuple(
        _horizon(parts, bounds, (curve, day), limited=limited) for curve in shown for day in days
    )


def _horizon(
    parts: Sequence[IncidenceAt], bounds: DelayBounds, at: tuple[str, float], *, limited: bool
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


def _points(part: IncidenceAt, curves: Sequence[str], *, limited: bool) -> list[RetractionPoint]:
    """List the steps of curves up to where too few are at risk; limits for any step back."""
    plan = part.study.retraction
    if len(part.time) < plan.min_at_risk:
        return []
    last = min(float(np.sort(part.time)[-plan.min_at_risk]), plan.horizons[-1])
    marks = [day for day in _mark_days(part.study).tolist() if day <= last]
    found = []
    for curve in curves:
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
