"""What curves over time since entry share: steps, the axis of months, and numbers at risk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation, Transform

from relatum.figures.style import INK, MUTED, SMALL, figure_of
from relatum.results.escape_curves import AtRisk, CurvePoint, EscapeCurves

__all__ = ["Steps", "dress_months", "moved_up", "observed_marks", "steps_of"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

#: Distance below the axis of the words and of the numbers at risk, in points.
_WORDS, _NUMBERS = -40, -51
#: As many numbers at risk as stand apart on a printed page.
_MOST_MARKS = 20
_MEAN_NUMBER = "mean_number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """A curve as it is drawn: up to where enough relationships are at risk.

    Attributes
    ----------
    points : tuple of CurvePoint
        Those drawn, in the order of months.
    end : float
        The month at which the drawing stops.
    """

    points: tuple[CurvePoint, ...]
    end: float

    @property
    def months(self) -> FloatArray:
        """Months at which the curve is drawn, from zero to its end."""
        return np.array([0.0, *(point.month for point in self.points), self.end])

    def at(self, months: FloatArray) -> FloatArray:
        """Return the height of the curve at months; zero before its first step."""
        values = np.array([0.0, *(point.estimate for point in self.points)])
        steps = np.array([point.month for point in self.points])
        found: FloatArray = values[np.searchsorted(steps, months, side="right")]
        return found

    @property
    def heights(self) -> FloatArray:
        """The height at each of the months."""
        return self.at(self.months)


def steps_of(found: EscapeCurves, curve: str, completion: str) -> Steps:
    """Return a curve up to where enough relationships are at risk.

    Parameters
    ----------
    found : EscapeCurves
    curve, completion : str
        As in `CurvePoint`.

    Returns
    -------
    Steps
        Without points where the result holds none.

    Notes
    -----
    A curve stops at the last of the months of its kind of curve and completion, before the first
    one with fewer than the plan's minimum at risk.
    """
    alike = [
        point
        for point in found.points
        if point.completion == completion
        and (point.curve == _MEAN_NUMBER) == (curve == _MEAN_NUMBER)
    ]
    few = [point.month for point in alike if point.n_at_risk < found.min_at_risk]
    if curve != _MEAN_NUMBER:
        few += [mark.month for mark in found.at_risk if not mark.enough]
    kept = [point for point in alike if point.month < min(few, default=np.inf)]
    own = sorted((p for p in kept if p.curve == curve), key=lambda point: point.month)
    return Steps(points=tuple(own), end=max((point.month for point in kept), default=0.0))


def observed_marks(found: EscapeCurves) -> tuple[AtRisk, ...]:
    """Return the marks of the axis with the numbers that the mean number rests on.

    They are larger than those of a first event: a relationship stays under observation after an
    attempt. A month without a point of the curve lies beyond its end.
    """
    held = {
        round(point.month, 6): point.n_at_risk
        for point in found.points
        if point.curve == _MEAN_NUMBER and point.completion == "latest"
    }
    marks = []
    for mark in found.at_risk:
        n = held.get(round(mark.month, 6), mark.n)
        marks.append(AtRisk(month=mark.month, n=n, enough=n >= found.min_at_risk))
    return tuple(marks)


def dress_months(
    ax: Axes, found: EscapeCurves, end: float, *, marks: Sequence[AtRisk], words: str
) -> None:
    """Draw the axis of months with the horizon and the numbers at risk under it.

    Parameters
    ----------
    ax : Axes
        Needs 0.8 inches below.
    found : EscapeCurves
    end : float
        The month at which the curves stop.
    marks : sequence of AtRisk
        Months with numbers at risk.
    words : str
        What the numbers count.

    Notes
    -----
    The numbers stand at months of the axis and move with it. Numbers under the plan's minimum are
    not printed, only that they are under it.
    """
    few = [mark.month for mark in marks if not mark.enough]
    last = max(end, found.horizon_months, *few[:1])
    ax.set_xlim(0, last * 1.02)
    shown = sorted((m for m in marks if m.month <= last), key=lambda mark: mark.month)
    shown = shown[:: -(-len(shown) // _MOST_MARKS) or 1]
    ax.set_xticks([mark.month for mark in shown], [f"{mark.month:g}" for mark in shown])
    ax.set_xlabel("Months since entry into observation", loc="left")
    _horizon(ax, found.horizon_months, last)
    _numbers(ax, shown, words, found.min_at_risk)
    blank = last - end
    if blank > 0.12 * last:
        ax.text(
            last - blank / 2, 0.5, f"fewer than {found.min_at_risk}\nat risk:\nnot drawn",
            transform=ax.get_xaxis_transform(), ha="center", va="center", fontsize=SMALL,
            fontstyle="italic", color=MUTED, gid="blank",
        )  # fmt: skip


def _horizon(ax: Axes, month: float, last: float) -> None:
    ax.axvline(month, color=INK, linewidth=0.7, linestyle=(0, (2, 2)), zorder=3, gid="horizon")
    ax.annotate(
        f"horizon, {month:g} months", (month, 1), (0, 3),
        xycoords=ax.get_xaxis_transform(), textcoords="offset points",
        ha="right" if month > 0.85 * last else "left" if month < 0.15 * last else "center",
        va="bottom", fontsize=SMALL, color=MUTED, annotation_clip=False, gid="horizon-words",
    )  # fmt: skip


def _numbers(ax: Axes, marks: Sequence[AtRisk], words: str, minimum: int) -> None:
    ax.annotate(
        words, (0, 0), (0, _WORDS), xycoords="axes fraction", textcoords="offset points",
        ha="left", va="center", fontsize=SMALL, color=MUTED, annotation_clip=False,
        gid="at-risk-words",
    )  # fmt: skip
    for mark in marks:
        ax.annotate(
            f"{mark.n}" if mark.enough else f"<{minimum}",
            (mark.month, 0), (0, _NUMBERS), xycoords=ax.get_xaxis_transform(),
            textcoords="offset points", ha="center", va="center", fontsize=SMALL,
            color=INK if mark.enough else MUTED, annotation_clip=False,
            gid=f"at-risk-{mark.month:g}",
        )  # fmt: skip


def moved_up(transform: Transform, ax: Axes, inches: float) -> Transform:
    """Return coordinates that are moved up by some inches."""
    return transform + ScaledTranslation(0, inches, figure_of(ax).dpi_scale_trans)
