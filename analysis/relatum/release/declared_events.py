"""Which result classes can be judged, and how: escape, reporting and steps back."""

from __future__ import annotations

from relatum.release.shapes import Count, Curve, ResultShape, RowShape, Share

__all__ = ["EVENT_SHAPES"]

_FLOW = RowShape(counts=(Count(field="n"), Count(field="n_left_out")), spaced=("n",))


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


def _horizon(whole: str, *more: str) -> RowShape:
    """Describe events by a horizon, at two completions of dates."""
    return RowShape(
        counts=tuple(Count(field=name) for name in (whole, "n_events_low", "n_events_high", *more)),
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
    blank=("without_two",),
    # The attempts of a stretch follow from its rate and its months.
    empty=("pieces",),
    plain=("title", "leave_out_low", "leave_out_high", "n_faults"),
)

_ESCAPE_CURVES = ResultShape(
    rows={
        "at_risk": RowShape(counts=(Count(field="n"),), spaced=("n",)),
        "horizon": _horizon("n_relationships"),
    },
    curves={
        "points": Curve(
            by=("curve", "completion"),
            time="month",
            risk="n_at_risk",
            values=("estimate",),
            marks="at_risk",
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
        ),
        "transitions": RowShape(
            counts=(
                Count(field="n", name="transition", by=("origin", "target")),
                Count(field="n_from", name="left_from", by=("origin",)),
            ),
            parts=(("n", "n_from"),),
            cases="n_cases",
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
    blank=("without_two",),
    plain=(
        *("title", "horizon", "leave_out_low", "leave_out_high", "unavailable", "n_faults"),
        *("min_at_risk", "conf_level"),
    ),
)


def _by_group(*groups: str) -> tuple[tuple[str, str], ...]:
    return tuple((f"n_stepped_{group}", f"n_{group}") for group in groups)


_RETRACTION = ResultShape(
    rows={
        "horizons": _horizon("n_women", "n_undetermined"),
        "joint": RowShape(
            counts=tuple(Count(field=f"n_{name}") for name in ("women", "joint", "undetermined")),
            parts=(("n_joint", "n_women"),),
            cases="n_cases",
        ),
        "at_risk": RowShape(counts=(Count(field="n"),), spaced=("n",)),
        "variants": RowShape(counts=(Count(field="n_events"),), spaced=("n_events",)),
        "after": _levels("after", "variable"),
        "determinants": RowShape(
            counts=tuple(
                Count(field=f"n_{name}")
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
        )
    },
    blank=("without_two",),
    plain=(
        *("title", "leave_out_low", "leave_out_high", "unavailable", "n_faults", "min_at_risk"),
        "conf_level",
    ),
)

_CONTRASTS = ResultShape(
    rows={
        "counts": RowShape(
            counts=tuple(
                Count(field=f"n_{name}")
                for name in ("stepped_with", "with", "stepped_without", "without", "undocumented")
            ),
            parts=_by_group("with", "without"),
            sums=(("", ("n_with", "n_without", "n_undocumented")),),
            cases="n_cases",
            plain=("n_telling_cases",),
        ),
        "contact": RowShape(counts=(Count(field="n_events_low"), Count(field="n_events_high"))),
    },
    header=(Count(field="n_reports"), Count(field="n_stepped")),
    plain=(
        *("title", "tier", "n_cases", "penalised", "familiar", "effects", "quality"),
        *("rate_ratio", "ratio_low", "ratio_high", "contact_refused", "bounds", "sensitivity"),
        *("unavailable", "conf_level"),
    ),
)

EVENT_SHAPES: dict[str, ResultShape] = {
    "escape_rate": _ESCAPE_RATE,
    "escape_curves": _ESCAPE_CURVES,
    "escape_outcomes": _ESCAPE_OUTCOMES,
    "reporting": _REPORTING,
    "retraction": _RETRACTION,
    "retraction_contrasts": _CONTRASTS,
}
