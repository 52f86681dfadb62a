"""Tables of estimates beyond the units at hand; the three targets stand apart."""

from __future__ import annotations

from collections.abc import Sequence

from relatum.errors import UsageError
from relatum.release import Released
from relatum.release.content import content
from relatum.results.base import Unavailable
from relatum.results.estimates import (
    CodedInterval,
    EstimateRow,
    LeaveOutRange,
    PrevalenceEstimates,
    SecondaryIntervals,
    TargetEstimate,
)
from relatum.schema import near_match
from relatum.tables.descriptive import note_texts
from relatum.tables.prevalence import prevalence_group
from relatum.tables.table import Column, Row, Table
from relatum.tables.wording import NOTHING, bounds_words, percent

__all__ = [
    "Target",
    "choose_rows",
    "span_words",
    "tabulate_estimates",
    "tabulate_leave_out",
    "tabulate_refused",
    "tabulate_spread",
]

Target = TargetEstimate | Unavailable


def span_words(low: float, high: float) -> str:
    """Write two shares as a span.

    Examples
    --------
    >>> span_words(0.412, 0.726), span_words(0.5, 0.5)
    ('41% to 73%', '50%')
    """
    first, last = percent(low), percent(high)
    return first if first == last else f"{first} to {last}"


def choose_rows(
    released: Released, terms: Sequence[str], entities: Sequence[str]
) -> tuple[PrevalenceEstimates, list[EstimateRow]]:
    """Return the result and the rows of some codes, kinds or domains; empty means all.

    Raises
    ------
    UsageError
        If a code does not exist; the message names the nearest one.
    """
    found = content(released, PrevalenceEstimates)
    unknown = [term for term in terms if term not in found.terms]
    if unknown:
        near = near_match(unknown[0], found.terms)
        hint = f" Did you mean '{near}'?" if near else ""
        msg = f"'{unknown[0]}' is not a code of this result.{hint}"
        raise UsageError(msg)
    kept = [
        row
        for row in found.rows
        if (not terms or row.term in terms)
        and (not entities or row.counted.entity in entities or row.counted.domain in entities)
    ]
    return found, kept


def _notes(released: Released, *codes: str) -> tuple[str, ...]:
    """Return the notes of some codes; the mark of simulated data and overrides always stay."""
    texts = [
        note.text
        for note in released.notes
        if note.code in codes or note.code.startswith("override_")
    ]
    lead = note_texts(released)[:1] if released.simulated else ()
    return (*lead, *texts)


def _random_unit(rows: Sequence[EstimateRow]) -> str:
    units = {row.counted.unit for row in rows}
    return f"A random {units.pop()}" if len(units) == 1 else "A random unit"


def _estimated(
    released: Released, terms: Sequence[str], entities: Sequence[str]
) -> tuple[PrevalenceEstimates, list[EstimateRow]]:
    found, kept = choose_rows(released, terms, entities)
    return found, [row for row in kept if row in found.estimated]


def tabulate_estimates(
    released: Released, *, terms: Sequence[str] = (), entities: Sequence[str] = ()
) -> Table:
    """Tabulate the three targets, each in a column of its own.

    Parameters
    ----------
    released : Released
        A `PrevalenceEstimates`.
    terms : sequence of str, optional
        Only these codes.
    entities : sequence of str, optional
        Only codes of these kinds or domains.

    Returns
    -------
    Table
        Codes with an estimate; `tabulate_refused` lists the others with the reason.

    Raises
    ------
    UsageError
        If a code does not exist.
    """
    found, kept = _estimated(released, terms, entities)
    rows = tuple(
        Row(
            group=prevalence_group(row.counted),
            cells=(
                row.counted.label + ("†" if row.gates_overridden else ""),
                f"{row.counted.n_present} of {row.counted.n_units}",
                str(row.counted.n_undocumented),
                bounds_words(row.counted) + ("*" if row.confirmatory_refused else ""),
                _limits(row.unit_weighted),
                _limits(row.case_average),
            ),
        )
        for row in kept
    )
    marks = []
    if any(row.gates_overridden for row in kept):
        marks.append("†: the plan overrides a refusal.")
    if any(row.confirmatory_refused for row in kept):
        marks.append("*: bounds so wide that the code leaves every confirmatory family.")
    return Table(
        title=found.title,
        columns=(
            Column(label="Code", width=9),
            Column(label="These: present", align="right", width=4),
            Column(label="Not documented", align="right", width=6),
            Column(label="These: bounds", align="right", width=5),
            Column(label=f"{_random_unit(kept)}: limits", align="right", width=6),
            Column(label="A random investigation: limits", align="right", width=7),
        ),
        rows=rows,
        footnotes=(
            *_notes(released, "three_targets", "unit_weighted", "case_average", "union_of_codings"),
            "KG: Korn-Graubard.",
            *marks,
        ),
    )


def _limits(target: Target) -> str:
    if isinstance(target, Unavailable):
        return NOTHING
    used = {target.lower_coding.method, target.upper_coding.method}
    mark = " KG" if "korn_graubard" in used else ""
    return span_words(target.conf_low, target.conf_high) + mark


def tabulate_leave_out(
    released: Released, *, terms: Sequence[str] = (), entities: Sequence[str] = ()
) -> Table:
    """Tabulate what estimates owe to single investigations.

    Parameters
    ----------
    released, terms, entities
        See `tabulate_estimates`.
    """
    _, kept = _estimated(released, terms, entities)
    halves = (
        (_random_unit(kept), [row.unit_weighted for row in kept]),
        ("A random investigation", [row.case_average for row in kept]),
    )
    rows = tuple(
        Row(group=head, cells=(row.counted.label, *_left_words(target)))
        for head, targets in halves
        for row, target in zip(kept, targets, strict=True)
    )
    return Table(
        title="Estimates without single investigations",
        columns=(
            Column(label="Code", width=8),
            Column(label="All, both readings", align="right", width=4),
            Column(label="Limits", align="right", width=4),
            Column(label="Without one", align="right", width=4),
            Column(label="Without the two largest", align="right", width=4),
        ),
        rows=rows,
        footnotes=(
            *_notes(released, "leave_out"),
            "Both readings: the estimates with what is not documented as absent and as present.",
            "!: the range without one investigation leaves the confidence limits.",
        ),
    )


def _left_words(target: Target) -> tuple[str, str, str, str]:
    if isinstance(target, Unavailable):
        return NOTHING, NOTHING, NOTHING, NOTHING
    both = span_words(target.lower_coding.estimate, target.upper_coding.estimate)
    left = target.leave_out
    if isinstance(left, Unavailable):
        return both, _limits(target), NOTHING, NOTHING
    mark = "!" if left.exceeds_limits else ""
    return both, _limits(target), span_words(left.low, left.high) + mark, _two(left)


def _two(left: LeaveOutRange) -> str:
    if left.low_without_two is None or left.high_without_two is None:
        return NOTHING
    return span_words(left.low_without_two, left.high_without_two)


def tabulate_spread(
    released: Released, *, terms: Sequence[str] = (), entities: Sequence[str] = ()
) -> Table:
    """Tabulate intra-case correlation, degrees of freedom and placebo rate.

    Parameters
    ----------
    released, terms, entities
        See `tabulate_estimates`.
    """
    found, kept = _estimated(released, terms, entities)
    rows = tuple(
        Row(
            group=prevalence_group(row.counted),
            cells=(
                row.counted.label,
                _icc(row.icc_lower),
                _icc(row.icc_upper),
                *_second(row.secondary),
                NOTHING if isinstance(row.placebo, Unavailable) else f"{row.placebo.rate:.2f}",
            ),
        )
        for row in kept
    )
    return Table(
        title="How alike relationships of one investigation are",
        columns=(
            Column(label="Code", width=8),
            Column(label="Correlation, silence as absence", align="right", width=7),
            Column(label="Correlation, silence as presence", align="right", width=7),
            Column(label="CR2 limits", align="right", width=5),
            Column(label="df", align="right", width=2),
            Column(label="Not reliable", width=4),
            Column(label="Placebo rate", align="right", width=4),
        ),
        rows=rows,
        footnotes=(
            *_notes(released, "icc"),
            "CR2 limits: bias-reduced clustered errors with Satterthwaite degrees of freedom (df), "
            "over both readings of silence.",
            "Not reliable: the widths of these and of the bootstrap limits differ by more than "
            "half.",
            "Placebo rate: share of random halves of the investigations that the bootstrap test "
            f"calls different at {1 - found.conf_level:.2f}.",
            f"{NOTHING}: not available, because the item is the same in every unit.",
        ),
    )


def _icc(value: CodedInterval | Unavailable) -> str:
    if isinstance(value, Unavailable):
        return NOTHING
    return f"{value.estimate:.2f} ({value.conf_low:.2f} to {value.conf_high:.2f})"


def _second(value: SecondaryIntervals | Unavailable) -> tuple[str, str, str]:
    if isinstance(value, Unavailable):
        return NOTHING, NOTHING, NOTHING
    held = [part for part in (value.cr2_lower, value.cr2_upper) if isinstance(part, CodedInterval)]
    if not held:
        return NOTHING, NOTHING, NOTHING
    low, high = min(part.conf_low for part in held), max(part.conf_high for part in held)
    df = min(part.df for part in held if part.df is not None)
    return span_words(low, high), f"{df:.1f}", "yes" if value.widths_differ else "no"


def tabulate_refused(
    released: Released, *, terms: Sequence[str] = (), entities: Sequence[str] = ()
) -> Table:
    """Tabulate the codes without an estimate: counts, bounds, and the reason.

    Parameters
    ----------
    released, terms, entities
        See `tabulate_estimates`.
    """
    found, kept = choose_rows(released, terms, entities)
    rows = tuple(
        Row(
            group=prevalence_group(row.counted),
            cells=(
                row.counted.label,
                f"{row.counted.n_present} of {row.counted.n_units}",
                str(row.counted.n_undocumented),
                bounds_words(row.counted),
                _reason(row.unit_weighted.why),
            ),
        )
        for row in kept
        if row not in found.estimated and isinstance(row.unit_weighted, Unavailable)
    )
    return Table(
        title="Codes without an estimate",
        columns=(
            Column(label="Code", width=8),
            Column(label="These: present", align="right", width=4),
            Column(label="Not documented", align="right", width=5),
            Column(label="These: bounds", align="right", width=5),
            Column(label="Reason", width=7),
        ),
        rows=rows,
        footnotes=_notes(released),
    )


def _reason(why: str) -> str:
    """Shorten a reason whose counts stand in the same row."""
    return "too little documented" if why.startswith("documented in") else why
