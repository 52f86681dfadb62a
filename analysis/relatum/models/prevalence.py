"""How often tactics, domains, bonds, coping, barriers and characteristics are recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from relatum.schema import TACTIC_DOMAINS, Code, Codebook, StatusCodes
from relatum.schema.status import combine_any
from relatum.study import PrevalencePlan, Study

__all__ = [
    "COPING_FAMILIES",
    "code_groups",
    "count_codes",
    "couple_codes",
    "estimate_prevalence",
]

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
        codes = couple_codes(self.sample.schema.codebook)
        frame = status_frame(
            self.sample, [code.id for code in codes], coder=self.study.coder or None
        )
        chosen = frame.loc[population.rows]
        return count_codes(
            codes,
            lambda code: _codes_of(chosen, code),
            self.study.prevalence,
            population=population.words,
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


def couple_codes(codebook: Codebook) -> tuple[Code, ...]:
    """Return the codes that are counted over relationships, in the order of the codebook."""
    return tuple(code for code in codebook.values() if _of_couple(code))


def count_codes(
    codes: Sequence[Code],
    statuses: Callable[[str], StatusCodes],
    plan: PrevalencePlan,
    *,
    population: str,
) -> list[PrevalenceRow]:
    """Count codes of relationships, and whether any code of a domain or family is present.

    Parameters
    ----------
    codes : sequence of Code
        From `couple_codes`, or some of them.
    statuses : callable
        Gives the statuses of the population in a code, shape (n_units,).
    plan : PrevalencePlan
        The thresholds.
    population : str
        In words.

    Returns
    -------
    list of PrevalenceRow
        Composite, domains, groups of codes, then the codes one by one.
    """

    def row(code: Code) -> PrevalenceRow:
        return prevalence_row(
            statuses(code.id),
            plan,
            term=code.id,
            label=code.label,
            entity=code.entity,
            domain=code.domain,
            unit="relationship",
            population=population,
        )

    def group(entity: str, domain: str, members: Sequence[str]) -> PrevalenceRow:
        noun = "code" if len(members) == 1 else "codes"
        return prevalence_row(
            combine_any(np.stack([statuses(member) for member in members]), axis=0),
            plan,
            term=f"any_{domain}",
            label=f"{domain_label(domain)}: any of {len(members)} {noun}",
            entity=f"{entity}_group",
            domain=domain,
            unit="relationship",
            population=population,
        )

    groups = [group(entity, domain, members) for entity, domain, members in code_groups(codes)]
    rows = [row(code) for code in codes]
    first = [found for found in rows if found.domain == "composite"]
    rest = [found for found in rows if found.domain != "composite"]
    direct = [found for found in rest if found.entity == "domain"]
    return [*first, *direct, *groups, *(found for found in rest if found.entity != "domain")]


def code_groups(codes: Sequence[Code]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return the domains of tactics and families of coping that hold codes.

    Returns
    -------
    list of (str, str, tuple of str)
        Entity, domain or family, and its codes.
    """
    kinds = (("tactic", TACTIC_DOMAINS), ("coping", COPING_FAMILIES))
    found = []
    for entity, domains in kinds:
        for domain in domains:
            members = tuple(c.id for c in codes if c.entity == entity and c.domain == domain)
            if members:
                found.append((entity, domain, members))
    return found


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
