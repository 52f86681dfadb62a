"""What was recorded with steps back, and which circumstances of a report came before them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from relatum.results.retraction import AfterRow
from relatum.samples import Sample
from relatum.samples.testimony import Testimony
from relatum.samples.testimony_rows import RetractionTime

__all__ = ["count_after"]

_SILENT = ("", "not_documented")
_VARIABLES: tuple[tuple[str, Callable[[RetractionTime], Iterable[str]]], ...] = (
    ("retraction_type", lambda row: (row.kind,)),
    ("retraction_reason", lambda row: row.reasons),
    ("retraction_contact_suspect", lambda row: row.contact_kinds),
    ("retraction_reversed", lambda row: (row.reversal,)),
    ("return_to_partner", lambda row: (row.returned,)),
    ("retraction_case_effect", lambda row: (row.case_effect,)),
)
_STATUS = {"present": "Recorded", "absent_documented": "Ruled out"}


def count_after(sample: Sample, testimony: Testimony) -> tuple[AfterRow, ...]:
    """Count what was recorded with or after each step back, with worst-case bounds.

    Parameters
    ----------
    sample : Sample
    testimony : Testimony
        Of this sample; steps back that are used count.

    Returns
    -------
    tuple of AfterRow
        Several reasons may be recorded for one step back. Bounds: with nothing recorded the step
        counts as without the level, then as with it.
    """
    rows = testimony.used_retractions
    found: list[AfterRow] = []
    for name, read in _VARIABLES:
        field = sample.schema["retractions"][name]
        cells = [frozenset(read(row)) - {*_SILENT} for row in rows]
        known = sum(bool(cell) for cell in cells)
        counts: Counter[str] = Counter(level for cell in cells for level in cell)
        found += [
            AfterRow(
                variable=name,
                level=level,
                label=_STATUS.get(level) or field.label(level) or level,
                n=counts[level],
                n_documented=known,
                n_undocumented=len(rows) - known,
                lower=counts[level] / len(rows),
                upper=(counts[level] + len(rows) - known) / len(rows),
            )
            for level in sorted(counts, key=lambda key: (-counts[key], key))
        ]
    return tuple(found)
