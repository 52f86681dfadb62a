"""Power of a test on a joint count, and the odds ratio that it can find."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import optimize

from relatum.inference.common import Refusal
from relatum.inference.tilting import TiltedFamily

__all__ = [
    "BoolArray",
    "Direction",
    "central_region",
    "detectable_odds_ratio",
    "power_at",
    "threshold_region",
]

BoolArray = npt.NDArray[np.bool_]
Direction = Literal["greater", "less"]

_TIE = 1e-9
_WIDEST = 2.0**20
_LARGEST_LOG = 709.0


def central_region(family: TiltedFamily, *, level: float = 0.05) -> BoolArray:
    """Mark the counts that the two-sided central test rejects: twice a tail at most `level`.

    Parameters
    ----------
    family : TiltedFamily
    level : float
        Between 0 and 1. With a Bonferroni level for many pairs.

    Returns
    -------
    ndarray of bool, shape (n,)
        One per count of the support.

    Raises
    ------
    ValueError
        If the level is not between 0 and 1.

    Examples
    --------
    >>> from relatum.inference.count_nulls import hypergeometric_counts
    >>> from relatum.inference.tilting import tilted_family
    >>> family = tilted_family(*hypergeometric_counts(4, 4, 8))
    >>> central_region(family)
    array([ True, False, False, False,  True])
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must lie between 0 and 1, not {level!r}; try 0.05.")
    share = family.probabilities()
    tails = np.minimum(np.cumsum(share), np.cumsum(share[::-1])[::-1])
    return np.asarray(2 * tails <= level * (1 + _TIE))


def threshold_region(family: TiltedFamily, *, threshold: float) -> BoolArray:
    """Mark the counts that lie a number of null deviations or more from the null mean.

    Parameters
    ----------
    family : TiltedFamily
    threshold : float
        For example the one that a max-T test over many pairs found.

    Returns
    -------
    ndarray of bool, shape (n,)

    Raises
    ------
    ValueError
        If the threshold is not above 0.

    Examples
    --------
    >>> from relatum.inference.count_nulls import hypergeometric_counts
    >>> from relatum.inference.tilting import tilted_family
    >>> family = tilted_family(*hypergeometric_counts(4, 4, 8))
    >>> threshold_region(family, threshold=2.0)
    array([ True, False, False, False,  True])
    """
    if not threshold > 0:
        raise ValueError(f"threshold must be above 0, not {threshold!r}.")
    distance = np.abs(family.support - family.mean())
    least = threshold * math.sqrt(family.variance()) * (1 - _TIE)
    return np.asarray((distance >= least) & (distance > 0))


def power_at(family: TiltedFamily, odds_ratio: float, *, region: npt.ArrayLike) -> float:
    """Probability that a test rejects when the odds ratio has a given value.

    Parameters
    ----------
    family : TiltedFamily
    odds_ratio : float
        Above 0 and finite; with 1, the actual level of the test.
    region : array_like of bool, shape (n,)
        Counts that are rejected; see `central_region` and `threshold_region`.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the region has another length than the support, or for an impossible odds ratio.

    Notes
    -----
    Margins are held at their observed values.

    Examples
    --------
    >>> from relatum.inference.count_nulls import hypergeometric_counts
    >>> from relatum.inference.tilting import tilted_family
    >>> family = tilted_family(*hypergeometric_counts(4, 4, 8))
    >>> region = central_region(family)
    >>> [round(power_at(family, ratio, region=region), 4) for ratio in (1.0, 20.0)]
    [0.0286, 0.5285]
    """
    rejected = _check_region(family, region)
    return min(1.0, float(family.probabilities(odds_ratio)[rejected].sum()))


def detectable_odds_ratio(
    family: TiltedFamily,
    *,
    region: npt.ArrayLike,
    power: float = 0.8,
    direction: Direction = "greater",
) -> float | Refusal:
    """Odds ratio nearest to 1 that a test finds with a given probability.

    Parameters
    ----------
    family : TiltedFamily
    region : array_like of bool, shape (n,)
        Counts that are rejected; see `central_region` and `threshold_region`.
    power : float
    direction : {"greater", "less"}
        Whether an odds ratio above or below 1 is looked for.

    Returns
    -------
    float or Refusal
        A refusal when the test never rejects on that side, however strong the association.

    Raises
    ------
    ValueError
        For a region of another length, another direction, or a power that does not lie between
        the level of the test and 1.

    Notes
    -----
    The probability of rejecting grows towards 1 on the side of an end that is rejected, and
    crosses `power` once as long as what is not rejected has no gap.

    Examples
    --------
    >>> from relatum.inference.count_nulls import hypergeometric_counts
    >>> from relatum.inference.tilting import tilted_family
    >>> family = tilted_family(*hypergeometric_counts(4, 4, 8))
    >>> round(detectable_odds_ratio(family, region=central_region(family)), 1)
    66.2
    """
    rejected = _check_region(family, region)
    if direction not in ("greater", "less"):
        raise ValueError(f"direction must be 'greater' or 'less', not {direction!r}.")
    size = power_at(family, 1.0, region=rejected)
    if not size < power < 1.0:
        raise ValueError(f"power must lie between the level ({size:.3g}) and 1, not {power!r}.")
    upwards = direction == "greater"
    if not rejected[-1 if upwards else 0]:
        extreme = "large" if upwards else "small"
        why = f"no joint count, however {extreme}, would be rejected"
        return Refusal("detectable odds ratio", why)
    sign, kept = (1.0 if upwards else -1.0), ~rejected

    def excess(distance: float) -> float:
        return float(np.exp(family.log_probabilities(sign * distance))[kept].sum()) - (1 - power)

    high = 1.0
    while excess(high) > 0 and high < _WIDEST:
        high *= 2
    log_odds = sign * float(optimize.brentq(excess, 0.0, high, xtol=1e-15, rtol=1e-15))
    return math.exp(log_odds) if log_odds <= _LARGEST_LOG else math.inf


def _check_region(family: TiltedFamily, region: npt.ArrayLike) -> BoolArray:
    rejected = np.asarray(region, dtype=bool)
    if rejected.shape != family.support.shape:
        raise ValueError(f"region must have {family.support.size} values, one per joint count.")
    return rejected
