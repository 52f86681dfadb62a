"""Which result classes can be judged, and how: escape, reporting and steps back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from relatum.release.flows import flow_left
from relatum.release.rules import Rules
from relatum.release.shapes import Behind, Chain, Count, Curve, ResultShape, RowShape, Share

__all__ = ["EVENT_SHAPES", "RANGES"]

#: Estimates without one case, and without two: beside the estimate they tell of those cases.
RANGES = ("leave_out_low", "leave_out_high", "without_two")

_FLOW = RowShape(counts=(Count(field="n"), Count(field="n_left_out")), spaced=("n",), rounds=True)


def _levels(name: str, *by: str) -> RowShape:
    """Describe levels that were recorded with events, and their bounds."""
    silent, known = "n_undocumented", "n_documented"
    return RowShape(
        counts=(
            Count(field="n", name=name, by=(*by, "level")),
            Count(field=known, name=f"{name}_known", by=by),
            Count(field=silent, name=f"{name}_unknown", by=by),
        ),
        parts=(("n", known),),
        shares=(
            Share(field="lower", top=("n",), bottom=(known, silent)),
            Share(field="upper", top=("n", silent), bottom=(known, silent)),
        ),
        rounds=True,
    )


def _horizon_heights(result: Any, step: Any) -> tuple[float, ...]:  # noqa: ANN401 - a result
    """Give the shares by a horizon that stand beside a curve."""
    rows = getattr(result, "horizon", ()) or getattr(result, "horizons", ())
    rows = rows if isinstance(rows, tuple) else (rows,)
    held = [
        getattr(row, step.completion, None)
        for row in rows
        if step.curve in (getattr(row, "cause", ""), getattr(row, "curve", ""))
    ]
    return tuple(height for height in held if height is not None)


def _horizon(whole: str, *more: str, name: str = "", by: tuple[str, ...] = ()) -> RowShape:
    """Describe events by a horizon, at two completions of dates; the latest may have a name."""
    return RowShape(
        counts=(
            *(Count(field=field) for field in (whole, "n_events_high", *more)),
            Count(field="n_events_low", name=name, by=by),
        ),
        parts=(("n_events_high", whole), ("n_events_low", whole)),
        cases="n_cases",
    )


_STATES = ("no_report", "report_upheld", "stepped_back")

_ESCAPE_RATE = ResultShape(
    rows={
        "overall": RowShape(
            counts=(Count(field="n_relationships"), Count(field="n_events")),
            cases="n_event_cases",
            plain=("n_cases",),
        ),
        "variants": RowShape(counts=(Count(field="n_events"),), spaced=("n_events",)),
        "covariates": RowShape(
            counts=tuple(
                Count(field=f"n_{name}")
                for name in (
                    *("relationships", "events", "with", "events_with", "undocumented"),
                    "events_undocumented",
                )
            ),
            parts=(("n_with", "n_relationships"),),
            rests=(("n_events_with", "n_with"), ("n_events_undocumented", "n_events")),
            cells=(
                (("n_relationships", 1), ("n_with", -1), ("n_undocumented", -1)),
                (("n_events", 1), ("n_events_with", -1), ("n_events_undocumented", -1)),
            ),
            degrees="n_relationships",
        ),
        "flow": _FLOW,
        "entry": RowShape(
            counts=(Count(field="n_relationships"), Count(field="n_events")),
            plain=("n_pairs", "n_concordant"),
        ),
    },
    header=(Count(field="n_retrospective"),),
    blank=RANGES,
    # The attempts of a stretch follow from its rate and its months.
    empty=("pieces",),
    plain=("title", "n_faults"),
    finish=flow_left("flow"),
)

_ESCAPE_CURVES = ResultShape(
    rows={
        "at_risk": RowShape(counts=(Count(field="n"),), spaced=("n",), rounds=True),
        "horizon": _horizon("n_relationships"),
    },
    curves={
        "points": Curve(
            by=("curve", "completion"),
            time="month",
            risk="n_at_risk",
            values=("estimate",),
            marks="at_risk",
            people=("escape", "trafficking"),
            heights=_horizon_heights,
        )
    },
    plain=("title", "horizon_months", "mean_number", "min_at_risk", "conf_level"),
)

_ESCAPE_OUTCOMES = ResultShape(
    rows={
        "rows": _levels("outcome", "variable", "known_how"),
        "preceding": RowShape(counts=(Count(field="n_events"),)),
        "answered_by_violence": _levels("answer", "variable", "known_how"),
    },
    plain=("title", "gap_model"),
)

_REPORTING = ResultShape(
    rows={
        "shares": RowShape(
            counts=(
                Count(field="n_women", name="women", by=("split", "level")),
                Count(field="n_known", name="women_known", by=("split", "level")),
                Count(field="n_in_state", name="women_in_state", by=("split", "level", "state")),
                Count(field="n_undetermined", name="women_open", by=("split", "level")),
            ),
            parts=(("n_in_state", "n_known"),),
            sums=(("n_women", ("n_known", "n_undetermined")),),
            cases="n_cases",
        ),
        "at_risk": RowShape(
            counts=tuple(Count(field=name) for name in _STATES),
            spaced=_STATES,
            rounds=True,
        ),
        "transitions": RowShape(
            counts=(
                Count(field="n", name="transition", by=("origin", "target")),
                Count(field="n_from", name="left_from", by=("origin",)),
            ),
            parts=(("n", "n_from"),),
            cases="n_cases",
            rounds=True,
        ),
        "incidence": _horizon("n_women"),
        "reasons": RowShape(
            counts=tuple(
                Count(field=f"n_{name}")
                for name in ("women", "present", "absent_documented", "not_documented")
            ),
            parts=(("n_present", "n_women"), ("n_absent_documented", "n_women")),
            rests=(("n_not_documented", "n_women"),),
            sums=(("n_women", ("n_present", "n_absent_documented", "n_not_documented")),),
        ),
        "flow": _FLOW,
    },
    curves={
        "points": Curve(
            by=("completion",),
            time="day",
            risk="n_at_risk",
            values=_STATES,
            states=True,
            marks="at_risk",
        )
    },
    header=(Count(field="n_without_reasons"),),
    blank=RANGES,
    plain=("title", "horizon", "unavailable", "n_faults", "min_at_risk", "conf_level"),
    finish=flow_left("flow"),
)


def _by_group(*groups: str) -> tuple[tuple[str, str], ...]:
    return tuple((f"n_stepped_{group}", f"n_{group}") for group in groups)


_RETRACTION = ResultShape(
    rows={
        "horizons": _horizon("n_women", "n_undetermined", name="stepped_by", by=("curve", "day")),
        "joint": RowShape(
            counts=tuple(Count(field=f"n_{name}") for name in ("women", "joint", "undetermined")),
            parts=(("n_joint", "n_women"),),
            cases="n_cases",
        ),
        "at_risk": RowShape(counts=(Count(field="n"),), spaced=("n",), rounds=True),
        "variants": RowShape(counts=(Count(field="n_events"),), spaced=("n_events",)),
        "after": _levels("after", "variable"),
        "determinants": RowShape(
            counts=tuple(
                Count(field=f"n_{name}", name=f"determinant_{name}", by=("term",))
                for name in (
                    *("stepped_with", "with", "stepped_without", "without"),
                    *("stepped_undocumented", "undocumented"),
                )
            ),
            parts=_by_group("with", "without"),
            rests=_by_group("undocumented"),
            sums=(
                ("", ("n_with", "n_without", "n_undocumented")),
                ("", ("n_stepped_with", "n_stepped_without", "n_stepped_undocumented")),
            ),
            rounds=True,
        ),
        "flow": _FLOW,
    },
    curves={
        "points": Curve(
            by=("curve", "completion"),
            time="day",
            risk="n_at_risk",
            values=("estimate",),
            marks="at_risk",
            people=("retraction", "trafficking"),
            heights=_horizon_heights,
        )
    },
    blank=RANGES,
    plain=("title", "unavailable", "n_faults", "min_at_risk", "conf_level"),
    finish=flow_left("flow"),
)

_REPORTS = (
    Count(field="n_reports", name="contrast_reports"),
    Count(field="n_stepped", name="contrast_stepped"),
)
_SIDES = ("stepped_with", "with", "stepped_without", "without")


def _of_reports(chain: Chain) -> Mapping[str, int | None]:
    return {"n_reports": chain[0].n_reports, "n_stepped": chain[0].n_stepped}


#: Under both readings of silence the same reports are counted: a small difference of the two tells
#: of the undocumented.
_CONTRAST_COUNTS = RowShape(
    counts=(
        *(Count(field=f"n_{x}", name=f"contrast_{x}", by=("term", "coding")) for x in _SIDES),
        Count(field="n_undocumented"),
        *_REPORTS,
    ),
    parts=_by_group("with", "without"),
    sums=(
        ("n_reports", ("n_with", "n_without")),
        ("n_stepped", ("n_stepped_with", "n_stepped_without")),
    ),
    cases="n_cases",
    plain=("n_telling_cases",),
    spaced=tuple(f"n_{x}" for x in _SIDES),
    reckon=_of_reports,
)
#: Estimates over all reports rest on every row of counts; those of a covariate on its own.
_ALL_COUNTS = Behind(rows="counts")
_OWN_COUNTS = Behind(rows="counts", same=(("term", "term"),))


def _model(behind: Behind = _ALL_COUNTS) -> RowShape:
    """Describe an estimate over the reports that holds no counts of its own."""
    return RowShape(cases="/n_cases", degrees="/n_reports", behind=(behind,))


def _contact_left(_: Any, result: Any, rules: Rules) -> Any:  # noqa: ANN401 - a result
    """Take out the ratio of two rates where one of them does not go out."""
    left = {(row.variable, row.level) for row in result.contact}
    if result.rate_ratio is None or {("contact", "contact"), ("contact", "none")} <= left:
        return result
    ends = dict.fromkeys(("rate_ratio", "ratio_low", "ratio_high"))
    return replace(result, **ends, contact_refused=rules.why)


_CONTRASTS = ResultShape(
    rows={
        "counts": _CONTRAST_COUNTS,
        "contact": RowShape(counts=(Count(field="n_events_low"), Count(field="n_events_high"))),
        "penalised": _model(Behind(rows="counts", same=(("term", "term"), ("coding", "coding")))),
        "familiar": _model(),
        "effects": _model(_OWN_COUNTS),
        "quality": _model(),
        "sensitivity": replace(_model(), never=(("name", "earliest_dates"),)),
    },
    header=_REPORTS,
    # Bounds are fractions of the women who report with and without the covariate, and of those who
    # do not: no count of them is part of the result.
    empty=("bounds",),
    plain=(
        *("title", "tier", "n_cases", "rate_ratio", "ratio_low", "ratio_high"),
        *("contact_refused", "unavailable", "conf_level"),
    ),
    finish=_contact_left,
)

EVENT_SHAPES: dict[str, ResultShape] = {
    "escape_rate": _ESCAPE_RATE,
    "escape_curves": _ESCAPE_CURVES,
    "escape_outcomes": _ESCAPE_OUTCOMES,
    "reporting": _REPORTING,
    "retraction": _RETRACTION,
    "retraction_contrasts": _CONTRASTS,
}
