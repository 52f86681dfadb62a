"""Log-rank tests of two or more groups: weighted, stratified, with delayed entry.

Own arithmetic: lifelines has no stratified test and its "peto" is another weight than R's, and no
library takes delayed entry together with strata.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.common import FloatArray, IntArray, Refusal
from relatum.inference.risk_sets import (
    ExitRows,
    check_exit_rows,
    count_exits,
    index_labels,
)

__all__ = ["RankTest", "log_rank", "quadratic_form"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RankTest:
    """A test that groups have the same hazard.

    Attributes
    ----------
    statistic : float
        Chi-square.
    df : int
    p_value : float
    labels : ndarray, shape (k,)
        The groups, sorted.
    n_rows : ndarray of int, shape (k,)
    observed, expected : ndarray, shape (k,)
        Weighted numbers of events.
    variance : ndarray, shape (k, k)
        Covariance of observed - expected.
    n_events : int
    n_strata : int
        Strata with an event at which two groups are at risk.
    """

    statistic: float
    df: int
    p_value: float
    labels: npt.NDArray[Any]
    n_rows: IntArray
    observed: FloatArray
    expected: FloatArray
    variance: FloatArray
    n_events: int
    n_strata: int


def log_rank(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    group: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    strata: npt.ArrayLike | None = None,
    rho: float = 0.0,
    gamma: float = 0.0,
) -> RankTest | Refusal:
    """Test whether groups have the same hazard of the event.

    Parameters
    ----------
    time, event, entry : array_like, shape (n,)
        As in `survival_curves.kaplan_meier`.
    group : array_like, shape (n,)
        A label per row.
    strata : array_like, shape (n,), optional
        Groups are compared within strata only.
    rho, gamma : float
        Weights S^rho (1 - S)^gamma, S the pooled Kaplan-Meier curve of the stratum just before each
        time: 0, 0 is the log-rank test; 1, 0 the Peto-Peto test as in R; 0, 1 looks at late
        differences. At least 0.

    Returns
    -------
    RankTest or Refusal
        A refusal without rows or events, with one group, and where no event happens while two
        groups are at risk.

    Raises
    ------
    ValueError
        For lengths that differ, events that are not 0 or 1, or a negative power.

    Notes
    -----
    At each time the events of a group are compared with D n_g / N, with hypergeometric covariance
    D (N - D) / (N - 1) (diag(p) - p p'). Groups that are never at risk together share no test: the
    degrees of freedom are the rank of the covariance. Rows are taken as independent: with
    relationships in few investigations the p value is too small. Harrington and Fleming 1982,
    doi:10.1093/biomet/69.3.553.

    Examples
    --------
    >>> found = log_rank([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 0, 1], list("aabbab"))
    >>> found.observed, found.expected.round(3)
    (array([2., 3.]), array([1.483, 3.517]))
    >>> round(found.statistic, 3), found.df
    (0.297, 1)
    """
    what = "log-rank test"
    if min(rho, gamma) < 0:
        raise ValueError("rho and gamma must be at least 0.")
    rows = check_exit_rows(what, time, event, entry=entry)
    n = np.size(np.asarray(time))
    labels, codes = index_labels(group, name="group", length=n)
    levels = np.zeros(n, dtype=np.int64)
    if strata is not None:
        levels = index_labels(strata, name="strata", length=n)[1]
    if isinstance(rows, Refusal):
        return rows
    if len(labels) < 2:
        return Refusal(what, "there is one group")
    if not rows.kind.any():
        return Refusal(what, "there is no event")
    sums = [
        _sum_stratum(rows, codes, np.flatnonzero(levels == level), (len(labels), rho, gamma))
        for level in range(int(levels.max()) + 1)
    ]
    observed, expected, variance = (np.sum([part[i] for part in sums], axis=0) for i in range(3))
    found = quadratic_form(observed - expected, variance)
    if found is None:
        return Refusal(what, "no event happens while two groups are at risk")
    statistic, df = found
    return RankTest(
        statistic=statistic,
        df=df,
        p_value=float(special.chdtrc(df, statistic)),
        labels=labels,
        n_rows=np.bincount(codes),
        observed=observed,
        expected=expected,
        variance=variance,
        n_events=int(rows.kind.sum()),
        n_strata=sum(bool(part[2].any()) for part in sums),
    )


def _sum_stratum(
    rows: ExitRows, codes: IntArray, mine: IntArray, how: tuple[int, float, float]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Observed and expected events of one stratum, and their covariance."""
    n_groups, rho, gamma = how
    part = _take(rows, mine)
    table = count_exits(part)
    used = table.events[:, 0] > 0
    knots, total, at_risk = table.time[used], table.events[used, 0], table.at_risk[used]
    weight = np.ones(len(knots))
    if rho or gamma:
        curve = np.cumprod(1.0 - total / at_risk)
        before = np.concatenate([[1.0], curve[:-1]])[: len(knots)]
        weight = before**rho * (1.0 - before) ** gamma
    events, risk = np.zeros((len(knots), n_groups)), np.zeros((len(knots), n_groups))
    group = codes[mine]
    for g in range(n_groups):
        events[:, g], risk[:, g] = _count_at(_take(part, np.flatnonzero(group == g)), knots)
    share = risk / at_risk[:, None]
    spread = weight**2 * total * (at_risk - total) / np.maximum(at_risk - 1.0, 1.0)
    scaled = share * spread[:, None]
    variance = np.diag(scaled.sum(axis=0)) - share.T @ scaled
    return weight @ events, (weight * total) @ share, variance


def _take(rows: ExitRows, mine: IntArray) -> ExitRows:
    entry = None if rows.entry is None else rows.entry[mine]
    return ExitRows(time=rows.time[mine], kind=rows.kind[mine], entry=entry)


def _count_at(rows: ExitRows, knots: FloatArray) -> tuple[IntArray, IntArray]:
    """Events at each time, and rows at risk."""
    exits, events = np.sort(rows.time), np.sort(rows.time[rows.kind == 1])
    right = np.searchsorted(events, knots, side="right")
    happened = right - np.searchsorted(events, knots, side="left")
    risk = len(exits) - np.searchsorted(exits, knots, side="left")
    if rows.entry is not None:
        entries = np.sort(rows.entry)
        risk = risk - (len(entries) - np.searchsorted(entries, knots, side="left"))
    return happened, risk


def quadratic_form(score: FloatArray, variance: FloatArray) -> tuple[float, int] | None:
    """Chi-square of scores that may be dependent, and its degrees of freedom.

    Parameters
    ----------
    score : ndarray, shape (k,)
    variance : ndarray, shape (k, k)
        Positive semi-definite.

    Returns
    -------
    statistic : float
    df : int
        The rank of the covariance. None instead of both where it is 0.

    Examples
    --------
    >>> found = quadratic_form(np.array([2.0, -2.0]), np.array([[1.0, -1.0], [-1.0, 1.0]]))
    >>> round(found[0], 6), found[1]
    (4.0, 1)
    """
    scale = np.sqrt(np.maximum(np.diag(variance), 0.0))
    if not scale.any():
        return None
    scale[scale == 0.0] = 1.0
    values, vectors = np.linalg.eigh(variance / np.outer(scale, scale))
    used = values > 1e-10 * values.max()
    parts = vectors[:, used].T @ (score / scale)
    return float((parts**2 / values[used]).sum()), int(used.sum())
