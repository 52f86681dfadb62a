"""Days that obey an order: the earliest and the latest completion of dated steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Step", "fits", "narrow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One dated step and what it cannot precede.

    Attributes
    ----------
    lower, upper : int or None
        First and last possible day by its own record; None where nothing bounds it.
    after : tuple of int
        Places, earlier in the list, of steps that it cannot precede.
    """

    lower: int | None
    upper: int | None
    after: tuple[int, ...] = ()


def narrow(steps: Sequence[Step]) -> list[tuple[int, int | None]]:
    """Narrow every interval to the days that the order of the steps allows.

    Parameters
    ----------
    steps : sequence of Step
        Each after all the steps that it names; one without a first day names another.

    Returns
    -------
    list of tuple
        First and last day, None where nothing bounds the last.

    Notes
    -----
    All first days together are in order, and so are all last days: if any days fit, these are the
    earliest and the latest of each step that do.

    Examples
    --------
    >>> narrow([Step(lower=0, upper=9), Step(lower=None, upper=5, after=(0,))])
    [(0, 5), (0, 5)]
    """
    first: list[int] = []
    for step in steps:
        before = [first[place] for place in step.after]
        first.append(max([*before, *([] if step.lower is None else [step.lower])]))
    last: list[int | None] = [step.upper for step in steps]
    for at in reversed(range(len(steps))):
        for place in steps[at].after:
            last[place] = _sooner(last[place], last[at])
    return list(zip(first, last, strict=True))


def _sooner(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def fits(steps: Sequence[Step]) -> bool:
    """Tell whether any days obey the order.

    Examples
    --------
    >>> fits([Step(lower=7, upper=9), Step(lower=None, upper=5, after=(0,))])
    False
    """
    return all(high is None or low <= high for low, high in narrow(steps))
