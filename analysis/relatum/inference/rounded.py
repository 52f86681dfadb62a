"""Printed means and percentages: which whole-number totals round to them, and whether any does."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from relatum.inference.feasible import IntegerRange

__all__ = ["GridCheck", "check_grid", "rounded_totals"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GridCheck:
    """Whether a printed mean or percentage can come from whole numbers.

    Attributes
    ----------
    possible : bool
        Whether some whole-number total gives the printed value after rounding.
    has_power : bool
        Whether a wrong value could have been found out: the grid of possible values is coarser
        than the printed precision.
    totals : IntegerRange
        The totals that round to the printed value.
    nearest : float
        The possible value closest to the printed one.
    """

    possible: bool
    has_power: bool
    totals: IntegerRange
    nearest: float


def rounded_totals(
    printed: Fraction, *, n: int, decimals: int, scale: int = 1, lenient: bool = False
) -> IntegerRange:
    """Return the whole-number totals over `n` units that print as a mean or percentage.

    Parameters
    ----------
    printed : Fraction
        The printed value, exactly as printed (``Fraction("23.4")``).
    n : int
        The number of units, at least 1.
    decimals : int
        The decimals printed.
    scale : int
        1 for a mean, 100 for a percentage.
    lenient : bool
        Whether a value half way between two printed ones may have been rounded either way;
        otherwise it is rounded up.

    Returns
    -------
    IntegerRange
        Empty where no total prints as the value. May start below 0.

    Examples
    --------
    >>> rounded_totals(Fraction(23), n=76, decimals=0)
    IntegerRange(low=1710, high=1785)
    """
    if n < 1 or decimals < 0:
        raise ValueError(f"n must be at least 1 and decimals at least 0, not {n} and {decimals}.")
    half = Fraction(1, 2 * 10**decimals)
    low = math.ceil((printed - half) * n / scale)
    above = (printed + half) * n / scale
    high = math.floor(above) if lenient else math.ceil(above) - 1
    return IntegerRange(low, high)


def check_grid(printed: Fraction, *, n: int, decimals: int, scale: int = 1) -> GridCheck:
    """Test whether a printed mean or percentage can come from whole numbers (GRIM).

    Parameters
    ----------
    printed : Fraction
        The printed value, exactly as printed.
    n : int
        The number of units, at least 1.
    decimals : int
        The decimals printed.
    scale : int
        1 for a mean of whole numbers, 100 for a percentage.

    Returns
    -------
    GridCheck
        Without power (``n`` at least ``scale * 10 ** decimals``) every printed value is possible
        and a pass says nothing.

    Notes
    -----
    A value half way between two printed ones may have been rounded either way.

    References
    ----------
    Brown, N. J. L. & Heathers, J. A. J. (2017). The GRIM test. *Social Psychological and
    Personality Science*, 8(4), 363-369. doi:10.1177/1948550616673876

    Examples
    --------
    A mean of 3.48 cannot come from 20 whole numbers; a mean of 23 from 76 says nothing:

    >>> found = check_grid(Fraction("3.48"), n=20, decimals=2)
    >>> found.possible, found.has_power, found.nearest
    (False, True, 3.5)
    >>> check_grid(Fraction(23), n=76, decimals=0).has_power
    False
    """
    totals = rounded_totals(printed, n=n, decimals=decimals, scale=scale, lenient=True)
    nearest = Fraction(math.floor(printed * n / scale + Fraction(1, 2)) * scale, n)
    return GridCheck(
        possible=not totals.empty,
        has_power=n < scale * 10**decimals,
        totals=totals,
        nearest=float(nearest),
    )
