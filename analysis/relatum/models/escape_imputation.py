"""Dates drawn inside their intervals, in their order, and the rates joined by Rubin's rules."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from relatum.inference.common import FloatArray, t_quantile
from relatum.models.escape_times import DAYS_PER_MONTH, DAYS_PER_YEAR, EscapeTimes

__all__ = ["ImputedRate", "draw_exits", "impute_rate"]

IMPUTATIONS = 50
#: Draws of all dates of a relationship at once, among which the first that keeps the order counts.
_PROPOSALS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ImputedRate:
    """The rate over imputed dates.

    Attributes
    ----------
    rate : float
        Per 12 relationship-months.
    conf_low, conf_high : float or None
        None with one case, or where every case has the same rate.
    months : float
        Months at risk, averaged over imputations.
    between_share : float
        Share of the variance of the log rate that lies between imputations.
    n_imputations : int
    """

    rate: float
    conf_low: float | None
    conf_high: float | None
    months: float
    between_share: float
    n_imputations: int


def draw_exits(times: EscapeTimes, exit_lower: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw the end of observation of every relationship, after attempts that are drawn too.

    Parameters
    ----------
    times : EscapeTimes
    exit_lower : ndarray, shape (n,)
        The earliest end; `times.exit` is the latest.
    rng : Generator

    Returns
    -------
    ndarray, shape (n,)

    Notes
    -----
    End and attempts are drawn evenly inside their intervals until the attempts keep their order
    and come before the end. Where no draw in 2,000 does, the latest end stands.
    """
    ends = times.exit.copy()
    row_of = times.event_row
    for at in np.flatnonzero(exit_lower < times.exit):
        mine = row_of == at
        size = (_PROPOSALS, int(mine.sum()))
        dates = rng.uniform(times.event_lower[mine], times.event_upper[mine], size)
        exits = rng.uniform(exit_lower[at], times.exit[at], _PROPOSALS)
        ordered = dates[:, times.event_order[mine] > 0]
        fits = (np.diff(ordered, axis=1) > 0).all(axis=1) & (dates <= exits[:, None]).all(axis=1)
        if fits.any():
            ends[at] = exits[int(np.argmax(fits))]
    return ends


def impute_rate(
    times: EscapeTimes, exit_lower: FloatArray, *, conf_level: float, seed: int
) -> ImputedRate:
    """Estimate the overall rate over imputed dates.

    Parameters
    ----------
    times : EscapeTimes
        With at least one attempt.
    exit_lower : ndarray, shape (n,)
        The earliest end of observation.
    conf_level : float
    seed : int

    Returns
    -------
    ImputedRate

    Notes
    -----
    The rate is attempts over time at risk: the dates of attempts move it only through the end of
    observation, which comes after them. Variances are those of the log rate from sums of cases,
    times G / (G - 1); degrees of freedom as in Barnard and Rubin (1999,
    doi:10.1093/biomet/86.4.948) with G - 1 in complete data.

    Examples
    --------
    >>> from relatum.models.escape_times import escape_durations, escape_times
    >>> from relatum.samples import example_sample
    >>> sample = example_sample("simulated")
    >>> times = escape_times(sample, escape_durations(sample))
    >>> found = impute_rate(times, times.exit, conf_level=0.95, seed=1)
    >>> found.between_share, round(found.rate, 3)
    (0.0, 0.416)
    """
    rng = np.random.default_rng(seed)
    logs, variances, days = [], [], []
    for _ in range(IMPUTATIONS):
        ends = draw_exits(times, exit_lower, rng)
        logs.append(math.log(times.n_events / ends.sum() * DAYS_PER_YEAR))
        variances.append(_log_variance(times, ends))
        days.append(float(ends.sum()))
        if (exit_lower >= times.exit).all():
            break
    m = len(logs)
    within = float(np.mean(variances))
    between = 0.0 if m == 1 else float(np.var(logs, ddof=1)) * (1.0 + 1.0 / m)
    total = within + between
    share = between / total if total > 0 else 0.0
    centre, low, high = float(np.mean(logs)), None, None
    if within > 0:
        reach = t_quantile(conf_level, _degrees(times.n_cases - 1, share, m)) * math.sqrt(total)
        low, high = math.exp(centre - reach), math.exp(centre + reach)
    return ImputedRate(
        rate=math.exp(centre),
        conf_low=low,
        conf_high=high,
        months=float(np.mean(days)) / DAYS_PER_MONTH,
        between_share=share,
        n_imputations=IMPUTATIONS,
    )


def _log_variance(times: EscapeTimes, ends: FloatArray) -> float:
    """Variance of the log rate from the sums of cases; zero with one case."""
    codes = np.unique(times.cluster, return_inverse=True)[1]
    groups = int(codes.max()) + 1
    if groups < 2:
        return 0.0
    events = np.bincount(codes[times.event_row], minlength=groups)
    days = np.bincount(codes, weights=ends, minlength=groups)
    residual = events - times.n_events / ends.sum() * days
    return float(groups / (groups - 1) * (residual**2).sum() / times.n_events**2)


def _degrees(complete: int, share: float, m: int) -> float:
    observed = (complete + 1) / (complete + 3) * complete * (1.0 - share)
    if share == 0 or m == 1:
        return observed
    return 1.0 / (share**2 / (m - 1) + 1.0 / observed)
