"""Whole profiles of both samples: distances, ranks, co-occurrence, curves, balance."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from relatum.inference.common import Refusal
from relatum.inference.network_comparison import compare_cooccurrence
from relatum.inference.profile_distance import profile_distance
from relatum.inference.rank_agreement import rank_agreement
from relatum.inference.standardisation import Standardised
from relatum.models.comparison_balance import balance_rows, read_covariates, standardise_rows
from relatum.models.comparison_curves import compare_times
from relatum.models.comparison_measures import measure_statuses
from relatum.models.comparison_ranks import barrier_matrix
from relatum.models.comparison_readings import Reading, read_share, units_among
from relatum.models.comparison_samples import Pair, open_pair, sample_named
from relatum.models.comparison_special import DOMAINS
from relatum.results.base import Note, Unavailable
from relatum.results.comparison_profile import (
    ComparisonProfile,
    DistanceRow,
    ProfilePoint,
    StandardisedRow,
)
from relatum.results.provenance import provenance_of
from relatum.samples import Sample
from relatum.schema.parallels import Parallel, load_parallels
from relatum.schema.status import ABSENT, PRESENT, UNDOCUMENTED
from relatum.study import Study

__all__ = ["compare_profiles", "profile_matrix"]

FloatArray = npt.NDArray[np.float64]
_WHAT = "whole profiles of both samples"
#: Five to ten cases, large and small, against 30 of two relationships: the largest difference had
#: p <= .05 in .05 to .16 of simulated samples of one population, more often with fewer cases. Not
#: so against twice as many or fewer (`tests/benchmarks/results/type_one_profiles.md`).
_ENOUGH_CASES, _MOST_TIMES = 12, 2
_CODINGS = {
    "documented": "documented alone",
    "low_high": "silence absent in trafficking, present in domestic violence",
    "high_low": "silence present in trafficking, absent in domestic violence",
}


def compare_profiles(
    sample: Sample, study: Study, *, pair: Pair | str | None = None
) -> ComparisonProfile | Unavailable:
    """Compare the profiles of both samples as wholes.

    Parameters
    ----------
    sample : Sample
    study : Study
        As `relatum.models.comparison.compare_samples`.
    pair : Pair or str, optional
        From `open_pair`, where it is at hand already.

    Returns
    -------
    ComparisonProfile or Unavailable

    Raises
    ------
    PlanError, SampleError
        As `compare_samples`.

    Notes
    -----
    A profile is the share of every characteristic of the matrix that is a share of relationships.
    Its distance is the mean absolute difference. Two samples of one population are never at
    distance zero: the mean over permutations of sample labels, whole cases at a time, stands
    beside it, and similarity is claimed by an upper limit alone.
    """
    pair = open_pair(sample, study) if pair is None else pair
    if isinstance(pair, str):
        provenance = provenance_of(sample, study, seed=study.seed)
        return Unavailable(what=_WHAT, why=pair, provenance=provenance)
    provenance = provenance_of(sample, study, seed=study.seed, other=pair.other_than(sample))
    rows = [row for row in load_parallels().values() if _in_profile(row)]
    readings = {row.id: _read(pair, row) for row in rows}
    held = [row for row in rows if readings[row.id] is not None]
    times = compare_times(pair, study)
    distances, missing = _distances(pair, held, study)
    standardised, weighted = _standardise(pair, held, study)
    covariates = tuple(read_covariates(side, study.comparison.covariates) for side in pair.sides)
    return ComparisonProfile(
        title="Whole profiles of both samples",
        points=tuple(_point(row, readings[row.id]) for row in held),
        distances=tuple(distances),
        quantities=times.quantities,
        curves=times.curves,
        balance=balance_rows(pair, study.comparison.covariates, weighted),
        standardised=tuple(standardised),
        covariates=covariates[0].names,
        unavailable=(*times.unavailable, *missing),
        notes=_NOTES,
        provenance=provenance,
    )


_NOTES = (
    Note(
        "distance",
        "Chance alone puts two samples of one population at some distance: compare it with the "
        "mean over permutations.",
    ),
    Note(
        "cooccurrence",
        "To see by how much pairs of domains differ by chance, labels of the samples are dealt "
        "anew to whole investigations. With twelve investigations, two of them large, against 30 "
        "small ones the largest difference had p <= .05 in .05 to .11 of simulated samples of one "
        "population.",
    ),
    Note(
        "standardised",
        "Standardised differences are given for relationships of which all covariates are "
        "documented, to the covariates of the domestic violence sample.",
    ),
    Note(
        "curves",
        "Curves take all dates at their latest day. Other ends compete with an attempt and with a "
        "step back.",
    ),
)


def _in_profile(row: Parallel) -> bool:
    plain = row.kind == "share" and row.unit == "relationship" and not row.contrast
    return plain and row.among in ("", "victim_statement")


def _read(pair: Pair, row: Parallel) -> tuple[Reading, Reading] | None:
    a, b = (read_share(side, row, np.ones(side.n_relationships)) for side in pair.sides)
    return None if isinstance(a, str) or isinstance(b, str) else (a, b)


def _point(row: Parallel, readings: tuple[Reading, Reading] | None) -> ProfilePoint:
    if readings is None:
        raise ValueError(f"'{row.id}' was not read.")
    a, b = (reading.summary() for reading in readings)
    return ProfilePoint(
        term=row.id,
        label=row.dv_characteristic,
        domain=row.family,
        trafficking=a.documented,
        trafficking_low=a.low,
        trafficking_high=a.high,
        domestic_violence=b.documented,
        domestic_violence_low=b.low,
        domestic_violence_high=b.high,
        n_trafficking=a.n_units,
        n_domestic_violence=b.n_units,
        undocumented_trafficking=a.n_undocumented or 0,
        undocumented_domestic_violence=b.n_undocumented or 0,
    )


def profile_matrix(pair: Pair, at: int, rows: list[Parallel], coding: str) -> FloatArray:
    """Return the profile of every relationship, shape (n_relationships, n_rows).

    Parameters
    ----------
    pair : Pair
    at : int
        0 for trafficking, 1 for domestic violence.
    rows : list of Parallel
        Shares of relationships.
    coding : {"documented", "low", "high"}
        Silence as NaN, as absent, as present. NaN where a row does not apply.
    """
    side = pair.sides[at]
    columns = []
    for row in rows:
        statuses = measure_statuses(side, row)
        values = np.full(len(statuses), np.nan)
        values[statuses == PRESENT] = 1.0
        values[statuses == ABSENT] = 0.0
        if coding != "documented":
            values[statuses == UNDOCUMENTED] = 0.0 if coding == "low" else 1.0
        columns.append(np.where(units_among(side, row), values, np.nan))
    return np.column_stack(columns)


def _ends(coding: str) -> tuple[str, str]:
    if coding == "documented":
        return "documented", "documented"
    first, second = coding.split("_")
    return first, second


def _distances(
    pair: Pair, rows: list[Parallel], study: Study
) -> tuple[list[DistanceRow], list[Unavailable]]:
    found: list[DistanceRow] = []
    missing: list[Unavailable] = []
    for coding in _CODINGS:
        ends = _ends(coding)
        matrices = [profile_matrix(pair, at, rows, end) for at, end in enumerate(ends)]
        for part in (
            _profile(pair, matrices, coding, study),
            _ranks(pair, ends, coding, study),
        ):
            if isinstance(part, Unavailable):
                missing.append(part)
            else:
                found.append(part)
    pairs = _pairs(pair, study)
    if isinstance(pairs, Unavailable):
        missing.append(pairs)
    else:
        found += pairs
    return found, missing


def _profile(
    pair: Pair, matrices: list[FloatArray], coding: str, study: Study
) -> DistanceRow | Unavailable:
    what = f"distance of the profiles ({_CODINGS[coding]})"
    found = profile_distance(
        matrices[0],
        pair.trafficking.cases,
        matrices[1],
        pair.domestic_violence.cases,
        n_permutations=study.comparison.draws,
        n_bootstrap=study.comparison.draws,
        seed=study.seed,
    )
    if isinstance(found, Refusal):
        return Unavailable(what=what, why=sample_named(found.why))
    return DistanceRow(
        measure="distance",
        label="Mean absolute difference of shares",
        coding=coding,
        estimate=found.distance,
        expected=found.permutation_mean,
        p_value=found.p_value,
        conf_low=None,
        conf_high=found.upper_limit,
        n_items=found.n_items,
    )


def _ranks(
    pair: Pair, ends: tuple[str, str], coding: str, study: Study
) -> DistanceRow | Unavailable:
    what = f"agreement in rank of the barriers ({_CODINGS[coding]})"
    (a, cases_a), (b, cases_b) = (
        barrier_matrix(side, end) for side, end in zip(pair.sides, ends, strict=True)
    )
    if min(len(a), len(b)) == 0:
        return Unavailable(what=what, why="no victim with a contact with the police in a sample")
    found = rank_agreement(
        a, cases_a, b, cases_b, n_bootstrap=study.comparison.draws, seed=study.seed
    )
    if isinstance(found, Refusal):
        return Unavailable(what=what, why=sample_named(found.why))
    return DistanceRow(
        measure="barrier_ranks",
        label="Kendall's tau b of barriers",
        coding=coding,
        estimate=found.tau,
        expected=0.0,
        p_value=None,
        conf_low=found.conf_low,
        conf_high=found.conf_high,
        n_items=found.n_items,
    )


def _few_cases(pair: Pair) -> str:
    """Say why labels cannot be dealt anew to so few cases; empty where they can."""
    counts = [(len(np.unique(side.cases)), side.words) for side in pair.sides]
    (few, one), (many, other) = sorted(counts)
    if few >= _ENOUGH_CASES or many <= _MOST_TIMES * few:
        return ""
    noun = "investigation" if few == 1 else "investigations"
    return (
        f"{few} {noun} in {one} against {many} in {other}: with fewer than {_ENOUGH_CASES} in one "
        "sample and more than twice as many in the other, chance alone is not told well enough"
    )


def _pairs(pair: Pair, study: Study) -> list[DistanceRow] | Unavailable:
    """Compare which domains are recorded together, among relationships that document both."""
    what = "structure of co-occurrence"
    few = _few_cases(pair)
    if few:
        return Unavailable(what=what, why=few)
    matrices = []
    for side in pair.sides:
        statuses = np.stack([side.statuses(code) for code in DOMAINS], axis=1)
        values = np.where(statuses == PRESENT, 1.0, np.where(statuses == ABSENT, 0.0, math.nan))
        matrices.append(values)
    found = compare_cooccurrence(
        matrices[0],
        pair.trafficking.cases,
        matrices[1],
        pair.domestic_violence.cases,
        n_permutations=study.comparison.draws,
        seed=study.seed,
    )
    if isinstance(found, Refusal):
        return Unavailable(what=what, why=sample_named(found.why))
    rows = (
        (
            "cooccurrence_max",
            "Largest difference of a pair of domains",
            found.largest,
            found.p_largest,
        ),
        (
            "cooccurrence_mean",
            "Mean difference over pairs of domains",
            found.mean_difference,
            found.p_mean,
        ),
    )
    return [
        DistanceRow(
            measure=name,
            label=f"{label} (log odds ratio)",
            coding="documented",
            estimate=value,
            expected=None,
            p_value=p_value,
            conf_low=None,
            conf_high=None,
            n_items=len(found.pairs),
        )
        for name, label, value, p_value in rows
    ]


def _standardise(
    pair: Pair, rows: list[Parallel], study: Study
) -> tuple[list[StandardisedRow], Standardised | None]:
    """Standardise rows that are shares of all relationships; return a balance after weights."""
    covariates = (
        read_covariates(pair.trafficking, study.comparison.covariates),
        read_covariates(pair.domestic_violence, study.comparison.covariates),
    )
    if not covariates[0].names:
        return [], None
    sizes = [len(held.design) for held in covariates]
    held = []
    for row in rows:
        readings = _read(pair, row)
        if row.among or readings is None or [len(reading.low) for reading in readings] != sizes:
            continue
        held.append((row, readings))
    return standardise_rows(held, covariates, study)
