"""Rows of the parallels matrix about what follows a report: steps back, and contact before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from relatum.inference.common import Interval, Refusal
from relatum.models.comparison_samples import Pair, Side
from relatum.models.comparison_sums import (
    SpecialRow,
    contrast_sums,
    limit_levels,
    smaller_first,
)
from relatum.models.retraction_contrasts_contact import ContactDays, contact_days
from relatum.models.retraction_times import ANY, COMPLETIONS, delay_bounds, incidence_at
from relatum.models.testimony_limits import trace_merged
from relatum.results.comparison import RowSide
from relatum.samples.testimony import Testimony
from relatum.schema.parallels import Parallel
from relatum.study import Study

__all__ = ["contrast_contact_ratios", "contrast_incidence", "limit_incidence"]

FloatArray = npt.NDArray[np.float64]


def contrast_incidence(pair: Pair, row: Parallel, study: Study) -> SpecialRow | str:
    """Contrast the incidence of a step back by the day that the row names.

    Parameters
    ----------
    pair : Pair
    row : Parallel
    study : Study
        The horizons of its retraction part are those of another report and count for nothing here.
    """
    testimonies = [trace_merged(side.alone) for side in pair.sides]
    intervals: dict[tuple[str, float], tuple[Interval, Interval]] = {}
    sides: list[RowSide] = []
    for level in limit_levels(study):
        plan = _plan(study, row, level)
        ends = []
        sides = []
        for side, testimony in zip(pair.sides, testimonies, strict=True):
            found = _incidence_ends(testimony, plan)
            if isinstance(found, str):
                return f"{side.words}: {found}"
            ends.append(found[:2])
            sides.append(found[2])
        intervals["low_high", level] = ends[0][0], ends[1][1]
        intervals["high_low", level] = ends[0][1], ends[1][0]
    return SpecialRow(
        trafficking=sides[0], domestic_violence=sides[1], fits={}, intervals=intervals
    )


def _plan(study: Study, row: Parallel, level: float) -> Study:
    days = (float(row.horizon_days or study.retraction.horizons[-1]),)
    return replace(study, retraction=replace(study.retraction, conf_level=level, horizons=days))


def limit_incidence(
    side: Side, row: Parallel, study: Study
) -> tuple[RowSide, tuple[tuple[Interval, Interval], tuple[Interval, Interval]]] | str:
    """Limit the incidence of a step back by the day that a row names, in one sample.

    Parameters
    ----------
    side : Side
    row : Parallel
    study : Study

    Returns
    -------
    counts, limits : RowSide and tuple, or str
        Limits by level (of equivalence, then of a difference) and completion, smaller first.
    """
    testimony = trace_merged(side.alone)
    limits = []
    for level in limit_levels(study):
        plan = _plan(study, row, level)
        found = _incidence_ends(testimony, plan)
        if isinstance(found, str):
            return found
        counts = found[2]
        limits.append(found[:2])
    return counts, (limits[0], limits[1])


def _incidence_ends(testimony: Testimony, plan: Study) -> tuple[Interval, Interval, RowSide] | str:
    """Return the smaller and the larger incidence of both completions of dates, and counts."""
    day = plan.retraction.horizons[-1]
    if not delay_bounds(testimony).victim:
        return "no report can be followed"
    early, late = (incidence_at(testimony, plan, dates) for dates in COMPLETIONS)
    if isinstance(early, Refusal) or isinstance(late, Refusal):
        return early.why if isinstance(early, Refusal) else "no report can be followed"
    parts = []
    for found in (early, late):
        share = found.at(ANY, day, limited=True)
        if share.estimate is None:
            return f"too few reports are followed for {day:g} days"
        if share.limits.low is None or share.limits.high is None:
            return "the incidence has no limits"
        parts.append(
            Interval(
                estimate=share.estimate,
                conf_low=min(share.limits.low, share.estimate),
                conf_high=max(share.limits.high, share.estimate),
                conf_level=plan.retraction.conf_level,
                method="wild",
            )
        )
    low, high = sorted(parts, key=lambda part: part.estimate)
    side = RowSide(
        n_units=len(late.time),
        n_cases=len(np.unique(late.case)),
        n_present=late.events(ANY, day),
        n_absent=None,
        n_undocumented=None,
        low=low.estimate,
        high=high.estimate,
        documented=None,
    )
    return low, high, side


def contrast_contact_ratios(pair: Pair, _row: Parallel, study: Study) -> SpecialRow | str:
    """Contrast the ratio of rates of stepping back, days after contact by days without.

    Parameters
    ----------
    pair : Pair
    _row : Parallel
    study : Study

    Notes
    -----
    Days on which the file is silent about contact are in neither rate. Crossed are the completions
    of dates: the one with the smaller ratio in one sample, that with the larger in the other.
    """
    tables: dict[tuple[str, str], FloatArray] = {}
    reports: dict[str, int] = {}
    for side in pair.sides:
        testimony = trace_merged(side.alone)
        reports[side.name] = len(delay_bounds(testimony).victim)
        early, late = (
            _contact_sums(contact_days(testimony, study, dates)) for dates in COMPLETIONS
        )
        smaller, larger = smaller_first(early, late, _log_rate_ratio)
        tables[side.name, "low"], tables[side.name, "high"] = smaller, larger

    def sums(side: Side, coding: str) -> FloatArray | str:
        found = tables[side.name, coding]
        if not len(found) or not (found.sum(axis=0) > 0).all():
            words = side.words
            return (
                f"{words}: no step back fell on documented days, with or without contact with the "
                "suspect"
            )
        return found

    fits = contrast_sums(sums, pair, _log_rate_ratios)
    if isinstance(fits, str):
        return fits
    sides = []
    for side in pair.sides:
        totals = [tables[side.name, coding].sum(axis=0) for coding in ("low", "high")]
        ends = sorted(float(np.exp(_log_rate_ratio(total))) for total in totals)
        sides.append(
            RowSide(
                n_units=reports[side.name],
                n_cases=len(tables[side.name, "high"]),
                n_present=int(totals[1][0] + totals[1][2]),
                n_absent=None,
                n_undocumented=None,
                low=ends[0],
                high=ends[1],
                documented=None,
            )
        )
    return SpecialRow(trafficking=sides[0], domestic_violence=sides[1], fits=fits, intervals={})


def _contact_sums(rows: ContactDays) -> FloatArray:
    """Add up steps back and days, with contact and without, by case; shape (n_cases, 4)."""
    _, case = np.unique(rows.case, return_inverse=True)
    level = rows.level["contact"]
    columns = []
    for value in (1, 0):
        mine = level == value
        columns += [np.where(mine, rows.event, 0), np.where(mine, rows.days, 0.0)]
    n = int(case.max()) + 1 if len(case) else 0
    parts = [np.bincount(case, weights=column, minlength=n) for column in columns]
    return np.stack(parts, axis=1)


def _log_rate_ratio(total: FloatArray) -> FloatArray:
    found: FloatArray = np.log(total[..., 0] / total[..., 1]) - np.log(
        total[..., 2] / total[..., 3]
    )
    return found


def _log_rate_ratios(total_a: FloatArray, total_b: FloatArray) -> FloatArray:
    return _log_rate_ratio(total_a) - _log_rate_ratio(total_b)
