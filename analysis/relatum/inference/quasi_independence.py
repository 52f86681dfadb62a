"""Whether event times go with entry times: Kendall's tau over the pairs that could be seen."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.clusters import Clusters, index_clusters, sum_by_cluster
from relatum.inference.common import (
    FloatArray,
    Refusal,
    as_vector,
    check_conf_level,
    find_non_finite,
    t_quantile,
    t_two_sided,
)
from relatum.inference.risk_sets import check_kinds

__all__ = ["ConditionalTau", "TauLimits", "conditional_tau"]

WHAT = "conditional Kendall's tau of entry and event"
#: Cells of a block of pairs that is held at once.
_BLOCK = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TauLimits:
    """Error, test and limits of a conditional tau from leaving out clusters.

    Attributes
    ----------
    std_error : float
        Jackknife over clusters.
    p_value : float
        Of a tau of zero, against Student's t.
    conf_low, conf_high : float
        Cut to -1 and 1.
    conf_level, df : float
        Degrees of freedom: clusters less one.
    """

    std_error: float
    p_value: float
    conf_low: float
    conf_high: float
    conf_level: float
    df: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConditionalTau:
    """Kendall's tau of entry and event over comparable pairs.

    Attributes
    ----------
    estimate : float
        From -1 to 1; positive where later entry goes with later events.
    n_units, n_events, n_clusters : int
    n_comparable : int
        Pairs whose order is known in both times and that were under observation together.
    n_concordant, n_discordant : int
    limits : TauLimits or Refusal
        A refusal with one cluster, where all pairs need one cluster, and where leaving out any
        cluster gives the same tau.
    null_statistic, null_p_value : float
        Tsai's standardised statistic of no association, for independent units.
    influence : ndarray, shape (n_units,)
        Derivative of the estimate by the weight of each unit; they add up to 0.
    """

    estimate: float
    n_units: int
    n_events: int
    n_clusters: int
    n_comparable: int
    n_concordant: int
    n_discordant: int
    limits: TauLimits | Refusal
    null_statistic: float
    null_p_value: float
    influence: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Times:
    entry: FloatArray
    time: FloatArray
    event: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Pairs:
    """Sums over the comparable pairs of each unit, and over those inside each cluster."""

    sign: FloatArray
    count: FloatArray
    inner_sign: FloatArray
    inner_count: FloatArray


def conditional_tau(
    entry: npt.ArrayLike,
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    *,
    cluster: npt.ArrayLike | None = None,
    conf_level: float = 0.95,
) -> ConditionalTau | Refusal:
    """Ask whether event times go with entry times among units that entered late.

    Parameters
    ----------
    entry : array_like, shape (n,)
        When observation began, on the clock of `time`.
    time : array_like, shape (n,)
        Event or end of observation, after `entry`. Any unit of time.
    event : array_like of 0 and 1, shape (n,)
    cluster : array_like, shape (n,), optional
        The case of each unit; without it every unit is one of its own.
    conf_level : float

    Returns
    -------
    ConditionalTau or Refusal
        A refusal without rows, for times that are not finite or do not come after their entry,
        and where no two units can be compared.

    Raises
    ------
    ValueError
        For lengths that differ, events that are not 0 or 1, or a level outside 0 to 1.

    Notes
    -----
    Delayed entry asks that, over the times that could be seen, the event does not depend on the
    entry (quasi-independence). Two units are comparable if the first of their times is an event
    and comes after both entries:

        tau = sum over comparable pairs of sign((T_i - T_j) (E_i - E_j)) / number of such pairs

    (Tsai 1990, doi:10.1093/biomet/77.1.169; Martin and Betensky 2005,
    doi:10.1198/016214504000001538). Pairs with equal entries or equal event times say nothing and
    are left out; an event comes before an end of observation at the same time.

    The error is the jackknife of this ratio of two U-statistics over clusters; limits take
    Student's t with one degree of freedom fewer than clusters. With twelve unequal cases it
    rejects a tau of zero about as often as it should, which sums of influence values do not
    (`tests/benchmarks/type_one_quasi_independence.py`). Tsai's statistic adds, at each event, the
    pairs with all those under observation, and has the variance of a random draw from them. It
    takes units as independent.

    Censoring must not depend on the entry. The power is low with few events, and a tau near zero
    may hide two associations that cancel.

    Examples
    --------
    >>> found = conditional_tau([0, 1, 2, 3], [5, 4, 6, 9], [1, 1, 1, 0])
    >>> found.n_comparable, found.n_concordant, round(found.estimate, 3)
    (6, 5, 0.667)
    """
    check_conf_level(conf_level)
    times = _check(entry, time, event)
    if isinstance(times, Refusal):
        return times
    labels = np.arange(len(times.time)) if cluster is None else np.asarray(cluster)
    if labels.shape != times.time.shape:
        raise ValueError("cluster must have one label per row.")
    clusters = index_clusters(labels)
    pairs = _add_up(times, clusters)
    total, sign = float(pairs.count.sum()) / 2.0, float(pairs.sign.sum()) / 2.0
    if total == 0:
        return Refusal(WHAT, "no two of them can be compared")
    estimate = sign / total
    statistic = _null_statistic(times, sign)
    return ConditionalTau(
        estimate=estimate,
        n_units=len(times.time),
        n_events=int(times.event.sum()),
        n_clusters=clusters.n_clusters,
        n_comparable=round(total),
        n_concordant=round((total + sign) / 2.0),
        n_discordant=round((total - sign) / 2.0),
        limits=_limits(pairs, clusters, estimate, conf_level),
        null_statistic=statistic,
        null_p_value=t_two_sided(statistic, math.inf),
        influence=(pairs.sign - estimate * pairs.count) / total,
    )


def _check(entry: npt.ArrayLike, time: npt.ArrayLike, event: npt.ArrayLike) -> _Times | Refusal:
    start = as_vector(entry, name="entry")
    stop = as_vector(time, name="time", length=len(start))
    happened = check_kinds(event, length=len(start), n_kinds=1, name="event")
    if not len(start):
        return Refusal(WHAT, "there is no row")
    fault = find_non_finite(WHAT, {"entry": start, "time": stop})
    if fault is not None:
        return fault
    backwards = int((stop <= start).sum())
    if backwards:
        words = "row ends" if backwards == 1 else "rows end"
        return Refusal(WHAT, f"{backwards} {words} before or at the entry")
    return _Times(entry=start, time=stop, event=happened == 1)


def _add_up(times: _Times, clusters: Clusters) -> _Pairs:
    """Add the pairs of each unit, in blocks of events against all units."""
    n, codes = len(times.time), clusters.codes
    sign, count = np.zeros(n), np.zeros(n)
    inner_sign, inner_count = np.zeros(n), np.zeros(n)
    events = np.flatnonzero(times.event)
    step = max(1, _BLOCK // n)
    for begin in range(0, len(events), step):
        block = events[begin : begin + step]
        signs = _block_signs(times, block)
        known = np.abs(signs)
        np.add.at(sign, block, signs.sum(axis=1))
        np.add.at(count, block, known.sum(axis=1))
        sign += signs.sum(axis=0)
        count += known.sum(axis=0)
        same = codes[block][:, None] == codes
        inner_sign[block] += (signs * same).sum(axis=1)
        inner_count[block] += (known * same).sum(axis=1)
    return _Pairs(sign=sign, count=count, inner_sign=inner_sign, inner_count=inner_count)


def _block_signs(times: _Times, block: npt.NDArray[np.int64]) -> FloatArray:
    """Signs of the pairs of some events with all units; 0 where they cannot be compared."""
    at = times.time[block][:, None]
    later = (times.time > at) | ((times.time == at) & ~times.event)
    seen = later & (times.entry < at)
    signs = np.sign(times.entry - times.entry[block][:, None])
    return np.asarray(np.where(seen, signs, 0.0))


def _null_statistic(times: _Times, sign: float) -> float:
    """Divide the sum of signs by its error if every unit at risk were as likely to come first."""
    codes = np.unique(times.entry, return_inverse=True)[1]
    variance = 0.0
    for at, n in zip(*np.unique(times.time[times.event], return_counts=True), strict=True):
        risk = codes[(times.entry < at) & (times.time >= at)]
        counts = np.bincount(risk)
        below = np.cumsum(counts) - counts
        scores = (len(risk) - below - counts - below)[risk]
        if len(risk) > 1:
            share = n * (len(risk) - n) / (len(risk) - 1)
            variance += share * float((scores**2).mean())
    return sign / math.sqrt(variance)


def _limits(
    pairs: _Pairs, clusters: Clusters, estimate: float, conf_level: float
) -> TauLimits | Refusal:
    """Leave out one cluster at a time."""
    groups = clusters.n_clusters
    if groups < 2:
        return Refusal(WHAT, "there is one cluster")

    def left(each: FloatArray, inner: FloatArray) -> FloatArray:
        touched = sum_by_cluster(each, clusters) - sum_by_cluster(inner, clusters)
        return np.asarray(each.sum() / 2.0 - touched)

    count = left(pairs.count, pairs.inner_count)
    if (count < 0.5).any():
        return Refusal(WHAT, "without one of the clusters no two units can be compared")
    found = left(pairs.sign, pairs.inner_sign) / count
    error = math.sqrt((groups - 1) / groups * float(((found - found.mean()) ** 2).sum()))
    if error < 1e-12:
        return Refusal(WHAT, "leaving out a cluster never changes it")
    df = groups - 1.0
    reach = t_quantile(conf_level, df) * error
    return TauLimits(
        std_error=error,
        p_value=t_two_sided(estimate / error, df),
        conf_low=max(-1.0, estimate - reach),
        conf_high=min(1.0, estimate + reach),
        conf_level=conf_level,
        df=df,
    )
