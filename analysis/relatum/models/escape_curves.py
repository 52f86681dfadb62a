"""Escape attempts over time since entry: what came first, and the mean number of attempts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from relatum.inference.common import FloatArray, Refusal
from relatum.inference.cumulative_incidence import CumulativeIncidence, cumulative_incidence
from relatum.inference.mean_cumulative import MeanCumulative, mean_cumulative
from relatum.models.escape_curve_notes import curve_notes, narrow_notes
from relatum.models.escape_first import (
    CAUSE_LABELS,
    CAUSES,
    COMPLETIONS,
    FirstEvents,
    case_sizes,
    first_events,
    mark_risk,
    why_no_time,
)
from relatum.models.escape_limits import (
    Limits,
    boundary_limits,
    count_narrow,
    influence_limits,
    join_limits,
)
from relatum.models.escape_times import DAYS_PER_MONTH, escape_durations
from relatum.models.gates import Gated, gate_clusters, override_notes
from relatum.results.base import Unavailable
from relatum.results.escape_curves import AtRisk, CurvePoint, EscapeCurves, HorizonRow
from relatum.results.provenance import provenance_of
from relatum.samples import Sample
from relatum.samples.durations import Durations
from relatum.samples.durations_arrays import End
from relatum.study import Study

__all__ = ["FirstAttempts", "trace_escape_curves", "trace_first_attempts"]

_WHAT = "curves of escape attempts"
_ATTEMPT = CAUSES.index("attempt")


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstAttempts:
    """First attempts alone, for comparisons that use nothing else of the curves.

    Attributes
    ----------
    points : tuple of CurvePoint
        Cumulative incidence with all dates at their latest.
    horizon : HorizonRow
        Both completions of the dates at the horizon.
    conf_level : float
    """

    points: tuple[CurvePoint, ...]
    horizon: HorizonRow
    conf_level: float


def trace_escape_curves(sample: Sample, study: Study) -> EscapeCurves | Unavailable:
    """Estimate how a first attempt competes with arrest and ending, and the mean number.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan: horizon, level, smallest number at risk, seed.

    Returns
    -------
    EscapeCurves or Unavailable
        Unavailable where no time under observation, no attempt, or one attempt is recorded. What
        fewer relationships support than the plan asks for is blank; limits are blank where the
        cases cannot carry them.

    Notes
    -----
    The clock starts at entry into observation, so nobody enters late. Cumulative incidence is that
    of Aalen and Johansen 1978: F_k(t) = sum over s <= t of S(s-) d_k(s) / n(s), with a first
    observable attempt, arrest, the end of the relationship and death as competing events; the end
    of the investigation censors. Dates are intervals: both curves are computed with all of them at
    their earliest day and at their latest. These are two completions, not strict bounds, because
    exits move together with attempts.

    Limits: the influence values of the relationships are added up by case, the pseudo-values that
    they give go through the restricted wild cluster bootstrap-t of a mean, and its test is
    inverted (`relatum.models.escape_limits`); at the horizon the union of both completions is
    given. A curve that is 0 there has the limits of 0 out of those followed to the horizon or to
    an event (Korn-Graubard).

    The mean number of attempts is that of Lawless and Nadeau 1995,
    doi:10.1080/00401706.1995.10484300; it assumes that observation does not end because of
    attempts.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> found = trace_escape_curves(example_sample("simulated"), read_study())
    >>> [(row.cause, row.n_events_low, row.n_events_high) for row in found.horizon]
    [('attempt', 9, 14), ('arrest', 16, 16), ('ended', 8, 8), ('other', 0, 0)]
    """
    provenance = provenance_of(sample, study, seed=study.seed)
    held = _complete_both(sample, study)
    if isinstance(held, Refusal):
        return Unavailable(what=_WHAT, why=held.why, provenance=provenance)
    parts, gate = held
    horizon = tuple(_horizon_row(at, parts) for at in range(len(CAUSES)))
    latest = parts[-1]
    return EscapeCurves(
        title="Escape attempts since entry into observation",
        points=tuple(point for part in parts for point in part.points()),
        at_risk=latest.marks,
        horizon=horizon,
        horizon_months=study.escape.horizon,
        mean_number=latest.mean_number(),
        min_at_risk=study.escape.min_at_risk,
        conf_level=study.escape.conf_level,
        notes=(
            *curve_notes([part.first for part in parts], horizon, study, refused=gate.refused),
            *(() if gate.refused else narrow_notes(*latest.narrow())),
            *override_notes(study),
        ),
        provenance=provenance,
    )


def trace_first_attempts(sample: Sample, study: Study) -> FirstAttempts | Unavailable:
    """Estimate first attempts as `trace_escape_curves` does, without its other curves.

    Parameters
    ----------
    sample, study
        See `trace_escape_curves`.

    Returns
    -------
    FirstAttempts or Unavailable
        The same numbers, and unavailable for the same reasons. Limits cost most of the time, and
        only those that are here are computed.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> found = trace_first_attempts(example_sample("simulated"), read_study())
    >>> found.horizon.n_events_low, found.horizon.n_events_high
    (9, 14)
    """
    held = _complete_both(sample, study)
    if isinstance(held, Refusal):
        return Unavailable(what=_WHAT, why=held.why)
    parts, _ = held
    return FirstAttempts(
        points=tuple(parts[-1].incidence_points(_ATTEMPT)),
        horizon=_horizon_row(_ATTEMPT, parts),
        conf_level=study.escape.conf_level,
    )


def _complete_both(sample: Sample, study: Study) -> tuple[tuple[_Completed, ...], Gated] | Refusal:
    """Estimate both completions of the dates; limits come later, for what is asked."""
    durations = escape_durations(sample)
    why = _why_not(durations)
    if why:
        return Refusal(_WHAT, why)
    gate = gate_clusters(case_sizes(durations), study)
    parts = []
    for completion in COMPLETIONS:
        part = _complete(durations, study, completion, limited=not gate.refused)
        if isinstance(part, Refusal):
            return part
        parts.append(part)
    return tuple(parts), gate


def _why_not(durations: Durations) -> str:
    why = why_no_time(durations)
    if why:
        return why
    if not durations.events:
        held = len(durations.at_risk)
        noun = "relationship" if held == 1 else "relationships"
        return f"no observable attempt in {held} {noun} under observation"
    if len(durations.events) == 1:
        return "one observable attempt under observation, from which no curve can be drawn"
    return ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Completed:
    """The curves of one completion of the dates."""

    first: FirstEvents
    incidence: CumulativeIncidence
    mean: MeanCumulative
    study: Study
    completion: End
    limited: bool

    @property
    def horizon(self) -> float:
        """The horizon in days."""
        return self.study.escape.horizon * DAYS_PER_MONTH

    @property
    def marks(self) -> tuple[AtRisk, ...]:
        """Count relationships at risk at round months."""
        plan = self.study.escape
        return mark_risk(self.first, plan.min_at_risk, horizon=plan.horizon)

    def points(self) -> list[CurvePoint]:
        """List the steps of all curves, where enough are at risk."""
        found = [point for at in range(len(CAUSES)) for point in self.incidence_points(at)]
        return [*found, *self._mean_points()]

    def _places(self, steps: FloatArray, ends: FloatArray) -> FloatArray:
        """Join steps, round months and the horizon, up to where too few are at risk."""
        minimum = self.study.escape.min_at_risk
        if len(ends) < minimum:
            return np.zeros(0)
        last = np.sort(ends)[-minimum]
        marks = [mark.month * DAYS_PER_MONTH for mark in self.marks]
        places = np.unique([0.0, *steps, *marks, self.horizon, last])
        kept: FloatArray = places[places <= last]
        return kept

    def incidence_points(self, at: int) -> list[CurvePoint]:
        """List the steps of one cause, where enough are at risk."""
        mine = self.first.days[self.first.cause == at + 1]
        places = self._places(mine, self.first.days)
        values = self.incidence.at(places).incidence[:, at]
        steps = np.isin(places, mine) | (places == self.horizon)
        wanted = steps & (values > 0) & self.limited & (at == 0)
        influence = self.incidence.influence_at(places[wanted])[:, :, at]
        held = iter(influence.T)
        return [
            self._point(
                (CAUSES[at], self.first.n_at_risk(day)),
                (day, value),
                self._limits(value, next(held)) if want else Limits(),
            )
            for day, value, want in zip(places, values, wanted, strict=True)
        ]

    def _mean_points(self) -> list[CurvePoint]:
        rows = self.first.rows
        steps = rows.stop[rows.event]
        places = self._places(steps, self.first.exits)
        values = self.mean.at(places).mean
        wanted = (np.isin(places, steps) | (places == self.horizon)) & (values > 0) & self.limited
        held = iter(self.mean.influence_at(places[wanted]).T)
        return [
            self._point(
                ("mean_number", self.first.n_observed(day)),
                (day, value),
                self._limits(value, next(held), top=np.inf) if want else Limits(),
            )
            for day, value, want in zip(places, values, wanted, strict=True)
        ]

    def narrow(self) -> tuple[int, int]:
        """Count the steps at which limits look too narrow, and all steps of attempts."""
        minimum = self.study.escape.min_at_risk
        rows = self.first.rows
        curves = (
            (self.first.days[self.first.cause == 1], self.first.days),
            (rows.stop[rows.event], self.first.exits),
        )
        first, number = (
            np.unique(steps[steps <= np.sort(ends)[-min(minimum, len(ends))]])
            for steps, ends in curves
        )
        found = count_narrow(self.incidence.influence_at(first)[:, :, 0], self.first.case)
        found += count_narrow(self.mean.influence_at(number), self.first.case)
        return found, len(first) + len(number)

    def _point(self, curve: tuple[str, int], at: tuple[float, float], limits: Limits) -> CurvePoint:
        return CurvePoint(
            curve=curve[0],
            completion=self.completion,
            month=float(at[0]) / DAYS_PER_MONTH,
            estimate=float(at[1]),
            conf_low=limits.low,
            conf_high=limits.high,
            n_at_risk=curve[1],
        )

    def _limits(self, value: float, influence: FloatArray, *, top: float = 1.0) -> Limits:
        """Limit one value; both kinds of curves list relationships in the same order."""
        return influence_limits(
            float(value),
            influence,
            self.first.case,
            conf_level=self.study.escape.conf_level,
            support=(0.0, top),
            seed=self.study.seed,
        )

    def at_horizon(self, at: int) -> tuple[float | None, Limits]:
        """Read one cause at the horizon: estimate and limits, None where too few are at risk."""
        if self.first.n_at_risk(self.horizon) < self.study.escape.min_at_risk:
            return None, Limits()
        value = float(self.incidence.at([self.horizon]).incidence[0, at])
        if not self.limited:
            return value, Limits()
        if value in (0.0, 1.0):
            followed = (self.first.cause > 0) | (self.first.days >= self.horizon)
            return value, boundary_limits(
                value,
                self.first.case[followed],
                conf_level=self.study.escape.conf_level,
                boundary_icc=self.study.estimates.boundary_icc,
            )
        influence = self.incidence.influence_at([self.horizon])[:, 0, at]
        return value, self._limits(value, influence)

    def mean_number(self) -> float | Unavailable:
        """Read the mean number at the horizon."""
        left = self.first.n_observed(self.horizon)
        if left < self.study.escape.min_at_risk:
            noun = "relationship is" if left == 1 else "relationships are"
            why = (
                f"{left} {noun} under observation at {self.study.escape.horizon:g} "
                f"months, fewer than {self.study.escape.min_at_risk}"
            )
            return Unavailable(what="mean number of attempts", why=why)
        return float(self.mean.at([self.horizon]).mean[0])


def _complete(
    durations: Durations, study: Study, completion: End, *, limited: bool
) -> _Completed | Refusal:
    first = first_events(durations, completion)
    level = study.escape.conf_level
    incidence = cumulative_incidence(
        first.days, first.cause, n_causes=len(CAUSES), conf_level=level
    )
    if isinstance(incidence, Refusal):
        return incidence
    rows = first.rows
    mean = mean_cumulative(
        rows.relationship, rows.start, rows.stop, rows.event.astype(np.int64), conf_level=level
    )
    if isinstance(mean, Refusal):
        return mean
    return _Completed(
        first=first,
        incidence=incidence,
        mean=mean,
        study=study,
        completion=completion,
        limited=limited,
    )


def _horizon_row(at: int, parts: Sequence[_Completed]) -> HorizonRow:
    counts = [part.first.n_events(at + 1, part.horizon) for part in parts]
    held = [part.at_horizon(at) for part in parts]
    limits = join_limits([limit for _, limit in held])
    return HorizonRow(
        cause=CAUSES[at],
        label=CAUSE_LABELS[CAUSES[at]],
        n_events_low=min(counts),
        n_events_high=max(counts),
        earliest=held[0][0],
        latest=held[-1][0],
        conf_low=limits.low,
        conf_high=limits.high,
        n_relationships=len(parts[-1].first.days),
    )
