"""The rows of ``codings`` for samples of any size."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from relatum.samples.simulation.assemble import CODER, Identifiers, add_amounts, add_dates
from relatum.samples.simulation.assumptions import Assumptions
from relatum.samples.simulation.attributes import levels
from relatum.samples.simulation.events import Events
from relatum.samples.simulation.items import Items, Setting, document
from relatum.samples.simulation.structure import Structure
from relatum.samples.simulation.timeline import Timeline
from relatum.schema import Codebook
from relatum.schema.status import PRESENT, UNDOCUMENTED

__all__ = ["pair_codings"]

#: Rules and the collection of money are recorded as often as the control that they belong to.
_FAMILY = {"rules": "control", "economic": "control"}


def pair_codings(
    rng: Generator,
    assumptions: Assumptions,
    codebook: Codebook,
    structure: Structure,
    setting: Setting,
    items: Items,
    events: Events,
    time: Timeline,
) -> pd.DataFrame:
    """Build the rows of ``codings``: what the files show and what they rule out.

    Parameters
    ----------
    rng, assumptions, codebook
        Random numbers, declared quantities, and the codes.
    structure, setting, items, events, time
        What was drawn before.

    Returns
    -------
    DataFrame
        One row per documented item. How often a domain of acts is recorded is drawn once per
        relationship, so that a sample with more codes has no higher share of weekly control.
    """
    ids = Identifiers(structure, len(events.contacts), len(events.reports))
    own = _relationship_rows(codebook, items, ids)
    talked = _contact_rows(rng, assumptions, codebook, events, ids)
    rows = pd.concat([own, talked], ignore_index=True)
    n = len(rows)
    rows.insert(0, "coding_id", [f"k{number:03d}" for number in range(1, n + 1)])
    related = (rows["unit_type"] == "relationship").to_numpy()
    acts = related & (rows["status"] == "present").to_numpy() & rows["act"].to_numpy(dtype=bool)
    rows["source"] = _sources(rng, assumptions, setting, rows["at"].to_numpy(), related)
    rows["certainty"] = levels(rng, assumptions, "level.certainty", n)
    rows["context_inferred"] = rng.random(n) < assumptions.value("codings.context_inferred")
    rows["intensity"] = _intensities(rng, assumptions, codebook, rows, acts, setting.n)
    rows["coder_id"] = CODER
    add_dates(rng, assumptions, rows, time, acts)
    add_amounts(rng, rows)
    return rows.drop(columns=["at", "act"])


def _rows(
    unit_type: str, ids: NDArray[np.object_], names: list[str], codes: NDArray[np.int8]
) -> pd.DataFrame:
    at, column = np.nonzero(codes != UNDOCUMENTED)
    return pd.DataFrame(
        {
            "unit_type": unit_type,
            "unit_id": ids[at],
            "code": np.array(names, dtype=object)[column],
            "status": np.where(codes[at, column] == PRESENT, "present", "absent_documented"),
            "at": at,
        }
    )


def _relationship_rows(codebook: Codebook, items: Items, ids: Identifiers) -> pd.DataFrame:
    names = list(items.status)
    codes = np.stack([items.status[name] for name in names], axis=1)
    rows = _rows("relationship", ids.relationship, names, codes)
    tactics = {name for name in names if codebook[name].entity == "tactic"}
    return rows.assign(act=rows["code"].isin(tactics))


def _contact_rows(
    rng: Generator,
    assumptions: Assumptions,
    codebook: Codebook,
    events: Events,
    ids: Identifiers,
) -> pd.DataFrame:
    n = len(events.contacts)
    declared = assumptions.under("prevalence")
    names = [name for name in declared if codebook[name].unit == "contact"]
    chances = np.array([declared[name]["p"] for name in names])
    clarity = rng.normal(0, 0.5, (n, 1))
    true = rng.random((n, len(names))) < chances
    codes = document(rng, assumptions, true, clarity, "barrier")
    return _rows("contact", ids.contact, names, codes).assign(act=False)


def _sources(
    rng: Generator,
    assumptions: Assumptions,
    setting: Setting,
    at: NDArray[np.int64],
    related: NDArray[np.bool_],
) -> NDArray[np.object_]:
    """Draw what supports each item; some files hold nothing beside her own words."""
    more = rng.random(setting.n) < assumptions.value("evidence.beside_statement")
    n = len(at)
    couple = np.where(related, at, 0)
    statement = setting.statement[couple] | ~related
    first = levels(rng, assumptions, "level.source", n)
    other = levels(rng, assumptions, "level.source_without_statement", n)
    silent = np.char.find(first.astype(str), "victim_statement") >= 0
    mixed = np.where(statement | ~silent, first, other)
    alone = np.where(statement, "victim_statement", "police_summary").astype(object)
    return np.where(related & more[couple], mixed, alone)


def _intensities(
    rng: Generator,
    assumptions: Assumptions,
    codebook: Codebook,
    rows: pd.DataFrame,
    acts: NDArray[np.bool_],
    n: int,
) -> NDArray[np.object_]:
    domains = sorted({code.domain for code in codebook.select(entity="tactic")})
    place = {name: domains.index(_FAMILY.get(name, name)) for name in domains}
    drawn = levels(rng, assumptions, "level.intensity", n * len(domains)).reshape(n, -1)
    intensity = np.full(len(rows), None, dtype=object)
    at = rows["at"].to_numpy()[acts]
    where = [place[codebook[code].domain] for code in rows["code"].to_numpy()[acts]]
    intensity[acts] = drawn[at, where]
    intensity[intensity == "none"] = None
    return intensity
