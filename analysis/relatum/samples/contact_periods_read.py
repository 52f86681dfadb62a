"""Periods of contact as they stand in the table: windows of days, faults, and what is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from types import MappingProxyType
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from relatum.errors import Issue
from relatum.results.flow import FlowStep
from relatum.samples.contact_periods_days import Days, PeriodWindow, narrowed
from relatum.samples.sample import Sample

__all__ = [
    "CONTACT_WHY_NOT",
    "INDEPENDENT",
    "Completion",
    "PeriodRow",
    "contact_flow",
    "read_contact_periods",
    "settle",
]

Completion: TypeAlias = Literal["earliest", "latest", "certain"]
_TABLE = "suspect_contacts"
#: Sources that record contact whether or not she steps back.
INDEPENDENT = frozenset({"prison_log", "wiretap", "observation"})
#: The words for every reason, in the order in which the flow applies them.
CONTACT_WHY_NOT: Mapping[str, str] = MappingProxyType(
    {
        "means_missing": "the row does not say whether there was contact",
        "none_with_means": "the row says that there was contact and that there was none",
        "undated": "no day bounds the period",
        "reversed": "the period, or an interval of its dates, runs backwards",
        "repeated": "an earlier row says the same",
        "overlap": "contact is recorded on a day of this period of none",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRow:
    """One row of the table, with what is wrong with it.

    Attributes
    ----------
    period, relationship : str
    kind : {"contact", "none", ""}
    means, recorded_by : tuple of str
    window : PeriodWindow
    why_not : str
        A key of `CONTACT_WHY_NOT`; empty where the row is used.
    """

    period: str
    relationship: str
    kind: Literal["contact", "none", ""]
    means: tuple[str, ...]
    recorded_by: tuple[str, ...]
    window: PeriodWindow
    why_not: str = ""

    @property
    def independent(self) -> bool:
        """Whether a source records it that does not hang on her stepping back."""
        return bool(INDEPENDENT & set(self.recorded_by))


def read_contact_periods(sample: Sample) -> list[PeriodRow]:
    """Read every row of ``suspect_contacts``, in the order of its key.

    Parameters
    ----------
    sample : Sample

    Returns
    -------
    list of PeriodRow
    """
    table = sample.tables[_TABLE]
    ids, couples, means, sources = (
        ["" if pd.isna(value) else str(value) for value in table[name]]
        for name in ("period_id", "relationship_id", "contact_means", "contact_recorded_by")
    )
    rows = [_row(*row) for row in zip(ids, couples, means, sources, _windows(table), strict=True)]
    return sorted(rows, key=lambda row: (row.period, row.relationship))


def _windows(table: pd.DataFrame) -> list[PeriodWindow]:
    days = zip(
        _days(table["period_start_lower"], -inf),
        _days(table["period_start_upper"], inf),
        _days(table["period_end_lower"], -inf),
        _days(table["period_end_upper"], inf),
        strict=True,
    )
    return [
        PeriodWindow(start_lower=a, start_upper=b, end_lower=c, end_upper=d) for a, b, c, d in days
    ]


def _days(values: pd.Series, missing: float) -> list[float]:
    numbers = values.to_numpy(dtype="datetime64[D]").astype(np.int64)
    gone = values.isna().to_numpy()
    return [missing if open_ else float(day) for day, open_ in zip(numbers, gone, strict=True)]


def _row(
    period: str, relationship: str, means: str, sources: str, window: PeriodWindow
) -> PeriodRow:
    kinds = tuple(sorted(filter(None, means.split(";"))))
    return PeriodRow(
        period=period,
        relationship=relationship,
        kind="" if not kinds else "none" if kinds == ("none",) else "contact",
        means=kinds,
        recorded_by=tuple(sorted(filter(None, sources.split(";")))),
        window=window,
    )


def settle(rows: Sequence[PeriodRow]) -> tuple[list[PeriodRow], list[Issue]]:
    """Set aside the rows that cannot be used, and narrow the dates of contact by certain absence.

    Parameters
    ----------
    rows : sequence of PeriodRow

    Returns
    -------
    tuple of list of PeriodRow, and list of Issue
        All rows, those set aside with the reason, and the faults.
    """
    alone = [replace(row, why_not=_own_reason(row)) for row in rows]
    told = _without_repeats(alone)
    faults = [issue for row in told if (issue := _fault(row)) is not None]
    couples: dict[str, list[PeriodRow]] = {}
    for row in told:
        couples.setdefault(row.relationship, []).append(row)
    settled: list[PeriodRow] = []
    for mine in couples.values():
        kept, found = _apart(mine)
        settled += kept
        faults += found
    return settled, faults


def _own_reason(row: PeriodRow) -> str:
    window = row.window
    if not row.means:
        return "means_missing"
    if "none" in row.means and len(row.means) > 1:
        return "none_with_means"
    if window.undated:
        return "undated"
    return "" if window.possible else "reversed"


def _without_repeats(rows: Sequence[PeriodRow]) -> list[PeriodRow]:
    seen: set[PeriodRow] = set()
    kept: list[PeriodRow] = []
    for row in rows:
        said = replace(row, period="")
        kept.append(replace(row, why_not="repeated") if not row.why_not and said in seen else row)
        seen.add(said)
    return kept


def _issue(row: PeriodRow, field: str, rule: str, severity: Literal["error", "warning"]) -> Issue:
    words = CONTACT_WHY_NOT[row.why_not]
    message = f"It is left out: {words}."
    return Issue(
        table=_TABLE, row=row.period, field=field, rule=rule, message=message, severity=severity
    )


def _fault(row: PeriodRow) -> Issue | None:
    if row.why_not == "means_missing":
        return _issue(row, "contact_means", "contact_means_missing", "warning")
    if row.why_not == "none_with_means":
        return _issue(row, "contact_means", "contact_none_with_means", "error")
    if row.why_not == "undated":
        return _issue(row, "period_start_lower", "contact_period_undated", "warning")
    if row.why_not == "reversed":
        return _issue(row, "period_end_upper", "contact_period_reversed", "error")
    if row.why_not == "repeated":
        return _issue(row, "relationship_id", "contact_periods_overlap", "error")
    return None


def _apart(rows: Sequence[PeriodRow]) -> tuple[list[PeriodRow], list[Issue]]:
    """Keep contact and certain absence of one couple apart; where that fails, contact stands."""
    held = list(rows)
    faults: list[Issue] = []
    closed: list[Days] = []
    contacts = [row.window for row in held if row.kind == "contact" and not row.why_not]
    for at, row in enumerate(held):
        stretch = row.window.certain if row.kind == "none" and not row.why_not else None
        if stretch is None:
            continue
        if all(narrowed(window, [*closed, stretch]).possible for window in contacts):
            closed.append(stretch)
            continue
        held[at] = replace(row, why_not="overlap")
        faults.append(_issue(held[at], "contact_means", "contact_periods_overlap", "error"))
    for at, row in enumerate(held):
        if row.kind == "contact" and not row.why_not:
            held[at] = replace(row, window=narrowed(row.window, closed))
    return held, faults


def contact_flow(reasons: Sequence[str]) -> tuple[FlowStep, ...]:
    """Count what is left after each reason.

    Parameters
    ----------
    reasons : sequence of str
        Why each period is not used; empty where it is.

    Returns
    -------
    tuple of FlowStep

    Examples
    --------
    >>> [(step.step, step.n) for step in contact_flow(["", "undated"])]
    [('recorded', 2), ('undated', 1), ('used', 1)]
    """
    counts, left = Counter(reasons), len(reasons)
    steps = [_step("recorded", "recorded", left)]
    for reason, words in CONTACT_WHY_NOT.items():
        if counts[reason]:
            left -= counts[reason]
            steps.append(_step(reason, "left", left, n_left_out=counts[reason], reason=words))
    return (*steps, _step("used", "used", left))


def _step(
    step: str, label: str, n: int, *, n_left_out: int | None = None, reason: str = ""
) -> FlowStep:
    label = f"periods of contact {label}"
    return FlowStep(
        step=step, label=label, unit="period", n=n, n_left_out=n_left_out, reason=reason
    )
