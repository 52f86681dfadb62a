"""Trafficking beside domestic violence: one row per characteristic, with its verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import pandas as pd

from relatum.results.base import Note, Provenance, Unavailable
from relatum.results.frames import rows_frame

__all__ = [
    "ASSAY_WORDS",
    "CROSSED",
    "VERDICT_WORDS",
    "CodedContrast",
    "ComparedRow",
    "ComparedSample",
    "Comparison",
    "RowSide",
    "Verdict",
]

Verdict = Literal[
    "equivalent",
    "not_inferior",
    "different",
    "not_shown",
    "void",
    "detected",
    "not_detected",
    "described",
    "unavailable",
]

#: Verdicts in words.
VERDICT_WORDS: dict[str, str] = {
    "equivalent": "equivalent",
    "not_inferior": "at least as common",
    "different": "different",
    "not_shown": "not shown",
    "void": "void: the contrast rows failed",
    "detected": "difference found, as expected",
    "not_detected": "expected difference not found",
    "described": "described, not tested",
    "unavailable": "not available",
    "compatible_with_benchmark": "compatible with the benchmark (no assay)",
}

#: The two codings that decide: silence counts as absent in one sample and as present in the other.
CROSSED: tuple[str, ...] = ("low_high", "high_low")

#: Why verdicts of equivalence count, or do not.
ASSAY_WORDS: dict[str, str] = {
    "holds": "The same instrument found every expected difference that could be computed.",
    "fails": (
        "An expected difference was not found, so a missing difference elsewhere may be a failure "
        "of the instrument: no row counts as equivalent."
    ),
    "incomplete": (
        "The plan declares no margin for a contrast row, so the check of the instrument is not "
        "complete: no row counts as equivalent."
    ),
    "absent": (
        "No contrast row could be computed, so nothing shows that the instrument can find a "
        "difference: no row counts as equivalent."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedSample:
    """One of the two samples.

    Attributes
    ----------
    side : {"trafficking", "domestic_violence"}
    name, title, origin, fingerprint : str
        As the sample says of itself; the SHA-256 of its cells.
    n_cases, n_relationships, n_victims : int
        Cases after those that share a suspect are joined.
    largest_case : int
        Relationships in the largest case.
    median_depth : float or None
        Median documentation depth of its relationships.
    """

    side: str
    name: str
    title: str
    origin: str
    fingerprint: str
    n_cases: int
    n_relationships: int
    n_victims: int
    largest_case: int
    median_depth: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSide:
    """What one sample holds for a row.

    Attributes
    ----------
    n_units, n_cases : int
        Units to which the row applies, and their cases.
    n_present, n_absent, n_undocumented : int or None
        None where the row is not a share.
    low, high : float
        The quantity with silence as absent, and with silence as present (or with all dates at
        their latest and at their earliest).
    documented : float or None
        Among the documented alone.
    """

    n_units: int
    n_cases: int
    n_present: int | None
    n_absent: int | None
    n_undocumented: int | None
    low: float
    high: float
    documented: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedContrast:
    """Trafficking less domestic violence (or their ratio) under one coding of silence.

    Attributes
    ----------
    coding : {"low_high", "high_low", "low_low", "high_high"}
        Silence in trafficking, then in domestic violence; ``low`` counts it as absent. The first
        two decide, the others are a sensitivity analysis.
    standardised : bool
        Whether both samples are weighted to a common documentation depth.
    estimate : float
    conf_low_90, conf_high_90, conf_low_95, conf_high_95 : float or None
        At the levels 1 - 2 x level and 1 - level of the plan, 90% and 95% by default; None on a
        side that has no limit.
    p_value : float or None
        Of the two one-sided tests against the margins, or of the one; None for contrast rows.
    """

    coding: str
    standardised: bool
    estimate: float
    conf_low_90: float | None
    conf_high_90: float | None
    conf_low_95: float | None
    conf_high_95: float | None
    p_value: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRow:
    """One row of the parallels matrix.

    Attributes
    ----------
    id, family, characteristic, estimand, scale, measure, unit, among : str
        As in the matrix.
    kind : str
        share, mean, rate, cooccurrence, ordinal, rank, incidence, hazard, description, global.
    contrast, primary : bool
        Whether a difference is expected; whether the global claim needs the row.
    margin_low, margin_high : float or None
    margin_type, margin_reason : str
    trafficking, domestic_violence : RowSide or None
    contrasts : tuple of CodedContrast
    verdict : str
        After the assay; a key of `VERDICT_WORDS`.
    verdict_before : str
        Before the assay and before Holm's correction.
    why : str
        The reason, in words, from the numbers.
    p_value, p_holm : float or None
        The larger p value of both crossed codings, of the tests against the margin; corrected by
        Holm over the tested rows. A verdict of a difference carries no correction.
    within_low, within_high : float or None
        Posterior probability that the difference lies inside the margin, without weights: the
        smaller and the larger of both crossed codings.
    undocumented_sum : float or None
        Undocumented shares of both samples together; equivalence needs it below the width of the
        margin.
    power : float or None
        Chance of the verdict "equivalent" if the truth were no difference, at the largest
        intra-case correlation of the plan and the found silence.
    smallest_margin : float or None
        Smallest margin with 80% power at the same correlation, without silence.
    cases_needed : int or None
        Investigations per sample for 80% power at the declared margin, without silence.
    leave_out_low, leave_out_high : float or None
        Range of the estimate over both crossed codings when one case at a time is left out; the
        weights for documentation depth stay those of the whole sample.
    verdict_unstandardised : str
        The verdict (before the assay) without weights for documentation depth.
    main_threat : str
    """

    id: str
    family: str
    characteristic: str
    estimand: str
    scale: str
    measure: str
    unit: str
    among: str
    kind: str
    contrast: bool
    primary: bool
    margin_low: float | None
    margin_high: float | None
    margin_type: str
    margin_reason: str
    trafficking: RowSide | None
    domestic_violence: RowSide | None
    contrasts: tuple[CodedContrast, ...]
    verdict: str
    verdict_before: str
    why: str
    p_value: float | None
    p_holm: float | None
    within_low: float | None
    within_high: float | None
    undocumented_sum: float | None
    power: float | None
    smallest_margin: float | None
    cases_needed: int | None
    leave_out_low: float | None
    leave_out_high: float | None
    verdict_unstandardised: str
    main_threat: str

    def contrast_of(self, coding: str, *, standardised: bool = True) -> CodedContrast | None:
        """Return the contrast under a coding; None where there is none."""
        for found in self.contrasts:
            if found.coding == coding and found.standardised == standardised:
                return found
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The parallels matrix of two coded samples.

    Attributes
    ----------
    title : str
    samples : tuple of ComparedSample
        Trafficking first.
    rows : tuple of ComparedRow
        In the order of the matrix.
    assay : {"holds", "fails", "incomplete", "absent"}
        Whether the contrast rows show that the instrument finds differences.
    global_verdict : {"equivalent", "different", "not_shown"}
        Of all primary rows with a declared margin together (intersection-union test).
    global_p : float or None
        The largest p value of the primary rows; None where a primary row has none.
    global_why : str
    n_primary, n_equivalent, n_different, n_not_shown, n_unavailable : int
        Counts of primary rows with a declared margin; rows found at least as common count as
        equivalent.
    level : float
    iccs : tuple of float
    depth_strata : int
        Strata of documentation depth that were used; 1 where the samples were not weighted.
    depth_cuts : tuple of float
        Between the strata.
    margins_hash : str
        The SHA-256 of all declared margins.
    """

    kind: ClassVar[str] = "comparison"

    title: str
    samples: tuple[ComparedSample, ...]
    rows: tuple[ComparedRow, ...]
    assay: str
    global_verdict: str
    global_p: float | None
    global_why: str
    n_primary: int
    n_equivalent: int
    n_different: int
    n_not_shown: int
    n_unavailable: int
    level: float
    iccs: tuple[float, ...]
    depth_strata: int
    depth_cuts: tuple[float, ...]
    margins_hash: str
    unavailable: tuple[Unavailable, ...]
    notes: tuple[Note, ...]
    provenance: Provenance

    @property
    def tested(self) -> tuple[ComparedRow, ...]:
        """The rows with a margin that are no contrast rows."""
        return tuple(row for row in self.rows if row.p_value is not None and not row.contrast)

    @property
    def contrasts(self) -> tuple[ComparedRow, ...]:
        """The rows in which a difference is expected."""
        return tuple(row for row in self.rows if row.contrast)

    def row(self, name: str) -> ComparedRow:
        """Return a row by its id.

        Raises
        ------
        KeyError
            If there is no such row.
        """
        for found in self.rows:
            if found.id == name:
                return found
        raise KeyError(name)

    def tidy(self) -> pd.DataFrame:
        """Return one row per row of the matrix and coding."""
        flat = [_flat(row, found) for row in self.rows for found in row.contrasts or (None,)]
        return rows_frame(_Flat, flat)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Flat:
    id: str
    characteristic: str
    scale: str
    margin_low: float | None
    margin_high: float | None
    coding: str
    standardised: bool | None
    estimate: float | None
    conf_low_90: float | None
    conf_high_90: float | None
    conf_low_95: float | None
    conf_high_95: float | None
    p_value: float | None
    p_holm: float | None
    verdict: str
    why: str


def _flat(row: ComparedRow, found: CodedContrast | None) -> _Flat:
    return _Flat(
        id=row.id,
        characteristic=row.characteristic,
        scale=row.scale,
        margin_low=row.margin_low,
        margin_high=row.margin_high,
        coding=found.coding if found else "",
        standardised=found.standardised if found else None,
        estimate=found.estimate if found else None,
        conf_low_90=found.conf_low_90 if found else None,
        conf_high_90=found.conf_high_90 if found else None,
        conf_low_95=found.conf_low_95 if found else None,
        conf_high_95=found.conf_high_95 if found else None,
        p_value=found.p_value if found else None,
        p_holm=row.p_holm,
        verdict=row.verdict,
        why=row.why,
    )
