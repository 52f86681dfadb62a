"""The dated events of one relationship, as intervals of days around the report."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from relatum.figures.inputs import chosen, taken
from relatum.figures.rows import RowText, dress_rows, lay_out, row_axes
from relatum.figures.style import BLUE, INK, MUTED, PALE, SMALL, figure_style, mark_simulated
from relatum.release.released import Released
from relatum.results.frames import rows_frame
from relatum.results.timeline import Timeline, TimelineEvent

__all__ = ["draw_timeline", "timeline_alt", "timeline_source"]

#: The share of the width that the days around the report get.
_NEAR_SHARE = 0.55
_STEPS = (10, 20, 30, 50, 100, 200, 500, 1000, 2000, 5000)


@dataclass(frozen=True, slots=True)
class _Warp:
    """A piecewise linear scale that gives the days around the report a fixed share of the width."""

    days: NDArray[np.float64]
    places: NDArray[np.float64]

    def forward(self, days: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = np.interp(days, self.days, self.places)
        return found

    def backward(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = np.interp(places, self.places, self.days)
        return found


def _events(released: Released) -> list[TimelineEvent]:
    events = taken(released, Timeline).events
    tracks = chosen(None, [event.track for event in events], what="dated event")
    return [event for track in tracks for event in events if event.track == track]


def timeline_source(released: Released) -> pd.DataFrame:
    """Return what `draw_timeline` draws: the events, track by track.

    Parameters
    ----------
    released : Released
        Holds a `Timeline`.

    Returns
    -------
    DataFrame
        The tidy rows of the result, in the order of the figure.
    """
    return rows_frame(TimelineEvent, _events(released))


@figure_style()
def draw_timeline(released: Released, *, near: int = 60, ax: Axes | None = None) -> Axes:
    """Draw dated events in days from the report.

    Parameters
    ----------
    released : Released
        Holds a `Timeline`.
    near : int
        Days around the report that are drawn on a wider scale, where other events lie far off.
    ax : Axes, optional
        Where to draw; needs 2.2 inches at the left and 1.1 inches at the right.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind or holds no event.

    Notes
    -----
    A bar spans every day on which the event can have happened; an open end is an arrow. There are
    no mid-points.
    """
    events = _events(released)
    texts = [
        RowText(group=event.track, label=event.label, right=(_span(event),)) for event in events
    ]
    layout = lay_out(texts)
    ax = row_axes(layout, ax, right=1.05, top=0.3)
    limits = _limits(events)
    _scale(ax, *limits, near)
    ax.grid(axis="x")
    ax.axvline(0, color=INK, linewidth=0.8, zorder=1, gid="report")
    for at, event in zip(layout.rows, events, strict=True):
        _draw_event(ax, at, event, limits)
    dress_rows(ax, layout, texts, columns=("days",), ends=(1.0,))
    ax.set_xlabel("Days from the report", loc="left")
    mark_simulated(ax, released.simulated, shift=1.0)
    return ax


def _limits(events: list[TimelineEvent]) -> tuple[float, float]:
    days = [day for e in events for day in (e.day_lower, e.day_upper) if day is not None]
    low, high = min([*days, 0]), max([*days, 0])
    span = max(high - low, 10)
    return low - 0.05 * span, high + max(0.02 * span, 5)


def _warp(low: float, high: float, near: int) -> _Warp:
    inside = [float(day) for day in (-near, near) if low < day < high]
    days = np.array([low, *inside, high])
    lengths = np.diff(days)
    close = (days[:-1] >= -near) & (days[1:] <= near)
    shares = np.where(close, _NEAR_SHARE, 1 - _NEAR_SHARE) * lengths
    shares /= np.where(close, lengths[close].sum(), lengths[~close].sum())
    return _Warp(days, np.concatenate([[0.0], np.cumsum(shares)]))


def _scale(ax: Axes, low: float, high: float, near: int) -> None:
    """Widen the days around the report where the rest would press them together."""
    if low < -2 * near or high > 2 * near:
        warp = _warp(low, high, near)
        ax.set_xscale("function", functions=(warp.forward, warp.backward))
        for day in (-near, near):
            if low < day < high:
                _note_scale(ax, day)
        ticks = _ticks(low, high, near)
        ax.set_xticks(ticks, [_day(day) for day in ticks])
    ax.set_xlim(low, high)


def _note_scale(ax: Axes, day: int) -> None:
    ax.axvline(day, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)), gid="scale")
    ax.annotate(
        "wider scale from here" if day < 0 else "narrower scale from here",
        (day, 1),
        (2, 3),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        fontsize=SMALL,
        color=MUTED,
        annotation_clip=False,
    )


def _ticks(low: float, high: float, near: int) -> list[int]:
    close = range(-near, near + 1, max(near // 3, 1))
    step = next((step for step in _STEPS if (high - low) / step <= 5), _STEPS[-1])
    first, last = int(low // step) * step, int(high // step + 1) * step
    far = [day for day in range(first, last, step) if abs(day) > 1.4 * near]
    return sorted(day for day in {*close, *far} if low <= day <= high)


def _draw_event(ax: Axes, at: float, event: TimelineEvent, limits: tuple[float, float]) -> None:
    lower, upper = event.day_lower, event.day_upper
    name = event.label.lower().replace(" ", "-")
    if lower is not None and lower == upper:
        ax.plot([lower], [at], "D", markersize=4.5, color=INK, zorder=4, gid=f"day-{name}")
        return
    start = limits[0] if lower is None else lower
    end = limits[1] if upper is None else upper
    ax.barh(at, end - start, left=start, height=0.62, color=PALE, gid=f"span-{name}")
    for day, edge, arrow in ((lower, start, "<"), (upper, end, ">")):
        if day is None:
            ax.plot(
                [edge],
                [at],
                arrow,
                markersize=5,
                color=BLUE,
                clip_on=False,
                zorder=4,
                gid=f"open-{name}",
            )
        else:
            ax.plot(
                [edge, edge],
                [at - 0.4, at + 0.4],
                color=BLUE,
                linewidth=1.4,
                solid_capstyle="butt",
                gid=f"limit-{name}",
            )


def _span(event: TimelineEvent) -> str:
    lower, upper = event.day_lower, event.day_upper
    if lower is None or upper is None:
        known = upper if lower is None else lower
        words = "up to" if lower is None else "from"
        return "unknown" if known is None else f"{words} {_day(known)}"
    return _day(lower) if lower == upper else f"{_day(lower)} to {_day(upper)}"


def _day(day: int) -> str:
    return str(day).replace("-", "\N{MINUS SIGN}")


def timeline_alt(released: Released) -> str:
    """Return alternative text for `draw_timeline`, made from its numbers."""
    events = _events(released)
    told = "; ".join(f"{event.label}: {_span(event)}" for event in events)
    marked = "Simulated data. " if released.simulated else ""
    title = taken(released, Timeline).title
    return f"{marked}{title}: {len(events)} dated events in days from the report. {told}."
