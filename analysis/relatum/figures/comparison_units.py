"""Rows of the parallels matrix in units of their margins, so that all share one axis."""

from __future__ import annotations

import math
from dataclasses import dataclass

from relatum.results.comparison import CROSSED, CodedContrast, ComparedRow
from relatum.tables.comparison_words import decisive

__all__ = ["RANKS", "VerdictMark", "has_place", "in_margins", "verdict_marks"]

#: The scale on which no difference is full agreement.
RANKS = "kendall_tau"
_RATIOS = ("rate_ratio", "cumulative_odds_ratio", "hazard_ratio_ratio")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictMark:
    """One row of the matrix under one crossed coding, as it is drawn.

    Attributes
    ----------
    id, characteristic, family, scale : str
    contrast : bool
        Whether a difference is expected.
    coding : {"low_high", "high_low"}
    standardised : bool
        Whether both samples are weighted to a common documentation depth.
    margin_low, margin_high : float or None
    estimate : float
        On the scale of the row.
    at, low_90, high_90, low_95, high_95 : float or None
        Estimate and limits in units of the margin: the margins lie at -1 and 1, no difference at
        0; ratios by their logarithm. None on a side without a limit, infinite for a ratio of 0.
    verdict : str
    """

    id: str
    characteristic: str
    family: str
    scale: str
    contrast: bool
    coding: str
    standardised: bool
    margin_low: float | None
    margin_high: float | None
    estimate: float
    at: float
    low_90: float | None
    high_90: float | None
    low_95: float | None
    high_95: float | None
    verdict: str


def _shift(value: float, scale: str) -> float:
    """Return the distance from no difference."""
    if scale == RANKS:
        return value - 1.0
    if scale not in _RATIOS:
        return value
    return math.log(value) if value > 0 else -math.inf


def in_margins(value: float, row: ComparedRow) -> float:
    """Return a value in units of the margin of a row.

    Parameters
    ----------
    value : float
        On the scale of the row.
    row : ComparedRow
        Has a place, see `has_place`.

    Returns
    -------
    float
        0 for no difference, -1 and 1 at the margins; a ratio by its logarithm, an agreement in
        rank by what it lacks to full agreement. Minus infinity for a ratio of 0. A value on a side
        without a margin is told in units of the other one.
    """
    shift = _shift(value, row.scale)
    nearest, other = row.margin_high, row.margin_low
    if shift < 0:
        nearest, other = other, nearest
    margin = nearest if nearest is not None else other
    return shift / abs(_shift(margin or 0.0, row.scale))


def _limit(value: float | None, row: ComparedRow) -> float | None:
    return None if value is None else in_margins(value, row)


def _mark(row: ComparedRow, found: CodedContrast) -> VerdictMark:
    return VerdictMark(
        id=row.id, characteristic=row.characteristic, family=row.family, scale=row.scale,
        contrast=row.contrast, coding=found.coding, standardised=found.standardised,
        margin_low=row.margin_low, margin_high=row.margin_high, estimate=found.estimate,
        at=in_margins(found.estimate, row),
        low_90=_limit(found.conf_low_90, row), high_90=_limit(found.conf_high_90, row),
        low_95=_limit(found.conf_low_95, row), high_95=_limit(found.conf_high_95, row),
        verdict=row.verdict,
    )  # fmt: skip


def has_place(row: ComparedRow) -> bool:
    """Say whether a row has margins that enclose no difference, and both crossed codings."""
    low = -1.0 if row.margin_low is None else _shift(row.margin_low, row.scale)
    high = 1.0 if row.margin_high is None else _shift(row.margin_high, row.scale)
    declared = row.margin_low is not None or row.margin_high is not None
    encloses = declared and -math.inf < low < 0 < high
    return encloses and all(decisive(row, coding) is not None for coding in CROSSED)


def verdict_marks(row: ComparedRow) -> list[VerdictMark]:
    """Return a row under both crossed codings, weighted by depth where it has such contrasts."""
    held = [decisive(row, coding) for coding in CROSSED]
    return [_mark(row, contrast) for contrast in held if contrast is not None]
