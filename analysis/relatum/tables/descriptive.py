"""Tables of the description: flow, sizes, numbers, distributions, timeline, what is missing."""

from __future__ import annotations

from collections.abc import Sequence

from relatum.errors import UsageError
from relatum.release import Released
from relatum.release.content import content
from relatum.results import Distribution, Flow, Sizes, Summary, Timeline, TimelineEvent, Unavailable
from relatum.results.distributions import SizeBand
from relatum.results.words import UNIT_PLURALS
from relatum.tables.table import Column, Row, Table
from relatum.tables.wording import NOTHING, count_words, number_words

__all__ = [
    "band_words",
    "day_words",
    "note_texts",
    "tabulate_distribution",
    "tabulate_flow",
    "tabulate_numbers",
    "tabulate_sizes",
    "tabulate_timeline",
    "tabulate_unavailable",
]


def note_texts(released: Released) -> tuple[str, ...]:
    """Return what a reader must be told, as footnotes; simulated numbers say so first."""
    texts = tuple(note.text for note in released.notes)
    if released.simulated:
        return ("Simulated data: these numbers are no findings.", *texts)
    return texts


def tabulate_flow(released: Released) -> Table:
    """Tabulate the selection of investigations and the units of the sample."""
    flow = content(released, Flow)
    rows = [
        Row(
            cells=(
                _sentence(step.label),
                f"{step.n:,}",
                NOTHING if step.n_left_out is None else f"{step.n_left_out:,}",
                _sentence(step.reason) or NOTHING,
            )
        )
        for step in flow.steps
    ]
    return Table(
        title="From the list of investigations to the sample",
        columns=(
            Column(label="Step", width=10),
            Column(label="n", align="right", width=2),
            Column(label="Left out", align="right", width=3),
            Column(label="Reason", width=9),
        ),
        rows=tuple(rows),
        footnotes=note_texts(released),
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def band_words(band: SizeBand) -> str:
    """Write a band of sizes.

    Examples
    --------
    >>> band_words(SizeBand(variable="v", label="l", group="case", member="victim", low=21,
    ...                     high=None, n_groups=2, n_groups_all=12, n_members_all=73))
    '21 or more'
    """
    if band.high is None:
        return f"{band.low} or more"
    return str(band.low) if band.low == band.high else f"{band.low} to {band.high}"


def tabulate_sizes(released: Released) -> Table:
    """Tabulate how persons and relationships are spread, in bands."""
    sizes = content(released, Sizes)
    rows = []
    for group in sizes.groups:
        effective = number_words(group.effective_groups)
        two = group.in_two_largest
        share = NOTHING if two is None else count_words(two, group.n_members)
        heading = f"{group.label} ({group.n_members:,} in {group.n_groups:,})"
        rows += [
            Row(
                group=heading,
                cells=(band_words(band), f"{band.n_groups:,} of {band.n_groups_all:,}", "", ""),
            )
            for band in group.bands
            if band.n_groups
        ]
        held_by = "all together"
        rows.append(Row(group=heading, cells=(held_by, f"{group.n_groups:,}", effective, share)))
    return Table(
        title="How suspects, victims and relationships are spread",
        columns=(
            Column(label="Size", width=8),
            Column(label="Groups of this size", align="right", width=4),
            Column(label="Effective number of groups", align="right", width=5),
            Column(label="Members in the two largest", align="right", width=6),
        ),
        rows=tuple(rows),
        footnotes=note_texts(released),
    )


def tabulate_numbers(released: Released) -> Table:
    """Tabulate numeric variables: recorded, not recorded, mean, minimum, maximum."""
    summary = content(released, Summary)
    rows = [
        Row(
            cells=(
                f"{row.label} ({row.scale})",
                f"{row.n_documented:,} of {row.n_units:,}",
                f"{row.n_undocumented:,}",
                number_words(row.mean),
                number_words(row.minimum),
                number_words(row.maximum),
            )
        )
        for row in summary.rows
    ]
    return Table(
        title="Numbers in brief",
        columns=(
            Column(label="Variable", width=9),
            Column(label="Recorded", align="right", width=4),
            Column(label="Not recorded", align="right", width=3),
            Column(label="Mean", align="right", width=3),
            Column(label="Lowest", align="right", width=3),
            Column(label="Highest", align="right", width=3),
        ),
        rows=tuple(rows),
        footnotes=note_texts(released),
    )


def tabulate_distribution(released: Released, *, variables: Sequence[str] = ()) -> Table:
    """Tabulate counts per level.

    Parameters
    ----------
    released : Released
        A `Distribution`.
    variables : sequence of str, optional
        The variables to show, all by default.

    Raises
    ------
    UsageError
        If there is no such variable; the message lists them.
    """
    found = content(released, Distribution)
    unknown = [name for name in variables if name not in found.variables]
    if unknown:
        msg = f"'{unknown[0]}' is not tabulated; there are: {', '.join(found.variables)}."
        raise UsageError(msg)
    rows = [
        Row(
            group=f"{level.label} (recorded for {level.n_documented:,} of {level.n_units:,} "
            f"{UNIT_PLURALS.get(level.unit, level.unit)})",
            cells=(
                level.level_label,
                count_words(level.n, level.n_documented),
                f"{level.n_undocumented:,}",
            ),
        )
        for level in found.levels
        if not variables or level.variable in variables
    ]
    return Table(
        title=found.title,
        columns=(
            Column(label="Level", width=10),
            Column(label="Units, of those recorded", align="right", width=5),
            Column(label="Not recorded", align="right", width=3),
        ),
        rows=tuple(rows),
        footnotes=(*note_texts(released), "The denominator is the number of recorded units."),
    )


def tabulate_timeline(released: Released) -> Table:
    """Tabulate dated events, in days from the report."""
    timeline = content(released, Timeline)
    rows = tuple(
        Row(cells=(event.track, event.label, day_words(event))) for event in timeline.events
    )
    return Table(
        title=timeline.title,
        columns=(
            Column(label="Line", width=4),
            Column(label="Event", width=9),
            Column(label="Days from the report", align="right", width=6),
        ),
        rows=rows,
        footnotes=note_texts(released),
    )


def day_words(event: TimelineEvent) -> str:
    """Write the days on which an event can have happened.

    Examples
    --------
    >>> day_words(TimelineEvent(track="a", label="b", day_lower=-42, day_upper=-14, precision=""))
    '−42 to −14'
    >>> day_words(TimelineEvent(track="a", label="b", day_lower=None, day_upper=0, precision=""))
    'at most 0'
    """
    low, high = event.day_lower, event.day_upper
    if low is None and high is None:
        return NOTHING
    if low is None:
        return f"at most {_day(high or 0)}"
    if high is None:
        return f"at least {_day(low)}"
    return _day(low) if low == high else f"{_day(low)} to {_day(high)}"


def _day(number: int) -> str:
    return f"−{-number}" if number < 0 else str(number)


def tabulate_unavailable(released: Released) -> Table:
    """Tabulate what could not be estimated, and why."""
    missing = content(released, Unavailable)
    return Table(
        title=f"Not available: {missing.what}",
        columns=(Column(label="What", width=4), Column(label="Why", width=9)),
        rows=(Row(cells=(missing.what, missing.why)),),
        footnotes=note_texts(released),
    )
