"""What curves over days share: where they stop, their steps, the axis and numbers at risk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from relatum.figures.style import INK, MUTED, SMALL

__all__ = ["DaySpan", "RiskLine", "dress_days", "span_of", "stepped"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

#: Distance below the axis of the words, of the first line of numbers, and of lines, in points.
_WORDS, _NUMBERS, _LINE = -40, -51, 9.5
#: As many marks as stand apart on a printed page.
_MOST_MARKS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySpan:
    """The days that a curve is drawn for.

    Attributes
    ----------
    before : float
        The first day with too few at risk; infinite where there is none.
    end : float
        The day at which the drawing stops.
    last : float
        The end of the axis.
    """

    before: float
    end: float
    last: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLine:
    """One line of numbers under the axis.

    Attributes
    ----------
    name, label : str
        A short key, and the words at the left; empty for none.
    numbers : tuple of str
        One per mark.
    """

    name: str
    label: str
    numbers: tuple[str, ...]


def span_of(
    steps: Iterable[tuple[float, int]],
    marks: Iterable[tuple[float, bool]],
    *,
    minimum: int,
    horizon: float,
) -> DaySpan:
    """Return for which days curves are drawn.

    Parameters
    ----------
    steps : iterable of (day, number at risk)
        Of every curve.
    marks : iterable of (day, bool)
        Marks of the axis, and whether enough are at risk there.
    minimum : int
        Fewer at risk are not drawn.
    horizon : float
        The axis reaches it.

    Returns
    -------
    DaySpan

    Examples
    --------
    >>> span_of([(3, 20), (50, 9), (70, 4)], [(0, True), (60, True), (90, False)],
    ...         minimum=5, horizon=180)
    DaySpan(before=70.0, end=60.0, last=180.0)
    >>> span_of([(3, 20), (400, 9)], [(0, True), (180, True)], minimum=5, horizon=180).end
    180.0
    """
    held, places = list(steps), list(marks)
    furthest = max((day for day, _ in places), default=np.inf)
    few = [day for day, n in held if n < minimum] + [day for day, enough in places if not enough]
    before = float(min(few, default=np.inf))
    inside = [day for day, _ in held if day < before and day <= furthest]
    inside += [day for day, _ in places if day < before]
    end = float(max(inside, default=0.0))
    last = max([end, horizon, *(day for day, _ in places[-1:])])
    return DaySpan(before=before, end=end, last=float(last))


def stepped(
    days: Sequence[float], heights: Sequence[float], at: FloatArray, *, start: float = 0.0
) -> FloatArray:
    """Return the height of a step curve at days; `start` before its first step.

    Examples
    --------
    >>> stepped([2.0, 5.0], [0.1, 0.3], np.array([0.0, 2.0, 4.9, 9.0])).tolist()
    [0.0, 0.1, 0.1, 0.3]
    """
    order = np.argsort(np.asarray(days, dtype=np.float64), kind="stable")
    values = np.concatenate([[start], np.asarray(heights, dtype=np.float64)[order]])
    places = np.asarray(days, dtype=np.float64)[order]
    found: FloatArray = values[np.searchsorted(places, at, side="right")]
    return found


def dress_days(
    ax: Axes,
    span: DaySpan,
    *,
    label: str,
    horizons: Sequence[float],
    marks: Sequence[float],
    words: str,
    lines: Sequence[RiskLine],
    minimum: int,
) -> None:
    """Draw the axis of days with its horizons and the numbers at risk under it.

    Parameters
    ----------
    ax : Axes
        Needs 0.85 inches below, 0.13 inches more per further line, and 0.2 inches above.
    span : DaySpan
    label : str
        Of the axis.
    horizons : sequence of float
        Days that are marked by a line.
    marks : sequence of float
        Days with numbers.
    words : str
        What the numbers count.
    lines : sequence of RiskLine
        The numbers.
    minimum : int
        For the words where nothing is drawn.

    Notes
    -----
    Numbers stand at days of the axis and move with it.
    """
    ax.set_xlim(0, span.last * 1.03)
    shown = [at for at, day in enumerate(marks) if day <= span.last]
    shown = shown[:: -(-len(shown) // _MOST_MARKS) or 1]
    ax.set_xticks([marks[at] for at in shown], [f"{marks[at]:g}" for at in shown])
    ax.set_xlabel(label, loc="left")
    _horizons(ax, [day for day in horizons if day <= span.last], span.last)
    _numbers(ax, [marks[at] for at in shown], shown, words, lines)
    blank = span.last - span.end
    if blank > 0.12 * span.last:
        ax.text(
            span.last - blank / 2, 0.5, f"fewer than {minimum}\nat risk:\nnot drawn",
            transform=ax.get_xaxis_transform(), ha="center", va="center", fontsize=SMALL,
            fontstyle="italic", color=MUTED, gid="blank", zorder=4,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
        )  # fmt: skip


def _horizons(ax: Axes, days: Sequence[float], last: float) -> None:
    """Draw a line at each horizon, with its day above where words have room."""
    previous = -last
    for day in days:
        ax.axvline(day, color=INK, linewidth=0.7, linestyle=(0, (2, 2)), zorder=3, gid="horizon")
        if day - previous < 0.09 * last:
            continue
        previous = day
        ax.annotate(
            f"{day:g} days", (day, 1), (0, 3), xycoords=ax.get_xaxis_transform(),
            textcoords="offset points", ha="left" if day < 0.05 * last else "center",
            va="bottom", fontsize=SMALL, color=MUTED, annotation_clip=False, gid="horizon-words",
        )  # fmt: skip


def _numbers(
    ax: Axes,
    days: Sequence[float],
    shown: Sequence[int],
    words: str,
    lines: Sequence[RiskLine],
) -> None:
    ax.annotate(
        words, (0, 0), (0, _WORDS), xycoords="axes fraction", textcoords="offset points",
        ha="left", va="center", fontsize=SMALL, color=MUTED, annotation_clip=False,
        gid="at-risk-words",
    )  # fmt: skip
    for place, line in enumerate(lines):
        down = _NUMBERS - place * _LINE
        if line.label:
            ax.annotate(
                line.label, (0, 0), (-16, down), xycoords="axes fraction",
                textcoords="offset points", ha="right", va="center", fontsize=SMALL, color=INK,
                annotation_clip=False, gid=f"at-risk-label-{line.name}",
            )  # fmt: skip
        for day, at in zip(days, shown, strict=True):
            text = line.numbers[at]
            ax.annotate(
                text, (day, 0), (0, down), xycoords=ax.get_xaxis_transform(),
                textcoords="offset points", ha="center", va="center", fontsize=SMALL,
                color=MUTED if text.startswith("<") else INK, annotation_clip=False,
                gid=f"at-risk-{line.name}-{day:g}",
            )  # fmt: skip
