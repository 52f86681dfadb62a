"""How the investigations of a sample were selected: what it declares, and the rows left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from relatum.models.counting import included_cases
from relatum.results.base import Note
from relatum.results.flow import FlowStep
from relatum.samples import Sample, SelectionStep

__all__ = ["Selection", "trace_selection"]

_COLUMN = "case_list_source"
_LISTED = SelectionStep(step="listed", label="Investigations listed", n=0, reason="")
_INCLUDED = SelectionStep(step="included", label="Investigations included", n=0, reason="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The steps from the list of investigations to those included, and what must be said of it.

    Attributes
    ----------
    steps : tuple of FlowStep
        First step first; empty where neither the sample nor its rows say anything.
    notes : tuple of Note
    """

    steps: tuple[FlowStep, ...]
    notes: tuple[Note, ...] = ()


def trace_selection(sample: Sample) -> Selection:
    """Trace how investigations were selected.

    Parameters
    ----------
    sample : Sample
        Its descriptor may declare the steps; its table ``cases`` may hold the investigations that
        were left out, each with the reason.

    Returns
    -------
    Selection
        Where rows were left out and nothing is declared, or a declared step leaves out just as
        many: a step per reason. Otherwise what is declared, and a note where the rows differ.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> found = trace_selection(example_sample("simulated"))
    >>> [(step.step, step.n, step.n_left_out) for step in found.steps]
    [('listed', 25, None), ('included', 12, 13)]
    """
    declared, left_out = sample.info.selection, _left_out(sample)
    n_included = len(included_cases(sample))
    if not left_out:
        return Selection(steps=_steps(declared), notes=() if declared else (_NOT_DECLARED,))
    n_listed = n_included + sum(left_out.values())
    listed = replace(_LISTED, n=n_listed)
    if not declared:
        declared = (listed, replace(_INCLUDED, n=n_included))
    for at, (before, after) in enumerate(pairwise(declared)):
        if (before.n, after.n) == (n_listed, n_included):
            reasons = tuple(_by_reason(sample, after, left_out, n=n_listed))
            return Selection(steps=_steps((*declared[: at + 1], *reasons, *declared[at + 2 :])))
    return Selection(steps=_steps(declared), notes=(_DIFFERS,))


_NOT_DECLARED = Note(
    "no_selection", "The sample does not say how its investigations were selected."
)
_DIFFERS = Note(
    "selection_differs",
    "The table of cases holds investigations that were left out, and no declared step of the "
    "selection leaves out as many; the declared steps are shown.",
)


def _left_out(sample: Sample) -> dict[str, int]:
    """Count the rows of investigations that were left out, by reason in the schema's order."""
    places = sample.tables["cases"][_COLUMN].astype("string").fillna("")
    levels = [level.value for level in sample.schema["cases"][_COLUMN].levels]
    counts = {level: int((places == level).sum()) for level in levels if level != "included"}
    return {level: n for level, n in counts.items() if n}


def _by_reason(
    sample: Sample, last: SelectionStep, left_out: dict[str, int], *, n: int
) -> Iterator[SelectionStep]:
    """Make a step per reason; the last one keeps the words that were declared for it."""
    labels = {level.value: level.label for level in sample.schema["cases"][_COLUMN].levels}
    for at, (level, count) in enumerate(left_out.items(), start=1):
        n -= count
        reason = labels[level].partition(": ")[2] or labels[level]
        if at < len(left_out):
            yield SelectionStep(step=level, label=f"Left after '{reason}'", n=n, reason=reason)
        else:
            yield replace(last, reason=last.reason if at == 1 and last.reason else reason)


def _steps(selection: Sequence[SelectionStep]) -> tuple[FlowStep, ...]:
    before = (None, *(step.n for step in selection))
    return tuple(
        FlowStep(
            step=step.step,
            label=step.label,
            unit="case",
            n=step.n,
            n_left_out=None if last is None else last - step.n,
            reason=step.reason,
        )
        for last, step in zip(before, selection, strict=False)
    )
