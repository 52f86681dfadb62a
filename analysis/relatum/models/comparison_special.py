"""Rows of the parallels matrix that are no share: rates, association, ranks, incidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import combinations

import numpy as np
import numpy.typing as npt

from relatum.inference.case_jackknife import (
    combine_left_out,
    cumulative_log_odds_ratio,
    log_rate_ratio,
)
from relatum.inference.common import Interval, Refusal, t_quantile
from relatum.models.comparison_acts import act_sums
from relatum.models.comparison_resistance import resistance_levels
from relatum.models.comparison_samples import Pair, Side
from relatum.models.comparison_sums import (
    SpecialRow,
    contrast_sums,
    limit_levels,
    smaller_first,
)
from relatum.models.comparison_testimony import contrast_contact_ratios, contrast_incidence
from relatum.models.escape_times import limit_times
from relatum.models.strata import depth_thirds
from relatum.results.comparison import RowSide
from relatum.schema.parallels import Parallel
from relatum.schema.status import PRESENT, UNDOCUMENTED
from relatum.study import Study

__all__ = ["DOMAINS", "escape_rate_limits", "special_row"]

FloatArray = npt.NDArray[np.float64]

#: The domains whose association is compared.
DOMAINS: tuple[str, ...] = (
    *("dom_economic", "dom_control", "dom_rules", "dom_isolation", "dom_intimidation"),
    *("dom_violence", "dom_deception"),
)
_MIN_PAIRS = 3
_MIN_EVENTS = 2


def escape_rate_limits(side: Side, study: Study) -> Interval | str:
    """Limit the rate of attempts of one sample.

    Parameters
    ----------
    side : Side
    study : Study
        The level of its escape part.

    Returns
    -------
    Interval or str
        Attempts per 12 relationship-months; the reason where it has no limits.
    """
    key = (study.escape, study.seed)
    if key not in side.attempt_rates:
        side.attempt_rates[key] = _limit_attempts(side, study)
    return side.attempt_rates[key]


def _limit_attempts(side: Side, study: Study) -> Interval | str:
    if len(side.attempts.relationship) == 0 or side.attempts.n_events < _MIN_EVENTS:
        return "fewer than two attempts were observed"
    found = limit_times(side.attempts, study)
    if isinstance(found, Refusal):
        return found.why
    return Interval(
        estimate=found.estimate,
        conf_low=found.conf_low,
        conf_high=found.conf_high,
        conf_level=study.escape.conf_level,
        method=found.method,
    )


def special_row(pair: Pair, row: Parallel, study: Study) -> SpecialRow | str:
    """Compute a row of another kind than share or mean.

    Parameters
    ----------
    pair : Pair
    row : Parallel
    study : Study

    Returns
    -------
    SpecialRow or str
        The reason, in words, where it cannot be computed.
    """
    readers: Mapping[str, Callable[[Pair, Parallel, Study], SpecialRow | str]] = {
        "P03": _acts,
        "P12": _association,
        "P17": _escape,
        "P21": _resistance,
        "P29": contrast_incidence,
        "P30": contrast_contact_ratios,
    }
    if row.id in readers:
        return readers[row.id](pair, row, study)
    return f"there is no rule for rows of the kind '{row.kind}'"


# --- rates ---------------------------------------------------------------------------------------


def _acts(pair: Pair, _row: Parallel, _study: Study) -> SpecialRow | str:
    """Contrast recorded acts per observed relationship-month."""
    fits = contrast_sums(act_sums, pair, log_rate_ratio)
    if isinstance(fits, str):
        return fits
    sides = [_rate_side(act_sums(side, "low"), act_sums(side, "high")) for side in pair.sides]
    return SpecialRow(trafficking=sides[0], domestic_violence=sides[1], fits=fits, intervals={})


def _rate_side(low: FloatArray | str, high: FloatArray | str) -> RowSide:
    first, second = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    rates = [float(sums[:, 0].sum() / sums[:, 1].sum()) for sums in (first, second)]
    return RowSide(
        n_units=int(first[:, 2].sum()),
        n_cases=len(first),
        n_present=None,
        n_absent=None,
        n_undocumented=None,
        low=rates[0],
        high=rates[1],
        documented=None,
    )


def _escape(pair: Pair, _row: Parallel, study: Study) -> SpecialRow | str:
    """Contrast rates of attempts under observation, each with its own limits."""
    sides, intervals = [], {}
    for side in pair.sides:
        words, found = side.words, side.attempts
        if len(found.relationship) == 0 or found.n_events < _MIN_EVENTS:
            return f"fewer than two attempts were observed in {words}"
        sides.append(
            RowSide(
                n_units=len(found.relationship),
                n_cases=found.n_cases,
                n_present=found.n_events,
                n_absent=None,
                n_undocumented=None,
                low=found.rate,
                high=found.rate,
                documented=None,
            )
        )
    for level in limit_levels(study):
        plan = replace(study, escape=replace(study.escape, conf_level=level))
        a, b = (escape_rate_limits(side, plan) for side in pair.sides)
        if isinstance(a, str):
            return f"trafficking: {a}"
        if isinstance(b, str):
            return f"domestic violence: {b}"
        intervals.update({("low_high", level): (a, b), ("high_low", level): (a, b)})
    return SpecialRow(
        trafficking=sides[0], domestic_violence=sides[1], fits={}, intervals=intervals
    )


# --- association of domains ----------------------------------------------------------------------


def _association(pair: Pair, _row: Parallel, study: Study) -> SpecialRow | str:
    """Contrast the mean log odds ratio of pairs of domains within strata of case and depth.

    Silence can move an odds ratio either way. Silence as absent and as present throughout are two
    readings of many, and no bounds.
    """
    tables = {
        (side.name, coding): _pair_sums(side, coding)
        for side in pair.sides
        for coding in ("low", "high")
    }
    shared = np.logical_and.reduce([_usable(table) for table in tables.values()])
    if shared.sum() < _MIN_PAIRS:
        return (
            f"{int(shared.sum())} of {len(shared)} pairs of domains vary within cases of equal "
            f"documentation in both samples, fewer than {_MIN_PAIRS}"
        )

    held: dict[tuple[str, str], FloatArray] = {}
    for side in pair.sides:
        ends = (tables[side.name, coding][:, shared] for coding in ("low", "high"))
        low, high = (table.reshape(len(table), -1) for table in ends)
        held[side.name, "low"], held[side.name, "high"] = smaller_first(low, high, _mean_log_ratio)

    def sums(side: Side, coding: str) -> FloatArray:
        return held[side.name, coding]

    fits = contrast_sums(sums, pair, _mean_log_ratio_difference)
    if isinstance(fits, str):
        return fits
    sides = []
    for side in pair.sides:
        bounds = [
            float(_mean_log_ratio(sums(side, coding).sum(axis=0))) for coding in ("low", "high")
        ]
        sides.append(
            RowSide(
                n_units=side.n_relationships,
                n_cases=len(np.unique(side.cases)),
                n_present=None,
                n_absent=None,
                n_undocumented=None,
                low=bounds[0],
                high=bounds[1],
                documented=None,
            )
        )
    inner, outer = limit_levels(study)
    read = [[held[side.name, coding] for coding in ("low", "high")] for side in pair.sides]
    positive = all(_common_sign(readings, inner) > 0 for readings in read)
    condition = "" if positive else "domains are not shown to go together in both samples"
    signs = [_common_sign(readings, outer) for readings in read]
    return SpecialRow(
        trafficking=sides[0],
        domestic_violence=sides[1],
        fits=fits,
        intervals={},
        condition=condition,
        opposed=signs[0] * signs[1] < 0,
    )


def _common_sign(tables: list[FloatArray], level: float) -> int:
    """Return the sign of an association that its limits show under every coding, else 0."""
    signs = set()
    for table in tables:
        total = table.sum(axis=0)
        value = float(_mean_log_ratio(total))
        fit = combine_left_out(value, _mean_log_ratio(total - table), np.zeros(2))
        if isinstance(fit, Refusal):
            return 0
        shown = abs(value) > t_quantile(level, fit.df) * fit.std_error
        signs.add(int(np.sign(value)) if shown else 0)
    return signs.pop() if len(signs) == 1 else 0


def _pair_sums(side: Side, coding: str) -> FloatArray:
    """Mantel-Haenszel sums of every pair of domains by case, shape (n_cases, n_pairs, 2)."""
    depth = side.sample.tables["relationships"].loc[side.rows, "documentation_depth"]
    thirds = depth_thirds(depth).codes + 1
    values = np.stack([side.statuses(code) for code in DOMAINS], axis=1)
    held = np.isin(values, (PRESENT,) if coding == "low" else (PRESENT, UNDOCUMENTED))
    cases, case = np.unique(side.cases, return_inverse=True)
    strata, at = np.unique(case * 4 + thirds, return_inverse=True)
    indicator = np.eye(len(strata))[at]
    n = indicator.sum(axis=0)
    first, second = np.array(list(combinations(range(len(DOMAINS)), 2))).T
    x, y = held[:, first].astype(float), held[:, second].astype(float)
    both, only_x = indicator.T @ (x * y), indicator.T @ (x * (1 - y))
    only_y, neither = indicator.T @ ((1 - x) * y), indicator.T @ ((1 - x) * (1 - y))
    parts = np.stack([both * neither / n[:, None], only_x * only_y / n[:, None]], axis=2)
    total = np.zeros((len(cases), len(first), 2))
    np.add.at(total, strata // 4, parts)
    return total


def _usable(table: FloatArray) -> npt.NDArray[np.bool_]:
    """Pairs whose sums stay above zero without any one case."""
    without = table.sum(axis=0) - table
    usable: npt.NDArray[np.bool_] = (without > 0).all(axis=(0, 2))
    return usable


def _mean_log_ratio(total: FloatArray) -> FloatArray:
    pairs = total.reshape(*total.shape[:-1], -1, 2)
    found: FloatArray = np.log(pairs[..., 0] / pairs[..., 1]).mean(axis=-1)
    return found


def _mean_log_ratio_difference(total_a: FloatArray, total_b: FloatArray) -> FloatArray:
    return _mean_log_ratio(total_a) - _mean_log_ratio(total_b)


# --- resistance ----------------------------------------------------------------------------------


def _resistance(pair: Pair, _row: Parallel, _study: Study) -> SpecialRow | str:
    """Contrast the highest recorded level of resistance."""

    def sums(side: Side, coding: str) -> FloatArray:
        levels, n_levels = resistance_levels(side, coding)
        _, case = np.unique(side.cases, return_inverse=True)
        total = np.zeros((int(case.max()) + 1, n_levels))
        np.add.at(total, (case, levels), 1.0)
        return total

    fits = contrast_sums(sums, pair, cumulative_log_odds_ratio)
    if isinstance(fits, str):
        return fits
    sides = []
    for side in pair.sides:
        ends = [float(resistance_levels(side, coding)[0].mean()) for coding in ("low", "high")]
        sides.append(
            RowSide(
                n_units=side.n_relationships,
                n_cases=len(np.unique(side.cases)),
                n_present=None,
                n_absent=None,
                n_undocumented=None,
                low=ends[0],
                high=ends[1],
                documented=None,
            )
        )
    return SpecialRow(trafficking=sides[0], domestic_violence=sides[1], fits=fits, intervals={})
