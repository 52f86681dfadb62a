"""Precision and power of a sample that does not exist yet, by simulation.

Each simulated study goes through the estimators that a collected sample would go through. The
simulated numbers describe a design; they are never findings.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from relatum import __version__
from relatum.inference.common import FloatArray
from relatum.inference.rate_score_test import events_needed
from relatum.models.planning_draws import CellDesign, mean_coded
from relatum.models.planning_studies import STUDY_FIELDS, simulate_studies
from relatum.models.planning_words import plan_notes, plan_settings
from relatum.results.base import Provenance
from relatum.results.planning import PlanCell, PlanTargets, SamplePlan
from relatum.schema import load_schema
from relatum.study.planning import PlanningDesign
from relatum.workers import stream_tasks

__all__ = ["count_studies", "design_cells", "plan_sample"]

#: Studies that a worker simulates before it reports.
CHUNK = 50
_LEVEL = 0.05


def plan_sample(
    design: PlanningDesign,
    *,
    jobs: int | None = None,
    checkpoint: str | Path | None = None,
    advance: Callable[[int], None] | None = None,
) -> SamplePlan:
    """Simulate the designs of a plan.

    Parameters
    ----------
    design : PlanningDesign
    jobs : int, optional
        Workers, -1 for one per core; see `relatum.workers.run_tasks`. The numbers do not depend on
        it: each study has a seed of its own.
    checkpoint : path, optional
        A folder for finished studies, which the next run of the same plan takes up.
    advance : callable, optional
        Is told how many studies were just finished.

    Returns
    -------
    SamplePlan

    Raises
    ------
    ValueError
        For a wrong number of workers.
    UsageError, EstimationError, InterruptedRunError
        See `relatum.workers.run_tasks`.

    Notes
    -----
    Shares of investigations follow a beta distribution with the given intra-case correlation;
    escape attempts are Poisson with a gamma frailty of the investigation. Intervals of shares and
    differences are inverted restricted wild bootstraps of whole investigations; the smallest margin
    at a power is that quantile of the margins which the 90% limits of the studies need. Domains and
    steps back are tested exactly within investigations; the level of a pair is divided by the
    number of pairs, which is a little stricter than the resampling of an analysis. Size
    and outcome are unrelated: where large investigations differ from small ones, expect less.

    Examples
    --------
    >>> tiny = PlanningDesign(studies=10, cases=(20,), iccs=(0.1,), draws=99)
    >>> found = plan_sample(tiny)
    >>> [cell.label for cell in found.part("advice")][:2]
    ['as planned', 'twice as many investigations']
    >>> found.line(0.1)[0].n_studies
    10
    """
    cells = design_cells(design)
    tasks = [
        (place, start, min(start + CHUNK, design.studies))
        for place in range(len(cells))
        for start in range(0, design.studies, CHUNK)
    ]
    drawn: dict[int, list[FloatArray]] = {place: [] for place in range(len(cells))}
    calls = [(design, cells[place], place, start, stop) for place, start, stop in tasks]
    studies = stream_tasks(_studies, calls, jobs=jobs, checkpoint=checkpoint, size=1)
    for (place, start, stop), found in zip(tasks, studies, strict=True):
        drawn[place].append(found)
        if advance is not None:
            advance(stop - start)
    return SamplePlan(
        title=design.title,
        settings=plan_settings(design),
        targets=PlanTargets(
            width=design.target_width,
            margin=design.target_margin,
            half_width=design.target_half_width,
            rate_ratio=design.rate_ratio,
            pair_odds_ratio=design.pair_odds_ratio,
            step_odds_ratio=design.step_odds_ratio,
            power=design.power,
            events=_events(design),
        ),
        cells=tuple(
            _summarise(design, cell, np.concatenate(drawn[at])) for at, cell in enumerate(cells)
        ),
        notes=plan_notes(design),
        provenance=Provenance(
            relatum_version=__version__,
            schema_version=load_schema().version,
            sample_name=design.name,
            sample_fingerprint="",
            sample_origin="simulated",
            study_hash=design.hash,
            seed=design.seed,
        ),
    )


def count_studies(design: PlanningDesign) -> int:
    """Count the studies that `plan_sample` simulates.

    Examples
    --------
    >>> count_studies(PlanningDesign(studies=20, cases=(12,), iccs=(0.1,)))
    160
    """
    return len(design_cells(design)) * design.studies


def design_cells(design: PlanningDesign) -> tuple[CellDesign, ...]:
    """List the designs of a plan: the grid, the priors, and what advice rests on.

    Parameters
    ----------
    design : PlanningDesign

    Returns
    -------
    tuple of CellDesign
        Advice starts from the smallest number of investigations and the middle correlation; its
        cap is never above that of the plan.

    Examples
    --------
    >>> [cell.cases for cell in design_cells(PlanningDesign(cases=(12,), iccs=(0.1,)))]
    [12, 12, 12, 24, 12, 12, 19, 24]
    """
    grid = [
        CellDesign(part="grid", cases=cases, cap=design.cap, icc=icc)
        for cases in design.cases
        for icc in design.iccs
    ]
    averaged = [
        CellDesign(part="assurance", cases=cases, cap=design.cap, icc=None)
        for cases in design.cases
    ]
    return (*grid, *averaged, *_advice(design))


def _advice(design: PlanningDesign) -> Iterable[CellDesign]:
    base, icc = design.cases[0], design.iccs[len(design.iccs) // 2]
    limit = min(design.advice_cap, design.cap or design.advice_cap)

    def cell(label: str, cases: int, cap: int, factor: int = 1) -> CellDesign:
        return CellDesign(part="advice", label=label, cases=cases, cap=cap, icc=icc, factor=factor)

    yield cell("as planned", base, design.cap)
    yield cell("twice as many investigations", 2 * base, design.cap)
    yield cell("twice as many relationships in each", base, design.cap, 2)
    yield cell(f"at most {limit} coded in each", base, limit)
    coded = base * mean_coded(design, cap=design.cap)
    spread = max(base, round(coded / mean_coded(design, cap=limit)))
    yield cell(f"as many coded, at most {limit} in each", spread, limit)
    yield cell(f"twice as many investigations, at most {limit} in each", 2 * base, limit)


def _studies(
    design: PlanningDesign, cell: CellDesign, place: int, start: int, stop: int
) -> FloatArray:
    return simulate_studies(design, cell, place=place, start=start, stop=stop)


def _summarise(design: PlanningDesign, cell: CellDesign, drawn: FloatArray) -> PlanCell:
    column = {name: drawn[:, at] for at, name in enumerate(STUDY_FIELDS)}
    width, half, p_ratio = column["width"], column["half_width"], column["p_ratio"]
    held = width[np.isfinite(width)]
    spread = float(held.std(ddof=1)) if len(held) > 1 else 0.0
    return PlanCell(
        part=cell.part,
        label=cell.label,
        cases=cell.cases,
        cap=cell.cap,
        icc=cell.icc,
        relationships=_mean(column["relationships"]),
        coded=_mean(column["coded"]),
        effective=_mean(column["effective"]),
        n_studies=len(drawn),
        width=_mean_of_some(width),
        width_error=spread / math.sqrt(max(len(held), 1)),
        coverage=_mean_of_some(column["covers"]),
        width_bounds=_mean_of_some(column["width_bounds"]),
        reach_width=float((width <= design.target_width).mean()),
        margin_figure=_smallest(column["margin_figure"], design.power),
        margin_pair=_smallest(column["margin_pair"], design.power),
        margin_open=_smallest(column["margin_open"], design.power),
        power_pair=float((column["margin_pair"] < design.target_margin).mean()),
        power_open=float((column["margin_open"] < design.target_margin).mean()),
        events=_mean(column["events"]),
        power_ratio=float((p_ratio <= _LEVEL).mean()),
        reports=_mean(column["reports"]),
        half_width=_mean_of_some(half),
        reach_half_width=float((half <= design.target_half_width).mean()),
        width_case=_mean_of_some(column["width_case"]),
        power_domains=float((column["p_pair"] <= _LEVEL / design.pairs).mean()),
        power_step=float((column["p_step"] <= _LEVEL).mean()),
        n_no_ratio=int(np.isnan(p_ratio).sum()),
        n_no_half_width=int(np.isnan(half).sum()),
    )


def _events(design: PlanningDesign) -> int | None:
    if design.rate_ratio == 1:
        return None
    return events_needed(ratio=design.rate_ratio, exposed=design.exposed, power=design.power)


def _mean(values: FloatArray) -> float:
    held = values[np.isfinite(values)]
    return float(held.mean()) if len(held) else 0.0


def _mean_of_some(values: FloatArray) -> float | None:
    """Return the mean over the studies that give the number; None where none does."""
    return _mean(values) if np.isfinite(values).any() else None


def _smallest(margins: FloatArray, power: float) -> float | None:
    """Return the margin that this share of studies show; refusals show none."""
    ordered = np.sort(np.where(np.isfinite(margins), margins, np.inf))
    found = float(ordered[math.ceil(round(power * len(ordered), 9)) - 1])
    return found if found < 1.0 else None
