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


def _falls(group: Any) -> list[tuple[float, float]]:  # noqa: ANN401 - a group
    """Reckon how many had the event at each step of a group."""
    heights = [1.0, *(step.estimate for step in group.steps)]
    return [
        (step.time, step.n_at_risk * (1 - step.estimate / before) if before else 0.0)
        for before, step in zip(heights, group.steps, strict=False)
    ]


def _rises(curve: Any, causes: tuple[Any, ...]) -> list[tuple[float, float]]:  # noqa: ANN401
    """Reckon how many had the cause at each step of a curve, of those free of every cause."""
    found, last = [], 0.0
    same = [other.steps for other in causes if other.group == curve.group]
    for step in curve.steps:
        gone = sum(
            max((s.estimate for s in steps if s.time < step.time), default=0.0) for steps in same
        )
        rise = (step.estimate - last) / (1 - gone) if gone < 1 else 0.0
        found.append((step.time, step.n_at_risk * rise))
        last = step.estimate
    return found


def _ended(
    steps: tuple[Any, ...], events: list[tuple[float, float]], rules: Rules
) -> tuple[Any, ...]:
    """End a curve where enough events follow, or none: all of them stand beside the curve."""
    while steps:
        rest = sum(n for time, n in events if time > steps[-1].time)
        if rest < 0.5 or rest > rules.smallest - 0.5:
            break
        steps = steps[:-1]
    return steps


def _group_ended(group: Any, before: Any, rules: Rules) -> Any:  # noqa: ANN401 - a group
    left = replace(group, steps=_ended(group.steps, _falls(before), rules))
    times = {step.time for step in left.steps}
    return replace(left, **{name: None for name in _ECHOES if getattr(left, name) not in times})


def _cause_ended(curve: Any, causes: tuple[Any, ...], rules: Rules) -> Any:  # noqa: ANN401
    (before,) = (c for c in causes if (c.group, c.cause) == (curve.group, curve.cause))
    return replace(curve, steps=_ended(curve.steps, _rises(before, causes), rules))


def _curves_left(whole: Any, result: Any, rules: Rules) -> Any:  # noqa: ANN401 - a result
    """End curves, and mark a result whose curves lost steps: no other height of them is known."""
    before = {group.group: group for group in whole.groups}
    result = replace(
        result,
        groups=tuple(_group_ended(one, before[one.group], rules) for one in result.groups),
        causes=tuple(_cause_ended(one, whole.causes, rules) for one in result.causes),
    )
    return _marked(whole, result)


def _marked(whole: Any, result: Any) -> Any:  # noqa: ANN401 - a result
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
    finish=_curves_left,
)

TIME_SHAPES: dict[str, ResultShape] = {"familiar_times": _FAMILIAR_TIMES}
