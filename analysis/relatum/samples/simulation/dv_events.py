"""Attempts, contacts with the police, reports and steps back for samples of any size."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.random import Generator

from relatum.samples.simulation.assumptions import Assumptions
from relatum.samples.simulation.attributes import levels
from relatum.samples.simulation.events import (
    Events,
    contact_frame,
    describe_attempts,
    report_frame,
    retraction_frames,
)
from relatum.samples.simulation.structure import Structure
from relatum.samples.simulation.timeline import Timeline

__all__ = ["draw_pair_events"]

_DAYS_IN_MONTH = 30.4


def draw_pair_events(
    rng: Generator, assumptions: Assumptions, structure: Structure, time: Timeline
) -> Events:
    """Draw all events of one sample at the declared rates; no count is fixed.

    Parameters
    ----------
    rng, assumptions, structure, time
        Random numbers, declared quantities, and what was drawn before.

    Returns
    -------
    Events
        Positions of relationships and women instead of their ids.
    """
    rows = _attempts(rng, assumptions, time)
    attempts = describe_attempts(rng, assumptions, rows, time)
    talks = _talks(rng, assumptions, structure, time)
    made = rng.random(len(talks)) < assumptions.value("events.report")
    reports = report_frame(rng, assumptions, talks, made)
    back = rng.random(len(reports)) < assumptions.value("events.retraction")
    frame = pd.DataFrame({"report": np.flatnonzero(back)})
    for name in ("retraction_type", "retraction_reason", "retraction_contact_suspect"):
        frame[name] = levels(rng, assumptions, f"level.{name}", len(frame))
    retractions, visits = retraction_frames(rng, assumptions, reports, back, frame)
    contacts = contact_frame(rng, assumptions, talks, visits, structure, time)
    tried = np.isin(np.arange(len(time.entry)), attempts["relationship"])
    return Events(attempts, contacts, reports, retractions, tried)


def _attempts(rng: Generator, assumptions: Assumptions, time: Timeline) -> pd.DataFrame:
    """Draw days of attempts: those seen, and those before observation that the file tells."""
    n = len(time.entry)
    frailty = rng.gamma(2.0, 0.5, n)
    rate = assumptions.value("events.attempts", "rate") / _DAYS_IN_MONTH
    before = np.maximum(time.entry - time.onset, 0)
    told = assumptions.value("events.attempts", "told")
    seen = rng.poisson(frailty * rate * (time.exit - time.entry))
    earlier = rng.poisson(frailty * rate * before * told)
    every = np.arange(n)
    rel = np.concatenate([np.repeat(every, seen), np.repeat(every, earlier)])
    watched = np.arange(len(rel)) < seen.sum()
    first = np.where(watched, time.entry[rel], time.onset[rel])
    last = np.where(watched, time.exit[rel], time.entry[rel])
    span = np.maximum(last - first - 1, 1)
    rows = pd.DataFrame(
        {
            "relationship": rel,
            "attempt_known_how": np.where(watched, "prospective", "retrospective"),
            "day": first + 1 + np.floor(rng.random(len(rel)) * span).astype(np.int64),
        }
    )
    return rows.sort_values(["relationship", "day"], kind="stable", ignore_index=True)


def _talks(
    rng: Generator, assumptions: Assumptions, structure: Structure, time: Timeline
) -> pd.DataFrame:
    """Draw at most one first contact per woman, early in the investigation or after its end."""
    n = len(structure.victim_case)
    women = np.flatnonzero(rng.random(n) < assumptions.value("events.contact"))
    relationship = np.full(n, -1)
    relationship[structure.pair_victim] = np.arange(len(structure.pair_victim))
    case = structure.victim_case[women]
    late = rng.random(len(women)) < assumptions.value("events.contact", "after")
    length = (time.end - time.start)[case] * assumptions.value("events.contact_window", "share")
    into = np.floor(rng.random(len(women)) * length).astype(np.int64)
    after = np.floor(rng.exponential(14, len(women))).astype(np.int64)
    day = np.where(late, time.end[case] + after, time.start[case] + into)
    return pd.DataFrame({"victim": women, "relationship": relationship[women], "day": day})
