"""Cumulative incidence of a first escape attempt, stacked with the events that compete with it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from relatum.errors import ReportError
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
from relatum.figures.time_axis import Steps, dress_months, moved_up, steps_of
from relatum.release.released import Released
from relatum.results.escape_curves import CurvePoint, EscapeCurves, HorizonRow
from relatum.results.frames import rows_frame

__all__ = ["draw_incidence", "incidence_alt", "incidence_source"]

#: Face and hatch of each area, from the bottom; the lightness differs, so that it survives in grey.
_LOOKS = {
    "attempt": (BLUE, ""),
    "arrest": (MIDDLE, ""),
    "ended": (PALE, ""),
    "other": ("white", "/////"),
}
_LABELS = {
    "attempt": "First attempt",
    "arrest": "Arrest or detention",
    "ended": "Relationship ended",
    "other": "Other end",
}


def _curves(found: EscapeCurves) -> tuple[dict[str, Steps], Steps]:
    """Return the areas by cause, from the bottom, and the earliest completion of attempts."""
    held = {cause: steps_of(found, cause, "latest") for cause in _LOOKS}
    areas = {cause: steps for cause, steps in held.items() if steps.heights[-1] > 0}
    if not areas:
        msg = (
            f"There is nothing to draw: no event falls where {found.min_at_risk} or more "
            "relationships are at risk."
        )
        raise ReportError(msg)
    return areas, steps_of(found, "attempt", "earliest")


def _end(areas: dict[str, Steps]) -> float:
    return max(steps.end for steps in areas.values())


def incidence_source(released: Released) -> pd.DataFrame:
    """Return what `draw_incidence` draws, one row per step of a curve.

    Parameters
    ----------
    released : Released
        Holds an `EscapeCurves`.

    Returns
    -------
    DataFrame
        With the columns of `CurvePoint`: the latest completion by cause, then the earliest
        completion of attempts. Steps with too few at risk are left out.
    """
    areas, earliest = _curves(taken(released, EscapeCurves))
    points = [point for steps in (*areas.values(), earliest) for point in steps.points]
    return rows_frame(CurvePoint, points)


@figure_style()
def draw_incidence(released: Released, ax: Axes | None = None) -> Axes:
    """Draw the cumulative incidence of a first attempt, and of what came before one.

    Parameters
    ----------
    released : Released
        Holds an `EscapeCurves`.
    ax : Axes, optional
        Where to draw; needs 0.8 inches below and 0.7 inches above.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind, or no event falls where enough are at risk.

    Notes
    -----
    The areas stand on each other, attempts at the bottom, with intervals of dates at their latest
    day; the line gives attempts with dates at their earliest day. What is left above the areas is
    the share in which nothing has happened yet. The whisker at the horizon is the union of the
    limits of both. Nothing is drawn where fewer than the plan's minimum are at risk.
    """
    found = taken(released, EscapeCurves)
    areas, earliest = _curves(found)
    if ax is None:
        ax = new_axes(height=2.4, left=0.55, right=0.2, top=0.68, bottom=0.85)
    top = _draw_areas(ax, areas)
    if earliest.points:
        ax.step(
            earliest.months, earliest.heights, where="post", color=ACCENT, linewidth=1.2,
            linestyle=(0, (4, 1.5)), zorder=3, gid="earliest",
        )  # fmt: skip
        top = max(top, float(earliest.heights.max()))
    limits = _limits(found, _end(areas))
    if limits is not None:
        top = max(top, limits[1])
        _draw_limits(ax, found.horizon_months, limits)
    ax.set_ylim(0, min(1.0, np.ceil(10 * top + 0.2) / 10))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_ylabel("Cumulative incidence")
    ax.grid(axis="y")
    dress_months(ax, found, _end(areas), marks=found.at_risk, words="Relationships at risk")
    _key(ax, found, areas, earliest)
    mark_simulated(ax, released.simulated)
    return ax


def _draw_areas(ax: Axes, areas: dict[str, Steps]) -> float:
    months = np.unique(np.concatenate([steps.months for steps in areas.values()]))
    under = np.zeros(len(months))
    for cause, steps in areas.items():
        over = under + steps.at(months)
        face, hatch = _LOOKS[cause]
        ax.fill_between(
            months, under, over, step="post", facecolor=face, hatch=hatch, edgecolor=EDGE,
            linewidth=0.4, zorder=2, gid=f"area-{cause}",
        )  # fmt: skip
        under = over
    return float(under.max())


def _horizon_row(found: EscapeCurves, cause: str) -> HorizonRow | None:
    return next((row for row in found.horizon if row.cause == cause), None)


def _limits(found: EscapeCurves, end: float) -> tuple[float, float] | None:
    """Return the limits of attempts at the horizon, where the curve reaches it."""
    row = _horizon_row(found, "attempt")
    if row is None or row.conf_low is None or row.conf_high is None or end < found.horizon_months:
        return None
    return row.conf_low, row.conf_high


def _draw_limits(ax: Axes, month: float, limits: tuple[float, float]) -> None:
    ax.plot(
        [month, month], limits, color="white", linewidth=3.4, solid_capstyle="butt", zorder=4,
        gid="halo",
    )  # fmt: skip
    ax.plot(
        [month, month], limits, color=INK, linewidth=1.4, marker="_", markersize=6,
        markeredgewidth=1.4, clip_on=False, zorder=5, gid="limits",
    )  # fmt: skip


def _label(found: EscapeCurves, cause: str) -> str:
    row = _horizon_row(found, cause)
    return row.label if row is not None and row.label else _LABELS[cause]


def _key(ax: Axes, found: EscapeCurves, areas: dict[str, Steps], earliest: Steps) -> None:
    handles: list[Patch | Line2D] = [
        Patch(
            facecolor=_LOOKS[cause][0], hatch=_LOOKS[cause][1], edgecolor=EDGE, linewidth=0.5,
            label=_label(found, cause),
        )
        for cause in areas
    ]  # fmt: skip
    if earliest.points:
        line = Line2D([], [], color=ACCENT, linewidth=1.2, linestyle=(0, (4, 1.5)))
        line.set_label(f"{_label(found, 'attempt')}, dates at their earliest day")
        handles.append(line)
    if _limits(found, _end(areas)) is not None:
        whisker = Line2D([], [], color=INK, linewidth=1.4)
        whisker.set_label(f"{found.conf_level:.0%} limits of attempts at the horizon")
        handles.append(whisker)
    ax.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, columnspacing=1.4,
        labelspacing=0.3, borderpad=0, bbox_transform=moved_up(ax.transAxes, ax, 0.2),
        handleheight=0.8,
    )  # fmt: skip


def _lower(label: str) -> str:
    return f"{label[:1].lower()}{label[1:]}"


def incidence_alt(released: Released) -> str:
    """Return alternative text for `draw_incidence`, made from its numbers."""
    found = taken(released, EscapeCurves)
    areas, _ = _curves(found)
    marked = "Simulated data. " if released.simulated else ""
    end = _end(areas)
    told = "; ".join(_tell(row) for row in found.horizon)
    by = f" By {found.horizon_months:g} months: {told}." if told else ""
    return (
        f"{marked}{found.title}: cumulative incidence, stacked by what came first, "
        f"drawn up to month {end:.1f}, where {found.min_at_risk} or more relationships are at "
        f"risk.{by}"
    )


def _tell(row: HorizonRow) -> str:
    if row.earliest is None or row.latest is None:
        return f"{_lower(row.label)}, not available"
    counts = [row.n_events_low, row.n_events_high]
    events = f"{min(counts)} to {max(counts)}" if counts[0] != counts[1] else f"{counts[0]}"
    shares = [f"{share:.0%}" for share in sorted((row.earliest, row.latest))]
    share = shares[0] if shares[0] == shares[1] else f"{shares[0]} to {shares[1]}"
    words = f"{_lower(row.label)}, {share} ({events} events"
    if row.conf_low is not None and row.conf_high is not None:
        words += f"; limits {row.conf_low:.0%} to {row.conf_high:.0%}"
    return f"{words})"
