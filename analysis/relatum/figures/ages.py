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
#: Room over the bars for a line of bands and for the range, in heights of the tallest bar.
_BAND, _RANGE = 0.34, 0.2


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
    sides = [_Side.of([mark for mark in marks if mark.unit == unit], marks) for unit in units]
    if ax is None:
        ax = new_axes(height=0.35 + 1.4 * len(units), top=0.42)
    for sign, side in zip((1, -1), sides, strict=False):
        _draw_unit(ax, side, sign)
    ax.set_xlim(min(mark.low for mark in marks) - 2, max(mark.high for mark in marks) + 2)
    ax.set_ylim(-sides[1].end if len(sides) > 1 else 0, sides[0].end)
    _count_axis(ax, [side.top for side in sides])
    ax.set_xlabel("Age in years", loc="left")
    _legend(ax, marks)
    mark_simulated(ax, released.simulated)
    return ax


@dataclass(frozen=True, slots=True)
class _Side:
    """The marks of one unit, and the heights at which they stand."""

    marks: tuple[AgeMark, ...]
    top: float
    band: float
    range: float
    end: float

    @classmethod
    def of(cls, own: Sequence[AgeMark], everyone: Sequence[AgeMark]) -> _Side:
        top, tallest = _tallest(own), _tallest(everyone)
        banded = any(mark.what == "band" for mark in own)
        line = top + ((_BAND if banded else 0.0) + _RANGE) * tallest
        return cls(tuple(own), top, top + 0.14 * tallest, line, line + 0.16 * tallest)


def _tallest(marks: Sequence[AgeMark]) -> float:
    return max(1.0, *(mark.sample or 0.0 for mark in marks if mark.what == "year"))


def _count_axis(ax: Axes, tops: Sequence[float]) -> None:
    step = next((step for step in (1, 2, 5, 10, 20, 50) if max(tops) / step <= 4), 100)
    ticks = {
        sign * count
        for sign, top in zip((1, -1), tops, strict=False)
        for count in range(0, int(top) + 1, step)
    }
    ax.set_yticks(sorted(ticks))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):.0f}"))
    ax.grid(axis="y")
    ax.axhline(0, color=INK, linewidth=0.7)
    ax.set_ylabel("Persons")


def _draw_unit(ax: Axes, side: _Side, sign: int) -> None:
    unit = side.marks[0].unit
    years = [mark for mark in side.marks if mark.what == "year"]
    ax.bar(
        [mark.low for mark in years],
        [sign * (mark.sample or 0.0) for mark in years],
        width=0.86,
        color=_FILLS.get(unit, BLUE),
        edgecolor=BLUE,
        linewidth=0.4,
        gid=f"years-{unit}",
    )
    ax.annotate(
        UNIT_PLURALS[unit].capitalize(),
        (1, sign * 0.62 * side.top),
        xycoords=("axes fraction", "data"),
        ha="right",
        va="center",
        fontweight="bold",
        gid="unit",
    )
    for mark in side.marks:
        if mark.what == "band":
            _draw_band(ax, mark, sign * side.band, sign)
        elif mark.what == "range":
            _draw_range(ax, mark, sign * side.range)
        elif mark.what == "mean":
            _draw_mean(ax, mark, sign * side.range)


def _draw_range(ax: Axes, mark: AgeMark, at: float) -> None:
    ax.plot(
        [mark.low, mark.high],
        [at, at],
        "|-",
        color=INK,
        linewidth=0.9,
        markersize=6,
        gid=f"range-{mark.unit}",
    )


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
        ncols=3,
        columnspacing=1.4,
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
