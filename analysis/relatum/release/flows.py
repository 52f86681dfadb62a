"""Flows of which a step is withheld: the next one may not tell of it by what it left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from relatum.release.rules import Rules
from relatum.release.shapes import at, put
from relatum.results.flow import FlowStep

__all__ = ["flow_left", "without_jumps"]


def without_jumps(whole: Sequence[FlowStep], left: Sequence[FlowStep]) -> tuple[FlowStep, ...]:
    """Empty how many left, and why, at a step whose predecessor is withheld.

    What is left and what left add up to the step before: beside 12 with 10 left out stands a
    withheld 22, and beside a 25 before it the 3 that nobody may learn. Its reason speaks of the 10
    alone; beside a 25 and a 12 it would be read as that of 13.

    Parameters
    ----------
    whole, left : sequence of FlowStep
        All steps in their order, and those that go out.

    Examples
    --------
    >>> steps = [FlowStep(step=str(n), label="", unit="case", n=n, n_left_out=out, reason="")
    ...          for n, out in ((25, None), (22, 3), (12, 10))]
    >>> [(step.n, step.n_left_out) for step in without_jumps(steps, [steps[0], steps[2]])]
    [(25, None), (12, None)]
    """
    before = {_key(step): _key(last) for last, step in pairwise(whole)}
    kept = {_key(step) for step in left}
    return tuple(
        step
        if before.get(_key(step), _key(step)) in kept
        else replace(step, n_left_out=None, reason="")
        for step in left
    )


def _key(step: FlowStep) -> tuple[str, str]:
    return step.step, step.unit


def flow_left(field: str) -> Callable[[Any, Any, Rules], Any]:
    """Return what mends the flow in a field of a result, once its rows are filtered.

    Parameters
    ----------
    field : str
        Such as ``steps`` or ``flow``.
    """

    def mend(whole: Any, left: Any, _: Rules) -> Any:  # noqa: ANN401 - any result with a flow
        return put(left, field, without_jumps(at(whole, field), at(left, field)))

    return mend
