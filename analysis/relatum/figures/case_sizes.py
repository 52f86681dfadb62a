"""Sizes of investigations, beside all sizes that the published bands and totals allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator
from matplotlib.transforms import ScaledTranslation

from relatum.errors import ReportError
from relatum.figures.inputs import chosen, taken
from relatum.figures.style import (
    BLUE,
    GRID,
    INK,
    MIDDLE,
    PALE,
    SMALL,
    figure_of,
    figure_style,
    mark_simulated,
    new_axes,
)
from relatum.release.released import Released
from relatum.results.audit import ArithmeticAudit, SolutionSet
from relatum.results.distributions import GroupSizes, Sizes
from relatum.results.frames import rows_frame

__all__ = ["CaseRank", "case_sizes_alt", "case_sizes_source", "draw_case_sizes"]

_GAP, _NARROWEST = 2.5, 10
_TICKS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRank:
    """One investigation, by its rank in size.

    Attributes
    ----------
    member, label : str
        What is counted (``suspect``), and the words for it.
    rank : int
        1 for the largest.
    size : int or None
        The sample's size at this rank; None where it has fewer investigations.
    feasible_low, feasible_high : int or None
        The smallest and largest size at this rank over all solutions of the published bands;
        None where no solutions are given.
    """

    member: str
    label: str
    rank: int
    size: int | None
    feasible_low: int | None
    feasible_high: int | None


@dataclass(frozen=True, slots=True)
class _Block:
    group: GroupSizes
    solutions: SolutionSet | None
    ranks: tuple[CaseRank, ...]


def _blocks(
    sizes: Released, published: Released | None, only: Sequence[str] | None
) -> list[_Block]:
    groups = [g for g in taken(sizes, Sizes).groups if g.group == "case"]
    held = {g.member: g for g in groups if g.in_two_largest is not None}
    if groups and not held:
        msg = "There is nothing to draw: the sizes of single investigations are withheld."
        raise ReportError(msg)
    found = taken(published, ArithmeticAudit).solutions if published is not None else ()
    sets = {solutions.name: solutions for solutions in found if solutions.sizes}
    members = chosen(only, held, what="kind of member")
    return [_block(held[name], sets.get(f"{name}s_per_case")) for name in members]


def _block(group: GroupSizes, solutions: SolutionSet | None) -> _Block:
    ordered = [sorted(one, reverse=True) for one in solutions.sizes] if solutions else []
    length = max(len(group.sizes), len(ordered[0]) if ordered else 0)
    ranks = []
    for at in range(length):
        column = [one[at] for one in ordered if at < len(one)]
        ranks.append(
            CaseRank(
                member=group.member,
                label=group.label,
                rank=at + 1,
                size=group.sizes[at] if at < len(group.sizes) else None,
                feasible_low=min(column) if column else None,
                feasible_high=max(column) if column else None,
            )
        )
    return _Block(group, solutions, tuple(ranks))


def case_sizes_source(
    sizes: Released, published: Released | None = None, *, only: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return what `draw_case_sizes` draws, one row per kind of member and rank.

    Parameters
    ----------
    sizes : Released
        Holds `Sizes`.
    published : Released, optional
        Holds an `ArithmeticAudit`, with the solutions of the published bands.
    only : sequence of str, optional
        Kinds of members, such as ``suspect``.

    Returns
    -------
    DataFrame
        The columns are those of `CaseRank`.
    """
    blocks = _blocks(sizes, published, only)
    return rows_frame(CaseRank, [rank for block in blocks for rank in block.ranks])


@figure_style()
def draw_case_sizes(
    sizes: Released,
    published: Released | None = None,
    *,
    only: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how many suspects, victims and relationships each investigation holds.

    Parameters
    ----------
    sizes : Released
        Holds `Sizes`.
    published : Released, optional
        Holds an `ArithmeticAudit`: the range at every rank over all sizes that fit the published
        bands and totals is drawn behind the sample.
    only : sequence of str, optional
        Kinds of members, such as ``suspect``; all by default.
    ax : Axes, optional
        Where to draw.

    Returns
    -------
    Axes
        Investigations by rank, largest first; sizes on a logarithmic scale.

    Raises
    ------
    ReportError
        If a result is of another kind, or a kind of member does not exist.
    """
    blocks = _blocks(sizes, published, only)
    if ax is None:
        ax = new_axes(height=2.25, left=0.45, top=0.8, bottom=0.5)
    start, ticks = 0.0, []
    for block in blocks:
        _draw_block(ax, block, start)
        ticks += [(start + rank.rank, rank.rank) for rank in block.ranks]
        start += max(len(block.ranks), _NARROWEST) + _GAP
    ax.set_xlim(0.2, start - _GAP + 0.8)
    shown = [(at, rank) for at, rank in ticks if rank in (1, 4, 8, 12) or rank % 20 == 0]
    ax.set_xticks([at for at, _ in shown], [str(rank) for _, rank in shown])
    _size_axis(ax, [rank for block in blocks for rank in block.ranks])
    ax.set_xlabel("Investigations, largest first", loc="left")
    ax.set_ylabel("Size (logarithmic)")
    _legend(ax, blocks)
    mark_simulated(ax, sizes.simulated)
    return ax


def _draw_block(ax: Axes, block: _Block, start: float) -> None:
    member = block.group.member
    for rank in block.ranks:
        if rank.feasible_low is not None and rank.feasible_high is not None:
            ax.bar(
                start + rank.rank,
                rank.feasible_high - rank.feasible_low,
                bottom=rank.feasible_low,
                width=0.72,
                color=PALE,
                edgecolor=MIDDLE,
                linewidth=0.8,
                gid=f"feasible-{member}-{rank.rank}",
            )
    known = [rank for rank in block.ranks if rank.size is not None]
    ax.plot(
        [start + rank.rank for rank in known],
        [float(rank.size or 0) for rank in known],
        "o",
        markersize=4,
        color=INK,
        clip_on=False,
        zorder=4,
        gid=f"sizes-{member}",
    )
    for at, text in enumerate([block.group.label, *_facts(block)]):
        ax.annotate(
            text,
            (start + 0.5, 1),
            (0, 26 - 10 * at),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            va="bottom",
            fontsize=SMALL,
            fontweight="normal" if at else "bold",
            annotation_clip=False,
            gid=f"heading-{member}",
        )


def _facts(block: _Block) -> list[str]:
    group = block.group
    top, whole = sum(group.sizes[:2]), group.n_members
    lines = [f"two largest: {top} of {whole}"]
    if block.solutions is not None and block.solutions.two_largest_share:
        low, high = _published_top(block.solutions)
        lines.append(f"published: {low} to {high} of {block.solutions.total}")
    return lines


def _published_top(solutions: SolutionSet) -> tuple[int, int]:
    counts = [round(share * solutions.total) for share in solutions.two_largest_share]
    return min(counts), max(counts)


def _size_axis(ax: Axes, ranks: Sequence[CaseRank]) -> None:
    values = [
        value
        for rank in ranks
        for value in (rank.size, rank.feasible_low, rank.feasible_high)
        if value is not None
    ]
    low, high = min(values, default=1), max(values, default=1)
    if low > 0:
        ax.set_yscale("log")
    else:
        ax.set_yscale("symlog", linthresh=1, linscale=0.5)
    ax.set_ylim(0.8 if low > 0 else -0.2, high * 1.25)
    ticks = [tick for tick in _TICKS if (tick > 0 or low == 0) and tick <= high * 1.25]
    ax.set_yticks(ticks)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}"))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.grid(axis="y", color=GRID)


def _legend(ax: Axes, blocks: Sequence[_Block]) -> None:
    handles: list[Line2D | Patch] = [
        Line2D([], [], marker="o", linestyle="", markersize=4, color=INK, label="sample")
    ]
    if any(block.solutions is not None for block in blocks):
        words = "every size that the published bands and totals allow"
        handles.append(Patch(facecolor=PALE, edgecolor=BLUE, linewidth=0.6, label=words))
    above = ScaledTranslation(0, 40 / 72, figure_of(ax).dpi_scale_trans)
    ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        bbox_transform=ax.transAxes + above,
        ncols=2,
        columnspacing=1.4,
        borderpad=0.2,
    )


def case_sizes_alt(
    sizes: Released, published: Released | None = None, *, only: Sequence[str] | None = None
) -> str:
    """Return alternative text for `draw_case_sizes`, made from its numbers."""
    parts = []
    for block in _blocks(sizes, published, only):
        group = block.group
        largest = ", ".join(map(str, group.sizes[:2])) or "none"
        text = (
            f"{group.label}: {group.n_members} in all, {len(group.sizes)} investigations, the two "
            f"largest hold {sum(group.sizes[:2])} (sizes {largest})"
        )
        if block.solutions is not None:
            low, high = _published_top(block.solutions)
            text += (
                f"; the {block.solutions.n_solutions} solutions of the published bands allow "
                f"{low} to {high} of {block.solutions.total}"
            )
        parts.append(text)
    marked = "Simulated data. " if sizes.simulated else ""
    return f"{marked}Sizes of investigations by rank. {'. '.join(parts)}."
