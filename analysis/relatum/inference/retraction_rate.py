"""Rates of stepping back on days with and without contact, and their ratio, by case.

Contact is a property of days and not of women: she who is followed longer has more days on which
contact can be recorded, so that women ever in contact would seem to step back late or never.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.clusters import Clusters, index_clusters
from relatum.inference.common import (
    FloatArray,
    Refusal,
    as_vector,
    check_conf_level,
    find_non_finite,
)
from relatum.inference.wild_scores import wild_score_coefficient

__all__ = ["LevelRate", "OneSidedRatio", "RateRatio", "exposure_rate_ratio", "rates_by_level"]

WHAT = "rate ratio"
_FARTHEST = 700.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRate:
    """Events and days at one level.

    Attributes
    ----------
    level : int
    days : float
    n_events : int
    rate : float or None
        Per `per` days; None without a day.
    """

    level: int
    days: float
    n_events: int
    rate: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRatio:
    """Rate on exposed days over that on unexposed days.

    Attributes
    ----------
    ratio, conf_low, conf_high : float
        A limit that the test does not reach is 0 or infinity.
    p_value : float
        Of a ratio of 1.
    n_events_exposed, n_events_unexposed : int
    days_exposed, days_unexposed : float
    n_clusters, n_event_clusters : int
        Cases with days at either level, and those of them with an event.
    conf_level : float
    """

    ratio: float
    conf_low: float
    conf_high: float
    p_value: float
    n_events_exposed: int
    n_events_unexposed: int
    days_exposed: float
    days_unexposed: float
    n_clusters: int
    n_event_clusters: int
    conf_level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OneSidedRatio:
    """The limit that is left where all events lie at one level.

    Attributes
    ----------
    side : {"upper", "lower"}
        Which limit it is: the upper one where no event was exposed.
    limit : float
        The one of the two limits at this level that exists. It takes events as independent.
    n_events : int
    conf_level : float
    why : str
        Why there is no ratio, as a clause.
    """

    side: str
    limit: float
    n_events: int
    conf_level: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Rows:
    level: FloatArray
    days: FloatArray
    events: FloatArray


def rates_by_level(
    level: npt.ArrayLike,
    days: npt.ArrayLike,
    events: npt.ArrayLike,
    *,
    levels: tuple[int, ...] = (1, 0, -1),
    per: float = 100.0,
) -> tuple[LevelRate, ...] | Refusal:
    """Count events and days at each level of an exposure.

    Parameters
    ----------
    level : array_like of int, shape (n,)
        1 exposed, 0 unexposed, -1 not documented; constant on each row.
    days : array_like, shape (n,)
        At risk.
    events : array_like of int, shape (n,)
        At the end of the row.
    levels : tuple of int
        In this order; rows at other levels are left out.
    per : float
        The time that the rate refers to, in days.

    Returns
    -------
    tuple of LevelRate or Refusal
        A refusal for values that are not finite.

    Raises
    ------
    ValueError
        For lengths that differ, negative days, events that are not whole or come without days, or
        `per` that is not positive.

    Examples
    --------
    >>> [(row.days, row.n_events, row.rate) for row in rates_by_level([1, 0, 0], [20, 30, 50],
    ...                                                              [1, 0, 2], levels=(1, 0))]
    [(20.0, 1, 5.0), (80.0, 2, 2.5)]
    """
    if not per > 0:
        raise ValueError(f"per must be positive, not {per!r}; try 100.")
    rows = _check(level, days, events, None)
    if isinstance(rows, Refusal):
        return rows
    found = []
    for value in levels:
        mine = rows.level == value
        spent, seen = float(rows.days[mine].sum()), int(rows.events[mine].sum())
        rate = seen / spent * per if spent > 0 else None
        found.append(LevelRate(level=value, days=spent, n_events=seen, rate=rate))
    return tuple(found)


def exposure_rate_ratio(
    level: npt.ArrayLike,
    days: npt.ArrayLike,
    events: npt.ArrayLike,
    cluster: npt.ArrayLike,
    *,
    conf_level: float = 0.95,
    n_draws: int = 9_999,
    seed: int = 1,
) -> RateRatio | OneSidedRatio | Refusal:
    """Compare the rate on exposed days with that on days known to be unexposed.

    Parameters
    ----------
    level : array_like of int, shape (n,)
        1 exposed, 0 known to be unexposed, -1 not documented: such days are left out.
    days, events : array_like, shape (n,)
        As in `rates_by_level`. A woman has as many rows as her exposure has stretches.
    cluster : array_like, shape (n,)
        Case of each row.
    conf_level : float
    n_draws, seed : int
        Of random signs, used only with more than 14 cases.

    Returns
    -------
    RateRatio, OneSidedRatio or Refusal
        One-sided where all events lie at one level. A refusal for values that are not finite,
        without a day or event at the two levels, and with one case.

    Raises
    ------
    ValueError
        As `rates_by_level`, and for a level of confidence that is not between 0 and 1.

    Notes
    -----
    A Poisson model with one constant rate on exposed and one on unexposed days; its estimate is the
    ratio of the two crude rates. Limits and p invert the score wild bootstrap over cases (Kline and
    Santos 2012, doi:10.1515/2156-6674.1006), for which days and events are added up by case and
    level. Assumes that the rate does not change with time since the report in step with the
    exposure, and that a day is not left undocumented because of what happened on it. The limit of
    `OneSidedRatio` is that of the exact binomial for events given their number: cases cannot enter
    it, so it is too close.

    Examples
    --------
    >>> case = np.repeat(np.arange(8), 2)
    >>> found = exposure_rate_ratio(np.tile([1, 0], 8), np.tile([40, 80], 8),
    ...                             [1, 1, 0, 1, 2, 1, 1, 0, 1, 2, 0, 0, 1, 1, 1, 1], case)
    >>> round(found.ratio, 3), found.conf_low < found.ratio < found.conf_high
    (2.0, True)
    >>> found = exposure_rate_ratio([1, 0, 1, 0], [50, 50, 50, 50], [0, 2, 0, 1], [1, 1, 2, 2])
    >>> found.side, round(found.limit, 3)
    ('upper', 2.42)
    """
    check_conf_level(conf_level)
    rows = _check(level, days, events, cluster)
    if isinstance(rows, Refusal):
        return rows
    clusters = index_clusters(cluster)
    cells = _cells(rows, clusters)
    held = _sort(cells[(cells[:, :, 1] > 0).any(axis=1)])
    events_at, days_at = held[:, :, 0].sum(axis=0), held[:, :, 1].sum(axis=0)
    why = _cannot(events_at, days_at)
    if why:
        return Refusal(WHAT, why)
    if not events_at.all():
        return _one_sided(events_at, days_at, conf_level)
    at, of = np.nonzero(held[:, :, 1] > 0)
    spent = held[at, of, 1]
    found = wild_score_coefficient(
        held[at, of, 0] / spent,
        np.column_stack([np.ones(len(at)), 1.0 - of]),
        at,
        column=1,
        family="poisson",
        # rates weighted by days have the score of counts with the logarithm of days as offset
        weights=spent,
        conf_level=conf_level,
        n_draws=n_draws,
        seed=seed,
    )
    if isinstance(found, Refusal):
        return Refusal(WHAT, found.why)
    return RateRatio(
        ratio=float(events_at[0] / days_at[0] / (events_at[1] / days_at[1])),
        conf_low=math.exp(found.conf_low),
        conf_high=math.exp(found.conf_high) if found.conf_high < _FARTHEST else math.inf,
        p_value=found.p_value,
        n_events_exposed=int(events_at[0]),
        n_events_unexposed=int(events_at[1]),
        days_exposed=float(days_at[0]),
        days_unexposed=float(days_at[1]),
        n_clusters=len(held),
        n_event_clusters=int(held[:, :, 0].any(axis=1).sum()),
        conf_level=conf_level,
    )


def _check(
    level: npt.ArrayLike, days: npt.ArrayLike, events: npt.ArrayLike, cluster: npt.ArrayLike | None
) -> _Rows | Refusal:
    at = as_vector(level, name="level")
    spent = as_vector(days, name="days", length=len(at))
    seen = as_vector(events, name="events", length=len(at))
    groups = index_clusters(np.zeros(len(at)) if cluster is None else cluster)
    as_vector(groups.codes, name="cluster", length=len(at))
    bad = find_non_finite(WHAT, {"levels": at, "days": spent, "events": seen})
    if bad is not None:
        return bad
    faults = []
    if (spent < 0).any():
        faults.append("days must not be negative.")
    if (seen < 0).any() or (seen != np.round(seen)).any():
        faults.append("events must be whole numbers from 0.")
    if ((seen > 0) & (spent <= 0)).any():
        faults.append("an event needs days at risk.")
    if faults:
        raise ValueError(" ".join(faults))
    return _Rows(level=at, days=spent, events=seen)


def _cells(rows: _Rows, clusters: Clusters) -> FloatArray:
    """Events and days, shape (n_clusters, 2, 2): exposed then unexposed; events then days."""
    found = np.zeros((clusters.n_clusters, 2, 2))
    for place, value in enumerate((1, 0)):
        mine = rows.level == value
        np.add.at(found[:, place, 0], clusters.codes[mine], rows.events[mine])
        np.add.at(found[:, place, 1], clusters.codes[mine], rows.days[mine])
    return found


def _sort(cells: FloatArray) -> FloatArray:
    """Order cases by what they hold, so that names decide nothing where signs are drawn."""
    return cells[np.lexsort(cells.reshape(len(cells), 4).T)]


def _cannot(events: FloatArray, days: FloatArray) -> str:
    for place, words in enumerate(("exposed", "documented as unexposed")):
        if days[place] <= 0:
            return f"no day was {words}"
    if not events.any():
        return "no event fell on a day of which the exposure is documented"
    return ""


def _one_sided(events: FloatArray, days: FloatArray, conf_level: float) -> OneSidedRatio:
    total, tail = int(events.sum()), (1.0 - conf_level) / 2.0
    upper = events[0] == 0
    share = 1.0 - tail ** (1.0 / total) if upper else tail ** (1.0 / total)
    empty, other = ("exposed", "unexposed") if upper else ("unexposed", "exposed")
    noun = "event" if total == 1 else f"{total} events"
    return OneSidedRatio(
        side="upper" if upper else "lower",
        limit=float(share / (1.0 - share) * days[1] / days[0]),
        n_events=total,
        conf_level=conf_level,
        why=f"no event fell on {empty} days, and the {noun} on {other} ones",
    )
