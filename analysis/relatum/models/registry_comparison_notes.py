"""What a reader must be told beside a comparison of open registries."""

from __future__ import annotations

from collections.abc import Sequence

from relatum.models.registry_groups import RecordGroup
from relatum.results.base import Note
from relatum.results.registry_comparison import SMALLEST_COUNT

__all__ = ["registry_notes"]

_SIDES = {"trafficking": "Trafficking", "domestic_violence": "partners"}
_OF_SOURCE: dict[str, tuple[Note, ...]] = {
    "linea137": (
        Note(
            "registry_selection",
            "The line is for sexual violence: every record is there because of it, in both groups, "
            "so the shares say nothing about violence by partners or trafficking elsewhere.",
        ),
        Note(
            "registry_blocks",
            "A flag says that a whole block of items was not answered, and its items still read "
            "NO. Such a NO is blank here; a SI counts as present even there.",
        ),
        Note(
            "registry_minors",
            "Many of the records concern minors; ages below 10 count as blank. Both groups are "
            "described by the words of the form; whether a person would use them is not known.",
        ),
    ),
    "ctdc": (
        Note(
            "registry_never_absent",
            "The files of the CTDC show which means of control were recorded and never rule one "
            "out: blank, -99 and 0 are all blank.",
        ),
        Note(
            "registry_assisted",
            "The CTDC holds persons whom organisations assisted, from many countries; a survey "
            "holds women of one country who live in households. They differ in more than this.",
        ),
    ),
    "dhs": (
        Note(
            "registry_chosen",
            "The women of the survey were chosen because they told of violence by a partner, so "
            "the shares of violence among them are high by that choice.",
        ),
    ),
}


def registry_notes(groups: Sequence[RecordGroup], registries: Sequence[str]) -> tuple[Note, ...]:
    """Word what holds for the comparison.

    Parameters
    ----------
    groups : sequence of RecordGroup
    registries : sequence of str
        Names of the adapters.
    """
    return (
        Note(
            "registry_assay",
            "No characteristic is known in advance to differ, so nothing shows that these records "
            "would find a difference: inside the margin is no proof of a parallel.",
        ),
        Note(
            "registry_rows",
            "Each verdict stands for its own row; they are not corrected for the number of rows.",
        ),
        Note("registry_cases", _case_words(groups)),
        Note(
            "registry_associations",
            "Odds ratios compare records of one year and take records as independent. Where a "
            "whole block is blank, reading it as no makes its items seem to go together.",
        ),
        *(note for name in registries for note in _OF_SOURCE[name]),
        *_repeat_notes(groups),
    )


def _case_words(groups: Sequence[RecordGroup]) -> str:
    parts = []
    for group in groups:
        held = group.describe()
        noun = "clusters of the survey" if held.weighted else "cases"
        words = _SIDES[held.side]
        if held.n_cases == held.n_records:
            parts.append(f"{words}: each of {held.n_records:,} records is a case of its own")
        else:
            parts.append(f"{words}: {held.n_records:,} records in {held.n_cases:,} {noun}")
    return (
        "An open registry has no investigations. Limits hold whatever ties records of a case, as "
        f"far as the files name the case; ties that they do not name are missed. {parts[0]}; "
        f"{parts[1]}."
    )


def _repeat_notes(groups: Sequence[RecordGroup]) -> tuple[Note, ...]:
    """Tell of records that equal an earlier one: another victim of the case, or entered twice."""
    n = sum(int(group.says("repeats", "yes").sum()) for group in groups)
    if n < SMALLEST_COUNT:
        return ()
    text = (
        f"{n:,} records equal an earlier one in everything that is read: another victim of the "
        "case, or entered twice. They are kept."
    )
    return (Note("registry_repeats", text),)
