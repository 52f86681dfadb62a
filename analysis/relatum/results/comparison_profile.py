"""Whole profiles of two samples: distances, ranks, co-occurrence, curves, balance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance, Unavailable
from relatum.results.frames import rows_frame

__all__ = [
    "DEPTH",
    "DESCRIBED",
    "BalanceRow",
    "ComparisonProfile",
    "CurvePoint",
    "DistanceRow",
    "ProfilePoint",
    "QuantityRow",
    "StandardisedRow",
]


#: The column that ends the declared covariates of a balance.
DEPTH = "documentation_depth"
#: What a first table describes of both samples beside the declared covariates.
DESCRIBED: tuple[str, ...] = (
    "victim_age",
    "victim_birth_country",
    "victim_children",
    "rel_status",
    "rel_cohabiting",
    "rel_married",
    "rel_child",
    "rel_exit_cause",
    "victim_statement_available",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfilePoint:
    """One item of the profile in both samples.

    Attributes
    ----------
    term, label, domain : str
    trafficking, domestic_violence : float
        Share among the documented.
    trafficking_low, trafficking_high, domestic_violence_low, domestic_violence_high : float
        Silence as absent, and as present.
    n_trafficking, n_domestic_violence : int
        Units.
    undocumented_trafficking, undocumented_domestic_violence : int
    """

    term: str
    label: str
    domain: str
    trafficking: float | None
    trafficking_low: float
    trafficking_high: float
    domestic_violence: float | None
    domestic_violence_low: float
    domestic_violence_high: float
    n_trafficking: int
    n_domestic_violence: int
    undocumented_trafficking: int
    undocumented_domestic_violence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DistanceRow:
    """How far two profiles are apart, under one reading of silence.

    Attributes
    ----------
    measure, label : str
        ``distance`` (mean absolute difference of shares), ``barrier_ranks`` (Kendall's tau b),
        ``cooccurrence_max``, ``cooccurrence_mean`` (log odds ratios of pairs of domains).
    coding : str
        ``documented``, or a coding of `relatum.results.comparison.CodedContrast`.
    estimate : float
    expected : float or None
        Its mean when sample labels are permuted over whole cases.
    p_value : float or None
        Of that permutation: that the profiles differ.
    conf_low, conf_high : float or None
        By the bootstrap over cases; one-sided where only one is given.
    n_items : int
    """

    measure: str
    label: str
    coding: str
    estimate: float
    expected: float | None
    p_value: float | None
    conf_low: float | None
    conf_high: float | None
    n_items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityRow:
    """One quantity over time in both samples, and their difference or ratio.

    Attributes
    ----------
    term, label, scale : str
        ``difference`` or ``ratio``.
    trafficking, domestic_violence, estimate : float
    trafficking_low, trafficking_high, domestic_violence_low, domestic_violence_high : float or None
        95% limits.
    conf_low, conf_high : float or None
        Of the difference or ratio.
    """

    term: str
    label: str
    scale: str
    trafficking: float
    trafficking_low: float | None
    trafficking_high: float | None
    domestic_violence: float
    domestic_violence_low: float | None
    domestic_violence_high: float | None
    estimate: float
    conf_low: float | None
    conf_high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """One step of a curve of one sample.

    Attributes
    ----------
    curve, label, side : str
        ``escape`` (first attempt, months after entry) or ``retraction`` (days after the report).
    time, value : float
    conf_low, conf_high : float or None
    n_at_risk : int or None
        At marks of the time axis.
    """

    curve: str
    label: str
    side: str
    time: float
    value: float
    conf_low: float | None
    conf_high: float | None
    n_at_risk: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceRow:
    """One covariate in both samples, relationship by relationship.

    Attributes
    ----------
    term, label, level : str
        `level` is empty for the mean of a number.
    trafficking, domestic_violence : float
        Mean, or share of the level.
    undocumented_trafficking, undocumented_domestic_violence : int
    smd : float or None
        Standardised mean difference before weighting.
    smd_weighted : float or None
        After inverse-probability weights.
    """

    term: str
    label: str
    level: str
    trafficking: float | None
    domestic_violence: float | None
    undocumented_trafficking: int
    undocumented_domestic_violence: int
    smd: float | None
    smd_weighted: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardisedRow:
    """One difference of shares after standardisation to the declared covariates.

    Attributes
    ----------
    id, characteristic, method : str
        ``crude``, ``g_computation`` or ``weights``.
    coding : str
    estimate, conf_low, conf_high : float or None
        The level is that of the equivalence test.
    effective_n_trafficking, effective_n_domestic_violence : float or None
    why : str
        Empty, or why there is none.
    """

    id: str
    characteristic: str
    method: str
    coding: str
    estimate: float | None
    conf_low: float | None
    conf_high: float | None
    effective_n_trafficking: float | None
    effective_n_domestic_violence: float | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonProfile:
    """Whole profiles, curves, balance and standardised differences of two samples."""

    kind: ClassVar[str] = "comparison_profile"

    title: str
    points: tuple[ProfilePoint, ...]
    distances: tuple[DistanceRow, ...]
    quantities: tuple[QuantityRow, ...]
    curves: tuple[CurvePoint, ...]
    balance: tuple[BalanceRow, ...]
    standardised: tuple[StandardisedRow, ...]
    covariates: tuple[str, ...]
    unavailable: tuple[Unavailable, ...]
    notes: tuple[Note, ...]
    provenance: Provenance

    def tidy(self) -> pd.DataFrame:
        """Return one row per item of the profile."""
        return rows_frame(ProfilePoint, self.points)
