"""Cumulative incidence of steps back from a report, stacked by kind."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from relatum.errors import ReportError
from relatum.figures.day_axis import DaySpan, RiskLine, dress_days, span_of, stepped
from relatum.figures.inputs import taken
from relatum.figures.style import (
    ACCENT,
    BLUE,
    EDGE,
    INK,
    MIDDLE,
    PALE,
    figure_style,
    mark_simulated,
    new_axes,
)
from relatum.figures.time_axis import moved_up
from relatum.release.released import Released
from relatum.results.frames import rows_frame
from relatum.results.retraction import Retraction, RetractionHorizon, RetractionPoint

__all__ = [
    "STEP_LOOKS",
    "draw_retraction_incidence",
    "retraction_incidence_alt",
    "retraction_incidence_source",
]

#: Face, hatch and words of each area from the bottom; lightness and hatch survive in grey.
STEP_LOOKS = {
    "support_withdrawn_facts_upheld": (BLUE, "", "Support withdrawn, facts upheld"),
    "refuses_further_cooperation": (MIDDLE, "", "Refusal to go on"),
    "contradictory_statement": (PALE, "", "Contradicting statement"),
    "facts_recanted": (INK, "", "Facts recanted"),
    "not_documented": ("white", ".....", "Kind not documented"),
    "closed": ("white", "/////", "Case closed before any"),
    "death": ("white", "xxxxx", "Death before any"),
}
_COMPETE = ("closed", "death")
_DASHES = (0, (4, 1.5))


def _span(found: Retraction) -> DaySpan:
    days = [row.day for row in found.horizons]
    return span_of(
        ((point.day, point.n_at_risk) for point in found.points),
        ((mark.day, mark.enough) for mark in found.at_risk),
        minimum=found.min_at_risk,
        horizon=max(days, default=0.0),
    )


def _points(found: Retraction, curve: str, completion: str) -> list[RetractionPoint]:
    span = _span(found)
    held = [
        point
        for point in found.points
        if (point.curve, point.completion) == (curve, completion)
        and point.day < span.before
        and point.day <= span.end
    ]
    return sorted(held, key=lambda point: point.day)


def _areas(found: Retraction, ends: bool) -> dict[str, list[RetractionPoint]]:
    unknown = {point.curve for point in found.points} - {"any", *STEP_LOOKS}
    if unknown:
        msg = f"'{min(unknown)}' is not a curve of this figure; there are: {', '.join(STEP_LOOKS)}."
        raise ReportError(msg)
    shown = [name for name in STEP_LOOKS if ends or name not in _COMPETE]
    held = {name: _points(found, name, "latest") for name in shown}
    areas = {name: points for name, points in held.items() if points and points[-1].estimate > 0}
    if not areas:
        msg = (
            "There is nothing to draw: no step back falls where "
            f"{found.min_at_risk} or more women are at risk."
        )
        raise ReportError(msg)
    return areas


def retraction_incidence_source(released: Released, *, ends: bool = False) -> pd.DataFrame:
    """Return what `draw_retraction_incidence` draws, one row per step of a curve.

    Parameters
    ----------
    released : Released
        Holds a `Retraction`.
    ends : bool
        As in the figure.

    Returns
    -------
    DataFrame
        With the columns of `RetractionPoint`: the latest completion by kind, then the earliest
        completion of any step back.
    """
    found = taken(released, Retraction)
    held = [point for points in _areas(found, ends).values() for point in points]
    return rows_frame(RetractionPoint, [*held, *_points(found, "any", "earliest")])


@figure_style()
def draw_retraction_incidence(
    released: Released, ax: Axes | None = None, *, ends: bool = False
) -> Axes:
    """Draw the cumulative incidence of a first step back, by kind.

    Parameters
    ----------
    released : Released
        Holds a `Retraction`.
    ax : Axes, optional
        Where to draw; needs 0.85 inches below and 0.85 inches above.
    ends : bool
        Whether the close of the case and death stand above.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind, holds an unknown curve, or no step back falls where
        enough are at risk.

    Notes
    -----
    The areas stand on each other, with intervals of dates at their latest day; the dashed line is
    any step back with dates at their earliest day. Whiskers at the horizons are the union of the
    limits of both.
    """
    found = taken(released, Retraction)
    areas, span = _areas(found, ends), _span(found)
    if ax is None:
        ax = new_axes(height=2.4, left=0.6, right=0.3, top=0.85, bottom=0.85)
    top = _draw_areas(ax, areas, span.end)
    earliest = _points(found, "any", "earliest")
    if earliest:
        top = max(top, _draw_earliest(ax, earliest, span.end))
    whiskers = _whiskers(found, span.end)
    for row in whiskers:
        top = max(top, _draw_whisker(ax, row))
    ax.set_ylim(0, min(1.0, np.ceil(10 * top + 0.2) / 10))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_ylabel("Cumulative incidence")
    ax.grid(axis="y")
    _dress(ax, found, span)
    _key(ax, found, areas, bool(earliest), bool(whiskers))
    mark_simulated(ax, released.simulated)
    return ax


def _dress(ax: Axes, found: Retraction, span: DaySpan) -> None:
    few = f"<{found.min_at_risk}"
    numbers = tuple(f"{mark.n}" if mark.enough else few for mark in found.at_risk)
    dress_days(
        ax, span, label="Days since the report",
        horizons=sorted({row.day for row in found.horizons}),
        marks=[mark.day for mark in found.at_risk], words="Reports at risk",
        lines=[RiskLine(name="all", label="", numbers=numbers)], minimum=found.min_at_risk,
    )  # fmt: skip


def _draw_areas(ax: Axes, areas: dict[str, list[RetractionPoint]], end: float) -> float:
    days = {point.day for points in areas.values() for point in points}
    at = np.array(sorted({0.0, end} | days))
    under = np.zeros(len(at))
    for name, points in areas.items():
        heights = stepped([p.day for p in points], [p.estimate for p in points], at)
        face, hatch, _ = STEP_LOOKS[name]
        ax.fill_between(
            at, under, under + heights, step="post", facecolor=face, hatch=hatch, edgecolor=EDGE,
            linewidth=0.4, zorder=2, gid=f"area-{name}",
        )  # fmt: skip
        under = under + heights
    return float(under.max())


def _draw_earliest(ax: Axes, points: list[RetractionPoint], end: float) -> float:
    at = np.array(sorted({0.0, end} | {point.day for point in points}))
    heights = stepped([p.day for p in points], [p.estimate for p in points], at)
    for colour, width, style in (("white", 2.6, "-"), (ACCENT, 1.2, _DASHES)):
        ax.step(
            at, heights, where="post", color=colour, linewidth=width, linestyle=style, zorder=3,
            gid="earliest" if colour == ACCENT else "halo",
        )  # fmt: skip
    return float(heights.max())


def _whiskers(found: Retraction, end: float) -> list[RetractionHorizon]:
    return [
        row
        for row in found.horizons
        if row.curve == "any" and row.day <= end and None not in (row.conf_low, row.conf_high)
    ]


def _draw_whisker(ax: Axes, row: RetractionHorizon) -> float:
    low, high = row.conf_low or 0.0, row.conf_high or 0.0
    ax.plot(
        [row.day, row.day], [low, high], color="white", linewidth=3.4, solid_capstyle="butt",
        zorder=4, gid="halo",
    )  # fmt: skip
    ax.plot(
        [row.day, row.day], [low, high], color=INK, linewidth=1.4, marker="_", markersize=6,
        markeredgewidth=1.4, clip_on=False, zorder=5, gid=f"limits-{row.day:g}",
    )  # fmt: skip
    return high


def _key(
    ax: Axes,
    found: Retraction,
    areas: dict[str, list[RetractionPoint]],
    earliest: bool,
    whiskers: bool,
) -> None:
    handles: list[Patch | Line2D] = []
    for name in reversed(areas):
        face, hatch, label = STEP_LOOKS[name]
        patch = Patch(facecolor=face, hatch=hatch, edgecolor=EDGE, linewidth=0.5, label=label)
        handles.append(patch)
    if earliest:
        line = Line2D([], [], color=ACCENT, linewidth=1.2, linestyle=_DASHES)
        line.set_label("Any step back, dates earliest")
        handles.append(line)
    if whiskers:
        handles.append(Line2D([], [], color=INK, linewidth=1.4, label=_limits_words(found)))
    ax.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, columnspacing=1.4,
        labelspacing=0.3, borderpad=0, bbox_transform=moved_up(ax.transAxes, ax, 0.22),
        handleheight=0.8,
    )  # fmt: skip


def _limits_words(found: Retraction) -> str:
    return f"{found.conf_level:.0%} limits of any step back"


def retraction_incidence_alt(released: Released, *, ends: bool = False) -> str:
    """Return alternative text for `draw_retraction_incidence`, made from its numbers."""
    found = taken(released, Retraction)
    areas, span = _areas(found, ends), _span(found)
    marked = "Simulated data. " if released.simulated else ""
    told = ", ".join(
        f"{STEP_LOOKS[name][2].lower()} {points[-1].estimate:.0%}" for name, points in areas.items()
    )
    held = [row for row in found.horizons if row.curve == "any"]
    by = "; ".join(f"by day {row.day:g}, {_events(row)} of {row.n_women} women" for row in held)
    counts = f" Any step back: {by}." if by else ""
    return (
        f"{marked}{found.title}: cumulative incidence of a first step back, stacked by kind, drawn "
        f"up to day {span.end:g} after the report, where {found.min_at_risk} or more are at risk. "
        f"At the end, dates at their latest: {told}.{counts}"
    )


def _events(row: RetractionHorizon) -> str:
    low, high = sorted((row.n_events_low, row.n_events_high))
    return f"{low}" if low == high else f"{low} to {high}"
