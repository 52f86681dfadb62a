"""What a new sample could show: widths and power of designs, by simulation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from relatum.results.base import Note, Provenance
from relatum.results.frames import rows_frame

__all__ = ["PLAN_PARTS", "PlanCell", "PlanSetting", "PlanTargets", "SamplePlan"]

#: The parts of a plan, in the order of its rows.
PLAN_PARTS: dict[str, str] = {
    "grid": "investigations by correlation",
    "assurance": "averaged over the priors",
    "advice": "more investigations or more relationships",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSetting:
    """One assumption of the plan.

    Attributes
    ----------
    key, words, value : str
    """

    key: str
    words: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTargets:
    """What shall be reached.

    Attributes
    ----------
    width : float
        Of the 95% interval of a share.
    margin : float
        Of equivalence.
    half_width : float
        Half the width of the 95% interval of the share with a step back.
    rate_ratio, pair_odds_ratio, step_odds_ratio : float
        That shall be told from 1: of escape attempts, of two domains recorded together, and of a
        step back with a characteristic.
    power : float
    events : int or None
        Events that tell the ratio from 1 with this power, if they were independent; None for a
        ratio of 1.
    """

    width: float
    margin: float
    half_width: float
    rate_ratio: float
    pair_odds_ratio: float
    step_odds_ratio: float
    power: float
    events: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanCell:
    """One design, over its simulated studies.

    Attributes
    ----------
    part : str
        A key of `PLAN_PARTS`.
    label : str
        The design in words; empty in the grid.
    cases : int
        Investigations.
    cap : int
        Relationships coded per investigation at most; 0 for all.
    icc : float or None
        Correlation within investigations; None where it was drawn from its prior.
    relationships, coded : float
        Mean number of relationships, and of those that are coded.
    effective : float
        Mean number of independent relationships that carry the same information on a share.
    n_studies : int
    width : float or None
        Mean width of the 95% interval of the share among documented relationships; None where no
        study has one.
    width_error : float
        Its Monte Carlo error.
    coverage : float or None
        Share of these intervals that hold the true share.
    width_bounds : float or None
        Mean width of the 95% interval with silence left open.
    reach_width : float
        Share of studies whose width is at most the target.
    margin_figure, margin_pair, margin_open : float or None
        Smallest margin that is shown with the wanted power when there is no difference: to a
        fixed figure, to a second sample of the same design, and to such a sample with silence left
        open. None where even a margin of 1 is not.
    power_pair, power_open : float
        Share of studies that show equivalence to a second sample within the target margin.
    events : float
        Mean number of escape attempts.
    power_ratio : float
        Share of studies in which the rate ratio differs from 1 at the 5% level.
    reports : float
        Mean number of relationships with a report.
    half_width : float or None
        Mean half-width of the 95% interval of the share with a step back; None where no study has
        one.
    reach_half_width : float
        Share of studies whose half-width is at most the target.
    width_case : float or None
        Mean width of the 95% interval of the share in an average investigation.
    power_domains : float
        Share of studies in which one pair of domains is found to be recorded together, at the 5%
        level of the whole family of pairs.
    power_step : float
        Share of studies in which steps back differ by a characteristic, at the 5% level.
    n_no_ratio, n_no_half_width : int
        Studies in which there is no test of the ratio, and no interval of the share with a step
        back; they count as not reaching what is wanted.
    """

    part: str
    label: str
    cases: int
    cap: int
    icc: float | None
    relationships: float
    coded: float
    effective: float
    n_studies: int
    width: float | None
    width_error: float
    coverage: float | None
    width_bounds: float | None
    reach_width: float
    margin_figure: float | None
    margin_pair: float | None
    margin_open: float | None
    power_pair: float
    power_open: float
    events: float
    power_ratio: float
    reports: float
    half_width: float | None
    reach_half_width: float
    width_case: float | None
    power_domains: float
    power_step: float
    n_no_ratio: int
    n_no_half_width: int

    def share_error(self, share: float) -> float:
        """Monte Carlo error of a share of studies."""
        return math.sqrt(max(share * (1.0 - share), 0.0) / self.n_studies)


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePlan:
    """Precision and power of designs of a sample that does not exist yet.

    Attributes
    ----------
    title : str
    settings : tuple of PlanSetting
        What was assumed.
    targets : PlanTargets
    cells : tuple of PlanCell
        By part, in the order of `PLAN_PARTS`.
    """

    kind: ClassVar[str] = "sample_plan"

    title: str
    settings: tuple[PlanSetting, ...]
    targets: PlanTargets
    cells: tuple[PlanCell, ...]
    notes: tuple[Note, ...]
    provenance: Provenance

    def part(self, name: str) -> tuple[PlanCell, ...]:
        """Return the designs of one part."""
        return tuple(cell for cell in self.cells if cell.part == name)

    @property
    def iccs(self) -> tuple[float, ...]:
        """The correlations of the grid, increasing."""
        return tuple(sorted({cell.icc for cell in self.part("grid") if cell.icc is not None}))

    def line(self, icc: float) -> tuple[PlanCell, ...]:
        """Return the designs of the grid at one correlation, by number of investigations."""
        held = (cell for cell in self.part("grid") if cell.icc == icc)
        return tuple(sorted(held, key=lambda cell: cell.cases))

    def tidy(self) -> pd.DataFrame:
        """Return one row per design."""
        return rows_frame(PlanCell, self.cells)
