"""From readings of two samples to contrasts under every coding of silence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from relatum.inference.betabinomial import CasePosterior, case_posterior
from relatum.inference.clustered_difference import ClusteredDifference, clustered_difference
from relatum.inference.common import Interval, Refusal, finite_or_none, t_quantile
from relatum.inference.equivalence import equivalence_test
from relatum.inference.mover import difference_limits, ratio_limits
from relatum.inference.posterior_difference import probability_within
from relatum.models.comparison_readings import Reading
from relatum.models.comparison_samples import sample_named
from relatum.models.comparison_sums import SpecialRow
from relatum.models.comparison_verdicts import Margins
from relatum.results.comparison import CROSSED, CodedContrast
from relatum.schema.parallels import RATIO_SCALES, Parallel
from relatum.study import Study

__all__ = [
    "Readings",
    "contrast_readings",
    "contrast_special",
    "leave_out",
    "posterior_within",
]

Readings: TypeAlias = tuple[Reading, Reading]

_SAME = ("low_low", "high_high")


def contrast_readings(
    readings: Readings, row: Parallel, margins: Margins, study: Study, *, standardised: bool
) -> tuple[CodedContrast, ...] | str:
    """Contrast two readings under the crossed codings, and under the same ones.

    Parameters
    ----------
    readings : tuple of Reading
        Trafficking first.
    row : Parallel
    margins : Margins
    study : Study
    standardised : bool
        Whether the weights for a common documentation depth are used. Only the crossed codings
        are computed without them.

    Returns
    -------
    tuple of CodedContrast, or str
        The reason where there is none.
    """
    found = []
    for coding in (*CROSSED, *_SAME) if standardised else CROSSED:
        contrast = _difference(readings, coding, row, study, weighted=standardised)
        if isinstance(contrast, Refusal):
            return sample_named(contrast.why)
        level = study.comparison.level
        inner = contrast.interval(conf_level=1 - 2 * level)
        outer = contrast.interval(conf_level=1 - level)
        test = contrast.test(margin_low=margins.low, margin_high=margins.high, level=level)
        found.append(
            CodedContrast(
                coding=coding,
                standardised=standardised,
                estimate=contrast.estimate,
                conf_low_90=finite_or_none(inner.conf_low),
                conf_high_90=finite_or_none(inner.conf_high),
                conf_low_95=finite_or_none(outer.conf_low),
                conf_high_95=finite_or_none(outer.conf_high),
                p_value=None if row.contrast else test.p_value,
            )
        )
    return tuple(found)


def _difference(
    readings: Readings, coding: str, row: Parallel, study: Study, *, weighted: bool
) -> ClusteredDifference | Refusal:
    first, second = coding.split("_")
    a, b = readings
    widest = 1.0 if row.kind == "share" else math.inf
    return clustered_difference(
        a.values(first),
        a.cases,
        b.values(second),
        b.cases,
        weights_a=a.weights if weighted else None,
        weights_b=b.weights if weighted else None,
        support=(-widest, widest),
        n_draws=study.comparison.draws,
        seed=study.seed,
    )


def leave_out(readings: Readings) -> tuple[float, float] | None:
    """Return the range of the difference, both crossed codings, without one case at a time."""
    values = []
    for coding in CROSSED:
        first, second = coding.split("_")
        a, b = (
            _without(reading, end) for reading, end in zip(readings, (first, second), strict=True)
        )
        whole = readings[0].mean(first), readings[1].mean(second)
        values += [value - whole[1] for value in a] + [whole[0] - value for value in b]
    return (min(values), max(values)) if values else None


def _without(reading: Reading, coding: str) -> list[float]:
    """Means without each case in turn, where any unit is left."""
    _, case = np.unique(reading.cases, return_inverse=True)
    weight = np.bincount(case, weights=reading.weights)
    total = np.bincount(case, weights=reading.weights * reading.values(coding))
    rest = weight.sum() - weight
    return [float(value) for value in (total.sum() - total)[rest > 0] / rest[rest > 0]]


def posterior_within(readings: Readings, margins: Margins) -> tuple[float, float] | None:
    """Return the posterior probability inside the margins: both crossed codings, sorted."""
    found = []
    for coding in CROSSED:
        first, second = coding.split("_")
        a, b = _posterior(readings[0], first), _posterior(readings[1], second)
        if a is None or b is None:
            return None
        low = -math.inf if margins.low is None else margins.low
        high = math.inf if margins.high is None else margins.high
        found.append(probability_within(a, b, margin_low=low, margin_high=high))
    return min(found), max(found)


def _posterior(reading: Reading, coding: str) -> CasePosterior | None:
    _, case = np.unique(reading.cases, return_inverse=True)
    counts = np.bincount(case, weights=reading.values(coding)).astype(int)
    found = case_posterior(counts, np.bincount(case))
    return None if isinstance(found, Refusal) else found


# --- rows that are no share ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Ends:
    estimate: float
    inner: tuple[float, float]
    outer: tuple[float, float]
    p_value: float | None


def contrast_special(
    found: SpecialRow, row: Parallel, margins: Margins, study: Study
) -> tuple[CodedContrast, ...] | str:
    """Contrast a row that is no share, under both crossed codings.

    Parameters
    ----------
    found : SpecialRow
    row : Parallel
    margins : Margins
        On the scale of the row; ratios are tested on the logarithm.
    study : Study

    Returns
    -------
    tuple of CodedContrast, or str
    """
    contrasts = []
    for coding in CROSSED:
        ends = (
            _from_fit(found, coding, row, margins, study)
            if found.fits
            else _from_limits(found, coding, row, margins, study)
        )
        if isinstance(ends, Refusal):
            return ends.why
        contrasts.append(
            CodedContrast(
                coding=coding,
                standardised=False,
                estimate=ends.estimate,
                conf_low_90=finite_or_none(ends.inner[0]),
                conf_high_90=finite_or_none(ends.inner[1]),
                conf_low_95=finite_or_none(ends.outer[0]),
                conf_high_95=finite_or_none(ends.outer[1]),
                p_value=ends.p_value,
            )
        )
    return tuple(contrasts)


def _from_fit(
    found: SpecialRow, coding: str, row: Parallel, margins: Margins, study: Study
) -> _Ends | Refusal:
    fit = found.fits[coding]
    ratio = row.scale in RATIO_SCALES
    scaled = _logs(margins) if ratio else margins
    test = equivalence_test(
        fit.estimate,
        fit.std_error,
        margin_low=scaled.low,
        margin_high=scaled.high,
        df=fit.df,
        level=study.comparison.level,
    )
    if isinstance(test, Refusal):
        return test
    half = t_quantile(1 - study.comparison.level, fit.df) * fit.std_error
    back = math.exp if ratio else float
    return _Ends(
        back(fit.estimate),
        (back(test.conf_low), back(test.conf_high)),
        (back(fit.estimate - half), back(fit.estimate + half)),
        test.p_value,
    )


def _from_limits(
    found: SpecialRow, coding: str, row: Parallel, margins: Margins, study: Study
) -> _Ends | Refusal:
    ratio = row.scale in RATIO_SCALES
    inner, outer = (
        _joined(found.intervals[coding, level], ratio=ratio)
        for level in (1 - 2 * study.comparison.level, 1 - study.comparison.level)
    )
    if isinstance(inner, Refusal):
        return inner
    if isinstance(outer, Refusal):
        return outer
    p_value = _p_from_limits(inner, margins, study.comparison.level, ratio=ratio)
    return _Ends(
        inner.estimate,
        (inner.conf_low, inner.conf_high),
        (outer.conf_low, outer.conf_high),
        p_value,
    )


def _joined(parts: tuple[Interval, Interval], *, ratio: bool) -> Interval | Refusal:
    return ratio_limits(*parts) if ratio else difference_limits(*parts)


def _logs(margins: Margins) -> Margins:
    return Margins(
        None if margins.low is None else math.log(margins.low),
        None if margins.high is None else math.log(margins.high),
    )


def _p_from_limits(inner: Interval, margins: Margins, level: float, *, ratio: bool) -> float:
    """Return the p value of the one-sided tests that agree with the limits.

    The distance of the margin is measured in units of the distance of the limit on its side, as
    if that side were normal: p is below `level` exactly where the limit lies inside the margin.
    """
    from scipy.special import ndtr, ndtri

    def scaled(value: float) -> float:
        return (math.log(value) if value > 0 else -math.inf) if ratio else value

    quantile = -float(ndtri(level))
    found = [0.0]
    for margin, limit, sign in (
        (margins.low, inner.conf_low, 1.0),
        (margins.high, inner.conf_high, -1.0),
    ):
        if margin is None:
            continue
        room = sign * (scaled(inner.estimate) - scaled(margin))
        reach = sign * (scaled(inner.estimate) - scaled(limit))
        if not math.isfinite(reach) or reach <= 0:
            found.append(1.0)
            continue
        found.append(float(ndtr(-quantile * room / reach)))
    return max(found)
