"""The specification curve: one share under every combination of declared choices."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from relatum.errors import ReportError
from relatum.figures.inputs import taken
from relatum.figures.style import (
    ACCENT,
    BLUE,
    EDGE,
    GRID,
    INK,
    MIDDLE,
    MUTED,
    PALE,
    SMALL,
    figure_style,
    mark_simulated,
    new_axes,
)
from relatum.release.released import Released
from relatum.results.frames import rows_frame
from relatum.results.multiverse import AxisEffect, Branch, Multiverse, MultiverseTerm

__all__ = [
    "SpecificationRow",
    "draw_specification",
    "specification_alt",
    "specification_source",
]

#: Height of the curve, of one option below it, and the gap between the two, in inches.
_CURVE, _OPTION, _GAP = 1.9, 0.125, 0.16


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecificationRow:
    """One branch as it is drawn.

    Attributes
    ----------
    rank : int
        Place on the curve, from the smallest estimate.
    options : tuple of str
        One per choice.
    main : bool
        The main specification.
    n_present, n_units, n_cases : int
        Counts under these choices.
    estimate, conf_low, conf_high : float or None
        The share and its limits.
    """

    rank: int
    options: tuple[str, ...]
    main: bool
    n_present: int
    n_units: int
    n_cases: int
    estimate: float | None
    conf_low: float | None
    conf_high: float | None


def _term(released: Released, term: str) -> tuple[Multiverse, MultiverseTerm]:
    found = taken(released, Multiverse)
    held = {entry.term: entry for entry in found.terms}
    name = term or next(iter(held), "")
    if name not in held:
        there = ", ".join(held) or "none"
        msg = f"'{name}' has no specification curve in this result; there are: {there}."
        raise ReportError(msg)
    return found, held[name]


def _ranked(held: MultiverseTerm) -> list[tuple[Branch, bool]]:
    """Branches with an estimate, smallest first; ties in the order of the choices."""
    pairs = [(branch, at == 0) for at, branch in enumerate(held.branches)]
    known = [pair for pair in pairs if pair[0].estimate is not None]
    if not known:
        msg = f"There is nothing to draw: no branch of '{held.term}' has an estimate."
        raise ReportError(msg)
    return sorted(known, key=lambda pair: pair[0].estimate or 0.0)


def specification_source(released: Released, *, term: str = "") -> pd.DataFrame:
    """Return what `draw_specification` draws, one row per branch.

    Parameters
    ----------
    released : Released
        Holds a `Multiverse`.
    term : str, optional
        The code; the first of the result by default.
    """
    _, held = _term(released, term)
    rows = [
        SpecificationRow(
            rank=rank,
            options=branch.options,
            main=main,
            n_present=branch.n_present,
            n_units=branch.n_units,
            n_cases=branch.n_cases,
            estimate=branch.estimate,
            conf_low=branch.conf_low,
            conf_high=branch.conf_high,
        )
        for rank, (branch, main) in enumerate(_ranked(held), start=1)
    ]
    return rows_frame(SpecificationRow, rows)


@figure_style()
def draw_specification(released: Released, *, term: str = "", ax: Axes | None = None) -> Axes:
    """Draw the estimates of all branches by size, above the choices behind each.

    Parameters
    ----------
    released : Released
        Holds a `Multiverse`.
    term : str, optional
        The code; the first of the result by default.
    ax : Axes, optional
        Where to draw the curve; the choices need 0.125 inches each below it and 2 inches at the
        left.

    Returns
    -------
    Axes
        The curve; its last child axes holds the choices.

    Raises
    ------
    ReportError
        If the result is of another kind, or has no such code.
    """
    found, held = _term(released, term)
    ranked = _ranked(held)
    n_options = sum(len(axis.options) for axis in found.axes)
    below = n_options * _OPTION + len(found.axes) * 0.05
    if ax is None:
        ax = new_axes(height=_CURVE, left=2.0, right=0.55, top=0.35, bottom=below + _GAP + 0.5)
    _draw_curve(ax, ranked, found.threshold)
    ax.set_ylabel(f"Share\n{held.label}", fontsize=SMALL)
    _legend(ax, found)
    lower = ax.inset_axes((0.0, -(below + _GAP) / _CURVE, 1.0, below / _CURVE), sharex=ax)
    _draw_choices(lower, found, held, ranked)
    mark_simulated(lower, released.simulated, shift=0.5)
    return ax


def _draw_curve(ax: Axes, ranked: list[tuple[Branch, bool]], threshold: float) -> None:
    limits = [
        [(at, branch.conf_low), (at, branch.conf_high)]
        for at, (branch, _) in enumerate(ranked, start=1)
        if branch.conf_low is not None and branch.conf_high is not None
    ]
    ax.add_collection(LineCollection(limits, colors=PALE, linewidths=1.6, gid="limits"))
    for main, colour, marker, size in ((False, BLUE, "o", 2.2), (True, ACCENT, "D", 4.5)):
        places = [at for at, pair in enumerate(ranked, start=1) if pair[1] == main]
        ax.plot(
            places,
            [ranked[at - 1][0].estimate or 0.0 for at in places],
            linestyle="",
            marker=marker,
            markersize=size,
            color=colour,
            clip_on=False,
            zorder=4,
            gid="main" if main else "estimates",
        )
    ax.axhline(threshold, color=EDGE, linewidth=0.7, linestyle=(0, (4, 2)), zorder=1)
    ax.set_xlim(0, len(ranked) + 1)
    ax.set_ylim(0, 1)
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.grid(axis="y")
    ax.tick_params(axis="x", bottom=False, labelbottom=False)
    ax.spines["bottom"].set_visible(False)


def _legend(ax: Axes, found: Multiverse) -> None:
    dot = Line2D([], [], linestyle="", marker="o", markersize=3.0, color=BLUE)
    bar = Line2D([], [], color=PALE, linewidth=2)
    diamond = Line2D([], [], linestyle="", marker="D", markersize=4.0, color=ACCENT)
    dot.set_label("one combination of choices")
    bar.set_label(f"{found.conf_level:.0%} limits within it")
    diamond.set_label("main specification")
    handles = [dot, bar, diamond]
    ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1.03), ncols=3)


def _draw_choices(
    ax: Axes, found: Multiverse, held: MultiverseTerm, ranked: list[tuple[Branch, bool]]
) -> None:
    effects = held.effects if isinstance(held.effects, tuple) else ()
    shares = {effect.axis: effect for effect in effects}
    at = 0.0
    for column, axis in enumerate(found.axes):
        for option, words in zip(axis.options, axis.option_labels, strict=True):
            at += _OPTION
            places = [
                rank
                for rank, (branch, _) in enumerate(ranked, start=1)
                if branch.options[column] == option
            ]
            ax.plot(
                places,
                [at] * len(places),
                linestyle="",
                marker="|",
                markersize=5.0,
                markeredgewidth=0.9,
                color=MIDDLE,
                gid=f"option-{axis.name}-{option}",
            )
            _words(ax, at, words, x=-4, align="right", colour=INK)
        top = at - _OPTION * (len(axis.options) - 1)
        _words(ax, top, axis.label, x=-_LABELS, align="left", colour=MUTED)
        if axis.name in shares:
            _share(ax, (top + at) / 2, shares[axis.name])
        at += 0.05
        if column < len(found.axes) - 1:
            ax.axhline(at + _OPTION * 0.4, color=GRID, linewidth=0.6, zorder=0)
    ax.set_ylim(at + _OPTION * 0.6, _OPTION * 0.3)
    ax.set_yticks([])
    ax.tick_params(axis="x", bottom=False, labelbottom=False)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    ax.annotate(
        "share of\nvariance",
        (1, 1),
        (34, 2),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=SMALL - 0.5,
        color=MUTED,
        annotation_clip=False,
    )


#: Distance of the names of the choices from the curve, in points.
_LABELS = 140


def _share(ax: Axes, at: float, effect: AxisEffect) -> None:
    words = "<1%" if 0 < effect.share < 0.005 else f"{effect.share:.0%}"
    _words(ax, at, words, x=34, align="right", colour=INK, side=1)


def _words(
    ax: Axes, at: float, text: str, *, x: float, align: str, colour: str, side: int = 0
) -> None:
    ax.annotate(
        text,
        (side, at),
        (x, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha=align,
        va="center",
        fontsize=SMALL,
        color=colour,
        annotation_clip=False,
        gid="words",
    )


def specification_alt(released: Released, *, term: str = "") -> str:
    """Return alternative text for `draw_specification`, made from its numbers."""
    found, held = _term(released, term)
    ranked = _ranked(held)
    marked = "Simulated data. " if released.simulated else ""
    low, high = ranked[0][0].estimate or 0.0, ranked[-1][0].estimate or 0.0
    # The result counts all branches, those that are withheld included; these are drawn.
    above = sum((b.conf_low or 0.0) > found.threshold for b in held.branches)
    below = sum(b.conf_high is not None and b.conf_high < found.threshold for b in held.branches)
    gone = held.n_crossed(found.axes) - len(held.branches)
    text = (
        f"{marked}Specification curve of {held.label}: {len(ranked)} combinations of "
        f"{len(found.axes)} choices give shares from {low:.0%} to {high:.0%}. The limits lie "
        f"wholly above {found.threshold:.0%} in {above} of {held.n_with_limits} "
        f"combinations with limits, wholly below in {below}."
    )
    if gone:
        text += f" Withheld: {gone} more."
    if isinstance(held.effects, tuple) and held.effects:
        first = held.effects[0]
        label = next(axis.label for axis in found.axes if axis.name == first.axis)
        text += f" Most of the variance ({first.share:.0%}) goes with: {label.lower()}."
    return text
