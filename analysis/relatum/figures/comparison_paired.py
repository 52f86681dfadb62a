"""Shares of both samples side by side, with what silence could hide."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from relatum.figures.inputs import chosen, taken
from relatum.figures.rows import (
    LABEL_WIDTH,
    RowText,
    dress_rows,
    label_edge,
    lay_out,
    row_axes,
)
from relatum.figures.style import ACCENT, BLUE, EDGE, PALE, TEXT, figure_style, mark_simulated
from relatum.figures.time_axis import moved_up
from relatum.release.released import Released
from relatum.results.comparison_profile import ComparisonProfile, ProfilePoint
from relatum.results.frames import rows_frame
from relatum.tables.pair_words import lower_first, upper_first
from relatum.tables.wording import NOTHING

__all__ = ["comparison_paired_alt", "comparison_paired_source", "draw_comparison_paired"]

#: Room at the right, and where the columns of numbers end, in inches.
_RIGHT, _ENDS = 1.95, (0.92, 1.9)
_COLUMNS = ("trafficking", "domestic violence")
#: Distance of both samples from the middle of a row, in lines.
_APART = 0.22
#: Colour, colour of the bar, marker, size, face and words of each sample.
_TRAFFICKING = (BLUE, PALE, "o", 4.2, BLUE, "Trafficking")
_VIOLENCE = (ACCENT, "#f3cdbb", "D", 3.8, "white", "Domestic violence")


def _points(found: ComparisonProfile, only: Sequence[str] | None) -> list[ProfilePoint]:
    names = chosen(only, (point.domain for point in found.points), what="domain")
    return [point for name in names for point in found.points if point.domain == name]


def comparison_paired_source(
    released: Released, *, only: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return what `draw_comparison_paired` draws, one row per item of the profile.

    Parameters
    ----------
    released : Released
        Holds a `ComparisonProfile`.
    only : sequence of str, optional
        Domains; all by default.

    Returns
    -------
    DataFrame
        With the columns of `ProfilePoint`.
    """
    return rows_frame(ProfilePoint, _points(taken(released, ComparisonProfile), only))


@figure_style()
def draw_comparison_paired(
    released: Released, ax: Axes | None = None, *, only: Sequence[str] | None = None
) -> Axes:
    """Draw the documented share of each item in both samples, joined by a line.

    Parameters
    ----------
    released : Released
        Holds a `ComparisonProfile`.
    ax : Axes, optional
        Where to draw; needs 2.2 inches at the left, 2 inches at the right and 0.6 inches above.
    only : sequence of str, optional
        Domains, in the order in which they are drawn; all by default.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind, a domain does not exist, or the rows do not fit on a page.

    Notes
    -----
    The bars run from the share with silence as absent to the share with silence as present. An
    item that is documented nowhere in a sample has its bar alone.
    """
    points = _points(taken(released, ComparisonProfile), only)
    texts = [_text(point) for point in points]
    layout = lay_out(texts, names=[point.domain for point in points])
    ax = row_axes(layout, ax, right=_RIGHT, top=0.62, bottom=0.55)
    for at, point in zip(layout.rows, points, strict=True):
        _draw_point(ax, at, point)
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.grid(axis="x", zorder=0)
    dress_rows(ax, layout, texts, columns=_COLUMNS, ends=_ENDS)
    ax.annotate(
        "Share; in brackets at the right: undocumented of all units", (0, 0),
        (-72 * LABEL_WIDTH, -25), xycoords="axes fraction", textcoords="offset points", ha="left",
        va="center", fontsize=TEXT, annotation_clip=False, gid="axis",
    )  # fmt: skip
    _key(ax)
    mark_simulated(ax, released.simulated, shift=_RIGHT - 0.05)
    return ax


def _text(point: ProfilePoint) -> RowText:
    sides = (
        (point.trafficking, point.undocumented_trafficking, point.n_trafficking),
        (point.domestic_violence, point.undocumented_domestic_violence, point.n_domestic_violence),
    )
    return RowText(
        group=upper_first(point.domain.replace("_", " ")),
        label=point.label,
        right=tuple(
            f"{NOTHING if share is None else f'{share:.0%}'} ({silent:,}/{n:,})"
            for share, silent, n in sides
        ),
    )


def _draw_point(ax: Axes, row_at: float, point: ProfilePoint) -> None:
    sides = (
        (-_APART, point.trafficking, point.trafficking_low, point.trafficking_high, _TRAFFICKING),
        (
            _APART,
            point.domestic_violence,
            point.domestic_violence_low,
            point.domestic_violence_high,
            _VIOLENCE,
        ),
    )
    marks = [(share, row_at + shift) for shift, share, *_ in sides if share is not None]
    if len(marks) == len(sides):
        ax.plot(
            [share for share, _ in marks], [at for _, at in marks], color=EDGE, linewidth=1.0,
            zorder=3, gid=f"line-{point.term}",
        )  # fmt: skip
    for shift, share, low, high, (colour, bar, marker, size, face, words) in sides:
        at, name = row_at + shift, f"{words[:1].lower()}-{point.term}"
        ax.barh(
            at, high - low, left=low, height=0.26, color=bar, linewidth=0, zorder=2,
            gid=f"bounds-{name}",
        )  # fmt: skip
        # Without silence the bar has no width; its place is under the mark.
        if share is not None:
            ax.plot(
                [share], [at], marker, markersize=size, markerfacecolor=face,
                markeredgecolor=colour, markeredgewidth=0.9, clip_on=False, zorder=4,
                gid=f"share-{name}",
            )  # fmt: skip


def _key(ax: Axes) -> None:
    handles: list[Line2D | Patch] = []
    for colour, _, marker, size, face, words in (_TRAFFICKING, _VIOLENCE):
        line = Line2D([], [], linestyle="", marker=marker, markersize=size)
        line.set(markerfacecolor=face, markeredgecolor=colour)
        line.set_label(f"{words}, share of the documented")
        handles.append(line)
    for _, bar, *_, words in (_TRAFFICKING, _VIOLENCE):
        handles.append(Patch(facecolor=bar, label=f"{words}, silence from absent to present"))
    ax.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, columnspacing=1.2,
        labelspacing=0.3, handletextpad=0.5, borderpad=0, handleheight=0.6,
        bbox_transform=moved_up(label_edge(ax), ax, 0.24),
    )  # fmt: skip


def comparison_paired_alt(released: Released, *, only: Sequence[str] | None = None) -> str:
    """Return alternative text for `draw_comparison_paired`, made from its numbers."""
    found = taken(released, ComparisonProfile)
    points = _points(found, only)
    marked = "Simulated data. " if released.simulated else ""
    told = "; ".join(
        f"{lower_first(point.label)}, {_side(point.trafficking)} ({point.trafficking_low:.0%} to "
        f"{point.trafficking_high:.0%}) and {_side(point.domestic_violence)} "
        f"({point.domestic_violence_low:.0%} to {point.domestic_violence_high:.0%})"
        for point in points
    )
    return (
        f"{marked}{found.title}: shares among the documented in trafficking and in domestic "
        f"violence, with bounds for silence as absent and as present. {upper_first(told)}."
    )


def _side(share: float | None) -> str:
    return "nothing documented" if share is None else f"{share:.0%}"
