"""The states of women after their first contact with the police, stacked over days."""

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
    MIDDLE,
    PALE,
    figure_style,
    mark_simulated,
    new_axes,
)
from relatum.figures.time_axis import moved_up
from relatum.release.released import Released
from relatum.results.frames import rows_frame
from relatum.results.reporting import OccupationPoint, Reporting, StatesAtRisk

__all__ = ["draw_state_areas", "state_areas_alt", "state_areas_source"]

#: The areas from the bottom: colour and words; the lightness differs, so that it survives in grey.
_STATES = {
    "stepped_back": (BLUE, "Stepped back"),
    "report_upheld": (MIDDLE, "Report upheld"),
    "no_report": (PALE, "No report"),
}
_DASHES = (0, (4, 1.5))


def _span(found: Reporting) -> DaySpan:
    return span_of(
        ((point.day, point.n_at_risk) for point in found.points),
        ((mark.day, mark.enough) for mark in found.at_risk),
        minimum=found.min_at_risk,
        horizon=found.horizon,
    )


def _points(found: Reporting, completion: str) -> list[OccupationPoint]:
    """Return the steps that are drawn."""
    span = _span(found)
    held = [
        point
        for point in found.points
        if point.completion == completion and point.day < span.before and point.day <= span.end
    ]
    return sorted(held, key=lambda point: point.day)


def _drawn(found: Reporting) -> dict[str, list[OccupationPoint]]:
    held = {name: _points(found, name) for name in ("latest", "earliest")}
    if not held["latest"]:
        msg = (
            "There is nothing to draw: no step falls where "
            f"{found.min_at_risk} or more women are at risk."
        )
        raise ReportError(msg)
    return held


def state_areas_source(released: Released) -> pd.DataFrame:
    """Return what `draw_state_areas` draws, one row per step and completion.

    Parameters
    ----------
    released : Released
        Holds a `Reporting`.

    Returns
    -------
    DataFrame
        With the columns of `OccupationPoint`; steps with too few at risk are left out.
    """
    held = _drawn(taken(released, Reporting))
    return rows_frame(OccupationPoint, [*held["latest"], *held["earliest"]])


@figure_style()
def draw_state_areas(released: Released, ax: Axes | None = None) -> Axes:
    """Draw the shares of women without a report, with one upheld, and stepped back, over days.

    Parameters
    ----------
    released : Released
        Holds a `Reporting`.
    ax : Axes, optional
        Where to draw; needs 1.2 inches at the left, 1.25 inches below and 0.5 inches above.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind, or no step falls where enough are at risk.

    Notes
    -----
    The areas add up to one and have intervals of dates at their latest day; the two lines are the
    edges of the same areas with dates at their earliest day. Nothing is drawn where fewer than the
    plan's minimum are at risk.
    """
    found = taken(released, Reporting)
    held, span = _drawn(found), _span(found)
    if ax is None:
        ax = new_axes(height=2.4, left=1.2, right=0.3, top=0.5, bottom=1.25)
    _draw_areas(ax, held["latest"], span.end)
    if held["earliest"]:
        _draw_edges(ax, held["earliest"], span.end)
    ax.set_ylim(0, 1)
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_ylabel("Women with a contact")
    dress_days(
        ax, span, label="Days since first contact", horizons=[found.horizon],
        marks=[mark.day for mark in found.at_risk], words="Women followed, by their state",
        lines=_lines(found), minimum=found.min_at_risk,
    )  # fmt: skip
    _key(ax, bool(held["earliest"]))
    mark_simulated(ax, released.simulated)
    return ax


def _shares(points: list[OccupationPoint], end: float) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    days = [point.day for point in points]
    at = np.unique(np.array([*days, end]))
    return at, {
        state: stepped(days, [getattr(point, state) for point in points], at) for state in _STATES
    }


def _draw_areas(ax: Axes, points: list[OccupationPoint], end: float) -> None:
    at, shares = _shares(points, end)
    under = np.zeros(len(at))
    for state, (face, _) in _STATES.items():
        over = under + shares[state]
        ax.fill_between(
            at, under, over, step="post", facecolor=face, edgecolor=EDGE, linewidth=0.4, zorder=2,
            gid=f"area-{state}",
        )  # fmt: skip
        under = over


def _draw_edges(ax: Axes, points: list[OccupationPoint], end: float) -> None:
    at, shares = _shares(points, end)
    back = shares["stepped_back"]
    for name, heights in (("stepped_back", back), ("report", back + shares["report_upheld"])):
        for colour, width, style in (("white", 2.6, "-"), (ACCENT, 1.2, _DASHES)):
            ax.step(
                at, heights, where="post", color=colour, linewidth=width, linestyle=style,
                zorder=3, gid=f"earliest-{name}" if colour == ACCENT else "halo",
            )  # fmt: skip


def _lines(found: Reporting) -> list[RiskLine]:
    few = f"<{found.min_at_risk}"

    def numbers(count: str) -> tuple[str, ...]:
        return tuple(f"{getattr(mark, count)}" if mark.enough else "" for mark in found.at_risk)

    whole = tuple(f"{_total(mark)}" if mark.enough else few for mark in found.at_risk)
    held = [("no_report", "No report"), ("report_upheld", "Report upheld")]
    held.append(("stepped_back", "Stepped back"))
    return [
        RiskLine(name="all", label="All", numbers=whole),
        *(RiskLine(name=name, label=label, numbers=numbers(name)) for name, label in held),
    ]


def _total(mark: StatesAtRisk) -> int:
    return mark.no_report + mark.report_upheld + mark.stepped_back


def _key(ax: Axes, edges: bool) -> None:
    handles: list[Patch | Line2D] = [
        Patch(facecolor=face, edgecolor=EDGE, linewidth=0.5, label=label)
        for face, label in reversed(_STATES.values())
    ]
    if edges:
        line = Line2D([], [], color=ACCENT, linewidth=1.2, linestyle=_DASHES)
        line.set_label("edges, dates at their earliest day")
        handles.append(line)
    ax.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=4, columnspacing=1.4,
        borderpad=0, bbox_transform=moved_up(ax.transAxes, ax, 0.22), handleheight=0.8,
    )  # fmt: skip


def state_areas_alt(released: Released) -> str:
    """Return alternative text for `draw_state_areas`, made from its numbers."""
    found = taken(released, Reporting)
    held, span = _drawn(found), _span(found)
    last = held["latest"][-1]
    marked = "Simulated data. " if released.simulated else ""
    shares = ", ".join(
        f"{label.lower()} {getattr(last, state):.0%}" for state, (_, label) in _STATES.items()
    )
    return (
        f"{marked}{found.title}: stacked shares of women by state since first contact, drawn up to "
        f"day {span.end:g}, where {found.min_at_risk} or more are at risk. At that day, dates at "
        f"their latest: {shares}."
    )
