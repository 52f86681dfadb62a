"""Whether another attempt followed, by how the first was answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from relatum.results.base import Note, Unavailable
from relatum.results.escape_outcomes import OutcomeRow
from relatum.samples.durations import AttemptTime, Durations
from relatum.samples.durations_days import Window, latest_days

__all__ = ["Answers", "count_answers"]

ENOUGH_EPISODES = 20
_LABELS = {"violence": "Answered by violence", "other": "Answered otherwise"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """First attempts that left time for another.

    Attributes
    ----------
    rows : tuple of OutcomeRow
    gap_model : Unavailable
    note : Note
    """

    rows: tuple[OutcomeRow, ...]
    gap_model: Unavailable
    note: Note


@dataclass(frozen=True, slots=True)
class _Episode:
    """A first attempt: how it was answered (empty: not documented), and whether one followed."""

    answer: str
    followed: bool


def count_answers(durations: Durations, responses: Mapping[str, frozenset[str]]) -> Answers:
    """Count first attempts under observation by their answer, and those that another followed.

    Parameters
    ----------
    durations : Durations
    responses : mapping of str to frozenset of str
        The recorded responses to each attempt; none where nothing is documented.

    Returns
    -------
    Answers
        One row per answer: `n` were followed of `n_documented` first attempts that were answered
        so; `n_undocumented` were answered in a way that is not known.

    Notes
    -----
    With f of d followed, and g of u of those with an unknown answer, the share followed is at least
    f / (d + u - g) and at most (f + g) / (d + g): the silent first attempts may all have been
    answered so that moves it furthest. Attempts come in the order of their latest days; one on the
    last day leaves no time and is left out.
    """
    episodes = _episodes(durations, responses)
    silent = [episode for episode in episodes if not episode.answer]
    rows = tuple(
        _row(answer, [part for part in episodes if part.answer == answer], silent)
        for answer in _LABELS
    )
    return Answers(
        rows=rows if episodes else (), gap_model=_gap_model(len(episodes)), note=_note(silent)
    )


def _note(silent: Sequence[_Episode]) -> Note:
    after = sum(part.followed for part in silent)
    return Note(
        "answered_by_violence",
        "First attempts under observation that left time for another, and those that another "
        "followed. Bounds: the share followed, whatever the answer to first attempts of which it "
        f"is not documented ({len(silent)}, of which another followed {after}).",
    )


def _episodes(durations: Durations, responses: Mapping[str, frozenset[str]]) -> list[_Episode]:
    mine: dict[str, list[AttemptTime]] = {}
    for event in durations.events:
        mine.setdefault(event.relationship, []).append(event)
    found = []
    for row in durations.at_risk:
        events = mine.get(row.relationship, [])
        end = row.exit_upper or 0
        order = _in_order(events, end)
        if not order or order[0][0] >= end:
            continue
        held = responses.get(order[0][1].attempt, frozenset())
        answer = "violence" if "violence" in held else "other"
        found.append(_Episode(answer if held else "", len(order) > 1))
    return found


def _in_order(events: Sequence[AttemptTime], end: int) -> list[tuple[int, AttemptTime]]:
    """Sort attempts by their latest days."""
    windows: list[Window] = [
        ((event.lower or 0) + 1, end if event.upper is None else min(event.upper, end), event.order)
        for event in events
    ]
    days = latest_days(windows)
    dated = [(day, event) for day, event in zip(days, events, strict=True) if day is not None]
    return sorted(dated, key=lambda pair: pair[0])


def _row(answer: str, known: Sequence[_Episode], silent: Sequence[_Episode]) -> OutcomeRow:
    f, d = sum(part.followed for part in known), len(known)
    g, u = sum(part.followed for part in silent), len(silent)
    return OutcomeRow(
        variable="answered_by_violence",
        level=answer,
        label=_LABELS[answer],
        known_how="prospective",
        n=f,
        n_documented=d,
        n_undocumented=u,
        lower=f / (d + u - g) if d + u - g else (1.0 if g else None),
        upper=(f + g) / (d + g) if d + g else (0.0 if u else None),
    )


def _gap_model(episodes: int) -> Unavailable:
    noun = "relationship" if episodes == 1 else "relationships"
    lead = f"{episodes} {noun} remained at risk of a second attempt"
    why = (
        f"{lead}, fewer than {ENOUGH_EPISODES}"
        if episodes < ENOUGH_EPISODES
        else f"{lead}, which is enough, but the plan declares no such model"
    )
    return Unavailable(what="gap-time model with the answer to the first attempt", why=why)
