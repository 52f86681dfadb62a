"""One share by its recipes, and what it owes to single cases: cells in, result parts out."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from relatum.inference.betabinomial import CaseAverage, estimate_case_average
from relatum.inference.common import Interval, Refusal
from relatum.inference.icc import estimate_icc
from relatum.inference.identified import imbens_manski_interval
from relatum.inference.placebo import placebo_rejection_rate
from relatum.inference.robust import cluster_robust
from relatum.inference.wild_proportion import clustered_proportion
from relatum.models.case_cells import CODINGS, CaseCells, Coding
from relatum.results.base import Unavailable
from relatum.results.estimates import (
    CodedInterval,
    LeaveOutRange,
    PlaceboShare,
    SecondaryIntervals,
    TargetEstimate,
)
from relatum.study import EstimatesPlan

__all__ = [
    "TARGETS",
    "coded_interval",
    "estimate_target",
    "icc_interval",
    "join_codings",
    "leave_cases_out",
    "placebo_share",
    "point_estimate",
    "secondary_intervals",
    "unavailable",
]

#: The two targets beyond the units at hand.
TARGETS: tuple[str, ...] = ("unit_weighted", "case_average")


def unavailable(what: str, refusal: Refusal) -> Unavailable:
    """Word a refusal of the engine as a result."""
    return Unavailable(what=what, why=refusal.why)


@lru_cache(maxsize=4096)
def _case_average(
    counts: tuple[int, ...], sizes: tuple[int, ...], conf_level: float
) -> CaseAverage | Refusal:
    """Estimate once what several items and codings share, such as a count of all units."""
    return estimate_case_average(counts, sizes, conf_level=conf_level)


def coded_interval(
    cells: CaseCells, coding: Coding, plan: EstimatesPlan, *, target: str, seed: int
) -> CodedInterval | Refusal:
    """Estimate one target under one coding, with limits."""
    counts = cells.counts(coding)
    if target == "case_average":
        found = _case_average(tuple(counts), tuple(cells.sizes), plan.conf_level)
        if isinstance(found, Refusal):
            return found
        return CodedInterval(
            estimate=found.estimate,
            conf_low=found.conf_low,
            conf_high=found.conf_high,
            method="beta_binomial",
        )
    interval = clustered_proportion(
        counts,
        cells.sizes,
        conf_level=plan.conf_level,
        boundary_icc=plan.boundary_icc,
        seed=seed,
    )
    return interval if isinstance(interval, Refusal) else _coded(interval)


def _coded(interval: Interval, df: float | None = None) -> CodedInterval:
    return CodedInterval(
        estimate=interval.estimate,
        conf_low=interval.conf_low,
        conf_high=interval.conf_high,
        method=interval.method,
        df=df,
    )


def point_estimate(
    cells: CaseCells, coding: Coding, plan: EstimatesPlan, *, target: str
) -> float | Refusal:
    """Estimate one target under one coding, without limits."""
    if cells.n_units == 0:
        return Refusal("share", "no unit is left")
    counts = cells.counts(coding)
    if target == "unit_weighted":
        return float(counts.sum() / cells.n_units)
    found = _case_average(tuple(counts), tuple(cells.sizes), plan.conf_level)
    return found if isinstance(found, Refusal) else found.estimate


def estimate_target(
    cells: CaseCells, plan: EstimatesPlan, *, target: str, seed: int
) -> TargetEstimate | Unavailable:
    """Estimate one target under both codings of silence.

    Parameters
    ----------
    cells : CaseCells
        Counts per case.
    plan : EstimatesPlan
        Level and boundary assumption.
    target : {"unit_weighted", "case_average"}
        The share of a random unit (inverted restricted wild cluster bootstrap; Korn-Graubard at
        0/n and n/n) or of a random case (beta-binomial).
    seed : int
        Seed of the random signs above 14 cases.

    Returns
    -------
    TargetEstimate or Unavailable
        The headline limits are the union over both codings: they cover each end of the bounds.

    Examples
    --------
    >>> cells = CaseCells.of([5, 4, 4, 3, 3, 2], [2, 1, 3, 1, 0, 1], [1, 0, 0, 1, 0, 0])
    >>> found = estimate_target(cells, EstimatesPlan(), target="unit_weighted", seed=1)
    >>> round(found.lower_coding.estimate, 3), round(found.upper_coding.estimate, 3)
    (0.381, 0.476)
    """
    return join_codings(
        target,
        coded_interval(cells, "lower", plan, target=target, seed=seed),
        coded_interval(cells, "upper", plan, target=target, seed=seed),
        conf_level=plan.conf_level,
        leave_out=lambda limits: leave_cases_out(cells, plan, target=target, limits=limits),
    )


def join_codings(
    target: str,
    low: CodedInterval | Refusal,
    high: CodedInterval | Refusal,
    *,
    conf_level: float,
    leave_out: Callable[[tuple[float, float]], LeaveOutRange | Unavailable],
) -> TargetEstimate | Unavailable:
    """Join the intervals of both codings of silence: limits are the union.

    Parameters
    ----------
    target : {"unit_weighted", "case_average"}
    low, high : CodedInterval or Refusal
        What is not documented counted as absent, and as present.
    conf_level : float
    leave_out : callable
        Takes the limits, and gives the range without single cases.
    """
    what = f"{target.replace('_', '-')} share"
    if isinstance(low, Refusal):
        return unavailable(what, low)
    if isinstance(high, Refusal):
        return unavailable(what, high)
    limits = (min(low.conf_low, high.conf_low), max(low.conf_high, high.conf_high))
    return TargetEstimate(
        target=target,
        lower_coding=low,
        upper_coding=high,
        conf_low=limits[0],
        conf_high=limits[1],
        conf_level=conf_level,
        leave_out=leave_out(limits),
    )


def leave_cases_out(
    cells: CaseCells, plan: EstimatesPlan, *, target: str, limits: tuple[float, float]
) -> LeaveOutRange | Unavailable:
    """Repeat a target without each case, and without the two largest.

    Parameters
    ----------
    cells : CaseCells
        Counts per case.
    plan : EstimatesPlan
        The plan.
    target : {"unit_weighted", "case_average"}
        What is estimated.
    limits : tuple of float
        The confidence limits that the range is compared with.

    Returns
    -------
    LeaveOutRange or Unavailable
        Over both codings. Estimates without a named case would show that case by subtraction, so
        only the range leaves this function.
    """
    what = "range without single cases"
    if cells.n_cases < 3:
        return Unavailable(what=what, why=f"{cells.n_cases} cases, fewer than 3")
    values: list[float] = []
    for case in range(cells.n_cases):
        rest = cells.without(case)
        for coding in CODINGS:
            value = point_estimate(rest, coding, plan, target=target)
            if isinstance(value, Refusal):
                return unavailable(what, value)
            values.append(value)
    two = [int(case) for case in np.argsort(-cells.sizes, kind="stable")[:2]]
    rest = cells.without(*two)
    pair = [point_estimate(rest, coding, plan, target=target) for coding in CODINGS]
    low, high = min(values), max(values)
    return LeaveOutRange(
        low=low,
        high=high,
        low_without_two=_number(pair[0]),
        high_without_two=_number(pair[1]),
        share_of_two=float(cells.sizes[two].sum() / cells.n_units),
        largest_share=float(cells.sizes.max() / cells.n_units),
        exceeds_limits=low < limits[0] or high > limits[1],
    )


def _number(value: float | Refusal) -> float | None:
    return None if isinstance(value, Refusal) else value


def icc_interval(
    cells: CaseCells, coding: Coding, plan: EstimatesPlan
) -> CodedInterval | Unavailable:
    """Estimate the intra-case correlation by moments, with Smith's limits cut to [0, 1]."""
    found = estimate_icc(cells.outcomes(coding), cells.labels, conf_level=plan.conf_level)
    if isinstance(found, Refusal):
        return unavailable("intra-case correlation", found)
    if found.conf_low is None or found.conf_high is None:
        return Unavailable(what="intra-case correlation", why="the method gives no limits")
    return CodedInterval(
        estimate=found.estimate,
        conf_low=found.conf_low,
        conf_high=found.conf_high,
        method="anova",
    )


def secondary_intervals(
    cells: CaseCells, plan: EstimatesPlan, headline: TargetEstimate
) -> SecondaryIntervals:
    """Compute the recipes printed beside the headline of the unit-weighted share."""
    low, high = (_cr2(cells, coding, plan) for coding in CODINGS)
    pairs = ((headline.lower_coding, low), (headline.upper_coding, high))
    return SecondaryIntervals(
        cr2_lower=low,
        cr2_upper=high,
        imbens_manski=_imbens_manski(cells, plan),
        widths_differ=any(
            _differs(first, second)
            for first, second in pairs
            if not isinstance(second, Unavailable)
        ),
    )


def _differs(first: CodedInterval, second: CodedInterval) -> bool:
    widths = sorted((first.width, second.width))
    return widths[1] > 1.5 * widths[0]


def _cr2_fit(
    cells: CaseCells, coding: Coding, plan: EstimatesPlan
) -> tuple[CodedInterval, float] | Refusal:
    outcome = cells.outcomes(coding)
    design = np.ones((len(outcome), 1))
    fit = cluster_robust(outcome, design, cells.labels, kind="CR2", conf_level=plan.conf_level)
    if isinstance(fit, Refusal):
        return fit
    interval = CodedInterval(
        estimate=float(fit.coef[0]),
        conf_low=max(0.0, float(fit.conf_low[0])),
        conf_high=min(1.0, float(fit.conf_high[0])),
        method="cr2_satterthwaite",
        df=float(fit.df[0]),
    )
    return interval, float(fit.std_error[0])


def _cr2(cells: CaseCells, coding: Coding, plan: EstimatesPlan) -> CodedInterval | Unavailable:
    found = _cr2_fit(cells, coding, plan)
    return unavailable("CR2 limits", found) if isinstance(found, Refusal) else found[0]


def _imbens_manski(cells: CaseCells, plan: EstimatesPlan) -> CodedInterval | Unavailable:
    what = "Imbens-Manski limits"
    low, high = (_cr2_fit(cells, coding, plan) for coding in CODINGS)
    if isinstance(low, Refusal):
        return unavailable(what, low)
    if isinstance(high, Refusal):
        return unavailable(what, high)
    df = min(part[0].df or np.inf for part in (low, high))
    found = imbens_manski_interval(
        low[0].estimate,
        max(high[0].estimate, low[0].estimate),
        se_low=low[1],
        se_high=high[1],
        conf_level=plan.conf_level,
        df=df,
    )
    return unavailable(what, found) if isinstance(found, Refusal) else _coded(found, df)


def placebo_share(
    cells: CaseCells, plan: EstimatesPlan, *, seed: int
) -> PlaceboShare | Unavailable:
    """Ask how often the bootstrap test rejects for random halves of the cases."""
    what = "placebo rejection rate"
    if plan.placebos == 0:
        return Unavailable(what=what, why="the plan asks for none")
    level = round(1.0 - plan.conf_level, 12)
    found = placebo_rejection_rate(
        cells.outcomes("lower"),
        cells.labels,
        seed=seed,
        n_placebos=plan.placebos,
        level=level,
    )
    if isinstance(found, Refusal):
        return unavailable(what, found)
    return PlaceboShare(
        rate=found.rate,
        level=found.level,
        monte_carlo_error=found.monte_carlo_error,
        n_placebos=found.n_placebos,
    )
