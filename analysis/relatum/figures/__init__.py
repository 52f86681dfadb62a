"""Figures of released results: each is drawn, described in words, and handed out as data.

Every figure has three functions: ``draw_x(released, ax=None) -> Axes``, ``x_source(released)``
with the numbers that are drawn, and alternative text by `alt_text`. Nothing is computed here.
"""

from relatum.figures.absent import figure_or_reason
from relatum.figures.ages import AgeMark, ages_source, draw_ages
from relatum.figures.alternative import alt_text
from relatum.figures.case_sizes import CaseRank, case_sizes_source, draw_case_sizes
from relatum.figures.cause_curves import (
    cause_curves_source,
    draw_cause_curves,
)
from relatum.figures.comparison_curves import comparison_curves_source, draw_comparison_curves
from relatum.figures.comparison_paired import comparison_paired_source, draw_comparison_paired
from relatum.figures.comparison_slope import (
    SlopeLine,
    comparison_slope_source,
    draw_comparison_slope,
)
from relatum.figures.comparison_units import VerdictMark
from relatum.figures.comparison_verdicts import (
    comparison_verdicts_source,
    draw_comparison_verdicts,
)
from relatum.figures.depth_bias import depth_bias_source, draw_depth_bias
from relatum.figures.documentation import (
    documentation_alt,
    documentation_source,
    draw_documentation,
)
from relatum.figures.documentation_matrix import (
    documentation_matrix_source,
    draw_documentation_matrix,
)
from relatum.figures.domain_upset import UpsetColumn, domain_upset_source, draw_domain_upset
from relatum.figures.forest import ForestRow, draw_null_forest, null_forest_source
from relatum.figures.incidence import draw_incidence, incidence_source
from relatum.figures.mean_number import draw_mean_number, mean_number_source
from relatum.figures.observation_window import OBSERVATION_WINDOW_ALT, draw_observation_window
from relatum.figures.odds_forest import (
    draw_odds_forest,
    odds_forest_source,
)
from relatum.figures.order import draw_order, order_source
from relatum.figures.planning import draw_plan, plan_source
from relatum.figures.prevalence import draw_prevalence, prevalence_source
from relatum.figures.published import PublishedRow, draw_published, published_source
from relatum.figures.rate_forest import (
    RateForestRow,
    draw_rate_variants,
    rate_variants_source,
)
from relatum.figures.ratio_forest import (
    draw_ratios,
    ratios_source,
)
from relatum.figures.reasons import (
    draw_reasons,
    reasons_source,
)
from relatum.figures.report_windows import (
    draw_report_windows,
    report_windows_source,
)
from relatum.figures.retraction_incidence import (
    draw_retraction_incidence,
    retraction_incidence_source,
)
from relatum.figures.retraction_path import (
    draw_retraction_path,
    retraction_path_source,
)
from relatum.figures.specification import (
    SpecificationRow,
    draw_specification,
    specification_source,
)
from relatum.figures.state_areas import (
    draw_state_areas,
    state_areas_source,
)
from relatum.figures.style import figure_style, render_figure, save_figure
from relatum.figures.survival import (
    draw_survival,
    survival_source,
)
from relatum.figures.tactic_heatmap import HeatmapCell, draw_tactic_heatmap, tactic_heatmap_source
from relatum.figures.timeline import draw_timeline, timeline_source
from relatum.figures.transition_diagram import (
    draw_transition_diagram,
    transition_diagram_source,
)
from relatum.figures.windows import draw_windows, windows_source

__all__ = [
    "OBSERVATION_WINDOW_ALT",
    "AgeMark",
    "CaseRank",
    "ForestRow",
    "HeatmapCell",
    "PublishedRow",
    "RateForestRow",
    "SlopeLine",
    "SpecificationRow",
    "UpsetColumn",
    "VerdictMark",
    "ages_source",
    "alt_text",
    "case_sizes_source",
    "cause_curves_source",
    "comparison_curves_source",
    "comparison_paired_source",
    "comparison_slope_source",
    "comparison_verdicts_source",
    "depth_bias_source",
    "documentation_alt",
    "documentation_matrix_source",
    "documentation_source",
    "domain_upset_source",
    "draw_ages",
    "draw_case_sizes",
    "draw_cause_curves",
    "draw_comparison_curves",
    "draw_comparison_paired",
    "draw_comparison_slope",
    "draw_comparison_verdicts",
    "draw_depth_bias",
    "draw_documentation",
    "draw_documentation_matrix",
    "draw_domain_upset",
    "draw_incidence",
    "draw_mean_number",
    "draw_null_forest",
    "draw_observation_window",
    "draw_odds_forest",
    "draw_order",
    "draw_plan",
    "draw_prevalence",
    "draw_published",
    "draw_rate_variants",
    "draw_ratios",
    "draw_reasons",
    "draw_report_windows",
    "draw_retraction_incidence",
    "draw_retraction_path",
    "draw_specification",
    "draw_state_areas",
    "draw_survival",
    "draw_tactic_heatmap",
    "draw_timeline",
    "draw_transition_diagram",
    "draw_windows",
    "figure_style",
    "incidence_source",
    "mean_number_source",
    "null_forest_source",
    "odds_forest_source",
    "order_source",
    "plan_source",
    "prevalence_source",
    "published_source",
    "rate_variants_source",
    "ratios_source",
    "reasons_source",
    "render_figure",
    "report_windows_source",
    "retraction_incidence_source",
    "retraction_path_source",
    "save_figure",
    "specification_source",
    "state_areas_source",
    "survival_source",
    "tactic_heatmap_source",
    "timeline_source",
    "transition_diagram_source",
    "windows_source",
]

# In a report a result that did not go out is replaced by a sentence, whatever would have shown it.
for _name in __all__:
    if _name.startswith("draw_"):
        globals()[_name] = figure_or_reason(globals()[_name])
del _name
