"""Which result classes can be judged, and how: familiar estimators of times to an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from relatum.release.rules import Rules
from relatum.release.shapes import Behind, Chain, Count, Curve, ResultShape, RowShape

__all__ = ["TIME_SHAPES"]


def _records_of_group(chain: Chain) -> Mapping[str, int | None]:
    """Reckon how many records the group of a curve has."""
    found, curve = chain[0], chain[-1]
    return {"n_records": {group.group: group.n_records for group in found.groups}.get(curve.group)}


#: Tests, contrasts and models compare groups, so they rest on all of them.
_GROUPS = Behind(rows="groups")
_ECHOES = ("median", "median_low", "median_high")


def _steps(start: float, *, marks: str = "", echoes: tuple[str, ...] = ()) -> Curve:
    return Curve(
        by=(),
        time="time",
        risk="n_at_risk",
        values=("estimate",),
        marks=marks,
        people=("times", "^group"),
        start=start,
        echoes=echoes,
    )


def _thinned(whole: Any, result: Any, _: Rules) -> Any:  # noqa: ANN401 - a result
    """Mark a result whose curves lost steps: only at the steps that are left is a height known."""
    before, after = (
        sum(len(curve.steps) for curve in (*held.groups, *held.causes)) for held in (whole, result)
    )
    return replace(result, thinned=after < before)


_FAMILIAR_TIMES = ResultShape(
    rows={
        "groups.at_risk": RowShape(counts=(Count(field="n"),), spaced=("n",), rounds=True),
        "groups": RowShape(
            counts=(
                Count(field="n_records", name="times_records", by=("group",)),
                Count(field="n_events", name="times_events", by=("group",)),
            ),
            parts=(("n_events", "n_records"),),
            rounds=True,
        ),
        "causes": RowShape(
            counts=(
                Count(field="n_records", name="times_records", by=("group",)),
                Count(field="n_events", name="times_cause", by=("group", "cause")),
            ),
            parts=(("n_events", "n_records"),),
            rounds=True,
            reckon=_records_of_group,
        ),
        "tests": RowShape(behind=(_GROUPS,)),
        "contrasts": RowShape(behind=(_GROUPS,)),
        "models": RowShape(
            counts=(Count(field="n_records"), Count(field="n_events")),
            parts=(("n_events", "n_records"),),
            cases="n_clusters",
            degrees="n_events",
            parameters="terms",
            behind=(_GROUPS,),
            rounds=True,
        ),
    },
    curves={
        "groups.steps": _steps(1.0, marks="at_risk", echoes=_ECHOES),
        "causes.steps": _steps(0.0),
    },
    header=(Count(field="n_records"), Count(field="n_events")),
    blank=("n_dropped",),
    empty=("dropped",),
    plain=(
        *("title", "event", "time_unit", "record", "origin", "delayed_entry", "n_clusters"),
        *("horizon", "refused", "min_at_risk", "conf_level", "attribution", "start", "thinned"),
    ),
    finish=_thinned,
)

TIME_SHAPES: dict[str, ResultShape] = {"familiar_times": _FAMILIAR_TIMES}
