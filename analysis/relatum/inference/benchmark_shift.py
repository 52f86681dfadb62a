"""A sample beside one published figure whose instrument may have read higher or lower.

A published figure was measured in another way, and nobody knows what that way would have given in
the sample. The arithmetic here gives the verdict as if there were no such shift, and the smallest
shift that would change it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from relatum.inference.common import Interval, Refusal, check_conf_level, normal_quantile
from relatum.inference.intervals import binomial_interval

__all__ = ["BenchmarkShift", "Position", "judge_shift", "published_interval"]

#: Where the difference lies: inside the margins, above or below them, or none of these shown.
Position = Literal["inside", "above", "below", "not_shown"]

_PUBLISHED_LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkShift:
    """A position against the margins, and the shifts of the benchmark that change it.

    Attributes
    ----------
    position : {"inside", "above", "below", "not_shown"}
        Without any shift.
    tip_down, tip_up : float or None
        The smallest shift of the benchmark downwards (at most 0, or a factor of at most 1) and
        upwards, beyond which the position is another one; None where no possible shift does that.
    position_down, position_up : str or None
        The position beyond that shift.
    """

    position: Position
    tip_down: float | None
    position_down: Position | None
    tip_up: float | None
    position_up: Position | None


def published_interval(
    estimate: float,
    *,
    n: int | None = None,
    limits: tuple[float, float] | None = None,
    statistic: str = "share",
    conf_level: float = 0.95,
) -> Interval | Refusal:
    """Give the sampling limits of a published figure, at a level of one's own.

    Parameters
    ----------
    estimate : float
        The figure: a share between 0 and 1, a mean, or a rate above 0.
    n : int, optional
        Independent units that a share rests on.
    limits : tuple of float, optional
        The 95% limits of the source; used where there is no share with an `n`.
    statistic : {"share", "mean", "rate"}
    conf_level : float

    Returns
    -------
    Interval or Refusal
        A refusal where the source gives neither `n` nor limits.

    Raises
    ------
    ValueError
        If the figure is off its scale, `n` is below 1, or the limits do not enclose it.

    Notes
    -----
    Wilson limits of round(n x estimate) out of n; they are too narrow where the source sampled
    clusters. Limits of the source keep their sides: each distance is multiplied by
    z(conf_level) / z(.95), on the log scale for a rate. That assumes a normal estimate there.

    Examples
    --------
    >>> print(published_interval(0.5, n=216))
    0.500 (95% 0.434 to 0.566)
    >>> print(published_interval(0.5, n=216, conf_level=0.9))
    0.500 (90% 0.444 to 0.556)
    """
    check_conf_level(conf_level)
    _check_published(estimate, n, limits, statistic)
    if statistic == "share" and n is not None:
        found = binomial_interval(round(n * estimate), n, method="wilson", conf_level=conf_level)
        if isinstance(found, Refusal):  # pragma: no cover - n is at least 1
            return found
        # The printed share is kept; its count is only known up to rounding.
        low, high = min(found.conf_low, estimate), max(found.conf_high, estimate)
        method = "wilson"
    elif limits is not None:
        low, high = _rescaled(estimate, limits, conf_level, log=statistic == "rate")
        method = "published"
        if statistic == "share":
            low, high = max(low, 0.0), min(high, 1.0)
    else:
        why = "the source gives neither limits nor the number that a share is out of"
        return Refusal("limits of a published figure", why)
    return Interval(
        estimate=estimate, conf_low=low, conf_high=high, conf_level=conf_level, method=method
    )


def _check_published(
    estimate: float, n: int | None, limits: tuple[float, float] | None, statistic: str
) -> None:
    faults = []
    if statistic not in ("share", "mean", "rate"):
        faults.append(f"statistic must be share, mean or rate, not {statistic!r}")
    if not math.isfinite(estimate):
        faults.append("the figure must be finite")
    elif statistic == "share" and not 0.0 <= estimate <= 1.0:
        faults.append(f"a share must lie between 0 and 1, not {estimate:g}")
    elif statistic == "rate" and estimate <= 0.0:
        faults.append(f"a rate must lie above 0, not {estimate:g}")
    if n is not None and n < 1:
        faults.append(f"n must be at least 1, not {n}")
    if limits is not None and not limits[0] <= estimate <= limits[1]:
        faults.append("the limits must enclose the figure, the lower one first")
    if limits is not None and statistic == "rate" and limits[0] <= 0.0:
        faults.append("the limits of a rate must lie above 0")
    if faults:
        raise ValueError("; ".join(faults) + ".")


def _rescaled(
    estimate: float, limits: tuple[float, float], conf_level: float, *, log: bool
) -> tuple[float, float]:
    factor = normal_quantile(conf_level) / normal_quantile(_PUBLISHED_LEVEL)
    if log:
        ends = (estimate * (limit / estimate) ** factor for limit in limits)
    else:
        ends = (estimate + factor * (limit - estimate) for limit in limits)
    low, high = ends
    return low, high


def judge_shift(
    equivalence: Sequence[Interval],
    difference: Sequence[Interval],
    *,
    margin_low: float | None = None,
    margin_high: float | None = None,
    ratio: bool = False,
    shift_low: float = -math.inf,
    shift_high: float = math.inf,
) -> BenchmarkShift:
    """Place a difference against margins, and find the shifts that would place it elsewhere.

    Parameters
    ----------
    equivalence : sequence of Interval
        Sample less benchmark (or sample over benchmark), one interval per coding of what the file
        does not say, at the level 1 - 2 alpha: inside means that all of them lie inside.
    difference : sequence of Interval
        The same at the level 1 - alpha: above means that all of them lie above the upper margin.
    margin_low, margin_high : float, optional
        At least one; with a lower margin alone the claim is "at least as".
    ratio : bool
        Whether intervals, margins and shifts are ratios and not differences.
    shift_low, shift_high : float
        The shifts of the benchmark that its scale allows: a share of .9 can read at most .1
        higher. With `ratio` factors, 0 and infinity for no bound.

    Returns
    -------
    BenchmarkShift

    Raises
    ------
    ValueError
        If there is no interval or margin, levels differ, margins are crossed, or a ratio is not
        above 0; every fault is named.

    Notes
    -----
    A benchmark that reads d too low on the sample's instrument stands for b + d, so both limits
    fall by d while their distances from the estimate stay. Inside holds for
    max(high) - margin_high < d < min(low) - margin_low, above for d < min(low) - margin_high,
    and below for d > max(high) - margin_low; the tipping value is the nearest end of these
    ranges on each side. For ratios the same holds for logarithms.

    Examples
    --------
    The 90% limits -.05 and .10 lie inside .15; a benchmark shifted by more than .10 upwards or
    .05 downwards would leave that open.

    >>> ninety = Interval(estimate=0.02, conf_low=-0.05, conf_high=0.1, conf_level=0.9, method="")
    >>> wide = Interval(estimate=0.02, conf_low=-0.07, conf_high=0.12, conf_level=0.95, method="")
    >>> found = judge_shift([ninety], [wide], margin_low=-0.15, margin_high=0.15)
    >>> found.position, round(found.tip_down, 3), round(found.tip_up, 3), found.position_up
    ('inside', -0.05, 0.1, 'not_shown')
    """
    _check_judged(equivalence, difference, margin_low, margin_high, ratio)
    judged = _Judged.of(equivalence, difference, margin_low, margin_high, ratio=ratio)
    bounds = [_log_or_infinite(bound) if ratio else bound for bound in (shift_low, shift_high)]
    down, position_down = _nearest(judged, side=-1, bound=bounds[0])
    up, position_up = _nearest(judged, side=1, bound=bounds[1])
    back: Callable[[float], float] = math.exp if ratio else float
    return BenchmarkShift(
        position=judged.position(0.0),
        tip_down=None if down is None else back(down),
        position_down=position_down,
        tip_up=None if up is None else back(up),
        position_up=position_up,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """Limits over all codings and margins, on a scale on which shifts are added."""

    low_inside: float
    high_inside: float
    low_outside: float
    high_outside: float
    bottom: float
    top: float

    @classmethod
    def of(
        cls,
        equivalence: Sequence[Interval],
        difference: Sequence[Interval],
        margin_low: float | None,
        margin_high: float | None,
        *,
        ratio: bool,
    ) -> _Judged:
        place = _log_or_infinite if ratio else float
        return cls(
            low_inside=place(min(one.conf_low for one in equivalence)),
            high_inside=place(max(one.conf_high for one in equivalence)),
            low_outside=place(min(one.conf_low for one in difference)),
            high_outside=place(max(one.conf_high for one in difference)),
            bottom=-math.inf if margin_low is None else place(margin_low),
            top=math.inf if margin_high is None else place(margin_high),
        )

    def position(self, shift: float) -> Position:
        """Place the difference from a benchmark that is shifted upwards."""
        # A margin that is not there is passed by every limit, an infinite one too.
        over = self.bottom == -math.inf or self.low_inside - shift > self.bottom
        under = self.top == math.inf or self.high_inside - shift < self.top
        if over and under:
            return "inside"
        if self.low_outside - shift > self.top:
            return "above"
        return "below" if self.high_outside - shift < self.bottom else "not_shown"

    @property
    def turns(self) -> tuple[float, ...]:
        """The shifts at which one limit meets one margin."""
        pairs = (
            (self.low_inside, self.bottom),
            (self.high_outside, self.bottom),
            (self.high_inside, self.top),
            (self.low_outside, self.top),
        )
        met = [limit - margin for limit, margin in pairs if math.isfinite(limit - margin)]
        return tuple(sorted(set(met)))


def _log_or_infinite(value: float) -> float:
    if value <= 0.0:
        return -math.inf
    return math.log(value) if math.isfinite(value) else value


def _nearest(judged: _Judged, *, side: int, bound: float) -> tuple[float | None, Position | None]:
    """Return the turn nearest to 0 on one side, beyond which another position holds."""
    here = judged.position(0.0)
    ahead = sorted(turn * side for turn in judged.turns if turn * side >= 0.0)
    for number, turn in enumerate(ahead):
        if turn >= bound * side:
            break
        beyond = ahead[number + 1] if number + 1 < len(ahead) else turn + 1.0
        found = judged.position(side * (turn + beyond) / 2.0)
        if found != here:
            return side * turn, found
    return None, None


def _check_judged(
    equivalence: Sequence[Interval],
    difference: Sequence[Interval],
    margin_low: float | None,
    margin_high: float | None,
    ratio: bool,
) -> None:
    faults = []
    for name, intervals in (("equivalence", equivalence), ("difference", difference)):
        if len({round(one.conf_level, 9) for one in intervals}) != 1:
            faults.append(f"{name} must hold intervals of one level, at least one")
    margins = [margin for margin in (margin_low, margin_high) if margin is not None]
    if not margins:
        faults.append("give margin_low, margin_high or both")
    if len(margins) == 2 and margins[0] >= margins[1]:
        faults.append("margin_low must lie below margin_high")
    if ratio and any(margin <= 0.0 for margin in margins):
        faults.append("the margins of a ratio must lie above 0")
    if ratio and any(one.conf_low < 0.0 for one in (*equivalence, *difference)):
        faults.append("the limits of a ratio must not be negative")
    if faults:
        raise ValueError("; ".join(faults) + ".")
