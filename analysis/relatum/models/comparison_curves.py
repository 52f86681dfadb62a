"""Attempts and steps back over time in both samples, and their differences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.case_jackknife import combine_left_out
from relatum.inference.common import Interval, Refusal, finite_or_none, t_quantile
from relatum.inference.mover import difference_limits, ratio_limits
from relatum.inference.restricted_mean import restricted_mean
from relatum.models.comparison_samples import POPULATIONS, Pair, Side, sample_named
from relatum.models.comparison_special import escape_rate_limits
from relatum.models.escape_curves import FirstAttempts, trace_first_attempts
from relatum.models.escape_first import first_events
from relatum.models.escape_times import DAYS_PER_MONTH, escape_durations
from relatum.models.retraction import StepsBack, trace_steps_back
from relatum.results.base import Unavailable
from relatum.results.comparison_profile import CurvePoint, QuantityRow
from relatum.study import Study

__all__ = ["TimeCompared", "compare_times"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeCompared:
    """Quantities over time, curves, and what could not be compared."""

    quantities: tuple[QuantityRow, ...]
    curves: tuple[CurvePoint, ...]
    unavailable: tuple[Unavailable, ...]


def compare_times(pair: Pair, study: Study) -> TimeCompared:
    """Compare the rate of attempts, first attempts, time without one, and steps back by type.

    Parameters
    ----------
    pair : Pair
    study : Study
        Horizons and levels of its escape and retraction parts.

    Returns
    -------
    TimeCompared
    """
    found: list[QuantityRow | Unavailable] = []
    found.append(_rates(pair, study))
    curves = [trace_first_attempts(side.alone, study) for side in pair.sides]
    found.append(_first_attempts(curves, study))
    found.append(_time_without(pair, study))
    reports = [trace_steps_back(side.alone, study) for side in pair.sides]
    found += _steps_back(reports)
    points = [
        *_escape_points(pair, curves),
        *_retraction_points(pair, reports),
    ]
    return TimeCompared(
        quantities=tuple(row for row in found if isinstance(row, QuantityRow)),
        curves=tuple(points),
        unavailable=tuple(row for row in found if isinstance(row, Unavailable)),
    )


def _rates(pair: Pair, study: Study) -> QuantityRow | Unavailable:
    what = "attempts per 12 relationship-months under observation"
    rates = []
    for side in pair.sides:
        found = escape_rate_limits(side, study)
        if isinstance(found, str):
            return Unavailable(what=what, why=f"{side.words}: {found}")
        rates.append(found)
    return _quantity(("escape_rate", what, "ratio"), rates[0], rates[1], ratio_limits)


def _quantity(
    names: tuple[str, str, str],
    a: Interval,
    b: Interval,
    join: Callable[[Interval, Interval], Interval | Refusal],
) -> QuantityRow | Unavailable:
    found = join(a, b)
    if isinstance(found, Refusal):
        return Unavailable(what=names[1], why=found.why)
    return QuantityRow(
        term=names[0],
        label=names[1],
        scale=names[2],
        trafficking=a.estimate,
        trafficking_low=finite_or_none(a.conf_low),
        trafficking_high=finite_or_none(a.conf_high),
        domestic_violence=b.estimate,
        domestic_violence_low=finite_or_none(b.conf_low),
        domestic_violence_high=finite_or_none(b.conf_high),
        estimate=found.estimate,
        conf_low=finite_or_none(found.conf_low),
        conf_high=finite_or_none(found.conf_high),
    )


def _share(
    values: tuple[float | None, ...], limits: tuple[float | None, float | None], level: float
) -> Interval | None:
    """Return the middle of two completions with the union of their limits."""
    known = [value for value in values if value is not None]
    low, high = limits
    if not known or low is None or high is None:
        return None
    middle = sum(known) / len(known)
    return Interval(
        estimate=middle,
        conf_low=min(low, middle),
        conf_high=max(high, middle),
        conf_level=level,
        method="union of two completions of the dates",
    )


def _first_attempts(
    curves: list[FirstAttempts | Unavailable], study: Study
) -> QuantityRow | Unavailable:
    months = study.escape.horizon
    what = f"first attempt within {months:g} months after entry"
    parts = []
    for name, found in zip(POPULATIONS, curves, strict=True):
        if isinstance(found, Unavailable):
            return Unavailable(what=what, why=f"{name.replace('_', ' ')}: {found.why}")
        row = found.horizon
        limits = (row.conf_low, row.conf_high)
        share = _share((row.earliest, row.latest), limits, found.conf_level)
        if share is None:
            return Unavailable(what=what, why="too few relationships are followed in one sample")
        parts.append(share)
    names = ("first_attempt", what, "difference")
    return _quantity(names, parts[0], parts[1], difference_limits)


def _time_without(pair: Pair, study: Study) -> QuantityRow | Unavailable:
    """Compare the mean time without an attempt up to the horizon; other ends censor."""
    months = study.escape.horizon
    what = f"mean months without an attempt, of the first {months:g}"
    values, errors = [], []
    for side in pair.sides:
        found = _restricted(side, months)
        if isinstance(found, Refusal):
            return Unavailable(what=what, why=f"{side.words}: {found.why}")
        values.append(found[0])
        errors.append(found[1])
    whole = values[0] - values[1]
    joined = combine_left_out(whole, errors[0] - values[1], values[0] - errors[1])
    if isinstance(joined, Refusal):
        return Unavailable(what=what, why=sample_named(joined.why))
    half = t_quantile(study.escape.conf_level, joined.df) * joined.std_error
    return QuantityRow(
        term="restricted_mean",
        label=what,
        scale="difference",
        trafficking=values[0],
        trafficking_low=None,
        trafficking_high=None,
        domestic_violence=values[1],
        domestic_violence_low=None,
        domestic_violence_high=None,
        estimate=whole,
        conf_low=whole - half,
        conf_high=whole + half,
    )


def _restricted(side: Side, months: float) -> tuple[float, npt.NDArray[np.float64]] | Refusal:
    """Return the restricted mean, and its values without each case."""
    events = first_events(escape_durations(side.alone), "latest")
    time, event = events.days / DAYS_PER_MONTH, events.cause == 1
    whole = restricted_mean(time, event, horizon=months)
    if isinstance(whole, Refusal):
        return whole
    without = []
    for case in np.unique(events.case):
        keep = events.case != case
        found = restricted_mean(time[keep], event[keep], horizon=months)
        if isinstance(found, Refusal):
            return Refusal(found.what, f"without one case: {found.why}")
        without.append(found.estimate)
    return whole.estimate, np.array(without)


def _steps_back(reports: list[StepsBack | Unavailable]) -> list[QuantityRow | Unavailable]:
    a, b = reports
    if isinstance(a, Unavailable) or isinstance(b, Unavailable):
        pairs = zip(POPULATIONS, reports, strict=True)
        whys = [
            f"{name.replace('_', ' ')}: {held.why}"
            for name, held in pairs
            if isinstance(held, Unavailable)
        ]
        return [Unavailable(what="steps back from a report", why="; ".join(whys))]
    found: list[QuantityRow | Unavailable] = []
    theirs = {row.curve: row for row in b.horizons}
    for row in a.horizons:
        if row.curve not in theirs:
            continue
        other = theirs[row.curve]
        what = f"{row.label} within {row.day:g} days after the report"
        parts = [
            _share((part.earliest, part.latest), (part.conf_low, part.conf_high), a.conf_level)
            for part in (row, other)
        ]
        if parts[0] is None or parts[1] is None:
            found.append(Unavailable(what=what, why="too few reports are followed in one sample"))
            continue
        names = (f"retraction_{row.curve}", what, "difference")
        found.append(_quantity(names, parts[0], parts[1], difference_limits))
    return found


def _escape_points(pair: Pair, curves: list[FirstAttempts | Unavailable]) -> list[CurvePoint]:
    points = []
    for side, found in zip(pair.sides, curves, strict=True):
        if isinstance(found, Unavailable):
            continue
        points += [
            CurvePoint(
                curve="escape",
                label="First attempt to get away",
                side=side.name,
                time=point.month,
                value=point.estimate,
                conf_low=point.conf_low,
                conf_high=point.conf_high,
                n_at_risk=point.n_at_risk,
            )
            for point in found.points
        ]
    return points


def _retraction_points(pair: Pair, reports: list[StepsBack | Unavailable]) -> list[CurvePoint]:
    points = []
    for side, found in zip(pair.sides, reports, strict=True):
        if isinstance(found, Unavailable):
            continue
        points += [
            CurvePoint(
                curve="retraction",
                label="Step back from a report",
                side=side.name,
                time=point.day,
                value=point.estimate,
                conf_low=point.conf_low,
                conf_high=point.conf_high,
                n_at_risk=point.n_at_risk,
            )
            for point in found.points
        ]
    return points
