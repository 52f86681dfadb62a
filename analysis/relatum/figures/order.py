"""Which domain is recorded first: a bar between two nodes for every pair of domains."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from relatum.errors import ReportError
from relatum.figures.inputs import chosen, taken
from relatum.figures.style import (
    BLUE,
    EDGE,
    INK,
    MUTED,
    ORANGE,
    SMALL,
    figure_style,
    mark_simulated,
    new_axes,
)
from relatum.release.released import Released
from relatum.results.base import Unavailable
from relatum.results.composites import CompositeClaims, OrderRow
from relatum.results.frames import rows_frame

__all__ = ["draw_order", "order_alt", "order_source"]

#: Height of a row and of a heading, and the margins, in inches.
_ROW, _HEADING = 0.2, 0.24
_LEFT, _RIGHT = 1.6, 2.85
#: Distance of counts, nodes and names from the bar, in points.
_COUNT, _NODE, _NAME = 4, 24, 31
#: Where the columns at the right end, in inches from the bar.
_ENDS = (1.98, 2.36, 2.78)
_COLUMNS = ("share\na day", "not\ndated", "p\n(Holm)")
_FAMILIES = {"declared": "Declared pairs", "further": "Further pairs"}


def _rows(released: Released, only: Sequence[str] | None) -> list[OrderRow]:
    order = taken(released, CompositeClaims).order
    if isinstance(order, Unavailable):
        msg = f"There is nothing to draw: {order}."
        raise ReportError(msg)
    names = chosen(only, [row.family for row in order], what="family")
    return [row for name in names for row in order if row.family == name]


def order_source(released: Released, *, only: Sequence[str] | None = None) -> pd.DataFrame:
    """Return what `draw_order` draws, one row per pair.

    Parameters
    ----------
    released : Released
        Holds a `CompositeClaims`.
    only : sequence of {"declared", "further"}, optional
        Families, in the order in which they are drawn; all by default.
    """
    return rows_frame(OrderRow, _rows(released, only))


@figure_style()
def draw_order(
    released: Released, ax: Axes | None = None, *, only: Sequence[str] | None = None
) -> Axes:
    """Draw which domain of every pair is recorded first.

    Parameters
    ----------
    released : Released
        Holds a `CompositeClaims`.
    ax : Axes, optional
        Where to draw; needs 1.6 inches at the left and 2.85 inches at the right.
    only : sequence of {"declared", "further"}, optional
        Families, in the order in which they are drawn; all by default.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind, nothing is dated, or a family does not exist.

    Notes
    -----
    Nodes are domains. The bar between two nodes holds the relationships in which the first record
    of both is dated: next to a node those in which it is recorded first, between them those whose
    intervals share a day.
    """
    rows = _rows(released, only)
    headings = list(dict.fromkeys(row.family for row in rows))
    height = len(rows) * _ROW + len(headings) * _HEADING
    if ax is None:
        ax = new_axes(height=height, left=_LEFT, right=_RIGHT, top=0.62, bottom=0.5)
    at, family = 0.0, ""
    for row in rows:
        if row.family != family:
            family = row.family
            words = f"{_FAMILIES[family]} (family of {row.family_size})"
            _beside(ax, at + _HEADING / 2, words, 0, -72 * (_LEFT - 0.05), weight="bold")
            at += _HEADING
        _draw_row(ax, at + _ROW / 2, row)
        at += _ROW
    ax.set_ylim(height, 0)
    ax.set_yticks([])
    ax.set_xlim(0, 1)
    ax.set_xticks([0, 0.5, 1])
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel("Of the relationships dated in both", fontsize=SMALL)
    ax.spines["left"].set_visible(False)
    _heads(ax)
    mark_simulated(ax, released.simulated, shift=_RIGHT - 0.05)
    return ax


def _draw_row(ax: Axes, at: float, row: OrderRow) -> None:
    name = f"{row.first}-{row.second}"
    for side, label, count in (
        (0, row.first_label, row.n_first),
        (1, row.second_label, row.n_second),
    ):
        sign = 2 * side - 1
        align = "left" if side else "right"
        _beside(ax, at, label, side, sign * _NAME, align=align, gid="name")
        _beside(ax, at, f"{count}", side, sign * _COUNT, align=align, gid="count")
        _node(ax, at, side, sign * _NODE)
    dated = row.n_first + row.n_overlap + row.n_second
    for end, text in zip(_ENDS, (f"{row.n_overlap}", f"{row.n_undated}", _p(row)), strict=True):
        _beside(ax, at, text, 1, 72 * end, align="right", gid="number")
    if dated == 0:
        ax.text(0.5, at, "none dated in both", ha="center", va="center", fontsize=SMALL,
                fontstyle="italic", gid=f"empty-{name}")  # fmt: skip
        return
    start = 0.0
    for kind, count in (
        ("first", row.n_first),
        ("overlap", row.n_overlap),
        ("second", row.n_second),
    ):
        face, hatch = _LOOK[kind]
        ax.barh(
            at, count / dated, left=start, height=0.6 * _ROW, color=face, edgecolor=EDGE,
            hatch=hatch, linewidth=0.5, gid=f"{kind}-{name}",
        )  # fmt: skip
        start += count / dated


#: Face and hatch of the parts of a bar; the lightness differs, so that it survives in grey.
_LOOK = {"first": (BLUE, ""), "overlap": ("white", "/////"), "second": (ORANGE, "")}
_KEY = {
    "first": "left domain recorded first",
    "overlap": "share a day",
    "second": "right domain recorded first",
}


def _p(row: OrderRow) -> str:
    if row.p_adjusted is None:
        return "–"
    return "<0.001" if row.p_adjusted < 0.0005 else f"{row.p_adjusted:.3f}"


def _node(ax: Axes, at: float, side: int, shift: float) -> None:
    """Draw a domain as a disc beside the bar."""
    ax.annotate(
        "●",
        (side, at),
        (shift, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha="center",
        va="center",
        fontsize=SMALL + 1,
        color=ORANGE if side else BLUE,
        annotation_clip=False,
        gid="node",
    )


def _beside(
    ax: Axes,
    at: float,
    text: str,
    side: int,
    shift: float,
    *,
    align: str = "left",
    weight: str = "normal",
    gid: str = "heading",
) -> None:
    ax.annotate(
        text,
        (side, at),
        (shift, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha=align,
        va="center",
        fontsize=SMALL,
        fontweight=weight,
        color=INK,
        annotation_clip=False,
        gid=gid,
    )


def _heads(ax: Axes) -> None:
    for end, words in zip(_ENDS, _COLUMNS, strict=True):
        ax.annotate(
            words,
            (1, 1),
            (72 * end, 3),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="right",
            va="bottom",
            fontsize=SMALL,
            color=MUTED,
            annotation_clip=False,
            gid="column",
        )
    handles = [
        Patch(facecolor=face, hatch=hatch, edgecolor=EDGE, linewidth=0.5, label=_KEY[kind])
        for kind, (face, hatch) in _LOOK.items()
    ]
    ax.legend(
        handles=handles,
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        borderaxespad=0.4,
        handleheight=0.8,
    )


def order_alt(released: Released, *, only: Sequence[str] | None = None) -> str:
    """Return alternative text for `draw_order`, made from its numbers."""
    rows = _rows(released, only)
    marked = "Simulated data. " if released.simulated else ""
    parts = [
        f"{row.first_label} first in {row.n_first}, {row.second_label} first in {row.n_second}, "
        f"{row.n_overlap} share a day, {row.n_undated} of {row.n_both} not dated"
        for row in rows
    ]
    found = sum(row.p_adjusted is not None and row.p_adjusted <= 0.05 for row in rows)
    return (
        f"{marked}Order of the first dated records of {len(rows)} pairs of domains. "
        f"{'; '.join(parts)}. After Holm's correction {found} of the pairs differ from an even "
        "split at 5%."
    )
