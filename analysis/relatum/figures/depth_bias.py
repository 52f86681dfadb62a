"""The bias demonstration: mean phi of unrelated items falls as blanks stop being absence."""

from __future__ import annotations

import textwrap

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from relatum.figures.inputs import taken
from relatum.figures.style import (
    ACCENT,
    BLUE,
    EDGE,
    MUTED,
    PALE,
    SMALL,
    figure_style,
    mark_simulated,
    new_axes,
)
from relatum.release.released import Released
from relatum.results.depth_bias import BiasStep, DepthBiasDemonstration

__all__ = ["depth_bias_alt", "depth_bias_source", "draw_depth_bias"]

#: Distance of simulated and published marks from the middle of a treatment.
_SHIFT = 0.11


def depth_bias_source(released: Released) -> pd.DataFrame:
    """Return what `draw_depth_bias` draws, one row per treatment of blanks.

    Parameters
    ----------
    released : Released
        Holds a `DepthBiasDemonstration`.
    """
    return taken(released, DepthBiasDemonstration).tidy()


@figure_style()
def draw_depth_bias(released: Released, ax: Axes | None = None) -> Axes:
    """Draw mean phi, with its range over pairs, under every treatment of blanks.

    Parameters
    ----------
    released : Released
        Holds a `DepthBiasDemonstration`.
    ax : Axes, optional
        Where to draw; needs an inch at the right and below.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind.

    Notes
    -----
    The records are simulated whatever sample they are released with, and always marked so.
    Hollow marks are the values of a public registry.
    """
    found = taken(released, DepthBiasDemonstration)
    if ax is None:
        ax = new_axes(height=2.5, left=0.6, right=1.0, top=0.5, bottom=0.7)
    ax.axhline(0, color=EDGE, linewidth=0.8, zorder=1, gid="zero")
    _draw_steps(ax, found.steps)
    _draw_published(ax, found)
    ax.set_xlim(-0.5, len(found.steps) - 0.5)
    ax.set_xticks(range(len(found.steps)), [_words(step, found) for step in found.steps])
    ax.tick_params(axis="x", bottom=False)
    ax.spines["bottom"].set_visible(False)
    ax.grid(axis="y")
    ax.set_ylabel("Phi over the pairs of items")
    _annotate_zero(ax)
    _legend(ax, found)
    mark_simulated(ax, True, shift=0.95)
    return ax


def _annotate_zero(ax: Axes) -> None:
    ax.annotate(
        "0: no association,\ntrue of every\nsimulated pair",
        (1, 0),
        (4, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        va="center",
        fontsize=SMALL,
        color=MUTED,
        annotation_clip=False,
        gid="zero-words",
    )


def _draw_steps(ax: Axes, steps: tuple[BiasStep, ...]) -> None:
    known = [(at, step) for at, step in enumerate(steps) if step.mean is not None]
    ax.plot(
        [at - _SHIFT for at, _ in known],
        [step.mean or 0.0 for _, step in known],
        color=BLUE,
        linewidth=1.0,
        marker="o",
        markersize=4.5,
        zorder=4,
        gid="means",
    )
    for at, step in known:
        ax.plot(
            [at - _SHIFT] * 2,
            [step.low or 0.0, step.high or 0.0],
            color=PALE,
            linewidth=3.2,
            solid_capstyle="butt",
            zorder=2,
            gid=f"range-{step.rule}",
        )
        _number(ax, at - _SHIFT, step.mean or 0.0, left=True)


def _draw_published(ax: Axes, found: DepthBiasDemonstration) -> None:
    places = {step.rule: at for at, step in enumerate(found.steps)}
    for row in found.published:
        at = places[row.rule] + _SHIFT
        ax.plot(
            [at, at], [row.low, row.high], color=EDGE, linewidth=0.8, zorder=2,
            gid=f"registry-range-{row.rule}",
        )  # fmt: skip
        ax.plot(
            [at], [row.mean], marker="D", markersize=5, markerfacecolor="white",
            markeredgecolor=ACCENT, markeredgewidth=1.1, linestyle="", zorder=4,
            gid=f"registry-{row.rule}",
        )  # fmt: skip
        _number(ax, at, row.mean, left=False)


def _number(ax: Axes, at: float, value: float, *, left: bool) -> None:
    ax.annotate(
        f"{round(value, 3) + 0.0:.3f}",
        (at, value),
        (-7, -6) if left else (7, 6),
        textcoords="offset points",
        ha="right" if left else "left",
        va="center",
        fontsize=SMALL,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},
        gid="number",
    )


def _words(step: BiasStep, found: DepthBiasDemonstration) -> str:
    lines = textwrap.wrap(step.label, 17)
    lines += [""] * (2 - len(lines))
    held = {row.rule: row.n for row in found.published}
    beside = f"registry: {held[step.rule]:,}" if step.rule in held else "registry: not known"
    return "\n".join([*lines, f"simulated: {step.n_records:,}", beside])


def _legend(ax: Axes, found: DepthBiasDemonstration) -> None:
    source = found.published_source.split(" in sexual")[0]
    dot = Line2D([], [], color=BLUE, marker="o", markersize=4, linewidth=1.0)
    dot.set_label("simulated records without any association; bar: range over the pairs")
    diamond = Line2D([], [], linestyle="", marker="D", markersize=4.5)
    diamond.set(markerfacecolor="white", markeredgecolor=ACCENT)
    diamond.set_label(f"{source}; line: range")
    ax.legend(
        handles=[dot, diamond],
        loc="lower left",
        bbox_to_anchor=(0, 1.03),
        borderpad=0.2,
    )


def depth_bias_alt(released: Released) -> str:
    """Return alternative text for `draw_depth_bias`, made from its numbers."""
    found = taken(released, DepthBiasDemonstration)
    held = {row.rule: row for row in found.published}
    parts = []
    for step in found.steps:
        if step.mean is None:
            continue
        beside = f" (public registry {held[step.rule].mean:.3f})" if step.rule in held else ""
        words = f"{step.label[:1].lower()}{step.label[1:]}"
        mean = round(step.mean, 3) + 0.0
        parts.append(f"{words}, {mean:.3f} in {step.n_records:,} records{beside}")
    return (
        "Simulated data. Mean phi over the pairs of items, in records without any association: "
        f"{'; '.join(parts)}."
    )
