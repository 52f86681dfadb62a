"""The rate of attempts under other choices of dates, clocks and differing cases."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from relatum.inference.common import Refusal
from relatum.models.escape_ends import end_variants
from relatum.models.escape_frailty import frailty_rate
from relatum.models.escape_imputation import impute_rate
from relatum.models.escape_reading import (
    RateReading,
    earliest_exits,
    limit_reading,
    sensitivity_variant,
)
from relatum.models.escape_times import DAYS_PER_YEAR, escape_times
from relatum.results.escape import RateVariant
from relatum.samples.durations_arrays import interval_arrays

__all__ = ["PRECISE_DAYS", "sensitivity_variants"]

#: Attempts dated within this many days count as dated.
PRECISE_DAYS = 31


def sensitivity_variants(reading: RateReading) -> tuple[RateVariant, ...]:
    """Repeat the overall rate under every other choice.

    Parameters
    ----------
    reading : RateReading
        The primary analysis.

    Returns
    -------
    tuple of RateVariant
        Of the family ``sensitivity``, each with what it assumes. Limits are those of the wild
        bootstrap unless the words say otherwise.
    """
    return (
        *_clocks(reading),
        *_dates(reading),
        *end_variants(reading),
        *_frailties(reading),
        _imputed(reading),
    )


def _clocks(reading: RateReading) -> list[RateVariant]:
    times = reading.times
    return [
        sensitivity_variant(
            "onset_earliest",
            "Onset at its earliest",
            times,
            limit_reading(reading, times, onset="earliest"),
            "Every relationship began on its earliest possible day: only the limits can move.",
        ),
        sensitivity_variant(
            "onset_latest",
            "Onset at its latest",
            times,
            limit_reading(reading, times, onset="latest"),
            "Every relationship began on its latest possible day: only the limits can move.",
        ),
        sensitivity_variant(
            "clock_entry",
            "One rate, clock since entry",
            times,
            limit_reading(reading, times, cuts=()),
            "The rate is the same at all times; no onset is needed.",
        ),
    ]


def _dates(reading: RateReading) -> list[RateVariant]:
    times, durations = reading.times, reading.durations
    early = escape_times(reading.sample, durations, interval_arrays(durations, exit_at="earliest"))
    width = times.event_upper - times.event_lower
    dated = times.keep_events(width <= PRECISE_DAYS)
    vague = escape_times(
        reading.sample, durations, interval_arrays(durations, precision="order_only")
    )
    return [
        sensitivity_variant(
            "exit_earliest",
            "Observation ends at its earliest",
            early,
            limit_reading(reading, early),
            "It ends on its first possible day, but never before an attempt.",
        ),
        sensitivity_variant(
            "dates_within_31_days",
            f"Attempts dated within {PRECISE_DAYS} days",
            dated,
            limit_reading(reading, dated),
            f"Others ({times.n_events - dated.n_events}) are left out and all time stays: the "
            "rate can only be lower.",
        ),
        sensitivity_variant(
            "order_only",
            "Order of attempts only",
            vague,
            limit_reading(reading, vague),
            "Dates of attempts are forgotten, their order is kept: only the limits can move.",
        ),
    ]


def _frailties(reading: RateReading) -> list[RateVariant]:
    times, plan = reading.times, reading.study.escape
    codes = np.unique(times.cluster, return_inverse=True)[1]
    events = np.bincount(codes[times.event_row], minlength=times.n_cases)
    days = np.bincount(codes, weights=times.exit)
    found = []
    for variance in plan.frailty_variances:
        fit = frailty_rate(events, days, variance=variance, conf_level=plan.conf_level)
        why = (
            "Cases differ, and by how much is assumed; limits from the likelihood with that "
            "variance."
        )
        missing = reading.refused or (fit.why if isinstance(fit, Refusal) else "")
        row = sensitivity_variant(f"frailty_{variance:g}", "", times, (None, None, missing), why)
        if not isinstance(fit, Refusal):
            row = replace(row, rate=fit.estimate * DAYS_PER_YEAR)
            if not reading.refused and math.isfinite(fit.conf_high):
                row = replace(
                    row,
                    conf_low=fit.conf_low * DAYS_PER_YEAR,
                    conf_high=fit.conf_high * DAYS_PER_YEAR,
                )
        found.append(replace(row, label=f"Gamma frailty of cases, variance {variance:g}"))
    return found


def _imputed(reading: RateReading) -> RateVariant:
    times, plan = reading.times, reading.study.escape
    name, label = "imputed_dates", "Dates imputed 50 times"
    why = (
        "Dates drawn evenly inside their intervals, joined by Rubin's rules; only the ends of "
        "observation can move the rate. "
    )
    lower = earliest_exits(reading)
    exact = bool((lower == times.exit).all())
    if exact or times.n_events < 2 or reading.refused:
        why += "Every end is an exact day here." * exact
        return sensitivity_variant(name, label, times, limit_reading(reading, times), why.rstrip())
    found = impute_rate(times, lower, conf_level=plan.conf_level, seed=reading.study.seed)
    why += (
        f"{found.between_share:.0%} of the variance lies between imputations. Limits: sums of "
        "cases and a t quantile."
    )
    missing = "every case has the same rate, or there is one case" if found.conf_low is None else ""
    row = sensitivity_variant(name, label, times, (found.conf_low, found.conf_high, missing), why)
    return replace(row, rate=found.rate, months=found.months)
