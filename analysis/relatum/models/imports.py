"""The import of a sample as a result: what was left out, and how the source is named."""

from __future__ import annotations

from dataclasses import asdict

from relatum.results.base import Note, Unavailable
from relatum.results.imports import ImportReport, LeftOut
from relatum.results.provenance import provenance_of
from relatum.samples import Sample
from relatum.study import Study

__all__ = ["describe_import"]

_COUNTED = Note(
    "counted_things",
    "Things of different kinds are counted, such as cells, memos and records; the counts have no "
    "common denominator.",
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
        import, the report is still that of the import.

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
    return ImportReport(
        left_out=tuple(LeftOut(**asdict(row)) for row in sorted(record.discards)),
        attribution=record.attribution,
        terms=record.terms,
        notes=(_COUNTED,) if record.discards else (),
        provenance=provenance,
    )
