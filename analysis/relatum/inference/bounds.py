"""What a share can be when some rows are not documented: identification before estimation.

Not documented is not absent. Every function here names the bound it computes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from relatum.inference.common import Refusal, check_counts

__all__ = [
    "ShareBounds",
    "TippingPoint",
    "monotone_bounds",
    "share_at_odds_ratio",
    "tipping_point",
    "worst_case_bounds",
]

MIN_DOCUMENTED = 0.60
MAX_WIDTH = 0.40
REFERENCE_MARKS = (0.0, 0.25, 0.5, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareBounds:
    """Smallest and largest share that the undocumented rows allow.

    Attributes
    ----------
    low, high : float
        Ends of the identified set.
    assumption : {"worst_case", "monotone"}
        What is assumed of the undocumented rows.
    present, absent, undocumented : int
        Rows of each status; they add up to the population described.
    documented_share : float
    count_low, count_high : int
        The same ends as numbers of rows (worst case), or the whole counts inside (monotone).
    bounds_only : bool
        Less than 60% is documented: no point estimate may be printed.
    confirmatory : bool
        The bounds are at most 0.40 wide: the item may stay in a confirmatory family.
    """

    low: float
    high: float
    assumption: str
    present: int
    absent: int
    undocumented: int
    documented_share: float
    count_low: int
    count_high: int
    bounds_only: bool
    confirmatory: bool

    @property
    def width(self) -> float:
        """Length of the identified set."""
        return self.high - self.low


@dataclass(frozen=True, slots=True, kw_only=True)
class TippingPoint:
    """How unlike the documented rows the others must be to move a conclusion.

    Attributes
    ----------
    odds_ratio : float
        rho = odds(present | undocumented) / odds(present | documented) at which the share equals
        the threshold.
    threshold : float
    share_of_undocumented : float
        The share present among the undocumented rows that belongs to it.
    marks : tuple of float
        Reference values of rho.
    shares_at_marks : tuple of float
        The share in all rows at each of them.
    """

    odds_ratio: float
    threshold: float
    share_of_undocumented: float
    marks: tuple[float, ...]
    shares_at_marks: tuple[float, ...]


def _checked(present: int, absent: int, undocumented: int) -> int:
    check_counts({"present": present, "absent": absent, "undocumented": undocumented})
    return int(present) + int(absent) + int(undocumented)


def _share_bounds(
    present: int, absent: int, undocumented: int, *, high: float, assumption: str
) -> ShareBounds:
    n = present + absent + undocumented
    low = present / n
    documented = (present + absent) / n
    return ShareBounds(
        low=low,
        high=high,
        assumption=assumption,
        present=present,
        absent=absent,
        undocumented=undocumented,
        documented_share=documented,
        count_low=present,
        count_high=math.floor(high * n + 1e-9),
        bounds_only=documented < MIN_DOCUMENTED,
        confirmatory=high - low <= MAX_WIDTH + 1e-12,
    )


def worst_case_bounds(present: int, absent: int, undocumented: int) -> ShareBounds | Refusal:
    """Bounds of a share that hold whatever the undocumented rows are.

    Parameters
    ----------
    present, absent, undocumented : int
        Rows documented as present, documented as absent, and not documented.

    Returns
    -------
    ShareBounds or Refusal
        A refusal when there is no row.

    Raises
    ------
    ValueError
        For a count that is negative or not whole.

    Notes
    -----
    [n1 / N, (n1 + nU) / N] (Manski 1989, doi:10.2307/145818). Sharp, and free of any assumption
    about why a row is silent. With less than 60% documented only bounds may be printed; wider
    than 0.40 the item leaves every confirmatory family.

    Examples
    --------
    >>> found = worst_case_bounds(30, 20, 23)
    >>> round(found.low, 3), round(found.high, 3), found.count_low, found.count_high
    (0.411, 0.726, 30, 53)
    """
    n = _checked(present, absent, undocumented)
    if n == 0:
        return Refusal("bounds of a share", "there is no row")
    return _share_bounds(
        present, absent, undocumented, high=(present + undocumented) / n, assumption="worst_case"
    )


def monotone_bounds(present: int, absent: int, undocumented: int) -> ShareBounds | Refusal:
    """Bounds of a share when presence is at least as easy to document as absence.

    Parameters
    ----------
    present, absent, undocumented : int

    Returns
    -------
    ShareBounds or Refusal
        A refusal when no row is documented.

    Raises
    ------
    ValueError
        For a count that is negative or not whole.

    Notes
    -----
    Monotone documentation: P(present | undocumented) <= P(present | documented), hence
    [n1 / N, n1 / (n1 + n0)]. Plausible for tactics; not for coping and affection in files that
    look for offences: do not use it there.

    Examples
    --------
    >>> round(monotone_bounds(30, 20, 23).high, 3)
    0.6
    """
    n = _checked(present, absent, undocumented)
    if n == 0:
        return Refusal("bounds under monotone documentation", "there is no row")
    if present + absent == 0:
        return Refusal("bounds under monotone documentation", "no row is documented")
    high = present / (present + absent)
    return _share_bounds(present, absent, undocumented, high=high, assumption="monotone")


def share_at_odds_ratio(
    present: int, absent: int, undocumented: int, *, odds_ratio: float
) -> float | Refusal:
    """Share in all rows when the undocumented ones have `odds_ratio` times the documented odds.

    Parameters
    ----------
    present, absent, undocumented : int
    odds_ratio : float
        rho, from 0 (none of the undocumented is present) over 1 (they are like the others) to
        infinity (all are).

    Returns
    -------
    float or Refusal
        A refusal when no row is documented.

    Examples
    --------
    >>> round(share_at_odds_ratio(30, 20, 23, odds_ratio=0.5), 3)
    0.546
    """
    n = _checked(present, absent, undocumented)
    if not odds_ratio >= 0:
        raise ValueError(f"odds_ratio must be 0 or more, not {odds_ratio!r}.")
    if n == 0 or present + absent == 0:
        return Refusal("share at a given odds ratio", "no row is documented")
    if math.isinf(odds_ratio):
        share = 1.0 if present else 0.0
    else:
        weight = odds_ratio * present
        share = weight / (weight + absent) if weight + absent > 0 else 0.0
    return (present + undocumented * share) / n


def tipping_point(
    present: int,
    absent: int,
    undocumented: int,
    *,
    threshold: float,
    marks: Sequence[float] = REFERENCE_MARKS,
) -> TippingPoint | Refusal:
    """Find the odds ratio of the undocumented rows at which a share crosses a threshold.

    Parameters
    ----------
    present, absent, undocumented : int
    threshold : float
        The share at which the conclusion changes, between 0 and 1.
    marks : sequence of float
        Odds ratios at which the share is listed for reference.

    Returns
    -------
    TippingPoint or Refusal
        A refusal, with the side on which every completion lies, when the undocumented rows
        cannot move the share across the threshold.

    Raises
    ------
    ValueError
        For a count that is negative or not whole, or a threshold outside 0 to 1.

    Notes
    -----
    rho* solves (n1 + nU q) / N = threshold with q the share whose odds are rho n1 / n0.

    Examples
    --------
    >>> round(tipping_point(30, 20, 23, threshold=0.5).odds_ratio, 3)
    0.263
    """
    n = _checked(present, absent, undocumented)
    what = "tipping point"
    if not 0.0 < threshold < 1.0:
        raise ValueError(f"threshold must lie between 0 and 1, not {threshold!r}.")
    if n == 0 or present + absent == 0:
        return Refusal(what, "no row is documented")
    if present == 0 or absent == 0:
        return Refusal(what, "every documented row has the same status, so their odds are 0 or 1/0")
    low, high = present / n, (present + undocumented) / n
    if not low < threshold < high:
        side = "above" if low >= threshold else "below"
        return Refusal(what, f"every completion lies {side} the threshold or on it")
    share = (threshold * n - present) / undocumented
    shares = [share_at_odds_ratio(present, absent, undocumented, odds_ratio=m) for m in marks]
    return TippingPoint(
        odds_ratio=share / (1.0 - share) * absent / present,
        threshold=threshold,
        share_of_undocumented=share,
        marks=tuple(marks),
        shares_at_marks=tuple(s for s in shares if not isinstance(s, Refusal)),
    )
