"""Time under observation of single relationships, around their entry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from relatum.errors import ReportError
from relatum.figures.inputs import taken
from relatum.figures.style import (
    ACCENT,
    BLUE,
    INK,
    MIDDLE,
    MUTED,
    ORANGE,
    PALE,
    SMALL,
    figure_style,
    mark_simulated,
    new_axes,
)
from relatum.figures.time_axis import moved_up
from relatum.release.released import Released
from relatum.results.escape_outcomes import EscapeWindows, WindowBar
from relatum.results.frames import rows_frame

__all__ = ["draw_windows", "windows_alt", "windows_source"]

#: Height of a line, and of all lines at most, in inches.
_LINE, _MOST = 0.058, 6.9
#: Parts in which a line fades in, and the lightness that it starts from.
_PARTS, _START = 6, 0.12
#: The share of the width that the time before entry gets where it is longer than the rest.
_BEFORE = 0.38
_STEPS = (1, 2, 3, 6, 12, 24, 36, 60, 120)
#: Marker, face and words of the ways in which observation ended.
_EXITS = {
    "arrest_or_detention": ("s", INK, "arrest or detention"),
    "victim_ended": ("o", BLUE, "ended by the victim"),
    "suspect_ended": ("o", "white", "ended by the suspect"),
    "moved_abroad": (">", BLUE, "moved abroad"),
    "death": ("X", INK, "death"),
    "end_of_investigation": ("|", INK, "end of the investigation"),
    "not_documented": ("d", "white", "end not documented"),
}


def _bars(released: Released) -> list[WindowBar]:
    """Return the relationships, observed longest first, whatever their order in the result."""
    bars = taken(released, EscapeWindows).bars
    if not bars:
        msg = "There is nothing to draw: the result holds no relationship."
        raise ReportError(msg)
    unknown = [bar.exit_cause for bar in bars if bar.exit_cause not in _EXITS]
    if unknown:
        msg = f"'{unknown[0]}' is not a cause of exit; there are: {', '.join(_EXITS)}."
        raise ReportError(msg)
    return sorted(bars, key=_place)


def _place(bar: WindowBar) -> tuple[float, float, float, float, tuple[float, ...], str, int]:
    return (
        -bar.exit_high, -bar.exit_low, bar.onset_low, bar.onset_high, bar.attempts,
        bar.exit_cause, bar.case,
    )  # fmt: skip


def windows_source(released: Released) -> pd.DataFrame:
    """Return what `draw_windows` draws, one row per relationship, observed longest first.

    Parameters
    ----------
    released : Released
        Holds an `EscapeWindows`.

    Returns
    -------
    DataFrame
        With the columns of `WindowBar`.
    """
    return rows_frame(WindowBar, _bars(released))


@figure_style()
def draw_windows(released: Released, ax: Axes | None = None) -> Axes:
    """Draw one line per relationship: from its onset over its entry to its exit.

    Parameters
    ----------
    released : Released
        Holds an `EscapeWindows`.
    ax : Axes, optional
        Where to draw; needs 0.7 inches above.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind, or holds no relationship.

    Notes
    -----
    Lines are ordered by the time under observation and carry no names. The pale part lies before
    entry; it fades in over the interval in which the relationship began. Attempts span the
    interval of their dates; there are no mid-points. The time before entry gets a narrower scale
    where it would press the rest together; the figure says so.
    """
    bars = _bars(released)
    line = min(_LINE, _MOST / len(bars))
    if ax is None:
        height = max(line * (len(bars) + 1), 0.6)
        ax = new_axes(height=height, left=0.25, right=0.25, top=0.78, bottom=0.5)
    _scale(ax, bars)
    thick = min(1.8, 72 * line * 0.4)
    _draw_before(ax, bars, thick)
    _draw_observed(ax, bars, thick)
    _draw_attempts(ax, bars)
    _draw_exits(ax, bars, min(3.2, 72 * line * 0.74))
    ax.axvline(0, color=INK, linewidth=0.8, zorder=1, gid="entry")
    _above(ax, 0, "entry", MUTED)
    ax.set_ylim(len(bars) + 0.2, -0.8)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.set_xlabel("Months since entry into observation", loc="left")
    _key(ax, bars)
    mark_simulated(ax, released.simulated)
    return ax


@dataclass(frozen=True, slots=True)
class _Warp:
    """A scale that draws the months before entry by a factor narrower."""

    factor: float

    def forward(self, months: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        held = np.asarray(months, dtype=np.float64)
        return np.where(held < 0, held * self.factor, held)

    def backward(self, places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        held = np.asarray(places, dtype=np.float64)
        return np.where(held < 0, held / self.factor, held)


def _scale(ax: Axes, bars: list[WindowBar]) -> None:
    before = -min(0.0, *(bar.onset_low for bar in bars))
    after = max(bar.exit_high for bar in bars) or 1.0
    limit = after * _BEFORE / (1 - _BEFORE)
    low, high = -1.02 * before, 1.02 * after
    ticks = _ticks(after)
    if before > after:
        warp = _Warp(limit / before)
        ax.set_xscale("function", functions=(warp.forward, warp.backward))
        _above(ax, low, "narrower scale before entry", MUTED, align="left")
        ticks = [*(-tick for tick in _ticks(before, 5)[:0:-1]), *ticks]
    elif before:
        step = ticks[1] if len(ticks) > 1 else 1
        ticks = [*(-at for at in range(step, int(before) + 1, step))][::-1] + ticks
    ax.set_xlim(low, high)
    ax.set_xticks(ticks, [str(tick).replace("-", "\N{MINUS SIGN}") for tick in ticks])


def _ticks(span: float, most: int = 8) -> list[int]:
    step = next((step for step in _STEPS if span / step <= most), _STEPS[-1])
    return list(range(0, int(span) + 1, step))


def _above(ax: Axes, month: float, words: str, colour: str, align: str = "center") -> None:
    ax.annotate(
        words, (month, 1), (0, 3), xycoords=ax.get_xaxis_transform(), textcoords="offset points",
        ha=align, va="bottom", fontsize=SMALL, color=colour, annotation_clip=False, gid="words",
    )  # fmt: skip


def _lines(ax: Axes, spans: list[tuple[float, float]], colour: str, thick: float, gid: str) -> None:
    """Draw one horizontal line per relationship."""
    segments = [[(low, at), (high, at)] for at, (low, high) in enumerate(spans)]
    ax.add_collection(
        LineCollection(
            segments, colors=colour, linewidths=thick, capstyle="butt", zorder=2, gid=gid
        )
    )


def _draw_before(ax: Axes, bars: list[WindowBar], thick: float) -> None:
    _lines(ax, [(bar.onset_high, 0.0) for bar in bars], PALE, thick, "before")
    segments: list[list[tuple[float, float]]] = []
    colours: list[tuple[float, ...]] = []
    pale = np.array(to_rgb(PALE))
    for at, bar in enumerate(bars):
        edges = np.linspace(bar.onset_low, bar.onset_high, _PARTS + 1)
        for part in range(_PARTS):
            share = _START + (1 - _START) * part / _PARTS
            segments.append([(float(edges[part]), at), (float(edges[part + 1]), at)])
            colours.append(tuple(1 - share * (1 - pale)))
    ax.add_collection(
        LineCollection(
            segments, colors=colours, linewidths=thick, capstyle="butt", zorder=2, gid="onset"
        )
    )


def _draw_observed(ax: Axes, bars: list[WindowBar], thick: float) -> None:
    _lines(ax, [(0.0, bar.exit_low) for bar in bars], MIDDLE, thick, "observed")
    _lines(ax, [(bar.exit_low, bar.exit_high) for bar in bars], PALE, thick, "exit-interval")


def _draw_attempts(ax: Axes, bars: list[WindowBar]) -> None:
    for at, bar in enumerate(bars):
        for place, (low, high) in enumerate(zip(bar.attempts, bar.attempts_upper, strict=True)):
            ax.barh(
                at, high - low, left=low, height=0.62, facecolor=ORANGE, edgecolor=ACCENT,
                linewidth=0.8, zorder=3, gid=f"attempt-{at}-{place}",
            )  # fmt: skip


def _draw_exits(ax: Axes, bars: list[WindowBar], size: float) -> None:
    for cause, (marker, face, _) in _EXITS.items():
        places = [at for at, bar in enumerate(bars) if bar.exit_cause == cause]
        if places:
            ax.plot(
                [bars[at].exit_high for at in places], places, linestyle="", marker=marker,
                markersize=size, markerfacecolor=face, markeredgecolor=_edge(face),
                markeredgewidth=0.7, clip_on=False, zorder=4, gid=f"exit-{cause}",
            )  # fmt: skip


def _edge(face: str) -> str:
    return BLUE if face == "white" else face


def _key(ax: Axes, bars: list[WindowBar]) -> None:
    """Explain lines and marks above the drawing; only what is drawn is named."""
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=PALE, linewidth=1.8, label="before entry, fading in from onset"),
        Line2D([], [], color=MIDDLE, linewidth=1.8, label="under observation"),
    ]
    if any(bar.attempts for bar in bars):
        handles.append(
            Patch(facecolor=ORANGE, edgecolor=ACCENT, label="attempt, between its two dates")
        )
    for cause, (marker, face, words) in _EXITS.items():
        if any(bar.exit_cause == cause for bar in bars):
            mark = Line2D([], [], linestyle="", marker=marker, markersize=3.6, label=words)
            mark.set(markerfacecolor=face, markeredgecolor=_edge(face), markeredgewidth=0.7)
            handles.append(mark)
    ax.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, columnspacing=1.4,
        labelspacing=0.3, borderpad=0, bbox_transform=moved_up(ax.transAxes, ax, 0.2),
        handleheight=0.7,
    )  # fmt: skip


def windows_alt(released: Released) -> str:
    """Return alternative text for `draw_windows`, made from its numbers."""
    bars = _bars(released)
    marked = "Simulated data. " if released.simulated else ""
    title = taken(released, EscapeWindows).title
    middle = float(np.median([bar.exit_high for bar in bars]))
    attempts = sum(len(bar.attempts) for bar in bars)
    held = sum(bool(bar.attempts) for bar in bars)
    ends = [
        f"{words} {count}"
        for cause, (_, _, words) in _EXITS.items()
        if (count := sum(bar.exit_cause == cause for bar in bars))
    ]
    return (
        f"{marked}{title}: {len(bars)} relationships, one line each, observed for "
        f"{bars[-1].exit_high:.1f} to {bars[0].exit_high:.1f} months (median {middle:.1f}), with "
        f"{attempts} attempts in {held} of them. Observation ended by: {', '.join(ends)}."
    )
