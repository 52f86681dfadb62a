"""Recorded reasons against and for reporting, with the bounds that silence leaves."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from relatum.figures.inputs import chosen, taken
from relatum.figures.rows import RowText, dress_rows, label_edge, lay_out, row_axes
from relatum.figures.style import BLUE, INK, MIDDLE, figure_style, mark_simulated
from relatum.figures.time_axis import moved_up
from relatum.release.released import Released
from relatum.results.frames import rows_frame
from relatum.results.reporting import ReasonRow, Reporting
from relatum.tables.pair_words import upper_first

__all__ = ["draw_reasons", "reasons_alt", "reasons_source"]

_GROUPS = {"barrier": "Reasons against reporting", "motivator": "Reasons for reporting"}
#: Room at the right, and where the columns of numbers end, in inches.
_RIGHT, _ENDS = 1.45, (0.55, 1.4)


def _rows(released: Released, only: Sequence[str] | None) -> list[ReasonRow]:
    found = taken(released, Reporting)
    there = [name for name in _GROUPS if any(row.group == name for row in found.reasons)]
    names = chosen(only, there, what="group of reasons")
    return [
        row
        for name in names
        for row in sorted(
            (row for row in found.reasons if row.group == name),
            key=lambda row: (-row.n_present, -(row.upper or 0.0), row.label),
        )
    ]


def reasons_source(released: Released, *, only: Sequence[str] | None = None) -> pd.DataFrame:
    """Return what `draw_reasons` draws, one row per reason.

    Parameters
    ----------
    released : Released
        Holds a `Reporting`.
    only : sequence of {"barrier", "motivator"}, optional
        Groups, in the order in which they are drawn; all by default.

    Returns
    -------
    DataFrame
        With the columns of `ReasonRow`, in each group the reason recorded most often first.
    """
    return rows_frame(ReasonRow, _rows(released, only))


@figure_style()
def draw_reasons(
    released: Released, ax: Axes | None = None, *, only: Sequence[str] | None = None
) -> Axes:
    """Draw each reason as a segment from its lower to its upper bound.

    Parameters
    ----------
    released : Released
        Holds a `Reporting`.
    ax : Axes, optional
        Where to draw; needs 2.2 inches at the left and 1.45 inches at the right.
    only : sequence of {"barrier", "motivator"}, optional
        Groups, in the order in which they are drawn; all by default.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind, holds no reason, or a group does not exist.

    Notes
    -----
    The dot is the share of women for whom the reason is recorded: the lower bound. The segment
    reaches to the share if it held for all women of whom it is not documented. The thin line with
    ends gives the simultaneous limits, where there are any.
    """
    rows = _rows(released, only)
    texts = [
        RowText(
            group=_GROUPS[row.group],
            label=upper_first(row.label),
            right=(f"{row.n_present} of {row.n_women}", f"{row.n_not_documented}"),
        )
        for row in rows
    ]
    layout = lay_out(texts, names=[row.group for row in rows])
    ax = row_axes(layout, ax, right=_RIGHT, top=0.62)
    ax.set_xlim(0, 1)
    for at, row in zip(layout.rows, rows, strict=True):
        _draw_row(ax, at, row)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.grid(axis="x")
    dress_rows(ax, layout, texts, columns=("recorded", "not documented"), ends=_ENDS)
    ax.set_xlabel("Women with any reason on record", loc="left")
    _key(ax, rows, taken(released, Reporting).conf_level)
    mark_simulated(ax, released.simulated, shift=_RIGHT - 0.05)
    return ax


def _draw_row(ax: Axes, at: float, row: ReasonRow) -> None:
    if row.conf_low is not None and row.conf_high is not None:
        ax.plot(
            [row.conf_low, row.conf_high], [at, at], color=INK, linewidth=0.7, marker="|",
            markersize=5, markeredgewidth=0.7, clip_on=False, zorder=2, gid=f"limits-{row.term}",
        )  # fmt: skip
    if row.lower is None or row.upper is None:
        return
    ax.plot(
        [row.lower, row.upper], [at, at], color=MIDDLE, linewidth=3.2, solid_capstyle="butt",
        clip_on=False, zorder=3, gid=f"bounds-{row.term}",
    )  # fmt: skip
    ax.plot(
        [row.lower], [at], "o", markersize=4.4, color=BLUE, markeredgecolor="white",
        markeredgewidth=0.5, clip_on=False, zorder=4, gid=f"recorded-{row.term}",
    )  # fmt: skip


def _key(ax: Axes, rows: list[ReasonRow], conf_level: float) -> None:
    handles = [
        Line2D([], [], linestyle="", marker="o", markersize=4.4, color=BLUE, label="recorded"),
        Line2D([], [], color=MIDDLE, linewidth=3.2, label="up to all not documented"),
    ]
    if any(row.conf_low is not None for row in rows):
        label = f"simultaneous {conf_level:.0%} limits"
        handles.append(Line2D([], [], color=INK, linewidth=0.7, label=label))
    ax.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, columnspacing=1.4,
        handletextpad=0.5, borderpad=0, bbox_transform=moved_up(label_edge(ax), ax, 0.26),
    )  # fmt: skip


def reasons_alt(released: Released, *, only: Sequence[str] | None = None) -> str:
    """Return alternative text for `draw_reasons`, made from its numbers."""
    rows = _rows(released, only)
    found = taken(released, Reporting)
    marked = "Simulated data. " if released.simulated else ""
    told = "; ".join(
        f"{row.label[:1].lower()}{row.label[1:]} {row.n_present} of {row.n_women}, not documented "
        f"{row.n_not_documented}"
        for row in rows
    )
    return f"{marked}{found.title}, recorded reasons with bounds: {told}."
