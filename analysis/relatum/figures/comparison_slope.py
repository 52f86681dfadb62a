"""Shares of both samples in two columns, with a line between them for each item."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from relatum.errors import ReportError
from relatum.figures.event_axis import Dashes
from relatum.figures.inputs import chosen, taken
from relatum.figures.style import (
    BLUE,
    EDGE,
    INK,
    MUTED,
    ORANGE,
    SMALL,
    figure_of,
    figure_style,
    mark_simulated,
    new_axes,
)
from relatum.figures.time_axis import moved_up
from relatum.release.released import Released
from relatum.results.comparison_profile import ComparisonProfile, ProfilePoint
from relatum.results.frames import rows_frame
from relatum.tables.pair_words import listed_words, lower_first

__all__ = ["SlopeLine", "comparison_slope_alt", "comparison_slope_source", "draw_comparison_slope"]

#: Room for words at each side, above and below, in inches.
_SIDE, _TOP, _BOTTOM = 2.2, 0.72, 0.5
#: Letters per line of a label, height of its line and of the gap to the next, in inches.
_WRAP, _LINE, _GAP = 34, 0.112, 0.035
#: Height of the drawing: at least, and at most.
_LEAST, _MOST = 2.6, 8.2
#: Where a label stands from its column, in points, and where the line to it bends.
_AWAY, _BEND = 20, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SlopeLine:
    """One item as it is drawn.

    Attributes
    ----------
    term, label, domain : str
    trafficking, domestic_violence : float
        Share among the documented.
    apart : bool
        The bounds of both samples, silence as absent and as present, do not overlap.
    """

    term: str
    label: str
    domain: str
    trafficking: float
    domestic_violence: float
    apart: bool


def _line(point: ProfilePoint) -> SlopeLine | None:
    if point.trafficking is None or point.domestic_violence is None:
        return None
    apart = (
        point.trafficking_low > point.domestic_violence_high
        or point.trafficking_high < point.domestic_violence_low
    )
    return SlopeLine(
        term=point.term, label=point.label, domain=point.domain, trafficking=point.trafficking,
        domestic_violence=point.domestic_violence, apart=apart,
    )  # fmt: skip


def _lines(
    found: ComparisonProfile, only: Sequence[str] | None
) -> tuple[list[SlopeLine], list[ProfilePoint]]:
    """Return the items that are drawn, and those that are documented nowhere in a sample."""
    names = chosen(only, (point.domain for point in found.points), what="domain")
    points = [point for name in names for point in found.points if point.domain == name]
    held = [(point, _line(point)) for point in points]
    lines = [line for _, line in held if line is not None]
    if not lines:
        msg = "There is nothing to draw: no item is documented in both samples."
        raise ReportError(msg)
    return lines, [point for point, line in held if line is None]


def comparison_slope_source(
    released: Released, *, only: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return what `draw_comparison_slope` draws, one row per item.

    Parameters
    ----------
    released : Released
        Holds a `ComparisonProfile`.
    only : sequence of str, optional
        Domains; all by default.

    Returns
    -------
    DataFrame
        With the columns of `SlopeLine`.
    """
    return rows_frame(SlopeLine, _lines(taken(released, ComparisonProfile), only)[0])


@figure_style()
def draw_comparison_slope(
    released: Released, ax: Axes | None = None, *, only: Sequence[str] | None = None
) -> Axes:
    """Draw the documented shares of both samples as two columns with a line for each item.

    Parameters
    ----------
    released : Released
        Holds a `ComparisonProfile`.
    ax : Axes, optional
        Where to draw; needs 2.2 inches at both sides and 0.7 inches above.
    only : sequence of str, optional
        Domains; all by default.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind, a domain does not exist, no item is documented in both
        samples, or the labels do not fit on a page.

    Notes
    -----
    A dashed line: the bounds of both samples overlap, so that silence could turn the difference
    round. Labels are moved apart where shares lie close; a fine line leads to the share.
    """
    found = taken(released, ComparisonProfile)
    lines, left_out = _lines(found, only)
    depth = max(
        sum(_depth(_label(line, side)) for line in lines)
        for side in ("trafficking", "domestic_violence")
    )
    if depth > _MOST:
        msg = (
            f"The labels of {len(lines)} items do not fit on one page. Choose fewer domains with "
            f"only=[...]; there are: {', '.join(dict.fromkeys(line.domain for line in lines))}."
        )
        raise ReportError(msg)
    if ax is None:
        height = min(max(1.15 * depth, _LEAST), _MOST)
        bottom = _BOTTOM + (0.2 if left_out else 0.0)
        ax = new_axes(height=height, left=_SIDE, right=_SIDE, top=_TOP, bottom=bottom)
    low, high = _fit(ax, lines)
    for line in lines:
        _draw_line(ax, line)
    per_inch = (high - low) / (ax.get_position().height * figure_of(ax).get_figheight())
    for column, side in enumerate(("trafficking", "domestic_violence")):
        _draw_labels(ax, lines, column, side, per_inch)
    _dress(ax, lines, left_out)
    mark_simulated(ax, released.simulated, shift=_SIDE - 0.05)
    return ax


def _label(line: SlopeLine, side: str) -> str:
    share = line.trafficking if side == "trafficking" else line.domestic_violence
    return "\n".join(textwrap.wrap(f"{line.label}, {share:.0%}", _WRAP))


def _depth(label: str) -> float:
    return (label.count("\n") + 1) * _LINE + _GAP


def _fit(ax: Axes, lines: Sequence[SlopeLine]) -> tuple[float, float]:
    """Show every share, with some room around; return the ends of the axis."""
    shares = [share for line in lines for share in (line.trafficking, line.domestic_violence)]
    room = max(0.03 * (max(shares) - min(shares)), 0.02)
    low, high = max(min(shares) - room, -room), max(shares) + room
    ax.set_ylim(low, high)
    ax.set_xlim(0, 1)
    return low, high


def _colour(line: SlopeLine) -> str:
    return BLUE if line.trafficking >= line.domestic_violence else ORANGE


def _dashes(apart: bool) -> Dashes:
    return "-" if apart else (0, (4, 1.6))


def _draw_line(ax: Axes, line: SlopeLine) -> None:
    ax.plot(
        [0, 1], [line.trafficking, line.domestic_violence], color=_colour(line), linewidth=1.2,
        linestyle=_dashes(line.apart), marker="o", markersize=3.4,
        clip_on=False, zorder=3, gid=f"slope-{line.term}",
    )  # fmt: skip


def _spread(wanted: Sequence[float], depths: Sequence[float]) -> list[float]:
    """Move labels apart, as little as they need, and keep their order.

    Parameters
    ----------
    wanted : sequence of float
        Where the middle of each label would best stand, in increasing order.
    depths : sequence of float
        The room that each needs, in the same unit.

    Returns
    -------
    list of float

    Notes
    -----
    Labels that touch are joined to a block about the mean of their wanted places.

    Examples
    --------
    >>> _spread([0.0, 0.0, 5.0], [1.0, 1.0, 1.0])
    [-0.5, 0.5, 5.0]
    """
    blocks: list[tuple[float, float, list[int]]] = []
    for at, (place, deep) in enumerate(zip(wanted, depths, strict=True)):
        middle, total, held = place, deep, [at]
        while blocks and blocks[-1][0] + blocks[-1][1] / 2 > middle - total / 2:
            before, size, members = blocks.pop()
            n, m = len(members), len(held)
            # The block's middle moves so that its labels stand about their wanted places.
            middle = (before * n + middle * m) / (n + m)
            total, held = size + total, members + held
        blocks.append((middle, total, held))
    found = [0.0] * len(wanted)
    for middle, total, held in blocks:
        at_edge = middle - total / 2
        for member in held:
            found[member] = at_edge + depths[member] / 2
            at_edge += depths[member]
    return found


def _draw_labels(
    ax: Axes, lines: Sequence[SlopeLine], column: int, side: str, per_inch: float
) -> None:
    """Write the labels of one column beside it, without overlap."""
    shares = [line.trafficking if column == 0 else line.domestic_violence for line in lines]
    others = [line.domestic_violence if column == 0 else line.trafficking for line in lines]
    order = sorted(range(len(lines)), key=lambda at: (shares[at], others[at], lines[at].term))
    labels = [_label(lines[at], side) for at in order]
    depths = [_depth(label) * per_inch for label in labels]
    places = _spread([shares[at] for at in order], depths)
    low, high = ax.get_ylim()
    places = _inside(places, depths, low, high)
    sign = -1 if column == 0 else 1
    for at, place, label in zip(order, places, labels, strict=True):
        ax.annotate(
            label, (column, place), (sign * _AWAY, 0), xycoords=("axes fraction", "data"),
            textcoords="offset points", ha="right" if column == 0 else "left", va="center",
            fontsize=SMALL, color=INK, linespacing=1.05, annotation_clip=False,
            gid=f"label-{side}-{lines[at].term}",
        )  # fmt: skip
        ax.annotate(
            "", (column, shares[at]), (sign * (_AWAY - 2), 72 * (place - shares[at]) / per_inch),
            xycoords=("axes fraction", "data"), textcoords="offset points", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": EDGE, "linewidth": 0.5, "shrinkA": 0,
                        "shrinkB": _BEND},
        )  # fmt: skip


def _inside(
    places: Sequence[float], depths: Sequence[float], low: float, high: float
) -> list[float]:
    """Push labels back that stand beyond the ends of the axis."""
    found, floor = list(places), low
    for at, deep in enumerate(depths):
        found[at] = max(found[at], floor + deep / 2)
        floor = found[at] + deep / 2
    ceiling = high
    for at in reversed(range(len(found))):
        found[at] = min(found[at], ceiling - depths[at] / 2)
        ceiling = found[at] - depths[at] / 2
    return found


def _dress(ax: Axes, lines: Sequence[SlopeLine], left_out: Sequence[ProfilePoint]) -> None:
    """Draw both columns, name them, and explain the lines."""
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)
    for column, words in enumerate(("Trafficking", "Domestic violence")):
        ax.axvline(column, color=EDGE, linewidth=0.8, zorder=1, clip_on=False, gid="column")
        ax.annotate(
            words, (column, 1), (0, 4), xycoords="axes fraction", textcoords="offset points",
            ha="right" if column == 0 else "left", va="bottom", fontsize=SMALL, fontweight="bold",
            annotation_clip=False, gid="column-words",
        )  # fmt: skip
    words = "Share among the documented"
    if left_out:
        names = listed_words([lower_first(point.label) for point in left_out])
        words += f". Documented in one sample alone, and left out: {names}"
    for place, part in enumerate(textwrap.wrap(words, 84)):
        ax.annotate(
            part, (0, 0), (5 - 72 * _SIDE, -25 - 9.5 * place), xycoords="axes fraction",
            textcoords="offset points", ha="left", va="center", fontsize=SMALL, color=MUTED,
            annotation_clip=False, gid="axis",
        )  # fmt: skip
    _key(ax, lines)


def _key(ax: Axes, lines: Sequence[SlopeLine]) -> None:
    """Explain the lines above the drawing; only what is drawn is named."""
    handles = []
    for colour, words in ((BLUE, "as common or more common in trafficking"),
                          (ORANGE, "more common in domestic violence")):  # fmt: skip
        if any(_colour(line) == colour for line in lines):
            handles.append(Line2D([], [], color=colour, linewidth=1.2, label=words))
    for apart, words in (
        (True, "solid: holds whatever silence hides"),
        (False, "dashed: silence could turn it round"),
    ):
        if any(line.apart == apart for line in lines):
            shown = Line2D([], [], color=INK, linewidth=1.2, label=words)
            shown.set_linestyle(_dashes(apart))
            handles.append(shown)
    ax.legend(
        handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, columnspacing=1.4,
        labelspacing=0.3, borderpad=0, handlelength=2.6,
        bbox_transform=moved_up(ax.transAxes, ax, 0.26),
    )  # fmt: skip


def comparison_slope_alt(released: Released, *, only: Sequence[str] | None = None) -> str:
    """Return alternative text for `draw_comparison_slope`, made from its numbers."""
    found = taken(released, ComparisonProfile)
    lines, left_out = _lines(found, only)
    marked = "Simulated data. " if released.simulated else ""
    more = [line for line in lines if line.trafficking > line.domestic_violence]
    fewer = [line for line in lines if line.trafficking < line.domestic_violence]
    furthest = max(lines, key=lambda line: abs(line.trafficking - line.domestic_violence))
    rest = f" {len(left_out)} items are documented in one sample alone." if left_out else ""
    return (
        f"{marked}{found.title}: shares among the documented of {len(lines)} items, in trafficking "
        f"and in domestic violence, joined by lines. {len(more)} are higher in trafficking and "
        f"{len(fewer)} in domestic violence; for {sum(not line.apart for line in lines)} silence "
        f"could turn the difference round. Furthest apart: {lower_first(furthest.label)}, "
        f"{furthest.trafficking:.0%} and {furthest.domestic_violence:.0%}.{rest}"
    )
