"""Ratios of one regression model, or of several side by side, with their limits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from relatum.errors import ReportError
from relatum.figures.event_axis import upper
from relatum.figures.inputs import chosen, taken
from relatum.figures.rows import RowText, dress_rows, label_edge, lay_out, row_axes
from relatum.figures.style import ACCENT, BLUE, INK, figure_style, mark_simulated
from relatum.figures.time_axis import moved_up
from relatum.release.released import Released
from relatum.results.familiar_times import FamiliarTimes, ModelTerm, TimeModel
from relatum.results.frames import rows_frame

__all__ = ["RatioForestRow", "draw_ratios", "ratios_alt", "ratios_source"]

#: Room at the right, and where the columns of numbers end, in inches.
_RIGHT, _ENDS = 1.75, (1.22, 1.68)
_COLUMNS = ("ratio (limits)", "p")
#: Marker, size, colour and words of each scale.
_LOOKS = {
    "hazard_ratio": ("o", 4.2, BLUE, "hazard ratio: above 1, sooner"),
    "subdistribution_hazard_ratio": ("D", 4.0, INK, "subdistribution hazard ratio"),
    "time_ratio": ("s", 4.0, ACCENT, "time ratio: above 1, later"),
}
#: The axis ends so many times beyond the estimates; limits beyond it are arrows.
_BEYOND = 8.0
_MOST_TICKS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioForestRow:
    """One ratio as it is drawn.

    Attributes
    ----------
    term, term_label : str
    model, model_label : str
    cause : str
        The cause that is modelled; empty for most models.
    scale : {"hazard_ratio", "subdistribution_hazard_ratio", "time_ratio"}
    ratio, conf_low, p_value : float
    conf_high : float or None
        None where no upper limit is reached.
    """

    term: str
    term_label: str
    model: str
    model_label: str
    cause: str
    scale: str
    ratio: float
    conf_low: float
    conf_high: float | None
    p_value: float


def _row(model: TimeModel, term: ModelTerm) -> RatioForestRow:
    return RatioForestRow(
        term=term.term, term_label=term.label, model=model.model, model_label=model.label,
        cause=model.cause, scale=model.scale, ratio=term.ratio, conf_low=term.conf_low,
        conf_high=term.conf_high, p_value=term.p_value,
    )  # fmt: skip


def _rows(
    found: FamiliarTimes, only: Sequence[str] | None, terms: Sequence[str] | None
) -> list[RatioForestRow]:
    """Return the rows, those of one term together."""
    names = chosen(only, (model.model for model in found.models), what="model")
    held = [
        _row(model, term)
        for name in names
        for model in found.models
        if model.model == name
        for term in model.terms
    ]
    wanted = chosen(terms, (row.term for row in held), what="term")
    rows = [row for name in wanted for row in held if row.term == name]
    wrong = [row for row in rows if row.scale not in _LOOKS or not 0 < row.ratio < math.inf]
    if wrong:
        first = f"'{wrong[0].term}' of '{wrong[0].model}'"
        msg = f"There is no place on the axis for {first}: its ratio or its scale cannot be drawn."
        raise ReportError(msg)
    return rows


def ratios_source(
    released: Released, *, only: Sequence[str] | None = None, terms: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return what `draw_ratios` draws, one row per ratio.

    Parameters
    ----------
    released : Released
        Holds a `FamiliarTimes`.
    only, terms : sequence of str, optional
        Models, and coefficients; all by default.

    Returns
    -------
    DataFrame
        With the columns of `RatioForestRow`.
    """
    return rows_frame(RatioForestRow, _rows(taken(released, FamiliarTimes), only, terms))


@figure_style()
def draw_ratios(
    released: Released,
    ax: Axes | None = None,
    *,
    only: Sequence[str] | None = None,
    terms: Sequence[str] | None = None,
) -> Axes:
    """Draw the ratios of regression models, those of one coefficient under each other.

    Parameters
    ----------
    released : Released
        Holds a `FamiliarTimes`.
    ax : Axes, optional
        Where to draw; needs 2.2 inches at the left and 1.75 inches at the right.
    only : sequence of str, optional
        Names of models, in the order in which they are drawn; all by default.
    terms : sequence of str, optional
        Coefficients, in the order in which they are drawn; all by default.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind, a model or term does not exist, or the rows do not fit on
        a page.

    Notes
    -----
    The axis is logarithmic. A time ratio points the other way than a hazard ratio: it has another
    mark and colour, and the key says which way it points. A limit beyond the axis is an arrow.
    """
    found = taken(released, FamiliarTimes)
    rows = _rows(found, only, terms)
    alone = len({(row.model, row.cause) for row in rows}) == 1
    texts = [
        RowText(
            group=upper(row.model_label if alone else row.term_label),
            label=upper(row.term_label if alone else row.model_label),
            right=(_ratio(row), _p(row.p_value)),
        )
        for row in rows
    ]
    layout = lay_out(texts, names=[row.model for row in rows])
    ax = row_axes(layout, ax, right=_RIGHT, top=0.62)
    low, high = _fit(ax, rows)
    ax.axvline(1.0, color=INK, linewidth=0.7, zorder=1, gid="none")
    for at, row in zip(layout.rows, rows, strict=True):
        _draw_row(ax, at, row, low, high)
    ax.grid(axis="x", zorder=0)
    dress_rows(ax, layout, texts, columns=_COLUMNS, ends=_ENDS)
    ax.set_xlabel("Ratio, logarithmic", loc="left")
    _key(ax, rows, found.conf_level)
    mark_simulated(ax, released.simulated, shift=_RIGHT - 0.05)
    return ax


def _fit(ax: Axes, rows: Sequence[RatioForestRow]) -> tuple[float, float]:
    """Choose the axis that shows every mark and 1; return its ends."""
    ratios = [1.0, *(row.ratio for row in rows)]
    least, most = min(ratios) / _BEYOND, max(ratios) * _BEYOND
    highs = [math.inf if row.conf_high is None else row.conf_high for row in rows]
    low = min(max(value, least) for value in (*ratios, *(row.conf_low for row in rows))) / 1.1
    high = max(min(value, most) for value in (*ratios, *highs)) * 1.1
    ax.set_xscale("log")
    ax.set_xlim(low, high)
    ticks = _ticks(low, high)
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set_xticks([], minor=True)
    return low, high


def _ticks(low: float, high: float) -> list[float]:
    """Return round ratios inside the limits, the densest that stand apart.

    Examples
    --------
    >>> _ticks(0.4, 1.9), _ticks(0.02, 60.0)
    ([0.5, 0.7, 1.0, 1.5], [0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0])
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    held = [1.0]
    for parts in (
        "1 1.1 1.2 1.3 1.5 1.7 2 2.5 3 4 5 6 7 8 9",
        "1 1.5 2 3 5 7",
        "1 2 5",
        "1 3",
        "1",
    ):
        ticks = [float(f"{part}e{power}") for power in powers for part in parts.split()]
        held = [tick for tick in ticks if low <= tick <= high]
        apart = min((math.log(b / a) for a, b in pairwise(held)), default=math.inf)
        if len(held) <= _MOST_TICKS and apart >= 0.1 * math.log(high / low):
            break
    return held


def _draw_row(ax: Axes, at: float, row: RatioForestRow, low: float, high: float) -> None:
    marker, size, colour, _ = _LOOKS[row.scale]
    name = "-".join(part for part in (row.model, row.cause, row.term) if part)
    upper = math.inf if row.conf_high is None else row.conf_high
    start, stop = max(row.conf_low, low), min(upper, high)
    ax.plot(
        [start, stop], [at, at], color=colour, linewidth=1.2, solid_capstyle="butt", zorder=3,
        gid=f"limits-{name}",
    )  # fmt: skip
    for beyond, end, arrow in ((row.conf_low < low, low, "<"), (upper > high, high, ">")):
        if beyond:
            ax.plot(
                [end], [at], arrow, markersize=4, color=colour, clip_on=False, zorder=3,
                gid=f"beyond-{name}",
            )  # fmt: skip
    ax.plot(
        [row.ratio], [at], marker, markersize=size, color=colour, markeredgecolor="white",
        markeredgewidth=0.5, clip_on=False, zorder=4, gid=f"ratio-{name}",
    )  # fmt: skip


def _number(value: float) -> str:
    if value < 0.005:
        return "<0.01"
    return f"{value:.2f}" if value < 9.995 else f"{value:.0f}" if value < 1000 else ">1,000"


def _ratio(row: RatioForestRow) -> str:
    if row.conf_high is None:
        return f"{_number(row.ratio)} (above {_number(row.conf_low).lstrip('<')})"
    return f"{_number(row.ratio)} ({_number(row.conf_low)} to {_number(row.conf_high)})"


def _p(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _key(ax: Axes, rows: Sequence[RatioForestRow], conf_level: float) -> None:
    """Explain marks above the drawing; only what is drawn is named."""
    handles = [
        Line2D([], [], linestyle="", marker=marker, markersize=size, color=colour, label=words)
        for scale, (marker, size, colour, words) in _LOOKS.items()
        if any(row.scale == scale for row in rows)
    ]
    handles.append(Line2D([], [], color=INK, linewidth=1.2, label=f"{conf_level:.0%} limits"))
    ax.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=4, columnspacing=1.2,
        handletextpad=0.5, borderpad=0, bbox_transform=moved_up(label_edge(ax), ax, 0.26),
    )  # fmt: skip


def ratios_alt(
    released: Released, *, only: Sequence[str] | None = None, terms: Sequence[str] | None = None
) -> str:
    """Return alternative text for `draw_ratios`, made from its numbers."""
    found = taken(released, FamiliarTimes)
    rows = _rows(found, only, terms)
    marked = "Simulated data. " if released.simulated else ""
    labels = {row.term: row.term_label for row in rows}
    told = [
        f"{label}, "
        + ", ".join(
            f"{row.scale.replace('_', ' ')} {_ratio(row)} in {row.model_label}"
            for row in rows
            if row.term == term
        )
        for term, label in labels.items()
    ]
    return f"{marked}{found.title}: ratios with {found.conf_level:.0%} limits. {'; '.join(told)}."
