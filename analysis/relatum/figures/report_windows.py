"""Reports as unlabelled lines, from the report to the end of follow-up, with steps back."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from relatum.errors import ReportError
from relatum.figures.inputs import taken
from relatum.figures.retraction_incidence import STEP_LOOKS
from relatum.figures.style import (
    ACCENT,
    EDGE,
    INK,
    figure_style,
    mark_simulated,
    new_axes,
)
from relatum.figures.time_axis import moved_up
from relatum.release.released import Released
from relatum.results.frames import rows_frame
from relatum.results.retraction import ReportWindows, SwimmerBar

__all__ = ["draw_report_windows", "report_windows_alt", "report_windows_source"]

#: Inches per report, and the most that all take.
_LINE, _MOST = 0.085, 7.0
#: Intervals shorter than this share of the axis are drawn as a mark.
_SHORT = 0.012
_STEPS = (5, 10, 20, 30, 60, 90, 180, 365, 730)
#: Marker, face and words of each end.
_ENDS = {
    "closed": ("s", INK, "case closed"),
    "death": ("X", INK, "death"),
    "censored": ("o", "white", "end of follow-up"),
}


def _bars(released: Released) -> list[SwimmerBar]:
    bars = taken(released, ReportWindows).bars
    if not bars:
        msg = "There is nothing to draw: the result holds no report."
        raise ReportError(msg)
    for what, names, there in (
        ("end of follow-up", {bar.end for bar in bars}, set(_ENDS)),
        ("kind of step back", {bar.kind_of_step for bar in bars} - {""}, set(STEP_LOOKS)),
    ):
        if names - there:
            msg = f"'{min(names - there)}' is not a {what}; there are: {', '.join(sorted(there))}."
            raise ReportError(msg)
    return sorted(bars, key=_place)


def _place(bar: SwimmerBar) -> tuple[float, float, float, str, str]:
    none = float("inf")
    low = none if bar.step_low is None else bar.step_low
    high = none if bar.step_high is None else bar.step_high
    return -bar.stop, low, high, bar.kind_of_step, bar.end


def report_windows_source(released: Released) -> pd.DataFrame:
    """Return what `draw_report_windows` draws, one row per report, followed longest first.

    Parameters
    ----------
    released : Released
        Holds a `ReportWindows`.

    Returns
    -------
    DataFrame
        With the columns of `SwimmerBar`.
    """
    return rows_frame(SwimmerBar, _bars(released))


@figure_style()
def draw_report_windows(released: Released, ax: Axes | None = None) -> Axes:
    """Draw one line per report, with the interval in which a first step back fell.

    Parameters
    ----------
    released : Released
        Holds a `ReportWindows`.
    ax : Axes, optional
        Where to draw; needs 0.95 inches above.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind, holds no report, or an unknown kind of step or end.

    Notes
    -----
    Lines are ordered by length and carry no names; their days are shifted by chance. A step back
    spans the interval of its dates; one of a day or so is a mark.
    """
    bars = _bars(released)
    line = min(_LINE, _MOST / len(bars))
    if ax is None:
        height = max(line * (len(bars) + 1), 0.6)
        ax = new_axes(height=height, left=0.25, right=0.25, top=0.95, bottom=0.5)
    last = _axis(ax, bars)
    for at, bar in enumerate(bars):
        _draw_bar(ax, at, bar, thick=min(1.8, 72 * line * 0.4), size=min(3.2, 72 * line * 0.7))
        _draw_step(ax, at, bar, last=last, size=min(4.4, 72 * line * 0.75))
    jitter = taken(released, ReportWindows).jitter_days
    ax.set_xlabel(f"Days since the report, shifted by up to {jitter:g}", loc="left")
    _key(ax, bars)
    mark_simulated(ax, released.simulated)
    return ax


def _draw_bar(ax: Axes, at: int, bar: SwimmerBar, *, thick: float, size: float) -> None:
    ax.plot(
        [0, bar.stop], [at, at], color=EDGE, linewidth=thick, solid_capstyle="butt", zorder=2,
        gid=f"report-{at}",
    )  # fmt: skip
    marker, face, _ = _ENDS[bar.end]
    ax.plot(
        [bar.stop], [at], marker, markersize=size, markerfacecolor=face, markeredgecolor=INK,
        markeredgewidth=0.7, clip_on=False, zorder=4, gid=f"end-{at}",
    )  # fmt: skip


def _draw_step(ax: Axes, at: int, bar: SwimmerBar, *, last: float, size: float) -> None:
    """Draw the interval of a step back; one too short to show its kind is a mark."""
    low, high = bar.step_low, bar.step_high
    if low is None or high is None:
        return
    face, hatch, _ = STEP_LOOKS[bar.kind_of_step or "not_documented"]
    if high - low < _SHORT * last:
        ax.plot(
            [(low + high) / 2], [at], "D", markersize=size, markerfacecolor=face,
            markeredgecolor=ACCENT, markeredgewidth=0.8, zorder=5, gid=f"step-{at}",
        )  # fmt: skip
        return
    ax.barh(
        at, high - low, left=low, height=0.7, facecolor=face, hatch=hatch, edgecolor=ACCENT,
        linewidth=0.8, zorder=3, gid=f"step-{at}",
    )  # fmt: skip


def _axis(ax: Axes, bars: list[SwimmerBar]) -> float:
    last = max([1.0, *(bar.stop for bar in bars), *(bar.step_high or 0.0 for bar in bars)])
    step = next((step for step in _STEPS if last / step <= 8), _STEPS[-1])
    ax.set_xlim(min([0.0, *(bar.step_low or 0.0 for bar in bars)]), 1.02 * last)
    ax.set_xticks(range(0, int(last) + 1, step))
    ax.set_ylim(len(bars) - 0.2, -0.8)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.axvline(0, color=INK, linewidth=0.8, zorder=1, gid="day-zero")
    return last


def _key(ax: Axes, bars: list[SwimmerBar]) -> None:
    """Explain lines and marks above the drawing; only what is drawn is named."""
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=EDGE, linewidth=1.8, label="under observation after a report")
    ]
    kinds = {bar.kind_of_step or "not_documented" for bar in bars if bar.step_low is not None}
    for name, (face, hatch, label) in STEP_LOOKS.items():
        if name in kinds:
            handles.append(
                Patch(facecolor=face, hatch=hatch, edgecolor=ACCENT, label=_lower(label))
            )
    for name, (marker, face, label) in _ENDS.items():
        if any(bar.end == name for bar in bars):
            mark = Line2D([], [], linestyle="", marker=marker, markersize=3.6, label=label)
            mark.set(markerfacecolor=face, markeredgecolor=INK, markeredgewidth=0.7)
            handles.append(mark)
    ax.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, columnspacing=1.4,
        labelspacing=0.3, borderpad=0, bbox_transform=moved_up(ax.transAxes, ax, 0.08),
        handleheight=0.7,
    )  # fmt: skip


def _lower(label: str) -> str:
    return f"{label[:1].lower()}{label[1:]}"


def report_windows_alt(released: Released) -> str:
    """Return alternative text for `draw_report_windows`, made from its numbers."""
    bars = _bars(released)
    marked = "Simulated data. " if released.simulated else ""
    found = taken(released, ReportWindows)
    middle = float(np.median([bar.stop for bar in bars]))
    kinds = [bar.kind_of_step or "not_documented" for bar in bars if bar.step_low is not None]
    told = ", ".join(
        f"{_lower(label)} {kinds.count(name)}"
        for name, (_, _, label) in STEP_LOOKS.items()
        if name in kinds
    )
    ends = ", ".join(
        f"{label} {sum(bar.end == name for bar in bars)}"
        for name, (_, _, label) in _ENDS.items()
        if any(bar.end == name for bar in bars)
    )
    return (
        f"{marked}{found.title}: {len(bars)} reports, one unlabelled line each, followed for "
        f"{bars[-1].stop:.0f} to {bars[0].stop:.0f} days (median {middle:.0f}), days shifted by up "
        f"to {found.jitter_days:g}. First steps back: {len(kinds)}{f' ({told})' if told else ''}. "
        f"Ends: {ends}."
    )
