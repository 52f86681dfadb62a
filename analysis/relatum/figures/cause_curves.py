"""Cumulative incidence by cause and group, each cause competing with the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter
from matplotlib.transforms import ScaledTranslation

from relatum.errors import ReportError
from relatum.figures.event_axis import (
    Dashes,
    DrawnSteps,
    drawn_steps,
    dress_times,
    key_above,
    times_axes,
    upper,
    wide_enough,
)
from relatum.figures.inputs import chosen, taken
from relatum.figures.style import ACCENT, BLUE, INK, ORANGE, figure_of, figure_style, mark_simulated
from relatum.release.released import Released
from relatum.results.familiar_times import CauseCurve, FamiliarTimes, GroupTimes, TimeStep
from relatum.results.frames import rows_frame

__all__ = ["cause_curves_alt", "cause_curves_source", "draw_cause_curves"]

#: A cause has a colour and a mark, a group has dashes: both are told apart in grey.
_CAUSES = ((BLUE, "o"), (ACCENT, "s"), (INK, "^"), (ORANGE, "D"))
_GROUPS: tuple[Dashes, ...] = ("-", (0, (5, 1.5)), (0, (1, 1.2)))
#: Distance between the whiskers at the horizon, in inches.
_APART = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One curve with its looks."""

    curve: CauseCurve
    drawn: DrawnSteps
    group: GroupTimes
    colour: str
    marker: str
    dashes: Dashes


def _lines(found: FamiliarTimes, only: Sequence[str] | None) -> list[_Line]:
    causes = chosen(only, (curve.cause for curve in found.causes), what="cause")
    wide_enough(len(causes), most=len(_CAUSES), what="causes")
    groups = {group.group: group for group in found.groups}
    names = [name for name in groups if any(curve.group == name for curve in found.causes)]
    wide_enough(len(names), most=len(_GROUPS), what="groups")
    lines = [
        _line(found, curve, groups[curve.group], causes.index(cause), names.index(curve.group))
        for cause in causes
        for curve in found.causes
        if curve.cause == cause and curve.group in groups
    ]
    if not any(line.drawn.steps for line in lines):
        msg = (
            f"There is nothing to draw: no event falls where {found.min_at_risk} or more are at "
            "risk."
        )
        raise ReportError(msg)
    return lines


def _line(found: FamiliarTimes, curve: CauseCurve, group: GroupTimes, cause: int, at: int) -> _Line:
    drawn = drawn_steps(found, curve.steps, group.at_risk, start=0.0)
    colour, marker = _CAUSES[cause]
    return _Line(
        curve=curve, drawn=drawn, group=group, colour=colour, marker=marker, dashes=_GROUPS[at]
    )


def cause_curves_source(released: Released, *, only: Sequence[str] | None = None) -> pd.DataFrame:
    """Return what `draw_cause_curves` draws, one row per step of a curve.

    Parameters
    ----------
    released : Released
        Holds a `FamiliarTimes`.
    only : sequence of str, optional
        Causes; all by default.

    Returns
    -------
    DataFrame
        ``cause``, ``group`` and the columns of `TimeStep`. Steps with too few at risk are left out.
    """
    lines = _lines(taken(released, FamiliarTimes), only)
    frame = rows_frame(TimeStep, [step for line in lines for step in line.drawn.steps])
    frame.insert(0, "cause", [line.curve.cause for line in lines for _ in line.drawn.steps])
    frame.insert(1, "group", [line.curve.group for line in lines for _ in line.drawn.steps])
    return frame


@figure_style()
def draw_cause_curves(
    released: Released, ax: Axes | None = None, *, only: Sequence[str] | None = None
) -> Axes:
    """Draw the cumulative incidence of each cause, one line per cause and group.

    Parameters
    ----------
    released : Released
        Holds a `FamiliarTimes`.
    ax : Axes, optional
        Where to draw; needs 1.4 inches at the left and 0.8 inches above and below.
    only : sequence of str, optional
        Causes, in the order in which they are drawn; all by default, four at most.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind, a cause does not exist, there are too many causes or
        groups, or no event falls where enough are at risk.

    Notes
    -----
    Aalen-Johansen. Colours and marks tell causes apart, dashes tell groups apart. The whiskers at
    the horizon are the pointwise limits there. Nothing is drawn where fewer than the minimum are at
    risk.
    """
    found = taken(released, FamiliarTimes)
    lines = _lines(found, only)
    groups = list({line.group.group: line.group for line in lines}.values())
    handles = _handles(found, lines)
    if ax is None:
        ax = times_axes(groups, [str(one.get_label()) for one in handles])
    for line in lines:
        _draw_line(ax, line)
    tops = [float(line.drawn.heights.max()) for line in lines]
    tops += _draw_limits(ax, found, lines)
    ax.set_ylim(0, min(1.0, np.ceil(10 * max(tops) + 0.2) / 10))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_ylabel("Cumulative incidence")
    ax.grid(axis="y")
    end = max(line.drawn.end for line in lines)
    dress_times(ax, found, groups, end=end, colours=[INK] * len(groups))
    key_above(ax, handles)
    mark_simulated(ax, released.simulated)
    return ax


def _draw_line(ax: Axes, line: _Line) -> None:
    name = f"{line.curve.cause}-{line.curve.group}"
    ax.step(
        line.drawn.times, line.drawn.heights, where="post", color=line.colour, linewidth=1.4,
        linestyle=line.dashes, zorder=3, gid=f"curve-{name}",
    )  # fmt: skip
    marks = np.array(
        [m.time for m in line.group.at_risk if line.drawn.begin < m.time <= line.drawn.end]
    )
    ax.plot(
        marks, line.drawn.at(marks), line.marker, color=line.colour, markersize=3.2,
        markeredgecolor="white", markeredgewidth=0.4, zorder=4, gid=f"marks-{name}",
    )  # fmt: skip


def _draw_limits(ax: Axes, found: FamiliarTimes, lines: Sequence[_Line]) -> list[float]:
    """Draw the limits at the horizon side by side; return their upper ends."""
    tops = []
    scale = figure_of(ax).dpi_scale_trans
    for at, line in enumerate(lines):
        ends = _limits(found, line)
        if ends is None:
            continue
        aside = ScaledTranslation(-_APART * (len(lines) - at), 0, scale)
        ax.plot(
            [found.horizon, found.horizon], ends, color=line.colour, linewidth=1.0, marker="_",
            markersize=4, linestyle=line.dashes, transform=ax.transData + aside, zorder=5,
            gid=f"limits-{line.curve.cause}-{line.curve.group}",
        )  # fmt: skip
        tops.append(ends[1])
    return tops


def _limits(found: FamiliarTimes, line: _Line) -> tuple[float, float] | None:
    """Return the limits at the horizon, where the curve reaches it."""
    held = line.drawn.limits
    if line.drawn.end < found.horizon or not len(held):
        return None
    before = held[held[:, 0] <= found.horizon]
    return (float(before[-1, 1]), float(before[-1, 2])) if len(before) else None


def _handles(found: FamiliarTimes, lines: Sequence[_Line]) -> list[Line2D]:
    handles = [
        Line2D(
            [], [], color=line.colour, marker=line.marker, markersize=3.2, linewidth=1.4,
            linestyle=line.dashes, label=upper(_words(line, lines)),
        )
        for line in lines
    ]  # fmt: skip
    if any(_limits(found, line) is not None for line in lines):
        words = f"{found.conf_level:.0%} pointwise limits at the horizon"
        handles.append(Line2D([], [], color=INK, linewidth=1.0, label=words))
    return handles


def _words(line: _Line, lines: Sequence[_Line]) -> str:
    alone = len({one.curve.group for one in lines}) == 1
    who = "" if alone else f", {line.group.label}"
    return f"{line.curve.label}{who}: {line.curve.n_events:,} of {line.group.n_records:,}"


def cause_curves_alt(released: Released, *, only: Sequence[str] | None = None) -> str:
    """Return alternative text for `draw_cause_curves`, made from its numbers."""
    found = taken(released, FamiliarTimes)
    lines = _lines(found, only)
    marked = "Simulated data. " if released.simulated else ""
    told = "; ".join(
        f"{_words(line, lines)} {found.record}, {line.drawn.heights[-1]:.0%} at "
        f"{line.drawn.end:g} {found.time_unit}"
        for line in lines
    )
    return (
        f"{marked}{found.title}: cumulative incidence by cause over {found.time_unit} since "
        f"{found.origin}, drawn where {found.min_at_risk} or more are at risk. {told}."
    )
