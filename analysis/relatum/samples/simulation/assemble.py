"""From arrays to tables: identifiers, dates as intervals, and the rows of ``codings``."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from relatum.samples.simulation.assumptions import Assumptions
from relatum.samples.simulation.attributes import Columns, levels
from relatum.samples.simulation.events import Events
from relatum.samples.simulation.items import Items, Setting, document
from relatum.samples.simulation.samplers import bernoulli_with_total
from relatum.samples.simulation.structure import Structure
from relatum.samples.simulation.timeline import Timeline, blur, to_dates
from relatum.schema import Codebook
from relatum.schema.status import PRESENT, UNDOCUMENTED

__all__ = ["CODER", "Identifiers", "add_amounts", "add_dates", "assemble", "coded_rows"]

CODER = "simulated"


class Identifiers:
    """The names of rows: a letter and a running number, without meaning."""

    def __init__(self, structure: Structure, contacts: int, reports: int) -> None:
        self.case = _names("c", len(structure.suspects))
        self.suspect = _names("s", len(structure.suspect_case))
        self.victim = _names("v", len(structure.victim_case))
        self.relationship = _names("r", len(structure.pair_suspect))
        self.contact = _names("p", contacts)
        self.report = _names("e", reports)


def _names(letter: str, n: int) -> NDArray[np.object_]:
    return np.array([f"{letter}{number:03d}" for number in range(1, n + 1)], dtype=object)


def assemble(
    structure: Structure,
    time: Timeline,
    events: Events,
    columns: Mapping[str, Columns],
    codings: pd.DataFrame,
    onset: tuple[NDArray[np.int64], NDArray[np.int64]],
    suspect_contacts: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """Build the tables of a sample from what was drawn."""
    ids = Identifiers(structure, len(events.contacts), len(events.reports))
    tables = {
        "cases": pd.DataFrame(
            {
                "case_id": ids.case,
                "case_start": to_dates(time.start),
                "case_end": to_dates(time.end),
                **columns["cases"],
            }
        ),
        "suspects": _suspects(ids, structure, time, columns["suspects"]),
        "victims": pd.DataFrame(
            {
                "victim_id": ids.victim,
                "case_id": ids.case[structure.victim_case],
                **columns["victims"],
            }
        ),
        "relationships": _relationships(ids, structure, time, columns["relationships"], onset),
        "codings": codings,
        **_event_tables(ids, events),
        "suspect_contacts": _contact_periods(ids, suspect_contacts),
    }
    for frame in tables.values():
        frame["simulated"] = True
    return tables


def _suspects(
    ids: Identifiers, structure: Structure, time: Timeline, columns: Columns
) -> pd.DataFrame:
    arrest = pd.Series(to_dates(np.maximum(time.arrest, 0))).where(time.arrest >= 0)
    return pd.DataFrame(
        {
            "suspect_id": ids.suspect,
            "case_id": ids.case[structure.suspect_case],
            "suspect_arrest_lower": arrest,
            "suspect_arrest_upper": arrest,
            **columns,
        }
    )


def _relationships(
    ids: Identifiers,
    structure: Structure,
    time: Timeline,
    columns: Columns,
    onset: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "relationship_id": ids.relationship,
            "case_id": ids.case[structure.pair_case],
            "suspect_id": ids.suspect[structure.pair_suspect],
            "victim_id": ids.victim[structure.pair_victim],
            "rel_onset_lower": to_dates(onset[0]),
            "rel_onset_upper": to_dates(onset[1]),
            "rel_entry_date": to_dates(time.entry),
            "rel_exit_lower": to_dates(time.exit),
            "rel_exit_upper": to_dates(time.exit),
            "rel_exit_cause": time.exit_cause,
            **columns,
        }
    )


def _named(names: NDArray[np.object_], at: pd.Series) -> NDArray[np.object_]:
    """Turn positions into names; -1 has none."""
    positions = at.to_numpy(dtype=np.int64)
    if not len(names):
        return np.full(len(positions), None, dtype=object)
    named: NDArray[np.object_] = names[np.maximum(positions, 0)].copy()
    named[positions < 0] = None
    return named


def _event_tables(ids: Identifiers, events: Events) -> dict[str, pd.DataFrame]:
    attempts = events.attempts.assign(
        attempt_id=_names("a", len(events.attempts)),
        relationship_id=_named(ids.relationship, events.attempts["relationship"]),
    )
    contacts = events.contacts.assign(
        contact_id=ids.contact,
        victim_id=_named(ids.victim, events.contacts["victim"]),
        relationship_id=_named(ids.relationship, events.contacts["relationship"]),
    )
    reports = events.reports.assign(
        report_id=ids.report,
        contact_id=_named(ids.contact, events.reports["contact"]),
        victim_id=_named(ids.victim, events.reports["victim"]),
        relationship_id=_named(ids.relationship, events.reports["relationship"]),
    )
    retractions = events.retractions.assign(
        retraction_id=_names("x", len(events.retractions)),
        report_id=_named(ids.report, events.retractions["report"]),
    )
    return {
        "escape_attempts": attempts.drop(columns="relationship"),
        "police_contacts": contacts.drop(columns=["relationship", "victim"]),
        "reports": reports.drop(columns=["relationship", "victim", "contact", "day"]),
        "retractions": retractions.drop(columns="report"),
    }


def _contact_periods(ids: Identifiers, periods: pd.DataFrame) -> pd.DataFrame:
    named = periods.assign(
        period_id=_names("q", len(periods)),
        relationship_id=_named(ids.relationship, periods["relationship"]),
    )
    return named.drop(columns="relationship")


# --- codings -----------------------------------------------------------------------------------


def coded_rows(
    rng: Generator,
    assumptions: Assumptions,
    codebook: Codebook,
    setting: Setting,
    items: Items,
    events: Events,
    time: Timeline,
) -> pd.DataFrame:
    """Build the rows of ``codings``: what the files show and what they rule out."""
    own = _relationship_rows(codebook, items, events)
    talked = _contact_rows(rng, assumptions, codebook, events)
    rows = pd.concat([own, talked], ignore_index=True)
    n = len(rows)
    rows.insert(0, "coding_id", _names("k", n))
    present = (rows["status"] == "present").to_numpy()
    related = (rows["unit_type"] == "relationship").to_numpy()
    statement = np.ones(n, dtype=bool)
    statement[related] = setting.statement[rows["at"].to_numpy()[related]]
    rows["source"] = _sources(rng, assumptions, statement)
    rows["certainty"] = levels(rng, assumptions, "level.certainty", n)
    rows["context_inferred"] = rng.random(n) < assumptions.value("codings.context_inferred")
    intensity = levels(rng, assumptions, "level.intensity", n)
    acts = related & present & rows["act"].to_numpy(dtype=bool)
    intensity[~(acts & (intensity != "none"))] = None
    rows["intensity"] = intensity
    rows["coder_id"] = CODER
    add_dates(rng, assumptions, rows, time, acts)
    add_amounts(rng, rows)
    return rows.drop(columns=["at", "act"])


def _relationship_rows(codebook: Codebook, items: Items, events: Events) -> pd.DataFrame:
    names = list(items.status)
    matrix = np.stack([items.status[name] for name in names], axis=1)
    tried = events.tried
    if "cop_active" in names:
        column = names.index("cop_active")
        # An attempt in the file is an action in the file.
        matrix[:, column] = np.where(tried, PRESENT, np.minimum(matrix[:, column], UNDOCUMENTED))
    at, column_at = np.nonzero(matrix != UNDOCUMENTED)
    codes = np.array(names, dtype=object)[column_at]
    tactic = np.array([codebook[name].entity == "tactic" for name in names])
    shown = matrix[at, column_at] == PRESENT
    return pd.DataFrame(
        {
            "unit_type": "relationship",
            "unit_id": _names("r", len(tried))[at],
            "code": codes,
            "status": np.where(shown, "present", "absent_documented"),
            "at": at,
            "act": tactic[column_at],
        }
    )


def _contact_rows(
    rng: Generator, assumptions: Assumptions, codebook: Codebook, events: Events
) -> pd.DataFrame:
    n = len(events.contacts)
    names = [name for name in assumptions.under("prevalence") if codebook[name].unit == "contact"]
    chances = np.array([assumptions.value(f"prevalence.{name}") for name in names])
    clarity = rng.normal(0, 0.5, (n, 1))
    true = rng.random((n, len(names))) < chances
    codes = document(rng, assumptions, true, clarity, "barrier")
    for column in range(len(names)):  # the chapter names each of them at least once
        if not (codes[:, column] == PRESENT).any():
            once = bernoulli_with_total(rng, np.full(n, 1 / n), 1, 2)
            codes[once, column] = PRESENT
    at, column_at = np.nonzero(codes != UNDOCUMENTED)
    shown = codes[at, column_at] == PRESENT
    return pd.DataFrame(
        {
            "unit_type": "contact",
            "unit_id": _names("p", n)[at],
            "code": np.array(names, dtype=object)[column_at],
            "status": np.where(shown, "present", "absent_documented"),
            "at": at,
            "act": False,
        }
    )


def _sources(
    rng: Generator, assumptions: Assumptions, statement: NDArray[np.bool_]
) -> NDArray[np.object_]:
    first = levels(rng, assumptions, "level.source", len(statement))
    other = levels(rng, assumptions, "level.source_without_statement", len(statement))
    silent = np.char.find(first.astype(str), "victim_statement") >= 0
    return np.where(statement | ~silent, first, other)


def add_dates(
    rng: Generator,
    assumptions: Assumptions,
    rows: pd.DataFrame,
    time: Timeline,
    acts: NDArray[np.bool_],
) -> None:
    """Date some of the acts, between the onset of the relationship and the end of observation."""
    dated = acts & (rng.random(len(rows)) < assumptions.value("dates.dated"))
    at = rows["at"].to_numpy()[dated]
    span = np.maximum(time.exit[at] - time.onset[at], 1)
    day = time.onset[at] + np.floor(rng.random(len(at)) * span).astype(np.int64)
    shares = np.array(list(assumptions.shares("dates.precision").values()))
    interval = blur(rng, day, shares)
    for name, days in (("date_lower", interval.lower), ("date_upper", interval.upper)):
        column = np.full(len(rows), np.datetime64("NaT", "ns"))
        column[dated] = to_dates(days)
        rows[name] = column
    precision = np.full(len(rows), "none", dtype=object)
    precision[dated] = interval.precision
    rows["date_precision"] = precision


def add_amounts(rng: Generator, rows: pd.DataFrame) -> None:
    """Draw amounts of exit fees: 6,000 and 50,000 euro occur, the others lie between them."""
    fee = ((rows["code"] == "eco_exit_fee_amount") & (rows["status"] == "present")).to_numpy()
    rows["value"] = pd.Series([None] * len(rows), dtype=object)
    places = rng.permutation(np.flatnonzero(fee))
    amounts = np.round(np.exp(rng.uniform(np.log(6000), np.log(50000), len(places))) / 500) * 500
    amounts[:1], amounts[1:2] = 6000, 50000
    rows.loc[places, "value"] = [str(int(amount)) for amount in amounts]
