"""Curves under a strict profile: fewer steps, each of which stands for enough people."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from relatum.release.judge import far
from relatum.release.rules import Rules
from relatum.release.shapes import Curve, at

__all__ = ["kept_steps"]


def kept_steps(
    steps: tuple[Any, ...],
    curve: Curve,
    rules: Rules,
    *,
    marks: tuple[int, ...],
    shown: dict[tuple[str, ...], list[int]] | None = None,
    holder: object = None,
    result: object = None,
) -> tuple[Any, ...]:
    """Return the steps that may go out.

    Parameters
    ----------
    steps : tuple of rows
        All steps of all curves of a result.
    curve : Curve
        Their fields.
    rules : Rules
        The profile.
    marks : tuple of int
        Numbers at risk that are shown beside the curves.
    shown : dict of tuple to list of int, optional
        Numbers at risk that other curves of the same people show, by whose they are; those that
        go out here are added.
    holder : object
        The row that holds the steps, where they do not stand in the result itself.
    result : object
        What is left of the result, for heights that it shows beside the curves.

    Returns
    -------
    tuple of rows
        A step goes out if enough are at risk, if since the last one enough had the event and as
        many left without it (nobody left is allowed), and if its number at risk equals, or is far
        from, every other number at risk that is shown. What follows the last such step is cut.
        Nothing goes out where counts are rounded.

    Notes
    -----
    The events since the last step are taken as the rise times the smaller number at risk, which is
    no more than they were.
    """
    if rules.base:
        return ()
    taken: dict[tuple[str, ...], list[int]] = {} if shown is None or not curve.people else shown
    last: dict[tuple[object, ...], Any] = {}
    kept: dict[int, Any] = {}
    order: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for place, step in enumerate(steps):
        order[tuple(at(step, name) for name in curve.by)].append(place)
    for key, places in order.items():
        seen = taken.setdefault(_whose(curve, steps[places[0]], holder), [])
        seen += marks
        for place in sorted(places, key=lambda place: float(at(steps[place], curve.time))):
            step = steps[place]
            risk = at(step, curve.risk)
            if risk is None or risk < rules.smallest or not far(risk, seen, rules.smallest):
                continue
            if key in last and not _enough(last[key], step, curve, rules):
                continue
            if key not in last and not _enough_first(step, curve, rules):
                continue
            if curve.heights and not _apart(step, curve, rules, curve.heights(result, step)):
                continue
            if curve.states and not _states(step, curve, rules):
                continue
            last[key] = kept[place] = step
            seen.append(risk)
    return tuple(kept[place] for place in sorted(kept))


def _whose(curve: Curve, step: object, holder: object) -> tuple[str, ...]:
    """Name the people of a curve by words, by fields of its steps and of what holds them."""
    held = {"=": step, "^": holder}
    return tuple(
        str(at(held[word[0]], word[1:])) if word[0] in held else word for word in curve.people
    )


def _enough(before: Any, step: Any, curve: Curve, rules: Rules) -> bool:  # noqa: ANN401
    risks = at(before, curve.risk), at(step, curve.risk)
    fewest = min(risks)
    rises = [abs(at(step, name) - at(before, name)) * fewest for name in curve.values]
    events = sum(rises) / (2 if curve.states else 1)
    if curve.states:
        return all(rise < 1e-9 or rise >= rules.smallest for rise in rises)
    others = risks[0] - risks[1] - events
    return bool(events >= rules.smallest and (abs(others) < 0.5 or others >= rules.smallest))


def _enough_first(step: Any, curve: Curve, rules: Rules) -> bool:  # noqa: ANN401 - any row
    """Tell whether enough had the event up to the first step that is shown."""
    if curve.start is None:
        return True
    rises = [abs(at(step, name) - curve.start) * at(step, curve.risk) for name in curve.values]
    return all(rise < 1e-9 or rise >= rules.smallest for rise in rises)


def _apart(step: Any, curve: Curve, rules: Rules, heights: tuple[float, ...]) -> bool:  # noqa: ANN401
    """Tell whether a step equals, or is far from, each height that is shown elsewhere."""
    gaps = [
        abs(at(step, name) - height) * at(step, curve.risk)
        for name in curve.values
        for height in heights
    ]
    return all(gap < 1e-9 or gap >= rules.smallest for gap in gaps)


def _states(step: Any, curve: Curve, rules: Rules) -> bool:  # noqa: ANN401 - any row
    held = [at(step, name) * at(step, curve.risk) for name in curve.values]
    return not any(rules.small(round(n)) for n in held)
