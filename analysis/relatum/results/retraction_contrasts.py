"""Contrasts among women who reported: one declared covariate, contact, selection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance, Unavailable
from relatum.results.frames import rows_frame

__all__ = [
    "AverageEffect",
    "ContactRate",
    "ContrastCounts",
    "FamiliarTerm",
    "FitQuality",
    "PenalisedTerm",
    "ReporterBounds",
    "RetractionContrasts",
    "SensitivityRow",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrastCounts:
    """Steps back by one binary covariate that precedes the report.

    Attributes
    ----------
    term, label : str
    coding : {"lower", "upper"}
        Undocumented counted as without, or as with.
    n_stepped_with, n_with, n_stepped_without, n_without : int
    n_undocumented : int
    n_cases, n_telling_cases : int
        Cases, and those in which both covariate and outcome differ.
    difference : float or None
        Of the two shares.
    p_within : float or None
        Exact conditional test within cases; None with fewer than five telling cases.
    """

    term: str
    label: str
    coding: str
    n_stepped_with: int
    n_with: int
    n_stepped_without: int
    n_without: int
    n_undocumented: int
    n_cases: int
    n_telling_cases: int
    difference: float | None
    p_within: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PenalisedTerm:
    """One odds ratio by Firth's penalised likelihood.

    Attributes
    ----------
    term, label : str
    coding : {"lower", "upper"}
    odds_ratio, conf_low : float
    conf_high : float or None
        Profile limits; None where no upper limit is reached.
    p_value : float
        Penalised likelihood ratio, rows taken as independent.
    p_bootstrap : float or None
        Score wild bootstrap by case.
    share_without, share_with : float
        Predicted with the intercept corrected (FLIC).
    separated : str
        Empty, or the direction in which the unpenalised estimate runs away, in words.
    """

    term: str
    label: str
    coding: str
    odds_ratio: float
    conf_low: float
    conf_high: float | None
    p_value: float
    p_bootstrap: float | None
    share_without: float
    share_with: float
    separated: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FamiliarTerm:
    """The same odds ratio by a familiar estimator, for comparison only.

    Attributes
    ----------
    estimator, label : str
        ``logit``, ``firth``, ``firth_flac``, ``log_f``, ``conditional_logit``, ``gee``,
        ``cluster_robust``, ``random_intercept``.
    odds_ratio, conf_low : float or None
    conf_high : float or None
    p_value : float or None
    why : str
        Empty, or why there is none.
    """

    estimator: str
    label: str
    odds_ratio: float | None
    conf_low: float | None
    conf_high: float | None
    p_value: float | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AverageEffect:
    """The average difference of predicted shares.

    Attributes
    ----------
    term, label : str
    difference, conf_low, conf_high : float
    """

    term: str
    label: str
    difference: float
    conf_low: float
    conf_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FitQuality:
    """How well the penalised model describes the reports it was fitted to.

    Attributes
    ----------
    brier, brier_without : float
        Mean squared error, and that of the overall share alone.
    auc, auc_low, auc_high : float or None
    calibration_slope : float or None
    """

    brier: float
    brier_without: float
    auc: float | None
    auc_low: float | None
    auc_high: float | None
    calibration_slope: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRate:
    """Steps back per 100 days by contact with the suspect, lagged and recorded independently.

    Attributes
    ----------
    level, label : str
        ``contact``, ``none``, ``not_documented``; ``detained``, ``free``, ``unknown``.
    variable : {"contact", "detention"}
    days : float
    n_events_low, n_events_high : int
    rate : float or None
        Per 100 days, latest completion.
    """

    variable: str
    level: str
    label: str
    days: float
    n_events_low: int
    n_events_high: int
    rate: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReporterBounds:
    """Bounds of the contrast among women who would report either way.

    Attributes
    ----------
    term, label : str
    assumption : str
        ``monotone_more``, ``monotone_less`` or ``none``.
    assumption_label : str
    lower, upper : float
        Of the difference in the share stepping back.
    share_always : float
        Smallest share of always-reporters that the assumption allows.
    coding : {"lower", "upper"}
    """

    term: str
    label: str
    assumption: str
    assumption_label: str
    lower: float
    upper: float
    share_always: float
    coding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitivityRow:
    """One answer to selection or confounding, labelled as a sensitivity analysis.

    Attributes
    ----------
    name, label : str
        ``earliest_dates``, ``e_value``, ``e_value_limit``, ``weighted``, ``weighted_trimmed``,
        ``selection_probit``.
    estimate : float or None
    conf_low, conf_high : float or None
    scale : str
        ``risk_ratio``, ``difference`` or ``correlation``.
    why : str
        What is assumed, or why there is none.
    """

    name: str
    label: str
    estimate: float | None
    conf_low: float | None
    conf_high: float | None
    scale: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetractionContrasts:
    """Everything that compares women who reported with each other.

    Attributes
    ----------
    title : str
    tier : str
        ``exact_only`` (under 20 reports), ``one_covariate`` (20 to 59), ``two_covariates``.
    n_reports, n_stepped, n_cases : int
    counts : tuple of ContrastCounts
    penalised : tuple of PenalisedTerm or Unavailable
    familiar : tuple of FamiliarTerm
    effects : tuple of AverageEffect
    quality : FitQuality or Unavailable
    contact : tuple of ContactRate
    rate_ratio, ratio_low, ratio_high : float or None
        Contact against documented none.
    contact_refused : str
        Why there is no rate ratio; empty where there is one.
    bounds : tuple of ReporterBounds
    sensitivity : tuple of SensitivityRow
    unavailable : tuple of Unavailable
    conf_level : float
    """

    kind: ClassVar[str] = "retraction_contrasts"
    row_level: ClassVar[bool] = False

    title: str
    tier: str
    n_reports: int
    n_stepped: int
    n_cases: int
    counts: tuple[ContrastCounts, ...]
    penalised: tuple[PenalisedTerm | Unavailable, ...]
    familiar: tuple[FamiliarTerm, ...]
    effects: tuple[AverageEffect, ...]
    quality: FitQuality | Unavailable
    contact: tuple[ContactRate, ...]
    rate_ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    contact_refused: str
    bounds: tuple[ReporterBounds, ...]
    sensitivity: tuple[SensitivityRow, ...]
    unavailable: tuple[Unavailable, ...]
    conf_level: float
    notes: tuple[Note, ...] = ()
    provenance: Provenance

    def tidy(self) -> pd.DataFrame:
        """Return one row per covariate and coding."""
        return rows_frame(ContrastCounts, self.counts)

    def contact_frame(self) -> pd.DataFrame:
        """Return one row per level of contact or detention."""
        return rows_frame(ContactRate, self.contact)

    def __str__(self) -> str:
        return f"{self.title}: {self.n_stepped} of {self.n_reports} reports, tier {self.tier}"
