"""What was used and why not: the flow of relationships and attempts into an analysis of time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from relatum.results.flow import FlowStep

__all__ = ["WHY_NOT", "duration_flow"]

#: The words for every reason, in the order in which the flow applies them.
WHY_NOT: Mapping[str, str] = MappingProxyType(
    {
        "no_entry": "it is not recorded when observation started",
        "outside_window": "the relationship did not overlap the investigation",
        "relationship_not_used": "the relationship is not used",
        "negative_time": "an interval of dates runs backwards",
        "level_not_documented": "how far it went is not documented",
        "not_observable": "a stated wish, or a preparation that was blocked",
        "seen_or_told_not_documented": "whether it was seen or told is not documented",
        "retrospective": "told about an earlier time; see the separate table",
        "before_origin": "it lies before the start",
        "no_exit": "nothing bounds the end of observation",
        "entry_after_exit": "observation starts after its end",
        "after_end": "it lies after the end of observation",
        "overlap": "its dates or its place contradict another attempt",
        "zero_length": "no time at risk is left for it",
    }
)


def duration_flow(relationships: Sequence[str], attempts: Sequence[str]) -> tuple[FlowStep, ...]:
    """Count what is left after each reason.

    Parameters
    ----------
    relationships, attempts : sequence of str
        Why each is not used; empty where it is.

    Returns
    -------
    tuple of FlowStep
        For each unit what is recorded, one step per reason that applies, and what is used.

    Examples
    --------
    >>> [(step.step, step.n) for step in duration_flow(["", "no_entry"], [])]
    [('recorded', 2), ('no_entry', 1), ('used', 1), ('recorded', 0), ('used', 0)]
    """
    return (*_steps("relationship", relationships), *_steps("attempt", attempts))


def _steps(unit: str, reasons: Sequence[str]) -> list[FlowStep]:
    counts = Counter(reasons)
    left = len(reasons)
    steps = [_step("recorded", "recorded", unit, left)]
    for reason, words in WHY_NOT.items():
        if counts[reason]:
            left -= counts[reason]
            steps.append(_step(reason, "left", unit, left, n_left_out=counts[reason], reason=words))
    return [*steps, _step("used", "used", unit, left)]


def _step(
    step: str, label: str, unit: str, n: int, *, n_left_out: int | None = None, reason: str = ""
) -> FlowStep:
    plural = f"{unit}s {label}"
    return FlowStep(step=step, label=plural, unit=unit, n=n, n_left_out=n_left_out, reason=reason)
