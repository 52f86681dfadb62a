"""Limits of a share at one time, for two completions of the dates, by merged investigations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, IntArray
from relatum.models.escape_limits import Limits, boundary_limits, influence_limits, join_limits
from relatum.models.items import case_clusters
from relatum.samples import Sample
from relatum.samples.testimony import Testimony, trace_testimony
from relatum.study import Study

__all__ = ["ShareAt", "join_shares", "limit_share", "number_cases", "trace_merged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareAt:
    """One share at one time under one completion of the dates.

    Attributes
    ----------
    estimate : float or None
        None where too few are at risk.
    limits : Limits
    """

    estimate: float | None = None
    limits: Limits = field(default_factory=Limits)


def limit_share(
    value: float,
    influence: FloatArray,
    case: npt.NDArray[Any],
    *,
    followed: npt.NDArray[np.bool_],
    conf_level: float,
    study: Study,
) -> Limits:
    """Limit a share that a product-integral gives.

    Parameters
    ----------
    value : float
        Between 0 and 1.
    influence : ndarray, shape (n,)
        Derivative of the share by the weight of each row.
    case : ndarray, shape (n,)
    followed : ndarray of bool, shape (n,)
        Rows whose outcome at this time is known.
    conf_level : float
    study : Study
        The plan: its seed, and the correlation to assume at 0 and 1.

    Returns
    -------
    Limits
        The inverted restricted wild bootstrap of influence values summed by case
        (`relatum.models.escape_limits.influence_limits`); at 0 and 1, where these have no width,
        Korn-Graubard over the rows that were followed. An event more must not narrow them: the
        upper limit is at least that of no event, the lower at most that of nothing but events.
    """
    near = round(value, 12)
    ends = [
        boundary_limits(
            end, case[followed], conf_level=conf_level, boundary_icc=study.estimates.boundary_icc
        )
        for end in (0.0, 1.0)
    ]
    if near in (0.0, 1.0):
        return ends[int(near)]
    found = influence_limits(
        value, influence, case, conf_level=conf_level, support=(0.0, 1.0), seed=study.seed
    )
    return Limits(
        low=_outer(min, found.low, ends[1].low), high=_outer(max, found.high, ends[0].high)
    )


def _outer(
    further: Callable[[float, float], float], limit: float | None, end: float | None
) -> float | None:
    return limit if limit is None or end is None else further(limit, end)


def join_shares(parts: Sequence[ShareAt]) -> Limits:
    """Take the union of the limits of both completions; none where one of them has none.

    Examples
    --------
    >>> parts = [ShareAt(estimate=x, limits=Limits(low=x - 0.1, high=x + 0.1)) for x in (0.3, 0.4)]
    >>> found = join_shares(parts)
    >>> round(found.low, 2), round(found.high, 2)
    (0.2, 0.5)
    """
    if any(part.estimate is None for part in parts):
        return Limits()
    return join_limits([part.limits for part in parts])


def trace_merged(sample: Sample) -> Testimony:
    """Trace testimony, with investigations that share a suspect put together as one case.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Testimony
        As `relatum.samples.testimony.trace_testimony`; merged cases carry the first of their names.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> len({row.case for row in trace_merged(example_sample("simulated")).used_victims})
    9
    """
    found = trace_testimony(sample)
    ids = sample.unit_ids("victim").astype(str)
    own = {row.victim: row.case for row in found.victims}
    first: dict[int, str] = {}
    merged = dict(zip(ids, case_clusters(sample, "victim").tolist(), strict=True))
    for victim, number in merged.items():
        case = own.get(victim, "")
        first[number] = min(first.get(number, case), case)
    names = {victim: first[number] for victim, number in merged.items()}
    return replace(
        found,
        victims=tuple(replace(row, case=names.get(row.victim, row.case)) for row in found.victims),
        contacts=tuple(
            replace(row, case=names.get(row.victim, row.case)) for row in found.contacts
        ),
        reports=tuple(replace(row, case=names.get(row.victim, row.case)) for row in found.reports),
        retractions=tuple(
            replace(row, case=names.get(row.victim, row.case)) for row in found.retractions
        ),
    )


def number_cases(case: npt.NDArray[Any], event: npt.NDArray[np.bool_]) -> IntArray:
    """Give cases numbers by their sizes and events, larger first, so that names decide nothing.

    Parameters
    ----------
    case : ndarray, shape (n,)
    event : ndarray of bool, shape (n,)

    Returns
    -------
    ndarray of int, shape (n,)

    Examples
    --------
    >>> number_cases(np.array(["a", "b", "b"]), np.array([True, False, True]))
    array([1, 0, 0])
    """
    if not len(case):
        return np.empty(0, dtype=np.int64)
    _, place = np.unique(case, return_inverse=True)
    order = np.lexsort((-np.bincount(place, weights=event), -np.bincount(place)))
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order))
    return np.asarray(number[place], dtype=np.int64)
