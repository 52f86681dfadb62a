"""Which domains are recorded in the same relationship: an UpSet plot of their combinations."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from relatum.errors import ReportError
from relatum.figures.inputs import taken
from relatum.figures.style import (
    BLUE,
    EDGE,
    FIXED_SIZE,
    INK,
    MIDDLE,
    MUTED,
    PALE,
    PRINT_WIDTH,
    SMALL,
    figure_of,
    figure_style,
    mark_simulated,
)
from relatum.release.released import Released
from relatum.results.domain_sets import DomainSets
from relatum.results.frames import rows_frame

if TYPE_CHECKING:
    from marsilea.upset import Upset

__all__ = [
    "MOST_SETS",
    "UpsetColumn",
    "domain_upset_alt",
    "domain_upset_source",
    "draw_domain_upset",
]

#: Combinations that have a column of their own; the rarer ones share one.
MOST_SETS = 15
#: Width of a column, height of a domain and of the bars, in inches.
_COLUMN, _ROW, _BARS = 0.17, 0.2, 1.7
#: Room for the names of domains and between the parts, in inches.
_NAMES, _PAD = 1.4, 0.1
#: Margins, in inches; the right one holds the numbers.
_TOP, _RIGHT, _BOTTOM, _LEFT = 0.1, 0.98, 0.5, 0.05
#: Where the columns of numbers end, in inches from the bars of domains.
_ENDS = (0.44, 0.93)
#: From so many domains on there is room to write "other combinations" in full.
_FULL_WORDS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsetColumn:
    """One column as it is drawn.

    Attributes
    ----------
    rank : int
        Place from the left, from 1.
    terms : tuple of str
        The domains of the combination; none for the other combinations.
    n : int
        Relationships.
    n_silent : int
        Those of them in which at least one other domain is not documented.
    n_merged : int
        Combinations that the column holds: 1, or all those without a column of their own.
    """

    rank: int
    terms: tuple[str, ...]
    n: int
    n_silent: int
    n_merged: int


def _columns(found: DomainSets) -> list[UpsetColumn]:
    """Return the most frequent combinations, and one column for all others."""
    if len(found.domains) < 2 or not found.sets:
        msg = (
            "There is nothing to draw: combinations need two domains and one relationship, not "
            f"{len(found.domains)} and {found.n_relationships}."
        )
        raise ReportError(msg)
    shown = {domain.term for domain in found.domains}
    if any(term not in shown for held in found.sets for term in held.terms):
        msg = "There is nothing to draw: a domain of a combination was withheld."
        raise ReportError(msg)
    columns = [
        UpsetColumn(rank=rank, terms=held.terms, n=held.n, n_silent=held.n_silent, n_merged=1)
        for rank, held in enumerate(found.sets[:MOST_SETS], start=1)
    ]
    rest = found.sets[MOST_SETS:]
    if rest:
        columns.append(
            UpsetColumn(
                rank=len(columns) + 1,
                terms=(),
                n=sum(held.n for held in rest),
                n_silent=sum(held.n_silent for held in rest),
                n_merged=len(rest),
            )
        )
    return columns


def domain_upset_source(released: Released) -> pd.DataFrame:
    """Return what `draw_domain_upset` draws, one row per column.

    Parameters
    ----------
    released : Released
        Holds a `DomainSets`.

    Returns
    -------
    DataFrame
        With the columns of `UpsetColumn`.
    """
    return rows_frame(UpsetColumn, _columns(taken(released, DomainSets)))


@figure_style()
def draw_domain_upset(released: Released) -> Axes:
    """Draw how often every combination of domains is recorded.

    Parameters
    ----------
    released : Released
        Holds a `DomainSets`.

    Returns
    -------
    Axes
        The dots; the bars above and beside them are the other axes of the same figure, which is
        always a new one.

    Raises
    ------
    ReportError
        If the result is of another kind, or holds no combination.

    Notes
    -----
    The pale part of a bar holds the relationships in which some other domain is not documented:
    their true combination may be larger. Beyond the 15 most frequent, combinations share the last
    bar. The layout is marsilea's (Zheng et al. 2025, doi:10.1186/s13059-024-03469-3).
    """
    found = taken(released, DomainSets)
    columns = _columns(found)
    board = _board(found, columns)
    figure = plt.figure()
    figure.set_label(FIXED_SIZE)
    board.render(figure=figure)
    dots: Axes = board.get_main_ax()
    bars, sizes = board.get_ax("bars"), board.get_ax("sizes")
    _dress_bars(bars, columns)
    _dress_dots(dots, found, columns)
    _dress_sizes(sizes, found)
    _key(bars)
    mark_simulated(dots, released.simulated)
    return dots


def _board(found: DomainSets, columns: Sequence[UpsetColumn]) -> Upset:
    """Lay out the dots of the combinations, with bars above and at the right."""
    # The import itself changes settings of matplotlib.
    with mpl.rc_context():
        from marsilea.plotter import Labels, StackBar
        from marsilea.upset import Upset, UpsetData

    terms = [domain.term for domain in found.domains]
    patterns = [
        tuple(int(term in column.terms) for term in terms)
        for column in columns
        if column.n_merged == 1
    ]
    width = len(columns) * _COLUMN
    board = Upset(
        UpsetData(pd.DataFrame(patterns, columns=terms)),
        sets_order=terms,
        color=BLUE,
        shading=0.15,
        radius=20,
        linewidth=1.2,
        grid_background=0.06,
        add_intersections=False,
        add_sets_size=False,
        add_labels=False,
        width=width,
        height=len(terms) * _ROW,
    )
    board.sets_table = board.sets_table.loc[patterns]
    bars = [[c.n - c.n_silent for c in columns], [c.n_silent for c in columns]]
    sizes = [
        [getattr(domain, name) for domain in found.domains]
        for name in ("n_present", "n_undocumented", "n_absent")
    ]
    board.add_top(
        StackBar(pd.DataFrame(bars), colors=[BLUE, PALE], edgecolor=BLUE, linewidth=0.5),
        name="bars", size=_BARS, pad=_PAD,
    )  # fmt: skip
    board.add_left(
        Labels([textwrap.shorten(d.label, 26, placeholder="…") for d in found.domains],
               fontsize=SMALL),
        name="names", size=_NAMES, pad=_PAD,
    )  # fmt: skip
    board.add_right(
        StackBar(
            pd.DataFrame(sizes), colors=[MIDDLE, "white", "white"], edgecolor=EDGE, linewidth=0.5
        ),
        name="sizes", size=PRINT_WIDTH - _LEFT - _NAMES - 2 * _PAD - width - _RIGHT, pad=_PAD,
    )  # fmt: skip
    board.set_margin((_TOP, _RIGHT, _BOTTOM, _LEFT))
    return board


def _dress_bars(ax: Axes, columns: Sequence[UpsetColumn]) -> None:
    """Name the bars, write their counts above them, and give their axis whole numbers."""
    for name, held in zip(("documented", "silent"), ax.containers, strict=True):
        for column, bar in zip(columns, held, strict=True):
            bar.set_gid(f"{name}-{column.rank}")
    for column in columns:
        ax.annotate(
            f"{column.n}",
            (column.rank - 0.5, column.n),
            (0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=SMALL,
            gid="count",
        )
    ax.set_ylim(0, 1.12 * max(column.n for column in columns))
    ax.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.set_ylabel("Relationships with\nexactly these domains", fontsize=SMALL)


def _dress_dots(ax: Axes, found: DomainSets, columns: Sequence[UpsetColumn]) -> None:
    """Name the dots, and say in words what the last column holds."""
    ax.set_xlim(-0.5, len(columns) - 0.5)
    filled = [held for held in ax.collections if held.get_zorder() == 100]
    for column, held in zip([c for c in columns if c.terms], filled, strict=True):
        held.set_gid(f"dots-{column.rank}")
    last = columns[-1]
    if last.n_merged > 1 or len(columns) > MOST_SETS:
        words = "other combinations" if len(found.domains) >= _FULL_WORDS else "other"
        ax.text(
            len(columns) - 1,
            (len(found.domains) - 1) / 2,
            f"{words} ({last.n_merged})",
            rotation=90,
            ha="center",
            va="center",
            fontsize=SMALL,
            gid="other",
        )


def _dress_sizes(ax: Axes, found: DomainSets) -> None:
    """Name the bars of the domains, and print their counts at the right."""
    names = ("present", "undocumented", "absent")
    for name, held in zip(names, ax.containers, strict=True):
        for domain, bar in zip(reversed(found.domains), held, strict=True):
            bar.set_gid(f"{name}-{domain.term}")
            bar.set(clip_on=False, hatch="/////" if name == "undocumented" else None)
    n = len(found.domains)
    for place, domain in enumerate(found.domains):
        counts = (domain.n_present, domain.n_undocumented)
        for end, count in zip(_ENDS, counts, strict=True):
            _beside(ax, n - place - 0.5, f"{count}", end, gid="number")
    for end, words in zip(_ENDS, ("present", "not doc."), strict=True):
        _beside(ax, n, words, end, rise=6, gid="column")
    ax.set_xlim(0, found.n_relationships)
    ax.set_xticks([0, found.n_relationships])
    ax.set_xlabel("Relationships", fontsize=SMALL)


def _beside(ax: Axes, at: float, text: str, end: float, *, rise: float = 0.0, gid: str) -> None:
    ax.annotate(
        text,
        (1, at),
        (72 * end, rise),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha="right",
        va="center",
        fontsize=SMALL,
        color=MUTED if gid == "column" else INK,
        annotation_clip=False,
        gid=gid,
    )


def _key(ax: Axes) -> None:
    """Explain the shades of all bars, at the right of those above the dots."""
    looks = (
        ("all other domains documented", BLUE, BLUE, ""),
        ("another domain not documented", PALE, BLUE, ""),
        ("domain recorded as present", MIDDLE, EDGE, ""),
        ("domain not documented", "white", EDGE, "/////"),
        ("domain ruled out by the file", "white", EDGE, ""),
    )
    ax.legend(
        handles=[
            Patch(facecolor=face, edgecolor=edge, hatch=hatch, linewidth=0.5, label=words)
            for words, face, edge, hatch in looks
        ],
        loc="upper right",
        bbox_to_anchor=(0.985, 0.96),
        bbox_transform=figure_of(ax).transFigure,
        handlelength=1.1,
        handleheight=0.9,
        labelspacing=0.35,
        borderpad=0,
    )


def domain_upset_alt(released: Released) -> str:
    """Return alternative text for `draw_domain_upset`, made from its numbers."""
    found = taken(released, DomainSets)
    columns = _columns(found)
    labels = {domain.term: domain.label for domain in found.domains}
    top = columns[0]
    names = ", ".join(labels[term].lower() for term in top.terms) or "no domain"
    marked = "Simulated data. " if released.simulated else ""
    silent = sum(column.n_silent for column in columns)
    text = (
        f"{marked}{found.title}: {len(found.sets)} combinations of {len(found.domains)} domains in "
        f"{found.n_relationships} relationships. Most frequent, {top.n}: {names}. In {silent} "
        "relationships another domain is not documented, so that the true combination may be "
        "larger."
    )
    if len(columns) > MOST_SETS:
        last = columns[-1]
        text += f" The {last.n_merged} rarest combinations share a bar of {last.n}."
    return text
