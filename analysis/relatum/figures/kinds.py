"""The figures of each kind of result, as the reports print them: name, drawing, numbers, words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias

import pandas as pd
from matplotlib.axes import Axes

from relatum import figures as fig
from relatum.figures.alternative import alt_text
from relatum.figures.inputs import taken
from relatum.figures.planning import draw_plan, plan_alt, plan_source
from relatum.figures.reasons import reasons_alt
from relatum.release.released import Released
from relatum.results.base import Unavailable
from relatum.results.familiar_times import FamiliarTimes
from relatum.results.multiverse import Multiverse

__all__ = ["FIGURES", "Drawing", "drawings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """One figure of a study, not drawn yet.

    Attributes
    ----------
    name : str
        Of its files; the name of the result, and the part where a result has several figures.
    draw : callable
        Returns the axes.
    source : callable
        Returns the numbers that are drawn.
    alt : callable
        Returns the alternative text.
    result : str
        The name of the result; empty for a figure of none.
    """

    name: str
    draw: Callable[[], Axes] = field(repr=False)
    source: Callable[[], pd.DataFrame] = field(repr=False)
    alt: Callable[[], str] = field(repr=False)
    result: str = ""


_Results: TypeAlias = Mapping[str, Released]
_Maker: TypeAlias = Callable[[str, _Results], Iterator[Drawing]]

#: Parts of figures that would be too high for a page as one; those of the reports.
_PUBLISHED = {
    "selection": ("selection", "source", "suspects", "relationships"),
    "victims": ("victims",),
    "tactics": ("economic", "control", "rules", "isolation"),
    "violence": ("intimidation", "violence"),
    "coping": ("affection", "benefit", "coping", "escape", "reporting", "retraction"),
}
_PREVALENCE = {
    "domains": ("domain",),
    "tactics": ("economic", "control", "rules"),
    "tactics-more": ("isolation", "intimidation", "violence", "deception"),
}


def _simple(
    draw: Callable[[Released], Axes],
    source: Callable[[Released], pd.DataFrame],
    alt: Callable[[Released], str],
) -> _Maker:
    """Give the one figure of a kind that has one, named after the result."""

    def make(name: str, results: _Results) -> Iterator[Drawing]:
        one = results[name]
        yield Drawing(
            name=name,
            draw=lambda: draw(one),
            source=lambda: source(one),
            alt=lambda: alt(one),
        )

    return make


def _sizes(name: str, results: _Results) -> Iterator[Drawing]:
    one, other = results[name], _other(results, "arithmetic")
    yield Drawing(
        name=name,
        draw=lambda: fig.draw_case_sizes(one, other),
        source=lambda: fig.case_sizes_source(one, other),
        alt=lambda: alt_text(one, other),
    )


def _ages(name: str, results: _Results) -> Iterator[Drawing]:
    if name != "ages":
        return
    one, other = results[name], _other(results, "numbers")
    yield Drawing(
        name=name,
        draw=lambda: fig.draw_ages(one, other),
        source=lambda: fig.ages_source(one, other),
        alt=lambda: alt_text(one, other),
    )


def _other(results: _Results, name: str) -> Released | None:
    found = results.get(name)
    return None if found is None or isinstance(found.result, Unavailable) else found


def _part(
    name: str,
    one: Released,
    only: tuple[str, ...],
    draw: Callable[..., Axes],
    source: Callable[..., pd.DataFrame],
) -> Drawing:
    """Give the figure of a part of a result."""
    return Drawing(
        name=name,
        draw=lambda: draw(one, only=only),
        source=lambda: source(one, only=only),
        alt=lambda: alt_text(one, only=only),
    )


def _audit(name: str, results: _Results) -> Iterator[Drawing]:
    for part, only in _PUBLISHED.items():
        yield _part(f"{name}-{part}", results[name], only, fig.draw_published, fig.published_source)


def _prevalence(name: str, results: _Results) -> Iterator[Drawing]:
    if name != "prevalence":
        return
    for part, only in _PREVALENCE.items():
        yield _part(
            f"{name}-{part}", results[name], only, fig.draw_prevalence, fig.prevalence_source
        )


def _multiverse(name: str, results: _Results) -> Iterator[Drawing]:
    one = results[name]
    for term in dict.fromkeys(row.term for row in taken(one, Multiverse).terms):
        yield _specification(f"{name}-{term}", one, term)


def _specification(name: str, one: Released, term: str) -> Drawing:
    return Drawing(
        name=name,
        draw=lambda: fig.draw_specification(one, term=term),
        source=lambda: fig.specification_source(one, term=term),
        alt=lambda: alt_text(one, only=(term,)),
    )


def _curves(name: str, results: _Results) -> Iterator[Drawing]:
    one = results[name]
    yield Drawing(
        name=f"{name}-incidence",
        draw=lambda: fig.draw_incidence(one),
        source=lambda: fig.incidence_source(one),
        alt=lambda: alt_text(one),
    )
    yield Drawing(
        name=f"{name}-mean-number",
        draw=lambda: fig.draw_mean_number(one),
        source=lambda: fig.mean_number_source(one),
        alt=lambda: alt_text(one, only=("mean_number",)),
    )


def _times(name: str, results: _Results) -> Iterator[Drawing]:
    one = results[name]
    found = taken(one, FamiliarTimes)
    yield Drawing(
        name=f"{name}-survival",
        draw=lambda: fig.draw_survival(one),
        source=lambda: fig.survival_source(one),
        alt=lambda: alt_text(one),
    )
    if found.models:
        yield Drawing(
            name=f"{name}-ratios",
            draw=lambda: fig.draw_ratios(one),
            source=lambda: fig.ratios_source(one),
            alt=lambda: alt_text(one, only=("ratios",)),
        )
    if found.causes:
        yield Drawing(
            name=f"{name}-causes",
            draw=lambda: fig.draw_cause_curves(one),
            source=lambda: fig.cause_curves_source(one),
            alt=lambda: alt_text(one, only=("causes",)),
        )


def _reporting(name: str, results: _Results) -> Iterator[Drawing]:
    one = results[name]
    yield Drawing(
        name=f"{name}-states",
        draw=lambda: fig.draw_state_areas(one),
        source=lambda: fig.state_areas_source(one),
        alt=lambda: alt_text(one),
    )
    yield Drawing(
        name=f"{name}-transitions",
        draw=lambda: fig.draw_transition_diagram(one),
        source=lambda: fig.transition_diagram_source(one),
        alt=lambda: alt_text(one, only=("transitions",)),
    )
    yield Drawing(
        name=f"{name}-reasons",
        draw=lambda: fig.draw_reasons(one),
        source=lambda: fig.reasons_source(one),
        alt=lambda: reasons_alt(one),
    )


def _profile(name: str, results: _Results) -> Iterator[Drawing]:
    one = results[name]
    yield Drawing(
        name=f"{name}-shares",
        draw=lambda: fig.draw_comparison_paired(one),
        source=lambda: fig.comparison_paired_source(one),
        alt=lambda: alt_text(one),
    )
    for curve in ("escape", "retraction"):
        yield _compared_curve(f"{name}-{curve}", one, curve)


def _compared_curve(name: str, one: Released, curve: str) -> Drawing:
    return Drawing(
        name=name,
        draw=lambda: fig.draw_comparison_curves(one, curve=curve),
        source=lambda: fig.comparison_curves_source(one, curve=curve),
        alt=lambda: alt_text(one, only=(curve,)),
    )


#: The figures of each kind of result; kinds that are only tabulated have none.
FIGURES: Mapping[str, _Maker] = MappingProxyType(
    {
        "comparison": _simple(
            fig.draw_comparison_verdicts, fig.comparison_verdicts_source, alt_text
        ),
        "comparison_profile": _profile,
        "composite_claims": _simple(fig.draw_order, fig.order_source, alt_text),
        "cooccurrence": _simple(fig.draw_null_forest, fig.null_forest_source, alt_text),
        "depth_bias": _simple(fig.draw_depth_bias, fig.depth_bias_source, alt_text),
        "distribution": _ages,
        "documentation": _simple(fig.draw_documentation, fig.documentation_source, alt_text),
        "documentation_matrix": _simple(
            fig.draw_documentation_matrix, fig.documentation_matrix_source, alt_text
        ),
        "domain_sets": _simple(fig.draw_domain_upset, fig.domain_upset_source, alt_text),
        "escape_curves": _curves,
        "escape_rate": _simple(fig.draw_rate_variants, fig.rate_variants_source, alt_text),
        "escape_windows": _simple(fig.draw_windows, fig.windows_source, alt_text),
        "familiar_times": _times,
        "multiverse": _multiverse,
        "sample_plan": _simple(draw_plan, plan_source, plan_alt),
        "prevalence": _prevalence,
        "report_windows": _simple(fig.draw_report_windows, fig.report_windows_source, alt_text),
        "reporting": _reporting,
        "retraction": _simple(
            fig.draw_retraction_incidence, fig.retraction_incidence_source, alt_text
        ),
        "retraction_contrasts": _simple(fig.draw_odds_forest, fig.odds_forest_source, alt_text),
        "retraction_path": _simple(fig.draw_retraction_path, fig.retraction_path_source, alt_text),
        "sample_audit": _audit,
        "sizes": _sizes,
        "tactic_pairs": _simple(fig.draw_tactic_heatmap, fig.tactic_heatmap_source, alt_text),
        "timeline": _simple(fig.draw_timeline, fig.timeline_source, alt_text),
    }
)


def drawings(results: Mapping[str, Released]) -> Iterator[Drawing]:
    """List the figures of released results, in the order of the results.

    Parameters
    ----------
    results : mapping of str to Released
        By name.

    Yields
    ------
    Drawing
        Nothing is drawn yet. What is not available has no figure.
    """
    for name, released in results.items():
        maker = FIGURES.get(released.result.kind)
        if maker is not None and not isinstance(released.result, Unavailable):
            for one in maker(name, results):
                yield replace(one, result=name)
