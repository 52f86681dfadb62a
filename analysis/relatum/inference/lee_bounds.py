"""Bounds on a difference among those who would report with or without an exposure.

An outcome such as a retraction exists only for those who reported, and who reports may itself
depend on the exposure: the exposed and unexposed who reported are then not alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from relatum.inference.clusters import index_clusters
from relatum.inference.common import (
    FloatArray,
    Interval,
    Refusal,
    as_vector,
    check_conf_level,
    find_non_finite,
)
from relatum.inference.identified import imbens_manski_interval

__all__ = ["AlwaysReporterBounds", "ReportingAssumption", "RiskRange", "always_reporter_bounds"]

ReportingAssumption = Literal["more", "fewer", "none"]
WHAT = "bounds for always-reporters"
_SLACK = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRange:
    """Smallest and largest share that fits the data.

    Attributes
    ----------
    low, high : float
    """

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AlwaysReporterBounds:
    """What the data say about those who would report either way.

    Attributes
    ----------
    low, high : float
        Bounds of the difference: share with the outcome, exposed less unexposed.
    exposed, unexposed : RiskRange
        Bounds of the two shares.
    share : RiskRange
        Of always-reporters among all; one value under "more" and "fewer".
    trimmed : RiskRange
        Share of reporters that may not be always-reporters: `low` and `high` are those of the
        group where it is smaller and larger, at the smallest share of always-reporters.
    limits : Interval or Refusal
        Imbens-Manski interval of the difference; its errors are case jackknifes.
    se_low, se_high : float or Refusal
    assumption : {"more", "fewer", "none"}
    n_exposed, n_unexposed : int
    reporters_exposed, reporters_unexposed : int
    n_silent : int
        Reporters whose outcome is not documented.
    n_clusters : int
    """

    low: float
    high: float
    exposed: RiskRange
    unexposed: RiskRange
    share: RiskRange
    trimmed: RiskRange
    limits: Interval | Refusal
    se_low: float | Refusal
    se_high: float | Refusal
    assumption: ReportingAssumption
    n_exposed: int
    n_unexposed: int
    reporters_exposed: int
    reporters_unexposed: int
    n_silent: int
    n_clusters: int


def always_reporter_bounds(
    exposed: npt.ArrayLike,
    reported: npt.ArrayLike,
    outcome: npt.ArrayLike,
    *,
    assumption: ReportingAssumption,
    cluster: npt.ArrayLike | None = None,
    conf_level: float = 0.95,
) -> AlwaysReporterBounds | Refusal:
    """Bound the difference of a binary outcome between exposures, among always-reporters.

    Parameters
    ----------
    exposed : array_like, shape (n,)
        0 and 1. Only exposures that precede the report, such as an arrest before it.
    reported : array_like, shape (n,)
        0 and 1.
    outcome : array_like, shape (n,)
        0 and 1; NaN where a reporter's outcome is not documented. Not read without a report.
    assumption : {"more", "fewer", "none"}
        "more": nobody who reports unexposed would not have reported exposed. "fewer": the reverse.
        "none": the exposure may have made some report and kept others from it.
    cluster : array_like, shape (n,), optional
        Case of each row; by default each row is its own.
    conf_level : float, default 0.95

    Returns
    -------
    AlwaysReporterBounds or Refusal
        A refusal without exposed or unexposed, without a reporter in a group, for shares of
        reporters that contradict the assumption, and where there need not be any always-reporter.

    Raises
    ------
    ValueError
        For lengths that differ, values other than those named, or a level that is not between 0
        and 1.

    Notes
    -----
    With q the share of reporters and m that of the outcome among them, and s the share of
    always-reporters, the share with the outcome among these lies between
    max(0, 1 - (1 - m) q / s) and min(1, m q / s) in each group. Under "more" s is q of the
    unexposed, under "fewer" that of the exposed (Lee 2009,
    doi:10.1111/j.1467-937X.2009.00536.x); without either it is at least the two q's sum less 1
    (Zhang and Rubin 2003, doi:10.3102/10769986028004353), and the bounds are widest there. All are
    sharp. An outcome that is not documented counts as whatever widens them.

    They hold if exposed and unexposed are as if divided by lot, which no file gives: read them as
    what selection into reporting alone can do. Limits rest on a jackknife over cases, which is
    short with a dozen unequal ones.

    Examples
    --------
    >>> exposed = np.repeat([1, 0], 10)
    >>> reported = np.r_[np.ones(8), 0, 0, np.ones(5), np.zeros(5)]
    >>> outcome = np.r_[np.ones(4), np.zeros(6), 1, 1, np.zeros(8)]
    >>> found = always_reporter_bounds(exposed, reported, outcome, assumption="more")
    >>> round(found.low, 3), round(found.high, 3)
    (-0.2, 0.4)
    """
    check_conf_level(conf_level)
    if assumption not in get_args(ReportingAssumption):
        raise ValueError(f"assumption must be 'more', 'fewer' or 'none', not {assumption!r}.")
    cells = _count_cells(exposed, reported, outcome, cluster)
    if isinstance(cells, Refusal):
        return cells
    total = cells.sum(axis=0)
    why = _cannot(total, assumption)
    if why is not None:
        return Refusal(WHAT, why)
    found = _bounds(total[None], assumption)[0]
    error = _jackknife(cells, assumption)
    limits: Interval | Refusal
    ends: tuple[float | Refusal, float | Refusal]
    if isinstance(error, Refusal):
        limits, ends = error, (error, error)
    else:
        ends = (float(error[0]), float(error[1]))
        limits = imbens_manski_interval(
            float(found[0]),
            float(found[1]),
            se_low=float(error[0]),
            se_high=float(error[1]),
            conf_level=conf_level,
            df=len(cells) - 1.0,
            support=(-1.0, 1.0),
        )
    return _word(total, found, limits, ends, assumption, len(cells))


def _count_cells(
    exposed: npt.ArrayLike,
    reported: npt.ArrayLike,
    outcome: npt.ArrayLike,
    cluster: npt.ArrayLike | None,
) -> FloatArray | Refusal:
    """Count rows of each cluster, shape (n_clusters, 2, 4).

    Unexposed and exposed; no report, outcome absent, present, not documented.
    """
    d = as_vector(exposed, name="exposed")
    s = as_vector(reported, name="reported", length=len(d))
    y = as_vector(outcome, name="outcome", length=len(d))
    bad = find_non_finite(WHAT, {"exposures": d, "reports": s})
    if bad is not None:
        return bad
    known = y[(s == 1) & ~np.isnan(y)]
    faults = [
        f"{name} must be 0 or 1{more}."
        for name, values, more in (
            ("exposed", d, ""),
            ("reported", s, ""),
            ("outcome", known, " where there is a report, or NaN"),
        )
        if not np.isin(values, (0.0, 1.0)).all()
    ]
    if faults:
        raise ValueError(" ".join(faults))
    clusters = index_clusters(np.arange(len(d)) if cluster is None else cluster)
    as_vector(clusters.codes, name="cluster", length=len(d))
    kind = np.where(s == 0, 0, np.where(np.isnan(y), 3, 1 + np.nan_to_num(y)))
    cell = (clusters.codes * 8 + d * 4 + kind).astype(np.int64)
    counts = np.bincount(cell, minlength=8 * clusters.n_clusters)
    return counts.reshape(-1, 2, 4).astype(np.float64)


def _cannot(total: FloatArray, assumption: ReportingAssumption) -> str | None:
    size, reporters = total.sum(axis=1), total[:, 1:].sum(axis=1)
    if not size.all():
        return f"nobody is {'unexposed' if size[0] == 0 else 'exposed'}"
    if not reporters.all():
        return f"none of the {'unexposed' if reporters[0] == 0 else 'exposed'} reported"
    q = reporters / size
    if assumption == "more" and q[1] < q[0] - _SLACK:
        return "fewer of the exposed reported, against the assumption 'more'"
    if assumption == "fewer" and q[0] < q[1] - _SLACK:
        return "more of the exposed reported, against the assumption 'fewer'"
    if assumption == "none" and q.sum() <= 1.0 + _SLACK:
        return "without an assumption there need not be anyone who would report either way"
    return None


def _bounds(cells: FloatArray, assumption: ReportingAssumption) -> FloatArray:
    """Bounds of each table, shape (m, 8); not finite where a table has none.

    Columns: difference low and high, exposed low and high, unexposed low and high, and the smallest
    and largest share of always-reporters.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        size, reporters = cells.sum(axis=2), cells[:, :, 1:].sum(axis=2)
        q = reporters / size
        largest = q.min(axis=1)
        smallest = largest if assumption != "none" else np.maximum(0.0, q.sum(axis=1) - 1.0)
        if assumption != "none":
            # a table without one case may contradict the assumption; then nobody is trimmed there
            smallest = largest = q[:, 0 if assumption == "more" else 1]
        stretch = np.maximum(q / smallest[:, None], 1.0)
        present = cells[:, :, 2] / reporters
        silent = cells[:, :, 3] / reporters
        low = np.maximum(0.0, present * stretch - (stretch - 1.0))
        high = np.maximum(low, np.minimum(1.0, (present + silent) * stretch))
    ends = [low[:, 1] - high[:, 0], high[:, 1] - low[:, 0]]
    sides = [low[:, 1], high[:, 1], low[:, 0], high[:, 0]]
    return np.column_stack([*ends, *sides, smallest, largest])


def _jackknife(cells: FloatArray, assumption: ReportingAssumption) -> FloatArray | Refusal:
    """Errors of both ends by leaving out one cluster at a time."""
    what = "limits of the bounds for always-reporters"
    n = len(cells)
    if n < 2:
        return Refusal(what, "there is one cluster")
    without = _bounds(cells.sum(axis=0) - cells, assumption)[:, :2]
    if not np.isfinite(without).all():
        return Refusal(what, "without one of the clusters there are no bounds")
    spread = ((without - without.mean(axis=0)) ** 2).sum(axis=0)
    return np.asarray(np.sqrt((n - 1) / n * spread), dtype=np.float64)


def _word(
    total: FloatArray,
    found: FloatArray,
    limits: Interval | Refusal,
    ends: tuple[float | Refusal, float | Refusal],
    assumption: ReportingAssumption,
    n_clusters: int,
) -> AlwaysReporterBounds:
    size, reporters = total.sum(axis=1), total[:, 1:].sum(axis=1)
    low, high, exposed_low, exposed_high, other_low, other_high, least, most = found.tolist()
    trimmed = np.clip(1.0 - least * size / reporters, 0.0, 1.0)
    return AlwaysReporterBounds(
        low=low,
        high=high,
        exposed=RiskRange(low=exposed_low, high=exposed_high),
        unexposed=RiskRange(low=other_low, high=other_high),
        share=RiskRange(low=least, high=most),
        trimmed=RiskRange(low=float(trimmed.min()), high=float(trimmed.max())),
        limits=limits,
        se_low=ends[0],
        se_high=ends[1],
        assumption=assumption,
        n_exposed=int(size[1]),
        n_unexposed=int(size[0]),
        reporters_exposed=int(reporters[1]),
        reporters_unexposed=int(reporters[0]),
        n_silent=int(total[:, 3].sum()),
        n_clusters=n_clusters,
    )
