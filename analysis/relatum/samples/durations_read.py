"""Dates of relationships and attempts as whole days from entry, as they stand in the tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import pandas as pd

from relatum.samples.frames import day_numbers
from relatum.samples.sample import Sample

__all__ = [
    "AttemptDays",
    "DayInterval",
    "ExitDays",
    "ExitSource",
    "SpellDays",
    "read_attempts",
    "read_spells",
]

#: Earliest and latest day; None where the table leaves it open.
DayInterval: TypeAlias = tuple[int | None, int | None]
ExitSource: TypeAlias = Literal["relationship", "arrest", "investigation", ""]
_Days: TypeAlias = dict[str, int | None]
_LATE = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitDays:
    """When and why observation ended, in days from entry.

    Attributes
    ----------
    lower, upper : int or None
        None where nothing bounds the end.
    cause : str
    source : {"relationship", "arrest", "investigation", ""}
    """

    lower: int | None
    upper: int | None
    cause: str
    source: ExitSource


@dataclass(frozen=True, slots=True, kw_only=True)
class SpellDays:
    """One relationship as recorded; days count from entry where there is one.

    Attributes
    ----------
    relationship, case, suspect, population : str
    in_window : bool or None
    entry : int or None
        The day of entry on an absolute count, for nothing but differences.
    onset, recorded_exit : DayInterval
    exit : ExitDays
        The first of the recorded exit, the arrest and the end of the investigation.
    case_end : int or None
    """

    relationship: str
    case: str
    suspect: str
    population: str
    in_window: bool | None
    entry: int | None
    onset: DayInterval
    recorded_exit: DayInterval
    exit: ExitDays
    case_end: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptDays:
    """One attempt as recorded, in days from entry.

    Attributes
    ----------
    attempt, relationship, level, known_how : str
    lower, upper : int or None
        Earliest and latest day, both possible.
    order : int or None
    """

    attempt: str
    relationship: str
    level: str
    known_how: str
    lower: int | None
    upper: int | None
    order: int | None


def _texts(values: pd.Series) -> list[str]:
    return ["" if pd.isna(value) else str(value) for value in values]


def _since(day: int | None, entry: int | None) -> int | None:
    return None if day is None or entry is None else day - entry


def read_spells(sample: Sample) -> list[SpellDays]:
    """Read every relationship, its origin, its entry and what could have ended it.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    list of SpellDays
        In the order of the table.
    """
    rows = sample.tables["relationships"]
    suspects, cases = sample.tables["suspects"], sample.tables["cases"]
    arrests = dict(
        zip(
            _texts(suspects["suspect_id"]),
            zip(
                day_numbers(suspects["suspect_arrest_lower"]),
                day_numbers(suspects["suspect_arrest_upper"]),
                strict=True,
            ),
            strict=True,
        )
    )
    ends = dict(zip(_texts(cases["case_id"]), day_numbers(cases["case_end"]), strict=True))
    names = ("relationship_id", "case_id", "suspect_id", "population", "rel_exit_cause")
    dates = [f"rel_{part}" for part in ("onset_lower", "onset_upper", "entry_date")]
    dates += ["rel_exit_lower", "rel_exit_upper"]
    texts = zip(*(_texts(rows[name]) for name in names), strict=True)
    days = zip(*(day_numbers(rows[name]) for name in dates), strict=True)
    window = [None if pd.isna(value) else bool(value) for value in rows["rel_in_window"]]
    return [
        _spell(text, day, inside, (arrests.get(text[2], (None, None)), ends.get(text[1])))
        for text, day, inside in zip(texts, days, window, strict=True)
    ]


def _spell(
    texts: tuple[str, ...],
    days: tuple[int | None, ...],
    in_window: bool | None,
    ends: tuple[DayInterval, int | None],
) -> SpellDays:
    relationship, case, suspect, population, cause = texts
    onset_low, onset_high, entry, exit_low, exit_high = days
    arrest = (_since(ends[0][0], entry), _since(ends[0][1], entry))
    closed = _since(ends[1], entry)
    recorded = (_since(exit_low, entry), _since(exit_high, entry))
    return SpellDays(
        relationship=relationship,
        case=case,
        suspect=suspect,
        population=population,
        in_window=in_window,
        entry=entry,
        onset=(_since(onset_low, entry), _since(onset_high, entry)),
        recorded_exit=recorded,
        exit=_first_exit(recorded, cause or "not_documented", arrest, closed),
        case_end=closed,
    )


def _first_exit(
    recorded: DayInterval, cause: str, arrest: DayInterval, closed: int | None
) -> ExitDays:
    """Take the earliest end; what is recorded stands unless another end is certainly earlier."""
    ends: list[tuple[DayInterval, str, ExitSource]] = [
        (recorded, cause, "relationship"),
        (arrest, "arrest_or_detention", "arrest"),
        ((closed, closed), "end_of_investigation", "investigation"),
    ]
    known = [end for end in ends if end[0] != (None, None)]
    if not known:
        return ExitDays(lower=None, upper=None, cause=cause, source="")
    lowest = min(1 if end[0][0] is None else end[0][0] for end in known)
    highest = min(_LATE if end[0][1] is None else end[0][1] for end in known)
    first = known[0]
    for end in known[1:]:
        certain = first[0][0] is not None and end[0][1] is not None and end[0][1] < first[0][0]
        if certain or (known[0][2] != "relationship" and _latest(end) < _latest(first)):
            first = end
    return ExitDays(
        lower=lowest,
        upper=None if highest == _LATE else highest,
        cause=first[1],
        source=first[2],
    )


def _latest(end: tuple[DayInterval, str, ExitSource]) -> int:
    return _LATE if end[0][1] is None else end[0][1]


def read_attempts(sample: Sample) -> list[AttemptDays]:
    """Read every attempt.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    list of AttemptDays
        In the order of the table.
    """
    rows = sample.tables["escape_attempts"]
    couples = sample.tables["relationships"]
    entries: _Days = dict(
        zip(_texts(couples["relationship_id"]), day_numbers(couples["rel_entry_date"]), strict=True)
    )
    orders = [None if pd.isna(value) else int(value) for value in rows["attempt_order"]]
    names = ("attempt_id", "relationship_id", "attempt_level", "attempt_known_how")
    texts = zip(*(_texts(rows[name]) for name in names), strict=True)
    dates = ("attempt_date_lower", "attempt_date_upper")
    days = zip(*(day_numbers(rows[name]) for name in dates), strict=True)
    return [
        AttemptDays(
            attempt=text[0],
            relationship=text[1],
            level=text[2],
            known_how=text[3],
            lower=_since(low, entries.get(text[1])),
            upper=_since(high, entries.get(text[1])),
            order=order,
        )
        for text, (low, high), order in zip(texts, days, orders, strict=True)
    ]
