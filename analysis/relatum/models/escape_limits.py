"""Case-clustered limits of a curve at one time, from influence values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from relatum.inference.common import FloatArray, Refusal, finite_or_none
from relatum.inference.wild import wild_mean
from relatum.inference.wild_proportion import clustered_proportion

__all__ = ["Limits", "boundary_limits", "count_narrow", "influence_limits", "join_limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of one number; None where there is none.

    Attributes
    ----------
    low, high : float or None
    """

    low: float | None = None
    high: float | None = None


def influence_limits(
    estimate: float,
    influence: FloatArray,
    case: npt.NDArray[Any],
    *,
    conf_level: float,
    support: tuple[float, float],
    seed: int,
) -> Limits:
    """Invert the wild bootstrap of influence values that are summed by case.

    Parameters
    ----------
    estimate : float
    influence : ndarray, shape (n,)
        Derivative of the estimate by the weight of each row; they add up to 0.
    case : ndarray, shape (n,)
    conf_level : float
    support : tuple of float
        Limits are cut to it.
    seed : int
        Of random signs, with more than 14 cases.

    Returns
    -------
    Limits
        None where the influence of every case is 0, and for a limit that is not reached.

    Notes
    -----
    The estimate is the mean of the pseudo-values estimate + n influence, to which the restricted
    wild cluster bootstrap-t of a mean is applied (`relatum.inference.wild.wild_mean`). Without
    censoring the pseudo-values are the outcomes themselves, and the limits are those of a
    prevalence. Pseudo-values: Klein and others 2008, doi:10.1016/j.cmpb.2007.11.017.

    Examples
    --------
    >>> y = np.array([1.0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0])
    >>> case = np.repeat(np.arange(6), 2)
    >>> found = influence_limits(y.mean(), (y - y.mean()) / 12, case, conf_level=0.9,
    ...                          support=(0.0, 1.0), seed=1)
    >>> same = wild_mean(y, case, conf_level=0.9, support=(0.0, 1.0))
    >>> abs(found.low - same.conf_low) < 1e-9, abs(found.high - same.conf_high) < 1e-9
    (True, True)
    """
    if not np.abs(influence).max(initial=0.0) > 1e-12:
        return Limits()
    found = wild_mean(
        estimate + len(influence) * influence,
        case,
        conf_level=conf_level,
        support=support,
        seed=seed,
    )
    if isinstance(found, Refusal):
        return Limits()
    return Limits(low=finite_or_none(found.conf_low), high=finite_or_none(found.conf_high))


def boundary_limits(
    share: float,
    case: npt.NDArray[Any],
    *,
    conf_level: float,
    boundary_icc: float,
) -> Limits:
    """Limits where a share is 0 or 1, so that its influence values have no width.

    Parameters
    ----------
    share : float
        0 or 1.
    case : ndarray, shape (n,)
        The case of every row that was followed to the end or to an event.
    conf_level, boundary_icc : float

    Returns
    -------
    Limits
        Korn-Graubard; none where no row was followed.
    """
    if share not in (0.0, 1.0) or not len(case):
        return Limits()
    _, sizes = np.unique(case, return_counts=True)
    return _boundary(share, tuple(sizes.tolist()), conf_level, boundary_icc)


@lru_cache(maxsize=256)
def _boundary(
    share: float, sizes: tuple[int, ...], conf_level: float, boundary_icc: float
) -> Limits:
    """Limit once what all steps of a curve with the same rows followed share."""
    counts = share * np.array(sizes)
    found = clustered_proportion(counts, sizes, conf_level=conf_level, boundary_icc=boundary_icc)
    if isinstance(found, Refusal):
        return Limits()
    return Limits(low=found.conf_low, high=found.conf_high)


def join_limits(parts: Sequence[Limits]) -> Limits:
    """Take the union of limits; none on a side where one of them has none."""
    lows = [part.low for part in parts if part.low is not None]
    highs = [part.high for part in parts if part.high is not None]
    complete = len(parts) > 0
    return Limits(
        low=min(lows) if complete and len(lows) == len(parts) else None,
        high=max(highs) if complete and len(highs) == len(parts) else None,
    )


def count_narrow(influence: FloatArray, case: npt.NDArray[Any]) -> int:
    """Count times at which cases seem to agree far more than their relationships allow.

    Parameters
    ----------
    influence : ndarray, shape (n, q)
        At q times.
    case : ndarray, shape (n,)

    Returns
    -------
    int
        Times at which the error by case is under half of that of independent rows.

    Examples
    --------
    >>> count_narrow(np.array([[1.0], [-1.0], [1.0], [-1.0]]), np.array([1, 1, 2, 2]))
    1
    """
    names, at = np.unique(case, return_inverse=True)
    sums = np.zeros((len(names), influence.shape[1]))
    np.add.at(sums, at, influence)
    return int((4 * (sums**2).sum(axis=0) < (influence**2).sum(axis=0)).sum())
