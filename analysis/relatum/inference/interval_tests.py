"""Rank tests of groups whose times are known up to an interval: Sun, Finkelstein, Wilcoxon.

Own arithmetic: no Python library has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy import special

from relatum.inference.common import FloatArray, IntArray, Refusal
from relatum.inference.rank_tests import quadratic_form
from relatum.inference.risk_sets import index_labels
from relatum.inference.turnbull import IntervalCurve, turnbull

__all__ = ["IntervalRankTest", "interval_rank_test"]

WHAT = "rank test of interval-censored times"
IntervalScores = Literal["sun", "finkelstein", "wilcoxon"]
IntervalVariance = Literal["permutation", "information"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IntervalRankTest:
    """A test that groups have the same distribution of the time.

    Attributes
    ----------
    statistic : float
        Chi-square.
    df : int
    p_value : float
    labels : ndarray, shape (k,)
        The groups, sorted.
    n_rows : ndarray of int, shape (k,)
    score : ndarray, shape (k,)
        Sum of the scores of the rows of each group; above 0 where events come sooner than in all
        groups together. For exact times the Sun score is observed minus expected events.
    variance : ndarray, shape (k, k)
        Covariance of the scores.
    scores : {"sun", "finkelstein", "wilcoxon"}
    method : {"permutation", "information"}
    """

    statistic: float
    df: int
    p_value: float
    labels: npt.NDArray[Any]
    n_rows: IntArray
    score: FloatArray
    variance: FloatArray
    scores: IntervalScores
    method: IntervalVariance


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Slopes:
    """Derivatives of the survival after j = 0 ... k cells by a shift of cell 0 ... k - 2.

    `own_second` holds the second derivatives of a model in which a shift moves the survival after
    its own cell alone; None for the model of hazards, in which it moves all that comes after.
    """

    survival: FloatArray
    first: FloatArray
    hazard: FloatArray
    own_second: FloatArray | None


def interval_rank_test(
    left: npt.ArrayLike,
    right: npt.ArrayLike,
    group: npt.ArrayLike,
    *,
    scores: IntervalScores = "sun",
    method: IntervalVariance = "permutation",
) -> IntervalRankTest | Refusal:
    """Test whether groups have the same distribution of a time that is known up to an interval.

    Parameters
    ----------
    left, right : array_like, shape (n,)
        As in `turnbull.turnbull`.
    group : array_like, shape (n,)
        A label per row.
    scores : {"sun", "finkelstein", "wilcoxon"}, default "sun"
        Two forms of the log-rank test, and a Wilcoxon test, which weighs early differences more.
    method : {"permutation", "information"}, default "permutation"
        Where the variance comes from: all ways to deal the scores to the groups, which needs the
        groups to be looked at in the same way, or the observed information of the model behind the
        scores.

    Returns
    -------
    IntervalRankTest or Refusal
        A refusal for faults of the times, one group, no event, and scores that are the same in
        every row.

    Raises
    ------
    ValueError
        For lengths that differ, or an unknown word.

    Notes
    -----
    With S the pooled curve a row in (L, R] has the score (h(S(L)) - h(S(R))) / (S(L) - S(R)): for
    "finkelstein" h = S log S (grouped proportional hazards, Finkelstein 1986, doi:10.2307/2530698);
    for "sun" h = -S times the sum of d/n up to there (a logistic model of the hazard in each cell);
    for "wilcoxon" h = -S (1 - S) (proportional odds). The forms and both variances are compared by
    Fay and Shaw 2010, doi:10.18637/jss.v036.i02. The information takes cells without mass as known,
    although the data chose them. Rows are taken as independent: with relationships in few
    investigations the p value is too small.

    Examples
    --------
    >>> left, right = [0, 0, 2, 4, 4, 6], [2, 4, 4, 6, np.inf, np.inf]
    >>> found = interval_rank_test(left, right, list("aaabbb"))
    >>> found.score.round(3), round(found.statistic, 3)
    (array([ 1.75, -1.75]), 3.93)
    """
    if scores not in get_args(IntervalScores) or method not in get_args(IntervalVariance):
        raise ValueError(
            "scores must be 'sun', 'finkelstein' or 'wilcoxon', and method 'permutation' or "
            "'information'."
        )
    labels, codes = index_labels(group, name="group", length=np.size(np.asarray(left)))
    curve = turnbull(left, right)
    if isinstance(curve, Refusal):
        return Refusal(WHAT, curve.why)
    if len(labels) < 2:
        return Refusal(WHAT, "there is one group")
    slopes = _differentiate(curve, scores)
    probability = slopes.survival[curve.first] - slopes.survival[curve.stop]
    total = slopes.first.sum(axis=1)
    row_score = (total[curve.first] - total[curve.stop]) / probability
    score = np.asarray(np.bincount(codes, weights=row_score), dtype=np.float64)
    if np.ptp(row_score) <= 1e-12:
        return Refusal(WHAT, "the scores are the same in every row")
    variance: FloatArray | Refusal
    if method == "permutation":
        variance = _deal(row_score, codes)
    else:
        variance = _inform(curve, codes, slopes, len(labels))
    if isinstance(variance, Refusal):
        return variance
    found = quadratic_form(score, variance)
    if found is None:
        return Refusal(WHAT, "the scores have no variance")
    return IntervalRankTest(
        statistic=found[0],
        df=found[1],
        p_value=float(special.chdtrc(found[1], found[0])),
        labels=labels,
        n_rows=np.bincount(codes),
        score=score,
        variance=variance,
        scores=scores,
        method=method,
    )


def _differentiate(curve: IntervalCurve, scores: IntervalScores) -> _Slopes:
    survival = np.append(1.0, curve.survival)
    k = len(curve.mass)
    inner = survival[1:k]
    hazard = curve.mass[:-1] / survival[: k - 1]
    first = np.zeros((k + 1, k - 1))
    second = None
    if scores == "sun":
        first[1:k] = -np.tril(np.outer(inner, hazard))
    elif scores == "finkelstein":
        first[1:k] = np.diag(inner * np.log(inner))
        second = inner * np.log(inner) * (1.0 + np.log(inner))
    else:
        first[1:k] = np.diag(-inner * (1.0 - inner))
        second = inner * (1.0 - inner) * (1.0 - 2.0 * inner)
    return _Slopes(survival=survival, first=first, hazard=hazard, own_second=second)


def _deal(row_score: FloatArray, codes: IntArray) -> FloatArray:
    """Covariance of the sums of scores over all ways to deal them to the groups."""
    n = len(codes)
    sizes = np.bincount(codes).astype(np.float64)
    spread = float(((row_score - row_score.mean()) ** 2).sum()) / (n - 1)
    return np.asarray(spread * (np.diag(sizes) - np.outer(sizes, sizes) / n), dtype=np.float64)


def _inform(
    curve: IntervalCurve, codes: IntArray, slopes: _Slopes, n_groups: int
) -> FloatArray | Refusal:
    """Covariance of the scores, given what had to be estimated of the pooled curve."""
    parts = [_observe(curve, codes == g, slopes) for g in range(n_groups)]
    cross = np.array([part.sum(axis=0) for part in parts])
    pooled = np.sum(parts, axis=0)
    values = np.linalg.eigvalsh(pooled)
    if values[0] <= 1e-10 * values[-1]:
        return Refusal(WHAT, "the information of the pooled curve cannot be inverted")
    own = np.diag(cross.sum(axis=1))
    return np.asarray(own - cross @ np.linalg.solve(pooled, cross.T), dtype=np.float64)


def _observe(curve: IntervalCurve, mine: npt.NDArray[np.bool_], slopes: _Slopes) -> FloatArray:
    """Observed information of the shifts of all cells from the rows of one group."""
    pairs, count = np.unique(
        np.column_stack([curve.first[mine], curve.stop[mine]]), axis=0, return_counts=True
    )
    first, stop = pairs.T
    probability = slopes.survival[first] - slopes.survival[stop]
    change = (slopes.first[first] - slopes.first[stop]) / probability[:, None]
    size = len(slopes.survival)
    load = count / probability
    weight = np.bincount(first, load, size) - np.bincount(stop, load, size)
    if slopes.own_second is not None:
        second = np.diag(weight[1:-1] * slopes.own_second)
    else:
        inner, hazard = slopes.survival[1:-1], slopes.hazard
        later = np.cumsum((weight[1:-1] * inner)[::-1])[::-1]
        place = np.arange(len(inner))
        second = np.outer(hazard, hazard) * later[np.maximum.outer(place, place)]
        second -= np.diag(later * hazard * (1.0 - hazard))
    return np.asarray((change.T * count) @ change - second, dtype=np.float64)
