"""The rate of escape attempts under other choices, and what naive analyses would have given."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from relatum.errors import ReportError
from relatum.figures.inputs import chosen, taken
from relatum.figures.rows import RowText, dress_rows, label_edge, lay_out, row_axes
from relatum.figures.style import (
    ACCENT,
    BLUE,
    EDGE,
    INK,
    MIDDLE,
    MUTED,
    SMALL,
    figure_style,
    mark_simulated,
)
from relatum.figures.time_axis import moved_up
from relatum.release.released import Released
from relatum.results.base import Unavailable
from relatum.results.escape import EscapeRate, RateRow, RateVariant
from relatum.results.frames import rows_frame

__all__ = ["RateForestRow", "draw_rate_variants", "rate_variants_alt", "rate_variants_source"]

Ends: TypeAlias = tuple[float, float] | None

#: Room at the right, and where the columns of numbers end, in inches.
_RIGHT, _ENDS = 2.05, (0.42, 0.86, 1.97)
_COLUMNS = ("events", "months", "per 12 months (limits)")
_GROUPS = {
    "overall": "All cases",
    "leave_out": "Without some cases",
    "sensitivity": "Other choices",
    "naive": "Naive, for comparison only",
}
#: Marker, size and colour of the marks.
_LOOKS = {
    "overall": ("D", 5.0, INK),
    "leave_out": ("o", 4.0, BLUE),
    "sensitivity": ("o", 4.0, BLUE),
    "naive": ("X", 4.6, ACCENT),
}
#: The axis is logarithmic where the largest rate is at least so many times the smallest.
_WIDE = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RateForestRow:
    """One rate as it is drawn.

    Attributes
    ----------
    family : {"overall", "leave_out", "sensitivity", "naive"}
    name, label : str
    n_events : int or None
    months : float or None
        Relationship-months.
    rate, conf_low, conf_high : float or None
        Per 12 relationship-months: the mark and the line.
    range_low, range_high : float or None
        The ends of a bar, where a range is drawn and no mark.
    """

    family: str
    name: str
    label: str
    n_events: int | None
    months: float | None
    rate: float | None
    conf_low: float | None
    conf_high: float | None
    range_low: float | None
    range_high: float | None


def _case_row(name: str, label: str, *, rate: float | None, ends: Ends = None) -> RateForestRow:
    low, high = (None, None) if ends is None else ends
    return RateForestRow(
        family="leave_out", name=name, label=label, n_events=None, months=None, rate=rate,
        conf_low=None, conf_high=None, range_low=low, range_high=high,
    )  # fmt: skip


def _rate_row(family: str, name: str, label: str, held: RateRow | RateVariant) -> RateForestRow:
    return RateForestRow(
        family=family, name=name, label=label, n_events=held.n_events, months=held.months,
        rate=held.rate, conf_low=held.conf_low, conf_high=held.conf_high, range_low=None,
        range_high=None,
    )  # fmt: skip


def _overall(found: EscapeRate) -> RateRow:
    if isinstance(found.overall, Unavailable):
        msg = f"There is nothing to draw: {found.overall}."
        raise ReportError(msg)
    return found.overall


def _rows(released: Released, only: Sequence[str] | None) -> list[RateForestRow]:
    found = taken(released, EscapeRate)
    main = _overall(found)
    rows = [_rate_row("overall", "overall", "Main analysis", main)]
    if found.leave_out_low is not None and found.leave_out_high is not None:
        ends = found.leave_out_low, found.leave_out_high
        rows.append(_case_row("leave_one_out", "Each case left out in turn", rate=None, ends=ends))
    if found.without_two is not None:
        label = "Without the two largest cases"
        rows.append(_case_row("without_two", label, rate=found.without_two))
    rows += [_rate_row(one.family, one.name, one.label, one) for one in found.variants]
    there = [family for family in _GROUPS if any(row.family == family for row in rows)]
    names = chosen(only, there, what="family")
    return [row for name in names for row in rows if row.family == name]


def rate_variants_source(released: Released, *, only: Sequence[str] | None = None) -> pd.DataFrame:
    """Return what `draw_rate_variants` draws, one row per rate.

    Parameters
    ----------
    released : Released
        Holds an `EscapeRate`.
    only : sequence of {"overall", "leave_out", "sensitivity", "naive"}, optional
        Families, in the order in which they are drawn; all by default.

    Returns
    -------
    DataFrame
        With the columns of `RateForestRow`.
    """
    return rows_frame(RateForestRow, _rows(released, only))


@figure_style()
def draw_rate_variants(
    released: Released, ax: Axes | None = None, *, only: Sequence[str] | None = None
) -> Axes:
    """Draw the rate of attempts of the main analysis, of other choices and of naive analyses.

    Parameters
    ----------
    released : Released
        Holds an `EscapeRate`.
    ax : Axes, optional
        Where to draw; needs 2.2 inches at the left and 2.05 inches at the right.
    only : sequence of {"overall", "leave_out", "sensitivity", "naive"}, optional
        Families, in the order in which they are drawn; all by default.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind, there is no rate, a family does not exist, or the rows do
        not fit on a page.

    Notes
    -----
    The line through all rows is the rate of the main analysis. Rates far apart are drawn on a
    logarithmic axis; a limit of zero is then an arrow.
    """
    rows = _rows(released, only)
    main = _overall(taken(released, EscapeRate))
    texts = [
        RowText(group=_GROUPS[row.family], label=row.label, right=_numbers(row)) for row in rows
    ]
    layout = lay_out(texts, names=[row.family for row in rows])
    ax = row_axes(layout, ax, right=_RIGHT, top=0.62)
    low = _fit(ax, rows, main.rate)
    ax.axvline(main.rate, color=EDGE, linewidth=0.7, linestyle=(0, (3, 2)), zorder=1, gid="main")
    for at, row in zip(layout.rows, rows, strict=True):
        _draw_row(ax, at, row, low)
    ax.grid(axis="x", zorder=0)
    dress_rows(ax, layout, texts, columns=_COLUMNS, ends=_ENDS)
    ax.set_xlabel("Attempts per 12 months", loc="left")
    _key(ax, rows, main.conf_level)
    mark_simulated(ax, released.simulated, shift=_RIGHT - 0.05)
    return ax


def _fit(ax: Axes, rows: list[RateForestRow], main: float) -> float:
    """Choose the axis that shows every mark; return its lower end."""
    rates = [main, *(value for row in rows for value in (row.rate, row.range_low, row.range_high)
                     if value is not None)]  # fmt: skip
    limits = [v for row in rows for v in (row.conf_low, row.conf_high) if v is not None]
    top = max([*rates, *limits])
    if min(rates) > 0 and max(rates) / min(rates) >= _WIDE:
        above = [value for value in (*rates, *limits) if value > 0.1 * min(rates)]
        low, high = min(above) / 1.25, 1.25 * top
        ax.set_xscale("log")
        ax.set_xlim(low, high)
        ticks = _log_ticks(low, high)
        ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        ax.set_xticks([], minor=True)
        return low
    ax.set_xlim(0, 1.05 * top or 1.0)
    return 0.0


def _log_ticks(low: float, high: float) -> list[float]:
    """Return round values inside the limits, seven at most.

    Examples
    --------
    >>> _log_ticks(0.08, 3.0)
    [0.1, 0.2, 0.5, 1.0, 2.0]
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for parts in ((1, 2, 5), (1, 3), (1,)):
        ticks = [float(f"{part}e{power}") for power in powers for part in parts]
        held = [tick for tick in ticks if low <= tick <= high]
        if len(held) <= 7:
            return held
    return held


def _draw_row(ax: Axes, at: float, row: RateForestRow, low: float) -> None:
    marker, size, colour = _LOOKS[row.family]
    if row.range_low is not None and row.range_high is not None:
        ax.barh(
            at, row.range_high - row.range_low, left=row.range_low, height=0.5, color=MIDDLE,
            zorder=2, gid=f"range-{row.name}",
        )  # fmt: skip
    elif row.rate is None:
        ax.text(
            0.5, at, "not available", transform=ax.get_yaxis_transform(), ha="center",
            va="center", fontsize=SMALL, fontstyle="italic", color=MUTED, gid=f"none-{row.name}",
        )  # fmt: skip
        return
    if row.conf_low is not None and row.conf_high is not None:
        start = max(row.conf_low, low)
        ax.plot(
            [start, row.conf_high], [at, at], color=colour, linewidth=1.2,
            solid_capstyle="butt", zorder=3, gid=f"limits-{row.name}",
        )  # fmt: skip
        if row.conf_low < low:
            ax.plot([low], [at], "<", markersize=4, color=colour, clip_on=False, zorder=3,
                    gid=f"beyond-{row.name}")  # fmt: skip
    if row.rate is not None:
        ax.plot(
            [row.rate], [at], marker, markersize=size, color=colour, markeredgecolor="white",
            markeredgewidth=0.5, clip_on=False, zorder=4, gid=f"rate-{row.name}",
        )  # fmt: skip


def _numbers(row: RateForestRow) -> tuple[str, str, str]:
    events = "" if row.n_events is None else f"{row.n_events}"
    months = "" if row.months is None else f"{row.months:,.0f}"
    return events, months, _rate(row)


def _rate(row: RateForestRow) -> str:
    if row.range_low is not None and row.range_high is not None:
        return f"{row.range_low:.2f} to {row.range_high:.2f}"
    if row.rate is None:
        return "n/a"
    if row.conf_low is None or row.conf_high is None:
        return f"{row.rate:.2f}"
    return f"{row.rate:.2f} ({row.conf_low:.2f} to {row.conf_high:.2f})"


def _key(ax: Axes, rows: list[RateForestRow], conf_level: float) -> None:
    """Explain marks above the drawing; only what is drawn is named."""
    words = {"overall": "main analysis", "sensitivity": "other choice", "naive": "naive analysis"}
    handles: list[Line2D] = []
    for family, label in words.items():
        if any(row.family == family and row.rate is not None for row in rows):
            marker, size, colour = _LOOKS[family]
            handles.append(
                Line2D(
                    [], [], linestyle="", marker=marker, markersize=size, color=colour, label=label
                )
            )
    if any(row.conf_low is not None for row in rows):
        handles.append(Line2D([], [], color=INK, linewidth=1.2, label=f"{conf_level:.0%} limits"))
    if any(row.range_low is not None for row in rows):
        handles.append(Line2D([], [], color=MIDDLE, linewidth=4, label="range over cases left out"))
    ax.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=5, columnspacing=1.2,
        handletextpad=0.5, borderpad=0, bbox_transform=moved_up(label_edge(ax), ax, 0.26),
    )  # fmt: skip


def rate_variants_alt(released: Released, *, only: Sequence[str] | None = None) -> str:
    """Return alternative text for `draw_rate_variants`, made from its numbers."""
    found = taken(released, EscapeRate)
    rows = _rows(released, only)
    main = _overall(found)
    marked = "Simulated data. " if released.simulated else ""
    told = [
        f"main analysis {main.rate:.2f}, limits {main.conf_low:.2f} to {main.conf_high:.2f} "
        f"({main.n_events} attempts in {main.months:,.0f} relationship-months)"
    ]
    for family, words in (("sensitivity", "other choices"), ("naive", "naive analyses")):
        held = [row for row in rows if row.family == family]
        known = sorted((row.rate, row.label) for row in held if row.rate is not None)
        if known:
            ends = [f"{rate:.2f} ({_lower(label)})" for rate, label in (known[0], known[-1])]
            told.append(f"{words}: {len(known)}, from {' to '.join(ends)}")
        if len(held) > len(known):
            told.append(f"{words} not available: {len(held) - len(known)}")
    told += [f"{_lower(row.label)}, {_rate(row)}" for row in rows if row.range_low is not None]
    return f"{marked}{found.title}, per 12 relationship-months: {'; '.join(told)}."


def _lower(label: str) -> str:
    return f"{label[:1].lower()}{label[1:]}"
