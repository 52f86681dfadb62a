"""Simulated studies of a planned sample, each analysed by the estimators of the package."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng

from relatum.inference.betabinomial import estimate_case_average
from relatum.inference.clustered_difference import clustered_difference
from relatum.inference.common import FloatArray, IntArray, Refusal
from relatum.inference.icc import design_effect
from relatum.inference.rate_score_test import rate_ratio_p_value
from relatum.inference.wild_proportion import clustered_proportion
from relatum.inference.within_counts import within_case_p_value
from relatum.models.planning_draws import (
    CellDesign,
    CrossCounts,
    ShareCounts,
    draw_attempts,
    draw_coded,
    draw_cross,
    draw_pair,
    draw_shares,
    draw_steps,
)
from relatum.study.planning import PlanningDesign

__all__ = ["CASE_AVERAGES", "STUDY_FIELDS", "SimulatedStudy", "simulate_studies", "simulate_study"]

#: Studies of each design in which the average investigation is estimated: its width varies little
#: from study to study.
CASE_AVERAGES = 25
_LOST = math.nan
_NONE = (_LOST, _LOST)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedStudy:
    """What one simulated study gives; NaN inside this module stands for a refusal.

    Attributes
    ----------
    relationships, coded, effective : float
        Relationships, those that are coded, and the independent ones that say as much.
    width, covers, width_bounds : float
        95% limits of the share among documented relationships: their width, and whether they hold
        the true share; and the width of the union of limits over both readings of silence.
    margin_figure, margin_pair, margin_open : float
        Smallest margin that holds the 90% limits of the difference: to the true share as a fixed
        figure, to a second sample, and to it under both crossed readings of silence.
    events, p_ratio : float
        Escape attempts, and the p value of a rate ratio of 1.
    reports, half_width : float
        Relationships with a report, and half the width of the 95% limits of the share of them with
        a step back.
    p_step, p_pair : float
        Exact p values within investigations: of a step back with a characteristic, and of two
        domains recorded together.
    width_case : float
        Width of the 95% interval of the share in an average investigation; a refusal, too, in
        studies that are not asked for it.
    """

    relationships: float
    coded: float
    effective: float
    width: float
    covers: float
    width_bounds: float
    margin_figure: float
    margin_pair: float
    margin_open: float
    events: float
    p_ratio: float
    reports: float
    half_width: float
    p_step: float
    p_pair: float
    width_case: float


#: The columns of `simulate_studies`.
STUDY_FIELDS: tuple[str, ...] = tuple(spec.name for spec in fields(SimulatedStudy))


def simulate_studies(
    design: PlanningDesign, cell: CellDesign, *, place: int, start: int, stop: int
) -> FloatArray:
    """Simulate some studies of one design.

    Parameters
    ----------
    design : PlanningDesign
    cell : CellDesign
    place : int
        The number of the design among all, which is part of every seed.
    start, stop : int
        Which studies; each has a seed of its own, so that it does not matter who draws it.

    Returns
    -------
    ndarray, shape (stop - start, n_fields)
        Columns are `STUDY_FIELDS`.

    Examples
    --------
    >>> cell = CellDesign(part="grid", cases=12, cap=0, icc=0.1)
    >>> whole = simulate_studies(PlanningDesign(), cell, place=0, start=0, stop=4)
    >>> part = simulate_studies(PlanningDesign(), cell, place=0, start=2, stop=4)
    >>> np.array_equal(whole[2:], part, equal_nan=True)
    True
    """
    found = np.empty((stop - start, len(STUDY_FIELDS)))
    for row, number in enumerate(range(start, stop)):
        rng = default_rng(SeedSequence(entropy=design.seed, spawn_key=(place, number)))
        study = simulate_study(design, cell, rng, average=number < CASE_AVERAGES)
        found[row] = [getattr(study, name) for name in STUDY_FIELDS]
    return found


def simulate_study(
    design: PlanningDesign, cell: CellDesign, rng: Generator, *, average: bool = True
) -> SimulatedStudy:
    """Draw one study and a second sample of the same design, and analyse them.

    Parameters
    ----------
    design : PlanningDesign
    cell : CellDesign
        Without a correlation, correlation and share are drawn from their priors.
    rng : Generator
    average : bool
        Whether the interval of the average investigation is computed, which takes longest.

    Returns
    -------
    SimulatedStudy
    """
    icc, share = cell.icc, design.prevalence
    if icc is None:
        icc = min(_draw_prior(design.prior_icc, rng), 0.9)
        share = min(max(_draw_prior(design.prior_prevalence, rng), 0.01), 0.99)
    relationships, coded = draw_coded(design, cell, rng)
    first = draw_shares(design, coded, share=share, icc=icc, rng=rng)
    other = draw_coded(design, cell, rng)[1]
    second = draw_shares(design, other, share=share, icc=icc, rng=rng)
    events, years = draw_attempts(design, coded, rng)
    reports, steps = draw_steps(design, coded, icc=icc, rng=rng)
    signs = (design.draws, int(rng.integers(2**31)))
    own = _limits(first.present, first.documented, 0.95, signs)
    figure = _limits(first.present, first.documented, 0.90, signs)
    back = _limits(steps, reports, 0.95, signs)
    p_ratio = rate_ratio_p_value(events, years, n_draws=signs[0], seed=signs[1])
    loss = design_effect(coded, icc=icc)
    exposed = np.asarray(rng.binomial(reports, design.exposed), dtype=np.int64)
    crossed = draw_cross(
        reports,
        exposed,
        share=design.retracted,
        icc=icc,
        odds_ratio=design.step_odds_ratio,
        rng=rng,
    )
    together = draw_pair(design, coded, share=share, icc=icc, rng=rng)
    return SimulatedStudy(
        relationships=relationships,
        coded=float(coded.sum()),
        effective=_LOST if isinstance(loss, Refusal) else loss.n_effective,
        width=own[1] - own[0],
        covers=_LOST if math.isnan(own[0]) else float(own[0] <= share <= own[1]),
        width_bounds=_open_width(first, own, signs),
        margin_figure=max(share - figure[0], figure[1] - share),
        margin_pair=_margin_documented(first, second, signs),
        margin_open=_margin_open(first, second, signs),
        events=float(events.sum()),
        p_ratio=_LOST if isinstance(p_ratio, Refusal) else p_ratio,
        reports=float(reports.sum()),
        half_width=(back[1] - back[0]) / 2.0,
        p_step=_within(crossed),
        p_pair=_within(together),
        width_case=_case_width(first) if average else _LOST,
    )


def _within(held: CrossCounts) -> float:
    found = within_case_p_value(held.joint, held.first, held.second, held.sizes)
    return _LOST if isinstance(found, Refusal) else found


def _case_width(held: ShareCounts) -> float:
    found = estimate_case_average(held.present, held.documented)
    return _LOST if isinstance(found, Refusal) else found.conf_high - found.conf_low


def _draw_prior(parameters: tuple[float, ...], rng: Generator) -> float:
    a, b = parameters
    return float(rng.beta(a, b))


def _limits(
    counts: IntArray, sizes: IntArray, level: float, signs: tuple[int, int]
) -> tuple[float, float]:
    if np.count_nonzero(sizes) < 2:
        return _NONE
    found = clustered_proportion(counts, sizes, conf_level=level, n_draws=signs[0], seed=signs[1])
    return _NONE if isinstance(found, Refusal) else (found.conf_low, found.conf_high)


def _open_width(held: ShareCounts, own: tuple[float, float], signs: tuple[int, int]) -> float:
    """Width of the union of the limits with silence as absence and as presence."""
    if (held.documented == held.coded).all():
        return own[1] - own[0]
    low = _limits(held.lowest, held.coded, 0.95, signs)[0]
    return _limits(held.highest, held.coded, 0.95, signs)[1] - low


def _margin_documented(a: ShareCounts, b: ShareCounts, signs: tuple[int, int]) -> float:
    low, high = _difference((a.present, a.documented), (b.present, b.documented), signs)
    return max(-low, high)


def _margin_open(a: ShareCounts, b: ShareCounts, signs: tuple[int, int]) -> float:
    """Return the margin that holds the limits under both crossed readings of silence."""
    if (a.documented == a.coded).all() and (b.documented == b.coded).all():
        return _margin_documented(a, b, signs)
    low = _difference((a.lowest, a.coded), (b.highest, b.coded), signs)[0]
    high = _difference((a.highest, a.coded), (b.lowest, b.coded), signs)[1]
    return max(-low, high)


def _difference(
    a: tuple[IntArray, IntArray], b: tuple[IntArray, IntArray], signs: tuple[int, int]
) -> tuple[float, float]:
    rows = [_rows(counts, sizes) for counts, sizes in (a, b)]
    found = clustered_difference(*rows[0], *rows[1], n_draws=signs[0], seed=signs[1])
    if isinstance(found, Refusal):
        return _NONE
    return found.conf90.conf_low, found.conf90.conf_high


def _rows(counts: IntArray, sizes: IntArray) -> tuple[FloatArray, IntArray]:
    """Spread counts over rows: ones first in each case."""
    case = np.repeat(np.arange(len(sizes)), sizes)
    within = np.arange(len(case)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return (within < counts[case]).astype(np.float64), case
