"""Named faults of durations, and the reasons for which something is not used.

Only what is certain is a fault: an order is violated where every pair of possible days violates
it. Messages give distances in days, never dates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from relatum.errors import Issue
from relatum.samples.durations_days import Window, earliest_days
from relatum.samples.durations_read import AttemptDays, SpellDays

__all__ = [
    "OBSERVABLE_LEVELS",
    "attempt_faults",
    "attempt_reason",
    "chain_faults",
    "spell_faults",
    "spell_reason",
]

#: Levels of an attempt that somebody could see: it reached at least interception.
OBSERVABLE_LEVELS = frozenset({"attempt_intercepted", "separation_temporary", "separation_lasting"})


def _issue(
    table: Literal["relationships", "escape_attempts"],
    row: str,
    where: tuple[str, str],
    message: str,
    severity: Literal["error", "warning"] = "error",
) -> Issue:
    field, rule = where
    return Issue(table=table, row=row, field=field, rule=rule, message=message, severity=severity)


def _gap(days: int) -> str:
    return f"{days} day{'s' if days != 1 else ''}"


def _backwards(interval: tuple[int | None, int | None]) -> bool:
    low, high = interval
    return low is not None and high is not None and low > high


def spell_reason(spell: SpellDays) -> str:
    """Say why a relationship is no time at risk; an empty text where it is.

    Parameters
    ----------
    spell : SpellDays

    Returns
    -------
    str
        ``no_entry``, ``outside_window``, ``negative_time``, ``before_origin``, ``no_exit``,
        ``entry_after_exit``, ``zero_length`` or nothing.
    """
    if spell.entry is None:
        return "no_entry"
    if spell.in_window is False:
        return "outside_window"
    if _backwards(spell.onset) or _backwards(spell.recorded_exit):
        return "negative_time"
    if spell.onset[0] is not None and spell.onset[0] > 0:
        return "before_origin"
    if spell.exit.upper is None:
        return "no_exit"
    if spell.exit.upper < 0:
        return "entry_after_exit"
    return "zero_length" if spell.exit.upper == 0 else ""


def spell_faults(spell: SpellDays) -> list[Issue]:
    """List what contradicts itself in one relationship, and a cause that is not documented.

    Parameters
    ----------
    spell : SpellDays

    Returns
    -------
    list of Issue
    """
    found: list[Issue] = []

    def add(field: str, rule: str, message: str) -> None:
        found.append(_issue("relationships", spell.relationship, (field, rule), message))

    for field, interval in (("rel_onset", spell.onset), ("rel_exit", spell.recorded_exit)):
        if _backwards(interval):
            add(f"{field}_lower", "negative_time", f"The interval '{field}' runs backwards.")
    if spell.onset[0] is not None and spell.onset[0] > 0:
        gap = _gap(spell.onset[0])
        add("rel_entry_date", "before_origin", f"Observation starts {gap} before the onset.")
    end = spell.exit.upper
    if end is not None and end < 0:
        add("rel_entry_date", "entry_after_exit", f"Observation starts {_gap(-end)} after its end.")
    if end == 0:
        message = "Observation ends on the day on which it starts: there is no time at risk."
        add("rel_exit_upper", "zero_length", message)
    low, closed = spell.recorded_exit[0], spell.case_end
    if low is not None and closed is not None and low > closed:
        message = f"Observation ends {_gap(low - closed)} after the investigation."
        add("rel_exit_lower", "after_end", message)
    if not spell_reason(spell) and spell.exit.cause == "not_documented":
        message = "What ended the observation is not documented."
        where = ("rel_exit_cause", "unknown_cause")
        found.append(_issue("relationships", spell.relationship, where, message, "warning"))
    return found


def attempt_reason(row: AttemptDays, spell: SpellDays | None) -> str:
    """Say why an attempt is no event of the primary analysis; an empty text where it is.

    Parameters
    ----------
    row : AttemptDays
    spell : SpellDays or None
        Its relationship.

    Returns
    -------
    str
        ``relationship_not_used``, ``negative_time``, ``level_not_documented``,
        ``not_observable``, ``seen_or_told_not_documented``, ``retrospective``,
        ``before_origin``, ``zero_length``, ``after_end`` or nothing.
    """
    if spell is None or spell_reason(spell):
        return "relationship_not_used"
    if _backwards((row.lower, row.upper)):
        return "negative_time"
    if row.upper is not None and spell.onset[0] is not None and row.upper < spell.onset[0]:
        return "before_origin"
    if row.level not in OBSERVABLE_LEVELS:
        return "not_observable" if row.level else "level_not_documented"
    if row.known_how != "prospective":
        return row.known_how or "seen_or_told_not_documented"
    if row.upper is not None and row.upper <= 0:
        return "zero_length" if row.upper == 0 else "before_origin"
    late = row.lower is not None and row.lower > (spell.exit.upper or 0)
    return "after_end" if late else ""


def attempt_faults(row: AttemptDays, spell: SpellDays | None) -> list[Issue]:
    """List what contradicts itself in one attempt.

    Parameters
    ----------
    row : AttemptDays
    spell : SpellDays or None
        Its relationship.

    Returns
    -------
    list of Issue
    """
    if _backwards((row.lower, row.upper)):
        where = ("attempt_date_lower", "negative_time")
        return [_issue("escape_attempts", row.attempt, where, "Its dates run backwards.")]
    if spell is None or spell.entry is None:
        return []
    onset, end = spell.onset[0], spell.exit.upper
    where = ("attempt_date_upper", "before_origin")
    if row.upper is not None and onset is not None and row.upper < onset:
        message = f"It lies {_gap(onset - row.upper)} before the relationship began."
        return [_issue("escape_attempts", row.attempt, where, message)]
    if row.known_how != "prospective":
        return []
    if row.upper is not None and row.upper < 0:
        message = f"It lies {_gap(-row.upper)} before observation, yet is marked as prospective."
        return [_issue("escape_attempts", row.attempt, where, message)]
    if row.upper == 0:
        where = ("attempt_date_upper", "zero_length")
        message = "It lies on the day of entry, or before: no time at risk is left."
        return [_issue("escape_attempts", row.attempt, where, message)]
    if row.lower is not None and end is not None and row.lower > end:
        where = ("attempt_date_lower", "after_end")
        message = f"It lies {_gap(row.lower - end)} after the end, yet is marked as prospective."
        return [_issue("escape_attempts", row.attempt, where, message)]
    return []


def chain_faults(
    rows: Sequence[AttemptDays], spell: SpellDays | None
) -> tuple[list[Issue], Mapping[str, str]]:
    """Compare the attempts of one relationship with each other.

    Parameters
    ----------
    rows : sequence of AttemptDays
        All its attempts.
    spell : SpellDays or None

    Returns
    -------
    tuple of list of Issue, and mapping of str to str
        The faults, and why attempts are left out because of them (``overlap``, ``zero_length``).
    """
    placed = sorted(
        (row for row in rows if row.order is not None), key=lambda row: (row.order, row.attempt)
    )
    found, dropped = _overlaps(placed)
    found += _gaps(placed)
    usable = [row for row in rows if not attempt_reason(row, spell) and row.attempt not in dropped]
    for row in _without_a_day(usable, spell):
        where = ("attempt_date_upper", "zero_length")
        message = (
            "No day is left for it that other attempts do not need: it is one episode with them."
        )
        found.append(_issue("escape_attempts", row.attempt, where, message))
        dropped[row.attempt] = "zero_length"
    return found, dropped


def _overlaps(placed: Sequence[AttemptDays]) -> tuple[list[Issue], dict[str, str]]:
    found: list[Issue] = []
    dropped: dict[str, str] = {}
    latest: int | None = None
    before: AttemptDays | None = None
    for row in placed:
        if _backwards((row.lower, row.upper)):
            continue
        if before is not None and row.order == before.order:
            message = "Another attempt of the relationship has the same place in the order."
            found.append(
                _issue("escape_attempts", row.attempt, ("attempt_order", "overlap"), message)
            )
            dropped[row.attempt] = "overlap"
            continue
        if latest is not None and row.upper is not None and row.upper < latest:
            message = f"It lies {_gap(latest - row.upper)} before an attempt that precedes it."
            where = ("attempt_date_upper", "overlap")
            found.append(_issue("escape_attempts", row.attempt, where, message))
            dropped[row.attempt] = "overlap"
            continue
        before = row
        if row.lower is not None:
            latest = row.lower if latest is None else max(latest, row.lower)
    return found, dropped


def _gaps(placed: Sequence[AttemptDays]) -> list[Issue]:
    places = {row.order for row in placed if row.order is not None}
    missing = [place for place in range(1, max(places, default=0)) if place not in places]
    if not missing:
        return []
    message = f"No attempt has place {', '.join(map(str, missing))} in the order."
    last = placed[-1].attempt
    return [_issue("escape_attempts", last, ("attempt_order", "gap"), message, "warning")]


def _without_a_day(rows: Sequence[AttemptDays], spell: SpellDays | None) -> list[AttemptDays]:
    """List attempts for which no day is left that another attempt does not need."""
    if spell is None or spell.exit.upper is None:
        return []
    windows: dict[str, Window] = {row.attempt: _window(row, spell.exit.upper) for row in rows}
    if None not in earliest_days(list(windows.values())):
        return []
    kept: list[Window] = []
    left: list[AttemptDays] = []
    for row in sorted(rows, key=lambda row: (row.order or 0, windows[row.attempt], row.attempt)):
        if None in earliest_days([*kept, windows[row.attempt]]):
            left.append(row)
        else:
            kept.append(windows[row.attempt])
    return left


def _window(row: AttemptDays, end: int) -> Window:
    last = end if row.upper is None else min(row.upper, end)
    return max(row.lower or 1, 1), last, row.order
