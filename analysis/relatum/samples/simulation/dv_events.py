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
    draw_attempt_days,
    report_frame,
    retraction_frames,
)
from relatum.samples.simulation.structure import Structure
from relatum.samples.simulation.timeline import Timeline

__all__ = ["draw_pair_events"]


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
    days = draw_attempt_days(rng, assumptions, time)
    rows = days.sort_values(["relationship", "day"], kind="stable", ignore_index=True)
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
