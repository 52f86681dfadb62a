"""Figures of released results: each is drawn, described in words, and handed out as data.

Every figure has three functions: ``draw_x(released, ax=None) -> Axes``, ``x_source(released)``
with the numbers that are drawn, and alternative text by `alt_text`. Nothing is computed here.
"""

from relatum.figures.ages import AgeMark, ages_source, draw_ages
from relatum.figures.alternative import alt_text
from relatum.figures.case_sizes import CaseRank, case_sizes_source, draw_case_sizes
from relatum.figures.documentation import (
    documentation_alt,
    documentation_source,
    draw_documentation,
)
from relatum.figures.documentation_matrix import (
    documentation_matrix_source,
    draw_documentation_matrix,
)
from relatum.figures.prevalence import draw_prevalence, prevalence_source
from relatum.figures.published import PublishedRow, draw_published, published_source
from relatum.figures.specification import (
    SpecificationRow,
    draw_specification,
    specification_source,
)
from relatum.figures.style import figure_style, render_figure, save_figure
from relatum.figures.timeline import draw_timeline, timeline_source

__all__ = [
    "AgeMark",
    "CaseRank",
    "PublishedRow",
    "SpecificationRow",
    "ages_source",
    "alt_text",
    "case_sizes_source",
    "documentation_alt",
    "documentation_matrix_source",
    "documentation_source",
    "draw_ages",
    "draw_case_sizes",
    "draw_documentation",
    "draw_documentation_matrix",
    "draw_prevalence",
    "draw_published",
    "draw_specification",
    "draw_timeline",
    "figure_style",
    "prevalence_source",
    "published_source",
    "render_figure",
    "save_figure",
    "specification_source",
    "timeline_source",
]
