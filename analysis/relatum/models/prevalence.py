"""How often tactics, domains, bonds, coping, barriers and characteristics are recorded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from relatum.models.counting import COUNT_NOTES, prevalence_row
from relatum.results.base import Note, Unavailable
from relatum.results.prevalence import Prevalence, PrevalenceRow
from relatum.results.provenance import provenance_of
from relatum.results.words import domain_label
from relatum.samples import Sample, status_frame
from relatum.schema import TACTIC_DOMAINS, Code, StatusCodes
from relatum.schema.status import combine_any
from relatum.study import Study

__all__ = ["COPING_FAMILIES", "estimate_prevalence"]

#: The families of coping, in the order in which reports print them.
COPING_FAMILIES: tuple[str, ...] = ("active", "fear", "minimise", "love", "no_change")

_EVENT_ENTITIES = ("barrier", "motivator")


def estimate_prevalence(sample: Sample, study: Study) -> Prevalence | Unavailable:
    """Count every code over its population and bound its share.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan: coder and thresholds.

    Returns
    -------
    Prevalence or Unavailable
        Codes of relationships over the relationships of each population; barriers and motivators
        over the victims with a recorded contact with the police. Unavailable where there is no
        relationship.

    Notes
    -----
    Worst-case bounds [n1 / N, (n1 + nU) / N] (Manski 1989, doi:10.2307/145818) describe these
    units. No sampling error is attached.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> found = estimate_prevalence(example_sample("anna"), read_study())
    >>> next(row for row in found.rows if row.term == "vio_physical").n_present
    1
    """
    provenance = provenance_of(sample, study)
    if sample.n("relationships") == 0:
        return Unavailable(
            what="prevalence", why="the sample holds no relationship", provenance=provenance
        )
    counter = _Counter(sample, study)
    rows = [row for population in _populations(sample) for row in counter.couple_rows(population)]
    victims = counter.victim_rows()
    return Prevalence(
        title="Codes recorded",
        rows=(*rows, *victims),
        min_documented_share=study.prevalence.min_documented_share,
        max_width=study.prevalence.max_width,
        notes=_notes(sample, study, bool(victims)),
        provenance=provenance,
    )


@dataclass(frozen=True, slots=True)
class _Population:
    """Relationships of one population: its words, and which rows belong to it."""

    words: str
    rows: NDArray[np.bool_]


def _populations(sample: Sample) -> tuple[_Population, ...]:
    held = sample.tables["relationships"]["population"].astype("string").fillna("")
    names = [name for name in ("trafficking", "domestic_violence", "") if (held == name).any()]
    if len(names) == 1:
        return (_Population("all relationships", np.ones(len(held), dtype=bool)),)
    words = {"": "relationships without a population"}
    return tuple(
        _Population(
            words.get(name, f"{name.replace('_', ' ')} relationships"),
            (held == name).to_numpy(dtype=bool),
        )
        for name in names
    )


@dataclass(frozen=True, slots=True)
class _Counter:
    """Counts codes of a sample under a plan."""

    sample: Sample
    study: Study

    def couple_rows(self, population: _Population) -> list[PrevalenceRow]:
        """Rows over relationships: composite, domains, tactics, bonds, coping, derived."""
        book = self.sample.schema.codebook.values()
        codes = [code for code in book if _of_couple(code)]
        frame = status_frame(
            self.sample, [code.id for code in codes], coder=self.study.coder or None
        )
        chosen = frame.loc[population.rows]
        single = {code.id: self._row(code, chosen, population.words) for code in codes}
        groups = [
            *self._groups(codes, chosen, population.words, "tactic", TACTIC_DOMAINS),
            *self._groups(codes, chosen, population.words, "coping", COPING_FAMILIES),
        ]
        first = [row for row in single.values() if row.domain == "composite"]
        rest = [row for row in single.values() if row.domain != "composite"]
        direct = [row for row in rest if row.entity == "domain"]
        return [*first, *direct, *groups, *(row for row in rest if row.entity != "domain")]

    def _row(self, code: Code, frame: pd.DataFrame, population: str) -> PrevalenceRow:
        return self._counted(
            _codes_of(frame, code.id), code.id, code.label, code.entity, code.domain, population
        )

    def _groups(
        self,
        codes: Sequence[Code],
        frame: pd.DataFrame,
        population: str,
        entity: str,
        domains: Iterable[str],
    ) -> list[PrevalenceRow]:
        rows = []
        for domain in domains:
            members = [c.id for c in codes if c.entity == entity and c.domain == domain]
            if not members:
                continue
            matrix = np.stack([_codes_of(frame, member) for member in members], axis=1)
            label = f"{domain_label(domain)}: any of {len(members)} codes"
            kind = f"{entity}_group"
            term = f"any_{domain}"
            rows.append(
                self._counted(combine_any(matrix, axis=1), term, label, kind, domain, population)
            )
        return rows

    def _counted(
        self,
        statuses: StatusCodes,
        term: str,
        label: str,
        entity: str,
        domain: str,
        population: str,
    ) -> PrevalenceRow:
        return prevalence_row(
            statuses,
            self.study.prevalence,
            term=term,
            label=label,
            entity=entity,
            domain=domain,
            unit="relationship",
            population=population,
        )

    def victim_rows(self) -> tuple[PrevalenceRow, ...]:
        """Barriers and motivators over the victims with a recorded contact."""
        with_contact = self.sample.tables["police_contacts"]["victim_id"].dropna().unique()
        book = self.sample.schema.codebook.values()
        codes = [code for code in book if code.entity in _EVENT_ENTITIES]
        frame = status_frame(
            self.sample, [c.id for c in codes], unit="victim", coder=self.study.coder or None
        )
        frame = frame.loc[frame.index.isin(with_contact)]
        if frame.empty:
            return ()
        return tuple(
            prevalence_row(
                _codes_of(frame, code.id),
                self.study.prevalence,
                term=code.id,
                label=code.label,
                entity=code.entity,
                domain=code.domain,
                unit="victim",
                population="victims with a recorded contact with the police",
            )
            for code in codes
        )


def _codes_of(frame: pd.DataFrame, column: str) -> StatusCodes:
    codes: StatusCodes = frame[column].status.codes
    return codes


def _of_couple(code: Code) -> bool:
    if code.is_derived:
        return code.unit == "relationship" and code.has_status_rule
    return code.is_coding and code.unit == "relationship" and code.value_type == "status"


def _notes(sample: Sample, study: Study, any_contact: bool) -> tuple[Note, ...]:
    plan = study.prevalence
    elements = sum(code.legal_element for code in sample.schema.codebook.values())
    notes = [
        *COUNT_NOTES,
        Note(
            "documentation_rule",
            f"Where less than {plan.min_documented_share:.0%} is documented only bounds are "
            f"printed; bounds wider than {plan.max_width:.2f} leave every confirmatory family.",
        ),
        Note(
            "legal_element",
            f"{elements} codes describe a means that is an element of the offence: selection on "
            "prosecution makes at least one of them true by inclusion.",
        ),
    ]
    if not any_contact:
        text = "No contact with the police is recorded, so barriers and motivators are left out."
        notes.append(Note("no_contact", text))
    return tuple(notes)
