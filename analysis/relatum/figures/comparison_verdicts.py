"""The parallels matrix as a chart of verdicts: every row on one axis, in units of its margin."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from relatum.errors import ReportError
from relatum.figures.comparison_units import RANKS, VerdictMark, has_place, verdict_marks
from relatum.figures.inputs import chosen, taken
from relatum.figures.rows import LABEL_WIDTH, Layout, RowText, dress_rows, label_edge
from relatum.figures.style import (
    ACCENT,
    BLUE,
    EDGE,
    INK,
    MUTED,
    SMALL,
    TEXT,
    figure_style,
    mark_simulated,
    new_axes,
)
from relatum.figures.time_axis import moved_up
from relatum.release.released import Released
from relatum.results.comparison import CROSSED, ComparedRow, Comparison
from relatum.results.frames import rows_frame
from relatum.tables.comparison_words import (
    CODING_LABELS,
    margin_words,
    named,
    verdict_words,
)
from relatum.tables.pair_words import lower_first, upper_first

__all__ = [
    "comparison_verdicts_alt",
    "comparison_verdicts_source",
    "draw_comparison_verdicts",
]

#: Height of a line, of a line of the list below, and of a page, in inches.
_LINE, _LIST_LINE, _PAGE = 0.106, 0.115, 9.65
#: Room above, below without the list, and at the right, in inches.
_TOP, _BELOW, _RIGHT = 0.62, 0.72, 1.86
#: Where the columns at the right end, in inches from the drawing, and letters of a verdict's line.
_ENDS, _VERDICT_WRAP = (0.74, 1.82), 20
_COLUMNS = ("margin", "verdict")
#: Letters per line of a label and of the list below.
_LABEL_WRAP, _LIST_WRAP = 42, 118
#: The axis ends there at the latest, in units of the margin.
_FURTHEST = 32.0
_CONTRAST = "contrast"
_CONTRAST_HEAD = "Contrast rows: a difference is expected"
_UNDECIDED = ("not_shown", "void", "described")
#: Colour, marker, its size and face, and place of each crossed coding, in lines from the middle.
_LOOKS = {
    "low_high": (BLUE, "o", 3.4, BLUE, -0.27),
    "high_low": (ACCENT, "D", 3.0, "white", 0.27),
}
#: Bands of the margin: inside is a parallel; in contrast rows a failure of the instrument.
_BAND, _CONTRAST_BAND = "#dde9f4", "#e9e9e9"


def _group(row: ComparedRow) -> str:
    return _CONTRAST if row.contrast else row.family


def _rows(
    found: Comparison, only: Sequence[str] | None
) -> tuple[list[ComparedRow], list[ComparedRow]]:
    """Return the rows that are drawn, family by family, and those that are listed."""
    held = sorted((row for row in found.rows if row.kind != "global"), key=lambda r: r.contrast)
    names = chosen(only, (_group(row) for row in held), what="family")
    wanted = [row for name in names for row in held if _group(row) == name]
    drawn = [row for row in wanted if has_place(row)]
    if not drawn:
        msg = "There is nothing to draw: no row has a margin and limits under both codings."
        raise ReportError(msg)
    return drawn, [row for row in wanted if not has_place(row)]


def comparison_verdicts_source(
    released: Released, *, only: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return what `draw_comparison_verdicts` draws, one row per row of the matrix and coding.

    Parameters
    ----------
    released : Released
        Holds a `Comparison`.
    only : sequence of str, optional
        Families, and ``contrast``; all by default.

    Returns
    -------
    DataFrame
        With the columns of `VerdictMark`.
    """
    drawn, _ = _rows(taken(released, Comparison), only)
    return rows_frame(VerdictMark, [mark for row in drawn for mark in verdict_marks(row)])


@figure_style()
def draw_comparison_verdicts(
    released: Released, ax: Axes | None = None, *, only: Sequence[str] | None = None
) -> Axes:
    """Draw every row of the matrix under both crossed codings, in units of its margin.

    Parameters
    ----------
    released : Released
        Holds a `Comparison`.
    ax : Axes, optional
        Where to draw; needs 2.2 inches at the left, 1.9 inches at the right, and 0.7 inches above
        and below.
    only : sequence of str, optional
        Families, and ``contrast`` for the contrast rows; all by default.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind, a family does not exist, nothing can be drawn, or the
        rows do not fit on a page.

    Notes
    -----
    The margins lie at -1 and 1, whatever the scale of a row. Ratios are drawn by their logarithm,
    an agreement in rank by what it lacks to full agreement. Between the margins the axis is
    linear, beyond them logarithmic. The band of a row without an upper margin is open to the
    right. An arrow says that an interval goes on beyond the axis.
    """
    found = taken(released, Comparison)
    drawn, listed = _rows(found, only)
    texts = [_text(row) for row in drawn]
    layout, depths = _lay_out(texts)
    below = _list_lines(drawn, listed)
    ax = _axes(ax, layout, len(below), names=[_group(row) for row in drawn])
    marks = [verdict_marks(row) for row in drawn]
    end = _scale(ax, [mark for held in marks for mark in held])
    for at, depth, row, held in zip(layout.rows, depths, drawn, marks, strict=True):
        _draw_band(ax, at, depth, row, end)
        for mark in held:
            _draw_mark(ax, at, mark, end)
    ax.axvline(0, color=EDGE, linewidth=0.7, zorder=1, gid="zero")
    dress_rows(ax, layout, texts, columns=_COLUMNS, ends=_ENDS)
    _weigh_verdicts(ax, drawn)
    _words_below(ax, below)
    _key(ax, found, drawn)
    mark_simulated(ax, released.simulated, shift=_RIGHT - 0.05)
    return ax


def _short(verdict: str, kind: str = "share") -> str:
    """Word a verdict without its reason, which stands below."""
    return verdict_words(verdict, kind).split(":")[0]


def _text(row: ComparedRow) -> RowText:
    verdict = "\n".join(textwrap.wrap(_short(row.verdict, row.kind), _VERDICT_WRAP))
    return RowText(
        group=_CONTRAST_HEAD if row.contrast else upper_first(row.family),
        label=named(row.id, row.characteristic),
        right=(margin_words(row.margin_low, row.margin_high, row.scale), verdict),
    )


def _weigh_verdicts(ax: Axes, rows: Sequence[ComparedRow]) -> None:
    """Set what was decided in bold."""
    decided = {_text(row).right[1] for row in rows if row.verdict not in _UNDECIDED}
    for text in ax.texts:
        if text.get_gid() == "number" and text.get_text() in decided:
            text.set_fontweight("bold")


def _lay_out(texts: Sequence[RowText]) -> tuple[Layout, list[float]]:
    """Place rows closer than other figures do: the whole matrix stands on one page."""
    at, previous = 0.0, ""
    places: list[float] = []
    depths: list[float] = []
    headings: list[tuple[float, str]] = []
    labels: list[str] = []
    for text in texts:
        if text.group != previous:
            at += 0.35 if places else 0.1
            headings.append((round(at + 0.6, 3), text.group))
            at += 1.2
            previous = text.group
        lines = textwrap.wrap(text.label, _LABEL_WRAP) or [""]
        deep = max(len(lines), *(part.count("\n") + 1 for part in text.right))
        depths.append(1.36 if deep == 1 else 1.1 * deep + 0.1)
        places.append(round(at + depths[-1] / 2, 3))
        labels.append("\n".join(lines))
        at = round(at + depths[-1], 3)
    layout = Layout(
        rows=tuple(places), headings=tuple(headings), labels=tuple(labels), lines=at + 0.15
    )
    return layout, depths


def _axes(ax: Axes | None, layout: Layout, below: int, *, names: Iterable[str]) -> Axes:
    if ax is None:
        height, bottom = layout.lines * _LINE, _BELOW + _LIST_LINE * below
        if height + bottom + _TOP > _PAGE:
            msg = (
                f"{len(layout.rows)} rows do not fit on one page. Choose fewer families with "
                f"only=[...]; there are: {', '.join(dict.fromkeys(names))}."
            )
            raise ReportError(msg)
        ax = new_axes(height=height, left=LABEL_WIDTH + 0.05, right=_RIGHT, top=_TOP, bottom=bottom)
    ax.set_ylim(layout.lines, 0)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    return ax


def _scale(ax: Axes, marks: Sequence[VerdictMark]) -> float:
    """Choose the axis that shows every estimate, up to a furthest end; return its end."""
    most = max((abs(mark.at) for mark in marks if math.isfinite(mark.at)), default=1.0)
    end = 2.0
    while end < min(1.05 * most, _FURTHEST):
        end *= 2
    # With this share of the width the axis has no kink where the logarithm begins.
    ax.set_xscale("symlog", base=2, linthresh=1, linscale=0.75)
    ax.set_xlim(-end, end)
    # On a long axis every other power of two has room for its number.
    step = 1 if end < 16 else 2
    powers = [2.0**power for power in range(step, round(math.log2(end)) + 1, step)]
    ticks = [*(-tick for tick in reversed(powers)), -1.0, 0.0, 1.0, *powers]
    ax.set_xticks(ticks, [f"{tick:g}".replace("-", "\N{MINUS SIGN}") for tick in ticks])
    ax.set_xticks([], minor=True)
    return end


def _draw_band(ax: Axes, at: float, depth: float, row: ComparedRow, end: float) -> None:
    """Shade the margin of a row; a side without a margin is open."""
    low = -1.0 if row.margin_low is not None else -end
    high = 1.0 if row.margin_high is not None else end
    ax.barh(
        at, high - low, left=low, height=depth, linewidth=0, zorder=0.5,
        color=_CONTRAST_BAND if row.contrast else _BAND, gid=f"margin-{row.id}",
    )  # fmt: skip


def _draw_mark(ax: Axes, row_at: float, mark: VerdictMark, end: float) -> None:
    colour, marker, size, face, shift = _LOOKS[mark.coding]
    at = row_at + shift
    # An agreement in rank cannot be more than full.
    top = 0.0 if mark.scale == RANKS else math.inf
    name = f"{mark.id}-{mark.coding}"
    for low, high, width, level in (
        (mark.low_95, mark.high_95, 0.8, "95"),
        (mark.low_90, mark.high_90, 2.2, "90"),
    ):
        start = max(-math.inf if low is None else low, -end)
        stop = min(top if high is None else high, end)
        if start < stop:
            ax.plot(
                [start, stop], [at, at], color=colour, linewidth=width, solid_capstyle="butt",
                zorder=3, gid=f"limits{level}-{name}",
            )  # fmt: skip
    ends = (mark.at, mark.low_95, mark.high_95)
    low = min(-math.inf if value is None else value for value in (ends[0], ends[1]))
    high = max(top if value is None else value for value in (ends[0], ends[2]))
    for beyond, edge, arrow in ((low < -end, -end, "<"), (high > end, end, ">")):
        if beyond:
            ax.plot(
                [edge], [at], arrow, markersize=3.4, color=colour, markeredgewidth=0,
                clip_on=False, zorder=4, gid=f"beyond-{name}",
            )  # fmt: skip
    if abs(mark.at) <= end:
        ax.plot(
            [mark.at], [at], marker, markersize=size, markerfacecolor=face,
            markeredgecolor=colour, markeredgewidth=0.9, zorder=5, gid=f"estimate-{name}",
        )  # fmt: skip


def _list_lines(drawn: Sequence[ComparedRow], listed: Sequence[ComparedRow]) -> list[str]:
    """Word verdicts whose reason has no room beside a row, and the rows that are not drawn."""
    whole = {verdict_words(row.verdict, row.kind): _short(row.verdict, row.kind) for row in drawn}
    lines = [f"{words}." for words, short in whole.items() if words != short]
    for verdict in dict.fromkeys(row.verdict for row in listed):
        held = [named(row.id, row.characteristic) for row in listed if row.verdict == verdict]
        words = f"{verdict_words(verdict)} ({len(held)}): {'; '.join(held)}."
        lines += textwrap.wrap(words, _LIST_WRAP)
    return lines


def _words_below(ax: Axes, lines: Sequence[str]) -> None:
    """Say what the axis shows, and which rows are not drawn."""
    axis = "Trafficking against domestic violence, in margins of the row (beyond ±1 logarithmic)"
    left = -72 * LABEL_WIDTH
    _under(ax, axis, (0, 0), (left, -37), size=TEXT, gid="axis")
    for words, at, align in (
        ("lower in trafficking", 0, "left"),
        ("higher in trafficking", 1, "right"),
    ):
        _under(ax, words, (at, 0), (0, -22), align=align, colour=MUTED, gid="direction")
    for place, words in enumerate(lines):
        down = -51 - 72 * _LIST_LINE * place
        _under(ax, words, (0, 0), (left, down), colour=MUTED, gid="below")


def _under(
    ax: Axes, text: str, at: tuple[float, float], offset: tuple[float, float], *,
    align: str = "left", size: float = SMALL, colour: str = INK, gid: str,
) -> None:  # fmt: skip
    ax.annotate(
        text, at, offset, xycoords="axes fraction", textcoords="offset points", ha=align,
        va="center", fontsize=size, color=colour, annotation_clip=False, gid=gid,
    )  # fmt: skip


def _key(ax: Axes, found: Comparison, rows: Sequence[ComparedRow]) -> None:
    """Explain marks and bands above the drawing; only what is drawn is named."""
    handles: list[Line2D | Patch] = []
    for coding in CROSSED:
        colour, marker, size, face, _ = _LOOKS[coding]
        line = Line2D([], [], color=colour, marker=marker, markersize=size, linewidth=2.2)
        line.set(markerfacecolor=face, markeredgecolor=colour, label=CODING_LABELS[coding])
        handles.append(line)
    inner, outer = (f"{round(100 - 100 * part, 8):g}%" for part in (2 * found.level, found.level))
    limits = Line2D([], [], color=INK, linewidth=2.2)
    limits.set_label(f"{inner} limits thick, {outer} limits thin")
    handles.append(limits)
    if not all(row.contrast for row in rows):
        handles.append(Patch(facecolor=_BAND, label="margin"))
    if any(row.contrast for row in rows):
        handles.append(Patch(facecolor=_CONTRAST_BAND, label="margin of a contrast row"))
    if any((artist.get_gid() or "").startswith("beyond-") for artist in ax.lines):
        arrow = Line2D([], [], linestyle="", marker=">", markersize=3.4, color=MUTED)
        arrow.set_label("goes on beyond the axis")
        handles.append(arrow)
    ax.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, columnspacing=1.2,
        labelspacing=0.3, handletextpad=0.5, borderpad=0, handleheight=0.8,
        bbox_transform=moved_up(label_edge(ax), ax, 0.2),
    )  # fmt: skip


def comparison_verdicts_alt(released: Released, *, only: Sequence[str] | None = None) -> str:
    """Return alternative text for `draw_comparison_verdicts`, made from its numbers."""
    found = taken(released, Comparison)
    drawn, listed = _rows(found, only)
    marked = "Simulated data. " if released.simulated else ""
    names = dict.fromkeys(row.verdict for row in drawn)
    told = "; ".join(
        f"{lower_first(_short(name))}, {len(held)} ({', '.join(row.id for row in held)})"
        for name in names
        if (held := [row for row in drawn if row.verdict == name])
    )
    rest = f" Not drawn: {', '.join(row.id for row in listed)}." if listed else ""
    return (
        f"{marked}{found.title}: {len(drawn)} rows of the matrix under both crossed codings of "
        f"silence, each in units of its margin. Verdicts: {told}.{rest}"
    )
