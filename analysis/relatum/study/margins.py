"""Margins of equivalence: what a row of the parallels matrix may declare, and their hash."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Protocol

__all__ = ["margin_fault", "margins_hash"]

#: Largest absolute difference that a scale allows; ratios are free above zero.
_WIDEST: Mapping[str, float] = {
    "risk_difference": 1.0,
    "mean_difference": 5.0,
    "log_odds_ratio_difference": 5.0,
    "kendall_tau": 1.0,
}
_RATIOS = ("rate_ratio", "cumulative_odds_ratio", "hazard_ratio_ratio")


class _Row(Protocol):
    @property
    def scale(self) -> str: ...
    @property
    def margin_type(self) -> str: ...


def margin_fault(row: _Row, margins: tuple[float, ...]) -> str:
    """Say what is wrong with the margins of a row; empty where nothing is.

    Parameters
    ----------
    row : Parallel
        The row of the matrix: its scale and its type of margin.
    margins : tuple of float
        The lower and the upper margin, or the lower alone.

    Returns
    -------
    str
        A sentence without a subject, or nothing.

    Examples
    --------
    >>> from relatum.schema.parallels import load_parallels
    >>> margin_fault(load_parallels()["P02"], (-0.15, 0.15))
    ''
    >>> margin_fault(load_parallels()["P02"], (-1.5, 1.5))
    'is wider than the scale: margins of a risk difference lie between -1 and 1, without both.'
    """
    if row.margin_type in ("description", "global"):
        return "has no margin: this row is not tested."
    if not all(type(value) is float and math.isfinite(value) for value in margins):
        return "must be a list of numbers."
    wanted = 1 if row.margin_type == "non_inferiority" else 2
    if len(margins) != wanted:
        return f"must be {'one number, the lower margin' if wanted == 1 else 'two numbers'}."
    if wanted == 2 and margins[0] >= margins[1]:
        return "must be two numbers, the smaller first."
    return _off_scale(row.scale, margins)


def _off_scale(scale: str, margins: tuple[float, ...]) -> str:
    words = scale.replace("_", " ")
    if scale in _RATIOS:
        fits = margins[0] > 0 and margins[0] < 1 and (len(margins) == 1 or margins[1] > 1)
        return "" if fits else f"must enclose 1 and lie above 0: it is a {words}."
    widest = _WIDEST[scale]
    if any(abs(value) >= widest for value in margins):
        return (
            f"is wider than the scale: margins of a {words} lie between {-widest:g} and "
            f"{widest:g}, without both."
        )
    if scale == "kendall_tau":
        return "" if margins[0] > 0 else "must lie above 0: no agreement at all is no parallel."
    if margins[0] >= 0 or (len(margins) == 2 and margins[1] <= 0):
        return "must enclose 0."
    return ""


def margins_hash(margins: Mapping[str, tuple[float, ...]]) -> str:
    """Return the SHA-256 of declared margins; their order does not count.

    Examples
    --------
    >>> margins_hash({"P02": (-0.15, 0.15)}) == margins_hash({"P02": (-0.15, 0.15)})
    True
    """
    rows = {name: list(values) for name, values in margins.items()}
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()
