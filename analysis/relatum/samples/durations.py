"""Time under observation: from a sample to origins, entries, exits and attempts in days.

Everything is counted in days from the entry of the relationship, so that no date leaves this
module. Day d of that count is the stretch (d - 1, d]; a relationship is observed in (0, exit].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from relatum.errors import Issue
from relatum.results.flow import FlowStep
from relatum.samples.durations_faults import (
    OBSERVABLE_LEVELS,
    attempt_faults,
    attempt_reason,
    chain_faults,
    spell_faults,
    spell_reason,
)
from relatum.samples.durations_flow import duration_flow
from relatum.samples.durations_read import (
    AttemptDays,
    ExitSource,
    SpellDays,
    read_attempts,
    read_spells,
)
from relatum.samples.sample import Sample

__all__ = ["AttemptTime", "Durations", "ObservedTime", "trace_durations"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedTime:
    """The time under observation of one relationship, in days from its entry.

    Attributes
    ----------
    relationship, case, suspect, population : str
    onset_lower, onset_upper : int or None
        When the relationship began: zero or negative. None where no bound is known; an upper
        bound is always known, because a relationship that is observed has begun.
    exit_lower, exit_upper : int or None
        When observation ended: the first of the recorded end, the arrest of this suspect and the
        end of the investigation. None where there is no entry or no end.
    exit_cause : str
        ``victim_ended``, ``suspect_ended``, ``arrest_or_detention``, ``end_of_investigation``,
        ``death``, ``moved_abroad`` or ``not_documented``.
    exit_source : {"relationship", "arrest", "investigation", ""}
        What the end was taken from: the relationship's own row, or something certainly earlier.
    used : bool
        Whether it counts as time at risk.
    why_not : str
        Why it does not; empty where it does.
    """

    relationship: str
    case: str
    suspect: str
    population: str
    onset_lower: int | None
    onset_upper: int | None
    exit_lower: int | None
    exit_upper: int | None
    exit_cause: str
    exit_source: ExitSource
    used: bool
    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptTime:
    """One attempt, in days from the entry of its relationship.

    Attributes
    ----------
    attempt, relationship, case : str
    level : str
        The furthest point it reached; empty where not coded.
    known_how : {"prospective", "retrospective", ""}
    lower, upper : int or None
        The attempt lies in (lower, upper]. An attempt that is used lies inside the time under
        observation; any other one is dated as recorded, None where a bound is missing.
    order : int or None
        Its place among all attempts of the relationship.
    used : bool
        Whether it is an event of the primary analysis.
    why_not : str
        Why it is not; empty where it is.
    """

    attempt: str
    relationship: str
    case: str
    level: str
    known_how: str
    lower: int | None
    upper: int | None
    order: int | None
    used: bool
    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """Time under observation and attempts of a whole sample.

    Attributes
    ----------
    relationships : tuple of ObservedTime
        In the order of their table.
    attempts : tuple of AttemptTime
        In the order of their table.
    faults : tuple of Issue
        What contradicts itself, and what is left open (warnings).
    flow : tuple of FlowStep
        What was used and why not, relationships first.
    """

    relationships: tuple[ObservedTime, ...]
    attempts: tuple[AttemptTime, ...]
    faults: tuple[Issue, ...]
    flow: tuple[FlowStep, ...]

    @property
    def at_risk(self) -> tuple[ObservedTime, ...]:
        """Relationships that count as time at risk."""
        return tuple(row for row in self.relationships if row.used)

    @property
    def events(self) -> tuple[AttemptTime, ...]:
        """Attempts of the primary analysis: observable, and recorded as they happened."""
        return tuple(row for row in self.attempts if row.used)

    @property
    def retrospective(self) -> tuple[AttemptTime, ...]:
        """Observable attempts that were told about an earlier time: for description only.

        They are known of women who talked, in relationships that lasted until they were observed.
        """
        return tuple(
            row
            for row in self.attempts
            if row.known_how == "retrospective"
            and row.level in OBSERVABLE_LEVELS
            and row.why_not in ("retrospective", "relationship_not_used")
        )


def trace_durations(sample: Sample) -> Durations:
    """Derive the time under observation, and the attempts in it, from a sample.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    Durations

    Notes
    -----
    *Entry* is ``rel_entry_date``; a relationship without it is not used, because time before
    observation cannot be told from time without attempts. *Exit* is the earliest of the recorded
    exit, the suspect's arrest and the end of the investigation; where these are intervals, both
    ends are kept. An *observable attempt* reached at least interception: a stated wish and a
    blocked preparation do not count. Only attempts recorded as they happened are events; one that
    straddles entry or exit is then cut there, and one without a date may lie anywhere between.

    The day of entry itself is not at risk (an attempt on it may be what made the police look),
    the day of exit is. A missing order of attempts is kept as missing. Two attempts that can only
    lie on one day are one episode by the codebook: the second is left out.

    Faults have names: ``before_origin``, ``after_end``, ``entry_after_exit``, ``negative_time``
    (an interval that runs backwards), ``zero_length``, ``overlap`` (dates against order, or a
    shared place), ``gap`` (a place in the order without a row) and ``unknown_cause``. Checked
    samples can hold the last two only; the others are there for samples made in memory.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> found = trace_durations(example_sample("simulated"))
    >>> len(found.at_risk), len(found.events), len(found.retrospective)
    (73, 23, 8)
    >>> found.at_risk[0].exit_upper, found.at_risk[0].exit_cause
    (208, 'arrest_or_detention')
    >>> trace_durations(example_sample("anna")).relationships[0].why_not
    'no_entry'
    """
    spells, dated = read_spells(sample), read_attempts(sample)
    faults: list[Issue] = []
    times: dict[str, ObservedTime] = {}
    for spell in spells:
        faults += spell_faults(spell)
        times[spell.relationship] = _observed(spell)
    days = {spell.relationship: spell for spell in spells}
    attempts: dict[str, AttemptTime] = {}
    for relationship, rows in _by_relationship(dated).items():
        own = days.get(relationship)
        faults += [issue for row in rows for issue in attempt_faults(row, own)]
        chain, dropped = chain_faults(rows, own)
        faults += chain
        for row in rows:
            attempts[row.attempt] = _attempt(row, own, dropped)
    return Durations(
        relationships=tuple(times[spell.relationship] for spell in spells),
        attempts=(kept := tuple(attempts[row.attempt] for row in dated)),
        faults=tuple(sorted(faults)),
        flow=duration_flow([row.why_not for row in times.values()], [row.why_not for row in kept]),
    )


def _by_relationship(rows: list[AttemptDays]) -> Mapping[str, list[AttemptDays]]:
    found: dict[str, list[AttemptDays]] = {}
    for row in rows:
        found.setdefault(row.relationship, []).append(row)
    return found


def _observed(spell: SpellDays) -> ObservedTime:
    why_not = spell_reason(spell)
    end = spell.exit
    known = spell.entry is not None and end.upper is not None
    latest = 0 if spell.onset[1] is None else min(spell.onset[1], 0)
    return ObservedTime(
        relationship=spell.relationship,
        case=spell.case,
        suspect=spell.suspect,
        population=spell.population,
        onset_lower=spell.onset[0],
        onset_upper=None if spell.entry is None else latest,
        exit_lower=_first_possible_exit(end.lower, used=not why_not) if known else None,
        exit_upper=end.upper if known else None,
        exit_cause=end.cause,
        exit_source=end.source if known else "",
        used=not why_not,
        why_not=why_not,
    )


def _first_possible_exit(lower: int | None, *, used: bool) -> int | None:
    """Return the earliest exit; a relationship that is used was observed for a day at least."""
    return max(lower or 1, 1) if used else lower


def _attempt(row: AttemptDays, spell: SpellDays | None, dropped: Mapping[str, str]) -> AttemptTime:
    why_not = attempt_reason(row, spell) or dropped.get(row.attempt, "")
    lower = None if row.lower is None else row.lower - 1
    upper = row.upper
    if not why_not and spell is not None and spell.exit.upper is not None:
        lower = max(lower or 0, 0)
        upper = spell.exit.upper if upper is None else min(upper, spell.exit.upper)
    return AttemptTime(
        attempt=row.attempt,
        relationship=row.relationship,
        case="" if spell is None else spell.case,
        level=row.level,
        known_how=row.known_how,
        lower=lower,
        upper=upper,
        order=row.order,
        used=not why_not,
        why_not=why_not,
    )
