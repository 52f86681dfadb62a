"""Which result classes can be judged, and how: samples, statuses and comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from relatum.release.declared_events import EVENT_SHAPES, RANGES
from relatum.release.declared_pairs import PAIR_SHAPES
from relatum.release.declared_profiles import PROFILE_SHAPES, side_counts
from relatum.release.declared_times import TIME_SHAPES
from relatum.release.flows import flow_left
from relatum.release.shapes import Count, ResultShape, RowShape, Share

__all__ = ["NOT_JUDGED", "SHAPES"]


def _status(prefix: str = "", *, rounds: bool = False) -> RowShape:
    """Describe a `PrevalenceRow`, alone or inside another row."""
    named = {
        "n_units": "applicable",
        "n_present": "present",
        "n_absent": "absent",
        "n_undocumented": "undocumented",
        "n_not_applicable": "not_applicable",
    }
    by = (f"{prefix}term", f"{prefix}unit", f"{prefix}population")
    whole, present, absent, silent, _ = (f"{prefix}{field}" for field in named)
    return RowShape(
        counts=tuple(
            Count(field=f"{prefix}{field}", name=name, by=by) for field, name in named.items()
        ),
        parts=((present, whole), (absent, whole)),
        rests=((silent, whole),),
        sums=((whole, (present, absent, silent)),),
        term=f"{prefix}term",
        shares=(
            Share(field=f"{prefix}documented_share", top=(present, absent), bottom=(whole,)),
            Share(field=f"{prefix}lower", top=(present,), bottom=(whole,)),
            Share(field=f"{prefix}upper", top=(present, silent), bottom=(whole,)),
            Share(field=f"{prefix}width", top=(silent,), bottom=(whole,)),
        ),
        rounds=rounds,
    )


_CELL = RowShape(
    counts=(
        Count(field="n_relationships", name="stratum", by=("stratum_variable", "stratum")),
        Count(field="n_items", name="items", by=("level", "term", "stratum_variable", "stratum")),
        Count(
            field="n_documented",
            name="documented",
            by=("level", "term", "stratum_variable", "stratum"),
        ),
    ),
    rests=(("n_documented", "n_items"),),
    shares=(Share(field="documented_share", top=("n_documented",), bottom=("n_items",)),),
    rounds=True,
)

_LEVEL = RowShape(
    counts=(
        Count(field="n", name="level", by=("variable", "unit", "level")),
        Count(field="n_units", name="units", by=("unit",)),
        Count(field="n_documented", name="known", by=("variable", "unit")),
        Count(field="n_undocumented", name="unknown", by=("variable", "unit")),
    ),
    parts=(("n", "n_documented"),),
    sums=(("n_units", ("n_documented", "n_undocumented")),),
    ends="level",
    rounds=True,
)

_SUMMARY = RowShape(
    counts=(
        Count(field="n_units", name="units", by=("unit",)),
        Count(field="n_documented", name="known", by=("variable", "unit")),
        Count(field="n_undocumented", name="unknown", by=("variable", "unit")),
    ),
    sums=(("n_units", ("n_documented", "n_undocumented")),),
    blank=("minimum", "maximum", "total"),
    amount="scale",
)

_FLOW = RowShape(
    counts=(Count(field="n"), Count(field="n_left_out")),
    rounds=True,
    spaced=("n",),
)


def _sides(*names: str) -> RowShape:
    """Describe a `ComparedRow`."""
    fields = ("n_units", "n_present", "n_absent", "n_undocumented")
    return RowShape(
        counts=tuple(count for side in names for count in side_counts(side, "id")),
        parts=tuple(
            (f"{side}.{part}", f"{side}.n_units")
            for side in names
            for part in ("n_present", "n_absent")
        ),
        rests=tuple((f"{side}.n_undocumented", f"{side}.n_units") for side in names),
        sums=tuple(
            (f"{side}.n_units", tuple(f"{side}.{part}" for part in fields[1:])) for side in names
        ),
        implied=tuple((f"{side}.{end}", f"{side}.n_units") for side in names for end in _ENDS),
        cases="trafficking.n_cases",
        blank=RANGES[:2],
        plain=("cases_needed",),
    )


_ENDS = ("low", "high")
_SAMPLE_COUNTS = tuple(Count(field=f"n_{held}") for held in ("relationships", "victims"))
_ORDER = RowShape(
    counts=tuple(
        Count(field=f"n_{name}")
        for name in ("both", "first", "second", "overlap", "undated", "fully_dated")
    ),
    sums=(("n_both", ("n_first", "n_second", "n_overlap", "n_undated")),),
    cases="n_cases",
    plain=("n_unbalanced", "family_size"),
)

_SHAPES: dict[str, ResultShape] = {
    "prevalence": ResultShape(
        rows={"rows": _status(rounds=True)},
        plain=("title", "min_documented_share", "max_width"),
    ),
    "prevalence_estimates": ResultShape(
        rows={
            "rows": RowShape(
                counts=_status("counted.").counts,
                parts=_status("counted.").parts,
                rests=_status("counted.").rests,
                sums=_status("counted.").sums,
                term="counted.term",
                cases="n_cases",
                implied=(("largest_share", "counted.n_units"),),
                reasons=("unit_weighted.leave_out", "case_average.leave_out"),
            )
        },
        plain=("title", "conf_level"),
    ),
    "silence_sensitivity": ResultShape(
        rows={"rows": _status("counted.")}, plain=("title", "threshold", "marks")
    ),
    "composite_claims": ResultShape(
        rows={
            "claims": _status("counted."),
            "depth": RowShape(counts=(Count(field="n", by=("variable", "stratum")),)),
            "links": RowShape(counts=(Count(field="n"),), cases="n_cases", degrees="n"),
            "order": _ORDER,
        },
        header=(Count(field="n_relationships"),),
        plain=("title", "population", "conf_level"),
    ),
    "documentation": ResultShape(
        rows={"cells": _CELL, "depth": RowShape(counts=(Count(field="n"),), degrees="n")}
    ),
    "distribution": ResultShape(rows={"levels": _LEVEL}, plain=("title",)),
    "summary": ResultShape(rows={"rows": _SUMMARY}),
    "flow": ResultShape(rows={"steps": _FLOW}, finish=flow_left("steps")),
    "import_report": ResultShape(
        rows={"left_out": RowShape(counts=(Count(field="n"),), rounds=True)},
        plain=("attribution", "terms"),
    ),
    "cluster_diagnostics": ResultShape(
        rows={
            "rows.classes": RowShape(
                counts=(
                    Count(
                        field="n_cases",
                        name="case_band",
                        by=("^unit", "^population", "low", "high"),
                    ),
                    Count(field="n_units"),
                ),
                plain=("low", "high"),
                rounds=True,
            ),
            "rows": RowShape(
                counts=(Count(field="n_units"),),
                implied=(("largest_share", "n_units"),),
                cases="n_cases",
                plain=("n_merged",),
            ),
        },
        plain=("icc_marks",),
    ),
    "comparison": ResultShape(
        rows={
            "samples": RowShape(
                counts=(*_SAMPLE_COUNTS, Count(field="largest_case")), cases="n_cases"
            ),
            "rows": _sides("trafficking", "domestic_violence"),
        },
        plain=(
            *("title", "assay", "global_verdict", "global_p", "global_why", "n_primary"),
            *("n_equivalent", "n_different", "n_not_shown", "n_unavailable", "level", "iccs"),
            *("depth_strata", "depth_cuts", "margins_hash", "unavailable"),
        ),
    ),
    "comparison_benchmarks": ResultShape(
        rows={
            "rows": RowShape(
                counts=(Count(field="n_units"), Count(field="n_undocumented")),
                rests=(("n_undocumented", "n_units"),),
                implied=tuple((end, "n_units") for end in _ENDS),
                plain=("rank",),
            )
        },
        plain=("title", "refused"),
    ),
    "agreement": ResultShape(
        rows={
            "rows": RowShape(
                counts=tuple(
                    Count(field=f"{stage}.n_pairs") for stage in ("documented", "present", "dates")
                ),
                plain=("n_disagreements",),
            )
        },
        header=(Count(field="n_units"), Count(field="overall.documented.n_pairs")),
        empty=("disagreements",),
        plain=("coders", "n_cases", "overall", "conf_level", "n_draws"),
    ),
    "depth_bias": ResultShape(
        rows={},
        plain=(
            *("title", "steps", "share_without_any", "parameters", "published"),
            "published_source",
        ),
    ),
}

#: Every class that can be judged, by its kind.
SHAPES: Mapping[str, ResultShape] = MappingProxyType(
    _SHAPES | EVENT_SHAPES | PAIR_SHAPES | PROFILE_SHAPES | TIME_SHAPES
)

#: Why the others are withheld as a whole.
NOT_JUDGED: Mapping[str, str] = MappingProxyType(
    {
        "arithmetic_audit": "it speaks of the published figures, and is released as public",
        "documentation_matrix": "it displays single rows",
        "escape_windows": "it displays single rows",
        "registry_comparison": "public registries have a rule of their own, `release_registry`",
        "registry_differences": "two groups of a registry are not judged by this version",
        "report_windows": "it displays single rows",
        "retraction_path": "it displays single rows",
        "sample_audit": "single figures of a sample hold no counts to judge them by",
        "sample_plan": "plans of new samples have a rule of their own, `release_plan`",
        "tactic_clusters": "its heights give the counts of pairs, and no step can be left out",
        "timeline": "it displays single rows",
    }
)
