"""Whether two samples put the same items in the same order, with whole cases drawn again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, Refusal, check_conf_level
from relatum.inference.profile_distance import profile_shares, sum_profiles

__all__ = ["RankAgreement", "rank_agreement"]

WHAT = "agreement in rank"
_MIN_ITEMS = 4
_TIE = 1e-12
_BLOCK = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RankAgreement:
    """Kendall's tau-b of two profiles of prevalences.

    Attributes
    ----------
    tau : float
        Between -1 and 1.
    conf_low, conf_high : float
        Two-sided, from the bootstrap over cases.
    lower_limit : float
        One-sided, at the same level.
    conf_level : float
    margin : float
    above_margin : bool
        Whether the one-sided limit lies above the margin.
    p_margin : float
        Of the hypothesis that tau is at the margin or below: the share of draws that are. At most
        1 - `conf_level` exactly where `above_margin` holds.
    bias : float
        Mean of the bootstrap less tau; chance pulls a tau towards 0.
    n_undefined : int
        Bootstrap draws in which a sample had all items tied. They count as -1 for lower limits and
        as 1 for the upper one.
    n_bootstrap : int
    n_items : int
        Items with a documented row in both samples.
    n_cases_a, n_cases_b : int
    """

    tau: float
    conf_low: float
    conf_high: float
    lower_limit: float
    conf_level: float
    margin: float
    above_margin: bool
    p_margin: float
    bias: float
    n_undefined: int
    n_bootstrap: int
    n_items: int
    n_cases_a: int
    n_cases_b: int


def rank_agreement(
    values_a: npt.ArrayLike,
    cluster_a: npt.ArrayLike,
    values_b: npt.ArrayLike,
    cluster_b: npt.ArrayLike,
    *,
    margin: float = 0.5,
    n_bootstrap: int = 1999,
    seed: int = 1,
    conf_level: float = 0.95,
) -> RankAgreement | Refusal:
    """Compare the order of the prevalences of the same items in two samples.

    Parameters
    ----------
    values_a, values_b : array_like of 1, 0 and NaN, shape (n_a, k) and (n_b, k)
        Rows are relationships, columns items; NaN where the file says nothing.
    cluster_a, cluster_b : array_like, shape (n_a,) and (n_b,)
        The case of each row.
    margin : float, default 0.5
        What tau must lie above, for the claim that the orders agree.
    n_bootstrap, seed : int
    conf_level : float, default 0.95
        Of the two-sided limits, and of the one-sided lower limit.

    Returns
    -------
    RankAgreement or Refusal
        A refusal for fewer than two cases in a sample, fewer than four items documented in both,
        and where all items are tied in a sample.

    Raises
    ------
    ValueError
        As `profile_distance`, and for a margin that is not between -1 and 1.

    Notes
    -----
    Tau-b: concordant less discordant pairs of items, over the geometric mean of the pairs that are
    not tied in each sample (Kendall 1945). A prevalence is the share among documented rows.
    Percentile limits over cases drawn anew within each sample. Sampling error pulls tau towards 0,
    in the bootstrap once more than in the data: the lower limit errs downwards.

    Examples
    --------
    >>> rng = np.random.default_rng(2)
    >>> shares = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
    >>> a, b = rng.random((2, 60, 5)) < shares
    >>> cases = np.repeat(np.arange(12), 5)
    >>> found = rank_agreement(a, cases, b, cases)
    >>> found.tau, found.above_margin
    (1.0, True)
    """
    check_conf_level(conf_level)
    if n_bootstrap < 1 or not -1.0 <= margin <= 1.0:
        raise ValueError("n_bootstrap must be at least 1, and margin lie between -1 and 1.")
    held = sum_profiles(values_a, cluster_a, values_b, cluster_b, what=WHAT)
    if isinstance(held, Refusal):
        return held
    if held.n_items < _MIN_ITEMS:
        why = f"{held.n_items} items are documented in both samples, fewer than {_MIN_ITEMS}"
        return Refusal(WHAT, why)
    cases = held.cases
    tau = float(_tau(cases.first.sum(axis=0)[None, :], cases.second.sum(axis=0)[None, :])[0])
    if np.isnan(tau):
        return Refusal(WHAT, "in one of the samples all items have the same prevalence")
    drawn = _tau(*cases.resample(n_bootstrap, seed))
    undefined = np.isnan(drawn)
    low, high = np.where(undefined, -1.0, drawn), np.where(undefined, 1.0, drawn)
    tail = (1.0 - conf_level) / 2.0
    lower = float(np.quantile(low, 2.0 * tail, method="lower"))
    n_first, n_second = len(cases.first), len(cases.second)
    return RankAgreement(
        tau=tau,
        conf_low=min(tau, float(np.quantile(low, tail, method="lower"))),
        conf_high=max(tau, float(np.quantile(high, 1.0 - tail, method="higher"))),
        lower_limit=min(tau, lower),
        conf_level=conf_level,
        margin=margin,
        above_margin=min(tau, lower) > margin,
        p_margin=min(1.0, float((low <= margin).sum()) / max(1, n_bootstrap - 1)),
        bias=float(np.where(undefined, 0.0, drawn).mean()) - tau,
        n_undefined=int(undefined.sum()),
        n_bootstrap=n_bootstrap,
        n_items=held.n_items,
        n_cases_a=n_second if cases.swapped else n_first,
        n_cases_b=n_first if cases.swapped else n_second,
    )


def _tau(first: FloatArray, second: FloatArray) -> FloatArray:
    """Tau-b of each row; NaN where one side is tied throughout, or documents too little."""
    p, q = profile_shares(first), profile_shares(second)
    i, j = np.triu_indices(p.shape[1], 1)
    step = max(1, _BLOCK // len(i))
    found = [
        _tau_block(p[at : at + step], q[at : at + step], i, j) for at in range(0, len(p), step)
    ]
    return np.concatenate(found)


def _tau_block(
    p: FloatArray, q: FloatArray, i: npt.NDArray[np.intp], j: npt.NDArray[np.intp]
) -> FloatArray:
    signs = []
    for shares in (p, q):
        gap = shares[:, i] - shares[:, j]
        # equal shares may come from unequal divisions
        signs.append(np.where(np.abs(gap) <= _TIE, 0.0, np.sign(gap)))
    known = ~(np.isnan(signs[0]) | np.isnan(signs[1]))
    s, t = (np.where(known, sign, 0.0) for sign in signs)
    scale = np.sqrt(np.abs(s).sum(axis=1) * np.abs(t).sum(axis=1))
    found = np.full(len(p), np.nan)
    np.divide((s * t).sum(axis=1), scale, out=found, where=scale > 0)
    return found
