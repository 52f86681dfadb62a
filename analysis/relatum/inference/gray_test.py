"""Gray's test that groups have the same cumulative incidence of one event.

Own arithmetic: no Python library has it. Values agree with the R package cmprsk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.common import FloatArray, IntArray, Refusal
from relatum.inference.rank_tests import quadratic_form
from relatum.inference.risk_sets import check_exit_rows, index_labels

__all__ = ["GrayTest", "gray_test"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GrayTest:
    """A test that groups have the same cumulative incidence.

    Attributes
    ----------
    statistic : float
        Chi-square.
    df : int
    p_value : float
    labels : ndarray, shape (k,)
        The groups, sorted.
    n_rows, n_events : ndarray of int, shape (k,)
        Rows, and events of the tested cause, of each group.
    score : ndarray, shape (k,)
        Weighted events above what one incidence for all would give.
    variance : ndarray, shape (k, k)
    """

    statistic: float
    df: int
    p_value: float
    labels: npt.NDArray[Any]
    n_rows: IntArray
    n_events: IntArray
    score: FloatArray
    variance: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Stratum:
    """Counts of one stratum at its event times; groups in columns, shape (m, k)."""

    at_risk: FloatArray
    events: FloatArray
    others: FloatArray
    survival: FloatArray
    before: FloatArray


def gray_test(
    time: npt.ArrayLike,
    cause: npt.ArrayLike,
    group: npt.ArrayLike,
    *,
    tested: int = 1,
    strata: npt.ArrayLike | None = None,
    rho: float = 0.0,
) -> GrayTest | Refusal:
    """Test whether groups have the same cumulative incidence of one cause.

    Parameters
    ----------
    time : array_like, shape (n,)
        When each row ended; every row is observed from the start.
    cause : array_like of int, shape (n,)
        0 where it ended without an event, else the number of the event.
    group : array_like, shape (n,)
        A label per row.
    tested : int
        The cause to test; the others compete with it.
    strata : array_like, shape (n,), optional
        Groups are compared within strata only.
    rho : float
        Weights (1 - F)^rho, F the pooled incidence just before each time.

    Returns
    -------
    GrayTest or Refusal
        A refusal without rows, with one group, without an event of the tested cause, or where the
        groups never are at risk together.

    Raises
    ------
    ValueError
        For lengths that differ, causes that are not whole numbers from 0, or a tested cause below
        1.

    Notes
    -----
    Compares the hazards of the subdistribution: those who had another event stay in the risk set,
    their number estimated from the censoring of the others; a group counts as long as one of its
    rows is without an event. There is no version for delayed entry: compare cause-specific hazards
    by `rank_tests.log_rank` instead. Rows are taken as independent. Where ties outnumber a small
    group, the correction of the variance for ties stops at 0, where cmprsk lets it go below.
    Gray 1988, doi:10.1214/aos/1176350951.

    Examples
    --------
    >>> found = gray_test([1, 2, 3, 4, 5, 6], [1, 1, 2, 1, 0, 1], list("aabbab"))
    >>> round(found.statistic, 3), found.df
    (0.996, 1)
    """
    what = "Gray's test"
    rows = check_exit_rows(what, time, cause, n_kinds=None)
    if tested < 1:
        raise ValueError(f"tested must be the number of a cause, from 1, not {tested!r}.")
    n = np.size(np.asarray(time))
    labels, codes = index_labels(group, name="group", length=n)
    levels = np.zeros(n, dtype=np.int64)
    if strata is not None:
        levels = index_labels(strata, name="strata", length=n)[1]
    if isinstance(rows, Refusal):
        return rows
    hit = rows.kind == tested
    if len(labels) < 2:
        return Refusal(what, "there is one group")
    if not hit.any():
        return Refusal(what, f"there is no event of cause {tested}")
    kinds = np.where(hit, 1, np.where(rows.kind > 0, 2, 0))
    score, variance = np.zeros(len(labels)), np.zeros((len(labels), len(labels)))
    for level in range(int(levels.max()) + 1):
        mine = levels == level
        stratum = _count_stratum(rows.time[mine], kinds[mine], codes[mine], len(labels))
        if stratum is not None:
            part = _score_stratum(stratum, rho)
            score, variance = score + part[0], variance + part[1]
    found = quadratic_form(score, variance)
    if found is None:
        return Refusal(what, "the groups are never at risk together at an event")
    return GrayTest(
        statistic=found[0],
        df=found[1],
        p_value=float(special.chdtrc(found[1], found[0])),
        labels=labels,
        n_rows=np.bincount(codes),
        n_events=np.bincount(codes[hit], minlength=len(labels)),
        score=score,
        variance=variance,
    )


def _count_stratum(
    time: FloatArray, kind: IntArray, codes: IntArray, n_groups: int
) -> _Stratum | None:
    knots = np.unique(time[kind > 0])
    if not len(knots):
        return None
    m = len(knots)
    counts = np.zeros((3, m, n_groups))
    for g in range(n_groups):
        mine = time[codes == g]
        counts[0, :, g] = len(mine) - np.searchsorted(np.sort(mine), knots, side="left")
        for j in (1, 2):
            place = np.searchsorted(knots, time[(codes == g) & (kind == j)])
            counts[j, :, g] = np.bincount(place, minlength=m)
    at_risk, events, others = counts
    lost = (events + others) / np.maximum(at_risk, 1.0)
    survival = np.cumprod(1.0 - lost, axis=0, dtype=np.float64)
    before = np.concatenate([np.ones((1, n_groups)), survival[:-1]])
    return _Stratum(at_risk=at_risk, events=events, others=others, survival=survival, before=before)


def _score_stratum(at: _Stratum, rho: float) -> tuple[FloatArray, FloatArray]:
    """Score of one stratum and its covariance."""
    inside = at.at_risk > 0
    steps = at.before * at.events / np.maximum(at.at_risk, 1.0)
    own_before = np.concatenate([np.zeros((1, steps.shape[1])), np.cumsum(steps, axis=0)[:-1]])
    scaled = np.divide(at.at_risk, at.before, out=np.zeros_like(at.before), where=inside)
    total = scaled.sum(axis=1)
    deaths = at.events.sum(axis=1)
    pooled = np.cumsum(deaths / total)
    pooled_before = np.concatenate([[0.0], pooled[:-1]])
    weight = (1.0 - pooled_before) ** rho
    risk = scaled * (1.0 - own_before)
    share = np.divide(
        risk, risk.sum(axis=1, keepdims=True), out=np.zeros_like(risk), where=risk > 0
    )
    score = weight @ (at.events - deaths[:, None] * share)
    portion = scaled / total[:, None]
    # direct[s, i, k]: what an event of group k at s moves in the score of group i, and afterwards
    direct = weight[:, None, None] * (
        scaled[:, :, None] * (np.eye(scaled.shape[1]) - portion[:, None, :])
    )
    pace = _over(deaths, total * (1.0 - pooled_before), pooled_before < 1.0)
    later = np.cumsum(direct * pace[:, None, None], axis=0)
    still = later[-1] - later
    return score, _covariance(at, (deaths, total, pooled), direct, still)


def _covariance(
    at: _Stratum,
    pooled: tuple[FloatArray, FloatArray, FloatArray],
    direct: FloatArray,
    still: FloatArray,
) -> FloatArray:
    deaths, total, curve = (part[:, None] for part in pooled)
    inside, alive = at.at_risk > 0, at.survival > 0
    rest = np.divide(1.0 - curve, at.survival, out=np.zeros_like(at.survival), where=alive)
    # many ties in a small group would make the correction negative, a variance below 0
    tied = 1.0 - _over(np.maximum(deaths - 1.0, 0.0), total * at.before - 1.0, inside)
    tied = np.maximum(tied, 0.0)
    spread = tied * _over(at.before * deaths, total * at.at_risk, inside)
    moved = direct + (1.0 - rest)[:, None, :] * still
    own: FloatArray = np.einsum("sik,sk,sjk->ij", moved, spread, moved, optimize=True)
    tied = 1.0 - _over(np.maximum(at.others - 1.0, 0.0), at.at_risk - 1.0, at.others > 1)
    spread = tied * _over(at.before**2 * at.others, at.at_risk**2, inside & alive)
    moved = rest[:, None, :] * still
    other: FloatArray = np.einsum("sik,sk,sjk->ij", moved, spread, moved, optimize=True)
    return own + other


def _over(top: FloatArray, bottom: FloatArray, where: npt.NDArray[np.bool_]) -> FloatArray:
    top, bottom = np.broadcast_arrays(top, bottom)
    safe = where & (bottom != 0)
    return np.divide(top, bottom, out=np.zeros(top.shape), where=safe)
