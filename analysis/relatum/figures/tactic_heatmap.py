"""Pairs of tactics as a lower triangle, with what is documented of each tactic in the margin."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.transforms import BboxTransformTo, ScaledTranslation, Transform

from relatum.errors import ReportError
from relatum.figures.inputs import taken
from relatum.figures.style import (
    EDGE,
    GRID,
    INK,
    MIDDLE,
    MUTED,
    PRINT_WIDTH,
    SMALL,
    figure_of,
    figure_style,
    mark_simulated,
    new_axes,
)
from relatum.release.released import Released
from relatum.results.frames import rows_frame
from relatum.results.tactic_pairs import Tactic, TacticPairs
from relatum.results.words import domain_label

__all__ = ["HeatmapCell", "draw_tactic_heatmap", "tactic_heatmap_alt", "tactic_heatmap_source"]

#: Room for the names of tactics, of the last domain, and for all cells together, in inches.
_NAMES, _DOMAIN, _CELLS = 1.78, 0.66, 3.45
#: Smallest and largest side of a cell, in inches.
_SMALLEST, _LARGEST = 0.118, 0.24
#: The documented share, in cells from the left end of the triangle: full, nothing.
_FULL, _NONE = -0.45, -3.05
#: Width and height of the key, and its room above the triangle, in inches.
_KEY_WIDTH, _KEY_HEIGHT, _TOP = 2.0, 1.0, 0.4
#: The shades end between these; a larger statistic has the last shade.
_LEAST, _MOST = 3, 5
#: From this statistic on, in either direction, a cell holds a sign.
_SIGN = 2.0
_REFUSED = "#eef1f4"
#: Letters of a name that fit, and the width of a letter, in inches.
_LONGEST, _LETTER = 31, 0.056

#: Blue below, white at and orange above what is expected; as dark on both sides, so signs tell.
EXCESS = LinearSegmentedColormap.from_list(
    "relatum_excess", ["#174a78", "#6f9dc9", "#ffffff", "#edae58", "#a94c07"]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatmapCell:
    """One cell of the triangle.

    Attributes
    ----------
    row, column : int
        Places of its two tactics, from 1.
    first, second, first_label, second_label : str
        The tactic of the column, and that of the row.
    n_both : int or None
        Relationships in which both are recorded; None where the pair is not tested.
    statistic, q_value : float or None
        What the shade shows, and the rate at which the pair would be listed.
    listed : bool
        Framed.
    why : str
        Why the pair is not tested; empty where it is.
    """

    row: int
    column: int
    first: str
    second: str
    first_label: str
    second_label: str
    n_both: int | None
    statistic: float | None
    q_value: float | None
    listed: bool
    why: str


def _tactics(found: TacticPairs) -> list[Tactic]:
    """Return the tactics by domain, in the order in which domains come first."""
    if not found.pairs and not found.n_withheld:
        msg = f"There is nothing to draw: none of the {found.n_family} pairs can be tested."
        raise ReportError(msg)
    room = int(_CELLS / _SMALLEST)
    if len(found.tactics) > room:
        msg = (
            f"{len(found.tactics)} tactics do not fit on one page; there is room for {room}. "
            "Draw fewer tactics."
        )
        raise ReportError(msg)
    named = {tactic.term for tactic in found.tactics}
    if not any({pair.first, pair.second} <= named for pair in found.pairs):
        raise ReportError("There is nothing to draw: pairs or their tactics are withheld.")
    domains = list(dict.fromkeys(tactic.domain for tactic in found.tactics))
    return sorted(found.tactics, key=lambda tactic: domains.index(tactic.domain))


def _cells(found: TacticPairs, tactics: Sequence[Tactic]) -> list[HeatmapCell]:
    tested = {frozenset((pair.first, pair.second)): pair for pair in found.pairs}
    refused = {frozenset((pair.first, pair.second)): pair.why for pair in found.untested}
    other = "withheld, or not in the family" if found.n_withheld else "not in the family"
    cells = []
    for row, second in enumerate(tactics):
        for column, first in enumerate(tactics[:row]):
            key = frozenset((first.term, second.term))
            pair = tested.get(key)
            cells.append(
                HeatmapCell(
                    row=row + 1,
                    column=column + 1,
                    first=first.term,
                    second=second.term,
                    first_label=first.label,
                    second_label=second.label,
                    n_both=pair.n_both if pair else None,
                    statistic=pair.statistic if pair else None,
                    q_value=pair.q_value if pair else None,
                    listed=pair is not None and pair.listed,
                    why="" if pair else refused.get(key, other),
                )
            )
    return cells


def tactic_heatmap_source(released: Released) -> pd.DataFrame:
    """Return what `draw_tactic_heatmap` draws, one row per cell.

    Parameters
    ----------
    released : Released
        Holds a `TacticPairs`.

    Returns
    -------
    DataFrame
        With the columns of `HeatmapCell`.
    """
    found = taken(released, TacticPairs)
    return rows_frame(HeatmapCell, _cells(found, _tactics(found)))


@figure_style()
def draw_tactic_heatmap(released: Released, ax: Axes | None = None) -> Axes:
    """Draw the statistic of every pair of tactics, with the documented share of each tactic.

    Parameters
    ----------
    released : Released
        Holds a `TacticPairs`.
    ax : Axes, optional
        Where to draw; needs 2.2 inches at the left, 0.7 inches at the right and 0.4 inches above.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind, no pair can be tested, none is left by disclosure
        control, or the tactics need more than a page.

    Notes
    -----
    The shade is the joint count beyond expectation over its standard deviation, with all totals
    fixed: pairs with more joint records than expected push others below, so that a pair below is
    no sign of avoidance. Cells of two standard deviations or more hold a sign. A hatched pair is
    not tested. The bars at the left show in which share of the relationships the file speaks of
    the tactic.
    """
    found = taken(released, TacticPairs)
    tactics = _tactics(found)
    cells = _cells(found, tactics)
    limit, beyond = _limit(cells)
    n = len(tactics)
    right = _DOMAIN
    if ax is None:
        side = min(_LARGEST, _CELLS / n)
        left = _NAMES - _NONE * side
        right = PRINT_WIDTH - left - n * side
        bottom = max(0.5, _KEY_HEIGHT - n * side)
        ax = new_axes(height=n * side, left=left, right=right, top=_TOP, bottom=bottom)
    ax.set_xlim(0, n)
    ax.set_ylim(n, 0)
    ax.set_axis_off()
    for cell in cells:
        _draw_cell(ax, cell, limit)
    _draw_signs(ax, cells, limit)
    _draw_margin(ax, tactics)
    _draw_domains(ax, tactics, right)
    _key(ax, found, right, _ends(limit, beyond))
    mark_simulated(ax, released.simulated, shift=right - 0.05)
    return ax


def _limit(cells: Sequence[HeatmapCell]) -> tuple[int, bool]:
    """Return where the shades end, and whether a statistic lies beyond."""
    largest = max(abs(cell.statistic) for cell in cells if cell.statistic is not None)
    limit = min(_MOST, max(_LEAST, math.ceil(largest)))
    return limit, largest > limit


def _draw_cell(ax: Axes, cell: HeatmapCell, limit: int) -> None:
    name = f"{cell.first}+{cell.second}"
    corner = (cell.column - 1, cell.row - 1)
    tested = cell.statistic is not None
    shade = EXCESS(0.5 + (cell.statistic or 0.0) / (2 * limit))
    box = Rectangle(
        corner, 1, 1, facecolor=shade if tested else _REFUSED, edgecolor=GRID if tested else EDGE,
        hatch=None if tested else "//////", linewidth=0.4 if tested else 0.0,
        gid=f"cell-{name}" if tested else f"refused-{name}",
    )  # fmt: skip
    ax.add_patch(box)
    if cell.listed:
        frame = Rectangle(corner, 1, 1, fill=False, edgecolor=INK, linewidth=1.2, zorder=5)
        frame.set(gid=f"listed-{name}", clip_on=False)
        ax.add_patch(frame)


def _draw_signs(ax: Axes, cells: Sequence[HeatmapCell], limit: int) -> None:
    """Mark what lies two standard deviations away, so that grey tells the direction."""
    for name, marker, sign, turn in (("plus", "+", 1, 0.7), ("minus", "_", -1, 0.5)):
        for dark in (False, True):
            held = [
                cell
                for cell in cells
                if cell.statistic is not None
                and sign * cell.statistic >= _SIGN
                and (abs(cell.statistic) > turn * limit) == dark
            ]
            ax.plot(
                [cell.column - 0.5 for cell in held],
                [cell.row - 0.5 for cell in held],
                marker,
                markersize=4.6,
                markeredgewidth=1.0,
                color="white" if dark else INK,
                zorder=6,
                gid=f"sign-{name}-{'white' if dark else 'ink'}",
            )


def _draw_margin(ax: Axes, tactics: Sequence[Tactic]) -> None:
    """Write names and numbers, and draw the documented shares between names and cells."""
    width = _FULL - _NONE
    for place, tactic in enumerate(tactics):
        share = tactic.documented_share
        box = Rectangle((_NONE, place + 0.2), width, 0.6, facecolor="white", edgecolor=EDGE)
        box.set(linewidth=0.4, clip_on=False, hatch="//////" if share is None else None)
        ax.add_patch(box)
        bar = Rectangle((_NONE, place + 0.2), width * (share or 0.0), 0.6, facecolor=MIDDLE)
        bar.set(linewidth=0, clip_on=False, gid=f"documented-{tactic.term}")
        ax.add_patch(bar)
        name = textwrap.shorten(tactic.label, _LONGEST, placeholder="…")
        _write(ax, (_NONE, place + 0.5), f"{name}  {place + 1}", x=-4, ha="right")
        _write(ax, (place + 0.5, place + 0.5), f"{place + 1}", gid="number", size=6.0)
        if place < len(tactics) - 1:
            _write(ax, (place + 0.5, len(tactics)), f"{place + 1}", y=-7, gid="number", size=6.0)
    middle = (_FULL + _NONE) / 2
    _write(ax, (middle, 0), "documented", y=6, gid="column", colour=MUTED)
    _write(ax, (middle, len(tactics)), "0–100%", y=-7, gid="column", colour=MUTED, size=6.0)


def _draw_domains(ax: Axes, tactics: Sequence[Tactic], right: float) -> None:
    """Name the domains along the diagonal, and part them by lines through the triangle."""
    side = ax.bbox.width / figure_of(ax).dpi / len(tactics)
    start = 0
    for domain, held in groupby(tactics, key=lambda tactic: tactic.domain):
        end = start + len(list(held))
        bracket = Line2D([end + 0.3, end + 0.3], [start + 0.12, end - 0.12], color=MUTED)
        bracket.set(linewidth=0.9, clip_on=False, gid=f"bracket-{domain}")
        ax.add_line(bracket)
        at = (end + 0.3, (start + end) / 2)
        room = (len(tactics) - end) * side + right - 0.12
        words = textwrap.fill(domain_label(domain), max(9, int(room / _LETTER)))
        _write(ax, at, words, x=4, ha="left", gid="domain")
        if start > 0:
            ax.plot([0, start], [start, start], color=MUTED, linewidth=0.6, zorder=4, gid="border")
        if end < len(tactics):
            ax.plot([end, end], [end, len(tactics)], color=MUTED, linewidth=0.6, zorder=4,
                    gid="border")  # fmt: skip
        start = end


def _write(
    ax: Axes,
    at: tuple[float, float],
    text: str,
    *,
    x: float = 0,
    y: float = 0,
    ha: str = "center",
    gid: str = "label",
    size: float = SMALL,
    colour: str = INK,
) -> None:
    ax.annotate(
        text, at, (x, y), textcoords="offset points", ha=ha, va="center_baseline", fontsize=size,
        color=colour, linespacing=1.05, annotation_clip=False, gid=gid,
    )  # fmt: skip


def _ends(limit: int, beyond: bool) -> dict[float, str]:
    """Return the words under the strip of shades, by statistic."""
    marked = "≥" if beyond else ""
    low = "≤" if beyond else ""
    return {
        -limit: f"{low}−{limit}",
        -_SIGN: "−2",
        0.0: "0",
        _SIGN: "+2",
        limit: f"{marked}+{limit}",
    }


def _key(ax: Axes, found: TacticPairs, right: float, ends: dict[float, str]) -> None:
    """Explain shades, signs and frames in the empty corner at the upper right."""
    inches = _corner(ax, right)
    limit = max(ends)
    steps = 24
    strip = _KEY_WIDTH - 0.3
    for step in range(steps):
        box = Rectangle((step * strip / steps, -0.29), strip / steps, 0.11, transform=inches)
        box.set(facecolor=EXCESS((step + 0.5) / steps), linewidth=0, clip_on=False, gid="key-shade")
        ax.add_patch(box)
    words = {at: (strip * (0.5 + at / (2 * limit)), text) for at, text in ends.items()}
    ax.text(0, -0.09, "excess over its standard deviation", transform=inches, fontsize=SMALL,
            va="center", gid="key")  # fmt: skip
    for at, text in words.values():
        ax.text(at, -0.36, text, transform=inches, fontsize=6.0, ha="center", va="center",
                gid="key")  # fmt: skip
    sign = Line2D([], [], linestyle="", marker="+", markersize=4.6, color=INK)
    sign.set_label("+ or −: two or more from zero")
    frame = Patch(facecolor="white", edgecolor=INK, linewidth=1.2)
    frame.set_label(f"listed, false discovery rate {found.false_discovery_rate:.0%}")
    empty = Patch(facecolor=_REFUSED, edgecolor=EDGE, linewidth=0, hatch="//////")
    empty.set_label("not testable, or withheld" if found.n_withheld else "not testable")
    bar = Patch(facecolor=MIDDLE, label="share of relationships documented")
    ax.legend(
        handles=[sign, frame, empty, bar],
        loc="upper left",
        bbox_to_anchor=(0, -0.44),
        bbox_transform=inches,
        borderpad=0,
        labelspacing=0.3,
        handlelength=1.1,
        handleheight=0.9,
    )


def _corner(ax: Axes, right: float) -> Transform:
    """Return coordinates in inches from the upper left of the key."""
    scale = figure_of(ax).dpi_scale_trans
    shift = ScaledTranslation(right - _KEY_WIDTH, _TOP, scale)
    return scale + ScaledTranslation(1, 1, BboxTransformTo(ax.bbox)) + shift


def tactic_heatmap_alt(released: Released) -> str:
    """Return alternative text for `draw_tactic_heatmap`, made from its numbers."""
    found = taken(released, TacticPairs)
    tactics = _tactics(found)
    known = [cell for cell in _cells(found, tactics) if cell.statistic is not None]
    top = max(known, key=lambda cell: cell.statistic or 0.0)
    above = sum((cell.statistic or 0.0) >= _SIGN for cell in known)
    below = sum((cell.statistic or 0.0) <= -_SIGN for cell in known)
    marked = "Simulated data. " if released.simulated else ""
    drawn = len(known) == found.n_testable
    gone = "" if drawn else f", of which {len(known)} are drawn and the others withheld"
    text = (
        f"{marked}{found.title}: triangle of {len(tactics)} tactics. Of {found.n_family} pairs "
        f"{found.n_testable} can be tested{gone}; {above} lie two standard deviations or more "
        f"above what is expected with all totals fixed, {below} below. Listed at a false discovery "
        f"rate of {found.false_discovery_rate:.0%}: {len(found.listed)}. Largest: "
        f"{top.first_label} and {top.second_label[:1].lower()}{top.second_label[1:]}, "
        f"{top.statistic:+.1f}."
    )
    shares = [(t.documented_share, t) for t in tactics if t.documented_share is not None]
    if shares:
        low, high = (f(shares, key=lambda pair: pair[0]) for f in (min, max))
        text += (
            f" Documented least: {low[1].label}, {low[0]:.0%} of the relationships; most: "
            f"{high[1].label}, {high[0]:.0%}."
        )
    return text
