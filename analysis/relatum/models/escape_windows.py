"""The observation of single relationships, without their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from relatum.models.escape_first import why_no_time
from relatum.models.escape_times import DAYS_PER_MONTH, escape_durations
from relatum.results.base import Note, Unavailable
from relatum.results.escape_outcomes import EscapeWindows, WindowBar
from relatum.results.provenance import provenance_of
from relatum.samples import Sample
from relatum.samples.durations import AttemptTime, Durations, ObservedTime
from relatum.study import Study

__all__ = ["list_escape_windows"]


def list_escape_windows(sample: Sample, study: Study) -> EscapeWindows | Unavailable:
    """List when every relationship came under observation, and what happened in that time.

    A row-level display: `relatum.release` lets it out for simulated samples only.

    Parameters
    ----------
    sample : Sample
        The data.
    study : Study
        The plan.

    Returns
    -------
    EscapeWindows or Unavailable
        One bar per relationship under observation, in months from its entry; cases are numbered by
        their size, longest bars first within a case. Unavailable where no relationship has time
        under observation.

    Examples
    --------
    >>> from relatum.samples import example_sample
    >>> from relatum.study import read_study
    >>> found = list_escape_windows(example_sample("simulated"), read_study())
    >>> len(found.bars), sum(len(bar.attempts) for bar in found.bars)
    (73, 23)
    """
    provenance = provenance_of(sample, study)
    durations = escape_durations(sample)
    why = why_no_time(durations)
    if why:
        what = "observation of single relationships"
        return Unavailable(what=what, why=why, provenance=provenance)
    ranks = _rank_cases(durations.at_risk)
    mine: dict[str, list[AttemptTime]] = {}
    for event in durations.events:
        mine.setdefault(event.relationship, []).append(event)
    bars = [_bar(row, ranks[row.case], mine.get(row.relationship, [])) for row in durations.at_risk]
    return EscapeWindows(
        title="Relationships under observation",
        bars=tuple(sorted(bars, key=_order)),
        notes=_notes(durations),
        provenance=provenance,
    )


def _rank_cases(rows: Sequence[ObservedTime]) -> Mapping[str, int]:
    sizes = Counter(row.case for row in rows)
    ranked = sorted(sizes, key=lambda case: (-sizes[case], case))
    return {case: at + 1 for at, case in enumerate(ranked)}


def _months(days: int) -> float:
    return days / DAYS_PER_MONTH


def _bar(row: ObservedTime, rank: int, attempts: Sequence[AttemptTime]) -> WindowBar:
    latest = row.onset_upper or 0
    earliest = latest if row.onset_lower is None else row.onset_lower
    end = row.exit_upper or 0
    dated = sorted(
        (event.lower or 0, end if event.upper is None else event.upper) for event in attempts
    )
    return WindowBar(
        case=rank,
        onset_low=_months(earliest),
        onset_high=_months(latest),
        exit_low=_months(min(row.exit_lower or 1, end)),
        exit_high=_months(end),
        exit_cause=row.exit_cause,
        attempts=tuple(_months(lower) for lower, _ in dated),
        attempts_upper=tuple(_months(upper) for _, upper in dated),
    )


def _order(bar: WindowBar) -> tuple[float, ...]:
    exits = (-bar.exit_high, -bar.exit_low)
    return (bar.case, *exits, bar.onset_low, bar.onset_high, *bar.attempts, *bar.attempts_upper)


def _notes(durations: Durations) -> tuple[Note, ...]:
    unknown = sum(row.onset_lower is None for row in durations.at_risk)
    found = [
        Note(
            "months_from_entry",
            "Months count from entry into observation; what lies before it is negative. An attempt "
            "lies somewhere in its interval. Attempts told about an earlier time are not shown.",
        )
    ]
    if unknown:
        text = (
            f"Where the earliest onset is not known ({unknown} of {len(durations.at_risk)}), the "
            "line starts at the latest possible onset."
        )
        found.append(Note("onset_unknown", text))
    return tuple(found)
