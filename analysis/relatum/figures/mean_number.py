"""The mean number of escape attempts since entry, repeated attempts included."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from relatum.errors import ReportError
from relatum.figures.inputs import taken
from relatum.figures.style import (
    ACCENT,
    BLUE,
    PALE,
    figure_style,
    mark_simulated,
    new_axes,
)
from relatum.figures.time_axis import Steps, dress_months, moved_up, observed_marks, steps_of
from relatum.release.released import Released
from relatum.results.base import Unavailable
from relatum.results.escape_curves import CurvePoint, EscapeCurves
from relatum.results.frames import rows_frame

__all__ = ["draw_mean_number", "mean_number_alt", "mean_number_source"]


def _curves(found: EscapeCurves) -> tuple[Steps, Steps]:
    """Return the latest and the earliest completion."""
    latest = steps_of(found, "mean_number", "latest")
    if not latest.points:
        msg = (
            f"There is nothing to draw: no attempt falls where {found.min_at_risk} or more "
            "relationships are at risk."
        )
        raise ReportError(msg)
    return latest, steps_of(found, "mean_number", "earliest")


def mean_number_source(released: Released) -> pd.DataFrame:
    """Return what `draw_mean_number` draws, one row per step.

    Parameters
    ----------
    released : Released
        Holds an `EscapeCurves`.

    Returns
    -------
    DataFrame
        With the columns of `CurvePoint`, the latest completion first. Steps with too few at risk
        are left out.
    """
    latest, earliest = _curves(taken(released, EscapeCurves))
    return rows_frame(CurvePoint, [*latest.points, *earliest.points])


@figure_style()
def draw_mean_number(released: Released, ax: Axes | None = None) -> Axes:
    """Draw the mean cumulative number of attempts per relationship under observation.

    Parameters
    ----------
    released : Released
        Holds an `EscapeCurves`.
    ax : Axes, optional
        Where to draw; needs 0.8 inches below and 0.5 inches above.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind, or no attempt falls where enough are at risk.

    Notes
    -----
    The solid line has intervals of dates at their latest day, the broken one at their earliest.
    The band is limits of the solid line, where there are any.
    """
    found = taken(released, EscapeCurves)
    latest, earliest = _curves(found)
    if ax is None:
        ax = new_axes(height=2.2, left=0.55, right=0.2, top=0.5, bottom=0.85)
    top = _draw_band(ax, latest)
    ax.step(
        latest.months, latest.heights, where="post", color=BLUE, linewidth=1.5, zorder=3,
        gid="latest",
    )  # fmt: skip
    if earliest.points:
        ax.step(
            earliest.months, earliest.heights, where="post", color=ACCENT, linewidth=1.1,
            linestyle=(0, (4, 1.5)), zorder=3, gid="earliest",
        )  # fmt: skip
    top = max(top, float(latest.heights.max()), float(earliest.heights.max()))
    ax.set_ylim(0, 1.08 * top or 1.0)
    ax.set_ylabel("Mean number of attempts")
    ax.grid(axis="y")
    dress_months(
        ax, found, latest.end, marks=observed_marks(found), words="Relationships under observation"
    )
    _key(ax, found, latest, earliest)
    mark_simulated(ax, released.simulated)
    return ax


def _limits(steps: Steps) -> list[tuple[float, float, float]]:
    """Return months with their limits."""
    return [
        (point.month, point.conf_low, point.conf_high)
        for point in steps.points
        if point.conf_low is not None and point.conf_high is not None
    ]


def _draw_band(ax: Axes, steps: Steps) -> float:
    """Draw the limits as a band; return its highest point."""
    limits = _limits(steps)
    if not limits:
        return 0.0
    held = np.array([*limits, (steps.end, *limits[-1][1:])])
    ax.fill_between(
        held[:, 0], held[:, 1], held[:, 2], step="post", color=PALE, linewidth=0, zorder=1,
        gid="limits",
    )  # fmt: skip
    return float(held[:, 2].max())


def _key(ax: Axes, found: EscapeCurves, latest: Steps, earliest: Steps) -> None:
    solid = Line2D([], [], color=BLUE, linewidth=1.5, label="dates at their latest day")
    handles: list[Line2D | Patch] = [solid]
    if earliest.points:
        broken = Line2D([], [], color=ACCENT, linewidth=1.1, linestyle=(0, (4, 1.5)))
        broken.set_label("dates at their earliest day")
        handles.append(broken)
    if _limits(latest):
        handles.append(Patch(facecolor=PALE, label=f"{found.conf_level:.0%} limits"))
    ax.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, columnspacing=1.4,
        borderpad=0, bbox_transform=moved_up(ax.transAxes, ax, 0.2),
    )  # fmt: skip


def mean_number_alt(released: Released) -> str:
    """Return alternative text for `draw_mean_number`, made from its numbers."""
    found = taken(released, EscapeCurves)
    latest, earliest = _curves(found)
    marked = "Simulated data. " if released.simulated else ""
    if isinstance(found.mean_number, Unavailable):
        horizon = f"not available at {found.horizon_months:g} months ({found.mean_number.why})"
    else:
        horizon = f"{found.mean_number:.2f} by {found.horizon_months:g} months"
    last = f"{latest.heights[-1]:.2f} at the end of the drawing, month {latest.end:.1f}"
    if earliest.points:
        last += f" ({earliest.heights[-1]:.2f} with dates at their earliest day)"
    return (
        f"{marked}{found.title}: mean number of attempts per relationship, repeated "
        f"attempts included; {horizon}, {last}."
    )
