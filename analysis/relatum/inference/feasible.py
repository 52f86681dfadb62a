"""What whole numbers can do: sums of banded counts, and every solution.

Published tables give bands ("five cases with three to five") and a total. Each is a constraint on
whole numbers. The functions here say exactly which totals and which sizes meet all of them, by
arithmetic and enumeration, never by simulation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from relatum.inference.common import IntArray, Refusal

__all__ = [
    "Band",
    "IntegerRange",
    "SizeSolutions",
    "band_mean_range",
    "count_solutions",
    "effective_numbers",
    "fix_values",
    "list_solutions",
    "sum_range",
]


@dataclass(frozen=True, slots=True)
class Band:
    """A number of units whose whole-number value lies between two limits.

    Attributes
    ----------
    low : int
        The lowest value, included, from 0.
    high : int or None
        The highest value, included; None where there is no limit.
    count : int
        The number of units.
    """

    low: int
    high: int | None
    count: int

    def __post_init__(self) -> None:
        if self.low < 0 or self.count < 0:
            raise ValueError(f"A band has limits and a count from 0, not {self}.")
        if self.high is not None and self.high < self.low:
            raise ValueError(f"A band's lower limit is at most its upper one, not {self}.")


@dataclass(frozen=True, slots=True)
class IntegerRange:
    """All whole numbers between two limits; empty where `low` exceeds `high`.

    Attributes
    ----------
    low : int
    high : int or None
        None where there is no limit.
    """

    low: int
    high: int | None

    @property
    def empty(self) -> bool:
        """Whether no number is left."""
        return self.high is not None and self.high < self.low

    def meet(self, other: IntegerRange) -> IntegerRange:
        """Return the numbers that both hold.

        Examples
        --------
        >>> IntegerRange(3, None).meet(IntegerRange(0, 5))
        IntegerRange(low=3, high=5)
        """
        tops = [top for top in (self.high, other.high) if top is not None]
        return IntegerRange(max(self.low, other.low), min(tops) if tops else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeSolutions:
    """The ways in which units can fill bands and add up to a total.

    Attributes
    ----------
    sizes : array of int, shape (n_listed, n_units)
        One solution per row. Columns follow the bands; within a band values do not fall, because
        units of a band are not told apart.
    count : int
        The exact number of solutions, also where fewer are listed.
    total : int
    """

    sizes: IntArray
    count: int
    total: int

    @property
    def complete(self) -> bool:
        """Whether every solution is listed."""
        return len(self.sizes) == self.count


def sum_range(bands: Sequence[Band], *, attained: Sequence[int] = ()) -> IntegerRange | Refusal:
    """Return the totals that banded units can have.

    Parameters
    ----------
    bands : sequence of Band
        Disjoint bands.
    attained : sequence of int
        Values that at least one unit each has, such as a published minimum and maximum.

    Returns
    -------
    IntegerRange or Refusal
        Every whole number in the range is possible. Refused where an attained value has no unit
        left that can take it.

    Examples
    --------
    Ages of 15 women of 17-19, 54 of 20-29 and 7 of 30-35, the youngest 17, the oldest 35:

    >>> ages = [Band(17, 19, 15), Band(20, 29, 54), Band(30, 35, 7)]
    >>> sum_range(ages, attained=(17, 35))
    IntegerRange(low=1550, high=2094)
    """
    placed = fix_values(bands, attained)
    if isinstance(placed, Refusal):
        return placed
    low = sum(band.low * band.count for band in placed)
    if any(band.high is None and band.count for band in placed):
        return IntegerRange(low, None)
    return IntegerRange(low, sum((band.high or 0) * band.count for band in placed))


def fix_values(bands: Sequence[Band], attained: Sequence[int]) -> list[Band] | Refusal:
    """Give every attained value a unit of its own, taken out of a band that holds it.

    Solutions in which the values occur, and solutions of the bands returned, match one to one.

    Parameters
    ----------
    bands : sequence of Band
        Disjoint bands.
    attained : sequence of int
        Values that at least one unit each has.

    Returns
    -------
    list of Band or Refusal
        The bands with a unit fewer where one was taken, then one band per value.

    Examples
    --------
    >>> fix_values([Band(1, 5, 3)], (1, 5))
    [Band(low=1, high=5, count=1), Band(low=1, high=1, count=1), Band(low=5, high=5, count=1)]
    """
    left, fixed = list(bands), []
    for value in dict.fromkeys(attained):
        at = next((i for i, band in enumerate(left) if _holds(band, value)), None)
        if at is None:
            return Refusal("total", f"no unit can have the value {value}")
        band = left[at]
        left[at] = Band(band.low, band.high, band.count - 1)
        fixed.append(Band(value, value, 1))
    return left + fixed


def _holds(band: Band, value: int) -> bool:
    below_top = band.high is None or value <= band.high
    return band.count > 0 and band.low <= value and below_top


def band_mean_range(
    bands: Sequence[Band], totals: IntegerRange, *, band: int, attained: Sequence[int] = ()
) -> tuple[float, float] | Refusal:
    """Return the lowest and highest mean of one band, given the total of all.

    Parameters
    ----------
    bands : sequence of Band
        Bands with upper limits.
    totals : IntegerRange
        The totals that are possible, such as those that round to a published mean.
    band : int
        The position of the band asked about.
    attained : sequence of int
        Values that at least one unit each has.

    Returns
    -------
    tuple of float or Refusal
        Both ends are reached. Refused where the bands cannot have such a total.

    Examples
    --------
    >>> ages = [Band(17, 19, 15), Band(20, 29, 54), Band(30, 35, 7)]
    >>> low, high = band_mean_range(ages, IntegerRange(1710, 1785), band=1, attained=(17, 35))
    >>> round(low, 2), round(high, 2)
    (21.89, 24.35)
    """
    mine, others = bands[band], [b for at, b in enumerate(bands) if at != band]
    fixed = [value for value in attained if _holds(mine, value)]
    own = sum_range([mine], attained=fixed)
    rest = sum_range(others, attained=[value for value in attained if value not in fixed])
    if isinstance(own, Refusal):
        return own
    if isinstance(rest, Refusal):
        return rest
    if rest.high is None or totals.high is None or mine.count == 0:
        return Refusal("mean of a band", "a limit is missing or the band is empty")
    sums = own.meet(IntegerRange(max(totals.low - rest.high, 0), totals.high - rest.low))
    if sums.empty or sums.high is None:
        return Refusal("mean of a band", "the bands cannot have such a total")
    return sums.low / mine.count, sums.high / mine.count


# --- solutions ------------------------------------------------------------------------------


def count_solutions(bands: Sequence[Band], total: int) -> int:
    """Count the ways in which units can fill bands and add up to a total.

    Units of one band are not told apart; units of different bands are, so that bands should not
    overlap.

    Parameters
    ----------
    bands : sequence of Band
    total : int

    Returns
    -------
    int
        Exact, by dynamic programming over sums.

    Examples
    --------
    Five cases with 1-2 relationships, five with 3-5, two with more than 20, 73 in all:

    >>> count_solutions([Band(1, 2, 5), Band(3, 5, 5), Band(21, None, 2)], 73)
    318
    """
    ways = [1] + [0] * max(total, 0)
    for band in bands:
        ways = _convolve(ways, _band_ways(band, total))
    return ways[total] if total >= 0 else 0


def _band_ways(band: Band, total: int) -> list[int]:
    """Count, for every sum up to the total, the multisets of values of one band."""
    base = band.low * band.count
    ways = [0] * (max(total, 0) + 1)
    if base > total:
        return ways
    room = total - base
    widest = room if band.high is None else min(room, band.high - band.low)
    table = [[1] + [0] * room] + [[0] * (room + 1) for _ in range(band.count)]
    # Values above the lower limit, one after the other; a unit may repeat a value.
    for value in range(1, widest + 1):
        for used in range(1, band.count + 1):
            before, row = table[used - 1], table[used]
            for rest in range(value, room + 1):
                row[rest] += before[rest - value]
    for used in range(band.count + 1):  # the units left over sit at the lower limit
        for rest in range(room + 1):
            ways[base + rest] += table[used][rest]
    return ways


def _convolve(first: list[int], second: list[int]) -> list[int]:
    result = [0] * len(first)
    for i, left in enumerate(first):
        if left:
            for j in range(len(first) - i):
                result[i + j] += left * second[j]
    return result


def list_solutions(
    bands: Sequence[Band], total: int, *, limit: int = 100_000
) -> SizeSolutions | Refusal:
    """List the ways in which units can fill bands and add up to a total.

    Parameters
    ----------
    bands : sequence of Band
        Disjoint bands.
    total : int
    limit : int
        The largest number of solutions to list; `SizeSolutions.count` is exact all the same.

    Returns
    -------
    SizeSolutions or Refusal
        Refused where there is no solution; the reason names the totals that are possible.

    Examples
    --------
    Three cases with one suspect, four with 2-3, four with 6-7, one large, 70 in all:

    >>> bands = [Band(1, 1, 3), Band(2, 3, 4), Band(6, 7, 4), Band(8, None, 1)]
    >>> found = list_solutions(bands, 70)
    >>> found.count, int(found.sizes.max(axis=1).min()), int(found.sizes.max())
    (25, 27, 35)
    """
    count = count_solutions(bands, total)
    if count == 0:
        reach = sum_range(bands)
        if isinstance(reach, Refusal):
            return reach
        top = "no limit" if reach.high is None else str(reach.high)
        return Refusal("sizes", f"the bands allow totals from {reach.low} to {top}, not {total}")
    rows: list[tuple[int, ...]] = []
    for solution in _fill(tuple(bands), total):
        if len(rows) == limit:
            break
        rows.append(solution)
    units = sum(band.count for band in bands)
    sizes = np.array(rows, dtype=np.int64).reshape(len(rows), units)
    return SizeSolutions(sizes=sizes, count=count, total=total)


def _fill(bands: tuple[Band, ...], total: int) -> Iterator[tuple[int, ...]]:
    """Yield every solution, in lexical order."""
    if not bands:
        if total == 0:
            yield ()
        return
    first, rest = bands[0], bands[1:]
    floor = sum(band.low * band.count for band in rest)
    open_top = any(band.high is None and band.count for band in rest)
    top = None if open_top else sum((band.high or 0) * band.count for band in rest)
    most = total - floor
    least = 0 if top is None else total - top
    for values in _band_values(first.low, first.high, first.count, least, most):
        for others in _fill(rest, total - sum(values)):
            yield (*values, *others)


def _band_values(
    low: int, high: int | None, count: int, least: int, most: int
) -> Iterator[tuple[int, ...]]:
    """Yield the values of one band, not falling, whose sum lies between two limits."""
    if count == 0:
        if least <= 0 <= most:
            yield ()
        return
    if high is not None and high * count < least:
        return
    top = most // count if high is None else min(high, most // count)
    first = max(low, least) if count == 1 else low
    for value in range(first, top + 1):
        for others in _band_values(value, high, count - 1, least - value, most - value):
            yield (value, *others)


def effective_numbers(sizes: IntArray) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return Kish's effective number of groups for every row of sizes.

    Parameters
    ----------
    sizes : array of int, shape (n_solutions, n_groups)

    Returns
    -------
    array of float, shape (n_solutions,)
        (sum n)^2 / sum n^2: the number of equal groups that would weigh the same.

    Examples
    --------
    >>> effective_numbers(np.array([[4, 4, 4], [10, 1, 1]])).round(2).tolist()
    [3.0, 1.41]
    """
    values = np.asarray(sizes, dtype=np.float64)
    result: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = values.sum(axis=1) ** 2 / (
        values**2
    ).sum(axis=1)
    return result
