"""How often codes are recorded, and how often they could be: one bar of bounds per code."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from relatum.figures.inputs import chosen, taken
from relatum.figures.rows import RowText, dress_rows, label_edge, lay_out, row_axes
from relatum.figures.style import BLUE, PALE, SMALL, figure_style, mark_simulated
from relatum.release.released import Released
from relatum.results.frames import rows_frame
from relatum.results.prevalence import Prevalence, PrevalenceRow
from relatum.results.words import domain_label

__all__ = ["draw_prevalence", "prevalence_alt", "prevalence_source"]


def _rows(released: Released, only: Sequence[str] | None) -> list[tuple[str, PrevalenceRow]]:
    """Pair the rows of the chosen groups with their headings."""
    held = taken(released, Prevalence).rows
    domains = list(dict.fromkeys(row.domain for row in held))
    entities = [name for name in dict.fromkeys(row.entity for row in held) if name not in domains]
    names = chosen(only, domains if only is None else [*domains, *entities], what="domain")
    return [
        (_heading(row, by_entity=name in entities), row)
        for name in names
        for row in held
        if name == (row.entity if name in entities else row.domain)
    ]


def _heading(row: PrevalenceRow, *, by_entity: bool) -> str:
    plural = row.entity.replace("_", " ").capitalize() + "s"
    words = plural if by_entity else domain_label(row.domain)
    return words if row.population.startswith("all ") else f"{words} ({row.population})"


def prevalence_source(released: Released, *, only: Sequence[str] | None = None) -> pd.DataFrame:
    """Return what `draw_prevalence` draws, one row per code.

    Parameters
    ----------
    released : Released
        Holds a `Prevalence`.
    only : sequence of str, optional
        Domains or entities, in the order in which they are drawn.

    Returns
    -------
    DataFrame
        The tidy rows of the result that are drawn, in the order of the figure.
    """
    return rows_frame(PrevalenceRow, [row for _, row in _rows(released, only)])


@figure_style()
def draw_prevalence(
    released: Released, *, only: Sequence[str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the worst-case bounds of codes.

    Parameters
    ----------
    released : Released
        Holds a `Prevalence`.
    only : sequence of str, optional
        Domains (``violence``) or entities (``domain``), in the order in which they are drawn; all
        domains by default.
    ax : Axes, optional
        Where to draw; needs 2.2 inches at the left and 1.2 inches at the right.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind, a group does not exist, or the rows need more than a
        page.

    Notes
    -----
    A bar starts where silence counts as absent, which is the share of units with the code
    recorded as present, and ends where silence counts as present. An open mark says that too
    little is documented for a single figure.
    """
    rows = _rows(released, only)
    texts = [
        RowText(
            group=heading,
            label=row.label,
            right=(f"{row.n_present}/{row.n_units}", str(row.n_undocumented)),
        )
        for heading, row in rows
    ]
    layout = lay_out(texts, names=[row.domain for _, row in rows])
    ax = row_axes(layout, ax, right=1.15)
    ax.set_xlim(0, 1)
    ax.grid(axis="x")
    for at, (_, row) in zip(layout.rows, rows, strict=True):
        _draw_row(ax, at, row)
    dress_rows(ax, layout, texts, columns=("present", "not doc."), ends=(0.55, 1.07))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel("Share of the units to which a code applies", loc="left")
    _legend(ax)
    mark_simulated(ax, released.simulated, shift=1.1)
    return ax


def _draw_row(ax: Axes, at: float, row: PrevalenceRow) -> None:
    if row.lower is None or row.upper is None:
        ax.text(0.01, at, "applies to nobody", va="center", fontsize=SMALL, fontstyle="italic")
        return
    ax.barh(
        at,
        row.upper - row.lower,
        left=row.lower,
        height=0.62,
        color=PALE,
        edgecolor=BLUE,
        linewidth=0.5,
        clip_on=False,
        gid=f"bounds-{row.term}",
    )
    ax.plot(
        [row.lower],
        [at],
        "o",
        markersize=3.8,
        markerfacecolor="white" if row.only_bounds else BLUE,
        markeredgecolor=BLUE,
        markeredgewidth=1.0,
        clip_on=False,
        zorder=4,
        gid=f"documented-{row.term}",
    )


def _legend(ax: Axes) -> None:
    fills = {"recorded as present": BLUE, "same, but too little documented": "white"}
    dots = [
        Line2D(
            [],
            [],
            marker="o",
            linestyle="",
            markersize=4,
            markerfacecolor=fill,
            markeredgecolor=BLUE,
            label=words,
        )
        for words, fill in fills.items()
    ]
    bar = Patch(facecolor=PALE, edgecolor=BLUE, linewidth=0.5, label="possible, given the silence")
    ax.legend(
        handles=[*dots, bar],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        bbox_transform=label_edge(ax),
        ncols=3,
        columnspacing=1.2,
        borderpad=0.6,
    )


def prevalence_alt(released: Released, *, only: Sequence[str] | None = None) -> str:
    """Return alternative text for `draw_prevalence`, made from its numbers."""
    rows = [row for _, row in _rows(released, only) if row.lower is not None]
    title = taken(released, Prevalence).title
    if not rows:
        return f"{title}: no code applies to any unit."
    top = max(rows, key=lambda row: row.lower or 0.0)
    widest = max(rows, key=lambda row: row.width or 0.0)
    few = sum(row.only_bounds for row in rows)
    marked = "Simulated data. " if released.simulated else ""
    return (
        f"{marked}{title}: bars of worst-case bounds for {len(rows)} codes. Most often recorded: "
        f"{top.label}, {top.n_present} of {top.n_units} with {top.n_undocumented} not documented. "
        f"Widest bounds: {widest.label}, {_share(widest.lower)} to {_share(widest.upper)} of "
        f"{widest.n_units}. Too little is documented for a single figure for {few} of the codes."
    )


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{100 * value:.0f}%"
