"""The incidence of stepping back under other choices, and what naive analyses would give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, Refusal
from relatum.inference.competing_interval import competing_turnbull
from relatum.inference.competing_mixture import parametric_incidence
from relatum.inference.survival_curves import kaplan_meier
from relatum.models.retraction_times import (
    ANY,
    DelayBounds,
    IncidenceAt,
    delay_bounds,
    incidence_at,
)
from relatum.results.retraction import RetractionVariant
from relatum.samples.testimony import Testimony
from relatum.samples.testimony_rows import ReportTime, RetractionTime
from relatum.study import Study

__all__ = ["leave_out_range", "list_variants", "without_cases"]

_WIDE = 31.0


@dataclass(frozen=True, slots=True)
class _Choice:
    """Which reports and steps back are kept."""

    name: str
    label: str
    why: str
    report: Callable[[ReportTime], bool] = lambda _row: True
    step: Callable[[RetractionTime], bool] = lambda _row: True


_CHOICES: tuple[_Choice, ...] = (
    _Choice(
        "withdrawn_only",
        "Only support withdrawn with the facts upheld",
        "Other steps back are taken as no step back.",
        step=lambda row: row.kind == "support_withdrawn_facts_upheld",
    ),
    _Choice(
        "recanted_only",
        "Only facts recanted",
        "Other steps back are taken as no step back.",
        step=lambda row: row.kind == "facts_recanted",
    ),
    _Choice(
        "reversed_not_counted",
        "Without steps back that were undone later",
        "A step back after which she confirmed the report is taken as none.",
        step=lambda row: row.reversal != "present",
    ),
    _Choice(
        "formal_only",
        "Formal reports only",
        "Incriminating statements without a formal report are left out.",
        report=lambda row: row.made == "formal_report",
    ),
)


def list_variants(testimony: Testimony, study: Study) -> tuple[RetractionVariant, ...]:
    """List other choices, secondary estimators and naive analyses of any step back.

    Parameters
    ----------
    testimony : Testimony
    study : Study
        The plan: the last horizon.

    Returns
    -------
    tuple of RetractionVariant
        Estimates with dates at their latest, where nothing else is said. Secondary ones carry the
        range without one case at a time, and no limits.
    """
    day = study.retraction.horizons[-1]
    bounds = delay_bounds(testimony)
    return (
        *_secondary(bounds, day),
        *(_choose(testimony, study, choice) for choice in _CHOICES),
        _precise(testimony, study, bounds),
        *_naive(testimony, study, bounds),
    )


# --- other choices -------------------------------------------------------------------------------


def _choose(testimony: Testimony, study: Study, choice: _Choice) -> RetractionVariant:
    reports = {row.report for row in testimony.used_reports if choice.report(row)}
    held = replace(
        testimony,
        reports=tuple(row for row in testimony.reports if row.report in reports),
        retractions=tuple(
            row for row in testimony.retractions if row.report in reports and choice.step(row)
        ),
    )
    found = incidence_at(held, study, "latest") if reports else Refusal("incidence", "no report")
    return _variant(found, study, (choice.name, choice.label, "sensitivity"), choice.why)


def _precise(testimony: Testimony, study: Study, bounds: DelayBounds) -> RetractionVariant:
    wide = {
        victim
        for victim, low, high, kind in zip(
            bounds.victim, bounds.low, bounds.high, bounds.kind, strict=True
        )
        if kind and high - low > _WIDE
    }
    held = replace(
        testimony,
        reports=tuple(row for row in testimony.reports if row.victim not in wide),
        retractions=tuple(row for row in testimony.retractions if row.victim not in wide),
    )
    noun = "woman" if len(wide) == 1 else "women"
    why = f"{len(wide)} {noun} whose step back is dated less narrowly left out."
    name = ("dated_within_a_month", "Steps back dated within a month", "sensitivity")
    if not held.used_reports:
        return _variant(Refusal("incidence", "no report is left"), study, name, why)
    return _variant(incidence_at(held, study, "latest"), study, name, why)


def _variant(
    found: IncidenceAt | Refusal, study: Study, name: tuple[str, str, str], why: str
) -> RetractionVariant:
    day = study.retraction.horizons[-1]
    refused = isinstance(found, Refusal)
    estimate = None if isinstance(found, Refusal) else found.at(ANY, day, limited=False).estimate
    events = 0 if isinstance(found, Refusal) else found.events(ANY, day)
    return RetractionVariant(
        name=name[0],
        label=name[1],
        family=name[2],
        n_events=events,
        estimate=estimate,
        range_low=None,
        range_high=None,
        why=f"{why} Not available: {found.why}." if refused and isinstance(found, Refusal) else why,
    )


# --- secondary estimators ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Intervals:
    """Delays as intervals with causes: 1 step back, 2 closed or death, 0 censored."""

    left: FloatArray
    right: FloatArray
    cause: FloatArray

    @classmethod
    def of(cls, bounds: DelayBounds) -> _Intervals:
        step = np.array([bool(kind) for kind in bounds.kind], dtype=bool)
        over = np.array([bool(end) for end in bounds.ended], dtype=bool)
        return cls(
            left=np.where(np.isfinite(bounds.low), bounds.low, 1e6),
            right=bounds.high,
            cause=np.where(step, 1.0, np.where(over, 2.0, 0.0)),
        )

    def take(self, keep: npt.NDArray[np.bool_]) -> _Intervals:
        return _Intervals(self.left[keep], self.right[keep], self.cause[keep])


def _secondary(bounds: DelayBounds, day: float) -> Iterator[RetractionVariant]:
    whole = _Intervals.of(bounds)
    events = int((bounds.known(day) == 1).sum())
    kinds: tuple[tuple[str, str, str, Callable[[_Intervals], float | None]], ...] = (
        (
            "interval_em_low",
            "Intervals, nonparametric: least",
            "Maximum likelihood of intervals of dates; each falls as late as it can.",
            lambda held: _turnbull(held, day, 0),
        ),
        (
            "interval_em_high",
            "Intervals, nonparametric: greatest",
            "The same; each falls as early as it can.",
            lambda held: _turnbull(held, day, 1),
        ),
        (
            "interval_exponential",
            "Intervals, exponential",
            "Those who step back do so at a constant rate; closing rules it out on whatever day.",
            lambda held: _parametric(held, day, "exponential"),
        ),
        (
            "interval_weibull",
            "Intervals, Weibull",
            "The same, with a rate that rises or falls by a power of time.",
            lambda held: _parametric(held, day, "weibull"),
        ),
    )
    for name, label, why, estimate in kinds:
        value = estimate(whole)
        parts = [
            estimate(whole.take(bounds.case != case)) for case in np.unique(bounds.case).tolist()
        ]
        held = [part for part in parts if part is not None] if value is not None else []
        yield RetractionVariant(
            name=name,
            label=label,
            family="secondary",
            n_events=events,
            estimate=value,
            range_low=min(held) if held else None,
            range_high=max(held) if held else None,
            why=why if value is not None else f"{why} Not available: too few dated steps back.",
        )


def _turnbull(held: _Intervals, day: float, end: int) -> float | None:
    if not len(held.left):
        return None
    found = competing_turnbull(held.left, held.right, held.cause, n_causes=2)
    return None if isinstance(found, Refusal) else found.incidence_range(1, day)[end]


def _parametric(held: _Intervals, day: float, distribution: str) -> float | None:
    found = parametric_incidence(
        held.left,
        held.right,
        held.cause,
        distribution="weibull" if distribution == "weibull" else "exponential",
    )
    return None if isinstance(found, Refusal) else found.incidence(day)


# --- naive analyses ------------------------------------------------------------------------------


def _naive(testimony: Testimony, study: Study, bounds: DelayBounds) -> Iterator[RetractionVariant]:
    day = study.retraction.horizons[-1]
    known = bounds.known(day)
    events = int((known == 1).sum())
    women = len(testimony.used_victims)
    yield RetractionVariant(
        name="all_women",
        label="No report taken as no step back",
        family="naive",
        n_events=events,
        estimate=events / women if women else None,
        range_low=None,
        range_high=None,
        why=f"{events} of {women} women with a contact: a woman who did not report cannot step "
        "back, so this mixes two questions.",
    )
    found = incidence_at(testimony, study, "earliest")
    if isinstance(found, Refusal):
        return
    step = np.isin(found.cause, range(1, 6)).astype(np.float64)
    curve = kaplan_meier(found.time, step)
    share = None if isinstance(curve, Refusal) else 1.0 - float(curve.at([day]).survival[0])
    yield RetractionVariant(
        name="kaplan_meier",
        label="One minus Kaplan-Meier, closing as censoring",
        family="naive",
        n_events=found.events(ANY, day),
        estimate=share,
        range_low=None,
        range_high=None,
        why="It takes women whose case was closed to step back later as often as the others; dates "
        "at their earliest.",
    )
    yield _from_arrest(testimony, day)


def _from_arrest(testimony: Testimony, day: float) -> RetractionVariant:
    """Count days from the arrest: a step back then cannot come before it, nor without one."""
    people = {row.victim: row for row in testimony.used_victims}
    told = {row.victim for row in testimony.used_reports}
    arrest = {
        victim: row.arrest_upper
        for victim, row in people.items()
        if victim in told and row.arrest_upper is not None
    }
    first: dict[str, int] = {}
    for step in testimony.used_retractions:
        if step.victim in arrest and step.upper is not None:
            first[step.victim] = min(first.get(step.victim, step.upper), step.upper)
    events = sum(0 <= when - (arrest[who] or 0) <= day for who, when in first.items())
    return RetractionVariant(
        name="from_arrest",
        label="Days counted from the arrest",
        family="naive",
        n_events=events,
        estimate=events / len(arrest) if arrest else None,
        range_low=None,
        range_high=None,
        why=f"{len(arrest)} women with a report and a dated arrest; who reported later could not "
        "step back from day 0 on.",
    )


# --- single cases --------------------------------------------------------------------------------


def without_cases(testimony: Testimony, study: Study, cases: frozenset[str]) -> float | None:
    """Estimate the incidence of any step back without some cases, with dates at their latest."""
    held = replace(
        testimony,
        victims=tuple(row for row in testimony.victims if row.case not in cases),
        reports=tuple(row for row in testimony.reports if row.case not in cases),
        retractions=tuple(row for row in testimony.retractions if row.case not in cases),
    )
    if not held.used_reports:
        return None
    found = incidence_at(held, study, "latest")
    if isinstance(found, Refusal):
        return None
    return found.at(ANY, study.retraction.horizons[-1], limited=False).estimate


def leave_out_range(testimony: Testimony, study: Study) -> tuple[float | None, float | None]:
    """Return the range of the incidence without each case in turn; none with fewer than three."""
    cases = sorted({row.case for row in testimony.used_reports})
    if len(cases) < 3:
        return None, None
    found = [without_cases(testimony, study, frozenset({case})) for case in cases]
    held = [value for value in found if value is not None]
    return (min(held), max(held)) if held else (None, None)
