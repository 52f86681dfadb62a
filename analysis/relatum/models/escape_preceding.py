"""Rates of attempts by what was recorded before, as it changes from day to day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from relatum.models.escape_times import DAYS_PER_MONTH
from relatum.results.escape_outcomes import PrecedingRow
from relatum.samples import Sample
from relatum.samples.durations import AttemptTime, Durations, ObservedTime
from relatum.schema.codebook import Code
from relatum.study import Study

__all__ = ["PrecedingRates", "preceding_rates", "violence_codes"]

RECENT_DAYS = 30
_FAR = 10**6
_LEVELS = {
    "recent": ("recorded", "none_dated"),
    "severity": ("0", "1-2", "3+"),
}
_RECENT = {
    "possible": "Recent violence or threat, wherever dates allow it",
    "certain": "Recent violence or threat, only where dates leave no doubt",
}
_SEVERITY = {
    "possible": "Kinds of violence dated before, wherever dates allow it",
    "certain": "Kinds of violence dated before, only where dates leave no doubt",
}

Days = npt.NDArray[np.int64]
#: Code, first and last possible day from entry of one dated record.
Dated = tuple[str, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecedingRates:
    """Rates by what was recorded before, and what could not be used.

    Attributes
    ----------
    rows : tuple of PrecedingRow
    n_dated, n_undated : int
        Present records of violence or threats of relationships under observation, with and
        without a date.
    """

    rows: tuple[PrecedingRow, ...]
    n_dated: int
    n_undated: int


def violence_codes(codes: Mapping[str, Code], *, threats: bool) -> tuple[str, ...]:
    """List the codes of violence, and of threats where asked for.

    Examples
    --------
    >>> from relatum.schema import load_schema
    >>> found = violence_codes(load_schema().codebook, threats=True)
    >>> "vio_physical" in found, "int_threat_death" in found, "vio_frequency" in found
    (True, True, False)
    """
    return tuple(
        code.id
        for code in codes.values()
        if code.entity == "tactic"
        and code.value_type == "status"
        and (code.domain == "violence" or (threats and code.id.startswith("int_threat_")))
    )


def preceding_rates(sample: Sample, durations: Durations, study: Study) -> PrecedingRates:
    """Compute rates by recent violence or threats and, apart from it, by kinds of violence.

    Parameters
    ----------
    sample : Sample
    durations : Durations
        Of the sample.
    study : Study
        The plan: coder.

    Returns
    -------
    PrecedingRates
        Two covariates that change over time, each read twice: wherever the intervals of dates
        allow it (possible), and only where they leave no doubt (certain). What is true lies
        between both, for time and for attempts.

    Notes
    -----
    Day t is *recent* if a record lies in the 30 days before it, the day itself left out: possible
    for lower + 1 <= t <= upper + 30, certain for upper + 1 <= t <= lower + 30. An attempt that lies
    in several days is counted as recent under "possible" if one of them is, under "certain" if all
    are. *Severity* counts the distinct codes of violence dated before t, from lower + 1 (possible)
    or upper + 1 (certain) on; an attempt takes the last of its days, or the first.
    """
    threats = set(violence_codes(sample.schema.codebook, threats=True))
    kinds = set(violence_codes(sample.schema.codebook, threats=False))
    records, undated = _dated_records(sample, durations, threats, study)
    attempts = _by_relationship(durations)
    sums: dict[tuple[str, str, str], list[int]] = {}
    for row in durations.at_risk:
        mine = records.get(row.relationship, [])
        events = attempts.get(row.relationship, [])
        for reading in ("possible", "certain"):
            recent = _recent(row, mine, reading)
            _add(sums, ("recent", reading), recent, _recent_events(recent, events, reading))
            counts = _severity(row, [part for part in mine if part[0] in kinds], reading)
            at = [_pick(counts, event, reading) for event in events]
            _add(sums, ("severity", reading), counts, at)
    rows = [
        _row(term, reading, level, sums.get((term, reading, level), [0, 0]))
        for term in ("recent", "severity")
        for reading in ("possible", "certain")
        for level in _LEVELS[term]
    ]
    dated = sum(len(part) for part in records.values())
    return PrecedingRates(rows=tuple(rows), n_dated=dated, n_undated=undated)


def _by_relationship(durations: Durations) -> Mapping[str, list[tuple[int, int]]]:
    """List the first and last possible day of every attempt."""
    ends = {row.relationship: row.exit_upper or 0 for row in durations.at_risk}
    found: dict[str, list[tuple[int, int]]] = {}
    for event in durations.events:
        span = _span(event, ends[event.relationship])
        found.setdefault(event.relationship, []).append(span)
    return found


def _span(event: AttemptTime, end: int) -> tuple[int, int]:
    return (event.lower or 0) + 1, end if event.upper is None else event.upper


def _dated_records(
    sample: Sample, durations: Durations, codes: set[str], study: Study
) -> tuple[Mapping[str, list[Dated]], int]:
    """List present records with a date, in days from entry, and count those without."""
    rows = sample.tables["codings"]
    entries = sample.tables["relationships"].set_index("relationship_id")["rel_entry_date"]
    used = [row.relationship for row in durations.at_risk]
    keep = (
        (rows["unit_type"] == "relationship")
        & rows["unit_id"].isin(used)
        & rows["code"].isin(codes)
        & (rows["status"] == "present")
        & (rows["coder_id"] == sample.chosen_coder(study.coder or None))
    )
    held = rows.loc[keep.fillna(False).to_numpy(dtype=bool)]
    found: dict[str, list[Dated]] = {}
    undated = 0
    for code, who, lower, upper in zip(
        held["code"], held["unit_id"], held["date_lower"], held["date_upper"], strict=True
    ):
        if pd.isna(lower) and pd.isna(upper):
            undated += 1
            continue
        entry = entries[who]
        first = -_FAR if pd.isna(lower) else (lower - entry).days
        last = _FAR if pd.isna(upper) else (upper - entry).days
        found.setdefault(str(who), []).append((str(code), first, last))
    return found, undated


def _days(row: ObservedTime) -> Days:
    return np.arange(1, (row.exit_upper or 0) + 1)


def _recent(row: ObservedTime, records: Sequence[Dated], reading: str) -> Days:
    """Give every day at risk 0 (recorded) or 1 (none dated), the places of the levels."""
    days = _days(row)
    near = np.zeros(len(days), dtype=bool)
    for _, first, last in records:
        low, high = (first, last) if reading == "possible" else (last, first)
        near |= (days >= low + 1) & (days <= high + RECENT_DAYS)
    return np.where(near, 0, 1)


def _recent_events(recent: Days, events: Sequence[tuple[int, int]], reading: str) -> list[int]:
    pick = np.min if reading == "possible" else np.max
    return [int(pick(recent[first - 1 : last])) for first, last in events]


def _severity(row: ObservedTime, records: Sequence[Dated], reading: str) -> Days:
    """Give every day at risk 0, 1 or 2, the places of the levels 0, 1-2 and 3+."""
    days = _days(row)
    counts = np.zeros(len(days), dtype=np.int64)
    for code in {part[0] for part in records}:
        known = [last if reading == "certain" else first for c, first, last in records if c == code]
        counts += days >= min(known) + 1
    return np.searchsorted([1, 3], counts, side="right")


def _pick(levels: Days, event: tuple[int, int], reading: str) -> int:
    first, last = event
    return int(levels[(last if reading == "possible" else first) - 1])


def _add(
    sums: dict[tuple[str, str, str], list[int]],
    key: tuple[str, str],
    levels: Days,
    events: Sequence[int],
) -> None:
    """Add days and attempts to the sums of their levels."""
    term, reading = key
    for at, level in enumerate(_LEVELS[term]):
        held = sums.setdefault((term, reading, level), [0, 0])
        held[0] += int((levels == at).sum())
        held[1] += sum(event == at for event in events)


def _row(term: str, reading: str, level: str, held: Sequence[int]) -> PrecedingRow:
    months = held[0] / DAYS_PER_MONTH
    name = "recent_escalation" if term == "recent" else "cumulative_severity"
    return PrecedingRow(
        term=f"{name}_{reading}",
        label=(_RECENT if term == "recent" else _SEVERITY)[reading],
        level=level,
        months=months,
        n_events=held[1],
        rate=12 * held[1] / months if held[0] else None,
    )
