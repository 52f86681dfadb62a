"""How often items of a large registry are recorded: the counts and bounds of small samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from relatum.inference.common import IntArray
from relatum.models.counting import COUNT_NOTES, prevalence_row
from relatum.models.prevalence import code_groups, count_codes, couple_codes
from relatum.models.registry_records import RegistryRecords, registry_provenance
from relatum.results.base import Note, Unavailable
from relatum.results.prevalence import Prevalence, PrevalenceRow
from relatum.schema import Schema, load_schema
from relatum.schema.status import StatusCodes, combine_any
from relatum.study import Study

__all__ = [
    "Population",
    "RegistryCounter",
    "estimate_registry_prevalence",
    "registry_populations",
]

_WHAT = "prevalence in a registry"


def estimate_registry_prevalence(
    records: RegistryRecords, study: Study, *, schema: Schema | None = None
) -> Prevalence | Unavailable:
    """Count every item of a registry and bound its share.

    Parameters
    ----------
    records : RegistryRecords
        From `relatum.models.registry_records.read_records`; with groups, each is a population.
    study : Study
        The plan: its thresholds.
    schema : Schema, optional
        Whose codes are known; the shipped one by default.

    Returns
    -------
    Prevalence or Unavailable
        Items that are codes of the codebook in its order, with its labels and groups; then the
        others in the order of the file. Unavailable where there is no record or no item.

    Notes
    -----
    The rows are those of `relatum.models.prevalence.estimate_prevalence` for the same
    relationships. Items of victims are not in a table of relationships.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from relatum.models.registry_export import write_registry
    >>> from relatum.models.registry_records import read_records
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> with TemporaryDirectory() as folder:
    ...     path = write_registry(example_sample("anna"), f"{folder}/anna.parquet")
    ...     records = read_records(path, case="case_id", group="population")
    >>> found = estimate_registry_prevalence(records, read_study())
    >>> next(row for row in found.rows if row.term == "vio_physical").n_present
    1
    """
    source = registry_provenance(records, study)
    why = "the registry holds no record" if not records.n_records else ""
    why = why or ("the registry holds no item" if not records.items else "")
    if why:
        return Unavailable(what=_WHAT, why=why, provenance=source)
    counter = RegistryCounter(records, study, schema or load_schema())
    rows = [row for part in registry_populations(records) for row in counter.rows(part)]
    return Prevalence(
        title="Items recorded",
        rows=tuple(rows),
        min_documented_share=study.prevalence.min_documented_share,
        max_width=study.prevalence.max_width,
        notes=_notes(records),
        provenance=source,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Records of one group: its words, and the places of its records (None for all)."""

    words: str
    rows: IntArray | None
    label: str = ""

    def chosen(self, values: IntArray) -> IntArray:
        """Return what belongs to the population, of one value per record."""
        return values if self.rows is None else values.take(self.rows)


def registry_populations(records: RegistryRecords) -> tuple[Population, ...]:
    """Divide records as a sample is: known populations first, then labels in sorted order.

    Parameters
    ----------
    records : RegistryRecords

    Returns
    -------
    tuple of Population
        One, with all records, where there is but one group.
    """
    if len(records.group_labels) < 2:
        return (Population("all relationships", None, "".join(records.group_labels)),)
    labels = sorted(
        records.group_labels,
        key=lambda label: (label == "", label != "trafficking", label != "domestic_violence"),
    )
    return tuple(
        Population(
            _population_words(records.group, label),
            np.flatnonzero(records.groups == records.group_labels.index(label)),
            label,
        )
        for label in labels
    )


def _population_words(column: str, label: str) -> str:
    if not label:
        article = "a " if column == "population" else ""
        return f"relationships without {article}{column}"
    if column == "population":
        return f"{label.replace('_', ' ')} relationships"
    return f"relationships with {column} {label}"


class RegistryCounter:
    """Counts items of a registry under a plan."""

    def __init__(self, records: RegistryRecords, study: Study, schema: Schema) -> None:
        self.records, self.study = records, study
        held = set(records.items)
        self.codes = [code for code in couple_codes(schema.codebook) if code.id in held]
        self.groups = {f"any_{domain}": names for _, domain, names in code_groups(self.codes)}

    def rows(self, part: Population) -> list[PrevalenceRow]:
        """Rows of known codes as for a sample, then of the other items."""
        rows = count_codes(
            self.codes,
            lambda name: self.statuses((name,), part),
            self.study.prevalence,
            population=part.words,
        )
        known = {code.id for code in self.codes}
        return [*rows, *(self._own(name, part) for name in self.records.items if name not in known)]

    def _own(self, name: str, part: Population) -> PrevalenceRow:
        return prevalence_row(
            self.statuses((name,), part),
            self.study.prevalence,
            term=name,
            label=name,
            entity="item",
            domain="item",
            unit="relationship",
            population=part.words,
        )

    def statuses(self, members: Sequence[str], part: Population) -> StatusCodes:
        """Return the statuses of an item, or of any of several, in a population."""
        found = [self.records.statuses(name) for name in members]
        codes = found[0] if len(found) == 1 else combine_any(np.stack(found), axis=0)
        return codes if part.rows is None else codes.take(part.rows)

    def members(self, term: str) -> tuple[str, ...]:
        """Return the items behind a row: itself, or the codes of its group."""
        return self.groups.get(term, (term,))


def _notes(records: RegistryRecords) -> tuple[Note, ...]:
    notes = [*COUNT_NOTES]
    if records.skipped:
        text = f"Columns that were not read: {', '.join(records.skipped)}."
        notes.append(Note("registry_columns", text))
    return tuple(notes)
