"""The bracketed-null forest plot: every testable pair against three nested nulls."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Annotation
from matplotlib.transforms import ScaledTranslation

from relatum.errors import ReportError
from relatum.figures.inputs import taken
from relatum.figures.rows import LABEL_WIDTH, label_edge
from relatum.figures.style import (
    BLUE,
    EDGE,
    GRID,
    INK,
    MIDDLE,
    MUTED,
    PALE,
    SMALL,
    TEXT,
    figure_of,
    figure_style,
    mark_simulated,
    new_axes,
)
from relatum.release.released import Released
from relatum.results.base import Unavailable
from relatum.results.cooccurrence import (
    CODING_LABELS,
    NULL_LABELS,
    Cooccurrence,
    NullTest,
    PairReading,
    PairRow,
)
from relatum.results.frames import rows_frame

__all__ = ["ForestRow", "draw_null_forest", "null_forest_alt", "null_forest_source"]

#: Height of a line and the room between two pairs, in inches.
_LINE, _GAP = 0.108, 0.068
#: Room at the right for the column of p, and where the column ends, in inches.
_RIGHT, _END = 0.75, 0.62
#: Height of the line that names the columns, in inches.
_HEAD = 0.22
#: Marker, its size and its colour: the stricter the null, the darker.
_LOOKS = {
    "case": ("o", 4.2, MIDDLE),
    "case_depth": ("s", 4.0, BLUE),
    "fixed_totals": ("D", 3.8, INK),
}
#: Marks of the readings that are not the drawn one, and their words in the key.
_TICKS = {"lower": "+", "upper": "|", "statement_only": "x"}
_TICK_WORDS = {
    "lower": "excess with silence counted as absent",
    "upper": "excess with silence counted as present",
    "statement_only": "excess in files with a statement of the victim",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestRow:
    """One pair against one null, as it is drawn.

    Attributes
    ----------
    term, label : str
        The pair.
    coding, null : str
        Keys of `CODING_LABELS` and `NULL_LABELS`.
    n_both, n_relationships : int
        Relationships with both items recorded, of those that the reading keeps.
    excess, band_low, band_high, p_adjusted : float or None
        The mark, the bar and the number at the right; None where not available.
    excess_lower, excess_upper, excess_statement_only : float or None
        The excess under every reading of silence; None where not available.
    below_level : bool
        The adjusted p is at most one minus the level: the mark is filled.
    why : str
        Why the test is not available; empty where it is.
    """

    term: str
    label: str
    coding: str
    null: str
    n_both: int
    n_relationships: int
    excess: float | None
    band_low: float | None
    band_high: float | None
    p_adjusted: float | None
    excess_lower: float | None
    excess_upper: float | None
    excess_statement_only: float | None
    below_level: bool
    why: str

    @property
    def excesses(self) -> dict[str, float | None]:
        """The excess by reading."""
        return {
            "lower": self.excess_lower,
            "upper": self.excess_upper,
            "statement_only": self.excess_statement_only,
        }


def _excess(pair: PairRow, coding: str, null: str) -> float | None:
    reading = pair.reading(coding)
    test = reading.test(null) if isinstance(reading, PairReading) else reading
    return test.excess if isinstance(test, NullTest) else None


def _row(found: Cooccurrence, pair: PairRow, reading: PairReading, null: str) -> ForestRow:
    test = reading.test(null)
    known = None if isinstance(test, Unavailable) else test
    level = round(1 - found.conf_level, 12)
    excesses = {coding: _excess(pair, coding, null) for coding in CODING_LABELS}
    return ForestRow(
        term=pair.term,
        label=pair.label,
        coding=reading.coding,
        null=null,
        n_both=reading.n_both,
        n_relationships=reading.n_relationships,
        excess=known.excess if known else None,
        band_low=known.band_low if known else None,
        band_high=known.band_high if known else None,
        p_adjusted=known.p_adjusted if known else None,
        excess_lower=excesses["lower"],
        excess_upper=excesses["upper"],
        excess_statement_only=excesses["statement_only"],
        below_level=known is not None and known.p_adjusted <= level,
        why=test.why if isinstance(test, Unavailable) else "",
    )


def _groups(found: Cooccurrence, coding: str) -> list[list[ForestRow]]:
    """Return the rows of every pair that has a reading, one per null."""
    if coding not in CODING_LABELS:
        msg = f"There is no reading '{coding}'; there are: {', '.join(CODING_LABELS)}."
        raise ReportError(msg)
    held = [(pair, pair.reading(coding)) for pair in found.pairs]
    groups = [
        [_row(found, pair, reading, null) for null in NULL_LABELS]
        for pair, reading in held
        if isinstance(reading, PairReading)
    ]
    if not any(row.excess is not None for group in groups for row in group):
        msg = (
            f"There is nothing to draw: of the {found.n_family} pairs none can be tested with "
            f"{CODING_LABELS[coding]}."
        )
        raise ReportError(msg)
    return groups


def null_forest_source(released: Released, *, coding: str = "lower") -> pd.DataFrame:
    """Return what `draw_null_forest` draws, one row per pair and null.

    Parameters
    ----------
    released : Released
        Holds a `Cooccurrence`.
    coding : {"lower", "upper", "statement_only"}
        The reading of silence.

    Returns
    -------
    DataFrame
        With the columns of `ForestRow`.
    """
    groups = _groups(taken(released, Cooccurrence), coding)
    return rows_frame(ForestRow, [row for group in groups for row in group])


@figure_style()
def draw_null_forest(released: Released, ax: Axes | None = None, *, coding: str = "lower") -> Axes:
    """Draw the excess of joint records of every testable pair over three nested nulls.

    Parameters
    ----------
    released : Released
        Holds a `Cooccurrence`.
    ax : Axes, optional
        Where to draw; needs 2.2 inches at the left, 0.75 inches at the right and above.
    coding : {"lower", "upper", "statement_only"}
        The reading of silence whose bands and marks are drawn.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind, there is no such reading, or no pair can be tested.

    Notes
    -----
    Each pair has three lines, the loosest null on top. The bar is the central part of what the
    null gives, about its expectation; the mark is what was recorded beyond it. A mark outside the
    bar may still be hollow: p is adjusted for the pairs of the family, the bar is not.
    """
    found = taken(released, Cooccurrence)
    groups = _groups(found, coding)
    step = len(NULL_LABELS) * _LINE + _GAP
    height = len(groups) * step
    if ax is None:
        ax = new_axes(height=height, left=LABEL_WIDTH + 0.05, right=_RIGHT, top=0.82, bottom=0.5)
    ax.axvline(0, color=EDGE, linewidth=0.7, zorder=1, gid="zero")
    for at, rows in enumerate(groups):
        _draw_group(ax, at * step, rows)
        if at:
            ax.axhline(at * step, color=GRID, linewidth=0.6, zorder=0)
    _fit(ax, groups)
    ax.set_ylim(height, 0)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    _heads(ax, f"{len(groups)} of {found.n_family} pairs testable", coding)
    _key(ax, found, groups)
    mark_simulated(ax, released.simulated, shift=_RIGHT - 0.05)
    return ax


def _draw_group(ax: Axes, top: float, rows: list[ForestRow]) -> None:
    for place, row in enumerate(rows):
        at = top + _GAP / 2 + (place + 0.5) * _LINE
        if row.excess is not None:
            _draw_row(ax, at, row)
        _beside(ax, at, _p(row), x=1, offset=72 * _END, align="right", gid="number")
    lines = [
        *textwrap.wrap(rows[0].label, 42, max_lines=2, placeholder="…"),
        f"both in {rows[0].n_both} of {rows[0].n_relationships}",
    ]
    middle = top + _GAP / 2 + len(NULL_LABELS) / 2 * _LINE
    start = middle - (len(lines) - 1) / 2 * 1.04 * _LINE
    for place, words in enumerate(lines):
        last = place == len(lines) - 1
        made = _beside(
            ax,
            start + place * 1.04 * _LINE,
            words,
            x=0,
            offset=-72 * LABEL_WIDTH,
            gid="count" if last else "label",
        )
        made.set_color(MUTED if last else INK)


def _draw_row(ax: Axes, at: float, row: ForestRow) -> None:
    marker, size, colour = _LOOKS[row.null]
    low, high = row.band_low or 0.0, row.band_high or 0.0
    ax.barh(
        at, high - low, left=low, height=0.7 * _LINE, color=PALE, linewidth=0, zorder=2,
        gid=f"band-{row.term}-{row.null}",
    )  # fmt: skip
    for coding, excess in row.excesses.items():
        if coding != row.coding and excess is not None:
            ax.plot(
                [excess], [at], _TICKS[coding], markeredgewidth=0.9, color=MUTED, zorder=3,
                markersize=3.2 if coding == "statement_only" else 4.6,
                gid=f"{coding}-{row.term}-{row.null}",
            )  # fmt: skip
    ax.plot(
        [row.excess or 0.0], [at], marker, markersize=size,
        markerfacecolor=colour if row.below_level else "white", markeredgecolor=colour,
        markeredgewidth=1.0, zorder=4, gid=f"excess-{row.term}-{row.null}",
    )  # fmt: skip


def _fit(ax: Axes, groups: list[list[ForestRow]]) -> None:
    """Show every mark and bar, with zero, and some room around."""
    held = [0.0]
    for row in (row for group in groups for row in group if row.excess is not None):
        held += [value for value in (row.band_low, row.band_high) if value is not None]
        held += [value for value in row.excesses.values() if value is not None]
    low, high = min(held), max(held)
    room = 0.05 * (high - low) or 1.0
    ax.set_xlim(low - room, high + room)


def _p(row: ForestRow) -> str:
    if row.p_adjusted is None:
        return "n/a"
    return "<0.001" if row.p_adjusted < 0.0005 else f"{row.p_adjusted:.3f}"


def _beside(
    ax: Axes, at: float, text: str, *, x: int, offset: float, align: str = "left", gid: str
) -> Annotation:
    return ax.annotate(
        text, (x, at), (offset, 0), xycoords=("axes fraction", "data"),
        textcoords="offset points", ha=align, va="center_baseline", fontsize=SMALL, color=INK,
        annotation_clip=False, gid=gid,
    )  # fmt: skip


def _heads(ax: Axes, family: str, coding: str) -> None:
    """Name the columns beside the drawing, above it, and its axis, below it."""
    axis = f"Joint records beyond expectation ({CODING_LABELS[coding]})"
    left, right = -72 * LABEL_WIDTH, 72 * _END
    for words, at, offset, gid in (
        (family, (0, 1), (left, 8), "column"),
        ("p adjusted", (1, 1), (right, 8), "column"),
        (axis, (0, 0), (left, -25), "axis"),
    ):
        ax.annotate(
            words, at, offset, xycoords="axes fraction", textcoords="offset points",
            ha="right" if at[0] else "left", va="center",
            fontsize=SMALL if gid == "column" else TEXT,
            color=MUTED if gid == "column" else INK, annotation_clip=False, gid=gid,
        )  # fmt: skip


def _key(ax: Axes, found: Cooccurrence, groups: list[list[ForestRow]]) -> None:
    """Explain marks and bars above the drawing; only what is drawn is named."""
    rows = [row for group in groups for row in group]
    handles: list[Line2D | Patch] = []
    for null, (marker, size, colour) in _LOOKS.items():
        line = Line2D([], [], linestyle="", marker=marker, markersize=size, color=colour)
        line.set_label(NULL_LABELS[null])
        handles.append(line)
    handles.append(Patch(facecolor=PALE, label=f"central {found.conf_level:.0%} of the null"))
    level = f"{round(1 - found.conf_level, 12):g}"
    for words, face in (
        (f"filled: p adjusted at most {level}", MUTED),
        ("hollow: larger", "white"),
    ):
        line = Line2D([], [], linestyle="", marker="o", markersize=4.2, markerfacecolor=face)
        line.set(markeredgecolor=MUTED, label=words)
        handles.append(line)
    for coding, tick in _TICKS.items():
        drawn = any(row.excess is not None and row.excesses[coding] is not None for row in rows)
        if coding != rows[0].coding and drawn:
            line = Line2D([], [], linestyle="", marker=tick, markersize=4.2, color=MUTED)
            line.set_label(_TICK_WORDS[coding])
            handles.append(line)
    ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        bbox_transform=label_edge(ax) + ScaledTranslation(0, _HEAD, figure_of(ax).dpi_scale_trans),
        ncols=2,
        columnspacing=1.2,
        labelspacing=0.25,
        borderpad=0,
    )


def null_forest_alt(released: Released, *, coding: str = "lower") -> str:
    """Return alternative text for `draw_null_forest`, made from its numbers."""
    found = taken(released, Cooccurrence)
    groups = _groups(found, coding)
    marked = "Simulated data. " if released.simulated else ""
    level = f"{round(1 - found.conf_level, 12):g}"
    parts = []
    for place, null in enumerate(NULL_LABELS):
        known = [group[place] for group in groups if group[place].excess is not None]
        below = sum(row.below_level for row in known)
        text = f"{NULL_LABELS[null]}, {below} of {len(known)} pairs"
        if known:
            top = max(known, key=lambda row: abs(row.excess or 0.0))
            text += f" (furthest from zero {top.excess:+.1f}, {_lower(top.label)})"
        parts.append(text)
    return (
        f"{marked}{found.title}: joint records beyond expectation of {len(groups)} of "
        f"{found.n_family} pairs against three nulls, {CODING_LABELS[coding]}. Adjusted p at most "
        f"{level}: {'; '.join(parts)}."
    )


def _lower(label: str) -> str:
    return f"{label[:1].lower()}{label[1:]}"
