"""Prevalence in other investigations: estimates with limits, kept apart by what they estimate.

Three targets are never mixed: the count among the units at hand (`PrevalenceRow`), the share of a
random unit (weighted by the size of its case), and the share of a random case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance, Unavailable
from relatum.results.prevalence import PrevalenceRow

__all__ = [
    "CodedInterval",
    "EstimateRow",
    "LeaveOutRange",
    "PlaceboShare",
    "PrevalenceEstimates",
    "SecondaryIntervals",
    "TargetEstimate",
    "methods_of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodedInterval:
    """An estimate with its limits under one coding of what is not documented.

    Attributes
    ----------
    estimate, conf_low, conf_high : float
        Shares between 0 and 1; an intra-case correlation may be estimated below 0.
    method : str
        The recipe of the limits.
    df : float or None
        Satterthwaite degrees of freedom, where the recipe has them.
    """

    estimate: float
    conf_low: float
    conf_high: float
    method: str
    df: float | None = None

    @property
    def width(self) -> float:
        """Distance between the limits."""
        return self.conf_high - self.conf_low


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveOutRange:
    """The range of an estimate without each case in turn; the cases themselves are not listed.

    Attributes
    ----------
    low, high : float
        Smallest estimate without one case with silence as absence, and largest with silence as
        presence.
    low_without_two, high_without_two : float or None
        The two estimates without the two largest cases; None where nothing is left.
    share_of_two : float
        Share of the units in the two largest cases.
    largest_share : float
        The largest share of the units that leaves with one case.
    exceeds_limits : bool
        The range leaves the confidence limits.
    """

    low: float
    high: float
    low_without_two: float | None
    high_without_two: float | None
    share_of_two: float
    largest_share: float
    exceeds_limits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetEstimate:
    """One target under both codings of silence, and the limits that hold for either.

    Attributes
    ----------
    target : {"unit_weighted", "case_average"}
        The share of a random unit, or of a random case.
    lower_coding, upper_coding : CodedInterval
        With what is not documented as absent, and as present.
    conf_low, conf_high : float
        The union of the two intervals: the headline.
    conf_level : float
        Nominal coverage of each of the two.
    leave_out : LeaveOutRange or Unavailable
        What the estimate owes to single cases.
    """

    target: str
    lower_coding: CodedInterval
    upper_coding: CodedInterval
    conf_low: float
    conf_high: float
    conf_level: float
    leave_out: LeaveOutRange | Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondaryIntervals:
    """Recipes printed beside the headline of the unit-weighted share.

    Attributes
    ----------
    cr2_lower, cr2_upper : CodedInterval or Unavailable
        CR2 errors with Satterthwaite degrees of freedom, under each coding.
    imbens_manski : CodedInterval or Unavailable
        For the parameter rather than for its bounds; `estimate` is the middle of the bounds.
    widths_differ : bool
        Headline and CR2 differ by more than half in width under some coding: not reliable.
    """

    cr2_lower: CodedInterval | Unavailable
    cr2_upper: CodedInterval | Unavailable
    imbens_manski: CodedInterval | Unavailable
    widths_differ: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceboShare:
    """How often the bootstrap test rejects for a covariate that means nothing.

    Attributes
    ----------
    rate, level, monte_carlo_error : float
        Near `level` where the test can be trusted.
    n_placebos : int
        Random halves of the cases that were tried.
    """

    rate: float
    level: float
    monte_carlo_error: float
    n_placebos: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateRow:
    """One code in one population.

    Attributes
    ----------
    counted : PrevalenceRow
        First target: the units at hand, counted and bounded; no sampling error belongs to it.
    n_cases : int
        Cases that hold a unit to which the item applies.
    effective_cases, largest_share : float or None
        Kish's effective number, and the share of the units in the largest case. The partial
        leverage of a case on a share is its share of the units.
    unit_weighted : TargetEstimate or Unavailable
        Second target: the share of a random unit of investigations of this kind.
    case_average : TargetEstimate or Unavailable
        Third target: the share of a random investigation of this kind.
    icc_lower, icc_upper : CodedInterval or Unavailable
        Intra-case correlation under each coding.
    secondary : SecondaryIntervals or Unavailable
    placebo : PlaceboShare or Unavailable
    gates_overridden : tuple of str
        Refusals of this row that the plan overrides.
    confirmatory_refused : str
        Why the item leaves every confirmatory family; empty where it may stay.
    """

    counted: PrevalenceRow
    n_cases: int
    effective_cases: float | None
    largest_share: float | None
    unit_weighted: TargetEstimate | Unavailable
    case_average: TargetEstimate | Unavailable
    icc_lower: CodedInterval | Unavailable
    icc_upper: CodedInterval | Unavailable
    secondary: SecondaryIntervals | Unavailable
    placebo: PlaceboShare | Unavailable
    gates_overridden: tuple[str, ...] = ()
    confirmatory_refused: str = ""

    @property
    def term(self) -> str:
        """The code."""
        return self.counted.term


@dataclass(frozen=True, slots=True, kw_only=True)
class PrevalenceEstimates:
    """Prevalence by three targets, one row per code and population.

    Attributes
    ----------
    title : str
        What is described.
    rows : tuple of EstimateRow
        In the order of `Prevalence`.
    conf_level : float
        Level of all limits.
    """

    kind: ClassVar[str] = "prevalence_estimates"
    row_level: ClassVar[bool] = False

    title: str
    rows: tuple[EstimateRow, ...]
    conf_level: float
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    @property
    def terms(self) -> tuple[str, ...]:
        """The codes, in order."""
        return tuple(row.term for row in self.rows)

    @property
    def estimated(self) -> tuple[EstimateRow, ...]:
        """Rows with at least one estimate beyond the units at hand."""
        return tuple(
            row
            for row in self.rows
            if not isinstance(row.unit_weighted, Unavailable)
            or not isinstance(row.case_average, Unavailable)
        )

    def tidy(self) -> pd.DataFrame:
        """Return one row per code and population; each target has columns of its own."""
        cells = [_columns(row) for row in self.rows]
        names = cells[0] if cells else {}
        return pd.DataFrame(
            {
                name: pd.Series([row[name][1] for row in cells], dtype=kind)
                for name, (kind, _) in names.items()
            }
        )

    def __str__(self) -> str:
        held = len(self.estimated)
        return f"{self.title}: {held} of {len(self.rows)} codes estimated, the others bounded only"


def _columns(row: EstimateRow) -> dict[str, tuple[str, object]]:
    """Name, dtype and value of every column; a missing number has its reason beside it."""
    counted = row.counted
    columns: dict[str, tuple[str, object]] = {
        name: ("string", getattr(counted, name)) for name in ("term", "label", "unit", "population")
    }
    for name in ("n_units", "n_present", "n_absent", "n_undocumented"):
        columns[name] = ("Int64", getattr(counted, name))
    columns["finite_lower"] = ("Float64", counted.lower)
    columns["finite_upper"] = ("Float64", counted.upper)
    columns["n_cases"] = ("Int64", row.n_cases)
    columns["effective_cases"] = ("Float64", row.effective_cases)
    columns["largest_share"] = ("Float64", row.largest_share)
    columns |= _target_columns("unit_weighted", row.unit_weighted)
    columns |= _target_columns("case_average", row.case_average)
    columns |= _interval_columns("icc_lower", row.icc_lower)
    columns |= _interval_columns("icc_upper", row.icc_upper)
    known = None if isinstance(row.secondary, Unavailable) else row.secondary
    columns["cr2_df_lower"] = ("Float64", _df(known.cr2_lower) if known else None)
    columns["cr2_df_upper"] = ("Float64", _df(known.cr2_upper) if known else None)
    columns["widths_differ"] = ("boolean", known.widths_differ if known else None)
    rate = None if isinstance(row.placebo, Unavailable) else row.placebo.rate
    columns["placebo_rate"] = ("Float64", rate)
    columns["gates_overridden"] = ("string", ";".join(row.gates_overridden))
    columns["confirmatory_refused"] = ("string", row.confirmatory_refused)
    return columns


def _target_columns(
    name: str, target: TargetEstimate | Unavailable
) -> dict[str, tuple[str, object]]:
    known = None if isinstance(target, Unavailable) else target
    left = None
    if known is not None and not isinstance(known.leave_out, Unavailable):
        left = known.leave_out
    numbers = {
        "lower": known.lower_coding.estimate if known else None,
        "upper": known.upper_coding.estimate if known else None,
        "conf_low": known.conf_low if known else None,
        "conf_high": known.conf_high if known else None,
        "left_out_low": left.low if left else None,
        "left_out_high": left.high if left else None,
        "without_two_low": left.low_without_two if left else None,
        "without_two_high": left.high_without_two if left else None,
    }
    columns: dict[str, tuple[str, object]] = {
        f"{name}_{key}": ("Float64", value) for key, value in numbers.items()
    }
    columns[f"{name}_method"] = ("string", methods_of(known) if known else "")
    columns[f"{name}_why"] = ("string", target.why if isinstance(target, Unavailable) else "")
    return columns


def _interval_columns(
    name: str, interval: CodedInterval | Unavailable
) -> dict[str, tuple[str, object]]:
    known = None if isinstance(interval, Unavailable) else interval
    return {
        name: ("Float64", known.estimate if known else None),
        f"{name}_conf_low": ("Float64", known.conf_low if known else None),
        f"{name}_conf_high": ("Float64", known.conf_high if known else None),
    }


def _df(interval: CodedInterval | Unavailable) -> float | None:
    return None if isinstance(interval, Unavailable) else interval.df


def methods_of(target: TargetEstimate) -> str:
    """Name the recipes of a target's two intervals, one name where they agree."""
    used = dict.fromkeys((target.lower_coding.method, target.upper_coding.method))
    return ";".join(used)
