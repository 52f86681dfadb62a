"""The status of every code in every relationship, for simulated data."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TypeAlias

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.patches import Patch
from numpy.typing import NDArray

from relatum.errors import ReleaseError
from relatum.figures.inputs import chosen, taken
from relatum.figures.style import (
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
from relatum.results.documentation import DocumentationMatrix
from relatum.results.words import domain_label

__all__ = ["documentation_matrix_alt", "documentation_matrix_source", "draw_documentation_matrix"]

_LETTERS = "paun"
_WORDS = ("present", "absent and documented", "not documented", "not applicable")
# From dark to light: recorded, ruled out, silence; what cannot apply is hatched.
_FILLS = ("#123b63", ORANGE, "#f3f5f7", "#ffffff")
_LEFT = 2.0
#: Above this number of codes only the domains are named.
_NAMED = 72
#: The room that the number of a case needs, as a share of the width.
_ROOM = 0.035

_Grid: TypeAlias = NDArray[np.int_]


def _columns(
    released: Released, only: Sequence[str] | None
) -> tuple[DocumentationMatrix, list[int]]:
    result = taken(released, DocumentationMatrix)
    if not result.provenance.simulated:
        msg = (
            "Statuses by relationship are drawn for simulated samples only. Draw codes by strata: "
            "draw_documentation."
        )
        raise ReleaseError(msg)
    domains = chosen(only, result.domains, what="domain")
    return result, [
        at for name in domains for at, domain in enumerate(result.domains) if domain == name
    ]


def documentation_matrix_source(
    released: Released, *, only: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return what `draw_documentation_matrix` draws, one row per code and relationship.

    Parameters
    ----------
    released : Released
        Holds a `DocumentationMatrix` of simulated data.
    only : sequence of str, optional
        Domains, in the order in which they are drawn.

    Returns
    -------
    DataFrame
        The tidy cells of the result, in the order of the figure.
    """
    result, at = _columns(released, only)
    width = len(result.cases)
    order = np.concatenate([np.arange(width) + place * width for place in at])
    return result.tidy().iloc[order].reset_index(drop=True)


@figure_style()
def draw_documentation_matrix(
    released: Released, *, only: Sequence[str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the status of codes in single relationships.

    Parameters
    ----------
    released : Released
        Holds a `DocumentationMatrix` of simulated data.
    only : sequence of str, optional
        Domains, in the order in which they are drawn; all by default.
    ax : Axes, optional
        Where to draw; needs 2 inches at the left.

    Returns
    -------
    Axes
        Codes are rows; relationships are columns, case by case, the largest case first and
        within a case the most documented relationship first.

    Raises
    ------
    ReleaseError
        If the data are not simulated.
    ReportError
        If the result is of another kind, or a domain does not exist.
    """
    result, order = _columns(released, only)
    grid = np.array([[_LETTERS.index(letter) for letter in result.statuses[at]] for at in order])
    named = len(order) <= _NAMED
    if ax is None:
        line = 0.115 if named else 0.078
        ax = new_axes(height=max(line * len(order), 0.4), left=_LEFT, top=0.3, bottom=0.5)
    ax.set_xlim(0, grid.shape[1])
    ax.set_ylim(grid.shape[0], 0)
    ax.set_facecolor(_FILLS[_LETTERS.index("u")])
    for letter in "pan":
        _draw_status(ax, grid, letter)
    _cases(ax, result.cases)
    _codes(ax, result, order, named=named)
    _legend(ax, grid)
    mark_simulated(ax, released.simulated)
    return ax


def _draw_status(ax: Axes, grid: _Grid, letter: str) -> None:
    """Draw one status; neighbouring cells of a row make one rectangle, which keeps files small."""
    at = _LETTERS.index(letter)
    edges = np.diff((grid == at).astype(np.int8), axis=1, prepend=0, append=0)
    starts, ends = np.argwhere(edges == 1).tolist(), np.argwhere(edges == -1).tolist()
    boxes = [
        [(first, row), (last, row), (last, row + 1), (first, row + 1)]
        for (row, first), (_, last) in zip(starts, ends, strict=True)
    ]
    if boxes:
        hatched = letter == "n"
        held = PolyCollection(
            boxes,
            facecolors=_FILLS[at],
            edgecolors=EDGE if hatched else "none",
            hatch="//////" if hatched else None,
            linewidths=0,
            gid=f"status-{letter}",
        )
        ax.add_collection(held, autolim=False)


def _cases(ax: Axes, cases: Sequence[int]) -> None:
    """Separate the cases and number those with room for a number."""
    starts = [at for at, case in enumerate(cases) if at == 0 or cases[at - 1] != case]
    ends = [*starts[1:], len(cases)]
    down = ax.get_xaxis_transform()
    ax.vlines(range(1, len(cases)), 0, 1, color="white", linewidth=0.25, transform=down, zorder=2)
    ax.vlines(
        starts[1:], 0, 1, color=INK, linewidth=0.7, gid="case-borders", transform=down, zorder=3
    )
    middles = [(first + last) / 2 for first, last in zip(starts, ends, strict=True)]
    shown: list[int] = []
    for at in reversed(range(len(middles))):
        if not shown or middles[shown[-1]] - middles[at] > _ROOM * len(cases):
            shown.append(at)
    ax.set_xticks([middles[at] for at in shown], [str(cases[starts[at]]) for at in shown])
    ax.tick_params(axis="x", length=0, labelsize=6)
    ax.set_xlabel("Relationships, by case (largest first)", loc="left")


def _codes(ax: Axes, result: DocumentationMatrix, order: Sequence[int], *, named: bool) -> None:
    ax.set_yticks([])
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    across = ax.get_yaxis_transform()
    ax.hlines(range(1, len(order)), 0, 1, color="white", linewidth=0.5, transform=across, zorder=2)
    start = 0
    for domain, members in groupby(order, key=lambda at: result.domains[at]):
        height = len(list(members))
        if start:
            ax.axhline(start, color=MUTED, linewidth=0.9, gid="domain-border", zorder=3)
        if not named:
            _label(ax, start + height / 2, domain_label(domain), weight="bold")
        start += height
    if named:
        for row, at in enumerate(order):
            _label(ax, row + 0.5, result.labels[at])


def _label(ax: Axes, at: float, text: str, *, weight: str = "normal") -> None:
    ax.annotate(
        text,
        (0, at),
        (-4, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha="right",
        va="center",
        fontsize=SMALL - 0.3,
        fontweight=weight,
        annotation_clip=False,
        gid="label",
    )


def _legend(ax: Axes, grid: _Grid) -> None:
    there = [at for at in range(len(_LETTERS)) if at < 3 or bool((grid == at).any())]
    handles = [
        Patch(
            facecolor=_FILLS[at],
            edgecolor=EDGE,
            linewidth=0.5,
            hatch="//////" if _LETTERS[at] == "n" else "",
            label=_WORDS[at],
        )
        for at in there
    ]
    ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=4,
        columnspacing=1.2,
        borderpad=0.6,
    )


def documentation_matrix_alt(released: Released, *, only: Sequence[str] | None = None) -> str:
    """Return alternative text for `draw_documentation_matrix`, made from its numbers."""
    result, order = _columns(released, only)
    letters = "".join(result.statuses[at] for at in order)
    counts = [
        f"{letters.count(letter)} {words}"
        for letter, words in zip(_LETTERS, _WORDS, strict=True)
        if letter in letters
    ]
    return (
        f"Simulated data. Grid of {len(order)} codes by {len(result.cases)} relationships in "
        f"{len(set(result.cases))} cases: of {len(letters)} cells {', '.join(counts)}."
    )
