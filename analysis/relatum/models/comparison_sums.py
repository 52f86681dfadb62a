"""What rows of the parallels matrix that are no share give, and how case sums are contrasted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from relatum.inference.case_jackknife import JackknifeContrast, jackknife_contrast
from relatum.inference.common import Interval, Refusal
from relatum.models.comparison_samples import Pair, Side, sample_named
from relatum.results.comparison import RowSide
from relatum.study import Study

__all__ = ["SpecialRow", "contrast_sums", "limit_levels", "smaller_first"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecialRow:
    """What a row that is no share gives.

    Attributes
    ----------
    trafficking, domestic_violence : RowSide
    fits : mapping of str to JackknifeContrast
        By crossed coding, on the scale of the tests (logarithms of ratios).
    intervals : mapping of (str, float) to tuple of Interval
        By crossed coding and level, both samples; where the contrast comes from their limits.
    condition : str
        Empty, or why equivalence cannot be claimed whatever the limits say.
    opposed : bool or None
        Where a difference is one of sign: whether the signs are shown to differ. None where the
        limits of the contrast decide.
    """

    trafficking: RowSide
    domestic_violence: RowSide
    fits: Mapping[str, JackknifeContrast]
    intervals: Mapping[tuple[str, float], tuple[Interval, Interval]]
    condition: str = ""
    opposed: bool | None = None


def contrast_sums(
    sums: Callable[[Side, str], FloatArray | str],
    pair: Pair,
    statistic: Callable[[FloatArray, FloatArray], FloatArray],
) -> dict[str, JackknifeContrast] | str:
    """Contrast case sums under both crossed codings.

    Parameters
    ----------
    sums : callable
        Takes a side and ``low`` or ``high``; returns sums by case, or why there are none.
    pair : Pair
    statistic : callable
        As `relatum.inference.case_jackknife.jackknife_contrast`.
    """
    fits: dict[str, JackknifeContrast] = {}
    for coding in ("low_high", "high_low"):
        first, second = coding.split("_")
        a, b = sums(pair.trafficking, first), sums(pair.domestic_violence, second)
        if isinstance(a, str) or isinstance(b, str):
            return a if isinstance(a, str) else str(b)
        found = jackknife_contrast(a, b, statistic)
        if isinstance(found, Refusal):
            return sample_named(found.why)
        fits[coding] = found
    return fits


def smaller_first(
    low: FloatArray, high: FloatArray, value: Callable[[FloatArray], FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Put two readings of one sample in the order of a value that either may raise.

    Silence as present, or dates at their latest, can lower a ratio. Crossed by name, both samples
    could then move in one direction; crossed in this order they move apart.

    Parameters
    ----------
    low, high : ndarray, shape (n_cases, ...)
        Sums by case.
    value : callable
        Takes totals.

    Examples
    --------
    >>> first, _ = smaller_first(np.array([[4.0]]), np.array([[3.0]]), lambda total: total)
    >>> first.item()
    3.0
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        turned = bool(value(high.sum(axis=0)) < value(low.sum(axis=0)))
    return (high, low) if turned else (low, high)


def limit_levels(study: Study) -> tuple[float, float]:
    """Return the levels of the limits that decide: of equivalence, and of a difference."""
    return 1 - 2 * study.comparison.level, 1 - study.comparison.level
