"""Ages in the sample beside the published bands, ranges and means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter

from relatum.figures.inputs import chosen, taken
from relatum.figures.style import BLUE, INK, SMALL, figure_style, mark_simulated, new_axes
from relatum.release.released import Released
from relatum.results.distributions import Distribution, Summary
from relatum.results.frames import rows_frame
from relatum.results.words import UNIT_PLURALS
from relatum.schema.facts import Fact, load_facts

__all__ = ["AgeMark", "ages_alt", "ages_source", "draw_ages"]

_UNITS = ("victim", "suspect")
_FILLS = {"victim": "#3672a8", "suspect": "#9dbcd8"}
#: Where bands and ranges stand, and where the axis ends, in heights of the tallest bar.
_BAND, _RANGE, _END = 1.12, 1.48, 1.65


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeMark:
    """One thing that the figure shows.

    Attributes
    ----------
    unit : str
        ``victim`` or ``suspect``.
    what : {"year", "band", "range", "mean"}
        Persons of one age, persons in a published band, the published range, or a mean age.
    low, high : float
        The first and last age that it concerns; for a mean the published mean.
    sample : float or None
        Persons of these ages in the sample, or their mean age.
    published : float or None
        Persons, or the mean age, as published; None where nothing is published.
    """

    unit: str
    what: Literal["year", "band", "range", "mean"]
    low: float
    high: float
    sample: float | None = None
    published: float | None = None


def _marks(
    released: Released, numbers: Released | None, only: Sequence[str] | None
) -> list[AgeMark]:
    levels = taken(released, Distribution).levels
    units = [unit for unit in _UNITS if any(x.variable == f"{unit}_age" for x in levels)]
    marks: list[AgeMark] = []
    for unit in chosen(only, units, what="unit with counts per year of age"):
        counts = {int(x.level): x.n for x in levels if x.variable == f"{unit}_age"}
        years = dict(sorted(counts.items()))
        marks += [
            AgeMark(unit=unit, what="year", low=age, high=age, sample=n) for age, n in years.items()
        ]
        marks += _published(unit, years, _mean(unit, numbers))
    return marks


def _mean(unit: str, numbers: Released | None) -> float | None:
    rows = taken(numbers, Summary).rows if numbers is not None else ()
    return next((row.mean for row in rows if row.variable == f"{unit}_age"), None)


def _published(unit: str, years: Mapping[int, int], mean: float | None) -> Iterator[AgeMark]:
    """Yield the bands with an exact count, the range, and the mean."""
    names = (f"{unit}_age", f"{unit}_age_band")
    exact = [
        fact
        for fact in load_facts().values()
        if fact.variable in names and fact.lower_hard == fact.upper_hard
    ]
    bands = [fact for fact in exact if fact.evaluator == "in_range"]
    for fact in sorted(bands, key=lambda fact: int(fact.arguments["low"])):
        low, high = int(fact.arguments["low"]), int(fact.arguments["high"])
        there = sum(n for age, n in years.items() if low <= age <= high)
        yield AgeMark(
            unit=unit, what="band", low=low, high=high, sample=there, published=fact.lower_hard
        )
    low_end, high_end = _figure(exact, "minimum"), _figure(exact, "maximum")
    if low_end is not None and high_end is not None:
        yield AgeMark(unit=unit, what="range", low=low_end, high=high_end)
    centre = _figure(exact, "mean_rounded")
    if centre is not None:
        yield AgeMark(
            unit=unit, what="mean", low=centre, high=centre, sample=mean, published=centre
        )


def _figure(facts: Sequence[Fact], evaluator: str) -> float | None:
    return next((fact.lower_hard for fact in facts if fact.evaluator == evaluator), None)


def ages_source(
    released: Released, numbers: Released | None = None, *, only: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return what `draw_ages` draws.

    Parameters
    ----------
    released : Released
        Holds the `Distribution` of ages.
    numbers : Released, optional
        Holds the `Summary` with mean ages.
    only : sequence of str, optional
        ``victim``, ``suspect`` or both.

    Returns
    -------
    DataFrame
        The columns are those of `AgeMark`.
    """
    return rows_frame(AgeMark, _marks(released, numbers, only))


@figure_style()
def draw_ages(
    released: Released,
    numbers: Released | None = None,
    *,
    only: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw ages year by year beside the published bands, ranges and means.

    Parameters
    ----------
    released : Released
        Holds the `Distribution` of ages, with counts per year of age.
    numbers : Released, optional
        Holds the `Summary` with mean ages; without it only published means are drawn.
    only : sequence of str, optional
        ``victim``, ``suspect`` or both. The first stands above the axis, the second below.
    ax : Axes, optional
        Where to draw.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If a result is of another kind, or holds no counts per year of age.
    """
    marks = _marks(released, numbers, only)
    units = list(dict.fromkeys(mark.unit for mark in marks))
    if ax is None:
        ax = new_axes(height=1.65 * len(units), bottom=0.5)
    tallest = max(1.0, *(mark.sample or 0.0 for mark in marks if mark.what == "year"))
    for side, unit in zip((1, -1), units, strict=False):
        _draw_unit(ax, [mark for mark in marks if mark.unit == unit], side, tallest)
    ax.set_xlim(min(mark.low for mark in marks) - 2, max(mark.high for mark in marks) + 2)
    ax.set_ylim(-_END * tallest if len(units) > 1 else 0, _END * tallest)
    _count_axis(ax, int(tallest), both=len(units) > 1)
    ax.set_xlabel("Age in years", loc="left")
    _legend(ax, marks)
    mark_simulated(ax, released.simulated)
    return ax


def _count_axis(ax: Axes, tallest: int, *, both: bool) -> None:
    step = next((step for step in (1, 2, 5, 10, 20, 50) if tallest / step <= 4), 100)
    up = range(0, tallest + 1, step)
    ax.set_yticks(sorted({*up, *(-tick for tick in up)} if both else set(up)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):.0f}"))
    ax.grid(axis="y")
    ax.axhline(0, color=INK, linewidth=0.7)
    ax.set_ylabel("Persons")


def _draw_unit(ax: Axes, marks: Sequence[AgeMark], side: int, tallest: float) -> None:
    unit = marks[0].unit
    years = [mark for mark in marks if mark.what == "year"]
    ax.bar(
        [mark.low for mark in years],
        [side * (mark.sample or 0.0) for mark in years],
        width=0.86,
        color=_FILLS.get(unit, BLUE),
        edgecolor=BLUE,
        linewidth=0.4,
        gid=f"years-{unit}",
    )
    ax.annotate(
        UNIT_PLURALS[unit].capitalize(),
        (1, side * _RANGE * tallest),
        xycoords=("axes fraction", "data"),
        ha="right",
        va="center",
        fontweight="bold",
        gid="unit",
    )
    for mark in marks:
        if mark.what == "band":
            _draw_band(ax, mark, side * _BAND * tallest, side)
        elif mark.what == "range":
            ax.plot(
                [mark.low, mark.high],
                [side * _RANGE * tallest] * 2,
                "|-",
                color=INK,
                linewidth=0.9,
                markersize=6,
                gid=f"range-{unit}",
            )
        elif mark.what == "mean":
            _draw_mean(ax, mark, side * _RANGE * tallest)


def _draw_band(ax: Axes, mark: AgeMark, at: float, side: int) -> None:
    ax.plot(
        [mark.low - 0.4, mark.high + 0.4],
        [at, at],
        color=INK,
        linewidth=1.6,
        solid_capstyle="butt",
        gid=f"band-{mark.unit}-{mark.low:.0f}",
    )
    ax.annotate(
        f"{mark.published:.0f} | {mark.sample:.0f}",
        ((mark.low + mark.high) / 2, at),
        (0, 3 * side),
        textcoords="offset points",
        ha="center",
        va="bottom" if side > 0 else "top",
        fontsize=SMALL,
        gid="band-counts",
    )


def _draw_mean(ax: Axes, mark: AgeMark, at: float) -> None:
    ax.plot(
        [mark.low],
        [at],
        "D",
        markersize=6,
        markerfacecolor="white",
        markeredgecolor=INK,
        markeredgewidth=0.9,
        zorder=4,
        gid=f"mean-published-{mark.unit}",
    )
    if mark.sample is not None:
        ax.plot(
            [mark.sample],
            [at],
            ".",
            markersize=4,
            color=INK,
            zorder=5,
            gid=f"mean-sample-{mark.unit}",
        )


def _legend(ax: Axes, marks: Sequence[AgeMark]) -> None:
    there = {mark.what for mark in marks}
    fill = _FILLS.get(marks[0].unit, BLUE)
    handles: list[Line2D | Patch] = [
        Patch(facecolor=fill, edgecolor=BLUE, linewidth=0.4, label="sample, per year")
    ]
    if "band" in there:
        words = "published band: persons published | in sample"
        handles.append(Line2D([], [], color=INK, linewidth=1.6, label=words))
    if "range" in there:
        words = "published range"
        handles.append(Line2D([], [], color=INK, linewidth=0.9, marker="|", label=words))
    if "mean" in there:
        diamond = Line2D([], [], marker="D", markersize=5, linestyle="", label="published mean")
        diamond.set(markerfacecolor="white", markeredgecolor=INK)
        handles.append(diamond)
    if any(mark.what == "mean" and mark.sample is not None for mark in marks):
        dot = Line2D([], [], marker=".", markersize=4, linestyle="", color=INK, label="sample mean")
        handles.append(dot)
    ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=5,
        columnspacing=1.0,
        handletextpad=0.5,
        borderpad=0.5,
    )


def ages_alt(
    released: Released, numbers: Released | None = None, *, only: Sequence[str] | None = None
) -> str:
    """Return alternative text for `draw_ages`, made from its numbers."""
    marks = _marks(released, numbers, only)
    units = dict.fromkeys(mark.unit for mark in marks)
    parts = [_words(unit, [mark for mark in marks if mark.unit == unit]) for unit in units]
    marked = "Simulated data. " if released.simulated else ""
    return f"{marked}Persons per year of age. {'. '.join(parts)}."


def _words(unit: str, marks: Sequence[AgeMark]) -> str:
    name = UNIT_PLURALS[unit].capitalize()
    years = [mark for mark in marks if mark.what == "year" and mark.sample]
    held = f"{name}: no age is recorded"
    if years:
        total = sum(mark.sample or 0.0 for mark in years)
        held = f"{name}: {total:.0f} with an age, {years[0].low:.0f} to {years[-1].low:.0f}"
    bands = [
        f"{mark.low:.0f} to {mark.high:.0f}: {mark.published:.0f} published, "
        f"{mark.sample:.0f} in the sample"
        for mark in marks
        if mark.what == "band"
    ]
    means = [
        f"published mean {mark.published:.0f}"
        + ("" if mark.sample is None else f", sample mean {mark.sample:.1f}")
        for mark in marks
        if mark.what == "mean"
    ]
    return "; ".join([held, *bands, *means])
