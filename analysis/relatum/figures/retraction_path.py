"""The one coded path of the narrated case: steps in words, by day."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes

from relatum.errors import ReportError
from relatum.figures.inputs import taken
from relatum.figures.style import (
    BLUE,
    EDGE,
    INK,
    MIDDLE,
    MUTED,
    PALE,
    SMALL,
    TEXT,
    figure_style,
    mark_simulated,
    new_axes,
)
from relatum.release.released import Released
from relatum.results.frames import rows_frame
from relatum.results.retraction import PathStep, RetractionPath
from relatum.tables.retraction_after import path_day_words

__all__ = ["draw_retraction_path", "retraction_path_alt", "retraction_path_source"]

#: Inches per line of words, room between steps, the line of dots, and where words begin.
_LINE, _GAP, _DOTS, _WORDS, _WIDTH = 0.135, 0.14, 1.0, 1.2, 6.1
_WRAP = 84
#: Face and marker of the dots.
_DOT_LOOKS = {
    "arrest": (EDGE, "s"),
    "contact": ("white", "o"),
    "report": (MIDDLE, "o"),
    "stepped_back": (BLUE, "o"),
    "reversed": (PALE, "o"),
    "case": (INK, "s"),
}


@dataclass(frozen=True, slots=True)
class _Place:
    """A step with its wrapped words, and how far down it begins, in inches."""

    step: PathStep
    lines: tuple[str, ...]
    top: float

    @property
    def height(self) -> float:
        return _LINE * (1 + len(self.lines))


def _steps(released: Released) -> tuple[PathStep, ...]:
    steps = taken(released, RetractionPath).steps
    if not steps:
        msg = "There is nothing to draw: the path holds no step."
        raise ReportError(msg)
    return steps


def _places(steps: tuple[PathStep, ...]) -> tuple[list[_Place], float]:
    places: list[_Place] = []
    top = 0.0
    for step in steps:
        place = _Place(step, tuple(textwrap.wrap(_sentence(step.detail), _WRAP)), top)
        places.append(place)
        top += place.height + _GAP
    return places, top - _GAP


def retraction_path_source(released: Released) -> pd.DataFrame:
    """Return what `draw_retraction_path` draws, one row per step.

    Parameters
    ----------
    released : Released
        Holds a `RetractionPath`.

    Returns
    -------
    DataFrame
        With the columns of `PathStep`.
    """
    return rows_frame(PathStep, _steps(released))


@figure_style()
def draw_retraction_path(released: Released, ax: Axes | None = None) -> Axes:
    """Draw the steps of one path under each other, with their days and what was coded.

    Parameters
    ----------
    released : Released
        Holds a `RetractionPath`.
    ax : Axes, optional
        Where to draw; words need 6.1 inches.

    Returns
    -------
    Axes

    Raises
    ------
    ReportError
        If the result is of another kind, or holds no step.

    Notes
    -----
    Distances have no meaning: the days stand in words. One path shows no rate.
    """
    places, depth = _places(_steps(released))
    if ax is None:
        under = 0.45 if released.simulated else 0.1
        ax = new_axes(height=depth + 0.1, left=0.1, right=0.1, top=0.3, bottom=under)
    ax.set_xlim(0, _WIDTH)
    ax.set_ylim(depth + 0.05, -0.05)
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)
    ends = [places[0].top + _LINE / 2, places[-1].top + _LINE / 2]
    ax.plot([_DOTS, _DOTS], ends, color=EDGE, linewidth=1.2, zorder=1, gid="path")
    for at, place in enumerate(places):
        _draw_step(ax, at, place)
    ax.annotate(
        "day from the report", (0, 1), (0, 5), xycoords="axes fraction",
        textcoords="offset points", fontsize=SMALL, color=MUTED, annotation_clip=False,
        gid="column",
    )  # fmt: skip
    mark_simulated(ax, released.simulated)
    return ax


def _draw_step(ax: Axes, at: int, place: _Place) -> None:
    step = place.step
    face, marker = _DOT_LOOKS.get(step.state, ("white", "o"))
    middle = place.top + _LINE / 2
    ax.plot(
        [_DOTS], [middle], marker, markersize=6, markerfacecolor=face, markeredgecolor=INK,
        markeredgewidth=0.8, zorder=2, gid=f"step-{at}",
    )  # fmt: skip
    ax.text(
        _DOTS - 0.15, middle, path_day_words(step), ha="right", va="center", fontsize=TEXT,
        color=INK, gid=f"day-{at}",
    )  # fmt: skip
    ax.text(
        _WORDS, middle, _sentence(step.label), ha="left", va="center", fontsize=TEXT,
        fontweight="bold", color=INK, gid=f"label-{at}",
    )  # fmt: skip
    for place_of, line in enumerate(place.lines, start=1):
        ax.text(
            _WORDS, middle + place_of * _LINE, line, ha="left", va="center", fontsize=SMALL,
            color=INK, gid=f"detail-{at}-{place_of}",
        )  # fmt: skip


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def retraction_path_alt(released: Released) -> str:
    """Return alternative text for `draw_retraction_path`, made from its words."""
    steps = _steps(released)
    marked = "Simulated data. " if released.simulated else ""
    told = "; ".join(f"day {path_day_words(step)}: {_told(step)}" for step in steps)
    title = taken(released, RetractionPath).title
    return f"{marked}{title}: one coded path in {len(steps)} steps, by day from the report. {told}."


def _told(step: PathStep) -> str:
    label = f"{step.label[:1].lower()}{step.label[1:]}"
    return f"{label} ({step.detail})" if step.detail else label
