"""Figures that read like a table: words at the left, a drawing, numbers at the right."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.text import Annotation
from matplotlib.transforms import ScaledTranslation, Transform

from relatum.errors import ReportError
from relatum.figures.style import GRID, INK, MUTED, SMALL, figure_of, new_axes

__all__ = [
    "LABEL_WIDTH",
    "MAX_LINES",
    "Layout",
    "RowText",
    "dress_rows",
    "label_edge",
    "lay_out",
    "row_axes",
]

#: What one printed page holds.
MAX_LINES = 72
#: Height of a line and width of the labels, in inches.
LINE = 0.118
LABEL_WIDTH = 2.15


@dataclass(frozen=True, slots=True, kw_only=True)
class RowText:
    """The words of one row.

    Attributes
    ----------
    group : str
        The heading that it stands under; empty for none.
    label : str
        The words at the left.
    right : tuple of str
        What is printed at the right, one entry per column.
    """

    group: str
    label: str
    right: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where rows and headings stand, in lines from the top.

    Attributes
    ----------
    rows : tuple of float
        The middle of each row.
    headings : tuple of (float, str)
        The headings.
    labels : tuple of str
        The wrapped words of each row.
    lines : float
        Lines in all.
    """

    rows: tuple[float, ...]
    headings: tuple[tuple[float, str], ...]
    labels: tuple[str, ...]
    lines: float


def lay_out(rows: Sequence[RowText], *, names: Sequence[str] = (), wrap: int = 38) -> Layout:
    """Place rows under headings.

    Parameters
    ----------
    rows : sequence of RowText
        Rows of a group stand together.
    names : sequence of str
        The names of groups that a caller may choose from, for the message.
    wrap : int
        Letters per line of a label.

    Returns
    -------
    Layout

    Raises
    ------
    ReportError
        If the rows do not fit on a page.

    Examples
    --------
    >>> made = lay_out([RowText(group="A", label="one", right=()),
    ...                 RowText(group="A", label="two", right=())])
    >>> made.rows, made.headings
    ((1.9, 3.05), ((0.65, 'A'),))
    """
    at, previous = 0.0, ""
    places: list[float] = []
    headings: list[tuple[float, str]] = []
    labels: list[str] = []
    for row in rows:
        if row.group != previous:
            at += 0.6 if places else 0.0
            headings.append((round(at + 0.65, 3), row.group))
            at += 1.3
            previous = row.group
        lines = textwrap.wrap(row.label, wrap) or [""]
        depth = len(lines) + 0.2 if len(lines) == 1 else len(lines) + 0.35
        places.append(round(at + depth / 2, 3))
        labels.append("\n".join(lines))
        at = round(at + depth - 0.05, 3)
    if at > MAX_LINES:
        msg = (
            f"{len(rows)} rows do not fit on one page. Choose fewer groups with only=[...]; "
            f"there are: {', '.join(dict.fromkeys(names))}."
        )
        raise ReportError(msg)
    return Layout(
        rows=tuple(places), headings=tuple(headings), labels=tuple(labels), lines=at + 0.2
    )


def row_axes(
    layout: Layout, ax: Axes | None, *, right: float, top: float = 0.45, bottom: float = 0.5
) -> Axes:
    """Return axes for a layout: new ones of the right height, or those given."""
    if ax is None:
        height = max(layout.lines * LINE, 0.5)
        ax = new_axes(height=height, left=LABEL_WIDTH + 0.05, right=right, top=top, bottom=bottom)
    ax.set_ylim(layout.lines, 0)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    return ax


def label_edge(ax: Axes) -> Transform:
    """Return coordinates of the axes that start at the left edge of the labels."""
    scale = figure_of(ax).dpi_scale_trans
    return ax.transAxes + ScaledTranslation(-LABEL_WIDTH, 0, scale)


def dress_rows(
    ax: Axes,
    layout: Layout,
    rows: Sequence[RowText],
    *,
    columns: Sequence[str],
    ends: Sequence[float],
) -> None:
    """Write labels, headings and the columns of numbers beside the drawing.

    Parameters
    ----------
    ax : Axes
        From `row_axes`.
    layout, rows
        What was laid out.
    columns : sequence of str
        Headings of the columns at the right.
    ends : sequence of float
        Where each column ends, in inches from the right end of the drawing.
    """
    left = -LABEL_WIDTH * 72
    for at, heading in layout.headings:
        made = _beside(ax, at, heading, x=0, offset=left, weight="bold", gid="heading")
        made.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.8})
    for at, label, row in zip(layout.rows, layout.labels, rows, strict=True):
        _beside(ax, at, label, x=0, offset=left + 5, gid="label")
        for end, text in zip(ends, row.right, strict=True):
            _beside(ax, at, text, x=1, offset=72 * end, align="right", gid="number")
    for end, heading in zip(ends, columns, strict=True):
        ax.annotate(
            heading,
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
    for at, _ in layout.headings[1:]:
        ax.axhline(at - 0.95, color=GRID, linewidth=0.6, zorder=0)


def _beside(
    ax: Axes,
    at: float,
    text: str,
    *,
    x: int,
    offset: float,
    align: str = "left",
    weight: str = "normal",
    gid: str,
) -> Annotation:
    return ax.annotate(
        text,
        (x, at),
        (offset, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha=align,
        va="center",
        fontsize=SMALL,
        fontweight=weight,
        color=INK,
        linespacing=1.05,
        annotation_clip=False,
        gid=gid,
    )
