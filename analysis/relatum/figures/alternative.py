"""Alternative text: what a figure shows, in words made from its numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias, get_args

from relatum.errors import ReportError, UsageError
from relatum.figures.ages import ages_alt
from relatum.figures.case_sizes import case_sizes_alt
from relatum.figures.cause_curves import cause_curves_alt
from relatum.figures.comparison_curves import comparison_curves_alt
from relatum.figures.comparison_paired import comparison_paired_alt
from relatum.figures.comparison_slope import comparison_slope_alt
from relatum.figures.comparison_verdicts import comparison_verdicts_alt
from relatum.figures.depth_bias import depth_bias_alt
from relatum.figures.documentation import documentation_alt
from relatum.figures.documentation_matrix import documentation_matrix_alt
from relatum.figures.domain_upset import domain_upset_alt
from relatum.figures.forest import null_forest_alt
from relatum.figures.incidence import incidence_alt
from relatum.figures.inputs import taken
from relatum.figures.mean_number import mean_number_alt
from relatum.figures.odds_forest import odds_forest_alt
from relatum.figures.order import order_alt
from relatum.figures.planning import PlanQuantity, plan_alt
from relatum.figures.prevalence import prevalence_alt
from relatum.figures.published import published_alt
from relatum.figures.rate_forest import rate_variants_alt
from relatum.figures.ratio_forest import ratios_alt
from relatum.figures.reasons import reasons_alt
from relatum.figures.report_windows import report_windows_alt
from relatum.figures.retraction_incidence import retraction_incidence_alt
from relatum.figures.retraction_path import retraction_path_alt
from relatum.figures.specification import specification_alt
from relatum.figures.state_areas import state_areas_alt
from relatum.figures.survival import survival_alt
from relatum.figures.tactic_heatmap import tactic_heatmap_alt
from relatum.figures.timeline import timeline_alt
from relatum.figures.transition_diagram import transition_diagram_alt
from relatum.figures.windows import windows_alt
from relatum.release.released import Released
from relatum.results.audit import SampleAudit
from relatum.results.comparison import Comparison
from relatum.results.comparison_profile import ComparisonProfile
from relatum.results.composites import CompositeClaims
from relatum.results.cooccurrence import Cooccurrence
from relatum.results.depth_bias import DepthBiasDemonstration
from relatum.results.distributions import Distribution, Sizes
from relatum.results.documentation import Documentation, DocumentationMatrix
from relatum.results.domain_sets import DomainSets
from relatum.results.escape import EscapeRate
from relatum.results.escape_curves import EscapeCurves
from relatum.results.escape_outcomes import EscapeWindows
from relatum.results.familiar_times import FamiliarTimes
from relatum.results.multiverse import Multiverse
from relatum.results.planning import SamplePlan
from relatum.results.prevalence import Prevalence
from relatum.results.reporting import Reporting
from relatum.results.retraction import ReportWindows, Retraction, RetractionPath
from relatum.results.retraction_contrasts import RetractionContrasts
from relatum.results.tactic_pairs import TacticPairs
from relatum.results.timeline import Timeline

__all__ = ["alt_text"]


def _familiar_times(one: Released, only: Sequence[str] | None) -> str:
    if only == ("ratios",):
        return ratios_alt(one)
    if only == ("causes",):
        return cause_curves_alt(one)
    return survival_alt(one, only=only)


def _comparison_profile(one: Released, only: Sequence[str] | None) -> str:
    parts = tuple(only or ())
    if parts == ("slope",):
        return comparison_slope_alt(one)
    if parts in (("escape",), ("retraction",)):
        return comparison_curves_alt(one, curve=parts[0])
    return comparison_paired_alt(one, only=only)


def _reporting(one: Released, only: Sequence[str] | None) -> str:
    if only == ("transitions",):
        return transition_diagram_alt(one)
    if only in (("barrier",), ("motivator",)):
        return reasons_alt(one, only=only)
    return state_areas_alt(one)


_Writer: TypeAlias = Callable[[Released, Released | None, Sequence[str] | None], str]

_WRITERS: Mapping[type, _Writer] = MappingProxyType(
    {
        Comparison: lambda one, _, only: comparison_verdicts_alt(one, only=only),
        ComparisonProfile: lambda one, _, only: _comparison_profile(one, only),
        SamplePlan: lambda one, _, only: _plan(one, only),
        CompositeClaims: lambda one, _, only: order_alt(one, only=only),
        Cooccurrence: lambda one, _, only: null_forest_alt(
            one, coding=only[0] if only else "lower"
        ),
        DepthBiasDemonstration: lambda one, _, _only: depth_bias_alt(one),
        Distribution: lambda one, other, only: ages_alt(one, other, only=only),
        Documentation: lambda one, _, only: documentation_alt(one, only=only),
        DocumentationMatrix: lambda one, _, only: documentation_matrix_alt(one, only=only),
        DomainSets: lambda one, _, _only: domain_upset_alt(one),
        EscapeCurves: lambda one, _, only: (
            mean_number_alt(one) if only == ("mean_number",) else incidence_alt(one)
        ),
        EscapeRate: lambda one, _, only: rate_variants_alt(one, only=only),
        EscapeWindows: lambda one, _, _only: windows_alt(one),
        FamiliarTimes: lambda one, _, only: _familiar_times(one, only),
        Multiverse: lambda one, _, only: specification_alt(one, term=only[0] if only else ""),
        Prevalence: lambda one, _, only: prevalence_alt(one, only=only),
        ReportWindows: lambda one, _, _only: report_windows_alt(one),
        Reporting: lambda one, _, only: _reporting(one, only),
        Retraction: lambda one, _, _only: retraction_incidence_alt(one),
        RetractionContrasts: lambda one, _, _only: odds_forest_alt(one),
        RetractionPath: lambda one, _, _only: retraction_path_alt(one),
        SampleAudit: lambda one, _, only: published_alt(one, only=only),
        Sizes: lambda one, other, only: case_sizes_alt(one, other, only=only),
        TacticPairs: lambda one, _, _only: tactic_heatmap_alt(one),
        Timeline: lambda one, _, _only: timeline_alt(one),
    }
)


def alt_text(
    released: Released, other: Released | None = None, *, only: Sequence[str] | None = None
) -> str:
    """Describe the figure of a result in words.

    Parameters
    ----------
    released : Released
        The result that the figure draws.
    other : Released, optional
        The second result, for figures that take two.
    only : sequence of str, optional
        The same choice as in the figure.

    Returns
    -------
    str
        One to a few sentences with the main numbers; says first that data are simulated.

    Raises
    ------
    ReportError
        If there is no figure for the result.
    """
    result = taken(released, object)
    writer = _WRITERS.get(type(result))
    if writer is None:
        kinds = ", ".join(sorted(kind.__name__ for kind in _WRITERS))
        msg = f"There is no figure for '{type(result).__name__}'; there are figures for: {kinds}."
        raise ReportError(msg)
    return writer(released, other, only)


def _plan(one: Released, only: Sequence[str] | None) -> str:
    wanted = only[0] if only else "width"
    known: tuple[PlanQuantity, ...] = get_args(PlanQuantity)
    for quantity in known:
        if quantity == wanted:
            return plan_alt(one, quantity=quantity)
    raise UsageError(f"'{wanted}' is no quantity of a plan; there are: {', '.join(known)}.")
