"""Odds ratios of a step back: the penalised ones, and familiar estimators for comparison."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from relatum.figures.inputs import taken
from relatum.figures.rows import RowText, dress_rows, label_edge, lay_out, row_axes
from relatum.figures.style import (
    BLUE,
    EDGE,
    INK,
    MUTED,
    SMALL,
    figure_style,
    mark_simulated,
)
from relatum.figures.time_axis import moved_up
from relatum.release.released import Released
from relatum.results.base import Unavailable
from relatum.results.frames import rows_frame
from relatum.results.retraction_contrasts import FamiliarTerm, PenalisedTerm, RetractionContrasts
from relatum.tables.pair_words import odds_words, p_words, upper_first
from relatum.tables.reporting_words import odds_limits

__all__ = ["OddsRow", "draw_odds_forest", "odds_forest_alt", "odds_forest_source"]

#: Room at the right, and where the columns of numbers end, in inches.
_RIGHT, _ENDS = 1.75, (1.2, 1.7)
_GROUPS = {"penalised": "Penalised", "familiar": "Familiar, for comparison only"}
_LOOKS = {"penalised": ("D", 5.0, INK), "familiar": ("o", 4.2, BLUE)}
#: Values outside are drawn as arrows.
_LEAST, _MOST = 0.01, 100.0
_TICKS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
_CODINGS = {"lower": "silence as without", "upper": "silence as with"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OddsRow:
    """One odds ratio as it is drawn.

    Attributes
    ----------
    family : {"penalised", "familiar"}
    name, label : str
    odds_ratio, conf_low, conf_high, p_value : float or None
        An upper limit of None is not reached; without a lower limit there are no limits.
    """

    family: str
    name: str
    label: str
    odds_ratio: float | None
    conf_low: float | None
    conf_high: float | None
    p_value: float | None


def _rows(released: Released) -> list[OddsRow]:
    found = taken(released, RetractionContrasts)
    rows = [
        _missing(f"none-{at}", held.what) if isinstance(held, Unavailable) else _penalised(held)
        for at, held in enumerate(found.penalised)
    ]
    rows += [_familiar(term) for term in found.familiar]
    return rows or [_missing("none", "No covariate is fitted")]


def _missing(name: str, what: str) -> OddsRow:
    return OddsRow(
        family="penalised", name=name, label=upper_first(what), odds_ratio=None,
        conf_low=None, conf_high=None, p_value=None,
    )  # fmt: skip


def _penalised(term: PenalisedTerm) -> OddsRow:
    return OddsRow(
        family="penalised", name=f"{term.term}-{term.coding}",
        label=f"{term.label}, {_CODINGS.get(term.coding, term.coding)}",
        odds_ratio=term.odds_ratio, conf_low=term.conf_low, conf_high=term.conf_high,
        p_value=term.p_value,
    )  # fmt: skip


def _familiar(term: FamiliarTerm) -> OddsRow:
    return OddsRow(
        family="familiar", name=term.estimator, label=term.label, odds_ratio=term.odds_ratio,
        conf_low=term.conf_low, conf_high=term.conf_high, p_value=term.p_value,
    )  # fmt: skip


def odds_forest_source(released: Released) -> pd.DataFrame:
    """Return what `draw_odds_forest` draws, one row per odds ratio.

    Parameters
    ----------
    released : Released
        Holds a `RetractionContrasts`.

    Returns
    -------
    DataFrame
        With the columns of `OddsRow`.
    """
    return rows_frame(OddsRow, _rows(released))


@figure_style()
def draw_odds_forest(released: Released, ax: Axes | None = None) -> Axes:
    """Draw penalised odds ratios above those of familiar estimators, on a logarithmic axis.

    Parameters
    ----------
    released : Released
        Holds a `RetractionContrasts`.
    ax : Axes, optional
        Where to draw; needs 2.2 inches at the left and 1.75 inches at the right.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind.

    Notes
    -----
    What was not fitted has a row that says so. An arrow is a limit that is not reached, or lies
    outside the axis. The number at the right says which. The dashed line is one: no difference.
    """
    rows = _rows(released)
    texts = [
        RowText(group=_GROUPS[row.family], label=upper_first(row.label), right=_numbers(row))
        for row in rows
    ]
    layout = lay_out(texts, names=list(_GROUPS))
    ax = row_axes(layout, ax, right=_RIGHT, top=0.62)
    low, high = _fit(ax, rows)
    ax.axvline(1, color=EDGE, linewidth=0.8, linestyle=(0, (3, 2)), zorder=1, gid="one")
    for at, row in zip(layout.rows, rows, strict=True):
        _draw_row(ax, at, row, low, high)
    ax.grid(axis="x")
    dress_rows(ax, layout, texts, columns=("odds ratio (limits)", "p"), ends=_ENDS)
    ax.set_xlabel("Odds ratio of a step back, with against without", loc="left")
    _key(ax, rows, taken(released, RetractionContrasts).conf_level)
    mark_simulated(ax, released.simulated, shift=_RIGHT - 0.05)
    return ax


def _numbers(row: OddsRow) -> tuple[str, str]:
    p = "" if row.p_value is None else p_words(row.p_value)
    if row.odds_ratio is None:
        return "n/a", p
    words = odds_words(row.odds_ratio)
    if row.conf_low is None:
        return words, p
    return f"{words} ({odds_limits(row.conf_low, row.conf_high)})", p


def _fit(ax: Axes, rows: Sequence[OddsRow]) -> tuple[float, float]:
    """Choose the axis; values beyond a hundred, or under a hundredth, lie outside."""
    values = [
        value
        for row in rows
        for value in (row.odds_ratio, row.conf_low, row.conf_high)
        if value is not None and value > 0 and math.isfinite(value)
    ]
    low = max(_LEAST, min([0.5, *values]) / 1.3)
    high = min(_MOST, max([2.0, *values]) * 1.3)
    ax.set_xscale("log")
    ax.set_xlim(low, high)
    ticks = [tick for tick in _TICKS if low <= tick <= high]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_xticks([], minor=True)
    return low, high


def _draw_row(ax: Axes, at: float, row: OddsRow, low: float, high: float) -> None:
    marker, size, colour = _LOOKS[row.family]
    if row.odds_ratio is None:
        ax.text(
            0.5, at, "not available", transform=ax.get_yaxis_transform(), ha="center",
            va="center", fontsize=SMALL, fontstyle="italic", color=MUTED, gid=f"none-{row.name}",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
        )  # fmt: skip
        return
    if row.conf_low is not None:
        stop = high if row.conf_high is None else min(row.conf_high, high)
        ax.plot(
            [max(row.conf_low, low), stop], [at, at], color=colour, linewidth=1.2,
            solid_capstyle="butt", zorder=3, gid=f"limits-{row.name}",
        )  # fmt: skip
        for outside, edge, arrow in (
            (row.conf_low < low, low, "<"),
            (row.conf_high is None or row.conf_high > high, high, ">"),
        ):
            if outside:
                ax.plot(
                    [edge], [at], arrow, markersize=4.5, color=colour, clip_on=False, zorder=3,
                    gid=f"beyond-{row.name}",
                )  # fmt: skip
    if low <= row.odds_ratio <= high:
        ax.plot(
            [row.odds_ratio], [at], marker, markersize=size, color=colour,
            markeredgecolor="white", markeredgewidth=0.5, clip_on=False, zorder=4,
            gid=f"odds-{row.name}",
        )  # fmt: skip


def _key(ax: Axes, rows: Sequence[OddsRow], conf_level: float) -> None:
    handles = []
    for family, words in (("penalised", "penalised"), ("familiar", "familiar estimator")):
        if any(row.family == family and row.odds_ratio is not None for row in rows):
            marker, size, colour = _LOOKS[family]
            mark = Line2D([], [], linestyle="", marker=marker, markersize=size, label=words)
            mark.set_color(colour)
            handles.append(mark)
    if any(row.conf_low is not None for row in rows):
        handles.append(Line2D([], [], color=INK, linewidth=1.2, label=f"{conf_level:.0%} limits"))
    ax.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=4, columnspacing=1.4,
        handletextpad=0.5, borderpad=0, bbox_transform=moved_up(label_edge(ax), ax, 0.26),
    )  # fmt: skip


def odds_forest_alt(released: Released) -> str:
    """Return alternative text for `draw_odds_forest`, made from its numbers."""
    rows = _rows(released)
    found = taken(released, RetractionContrasts)
    marked = "Simulated data. " if released.simulated else ""
    told = "; ".join(f"{row.label[:1].lower()}{row.label[1:]} {_tell(row)}" for row in rows)
    return (
        f"{marked}{found.title}: odds ratios of a step back, {found.n_stepped} of "
        f"{found.n_reports} reports. {told}."
    )


def _tell(row: OddsRow) -> str:
    words, p = _numbers(row)
    words = "not available" if row.odds_ratio is None else words
    return f"{words}, p {p}" if p else words
