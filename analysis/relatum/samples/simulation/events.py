"""Attempts to get away, contacts with the police, reports and retractions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from relatum.samples.simulation.assumptions import Assumptions
from relatum.samples.simulation.attributes import Limits, levels
from relatum.samples.simulation.structure import N_VICTIMS, Structure
from relatum.samples.simulation.timeline import Interval, Timeline, blur, to_dates
from relatum.schema import StatusArray
from relatum.schema.status import ABSENT, PRESENT, UNDOCUMENTED

__all__ = [
    "Events",
    "contact_frame",
    "describe_attempts",
    "draw_attempt_days",
    "draw_events",
    "report_frame",
    "retraction_frames",
]

_DAYS_IN_MONTH = 30.4


@dataclass(frozen=True, slots=True)
class Events:
    """The event tables, with positions of relationships and women instead of their ids.

    Attributes
    ----------
    attempts, contacts, reports, retractions : DataFrame
        One row per event; ``relationship`` and ``victim`` are positions, -1 where there is none.
    tried : array of bool, shape (73,)
        Relationships with any attempt.
    """

    attempts: pd.DataFrame
    contacts: pd.DataFrame
    reports: pd.DataFrame
    retractions: pd.DataFrame
    tried: NDArray[np.bool_]


def draw_events(
    rng: Generator,
    assumptions: Assumptions,
    structure: Structure,
    time: Timeline,
    limits: Limits,
    warned: NDArray[np.bool_],
) -> Events:
    """Draw all events of a sample, within the published limits of counts.

    Parameters
    ----------
    rng, assumptions, structure, time
        Random numbers, declared quantities, and what was drawn before.
    limits : mapping of str to tuple of int
        The published limits of counts.
    warned : array of bool, shape (73,)
        Relationships in which a threat to make her return is coded.
    """
    attempts = _draw_attempts(rng, assumptions, structure, time, limits["attempts:women"], warned)
    contacts = _draw_contacts(rng, assumptions, structure, time)
    reports = _draw_reports(rng, assumptions, contacts)
    retractions, visits = _draw_retractions(rng, assumptions, reports)
    contacts = contact_frame(rng, assumptions, contacts, visits, structure, time)
    tried = np.isin(np.arange(len(time.entry)), attempts["relationship"])
    return Events(attempts, contacts, reports, retractions, tried)


def _shares(assumptions: Assumptions, quantity: str) -> NDArray[np.float64]:
    return np.array(list(assumptions.shares(quantity).values()))


def _status(rng: Generator, assumptions: Assumptions, name: str, n: int) -> StatusArray:
    shares = assumptions.under("column")[name]
    known = [shares["present"], shares["absent"]]
    kinds = np.array([PRESENT, ABSENT, UNDOCUMENTED], dtype=np.int8)
    return StatusArray(kinds[rng.choice(3, size=n, p=[*known, 1 - sum(known)])])


def _dated(frame: pd.DataFrame, prefix: str, interval: Interval) -> None:
    frame[f"{prefix}_date_lower"] = to_dates(interval.lower)
    frame[f"{prefix}_date_upper"] = to_dates(interval.upper)
    frame[f"{prefix}_date_precision"] = interval.precision


# --- attempts --------------------------------------------------------------------------------


def _draw_attempts(
    rng: Generator,
    assumptions: Assumptions,
    structure: Structure,
    time: Timeline,
    women: tuple[int, int],
    warned: NDArray[np.bool_],
) -> pd.DataFrame:
    """Draw all attempts, given how many women tried to get away."""
    for _ in range(1000):
        attempts = _any_attempts(rng, assumptions, structure, time, warned)
        tried = attempts.loc[attempts["attempt_level"] != "intent_stated", "relationship"]
        if women[0] <= len(np.unique(structure.pair_victim[tried])) <= women[1]:
            return attempts
    msg = "The declared rate of attempts makes the published number of women too improbable."
    raise ValueError(msg)


def draw_attempt_days(rng: Generator, assumptions: Assumptions, time: Timeline) -> pd.DataFrame:
    """Draw days of attempts: those seen, and those before observation that the file tells."""
    frailty = rng.gamma(2.0, 0.5, len(time.entry))
    rate = assumptions.value("events.attempts", "rate") / _DAYS_IN_MONTH
    seen = rng.poisson(frailty * rate * (time.exit - time.entry))
    before = np.maximum(time.entry - time.onset, 0)
    told = rng.poisson(frailty * rate * before * assumptions.value("events.attempts", "told"))
    every = np.arange(len(seen))
    rel = np.concatenate([np.repeat(every, seen), np.repeat(every, told)])
    watched = np.arange(len(rel)) < seen.sum()
    first = np.where(watched, time.entry[rel], time.onset[rel])
    last = np.where(watched, time.exit[rel], time.entry[rel])
    span = np.maximum(last - first - 1, 1)
    return pd.DataFrame(
        {
            "relationship": rel,
            "attempt_known_how": np.where(watched, "prospective", "retrospective"),
            "day": first + 1 + np.floor(rng.random(len(rel)) * span).astype(np.int64),
        }
    )


def _any_attempts(
    rng: Generator,
    assumptions: Assumptions,
    structure: Structure,
    time: Timeline,
    warned: NDArray[np.bool_],
) -> pd.DataFrame:
    rows = draw_attempt_days(rng, assumptions, time)
    rows = pd.concat([rows, _fled_abroad(rng, structure, time, warned)], ignore_index=True)
    rows = rows.sort_values(["relationship", "day"], kind="stable", ignore_index=True)
    return describe_attempts(rng, assumptions, rows, time)


def _fled_abroad(
    rng: Generator, structure: Structure, time: Timeline, warned: NDArray[np.bool_]
) -> pd.DataFrame:
    """Draw the flights abroad of several women, given that most but not all were threatened.

    A threat to make her return may also be coded without reference to the flight (`warned`).
    """
    women_warned = np.unique(structure.pair_victim[warned])
    while True:
        n = int(rng.integers(3, 7))
        women = rng.choice(np.unique(structure.pair_victim), size=n, replace=False)
        threatened = np.zeros(n, dtype=bool)
        threatened[rng.permutation(n)[: n // 2 + 1]] = True
        if not (threatened | np.isin(women, women_warned)).all():
            break
    rel = np.array([rng.choice(np.flatnonzero(structure.pair_victim == w)) for w in women])
    span = np.maximum(time.exit[rel] - time.entry[rel] - 1, 1)
    return pd.DataFrame(
        {
            "relationship": rel,
            "attempt_known_how": "prospective",
            "day": time.entry[rel] + 1 + np.floor(rng.random(n) * span).astype(np.int64),
            "fled": True,
            "threatened": threatened,
        }
    )


def describe_attempts(
    rng: Generator, assumptions: Assumptions, rows: pd.DataFrame, time: Timeline
) -> pd.DataFrame:
    """Draw what describes attempts of which relationship, day and way of being known are given."""
    n = len(rows)
    fled = rows.get("fled", pd.Series(False, index=rows.index)).eq(True).to_numpy()
    threatened = rows.get("threatened", pd.Series(False, index=rows.index)).eq(True).to_numpy()
    level = levels(rng, assumptions, "level.attempt_level", n)
    level = np.where(fled, "separation_temporary", level)
    method = np.where(fled, "fled_country", levels(rng, assumptions, "level.attempt_method", n))
    response = levels(rng, assumptions, "level.attempt_suspect_response", n)
    quiet = levels(rng, assumptions, "level.attempt_response_without_threat", n)
    response = np.where(fled, np.where(threatened, "threat_her;threat_family", quiet), response)
    frame = rows[["relationship", "attempt_known_how"]].copy()
    frame["attempt_order"] = rows.groupby("relationship").cumcount() + 1
    frame["attempt_level"] = level
    frame["attempt_method"] = method
    frame["attempt_outcome"] = _outcomes(rng, assumptions, level, threatened)
    frame["attempt_suspect_response"] = response
    for name in ("attempt_target", "attempt_trigger", "attempt_helper"):
        frame[name] = levels(rng, assumptions, f"level.{name}", n)
    back = np.isin(frame["attempt_outcome"].to_numpy(dtype=str), _BACK)
    days = 1 + rng.geometric(0.1, n)
    frame["attempt_return_days_lower"] = pd.Series(days, dtype="Int64").where(back)
    frame["attempt_return_days_upper"] = pd.Series(days + 3, dtype="Int64").where(back)
    _dated(frame, "attempt", _attempt_dates(rng, assumptions, rows, time))
    return frame


_BACK = ("returned_by_threat", "returned_by_affection", "returned_other")


def _attempt_dates(
    rng: Generator, assumptions: Assumptions, rows: pd.DataFrame, time: Timeline
) -> Interval:
    """Blur the days; what was seen lies inside the time of observation."""
    raw = blur(rng, rows["day"].to_numpy(), _shares(assumptions, "dates.precision"))
    seen = (rows["attempt_known_how"] == "prospective").to_numpy()
    rel = rows["relationship"].to_numpy()
    lower = np.where(seen, np.maximum(raw.lower, time.entry[rel]), raw.lower)
    upper = np.where(seen, np.minimum(raw.upper, np.maximum(time.exit[rel], lower)), raw.upper)
    return Interval(lower, upper, raw.precision)


def _outcomes(
    rng: Generator,
    assumptions: Assumptions,
    level: NDArray[np.object_],
    threatened: NDArray[np.bool_],
) -> NDArray[np.object_]:
    back = levels(rng, assumptions, "level.attempt_return", len(level))
    by_level = {
        "intent_stated": "not_documented",
        "preparation_blocked": "intercepted",
        "attempt_intercepted": "intercepted",
        "separation_lasting": "away_until_exit",
    }
    outcome = [by_level.get(str(one), way) for one, way in zip(level, back, strict=True)]
    return np.where(threatened, "returned_by_threat", np.array(outcome, dtype=object))


# --- the police --------------------------------------------------------------------------------


def _draw_contacts(
    rng: Generator, assumptions: Assumptions, structure: Structure, time: Timeline
) -> pd.DataFrame:
    """Draw at most one first contact per woman: with the police's files, before or after arrest."""
    known = rng.random(N_VICTIMS) < assumptions.value("events.contact")
    women = np.flatnonzero(known)
    relationship = np.full(N_VICTIMS, -1)
    relationship[structure.pair_victim] = np.arange(len(structure.pair_victim))
    case = structure.victim_case[women]
    late = rng.random(len(women)) < assumptions.value("events.contact", "after")
    length = time.end[case] - time.start[case]
    into = np.floor(rng.random(len(women)) * length * 0.85).astype(np.int64)
    after = np.floor(rng.exponential(14, len(women))).astype(np.int64)
    return pd.DataFrame(
        {
            "victim": women,
            "relationship": relationship[women],
            "day": np.where(late, time.end[case] + after, time.start[case] + into),
        }
    )


def _draw_reports(rng: Generator, assumptions: Assumptions, contacts: pd.DataFrame) -> pd.DataFrame:
    n = len(contacts)
    made = rng.random(n) < assumptions.value("events.report")
    made[rng.choice(n, size=2, replace=False)] |= made.sum() < 2
    return report_frame(rng, assumptions, contacts, made)


def report_frame(
    rng: Generator, assumptions: Assumptions, contacts: pd.DataFrame, made: NDArray[np.bool_]
) -> pd.DataFrame:
    """Draw what describes the reports made at some of the contacts.

    Parameters
    ----------
    rng, assumptions
        Random numbers and declared quantities.
    contacts : DataFrame
        ``victim``, ``relationship`` and ``day`` of the contacts.
    made : array of bool, shape (n_contacts,)
        Contacts at which a report was made.
    """
    frame = contacts.loc[made, ["victim", "relationship", "day"]].copy()
    frame["contact"] = np.flatnonzero(made)
    m = len(frame)
    frame["report_made"] = levels(rng, assumptions, "level.report_made", m)
    frame["report_trigger"] = levels(rng, assumptions, "level.report_trigger", m)
    frame = frame.reset_index(drop=True)
    exact = Interval(
        frame["day"].to_numpy(), frame["day"].to_numpy(), np.full(m, "exact_day", dtype=object)
    )
    _dated(frame, "report", exact)
    return frame


def _draw_retractions(
    rng: Generator, assumptions: Assumptions, reports: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw who steps back, given that the reasons which the chapter names occur."""
    for _ in range(1000):
        back = rng.random(len(reports)) < assumptions.value("events.retraction")
        frame = pd.DataFrame({"report": np.flatnonzero(back)})
        for name in ("retraction_type", "retraction_reason", "retraction_contact_suspect"):
            frame[name] = levels(rng, assumptions, f"level.{name}", len(frame))
        if _named_reasons(frame):
            break
    return retraction_frames(rng, assumptions, reports, back, frame)


def retraction_frames(
    rng: Generator,
    assumptions: Assumptions,
    reports: pd.DataFrame,
    back: NDArray[np.bool_],
    frame: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Complete the steps back from some reports, and the visits at which they were made.

    Parameters
    ----------
    rng, assumptions
        Random numbers and declared quantities.
    reports : DataFrame
        The reports, with the day of each.
    back : array of bool, shape (n_reports,)
        Reports from which the woman steps back.
    frame : DataFrame
        ``report``, the type, the reason and the contact with the suspect of each step back.
    """
    m = len(frame)
    delay = 1 + np.floor(rng.exponential(assumptions.value("events.retraction", "days"), m))
    day = reports["day"].to_numpy()[back] + delay.astype(np.int64)
    frame["retraction_case_effect"] = levels(rng, assumptions, "level.retraction_case_effect", m)
    frame["retraction_contact_observable"] = rng.random(m) < 0.5
    for name in ("retraction_reversed", "return_to_partner"):
        frame[name] = _status(rng, assumptions, name, m)
    raw = blur(rng, day, _shares(assumptions, "dates.precision"))
    lower = np.maximum(raw.lower, reports["day"].to_numpy()[back] + 1)
    _dated(frame, "retraction", Interval(lower, np.maximum(raw.upper, lower), raw.precision))
    visits = reports.loc[back, ["victim", "relationship"]].reset_index(drop=True)
    visits["day"] = day
    return frame, visits


_CONTACT = {"phone", "visit", "letter_or_message", "via_third_party", "cohabiting"}


def _named_reasons(frame: pd.DataFrame) -> bool:
    reasons = set(";".join(frame["retraction_reason"].astype(str)).split(";"))
    contacts = set(frame["retraction_contact_suspect"].astype(str))
    return {"fresh_threat", "anger_explained"} <= reasons and bool(contacts & _CONTACT)


def contact_frame(
    rng: Generator,
    assumptions: Assumptions,
    contacts: pd.DataFrame,
    visits: pd.DataFrame,
    structure: Structure,
    time: Timeline,
) -> pd.DataFrame:
    """Draw what describes the first contacts and the visits at which women step back."""
    rows = pd.concat([contacts, visits], ignore_index=True)
    n, first = len(rows), len(contacts)
    frame = rows[["victim", "relationship"]].copy()
    kinds = levels(rng, assumptions, "level.contact_type", n)
    kinds[first:] = "retraction_visit"
    frame["contact_type"] = kinds
    frame["contact_initiator"] = levels(rng, assumptions, "level.contact_initiator", n)
    frame["willingness"] = levels(rng, assumptions, "level.willingness", n)
    frame["contact_relative_to_arrest"] = _relative_to_arrest(rows, structure, time)
    for name in ("pol_certified", "pol_support_offered"):
        p = assumptions.under("column")[name]
        u = rng.random(n)
        codes = np.where(
            u < p["present"], PRESENT, np.where(u > 1 - p["absent"], ABSENT, UNDOCUMENTED)
        )
        frame[name] = StatusArray(codes.astype(np.int8))
    day = rows["day"].to_numpy()
    _dated(frame, "contact", Interval(day, day, np.full(n, "exact_day", dtype=object)))
    return frame


def _relative_to_arrest(
    rows: pd.DataFrame, structure: Structure, time: Timeline
) -> NDArray[np.object_]:
    rel = rows["relationship"].to_numpy()
    arrest = time.arrest[structure.pair_suspect[np.maximum(rel, 0)]]
    day = rows["day"].to_numpy()
    words = np.select(
        [rel < 0, arrest < 0, day < arrest, day == arrest],
        ["not_documented", "no_arrest", "before", "same_day"],
        default="after",
    )
    return words.astype(object)
