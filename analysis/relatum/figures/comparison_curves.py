"""Curves of both samples over time, with limits and the numbers at risk."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from relatum.errors import ReportError
from relatum.figures.event_axis import Dashes
from relatum.figures.inputs import chosen, taken
from relatum.figures.style import (
    ACCENT,
    BLUE,
    INK,
    MUTED,
    PALE,
    SMALL,
    figure_style,
    mark_simulated,
    new_axes,
)
from relatum.figures.time_axis import moved_up
from relatum.release.released import Released
from relatum.results.comparison_profile import ComparisonProfile, CurvePoint
from relatum.results.frames import rows_frame
from relatum.tables.pair_words import upper_first
from relatum.tables.wording import NOTHING

__all__ = ["comparison_curves_alt", "comparison_curves_source", "draw_comparison_curves"]

#: Room at the left for words, and above and below, in inches.
_LEFT, _TOP, _BELOW, _HEIGHT = 1.35, 0.55, 1.1, 2.2
#: Rows of numbers under the axis: the first, and the distance between them, in points.
_FIRST, _LINE = -40, 10.0
#: As many numbers as stand apart on a printed page.
_MOST_MARKS = 12
#: Colour, dashes and words of each sample: lines are told apart in grey.
_LOOKS: dict[str, tuple[str, Dashes, str]] = {
    "trafficking": (BLUE, "-", "Trafficking"),
    "domestic_violence": (ACCENT, (0, (5, 1.5)), "Domestic violence"),
}


@dataclass(frozen=True, slots=True)
class _Clock:
    """How time is counted in a kind of curve: unit, origin, what is at risk, steps of the axis."""

    unit: str
    origin: str
    record: str
    step: float


_CLOCKS = {
    "escape": _Clock("months", "entry into observation", "relationships", 3.0),
    "retraction": _Clock("days", "the report", "reports", 30.0),
}


@dataclass(frozen=True, slots=True)
class _Curve:
    """The curve of one sample, in the order of time."""

    side: str
    points: tuple[CurvePoint, ...]

    @property
    def end(self) -> float:
        return self.points[-1].time

    def limits(self) -> npt.NDArray[np.float64]:
        """Return times with both limits, shape (n, 3); the last limits reach to the end."""
        held = [
            (point.time, point.conf_low, point.conf_high)
            for point in self.points
            if point.conf_low is not None and point.conf_high is not None
        ]
        if held:
            held.append((self.end, *held[-1][1:]))
        return np.array(held, dtype=np.float64).reshape(-1, 3)

    def at_risk(self) -> dict[float, int]:
        return {point.time: point.n_at_risk for point in self.points if point.n_at_risk is not None}


def _curves(found: ComparisonProfile, curve: str) -> list[_Curve]:
    kinds = chosen([curve], (point.curve for point in found.curves), what="curve")
    held = [point for point in found.curves if point.curve == kinds[0]]
    unknown = {point.side for point in held} - set(_LOOKS)
    if unknown or curve not in _CLOCKS:
        what = min(unknown) if unknown else curve
        there = ", ".join(_LOOKS if unknown else _CLOCKS)
        msg = f"'{what}' has no place in this figure; there are: {there}."
        raise ReportError(msg)
    sides = [
        sorted((point for point in held if point.side == side), key=lambda point: point.time)
        for side in _LOOKS
    ]
    return [
        _Curve(side, tuple(points)) for side, points in zip(_LOOKS, sides, strict=True) if points
    ]


def comparison_curves_source(released: Released, *, curve: str = "escape") -> pd.DataFrame:
    """Return what `draw_comparison_curves` draws, one row per step of a curve.

    Parameters
    ----------
    released : Released
        Holds a `ComparisonProfile`.
    curve : {"escape", "retraction"}
        Which curves.

    Returns
    -------
    DataFrame
        With the columns of `CurvePoint`, trafficking first.
    """
    curves = _curves(taken(released, ComparisonProfile), curve)
    return rows_frame(CurvePoint, [point for one in curves for point in one.points])


@figure_style()
def draw_comparison_curves(
    released: Released, ax: Axes | None = None, *, curve: str = "escape"
) -> Axes:
    """Draw the cumulative incidence of an event in both samples, with the numbers at risk.

    Parameters
    ----------
    released : Released
        Holds a `ComparisonProfile`.
    ax : Axes, optional
        Where to draw; needs 1.4 inches at the left, 0.6 inches above and 1.1 inches below.
    curve : {"escape", "retraction"}
        First attempts to get away, or steps back from a report.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind, or holds no such curve.

    Notes
    -----
    The bands are pointwise limits. A line ends where too few of its sample are at risk; from there
    on no number at risk is printed for it. A sample without a curve is said so.
    """
    curves = _curves(taken(released, ComparisonProfile), curve)
    if ax is None:
        ax = new_axes(height=_HEIGHT, left=_LEFT, right=0.25, top=_TOP, bottom=_BELOW)
    for one in curves:
        _draw_curve(ax, one)
    ax.set_ylim(0, _top(curves))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    label = curves[0].points[0].label
    ax.set_ylabel("\n".join(textwrap.wrap(f"{label}, cumulative incidence", 32)))
    ax.grid(axis="y")
    _dress_times(ax, curves, _CLOCKS[curve])
    _key(ax, curves)
    mark_simulated(ax, released.simulated)
    return ax


def _draw_curve(ax: Axes, curve: _Curve) -> None:
    colour, dashes, _ = _LOOKS[curve.side]
    limits = curve.limits()
    if len(limits):
        ax.fill_between(
            limits[:, 0], limits[:, 1], limits[:, 2], step="post", color=colour, alpha=0.13,
            linewidth=0, zorder=1, gid=f"limits-{curve.side}",
        )  # fmt: skip
        for edge in (1, 2):
            ax.step(
                limits[:, 0], limits[:, edge], where="post", color=colour, linewidth=0.5,
                linestyle=dashes, zorder=2, gid=f"edge-{curve.side}-{edge}",
            )  # fmt: skip
    times = [point.time for point in curve.points]
    values = [point.value for point in curve.points]
    if times[0] > 0:
        times, values = [0.0, *times], [0.0, *values]
    ax.step(
        times, values, where="post", color=colour, linewidth=1.5, linestyle=dashes, zorder=3,
        gid=f"curve-{curve.side}",
    )  # fmt: skip
    ax.plot(
        [times[-1]], [values[-1]], "|", color=colour, markersize=6, markeredgewidth=1.2,
        clip_on=False, zorder=4, gid=f"end-{curve.side}",
    )  # fmt: skip


def _top(curves: Sequence[_Curve]) -> float:
    """Return the end of the axis of shares, a tenth above what is drawn."""
    highs = [point.value for curve in curves for point in curve.points]
    highs += [float(high) for curve in curves for high in curve.limits()[:, 2]]
    return min(1.0, math.ceil(10 * max(highs) + 0.2) / 10)


def _marks(curves: Sequence[_Curve], step: float) -> list[float]:
    """Return times of the axis at which numbers at risk are held."""
    times = sorted({time for curve in curves for time in curve.at_risk()})
    even = [time for time in times if math.isclose(time / step, round(time / step), abs_tol=1e-9)]
    marks = even if len(even) > 1 else times
    return marks[:: -(-len(marks) // _MOST_MARKS) or 1]


def _dress_times(ax: Axes, curves: Sequence[_Curve], clock: _Clock) -> None:
    """Draw the axis of time, and the numbers at risk under it."""
    last = max(curve.end for curve in curves) or 1.0
    marks = _marks(curves, clock.step)
    ax.set_xlim(0, 1.03 * last)
    ax.set_xticks(marks, [f"{mark:g}" for mark in marks])
    ax.set_xlabel(f"{upper_first(clock.unit)} since {clock.origin}", loc="left")
    left = 3 - 72 * _LEFT
    _under(ax, f"{upper_first(clock.record)} at risk", _FIRST, left, MUTED, "at-risk-words")
    held = {curve.side: curve for curve in curves}
    for place, (side, (colour, _, words)) in enumerate(_LOOKS.items(), start=1):
        down = _FIRST - _LINE * place
        _under(ax, words, down, left + 5, colour, f"at-risk-label-{side}")
        if side not in held:
            _under(ax, "no curve could be drawn", down, 0, MUTED, "no-curve")
            continue
        numbers = held[side].at_risk()
        for mark in marks:
            text = f"{numbers[mark]:,}" if mark in numbers else NOTHING
            ax.annotate(
                text, (mark, 0), (0, down), xycoords=ax.get_xaxis_transform(),
                textcoords="offset points", ha="center", va="center", fontsize=SMALL,
                color=INK if mark in numbers else MUTED, annotation_clip=False,
                gid=f"at-risk-{side}-{mark:g}",
            )  # fmt: skip


def _under(ax: Axes, text: str, down: float, shift: float, colour: str, gid: str) -> None:
    ax.annotate(
        text, (0, 0), (shift, down), xycoords="axes fraction", textcoords="offset points",
        ha="left", va="center", fontsize=SMALL, color=colour, annotation_clip=False, gid=gid,
    )  # fmt: skip


def _key(ax: Axes, curves: Sequence[_Curve]) -> None:
    """Explain lines and bands above the drawing; only what is drawn is named."""
    handles: list[Line2D | Patch] = []
    for curve in curves:
        colour, dashes, words = _LOOKS[curve.side]
        line = Line2D([], [], color=colour, linewidth=1.5, linestyle=dashes, label=words)
        handles.append(line)
    if any(len(curve.limits()) for curve in curves):
        handles.append(Patch(facecolor=PALE, alpha=0.6, label="pointwise limits"))
    end = Line2D([], [], linestyle="", marker="|", markersize=6, markeredgewidth=1.2, color=INK)
    end.set_label("end of a line: too few at risk, or end of follow-up")
    handles.append(end)
    ax.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, columnspacing=1.4,
        labelspacing=0.3, borderpad=0, handleheight=0.8, handlelength=2.6,
        bbox_transform=moved_up(ax.transAxes, ax, 0.1),
    )  # fmt: skip


def comparison_curves_alt(released: Released, *, curve: str = "escape") -> str:
    """Return alternative text for `draw_comparison_curves`, made from its numbers."""
    found = taken(released, ComparisonProfile)
    curves = _curves(found, curve)
    clock = _CLOCKS[curve]
    marked = "Simulated data. " if released.simulated else ""
    told = "; ".join(_tell(one, clock) for one in curves)
    return (
        f"{marked}{found.title}: {curves[0].points[0].label.lower()}, cumulative incidence over "
        f"{clock.unit} since {clock.origin} in both samples. {told}."
    )


def _tell(curve: _Curve, clock: _Clock) -> str:
    last = curve.points[-1]
    limits = curve.limits()
    words = f"{_LOOKS[curve.side][2]}, {last.value:.0%} at {last.time:.0f} {clock.unit}"
    if len(limits):
        words += f" (limits {limits[-1, 1]:.0%} to {limits[-1, 2]:.0%})"
    numbers = curve.at_risk()
    if numbers:
        words += f", {numbers[min(numbers)]:,} {clock.record} at risk at first"
    return words
