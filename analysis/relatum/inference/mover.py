"""Limits of a difference or a ratio from the separate limits of two independent estimates.

The "method of variance estimates recovery": each side of the new interval uses the distance of
the limit that matters there, so that skewed and one-sided limits keep their shape.
"""

from __future__ import annotations

import math
from typing import Protocol

from relatum.inference.common import Interval, Refusal

__all__ = ["Limits", "difference_limits", "ratio_limits"]


class Limits(Protocol):
    """An estimate with limits: `Interval`, `CaseAverage` and others."""

    @property
    def estimate(self) -> float:
        """The estimate."""

    @property
    def conf_low(self) -> float:
        """Lower limit."""

    @property
    def conf_high(self) -> float:
        """Upper limit."""

    @property
    def conf_level(self) -> float:
        """Nominal coverage."""


def _check(a: Limits, b: Limits) -> None:
    faults = []
    if abs(a.conf_level - b.conf_level) > 1e-9:
        faults.append(f"the limits have levels {a.conf_level:g} and {b.conf_level:g}; use one")
    for name, one in (("a", a), ("b", b)):
        if not one.conf_low <= one.estimate <= one.conf_high:
            faults.append(f"the limits of {name} do not enclose its estimate")
    if faults:
        raise ValueError("; ".join(faults) + ".")


def difference_limits(a: Limits, b: Limits) -> Interval:
    """Limits of a - b for independent estimates.

    Parameters
    ----------
    a, b : Limits
        With the same level.

    Returns
    -------
    Interval

    Raises
    ------
    ValueError
        For levels that differ, or limits that do not enclose their estimate.

    Notes
    -----
    low = a - b - sqrt((a - low_a)^2 + (high_b - b)^2), and high likewise (Zou and Donner 2008,
    doi:10.1002/sim.3095). With Wilson limits it is Newcombe's interval. It never leaves the
    range that the two pairs of limits allow.

    Examples
    --------
    >>> from relatum.inference.intervals import binomial_interval
    >>> print(difference_limits(binomial_interval(56, 70), binomial_interval(48, 80)))
    0.200 (95% 0.052 to 0.334)
    """
    _check(a, b)
    gap = a.estimate - b.estimate
    down = math.hypot(a.estimate - a.conf_low, b.conf_high - b.estimate)
    up = math.hypot(a.conf_high - a.estimate, b.estimate - b.conf_low)
    return Interval(
        estimate=gap,
        conf_low=gap - down,
        conf_high=gap + up,
        conf_level=a.conf_level,
        method="mover",
    )


def ratio_limits(a: Limits, b: Limits) -> Interval | Refusal:
    """Limits of a / b for independent estimates, on the log scale.

    Parameters
    ----------
    a, b : Limits
        Not negative, with the same level.

    Returns
    -------
    Interval or Refusal
        On the scale of the ratio; a refusal where an estimate is 0, whose logarithm is not
        finite. A lower limit of 0 gives a limit of 0 or infinity.

    Raises
    ------
    ValueError
        For negative limits, levels that differ, or limits that do not enclose their estimate.

    Notes
    -----
    Zou and Donner (2008, doi:10.1002/sim.3095) on logarithms.

    Examples
    --------
    >>> from relatum.inference.intervals import binomial_interval
    >>> print(ratio_limits(binomial_interval(56, 70), binomial_interval(48, 80)))
    1.333 (95% 1.078 to 1.664)
    """
    _check(a, b)
    if a.conf_low < 0.0 or b.conf_low < 0.0:
        raise ValueError("a ratio needs limits of 0 or above.")
    if a.estimate <= 0.0 or b.estimate <= 0.0:
        return Refusal("limits of a ratio", "one of the two estimates is 0")
    down = math.hypot(
        _log_gap(a.estimate, above=a.conf_low), _log_gap(b.conf_high, above=b.estimate)
    )
    up = math.hypot(_log_gap(a.conf_high, above=a.estimate), _log_gap(b.estimate, above=b.conf_low))
    ratio = a.estimate / b.estimate
    return Interval(
        estimate=ratio,
        conf_low=ratio * math.exp(-down),
        conf_high=ratio * math.exp(up),
        conf_level=a.conf_level,
        method="mover_log",
    )


def _log_gap(value: float, *, above: float) -> float:
    """Return the distance on the log scale; infinite from 0 and to infinity."""
    return math.inf if above == 0.0 or math.isinf(value) else math.log(value / above)
