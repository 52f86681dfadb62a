"""The share without an event over time, by group, with the numbers at risk."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

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
)
from relatum.release.released import Released
from relatum.results.familiar_times import FamiliarTimes, GroupTimes, TimeStep
from relatum.results.frames import rows_frame

__all__ = ["draw_survival", "survival_alt", "survival_source"]

#: Colour and dashes; the dashes differ, so that lines are told apart in grey.
_LOOKS: tuple[tuple[str, Dashes], ...] = (
    (BLUE, "-"),
    (ACCENT, (0, (5, 1.5))),
    (INK, (0, (1, 1.2))),
    (MIDDLE, (0, (6, 1.5, 1, 1.5))),
    (ORANGE, (0, (9, 2))),
    (MUTED, (0, (3, 1.2, 1, 1.2, 1, 1.2))),
)


def _groups(
    found: FamiliarTimes, only: Sequence[str] | None
) -> list[tuple[GroupTimes, DrawnSteps]]:
    held = {group.group: group for group in found.groups}
    names = chosen(only, held, what="group")
    wide_enough(len(names), most=len(_LOOKS), what="groups")
    curves = [
        (
            held[name],
            drawn_steps(found, held[name].steps, held[name].at_risk, start=1.0),
        )
        for name in names
    ]
    if not any(curve.end > curve.begin for _, curve in curves):
        msg = f"There is nothing to draw: nowhere are {found.min_at_risk} or more at risk."
        raise ReportError(msg)
    return curves


def survival_source(released: Released, *, only: Sequence[str] | None = None) -> pd.DataFrame:
    """Return what `draw_survival` draws, one row per step of a curve.

    Parameters
    ----------
    released : Released
        Holds a `FamiliarTimes`.
    only : sequence of str, optional
        Groups; all by default.

    Returns
    -------
    DataFrame
        ``group`` and the columns of `TimeStep`. Steps with too few at risk are left out.
    """
    curves = _groups(taken(released, FamiliarTimes), only)
    steps = [step for _, curve in curves for step in curve.steps]
    frame = rows_frame(TimeStep, steps)
    frame.insert(0, "group", [group.group for group, curve in curves for _ in curve.steps])
    return frame


@figure_style()
def draw_survival(
    released: Released,
    ax: Axes | None = None,
    *,
    only: Sequence[str] | None = None,
    lowest: float = 0.0,
) -> Axes:
    """Draw the share without the event over time, one line per group.

    Parameters
    ----------
    released : Released
        Holds a `FamiliarTimes`.
    ax : Axes, optional
        Where to draw; needs 1.4 inches at the left and 0.8 inches above and below.
    only : sequence of str, optional
        Groups, in the order in which they are drawn; all by default, six at most.
    lowest : float
        Where the axis of shares begins, from 0 to below 1; the figure says so if not at 0.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind, a group does not exist, there are too many, or nowhere
        are enough at risk.
    ValueError
        If `lowest` is not a share, or lies above what is drawn.

    Notes
    -----
    Kaplan-Meier. The bands are pointwise limits. Nothing is drawn where fewer than the minimum are
    at risk. The numbers at risk stand at the times of the axis.
    """
    found = taken(released, FamiliarTimes)
    curves = _groups(found, only)
    _check_lowest(lowest, curves)
    groups = [group for group, _ in curves]
    handles = _handles(found, curves)
    if ax is None:
        ax = times_axes(groups, [str(one.get_label()) for one in handles])
    for at, (group, curve) in enumerate(curves):
        _draw_curve(ax, group, curve, at)
    ax.set_ylim(lowest, 1.0 + 0.02 * (1 - lowest))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_ylabel("\n".join(textwrap.wrap(f"Share without {found.event}", 32)))
    ax.grid(axis="y")
    if lowest > 0:
        ax.text(
            0.01, 0.03, f"the axis begins at {lowest:.0%}", transform=ax.transAxes, ha="left",
            va="bottom", fontsize=SMALL, fontstyle="italic", color=MUTED, gid="lowest",
        )  # fmt: skip
    end = max(curve.end for _, curve in curves)
    dress_times(ax, found, groups, end=end, colours=[colour for colour, _ in _LOOKS[: len(groups)]])
    key_above(ax, handles)
    mark_simulated(ax, released.simulated)
    return ax


def _check_lowest(lowest: float, curves: Sequence[tuple[GroupTimes, DrawnSteps]]) -> None:
    if not 0 <= lowest < 1:
        msg = f"lowest is {lowest!r}; it must be a share from 0 to below 1."
        raise ValueError(msg)
    drawn = [value for _, curve in curves for value in (*curve.heights, *curve.limits[:, 1])]
    least = float(min(drawn))
    if lowest > least:
        msg = f"lowest is {lowest:g}, but curves or limits come down to {least:.2f}."
        raise ValueError(msg)


def _draw_curve(ax: Axes, group: GroupTimes, curve: DrawnSteps, at: int) -> None:
    colour, dashes = _LOOKS[at]
    limits = curve.limits
    if len(limits):
        ax.fill_between(
            limits[:, 0], limits[:, 1], limits[:, 2], step="post", color=colour, alpha=0.13,
            linewidth=0, zorder=1, gid=f"limits-{group.group}",
        )  # fmt: skip
        for edge in (1, 2):
            ax.step(
                limits[:, 0], limits[:, edge], where="post", color=colour, linewidth=0.5,
                linestyle=dashes, zorder=2, gid=f"edge-{group.group}-{edge}",
            )  # fmt: skip
    ax.step(
        curve.times, curve.heights, where="post", color=colour, linewidth=1.5, linestyle=dashes,
        zorder=3, gid=f"curve-{group.group}",
    )  # fmt: skip


def _handles(
    found: FamiliarTimes, curves: Sequence[tuple[GroupTimes, DrawnSteps]]
) -> list[Line2D | Patch]:
    handles: list[Line2D | Patch] = []
    for (group, _), (colour, dashes) in zip(curves, _LOOKS, strict=False):
        words = f"{upper(group.label)}: {group.n_events:,} of {group.n_records:,} with the event"
        handles.append(Line2D([], [], color=colour, linewidth=1.5, linestyle=dashes, label=words))
    if any(len(curve.limits) for _, curve in curves):
        handles.append(
            Patch(facecolor=PALE, alpha=0.6, label=f"{found.conf_level:.0%} pointwise limits")
        )
    return handles


def survival_alt(released: Released, *, only: Sequence[str] | None = None) -> str:
    """Return alternative text for `draw_survival`, made from its numbers."""
    found = taken(released, FamiliarTimes)
    curves = _groups(found, only)
    marked = "Simulated data. " if released.simulated else ""
    told = "; ".join(_tell(found, group, curve) for group, curve in curves)
    return (
        f"{marked}{found.title}: share without {found.event} over {found.time_unit} since "
        f"{found.origin}, Kaplan-Meier, drawn where {found.min_at_risk} or more are at risk. "
        f"{told}."
    )


def _tell(found: FamiliarTimes, group: GroupTimes, curve: DrawnSteps) -> str:
    words = f"{group.label}, {group.n_events:,} events among {group.n_records:,} {found.record}"
    words += f", {curve.heights[-1]:.0%} at {curve.end:g} {found.time_unit}"
    limits = curve.limits
    if not len(limits):
        return words
    return f"{words} (limits {limits[-1, 1]:.0%} to {limits[-1, 2]:.0%})"
