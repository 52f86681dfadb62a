"""The rate of escape attempts under observation, with limits, and what it rests on."""

from __future__ import annotations

import math

import numpy as np

from relatum.inference.common import Refusal
from relatum.inference.piecewise_rate import PiecewiseRate, fit_piecewise_rate
from relatum.inference.rate_bootstrap import RateLimits, upper_limit_without_events
from relatum.models.escape_covariates import covariate_ratios
from relatum.models.escape_entry import ENTRY_NOTE, entry_dependence
from relatum.models.escape_naive import naive_variants
from relatum.models.escape_rate_notes import rate_notes, risk_notes
from relatum.models.escape_reading import RateReading
from relatum.models.escape_times import (
    DAYS_PER_MONTH,
    DAYS_PER_YEAR,
    NO_TIME,
    EscapeTimes,
    escape_durations,
    escape_times,
    limit_times,
    piece_days,
    usable_cuts,
)
from relatum.models.escape_variants import sensitivity_variants
from relatum.models.gates import gate_clusters, override_notes
from relatum.results.base import Provenance, Unavailable
from relatum.results.escape import EscapeRate, PieceRate, RateRow
from relatum.results.provenance import provenance_of
from relatum.samples import Sample
from relatum.study import Study

__all__ = ["estimate_escape_rate"]

_WHAT = "rate of escape attempts"


def estimate_escape_rate(sample: Sample, study: Study) -> EscapeRate | Unavailable:
    """Estimate the rate of observable escape attempts per 12 relationship-months.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan: pieces, covariates, level of the limits, assumptions of the sensitivity
        analyses, gates, seed.

    Returns
    -------
    EscapeRate or Unavailable
        Unavailable where no relationship has time at risk. The overall rate alone is unavailable
        with fewer than two attempts, with one case, and where the gates ``few_cases`` or
        ``dominant_case`` refuse limits; the rate without limits then stands in its reason.

    Notes
    -----
    Attempts that reached interception at least, recorded as they happened, over the time from
    entry into observation to the end of the relationship, the arrest of the suspect or the end of
    the investigation. The rate is constant in stretches of time since onset, with delayed entry
    and dates as intervals (see `relatum.inference.piecewise_rate.fit_piecewise_rate`); limits
    invert the score wild bootstrap over cases (Kline and Santos 2012,
    doi:10.1515/2156-6674.1006). Relationships of the population ``trafficking`` are used, or all
    where none is named so.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> found = estimate_escape_rate(example_sample("simulated"), read_study())
    >>> print(found)
    Escape attempts under observation: 23 attempts in 664 relationship-months, 0.42 per 12 months (0.00 to 0.54)
    """  # noqa: E501
    provenance = provenance_of(sample, study, seed=study.seed)
    durations = escape_durations(sample)
    if not durations.at_risk:
        why = "the sample holds no relationship"
        if durations.relationships:
            why = f"none of {len(durations.relationships)} relationships has time at risk"
        return Unavailable(what=_WHAT, why=why, provenance=provenance)
    times = escape_times(sample, durations)
    refused = gate_clusters(times.cells, study).refused
    limits = _limits(times, study, refused)
    overall = _overall(times, study, limits, provenance)
    low, high, without_two = _left_out(times)
    reading = RateReading(
        sample=sample,
        study=study,
        durations=durations,
        times=times,
        limits=limits,
        refused=refused,
    )
    naive = naive_variants(durations, times, conf_level=study.escape.conf_level)
    pieces, joined = _pieces(times, study)
    return EscapeRate(
        title="Escape attempts under observation",
        overall=overall,
        pieces=pieces,
        variants=(*sensitivity_variants(reading), *naive),
        leave_out_low=low,
        leave_out_high=high,
        without_two=without_two,
        covariates=covariate_ratios(sample, study, times, refused=refused, provenance=provenance),
        n_retrospective=len(durations.retrospective),
        flow=durations.flow,
        n_faults=len(durations.faults),
        entry=entry_dependence(durations, study, refused=refused, provenance=provenance),
        notes=(
            *rate_notes(times, overall, (low, high), joined=joined),
            *risk_notes(sample, durations),
            ENTRY_NOTE,
            *override_notes(study),
        ),
        provenance=provenance,
    )


def _limits(times: EscapeTimes, study: Study, refused: str) -> RateLimits | Refusal:
    """Compute the limits, or say why the cases cannot carry them."""
    if times.n_events == 0:
        upper = upper_limit_without_events(
            times.days, conf_level=study.escape.conf_level, per=DAYS_PER_YEAR
        )
        why = (
            f"no attempt was observed in {times.months:.1f} relationship-months; if attempts were "
            f"independent, the rate would be at most {upper:.2f} per 12 months"
        )
        return Refusal(_WHAT, why)
    if times.n_events == 1:
        return Refusal(_WHAT, f"one attempt was observed; {_described(times)}")
    if times.n_cases == 1 and not refused:
        return Refusal(_WHAT, f"there is one case; {_described(times)}")
    if refused:
        return Refusal(_WHAT, f"{refused}; {_described(times)}")
    found = limit_times(times, study)
    if isinstance(found, Refusal):
        return Refusal(_WHAT, f"{found.why}; {_described(times)}")
    if not math.isfinite(found.conf_high):
        return Refusal(_WHAT, f"no upper limit is reached; {_described(times)}")
    return found


def _described(times: EscapeTimes) -> str:
    noun = "attempt" if times.n_events == 1 else "attempts"
    return (
        f"described only: {times.n_events} {noun} in {times.months:.1f} relationship-months, "
        f"{times.rate:.2f} per 12"
    )


def _overall(
    times: EscapeTimes, study: Study, limits: RateLimits | Refusal, provenance: Provenance
) -> RateRow | Unavailable:
    if isinstance(limits, Refusal):
        return Unavailable(what=limits.what, why=limits.why, provenance=provenance)
    return RateRow(
        n_relationships=len(times.relationship),
        n_cases=times.n_cases,
        n_events=times.n_events,
        n_event_cases=limits.n_event_clusters,
        months=times.months,
        rate=limits.estimate,
        conf_low=limits.conf_low,
        conf_high=limits.conf_high,
        conf_level=study.escape.conf_level,
        method=limits.method,
    )


def _pieces(times: EscapeTimes, study: Study) -> tuple[tuple[PieceRate, ...], bool]:
    """Rates of the stretches of time since onset, and whether one of them is empty."""
    known = times.keep(times.onset_known)
    if len(known.relationship) == 0:
        return (), False
    cuts = tuple(cut * DAYS_PER_MONTH for cut in study.escape.cuts)
    days = piece_days(known, cuts)
    used = usable_cuts(known, cuts)
    fit = fit_piecewise_rate(known.rows(), known.events, cuts=used)
    if isinstance(fit, Refusal) and known.n_events:
        return (), False
    edges = (0.0, *study.escape.cuts)
    at = np.searchsorted(used, cuts, side="right")
    place = (0, *at.tolist())
    empty = days <= NO_TIME
    found = []
    for i, start in enumerate(edges):
        rate, error = (None, None) if empty[i] else _fitted(fit, place[i])
        found.append(
            PieceRate(
                start=start,
                stop=edges[i + 1] if i + 1 < len(edges) else None,
                months=float(days[i]) / DAYS_PER_MONTH,
                expected_events=(rate or 0.0) * float(days[i]) / DAYS_PER_YEAR,
                rate=rate,
                std_error=error,
            )
        )
    return tuple(found), bool(empty.any())


def _fitted(fit: PiecewiseRate | Refusal, at: int) -> tuple[float, float | None]:
    """Return rate and error per 12 months; a rate of zero has no error."""
    if isinstance(fit, Refusal):
        return 0.0, None
    errors = fit.cluster_error if fit.n_clusters > 1 else fit.std_error
    rate, error = float(fit.rates[at]) * DAYS_PER_YEAR, float(errors[at])
    return rate, rate * error if math.isfinite(error) and rate > 0 else None


def _left_out(times: EscapeTimes) -> tuple[float | None, float | None, float | None]:
    """Return the range of the rate without each case, and the rate without the two largest."""
    cases, codes = np.unique(times.cluster, return_inverse=True)
    if len(cases) < 2:
        return None, None, None
    events = np.bincount(codes[times.event_row], minlength=len(cases)).astype(np.float64)
    days = np.bincount(codes, weights=times.exit)
    without = (events.sum() - events) / (days.sum() - days) * DAYS_PER_YEAR
    low, high = float(without.min()), float(without.max())
    if len(cases) < 3:
        return low, high, None
    largest = np.lexsort((-events, -days, -np.bincount(codes)))
    rest = largest[2:]
    return low, high, float(events[rest].sum() / days[rest].sum() * DAYS_PER_YEAR)
