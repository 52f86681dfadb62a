"""The import of a sample as a result: what was left out, and how the source is named."""

from __future__ import annotations

from dataclasses import asdict

from relatum.results.base import Note, Unavailable
from relatum.results.imports import ImportReport, LeftOut
from relatum.results.provenance import provenance_of
from relatum.samples import Sample
from relatum.samples.imported import WORKED_ROW
from relatum.study import Study

__all__ = ["describe_import"]

_COUNTED = Note(
    "counted_things",
    "Things of different kinds are counted, such as cells, memos and records; the counts have no "
    "common denominator.",
)
_WORKED_ROWS = Note(
    "worked_rows",
    "The worked rows of the template were recognised as such; they are no data and not counted.",
)


def describe_import(sample: Sample, study: Study) -> ImportReport | Unavailable:
    """Describe what the import of a sample left out.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan.

    Returns
    -------
    ImportReport or Unavailable
        Unavailable for a sample that was entered directly. Where the sample was changed after its
        import, the report is still that of the import. The worked rows of a template are named in
        a note and not counted: they describe nobody, and disclosure control takes a count of one
        for a person.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> print(describe_import(example_sample("anna"), read_study()))
    import: not available (this sample was not imported)
    """
    provenance = provenance_of(sample, study)
    record = sample.imported
    if record is None:
        return Unavailable(what="import", why="this sample was not imported", provenance=provenance)
    rows = [row for row in sorted(record.discards) if row.what != WORKED_ROW]
    notes = ((_COUNTED,) if rows else ()) + (
        (_WORKED_ROWS,) if len(rows) < len(record.discards) else ()
    )
    return ImportReport(
        left_out=tuple(LeftOut(**asdict(row)) for row in rows),
        attribution=record.attribution,
        terms=record.terms,
        notes=notes,
        provenance=provenance,
    )
