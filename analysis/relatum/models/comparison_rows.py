"""One row of the parallels matrix: read, contrasted, judged."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from relatum.inference.common import Refusal
from relatum.inference.equivalence_power import cases_needed, equivalence_power, smallest_margin
from relatum.models.comparison_contrasts import (
    Readings,
    contrast_readings,
    contrast_special,
    leave_out,
    posterior_within,
)
from relatum.models.comparison_ranks import contrast_ranks
from relatum.models.comparison_readings import read_mean, read_share
from relatum.models.comparison_samples import DepthWeights, Pair, Side
from relatum.models.comparison_special import special_row
from relatum.models.comparison_verdicts import Judged, Margins, judge
from relatum.results.comparison import CROSSED, CodedContrast, ComparedRow, RowSide
from relatum.schema.parallels import Parallel
from relatum.study import Study

__all__ = ["compare_row"]

#: Below this share, or above 1 less it, power was up to .2 off that of simulated verdicts
#: (`tests/benchmarks/results/size_equivalence.md`), and is not printed.
_LEAST_SHARE = 0.1
_NO_MARGIN = "no margin was declared in the plan, so no verdict can be reached"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Everything about a row but its identity."""

    judged: Judged
    sides: tuple[RowSide, RowSide] | None = None
    contrasts: tuple[CodedContrast, ...] = ()
    within: tuple[float, float] | None = None
    silence: float | None = None
    power: float | None = None
    smallest_margin: float | None = None
    cases_needed: int | None = None
    leave_out: tuple[float, float] | None = None
    unstandardised: str = ""


def compare_row(pair: Pair, row: Parallel, weights: DepthWeights, study: Study) -> ComparedRow:
    """Compare both samples in one row of the matrix.

    Parameters
    ----------
    pair : Pair
    row : Parallel
    weights : DepthWeights
        For a common documentation depth.
    study : Study

    Returns
    -------
    ComparedRow
        Before Holm's correction and before the assay: `verdict` and `verdict_before` are equal.
    """
    declared = study.margins.get(row.id)
    if not row.tested:
        found = _describe(pair, row, weights)
    elif declared is None:
        found = _Found(judged=Judged("unavailable", _NO_MARGIN))
    else:
        margins = Margins(declared[0], declared[1] if len(declared) > 1 else None)
        found = _compare(pair, row, margins, weights, study)
    return _row(row, declared, found)


def _describe(pair: Pair, row: Parallel, weights: DepthWeights) -> _Found:
    if row.kind == "global":
        return _Found(judged=Judged("described", "the rows together: see the global verdict"))
    if row.id == "P01":
        first, second = (_partner_share(side) for side in pair.sides)
        both = (first, second) if first and second else None
        return _Found(sides=both, judged=Judged("described", row.margin_reason))
    shown = replace(row, measure="dv_report_rate", levels=(), unit="relationship")
    found = [read_share(side, shown, weights.weights[side.name]) for side in pair.sides]
    a, b = found
    if isinstance(a, str) or isinstance(b, str):
        return _Found(judged=Judged("described", row.margin_reason))
    sides = (a.summary(), b.summary())
    return _Found(sides=sides, judged=Judged("described", row.margin_reason))


def _partner_share(side: Side) -> RowSide | None:
    """Count victims with a relationship; None where nobody knows whom the others belong to.

    A victim without a relationship has no population, so a sample of both cannot say it.
    """
    if not side.rows.all():
        return None
    victims = side.sample.tables["victims"]
    couples = side.sample.tables["relationships"].loc[side.rows, "victim_id"].dropna()
    has = victims["victim_id"].isin(couples).to_numpy(dtype=bool)
    n, present = len(victims), int(has.sum())
    if n == 0:
        return None
    return RowSide(
        n_units=n,
        n_cases=int(victims["case_id"].nunique()),
        n_present=present,
        n_absent=n - present,
        n_undocumented=0,
        low=present / n,
        high=present / n,
        documented=present / n,
    )


def _compare(
    pair: Pair, row: Parallel, margins: Margins, weights: DepthWeights, study: Study
) -> _Found:
    if row.kind in ("share", "mean"):
        return _compare_readings(pair, row, margins, weights, study)
    if row.kind == "rank":
        ranked = contrast_ranks(pair, margins, study)
        if isinstance(ranked, str):
            return _Found(judged=Judged("unavailable", ranked))
        contrasts, sides = ranked
        judged = judge(row, margins, contrasts)
        return _Found(
            sides=sides, contrasts=contrasts, judged=judged, unstandardised=judged.verdict
        )
    special = special_row(pair, row, study)
    if isinstance(special, str):
        return _Found(judged=Judged("unavailable", special))
    found = contrast_special(special, row, margins, study)
    if isinstance(found, str):
        return _Found(judged=Judged("unavailable", found))
    judged = judge(row, margins, found, condition=special.condition, opposed=special.opposed)
    return _Found(
        sides=(special.trafficking, special.domestic_violence),
        contrasts=found,
        judged=judged,
        unstandardised=judged.verdict,
    )


def _compare_readings(
    pair: Pair, row: Parallel, margins: Margins, weights: DepthWeights, study: Study
) -> _Found:
    read = read_share if row.kind == "share" else read_mean
    a, b = (read(side, row, weights.weights[side.name]) for side in pair.sides)
    if isinstance(a, str) or isinstance(b, str):
        return _Found(judged=Judged("unavailable", _one_sided(pair, a, b)))
    readings = (a, b)
    sides = (a.summary(), b.summary())
    weighted = contrast_readings(readings, row, margins, study, standardised=True)
    if isinstance(weighted, str):
        return _Found(sides=sides, judged=Judged("unavailable", weighted))
    silence = a.undocumented_share + b.undocumented_share if row.kind == "share" else None
    judged = judge(row, margins, weighted, silence=silence)
    plain = contrast_readings(readings, row, margins, study, standardised=False)
    unweighted = () if isinstance(plain, str) else plain
    return _planned(
        _Found(
            sides=sides,
            contrasts=(*weighted, *unweighted),
            judged=judged,
            within=None if row.kind == "mean" else posterior_within(readings, margins),
            silence=silence,
            leave_out=leave_out(readings),
            unstandardised=judge(row, margins, unweighted).verdict if unweighted else "",
        ),
        readings,
        row,
        margins,
        study,
    )


def _one_sided(pair: Pair, a: object, b: object) -> str:
    """Say which sample lacks a row."""
    parts = [
        f"{side.words}: {found}"
        for side, found in zip(pair.sides, (a, b), strict=True)
        if isinstance(found, str)
    ]
    return "; ".join(parts)


def _planned(
    found: _Found, readings: Readings, row: Parallel, margins: Margins, study: Study
) -> _Found:
    """Add what samples of these sizes could have shown, at the middle of all bounds."""
    if row.kind != "share" or row.contrast or margins.low is None:
        return found
    a, b = readings
    sizes = [np.unique(reading.cases, return_counts=True)[1].tolist() for reading in readings]
    middle = float(np.mean([reading.mean(end) for reading in readings for end in ("low", "high")]))
    near_edge = not _LEAST_SHARE <= middle <= 1.0 - _LEAST_SHARE
    # at a share of 0 or 1 nothing would vary
    share = min(0.95, max(0.05, middle))
    icc = max(study.comparison.iccs)
    one_sided = margins.high is None
    high = -margins.low if margins.high is None else margins.high
    power = equivalence_power(
        sizes_a=sizes[0],
        sizes_b=sizes[1],
        p_a=share,
        p_b=share,
        icc=icc,
        margin_low=margins.low,
        margin_high=high,
        undocumented_a=a.undocumented_share,
        undocumented_b=b.undocumented_share,
        level=study.comparison.level,
        one_sided=one_sided,
    )
    smallest = smallest_margin(
        sizes_a=sizes[0],
        sizes_b=sizes[1],
        p_a=share,
        p_b=share,
        icc=icc,
        level=study.comparison.level,
        one_sided=one_sided,
    )
    pooled = np.concatenate(sizes)
    needed = cases_needed(
        margin=min(abs(margins.low), high),
        icc=icc,
        mean_size=float(pooled.mean()),
        cv=float(pooled.std() / pooled.mean()),
        p=share,
        level=study.comparison.level,
        one_sided=one_sided,
    )
    return replace(
        found,
        power=None if near_edge else power,
        smallest_margin=None if isinstance(smallest, Refusal) else smallest,
        cases_needed=None if isinstance(needed, Refusal) else needed,
    )


def _row(row: Parallel, declared: tuple[float, ...] | None, found: _Found) -> ComparedRow:
    crossed = [part for part in found.contrasts if part.coding in CROSSED]
    decided = [part.p_value for part in crossed[:2] if part.p_value is not None]
    bounds = declared or ()
    return ComparedRow(
        id=row.id,
        family=row.family,
        characteristic=row.dv_characteristic,
        estimand=row.estimand,
        scale=row.scale,
        measure=row.measure,
        unit=row.unit,
        among=row.among,
        kind=row.kind,
        contrast=row.contrast,
        primary=row.primary,
        margin_low=bounds[0] if bounds else None,
        margin_high=bounds[1] if len(bounds) > 1 else None,
        margin_type=row.margin_type,
        margin_reason=row.margin_reason,
        trafficking=found.sides[0] if found.sides else None,
        domestic_violence=found.sides[1] if found.sides else None,
        contrasts=found.contrasts,
        verdict=found.judged.verdict,
        verdict_before=found.judged.verdict,
        why=found.judged.why,
        p_value=max(decided) if len(decided) == 2 else None,
        p_holm=None,
        within_low=found.within[0] if found.within else None,
        within_high=found.within[1] if found.within else None,
        undocumented_sum=found.silence,
        power=found.power,
        smallest_margin=found.smallest_margin,
        cases_needed=found.cases_needed,
        leave_out_low=found.leave_out[0] if found.leave_out else None,
        leave_out_high=found.leave_out[1] if found.leave_out else None,
        verdict_unstandardised=found.unstandardised,
        main_threat=row.main_threat,
    )
